"""The projects each county still has to check this year, drawn once a night for publication.

Belongs here: the published list. How it is drawn is in `check_plan`; whoever wants another seed or another year asks
`shixun plan-checks`. What made a project likelier to be drawn stays in the warehouse: it may be a complaint.
"""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Final

import polars as pl

from models.marts import check_plan

QUOTA: Final = ("audit.formulas", "marts.public_target")
"""Where the share that the law asks for is read: the clause that judges spot checks, and its threshold."""
READS: Final = (*check_plan.READS, *QUOTA, "core.dim_unit")
"""Every table the list is made of."""
MEASURE: Final = "county_spot_check"
SCHEMA: Final = {
    "province": pl.Utf8,
    "unit_id": pl.Utf8,
    "year": pl.Int64,
    "place": pl.Int64,
    "project_id": pl.Utf8,
    "seed": pl.Int64,
}


def check_list(tables: Mapping[str, pl.LazyFrame], as_of: date) -> pl.DataFrame:
    """Projects to check in the year of `as_of` so that each county reaches its share: county × project.

    `place` is the order in which they were drawn with `seed`, the day itself as a number, so that the same dump gives
    the same list. Empty where the province's law asks for no share.

    Args:
        tables: those of `READS`.
        as_of: the day the release stands for.
    """
    quota = _quota(tables)
    if quota is None:
        return pl.DataFrame(schema=SCHEMA)
    seed = int(f"{as_of:%Y%m%d}")
    units = tables["core.dim_unit"].filter("is_county").select("unit_id", "province").collect()
    found = check_plan.candidates(tables, check_plan.Scope(as_of.year, frozenset(units["unit_id"])))
    plans = check_plan.plan(found, quota=quota, seed=seed, year=as_of.year)
    drawn = pl.DataFrame(
        [
            {"unit_id": county.county_id, "place": pick.order, "project_id": pick.candidate.project_id}
            for county in plans
            for pick in county.picks
        ],
        schema={name: SCHEMA[name] for name in ("unit_id", "place", "project_id")},
    )
    year, seeded = pl.lit(as_of.year, pl.Int64), pl.lit(seed, pl.Int64)
    return (
        drawn.join(units, on="unit_id", how="left")
        .with_columns(year=year, seed=seeded)
        .select(list(SCHEMA))
        .sort("unit_id", "place")
    )


def _quota(tables: Mapping[str, pl.LazyFrame]) -> Fraction | None:
    """The share of projects that the province's clause asks a county to check, as the night applied it last."""
    clauses = tables["audit.formulas"].filter(pl.col("measure") == MEASURE).select("clause_id")
    applied = (
        tables["marts.public_target"]
        .join(clauses, on="clause_id", how="semi")
        .sort("period", descending=True)
        .select("threshold")
        .head(1)
        .collect()
    )
    return Fraction(applied["threshold"].item()) if applied.height else None
