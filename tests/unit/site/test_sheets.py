"""Worksheets that polars writes, read back by a library that did not write them, beside XlsxWriter's own cells."""

import io
from datetime import date

import polars as pl
import pytest
import python_calamine
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from dashboards.site import sheets
from dashboards.site.sheets import FEW, LONGEST, add_table, as_shown

ODD = ["<b>&amp;", "a\tb\nc", " 留白 ", "\x01\x1f", "_x0041_", "_x005F_", "=1+1", '"', "", "𠮷", "]]>", "_x12G4_"]


def book_of(frame: pl.DataFrame) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        add_table(book, "数据", frame, book.add_format({"bold": True}))
    return target.getvalue()


def book_of_many(frame: pl.DataFrame) -> bytes:
    """As polars writes it, however few the cells are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sheets, "FEW", -1)
        return book_of(frame)


WAYS = pytest.mark.parametrize("book", [book_of, book_of_many])


def read(content: bytes) -> list[list[object]]:
    return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def written_cell_by_cell(texts: list[str]) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_string(0, 0, "text")
        for row, text in enumerate(texts, start=1):
            sheet.write_string(row, 0, text)
    return target.getvalue()


@WAYS
@pytest.mark.parametrize("fraction", [[0.1, float("nan"), 1e-9], [None, None, None]])
def test_each_kind_of_value_is_read_back(book, fraction):
    frame = pl.DataFrame(
        {
            "文": ["甲", None, "丙"],
            "整": [1, None, -3],
            "小数": pl.Series(fraction, dtype=pl.Float64 if fraction[0] else pl.String),
            "是否": [True, None, False],
            "日": [date(2021, 2, 3), None, date(1999, 12, 31)],
            "空": pl.Series([None] * 3, dtype=pl.String),
        }
    ).with_columns(pl.col("整").cast(pl.Decimal(18, 3)).alias("学分"))
    first, _, last = (cell or "" for cell in fraction)
    assert read(book(frame)) == [
        ["文", "整", "小数", "是否", "日", "空", "学分"],
        ["甲", 1, first, "是", "2021-02-03", "", 1],
        ["", "", "", "", "", "", ""],
        ["丙", -3, last, "否", "1999-12-31", "", -3],
    ]


@WAYS
def test_a_table_without_rows_keeps_its_heading(book):
    assert read(book(pl.DataFrame(schema={"甲": pl.String, "乙": pl.Int64}))) == [["甲", "乙"]]


@WAYS
def test_many_columns_have_their_own_letters(book):
    frame = pl.DataFrame({f"c{number}": [number] for number in range(800)})
    assert read(book(frame))[1] == list(range(800))


@WAYS
def test_a_cell_holds_what_a_cell_may_hold(book):
    assert read(book(pl.DataFrame({"长": ["长" * (LONGEST + 9)]})))[1] == ["长" * LONGEST]


@WAYS
@given(
    st.lists(
        st.one_of(st.sampled_from(ODD), st.text(st.characters(exclude_categories=["Cs"]), max_size=20)), max_size=9
    )
)
def test_text_reads_as_xlsxwriter_writes_it(book, texts):
    frame = pl.DataFrame({"text": ["x", *texts, "x"]})
    assert read(book(frame)) == read(written_cell_by_cell(["x", *texts, "x"]))


@given(st.lists(st.tuples(st.text(max_size=9), st.one_of(st.none(), st.integers(-(10**9), 10**9)), st.booleans())))
def test_few_cells_read_as_many_do(rows):
    frame = pl.DataFrame(rows, schema={"文": pl.String, "数": pl.Int64, "是否": pl.Boolean}, orient="row")
    assert frame.height * frame.width <= FEW
    assert read(book_of(frame)) == read(book_of_many(frame))


def test_a_page_table_keeps_words_and_codes_as_text_and_its_counts_as_numbers():
    rows = [["1", "－1,234", "0012", "12", "7"], ["2", "0", "0013", "＊", "8"]]
    shown = as_shown(["县", "教师", "编号", "份数", "教师"], rows, {"县", "编号"})
    assert shown.schema == {
        "县": pl.String,
        "教师": pl.Int64,
        "编号": pl.String,
        "份数": pl.String,
        "教师（4）": pl.Int64,
    }
    assert shown.rows() == [("1", -1234, "0012", "12", 7), ("2", 0, "0013", "＊", 8)]
    assert as_shown(["甲", "乙"], [], ()).schema == {"甲": pl.String, "乙": pl.String}
