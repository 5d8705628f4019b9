"""A drawn few of the law's mutants, always the same: the cases notice each, or it is listed why not."""

from zlib import crc32

import pytest

from tests.mutants.killing import debts, equivalents, is_killed, judged_clauses, mutants_of

ONE_IN = 48
MOST_EQUIVALENT = 0.06


def drawn():
    """By the name, so that a change of one clause draws no others anew."""
    made = (one for clause_id in judged_clauses() for one in mutants_of(clause_id))
    return [one for one in made if crc32(one.name.encode()) % ONE_IN == 0]


@pytest.mark.parametrize("mutant", drawn(), ids=lambda mutant: mutant.name)
def test_a_drawn_mutant_is_killed_or_listed(mutant):
    assert mutant.name in equivalents() or mutant.name in debts() or is_killed(mutant)


def test_few_mutants_are_equivalent():
    made = sum(len(mutants_of(clause_id)) for clause_id in judged_clauses())
    assert len(equivalents()) < MOST_EQUIVALENT * made
    assert not debts() & equivalents().keys()


def test_every_kind_of_change_is_made():
    made = {one.kind for clause_id in judged_clauses() for one in mutants_of(clause_id)}
    assert made == {"limit", "comparison", "where", "options", "quota", "part"}


def test_a_limit_off_by_one_step_is_noticed():
    up = next(one for one in mutants_of("HI-2017/09.1") if one.name.endswith("limit +1"))
    assert is_killed(up)
