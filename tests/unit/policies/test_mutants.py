"""A drawn few of the law's mutants, always the same: the cases notice each, or it is listed why not."""

from zlib import crc32

import pytest

from tests.mutants.killing import (
    amendments_of,
    debts,
    documents,
    equivalents,
    is_killed,
    is_noticed,
    judged_clauses,
    mutants_of,
)

ONE_IN = 48
MOST_EQUIVALENT = 0.06


def drawn(made):
    """By the name, so that a change of one clause draws no others anew."""
    return [one for one in made if crc32(one.name.encode()) % ONE_IN == 0]


CLAUSES = drawn(one for clause_id in judged_clauses() for one in mutants_of(clause_id))
CONVENTIONS = drawn(one for document_id in documents() for one in amendments_of(document_id))


@pytest.mark.parametrize("mutant", CLAUSES, ids=lambda mutant: mutant.name)
def test_a_drawn_mutant_is_killed_or_listed(mutant):
    assert mutant.name in equivalents() or mutant.name in debts() or is_killed(mutant)


@pytest.mark.parametrize("amended", CONVENTIONS, ids=lambda amended: amended.name)
def test_a_drawn_change_of_a_convention_is_noticed_or_listed(amended):
    assert amended.name in equivalents() or amended.name in debts() or is_noticed(amended)


def test_few_mutants_are_equivalent_and_all_that_are_listed_are_made():
    made = {one.name for clause_id in judged_clauses() for one in mutants_of(clause_id)}
    made |= {one.name for document_id in documents() for one in amendments_of(document_id)}
    assert len(equivalents()) < MOST_EQUIVALENT * len(made)
    assert not debts() & equivalents().keys()
    assert sorted((debts() | equivalents().keys()) - made) == []


def test_every_kind_of_change_is_made():
    made = {one.kind for clause_id in judged_clauses() for one in mutants_of(clause_id)}
    assert made == {"limit", "in force", "comparison", "where", "options", "quota", "part"}


def test_a_limit_off_by_one_step_is_noticed():
    up = next(one for one in mutants_of("HI-2017/09.1") if one.name.endswith("limit +1"))
    assert is_killed(up)
