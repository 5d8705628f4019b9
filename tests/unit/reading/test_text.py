"""Delimited text: every encoding, delimiter and kind of bad quoting, with nothing lost."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.ingest.reading import UnreadableFile, encodings, text
from pipelines.ingest.reading.encodings import TextFile

RARE = "㙍𠮷䶮"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_every_encoding_gives_the_same_cells(desk, encoding, found):
    text = f"姓名,学校\r\n张{RARE},杭州市第一中学\r\n李四,\r\n"
    summary, grid = desk.read("教师信息.csv", text.encode(encoding))
    assert summary.encoding == found
    assert summary.warnings == ()
    assert grid.rows() == [
        ("", 1, "姓名", "学校"),
        ("", 2, f"张{RARE}", "杭州市第一中学"),
        ("", 3, "李四", None),
    ]


@pytest.mark.parametrize("first", ["登记编号", "弼<", "整数"])
def test_a_character_whose_byte_looks_like_a_brace_begins_a_table(desk, first):
    assert desk.cells("a.txt", f"{first}\t乙\n".encode("utf-16")) == [(first, "乙")]


def test_big_endian_mark(desk):
    assert desk.cells("a.txt", b"\xfe\xff" + "甲\t乙\n".encode("utf-16-be")) == [("甲", "乙")]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiter_is_found_whatever_the_suffix(desk, delimiter):
    lines = ["附件1：教师名单", delimiter.join(["编号", "姓名", "备注"]), delimiter.join(["1", "张三", "语文，道法"])]
    assert desk.cells("a.csv", "\n".join(lines).encode()) == [
        ("附件1：教师名单", None, None),
        ("编号", "姓名", "备注"),
        ("1", "张三", "语文，道法"),
    ]


def test_commas_inside_a_tab_separated_file_do_not_divide(desk):
    text = "编号\t学科\n1\t语文,道法\n2\t数学,科学\n3\t英语,音乐\n"
    assert desk.cells("a.txt", text.encode())[1] == ("1", "语文,道法")


def test_ragged_rows_keep_all_their_cells(desk):
    summary, grid = desk.read("a.csv", b"a,b,c\n1\n1,2,3,4,5\n\n1,2,3\n")
    assert summary.sheets[0].columns == 5
    assert grid.drop("_sheet").rows() == [
        (1, "a", "b", "c", None, None),
        (2, "1", None, None, None, None),
        (3, "1", "2", "3", "4", "5"),
        (4, None, None, None, None, None),
        (5, "1", "2", "3", None, None),
    ]


def test_a_wider_row_far_below_is_kept_whole(desk):
    text = "a,b\n" + f"1,{'x' * 300}\n" * 30_000 + "1,2,3\n"
    summary, grid = desk.read("a.csv", text.encode())
    assert summary.rows == 30_002
    assert grid.row(-1) == ("", 30_002, "1", "2", "3")


def test_quoted_cells_may_hold_anything(desk):
    text = 'a,"b,1","say ""hi""","line 1\r\nline 2\n\nline 4"\r\n"",x,y,z\r\n'
    assert desk.cells("a.csv", text.encode()) == [
        ("a", "b,1", 'say "hi"', "line 1\r\nline 2\n\nline 4"),
        (None, "x", "y", "z"),
    ]


def test_an_unclosed_quote_swallows_nothing(desk):
    text = 'id,name,n\n1,"张三,1\n2,李四,2\n3,王"五,3\n4,"赵六",4\n5,"a\nb",5\n'
    summary, grid = desk.read("a.csv", text.encode())
    assert grid.drop("_sheet", "_row").rows() == [
        ("id", "name", "n"),
        ("1", '"张三', "1"),
        ("2", "李四", "2"),
        ("3", '王"五', "3"),
        ("4", "赵六", "4"),
        ("5", "a\nb", "5"),
    ]
    assert "第 2、4行的引号没有配对（共 2 行）" in summary.warnings[0]


def test_text_after_a_closing_quote_is_kept(desk):
    assert desk.cells("a.csv", b'a,"b"c,d\n1,2,3\n') == [("a", '"b"c', "d"), ("1", "2", "3")]


def test_two_stray_quotes_do_not_merge_the_rows_between(desk):
    text = "a,b,c\n" + '1,"x,3\n' + "1,2,3\n" * 5 + '1,x",3\n' + '1,"y"z,3\n'
    assert len(desk.cells("a.csv", text.encode())) == 9


def test_a_nul_byte_is_made_visible(desk):
    assert desk.cells("a.csv", "编号,姓名\n1,张\0三\n2,李四\n".encode("gb18030")) == [
        ("编号", "姓名"),
        ("1", "张␀三"),
        ("2", "李四"),
    ]


