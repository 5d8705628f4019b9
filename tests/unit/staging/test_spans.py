"""Rows that end before they begin are told, file by file."""

from datetime import date

import polars as pl
import pytest

from models.contracts import contract
from models.staging import reversed_spans

EARLY, LATE = date(2019, 7, 1), date(2019, 7, 3)


def told(table, *rows):
    known = contract("staging", table)
    first, last = rows[0][2:4]
    frame = pl.LazyFrame(
        [(file, "", number, begin, end) for file, number, begin, end in rows[1:]],
        ["_file", "_sheet", "_row", first, last],
        orient="row",
    )
    others = {field.name: pl.lit(None, pl.Date) for field in known.fields if field.name not in {first, last}}
    return [(p.file, p.row_number, p.column_name, p.kind) for p in reversed_spans(frame.with_columns(**others), known)]


@pytest.mark.parametrize(
    ("table", "first", "last"),
    [
        ("credit_record", "start_date", "end_date"),
        ("mentorship", "start", "end"),
        ("admin_unit", "valid_from", "valid_to"),
        ("survey", "open_date", "close_date"),
    ],
)
def test_each_file_tells_its_first_such_row(table, first, last):
    names = ("", 0, first, last)
    rows = [
        ("甲.csv", 2, EARLY, LATE),
        ("甲.csv", 3, LATE, EARLY),
        ("甲.csv", 4, LATE, EARLY),
        ("乙.csv", 9, LATE, EARLY),
    ]
    assert told(table, names, *rows) == [("乙.csv", 9, last, "unreconciled"), ("甲.csv", 3, last, "unreconciled")]


@pytest.mark.parametrize(("begin", "end"), [(EARLY, EARLY), (EARLY, LATE), (None, EARLY), (LATE, None)])
def test_spans_in_order_or_half_known_are_nothing_to_tell(begin, end):
    assert told("credit_record", ("", 0, "start_date", "end_date"), ("甲.csv", 2, begin, end)) == []


def test_a_table_without_spans_has_none():
    known = contract("staging", "survey_response")
    assert list(reversed_spans(pl.LazyFrame(schema=known.schema()), known)) == []
