"""What a year comes to, counted once for pages and reports: worked examples small enough to check by hand."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from models.contracts import core_contracts, marts_contracts, staging_contracts
from models.marts import breakdowns, clause_counts, leaves, training, year_counts
from models.marts.suppression import HIDDEN, People

UNITS = pl.LazyFrame(
    {
        "province": ["330000"] * 4,
        "unit_id": ["330000", "330100", "330102", "330106"],
        "city_id": [None, "330100", "330100", "330100"],
        "is_county": [False, False, True, True],
    }
)

KEY = b"key of a test"


def rows(name: str, *rows: dict[str, object]) -> pl.LazyFrame:
    """Rows of a table of the contracts, what is not said left blank."""
    schema = {**staging_contracts(), **core_contracts()}[name].schema()
    return pl.LazyFrame([dict.fromkeys(schema, None) | {"province": "330000"} | row for row in rows], schema=schema)


def project(id_: str, county: str | None, **more: object) -> dict[str, object]:
    given = {"project_id": id_, "county_unit_id": county, "year": 2020, "institution_id": "I1", "status": "已结束"}
    return given | {"hours_planned": Decimal(24), "is_school_based": False} | more


PROJECTS = rows(
    "dim_project",
    project("P1", "330102"),
    project("P2", "330106", institution_id="I1", is_school_based=True),
    project("P3", None, institution_id="I2"),
    project("P4", "330102", status="取消"),
    project("P5", "330102", year=2022),
)


def by_unit(frame: pl.DataFrame, *columns: str) -> dict[str, tuple[object, ...]]:
    return {row["unit_id"]: tuple(row[name] for name in columns) for row in frame.iter_rows(named=True)}


def test_an_institution_counts_once_however_many_counties_it_works_in():
    none = rows("class")
    made = training.training(PROJECTS, none, UNITS, until=2021)
    assert by_unit(made, "institutions", "projects", "school_projects", "classes") == {
        "330102": (1, 1, 0, None),
        "330106": (1, 1, 1, None),
        "330100": (1, 2, 1, None),
        "330000": (2, 3, 1, None),
    }


def test_no_class_of_a_project_is_none_but_no_class_at_all_is_unknown():
    held = rows(
        "class", {"class_id": "C1", "project_id": "P1"}, {"class_id": "C2", "project_id": "P1", "status": "取消"}
    )
    made = training.training(PROJECTS, held, UNITS, until=2021)
    assert by_unit(made, "classes") == {"330102": (1,), "330106": (0,), "330100": (1,), "330000": (1,)}


def finding(clause: str, kind: str, unit: str | None, period: str, verdict: str) -> dict[str, object]:
    return {
        "province": "330000",
        "jurisdiction_code": "330000",
        "clause_id": clause,
        "subject_type": kind,
        "unit_id": unit,
        "period": period,
        "verdict": verdict,
        **dict.fromkeys(("operator", "threshold", "unit")),
    }


def found(findings: list[dict[str, object]]) -> pl.LazyFrame:
    return leaves.found({leaves.FINDINGS: pl.LazyFrame(findings)}, 2021).lazy()


def clause_years(findings: list[dict[str, object]]) -> pl.DataFrame:
    held = rows("class", {"class_id": "C1", "project_id": "P2"})
    sanctions = rows("sanction", {"sanction_id": "X1", "decision_date": date(2019, 5, 1)})
    made = year_counts.clause_years(found(findings), PROJECTS, held, sanctions, UNITS)
    return year_counts.CLOSED_PEOPLE.protected(made, KEY)


@pytest.mark.parametrize(
    ("period", "year"),
    [
        ("2020", "2020"),
        ("2020H1", "2020"),
        ("2020-07", "2020"),
        ("2020春", "2020"),
        ("P1", "2020"),
        ("C1", "2020"),
        ("X1", "2019"),
        ("2016-2020", "2016-2020"),
        ("P4", "各次"),
        ("无此项目", "各次"),
    ],
)
def test_a_finding_counts_in_the_year_of_what_it_is_about(period, year):
    made = clause_years([finding("A/1", "project", "330102", period, "met")])
    assert set(made["period"]) == {year}


def test_findings_add_up_the_tree_and_what_applies_to_nobody_is_left_out():
    made = clause_years(
        [
            finding("A/1", "project", "330102", "2020", "met"),
            finding("A/1", "project", "330106", "2020", "undetermined"),
            finding("A/1", "project", "330100", "2020", "not_met"),
            finding("A/1", "project", None, "2020", "not_met"),
            finding("A/1", "project", "330102", "2020", "not_applicable"),
        ]
    )
    assert by_unit(made, "met", "not_met", "undetermined") == {
        "330102": (1, 0, 0),
        "330106": (0, 0, 1),
        "330100": (1, 1, 1),
        "330000": (1, 2, 1),
    }


def test_few_people_are_told_in_the_coarse_or_not_at_all():
    made = clause_years(
        [
            *(finding("A/1", "teacher", "330102", "2020", "met") for _ in range(58)),
            *(finding("A/1", "teacher", "330102", "2020", "not_met") for _ in range(2)),
            *(finding("A/1", "teacher", "330106", "2020", "met") for _ in range(4)),
        ]
    )
    told = by_unit(made, "met", "not_met", "rounded_percent")
    assert told["330106"] == (None, None, None)
    assert told["330102"][:2] == (None, None)
    assert set(made.filter(unit_id="330106")["suppression"]) == {HIDDEN}


def test_a_year_tells_what_the_clause_page_tells():
    findings = [finding("A/1", "teacher", "330102", "2020", "met") for _ in range(140)]
    findings += [finding("A/1", "teacher", "330102", "2020", "not_met") for _ in range(60)]
    year = by_unit(clause_years(findings).filter(unit_id="330102"), "met", "not_met")["330102"]
    exact = clause_counts.clause_verdicts(found(findings), UNITS)
    page = People("unit_id", ("subjects",)).protected(exact, KEY).filter(unit_id="330102", verdict="met")
    assert year[0] == page["subjects"].item()
    assert abs(year[1] - 60) < 20


def test_checks_count_where_the_project_was_and_methods_each_once():
    checks = rows("fct_spot_check").collect_schema()
    both = {"method_codes": pl.List(pl.String()), "result": pl.String(), "finding_code": pl.String()}
    seen = [
        {
            "project_id": "P1",
            "year": 2020,
            "method_codes": ["听课", "座谈"],
            "result": "不合格",
            "finding_code": "考勤",
        },
        {"project_id": "P3", "year": 2020, "method_codes": None, "result": "某老师说", "finding_code": "无"},
        {"project_id": "P4", "year": 2020, "method_codes": ["听课"], "result": "合格", "finding_code": None},
    ]
    frame = pl.LazyFrame([dict.fromkeys((*checks, *both)) | row for row in seen], schema={**checks, **both})
    made = year_counts.supervision(
        frame,
        rows("class_observation", {"unit_id": "330106", "date": date(2020, 3, 1)}),
        rows("sanction", {"institution_id": "I1", "type": "约谈", "decision_date": date(2020, 9, 1)}),
        PROJECTS,
        rows("dim_institution", {"institution_id": "I1", "county_id": "330106"}),
        UNITS,
        until=2021,
    )
    province = made.filter(unit_id="330000").select("kind", "value", "events").rows()
    assert sorted(province) == [
        ("method", "听课", 1),
        ("method", "座谈", 1),
        ("problem", "考勤", 1),
        ("sanction", "约谈", 1),
        ("spot_check", "不合格", 1),
        ("spot_check", "其他", 1),
        ("visit", "随机", 1),
    ]
    assert made.filter(unit_id="330102")["kind"].to_list() == ["method", "method", "problem", "spot_check"]


def test_money_that_nobody_reported_is_unknown_and_a_share_is_of_those_who_said_both():
    finance = rows(
        "finance_year",
        {"org_id": "330102", "year": 2020, "training_budget": Decimal(30), "payroll_total": Decimal(1000)},
        {"org_id": "330106", "year": 2020, "training_budget": Decimal(50)},
        {"org_id": "某学校", "year": 2020, "training_budget": Decimal(999)},
    )
    made = year_counts.money(finance, UNITS, until=2021)
    told = by_unit(made, "reporting", "training_budget", "allocated_to_schools", "budget_of_paid", "payroll_of_paid")
    assert told["330000"] == (2, Decimal(80), None, Decimal(30), Decimal(1000))
    assert told["330106"] == (1, Decimal(50), None, None, None)


@pytest.mark.parametrize(("first_year", "bands"), [(2019, ["不到25%"]), (None, [])])
def test_nobody_stands_at_nought_where_no_record_counts_at_all(first_year, bands):
    running = {"teacher_id": "T1", "verdict": "in_progress", "cycle_start": date(2021, 1, 1)}
    amounts = {"cycle_end": date(2025, 12, 31), "credits": Decimal(0), "shortfall_credits": Decimal(50)}
    hours = {"hours": Decimal(0), "shortfall_hours": Decimal(360)}
    found = breakdowns.pace(
        _mart("teacher_cycle", running | amounts | hours),
        rows("dim_teacher", {"teacher_id": "T1", "county_id": "330102"}),
        UNITS,
        pl.LazyFrame({"first_year": [first_year]}, schema={"first_year": pl.Int32}),
    )
    assert found["band"].unique().to_list() == bands
    assert found.filter(pl.col("unit_id") == "330102")["teachers"].to_list() == [1] * len(bands)


def _mart(name, row):
    schema = marts_contracts()[name].schema()
    return pl.LazyFrame([dict.fromkeys(schema, None) | {"province": "330000"} | row], schema=schema)
