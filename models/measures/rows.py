"""The shared measure families: what is counted, shared out or compared over the rows of a grain.

Here belongs arithmetic that is the same whatever the rows are about. Rows and their columns come from the grains;
limits and filters come from the clauses.

Every family takes `grain`, and `rows`: conditions that choose the rows counted (a row for which one can't be
told is not counted). A clause's `where` filters what comes out; the columns it names are carried along.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import pairwise
from typing import Any, Final

import polars as pl

from models.measures.grains import grain_of
from models.measures.registry import EXACT, NO_ROWS, Condition, Frames, Needs, measure

KEY: Final = ["subject_id", "period"]
UNTOLD: Final = "登记里缺{}"
BLANK: Final = ("", "无", "无。", "—", "-", "--", "/", "详见附件", "见附件", "同上", "略")
"""Words that fill a cell and say nothing."""
SHOWN: Final = 20
"""How many of the rows at fault a finding lists."""


def _columns(options: Mapping[str, Any]) -> list[str]:
    """Every column an option set names."""
    named: list[str] = []
    for name in ("rows", "test"):
        named += list(options.get(name, {}))
    for name in ("column", "numerator", "denominator", "closes", "distinct"):
        if options.get(name):
            named.append(options[name])
    named += list(options.get("columns", ()))
    named += list(options.get("carry", ()))
    return named


def needs_of(options: Mapping[str, Any]) -> Needs:
    """Tables and fields that a grain and the columns an option set names are made of."""
    return grain_of(options["grain"]).needs_of(_columns(options))


def _chosen(frames: Frames, grain: str, rows: Mapping[str, Condition], columns: Iterable[str]) -> pl.LazyFrame:
    return grain_of(grain).rows(frames, rows, columns)


def _closing(frame: pl.LazyFrame, closes: str | None) -> pl.Expr:
    """The period's last day: the column the clause names, else the grain's own, else none."""
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


def _missing(*columns: str) -> pl.Expr:
    words = UNTOLD.format("、".join(columns))
    return pl.when(pl.any_horizontal(pl.col(column).is_null() for column in columns)).then(pl.lit(words))


def _one_a_subject(frame: pl.LazyFrame, extra: tuple[str, ...], **figures: pl.Expr) -> pl.LazyFrame:
    """Rows gathered into one for each subject and period; where they differ in unit, the one of the lowest code."""
    closing = [pl.col("period_end").max()] if "period_end" in frame.collect_schema() else []
    return frame.group_by(KEY).agg(
        pl.col("unit_id").min(),
        pl.col("effective_on").max(),
        *closing,
        *(pl.col(name).min() for name in dict.fromkeys(extra)),
        **figures,
    )


@measure("value", title="数值", reads=needs_of, formula="直接取登记的数")
def value(
    frames: Frames,
    *,
    grain: str,
    column: str,
    rows: Mapping[str, Condition] = NO_ROWS,
    closes: str | None = None,
    carry: tuple[str, ...] = (),
) -> pl.LazyFrame:
    """A column's figure, true as 1. Where a subject has several rows in a period, the largest.

    A column that can still grow comes with another, named `…_is_lower_bound`.
    """
    extra = (*carry, *([closes] if closes else []))
    chosen = _chosen(frames, grain, rows, [column, *extra])
    bound = f"{column}_is_lower_bound"
    can_grow = pl.col(bound).any() if bound in chosen.collect_schema() else pl.lit(value=False).first()
    frame = _one_a_subject(chosen, extra, _figure=_amount(chosen, column).max(), is_lower_bound=can_grow)
    return frame.with_columns(
        numerator="_figure",
        period_end=_closing(frame, closes),
        missing=pl.when(pl.col("_figure").is_null()).then(pl.lit(UNTOLD.format(column))),
        inputs=pl.struct(pl.col("_figure").cast(pl.Float64).alias(column)),
    )


@measure("ratio", title="比例", reads=needs_of, formula="分子÷分母")
def ratio(
    frames: Frames,
    *,
    grain: str,
    numerator: str,
    denominator: str,
    rows: Mapping[str, Condition] = NO_ROWS,
    closes: str | None = None,
    carry: tuple[str, ...] = (),
) -> pl.LazyFrame:
    """One column over another. Where a subject has several rows in a period, the sums; unknown where one is."""
    extra = (*carry, *([closes] if closes else []))
    chosen = _chosen(frames, grain, rows, [numerator, denominator, *extra])
    frame = _one_a_subject(chosen, extra, _n=_whole(chosen, numerator), _d=_whole(chosen, denominator))
    return frame.with_columns(
        numerator="_n",
        denominator="_d",
        period_end=_closing(frame, closes),
        missing=pl.when(pl.col("_n").is_null() | pl.col("_d").is_null()).then(
            pl.lit(UNTOLD.format(f"{numerator}、{denominator}"))
        ),
        inputs=pl.struct(
            pl.col("_n").cast(pl.Float64).alias(numerator), pl.col("_d").cast(pl.Float64).alias(denominator)
        ),
    )


def _whole(chosen: pl.LazyFrame, column: str) -> pl.Expr:
    """The column's sum, when every row has a figure."""
    return pl.when(pl.col(column).null_count() == 0).then(_amount(chosen, column).sum())


@measure("share", title="合格率", reads=needs_of, formula="符合要求的行数÷应查的行数")
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
        missing=pl.when((pl.col("_failed") == 0) & (pl.col("_unknown") > 0)).then(
            pl.lit(UNTOLD.format("、".join(test)))
        ),
        inputs=pl.struct(rows="_rows", failed="_failed", unknown="_unknown", at_fault="_at_fault"),
    )


