"""What a dump lacks whole, and which figures nobody can tell because of it.

Belongs here: saying of rows that their evidence is not all there, after somebody accepted that a year, county or file
of the last release is missing. What is missing is worked out in models/staging/vanished.py.
"""

import functools
import operator
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import polars as pl

from models.contracts import staging_contracts
from models.vocabulary import Verdict

VANISHED = "audit.vanished"


@dataclass(frozen=True)
class Span:
    """The years that rows are about, as expressions; null where a row is about no year that is known."""

    first: pl.Expr
    last: pl.Expr

    @classmethod
    def of_year(cls, column: str) -> "Span":
        return cls(pl.col(column).cast(pl.Int64), pl.col(column).cast(pl.Int64))

    @classmethod
    def of_dates(cls, first: str, last: str) -> "Span":
        return cls(pl.col(first).dt.year().cast(pl.Int64), pl.col(last).dt.year().cast(pl.Int64))

    @classmethod
    def of_period(cls, period: str, end: str) -> "Span":
        """A period as findings have it (2019, 2016-2020, or the id of something that ended on a day)."""
        years = pl.col(period).str.extract_groups(r"^(?<a>\d{4})(?:-(?<b>\d{4}))?$")
        first, last = (years.struct.field(name).cast(pl.Int64, strict=False) for name in ("a", "b"))
        ended = pl.col(end).dt.year().cast(pl.Int64)
        return cls(pl.coalesce(first, ended), pl.coalesce(last, first, ended))


def gap_of(vanished: pl.DataFrame, tables: Collection[str], span: Span, unit: str | None) -> pl.Expr:
    """For each row, which of its evidence is missing whole, in words; null where nothing is.

    Args:
        vanished: audit.vanished of the night.
        tables: the dump tables that the rows' figures are computed from.
        span: the years the rows are about; rows of an unknown year are taken to be about all.
        unit: the column of the rows' county, or None where they have none.
    """
    told = list(_told(vanished.filter(pl.col("table_name").is_in(list(tables))), span, unit))
    return pl.coalesce(told) if told else pl.lit(None, dtype=pl.String)


def _told(vanished: pl.DataFrame, span: Span, unit: str | None) -> Iterator[pl.Expr]:
    for table, rows in vanished.group_by("table_name", maintain_order=True):
        title = staging_contracts()[str(table[0])].title
        for row in rows.iter_rows(named=True):
            if row["kind"] == "place":
                if unit is not None:
                    yield pl.when(pl.col(unit) == row["which"]).then(pl.lit(f"转储缺本县的{title}"))
            elif row["year"] is None:
                yield pl.lit(f"转储缺{title}的一部分")
            else:
                yield pl.when(_covers(span, row["year"])).then(pl.lit(f"转储缺{row['year']}年的{title}"))


def _covers(span: Span, year: int) -> pl.Expr:
    holds = [(span.first <= year).fill_null(value=True), (span.last >= year).fill_null(value=True)]
    return functools.reduce(operator.and_, holds)


def undecided(frame: pl.LazyFrame, gap: pl.Expr, *, but_met: bool) -> pl.LazyFrame:
    """The table with `verdict` undetermined where evidence is missing.

    but_met: what is met stays so, because more evidence could only add to the figure.
    """
    stays = pl.col("verdict").is_in([Verdict.MET.value, Verdict.NOT_APPLICABLE.value])
    kept = stays if but_met else pl.col("verdict") == Verdict.NOT_APPLICABLE.value
    verdict = pl.when(gap.is_not_null() & ~kept).then(pl.lit(Verdict.UNDETERMINED.value)).otherwise(pl.col("verdict"))
    return frame.with_columns(verdict=verdict)
