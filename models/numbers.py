"""Numbers as people write them.

Belongs here: rounding for showing and the plain forms of stored values. Nothing is judged by what comes out.
"""

from decimal import Decimal
from fractions import Fraction


def rounded(value: Fraction, places: int) -> Decimal:
    """Half up, away from zero below it: for showing only."""
    scaled = abs(value) * 10**places
    whole = (scaled.numerator * 2 + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole if value >= 0 else -whole).scaleb(-places)


def decimal_text(value: Decimal) -> str:
    """A number without trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def plain(value: object) -> str:
    """A value as people write it: no trailing zeros, 是 and 否, — for nothing."""
    match value:
        case None:
            return "—"
        case bool():
            return "是" if value else "否"
        case float() | Decimal():
            return decimal_text(Decimal(str(value)))
        case str():
            return _trimmed(value)
        case list() | tuple():
            return "、".join(plain(one) for one in value)
    return str(value)


def _trimmed(text: str) -> str:
    """Stored decimals arrive as text: 12.000 is 12; codes stay as they are."""
    whole, point, rest = text.partition(".")
    if point and whole.lstrip("-").isdigit() and rest.isdigit() and len(rest) >= 3:  # noqa: PLR2004 - scale of amounts
        return text.rstrip("0").rstrip(".")
    return text
