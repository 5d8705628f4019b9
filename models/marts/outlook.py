"""What lies around the cycle measure for publication: why it was missed, who will miss it, where movers count.

Here belong counts made of marts.shortfall_cause, marts.at_risk and marts.cycle_attribution; what of them the public
sees is decided in `publication`. What makes somebody fall short is decided in `shortfalls`, to which county a mover
belongs in `attribution`.
"""

from typing import Final

import polars as pl

from models.core.credit_lines import as_amount, in_thousandths
from models.marts.breakdowns import everywhere, rolled_up

CAUSES: Final = (
    "short_of_school_based",
    "short_of_concentrated",
    "below_yearly_minimum",
    "without_concentrated",
    "without_online",
    "without_school_based",
    "short_by_caps",
)
"""Counts of marts.shortfall_cause beside the kinds of shortfall that the outcomes of the cycle already tell apart."""
_PACES: Final = ("pace_credits", "needed_credits", "pace_hours", "needed_hours")


def causes(shortfalls: pl.LazyFrame, units: pl.LazyFrame) -> pl.DataFrame:
    """What the teachers lacked who missed a cycle: unit × period × cause; a teacher may be under several.

    A cause that no credit system of the period knows has no rows.
    """
    long = (
        shortfalls.filter(pl.col("subject_type") == "county")
        .unpivot(CAUSES, index=["province", "subject_id", "period", "not_met"], variable_name="cause")
        .filter(pl.col("value").is_not_null().any().over("period", "cause"))
        .group_by("province", pl.col("subject_id").alias("unit_id"), "period", "cause")
        .agg(teachers=pl.col("value").sum().cast(pl.Int64), not_met=pl.col("not_met").sum())
    )
    key = ("period", "cause")
    missed = rolled_up(long, units, key, ("teachers", "not_met")).filter(pl.col("not_met") > 0)
    return (
        everywhere(missed, units, key, ("teachers",))
        .select("province", "unit_id", "unit_level", "period", "cause", "teachers")
        .sort("unit_id", "period", "cause")
        .collect()
    )


def risks(at_risk: pl.LazyFrame, units: pl.LazyFrame) -> pl.DataFrame:
    """Teachers who at their pace so far will miss the open cycle: unit × period × credit system.

    `numerator` (at risk) and `denominator` (assessed in all years of the cycle). Averages a year of a teacher: `pace_*`
    so far and `needed_*` from now on, null where unknown; over a
    city or province they are the counties' averages weighted by teachers.
    """
    key = ("period", "credit_system")
    weighted = [(in_thousandths(pl.col(name)) * pl.col("teachers")).alias(name) for name in _PACES]
    leaves = at_risk.filter(pl.col("subject_type") == "county").select(
        "province",
        *key,
        *weighted,
        unit_id="subject_id",
        numerator="at_risk",
        denominator="teachers",
    )
    cells = rolled_up(leaves, units, key, ("numerator", "denominator", *_PACES)).filter(pl.col("denominator") > 0)
    known = leaves.select(*key, *(pl.col(name).is_not_null().any().over(key).alias(f"_{name}") for name in _PACES))
    averages = [
        pl.when(pl.col(f"_{name}")).then(as_amount(pl.col(name) // pl.col("denominator"))).alias(name)
        for name in _PACES
    ]
    found = cells.join(known.unique(), on=key, how="left").with_columns(averages).collect()
    return found.select(
        "province", "unit_id", "unit_level", *key, pl.col("numerator", "denominator").cast(pl.Int64), *_PACES
    ).sort("unit_id", *key)


def attributions(attribution: pl.LazyFrame, units: pl.LazyFrame) -> pl.DataFrame:
    """The attainment of a cycle under both conventions of where a mover counts: unit × period × convention.

    Of the counts only their ratio is published: under two conventions they differ by the few who moved.
    """
    key = ("period", "convention")
    leaves = attribution.group_by("province", pl.col("county_id").alias("unit_id"), *key).agg(
        numerator=pl.col("attainment_numerator").sum(), denominator=pl.col("attainment_denominator").sum()
    )
    sums = ("numerator", "denominator")
    judged = rolled_up(leaves, units, key, sums).filter(pl.col("denominator") > 0)
    return (
        everywhere(judged, units, key, sums)
        .select("province", "unit_id", "unit_level", *key, pl.col("numerator", "denominator").cast(pl.Int64))
        .sort("unit_id", *key)
        .collect()
    )
