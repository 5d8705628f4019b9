"""Chapter one: how much training there was, of which level, kind and stage, and where."""

from collections.abc import Sequence
from fractions import Fraction

from dashboards.report.content import indicators as of
from dashboards.report.content.wording import HIDDEN_NOTE, MISSING_NOTE, absent, moved, run, say
from dashboards.report.facts import DIMENSIONS, Facts
from dashboards.report.model import Block, Cell, Chart, Column, Number, Ref, Section, Series, Table, plain
from dashboards.site.region import Unit

ORDER = {
    "level": ("国家级", "国", "省级", "省", "地市级", "市", "县级", "县", "校级", "校"),
    "source_type": ("集中", "跟班", "网络", "混合", "校本", "主讲", "师徒", "考试", "学历", "教研活动"),
    "stage": ("幼儿园", "小学", "初中", "普高", "中职", "特教"),
}
LEVEL_NAMES = {"国": "国家级", "省": "省级", "市": "地市级", "县": "县级", "校": "校级"}


def chapter(facts: Facts) -> Section:
    return Section(
        "overview",
        "总体情况",
        parts=(
            Section("overview.size", "培训规模", tuple(_size(facts))),
            Section("overview.composition", "培训构成", tuple(_composition(facts))),
            *([Section("overview.places", "分地区情况", tuple(_places(facts)))] if len(facts.parts) > 1 else []),
        ),
    )


def project_counts(facts: Facts, year: int, unit: Unit | None = None) -> dict[str, Number]:
    """Institutions, projects, school-based projects and planned hours of a year, for the region or a part of it."""
    row = facts.training(unit or facts.unit, year)
    where = "" if unit is None else unit.id
    kinds = {
        "institutions": of.INSTITUTIONS,
        "projects": of.PROJECTS,
        "school_projects": of.SCHOOL_PROJECTS,
        "planned_hours": of.PLANNED_HOURS,
        "classes": of.CLASSES,
    }
    return {key: facts.number(one, row[key] if row else None, where, year=year) for key, one in kinds.items()}


def people_counts(facts: Facts, year: int, unit: Unit | None = None) -> dict[str, Number]:
    """Teachers trained, participations and hours of a year."""
    made = {}
    for key, indicator, column in (
        ("trained", of.TRAINED, "trained"),
        ("records", of.RECORDS, "records"),
        ("hours", of.HOURS, "hours"),
    ):
        value, hidden = facts.participation_total(year, column, unit)
        made[key] = facts.number(indicator, value, "" if unit is None else unit.id, year=year, hidden=hidden)
    return made


def _size(facts: Facts) -> list[Block]:
    year = facts.year
    now = project_counts(facts, year) | people_counts(facts, year)
    before = project_counts(facts, year - 1) | people_counts(facts, year - 1)
    if year - 1 not in facts.years:
        before = {key: facts.number(n.indicator, None, year=year - 1) for key, n in before.items()}
    text = [
        say(
            *(
                f"{year}年，{facts.whole_word}共有",
                now["institutions"],
                "家机构举办教师培训项目",
                now["projects"],
                "项",
            ),
            *(moved(facts, now["projects"], before["projects"]), "，其中校本项目", now["school_projects"], "项"),
            run("；开设培训班", now["classes"], "个") if now["classes"].is_known else "",
            "。",
        )
    ]
    if now["records"].is_known:
        text.append(
            say(
                *("全年参训教师", now["trained"], "人，参训", now["records"], "人次"),
                *(moved(facts, now["records"], before["records"]), "；登记学时", now["hours"], "学时"),
                *(moved(facts, now["hours"], before["hours"]), "。各项数据见", Ref("size"), "。"),
            )
        )
    else:
        text.append(absent("学分学时登记没有可以公布的数据，参训人次与登记学时从缺。"))
    rows = tuple(
        (now[key].indicator.title, now[key].indicator.unit, now[key], before[key], facts.change(now[key], before[key]))
        for key in (
            "institutions",
            "projects",
            "school_projects",
            "planned_hours",
            "classes",
            "trained",
            "records",
            "hours",
        )
    )
    table = Table(
        "size",
        f"{year}年培训规模",
        (
            Column("指标", share=2.2, is_text=True),
            Column("单位", share=0.9, is_text=True),
            Column(f"{year}年"),
            Column(f"{year - 1}年"),
            Column("增减"),
        ),
        rows,
        (HIDDEN_NOTE, MISSING_NOTE),
    )
    return [*text, table]


def _composition(facts: Facts) -> list[Block]:
    blocks: list[Block] = []
    tables = [table for dimension in DIMENSIONS if (table := _by(facts, dimension)) is not None]
    if not tables:
        return [absent("没有学分学时登记，无法分级别、方式和学段统计。")]
    for dimension, table in zip(DIMENSIONS, tables, strict=False):
        leading = _largest(table)
        if leading is not None and len(table.rows) > 1:
            name, share = leading
            word = {"level": "培训级别", "source_type": "培训方式", "stage": "任教学段"}[dimension]
            blocks.append(say(f"按{word}看，{name}登记学时最多，占", share, "，见", Ref(table.key), "。"))
        blocks.append(table)
        if dimension == "source_type":
            blocks.extend(_chart(facts, table))
    return blocks


