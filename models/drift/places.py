"""To which unit a dump's row belongs, by its table's contract.

Belongs here: following `place` from table to table until it names a unit.
"""

from collections.abc import Callable
from typing import Final

import polars as pl

from models.contracts import staging_contracts

PLACE: Final = "_place"
UNITS: Final = "admin_unit"


def tables_to_place(table: str) -> tuple[str, ...]:
    """The table and those that have to be read to find its rows' units."""
    known = staging_contracts()[table]
    if table == UNITS or known.place is None:
        return (table,)
    target = (known.field(known.place).references or "").partition(".")[0]
    return (table,) if target in ("", UNITS) else (table, *tables_to_place(target))


def columns_to_place(table: str) -> tuple[str, ...]:
    """Of each such table, the columns that are needed: its key and what names the place."""
    known = staging_contracts()[table]
    place = (known.field(known.place).column,) if known.place and table != UNITS else ()
    return tuple(dict.fromkeys((known.field(known.key[0]).column, *place)))


def with_place(table: str, rows: pl.LazyFrame, read: Callable[[str], pl.LazyFrame]) -> pl.LazyFrame:
    """The rows with `_place`: the unit they belong to, null where the table has none or the row names none.

    Args:
        table: the staging table the rows are of.
        rows: all of them, or some.
        read: gives the rows of any staging table.
    """
    known = staging_contracts()[table]
    if table == UNITS:
        return rows.with_columns(pl.col(known.key[0]).alias(PLACE))
    if known.place is None:
        return rows.with_columns(pl.lit(None, pl.String).alias(PLACE))
    field = known.field(known.place)
    target = (field.references or "").partition(".")[0]
    if target in ("", UNITS):
        return rows.with_columns(pl.col(field.column).alias(PLACE))
    key = staging_contracts()[target].key[0]
    there = with_place(target, read(target), read).select(pl.col(key).alias(field.column), PLACE)
    return rows.join(there.unique(field.column, keep="any"), on=field.column, how="left")
