"""Every clause a machine judges, on both sides of its limit and exactly on it, from cases people can read."""

from collections.abc import Mapping
from typing import Any

import pytest

from models.law import Policies, load_policies
from models.law.cases import AS_OF, clause_entries, places, table_name, world
from models.vocabulary import ClauseStatus


def every_case():
    for entry in clause_entries():
        for case in entry["cases"]:
            yield pytest.param(entry, case, id=f"{entry['clause']}-{case['when']}")


def placed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {key: placed(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [placed(one, names) for one in value]
    return names.get(value, value) if isinstance(value, str) else value


def rows_of(entry: Mapping[str, Any], case: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The world, changed by what the entry and the case say; a case's `set` changes the first row of a table."""
    names = places(entry["clause"])
    usual = placed(world(), names)
    tables = {name: [dict(row) for row in rows] for name, rows in usual.items()}
    for given in (entry.get("given", {}), case.get("given", {})):
        for name, rows in placed(given, names).items():
            first = usual.get(name, [{}])[0] if name != "unit" else {}
            base = tables.get(name, [{}])[0] if isinstance(rows, Mapping) else first
            tables[name] = [{**base, **row} for row in ([rows] if isinstance(rows, Mapping) else rows)]
    for place, value in placed(case.get("set", {}), names).items():
        name, _, column = place.rpartition(".")
        tables.setdefault(name, [{}])[0][column] = value
    for name, times in case.get("times", {}).items():
        tables[name] = [repeated(row, at) for at in range(times) for row in tables[name]]
    return tables


def repeated(row: Mapping[str, Any], at: int) -> dict[str, Any]:
    """The row once more under another key: every column that ends in the table's own id gets a number."""
    key = next(iter(row))
    return {**row, key: f"{row[key]}-{at}"}


def book_for(clause_id: str) -> Policies:
    """Only the clause and those it is made of, so that a case costs little."""
    book = load_policies()
    clause = book.clause(clause_id)
    document = book.document(clause.document)
    wanted = {clause_id, *clause.all_of, *clause.after}
    chosen = tuple(one for one in document.clauses if one.id in wanted)
    return Policies({document.id: document.model_copy(update={"clauses": chosen})})


@pytest.mark.parametrize(("entry", "case"), list(every_case()))
def test_case(entry, case, judge_rows):
    clause_id = entry["clause"]
    tables = {table_name(name): rows for name, rows in rows_of(entry, case).items()}
    evaluation = judge_rows(
        tables,
        province=places(clause_id)["$province"],
        as_of=case.get("as_of", entry.get("as_of", AS_OF)),
        policies=book_for(clause_id),
        absent=case.get("absent", ()),
    )
    expected = case["verdict"]
    if expected == ClauseStatus.DATA_MISSING:
        accounts = {row["clause_id"]: row["status"] for row in evaluation.clauses.iter_rows(named=True)}
        assert accounts[clause_id] == expected
        assert clause_id not in evaluation.by_clause
        return
    found = evaluation.by_clause[clause_id].collect()
    for name in ("subject_id", "subject_type", "period", "part"):
        wanted = case.get(name, entry.get(name))
        if wanted is not None:
            found = found.filter(found[name] == placed(str(wanted), places(clause_id)))
    assert found["verdict"].to_list() == ([] if expected == "none" else [expected])


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
