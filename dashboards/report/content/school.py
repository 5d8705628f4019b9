"""A school's page: its cycle beside its county and schools like it, and what follows. Nothing about single people."""

from collections.abc import Mapping
from fractions import Fraction

from dashboards.report import figures as fig
from dashboards.report import indicators as of
from dashboards.report.content.common import table, text
from dashboards.report.errors import NothingToReport
from dashboards.report.facts import Facts, Row
from dashboards.report.model import Block, Cell, Column, Number, Section, Table, plain
from dashboards.report.rules import Named, say
from dashboards.site.measures import CYCLE

KEY = "school"


def write(facts: Facts, school: str) -> Section:
    """The page.

    Raises:
        NothingToReport: the release has no cycle of this school that the year lies in.
    """
    rows = facts.schools_rows(school)
    own = [row for row in rows if fig.within(row["period"], facts.year)]
    if not own:
        raise NothingToReport(
            f"发布{facts.release.release_id}里没有学校 {plain(school)} 包含{facts.year}年的周期考核数据。"
        )
    row = own[0]
    figures = _figures(facts, row)
    blocks: list[Block] = [
        *say("school", "cycle", figures),
        *say("school", "rank", figures),
        *_table(facts, rows),
        *say("school", "follows", figures),
    ]
    return Section(KEY, f"{plain(row['school_name'])}{facts.year}年教师培训情况", tuple(blocks))


def _figures(facts: Facts, row: Row) -> Named:
    period = row["period"]
    is_over = facts.release.as_of.year > int(period[-4:])
    peers = [one for one in facts.region.schools.get(row["county_id"] or "", []) if _is_peer(one, row)]
    mine = _ratio(row)
    told = [value for one in peers if (value := _ratio(one)) is not None]
    place = f"{row['school_id']}/{period}"
    base = _count(facts, row, "denominator")
    met = _count(facts, row, "numerator")
    county = facts.region.by_id.get(row["county_id"] or "")
    return {
        "day": f"{facts.release.as_of:%Y年%-m月%-d日}",
        "period": fig.span(period),
        "cycle_state": "ended" if is_over else "running",
        "withheld": "yes" if row["suppression"] else "no",
        "base": base,
        "met": met,
        "missed": facts.missed(of.CYCLE_COUNT, base, met),
        "rate": facts.of_share(of.CYCLE_RATE, row, place),
        "county": plain(county.name) if county else "全县",
        "county_rate": facts.share(of.CYCLE_RATE, CYCLE, county, period) if county else None,
        "kind": plain(row["school_type"]) or "学校",
        "peers": _schools(facts, len(told) if mine is not None else None, place, "peers"),
        "above": _schools(facts, None if mine is None else sum(one > mine for one in told), place, "above"),
        "below": _schools(facts, None if mine is None else sum(one < mine for one in told), place, "below"),
    }


def _schools(facts: Facts, value: int | None, place: str, what: str) -> Number:
    return facts.number(of.SCHOOLS, value, f"{place}/{what}")


def _count(facts: Facts, row: Row, side: str) -> Number:
    return facts.side(of.CYCLE_COUNT, row, f"{row['school_id']}/{row['period']}/{side}", side)


def _is_peer(one: Row, row: Mapping[str, object]) -> bool:
    return one["school_type"] == row["school_type"] and one["period"] == row["period"] and _ratio(one) is not None


def _ratio(row: Mapping[str, object]) -> Fraction | None:
    """The exact ratio where the counts are told; a coarse one ranks nobody."""
    numerator, denominator = row["numerator"], row["denominator"]
    if not isinstance(numerator, int) or not isinstance(denominator, int) or not denominator:
        return None
    return Fraction(numerator, denominator)


def _table(facts: Facts, rows: list[Row]) -> list[Table]:
    made: list[list[Cell]] = []
    for row in sorted(rows, key=lambda row: row["period"]):
        is_over = facts.release.as_of.year > int(row["period"][-4:])
        rate = facts.of_share(of.CYCLE_RATE, row, f"{row['school_id']}/{row['period']}")
        made.append(
            [
                f"{fig.span(row['period'])}年",
                "已结束" if is_over else "进行中",
                _count(facts, row, "denominator"),
                _count(facts, row, "numerator"),
                rate if is_over else None,
            ]
        )
    columns = (text("周期", 1.4), text("状态"), Column("参加考核", "人"), Column("已达到要求", "人"), Column("达标率"))
    return table("school_cycles", "本校教师周期考核情况", columns, made)
