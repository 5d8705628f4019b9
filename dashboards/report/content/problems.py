"""Chapter seven: problems and what is to be done, as a table made from the conclusions, and the five of the summary.

A problem's weight is the part of all subjects of its kind that it touches: people of those assessed, counties of those
with projects, projects of all projects. So problems of people and of places stand in one order.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Final

from dashboards.report import figures as fig
from dashboards.report import indicators as of
from dashboards.report.content.common import chapter, part, table, text
from dashboards.report.facts import Facts
from dashboards.report.model import Cell, Cite, Column, Number, Section, Table
from dashboards.report.requirements import Requirement, by_extent, requirements, source, weight
from dashboards.report.rules import Named, Phrase, Value, phrase, say
from dashboards.site.measures import ANNUAL, COVERAGE, CYCLE, SATISFACTION, Measure

KEY = "advice"
LISTED: Final = {"province": 15, "city": 3, "county": 4}
NOTICE: Final = 90
"""Days between the release and the nearest day by which something may be asked."""


@dataclass(frozen=True)
class Problem:
    """One problem: how far it reaches, where it stands in the law, who answers for it, what became of it."""

    title: str
    sentence: Phrase
    extent: Number
    unit: str
    share: Number
    weight: Fraction
    source: str
    responsible: str
    before: Number | None = None
    is_headline: bool = False
    is_once: bool = False
    """Whether it is concluded once for several years: then there is no last year's state of it."""

    def state(self, facts: Facts) -> str:
        """What became of it since last year: 整改情况."""
        if self.is_once:
            return "按周期作结论，不与上年比"
        if not facts.compares:
            return "年度未结束，不比较" if facts.is_open else "上年没有数据"
        if self.extent.hidden or (self.before is not None and self.before.hidden):
            return "人数较少，不比较"
        if self.before is None or not self.before.is_known or self.extent.exact is None or self.before.exact is None:
            return "上年没有结论"
        more = self.extent.exact - self.before.exact
        count = self.before.text
        if not self.before.exact:
            return "上年没有，新出现"
        moved = "持平" if not more else f"减少{abs(more)}" if more < 0 else f"增加{more}"
        return f"上年{count}，{moved}"


def problems(facts: Facts) -> list[Problem]:
    """Every problem of the region's year, the widest first."""
    heads = (replace(one, is_headline=True) for one in _headlines(facts))
    found = [
        *heads,
        *(_of_requirement(facts, one) for one in by_extent(requirements(facts)) if one.is_problem),
    ]
    return sorted(found, key=lambda one: (-one.weight, -(one.extent.exact or 0), one.title))


def foremost(found: list[Problem], most: int) -> list[Problem]:
    """The problems of a summary: those of the headline measures, and the widest others up to the number.

    They stand in the order of how many people, projects or units they touch, as the questions on pages do.
    """
    told = [one for one in found if one.sentence.parts]
    heads = [one for one in told if one.is_headline][:most]
    others = [one for one in told if not one.is_headline][: most - len(heads)]
    return sorted([*heads, *others], key=lambda one: (-(one.extent.exact or 0), -one.weight, one.title))


def write(facts: Facts) -> Section:
    """The chapter."""
    found = problems(facts)
    listed = found[: LISTED[facts.unit.kind]]
    figures = _figures(facts, found, len(listed))
    title = f"{facts.year}年问题与建议"
    return chapter(
        KEY,
        "problems",
        figures,
        (
            part(
                KEY,
                "table",
                "问题清单",
                say("problems", "lead", figures),
                say("problems", "again", figures),
                problem_table(facts, listed, "problems", title),
            ),
        ),
    )


def _figures(facts: Facts, found: list[Problem], listed: int) -> Named:
    more = {one.title: _moved(one) for one in found}
    known = [value for value in more.values() if value is not None]

    def count(value: int, what: str) -> Number:
        return facts.number(of.PROBLEMS, value, what)

    return fig.common(facts) | {
        "concluded": concluded(facts),
        "problems": count(len(found), "all"),
        "listed": count(listed, "listed"),
        "eased": count(sum(value < 0 for value in known), "eased"),
        "worsened": count(sum(value > 0 for value in known), "worsened"),
        "level": count(sum(value == 0 for value in known), "level"),
        "once": count(sum(one.is_once for one in found), "once"),
        "fresh": count(len(found) - len(known) - sum(one.is_once for one in found), "fresh"),
        "cite": Cite("all_problems"),
        "gap_place": fig.gap_place(facts),
    }


