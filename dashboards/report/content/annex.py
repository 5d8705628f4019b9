"""The workbook's own sheets: every requirement, every county and institution, methods, terms, the data's quality.

Tables only; the document cites them by sheet and row. What stands in the document is in the other files.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

import polars as pl

from dashboards.report import figures as fig
from dashboards.report import indicators as of
from dashboards.report.content.attainment import outcomes
from dashboards.report.content.common import table, text
from dashboards.report.content.money import items
from dashboards.report.content.problems import problem_table, problems
from dashboards.report.content.satisfaction import ranking
from dashboards.report.content.size import kinds, places
from dashboards.report.content.spot_checks import tallies
from dashboards.report.earlier import Earlier
from dashboards.report.facts import DIMENSIONS, Facts
from dashboards.report.model import Cell, Column, Number, Table, plain
from dashboards.report.requirements import every_requirement, source
from dashboards.site.measures import ANNUAL, COVERAGE, CYCLE
from dashboards.site.numbers import people_floor
from dashboards.site.verdicts import mark
from models.contracts import staging_contracts, tables_of_people
from models.law import load_policies
from models.marts.suppression import HIDDEN
from models.vocabulary import ClauseStatus

STATUS = {ClauseStatus.EVALUATED: "已核算", ClauseStatus.DATA_MISSING: "缺数据", ClauseStatus.MANUAL: "须人工判断"}
TERMS = (
    ("周期", "教师考核以固定起止年度的若干年为一周期。"),
    ("达标", "达到该项要求。进行中、无法判定和不适用的不计入达标率。"),
    ("无法判定", "证据缺失或样本不足，不能得出结论，不按达标也不按未达标计。"),
    ("证据缺口", "无法判定的对象超过有结论的对象，不计算比率。"),
    ("疑似触发", "系统初判达到处理条款的界线，须由教育行政部门核实后认定。"),
    ("抽查覆盖率", "县级监控机构当年抽查的项目占应计项目的比例，同一项目只计一次。"),
    ("学员满意率", "匿名学评教有效答卷中很满意与满意所占比例，按答卷合并计算，不取项目平均。"),
    ("校本培训", "中小学校组织、面向本校教师的培训。"),
    (
        "控制限",
        "全区域比率两侧各3.09倍标准误（99.8%），人数越少越宽，并计入公布人数取到十位的误差；在控制限以外的才说明显偏低或偏高。",
    ),
    ("涉及面", "未做到的对象占全部同类对象的比例，用于排列问题的先后。"),
)


def tables(facts: Facts, earlier: Earlier | None) -> Iterator[Table]:
    """The sheets in their order, but for the methods, which follow from the figures of all others."""
    yield from problem_table(facts, problems(facts), "all_problems", f"{facts.year}年问题清单")
    yield from _requirements(facts)
    yield from _checks(facts)
    yield from _attainment(facts)
    yield from ranking(facts, fig.rated(facts), "all_institutions", f"{facts.year}年机构学员满意率（全部可比机构）")
    yield from places(facts)
    yield from outcomes(facts)
    yield from kinds(facts)
    yield from _dimensions(facts)
    yield from tallies(facts)
    yield from items(facts, "project_money_all")
    yield from _clauses(facts)
    yield from _documents(facts)
    yield from _quality(facts)
    yield from _revisions(facts, earlier)
    yield from table("terms", "名词解释", (text("名词"), text("解释", 4)), TERMS)
    versions = sorted(facts.release.versions.items())
    yield from table(
        "versions",
        "本次发布所用的版本",
        (text("名称"), text("版本", 2)),
        [(name, plain(one)) for name, one in versions],
    )


def methods(facts: Facts, said: Sequence[Number]) -> list[Table]:
    """Every indicator of the report with its formula."""
    used = dict.fromkeys(number.indicator for number in said)
    rows: dict[tuple[Cell, ...], None] = {}
    for one in used:
        if not one.key.endswith("_change"):
            clauses = "、".join(id_ for id_ in one.clauses if id_ in facts.clauses)
            rows[one.title, one.unit, one.formula, clauses or "—"] = None
    rows["比上年增减", "同该指标", "本年数减上年数，相减后舍入一次；比率以百分点计", "—"] = None
    columns = (text("指标", 1.6), text("单位", 0.7), text("口径", 3.4), text("相关条款", 2.0))
    return table("methods", "指标口径", columns, list(rows))


def _requirements(facts: Facts) -> list[Table]:
    """Every requirement with a count, the gaps among them marked as such."""
    rows: list[list[Cell]] = [
        [
            one.marked_title,
            one.subject.word,
            one.met,
            one.missed,
            one.running,
            one.unclear,
            None if one.is_gap else one.rate,
            one.before,
            "证据缺口" if one.is_gap else "处理条款" if one.clause["is_trigger"] else "",
            source(one.clause),
            one.id,
        ]
        for one in sorted(every_requirement(facts), key=lambda one: (one.id, one.kind))
    ]
    columns = (
        text("要求", 3),
        text("对象"),
        Column("达标（未触发）"),
        Column("未达标（疑似触发）"),
        Column("进行中"),
        Column("无法判定"),
        Column("达标率"),
        Column("上年未达标"),
        text("说明"),
        text("依据", 2),
        text("条款编号", 2),
    )
    note = "达标率＝达标÷（达标＋未达标）。周期要求取本年度所在的周期。对象为人的，进行中与无法判定不列。"
    return table("all_requirements", f"{facts.year}年各项要求核算情况", columns, rows, note)


def _checks(facts: Facts) -> list[Table]:
    rows = fig.quota_rows(facts)
    is_asked = facts.asks(COVERAGE)
    made: list[list[Cell]] = []
    for unit, row in rows.items():
        counts = [(of.CHECK_BASE, "projects"), (of.CHECKED, "projects_checked")]
        counts += [(of.REQUIRED, "required"), (of.GAP, "gap")] if is_asked else []
        made.append(
            [
                plain(unit.name),
                *(facts.number(one, row[column], f"{unit.id}/{column}") for one, column in counts),
                facts.share(of.COVERAGE, COVERAGE, unit, str(facts.year)),
                *([mark(row["verdict"])] if is_asked else []),
            ]
        )
    columns = (
        text("县（市、区）", 1.4),
        Column("应计项目", "项"),
        Column("已抽查", "项"),
        *([Column("应抽查", "项"), Column("尚缺", "项")] if is_asked else []),
        Column("覆盖率"),
        *([text("结论", 1.2)] if is_asked else []),
    )
    return table("all_counties", f"{facts.year}年各县（市、区）项目抽查情况", columns, made)


def _attainment(facts: Facts) -> list[Table]:
    if not facts.region.is_judged(CYCLE) and not facts.region.is_judged(ANNUAL):
        return []
    year, period = str(facts.year), facts.cycle or ""
    rows: list[list[Cell]] = [
        [
            plain(unit.name),
            facts.part_of(of.YEARLY_COUNT, ANNUAL, unit, year, "denominator"),
            facts.share(of.YEARLY, ANNUAL, unit, year),
            facts.share(of.YEARLY, ANNUAL, unit, str(facts.year - 1)),
            facts.part_of(of.CYCLE_COUNT, CYCLE, unit, period, "denominator"),
            facts.share(of.CYCLE_RATE, CYCLE, unit, period) if facts.cycle_is_over else None,
            facts.of_share(of.BEHIND, facts.at_risk(unit, period), f"{unit.id}/{period}"),
        ]
        for unit in facts.counties
    ]
    columns = (
        text("县（市、区）", 1.4),
        Column("年度考核教师", "人"),
        Column("年度已达到" if facts.is_open else "年度达标率"),
        Column("上年达标率"),
        Column("周期考核教师", "人"),
        Column("周期达标率"),
        Column("预警占比"),
    )
    return table("all_attainment", f"{facts.year}年各县（市、区）教师达标情况", columns, rows)


def _dimensions(facts: Facts) -> Iterator[Table]:
    """Participation by level and stage; by kind it stands in the document."""
    for dimension in ("level", "stage"):
        rows = facts.participation(dimension, facts.year)
        made: list[list[Cell]] = [
            [
                plain(value),
                *(
                    facts.number(one, row[key], f"{dimension}/{value}", hidden=row["suppression"])
                    for key, one in (("records", of.RECORDS), ("trained", of.TRAINED), ("hours", of.HOURS))
                ),
            ]
            for value, row in sorted(rows.items())
        ]
        word = DIMENSIONS[dimension]
        columns = (text(word, 1.4), Column("参训", "人次"), Column("参训教师", "人"), Column("登记学时", "学时"))
        yield from table(f"by_{dimension}", f"{facts.year}年参训情况（按{word}）", columns, made)


def _clauses(facts: Facts) -> list[Table]:
    rows: list[list[Cell]] = [
        [
            row["clause_id"],
            plain(row["title"]),
            source(row),
            STATUS.get(row["status"], plain(row["status"])),
            facts.reason(row),
        ]
        for row in facts.clauses.values()
    ]
    columns = (text("条款编号", 2), text("要求", 3), text("依据", 2), text("状态"), text("说明", 2.6))
    tally = Counter(row["status"] for row in facts.clauses.values())
    told = "，".join(f"{word}{tally[status]}条" for status, word in STATUS.items())
    return table("clause_list", "条款目录与核算状态", columns, rows, f"共{len(rows)}条：{told}。")


def _documents(facts: Facts) -> list[Table]:
    """The documents clause ids begin with."""
    book = load_policies().documents
    found = dict.fromkeys(row["document"] for row in facts.clauses.values())
    rows = [
        (name, plain(book[name].title), plain(book[name].doc_no)) if name in book else (name, "—", "—")
        for name in found
    ]
    columns = (text("编号", 1.2), text("文件", 3.4), text("文号", 1.8))
    return table("documents", "条款编号所指文件", columns, rows)


_COUNTS = ("rows_read", "rows_staged", "rows_rejected", "rows_duplicate", "rows_dropped_total")


def _quality(facts: Facts) -> Iterator[Table]:
    counts = facts.region.table("audit.row_counts")
    if counts.height:
        sums = counts.group_by("table_name").agg(pl.col(name).sum() for name in _COUNTS).sort("table_name")
        rows: list[tuple[Cell, ...]] = [
            (_title(row["table_name"]), *(_rows_told(facts, row["table_name"], name, row[name]) for name in _COUNTS))
            for row in sums.iter_rows(named=True)
        ]
        heads = (Column(name, "行") for name in ("读入", "入库", "退回", "重复", "合计行"))
        note = "读入＝入库＋退回＋重复＋合计行，逐文件平衡。每行涉及一名教师或一份答卷的，行数取到十位。"
        yield from table("row_counts", "数据的去向", (text("数据表", 1.8), *heads), rows, note)
    yield from _rejects(facts)


def _rows_told(facts: Facts, table_name: str, name: str, rows: int) -> Number:
    """Rows of a table; of one about people down to tens, as on pages. What was refused is told as it is."""
    where = f"{table_name}/{name}"
    if name == "rows_rejected" or rows == 0 or table_name not in tables_of_people():
        return facts.number(of.ROWS, rows, where)
    told = people_floor(rows)
    return facts.number(of.ROWS, told or rows, where, hidden=None if told else HIDDEN)


def _title(name: str) -> str:
    contract = staging_contracts().get(name)
    return contract.title if contract else plain(name)


def _rejects(facts: Facts) -> list[Table]:
    rejects = facts.region.table("marts.public_reject")
    if rejects.is_empty():
        return []
    sums = (
        rejects.group_by("table_name", "reason", "severity")
        .agg(pl.col("count").sum())
        .sort("count", "table_name", "reason", descending=[True, False, False])
    )
    rows: list[tuple[Cell, ...]] = [
        (
            _title(row["table_name"]),
            plain(row["reason"]),
            {"row": "行", "cell": "单元格"}.get(row["severity"], plain(row["severity"])),
            facts.number(of.REJECTS, row["count"], f"{row['table_name']}/{row['reason']}/{row['severity']}"),
        )
        for row in sums.iter_rows(named=True)
    ]
    columns = (text("数据表", 1.2), text("原因", 3.6), text("范围", 0.7), Column("数量"))
    note = "退回的行不计入任何统计；退回的单元格按缺失处理，该行其他内容照常计入。"
    return table("rejects", "被退回的数据及原因", columns, rows, note)


def _revisions(facts: Facts, earlier: Earlier | None) -> list[Table]:
    """Figures of last year that now read otherwise than when they were published."""
    if earlier is None:
        return []
    shared = [number for id_, number in facts.made.items() if id_ in earlier.figures]
    changed = [number for number in shared if number.text != earlier.figures[number.id]]
    rows: list[tuple[Cell, ...]] = [
        (one.indicator.title, _place(facts, one), plain(earlier.figures[one.id]), one) for one in changed
    ]
    columns = (text("指标", 2), text("地区与期间", 2.2), text("当时公布"), Column("本次"))
    note = (
        f"与{facts.year - 1}年度报告（发布{plain(earlier.release)}）可比的数字{len(shared)}项，"
        f"不一致的{len(changed)}项，"
        "源于其后补登、更正的数据，或条款、口径版本的变化。"
    )
    made = rows or [("没有不一致的数字", "—", "—", None)]
    return table("revisions", f"与{facts.year - 1}年度报告不一致的数字", columns, made, note)


def _place(facts: Facts, number: Number) -> str:
    """The place and period in a number's id, in words where it is a unit's code."""
    parts = number.id.split("/")[1:]
    units = facts.region.by_id
    return " ".join(plain(units[part].name) if part in units else plain(part) for part in parts)
