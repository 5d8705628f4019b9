"""What is usual of a measure, by hand: floors, past steps, the calendar."""

import math
from datetime import date, timedelta

import polars as pl
import pytest

from models.drift.figures import closed_between
from models.drift.profile import Measure
from models.drift.steps import METRIC, STEP, of_figures
from models.drift.usual import NIGHT, NIGHTS, VARIATION, Between, beyond, remembered, was_compared

MAY = date(2021, 5, 20)


def steps(measure: Measure, step: float, **more: object) -> pl.DataFrame:
    """One step of a table of ten thousand rows."""
    whole = {"table_name": "credit_record", "rows_before": 10_000, "rows_now": 10_000, "affected": 500.0, **more}
    return pl.DataFrame([{**whole, "measure": measure.value, "step": step}], schema=STEP)


def past(*sizes: float, measure: Measure = Measure.ROWS, until: date = MAY, days: int = 1) -> pl.DataFrame:
    """Nights with such steps of that table, the newest last."""
    nights = [until - timedelta(days=days * (len(sizes) - place)) for place in range(len(sizes))]
    rows: list[dict[str, object]] = [{"night": night, "days": days, "measure": NIGHT} for night in nights]
    rows += [
        {"night": night, "days": days, "table_name": "credit_record", "measure": measure.value, "step": size}
        for night, size in zip(nights, sizes, strict=True)
        if size
    ]
    return pl.DataFrame(rows, schema=VARIATION)


def is_told(found: pl.DataFrame, variation: pl.DataFrame, now: date = MAY, before: date | None = None) -> bool:
    return beyond(found, variation, Between(before or now - timedelta(days=1), now)).height > 0


QUIET = past(*[0.0] * 10)


def test_a_tenth_more_rows_is_told_where_nothing_ever_moves() -> None:
    assert is_told(steps(Measure.ROWS, math.log(1.11)), QUIET)
    assert not is_told(steps(Measure.ROWS, math.log(1.09)), QUIET)
    assert is_told(steps(Measure.ROWS, math.log(0.89)), QUIET)


def test_what_grows_so_every_night_is_usual() -> None:
    assert not is_told(steps(Measure.ROWS, 0.14), past(*[0.11, 0.12, 0.13, 0.12, 0.11]))
    assert is_told(steps(Measure.ROWS, 0.5), past(*[0.11, 0.12, 0.13, 0.12, 0.11]))


def test_what_came_three_times_is_usual_and_one_bad_night_does_not_hide_the_next() -> None:
    assert not is_told(steps(Measure.EMPTY, 0.2), past(0, 0.2, 0, 0, -0.2, 0, 0, 0.2, 0, 0, measure=Measure.EMPTY))
    assert is_told(steps(Measure.EMPTY, 0.2), past(0, 0, 0, 0.2, -0.2, 0, 0, 0, 0, 0, measure=Measure.EMPTY))


def test_after_a_week_without_a_night_a_week_of_growth_is_usual() -> None:
    daily = past(*[0.03, 0.035, 0.03, 0.035, 0.03])
    assert is_told(steps(Measure.ROWS, 0.24), daily)
    assert not is_told(steps(Measure.ROWS, 0.24), daily, before=MAY - timedelta(days=8))


def test_on_a_second_night_only_large_changes_are_told() -> None:
    nothing = pl.DataFrame(schema=VARIATION)
    assert is_told(steps(Measure.EMPTY, 0.04), QUIET)
    assert not is_told(steps(Measure.EMPTY, 0.04), nothing)
    assert is_told(steps(Measure.EMPTY, 0.2), nothing)
    assert is_told(steps(Measure.ROWS, math.log(2), unit_id="460105", rows_before=500), nothing)


def test_at_the_years_end_more_may_be_added_but_not_lost() -> None:
    december, january = date(2020, 12, 20), date(2021, 1, 4)
    for day in (december, january):
        quiet = past(*[0.0] * 10, until=day)
        assert not is_told(steps(Measure.ROWS, math.log(1.25)), quiet, day)
        assert is_told(steps(Measure.ROWS, math.log(0.85)), quiet, day)
    assert is_told(steps(Measure.ROWS, math.log(1.25)), QUIET)


@pytest.mark.parametrize(
    ("year", "day", "told"),
    [
        ("2021", MAY, False),  # the open year grows
        ("2020", MAY, True),
        ("2020", date(2021, 3, 1), False),  # still being registered
        ("2020", date(2021, 4, 1), True),
    ],
)
def test_an_open_year_grows(year: str, day: date, told: bool) -> None:
    grown = steps(Measure.ROWS, 0.6, period=year)
    assert is_told(grown, past(*[0.0] * 10, until=day), day) is told
    assert is_told(steps(Measure.ROWS, -0.6, period=year), past(*[0.0] * 10, until=day), day)


