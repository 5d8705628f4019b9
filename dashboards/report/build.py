"""Puts a report together: chapters in their order, tables and figures numbered, mentions resolved, words merged in."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from dashboards.report.commentary import Commentary, with_blanks, with_commentary
from dashboards.report.content import (
    about,
    annex,
    attainment,
    gaps,
    money,
    problems,
    process,
    satisfaction,
    school,
    size,
    spot_checks,
    summary,
)
from dashboards.report.content.common import HIDDEN_NOTE, MISSING_NOTE
from dashboards.report.earlier import Earlier
from dashboards.report.facts import Facts
from dashboards.report.laws import law_of
from dashboards.report.model import (
    Block,
    Cite,
    Cover,
    Inline,
    Note,
    Number,
    Paragraph,
    Ref,
    Report,
    Section,
    Signed,
    Table,
    blocks_of,
    check_code,
    numbers_of,
    plain,
)
from dashboards.site.region import HIDDEN

ORDINALS = "一二三四五六七八九十"
UNNUMBERED = frozenset({summary.KEY, about.KEY, school.KEY})
FIRST_DATA_ROW = 4
"""The sheet's row that a table's first row stands in, as the workbook sets it."""
ADVICE_PLACE = 7
LEFT_OUT = frozenset({"证据缺口", "编制说明"})
"""What a report of a few pages tells in its headings, in a sentence of another chapter, or in its last lines."""


def build_report(
    facts: Facts,
    commentary: Commentary,
    progress: Callable[[str], None],
    earlier: Earlier | None = None,
    signed: Signed | None = None,
) -> Report:
    """The report model of one release, year and region, the analysts' words included."""
    chapters = _school(facts, progress) if facts.school else _chapters(facts, progress)
    progress("整理附表")
    sheets = [] if facts.school else list(annex.tables(facts, earlier))
    said = [number for chapter in chapters for number in chapter.numbers()]
    said += [number for table in sheets for number in numbers_of(table)]
    sheets = [] if facts.school else [*sheets, *annex.methods(facts, said)]
    finished, tables = numbered([_tidy(chapter) for chapter in chapters], [_tidy_table(table) for table in sheets])
    merged = with_commentary(finished, commentary, facts.release.release_id)
    if signed is None and not facts.school:
        merged = with_blanks(merged, commentary, unwritten(facts))
    versions = tuple(sorted(facts.release.versions.items()))
    report = Report(_cover(facts, signed), merged, tuple(tables), versions)
    return replace(report, check_code=check_code(facts.release.release_id, list(report.numbers())))


def unwritten(facts: Facts) -> frozenset[str]:
    """Chapters that need no words of the analysts: in a report of a few pages all but the problems."""
    if not facts.is_short:
        return UNNUMBERED
    return UNNUMBERED | {size.KEY, attainment.KEY, spot_checks.KEY, process.KEY, satisfaction.KEY, money.KEY}


def _chapters(facts: Facts, progress: Callable[[str], None]) -> list[Section]:
    law = law_of(facts.release.province)
    advice = ORDINALS[ADVICE_PLACE - 1]
    makers: Sequence[tuple[str, Callable[[], Section]]] = (
        ("摘要", lambda: summary.write(facts)),
        ("培训规模", lambda: size.write(facts)),
        ("教师达标", lambda: attainment.write(facts)),
        ("项目抽查", lambda: spot_checks.write(facts)),
        ("培训过程", lambda: process.write(facts, advice)),
        ("学员满意度", lambda: satisfaction.write(facts)),
        ("经费", lambda: money.write(facts)),
        ("问题与建议", lambda: problems.write(facts)),
        ("证据缺口", lambda: gaps.write(facts)),
        ("编制说明", lambda: about.write(facts, law)),
    )
    made = []
    for title, make in makers:
        if facts.is_short and title in LEFT_OUT:
            continue
        progress(f"撰写 {title}")
        made.append(make() if facts.unit.kind == "province" else _flat(make()))
    return made


def _school(facts: Facts, progress: Callable[[str], None]) -> list[Section]:
    progress("撰写 校级一页")
    return [school.write(facts, facts.school or "")]


def _flat(chapter: Section) -> Section:
    """A chapter of a short report: its parts follow one another without headings of their own."""
    blocks = (*chapter.blocks, *(block for part in chapter.parts for block in part.blocks))
    return replace(chapter, blocks=tuple(_without_notes(block) for block in blocks), parts=())


def _without_notes(block: Block) -> Block:
    """A paragraph without its footnotes: what a figure means is in the workbook."""
    if not isinstance(block, Paragraph):
        return block
    return replace(block, parts=tuple(part for part in block.parts if not isinstance(part, Note)))


