"""What makes a cell doubtful before anything is read from it, whatever its type.

Here belong: words that stand for an empty cell, words that point at another cell, and signs after which the characters
of a cell no longer mean one thing: struck-out text, footnote marks, several lines, damaged bytes, formulas. All are
looked for in the cell as it was landed, since half-width form would turn 24① into 241.

A cell may carry its column's context (`with_context`): the unit of its header, say. The context is no part of the
cell and is never shown.
"""

import itertools
import re
import unicodedata
from functools import lru_cache

import polars as pl

_DASHES = ("—", "–", "――", "——", "-", "--", "---", "/", "//", "\\", "_", "…", "......", "...")
_NOTHING = (
    "无",
    "无。",
    "暂无",
    "待定",
    "不详",
    "未知",
    "空",
    "空白",
    "空值",
    "未填",
    "未填写",
    "未录入",
    "不涉及",
    "不适用",
    "无编号",
    "以下空白",
)
_MISSING = (
    "n/a",
    "na",
    "n.a.",
    "n.a",
    "#n/a",
    "n\\a",
    "nan",
    "-nan",
    "nat",
    "nil",
    "none",
    "undefined",
    "blank",
    "empty",
)
_NULLS = ("null", "null值", "\\n", "\\\\n", "dbnull", "system.dbnull", "__hive_default_partition__", "''", '""')
_ZERO_DATES = ("0000-00-00", "0000-00-00 00:00:00", "1900-01-00", "0000/00/00", "00:00.0")
#: In half-width form and small letters.
NULL_WORDS = frozenset(("", *_DASHES, *_NOTHING, *_MISSING, *_NULLS, *_ZERO_DATES))
_NULL_WORDS = sorted(NULL_WORDS)
_AROUND = "()[]{}<>$;,'\"《》【】“”"
DITTO = r"^(?:同上|同前|上同|〃|″|''|\"|,,|ditto|id\.)$"
FORMULA_ERROR = (
    r"^#(REF|VALUE|NAME|DIV/0|NUM|NULL|SPILL|CALC|FIELD|BLOCKED|GETTING_DATA)[!?]?|^#N/[A-Z]$|^#[^\s#]{1,16}[!?]$"
    r"|^Err:\d{3}$"
)
"""Also in other languages (#N/D, #VALEUR!, #¡REF!) and in other programs (#ERROR!, Err:502)."""
OBJECT = (
    r"(?i)^(?:invalid ?date|\[object ?\w+\]|\[[BCDFIJLSZ]@[0-9a-f]+|[a-z_][\w.$]*@[0-9a-f]{6,8}|b'.*'"
    r"|<[^<>]* ?object.*>"
    r"|(?:java|system)\.[\w.]+)$"
)
"""What programs write instead of a value that is no text: [object Object], [B@1a2b3c, b'', Invalid Date."""
FORMULA = r"^\s*=[^\"=]"
"""A formula written out: its value was never saved, or it was exported as text."""
#: What reading puts in the place of a NUL byte or of bytes that are no character.
DAMAGED = "[\u2400\ufffd]"
STRIKE = "\u0336"
"""What reading puts behind every struck-out character."""
STRUCK = "[\u0334-\u0338]"
INVISIBLE = (
    r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
#: Between two characters these are no mere dust: a letter was taken back, or what is shown is in another order.
MEDDLING = r"\S[\u0001-\u0008\u000e-\u001f\u007f-\u009f\u00ad\u202a-\u202e\u2066-\u2069]+\S"
SEVERAL_LINES = r"\S[ \u00a0\u3000]*[\n\r\t\u000b\u000c\u0085\u2028\u2029]\s*\S"
_FOOTNOTES = "*†‡※§¶◆★☆▲△"
_COMPOSED = ((0xB2, 0xBF), (0x2070, 0x2190), (0x2460, 0x2500), (0x3220, 0x33FF), (0x1F100, 0x1F10D))
_ATTACHED = frozenset(("super", "sub", "circle", "fraction", "compat", "square"))
CONTEXT = "\ufdd0"
"""Stands between a cell and its column's context: a code point Unicode keeps for such use, so that no text has it."""


@lru_cache(maxsize=1)
def footnote_marks() -> str:
    """A character class of marks that point to a note, or that half-width form would turn into digits."""
    numbers = itertools.chain(*(range(first, last) for first, last in _COMPOSED))
    glued = [chr(number) for number in numbers if _turns_into_a_digit(chr(number))]
    return "[" + "".join(map(re.escape, (*_FOOTNOTES, *glued, *map(chr, range(0x2776, 0x2794))))) + "]"


def _turns_into_a_digit(character: str) -> bool:
    tag = unicodedata.decomposition(character).partition(" ")[0].strip("<>")
    plain = unicodedata.normalize("NFKC", character)
    return tag in _ATTACHED and any(one.isdigit() or one in "一二三四五六七八九十" for one in plain)


def doubt(raw: str) -> str | None:
    """The reason code for which nothing may be read from a cell that is a figure, a day, a code or a label."""
    if re.match(FORMULA, raw):
        return "formula_unsaved"
    if re.search(DAMAGED, raw):
        return "damaged_text"
    found = _DOUBTS.search(raw)
    return found.lastgroup if found else None


_DOUBTS = re.compile(
    f"(?P<struck_text>{STRUCK})|(?P<damaged_text>{MEDDLING})|(?P<several_lines>{SEVERAL_LINES})"
    f"|(?P<footnote_mark>{footnote_marks()})"
)


def doubt_of(cell: pl.Expr) -> pl.Expr:
    """The same for a column of codes."""
    return (
        pl.when(cell.str.contains(FORMULA))
        .then(pl.lit("formula_unsaved"))
        .when(cell.str.contains(STRUCK))
        .then(pl.lit("struck_text"))
        .when(cell.str.contains(MEDDLING) | cell.str.contains(DAMAGED))
        .then(pl.lit("damaged_text"))
        .when(cell.str.contains(SEVERAL_LINES))
        .then(pl.lit("several_lines"))
        .when(cell.str.contains(footnote_marks()))
        .then(pl.lit("footnote_mark"))
    )


def is_null_word(text: str) -> bool:
    """Whether a flat text stands for an empty cell, whatever it is put in: (NULL), {null}, $null$, <空>."""
    return text.lower() in NULL_WORDS or text.lower().strip(_AROUND) in NULL_WORDS


def null_word(flat: pl.Expr) -> pl.Expr:
    """The same for a column of flat texts."""
    small = flat.str.to_lowercase()
    return small.is_in(_NULL_WORDS) | small.str.strip_chars(_AROUND).is_in(_NULL_WORDS)


def with_context(cell: pl.Expr, context: str) -> pl.Expr:
    """The cells of a column with what its header, or its file, says of them; empty ones stay empty."""
    return pl.concat_str([cell, pl.lit(CONTEXT + context)])


def without_context(cell: pl.Expr) -> pl.Expr:
    """The cells as they were landed."""
    return cell.str.split(CONTEXT).list.first()


def parted(text: str) -> tuple[str, str]:
    """A cell and its column's context; the latter empty where there is none."""
    cell, _, context = text.partition(CONTEXT)
    return cell, context
