"""Reading one big GB18030 CSV, beside DuckDB's read_csv on the same rows in UTF-8.

Belongs here: making the two files, running each reader in a process of its own, reporting MB/s. Ours reads bytes into
the raw grid and types every cell; the grid alone is reported too, as that is what an unchanged contract costs once.
The process that ours read in is started before the clock, as the libraries of all readers are: a night starts it once.
The CPU seconds are its whole life's, its start (about 0.4) included.

    python -m tests.bench.ingest --records 1000000 --folder data/bench/ingest
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from models.contracts import staging_contracts
from models.staging import land_file, stage
from pipelines.ingest.reading import find_snapshot, read_grid
from pipelines.ingest.reading.reader import close_idle
from tests.bench.settlement import peak_bytes

HEADERS = ("登记编号", "教师编号", "项目编号", "来源类型", "类别", "级别", "培训获得学时", "培训获得学分")
HEADERS += ("开始日期", "结束日期", "证书日期", "结业状态", "所属年度", "状态")
ROUNDS = 3
WARM_UP = "warm_up"
"""The folder of a dump of a few rows."""


def write_files(folder: Path, records: int) -> None:
    """The same rows as GB18030 (in a dump folder) and as UTF-8."""
    numbers = pl.int_range(records, eager=True)
    day = pl.date(2016, 1, 1) + pl.duration(days=pl.col("n") % 1900)
    frame = pl.DataFrame({"n": numbers}).select(
        登记编号="R" + pl.col("n").cast(pl.String).str.zfill(9),
        教师编号="T" + (pl.col("n") * 7919 % 60_000).cast(pl.String).str.zfill(8),
        项目编号="P" + (pl.col("n") * 31 % 9_000).cast(pl.String).str.zfill(6),
        来源类型=pl.Series(["集中", "网络", "校本", "跟班"]).gather(numbers % 4),
        类别=pl.Series(["集中", "网络", "校本", "骨干"]).gather(numbers % 4),
        级别=pl.Series(["省级", "市级", "县级", "校级", "国家级"]).gather(numbers % 5),
        培训获得学时=(pl.col("n") % 80 + 1).cast(pl.String),
        培训获得学分=((pl.col("n") % 80 + 1) / 10).cast(pl.String),
        开始日期=day.cast(pl.String),
        结束日期=day.cast(pl.String),
        证书日期=day.cast(pl.String),
        结业状态=pl.lit("合格"),
        所属年度=day.dt.year().cast(pl.String),
        状态=pl.Series(["已登记", "市县已审", "省已认定"]).gather(numbers % 3),
    )
    utf8 = folder / "utf8.csv"
    for dumps, rows in ((WARM_UP, frame.head(10)), ("dumps", frame)):
        dump = folder / dumps / "330000" / "2021-11-30"
        dump.mkdir(parents=True, exist_ok=True)
        rows.write_csv(utf8)
        (dump / "学分学时登记.csv").write_bytes(utf8.read_text("utf-8").encode("gb18030"))


def grid(folder: Path, dumps: str = "dumps") -> None:
    snapshot = find_snapshot(folder / dumps, "330000")
    if snapshot is None:
        raise FileNotFoundError(folder)
    read_grid(snapshot.files[0], folder / "grid.parquet")


def ours(folder: Path) -> None:
    """Bytes to typed rows with their rejects, as a night does it."""
    grid(folder)
    contract = staging_contracts()["credit_record"]
    landing = land_file(pl.scan_parquet(folder / "grid.parquet"), "学分学时登记.csv", contract)
    staged = stage(landing.sheets, contract, "330000", b"0" * 32)
    staged.rows.sink_parquet(folder / "typed.parquet", engine="streaming")
    staged.rejects.sink_parquet(folder / "rejects.parquet", engine="streaming")


def with_duckdb(folder: Path) -> None:
    """The peer: the same rows in UTF-8, types sniffed, into a table."""
    (folder / "peer.duckdb").unlink(missing_ok=True)
    with duckdb.connect(str(folder / "peer.duckdb")) as connection:
        connection.execute("CREATE TABLE record AS SELECT * FROM read_csv(?)", [str(folder / "utf8.csv")])


def with_polars(folder: Path) -> None:
    """Another peer: polars' own reader on the same UTF-8, types inferred, nothing rejected or traced."""
    pl.scan_csv(folder / "utf8.csv", try_parse_dates=True).sink_parquet(folder / "peer.parquet", engine="streaming")


RUNNERS = {"grid": grid, "ours": ours, "duckdb": with_duckdb, "polars": with_polars}
PEERS = ("duckdb", "polars")


def run(name: str, folder: Path) -> dict[str, float]:
    """Seconds, CPU seconds and peak memory of one reader in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.ingest", "--run", name, "--folder", str(folder)]
    answer: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return answer


def told(name: str, folder: Path, runs: Sequence[dict[str, float]]) -> dict[str, Any]:
    """The median of a reader's runs."""
    middle = sorted(runs, key=lambda each: each["seconds"])[len(runs) // 2]
    size = (folder / ("utf8.csv" if name in PEERS else "dumps/330000/2021-11-30/学分学时登记.csv")).stat().st_size
    return {"reader": name, "megabytes": size / 1e6, "mb_per_second": size / 1e6 / middle["seconds"], **middle}


def as_markdown(results: Sequence[dict[str, Any]]) -> str:
    lines = ["| reader | MB | s | MB/s | CPU s | peak MB |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {r['reader']} | {r['megabytes']:.0f} | {r['seconds']:.2f} | {r['mb_per_second']:.0f} "
        f"| {r['cpu_seconds']:.2f} | {r['peak_mb']:.0f} |"
        for r in results
    ]
    return "\n".join(lines)


def _used() -> float:
    """CPU seconds so far, of processes that have ended too."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _run(name: str, folder: Path) -> None:
    if name not in PEERS:
        grid(folder, WARM_UP)
    cpu, began = _used(), time.perf_counter()
    RUNNERS[name](folder)
    seconds = time.perf_counter() - began
    close_idle()
    cpu = _used() - cpu
    peak = max(peak_bytes() / 1024, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu, "peak_mb": peak}))


def main(arguments: Sequence[str] | None = None) -> list[dict[str, Any]]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path("data/bench/ingest"))
    parser.add_argument("--run", choices=RUNNERS)
    chosen = parser.parse_args(arguments)
    if chosen.run:
        _run(chosen.run, chosen.folder)
        return []
    write_files(chosen.folder, chosen.records)
    # In turns, so that a slow spell of the machine meets all readers alike.
    runs = [{name: run(name, chosen.folder) for name in RUNNERS} for _ in range(ROUNDS)]
    results = [told(name, chosen.folder, [each[name] for each in runs]) for name in RUNNERS]
    print(as_markdown(results))
    return results


if __name__ == "__main__":
    main()
