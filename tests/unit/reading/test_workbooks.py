"""Excel workbooks, old and new: what a person sees in a cell is what the grid holds."""

import datetime as dt
import io
import re
import zipfile

import pytest
import xlsxwriter

from pipelines.ingest.reading import UnreadableFile


def workbook(fill):
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        fill(book)
    return target.getvalue()


def of_rows(*rows, sheet="数据"):
    def fill(book):
        page = book.add_worksheet(sheet)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)

    return workbook(fill)


def rewritten(content, part, change):
    """The package with one part's bytes changed."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            old_bytes = old.read(info)
            new.writestr(info, change(old_bytes) if info.filename == part else old_bytes)
    return target.getvalue()


def test_values_come_out_as_excel_shows_them(desk):
    def fill(book):
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        page = book.add_worksheet("数据")
        page.write_row(0, 0, [90.0, 15.3, 0.1 + 0.2, 330102198001011234.0, True, " ９０学时 ", -3])
        page.write_datetime(1, 0, dt.datetime.fromisoformat("2019-12-26"), day)
        page.write_datetime(1, 1, dt.datetime.fromisoformat("2019-12-26T23:59:59"), moment)
        page.write_datetime(1, 2, dt.time(8, 30), book.add_format({"num_format": "hh:mm"}))
        page.write_number(1, 3, 1.5, book.add_format({"num_format": "[h]:mm"}))
        page.write_string(1, 4, "4211050001")
        page.write_formula(1, 5, "=A1*2", None, 180)

    assert desk.cells("a.xlsx", workbook(fill)) == [
        ("90", "15.3", "0.3", "3.30102198001011E+17", "TRUE", " ９０学时 ", "-3"),
        ("2019-12-26", "2019-12-26 23:59:59", "08:30:00", "36:00:00", "4211050001", "180", None),
    ]


def test_broken_formulas_keep_their_error(desk):
    def fill(book):
        page = book.add_worksheet("数据")
        page.write_row("B2", ["学时", "学分"])
        page.write_formula("B3", "=1/0", None, "#DIV/0!")
        page.write_formula("C3", "=#REF!", None, "#REF!")

    _, grid = desk.read("a.xlsx", workbook(fill))
    assert grid.rows() == [("数据", 2, None, "学时", "学分"), ("数据", 3, None, "#DIV/0!", "#REF!")]


def test_every_sheet_is_read_and_hidden_ones_are_named(desk):
    def fill(book):
        book.add_worksheet("高校").write_row("A1", ["编号", "名称"])
        hidden = book.add_worksheet("暂存")
        hidden.write("C5", "在此")
        hidden.hide()
        book.add_worksheet("空白")

    summary, grid = desk.read("a.xlsx", workbook(fill))
    assert grid.rows() == [("高校", 1, "编号", "名称", None), ("暂存", 5, None, None, "在此")]
    assert [(s.name, s.rows, s.columns) for s in summary.sheets] == [("高校", 1, 2), ("暂存", 1, 3), ("空白", 0, 0)]
    assert summary.warnings == ("工作表“暂存”是隐藏的，已照常读取",)


def test_merged_cells_fill_data_and_headers_but_not_titles(desk):
    def fill(book):
        page = book.add_worksheet("数据")
        page.merge_range("A1:D1", "附件1：培训名单")
        page.merge_range("A2:A3", "学校")
        page.merge_range("B2:C2", "培训时间")
        page.write("D2", "学时")
        page.write_row("B3", ["开始", "结束"])
        page.merge_range("A4:D4", "杭州市（2所）")
        page.merge_range("A5:A6", "第一中学")
        page.write_row("B5", ["2019-01-01", "2019-01-02", 16])
        page.write_row("B6", ["2019-02-01", "2019-02-02", 8])

    assert desk.cells("a.xlsx", workbook(fill)) == [
        ("附件1：培训名单", None, None, None),
        ("学校", "培训时间", "培训时间", "学时"),
        ("学校", "开始", "结束", None),
        ("杭州市（2所）", None, None, None),
        ("第一中学", "2019-01-01", "2019-01-02", "16"),
        ("第一中学", "2019-02-01", "2019-02-02", "8"),
    ]


def test_blank_rows_are_left_out_but_numbers_stay(desk):
    def fill(book):
        page = book.add_worksheet("数据")
        page.write("A1", "甲")
        page.write("A100000", "乙")

    _, grid = desk.read("a.xlsx", workbook(fill))
    assert grid.rows() == [("数据", 1, "甲"), ("数据", 100_000, "乙")]


def test_old_binary_workbooks(desk, biff8):
    content = biff8([["标题"], ["编号", "学时"], [4111010001.0, 1.5]], merged=[(0, 0, 0, 1)])
    summary, grid = desk.read("a.xls", content)
    assert summary.kind == "xls"
    assert grid.rows() == [
        ("数据", 1, "标题", None),
        ("数据", 2, "编号", "学时"),
        ("数据", 3, "4111010001", "1.5"),
    ]


def test_the_bytes_decide_not_the_suffix(desk, biff8):
    assert desk.cells("教师信息.csv", of_rows(["甲", 1])) == [("甲", "1")]
    assert desk.cells("教师信息.xls", of_rows(["甲", 1])) == [("甲", "1")]
    assert desk.cells("教师信息.xlsx", biff8([["甲", 1.0]])) == [("甲", "1")]
    assert desk.cells("教师信息.xls", "甲\t㙍\n".encode("gb18030")) == [("甲", "㙍")]
    assert desk.cells("教师信息.zip", of_rows(["甲", 1])) == [("甲", "1")]


def test_a_workbook_without_content_says_so(desk):
    summary, grid = desk.read("a.xlsx", of_rows())
    assert grid.height == 0
    assert summary.warnings == ("工作簿里没有任何内容",)


def _sheet_bomb(content):
    cells = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return re.sub(rb"<sheetData.*</sheetData>", b"<sheetData>" + cells + b"</sheetData>", content, flags=re.DOTALL)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (of_rows(["甲"] * 50)[:-2000], "truncated"),
        (of_rows(["甲"] * 50)[:100], "truncated"),
        (of_rows(["甲"] * 1100), "too_wide"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3000), "truncated"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (rewritten(of_rows(["甲"]), "xl/worksheets/sheet1.xml", lambda _: b"<worksheet"), "truncated"),
        (rewritten(of_rows([1]), "xl/worksheets/sheet1.xml", _sheet_bomb), "reader_crashed"),
        (rewritten(of_rows([1]), "docProps/app.xml", lambda _: bytes(100 << 20)), "zip_bomb"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', "old_workbook"),
    ],
)
def test_broken_and_hostile_workbooks_are_told(desk, content, reason):
    with pytest.raises(UnreadableFile) as told:
        desk.read("教师信息.xlsx", content)
    assert told.value.reason_code == reason
    # and the reading of the next file does not suffer
    assert desk.cells("b.xlsx", of_rows(["甲"])) == [("甲",)]


def test_two_sheets_of_one_name_are_not_read_as_one_twice(desk):
    def fill(book):
        for name in ("甲", "乙"):
            book.add_worksheet(name).write("A1", name)

    content = rewritten(workbook(fill), "xl/workbook.xml", lambda xml: xml.replace("乙".encode(), "甲".encode()))
    with pytest.raises(UnreadableFile, match="同名的工作表"):
        desk.read("a.xlsx", content)