def test_ten_rows_or_fewer_are_no_drift() -> None:
    assert not is_told(steps(Measure.EMPTY, 0.3, rows_before=30, rows_now=30, affected=9.0), QUIET)


def test_rows_of_one_late_class_are_no_drift_of_a_small_county() -> None:
    few = {"unit_id": "460105", "rows_before": 40}
    assert not is_told(steps(Measure.ROWS, math.log(2), affected=40.0, **few), QUIET)


def test_work_in_progress_moves_in_bulk() -> None:
    assert not is_told(steps(Measure.VALUE, 0.25, column_name="status"), QUIET)
    assert is_told(steps(Measure.VALUE, 0.4, column_name="status"), QUIET)
    assert is_told(steps(Measure.VALUE, 0.05, column_name="level"), QUIET)


def test_nights_that_came_after_the_day_do_not_count() -> None:
    later = past(*[0.3] * 10, until=MAY + timedelta(days=30))
    assert is_told(steps(Measure.ROWS, 0.3), later)


def test_a_night_is_remembered_once_and_the_oldest_are_forgotten() -> None:
    variation = pl.DataFrame(schema=VARIATION)
    for number in range(NIGHTS + 5):
        night = MAY + timedelta(days=number)
        variation = remembered(steps(Measure.ROWS, 0.2), variation, Between(night - timedelta(days=1), night))
        variation = remembered(steps(Measure.ROWS, 0.3), variation, Between(night - timedelta(days=1), night))
    assert variation.filter(pl.col("measure") == NIGHT).height == NIGHTS
    assert variation.filter(pl.col("measure") == "rows")["step"].to_list() == [0.3] * NIGHTS
    assert was_compared(variation, MAY + timedelta(days=NIGHTS + 4))
    assert not was_compared(variation, MAY)
    hardly = remembered(steps(Measure.ROWS, 0.001), pl.DataFrame(schema=VARIATION), Between(MAY, MAY))
    assert hardly["measure"].to_list() == [NIGHT]
    assert set(METRIC) < set(hardly.columns)


def figures(*rows: tuple[str, str, int, int]) -> pl.DataFrame:
    """marts.public_measure of a county's cycle figure: unit, period, numerator, denominator."""
    return pl.DataFrame(
        [("cycle", unit, period, "全部", "default", n, of, None, None) for unit, period, n, of in rows],
        schema={
            **dict.fromkeys(("measure", "unit_id", "period", "stage", "convention"), pl.String),
            **dict.fromkeys(("numerator", "denominator", "rounded_percent", "rounded_step"), pl.Int64),
        },
        orient="row",
    )


def test_a_new_cycle_and_one_that_ended_are_no_drift() -> None:
    assert closed_between(["2020", "2016-2020", "2021-2025"], Between(date(2020, 12, 31), date(2021, 1, 1))) == [
        "2020",
        "2016-2020",
    ]
    assert closed_between(["2020", "2021"], Between(date(2021, 5, 1), MAY)) == []
    then = figures(("460105", "2016-2020", 400, 1000))
    here = figures(("460105", "2016-2020", 900, 1000), ("460105", "2021-2025", 20, 1000))
    assert of_figures(then, here, ["2016-2020"]).is_empty()
    assert of_figures(then, here, [])["step"].to_list() == [0.5]


def test_a_told_count_may_be_nine_off_which_is_no_step() -> None:
    then, here = figures(("460105", "2020", 60, 100)), figures(("460105", "2020", 80, 100))
    assert of_figures(then, here, []).is_empty()


def test_small_steps_that_gather_are_told_once() -> None:
    """A cell in a hundred more is empty every night: the tenth night says so, the eleventh has said it."""
    creeping = [0.01] * 9
    tenth = beyond(
        steps(Measure.EMPTY, 0.01, now=0.3),
        past(*creeping, measure=Measure.EMPTY),
        Between(MAY - timedelta(days=1), MAY),
    )
    assert tenth["before"].to_list() == [pytest.approx(0.2)]
    assert not is_told(steps(Measure.EMPTY, 0.01), past(*creeping[1:], measure=Measure.EMPTY))
    assert not is_told(steps(Measure.EMPTY, 0.01), past(*creeping, 0.01, measure=Measure.EMPTY))
    assert not is_told(steps(Measure.EMPTY, -0.01), past(*[-0.01] * 9, measure=Measure.EMPTY))
