"""Puts a report together: chapters in their order, tables and figures numbered, mentions resolved, words merged in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from dashboards.report.commentary import Commentary, with_commentary
from dashboards.report.content import (
    advice,
    appendix,
    credit,
    finance,
    institutions,
    monitoring,
    overview,
    process,
    summary,
)
from dashboards.report.content.wording import HIDDEN_NOTE, MISSING_NOTE
from dashboards.report.earlier import Earlier
from dashboards.report.facts import Facts
from dashboards.report.laws import Law, law_of
from dashboards.report.model import (
    Block,
    Cover,
    Inline,
    Number,
    Paragraph,
    Ref,
    Report,
    Section,
    Table,
    blocks_of,
    check_code,
    plain,
)
from dashboards.site.region import HIDDEN

ORDINALS = "一二三四五六七八九十"
APPENDIX = "appendix"
SUMMARY = "summary"


def build_report(
    facts: Facts, commentary: Commentary, progress: Callable[[str], None], earlier: Earlier | None = None
) -> Report:
    """The report model of one release, year and region, the analysts' words included."""
    law = law_of(facts.release.province)
    law = replace(law, basis="、".join([law.basis, *facts.local_documents]))
    makers: Sequence[tuple[str, Callable[[], Section]]] = (
        ("总体情况", lambda: overview.chapter(facts)),
        ("学分学时", lambda: credit.chapter(facts, law)),
        ("质量监控", lambda: monitoring.chapter(facts, law)),
        ("项目与过程", lambda: process.chapter(facts)),
        ("机构与满意度", lambda: institutions.chapter(facts)),
        ("经费", lambda: finance.chapter(facts)),
        ("问题与建议", lambda: advice.chapter(facts, law)),
    )
    body = []
    for title, make in makers:
        progress(f"撰写 {title}")
        body.append(make())
    chapters = [summary.chapter(facts, law), *body]
    said = [number for chapter in chapters for number in chapter.numbers()]
    chapters.append(appendix.chapter(facts, law, said, earlier))
    finished = tuple(numbered([with_tidy_notes(chapter) for chapter in chapters]))
    merged = with_commentary(finished, commentary, facts.release.release_id)
    report = Report(_cover(facts, law), merged, tuple(sorted(facts.release.versions.items())))
    return replace(report, check_code=check_code(facts.release.release_id, list(report.numbers())))


def _cover(facts: Facts, law: Law) -> Cover:
    name = plain(facts.unit.name) if facts.unit.kind == "province" else _full_name(facts)
    issuer = law.issuer if facts.unit.kind == "province" else ""
    if not issuer and law.issuer:
        issuer = f"{plain(facts.unit.name)}教师教育质量监控机构"
    return Cover(
        title=f"{name}教师培训质量年度报告",
        year=facts.year,
        region=facts.unit.id,
        issuer=issuer,
        basis=law.basis,
        release=facts.release.release_id,
        as_of=facts.release.as_of,
        is_open=facts.is_open,
    )


def _full_name(facts: Facts) -> str:
    city = facts.region.by_id.get(facts.unit.city_id or "")
    own = plain(facts.unit.name)
    return own if city is None or city.id == facts.unit.id else plain(city.name) + own


def with_tidy_notes(section: Section) -> Section:
    """Notes that explain a sign stay only where the sign is."""

    def tidy(block: Block) -> Block:
        if not isinstance(block, Table):
            return block
        cells = [cell for row in block.rows for cell in row if isinstance(cell, Number)]
        has_hidden = any(cell.text == HIDDEN or cell.is_coarse for cell in cells)
        has_missing = any(cell.value is None and not cell.hidden for cell in cells) or any(
            cell is None for row in block.rows for cell in row
        )
        kept = tuple(
            note
            for note in block.notes
            if (note != HIDDEN_NOTE or has_hidden) and (note != MISSING_NOTE or has_missing)
        )
        return replace(block, notes=kept)

    return _mapped(section, tidy)


def numbered(chapters: Sequence[Section]) -> list[Section]:
    """Headings, tables and figures with their numbers; mentions (`Ref`) turned into those numbers."""
    labels: dict[str, str] = {}
    with_labels = []
    ordinal = 0
    for chapter in chapters:
        if chapter.key not in {SUMMARY, APPENDIX}:
            ordinal += 1
        prefix = "附" if chapter.key == APPENDIX else str(ordinal)
        fresh = _labels(chapter, prefix)
        if both := labels.keys() & fresh.keys():
            raise ValueError(f"two tables or figures are called {min(both)}")
        labels |= fresh
        with_labels.append(_with_headings(chapter, ordinal))
    return [_mapped(chapter, lambda block: _resolved(block, labels)) for chapter in with_labels]


def _labels(chapter: Section, prefix: str) -> dict[str, str]:
    found: dict[str, str] = {}
    tables = figures = 0
    for block in blocks_of(chapter):
        if isinstance(block, Paragraph):
            continue
        if block.key in found:
            raise ValueError(f"two tables or figures are called {block.key}")
        if isinstance(block, Table):
            tables += 1
            found[block.key] = f"附表{tables}" if prefix == "附" else f"表{prefix}-{tables}"
        else:
            figures += 1
            found[block.key] = f"附图{figures}" if prefix == "附" else f"图{prefix}-{figures}"
    return found


def _with_headings(chapter: Section, ordinal: int) -> Section:
    if chapter.key == SUMMARY:
        return chapter
    parts = tuple(
        replace(part, heading=f"（{ORDINALS[place]}）{part.heading}")
        if chapter.key != APPENDIX
        else replace(part, heading=f"附录{ORDINALS[place]}　{part.heading}")
        for place, part in enumerate(chapter.parts)
    )
    heading = chapter.heading if chapter.key == APPENDIX else f"{ORDINALS[ordinal - 1]}、{chapter.heading}"
    return replace(chapter, heading=heading, parts=parts)


def _resolved(block: Block, labels: Mapping[str, str]) -> Block:
    if isinstance(block, Paragraph):
        return replace(block, parts=tuple(_merged(block.parts, labels)))
    return replace(block, number=labels[block.key])


def _merged(parts: Sequence[Inline], labels: Mapping[str, str]) -> Iterator[Inline]:
    """Mentions as text, neighbouring texts as one."""
    text = ""
    for part in parts:
        piece = labels.get(part.key, "附表") if isinstance(part, Ref) else part
        if isinstance(piece, str):
            text += piece
            continue
        if text:
            yield text
        text = ""
        yield piece
    if text:
        yield text


def _mapped(section: Section, change: Callable[[Block], Block]) -> Section:
    return replace(
        section,
        blocks=tuple(change(block) for block in section.blocks),
        parts=tuple(_mapped(part, change) for part in section.parts),
    )
