"""Counts and shares of people for every unit, with what may not be shown taken out.

The rules are those of `models.marts.suppression` (fewer than ten people are hidden, and so is whatever a hidden
figure could be had from by subtraction); here they are applied to figures only the report has. Always all units of
the province are treated together, so that the reports of a province, its cities and its counties cannot be
subtracted from each other.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from models.marts.suppression import rounded_where_small, suppressed

EVERYONE: Final = pl.lit(value=True)


def rolled_up(leaves: pl.LazyFrame, units: pl.DataFrame, by: Sequence[str], sums: Sequence[str]) -> pl.DataFrame:
    """County rows with the sums of their cities and of the province.

    Args:
        leaves: `unit_id` (a county, a city or the province) × `by`, with the columns `sums`.
        units: `marts.public_unit`.
        by: what else a row is about.
        sums: columns to add up.

    Returns:
        unit_id × by: the sums, and `parent`, the unit the row adds up to. Leaves of no known unit count for the
        province alone.
    """
    tree = units.lazy().select("unit_id", "city_id", "province", _is_county="is_county")
    placed = leaves.join(tree, on="unit_id", how="left").with_columns(pl.col("province").fill_null(_province(units)))
    of_county = placed.filter(pl.col("_is_county")).with_columns(parent=pl.coalesce("city_id", "province"))
    of_city = placed.filter(pl.col("city_id").is_not_null()).with_columns(
        unit_id=pl.col("city_id"), parent=pl.col("province")
    )
    of_province = placed.with_columns(unit_id=pl.col("province"), parent=pl.lit(""))
    rows = pl.concat([of_county, of_city, of_province], how="diagonal")
    return (
        rows.group_by("unit_id", "parent", *by).agg(pl.col(name).sum() for name in sums).sort("unit_id", *by).collect()
    )


def _province(units: pl.DataFrame) -> str:
    return str(units["province"].drop_nulls().first() or "")


def shares(leaves: pl.LazyFrame, units: pl.DataFrame, by: Sequence[str] = ()) -> pl.DataFrame:
    """Shares of people for every unit, as far as they may be shown.

    Args:
        leaves: `unit_id` × `by` with `numerator` and `denominator`, both counts of people.
        units: `marts.public_unit`.
        by: what else a row is about.

    Returns:
        unit_id × by: numerator, denominator (null where hidden), rounded_percent (stands for them where one side is
        under ten), suppression (why nothing is shown).
    """
    cells = rolled_up(leaves, units, by, ("numerator", "denominator")).filter(pl.col("denominator") > 0)
    siblings = [(*by, "parent")]
    hidden = suppressed(cells, "denominator", EVERYONE, siblings)
    return rounded_where_small(hidden, EVERYONE, siblings).drop("parent")


def amounts(
    leaves: pl.LazyFrame, units: pl.DataFrame, by: Sequence[str], part: str, sums: Sequence[str]
) -> pl.DataFrame:
    """Sums over people for every unit, split by one column, hidden where fewer than ten people stand behind them.

    Args:
        leaves: `unit_id` × `by` × `part` with `people` and the columns `sums`.
        units: `marts.public_unit`.
        by: what a published total is about.
        part: the column whose values add up to that total.
        sums: what is shown of each part.

    Returns:
        unit_id × by × part: the sums (null where hidden) and suppression.
    """
    cells = rolled_up(leaves, units, (*by, part), (*sums, "people"))
    hidden = suppressed(cells, base="people", applies=EVERYONE, siblings=[(*by, part, "parent"), (*by, "unit_id")])
    shown = pl.col("suppression").is_null()
    return hidden.select("unit_id", *by, part, *(pl.when(shown).then(name).alias(name) for name in sums), "suppression")
