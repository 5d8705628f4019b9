import json
from datetime import date

import polars as pl

from models.findings import CLAUSE, FINDING

COUNTY = {"unit_id": "330106", "is_county": True, "level": "县", "city_id": "330100", "county_id": "330106"}
TEACHER = {
    "teacher_id": "T1",
    "county_id": "460105",
    "city_id": "460100",
    "post_type": "专任教师",
    "status": "在职",
    "is_in_scope": True,
}
YEAR = {
    "teacher_id": "T1",
    "year": 2019,
    "credit_system": "HI-2017",
    "credits": 12,
    "hours": 80,
    "is_assessed": True,
    "unknown_credit_records": 0,
}
AS_OF = date(2021, 6, 30)


def hainan(judge, *, year=(), cycle=(), teacher=(TEACHER,)):
    tables = {
        "core.dim_teacher": teacher,
        "marts.teacher_year": year,
        "marts.teacher_cycle": cycle,
        "core.dim_unit": [],
    }
    return judge(tables, province="460000", as_of=AS_OF)


def only(evaluation, clause_id):
    rows = evaluation.by_clause[clause_id].collect().rows(named=True)
    assert len(rows) == 1
    return rows[0]


def verdicts(evaluation, clause_id):
    return evaluation.by_clause[clause_id].collect()["verdict"].to_list()


def test_rows_have_the_shape_of_the_contract(judge):
    evaluation = hainan(judge, year=[YEAR])
    assert evaluation.findings.collect_schema() == pl.Schema(FINDING)
    assert evaluation.clauses.schema == pl.Schema(CLAUSE)
    assert only(evaluation, "HI-2017/09.1")["subject_id"] == "T1"


def test_exactly_at_the_limit_is_met_and_a_tenth_below_is_not(judge):
    at = hainan(judge, year=[YEAR | {"credits": 10}])
    below = hainan(judge, year=[YEAR | {"credits": 9.9}])
    assert verdicts(at, "HI-2017/09.1") == ["met"]
    assert verdicts(below, "HI-2017/09.1") == ["not_met"]
    assert str(only(below, "HI-2017/09.1")["value"]) == "9.900000"


def test_both_conditions_make_the_composite(judge):
    one_short = hainan(judge, year=[YEAR | {"hours": 71}])
    assert verdicts(one_short, "HI-2017/09.A") == ["not_met"]
    assert verdicts(hainan(judge, year=[YEAR]), "HI-2017/09.A") == ["met"]
    detail = json.loads(only(one_short, "HI-2017/09.A")["detail"])
    assert {part: found["verdict"] for part, found in detail["inputs"].items()} == {
        "HI-2017/09.1": "met",
        "HI-2017/09.3": "not_met",
    }


def test_first_year_is_not_judged_and_unknown_hire_date_stays_open(judge):
    assert verdicts(hainan(judge, year=[YEAR | {"is_assessed": False}]), "HI-2017/09.1") == ["not_applicable"]
    assert verdicts(hainan(judge, year=[YEAR | {"is_assessed": None}]), "HI-2017/09.1") == ["undetermined"]


def test_lower_bound_can_prove_but_not_refute(judge):
    enough = hainan(judge, year=[YEAR | {"unknown_credit_records": 1}])
    short = hainan(judge, year=[YEAR | {"credits": 3, "unknown_credit_records": 1}])
    assert verdicts(enough, "HI-2017/09.1") == ["met"]
    assert verdicts(short, "HI-2017/09.1") == ["undetermined"]
    assert verdicts(short, "HI-2017/09.3") == ["met"]


def test_open_year_is_in_progress_until_met(judge):
    assert verdicts(hainan(judge, year=[YEAR | {"year": 2021, "credits": 9}]), "HI-2017/09.1") == ["in_progress"]
    assert verdicts(hainan(judge, year=[YEAR | {"year": 2021, "credits": 10}]), "HI-2017/09.1") == ["met"]


CYCLE = {
    "teacher_id": "T1",
    "cycle_id": "HI-2016-2020",
    "period": "2016-2020",
    "cycle_start": date(2016, 1, 1),
    "cycle_end": date(2020, 12, 31),
    "credit_system": "HI-2017",
    "credits": 50,
    "hours": 360,
    "assessed_years": 5,
    "unknown_credit_records": 0,
}


def test_partial_cycle_counts_only_when_reached(judge):
    assert verdicts(hainan(judge, cycle=[CYCLE | {"assessed_years": 3}]), "HI-2017/09.4") == ["met"]
    short = hainan(judge, cycle=[CYCLE | {"assessed_years": 3, "credits": 49}])
    assert verdicts(short, "HI-2017/09.4") == ["not_applicable"]
    assert verdicts(hainan(judge, cycle=[CYCLE | {"credits": 49}]), "HI-2017/09.4") == ["not_met"]


