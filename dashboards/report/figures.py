"""The figures each topic's sentences may name, looked up for one region and year.

Belongs here: which published figure a name in `sentences/*.yaml` stands for, and what is ranked first or last. Which
sentence is said belongs to the files, and how it is found to `rules`; tables and charts are in `content`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from dashboards.report import indicators as of
from dashboards.report.facts import Facts, Row
from dashboards.report.laws import law_of, no_quota, quota_share
from dashboards.report.model import Cite, Indicator, Note, Number, Ref, plain
from dashboards.report.rules import Named, Phrase, Value, phrase
from dashboards.site.chance import ON_STAIRS, Whole
from dashboards.site.measures import ANNUAL, COVERAGE, CYCLE, SATISFACTION, Measure
from dashboards.site.region import Unit
from models.law import load_policies
from models.vocabulary import Verdict

NAMED: Final = 10
"""So many names are listed in a sentence; the table has the rest."""
LOW_CYCLE: Final = Fraction(4, 5)
CAUSES: Final = {
    "below_yearly_minimum": "有年份未达到年度最低要求",
    "without_concentrated": "没有集中或跟班培训",
    "without_online": "没有网络或混合培训",
    "without_school_based": "没有校本培训",
    "short_of_school_based": "校本培训学时不足",
    "short_of_concentrated": "集中培训学时不足",
    "short_by_caps": "因学分上限未能足额计入",
}


def common(facts: Facts) -> Named:
    """What every topic may name: the year, the place and how far the year has come."""
    day = f"{facts.release.as_of:%Y年%-m月%-d日}"
    return {
        "year": str(facts.year),
        "whole": facts.whole_word,
        "part": facts.part_word,
        "amounts": facts.amounts,
        "kind": facts.unit.kind,
        "day": day,
        "when": f"截至{day}" if facts.is_open else f"{facts.year}年",
        "period": f"截至{day}" if facts.is_open else "全年",
        "state": "open" if facts.is_open else "closed",
        "compares": "yes" if facts.compares else "no",
    }


def moved(facts: Facts, now: Number, before: Number) -> Phrase:
    """How a figure moved on last year's, where the two can be compared."""
    change = facts.change(now, before)
    is_share = now.indicator.scale == "percent"
    figures: Named = {
        "compares": "yes" if facts.compares else "no",
        "now": now,
        "before": before,
        "more": change.size(),
        "unit": now.indicator.unit,
    }
    return phrase("moved", "share" if is_share else "count", figures)


def names(listed: Iterable[str]) -> str:
    """`西湖区、上城区`; from the eleventh on `等`, for then the list is not complete."""
    clean = [plain(name) for name in listed]
    return "、".join(clean[:NAMED]) + ("等" if len(clean) > NAMED else "")


def gap_place(facts: Facts) -> Value:
    """Where gaps in the evidence are told: a chapter of its own, in a report of a few pages the workbook."""
    return Cite("all_requirements") if facts.is_short else "“证据缺口”一章"


def counted(facts: Facts, number: int, what: str, indicator: Indicator = of.COUNTIES) -> Number:
    """A count of units, requirements or institutions that the report made by looking."""
    return facts.number(indicator, number, what)


@dataclass(frozen=True)
class Ranked:
    """Places with a figure that may be compared: the highest and the lowest, all of them by name."""

    rates: Mapping[Unit, Number]

    @classmethod
    def of(cls, rates: Mapping[Unit, Number]) -> "Ranked":
        return cls({unit: rate for unit, rate in rates.items() if rate.is_known and not rate.is_coarse})

    def figures(self, most: str, least: str, highest: str, lowest: str) -> Named:
        """The two ends under these names; none of them where there are not two places to compare."""
        if len(self.rates) < 2:  # noqa: PLR2004 - one place is compared with nothing
            return dict.fromkeys((most, least, highest, lowest))
        top, low = self.end(max), self.end(min)
        return {
            most: next(self.rates[unit] for unit in top),
            least: next(self.rates[unit] for unit in low),
            highest: names(unit.name for unit in top),
            lowest: names(unit.name for unit in low),
        }

    def end(self, which: Callable[[Iterable[Fraction]], Fraction]) -> list[Unit]:
        """The places at one end."""
        value = which(_exact(rate) for rate in self.rates.values())
        return [unit for unit, rate in self.rates.items() if rate.exact == value]


def _exact(number: Number) -> Fraction:
    return number.exact if number.exact is not None else Fraction(0)


