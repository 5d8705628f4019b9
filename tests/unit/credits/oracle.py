"""Credit arithmetic once more, read off the documents: loops and fractions, one teacher at a time.

It shares no code, no numbers and no order of steps with `models`: what it says is compared with what the frames
say. Slow and plain on purpose. Nothing of the warehouse may import it.
"""

import calendar
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import floor
from typing import Any

Row = dict[str, Any]

CYCLES = {
    "HI-2017": [(2016, 2020), (2021, 2025)],
    "ZJ-2016": [(2016, 2020), (2021, 2025)],
    "WZ-2012": [(2011, 2015), (2016, 2020), (2021, 2025)],
    "CQ-2013": [(2011, 2015), (2016, 2020), (2021, 2025)],
}
A_DAY = {"国": Fraction(2), "省": Fraction(3, 2), "市": Fraction(1), "县": Fraction(1)}
A_PERIOD = {"国": 4, "省": 3, "市": 2, "县": 2, "校": 1}
PROJECT_LEVEL = {"国家级": "国", "省级": "省", "地市级": "市", "县级": "县", "校级": "校"}
SENT_BY = {"国": "国", "省": "省", "市县": "县", "校": "校"}


@dataclass
class Year:
    """What one teacher has in one calendar year."""

    hours: Fraction = Fraction(0)
    credits: Fraction = Fraction(0)
    lost_project: Fraction = Fraction(0)
    lost_school: Fraction = Fraction(0)
    school_based_hours: Fraction = Fraction(0)
    cycle_hours: Fraction = Fraction(0)
    cycle_credits: Fraction = Fraction(0)
    cycle_school_based_hours: Fraction = Fraction(0)
    unknown: int = 0
    records: int = 0


@dataclass
class Cycle:
    """What one teacher has in one cycle."""

    hours: Fraction = Fraction(0)
    credits: Fraction = Fraction(0)
    school_based_hours: Fraction = Fraction(0)
    longest: Fraction = Fraction(0)
    unknown: int = 0
    verdict: str = ""
    short: str | None = None


@dataclass
class Answer:
    """Everything about one teacher."""

    lines: dict[str, tuple[str, Fraction, Fraction | None, int]] = field(default_factory=dict)
    years: dict[int, Year] = field(default_factory=lambda: defaultdict(Year))
    cycles: dict[str, Cycle] = field(default_factory=dict)


def settle(
    system: str, teacher: Row | None, records: list[Row], projects: dict[str, Row], years: range, as_of: date
) -> Answer:
    """Settle one teacher. `records` and `teacher` are rows as staged; amounts are Decimals or None."""
    answer = Answer()
    kept = _keep(system, records, projects, answer)
    for record in kept:
        year = answer.years[record["year"]]
        share = _share(system, record)
        year.records += 1
        year.hours += record["worth_hours"]
        year.cycle_hours += record["worth_hours"] * share
        if "校本" in (record["category"], record["source_type"]):
            year.school_based_hours += record["worth_hours"]
            year.cycle_school_based_hours += record["worth_hours"] * share
        if record["worth_credits"] is None and system != "WZ-2012":
            year.unknown += 1
    for number, credits_ in _after_caps(system, kept, answer).items():
        answer.years[number].credits = credits_
    for record in kept:
        known = record["worth_credits"] or Fraction(0)
        answer.years[record["year"]].cycle_credits -= known * (1 - _share(system, record))
    for year in answer.years.values():
        year.cycle_credits += year.credits
    for first, last in CYCLES[system]:
        if any(first <= number <= last for number in years):
            answer.cycles[f"{first}-{last}"] = _cycle(system, teacher, kept, answer, first, last, as_of)
    return answer


