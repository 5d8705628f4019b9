"""Faults a dump may have: each is told in words people can act on, and nothing else is lost."""

from collections.abc import Callable, Sequence

import polars as pl

from models.contracts import contract
from models.staging import Landing, land_file, resolve_duplicates, row_counts, stage

GridOf = Callable[..., pl.LazyFrame]
KEY = b"a key of this test"


def night(table: str, landing: Landing) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, int]]:
    """Rows kept, rejects and the counts of one file."""
    described = contract("staging", table)
    staged = stage(landing.sheets, described, "330000", KEY)
    resolved = resolve_duplicates(staged.rows, described)
    counts = row_counts(described, landing.sheets, resolved.rows, staged.rejects, resolved.duplicates)
    assert (
        counts.select(
            pl.col("rows_read")
            == pl.sum_horizontal("rows_staged", "rows_rejected", "rows_duplicate", "rows_dropped_total")
        )
        .to_series()
        .all()
    )
    return resolved.rows.collect(), staged.rejects.collect(), counts.to_dicts()[0] if counts.height else {}


def run(table: str, grid: pl.LazyFrame) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, int]]:
    return night(table, land_file(grid, f"{table}.csv", contract("staging", table)))


TEACHERS = ["教师编号", "姓名", "身份证号", "学校标识码", "聘用日期"]


def teachers(grid_of: GridOf, *rows: Sequence[str | None]) -> pl.LazyFrame:
    return grid_of([TEACHERS, ["T1", "甲", None, "2133000001", "2010-09-01"], *rows])


def test_a_table_without_its_key_column(grid_of: GridOf) -> None:
    landing = land_file(
        grid_of([TEACHERS[1:], ["甲", None, "2133000001", "2010"]]), "教师信息.csv", contract("staging", "teacher")
    )
    (problem,) = landing.problems
    assert problem.reason_code == "no_key_column"
    for part in ("教师信息.csv", "第 1 行", "“教师编号”", "学员编号", "姓名、身份证号、学校标识码", "请补上该列"):
        assert part in problem.reason
    kept, rejects, counts = night("teacher", landing)
    assert kept.is_empty()
    assert rejects.select("row_number", "reason_code", "severity").rows() == [
        (1, "no_key_column", "row"),
        (2, "no_key_column", "row"),
    ]
    assert counts["rows_rejected"] == 2


def test_a_day_that_does_not_exist_costs_only_its_cell(grid_of: GridOf) -> None:
    kept, rejects, counts = run("teacher", teachers(grid_of, ["T2", "乙", None, "2133000001", "2019-02-30"]))
    assert kept["teacher_id"].to_list() == ["T1", "T2"]
    assert kept["hire_date"].is_null().to_list() == [False, True]
    assert rejects.rows(named=True) == [
        {
            "table_name": "teacher",
            "file": "teacher.csv",
            "sheet": "",
            "row_number": 3,
            "column_name": "hire_date",
            "raw_value": "2019-02-30",
            "reason_code": "no_such_date",
            "reason": "“聘用日期”是历法上没有的日期（如 2 月 30 日），请改为实际日期",
            "severity": "cell",
        }
    ]
    assert counts["rows_rejected"] == 0


def test_a_required_day_that_does_not_exist_costs_its_row(grid_of: GridOf) -> None:
    header = ["登记编号", "教师编号", "来源类型", "级别", "学时", "结束日期", "结业状态", "状态"]
    good = ["R1", "T1", "集中", "省", "8", "2019-02-28", "合格", "已登记"]
    bad = ["R2", "T1", "集中", "省", "8", "2019-02-30", "合格", "已登记"]
    kept, rejects, counts = run("credit_record", grid_of([header, good, bad]))
    assert kept["record_id"].to_list() == ["R1"]
    assert rejects.select("row_number", "column_name", "reason_code", "severity").rows() == [
        (3, "end_date", "no_such_date", "row")
    ]
    assert (counts["rows_read"], counts["rows_staged"], counts["rows_rejected"]) == (2, 1, 1)


def test_a_code_kept_as_a_float_is_refused_and_a_whole_one_repaired(grid_of: GridOf) -> None:
    kept, rejects, _ = run(
        "teacher",
        teachers(
            grid_of,
            ["1.33010219900101E+18", "乙", None, "2133000001", None],
            ["3301060001.0", "丙", None, "2133000001.0", None],
        ),
    )
    assert kept["teacher_id"].to_list() == ["T1", "3301060001"]
    assert kept["school_id"].to_list() == ["2133000001", "2133000001"]
    assert rejects.select("row_number", "reason_code", "raw_value", "severity").rows() == [
        (3, "code_as_float", "1.33010219900101E+18", "row")
    ]
    assert "设为文本" in rejects["reason"][0]


