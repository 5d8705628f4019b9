"""Files as other programs write them, after public reports of what readers made of them."""

import datetime as dt
import io
import os
import re
import struct
import zipfile
import zlib
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from pipelines.ingest.reading import UnreadableFile, find_snapshot, read_grid
from pipelines.ingest.reading.biff_texts import Font, marked_texts
from pipelines.ingest.reading.encodings import returns_end_lines
from pipelines.ingest.reading.package import may_have_lost_digits

HEADER = "编号,姓名,学时"
ROWS = ["A1,张三,24", "A2,李四,16", "A3,王五,8"]
CELLS = [tuple(HEADER.split(",")), *(tuple(row.split(",")) for row in ROWS)]


def workbook(fill, **options):
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, **options}) as book:
        fill(book)
    return target.getvalue()


def repacked(content, rename=lambda name: name, part="", change=lambda old: old):
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            body = old.read(info)
            new.writestr(rename(info.filename), change(body) if info.filename == part else body)
    return target.getvalue()


def column_of(values, number="General", **options):
    def fill(book):
        page = book.add_worksheet("数据")
        style = book.add_format({"num_format": number})
        for row, value in enumerate(values):
            page.write(row, 0, value, style)

    return workbook(fill, **options)


def codes(summary):
    return [note.reason_code for note in summary.notes]


@pytest.mark.parametrize(
    "text",
    [
        "\r".join([HEADER, *ROWS]) + "\n",
        "\r".join([HEADER, *ROWS]),
        HEADER + "\r\n" + "\r".join(ROWS) + "\r\n",
        "\n".join([HEADER, ROWS[0]]) + "\r" + "\r".join(ROWS[1:]) + "\n",
        "\r\n".join([HEADER, *ROWS]),
    ],
)
def test_every_kind_of_line_end_ends_a_line(desk, text):
    assert desk.cells("教师.csv", text.encode()) == CELLS


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85"])
def test_the_line_ends_of_unicode_end_lines_where_nothing_else_does(desk, sign):
    assert desk.cells("教师.csv", sign.join([HEADER, *ROWS]).encode()) == CELLS
    assert desk.cells("教师.csv", f"编号,备注\nA1,一{sign}二\n".encode())[1] == ("A1", f"一{sign}二")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("header", ["登记编号,学时,状态", "姓名\t学校\t学时", "整数,弼数,状态"])
def test_utf16_without_a_mark(desk, encoding, header):
    text = "\r\n".join([header, *["张三,24,已登记".replace(",", "\t" if "\t" in header else ",")] * 3])
    cells = desk.cells("教师.csv", text.encode(encoding))
    assert cells[0] == tuple(re.split("[,\t]", header))
    assert cells[1:] == [("张三", "24", "已登记")] * 3


def test_columns_of_hive_and_quotation_marks_behind_a_blank(desk):
    assert desk.cells("教师.txt", "\n".join([HEADER, *ROWS]).replace(",", "\x01").encode()) == CELLS
    quoted = "\n".join(", ".join(f'"{cell}"' for cell in line.split(",")) for line in [HEADER, *ROWS])
    assert desk.cells("教师.csv", quoted.encode()) == CELLS
    assert desk.cells("教师.csv", b'a, "b,c" ,d\n1,2,3\n')[0] == ("a", "b,c", "d")


@pytest.mark.parametrize(
    ("start", "name"), [(b"Rar!\x1a\7\1\0", "RAR"), (b"7z\xbc\xaf'\x1c", "7z"), (b"\x1f\x8b\x08", "gzip")]
)
def test_another_archive_called_zip_is_called_by_its_name(desk, start, name):
    desk.put("甲.csv", b"a")
    (desk.folder / "教师信息.zip").write_bytes(start + bytes(64))
    (problem,) = find_snapshot(desk.dumps, "330000").problems
    assert (problem.reason_code, name in problem.reason) == ("other_archive", True)


def test_a_return_inside_a_cell_ends_no_line(desk):
    text = '编号,备注,学时\nA1,"一\r二",24\nA2,三,16\n'
    assert not returns_end_lines(text)
    assert desk.cells("教师.csv", text.encode())[1] == ("A1", "一\r二", "24")


