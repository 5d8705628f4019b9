"""What headers say beside their field's name, and how several lines and columns share one field."""

from collections.abc import Callable, Sequence

import polars as pl
import pytest

from models.contracts import contract
from models.staging import FileFacts, Landing, land_file, resolve_duplicates, row_counts, stage
from models.staging.headings import read_heading, stated_units

GridOf = Callable[..., pl.LazyFrame]
RECORD = contract("staging", "credit_record")
FINANCE = contract("staging", "project_finance")
HEADER = ["登记编号", "教师编号", "来源类型", "级别", "培训获得学时", "结束日期", "结业状态", "状态"]
Row = list[str | None]


def record(number: int, hours: str | None = "24", **changed: str) -> Row:
    values = dict(zip(HEADER, [f"D{number}", "T1", "集中", "省", hours, "2019-07-03", "合格", "已登记"], strict=True))
    return list((values | changed).values())


def landed(grid: pl.LazyFrame, kind: str = "xlsx") -> Landing:
    return land_file(grid, "学分.xlsx", RECORD, FileFacts(kind))


def told(landing: Landing) -> list[str]:
    return [problem.reason_code for problem in landing.problems]


def hours(landing: Landing) -> list[float]:
    staged = stage(landing.sheets, RECORD, "460000", b"key")
    resolved = resolve_duplicates(staged.rows, RECORD)
    counts = row_counts(RECORD, landing.sheets, resolved.rows, staged.rejects, resolved.duplicates)
    parts = ("rows_staged", "rows_rejected", "rows_duplicate", "rows_dropped_total")
    assert (counts["rows_read"] == counts.select(pl.sum_horizontal(parts)).to_series()).all()
    return [float(value) for value in resolved.rows.collect().sort("_row")["hours"]]


def refusals(landing: Landing) -> list[str]:
    rejects = stage(landing.sheets, RECORD, "460000", b"key").rejects.collect()
    return rejects.filter(severity="row").sort("row_number")["reason_code"].to_list()


@pytest.mark.parametrize(
    ("label", "unit", "fault"),
    [
        ("培训获得学时", "", ""),
        ("*培训获得学时（必填）", "", ""),
        ("6.培训获得学时", "", ""),
        ("培训获得学时（学时）", "学时", ""),
        ("培训获得学时[课时]", "课时", ""),
        ("培训获得学时（含线上）", "", ""),
        ("培训获得学时（合计）", "", ""),
        ("培训获得学时(hours)", "", ""),
        ("【培训获得学时】", "", ""),
        ("“培训获得学时”", "", ""),
        ("培训获得学时▼", "", ""),
        ("培训获得学时（天）", "天", ""),
        ("培训获得学时/天", "天", ""),
        ("培训获得学时（单位：天）", "天", ""),
        ("培训获得学时（小时）", "小时", "unit_unclear"),
        ("培训获得学时（分钟）", "分钟", "unit_unclear"),
        ("培训获得学时（上年）", "", "column_remark"),
        ("培训获得学时（计划）", "", "column_remark"),
        ("培训获得学时（1）", "", "column_remark"),
        ("培训获得学时(0)", "", "column_remark"),
        ("培训获得学时（2018年）", "", "column_remark"),
        ("[作废]培训获得学时", "", "column_remark"),
        ("培训获得学时【停用】", "", "column_remark"),
        ("培训获得学时（不含线上）", "", "column_remark"),
        ("培训获得学时（其中：线上）", "", "column_remark"),
        ("培训获得学时（教务处）", "", "column_remark"),
        ("培\u0336训\u0336获\u0336得\u0336学\u0336时\u0336", "", "column_remark"),
    ],
)
def test_what_stands_beside_the_name_of_a_field(label: str, unit: str, fault: str) -> None:
    heading = read_heading(label, RECORD)
    assert heading is not None
    assert (heading.field.name, heading.unit, heading.fault) == ("hours", unit, fault)


def test_a_remark_nobody_knows_is_assumed_harmless_only_where_no_figure_depends_on_it() -> None:
    known = read_heading("结束日期（止）", RECORD)
    assert known is not None
    assert (known.assumed, known.fault) == (True, "")
    planned = read_heading("结束日期（计划）", RECORD)
    assert planned is not None
    assert planned.fault == "column_remark"
    assert read_heading("上年培训获得学时", RECORD) is None


@pytest.mark.parametrize(
    ("line", "units"),
    [
        ("单位：万元", ("万元",)),
        ("金额单位:千元", ("千元",)),
        ("单位：人、万元", ("人", "万元")),
        ("（万元）", ("万元",)),
        ("2019年经费表（单位：万元）", ("万元",)),
        ("单位：杭州市教育局", ()),
        ("2019年经费表", ()),
    ],
)
def test_units_a_line_above_names(line: str, units: tuple[str, ...]) -> None:
    assert stated_units(line) == units


