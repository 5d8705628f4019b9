"""Training institutions: satisfaction, accreditation, quotas, complaints and what followed from them.

Here belong figures per institution and period, and the satisfaction of single projects. Whether a figure is a
suspected trigger is for the policy files and `models.findings` to say.
"""

from typing import Literal

import polars as pl

from models.measures.registry import Frames, measure

_SURVEYED = {"marts.institution_satisfaction": (), "core.dim_institution": ()}
TOO_FEW = "有效答卷不足{}份"


def _too_few(minimum: int) -> pl.Expr:
    return pl.when(pl.col("responses_valid") < minimum).then(pl.lit(TOO_FEW.format(minimum)))


@measure(
    "institution_satisfaction",
    title="机构年度满意率",
    reads=_SURVEYED,
    formula="（很满意＋满意）÷有效答卷，机构当年各项目的匿名学评教答卷合并计算",
)
def institution_satisfaction(frames: Frames, *, minimum_answers: int) -> pl.LazyFrame:
    """Satisfied among valid anonymous answers. Grain: institution × year of the questionnaires' closing."""
    home = frames["core.dim_institution"].select(
        "institution_id", "institution_type", unit_id=pl.coalesce("county_id", "unit_id")
    )
    rows = frames["marts.institution_satisfaction"].join(home, on="institution_id", how="left")
    return rows.select(
        "institution_type",
        subject_id="institution_id",
        unit_id="unit_id",
        period=pl.col("year").cast(pl.String),
        effective_on=pl.date("year", 12, 31),
        numerator="satisfied",
        denominator="responses_valid",
        missing=_too_few(minimum_answers),
        inputs=pl.struct("responses", "responses_valid", "satisfied", "satisfied_with_basic"),
    )


@measure(
    "project_satisfaction",
    title="项目满意率",
    reads={"marts.project_satisfaction": (), "core.dim_project": ("institution_id",)},
    formula="（很满意＋满意）÷有效答卷，项目的匿名学评教答卷合并计算",
    about="project",
)
def project_satisfaction(frames: Frames, *, minimum_answers: int) -> pl.LazyFrame:
    """Satisfied among valid anonymous answers. Grain: project with a counted questionnaire."""
    projects = frames["core.dim_project"].select(
        "project_id", "county_unit_id", "end_date", "start_date", "is_school_based", "level", "subject"
    )
    rows = frames["marts.project_satisfaction"].join(projects, on="project_id", how="left")
    return rows.select(
        "is_school_based",
        "level",
        "subject",
        subject_id="project_id",
        unit_id="county_unit_id",
        period="project_id",
        effective_on="start_date",
        numerator="satisfied",
        denominator="responses_valid",
        missing=_too_few(minimum_answers),
        inputs=pl.struct("responses_valid", "satisfied"),
    )


_ANSWERED = {"core.fct_survey": (), "core.dim_institution": (), "core.dim_project": ()}


@measure(
    "institution_subject_satisfaction",
    title="机构某学科满意率",
    reads=_ANSWERED,
    formula="（很满意＋满意）÷有效答卷，机构当年该学科各项目的匿名学评教答卷合并计算",
)
def institution_subject_satisfaction(
    frames: Frames, *, minimum_answers: int, per: Literal["year", "round"] = "year"
) -> pl.LazyFrame:
    """Satisfied among valid anonymous answers. Grain: institution × subject taught × year (or evaluation round)."""
    pooled = subject_pools(frames, per)
    return pooled.select(
        subject_id="institution_id",
        part="subject",
        unit_id="unit_id",
        period="period",
        effective_on="closed",
        numerator="satisfied",
        denominator="responses_valid",
        missing=_too_few(minimum_answers),
        inputs=pl.struct("subject", "responses_valid", "satisfied"),
    )


def subject_pools(frames: Frames, per: Literal["year", "round"]) -> pl.LazyFrame:
    """Pooled anonymous answers. Grain: institution × subject × period; closed = the last closing day in it."""
    home = frames["core.dim_institution"].select("institution_id", unit_id=pl.coalesce("county_id", "unit_id"))
    counted = frames["core.fct_survey"].filter((pl.col("survey_type") == "学评教") & pl.col("is_anonymous"))
    period = pl.col("year").cast(pl.String) if per == "year" else pl.col("evaluation_round")
    return (
        counted.with_columns(period=period)
        .filter(pl.col("period").is_not_null() & pl.col("institution_id").is_not_null())
        .with_columns(pl.col("subject").fill_null(""))  # projects that name no subject are pooled by themselves
        .group_by("institution_id", "subject", "period")
        .agg(
            pl.col("responses_valid", "satisfied").sum(),
            closed=pl.col("close_date").max(),
        )
        .join(home, on="institution_id", how="left")
    )
