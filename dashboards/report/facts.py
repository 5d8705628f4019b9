"""One release's figures for one year and one region, each ready as a report number.

Here belong the questions a report asks of a release: which frames it reads (`READS`), how they are summed for the
region, and what may be shown. Which sentences they go into belongs to `dashboards.report.content`.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any, Final

import polars as pl

from dashboards.report import people
from dashboards.report.errors import NothingToReport
from dashboards.report.model import Indicator, Limit, Number, number, plain
from dashboards.site.measures import ALL_STAGES, CYCLE, Measure
from dashboards.site.region import Cell, Region, Unit
from dashboards.site.release import ReleaseData
from models.contracts import staging_contracts
from models.law import load_policies

Row = Mapping[str, Any]
READS: Final[Mapping[str, tuple[str, ...]]] = {
    "marts.public_unit": (),
    "marts.public_measure": (),
    "marts.public_cycle": (),
    "marts.public_institution": (),
    "marts.public_target": (),
    "marts.public_reject": (),
    "marts.county_spot_check": (),
    "marts.teacher_year": ("teacher_id", "year", "verdict"),
    "marts.teacher_cycle": (
        *("teacher_id", "cycle_start", "cycle_end", "credits", "hours", "required_credits", "required_hours"),
        "verdict",
    ),
    "core.dim_teacher": ("teacher_id", "county_id", "stage"),
    "core.dim_project": (
        *("project_id", "year", "institution_id", "level", "is_school_based", "county_unit_id", "delivery_mode"),
        *("stage", "hours_planned", "status"),
    ),
    "core.fct_credit": ("teacher_id", "credit_year", "source_type", "level", "counted_hours", "status"),
    "core.fct_spot_check": (
        *("check_id", "project_id", "checker_unit_id", "checker_level", "method_codes", "result", "finding_code"),
        "year",
    ),
    "staging.class": ("class_id", "project_id", "status"),
    "staging.class_observation": ("observation_id", "observer_role", "unit_id", "date", "is_random"),
    "staging.finance_year": ("org_id", "year", "payroll_total", "training_budget", "allocated_to_schools"),
    "staging.project_finance": ("project_id", "item", "budget", "received", "spent"),
    "staging.sanction": ("sanction_id", "institution_id", "type", "decision_date"),
    "core.dim_school": ("school_id", "county_id"),
    "audit.findings": ("clause_id", "subject_type", "subject_id", "unit_id", "period", "verdict"),
    "audit.clauses": (),
    "audit.gate": (),
    "audit.row_counts": (),
}
"""Tables a report reads, with the columns it wants of them; () stands for all."""

CANCELLED: Final = "取消"
COUNTED_CREDITS: Final = ("ok", "need_table")
DIMENSIONS: Final = {"level": "级别", "source_type": "方式", "stage": "学段"}


class Facts:
    """A release asked about one year and one region."""

    def __init__(self, release: ReleaseData, year: int, region: str) -> None:
        self.release = release
        self.year = year
        self.made: dict[str, Number] = {}
        self.region = Region(release)
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
        found = self.region.by_id.get(code)
        if found is None:
            raise NothingToReport(
                f"{self.release.province_name}的发布 {self.release.release_id} 里没有行政单位 {code}。"
                f"请写省码（{self.release.province}）或该省市、县级单位的代码，如 {self._example()}。"
            )
        return found

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
        return {frozenset({"city"}): "设区市", frozenset({"county"}): "县（市、区）"}.get(frozenset(kinds), "市县")

    @property
    def whole_word(self) -> str:
        """全省, 全市, 全县 or the municipality's 全市."""
        if self.unit.kind == "province":
            return "全市" if self.unit.name.endswith("市") else "全省"
        if self.unit.kind == "city":
            return "全市"
        return {"区": "全区", "市": "全市"}.get(self.unit.name[-1:], "全县")

    @cached_property
    def _county_ids(self) -> list[str]:
        return [unit.id for unit in self.counties]

    @cached_property
    def unit_ids(self) -> list[str]:
        """The region's counties and the region itself."""
        return [*self._county_ids, self.unit.id]

    # ---- frames

    def frame(self, table: str) -> pl.DataFrame:
        """A table of the release; one without the columns the report wants counts as empty."""
        found = self.release.tables(table)
        wanted = READS[table]
        if found.is_empty() or not set(wanted) <= set(found.columns):
            return pl.DataFrame(schema=found.schema if wanted == () else dict.fromkeys(wanted, pl.Null))
        return found.select(wanted) if wanted else found

    @cached_property
    def units(self) -> pl.DataFrame:
        return self.release.tables("marts.public_unit").with_columns(province=pl.lit(self.release.province))

    @cached_property
    def _all_projects(self) -> pl.DataFrame:
        frame = self.frame("core.dim_project")
        return frame.filter(pl.col("status").fill_null("") != CANCELLED) if frame.height else frame

    @cached_property
    def projects(self) -> pl.DataFrame:
        """Projects of the region that were not cancelled, every year; a province counts those of no county too."""
        frame = self._all_projects
        if self.unit.kind == "province" or frame.is_empty():
            return frame
        return frame.filter(pl.col("county_unit_id").is_in(self.unit_ids))

    @cached_property
    def years(self) -> list[int]:
        """Years with projects or credits in the region, up to the release's day."""
        found = set(self.projects["year"].drop_nulls().to_list()) if self.projects.height else set()
        found |= set(self._participation["year"].to_list()) if self._participation.height else set()
        return sorted(int(year) for year in found if year <= self.release.as_of.year)

    @cached_property
    def _participation(self) -> pl.DataFrame:
        mine = self._all_participation
        return mine.filter(pl.col("unit_id") == self.unit.id) if mine.height else mine

    @cached_property
    def _all_participation(self) -> pl.DataFrame:
        """Credit records that count, by unit, year and one dimension at a time."""
        records, teachers = self.frame("core.fct_credit"), self.frame("core.dim_teacher")
        if records.is_empty() or teachers.is_empty():
            return pl.DataFrame()
        near = records.lazy().filter(
            pl.col("status").is_in(COUNTED_CREDITS) & pl.col("credit_year").is_in([self.year - 1, self.year])
        )
        placed = near.join(teachers.lazy(), on="teacher_id", how="left")
        leaves = pl.concat(
            placed.group_by(
                pl.col("county_id").alias("unit_id"),
                pl.col("credit_year").cast(pl.Int64).alias("year"),
                pl.lit(dimension).alias("dimension"),
                pl.col(dimension).fill_null("未填").alias("value"),
            ).agg(
                records=pl.len().cast(pl.Int64),
                hours=pl.col("counted_hours").cast(pl.Decimal(38, 3)).sum(),
                people=pl.col("teacher_id").n_unique().cast(pl.Int64),
            )
            for dimension in DIMENSIONS
        )
        return people.amounts(leaves, self.units, ("year", "dimension"), "value", ("records", "hours"))

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
        """How a figure differs from last year's, as both are printed; unknown if either is."""
        known = now.is_known and before.is_known
        is_share = now.indicator.scale == "percent"
        indicator = Indicator(
            f"{now.indicator.key}_change",
            f"{now.indicator.title}比上年增减",
            "个百分点" if is_share else now.indicator.unit,
            "本年数减上年数（均为公布数）",
            "points" if is_share else "change",
            now.indicator.roles,
        )
        difference = Fraction(now.value or 0) - Fraction(before.value or 0)
        return self._made(
            indicator,
            now.id.partition("/")[2],
            (difference / 100 if is_share else difference) if known else None,
            self.release.release_id,
            places=min(now.places, before.places) if known else None,
        )

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

    def part_of(self, indicator: Indicator, measure: Measure, unit: Unit, period: str, side: str) -> Number:
        """Numerator or denominator of a headline measure, where it may be shown."""
        cell = self.region.cell(measure, unit, period)
        why = cell.suppression or ("有一方不足10人，只公布约数" if cell.rounded_percent is not None else None)
        value = cell.numerator if side == "numerator" else cell.denominator
        return self._made(indicator, f"{unit.id}/{period}/{side}", value, self.release.release_id, hidden=why)

    def limits(self, measure: Measure, word: str) -> tuple[Limit, ...]:
        """The thresholds the release applied to a headline measure in the report's year, lowest first."""
        targets = self.region.targets(measure, str(self.year), self.unit)
        found = {target.threshold: Limit(f"{word} {target.text}", target.threshold) for target in targets}
        return tuple(found[threshold] for threshold in sorted(found))

    # ---- participation

    def participation(self, dimension: str, year: int) -> dict[str, Row]:
        """Records and hours of the region by the values of one dimension."""
        if self._participation.is_empty():
            return {}
        rows = self._participation.filter((pl.col("dimension") == dimension) & (pl.col("year") == year))
        return {row["value"]: row for row in rows.iter_rows(named=True)}

    def participation_total(self, year: int, what: str, unit: Unit | None = None) -> tuple[Any, str | None]:
        """Records or hours of the whole region, and why they are hidden if they are.

        The total of a dimension whose parts are partly hidden is still shown: the parts were hidden for that.
        """
        totals = self._totals
        if totals.is_empty():
            return None, None
        rows = totals.filter((pl.col("unit_id") == (unit or self.unit).id) & (pl.col("year") == year))
        row = next(rows.iter_rows(named=True), None)
        return (row[what], row["suppression"]) if row else (None, None)

    @cached_property
    def _totals(self) -> pl.DataFrame:
        records, teachers = self.frame("core.fct_credit"), self.frame("core.dim_teacher")
        if records.is_empty() or teachers.is_empty():
            return pl.DataFrame()
        leaves = (
            records.lazy()
            .filter(pl.col("status").is_in(COUNTED_CREDITS) & pl.col("credit_year").is_in([self.year - 1, self.year]))
            .join(teachers.lazy(), on="teacher_id", how="left")
            .group_by(
                pl.col("county_id").alias("unit_id"),
                pl.col("credit_year").cast(pl.Int64).alias("year"),
                pl.lit("全部").alias("value"),
            )
            .agg(
                records=pl.len().cast(pl.Int64),
                hours=pl.col("counted_hours").cast(pl.Decimal(38, 3)).sum(),
                people=pl.col("teacher_id").n_unique().cast(pl.Int64),
                trained=pl.col("teacher_id").n_unique().cast(pl.Int64),
            )
        )
        return people.amounts(leaves, self.units, ("year",), "value", ("records", "hours", "trained"))

    # ---- attainment

    @cached_property
    def _yearly(self) -> pl.DataFrame:
        rows, teachers = self.frame("marts.teacher_year"), self.frame("core.dim_teacher")
        if rows.is_empty() or teachers.is_empty():
            return pl.DataFrame()
        leaves = (
            rows.lazy()
            .filter(pl.col("year").is_in(self._registered_years))
            .filter(pl.col("verdict").is_in(["met", "not_met", "in_progress"]))
            .join(teachers.lazy().select("teacher_id", "county_id"), on="teacher_id", how="left")
            .group_by(pl.col("county_id").alias("unit_id"), pl.col("year").cast(pl.Int64).alias("year"))
            .agg(
                numerator=(pl.col("verdict") == "met").sum().cast(pl.Int64),
                denominator=pl.len().cast(pl.Int64),
            )
        )
        return people.shares(leaves, self.units, ("year",))

    @cached_property
    def _registered_years(self) -> list[int]:
        """This year and the last, as far as the dump has credit records of them: without any, nobody is judged."""
        records = self.frame("core.fct_credit")
        years = [] if records.is_empty() else records["credit_year"].unique().drop_nulls().to_list()
        return [year for year in (self.year - 1, self.year) if year in years]

    def yearly(self, indicator: Indicator, unit: Unit, year: int) -> Number:
        """The share of assessed teachers who reached the year's own requirement."""
        row = _only(self._yearly, unit_id=unit.id, year=year)
        return self._of_share(indicator, row, f"{unit.id}/{year}")

    def yearly_count(self, indicator: Indicator, unit: Unit, side: str) -> Number:
        row = _only(self._yearly, unit_id=unit.id, year=self.year)
        return self._side(indicator, row, f"{unit.id}/{self.year}/{side}", side)

    @cached_property
    def _behind(self) -> pl.DataFrame:
        """Of the teachers in an open cycle, those behind the pace that would fill it by its end."""
        rows, teachers = self.frame("marts.teacher_cycle"), self.frame("core.dim_teacher")
        if rows.is_empty() or teachers.is_empty():
            return pl.DataFrame()
        as_of = pl.lit(self.release.as_of)
        passed = (as_of - pl.col("cycle_start")).dt.total_days() + 1
        whole = (pl.col("cycle_end") - pl.col("cycle_start")).dt.total_days() + 1
        late = pl.any_horizontal(
            (
                pl.col(have).fill_null(0).cast(pl.Decimal(38, 3)) * whole
                < pl.col(need).cast(pl.Decimal(38, 3)) * passed
            ).fill_null(value=False)
            for have, need in (("credits", "required_credits"), ("hours", "required_hours"))
        )
        leaves = (
            rows.lazy()
            .filter(
                (pl.col("cycle_start") <= as_of)
                & (pl.col("cycle_end") >= as_of)
                & pl.col("verdict").is_in(["met", "in_progress"])
                & (pl.col("required_credits").is_not_null() | pl.col("required_hours").is_not_null())
            )
            .with_columns(_late=(pl.col("verdict") == "in_progress") & late, period=_period_of())
            .join(teachers.lazy().select("teacher_id", "county_id"), on="teacher_id", how="left")
            .group_by(pl.col("county_id").alias("unit_id"), "period")
            .agg(numerator=pl.col("_late").sum().cast(pl.Int64), denominator=pl.len().cast(pl.Int64))
        )
        return people.shares(leaves, self.units, ("period",))

    def behind(self, indicator: Indicator, unit: Unit, period: str) -> Number:
        row = _only(self._behind, unit_id=unit.id, period=period)
        return self._of_share(indicator, row, f"{unit.id}/{period}")

    @property
    def open_cycle(self) -> str | None:
        """The cycle running on the release's day, if a clause asks anything of it."""
        return None if self._behind.is_empty() else str(self._behind["period"][0])

    @cached_property
    def cycle(self) -> str | None:
        """The cycle the report's year lies in."""
        holding = [p for p in self.region.periods(CYCLE) if int(p[:4]) <= self.year <= int(p[-4:])]
        return holding[0] if holding else None

    def _of_share(self, indicator: Indicator, row: Row | None, of: str) -> Number:
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

    def _side(self, indicator: Indicator, row: Row | None, of: str, side: str) -> Number:
        if row is None:
            return self._made(indicator, of, None, self.release.release_id)
        why = row["suppression"]
        if row["rounded_percent"] is not None:
            why = "有一方不足10人，只公布约数"
        return self._made(indicator, of, row[side], self.release.release_id, hidden=why)

    # ---- clauses

    @cached_property
    def clauses(self) -> dict[str, Row]:
        """The clauses that are law somewhere in the region, by id."""
        rows = self.frame("audit.clauses").iter_rows(named=True)
        return {row["clause_id"]: row for row in rows if self._is_law_here(row["jurisdiction_code"])}

    def _is_law_here(self, jurisdiction: str) -> bool:
        reach = (jurisdiction or "").rstrip("0")
        places = (self.unit.id, self.unit.city_id or "")
        return any(place.startswith(reach) for place in places) or reach.startswith(self.unit.id.rstrip("0"))

    @cached_property
    def judged(self) -> dict[tuple[str, str], dict[str, int]]:
        """Findings of the year in the region, none of them about people: (clause, subject type) → verdict → count."""
        return {key: counts for key, (counts, is_of_people) in self._counts.items() if not is_of_people}

    @cached_property
    def _counts(self) -> dict[tuple[str, str], tuple[dict[str, int], bool]]:
        mine = self._findings
        found: dict[tuple[str, str], tuple[dict[str, int], bool]] = {}
        if mine.is_empty():
            return found
        within = mine if self.unit.kind == "province" else mine.filter(pl.col("unit_id").is_in(self.unit_ids))
        for row in (
            within.group_by("clause_id", "subject_type", "verdict")
            .agg(count=pl.len())
            .sort(pl.all())
            .iter_rows(named=True)
        ):
            key = (row["clause_id"], row["subject_type"])
            counts, _ = found.setdefault(key, ({}, is_of_people(row["subject_type"])))
            counts[row["verdict"]] = row["count"]
        return found

    @cached_property
    def _findings(self) -> pl.DataFrame:
        """Findings of the year itself, of its projects, classes, sanctions and batches, of the cycle it lies in."""
        frame = self.frame("audit.findings")
        if frame.is_empty():
            return frame
        year = str(self.year)
        period = pl.col("period")
        return (
            frame.lazy()
            .join(self._years_of_periods.lazy(), on="period", how="left", maintain_order="left")
            .filter(
                (period == year)
                | (pl.col("_year") == self.year)
                | period.str.contains(rf"^{year}(年|H|Q|-\d{{1,2}}$|上|下|春|秋)")
                | (
                    period.str.contains(r"^\d{4}-\d{4}$")
                    & (period.str.slice(0, 4) <= year)
                    & (period.str.slice(5, 4) >= year)
                )
            )
            .drop("_year")
            .collect()
        )

    @cached_property
    def _years_of_periods(self) -> pl.DataFrame:
        """The year of each period that is a project, a class or a sanction: `period`, `_year`."""
        projects = self._all_projects.select(period="project_id", _year="year")
        classes = self.frame("staging.class").select("class_id", period="project_id").cast(pl.Utf8)
        held = classes.join(projects, on="period", how="inner").select(period="class_id", _year="_year")
        sanctions = self.frame("staging.sanction").select(
            period="sanction_id", _year=pl.col("decision_date").cast(pl.Date).dt.year()
        )
        kinds = [
            part.select(pl.col("period").cast(pl.Utf8), pl.col("_year").cast(pl.Int64))
            for part in (projects, held, sanctions)
        ]
        return pl.concat(kinds).unique("period", keep="first", maintain_order=True)

    @cached_property
    def _people_shares(self) -> pl.DataFrame:
        mine = self._findings
        if mine.is_empty():
            return pl.DataFrame()
        leaves = (
            mine.lazy()
            .filter(is_of_people_column() & pl.col("verdict").is_in(["met", "not_met"]))
            .group_by("unit_id", "clause_id", "subject_type")
            .agg(numerator=(pl.col("verdict") == "met").sum().cast(pl.Int64), denominator=pl.len().cast(pl.Int64))
        )
        return people.shares(leaves, self.units, ("clause_id", "subject_type"))

    def people_share(self, clause: str, subject_type: str) -> Row | None:
        """Of the people a clause judged in the region, those who met it: the row of `people.shares`."""
        return _only(self._people_shares, unit_id=self.unit.id, clause_id=clause, subject_type=subject_type)

    def subject_types(self, clause: str) -> list[tuple[str, bool]]:
        """What a clause was judged for in the year, and whether that is people."""
        return [(kind, people) for (id_, kind), (_, people) in self._counts.items() if id_ == clause]

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


def is_of_people(subject_type: str) -> bool:
    return subject_type.startswith("teacher") or subject_type in PEOPLE


def is_of_people_column() -> pl.Expr:
    return pl.col("subject_type").str.starts_with("teacher") | pl.col("subject_type").is_in(list(PEOPLE))


PEOPLE: Final = frozenset({"leader", "principal", "person", "enrollment", "leave", "credit"})


def _period_of() -> pl.Expr:
    return pl.format("{}-{}", pl.col("cycle_start").dt.year(), pl.col("cycle_end").dt.year())


def _only(frame: pl.DataFrame, **key: object) -> Row | None:
    if frame.is_empty():
        return None
    rows = frame.filter(pl.all_horizontal(pl.col(name) == value for name, value in key.items()))
    return next(rows.iter_rows(named=True), None)
