"""Which of tonight's steps go beyond what is usual of the very thing measured.

Belongs here: floors, what past nights say of the usual, the calendar. Sizes of steps come from steps.py.

A step is told when it is larger than a floor below which nobody would look (a column of which one cell in a hundred is
empty is no news), and larger than this measure's own steps of the last nights lead to expect: by the median and the
median absolute deviation of its steps a day (Iglewicz and Hoaglin 1993, whose 3.5 is kept), and by what happened three
times already. Where most nights bring no step at all that deviation is 0, and the floor alone decides.
"""

import math
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from models.drift.profile import Measure
from models.drift.steps import METRIC

NIGHTS: Final = 20
"""How many nights the usual is taken from."""
FEWEST_NIGHTS: Final = 3
"""With fewer nights behind it the usual is unknown: only large steps are told."""
UNKNOWN: Final = (2.0, 1.3)
"""By how much floors are raised then: of all measures, and of numbers of rows, so that doubled rows are still told."""
ENOUGH: Final = 10
"""A change of fewer rows is none: also nothing of fewer people is ever told."""
ENOUGH_IDS: Final = 3
OUTLYING: Final = 3.5
MAD_TO_DEVIATION: Final = 1.4826
REPEATED: Final = 3
MARGIN: Final = 1.25
GATHERED: Final = 3.0
"""Small steps are told when together they come to so many floors within the nights remembered."""
KEPT: Final = 0.1
"""Steps below a tenth of their floor are forgotten."""

NIGHT: Final = "night"
"""The measure of the one row a night has for itself in audit.variation."""
VARIATION: Final = pl.Schema(
    {"night": pl.Date(), "days": pl.Int64(), **dict.fromkeys(METRIC, pl.String()), "step": pl.Float64()}
)
FLOORS: Final[dict[Measure, tuple[float, float]]] = {
    Measure.ROWS: (0.095, 0.405),  # a tenth, a half
    Measure.EMPTY: (0.03, 0.1),
    Measure.REFUSED: (0.01, 0.01),
    Measure.VALUE: (0.02, 0.08),
    Measure.SIZE: (0.03, 0.1),
    Measure.MONTH: (0.03, 0.1),
    Measure.YEAR: (0.1, 0.1),
    Measure.WORD: (0.5, 0.5),
    Measure.ADDED: (0.5, 0.5),
    Measure.GONE: (0.05, 0.25),
    Measure.COME: (0.1, 0.34),
    Measure.RATIO: (0.05, 0.1),
}
"""Of the province and of a unit: rows as logarithms, all else as shares."""
PROGRESS: Final = ("status", "county_audit_date", "province_confirm_date")
"""Columns that say how far something has come move in bulk, when a level approves what has gathered."""
PROGRESS_FLOORS: Final = (0.3, 0.5)
CLUSTERED: Final = 5.0
"""Rows come together: a class or a survey that is a night late takes all its rows along. So the floor of a number of
rows is never below this over its square root."""
WEEK: Final = 7
"""Nights further apart than this many days have higher floors, by the square root: more happens in between."""
YEAR_END_GROWTH: Final = (3.0, 1.3)
"""In December and January what is added may be so many times more, of the province and of a unit."""
_YEAR_END: Final = (12, 1)
OPEN_MONTHS: Final = 3
"""Until the end of March the year before is still being registered."""


@dataclass(frozen=True)
class Between:
    """The two nights compared: the days their snapshots stand for."""

    before: date
    now: date

    @property
    def days(self) -> int:
        return max((self.now - self.before).days, 1)

    @property
    def is_year_end(self) -> bool:
        """Whether either lies in the weeks in which a year's training is registered."""
        return self.before.month in _YEAR_END or self.now.month in _YEAR_END

    @property
    def open_year(self) -> int:
        """The first year that rows may still be added to."""
        return self.now.year - (1 if self.now.month <= OPEN_MONTHS else 0)


def beyond(steps: pl.DataFrame, variation: pl.DataFrame, between: Between) -> pl.DataFrame:
    """The steps that are told, with `allowed`, how large one may be, and `nights`, how many that was learnt from.

    `crept` is how far small steps have come together, where that is what is told; `before` is then where they began.

    Args:
        steps: tonight's.
        variation: steps of earlier nights (`remembered`).
        between: the nights compared.
    """
    past = variation.filter(pl.col("night") < between.now)
    nights = past.filter(pl.col("measure") == NIGHT).height
    usual = _usual(past.filter(pl.col("measure") != NIGHT), nights)
    is_rows = pl.col("measure") == Measure.ROWS
    unknown = pl.when(is_rows).then(UNKNOWN[1]).otherwise(UNKNOWN[0])
    floor = _floor() * (unknown if nights < FEWEST_NIGHTS else 1.0) * math.sqrt(max(between.days / WEEK, 1))
    grows = pl.col("step") > 0
    if between.is_year_end:
        is_added = grows & pl.col("measure").is_in([Measure.ROWS, Measure.RATIO, Measure.COME, Measure.EMPTY])
        factor = pl.when(_is_unit()).then(YEAR_END_GROWTH[1]).otherwise(YEAR_END_GROWTH[0])
        floor = pl.max_horizontal(floor, pl.when(is_added).then(_floor() * factor))
    joined = steps.join(usual, on=list(METRIC), how="left", nulls_equal=True).with_columns(
        nights=pl.lit(nights, pl.Int64),
        allowed=pl.max_horizontal(floor, pl.col("daily").fill_null(0) * between.days, pl.col("repeated").fill_null(0)),
    )
    is_roster = pl.col("measure").is_in([Measure.GONE, Measure.COME])
    is_enough = pl.col("affected") >= pl.when(is_roster).then(ENOUGH_IDS).otherwise(ENOUGH)
    # An open year grows; that it is smaller than it was is told like a closed one's. Fewer refusals are good news.
    is_open = is_rows & (pl.col("period").cast(pl.Int64, strict=False).fill_null(0) >= between.open_year)
    is_relief = (pl.col("measure") == Measure.REFUSED) & ~grows
    is_large = (pl.col("step").abs() > pl.col("allowed")) & ~(is_open & grows) & ~is_relief
    crept = (pl.col("gathered").fill_null(0) + pl.col("step")).alias("crept")
    found = joined.with_columns(crept=pl.when(~is_large & _has_crept(crept)).then(crept)).filter(
        (is_large & (is_enough | pl.col("affected").is_null())) | pl.col("crept").is_not_null()
    )
    return found.with_columns(before=pl.coalesce(pl.col("now") - pl.col("crept"), "before")).drop(
        "daily", "repeated", "gathered"
    )