@pytest.mark.parametrize(("most", "odd"), [("gbk", "utf-8"), ("utf-8", "gbk")])
def test_a_line_in_the_other_encoding_is_read_by_it_and_told(desk, most, odd):
    lines = [line.encode(most) for line in [HEADER, *ROWS * 20]]
    lines[2] = ROWS[1].encode(odd)
    summary, grid = desk.read("教师.csv", b"\n".join(lines))
    assert grid.drop("_sheet", "_row").rows() == [CELLS[0], *CELLS[1:] * 20]
    assert codes(summary) == ["mixed_encodings"]
    assert summary.notes[0].row == 3


def test_a_cell_in_the_other_encoding_and_a_damaged_one(desk):
    good = "A1,张三丰收,24".encode()
    lines = [HEADER.encode(), *[good] * 30, b"A2," + "李四".encode("gbk") + b",16", good[:8] + good[9:]]
    summary, grid = desk.read("教师.csv", b"\n".join(lines))
    assert grid["c001"][31] == "李四"
    assert "\ufffd" in grid["c001"][32]
    assert codes(summary) == ["mixed_encodings", "damaged_bytes"]


def test_big5_is_told_as_such(desk):
    text = "\n".join(["登記編號,教師編號,學時,結業狀態", *["D1,T1,24,合格已登記"] * 5])
    with pytest.raises(UnreadableFile) as told:
        desk.read("教师.csv", text.encode("big5"))
    assert told.value.reason_code == "big5"
    names = "\n".join([HEADER, *(f"A{n},浙江省杭州市第一中学,24" for n in range(20))])
    assert desk.cells("教师.csv", names.encode("gbk"))[1][1] == "浙江省杭州市第一中学"


def test_tabs_beside_commas_are_told(desk):
    summary, _ = desk.read("教师.csv", "\n".join([HEADER, *ROWS, ROWS[0].replace(",", "\t")]).encode())
    assert codes(summary) == ["mixed_delimiters"]
    assert summary.notes[0].row == 5


def test_names_in_gbk_are_read_and_written_down(desk):
    for name in ("教师信息.csv", "说明.txt"):
        path = os.fsencode(desk.folder) + b"/" + name.encode("gbk")
        Path(os.fsdecode(path)).write_bytes("\n".join([HEADER, *ROWS]).encode())
    desk.put("教师信息.csv", b"A")
    snapshot = find_snapshot(desk.dumps, "330000")
    labels = sorted(file.label for file in snapshot.files)
    assert labels == ["教师信息.csv", "教师信息（同名 2）.csv", "说明.txt"]
    for file in snapshot.files:
        read_grid(file, desk.raw / "grid.parquet")
        file.label.encode()


