"""How far a unit's rate may lie from the whole's by chance alone, given its size.

Belongs here: the one definition of control limits that funnels on pages and sentences of the report share, so that both
name the same units. Limits are wider where published counts stand on stairs of ten: what rounding does to a small unit
is no finding about it.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from models.marts.suppression import MINIMUM

INNER: Final = Fraction("1.96")
OUTER: Final = Fraction("3.09")
"""Standard errors within which 95 % and 99.8 % of units lie that differ by chance only."""
EXACT: Final = Fraction(0)
ON_STAIRS: Final = Fraction(MINIMUM**2, 6)
"""The variance of a told count around the true one: two draws over a stair, each spread evenly."""


@dataclass(frozen=True)
class Whole:
    """The rate units are held against, and the variance that rounding gives each published count."""

    rate: Fraction
    rounding: Fraction = EXACT

    def variance(self, count: int) -> Fraction:
        """Of how many of `count` reach it, around what the whole's rate lets expect."""
        return count * self.rate * (1 - self.rate) + self.rounding * (1 + self.rate**2)

    def reach(self, count: int, errors: Fraction) -> float:
        """How far the rate of a unit of `count` may lie from the whole's."""
        return float(errors) * math.sqrt(self.variance(count)) / count

    def side(self, part: int, count: int) -> int:
        """-1 for a unit below the outer limit, 1 for one above, 0 between; from the exact counts."""
        gap = part - self.rate * count
        if gap**2 <= OUTER**2 * self.variance(count):
            return 0
        return 1 if gap > 0 else -1
