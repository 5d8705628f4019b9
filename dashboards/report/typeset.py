"""The report as PDF on the page of a Chinese official document: typst, bundled open fonts, PDF/A-2b, tagged.

Text from data goes in as string literals only, so that nothing in it can be read as markup. A character the bundled
fonts don't have is printed as 〓, the printers' sign for one.
"""

import json
import struct
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path

import pylopdf_fonts_zh_cn
import typst

from dashboards.report.drawing import draw
from dashboards.report.model import Cell, Chart, Column, Note, Number, Paragraph, Report, Section, Table, Tiles
from dashboards.site.verdicts import Mark

SANS = "Noto Sans SC"
GETA = "〓"
MAIN = "report.typ"


def render(report: Report) -> bytes:
    """The PDF; the same report gives the same bytes."""
    with tempfile.TemporaryDirectory(prefix="shixun-report-") as name:
        folder = Path(name)
        source = "".join(_document(report, folder))
        (folder / MAIN).write_text(source, encoding="utf-8")
        compiled = _compiled(folder, report)
    return bytes(compiled)


def heading_pages(report: Report) -> list[int]:
    """The page each chapter and part begins on, in reading order: what the contents of the Word file show at first."""
    with tempfile.TemporaryDirectory(prefix="shixun-report-") as name:
        folder = Path(name)
        (folder / MAIN).write_text("".join(_document(report, folder)), encoding="utf-8")
        found = typst.query(
            str(folder / MAIN),
            "<page>",
            field="value",
            root=str(folder),
            font_paths=[_fonts()],
            ignore_system_fonts=True,
        )
    return [int(page) for page in json.loads(found)]


def _fonts() -> str:
    return str(Path(pylopdf_fonts_zh_cn.__file__).parent)


def _compiled(folder: Path, report: Report) -> bytes:
    at = datetime(report.cover.as_of.year, report.cover.as_of.month, report.cover.as_of.day, tzinfo=UTC)
    return typst.compile(
        str(folder / MAIN),
        root=str(folder),
        font_paths=[_fonts()],
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=["a-2b"],
        timestamp=int(at.timestamp()),
    )


def literal(text: str) -> str:
    """A typst string literal; characters without a glyph become 〓."""
    shown = "".join(c if ord(c) in glyphs() else GETA for c in text)
    return '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'


@cache
def glyphs() -> frozenset[int]:
    """Characters that both bundled fonts have."""
    fonts = (pylopdf_fonts_zh_cn.serif_path(), pylopdf_fonts_zh_cn.sans_path())
    both = [frozenset(_mapped(Path(path).read_bytes())) for path in fonts]
    return both[0] & both[1]


def _mapped(font: bytes) -> Iterator[int]:
    """The characters of a font's cmap, format 12 (OpenType, `cmap`, segmented coverage)."""
    tables = struct.unpack_from(">H", font, 4)[0]
    records = (struct.unpack_from(">4sLLL", font, 12 + 16 * n) for n in range(tables))
    start = next(offset for tag, _, offset, _ in records if tag == b"cmap")
    count = struct.unpack_from(">H", font, start + 2)[0]
    offsets = (struct.unpack_from(">HHL", font, start + 4 + 8 * n)[2] for n in range(count))
    for offset in offsets:
        place = start + offset
        if struct.unpack_from(">H", font, place)[0] != 12:  # noqa: PLR2004 - the table format
            continue
        groups = struct.unpack_from(">L", font, place + 12)[0]
        for n in range(groups):
            first, last, _ = struct.unpack_from(">LLL", font, place + 16 + 12 * n)
            yield from range(first, last + 1)
        return


