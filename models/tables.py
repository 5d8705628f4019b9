"""Which table is made of which: every core and marts table with what it reads and the function that makes it.

Belongs here: names and wiring, nothing computed. Orchestration turns each entry into an asset and each `reads` into
lineage; a new table is a new entry. Entries stand in the order they can be built.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from models.contracts import staging_contracts
from models.core import projects, spot_checks, succession, surveys, teachers, units, workplaces
from models.core.credit_lines import credit_lines
from models.core.credit_rules import CreditRules
from models.core.gaps import VANISHED, Span, gap_of, undecided
from models.law import Document, load_policies
from models.law.credit_systems import credit_rules
from models.marts import alerts, attribution, caps, coverage, differences, satisfaction, shortfalls
from models.marts import credits as credit_marts
from models.night import Night, Undated


@dataclass(frozen=True)
class Table:
    """One table: `build` gets the night and the frames of `reads` in order, and returns the table.

    Rows are stored in the order of the contract's key, so that the same night gives the same bytes;
    `is_ordered` is False where they are too many to sort, and then nothing may depend on their order.
    `is_dated` is False where the night's day plays no part: `build` then gets an `Undated` night, which has none.
    """

    name: str
    reads: Sequence[str]
    build: Callable[..., pl.LazyFrame]
    is_ordered: bool = True
    is_dated: bool = True

    def made_of(self, night: Night, frames: Sequence[pl.LazyFrame]) -> pl.LazyFrame:
        """The table of a night, from the frames of `reads`."""
        return self.build(night if self.is_dated else night.undated(), *frames)


def _rules(night: Night | Undated) -> CreditRules:
    return credit_rules(night.province, load_policies())


def platform_checks_count(province: str) -> bool:
    """Whether a check that only gathered the platform's data is a spot check: they are, unless a document says not."""
    settings = (one for document in load_policies().of_province(province) for one in document.conventions)
    return all(one.value for one in settings if one.id == "platform_only_checks")


def spot_check_quota(place: str, year: int) -> Fraction:
    """The share of a year's projects to be spot-checked: the place's own, else that of the province taken as yardstick.

    The limit in force at the end of the year counts; in years before there was any, the first one is the yardstick.

    Raises:
        ValueError: no document has one.
    """
    book = load_policies()
    own = book.role("spot_check_share", place)
    clauses = [own] if own else [book.clause(one) for one in book.roles("spot_check_yardstick")]
    limits = sorted((limit for clause in clauses for limit in clause.thresholds), key=lambda limit: limit.start)
    end = date(year, 12, 31)
    quota = next((one.value for one in limits if one.in_force(end) or one.start > end), None)
    if isinstance(quota, Fraction):
        return quota
    raise ValueError(f"{year} 年没有生效的抽查比例；请在条款文件的 roles 里写 spot_check_share，并检查阈值的日期")


def _quotas(night: Night) -> dict[int, Fraction]:
    return {year: spot_check_quota(night.province, year) for year in range(FIRST_YEAR, night.as_of.year + 2)}


FIRST_YEAR = 1990
"""The first year a dump can speak of."""


def _trigger(night: Night) -> satisfaction.Trigger | None:
    """The line below which the province's law suspects an institution; elsewhere it names none."""
    clause = load_policies().role("satisfaction_warning", night.province, night.as_of)
    ratio = clause.threshold(night.as_of) if clause else None
    if clause is None or not isinstance(ratio, Fraction):
        return None
    return satisfaction.Trigger(compare="<" if clause.compare == "<" else "<=", ratio=ratio)


_CYCLE_NEEDS = ("credit_record", "teacher")
_CHECK_NEEDS = ("project", "spot_check")
_SURVEY_NEEDS = ("survey", "survey_response", "project")
"""The dump tables that the headline verdicts rest on."""


def _where_known(
    table: pl.LazyFrame, vanished: pl.LazyFrame, needs: Sequence[str], span: Span, *, unit: str | None = None
) -> pl.LazyFrame:
    """A table whose verdicts are undetermined where what they rest on is missing whole; met credits stay met."""
    missing = vanished.collect()
    if missing.is_empty():
        return table
    return undecided(table, gap_of(missing, needs, span, unit), but_met=needs is _CYCLE_NEEDS)


