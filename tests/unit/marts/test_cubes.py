"""Cubes counted again by DuckDB from the tables they are made of, before anything is hidden."""

from decimal import Decimal

import duckdb
import polars as pl
import pytest

from models.marts import cubes
from models.marts.leaves import LEAVES, OF_TEACHERS
from models.marts.publication import published_units
from models.marts.suppression import Share
from tests.cube_columns import BY
from tests.sample_release import sample_frames

UNTIL = 2021
PLACES = {
    "county": "u.unit_id",
    "city": "u.city_id",
    "province": "u.province",
    "kind": """CASE WHEN u.level = '县' AND 1 < (SELECT count(*) FROM marts_public_unit o
        WHERE o.level = '县' AND right(o.unit_name, 1) = right(u.unit_name, 1))
        THEN u.province || CASE right(u.unit_name, 1)
        WHEN '区' THEN '-districts' WHEN '市' THEN '-towns' WHEN '县' THEN '-rural' END END""",
}


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.LazyFrame]:
    frames = sample_frames(counties=8, institutions=9)
    frames["marts.public_unit"] = published_units(frames["core.dim_unit"].lazy())
    return with_leaves({name: frame.lazy() for name, frame in frames.items()})


def with_leaves(tables: dict[str, pl.LazyFrame]) -> dict[str, pl.LazyFrame]:
    """The tables with the exact counts that cubes add up."""
    return tables | {name: each.made(tables, UNTIL).lazy() for name, each in LEAVES.items()}


def truth(tables: dict[str, pl.LazyFrame], sql: str) -> set[tuple]:
    with duckdb.connect() as connection:
        for name, frame in tables.items():
            if name.split(".")[0] in {"core", "marts"}:
                connection.register(name.replace(".", "_"), frame.collect().to_arrow())
        return set(connection.execute(sql).fetchall())


def rows(cube: pl.DataFrame, level: str, first: str, second: str, figures: tuple[str, ...]) -> set[tuple]:
    asked = cube.filter(unit_level=level, breakdown=first, second_breakdown=second)
    return set(asked.select("unit_id", "period", "value", "second_value", *figures).iter_rows())


@pytest.mark.parametrize("level", PLACES)
@pytest.mark.parametrize(("first", "second"), [("stage", "urban_rural"), ("title", "post_type"), ("ownership", "全部")])
def test_teachers_who_reached_their_year(tables, level, first, second):
    part = {name: f"coalesce({BY[name]}, '未填')" if name in BY else "'全部'" for name in (first, second)}
    expected = truth(
        tables,
        f"""SELECT {PLACES[level]}, y.year::VARCHAR, {part[first]}, {part[second]},
        count(*) FILTER (y.verdict = 'met'), count(*)
        FROM marts_teacher_year y JOIN core_dim_teacher t USING (teacher_id)
        LEFT JOIN core_dim_school s USING (school_id)
        JOIN marts_public_unit u ON u.unit_id = t.county_id
        WHERE y.verdict IN ('met', 'not_met', 'in_progress') AND {PLACES[level]} IS NOT NULL GROUP BY 1, 2, 3, 4""",
    )
    cube = cubes.reached(tables).filter(measure="annual")
    assert rows(cube, level, first, second, ("numerator", "denominator")) == expected
    assert expected


@pytest.mark.parametrize("level", PLACES)
@pytest.mark.parametrize(
    ("first", "second"), [("level", "delivery_mode"), ("is_school_based", "institution_type"), ("全部", "全部")]
)
def test_projects_that_were_checked(tables, level, first, second):
    part = {name: f"coalesce({BY[name]}, '未填')" if name in BY else "'全部'" for name in (first, second)}
    expected = truth(
        tables,
        f"""SELECT {PLACES[level]}, c.year::VARCHAR, {part[first]}, {part[second]},
        count(*), count(*) FILTER (is_checked)
        FROM marts_project_check c JOIN core_dim_project p USING (project_id)
        LEFT JOIN core_dim_institution i USING (institution_id) JOIN marts_public_unit u ON u.unit_id = c.unit_id
        WHERE {PLACES[level]} IS NOT NULL GROUP BY 1, 2, 3, 4""",
    )
    assert rows(cubes.checks(tables, UNTIL), level, first, second, ("projects", "projects_checked")) == expected
    assert expected


def test_the_whole_is_what_the_county_is_judged_by(tables):
    whole = cubes.checks(tables, UNTIL).filter(unit_level="county", breakdown=cubes.WHOLE)
    figures = ("unit_id", "projects", "projects_checked", "projects_checked_any_level")
    judged = tables["marts.county_spot_check"].collect().filter(pl.col("projects") > 0)
    assert set(whole.select(*figures, "period").iter_rows()) == set(
        judged.select(*figures, pl.col("year").cast(pl.String)).iter_rows()
    )


