"""Parquet dumps to the grid: column names become row 1, every value its plain text.

Values are written without artefacts of their storage: 90.0 and 90.000 as 90, dates in ISO form, moments with a
zone as Beijing time, NaN as missing, lists joined by 、, anything nested deeper as JSON.
"""

from pathlib import Path
from typing import Final

import polars as pl

from pipelines.io.reading.faults import UnreadableFile
from pipelines.io.reading.grid import SheetSummary, cell_names, grid_schema, rows_in_hand
from pipelines.io.reading.limits import MAX_COLUMNS

_ZONE: Final = "Asia/Shanghai"
_WHOLE: Final = 2**53


def write_columnar(path: Path, label: str, target: Path) -> SheetSummary:
    """Stream a parquet file of any size into a grid file.

    Raises:
        UnreadableFile: damaged, without columns, or too wide.
        OSError: the disk refused.
    """
    try:
        source = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        schema = source.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as fault:
        raise UnreadableFile(label, "truncated") from fault
    if not len(schema):
        raise UnreadableFile(label, "not_a_table", detail="没有列")
    if len(schema) > MAX_COLUMNS:
        raise UnreadableFile(label, "too_wide", detail=f"{len(schema)} 列")
    names = cell_names(len(schema))
    header = pl.LazyFrame(
        {"_sheet": [""], "_row": [1], **dict(zip(names, ([name] for name in schema), strict=True))},
        schema=grid_schema(len(schema)),
    )
    cells = [_text(pl.col(old), dtype).alias(new) for new, (old, dtype) in zip(names, schema.items(), strict=True)]
    rows = (
        source.select(cells)
        .with_row_index("_row", offset=2)
        .select(pl.lit("").alias("_sheet"), pl.col("_row").cast(pl.Int64), *names)
    )
    pl.concat([header, rows]).sink_parquet(
        target, compression="zstd", compression_level=1, row_group_size=rows_in_hand(len(schema))
    )
    count = pl.scan_parquet(target).select(pl.len()).collect().item()
    return SheetSummary("", int(count), len(schema))


def _text(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    return _plain(value, dtype).replace("", None)


def _plain(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:  # noqa: PLR0911 - one line for each type
    match dtype:
        case pl.Boolean():
            return pl.when(value).then(pl.lit("TRUE")).when(~value).then(pl.lit("FALSE"))
        case pl.Float32() | pl.Float64():
            return _float_text(value)
        case pl.Decimal():
            text = value.cast(pl.String)
            return (
                pl.when(text.str.contains(".", literal=True))
                .then(text.str.strip_chars_end("0").str.strip_suffix("."))
                .otherwise(text)
            )
        case pl.Datetime(time_zone=zone):
            local = value.dt.convert_time_zone(_ZONE) if zone else value
            return local.dt.strftime("%Y-%m-%d %H:%M:%S%.f").str.strip_suffix(" 00:00:00")
        case pl.Time():
            return value.dt.strftime("%H:%M:%S")
        case pl.Binary():
            return value.map_batches(_bytes_text, return_dtype=pl.String, is_elementwise=True)
        case pl.List():
            items = value.list.eval(_plain(pl.element(), _inner(dtype)))
            return items.list.join("、", ignore_nulls=True)
        case pl.Array():
            return _plain(value.arr.to_list(), pl.List(dtype.inner))
        case pl.Struct():
            return pl.when(value.is_not_null()).then(value.struct.json_encode())
        case _:
            return value.cast(pl.String)


def _inner(dtype: pl.List) -> pl.DataType:
    return dtype.inner() if isinstance(dtype.inner, type) else dtype.inner


def _float_text(value: pl.Expr) -> pl.Expr:
    is_whole = (value == value.floor()) & (value.abs() < _WHOLE)
    return (
        pl.when(value.is_nan())
        .then(None)
        .when(is_whole)
        .then(value.cast(pl.Int64, strict=False).cast(pl.String))
        .otherwise(value.cast(pl.String))
    )


def _bytes_text(values: pl.Series) -> pl.Series:
    """Old writers leave text unmarked; bytes that are no text are shown in hexadecimal."""
    return pl.Series([None if value is None else _bytes_shown(value) for value in values], dtype=pl.String)


def _bytes_shown(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return f"0x{value.hex()}"
