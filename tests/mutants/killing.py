"""Which mutants the cases kill.

Belongs here: judging a changed clause by the cases of the clause and of those that rest on it.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from models.law import Clause, Policies, load_policies
from models.yaml_files import read_yaml
from tests.law_cases import Case, book_for, every_case
from tests.mutants.changing import Mutant, mutants

EQUIVALENT: Final = Path(__file__).parent / "equivalent.yaml"
SURVIVING: Final = Path(__file__).parent / "surviving.yaml"


def judged_clauses() -> list[str]:
    """Every clause that a machine judges."""
    return [clause.id for clause in load_policies().clauses.values() if clause.status == "evaluated"]


def mutants_of(clause_id: str) -> list[Mutant]:
    """All mutants of a clause."""
    return list(mutants(load_policies().clause(clause_id)))


@cache
def equivalents() -> dict[str, str]:
    """Mutants that no case could tell from the clause, and why: name → reason."""
    listed = read_yaml(EQUIVALENT).content or []
    return {name: group["because"] for group in listed for name in group["mutants"]}


@cache
def debts() -> frozenset[str]:
    """Mutants that no case kills yet."""
    return frozenset(read_yaml(SURVIVING).content or [])


def is_killed(mutant: Mutant) -> bool:
    """Whether some case gets another verdict, or none at all because judging breaks."""
    return any(_differs(case, mutant) for case in _cases_on(mutant.clause.id))


def _differs(case: Case, mutant: Mutant) -> bool:
    try:
        return case.verdicts(_with(mutant.clause, book_for(case.clause))) != case.expected
    except Exception:  # noqa: BLE001 - whatever breaks would fail the case
        return True


@cache
def _cases_on(clause_id: str) -> Sequence[Case]:
    """The cases that a change of the clause may reach, its own first."""
    book = load_policies()
    own = [case for case in every_case() if case.clause == clause_id]
    resting = [
        case
        for case in every_case()
        if case.clause != clause_id and clause_id in (*book.clause(case.clause).all_of, *book.clause(case.clause).after)
    ]
    return [*own, *resting]


def _with(changed: Clause, book: Policies) -> Policies:
    documents = {
        document.id: document.model_copy(
            update={"clauses": tuple(changed if one.id == changed.id else one for one in document.clauses)}
        )
        for document in book
    }
    return Policies(documents)


def survivors(clause_id: str) -> tuple[int, list[str]]:
    """How many mutants a clause has, and the names of those that no case kills."""
    made = mutants_of(clause_id)
    return len(made), [one.name for one in made if not is_killed(one)]


def all_survivors(clause_ids: Iterable[str], workers: int) -> Iterator[tuple[str, int, list[str]]]:
    """The same of several clauses, by several processes, in the order given."""
    wanted = list(clause_ids)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for clause_id, (made, left) in zip(wanted, pool.map(survivors, wanted), strict=True):
            yield clause_id, made, left
