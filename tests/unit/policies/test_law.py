"""The policy files as a whole: complete, cited, dated, and free of people's names."""

import re
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.law import PolicyError, as_decimal, load_policies
from models.law.reading import squeezed
from models.measures import all_measures

ROOT = Path(__file__).parents[3]
DOCUMENTS = {"ZJ-2014-04": 70, "ZJ-2019-357": 33, "CQ-2013-24": 27, "WZ-2012-33": 42, "HI-2017": 49}
"""Clauses of each document that a machine or a person can check."""
WENZHOU = ("330302", "330300", "330000")


@pytest.fixture(scope="module")
def book():
    return load_policies()


def test_every_clause_of_the_five_documents_is_there(book):
    counts = {document.id: len(document.clauses) for document in book if document.id in DOCUMENTS}
    assert counts == DOCUMENTS
    assert sum(counts.values()) == 221


def test_quotes_are_verbatim_in_the_committed_texts(book):
    for document in book:
        text = squeezed((ROOT / "data/reference/documents" / document.text).read_text(encoding="utf-8"))
        lacking = [clause.id for clause in document.clauses if squeezed(clause.quote) not in text]
        assert lacking == []


def test_texts_name_no_people_and_no_phones():
    for path in (ROOT / "data/reference/documents").glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"0\d{2,3}-\d{7,8}|1\d{10}|联系人[:：](?!与)", text), path.name


def test_almost_everything_is_judged_and_the_rest_says_why(book):
    manual = [clause for clause in book.clauses.values() if clause.status == "manual"]
    assert len(book.clauses) - len(manual) >= 185
    assert all(clause.reason for clause in manual)


def test_every_measure_is_bound_by_some_clause(book):
    bound = {binding.measure for clause in book.clauses.values() for binding in clause.bindings}
    assert sorted(set(all_measures()) - bound) == []


def test_wenzhou_answers_to_its_own_law_first(book):
    binding = book.in_force(WENZHOU, date(2019, 6, 30))
    documents = list(dict.fromkeys(clause.document for clause in binding))
    assert documents[0] == "WZ-2012-33"
    assert {"ZJ-2014-04", "ZJ-2016-71"} <= set(documents)
    elsewhere = book.in_force(("330106", "330100", "330000"), date(2019, 6, 30))
    assert "WZ-2012-33" not in {clause.document for clause in elsewhere}


def test_a_limit_is_law_from_its_first_day_until_the_day_before_its_last(book):
    assert book.threshold("ZJ-2014-04/23.1", date(2014, 9, 15)) is None
    assert book.threshold("ZJ-2014-04/23.1", date(2014, 9, 16)) == Fraction(1, 5)


@given(days=st.integers(min_value=0, max_value=6000))
def test_at_most_one_limit_holds_on_any_day(days):
    on = date(2010, 1, 1) + timedelta(days=days)
    for clause in load_policies().clauses.values():
        assert sum(limit.in_force(on) for limit in clause.thresholds) <= 1


def test_cycles_are_whole_years_and_follow_each_other(book):
    for document in book:
        for cycle in document.cycles:
            assert (cycle.start.month, cycle.start.day, cycle.end.month, cycle.end.day) == (1, 1, 12, 31)
            assert len(cycle.years) == 5
        ends = [cycle.end + timedelta(days=1) for cycle in document.cycles[:-1]]
        assert ends == [cycle.start for cycle in document.cycles[1:]]


def test_limits_are_rounded_half_up_only_to_be_shown():
    assert str(as_decimal(Fraction(1, 3))) == "0.333333"
    assert str(as_decimal(Fraction(2, 3))) == "0.666667"


def test_unknown_ids_list_what_there_is(book):
    with pytest.raises(PolicyError, match="HI-2017"):
        book.document("HI-2071")
    with pytest.raises(KeyError, match="daily_credits"):
        book.document("HI-2017").convention("daily_credit")


def test_an_overlay_changes_only_its_clause(book):
    clause = book.clause("HI-2017/09.1")
    stricter = clause.model_copy(
        update={"thresholds": tuple(limit.model_copy(update={"value": Fraction(12)}) for limit in clause.thresholds)}
    )
    changed = book.with_clauses([stricter])
    assert changed.threshold("HI-2017/09.1", date(2019, 1, 1)) == 12
    assert changed.threshold("HI-2017/09.3", date(2019, 1, 1)) == book.threshold("HI-2017/09.3", date(2019, 1, 1))
    assert book.threshold("HI-2017/09.1", date(2019, 1, 1)) == 10
