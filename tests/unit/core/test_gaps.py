"""Which rows cannot be told because a year, a county or a file is missing whole."""

import polars as pl
import pytest

from models.contracts import contract
from models.core.gaps import Span, gap_of, undecided

SCHEMA = {name: kind for name, kind in contract("audit", "vanished").schema().items() if name != "province"}


def lacking(*rows: tuple[str, str, str, int | None]) -> pl.DataFrame:
    whole = [(*row, 700, 0, None) for row in rows]
    return pl.DataFrame(whole, schema=SCHEMA, orient="row")


YEAR = lacking(("credit_record", "period", "2019", 2019))
PLACE = lacking(("credit_record", "place", "460105", None))


@pytest.mark.parametrize(
    ("period", "ended", "hit"),
    [
        ("2019", None, True),
        ("2020", None, False),
        ("2016-2020", None, True),
        ("2021-2025", None, False),
        ("P-1", "2019-06-30", True),
        ("P-1", "2020-06-30", False),
        ("P-1", None, True),
        ("2019-2020-1", "2020-01-20", False),
    ],
)
def test_a_missing_year_touches_the_periods_it_lies_in(period: str, ended: str | None, *, hit: bool) -> None:
    rows = pl.LazyFrame({"period": [period], "end": [ended]}, schema_overrides={"end": pl.String}).with_columns(
        pl.col("end").str.to_date()
    )
    gap = gap_of(YEAR, {"credit_record"}, Span.of_period("period", "end"), None)
    assert rows.select(gap.is_not_null()).collect().item() is hit


def test_only_figures_that_rest_on_the_table_are_touched() -> None:
    rows = pl.LazyFrame({"year": [2019]})
    assert rows.select(gap_of(YEAR, {"survey"}, Span.of_year("year"), None)).collect().item() is None
    assert rows.select(gap_of(YEAR, {"credit_record"}, Span.of_year("year"), None)).collect().item() == (
        "转储缺2019年的学分学时登记"
    )


def test_a_missing_county_touches_its_own_rows_alone() -> None:
    rows = pl.LazyFrame({"year": [2019, 2019], "unit_id": ["460105", "460106"]})
    gap = gap_of(PLACE, {"credit_record"}, Span.of_year("year"), "unit_id")
    assert rows.select(gap).collect().to_series().to_list() == ["转储缺本县的学分学时登记", None]


@pytest.mark.parametrize(("but_met", "met"), [(True, "met"), (False, "undetermined")])
def test_met_sums_stay_met_and_nothing_else_does(met: str, *, but_met: bool) -> None:
    rows = pl.LazyFrame({"verdict": ["met", "not_met", "in_progress", "not_applicable"]})
    told = undecided(rows, pl.lit("缺"), but_met=but_met).collect()["verdict"].to_list()
    assert told == [met, "undetermined", "undetermined", "not_applicable"]
