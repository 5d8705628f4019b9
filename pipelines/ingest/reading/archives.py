"""Zip archives, opened with suspicion: what is listed, what is refused, and a member's bytes within bounds.

Nothing is ever unpacked under a name taken from the archive, so no path in it can lead anywhere.
"""

import errno
import lzma
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from pipelines.ingest.reading.faults import Problem, UnreadableFile
from pipelines.ingest.reading.limits import (
    MAX_UNPACK_RATIO,
    MAX_UNPACKED_BYTES,
    MAX_ZIP_DIRECTORY_BYTES,
    MAX_ZIP_MEMBERS,
    MIB,
    UNPACK_RATIO_FROM,
)

_END_REACHES: Final = 66_000
_IN_ZIP64: Final = 0xFFFF_FFFF
_UTF8_NAME: Final = 0x800
_ENCRYPTED: Final = 0x1
_UNICODE_PATH: Final = 0x7075
_UNICODE_PATH_HEAD: Final = 5
"""A version and a checksum come before the name."""
_NESTED: Final = frozenset({".zip", ".rar", ".7z", ".gz", ".tar", ".tgz", ".bz2", ".xz"})
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_DAMAGED: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


class Member(NamedTuple):
    """One file inside an archive: `name` as a person reads it, `stored_name` as the archive keeps it."""

    name: str
    stored_name: str
    size: int


def is_workbook(path: Path) -> bool:
    """Whether the zip is itself an Office workbook (xlsx, xlsm, xlsb, ods)."""
    names = {info.filename for info in _contents(path, path.name)}
    return "[Content_Types].xml" in names or "content.xml" in names


def list_members(
    path: Path, archive: str, suffixes: AbstractSet[str], is_ignored: Callable[[str], bool]
) -> tuple[list[Member], list[Problem]]:
    """The table files of an archive (`archive` is its own name) in name order, and what was refused.

    Raises:
        UnreadableFile: damaged, too many members, unpacking would be absurdly large, or there is nothing in it but
            folders and what `is_ignored`: whoever packed it meant to send something.
    """
    infos = [info for info in _contents(path, archive) if info.file_size or not _is_folder(info)]
    insist_unpackable(archive, infos, path.stat().st_size)
    members: dict[str, Member] = {}
    problems: list[Problem] = []
    for info in infos:
        name = _readable_name(info)
        label = f"{archive}!{name}"
        if any(is_ignored(part) for part in PurePosixPath(name).parts if part not in {".", ".."}):
            continue
        if refusal := _refusal(info, name, suffixes):
            problems.append(Problem.of(label, refusal))
        elif name in members:
            problems.append(Problem.of(label, "zip_duplicate"))
        else:
            members[name] = Member(name, info.filename, info.file_size)
    if not members and not problems:
        raise UnreadableFile(archive, "zip_empty")
    return [members[name] for name in sorted(members)], problems


def insist_unpackable(label: str, infos: list[zipfile.ZipInfo], packed: int) -> None:
    """Raise UnreadableFile when an archive or workbook of `packed` bytes claims to unfold beyond all bounds."""
    if len(infos) > MAX_ZIP_MEMBERS:
        raise UnreadableFile(label, "zip_too_many", detail=f"{len(infos)} 个，最多 {MAX_ZIP_MEMBERS} 个")
    unpacked = sum(info.file_size for info in infos)
    is_dense = unpacked > UNPACK_RATIO_FROM and unpacked > MAX_UNPACK_RATIO * packed
    if unpacked > MAX_UNPACKED_BYTES or is_dense:
        raise UnreadableFile(label, "zip_bomb", detail=f"{packed} 字节要展开成 {unpacked} 字节")


