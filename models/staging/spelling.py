"""What one cell's text means: a plain Python parser for each type of field.

Each distinct spelling of a column is parsed once, so these parsers may be as patient as they like; mapping the
rows is `models.staging.typing`. Codes, free text and other columns in which nearly every cell differs have
vectorised rules in `models.staging.cleaning` instead.

A parser returns the value, None for a word that means "nothing here", or raises Unreadable with a reason code
of `models.staging.reasons`. Decided where sources disagree: units, remarks in brackets and 约 are dropped from
numbers; 半天 is 4 hours and a day 8; more than three decimals are rounded half up; an interval (90-100) or a
rate (15学时/天) is refused; a date without its day is refused, since no deadline can be judged with it.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache, partial
from typing import Any

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from models.contracts import Field, normalised_name

_DASHES = ("—", "–", "――", "——", "-", "--", "---", "/", "//", "\\")
_NOTHING = ("无", "无。", "暂无", "待定", "不详", "未知", "空", "(空)")
_MISSING = ("N/A", "n/a", "NA", "#N/A", "NaN", "nan", "NULL", "Null", "null", "(null)", "None", "none")
_ZERO_DATES = ("0000-00-00", "0000-00-00 00:00:00", "1900-01-00")
NULL_WORDS = frozenset(("", *_DASHES, *_NOTHING, *_MISSING, *_ZERO_DATES))
FORMULA_ERROR = r"^#(REF|VALUE|NAME|DIV/0|NUM|NULL|SPILL|CALC)[!?]?"
#: What reading puts in the place of a NUL byte or of bytes that are no character.
DAMAGED = "[\u2400\ufffd]"
INVISIBLE = (
    r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)
_INVISIBLE = re.compile(INVISIBLE)
_SPACES = re.compile(r"\s+")
_EARLIEST, _LATEST = 1900, 2100
_SERIAL_ORIGIN = datetime(1899, 12, 30)  # noqa: DTZ001 - dump times are local, without a zone
_SERIAL_RANGE = range(10_000, 80_000)
_SHANGHAI = timedelta(hours=8)
_THOUSANDTH = Decimal("0.001")
_LARGEST = Decimal(10) ** 15
_HOURS_A_DAY = Decimal(8)
_TRUE = ("是", "1", "Y", "YES", "T", "TRUE", "√", "✓", "✔", "☑", "对", "有", "真")
_FALSE = ("否", "0", "N", "NO", "F", "FALSE", "×", "✗", "✘", "☐", "X", "错", "没有", "假", "不是", "非")


class Unreadable(Exception):
    """The text cannot be this field's value; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


Parser = Callable[[str], Any]


def flat(text: str) -> str:
    """The text in half-width form without invisible characters, runs of white space as one blank."""
    return _SPACES.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))).strip()


def is_null_word(text: str) -> bool:
    """Whether a flat text stands for an empty cell."""
    return text in NULL_WORDS


def parser_of(field: Field, spellings: Mapping[str | None, int]) -> Parser:
    """The parser for a field, given all spellings of its column and how often each occurs.

    Only ratios look at the whole column: whether bare numbers are percentages is decided by their median.
    """
    makers: Mapping[str, Callable[[], Parser]] = {
        "enum": lambda: partial(parse_enum, meanings=meanings(field)),
        "bool": lambda: partial(parse_enum, meanings=_BOOL),
        "date": lambda: partial(parse_date, end=_is_end(field.name), month_ok=field.precision == "month"),
        "datetime": lambda: parse_datetime,
        "decimal": lambda: partial(parse_decimal, field=field),
        "integer": lambda: partial(parse_integer, field=field),
        "ratio": lambda: partial(parse_ratio, field=field, percent=is_percent_column(spellings)),
        "rating": lambda: partial(parse_rating, meanings=meanings(field)),
        "list": lambda: partial(parse_list, meanings=meanings(field)),
    }
    parse = makers[field.type]()
    known = _BOOL if field.type == "bool" else meanings(field)

    def read(text: str) -> Any:
        plain = flat(text)
        if is_null_word(plain) and normalised_name(plain) not in known:
            return None
        if re.match(FORMULA_ERROR, plain):
            raise Unreadable("formula_error")
        if re.search(DAMAGED, plain):
            raise Unreadable("damaged_text")
        return parse(plain)

    return read


