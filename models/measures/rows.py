"""The shared measure families: what is counted, shared out or compared over the rows of a grain.

Here belongs arithmetic that is the same whatever the rows are about. Rows and their columns come from the grains;
limits and filters come from the clauses.

Every family takes `grain`, and `rows`: conditions that choose the rows counted (a row for which one can't be
told is not counted). A clause's `where` filters what comes out; the columns it names are carried along.

Rows of a grain may say in `gap` which evidence about them isn't on file at all. `closes` names the column with the
last day on which what is asked may be done, `closes_on` is that day itself; `grows` says that the figure only grows
until then.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import partial
from itertools import pairwise
from typing import Any, Final

import polars as pl

from models.contracts import contract, staging_contracts
from models.labels import listed
from models.measures.grains import grain_of
from models.measures.origins import plain
from models.measures.registry import EXACT, NO_ROWS, Condition, Frames, Needs, measure, part_year

KEY: Final = ["subject_id", "period"]
UNTOLD: Final = "没有{}的登记"
UNWORKED: Final = "算不出{}"
BLANK: Final = ("", "无", "无。", "—", "-", "--", "/", "详见附件", "见附件", "同上", "略")
"""Words that fill a cell and say nothing."""
SHOWN: Final = 20
"""How many of the rows at fault a finding lists."""


def _columns(options: Mapping[str, Any]) -> list[str]:
    """Every column an option set names."""
    named: list[str] = []
    for name in ("rows", "test"):
        named += list(options.get(name, {}))
    for name in ("column", "numerator", "denominator", "closes", "distinct", "in_force_on"):
        if options.get(name):
            named.append(options[name])
    named += list(options.get("columns", ()) or ())
    named += list(options.get("carry", ()))
    return named


def needs_of(options: Mapping[str, Any]) -> Needs:
    """Tables and fields that a grain and the columns an option set names are made of."""
    return grain_of(options["grain"]).needs_of(_columns(options))


family = partial(
    measure,
    reads=needs_of,
    by=lambda options: grain_of(options["grain"]).by,
    turns=lambda options: grain_of(options["grain"]).turns,
)
"""Registers a measure that counts the rows of any grain."""


def _chosen(frames: Frames, grain: str, rows: Mapping[str, Condition], columns: Iterable[str]) -> pl.LazyFrame:
    return grain_of(grain).rows(frames, rows, columns)


def _closing(frame: pl.LazyFrame, closes: str | None, closes_on: date | None = None) -> pl.Expr:
    """The period's last day: the column the clause names or the day it says, else the grain's own, else none."""
    if closes_on is not None:
        return pl.lit(closes_on)
    if closes is not None:
        return pl.col(closes).cast(pl.Date)
    if "period_end" in frame.collect_schema():
        return pl.col("period_end")
    return pl.lit(None, dtype=pl.Date)


def _amount(chosen: pl.LazyFrame, column: str) -> pl.Expr:
    """The column as an exact figure, a yes as 1."""
    is_yes_or_no = chosen.collect_schema()[column] == pl.Boolean
    at = pl.col(column).cast(pl.Int8) if is_yes_or_no else pl.col(column)
    return at.cast(EXACT)


def _untold(frame: pl.LazyFrame, grain: str, **empty: pl.Expr) -> pl.Expr:
    """Why nothing can be told: what the rows' own grain says, else which columns are empty, as `empty` says."""
    reasons = [pl.col("gap")] if "gap" in frame.collect_schema() else []
    if empty:
        reasons.append(_named(grain, empty))
    return pl.coalesce(*reasons) if reasons else pl.lit(None, dtype=pl.String)


def _named(grain: str, empty: Mapping[str, pl.Expr]) -> pl.Expr:
    """Says which columns of a grain are empty, and of those worked out from others, whose rows don't suffice.

    Null where none is empty.
    """
    worked_out = grain_of(grain).derived
    told = []
    for sentence, is_other in ((UNTOLD, False), (UNWORKED, True)):
        chosen = {name: is_empty for name, is_empty in empty.items() if (name in worked_out) == is_other}
        if chosen:
            words = [
                _where(one, _unworked(grain, name) if is_other else listed([name])) for name, one in chosen.items()
            ]
            listing = pl.concat_str(words, separator="、", ignore_nulls=True)
            told.append(pl.when(pl.any_horizontal(*chosen.values())).then(pl.format(sentence, listing)))
    if not told:
        return pl.lit(None, dtype=pl.String)
    return pl.when(pl.any_horizontal(*empty.values())).then(pl.concat_str(told, separator="；", ignore_nulls=True))


