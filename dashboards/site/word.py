"""A page as a Word document that people go on writing in: headings, tables, native charts.

Belongs here: how a `Paper` becomes a .docx. The frame (styles, page, properties) is made once by python-docx; each page
then only adds its text, tables and charts to it, because a night makes hundreds. What a page says is in `paper`.
"""

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from typing import Final
from xml.sax.saxutils import quoteattr

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from dashboards.site import ooxml_chart
from dashboards.site.ooxml_chart import clean, visible
from dashboards.site.paper import Paper, Part, Sheet

BODY: Final = "w:body"
DOCUMENT: Final = "word/document.xml"
TYPES, RELATIONS, PROPERTIES = "[Content_Types].xml", "word/_rels/document.xml.rels", "docProps/core.xml"
TITLE: Final = "SHIXUN-TITLE"
"""Stands in the frame where a page's title goes."""
WIDTH_TWIPS: Final = 9300
"""Between the margins of the page."""
NARROWEST, WIDEST = 7, 24
"""Shares of a column: a figure's room at least, at most what leaves the others theirs."""
_UNUSED: Final = frozenset({"stylesWithEffects", "thumbnail"})
_TABLES: Final = frozenset({"Normal Table", "Table Grid"})
_TIGHT: Final = '<w:pPr><w:spacing w:before="20" w:after="20" w:line="240" w:lineRule="auto"/></w:pPr>'
CHART_EMU: Final = (5_900_000, 2_700_000)
_CHART_TYPE: Final = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_SHEET_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_DRAWING: Final = (
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    f'xmlns:r="{_OFFICE}"'
)


@dataclass(frozen=True)
class _Frame:
    """What every page's document shares: all parts but the text, and the text's head and tail."""

    parts: dict[str, str | bytes]
    head: str
    tail: str


def written(paper: Paper) -> bytes:
    """The document; the same page gives the same bytes."""
    frame = _frame(paper.as_of)
    charts = [figure for part in paper.parts for figure in part.figures]
    body = "".join(_body(paper))
    parts = dict(frame.parts)
    parts[DOCUMENT] = frame.head + body + frame.tail
    parts[PROPERTIES] = str(parts[PROPERTIES]).replace(TITLE, clean(paper.title))
    for number, one in enumerate(charts, start=1):
        parts |= _chart_parts(number, one.figure)
    parts[TYPES] = str(parts[TYPES]).replace("</Types>", f"{_types(len(charts))}</Types>")
    parts[RELATIONS] = str(parts[RELATIONS]).replace("</Relationships>", f"{_relations(len(charts))}</Relationships>")
    return ooxml_chart.packed([(TYPES, parts.pop(TYPES)), *parts.items()])


@cache
def _frame(as_of: date) -> _Frame:
    """The empty document: A4, Chinese fonts, Word's own heading styles in the pages' colours."""
    made = docx.Document()
    section = made.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(23)
    section.top_margin = section.bottom_margin = Mm(20)
    for name, font, size in (
        ("Normal", "宋体", 10.5),
        ("Title", "黑体", 20),
        ("Heading 1", "黑体", 14),
        ("Heading 2", "黑体", 12),
    ):
        style = made.styles[name]
        style.font.name, style.font.size = "Times New Roman", Pt(size)
        style.font.color.rgb = RGBColor(0x17, 0x23, 0x2F)
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    _leave_out(made)
    core = made.core_properties
    core.title, core.author, core.last_modified_by, core.language = TITLE, "师训", "师训", "zh-CN"
    core.comments = ""
    core.created = core.modified = datetime.combine(as_of, time())
    out = io.BytesIO()
    made.save(out)
    with zipfile.ZipFile(out) as archive:
        parts: dict[str, str | bytes] = {
            name: archive.read(name).decode() if name.endswith((".xml", ".rels")) else archive.read(name)
            for name in sorted(archive.namelist())
        }
    text = str(parts[DOCUMENT])
    start, end = text.index("<w:body>") + len("<w:body>"), text.index("<w:sectPr")
    return _Frame(parts, text[:start], text[end:])


def _leave_out(made: Document) -> None:
    """Takes from python-docx's template what no page uses: nine tenths of its bytes, packed anew with every page.

    These are a second copy of the styles for Word 2010, a picture of the empty template, and the looks of tables that
    Word has anyhow.
    """
    for part in (made.part, made.part.package):
        unused = [name for name, one in part.rels.items() if one.reltype.rpartition("/")[2] in _UNUSED]
        for name in unused:
            part.rels.pop(name)
    for style in list(made.styles):
        if style.type == WD_STYLE_TYPE.TABLE and style.name not in _TABLES:
            style.delete()