def _keep(system: str, records: list[Row], projects: dict[str, Row], answer: Answer) -> list[Row]:
    eligible = []
    for row in records:
        project = projects.get(row["project_id"], {})
        level = row["level"]
        if system == "HI-2017" and row["source_type"] == "跟班" and project.get("dispatch_org_level"):
            level = SENT_BY[project["dispatch_org_level"]]
        record = row | {"own_level": level, "project": project}
        record["year"] = _year_of(record)
        registered = row["status"] in ("已登记", "市县已审", "省已认定") and row["completion"] == "合格"
        too_short = system == "HI-2017" and row["source_type"] == "师徒" and not _two_months(row)
        if not registered or too_short:
            answer.lines[row["record_id"]] = ("ineligible", Fraction(0), Fraction(0), record["year"])
        else:
            eligible.append(record)
    kept = []
    for record in eligible:
        rivals = [other for other in eligible if other["project_id"] == record["project_id"]]
        if record["project_id"] and _fit(record) > min(_fit(other) for other in rivals):
            answer.lines[record["record_id"]] = ("quarantine", Fraction(0), Fraction(0), record["year"])
            continue
        record["worth_hours"], record["worth_credits"] = _worth(system, record)
        is_known = record["worth_credits"] is not None or system == "WZ-2012"
        status = "ok" if is_known else "need_table"
        answer.lines[record["record_id"]] = (status, record["worth_hours"], record["worth_credits"], record["year"])
        kept.append(record)
    return kept


def _year_of(record: Row) -> int:
    if record["makeup_for_year"] is not None and record["own_level"] != "校":
        return int(record["makeup_for_year"])
    if record["project"].get("split_year_registration") and record["credit_year"] is not None:
        return int(record["credit_year"])
    if record["certificate_date"] is not None:
        return int(record["certificate_date"].year)
    return int(record["end_date"].year)


def _two_months(row: Row) -> bool:
    start, end = row["start_date"], row["end_date"]
    if start is None:
        return False
    year, month = (start.year, start.month + 2) if start.month <= 10 else (start.year + 1, start.month - 10)
    last = calendar.monthrange(year, month)[1]
    return bool(end >= date(year, month, min(start.day, last)))


def _fit(record: Row) -> int:
    """0 = registered at the project's own level, 1 = city for county or the reverse, 2 = another level."""
    asked = PROJECT_LEVEL.get(record["project"].get("level"))
    if asked is None or asked == record["level"]:
        return 0
    return 1 if {asked, record["level"]} == {"市", "县"} else 2


def _worth(system: str, record: Row) -> tuple[Fraction, Fraction | None]:  # noqa: PLR0911 one way out per paragraph
    hours = Fraction(record["hours"])
    registered = None if record["credits"] is None else Fraction(record["credits"])
    if system == "WZ-2012":
        return hours, None
    if system != "HI-2017":
        return hours, registered
    source, level = record["source_type"], record["own_level"]
    if source == "师徒":
        return Fraction(60), registered
    if source == "主讲":
        return hours, hours * A_PERIOD[level]
    if level == "校":
        return hours, registered
    if source in ("集中", "跟班", "教研活动"):
        return hours, _by_days(hours, level)
    if source == "网络":
        return hours, hours / 10
    if source == "混合" and record["hours_online"] is not None and Fraction(record["hours_online"]) <= hours:
        online = Fraction(record["hours_online"])
        return hours, _by_days(hours - online, level) + online / 10
    return hours, registered


def _by_days(hours: Fraction, level: str) -> Fraction:
    days = floor(hours / 8)
    return days * A_DAY[level] + min((hours - 8 * days) / 5, A_DAY[level])


def _after_caps(system: str, kept: list[Row], answer: Answer) -> dict[int, Fraction]:
    open_credits: dict[int, Fraction] = defaultdict(Fraction)
    pool: dict[int, Fraction] = defaultdict(Fraction)
    left: dict[str, Fraction] = {}
    pooled = ("校本", "考试", "主讲", "网络", "集中", "跟班", "混合", "教研活动")
    for record in sorted(kept, key=lambda row: (row["year"], row["end_date"], row["own_level"] == "校")):
        worth = record["worth_credits"] or Fraction(0)
        if system == "HI-2017" and record["source_type"] in ("集中", "跟班", "网络", "混合", "教研活动"):
            key = record["project_id"] or "record " + record["record_id"]
            counted = min(worth, left.get(key, Fraction(10)))
            left[key] = left.get(key, Fraction(10)) - counted
            answer.years[record["year"]].lost_project += worth - counted
            worth = counted
        is_pooled = system == "HI-2017" and record["own_level"] == "校" and record["source_type"] in pooled
        (pool if is_pooled else open_credits)[record["year"]] += worth
    for number, amount in pool.items():
        answer.years[number].lost_school = max(amount - 6, Fraction(0))
    return {number: open_credits[number] + min(pool[number], Fraction(6)) for number in {*pool, *open_credits}}


