"""Backslashes before what would divide a record: as MySQL's OUTFILE, PostgreSQL's COPY, Hive and Spark write text.

Such a program puts a backslash before a line end, a separator or a quotation mark inside a cell. Others write the sign
as it is, so that it is taken for an escape only where the record has the usual number of cells with it and not without.
Cloud SQL writes a missing value as `"N`. What is no such file is `text`'s matter.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from pipelines.ingest.reading.limits import MAX_QUOTED_CHARS, MAX_QUOTED_LINES

NULL: Final = "\\N"
"""A missing value as MySQL, PostgreSQL and Hive write it."""
BROKEN_NULL: Final = '"N'
"""The same as Cloud SQL writes it into CSV."""
_ENDS_ODD: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\\r?\Z")


def may_divide(text: bytes, delimiter: str) -> bool:
    """Whether a backslash stands before a line end, a separator or a quotation mark anywhere."""
    return any(b"\\" + sign in text for sign in (b"\n", b"\r\n", b'"', delimiter.encode()))


def goes_on(line: bytes) -> bool:
    """Whether a line (without its line end) ends in an odd number of backslashes."""
    return line.endswith((b"\\", b"\\\r")) and _ENDS_ODD.search(line) is not None


def writes_nulls(start: str, delimiter: str) -> bool:
    """Whether the beginning has cells that are `NULL`: the program that wrote it escapes."""
    sign = re.escape(delimiter)
    return re.search(rf"(?m)(?:^|{sign})\\N(?={sign}|\r?$)", start) is not None


def record_at(lines: Sequence[bytes], at: int, delimiter: str, width: int, *, is_sure: bool) -> tuple[list[str], int]:
    """The record that begins at a line, read with escapes: its cells and its number of lines; nothing and 0 if none.

    It must have `width` cells. A first line that has them all goes on only where the program is known to escape.
    """
    used = 1
    while goes_on(lines[at + used - 1]) and at + used < len(lines) and used < MAX_QUOTED_LINES:
        used += 1
    text = b"\n".join(lines[at : at + used]).removesuffix(b"\r")
    if len(text) > MAX_QUOTED_CHARS:
        return [], 0
    first = _cells(lines[at].removesuffix(b"\r").decode().removesuffix("\\"), delimiter)
    if used > 1 and not is_sure and len(first) >= width:
        return [], 0
    cells = _cells(text.decode(), delimiter)
    return (cells, used) if len(cells) == width else ([], 0)


def _cells(record: str, delimiter: str) -> list[str]:
    """The cells of a record by escapes; empty where it cannot be divided so."""
    cell, plain = _cell(delimiter), _escape(delimiter)
    cells: list[str] = []
    at = 0
    while found := cell.match(record, at):
        quoted, bare = found.groups()
        if quoted is None:
            cells.append(plain.sub(r"\1", bare))
        else:
            cells.append(re.sub(r'\\(["\\\n]|\r\n)', r"\1", quoted).replace('""', '"'))
        if found.end() == len(record):
            return cells
        at = found.end() + 1
    return []


@cache
def _cell(delimiter: str) -> re.Pattern[str]:
    """One cell up to a separator or the record's end: quoted, or bare with what divides escaped."""
    sign = re.escape(delimiter)
    quoted = r'"((?:[^"\\]|\\.|"")*+)"'
    bare = rf'((?:[^"\\{sign}]|\\.)(?:[^\\{sign}]|\\.)*+|)'
    return re.compile(rf"(?:{quoted}|{bare})(?={sign}|\Z)", re.DOTALL)


@cache
def _escape(delimiter: str) -> re.Pattern[str]:
    return re.compile(rf"\\({re.escape(delimiter)}|\r?\n)")
