"""Chapter five: how satisfied people were, with which institutions, and which need a person's look."""

from fractions import Fraction

from dashboards.report import figures as fig
from dashboards.report import indicators as of
from dashboards.report.content.common import FEWEST, chapter, part, table, text
from dashboards.report.facts import Facts, Row
from dashboards.report.model import Cell, Chart, Cite, Column, Number, Section, Series, Table, plain
from dashboards.report.requirements import Requirement, by_extent, requirements
from dashboards.report.rules import Named, say
from dashboards.site.measures import SATISFACTION
from dashboards.site.verdicts import mark

KEY = "institutions"
DRAWN = 14
"""So many institutions are drawn and listed in the chapter; the workbook has them all."""


def write(facts: Facts) -> Section:
    """The chapter."""
    figures = fig.satisfaction(facts) | triggers(facts, requirements(facts))
    rows = fig.rated(facts)
    return chapter(
        KEY,
        "satisfaction",
        figures,
        (
            part(
                KEY,
                "satisfaction",
                "总体",
                say("satisfaction", "lead", figures),
                say("satisfaction", "response", figures),
            ),
            part(
                KEY,
                "compare",
                "机构比较",
                say("satisfaction", "compare", figures),
                say("satisfaction", "crossed", figures),
                [] if facts.is_short else _chart(facts, rows),
                [] if facts.is_short else say("satisfaction", "types", figures),
                _types(facts, rows),
            ),
            part(
                KEY,
                "triggers",
                "处理条款与后续",
                say("satisfaction", "triggers", figures),
                say("satisfaction", "sanctions", figures),
                [] if facts.is_short else say("satisfaction", "follows", figures),
            ),
        ),
    )


def triggers(facts: Facts, found: list[Requirement]) -> Named:
    """Suspected triggers besides satisfaction that are not about people."""
    own = [one for one in found if one.clause["is_trigger"] and not one.is_of_people and one.is_judged]
    suspected = by_extent([one for one in own if one.missed.exact])
    most = max(suspected, key=lambda one: (one.missed.exact or 0, one.id), default=None)
    return {
        "triggers_judged": facts.number(of.REQUIREMENTS, len(own), "triggers"),
        "trigger_kinds": facts.number(of.REQUIREMENTS, len(suspected), "suspected"),
        "trigger": most.title if most else None,
        "trigger_count": most.missed if most else None,
        "trigger_unit": most.subject.unit if most else None,
        "cite": most.cite if most else Cite("all_requirements"),
    }


def interval(facts: Facts, row: Row) -> tuple[Number, Number]:
    """The ends of an institution's Wilson interval."""
    low, high = (None if row[side] is None else Fraction(str(row[side])) for side in ("wilson_low", "wilson_high"))
    return (
        facts.number(of.INTERVAL, low, f"{row['institution_id']}/low"),
        facts.number(of.INTERVAL, high, f"{row['institution_id']}/high"),
    )


def _chart(facts: Facts, rows: list[Row]) -> list[Chart]:
    if len(rows) < FEWEST:
        return []
    drawn = rows[-DRAWN:]
    title = f"{facts.year}年机构学员满意率及95%区间" + ("" if len(rows) <= DRAWN else f"（最低的{DRAWN}家）")
    ends = [interval(facts, row) for row in drawn]
    values = tuple(fig.satisfaction_of(facts, row) for row in drawn)
    names = tuple(fig.institution_name(row) for row in drawn)
    return [
        Chart(
            "intervals",
            title,
            f"区间图：{title}，图中最高{names[0]}{values[0].text}，最低{names[-1]}{values[-1].text}。",
            "intervals",
            names,
            (Series("学员满意率", values),),
            low=tuple(low for low, _ in ends),
            high=tuple(high for _, high in ends),
            limits=facts.limits(SATISFACTION, "界线"),
        )
    ]


def _types(facts: Facts, rows: list[Row]) -> list[Table]:
    """Like with like: institutions of one type together."""
    if facts.is_short:
        return []
    types = fig.by_type(facts, rows)
    made: list[list[Cell]] = []
    for name, rate in sorted(types.items(), key=lambda pair: (pair[1].exact or 0, pair[0])):
        of_type = [row for row in rows if row["institution_type"] == name]
        answers = sum(row["responses_valid"] for row in of_type)
        made.append(
            [
                plain(name),
                facts.number(of.RATED, len(of_type), f"type/{name}"),
                facts.number(of.ANSWERS, answers, f"type/{name}"),
                rate,
            ]
        )
    columns = (text("机构类型", 1.8), Column("可比机构", "家"), Column("有效答卷", "份"), Column("满意率"))
    return table("by_type", f"{facts.year}年各类机构学员满意率", columns, made if len(made) >= FEWEST else [])


def ranking(facts: Facts, rows: list[Row], key: str, title: str) -> list[Table]:
    """Institutions in the order given, with their interval and the system's first judgement."""
    made: list[list[Cell]] = []
    for row in rows:
        low, high = interval(facts, row)
        response = None if not row["invited"] else Fraction(row["responses"], row["invited"])
        made.append(
            [
                fig.institution_name(row),
                facts.number(of.ANSWERS, row["responses_valid"], row["institution_id"]),
                fig.satisfaction_of(facts, row),
                low,
                high,
                facts.number(of.RESPONSE, response, row["institution_id"]),
                mark(row["verdict"], is_trigger=True),
            ]
        )
    columns = (
        text("机构", 2.7),
        Column("有效答卷", "份", 0.9),
        Column("满意率", share=0.9),
        Column("区间下限", share=0.9),
        Column("区间上限", share=0.9),
        Column("参评率", share=0.9),
        text("系统初判", 1.4),
    )
    note = "区间为威尔逊95%区间。初判为“疑似触发”的待人工确认，不是处理决定。有效答卷不足10份的机构不列。"
    return table(key, title, columns, made, note)
