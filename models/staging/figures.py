"""What a figure means: hours, credits, money, counts, years, shares.

Decided where sources disagree: 约 and remarks that only tell what is in a number (含网络20) are dropped; a day is 8
hours and half a day 4 (教基4068; HI-2017 article 14); more than three decimals are rounded half up. Refused is
whatever can be two things: intervals, sums, rates, numbers in two parts, remarks that take something back, a comma
that may be a decimal sign, hours of the clock for hours of teaching.
"""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from models.contracts import Field
from models.staging.unreadable import Unreadable

_THOUSANDTH = Decimal("0.001")
_LARGEST = Decimal(10) ** 15
_HOURS_A_DAY = Decimal(8)
NUMBER = r"[-+]?(?:\d+(?:\.\d+)?|\.\d+)"
_GROUPED = r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?"
_AMOUNT = re.compile(rf"({_GROUPED}|{NUMBER})(十万|百万|千万|十|百|千|万|亿)?(\D*)")
_SCIENTIFIC = re.compile(rf"{NUMBER}e[-+]?\d{{1,2}}", re.IGNORECASE)
_DAYS = re.compile(r"(?:(\d+(?:\.\d+)?)天)?(半天|半)?(?:(\d+(?:\.\d+)?)(?:个)?(?:学时|课时))?")
_SCALE: Mapping[str | None, Decimal] = {
    None: Decimal(1),
    "": Decimal(1),
    "十": Decimal(10),
    "百": Decimal(100),
    "千": Decimal(1000),
    "万": Decimal(10_000),
    "十万": Decimal(100_000),
    "百万": Decimal(1_000_000),
    "千万": Decimal(10_000_000),
    "亿": Decimal(100_000_000),
}
_UNITS: Mapping[str, frozenset[str]] = {
    "学时": frozenset({"学时", "课时", "个学时", "个课时", "节"}),
    "课时": frozenset({"课时", "学时", "节", "个课时"}),
    "学分": frozenset({"学分", "分", "个学分"}),
    "元": frozenset({"元", "元整", "rmb", "人民币", "圆"}),
    "人": frozenset({"人", "名", "位", "人次"}),
    "天": frozenset({"天", "日"}),
    "分钟": frozenset({"分钟", "分", "min"}),
    "分": frozenset({"分"}),
    "个": frozenset({"个", "项"}),
    "项": frozenset({"项", "个", "项次"}),
    "年": frozenset({"年", "年度"}),
}
#: Units of a header that are a fixed multiple of the field's own.
_MULTIPLES: Mapping[str, Mapping[str, Decimal]] = {
    "学时": {"天": _HOURS_A_DAY, "日": _HOURS_A_DAY, "半天": _HOURS_A_DAY / 2},
    "课时": {"天": _HOURS_A_DAY, "日": _HOURS_A_DAY},
    "分钟": {"小时": Decimal(60), "h": Decimal(60)},
    "天": {"周": Decimal(7)},
}
#: Every word that is a unit of something, so that a header or a line above it can be seen to name one.
UNIT_WORDS = frozenset(
    {word for words in _UNITS.values() for word in words}
    | {
        "小时",
        "h",
        "钟头",
        "时",
        "秒",
        "周",
        "月",
        "半天",
        "课次",
        "次",
        "%",
        "‰",
        "角",
        "美元",
        "港元",
        "份",
        "所",
        "门",
        "篇",
    }
)
_SCALES_LONGEST = sorted(filter(None, _SCALE), key=len, reverse=True)
_UNIT = re.compile(
    rf"({'|'.join(_SCALES_LONGEST)})?({'|'.join(sorted(map(re.escape, UNIT_WORDS), key=len, reverse=True))})"
)
_REMARK = re.compile(r"\((?:其中|包)?含[^()减除去不]*\)|\(其中[^()减除去不]*\)|\[(?:其中|包)?含[^\[\]减除去不]*\]")


def unit_factor(unit: str, field: Field) -> Decimal | None:
    """What a figure under a header with this unit is multiplied by to be in the field's own; None: not that unit."""
    found = _UNIT.fullmatch(unit)
    if not found or not field.unit:
        return None
    scale, base = _SCALE[found[1]], found[2]
    if base in _UNITS.get(field.unit, frozenset()):
        return scale
    multiple = _MULTIPLES.get(field.unit, {}).get(base)
    return None if multiple is None else scale * multiple


