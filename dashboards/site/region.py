"""A release's published figures arranged for pages: units in their tree, cells by measure, unit and period.

Nothing is computed here that the release has not decided: cells are looked up, ratios are exact fractions of
published counts, and a hidden cell stays hidden.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cache, cached_property
from typing import Any
from urllib.parse import quote

import polars as pl

from dashboards.site import addresses, numbers
from dashboards.site.making import Makings
from dashboards.site.measures import ALL_STAGES, CYCLE, MEASURES, Measure
from dashboards.site.release import ReleaseData
from dashboards.site.verdicts import Mark, mark
from models.marts.suppression import HIDDEN as UNTOLD
from models.marts.suppression import MINIMUM, POOLED_SPAN, SPAN_ONLY
from models.vocabulary import Verdict

Row = Mapping[str, Any]
HIDDEN = "＊"
WIDEST = 10
"""The widest step, in per cent, by which a coarse ratio may still be drawn and compared."""
SIGNS: Mapping[str, str] = {">=": "≥", "<=": "≤", ">": "＞", "<": "＜", "=": "＝"}


@dataclass(frozen=True)
class Unit:
    """An administrative unit: the province, a city or a county-level unit (development zones included)."""

    id: str
    name: str
    level: str
    city_id: str | None
    is_county: bool

    @property
    def kind(self) -> str:
        """`province`, `city` or `county`, as addresses name it."""
        return "county" if self.is_county else "province" if self.level == "省" else "city"

    @property
    def place(self) -> str:
        """A code that lies in the same jurisdictions: the unit's own, or its city's for a unit of no state code."""
        return self.id if self.id.isdigit() else self.city_id or ""

    @property
    def short(self) -> str:
        """A name that fits a map tile: 景宁畲族自治县 → 景宁, 鹿城区 → 鹿城."""
        return short_name(self.name)

    @property
    def address(self) -> str:
        """The unit's folder under the province's site; it never depends on the release."""
        return "" if self.kind == "province" else f"{self.kind}/{addresses.folder(self.id)}/"


_PEOPLES = ("土家族苗族", "黎族苗族", "苗族土家族", "土家族", "畲族", "黎族", "苗族")


def short_name(name: str) -> str:
    """A unit's name without its kind, where at least two characters remain."""
    for ending in ("经济技术开发区", "自治县", "岛礁及其海域", "群岛", "开发区", "新区", "区", "县", "市"):
        if name.endswith(ending) and len(name) - len(ending) >= 2:  # noqa: PLR2004 - 忠县 keeps its 县
            name = name[: -len(ending)]
            break
    for people in _PEOPLES:
        name = name.removesuffix(people)
    return name[:4]


