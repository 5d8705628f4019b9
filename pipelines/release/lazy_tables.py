"""A release's tables as lazy frames that read from DuckDB only what is asked for.

Belongs here: the bridge from a published warehouse to models' pure functions. Reading a whole table at once is
`pipelines.release.warehouse.query`.
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

from pipelines.release import warehouse

BATCH = 500_000


def lazy_tables(path: Path) -> dict[str, pl.LazyFrame]:
    """Every table of a warehouse by `schema.table`; amounts as wide as models compute with them."""
    return {name: _lazy(path, name, schema) for name, schema in warehouse.shapes(path).items()}


def _lazy(path: Path, table: str, schema: pl.Schema) -> pl.LazyFrame:
    def read(
        with_columns: list[str] | None, _predicate: pl.Expr | None, n_rows: int | None, _batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        columns = ", ".join(f'"{name}"' for name in with_columns or schema)
        limit = f" LIMIT {n_rows}" if n_rows is not None else ""
        frame = warehouse.query(path, f"SELECT {columns} FROM {table}{limit}")
        frame = frame.cast({name: schema[name] for name in frame.columns})  # amounts in 38 digits, as models take them
        yield from frame.iter_slices(BATCH) if frame.height else (frame,)

    # Filters stay above the source: some that polars would hand down are not of the rows' length.
    return register_io_source(read, schema=schema).map_batches(_as_it_is, predicate_pushdown=False, schema=schema)


def _as_it_is(frame: pl.DataFrame) -> pl.DataFrame:
    return frame