def is_unit(text: str) -> bool:
    """Whether a flat text is the name of a unit (万元, 学时, %)."""
    return _UNIT.fullmatch(text) is not None


def parse_decimal(text: str, field: Field, factor: Decimal = Decimal(1)) -> Decimal:
    """An exact number of at most three decimals, its unit, harmless remark and 约 dropped."""
    return _bounded(_amount(text, field, factor), field)


def parse_integer(text: str, field: Field, factor: Decimal = Decimal(1)) -> int:
    """A whole number; 2019年 and 2019.0 are 2019."""
    value = _amount(re.sub(r"^(第|v(?=\d))", "", text.lower()), field, factor)
    if value != value.to_integral_value():
        raise Unreadable("not_whole")
    return int(_bounded(value, field))


def is_assumed(text: str, field: Field) -> str | None:
    """The reason code of what was assumed in reading a flat text as a figure, if anything was."""
    if re.match(r"^(大约|约)", text) or text.endswith("左右"):
        return "about"
    if field.unit in {"学时", "课时"} and "天" in text:
        return "days_as_hours"
    return None


def _amount(text: str, field: Field, factor: Decimal) -> Decimal:
    if re.search(r"\d[\s,.]*\s[\s,.]*\d", text):  # 24 12, 1 200, 24 .5: one number or two
        raise Unreadable("ambiguous_number")
    plain = text.replace(" ", "").lower()
    plain = re.sub(r"^(大约|约|共计|共|计|¥|￥)+", "", plain)
    plain = _REMARK.sub("", plain)
    plain = re.sub(r"(左右|整)$", "", plain)
    if _SCIENTIFIC.fullmatch(plain):
        return _exact(plain) * factor
    found = _AMOUNT.fullmatch(plain)
    if found:
        number, scale, unit = found.groups()
        unit = unit[1:-1] if re.fullmatch(r"\(\D+\)", unit) else unit
        if not unit:
            # a scale in the cell and another in the header: 1.2万 under 万元
            if scale and factor != 1:
                raise Unreadable("ambiguous_number")
            return _exact(number.replace(",", "")) * _SCALE[scale] * factor
        if unit in _UNITS.get(field.unit or "年", frozenset()):
            if factor != 1:
                raise Unreadable("unit_against_header")
            return _exact(number.replace(",", "")) * _SCALE[scale]
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


_TENTHS = {word: Decimal(n) for n, word in enumerate("零一二三四五六七八九十")}


def parse_ratio(text: str, field: Field, *, percent: bool, said: bool = False) -> float:
    """A share between 0 and 1. Bare numbers of a column of percentages are divided by 100; 九成五 is 0.95.

    `said`: the header says that they are percentages. Where only the other numbers of the column do, a number up to 1
    may be either and is refused.
    """
    plain = text.replace(" ", "")
    tenths = re.fullmatch(r"([一二三四五六七八九十])成([一二三四五六七八九])?", plain)
    if tenths:
        return float(_TENTHS[tenths.group(1)] / 10 + _TENTHS[tenths.group(2) or "零"] / 100)
    marked = plain.endswith("%")
    number = plain.removesuffix("%")
    if not re.fullmatch(NUMBER, number):
        raise Unreadable("unreadable")
    value = Decimal(number)
    if percent and not marked and not said and 0 < value <= 1:
        raise Unreadable("ambiguous_number")
    value = value / 100 if marked or percent else value
    if field.minimum is not None and value < field.minimum:
        raise Unreadable("below_minimum")
    if field.maximum is not None and value > field.maximum:
        raise Unreadable("above_maximum")
    return float(value)


def is_percent_column(numbers: Mapping[Decimal, int]) -> bool:
    """Whether the bare numbers of a column (value → how often) are percentages: their median is above 1.5."""
    middle, seen = sum(numbers.values()) / 2, 0
    for value, count in sorted(numbers.items()):
        seen += count
        if seen >= middle:
            return value > Decimal("1.5")
    return False