def outside(facts: Facts, measure: Measure, period: str) -> tuple[list[Unit], int]:
    """Counties whose ratio lies under the lower control limit of the whole region, and how many could be looked at.

    Control limits widen with fewer people, so that a small place is not blamed for what chance does to few.
    """
    whole = facts.region.cell(measure, facts.unit, period)
    cells = {unit: facts.region.cell(measure, unit, period) for unit in facts.counties}
    told = {unit: cell for unit, cell in cells.items() if cell.numerator is not None and cell.denominator}
    if whole.numerator is None or not whole.denominator or len(told) < 2:  # noqa: PLR2004 - nothing to compare
        return [], 0
    held = Whole(Fraction(whole.numerator, whole.denominator), ON_STAIRS)
    found = [unit for unit, cell in told.items() if held.side(cell.numerator or 0, cell.denominator or 0) < 0]
    return found, len(told)


# ---- chapters


def size(facts: Facts) -> Named:
    """How much training there was."""
    now, last = facts.volume(facts.unit, facts.year), facts.volume(facts.unit, facts.year - 1)
    projects, school = now["projects"], now["school_projects"]
    kinds = {
        kind: facts.number(of.HOURS, row["hours"], f"source_type/{kind}", hidden=row["suppression"])
        for kind, row in facts.participation("source_type", facts.year).items()
    }
    told = sorted((kind for kind, one in kinds.items() if one.is_known), key=lambda kind: (-_exact(kinds[kind]), kind))
    first = told[0] if told else None
    figures = common(facts) | now
    figures |= {
        "rows": "yes" if facts.has_people(facts.year) else "no",
        "school_share": facts.ratio(of.SCHOOL_SHARE, school, projects),
        "projects_moved": moved(facts, projects, last["projects"]),
        "records_moved": moved(facts, now["records"], last["records"]),
        "hours_moved": moved(facts, now["hours"], last["hours"]),
        "each": facts.ratio(of.HOURS_EACH, now["hours"], now["trained"]),
        "kinds": counted(facts, len(kinds), "kinds", of.KINDS),
        "leading": first and plain(first),
        "leading_share": facts.ratio(of.HOURS_SHARE, kinds[first], now["hours"], first) if first else None,
        "school_based_share": facts.ratio(of.HOURS_SHARE, kinds["校本"], now["hours"], "校本")
        if "校本" in kinds
        else None,
    }
    figures["classes_said"] = phrase("size", "classes", figures)
    figures["school_based_said"] = phrase("size", "school_based", figures)
    each = Ranked.of({unit: facts.each(unit) for unit in facts.parts} if len(facts.parts) > 1 else {})
    figures["ranked"] = counted(facts, len(each.rates), "ranked")
    return (
        figures
        | each.figures("most_each", "least_each", "most", "least")
        | {"table": Cite("all_places") if facts.is_short else Ref("places")}
    )


def attainment(facts: Facts) -> Named:
    """Who reached the year's and the cycle's requirement."""
    figures = size_of_people(facts) | common(facts)
    asked = facts.region.is_judged(ANNUAL) or facts.region.is_judged(CYCLE)
    figures["asked"] = "yes" if asked else "no"
    figures["no_amount"] = law_of(facts.release.province).no_cycle_amount or None
    figures["places"] = counted(facts, len(facts.parts), "places")
    figures |= _annual(facts) | _cycle(facts) | _causes(facts) | _risk(facts)
    figures["both_said"] = phrase("attainment", "both", figures)
    figures["cause_second_said"] = phrase("attainment", "second", figures)
    figures["cycle_low_said"] = phrase("attainment", "cycle_low", figures)
    return figures


def size_of_people(facts: Facts) -> Named:
    """Who took part, where the law asks nothing it could be held against."""
    now = facts.volume(facts.unit, facts.year)
    each = facts.ratio(of.HOURS_EACH, now["hours"], now["trained"])
    return {"records": now["records"], "trained": now["trained"], "hours": now["hours"], "each": each}


