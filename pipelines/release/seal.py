"""A release's identity and its manifest: what it is a function of, what is in it, and whether it is still so.

Belongs here: naming, sealing and proving a release. Not here: building one (build.py), showing it (switch.py).
"""

import hashlib
import json
import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from models.night import Night
from pipelines.release import warehouse
from pipelines.release.build import Build, DumpEntry
from pipelines.release.home import Home
from pipelines.release.spans import spans

log = logging.getLogger("shixun")
MANIFEST = "manifest.json"


class ReleaseDamaged(Exception):
    """A published release is not what it was when it was sealed; the message says which and what to do."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"发布 {folder.name} 不完整或已损坏（{folder}）。请运行 shixun refresh，会重新生成。")


def release_id(night: Night, dumps: Iterable[DumpEntry], marks: Iterable[str], versions: Mapping[str, str]) -> str:
    """The identity of a release: the as-of date and a hash of everything it is a function of.

    `marks` tells of files that could not be read and of a sample: a release's pages tell of them too.
    """
    facts = [
        night.province,
        night.as_of.isoformat(),
        sorted((d.path, d.sha256) for d in dumps),
        sorted(marks),
        sorted(versions.items()),
    ]
    digest = hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()
    return f"{night.as_of:%Y%m%d}-{digest[:10]}"


def sha256_of(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest of a published release.

    Raises:
        ReleaseDamaged: it is gone or not what was written.
    """
    try:
        facts: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if facts["release"] and facts["outputs"]:
            return facts
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReleaseDamaged(folder) from error
    raise ReleaseDamaged(folder)


def spoilt(folder: Path) -> list[str]:
    """Outputs of a release that are gone or no longer what its manifest says.

    Raises:
        ReleaseDamaged: the manifest itself cannot be read.
    """
    outputs: dict[str, str] = manifest_of(folder)["outputs"]
    return [name for name, digest in outputs.items() if not _is(folder / name, digest)]


def _is(path: Path, digest: str) -> bool:
    try:
        return sha256_of(path) == digest
    except OSError:
        return False


def is_whole(folder: Path) -> bool:
    """Whether every output of a release is what its manifest says."""
    try:
        return not spoilt(folder)
    except ReleaseDamaged:
        return False


def is_published(home: Home, province: str, release: str) -> bool:
    """Whether readers already see this very release, whole; one that is not is made again."""
    current = home.current_release(province)
    if current is None or current.name != release:
        return False
    if is_whole(current):
        return True
    log.warning("%s：现行发布 %s 缺失文件或被改动，将原样重建。", province, release)
    return False


def seal_release(build: Build, gate: object, warehouse_digest: str) -> None:
    """Writes the manifest: from now on this is the release, whatever becomes of the night.

    warehouse_digest: `sha256_of` the warehouse; a province's takes seconds, and can be had while the pages are made.
    """
    build.report.mkdir(exist_ok=True)
    (build.release_folder / MANIFEST).unlink(missing_ok=True)
    outputs = {
        path.relative_to(build.release_folder).as_posix(): warehouse_digest
        if path == build.warehouse
        else sha256_of(path)
        for path in sorted(build.release_folder.rglob("*"))
        if path.is_file()
    }
    manifest = {
        "release": build.facts["release"],
        "province": build.province,
        "as_of": build.night.as_of.isoformat(),
        "dumps": [vars(dump) for dump in build.dumps],
        "versions": build.facts["versions"],
        "law": build.facts["law"],
        "is_sample": bool(build.facts.get("is_sample")),
        "gate": gate,
        "accepted": build.noted("accepted") or [],
        "tables": warehouse.tables(build.warehouse),
        "outputs": outputs,
        "profile": spans(build.folder),
        "keys": build.noted("keys"),
        "checks": build.noted("checks") or {},
        "presence": build.noted("presence"),
        "columns": build.noted("columns") or {},
        "lots": build.noted("lots") or {},
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    with (build.release_folder / MANIFEST).open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
