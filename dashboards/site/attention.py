"""Who needs attention: counties and institutions, worst first, each with its reason in one sentence.

Only verdicts and figures of the release are put into words here. The order is by how far a figure falls short of
its threshold, relative to the threshold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from dashboards.site import numbers
from dashboards.site.measures import CYCLE, SATISFACTION
from dashboards.site.region import Region, Row, Unit, period_end


@dataclass(frozen=True)
class Concern:
    """One line of an attention list. `shortfall` orders the list; 1 is the whole of what is asked."""

    name: str
    href: str
    sentence: str
    clause_id: str
    shortfall: Fraction
    is_trigger: bool = False


def counties(region: Region, among: Sequence[Unit], root: str) -> list[Concern]:
    """Counties that missed the spot-check quota in the last closed year, farthest from it first."""
    found = []
    for unit in among:
        closed = [row for row in region.spot_checks[unit.id] if period_end(str(row["year"])) < region.release.as_of]
        if not closed or closed[-1]["verdict"] != "not_met":
            continue
        row = closed[-1]
        share = numbers.percent(numbers.ratio(row["projects_checked"], row["projects"]))
        streak = _streak(closed)
        again = f"，已连续{streak}年未达标" if streak > 1 else ""
        found.append(
            Concern(
                unit.name,
                f"{root}{unit.address}index.html",
                f"{row['year']}年应抽查{row['required']}项，实查{row['projects_checked']}项，差{row['gap']}项"
                f"（覆盖率{share}）{again}。",
                "ZJ-2014-04/23.1",
                Fraction(row["gap"], row["required"]),
            )
        )
    return sorted(found, key=lambda concern: (-concern.shortfall, concern.href))


def _streak(years: Sequence[Row]) -> int:
    """Closed years missed in a row, the last one included."""
    missed = 0
    for row in reversed(years):
        if row["verdict"] != "not_met":
            break
        missed += 1
    return missed


def cycles(region: Region, among: Sequence[Unit], root: str) -> list[Concern]:
    """Counties in the lowest class of the last closed cycle."""
    period = region.headline_period(CYCLE)
    found = []
    for unit in among:
        cell = region.cell(CYCLE, unit, period)
        if cell.value is None or cell.is_open or CYCLE.level(cell.value) > 1:
            continue
        found.append(
            Concern(
                unit.name,
                f"{root}{unit.address}index.html",
                f"{cell.period}周期教师达标率{cell.shown}，低于{numbers.percent(CYCLE.breaks[0], 0)}。",
                next(iter(row["clause_id"] for row in region.clauses_of(CYCLE, unit)), ""),
                1 - cell.value,
            )
        )
    return sorted(found, key=lambda concern: (-concern.shortfall, concern.href))


def institutions(region: Region, root: str, *, city: str | None = None, county: str | None = None) -> list[Concern]:
    """Institutions whose satisfaction is a suspected trigger in their latest judged year, lowest first."""
    found = []
    latest = max((int(year) for year in region.periods(SATISFACTION)), default=0)
    for institution, years in region.institutions.items():
        row = years[-1]
        if row["verdict"] != "not_met" or row["suppression"] or row["year"] < latest - 1:
            continue
        if (city and row["city_id"] != city) or (county and row["county_id"] != county):
            continue
        value = Fraction(row["satisfied"], row["responses_valid"])
        targets = sorted(
            region.targets(SATISFACTION, str(row["year"]), region.province), key=lambda target: target.threshold
        )
        crossed = next((target for target in targets if value <= target.threshold), None)
        if crossed is None:
            continue
        found.append(
            Concern(
                row["institution_name"] or institution,
                f"{root}institution/{institution}/index.html",
                f"{row['year']}年学员满意率{numbers.percent(value)}（有效答卷{numbers.count(row['responses_valid'])}份，"
                f"95%区间{100 * row['wilson_low']:.1f}%–{100 * row['wilson_high']:.1f}%），"
                f"界线{crossed.text}，疑似触发，待人工确认。",
                crossed.clause_id,
                1 - value / crossed.threshold if crossed.threshold else Fraction(1),
                is_trigger=True,
            )
        )
    return sorted(found, key=lambda concern: (-concern.shortfall, concern.href))
