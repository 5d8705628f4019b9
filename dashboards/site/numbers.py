"""Exact numbers as text people read: rounded once, half up, here and nowhere else on the pages."""

from decimal import Decimal
from fractions import Fraction

from models.marts.suppression import MINIMUM

MISSING = "—"


def rounded(value: Fraction, places: int) -> Decimal:
    """The value rounded half away from zero to `places` decimals, from its exact fraction."""
    above, below = abs(value.numerator) * 10**places, value.denominator
    units = (2 * above + below) // (2 * below)
    return Decimal(-units if value < 0 else units).scaleb(-places)


def percent(value: Fraction | None, places: int = 1) -> str:
    """`Fraction(1, 5)` as `20.0%`."""
    return MISSING if value is None else f"{rounded(value * 100, places)}%"


def points(change: Fraction | None) -> str:
    """A change of ratio in percentage points, in words: `上升1.3个百分点`."""
    if change is None:
        return MISSING
    shown = rounded(change * 100, 1)
    return f"{'上升' if shown > 0 else '下降'}{abs(shown)}个百分点" if shown else "持平"


def moved(change: Fraction, than: str) -> str:
    """How a ratio moved, in words: `比上年上升2.1个百分点`, `与上年持平`."""
    shown = rounded(abs(change) * 100, 1)
    return f"比{than}{'上升' if change > 0 else '下降'}{shown}个百分点" if shown else f"与{than}持平"


def percent_change(now: int | None, before: int | None) -> str:
    """How a count moved, in per cent with its sign; missing where either is."""
    moved = ratio(None if now is None or before is None else now - before, before)
    return MISSING if moved is None else f"{rounded(moved * 100, 1):+}%".replace("-", "－")


def count(value: int | None) -> str:
    """An integer with thousands set apart."""
    return MISSING if value is None else f"{value:,}"


_TOLD_FROM = 2 * MINIMUM


def people_count(value: int | None) -> str:
    """Rows about people, so rough that one person's do not show: down to tens, none told under twenty."""
    if value is None or value == 0:
        return count(value)
    floor = people_floor(value)
    return f"不足{_TOLD_FROM}" if floor is None else f"约{floor:,}"


def people_floor(value: int | None) -> int | None:
    """A count of people's rows down to tens; None where it is too small to be told."""
    return None if value is None or value < _TOLD_FROM else value // MINIMUM * MINIMUM


def roughly(value: int) -> str:
    """A size in its first two figures: `约11,000`; as it is where it has no more."""
    step = 10 ** max(len(str(value)) - 2, 0)
    return count(value) if step == 1 else f"约{(2 * value + step) // (2 * step) * step:,}"


def plain(value: Fraction) -> str:
    """A threshold without needless zeros: `20`, `1.5`, `1/3`."""
    shown = rounded(value, 3).normalize()
    return f"{shown:f}" if Fraction(shown) == value else f"{value.numerator}/{value.denominator}"


def ratio(numerator: int | None, denominator: int | None) -> Fraction | None:
    """The exact ratio, None where either part is missing or there is nothing to divide by."""
    return None if numerator is None or not denominator else Fraction(numerator, denominator)
