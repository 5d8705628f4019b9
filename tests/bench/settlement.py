"""Credit settlement at full weight, beside its peers: ours, one DuckDB query, pandas.

Belongs here: running each in a process of its own over the same Parquet files, checking that all give the same
answer, and reporting seconds, processor seconds and peak memory as JSON and as a table. The data are made by
`settlement_data`, the DuckDB query is `settlement.sql`.

    python -m tests.bench.settlement --records 36000000 --pandas-records 4000000 --folder data/bench/settlement
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl

from models.core.credit_lines import KEPT_APART, credit_lines
from models.law import load_policies
from models.law.credit_systems import credit_rules
from models.marts.credits import teacher_cycle, teacher_year
from tests.bench.settlement_data import write_province
from tests.bench.settlement_pandas import settle_with_pandas

YEARS = range(2016, 2022)
AS_OF = date(2021, 12, 31)
QUERIES = Path(__file__).with_name("settlement.sql")

AMOUNTS = {
    "credits": "credits",
    "hours": "hours",
    "lost_project": "credits_lost_project_cap",
    "lost_school": "credits_lost_school_cap",
    "school_based_hours": "school_based_hours",
    "longest": "longest_concentrated_hours",
    "shortfall_credits": "shortfall_credits",
    "shortfall_hours": "shortfall_hours",
}
LINE_COLUMNS = [
    "teacher_id",
    "project_id",
    "end_date",
    "credit_year",
    "status",
    "is_school_pool",
    "is_project_capped",
    "is_school_based",
    "is_concentrated",
    "counted_hours",
    "base_credits",
]
YEAR_COLUMNS = [
    "teacher_id",
    "year",
    "credit_system",
    "credits",
    "hours",
    "credits_lost_project_cap",
    "credits_lost_school_cap",
    "is_assessed",
    "is_past_start",
    "school_based_hours",
    "cycle_credits",
    "cycle_hours",
    "cycle_school_based_hours",
    "unknown_credit_records",
    "verdict",
]
CYCLE_COLUMNS = [
    "teacher_id",
    "cycle_id",
    "cycle_start",
    "cycle_end",
    "credit_system",
    "credits",
    "hours",
    "school_based_hours",
    "longest_concentrated_hours",
    "shortfall_credits",
    "shortfall_hours",
    "binding_constraint",
    "assessed_years",
    "unknown_credit_records",
    "verdict",
]
PLAIN: dict[str, Any] = {"compression": "lz4", "statistics": False, "optimizations": KEPT_APART}


def ours(folder: Path, out: Path) -> None:
    """The functions the nightly job calls, from staged records to both marts."""
    records, projects, teachers = _inputs(folder)
    rules = credit_rules("460000", load_policies())
    lines = credit_lines(records, projects, teachers, rules).select(LINE_COLUMNS)
    lines.sink_parquet(out / "lines.parquet", **PLAIN)
    lines = pl.scan_parquet(out / "lines.parquet")
    by_year = teacher_year(lines, teachers, YEARS, AS_OF, rules).select(YEAR_COLUMNS)
    by_year.sink_parquet(out / "teacher_year.parquet", **PLAIN)
    years = pl.scan_parquet(out / "teacher_year.parquet")
    by_cycle = teacher_cycle(years, lines, teachers, YEARS, AS_OF, rules).select(CYCLE_COLUMNS)
    by_cycle.sink_parquet(out / "teacher_cycle.parquet", **PLAIN)


def queries() -> dict[str, str]:
    """The peer's two queries by name."""
    parts = QUERIES.read_text(encoding="utf-8").split("-- name: ")[1:]
    return {name.strip(): query for name, _, query in (part.partition("\n") for part in parts)}


