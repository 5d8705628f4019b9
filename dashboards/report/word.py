"""The report as a Word document on the page of GB/T 9704, with Word's own styles, contents, footnotes and charts.

Fonts are asked for by name (方正小标宋, 仿宋_GB2312, 黑体, 楷体_GB2312), as offices have them.
"""

# ruff: noqa: SLF001 - what python-docx has no door for is done on its XML elements

import io
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any, Final

from docx import Document
from docx.enum.section import WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from lxml import etree

from dashboards.report.drawing import LEVEL_COLOURS
from dashboards.report.model import Block, Chart, Note, Number, Paragraph, Report, Section, Table, Tiles
from dashboards.report.office import limit_text, made_on, with_fixed_times
from dashboards.report.wordchart import chart_xml
from dashboards.report.wordorder import put_in_order
from dashboards.report.wordtable import FIGURE_STYLE, shade, table_xml, tiles_xml
from dashboards.report.workbook import chart_workbook

TITLE, BODY, HEI, KAI, SONG = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312", "宋体"
WORDS_OWN: Final = frozenset({"toc 1", "toc 2", "footnote text"})
"""Styles Word knows by these names, though the template we start from lacks them."""
LATIN: Final = "Times New Roman"
SMALL_TITLE: Final = 22
PITCH: Final = Pt(28.95)
TEXT_WIDTH: Final = Mm(156)
EMU_PER_MM: Final = 36000
CHART_TYPE: Final = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NOTES_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"


def render(report: Report, pages: Sequence[int]) -> bytes:
    """The document; `pages` are the pages the headings begin on, shown in the contents until Word counts its own."""
    out = io.BytesIO()
    _Writer(report, pages).written().save(out)
    return with_fixed_times(out.getvalue())


