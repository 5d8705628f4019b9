"""Where the header is, what its columns mean, and which lines are no data."""

from collections.abc import Callable

import polars as pl

from models.contracts import contract
from models.staging import FileFacts, Landing, land_file

GridOf = Callable[..., pl.LazyFrame]
SCHOOL = contract("staging", "school")
HEADER = ["学校标识码", "学校名称", "所属单位", "办别"]


def landed_ids(landing: Landing) -> list[str | None]:
    return pl.concat([sheet.rows for sheet in landing.sheets]).collect()["school_id"].to_list()


def test_a_tidy_file(grid_of: GridOf) -> None:
    landing = land_file(grid_of([HEADER, ["2133000001", "甲小学", "330106", "公办"]]), "学校.csv", SCHOOL)
    row = landing.sheets[0].rows.collect().row(0, named=True)
    assert landing.problems == ()
    assert (row["_file"], row["_sheet"], row["_row"]) == ("学校.csv", "", 2)
    assert (row["school_id"], row["school_name"], row["unit_id"]) == ("2133000001", "甲小学", "330106")
    assert row["township"] is None


def test_title_lines_above_and_other_lines_below_are_no_data(grid_of: GridOf) -> None:
    landing = land_file(
        grid_of(
            [
                ["附件1："],
                ["2019年\n学校名单"],
                [None, None, None, None],
                HEADER,
                ["杭州市（2所）"],
                ["2133000001", "甲小学", "330106", "公办"],
                [None, "  ", None, None],
                ["宁波市", "宁波市", "宁波市", "宁波市"],
                HEADER,
                ["2133000002", "乙小学", "330203", "公办"],
                [None, "小 计", None, "2"],
                ["合计", None, None, "2"],
                ["填表人：某某", None, "负责人：某某", None],
                ["教育局制表"],
                ["共2条"],
            ]
        ),
        "学校.xlsx",
        SCHOOL,
    )
    sheet = landing.sheets[0]
    assert sheet.match.row == 4
    assert landed_ids(landing) == ["2133000001", "2133000002"]
    assert sheet.dropped.select("_row", "reason_code").rows() == [
        (5, "group"),
        (8, "group"),
        (9, "repeated_header"),
        (11, "total"),
        (12, "total"),
        (13, "footer"),
        (14, "footer"),
        (15, "footer"),
    ]


def test_a_row_without_its_key_is_data_and_not_dropped(grid_of: GridOf) -> None:
    landing = land_file(
        grid_of([HEADER, [None, "丙小学", "330106", "公办"], [None, "丁小学", None, None]]), "学校.csv", SCHOOL
    )
    assert landing.sheets[0].rows.collect()["school_name"].to_list() == ["丙小学", "丁小学"]
    assert landing.sheets[0].dropped.is_empty()


def test_a_school_called_after_a_total_is_kept(grid_of: GridOf) -> None:
    landing = land_file(grid_of([HEADER, ["2133000001", "合计小学", "330106", "公办"]]), "学校.csv", SCHOOL)
    assert landed_ids(landing) == ["2133000001"]


def test_two_header_lines_are_read_together(grid_of: GridOf) -> None:
    project = contract("staging", "project")
    landing = land_file(
        grid_of(
            [
                ["项目编号", "项目名称", "申报单位", "实施县区", "线上", None, "时间", None],
                [None, None, None, None, "学时", "学分", "开始日期", "结束日期"],
                ["P1", "某项目", "J1", "330106", "10", "1", "2019-01-01", "2019-01-05"],
            ]
        ),
        "培训项目.xlsx",
        project,
    )
    match = landing.sheets[0].match
    assert (match.row, match.last_row) == (1, 2)
    assert match.columns["hours_online"] == "c004"
    assert match.columns["credits_online"] == "c005"
    assert match.columns["end_date"] == "c007"
    assert landing.sheets[0].rows.collect()["project_id"].to_list() == ["P1"]


def test_the_first_data_line_is_never_taken_for_a_header(grid_of: GridOf) -> None:
    checks = contract("staging", "spot_check")
    rows = [["抽查号", "项目编号", "抽查机构", "结论"], ["C1", "P1", "330106", "问题"], ["C2", "P1", "330106", None]]
    landing = land_file(grid_of(rows), "抽查记录.csv", checks)
    assert landing.sheets[0].rows.collect()["check_id"].to_list() == ["C1", "C2"]


def test_traditional_characters_units_and_english_names_are_matched(grid_of: GridOf) -> None:
    rows = [["項目編號", "申報單位", "county_unit_id", "培訓學時（學時）", "备注"], ["P1", "J1", "330106", "40", "x"]]
    match = land_file(grid_of(rows), "project.csv", contract("staging", "project")).sheets[0].match
    assert set(match.columns) == {"project_id", "institution_id", "county_unit_id", "hours_planned"}
    assert match.unmatched == ("备注",)


