"""Numbers are rounded once, half up, from their exact value."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.site import numbers


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(1, 5), "20.0%"),
        (Fraction(1, 16), "6.3%"),
        (Fraction(2, 3), "66.7%"),
        (Fraction(1, 2000), "0.1%"),
        (Fraction(0), "0.0%"),
        (None, "—"),
    ],
)
def test_percent(value, shown):
    assert numbers.percent(value) == shown


def test_a_loss_is_rounded_like_a_gain():
    assert numbers.points(Fraction(-1, 16)) == "下降6.3个百分点"
    assert numbers.points(Fraction(1, 16)) == "上升6.3个百分点"
    assert numbers.points(Fraction(1, 100000)) == "持平"


@pytest.mark.parametrize(("value", "shown"), [(Fraction(20), "20"), (Fraction(3, 2), "1.5"), (Fraction(1, 3), "1/3")])
def test_thresholds_are_written_plainly(value, shown):
    assert numbers.plain(value) == shown


@given(st.fractions(0, 1), st.integers(0, 4))
def test_rounding_never_moves_a_value_by_more_than_half_a_unit(value, places):
    assert abs(Fraction(numbers.rounded(value, places)) - value) * 10**places * 2 <= 1
    assert isinstance(numbers.rounded(value, places), Decimal)


def test_nothing_divided_is_missing_not_zero():
    assert numbers.ratio(0, 0) is None
    assert numbers.ratio(None, 5) is None
    assert numbers.ratio(0, 5) == 0
