"""From which year on a province's records of credits speak at all: core.evidence.

Belongs here: what core, marts and measures have to agree on. It knows no law, so that measures may ask it.
"""

from datetime import date

import polars as pl

from models.vocabulary import COUNTED


def evidence(lines: pl.LazyFrame, province: str, as_of: date) -> pl.LazyFrame:
    """The first year that the records speak about.

    Grain: province, one row. Columns: province, unit_id (the province's code), first_year (null without counted
    records).

    A stray date must not open a year for everyone: a year counts as the first one only when it holds at least a
    hundredth of the fullest year's counted lines, and years after the as-of year don't count at all.
    """
    counted = lines.filter(pl.col("status").is_in(COUNTED), pl.col("credit_year") <= as_of.year)
    filled = counted.group_by("credit_year").len().filter(pl.col("len") * 100 >= pl.col("len").max())
    return filled.select(
        province=pl.lit(province),
        unit_id=pl.lit(province),
        first_year=pl.col("credit_year").min(),
    )
