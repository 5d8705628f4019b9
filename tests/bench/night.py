"""Whole nights of a province at full weight: the first, an unchanged one, an ordinary one, one with one table changed.

An ordinary night is what really happens: the next day's snapshot, in which each table that grows daily has some new
and a few changed rows of the current year and every other file is the same, byte by byte.

Belongs here: making the dumps once, running nights as a person would, and gathering what their manifests say of the
time. What the dumps hold is full_province's.

    python -m tests.bench.night --teachers 600000 --folder data/bench/province
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any, Final

import polars as pl

from data.synthetic.calibration import DUMP_DATE
from models.contracts import Contract, staging_contracts
from tests.bench.full_province import PROVINCE, TEACHERS, write_dumps
from tests.night.running import night_of

STAGES: Final[Mapping[str, str]] = {
    "read": r"raw",
    "stage": r"staging\.\w+",
    "core": r"core\.\w+",
    "marts": r"marts\.\w+",
    "judge": r"audit\.findings .+|publication",
    "load into DuckDB": r"load\.[\w.]+",
    "gate": r"gate\.\w+",
    "pages": r"site",
}
"""Stage → the spans of the profile that belong to it; a clause's own span is part of `audit.findings`."""
CHANGED: Final = "投诉"
DAILY: Final = (
    "attendance",
    "class_observation",
    "credit_record",
    "enrollment",
    "schedule",
    "spot_check",
    "survey",
    "survey_response",
    "training_log",
)
"""Tables to which a platform adds every day."""
NEW, ALTERED = 0.005, 0.001
"""Of the rows of a daily table's last file: the current year's, in the last of the batches."""
RUNS: Final = 3


@dataclass(frozen=True)
class Run:
    """One night as the operating system saw it; `peak_gb` is the largest single process."""

    seconds: float
    cpu_seconds: float
    peak_gb: float


@dataclass(frozen=True)
class Runs:
    """A night measured several times over, each time from the same state."""

    runs: Sequence[Run]

    def told(self, figure: str) -> str:
        """The median, and the least and greatest where they differ."""
        values = [getattr(run, figure) for run in self.runs]
        least, most = min(values), max(values)
        return f"{median(values):.1f}" + (f" ({least:.1f}–{most:.1f})" if least != most else "")

    def as_facts(self) -> dict[str, Any]:
        """Each figure's median, and every run."""
        middle = {name: median(getattr(run, name) for run in self.runs) for name in vars(self.runs[0])}
        return {**middle, "runs": [vars(run) for run in self.runs]}


def run_night(dumps: Path, home: Path) -> Run:
    """Runs `shixun refresh` in a process of its own; SystemExit with its words when it does not publish."""
    command = [*night_of(dumps, home), "--provinces", PROVINCE]
    log = home.parent / "night.log"
    with log.open("w", encoding="utf-8") as words:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=words, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(log.read_text(encoding="utf-8")[-4000:])
    return Run(round(seconds, 1), round(used.ru_utime + used.ru_stime, 1), round(used.ru_maxrss / 1024**2, 2))


