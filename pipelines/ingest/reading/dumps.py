"""What lies in the dump folder: the newest snapshot of a province, file by file.

Belongs here: folders, names, sizes, and the bytes of one dump file. What the bytes mean is the other modules'
matter; which table a file holds is decided by its stem, elsewhere.
"""

import datetime as dt
import hashlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from pipelines import settings
from pipelines.ingest.reading import archives
from pipelines.ingest.reading.faults import Problem, UnreadableFile
from pipelines.ingest.reading.kinds import PROMISED, refuse_known
from pipelines.ingest.reading.limits import MIB

TABLE_SUFFIXES: Final = frozenset(PROMISED)
UNFINISHED_SUFFIXES: Final = frozenset({".part", ".crdownload", ".download", ".filepart"})
IGNORED_NAMES: Final = frozenset({"thumbs.db", "desktop.ini", "__macosx", "_success"})
_MAGIC: Final = 16
_DATE_FOLDER: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


class Fingerprint(NamedTuple):
    """What the file system says of a file; any write changes it."""

    inode: int
    size: int
    modified_ns: int
    changed_ns: int

    @classmethod
    def of(cls, path: Path) -> "Fingerprint":
        found = path.lstat()  # a link put in a file's place is another file
        return cls(found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


@dataclass(frozen=True)
class DumpFile:
    """One table file of a snapshot, or one member of a zip in it.

    `label` is how people and lineage name it (`x.zip!y.csv` for a member), `size` its bytes as unpacked,
    `seen` the state of the file on disk when it was listed: reading insists on that state.
    """

    path: Path
    label: str
    size: int
    seen: Fingerprint
    member: str | None = None

    @property
    def name(self) -> str:
        return PurePosixPath(self.label.rpartition("!")[2] if self.member else self.label).name

    @property
    def stem(self) -> str:
        return PurePosixPath(self.name).stem

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.name).suffix.lower()


@dataclass(frozen=True)
class Snapshot:
    """The newest dated folder of a province: its files in name order, and what was left out and why."""

    province: str
    date: dt.date
    folder: Path
    files: tuple[DumpFile, ...]
    problems: tuple[Problem, ...]


def find_snapshot(
    dumps: Path, province: str, latest: dt.date | None = None, wanted: dt.date | None = None
) -> Snapshot | None:
    """List the newest dated folder of `dumps/province`, not dated after `latest`; None when there is none.

    wanted: the one folder that is asked for; the others are then neither looked at nor told.

    Nothing in the folder is fatal: what cannot be a dump is reported in `problems`, hidden and temporary files
    are passed over.

    Raises:
        OSError: the province's folder itself cannot be listed.
    """
    home = dumps / province
    if not home.is_dir():
        return None
    entries = [entry for entry in _entries(home) if wanted in (None, _date_of(entry.name))]
    dated, problems = _dated(entries, province, latest)
    if not dated:
        return None
    day, folder = max(dated)
    files: list[DumpFile] = []
    for entry, label in _labels(_entries(folder)):
        found, faults = _list_entry(entry, label)
        files.extend(found)
        problems.extend(faults)
    return Snapshot(province, day, folder, tuple(files), tuple(problems))


def _dated(
    entries: Sequence[Path], province: str, latest: dt.date | None
) -> tuple[list[tuple[dt.date, Path]], list[Problem]]:
    """The folders of days up to `latest`, and what else lies beside them."""
    problems: list[Problem] = []
    dated: list[tuple[dt.date, Path]] = []
    for entry in entries:
        day, label = _date_of(entry.name), f"{province}/{readable(entry.name)}"
        if entry.is_symlink():
            problems.append(Problem.of(label, "link"))
        elif not entry.is_dir():
            problems.append(Problem.of(label, "stray_file"))
        elif day is None:
            problems.append(Problem.of(label, "bad_date_folder"))
        elif latest is not None and day > latest:
            problems.append(Problem.of(label, "future_date"))
        else:
            dated.append((day, entry))
    return dated, problems


def sha256(file: DumpFile) -> str:
    """Digest of the file's bytes; of the unpacked member for a zip.

    Raises:
        UnreadableFile: it vanished, changed since it was listed, or is damaged.
    """
    digest = hashlib.sha256()
    for chunk in chunks(file):
        digest.update(chunk)
    return digest.hexdigest()


