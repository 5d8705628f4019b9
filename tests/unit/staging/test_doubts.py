"""Cells that can be two things are refused with their reason; cells that can be one only are read."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from models.contracts import Field, contract
from models.staging import cleaning
from models.staging.doubts import with_context
from models.staging.spelling import parser_of
from models.staging.unreadable import Unreadable

RECORD = contract("staging", "credit_record")
HOURS, END, START = RECORD.field("hours"), RECORD.field("end_date"), RECORD.field("start_date")
STATUS, COMPLETION, LEVEL = RECORD.field("status"), RECORD.field("completion"), RECORD.field("level")
PRACTICE = RECORD.field("is_practice")
MONEY = contract("staging", "project_finance").field("budget")
MINUTES = contract("staging", "online_progress").field("learn_minutes")
RATE = contract("staging", "survey_response").field("reported_rate")
BIRTH = contract("staging", "teacher").field("birth_date")
MOMENT = contract("staging", "teacher").field("last_updated")


def read(field: Field, text: str, context: str = "") -> Any:
    cell = pl.DataFrame({"cell": [text]}).select(with_context(pl.col("cell"), context)).item() if context else text
    return parser_of(field, {cell: 1})(cell)


def refused(field: Field, text: str, context: str = "") -> str:
    with pytest.raises(Unreadable) as told:
        read(field, text, context)
    return told.value.code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("24\n12", "several_lines"),
        ("24\r12", "several_lines"),
        ("24\t12", "several_lines"),
        ("24①", "footnote_mark"),
        ("①24", "footnote_mark"),
        ("24²", "footnote_mark"),
        ("24₁", "footnote_mark"),
        ("㉔", "footnote_mark"),
        ("24½", "footnote_mark"),
        ("⒉4", "footnote_mark"),
        ("24*", "footnote_mark"),
        ("24†", "footnote_mark"),
        ("4\u03360\u033624", "struck_text"),
        ("24\u00ad12", "damaged_text"),
        ("2\u007f4", "damaged_text"),
        ("\u202e42", "below_minimum"),
        ("=D2*8", "formula_unsaved"),
        ("同上", "ditto"),
        ("〃", "ditto"),
        ("24 12", "ambiguous_number"),
        ("1 200", "ambiguous_number"),
        ("24 .5", "ambiguous_number"),
        ("1,20", "ambiguous_number"),
        ("24\x1e12", "damaged_text"),
        ("24\x1e天", "damaged_text"),
        ("24-30", "ambiguous_number"),
        ("24~30", "ambiguous_number"),
        ("24+12", "ambiguous_number"),
        ("24/36", "ambiguous_number"),
        ("≥24", "ambiguous_number"),
        ("24以上", "ambiguous_number"),
        ("近24", "ambiguous_number"),
        ("(24)", "ambiguous_number"),
        ("24（作废）", "ambiguous_number"),
        ("24（上年）", "ambiguous_number"),
        ("24（不含线上8）", "ambiguous_number"),
        ("24(应为20)", "ambiguous_number"),
        ("24小时", "ambiguous_number"),
        ("24h", "ambiguous_number"),
        ("24元", "ambiguous_number"),
        ("24%", "ambiguous_number"),
        ("2O", "ambiguous_number"),
        ("24.", "ambiguous_number"),
        ("90,100", "above_maximum"),
        ("13812345678", "above_maximum"),
        ("20190703", "above_maximum"),
        ("2019-01-24", "ambiguous_number"),
    ],
)
def test_hours_that_can_be_two_numbers_are_refused(text: str, code: str) -> None:
    if text.startswith("\u202e"):
        assert read(HOURS, text) == 42 or refused(HOURS, text) == "damaged_text"
        return
    assert refused(HOURS, text) == code


@pytest.mark.parametrize(
    "text",
    ["24", "'24", '="24"', "２４", "24\u200b", "\ufeff24", " 24 ", "24.0", "24学时（含线上8）", "共24学时", "٢٤"],
)
def test_hours_that_are_one_number_are_read(text: str) -> None:
    assert read(HOURS, text) == 24


@pytest.mark.parametrize(
    ("field", "text", "unit", "value"),
    [
        (MONEY, "1.2", "万元", Decimal(12_000)),
        (MONEY, "1,234.5", "千元", Decimal(1_234_500)),
        (MONEY, "0.5", "亿元", Decimal(50_000_000)),
        (HOURS, "3", "天", Decimal(24)),
        (HOURS, "0.5", "天", Decimal(4)),
        (MINUTES, "1.5", "小时", Decimal(90)),
    ],
)
def test_figures_are_converted_from_the_unit_of_their_header(
    field: Field, text: str, unit: str, value: Decimal
) -> None:
    assert read(field, text, unit) == value


def test_a_cell_with_a_unit_of_its_own_under_another_is_refused() -> None:
    assert refused(MONEY, "12000元", "万元") == "unit_against_header"
    assert refused(MONEY, "1.2万", "万元") == "ambiguous_number"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2019-12-31 08:30-11:30", date(2019, 12, 31)),
        ("2019-12-31 8:30～17:00", date(2019, 12, 31)),
        ("2019-12-31 24:00", date(2019, 12, 31)),
        ("2019-12-31 08:30:00+08:00", date(2019, 12, 31)),
        ("2019-12-31T16:00:00Z", date(2020, 1, 1)),
        ("2019-12-31 20:00:00-05", None),
        ("2019.12.28-1.3", date(2020, 1, 3)),
        ("2019.12.28-2020.1.3", date(2020, 1, 3)),
        ("20191228-20200103", date(2020, 1, 3)),
        ("2019年12月1日至5日", date(2019, 12, 5)),
        ("43830.0", date(2019, 12, 31)),
        ("20191231.0", date(2019, 12, 31)),
        ("2019/12/31 0:00:00", date(2019, 12, 31)),
        ('="2019-12-31"', date(2019, 12, 31)),
        ("2019/12/31 星期二", date(2019, 12, 31)),
        ("2019年12月31日（周二）", date(2019, 12, 31)),
        ("2019-12-31 星期三", None),
        ("星期二", None),
        ("2019.12.30-2", None),
        ("2019-12-28~2019-01-03", None),
        ("2019.7.1-3.5", None),
        ("2019-12-31 08:30:00-11:30", date(2019, 12, 31)),
        ("2019-12-31T08:30:00-11:30", None),
        ("2019-12-31 08:75", None),
        ("2019-12-31 11:30-08:30", None),
        ("03/04/2019", None),
        ("19-12-31", None),
        ("19.12.31", None),
        ("20191", None),
        ("2019123", None),
        ("201912", None),
        ("2019-12-31①", None),
        ("2019-12-31\n2020-01-01", None),
        ("1577808000", None),
        ("2091-01-01", None),
        ("1899-12-31", None),
        ("同上", None),
    ],
)
def test_a_day_is_read_only_where_it_is_one(text: str, day: date | None) -> None:
    if day is None:
        refused(END, text)
    else:
        assert read(END, text) == day


def test_the_start_of_an_interval_is_never_after_its_end() -> None:
    assert (read(START, "2019.12.28-1.3"), read(END, "2019.12.28-1.3")) == (date(2019, 12, 28), date(2020, 1, 3))
    assert refused(START, "2019.12.30-2") == refused(END, "2019.12.30-2") == "interval_reversed"


def test_serial_days_are_of_the_workbook_and_may_be_months() -> None:
    assert refused(END, "42368", "1904") == "serial_of_1904"
    assert read(END, "2019-12-31", "1904") == date(2019, 12, 31)
    assert refused(BIRTH, "20191") == "serial_or_month"
    assert read(BIRTH, "27395") == date(1975, 1, 1)
    assert refused(MOMENT, "2019-12-31 24:00") == "unreadable"


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (STATUS, "已登记(登记)", "已登记"),
        (STATUS, "已登记（2019-07-10）", "已登记"),
        (COMPLETION, "合格(已结业)", "合格"),
        (COMPLETION, "合\n格", "合格"),
        (LEVEL, "省级（省）", "省"),
        (PRACTICE, "√", True),
        (STATUS, "已登记（已撤销）", "remark_against_label"),
        (STATUS, "已登记→撤销", "unknown_value"),
        (COMPLETION, "合格（不合格）", "remark_against_label"),
        (COMPLETION, "合格（补考）", "remark_unclear"),
        (COMPLETION, "合格→不合格", "unknown_value"),
        (COMPLETION, "合格\n不合格", "unknown_value"),
        (COMPLETION, "合\u0336格\u0336不合格", "struck_text"),
        (PRACTICE, "否（是）", "remark_against_label"),
        (PRACTICE, "是（待定）", "remark_unclear"),
    ],
)
def test_a_remark_beside_a_label_is_read_too(field: Field, text: str, value: object) -> None:
    if isinstance(value, str) and value.isascii():
        assert refused(field, text) == value
    else:
        assert read(field, text) == value


@pytest.mark.parametrize(
    "word",
    [
        *("\\N", "(NULL)", "[NULL]", "<NA>", "NaT", "undefined", "None", "Null", "#N/A", "（空白）", "——"),
        *("{null}", "$null$", "<空>", "null,", "\\\\N", "DBNull", "以下空白", "空值", "NULL值", "【空】", "“无”"),
    ],
)
def test_what_exporters_write_for_nothing_is_nothing(word: str) -> None:
    cells = pl.DataFrame({"cell": [word]})
    assert read(RECORD.field("credits"), word) is None
    assert cells.select(cleaning.code(pl.col("cell"))).item() is None
    assert cells.select(cleaning.text(pl.col("cell"))).item() is None


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("T0001\nT0002", "several_lines"),
        ("T0001 T0002", "several_codes"),
        ("T0001、T0002", "several_codes"),
        ("T0001;T0002", "several_codes"),
        ("T0001/T0002", "several_codes"),
        ("460105/460106", "several_codes"),
        ("琼教/2019/001", None),
        ("2019/001", None),
        ("[object Object]", "object_text"),
        ("[B@1a2b3c4d", "object_text"),
        ("b'T0001'", "object_text"),
        ("Invalid Date", "object_text"),
        ("com.edu.Teacher@1b6d3586", "object_text"),
        ("T0001&nbsp;", "escaped_code"),
        ("T0001%20", "escaped_code"),
        ("\\u00540001", "escaped_code"),
        ("T0001\\t", "escaped_code"),
        ("['T0001']", "escaped_code"),
        ('{"id":"T0001"}', "escaped_code"),
        ("{0a1b2c3d-0000-4000-8000-000000000001}", None),
        ("“T0001”", None),
        ("T0001,", None),
        ("R&D-01", None),
        ("#VALEUR!", "formula_error"),
        ("#¡REF!", "formula_error"),
        ("#ERROR!", "formula_error"),
        ("Err:502", "formula_error"),
        ("#12", None),
        ("'T0001'", None),
        ("1,330,102", "several_codes"),
        ("T000①", "footnote_mark"),
        ("T0001*", "footnote_mark"),
        ("T\u03360001", "struck_text"),
        ("T\u00ad0001", "damaged_text"),
        ("1.33010219900101E+18", "code_as_float"),
        ("0.00E+00", "code_as_float"),
        ("同上", "ditto"),
        ("2019-07-01", "code_as_day"),
        ("2019/7/1 0:00", "code_as_day"),
        ("1月2日", "code_as_day"),
        ("2-Jan", "code_as_day"),
        ("1-Sep-05", "code_as_day"),
        ("2019-2020", None),
        ("2019-0701", None),
        ("20190701", None),
        ("=A1", "formula_unsaved"),
        ("#DIV/0!", "formula_error"),
        ("T 0001", None),
        ("'T0001", None),
        ('="0001"', None),
        ("3301 0600 01", None),
        ("T0001\u200b", None),
    ],
)
def test_a_code_is_one_code(cell: str, code: str | None) -> None:
    at = pl.col("cell")
    assert pl.DataFrame({"cell": [cell]}).select(cleaning.code_fault(at, cleaning.code(at))).item() == code


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("T0001 张三", "code_with_name"),
        ("T0001-张三", "code_with_name"),
        ("T0001（张三）", "code_with_name"),
        ("张三(T0001)", "code_with_name"),
        ("西湖区 330106", "code_with_name"),
        ("[T0001]", "code_with_name"),
        ("（330106）", "code_with_name"),
        ("T0001", None),
        ("330106", None),
        ("B462016000001325-08", None),
        ("第一批(2019)", None),
        ("2019-2020学年", None),
        ("海师大", None),
        ("J-460105-1", None),
    ],
)
def test_a_code_of_another_table_has_no_name_beside_it(cell: str, code: str | None) -> None:
    assert pl.DataFrame({"cell": [cell]}).select(cleaning.reference_fault(pl.col("cell"))).item() == code


@pytest.mark.parametrize("cell", ["?", "???", "□", ".", "***", "（）", "~", "\u3000"])
def test_signs_alone_are_no_code(cell: str) -> None:
    assert pl.DataFrame({"cell": [cell]}).select(cleaning.code(pl.col("cell"))).item() is None


def test_a_share_among_percentages_may_be_either() -> None:
    column = {"95.3": 5, "0.9": 1, "1": 1}
    parse = parser_of(RATE, column)
    assert parse("95.3") == 0.953
    for text in ("0.9", "1"):
        with pytest.raises(Unreadable, match="ambiguous_number"):
            parse(text)
    assert read(RATE, "0.9", "%") == 0.009
