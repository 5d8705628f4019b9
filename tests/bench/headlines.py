"""Headline measures of a full province beside the same written as DuckDB queries.

Belongs here: taking a bench night's staged tables as parquet, running each side in a process of its own over these
same files, and checking that both give the same counts. The queries are `headlines.sql`; settlement has a bench of
its own.

    python -m tests.bench.headlines --warehouse data/bench/province/home/current/330000/warehouse.duckdb
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl

from models.core.projects import dim_project
from models.core.spot_checks import fct_spot_check
from models.core.surveys import fct_survey
from models.core.units import dim_unit
from models.marts.coverage import county_spot_check
from models.marts.satisfaction import institution_satisfaction
from models.measures import Frames, all_measures
from pipelines.release import warehouse

STAGED: Final = ("admin_unit", "project", "spot_check", "survey", "survey_response", "attendance", "enrollment")
TABLES: Final = (*(f"staging.{name}" for name in STAGED), "core.dim_teacher")
QUERIES: Final = Path(__file__).with_name("headlines.sql")
AS_OF: Final = date(2021, 11, 30)
ROUNDS: Final = 3


def queries() -> dict[str, str]:
    """The peers' queries by name."""
    parts = QUERIES.read_text(encoding="utf-8").split("-- name: ")[1:]
    return {name.strip(): query for name, _, query in (part.partition("\n") for part in parts)}


def tables_of(folder: Path) -> dict[str, pl.LazyFrame]:
    return {name: pl.scan_parquet(folder / f"{name}.parquet") for name in TABLES}


def coverage(folder: Path) -> pl.LazyFrame:
    """marts.county_spot_check, without the counties that have no projects."""
    tables = tables_of(folder)
    made = county_spot_check(
        dim_unit(tables["staging.admin_unit"]),
        dim_project(tables["staging.project"]),
        fct_spot_check(tables["staging.spot_check"]),
        quotas=dict.fromkeys(range(2000, AS_OF.year + 2), Fraction(1, 5)),
        as_of=AS_OF,
    )
    counts = ("projects", "projects_checked", "projects_checked_any_level")
    return made.filter(pl.col("projects") > 0).select("unit_id", "year", *counts)


def satisfaction(folder: Path) -> pl.LazyFrame:
    """marts.institution_satisfaction, from the answers on."""
    tables = tables_of(folder)
    projects = dim_project(tables["staging.project"])
    surveys = fct_survey(tables["staging.survey"], tables["staging.survey_response"], projects)
    made = institution_satisfaction(surveys, projects, triggers={})
    answered = made.filter(pl.col("responses_valid") > 0)
    return answered.select("institution_id", "year", "responses_valid", "satisfied")


def attendance(folder: Path) -> pl.LazyFrame:
    """The measure behind ZJ-2014-04/16.4: hours due and missed of everybody who completed a class."""
    tables = tables_of(folder)
    tables["core.dim_project"] = dim_project(tables["staging.project"])
    options = {"grain": "enrollment", "numerator": "absent_hours", "denominator": "due_hours"}
    frames = Frames(tables, "330000", AS_OF)
    made = all_measures()["ratio"].run(frames, {**options, "rows": {"completion_status": "结业"}})
    known = made.filter(pl.col("denominator").is_not_null())
    return known.select(teacher_id="subject_id", project_id="period", due_hours="denominator", absent_hours="numerator")


OURS: Final[dict[str, Callable[[Path], pl.LazyFrame]]] = {
    "coverage": coverage,
    "satisfaction": satisfaction,
    "attendance": attendance,
}


def run_ours(measure: str, folder: Path, out: Path) -> None:
    OURS[measure](folder).sink_parquet(out, engine="streaming")


def run_duckdb(measure: str, folder: Path, out: Path) -> None:
    with duckdb.connect() as connection:
        for name in TABLES:
            view = name.partition(".")[2]
            connection.execute(f"CREATE VIEW {view} AS FROM read_parquet('{folder / name}.parquet')")
        connection.execute(f"COPY ({queries()[measure]}) TO '{out}' (FORMAT parquet)")


RUNNERS: Final = {"ours": run_ours, "duckdb": run_duckdb}


def _run(side: str, measure: str, folder: Path) -> None:
    began, cpu = time.perf_counter(), time.process_time()
    RUNNERS[side](measure, folder, folder / f"{measure}.{side}.parquet")
    print(json.dumps({"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu}))


def timed(side: str, measure: str, folder: Path) -> dict[str, float]:
    """The median of three runs, each in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.headlines", "--run", side, "--measure", measure]
    runs = []
    for _ in range(ROUNDS):
        done = subprocess.run([*command, "--folder", str(folder)], check=True, capture_output=True, text=True)
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    return sorted(runs, key=lambda run: run["seconds"])[ROUNDS // 2]


def differing(measure: str, folder: Path) -> int:
    """Rows that one side has and the other has not."""
    mine, theirs = (pl.read_parquet(folder / f"{measure}.{side}.parquet") for side in RUNNERS)
    theirs = theirs.select(mine.columns).cast(dict(mine.schema))
    pairs = ((mine, theirs), (theirs, mine))
    return sum(one.join(other, on=mine.columns, how="anti", nulls_equal=True).height for one, other in pairs)


def compare(database: Path, folder: Path) -> list[dict[str, Any]]:
    """Each measure on both sides."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        warehouse.export(database, name, folder / f"{name}.parquet")
    results = []
    for measure in OURS:
        ours, peer = timed("ours", measure, folder), timed("duckdb", measure, folder)
        ratio = round(ours["seconds"] / peer["seconds"], 2)
        results.append({"measure": measure, "ours": ours, "duckdb": peer, "ratio": ratio})
        results[-1]["rows_that_differ"] = differing(measure, folder)
    return results


def as_markdown(results: Sequence[dict[str, Any]]) -> str:
    lines = ["| measure | ours s | DuckDB s | ratio | rows that differ |", "|---|---:|---:|---:|---:|"]
    lines += [
        f"| {r['measure']} | {r['ours']['seconds']:.2f} | {r['duckdb']['seconds']:.2f} "
        f"| {r['ratio']} | {r['rows_that_differ']} |"
        for r in results
    ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> list[dict[str, Any]]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--warehouse", type=Path)
    parser.add_argument("--folder", type=Path, default=Path("data/bench/headlines"))
    parser.add_argument("--run", choices=RUNNERS)
    parser.add_argument("--measure", choices=OURS)
    asked = parser.parse_args(arguments)
    if asked.run:
        _run(asked.run, asked.measure, asked.folder)
        return []
    results = compare(asked.warehouse, asked.folder)
    print(as_markdown(results))
    return results


if __name__ == "__main__":
    main()
