"""What one cell's text means: the parser for each type of field.

Each distinct spelling of a column is parsed once, so these parsers may be as patient as they like; mapping the
rows is `models.staging.typing`. Codes, free text and other columns in which nearly every cell differs have
vectorised rules in `models.staging.cleaning` instead. What figures, days and labels mean is in `figures`, `days` and
`labels`; what makes any cell doubtful in `doubts`.

A parser returns the value, None for a word that means "nothing here", or raises Unreadable with a reason code
of `models.staging.reasons`. A cell is read only where one reading is possible.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from models.contracts import Field, normalised_name
from models.staging import days, doubts, figures, labels
from models.staging.unreadable import Unreadable

_INVISIBLE = re.compile(doubts.INVISIBLE)
_SPACES = re.compile(r"\s+")
_QUOTED = re.compile(r"^=?\"(.*)\"$|^'+(.*?)'?$", re.DOTALL)
SINCE_1904 = "1904"
"""Context of cells of a workbook whose days are counted from 1904."""
REFUSED = "!"
"""Begins the context of a column that is refused as a whole; the reason code follows."""

Parser = Callable[[str], Any]


def flat(text: str) -> str:
    """The text in half-width form without invisible characters, runs of white space as one blank."""
    return _SPACES.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))).strip()


def parser_of(field: Field, spellings: Mapping[str | None, int]) -> Parser:
    """The parser for a field, given all spellings of its column and how often each occurs.

    Only ratios look at the whole column: whether bare numbers are percentages is decided by their median.
    """
    parse = _reader(field, spellings)
    known = labels.meanings(field)

    def read(text: str) -> Any:
        raw, context = doubts.parted(text)
        raw = unquoted(raw)
        plain = flat(raw)
        if doubts.is_null_word(plain) and normalised_name(plain) not in known:
            return None
        if context.startswith(REFUSED):
            raise Unreadable(context.removeprefix(REFUSED))
        if re.match(doubts.FORMULA_ERROR, plain):
            raise Unreadable("formula_error")
        if re.match(doubts.DITTO, plain, re.IGNORECASE):
            raise Unreadable("ditto")
        if (code := doubts.doubt(raw)) and not (code in _HARMLESS_IN_LABELS and field.type in _LABELS):
            raise Unreadable(code)
        return parse(plain, context)

    return read


_LABELS = frozenset({"enum", "bool", "list"})
_HARMLESS_IN_LABELS = frozenset({"several_lines", "footnote_mark"})
"""A label in two lines, or one that is itself a mark (√, ★), is looked up in the value list, which knows no others."""


def unquoted(raw: str) -> str:
    """Without what spreadsheets and exporters put around a cell to keep it text: ="24", '24."""
    found = _QUOTED.match(raw.strip())
    return raw if found is None else found[1] if found[1] is not None else found[2]


def _reader(field: Field, spellings: Mapping[str | None, int]) -> Callable[[str, str], Any]:
    """How a flat text and its column's context are read."""
    known = labels.meanings(field)
    percent = field.type == "ratio" and is_percent_column(spellings)
    readers: Mapping[str, Callable[[str, str], Any]] = {
        "date": lambda text, context: days.parse_date(text, field, since_1904=context == SINCE_1904),
        "datetime": lambda text, context: days.parse_datetime(text, field, since_1904=context == SINCE_1904),
        "decimal": lambda text, context: figures.parse_decimal(text, field, _factor(context, field)),
        "integer": lambda text, context: figures.parse_integer(text, field, _factor(context, field)),
        "ratio": lambda text, context: figures.parse_ratio(
            text, field, percent=percent or context == "%", said=context == "%"
        ),
        "rating": lambda text, _: labels.parse_rating(text, known),
        "list": lambda text, _: labels.parse_list(text, known),
    }
    return readers.get(field.type, lambda text, _: labels.parse_enum(text, known))


def _factor(context: str, field: Field) -> Decimal:
    """What the unit of the column's header multiplies its figures by; landing lets only known units through."""
    return (figures.unit_factor(context, field) if context else None) or Decimal(1)


def is_percent_column(spellings: Mapping[str | None, int]) -> bool:
    """Whether the bare numbers of a column are percentages: their median is above 1.5."""
    numbers: dict[Decimal, int] = {}
    for text, count in spellings.items():
        plain = flat(doubts.parted(text)[0]).replace(" ", "") if text is not None else ""
        if re.fullmatch(figures.NUMBER, plain):
            numbers[Decimal(plain)] = numbers.get(Decimal(plain), 0) + count
    return figures.is_percent_column(numbers)


def identity_parser(hash_key: bytes) -> Parser:
    """Parser of id numbers: checked by GB 11643, then only their keyed hash is returned."""

    def read(text: str) -> str | None:
        raw, context = doubts.parted(text)
        plain = flat(raw)
        if doubts.is_null_word(plain):
            return None
        if context.startswith(REFUSED):
            raise Unreadable(context.removeprefix(REFUSED))
        if re.match(doubts.FORMULA_ERROR, plain):
            raise Unreadable("formula_error")
        if code := doubts.doubt(raw):
            raise Unreadable(code)
        return hashed_id_number(plain, hash_key)

    return read


def hashed_id_number(text: str, hash_key: bytes) -> str:
    """The keyed HMAC-SHA256 (hex) of a valid 18-digit id number.

    Valid by GB 11643-1999: birth date and check digit. The place code isn't looked up, since abolished and new
    codes are in no single list.
    """
    number = re.sub(r"[\s'’]|^=?\"|\"$", "", text).removesuffix(".0").upper()
    if re.fullmatch(r"\d(\.\d+)?E\+?\d+", number):
        raise Unreadable("code_as_float")
    if re.fullmatch(r"\d{15}000", number):  # even with a fitting check digit: one damaged number in eleven has it
        raise Unreadable("id_number_precision_lost")
    if not _is_id_number(number):
        raise Unreadable("id_number_invalid")
    return hmac.new(hash_key, number.encode(), hashlib.sha256).hexdigest()


def _is_id_number(number: str) -> bool:
    is_written_right = re.fullmatch(r"[1-9]\d{16}[\dX]", number) is not None and _is_birthday(number[6:14])
    return is_written_right and bool(ric.calc_check_digit(number) == number[-1])


@lru_cache(maxsize=100_000)
def _is_birthday(digits: str) -> bool:
    """Whether the eight digits are a day one can be born on; people are many, their birthdays few."""
    try:
        ric.get_birth_date(f"110101{digits}0000")
    except ValidationError:
        return False
    return True
