"""Parquet dumps to the grid: column names become row 1, every value its plain text.

Values are written without artefacts of their storage: 90.0 and 90.000 as 90, dates in ISO form, moments with a
zone as Beijing time, NaN as missing, lists joined by 、, anything nested deeper as JSON.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.io.reading.faults import UnreadableFile
from pipelines.io.reading.grid import SheetSummary, cell_names, frame_of, rows_in_hand
from pipelines.io.reading.limits import MAX_COLUMNS

_ZONE: Final = "Asia/Shanghai"
_WHOLE: Final = 2**53


class Columns:
    """One parquet file; read batch by batch, for polars' own scan runs ahead of its writer by gigabytes."""

    def __init__(self, path: Path, label: str) -> None:
        self.label = label
        try:
            # without memory mapping: a file cut short underneath would kill the process
            self._file = pq.ParquetFile(path, memory_map=False)
        except (pa.ArrowException, OSError) as fault:
            raise UnreadableFile(label, "truncated") from fault
        self.headers = list(self._file.schema_arrow.names)
        if not self.headers:
            raise UnreadableFile(label, "not_a_table", detail="没有列")
        if len(self.headers) > MAX_COLUMNS:
            raise UnreadableFile(label, "too_wide", detail=f"{len(self.headers)} 列")

    def width(self) -> int:
        return len(self.headers)

    def frames(self, width: int) -> Iterator[pl.DataFrame]:
        """Grid frames, the column names first.

        Raises:
            UnreadableFile: damaged.
        """
        yield frame_of("", [(1, self.headers)], width)
        first = 2
        try:
            for batch in self._file.iter_batches(rows_in_hand(width)):
                frame = _as_texts(batch, width)
                yield frame.select(
                    pl.lit("").alias("_sheet"),
                    pl.int_range(first, first + frame.height, dtype=pl.Int64).alias("_row"),
                    pl.all(),
                )
                first += frame.height
        except (pa.ArrowException, OSError) as fault:
            raise UnreadableFile(self.label, "truncated") from fault
        promised, found = self._file.metadata.num_rows, first - 2
        if found != promised:  # a damaged directory of row groups is no error to the library
            raise UnreadableFile(self.label, "truncated", detail=f"应有 {promised} 行，读出 {found} 行")

    def summary(self) -> SheetSummary:
        return SheetSummary("", int(self._file.metadata.num_rows) + 1, self.width())


def _as_texts(batch: pa.RecordBatch, width: int) -> pl.DataFrame:
    # names of our own first: a file may hold two columns of one name
    frame = pl.DataFrame(pl.from_arrow(batch.rename_columns(cell_names(width))))
    return frame.select(_text(pl.col(name), dtype) for name, dtype in frame.schema.items())


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
