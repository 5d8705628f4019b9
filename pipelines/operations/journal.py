"""HOME/nights.jsonl: one line a night, published, refused or failed; and one for each refusal that was accepted.

Belongs here: what is remembered of a night. Who is told about a bad one is in pipelines/operations/notice.py.
"""

import errno
import json
import os
import platform
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines.release import drifting, warehouse
from pipelines.release.build import Build
from pipelines.release.clock import now
from pipelines.release.home import Home
from pipelines.release.spans import peak_mb

JOURNAL = "journal"


def begin(build: Build) -> None:
    """Starts the clock of a night: one that no change of the machine's time moves, and that is the machine's own."""
    build.note("began", {"machine": platform.node(), "seconds": time.monotonic()})


def facts_of(build: Build, ending: str, release: str | None, reasons: list[str]) -> dict[str, Any]:
    """What there is to say of a night that is about to end; counts only as far as it came."""
    return {
        "province": build.province,
        "run": build.folder.name,
        "ended": now().isoformat(timespec="seconds"),
        "ending": ending,
        "release": release,
        "seconds": _seconds(build),
        "peak_memory_mb": peak_mb(),
        "disk_mb": _size(build.folder) // 1024**2,
        "rows": _count(build, "audit.row_counts", "sum(rows_staged)"),
        "rejects": _count(build, "audit.rejects", "count(*)"),
        "verdicts": _verdicts(build),
        "reasons": reasons,
        "accepted": build.noted("accepted") or [],
        "drift": drifting.sentences(build),
    }


def append(home: Home, facts: Mapping[str, Any]) -> None:
    """Adds one line, whole or not at all; a night whose ending is there already is not told twice.

    Raises:
        OSError: it could not be written; nothing of it is.
    """
    with home.locked(JOURNAL):
        if not any((told.get("run"), told["ending"]) == (facts["run"], facts["ending"]) for told in nights(home)):
            _write(home, facts)


def write_line(home: Home, facts: Mapping[str, Any]) -> None:
    """Adds one line that tells of something else than a night's end, whole or not at all."""
    with home.locked(JOURNAL):
        _write(home, facts)


def _write(home: Home, facts: Mapping[str, Any]) -> None:
    line = json.dumps(facts, ensure_ascii=False).encode() + b"\n"
    with home.journal.open("ab", buffering=0) as journal:
        os.fchmod(journal.fileno(), 0o600)
        end = journal.seek(0, os.SEEK_END)
        broken = b"" if end == 0 or home.journal.read_bytes().endswith(b"\n") else b"\n"
        if journal.write(broken + line) != len(broken + line):
            journal.truncate(end)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(home.journal))


def nights(home: Home) -> list[dict[str, Any]]:
    """Every night told, oldest first; a line that a power cut left unfinished is passed over, as are `unsound` ones."""
    return [facts for _, facts in _lines(home) if _is_sound(facts)]


def accepted(home: Home) -> list[dict[str, Any]]:
    """Every refusal that somebody accepted, oldest first."""
    return [facts for _, facts in _lines(home) if _is_acceptance(facts)]


def unsound(home: Home) -> list[int]:
    """Numbers of the lines that somebody changed to what no night writes, such as a time without its zone."""
    return [number for number, facts in _lines(home) if not (_is_sound(facts) or _is_acceptance(facts))]


def last_nights(home: Home) -> dict[str, dict[str, Any]]:
    """The newest line of each province."""
    return {facts["province"]: facts for facts in nights(home)}


def last_published(home: Home) -> dict[str, dict[str, Any]]:
    """The newest line of each province whose night computed a release."""
    return {facts["province"]: facts for facts in nights(home) if facts["ending"] == "published"}


def has_ended(home: Home, build_name: str) -> bool:
    """Whether the night of this build folder has its line already."""
    return ending_of(home, build_name) is not None


def ending_of(home: Home, build_name: str) -> dict[str, Any] | None:
    """The line of the night of this build folder, or None."""
    return next((night for night in reversed(nights(home)) if night.get("run") == build_name), None)


def _size(folder: Path) -> int:
    """Bytes of the files in a folder: the night's own, its tables between layers included."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _lines(home: Home) -> Iterator[tuple[int, Any]]:
    """Every line that is JSON, with its number."""
    if not home.journal.exists():
        return
    text = home.journal.read_text(encoding="utf-8", errors="replace")
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError):
            continue


def _is_acceptance(facts: Any) -> bool:
    """Whether a line says which refusal of which dump somebody accepted, and why."""
    wanted = ("province", "dump", "accepted", "reason", "by", "at")
    return isinstance(facts, dict) and all(isinstance(facts.get(name), str) for name in wanted)


def _is_sound(facts: Any) -> bool:
    """Whether a line says of which province, how and when a night ended."""
    if not isinstance(facts, dict):
        return False
    if not all(isinstance(facts.get(name), str) for name in ("province", "ending", "ended")):
        return False
    try:
        return datetime.fromisoformat(facts["ended"]).tzinfo is not None
    except ValueError:
        return False


def _seconds(build: Build) -> float | None:
    """How long the night took; None when it began on another machine, or before a restart of this one."""
    began = build.noted("began")
    if began is None or began["machine"] != platform.node():
        return None
    seconds = time.monotonic() - float(began["seconds"])
    return round(seconds, 1) if seconds >= 0 else None


def _is_loaded(build: Build, table: str) -> bool:
    """Whether the warehouse has the table: a night that broke may have been about to load it."""
    return build.warehouse.exists() and table in warehouse.tables(build.warehouse)


def _count(build: Build, table: str, what: str) -> int | None:
    if not _is_loaded(build, table):
        return None
    value = warehouse.query(build.warehouse, f"SELECT {what} AS n FROM {table}")["n"][0]
    return None if value is None else int(value)


def _verdicts(build: Build) -> dict[str, int]:
    if not _is_loaded(build, "audit.findings"):
        return {}
    counted = warehouse.query(
        build.warehouse, "SELECT verdict, count(*) AS n FROM audit.findings GROUP BY ALL ORDER BY 1"
    )
    return dict(counted.rows())
