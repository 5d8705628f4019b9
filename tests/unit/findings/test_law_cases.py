"""Every clause a machine judges, on both sides of its limit and exactly on it, from cases people can read.

And what is printed of every verdict of these cases: true, in Chinese, and replayed from its receipt. Both are tried
here because a case is judged once only in a process.
"""

import pytest

from models.law import load_policies
from models.law.cases import clause_entries
from tests import told
from tests.law_cases import clauses_with_cases, every_case


@pytest.mark.parametrize("case", every_case(), ids=lambda case: case.title)
def test_case(case):
    assert case.verdicts(case.judged) == case.expected


@pytest.mark.parametrize("clause_id", list(clauses_with_cases()))
def test_what_is_printed_is_true_and_replays(clause_id):
    told.check(clause_id)


def test_every_evaluated_clause_has_a_case_on_each_side_and_on_the_limit():
    verdicts: dict[str, set[str]] = {}
    on_limit: set[str] = set()
    one_sided: set[str] = set()
    for entry in clause_entries():
        clause_id = entry["clause"]
        verdicts.setdefault(clause_id, set()).update(case["verdict"] for case in entry["cases"])
        on_limit |= {clause_id for case in entry["cases"] if str(case["when"]).startswith("恰")}
        one_sided |= {clause_id} if entry.get("one_sided") else set()
    evaluated = {clause.id for clause in load_policies().clauses.values() if clause.status == "evaluated"}
    assert sorted(evaluated - verdicts.keys()) == []
    lacking = {name for name, seen in verdicts.items() if not {"met", "not_met"} <= seen}
    assert sorted(lacking - one_sided) == []
    assert sorted(evaluated - on_limit - one_sided) == []
    assert sorted(verdicts.keys() - evaluated) == []
