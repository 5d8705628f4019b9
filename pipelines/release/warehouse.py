"""warehouse.duckdb: the only place where tables meet DuckDB.

Belongs here: opening, loading parquet into tables, reading tables back. What a table means is in models; whether it
may be published is in expectations.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import duckdb
import polars as pl
import pyarrow.parquet as pq

from models.contracts import Contract, Field
from models.contracts.model import TRACE

SCHEMAS = ("raw", "staging", "core", "marts", "audit")
MAX_DECIMAL = 18
STORAGE = "v1.4.0"
"""Texts load in two thirds of the time in this format. DuckDB reads it from its long-term release 1.4 on."""
MANY = 1_000_000
"""From this many rows on, keeping their order costs more (a fifth of the loading) than it is worth."""
TEXT = "VARCHAR"
PACKED = "USING COMPRESSION zstd"
"""For text that seldom repeats (ids, details): trying it as a dictionary first costs half of the loading."""
BLOCK = 122_880
"""Rows that DuckDB packs together."""
SELDOM = 6
"""Text that repeats less often than this in a block: the teachers of credit records load twice as fast so packed."""
MEMORY = "3GB"
"""More is spilled to disk beside the file: a night shares its machine with others."""
MEMORY_BESIDE = "1500MB"
"""Of loads that go on while the next table is typed, which needs memory itself: more they only keep, and don't need."""
LIGHT = 128 << 20
"""Bytes of a file up to which one thread reads it in less time than two that wait for each other."""
GONE: Final = "CREATE OR REPLACE TEMP TABLE gone AS SELECT *, rowid AS _place"
"""Before the rows of a table that give place to others."""
IS_GONE: Final = "rowid IN (SELECT _place FROM gone)"
"""The condition for these, which does not look at them again."""
SETTINGS: Final = (
    "SET enable_progress_bar = false; SET autoinstall_known_extensions = false; "
    f"SET autoload_known_extensions = false; SET memory_limit = '{MEMORY}'"
)

_written: set[Path] = set()
"""Files held for writing: whoever else opens one has to open it so."""


