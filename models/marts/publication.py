"""What may be published: the frames behind every page, with small cells already taken out.

Here belong the figures that leave the warehouse for people to look at, and the one place that decides which of
them are too small to show. Pages, charts and downloads read only these frames and decide nothing themselves.
Judging (verdicts, thresholds) does not belong here: it is done in the marts and in the findings.

How small cells are taken out is written once, in `models.marts.suppression`; breakdowns are in `breakdowns`, counts
of findings in `clause_counts`, what other readings of the law would turn in `other_readings`.
No frame here carries a teacher's id, name or hash, nor any raw value of a rejected cell.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

import polars as pl

from models.marts import breakdowns, outlook
from models.marts.breakdowns import ALL_STAGES, cycle_period, rolled_up
from models.marts.clause_counts import clause_verdicts, sensitivity, targets
from models.marts.other_readings import headline_findings, other_readings
from models.marts.suppression import MINIMUM, TOO_FEW, rounded_where_small, shown, suppressed

READS: Final = (
    "core.dim_unit",
    "core.dim_teacher",
    "core.dim_school",
    "core.dim_institution",
    "core.dim_project",
    "core.fct_survey",
    "core.fct_spot_check",
    "core.fct_credit",
    "marts.teacher_cycle",
    "marts.teacher_year",
    "marts.county_spot_check",
    "marts.institution_satisfaction",
    "marts.project_satisfaction",
    "marts.shortfall_cause",
    "marts.at_risk",
    "marts.cycle_attribution",
    "audit.findings",
    "audit.formulas",
    "audit.rejects",
    "audit.reject_senders",
)
TABLES: Final = (
    "marts.public_unit",
    "marts.public_measure",
    "marts.public_cycle",
    "marts.public_school",
    "marts.public_composition",
    "marts.public_cap_loss",
    "marts.public_pace",
    "marts.public_shortfall",
    "marts.public_risk",
    "marts.public_attribution",
    "marts.public_whatif",
    "marts.public_institution",
    "marts.public_project",
    "marts.public_target",
    "marts.public_clause",
    "marts.public_sensitivity",
    "marts.public_reading",
    "marts.public_finding",
    "marts.public_reject",
    "marts.public_reject_sender",
)

UNKNOWN: Final = "未能归属"
"""The sender of rejected rows that name none."""
_REJECT: Final = ("table_name", "column_name", "reason_code", "severity", "reason")
_KEY: Final = ("measure", "period", "stage", "convention")
_CELL: Final = ("measure", "unit_id", "period", "stage", "convention")
_SIBLINGS: Final = (
    ("measure", "period", "stage", "convention", "parent"),
    ("measure", "unit_id", "period", "convention", "_is_total"),
)


def publish(frames: Mapping[str, pl.LazyFrame], as_of: date) -> dict[str, pl.DataFrame]:
    """All frames a release publishes, keyed by ``TABLES``.

    Args:
        frames: every frame named in ``READS``.
        as_of: the day the release stands for; years after it are left out.

    Returns:
        One small eager frame per table, sorted by its key, so that the same night gives the same bytes.
    """
    units = published_units(frames["core.dim_unit"])
    measures = headline_measures(frames, as_of)
    cycles, teachers = frames["marts.teacher_cycle"], frames["core.dim_teacher"]
    province = str(units.select(pl.col("province").first()).collect().item() or "")
    return {
        "marts.public_unit": units.collect(),
        "marts.public_measure": measures,
        "marts.public_cycle": breakdowns.cycle_outcomes(cycles, teachers, units, measures),
        "marts.public_school": breakdowns.schools(cycles, teachers, frames["core.dim_school"]),
        "marts.public_composition": breakdowns.composition(frames["core.fct_credit"], teachers, units, as_of),
        "marts.public_cap_loss": breakdowns.cap_loss(frames["marts.teacher_year"], teachers, units, as_of),
        "marts.public_pace": breakdowns.pace(cycles, teachers, units),
        "marts.public_shortfall": outlook.causes(frames["marts.shortfall_cause"], units, measures),
        "marts.public_risk": outlook.risks(frames["marts.at_risk"], units),
        "marts.public_attribution": outlook.attributions(frames["marts.cycle_attribution"], units),
        "marts.public_whatif": breakdowns.other_thresholds(cycles),
        "marts.public_institution": institution_years(frames, as_of),
        "marts.public_project": projects(frames),
        "marts.public_target": targets(frames["audit.findings"]).collect(),
        "marts.public_clause": clause_verdicts(frames["audit.findings"], province),
        "marts.public_sensitivity": sensitivity(frames["audit.findings"]),
        "marts.public_reading": other_readings(frames["audit.findings"], frames["audit.formulas"]),
        "marts.public_finding": headline_findings(frames["audit.findings"], frames["audit.formulas"]),
        "marts.public_reject": reject_summary(frames["audit.rejects"]).collect(),
        "marts.public_reject_sender": rejects_by_sender(
            frames["audit.reject_senders"], frames["core.dim_unit"], frames["core.dim_institution"]
        ),
    }


def published_units(units: pl.LazyFrame) -> pl.LazyFrame:
    """One row per administrative unit: its name, level and place in the tree (`parent_id`, `county_id`, `city_id`).

    `place_note` says what became of a unit whose code has lapsed.
    """
    return units.select(
        *("province", "unit_id", "unit_name", "level", "parent_id", "county_id", "city_id", "city_name", "is_county"),
        "place_note",
    ).sort("unit_id")


def headline_measures(frames: Mapping[str, pl.LazyFrame], as_of: date) -> pl.DataFrame:
    """Numerators and denominators of the headline measures at county, city and province.

    Grain: measure (cycle, annual, coverage, satisfaction) × unit × period × stage × convention. `numerator` and
    `denominator` are null where `suppression` says why, or where `rounded_percent` (in the coarse) stands for them;
    `verdict` is the county's own where a clause judges it.
    """
    units = published_units(frames["core.dim_unit"])
    leaves = pl.concat(
        [
            _cycle_leaves(frames["marts.teacher_cycle"], frames["core.dim_teacher"]),
            _annual_leaves(frames["marts.teacher_year"], frames["core.dim_teacher"], as_of),
            _coverage_leaves(frames["marts.county_spot_check"]),
            _satisfaction_leaves(frames["core.fct_survey"], frames["core.dim_project"], as_of),
        ],
        how="diagonal_relaxed",
    )
    cells = (
        rolled_up(leaves, units, _KEY, ("numerator", "denominator"))
        .filter(pl.col("denominator") > 0)
        # A total over all stages is no sibling of its stages, so it gets a group of its own.
        .with_columns(_is_total=pl.col("stage") == ALL_STAGES)
        .collect()
    )
    is_of_people = pl.col("measure").is_in(["cycle", "annual"])
    safe = suppressed(cells, "denominator", pl.col("measure") != "coverage", _SIBLINGS)
    return (
        rounded_where_small(safe, is_of_people, _SIBLINGS)
        .select(
            *("province", *_CELL, "unit_level", "numerator", "denominator", "rounded_percent", "rounded_step"),
            *("verdict", "suppression"),
        )
        .sort(_CELL)
    )


def _cycle_leaves(cycles: pl.LazyFrame, teachers: pl.LazyFrame) -> pl.LazyFrame:
    """Teachers who reached their cycle's thresholds, of those whom the cycle can be judged for."""
    placed = cycles.join(
        teachers.select("teacher_id", "county_id", "stage"), on="teacher_id", how="left", maintain_order="left"
    )
    counted = placed.filter(pl.col("verdict").is_in(["met", "not_met", "in_progress"])).with_columns(
        period=cycle_period()
    )
    with_total = pl.concat([counted, counted.with_columns(stage=pl.lit(ALL_STAGES))])
    return with_total.group_by("province", pl.col("county_id").alias("unit_id"), "period", "stage").agg(
        measure=pl.lit("cycle"),
        convention=pl.lit("default"),
        numerator=(pl.col("verdict") == "met").sum().cast(pl.Int64),
        denominator=pl.len().cast(pl.Int64),
    )


