"""What a workbook's number formats show beside the number: 0000 shows 0007, "T"0000 shows T0007, 0"天" shows 3天.

A person reads what is shown, so that is the cell's text. Formats that only group, round or colour a number, those of
money, shares and dates add nothing to it and are none of this module's business.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from lxml import etree

_LITERAL: Final = r'(?:"[^"]*"|\\.|[\u2e80-\u9fff\uff00-\uffef])'
_FORMAT: Final = re.compile(rf"({_LITERAL}*)(?:General|(0+)|[#0?,]+(?:\.[#0?]+)?)({_LITERAL}*)")
_UNSEEN: Final = re.compile(r"\[[^\]]*\]|_.|\*.")
_TELLING: Final = re.compile(r"[^\W_]")


@dataclass(frozen=True)
class Shown:
    """What stands before and behind a number, and how many digits it has at least."""

    before: str
    digits: int
    behind: str

    def text(self, number: str) -> str:
        """The number as it is shown; its own decimals are kept, for what is shown of them is only rounded."""
        value = Decimal(number)
        plain = f"{value.normalize():f}"
        if value >= 0 and value == value.to_integral_value():
            plain = plain.zfill(self.digits)
        return f"{self.before}{plain}{self.behind}"


def shown_by(code: str) -> Shown | None:
    """What a format code shows beside a number of zero or more; None where that is nothing but the number."""
    found = _FORMAT.fullmatch(_UNSEEN.sub("", code.partition(";")[0]).strip())
    if not found:
        return None
    before, zeros, behind = (part or "" for part in found.groups())
    before, behind = (re.sub(r'"|\\(?=.)', "", part) for part in (before, behind))
    shown = Shown(before, len(zeros), behind)
    return shown if shown.digits > 1 or _TELLING.search(before + behind) else None


def telling_styles(styles: etree._Element) -> dict[str, Shown]:
    """Of a workbook's cell styles those whose format shows more than the number, by the style's number."""
    codes = {each.get("numFmtId"): each.get("formatCode") or "" for each in styles.iterfind("{*}numFmts/{*}numFmt")}
    telling = {number: shown for number, code in codes.items() if (shown := shown_by(code))}
    formats = enumerate(styles.iterfind("{*}cellXfs/{*}xf"))
    return {str(n): telling[each.get("numFmtId")] for n, each in formats if each.get("numFmtId") in telling}
