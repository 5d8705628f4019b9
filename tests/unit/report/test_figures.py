"""The same numbers in all four formats, each as the model has it."""

import hashlib
from decimal import Decimal
from fractions import Fraction

import pytest

from dashboards.report import indicators as of
from dashboards.report.model import Number, Paragraph, Table, number
from dashboards.report.office import typed


def test_word_prints_every_number_in_order(report, written, reading):
    assert reading.word_numbers(written["docx"]) == [n.text for n in report.printed()]


def test_page_prints_every_number_in_order(report, written, reading):
    assert reading.page_numbers(written["html"]) == [n.text for n in report.printed()]


def test_pdf_prints_every_number_in_order(report, written, reading):
    text = reading.pdf_text(written["pdf"])
    place = text.rindex("摘", 0, text.index("—1—"))
    for shown in report.printed():
        found = text.find(shown.text, place)
        assert found >= 0, f"{shown.id}: {shown.text} does not follow {text[place - 20 : place]}"
        place = found + len(shown.text)


def test_workbook_holds_every_number_typed(report, written, reading):
    sheets = reading.sheets(written["xlsx"])
    quoted = [row[2] for row in sheets["正文指标"][3:]]
    said = [n for _, b in report.blocks() if isinstance(b, Paragraph) for n in b.parts if isinstance(n, Number)]
    assert [_cell(value) for value in quoted] == [_expected(n) for n in said]
    for block in (*report.annex, *(block for _, block in report.blocks())):
        if isinstance(block, Table):
            _same_table(block, next(rows for name, rows in sheets.items() if name.startswith(f"{block.number} ")))


def _same_table(table: Table, rows: list[list[object]]) -> None:
    for row, cells in zip(rows[3:], table.rows, strict=False):
        for value, cell in zip(row, cells, strict=False):
            if isinstance(cell, Number):
                assert _cell(value) == _expected(cell), f"{table.number} {cell.id}"


def _cell(value: object) -> object:
    return Decimal(str(value)).normalize() if isinstance(value, (int, float)) else value


def _expected(shown: Number) -> object:
    value = typed(shown)
    return shown.text if value is None else value.normalize()


def test_every_number_says_where_it_comes_from(report, release):
    for shown in report.numbers():
        assert shown.release == release.release_id
        assert shown.indicator.unit
        assert shown.indicator.formula
    assert any(shown.indicator.clauses for shown in report.numbers())


def test_one_id_never_has_two_values(report):
    seen: dict[str, str] = {}
    for shown in report.numbers():
        assert seen.setdefault(shown.id, shown.text) == shown.text, shown.id


def test_check_code_can_be_worked_out_from_the_workbook(report, written, reading):
    lines = [str(row[0]) for row in reading.sheets(written["xlsx"])["核验清单"][3:]]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16].upper()
    assert report.check_code == "-".join(digest[n : n + 4] for n in range(0, 16, 4))
    assert report.check_code in reading.pdf_text(written["pdf"])
    assert report.check_code in written["html"].read_text("utf-8")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(1, 5), "20.0%"),
        (Fraction(27845, 100000), "27.8%"),
        (Fraction(2785, 10000), "27.9%"),
        (Fraction(0), "0.0%"),
        (None, "—"),
    ],
)
def test_a_share_is_rounded_once_half_up(value, text):
    assert number(of.COVERAGE, "x", value, "r").text == text


def test_a_hidden_number_has_no_value():
    hidden = number(of.YEARLY, "x", Fraction(1, 3), "r", hidden="人数不足10")
    assert hidden.value is None
    assert hidden.text == "＊"
