"""What in a document may be meant and may be a slip of the pen: told beside a passed check, never refused.

Belongs here: days without a limit, years in no cycle, a limit that its own quote doesn't name. What can't be meant is a
fault (`models.law.reading`).
"""

import re
import unicodedata
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Final

from models.law.schema import Clause, Document

NAMED_IN_QUOTES: Final = ("学分", "学时", "工作日", "天", "比例")
"""Units whose limits a text gives as figures; how many documents or people are meant is often in its words."""
_IN_WORDS: Final = re.compile("[一二两三四五六七八九十百千半]")
_FIGURE: Final = re.compile(r"\d+(?:\.\d+)?(?:/\d+)?")


def doubts(document: Document) -> Iterator[str]:
    """Each doubt as a sentence, in the order of the file."""
    cycles = sorted(document.cycles, key=lambda cycle: cycle.start)
    for before, after in pairwise(cycles):
        if after.start.year > before.end.year + 1:
            first, last = before.end.year + 1, after.start.year - 1
            yield f"{first}年{'' if first == last else f'至{last}年'}不在任何周期里"
    for clause in document.clauses:
        yield from _idle_days(clause)
        yield from _unnamed_limits(clause, document.setting("registered_tolerance"))


def _idle_days(clause: Clause) -> Iterator[str]:
    ordered = sorted(clause.thresholds, key=lambda limit: limit.start)
    for before, after in pairwise(ordered):
        if before.end is not None and before.end < after.start:
            yield f"{clause.id} 从 {before.end} 到 {after.start} 前没有阈值，这段时间不作结论"


def _unnamed_limits(clause: Clause, tolerance: object) -> Iterator[str]:
    """Limits that a quote full of figures doesn't name; the tolerance of rounding is a convention's."""
    quote = unicodedata.normalize("NFKC", clause.quote)
    named = {Fraction(one) for one in _FIGURE.findall(quote) if not re.search(r"/0+$", one)}
    if not named or clause.unit not in NAMED_IN_QUOTES or _IN_WORDS.search(quote):
        return
    for limit in clause.thresholds:
        value = limit.value
        if not isinstance(value, Fraction) or value == tolerance or _is_all_or_none(clause, value):
            continue
        if not named & {value, value * 100}:
            shown = f"{float(value * 100):g}%" if clause.unit == "比例" else f"{float(value):g}{clause.unit}"
            yield f"{clause.id} 的阈值 {shown} 在引文里找不到"


def _is_all_or_none(clause: Clause, value: Fraction) -> bool:
    return clause.unit == "比例" and value in (0, 1)
