"""Excel workbooks (xlsx, xlsm, xlsb, xls, ods) to grid rows, through calamine.

Cells come out as Excel shows them: whole numbers without a point, numbers to fifteen digits, dates in ISO form,
TRUE and FALSE, error values by name. Formulas give the value last saved, or themselves where none was. Of longer
numbers all digits come out where the file has them for certain, else the form 1.33010219900101E+18. What calamine does
not hand on is looked for in `package` (.xlsx) and `biff` (.xls).
"""

import datetime as dt
import itertools
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import polars as pl
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from pipelines.ingest.reading.archives import insist_unpackable
from pipelines.ingest.reading.biff import OldBook
from pipelines.ingest.reading.faults import UnreadableFile
from pipelines.ingest.reading.grid import Note, Region, SheetSummary, frames_of, spread_merged
from pipelines.ingest.reading.limits import MAX_COLUMNS, MIB
from pipelines.ingest.reading.marks import marked
from pipelines.ingest.reading.package import STRUCK_WHOLE, Package, SheetFacts, lossy

_EXACT: Final = 10**15
_LARGEST_EXACT: Final = 2**53
_DAY: Final = 86_400


class Workbook:
    """One workbook with its sheets loaded."""

    def __init__(self, path: Path, label: str, scratch: Path) -> None:
        self.label = label
        if zipfile.is_zipfile(path):
            _insist_sound(path, label)
            path = _with_slashes(path, scratch)
        old = OldBook.of(path, label)
        book = _opened(path, label)
        self.hidden = [m.name for m in book.sheets_metadata if m.visible != SheetVisibleEnum.Visible]
        _insist_distinct(book.sheet_names, label)
        tables = {m.name for m in book.sheets_metadata if m.typ != SheetTypeEnum.ChartSheet}
        wanted = [name for name in book.sheet_names if name in tables]
        try:
            self.sheets = [_sheet(book, name, label) for name in wanted]
        except UnreadableFile:
            if not zipfile.is_zipfile(path):
                raise
            book = _opened(_without_extents(path, scratch), label)
            self.sheets = [_sheet(book, name, label) for name in wanted]
        if not self.sheets:
            raise UnreadableFile(label, "no_sheets")
        package = Package.of(path)
        for name, facts in package.sheets.items():
            if facts.fault:
                raise UnreadableFile(label, "truncated", sheet=name, detail=facts.fault)
        self._is_unclear = old.is_unclear
        self.since_1904 = package.since_1904 or old.since_1904
        of_old = {name: old.sheets.get(place, SheetFacts()) for place, name in enumerate(book.sheet_names)}
        self.facts = {**of_old, **package.sheets}
        self.widths = {sheet.name: max(_width(sheet), self._facts(sheet).width()) for sheet in self.sheets}
        self.summaries: dict[str, SheetSummary] = {}

    def width(self) -> int:
        """Cells of the widest sheet.

        Raises:
            UnreadableFile: wider than any table.
        """
        for sheet in self.sheets:
            if self.widths[sheet.name] > MAX_COLUMNS:
                # a blank typed by mistake far to the right makes a sheet wide, but no table
                self.widths[sheet.name] = _width_of_content(sheet)
            if self.widths[sheet.name] > MAX_COLUMNS:
                raise UnreadableFile(self.label, "too_wide", sheet=sheet.name, detail=f"{self.widths[sheet.name]} 列")
        return max(1, *self.widths.values())

    def frames(self, width: int) -> Iterator[pl.DataFrame]:
        """Grid frames of all sheets in order, the hidden ones too; rows without content are left out."""
        for sheet in self.sheets:
            regions = [Region(top, left, bottom, right) for (top, left), (bottom, right) in _merged(sheet)]
            rows = enumerate(spread_merged(self._texts(sheet), regions), start=1)
            count = 0
            for frame in frames_of(sheet.name, rows, width):
                count += frame.height
                yield frame
            last = sheet.end[0] + 1 if sheet.end else 0
            self.summaries[sheet.name] = SheetSummary(sheet.name, count, self.widths[sheet.name], last)

    def notes(self) -> list[Note]:
        """What people should know about the workbook."""
        notes = [
            Note("hidden_sheet", f"工作表“{name}”是隐藏的，已照常读取", sheet=name)
            for name in self.hidden
            if name in self.widths
        ]
        for name, facts in self.facts.items():
            notes += [replace(note, sheet=name) for note in facts.notes]
        if self._is_unclear:
            reason = "工作簿的记录没能全部辨认，错误值、划掉的字、上标和数字格式可能未认出，请另存为 .xlsx 后重新放入"
            notes.append(Note("records_unclear", reason))
        if self.since_1904:
            notes.append(Note("since_1904", "工作簿用 1904 日期系统；没有日期格式的五位数不当作日期读"))
        if not any(summary.rows for summary in self.summaries.values()):
            notes.append(Note("no_content", "工作簿里没有任何内容", "skipped"))
        return notes

    def _texts(self, sheet: CalamineSheet) -> Iterator[list[str | None]]:
        facts, width = self._facts(sheet), self.widths[sheet.name]
        # calamine gives leading blank rows but not leading blank columns, and knows of no cell that has no value
        left = sheet.start[1] if sheet.start else 0
        last = max(facts.texts, default=-1)
        for number, row in enumerate(itertools.chain(sheet.iter_rows(), itertools.repeat(()))):
            if not row and number > last:
                return
            cells = [*[None] * left, *map(cell_text, row), *[None] * width][:width]
            for column, text in facts.texts.get(number, {}).items():
                if column < width:
                    cells[column] = marked(cells[column] or "", struck=True) if text == STRUCK_WHOLE else text
            yield cells

    def _facts(self, sheet: CalamineSheet) -> SheetFacts:
        return self.facts.get(sheet.name, SheetFacts())


