"""What the last release held and tonight's dump lacks whole, by hand."""

import polars as pl
import pytest

from models.contracts import contract
from models.staging.vanished import vanished

HOLDINGS = pl.DataFrame(schema=dict(contract("audit", "holdings").schema())).drop("province")
VANISHED = pl.DataFrame(schema=dict(contract("audit", "vanished").schema())).drop("province")
FILES = {"a.csv": {2018: 500, 2019: 700}, "b.csv": {2020: 600}}
Files = dict[str, dict[int, int]]


def held(files: Files, places: dict[str, int] | None = None, table: str = "credit_record") -> pl.DataFrame:
    """audit.holdings of a table with such rows by file and year, and by county."""
    rows = [(table, "file", None, name, sum(years.values())) for name, years in files.items()]
    rows += [(table, "period", str(year), name, n) for name, years in files.items() for year, n in years.items()]
    rows += [(table, "place", place, None, n) for place, n in (places or {}).items()]
    return pl.DataFrame(rows, schema=HOLDINGS.schema, orient="row")


def missing(before: pl.DataFrame, now: pl.DataFrame, **more: object) -> set[tuple[str, str, int, int]]:
    given = {"lost": VANISHED, "unread": (), "lapsed": (), **more}
    found = vanished(before, now, **given)  # type: ignore[arg-type]
    assert found.columns == VANISHED.columns
    return set(found.select("kind", "which", "rows_before", "rows_now").iter_rows())


def test_nothing_is_missing_of_the_same() -> None:
    assert missing(held(FILES, {"460105": 9}), held(FILES, {"460105": 9})) == set()


def test_a_year_without_a_row_is_missing_whole() -> None:
    now = held({"a.csv": {2018: 500}, "b.csv": {2020: 600}})
    assert missing(held(FILES), now) == {("period", "2019", 700, 0)}


def test_a_file_that_is_gone_is_told_with_its_years() -> None:
    now = held({"b.csv": {2020: 600}})
    assert missing(held(FILES), now) == {
        ("period", "2018", 500, 0),
        ("period", "2019", 700, 0),
        ("file", "a.csv 2018", 500, 0),
        ("file", "a.csv 2019", 700, 0),
    }


def test_other_files_that_hold_the_same_rows_make_up_for_it() -> None:
    assert missing(held(FILES), held({"b.csv": {2018: 500, 2019: 700, 2020: 600}})) == set()


def test_a_few_rows_of_the_year_elsewhere_do_not() -> None:
    now = held({"b.csv": {2018: 500, 2019: 3, 2020: 600}})
    assert missing(held(FILES), now) == {("file", "a.csv 2019", 700, 3)}


def test_an_exporter_that_names_its_files_anew_every_night_lacks_nothing() -> None:
    now = held({"a-20211202.csv": {2018: 500, 2019: 660}, "b-20211202.csv": {2020: 600}})
    assert missing(held(FILES), now) == set()


def test_among_new_names_a_file_that_cannot_be_read_is_missing() -> None:
    now = held({"a-2.csv": {2018: 500, 2019: 300}, "b.csv": {2020: 600}})
    assert missing(held(FILES), now, unread=["a.csv"]) == {("file", "a.csv 2019", 700, 300)}


def test_a_county_without_a_row_is_missing_unless_the_law_ended_it() -> None:
    before, now = held(FILES, {"330102": 400, "330104": 300}), held(FILES, {"330102": 700})
    assert missing(before, now) == {("place", "330104", 300, 0)}
    assert missing(before, now, lapsed=["330104"]) == set()


def test_a_slip_of_the_pen_that_was_mended_is_no_loss() -> None:
    before = held({"a.csv": {2018: 5000, 1918: 3}})
    assert missing(before, held({"a.csv": {2018: 5003}})) == set()


@pytest.mark.parametrize(("rows", "told"), [(1, False), (2, False), (3, True)])
def test_of_a_small_table_a_year_of_three_rows_counts(rows: int, *, told: bool) -> None:
    before = held({"a.csv": {2018: 30, 2019: rows}})
    assert bool(missing(before, held({"a.csv": {2018: 30}}))) is told


def test_what_was_missing_stays_missing_until_it_is_back() -> None:
    lost = vanished(held(FILES), held({"a.csv": {2018: 500}, "b.csv": {2020: 600}}), VANISHED, (), ())
    without = held({"a.csv": {2018: 501}, "b.csv": {2020: 600}})
    assert missing(without, without, lost=lost) == {("period", "2019", 700, 0)}
    assert missing(without, held(FILES), lost=lost) == set()


def test_a_table_that_is_gone_altogether_is_told_as_such_elsewhere() -> None:
    assert missing(held(FILES), HOLDINGS) == set()


def test_a_table_without_years_is_told_by_its_file() -> None:
    rows = [("school", "file", None, "甲.csv", 40), ("school", "file", None, "乙.csv", 10)]
    before = pl.DataFrame(rows, schema=HOLDINGS.schema, orient="row")
    now = pl.DataFrame(rows[:1], schema=HOLDINGS.schema, orient="row")
    assert missing(before, now) == {("file", "乙.csv", 50, 40)}