def _annual_leaves(years: pl.LazyFrame, teachers: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """Teachers who reached their year's thresholds, of those assessed in it."""
    counted = (
        years.filter(pl.col("verdict").is_in(["met", "not_met", "in_progress"]) & (pl.col("year") <= as_of.year))
        .join(teachers.select("teacher_id", "county_id", "stage"), on="teacher_id", how="left", maintain_order="left")
        .with_columns(period=pl.col("year").cast(pl.Utf8))
    )
    with_total = pl.concat([counted, counted.with_columns(stage=pl.lit(ALL_STAGES))])
    return with_total.group_by("province", pl.col("county_id").alias("unit_id"), "period", "stage").agg(
        measure=pl.lit("annual"),
        convention=pl.lit("default"),
        numerator=(pl.col("verdict") == "met").sum().cast(pl.Int64),
        denominator=pl.len().cast(pl.Int64),
    )


def _coverage_leaves(checks: pl.LazyFrame) -> pl.LazyFrame:
    """Projects checked, of the projects of a county's year: by the county itself, and by anybody."""
    return pl.concat(
        [
            checks.select(
                "province",
                "unit_id",
                "verdict" if convention == "default" else pl.lit(None, pl.Utf8).alias("verdict"),
                measure=pl.lit("coverage"),
                period=pl.col("year").cast(pl.Utf8),
                stage=pl.lit(ALL_STAGES),
                convention=pl.lit(convention),
                numerator=pl.col(counted).cast(pl.Int64),
                denominator=pl.col("projects").cast(pl.Int64),
            )
            for convention, counted in (("default", "projects_checked"), ("any_level", "projects_checked_any_level"))
        ]
    )


def _satisfaction_leaves(surveys: pl.LazyFrame, projects: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """Satisfied answers, of the valid ones, of the anonymous surveys of the projects a county carried out."""
    placed = counted_surveys(surveys, as_of).join(
        projects.select("project_id", "county_unit_id"), on="project_id", how="left", maintain_order="left"
    )
    pooled = placed.group_by("province", pl.col("county_unit_id").alias("unit_id"), "year").agg(
        pl.col("satisfied", "satisfied_with_basic", "responses_valid").sum()
    )
    return pl.concat(
        [
            pooled.select(
                "province",
                "unit_id",
                measure=pl.lit("satisfaction"),
                period=pl.col("year").cast(pl.Utf8),
                stage=pl.lit(ALL_STAGES),
                convention=pl.lit(convention),
                numerator=pl.col(counted).cast(pl.Int64),
                denominator=pl.col("responses_valid").cast(pl.Int64),
            )
            for convention, counted in (("default", "satisfied"), ("with_basic", "satisfied_with_basic"))
        ]
    )


def counted_surveys(surveys: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """Surveys whose answers count as satisfaction: anonymous ones of trainees, of years begun."""
    return surveys.filter((pl.col("survey_type") == "学评教") & pl.col("is_anonymous") & (pl.col("year") <= as_of.year))


def institution_years(frames: Mapping[str, pl.LazyFrame], as_of: date) -> pl.DataFrame:
    """Satisfaction of each institution in each year, with its name and place.

    Grain: institution × year. Ratios and counts are null where `suppression` says why; `verdict` stays.
    `satisfied_with_basic` also counts 基本满意.
    """
    place = frames["core.dim_institution"].select(
        "institution_id", "institution_name", "institution_type", "authority_level", "county_id", "city_id"
    )
    years = (
        frames["marts.institution_satisfaction"]
        .join(place, on="institution_id", how="left", maintain_order="left")
        .filter(pl.col("year") <= as_of.year)
        .collect()
    )
    figures = (
        "responses",
        "responses_valid",
        "satisfied",
        "satisfied_with_basic",
        "satisfaction_ratio",
        "wilson_low",
        "wilson_high",
        "invited",
        "response_ratio",
    )
    few = pl.col("responses_valid").is_null() | (pl.col("responses_valid") < MINIMUM)
    marked = years.with_columns(suppression=pl.when(few).then(pl.lit(TOO_FEW)))
    return (
        marked.with_columns(shown(*figures))
        .select(
            *("province", "institution_id", "institution_name", "institution_type", "authority_level"),
            *("county_id", "city_id", "year", *figures, "verdict", "suppression"),
        )
        .sort("institution_id", "year")
    )


def projects(frames: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    """Each project with its place, whether it was checked, and its satisfaction where that may be shown.

    Grain: project. Within an institution's year a single hidden project takes the next smallest with it.
    """
    checked = frames["core.fct_spot_check"].group_by("project_id").agg(check_count=pl.len().cast(pl.Int64))
    joined = (
        frames["core.dim_project"]
        .select(
            *("province", "project_id", "project_name", "year", "institution_id", "level", "is_school_based"),
            *("county_unit_id", "delivery_mode", "start_date", "end_date", "status"),
        )
        .join(checked, on="project_id", how="left", maintain_order="left")
        .join(
            frames["marts.project_satisfaction"].select("project_id", "responses_valid", "satisfied"),
            on="project_id",
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.col("check_count").fill_null(0), _base=pl.col("responses_valid").fill_null(0))
        .collect()
    )
    hidden = suppressed(joined, base="_base", applies=pl.lit(value=True), siblings=[("institution_id", "year")])
    return hidden.with_columns(shown("responses_valid", "satisfied")).drop("_base").sort("project_id")


def reject_summary(rejects: pl.LazyFrame) -> pl.LazyFrame:
    """Rejects counted by file, column and reason, without the raw values.

    Grain: table_name × file × column_name × reason_code × reason × severity, `count` rejected rows or cells.
    """
    return (
        rejects.with_columns(pl.col("column_name").fill_null("—"))
        .group_by("table_name", "file", "column_name", "reason_code", "severity")
        .agg(reason=pl.col("reason").min(), count=pl.len().cast(pl.Int64))
        .sort("count", "table_name", "file", "column_name", "reason_code", descending=[True] + [False] * 4)
    )


def rejects_by_sender(senders: pl.LazyFrame, units: pl.LazyFrame, institutions: pl.LazyFrame) -> pl.DataFrame:
    """Rejects counted by the county and by the institution whose rows they are, without the raw values.

    Grain: sender_kind (county, institution) × sender_id × table_name × column_name × reason_code × severity, `count`
    rejected rows or cells. Rows that name no county are counted under `UNKNOWN`; most rows are of no institution, and
    those are left out.
    """
    rows = senders.with_columns(pl.col("column_name").fill_null("—"))
    named = pl.concat(
        [
            rows.select(*_REJECT, sender_kind=pl.lit("county"), sender_id=pl.col("county_id").fill_null(UNKNOWN)).join(
                units.select(sender_id="unit_id", sender_name="unit_name"), on="sender_id", how="left"
            ),
            rows.filter(pl.col("institution_id").is_not_null())
            .select(*_REJECT, sender_kind=pl.lit("institution"), sender_id="institution_id")
            .join(
                institutions.select(sender_id="institution_id", sender_name="institution_name"),
                on="sender_id",
                how="left",
            ),
        ]
    )
    key = ("sender_kind", "sender_id", "table_name", "column_name", "reason_code", "severity")
    return (
        named.group_by(key)
        .agg(pl.col("sender_name").first(), pl.col("reason").min(), count=pl.len().cast(pl.Int64))
        .sort(key)
        .collect()
    )
