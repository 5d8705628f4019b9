"""Excel workbooks (xlsx, xlsm, xlsb, xls, ods) to grid rows, through calamine.

Cells come out as Excel shows them: whole numbers without a point, numbers to fifteen digits, dates in ISO form,
TRUE and FALSE, error values by name. Formulas give the value last saved.
"""

import datetime as dt
import functools
import re
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import polars as pl
from lxml import etree
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from pipelines.ingest.reading.archives import insist_unpackable
from pipelines.ingest.reading.faults import UnreadableFile
from pipelines.ingest.reading.grid import Region, SheetSummary, frames_of, spread_merged
from pipelines.ingest.reading.limits import MAX_COLUMNS, MIB

_EXACT: Final = 10**15
_DAY: Final = 86_400
_PLACE: Final = re.compile(r"([A-Z]{1,3})(\d{1,7})")


class Workbook:
    """One workbook with its sheets loaded."""

    def __init__(self, path: Path, label: str) -> None:
        self.label = label
        if zipfile.is_zipfile(path):
            _insist_sound(path, label)
        try:
            # opened as a stream, for by a path calamine would go by the suffix
            with path.open("rb") as stream:
                book = CalamineWorkbook.from_filelike(stream)
        except PasswordError as fault:
            raise UnreadableFile(label, "encrypted") from fault
        except CalamineError as fault:
            raise UnreadableFile(label, "truncated", detail=type(fault).__name__) from fault
        self.hidden = [m.name for m in book.sheets_metadata if m.visible != SheetVisibleEnum.Visible]
        _insist_distinct(book.sheet_names, label)
        self.sheets = [_sheet(book, name, label) for name in book.sheet_names]
        self.errors = _error_cells(path)
        self.summaries: dict[str, SheetSummary] = {}

    def width(self) -> int:
        """Cells of the widest sheet.

        Raises:
            UnreadableFile: wider than any table.
        """
        widest = 1
        for sheet in self.sheets:
            widest = max(widest, _width(sheet))
            if _width(sheet) > MAX_COLUMNS:
                raise UnreadableFile(self.label, "too_wide", sheet=sheet.name, detail=f"{_width(sheet)} 列")
        return widest

    def frames(self, width: int) -> Iterator[pl.DataFrame]:
        """Grid frames of all sheets in order, the hidden ones too; rows without content are left out."""
        for sheet in self.sheets:
            regions = [Region(top, left, bottom, right) for (top, left), (bottom, right) in _merged(sheet)]
            rows = enumerate(spread_merged(self._texts(sheet), regions), start=1)
            count = 0
            for frame in frames_of(sheet.name, rows, width):
                count += frame.height
                yield frame
            self.summaries[sheet.name] = SheetSummary(sheet.name, count, _width(sheet))

    def warnings(self) -> list[str]:
        """What people should know about the workbook, in Chinese."""
        notes = [f"工作表“{name}”是隐藏的，已照常读取" for name in self.hidden]
        if not any(summary.rows for summary in self.summaries.values()):
            notes.append("工作簿里没有任何内容")
        return notes

    def _texts(self, sheet: CalamineSheet) -> Iterator[list[str | None]]:
        errors = self.errors.get(sheet.name, {})
        # calamine gives leading blank rows but not leading blank columns
        left = sheet.start[1] if sheet.start else 0
        for number, row in enumerate(sheet.iter_rows()):
            cells = [*[None] * left, *map(cell_text, row)]
            for column, name in errors.get(number, {}).items():
                if column < len(cells):
                    cells[column] = cells[column] or name
            yield cells


def cell_text(value: object) -> str | None:
    """One cell's value as Excel shows it; None for an empty cell."""
    if type(value) is str:
        return value or None
    return None if value is None else _TEXTS[type(value)](value)


def _number_text(value: float) -> str:
    if value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    # Excel keeps fifteen digits: an id stored as a number ends in zeros, as it does on the clerk's screen
    shown = f"{value:.15g}"
    return format(Decimal(shown), "f") if "e+" in shown else shown


