"""Who has to correct a rejected row: the county or institution that the row itself names, as far as it names one.

Belongs here: looking up owners and records by the ids of a rejected row, in a warehouse that has raw rows and
dimensions. What the owners are told is in `pipelines.questions.slips`, what may be published of it in
`models.marts.publication`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import polars as pl

from models.contracts import staging_contracts
from pipelines.release import warehouse

Sender = Literal["county", "institution", "file"]
TRACE = ("file", "sheet", "row_number")
OWNERS: Mapping[Sender, tuple[tuple[str, str, str, str], ...]] = {
    "county": (
        ("county_unit_id", "core.dim_unit", "unit_id", "county_id"),
        ("unit_id", "core.dim_unit", "unit_id", "county_id"),
        ("school_id", "core.dim_school", "school_id", "county_id"),
        ("teacher_id", "core.dim_teacher", "teacher_id", "county_id"),
        ("project_id", "core.dim_project", "project_id", "county_unit_id"),
    ),
    "institution": (
        ("institution_id", "core.dim_institution", "institution_id", "institution_id"),
        ("project_id", "core.dim_project", "project_id", "institution_id"),
    ),
    "file": (),
}
"""Column of the row, and where its owner is looked up (table, key, owner)."""


def with_owner(path: Path, rejects: pl.DataFrame, by: Sender) -> pl.DataFrame:
    """Rejects with `owner`: the file, or the id of the county or institution; null where the row names none.

    Args:
        path: the warehouse the rejects are of.
        rejects: rows of its audit.rejects.
        by: whose ids are asked for.
    """
    if by == "file":
        return rejects.with_columns(owner=pl.col("file"))
    if rejects.is_empty():
        return rejects.with_columns(owner=pl.lit(None, pl.String))
    return pl.concat([_owned(path, part, by) for part in rejects.partition_by("table_name")])


def reject_senders(path: Path) -> pl.DataFrame:
    """All rejects with `county_id` and `institution_id` of whoever has to correct them, without what was sent in."""
    of_counties = with_owner(path, warehouse.read(path, "audit.rejects"), "county").rename({"owner": "county_id"})
    of_both = with_owner(path, of_counties, "institution").rename({"owner": "institution_id"})
    return of_both.sort("table_name", *TRACE, "column_name").drop("raw_value", *TRACE)


def _owned(path: Path, rejects: pl.DataFrame, by: Sender) -> pl.DataFrame:
    """Rejects of one table with their owner."""
    table = rejects["table_name"][0]
    present = _raw_columns(path, table)
    known = [owner for owner in OWNERS[by] if owner[0] in present]
    if not known:
        return rejects.with_columns(owner=pl.lit(None, pl.String))
    columns = ", ".join(dict.fromkeys(f't."{owner[0]}"' for owner in known))
    rows = warehouse.query(
        path,
        f"SELECT DISTINCT t._file AS file, t._sheet AS sheet, t._row AS row_number, {columns} FROM raw.{table} t "
        "JOIN audit.rejects r ON r.file = t._file AND r.sheet IS NOT DISTINCT FROM t._sheet AND r.row_number = t._row "
        "WHERE r.table_name = ?",
        [table],
    )
    for number, (column, source, key, owner) in enumerate(known):
        lookup = warehouse.query(path, f"SELECT {key} AS {column}, {owner} AS found_{number} FROM {source}")
        lookup = lookup.unique(column, keep="first", maintain_order=True)
        rows = rows.with_columns(pl.col(column).str.strip_chars()).join(lookup, on=column, how="left")
    found = pl.coalesce([f"found_{number}" for number in range(len(known))])
    return rejects.join(rows.select(*TRACE, owner=found), on=list(TRACE), how="left", nulls_equal=True)


def with_records(path: Path, rejects: pl.DataFrame) -> pl.DataFrame:
    """Rejects with what the rejected rows say they are about: `record`, `teacher`, `school` and `project`.

    `record` is the row's own key as it was sent (登记编号 of a credit record, say), several parts joined by ` / `;
    `school`, of a row that names only a teacher the teacher's own, and `project` have the name beside the code where
    the warehouse knows one. All are null where the row says nothing.
    """
    names = {
        kind: dict(warehouse.query(path, f"SELECT {key}, {name} FROM {table} WHERE {name} IS NOT NULL").rows())
        for kind, (table, key, name) in _NAMED.items()
    }
    found = [_recorded(path, part, names) for part in rejects.partition_by("table_name", maintain_order=True)]
    return pl.concat(found, how="diagonal_relaxed") if found else rejects


_NAMED: Mapping[str, tuple[str, str, str]] = {
    "teacher": ("core.dim_teacher", "teacher_id", "school_id"),
    "school": ("core.dim_school", "school_id", "school_name"),
    "project": ("core.dim_project", "project_id", "project_name"),
}
_RECORD: Mapping[str, str] = {"teacher": "teacher_id", "school": "school_id", "project": "project_id"}


def _recorded(path: Path, rejects: pl.DataFrame, names: Mapping[str, Mapping[str, str]]) -> pl.DataFrame:
    """Rejects of one table with the ids of their rows."""
    table = rejects["table_name"][0]
    present = _raw_columns(path, table)
    keys = [key for key in staging_contracts()[table].key if key in present]
    told = {"record": f"concat_ws(' / ', {', '.join(_trimmed(key) for key in keys)})" if keys else "NULL::VARCHAR"}
    told |= {
        name: f"nullif({_trimmed(column)}, '')" if column in present else "NULL::VARCHAR"
        for name, column in _RECORD.items()
    }
    columns = ", ".join(f"{sql} AS {name}" for name, sql in told.items())
    rows = warehouse.query(
        path,
        f"SELECT DISTINCT ON (t._file, t._sheet, t._row) t._file AS file, t._sheet AS sheet, t._row AS row_number,"
        f" {columns} FROM raw.{table} t JOIN audit.rejects r"
        " ON r.file = t._file AND r.sheet IS NOT DISTINCT FROM t._sheet AND r.row_number = t._row"
        " WHERE r.table_name = ?",
        [table],
    )
    joined = rejects.join(rows, on=list(TRACE), how="left", nulls_equal=True, maintain_order="left")
    home = pl.col("teacher").replace_strict(names["teacher"], default=None, return_dtype=pl.Utf8)
    placed = joined.with_columns(school=pl.coalesce("school", home))
    return placed.with_columns(
        (pl.col(kind) + pl.lit(" ") + pl.col(kind).replace_strict(known, default="")).str.strip_chars().alias(kind)
        for kind, known in names.items()
        if kind != "teacher"
    )


def _trimmed(column: str) -> str:
    return f'trim(t."{column}")'


def _raw_columns(path: Path, table: str) -> set[str]:
    """The columns of a table that landed tonight, by the names of its contract."""
    landed = warehouse.query(
        path, "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'raw' AND table_name = ?", [table]
    )
    return set(landed["column_name"])
