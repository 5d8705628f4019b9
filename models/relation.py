"""What a finding compares: a figure with a limit, exactly, and how that is written so that it is true as it stands.

Belongs here: the arithmetic and the wording of one comparison, and the same as a tree for programs. Everything else
that an explanation tells is in `models.explanation`, everything else that a program gets in `models.receipt`. Nothing
but the standard library is needed.
"""

import json
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from models.numbers import decimal_text, plain, rounded

EPOCH: Final = date(1970, 1, 1)
WITHIN: Final = "within"
BETWEEN: Final = "～"
"""Stands between the two ends of a window."""
SIGNS: Final = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "=": "=", WITHIN: "在……之内"}
ASKED: Final = {**SIGNS, "=": "等于"}
ROUNDINGS: Final = {"ceil": "向上取整", "floor": "向下取整"}
SHARE: Final = "比例"
YES_OR_NO: Final = "布尔"
FALSE: Final = "不成立"
PLACES: Final = range(2, 13)
"""Decimal places tried until what is printed stands in the same relation as the exact figures."""


@dataclass(frozen=True)
class Window:
    """Two ends, both included; numbers, or days since 1970."""

    low: Fraction
    high: Fraction
    is_dated: bool


@dataclass(frozen=True)
class Relation:
    """A figure, over a denominator where there is one, and the limit it is held to.

    `last` is the end of a span that begins with the figure; `at_most` the largest that a figure known only in part can
    be; `is_lower_bound` says that it has no known upper end.
    """

    operator: str
    unit: str
    limit: Fraction | Window | None
    numerator: Fraction | None
    denominator: Fraction | None = None
    last: Fraction | None = None
    at_most: Fraction | None = None
    is_lower_bound: bool = False
    quota: str | None = None
    is_trigger: bool = False

    @property
    def due(self) -> Fraction | None:
        """The number the numerator is held to: the quota in whole ones, or the limit times the denominator."""
        if not isinstance(self.limit, Fraction):
            return None
        whole = self.limit if self.denominator is None else self.limit * self.denominator
        if self.quota == "ceil":
            return Fraction(-(-whole.numerator // whole.denominator))
        return Fraction(whole.numerator // whole.denominator) if self.quota == "floor" else whole

    @property
    def is_comparable(self) -> bool:
        """Whether there is a figure at all, and a base where it is a share."""
        is_share_of_nothing = self.denominator is None and self.unit == SHARE
        return (
            self.numerator is not None and self.denominator != 0 and not is_share_of_nothing and self.limit is not None
        )

    @property
    def holds(self) -> bool | None:
        """Whether the relation is true; None where there is nothing to compare."""
        return self.holds_for(self.numerator)

    def holds_for(self, figure: Fraction | None) -> bool | None:
        """The same of another figure over the same base."""
        if not self.is_comparable or figure is None:
            return None
        if isinstance(self.limit, Window):
            return self.limit.low <= figure and (self.last or figure) <= self.limit.high
        return compares(figure, self.operator, self.due or Fraction(0))


COMPARISONS: Final[Mapping[str, Callable[..., Any]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}
"""What each comparison of a clause asks of two sides, numbers and expressions alike."""


def compares(left: Fraction, comparison: str, right: Fraction) -> bool:
    """Whether a comparison of two numbers is true."""
    return bool(COMPARISONS[comparison](left, right))


def relation_of(finding: Mapping[str, Any], formula: Mapping[str, Any]) -> Relation:
    """The relation of a finding (a row of audit.findings) by its formula (a row of audit.formulas)."""
    detail = json.loads(str(finding.get("detail") or "{}"))
    limit = _limit(finding, detail)
    return Relation(
        WITHIN if isinstance(limit, Window) else str(finding["operator"]),
        str(finding.get("unit") or ""),
        limit,
        exact(detail.get("numerator")),
        exact(detail.get("denominator")),
        exact(detail.get("last")),
        exact(detail.get("at_most")),
        bool(detail.get("is_lower_bound")),
        formula.get("quota"),
        bool(finding.get("is_trigger")),
    )


def _limit(finding: Mapping[str, Any], detail: Mapping[str, Any]) -> Fraction | Window | None:
    """The limit exactly: `1/3` as written in the law, not as shown."""
    words = detail.get("limit")
    if isinstance(words, str) and BETWEEN in words:
        low, high = words.split(BETWEEN)
        if "-" in low:
            return Window(_day(low), _day(high), is_dated=True)
        return Window(Fraction(low), Fraction(high), is_dated=False)
    return exact(words) if words is not None else exact(finding.get("threshold"))


def _day(text: str) -> Fraction:
    return Fraction((date.fromisoformat(text) - EPOCH).days)


def exact(value: object) -> Fraction | None:
    """A stored figure, exactly: figures are whole thousandths; None for what is no number."""
    if value is None or isinstance(value, bool):
        return None
    try:
        return Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        return None


# ---- in words


def in_words(relation: Relation, *, is_told: bool = True) -> Iterator[str]:
    """The figures put into the formula, and the relation, marked where it is false; a line each.

    `is_told` is False where evidence is missing, so that the figure at hand decides nothing.
    """
    asked = f"{'触发条件' if relation.is_trigger else '要求'}：{_asked(relation)}"
    if relation.denominator == 0:
        yield f"分母为零，没有可比的；{asked}"
        return
    if not relation.is_comparable:
        yield f"数值不可知；{asked}"
        return
    yield from _divided(relation)
    if not is_told:
        yield f"证据不全，不能比较：已知的是 {_left(relation)}；{asked}"
        return
    yield asked
    yield f"{compared(relation)}　{'成立' if relation.holds else FALSE}"
    if relation.at_most is not None and relation.at_most != relation.numerator:
        yield f"有一部分说不清：最多可到 {_figure(relation.at_most, relation)}"
    elif relation.is_lower_bound:
        yield "有登记的数不可知：以上是下限，只会更多，不会更少。"


def compared(relation: Relation) -> str:
    """The relation as one line, both sides in the same unit, with as many places as make it true or false as it is."""
    if isinstance(relation.limit, Window):
        return f"{_left(relation)} 在 {_window(relation.limit, relation)} 之内"
    sign = SIGNS[relation.operator]
    left, right = _sides(relation)
    places = next((one for one in PLACES if _is_same(relation, left, right, one)), PLACES[-1])
    words = f"{written(left, _unit(relation), places)} {sign} {written(right, _unit(relation), places)}"
    if relation.quota is None or relation.denominator is None:
        return words
    share = written(relation.limit or Fraction(0), SHARE, 2)
    base = relation.limit * relation.denominator if isinstance(relation.limit, Fraction) else Fraction(0)
    rounding = ROUNDINGS[relation.quota]
    return f"{words}（{share} × {number(relation.denominator)} = {number(base)}，{rounding}为 {number(right)}）"


def _sides(relation: Relation) -> tuple[Fraction, Fraction]:
    numerator, limit = relation.numerator or Fraction(0), relation.limit
    assert isinstance(limit, Fraction)  # noqa: S101 - windows have gone before
    if relation.quota is not None:
        return numerator, relation.due or Fraction(0)
    return (numerator / relation.denominator if relation.denominator else numerator), limit


def _is_same(relation: Relation, left: Fraction, right: Fraction, places: int) -> bool:
    shown = [rounded(side * (100 if _unit(relation) == SHARE else 1), places) for side in (left, right)]
    return compares(Fraction(shown[0]), relation.operator, Fraction(shown[1])) == relation.holds


def _divided(relation: Relation) -> Iterator[str]:
    if relation.denominator is None or relation.quota is not None:
        return
    numerator = relation.numerator or Fraction(0)
    share = numerator / relation.denominator
    words = written(share, relation.unit, 2)
    sign = "=" if written(share, relation.unit, PLACES[-1]) == words else "≈"
    yield f"{number(numerator)} ÷ {number(relation.denominator)} {sign} {words}（比较时交叉相乘，不先取整）"


def _asked(relation: Relation) -> str:
    limit = relation.limit
    if isinstance(limit, Window):
        return f"在 {_window(limit, relation)} 之内"
    if limit is None:
        return "见条文"
    unit = SHARE if relation.quota else relation.unit
    return f"{ASKED[relation.operator]} {written(limit, unit, 2)}" + (
        f" 的{ROUNDINGS[relation.quota]}数" if relation.quota else ""
    )


def _unit(relation: Relation) -> str:
    """The unit of both sides: of a quota, whole ones."""
    return "" if relation.quota and relation.unit == SHARE else relation.unit


def _left(relation: Relation) -> str:
    first = _figure(relation.numerator or Fraction(0), relation)
    if relation.last is None or relation.last == relation.numerator:
        return first
    return f"{first} 至 {_figure(relation.last, relation)}"


def _figure(figure: Fraction, relation: Relation) -> str:
    if isinstance(relation.limit, Window) and relation.limit.is_dated:
        return day(figure)
    return written(figure / (relation.denominator or 1) if relation.quota is None else figure, _unit(relation), 2)


def _window(window: Window, relation: Relation) -> str:
    if window.is_dated:
        return f"{day(window.low)} 至 {day(window.high)}"
    return f"{written(window.low, relation.unit, 3)} 至 {written(window.high, relation.unit, 3)}"


def day(since_epoch: Fraction) -> str:
    """A day counted from 1970, as people write it."""
    return (EPOCH + timedelta(days=int(since_epoch))).isoformat()


def written(value: Fraction, unit: str, places: int) -> str:
    """A figure in its unit: a share in per cent, a yes or no as such, anything else as a number."""
    if unit == SHARE:
        return f"{decimal_text(rounded(value * 100, places))}%"
    if unit == YES_OR_NO and value in (0, 1):
        return "是" if value else "否"
    text = decimal_text(rounded(value, max(places, 3)))
    return text if unit in ("", YES_OR_NO) else f"{text} {unit}"


def number(value: Fraction) -> str:
    """A fraction as a plain number where it has an end within thousandths, else as a fraction."""
    scaled = value * 1000
    return plain(Decimal(int(scaled)) / 1000) if scaled.denominator == 1 else str(value)


# ---- as a tree


def as_tree(relation: Relation, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The comparison as nested operations, figures as exact text; a named input stands with its name."""
    figure = _node(relation.numerator, inputs)
    if isinstance(relation.limit, Window):
        write = day if relation.limit.is_dated else str
        return {
            "op": WITHIN,
            "first": {"op": "figure", "value": _text(relation.numerator, write)},
            "last": {"op": "figure", "value": _text(relation.last or relation.numerator, write)},
            "low": {"op": "limit", "value": write(relation.limit.low)},
            "high": {"op": "limit", "value": write(relation.limit.high)},
            **_bounds(relation, write),
            "holds": relation.holds,
        }
    limit: dict[str, Any] = {"op": "limit", "value": _text(relation.limit, str)}
    if relation.denominator is not None or relation.unit == SHARE:
        base = _node(relation.denominator, inputs)
        if relation.quota:
            limit = {"op": relation.quota, "of": {"op": "times", "left": limit, "right": base}}
        else:
            figure = {"op": "divide", "left": figure, "right": base}
    return {"op": relation.operator, "left": figure, "right": limit, **_bounds(relation, str), "holds": relation.holds}


def _bounds(relation: Relation, write: Any) -> dict[str, Any]:
    return {"at_most": _text(relation.at_most, write), "is_lower_bound": relation.is_lower_bound}


def _node(figure: Fraction | None, inputs: Mapping[str, Any]) -> dict[str, Any]:
    names = [name for name, value in inputs.items() if figure is not None and exact(value) == figure]
    return {"op": "figure", "value": _text(figure, str), **({"input": names[0]} if len(names) == 1 else {})}


def _text(figure: Fraction | None, write: Any) -> str | None:
    return None if figure is None else write(figure)
