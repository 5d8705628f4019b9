"""The record of final reports: who signed which release's report when, and that nothing was changed since.

Belongs here: `signatures.jsonl` beside a report's files, each line with the hash of the line before. What must be there
before a report may be signed is asked in pipelines/questions/report.py; what it says is in dashboards/report.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from pipelines.release.clock import now

RECORD: Final = "signatures.jsonl"
FINAL: Final = "final"
"""The folder of a final report's files, beside its record."""


def today() -> date:
    """The day in Beijing, which a final report is dated by when it is first signed."""
    return now().date()


def records(folder: Path) -> list[dict[str, Any]]:
    """The signatures of one report, oldest first; none where nobody signed."""
    path = folder / RECORD
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def signed_on(folder: Path, release: str, who: Mapping[str, str]) -> date | None:
    """The day these people signed the report of this release, if they did: made again, it bears the same day."""
    for record in reversed(records(folder)):
        if record["release"] == release and all(record[role] == name for role, name in who.items()):
            return date.fromisoformat(record["dated"])
    return None


def sign(folder: Path, facts: Mapping[str, Any], files: Sequence[Path]) -> None:
    """Adds the record of a final report, unless the last one says the very same."""
    hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(files)}
    before = records(folder)
    if before and before[-1]["release"] == facts["release"] and before[-1]["files"] == hashes:
        return
    record = {"at": now().isoformat(timespec="seconds"), **facts, "files": hashes}
    record["before"] = before[-1]["hash"] if before else ""
    record["hash"] = digest(record)
    line = json.dumps(record, ensure_ascii=False, sort_keys=True) + "\n"
    with (folder / RECORD).open("a", encoding="utf-8") as log:
        log.write(line)
        log.flush()
        os.fsync(log.fileno())


def digest(record: Mapping[str, Any]) -> str:
    """The hash of a record, its own hash left out."""
    said = {key: value for key, value in record.items() if key != "hash"}
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def broken(folder: Path) -> list[str]:
    """What no longer agrees with the record: a line changed or taken out, a file changed or gone."""
    found, before = [], ""
    try:
        listed = records(folder)
    except (OSError, ValueError):
        return [f"{folder / RECORD} 不能读"]
    for place, record in enumerate(listed, start=1):
        if record.get("hash") != digest(record) or record.get("before") != before:
            found.append(f"{folder / RECORD} 第{place}条与前后不相符，可能被改动")
        before = str(record.get("hash"))
    for name, known in (listed[-1]["files"] if listed else {}).items():
        path = folder / FINAL / name
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != known:
            found.append(f"正式稿 {path} 缺失或与签署时不同")
    return found