@contextmanager
def opened(path: Path, *, read_only: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that is closed again; progress bar and extension downloads off."""
    # Settings follow as statements: with a configuration of its own a connection could not share a file with others.
    connection = duckdb.connect(str(path), read_only=read_only and path not in _written)
    try:
        connection.execute(SETTINGS + ("; SET threads = 1" if path.stat().st_size < LIGHT else "; RESET threads"))
        yield connection
    finally:
        connection.close()


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Keeps open a file that is only read meanwhile: opening it costs twenty times what reading a table does."""
    with opened(path):
        yield


@contextmanager
def held_for_writing(path: Path) -> Iterator[None]:
    """Keeps open a file that tables are loaded into meanwhile: closing it writes all it has down again."""
    with opened(path, read_only=False):
        _written.add(path)
        try:
            yield
        finally:
            _written.discard(path)


def is_open_to_us(path: Path) -> bool:
    """Whether the file can be read now: somebody who opened it for writing keeps everybody else out."""
    try:
        with opened(path):
            return True
    except duckdb.Error:
        return False


def create(path: Path) -> None:
    """An empty warehouse with its schemas, in the order data flows."""
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{_quoted(path)}' AS made (STORAGE_VERSION '{STORAGE}')")
    with opened(path, read_only=False) as connection:
        for schema in SCHEMAS:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")


def load(path: Path, tables: Sequence[tuple[str, Path]]) -> None:
    """Replaces each table (`schema.table`) by the rows of its parquet file, in the file's order."""
    with opened(path, read_only=False) as connection:
        connection.execute("RESET preserve_insertion_order")
        for table, parquet in tables:
            _load(connection, table, parquet, rows_in(parquet))


def load_unordered(path: Path, tables: Sequence[tuple[str, Path]]) -> None:
    """As `load`, for tables whose order means nothing: where rows are many, in whatever order is quickest."""
    with opened(path, read_only=False) as connection:
        for table, parquet in tables:
            _load_unordered(connection, table, parquet)


def _load_unordered(connection: duckdb.DuckDBPyConnection, table: str, parquet: Path) -> None:
    rows = rows_in(parquet)
    connection.execute(f"SET preserve_insertion_order = {str(rows <= MANY).lower()}")
    _load(connection, table, parquet, rows)


@dataclass(frozen=True)
class Keys:
    """Values of a column, in a parquet file of that one column; nothing may be among them, like any value."""

    column: str
    file: Path

    @property
    def rows(self) -> str:
        """They as the rows of a table."""
        return f"read_parquet('{_quoted(self.file)}')"

    def of(self, table: str, column: str = "") -> str:
        """The condition under which a row of a table has one of them, there in a column of the same or another name."""
        same = f'keys."{self.column}" IS NOT DISTINCT FROM {table}."{column or self.column}"'
        return f"EXISTS (SELECT 1 FROM {self.rows} AS keys WHERE {same})"


@dataclass(frozen=True)
class Kept:
    """The rows of a table that stay: those whose `column` holds one of `values`.

    But where it holds one of `renewed`, those go that have one of `keys` in the column `part`.
    """

    column: str
    values: Sequence[str]
    renewed: Sequence[str] = ()
    keys: Keys | None = None
    part: str = ""

    def gone(self, table: str) -> str:
        """The condition for the others; it takes the two lists as parameters."""
        listed = "(SELECT unnest(?::VARCHAR[]))"
        renewed = f"{self.column} IN {listed} AND {self.keys.of(table, self.part) if self.keys else False}"
        return f"{self.column} NOT IN {listed} OR ({renewed})"

    @property
    def lists(self) -> list[list[str]]:
        """The parameters."""
        return [list(self.values), list(self.renewed)]


class Loading:
    """Loads tables (`load_unordered`) one after another, while whoever makes them goes on to the next.

    Until `finish` nobody else may open the warehouse. A load that failed raises at the next `begin`, or then.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pool = ThreadPoolExecutor(1)
        self._open = ExitStack()
        self._begun: list[Future[None]] = []

    def __enter__(self) -> Self:
        self._connection = self._open.enter_context(opened(self._path, read_only=False))
        self._connection.execute(f"SET memory_limit = '{MEMORY_BESIDE}'")
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._open.close()

    def begin(self, table: str, parquet: Path) -> None:
        """Loads a table when those before it are loaded."""
        self._submit(_load_unordered, table, parquet)

    def change(self, table: str, kept: Kept, files: Sequence[Path], differing: Path) -> None:
        """Keeps some rows of a table and adds those of files, when the tables before it are loaded.

        The rows in which the table then differs from before go to `differing`, without where in a file they stood.
        """
        self._submit(_exchange, table, kept, files, differing)

    def _submit(self, load: Callable[..., None], *arguments: object) -> None:
        for begun in self._begun:
            if begun.done():
                begun.result()
        self._begun.append(self._pool.submit(load, self._connection, *arguments))

    def finish(self) -> None:
        """Waits until all are loaded, and lets go of the warehouse."""
        for load in self._begun:
            load.result()
        self._open.close()


def files_of(parquet: Path) -> list[Path]:
    """The files of a table: one, or those of its folder in order."""
    return sorted(parquet.glob("*.parquet")) if parquet.is_dir() else [parquet]


def _names_of(parquet: Path) -> list[str]:
    """The same as DuckDB takes them."""
    return [str(file) for file in files_of(parquet)]


def rows_in(parquet: Path) -> int:
    """How many rows a table's files say they have."""
    return sum(int(pq.read_metadata(file).num_rows) for file in files_of(parquet))


def _load(connection: duckdb.DuckDBPyConnection, table: str, parquet: Path, rows: int) -> None:
    # Of so few blocks a second thread gains no time, and waiting for it costs half as much again.
    connection.execute("SET threads = 1" if rows <= 2 * BLOCK else "RESET threads")
    columns = dict(_narrowed(connection, parquet))
    seldom = _seldom_repeated(connection, columns, parquet) if rows > MANY else frozenset()
    declared = ", ".join(f'"{name}" {kind} {PACKED if name in seldom else ""}' for name, kind in columns.items())
    connection.execute(f"CREATE OR REPLACE TABLE {table} ({declared})")
    _insert(connection, table, columns, parquet)


def _seldom_repeated(
    connection: duckdb.DuckDBPyConnection, columns: Mapping[str, str], parquet: Path
) -> frozenset[str]:
    """Columns of text with so many values in a block of rows that a dictionary of them costs more than it saves."""
    texts = [name for name, kind in columns.items() if kind == TEXT]
    counts = ", ".join(f'count(DISTINCT "{name}") * {SELDOM} > count("{name}")' for name in texts)
    block = f"SELECT * FROM read_parquet(?) LIMIT {BLOCK}"
    row = connection.execute(f"SELECT {counts or 'NULL'} FROM ({block})", [_names_of(parquet)]).fetchone()
    return frozenset(name for name, is_so in zip(texts, row or (), strict=False) if is_so)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str], parquet: Path) -> None:
    cast = ", ".join(f'"{name}"::{kind} AS "{name}"' for name, kind in columns.items())
    connection.execute(f"INSERT INTO {table} SELECT {cast} FROM read_parquet(?)", [_names_of(parquet)])


