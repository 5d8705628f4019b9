"""What lies behind the headline figures: outcomes, schools, composition, lost credits, pace, other thresholds.

Here belong breakdowns of teachers, counted exactly; what of them the public sees is decided in
`models.marts.publication`, where the headline figures themselves are made too.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import polars as pl

from models.marts.credits import with_records
from models.vocabulary import COUNTED_IN_RATIO, Verdict

ALL_STAGES: Final = "全部"
EVERYONE: Final = pl.lit(value=True)
SMALL: Final = 100
"""Limits below it are tried out one by one, others by tens."""


def rolled_up(leaves: pl.LazyFrame, units: pl.LazyFrame, key: Sequence[str], sums: Sequence[str]) -> pl.LazyFrame:
    """County cells with the sums of their cities and of the province, each with the unit it adds up to.

    `leaves` has `province`, `unit_id`, the `key` columns and the columns to add up. What lies in no known unit counts
    for the province alone.
    Adds `unit_level` (county, city, province) and `parent`.
    """
    keys = ("province", *key)
    added = [pl.col(name).sum() for name in sums]
    known = units.select("unit_id", "city_id", _known="unit_id")
    county = leaves.join(known, on="unit_id", how="left", maintain_order="left").with_columns(unit_id="_known")
    city = (
        county.filter(pl.col("city_id").is_not_null())
        .group_by(*keys, pl.col("city_id").alias("unit_id"))
        .agg(added)
        .with_columns(unit_level=pl.lit("city"), parent=pl.col("province"))
    )
    province = (
        county.group_by(keys)
        .agg(added)
        .with_columns(unit_id=pl.col("province"), unit_level=pl.lit("province"), parent=pl.lit(""))
    )
    below = county.filter(pl.col("unit_id").is_not_null()).with_columns(
        unit_level=pl.lit("county"), parent=pl.coalesce("city_id", "province")
    )
    return pl.concat([below, city, province], how="diagonal_relaxed")


def everywhere(
    cells: pl.LazyFrame, units: pl.LazyFrame, key: Sequence[str], counts: Sequence[str], law: pl.Expr | None = None
) -> pl.LazyFrame:
    """Cells of people, with one of nobody for every unit that has none of a key which another unit has.

    A hidden row that is there would say that somebody is, and a row that is not that nobody is. With `law` the key
    begins with a clause, and the rows are of units where that is law, or where it was judged all the same.
    """
    cells = cells.cache()
    clause = list(key[:1]) if law is not None else []
    keys = cells.select("province", *key).unique()
    named = keys.select("province", *(key if clause else [])).unique().join(_places(units), on="province")
    lawful = named if law is None else named.filter(law)
    of = ["province", *clause, "unit_id"]
    places = pl.concat([lawful.select(*of, "unit_level"), cells.select(*of, "unit_level")]).unique(
        of, keep="first", maintain_order=True
    )
    nobody = (
        keys.join(places, on=["province", *clause])
        .join(cells.select("unit_id", *key), on=["unit_id", *key], how="anti", nulls_equal=True)
        .with_columns(pl.lit(0, pl.Int64).alias(name) for name in counts)
    )
    return pl.concat([cells, nobody], how="diagonal_relaxed")


def _places(units: pl.LazyFrame) -> pl.LazyFrame:
    """Counties, cities and the province itself: `province`, `unit_id`, `city_id`, `unit_level`."""
    county = units.filter("is_county").with_columns(unit_level=pl.lit("county"))
    city = units.drop_nulls("city_id").with_columns(unit_id="city_id", unit_level=pl.lit("city"))
    province = units.with_columns(unit_id="province", city_id=pl.lit(None, pl.String), unit_level=pl.lit("province"))
    return pl.concat(
        [part.select("province", "unit_id", "city_id", "unit_level").unique() for part in (county, city, province)]
    )


def cycle_period() -> pl.Expr:
    """A cycle's name as readers see it: `2016-2020`."""
    return pl.format("{}-{}", _year("cycle_start"), _year("cycle_end"))


def _year(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Utf8).str.slice(0, 4)


