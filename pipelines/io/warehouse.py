"""warehouse.duckdb: the only place where tables meet DuckDB.

Belongs here: opening, loading parquet into tables, reading tables back. What a table means is in models; whether it
may be published is in expectations.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl

SCHEMAS = ("raw", "staging", "core", "marts", "audit")
MAX_DECIMAL = 18


@contextmanager
def opened(path: Path, *, read_only: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that is closed again; progress bar and extension downloads off."""
    # Settings follow as statements: with a configuration of its own a connection could not share a file with others.
    connection = duckdb.connect(str(path), read_only=read_only)
    try:
        for setting in ("enable_progress_bar", "autoinstall_known_extensions", "autoload_known_extensions"):
            connection.execute(f"SET {setting} = false")
        yield connection
    finally:
        connection.close()


def is_open_to_us(path: Path) -> bool:
    """Whether the file can be read now: somebody who opened it for writing keeps everybody else out."""
    try:
        with opened(path):
            return True
    except duckdb.Error:
        return False


def create(path: Path) -> None:
    """An empty warehouse with its schemas, in the order data flows."""
    with opened(path, read_only=False) as connection:
        for schema in SCHEMAS:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")


def load(path: Path, tables: Sequence[tuple[str, Path]]) -> None:
    """Replaces each table (`schema.table`) by the rows of its parquet file, in the file's order."""
    with opened(path, read_only=False) as connection:
        for table, parquet in tables:
            columns = ", ".join(_narrowed(connection, parquet))
            connection.execute(
                f"CREATE OR REPLACE TABLE {table} AS SELECT {columns} FROM read_parquet(?)", [str(parquet)]
            )


def show(path: Path, views: Mapping[str, str]) -> None:
    """Creates views, `schema.table` to the query that gives its rows."""
    with opened(path, read_only=False) as connection:
        for view, query in views.items():
            connection.execute(f"CREATE OR REPLACE VIEW {view} AS {query}")


def read(path: Path, table: str) -> pl.DataFrame:
    """One table, whole."""
    return query(path, f"SELECT * FROM {table}")


def query(path: Path, sql: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> pl.DataFrame:
    """The rows of one statement of ours; values go in as parameters (`?`, or `$name`), never into the text."""
    values = dict(parameters) if isinstance(parameters, Mapping) else list(parameters)
    with opened(path) as connection:
        return pl.from_arrow(connection.execute(sql, values).to_arrow_table())  # type: ignore[return-value]


def tables(path: Path) -> dict[str, int]:
    """Row counts of every table, by `schema.table`."""
    with opened(path) as connection:
        names = connection.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables() ORDER BY 1").fetchall()
        return {name: _count(connection, name) for (name,) in names}


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def _narrowed(connection: duckdb.DuckDBPyConnection, parquet: Path) -> Iterator[str]:
    """Columns as they are, but 38-digit decimals in 18 digits: every credit and hour fits, and sums run faster."""
    described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(parquet)]).fetchall()
    for name, kind, *_ in described:
        if kind.startswith("DECIMAL(38,"):
            scale = kind.removeprefix("DECIMAL(38,").removesuffix(")")
            yield f'"{name}"::DECIMAL({MAX_DECIMAL},{scale}) AS "{name}"'
        else:
            yield f'"{name}"'
