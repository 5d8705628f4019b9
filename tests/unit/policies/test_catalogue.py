"""docs/clauses.md is what the policies say."""

from models.law import load_policies
from models.law.catalogue import PAGE, catalogue


def test_the_committed_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == catalogue(load_policies()), "run: make docs"


def test_every_clause_stands_in_it_once() -> None:
    page = catalogue(load_policies())
    for clause_id in load_policies().clauses:
        assert page.count(f"| {clause_id} |") == 1
