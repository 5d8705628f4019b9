"""Which table is made of which: every core and marts table with what it reads and the function that makes it.

Belongs here: names and wiring, nothing computed. Orchestration turns each entry into an asset and each `reads` into
lineage; a new table is a new entry. Entries stand in the order they can be built.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from models.contracts import staging_contracts
from models.core import checks, projects, surveys, teachers, units
from models.core.credit_lines import credit_lines
from models.core.credit_rules import DOCUMENTS, CreditRules, credit_rules
from models.marts import coverage, satisfaction
from models.marts import credits as credit_marts
from models.night import Night
from models.policies import load_policies

SPOT_CHECK_CLAUSE = "ZJ-2014-04/23.1"
SATISFACTION_CLAUSES = {"330000": "ZJ-2014-04/27.6", "500000": "CQ-2013-24/19.1"}
"""Province → the clause under which low satisfaction is suspected; elsewhere the law names none."""


@dataclass(frozen=True)
class Table:
    """One table: `build` gets the night and the frames of `reads` in order, and returns the table."""

    name: str
    reads: Sequence[str]
    build: Callable[..., pl.LazyFrame]


def _rules(night: Night) -> CreditRules:
    return credit_rules(night.province, load_policies())


def _system_prefixes() -> Mapping[str, str]:
    """Code prefix of each credit system's jurisdiction → system."""
    book = load_policies()
    return {book.document(document).jurisdiction.prefix: system for system, document in DOCUMENTS.items()}


def _scope(convention: str) -> Mapping[str, Sequence[str]]:
    """Credit system → who or what its document covers."""
    book = load_policies()
    return {system: book.document(document).convention(convention) for system, document in DOCUMENTS.items()}


def _quota(night: Night) -> Fraction:
    """The share of projects to be spot-checked. The law of 2014 states it for Zhejiang; elsewhere it is a yardstick."""
    quota = load_policies().threshold(SPOT_CHECK_CLAUSE, on=night.as_of)
    if quota is None:
        raise ValueError(f"{SPOT_CHECK_CLAUSE} 在 {night.as_of} 没有生效的阈值，请检查条款文件的生效日期")
    return quota


def _trigger(night: Night) -> satisfaction.Trigger | None:
    clause_id = SATISFACTION_CLAUSES.get(night.province)
    if clause_id is None:
        return None
    book = load_policies()
    ratio = book.threshold(clause_id, on=night.as_of)
    if ratio is None:
        return None
    compare = book.clause(clause_id).compare
    if compare not in ("<", "<="):
        raise ValueError(f"{clause_id} 的比较应为 < 或 <=，现为 {compare}")
    return satisfaction.Trigger(compare=compare, ratio=ratio)


CORE: tuple[Table, ...] = (
    Table("core.dim_unit", ["staging.admin_unit"], lambda _, unit: units.dim_unit(unit)),
    Table("core.dim_school", ["staging.school", "core.dim_unit"], lambda _, *frames: units.dim_school(*frames)),
    Table(
        "core.dim_institution",
        ["staging.institution", "core.dim_unit"],
        lambda _, *frames: units.dim_institution(*frames),
    ),
    Table(
        "core.dim_teacher",
        ["staging.teacher", "staging.teacher_transfer", "core.dim_school"],
        lambda _, *frames: teachers.dim_teacher(
            *frames,
            systems=_system_prefixes(),
            posts=_scope("scope_posts"),
            school_types=_scope("scope_school_types"),
        ),
    ),
    Table("core.dim_project", ["staging.project"], lambda _, project: projects.dim_project(project)),
    Table(
        "core.fct_credit",
        ["staging.credit_record", "core.dim_project", "core.dim_teacher"],
        lambda night, record, project, teacher: credit_lines(record, project, teacher, _rules(night)),
    ),
    Table(
        "core.fct_survey",
        ["staging.survey", "staging.survey_response", "core.dim_project"],
        lambda _, *frames: surveys.fct_survey(*frames),
    ),
    Table("core.fct_spot_check", ["staging.spot_check"], lambda _, check: checks.fct_spot_check(check)),
)


def _teacher_year(night: Night, lines: pl.LazyFrame, teacher: pl.LazyFrame) -> pl.LazyFrame:
    years = credit_marts.years_with_evidence(lines, night.as_of)
    return credit_marts.teacher_year(lines, teacher, years, night.as_of, _rules(night))


def _teacher_cycle(night: Night, year: pl.LazyFrame, lines: pl.LazyFrame, teacher: pl.LazyFrame) -> pl.LazyFrame:
    years = credit_marts.years_with_evidence(lines, night.as_of)
    return credit_marts.teacher_cycle(year, lines, teacher, years, night.as_of, _rules(night))


MARTS: tuple[Table, ...] = (
    Table("marts.teacher_year", ["core.fct_credit", "core.dim_teacher"], _teacher_year),
    Table("marts.teacher_cycle", ["marts.teacher_year", "core.fct_credit", "core.dim_teacher"], _teacher_cycle),
    Table(
        "marts.county_spot_check",
        ["core.dim_unit", "core.dim_project", "core.fct_spot_check"],
        lambda night, *frames: coverage.county_spot_check(*frames, quota=_quota(night), as_of=night.as_of),
    ),
    Table(
        "marts.project_satisfaction",
        ["core.fct_survey"],
        lambda _, survey: satisfaction.project_satisfaction(survey),
    ),
    Table(
        "marts.institution_satisfaction",
        ["core.fct_survey", "core.dim_project"],
        lambda night, *frames: satisfaction.institution_satisfaction(*frames, trigger=_trigger(night)),
    ),
)
STAGING: tuple[str, ...] = tuple(f"staging.{name}" for name in staging_contracts())
