"""Days that are doubtful for what the rest of their column says, and moments that programs write by themselves."""

from datetime import date

import polars as pl
import pytest

from models.contracts import contract
from models.staging import FileFacts, land_file, stage
from models.staging.evidence import doubtful_days
from models.staging.spelling import parser_of
from models.staging.unreadable import Unreadable

COMPLAINT = contract("staging", "complaint")
DAY, CHECKED = COMPLAINT.field("date"), COMPLAINT.field("verified_date")


def doubtful(**files):
    """The refused spellings of each file, and the only reason."""
    landed = pl.LazyFrame(
        [(file, cell) for file, cells in files.items() for cell in cells], ["_file", "day"], orient="row"
    )
    found = doubtful_days("day", landed, [cell for cells in files.values() for cell in cells])
    assert all(len(set(refused.values())) == 1 for refused in found.values())
    return {file: (sorted(refused), next(iter(refused.values()))) for file, refused in found.items()}


SWAPPED = ["2019-03-07", "2018-09-11", "2020-01-10"]
SERIALS = ["43648.6666666667", "43829.66666666666", "43831.666667"]
UTC = ["2019-07-02 16:00:00", "2019-12-30 16:00:00", "2020-01-01 16:00:00"]


@pytest.mark.parametrize(
    ("cells", "refused", "code"),
    [
        ([*SWAPPED, "13/07/2019"], SWAPPED, "day_or_month"),
        ([*SWAPPED, "07/31/2019 0:00"], SWAPPED, "day_or_month"),
        ([*SWAPPED, "31.12.2019", "无"], SWAPPED, "day_or_month"),
        (["2019/3/7", "2018/9/11", "2020年1月10日", "13-7-2019"], ["2018/9/11", "2019/3/7", "2020年1月10日"],
         "day_or_month"),
        ([*SWAPPED, "2019-03-13", "13/07/2019"], [], ""),
        ([*SWAPPED, "03/07/2019"], [], ""),
        ([*SWAPPED], [], ""),
        ([*SWAPPED[:2], "13/07/2019"], [], ""),
        (UTC, UTC, "midnight_elsewhere"),
        ([text.removesuffix(":00") for text in UTC], [text.removesuffix(":00") for text in UTC], "midnight_elsewhere"),
        ([*UTC, "无", None], UTC, "midnight_elsewhere"),
        (SERIALS, SERIALS, "midnight_elsewhere"),
        ([*UTC, "2019-07-03", "2019/7/3 0:00", "43649"], UTC, "midnight_elsewhere"),
        ([*UTC, "2019-07-02 15:59:00"], [], ""),
        (UTC[:2], [], ""),
        (["2019-07-02 08:00:00", "2019-12-30 08:00:00", "2020-01-01 08:00:00"], [], ""),
    ],
)  # fmt: skip
def test_a_column_tells_of_its_days(cells, refused, code):
    assert doubtful(甲=cells) == ({"甲": (sorted(refused), code)} if refused else {})


def test_each_file_is_judged_by_itself():
    found = doubtful(甲=UTC, 乙=["2019-07-03 08:00", *UTC], 丙=[*SWAPPED, "31/12/2019"])
    assert found == {"甲": (UTC, "midnight_elsewhere"), "丙": (sorted(SWAPPED), "day_or_month")}


@pytest.mark.parametrize("days", [UTC, [*SWAPPED, "31/12/2019"]])
def test_doubtful_days_are_refused_cells(grid_of, days):
    rows = [
        ["投诉号", "机构代码", "日期", "核查日期"],
        *[[f"TS{n}", "J1", "2019-01-01", day] for n, day in enumerate(days)],
    ]
    landed = land_file(grid_of(rows), "投诉.csv", COMPLAINT, FileFacts("text"))
    staged = stage(landed.sheets, COMPLAINT, "460000", b"key")
    rows = staged.rows.collect()
    assert rows["verified_date"].null_count() == len(days) == rows.height
    assert rows["date"].to_list() == [date(2019, 1, 1)] * len(days)
    rejects = staged.rejects.collect()
    assert set(rejects["column_name"]) == {"verified_date"}
    assert rejects.height == len(days)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2019-07-02 23:59:17", "seconds_lost"),
        ("2019/7/2 23:59:17", "seconds_lost"),
        ("43648.9995023148", "seconds_lost"),
        ("1970-01-01 08:00:00", "date_of_nothing"),
        ("1970/1/1 8:00", "date_of_nothing"),
        ("1970-01-01", "date_out_of_range"),
        ("1900-01-01", "date_out_of_range"),
        ("2099-12-31", "date_out_of_range"),
        ("1980-01-01", "date_out_of_range"),
    ],
)
def test_what_programs_write_by_themselves_is_no_day(text, code):
    with pytest.raises(Unreadable) as told:
        parser_of(CHECKED, {text: 1})(text)
    assert told.value.code == code


@pytest.mark.parametrize(
    "text", ["2019-07-03 00:00:43", "2019-07-03 23:59:59", "2019-07-03 16:00:00", "43649.0004976852"]
)
def test_other_clocks_leave_the_day(text):
    assert parser_of(DAY, {text: 1})(text) == date(2019, 7, 3)


def test_the_first_day_of_the_last_century_is_nobodys():
    valid_to = contract("staging", "admin_unit").field("valid_to")
    birth = contract("staging", "teacher").field("birth_date")
    for field in (valid_to, birth):
        with pytest.raises(Unreadable, match="date_out_of_range"):
            parser_of(field, {})("1900-01-01")
    assert parser_of(valid_to, {})("2099-12-31") == date(2099, 12, 31)
    assert parser_of(birth, {})("1970-01-01") == date(1970, 1, 1)