def test_a_damaged_id_number_costs_only_its_cell_and_is_never_shown(grid_of: GridOf) -> None:
    valid, damaged = "11010519491231002X", "3.30102E+17"
    kept, rejects, _ = run(
        "teacher",
        teachers(
            grid_of,
            ["T2", "乙", valid, "2133000001", None],
            ["T3", "丙", damaged, "2133000001", None],
            ["T4", "丁", "110105194912310000", "2133000001", None],
        ),
    )
    assert kept["id_hash"].is_null().to_list() == [True, False, True, True]
    assert rejects["reason_code"].to_list() == ["code_as_float", "id_number_precision_lost"]
    shown = f"{kept.write_json()}{rejects.write_json()}"
    for secret in (valid, damaged, "110105194912310000"):
        assert secret not in shown
    assert rejects["raw_value"].to_list() == ["（已隐去，11 个字符）", "（已隐去，18 个字符）"]


def test_a_teacher_of_no_school(grid_of: GridOf) -> None:
    kept, rejects, counts = run(
        "teacher", teachers(grid_of, ["T2", "乙", None, None, "昨天"], ["T3", "丙", None, "暂无", "2011-09-01"])
    )
    assert kept["teacher_id"].to_list() == ["T1"]
    assert rejects.select("row_number", "column_name", "reason_code", "severity").rows() == [
        (3, "school_id", "required_empty", "row"),
        (4, "school_id", "required_empty", "row"),
    ]
    assert rejects["reason"][0] == "“学校标识码”为必填，此行为空，请补填后重新导出"
    assert counts["rows_rejected"] == 2


def test_a_project_in_no_county(grid_of: GridOf) -> None:
    header = ["项目编号", "项目名称", "申报单位", "实施县区"]
    kept, rejects, _ = run("project", grid_of([header, ["P1", "甲", "J1", "330106"], ["P2", "乙", "J1", " "]]))
    assert kept["project_id"].to_list() == ["P1"]
    assert rejects["reason"].to_list() == ["“实施县区”为必填，此行为空，请补填后重新导出"]


def test_a_row_with_several_faults_is_one_entry_that_names_them_all(grid_of: GridOf) -> None:
    header = ["登记编号", "教师编号", "来源类型", "级别", "学时", "结束日期", "结业状态", "状态", "登记日期"]
    bad = ["R2", None, "集中", "乡", "-8", "2019-02-28", "合格", "已登记", "某日"]
    kept, rejects, counts = run("credit_record", grid_of([header, bad]))
    assert kept.is_empty()
    assert counts["rows_rejected"] == rejects.height == 1
    assert rejects["reason"][0] == "“教师编号”为必填，此行为空，请补填后重新导出；同一行的“级别”“培训获得学时”也须改正"


def test_a_required_column_that_is_absent_rejects_every_row(grid_of: GridOf) -> None:
    kept, rejects, counts = run("teacher", grid_of([["教师编号", "姓名"], ["T1", "甲"], ["T2", "乙"]]))
    assert kept.is_empty()
    assert rejects["reason_code"].to_list() == ["required_empty"] * 2
    assert counts["rows_rejected"] == 2


def test_an_absent_table_is_an_empty_one() -> None:
    described = contract("staging", "teacher")
    staged = stage([], described, "330000", KEY)
    resolved = resolve_duplicates(staged.rows, described)
    assert resolved.rows.collect().schema == described.schema()
    assert staged.rejects.collect().is_empty()
    assert row_counts(described, [], resolved.rows, staged.rejects, resolved.duplicates).is_empty()


def test_an_absent_optional_column_is_null_of_its_type(grid_of: GridOf) -> None:
    kept, rejects, _ = run("teacher", teachers(grid_of))
    assert kept.schema == contract("staging", "teacher").schema()
    assert kept["is_class_head"].to_list() == [None]
    assert rejects.is_empty()


def test_a_file_of_only_a_header_gives_no_rows(grid_of: GridOf) -> None:
    kept, _, counts = run("teacher", grid_of([TEACHERS]))
    assert kept.schema == contract("staging", "teacher").schema()
    assert counts["rows_read"] == 0