def _where(condition: pl.Expr, words: str) -> pl.Expr:
    return pl.when(condition).then(pl.lit(words))


def _unworked(grain: str, column: str) -> str:
    """A column that is worked out, and the tables it is worked out from: its own name is in none."""
    read = (name.partition(".") for name in plain(grain_of(grain).derived[column].needs))
    titles = dict.fromkeys(contract(layer, table).title for layer, _, table in read)  # type: ignore[arg-type]
    return f"{listed([column])}（{'、'.join(titles)}的登记不全）"


def _part_of(frame: pl.LazyFrame, since: date | None) -> pl.Expr:
    """Why the year in which a yearly duty came into force isn't held against anybody, beside what the rows say."""
    year = part_year(pl.col("effective_on").dt.year(), since)
    return pl.coalesce("excused", year) if "excused" in frame.collect_schema() else year


def _one_a_subject(frame: pl.LazyFrame, extra: tuple[str, ...], **figures: pl.Expr) -> pl.LazyFrame:
    """Rows gathered into one for each subject and period; where they differ in unit, the one of the lowest code."""
    there = frame.collect_schema()
    return frame.group_by(KEY).agg(
        pl.col("unit_id").min(),
        pl.col("effective_on").max(),
        *(pl.col(name).max() for name in ("period_end", "gap", "excused") if name in there),
        *(pl.col(name).min() for name in dict.fromkeys(extra)),
        **figures,
    )


@family("value", title="数值", formula="直接取登记的数")
def value(
    frames: Frames,
    *,
    grain: str,
    column: str,
    rows: Mapping[str, Condition] = NO_ROWS,
    closes: str | None = None,
    grows: bool = False,
    in_force_on: str | None = None,
    since: date | None = None,
    carry: tuple[str, ...] = (),
) -> pl.LazyFrame:
    """A column's figure, true as 1. Where a subject has several rows in a period, the largest.

    `in_force_on` names the column with the day whose law holds, where that isn't the grain's own. `since` is the day a
    yearly duty came into force: that year isn't held against anybody.

    A column that can still grow comes with another, named `…_is_lower_bound`; one that is known only to lie between
    two figures, with the larger of them, named `…_at_most`; one not there yet, with what it can still come to, named
    `…_may_reach`.
    """
    extra = (*carry, *([closes] if closes else []))
    chosen = _chosen(frames, grain, rows, [column, *extra])
    if in_force_on is not None:
        chosen = chosen.with_columns(effective_on=pl.col(in_force_on).cast(pl.Date))
    bound = f"{column}_is_lower_bound"
    can_grow = pl.col(bound).any() if bound in chosen.collect_schema() else pl.lit(value=False).first()
    frame = _one_a_subject(
        chosen, extra, _figure=_amount(chosen, column).max(), is_lower_bound=can_grow, **_most(chosen, column)
    )
    return frame.with_columns(
        numerator="_figure",
        period_end=_closing(frame, closes),
        grows=pl.lit(grows),
        excused=_part_of(frame, since),
        missing=_untold(frame, grain, **{column: pl.col("_figure").is_null()}),
        unsure=_unsure(grain, column),
        inputs=pl.struct(pl.col("_figure").cast(pl.Float64).alias(column)),
    )


def _most(chosen: pl.LazyFrame, column: str) -> dict[str, pl.Expr]:
    """The larger end of a figure that lies between two, and what one can still come to, summed up like the figure."""
    there = chosen.collect_schema()
    return {
        name: _amount(chosen, f"{column}_{name}").max()
        if f"{column}_{name}" in there
        else pl.lit(None, dtype=EXACT).first()
        for name in ("at_most", "may_reach")
    }


def _unsure(grain: str, column: str) -> pl.Expr:
    return _named(grain, {column: pl.col("at_most").is_not_null()})


