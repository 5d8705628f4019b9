"""What the last release held and tonight's dump lacks whole: a year, a county, a file.

Belongs here: comparing two accounts of what tables hold. How the account is taken is in pipelines/ingest/holdings.py,
what a loss means for the night in the gate, for the figures in models/gaps.py.
"""

from collections.abc import Collection
from typing import Final

import polars as pl

WORTH_ROWS: Final = 20
WORTH_PERCENT: Final = 1
FEWEST_ROWS: Final = 3
"""A year or county of fewer than 20 rows and less than 1 % of its table may have been a slip of the pen; one of fewer
than three rows is, in whatever table: a complaint withdrawn must not cost a province its night."""
KEPT_PERCENT: Final = 95
"""Where a file is gone, the other files must hold so much of what each of its years held."""
GROUP: Final = ("table_name", "kind", "which")
_WHOLE: Final = pl.col("rows").sum().over("table_name", "kind")
_IS_WORTH_TELLING: Final = (pl.col("rows") >= WORTH_ROWS) | (
    (pl.col("rows") >= FEWEST_ROWS) & (pl.col("rows") * 100 >= _WHOLE * WORTH_PERCENT)
)


def vanished(
    before: pl.DataFrame, now: pl.DataFrame, lost: pl.DataFrame, unread: Collection[str], lapsed: Collection[str]
) -> pl.DataFrame:
    """The rows of audit.vanished, but for the province.

    Args:
        before: audit.holdings of the last release.
        now: audit.holdings of tonight.
        lost: audit.vanished of the last release; what was missing then is missing until it is back.
        unread: files of tonight's dump that could not be read.
        lapsed: unit codes that ended by law; nobody expects rows of them.
    """
    tables = now.filter(pl.col("kind") == "file")["table_name"].unique()
    here = before.filter(pl.col("table_name").is_in(tables.implode()))  # a table without any row is told as such
    expected = _with_lost(_sums(here), lost)
    compared = expected.join(_sums(now), on=GROUP, how="left", suffix="_now", nulls_equal=True).with_columns(
        pl.col("rows_now").fill_null(0)
    )
    emptied = compared.filter(
        pl.col("kind").is_in(["period", "place"])
        & pl.col("which").is_not_null()
        & (pl.col("rows_now") == 0)
        & _IS_WORTH_TELLING
        & ~((pl.col("kind") == "place") & pl.col("which").is_in(list(lapsed)))
    )
    found = [_told(emptied), _gone_files(here, now, unread)]
    return pl.concat(found).unique(["table_name", "kind", "which"], keep="first", maintain_order=True)


def _sums(holdings: pl.DataFrame) -> pl.DataFrame:
    """Rows by table, kind and name over all files, and the files."""
    return holdings.group_by(GROUP, maintain_order=True).agg(
        rows=pl.col("rows").sum(), files=pl.col("file").drop_nulls().unique().sort().str.join("、")
    )


def _with_lost(sums: pl.DataFrame, lost: pl.DataFrame) -> pl.DataFrame:
    """What is expected: what the last release held, and what it lacked itself."""
    lacked = lost.select(*GROUP, rows="rows_before", files=pl.col("files").fill_null("")).cast(sums.schema)
    return pl.concat([sums, lacked]).unique(GROUP, keep="last", maintain_order=True)


def _told(compared: pl.DataFrame) -> pl.DataFrame:
    return compared.select(
        *GROUP,
        year=pl.when(pl.col("kind") == "period").then(pl.col("which")).cast(pl.Int64, strict=False),
        rows_before=pl.col("rows").cast(pl.Int64),
        rows_now=pl.col("rows_now").cast(pl.Int64),
        files=pl.when(pl.col("files") != "").then(pl.col("files")),
    )


def _gone_files(before: pl.DataFrame, now: pl.DataFrame, unread: Collection[str]) -> pl.DataFrame:
    """Files that were there and are not, where no other file holds their rows.

    An exporter that names its files anew every night is no reason: where a table has new files, only those count as
    gone that are there and cannot be read.
    """
    by_file = pl.col("kind") == "file"
    files, tonight = (one.filter(by_file).select("table_name", "file").unique() for one in (before, now))
    renamed = tonight.join(files, on=["table_name", "file"], how="anti")["table_name"].unique()
    gone = files.join(tonight, on=["table_name", "file"], how="anti").filter(
        ~pl.col("table_name").is_in(renamed.implode()) | pl.col("file").is_in(list(unread))
    )
    years = before.filter(pl.col("kind").is_in(["file", "period"])).join(gone, on=["table_name", "file"], how="semi")
    expected, found = (_sums(one).drop("files") for one in (before, now))
    short = (
        years.join(expected, on=GROUP, nulls_equal=True, suffix="_expected")
        .join(found, on=GROUP, how="left", nulls_equal=True, suffix="_now")
        .with_columns(pl.col("rows_now").fill_null(0))
        .filter(pl.col("rows_now") * 100 < pl.col("rows_expected") * KEPT_PERCENT)
    )
    # Of a table with years the years tell more than the file as a whole.
    dated = short.filter(pl.col("kind") == "period")["table_name"].unique()
    short = short.filter((pl.col("kind") == "period") | ~pl.col("table_name").is_in(dated.implode()))
    return short.select(
        "table_name",
        kind=pl.lit("file"),
        which=pl.concat_str(["file", "which"], separator=" ", ignore_nulls=True),
        year=pl.when(pl.col("kind") == "period").then(pl.col("which")).cast(pl.Int64, strict=False),
        rows_before=pl.col("rows_expected").cast(pl.Int64),
        rows_now=pl.col("rows_now").cast(pl.Int64),
        files="file",
    )