def _annual(facts: Facts) -> Named:
    year = str(facts.year)
    rate = facts.share(of.YEARLY, ANNUAL, facts.unit, year)
    before = facts.share(of.YEARLY, ANNUAL, facts.unit, str(facts.year - 1))
    base = facts.part_of(of.YEARLY_COUNT, ANNUAL, facts.unit, year, "denominator")
    met = facts.part_of(of.YEARLY_COUNT, ANNUAL, facts.unit, year, "numerator")
    ranked = Ranked.of({unit: facts.share(of.YEARLY, ANNUAL, unit, year) for unit in facts.parts})
    found, judged = outside(facts, ANNUAL, year)
    figures: Named = {
        "annual": rate,
        "annual_moved": moved(facts, rate, before),
        "annual_note": defined(facts, of.YEARLY),
        "rows": "yes" if facts.has(ANNUAL, year) else "no",
        "base": base,
        "met": met,
        "annual_missed": facts.missed(of.YEARLY_COUNT, base, met),
        "annual_judged": counted(facts, judged, "annual_judged"),
        "annual_outside": counted(facts, len(found), "annual_outside"),
        "annual_outsiders": names(unit.name for unit in found),
    }
    return figures | ranked.figures("annual_most", "annual_least", "annual_highest", "annual_lowest")


def _cycle(facts: Facts) -> Named:
    period = facts.cycle
    state = "none" if period is None else "ended" if facts.release.as_of.year > int(period[-4:]) else "running"
    asked = period or ""
    rate = facts.share(of.CYCLE_RATE, CYCLE, facts.unit, asked)
    base = facts.part_of(of.CYCLE_COUNT, CYCLE, facts.unit, asked, "denominator")
    met = facts.part_of(of.CYCLE_COUNT, CYCLE, facts.unit, asked, "numerator")
    ranked = Ranked.of({unit: facts.share(of.CYCLE_RATE, CYCLE, unit, asked) for unit in facts.parts})
    low = [unit for unit, one in ranked.rates.items() if _exact(one) < LOW_CYCLE]
    found, _ = outside(facts, CYCLE, asked) if state == "ended" else ([], 0)
    by_stage = {stage: facts.share_of_stage(of.CYCLE_RATE, CYCLE, asked, stage) for stage in facts.stages}
    stages = {stage: one for stage, one in by_stage.items() if one.is_known and not one.is_coarse}
    ends = sorted(stages, key=lambda stage: (_exact(stages[stage]), stage)) if len(stages) > 1 else []
    figures: Named = {
        "cycle_state": state,
        "cycle_period": period and span(period),
        "cycle": rate,
        "cycle_note": defined(facts, of.CYCLE_RATE),
        "cycle_rows": "yes" if facts.has(CYCLE, asked) else "no",
        "cycle_base": base,
        "cycle_met": met,
        "cycle_missed": facts.missed(of.CYCLE_COUNT, base, met) if state == "ended" else None,
        "cycle_low": counted(facts, len(low), "cycle_low"),
        "cycle_lows": names(unit.name for unit in low),
        "cycle_outside": counted(facts, len(found), "cycle_outside"),
        "cycle_outsiders": names(unit.name for unit in found),
        **_furthest(facts, found, asked),
        "stage_least": stages[ends[0]] if ends else None,
        "stage_most": stages[ends[-1]] if ends else None,
        "stage_lowest": plain(ends[0]) if ends else None,
        "stage_highest": plain(ends[-1]) if ends else None,
    }
    return figures | ranked.figures("cycle_most", "cycle_least", "cycle_highest", "cycle_lowest")


def _furthest(facts: Facts, found: Sequence[Unit], period: str) -> Named:
    """The county furthest down of those outside the control limits: its name and ratio."""
    rates = Ranked.of({unit: facts.share(of.CYCLE_RATE, CYCLE, unit, period) for unit in found}).rates
    low = min(rates, key=lambda unit: (_exact(rates[unit]), unit.id), default=None)
    return {"worst": plain(low.name) if low else None, "worst_rate": rates[low] if low else None}


def span(period: str) -> str:
    """`2016-2020` as the office writes it: 2016—2020."""
    return period.replace("-", "—")


def within(period: str, year: int) -> bool:
    """Whether a year lies in a cycle."""
    return int(period[:4]) <= year <= int(period[-4:])


def _causes(facts: Facts) -> Named:
    """What those lacked who missed the cycle."""
    period = facts.cycle or ""
    outcomes = {row["outcome"]: row for row in facts.region.outcomes.get((facts.unit.id, period), [])}
    short = {
        name: facts.outcome(outcomes.get(f"not_met:{word}"), f"not_met:{word}")
        for name, word in (("short_credits", "学分"), ("short_hours", "学时"), ("short_both", "两者"))
    }
    rows = [row for row in facts.region.shortfalls.get(facts.unit.id, []) if row["period"] == period]
    causes = {
        row["cause"]: facts.number(of.CAUSE, row["teachers"], f"{period}/{row['cause']}", hidden=row["suppression"])
        for row in rows
        if row["cause"] in CAUSES
    }
    told = sorted((one for one in causes if causes[one].is_known), key=lambda one: (-_exact(causes[one]), one))
    first, second = (*told, None, None)[:2]
    return {
        **short,
        "cause_first": causes[first] if first else None,
        "cause_first_word": CAUSES[first] if first else None,
        "cause_second": causes[second] if second else None,
        "cause_second_word": CAUSES[second] if second else None,
    }