@family("ratio", title="比例", formula="分子÷分母")
def ratio(
    frames: Frames,
    *,
    grain: str,
    numerator: str,
    denominator: str,
    rows: Mapping[str, Condition] = NO_ROWS,
    closes: str | None = None,
    closes_on: date | None = None,
    grows: bool = False,
    carry: tuple[str, ...] = (),
) -> pl.LazyFrame:
    """One column over another. Where a subject has several rows in a period, the sums; unknown where one is.

    A numerator known only to lie between two figures comes with the larger of them, named `…_at_most`.
    """
    extra = (*carry, *([closes] if closes else []))
    chosen = _chosen(frames, grain, rows, [numerator, denominator, *extra])
    most = f"{numerator}_at_most"
    whole_most = _whole(chosen, most) if most in chosen.collect_schema() else pl.lit(None, dtype=EXACT).first()
    frame = _one_a_subject(
        chosen, extra, _n=_whole(chosen, numerator), _d=_whole(chosen, denominator), at_most=whole_most
    )
    return frame.with_columns(
        numerator="_n",
        denominator="_d",
        period_end=_closing(frame, closes, closes_on),
        grows=pl.lit(grows),
        missing=_untold(frame, grain, **{numerator: pl.col("_n").is_null(), denominator: pl.col("_d").is_null()}),
        unsure=_unsure(grain, numerator),
        inputs=pl.struct(
            pl.col("_n").cast(pl.Float64).alias(numerator), pl.col("_d").cast(pl.Float64).alias(denominator)
        ),
    )


def _whole(chosen: pl.LazyFrame, column: str) -> pl.Expr:
    """The column's sum, when every row has a figure."""
    return pl.when(pl.col(column).null_count() == 0).then(_amount(chosen, column).sum())


@family("share", title="合格率", formula="符合要求的行数÷应查的行数")
def share(
    frames: Frames,
    *,
    grain: str,
    test: Mapping[str, Condition],
    rows: Mapping[str, Condition] = NO_ROWS,
    closes: str | None = None,
    carry: tuple[str, ...] = (),
) -> pl.LazyFrame:
    """Rows that pass every condition of `test`, among the subject's rows.

    Where none fails but one can't be told, the figure is missing.
    """
    extra = (*carry, *([closes] if closes else []))
    frame = _tested(frames, grain, test, rows, extra)
    return frame.with_columns(
        numerator=pl.col("_passed"),
        denominator=pl.col("_rows").cast(EXACT),
        period_end=_closing(frame, closes),
        missing=_untold(frame, grain, **{name: (pl.col("_failed") == 0) & pl.col(f"_no_{name}") for name in test}),
        inputs=pl.struct(rows="_rows", failed="_failed", unknown="_unknown", at_fault="_at_fault"),
    )


@family("failing", title="不合要求的行数", accumulates=True, formula="不符合要求的行数")
def failing(
    frames: Frames,
    *,
    grain: str,
    test: Mapping[str, Condition],
    rows: Mapping[str, Condition] = NO_ROWS,
    closes: str | None = None,
    carry: tuple[str, ...] = (),
) -> pl.LazyFrame:
    """Rows that surely fail a condition of `test`; where none does but one can't be told, the figure is missing."""
    extra = (*carry, *([closes] if closes else []))
    frame = _tested(frames, grain, test, rows, extra)
    return frame.with_columns(
        numerator=pl.col("_failed"),
        period_end=_closing(frame, closes),
        missing=_untold(frame, grain, **{name: (pl.col("_failed") == 0) & pl.col(f"_no_{name}") for name in test}),
        inputs=pl.struct(rows="_rows", unknown="_unknown", at_fault="_at_fault"),
    )


def _tested(
    frames: Frames,
    grain: str,
    test: Mapping[str, Condition],
    rows: Mapping[str, Condition],
    extra: tuple[str, ...],
) -> pl.LazyFrame:
    """Counts of rows that pass, fail and can't be told, and the keys of those at fault."""
    kind = grain_of(grain)
    chosen = _chosen(frames, grain, rows, [*test, *extra])
    passes = pl.all_horizontal([condition.holds(name) for name, condition in test.items()])
    key = row_key(kind.table)
    return _one_a_subject(
        chosen.with_columns(_passes=passes),
        extra,
        _rows=pl.len(),
        _passed=pl.col("_passes").sum(),
        _failed=(~pl.col("_passes")).sum(),
        _unknown=pl.col("_passes").null_count(),
        _at_fault=pl.col(key).filter(~pl.col("_passes")).sort().head(SHOWN),
        **{
            f"_no_{name}": (pl.col("_passes").is_null() & condition.holds(name).is_null()).any()
            for name, condition in test.items()
        },
    )


