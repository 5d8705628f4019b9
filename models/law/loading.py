"""Which law is at hand: the documents that come with the project, and those of a folder somebody adds.

Belongs here: finding policy files and texts, which of them an added folder overrides, and keeping what was read for as
long as its files stay the same. What one file may say is checked in `models.law.reading`.

The environment names the folder (SHIXUN_LAW), so that every process of a night, Dagster's included, judges by the same
law; `--law` of a command sets it for the command and whatever it starts.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final

from models.law.book import Policies, Source
from models.law.reading import PolicyError, read_document
from models.law.schema import Document

VARIABLE: Final = "SHIXUN_LAW"
FILES: Final = Path(__file__).parent / "policies"
REFERENCE: Final = Path(__file__).parents[2] / "data" / "reference"
TEXTS: Final = REFERENCE / "documents"
State = tuple[tuple[str, int, int], ...]


def law_folder() -> Path | None:
    """The folder of added law that the environment names; None where it names none."""
    named = os.environ.get(VARIABLE)
    return Path(named).absolute() if named else None


@contextmanager
def law_of(folder: Path) -> Iterator[None]:
    """While it lasts, the law of a folder is at hand too, here and in every process started from here."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = str(folder.absolute())
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


def load_policies() -> Policies:
    """The law at hand: read once, and again when a file of the added folder changes.

    Raises:
        PolicyError: any fault in any file; the message lists them, one a line.
    """
    folder = law_folder()
    return _built_in() if folder is None else _with_added(folder, _state(folder))


def provinces() -> dict[str, str]:
    """Provinces whose law is on file, code → name, in code order."""
    places = (document.jurisdiction for document in load_policies() if document.jurisdiction.is_province)
    return dict(sorted((place.code, place.name) for place in places))


def read_policies(files: Iterable[Path], texts: Path = TEXTS) -> Policies:
    """The documents of some policy files.

    Raises:
        PolicyError: any fault in any file.
    """
    return _book(sorted(files), [texts], None)


def read_added(folder: Path) -> Policies:
    """The law at hand with the documents of a folder added, those of the same id replaced.

    Raises:
        PolicyError: any fault in any file of the folder, or in how its documents go together with the others.
    """
    if not folder.is_dir():
        raise PolicyError(f"没有法规文件夹 {folder}；里面应有政策文件 *.yaml 和原文 documents/*.txt")
    odd = [path for path in sorted(folder.glob("*")) if path.suffix.lower() in (".yaml", ".yml")]
    files = [path for path in odd if path.suffix == ".yaml" and path.is_file()]
    faults = [f"{path}:1: 不会被读入；政策文件要是文件，文件名以小写的 .yaml 结尾" for path in odd if path not in files]
    if not odd:
        faults = [f"{folder} 里没有政策文件；文件名以 .yaml 结尾，放在这个文件夹里，不放在下级文件夹"]
    if faults:
        raise PolicyError("\n".join(faults))
    return _book(files, [folder / "documents", TEXTS], _built_in())


@lru_cache(maxsize=1)
def _built_in() -> Policies:
    return read_policies(FILES.glob("*.yaml"))


@lru_cache(maxsize=4)
def _with_added(folder: Path, _state: State) -> Policies:
    return read_added(folder)


def _state(folder: Path) -> State:
    """By what it is told that no file of an added folder has changed."""
    found = (*sorted(folder.glob("*.yaml")), *sorted(folder.glob("documents/*")))
    return tuple(_facts(path) for path in found)


def _facts(path: Path) -> tuple[str, int, int]:
    try:
        seen = path.stat()
    except OSError:  # a dangling link, or gone between listing and asking: reading it will tell
        return path.name, 0, -1
    return path.name, seen.st_mtime_ns, seen.st_size


def _book(files: Sequence[Path], texts: Sequence[Path], base: Policies | None) -> Policies:
    faults: list[str] = []
    documents: dict[str, Document] = {}
    sources: dict[str, Source] = {}
    for path in files:
        try:
            document, text = read_document(path, texts)
        except PolicyError as error:
            faults += str(error).splitlines()
            continue
        if document.id in documents:
            other = sources[document.id].file
            faults.append(f"{path}:1: 文件编号 {document.id} 已在 {other} 里用过；编号要唯一")
            continue
        documents[document.id] = document
        sources[document.id] = Source(path.name, _hash(path), text.name, _hash(text), base is not None)
    if faults:
        raise PolicyError("\n".join(faults))
    if base is None:
        return Policies(documents, sources)
    book = Policies(dict(sorted({**base.documents, **documents}.items())), {**base.sources, **sources})
    faults = list(_misfits(book, dict(zip(documents, files, strict=True))))
    if faults:
        raise PolicyError("\n".join(faults))
    return book


def _misfits(book: Policies, paths: dict[str, Path]) -> Iterator[str]:
    """What is wrong with how documents go together, told of those just read."""
    for name, path in paths.items():
        document = book.documents[name]
        home = document.jurisdiction
        others = [one for one in book if one.id != name]
        if home.is_province:
            yield from (f"{path}:1: {fault}" for fault in _miscalled(home.code, home.name))
        for other in others:
            if other.jurisdiction.code == home.code and other.jurisdiction.name != home.name:
                yield (
                    f"{path}:1: 辖区 {home.code} 在 {other.id} 里叫{other.jurisdiction.name}，这里叫{home.name}；"
                    "写成同一个名称"
                )
            if document.credit_system is None or other.credit_system is None:
                continue
            if other.credit_system == document.credit_system:
                yield f"{path}:1: 学分体系 {document.credit_system} 已由 {other.id} 设立；换一个名称"
            elif other.jurisdiction.code == home.code:
                yield (
                    f"{path}:1: {home.name}已由 {other.id} 设立学分体系 {other.credit_system}；一个辖区只能有一个，"
                    "修订请在原文件里加带日期的新行"
                )
        if not any(one.jurisdiction.is_province and one.jurisdiction.lies_in(home.code) for one in book):
            yield f"{path}:1: {home.name}（{home.code}）所在的省没有一份全省的文件；先为 {home.code[:2]}0000 写一份"
        elif not any(
            one.credit_system and one.jurisdiction.is_province and one.jurisdiction.lies_in(home.code) for one in book
        ):
            yield (
                f"{path}:1: {home.code[:2]}0000 没有一份全省的文件写明学分体系；在 conventions 里写 credit_system、"
                "counted_statuses、counted_completion、scope_posts、scope_school_types，没有数值标准的也要写"
            )


@lru_cache(maxsize=1)
def codes_of_provinces() -> dict[str, str]:
    """The country's provinces, code → name."""
    with (REFERENCE / "provinces.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(line for line in file if line[:1] != "#")}


def _miscalled(code: str, name: str) -> Iterator[str]:
    """A province under another's code; a code that no province has may be a made-up one."""
    codes = codes_of_provinces()
    known = codes.get(code)
    if known is not None and known != name:
        yield f"辖区代码 {code} 是{known}，这里却叫{name}；核对代码和名称"
    elif known is None and name in codes.values():
        own = next(one for one, called in codes.items() if called == name)
        yield f"{name}的代码是 {own}，这里写成了 {code}"


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