def _has_crept(crept: pl.Expr) -> pl.Expr:
    """Whether steps too small to be told have gathered to a large one, with tonight's the first time.

    Only empty and refused cells, of which ever more come; what else moves slowly is how a province changes.
    """
    limit = _floor() * GATHERED
    rises = pl.col("measure").is_in([Measure.EMPTY, Measure.REFUSED]) & (pl.col("step") > 0)
    return rises & (crept > limit) & (crept - pl.col("step") <= limit) & (crept * pl.col("rows_now") >= ENOUGH)


def _is_unit() -> pl.Expr:
    return pl.col("unit_id").is_not_null()


def _floor() -> pl.Expr:
    floors = [{name.value: pair[place] for name, pair in FLOORS.items()} for place in (0, 1)]
    of_place = [pl.col("measure").replace_strict(each, default=1.0, return_dtype=pl.Float64) for each in floors]
    is_progress = pl.col("column_name").is_in(PROGRESS) & pl.col("measure").is_in([Measure.VALUE, Measure.EMPTY])
    whole, unit = (
        pl.when(is_progress).then(progress).otherwise(floor)
        for floor, progress in zip(of_place, PROGRESS_FLOORS, strict=True)
    )
    floor = pl.when(_is_unit()).then(unit).otherwise(whole)
    clustered = pl.max_horizontal(floor, CLUSTERED / pl.max_horizontal("rows_before", 1).sqrt())
    return pl.when(pl.col("measure") == Measure.ROWS).then(clustered).otherwise(floor)


def _usual(past: pl.DataFrame, nights: int) -> pl.DataFrame:
    """For each metric with any step in the past: `daily`, what a day may bring, and `repeated`, what came three times.

    Nights that are not remembered of a metric brought no step.
    """
    size = pl.col("step").abs()
    daily = (size / pl.col("days")).alias("daily")
    steps = past.group_by(METRIC).agg(
        daily,
        gathered=pl.col("step").sum(),
        repeated=MARGIN * size.sort(descending=True).get(REPEATED - 1, null_on_oob=True),
    )
    still = pl.lit(0.0).repeat_by(pl.lit(nights) - pl.col("daily").list.len())
    all_nights = pl.concat_list("daily", still)
    middle = all_nights.list.median()
    return steps.with_columns(_all=all_nights, _middle=middle).select(
        *METRIC,
        "repeated",
        "gathered",
        daily=pl.col("_middle") + OUTLYING * MAD_TO_DEVIATION * _deviation("_all", "_middle"),
    )


def _deviation(values: str, middle: str) -> pl.Expr:
    """The median absolute deviation of a list."""
    return (pl.col(values) - pl.col(middle)).list.eval(pl.element().abs()).list.median()


def was_compared(variation: pl.DataFrame, night: date) -> bool:
    """Whether a night had another to be compared with."""
    return not variation.filter((pl.col("night") == night) & (pl.col("measure") == NIGHT)).is_empty()


def remembered(steps: pl.DataFrame, variation: pl.DataFrame, between: Between) -> pl.DataFrame:
    """audit.variation of tonight: the steps of this night and of the last ones, without what hardly moved.

    A night of the same day is taken to be the same night again.
    """
    tonight = {"night": between.now, "days": between.days, "measure": NIGHT}
    mark = pl.DataFrame([tonight], schema=VARIATION)
    moved = steps.filter(pl.col("step").abs() >= _floor() * KEPT).with_columns(
        night=pl.lit(between.now), days=pl.lit(between.days, pl.Int64)
    )
    others = variation.filter(pl.col("night") != between.now)
    whole = pl.concat([others, mark, moved.select(pl.col(name).cast(kind) for name, kind in VARIATION.items())])
    kept = whole.filter(pl.col("measure") == NIGHT)["night"].sort(descending=True).head(NIGHTS)
    return whole.filter(pl.col("night").is_in(kept.implode())).sort("night", *METRIC, nulls_last=False)
