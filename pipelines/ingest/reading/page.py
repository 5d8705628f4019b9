"""Tables of an HTML page (what many platforms' "导出 Excel" really is) to grid rows.

Each table that holds rows is a sheet, named 表1, 表2, … in the order in which they close. `colspan` and `rowspan`
are merged regions. The page is streamed; nothing it refers to is ever fetched.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import polars as pl
from lxml import etree

from pipelines.ingest.reading.encodings import TextFile
from pipelines.ingest.reading.faults import UnreadableFile
from pipelines.ingest.reading.grid import Note, Region, SheetSummary, frames_of, spread_merged
from pipelines.ingest.reading.limits import MAX_COLUMNS
from pipelines.ingest.reading.marks import marked
from pipelines.ingest.reading.package import hidden_notes

_MOST_ROWSPAN: Final = 65_534
_BLANKS: Final = re.compile(r"[ \t\r\n\f\v]+")
_CELLS: Final = ("td", "th")
_SILENT: Final = frozenset({"script", "style", "table", "rt", "rp"})
_BLOCKS: Final = frozenset({"p", "div", "li", "dd", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "tr", "center"})
_STRUCK: Final = frozenset({"s", "del", "strike"})


@dataclass
class _OpenTable:
    """A table while it is being read: rows of cells at their columns, and spans still reaching down."""

    rows: list[list[str | None]] = field(default_factory=list)
    regions: list[Region] = field(default_factory=list)
    taken_until: dict[int, int] = field(default_factory=dict)
    is_in_row: bool = False

    def start_row(self) -> None:
        self.rows.append([])
        self.is_in_row = True

    def add(self, text: str | None, colspan: int, rowspan: int) -> None:
        if not self.is_in_row:
            self.start_row()
        number = len(self.rows) - 1
        row = self.rows[number]
        column = len(row)
        while self.taken_until.get(column, -1) >= number:
            row.append(None)
            column += 1
        row.extend([text, *[None] * (colspan - 1)])
        bottom = number + rowspan - 1
        if colspan > 1 or rowspan > 1:
            self.regions.append(Region(number, column, bottom, column + colspan - 1))
        if rowspan > 1:
            self.taken_until.update(dict.fromkeys(range(column, column + colspan), bottom))


class Page:
    """One HTML page with its tables taken out."""

    def __init__(self, text: TextFile) -> None:
        self.text = text
        self._hidden_rows = 0
        self._hidden_columns: set[int] = set()
        self.tables = [table for table in self._read() if any(map(any, table.rows))]
        self.summaries: dict[str, SheetSummary] = {}
        if not self.tables:
            raise UnreadableFile(text.label, "not_a_table", detail="网页里没有表格")

    def width(self) -> int:
        """Cells of the widest row of all tables."""
        return max(len(row) for table in self.tables for row in table.rows)

    def frames(self, width: int) -> Iterator[pl.DataFrame]:
        """Grid frames of all tables; rows without content are left out, their numbers with them."""
        for number, table in enumerate(self.tables, start=1):
            name = f"表{number}"
            wide = max(map(len, table.rows))
            squared = (row + [None] * (wide - len(row)) for row in table.rows)
            rows = enumerate(spread_merged(squared, table.regions), start=1)
            count = 0
            for frame in frames_of(name, rows, width):
                count += frame.height
                yield frame
            self.summaries[name] = SheetSummary(name, count, wide, len(table.rows))

    def notes(self) -> list[Note]:
        """What people should know about the page."""
        return [*self.text.notes(), *hidden_notes(self._hidden_rows, len(self._hidden_columns))]

    def _read(self) -> Iterator[_OpenTable]:
        label = self.text.label
        parser = etree.HTMLPullParser(
            events=("start", "end"),
            tag=("table", "tr", *_CELLS),
            encoding="utf-8",
            huge_tree=True,
            recover=True,
            remove_comments=True,
        )
        opened: list[_OpenTable] = []
        for chunk in self.text.utf8_chunks():
            try:
                parser.feed(chunk)
                yield from self._take(parser, opened)
            except etree.LxmlError as fault:
                raise UnreadableFile(label, "truncated") from fault
        if opened:
            raise UnreadableFile(label, "unclosed_table")

    def _take(self, parser: etree.HTMLPullParser, opened: list[_OpenTable]) -> Iterator[_OpenTable]:
        for event, element in parser.read_events():
            if not isinstance(element, etree._Element):  # noqa: SLF001 - its only name
                continue
            tag = element.tag
            if tag in _CELLS:
                if event == "end" and opened:
                    self._add_cell(opened[-1], element)
            elif tag == "table" and event == "start":
                opened.append(_OpenTable())
            elif opened:
                if tag == "table":
                    yield opened.pop()
                elif event == "start":
                    opened[-1].start_row()
                    self._hidden_rows += _is_hidden(element)
                    continue
                else:
                    opened[-1].is_in_row = False
                element.clear(keep_tail=True)  # type: ignore[call-arg] # the stubs do not know it

    def _add_cell(self, table: _OpenTable, element: etree._Element) -> None:
        colspan = _span(element.get("colspan"), MAX_COLUMNS)
        rowspan = _span(element.get("rowspan"), _MOST_ROWSPAN)
        table.add(_cell_text(element), colspan, rowspan)
        if _is_hidden(element):
            self._hidden_columns.add(len(table.rows[-1]))
        if len(table.rows[-1]) > MAX_COLUMNS:
            raise UnreadableFile(
                self.text.label, "too_wide", detail=f"表格第 {len(table.rows)} 行超过 {MAX_COLUMNS} 列"
            )


def _span(text: str | None, most: int) -> int:
    if text is None or not text.strip().isdecimal():
        return 1
    number = int(text.strip()[:6])
    # by the HTML standard 0 means: to the end of the table
    return min(number, most) if number else most


def _cell_text(element: etree._Element) -> str | None:
    """The cell's text as a browser shows it: blanks run together, a line for each break or block.

    What is struck out, raised or lowered stays so: it does not mean what it would mean beside the other characters.
    """
    if len(element) or _is_struck(element):
        lines = marked("".join(_pieces(element)), struck=_is_struck(element)).split("\n")
        return "\n".join(filter(None, map(_one_line, lines))) or None
    return _one_line(element.text or "") or None


def _is_struck(element: etree._Element) -> bool:
    style = (element.get("style") or "").replace(" ", "").lower()
    return element.tag in _STRUCK or "line-through" in style


def _is_apart(element: etree._Element) -> bool:
    style = (element.get("style") or "").replace(" ", "").lower()
    return element.tag in {"sup", "sub"} or "vertical-align:super" in style or "vertical-align:sub" in style


def _is_hidden(element: etree._Element) -> bool:
    return "display:none" in (element.get("style") or "").replace(" ", "").lower() or element.get("hidden") is not None


def _one_line(text: str) -> str:
    # the blanks of HTML only: a full-width or non-breaking space is content
    return " ".join(filter(None, _BLANKS.split(text))) if _BLANKS.search(text) else text


def _pieces(element: etree._Element) -> Iterator[str]:
    yield (element.text or "").replace("\n", " ")
    for child in element:
        is_block = child.tag in _BLOCKS
        if is_block or child.tag == "br":
            yield "\n"
        if child.tag not in _SILENT and not _is_hidden(child):
            yield marked("".join(_pieces(child)), struck=_is_struck(child), raised=_is_apart(child))
        if is_block:
            yield "\n"
        yield (child.tail or "").replace("\n", " ")
