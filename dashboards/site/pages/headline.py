"""The cards at the top of a unit's page: the three headline measures in ten seconds."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from dashboards.site import numbers, view
from dashboards.site.making import told_readings
from dashboards.site.measures import ANNUAL, COVERAGE, CYCLE, HEADLINES, SATISFACTION, Measure
from dashboards.site.region import Cell, Region, Row, Unit, reviewed
from dashboards.site.verdicts import TRIGGERS, VERDICTS, Mark
from models.vocabulary import Verdict


@dataclass(frozen=True)
class Tally:
    """How many subjects have a verdict: `78 县 ● 达标`."""

    mark: Mark
    number: str
    subject: str

    @property
    def text(self) -> str:
        """Word, number and subject in one line."""
        return f"{self.mark.word} {self.number} {self.subject}".strip()


@dataclass(frozen=True)
class Card:
    """One headline measure of one unit. `rows` names the figure for the analyst's private copy."""

    measure: Measure
    cell: Cell
    period: str
    target: str
    change: str
    direction: str
    tallies: Sequence[Tally]
    running: str
    clauses: Sequence[Row]
    rows: str
    sources: Sequence[str]
    others: Sequence[str]
    readings: Sequence[str]


def cards(region: Region, unit: Unit) -> list[Card]:
    """The three measures of a unit, in their fixed order."""
    return [_card(region, unit, measure) for measure in HEADLINES]


def _card(region: Region, unit: Unit, measure: Measure) -> Card:
    period = region.headline_period(measure)
    cell = region.cell(measure, unit, period)
    before = region.cell(measure, unit, _before(region, measure, period))
    change = None if cell.value is None or before.value is None else cell.value - before.value
    return Card(
        measure=measure,
        cell=cell,
        period=view.period_label(region, measure, period),
        target=_target(region, measure, period, unit),
        change=_change(change, measure) if measure is not CYCLE or change is not None else _annual_change(region, unit),
        direction=_direction(change if measure is not CYCLE or change is not None else _annual_step(region, unit)),
        tallies=_tallies(region, unit, measure, period),
        running=_running(region, unit, measure),
        clauses=region.clauses_of(measure, unit),
        rows=cell.rows(unit.id),
        sources=region.makings.sources(row["clause_id"] for row in region.clauses_of(measure, unit)),
        others=_others(region, unit, measure, period),
        readings=_readings(region, unit, measure, period),
    )


def _others(region: Region, unit: Unit, measure: Measure, period: str | None) -> list[str]:
    """The same figure under each other published convention."""
    cells = [
        (words, region.cell(measure, unit, period, convention=key))
        for key, words in measure.conventions.items()
        if key != "default"
    ]
    return [f"{words}：{cell.fraction} ＝ {cell.shown}" for words, cell in cells if cell.numerator is not None]


def _readings(region: Region, unit: Unit, measure: Measure, period: str | None) -> list[str]:
    """What other readings of the law would do: to a county its own finding, above it how many findings turn."""
    clauses = [row["clause_id"] for row in region.clauses_of(measure, unit)]
    if measure is COVERAGE and unit.is_county:
        found = [region.finding(clause, unit.id, period) for clause in clauses]
        return [line for row in found if row for line in told_readings(row)]
    if measure is COVERAGE:
        among = [county.id for county in region.among(unit)]
        return list(filter(None, (_turned(region, clause, among, period, "个县（市、区）") for clause in clauses)))
    if measure is SATISFACTION:
        homes = {identifier: years[-1] for identifier, years in region.institutions.items()}
        inside = [key for key, row in homes.items() if unit.id in {row["county_id"], row["city_id"], row["province"]}]
        return list(filter(None, (_turned(region, clause, inside, period, "家机构") for clause in clauses)))
    return []


def _turned(region: Region, clause: str, subjects: Sequence[str], period: str | None, unit: str) -> str:
    """How many of the findings of a clause some other reading would turn."""
    found = [row for row in (region.finding(clause, subject, period) for subject in subjects) if row]
    turned = sum(bool(row["is_turned"]) for row in found)
    return f"{clause} 若按另一种理解，{len(found)}{unit}中有{turned}{unit}的结论会改变" if turned else ""


def _before(region: Region, measure: Measure, period: str | None) -> str | None:
    """The period before, None for the first."""
    periods = region.periods(measure)
    place = periods.index(period) if period in periods else 0
    return periods[place - 1] if place else None


