"""Parquet dumps to the grid: column names become row 1, every value its plain text.

Values are written without artefacts of their storage: 90.0 and 90.000 as 90, dates in ISO form, moments with a
zone as Beijing time, NaN as missing, lists joined by 、, anything nested deeper as JSON.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.ingest.reading.faults import UnreadableFile
from pipelines.ingest.reading.grid import Note, SheetSummary, cell_names, rows_in_hand
from pipelines.ingest.reading.limits import MAX_COLUMNS

_ZONE: Final = "Asia/Shanghai"
_WHOLE: Final = 2**53
_REPEATED: Final = pa.dictionary(pa.int32(), pa.string())
_FEW_BYTES: Final = 1.6
"""A column that takes no more than this for each value, its dictionary included, has values that repeat."""


class Columns:
    """One parquet file; read batch by batch, for polars' own scan runs ahead of its writer by gigabytes."""

    def __init__(self, path: Path, label: str) -> None:
        self.label = label
        try:
            # without memory mapping: a file cut short underneath would kill the process
            plain = pq.ParquetFile(path, memory_map=False)
            self._file = pq.ParquetFile(path, memory_map=False, read_dictionary=_repeating(plain))
            self._schema = self._file.schema_arrow
            self._names = [str(name) for name in self._schema.names]
        except UnicodeDecodeError as fault:
            raise UnreadableFile(label, "undecodable", detail="列名不是 UTF-8") from fault
        except (pa.ArrowException, OSError) as fault:
            raise UnreadableFile(label, "truncated") from fault
        self._stamps = _old_stamps(self._file)
        self._decoded: set[int] = set()
        self._skipped: set[int] = set()
        if not self._schema.names:
            raise UnreadableFile(label, "not_a_table", detail="没有列")
        if len(self._schema.names) > MAX_COLUMNS:
            raise UnreadableFile(label, "too_wide", detail=f"{len(self._schema.names)} 列")

    def notes(self) -> list[Note]:
        """What people should know about the file's columns; complete once it was written."""
        notes = []
        for number, how in sorted(self._stamps.items()):
            if how == "utc":
                reason = f"第 {number + 1} 列是 INT96 时间，按世界时存放，已换算成北京时间"
                notes.append(Note("int96_as_utc", reason))
            elif how == "unclear":
                reason = f"第 {number + 1} 列是 INT96 时间，可能是世界时，也可能是当地时间，没有采用"
                notes.append(Note("int96_unclear", reason, "skipped"))
        notes += [
            Note("column_in_gb18030", f"第 {number + 1} 列的文字不是 UTF-8，已按 GB18030 读取", "repaired")
            for number in sorted(self._decoded)
        ]
        for number in sorted(self._skipped):
            reason = f"第 {number + 1} 列的类型读不成文字，该列未读入，其余列照常"
            notes.append(Note("nested_column", reason, "skipped"))
        return notes

    def summary(self) -> SheetSummary:
        return SheetSummary("", int(self._file.metadata.num_rows) + 1, len(self._schema.names), 0)

    def write(self, target: Path) -> None:
        """Writes the grid (see `grid`), the column names first.

        Raises:
            UnreadableFile: damaged.
            OSError: the disk refused.
        """
        names = cell_names(len(self._schema.names))
        kinds = [_REPEATED if _is_repeated(kind) else pa.large_string() for kind in self._schema.types]
        schema = pa.schema([("_sheet", _REPEATED), ("_row", pa.int64()), *zip(names, kinds, strict=True)])
        # without our schema in the file: readers are to find text, however it is packed
        with pq.ParquetWriter(target, schema, store_schema=False, **self._packing(names)) as writer:
            first = 1
            for columns in self._texts():
                rows = len(columns[0])
                sheet = pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), rows), [""])
                cells = [_as(kind, column) for kind, column in zip(kinds, columns, strict=True)]
                numbers = pl.int_range(first, first + rows, eager=True).to_arrow()
                writer.write_batch(pa.RecordBatch.from_arrays([sheet, numbers, *cells], schema=schema))
                first += rows

    def _packing(self, names: Sequence[str]) -> dict[str, Any]:
        """How cells are written: half of the time went on dictionaries of what never repeats and on least and most."""
        kinds = zip(names, self._schema.types, strict=True)
        # A number or a date may repeat as text; text whose values repeat was read as a dictionary already.
        may_repeat = [name for name, kind in kinds if not _is_text(kind)]
        return {
            "compression": "zstd",
            "compression_level": 1,
            "use_dictionary": ["_sheet", *may_repeat],
            "column_encoding": {"_row": "DELTA_BINARY_PACKED"},
            "write_statistics": ["_row"],
        }

    def _texts(self) -> Iterator[list[pa.Array]]:
        """The file's rows a bounded number at a time, its columns as text."""
        yield [pa.array([name or None], pa.large_string()) for name in self._schema.names]
        found = 0
        try:
            for batch in self._file.iter_batches(rows_in_hand(len(self._schema.names))):
                yield [self._column(number, column) for number, column in enumerate(batch.columns)]
                found += batch.num_rows
        except (pa.ArrowException, OSError) as fault:
            raise UnreadableFile(self.label, "truncated") from fault
        promised = self._file.metadata.num_rows
        if found != promised:  # a damaged directory of row groups is no error to the library
            raise UnreadableFile(self.label, "truncated", detail=f"应有 {promised} 行，读出 {found} 行")

    def _column(self, number: int, column: pa.Array) -> pa.Array:
        """One column's values as text; what cannot be text is left out, column by column."""
        if number in self._skipped:
            return pa.nulls(len(column), pa.large_string())
        if number in self._stamps:
            return _stamp_text(column, self._stamps[number])
        if _is_repeated(column.type) or _is_text(column.type):
            column, was_decoded = _decoded(column)
            self._decoded |= {number} if was_decoded else set()
        try:
            return _text(_narrowed(column))
        except (MemoryError, OSError, pa.ArrowException):
            if not pa.types.is_nested(column.type):
                raise
        except BaseException as panic:  # polars panics on some types it does not know
            if isinstance(panic, KeyboardInterrupt | SystemExit):
                raise
        self._skipped.add(number)
        return pa.nulls(len(column), pa.large_string())


