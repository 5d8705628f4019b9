"""What the findings come to, clause by clause: thresholds applied, verdicts counted, other thresholds tried.

Here belong published counts of findings. No subject is named; what the public sees of counts of
people is decided in `publication`.
"""

from typing import Final

import polars as pl

from models.marts.breakdowns import everywhere
from models.vocabulary import CLOSED

EACH: Final = "各次"
"""The period under which findings about single projects and batches are counted."""
FACTORS: Final = (80, 90, 100, 110, 120)

SPAN: Final = pl.when(pl.col("period").str.contains(r"^\d{4}(-\d{4})?$")).then(pl.col("period")).otherwise(pl.lit(EACH))
"""The year or cycle a finding is counted under."""
LAW_OF: Final = "jurisdiction_code"
IS_OF_PEOPLE: Final = pl.col("subject_type").is_in(["teacher", "leader"])
IS_LAW_THERE: Final = pl.any_horizontal(
    pl.col(LAW_OF) == pl.col("province"),
    *(pl.col(place) == pl.col(LAW_OF) for place in ("unit_id", "city_id")),
    pl.col("unit_id") == pl.col("province"),
)
"""Whether a clause is law in a unit; what is told of the province itself is the sum of those where it is."""


def targets(found: pl.LazyFrame) -> pl.DataFrame:
    """The thresholds that were applied: clause × period with operator, threshold and unit, from the findings."""
    return (
        found.filter(pl.col("threshold").is_not_null())
        .select("clause_id", SPAN.alias("period"), "operator", pl.col("threshold").cast(pl.Utf8), "unit")
        .unique()
        .collect(engine="streaming")
    )


def clause_verdicts(found: pl.LazyFrame, known: pl.LazyFrame) -> pl.DataFrame:
    """How often a clause was met and missed: clause × subject type × unit × period × verdict.

    `found` are the leaves of that name. The province's own row holds the total; what lies in no unit of `known`
    (marts.public_unit) counts there alone. Findings of single projects or batches are counted under ``EACH``.
    Counts of projects, institutions and counties are not people; of people there is a row for every county where the
    clause is law, of nobody too.
    """
    key = ("province", "clause_id", LAW_OF, "subject_type", "period", "verdict")
    units = (
        found.join(known.select("unit_id", _known="unit_id"), on="unit_id", how="left", maintain_order="none")
        .with_columns(SPAN.alias("period"), unit_id=pl.coalesce("_known", "province"))
        .group_by("unit_id", *key)
        .agg(pl.col("subjects").sum())
        .collect(engine="streaming")
        .lazy()
    )
    below = units.filter(pl.col("unit_id") != pl.col("province"))
    total = units.group_by(key).agg(pl.col("subjects").sum()).with_columns(unit_id=pl.col("province"))
    cells = pl.concat([below, total], how="diagonal_relaxed")
    judged = cells.filter(IS_OF_PEOPLE).with_columns(unit_level=pl.lit(None, pl.String))
    is_there = IS_LAW_THERE & (pl.col("unit_level") != "city")
    people = everywhere(judged, known, key[1:], ("subjects",), is_there)
    return (
        pl.concat([people, cells.filter(~IS_OF_PEOPLE)], how="diagonal_relaxed")
        .select("unit_id", *_CLAUSE, "period", "verdict", "subjects", IS_OF_PEOPLE.alias("is_of_people"))
        .collect(engine="streaming")
    )


_CLAUSE: Final = ("clause_id", "subject_type")


def sensitivity(findings: pl.LazyFrame) -> pl.DataFrame:
    """What another threshold would have changed: clause × subject type × period × share of the threshold.

    `factor` is the share of the threshold in per cent (80 … 120); `met` and `not_met` count the closed findings that
    would have had that verdict.
    """
    judged = findings.filter(
        pl.col("verdict").is_in(CLOSED),
        pl.col("operator").is_in([">=", ">", "<=", "<"]),
        pl.col("value").is_not_null(),
        pl.col("threshold").is_not_null(),
    ).with_columns(SPAN.alias("period"), pl.col("is_trigger").fill_null(value=False))
    key = ("province", "clause_id", "subject_type", "period")
    counted = (
        judged.group_by(key)
        .agg(
            *(_is_met_at(factor).sum().cast(pl.Int64).alias(f"met_{factor}") for factor in FACTORS),
            *((~_is_met_at(factor)).sum().cast(pl.Int64).alias(f"not_met_{factor}") for factor in FACTORS),
        )
        .collect(engine="streaming")
    )
    return pl.concat(
        counted.select(
            *key,
            pl.lit(factor, pl.Int64).alias("factor"),
            pl.col(f"met_{factor}").alias("met"),
            pl.col(f"not_met_{factor}").alias("not_met"),
            IS_OF_PEOPLE.alias("is_of_people"),
        )
        for factor in FACTORS
    )


def _is_met_at(factor: int) -> pl.Expr:
    """Whether a finding would be met at `factor` per cent of its threshold."""
    value, limit = pl.col("value") * 100, pl.col("threshold") * factor
    holds = (
        pl.when(pl.col("operator") == ">=")
        .then(value >= limit)
        .when(pl.col("operator") == ">")
        .then(value > limit)
        .when(pl.col("operator") == "<=")
        .then(value <= limit)
        .when(pl.col("operator") == "<")
        .then(value < limit)
    )
    return holds != pl.col("is_trigger")