def test_a_damaged_byte_does_not_turn_utf8_into_nonsense(desk):
    text = ("编号,姓名\n" + "1,诸葛孔明\n" * 50).encode()
    broken = text[:-3] + b"\n2,\xff\xe5\n"
    summary, grid = desk.read("a.csv", broken)
    assert summary.encoding == "utf-8"
    assert grid["c001"][1] == "诸葛孔明"
    assert "处字节无法辨认" in summary.warnings[0]
    assert "第 51 行" in summary.warnings[0]


def test_a_stray_byte_in_gb18030_costs_one_character(desk):
    summary, grid = desk.read("a.csv", "编号,姓名\n1,张三\n".encode("gb18030") + b"2,\xff\n")
    assert grid.row(2) == ("", 3, "2", "\ufffd")
    assert summary.warnings


def test_old_macintosh_line_ends(desk):
    assert desk.cells("a.csv", b"a,b\r1,2\r") == [("a", "b"), ("1", "2")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (b"\0" * 5000, "not_a_table"),
        (bytes(range(256)) * 40, "not_a_table"),
        (b"a,b\n" * 20_000 + b"\xff\x80" * 4000, "undecodable"),
        (b"%PDF-1.7 ...", "not_a_table"),
        (b"Rar!\x1a\x07\x00", "other_archive"),
        (b'{"a": 1}', "not_a_table"),
        (b"," * 5000 + b"\n", "too_wide"),
        (b"x" * (17 << 20), "record_too_long"),
    ],
)
def test_what_is_no_table_is_told(desk, content, reason):
    with pytest.raises(UnreadableFile) as told:
        desk.read("教师信息.csv", content)
    assert told.value.reason_code == reason
    assert str(told.value).startswith("教师信息.csv：")
    assert list(desk.raw.iterdir()) == []


def test_numbers_of_a_too_wide_row_are_told(desk):
    with pytest.raises(UnreadableFile, match="第 3 行有 2001 列"):
        desk.read("a.csv", b"a,b\n1,2\n" + b"," * 2000 + b"\n")


_cell = st.text(
    st.one_of(
        st.sampled_from(list('",;\t|\n\r 张三㙍𠮷“”１')),
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufffe\uffff"),
    ),
    max_size=6,
)
_table = st.integers(2, 5).flatmap(
    lambda width: st.lists(st.lists(_cell, min_size=width, max_size=width), min_size=1, max_size=8)
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=_table)
def test_what_csv_writes_comes_back_cell_for_cell(desk, encoding, table):
    # a first line that settles the delimiter, as headers do, and a known encoding, as real text has
    header = [f"表头{i}名称" for i in range(len(table[0]))]
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows([header, header, *table])
    cells = desk.cells("a.csv", written.getvalue().encode(encoding))
    assert cells[2:] == [tuple(text or None for text in row) for row in table]


_line = st.text(st.sampled_from(list('"",,ab三\r')), max_size=12)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(_line, min_size=1, max_size=8))
def test_however_bad_the_quoting_no_character_is_lost(desk, lines):
    text = "列1,列2,列3\n" + "\n".join(lines)
    cells = desk.cells("a.csv", text.encode())
    kept = "".join(text for row in cells for text in row if text)

    def letters(some: str) -> str:
        return "".join(c for c in some if c in "列123ab三")

    assert letters(kept) == letters(text)
    assert cells[0] == ("列1", "列2", "列3", *[None] * (len(cells[0]) - 3))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(_line, min_size=1, max_size=12), chunk=st.integers(1, 40))
def test_row_by_row_and_in_small_pieces_gives_the_same_as_at_once(tmp_path, monkeypatch, lines, chunk):
    path = tmp_path / "a.csv"
    path.write_bytes(("列1,列2,列3\n" + "\n".join(lines)).encode())

    def rows():
        table = text.Table.of(TextFile(path, "a.csv"))
        found = [row for frame in table.frames(table.width()) for row in frame.rows()]
        # polars drops a carriage return that ends a cell; one that stands alone is as good as an empty cell
        return [tuple(str(cell or "").rstrip("\r") for cell in row[1:]) for row in found]

    at_once = rows()
    with monkeypatch.context() as patch:
        patch.setattr(text, "_MOST_CELLS_AT_ONCE", 0)
        assert rows() == at_once
    # where quotation marks make no sense, what a stray one may swallow depends on what is in hand
    if text.is_well_formed(path.read_bytes(), ","):
        with monkeypatch.context() as patch:
            patch.setattr(encodings, "CHUNK_BYTES", chunk)
            assert rows() == at_once
