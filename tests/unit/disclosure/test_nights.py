"""Many nights, and somebody who knows exactly who came and went: the count itself is never found out."""

from collections import defaultdict

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from models.marts.suppression import MINIMUM, People
from tests.unit.disclosure.attacker import BASE, SPREAD

NIGHTS = 30
LEAST_VALUES = MINIMUM // 2
KEY = b"key of a test"


def told(sizes: list[int], unit: str = "a", key: bytes = KEY) -> list[int | None]:
    cells = pl.DataFrame({"unit": [unit] * len(sizes), "n": sizes}, schema={"unit": pl.String, "n": pl.Int64})
    return People("unit", ("n",)).protected(cells, key)["n"].to_list()


def agrees(sizes: list[int], shown: list[int | None]) -> bool:
    """Whether some edges the rule may draw tell these sizes so."""
    low, high = defaultdict(lambda: 0), defaultdict(lambda: MINIMUM - 1)
    for size, figure in zip(sizes, shown, strict=True):
        if size < 0:
            return False
        stair, place = divmod(size - 1, MINIMUM)
        if figure is None and stair < 1:
            continue
        foot = stair * MINIMUM
        if (figure or MINIMUM) == foot:
            low[stair] = max(low[stair], place + 1)
        elif figure == foot + MINIMUM:
            high[stair] = min(high[stair], place)
        else:
            return False
    spans = [(low[stair], high[stair]) for stair in {*low, *high}]
    return any(all(max(base, lo) <= min(base + SPREAD, hi) for lo, hi in spans) for base in range(BASE + 1))


def open_starts(sizes: list[int], key: bytes) -> list[int]:
    """At how many people the walk may have begun, for an outsider who knows every step of it."""
    shown = told(sizes, key=key)
    changes = [size - sizes[0] for size in sizes]
    return [start for start in range(140) if agrees([start + change for change in changes], shown)]


def walk(start: int, steps: list[int]) -> list[int]:
    sizes = [start]
    for step in steps:
        sizes.append(max(0, sizes[-1] + step))
    return sizes


ONE_BY_ONE = st.lists(st.sampled_from([-1, 0, 0, 0, 1]), min_size=NIGHTS, max_size=NIGHTS)
MANY = st.lists(st.integers(-4, 6), min_size=NIGHTS, max_size=NIGHTS)


@given(st.integers(1, 60), st.one_of(ONE_BY_ONE, MANY), st.binary(min_size=4, max_size=4))
def test_thirty_nights_leave_many_sizes_open_to_whoever_knows_every_change(start, steps, key):
    sizes = walk(start, steps)
    found = open_starts(sizes, key)
    assert start in found
    # There are never fewer than nobody: that alone can leave less to choose from.
    assert len(found) >= min(LEAST_VALUES, min(sizes) + 1)


@given(st.integers(1, 9), st.binary(min_size=4, max_size=4))
def test_a_small_place_that_grows_past_every_stair_is_not_found_out(start, key):
    found = open_starts([start + more for more in range(100)], key)
    assert start in found
    assert len(found) >= min(LEAST_VALUES, start + 1)


def test_two_nights_one_teacher_apart_look_the_same_nine_times_in_ten():
    units = [f"u{number}" for number in range(200)]
    shown = [told(list(range(60, 71)), unit) for unit in units]
    moved = [sum(row[at] != row[at + 1] for row in shown) for at in range(10)]
    assert sum(moved) == len(units)
    assert max(moved) < len(units) / 4