@pytest.mark.parametrize(
    ("above", "header", "budget"),
    [
        ([], "预算（万元）", 12_000),
        (["单位：万元"], "预算", 12_000),
        (["单位：万元"], "预算（元）", 1.2),
        (["单位：元"], "预算", 1.2),
        (["单位：元、万元"], "预算", None),
        ([], "预算（美元）", None),
    ],
)
def test_money_in_the_unit_it_is_stated_in(grid_of: GridOf, above: Row, header: str, budget: float | None) -> None:
    lines = [above] if above else []
    landing = land_file(grid_of([*lines, ["项目编号", "科目", header], ["P1", "培训费", "1.2"]]), "经费.csv", FINANCE)
    found = stage(landing.sheets, FINANCE, "460000", b"key").rows.collect()["budget"].to_list()
    assert [None if each is None else float(each) for each in found] == [budget]


@pytest.mark.parametrize(
    ("labels", "values", "read"),
    [
        (["学时", "认定学时"], ["40", "20"], [20.0]),
        (["培训获得学时", "认定学时"], ["40", "20"], [20.0]),
        (["培训获得学时", "学时"], ["40", "20"], [40.0]),
        (["培训获得学时（上年）", "培训获得学时"], ["40", "20"], [20.0]),
        (["学时", "获得学时"], ["40", "20"], []),
        (["培训获得学时", "培训获得学时"], ["40", "20"], []),
        (["培训获得学时", "培训获得学时"], ["40", None], [40.0]),
    ],
)
def test_of_two_columns_one_is_taken_by_rule_or_none(
    grid_of: GridOf, labels: list[str], values: Row, read: list[float]
) -> None:
    header = [*HEADER[:4], labels[0], *HEADER[5:], labels[1]]
    landing = landed(grid_of([header, [*record(1, values[0]), values[1]]]))
    assert hours(landing) == read
    assert (read == [40.0] and values[1] is None) or "column_twice" in told(landing)


def over(*columns: tuple[str, str, str | None]) -> Callable[[GridOf], pl.LazyFrame]:
    """A grid whose hours stand in several columns (upper label, lower label, value)."""

    def build(grid_of: GridOf) -> pl.LazyFrame:
        first: Row = [*HEADER[:4], *(upper for upper, _, _ in columns), *HEADER[5:]]
        second: Row = [None] * 4 + [lower for _, lower, _ in columns] + [None] * 3
        values: Sequence[str | None] = [value for _, _, value in columns]
        return grid_of([first, second, [*record(1)[:4], *values, *record(1)[5:]]])

    return build


@pytest.mark.parametrize(
    ("grid", "read"),
    [
        (over(("培训获得学时", "线上", "10"), ("培训获得学时", "线下", "14"), ("培训获得学时", "合计", "24")), [24.0]),
        (over(("培训获得学时", "线上", "10"), ("", "线下", "14"), ("", "小计", "24")), [24.0]),
        (over(("培训获得学时", "合计", "24"), ("培训获得学时", "其中：线上", "10")), [24.0]),
        (over(("培训获得学时", "面授", "10"), ("培训获得学时", "网络", "14")), []),
        (over(("培训获得学时", "计划", "10"), ("培训获得学时", "实际", "14")), []),
        (over(("培训获得学时", "计划", "10"), ("", "实际", "14")), []),
        (over(("培训获得学时", "2018", "10"), ("", "2019年", "14")), []),
        (over(("培训获得学时", "一季度", "10"), ("", "二季度", "14"), ("", "合计", "24")), [24.0]),
        (over(("集中", "学时", "10"), ("网络", "学时", "14")), []),
        (over(("上年", "学时", "10"), ("", "学分", "2")), []),
        (over(("培训情况", "学时", "10"), ("", "学分", "2")), [10.0]),
    ],
)
def test_of_sub_columns_the_total_is_taken_or_none(
    grid_of: GridOf, grid: Callable[[GridOf], pl.LazyFrame], read: list[float]
) -> None:
    assert hours(landed(grid(grid_of))) == read


def test_a_header_further_down_in_another_order_is_followed(grid_of: GridOf) -> None:
    backwards = [*reversed(HEADER)]
    landing = landed(grid_of([HEADER, record(1, "8"), backwards, [*reversed(record(2, "16"))], HEADER, record(3, "4")]))
    assert hours(landing) == [8.0, 16.0, 4.0]
    assert told(landing) == ["header_again", "header_again"]