def _risk(facts: Facts) -> Named:
    """Who will miss the cycle that the report's year lies in, where it still runs."""
    period = facts.cycle or ""
    row = facts.at_risk(facts.unit, period)
    return {
        "risk": facts.of_share(of.BEHIND, row, f"{facts.unit.id}/{period}"),
        "risk_count": facts.side(of.BEHIND_COUNT, row, f"{facts.unit.id}/{period}", "numerator"),
    }


def defined(facts: Facts, indicator: Indicator) -> Note:
    """The footnote at an indicator's first mention: its formula, and the clauses in force that it answers to."""
    held = [id_ for id_ in indicator.clauses if id_ in facts.clauses and _binds(id_, date(facts.year, 12, 31))]
    clauses = [f"“{plain(facts.clauses[id_]['title'])}”" for id_ in held]
    basis = f"相关要求：{'；'.join(clauses)}。" if clauses else ""
    return Note(f"{indicator.title}＝{indicator.formula}。{basis}")


def _binds(clause: str, day: date) -> bool:
    """Whether a clause has a limit on a day; one composed of others has theirs, and what isn't on file stays."""
    found = load_policies().clauses.get(clause)
    return found is None or bool(found.all_of) or found.threshold(day) is not None


def spot_check(facts: Facts) -> Named:
    """Spot checks against the quota, what they found, and class observations."""
    year = str(facts.year)
    rate = facts.share(of.COVERAGE, COVERAGE, facts.unit, year)
    before = facts.share(of.COVERAGE, COVERAGE, facts.unit, str(facts.year - 1))
    base, checked = (
        facts.part_of(one, COVERAGE, facts.unit, year, side)
        for one, side in ((of.CHECK_BASE, "denominator"), (of.CHECKED, "numerator"))
    )
    base_before, checked_before = (
        facts.part_of(one, COVERAGE, facts.unit, str(facts.year - 1), side)
        for one, side in ((of.CHECK_BASE, "denominator"), (of.CHECKED, "numerator"))
    )
    figures = common(facts)
    figures |= {
        "asked": "yes" if facts.asks(COVERAGE) else "no",
        "quota": quota_share(facts.unit.id, facts.year),
        "no_quota": no_quota(facts.unit.id, facts.year),
        "rate": rate,
        "rate_note": defined(facts, of.COVERAGE),
        "rate_moved": moved(facts, rate, before),
        "any_level": facts.share(of.COVERAGE_ANY, COVERAGE, facts.unit, year, "any_level"),
        "base": base,
        "checked": checked,
        "checked_before": checked_before,
        "base_more": facts.less(of.CHECK_BASE, base, base_before, "more"),
        "checked_more": facts.less(of.CHECKED, checked, checked_before, "more"),
        "base_up": _growth(base, base_before),
        "checked_up": _growth(checked, checked_before),
        "table": Cite("all_counties") if facts.is_short else Ref("below_quota"),
    }
    figures |= _quota(facts) | _same_day(facts) | _watched(facts)
    figures["same_day_said"] = phrase("spot_check", "same_day", figures)
    figures["problem_said"] = phrase("spot_check", "problem", figures)
    return figures


def _growth(now: Number, before: Number) -> Fraction | None:
    if now.exact is None or not before.exact:
        return None
    return now.exact / before.exact


def quota_rows(facts: Facts, year: int | None = None) -> dict[Unit, Row]:
    """The spot-check row of each county that had projects in a year."""
    found = {}
    for unit in facts.counties:
        for row in facts.region.spot_checks.get(unit.id, []):
            if row["year"] == (year or facts.year) and row["projects"]:
                found[unit] = row
    return found


def below_quota(facts: Facts) -> list[tuple[Unit, Row]]:
    """Counties that missed the quota, or have not reached it yet, the largest gap first."""
    missed = [(unit, row) for unit, row in quota_rows(facts).items() if row["gap"]]
    return sorted(missed, key=lambda pair: (-pair[1]["gap"], pair[0].id))


