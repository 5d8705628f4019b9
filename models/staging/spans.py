"""Rows that end before they begin: either their two days were exchanged or one is wrong, and both are told.

Looked for in typed rows, where it costs the reading of two columns. What one day means is `days`' matter; spans that
overlap others are no matter of staging.
"""

from collections.abc import Iterator

import polars as pl

from models.contracts import Contract
from models.staging.problems import Problem

PAIRS = (
    ("start_date", "end_date"),
    ("start", "end"),
    ("valid_from", "valid_to"),
    ("date_from", "date_to"),
    ("cert_from", "cert_to"),
    ("open_date", "close_date"),
)
"""Columns of which the second is not before the first."""


def reversed_spans(rows: pl.LazyFrame, contract: Contract) -> Iterator[Problem]:
    """Of each file and pair of columns how many typed rows end before they begin, and the first of them."""
    for first, last in PAIRS:
        if first not in contract or last not in contract:
            continue
        found = (
            rows.filter(pl.col(last) < pl.col(first))
            .group_by("_file", "_sheet")
            .agg(pl.len(), row=pl.col("_row").min())
            .sort("_file", "_sheet")
            .collect(engine="streaming")
        )
        begin, end = contract.field(first).header, contract.field(last).header
        for each in found.iter_rows(named=True):
            yield Problem(
                table_name=contract.table,
                file=each["_file"],
                sheet=each["_sheet"],
                row_number=each["row"],
                column_name=last,
                reason_code="ends_before_start",
                reason=f"“{end}”早于“{begin}”的有 {each['len']} 行，首先在第 {each['row']} 行："
                "可以读作两列写反了，也可以读作其中一个写错了，已按所写的读入，请核对。",
                kind="unreconciled",
            )
