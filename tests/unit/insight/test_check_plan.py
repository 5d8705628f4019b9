"""Spot-check lists: the quota is filled, the seed decides, every level and institution has its turn."""

import random
from collections import Counter
from datetime import date
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.marts.check_plan import READS, Candidate, Scope, candidates, plan
from models.marts.coverage import county_spot_check

QUOTA = Fraction(1, 5)
PROJECTS = st.lists(
    st.builds(
        Candidate,
        project_id=st.integers(0, 10**6).map(lambda number: f"P{number}"),
        county_id=st.sampled_from(["330102", "330106"]),
        institution_id=st.sampled_from(["JG1", "JG2", "JG3"]),
        level=st.sampled_from(["省级", "县级", "校级"]),
        is_checked=st.booleans(),
        is_suspected=st.booleans(),
        years_unchecked=st.integers(0, 9),
    ),
    unique_by=lambda one: one.project_id,
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(PROJECTS, st.integers(0, 99))
def test_checked_and_drawn_together_reach_every_countys_quota(projects, seed):
    for county in plan(projects, quota=QUOTA, seed=seed, year=2021):
        assert county.required == -(-county.projects // 5)
        assert len(county.picks) == max(county.required - county.checked, 0)
        drawn = [pick.candidate for pick in county.picks]
        assert len(set(drawn)) == len(drawn)
        assert not any(one.is_checked or one.county_id != county.county_id for one in drawn)


@settings(max_examples=30, deadline=None)
@given(PROJECTS, st.integers(0, 99), st.randoms())
def test_the_list_depends_on_the_seed_and_not_on_the_order(projects, seed, shuffler):
    mixed = list(projects)
    shuffler.shuffle(mixed)
    assert plan(mixed, quota=QUOTA, seed=seed, year=2021) == plan(projects, quota=QUOTA, seed=seed, year=2021)


def hundred(**same):
    return [Candidate(f"P{number:03}", "330106", f"JG{number % 10}", "县级", **same) for number in range(100)]


def test_another_seed_or_year_gives_another_list():
    lists = [plan(hundred(), quota=QUOTA, seed=seed, year=year) for seed, year in ((1, 2021), (2, 2021), (1, 2022))]
    drawn = [{pick.candidate.project_id for pick in counties[0].picks} for counties in lists]
    assert drawn[0] != drawn[1]
    assert drawn[0] != drawn[2]


def test_levels_get_their_share_and_institutions_take_turns():
    levels = ["省级"] * 10 + ["县级"] * 30 + ["校级"] * 60
    projects = [Candidate(f"P{number:03}", "330106", f"JG{number % 5}", level) for number, level in enumerate(levels)]
    (county,) = plan(projects, quota=QUOTA, seed=3, year=2021)
    drawn = [pick.candidate for pick in county.picks]
    assert Counter(one.level for one in drawn) == {"省级": 2, "县级": 6, "校级": 12}
    for level in ("省级", "县级", "校级"):
        turns = Counter(one.institution_id for one in drawn if one.level == level)
        everyone = [turns[f"JG{number}"] for number in range(5)]
        assert max(everyone) - min(everyone) <= 1


def test_what_was_checked_counts_towards_its_level():
    checked = [Candidate(f"A{number}", "330106", "JG1", "校级", is_checked=True) for number in range(10)]
    waiting = [Candidate(f"B{number}", "330106", "JG1", "县级") for number in range(50)]
    (county,) = plan([*checked, *waiting], quota=QUOTA, seed=3, year=2021)
    assert {pick.candidate.level for pick in county.picks} == {"县级"}


def test_the_riskier_are_drawn_more_often():
    projects = [Candidate("risky", "330106", "JG1", "县级", is_suspected=True, has_complaint=True)]  # weight 6
    projects += [Candidate(f"P{number}", "330106", "JG1", "县级") for number in range(4)]
    first = Counter(
        plan(projects, quota=QUOTA, seed=seed, year=2021)[0].picks[0].candidate.project_id for seed in range(400)
    )
    assert 200 < first["risky"] < 280  # 6 of 10 in the long run: 240


def test_weights_say_what_they_are_made_of():
    one = Candidate("P1", "330106", "JG1", "县级", satisfaction=Fraction(79, 100), years_unchecked=8)
    (county,) = plan([one], quota=QUOTA, seed=1, year=2021)
    assert (county.picks[0].weight, county.picks[0].reasons) == (8, ("满意率低+2", "8年未查+5"))
    at_limit = Candidate("P1", "330106", "JG1", "县级", satisfaction=Fraction(8, 10))
    assert plan([at_limit], quota=QUOTA, seed=1, year=2021)[0].picks[0].weight == 1


# ---- candidates


SCHEMAS = {
    "core.dim_project": {"start_date": pl.Date, "end_date": pl.Date, "year": pl.Int64},
    "core.fct_spot_check": {"year": pl.Int64},
    "marts.institution_satisfaction": {"year": pl.Int64, "responses_valid": pl.Int64, "satisfied": pl.Int64},
    "audit.findings": {"is_trigger": pl.Boolean},
    "staging.complaint": {},
    "staging.project_adjustment": {"is_major": pl.Boolean},
}


def night(**rows):
    named = {name.replace(".", "_"): name for name in READS}
    tables = {named[key]: values for key, values in rows.items()}
    return {
        name: pl.LazyFrame(
            tables.get(name, []), schema={column: SCHEMAS[name].get(column, pl.String) for column in columns}
        )
        for name, columns in READS.items()
    }


def project(project_id="P1", year=2021, **unusual):
    usual = {
        "project_id": project_id,
        "institution_id": "JG1",
        "county_unit_id": "330106",
        "level": "县级",
        "status": "已结束",
        "start_date": date(year, 3, 1),
        "end_date": date(year, 3, 5),
        "year": year,
    }
    return usual | unusual


HERE = Scope(2021, frozenset(["330106"]))


def only(**rows):
    (found,) = candidates(night(**rows), HERE)
    return found


@pytest.mark.parametrize("unusual", [{"status": "取消"}, {"county_unit_id": "330102"}, {"year": 2020}])
def test_projects_of_other_years_places_or_cancelled_are_no_candidates(unusual):
    assert candidates(night(core_dim_project=[project(**unusual)]), HERE) == []


def test_a_check_counts_in_its_year_and_by_the_countys_own_unit():
    def checked(**unusual):
        check = {"project_id": "P1", "checker_unit_id": "330106", "year": 2021} | unusual
        return only(core_dim_project=[project()], core_fct_spot_check=[check]).is_checked

    assert checked()
    assert not checked(year=2020)
    assert not checked(checker_unit_id="330100")


def test_signs_of_risk_are_found():
    found = only(
        core_dim_project=[project(), project("P0", 2017), project("P9", 2020, institution_id="JG2")],
        core_fct_spot_check=[{"project_id": "P0", "checker_unit_id": "330106", "year": 2017}],
        marts_institution_satisfaction=[
            {"institution_id": "JG1", "year": 2019, "responses_valid": 10, "satisfied": 9},
            {"institution_id": "JG1", "year": 2020, "responses_valid": 10, "satisfied": 6},
            {"institution_id": "JG1", "year": 2021, "responses_valid": 10, "satisfied": 1},
        ],
        audit_findings=[
            {
                "subject_type": "institution",
                "subject_id": "JG1",
                "period": "2020",
                "verdict": "not_met",
                "is_trigger": True,
            }
        ],
        staging_complaint=[{"institution_id": "JG1", "project_id": "P1", "verified": "属实"}],
        staging_project_adjustment=[{"project_id": "P1", "is_major": True}],
    )
    assert found.satisfaction == Fraction(6, 10)
    assert (found.is_suspected, found.has_complaint, found.has_changed_plan) == (True, True, True)
    assert found.years_unchecked == 3  # 2018, 2019, 2020


def test_what_is_no_sign_of_risk():
    found = only(
        core_dim_project=[project()],
        audit_findings=[
            {
                "subject_type": "institution",
                "subject_id": "JG1",
                "period": "2021",
                "verdict": "not_met",
                "is_trigger": True,
            },
            {
                "subject_type": "institution",
                "subject_id": "JG1",
                "period": "2020",
                "verdict": "met",
                "is_trigger": True,
            },
            {
                "subject_type": "institution",
                "subject_id": "JG1",
                "period": "2020",
                "verdict": "not_met",
                "is_trigger": False,
            },
        ],
        staging_complaint=[
            {"institution_id": "JG1", "project_id": "P1", "verified": "不属实"},
            {"institution_id": "JG1", "project_id": "P2", "verified": "属实"},
        ],
        staging_project_adjustment=[{"project_id": "P1", "is_major": False}],
    )
    assert found == Candidate("P1", "330106", "JG1", "县级")


def test_quota_and_checks_are_those_of_the_coverage_mart():
    rng = random.Random(5)  # noqa: S311 - made-up projects, no secret
    projects = [
        project(f"P{number}", rng.choice([2020, 2021]), level=rng.choice(["县级", "校级"])) for number in range(43)
    ]
    checks = [
        {"project_id": one["project_id"], "checker_unit_id": "330106", "year": 2021} for one in rng.sample(projects, 6)
    ]
    tables = night(core_dim_project=projects, core_fct_spot_check=checks)
    (county,) = plan(candidates(tables, HERE), quota=QUOTA, seed=1, year=2021)
    unit = pl.LazyFrame({"province": ["330000"], "unit_id": ["330106"], "is_county": [True]})
    in_province = tables["core.dim_project"].with_columns(province=pl.lit("330000"))
    mart = county_spot_check(
        unit,
        in_province,
        tables["core.fct_spot_check"],
        quotas=dict.fromkeys((2020, 2021), QUOTA),
        as_of=date(2021, 6, 1),
    )
    row = mart.filter(pl.col("year") == 2021).collect().row(0, named=True)
    assert (county.projects, county.required, county.checked) == (
        row["projects"],
        row["required"],
        row["projects_checked"],
    )
    assert len(county.picks) == row["gap"]
