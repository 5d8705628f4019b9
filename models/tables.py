"""Which table is made of which: every core and marts table with what it reads and the function that makes it.

Belongs here: names and wiring, nothing computed. Orchestration turns each table into an asset and what it reads into
lineage. A new table is a new function under `@table`; they stand in the order they can be built.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import polars as pl
from polars import LazyFrame

from models.contracts import staging_contracts
from models.core import projects, spot_checks, succession, surveys, teachers, units, workplaces
from models.core.credit_lines import credit_lines
from models.core.evidence import evidence as evidence_of
from models.core.gaps import VANISHED, Span, gap_of, undecided
from models.marts import alerts, attribution, caps, coverage, differences, satisfaction, shortfalls
from models.marts import credits as credit_marts
from models.night import Dated, Night, Undated
from models.parts import BY_TEACHER, By
from models.rules_in_force import (
    alert_rules,
    platform_checks_count,
    rules_of,
    satisfaction_triggers,
    spot_check_quotas,
    tolerance_of,
)


@dataclass(frozen=True)
class Evidence:
    """What a table's verdicts rest on: undetermined are those of the years and counties where it is missing whole.

    `unit` is the column of the rows' county, if they have one. `can_only_grow`: what is met stays met, because more
    evidence could only add to the figure.
    """

    dump_tables: Sequence[str]
    span: Span
    unit: str | None = None
    can_only_grow: bool = False

    def applied(self, rows: LazyFrame, vanished: pl.DataFrame) -> LazyFrame:
        """The table, judged only where its evidence is there."""
        if vanished.is_empty():
            return rows
        return undecided(rows, gap_of(vanished, self.dump_tables, self.span, self.unit), but_met=self.can_only_grow)


@dataclass(frozen=True)
class Table:
    """One table: its function gets the night, then each table of `inputs` under the name it has there.

    Rows are stored in the order of the contract's key, so that the same night gives the same bytes;
    `is_ordered` is False where they are too many to sort, and then nothing may depend on their order.
    Nor may it where a table is made by parts (`by`): those that changed tonight stand behind those that did not.
    """

    name: str
    inputs: Mapping[str, str]
    function: Callable[..., LazyFrame]
    evidence: Evidence | None = None
    is_ordered: bool = True
    dated: Dated = Dated.BY_DAY
    by: By | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        """The tables it is made from."""
        return (*self.inputs.values(), *([VANISHED] if self.evidence else []))

    def day_of(self, night: Night) -> str | None:
        """What of the night's day the table depends on."""
        told = self.dated.told(night)
        return told.as_of.isoformat() if isinstance(told, Night) else None

    def compute(self, night: Night, frames: Sequence[LazyFrame]) -> LazyFrame:
        """The table of a night, from the frames of `reads` in order."""
        named = dict(zip(self.inputs, frames[: len(self.inputs)], strict=True))
        rows = self.function(self.dated.told(night), **named)
        return self.evidence.applied(rows, frames[-1].collect()) if self.evidence else rows


Function = TypeVar("Function", bound=Callable[..., LazyFrame])
_TABLES: Final[list[Table]] = []


def table(
    name: str,
    *,
    evidence: Evidence | None = None,
    is_ordered: bool = True,
    dated: Dated = Dated.BY_DAY,
    by: By | None = None,
    **inputs: str,
) -> Callable[[Function], Function]:
    """Registers the function below as the one that makes a table; `inputs` name its parameters' tables."""

    def register(function: Function) -> Function:
        _TABLES.append(Table(name, inputs, function, evidence, is_ordered, dated, by))
        return function

    return register


@table("core.dim_unit", unit="staging.admin_unit")
def _dim_unit(night: Night, unit: LazyFrame) -> LazyFrame:
    return succession.with_comparable_unit(units.dim_unit(unit), night.as_of)


@table("core.dim_school", school="staging.school", unit="core.dim_unit")
def _dim_school(night: Night, school: LazyFrame, unit: LazyFrame) -> LazyFrame:
    return succession.with_comparable_school(units.dim_school(school, unit), unit, night.as_of)


@table("core.dim_institution", institution="staging.institution", unit="core.dim_unit", dated=Dated.NEVER)
def _dim_institution(_: Undated, institution: LazyFrame, unit: LazyFrame) -> LazyFrame:
    return units.dim_institution(institution, unit)


