"""One row a key: which row stays, and why the others go."""

from collections.abc import Callable

import polars as pl

from models.contracts import contract
from models.staging import Resolved, land_file, resolve_duplicates, stage

GridOf = Callable[..., pl.LazyFrame]
RECORDS = ["登记编号", "教师编号", "来源类型", "级别", "学时", "结束日期", "结业状态", "状态", "登记日期"]


def record(hours: str, registered: str | None, key: str = "R1") -> list[str | None]:
    return [key, "T1", "集中", "省", hours, "2019-05-01", "合格", "已登记", registered]


def resolved(table: str, **files: pl.LazyFrame) -> Resolved:
    described = contract("staging", table)
    sheets = [sheet for name, grid in files.items() for sheet in land_file(grid, name, described).sheets]
    return resolve_duplicates(stage(sheets, described, "460000", b"key").rows, described)


def test_the_later_registration_wins_wherever_it_stands(grid_of: GridOf) -> None:
    grid = grid_of([RECORDS, record("16", "2019-07-01"), record("8", "2019-06-01"), record("24", None)])
    result = resolved("credit_record", 学分=grid)
    assert result.rows.collect()["hours"].to_list() == [16]
    assert result.duplicates.select("row_number", "reason_code", "kept_row_number").rows() == [
        (3, "superseded", 2),
        (4, "superseded", 2),
    ]
    assert "登记编号“R1”" in result.duplicates["reason"][0]
    assert "学分 第 2 行" in result.duplicates["reason"][0]


def test_the_same_content_differently_written_is_the_same(grid_of: GridOf) -> None:
    grid = grid_of([RECORDS, record("8", "2019-06-01"), record("８学时", "2019年6月1日"), record("9", None, "R2")])
    result = resolved("credit_record", 学分=grid)
    assert result.rows.collect()["_row"].to_list() == [2, 4]
    assert result.duplicates.select("row_number", "reason_code").rows() == [(3, "same_content")]


def test_without_a_date_the_later_file_and_row_win(grid_of: GridOf) -> None:
    def projects(*names: str) -> pl.LazyFrame:
        return grid_of([["项目编号", "项目名称", "申报单位", "实施县区"], *(["P1", n, "J1", "330106"] for n in names)])

    result = resolved("project", **{"项目-10": projects("甲", "乙"), "项目-2": projects("丙")})
    assert result.rows.collect()["project_name"].to_list() == ["乙"]


def test_of_two_files_which_is_later_by_its_name_alone_is_told(grid_of: GridOf) -> None:
    old = grid_of([RECORDS, record("16", "2019-07-01"), record("8", "2019-07-01", "R2"), record("9", None, "R3")])
    new = grid_of(
        [RECORDS, record("24", "2019-07-01"), record("8", "2019-07-01", "R2"), record("7", "2020-01-01", "R3")]
    )
    result = resolved("credit_record", **{"学分": old, "学分(1)": new})
    assert sorted(result.rows.collect()["hours"].to_list()) == [7, 8, 24]
    (problem,) = result.problems
    assert (problem.reason_code, problem.file, problem.row_number) == ("later_by_name", "学分", 2)
    assert "1 行" in problem.reason


def test_keys_of_several_columns_and_empty_parts(grid_of: GridOf) -> None:
    rows = [
        ["教师编号", "角色", "起"],
        ["T1", "班主任", "2018-09-01"],
        ["T1", "班主任", "2019-09-01"],
        ["T1", "班主任", None],
        ["T1", "班主任", None],
    ]
    result = resolved("teacher_role", 职务=grid_of(rows))
    assert result.rows.collect()["_row"].to_list() == [2, 3, 4]
    assert result.duplicates["row_number"].to_list() == [5]


def test_the_latest_version_of_a_school_stays(grid_of: GridOf) -> None:
    rows = [
        ["学校标识码", "学校名称", "所属单位", "有效起"],
        ["S1", "新名小学", "330106", "2018-09-01"],
        ["S1", "旧名小学", "330106", "2010-09-01"],
    ]
    assert resolved("school", 学校=grid_of(rows)).rows.collect()["school_name"].to_list() == ["新名小学"]


def test_nothing_twice_nothing_lost(grid_of: GridOf) -> None:
    result = resolved("credit_record", 学分=grid_of([RECORDS, record("8", None, "R1"), record("8", None, "R2")]))
    assert result.rows.collect().height == 2
    assert result.duplicates.is_empty()