@dataclass(frozen=True)
class Cell:
    """One figure: its exact counts, its verdict if a clause judges it, and why it is hidden if it is."""

    measure: Measure
    period: str
    numerator: int | None
    denominator: int | None
    verdict: str | None = None
    suppression: str | None = None
    rounded_percent: int | None = None
    rounded_step: int | None = None
    is_open: bool = False
    is_forecast: bool = False

    @property
    def value(self) -> Fraction | None:
        """The ratio, None if hidden, without a denominator or too coarse; in the coarse where counts are not shown."""
        if self.is_wide:
            return None
        if self.rounded_percent is not None:
            return Fraction(self.rounded_percent, 100)
        return numbers.ratio(self.numerator, self.denominator)

    @property
    def is_wide(self) -> bool:
        """Whether only a span is known that is too wide to be placed on the measure's scale."""
        return (self.rounded_step or 0) > WIDEST

    @property
    def is_told(self) -> bool:
        """Whether there is anything to show, be it only that the figure is hidden."""
        return bool(self.suppression) or self.value is not None or self.is_wide

    @property
    def is_unripe(self) -> bool:
        """Whether the period has not run long enough for its ratio to say anything: an open cycle, or nothing yet."""
        is_early = self.measure is CYCLE or not self.value
        has_run = not self.is_open or self.is_forecast or self.verdict == Verdict.MET
        return not has_run and self.value is not None and is_early

    @property
    def missed(self) -> int | None:
        """How many of the denominator are not in the numerator, where both are told and more than a few are."""
        if self.numerator is None or self.denominator is None:
            return None
        missed = self.denominator - self.numerator
        return None if self.measure.unit == "人" and 0 < missed <= MINIMUM else missed

    @property
    def span(self) -> str:
        """The step a coarse ratio lies in: `90%—100%`."""
        low = (self.rounded_percent or 0) - (self.rounded_step or 0) // 2
        return f"{low}%—{low + (self.rounded_step or 0)}%"

    @property
    def shown(self) -> str:
        """The value as text, with signs of their own for hidden and for missing."""
        if self.suppression:
            return HIDDEN
        if self.is_unripe:
            return "进行中"
        if self.is_wide:
            return self.span
        if self.is_forecast:
            return (
                f"预计{numbers.percent(self.value, 0)}"
                if self.rounded_percent is None
                else f"预计约{self.rounded_percent}%"
            )
        return numbers.percent(self.value) if self.rounded_percent is None else f"约{self.rounded_percent}%"

    def rows(self, place: str) -> str:
        """The name under which the analyst's private copy finds the rows behind this figure; empty without a period."""
        return self.period and f"figure/{self.measure.key}/{self.period}/{quote(place, safe='')}"

    @property
    def mark(self) -> Mark | None:
        return mark(self.verdict)

    @property
    def tone(self) -> str:
        """The stylesheet class of the value on the measure's fixed scale."""
        if self.suppression:
            return "hidden"
        if self.value is None:
            return "none"
        if self.is_unripe:
            return "p1"
        if self.is_open and not self.is_forecast and self.verdict in {None, Verdict.IN_PROGRESS}:
            return f"p{self.measure.level(self.value)}"
        return f"t{self.measure.level(self.value)}"

    @property
    def fraction(self) -> str:
        """Numerator and denominator in words, for the line under a value."""
        if self.suppression:
            return self.suppression
        if self.rounded_percent is not None:
            why = SPAN_ONLY if self.measure.unit == "人" else POOLED_SPAN
            return f"{why}（{self.span}）"
        if self.value is None:
            return f"没有{self.measure.denominator}"
        if self.is_forecast:
            good, every = numbers.count(self.numerator), numbers.count(self.denominator)
            behind = "少数" if self.missed is None else f"{numbers.count(self.missed)} 名"
            return f"按目前进度推算，{every} 名教师中 {good} 名可按期达标，{behind}到期达不到要求"
        unit = self.measure.unit
        return (
            f"{self.measure.numerator} {numbers.count(self.numerator)} {unit} ÷ "
            f"{self.measure.denominator} {numbers.count(self.denominator)} {unit}"
        )


@dataclass(frozen=True)
class Target:
    """A threshold that was applied: the clause, how it compares and its value."""

    clause_id: str
    operator: str
    threshold: Fraction
    unit: str

    @property
    def text(self) -> str:
        """`≥ 20%`, `≥ 50 学分`."""
        sign = SIGNS.get(self.operator, self.operator)
        if self.unit == "布尔":
            return "＝ 是" if self.threshold else "＝ 否"
        if self.unit == "比例" and 100 % self.threshold.denominator == 0:
            return f"{sign} {numbers.plain(self.threshold * 100)}%"
        if self.unit == "比例":
            return f"{sign} {numbers.plain(self.threshold)}"
        return f"{sign} {numbers.plain(self.threshold)} {self.unit}"


def below(target: Target) -> str:
    """A trigger's line in words: `低于70%`, `不高于70%`."""
    word = {"<": "低于", "<=": "不高于"}.get(target.operator, target.operator)
    return f"{word}{numbers.plain(target.threshold * 100)}%"


