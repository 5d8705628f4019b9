"""The words that tables hold: one enumeration for each list of values that code compares with.

Belongs here: the values as they are stored, their names in code, the groups of them that several rules share, and the
words of a verdict for readers. The contracts state the same lists, and a test holds the two together. Names of columns
and tables are in models/contracts; Chinese names of what measures derive are in models/words.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Verdict(StrEnum):
    """What is found of a subject; for a trigger `not_met` means that the fault is suspected."""

    MET = "met"
    NOT_MET = "not_met"
    IN_PROGRESS = "in_progress"
    UNDETERMINED = "undetermined"
    NOT_APPLICABLE = "not_applicable"


CLOSED: Final = (Verdict.MET, Verdict.NOT_MET)
"""Verdicts that time does not change any more."""
COUNTED_IN_RATIO: Final = (Verdict.MET, Verdict.NOT_MET, Verdict.IN_PROGRESS)
"""Verdicts of those who make up the denominator of an attainment ratio."""
VERDICT_WORDS: Final[Mapping[str, str]] = {
    Verdict.MET: "达标",
    Verdict.NOT_MET: "未达标",
    Verdict.IN_PROGRESS: "进行中",
    Verdict.UNDETERMINED: "无法判定",
    Verdict.NOT_APPLICABLE: "不适用",
}
TRIGGER_WORDS: Final[Mapping[str, str]] = {**VERDICT_WORDS, Verdict.MET: "未触发", Verdict.NOT_MET: "疑似触发"}
"""A trigger clause names a fault; meeting it is suspected until a person confirms it."""


class LineStatus(StrEnum):
    """What becomes of a registered line in core.fct_credit."""

    OK = "ok"
    NEED_TABLE = "need_table"
    INELIGIBLE = "ineligible"
    QUARANTINE = "quarantine"


COUNTED: Final = (LineStatus.OK, LineStatus.NEED_TABLE)
"""Lines whose hours count; the credits of `need_table` are unknown."""


class ClauseStatus(StrEnum):
    """Whether a night judged a clause."""

    EVALUATED = "evaluated"
    DATA_MISSING = "data_missing"
    MANUAL = "manual"
