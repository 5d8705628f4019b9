"""One release's figures for one year and one region, each ready as a report number.

Here belong the questions a report asks of a release: which published tables it looks them up in (`READS`). Nothing
is judged here and nobody is counted: what the tables do not say, the report does not say. Which sentences the figures
go into belongs to `dashboards.report.content`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any, Final

import polars as pl

from dashboards.report import indicators
from dashboards.report.errors import NothingToReport
from dashboards.report.laws import amounts
from dashboards.report.model import Indicator, Limit, Number, number, plain
from dashboards.site.measures import ALL_STAGES, CYCLE, Measure
from dashboards.site.region import Cell, Region, Unit
from dashboards.site.release import ReleaseData, kind_word
from models.contracts import staging_contracts
from models.law import load_policies
from models.marts.suppression import HIDDEN, MINIMUM, POOLED_SPAN, SPAN_ONLY
from models.marts.training import IN_ALL

Row = Mapping[str, Any]
READS: Final = (
    "marts.public_unit",
    "marts.public_measure",
    "marts.public_cycle",
    "marts.public_risk",
    "marts.public_institution",
    "marts.public_target",
    "marts.public_training",
    "marts.public_shortfall",
    "marts.public_same_day",
    "marts.public_school",
    "marts.public_participation",
    "marts.public_clause_year",
    "marts.public_supervision",
    "marts.public_money",
    "marts.public_project_money",
    "marts.public_reject",
    "marts.county_spot_check",
    "audit.clauses",
    "audit.gate",
    "audit.row_counts",
)
"""The tables a report looks its figures up in: what the release published, and nothing about single people."""

DIMENSIONS: Final = {"level": "级别", "source_type": "方式", "stage": "学段"}
HELD: Final[Mapping[str, Indicator]] = {
    "institutions": indicators.INSTITUTIONS,
    "projects": indicators.PROJECTS,
    "school_projects": indicators.SCHOOL_PROJECTS,
    "planned_hours": indicators.PLANNED_HOURS,
    "classes": indicators.CLASSES,
}
TOOK_PART: Final[Mapping[str, Indicator]] = {
    "trained": indicators.TRAINED,
    "records": indicators.RECORDS,
    "hours": indicators.HOURS,
}
YUAN_IN_WAN: Final = 10000


class Facts:
    """A release asked about one year and one region."""

    def __init__(self, release: ReleaseData, year: int, region: str) -> None:
        self.release = release
        self.year = year
        self.made: dict[str, Number] = {}
        self.region = Region(release)
        self.school: str | None = None
        self.unit = self._unit_of(region)
        if self.unit.kind == "county":
            self.counties = [self.unit]
        elif self.unit.kind == "city":
            self.counties = self.region.counties_of(self.unit)
        else:
            self.counties = self.region.counties
        self._refuse_empty_year()

    def _unit_of(self, code: str) -> Unit:
        if code == self.release.province:
            return self.region.province
        found = self.region.by_id.get(code) or self._unit_of_school(code)
        if found is None:
            raise NothingToReport(
                f"{self.release.province_name}的发布 {self.release.release_id} 里没有行政单位 {code}。"
                f"请写省码（{self.release.province}）、该省市县级单位的代码或学校标识码，如 {self._example()}。"
            )
        return found

    def _unit_of_school(self, code: str) -> Unit | None:
        """The county of a school, which then is what the report is about."""
        rows = self.schools_rows(code)
        county = rows[0]["county_id"] if rows else None
        if county in self.region.by_id:
            self.school = code
        return self.region.by_id.get(county or "")

    def _example(self) -> str:
        return next((f"{unit.id}（{unit.name}）" for unit in self.region.counties), self.release.province)

    def _refuse_empty_year(self) -> None:
        years = self.years
        if self.year in years:
            return
        name = plain(self.unit.name)
        have = f"有数据的年度：{'、'.join(map(str, years))}。" if years else "这里一个年度的数据也没有。"
        raise NothingToReport(f"{name}（{self.unit.id}）没有 {self.year} 年的数据，不能生成年度报告。{have}")

    # ---- the region and its parts

    @property
    def is_open(self) -> bool:
        """Whether the year was still running on the release's day."""
        return date(self.year, 12, 31) >= self.release.as_of

    @property
    def compares(self) -> bool:
        """Whether last year may be held beside this one: it has data, and this year is over as that one is."""
        return not self.is_open and self.year - 1 in self.years

    @cached_property
    def parts(self) -> Sequence[Unit]:
        """What the region's tables list: cities and counties right under the province, a city's counties, itself."""
        if self.unit.kind != "province" or len(self.region.cities) < 2:  # noqa: PLR2004 - one city is no list
            return self.counties
        cities = {unit.id for unit in self.region.cities}
        return [*self.region.cities, *(unit for unit in self.counties if unit.city_id not in cities)]

    @property
    def part_word(self) -> str:
        kinds = {unit.kind for unit in self.parts}
        return {frozenset({"city"}): self.city_word, frozenset({"county"}): "县（市、区）"}.get(
            frozenset(kinds), "市县"
        )

    @property
    def city_word(self) -> str:
        """设区市, or what the units under the province are called together where not all of them are cities."""
        word = self.region.city_word
        return "设区市" if word == "市" else word

    @cached_property
    def amounts(self) -> str:
        """What the law asks teachers for: 学分学时, or one of them alone."""
        return amounts(self.release.province)

    @property
    def whole_word(self) -> str:
        """全省, 全市, 全县 … by what the unit is called; 本单位 for what is called none of them."""
        return f"全{kind_word(self.unit.name)}" if kind_word(self.unit.name) else "本单位"

    # ---- look-ups

    @cached_property
    def years(self) -> list[int]:
        """Years with projects or credits in the region, up to the release's day."""
        found = {year for unit, year in self._training if unit == self.unit.id}
        found |= {year for unit, year, *_ in self._participation if unit == self.unit.id}
        return sorted(year for year in found if year <= self.release.as_of.year)

    def _by(self, table: str, *key: str) -> dict[Any, Row]:
        """A published table by its key; rows with a blank in it stand for nothing that can be asked for."""
        rows = self.region.table(table).iter_rows(named=True)
        return {name: row for row in rows if None not in (name := tuple(row[part] for part in key))}

    @cached_property
    def _training(self) -> dict[tuple[str, int], Row]:
        return self._by("marts.public_training", "unit_id", "year")

    @cached_property
    def _participation(self) -> dict[tuple[str, int, str, str], Row]:
        return self._by("marts.public_participation", "unit_id", "year", "dimension", "value")

    def supervision(self, kind: str, year: int) -> dict[str, int]:
        """Events of one kind in the region's year by what they were: checks, their methods and problems, visits."""
        return {
            row["value"]: row["events"]
            for row in self.region.table("marts.public_supervision").iter_rows(named=True)
            if (row["unit_id"], row["year"], row["kind"]) == (self.unit.id, year, kind)
        }

    @cached_property
    def watched(self) -> frozenset[str]:
        """Kinds of events that the release tells of at all, in any year and place."""
        return frozenset(row["kind"] for row in self.region.table("marts.public_supervision").iter_rows(named=True))

    def money(self, year: int) -> Row | None:
        """Money the region's units reported for a year."""
        return self._by("marts.public_money", "unit_id", "year").get((self.unit.id, year))

    def project_money(self, year: int) -> list[Row]:
        """Money of the region's projects by item, what was spent most on first."""
        rows = self._by("marts.public_project_money", "unit_id", "year", "item").values()
        mine = [row for row in rows if (row["unit_id"], row["year"]) == (self.unit.id, year)]
        return sorted(mine, key=lambda row: (row["spent"] is None, -(row["spent"] or 0), row["item"]))

    # ---- numbers

    def number(
        self,
        indicator: Indicator,
        value: Fraction | Any,
        of: str = "",
        *,
        year: int | str | None = None,
        hidden: str | None = None,
        places: int | None = None,
    ) -> Number:
        """A number of this region unless `of` says more: its id is indicator/region/year/of."""
        name = "/".join(part for part in (self.unit.id, str(year or self.year), of) if part)
        return self._made(indicator, name, value, self.release.release_id, hidden=hidden, places=places)

    def _made(
        self,
        indicator: Indicator,
        of: str,
        value: Fraction | Any,
        release: str,
        *,
        hidden: str | None = None,
        places: int | None = None,
    ) -> Number:
        """A number, remembered in `made`, so that last year's report can be compared with all that was worked out."""
        one = number(indicator, of, value, release, hidden=hidden, places=places)
        self.made[one.id] = one
        return one

    def change(self, now: Number, before: Number) -> Number:
        """How a figure differs from last year's, rounded once from the exact difference; unknown if either is."""
        known = now.exact is not None and before.exact is not None and now.is_known and before.is_known
        is_coarse = now.is_coarse or before.is_coarse
        is_share = now.indicator.scale == "percent"
        indicator = Indicator(
            f"{now.indicator.key}_change",
            f"{now.indicator.title}比上年增减",
            "个百分点" if is_share else now.indicator.unit,
            "本年数减上年数，相减后舍入一次",
            "points" if is_share else "change",
            now.indicator.roles,
        )
        difference = (now.exact or Fraction(0)) - (before.exact or Fraction(0))
        return self._made(
            indicator,
            now.id.partition("/")[2],
            difference if known and not is_coarse else None,
            self.release.release_id,
            places=min(now.places, before.places) if known else None,
        )

    def less(self, indicator: Indicator, one: Number, other: Number, what: str) -> Number:
        """One count less another, unknown or hidden if either is."""
        known = one.exact is not None and other.exact is not None
        value = (one.exact or Fraction(0)) - (other.exact or Fraction(0)) if known else None
        name = f"{one.id.partition('/')[2]}/{what}"
        return self._made(indicator, name, value, self.release.release_id, hidden=one.hidden or other.hidden)

    def missed(self, indicator: Indicator, base: Number, met: Number) -> Number:
        """People assessed less people who reached it; not told where the difference is but a few."""
        found = self.less(indicator, base, met, "missed")
        if not 0 < (found.exact or 0) <= MINIMUM:
            return found
        return self._made(indicator, found.id.partition("/")[2], found.exact, self.release.release_id, hidden=HIDDEN)

    def ratio(self, indicator: Indicator, part: Number, whole: Number, of: str = "") -> Number:
        """A ratio of two figures that may both be shown."""
        known = part.exact is not None and bool(whole.exact)
        value = (part.exact or Fraction(0)) / whole.exact if known and whole.exact else None
        return self.number(indicator, value, of, hidden=part.hidden or whole.hidden)

    def wan(self, yuan: Any) -> Fraction | None:
        """An amount of money in units of ten thousand yuan."""
        return None if yuan is None else Fraction(yuan) / YUAN_IN_WAN

    def share(
        self, indicator: Indicator, measure: Measure, unit: Unit, period: str, convention: str = "default"
    ) -> Number:
        """A published ratio of the headline measures as a number."""
        cell = self.region.cell(measure, unit, period, ALL_STAGES, convention)
        of = f"{unit.id}/{period}" + ("" if convention == "default" else f"/{convention}")
        return self._of_cell(indicator, cell, of)

    def _of_cell(self, indicator: Indicator, cell: Cell, of: str) -> Number:
        places = 0 if cell.rounded_percent is not None else None
        hidden = cell.suppression or (cell.fraction if cell.is_wide else None)
        return self._made(indicator, of, cell.value, self.release.release_id, hidden=hidden, places=places)

    def has(self, measure: Measure, period: str) -> bool:
        """Whether the release has a headline figure of the region, be it one that is not told."""
        return self.region.cell(measure, self.unit, period).is_told

    def has_people(self, year: int) -> bool:
        """Whether anybody of the region took part in a year, told or not."""
        return (self.unit.id, year, IN_ALL, IN_ALL) in self._participation

    def part_of(self, indicator: Indicator, measure: Measure, unit: Unit, period: str, side: str) -> Number:
        """Numerator or denominator of a headline measure, where it may be shown."""
        cell = self.region.cell(measure, unit, period)
        span = SPAN_ONLY if measure.unit == "人" else POOLED_SPAN
        why = cell.suppression or (span if cell.rounded_percent is not None else None)
        value = cell.numerator if side == "numerator" else cell.denominator
        return self._made(indicator, f"{unit.id}/{period}/{side}", value, self.release.release_id, hidden=why)

    @property
    def stages(self) -> list[str]:
        """Stages the cycle's attainment is told apart by."""
        return [stage for stage in self.region.stages(CYCLE) if stage != ALL_STAGES]

    def share_of_stage(self, indicator: Indicator, measure: Measure, period: str, stage: str) -> Number:
        """A headline ratio of the region's teachers of one stage."""
        return self._of_cell(
            indicator, self.region.cell(measure, self.unit, period, stage), f"{self.unit.id}/{period}/{stage}"
        )

    def asks(self, measure: Measure) -> bool:
        """Whether the law that binds the region had a limit for a headline measure in the report's year."""
        return self.region.is_law(measure, str(self.year), self.unit)

    def limits(self, measure: Measure, word: str) -> tuple[Limit, ...]:
        """The thresholds the release applied to a headline measure in the report's year, lowest first."""
        targets = self.region.targets(measure, str(self.year), self.unit)
        found = {target.threshold: Limit(f"{word} {target.text}", target.threshold) for target in targets}
        return tuple(found[threshold] for threshold in sorted(found))

    # ---- participation

    def participation(self, dimension: str, year: int) -> dict[str, Row]:
        """Records, hours and people of the region by the values of one dimension."""
        return {
            row["value"]: row
            for (unit, of, by, _), row in self._participation.items()
            if (unit, of, by) == (self.unit.id, year, dimension)
        }

    def volume(self, unit: Unit, year: int) -> dict[str, Number]:
        """Projects, institutions, classes and planned hours of a place's year, and who took part."""
        held, people = self._training.get((unit.id, year)), self._participation.get((unit.id, year, IN_ALL, IN_ALL))
        where = "" if unit == self.unit else unit.id
        hidden = people["suppression"] if people else None
        made = {key: self.number(one, held[key] if held else None, where, year=year) for key, one in HELD.items()}
        return made | {
            key: self.number(one, people[key] if people else None, where, year=year, hidden=hidden)
            for key, one in TOOK_PART.items()
        }

    def each(self, unit: Unit) -> Number:
        """Hours a teacher who took part, in a place of the region."""
        now = self.volume(unit, self.year)
        return self.ratio(indicators.HOURS_EACH, now["hours"], now["trained"], unit.id)

    # ---- attainment

    def outcome(self, row: Row | None, of: str) -> Number:
        """People by outcome of the cycle; none where nobody had it, which is a true zero beside the others."""
        has_any = bool(self.region.outcomes.get((self.unit.id, self.cycle or "")))
        value = row["teachers"] if row else 0 if has_any else None
        return self.number(indicators.OUTCOME, value, of, hidden=row["suppression"] if row else None)

    def at_risk(self, unit: Unit, period: str) -> Row | None:
        """Teachers who at their pace will miss the open cycle, over all credit systems of the place."""
        return _together([row for row in self.region.risks.get(unit.id, []) if row["period"] == period])

    def same_day(self, year: int) -> Row | None:
        """What had been checked by the release's day of the year, in any year."""
        return self._by("marts.public_same_day", "unit_id", "year").get((self.unit.id, year))

    @cached_property
    def cycle(self) -> str | None:
        """The cycle the report's year lies in."""
        holding = [p for p in self.region.periods(CYCLE) if int(p[:4]) <= self.year <= int(p[-4:])]
        return holding[0] if holding else None

    @property
    def cycle_is_over(self) -> bool:
        """Whether the cycle that the report's year lies in has ended."""
        return self.cycle is not None and self.release.as_of.year > int(self.cycle[-4:])

    def missed_of(self, measure: Measure, indicator: Indicator, year: int) -> Number:
        """How many people missed a headline measure in a year."""
        base, met = (
            self.part_of(indicator, measure, self.unit, str(year), side) for side in ("denominator", "numerator")
        )
        return self.missed(indicator, base, met)

    @property
    def is_short(self) -> bool:
        """Whether the report is one of a few pages: everything but a province's."""
        return self.unit.kind != "province"

    @cached_property
    def school_count(self) -> int:
        """Schools of the region that the release knows."""
        inside = (row["school_id"] for unit in self.counties for row in self.region.schools.get(unit.id, []))
        return len(set(inside))

    def schools_rows(self, school: str) -> list[Row]:
        """A school's cycles."""
        return [row for rows in self.region.schools.values() for row in rows if row["school_id"] == school]

    def of_share(self, indicator: Indicator, row: Row | None, of: str) -> Number:
        if row is None:
            return self._made(indicator, of, None, self.release.release_id)
        coarse = row["rounded_percent"]
        value = (
            Fraction(coarse, 100)
            if coarse is not None
            else None
            if row["denominator"] is None
            else Fraction(row["numerator"], row["denominator"])
        )
        return self._made(
            indicator,
            of,
            value,
            self.release.release_id,
            hidden=row["suppression"],
            places=0 if coarse is not None else None,
        )

    def side(self, indicator: Indicator, row: Row | None, of: str, side: str) -> Number:
        if row is None:
            return self._made(indicator, of, None, self.release.release_id)
        why = row["suppression"]
        if row["rounded_percent"] is not None:
            why = SPAN_ONLY
        return self._made(indicator, of, row[side], self.release.release_id, hidden=why)

    # ---- clauses

    @cached_property
    def clauses(self) -> dict[str, Row]:
        """The clauses that are law somewhere in the region, by id."""
        rows = self.region.table("audit.clauses").iter_rows(named=True)
        return {row["clause_id"]: row for row in rows if self._is_law_here(row["jurisdiction_code"])}

    def _is_law_here(self, jurisdiction: str) -> bool:
        reach = (jurisdiction or "").rstrip("0")
        places = (self.unit.id, self.unit.city_id or "")
        return any(place.startswith(reach) for place in places) or reach.startswith(self.unit.id.rstrip("0"))

    def judged(self, year: int) -> dict[tuple[str, str], Row]:
        """How clauses were kept in a year and in the cycle it lies in: (clause, subject type) → counts."""
        found: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self._clause_rows:
            if _holds(row["period"], year):
                found[row["clause_id"], row["subject_type"]].append(row)
        return {key: _together(rows) or {} for key, rows in found.items() if key[0] in self.clauses}

    @cached_property
    def _clause_rows(self) -> list[Row]:
        rows = self.region.table("marts.public_clause_year")
        return list(rows.filter(pl.col("unit_id") == self.unit.id).sort(pl.all()).iter_rows(named=True))

    # ---- words

    @property
    def local_documents(self) -> list[str]:
        """Documents of the region's own city, by title and number; a province has none of its own beyond its law."""
        if self.unit.kind == "province":
            return []
        own = {self.unit.id, self.unit.city_id}
        book = load_policies().documents
        names = dict.fromkeys(row["document"] for row in self.clauses.values() if row["jurisdiction_code"] in own)
        return [f"《{plain(book[name].title)}》（{plain(book[name].doc_no)}）" for name in names if name in book]

    def reason(self, clause: Row) -> str:
        """Why a clause could not be judged, tables called by their Chinese titles."""
        text = plain(clause["reason"])
        for name, contract in sorted(staging_contracts().items(), key=lambda item: -len(item[0])):
            text = text.replace(name, contract.title)
        return text


SUMS: Final = ("met", "not_met", "in_progress", "undetermined", "numerator", "denominator")


def _together(rows: Sequence[Row]) -> Row | None:
    """Rows that are one figure to the reader, summed; hidden as soon as one of several is not told in counts."""
    if len(rows) < 2:  # noqa: PLR2004 - one row is what it is
        return rows[0] if rows else None
    total = dict(rows[0])
    for name in SUMS:
        if name in total:
            parts = [row[name] for row in rows if row[name] is not None]
            total[name] = sum(parts) if parts else None
    unsaid = next((row for row in rows if row["suppression"] or row["rounded_percent"] is not None), None)
    if unsaid is not None:
        total |= dict.fromkeys((name for name in SUMS if name in total), None)
        total |= {"rounded_percent": None, "suppression": unsaid["suppression"] or HIDDEN}
    return total


def _holds(period: str, year: int) -> bool:
    """Whether a year is the period or lies in it."""
    first, _, last = period.partition("-")
    return first.isdigit() and (last or first).isdigit() and int(first) <= year <= int(last or first)
