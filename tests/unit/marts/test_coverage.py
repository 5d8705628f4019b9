"""County spot-check coverage, through marts.county_spot_check."""

from datetime import date
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.marts.coverage import beyond_the_platform, county_spot_check, unknown_without
from models.rules_in_force import platform_checks_count

QUOTAS = dict.fromkeys(range(2010, 2025), Fraction(1, 5))
AFTER = date(2020, 6, 1)
UNITS = pl.LazyFrame(
    {"province": ["330000"] * 3, "unit_id": ["330106", "330108", "330100"], "is_county": [True, True, False]}
)
CHECK_COLUMNS = {"project_id": pl.String, "checker_unit_id": pl.String, "year": pl.Int32}


def projects(*rows: tuple[str, str, date | None, date | None, str]) -> pl.LazyFrame:
    return pl.LazyFrame(
        [(*row, "330000", 2019) for row in rows],
        schema={
            "project_id": pl.String,
            "county_unit_id": pl.String,
            "start_date": pl.Date,
            "end_date": pl.Date,
            "status": pl.String,
            "province": pl.String,
            "year": pl.Int64,
        },
        orient="row",
    )


def checks(*rows: tuple[str, str, int]) -> pl.LazyFrame:
    return pl.LazyFrame(rows, schema=CHECK_COLUMNS, orient="row")


def county(frame: pl.LazyFrame, unit: str, year: int) -> dict[str, object]:
    return frame.filter((pl.col("unit_id") == unit) & (pl.col("year") == year)).collect().row(0, named=True)


def several(count: int) -> pl.LazyFrame:
    return projects(*((f"P{n:02}", "330106", date(2019, 3, 1), date(2019, 3, 5), "已结束") for n in range(count)))


@pytest.mark.parametrize(
    ("count", "checked", "required", "verdict"),
    [(5, 1, 1, "met"), (6, 1, 2, "not_met"), (6, 2, 2, "met"), (10, 1, 2, "not_met"), (11, 2, 3, "not_met")],
)
def test_quota_is_rounded_up(count: int, checked: int, required: int, verdict: str) -> None:
    made = checks(*((f"P{n:02}", "330106", 2019) for n in range(checked)))
    row = county(county_spot_check(UNITS, several(count), made, quotas=QUOTAS, as_of=date(2020, 6, 1)), "330106", 2019)
    assert (row["projects"], row["projects_checked"], row["required"], row["verdict"]) == (
        count,
        checked,
        required,
        verdict,
    )
    assert row["gap"] == max(required - checked, 0)


def test_a_year_before_any_quota_asks_for_nothing_and_is_not_judged() -> None:
    later = {year: quota for year, quota in QUOTAS.items() if year > 2019}
    row = county(county_spot_check(UNITS, several(10), checks(), quotas=later, as_of=date(2020, 6, 1)), "330106", 2019)
    assert (row["projects"], row["required"], row["gap"], row["verdict"]) == (10, 0, 0, "not_applicable")


def test_without_any_check_on_file_nobody_can_tell_that_none_was_made() -> None:
    rows = county_spot_check(UNITS, several(10), checks(), quotas=QUOTAS, as_of=date(2020, 6, 1))
    row = county(unknown_without(checks(), rows), "330106", 2019)
    assert (row["projects"], row["required"], row["verdict"]) == (10, 2, "undetermined")
    assert [row[name] for name in ("projects_checked", "gap", "coverage_ratio")] == [None, None, None]
    other = checks(("P00", "330108", 2018))  # somebody checked something: none here is none
    row = county(unknown_without(other, rows), "330106", 2019)
    assert (row["projects_checked"], row["gap"], row["verdict"]) == (0, 2, "not_met")
    empty = county(unknown_without(checks(), rows), "330108", 2019)
    assert empty["verdict"] == "not_applicable"


def test_only_the_countys_own_unit_counts_and_a_project_counts_once() -> None:
    made = checks(("P00", "330106", 2019), ("P00", "330106", 2019), ("P01", "330100", 2019), ("P02", "330106", 2020))
    row = county(county_spot_check(UNITS, several(10), made, quotas=QUOTAS, as_of=date(2020, 6, 1)), "330106", 2019)
    assert row["projects_checked"] == 1
    assert row["projects_checked_any_level"] == 2


def test_a_project_over_new_year_counts_in_both_years_and_a_cancelled_one_in_none() -> None:
    over = projects(
        ("P1", "330106", date(2018, 12, 20), date(2019, 1, 10), "已结束"),
        ("P2", "330106", date(2019, 5, 1), date(2019, 5, 2), "取消"),
    )
    frame = county_spot_check(UNITS, over, checks(), quotas=QUOTAS, as_of=date(2020, 6, 1))
    assert county(frame, "330106", 2018)["projects"] == 1
    assert county(frame, "330106", 2019)["projects"] == 1


def test_a_county_without_projects_is_not_judged_but_has_its_row() -> None:
    row = county(county_spot_check(UNITS, several(3), checks(), quotas=QUOTAS, as_of=date(2020, 6, 1)), "330108", 2019)
    assert row["verdict"] == "not_applicable"
    assert row["coverage_ratio"] is None
    assert row["projects"] == 0


def test_a_year_not_over_is_in_progress_until_met() -> None:
    open_year = county_spot_check(UNITS, several(10), checks(), quotas=QUOTAS, as_of=date(2019, 12, 31))
    assert county(open_year, "330106", 2019)["verdict"] == "in_progress"
    made = checks(("P00", "330106", 2019), ("P01", "330106", 2019))
    met = county_spot_check(UNITS, several(10), made, quotas=QUOTAS, as_of=date(2019, 6, 1))
    assert county(met, "330106", 2019)["verdict"] == "met"


def test_a_project_without_dates_counts_in_the_platforms_year() -> None:
    undated = projects(("P1", "330106", None, None, "已结束"))
    frame = county_spot_check(UNITS, undated, checks(), quotas=QUOTAS, as_of=date(2020, 6, 1))
    assert county(frame, "330106", 2019)["projects"] == 1


@given(st.lists(st.integers(0, 14), max_size=30), st.integers(0, 14))
def test_one_more_check_never_lowers_coverage(checked: list[int], extra: int) -> None:
    base = several(15)

    def of(numbers: list[int]) -> dict[str, object]:
        made = checks(*((f"P{n:02}", "330106", 2019) for n in numbers))
        return county(county_spot_check(UNITS, base, made, quotas=QUOTAS, as_of=date(2020, 6, 1)), "330106", 2019)

    assert of([*checked, extra])["projects_checked"] >= of(checked)["projects_checked"]


@pytest.mark.parametrize(
    ("methods", "counts"),
    [
        (["平台数据"], False),
        (["平台数据", "平台数据"], False),
        (["平台数据", "查看台账"], True),
        (["随堂听课"], True),
        ([], True),
        (None, True),
    ],
)
def test_a_check_of_nothing_but_the_platform_can_be_left_out(methods, counts):
    made = pl.LazyFrame(
        {"project_id": ["P00"], "checker_unit_id": ["330106"], "year": [2019], "method_codes": [methods]},
        schema={**CHECK_COLUMNS, "method_codes": pl.List(pl.String)},
    )
    row = county(
        county_spot_check(UNITS, several(1), beyond_the_platform(made), quotas=QUOTAS, as_of=AFTER), "330106", 2019
    )
    assert row["projects_checked"] == int(counts)


def test_zhejiang_counts_checks_of_nothing_but_the_platform():
    assert platform_checks_count("330000")
