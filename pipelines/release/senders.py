"""Who has to correct a rejected row: the county or institution that the row itself names, as far as it names one.

Belongs here: looking up owners by the ids of a rejected row, in a warehouse that has raw rows and dimensions. What the
owners are told is in `pipelines.questions.slips`, what may be published of it in `models.marts.publication`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import polars as pl

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
    landed = warehouse.query(
        path, "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'raw' AND table_name = ?", [table]
    )
    present = set(landed["column_name"])
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