def shapes(path: Path) -> dict[str, pl.Schema]:
    """The columns of every table, by `schema.table`, amounts as wide as models compute with them."""
    with opened(path) as connection:
        return {table: _shape(connection, table) for table in _names(connection)}


def shape(path: Path, table: str) -> pl.Schema:
    """The columns of one of them."""
    with opened(path) as connection:
        return _shape(connection, table)


def _shape(connection: duckdb.DuckDBPyConnection, table: str) -> pl.Schema:
    narrow = pl.from_arrow(connection.execute(f"SELECT * FROM {table} LIMIT 0").to_arrow_table()).schema  # type: ignore[union-attr]
    wide = {name: pl.Decimal(38, kind.scale) for name, kind in narrow.items() if isinstance(kind, pl.Decimal)}
    return pl.Schema({**narrow, **wide})


def first_rows(path: Path, table: str, rows: int) -> pl.DataFrame:
    """Some rows of a table, amounts as wide as models compute with them."""
    with opened(path) as connection:
        found = connection.execute(f"{_selected(connection, table)} LIMIT {rows}").to_arrow_table()
    return pl.from_arrow(found)  # type: ignore[return-value]


@dataclass(frozen=True)
class Part:
    """Some of a table: the rows under a condition with its parameters, and the named columns, all if none is."""

    where: str = "TRUE"
    values: Sequence[object] = ()
    columns: Sequence[str] = ()


ALL: Final = Part()


def export(path: Path, table: str, parquet: Path, part: Part = ALL) -> None:
    """Writes a table, or a part of it, to a parquet file, amounts as wide as models compute with them."""
    parquet.parent.mkdir(parents=True, exist_ok=True)
    aside = parquet.with_suffix(".new")  # a file cut short by a full disk must not pass for the table
    with opened(path) as connection:
        rows = f"{_selected(connection, table, part.columns)} WHERE {part.where}"
        connection.execute(f"COPY ({rows}) TO '{_quoted(aside)}' (FORMAT parquet)", list(part.values))
    aside.replace(parquet)


def replace_rows(path: Path, table: str, kept: Kept, parquet: Path) -> None:
    """Keeps some rows, deletes all others, and adds the rows of the parquet file."""
    with opened(path, read_only=False) as connection:
        connection.execute("RESET threads")
        connection.execute(f"DELETE FROM {table} WHERE {kept.gone(table)}", kept.lists)
        _insert(connection, table, dict(_narrowed(connection, parquet)), parquet)


def _exchange(
    connection: duckdb.DuckDBPyConnection, table: str, kept: Kept, files: Sequence[Path], differing: Path
) -> None:
    connection.execute("RESET threads")
    connection.execute("SET preserve_insertion_order = true")
    connection.execute(f"{GONE} FROM {table} WHERE {kept.gone(table)}", kept.lists)
    _write_differing(connection, table, files, differing)
    connection.execute(f"DELETE FROM {table} WHERE {IS_GONE}")
    for file in files:
        _insert(connection, table, dict(_narrowed(connection, file)), file)


