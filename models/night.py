"""What "tonight" means to every rule: which province, and which day is today.

Belongs here: the two facts that a transform may need besides its frames, and how a made-up dump is told from a real
one. Paths, clocks and settings of the machine do not: a release must be the same whenever and wherever it is built.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

SAMPLE_MARK = ".shixun-sample"
"""The file in a dump's folder that says its data are made up: every page and report made of it says so too."""


@dataclass(frozen=True)
class Night:
    """One province's night: `province` is the 6-digit code, `as_of` is "today" for every rule."""

    province: str
    as_of: date


@dataclass(frozen=True)
class Asked:
    """What somebody may ask of a night; what is not asked for is the newest folder, and its day.

    snapshot: the dated folder that is read. as_of: the day that is "today" for every rule.
    """

    snapshot: date | None = None
    as_of: date | None = None


NOTHING_ASKED = Asked()


@dataclass(frozen=True)
class Undated:
    """What a table is told that is the same on any day: it cannot ask which day it is."""

    province: str


class Dated(Enum):
    """What of the night's day a table, or what is published, is told: no more than matters to it."""

    BY_DAY = auto()
    BY_YEAR = auto()
    NEVER = auto()

    def told(self, night: Night) -> Night | Undated:
        """The night as the table sees it: with its day, with the last day of its year, or without any."""
        if self is Dated.NEVER:
            return Undated(night.province)
        return Night(night.province, date(night.as_of.year, 12, 31)) if self is Dated.BY_YEAR else night
