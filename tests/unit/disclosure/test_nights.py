"""Many nights, and somebody who knows exactly who came and went: no count under twenty is found out."""

from collections import defaultdict

import polars as pl
from hypothesis import assume, given
from hypothesis import strategies as st

from models.marts.suppression import MINIMUM, People

NIGHTS = 30
LEAST_VALUES = MINIMUM // 2
KEY = b"key of a test"


def told(sizes: list[int], unit: str = "a") -> list[int | None]:
    cells = pl.DataFrame({"unit": [unit] * len(sizes), "n": sizes}, schema={"unit": pl.String, "n": pl.Int64})
    return People("unit", ("n",)).protected(cells, KEY)["n"].to_list()


def agrees(sizes: list[int], shown: list[int | None]) -> bool:
    """Whether some edges tell these sizes so: in each stair what is told low lies below what is told high."""
    low, high = defaultdict(lambda: 0), defaultdict(lambda: 10**9)
    for size, figure in zip(sizes, shown, strict=True):
        stair = (size - 1) // MINIMUM
        if figure is None and stair < 1:
            continue
        foot = stair * MINIMUM
        if (figure or MINIMUM) == foot:
            low[stair] = max(low[stair], size)
        elif figure == foot + MINIMUM:
            high[stair] = min(high[stair], size)
        else:
            return False
    return all(low[stair] < high[stair] and low[stair] < (stair + 1) * MINIMUM for stair in {*low, *high})


@given(st.integers(1, 60), st.lists(st.sampled_from([-1, 0, 0, 0, 1]), min_size=NIGHTS, max_size=NIGHTS))
def test_thirty_nights_leave_many_sizes_open_to_whoever_knows_every_change(start, steps):
    changes = [sum(steps[:night]) for night in range(NIGHTS + 1)]
    sizes = [start + change for change in changes]
    assume(min(sizes) >= 1)
    # Whoever knows of ten and more people of one small place that they came or went knows them already.
    assume(max(sizes) - min(sizes) < MINIMUM)
    shown = told(sizes)
    open_starts = [one for one in range(1, 90) if agrees([one + change for change in changes], shown)]
    assert start in open_starts
    few = [one for one in open_starts if min(one + change for change in changes) >= 1]
    if min(sizes) < MINIMUM:
        assert len(few) >= LEAST_VALUES


def test_two_nights_one_teacher_apart_look_the_same_nine_times_in_ten():
    units = [f"u{number}" for number in range(500)]
    same = sum(told([75], unit) == told([74], unit) for unit in units)
    assert same > 425