def chunks(file: DumpFile) -> Iterator[bytes]:
    """The file's bytes (unpacked for a zip member), tied to the state in which it was listed.

    Raises:
        UnreadableFile: it vanished, may not be read, is damaged, or changed before the last byte was out.
    """
    insist_unchanged(file)
    if file.member is None:
        yield from _plain_chunks(file)
    else:
        yield from archives.member_chunks(file.path, file.member, file.label)
    insist_unchanged(file)


def _plain_chunks(file: DumpFile) -> Iterator[bytes]:
    try:
        with file.path.open("rb") as stream:
            while chunk := stream.read(4 * MIB):
                yield chunk
    except FileNotFoundError as fault:
        raise UnreadableFile(file.label, "missing") from fault
    except PermissionError as fault:
        raise UnreadableFile(file.label, "no_permission") from fault
    except OSError as fault:
        raise UnreadableFile(file.label, "disk_fault", detail=fault.strerror or "") from fault


def insist_unchanged(file: DumpFile) -> None:
    """Raise UnreadableFile unless the file on disk is still the one that was listed."""
    try:
        now = Fingerprint.of(file.path)
    except FileNotFoundError as fault:
        raise UnreadableFile(file.label, "missing") from fault
    if now != file.seen:
        raise UnreadableFile(file.label, "changed_while_read")


def _entries(folder: Path) -> list[Path]:
    return sorted((e for e in folder.iterdir() if not is_ignored(e.name)), key=lambda e: e.name)


def is_ignored(name: str) -> bool:
    """Hidden files, lock files of Excel and WPS, what Windows and macOS leave behind, and marks of a whole delivery."""
    return (
        name.startswith((".", "~$"))
        or name.endswith("~")
        or name.lower() in IGNORED_NAMES
        or name == settings.done_marker()
    )


def _date_of(name: str) -> dt.date | None:
    if not _DATE_FOLDER.fullmatch(name):
        return None
    try:
        return dt.date.fromisoformat(name)
    except ValueError:
        return None


def _labels(entries: list[Path]) -> list[tuple[Path, str]]:
    """Entries under names that can be written down; of two that read alike the later ones are numbered."""
    taken: set[str] = set()
    labelled = []
    for entry in entries:
        label = name = readable(entry.name)
        number = 1
        while label in taken:
            number += 1
            label = f"{PurePosixPath(name).stem}（同名 {number}）{PurePosixPath(name).suffix}"
        taken.add(label)
        labelled.append((entry, label))
    return labelled


def readable(name: str) -> str:
    """A file's name as people read it: names of Chinese Windows in GB18030 come as bytes that are no UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        stored = os.fsencode(name)
        try:
            return stored.decode("gb18030")
        except UnicodeDecodeError:
            return stored.decode("utf-8", "replace")
    return name


def _list_entry(path: Path, label: str) -> tuple[list[DumpFile], list[Problem]]:
    try:
        seen = Fingerprint.of(path)
        mode = path.lstat().st_mode
    except OSError as fault:
        return [], [Problem.of(label, "missing", os.strerror(fault.errno or 0))]
    if reason := _refusal(path, mode):
        detail = PurePosixPath(label).suffix or "没有后缀"
        return [], [Problem.of(label, reason, detail if reason == "unsupported_suffix" else "")]
    if path.suffix.lower() == ".zip":
        return _list_zip(path, label, seen)
    return [DumpFile(path, label, seen.size, seen)], []


def _refusal(path: Path, mode: int) -> str | None:
    suffix = path.suffix.lower()
    tests = {
        "link": stat.S_ISLNK(mode),
        "unknown_folder": stat.S_ISDIR(mode),
        "not_a_file": not stat.S_ISREG(mode),
        "unfinished_download": suffix in UNFINISHED_SUFFIXES,
        "unsupported_suffix": suffix not in TABLE_SUFFIXES | {".zip"},
    }
    return next((reason for reason, holds in tests.items() if holds), None)


def _list_zip(path: Path, label: str, seen: Fingerprint) -> tuple[list[DumpFile], list[Problem]]:
    try:
        with path.open("rb") as stream:
            refuse_known(stream.read(_MAGIC), label)
        if archives.is_workbook(path):
            return [DumpFile(path, label, seen.size, seen)], []
        members, problems = archives.list_members(path, label, TABLE_SUFFIXES, is_ignored)
    except UnreadableFile as fault:
        return [], [Problem(fault.file, fault.reason_code, fault.reason, fault.advice)]
    files = [DumpFile(path, f"{label}!{m.name}", m.size, seen, m.stored_name) for m in members]
    return files, problems
