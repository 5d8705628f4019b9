"""Thousands of random teachers, settled by the frames and by the plain-Python oracle, and laws that always hold.

Each example settles a few hundred teachers in one frame. The randomness of an example comes from one seed, which
hypothesis prints when an example fails.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.core.credit_lines import credit_lines
from models.core.evidence import evidence
from models.law import load_policies
from models.law.credit_systems import credit_rules
from models.marts.credits import teacher_cycle, teacher_year, years_with_evidence
from models.vocabulary import COUNTED
from tests.unit.credits import oracle

AMOUNT = pl.Decimal(38, 3)
AS_OF = date(2022, 6, 30)
YEARS = range(2016, 2023)
SYSTEMS = {"460000": ["HI-2017"], "330000": ["ZJ-2016", "WZ-2012"], "500000": ["CQ-2013"]}
SOURCES = ["集中", "跟班", "网络", "混合", "校本", "主讲", "师徒", "考试", "学历", "教研活动", "补录"]
CATEGORIES = [None, None, "校本", "集中", "新任教师", "任职资格", "骨干"]
LEVELS = ["国", "省", "市", "县", "校"]
STATUSES = ["已登记", "市县已审", "省已认定", "已登记", "已登记", "退回"]

RECORD = {
    "record_id": pl.String,
    "teacher_id": pl.String,
    "project_id": pl.String,
    "source_type": pl.String,
    "category": pl.String,
    "level": pl.String,
    "hours": AMOUNT,
    "credits": AMOUNT,
    "hours_online": AMOUNT,
    "start_date": pl.Date,
    "end_date": pl.Date,
    "certificate_date": pl.Date,
    "completion": pl.String,
    "credit_year": pl.Int64,
    "makeup_for_year": pl.Int64,
    "status": pl.String,
}
PROJECT = {
    "project_id": pl.String,
    "level": pl.String,
    "dispatch_org_level": pl.String,
    "split_year_registration": pl.Boolean,
}
TEACHER = {
    "teacher_id": pl.String,
    "credit_system": pl.String,
    "status": pl.String,
    "is_in_scope": pl.Boolean,
    "hire_date": pl.Date,
    "transfer_date": pl.Date,
}
seeds = st.integers(min_value=0, max_value=2**32 - 1)
a_few = settings(max_examples=8, deadline=None)


def _day(random: Random, first: int = 2015, last: int = 2022) -> date:
    return date(first, 1, 1) + timedelta(days=random.randrange((last - first + 1) * 365))


def _maybe(random: Random, chance: float, value: Any) -> Any:
    return value if random.random() < chance else None


def _project(random: Random, number: int) -> dict[str, Any]:
    return {
        "project_id": f"P{number}",
        "level": random.choice(["国家级", "省级", "地市级", "县级", "校级", None]),
        "dispatch_org_level": random.choice([None, "国", "省", "市县", "校"]),
        "split_year_registration": random.choice([None, True, False]),
    }


def _teacher(random: Random, number: int, systems: list[str]) -> dict[str, Any]:
    return {
        "teacher_id": f"T{number}",
        "credit_system": random.choice(systems),
        "status": random.choice(["在职"] * 6 + ["退休"]),
        "is_in_scope": random.random() > 0.1,
        "hire_date": _maybe(random, 0.85, _day(random, random.choice([2005, 2014]), random.choice([2015, 2021]))),
        "transfer_date": _maybe(random, 0.1, _day(random)),
    }


def _record(random: Random, number: int, teacher_id: str, *, generous: bool) -> dict[str, Any]:
    end = _day(random)
    hours = Decimal(random.randrange(0, 480 if generous else 160)) / random.choice([1, 2, 4])
    return {
        "record_id": f"R{number:06d}",
        "teacher_id": teacher_id,
        "project_id": _maybe(random, 0.75, f"P{random.randrange(12)}"),
        "source_type": random.choice(SOURCES),
        "category": random.choice(CATEGORIES),
        "level": random.choice(LEVELS),
        "hours": hours,
        "credits": _maybe(random, 0.8, Decimal(random.randrange(0, 3000)) / 100),
        "hours_online": _maybe(random, 0.5, Decimal(random.randrange(0, 100)) / 2),
        "start_date": _maybe(random, 0.9, end - timedelta(days=random.choice([1, 20, 58, 59, 60, 61, 62, 63, 90]))),
        "end_date": end,
        "certificate_date": _maybe(random, 0.5, end + timedelta(days=random.randrange(60))),
        "completion": random.choice(["合格"] * 8 + ["不合格"]),
        "credit_year": _maybe(random, 0.6, end.year + random.choice([0, 0, -1])),
        "makeup_for_year": _maybe(random, 0.08, random.randrange(2016, 2021)),
        "status": random.choice(STATUSES),
    }


def _world(seed: int, province: str, people: int) -> tuple[list[dict], list[dict], list[dict]]:
    """Teachers, projects and records; some records name nobody we know."""
    random = Random(seed)  # noqa: S311
    teachers = [_teacher(random, number, SYSTEMS[province]) for number in range(people)]
    projects = [_project(random, number) for number in range(10)]
    records = []
    for number in range(people + 5):
        count = random.choice([0, 1, 3, 8, 15])
        generous = random.random() < 0.5
        records += [_record(random, len(records) + turn, f"T{number}", generous=generous) for turn in range(count)]
    return teachers, projects, records


def _settle(province: str, teachers: list[dict], projects: list[dict], records: list[dict]) -> tuple[pl.DataFrame, ...]:
    rules = credit_rules(province, load_policies())
    people = pl.LazyFrame(teachers, schema=TEACHER)
    lines = credit_lines(
        pl.LazyFrame(records, schema=RECORD), pl.LazyFrame(projects, schema=PROJECT), people, rules
    ).collect(engine="streaming")
    years = teacher_year(lines.lazy(), people, YEARS, AS_OF, rules).collect(engine="streaming")
    cycles = teacher_cycle(years.lazy(), lines.lazy(), people, YEARS, AS_OF, rules).collect(engine="streaming")
    return lines, years, cycles


def _exact(value: Decimal | None) -> Fraction | None:
    return None if value is None else Fraction(value)


def _by(rows: Iterable[dict[str, Any]], *key: str) -> dict[Any, dict[str, Any]]:
    return {tuple(row[name] for name in key): row for row in rows}


@pytest.mark.parametrize("province", ["460000", "330000", "500000"])
@given(seed=seeds)
@a_few
def test_frames_and_oracle_agree(province: str, seed: int) -> None:
    teachers, projects, records = _world(seed, province, people=200)
    lines, years, cycles = _settle(province, teachers, projects, records)
    line_of = _by(lines.to_dicts(), "record_id")
    year_of = _by(years.to_dicts(), "teacher_id", "year")
    cycle_of = _by(cycles.to_dicts(), "teacher_id", "period")
    assert len(line_of) == len(records)
    known = {teacher["teacher_id"]: teacher for teacher in teachers}
    catalogue = {project["project_id"]: project for project in projects}
    for teacher_id in {*known, *(record["teacher_id"] for record in records)}:
        teacher = known.get(teacher_id)
        system = teacher["credit_system"] if teacher else SYSTEMS[province][0]
        own = [record for record in records if record["teacher_id"] == teacher_id]
        answer = oracle.settle(system, teacher, own, catalogue, YEARS, AS_OF)
        _compare_lines(own, answer, line_of)
        _compare_years(teacher_id, system, teacher, answer, year_of)
        _compare_cycles(teacher_id, system, teacher, answer, cycle_of)


def _compare_lines(own: list[dict], answer: oracle.Answer, line_of: dict) -> None:
    for record in own:
        row = line_of[record["record_id"],]
        found = (row["status"], _exact(row["counted_hours"]), _exact(row["base_credits"]), row["credit_year"])
        assert found == answer.lines[record["record_id"]], record


def _compare_years(teacher_id: str, system: str, teacher: Any, answer: oracle.Answer, year_of: dict) -> None:
    asked = {*YEARS} if teacher else set()
    expected = asked | {number for number, year in answer.years.items() if year.records}
    assert {key[1] for key in year_of if key[0] == teacher_id} == expected
    for number in expected:
        row, year = year_of[teacher_id, number], answer.years[number]
        amounts = (year.credits, year.lost_project, year.lost_school)
        assert tuple(
            _exact(row[name]) for name in ("credits", "credits_lost_project_cap", "credits_lost_school_cap")
        ) == (amounts if system != "WZ-2012" else (None, None, None)), (teacher_id, number)
        assert _exact(row["hours"]) == year.hours
        assert _exact(row["school_based_hours"]) == year.school_based_hours
        assert _exact(row["cycle_hours"]) == year.cycle_hours
        assert row["unknown_credit_records"] == year.unknown
        assert row["counted_records"] == year.records
        assert row["is_assessed"] == oracle.assessed(teacher, number)


def _compare_cycles(teacher_id: str, system: str, teacher: Any, answer: oracle.Answer, cycle_of: dict) -> None:
    found = {key[1] for key in cycle_of if key[0] == teacher_id}
    if teacher:
        assert found == set(answer.cycles)
    for period in found:
        row, cycle = cycle_of[teacher_id, period], answer.cycles[period]
        assert _exact(row["credits"]) == (cycle.credits if system != "WZ-2012" else None), (teacher_id, period)
        assert _exact(row["hours"]) == cycle.hours
        assert _exact(row["school_based_hours"]) == cycle.school_based_hours
        assert _exact(row["longest_concentrated_hours"]) == cycle.longest
        assert (row["verdict"], row["binding_constraint"]) == (cycle.verdict, cycle.short), (teacher_id, period)


@given(seed=seeds)
@a_few
def test_the_order_of_records_does_not_matter(seed: int) -> None:
    teachers, projects, records = _world(seed, "460000", people=60)
    shuffled = Random(seed).sample(records, k=len(records))  # noqa: S311
    for one, other in zip(
        _settle("460000", teachers, projects, records), _settle("460000", teachers, projects, shuffled), strict=True
    ):
        assert one.sort(one.columns).equals(other.sort(other.columns))


@given(seed=seeds)
@a_few
def test_every_credit_is_counted_or_lost_to_a_cap(seed: int) -> None:
    lines, years, cycles = _settle("460000", *_world(seed, "460000", people=100))
    counted = lines.filter(pl.col("status").is_in(COUNTED))
    lost = _total(years, "credits_lost_project_cap") + _total(years, "credits_lost_school_cap")
    assert _total(counted, "base_credits") == _total(years, "base_credits") == _total(years, "credits") + lost
    assert _total(counted, "counted_hours") == _total(years, "hours")
    of_cycles = years.filter(pl.col("year").is_between(2016, 2025))
    assert _total(of_cycles, "cycle_credits") == _total(cycles, "credits")
    assert _total(of_cycles, "cycle_hours") == _total(cycles, "hours")
    for column in ("credits", "credits_lost_project_cap", "credits_lost_school_cap"):
        assert years.filter(pl.col(column) < 0).is_empty()


def _total(frame: pl.DataFrame, column: str) -> Decimal:
    return Decimal(frame[column].sum())


@given(seed=seeds)
@a_few
def test_one_more_passed_record_never_takes_anything_away(seed: int) -> None:
    teachers, projects, records = _world(seed, "460000", people=60)
    random = Random(seed)  # noqa: S311
    extra = [
        _record(random, 900_000 + number, f"T{number}", generous=False)
        | {"project_id": _maybe(random, 0.5, f"N{number}"), "completion": "合格", "status": "已登记"}
        for number in range(60)
    ]
    _, before, cycles_before = _settle("460000", teachers, projects, records)
    _, after, cycles_after = _settle("460000", teachers, projects, records + extra)
    for one, other, key in (
        (before, after, ["teacher_id", "year"]),
        (cycles_before, cycles_after, ["teacher_id", "cycle_id"]),
    ):
        both = one.join(other, on=key, how="left", validate="1:1", suffix="_after")
        assert both["hours_after"].null_count() == 0
        assert both.filter(pl.col("hours_after") < pl.col("hours")).is_empty()
        assert both.filter(pl.col("credits_after") < pl.col("credits")).is_empty()


def test_a_stray_date_opens_no_cycle() -> None:
    usual = {"status": "ok", "credit_year": 2018}
    lines = pl.LazyFrame([usual] * 300 + [usual | {"credit_year": 2009}, usual | {"credit_year": 2031}])
    assert years_with_evidence(evidence(lines, "460000", AS_OF), AS_OF) == [2018, 2019, 2020, 2021, 2022]


def test_without_counted_lines_only_this_year_is_spoken_about() -> None:
    lines = pl.LazyFrame({"status": ["ineligible"], "credit_year": [2017]})
    assert years_with_evidence(evidence(lines, "460000", AS_OF), AS_OF) == [2022]
