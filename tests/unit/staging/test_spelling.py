"""What one cell means, spelling by spelling."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.contracts import Field, contract
from models.staging.reasons import CODES, OF_A_LINE, sentence
from models.staging.spelling import hashed_id_number, identity_parser, is_percent_column, parser_of
from models.staging.unreadable import Unreadable

RECORD = contract("staging", "credit_record")
TEACHER = contract("staging", "teacher")
PROJECT = contract("staging", "project")
HOURS = RECORD.field("hours")
YEAR = RECORD.field("credit_year")
DAY = RECORD.field("register_date")
END = RECORD.field("end_date")
START = RECORD.field("start_date")
MOMENT = TEACHER.field("last_updated")
MONEY = contract("staging", "project_finance").field("budget")
RATING = contract("staging", "survey_response").field("overall_rating")
RATE = contract("staging", "survey_response").field("reported_rate")
METHODS = contract("staging", "spot_check").field("method_codes")


def local(*parts: int) -> datetime:
    """A moment without zone, as dumps have it."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - local time is what is tested


def read(field: Field, text: str) -> Any:
    return parser_of(field, {text: 1})(text)


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (DAY, "2019-12-26", date(2019, 12, 26)),
        (DAY, "2019/12/26", date(2019, 12, 26)),
        (DAY, "2019/1/6", date(2019, 1, 6)),
        (DAY, "2019.12.26", date(2019, 12, 26)),
        (DAY, "2019年12月26日", date(2019, 12, 26)),
        (DAY, "2019 年 12 月 26 日", date(2019, 12, 26)),
        (DAY, "２０１９－１２－２６", date(2019, 12, 26)),
        (DAY, "20191226", date(2019, 12, 26)),
        (DAY, "20191226.0", date(2019, 12, 26)),
        (DAY, "43825", date(2019, 12, 26)),
        (DAY, "43825.0", date(2019, 12, 26)),
        (DAY, "43825.75", date(2019, 12, 26)),
        (DAY, "2019-12-26 00:00:00", date(2019, 12, 26)),
        (DAY, "2019-12-26 23:59:59.999", date(2019, 12, 26)),
        (DAY, "2019/12/26 8:05", date(2019, 12, 26)),
        (DAY, "2019-12-26T17:00:00Z", date(2019, 12, 27)),
        (DAY, "2020-02-29", date(2020, 2, 29)),
        (START, "2019.7.1-7.12", date(2019, 7, 1)),
        (END, "2019.7.1-7.12", date(2019, 7, 12)),
        (END, "2019年7月1日至12日", date(2019, 7, 12)),
        (END, "2019-12-28~2020-01-03", date(2020, 1, 3)),
        (TEACHER.field("birth_date"), "1980-05", date(1980, 5, 1)),
        (TEACHER.field("birth_date"), "198005", date(1980, 5, 1)),
        (MOMENT, "2019-12-26 08:30:01", local(2019, 12, 26, 8, 30, 1)),
        (MOMENT, "2019年12月26日 8:30", local(2019, 12, 26, 8, 30)),
        (MOMENT, "2019-12-26", local(2019, 12, 26)),
        (MOMENT, "43825.75", local(2019, 12, 26, 18)),
        (MOMENT, "2019-12-26T00:30:00+00:00", local(2019, 12, 26, 8, 30)),
        (HOURS, "90", Decimal("90.000")),
        (HOURS, "90.0", Decimal(90)),
        (HOURS, "９０学时", Decimal(90)),
        (HOURS, " 90 学时 ", Decimal(90)),
        (HOURS, "90课时", Decimal(90)),
        (HOURS, "90(含网络20)", Decimal(90)),
        (HOURS, "90学时（含网络20学时）", Decimal(90)),
        (HOURS, "约48", Decimal(48)),
        (HOURS, "48左右", Decimal(48)),
        (HOURS, "1,200", Decimal(1200)),
        (HOURS, "7.5", Decimal("7.5")),
        (HOURS, "7.3335", Decimal("7.334")),
        (HOURS, "0", Decimal(0)),
        (HOURS, "半天", Decimal(4)),
        (HOURS, "3天", Decimal(24)),
        (HOURS, "2天半", Decimal(20)),
        (HOURS, "2.5天", Decimal(20)),
        (HOURS, "2天4学时", Decimal(20)),
        (HOURS, "9.0E1", Decimal(90)),
        (RECORD.field("credits"), "1.5学分", Decimal("1.5")),
        (PROJECT.field("days"), "3天", Decimal(3)),
        (PROJECT.field("days"), "半天", Decimal("0.5")),
        (MONEY, "1.2万", Decimal(12000)),
        (MONEY, "￥1,234,567.80元", Decimal("1234567.8")),
        (MONEY, "3万元", Decimal(30000)),
        (YEAR, "2019", 2019),
        (YEAR, "2019.0", 2019),
        (YEAR, "2019年", 2019),
        (YEAR, "２０１９年度", 2019),
        (PROJECT.field("capacity"), "50人", 50),
        (contract("staging", "enrollment").field("round"), "第2", 2),
        (RATE, "95.3%", 0.953),
        (RATE, "0.953", 0.953),
        (RATE, "95.3", 0.953),
        (RATE, "９５．３％", 0.953),
        (RATE, "九成五", 0.95),
        (RATE, "100%", 1.0),
        (RECORD.field("level"), "国", "国"),
        (RECORD.field("level"), "国家级", "国"),
        (RECORD.field("level"), "10", "国"),
        (RECORD.field("level"), "10.0", "国"),
        (RECORD.field("level"), "10国家级", "国"),
        (RECORD.field("level"), "國家級", "国"),
        (RECORD.field("level"), "30-地市级", "市"),
        (PROJECT.field("level"), "60校级", "校级"),
        (PROJECT.field("level"), "省", "省级"),
        (RECORD.field("completion"), "3", "合格"),
        (RECORD.field("completion"), "3-合格", "合格"),
        (RECORD.field("completion"), "3(合格结业)", "合格"),
        (RECORD.field("completion"), "合格(已结业)", "合格"),
        (RECORD.field("completion"), "合 格", "合格"),
        (RECORD.field("completion"), "4 不合格", "不合格"),
        (PROJECT.field("key_level"), "无", "无"),
        (TEACHER.field("backbone_level"), "无", "无"),
        (TEACHER.field("title"), "小学高级教师", "一级"),
        (TEACHER.field("title"), "中学高级", "高级"),
        (PROJECT.field("is_school_based"), "是", True),
        (PROJECT.field("is_school_based"), "√", True),
        (PROJECT.field("is_school_based"), "Y", True),
        (PROJECT.field("is_school_based"), "True", True),
        (PROJECT.field("is_school_based"), "1.0", True),
        (PROJECT.field("is_school_based"), "1-是", True),
        (PROJECT.field("is_school_based"), "否", False),
        (PROJECT.field("is_school_based"), "0", False),
        (PROJECT.field("is_school_based"), "ｎ", False),
        (PROJECT.field("is_school_based"), "×", False),
        (RATING, "很满意", "很满意"),
        (RATING, "非常满意", "很满意"),
        (RATING, "5-很满意", "很满意"),
        (RATING, "4", "4"),
        (RATING, "4.0", "4"),
        (RATING, "95.50分", "95.5"),
        (RATING, "100", "100"),
        (METHODS, "听课、问卷调查，访谈", ["随堂听课", "问卷", "访谈"]),
        (METHODS, "座谈会/暗访", ["座谈会", "暗访"]),
    ],
)
def test_a_spelling_is_understood(field: Field, text: str, value: Any) -> None:
    assert read(field, text) == value


