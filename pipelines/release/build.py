"""A night in progress: a folder of its own, aside from what readers see, until it is published or refused.

Belongs here: the folder, its scratch tables and notes, who holds it, sweeping what killed nights left. What becomes
of it when it is done is in seal.py (a release's identity and manifest) and switch.py (what readers see).
"""

import fcntl
import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from models.core.credit_lines import KEPT_APART
from models.night import Night
from pipelines.release import warehouse
from pipelines.release.home import Home, remove_half_made
from pipelines.release.spans import span, spans

NULLS_ALONE = {"null_count": True, "min": False, "max": False, "distinct_count": False}
"""Which fields have any value is told by the counts of nulls; least and greatest are asked by nobody and cost a sixth
of the writing."""
FEWEST_AT_ONCE = 100_000
"""Rows of pieces put together before they are written: clauses of few rows would make a file of hundreds of groups."""
ROWS_AT_ONCE = 500_000
"""Rows of a piece that are turned into arrow's form together, so that it is never held twice."""
FEW = 200_000
"""Rows of its largest table up to which a plan is carried out in memory at once: two thirds of what a stream costs."""
SMALL = 3_000_000
"""Cells up to which a table is kept in memory: nearly all tables of a sample; codes, units, courses of a province."""
BUILDING = "building"
_notes: dict[Path, tuple[tuple[int, ...], Any]] = {}
"""Notes that were read, each with what tells whether it was written anew: some are asked for thousands of times."""
_held: dict[Path, IO[str]] = {}
"""Locks of the nights this process is building; the system frees them when the process ends, however it ends."""


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
    def dumps(self) -> list[DumpEntry]:
        """The night's dump files as the manifest names them."""
        return [DumpEntry(**dump) for dump in self.noted("dumps")]

    @property
    def is_unchanged(self) -> bool:
        """Whether readers already see the release that these very inputs would give."""
        return bool(self.facts["unchanged"])

    @property
    def release_folder(self) -> Path:
        """What becomes the release; gone from here once it is among the releases."""
        return self.folder / "release"

    @property
    def warehouse(self) -> Path:
        return self.release_folder / "warehouse.duckdb"

    @property
    def site(self) -> Path:
        return self.release_folder / "site"

    @property
    def report(self) -> Path:
        return self.release_folder / "report"

    @property
    def quality(self) -> Path:
        return self.release_folder / "quality"

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
        path = self.parquet(table)
        if not path.exists():
            warehouse.export(self.warehouse, table, path)
        return pl.scan_parquet(path) if path.is_dir() else _scan(path)

    def has_few(self, tables: Iterable[str]) -> bool:
        """Whether some tables are on file and each has few rows."""
        return all(self.parquet(table).exists() and self.count(table) <= FEW for table in tables)

    def has(self, table: str) -> bool:
        """Whether tonight made the table or carried it over."""
        return self.parquet(table).exists() or table in (self.noted("keys") or {})

    def write(self, table: str, frame: pl.LazyFrame) -> int:
        """Streams a table to its parquet file; returns its rows."""
        write_parquet(frame, self.parquet(table))
        return self.count(table)

    def put(self, table: str, files: Sequence[Path]) -> int:
        """Makes a table of files of rows as they are: a link to one file, or a folder of links; returns its rows."""
        place = self.parquet(table)
        place.unlink(missing_ok=True) if place.is_file() else shutil.rmtree(place, ignore_errors=True)
        if len(files) == 1:
            _link(files[0], place)
        for number, file in enumerate(files if len(files) > 1 else ()):
            _link(file, place / f"{number:05d}.parquet")
        return self.count(table)

    def write_pieces(self, table: str, pieces: Iterator[pl.DataFrame]) -> int:
        """Writes a table piece by piece, each while the next one is made; returns its rows."""
        path = self.parquet(table)
        path.parent.mkdir(parents=True, exist_ok=True)
        pieces = _gathered(pieces)
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
        path = self.parquet(table)
        return _rows_in(path, _written(path))

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
        _notes.pop(path, None)

    def noted(self, name: str) -> Any:
        """Facts kept by `note`, or None; to be read only, for whoever asks next gets the same."""
        path = self.folder / f".{name}.json"
        if not path.exists():
            return None
        written, known = _written(path), _notes.get(path)
        if known is None or known[0] != written:
            known = _notes[path] = written, json.loads(path.read_text(encoding="utf-8"))
        return known[1]


def _scan(path: Path) -> pl.LazyFrame:
    """A small table from memory, where it stays: some hundred plans read it, each of which would open its file."""
    said = pq.read_metadata(path)
    if said.num_rows * said.num_columns > SMALL:
        return pl.scan_parquet(path)
    return _read(path, _written(path)).lazy()


@lru_cache(maxsize=256)
def _rows_in(path: Path, _written: tuple[int, ...]) -> int:
    """Rows of a table, as long as it is the one that was written then."""
    return warehouse.rows_in(path)


def _written(path: Path) -> tuple[int, ...]:
    """What tells a file from another that was written to its place."""
    facts = path.stat()
    return facts.st_ino, facts.st_mtime_ns, facts.st_size


@lru_cache(maxsize=256)
def _read(path: Path, _written: tuple[int, ...]) -> pl.DataFrame:
    """A file's rows, as long as it is the one that was written then."""
    return pl.read_parquet(path)


def write_parquet(frame: pl.LazyFrame, path: Path) -> None:
    """Streams rows to a file whose folder is made where it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # it may be a link to rows that are kept
    frame.sink_parquet(
        path,
        engine="streaming",
        compression="zstd",
        compression_level=1,
        statistics=NULLS_ALONE,
        optimizations=KEPT_APART,
    )


def _link(file: Path, place: Path) -> None:
    """A second name for a file that is never changed; a copy where the file system has no such names."""
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        place.hardlink_to(file)
    except OSError:
        shutil.copyfile(file, place)


def _gathered(pieces: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The same rows in pieces worth writing; one without rows where there are none."""
    held: list[pl.DataFrame] = []
    for piece in pieces:
        held.append(piece)
        if sum(each.height for each in held) >= FEWEST_AT_ONCE:
            yield pl.concat(held)
            held.clear()
    if held:
        yield pl.concat(held)


def _write(writer: pq.ParquetWriter, piece: pl.DataFrame) -> None:
    for rows in piece.iter_slices(ROWS_AT_ONCE):
        writer.write_table(_as_arrow(rows))


def _as_arrow(rows: pl.DataFrame) -> pa.Table:
    return rows.to_arrow(compat_level=pl.CompatLevel.oldest())


def start_build(home: Home, province: str, token: str) -> Build:
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


def sweep_builds(home: Home, province: str) -> list[str]:
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


def clear_release(build: Build) -> None:
    """Takes away what an earlier try of this night made of its release."""
    shutil.rmtree(build.release_folder, ignore_errors=True)
    build.release_folder.mkdir(parents=True)


def discard_build(build: Build) -> None:
    """Removes a build folder whose night is over."""
    shutil.rmtree(build.folder, ignore_errors=True)
    for path in [path for path in _notes if path.parent == build.folder]:
        del _notes[path]
    _let_go(build.folder)


def _let_go(folder: Path) -> None:
    handle = _held.pop(folder, None)
    if handle is not None:
        handle.close()