def test_a_teacher_with_two_kinds_of_training_is_one_teacher_of_the_whole(tables):
    line = {
        "province": "330000",
        "teacher_id": "T1",
        "credit_year": 2019,
        "level": "县",
        "status": "ok",
        "counted_hours": Decimal(8),
    }
    credits_ = pl.LazyFrame([line | {"source_type": one} for one in ("集中", "集中", "网络", None)])
    teacher = {"province": "330000", "teacher_id": "T1", "county_id": "330106", "school_id": None, "stage": "小学"}
    teacher |= {"title": None, "backbone_level": "无", "post_type": "专任教师"}
    one = tables | {
        "core.fct_credit": credits_,
        "core.dim_teacher": pl.LazyFrame([teacher], schema_overrides={"school_id": pl.String, "title": pl.String}),
    }
    county = cubes.records(with_leaves(one)).filter(unit_level="province").sort("value")
    figures = ("trained", "records", "hours")
    assert county.filter(breakdown=cubes.WHOLE).select(figures).rows() == [(1, 4, Decimal(32))]
    assert county.filter(breakdown="source_type", second_breakdown=cubes.WHOLE).select("value", *figures).rows() == [
        ("未填", 1, 1, Decimal(8)),
        ("网络", 1, 1, Decimal(8)),
        ("集中", 1, 2, Decimal(16)),
    ]
    assert county.filter(breakdown="title")["value"].unique().to_list() == ["未填"]


def test_money_nobody_stated_is_unknown_and_not_nothing(tables):
    project = {"province": "330000", "year": 2019, "institution_id": None, "county_unit_id": "330106", "status": None}
    project |= {"level": "县级", "delivery_mode": "集中", "is_school_based": None, "hours_planned": None}
    held = [project | {"project_id": name} for name in ("A", "B")] + [
        project | {"project_id": "C", "status": "取消"},
        project | {"project_id": "D", "level": "省级"},
    ]
    money = [
        {"project_id": name, "item": "培训费", "budget": Decimal(5), "received": None, "spent": None} for name in "AC"
    ]
    kinds = {name: pl.Decimal(38, 3) for name in ("received", "spent")}
    made = tables | {
        "core.dim_project": pl.LazyFrame(
            held,
            schema_overrides={
                "institution_id": pl.String,
                "is_school_based": pl.Boolean,
                "hours_planned": pl.Decimal(38, 3),
                "status": pl.String,
            },
        ),
        "staging.project_finance": pl.LazyFrame(money, schema_overrides=kinds),
    }
    province = cubes.projects(made, UNTIL).filter(unit_level="province")
    figures = ("projects", "planned_hours", "budget", "received")
    assert province.filter(breakdown=cubes.WHOLE).select(figures).rows() == [(3, None, Decimal(5), None)]
    assert province.filter(breakdown="level", second_breakdown=cubes.WHOLE).select("value", *figures).rows() == [
        ("县级", 2, None, Decimal(5), None),
        ("省级", 1, None, None, None),
    ]


def test_leave_is_missed_and_official_leave_is_not(tables):
    marks = {"E1": ("到", "公假"), "E2": ("到", "请假"), "E3": ("旷课",), "E4": ("迟到",), "E5": (None,)}
    project = tables["core.dim_project"].filter(year=2019).select("project_id").first().collect().item()
    made = tables | {
        "staging.attendance": pl.LazyFrame(
            [{"enrollment_id": one, "status": mark} for one, row in marks.items() for mark in row]
        ),
        "staging.enrollment": pl.LazyFrame([{"enrollment_id": one, "project_id": project} for one in marks]),
    }
    whole = cubes.presence(made, UNTIL).filter(unit_level="province", breakdown=cubes.WHOLE)
    assert whole.select("period", "numerator", "denominator").rows() == [("2019", 2, 4)]
    told = Share("unit_id").protected(whole, b"key")
    assert told.select("numerator", "denominator", "suppression").rows() == [(None, None, "因涉及人数较少，不予公布")]


def test_every_combination_that_can_be_asked_has_its_total(tables):
    cube = cubes.reached(tables)
    asked = set(cube.select("breakdown", "second_breakdown").unique().iter_rows())
    assert len(asked) == len(cubes.every_pair(OF_TEACHERS))
    key = ["measure", "unit_id", "period"]
    whole = cube.filter(breakdown=cubes.WHOLE).select(*key, "numerator", "denominator").sort(key)
    for first, second in asked:
        parts = cube.filter(breakdown=first, second_breakdown=second).group_by(key)
        summed = parts.agg(pl.col("numerator", "denominator").sum()).sort(key)
        assert summed.equals(whole), (first, second)