def identity_parser(hash_key: bytes) -> Parser:
    """Parser of id numbers: checked by GB 11643, then only their keyed hash is returned."""

    def read(text: str) -> str | None:
        plain = flat(text)
        return None if is_null_word(plain) else hashed_id_number(plain, hash_key)

    return read


def hashed_id_number(text: str, hash_key: bytes) -> str:
    """The keyed HMAC-SHA256 (hex) of a valid 18-digit id number.

    Valid by GB 11643-1999: birth date and check digit. The place code isn't looked up, since abolished and new
    codes are in no single list.
    """
    number = re.sub(r"[\s'’]", "", text).removesuffix(".0").upper()
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


def meanings(field: Field) -> Mapping[str, Any]:
    """Normalised spelling → canonical value."""
    return {
        normalised_name(spelling): value
        for value, spellings in (field.values or {}).items()
        for spelling in (value, *spellings)
    }


_BOOL: Mapping[str, Any] = {normalised_name(word): True for word in _TRUE} | {
    normalised_name(word): False for word in _FALSE
}


def parse_enum(text: str, meanings: Mapping[str, Any]) -> Any:
    """A value by code, label, both (`3-合格`, `10国家级`) or label with a remark (`合格(已结业)`)."""
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
    remark = re.fullmatch(r"([^(\[]+)[(\[].*[)\]]", plain)
    if remark:
        return parse_enum(remark.group(1), meanings)
    raise Unreadable("unknown_value")


_DAY = re.compile(r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})\s?[日号]?")
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\.0)?")
_MONTH = re.compile(r"(\d{4})(?:[-/.年]\s?(\d{1,2})月?|(\d{2}))")
_WITHOUT_DAY = re.compile(r"\d{4}年?|\d{4}年?(上|下)半年|\d{4}年(春|夏|秋|冬)季?|\d{4}年第?[一二三四1-4]季度")
_TIME = re.compile(r"[T ]?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s?(Z|[+-]\d{2}:?\d{2})?", re.IGNORECASE)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_RANGE = re.compile(r"\s?(?:-|~|—|–|至|到)\s?")


def _is_end(name: str) -> bool | None:
    """Which side of an interval a date column takes: its end, its start (False), or neither (None)."""
    if name in {"start", "start_date", "valid_from", "date_from", "cert_from"}:
        return False
    return True if name in {"end", "end_date", "valid_to", "date_to", "cert_to"} else None


def parse_date(text: str, *, end: bool | None = None, month_ok: bool = False) -> date:
    """A day. An interval (2019.7.1-7.12) gives its start or end where the column is one of them."""
    try:
        return parse_datetime(text, month_ok=month_ok).date()
    except Unreadable:
        if end is not None and (side := _side_of_interval(text, end=end)) is not None:
            return side
        raise


def parse_datetime(text: str, *, month_ok: bool = False) -> datetime:
    """A moment in local (Shanghai) time without zone; midnight where only the day is given."""
    if _SERIAL.fullmatch(text) and int(float(text)) in _SERIAL_RANGE:
        return _from_serial(text)
    for pattern in (_DAY, _COMPACT_DAY):
        found = pattern.match(text)
        if found:
            rest = text[found.end() :].strip()
            if not rest:
                return _day(*found.groups())
            clock = _TIME.fullmatch(rest)
            if clock:
                return _day(*found.groups()) + _clock(*clock.groups())
    month = _MONTH.fullmatch(text)
    if month and 1 <= int(month.group(2) or month.group(3)) <= 12:  # noqa: PLR2004 - months of a year
        if month_ok:
            return _day(month.group(1), month.group(2) or month.group(3), "1")
        raise Unreadable("date_without_day")
    raise Unreadable("date_without_day" if _WITHOUT_DAY.fullmatch(text) else "unreadable")