def row_key(table: str) -> str:
    """The column that names a row of a table to a reader."""
    key = staging_contracts()[table].key
    return key[0] if len(key) == 1 else "subject_id"


@family("filled", title="已填项数", formula="已填的项数；空白、“无”、“详见附件”不算")
def filled(
    frames: Frames,
    *,
    grain: str,
    columns: tuple[str, ...],
    rows: Mapping[str, Condition] = NO_ROWS,
    closes: str | None = None,
    closes_on: date | None = None,
    grows: bool = False,
    carry: tuple[str, ...] = (),
) -> pl.LazyFrame:
    """How many of the columns are filled; a yes/no counts when it is yes, a number when it is above zero.

    A yes/no that nobody filled may be yes, and a number known only to lie between two (`…_at_most`) above zero: the
    figure then lies between two (`at_most`).
    """
    extra = (*carry, *([closes] if closes else []))
    chosen = _chosen(frames, grain, rows, [*columns, *extra])
    schema = chosen.collect_schema()
    marks = {name: _is_filled(name, schema[name]) for name in columns}
    untold = _untold_marks(schema, marks)
    may_be = pl.sum_horizontal(*marks.values(), *untold.values())
    frame = _one_a_subject(
        chosen.with_columns(_filled=pl.sum_horizontal(marks.values()), _may_be=may_be),
        extra,
        numerator=pl.col("_filled").min(),
        _may_be=pl.col("_may_be").min(),
        **{f"_no_{name}": mark.any() for name, mark in untold.items()},
        _empty=pl.concat_list(_where(~mark.all(), name) for name, mark in marks.items()).list.drop_nulls(),
    )
    may_be_more = pl.col("_may_be") > pl.col("numerator")
    return frame.with_columns(
        at_most=pl.when(may_be_more).then(pl.col("_may_be").cast(EXACT)),
        unsure=pl.when(may_be_more).then(_named(grain, {name: pl.col(f"_no_{name}") for name in untold})),
        period_end=_closing(frame, closes, closes_on),
        grows=pl.lit(grows),
        missing=_untold(frame, grain),
        inputs=pl.struct(empty="_empty"),
    )


def _untold_marks(schema: pl.Schema, marks: Mapping[str, pl.Expr]) -> Mapping[str, pl.Expr]:
    """Columns that are not filled and yet may be: a yes/no nobody filled, a number that may be above zero."""
    most = {
        name: (pl.col(f"{name}_at_most") > 0).fill_null(value=False) for name in marks if f"{name}_at_most" in schema
    }
    return {
        **{name: pl.col(name).is_null() for name in marks if schema[name] == pl.Boolean},
        **{name: ~marks[name] & more for name, more in most.items()},
    }


def _is_filled(column: str, kind: pl.DataType) -> pl.Expr:
    at = pl.col(column)
    if kind == pl.Boolean:
        mark = at
    elif kind == pl.String:
        mark = ~at.str.strip_chars().is_in(list(BLANK))
    elif isinstance(kind, pl.List):
        mark = at.list.len() > 0
    elif kind.is_numeric():
        mark = at > 0
    else:
        mark = at.is_not_null()
    return mark.fill_null(value=False)


@family("in_order", title="先后合规", formula="各日期都有，且一个不早于前一个")
def in_order(
    frames: Frames,
    *,
    grain: str,
    columns: tuple[str, ...],
    rows: Mapping[str, Condition] = NO_ROWS,
    closes: str | None = None,
    closes_on: date | None = None,
    carry: tuple[str, ...] = (),
) -> pl.LazyFrame:
    """1 when all dates are on file and none is before the one named before it, else 0; the same day is in order.

    Dates in order, and dates that are not, are settled; one that is not there may still come until the last day.
    """
    extra = (*carry, *([closes] if closes else []))
    chosen = _chosen(frames, grain, rows, [*columns, *extra])
    dates = [pl.col(name).cast(pl.Date) for name in columns]
    order = pl.all_horizontal(earlier <= later for earlier, later in pairwise(dates))
    frame = _one_a_subject(
        chosen.with_columns(_good=order),
        extra,
        numerator=pl.col("_good").fill_null(value=False).all().cast(pl.Int8),
        _waits=pl.col("_good").all(ignore_nulls=False).is_null(),
        **{f"_{name}": pl.col(name).cast(pl.Date).last() for name in columns},
    )
    return frame.with_columns(
        period_end=pl.when("_waits").then(_closing(frame, closes, closes_on)),
        missing=_untold(frame, grain),
        inputs=pl.struct(pl.col(f"_{name}").alias(name) for name in columns),
    )