def _moment_text(value: dt.datetime) -> str:
    return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "seconds")


def _duration_text(value: dt.timedelta) -> str:
    seconds = value.days * _DAY + value.seconds
    sign = "-" if seconds < 0 else ""
    hours, rest = divmod(abs(seconds), 3600)
    return f"{sign}{hours}:{rest // 60:02d}:{rest % 60:02d}"


_TEXTS: Final[dict[type, Callable[[Any], str]]] = {
    bool: lambda value: "TRUE" if value else "FALSE",
    int: str,
    float: _number_text,
    dt.datetime: _moment_text,
    dt.date: dt.date.isoformat,
    dt.time: lambda value: value.isoformat("seconds"),
    dt.timedelta: _duration_text,
}


def _sheet(book: CalamineWorkbook, name: str, label: str) -> CalamineSheet:
    try:
        return book.get_sheet_by_name(name)
    except CalamineError as fault:
        raise UnreadableFile(label, "truncated", sheet=name, detail=type(fault).__name__) from fault


def _insist_distinct(names: list[str], label: str) -> None:
    """Refuse two sheets of one name: no program writes them, and the second could not be told from the first."""
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise UnreadableFile(label, "truncated", sheet=twice[0], detail="有同名的工作表")


def _width(sheet: CalamineSheet) -> int:
    return sheet.end[1] + 1 if sheet.end else 0


def _merged(sheet: CalamineSheet) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    return list(sheet.merged_cell_ranges or [])


def _insist_sound(path: Path, label: str) -> None:
    """Refuse archives that are cut short, encrypted member by member, or unfold beyond bounds."""
    try:
        with zipfile.ZipFile(path) as archive:
            insist_unpackable(label, archive.infolist(), path.stat().st_size)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as fault:
        raise UnreadableFile(label, "truncated") from fault


def _error_cells(path: Path) -> dict[str, dict[int, dict[int, str]]]:
    """Error values (#REF!, #DIV/0!) of an xlsx by sheet, row and column, counted from 0.

    Calamine gives such cells as empty, and an empty cell is a different fault from a broken formula. Older .xls
    workbooks are not looked through: there an error cell stays empty.
    """
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as archive:
        try:
            return {name: found for name, part in _sheet_parts(archive).items() if (found := _errors_of(archive, part))}
        except (KeyError, etree.XMLSyntaxError):
            # an unusual or slightly damaged package that calamine could read all the same
            return {}


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    if "xl/workbook.xml" not in archive.namelist():
        return {}
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    links = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"), parser)
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    book = etree.fromstring(archive.read("xl/workbook.xml"), parser)
    parts = {}
    for sheet in book.iter("{*}sheet"):
        target = targets.get(next((v for k, v in sheet.attrib.items() if str(k).endswith("}id")), ""), "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if part in archive.namelist():
            parts[str(sheet.get("name"))] = part
    return parts


def _errors_of(archive: zipfile.ZipFile, part: str) -> dict[int, dict[int, str]]:
    if not _mentions_errors(archive, part):
        return {}
    found: dict[int, dict[int, str]] = {}
    with archive.open(part) as stream:
        for _, cell in etree.iterparse(stream, tag="{*}c", resolve_entities=False, no_network=True):
            place = _PLACE.fullmatch(cell.get("r") or "")
            if cell.get("t") == "e" and place:
                column = functools.reduce(lambda n, letter: n * 26 + ord(letter) - 64, place[1], 0) - 1
                found.setdefault(int(place[2]) - 1, {})[column] = cell.findtext("{*}v") or "#VALUE!"
            cell.clear()
    return found


def _mentions_errors(archive: zipfile.ZipFile, part: str) -> bool:
    sign = b't="e"'
    tail = b""
    with archive.open(part) as stream:
        while chunk := stream.read(MIB):
            if sign in tail + chunk:
                return True
            tail = chunk[-len(sign) :]
    return False
