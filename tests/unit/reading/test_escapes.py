"""Records that a program wrote with backslashes, or that a line end cut: after public reports of exports gone wrong."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest.reading import escapes
from pipelines.ingest.reading.encodings import TextFile
from pipelines.ingest.reading.text import Table

HEADER = ["投诉号", "投诉内容", "机构代码", "人数"]
ROWS = [[f"TS{n}", f"第{n}件", "J0001", str(n)] for n in range(1, 6)]


def table_of(folder, content):
    path = folder / "投诉.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Table.of(TextFile(path, path.name))


def read(folder, content):
    """The table, and its rows by their number."""
    table = table_of(folder, content)
    frames = list(table.frames(table.likely_width()))
    rows = [row for frame in frames for row in frame.drop("_sheet").rows()]
    assert not any(cell for row in rows for cell in row[1 + table.usual_width :])
    return table, {row[0]: list(row[1 : 1 + table.usual_width]) for row in rows}


def codes(table):
    return {note.reason_code: note.row for note in table.notes()}


def outfile(rows, sign="\t", end="\n"):
    """As `SELECT … INTO OUTFILE` writes them."""

    def cell(text):
        if text is None:
            return "\\N"
        return text.replace("\\", "\\\\").replace("\n", "\\\n").replace(sign, f"\\{sign}")

    return "".join(sign.join(map(cell, row)) + end for row in rows)


def with_text(text, row=2, column=1):
    rows = [list(each) for each in ROWS]
    rows[row][column] = text
    return rows


@pytest.mark.parametrize("text", ["饭菜凉\n卫生差", "一\n\n二", "甲\t乙", "一\n二\t三\n四"])
@pytest.mark.parametrize("sign", ["\t", ",", "|"])
def test_what_mysql_escapes_stays_in_its_cell(tmp_path, text, sign):
    rows = with_text(text)
    table, read_rows = read(tmp_path, outfile([HEADER, *rows], sign))
    assert list(read_rows.values()) == [HEADER, *rows]
    assert codes(table) == ({} if text == "甲\t乙" and sign != "\t" else {"escaped_signs": 4})


@pytest.mark.parametrize("text", ["路径C:\\", "两个\\\\", "\\"])
def test_a_literal_backslash_divides_nothing(tmp_path, text):
    at_end = [[*row[:1], *row[2:], text] for row in [HEADER, *ROWS]]
    _, rows = read(tmp_path, outfile(at_end))
    assert [row[:3] for row in rows.values()] == [row[:3] for row in at_end]
    plain = "\n".join(",".join([*row[:-1], '"D:\\"']) for row in [HEADER, *ROWS]) + "\n"
    table, rows = read(tmp_path, plain)
    assert [row[-1] for row in rows.values()] == ["D:\\"] * 6
    assert codes(table) == {}


def test_text_in_the_last_column_goes_on_where_the_program_is_known_to_escape(tmp_path):
    rows = with_text("一\n二", column=3)
    rows[0][1] = None
    _, found = read(tmp_path, outfile([HEADER, *rows]))
    assert found[4] == ["TS3", "第3件", "J0001", "一\n二"]
    rows[0][1] = "第1件"
    _, found = read(tmp_path, outfile([HEADER, *rows]))
    assert found[4] == ["TS3", "第3件", "J0001", "一\\"]


def test_line_ends_of_windows_are_escaped_by_their_first_sign(tmp_path):
    content = outfile([HEADER, *ROWS], end="\r\n").replace("第3件", "饭菜凉\\\r\n卫生差")
    table, rows = read(tmp_path, content)
    assert [row[0] for row in rows.values()] == ["投诉号", "TS1", "TS2", "TS3", "TS4", "TS5"]
    assert codes(table) == {"escaped_signs": 4}


@pytest.mark.parametrize(
    ("written", "text"),
    [('"他说\\"不满意\\",走了"', '他说"不满意",走了'), ('"一\\\n二"', "一\\\n二"), ('"引\\"号,\\\n二"', '引"号,\n二')],
)
def test_escaped_quotation_marks(tmp_path, written, text):
    lines = [",".join(row) for row in [HEADER, *ROWS]]
    lines[3] = lines[3].replace("第3件", written)
    _, rows = read(tmp_path, "\n".join(lines) + "\n")
    assert rows[4] == ["TS3", text, "J0001", "3"]
    assert len(rows) == 6


def test_the_null_of_cloud_sql_is_one(tmp_path):
    lines = [",".join(f'"{cell}"' for cell in row) for row in [HEADER, *ROWS]]
    lines[2] = '"TS2","N,"J0001","N'
    lines[3] = '"TS3","N,"N,"3"'
    table, rows = read(tmp_path, "\n".join(lines) + "\n")
    assert rows[3] == ["TS2", escapes.NULL, "J0001", escapes.NULL]
    assert rows[4] == ["TS3", escapes.NULL, escapes.NULL, "3"]
    assert [row[0] for row in rows.values()] == ["投诉号", "TS1", "TS2", "TS3", "TS4", "TS5"]
    assert codes(table) == {"broken_nulls": 3}


@pytest.mark.parametrize("text", ["一\n二", "一\n二\n三", "一\n\n二"])
def test_a_record_cut_by_a_line_end_is_refused_whole(tmp_path, text):
    lines = [",".join(row) for row in [HEADER, *with_text(text)]]
    table, _ = read(tmp_path, "\n".join(lines) + "\n")
    assert table.short.pieces() == list(range(4, 5 + text.count("\n")))
    assert codes(table) == {"broken_line": 4}


def test_two_records_cut_one_behind_the_other_are_refused(tmp_path):
    rows = [list(each) for each in ROWS]
    rows[1][1] = rows[2][1] = "一\n二"
    table, _ = read(tmp_path, "\n".join(",".join(row) for row in [HEADER, *rows]) + "\n")
    assert table.short.pieces() == [3, 4, 5, 6]


def test_a_narrower_table_below_is_no_heap_of_pieces(tmp_path):
    wide = [[*HEADER, "日期", "类型", "结论"], *[[*row, "2019-01-01", "食宿", "属实"] for row in ROWS * 3]]
    table, rows = read(tmp_path, "\n".join(",".join(row) for row in [*wide, HEADER, *ROWS]) + "\n")
    assert (table.short.pieces(), codes(table)) == ([], {"short_lines": 17})
    assert rows[18][:4] == ROWS[0]


def test_rows_that_are_only_short_are_told(tmp_path):
    lines = ["教师投诉统计表", ",".join(HEADER), *[",".join(row) for row in ROWS], "TS6,第6件", "", "共6条"]
    table, rows = read(tmp_path, "\n".join(lines) + "\n")
    assert rows[8] == ["TS6", "第6件", None, None]
    assert (table.short.pieces(), codes(table)) == ([], {"short_lines": 8})
    assert table.broken() == [1, 10]


@pytest.mark.parametrize(
    ("end", "is_cut"),
    [("TS6,第6件", True), ("TS6,第6件,J00", True), ("TS6,第6件,J0001,6", False), ("TS6,第6件,J0001,6\n", False)],
)
def test_a_last_row_that_was_never_finished_is_refused(tmp_path, end, is_cut):
    table, _ = read(tmp_path, "\n".join([",".join(row) for row in [HEADER, *ROWS]]) + "\n" + end)
    assert table.short.pieces() == ([7] if is_cut else [])


@pytest.mark.parametrize(
    ("cells", "last", "is_cut"),
    [("2019-06-25", "2019-06-2", True), ("P0001", "P00", True), ("2019-06-25", "2019-06-24", False),
     ("已登记", "退回", False), ("12000", "800", False), ("P0001", "Q00011", False)],
)  # fmt: skip
def test_a_last_cell_that_begins_like_all_others_was_cut(tmp_path, cells, last, is_cut):
    lines = ["a,b,c", *[f"{n},乙,{cells}" for n in range(6)], f"7,乙,{last}"]
    table, _ = read(tmp_path, "\n".join(lines))
    assert table.short.pieces() == ([8] if is_cut else [])
    assert table_of(tmp_path, "\n".join(lines) + "\n").broken() == []


def test_a_tab_behind_every_cell_divides_nothing(tmp_path):
    lines = [",".join(f"{cell}\t" for cell in row) for row in [HEADER, *ROWS]]
    _, rows = read(tmp_path, "\n".join(lines) + "\n")
    assert rows[2] == [f"{cell}\t" for cell in ROWS[0]]


def test_a_header_with_more_cells_than_its_rows_is_told(tmp_path):
    lines = [",".join(HEADER), *[",".join(row[:-1]) for row in ROWS]]
    table = table_of(tmp_path, "\n".join(lines) + "\n")
    assert [frame.height for frame in table.frames(4)] == [6]
    assert codes(table) == {"narrow_rows": 1}
    table, _ = read(tmp_path, "\n".join(["统计表", ",".join(HEADER) + ",", *[",".join(row) for row in ROWS], ""]))
    assert codes(table) == {}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.text("a1，\n\t\\N,'", max_size=6), min_size=4, max_size=4), min_size=3, max_size=8))
def test_no_row_of_an_outfile_is_made_of_two(tmp_path_factory, cells):
    rows = [[f"TS{n}", *row] for n, row in enumerate(cells)]
    folder = tmp_path_factory.mktemp("outfile")
    head = [["投诉号", "一", "二", "三", "四"], ["TS", None, "x", "y", "z"], *[["TS", "w", "x", "y", "z"]] * 9]
    table, found = read(folder, outfile([*head, *rows]))
    keys = [row[0] for number, row in found.items() if number not in set(table.short.pieces())]
    assert [key for key in keys if not (key or "").startswith(("TS", "投诉号"))] == []
    assert len(keys) == len(head) + len(rows)
