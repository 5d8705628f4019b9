"""What a file really is, by its first bytes; suffixes are only what somebody called it, which is told where wrong."""

import codecs
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from pipelines.ingest.reading.encodings import wide_encoding
from pipelines.ingest.reading.faults import UnreadableFile
from pipelines.ingest.reading.grid import Note

Kind = Literal["text", "page", "parquet", "xlsx", "xls", "xlsb", "ods"]

PROMISED: Final[Mapping[str, Kind]] = {
    ".csv": "text",
    ".tsv": "text",
    ".txt": "text",
    ".xls": "xls",
    ".xlsx": "xlsx",
    ".parquet": "parquet",
}
"""The suffixes under which a table may come, and what a file with each is taken to be by whoever opens it."""

_CALLED: Final[Mapping[str, tuple[str, str]]] = {
    "text": ("文本（CSV 一类）", "请把后缀改为 .csv 或 .txt"),
    "page": ("网页（HTML）", "请用 Excel 或 WPS 打开后另存为 .xlsx"),
    "parquet": ("Parquet", "请把后缀改为 .parquet"),
    "xlsx": ("Excel 工作簿（.xlsx）", "请把后缀改为 .xlsx"),
    "xls": ("旧版 Excel 工作簿（.xls）", "请把后缀改为 .xls"),
    "xlsb": ("二进制工作簿（.xlsb）", "请用 Excel 或 WPS 打开后另存为 .xlsx"),
    "ods": ("ODS 电子表格", "请用 Excel 或 WPS 打开后另存为 .xlsx"),
}

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHER_ARCHIVES: Final = {
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7z",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
}
_NO_TABLES: Final = {
    b"%PDF": "PDF",
    b"\x89PNG": "图片",
    b"\xff\xd8\xff": "图片",
    b"GIF8": "图片",
    b"{\\rtf": "RTF 文档",
    b"SQLite format 3": "SQLite 数据库",
    b"\x7fELF": "程序",
    b"MZ\x90": "程序",
}
_PAGE_STARTS: Final = ("<html", "<!doctype html", "<table", "<meta", "<head", "<body", "<div", "<style", "<tr", "<!--")
_SQL: Final = re.compile(
    r"^(?:insert\s+into\s|(?:create|drop)\s+table\s|copy\s[^\n]*\sfrom\s+stdin|-- (?:mysql dump|postgresql database))",
    re.MULTILINE,
)
"""Lines with which a database's dump begins; of a table of cells none does."""
_SAMPLE: Final = 1 << 16
_CONTROL_SHARE: Final = 10
_A_FEW: Final = 16


def kind_of(path: Path, label: str) -> Kind:
    """Tell the kind of file apart.

    Raises:
        UnreadableFile: empty, encrypted, or something that holds no table.
    """
    with path.open("rb") as stream:
        head = stream.read(_SAMPLE)
    if not head:
        raise UnreadableFile(label, "empty_file")
    if head.startswith(_OLE):
        return _ole_kind(head, label)
    if head.startswith((b"PK\3\4", b"PK\5\6")):
        return _zip_kind(path, label)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PARE"):
        raise UnreadableFile(label, "encrypted")
    refuse_known(head, label)
    return _text_kind(head, label)


def misnamed(suffix: str, kind: str) -> Note | None:
    """What is told of a file of this kind under this suffix; None where the suffix says what it is."""
    if PROMISED.get(suffix) == kind:
        return None
    called, advice = _CALLED[kind]
    return Note("wrong_suffix", f"后缀是 {suffix}，内容却是{called}，已按内容读取，{advice}，并请核对是否放错了文件")


def _ole_kind(head: bytes, label: str) -> Kind:
    # an encrypted xlsx is an OLE file with a stream of this name; an encrypted xls is told by its records
    if "EncryptedPackage".encode("utf-16-le") in head:
        raise UnreadableFile(label, "encrypted")
    return "xls"


def _zip_kind(path: Path, label: str) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.replace("\\", "/") for name in archive.namelist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as fault:
        raise UnreadableFile(label, "truncated") from fault
    if any(name.startswith("xl/") for name in names):
        return "xlsb" if "xl/workbook.bin" in names else "xlsx"
    if "content.xml" in names:
        return "ods"
    if any(name.startswith(("word/", "ppt/")) for name in names):
        raise UnreadableFile(label, "not_a_table", detail="是 Word 或 PowerPoint 文档")
    raise UnreadableFile(label, "zip_misnamed")


def refuse_known(head: bytes, label: str) -> None:
    """Raise UnreadableFile for what begins like an archive of another kind, or like something without tables."""
    for start, name in _OTHER_ARCHIVES.items():
        if head.startswith(start):
            raise UnreadableFile(label, "other_archive", detail=name)
    for start, name in _NO_TABLES.items():
        if head.startswith(start):
            raise UnreadableFile(label, "not_a_table", detail=f"是{name}")


def _beginning(head: bytes) -> str:
    """The first characters, as far as they are ASCII in an 8-bit encoding; UTF-16 is decoded whole.

    The first byte of 登 in UTF-16 is that of a brace: bytes must not be taken for characters there.
    """
    marked = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if wide := "utf-16" if marked else wide_encoding(head):
        return head[: len(head) // 2 * 2].decode(wide, "ignore")
    return head.replace(b"\0", b"").removeprefix(codecs.BOM_UTF8).decode("ascii", "ignore")


def _text_kind(head: bytes, label: str) -> Kind:
    start = _beginning(head[:2048]).lstrip("\ufeff \t\r\n").lower()
    if start.startswith("mime-version:"):
        raise UnreadableFile(label, "old_workbook", detail="是单个文件的网页（MHT）")
    if "<workbook" in start[:512]:
        raise UnreadableFile(label, "old_workbook", detail="是 XML 电子表格 2003")
    if start.startswith("<?xml"):
        start = start.partition("?>")[2].lstrip()
        if not start.startswith(_PAGE_STARTS):
            raise UnreadableFile(label, "not_a_table", detail="是 XML")
    if start.startswith(_PAGE_STARTS):
        return "page"
    if start.startswith(("{", "[{", "[[", '["')):
        raise UnreadableFile(label, "not_a_table", detail="是 JSON")
    if _SQL.search(start):
        raise UnreadableFile(label, "not_a_table", detail="是 SQL 脚本")
    return "text"


def insist_text(start: str, label: str) -> None:
    """Raise UnreadableFile when decoded text is full of control characters: a binary file, or a page of NULs."""
    strange = sum(1 for character in start if character < " " and character not in "\t\r\n\f\v\x01")
    strange += start.count("␀") + start.count("\ufffd")
    if not start.strip("\ufeff"):
        raise UnreadableFile(label, "empty_file")
    if strange > _A_FEW and strange * _CONTROL_SHARE > len(start):
        raise UnreadableFile(label, "not_a_table", detail="大部分不是文字")
