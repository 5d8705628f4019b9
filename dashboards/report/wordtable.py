"""Tables of the Word document as XML: repeated heads, rows that don't break, the tile map as shaded cells.

Written as XML at once: building large tables cell by cell takes many times as long.
"""

from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from docx.oxml.ns import nsdecls

from dashboards.report.drawing import LEVEL_COLOURS, LEVEL_INKS
from dashboards.report.model import Cell, Column, Number, Table, Tile, Tiles
from dashboards.site.verdicts import Mark

CELL_STYLE: Final = "表格文字"
FIGURE_STYLE: Final = "数字"
"""Character style of every number, so that they can be found, checked and restyled at once."""
HEAD_FONT, UNIT_FONT = "黑体", "宋体"
TEXT_TWIPS: Final = 8845
"""156 mm, the width between the margins."""
FEWEST_TILE_COLUMNS: Final = 8


def table_xml(table: Table) -> str:
    """One table of the report; a short one keeps together with its notes."""
    total = sum(column.share for column in table.columns)
    widths = [int(TEXT_TWIPS * column.share / total) for column in table.columns]
    rows = [_row([_head(c, w) for c, w in zip(table.columns, widths, strict=True)], is_head=True)]
    for place, row in enumerate(table.rows):
        keep = table.is_short and (place < len(table.rows) - 1 or bool(table.notes))
        cells = (_body(v, c, w, keep=keep) for v, c, w in zip(row, table.columns, widths, strict=True))
        rows.append(_row(list(cells)))
    return _table(widths, rows, f"{table.number} {table.title}", "TableGrid")


def tiles_xml(figure: Tiles) -> str:
    """The tile map as a table of shaded cells: Word has no such chart, and a table can be edited."""
    top, left = min(t.row for t in figure.tiles), min(t.column for t in figure.tiles)
    rows = max(t.row for t in figure.tiles) - top + 1
    columns = max(t.column for t in figure.tiles) - left + 1
    width = TEXT_TWIPS // max(columns, FEWEST_TILE_COLUMNS)
    placed = {(t.row - top, t.column - left): t for t in figure.tiles}
    made = (_row([_tile(placed.get((r, c)), width) for c in range(columns)]) for r in range(rows))
    return _table([width] * columns, made, figure.alt, "TableNormal")


def shade(colour: str) -> str:
    """The shading element of a cell or run, from a colour as `#rrggbb`."""
    return f'<w:shd w:val="clear" w:color="auto" w:fill="{colour[1:].upper()}"/>'


def _table(widths: list[int], rows: Iterator[str] | list[str], about: str, style: str) -> str:
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="{style}"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="50" w:type="dxa"/>'
        f'<w:right w:w="50" w:type="dxa"/></w:tblCellMar><w:tblDescription w:val={quoteattr(about)}/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _row(cells: list[str], *, is_head: bool = False) -> str:
    head = "<w:tblHeader/>" if is_head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{head}</w:trPr>{''.join(cells)}</w:tr>"


def _cell(runs: str, width: int, side: str, *, keep: bool, look: str = "") -> str:
    keeps = "<w:keepNext/>" if keep else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{look}<w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="{CELL_STYLE}"/>{keeps}<w:jc w:val="{side}"/></w:pPr>{runs}</w:p></w:tc>'
    )


def _text(text: str, properties: str = "") -> str:
    look = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{look}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def _font(name: str) -> str:
    return f'<w:rFonts w:eastAsia="{name}"/>'


def _head(column: Column, width: int) -> str:
    runs = _text(column.title, _font(HEAD_FONT))
    if column.unit:
        runs += "<w:r><w:br/></w:r>" + _text(f"（{column.unit}）", _font(UNIT_FONT))
    return _cell(runs, width, "center", keep=True, look=shade("#EEF2F5"))


def _body(value: Cell, column: Column, width: int, *, keep: bool) -> str:
    if isinstance(value, Number):
        runs = _text(value.text, f'<w:rStyle w:val="{FIGURE_STYLE}"/>')
    elif isinstance(value, Mark):
        runs = _text(f"{value.shape}{value.word}")
    else:
        runs = _text("—" if value is None else value)
    return _cell(runs, width, "left" if column.is_text else "right", keep=keep)


def _tile(tile: Tile | None, width: int) -> str:
    if tile is None:
        return _cell("", width, "center", keep=True)
    ink = f'<w:color w:val="{LEVEL_INKS[tile.level][1:].upper()}"/>'
    edges = "".join(f'<w:{side} w:val="single" w:sz="8" w:space="0" w:color="FFFFFF"/>' for side in _SIDES)
    runs = _text(tile.label, ink) + "<w:r><w:br/></w:r>" + _text(tile.value.text, f'{ink}<w:sz w:val="18"/>')
    look = f"<w:tcBorders>{edges}</w:tcBorders>{shade(LEVEL_COLOURS[tile.level])}"
    return _cell(runs, width, "center", keep=True, look=look)


_SIDES: Final = ("top", "left", "bottom", "right")
