"""Dirt has bounds: meanings stay, planted rows lose nothing, losses stay below what stops a night."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.synthetic import messy
from data.synthetic.messy import DATE_STYLES, Style
from data.synthetic.shaping import as_text
from models.contracts import staging_contracts
from models.staging.headings import read_heading

SIZE = 4_000


def records() -> pl.DataFrame:
    return pl.DataFrame({"record_id": [f"D{number}" for number in range(SIZE)]}).with_columns(
        teacher_id=pl.lit("1"), source_type=pl.lit("集中"), level=pl.lit("县"), hours=pl.lit("16"), credits=pl.lit("2"),
        end_date=pl.lit("2019-03-08"), register_date=pl.lit("2019-03-18"), completion=pl.lit("合格"),
        status=pl.lit("市县已审"),
    )  # fmt: skip


@given(seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_losses_stay_far_below_one_in_twenty(seed):
    nobody = np.zeros(SIZE, dtype=np.bool_)
    spoilt = messy.damaged(np.random.default_rng(seed), "credit_record", records(), nobody)
    lost = spoilt.filter(pl.col("hours").is_null() | pl.col("end_date").is_null())
    assert lost.height < SIZE * 0.03


@given(seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_planted_rows_are_neither_doubled_nor_damaged(seed):
    everyone = np.ones(SIZE, dtype=np.bool_)
    rng = np.random.default_rng(seed)
    frame, planted = messy.doubled(rng, "credit_record", records(), everyone)
    assert messy.damaged(rng, "credit_record", frame, planted).equals(records())


def test_small_tables_are_left_whole():
    few = records().head(50)
    nobody = np.zeros(50, dtype=np.bool_)
    rng = np.random.default_rng(1)
    grown, planted = messy.doubled(rng, "credit_record", few, nobody)
    assert messy.damaged(rng, "credit_record", grown, planted).equals(few)


@pytest.mark.parametrize("style", ["canonical", "synonym", "english", "spaced", "traditional"])
@pytest.mark.parametrize(("table", "contract"), staging_contracts().items(), ids=list(staging_contracts()))
def test_every_header_is_still_recognised(table, contract, style):
    names = [field.name for field in contract.fields]
    written = messy.headers(np.random.default_rng(5), table, names, Style(header=style))
    assert [read_heading(header, contract).field.name for header in written] == names


@pytest.mark.parametrize(
    ("style", "written"),
    [
        ("iso", "2019-12-06"),
        ("dots", "2019.12.06"),
        ("slash", "2019/12/06"),
        ("compact", "20191206"),
        ("chinese", "2019年12月06日"),
        ("serial", "43805"),
        ("short", "2019/12/6"),
    ],
)
def test_each_date_style_writes_the_same_day(style, written):
    frame = pl.DataFrame({"end_date": ["2019-12-06"]})
    assert frame.select(DATE_STYLES[style](pl.col("end_date"))).item() == written


@given(st.decimals(min_value=0, max_value=500, places=2))
def test_figures_are_written_exactly_and_shortly(figure):
    text = as_text("credit_record", pl.DataFrame({"hours": [float(figure)]})).item()
    assert float(text) == float(figure)
    assert not text.endswith((".", ".0"))


def test_numbers_given_twice_name_somebody_else_and_lose_by_their_day():
    people = pl.Series([f"T{number}" for number in range(SIZE)])
    nobody = np.zeros(SIZE, dtype=np.bool_)
    grown, _ = messy.doubled(
        np.random.default_rng(3), "credit_record", records().with_columns(people.alias("teacher_id")), nobody
    )
    clashing = grown.filter(pl.col("teacher_id").n_unique().over("record_id") > 1)
    assert 0 < clashing.height < SIZE * 0.005
    kept = clashing.sort("register_date").group_by("record_id", maintain_order=True).last()
    assert (kept["record_id"].str.slice(1) == kept["teacher_id"].str.slice(1)).all()