@family("day", title="办理日期", formula="办理日期；首尾两日都算在内")
def day(
    frames: Frames,
    *,
    grain: str,
    columns: tuple[str, ...],
    rows: Mapping[str, Condition] = NO_ROWS,
    unknown_after: date | None = None,
    carry: tuple[str, ...] = (),
) -> pl.LazyFrame:
    """A date, or the first and the last (`last`) of several, counted in days from 1970.

    One of several that isn't on file leaves open what the others don't decide. With `unknown_after`, a later date
    says nothing about the time before, and an earlier one may be followed: the platform keeps the last one only.
    """
    chosen = _chosen(frames, grain, rows, [*columns, *carry])
    dates = [pl.col(name).cast(pl.Date) for name in columns]
    is_whole = pl.all_horizontal(each.is_not_null() for each in dates)
    frame = _one_a_subject(
        chosen.with_columns(_first=pl.min_horizontal(dates), _last=pl.max_horizontal(dates), _whole=is_whole),
        carry,
        **{f"_{name}": pl.col(name).cast(pl.Date).max() for name in columns},
        **{f"_no_{name}": pl.col(name).is_null().any() for name in columns},
        _first_day=pl.col("_first").min(),
        _last_day=pl.col("_last").max(),
        _is_whole=pl.col("_whole").all(),
    )
    late = pl.lit(value=False) if unknown_after is None else pl.col("_last_day") > unknown_after
    told = _named(grain, {name: pl.col(f"_no_{name}") for name in columns})
    return frame.with_columns(
        numerator=pl.col("_first_day").cast(pl.Int32),
        last=pl.col("_last_day").cast(pl.Int32).cast(EXACT),
        may_move=pl.lit(unknown_after is not None),
        is_lower_bound=~pl.col("_is_whole"),
        unsure=pl.when(~pl.col("_is_whole")).then(told),
        missing=pl.when(pl.col("_first_day").is_null())
        .then(told)
        .when(late)
        .then(pl.lit("之后又有更新，当时是否办理已看不到")),
        inputs=pl.struct(pl.col(f"_{name}").alias(name) for name in columns),
    )


@family("scope", title="是否在范围内", formula="在范围内为1；不在的不适用")
def scope(frames: Frames, *, grain: str, test: Mapping[str, Condition], carry: tuple[str, ...] = ()) -> pl.LazyFrame:
    """1 for every row; those that surely fail `test` are outside the clause."""
    chosen = _chosen(frames, grain, NO_ROWS, [*test, *carry]).unique(KEY, keep="first", maintain_order=True)
    passes = pl.all_horizontal([condition.holds(name) for name, condition in test.items()])
    return chosen.with_columns(
        numerator=pl.lit(1),
        exempt=pl.when(~passes).then(pl.lit("不在本条范围")),
        missing=pl.when(passes.is_null()).then(
            _named(grain, {name: condition.holds(name).is_null() for name, condition in test.items()})
        ),
        inputs=pl.struct(list(test)),
    )


@family("row_count", title="行数", accumulates=True, formula="符合条件的行数")
def row_count(
    frames: Frames,
    *,
    grain: str,
    rows: Mapping[str, Condition] = NO_ROWS,
    distinct: str | None = None,
    closes: str | None = None,
    closes_on: date | None = None,
    carry: tuple[str, ...] = (),
) -> pl.LazyFrame:
    """How many rows fit `rows`, or how many different values of a column they have; subjects with at least one."""
    extra = (*carry, *([closes] if closes else []))
    chosen = _chosen(frames, grain, rows, [*([distinct] if distinct else []), *extra])
    figure = pl.len() if distinct is None else pl.col(distinct).n_unique()
    frame = _one_a_subject(chosen, extra, numerator=figure, _rows=pl.len())
    return frame.with_columns(period_end=_closing(frame, closes, closes_on), inputs=pl.struct(rows="_rows"))
