"""HOME/nights.jsonl: one line a night, published, refused or failed.

Belongs here: what is remembered of a night. Who is told about a bad one is in pipelines/notice.py.
"""

import json
import os
import resource
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.io import warehouse
from pipelines.io.home import Home
from pipelines.io.release import Build

SHANGHAI = ZoneInfo("Asia/Shanghai")


def begin(build: Build) -> None:
    """Starts the clock of a night."""
    build.note("began", time.time())


def facts_of(build: Build, ending: str, release: str | None, reasons: list[str]) -> dict[str, Any]:
    """What there is to say of a night that is about to end; counts only as far as it came."""
    began = build.noted("began")
    return {
        "province": build.province,
        "ended": datetime.now(SHANGHAI).isoformat(timespec="seconds"),
        "ending": ending,
        "release": release,
        "seconds": round(time.time() - began, 1) if began else None,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "rows": _count(build, "audit.row_counts", "sum(rows_staged)"),
        "rejects": _count(build, "audit.rejects", "count(*)"),
        "verdicts": _verdicts(build),
        "reasons": reasons,
    }


def append(home: Home, facts: Mapping[str, Any]) -> None:
    """Adds one line, whole or not at all: a single write to a file opened for appending."""
    line = json.dumps(facts, ensure_ascii=False) + "\n"
    handle = os.open(home.journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)


def last_nights(home: Home) -> dict[str, dict[str, Any]]:
    """The newest line of each province."""
    if not home.journal.exists():
        return {}
    lines = home.journal.read_text(encoding="utf-8").splitlines()
    return {facts["province"]: facts for facts in map(json.loads, filter(None, lines))}


def _count(build: Build, table: str, what: str) -> int | None:
    if not build.warehouse.exists() or not build.has(table):
        return None
    value = warehouse.query(build.warehouse, f"SELECT {what} AS n FROM {table}")["n"][0]
    return None if value is None else int(value)


def _verdicts(build: Build) -> dict[str, int]:
    if not build.warehouse.exists() or not build.has("audit.findings"):
        return {}
    counted = warehouse.query(
        build.warehouse, "SELECT verdict, count(*) AS n FROM audit.findings GROUP BY ALL ORDER BY 1"
    )
    return dict(counted.rows())
