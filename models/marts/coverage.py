"""How much of a county's training was spot-checked: marts.county_spot_check.

Belongs here: which projects a county had in a year and which of them its own unit checked (ZJ-2014-04/23.1). The
quota itself is a threshold of the clause and comes in from the policies.
"""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Final

import polars as pl

from models.marts.training import at_every_level
from models.vocabulary import ProjectStatus, Verdict


def project_years(project: pl.LazyFrame) -> pl.LazyFrame:
    """Projects once for each calendar year their dates touch; without dates, the platform's training year.

    Grain: project × year. Columns of `project` plus `year`. Cancelled projects are left out; a project with
    neither dates nor a year belongs to no year and is left out too.
    """
    start = pl.coalesce(pl.min_horizontal("start_date", "end_date").dt.year(), "year").cast(pl.Int32)
    end = pl.coalesce(pl.max_horizontal("start_date", "end_date").dt.year(), "year").cast(pl.Int32)
    return (
        project.filter(pl.col("status").ne_missing(ProjectStatus.CANCELLED))
        .with_columns(year=pl.int_ranges(start, end + 1, dtype=pl.Int32))
        .explode("year", empty_as_null=True)
        .filter(pl.col("year").is_not_null())
    )


COUNTS = ("projects", "projects_checked", "projects_checked_any_level")


PLATFORM: Final = "平台数据"
"""The way of checking that looks at nothing but the platform's data."""


def beyond_the_platform(check: pl.LazyFrame) -> pl.LazyFrame:
    """Spot checks that did more than gather the platform's data; one that names no way of checking may have."""
    only = (pl.col("method_codes").list.unique().list.len() == 1) & (pl.col("method_codes").list.first() == PLATFORM)
    return check.filter(~only.fill_null(value=False))


def county_spot_check(
    unit: pl.LazyFrame, project: pl.LazyFrame, check: pl.LazyFrame, *, quotas: Mapping[int, Fraction], as_of: date
) -> pl.LazyFrame:
    """Spot-check coverage of every county in every year in which the province has projects.

    Grain: county × year. projects, projects_checked (at least one check in that year by the county's own unit),
    projects_checked_any_level, required (= the year's quota, rounded up; 0 in a year without one), gap (projects
    still to check), coverage_ratio (0–1, null without projects) and verdict: not_applicable without projects or
    quota, met, in_progress while the year is not over at `as_of`, else not_met.
    """
    of_year = project_checks(project, check)
    required = (pl.col("projects") * pl.col("_p") + pl.col("_q") - 1) // pl.col("_q")
    return (
        _counties(unit, of_year)
        .join(of_year.select("year").unique(), how="cross")
        .join(_counted(of_year), on=["unit_id", "year"], how="left")
        .join(_shares(quotas), on="year", how="left")
        .with_columns(pl.col(*COUNTS).fill_null(0))  # the county had none: a true zero
        .with_columns(
            required=required.fill_null(0),  # no law asked for any
            coverage_ratio=pl.when(pl.col("projects") > 0).then(pl.col("projects_checked") / pl.col("projects")),
        )
        .with_columns(
            gap=pl.max_horizontal(pl.col("required") - pl.col("projects_checked"), pl.lit(0, dtype=pl.Int64)),
            verdict=_verdict(as_of),
        )
        .select(
            *("province", "unit_id", "year", "projects", "projects_checked", "required", "gap", "coverage_ratio"),
            *("projects_checked_any_level", "verdict"),
        )
        .sort("unit_id", "year")
    )


def unknown_without(check: pl.LazyFrame, rows: pl.LazyFrame) -> pl.LazyFrame:
    """Coverage of a province whose dump holds no spot check of any year: nobody can tell that none was made.

    What was checked, what is wanting and the ratio are null then, and the verdict is undetermined where there is one.
    """
    is_known = pl.col("_checks") > 0
    counted = ("projects_checked", "projects_checked_any_level", "gap", "coverage_ratio")
    verdict = pl.col("verdict")
    stays = is_known | (verdict == Verdict.NOT_APPLICABLE)
    return (
        rows.join(check.select(_checks=pl.len()), how="cross")
        .with_columns(
            *(pl.when(is_known).then(name).alias(name) for name in counted),
            verdict=pl.when(stays).then(verdict).otherwise(pl.lit(Verdict.UNDETERMINED)),
        )
        .drop("_checks")
    )


