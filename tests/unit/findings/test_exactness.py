"""Comparisons are exact whatever the numbers, and don't depend on the order of rows."""

from datetime import date
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from models.findings import evaluate
from models.law import load_policies
from models.night import Night
from tests.law_cases import Everything, empty, table

CLAUSE = "ZJ-2014-04/23.1"
AS_OF = date(2021, 6, 30)
limits = st.fractions(min_value=0, max_value=1, max_denominator=997)
counts = st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1, max_size=30)


def verdicts(pairs, limit, compare=">="):
    book = load_policies()
    clause = book.clause(CLAUSE)
    spans = tuple(span.model_copy(update={"value": limit}) for span in clause.thresholds)
    changed = book.with_clauses([clause.model_copy(update={"thresholds": spans, "compare": compare})])
    rows = [
        {"unit_id": f"C{at:03d}", "year": 2019, "projects": whole, "projects_checked": part}
        | {"projects_checked_any_level": part}
        for at, (part, whole) in pairs
    ]
    tables = {
        "marts.county_spot_check": table("marts.county_spot_check", rows),
        "core.dim_unit": empty("core.dim_unit"),
    }
    return evaluate(Night("330000", AS_OF), tables, Everything(), changed).by_clause[CLAUSE].collect()


@settings(max_examples=25, deadline=None)
@given(pairs=counts, limit=limits)
def test_ratios_are_compared_as_fractions(pairs, limit):
    found = verdicts(list(enumerate(pairs)), limit)
    expected = [
        "not_applicable" if whole == 0 else "met" if Fraction(part, whole) >= limit else "not_met"
        for part, whole in pairs
    ]
    assert found["verdict"].to_list() == expected


@settings(max_examples=12, deadline=None)
@given(pairs=counts, limit=limits)
def test_the_shown_value_is_rounded_half_up_once(pairs, limit):
    found = verdicts(list(enumerate(pairs)), limit)
    for (part, whole), value in zip(pairs, found["value"], strict=True):
        expected = None if whole == 0 else (Fraction(part * 10**6, whole) * 2 + 1) // 2
        assert (None if value is None else value * 10**6) == expected


@settings(max_examples=12, deadline=None)
@given(pairs=counts, low=limits, high=limits)
def test_a_higher_limit_never_helps(pairs, low, high):
    low, high = sorted((low, high))
    easy, hard = (verdicts(list(enumerate(pairs)), limit)["verdict"] for limit in (low, high))
    assert not any(e == "not_met" and h == "met" for e, h in zip(easy, hard, strict=True))


@settings(max_examples=12, deadline=None)
@given(pairs=counts, limit=limits, data=st.data())
def test_order_does_not_matter(pairs, limit, data):
    numbered = list(enumerate(pairs))
    shuffled = data.draw(st.permutations(numbered))
    assert verdicts(numbered, limit).equals(verdicts(shuffled, limit))