def test_links_are_not_followed(desk, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text(HEADER)
    (desk.folder / "教师信息.csv").symlink_to(secret)
    (desk.dumps / "330000" / "2024-10-01").symlink_to(tmp_path)
    file = desk.put("学校.csv", HEADER.encode())
    snapshot = find_snapshot(desk.dumps, "330000")
    assert snapshot.date == dt.date(2024, 9, 1)
    assert {(p.file, p.reason_code) for p in snapshot.problems} == {
        ("教师信息.csv", "link"),
        ("330000/2024-10-01", "link"),
    }
    file.path.unlink()
    file.path.symlink_to(secret)
    with pytest.raises(UnreadableFile):
        read_grid(file, desk.raw / "grid.parquet")


def test_a_folder_of_a_day_to_come_is_passed_over(desk):
    desk.put("教师信息.csv", HEADER.encode())
    (desk.dumps / "330000" / "2091-01-01").mkdir()
    assert find_snapshot(desk.dumps, "330000").date == dt.date(2091, 1, 1)
    snapshot = find_snapshot(desk.dumps, "330000", dt.date(2024, 9, 1))
    assert snapshot.date == dt.date(2024, 9, 1)
    assert [p.reason_code for p in snapshot.problems] == ["future_date"]


def _winrar(name, content):
    """A zip as WinRAR writes it: the name in the system's code page, and once more in UTF-8 in an extra field."""
    stored = name.encode("gbk")
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        info = zipfile.ZipInfo("x" * len(stored))
        info.extra = struct.pack("<HHBI", 0x7075, 5 + len(name.encode()), 1, zlib.crc32(stored)) + name.encode()
        archive.writestr(info, content)
    return target.getvalue().replace(b"x" * len(stored), stored)


def test_a_zip_of_winrar(desk):
    (desk.folder / "包.zip").write_bytes(_winrar("教师信息.csv", "\n".join([HEADER, *ROWS]).encode()))
    (file,) = find_snapshot(desk.dumps, "330000").files
    assert file.label == "包.zip!教师信息.csv"
    read_grid(file, desk.raw / "grid.parquet")
    assert pl.read_parquet(desk.raw / "grid.parquet").height == 4


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (["1469900000000000001", "1469900000000000002"], ["1469900000000000001", "1469900000000000002"]),
        (["1469900000000000000", "1469900000000000002"], ["1469900000000000000", "1469900000000000002"]),
        (["1234567890123451", "1234567890123450"], ["1234567890123451", "1234567890123450"]),
        (["1234567890123450", "1234567890123460"], ["1.23456789012345E+15", "1.23456789012346E+15"]),
        (["1469900000000000000", "1469900000000001000"], ["1.46990000000000E+18"] * 2),
        (["1.4699000000000001E+18"], ["1.46990000000000E+18"]),
        (["146990000000001"], ["146990000000001"]),
    ],
)
def test_long_numbers_keep_all_digits_or_show_that_they_lost_some(desk, written, shown):
    plain = column_of(range(len(written)))
    numbers = iter(written)
    change = lambda xml: re.sub(rb"<v>\d+</v>", lambda _: f"<v>{next(numbers)}</v>".encode(), xml)  # noqa: E731
    content = repacked(plain, part="xl/worksheets/sheet1.xml", change=change)
    assert desk.cells("教师信息.xlsx", content) == [(each,) for each in shown]


def test_what_a_floating_point_number_leaves_is_known():
    assert may_have_lost_digits("1469900000000000000")
    assert may_have_lost_digits("1330102199001010200")  # as JavaScript writes 1330102199001010176
    assert not may_have_lost_digits("1330102199001010001")


def test_text_that_is_struck_out_or_raised_keeps_its_marks(desk):
    def fill(book):
        page = book.add_worksheet("数据")
        struck, raised = book.add_format({"font_strikeout": True}), book.add_format({"font_script": 1})
        page.write_rich_string(0, 0, struck, "40", "24")
        page.write_rich_string(1, 0, "24", raised, "1")
        page.write_string(2, 0, "24", struck)
        page.write_string(3, 0, "24")

    assert desk.cells("a.xlsx", workbook(fill)) == [("4\u03360\u033624",), ("24¹",), ("2\u03364\u0336",), ("24",)]


def test_marks_in_a_text_kept_in_its_cell_are_seen(desk):
    rich = b'<is><r><t>24</t></r><r><rPr><vertAlign val="superscript"/></rPr><t>1</t></r></is>'

    def inline(xml):
        return re.sub(rb'<c r="A1"[^>]*>.*?</c>', b'<c r="A1" t="inlineStr">' + rich + b"</c>", xml)

    content = repacked(column_of(["x", "24"]), part="xl/worksheets/sheet1.xml", change=inline)
    assert desk.cells("a.xlsx", content) == [("24¹",), ("24",)]


@pytest.mark.parametrize(
    ("value", "number", "shown"),
    [
        (7, "00000", "00007"),
        (7, '"T"0000', "T0007"),
        (3, '0"天"', "3天"),
        (24, "0\\学\\时", "24学时"),
        (24, '0"（计划）"', "24（计划）"),
        (24, 'General"节"', "24节"),
        (2.5, '0.0"天"', "2.5天"),
        (24, "#,##0.00", "24"),
        (24, '_ "¥"* #,##0.00_ ', "24"),
        (0.5, "0%", "0.5"),
        (24, "[Red]0;-0", "24"),
        (43830, 'yyyy"年"m"月"d"日"', "2019-12-31"),
    ],
)
def test_what_a_format_shows_beside_a_number_is_part_of_the_cell(desk, value, number, shown):
    assert desk.cells("a.xlsx", column_of([value], number)) == [(shown,)]


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml.replace(b'r="3"', b'r="2"').replace(b'r="A3"', b'r="A2"'),
        lambda xml: xml.replace(b'r="3"', b'r="1"').replace(b'r="A3"', b'r="A1"'),
        lambda xml: xml.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    ],
)
def test_a_sheet_in_which_rows_would_be_lost_is_refused(desk, change):
    content = repacked(column_of(["甲", "乙", "丙"]), part="xl/worksheets/sheet1.xml", change=change)
    with pytest.raises(UnreadableFile) as told:
        desk.read("a.xlsx", content)
    assert (told.value.reason_code, told.value.sheet) == ("truncated", "数据")