def _quota(facts: Facts) -> Named:
    rows, last = quota_rows(facts), quota_rows(facts, facts.year - 1)
    verdicts = [row["verdict"] for row in rows.values()]
    below = below_quota(facts)
    again = [unit for unit, _ in below if unit in last and last[unit]["verdict"] == Verdict.NOT_MET]
    short = [unit for unit, row in below if row["verdict"] == Verdict.NOT_MET]
    worst = below[0][1] if below else None
    own = rows.get(facts.unit) if facts.unit.kind == "county" else None

    def amount(indicator: Indicator, value: int | None, what: str) -> Number:
        return facts.number(indicator, value, what)

    return {
        "placed": counted(facts, len(rows), "placed"),
        "judged": counted(facts, sum(one in {Verdict.MET, Verdict.NOT_MET} for one in verdicts), "judged"),
        "met": counted(facts, verdicts.count(Verdict.MET), "met"),
        "done": counted(facts, verdicts.count(Verdict.MET), "met"),
        "short": counted(facts, verdicts.count(Verdict.NOT_MET), "short"),
        "behind": counted(facts, verdicts.count(Verdict.IN_PROGRESS), "behind"),
        "gap": amount(of.GAP, sum(row["gap"] for row in rows.values()) if rows else None, "total"),
        "required": amount(of.REQUIRED, own["required"] if own else None, "own"),
        "shorts": names(unit.name for unit in short),
        "worst": plain(below[0][0].name) if below else None,
        "worst_required": amount(of.REQUIRED, worst["required"] if worst else None, "worst"),
        "worst_cite": Cite("all_counties", (plain(below[0][0].name),)) if below else None,
        "worst_checked": amount(of.CHECKED, worst["projects_checked"] if worst else None, "worst"),
        "again": counted(facts, len(again), "again"),
        "agains": names(unit.name for unit in again),
    }


def _same_day(facts: Facts) -> Named:
    now, last = (facts.same_day(year) for year in (facts.year, facts.year - 1))
    day_checked, day_before = (
        facts.number(of.CHECKED_BY_DAY, row["projects_checked"] if row else None, "day", year=year)
        for row, year in ((now, facts.year), (last, facts.year - 1))
    )
    more = facts.less(of.CHECKED_BY_DAY, day_checked, day_before, "more")
    return {
        "day_checked": day_checked,
        "day_before": day_before,
        "day_more": more.size(),
        "compares_day": "yes" if facts.year - 1 in facts.years else "no",
    }


def _watched(facts: Facts) -> Named:
    checks, visits = facts.supervision("spot_check", facts.year), facts.supervision("visit", facts.year)
    problems = facts.supervision("problem", facts.year)
    most = min(problems, key=lambda name: (-problems[name], name), default=None)
    has_checks, has_visits = "spot_check" in facts.watched, "visit" in facts.watched
    return {
        "checks": facts.number(of.CHECKS, sum(checks.values()) if has_checks else None),
        "failed": facts.number(of.CHECKS, checks.get("不合格", 0) if has_checks else None, "failed"),
        "problem": most and plain(most),
        "problem_count": facts.number(of.CHECK_FINDINGS, problems[most], most) if most else None,
        "visits": facts.number(of.OBSERVATIONS, sum(visits.values()) if has_visits else None),
        "visits_random": facts.number(of.OBSERVATIONS, visits.get("随机", 0) if has_visits else None, "random"),
    }


def rated(facts: Facts) -> list[Row]:
    """The region's institutions with a figure to show for the year, best first."""
    rows = [row for years in facts.region.institutions.values() for row in years if row["year"] == facts.year]
    inside = [row for row in rows if _is_inside(facts, row) and row["suppression"] is None and row["responses_valid"]]
    return sorted(inside, key=lambda row: (-Fraction(row["satisfied"], row["responses_valid"]), row["institution_id"]))


def crossed(facts: Facts) -> list[Row]:
    """Those of `rated` whose satisfaction is suspected to call for a procedure, lowest first."""
    return [row for row in reversed(rated(facts)) if row["verdict"] == Verdict.NOT_MET]


def _is_inside(facts: Facts, row: Row) -> bool:
    return facts.unit.kind == "province" or facts.unit.id in {row["county_id"], row["city_id"]}


def institution_name(row: Row) -> str:
    return plain(row["institution_name"]) or plain(row["institution_id"])


