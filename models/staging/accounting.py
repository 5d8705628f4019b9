"""Every row of a dump file is staged, rejected, a duplicate or a dropped line: audit.row_counts.

`rows_read` is counted from what was landed, the other figures from what came out at the end, so that a row lost
on the way shows.
"""

from collections.abc import Sequence

import polars as pl

from models.contracts import Contract, audit_contracts
from models.staging.landing import LandedSheet


def row_counts(
    contract: Contract,
    sheets: Sequence[LandedSheet],
    kept: pl.LazyFrame,
    rejects: pl.LazyFrame,
    duplicates: pl.DataFrame,
) -> pl.DataFrame:
    """One row per dump file of a table: rows read, staged, rejected, duplicate and dropped (no province column).

    `kept` are the rows after duplicates were resolved, `rejects` and `duplicates` those of the same table.
    """
    dropped = pl.concat([_no_drops(), *(sheet.dropped.select(file="_file") for sheet in sheets)])
    parts = {
        "rows_landed": _landed(sheets),
        "rows_staged": _count(kept.select(file="_file")),
        "rows_rejected": _count(rejects.filter(pl.col("severity") == "row").select("file")),
        "rows_duplicate": _count(duplicates.lazy().select("file")),
        "rows_dropped_total": _count(dropped.lazy()),
    }
    counts = pl.DataFrame({"file": sorted({sheet.file for sheet in sheets})}, schema={"file": pl.String})
    for name, part in parts.items():
        counts = counts.join(part.rename({"len": name}), on="file", how="left").with_columns(
            pl.col(name).cast(pl.Int64).fill_null(0)
        )
    columns = [name for name in audit_contracts()["row_counts"].schema() if name != "province"]
    return (
        counts.with_columns(
            table_name=pl.lit(contract.table), rows_read=pl.col("rows_landed") + pl.col("rows_dropped_total")
        )
        .select(columns)
        .sort("file")
    )


def _no_drops() -> pl.DataFrame:
    return pl.DataFrame(schema={"file": pl.String})


def _count(files: pl.LazyFrame) -> pl.DataFrame:
    return files.group_by("file").len().collect(engine="streaming")


def _landed(sheets: Sequence[LandedSheet]) -> pl.DataFrame:
    counted = [(sheet.file, sheet.rows.select(pl.len()).collect(engine="streaming").item()) for sheet in sheets]
    landed = pl.DataFrame(counted, schema={"file": pl.String, "len": pl.Int64}, orient="row")
    return landed.group_by("file").agg(pl.col("len").sum())
