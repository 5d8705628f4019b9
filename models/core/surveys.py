"""Answered questionnaires: core.fct_survey.

Belongs here: what counts as an answer and what counts as satisfied, whatever scale the platform used. Ratios and
their intervals are in marts/satisfaction.
"""

import polars as pl

from models.core.privacy import impersonal

SATISFIED_LABELS = ("很满意", "满意")
LABELS = ("很满意", "满意", "基本满意", "不满意", "很不满意")
FIVE_POINT_TOP = 5
SATISFIED_POINTS_OF_FIVE = 4
SATISFIED_POINTS_OF_HUNDRED = 80
FAIR_POINTS_OF_FIVE = 3
FAIR_POINTS_OF_HUNDRED = 60
POINT = r"^(\d+(?:\.\d+)?)\s*分?$"


def fct_survey(survey: pl.LazyFrame, response: pl.LazyFrame, project: pl.LazyFrame) -> pl.LazyFrame:
    """Questionnaires with their counted answers.

    Grain: survey. Adds institution_id, subject and county_unit_id of the project, `year` (of the closing date) and
    responses, responses_valid, satisfied, satisfied_with_basic. An answer is valid when the platform does not mark
    it invalid and its rating can be read; a point is read on the 0–100 scale when any point of that
    questionnaire is above 5, else on the 1–5 scale.
    """
    counted = (
        rated(response)
        .group_by("survey_id")
        .agg(
            responses=pl.len(),
            responses_valid=pl.col("is_counted").sum(),
            satisfied=(pl.col("is_counted") & pl.col("is_satisfied")).sum(),
            satisfied_with_basic=(pl.col("is_counted") & pl.col("is_satisfied_with_basic")).sum(),
        )
    )
    of_project = project.select("project_id", "institution_id", "subject", "county_unit_id")
    counts = ("responses", "responses_valid", "satisfied", "satisfied_with_basic")
    return (
        impersonal(survey, "survey")
        .join(of_project, on="project_id", how="left")
        .join(counted, on="survey_id", how="left")
        .with_columns(
            *(pl.col(name).fill_null(0).cast(pl.Int64) for name in counts),  # no answers came in: a true zero
            year=pl.col("close_date").dt.year(),
        )
    )


def rated(response: pl.LazyFrame) -> pl.LazyFrame:
    """Answers with is_counted, is_satisfied and is_satisfied_with_basic, on the scale of their questionnaire."""
    text = pl.col("overall_rating").str.replace(r"^\d+\s*[-—:：.、]\s*", "")  # "5-很满意"
    point = pl.col("overall_rating").str.extract(POINT).cast(pl.Decimal(9, 3), strict=False)
    label = pl.when(text.is_in(LABELS)).then(text)
    scales = response.group_by("survey_id").agg(top=point.max())
    of_hundred = pl.col("top") > FIVE_POINT_TOP
    in_range = pl.when(of_hundred).then(point.is_between(0, 100)).otherwise(point.is_between(1, FIVE_POINT_TOP))
    good = pl.when(of_hundred).then(SATISFIED_POINTS_OF_HUNDRED).otherwise(SATISFIED_POINTS_OF_FIVE)
    fair = pl.when(of_hundred).then(FAIR_POINTS_OF_HUNDRED).otherwise(FAIR_POINTS_OF_FIVE)
    return response.join(scales, on="survey_id", how="left").with_columns(
        is_counted=pl.col("is_valid").fill_null(value=True) & (label.is_not_null() | in_range.fill_null(value=False)),
        is_satisfied=pl.coalesce(label.is_in(SATISFIED_LABELS), point >= good).fill_null(value=False),
        is_satisfied_with_basic=pl.coalesce(label.is_in((*SATISFIED_LABELS, "基本满意")), point >= fair).fill_null(
            value=False
        ),
    )
