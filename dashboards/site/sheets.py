"""Worksheets whose rows polars writes, a column at a time; of few cells, XlsxWriter cell by cell.

XlsxWriter writes each cell by a call in Python: the tables to take away were a seventh of a small night. But a table of
a few dozen cells, as each county's workbook has six of, is written before polars has planned it.
Belongs here: a worksheet given a frame instead of cells, and the frame of a page's table. Which tables are offered is
in `downloads`.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import repeat
from typing import Final

import polars as pl
import polars.selectors as cs
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

FEW = 2_000
"""Cells up to which they are written one by one."""
LONGEST = 32_767
"""Characters a cell may hold."""
_CONTROLS = [chr(code) for code in range(32) if chr(code) not in "\t\n"]
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"} | {sign: f"_x{ord(sign):04X}_" for sign in _CONTROLS}
_LOOKS_ESCAPED = "_(x[0-9a-fA-F]{4}_)"


_COUNT: Final = re.compile(r"－?[\d,]{1,15}")


def as_shown(columns: Sequence[str], rows: Sequence[Sequence[str]], codes: Collection[str]) -> pl.DataFrame:
    """A page's table, every cell as it stands there; columns of nothing but counts are numbers, those of codes text."""
    cells = zip(*rows, strict=True) if rows else repeat((), len(columns))
    shown = zip(_apart(columns), cells, strict=True)
    return pl.DataFrame([_column(head, texts, is_code=head in codes) for head, texts in shown])


def _column(head: str, texts: Sequence[str], *, is_code: bool) -> pl.Series:
    if is_code or not texts or not all(_COUNT.fullmatch(text) for text in texts):
        return pl.Series(head, texts, pl.String)
    return pl.Series(head, [int(text.replace(",", "").replace("－", "-")) for text in texts], pl.Int64)


def _apart(names: Sequence[str]) -> Iterator[str]:
    """Column names, two of the same told apart."""
    seen: set[str] = set()
    for name in names:
        free = name if name not in seen else f"{name}（{len(seen)}）"
        seen.add(free)
        yield free


class ReadySheet(Worksheet):  # type: ignore[misc] # XlsxWriter has no types
    """A worksheet with `ready`, rows of XML that come after those written cell by cell."""

    ready: pl.Series | None = None

    def _write_rows(self) -> None:
        super()._write_rows()
        for row in () if self.ready is None else self.ready:
            self.fh.write(row)


def add_table(book: Workbook, name: str, frame: pl.DataFrame, heading: Format) -> Worksheet:
    """A sheet with the frame's column names as its first row; numbers as numbers, what is missing as empty cells."""
    sheet: ReadySheet = book.add_worksheet(name, worksheet_class=ReadySheet)
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(frame.columns):
        sheet.write_string(0, column, title, heading)
        sheet.set_column(column, column, max(10, min(40, len(title) * 2 + 4)))
    # Fractions would be cut to sixteen digits by XlsxWriter, so that the same figure differed from table to table.
    if frame.height * frame.width <= FEW and not any(kind.is_float() for kind in frame.dtypes):
        _write_cells(sheet, frame)
    else:
        sheet.dim_rowmax = frame.height
        sheet.ready = _rows(frame)
    return sheet


def _write_cells(sheet: Worksheet, frame: pl.DataFrame) -> None:
    """The same cells as `_rows` writes."""
    words = {True: "是", False: "否", None: None}
    has_days = any(kind.is_temporal() for kind in frame.dtypes)
    shown = frame.with_columns(cs.temporal().cast(pl.String)) if has_days else frame
    for row, cells in enumerate(shown.iter_rows(), start=1):
        for column, cell in enumerate(cells):
            value = words[cell] if isinstance(cell, bool) else cell
            if isinstance(value, str):
                sheet.write_string(row, column, value[:LONGEST])
            elif value is not None:
                sheet.write_number(row, column, value)


def _rows(frame: pl.DataFrame) -> pl.Series:
    """Each row as the XML of its cells."""
    number = pl.int_range(2, pl.len() + 2).cast(pl.String)
    cells = [
        pl.format(f'<c r="{xl_col_to_name(place)}{{}}"{{}}</c>', number, _content(pl.col(column), kind)).fill_null("")
        for place, (column, kind) in enumerate(frame.schema.items())
    ]
    row = pl.concat_str(pl.format('<row r="{}">', number), *cells, pl.lit("</row>"))
    return frame.select(row.alias("row"))["row"]


def _content(value: pl.Expr, kind: pl.DataType) -> pl.Expr:
    """A cell from its type on; null where there is no value."""
    if kind.is_float():
        value = value.replace([float("inf"), float("-inf"), float("nan")], None)
    if kind.is_numeric():
        return pl.format("><v>{}</v>", value.cast(pl.String))
    if kind == pl.Boolean:
        value = pl.when(value).then(pl.lit("是")).when(~value).then(pl.lit("否"))
    text = value.cast(pl.String).str.slice(0, LONGEST).str.replace_all(_LOOKS_ESCAPED, "_x005F_${1}")
    escaped = text.str.replace_many(list(_ESCAPES), list(_ESCAPES.values()))
    return pl.format(' t="inlineStr"><is><t xml:space="preserve">{}</t></is>', escaped)
