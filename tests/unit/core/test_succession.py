"""Which county a code stands for, through the functions that make the tables."""

import csv
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.core.succession import succession, successors_of, with_comparable_school, with_comparable_unit
from models.core.units import dim_school, dim_unit

REFERENCE = Path(__file__).parents[3] / "data" / "reference"
TODAY = date(2021, 11, 30)


@pytest.mark.parametrize(
    ("code", "on", "today", "county"),
    [
        ("330106", date(2015, 1, 1), TODAY, "330106"),  # never changed
        ("330183", date(2012, 1, 1), TODAY, "330111"),  # 富阳市 became 富阳区
        ("330183", date(2020, 1, 1), TODAY, "330111"),  # used after its end
        ("330183", date(2012, 1, 1), date(2013, 1, 1), "330183"),  # not yet
        ("330204", date(2010, 1, 1), TODAY, "330212"),  # 江东 went into 鄞州
        ("469003", date(2014, 1, 1), TODAY, "460400"),  # 儋州 became a city of its own
        ("330103", date(2021, 4, 8), TODAY, "330105"),  # 下城 went into 拱墅
        ("330102", date(2021, 4, 8), TODAY, "330102"),  # 上城 kept its number and grew
        ("330104", date(2021, 4, 8), TODAY, None),  # 江干 went to 上城 and 钱塘
        ("330110", date(2021, 4, 8), TODAY, None),  # 余杭 before 临平 left it
        ("330110", date(2021, 4, 9), TODAY, "330110"),
        ("330110", date(2021, 4, 8), date(2021, 4, 8), "330110"),  # the day before the change nothing has changed
        ("330109", date(2018, 1, 1), TODAY, None),
        ("330327", date(2018, 1, 1), TODAY, None),  # 苍南 before 龙港 left it
        ("500110", date(2010, 6, 1), TODAY, "500110"),  # 万盛, today within 綦江
        ("500222", date(2010, 6, 1), TODAY, "500110"),  # 綦江县, today 綦江区 under 万盛's old number
        ("500111", date(2010, 6, 1), TODAY, "500111"),
        ("500225", date(2010, 6, 1), TODAY, "500111"),
        ("X330302", date(2010, 6, 1), TODAY, "X330302"),
    ],
)
def test_the_county_that_holds_a_code_today(code: str, on: date, today: date, county: str | None) -> None:
    ends = successors_of(code, on, today)
    assert (ends[0] if len(ends) == 1 else None) == county


def test_a_code_that_changed_its_meaning_says_so() -> None:
    reused = {change.code for change in succession() if change.kind == "码复用"}
    assert reused == {"500110", "500111"}
    assert all(change.is_code_kept for change in succession() if change.code in reused)


def test_succession_agrees_with_the_history_of_codes() -> None:
    with (REFERENCE / "region_history.csv").open(encoding="utf-8", newline="") as file:
        history = [row for row in csv.DictReader(file) if row["successor_codes"]]
    told = {(change.code, change.on.isoformat()): change for change in succession()}
    for row in history:
        change = told.pop((row["region_code"], row["valid_to"]))
        assert sorted(successor.code for successor in change.successors) == sorted(row["successor_codes"].split(";"))
        assert change.kind == row["change_type"]
    assert [code for code, _ in told] == ["330327"]  # 龙港 left 苍南, whose own code never lapsed


def test_every_change_names_its_source() -> None:
    with (REFERENCE / "region_succession.csv").open(encoding="utf-8", newline="") as file:
        assert all(row["source"] and row["date_precision"] in {"日", "月"} for row in csv.DictReader(file))


@given(code=st.sampled_from([change.code for change in succession()]), days=st.integers(0, 5500))
def test_what_a_code_became_is_a_code_of_today(code: str, days: int) -> None:
    for end in successors_of(code, date(2009, 12, 1) + timedelta(days=days), TODAY):
        assert successors_of(end, TODAY, TODAY) == (end,)