def _cover(facts: Facts, signed: Signed | None) -> Cover:
    law = law_of(facts.release.province)
    name = plain(facts.unit.name) if facts.unit.kind == "province" else _full_name(facts)
    title = f"{name}教师培训质量年度报告"
    if facts.school:
        school_name = plain(facts.schools_rows(facts.school)[0]["school_name"])
        within = "" if school_name.startswith((plain(facts.unit.name), name)) else name
        title = f"{within}{school_name}教师培训情况"
    issuer = law.issuer if facts.unit.kind == "province" else ""
    if not issuer and law.issuer:
        issuer = f"{plain(facts.unit.name)}教师教育质量监控机构"
    return Cover(
        title=title,
        year=facts.year,
        region=facts.school or facts.unit.id,
        issuer=issuer,
        basis="、".join([law.basis, *facts.local_documents]),
        release=facts.release.release_id,
        as_of=facts.release.as_of,
        is_open=facts.is_open,
        size="school" if facts.school else facts.unit.kind,
        signed=signed,
        is_sample=facts.release.is_sample,
    )


def _full_name(facts: Facts) -> str:
    city = facts.region.by_id.get(facts.unit.city_id or "")
    own = plain(facts.unit.name)
    return own if city is None or city.id == facts.unit.id else plain(city.name) + own


def _tidy(section: Section) -> Section:
    return _mapped(section, lambda block: _tidy_table(block) if isinstance(block, Table) else block)


def _tidy_table(table: Table) -> Table:
    """Notes that explain a sign stay only where the sign is."""
    cells = [cell for row in table.rows for cell in row]
    numbers = [cell for cell in cells if isinstance(cell, Number)]
    has_hidden = any(cell.text == HIDDEN or cell.is_coarse for cell in numbers)
    has_missing = any(cell.value is None and not cell.hidden for cell in numbers) or None in cells or "—" in cells
    signs = {HIDDEN_NOTE: has_hidden, MISSING_NOTE: has_missing}
    return replace(table, notes=tuple(note for note in table.notes if signs.get(note, True)))


def numbered(chapters: Sequence[Section], annex_tables: Sequence[Table]) -> tuple[tuple[Section, ...], list[Table]]:
    """Headings, tables and figures with their numbers; mentions (`Ref`, `Cite`) turned into those numbers."""
    labels: dict[str, str] = {}
    with_labels = []
    ordinal = 0
    for chapter in chapters:
        is_numbered = chapter.key not in UNNUMBERED
        ordinal += is_numbered
        _claim(labels, _labels(chapter, str(ordinal) if is_numbered else ""))
        with_labels.append(_with_headings(chapter, ordinal) if is_numbered else chapter)
    _claim(labels, {table.key: f"附表{place}" for place, table in enumerate(annex_tables, start=1)})
    sheets = [replace(table, number=labels[table.key]) for table in annex_tables]
    mentions = _Mentions(labels, sheets)
    return tuple(_mapped(chapter, mentions.resolved) for chapter in with_labels), sheets


def _claim(labels: dict[str, str], fresh: Mapping[str, str]) -> None:
    if both := labels.keys() & fresh.keys():
        raise ValueError(f"two tables or figures are called {min(both)}")
    labels |= fresh


def _labels(chapter: Section, prefix: str) -> dict[str, str]:
    found: dict[str, str] = {}
    tables = figures = 0
    lead = f"{prefix}-" if prefix else ""
    for block in blocks_of(chapter):
        if isinstance(block, Paragraph):
            continue
        tables, figures = (tables + 1, figures) if isinstance(block, Table) else (tables, figures + 1)
        number = f"表{lead}{tables}" if isinstance(block, Table) else f"图{lead}{figures}"
        _claim(found, {block.key: number})
    return found


def _with_headings(chapter: Section, ordinal: int) -> Section:
    parts = tuple(
        replace(part, heading=f"（{ORDINALS[place]}）{part.heading}") for place, part in enumerate(chapter.parts)
    )
    return replace(chapter, heading=f"{ORDINALS[ordinal - 1]}、{chapter.heading}", parts=parts)


class _Mentions:
    """Turns mentions of tables and of the workbook's sheets and rows into words."""

    def __init__(self, labels: Mapping[str, str], sheets: Iterable[Table]) -> None:
        self.labels = labels
        self.sheets = {table.key: table for table in sheets}

    def resolved(self, block: Block) -> Block:
        if isinstance(block, Paragraph):
            return replace(block, parts=tuple(self.merged(block.parts)))
        return replace(block, number=self.labels[block.key])

    def merged(self, parts: Sequence[Inline]) -> Iterator[Inline]:
        """Mentions as text, neighbouring texts as one."""
        text = ""
        for part in parts:
            piece = self.words(part)
            if isinstance(piece, str):
                text += piece
                continue
            if text:
                yield text
            text = ""
            yield piece
        if text:
            yield text

    def words(self, part: Inline) -> Inline:
        if isinstance(part, Ref):
            return self.labels.get(part.key, "附表")
        if not isinstance(part, Cite):
            return part
        sheet = self.sheets.get(part.key)
        if sheet is None:
            return "附表工作簿"
        places = [place for place, row in enumerate(sheet.rows) if part.row and all(one in row for one in part.row)]
        return f"{sheet.number}第{places[0] + FIRST_DATA_ROW}行" if places else f"附表工作簿{sheet.number}"


def _mapped(section: Section, change: Callable[[Block], Block]) -> Section:
    return replace(
        section,
        blocks=tuple(change(block) for block in section.blocks),
        parts=tuple(_mapped(part, change) for part in section.parts),
    )
