"""Where figures come from: every judged clause leads to columns that exist."""

import json
import re

import pytest

from models.contracts import staging_contracts
from models.law import load_policies
from models.trace import trace

PROVINCES = ("330000", "460000", "500000")


@pytest.fixture(scope="module", params=PROVINCES)
def traced(request):
    return request.param, trace(request.param)


def test_every_judged_clause_has_a_formula_and_a_source(traced):
    province, found = traced
    judged = {
        (clause.id, binding.subject)
        for document in load_policies().of_province(province)
        for clause in document.clauses
        if clause.status == "evaluated"
        for binding in clause.bindings
    }
    assert set(found.formulas.select("clause_id", "subject_type").rows()) == judged
    without = judged - set(found.sources.select("clause_id", "subject_type").rows())
    measures = {row["clause_id"]: row["measure"] for row in found.formulas.rows(named=True)}
    assert {measures[clause] for clause, _ in without} <= {"days_in_force"}  # a document's own dates, no dump table


def test_links_and_times_name_columns_that_exist(traced):
    contracts = staging_contracts()
    _, found = traced
    for row in found.sources.rows(named=True):
        here = row["table_name"]
        on_the_way = [here]
        for hop in json.loads(row["link"] or "[]"):
            assert hop[0] in contracts[here]
            if len(hop) > 1:
                here = hop[1]
                on_the_way.append(here)
                assert hop[2] in contracts[here]
        timing = json.loads(row["timing"] or "null")
        if timing:
            assert all(column in contracts[on_the_way[timing["depth"]]] for column in timing["columns"])
        assert set(json.loads(row["columns"])) <= set(contracts[row["table_name"]].schema())


def test_filters_are_told_in_chinese(traced):
    """A name without Chinese belongs into models/words.py."""
    _, found = traced
    told = {line for row in found.formulas.rows(named=True) for line in json.loads(row["filters"])}
    assert {line for line in told if re.search(r"[a-z][a-z_]{2,}", line)} == set()


def test_nothing_personal_is_shown(traced):
    _, found = traced
    personal = {
        field.column for one in staging_contracts().values() for field in one.fields if field.sensitivity != "none"
    }
    for row in found.sources.rows(named=True):
        assert not personal & set(json.loads(row["columns"]))


def test_caps_matter_to_credits_and_not_to_hours():
    formulas = {row["clause_id"]: row for row in trace("460000").formulas.rows(named=True)}
    settings = {name: {one["id"] for one in json.loads(row["conventions"])} for name, row in formulas.items()}
    assert "project_credit_cap" in settings["HI-2017/09.4"]
    assert "project_credit_cap" not in settings["HI-2017/09.5"]
    assert "counted_completion" in settings["HI-2017/09.5"]


def test_a_composite_leads_to_the_sources_of_its_parts():
    sources = trace("460000").sources
    tables = {
        clause: set(sources.filter(sources["clause_id"] == clause)["table_name"])
        for clause in ("HI-2017/09.A", "HI-2017/09.1")
    }
    assert tables["HI-2017/09.A"] >= tables["HI-2017/09.1"]
