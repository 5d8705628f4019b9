"""Small cells: which figures may not be shown, and which of their neighbours must go with them.

Two rules protect people. A figure that rests on fewer than ``MINIMUM`` people or answers is hidden (primary
suppression). Where the hidden figure could be had by subtracting its published neighbours from their total, the
smallest neighbour is hidden as well (complementary suppression), and so on until no subtraction works.
What the figures are does not belong here.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

MINIMUM: Final = 10
TOO_FEW: Final = "人数或答卷不足10，不予公布"
WOULD_REVEAL: Final = "为防止由合计反推相邻小数，不予公布"


def shown(*columns: str) -> list[pl.Expr]:
    """The columns with null wherever `suppression` gives a reason."""
    return [pl.when(pl.col("suppression").is_null()).then(pl.col(name)).alias(name) for name in columns]


def rounded_to_tens(column: str) -> pl.Expr:
    """A count of people to the nearest ten, for counts that would otherwise point at single people in turn."""
    return ((pl.col(column) + 5) // 10 * 10).alias(column)


def suppressed(
    cells: pl.DataFrame,
    base: str,
    applies: pl.Expr,
    siblings: Sequence[Sequence[str]],
    together: Sequence[str] = (),
) -> pl.DataFrame:
    """The cells with a column `suppression`: null, or why the cell is not published.

    Args:
        cells: one row per cell.
        base: column with the people or answers a cell rests on; 0 is an empty cell and hides nobody.
        applies: which cells count people or answers at all.
        siblings: for each published total, the columns that cells adding up to the same total have in common.
        together: columns that cells have in common of which all are hidden as soon as one is; null in the first one
            for cells that stand alone.
    """
    size = pl.col(base)
    # In an order of the cells' own, so that of two neighbours of one size the same one goes every night.
    marked = (
        cells.sort(cells.columns)
        .with_row_index("_row")
        .with_columns(suppression=pl.when(applies & (size > 0) & (size < MINIMUM)).then(pl.lit(TOO_FEW)))
    )
    while True:
        before = marked["suppression"].null_count()
        for group in siblings:
            marked = marked.with_columns(suppression=_with_complement(size, applies, group))
        if together:
            marked = marked.with_columns(suppression=_with_fellows(size, applies, together))
        if marked["suppression"].null_count() == before:
            return marked.drop("_row")


def _with_complement(size: pl.Expr, applies: pl.Expr, group: Sequence[str]) -> pl.Expr:
    hidden = pl.col("suppression").is_not_null()
    alone = hidden.sum().over(group) == 1
    sum_is_small = pl.when(hidden).then(size).otherwise(0).sum().over(group).is_between(1, MINIMUM - 1)
    candidate = applies & ~hidden & (size > 0)
    order = pl.struct(~candidate, size, "_row").rank("ordinal").over(group)
    return (
        pl.when((alone | sum_is_small) & candidate & (order == 1))
        .then(pl.lit(WOULD_REVEAL))
        .otherwise(pl.col("suppression"))
    )


def _with_fellows(size: pl.Expr, applies: pl.Expr, group: Sequence[str]) -> pl.Expr:
    has_hidden = pl.col("suppression").is_not_null().any().over(group)
    return (
        pl.when(has_hidden & pl.col(group[0]).is_not_null() & applies & (size > 0))
        .then(pl.coalesce("suppression", pl.lit(WOULD_REVEAL)))
        .otherwise("suppression")
    )


STEPS: Final = (1, 2, 5, 10, 20, 25, 50)
"""Whole per cents that a coarse ratio may be told to."""


def coarse_step(denominator: str) -> pl.Expr:
    """The width in per cent of the steps a ratio may be told in; null where too few rest on it for any."""
    found = pl.lit(None, pl.Int64)
    for step in reversed(STEPS):
        found = pl.when(pl.col(denominator) * step >= MINIMUM * 100).then(pl.lit(step, pl.Int64)).otherwise(found)
    return found


def coarse_percent(numerator: str, denominator: str) -> pl.Expr:
    """A ratio in per cent, as the middle of the step it lies in; null where even the widest step is too narrow.

    A step is so wide that ``MINIMUM`` people fit into it. So whoever knows the denominator still can't tell a small
    part from 1 to 9, and a ratio that isn't quite whole never reads 0 % or 100 %.
    """
    step = coarse_step(denominator)
    place = pl.min_horizontal(pl.col(numerator) * 100 // (pl.col(denominator) * step), 100 // step - 1)
    return pl.when(step.is_not_null()).then(place * step + step // 2)


def rounded_where_small(cells: pl.DataFrame, applies: pl.Expr, siblings: Sequence[Sequence[str]]) -> pl.DataFrame:
    """Ratios whose counts would show a small part: the counts go, the ratio stays in the coarse (`coarse_percent`).

    Args:
        cells: `numerator`, `denominator` and the `suppression` that `suppressed` gave; hidden cells lose both counts.
        applies: which cells count people.
        siblings: as for `suppressed`; a lone rounded cell takes a neighbour with it here too.

    Returns:
        The cells with `rounded_percent` and its `rounded_step`, null where the counts are shown or the whole cell
        is hidden; a cell on which too few rest for any coarse ratio is hidden too.
    """
    part = pl.min_horizontal("numerator", pl.col("denominator") - pl.col("numerator"))
    hidden = cells["suppression"].is_not_null()
    marked = cells.drop("suppression").with_columns(
        cells["suppression"].alias("_hidden"), _part=pl.when(hidden).then(1).otherwise(part)
    )
    rounded = suppressed(marked, "_part", applies, siblings).rename(
        {"suppression": "_rounded", "_hidden": "suppression"}
    )
    is_hidden = pl.col("suppression").is_not_null()
    has_counts = pl.col("_rounded").is_null() & ~is_hidden
    percent = coarse_percent("numerator", "denominator")
    return rounded.with_columns(
        pl.when(has_counts).then("numerator").alias("numerator"),
        pl.when(has_counts).then("denominator").alias("denominator"),
        pl.when(~has_counts & ~is_hidden).then(percent).alias("rounded_percent"),
        pl.when(~has_counts & ~is_hidden).then(coarse_step("denominator")).alias("rounded_step"),
        pl.when(~has_counts & ~is_hidden & percent.is_null())
        .then(pl.lit(WOULD_REVEAL))
        .otherwise("suppression")
        .alias("suppression"),
    ).drop("_part", "_rounded")