def stages(profile: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Seconds by stage, in the order of a night."""
    spans = list(profile)
    table = []
    for stage, pattern in STAGES.items():
        mine = [span for span in spans if re.fullmatch(pattern, span["name"])]
        sums = {unit: round(sum(span[unit] for span in mine), 1) for unit in ("seconds", "cpu_seconds")}
        table.append({"stage": stage, **sums})
    return table


def costliest(profile: Iterable[Mapping[str, Any]], count: int = 10) -> list[dict[str, Any]]:
    """The spans that took most, a clause's own among them."""
    spans = [span for span in profile if span["name"] != "audit.findings"]
    return sorted(spans, key=lambda span: -span["cpu_seconds"])[:count]


def peaks(profile: Iterable[Mapping[str, Any]], count: int = 5) -> list[dict[str, Any]]:
    """The last spans that raised the night's peak, the highest first."""
    raised, so_far = [], 0
    for span in profile:
        if span["peak_mb"] > so_far:
            so_far = span["peak_mb"]
            raised.append({"name": span["name"], "peak_mb": so_far})
    return raised[::-1][:count]


def change_one_table(dumps: Path) -> str:
    """Takes the last row from one small table's dump; returns its Chinese name."""
    path = max((dumps / PROVINCE / DUMP_DATE).glob(f"{CHANGED}*.parquet"))
    rows = pl.read_parquet(path)
    rows.head(rows.height - 1).write_parquet(path)
    return CHANGED


def next_day(dumps: Path) -> list[str]:
    """Adds the next day's snapshot, an ordinary one; returns the files that differ from the day before."""
    today = dumps / PROVINCE / DUMP_DATE
    tomorrow = today.with_name((date.fromisoformat(DUMP_DATE) + timedelta(days=1)).isoformat())
    shutil.copytree(today, tomorrow, copy_function=os.link)
    altered = []
    for table in DAILY:
        contract = staging_contracts()[table]
        files = sorted(tomorrow.glob(f"{contract.title}*.parquet"), key=lambda path: (path.stat().st_mtime, path.name))
        if files:
            rows = _a_day_later(pl.read_parquet(files[-1]), contract)
            files[-1].unlink()  # the day before has the same file
            rows.write_parquet(files[-1])
            altered.append(files[-1].name)
    return altered


def _a_day_later(rows: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """The rows of a file with some new ones, and a few whose last cells are another row's."""
    key = contract.field(contract.key[0]).header
    added = rows.tail(max(1, round(rows.height * NEW))).with_columns(pl.col(key) + "-n")
    few = max(2, round(rows.height * ALTERED))
    cells = [name for name in rows.columns if name != key][-1]
    swapped = rows.head(few).with_columns(pl.col(cells).reverse())
    return pl.concat([swapped, rows.slice(few), added])


def measure(folder: Path, teachers: int, runs: int = RUNS) -> dict[str, Any]:
    """All nights, each `runs` times; the dumps are made when they are not there."""
    whole, dumps, home = folder / f"dumps-{teachers}", folder / "dumps", folder / "home"
    if not whole.exists():
        write_dumps(whole, teachers)
    first, unchanged, ordinary, partly = [], [], [], []
    for _ in range(runs):
        for place in (dumps, home):
            shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(whole, dumps)
        first.append(run_night(dumps, home))
        manifest = manifest_of_home(home)
        unchanged.append(run_night(dumps, home))
        changed = change_one_table(dumps)
        partly.append(run_night(dumps, home))
        again = manifest_of_home(home)
        altered = next_day(dumps)
        ordinary.append(run_night(dumps, home))
        day = manifest_of_home(home)
    nights = {"first": first, "unchanged": unchanged, "ordinary": ordinary, "one table changed": partly}
    gate = sum(span["seconds"] for span in manifest["profile"] if span["name"].startswith("gate."))
    files = [path for path in whole.rglob("*") if path.is_file()]
    return {
        "benchmark": "night",
        "teachers": teachers,
        "dump_files": len(files),
        "dump_gb": round(sum(path.stat().st_size for path in files) / 1024**3, 2),
        "rows": {table: rows for table, rows in manifest["tables"].items() if rows >= 1_000_000},
        "staged_rows": sum(rows for table, rows in manifest["tables"].items() if table.startswith("staging.")),
        "findings": manifest["tables"]["audit.findings"],
        "warehouse_gb": round((home / "current" / PROVINCE / "warehouse.duckdb").stat().st_size / 1024**3, 2),
        "nights": {name: {**Runs(each).as_facts(), "told": _told(Runs(each))} for name, each in nights.items()},
        "ordinary_share": round(Runs(ordinary).as_facts()["cpu_seconds"] / Runs(first).as_facts()["cpu_seconds"], 3),
        "altered_files": altered,
        "table_changed": changed,
        "made_again": {"ordinary": _made(day), "one table changed": _made(again)},
        "gate_share": round(gate / first[-1].seconds, 3),
        "stages": stages(manifest["profile"]),
        "stages_ordinary": stages(day["profile"]),
        "costliest": costliest(manifest["profile"]),
        "peaks": peaks(manifest["profile"]),
    }


def _told(runs: Runs) -> list[str]:
    return [runs.told(figure) for figure in ("seconds", "cpu_seconds", "peak_gb")]


def _made(manifest: Mapping[str, Any]) -> list[str]:
    """The tables and clauses that a night made again."""
    names = [span["name"] for span in manifest["profile"]]
    return [name for name in names if name.startswith(("staging.", "core.", "marts.", "audit.findings "))]


def manifest_of_home(home: Path) -> dict[str, Any]:
    """What the current release says of itself."""
    text = (home / "current" / PROVINCE / "manifest.json").read_text(encoding="utf-8")
    facts: dict[str, Any] = json.loads(text)
    return facts


def as_markdown(result: Mapping[str, Any]) -> str:
    """The nights and the stages of two of them as tables."""
    ordinary = {row["stage"]: row for row in result.get("stages_ordinary", ())}
    lines = [
        (
            f"{result['teachers']:,} teachers, {result['staged_rows']:,} staged rows in {result['dump_files']:,} files "
            f"({result['dump_gb']} GB), {result['findings']:,} findings, warehouse {result['warehouse_gb']} GB. "
            f"{measured(result)}."
        ),
        "",
        "| night | s | CPU s | peak GB, largest process |",
        "|---|---:|---:|---:|",
        *(f"| {name} | {' | '.join(night['told'])} |" for name, night in result["nights"].items()),
        "",
        _of_ordinary(result),
        "",
        (
            f"The gate took {result['gate_share']:.1%} of the first night. Staged tables are loaded while the next are "
            "typed; of that, `load into DuckDB` has what was left to do then."
        ),
        "",
        "| stage | first night, s | CPU s | ordinary night, s | CPU s |",
        "|---|---:|---:|---:|---:|",
        *(
            f"| {row['stage']} | {row['seconds']} | {row['cpu_seconds']} | {again.get('seconds', '')} "
            f"| {again.get('cpu_seconds', '')} |"
            for row, again in ((row, ordinary.get(row["stage"], {})) for row in result["stages"])
        ),
        "",
        "| costliest pieces | s | CPU s |",
        "|---|---:|---:|",
        *(f"| {span['name']} | {span['seconds']:.1f} | {span['cpu_seconds']:.1f} |" for span in result["costliest"]),
        "",
        *_of_memory(result),
    ]
    return "\n".join(lines) + "\n"


def measured(result: Mapping[str, Any]) -> str:
    """How often the nights were run, and what stands in brackets."""
    runs = len(result["nights"]["first"]["runs"])
    return "Measured once" if runs == 1 else f"Medians of {runs} runs, the least and greatest in brackets"


def _of_memory(result: Mapping[str, Any]) -> list[str]:
    """Where the first night's memory went, of results that say so; `memory_apart` says which other run told it."""
    spans = [f"`{span['name']}` ({span['peak_mb']:,} MB)" for span in result.get("peaks", ())]
    run = f", {result['memory_apart']}," if "memory_apart" in result else ""
    return [f"The first night's memory{run} was highest in {', before that in '.join(spans)}."] if spans else []


def _of_ordinary(result: Mapping[str, Any]) -> str:
    if "ordinary_share" not in result:
        return "An ordinary night has not been measured at this size yet."
    return (
        f"The ordinary night took {result['ordinary_share']:.0%} of the first night's CPU seconds: the next day's "
        f"snapshot, {NEW:.1%} new and {ALTERED:.1%} changed rows in {len(result['altered_files'])} of its files. "
        f"The one table changed is {result['table_changed']}."
    )


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--teachers", type=int, default=TEACHERS)
    parser.add_argument("--folder", type=Path, default=Path("data/bench/province"))
    parser.add_argument("--runs", type=int, default=RUNS)
    chosen = parser.parse_args(arguments)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    result = measure(chosen.folder, chosen.teachers, chosen.runs)
    print(as_markdown(result))
    return result


if __name__ == "__main__":
    main()
