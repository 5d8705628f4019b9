"""What a workbook's number formats show beside the number: 0000 shows 0007, "T"0000 shows T0007, 0"天" shows 3天.

A person reads what is shown, so that is the cell's text. Formats that only group, round or colour a number, those of
yuan, shares and dates add nothing to it and are none of this module's business. One that shows a number a thousand or
ten thousand times smaller (`0.0,` `0!.0,`) leaves open of which of the two the header's unit is: that is said there.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from lxml import etree

_LITERAL: Final = r'(?:"[^"]*"|\\.|[\u2e80-\u9fff\uff00-\uffef])'
_FORMAT: Final = re.compile(rf"({_LITERAL}*)(?:General|(0+)|[#0?,]+(?:\.[#0?]+)?)({_LITERAL}*)")
_FOREIGN: Final = re.compile(r"[$€£₩](?!-804)|USD|HKD|EUR")
_SMALLER: Final = re.compile(r'[0#?],+(?![0#?,])|[0#?](?:!\.|\\\.|"\.")[0#?]')
"""A comma behind the last digit divides by a thousand; a point that is only text stands where a comma could not."""
_SMALLER_SIGN: Final = "（缩小显示）"
_QUOTED: Final = re.compile(r'("\.")|"[^"]*"')
_CURRENCY: Final = re.compile(r"\[\$([^\]-]+)(?:-[^\]]*)?\]")
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
    first = code.partition(";")[0]
    if _SMALLER.search(_QUOTED.sub(r"\1", _UNSEEN.sub("", first))):
        return Shown("", 0, _SMALLER_SIGN)
    plain = _UNSEEN.sub("", _CURRENCY.sub(r'"\1"', first)).strip()
    found = _FORMAT.fullmatch(plain)
    if not found:
        foreign = _FOREIGN.search(plain)
        return Shown(foreign[0], 0, "") if foreign else None
    before, zeros, behind = (part or "" for part in found.groups())
    before, behind = (re.sub(r'"|\\(?=.)', "", part) for part in (before, behind))
    shown = Shown(before, len(zeros), behind)
    is_telling = shown.digits > 1 or _TELLING.search(before + behind) or _FOREIGN.search(before + behind)
    return shown if is_telling else None


def telling_styles(styles: etree._Element) -> dict[str, Shown]:
    """Of a workbook's cell styles those whose format shows more than the number, by the style's number."""
    codes = {each.get("numFmtId"): each.get("formatCode") or "" for each in styles.iterfind("{*}numFmts/{*}numFmt")}
    telling = {number: shown for number, code in codes.items() if (shown := shown_by(code))}
    formats = enumerate(styles.iterfind("{*}cellXfs/{*}xf"))
    return {str(n): telling[each.get("numFmtId")] for n, each in formats if each.get("numFmtId") in telling}
