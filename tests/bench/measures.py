"""All measures of a full province's clauses beside the same written as DuckDB queries (`tests.peers`).

Belongs here: asking each side in a process of its own for every clause's answer, over the same parquet files of a
bench night, and checking that both give the same rows. The queries, and what an answer is, are `tests.peers`'.

    python -m tests.bench.measures --warehouse data/bench/province/home/current/330000/warehouse.duckdb
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl

from models.law import load_policies
from models.measures import Frames
from tests.bench.settlement import peak_bytes
from tests.peers.answers import connected, exported, frames_of, only_in, ours, queries, theirs

SHOWN: Final = 12
SIDES: Final = ("ours", "duckdb")


def clauses_of(province: str) -> list[str]:
    """The clauses of a province's law that are measured."""
    law = [clause.id for document in load_policies().of_province(province) for clause in document.clauses]
    return [clause for clause in law if clause in queries()]


def answer_of(folder: Path, side: str, clause: str) -> Path:
    return folder / "answers" / side / f"{clause.replace('/', ':')}.parquet"


def run_ours(frames: Frames, clause: str, out: Path) -> None:
    ours(clause, frames).sink_parquet(out, engine="streaming")


def run_theirs(connection: duckdb.DuckDBPyConnection, clause: str, out: Path) -> None:
    connection.execute(f"COPY ({theirs(clause)}) TO '{out}' (FORMAT parquet)")


def serve(side: str, folder: Path, province: str, as_of: date) -> None:
    """Answers the clauses that come in, a line each, with the seconds each took; at last with what all took."""
    tables = folder / "tables"
    answer: Callable[[str, Path], None]
    if side == "ours":
        frames = frames_of(tables, province, as_of)
        answer = partial(run_ours, frames)
    else:
        connection = connected(tables, province, as_of)
        answer = partial(run_theirs, connection)
    cpu = time.process_time()
    for line in sys.stdin:
        clause = line.strip()
        out = answer_of(folder, side, clause)
        out.parent.mkdir(parents=True, exist_ok=True)
        began = time.perf_counter()
        answer(clause, out)
        print(json.dumps(round(time.perf_counter() - began, 3)), flush=True)
    used = {"cpu_seconds": round(time.process_time() - cpu, 1), "peak_gb": round(peak_bytes() / 1024**3, 2)}
    print(json.dumps(used), flush=True)


class Side:
    """One side in a process of its own."""

    def __init__(self, side: str, folder: Path, province: str, as_of: date) -> None:
        command = [sys.executable, "-m", "tests.bench.measures", "--side", side, "--folder", str(folder)]
        command += ["--province", province, "--as-of", as_of.isoformat()]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def seconds_for(self, clause: str) -> float:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{clause}\n")
        self._process.stdin.flush()
        return float(self._told())

    def used(self) -> dict[str, float]:
        """CPU seconds and the most memory held; it ends with that."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return dict(self._told())

    def _told(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            sys.exit("one side ended before its time; its words are above")
        return json.loads(line)


def differing(folder: Path, clause: str) -> int:
    """Rows that one side has and the other has not."""
    mine, peer = (pl.read_parquet(answer_of(folder, side, clause)) for side in ("ours", "duckdb"))
    return only_in(mine, peer).height + only_in(peer, mine).height


def compare(database: Path, folder: Path) -> dict[str, Any]:
    """Both sides over a release's warehouse."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "tables").mkdir(parents=True)
    province, as_of = exported(database, folder / "tables")
    # Clause by clause, so that a slow spell of the machine meets both sides alike.
    sides = {side: Side(side, folder, province, as_of) for side in SIDES}
    clauses: list[dict[str, Any]] = [
        {"clause": clause, **{side: asked.seconds_for(clause) for side, asked in sides.items()}}
        for clause in clauses_of(province)
    ]
    used = {side: asked.used() for side, asked in sides.items()}
    for row in clauses:
        row["rows_that_differ"] = differing(folder, row["clause"])
    totals = {side: round(sum(row[side] for row in clauses), 1) for side in SIDES}
    shutil.rmtree(folder)
    return {
        "province": province,
        "clauses": clauses,
        "seconds": totals,
        "cpu_seconds": {side: facts["cpu_seconds"] for side, facts in used.items()},
        "peak_gb": {side: facts["peak_gb"] for side, facts in used.items()},
        "ratio": round(totals["ours"] / totals["duckdb"], 2),
        "clauses_that_differ": sum(row["rows_that_differ"] > 0 for row in clauses),
    }


def as_markdown(result: Mapping[str, Any]) -> str:
    costly = sorted(result["clauses"], key=lambda row: -row["ours"])[:SHOWN]
    lines = [
        f"{len(result['clauses'])} clauses; {result['clauses_that_differ']} of them with rows that differ.",
        "",
        "| | s | CPU s | peak GB |",
        "|---|---:|---:|---:|",
        *(
            f"| {side} | {result['seconds'][side]} | {result['cpu_seconds'][side]} | {result['peak_gb'][side]} |"
            for side in SIDES
        ),
        "",
        f"Ours take {result['ratio']} times DuckDB's time over all clauses. The costliest of ours:",
        "",
        "| clause | ours s | DuckDB s |",
        "|---|---:|---:|",
        *(f"| {row['clause']} | {row['ours']:.2f} | {row['duckdb']:.2f} |" for row in costly),
    ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--warehouse", type=Path)
    parser.add_argument("--folder", type=Path, default=Path("data/bench/measures"))
    parser.add_argument("--side", choices=SIDES)
    parser.add_argument("--province")
    parser.add_argument("--as-of", type=date.fromisoformat)
    asked = parser.parse_args(arguments)
    if asked.side:
        serve(asked.side, asked.folder, asked.province, asked.as_of)
        return {}
    result = compare(asked.warehouse, asked.folder)
    print(as_markdown(result))
    return result


if __name__ == "__main__":
    main()