class _Writer:
    """Writes one report into one document."""

    def __init__(self, report: Report, pages: Sequence[int]) -> None:
        self.report = report
        self.pages = pages
        self.doc: Any = Document()
        self.footnotes: list[str] = []
        self.ids = count(1)
        self.charts = count(1)
        self.headings: list[tuple[int, str, str]] = []

    def written(self) -> Any:
        self.properties()
        self.styles()
        self.settings()
        for paragraph in list(self.doc.paragraphs):
            paragraph._element.getparent().remove(paragraph._element)
        if self.report.cover.is_short:
            self.masthead()
        else:
            self.cover()
            self.contents()
        for chapter in self.report.chapters:
            self.section(chapter, 1)
        if self.report.cover.is_short:
            self.imprint()
        self.add_footnotes()
        last = self.doc.sections[-1]
        for footer in (last.footer, last.even_page_footer):
            put_in_order(footer._element)
        put_in_order(self.doc.element)
        put_in_order(self.doc.styles.element)
        return self.doc

    # ---- the document's frame

    def properties(self) -> None:
        cover, at = self.report.cover, made_on(self.report)
        core = self.doc.core_properties
        core.title = f"{cover.title}（{cover.year}年度）"
        core.author = core.last_modified_by = cover.issuer or "师训"
        core.subject = f"数据版本{cover.release}，校验码{self.report.check_code}"
        core.comments = ""
        core.language = "zh-CN"
        core.category = "年度报告"
        core.keywords = f"教师培训；质量年度报告；{cover.year}年度；{cover.stage}"
        core.content_status = cover.stage
        core.created = core.modified = at
        core.revision = 1

    def settings(self) -> None:
        settings = self.doc.settings
        settings.odd_and_even_pages_header_footer = True
        settings.element.insert(0, parse_xml(f'<w:updateFields {nsdecls("w")} w:val="true"/>'))
        notes = parse_xml(f'<w:footnotePr {nsdecls("w")}><w:footnote w:id="-1"/><w:footnote w:id="0"/></w:footnotePr>')
        settings.element.find(qn("w:compat")).addprevious(notes)

    def styles(self) -> None:
        """The document's styles, all of them Word's own or based on them."""
        styles = self.doc.styles
        normal = styles["Normal"]
        _font(normal, BODY, 16)
        normal.element.get_or_add_rPr().append(
            parse_xml(f'<w:lang {nsdecls("w")} w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/>')
        )
        _spaced(normal)
        _indented(normal, 2)
        normal.paragraph_format.widow_control = True
        self.heading_styles()
        self.own_style("封面信息", font=BODY, size=14, line=28)
        self.own_style("表格文字", font=SONG, size=10.5, line=15)
        self.own_style("表注", font=SONG, size=10.5, line=15)
        self.own_style("待填", colour=RGBColor(0x7A, 0x5B, 0x00))
        self.own_style("评述", font=KAI)
        self.own_style("复核提示", font=HEI, colour=RGBColor(0xB9, 0x48, 0x0F))
        self.own_style("目录标题", font=HEI, size=22, line=40)
        styles["目录标题"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
        self.contents_styles()
        self.own_style("footnote text", font=SONG, size=9, line=12)
        styles.add_style("footnote reference", WD_STYLE_TYPE.CHARACTER, builtin=True).font.superscript = True
        styles.add_style(FIGURE_STYLE, WD_STYLE_TYPE.CHARACTER).font.name = LATIN
        _font(styles["Footer"], SONG, 14)
        _indented(styles["Footer"], 0)

    def heading_styles(self) -> None:
        """Headings, the title and the captions of tables and figures."""
        styles = self.doc.styles
        for name, font in (("Heading 1", HEI), ("Heading 2", KAI)):
            style = styles[name]
            _font(style, font, 16)
            style.font.bold = False
            style.font.color.rgb = RGBColor(0, 0, 0)
            _spaced(style)
            _indented(style, 2)
            style.paragraph_format.keep_with_next = True
        title = styles["Title"]
        _font(title, TITLE, 26)
        title.font.color.rgb = RGBColor(0, 0, 0)
        title.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _plain_block(title, Pt(40))
        for border in title.element.findall(f".//{qn('w:pBdr')}"):
            border.getparent().remove(border)
        caption = styles["Caption"]
        _font(caption, HEI, 12)
        caption.font.bold = False
        caption.font.color.rgb = RGBColor(0, 0, 0)
        caption.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _plain_block(caption, Pt(24))
        caption.paragraph_format.keep_with_next = True
        self.own_style("图题", base="Caption")
        styles["图题"].paragraph_format.keep_with_next = False

    def contents_styles(self) -> None:
        """The lines of the contents: dots to the page number at the right margin."""
        for level in (1, 2):
            self.own_style(f"toc {level}", font=HEI if level == 1 else BODY, size=14, line=22.5)
            style = self.doc.styles[f"toc {level}"]
            tab = f'<w:tab w:val="right" w:leader="dot" w:pos="{TEXT_WIDTH.twips}"/>'
            style.element.get_or_add_pPr().append(parse_xml(f"<w:tabs {nsdecls('w')}>{tab}</w:tabs>"))
            if level > 1:
                style.paragraph_format.left_indent = Pt(28)

    def own_style(
        self,
        name: str,
        *,
        base: str = "Normal",
        font: str | None = None,
        size: float | None = None,
        line: float | None = None,
        colour: RGBColor | None = None,
    ) -> None:
        style = self.doc.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=name in WORDS_OWN)
        style.base_style = self.doc.styles[base]
        if font:
            _font(style, font, size or 16)
        if line:
            _plain_block(style, Pt(line))
            _indented(style, 0)
        if colour is not None:
            style.font.color.rgb = colour

    def page(self, section: Any) -> None:
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(37), Mm(35)
        section.left_margin, section.right_margin = Mm(28), Mm(26)
        section.footer_distance = Mm(25)
        section.header_distance = Mm(15)
        for grid in section._sectPr.findall(qn("w:docGrid")):
            grid.set(qn("w:linePitch"), str(PITCH.twips))

    # ---- cover and contents

    def paragraph(self, style: str, text: str = "") -> Any:
        return self.doc.add_paragraph(text, style=style)

    def cover(self) -> None:
        self.page(self.doc.sections[0])
        cover = self.report.cover
        self.paragraph("封面信息", cover.marked_stage).alignment = WD_ALIGN_PARAGRAPH.RIGHT
        for _ in range(3):
            self.paragraph("封面信息")
        self.paragraph("Title", cover.title).runs[0].font.size = Pt(cover.title_points)
        year = self.paragraph("封面信息", f"（{cover.year}年度）")
        year.alignment = WD_ALIGN_PARAGRAPH.CENTER
        year.runs[0].font.size = Pt(20)
        for _ in range(6):
            self.paragraph("封面信息")
        for name, value in (*cover.lines, ("校 验 码", self.report.check_code)):
            line = self.paragraph("封面信息", f"{name}　{value}")
            line.paragraph_format.left_indent = Mm(38)

    def masthead(self) -> None:
        """The title above the first chapter of a report that has no cover."""
        section = self.doc.sections[0]
        self.page(section)
        cover = self.report.cover
        self.paragraph("封面信息", cover.marked_stage).alignment = WD_ALIGN_PARAGRAPH.RIGHT
        self.paragraph("Title", cover.title).runs[0].font.size = Pt(min(cover.title_points, SMALL_TITLE))
        for text in (f"（{cover.year}年度）", f"{cover.issuer or '（编制单位）'}　{cover.dated}"):
            self.paragraph("封面信息", text).alignment = WD_ALIGN_PARAGRAPH.CENTER
        self.footers(section)

    def imprint(self) -> None:
        """The last lines of a report without a cover."""
        for text in (*self.report.cover.imprint, f"校验码：{self.report.check_code}"):
            self.paragraph("表注", text)

    def contents(self) -> None:
        """Contents as a field that Word can bring up to date, filled in from the typeset pages until then."""
        contents = self.doc.add_section(WD_SECTION.NEW_PAGE)
        self.page(contents)
        self.paragraph("目录标题", "目　录")
        entries = list(self.entries())
        for place, (level, key, heading, page) in enumerate(entries):
            line = self.paragraph(f"toc {level}")
            if place == 0:
                for piece in (_field("begin", dirty=True), _instruction(r'TOC \o "1-2" \h \z \u'), _field("separate")):
                    line._p.append(piece)
            link = parse_xml(f'<w:hyperlink {nsdecls("w")} w:anchor="{key}" w:history="1"/>')
            line._p.append(link)
            link.append(_run(heading))
            link.append(parse_xml(f"<w:r {nsdecls('w')}><w:tab/></w:r>"))
            for piece in (
                _field("begin"),
                _instruction(f"PAGEREF {key} \\h"),
                _field("separate"),
                _run(str(page)),
                _field("end"),
            ):
                link.append(piece)
            if place == len(entries) - 1:
                line._p.append(_field("end"))
        body = self.doc.add_section(WD_SECTION.NEW_PAGE)
        self.page(body)
        body._sectPr.append(parse_xml(f'<w:pgNumType {nsdecls("w")} w:start="1"/>'))
        self.footers(body)

    def footers(self, body: Any) -> None:
        """Page numbers as official documents have them: outside, between dashes."""
        for footer, side in ((body.footer, WD_ALIGN_PARAGRAPH.RIGHT), (body.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT)):
            footer.is_linked_to_previous = False
            line = footer.paragraphs[0]
            line.style = self.doc.styles["Footer"]
            line.alignment = side
            indent = "w:rightChars" if side == WD_ALIGN_PARAGRAPH.RIGHT else "w:leftChars"
            line._p.get_or_add_pPr().append(
                parse_xml(f'<w:ind {nsdecls("w")} {indent}="100" w:firstLineChars="0" w:firstLine="0"/>')
            )
            for piece in (
                _run("— "),
                _field("begin"),
                _instruction("PAGE"),
                _field("separate"),
                _run("1"),
                _field("end"),
                _run(" —"),
            ):
                line._p.append(piece)

    def entries(self) -> Iterator[tuple[int, str, str, int]]:
        place = 0
        for chapter in self.report.chapters:
            for level, section in ((1, chapter), *((2, part) for part in chapter.parts)):
                yield level, _bookmark(place), section.heading, self.pages[place]
                place += 1

    # ---- sections and blocks

    def section(self, section: Section, level: int) -> None:
        heading = self.paragraph(f"Heading {level}", section.heading)
        if level == 1:
            heading.paragraph_format.page_break_before = self.starts_page(section)
        name = _bookmark(len(self.headings))
        self.headings.append((level, name, section.heading))
        number = next(self.ids)
        first = heading._p.find(qn("w:r"))
        first.addprevious(parse_xml(f'<w:bookmarkStart {nsdecls("w")} w:id="{number}" w:name="{name}"/>'))
        heading._p.append(parse_xml(f'<w:bookmarkEnd {nsdecls("w")} w:id="{number}"/>'))
        for block in section.blocks:
            self.block(block)
        for part in section.parts:
            self.section(part, level + 1)

    def starts_page(self, chapter: Section) -> bool:
        """Whether a chapter begins a page: the first after the summary does, the others follow one another."""
        chapters = self.report.chapters
        return not self.report.cover.is_short and len(chapters) > 1 and chapter is chapters[1]

    def block(self, block: Block) -> None:
        if isinstance(block, Paragraph):
            self.text(block)
        elif isinstance(block, Table):
            self.table(block)
        elif isinstance(block, Tiles):
            self.tiles(block)
        else:
            self.chart(block)

    def text(self, block: Paragraph) -> None:
        style = {"blank": "待填", "comment": "评述", "stale": "复核提示"}.get(block.kind, "Normal")
        line = self.paragraph(style)
        for part in block.parts:
            self.inline(line, part)

    def inline(self, line: Any, part: object) -> None:
        if isinstance(part, Number):
            line.add_run(part.text, style=FIGURE_STYLE)
        elif isinstance(part, Note):
            self.footnotes.append(part.text)
            run = line.add_run(style="footnote reference")
            run._r.append(parse_xml(f'<w:footnoteReference {nsdecls("w")} w:id="{len(self.footnotes)}"/>'))
        else:
            line.add_run(str(part))

    def table(self, table: Table) -> None:
        self.paragraph("Caption", f"{table.number}　{table.title}")
        self.doc.element.body[-1].addprevious(parse_xml(table_xml(table)))
        notes = list(table.notes_told) or [""]
        for note in notes:
            self.paragraph("表注", note).paragraph_format.keep_with_next = note != notes[-1]

    def chart(self, chart: Chart) -> None:
        number = next(self.charts)
        package = self.doc.part.package
        part = Part(PackURI(f"/word/charts/chart{number}.xml"), CHART_TYPE, b"", package)
        sheet = Part(
            PackURI(f"/word/embeddings/Microsoft_Excel_Sheet{number}.xlsx"),
            XLSX_TYPE,
            chart_workbook(chart, self.report),
            package,
        )
        part._blob = chart_xml(chart, part.relate_to(sheet, RELATIONSHIP_TYPE.PACKAGE))
        relation = self.doc.part.relate_to(part, RELATIONSHIP_TYPE.CHART)
        high = 75 if chart.kind == "trend" else 24 + 7 * len(chart.categories)
        line = self.paragraph("表格文字")
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        line.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
        line.paragraph_format.keep_with_next = True
        line.add_run()._r.append(_drawing(chart.title, chart.alt, relation, 150, min(high, 170), next(self.ids)))
        if chart.limits and chart.kind != "trend":
            note = self.paragraph("表注", f"注：{limit_text(chart)}。")
            note.alignment = WD_ALIGN_PARAGRAPH.CENTER
            note.paragraph_format.keep_with_next = True
        self.paragraph("图题", f"{chart.number}　{chart.title}")

    def tiles(self, figure: Tiles) -> None:
        self.doc.element.body[-1].addprevious(parse_xml(tiles_xml(figure)))
        legend = self.paragraph("表注")
        legend.alignment = WD_ALIGN_PARAGRAPH.CENTER
        legend.paragraph_format.keep_with_next = True
        for level, title in enumerate(figure.scale):
            square = legend.add_run("　")
            mark = shade(LEVEL_COLOURS[level]).replace("<w:shd", f"<w:shd {nsdecls('w')}")
            square._r.get_or_add_rPr().append(parse_xml(mark))
            legend.add_run(f"{title}　")
        self.paragraph("图题", f"{figure.number}　{figure.title}")

    # ---- footnotes

    def add_footnotes(self) -> None:
        """The footnotes part with its separators; python-docx has no door of its own for it."""
        root = parse_xml(
            f'<w:footnotes {nsdecls("w")}><w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r>'
            '</w:p></w:footnote><w:footnote w:type="continuationSeparator" w:id="0"><w:p>'
            "<w:r><w:continuationSeparator/></w:r></w:p></w:footnote></w:footnotes>"
        )
        style_text = self.doc.styles["footnote text"].style_id
        style_mark = self.doc.styles["footnote reference"].style_id
        for number, text in enumerate(self.footnotes, start=1):
            note = parse_xml(
                f'<w:footnote {nsdecls("w")} w:id="{number}"><w:p><w:pPr><w:pStyle w:val="{style_text}"/></w:pPr>'
                f'<w:r><w:rPr><w:rStyle w:val="{style_mark}"/></w:rPr><w:footnoteRef/></w:r></w:p></w:footnote>'
            )
            note[0].append(_run(f" {text}"))
            root.append(note)
        part = Part(PackURI("/word/footnotes.xml"), NOTES_TYPE, _bytes(root), self.doc.part.package)
        self.doc.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)