@pytest.mark.parametrize("extent", [b"A0:A3", b"A1", b"", b"A1:XFD1048576"])
def test_a_sheet_that_says_wrongly_how_far_it_reaches(desk, extent):
    def wrong(xml):
        return re.sub(rb'<dimension ref="[^"]*"/>', b'<dimension ref="' + extent + b'"/>', xml)

    content = repacked(column_of(["甲", "乙", "丙"]), part="xl/worksheets/sheet1.xml", change=wrong)
    assert desk.cells("a.xlsx", content) == [("甲",), ("乙",), ("丙",)]


def test_a_sheet_without_row_numbers_is_read(desk):
    def bare(xml):
        return re.sub(rb' r="[A-Z]*\d+"', b"", xml)

    content = repacked(column_of(["甲", "乙", "丙"]), part="xl/worksheets/sheet1.xml", change=bare)
    assert desk.cells("a.xlsx", content) == [("甲",), ("乙",), ("丙",)]


def test_blocks_of_a_page_are_lines(desk):
    cells = ("<td><div>1</div><div>6</div></td>", "<td><p>2</p>4</td>", "<td><div>8</div></td>", "<td><b>1</b>6</td>")
    page = f"<table><tr>{''.join(cells)}</tr></table>"
    assert desk.cells("a.xls", page.encode()) == [("1\n6", "2\n4", "8", "16")]


def test_marks_of_a_page_are_kept(desk):
    cells = ("<td><s>40</s>24</td>", "<td>24<sup>1</sup></td>", "<td style='text-decoration: line-through'>24</td>")
    page = f"<table><tr>{''.join(cells)}</tr></table>"
    assert desk.cells("a.xls", page.encode()) == [("4\u03360\u033624", "24¹", "2\u03364\u0336")]


def test_a_formula_without_a_saved_value_is_no_empty_cell(desk):
    def fill(book):
        page = book.add_worksheet("数据")
        page.write_formula(0, 0, "=3*8", None, 24)
        page.write_formula(1, 0, '=""', None, "")
        page.write_formula(2, 0, "=1+1", None, 2)
        page.write_formula(3, 0, "=A1")  # the library writes 0 and leaves the reckoning to Excel

    def unsaved(xml):
        return xml.replace(b"<f>3*8</f><v>24</v>", b"<f>3*8</f>").replace(b"<f>1+1</f><v>2</v>", b"<f>1+1</f><v/>")

    content = repacked(workbook(fill), part="xl/worksheets/sheet1.xml", change=unsaved)
    assert desk.cells("a.xlsx", content) == [("=3*8",), ('=""',), ("=1+1",), ("=A1",)]


def test_parts_named_with_backslashes(desk):
    content = repacked(column_of(["甲", "乙"]), rename=lambda name: name.replace("/", "\\"))
    assert desk.cells("a.xlsx", content) == [("甲",), ("乙",)]


def test_a_blank_far_to_the_right_loses_no_sheet(desk):
    def fill(book):
        page = book.add_worksheet("数据")
        page.write_column(0, 0, ["甲"] * 6)
        page.write_string(5, 16383, " ")

    assert desk.cells("a.xlsx", workbook(fill)) == [("甲",)] * 6


