"""How much training there was, for publication: marts.public_training and marts.public_participation.

Belongs here: projects, classes and planned hours of a place's year, and who took part by level, kind and stage. Whether
anybody reached what the law asks is not here, nor is what clauses came to (`year_counts`).
"""

from typing import Final

import polars as pl

from models.marts.breakdowns import everywhere, rolled_up
from models.vocabulary import ProjectStatus

IN_ALL: Final = "全部"
"""The dimension, and its only value, under which a year's participation is not told apart."""
UNSAID: Final = "未填"


def at_every_level(rows: pl.LazyFrame, units: pl.LazyFrame) -> pl.LazyFrame:
    """Rows with a `unit_id`, once for their county, once for its city and once for the province.

    For counts that do not add up, such as different institutions. Rows of no known unit count for the province alone;
    rows of a city or of the province itself count there once.
    """
    placed = rows.drop("province", strict=False).join(
        units.select("unit_id", "city_id", "is_county"), on="unit_id", how="left", maintain_order="left"
    )
    provinces = units.select("province").drop_nulls().unique()
    levels = (
        placed.filter(pl.col("is_county")),
        placed.filter(pl.col("city_id").is_not_null()).with_columns(unit_id=pl.col("city_id")),
        placed.drop("unit_id").join(provinces.rename({"province": "unit_id"}), how="cross"),
    )
    return pl.concat((level.drop("city_id", "is_county") for level in levels), how="diagonal_relaxed")


def held_projects(projects: pl.LazyFrame) -> pl.LazyFrame:
    """Projects that were not cancelled."""
    return projects.filter(pl.col("status").fill_null("") != ProjectStatus.CANCELLED)


def training(projects: pl.LazyFrame, classes: pl.LazyFrame, units: pl.LazyFrame, *, until: int) -> pl.DataFrame:
    """How much was held: unit × year of training, cancelled projects and classes left out.

    `institutions` with a project, `projects`, `school_projects` among them, `planned_hours`, and `classes`, null where
    the dump has no classes at all. A project is its county's; one of no county counts for the province alone.
    """
    held = held_projects(projects).filter(pl.col("year") <= until)
    opened = (
        classes.filter(pl.col("status").fill_null("") != ProjectStatus.CANCELLED)
        .group_by("project_id")
        .agg(_classes=pl.len())
    )
    placed = at_every_level(
        held.join(opened, on="project_id", how="left", maintain_order="left").rename({"county_unit_id": "unit_id"}),
        units,
    )
    counted = placed.group_by("unit_id", pl.col("year").cast(pl.Int64)).agg(
        institutions=pl.col("institution_id").drop_nulls().n_unique().cast(pl.Int64),
        projects=pl.len().cast(pl.Int64),
        school_projects=pl.col("is_school_based").fill_null(value=False).sum().cast(pl.Int64),
        planned_hours=pl.col("hours_planned").cast(pl.Decimal(38, 3)).sum(),
        classes=pl.col("_classes").sum().cast(pl.Int64),
    )
    has_classes = classes.select(_has=pl.len() > 0)
    told = counted.join(has_classes, how="cross").with_columns(classes=pl.when("_has").then("classes"))
    return told.drop("_has").sort("unit_id", "year").collect()


def participation(leaves: pl.LazyFrame, units: pl.LazyFrame) -> pl.DataFrame:
    """Counted records, their hours and the teachers behind them: unit × year × dimension × value.

    `leaves` are those of `models.marts.leaves.training`. `dimension` is `level`, `source_type`, `stage`, or ``IN_ALL``
    for everything together.
    """
    key = ("year", "dimension", "value")
    figures = ("records", "hours", "trained")
    ways = (
        (IN_ALL, IN_ALL, pl.lit(IN_ALL)),
        ("level", "record_level", pl.col("value")),
        ("source_type", "source_type", pl.col("value")),
        ("stage", IN_ALL, pl.col("stage")),
    )
    counted = pl.concat(
        leaves.filter(pl.col("dimension") == counted_by)
        .with_columns(value=value.fill_null(UNSAID), dimension=pl.lit(dimension))
        .group_by("province", "unit_id", *key)
        .agg(pl.col(*figures).sum())
        for dimension, counted_by, value in ways
    )
    return (
        everywhere(rolled_up(counted, units, key, figures), units, key, figures)
        .select("province", "unit_id", "unit_level", *key, *figures)
        .collect(engine="streaming")
    )


def composition(participation_: pl.LazyFrame) -> pl.DataFrame:
    """The hours by kind of training out of `participation`: unit × year × source type."""
    return (
        participation_.filter(pl.col("dimension") == "source_type")
        .select(
            "province", "unit_id", "unit_level", "year", pl.col("value").alias("source_type"), "hours", "suppression"
        )
        .sort("unit_id", "year", "source_type")
        .collect()
    )
