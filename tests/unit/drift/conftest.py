"""Thirty-one nights of a small province, kept once for all workers."""

import pickle
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.unit.drift.nights import Past, calendar, compared, dump_of, first, sample

SEED, NIGHTS = 5, 31
BEGIN = date(2020, 12, 10)
Season = list[tuple[Past, pl.DataFrame]]


@pytest.fixture(scope="session")
def season(once: Callable[[str, Callable[[Path], object]], Path]) -> Season:
    """Nights from mid-December over the new year and the first one of a new cycle, each with what was told of it."""

    def make(folder: Path) -> None:
        folder.mkdir()
        (folder / "nights.pickle").write_bytes(pickle.dumps(_season()))

    nights: Season = pickle.loads((once("drift-season", make) / "nights.pickle").read_bytes())  # noqa: S301
    return nights


def _season() -> Season:
    whole = sample()
    found: Season = []
    for day in calendar(BEGIN, NIGHTS):
        dump = dump_of(whole, day, SEED)
        if not found:
            found.append((first(dump), pl.DataFrame()))
        else:
            drift, night = compared(found[-1][0], dump)
            found.append((night, drift))
    return found
