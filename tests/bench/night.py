"""A whole night of a province at full weight: the first, an unchanged one, and one where a single table changed.

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
from pathlib import Path
from typing import Any, Final

import polars as pl

from data.synthetic.calibration import DUMP_DATE
from tests.bench.full_province import PROVINCE, TEACHERS, write_dumps
from tests.night.running import night_of

STAGES: Final[Mapping[str, str]] = {
    "read": r"raw",
    "stage": r"staging\.\w+",
    "core": r"core\.\w+",
    "marts": r"marts\.\w+",
    "judge": r"audit\.findings .+|publication",
    "load into DuckDB": r"load\.\w+",
    "gate": r"gate\.\w+",
    "pages": r"site",
}
"""Stage → the spans of the profile that belong to it; a clause's own span is part of `audit.findings`."""
CHANGED: Final = "投诉"


@dataclass(frozen=True)
class Run:
    """One night as the operating system saw it; `peak_gb` is the largest single process."""

    seconds: float
    cpu_seconds: float
    peak_gb: float


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


def change_one_table(dumps: Path) -> str:
    """Takes the last row from one small table's dump; returns its Chinese name."""
    path = max((dumps / PROVINCE / DUMP_DATE).glob(f"{CHANGED}*.parquet"))
    rows = pl.read_parquet(path)
    rows.head(rows.height - 1).write_parquet(path)
    return CHANGED


def measure(folder: Path, teachers: int) -> dict[str, Any]:
    """All three nights; the dumps are made when they are not there."""
    whole, dumps, home = folder / f"dumps-{teachers}", folder / "dumps", folder / "home"
    if not whole.exists():
        write_dumps(whole, teachers)
    for place in (dumps, home):
        shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(whole, dumps)
    first = run_night(dumps, home)
    manifest = _manifest(home)
    unchanged = run_night(dumps, home)
    changed = change_one_table(dumps)
    partly = run_night(dumps, home)
    again = _manifest(home)
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
        "first_night": vars(first),
        "unchanged_night": vars(unchanged),
        "night_with_one_table_changed": {**vars(partly), "table": changed, "made_again": _made(again)},
        "gate_share": round(gate / first.seconds, 3),
        "stages": stages(manifest["profile"]),
        "costliest": costliest(manifest["profile"]),
    }


def _made(manifest: Mapping[str, Any]) -> list[str]:
    """The tables and clauses that a night made again."""
    names = [span["name"] for span in manifest["profile"]]
    return [name for name in names if name.startswith(("staging.", "core.", "marts.", "audit.findings "))]


def _manifest(home: Path) -> dict[str, Any]:
    text = (home / "current" / PROVINCE / "manifest.json").read_text(encoding="utf-8")
    facts: dict[str, Any] = json.loads(text)
    return facts


def as_markdown(result: Mapping[str, Any]) -> str:
    """The three nights and the first one's stages as tables."""
    nights = {
        "first night": result["first_night"],
        "unchanged night": result["unchanged_night"],
        f"one table changed ({result['night_with_one_table_changed']['table']})": result[
            "night_with_one_table_changed"
        ],
    }
    lines = [
        (
            f"{result['teachers']:,} teachers, {result['staged_rows']:,} staged rows in {result['dump_files']:,} files "
            f"({result['dump_gb']} GB), {result['findings']:,} findings, warehouse {result['warehouse_gb']} GB."
        ),
        "",
        "| night | s | CPU s | peak GB, largest process |",
        "|---|---:|---:|---:|",
        *(f"| {name} | {run['seconds']} | {run['cpu_seconds']} | {run['peak_gb']} |" for name, run in nights.items()),
        "",
        (
            f"The gate took {result['gate_share']:.1%} of the first night. Staged tables are loaded while the next are "
            "typed; of that, `load into DuckDB` has what was left to do then."
        ),
        "",
        "| stage of the first night | s | CPU s |",
        "|---|---:|---:|",
        *(f"| {row['stage']} | {row['seconds']} | {row['cpu_seconds']} |" for row in result["stages"]),
        "",
        "| costliest pieces | s | CPU s |",
        "|---|---:|---:|",
        *(f"| {span['name']} | {span['seconds']:.1f} | {span['cpu_seconds']:.1f} |" for span in result["costliest"]),
    ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--teachers", type=int, default=TEACHERS)
    parser.add_argument("--folder", type=Path, default=Path("data/bench/province"))
    chosen = parser.parse_args(arguments)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    result = measure(chosen.folder, chosen.teachers)
    print(as_markdown(result))
    return result


if __name__ == "__main__":
    main()
