"""Releases: built aside, sealed, switched on in one step, never changed afterwards.

Belongs here: the folder of a night in progress, the release's identity, its manifest, publishing, refusing, keeping
the last few. What a night computes is decided elsewhere.
"""

import fcntl
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from models.night import Night
from pipelines.io import warehouse
from pipelines.io.home import Home, remove_half_made, switch_link, sync_folder
from pipelines.io.spans import span, spans

log = logging.getLogger("shixun")
KEEP_RELEASES = 5
MANIFEST = "manifest.json"
KEPT_APART = pl.QueryOptFlags(comm_subplan_elim=False)
"""Shared sub-plans would be held in memory whole; reading the lines again is cheaper."""
ROWS_AT_ONCE = 500_000
"""Rows of a piece that are turned into arrow's form together, so that it is never held twice."""
BUILDING = "building"
_held: dict[Path, IO[str]] = {}
"""Locks of the nights this process is building; the system frees them when the process ends, however it ends."""


class ReleaseDamaged(Exception):
    """A published release is not what it was when it was sealed; the message says which and what to do."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"发布 {folder.name} 不完整或已损坏（{folder}）。请运行 shixun refresh，会重新生成。")


class NightUnknown(Exception):
    """A step was asked to go on with a night whose beginning is not there."""

    def __init__(self) -> None:
        super().__init__("这一夜的前几步没有留下结果，不能从中间接着跑。请把整夜重新运行一次。")


@dataclass(frozen=True)
class DumpEntry:
    """One dump file as the manifest names it."""

    path: str
    sha256: str
    size: int
    rows: int


@dataclass(frozen=True)
class Build:
    """A night in progress: a folder of its own until it is published or refused.

    Notes and scratch lie beside what will be the release, so that a step tried again finds them whatever was done.
    """

    home: Home
    province: str
    folder: Path

    @property
    def night(self) -> Night:
        """Which night this is; known once the dumps were found."""
        return Night(self.province, date.fromisoformat(self.facts["as_of"]))

    @property
    def facts(self) -> dict[str, Any]:
        """What was found out at the night's beginning: as_of, release, versions, unchanged.

        Raises:
            NightUnknown: nothing was; somebody re-executed a later step by itself.
        """
        facts: dict[str, Any] | None = self.noted("night")
        if facts is None:
            raise NightUnknown
        return facts

    @property
    def is_unchanged(self) -> bool:
        """Whether readers already see the release that these very inputs would give."""
        return bool(self.facts["unchanged"])

    @property
    def made(self) -> Path:
        """What becomes the release; gone from here once it is among the releases."""
        return self.folder / "release"

    @property
    def warehouse(self) -> Path:
        return self.made / "warehouse.duckdb"

    @property
    def site(self) -> Path:
        return self.made / "site"

    @property
    def report(self) -> Path:
        return self.made / "report"

    @property
    def quality(self) -> Path:
        return self.made / "quality"

    @property
    def scratch(self) -> Path:
        """Tables between layers, as parquet; not part of the release."""
        return self.folder / "scratch"

    def parquet(self, table: str) -> Path:
        """Where `schema.table` waits for the next layer."""
        schema, name = table.split(".")
        return self.scratch / schema / f"{name}.parquet"

    def scan(self, table: str) -> pl.LazyFrame:
        """A table of this night; one carried over from the last release is taken out of the warehouse first."""
        if not self.parquet(table).exists():
            warehouse.export(self.warehouse, table, self.parquet(table))
        return pl.scan_parquet(self.parquet(table))

    def has(self, table: str) -> bool:
        """Whether tonight made the table or carried it over."""
        return self.parquet(table).exists() or table in (self.noted("keys") or {})

    def write(self, table: str, frame: pl.LazyFrame) -> int:
        """Streams a table to its parquet file; returns its rows."""
        path = self.parquet(table)
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.sink_parquet(path, engine="streaming", compression="zstd", compression_level=1, optimizations=KEPT_APART)
        return self.count(table)

    def write_pieces(self, table: str, pieces: Iterator[pl.DataFrame]) -> int:
        """Writes a table piece by piece, each while the next one is made; returns its rows."""
        path = self.parquet(table)
        path.parent.mkdir(parents=True, exist_ok=True)
        first = next(pieces)
        schema = _as_arrow(first).schema
        # The pool is left first: nothing is written any more when the writer closes.
        with pq.ParquetWriter(path, schema, compression="zstd") as writer, ThreadPoolExecutor(1) as pool:
            written = pool.submit(_write, writer, first)
            for piece in pieces:
                written.result()
                written = pool.submit(_write, writer, piece)
            written.result()
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
        """Keeps facts of this night for the layers to come, as JSON; whole or not at all."""
        path = self.folder / f".{name}.json"
        aside = path.with_suffix(".new")
        aside.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
        aside.replace(path)

    def noted(self, name: str) -> Any:
        """Facts kept by `note`, or None."""
        path = self.folder / f".{name}.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _write(writer: pq.ParquetWriter, piece: pl.DataFrame) -> None:
    for rows in piece.iter_slices(ROWS_AT_ONCE):
        writer.write_table(_as_arrow(rows))


def _as_arrow(rows: pl.DataFrame) -> pa.Table:
    return rows.to_arrow(compat_level=pl.CompatLevel.oldest())


def start(home: Home, province: str, token: str) -> Build:
    """The build folder of a night; `token` names the run, so that two nights never share one.

    Every process that works for the run shares the folder's lock, so that no sweep takes it away meanwhile.
    """
    folder = home.building / f"{province}-{token}"
    with home.locked(BUILDING):
        (folder / "scratch").mkdir(parents=True, exist_ok=True)
        if folder not in _held:
            handle = (folder / ".lock").open("w")
            fcntl.flock(handle, fcntl.LOCK_SH)
            _held[folder] = handle
    return Build(home, province, folder)


def sweep(home: Home, province: str) -> list[str]:
    """Removes what killed nights of this province left behind; returns the names of their build folders."""
    swept = []
    with home.locked(BUILDING):
        for folder in sorted(home.building.glob(f"{province}-*")):
            if folder not in _held and folder.is_dir() and _is_forsaken(folder):
                shutil.rmtree(folder, ignore_errors=True)
                swept.append(folder.name)
    with home.locked(province):  # nobody is about to put anything there
        for place in (home.current(province), home.refused(province)):
            remove_half_made(place)
    return swept


def _is_forsaken(folder: Path) -> bool:
    """Whether nobody is at work in a build folder."""
    with (folder / ".lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def is_abandoned(home: Home, province: str, token: str) -> bool:
    """Whether a night's folder is there and nobody, here or on another machine that shares the home, works in it."""
    folder = home.building / f"{province}-{token}"
    with home.locked(BUILDING):
        return folder not in _held and folder.is_dir() and _is_forsaken(folder)