def _bytes(element: Any) -> bytes:
    return bytes(etree.tostring(element, xml_declaration=True, encoding="UTF-8", standalone=True))


def _bookmark(place: int) -> str:
    return f"_Toc{100000 + place}"


def _font(style: Any, font: str, size: float) -> None:
    style.font.name = LATIN
    style.font.size = Pt(size)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:eastAsia"), font)
    fonts.set(qn("w:hint"), "eastAsia")


def _spaced(style: Any) -> None:
    """The exact 28.95 pt pitch, nothing before or after."""
    shape = style.paragraph_format
    shape.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    shape.line_spacing = PITCH
    shape.space_before = shape.space_after = Pt(0)


def _plain_block(style: Any, line: Any) -> None:
    shape = style.paragraph_format
    shape.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    shape.line_spacing = line
    shape.space_before = shape.space_after = Pt(0)
    _indented(style, 0)


def _indented(style: Any, characters: int) -> None:
    """First-line indent counted in characters, as Word does for Chinese text."""
    properties = style.element.get_or_add_pPr()
    for old in properties.findall(qn("w:ind")):
        properties.remove(old)
    size = style.font.size.pt if style.font.size else 16
    properties.append(
        parse_xml(
            f'<w:ind {nsdecls("w")} w:firstLineChars="{100 * characters}" w:firstLine="{int(20 * size * characters)}"/>'
        )
    )


