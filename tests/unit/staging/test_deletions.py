"""Rows that the platform has deleted are no data; what cannot be told is read, and told."""

import pytest

from models.contracts import contract
from models.staging import FileFacts, land_file

SCHOOL = contract("staging", "school")


def landed(grid_of, header, flags):
    rows = [[f"31460000{n:02}", "甲小学", "460105", flag] for n, flag in enumerate(flags, start=1)]
    grid = grid_of([["学校标识码", "学校名称", "所属单位", header], *rows])
    landing = land_file(grid, "学校.csv", SCHOOL, FileFacts("text"))
    (sheet,) = landing.sheets
    kept = [int(key[-2:]) for key in sheet.rows.collect()["school_id"]]
    return sheet, kept, [(problem.reason_code, problem.row_number) for problem in landing.problems]


@pytest.mark.parametrize("header", ["del_flag", "IS_DELETED", "isDeleted", "是否删除", "删除标志", "作废标志"])
@pytest.mark.parametrize(
    ("alive", "gone"), [("0", "1"), ("0", "2"), ("否", "是"), ("N", "Y"), ("false", "TRUE"), (None, "1.0")]
)
def test_flags(grid_of, header, alive, gone):
    sheet, kept, told = landed(grid_of, header, [alive, gone, alive, gone])
    assert (kept, told) == ([1, 3], [("deleted_rows", 3)])
    assert sheet.set_apart.select("_row", "reason_code").rows() == [(3, "deleted"), (5, "deleted")]


@pytest.mark.parametrize("header", ["删除时间", "deleted_at"])
def test_moments(grid_of, header):
    _, kept, told = landed(grid_of, header, [None, "2021-03-04 05:06:07", "NULL", "0000-00-00 00:00:00"])
    assert (kept, told) == ([1, 3, 4], [("deleted_rows", 3)])


def test_flags_that_nobody_knows_are_read_and_told(grid_of):
    _, kept, told = landed(grid_of, "删除状态", ["0", "待定删", "1", "3"])
    assert (kept, told) == ([1, 2, 4], [("deleted_rows", 4), ("deletion_unclear", 3)])


@pytest.mark.parametrize("header", ["是否有效", "启用状态", "备注", "删除人"])
def test_other_columns_are_no_flags(grid_of, header):
    _, kept, told = landed(grid_of, header, ["1", "0"])
    assert (kept, told) == ([1, 2], [("unknown_header", 1)])


@pytest.mark.parametrize(
    "line",
    [
        "（仅显示前 10 条，共 5000 条）",
        "数据量过大，仅导出前10条",
        "只导出了前10条记录",
        "... (5 more rows)",
        "导出中断",
    ],
)
@pytest.mark.parametrize("is_above", [True, False])
def test_a_file_that_says_it_is_not_whole_is_told(grid_of, line, is_above):
    row = ["3146000001", "甲小学", "460105"]
    header = ["学校标识码", "学校名称", "所属单位"]
    rows = [[line], header, row] if is_above else [header, row, [line]]
    landing = land_file(grid_of(rows), "学校.csv", SCHOOL, FileFacts("text", broken=(1,) if is_above else (3,)))
    assert ("says_not_all", 1 if is_above else 3) in [(p.reason_code, p.row_number) for p in landing.problems]


@pytest.mark.parametrize(
    ("line", "is_told"),
    [("以下为作废记录", True), ("以下撤销", True), ("海口市", False), ("以下为补登", False)],
)
def test_a_line_that_may_take_back_what_follows_is_told(grid_of, line, is_told):
    row = ["3146000001", "甲小学", "460105"]
    grid = grid_of([["学校标识码", "学校名称", "所属单位"], row, [line], ["3146000002", *row[1:]]])
    landing = land_file(grid, "学校.csv", SCHOOL, FileFacts("text"))
    assert [(p.reason_code, p.row_number) for p in landing.problems] == ([("line_says_void", 3)] if is_told else [])
    assert landing.sheets[0].rows.collect().height == 2
