"""Pages and reports look up what is published: they name no table of single people, and know no room that makes one."""

import ast
import re
from pathlib import Path

import dashboards
from models.contracts import all_contracts
from models.marts import publication

ROOM = Path(dashboards.__file__).parent
ACCOUNTS = {
    *("audit.clauses", "audit.formulas", "audit.sources", "audit.gate", "audit.row_counts", "audit.problems"),
    *("audit.drift", "audit.variation"),
}
"""What was judged and checked, and how many rows there were: nothing in them is about one person."""
OF_COUNTIES = {"marts.county_spot_check"}
"""Counts projects of a county, never people."""


def named_tables() -> dict[str, str]:
    """Each `schema.table` that a module of dashboards names, and one that names it."""
    return {
        node.value: path.relative_to(ROOM).as_posix()
        for path in sorted(ROOM.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"(raw|staging|core|marts|audit)\.[a-z_]+", node.value)
    }


def test_pages_and_reports_read_what_is_published_and_the_accounts_only():
    found = named_tables()
    assert {name for name in found if name.startswith("marts.public_")}, "no table is named any more: look elsewhere"
    may_be_read = {*publication.TABLES, *ACCOUNTS, *OF_COUNTIES}
    assert {name: where for name, where in found.items() if not tables_of(name) <= may_be_read} == {}


def tables_of(name: str) -> set[str]:
    """The table of a name; for the beginning of one, to which a program adds the rest, every table that begins so."""
    begun = {table for table in all_contracts() if name.endswith("_") and table.startswith(name)}
    return begun or {name}


def test_the_beginning_of_a_name_stands_for_all_that_begin_so():
    assert tables_of("marts.public_") == {table for table in all_contracts() if table.startswith("marts.public_")}
    assert tables_of("marts.teacher_") > {"marts.teacher_year"}
    assert tables_of("marts.nothing_") == {"marts.nothing_"}


def test_what_they_read_beside_has_no_column_of_people():
    for name in (*ACCOUNTS, *OF_COUNTIES):
        assert not {"teacher_id", "teacher_name", "record_id"} & set(all_contracts()[name].headers), name