def write_differing(path: Path, table: str, parquet: Path, differing: Path) -> None:
    """Writes the rows that a table has or would have by a parquet file, but not both."""
    with opened(path, read_only=False) as connection:
        connection.execute(f"CREATE TEMP VIEW gone AS FROM {table}")
        _write_differing(connection, table, [parquet], differing)


def exchange_parts(path: Path, table: str, keys: Keys, parquet: Path, differing: Path) -> bool:
    """Puts the rows of a parquet file in the place of those with the same keys; whether the table then differs.

    The rows in which it does are written to `differing`.
    """
    with opened(path, read_only=False) as connection:
        connection.execute("RESET threads")
        connection.execute(f"{GONE} FROM {table} WHERE {keys.of(table)}")
        if not _write_differing(connection, table, [parquet], differing):
            return False
        connection.execute(f"DELETE FROM {table} WHERE {IS_GONE}")
        _insert(connection, table, dict(_narrowed(connection, parquet)), parquet)
        return True


def _write_differing(connection: duckdb.DuckDBPyConnection, table: str, files: Sequence[Path], differing: Path) -> int:
    """Writes the rows that are in the temporary table `gone` or in the files, but not in both; returns how many.

    A step tried again finds them written: by then its table may be tonight's already.
    """
    if not differing.exists():
        described = connection.execute(f"DESCRIBE {table}").fetchall()
        kinds = {name: kind for name, kind, *_ in described if name not in TRACE}
        names = ", ".join(f'"{name}"' for name in kinds)
        cast = ", ".join(f'"{name}"::{kind} AS "{name}"' for name, kind in kinds.items())
        new = "".join(f" UNION ALL SELECT {cast}, -1 FROM read_parquet('{_quoted(file)}')" for file in files)
        counted = f"SELECT {names}, sum(_side) AS _side FROM (SELECT {names}, 1 AS _side FROM gone{new}) GROUP BY ALL"
        aside = differing.with_suffix(".new")
        aside.parent.mkdir(parents=True, exist_ok=True)
        rows = f"SELECT {names} FROM ({counted}) WHERE _side <> 0"
        connection.execute(f"COPY ({rows}) TO '{_quoted(aside)}' (FORMAT parquet)")
        aside.replace(differing)
    return rows_in(differing)


def show(path: Path, views: Mapping[str, str | None]) -> None:
    """Creates views, `schema.table` to the query that gives its rows; one without a query is taken away."""
    with opened(path, read_only=False) as connection:
        for view, query in views.items():
            if query is None:
                connection.execute(f"DROP VIEW IF EXISTS {view}")
                continue
            connection.execute(f"CREATE OR REPLACE VIEW {view} AS {query}")


OWN_COLUMNS: Final = {
    "province": "省级行政区划代码",
    "_file": "来自哪个文件",
    "_sheet": "来自哪张工作表",
    "_row": "文件中看到的行号",
}
"""What columns mean that every table has, beside those of its contract."""


def explain(path: Path, contracts: Mapping[str, Contract]) -> None:
    """Writes what each table and column means into the file, so that any tool that opens it can show it.

    `contracts` by `schema.table`; a view of raw rows is explained by the contract of its staging table.
    """
    with opened(path, read_only=False) as connection:
        held = "FROM duckdb_columns() WHERE NOT internal GROUP BY ALL ORDER BY ALL"
        found = connection.execute(f"SELECT schema_name, table_name, list(column_name) {held}").fetchall()
        views = set(
            connection.execute("SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal").fetchall()
        )
        comments: list[str] = []
        book = [{field.column: field for field in contract.fields} for contract in contracts.values()]
        for schema, table, columns in found:
            contract = contracts.get(f"{'staging' if schema == 'raw' else schema}.{table}")
            if contract is not None:
                kind = "VIEW" if (schema, table) in views else "TABLE"
                comments.extend(_comments(f"{schema}.{table}", kind, columns, contract, book))
        connection.execute(";".join(["BEGIN", *comments, "COMMIT"]))