def _run(text: str) -> Any:
    run = parse_xml(f'<w:r {nsdecls("w")}><w:t xml:space="preserve"/></w:r>')
    run[0].text = text
    return run


def _field(kind: str, *, dirty: bool = False) -> Any:
    mark = ' w:dirty="true"' if dirty else ""
    return parse_xml(f'<w:r {nsdecls("w")}><w:fldChar w:fldCharType="{kind}"{mark}/></w:r>')


def _instruction(text: str) -> Any:
    run = parse_xml(f'<w:r {nsdecls("w")}><w:instrText xml:space="preserve"/></w:r>')
    run[0].text = f" {text} "
    return run


def _drawing(title: str, alt: str, relation: str, width: float, height: float, number: int) -> Any:
    drawing = parse_xml(
        f'<w:drawing {nsdecls("w")} xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        f'<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{int(width * EMU_PER_MM)}" '
        f'cy="{int(height * EMU_PER_MM)}"/><wp:docPr id="{number}" name=""/><wp:cNvGraphicFramePr/><a:graphic>'
        '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart">'
        f'<c:chart r:id="{relation}"/></a:graphicData></a:graphic></wp:inline></w:drawing>'
    )
    for about in drawing.iter("{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"):
        about.set("name", title)
        about.set("descr", alt)
    return drawing
