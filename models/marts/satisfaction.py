"""How satisfied trainees say they are: marts.institution_satisfaction, marts.project_satisfaction.

Belongs here: pooling of anonymous answers and the interval around their ratio (ZJ-2014-04/27.6, 28.3;
CQ-2013-24/19.1). What counts as satisfied is decided in core/surveys; thresholds come in from the policies.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import polars as pl

from models.vocabulary import Verdict

SURVEY_TYPE = "学评教"
FEW_ANSWERS = 10
"""Fewer valid answers say nothing where no law names a minimum."""
Z_95 = 1.959963984540054
COUNTS = ("responses", "responses_valid", "satisfied", "satisfied_with_basic")


@dataclass(frozen=True)
class Trigger:
    """The ratio at (`<=`) or below (`<`) which a province's law suspects an institution.

    Fewer valid answers than `minimum_answers` judge nobody.
    """

    compare: Literal["<", "<="]
    ratio: Fraction
    minimum_answers: int = FEW_ANSWERS


def anonymous(survey: pl.LazyFrame) -> pl.LazyFrame:
    """The questionnaires that count: anonymous ones in which trainees rate the teaching."""
    return survey.filter((pl.col("survey_type") == SURVEY_TYPE) & pl.col("is_anonymous"))


def project_satisfaction(survey: pl.LazyFrame) -> pl.LazyFrame:
    """Pooled answers of each project. Grain: project (with at least one counted questionnaire)."""
    return (
        anonymous(survey)
        .group_by("province", "project_id")
        .agg(pl.col(name).sum() for name in COUNTS)
        .with_columns(satisfaction_ratio=_ratio("satisfied", "responses_valid"))
        .sort("project_id")
    )


def institution_satisfaction(
    survey: pl.LazyFrame, project: pl.LazyFrame, *, triggers: Mapping[int, Trigger]
) -> pl.LazyFrame:
    """Answers pooled over an institution's projects by the year its questionnaires closed.

    Grain: institution × year. responses, responses_valid, satisfied, satisfied_with_basic, satisfaction_ratio and
    satisfaction_ratio_with_basic (0–1), wilson_low, wilson_high (95 %), invited (people who checked in to the
    surveyed projects; null when the platform does not say for all of them), response_ratio, verdict:
    undetermined below the minimum of valid answers of the year's trigger, not_met when it is suspected, not_applicable
    in years in which the law names none.
    """
    pooled = (
        anonymous(survey)
        .filter(pl.col("institution_id").is_not_null() & pl.col("year").is_not_null())
        .group_by("province", "institution_id", "year")
        .agg(pl.col(name).sum() for name in COUNTS)
        .join(_invited(survey, project), on=["institution_id", "year"], how="left")
    )
    low, high = wilson("satisfied", "responses_valid")
    return (
        pooled.with_columns(
            satisfaction_ratio=_ratio("satisfied", "responses_valid"),
            satisfaction_ratio_with_basic=_ratio("satisfied_with_basic", "responses_valid"),
            wilson_low=low,
            wilson_high=high,
            response_ratio=_ratio("responses", "invited"),
            verdict=_verdict(triggers),
        )
        .select(
            *("province", "institution_id", "year", "responses", "responses_valid", "satisfied", "satisfaction_ratio"),
            *("wilson_low", "wilson_high", "invited", "response_ratio", "verdict"),
            *("satisfied_with_basic", "satisfaction_ratio_with_basic"),
        )
        .sort("institution_id", "year")
    )


def _invited(survey: pl.LazyFrame, project: pl.LazyFrame) -> pl.LazyFrame:
    """People who checked in to the surveyed projects, null unless known of every one. Grain: institution × year."""
    people = project.select("project_id", invited=pl.coalesce("checked_in_count", "enrolled_count"))
    return (
        anonymous(survey)
        .select("institution_id", "year", "project_id")
        .unique()
        .join(people, on="project_id", how="left")
        .group_by("institution_id", "year")
        .agg(invited=pl.when(pl.col("invited").is_not_null().all()).then(pl.col("invited").sum()).cast(pl.Int64))
    )


def wilson(successes: str, total: str) -> tuple[pl.Expr, pl.Expr]:
    """Wilson's 95 % interval for `successes` of `total`, null when there were none to ask."""
    n = pl.col(total).cast(pl.Float64)
    share = pl.col(successes) / n
    centre = share + Z_95**2 / (2 * n)
    spread = Z_95 * (share * (1 - share) / n + Z_95**2 / (4 * n**2)).sqrt()
    scale = 1 + Z_95**2 / n
    asked = pl.col(total) > 0
    low = pl.when(asked).then(pl.max_horizontal((centre - spread) / scale, 0.0))
    high = pl.when(asked).then(pl.min_horizontal((centre + spread) / scale, 1.0))
    return low, high


def _ratio(numerator: str, denominator: str) -> pl.Expr:
    return pl.when(pl.col(denominator) > 0).then(pl.col(numerator) / pl.col(denominator))


def _verdict(triggers: Mapping[int, Trigger]) -> pl.Expr:
    enough = pl.col("responses_valid") >= FEW_ANSWERS
    without_law = pl.when(enough).then(pl.lit(Verdict.NOT_APPLICABLE)).otherwise(pl.lit(Verdict.UNDETERMINED))
    years: dict[Trigger, list[int]] = {}
    for year, trigger in triggers.items():
        years.setdefault(trigger, []).append(year)
    judged = (pl.when(pl.col("year").is_in(those)).then(_judged(trigger)) for trigger, those in years.items())
    return pl.coalesce(*judged, without_law)


def _judged(trigger: Trigger) -> pl.Expr:
    satisfied = pl.col("satisfied") * trigger.ratio.denominator
    bar = pl.col("responses_valid") * trigger.ratio.numerator
    suspected = satisfied < bar if trigger.compare == "<" else satisfied <= bar
    judged = pl.when(suspected).then(pl.lit(Verdict.NOT_MET)).otherwise(pl.lit(Verdict.MET))
    enough = pl.col("responses_valid") >= trigger.minimum_answers
    return pl.when(enough).then(judged).otherwise(pl.lit(Verdict.UNDETERMINED))