def concluded(facts: Facts) -> Number:
    """How many requirements have a conclusion that may be told."""
    duties = [one for one in requirements(facts) if one.is_judged and not one.clause["is_trigger"]]
    people, checks, pleased = fig.attainment(facts), fig.spot_check(facts), fig.satisfaction(facts)
    headlines = (
        people["asked"] == "yes" and not facts.is_open and _told(people["annual"]),
        people["asked"] == "yes" and people["cycle_state"] == "ended" and _told(people["cycle"]),
        checks["asked"] == "yes" and _some(checks["judged"]),
        pleased["asked"] == "yes" and _some(pleased["rated"]),
    )
    return facts.number(of.REQUIREMENTS, len(duties) + sum(headlines), "concluded")


def _told(value: Value) -> bool:
    return isinstance(value, Number) and value.is_known


def _moved(one: Problem) -> Fraction | None:
    """By how much a problem grew since last year; None where there was none, or nothing is known of it."""
    if one.before is None or not one.before.exact or one.extent.exact is None:
        return None
    return one.extent.exact - one.before.exact


def problem_table(facts: Facts, found: list[Problem], key: str, title: str) -> list[Table]:
    """Problems as the office lists them."""
    due = due_day(facts)
    rows: list[list[Cell]] = [
        [
            str(place),
            one.title,
            "少数教师" if one.extent.hidden else f"{one.extent.text}{one.unit}",
            one.share,
            one.source,
            one.responsible,
            f"{due:%Y年%-m月}底",
            one.state(facts),
        ]
        for place, one in enumerate(found, start=1)
    ]
    columns = (
        text("序", 0.5),
        text("问题", 2.7),
        text("涉及", 1.1),
        Column("占比", share=0.95),
        text("依据", 1.8),
        text("责任单位", 1.5),
        text("时限", 1.1),
        text("上年情况", 1.3),
    )
    note = "占比为所涉对象占有结论（应考核、有项目）的对象的比例；次序按所涉对象占全部同类对象的比例排列。"
    return table(key, title, columns, rows, note)


def due_day(facts: Facts) -> date:
    """By when: the end of an open year, else the next half-year's end that leaves three months."""
    if facts.is_open:
        return date(facts.year, 12, 31)
    day = facts.release.as_of
    ends = (date(day.year + add, *month) for add in (0, 1) for month in ((6, 30), (12, 31)))
    return next(end for end in ends if (end - day).days >= NOTICE)


def _headlines(facts: Facts) -> Iterator[Problem]:
    """Problems of the headline measures."""
    people, checks, pleased = fig.attainment(facts), fig.spot_check(facts), fig.satisfaction(facts)
    if people["asked"] == "yes":
        yield from _attainment(facts, people)
    if checks["asked"] == "yes":
        yield from _spot_check(facts, checks)
    if pleased["asked"] == "yes":
        yield from _satisfaction(facts, pleased)


def _clause(facts: Facts, measure: Measure) -> str:
    rows = list(facts.region.clauses_of(measure, facts.unit)) or [
        facts.clauses[id_] for id_ in measure.clauses if id_ in facts.clauses
    ]
    return "；".join(dict.fromkeys(source(row) for row in rows[:2]))