def satisfaction_of(facts: Facts, row: Row) -> Number:
    return facts.number(of.SATISFACTION, Fraction(row["satisfied"], row["responses_valid"]), row["institution_id"])


def by_type(facts: Facts, rows: Sequence[Row]) -> dict[str, Number]:
    """Satisfaction pooled over the institutions of each type that can be compared."""
    types = sorted({row["institution_type"] for row in rows if row["institution_type"]})
    pooled = {}
    for name in types:
        of_type = [row for row in rows if row["institution_type"] == name]
        ratio = Fraction(sum(row["satisfied"] for row in of_type), sum(row["responses_valid"] for row in of_type))
        pooled[name] = facts.number(of.SATISFACTION, ratio, f"type/{name}")
    return pooled


def satisfaction(facts: Facts) -> Named:
    """How satisfied people were, with whom, and which institutions need a person's look."""
    year, last = str(facts.year), str(facts.year - 1)
    rate = facts.share(of.SATISFACTION, SATISFACTION, facts.unit, year)
    rows = rated(facts)
    low = crossed(facts)
    types = by_type(facts, rows)
    ends = sorted(types, key=lambda name: (_exact(types[name]), name)) if len(types) > 1 else []
    invited = [row for row in rows if row["invited"]]
    asked = sum(row["invited"] for row in invited)
    answered = sum(row["responses"] for row in invited)
    figures = common(facts)
    figures |= {
        "asked": "yes" if facts.asks(SATISFACTION) else "no",
        "rate": rate,
        "rate_note": defined(facts, of.SATISFACTION),
        "rate_moved": moved(facts, rate, facts.share(of.SATISFACTION, SATISFACTION, facts.unit, last)),
        "rows": "yes" if facts.has(SATISFACTION, year) else "no",
        "basic": facts.share(of.SATISFACTION_BASIC, SATISFACTION, facts.unit, year, "with_basic"),
        "answers": facts.part_of(of.ANSWERS, SATISFACTION, facts.unit, year, "denominator"),
        "rated": counted(facts, len(rows), "rated", of.RATED),
        "best": institution_name(rows[0]) if rows else None,
        "best_rate": satisfaction_of(facts, rows[0]) if rows else None,
        "worst": institution_name(rows[-1]) if rows else None,
        "worst_rate": satisfaction_of(facts, rows[-1]) if rows else None,
        "crossed": counted(facts, len(low), "institutions", of.SUSPECTED),
        "crossed_names": names(institution_name(row) for row in low),
        "type_least": types[ends[0]] if ends else None,
        "type_most": types[ends[-1]] if ends else None,
        "type_lowest": plain(ends[0]) if ends else None,
        "type_highest": plain(ends[-1]) if ends else None,
        "response": facts.number(of.RESPONSE, Fraction(answered, asked) if asked else None, "rated"),
        "table": Cite("all_institutions") if facts.is_short else Ref("intervals"),
    }
    return figures | _sanctions(facts)


def _sanctions(facts: Facts) -> Named:
    kinds = facts.supervision("sanction", facts.year)
    most = min(kinds, key=lambda name: (-kinds[name], name), default=None)
    total = sum(kinds.values()) if "sanction" in facts.watched else None
    return {
        "sanctions": facts.number(of.SANCTIONS, total),
        "sanction_kind": most and plain(most),
        "sanction_most": facts.number(of.SANCTIONS, kinds[most], most) if most else None,
    }


def money(facts: Facts) -> Named:
    """Money for training."""
    row, items = facts.money(facts.year), facts.project_money(facts.year)
    spent = sum(item["spent"] or 0 for item in items)
    first = items[0] if items and items[0]["spent"] else None
    paid, pay = (row["budget_of_paid"], row["payroll_of_paid"]) if row else (None, None)
    return common(facts) | {
        "reporting": facts.number(of.REPORTING, row["reporting"] if row else None),
        "budget": facts.number(of.MONEY, facts.wan(row["training_budget"] if row else None), "budget"),
        "share": facts.number(of.PAYROLL_SHARE, None if paid is None or not pay else Fraction(paid) / Fraction(pay)),
        "spent": facts.number(of.MONEY, facts.wan(spent) if items else None, "projects"),
        "item": plain(first["item"]) if first else None,
        "item_share": facts.number(of.MONEY_SHARE, Fraction(first["spent"]) / Fraction(spent), first["item"])
        if first
        else None,
        "table": Cite("project_money_all") if facts.is_short else Ref("project_money"),
    }