CORE: tuple[Table, ...] = (
    Table(
        "core.dim_unit",
        ["staging.admin_unit"],
        lambda night, unit: succession.with_comparable_unit(units.dim_unit(unit), night.as_of),
    ),
    Table(
        "core.dim_school",
        ["staging.school", "core.dim_unit"],
        lambda night, school, unit: succession.with_comparable_school(
            units.dim_school(school, unit), unit, night.as_of
        ),
    ),
    Table(
        "core.dim_institution",
        ["staging.institution", "core.dim_unit"],
        lambda _, *frames: units.dim_institution(*frames),
        is_dated=False,
    ),
    Table(
        "core.dim_teacher",
        ["staging.teacher", "staging.teacher_transfer", "core.dim_school"],
        lambda night, *frames: teachers.dim_teacher(*frames, systems=_rules(night).systems),
        is_dated=False,
    ),
    Table(
        "core.fct_teacher_place",
        ["staging.teacher_assignment", "core.dim_teacher", "core.dim_school"],
        lambda night, *frames: workplaces.teacher_place(*frames, province=night.province),
        is_dated=False,
    ),
    Table("core.dim_project", ["staging.project"], lambda _, project: projects.dim_project(project), is_dated=False),
    Table(
        "core.fct_credit",
        ["staging.credit_record", "core.dim_project", "core.dim_teacher"],
        lambda night, record, project, teacher: credit_lines(record, project, teacher, _rules(night)),
        is_ordered=False,
        is_dated=False,
    ),
    Table(
        "core.fct_survey",
        ["staging.survey", "staging.survey_response", "core.dim_project"],
        lambda _, *frames: surveys.fct_survey(*frames),
        is_dated=False,
    ),
    Table(
        "core.fct_spot_check",
        ["staging.spot_check"],
        lambda _, check: spot_checks.fct_spot_check(check),
        is_dated=False,
    ),
)


def _credit_documents(night: Night | Undated) -> list[Document]:
    """The documents that set up the province's credit systems."""
    return [one for one in load_policies().of_province(night.province) if one.credit_system is not None]


def _tolerance(night: Night | Undated) -> Decimal:
    """By how much registered credits may be off: platforms round. Exact where no document of the province says so."""
    settings = (one.setting("registered_tolerance") for one in _credit_documents(night))
    return max((value for value in settings if value is not None), default=Decimal(0))


def _alert_rules(night: Night | Undated) -> alerts.AlertRules:
    """What a day holds. Documents that say nothing of days take the figure of the province's others."""
    documents = _credit_documents(night)
    by_day = tuple(system.system_id for system in _rules(night).systems if system.converts_by_day)
    return alerts.AlertRules(
        _first(documents, "hours_per_day", "alert_hours_per_day"),
        _first(documents, "max_hours_per_day_delivery", "alert_day_sources") or (),
        by_day,
    )


def _first(documents: Sequence[Document], *names: str) -> Any:
    """The first value on file of some conventions."""
    values = (one.setting(name) for name in names for one in documents)
    return next((value for value in values if value is not None), None)


def _teacher_year(night: Night, lines: pl.LazyFrame, teacher: pl.LazyFrame) -> pl.LazyFrame:
    years = credit_marts.years_with_evidence(lines, night.as_of)
    return credit_marts.teacher_year(lines, teacher, years, night.as_of, _rules(night))


def _teacher_cycle(night: Night, year: pl.LazyFrame, lines: pl.LazyFrame, teacher: pl.LazyFrame) -> pl.LazyFrame:
    years = credit_marts.years_with_evidence(lines, night.as_of)
    return credit_marts.teacher_cycle(year, lines, teacher, years, night.as_of, _rules(night))


def _differences(night: Undated, summed: Callable[..., pl.LazyFrame], frames: Sequence[pl.LazyFrame]) -> pl.LazyFrame:
    return summed(*frames, tolerance=_tolerance(night))


def _counted_checks(night: Night | Undated, check: pl.LazyFrame) -> pl.LazyFrame:
    return check if platform_checks_count(night.province) else coverage.beyond_the_platform(check)