def _attainment(facts: Facts, people: Named) -> Iterator[Problem]:
    period = people["cycle_period"]
    if people["cycle_state"] == "ended":
        reach = _reach(facts, people["cycle_missed"], people["cycle"], "cycle")
        ends: Named = {
            "least": people["cycle_least"],
            "rate": people["cycle"],
            "lowest": people["cycle_lowest"],
            **_worst(people),
        }
        said = _of_people("cycle", reach, {**ends, "period": period, "places": people["places"]})
        found = _problem(f"{period}年周期教师未达标", said, reach, _clause(facts, CYCLE))
        yield from (replace(one, is_once=True) for one in found)
    if people["cycle_state"] == "running":
        pace = (people["risk_count"], people["risk"])
        said = phrase("finding", "risk", {"period": period, "missed": pace[0], "share": pace[1]})
        yield from _problem(f"按目前进度推算，{period}年周期达不到要求", said, pace, _clause(facts, CYCLE))
    if not facts.is_open:
        reach = _reach(facts, people["annual_missed"], people["annual"], "annual")
        ends = {
            "worst_rate": None,
            "worst": None,
            "least": people["annual_least"],
            "rate": people["annual"],
            "lowest": people["annual_lowest"],
            "kind": people["kind"],
        }
        said = _of_people("annual", reach, {**ends, "places": people["places"]})
        before = facts.missed_of(ANNUAL, of.YEARLY_COUNT, facts.year - 1)
        yield from _problem(f"教师年度{facts.amounts}未达标", said, reach, _clause(facts, ANNUAL), before)


def _worst(people: Named) -> Named:
    return {name: people[name] for name in ("kind", "worst", "worst_rate")}


def _reach(facts: Facts, missed: Value, rate: Value, what: str) -> tuple[Value, Value]:
    """How many missed something, and their share: what the rate of those who did not leaves."""
    if not isinstance(missed, Number) or not isinstance(rate, Number) or rate.exact is None or rate.is_coarse:
        return None, None
    return missed, facts.number(of.MISSED_SHARE, 1 - rate.exact, what)


def _of_people(group: str, reach: tuple[Value, Value], given: Named) -> Phrase:
    missed, share = reach
    lowest = phrase("finding", "cycle_lowest", given)
    return phrase("finding", group, {**given, "missed": missed, "share": share, "lowest_said": lowest})


def _some(number: Value) -> bool:
    return isinstance(number, Number) and number.is_known and bool(number.exact)


def _problem(
    title: str, said: Phrase, reach: tuple[Value, Value], where: str, before: Number | None = None
) -> Iterator[Problem]:
    """A problem of people, where somebody is known to have it."""
    extent, share = reach
    if isinstance(extent, Number) and isinstance(share, Number) and _some(share):
        yield Problem(title, said, extent, "人", share, share.exact or Fraction(0), where, "学校和教师本人", before)


def _spot_check(facts: Facts, checks: Named) -> Iterator[Problem]:
    short = checks["behind"] if facts.is_open else checks["short"]
    placed = checks["placed"]
    if not _some(short) or not isinstance(short, Number) or not isinstance(placed, Number):
        return
    share = facts.ratio(of.MISSED_SHARE, short, placed, "spot_check")
    said = phrase("finding", "spot_check", {**checks, "share": share})
    last = list(fig.quota_rows(facts, facts.year - 1).values())
    before = facts.number(
        of.COUNTIES, sum(bool(row["gap"]) for row in last) if last else None, "short", year=facts.year - 1
    )
    title = "项目抽查未达到规定比例" if not facts.is_open else "项目抽查尚未达到规定比例"
    yield Problem(
        title,
        said,
        short,
        "个县（市、区）",
        share,
        share.exact or Fraction(0),
        _clause(facts, COVERAGE),
        "县级教育行政部门",
        before,
    )


def _satisfaction(facts: Facts, pleased: Named) -> Iterator[Problem]:
    low, rated = pleased["crossed"], pleased["rated"]
    if not _some(low) or not isinstance(low, Number) or not isinstance(rated, Number):
        return
    share = facts.ratio(of.MISSED_SHARE, low, rated, "satisfaction")
    said = phrase("finding", "satisfaction", {"crossed": low, "share": share, "names": pleased["crossed_names"]})
    title = "学员满意率低于提请核查的界线（疑似）"
    yield Problem(
        title, said, low, "家机构", share, share.exact or Fraction(0), _clause(facts, SATISFACTION), "有关培训机构"
    )


def _of_requirement(facts: Facts, one: Requirement) -> Problem:
    unit = one.subject.unit
    given: Named = {
        "title": one.title,
        "missed": one.missed,
        "unit": unit,
        "share": one.missed_share,
        "moved": one.moved(facts),
    }
    said = phrase("finding", "requirement", given)
    return Problem(
        one.title,
        said,
        one.missed,
        one.subject.unit,
        one.missed_share,
        weight(one),
        source(one.clause),
        one.subject.responsible,
        one.before,
    )
