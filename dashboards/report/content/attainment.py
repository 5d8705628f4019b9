"""Chapter two: who reached the year's and the cycle's requirement, where, and what those who did not lack."""

from collections.abc import Sequence

from dashboards.report import figures as fig
from dashboards.report import indicators as of
from dashboards.report.content.common import FEWEST, YEARS, chapter, part, table, text, trend
from dashboards.report.facts import Facts
from dashboards.report.model import Block, Cell, Chart, Column, Section, Table, plain
from dashboards.report.rules import Figures, joined, phrase, say
from dashboards.site.measures import ANNUAL, CYCLE

KEY = "credits"
SHORT_LIST = 5
OUTCOMES = {
    "met": "达标",
    "not_met:学分": "未达标：只缺学分",
    "not_met:学时": "未达标：只缺学时",
    "not_met:两者": "未达标：学分学时都缺",
    "in_progress": "进行中",
    "undetermined": "无法判定",
    "not_applicable": "不适用（周期内未满考核年限）",
}


def write(facts: Facts) -> Section:
    """The chapter; where the law asks no amount, only totals."""
    figures = fig.attainment(facts)
    if figures["asked"] == "no":
        said = (say("attainment", "annual", figures), say("attainment", "totals", figures))
        return chapter(KEY, "attainment", figures, (part(KEY, "totals", "登记情况", *said),))
    return chapter(
        KEY,
        "attainment",
        figures,
        (
            part(
                KEY, "year", "年度达标", say("attainment", "annual", figures), [] if facts.is_short else _years(facts)
            ),
            part(KEY, "cycle", "周期达标", say("attainment", "cycle", figures), say("attainment", "forecast", figures)),
            part(KEY, "places", "地区比较", _compared(facts, figures), _places(facts)),
            part(
                KEY,
                "shortfall",
                "原因与后续",
                _causes(figures, ("cause",) if facts.is_short else ("cause", "kinds", "stages")),
                [] if facts.is_short else _kinds(facts),
                [] if facts.is_short else say("attainment", "follows", figures),
            ),
        ),
    )


def _compared(facts: Facts, figures: Figures) -> list[Block]:
    """Places by the cycle and by the year; in a report of a few pages by the cycle where it is over."""
    groups = (("cycle_places", "cycle_funnel"), ("annual_places", "annual_funnel"))
    leads = ("周期达标率，", "年度达标率，")
    found: list[Block] = []
    for lead, (places, funnel) in zip(leads, groups, strict=True):
        first, second = phrase("attainment", places, figures), phrase("attainment", funnel, figures)
        if first.parts and not str(first.parts[0]).startswith("各"):
            first = type(first)((lead, *first.parts), first.why)
        found += joined(first, second)
        if found and facts.is_short:
            break
    return found


def _causes(figures: Figures, groups: Sequence[str]) -> list[Block]:
    said = [phrase("attainment", group, figures) for group in groups]
    return [paragraph for one in said for paragraph in joined(one)]


def _years(facts: Facts) -> list[Chart]:
    last = facts.year - 1 if facts.is_open else facts.year
    years = [year for year in facts.years if last - YEARS < year <= last]
    values = [facts.share(of.YEARLY, ANNUAL, facts.unit, str(year)) for year in years]
    title = f"{years[0]}—{years[-1]}年教师年度达标率" if years else ""
    return trend("annual_trend", title, years, values, "年度达标率")


def outcomes(facts: Facts) -> list[Table]:
    rows = {row["outcome"]: row for row in facts.region.outcomes.get((facts.unit.id, facts.cycle or ""), [])}
    made = [
        (OUTCOMES.get(name, plain(name)), facts.outcome(row, name)) for name, row in sorted(rows.items(), key=_order)
    ]
    title = f"{fig.span(facts.cycle or '')}年周期考核情况"
    return table("outcomes", title, (text("考核情况", 2.4), Column("教师", "人")), made)


def _order(pair: tuple[str, object]) -> tuple[int, str]:
    known = list(OUTCOMES)
    return (known.index(pair[0]) if pair[0] in known else len(known), pair[0])


def _places(facts: Facts) -> list[Table]:
    if len(facts.parts) < FEWEST:
        return []
    year, period = str(facts.year), facts.cycle or ""
    ended = bool(period) and facts.release.as_of.year > int(period[-4:])
    last = [] if facts.is_open else [Column("上年", share=0.9)]
    of_cycle = [Column("周期考核", "人"), Column("周期达标率", share=1.1)] if ended else [Column("预警占比", share=1.1)]
    columns = (
        text(facts.part_word, 1.4),
        Column("年度考核", "人"),
        Column("年度已达到" if facts.is_open else "年度达标率", share=1.1),
        *last,
        *of_cycle,
    )
    rows = []
    for unit in facts.parts:
        row: list[Cell] = [
            plain(unit.name),
            facts.part_of(of.YEARLY_COUNT, ANNUAL, unit, year, "denominator"),
            facts.share(of.YEARLY, ANNUAL, unit, year),
        ]
        if not facts.is_open:
            row.append(facts.share(of.YEARLY, ANNUAL, unit, str(facts.year - 1)))
        if ended:
            row += [
                facts.part_of(of.CYCLE_COUNT, CYCLE, unit, period, "denominator"),
                facts.share(of.CYCLE_RATE, CYCLE, unit, period),
            ]
        else:
            row.append(facts.of_share(of.BEHIND, facts.at_risk(unit, period), f"{unit.id}/{period}"))
        rows.append(row)
    ranked = sorted(rows, key=lambda row: _worst_first(row[-1]))
    what = "周期达标率" if ended else "预警占比"
    title = f"{facts.year}年各{facts.part_word}教师达标情况（按{what}排列）"
    return table(
        "attainment_places",
        title,
        columns,
        (ranked if ended else ranked[::-1])[: SHORT_LIST if facts.is_short else None],
    )


def _worst_first(cell: Cell) -> tuple[bool, float]:
    exact = getattr(cell, "exact", None)
    return (exact is None, float(exact or 0))


def _kinds(facts: Facts) -> list[Table]:
    """What those lacked who missed the cycle, only where it is over."""
    period = facts.cycle or ""
    if not period or facts.release.as_of.year <= int(period[-4:]):
        return []
    rows = [
        row
        for row in facts.region.shortfalls.get(facts.unit.id, [])
        if row["period"] == period and row["cause"] in fig.CAUSES
    ]
    made = [
        (
            fig.CAUSES[row["cause"]],
            facts.number(of.CAUSE, row["teachers"], f"{period}/{row['cause']}", hidden=row["suppression"]),
        )
        for row in rows
    ]
    made.sort(key=lambda pair: (-(pair[1].exact or 0), pair[0]))
    shown = [pair for pair in made if pair[1].exact != 0]
    title = f"{fig.span(period)}年周期未达标教师的情形"
    return table("causes", title, (text("情形", 2.6), Column("教师", "人")), shown, "同一人可有几种情形，各计一次。")
