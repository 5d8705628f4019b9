"""Ways a dump goes wrong overnight without any cell being unreadable: each spoils one table and says where it shows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np
import polars as pl

from models.contracts import staging_contracts
from models.drift.places import PLACE, with_place
from tests.unit.drift.nights import Dump

LEAST: Final = 100
"""A unit that a fault is put into has so many rows of the table."""
Rows = pl.DataFrame
Spoil = Callable[[Rows, pl.Series, np.random.Generator], Rows]


@dataclass(frozen=True)
class Fault:
    """What is done to a table's rows, in one unit or (`is_local` false) all over, and in which column it shows.

    `spoil` gets the rows, which of them are of the unit, and the dice. `column` None stands for rows or ids.
    """

    name: str
    table: str
    spoil: Spoil
    column: str | None
    is_local: bool = True
    kind: str = "data"


def put(fault: Fault, dump: Dump, seed: int) -> Dump:
    """The dump with the fault in it."""
    dice = np.random.default_rng(seed)
    rows = dump.tables[fault.table]
    placed = with_place(fault.table, rows.lazy().with_row_index(), dump.read)
    place = placed.collect().sort("index")[PLACE]
    here = pl.Series([True] * rows.height)
    if fault.is_local:
        large = place.value_counts().drop_nulls().filter(pl.col("count") >= LEAST)[PLACE].sort().to_list()
        here = (place == large[int(dice.integers(len(large)))]).fill_null(value=False)
    return dump.spoilt(fault.table, lambda frame: fault.spoil(frame, here, dice))


def _set(column: str, value: pl.Expr) -> Spoil:
    return lambda rows, here, _: rows.with_columns(
        pl.when(here).then(value.cast(rows.schema[column])).otherwise(column).alias(column)
    )


def _times(column: str, factor: float) -> Spoil:
    return _set(column, pl.col(column).cast(pl.Float64) * factor)


def _emptied(column: str, share: float) -> Spoil:
    def spoil(rows: Rows, here: pl.Series, dice: np.random.Generator) -> Rows:
        gone = here & pl.Series(dice.random(rows.height) < share)
        return rows.with_columns(pl.when(~gone).then(column).alias(column))

    return spoil


def _doubled(rows: Rows, here: pl.Series, _: np.random.Generator) -> Rows:
    """The same rows once more under other ids."""
    (key, *_rest) = _key(rows)
    return pl.concat([rows, rows.filter(here).with_columns(pl.col(key) + "-2")])


def _halved(rows: Rows, here: pl.Series, dice: np.random.Generator) -> Rows:
    return rows.filter(~here | pl.Series(dice.random(rows.height) < 0.45))


def _shifted(*columns: str) -> Spoil:
    moved = [pl.col(name) + timedelta(days=366) for name in columns]
    return lambda rows, here, _: rows.with_columns(
        pl.when(here).then(value).otherwise(name).alias(name) for name, value in zip(columns, moved, strict=True)
    )


def _renumbered(share: float) -> Spoil:
    def spoil(rows: Rows, here: pl.Series, dice: np.random.Generator) -> Rows:
        (key, *_rest) = _key(rows)
        other = here & pl.Series(dice.random(rows.height) < share)
        return rows.with_columns(pl.when(other).then("N" + pl.col(key)).otherwise(key).alias(key))

    return spoil


def _swapped(one: str, other: str) -> Spoil:
    return lambda rows, here, _: rows.with_columns(
        pl.when(here).then(other).otherwise(one).alias(one), pl.when(here).then(one).otherwise(other).alias(other)
    )


def _key(rows: Rows) -> tuple[str, ...]:
    known = next(each for each in staging_contracts().values() if set(each.schema()) == set(rows.columns))
    return tuple(known.field(name).column for name in known.key)


FAULTS: Final = (
    Fault("a county's hours times ten", "credit_record", _times("hours", 10), "hours"),
    Fault("a county's hours in minutes", "credit_record", _times("hours", 45), "hours"),
    Fault("a county's hours in days", "credit_record", _times("hours", 1 / 8), "hours"),
    Fault("all hours doubled", "credit_record", _times("hours", 2), "hours", is_local=False),
    Fault("hours and credits swapped", "credit_record", _swapped("hours", "credits"), "hours"),
    Fault("a county's rows twice", "credit_record", _doubled, None),
    Fault("a county's answers twice", "survey_response", _doubled, None),
    Fault("half a county's rows", "credit_record", _halved, None),
    Fault("half of all answers", "survey_response", _halved, None, is_local=False),
    Fault("half of all attendance", "attendance", _halved, None, is_local=False),
    Fault("a county's dates a year on", "credit_record", _shifted("start_date", "end_date"), "end_date"),
    Fault("all checks a year on", "spot_check", _shifted("check_date"), "check_date", is_local=False),
    Fault("a fifth of titles empty", "teacher", _emptied("title", 0.2), "title", is_local=False),
    Fault("a county's projects unnamed", "credit_record", _emptied("project_id", 0.5), "project_id"),
    Fault("certificates empty", "credit_record", _emptied("certificate_date", 0.2), "certificate_date", is_local=False),
    Fault("subjects empty", "project", _emptied("subject", 0.3), "subject", is_local=False),
    Fault("a county all of one level", "credit_record", _set("level", pl.lit("省")), "level"),
    Fault("a county all online", "credit_record", _set("source_type", pl.lit("网络")), "source_type"),
    Fault("a county's records returned", "credit_record", _set("status", pl.lit("退回")), "status"),
    Fault("nobody failed", "credit_record", _set("completion", pl.lit("合格")), "completion", is_local=False),
    Fault("a county all failed", "credit_record", _set("completion", pl.lit("不合格")), "completion"),
    Fault(
        "a unit's satisfaction in another scale",
        "survey_response",
        _set("overall_rating", pl.lit("5")),
        "overall_rating",
    ),
    Fault(
        "all satisfied", "survey_response", _set("overall_rating", pl.lit("很满意")), "overall_rating", is_local=False
    ),
    Fault("all schools renumbered", "school", _renumbered(1.0), None, is_local=False, kind="roster"),
    Fault("a fifth of schools renumbered", "school", _renumbered(0.2), None, is_local=False, kind="roster"),
    Fault("a tenth of teachers renumbered", "teacher", _renumbered(0.1), None, is_local=False, kind="roster"),
    Fault("money in ten thousands", "project_finance", _times("budget", 1 / 10_000), "budget", is_local=False),
    Fault("a county's money in ten thousands", "project_finance", _times("budget", 1 / 10_000), "budget"),
    Fault(
        "born on the first of January 1900",
        "teacher",
        _set("birth_date", pl.date(1900, 1, 1)),
        "birth_date",
        is_local=False,
    ),
    Fault("absent all", "attendance", _set("status", pl.lit("旷课")), "status", is_local=False),
    Fault("projects all cancelled", "project", _set("status", pl.lit("取消")), "status", is_local=False),
)
