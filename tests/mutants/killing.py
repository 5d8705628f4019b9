"""Which mutants the cases kill.

Belongs here: judging a changed clause by the cases of the clause and of those that rest on it, and a changed convention
by the cases on credits or those of the clauses whose rows it bears on.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from models.law import Clause, Document, Policies, load_policies
from models.law.cases import credit_cases
from models.yaml_files import read_yaml
from tests.credit_cases import misses, settled, today_of
from tests.law_cases import Case, book_for, every_case
from tests.mutants.changing import OF_ROWS, Amended, Mutant, amended, mutants

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
        return case.verdicts(case.judged_under(_with(mutant.clause, book_for(case.clause)))) != case.expected
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


def documents() -> list[str]:
    """Every document whose conventions can be changed."""
    return [document.id for document in load_policies() if any(amended(document))]


def amendments_of(document_id: str) -> list[Amended]:
    """All mutants of a document's conventions."""
    return list(amended(load_policies().document(document_id)))


def is_noticed(one: Amended) -> bool:
    """Whether some case comes out otherwise under the changed convention, or not at all."""
    if one.convention in OF_ROWS:
        return any(_differs_under(case, one.document) for case in _cases_on_adjustments(one.document.id))
    book = load_policies().with_documents([one.document])
    try:
        return any(
            any(misses(case, found))
            for file in credit_cases()
            if one.document.jurisdiction.lies_in(file.province)
            for today in sorted({today_of(case) for case in file.cases})
            for found in [settled(file, today, book)]
            for case in file.cases
            if today_of(case) == today
        )
    except Exception:  # noqa: BLE001 - whatever breaks would fail the case
        return True


def _cases_on_adjustments(document_id: str) -> Iterator[Case]:
    """Cases of the document's clauses about adjustments of plans."""
    clauses = load_policies().document(document_id).clauses
    chosen = {one.id for one in clauses if one.options.get("grain") == "adjustment"}
    return (case for case in every_case() if case.clause in chosen)


def _differs_under(case: Case, document: Document) -> bool:
    book = book_for(case.clause)
    chosen = {one.id for one in book.document(document.id).clauses}
    changed = document.model_copy(update={"clauses": tuple(one for one in document.clauses if one.id in chosen)})
    try:
        return case.verdicts(case.judged_under(book.with_documents([changed]))) != case.expected
    except Exception:  # noqa: BLE001 - whatever breaks would fail the case
        return True


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


def unnoticed(document_id: str) -> tuple[int, list[str]]:
    """How many mutants a document's conventions have, and the names of those that no case notices."""
    made = amendments_of(document_id)
    return len(made), [one.name for one in made if not is_noticed(one)]


def all_survivors(names: Iterable[str], workers: int) -> Iterator[tuple[str, int, list[str]]]:
    """The same of several clauses and documents, by several processes, in the order given."""
    wanted = list(names)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for name, (made, left) in zip(wanted, pool.map(_left, wanted), strict=True):
            yield name, made, left


def _left(name: str) -> tuple[int, list[str]]:
    return survivors(name) if "/" in name else unnoticed(name)