@measure("failing", title="不合要求的行数", reads=needs_of, accumulates=True, formula="不符合要求的行数")
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
        missing=pl.when((pl.col("_failed") == 0) & (pl.col("_unknown") > 0)).then(
            pl.lit(UNTOLD.format("、".join(test)))
        ),
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
    )


def row_key(table: str) -> str:
    """The column that names a row of a table to a reader."""
    names = {"credit_record": "record_id", "leave": "leave_id", "enrollment": "enrollment_id"}
    return names.get(table, "subject_id")


@measure("filled", title="已填项数", reads=needs_of, formula="已填的项数；空白、“无”、“详见附件”不算")
def filled(
    frames: Frames,
    *,
    grain: str,
    columns: tuple[str, ...],
    rows: Mapping[str, Condition] = NO_ROWS,
    closes: str | None = None,
    carry: tuple[str, ...] = (),
) -> pl.LazyFrame:
    """How many of the columns are filled; a yes/no counts when it is yes, a number when it is above zero."""
    extra = (*carry, *([closes] if closes else []))
    chosen = _chosen(frames, grain, rows, [*columns, *extra])
    schema = chosen.collect_schema()
    marks = {name: _is_filled(name, schema[name]) for name in columns}
    frame = _one_a_subject(
        chosen.with_columns(_filled=pl.sum_horizontal(marks.values())),
        extra,
        numerator=pl.col("_filled").min(),
        _empty=pl.concat_list(
            pl.when(~mark.all()).then(pl.lit(name)) for name, mark in marks.items()
        ).list.drop_nulls(),
    )
    return frame.with_columns(period_end=_closing(frame, closes), inputs=pl.struct(empty="_empty"))


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


@measure("in_order", title="先后合规", reads=needs_of, formula="各日期都有，且一个不早于前一个")
def in_order(
    frames: Frames,
    *,
    grain: str,
    columns: tuple[str, ...],
    rows: Mapping[str, Condition] = NO_ROWS,
    closes: str | None = None,
    carry: tuple[str, ...] = (),
) -> pl.LazyFrame:
    """1 when all dates are on file and none is before the one named before it, else 0; the same day is in order."""
    extra = (*carry, *([closes] if closes else []))
    chosen = _chosen(frames, grain, rows, [*columns, *extra])
    dates = [pl.col(name).cast(pl.Date) for name in columns]
    steps = [earlier <= later for earlier, later in pairwise(dates)]
    good = pl.all_horizontal(steps).fill_null(value=False)
    frame = _one_a_subject(
        chosen.with_columns(_good=good),
        extra,
        numerator=pl.col("_good").all().cast(pl.Int8),
        **{f"_{name}": pl.col(name).cast(pl.Date).last() for name in columns},
    )
    return frame.with_columns(
        period_end=_closing(frame, closes), inputs=pl.struct(pl.col(f"_{name}").alias(name) for name in columns)
    )


@measure("day", title="办理日期", reads=needs_of, formula="办理日期；在窗口内的差为0天")
def day(
    frames: Frames,
    *,
    grain: str,
    column: str,
    rows: Mapping[str, Condition] = NO_ROWS,
    unknown_after: date | None = None,
    carry: tuple[str, ...] = (),
) -> pl.LazyFrame:
    """A date, counted in days from 1970.

    With `unknown_after`, a later date says nothing about the time before: the platform keeps the last one only.
    """
    chosen = _chosen(frames, grain, rows, [column, *carry])
    frame = _one_a_subject(chosen, carry, _day=pl.col(column).cast(pl.Date).max())
    late = pl.lit(value=False) if unknown_after is None else pl.col("_day") > unknown_after
    return frame.with_columns(
        numerator=pl.col("_day").cast(pl.Int32),
        missing=pl.when(pl.col("_day").is_null())
        .then(pl.lit(UNTOLD.format(column)))
        .when(late)
        .then(pl.lit("之后又有更新，当时是否办理已看不到")),
        inputs=pl.struct(pl.col("_day").alias(column)),
    )


@measure("scope", title="是否在范围内", reads=needs_of, formula="在范围内为1；不在的不适用")
def scope(frames: Frames, *, grain: str, test: Mapping[str, Condition], carry: tuple[str, ...] = ()) -> pl.LazyFrame:
    """1 for every row; those that surely fail `test` are outside the clause."""
    chosen = _chosen(frames, grain, NO_ROWS, [*test, *carry]).unique(KEY, keep="first", maintain_order=True)
    passes = pl.all_horizontal([condition.holds(name) for name, condition in test.items()])
    return chosen.with_columns(
        numerator=pl.lit(1),
        exempt=pl.when(~passes).then(pl.lit("不在本条范围")),
        missing=pl.when(passes.is_null()).then(pl.lit(UNTOLD.format("、".join(test)))),
        inputs=pl.struct(list(test)),
    )


@measure("row_count", title="行数", reads=needs_of, accumulates=True, formula="符合条件的行数")
def row_count(
    frames: Frames,
    *,
    grain: str,
    rows: Mapping[str, Condition] = NO_ROWS,
    distinct: str | None = None,
    closes: str | None = None,
    carry: tuple[str, ...] = (),
) -> pl.LazyFrame:
    """How many rows fit `rows`, or how many different values of a column they have; subjects with at least one."""
    extra = (*carry, *([closes] if closes else []))
    chosen = _chosen(frames, grain, rows, [*([distinct] if distinct else []), *extra])
    figure = pl.len() if distinct is None else pl.col(distinct).n_unique()
    frame = _one_a_subject(chosen, extra, numerator=figure, _rows=pl.len())
    return frame.with_columns(period_end=_closing(frame, closes), inputs=pl.struct(rows="_rows"))
