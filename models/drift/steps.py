"""How far tonight lies from the release before it: one step for each thing measured.

Belongs here: the size of each change. What is beyond the usual is decided in usual.py, the words are in telling.py.

A dump holds everything there is, so that from night to night it only grows: rows of before are there again. A change of
values is therefore measured by what growth cannot explain: the rows that must have left one class for another.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from models.drift.profile import Measure

SELDOM: Final = 0.01
"""Sizes of so small a share of the old rows are unheard of."""
OFTEN: Final = 50
"""A value that so many rows had does not die out overnight."""
EXACT: Final = 1e-9
"""Ratios that differ by less are the same."""
FEWEST: Final = 20
"""Nothing is measured of fewer rows."""
METRIC: Final = ("table_name", "column_name", "figure", "unit_id", "measure", "period")
"""What a step is of. `period`: the year, the figure's period, or the reason of what was refused; null for all."""
STEP: Final = pl.Schema(
    {
        **dict.fromkeys(METRIC, pl.String()),
        "which": pl.String(),
        "step": pl.Float64(),
        "before": pl.Float64(),
        "now": pl.Float64(),
        "rows_before": pl.Int64(),
        "rows_now": pl.Int64(),
        "affected": pl.Float64(),
    }
)
"""`step` is the change on its measure's scale: of rows the logarithm of their ratio, of all else a share. `which` is
the class that changed most, `affected` how many rows the change is of."""
CLASSES: Final = (Measure.VALUE, Measure.SIZE, Measure.MONTH, Measure.YEAR)
_COLUMN: Final = ("table_name", "column_name", "unit_id", "measure")


@dataclass(frozen=True)
class Account:
    """What is known of one release: its profile, audit.holdings, the ids of its rosters, its published figures."""

    profile: pl.DataFrame
    holdings: pl.DataFrame
    ids: pl.DataFrame
    figures: pl.DataFrame


def of_data(before: Account, now: Account, units: Collection[str]) -> pl.DataFrame:
    """All steps of dump tables and their columns, of the province and of known units.

    Whatever else stands where a row names its unit may be anything, and must not be told.
    """
    parts = [
        _rows(before.holdings, now.holdings),
        _empty(before, now),
        _refused(before.profile, now.profile),
        _classes(before.profile, now.profile),
        _rosters(before.ids, now.ids),
    ]
    is_known = pl.col("unit_id").is_null() | pl.col("unit_id").is_in(list(units))
    return pl.concat([_shaped(part) for part in parts]).filter(is_known)


def _shaped(part: pl.DataFrame) -> pl.DataFrame:
    missing = [pl.lit(None, kind).alias(name) for name, kind in STEP.items() if name not in part.columns]
    return part.with_columns(missing).select(pl.col(name).cast(kind) for name, kind in STEP.items())