def _target(region: Region, measure: Measure, period: str | None, unit: Unit) -> str:
    targets = region.targets(measure, period, unit)
    if not targets and region.is_judged(measure):
        return "标准见条款页，本期没有可以公布的结论"
    if not targets:
        return f"本{region.release.kind_word}条款未规定标准"
    if measure.is_trigger:
        return reviewed(targets)
    word = "每名教师" if measure is CYCLE else "条款要求"
    return f"{word} " + "、".join(target.text for target in targets)


def _change(change: Fraction | None, measure: Measure) -> str:
    before = "上一周期" if measure is CYCLE else "上年"
    return f"{before}无可比数据" if change is None else numbers.moved(change, before)


def _annual_step(region: Region, unit: Unit) -> Fraction | None:
    """How the yearly measure moved, for a cycle that has none before it."""
    period = region.headline_period(ANNUAL)
    now, before = (region.cell(ANNUAL, unit, at).value for at in (period, _before(region, ANNUAL, period)))
    return None if now is None or before is None else now - before


def _annual_change(region: Region, unit: Unit) -> str:
    step = _annual_step(region, unit)
    period = region.headline_period(ANNUAL)
    if step is None:
        return "上一周期无可比数据"
    return f"{period}年年度达标率{region.cell(ANNUAL, unit, period).shown}，{numbers.moved(step, '上年')}"


def _direction(change: Fraction | None) -> str:
    if change is None:
        return "none"
    if numbers.rounded(change * 100, 1) == 0:
        return "flat"
    return "up" if change > 0 else "down"


def _running(region: Region, unit: Unit, measure: Measure) -> str:
    """The period still open, by how much of it has passed and what is to be expected of it."""
    period = region.open_period(measure)
    if period is None:
        return ""
    label = f"{view.period_label(region, measure, period)}，时间已过{numbers.percent(region.elapsed(period), 0)}"
    if measure is CYCLE:
        cell = region.forecast(unit, period)
        return f"{label}。{cell.fraction}。" if cell.is_told else f"{label}。"
    if measure is COVERAGE and region.is_judged(COVERAGE):
        gap = sum(row["gap"] for one in region.among(unit) for row in region.spot_checks[one.id] if _is(row, period))
        return f"{label}，还须抽查{numbers.count(gap)}项。" if gap else f"{label}，已达到要求。"
    cell = region.cell(measure, unit, period)
    return f"{label}，目前{cell.shown}。" if cell.is_told else ""


def _is(row: Row, period: str) -> bool:
    return str(row["year"]) == period


def _tallies(region: Region, unit: Unit, measure: Measure, period: str | None) -> list[Tally]:
    if not region.is_judged(measure):
        return []
    if measure is COVERAGE:
        return _county_tallies(region, unit, period)
    if measure is SATISFACTION:
        return _institution_tallies(region, unit, period)
    return _teacher_tallies(region, unit, period)


def _county_tallies(region: Region, unit: Unit, period: str | None) -> list[Tally]:
    among = region.among(unit)
    year = int(period or 0)
    verdicts = Counter(
        row["verdict"] for county in among for row in region.spot_checks[county.id] if row["year"] == year
    )
    if unit.is_county:
        return [Tally(mark, "", "") for verdict, mark in VERDICTS.items() if verdicts[verdict]]
    return [Tally(mark, str(verdicts[verdict]), "个县") for verdict, mark in VERDICTS.items() if verdicts[verdict]]


def _institution_tallies(region: Region, unit: Unit, period: str | None) -> list[Tally]:
    verdicts = Counter(
        row["verdict"]
        for years in region.institutions.values()
        for row in years
        if str(row["year"]) == period and unit.id in {row["county_id"], row["city_id"], row["province"]}
    )
    return [Tally(mark, str(verdicts[verdict]), "家机构") for verdict, mark in TRIGGERS.items() if verdicts[verdict]]


def _teacher_tallies(region: Region, unit: Unit, period: str | None) -> list[Tally]:
    """Teachers by verdict; who missed is the difference of what the rate divides, as everywhere."""
    counts: Counter[str] = Counter()
    hidden = set()
    for row in region.outcomes.get((unit.id, period or ""), []):
        verdict = row["outcome"].split(":")[0]
        if row["teachers"] is None:
            hidden.add(verdict)
        else:
            counts[verdict] += row["teachers"]
    missed = region.cell(CYCLE, unit, period).missed
    if missed:  # told, though one of its causes may be hidden: whoever reads the rate can take the two from each other
        counts[Verdict.NOT_MET] = missed
        hidden.discard(Verdict.NOT_MET)
    return [
        Tally(mark, "＊" if verdict in hidden else numbers.count(counts[verdict]), "人")
        for verdict, mark in VERDICTS.items()
        if counts[verdict] or verdict in hidden
    ]
