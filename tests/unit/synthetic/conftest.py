"""One small clean set and its frames, made once for the whole area."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from data.synthetic import generate
from data.synthetic.province import tables

PROVINCES = ("330000", "460000", "500000")


@pytest.fixture(scope="session")
def frames() -> dict[str, dict[str, pl.DataFrame]]:
    """Every province's tables as made, before any file is written."""
    return {province: next(iter(tables(province, seed=7, teachers=900)))[1] for province in PROVINCES}


@pytest.fixture(scope="session")
def messy_dumps(once: Callable[[str, Callable[[Path], object]], Path]) -> Path:
    return once("messy-dumps", lambda out: generate(out, provinces=["460000"], teachers=400, seed=3))