def test_the_canonical_header_wins_over_a_synonym(grid_of: GridOf) -> None:
    rows = [["单位名称", "学校标识码", "学校名称", "所属单位"], ["甲局", "2133000001", "甲小学", "330106"]]
    sheet = land_file(grid_of(rows), "学校.csv", SCHOOL).sheets[0]
    assert sheet.rows.collect()["school_name"].to_list() == ["甲小学"]
    assert sheet.match.unmatched == ("单位名称",)


def test_each_sheet_has_its_own_header_and_empty_sheets_are_nothing(grid_of: GridOf) -> None:
    first = grid_of([HEADER, ["2133000001", "甲小学", "330106", "公办"]], sheet="城区")
    second = grid_of([["名单"], HEADER[::-1], ["公办", "330203", "乙小学", "2133000002"]], sheet="乡村")
    empty = grid_of([[None, None]], sheet="Sheet3")
    landing = land_file(pl.concat([first, second, empty], how="diagonal"), "学校.xlsx", SCHOOL)
    assert landed_ids(landing) == ["2133000001", "2133000002"]
    assert [sheet.sheet for sheet in landing.sheets] == ["城区", "乡村"]
    assert landing.problems == ()


def test_a_sheet_that_says_it_does_not_count_is_left_out_and_told(grid_of: GridOf) -> None:
    def of(*names: str) -> Landing:
        rows = [HEADER, ["2133000001", "甲小学", "330106", "公办"]]
        return land_file(pl.concat([grid_of(rows, sheet=name) for name in names]), "学校.xlsx", SCHOOL)

    landing = of("学校（作废）", "学校")
    assert landed_ids(landing) == ["2133000001"]
    assert [(told.reason_code, told.sheet) for told in landing.problems] == [("set_aside", "学校（作废）")]
    aside = next(sheet for sheet in landing.sheets if sheet.sheet == "学校（作废）")
    assert aside.dropped["reason_code"].to_list() == ["set_aside"] * 2
    assert landed_ids(of("学校（作废）", "旧数据")) == ["2133000001"]
    assert len(landed_ids(of("学校", "二〇二〇年"))) == 2


def test_lines_that_nothing_divides_are_refused_one_by_one(grid_of: GridOf) -> None:
    grid = grid_of([["2133000001@@甲小学@@330106"], ["2133000002@@乙小学@@330106"]])
    landing = land_file(grid, "学校.txt", SCHOOL, FileFacts("text"))
    assert pl.concat([sheet.rows for sheet in landing.sheets]).collect()["_fault"].to_list() == ["no_header"] * 2


def test_pieces_of_a_record_are_refused(grid_of: GridOf) -> None:
    rows = [
        HEADER,
        ["2133000001", "甲小", None, None],
        ["学", "330106", "公办", None],
        ["2133000002", "乙", "3301", "公办"],
    ]
    landing = land_file(grid_of(rows), "学校.csv", SCHOOL, FileFacts("text", broken=(2, 3)))
    faults = landing.sheets[0].rows.collect()["_fault"].to_list()
    assert faults == ["broken_line", "broken_line", None]


def test_a_sheet_without_a_header_says_what_was_looked_for(grid_of: GridOf) -> None:
    landing = land_file(grid_of([["请勿修改本表"], ["说明一"]], sheet="说明"), "学校.xlsx", SCHOOL)
    (problem,) = landing.problems
    assert landing.sheets[0].dropped["_row"].to_list() == [1, 2]
    assert problem.reason_code == "no_header"
    for part in ("学校.xlsx", "说明", "学校标识码", "请确认文件名与内容相符"):
        assert part in problem.reason


def test_a_required_column_that_is_missing_is_named(grid_of: GridOf) -> None:
    match = land_file(grid_of([["学校标识码", "学校名称"], ["2133000001", "甲"]]), "学校.csv", SCHOOL).sheets[0].match
    assert [field.header for field in match.missing_required] == ["所属单位"]


def test_no_message_quotes_the_cells_of_a_file_without_a_header(grid_of: GridOf) -> None:
    person = ["T0001", "王某某", "110101199003070011", "1990-03-07"]
    for rows in ([person], [["姓名", *person[1:]], ["x", "y"]], [["姓名", "性别", *person[2:]]]):
        landing = land_file(grid_of(rows), "教师信息-3.csv", contract("staging", "teacher"))
        (problem,) = landing.problems
        assert not [cell for cell in person if cell in problem.reason]
