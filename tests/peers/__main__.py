"""Compares the answers of both sides over a release's warehouse, clause by clause, and shows rows that differ.

python -m tests.peers data/home/current/330000/warehouse.duckdb [--clauses ZJ-2014-04/08.1 …] [--rows 5]
"""

import argparse
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import polars as pl

from tests.peers.answers import connected, exported, frames_of, only_in, ours, queries, theirs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("warehouse", type=Path)
    parser.add_argument("--clauses", nargs="*", default=())
    parser.add_argument("--rows", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, pl.Config(tbl_cols=-1, fmt_str_lengths=60):
        province, as_of = exported(asked.warehouse, Path(folder))
        sys.exit(_differing(asked.clauses, Path(folder), province, as_of, asked.rows))


def _differing(clauses: list[str], folder: Path, province: str, as_of: date, shown: int) -> int:
    frames = frames_of(folder, province, as_of)
    connection = connected(folder, province, as_of)
    differing = 0
    for clause in clauses or queries():
        began = time.perf_counter()
        mine = ours(clause, frames).collect(engine="streaming")
        half = time.perf_counter()
        peer = connection.sql(theirs(clause)).pl()
        seconds = f"ours {half - began:.2f} s, theirs {time.perf_counter() - half:.2f} s"
        gaps = {"only ours": only_in(mine, peer), "only theirs": only_in(peer, mine)}
        wrong = sum(gap.height for gap in gaps.values())
        known = mine["numerator"].is_not_null().sum()
        print(f"{clause}: {mine.height} rows, {known} with a figure, {wrong} differ; {seconds}", flush=True)  # noqa: T201
        for side, gap in gaps.items():
            if gap.height:
                print(side, gap.sort(pl.all()).head(shown), flush=True)  # noqa: T201
        differing += bool(wrong)
    return differing


if __name__ == "__main__":
    main()
