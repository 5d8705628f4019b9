"""Linear programs play the outsider: what is published of people gives no small count back."""

from itertools import product

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.marts.suppression import MINIMUM, People
from tests.unit.disclosure.attacker import Attacker, narrow

LEAST_VALUES = MINIMUM // 2
"""No count under ten may be bounded to fewer values than this, whoever reckons."""


def published(people: pl.DataFrame, by: dict[str, list[tuple[str, ...]]], key: bytes) -> list[tuple]:
    """Every table over the people, as (cell, groups, told, truth); hidden and nobody are told as 10 at most.

    `people`: one row a group with county, city, stage, outcome and count. `by`: for each level of places the tables.
    """
    cells = []
    for level, tables in by.items():
        for dimensions in tables:
            table = people.group_by(pl.col(level).alias("unit"), *dimensions).agg(
                pl.col("count").sum(), pl.col("group").alias("groups")
            )
            told = People("unit", ("count",)).protected(table.drop("groups"), key)["count"]
            for row, figure in zip(table.iter_rows(named=True), told, strict=True):
                name = (level, row["unit"], *((d, row[d]) for d in dimensions))
                cells.append((name, row["groups"], figure, row["count"]))
    return cells


TABLES = {level: [(), ("stage",), ("outcome",), ("stage", "outcome")] for level in ("county", "city", "province")}


def attacked(people: pl.DataFrame, key: bytes, tables=TABLES) -> pl.DataFrame:
    known = people.with_row_index("group").with_columns(province=pl.lit("p"))
    attacker, truth, groups_of = Attacker(), {}, {}
    for cell, groups, told, count in published(known, tables, key):
        attacker.reads_between(groups, cell[1], told or 0, told or MINIMUM)
        truth[cell], groups_of[cell] = count, groups
    small = {cell: groups_of[cell] for cell, count in truth.items() if 0 < count < MINIMUM}
    return narrow(truth, attacker.bounds(small))


def people_of(counts: list[int], counties: int = 4, stages: int = 2, outcomes: int = 3) -> pl.DataFrame:
    names = product(range(counties), range(stages), range(outcomes))
    return pl.DataFrame(
        [
            {"county": f"c{c}", "city": f"t{c // 2}", "stage": s, "outcome": o, "count": n}
            for (c, s, o), n in zip(names, counts, strict=True)
        ]
    )


COUNTS = st.lists(st.one_of(st.just(0), st.integers(0, 12), st.integers(0, 80)), min_size=24, max_size=24)


@settings(max_examples=40)
@given(COUNTS, st.binary(min_size=4, max_size=4))
def test_no_small_count_comes_back_whatever_the_table(counts, key):
    found = attacked(people_of(counts), key)
    assert found.filter(pl.col("values") < LEAST_VALUES).is_empty(), found


HOSTILE = {
    "all of a city in one county": [8, 0, 0] * 2 + [0] * 18,
    "one county, one stage": [216, 8, 0] + [0] * 21,
    "everybody but one": [75, 1, 0] * 8,
    "ones everywhere": [1] * 24,
    "nines everywhere": [9] * 24,
    "just above": [11] * 24,
}


@pytest.mark.parametrize("counts", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("key", [bytes([n]) for n in range(10)])
def test_tables_made_to_betray_give_nothing_away(counts, key):
    found = attacked(people_of(counts), key)
    assert found.filter(pl.col("values") < LEAST_VALUES).is_empty(), found