def _connected(folder: Path, out: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": os.cpu_count() or 1, "preserve_insertion_order": False})
    connection.execute(f"SET temp_directory = '{out}'")
    for name in ("projects", "teachers"):
        connection.execute(f"CREATE VIEW {name} AS FROM read_parquet('{folder}/{name}.parquet')")
    connection.execute(f"CREATE VIEW records AS FROM read_parquet('{folder}/records/*.parquet')")
    return connection


def with_duckdb(folder: Path, out: Path) -> None:
    """The totals as one query; what each record is worth is not kept."""
    made = queries()
    whole = made["settled"].replace("WITH ", f"WITH lines AS MATERIALIZED ({made['lines']}),\n", 1)
    _connected(folder, out).execute(f"COPY ({whole}) TO '{out}/settled.parquet' (FORMAT parquet)")


def with_duckdb_lines(folder: Path, out: Path) -> None:
    """The same, and what each record is worth is kept, as ours keep it (it is core.fct_credit)."""
    connection, made = _connected(folder, out), queries()
    connection.execute(f"CREATE TABLE lines AS {made['lines']}")
    connection.execute(f"COPY lines TO '{out}/lines.parquet' (FORMAT parquet)")
    connection.execute(f"COPY ({made['settled']}) TO '{out}/settled.parquet' (FORMAT parquet)")


def read_only(folder: Path, out: Path) -> None:
    """The floor: decode every column that settlement needs, once."""
    records, _, _ = _inputs(folder)
    unneeded = ["record_id", "credit_year"]
    records.drop(unneeded).select(pl.all().null_count()).collect(engine="streaming")


RUNNERS: dict[str, Callable[[Path, Path], None]] = {
    "ours": ours,
    "duckdb": with_duckdb,
    "duckdb_lines": with_duckdb_lines,
    "pandas": settle_with_pandas,
    "read": read_only,
}


def _inputs(folder: Path) -> tuple[pl.LazyFrame, pl.LazyFrame, pl.LazyFrame]:
    names = ("records/*.parquet", "projects.parquet", "teachers.parquet")
    records, projects, teachers = (pl.scan_parquet(folder / name) for name in names)
    return records, projects, teachers


def measure(runner: str, folder: Path, out: Path) -> dict[str, Any]:
    """Run one peer in a process of its own; seconds include reading and writing, not the interpreter's start."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    command = [sys.executable, "-m", "tests.bench.settlement", "--run", runner, "--folder", str(folder)]
    done = subprocess.run([*command, "--out", str(out)], check=True, capture_output=True, text=True)
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def _run(runner: str, folder: Path, out: Path) -> None:
    start, start_cpu = time.perf_counter(), time.process_time()
    RUNNERS[runner](folder, out)
    result = {
        "runner": runner,
        "seconds": round(time.perf_counter() - start, 2),
        "cpu_seconds": round(time.process_time() - start_cpu, 2),
        "peak_gb": round(peak_bytes() / 1024**3, 2),
    }
    print(json.dumps(result))


def peak_bytes() -> int:
    """The most memory this process has held. Not `getrusage`: that one starts from the parent's size."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) * 1024


def differences(one: Path, other: Path) -> int:
    """How many rows of the settled answers differ between our marts and a peer's `settled.parquet`."""
    settled = pl.read_parquet(other / "settled.parquet")
    count = 0
    for grain, mart, period in (("year", "teacher_year", "year"), ("cycle", "teacher_cycle", "cycle_id")):
        frame = pl.read_parquet(one / f"{mart}.parquet")
        amounts = {name: column for name, column in AMOUNTS.items() if column in frame.columns}
        exact = ["verdict", "is_assessed", "assessed_years", "binding_constraint"]
        mine = frame.select(
            "teacher_id",
            *[name for name in exact if name in frame.columns],
            period=pl.col(period).cast(pl.String),
            unknown="unknown_credit_records",
            **{name: (pl.col(column) * 1000).cast(pl.Int64) for name, column in amounts.items()},
        )
        theirs = settled.filter(pl.col("grain") == grain).select(mine.columns).cast(dict(mine.schema))
        for left, right in ((mine, theirs), (theirs, mine)):
            count += left.join(right, on=mine.columns, how="anti", nulls_equal=True).height
    return count


def compare(records: int, pandas_records: int, folder: Path) -> dict[str, Any]:
    """Measure all peers. pandas may get fewer records; its figures are then marked and scaled by rows."""
    full, part = folder / f"records-{records}", folder / f"records-{pandas_records}"
    for place, count in ((full, records), (part, pandas_records)):
        write_province(place, count)
    out = folder / "out"
    results = [measure("read", full, out / "read"), measure("ours", full, out / "ours")]
    for peer in ("duckdb", "duckdb_lines"):
        results.append(measure(peer, full, out / peer))
        results[-1]["rows_that_differ"] = differences(out / "ours", out / peer)
    if pandas_records != records:
        measure("ours", part, out / "ours")
    results.append(measure("pandas", part, out / "pandas"))
    results[-1]["rows_that_differ"] = differences(out / "ours", out / "pandas")
    results[-1]["records"] = pandas_records
    shutil.rmtree(out)
    return {
        "benchmark": "settlement",
        "records": records,
        "teachers": records // 60,
        "results": results,
        "ratios": _ratios(results, records),
    }


def growth(folder: Path, sizes: Sequence[int]) -> dict[str, Any]:
    """How our cost grows: CPU seconds at each number of records, and the slope of log time over log records."""
    runs = []
    for records in sizes:
        place = folder / f"records-{records}"
        write_province(place, records)
        runs.append({"records": records, **measure("ours", place, folder / "out")})
    shutil.rmtree(folder / "out")
    steps = np.polyfit(*(np.log([run[name] for run in runs]) for name in ("records", "cpu_seconds")), deg=1)
    return {"benchmark": "growth", "runs": runs, "slope": round(float(steps[0]), 3)}


def growth_as_markdown(result: dict[str, Any]) -> str:
    lines = ["| records | s | CPU s | peak GB |", "|---:|---:|---:|---:|"]
    lines += [f"| {r['records']:,} | {r['seconds']} | {r['cpu_seconds']} | {r['peak_gb']} |" for r in result["runs"]]
    return "\n".join([*lines, "", f"Slope of log CPU seconds over log records: {result['slope']}."]) + "\n"


def _ratios(results: Sequence[dict[str, Any]], records: int) -> dict[str, float]:
    by_name = {result["runner"]: result for result in results}
    mine = by_name["ours"]["seconds"]
    pandas = by_name["pandas"]["seconds"] * records / by_name["pandas"]["records"]
    return {
        "ours_to_duckdb": round(mine / by_name["duckdb"]["seconds"], 2),
        "ours_to_duckdb_lines": round(mine / by_name["duckdb_lines"]["seconds"], 2),
        "pandas_to_ours": round(pandas / mine, 2),
        "ours_to_read": round(mine / by_name["read"]["seconds"], 2),
    }


def as_markdown(report: dict[str, Any]) -> str:
    """The report as a table people can read."""
    names = {
        "read": "reading the columns once (floor)",
        "ours": "ours",
        "duckdb": "DuckDB, one query, totals only",
        "duckdb_lines": "DuckDB, each record's worth kept too",
        "pandas": "pandas",
    }
    lines = [
        f"{report['records']:,} records of {report['teachers']:,} teachers.",
        "",
        "| | s | CPU s | peak GB | rows that differ from ours |",
        "|---|---:|---:|---:|---:|",
    ]
    for result in report["results"]:
        rows = result.get("records", report["records"])
        name = names[result["runner"]] + (f" ({rows:,} records only)" if rows != report["records"] else "")
        differ = result.get("rows_that_differ", "")
        lines.append(f"| {name} | {result['seconds']} | {result['cpu_seconds']} | {result['peak_gb']} | {differ} |")
    ratios = report["ratios"]
    lines += [
        "",
        (
            f"Ours keep each record's worth and take {ratios['ours_to_duckdb']} times DuckDB totals alone, "
            f"{ratios['ours_to_duckdb_lines']} times its time with that kept, {ratios['ours_to_read']} times "
            f"the floor; pandas, scaled by rows, takes {ratios['pandas_to_ours']} times as long as ours."
        ),
    ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure all peers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--records", type=int, default=36_000_000)
    parser.add_argument("--pandas-records", type=int, default=4_000_000)
    parser.add_argument("--folder", type=Path, default=Path("data/bench/settlement"))
    parser.add_argument("--run", choices=RUNNERS)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args(arguments)
    if asked.run:
        _run(asked.run, asked.folder, asked.out)
        return {}
    asked.folder.mkdir(parents=True, exist_ok=True)
    report = compare(asked.records, min(asked.pandas_records, asked.records), asked.folder)
    print(as_markdown(report))
    return report


if __name__ == "__main__":
    main()