def _share(system: str, record: Row) -> Fraction:
    shares = {
        "WZ-2012": {"新任教师": Fraction(0), "任职资格": Fraction(0)},
        "ZJ-2016": {"新任教师": Fraction(0), "任职资格": Fraction(1, 2)},
    }
    return shares.get(system, {}).get(record["category"], Fraction(1))


def assessed(teacher: Row | None, year: int) -> bool | None:
    """Whether a teacher is assessed in a year; None when it can't be told."""
    if teacher is None:
        return None
    if teacher["status"] != "在职" or not teacher["is_in_scope"]:
        return False
    if teacher["transfer_date"] is not None and year <= teacher["transfer_date"].year:
        return False
    if teacher["hire_date"] is None:
        return None
    return bool(year > teacher["hire_date"].year)


def _expected(teacher: Row | None, first: int, last: int) -> list[int]:
    """The years of a cycle after hiring and arrival, as far as known."""
    dates = [] if teacher is None else [teacher["hire_date"], teacher["transfer_date"]]
    return [year for year in range(first, last + 1) if all(day is None or year > day.year for day in dates)]


def _cycle(
    system: str, teacher: Row | None, kept: list[Row], answer: Answer, first: int, last: int, as_of: date
) -> Cycle:
    cycle = Cycle()
    for number, year in answer.years.items():
        if first <= number <= last:
            cycle.hours += year.cycle_hours
            cycle.credits += year.cycle_credits
            cycle.school_based_hours += year.cycle_school_based_hours
            cycle.unknown += year.unknown
    by_project: dict[str, Fraction] = defaultdict(Fraction)
    for record in kept:
        if record["source_type"] == "集中" and first <= record["year"] <= last and _share(system, record) > 0:
            by_project[record["project_id"] or "record " + record["record_id"]] += record["worth_hours"]
    cycle.longest = max(by_project.values(), default=Fraction(0))
    cycle.short, cycle.verdict = _verdict(system, teacher, cycle, answer, (first, last), as_of)
    return cycle


def _verdict(  # noqa: C901, PLR0911 one way out per rule
    system: str, teacher: Row | None, cycle: Cycle, answer: Answer, span: tuple[int, int], as_of: date
) -> tuple[str | None, str]:
    first, last = span
    if system == "CQ-2013":
        return None, "undetermined"
    hours_short = credits_short = credits_open = False
    if system == "HI-2017":
        hours_short = cycle.hours < 360
        credits_short = cycle.credits < 50 and not cycle.unknown
        credits_open = cycle.credits < 50 and cycle.unknown > 0
    if system == "WZ-2012":
        hours_short = cycle.hours < 360 or cycle.school_based_hours < 120 or cycle.longest < 90
    binding_open = credits_open
    if system == "ZJ-2016":
        low = [year for year in _expected(teacher, first, last) if answer.years[year].credits < 24]
        sure = [year for year in low if not answer.years[year].unknown]
        binding_open = cycle.credits < 360 and cycle.unknown > 0
        credits_short = bool(sure) or (cycle.credits < 360 and not cycle.unknown)
        credits_open = not credits_short and (bool(low) or cycle.credits < 360)
    short = {
        (True, True): "两者",
        (True, False): "学分",
        (False, True): "学时",
        (False, False): None if binding_open else "无",
    }[credits_short, hours_short]
    if not (hours_short or credits_short or credits_open):
        return short, "met"
    if as_of <= date(last, 12, 31):
        return short, "in_progress"
    judged = [assessed(teacher, year) for year in range(first, last + 1)]
    if teacher is None:
        return short, "undetermined"
    if teacher["status"] != "在职" or not teacher["is_in_scope"]:
        return short, "not_applicable"
    if teacher["hire_date"] is None:
        return short, "undetermined"
    if not all(judged):
        return short, "not_applicable"
    return short, "not_met" if hours_short or credits_short else "undetermined"
