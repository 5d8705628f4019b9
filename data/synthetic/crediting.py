"""What is registered where attendance was kept: hours attended and hours online, and the credits they give.

A platform run as the law asks takes missed hours off; a few registrations overlook them. Whoever came to nothing does
not pass. Grain: credit record. Does not belong here: who attends (conduct), what a project is worth (training).
"""

import polars as pl

from data.synthetic.calibration import OVERLOOKED
from data.synthetic.chance import Where, flags
from data.synthetic.training import registered_credits

MISSED = ("请假", "旷课")
FAILING_EARN_NOTHING = frozenset({"460000"})
"""Provinces whose law books no credits for those who failed (HI-2017/14.3.8, 14.7.2)."""
FORGOTTEN = 30


def by_attendance(
    where: Where,
    record: pl.DataFrame,
    trainee: pl.DataFrame,
    present: pl.DataFrame,
    project: pl.DataFrame,
) -> pl.DataFrame:
    """The records with their enrolment; hours, credits and completion follow the marks where there are any.

    Nobody marks attendance online, so those hours stay as planned.
    """
    rng = where.stream("crediting")
    worth = project.select("project_id", "hours_planned", "hours_online", "level", "is_school_based")
    rows = (
        trainee.select("enrollment_id", "project_id", "completion")
        .join(_marks(present), on="enrollment_id", how="inner", maintain_order="left")
        .join(worth, on="project_id", how="left", maintain_order="left")
    )
    overlooked = pl.Series(flags(rng, rows.height, OVERLOOKED)) & (rows["completion"] == "合格")
    told = rows.with_columns(hours_planned=pl.col("attended") + pl.col("hours_online")).filter(
        (pl.col("missed") == 0) | ~overlooked
    )
    told = told.select(
        "enrollment_id",
        _hours="hours_planned",
        _credits=registered_credits(where.province, told),
        _came=pl.col("hours_planned") > 0,
    )
    known = trainee.select("record_id", "enrollment_id").join(told, on="enrollment_id", how="left")
    return (
        record.join(known, on="record_id", how="left", maintain_order="left")
        .with_columns(
            hours=pl.coalesce("_hours", "hours"),
            credits=pl.coalesce("_credits", "credits"),
            completion=pl.when(pl.col("_came").fill_null(value=True)).then("completion").otherwise(pl.lit("不合格")),
        )
        .drop("_hours", "_credits", "_came")
        .with_columns(credits=_earned(where.province))
    )


def _earned(province: str) -> pl.Expr:
    """Credits as booked: where the law gives those who failed none, a clerk forgets it once in thirty days."""
    forgotten = pl.col("certificate_date").dt.ordinal_day() % FORGOTTEN == 0
    is_none = pl.col("completion") == "不合格"
    return pl.when(is_none & ~forgotten & pl.lit(province in FAILING_EARN_NOTHING)).then(0.0).otherwise("credits")


def _marks(present: pl.DataFrame) -> pl.DataFrame:
    """Hours attended and missed, per trainee with any mark."""
    hours, is_missed = pl.col("session_hours"), pl.col("status").is_in(MISSED)
    return present.group_by("enrollment_id").agg(
        attended=hours.filter(~is_missed).sum(), missed=hours.filter(is_missed).sum()
    )