def _from_serial(text: str) -> datetime:
    seconds = (Decimal(text) * 86400).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return _SERIAL_ORIGIN + timedelta(seconds=int(seconds))


def _day(year: str, month: str, day: str) -> datetime:
    if not _EARLIEST <= int(year) <= _LATEST:
        raise Unreadable("date_out_of_range")
    try:
        return datetime(int(year), int(month), int(day))  # noqa: DTZ001 - dump times are local, without a zone
    except ValueError as error:
        raise Unreadable("no_such_date") from error


def _clock(hour: str, minute: str, second: str | None, zone: str | None) -> timedelta:
    time = timedelta(hours=int(hour), minutes=int(minute), seconds=int(second or 0))
    if time > timedelta(days=1):
        raise Unreadable("unreadable")
    if zone is None:
        return time
    if zone in {"Z", "z"}:
        return time + _SHANGHAI
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return time + _SHANGHAI - (offset if zone[0] == "+" else -offset)


def _side_of_interval(text: str, *, end: bool) -> date | None:
    first = _DAY.match(text)
    if not first:
        return None
    gap = _RANGE.match(text, first.end())
    if not gap:
        return None
    start = _day(*first.groups()).date()
    year, month, _ = first.groups()
    rest = text[gap.end() :]
    for stop in (rest, f"{year}.{rest}", f"{year}.{month}.{rest}"):
        found = _DAY.fullmatch(stop)
        if found:
            return _day(*found.groups()).date() if end else start
    return None


_NUMBER = r"[-+]?(?:\d+(?:\.\d+)?|\.\d+)"
_AMOUNT = re.compile(rf"({_NUMBER})(万|千|百)?(\D*)")
_SCIENTIFIC = re.compile(rf"{_NUMBER}e[-+]?\d{{1,2}}", re.IGNORECASE)
_DAYS = re.compile(r"(?:(\d+(?:\.\d+)?)天)?(半天|半)?(?:(\d+(?:\.\d+)?)(?:个)?(?:学时|课时))?")
_SCALE = {None: Decimal(1), "万": Decimal(10000), "千": Decimal(1000), "百": Decimal(100)}
_UNITS: Mapping[str, frozenset[str]] = {
    "学时": frozenset({"学时", "课时", "个学时", "节", "h"}),
    "课时": frozenset({"课时", "学时", "节", "个课时"}),
    "学分": frozenset({"学分", "分", "个学分"}),
    "元": frozenset({"元", "元整", "rmb"}),
    "人": frozenset({"人", "名", "位", "人次"}),
    "天": frozenset({"天", "日"}),
    "分钟": frozenset({"分钟", "分", "min"}),
    "分": frozenset({"分"}),
    "个": frozenset({"个", "项"}),
    "项": frozenset({"项", "个", "项次"}),
    "年": frozenset({"年", "年度"}),
}


def parse_decimal(text: str, field: Field) -> Decimal:
    """An exact number of at most three decimals, its unit, remark and 约 dropped."""
    return _bounded(_amount(text, field), field)


def _amount(text: str, field: Field) -> Decimal:
    plain = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text.replace(" ", "")).lower()
    plain = re.sub(r"^(大约|约|近|共|计|¥|￥)+", "", plain)
    plain = re.sub(r"(左右|整)?(\([^()]*\)|\[[^\[\]]*\])*$", "", plain)
    if _SCIENTIFIC.fullmatch(plain):
        return _exact(plain)
    found = _AMOUNT.fullmatch(plain)
    if found:
        number, scale, unit = found.groups()
        if not unit or unit in _UNITS.get(field.unit or "年", frozenset()):
            return _exact(number) * _SCALE[scale]
    if field.unit in {"学时", "课时"} and (hours := _hours_of_days(plain)) is not None:
        return hours
    if field.unit == "天" and plain == "半天":
        return Decimal("0.5")
    raise Unreadable("ambiguous_number" if re.search(r"\d", plain) else "unreadable")