_MIDNIGHT_OF_SHANGHAI: Final = 16 * 3600 * 10**9
_DAY: Final = 24 * 3600 * 10**9


def _old_stamps(file: pq.ParquetFile) -> dict[int, str]:
    """Columns of INT96 moments, and how they are to be read: `utc`, `local` or `unclear`.

    Spark and Hive store a local moment as the world's, Impala stores it as it is; the type says neither. Days tell: at
    sixteen o'clock all are midnights of Shanghai, at zero all are local. Else it is the writer that decides.
    """
    kinds = [file.schema.column(n).physical_type for n in range(len(file.schema.names))]
    if "INT96" not in kinds or len(kinds) != len(file.schema_arrow.names):
        return {}
    names = [name for name, kind in zip(file.schema_arrow.names, kinds, strict=True) if kind == "INT96"]
    hours: dict[str, set[int]] = {name: set() for name in names}
    for batch in file.iter_batches(columns=names):
        for name in names:
            ticks = pl.Series(batch.column(name)).cast(pl.Datetime("ns")).to_physical().drop_nulls()
            hours[name] |= set((ticks % _DAY).unique().head(_SEVERAL).to_list())
    writer = (file.metadata.created_by or "").lower()
    return {n: _reading(hours[name], writer) for n, name in enumerate(file.schema_arrow.names) if name in hours}


_SEVERAL: Final = 3


def _reading(times: set[int], writer: str) -> str:
    if times == {_MIDNIGHT_OF_SHANGHAI}:
        return "utc"
    if times <= {0}:
        return "local"
    if "parquet-mr" in writer or "spark" in writer or "hive" in writer:
        return "utc"
    return "local" if "impala" in writer else "unclear"


def _stamp_text(column: pa.Array, how: str) -> pa.Array:
    series = pl.Series("cell", column).cast(pl.Datetime("us"))
    if how == "utc":
        series = series.dt.replace_time_zone("UTC")
    read = series.to_frame().select(_plain(pl.col("cell"), series.dtype))
    if how == "unclear":  # a form that staging refuses
        read = read.select(pl.col("cell") + "（INT96）")
    return read.to_series().to_arrow(compat_level=pl.CompatLevel.oldest())


def _decoded(column: pa.Array) -> tuple[pa.Array, bool]:
    """A column of text as UTF-8; where it is not, each value by UTF-8, else GB18030, else with its damage shown."""
    values = column.dictionary if _is_repeated(column.type) else column
    if pa.types.is_string_view(values.type):
        return column, False
    is_large = pa.types.is_large_string(values.type)
    stored = values.cast(pa.large_binary() if is_large else pa.binary())
    try:
        stored.cast(values.type)
    except pa.ArrowInvalid:
        texts = [None if value is None else _in_some_encoding(value) for value in stored.to_pylist()]
        mended = pa.array(texts, values.type)
        if values is column:
            return mended, True
        return pa.DictionaryArray.from_arrays(column.indices, mended), True
    return column, False


def _in_some_encoding(value: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return value.decode(encoding)
        except UnicodeDecodeError:
            continue
    return value.decode("utf-8", "replace")


def _repeating(file: pq.ParquetFile) -> list[str]:
    """Columns of text whose values repeat: read and written as a dictionary, where each value costs once."""
    described, kinds = file.metadata, file.schema_arrow.types
    if not described.num_row_groups or described.num_columns != len(kinds):  # nested columns have several parts
        return []
    parts = [described.row_group(0).column(index) for index in range(len(kinds))]
    return [
        part.path_in_schema
        for part, kind in zip(parts, kinds, strict=True)
        if _is_text(kind) and part.has_dictionary_page and part.total_uncompressed_size < part.num_values * _FEW_BYTES
    ]


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_repeated(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_dictionary(kind)
        and (pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type))
    )


def _narrowed(column: pa.Array) -> pa.Array:
    """Decimals wider than polars knows, as decimals of 38 digits, which no honest number exceeds."""
    if not pa.types.is_decimal256(column.type):
        return column
    return column.cast(pa.decimal128(38, column.type.scale))


def _text(column: pa.Array) -> pa.Array:
    """A column's values as text, null where empty; a dictionary stays one."""
    if not _is_repeated(column.type):
        series = pl.Series("cell", column)
        read = series.to_frame().select(_plain(pl.col("cell"), series.dtype).replace("", None))
        return read.to_series().to_arrow(compat_level=pl.CompatLevel.oldest())
    column.validate(full=True)  # a damaged file may point outside its dictionary
    values = column.dictionary.cast(pa.string())
    if pc.any(pc.equal(values, "")).as_py():
        texts = column.cast(pa.string())
        return _as(_REPEATED, pc.if_else(pc.equal(texts, ""), None, texts))
    return pa.DictionaryArray.from_arrays(column.indices.cast(pa.int32()), values)


def _as(kind: pa.DataType, column: pa.Array) -> pa.Array:
    """Text as it is, or as a dictionary."""
    return column if column.type == kind else column.cast(pa.string()).dictionary_encode()


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
    for encoding in ("utf-8", "gb18030"):
        try:
            text = value.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.isprintable():
            return text
    return f"0x{value.hex()}"