def test_hidden_rows_columns_and_charts_are_told_or_passed_over(desk):
    def fill(book):
        page = book.add_worksheet("数据")
        page.write_column(0, 0, ["编号", "甲", "乙"])
        page.set_row(1, None, None, {"hidden": True})
        page.set_column(3, 4, None, None, {"hidden": True})
        page.autofilter(0, 0, 2, 0)
        chart = book.add_chart({"type": "bar"})
        chart.add_series({"values": "=数据!$A$1:$A$3"})
        book.add_chartsheet("图").set_chart(chart)

    summary, grid = desk.read("a.xlsx", workbook(fill))
    assert grid["c000"].to_list() == ["编号", "甲", "乙"]
    assert codes(summary) == ["hidden_rows", "hidden_columns"]
    assert [sheet.name for sheet in summary.sheets] == ["数据"]


def test_a_workbook_since_1904(desk):
    summary, grid = desk.read("a.xlsx", column_of([dt.datetime(2019, 12, 31)], "yyyy-mm-dd", date_1904=True))  # noqa: DTZ001
    assert grid["c000"].to_list() == ["2019-12-31"]
    assert summary.since_1904
    assert codes(summary) == ["since_1904"]


def test_a_sheet_that_is_full_is_told(desk):
    summary, _ = desk.read("a.csv", b"\n".join([b"1,2"] * 65_536))
    assert codes(summary) == ["maybe_cut_off"]
    assert codes(desk.read("b.csv", b"\n".join([b"1,2"] * 65_535))[0]) == []


def test_an_old_workbook_with_a_password_or_errors(desk, biff8):
    plain = biff8([["编号", "学时"], ["甲", 24.0]])
    with pytest.raises(UnreadableFile) as told:
        desk.read("a.xls", plain.replace(struct.pack("<HHH", 0x0042, 2, 1200), struct.pack("<HHH", 0x002F, 2, 0)))
    assert told.value.reason_code == "encrypted"
    number = struct.pack("<HHHHHd", 0x0203, 14, 1, 1, 0, 24.0)
    error = struct.pack("<HHHHHBB", 0x0205, 8, 1, 1, 0, 7, 1)
    assert number in plain
    # the record is shorter: what it lacks goes to the end, so that the sectors stay where they are
    content = plain.replace(number, error) + bytes(len(number) - len(error))
    assert desk.cells("a.xls", content)[1] == ("甲", "#DIV/0!")


def _records(*records):
    return b"".join(struct.pack("<HH", kind, len(body)) + body for kind, body in records)


def test_an_old_workbook_shows_what_its_formats_and_fonts_show(desk, biff8):
    plain, struck = (
        (0x0031, struct.pack("<HHH", 200, 0, 0) + bytes(10)),
        (0x0031, struct.pack("<HHH", 200, 8, 0) + bytes(10)),
    )
    padded = (0x041E, struct.pack("<HHB", 164, 4, 0) + b"0000")
    days = (0x041E, struct.pack("<HHB", 165, 4, 1) + '0"天"'.encode("utf-16-le"))
    style = [
        (0x00E0, struct.pack("<HH", font, form) + bytes(16)) for font, form in ((0, 0), (1, 0), (0, 164), (0, 165))
    ]
    looks = _records(plain, struck, padded, days, *style)
    styles = {(1, 0): 2, (1, 1): 3, (2, 0): 2, (2, 1): 1, (3, 1): 1}
    rows = [["编号", "学时"], [7, 3.0], [12345, 24], ["T1", "24"], [8, 16]]
    assert desk.cells("a.xls", biff8(rows, looks=looks, styles=styles)) == [
        ("编号", "学时"),
        ("0007", "3天"),
        ("12345", "2\u03364\u0336"),
        ("T1", "2\u03364\u0336"),
        ("8", "16"),
    ]


def test_marks_on_a_part_of_a_text_of_an_old_workbook():
    def text(characters, *runs, is_wide=True):
        head = struct.pack("<HBH", len(characters), 8 | is_wide, len(runs))
        body = characters.encode("utf-16-le" if is_wide else "latin-1")
        return head + body + b"".join(struct.pack("<HH", *run) for run in runs)

    fonts = {1: Font(is_struck=True, is_raised=False), 5: Font(is_struck=False, is_raised=True)}
    first = text("4024", (0, 1), (2, 0)) + text("学时241", (4, 5)) + text("24", (0, 0)) + text("24学", (1, 7))
    cut = text("241", (2, 5), is_wide=False)
    records = [struct.pack("<II", 5, 5) + first + cut[:6], b"\x00" + cut[6:]]
    assert marked_texts(records, fonts) == {0: "4\u03360\u033624", 1: "学时24¹", 4: "24¹"}


