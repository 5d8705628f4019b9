"""Worksheets that polars writes, read back by a library that did not write them, beside XlsxWriter's own cells."""

import io
from datetime import date

import polars as pl
import python_calamine
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from dashboards.site.sheets import LONGEST, add_table

ODD = ["<b>&amp;", "a\tb\nc", " 留白 ", "\x01\x1f", "_x0041_", "_x005F_", "=1+1", '"', "", "𠮷", "]]>", "_x12G4_"]


def book_of(frame: pl.DataFrame) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        add_table(book, "数据", frame, book.add_format({"bold": True}))
    return target.getvalue()


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


def test_each_kind_of_value_is_read_back():
    frame = pl.DataFrame(
        {
            "文": ["甲", None, "丙"],
            "整": [1, None, -3],
            "小数": [0.1, float("nan"), 1e-9],
            "是否": [True, None, False],
            "日": [date(2021, 2, 3), None, date(1999, 12, 31)],
            "空": pl.Series([None] * 3, dtype=pl.String),
        }
    ).with_columns(pl.col("整").cast(pl.Decimal(18, 3)).alias("学分"))
    assert read(book_of(frame)) == [
        ["文", "整", "小数", "是否", "日", "空", "学分"],
        ["甲", 1, 0.1, "是", "2021-02-03", "", 1],
        ["", "", "", "", "", "", ""],
        ["丙", -3, 1e-9, "否", "1999-12-31", "", -3],
    ]


def test_a_table_without_rows_keeps_its_heading():
    assert read(book_of(pl.DataFrame(schema={"甲": pl.String, "乙": pl.Int64}))) == [["甲", "乙"]]


def test_many_columns_have_their_own_letters():
    frame = pl.DataFrame({f"c{number}": [number] for number in range(800)})
    assert read(book_of(frame))[1] == list(range(800))


def test_a_cell_holds_what_a_cell_may_hold():
    assert read(book_of(pl.DataFrame({"长": ["长" * (LONGEST + 9)]})))[1] == ["长" * LONGEST]


@given(
    st.lists(
        st.one_of(st.sampled_from(ODD), st.text(st.characters(exclude_categories=["Cs"]), max_size=20)), max_size=9
    )
)
def test_text_reads_as_xlsxwriter_writes_it(texts):
    frame = pl.DataFrame({"text": ["x", *texts, "x"]})
    assert read(book_of(frame)) == read(written_cell_by_cell(["x", *texts, "x"]))