def reviewed(targets: Sequence[Target]) -> str:
    """When a figure is to be looked into: `低于70%或60%时提请核查`."""
    if len({target.operator for target in targets}) == 1:
        word = {"<": "低于", "<=": "不高于"}.get(targets[0].operator, targets[0].operator)
        return word + "或".join(f"{numbers.plain(one.threshold * 100)}%" for one in targets) + "时提请核查"
    return "、".join(below(target) for target in targets) + "时提请核查"


class Region:
    """One release, ready to be asked for cells, units, institutions and targets."""

    def __init__(self, release: ReleaseData) -> None:
        self.release = release
        self.table = cache(release.tables)
        self.units = [
            Unit(row["unit_id"], row["unit_name"], row["level"], row["city_id"], bool(row["is_county"]))
            for row in self.table("marts.public_unit").iter_rows(named=True)
        ]
        self.by_id = {unit.id: unit for unit in self.units}
        self._cells = self._read_cells()

    def _read_cells(self) -> dict[tuple[str, str, str, str, str], Cell]:
        measures = {measure.key: measure for measure in MEASURES}
        judged = {key for key, measure in measures.items() if self.is_judged(measure)}
        as_of = self.release.as_of
        return {
            (row["measure"], row["unit_id"], row["period"], row["stage"], row["convention"]): Cell(
                measures[row["measure"]],
                row["period"],
                row["numerator"],
                row["denominator"],
                row["verdict"] if row["measure"] in judged else None,
                row["suppression"],
                row["rounded_percent"],
                row["rounded_step"],
                is_open=period_end(row["period"]) >= as_of,
            )
            for row in self.table("marts.public_measure").iter_rows(named=True)
        }

    @cached_property
    def gaps(self) -> list[str]:
        """What the release lacks whole, in sentences."""
        return self.table("marts.public_gap")["sentence"].to_list()

    @cached_property
    def night(self) -> dict[str, int]:
        """The night in numbers: rows read, rows and cells refused, checks that warned."""
        rejects = self.table("marts.public_reject")
        gate = self.table("audit.gate")
        is_row = rejects["severity"] == "row"
        return {
            "rows_read": int(self.table("audit.row_counts")["rows_read"].sum()),
            "rows_refused": int(rejects.filter(is_row)["count"].sum()),
            "cells_refused": int(rejects.filter(~is_row)["count"].sum()),
            "warnings": gate.filter(~gate["success"].fill_null(value=True)).height,
        }

    @cached_property
    def province(self) -> Unit:
        """The province itself, even where the dump forgot to list it."""
        code = self.release.province
        return self.by_id.get(code, Unit(code, self.release.province_name, "省", None, is_county=False))

    @cached_property
    def cities(self) -> list[Unit]:
        """City-level units that have counties under them."""
        used = {unit.city_id for unit in self.counties}
        return [unit for unit in self.units if unit.kind == "city" and unit.id in used]

    @cached_property
    def city_word(self) -> str:
        """What the units under the province are called together: 市, or 市（州） where some are called so."""
        others = {"自治州": "州", "地区": "地", "盟": "盟"}
        found = [word for ending, word in others.items() if any(city.name.endswith(ending) for city in self.cities)]
        return f"市（{'、'.join(found)}）" if found else "市"

    @cached_property
    def counties(self) -> list[Unit]:
        return [unit for unit in self.units if unit.is_county]

    def counties_of(self, city: Unit) -> list[Unit]:
        return [unit for unit in self.counties if unit.city_id == city.id]

    def among(self, place: Unit) -> list[Unit]:
        """The counties of a place; a county is its own."""
        return [place] if place.is_county else self.counties if place.kind == "province" else self.counties_of(place)

    @cached_property
    def _periods(self) -> dict[str, list[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for measure, _, period, _, _ in self._cells:
            found[measure].add(period)
        return {measure: sorted(periods) for measure, periods in found.items()}

    def periods(self, measure: Measure) -> list[str]:
        """Years or cycles the release has figures for, oldest first."""
        return self._periods.get(measure.key, [])

    def headline_period(self, measure: Measure) -> str | None:
        """The latest period that is over; before any is, the latest one."""
        over = [period for period in self.periods(measure) if period_end(period) < self.release.as_of]
        return next(reversed(over or self.periods(measure)), None)

    def open_period(self, measure: Measure) -> str | None:
        """The period still running at the as-of date, if it is not the headline one."""
        latest = next(reversed(self.periods(measure)), None)
        return latest if latest != self.headline_period(measure) else None

    def cell(
        self, measure: Measure, unit: Unit, period: str | None, stage: str = ALL_STAGES, convention: str = "default"
    ) -> Cell:
        """The figure, or an empty cell where the release has none."""
        period = period or ""
        found = self._cells.get((measure.key, unit.id, period, stage, convention))
        return found or Cell(measure, period, None, None)

    def forecast(self, unit: Unit, period: str | None) -> Cell:
        """How the open cycle will end at the pace so far: teachers not at risk, of those assessed in all its years.

        Over the credit systems of a place; empty where one of them is hidden or tells its ratio in the coarse only.
        """
        rows = [row for row in self.risks.get(unit.id, []) if row["period"] == period]
        if not rows:
            return Cell(CYCLE, period or "", None, None)
        if len(rows) == 1 and rows[0]["rounded_percent"] is not None:
            step = rows[0]["rounded_step"]
            low = rows[0]["rounded_percent"] - step // 2
            rounded = 100 - (low + step) + step // 2
            coarse = Cell(CYCLE, rows[0]["period"], None, None, rounded_percent=rounded, rounded_step=step)
            return replace(coarse, is_open=True, is_forecast=True)
        if any(row["numerator"] is None for row in rows):
            why = next((row["suppression"] for row in rows if row["suppression"]), None) or UNTOLD
            return Cell(CYCLE, rows[0]["period"], None, None, suppression=why, is_open=True, is_forecast=True)
        every = sum(row["denominator"] for row in rows)
        behind = sum(row["numerator"] for row in rows)
        return Cell(CYCLE, rows[0]["period"], every - behind, every, is_open=True, is_forecast=True)

    @cached_property
    def before(self) -> "Region | None":
        """The release before, ready to be asked; None for a first one."""
        return Region(self.release.previous) if self.release.previous else None

    @cached_property
    def questions(self) -> dict[str, list[Row]]:
        """What to ask about each unit, the weightiest first."""
        return self._by_unit("marts.public_question")

    def stages(self, measure: Measure) -> list[str]:
        """Stages the release tells this measure apart by, 全部 first."""
        return self._stages.get(measure.key, [])

    @cached_property
    def _stages(self) -> dict[str, list[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for key, _, _, stage, _ in self._cells:
            if stage:
                found[key].add(stage)
        return {key: sorted(each, key=lambda stage: (stage != ALL_STAGES, stage)) for key, each in found.items()}

    @cached_property
    def institutions(self) -> dict[str, list[Row]]:
        """Each institution's years, oldest first, by institution id."""
        years: dict[str, list[Row]] = defaultdict(list)
        for row in self.table("marts.public_institution").iter_rows(named=True):
            years[row["institution_id"]].append(row)
        return years

    @cached_property
    def rank_ranges(self) -> dict[tuple[str, int], str]:
        """The ranks an institution may hold in its year: where intervals meet, a rank is a range."""
        years: dict[int, list[Row]] = defaultdict(list)
        for row in (row for found in self.institutions.values() for row in found):
            if row["suppression"] is None and row["wilson_low"] is not None:
                years[row["year"]].append(row)
        return {(row["institution_id"], year): _rank_range(row, rows) for year, rows in years.items() for row in rows}

    @cached_property
    def projects(self) -> dict[str, Row]:
        """Every project by its id."""
        return {row["project_id"]: row for row in self.table("marts.public_project").iter_rows(named=True)}

    @cached_property
    def check_lists(self) -> dict[str, list[Row]]:
        """The projects drawn for each county to check, in the order drawn."""
        return self._by_unit("marts.public_check_list")

    @cached_property
    def projects_by_institution(self) -> dict[str, list[Row]]:
        return self._projects_by("institution_id")

    @cached_property
    def projects_by_county(self) -> dict[str, list[Row]]:
        return self._projects_by("county_unit_id")

    def _projects_by(self, column: str) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.table("marts.public_project").iter_rows(named=True):
            found[row[column] or ""].append(row)
        return found

    @cached_property
    def spot_checks(self) -> dict[str, list[Row]]:
        """Each county's years of marts.county_spot_check, oldest first; none where no spot check is on file."""
        found: dict[str, list[Row]] = defaultdict(list)
        known = self.table("marts.county_spot_check").filter(pl.col("projects_checked").is_not_null())
        for row in known.sort("unit_id", "year").iter_rows(named=True):
            found[row["unit_id"]].append(row)
        return found

    @cached_property
    def outcomes(self) -> dict[tuple[str, str], list[Row]]:
        """Teachers by outcome of the cycle, by unit and period."""
        found: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self.table("marts.public_cycle").iter_rows(named=True):
            found[row["unit_id"], row["period"]].append(row)
        return found

    @cached_property
    def compositions(self) -> dict[str, list[Row]]:
        """Hours by kind of training and year, by unit."""
        return self._by_unit("marts.public_composition")

    @cached_property
    def cap_losses(self) -> dict[str, list[Row]]:
        """Credits lost to caps by year, by unit."""
        return self._by_unit("marts.public_cap_loss")

    @cached_property
    def paces(self) -> dict[str, list[Row]]:
        """Teachers of the latest running cycle by progress, by unit."""
        found = self._by_unit("marts.public_pace")
        return {unit: [row for row in rows if row["period"] == rows[-1]["period"]] for unit, rows in found.items()}

    @cached_property
    def shortfalls(self) -> dict[str, list[Row]]:
        """What those lacked who missed a cycle, by unit."""
        return self._by_unit("marts.public_shortfall")

    @cached_property
    def risks(self) -> dict[str, list[Row]]:
        """Who will miss the open cycle at the pace so far, by unit; a row for each credit system."""
        return self._by_unit("marts.public_risk")

    @cached_property
    def attributions(self) -> dict[tuple[str, str, str], Row]:
        """The coarse attainment by unit, period and convention of where movers count."""
        rows = self.table("marts.public_attribution").iter_rows(named=True)
        return {(row["unit_id"], row["period"], row["convention"]): row for row in rows}

    @cached_property
    def schools(self) -> dict[str, list[Row]]:
        """Schools with their cycles, by county."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.table("marts.public_school").iter_rows(named=True):
            found[row["county_id"] or ""].append(row)
        return found

    @cached_property
    def rejects(self) -> dict[str, list[Row]]:
        """What each county has to correct, by table, column and reason; rows that name no county under no unit's id."""
        rows = self.table("marts.public_reject_sender").filter(sender_kind="county")
        found: dict[str, list[Row]] = defaultdict(list)
        for row in rows.sort("count", descending=True).iter_rows(named=True):
            found[row["sender_id"]].append(row)
        return found

    def refused(self, unit: Unit) -> int:
        """Rows and cells refused that are a place's own; of the province all, whether they name a county or not."""
        if unit.kind == "province":
            return self.night["rows_refused"] + self.night["cells_refused"]
        return sum(row["count"] for one in self.among(unit) for row in self.rejects.get(one.id, []))

    @cached_property
    def place_notes(self) -> dict[str, list[str]]:
        """What became of lapsed codes, by the unit itself and by the county that took it over."""
        notes: dict[str, list[str]] = defaultdict(list)
        for row in self.table("marts.public_unit").filter(pl.col("place_note").is_not_null()).iter_rows(named=True):
            for unit in dict.fromkeys((row["unit_id"], row["county_id"])):
                notes[unit or ""].append(f"{row['unit_name'] or row['unit_id']}：{row['place_note']}")
        return notes

    @cached_property
    def addresses(self) -> dict[str, str]:
        """The folder of every county and institution that has a page, by id."""
        return {county.id: county.address for county in self.counties} | {
            identifier: f"institution/{identifier}/" for identifier in self.institutions
        }

    def _by_unit(self, table: str) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.table(table).iter_rows(named=True):
            found[row["unit_id"]].append(row)
        return found

    def elapsed(self, period: str) -> Fraction:
        """How much of a cycle had passed on the as-of date."""
        start, end = date(int(period[:4]), 1, 1), period_end(period)
        return Fraction(min((self.release.as_of - start).days + 1, (end - start).days + 1), (end - start).days + 1)

    @cached_property
    def makings(self) -> Makings:
        """How every clause's figure is made."""
        return Makings(self.table("audit.formulas"), self.table("audit.sources"))

    @cached_property
    def _headline_findings(self) -> dict[tuple[str, str, str], Row]:
        return {
            (row["clause_id"], row["subject_id"], row["period"]): row
            for row in self.table("marts.public_finding").iter_rows(named=True)
        }

    def finding(self, clause_id: str, subject_id: str, period: str | None) -> Row | None:
        """The headline finding of a county or institution, with what another reading of the clause would do."""
        return self._headline_findings.get((clause_id, subject_id, period or ""))

    @cached_property
    def clauses(self) -> dict[str, Row]:
        """The clauses of the release by id."""
        return {row["clause_id"]: row for row in self.table("audit.clauses").iter_rows(named=True)}

    @cached_property
    def _targets(self) -> dict[str, dict[str, Target]]:
        found: dict[str, dict[str, Target]] = defaultdict(dict)
        for row in self.table("marts.public_target").iter_rows(named=True):
            if row["threshold"] is not None:
                found[row["clause_id"]][row["period"]] = Target(
                    row["clause_id"], row["operator"], Fraction(row["threshold"]), row["unit"] or ""
                )
        return found

    def is_judged(self, measure: Measure) -> bool:
        """Whether the law of this province has a clause for the measure; elsewhere it is shown for reference only."""
        return any(clause in self.clauses for clause in measure.clauses)

    def is_law(self, measure: Measure, period: str, unit: Unit) -> bool:
        """Whether a clause about the measure bound the unit in a period: none did before the first that was judged."""
        judged = [self._targets[row["clause_id"]] for row in self.clauses_of(measure, unit)]
        return any(not by_period or period >= min(by_period) for by_period in judged)

    def targets(self, measure: Measure, period: str | None, unit: Unit) -> list[Target]:
        """The thresholds the release applied to a measure where the unit lies, the period's own if it has some.

        None in periods before a clause was first applied: it was not law yet.
        """
        per_clause = [self._targets[row["clause_id"]] for row in self.clauses_of(measure, unit)]
        held = [by_period for by_period in per_clause if by_period and (not period or period >= min(by_period))]
        return [by_period.get(period or "") or by_period[max(by_period)] for by_period in held]

    def clauses_of(self, measure: Measure, unit: Unit) -> Sequence[Row]:
        """The clauses behind a measure that are law where the unit lies; a city's own replace its province's."""
        held = [self.clauses[clause] for clause in measure.clauses if clause in self.clauses]
        reach = {row["clause_id"]: row["jurisdiction_code"].rstrip("0") for row in held}
        law = [row for row in held if unit.place.startswith(reach[row["clause_id"]])]
        nearest = max((len(reach[row["clause_id"]]) for row in law), default=0)
        return [row for row in law if len(reach[row["clause_id"]]) == nearest]


def _rank_range(row: Row, peers: Sequence[Row]) -> str:
    better = sum(peer["wilson_low"] > row["wilson_high"] for peer in peers)
    worse = sum(peer["wilson_high"] < row["wilson_low"] for peer in peers)
    first, last = better + 1, len(peers) - worse
    return f"{first}" if first == last else f"{first}—{last}"


def period_end(period: str) -> date:
    """The last day of `2019` or `2016-2020`."""
    return date(int(period[-4:]), 12, 31)