def member_chunks(path: Path, stored_name: str, label: str) -> Iterator[bytes]:
    """The unpacked bytes of one member; more than it announced cannot come out of it.

    Raises:
        UnreadableFile: the archive or the member is damaged or gone.
    """
    with _damage_told(label), zipfile.ZipFile(path) as archive:
        # of two members of one name the first is the one that was listed
        info = next((i for i in archive.infolist() if i.filename == stored_name), None)
        if info is None:
            raise UnreadableFile(label, "missing")
        with archive.open(info) as stream:
            while chunk := stream.read(4 * MIB):
                yield chunk


def _contents(path: Path, label: str) -> list[zipfile.ZipInfo]:
    _insist_small_directory(path, label)
    with _damage_told(label), zipfile.ZipFile(path) as archive:
        return archive.infolist()


def _insist_small_directory(path: Path, label: str) -> None:
    """Refuse a directory of millions of entries before zipfile takes all of it into memory."""
    with _damage_told(label), path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - _END_REACHES))
        tail = stream.read()
        size = _field("<I", tail, tail.rfind(b"PK\5\6"), 12)
        if size == _IN_ZIP64:
            size = _field("<Q", tail, tail.rfind(b"PK\6\6"), 40)
    if size > MAX_ZIP_DIRECTORY_BYTES:
        raise UnreadableFile(label, "zip_too_many", detail=f"最多 {MAX_ZIP_MEMBERS} 个")


def _field(form: str, tail: bytes, record: int, offset: int) -> int:
    if record < 0:
        raise zipfile.BadZipFile("no end of directory")
    return int(struct.unpack_from(form, tail, record + offset)[0])


@contextmanager
def _damage_told(label: str) -> Iterator[None]:
    try:
        yield
    except PermissionError as fault:
        raise UnreadableFile(label, "no_permission") from fault
    except FileNotFoundError as fault:
        raise UnreadableFile(label, "missing") from fault
    except OSError as fault:
        # a damaged directory sends zipfile to places before the file's start
        reason = "zip_damaged" if fault.errno == errno.EINVAL else "disk_fault"
        raise UnreadableFile(label, reason) from fault
    except _DAMAGED as fault:
        raise UnreadableFile(label, "zip_damaged") from fault


def _readable_name(info: zipfile.ZipInfo) -> str:
    """Names without the UTF-8 flag are GB18030 from Chinese Windows (or UTF-8 from tools that forget the flag).

    WinRAR puts the name once more, in UTF-8, beside it; from Python 3.12 on zipfile takes that itself.
    """
    name = info.filename
    if not info.flag_bits & _UTF8_NAME:
        name = _unicode_path(info.extra) or name
        try:
            stored = name.encode("cp437")
        except UnicodeEncodeError:
            stored = None
        for encoding in ("utf-8", "gb18030") if stored else ():
            try:
                name = stored.decode(encoding)  # type: ignore[union-attr]
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")


def _unicode_path(extra: bytes) -> str:
    """The name in the extra field 0x7075 (Info-ZIP Unicode Path); empty where there is none or it is damaged."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind == _UNICODE_PATH and size > _UNICODE_PATH_HEAD:
            try:
                return extra[at + 4 + _UNICODE_PATH_HEAD : at + 4 + size].decode()
            except UnicodeDecodeError:
                return ""
        at += 4 + size
    return ""


def _is_folder(info: zipfile.ZipInfo) -> bool:
    return info.filename.endswith("/")  # zipfile's own `is_dir` breaks on an empty name


def _refusal(info: zipfile.ZipInfo, name: str, suffixes: AbstractSet[str]) -> str | None:
    path = PurePosixPath(name)
    suffix = path.suffix.lower()
    tests = {
        "zip_escape": name.startswith("/") or ".." in path.parts or _DRIVE.match(name) is not None or "\0" in name,
        "not_a_file": stat.S_ISLNK(info.external_attr >> 16) or _is_folder(info),
        "zip_nested": suffix in _NESTED,
        "unsupported_suffix": suffix not in suffixes,
        "zip_encrypted": bool(info.flag_bits & _ENCRYPTED),
        "zip_method": info.compress_type not in _METHODS,
    }
    return next((reason for reason, holds in tests.items() if holds), None)