@pytest.mark.parametrize(
    "text", ["", " ", "　", "\u200b", "—", "－", "/", "N/A", "NULL", "null", "暂无", "不详", "#N/A"]
)
@pytest.mark.parametrize("field", [DAY, HOURS, YEAR, RATE, RECORD.field("level"), RATING, METHODS])
def test_words_that_mean_nothing_are_nothing(field: Field, text: str) -> None:
    assert read(field, text) is None


def test_a_word_that_means_nothing_elsewhere_is_a_value_where_the_list_has_it() -> None:
    assert read(RECORD.field("category"), "无") is None
    assert read(contract("staging", "spot_check").field("finding_code"), "无") == "无"


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        (DAY, "2019-02-30", "no_such_date"),
        (DAY, "2019-13-01", "no_such_date"),
        (DAY, "2019-02-29", "no_such_date"),
        (DAY, "2019-12", "date_without_day"),
        (DAY, "2019年12月", "date_without_day"),
        (DAY, "2019", "date_without_day"),
        (DAY, "2019年上半年", "date_without_day"),
        (DAY, "1019-12-26", "date_out_of_range"),
        (DAY, "7月1-12日", "unreadable"),
        (DAY, "2019.7.1-7.12", "unreadable"),
        (END, "2019.7.1-7.32", "no_such_date"),
        (DAY, "19-12-26", "unreadable"),
        (DAY, "12/26/2019", "unreadable"),
        (DAY, "去年", "unreadable"),
        (MOMENT, "2019-12-26 25:10", "unreadable"),
        (HOURS, "-1", "below_minimum"),
        (HOURS, "15学时/天", "ambiguous_number"),
        (HOURS, "90-100", "ambiguous_number"),
        (HOURS, "90小时", "ambiguous_number"),
        (HOURS, "90分", "ambiguous_number"),
        (HOURS, "九十", "unreadable"),
        (HOURS, "#REF!", "formula_error"),
        (HOURS, "9␀0", "damaged_text"),
        (DAY, "2019-12-2\ufffd", "damaged_text"),
        (HOURS, "1e99", "unreadable"),
        (YEAR, "2019.5", "not_whole"),
        (YEAR, "2019-2020", "ambiguous_number"),
        (YEAR, "19", "below_minimum"),
        (RATE, "120%", "above_maximum"),
        (RATE, "很高", "unreadable"),
        (RECORD.field("level"), "乡镇", "unknown_value"),
        (RECORD.field("level"), "10省级", "code_against_label"),
        (RECORD.field("completion"), "培训中", "unknown_value"),
        (PROJECT.field("is_school_based"), "也许", "unknown_value"),
        (RATING, "101", "unreadable"),
        (RATING, "还行", "unknown_value"),
    ],
)
def test_a_spelling_is_refused_with_its_reason(field: Field, text: str, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(field, text)
    assert refused.value.code == code
    assert f"“{field.header}”" in sentence(field, code)


def test_every_reason_can_be_said_of_every_field() -> None:
    for field in TEACHER.fields:
        assert all(field.header in sentence(field, code) for code in CODES - OF_A_LINE)


@pytest.mark.parametrize(
    ("spellings", "percent"),
    [
        ({"95.3": 1, "0.9": 1, "88": 1}, True),
        ({"0.953": 5, "95": 1}, False),
        ({"1": 3, "0.5": 3}, False),
        ({None: 9, "暂无": 4}, False),
        ({"９５": 2, "95%": 7}, True),
    ],
)
def test_bare_numbers_are_percentages_when_their_median_says_so(
    spellings: dict[str | None, int], percent: bool
) -> None:
    assert is_percent_column(spellings) is percent


KEY = b"a key of this test"
VALID = "11010519491231002X"  # the example of GB 11643-1999


def test_an_id_number_becomes_the_same_hash_however_it_is_written() -> None:
    written = {hashed_id_number(text, KEY) for text in (VALID, VALID.lower(), f" {VALID} ", f"'{VALID}")}
    assert len(written) == 1
    assert VALID not in written
    assert hashed_id_number(VALID, b"another key") not in written


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("3.30102E+17", "code_as_float"),
        ("110105194912310000", "id_number_precision_lost"),
        ("330106198001012000", "id_number_precision_lost"),
        ("110105194912310021", "id_number_invalid"),
        ("110105194902300020", "id_number_invalid"),
        ("110105491231002", "id_number_invalid"),
        ("张三", "id_number_invalid"),
    ],
)
def test_a_damaged_id_number_is_refused(text: str, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        identity_parser(KEY)(text)
    assert refused.value.code == code


@settings(deadline=None)
@given(st.text(max_size=20))
@pytest.mark.parametrize("field", [DAY, MOMENT, HOURS, YEAR, RATE, RECORD.field("level"), RATING, METHODS, START])
def test_any_text_is_a_value_nothing_or_refused(field: Field, text: str) -> None:
    code = None
    try:
        read(field, text)
    except Unreadable as refused:
        code = refused.code
    assert code is None or code in CODES


@settings(deadline=None)
@given(st.dates(date(1990, 1, 1), date(2050, 12, 31)))
def test_every_way_of_writing_a_day_is_the_same_day(day: date) -> None:
    ways = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d", "%Y-%m-%d 00:00:00")
    assert {read(DAY, day.strftime(way)) for way in ways} == {day}


@settings(deadline=None)
@given(st.decimals(0, 2_000, places=3))
def test_a_number_keeps_its_exact_value(number: Decimal) -> None:
    assert read(HOURS, str(number)) == read(HOURS, f"{number:,}学时") == number
