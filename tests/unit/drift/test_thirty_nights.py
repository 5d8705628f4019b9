"""Fifty faults are found and clean nights are quiet, over thirty nights around a new year and a new cycle."""

from typing import Final

import numpy as np
import polars as pl
import pytest

from tests.unit.drift.conftest import Season
from tests.unit.drift.faults import FAULTS, put
from tests.unit.drift.nights import compared

SEEDED: Final = 50
EARLIEST: Final = 5
"""Before this night the usual is not known well enough."""


def test_thirty_clean_nights_raise_at_most_one_alarm(season: Season) -> None:
    assert len(season) == 31
    told = [(night.dump.day, sentence) for night, drift in season[1:] for sentence in drift["sentence"]]
    assert len(told) <= 1, told


@pytest.mark.parametrize("seed", range(SEEDED))
def test_a_fault_is_found(season: Season, seed: int) -> None:
    fault = FAULTS[seed % len(FAULTS)]
    night = int(np.random.default_rng(seed).integers(EARLIEST, len(season)))
    (before, _), (clean, _) = season[night - 1], season[night]
    drift, _ = compared(before, put(fault, clean.dump, seed), like=clean)
    column = pl.col("column_name").eq_missing(pl.lit(fault.column, pl.String))
    found = drift.filter((pl.col("table_name") == fault.table) & (pl.col("kind") == fault.kind) & column)
    assert not found.is_empty(), f"{fault.name} of {clean.dump.day} was not told: {drift.to_dicts()}"
    assert found["sentence"].str.ends_with("。").all()
