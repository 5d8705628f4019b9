"""Admin units and the places that belong to them: core.dim_unit, dim_school, dim_institution.

Belongs here: which county and which city answer for a unit, a school or an institution. What the law says of
them does not.
"""

import polars as pl

from models.core.privacy import impersonal
from models.vocabulary import UnitLevel

COUNTY_LEVELS = (UnitLevel.COUNTY, UnitLevel.DEVELOPMENT_ZONE, UnitLevel.DIRECT)
"""Units that answer for themselves at county level; the latter two have no code in the national standard."""


def dim_unit(admin_unit: pl.LazyFrame) -> pl.LazyFrame:
    """Admin units with the county and the city above them.

    Grain: unit. Adds `county_id`, `county_name` (itself at county level, else null), `city_id`, `city_name`
    (itself for a city, the city above for a county, null directly under the province) and `is_county`.
    A unit whose parent is not named hangs under the city its own code names, when that city is on file.
    """
    by_code = pl.col("unit_id").str.slice(0, 4) + "00"
    known = admin_unit.select(parent_id="unit_id", parent_level="level", parent_name="unit_name")
    grand = admin_unit.select(above_id="unit_id", above_level="level", above_name="unit_name")
    above_of = admin_unit.select(parent_id="unit_id", above_id="parent_id")
    is_city = pl.col("level") == UnitLevel.CITY
    parent_is_city = pl.col("parent_level") == UnitLevel.CITY
    above_is_city = pl.col("above_level") == UnitLevel.CITY
    is_county = pl.col("level").is_in(COUNTY_LEVELS)
    return (
        admin_unit.with_columns(parent_id=pl.coalesce("parent_id", pl.when(by_code != pl.col("unit_id")).then(by_code)))
        .join(known, on="parent_id", how="left")
        .join(above_of, on="parent_id", how="left")
        .join(grand, on="above_id", how="left")
        .with_columns(
            is_county=is_county,
            county_id=pl.when(is_county).then("unit_id"),
            county_name=pl.when(is_county).then("unit_name"),
            city_id=pl.when(is_city)
            .then("unit_id")
            .when(parent_is_city)
            .then("parent_id")
            .when(above_is_city)
            .then("above_id"),
            city_name=pl.when(is_city)
            .then("unit_name")
            .when(parent_is_city)
            .then("parent_name")
            .when(above_is_city)
            .then("above_name"),
        )
        .drop("parent_level", "parent_name", "above_id", "above_level", "above_name")
    )


def with_place(frame: pl.LazyFrame, unit: pl.LazyFrame) -> pl.LazyFrame:
    """Adds county_id, county_name, city_id, city_name of the row's `unit_id`; null where the unit is unknown."""
    place = unit.select("unit_id", "county_id", "county_name", "city_id", "city_name")
    return frame.join(place, on="unit_id", how="left")


def dim_school(school: pl.LazyFrame, unit: pl.LazyFrame) -> pl.LazyFrame:
    """Schools with the county and city that answer for them. Grain: school."""
    return with_place(impersonal(school, "school"), unit)


def dim_institution(institution: pl.LazyFrame, unit: pl.LazyFrame) -> pl.LazyFrame:
    """Training institutions with the county and city they belong to. Grain: institution."""
    return with_place(impersonal(institution, "institution"), unit)