def _comments(
    table: str, kind: str, columns: Sequence[str], own: Contract, book: Iterable[Mapping[str, Field]]
) -> Iterator[str]:
    """Its own contract's words; a column it only carries along has those of the contract that shares most with it."""
    yield f"COMMENT ON {kind} {table} IS {_text(f'{own.title}：{own.grain}')}"
    known: dict[str, Field] = {}
    for fields in sorted(book, key=lambda one: len(one.keys() & set(columns))):
        known |= fields
    known |= {field.column: field for field in own.fields}
    for name in columns:
        field = known.get(name)
        meaning = OWN_COLUMNS.get(name) or (_meaning(field) if field else None)
        if meaning:
            yield f'COMMENT ON COLUMN {table}."{name}" IS {_text(meaning)}'


def _meaning(field: Field) -> str:
    unit = f"（{field.unit}）" if field.unit else ""
    return f"{field.header}{unit}" + (f"：{field.description}" if field.description else "")


def _text(words: str) -> str:
    escaped = words.replace("'", "''")
    return f"'{escaped}'"


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
        return {name: _count(connection, name) for name in _names(connection)}


def filled(path: Path, table: str) -> list[tuple[str, str, int, int]]:
    """Of each column of a table: name, type, rows with a value, and about how many different values."""
    with opened(path) as connection:
        described = [(name, kind) for name, kind, *_ in connection.execute(f"DESCRIBE {table}").fetchall()]
        counts = ", ".join(f'count("{name}"), approx_count_distinct("{name}")' for name, _ in described)
        row = connection.execute(f"SELECT {counts} FROM {table}").fetchone() or ()
    return [(name, kind, *row[2 * at : 2 * at + 2]) for at, (name, kind) in enumerate(described)]


def differing(path: Path, other: Path, table: str) -> tuple[int, int | None, int | None]:
    """Rows of a table in another warehouse, and how many are only here and only there; None if columns differ."""
    with opened(path) as connection:
        connection.execute(f"ATTACH '{_quoted(other)}' AS shown (READ_ONLY)")
        there = f"shown.{table}"
        rows = _count(connection, there)
        shapes = [connection.execute(f"DESCRIBE {name}").fetchall() for name in (table, there)]
        if shapes[0] != shapes[1]:
            return rows, None, None
        new, gone = (
            _count(connection, f"(FROM {one} EXCEPT ALL FROM {two})") for one, two in ((table, there), (there, table))
        )
    return rows, new, gone


def count(path: Path, table: str) -> int:
    """How many rows a table has."""
    with opened(path) as connection:
        return _count(connection, table)


def _names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    names = connection.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables() ORDER BY 1").fetchall()
    return [name for (name,) in names]


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def _selected(connection: duckdb.DuckDBPyConnection, table: str, names: Sequence[str] = ()) -> str:
    """The query for a table's columns, or those named, amounts as wide as models compute with them."""
    described = connection.execute(f"DESCRIBE {table}").fetchall()
    columns = (_widened(name, kind) for name, kind, *_ in described if not names or name in names)
    return f"SELECT {', '.join(columns)} FROM {table}"


def _widened(name: str, kind: str) -> str:
    if kind.startswith("DECIMAL("):
        scale = kind.removesuffix(")").partition(",")[2]
        return f'"{name}"::DECIMAL(38,{scale}) AS "{name}"'
    return f'"{name}"'


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _narrowed(connection: duckdb.DuckDBPyConnection, parquet: Path) -> Iterator[tuple[str, str]]:
    """Columns and their types, but 38-digit decimals in 18 digits: every credit and hour fits, sums run faster."""
    described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [_names_of(parquet)]).fetchall()
    for name, kind, *_ in described:
        yield name, re.sub(r"^DECIMAL\(38,", f"DECIMAL({MAX_DECIMAL},", kind)
