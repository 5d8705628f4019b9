"""What a release remembers of a dump table's columns: how many are empty, which values, sizes and months there are.

Belongs here: taking the account, of the province and of each unit. How many rows a table has by file, year and county
is `audit.holdings` already; what a difference between two accounts means is in steps.py.

Of a large table the account is taken of a sample drawn by the rows' keys, so that the same rows are in it every night.
"""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Final

import polars as pl

from models.contracts import Contract, Field
from models.contracts.model import TRACE
from models.drift.places import PLACE, with_place

SAMPLED: Final = 50_000
"""So many rows of a table are looked at, up to twice as many."""
DUPLICATE: Final = "duplicate"
"""The reason of rows that repeat a key."""
SEED: Final = 20_191_231
LENGTH_OF_YEAR: Final = 4
LENGTH_OF_MONTH: Final = 7
LEAST_SIZE: Final = -4
"""Numbers below a sixteenth are of one size."""
QUANTILES: Final = (10, 50, 90)
_NUMBERS: Final = frozenset({"decimal", "integer", "ratio", "number"})
_DATES: Final = frozenset({"date", "datetime"})
_CODES: Final = frozenset({"enum", "bool"})


class Measure(StrEnum):
    """What is measured of a table, a column or a figure.

    Of columns: empty cells, refused cells, rows by value of a code list, by size of a number (powers of two), by
    month (of a unit by year), quantiles of numbers; the sizes of added rows, words that nobody has any more. Of
    tables: rows. Of rosters: ids that are gone and that are new. Of figures: the ratio.
    """

    EMPTY = "empty"
    REFUSED = "refused"
    VALUE = "value"
    SIZE = "size"
    MONTH = "month"
    YEAR = "year"
    QUANTILE = "quantile"
    ROWS = "rows"
    ADDED = "added"
    WORD = "word"
    GONE = "gone"
    COME = "come"
    RATIO = "ratio"
    LAW = "law"


PROFILE: Final = pl.Schema(
    {
        "table_name": pl.String(),
        "column_name": pl.String(),
        "unit_id": pl.String(),
        "measure": pl.String(),
        "which": pl.String(),
        "value": pl.Float64(),
        "rows": pl.Int64(),
    }
)


def profile(contract: Contract, rows: pl.LazyFrame, count: int, read: Callable[[str], pl.LazyFrame]) -> pl.DataFrame:
    """The account of one staging table, without those of refused cells.

    Grain: column × unit (null: the whole province) × measure × which. `value` is a number of rows, of quantiles the
    quantile; `rows` is how many rows it rests on: all for empty cells, those with a value for the rest. What is 0 is
    left out, but for the empty cells of the province.

    Args:
        contract: the table's.
        rows: the staged rows.
        count: how many these are.
        read: gives the rows of any staging table, to find a row's unit.
    """
    fold = _fold(count)
    seen = with_place(contract.table, _sample(contract, rows, fold), read).drop(*TRACE, "province").collect()
    seen = seen.with_columns(pl.col(PLACE).cast(pl.Categorical))  # grouping by a number takes half the time
    parts = [_empty_cells(contract, seen), _quantiles(contract, seen), _classes(contract, seen)]
    counted = pl.col("measure") != Measure.QUANTILE
    return (
        pl.concat([part.select(pl.col(name).cast(kind) for name, kind in _OWN.items()) for part in parts])
        .with_columns(
            table_name=pl.lit(contract.table),
            value=pl.when(counted).then(pl.col("value") * fold).otherwise("value"),
            rows=pl.col("rows") * fold,
        )
        .select(*PROFILE)
        .sort(*list(PROFILE)[:5], nulls_last=False)
    )


_OWN: Final = {name: kind for name, kind in PROFILE.items() if name != "table_name"}


def refused_cells(rejects: pl.LazyFrame, read_rows: pl.LazyFrame) -> pl.DataFrame:
    """The account of what was not taken, by table, column and reason: refused cells and rows, and rows of a key again.

    Args:
        rejects: audit.rejects.
        read_rows: audit.row_counts.
    """
    counts = read_rows.group_by("table_name").agg(rows=pl.col("rows_read").sum(), value=pl.col("rows_duplicate").sum())
    again = counts.filter(pl.col("value") > 0).with_columns(
        which=pl.lit(DUPLICATE), column_name=pl.lit(None, pl.String)
    )
    refused = rejects.group_by("table_name", "column_name", which="reason_code").agg(value=pl.len())
    refused = refused.join(counts.drop("value"), on="table_name", how="left")
    parts = [
        part.with_columns(unit_id=pl.lit(None, pl.String), measure=pl.lit(Measure.REFUSED.value)).select(
            pl.col(name).cast(kind) for name, kind in PROFILE.items()
        )
        for part in (refused, again)
    ]
    return pl.concat(parts).sort("table_name", "column_name", "which", nulls_last=False).collect()


