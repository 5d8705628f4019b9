"""`make bench`: every benchmark in turn, at the sizes the targets are stated for.

Belongs here: the order, and writing what was measured to one JSON file and one page, with the machine and the date.

    python -m tests.bench --folder data/bench            # minutes to half an hour on two cores
    python -m tests.bench --write docs                   # … and keep the results with the documents
    python -m tests.bench --write docs --only night      # … one part again
"""

import argparse
import json
import os
import platform
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from tests.bench import headlines, ingest, measures, night, settlement, small_night
from tests.bench.full_province import PROVINCE, TEACHERS

RECORDS = 36_000_000
GROWTH = (36, 9, 3, 1)
"""The parts of all records at which settlement is measured again, to see how its cost grows."""


def machine() -> dict[str, Any]:
    """Where and when this was measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return {
        "date": datetime.now(tz=UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "memory_gb": round(memory),
        "architecture": platform.machine(),
        "versions": {"python": platform.python_version(), "polars": pl.__version__, "duckdb": duckdb.__version__},
    }


def as_markdown(results: dict[str, Any]) -> str:
    """The page for people."""
    at = results["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in at["versions"].items())
    where = f"{at['cores']} cores {at['architecture']}, {at['memory_gb']} GB memory; {versions}"
    parts = [
        "# What a full province costs",
        "",
        f"Made by `make bench` on {at['date']}: {where}. The figures are also in [bench.json](bench.json).",
        *_days(results),
        "",
        "## A night",
        night.as_markdown(results["night"]),
        "## A night over few teachers",
        small_night.as_markdown(results["small_night"]),
        "## Settlement beside its peers",
        settlement.as_markdown(results["settlement"]),
        "## How settlement grows",
        settlement.growth_as_markdown(results["growth"]),
        "## Headline measures beside DuckDB, over the night's staged tables",
        headlines.as_markdown(results["headlines"]),
        "## All measures of all clauses beside DuckDB, over the night's tables",
        measures.as_markdown(results["measures"]),
        "## Reading one GB18030 CSV of a million records (the peers read the same rows in UTF-8)",
        ingest.as_markdown(results["ingest"]),
    ]
    return "\n".join(parts) + "\n"


def _days(results: dict[str, Any]) -> list[str]:
    """Which parts stand as they were measured on another day."""
    days: dict[str, str] = results["measured_on"]
    older = [f"{name} ({day})" for name, day in days.items() if day != results["machine"]["date"]]
    return [f"Measured on earlier days: {', '.join(older)}."] if older else []


def parts(asked: argparse.Namespace) -> dict[str, Callable[[], Any]]:
    """Every benchmark by name, in the order they are run."""
    province, settled = asked.folder / "province", asked.folder / "settlement"
    sizes = [asked.records // part for part in GROWTH]
    database = str(province / "home" / "current" / PROVINCE / "warehouse.duckdb")
    return {
        "ingest": lambda: ingest.main(["--folder", str(asked.folder / "ingest")]),
        "settlement": lambda: settlement.main(["--folder", str(settled), "--records", str(asked.records)]),
        "growth": lambda: settlement.growth(settled, sizes),
        "night": lambda: night.main(["--folder", str(province), "--teachers", str(asked.teachers)]),
        "small_night": lambda: small_night.main(["--folder", str(asked.folder / "small")]),
        "headlines": lambda: headlines.main(["--warehouse", database, "--folder", str(asked.folder / "headlines")]),
        "measures": lambda: measures.main(["--warehouse", database, "--folder", str(asked.folder / "measures")]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("data/bench"))
    parser.add_argument("--write", type=Path, help="the folder that bench.json and bench.md go to")
    parser.add_argument("--teachers", type=int, default=TEACHERS)
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--only", nargs="+", help="measure these parts again; the others stay as they were")
    asked = parser.parse_args()
    out = asked.write or asked.folder
    out.mkdir(parents=True, exist_ok=True)
    kept = out / "bench.json"
    results: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8")) if asked.only and kept.exists() else {}
    results["machine"] = machine()
    for name, measure in parts(asked).items():
        if name in (asked.only or [name]):
            results[name] = measure()
            results.setdefault("measured_on", {})[name] = results["machine"]["date"]
            # After each part: what took an hour to measure is not lost with what comes last.
            kept.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    lacking = [name for name in parts(asked) if name not in results]
    if lacking:
        print(f"written: {kept}; no page yet, for want of {', '.join(lacking)}")
        return
    (out / "bench.md").write_text(as_markdown(results), encoding="utf-8")
    print(f"written: {kept}, {out / 'bench.md'}")


if __name__ == "__main__":
    main()
