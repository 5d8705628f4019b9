"""Parquet dumps: every type as plain text, without artefacts of how it was stored."""

import datetime as dt
import io
from decimal import Decimal

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.ingest.reading import UnreadableFile


def parquet(columns):
    target = io.BytesIO()
    pl.DataFrame(columns).write_parquet(target)
    return target.getvalue()


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([90.0, 15.3, None, float("nan"), -0.5], ["90", "15.3", None, None, "-0.5"]),
        (pl.Series([15.3, 90.0], dtype=pl.Float32), ["15.3", "90"]),
        ([1, -2, None], ["1", "-2", None]),
        ([Decimal("90.000"), Decimal("0.125"), Decimal("-7.500")], ["90", "0.125", "-7.5"]),
        (pl.Series([Decimal(100)], dtype=pl.Decimal(10, 0)), ["100"]),
        ([dt.date(2019, 12, 26), None], ["2019-12-26", None]),
        (
            [dt.datetime.fromisoformat("2019-12-26"), dt.datetime.fromisoformat("2019-12-26T13:01:02")],
            ["2019-12-26", "2019-12-26 13:01:02"],
        ),
        ([dt.datetime(2019, 12, 31, 16, tzinfo=dt.UTC)], ["2020-01-01"]),
        ([dt.time(8, 30)], ["08:30:00"]),
        ([True, False, None], ["TRUE", "FALSE", None]),
        (["０", "", " ", None, "张𠮷"], ["０", None, " ", None, "张𠮷"]),
        (pl.Series(["甲", "乙", "甲"], dtype=pl.Categorical), ["甲", "乙", "甲"]),
        (["张三".encode(), b"\xff"], ["张三", "0xff"]),
        ([["语文", "道法"], [], None], ["语文、道法", None, None]),
        ([[1.0, 2.5]], ["1、2.5"]),
        ([{"甲": 1}, None], ['{"甲":1}', None]),
        ([None, None], [None, None]),
    ],
)
def test_each_type_as_text(desk, values, texts):
    _, grid = desk.read("a.parquet", parquet({"列": values}))
    assert grid.rows() == [("", 1, "列"), *[("", n, text) for n, text in enumerate(texts, start=2)]]


@pytest.mark.parametrize("page", [1 << 20, 40])
def test_text_that_repeats_is_the_same_text_as_any_other(desk, page):
    """Such columns are read and written as dictionaries; with small pages the file gives its dictionary up halfway."""
    texts = [["甲", "", None, " ", "乙"][n % 5] for n in range(1000)]
    columns = {"常": texts, "稀": [f"N{n}" for n in range(1000)], "学时": [n / 2 for n in range(1000)]}
    target = io.BytesIO()
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    pq.write_table(table, target, row_group_size=300, data_page_size=page, dictionary_pagesize_limit=page)
    _, grid = desk.read("a.parquet", target.getvalue())
    assert grid.schema == {"_sheet": pl.String, "_row": pl.Int64, **dict.fromkeys(["c000", "c001", "c002"], pl.String)}
    assert grid.row(0) == ("", 1, *columns)
    shown = [text or None for text in texts]
    wanted = [("", n + 2, shown[n], f"N{n}", f"{n / 2:g}") for n in range(1000)]
    assert grid.rows()[1:] == wanted


def test_two_columns_of_one_name_stay_two(desk):
    table = pa.table([pa.array(["甲"] * 100), pa.array([1.5] * 100)], names=["列", "列"])
    target = io.BytesIO()
    pq.write_table(table, target)
    _, grid = desk.read("a.parquet", target.getvalue())
    assert grid.rows()[:2] == [("", 1, "列", "列"), ("", 2, "甲", "1.5")]


def test_summary(desk):
    summary, _ = desk.read("a.parquet", parquet({"编号": ["1", "2"], "学时": [1.0, 2.0]}))
    assert (summary.kind, summary.rows, summary.sheets[0].columns) == ("parquet", 3, 2)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.decimals(-(10**6), 10**6, places=3), min_size=1))
def test_floats_of_hours_are_written_exactly(desk, hours):
    _, grid = desk.read("a.parquet", parquet({"学时": [float(h) for h in hours]}))
    assert [Decimal(text) for text in grid["c000"][1:]] == hours


@pytest.mark.parametrize("content", [parquet({"a": ["1"]})[:-10], b"PAR1" + bytes(100), b"PAR1"])
def test_a_damaged_file_is_told(desk, content):
    with pytest.raises(UnreadableFile) as told:
        desk.read("a.parquet", content)
    assert told.value.reason_code == "truncated"


def test_an_encrypted_file_is_told(desk):
    with pytest.raises(UnreadableFile, match="密码"):
        desk.read("a.parquet", b"PARE" + bytes(100))


def _rows_found(content):
    """Rows promised by the footer and rows that come out, where the library sees no fault."""
    try:
        file = pq.ParquetFile(io.BytesIO(content))
        return file.metadata.num_rows, sum(batch.num_rows for batch in file.iter_batches())
    except (pa.ArrowException, OSError):
        return 0, 0


def test_rows_that_a_damaged_footer_hides_are_missed(desk):
    content = parquet({"编号": ["甲", "乙", "丙"]})
    flips = (
        content[:at] + bytes([content[at] ^ bit]) + content[at + 1 :]
        for at in range(len(content))
        for bit in (1, 4, 16)
    )
    hidden = next(flipped for flipped in flips if _rows_found(flipped) not in {(3, 3), (0, 0)})
    with pytest.raises(UnreadableFile, match="应有"):
        desk.read("a.parquet", hidden)
