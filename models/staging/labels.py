"""What a label means: value lists, yes and no, ratings, lists of values.

A remark in brackets is read too: one that says the same is dropped, one that says the opposite, or that nobody knows,
refuses the cell.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from models.contracts import Field, normalised_name
from models.staging.doubts import is_null_word
from models.staging.figures import NUMBER
from models.staging.unreadable import Unreadable

_TRUE = ("是", "1", "Y", "YES", "T", "TRUE", "√", "✓", "✔", "☑", "对", "有", "真")
_FALSE = ("否", "0", "N", "NO", "F", "FALSE", "×", "✗", "✘", "☐", "X", "错", "没有", "假", "不是", "非")
BOOL: Mapping[str, Any] = {normalised_name(word): True for word in _TRUE} | {
    normalised_name(word): False for word in _FALSE
}
_DAY_REMARK = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?")


def meanings(field: Field) -> Mapping[str, Any]:
    """Normalised spelling → canonical value."""
    if field.type == "bool":
        return BOOL
    return {
        normalised_name(spelling): value
        for value, spellings in (field.values or {}).items()
        for spelling in (value, *spellings)
    }


def parse_enum(text: str, meanings: Mapping[str, Any]) -> Any:
    """A value by code, label, both (`3-合格`, `10国家级`) or label with a remark that says the same (`合格(结业)`)."""
    plain = normalised_name(text)
    if plain in meanings:
        return meanings[plain]
    without_zero = plain.removesuffix(".0")
    if without_zero in meanings:
        return meanings[without_zero]
    coded = re.fullmatch(r"(\d{1,3})\((\D.*)\)", plain) or re.fullmatch(r"(\d{1,3})[-_.、,:/|]?(\D.*)", plain)
    if coded:
        code, label = coded.groups()
        value = parse_enum(label, meanings)
        if meanings.get(code, value) != value:
            raise Unreadable("code_against_label")
        return value
    remark = re.fullmatch(r"([^(\[]+)[(\[](.*)[)\]]", plain)
    if remark:
        return _remarked(remark[1], remark[2], meanings)
    raise Unreadable("unknown_value")


def _remarked(label: str, remark: str, meanings: Mapping[str, Any]) -> Any:
    value = parse_enum(label, meanings)
    if not remark or _DAY_REMARK.fullmatch(remark):
        return value
    try:
        said = parse_enum(remark, meanings)
    except Unreadable as unknown:
        raise Unreadable("remark_unclear") from unknown
    if said != value:
        raise Unreadable("remark_against_label")
    return value


def parse_rating(text: str, meanings: Mapping[str, Any]) -> str:
    """One of the labels, or a number from 0 to 100 as plain text (`4`, `95.5`); the survey decides its scale."""
    number = re.fullmatch(rf"({NUMBER})\s?(分|星)?", text)
    if not number:
        return str(parse_enum(text, meanings))
    value = Decimal(number.group(1))
    if not 0 <= value <= 100:  # noqa: PLR2004 - the hundred-point scale
        raise Unreadable("unreadable")
    return f"{value.normalize():f}"


def parse_list(text: str, meanings: Mapping[str, Any]) -> list[str] | None:
    """The parts of a cell with several values; known spellings become their canonical value."""
    parts = (part.strip() for part in re.split(r"[、,;/|，；\n]+", text))
    kept = [str(meanings.get(normalised_name(part), part)) for part in parts if not is_null_word(part)]
    return kept or None
