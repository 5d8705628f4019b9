"""HTML tables under an Excel suffix."""

import pytest

from pipelines.ingest.reading import UnreadableFile

PAGE = """<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head>
<meta http-equiv="Content-Type" content="text/html; charset=gb2312"><style>td{mso-number-format:"\\@";}</style></head>
<body><table border=1>
<tr><td colspan="3">培训名单</td></tr>
<tr><th rowspan=2>姓名</th><th colspan=2>培训&nbsp;时间</th></tr>
<tr><th>开始</th><th>结束</th></tr>
<tr><td>张㙍</td><td>2019-01-01</td><td> 2019
-01-02<br>下午 <b>全天</b></td></tr>
<tr></tr>
<tr><td>李四<td>a &lt; b &amp; c<td>
</table></body></html>"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_page_called_xls(desk, encoding):
    summary, grid = desk.read("教师信息.xls", PAGE.encode(encoding))
    assert summary.kind == "page"
    assert grid.rows() == [
        ("表1", 1, "培训名单", None, None),
        ("表1", 2, "姓名", "培训\xa0时间", "培训\xa0时间"),
        ("表1", 3, "姓名", "开始", "结束"),
        ("表1", 4, "张㙍", "2019-01-01", "2019 -01-02\n下午 全天"),
        ("表1", 6, "李四", "a < b & c", None),
    ]


def test_each_table_is_a_sheet_and_nested_ones_do_not_leak(desk):
    page = (
        "<table><tr><td>外<table><tr><td>内1</td><td>内2</td></tr></table>层</td></tr></table>"
        "<table></table><table><tr><td>第二</td></tr></table>"
    )
    _, grid = desk.read("a.xls", page.encode())
    assert grid.select("_sheet", "_row", "c000", "c001").rows() == [
        ("表1", 1, "内1", "内2"),
        ("表2", 1, "外层", None),
        ("表3", 1, "第二", None),
    ]


def test_a_page_larger_than_one_chunk_keeps_every_row(desk):
    row = "<tr><td>{}</td><td>" + "文" * 100 + "</td></tr>\n"
    page = "<table>" + "".join(row.format(n) for n in range(40_000)) + "</table>"
    _, grid = desk.read("a.xls", page.encode())
    assert grid["c000"].to_list() == [str(n) for n in range(40_000)]
    assert grid["_row"].to_list() == list(range(1, 40_001))
    assert set(grid["c001"]) == {"文" * 100}


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("<html><body>请先登录</body></html>", "not_a_table"),
        ("<table><tr><td>1</td></tr><tr><td>2", "unclosed_table"),
        ("<table><tr><td colspan=1000>1</td><td colspan=1000>2</td></tr></table>", "too_wide"),
        ("<?xml version='1.0'?><data/>", "not_a_table"),
    ],
)
def test_pages_that_hold_no_whole_table_are_told(desk, page, reason):
    with pytest.raises(UnreadableFile) as told:
        desk.read("a.xls", page.encode())
    assert told.value.reason_code == reason


def test_hidden_rows_and_columns_are_read_and_told(desk):
    rows = (
        "<tr><td>1</td><td style='display: none'>2</td></tr><tr hidden><td>3</td><td style='display:none'>4</td></tr>"
    )
    summary, grid = desk.read("a.xls", f"<table>{rows}</table>".encode())
    assert grid.select("c000", "c001").rows() == [("1", "2"), ("3", "4")]
    assert [(note.reason_code, "1 " in note.reason) for note in summary.notes] == [
        ("hidden_rows", True),
        ("hidden_columns", True),
    ]


def test_nothing_a_page_names_is_fetched(desk, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    page = f'<!DOCTYPE html [<!ENTITY x SYSTEM "file://{secret}">]><table><tr><td>&x;</td></tr></table>'
    assert "secret" not in str(desk.cells("a.xls", page.encode()))
