"""Whole columns: codes, text, percentages, lists and values of several files together."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from models.contracts import contract
from models.staging import land_file, stage

GridOf = Callable[..., pl.LazyFrame]


def typed(table: str, *grids: pl.LazyFrame) -> pl.DataFrame:
    described = contract("staging", table)
    sheets = [s for n, grid in enumerate(grids) for s in land_file(grid, f"{table}-{n}.csv", described).sheets]
    return stage(sheets, described, "330000", b"key").rows.collect()


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("3301060001", "3301060001"),
        (" 3301060001 ", "3301060001"),
        ("３３０１０６０００１", "3301060001"),
        ("3301060001.0", "3301060001"),
        ("'3301060001", "3301060001"),
        ('="3301060001"', "3301060001"),
        ("33 0106\u200b0001", "3301060001"),
        ("X-浙直", "X-浙直"),
        ("0012", "0012"),
        ("A.0", "A.0"),
    ],
)
def test_a_code_stays_text_and_loses_only_what_spreadsheets_add(grid_of: GridOf, written: str, code: str) -> None:
    frame = typed("admin_unit", grid_of([["单位代码", "单位名称"], [written, "某局"]]))
    assert frame["unit_id"].to_list() == [code]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("杭州市　第一 中学", "杭州市第一中学"),
        ("张 三 丰 小学", "张三丰小学"),
        ("Ａ班", "A班"),
        ("ABC School", "ABC School"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("实验\n小学", "实验小学"),
        ("\u200b某校\u00a0", "某校"),
        ("𠮷㙍小学", "𠮷㙍小学"),
        ("暂无", None),
        ("  ", None),
    ],
)
def test_text_is_half_width_without_stray_blanks(grid_of: GridOf, written: str, text: str | None) -> None:
    frame = typed("admin_unit", grid_of([["单位代码", "单位名称"], ["330106", written]]))
    assert frame["unit_name"].to_list() == [text]


@pytest.mark.parametrize("damaged", ["33␀06", "33\ufffd06"])
def test_damaged_bytes_are_never_part_of_a_code_or_a_name(grid_of: GridOf, damaged: str) -> None:
    frame = typed("admin_unit", grid_of([["单位代码", "单位名称"], [damaged, "某局"], ["330106", f"西{damaged}湖"]]))
    assert frame.select("unit_id", "unit_name").rows() == [("330106", None)]


PLAIN = {"登记编号": "R1", "来源类型": "集中", "培训获得学时": "8.5", "所属年度": "2019", "是否实践": "是"}
ODD = {"登记编号": "R2", "来源类型": "面授", "培训获得学时": "8.5学时", "所属年度": "2019年", "是否实践": "√"}


@pytest.mark.parametrize("odd", [{}, ODD, {"登记编号": "R2"}, {**PLAIN, "登记编号": "R2", "是否实践": "否"}])
def test_a_cell_means_the_same_whatever_else_is_in_its_column(grid_of: GridOf, odd: dict[str, str]) -> None:
    """Columns that are written plainly are read by polars alone, others spelling by spelling."""
    needed = {"教师编号": "T1", "级别": "县", "结束日期": "2019-05-01", "结业状态": "合格", "状态": "已登记"}
    lines = [{**PLAIN, **needed}, *([{**needed, **odd}] if odd else [])]
    headers = list(lines[0])
    frame = typed("credit_record", grid_of([headers, *([line.get(name) for name in headers] for line in lines)]))
    read = frame.row(0, named=True)
    assert [read[name] for name in ("source_type", "hours", "credit_year", "is_practice")] == [
        "集中",
        Decimal("8.500"),
        2019,
        True,
    ]


def test_files_with_different_columns_make_one_table(grid_of: GridOf) -> None:
    frame = typed(
        "teacher",
        grid_of([["教师编号", "学校标识码", "聘用日期"], ["T1", "S1", "2019.9.1"]]),
        grid_of([["是否班主任", "学员编号", "学校代码"], ["是", "T2", "S2"]]),
    )
    assert frame.select("province", "teacher_id", "school_id", "hire_date", "is_class_head", "_file").rows() == [
        ("330000", "T1", "S1", date(2019, 9, 1), None, "teacher-0.csv"),
        ("330000", "T2", "S2", None, True, "teacher-1.csv"),
    ]


def test_percentages_are_decided_for_the_whole_column(grid_of: GridOf) -> None:
    rows = [["答卷号", "问卷号", "平台汇总满意率"], ["A1", "Q1", "95.3"], ["A2", "Q1", "0.9"], ["A3", "Q1", "88%"]]
    frame = typed("survey_response", grid_of([*rows, ["A4", "Q1", "91"]]))
    assert frame["reported_rate"].to_list() == [0.953, None, 0.88, 0.91]


def test_lists_and_exact_numbers(grid_of: GridOf) -> None:
    frame = typed(
        "spot_check", grid_of([["抽查号", "项目编号", "抽查机构", "方式"], ["C1", "P1", "330106", "听课、问卷"]])
    )
    assert frame["method_codes"].to_list() == [["随堂听课", "问卷"]]
    hours = typed("project", grid_of([["项目编号", "申报单位", "实施县区", "培训学时"], ["P1", "J1", "330106", "3天"]]))
    assert hours["hours_planned"].to_list() == [Decimal("24.000")]