@pytest.mark.parametrize(
    "line",
    [
        ["1", "2", "3", "4", "5", "6", "7", "8"],
        ["甲", "乙", "1", "2", "3", "4", "5", "6"],
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", "(8)"],
        ["栏次", "1", "2", "3", "4", "5", "6", "7"],
        ["record_id", "teacher_id", "source_type", "level", "hours", "end_date", "completion", "status"],
        ["DJBH", "JSBH", "LYLX", "JB", "XS", "JSRQ", "JYZT", "ZT"],
        ["varchar(20)", "varchar(20)", "varchar(8)", "varchar(8)", "number(6,2)", "date", "varchar(8)", "varchar(8)"],
        ["-----", "-----", "--------", "----", "----", "----------", "----", "------"],
        ["必填", "必填", "必填", "必填", "必填", "必填", "选填", "必填"],
        record(0, 登记编号="（示例）D0001"),
        record(0, 登记编号="例：D0001"),
        ["填写说明：请勿修改表头", None, None, None, None, None, None, None],
    ],
)
def test_help_lines_of_templates_are_no_data(grid_of: GridOf, line: Row) -> None:
    landing = landed(grid_of([HEADER, line, record(1)]))
    assert hours(landing) == [24.0]
    assert told(landing) in (["template_lines"], [])


def test_a_row_that_only_looks_like_a_help_line_is_data(grid_of: GridOf) -> None:
    landing = landed(grid_of([HEADER, record(1), record(2), record(3)]))
    assert hours(landing) == [24.0] * 3
    three = land_file(grid_of([["项目编号", "科目", "预算"], ["1", "培训费", "3"]]), "经费.csv", FINANCE)
    assert three.sheets[0].dropped.is_empty()


@pytest.mark.parametrize(("kind", "read", "codes"), [("text", [24.0], ["surplus_cells"]), ("xlsx", [24.0, 1.0], [])])
def test_more_cells_than_headers(grid_of: GridOf, kind: str, read: list[float], codes: list[str]) -> None:
    moved = [*record(2)[:4], "1", *record(2)[5:], "200"]
    landing = landed(grid_of([HEADER, record(1), moved]), kind)
    assert hours(landing) == read
    assert refusals(landing) == codes
    assert told(landing) == ["surplus_cells"]


def test_headers_nobody_knows_are_told_without_their_text(grid_of: GridOf) -> None:
    landing = landed(grid_of([[*HEADER, "学分学时备注", "联系电话"], [*record(1), "见附件", "13812345678"]]))
    (first, second) = landing.problems
    assert (first.reason_code, first.column_name, first.row_number) == ("unknown_header", "第 9 列（I 列）", 1)
    assert "培训获得学时" in first.reason
    assert not [text for text in ("备注", "见附件", "电话", "138") if text in first.reason + second.reason]
    rejects = stage(landing.sheets, RECORD, "460000", b"key").rejects.collect()
    assert rejects.select("row_number", "severity", "raw_value").rows() == [
        (1, "cell", "表头“学分学时备注”；内容如：见附件"),
        (1, "cell", "表头“联系电话”；内容如：（已隐去）"),
    ]


@pytest.mark.parametrize(
    ("lines", "rows", "codes"),
    [
        ([["共10条"]], 5, ["count_differs"]),
        ([["共5条"]], 5, []),
        ([["合计：5人"]], 5, []),
        ([["(5 rows affected)"]], 5, []),
        ([["6 rows selected."]], 5, ["count_differs"]),
        ([["合计", None, None, None, "120"]], 5, []),
        ([["合计", None, None, None, "100"]], 5, ["total_differs"]),
        ([["第1页 共2页"]], 5, []),
        ([["共6条记录，第1/1页"]], 5, ["count_differs"]),
        ([["记录数：6"]], 5, ["count_differs"]),
        ([["共十一条"]], 5, ["count_differs"]),
        ([["共五条。"]], 5, []),
        ([["合计：二十人"]], 5, ["count_differs"]),
        ([["总数：5"]], 5, []),
        ([["已选择6行。"]], 5, ["count_differs"]),
        ([["Total: 6"]], 5, ["count_differs"]),
        ([["(5 rows)"]], 5, []),
        ([["Total", None, None, None, "100"]], 5, ["total_differs"]),
        ([["Grand Total", None, None, None, "120"]], 5, []),
    ],
)
def test_what_a_file_states_of_itself_is_held_against_it(
    grid_of: GridOf, lines: list[Row], rows: int, codes: list[str]
) -> None:
    landing = landed(grid_of([HEADER, *(record(n) for n in range(rows)), *lines]))
    assert told(landing) == codes
    assert len(hours(landing)) == rows