def _county_spot_check(night: Night, unit: pl.LazyFrame, project: pl.LazyFrame, check: pl.LazyFrame) -> pl.LazyFrame:
    checks = _counted_checks(night, check)
    return coverage.county_spot_check(unit, project, checks, quotas=_quotas(night), as_of=night.as_of)


DIFFERENCES = ("core.fct_credit", "marts.cap_loss_record", "core.dim_project", "core.dim_teacher")

MARTS: tuple[Table, ...] = (
    Table("marts.teacher_year", ["core.fct_credit", "core.dim_teacher"], _teacher_year),
    Table(
        "marts.teacher_cycle",
        ["marts.teacher_year", "core.fct_credit", "core.dim_teacher", VANISHED],
        lambda night, *frames: _where_known(
            _teacher_cycle(night, *frames[:-1]), frames[-1], _CYCLE_NEEDS, Span.of_dates("cycle_start", "cycle_end")
        ),
    ),
    Table(
        "marts.county_spot_check",
        ["core.dim_unit", "core.dim_project", "core.fct_spot_check", VANISHED],
        lambda night, *frames: _where_known(
            _county_spot_check(night, *frames[:-1]), frames[-1], _CHECK_NEEDS, Span.of_year("year"), unit="unit_id"
        ),
    ),
    Table(
        "marts.project_check",
        ["core.dim_project", "core.fct_spot_check"],
        lambda night, project, check: coverage.project_checks(project, _counted_checks(night, check)),
        is_dated=False,
    ),
    Table(
        "marts.project_satisfaction",
        ["core.fct_survey"],
        lambda _, survey: satisfaction.project_satisfaction(survey),
        is_dated=False,
    ),
    Table(
        "marts.institution_satisfaction",
        ["core.fct_survey", "core.dim_project", VANISHED],
        lambda night, *frames: _where_known(
            satisfaction.institution_satisfaction(*frames[:-1], trigger=_trigger(night)),
            frames[-1],
            _SURVEY_NEEDS,
            Span.of_year("year"),
        ),
    ),
    Table(
        "marts.cap_loss_record",
        ["core.fct_credit", "marts.teacher_year", "core.dim_teacher"],
        lambda night, lines, year, teacher: caps.cap_loss_record(lines, year, teacher, _rules(night)),
        is_dated=False,
    ),
    Table(
        "marts.cap_loss",
        ["marts.teacher_year", "core.dim_teacher"],
        lambda _, *frames: caps.cap_loss(*frames),
        is_dated=False,
    ),
    Table(
        "marts.credit_difference",
        DIFFERENCES,
        lambda night, *frames: _differences(night, differences.credit_difference, frames),
        is_dated=False,
    ),
    Table(
        "marts.credit_difference_total",
        DIFFERENCES,
        lambda night, *frames: _differences(night, differences.credit_difference_total, frames),
        is_dated=False,
    ),
    Table(
        "marts.record_alert",
        ["core.fct_credit", "staging.credit_record", "core.dim_project", "core.dim_teacher"],
        lambda night, line, record, project, teacher: alerts.record_alert(
            line, record, project, teacher, _alert_rules(night)
        ),
        is_dated=False,
    ),
    Table(
        "marts.shortfall_cause",
        ["marts.teacher_cycle", "marts.teacher_year", "core.fct_credit", "core.dim_teacher"],
        lambda _, *frames: shortfalls.shortfall_cause(*frames),
        is_dated=False,
    ),
    Table(
        "marts.at_risk_teacher",
        ["marts.teacher_cycle", "core.dim_teacher"],
        lambda night, cycle, teacher: shortfalls.at_risk_teacher(cycle, teacher, night.as_of),
    ),
    Table(
        "marts.at_risk",
        ["marts.teacher_cycle", "core.dim_teacher"],
        lambda night, cycle, teacher: shortfalls.at_risk(cycle, teacher, night.as_of),
    ),
    Table(
        "marts.cycle_attribution",
        ["marts.teacher_cycle", "core.fct_credit", "core.fct_teacher_place"],
        lambda night, *frames: attribution.cycle_attribution(*frames, as_of=night.as_of),
    ),
)
STAGING: tuple[str, ...] = tuple(f"staging.{name}" for name in staging_contracts())