@table(
    "core.dim_teacher",
    teacher="staging.teacher",
    transfer="staging.teacher_transfer",
    school="core.dim_school",
    dated=Dated.NEVER,
    by=BY_TEACHER,
)
def _dim_teacher(night: Undated, teacher: LazyFrame, transfer: LazyFrame, school: LazyFrame) -> LazyFrame:
    return teachers.dim_teacher(teacher, transfer, school, systems=rules_of(night).systems)


@table(
    "core.fct_teacher_place",
    assignment="staging.teacher_assignment",
    teacher="core.dim_teacher",
    school="core.dim_school",
    dated=Dated.NEVER,
    by=BY_TEACHER,
)
def _fct_teacher_place(night: Undated, assignment: LazyFrame, teacher: LazyFrame, school: LazyFrame) -> LazyFrame:
    systems = rules_of(night).systems
    return workplaces.teacher_place(assignment, teacher, school, province=night.province, systems=systems)


@table("core.dim_project", project="staging.project", dated=Dated.NEVER)
def _dim_project(_: Undated, project: LazyFrame) -> LazyFrame:
    return projects.dim_project(project)


@table(
    "core.fct_credit",
    record="staging.credit_record",
    project="core.dim_project",
    teacher="core.dim_teacher",
    is_ordered=False,
    dated=Dated.NEVER,
    by=BY_TEACHER,
)
def _fct_credit(night: Undated, record: LazyFrame, project: LazyFrame, teacher: LazyFrame) -> LazyFrame:
    return credit_lines(record, project, teacher, rules_of(night))


@table(
    "core.fct_survey",
    survey="staging.survey",
    response="staging.survey_response",
    project="core.dim_project",
    dated=Dated.NEVER,
)
def _fct_survey(_: Undated, survey: LazyFrame, response: LazyFrame, project: LazyFrame) -> LazyFrame:
    return surveys.fct_survey(survey, response, project)


@table("core.fct_spot_check", check="staging.spot_check", dated=Dated.NEVER)
def _fct_spot_check(_: Undated, check: LazyFrame) -> LazyFrame:
    return spot_checks.fct_spot_check(check)


@table("core.evidence", line="core.fct_credit", dated=Dated.BY_YEAR)
def _evidence(night: Night, line: LazyFrame) -> LazyFrame:
    return evidence_of(line, night.province, night.as_of)


@table(
    "marts.teacher_year",
    line="core.fct_credit",
    teacher="core.dim_teacher",
    since="core.evidence",
    dated=Dated.BY_YEAR,
    by=BY_TEACHER,
)
def _teacher_year(night: Night, line: LazyFrame, teacher: LazyFrame, since: LazyFrame) -> LazyFrame:
    years = credit_marts.years_with_evidence(since, night.as_of)
    return credit_marts.teacher_year(line, teacher, years, night.as_of, rules_of(night))


@table(
    "marts.teacher_cycle",
    year="marts.teacher_year",
    line="core.fct_credit",
    teacher="core.dim_teacher",
    since="core.evidence",
    evidence=Evidence(("credit_record", "teacher"), Span.of_dates("cycle_start", "cycle_end"), can_only_grow=True),
    dated=Dated.BY_YEAR,
    by=BY_TEACHER,
)
def _teacher_cycle(night: Night, year: LazyFrame, line: LazyFrame, teacher: LazyFrame, since: LazyFrame) -> LazyFrame:
    years = credit_marts.years_with_evidence(since, night.as_of)
    return credit_marts.teacher_cycle(year, line, teacher, years, night.as_of, rules_of(night))


def _counted_checks(night: Night | Undated, check: LazyFrame) -> LazyFrame:
    return check if platform_checks_count(night.province) else coverage.beyond_the_platform(check)


@table(
    "marts.county_spot_check",
    unit="core.dim_unit",
    project="core.dim_project",
    check="core.fct_spot_check",
    evidence=Evidence(("project", "spot_check"), Span.of_year("year"), unit="unit_id"),
)
def _county_spot_check(night: Night, unit: LazyFrame, project: LazyFrame, check: LazyFrame) -> LazyFrame:
    checks = _counted_checks(night, check)
    rows = coverage.county_spot_check(unit, project, checks, quotas=spot_check_quotas(night), as_of=night.as_of)
    return coverage.unknown_without(check, rows)


@table("marts.project_check", project="core.dim_project", check="core.fct_spot_check", dated=Dated.NEVER)
def _project_check(night: Undated, project: LazyFrame, check: LazyFrame) -> LazyFrame:
    return coverage.project_checks(project, _counted_checks(night, check))


@table("marts.project_satisfaction", survey="core.fct_survey", dated=Dated.NEVER)
def _project_satisfaction(_: Undated, survey: LazyFrame) -> LazyFrame:
    return satisfaction.project_satisfaction(survey)


