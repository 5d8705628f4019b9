"""Releases: built aside, sealed, switched on in one step, never changed afterwards.

Belongs here: the folder of a night in progress, the release's identity, its manifest, publishing, refusing, keeping
the last few. What a night computes is decided elsewhere.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any

import polars as pl
import pyarrow.parquet as pq

from models.night import Night
from pipelines.io import warehouse
from pipelines.io.home import Home, switch_link, sync_folder
from pipelines.io.spans import FILE as SPANS
from pipelines.io.spans import span, spans

KEEP_RELEASES = 5
KEPT_APART = pl.QueryOptFlags(comm_subplan_elim=False)
"""Shared sub-plans would be held in memory whole; reading the lines again is cheaper."""
_held: dict[Path, IO[str]] = {}
"""Locks of the nights this process is building; the system frees them when the process ends, however it ends."""


@dataclass(frozen=True)
class DumpEntry:
    """One dump file as the manifest names it."""

    path: str
    sha256: str
    size: int
    rows: int


@dataclass(frozen=True)
class Build:
    """A night in progress: a folder of its own until it is published or refused."""

    home: Home
    province: str
    folder: Path

    @property
    def night(self) -> Night:
        """Which night this is; known once the dumps were found."""
        return Night(self.province, date.fromisoformat(self.noted("night")["as_of"]))

    @property
    def is_unchanged(self) -> bool:
        """Whether readers already see the release that these very inputs would give."""
        return bool(self.noted("night")["unchanged"])

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"

    @property
    def site(self) -> Path:
        return self.folder / "site"

    @property
    def report(self) -> Path:
        return self.folder / "report"

    @property
    def quality(self) -> Path:
        return self.folder / "quality"

    @property
    def scratch(self) -> Path:
        """Tables between layers, as parquet; not part of the release."""
        return self.folder / "scratch"

    def parquet(self, table: str) -> Path:
        """Where `schema.table` waits for the next layer."""
        schema, name = table.split(".")
        return self.scratch / schema / f"{name}.parquet"

    def scan(self, table: str) -> pl.LazyFrame:
        return pl.scan_parquet(self.parquet(table))

    def has(self, table: str) -> bool:
        return self.parquet(table).exists()

    def write(self, table: str, frame: pl.LazyFrame) -> int:
        """Streams a table to its parquet file; returns its rows."""
        path = self.parquet(table)
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.sink_parquet(path, engine="streaming", compression="zstd", compression_level=1, optimizations=KEPT_APART)
        return self.count(table)

    def write_pieces(self, table: str, pieces: Iterable[pl.DataFrame]) -> int:
        """Writes a table piece by piece, so that no more than one need be held; returns its rows."""
        path = self.parquet(table)
        path.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            writer: pq.ParquetWriter | None = None
            for piece in pieces:
                rows = piece.to_arrow(compat_level=pl.CompatLevel.oldest())
                if writer is None:
                    writer = stack.enter_context(pq.ParquetWriter(path, rows.schema, compression="zstd"))
                writer.write_table(rows)
        return self.count(table)

    def count(self, table: str) -> int:
        """Rows of a table already written."""
        return int(self.scan(table).select(pl.len()).collect().item())

    def span(self, name: str) -> AbstractContextManager[None]:
        """Times a piece of this night's work."""
        return span(self.folder, name)

    def spans(self) -> dict[str, dict[str, Any]]:
        """What was timed so far, by name."""
        return {facts["name"]: facts for facts in spans(self.folder)}

    def note(self, name: str, facts: object) -> None:
        """Keeps facts of this night for the layers to come, as JSON."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f".{name}.json").write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")

    def noted(self, name: str) -> Any:
        """Facts kept by `note`, or None."""
        path = self.folder / f".{name}.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def start(home: Home, province: str, token: str) -> Build:
    """The build folder of a night; `token` names the run, so that two nights never share one."""
    folder = home.building / f"{province}-{token}"
    (folder / "scratch").mkdir(parents=True, exist_ok=True)
    if folder not in _held:
        handle = (folder / ".lock").open("w")
        fcntl.flock(handle, fcntl.LOCK_EX)
        _held[folder] = handle
    return Build(home, province, folder)


def sweep(home: Home, province: str) -> list[str]:
    """Removes what killed nights of this province left behind; returns the folders' names."""
    swept = []
    for folder in sorted(home.building.glob(f"{province}-*")):
        if folder in _held or not folder.is_dir():
            continue
        with (folder / ".lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # somebody is still at work there
            shutil.rmtree(folder, ignore_errors=True)
            swept.append(folder.name)
    return swept


def release_id(night: Night, dumps: Iterable[DumpEntry], versions: Mapping[str, str]) -> str:
    """The identity of a release: the as-of date and a hash of everything it is a function of."""
    facts = [
        night.province,
        night.as_of.isoformat(),
        sorted((d.path, d.sha256) for d in dumps),
        sorted(versions.items()),
    ]
    digest = hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()
    return f"{night.as_of:%Y%m%d}-{digest[:10]}"


def sha256_of(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest of a published release."""
    facts: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return facts


def previous_counts(home: Home, province: str) -> Mapping[str, int] | None:
    """Row counts of the dump tables in the current release, or None on the first night.

    Only what was sent in can go missing: fewer rejects, or a clause more, are no reason to refuse a night.
    """
    current = home.current_release(province)
    if current is None:
        return None
    counts: Mapping[str, int] = manifest_of(current)["tables"]
    return {name: rows for name, rows in counts.items() if name.startswith("staging.")}


def is_published(home: Home, province: str, release: str) -> bool:
    """Whether readers already see this very release, whole."""
    current = home.current_release(province)
    return current is not None and current.name == release and (current / "warehouse.duckdb").exists()


def publish(build: Build, release: str, dumps: Iterable[DumpEntry], versions: Mapping[str, str], gate: object) -> Path:
    """Seals the build with its manifest, moves it among the releases and switches the readers' link.

    Killed before the switch, the readers' release stays; the next night starts over.
    """
    as_of = build.night.as_of
    profile = spans(build.folder)
    (build.folder / SPANS).unlink(missing_ok=True)
    shutil.rmtree(build.scratch, ignore_errors=True)
    for note in build.folder.glob(".*.json"):
        note.unlink()
    build.report.mkdir(exist_ok=True)
    outputs = {
        path.relative_to(build.folder).as_posix(): sha256_of(path)
        for path in sorted(build.folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }
    manifest = {
        "release": release,
        "province": build.province,
        "as_of": as_of.isoformat(),
        "dumps": [vars(dump) for dump in dumps],
        "versions": dict(versions),
        "gate": gate,
        "tables": warehouse.tables(build.warehouse),
        "outputs": outputs,
        "profile": profile,
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    with (build.folder / "manifest.json").open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    province = build.province
    target = build.home.releases(province) / release
    target.parent.mkdir(parents=True, exist_ok=True)
    with build.home.locked(province):
        if (
            target.exists()
        ):  # left half moved, or published once and since replaced: the same inputs, so the same release
            shutil.rmtree(target)
        (build.folder / ".lock").unlink(missing_ok=True)
        build.folder.rename(target)
        sync_folder(target.parent)
        switch_link(build.home.current(province), target)
        forget_refusal(build.home, province)
        _prune(build.home, province)
    _let_go(build.folder)
    return target


def refuse(build: Build, facts: Mapping[str, object]) -> Path:
    """Keeps a refused night's quality page and facts where people look, and nothing else of it."""
    place = build.home.refused(build.province)
    aside = place.with_name(f".{place.name}.{os.getpid()}")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    if build.quality.exists():
        shutil.copytree(build.quality, aside / "quality")
    (aside / "refused.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")
    shutil.rmtree(place, ignore_errors=True)
    aside.rename(place)
    discard(build)
    return place


def discard(build: Build) -> None:
    """Removes a build folder whose night is over."""
    shutil.rmtree(build.folder, ignore_errors=True)
    _let_go(build.folder)


def refusal(home: Home, province: str) -> dict[str, Any] | None:
    """The facts of the last refused night, or None when the last night published."""
    path = home.refused(province) / "refused.json"
    if not path.exists():
        return None
    facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return facts


def forget_refusal(home: Home, province: str) -> None:
    """Takes the last refused night away: readers have what tonight's dumps give."""
    shutil.rmtree(home.refused(province), ignore_errors=True)


def _let_go(folder: Path) -> None:
    handle = _held.pop(folder, None)
    if handle is not None:
        handle.close()


def _prune(home: Home, province: str) -> None:
    """Keeps the current release and the newest others, SHIXUN_KEEP_RELEASES (default 5) in all."""
    keep = max(int(os.environ.get("SHIXUN_KEEP_RELEASES", KEEP_RELEASES)), 1)
    current = home.current_release(province)
    others = [path for path in home.releases(province).iterdir() if path.is_dir() and path != current]
    others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for folder in others[keep - 1 :]:
        shutil.rmtree(folder, ignore_errors=True)