def _body(paper: Paper) -> Iterator[str]:
    yield _paragraph(paper.title, "Title")
    yield from (_paragraph(line) for line in paper.lines)
    number = 0
    for part in paper.parts:
        yield _paragraph(part.heading, "Heading1")
        yield from (_paragraph(line) for line in part.lines)
        for one in part.figures:
            number += 1
            yield _chart(number, one.title)
        yield from _tables(part)
        yield from (_paragraph(note, small=True) for note in part.notes)


def _tables(part: Part) -> Iterator[str]:
    for sheet in part.sheets:
        if sheet.title != part.heading:
            yield _paragraph(sheet.title, "Heading2")
        yield _table(sheet)
        yield _paragraph("", small=True)


def _paragraph(text: str, style: str = "", *, small: bool = False) -> str:
    look = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    size = '<w:rPr><w:color w:val="55636F"/><w:sz w:val="18"/></w:rPr>' if small else ""
    return f'<w:p>{look}<w:r>{size}<w:t xml:space="preserve">{clean(text)}</w:t></w:r></w:p>'


def _table(sheet: Sheet) -> str:
    widths = _widths(sheet)
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    heads = _row(sheet.columns, widths, is_head=True)
    rows = "".join(_row(row, widths) for row in sheet.rows)
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:tblLayout w:type="fixed"/><w:tblDescription w:val={quoteattr(visible(sheet.title))}/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{heads}{rows}</w:tbl>"
    )


def _widths(sheet: Sheet) -> list[int]:
    """Widths by the longest text of each column, none narrower than a figure nor wider than a sentence."""
    columns = zip(sheet.columns, *sheet.rows, strict=True)
    shares = [min(max(NARROWEST, *map(len, texts)), WIDEST) for texts in columns]
    return [WIDTH_TWIPS * share // sum(shares) for share in shares]


def _row(cells: Sequence[str], widths: Sequence[int], *, is_head: bool = False) -> str:
    head = "<w:tblHeader/>" if is_head else ""
    made = "".join(_cell(text, width, is_head=is_head) for text, width in zip(cells, widths, strict=True))
    return f"<w:tr><w:trPr><w:cantSplit/>{head}</w:trPr>{made}</w:tr>"


def _cell(text: str, width: int, *, is_head: bool) -> str:
    bold = "<w:b/>" if is_head else ""
    shade = '<w:shd w:val="clear" w:color="auto" w:fill="EEF2F5"/>' if is_head else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}</w:tcPr><w:p>{_TIGHT}'
        f'<w:r><w:rPr>{bold}<w:sz w:val="18"/></w:rPr><w:t xml:space="preserve">{clean(text)}</w:t></w:r></w:p></w:tc>'
    )


def _chart(number: int, title: str) -> str:
    wide, high = CHART_EMU
    return (
        f'<w:p><w:pPr><w:keepNext/></w:pPr><w:r><w:drawing {nsdecls("w")} {_DRAWING}><wp:inline distT="0" distB="0" '
        f'distL="0" distR="0"><wp:extent cx="{wide}" cy="{high}"/><wp:docPr id="{number}" '
        f"name={quoteattr(f'图{number}')} descr={quoteattr(visible(title))}/><wp:cNvGraphicFramePr/><a:graphic>"
        '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart">'
        f'<c:chart r:id="chart{number}"/></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>'
    )


def _chart_parts(number: int, figure: ooxml_chart.Figure) -> dict[str, str | bytes]:
    book = f"Microsoft_Excel_Sheet{number}.xlsx"
    return {
        f"word/charts/chart{number}.xml": ooxml_chart.chart_xml(figure, "data"),
        f"word/charts/_rels/chart{number}.xml.rels": (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="data" Type="{_OFFICE}/package" Target="../embeddings/{book}"/></Relationships>'
        ),
        f"word/embeddings/{book}": ooxml_chart.workbook_behind(figure),
    }


def _types(charts: int) -> str:
    books = f'<Default Extension="xlsx" ContentType="{_SHEET_TYPE}"/>' if charts else ""
    return books + "".join(
        f'<Override PartName="/word/charts/chart{n}.xml" ContentType="{_CHART_TYPE}"/>' for n in range(1, charts + 1)
    )


def _relations(charts: int) -> str:
    return "".join(
        f'<Relationship Id="chart{n}" Type="{_OFFICE}/chart" Target="charts/chart{n}.xml"/>'
        for n in range(1, charts + 1)
    )