def test_an_old_workbook_that_cannot_be_followed_is_told(desk, biff8):
    looks = _records((0x0031, b"\x00\x00"))
    summary, grid = desk.read("a.xls", biff8([["编号"], ["T1"]], looks=looks))
    assert codes(summary) == ["records_unclear"]
    assert grid.height == 2


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ((0x0208, struct.pack("<HHHHHHI", 1, 0, 2, 255, 0, 0, 0x20)), "hidden_rows"),
        ((0x007D, struct.pack("<HHHHHH", 1, 1, 2048, 0, 1, 0)), "hidden_columns"),
    ],
)
def test_an_old_workbook_with_hidden_rows_or_columns(desk, biff8, record, code):
    summary, grid = desk.read("a.xls", biff8([["编号", "学时"], ["T1", 24.0]], looks=_records(record)))
    assert codes(summary) == [code]
    assert grid.height == 2


def parquet(table, **options):
    target = io.BytesIO()
    pq.write_table(table, target, **options)
    return target.getvalue()


def test_parquet_text_in_gbk(desk):
    stored = pa.array([name.encode("gbk") for name in ("张三", "李四")], pa.binary())
    text = pa.Array.from_buffers(pa.string(), 2, stored.buffers())
    for options in ({"use_dictionary": False}, {"use_dictionary": True}):
        summary, grid = desk.read("a.parquet", parquet(pa.table({"姓名": text, "编号": ["1", "2"]}), **options))
        assert grid["c000"].to_list() == ["姓名", "张三", "李四"]
        assert codes(summary) == ["column_in_gb18030"]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([[("a", 1)], [], None], pa.map_(pa.string(), pa.int64())),
        pa.array([{"x": [1]}, None, {"x": []}]),
        pa.array([[{"x": 1}], None, []]),
    ],
)
def test_a_nested_column_loses_no_other(desk, column):
    _, grid = desk.read("a.parquet", parquet(pa.table({"编号": ["1", "2", "3"], "标签": column})))
    assert grid["c000"].to_list() == ["编号", "1", "2", "3"]


def test_types_that_cannot_be_text_lose_no_other_column(desk):
    times = pa.array([dt.timedelta(hours=3), None])
    wide = pa.array([Decimal("24.50"), None], pa.decimal256(50, 2))
    summary, grid = desk.read("a.parquet", parquet(pa.table({"编号": ["1", "2"], "用时": times, "学时": wide})))
    assert grid.select("c000", "c002").rows() == [("编号", "学时"), ("1", "24.5"), ("2", None)]
    assert codes(summary) == ["nested_column"]


def test_a_column_name_in_gbk_is_told(desk):
    content = parquet(pa.table({"编号": ["1"], "zzzz": ["甲"]}), store_schema=False)
    with pytest.raises(UnreadableFile) as told:
        desk.read("a.parquet", content.replace(b"zzzz", "备注".encode("gbk")))
    assert told.value.reason_code == "undecodable"
    assert "列名" in str(told.value)


@pytest.mark.parametrize(
    ("moments", "shown", "told"),
    [
        (["2019-12-30 16:00:00", "2019-07-02 16:00:00"], ["2019-12-31", "2019-07-03"], ["int96_as_utc"]),
        (["2019-12-31 00:00:00", None], ["2019-12-31", None], []),
        (["2019-12-30 17:30:00"], ["2019-12-30 17:30:00（INT96）"], ["int96_unclear"]),
    ],
)
def test_moments_as_spark_keeps_them(desk, moments, shown, told):
    stamps = pl.Series(moments).str.to_datetime(time_unit="ns").to_arrow()
    content = parquet(pa.table({"日期": stamps}), use_deprecated_int96_timestamps=True)
    summary, grid = desk.read("a.parquet", content)
    assert grid["c000"].to_list() == ["日期", *shown]
    assert codes(summary) == told