def cycle_outcomes(judged: pl.LazyFrame, units: pl.LazyFrame) -> pl.DataFrame:
    """Teachers by outcome of the cycle, for each county, city and the province.

    Grain: unit × period × outcome. `judged` are the leaves of that name. `outcome` is the verdict, for `not_met` split
    by what falls short (`not_met:学分`, `not_met:学时`, `not_met:两者`).
    """
    outcome = (
        pl.when(pl.col("verdict") == Verdict.NOT_MET)
        .then(pl.concat_str(pl.lit("not_met:"), pl.col("binding_constraint").fill_null("未说明")))
        .otherwise(pl.col("verdict"))
    )
    counted = (
        judged.filter(pl.col("measure") == "cycle")
        .with_columns(outcome=outcome)
        .group_by("province", "unit_id", "period", "outcome")
        .agg(pl.col("teachers").sum())
    )
    key = ("period", "outcome")
    return (
        everywhere(rolled_up(counted, units, key, ("teachers",)), units, key, ("teachers",))
        .select("province", "unit_id", "unit_level", "period", "outcome", "teachers")
        .sort("unit_id", "period", "outcome")
        .collect()
    )


def schools(cycles: pl.LazyFrame, teachers: pl.LazyFrame, school: pl.LazyFrame) -> pl.DataFrame:
    """Teachers who reached their cycle's thresholds, by school.

    Grain: school × cycle that anybody is judged for, schools without judged teachers included.
    """
    counted = (
        cycles.filter(pl.col("verdict").is_in(COUNTED_IN_RATIO))
        .join(teachers.select("teacher_id", "school_id"), on="teacher_id", how="inner")
        .group_by("school_id", period=cycle_period())
        .agg(numerator=(pl.col("verdict") == Verdict.MET).sum().cast(pl.Int64), denominator=pl.len().cast(pl.Int64))
    )
    periods = counted.select("period").unique()
    return (
        school.select(
            *("province", "school_id", "school_name", "school_type", "ownership", "urban_rural"),
            *("county_id", "city_id", "place_note"),
        )
        .join(periods, how="cross")
        .join(counted, on=["school_id", "period"], how="left")
        .with_columns(pl.col("numerator", "denominator").fill_null(0))
        .sort("school_id", "period")
        .collect()
    )


def cap_loss(years: pl.LazyFrame, teachers: pl.LazyFrame, units: pl.LazyFrame, *, until: int) -> pl.DataFrame:
    """Credits that the caps took away: unit × year × cap (项目 or 校级), where any were lost.

    `credits_lost`, and the `teachers` who lost them.
    """
    caps = (("项目", "credits_lost_project_cap"), ("校级", "credits_lost_school_cap"))
    lost = pl.concat(
        years.filter((pl.col(column) > 0) & (pl.col("year") <= until)).select(
            "province", "teacher_id", pl.col("year").cast(pl.Int64), cap=pl.lit(cap), credits_lost=pl.col(column)
        )
        for cap, column in caps
    )
    counted = (
        lost.join(teachers.select("teacher_id", "county_id"), on="teacher_id", how="inner")
        .group_by("province", pl.col("county_id").alias("unit_id"), "year", "cap")
        .agg(pl.col("credits_lost").sum(), teachers=pl.len().cast(pl.Int64))
    )
    key, sums = ("year", "cap"), ("credits_lost", "teachers")
    return (
        everywhere(rolled_up(counted, units, key, sums), units, key, sums)
        .select("province", "unit_id", "unit_level", "year", "cap", "credits_lost", "teachers")
        .sort("unit_id", "year", "cap")
        .collect()
    )


BANDS: Final = ("不到25%", "25%–50%", "50%–75%", "75%以上", "已达标")
"""How far a teacher has come in a cycle that still runs, by the requirement that is farthest from being met."""