def _rows(before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Rows of each table, of each of its years, of each of its units, where both nights have some."""
    then, here = (_summed(one) for one in (before, now))
    both = then.join(here, on=["table_name", "unit_id", "period"], nulls_equal=True, suffix="_now")
    return both.filter(pl.max_horizontal("rows", "rows_now") >= FEWEST).select(
        "table_name",
        "unit_id",
        "period",
        measure=pl.lit(Measure.ROWS.value),
        step=(pl.col("rows_now") / pl.col("rows")).log(),
        before=pl.col("rows"),
        now=pl.col("rows_now"),
        rows_before="rows",
        rows_now="rows_now",
        affected=(pl.col("rows_now") - pl.col("rows")).abs(),
    )


def _summed(holdings: pl.DataFrame) -> pl.DataFrame:
    is_of = {"unit_id": pl.col("kind") == "place", "period": pl.col("kind") == "period"}
    named = holdings.filter((pl.col("kind") == "file") | pl.col("which").is_not_null())
    return named.group_by("table_name", *(pl.when(such).then("which").alias(name) for name, such in is_of.items())).agg(
        pl.col("rows").sum()
    )


def _empty(before: Account, now: Account) -> pl.DataFrame:
    """Shares of empty cells, of the province and of the units that have rows on both nights."""
    then, here = (one.profile.filter(pl.col("measure") == Measure.EMPTY) for one in (before, now))
    whole = pl.col("unit_id").is_null()
    known = (
        then.filter(whole)
        .join(here.filter(whole), on=["table_name", "column_name"])
        .filter((pl.col("rows") > 0) & (pl.col("rows_right") > 0))
    )
    places = _in_both(before.holdings, now.holdings)
    both = (
        then.join(
            here,
            on=["table_name", "column_name", "unit_id"],
            how="full",
            coalesce=True,
            nulls_equal=True,
            suffix="_now",
        )
        .join(known.select("table_name", "column_name"), on=["table_name", "column_name"], how="semi")
        .join(places, on=["table_name", "unit_id"], how="left")
        .filter(whole | pl.col("is_here"))
    )
    return _shares(both, Measure.EMPTY)


def _in_both(before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Units that a table has rows of on both nights."""
    places = [
        one.filter((pl.col("kind") == "place") & (pl.col("rows") >= FEWEST)).select("table_name", unit_id="which")
        for one in (before, now)
    ]
    return places[0].join(places[1], on=["table_name", "unit_id"]).unique().with_columns(is_here=pl.lit(value=True))


def _refused(before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Shares of refused cells, by column and reason."""
    tables = [one.filter(pl.col("measure") == Measure.EMPTY)["table_name"].unique().to_list() for one in (before, now)]
    then, here = (one.filter(pl.col("measure") == Measure.REFUSED) for one in (before, now))
    both = then.join(
        here, on=["table_name", "column_name", "which"], how="full", coalesce=True, nulls_equal=True, suffix="_now"
    ).filter(pl.col("table_name").is_in(tables[0]) & pl.col("table_name").is_in(tables[1]))
    return _shares(both.with_columns(unit_id=pl.lit(None, pl.String)), Measure.REFUSED)


def _shares(both: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    """Steps between the shares `value / rows` and `value_now / rows_now`; what is left out is 0."""
    rows, rows_now = pl.coalesce("rows", "rows_now"), pl.coalesce("rows_now", "rows")
    then, here = pl.col("value").fill_null(0) / rows, pl.col("value_now").fill_null(0) / rows_now
    return both.filter(rows >= FEWEST, rows_now >= FEWEST).select(
        "table_name",
        "column_name",
        "unit_id",
        measure=pl.lit(measure.value),
        period=pl.col("which") if measure is Measure.REFUSED else pl.lit(None, pl.String),
        step=here - then,
        before=then,
        now=here,
        rows_before=rows,
        rows_now=rows_now,
        affected=(here - then).abs() * rows_now,
    )


def _classes(before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Shares of rows that left their class of values, sizes or dates; and how unlike the rest added rows are."""
    names = [one.value for one in CLASSES]
    then, here = (one.filter(pl.col("measure").is_in(names)) for one in (before, now))
    columns = then.select(_COLUMN).unique().join(here.select(_COLUMN).unique(), on=_COLUMN, nulls_equal=True)
    classes = (
        then.join(here, on=[*_COLUMN, "which"], how="full", coalesce=True, nulls_equal=True, suffix="_now")
        .join(columns, on=_COLUMN, how="semi", nulls_equal=True)
        .with_columns(pl.col("value", "value_now").fill_null(0))
        .with_columns(change=pl.col("value_now") - pl.col("value"))
    )
    old, new, change = pl.col("value"), pl.col("value_now"), pl.col("change")
    loss, gain = -change.clip(upper_bound=0), change.clip(lower_bound=0)
    share, share_now = old / old.sum(), new / new.sum()
    most = (share_now - share).abs().arg_max()
    summed = classes.group_by(_COLUMN).agg(
        rows_before=old.sum(),
        rows_now=new.sum(),
        moved=pl.min_horizontal(loss.sum(), gain.sum()),
        lost=loss.sum(),
        unlike=gain.filter(share < SELDOM).sum() / gain.sum(),
        which=pl.col("which").get(most),
        before=share.get(most),
        now=share_now.get(most),
    )
    enough = summed.filter((pl.col("rows_before") >= FEWEST) & (pl.col("rows_now") >= FEWEST))
    moved = enough.with_columns(step=pl.col("moved") / pl.col("rows_before"), affected="moved")
    return pl.concat([_shaped(moved), _shaped(_added(enough)), _shaped(_words(classes))])


def _words(classes: pl.DataFrame) -> pl.DataFrame:
    """Values of code lists that no row of the province has any more: how many, and the most frequent one."""
    gone = classes.filter(
        (pl.col("measure") == Measure.VALUE)
        & pl.col("unit_id").is_null()
        & (pl.col("value") >= OFTEN)
        & (pl.col("value_now") == 0)
    )
    most = pl.col("value").arg_max()
    return gone.group_by("table_name", "column_name", "unit_id").agg(
        measure=pl.lit(Measure.WORD.value),
        step=pl.len(),
        which=pl.col("which").get(most),
        before=pl.col("value").max(),
        now=pl.lit(0.0),
        rows_before=pl.col("rows").max(),
        rows_now=pl.lit(None, pl.Int64),
        affected=pl.col("value").sum(),
    )


def _added(summed: pl.DataFrame) -> pl.DataFrame:
    """Of numbers: the share of added ones in sizes that hardly any old one has, where nearly all old ones are there."""
    more = pl.col("rows_now") - pl.col("rows_before")
    return summed.filter(
        (pl.col("measure") == Measure.SIZE) & (pl.col("lost") * 20 <= pl.col("rows_before")) & (more >= FEWEST)
    ).with_columns(measure=pl.lit(Measure.ADDED.value), step="unlike", affected=pl.col("unlike") * more)


def _rosters(before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Shares of a roster's ids that are gone, and that are new; of the province and by the unit they are or were of."""
    then, here = (one.unique(["table_name", "id"], keep="any") for one in (before, now))
    lost = then.join(here, on=["table_name", "id"], how="anti").group_by("table_name", "unit_id").len("gone")
    new = here.join(then, on=["table_name", "id"], how="anti").group_by("table_name", "unit_id").len("come")
    units = then.group_by("table_name", "unit_id").len("rows_before")
    for one in (here.group_by("table_name", "unit_id").len("rows_now"), lost, new):
        units = units.join(one, on=["table_name", "unit_id"], how="full", coalesce=True, nulls_equal=True)
    units = units.with_columns(pl.col("rows_before", "rows_now", "gone", "come").cast(pl.Int64).fill_null(0))
    whole = units.group_by("table_name").agg(pl.exclude("unit_id").sum()).with_columns(unit_id=pl.lit(None, pl.String))
    both = pl.concat([whole.select(units.columns), units.filter(pl.col("unit_id").is_not_null())])
    both = both.filter((pl.col("rows_before") > 0) & (pl.col("rows_now") > 0))
    parts = [
        both.with_columns(
            measure=pl.lit(measure.value),
            step=pl.col(name) / pl.col(of),
            before=pl.col("rows_before"),
            now=pl.col("rows_now"),
            affected=pl.col(name),
        )
        for measure, name, of in ((Measure.GONE, "gone", "rows_before"), (Measure.COME, "come", "rows_now"))
    ]
    return pl.concat(parts)


def of_figures(before: pl.DataFrame, now: pl.DataFrame, closed: Sequence[str]) -> pl.DataFrame:
    """Steps of the headline figures by unit and period, from what is published of them.

    Args:
        before: marts.public_measure of the release before.
        now: that of tonight.
        closed: periods that ended between the two; their figures become final, which is no drift.
    """
    key = ["measure", "unit_id", "period", "stage", "convention"]
    value = pl.coalesce(pl.col("numerator") / pl.col("denominator"), pl.col("rounded_percent") / 100)
    # A told count may be nine off either way, a span half its width.
    noise = pl.coalesce(pl.max_horizontal(pl.col("rounded_step") / 100, 20 / pl.col("denominator")), 0.0)
    told = [one.with_columns(ratio=value, noise=noise) for one in (before, now)]
    both = told[0].join(told[1], on=key, suffix="_now").filter(~pl.col("period").is_in(list(closed)))
    return _shaped(
        both.drop_nulls(["ratio", "ratio_now"])
        .with_columns(step=pl.col("ratio_now") - pl.col("ratio"))
        .filter(pl.col("step").abs() > pl.max_horizontal("noise", "noise_now") + EXACT)
        .select(
            "unit_id",
            "period",
            "step",
            figure="measure",
            measure=pl.lit(Measure.RATIO.value),
            which="stage",
            before="ratio",
            now="ratio_now",
            rows_before="denominator",
            rows_now="denominator_now",
            affected=(pl.col("numerator_now") - pl.col("numerator")).abs(),
        )
    )
