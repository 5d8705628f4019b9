"""From which year on a province's records of credits speak at all.

Belongs here: what core, marts and measures have to agree on. It knows no law, so that measures may ask it.
"""

from datetime import date

import polars as pl

from models.vocabulary import COUNTED


def first_year(lines: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """The first year the records speak about, as the one row and column `first_year`; null without records.

    A stray date must not open a year for everyone: a year counts as the first one only when it holds at least a
    hundredth of the fullest year's counted lines.
    """
    counted = lines.filter(pl.col("status").is_in(COUNTED), pl.col("credit_year") <= as_of.year)
    filled = counted.group_by("credit_year").len().filter(pl.col("len") * 100 >= pl.col("len").max())
    return filled.select(first_year=pl.col("credit_year").min())
