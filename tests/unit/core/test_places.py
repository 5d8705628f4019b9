"""Where people and schools belong, through core.dim_unit, dim_school and dim_teacher."""

from datetime import date

import polars as pl
import pytest

from models.core.credit_rules import Counting, CreditSystem
from models.core.teachers import dim_teacher
from models.core.units import dim_school, dim_unit

UNITS = pl.LazyFrame(
    [
        ("330000", "浙江省", "省", None),
        ("330100", "杭州市", "市", "330000"),
        ("330106", "西湖区", "县", "330100"),
        ("330108", "滨江区", "县", None),
        ("330300", "温州市", "市", "330000"),
        ("X330302", "温州经开区", "开发区", "330300"),
        ("469001", "五指山市", "县", "460000"),
        ("460000", "海南省", "省", None),
    ],
    schema=["unit_id", "unit_name", "level", "parent_id"],
    orient="row",
)


def system(system_id: str, prefix: str, posts: tuple[str, ...], types: tuple[str, ...]) -> CreditSystem:
    return CreditSystem(system_id, prefix, (), (Counting(),), scope_posts=posts, scope_school_types=types)


SYSTEMS = (
    *(
        system(name, prefix, ("专任教师", "校长"), ("小学", "中职"))
        for name, prefix in (("ZJ-2016", "33"), ("WZ-2012", "3303"), ("CQ-2013", "50"))
    ),
    system("HI-2017", "46", ("专任教师", "校长", "教研员"), ("小学",)),
)


def unit(unit_id: str) -> dict[str, object]:
    return dim_unit(UNITS).filter(pl.col("unit_id") == unit_id).collect().row(0, named=True)


@pytest.mark.parametrize(
    ("unit_id", "county", "city"),
    [
        ("330106", "330106", "330100"),
        ("330108", "330108", "330100"),  # no parent on file: its code says Hangzhou
        ("X330302", "X330302", "330300"),
        ("330100", None, "330100"),
        ("330000", None, None),
        ("469001", "469001", None),  # directly under the province
    ],
)
def test_county_and_city_of_a_unit(unit_id: str, county: str | None, city: str | None) -> None:
    row = unit(unit_id)
    assert (row["county_id"], row["city_id"]) == (county, city)


def teacher(**facts: object) -> dict[str, object]:
    known: dict[str, object] = {
        "province": "330000",
        "teacher_id": "T1",
        "school_id": "S1",
        "post_type": "专任教师",
        "hire_date": date(2010, 9, 1),
        "transfer_date": None,
        "status": "在职",
    }
    others = [
        "stage",
        "subject",
        "title",
        "backbone_level",
        "backbone_from",
        "is_class_head",
        "teaching_start",
        "last_updated",
    ]
    row = known | facts
    frame = pl.LazyFrame([row | dict.fromkeys(others)]).with_columns(pl.col("hire_date", "transfer_date").cast(pl.Date))
    schools = pl.LazyFrame(
        {
            "school_id": ["S1", "S2", "S3", "S4"],
            "school_type": ["小学", "小学", "小学", "中职"],
            "unit_id": ["330106", "X330302", "469001", "469001"],
        }
    )
    transfers = pl.LazyFrame(schema={"teacher_id": pl.String, "transfer_date": pl.Date})
    made = dim_teacher(frame, transfers, dim_school(schools, dim_unit(UNITS)), systems=SYSTEMS)
    return made.collect().row(0, named=True)


@pytest.mark.parametrize(
    ("facts", "system"),
    [
        ({"school_id": "S1"}, "ZJ-2016"),
        ({"school_id": "S2"}, "WZ-2012"),
        ({"school_id": "S3", "province": "460000"}, "HI-2017"),
        ({"school_id": "unknown"}, "ZJ-2016"),
    ],
)
def test_credit_system_follows_the_place(facts: dict[str, object], system: str) -> None:
    assert teacher(**facts)["credit_system"] == system


@pytest.mark.parametrize(
    ("hired", "moved", "first_year"),
    [
        (date(2017, 9, 1), None, 2018),
        (date(2005, 9, 1), date(2018, 7, 1), 2019),
        (None, date(2018, 7, 1), 2019),
        (None, None, None),
    ],
)
def test_assessment_starts_the_year_after_arrival(hired: date | None, moved: date | None, first_year: int) -> None:
    assert teacher(hire_date=hired, transfer_date=moved)["assessed_from_year"] == first_year


def test_scope_is_the_documents_own() -> None:
    assert teacher()["is_in_scope"] is True
    assert teacher(post_type="工勤")["is_in_scope"] is False
    assert (
        teacher(school_id="S4", province="460000")["is_in_scope"] is False
    )  # Hainan's text names no vocational school
    assert teacher(school_id="S3", province="460000", post_type="教研员")["is_in_scope"] is True