def _shares(quotas: Mapping[int, Fraction]) -> pl.LazyFrame:
    """Each year's quota as a fraction `_p` / `_q`."""
    rows = [(year, quota.numerator, quota.denominator) for year, quota in quotas.items()]
    return pl.LazyFrame(rows, schema={"year": pl.Int32, "_p": pl.Int64, "_q": pl.Int64}, orient="row")


def project_checks(project: pl.LazyFrame, check: pl.LazyFrame) -> pl.LazyFrame:
    """Which projects were checked in which of their years: marts.project_check.

    Grain: project × year (`project_years`). `is_checked` by the county's own unit, `is_checked_any_level` by anybody.
    """
    of_year = project_years(project).select("province", "project_id", unit_id="county_unit_id", year="year")
    own = pl.col("checker_unit_id") == pl.col("unit_id")
    checked = (
        of_year.join(
            check.select("project_id", "checker_unit_id", year=pl.col("year").cast(pl.Int32)),
            on=["project_id", "year"],
        )
        .group_by("project_id", "year")
        .agg(is_checked=own.any(), is_checked_any_level=pl.lit(value=True).first())
    )
    return (
        of_year.join(checked, on=["project_id", "year"], how="left")
        .with_columns(pl.col("is_checked", "is_checked_any_level").fill_null(value=False))
        .sort("project_id", "year")
    )


def _counted(checks: pl.LazyFrame) -> pl.LazyFrame:
    """Projects of a county and year, and how many of them were checked. Grain: county × year with projects."""
    return checks.group_by("unit_id", "year").agg(
        projects=pl.len().cast(pl.Int64),
        projects_checked=pl.col("is_checked").sum().cast(pl.Int64),
        projects_checked_any_level=pl.col("is_checked_any_level").sum().cast(pl.Int64),
    )


def _verdict(as_of: date) -> pl.Expr:
    return (
        pl.when(pl.col("required") == 0)
        .then(pl.lit(Verdict.NOT_APPLICABLE))
        .when(pl.col("projects_checked") >= pl.col("required"))
        .then(pl.lit(Verdict.MET))
        .when(pl.date(pl.col("year"), 12, 31) >= as_of)
        .then(pl.lit(Verdict.IN_PROGRESS))
        .otherwise(pl.lit(Verdict.NOT_MET))
    )


def checked_by_day(project: pl.LazyFrame, check: pl.LazyFrame, units: pl.LazyFrame, *, as_of: date) -> pl.DataFrame:
    """How far spot checks had come by the same day of every year: unit × year, so that like is compared with like.

    `projects_checked` counts projects of the year with a check by the county's own unit dated up to the month and day
    of `as_of`.
    """
    day = pl.col("check_date")
    is_early = (day.dt.month() < as_of.month) | ((day.dt.month() == as_of.month) & (day.dt.day() <= as_of.day))
    checks = check.filter(is_early).select("project_id", "checker_unit_id", year=day.dt.year().cast(pl.Int32))
    of_year = project_years(project).select("project_id", "year", unit_id="county_unit_id")
    own = checks.join(of_year, on=["project_id", "year"]).filter(pl.col("checker_unit_id") == pl.col("unit_id"))
    checked = at_every_level(own.select("project_id", "unit_id", "year").unique(), units)
    years = of_year.select("year").unique().filter(pl.col("year") <= as_of.year)
    counted = checked.group_by("unit_id", "year").agg(projects_checked=pl.len().cast(pl.Int64))
    return (
        units.select("unit_id")
        .join(years, how="cross")
        .join(counted, on=["unit_id", "year"], how="left")
        .with_columns(pl.col("projects_checked").fill_null(0), pl.col("year").cast(pl.Int64))
        .sort("unit_id", "year")
        .collect()
    )


def _counties(unit: pl.LazyFrame, of_year: pl.LazyFrame) -> pl.LazyFrame:
    """Every county-level unit on file, and any other unit that a project names as its county."""
    on_file = unit.filter("is_county").select("province", "unit_id")
    return pl.concat([on_file, of_year.select("province", "unit_id")]).unique("unit_id")