def _hours_of_days(plain: str) -> Decimal | None:
    """半天, 3天, 2天半, 2天4学时 in hours: eight a day (HI-2017 article 14; 教基4068)."""
    found = _DAYS.fullmatch(plain)
    if not found or not any(found.group(1, 2)):
        return None
    days, half, hours = found.groups()
    if half == "半" and days is None:
        return None
    total = Decimal(days or 0) * _HOURS_A_DAY + Decimal(hours or 0)
    return total + _HOURS_A_DAY / 2 if half else total


def _exact(number: str) -> Decimal:
    try:
        value = Decimal(number)
    except InvalidOperation as error:
        raise Unreadable("unreadable") from error
    if abs(value) > _LARGEST:
        raise Unreadable("unreadable")
    return value


def _bounded(value: Decimal, field: Field) -> Decimal:
    rounded = value.quantize(_THOUSANDTH, rounding=ROUND_HALF_UP)
    if field.minimum is not None and rounded < field.minimum:
        raise Unreadable("below_minimum")
    if field.maximum is not None and rounded > field.maximum:
        raise Unreadable("above_maximum")
    return rounded


def parse_integer(text: str, field: Field) -> int:
    """A whole number; 2019年 and 2019.0 are 2019."""
    value = _amount(re.sub(r"^(第|v(?=\d))", "", text.lower()), field)
    if value != value.to_integral_value():
        raise Unreadable("not_whole")
    return int(_bounded(value, field))


_TENTHS = {word: Decimal(n) for n, word in enumerate("零一二三四五六七八九十")}


def parse_ratio(text: str, field: Field, *, percent: bool) -> float:
    """A share between 0 and 1. Bare numbers of a column of percentages are divided by 100; 九成五 is 0.95."""
    plain = text.replace(" ", "")
    tenths = re.fullmatch(r"([一二三四五六七八九十])成([一二三四五六七八九])?", plain)
    if tenths:
        return float(_TENTHS[tenths.group(1)] / 10 + _TENTHS[tenths.group(2) or "零"] / 100)
    marked = plain.endswith("%")
    number = plain.removesuffix("%")
    if not re.fullmatch(_NUMBER, number):
        raise Unreadable("unreadable")
    value = Decimal(number) / 100 if marked or percent else Decimal(number)
    if field.minimum is not None and value < field.minimum:
        raise Unreadable("below_minimum")
    if field.maximum is not None and value > field.maximum:
        raise Unreadable("above_maximum")
    return float(value)


def is_percent_column(spellings: Mapping[str | None, int]) -> bool:
    """Whether the bare numbers of a column are percentages: their median is above 1.5."""
    numbers = sorted(
        (Decimal(plain), count)
        for text, count in spellings.items()
        if text is not None and re.fullmatch(_NUMBER, plain := flat(text).replace(" ", ""))
    )
    middle, seen = sum(count for _, count in numbers) / 2, 0
    for value, count in numbers:
        seen += count
        if seen >= middle:
            return value > Decimal("1.5")
    return False


def parse_rating(text: str, meanings: Mapping[str, Any]) -> str:
    """One of the labels, or a number from 0 to 100 as plain text (`4`, `95.5`); the survey decides its scale."""
    number = re.fullmatch(rf"({_NUMBER})\s?(分|星)?", text)
    if not number:
        return str(parse_enum(text, meanings))
    value = Decimal(number.group(1))
    if not 0 <= value <= 100:  # noqa: PLR2004 - the hundred-point scale
        raise Unreadable("unreadable")
    return f"{value.normalize():f}"


def parse_list(text: str, meanings: Mapping[str, Any]) -> list[str] | None:
    """The parts of a cell with several values; known spellings become their canonical value."""
    parts = (part.strip() for part in re.split(r"[、,;/|，；]+", text))
    kept = [str(meanings.get(normalised_name(part), part)) for part in parts if not is_null_word(part)]
    return kept or None
