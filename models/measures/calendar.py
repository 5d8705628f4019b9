"""Working days: how many lie between two dates under the State Council's holiday arrangements.

Here belongs the calendar as a frame, so that millions of dates cost one join. Which limit is counted in working
days is for the policy files to say.
"""

from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar
import polars as pl

from models.measures.grains import joined

FIRST = date(2010, 1, 1)
LAST = date(2026, 12, 31)
"""The last day whose holidays have been announced and are in the calendar package."""


@lru_cache(maxsize=1)
def working_days() -> pl.DataFrame:
    """Each day with the working days from FIRST up to and including it. Grain: day. Columns: day, working_day."""
    days = [FIRST + timedelta(days=offset) for offset in range((LAST - FIRST).days + 1)]
    works = [chinese_calendar.is_workday(day) for day in days]
    return pl.DataFrame({"day": days, "working_day": works}).with_columns(
        pl.col("working_day").cum_sum().cast(pl.Int32)
    )


def due_after(rows: pl.LazyFrame, start: str, days: int, name: str) -> pl.LazyFrame:
    """Adds the last day of so many working days after `start`; the day itself doesn't count.

    The rest days that follow the last working day belong to it: who acts on them is still in time by the count of
    working days. Null where the date is missing or lies outside the calendar.
    """
    every = working_days()
    ends = every.group_by("working_day").agg(pl.col("day").max().alias(name)).with_columns(pl.col("working_day") - days)
    due = every.join(ends, on="working_day").select(pl.col("day").alias("_start_day"), name).lazy()
    dated = rows.with_columns(_start_day=pl.col(start).cast(pl.Date))
    return joined(dated, due, "_start_day").drop("_start_day")


def add_working_days(rows: pl.LazyFrame, start: str, end: str, name: str) -> pl.LazyFrame:
    """Adds the working days after `start` up to and including `end`; the day itself doesn't count.

    Null where either date is missing or lies outside the calendar.
    """
    days = working_days().lazy()
    from_start = days.select(pl.col("day").alias("_start_day"), pl.col("working_day").alias("_start_count"))
    to_end = days.select(pl.col("day").alias("_end_day"), pl.col("working_day").alias("_end_count"))
    dated = rows.with_columns(_start_day=pl.col(start).cast(pl.Date), _end_day=pl.col(end).cast(pl.Date))
    counted = joined(joined(dated, from_start, "_start_day"), to_end, "_end_day")
    return counted.with_columns((pl.col("_end_count") - pl.col("_start_count")).alias(name)).drop(
        "_start_day", "_end_day", "_start_count", "_end_count"
    )