def _largest(table: Table) -> tuple[str, Number] | None:
    known = [(str(row[0]), row[-1]) for row in table.rows if isinstance(row[-1], Number) and row[-1].is_known]
    return max(known, key=lambda pair: pair[1].value or 0, default=None)


def _by(facts: Facts, dimension: str) -> Table | None:
    now = facts.participation(dimension, facts.year)
    before = facts.participation(dimension, facts.year - 1)
    if not now:
        return None
    total, _ = facts.participation_total(facts.year, "hours")
    values = sorted(now, key=lambda value: (_place(dimension, value), value))
    rows: list[tuple[Cell, ...]] = []
    for value in values:
        row, last = now[value], before.get(value)
        name = plain(LEVEL_NAMES.get(value, value) if dimension == "level" else value)
        hidden = row["suppression"]
        records = facts.number(of.RECORDS, row["records"], f"{dimension}/{value}", hidden=hidden)
        was = facts.number(
            of.RECORDS,
            last["records"] if last else None,
            f"{dimension}/{value}",
            year=facts.year - 1,
            hidden=last["suppression"] if last else None,
        )
        share = None if row["hours"] is None or not total else Fraction(row["hours"]) / Fraction(total)
        rows.append(
            (
                name,
                records,
                was,
                facts.number(of.HOURS, row["hours"], f"{dimension}/{value}", hidden=hidden),
                facts.number(of.HOURS_SHARE, share, f"{dimension}/{value}", hidden=hidden),
            )
        )
    return Table(
        f"by_{dimension}",
        f"{facts.year}年参训情况（按{DIMENSIONS[dimension]}）",
        (
            Column(DIMENSIONS[dimension], share=1.2, is_text=True),
            Column("参训人次", "人次"),
            Column(f"{facts.year - 1}年人次", "人次"),
            Column("登记学时", "学时"),
            Column("学时占比"),
        ),
        tuple(rows),
        (HIDDEN_NOTE,),
    )


def _place(dimension: str, value: str) -> int:
    order = ORDER[dimension]
    return order.index(value) if value in order else len(order)


def _chart(facts: Facts, table: Table) -> list[Chart]:
    shown = [row for row in table.rows if isinstance(row[3], Number) and row[3].is_known]
    if len(shown) < 2:  # noqa: PLR2004 - one bar compares nothing
        return []
    ranked = sorted(shown, key=lambda row: -_value(row[3]))
    title = f"{facts.year}年各培训方式登记学时"
    most = ranked[0]
    return [
        Chart(
            "hours_by_kind",
            title,
            f"横条图：{title}，{most[0]}最多，为{_text(most[3])}学时；最少的是{ranked[-1][0]}，{_text(ranked[-1][3])}学时。",
            "bars",
            tuple(str(row[0]) for row in ranked),
            (Series("登记学时", tuple(row[3] for row in ranked if isinstance(row[3], Number))),),
        )
    ]


def _value(cell: Cell) -> float:
    return float(cell.value or 0) if isinstance(cell, Number) else 0.0


def _text(cell: Cell) -> str:
    return cell.text if isinstance(cell, Number) else ""


def _places(facts: Facts) -> list[Block]:
    rows: list[tuple[Cell, ...]] = []
    for unit in facts.parts:
        projects, trained = project_counts(facts, facts.year, unit), people_counts(facts, facts.year, unit)
        rows.append(
            (
                plain(unit.name),
                projects["institutions"],
                projects["projects"],
                projects["school_projects"],
                trained["trained"],
                trained["records"],
                trained["hours"],
            )
        )
    table = Table(
        "places",
        f"{facts.year}年各{facts.part_word}培训规模",
        (
            Column(facts.part_word, share=1.3, is_text=True),
            Column("举办机构", "家"),
            Column("项目", "项"),
            Column("校本项目", "项"),
            Column("参训教师", "人"),
            Column("参训", "人次"),
            Column("登记学时", "学时", share=1.3),
        ),
        tuple(rows),
        ("项目按实施县区归属，未填实施县区的只计入合计；教师按现任学校所在地归属。", HIDDEN_NOTE),
    )
    return [*_extremes(rows), table]


def _extremes(rows: Sequence[tuple[Cell, ...]]) -> list[Block]:
    known = [(row[0], row[2]) for row in rows if isinstance(row[2], Number) and row[2].is_known]
    if len(known) < 2:  # noqa: PLR2004 - nothing to compare
        return [say("分地区数据见", Ref("places"), "。")]
    most = max(known, key=lambda pair: pair[1].value or 0)
    least = min(known, key=lambda pair: pair[1].value or 0)
    return [
        say(
            f"项目最多的是{most[0]}，",
            most[1],
            f"项；最少的是{least[0]}，",
            least[1],
            "项。分地区数据见",
            Ref("places"),
            "。",
        )
    ]
