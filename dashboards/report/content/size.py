"""Chapter one: how much training there was, of which kind, and where."""

from collections.abc import Sequence

from dashboards.report import figures as fig
from dashboards.report import indicators as of
from dashboards.report.content.common import FEWEST, YEARS, bars, chapter, part, table, text
from dashboards.report.facts import Facts
from dashboards.report.model import Cell, Chart, Column, Number, Section, Table, plain
from dashboards.report.rules import phrase, say
from dashboards.site.region import Unit

KEY = "overview"
SHORT_YEARS = 3
ORDER = ("集中", "跟班", "网络", "混合", "校本", "主讲", "师徒", "考试", "学历", "教研活动")


def write(facts: Facts) -> Section:
    """The chapter."""
    figures = fig.size(facts)
    said = phrase("size", "people", figures)
    has_people = said.why and said.why[0].rule == "size.people.told"
    return chapter(
        KEY,
        "size",
        figures,
        (
            part(
                KEY, "size", "规模与变化", say("size", "lead", figures), say("size", "people", figures), _years(facts)
            ),
            part(KEY, "composition", "培训构成", say("size", "kind", figures) if has_people else [], _chart(facts)),
            part(KEY, "places", "地区比较", say("size", "places", figures), _places(facts)),
        ),
    )


def _years(facts: Facts) -> list[Table]:
    shown = SHORT_YEARS if facts.is_short else YEARS
    years = [year for year in facts.years if facts.year - shown < year <= facts.year]
    rows: list[list[Cell]] = []
    for year in years:
        now = facts.volume(facts.unit, year)
        name = f"{year}年" + ("（至今）" if year == facts.year and facts.is_open else "")
        rows.append(
            [
                name,
                *(
                    now[key]
                    for key in ("institutions", "projects", "school_projects", "classes", "trained", "records", "hours")
                ),
            ]
        )
    columns = (
        text("年度", 1.3),
        Column("举办机构", "家"),
        Column("项目", "项"),
        Column("校本项目", "项"),
        Column("培训班", "个", 0.9),
        Column("参训教师", "人"),
        Column("参训", "人次"),
        Column("登记学时", "学时", 1.2),
    )
    notes = ("“至今”的一行为截至数据截止日的进度，不与以前各年全年比较。",) if facts.is_open else ()
    return table(
        "size",
        f"{years[0]}—{years[-1]}年培训规模" if len(years) > 1 else f"{facts.year}年培训规模",
        columns,
        rows,
        *notes,
    )


def kinds(facts: Facts) -> list[Table]:
    """Participation by kind of training; the document draws it, the workbook has it."""
    rows = facts.participation("source_type", facts.year)
    total = facts.volume(facts.unit, facts.year)["hours"]
    hours = _hours(facts)
    made: list[list[Cell]] = [
        [
            plain(kind),
            facts.number(of.RECORDS, rows[kind]["records"], f"source_type/{kind}", hidden=rows[kind]["suppression"]),
            facts.number(of.TRAINED, rows[kind]["trained"], f"source_type/{kind}", hidden=rows[kind]["suppression"]),
            one,
            facts.ratio(of.HOURS_SHARE, one, total, kind),
        ]
        for kind, one in hours.items()
    ]
    columns = (
        text("培训方式", 1.4),
        Column("参训", "人次"),
        Column("参训教师", "人"),
        Column("登记学时", "学时"),
        Column("学时占比"),
    )
    return table("by_source_type", f"{facts.year}年参训情况（按培训方式）", columns, made)


def _hours(facts: Facts) -> dict[str, Number]:
    """Hours by kind of training, in the order the field lists the kinds."""
    rows = facts.participation("source_type", facts.year)
    ordered = sorted(rows, key=lambda kind: (ORDER.index(kind) if kind in ORDER else len(ORDER), kind))
    return {
        kind: facts.number(of.HOURS, rows[kind]["hours"], f"source_type/{kind}", hidden=rows[kind]["suppression"])
        for kind in ordered
    }


def _chart(facts: Facts) -> list[Chart]:
    if facts.is_short:
        return []
    hours = _hours(facts)
    labels = [plain(kind) for kind in hours]
    return bars("hours_by_kind", f"{facts.year}年各培训方式登记学时", labels, list(hours.values()), "登记学时")


def places(facts: Facts) -> list[Table]:
    """Every county of the region."""
    return _of_places(facts, facts.counties, "all_places", "县（市、区）")


def _places(facts: Facts) -> list[Table]:
    return [] if facts.is_short else _of_places(facts, facts.parts, "places", facts.part_word)


def _of_places(facts: Facts, units: Sequence[Unit], key: str, word: str) -> list[Table]:
    if len(units) < FEWEST:
        return []
    rows: list[list[Cell]] = []
    for unit in sorted(units, key=lambda unit: (-(facts.each(unit).exact or -1), unit.id)):
        now = facts.volume(unit, facts.year)
        figures = (now[name] for name in ("institutions", "projects", "trained", "hours"))
        rows.append([plain(unit.name), *figures, facts.each(unit)])
    columns = (
        text(word, 1.4),
        Column("举办机构", "家"),
        Column("项目", "项"),
        Column("参训教师", "人"),
        Column("登记学时", "学时", 1.2),
        Column("人均学时", "学时"),
    )
    title = f"{facts.year}年各{word}培训规模（按参训教师人均学时排列）"
    note = "项目按实施县区归属，未填实施县区的只计入合计；教师按现任学校所在地归属。"
    return table(key, title, columns, rows, note)
