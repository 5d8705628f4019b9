"""Who needs attention: counties and institutions, worst first, each with its reason in one sentence.

Only verdicts and figures of the release are put into words here. The order is by how far a figure falls short of
its threshold, relative to the threshold.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from dashboards.site import addresses, numbers
from dashboards.site.measures import COVERAGE, CYCLE, SATISFACTION
from dashboards.site.region import Region, Row, Unit, below, period_end
from models.vocabulary import Verdict


@dataclass(frozen=True)
class Concern:
    """One line of an attention list, about the year or cycle `period`.

    `shortfall` orders the list; 1 is the whole of what is asked.
    """

    name: str
    address: str
    sentence: str
    clause_id: str
    shortfall: Fraction
    places: frozenset[str]
    period: str


class Attention:
    """Every concern of a release, found once and asked for by place."""

    def __init__(self, region: Region) -> None:
        counties = [
            concern
            for unit in region.counties
            for concern in (_coverage(region, unit), _cycle(region, unit))
            if concern is not None
        ]
        self._counties = _worst_first(counties)
        self._institutions = _worst_first(
            concern
            for identifier, years in region.institutions.items()
            for row in years
            for concern in [_satisfaction(region, identifier, row)]
            if concern is not None
        )

    def counties(self, place: Unit) -> list[Concern]:
        """Counties in a province or city (or the county itself) that missed what the law asks of them."""
        return [concern for concern in self._counties if place.kind == "province" or place.id in concern.places]

    def institutions(self, place: Unit) -> list[Concern]:
        """Institutions in a place whose satisfaction is a suspected trigger, a line for each year that is."""
        return [concern for concern in self._institutions if place.kind == "province" or place.id in concern.places]

    def institution(self, identifier: str) -> list[Concern]:
        """The concern about one institution, if there is one."""
        return [concern for concern in self._institutions if concern.address == addresses.institution(identifier)]


def _worst_first(concerns: Iterable[Concern]) -> list[Concern]:
    return sorted(concerns, key=lambda concern: (-concern.shortfall, concern.address))


def _places(unit: Unit) -> frozenset[str]:
    return frozenset(filter(None, (unit.id, unit.city_id)))


def _coverage(region: Region, unit: Unit) -> Concern | None:
    """A county that missed the spot-check quota in the last closed year."""
    if not region.is_judged(COVERAGE):
        return None
    closed = [row for row in region.spot_checks[unit.id] if period_end(str(row["year"])) < region.release.as_of]
    if not closed or closed[-1]["verdict"] != Verdict.NOT_MET:
        return None
    row = closed[-1]
    share = numbers.percent(numbers.ratio(row["projects_checked"], row["projects"]))
    streak = _streak(closed)
    again = f"，已连续{streak}年未达标" if streak > 1 else ""
    return Concern(
        unit.name,
        unit.address,
        f"{row['year']}年应抽查{row['required']}项，实查{row['projects_checked']}项，差{row['gap']}项"
        f"（覆盖率{share}）{again}。",
        next((one["clause_id"] for one in region.clauses_of(COVERAGE, unit)), ""),
        Fraction(row["gap"], row["required"]),
        _places(unit),
        str(row["year"]),
    )


def _streak(years: Sequence[Row]) -> int:
    """Closed years missed in a row, the last one included."""
    missed = 0
    for row in reversed(years):
        if row["verdict"] != Verdict.NOT_MET:
            break
        missed += 1
    return missed


def _cycle(region: Region, unit: Unit) -> Concern | None:
    """A county in the lowest class of the last closed cycle."""
    cell = region.cell(CYCLE, unit, region.headline_period(CYCLE))
    if cell.value is None or cell.is_open or CYCLE.level(cell.value) > 1:
        return None
    return Concern(
        unit.name,
        unit.address,
        f"{cell.period.replace('-', '—')}周期教师达标率{cell.shown}，低于{numbers.percent(CYCLE.breaks[0], 0)}。",
        next((row["clause_id"] for row in region.clauses_of(CYCLE, unit)), ""),
        1 - cell.value,
        _places(unit),
        cell.period,
    )


def _satisfaction(region: Region, identifier: str, row: Row) -> Concern | None:
    """An institution whose satisfaction crossed a trigger line in the last year that is over, or since."""
    since = int(region.headline_period(SATISFACTION) or 0)
    if row["verdict"] != Verdict.NOT_MET or row["suppression"] or row["year"] < since:
        return None
    value = Fraction(row["satisfied"], row["responses_valid"])
    targets = region.targets(SATISFACTION, str(row["year"]), region.province)
    crossed = min((t for t in targets if value <= t.threshold), key=lambda t: t.threshold, default=None)
    if crossed is None:
        return None
    return Concern(
        row["institution_name"] or identifier,
        addresses.institution(identifier),
        f"{row['year']}年学员满意率{numbers.percent(value)}（有效答卷{numbers.count(row['responses_valid'])}份，"
        f"95%区间{100 * row['wilson_low']:.1f}%—{100 * row['wilson_high']:.1f}%），"
        f"{below(crossed)}，疑似触发，待人工核查。",
        crossed.clause_id,
        1 - value / crossed.threshold if crossed.threshold else Fraction(1),
        frozenset(filter(None, (row["county_id"], row["city_id"]))),
        str(row["year"]),
    )
