"""Suites as data: what contracts imply, and that listing rules costs no Great Expectations."""

import re
import subprocess
import sys

from expectations.gate import LAYERS, Limits, tables_checked
from expectations.rules import NO_SUCH_ROWS, literal, quoted
from expectations.suites import suites
from expectations.suites.implied import implied_rules, personal_columns
from models.contracts import Contract, audit_contracts, core_contracts, marts_contracts, staging_contracts

EVERY = [rule for layer in LAYERS for rule in suites(layer, {}, Limits()).rules]

SCHOOL = Contract.model_validate(
    {
        "layer": "staging",
        "table": "school",
        "title": "学校",
        "grain": "一行一所学校",
        "key": ["school_id"],
        "fields": [{"name": "school_id", "header": "学校标识码", "type": "id", "required": True}],
    }
)
PUPIL = Contract.model_validate(
    {
        "layer": "staging",
        "table": "pupil",
        "title": "学员",
        "grain": "一行一名学员",
        "key": ["pupil_id", "year"],
        "fields": [
            {"name": "pupil_id", "header": "学员编号", "type": "id", "required": True},
            {"name": "year", "header": "年度", "type": "integer", "minimum": 1990, "maximum": 2100},
            {"name": "school_id", "header": "学校", "type": "id", "references": "school"},
            {"name": "state", "header": "状态", "type": "enum", "values": {"在": [], "离": []}},
            {"name": "share", "header": "比例", "type": "ratio"},
            {"name": "born", "header": "出生", "type": "date", "sensitivity": "personal"},
            {"name": "id_number", "header": "证件号", "type": "id", "sensitivity": "identity"},
        ],
    }
)


def test_a_contract_implies_its_rules():
    rules = {rule.name: rule for rule in implied_rules(PUPIL, {"school": SCHOOL, "pupil": PUPIL})}
    assert set(rules) == {
        "key_is_unique",
        "pupil_id_is_filled",
        "year_is_possible",
        "school_id_is_in_school",
        "state_is_known",
        "share_is_possible",
        "dates_are_possible",
    }
    assert rules["share_is_possible"].kwargs["max_value"] == 1
    assert rules["state_is_known"].kwargs["value_set"] == ["在", "离"]
    assert {name for name, rule in rules.items() if rule.severity == "warning"} == {
        "school_id_is_in_school",
        "dates_are_possible",
    }


def test_personal_columns_are_the_marked_ones_under_both_their_names():
    assert personal_columns({"pupil": PUPIL}) == ["born", "id_hash", "id_number"]
    assert {"name", "id_number", "id_hash"} <= set(personal_columns(staging_contracts()))


def test_names_are_unique_within_a_suite():
    names = [(rule.suite, rule.name) for rule in EVERY]
    assert len(names) == len(set(names))


def test_every_contract_of_the_layers_is_covered():
    assert set(tables_checked("staging")) >= {f"staging.{name}" for name in staging_contracts()}
    assert set(tables_checked("core")) == {f"core.{name}" for name in core_contracts()}
    assert set(tables_checked("marts")) >= {f"marts.{name}" for name in marts_contracts()}
    assert {rule.subject for rule in EVERY} <= {table for layer in LAYERS for table in tables_checked(layer)}
    assert {"row_counts", "rejects", "findings", "clauses"} <= set(audit_contracts())


def test_queries_read_what_they_declare_and_look_at_their_own_table():
    tables = {table for layer in LAYERS for table in tables_checked(layer)}
    for rule in EVERY:
        if rule.expectation == NO_SUCH_ROWS:
            query = str(rule.kwargs["unexpected_rows_query"])
            assert "{batch}" in query, rule.name
            words = set(query.replace("(", " ").replace(")", " ").replace(",", " ").split())
            assert words & tables <= {*rule.reads, rule.suite}, rule.name


def test_only_orphans_dates_and_unread_files_are_warnings():
    warnings = {rule.name for rule in EVERY if rule.severity == "warning"}
    assert all("_is_in_" in name or name in {"dates_are_possible", "every_file_was_read"} for name in warnings)


def test_texts_are_safe_in_queries():
    assert literal("a'b{c}") == "'a''b{{c}}'"
    assert quoted('a"b') == '"a""b"'


def test_listing_rules_imports_no_great_expectations():
    code = "import sys, expectations.gate as g; g.tables_checked('marts'); print('great_expectations' in sys.modules)"
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "False"


def test_a_rule_names_every_table_its_query_looks_at():
    """An outcome is carried over to the next night when the tables a rule names are the same."""
    named = re.compile(r"\b(?:staging|core|marts|audit)\.[a-z_]+")
    for rule in EVERY:
        query = str(rule.kwargs.get("unexpected_rows_query", ""))
        assert set(named.findall(query)) <= set(rule.looks_at), rule.name