def cell_text(value: object) -> str | None:
    """One cell's value as Excel shows it; None for an empty cell."""
    if type(value) is str:
        return value or None
    return None if value is None else _TEXTS[type(value)](value)


def _number_text(value: float) -> str:
    if value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    if abs(value) >= _EXACT:
        # all digits stand only where a floating point number has them and no spreadsheet cut them to fifteen
        is_exact = value.is_integer() and abs(value) <= _LARGEST_EXACT and int(value) % 10
        return str(int(value)) if is_exact else lossy(Decimal(value))
    return f"{value:.15g}"


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


def _opened(path: Path, label: str) -> CalamineWorkbook:
    try:
        # opened as a stream, for by a path calamine would go by the suffix
        with path.open("rb") as stream:
            return CalamineWorkbook.from_filelike(stream)
    except PasswordError as fault:
        raise UnreadableFile(label, "encrypted") from fault
    except CalamineError as fault:
        raise UnreadableFile(label, "truncated", detail=type(fault).__name__) from fault


def _with_slashes(path: Path, scratch: Path) -> Path:
    r"""The package itself, or a copy in `scratch` whose parts are named xl/workbook.xml where it says xl\workbook.xml.

    Some exporters of old .NET versions write them so, and Excel opens them all the same.
    """
    with zipfile.ZipFile(path) as archive:
        if not any("\\" in info.filename for info in archive.infolist()):
            return path
        return _copied(archive, scratch / "mended.xlsx")


def _without_extents(path: Path, scratch: Path) -> Path:
    """A copy of a package whose sheets no longer say how far they reach: some say A0:AZ500, and Excel does not mind."""
    with zipfile.ZipFile(path) as archive:
        return _copied(archive, scratch / "reaching.xlsx", _EXTENT)


_EXTENT: Final = re.compile(rb"<(?:\w+:)?dimension\b[^>]*>")


def _copied(archive: zipfile.ZipFile, target: Path, without: re.Pattern[bytes] | None = None) -> Path:
    """A package part by part, the beginning of each sheet without what matches."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
        for info in archive.infolist():
            name = info.filename.replace("\\", "/")
            with archive.open(info) as part, copy.open(name, "w") as written:
                if without and name.startswith("xl/worksheets/"):
                    written.write(without.sub(b"", part.read(MIB)))
                shutil.copyfileobj(part, written)
    return target


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


def _width_of_content(sheet: CalamineSheet) -> int:
    """Cells up to the last that holds more than blanks."""
    left = sheet.start[1] if sheet.start else 0
    widest = 0
    for row in sheet.iter_rows():
        last = next((n for n in range(len(row), 0, -1) if (cell_text(row[n - 1]) or "").strip()), 0)
        widest = max(widest, left + last if last else 0)
    return widest


def _merged(sheet: CalamineSheet) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    return list(sheet.merged_cell_ranges or [])


def _insist_sound(path: Path, label: str) -> None:
    """Refuse archives that are cut short, encrypted member by member, or unfold beyond bounds."""
    try:
        with zipfile.ZipFile(path) as archive:
            insist_unpackable(label, archive.infolist(), path.stat().st_size)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as fault:
        raise UnreadableFile(label, "truncated") from fault
