"""A night over few teachers, which every test night, every demo and every county's trial pays: its fixed cost.

Measured in CPU seconds of processes of their own, since such a night waits little. Where they go: what is imported,
Dagster around the steps (an unchanged night, which does nothing else, less its imports), and the steps by their spans.

    python -m tests.bench.small_night --folder data/bench/small
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

from data import synthetic
from tests.bench.full_province import PROVINCE
from tests.bench.night import RUNS, Run, Runs, manifest_of_home, measured, run_night, stages

TEACHERS: Final = 300
ROOMS: Final = "pipelines.cli.nights, pipelines.definitions, pipelines.schedule.nightly"
IMPORTS: Final = {
    "import: Dagster, polars, the rooms of a night": f"import {ROOMS}",
    "import: Great Expectations": "import expectations.datasource, expectations.first_look",
}


def import_seconds(statement: str) -> float:
    """CPU seconds of a process that imports something and ends."""
    process = subprocess.Popen([sys.executable, "-c", statement])
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{statement} ended with {process.returncode}")
    return round(used.ru_utime + used.ru_stime, 1)


def measure(folder: Path, teachers: int = TEACHERS, runs: int = RUNS) -> dict[str, Any]:
    """A first night and an unchanged one, each several times over from the same state."""
    dumps, home = folder / "dumps", folder / "home"
    shutil.rmtree(dumps, ignore_errors=True)
    synthetic.generate(dumps, provinces=(PROVINCE,), teachers=teachers, fmt="csv", clean=True)
    first: list[Run] = []
    unchanged: list[Run] = []
    for _ in range(runs):
        shutil.rmtree(home, ignore_errors=True)
        first.append(run_night(dumps, home))
        unchanged.append(run_night(dumps, home))
    manifest = manifest_of_home(home)
    imports = {name: median(import_seconds(said) for _ in range(runs)) for name, said in IMPORTS.items()}
    whole = Runs(unchanged).as_facts()["cpu_seconds"]
    around = {"Dagster around the steps": round(whole - next(iter(imports.values())), 1)}
    steps = {row["stage"]: row["cpu_seconds"] for row in stages(manifest["profile"])}
    return {
        "benchmark": "small night",
        "teachers": teachers,
        "staged_rows": sum(rows for table, rows in manifest["tables"].items() if table.startswith("staging.")),
        "nights": {name: Runs(each).as_facts() for name, each in (("first", first), ("unchanged", unchanged))},
        "told": {name: Runs(each).told("cpu_seconds") for name, each in (("first", first), ("unchanged", unchanged))},
        "cpu_seconds": {**imports, **around, **steps},
    }


def as_markdown(result: Mapping[str, Any]) -> str:
    """Both nights, and where the first one's CPU seconds go."""
    lines = [
        (
            f"{result['teachers']:,} teachers, {result['staged_rows']:,} staged rows, each night from a cold process. "
            f"{measured(result)}. The gate's own import is in its step too."
        ),
        "",
        "| night | CPU s |",
        "|---|---:|",
        *(f"| {name} | {told} |" for name, told in result["told"].items()),
        "",
        "| of the first night | CPU s |",
        "|---|---:|",
        *(f"| {name} | {seconds} |" for name, seconds in result["cpu_seconds"].items()),
    ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--teachers", type=int, default=TEACHERS)
    parser.add_argument("--folder", type=Path, default=Path("data/bench/small"))
    parser.add_argument("--runs", type=int, default=RUNS)
    chosen = parser.parse_args(arguments)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    result = measure(chosen.folder, chosen.teachers, chosen.runs)
    print(as_markdown(result))
    return result


if __name__ == "__main__":
    main()
