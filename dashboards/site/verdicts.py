"""How a verdict looks and reads: a word, a shape and a class, so that colour is never the only sign."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from models.vocabulary import TRIGGER_WORDS, VERDICT_WORDS, Verdict


@dataclass(frozen=True)
class Mark:
    """One verdict as shown: `word` for reading, `shape` for scanning, `style` for the stylesheet."""

    word: str
    shape: str
    style: str


_SHAPES: Final = {
    Verdict.MET: "●",
    Verdict.NOT_MET: "▲",
    Verdict.IN_PROGRESS: "■",
    Verdict.UNDETERMINED: "○",
    Verdict.NOT_APPLICABLE: "－",
}


def _marks(words: Mapping[str, str]) -> dict[str, Mark]:
    return {verdict: Mark(words[verdict], _SHAPES[verdict], verdict.replace("_", "-")) for verdict in Verdict}


VERDICTS: Final = _marks(VERDICT_WORDS)
TRIGGERS: Final = _marks(TRIGGER_WORDS)
NOBODY: Final = Mark("不在判定之列", "－", "not-applicable")
"""A worked case in which the clause judges nobody."""
NOT_JUDGED: Final = Mark("缺少数据，不判", "○", "undetermined")
"""A worked case in which the dump has not what the clause needs."""


def mark(verdict: str | None, *, is_trigger: bool = False) -> Mark | None:
    """The mark of a verdict, None where no clause judges."""
    return None if verdict is None else (TRIGGERS if is_trigger else VERDICTS)[verdict]