def pace(cycles: pl.LazyFrame, teachers: pl.LazyFrame, units: pl.LazyFrame, evidence: pl.LazyFrame) -> pl.DataFrame:
    """How far teachers have come in a cycle still running: unit × period × band of ``BANDS``.

    No rows where no record counts at all: nobody can tell how far anybody is.
    """
    span, cycles = ["cycle_start", "cycle_end"], with_records(cycles, evidence)
    open_spans = cycles.filter(pl.col("verdict") == Verdict.IN_PROGRESS).select(span).unique()
    running = cycles.filter(pl.col("verdict").is_in([Verdict.IN_PROGRESS, Verdict.MET])).join(
        open_spans, on=span, how="semi", nulls_equal=True
    )
    share = pl.min_horizontal(_share_done("credits", "shortfall_credits"), _share_done("hours", "shortfall_hours"))
    band = (
        pl.when(pl.col("verdict") == Verdict.MET)
        .then(pl.lit(BANDS[4]))
        .when(share >= 75)  # noqa: PLR2004 - quarters of a hundred
        .then(pl.lit(BANDS[3]))
        .when(share >= 50)  # noqa: PLR2004
        .then(pl.lit(BANDS[2]))
        .when(share >= 25)  # noqa: PLR2004
        .then(pl.lit(BANDS[1]))
        .when(share.is_not_null())
        .then(pl.lit(BANDS[0]))
    )
    counted = (
        running.select("province", "teacher_id", *span, band=band)
        .filter(pl.col("band").is_not_null())
        .join(teachers.select("teacher_id", "county_id"), on="teacher_id", how="left")
        .group_by("province", pl.col("county_id").alias("unit_id"), *span, "band")
        .agg(teachers=pl.len().cast(pl.Int64))
        .group_by("province", "unit_id", cycle_period().alias("period"), "band")
        .agg(pl.col("teachers").sum())
    )
    key = ("period", "band")
    return (
        everywhere(rolled_up(counted, units, key, ("teachers",)), units, key, ("teachers",))
        .select("province", "unit_id", "unit_level", "period", "band", "teachers")
        .sort("unit_id", "period", "band")
        .collect()
    )


def _share_done(done: str, lacking: str) -> pl.Expr:
    """How much of a requirement is done, in whole per cent; null where the rules set none or it is unknown."""
    asked = (pl.col(done) + pl.col(lacking)).cast(pl.Float64)
    return pl.when(asked > 0).then((pl.col(done).cast(pl.Float64) / asked * 100).floor().cast(pl.Int64))


def other_thresholds(cycles: pl.LazyFrame) -> pl.DataFrame:
    """How many teachers would reach other thresholds of a cycle: credit system × period × credits × hours.

    `met` of `teachers` (those judged, or still under way). Requirements other than the two totals are left aside.
    """
    judged = cycles.filter(pl.col("verdict").is_in(COUNTED_IN_RATIO)).with_columns(period=cycle_period())
    limits = (
        judged.group_by("credit_system")
        .agg(pl.col("required_credits", "required_hours").max())
        .filter(pl.any_horizontal(pl.col("required_credits", "required_hours").is_not_null()))
        .sort("credit_system")
        .collect()
    )
    grids = [_tried(judged, system, _around(points), _around(hours)) for system, points, hours in limits.iter_rows()]
    return pl.concat([_NOTHING_TRIED, *grids]).sort("credit_system", "period", "credits_at_least", "hours_at_least")


_NOTHING_TRIED: Final = pl.DataFrame(
    schema={
        "province": pl.String,
        "credit_system": pl.String,
        "period": pl.String,
        "credits_at_least": pl.Int64,
        "hours_at_least": pl.Int64,
        "met": pl.Int64,
        "teachers": pl.Int64,
    }
)


def _around(limit: Decimal | None) -> range:
    """The thresholds tried out around a limit: ten steps of one each way, or six of ten; without one only 0."""
    if limit is None:
        return range(1)
    step, steps = (1, 10) if limit < SMALL else (10, 6)
    middle = int(limit)
    return range(max(step, middle - step * steps), middle + step * steps + 1, step)


def _tried(judged: pl.LazyFrame, system: str, credits_: range, hours_: range) -> pl.DataFrame:
    """The grid of one credit system."""
    grid = [(points, hours) for points in credits_ for hours in hours_]
    counts = (
        judged.filter(pl.col("credit_system") == system)
        .group_by("province", "credit_system", "period")
        .agg(
            pl.len().cast(pl.Int64).alias("teachers"),
            *[_reaches(points, hours).sum().cast(pl.Int64).alias(f"{points}|{hours}") for points, hours in grid],
        )
        .collect()
    )
    long = counts.unpivot(
        index=["province", "credit_system", "period", "teachers"], variable_name="_at", value_name="met"
    )
    at = pl.col("_at").str.split("|")
    return long.filter(pl.col("teachers") > 0).select(
        "province",
        "credit_system",
        "period",
        credits_at_least=at.list.first().cast(pl.Int64),
        hours_at_least=at.list.last().cast(pl.Int64),
        met="met",
        teachers="teachers",
    )


def _reaches(points: int, hours: int) -> pl.Expr:
    """Whether a teacher's totals reach both thresholds; a threshold of 0 asks for nothing."""
    asked = [pl.col(column) >= limit for column, limit in (("credits", points), ("hours", hours)) if limit]
    return pl.all_horizontal(asked).fill_null(value=False)
