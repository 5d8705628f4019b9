"""How text that is struck out, raised or lowered is kept in a grid, where there is only text.

Struck-out characters carry the sign Unicode has for it; raised ones become superscripts, or stand in brackets with a
caret where there is no such character. So 24 with a raised 1 is never 241, and staging can refuse what it must.
"""

from typing import Final

STRIKE: Final = "\u0336"
_RAISED: Final = str.maketrans("0123456789+-=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾")


def marked(text: str, *, struck: bool = False, raised: bool = False) -> str:
    """The text with the signs of how it is shown."""
    if raised and text.strip():
        text = text.translate(_RAISED) if text.strip().isdigit() else f"^{text}"
    return "".join(c if c.isspace() else f"{c}{STRIKE}" for c in text) if struck else text