def _document(report: Report, folder: Path) -> Iterator[str]:
    cover = report.cover
    day = cover.as_of
    title, author = literal(f"{cover.title}（{cover.year}年度）"), literal(cover.issuer or "师训")
    yield f"#set document(title: {title}, author: {author}, "
    yield f"date: datetime(year: {day.year}, month: {day.month}, day: {day.day}))\n"
    yield files("dashboards.report").joinpath("templates", "report.typ").read_text(encoding="utf-8")
    year, stage = literal(f"（{cover.year}年度）"), literal(cover.marked_stage)
    if cover.is_short:
        about = literal(f"{cover.issuer or '（编制单位）'}　{cover.dated}")
        yield f"#masthead({literal(cover.title)}, {cover.title_points}pt, {year}, {stage}, {about})\n"
    else:
        lines = (*cover.lines, ("校验码", report.check_code))
        facts = _array(f"cover-line({literal(name)}, {literal(value)})" for name, value in lines)
        yield f"#cover({literal(cover.title)}, {cover.title_points}pt, {year}, {stage}, {facts})\n"
        yield "#contents\n#counter(page).update(1)\n"
    for place, chapter in enumerate(report.chapters):
        if place == 1 and not cover.is_short:
            yield "#pagebreak(weak: true)\n"
        yield from _section(chapter, 1, folder)
    if cover.is_short:
        yield from _imprint(report)


def _imprint(report: Report) -> Iterator[str]:
    """The last lines of a report without a cover: who signs it, and where its figures come from."""
    lines = (*report.cover.imprint, f"校验码：{report.check_code}")
    yield f"#imprint({', '.join(literal(line) for line in lines)})\n"


def _array(items: Iterable[str]) -> str:
    """A typst array; the comma after each item keeps one of one item an array."""
    return f"({''.join(f'{item}, ' for item in items)})"


def _section(section: Section, level: int, folder: Path) -> Iterator[str]:
    yield f"#heading(level: {level}, {literal(section.heading)})#page-mark\n\n"
    for block in section.blocks:
        if isinstance(block, Paragraph):
            yield _paragraph(block)
        elif isinstance(block, Table):
            yield _table(block)
        else:
            yield _figure(block, folder)
    for part in section.parts:
        yield from _section(part, level + 1, folder)


def _paragraph(paragraph: Paragraph) -> str:
    inside = "".join(_inline(part) for part in paragraph.parts)
    if paragraph.kind == "blank":
        inside = f"#draft[{inside}]"
    if paragraph.kind == "stale":
        return f"#stale[{inside}]\n\n"
    return f"#par[{inside}]\n\n"


def _inline(part: object) -> str:
    if isinstance(part, Number):
        return f"#{literal(part.text)}"
    if isinstance(part, Note):
        return f"#sym.wj#footnote[#{literal(part.text)}]"
    return f"#{literal(str(part))}"


def _cell(cell: Cell) -> str:
    if cell is None:
        return literal("—")
    if isinstance(cell, Number):
        return literal(cell.text)
    if isinstance(cell, Mark):
        return literal(f"{cell.shape}{cell.word}")
    return literal(cell)


def _head(column: Column) -> str:
    unit = f" + linebreak() + {literal(f'（{column.unit}）')}" if column.unit else ""
    return literal(column.title) + unit


def _table(table: Table) -> str:
    """Short tables stay on one page; long ones break between rows and repeat their title and head."""
    parts = (
        "false" if table.is_short else "true",
        _array(f"{column.share:g}fr" for column in table.columns),
        _array("left + horizon" if column.is_text else "right + horizon" for column in table.columns),
        literal(f"{table.number}　{table.title}"),
        _array(_head(column) for column in table.columns),
        _array(_cell(cell) for row in table.rows for cell in row),
        _array(literal(note) for note in table.notes_told),
    )
    return f"#report-table({', '.join(parts)})\n\n"


def _figure(figure: Chart | Tiles, folder: Path) -> str:
    name = f"{figure.key}.svg"
    drawn = "".join(c if ord(c) in glyphs() else GETA for c in draw(figure, SANS))
    (folder / name).write_text(drawn, encoding="utf-8")
    size = "height: 112mm" if isinstance(figure, Tiles) and _is_tall(drawn) else "width: 100%"
    title = literal(f"{figure.number}　{figure.title}")
    return f"#drawing({title}, {literal(name)}, {literal(figure.alt)}, {size})\n\n"


def _is_tall(svg: str) -> bool:
    width, height = (float(svg.split(f'{side}="', 2)[1].split('"', maxsplit=1)[0]) for side in ("width", "height"))
    return height > width