def clear(build: Build) -> None:
    """Takes away what an earlier try of this night made of its release."""
    shutil.rmtree(build.made, ignore_errors=True)
    build.made.mkdir(parents=True)


def release_id(night: Night, dumps: Iterable[DumpEntry], unread: Iterable[str], versions: Mapping[str, str]) -> str:
    """The identity of a release: the as-of date and a hash of everything it is a function of.

    `unread` tells of files that could not be read: a release's quality page tells of them too.
    """
    facts = [
        night.province,
        night.as_of.isoformat(),
        sorted((d.path, d.sha256) for d in dumps),
        sorted(unread),
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


def previous_counts(home: Home, province: str) -> Mapping[str, int] | None:
    """Row counts of the dump tables in the last release whose manifest can be read, or None when there is none.

    Only what was sent in can go missing: fewer rejects, or a clause more, are no reason to refuse a night.
    """
    for folder in _newest_first(home, province):
        try:
            counts: Mapping[str, int] = manifest_of(folder)["tables"]
        except ReleaseDamaged as damage:
            log.warning("%s", damage)
            continue
        return {name: rows for name, rows in counts.items() if name.startswith("staging.")}
    return None


def _newest_first(home: Home, province: str) -> Iterator[Path]:
    """The current release, then the other kept ones."""
    current = home.current_release(province)
    if current is not None:
        yield current
    yield from _others(home, province)


def _others(home: Home, province: str) -> list[Path]:
    """Kept releases besides the current one, newest first."""
    current, place = home.current_release(province), home.releases(province)
    kept = [path for path in place.iterdir() if path.is_dir() and path != current] if place.is_dir() else []
    kept = [path for path in kept if not path.name.startswith(".")]
    return sorted(kept, key=lambda path: path.stat().st_mtime, reverse=True)


def is_published(home: Home, province: str, release: str) -> bool:
    """Whether readers already see this very release, whole; one that is not is made again."""
    current = home.current_release(province)
    if current is None or current.name != release:
        return False
    if is_whole(current):
        return True
    log.warning("%s：现行发布 %s 缺失文件或被改动，将原样重建。", province, release)
    return False


def seal(build: Build, dumps: Iterable[DumpEntry], gate: object, warehouse_digest: str) -> None:
    """Writes the manifest: from now on this is the release, whatever becomes of the night.

    warehouse_digest: `sha256_of` the warehouse; a province's takes seconds, and can be had while the pages are made.
    """
    build.report.mkdir(exist_ok=True)
    (build.made / MANIFEST).unlink(missing_ok=True)
    outputs = {
        path.relative_to(build.made).as_posix(): warehouse_digest if path == build.warehouse else sha256_of(path)
        for path in sorted(build.made.rglob("*"))
        if path.is_file()
    }
    manifest = {
        "release": build.facts["release"],
        "province": build.province,
        "as_of": build.night.as_of.isoformat(),
        "dumps": [vars(dump) for dump in dumps],
        "versions": build.facts["versions"],
        "gate": gate,
        "tables": warehouse.tables(build.warehouse),
        "outputs": outputs,
        "profile": spans(build.folder),
        "keys": build.noted("keys"),
        "checks": build.noted("checks") or {},
        "presence": build.noted("presence"),
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    with (build.made / MANIFEST).open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())


def is_moved(build: Build) -> bool:
    """Whether an earlier try of this night's last step already moved the sealed release to its place."""
    return not build.made.exists() and (_place(build) / MANIFEST).exists()


def publish(build: Build) -> Path:
    """Moves the sealed release among the releases and switches the readers' link; done again it changes nothing.

    Killed before the switch, the readers' release stays; tried again, or by the next night, it is switched on.
    """
    target = _place(build)
    target.parent.mkdir(parents=True, exist_ok=True)
    with build.home.locked(build.province):
        if build.made.exists():
            _move_in(build, target)
        switch_link(build.home.current(build.province), target)
        forget_refusal(build.home, build.province)
        _prune(build.home, build.province)
    return target


def _place(build: Build) -> Path:
    return build.home.releases(build.province) / str(build.facts["release"])


def _move_in(build: Build, target: Path) -> None:
    """Takes the place of a damaged or earlier release of the same inputs; one that readers have whole stays."""
    if target == build.home.current_release(build.province) and is_whole(target):
        shutil.rmtree(build.made)
        return
    aside = target.with_name(f".{target.name}.old")
    shutil.rmtree(aside, ignore_errors=True)
    if target.exists():
        target.rename(aside)
    build.made.rename(target)
    sync_folder(target.parent)
    shutil.rmtree(aside, ignore_errors=True)


def refuse(build: Build, facts: Mapping[str, object]) -> Path:
    """Keeps a refused night's quality page and facts where people look, and nothing else of it."""
    place = build.home.refused(build.province)
    aside = place.with_name(f".{place.name}.{os.getpid()}")
    remove_half_made(place)
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
    left_aside = home.releases(province).glob(".*.old")
    for folder in (*_others(home, province)[keep - 1 :], *left_aside):
        shutil.rmtree(folder, ignore_errors=True)