# --- units and schools as dumps send them -------------------------------------------------------------------------

UNITS = pl.LazyFrame(
    [
        ("330100", "杭州市", "市", "330000"),
        ("330102", "上城区", "县", "330100"),
        ("330103", "下城区", "县", "330100"),
        ("330104", "江干区", "县", "330100"),
        ("330105", "拱墅区", "县", "330100"),
        ("330110", "余杭区", "县", "330100"),
        ("330183", "富阳市", "县", "330100"),
    ],
    schema=["unit_id", "unit_name", "level", "parent_id"],
    orient="row",
)


def units(today: date = TODAY) -> pl.LazyFrame:
    return with_comparable_unit(dim_unit(UNITS), today)


@pytest.mark.parametrize(
    ("unit_id", "county_id", "county_name", "note"),
    [
        ("330105", "330105", "拱墅区", None),
        ("330103", "330105", "拱墅区", "并入|撤并"),
        ("330183", "330111", "富阳区", "更名"),  # the successor isn't on file: its name is the reference's
        ("330104", "330104", "江干区", "须按学校归属"),
        ("330100", None, None, None),
    ],
)
def test_a_lapsed_code_stands_for_its_successor(
    unit_id: str, county_id: str | None, county_name: str | None, note: str | None
) -> None:
    row = units().filter(pl.col("unit_id") == unit_id).collect().row(0, named=True)
    assert (row["unit_id"], row["county_id"], row["county_name"]) == (unit_id, county_id, county_name)
    assert row["place_note"] is None if note is None else pl.Series([row["place_note"]]).str.contains(note).item()


def test_before_the_change_both_counties_stand() -> None:
    before = units(date(2021, 4, 8)).filter(pl.col("unit_id") == "330103").collect().row(0, named=True)
    assert (before["county_id"], before["place_note"]) == ("330103", None)


SENT = {
    "PLAIN": ("330105", None, None),
    "MERGED": ("330103", None, None),
    "EAST": ("330104", "下沙街道", None),
    "WEST": ("330104", "采荷街道", None),
    "SILENT": ("330104", None, None),
    "FOLLOWS": ("330104", None, "EAST"),
    "LOST": ("330104", None, "SILENT"),
    "LINPING": ("330110", "塘栖", None),
    "YUHANG": ("330110", "仓前街道", None),
}


def placed(today: date = TODAY) -> dict[str, dict[str, object]]:
    rows = [(school, *sent) for school, sent in SENT.items()]
    schema = dict.fromkeys(("school_id", "unit_id", "township", "successor_id"), pl.String)
    schools = pl.LazyFrame(rows, schema=schema, orient="row")
    made = with_comparable_school(dim_school(schools, units(today)), units(today), today).collect()
    assert made.height == len(SENT)
    return {row["school_id"]: row for row in made.iter_rows(named=True)}


@pytest.mark.parametrize(
    ("school", "county", "name", "is_noted"),
    [
        ("PLAIN", "330105", "拱墅区", False),
        ("MERGED", "330105", "拱墅区", True),
        ("EAST", "330114", "钱塘区", True),
        ("WEST", "330102", "上城区", True),
        ("SILENT", "330104", "江干区", True),  # nothing tells: stays as sent, and is flagged
        ("FOLLOWS", "330114", "钱塘区", True),
        ("LOST", "330104", "江干区", True),
        ("LINPING", "330113", "临平区", True),
        ("YUHANG", "330110", "余杭区", False),
    ],
)
def test_a_school_says_where_a_split_county_went(school: str, county: str, name: str, is_noted: bool) -> None:
    row = placed()[school]
    assert (row["county_id"], row["county_name"]) == (county, name)
    assert (row["place_note"] is not None) is is_noted
    assert row["unit_id"] == SENT[school][0]


def test_before_the_split_schools_stay_where_they_were() -> None:
    rows = placed(date(2021, 4, 8)).values()
    assert all(row["county_id"] == row["unit_id"] and row["place_note"] is None for row in rows)