def _fold(count: int) -> int:
    """One row in so many is looked at: a power of two, so that a table that grows is seldom sampled otherwise."""
    return 1 << max(0, (count // SAMPLED).bit_length() - 1) if count >= 2 * SAMPLED else 1


def _sample(contract: Contract, rows: pl.LazyFrame, fold: int) -> pl.LazyFrame:
    if fold == 1:
        return rows
    keys = [contract.field(name).column for name in contract.key]
    return rows.filter(pl.struct(keys).hash(SEED) % fold == 0)


def _empty_cells(contract: Contract, seen: pl.DataFrame) -> pl.DataFrame:
    columns = [field.column for field in contract.fields]
    by_place = seen.group_by(PLACE).agg(pl.len().alias("rows"), pl.col(columns).null_count())
    long = by_place.unpivot(columns, index=[PLACE, "rows"], variable_name="column_name")
    long = long.rename({PLACE: "unit_id"}).cast({"unit_id": pl.String})
    whole = (
        long.group_by("column_name").agg(pl.col("rows", "value").sum()).with_columns(unit_id=pl.lit(None, pl.String))
    )
    of_units = long.filter(pl.col("unit_id").is_not_null() & (pl.col("value") > 0))
    both = pl.concat([whole.select(long.columns), of_units])
    return both.with_columns(measure=pl.lit(Measure.EMPTY.value), which=pl.lit(None, pl.String))


def _quantiles(contract: Contract, seen: pl.DataFrame) -> pl.DataFrame:
    numbers = [field.column for field in contract.fields if field.type in _NUMBERS]
    schema = {name: kind for name, kind in PROFILE.items() if name != "table_name"}
    if not numbers or seen.is_empty():
        return pl.DataFrame(schema=schema)
    asked = {
        f"{name}\t{each}": pl.col(name).cast(pl.Float64).quantile(each / 100) for name in numbers for each in QUANTILES
    }
    found = seen.select(**asked).unpivot()
    filled = dict(seen.select(pl.col(numbers).count()).row(0, named=True))
    parts = pl.col("variable").str.split("\t").list
    return found.drop_nulls("value").select(
        column_name=parts.get(0),
        unit_id=pl.lit(None, pl.String),
        measure=pl.lit(Measure.QUANTILE.value),
        which=parts.get(1),
        value="value",
        rows=parts.get(0).replace_strict(filled, return_dtype=pl.Int64),
    )


def _class_of(field: Field) -> Iterator[tuple[Measure, pl.Expr]]:
    """In which class a value lies: its word, its size, its month; nothing where values are not counted."""
    value = pl.col(field.column)
    if field.type == "rating":  # a word, or marks in figures
        words = list(field.values or ())
        yield Measure.VALUE, pl.when(value.is_in(words)).then(value).otherwise(_size(value).cast(pl.String))
    elif field.type in _CODES:
        yield Measure.VALUE, value
    elif field.type in _NUMBERS:
        yield Measure.SIZE, _size(value)
    elif field.type in _DATES:
        yield Measure.MONTH, value.cast(pl.Date).dt.truncate("1mo")


def _size(value: pl.Expr) -> pl.Expr:
    """Between which powers of two a number lies; nothing and less is a size of its own."""
    number = value.cast(pl.Float64, strict=False)
    size = number.log(2).floor().clip(LEAST_SIZE).cast(pl.Int32)
    return pl.when(number > 0).then(size).when(number.is_not_null()).then(LEAST_SIZE - 1)


def _classes(contract: Contract, seen: pl.DataFrame) -> pl.DataFrame:
    """Rows by class, of the province and of each unit; dates of units by year."""
    rows = seen.lazy()
    found = [
        rows.group_by(PLACE, of_row.alias("which"))
        .agg(value=pl.len().cast(pl.Int64))
        .with_columns(pl.col("which").cast(pl.String), column_name=pl.lit(field.column), measure=pl.lit(measure.value))
        for field in contract.fields
        for measure, of_row in _class_of(field)
        if seen[field.column].null_count() < seen.height
    ]
    empty = {
        PLACE: pl.Categorical,
        "which": pl.String,
        "value": pl.Int64,
        "column_name": pl.String,
        "measure": pl.String,
    }
    counted = pl.concat([pl.LazyFrame(schema=empty), *found]).drop_nulls("which").rename({PLACE: "unit_id"})
    is_month = pl.col("measure") == Measure.MONTH
    by_month = pl.when(is_month).then(pl.col("which").str.head(LENGTH_OF_MONTH)).otherwise("which")
    counted = counted.with_columns(by_month).collect().lazy()  # once for the province and for its units
    of_units = counted.drop_nulls("unit_id").with_columns(
        pl.col("unit_id").cast(pl.String),
        which=pl.when(is_month).then(pl.col("which").str.head(LENGTH_OF_YEAR)).otherwise("which"),
        measure=pl.when(is_month).then(pl.lit(Measure.YEAR.value)).otherwise("measure"),
    )
    whole = counted.with_columns(unit_id=pl.lit(None, pl.String))
    key = ("column_name", "unit_id", "measure", "which")
    summed = [part.group_by(key).agg(pl.col("value").sum()) for part in (whole, of_units)]
    rows_of = pl.col("value").sum().over("column_name", "unit_id", "measure")
    return pl.concat(summed).with_columns(rows=rows_of).collect()
