"""Seeded chance: one independent numpy stream per named purpose, so that adding a table moves no other.

Does not belong here: what is drawn. The functions only say how.
"""

from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def stream(seed: int, *purpose: str | int) -> np.random.Generator:
    """The generator for one purpose; the same seed and words give the same draws on every machine."""
    words = [crc32(str(word).encode()) for word in purpose]
    return np.random.default_rng(np.random.SeedSequence([seed, *words]))


@dataclass(frozen=True)
class Where:
    """The batch of a province that is being made, and the seed of its chance."""

    province: str
    seed: int
    batch: int

    def stream(self, *purpose: str) -> np.random.Generator:
        """The generator for one purpose in this batch."""
        return stream(self.seed, self.province, self.batch, *purpose)

    def prefix(self, letters: str) -> str:
        """What ids of this batch begin with."""
        return f"{letters}{self.province[:2]}{self.batch:03d}"


def choose(rng: np.random.Generator, values: list[str], size: int, weights: list[float] | None = None) -> pl.Series:
    """``size`` words drawn from ``values`` (by ``weights``, which need not sum to one)."""
    if weights is None:
        picks = rng.integers(0, len(values), size)
    else:
        share = np.asarray(weights, dtype=np.float64)
        picks = rng.choice(len(values), size, p=share / share.sum())
    return pl.Series(values, dtype=pl.String).gather(picks.astype(np.uint32))


def flags(rng: np.random.Generator, size: int, probability: float | Floats) -> Flags:
    return rng.random(size) < probability


def dates(days: Ints) -> pl.Series:
    """Days since 1970-01-01 as dates."""
    return pl.Series(days.astype(np.int32)).cast(pl.Date)


def day(text: str) -> int:
    """2021-11-30 as days since 1970-01-01."""
    return int(np.datetime64(text, "D").astype(np.int64))


def first_of(years: Ints) -> Ints:
    """1 January of each year as days since 1970-01-01."""
    return (years - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)


def year_of(days: Ints) -> Ints:
    return days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def codes(prefix: str, numbers: Ints, width: int) -> pl.Series:
    """``prefix`` followed by each number, zero-filled to ``width``."""
    return pl.Series(numbers).cast(pl.String).str.zfill(width).str.replace("^", prefix)
