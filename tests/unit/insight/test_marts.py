"""What the ledgers, differences, alerts, causes and paces say of small hands of records."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings

from models.contracts import marts_contracts
from models.marts.alerts import AlertRules, record_alert
from models.marts.caps import LOSSES, cap_loss, cap_loss_record
from models.marts.differences import credit_difference, credit_difference_total
from models.marts.outlook import causes as causes_of
from models.marts.shortfalls import at_risk, at_risk_teacher, shortfall_cause
from tests.unit.insight.hands import AMOUNT, RECORDS, hainan, lines, people, projects, settled

DAYS = AlertRules(Decimal(8), ("集中", "跟班"), ("HI-2017",))
STAFF = people("T1", "T2", "T3")
NO_LOSS = pl.LazyFrame(schema={"record_id": pl.String, "credits_lost_project_cap": AMOUNT})


def totals(frame, *columns):
    return frame.select(pl.col(columns).sum()).row(0)


# ---- caps


@settings(max_examples=40, deadline=None)
@given(RECORDS)
def test_each_record_bears_its_share_of_what_the_caps_took(rows):
    found = lines(*rows)
    years, _ = settled(found, STAFF)
    ledger = cap_loss_record(found, years, STAFF, hainan()).collect()
    by_year = ledger.group_by("teacher_id", "year").agg(pl.col(LOSSES).sum()).sort("teacher_id", "year")
    asked = years.filter(pl.any_horizontal(pl.col(LOSSES) > 0)).select("teacher_id", "year", *LOSSES).collect()
    assert by_year.rows() == asked.sort("teacher_id", "year").rows()
    kept = ledger["credits"] + ledger[LOSSES[0]] + ledger[LOSSES[1]]
    assert kept.to_list() == ledger["base_credits"].to_list()
    assert ledger.filter(pl.col("credits") < 0).is_empty()


@settings(max_examples=25, deadline=None)
@given(RECORDS)
def test_teachers_schools_and_counties_lose_the_same_in_all(rows):
    years, _ = settled(lines(*rows), STAFF)
    ledger = cap_loss(years, STAFF).collect()
    due = totals(years.collect(), *LOSSES)
    for level in ("teacher", "school", "county"):
        assert totals(ledger.filter(pl.col("subject_type") == level), *LOSSES) == due


def test_the_later_record_of_a_project_loses():
    found = lines(
        {"record_id": "A", "project_id": "P", "base_credits": 8, "end_date": date(2018, 12, 28)},
        {"record_id": "B", "project_id": "P", "base_credits": 6, "end_date": date(2019, 1, 5), "credit_year": 2019},
    )
    years, _ = settled(found, STAFF)
    ledger = cap_loss_record(found, years, STAFF, hainan()).collect()
    assert ledger.select("record_id", "year", *LOSSES, "credits").rows() == [("B", 2019, 4, 0, 2)]


# ---- differences


@settings(max_examples=40, deadline=None)
@given(RECORDS)
def test_differences_of_counties_are_those_of_their_records(rows):
    found = lines(*rows)
    given_projects = projects({"project_id": "P1"}, {"project_id": "P2", "institution_id": "JG2"})
    each = credit_difference(found, NO_LOSS, given_projects, STAFF, Decimal("0.05")).collect()
    sums = credit_difference_total(found, NO_LOSS, given_projects, STAFF, Decimal("0.05")).collect()
    county = sums.filter(pl.col("subject_type") == "county")
    assert totals(county, "records")[0] == len(rows)
    assert totals(county, "records_differing")[0] == each.height
    for kind in ("hours", "credits"):
        net = totals(county, f"{kind}_over")[0] - totals(county, f"{kind}_under")[0]
        assert net == each[f"{kind}_difference"].sum()


@pytest.mark.parametrize(
    ("registered", "due", "direction"),
    [("1.05", "1", None), ("1.051", "1", "多登"), ("0.95", "1", None), ("0.9", "1", "少登")],
)
def test_credits_may_be_off_by_half_a_tenth(registered, due, direction):
    found = lines({"credits_registered": registered, "base_credits": due})
    rows = credit_difference(found, NO_LOSS, projects(), STAFF, Decimal("0.05")).collect()
    assert rows["direction"].to_list() == ([direction] if direction else [])


def test_what_the_project_cap_took_is_not_due():
    found = lines({"record_id": "A", "credits_registered": 12, "base_credits": 12})
    lost = pl.LazyFrame({"record_id": ["A"], "credits_lost_project_cap": [Decimal(2)]}).cast(
        {"credits_lost_project_cap": AMOUNT}
    )
    row = credit_difference(found, lost, projects(), STAFF, Decimal(0)).collect().row(0, named=True)
    assert (row["credits_due"], row["credits_difference"], row["direction"]) == (10, 2, "多登")


def test_withdrawn_records_are_not_compared():
    found = lines({"status": "ineligible", "reason_code": "not_registered", "counted_hours": 0, "base_credits": 0})
    assert credit_difference(found, NO_LOSS, projects(), STAFF, Decimal(0)).collect().is_empty()
    assert credit_difference_total(found, NO_LOSS, projects(), STAFF, Decimal(0)).collect().is_empty()


# ---- alerts


def alerts(found, *known, levels=None):
    levels = levels or {}
    records = found.select("record_id", level=pl.col("record_id").replace_strict(levels, default=pl.col("level")))
    made = record_alert(found, records, projects(*known), STAFF, DAYS).collect()
    return sorted(made.select("alert", "record_id").rows())


def half_day(record_id, day, project="P1", hours=4):
    return {"record_id": record_id, "project_id": project, "end_date": day, "hours_registered": hours}


COURSE = {"project_id": "P1", "topic": "阅读教学", "level": "县级"}


def test_half_days_of_one_topic_within_a_week_are_one_course():
    found = lines(half_day("A", date(2018, 5, 1)), half_day("B", date(2018, 5, 8), project="P2"))
    assert alerts(found, COURSE, COURSE | {"project_id": "P2"}) == [("split_session", "A"), ("split_session", "B")]


@pytest.mark.parametrize(
    "other",
    [
        half_day("B", date(2018, 5, 9)),  # the eighth day after
        half_day("B", date(2018, 5, 2), hours=8),  # a whole day
        half_day("B", date(2018, 5, 2), project="P2"),  # another topic
        half_day("B", date(2018, 5, 2)) | {"teacher_id": "T2"},
        half_day("B", date(2018, 5, 2)) | {"credit_system": "ZJ-2016"},  # no conversion by days
        half_day("B", date(2018, 5, 2)) | {"source_type": "网络"},
        half_day("B", date(2018, 5, 2)) | {"status": "ineligible", "counted_hours": 0},
    ],
)
def test_what_is_no_split_course(other):
    assert (
        alerts(
            lines(half_day("A", date(2018, 5, 1)), other), COURSE, COURSE | {"project_id": "P2", "topic": "班级管理"}
        )
        == []
    )


@pytest.mark.parametrize(("hours", "suspect"), [(16, False), ("16.5", True)])
def test_two_days_hold_sixteen_hours(hours, suspect):
    found = lines(
        {"record_id": "A", "start_date": date(2018, 5, 1), "end_date": date(2018, 5, 2), "hours_registered": hours}
    )
    assert alerts(found) == ([("over_day_hours", "A")] if suspect else [])


def test_two_trainings_on_one_day_are_too_much_together():
    found = lines(
        {"record_id": "A", "project_id": "P1", "hours_registered": 8},
        {"record_id": "B", "project_id": "P2", "hours_registered": 8},
    )
    known = (COURSE, COURSE | {"project_id": "P2"})
    assert alerts(found, *known) == [("over_day_hours", "A"), ("over_day_hours", "B")]


def test_one_project_registered_at_two_levels():
    found = lines(
        {"record_id": "A", "project_id": "P1", "end_date": date(2018, 5, 1)},
        {"record_id": "B", "project_id": "P1", "end_date": date(2018, 5, 2), "level": "校", "status": "quarantine"},
    )
    assert [one for one in alerts(found, COURSE) if one[0] == "double_registration"] == [
        ("double_registration", "A"),
        ("double_registration", "B"),
    ]


def test_one_project_in_two_parts_is_no_double():
    found = lines(
        {"record_id": "A", "project_id": "P1", "end_date": date(2018, 5, 1)},
        {"record_id": "B", "project_id": "P1", "end_date": date(2018, 9, 1)},
    )
    assert alerts(found, COURSE) == []


@pytest.mark.parametrize(
    ("project", "source", "level", "suspect"),
    [
        ({"level": "县级"}, "集中", "省", True),
        ({"level": "县级"}, "集中", "市", False),  # city and county are one level
        ({"level": "国家级", "dispatch_org_level": "县"}, "跟班", "县", False),  # the sending unit's level counts
        ({"level": "国家级", "dispatch_org_level": "县"}, "跟班", "国", True),
        ({"level": None}, "集中", "省", False),
    ],
)
def test_the_level_is_the_projects(project, source, level, suspect):
    found = lines({"record_id": "A", "project_id": "P1", "source_type": source, "level": level})
    made = alerts(found, COURSE | project, levels={"A": level})
    assert made == ([("wrong_level", "A")] if suspect else [])


# ---- causes and pace


def training(teacher, year, hours, worth, **more):
    day = date(year, 6, 1)
    return {
        "teacher_id": teacher,
        "credit_year": year,
        "end_date": day,
        "hours_registered": hours,
        "credits_registered": worth,
        "is_project_capped": False,
    } | more


def test_causes_tell_who_lacks_what():
    rows = [
        training("T1", 2018, 400, 40, source_type="网络"),  # short of credits
        training("T2", 2018, 100, 60),  # short of hours
        training("T3", 2018, 400, 60),  # reaches both
    ]
    found = lines(*rows)
    staff = people("T1", "T2", "T3", "T4")  # T4 has nothing
    years, cycles = settled(found, staff)
    causes = shortfall_cause(cycles, years, found, staff).collect()
    row = causes.filter(pl.col("subject_type") == "county").row(0, named=True)
    assert (row["teachers"], row["not_met"]) == (4, 3)
    assert (row["short_of_credits"], row["short_of_hours"], row["short_of_both"]) == (1, 1, 1)
    assert (row["without_concentrated"], row["without_online"], row["without_school_based"]) == (2, 2, 3)
    assert row["missing_credits"] == 60  # 10 and 50
    assert row["missing_hours"] == 620  # 260 and 360


@settings(max_examples=25, deadline=None)
@given(RECORDS)
def test_every_teacher_who_missed_has_one_cause(rows):
    found = lines(*rows)
    years, cycles = settled(found, STAFF)
    causes = shortfall_cause(cycles, years, found, STAFF).collect()
    for level in ("county", "school", "stage"):
        of_level = causes.filter(pl.col("subject_type") == level)
        parts = sum(totals(of_level, "short_of_credits", "short_of_hours", "short_of_both"))
        missed = cycles.filter(pl.col("verdict") == "not_met").collect().height
        assert parts == totals(of_level, "not_met")[0] == missed


def test_a_cause_that_no_rule_knows_is_not_a_cause_that_nobody_has():
    rows = [{"teacher_id": "T1", "hours": 10}]
    years, cycles = settled(lines(*rows), STAFF)
    causes = shortfall_cause(cycles, years, lines(*rows), STAFF).collect()
    assert causes["short_of_school_based"].is_null().all()  # Hainan asks for no hours at school
    assert causes["short_of_hours"].is_not_null().all()
    units = pl.LazyFrame({"province": ["460000"], "unit_id": ["460105"], "city_id": ["460100"], "is_county": [True]})
    named = set(causes_of(causes.lazy(), units)["cause"])
    assert "short_of_school_based" not in named


def test_credits_cut_by_a_cap_may_be_the_cause():
    rows = [training("T1", 2018, 400, 52, project_id="P", is_project_capped=True), training("T1", 2019, 0, 38)]
    found = lines(*rows)
    years, cycles = settled(found, people("T1"))
    causes = shortfall_cause(cycles, years, found, people("T1")).collect()
    assert causes.filter(pl.col("subject_type") == "school")["short_by_caps"].to_list() == [1]


def open_cycle(**same):
    usual = {
        "province": "460000",
        "teacher_id": "T1",
        "cycle_id": "HI-2021-2025",
        "period": "2021-2025",
        "credit_system": "HI-2017",
        "cycle_start": date(2021, 1, 1),
        "cycle_end": date(2025, 12, 31),
        "credits": Decimal(20),
        "hours": Decimal(144),
        "shortfall_credits": Decimal(30),
        "shortfall_hours": Decimal(216),
        "assessed_years": 5,
        "verdict": "in_progress",
    }
    exact = dict.fromkeys(("credits", "hours", "shortfall_credits", "shortfall_hours"), AMOUNT)
    return pl.LazyFrame([usual | same]).cast(exact)


AFTER_TWO_OF_FIVE_YEARS = date(2022, 12, 31)
"""730 of 1826 days have passed: 1096 are left."""


@pytest.mark.parametrize(
    ("earned", "missing", "risk"),
    [("20", "30", []), ("19.99", "30.01", []), ("19.9", "30.1", ["学分"])],
)
def test_at_risk_when_the_pace_needed_is_above_the_pace_so_far(earned, missing, risk):
    cycles = open_cycle(credits=Decimal(earned), shortfall_credits=Decimal(missing))
    assert at_risk_teacher(cycles, STAFF, AFTER_TWO_OF_FIVE_YEARS).collect()["risk"].to_list() == risk


def test_paces_are_told_by_the_year():
    cycles = open_cycle(credits=Decimal(10), shortfall_credits=Decimal(40))
    row = at_risk_teacher(cycles, STAFF, AFTER_TWO_OF_FIVE_YEARS).collect().row(0, named=True)
    assert (row["pace_credits"], row["needed_credits"]) == (Decimal("5.000"), Decimal("13.321"))
    county = at_risk(cycles, STAFF, AFTER_TWO_OF_FIVE_YEARS).collect().row(0, named=True)
    assert (county["teachers"], county["at_risk"], county["needed_credits"]) == (1, 1, Decimal("13.321"))


@pytest.mark.parametrize(
    "other",
    [
        {"verdict": "met", "shortfall_credits": Decimal(0), "shortfall_hours": Decimal(0)},
        {"assessed_years": 3, "credits": Decimal(0)},  # came too late to be judged at the cycle's end
        {"cycle_end": date(2022, 12, 30), "credits": Decimal(0)},  # over
    ],
)
def test_who_is_not_at_risk(other):
    assert at_risk_teacher(open_cycle(**other), STAFF, AFTER_TWO_OF_FIVE_YEARS).collect().is_empty()


def test_unknown_credits_are_no_risk_of_credits():
    cycles = open_cycle(credits=Decimal(0), shortfall_credits=None)
    assert at_risk_teacher(cycles, STAFF, AFTER_TWO_OF_FIVE_YEARS).collect().is_empty()


def test_tables_have_the_columns_of_their_contracts():
    found = lines(training("T1", 2018, 40, 12, project_id="P1"))
    years, cycles = settled(found, STAFF)
    losses = cap_loss_record(found, years, STAFF, hainan())
    known = projects(COURSE)
    made = {
        "cap_loss_record": losses,
        "cap_loss": cap_loss(years, STAFF),
        "credit_difference": credit_difference(found, losses, known, STAFF, Decimal(0)),
        "credit_difference_total": credit_difference_total(found, losses, known, STAFF, Decimal(0)),
        "record_alert": record_alert(found, found, known, STAFF, DAYS),
        "shortfall_cause": shortfall_cause(cycles, years, found, STAFF),
        "at_risk_teacher": at_risk_teacher(cycles, STAFF, date(2022, 6, 30)),
        "at_risk": at_risk(cycles, STAFF, date(2022, 6, 30)),
    }
    for name, frame in made.items():
        assert set(frame.collect_schema()) == set(marts_contracts()[name].schema())
