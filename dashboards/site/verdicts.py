"""How a verdict looks and reads: a word, a shape and a class, so that colour is never the only sign."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Mark:
    """One verdict as shown: `word` for reading, `shape` for scanning, `style` for the stylesheet."""

    word: str
    shape: str
    style: str


VERDICTS: Final = {
    "met": Mark("达标", "●", "met"),
    "not_met": Mark("未达标", "▲", "not-met"),
    "in_progress": Mark("进行中", "■", "in-progress"),
    "undetermined": Mark("无法判定", "○", "undetermined"),
    "not_applicable": Mark("不适用", "－", "not-applicable"),
}
TRIGGERS: Final = VERDICTS | {
    "met": Mark("未触发", "●", "met"),
    "not_met": Mark("疑似触发", "▲", "not-met"),
}
"""A trigger clause names a fault; meeting it is suspected until a person confirms it."""
NOBODY: Final = Mark("不在判定之列", "－", "not-applicable")
"""A worked case in which the clause judges nobody."""


def mark(verdict: str | None, *, is_trigger: bool = False) -> Mark | None:
    """The mark of a verdict, None where no clause judges."""
    return None if verdict is None else (TRIGGERS if is_trigger else VERDICTS)[verdict]