@table(
    "marts.institution_satisfaction",
    survey="core.fct_survey",
    project="core.dim_project",
    evidence=Evidence(("survey", "survey_response", "project"), Span.of_year("year")),
)
def _institution_satisfaction(night: Night, survey: LazyFrame, project: LazyFrame) -> LazyFrame:
    return satisfaction.institution_satisfaction(survey, project, triggers=satisfaction_triggers(night))


@table(
    "marts.cap_loss_record",
    line="core.fct_credit",
    year="marts.teacher_year",
    teacher="core.dim_teacher",
    dated=Dated.NEVER,
    by=BY_TEACHER,
)
def _cap_loss_record(night: Undated, line: LazyFrame, year: LazyFrame, teacher: LazyFrame) -> LazyFrame:
    return caps.cap_loss_record(line, year, teacher, rules_of(night))


@table("marts.cap_loss", year="marts.teacher_year", teacher="core.dim_teacher", dated=Dated.NEVER)
def _cap_loss(_: Undated, year: LazyFrame, teacher: LazyFrame) -> LazyFrame:
    return caps.cap_loss(year, teacher)


@table(
    "marts.credit_difference",
    line="core.fct_credit",
    loss="marts.cap_loss_record",
    project="core.dim_project",
    teacher="core.dim_teacher",
    dated=Dated.NEVER,
    by=BY_TEACHER,
)
def _credit_difference(
    night: Undated, line: LazyFrame, loss: LazyFrame, project: LazyFrame, teacher: LazyFrame
) -> LazyFrame:
    return differences.credit_difference(line, loss, project, teacher, tolerance=tolerance_of(night))


@table(
    "marts.credit_difference_total",
    line="core.fct_credit",
    loss="marts.cap_loss_record",
    project="core.dim_project",
    teacher="core.dim_teacher",
    dated=Dated.NEVER,
)
def _credit_difference_total(
    night: Undated, line: LazyFrame, loss: LazyFrame, project: LazyFrame, teacher: LazyFrame
) -> LazyFrame:
    return differences.credit_difference_total(line, loss, project, teacher, tolerance=tolerance_of(night))


@table(
    "marts.record_alert",
    line="core.fct_credit",
    record="staging.credit_record",
    project="core.dim_project",
    teacher="core.dim_teacher",
    dated=Dated.NEVER,
    by=BY_TEACHER,
)
def _record_alert(
    night: Undated, line: LazyFrame, record: LazyFrame, project: LazyFrame, teacher: LazyFrame
) -> LazyFrame:
    return alerts.record_alert(line, record, project, teacher, alert_rules(night))


@table(
    "marts.shortfall_cause",
    cycle="marts.teacher_cycle",
    year="marts.teacher_year",
    line="core.fct_credit",
    teacher="core.dim_teacher",
    dated=Dated.NEVER,
)
def _shortfall_cause(_: Undated, cycle: LazyFrame, year: LazyFrame, line: LazyFrame, teacher: LazyFrame) -> LazyFrame:
    return shortfalls.shortfall_cause(cycle, year, line, teacher)


@table("marts.at_risk_teacher", cycle="marts.teacher_cycle", teacher="core.dim_teacher", since="core.evidence")
def _at_risk_teacher(night: Night, cycle: LazyFrame, teacher: LazyFrame, since: LazyFrame) -> LazyFrame:
    return shortfalls.at_risk_teacher(credit_marts.with_records(cycle, since), teacher, night.as_of)


@table("marts.at_risk", cycle="marts.teacher_cycle", teacher="core.dim_teacher", since="core.evidence")
def _at_risk(night: Night, cycle: LazyFrame, teacher: LazyFrame, since: LazyFrame) -> LazyFrame:
    return shortfalls.at_risk(credit_marts.with_records(cycle, since), teacher, night.as_of)


@table("marts.cycle_attribution", cycle="marts.teacher_cycle", line="core.fct_credit", place="core.fct_teacher_place")
def _cycle_attribution(night: Night, cycle: LazyFrame, line: LazyFrame, place: LazyFrame) -> LazyFrame:
    return attribution.cycle_attribution(cycle, line, place, as_of=night.as_of)


CORE: Final = tuple(one for one in _TABLES if one.name.startswith("core."))
MARTS: Final = tuple(one for one in _TABLES if one.name.startswith("marts."))
STAGING: Final = tuple(f"staging.{name}" for name in staging_contracts())
