"""Counties and leaders over a year: spot checks, class observations, documents on file, money.

Here belong figures per county unit and year, and those of the county's officers. Limits are the policy files'.
"""

from datetime import date
from typing import Final, Literal

import polars as pl

from models.measures.registry import Condition, Frames, keep, measure, part_year
from models.vocabulary import UnitLevel


@measure(
    "county_spot_check",
    title="抽查覆盖率",
    reads={"marts.county_spot_check": ()},
    accumulates=True,
    formula="本级监控机构当年抽查过的项目数÷当年实施的项目数（含校本）",
)
def county_spot_check(frames: Frames, *, since: date | None = None) -> pl.LazyFrame:
    """Checked among the year's projects. Grain: county × year of marts.county_spot_check.

    `since` is the day the quota came into force: that year isn't held against a county.
    """
    return frames["marts.county_spot_check"].select(
        subject_id="unit_id",
        unit_id="unit_id",
        period=pl.col("year").cast(pl.String),
        period_end=pl.date("year", 12, 31),
        numerator="projects_checked",
        denominator="projects",
        excused=part_year(pl.col("year"), since),
        inputs=pl.struct("projects", "projects_checked", "projects_checked_any_level"),
    )


COUNTY: Final = "county"
LEVELS: Final = {"city": UnitLevel.CITY, "province": UnitLevel.PROVINCE}
"""Level of the units asked, other than counties."""


def units_at(frames: Frames, at: str) -> pl.LazyFrame:
    """The units of a level: `county` (whoever answers for itself at county level), `city` or `province`."""
    units = frames["core.dim_unit"]
    return units.filter(pl.col("is_county") if at == COUNTY else pl.col("level") == LEVELS[at])


def unit_years(frames: Frames, at: str = COUNTY) -> pl.LazyFrame:
    """Every unit of a level in every year in which the province has projects, up to the as-of year."""
    project = frames["core.dim_project"]
    years = (
        pl.concat([project.select(year=pl.col(name).dt.year().cast(pl.Int32)) for name in ("start_date", "end_date")])
        .drop_nulls()
        .unique()
        .filter(pl.col("year") <= frames.as_of.year)
    )
    return units_at(frames, at).select("unit_id").join(years, how="cross")


@measure(
    "post_observations",
    title="岗位随机听课次数",
    reads={
        "staging.class_observation": ("observer_role", "unit_id", "date"),
        "core.dim_unit": (),
        "core.dim_project": ("start_date",),
    },
    accumulates=True,
    formula="该岗位当年随机听课的不同课次数（不论换人）",
)
def post_observations(
    frames: Frames, *, role: str, at: Literal["county", "city"] = "county", since: date | None = None
) -> pl.LazyFrame:
    """Random observations by whoever held a post. Grain: county (or city) × year.

    `since` is the day the duty came into force: that year isn't held against anybody.
    """
    heard = _observed(frames).filter(pl.col("observer_role") == role)
    counts = heard.group_by("unit_id", "year").agg(sessions=pl.col("session_id").n_unique())
    return (
        unit_years(frames, at)
        .join(counts, on=["unit_id", "year"], how="left")
        .select(
            subject_id="unit_id",
            unit_id="unit_id",
            period=pl.col("year").cast(pl.String),
            period_end=pl.date("year", 12, 31),
            excused=part_year(pl.col("year"), since),
            numerator=pl.col("sessions").fill_null(0),  # no observation on file is a true zero
            inputs=pl.struct(sessions=pl.col("sessions").fill_null(0)),
        )
    )


def _observed(frames: Frames) -> pl.LazyFrame:
    """Observations that count as random: marked so, or not marked at all."""
    return (
        frames["staging.class_observation"]
        .with_columns(year=pl.col("date").dt.year().cast(pl.Int32))
        .filter(pl.col("is_random").fill_null(value=True))
    )


@measure(
    "person_observations",
    title="管理人员随机听课次数",
    reads={
        "staging.class_observation": ("observer_id", "observer_role", "date"),
        "staging.org_staff": ("person_id", "org_id", "role"),
        "core.dim_unit": (),
        "core.dim_project": ("start_date",),
    },
    accumulates=True,
    formula="该人当年随机听课的不同课次数",
)
def person_observations(
    frames: Frames, *, role: str, staff: dict[str, Condition], since: date | None = None
) -> pl.LazyFrame:
    """Random observations by each officer of a county or a city in post.

    Grain: person × year in which the person held the post. `since` is the day the duty came into force.
    """
    counts = (
        _observed(frames)
        .filter(pl.col("observer_role") == role)
        .group_by(person_id="observer_id", year="year")
        .agg(sessions=pl.col("session_id").n_unique())
    )
    posts = (
        frames["staging.org_staff"]
        .filter(keep(staff))
        .join(
            pl.concat([unit_years(frames, at) for at in (COUNTY, "city")]).unique(),
            left_on="org_id",
            right_on="unit_id",
        )
        .filter(_in_post())
        .select("person_id", "year", unit_id="org_id")
        .unique(["person_id", "year"], keep="first", maintain_order=True)
    )
    return posts.join(counts, on=["person_id", "year"], how="left").select(
        subject_id="person_id",
        unit_id="unit_id",
        period=pl.col("year").cast(pl.String),
        period_end=pl.date("year", 12, 31),
        excused=part_year(pl.col("year"), since),
        numerator=pl.col("sessions").fill_null(0),  # no observation on file is a true zero
        inputs=pl.struct(sessions=pl.col("sessions").fill_null(0)),
    )


def _in_post() -> pl.Expr:
    """Whether the post was held on any day of the year; an open end is still held."""
    began = pl.col("valid_from").is_null() | (pl.col("valid_from") <= pl.date("year", 12, 31))
    lasts = pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.date("year", 1, 1))
    return began & lasts