@pytest.mark.parametrize(
    ("serials", "codes"),
    [
        (["1", "2", "3"], []),
        (["1", "2", "4"], ["serials_missing"]),
        (["5", "6", "7"], []),
        (["1", "2", "1"], []),
        (["1", None, "3"], []),
        ([None, None, None], []),
        (["甲", "乙", "丙"], []),
    ],
)
def test_running_numbers_tell_of_missing_rows(grid_of: GridOf, serials: list[str | None], codes: list[str]) -> None:
    """They are no header to be told of; after a filter, or in several lists, they begin elsewhere or again."""
    body = [[serial, *record(number)] for number, serial in enumerate(serials)]
    landing = landed(grid_of([["序号", *HEADER], *body]))
    assert told(landing) == codes
    assert len(hours(landing)) == len(serials)
    assert stage(landing.sheets, RECORD, "460000", b"key").rejects.collect().is_empty()


@pytest.mark.parametrize(
    ("lines", "budget"),
    [
        ([["", "", "万元"], ["P1", "培训费", "1.2"]], 12000.0),
        ([["", "", "（单位：万元）"], ["P1", "培训费", "1.2"]], 12000.0),
        ([["P1", "培训费", "1.2"], ["单位：万元", None, None]], 12000.0),
        ([["P1", "培训费", "12000"], ["单位：某县教育局", None, None]], 12000.0),
        ([["P1", "培训费", "12000"], ["单位：元", None, None]], 12000.0),
    ],
)
def test_a_unit_below_the_header_or_the_rows(grid_of: GridOf, lines: list[Row], budget: float) -> None:
    landing = land_file(grid_of([["项目编号", "科目", "预算"], *lines]), "经费.xlsx", FINANCE)
    rows = stage(landing.sheets, FINANCE, "460000", b"key").rows.collect()
    assert [float(value) for value in rows["budget"]] == [budget]


@pytest.mark.parametrize(
    ("above", "read", "codes"),
    [
        ([record(1)], 1, ["above_header"]),
        ([["学分登记表"], ["单位：某县"]], 1, []),
        ([["序号说明", "甲", "乙"]], 1, []),
        ([[str(n) for n in range(1, 9)]], 1, []),
        ([["某县", "2021", "年"]], 1, []),
        ([record(1), record(2), ["学分登记表"]], 1, ["above_header"]),
    ],
)
def test_rows_above_the_header_are_counted_and_refused(
    grid_of: GridOf, above: list[Row], read: int, codes: list[str]
) -> None:
    landing = landed(grid_of([*above, HEADER, record(9)]))
    assert told(landing) == codes
    assert len(hours(landing)) == read
    assert refusals(landing) == ["above_header"] * sum(line[0] in {"D1", "D2"} for line in above)


def test_groups_that_state_their_number(grid_of: GridOf) -> None:
    """As in the Ministry's list of universities: one province has one more row than it says."""
    body = [["浙江省（2所）"], record(1), record(2), ["海南省（27所）"], *(record(n) for n in range(3, 31))]
    landing = landed(grid_of([HEADER, *body]))
    (problem,) = landing.problems
    assert (problem.reason_code, problem.row_number) == ("count_differs", 5)
    assert "27" in problem.reason
    assert "28" in problem.reason
    nested = [["海南省（3所）"], ["海口市（2所）"], record(1), record(2), ["三亚市（1所）"], record(3)]
    assert landed(grid_of([HEADER, *nested])).problems == ()


def sheets(grid_of: GridOf, **rows: list[Row]) -> pl.LazyFrame:
    return pl.concat([grid_of(lines, sheet=name) for name, lines in rows.items()], how="diagonal")


def test_a_sheet_without_a_header_goes_on_or_is_counted(grid_of: GridOf) -> None:
    going_on = landed(sheets(grid_of, 一=[HEADER, record(1)], 二=[record(2), record(3)]))
    assert hours(going_on) == [24.0, 24.0, 24.0]
    assert told(going_on) == ["header_carried"]
    other = landed(sheets(grid_of, 一=[HEADER, record(1)], 二=[[*reversed(record(2))], [*reversed(record(3))]]))
    assert hours(other) == [24.0]
    assert refusals(other) == ["no_header", "no_header"]
    note = landed(sheets(grid_of, 一=[HEADER, record(1)], 说明=[["代码", "含义"], ["10", "国家级"]]))
    assert refusals(note) == []
    assert sum(sheet.dropped.height for sheet in note.sheets) == 2


def test_days_of_a_workbook_since_1904(grid_of: GridOf) -> None:
    grid = grid_of([HEADER, record(1, 结束日期="42368"), record(2)])
    landing = land_file(grid, "学分.xlsx", RECORD, FileFacts("xlsx", since_1904=True))
    rejects = stage(landing.sheets, RECORD, "460000", b"key").rejects.collect()
    assert rejects.select("reason_code", "raw_value").rows() == [("serial_of_1904", "42368")]