def test_a_year_before_the_law_is_not_judged(judge):
    assert verdicts(hainan(judge, year=[YEAR | {"year": 2015}]), "HI-2017/09.1") == []


def coverage(judge, projects, checked, year=2019):
    row = {"unit_id": "330106", "year": year, "projects": projects, "projects_checked": checked}
    row |= {"projects_checked_any_level": checked}
    tables = {"core.dim_unit": [COUNTY], "marts.county_spot_check": [row]}
    return judge(tables, province="330000", as_of=AS_OF)


def test_one_fifth_is_enough_and_no_projects_are_not_judged(judge):
    assert verdicts(coverage(judge, 10, 2), "ZJ-2014-04/23.1") == ["met"]
    assert verdicts(coverage(judge, 11, 2), "ZJ-2014-04/23.1") == ["not_met"]
    assert verdicts(coverage(judge, 0, 0), "ZJ-2014-04/23.1") == ["not_applicable"]
    assert verdicts(coverage(judge, 11, 2, year=2021), "ZJ-2014-04/23.1") == ["in_progress"]
    assert only(coverage(judge, 3, 1), "ZJ-2014-04/23.1")["value"] == pl.Series([1 / 3]).cast(pl.Decimal(38, 6))[0]


def satisfaction(judge, satisfied, valid):
    row = {"institution_id": "I1", "year": 2019, "responses": valid, "responses_valid": valid, "satisfied": satisfied}
    tables = {
        "core.dim_unit": [COUNTY],
        "core.dim_institution": [{"institution_id": "I1", "county_id": "330106"}],
        "core.dim_project": [],
        "marts.institution_satisfaction": [row | {"satisfied_with_basic": satisfied}],
        "marts.project_satisfaction": [],
    }
    return judge(tables, province="330000", as_of=AS_OF)


def test_trigger_is_suspected_below_its_limit_only(judge):
    assert verdicts(satisfaction(judge, 699, 1000), "ZJ-2014-04/27.6") == ["not_met"]
    assert verdicts(satisfaction(judge, 700, 1000), "ZJ-2014-04/27.6") == ["met"]
    assert verdicts(satisfaction(judge, 5, 9), "ZJ-2014-04/27.6") == ["undetermined"]


def test_a_city_judges_only_its_own_teachers(judge):
    inside = {"teacher_id": "T1", "county_id": "330302", "status": "在职", "is_in_scope": True}
    outside = inside | {"teacher_id": "T2", "county_id": "330106"}
    years = [YEAR | {"teacher_id": person, "credit_system": "WZ-2012", "hours": 48} for person in ("T1", "T2")]
    wenzhou = {"unit_id": "330302", "is_county": True, "city_id": "330300"}
    tables = {
        "core.dim_unit": [COUNTY, wenzhou],
        "core.dim_teacher": [inside, outside],
        "marts.teacher_year": years,
    }
    found = judge(tables, province="330000", as_of=AS_OF).by_clause["WZ-2012-33/04.5"].collect()
    assert found.select("subject_id", "verdict", "strength").rows() == [("T1", "met", "default")]


def test_without_its_table_a_clause_says_what_is_lacking(judge):
    account = judge({"core.dim_unit": [COUNTY]}, province="330000", as_of=AS_OF).clauses
    row = account.row(by_predicate=pl.col("clause_id") == "ZJ-2014-04/23.2", named=True)
    assert row["status"] == "data_missing"
    assert "class_observation" in row["reason"]


def test_ids_are_stable_and_unique(judge):
    years = [YEAR | {"year": year} for year in (2018, 2019)]
    first = hainan(judge, year=years).findings.collect()["finding_id"]
    again = hainan(judge, year=years[::-1]).findings.collect()["finding_id"]
    assert first.to_list() == again.to_list()
    assert first.is_unique().all()


def test_a_school_and_an_institution_of_one_code_have_findings_of_their_own(judge):
    school = {"school_id": "X1", "school_type": "高中", "county_id": "460105", "city_id": "460100"}
    institution = {"institution_id": "X1", "institution_type": "进修院校", "county_id": "460105", "unit_id": "460105"}
    tables = {
        "core.dim_unit": [COUNTY | {"unit_id": "460105", "city_id": "460100", "county_id": "460105"}],
        "core.dim_school": [school],
        "core.dim_institution": [institution],
        "core.dim_project": [{"project_id": "P1", "start_date": date(2019, 5, 1), "end_date": date(2019, 5, 3)}],
        "staging.monitoring_doc": [{"unit_id": "X1", "year": 2019, "doc_type": "年度总结"}],
    }
    found = judge(tables, province="460000", as_of=AS_OF).by_clause["HI-2017/08.2"].collect()
    assert sorted(found.select("subject_type", "subject_id", "period").rows()) == [
        ("institution", "X1", "2019"),
        ("school", "X1", "2019"),
    ]
    assert found["finding_id"].is_unique().all()
