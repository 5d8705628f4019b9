"""Lists handed to people as a workbook: a heading, a header row that stays in sight, rows, and notes on a second sheet.

Belongs here: how a list looks in a spreadsheet. Everything people typed is written as text, never as a formula or a
link. What stands in a list is decided by the question that makes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import xlsxwriter

_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_LEAST, _MOST = 8, 60
_NARROW = "\xff"
"""The last letter that is as narrow as a digit; Chinese ones are twice as wide."""


@dataclass(frozen=True)
class Listing:
    """A list of people's work: what it is called, lines above it, its rows by their headers, and notes about it."""

    name: str
    heading: Sequence[str]
    rows: pl.DataFrame
    notes: Sequence[str] = ()


def write(listing: Listing, out: Path) -> None:
    """Writes the list as `out`, whose folder is made if need be."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(out), _OPTIONS) as book:
        sheet = book.add_worksheet(listing.name)
        title = book.add_format({"bold": True, "font_size": 14})
        bold = book.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1, "valign": "top", "text_wrap": True})
        wrap = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
        for number, line in enumerate(listing.heading):
            sheet.write_string(number, 0, line, *([title] if number == 0 else []))
        top = len(listing.heading)
        for column, (header, width) in enumerate(zip(listing.rows.columns, _widths(listing.rows), strict=True)):
            sheet.write_string(top, column, header, bold)
            sheet.set_column(column, column, width)
        for number, row in enumerate(listing.rows.iter_rows(), start=top + 1):
            for column, cell in enumerate(row):
                _write_cell(sheet, (number, column), cell, wrap)
        sheet.freeze_panes(top + 1, 0)
        sheet.autofilter(top, 0, top + listing.rows.height, len(listing.rows.columns) - 1)
        if listing.notes:
            about = book.add_worksheet("说明")
            about.set_column(0, 0, 110)
            for number, line in enumerate(listing.notes):
                about.write_string(number, 0, line)


def _widths(rows: pl.DataFrame) -> list[int]:
    """A width for each column that fits its header and its first rows."""
    sample = rows.head(200)
    longest = [
        max(
            (sum(1 + (letter > _NARROW) for letter in str(text)) for text in sample[name] if text is not None),
            default=0,
        )
        for name in rows.columns
    ]
    return [
        max(_LEAST, min(_MOST, 2 + max(size, 2 * len(name)))) for size, name in zip(longest, rows.columns, strict=True)
    ]


def _write_cell(sheet: "xlsxwriter.worksheet.Worksheet", at: tuple[int, int], cell: object, style: object) -> None:
    if isinstance(cell, bool):
        sheet.write_string(*at, "是" if cell else "否", style)
    elif isinstance(cell, int | float | Decimal):
        sheet.write_number(*at, cell, style)
    elif isinstance(cell, date):
        sheet.write_string(*at, cell.isoformat(), style)
    else:
        sheet.write_string(*at, "" if cell is None else str(cell), style)
