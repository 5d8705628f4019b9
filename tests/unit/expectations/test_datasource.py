"""The inner hooks of Great Expectations and SQLAlchemy that the DuckDB datasource leans on; an upgrade shows here."""

import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.datasource import Warehouse, opened, validate
from expectations.first_look import in_doubt
from expectations.rules import Rule, filled, no_such_rows, one_of, rule_id, unique, within
from expectations.running import run
from expectations.suites.staging import close_to_last_release
from models.contracts import staging_contracts


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("datasource") / "数据 一.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA core")
        connection.execute("CREATE SCHEMA staging")
        connection.execute("CREATE TABLE staging.thing (code VARCHAR)")
        connection.execute(
            """CREATE TABLE core.thing AS SELECT * FROM (VALUES
            ('A1', 1.5::DECIMAL(18, 3), DATE '2018-01-01', ['甲', '乙'], TRUE, 'x{1}'),
            ('A1', NULL, DATE '2019-01-01', NULL, FALSE, 'it''s'),
            ('B2', 700.0, NULL, [], NULL, NULL)) AS t(code, hours, day, tags, is_good, note)"""
        )
    return path


@pytest.fixture
def warehouse(small: Path) -> Iterator[Warehouse]:
    with opened(small) as source:
        yield source


@pytest.fixture
def things(warehouse: Warehouse) -> Any:
    return warehouse.batch("core.thing")


def outcome(things: Any, rule: Rule) -> Any:
    return validate(things, "core.thing", [rule])[rule.name]


def matching(pattern: str) -> Rule:
    kwargs = {"column": "code", "regex": pattern}
    kind = "expect_column_values_to_match_regex"
    words = dict.fromkeys(("title", "fault", "meaning", "matters", "action"), "")
    return Rule("core.thing", "matches", kind, kwargs, "critical", **words)


def finding(name: str, query: str, proof: str | None = None) -> Rule:
    return no_such_rows("core.thing", name, query, title="", fault="", meaning="", matters="", action="", proof=proof)


NOBODY = "SELECT code FROM {batch} WHERE FALSE"
SOMEBODY = "SELECT code FROM {batch}"


@pytest.mark.parametrize(("query", "proof", "doubted"), [(NOBODY, SOMEBODY, True), (SOMEBODY, NOBODY, False)])
def test_a_proof_spares_the_rule(things, query, proof, doubted):
    rule = finding("proved", query, proof)
    assert in_doubt(things, [rule]) == ([rule] if doubted else [])


def test_in_doubt_the_rule_itself_decides(small):
    rules = [finding("held", NOBODY, SOMEBODY), finding("broken", SOMEBODY, SOMEBODY)]
    outcomes = run(small, rules)
    assert [outcomes[rule_id(rule)].success for rule in rules] == [True, False]


COLUMNS = {
    "nothing": "NULL::INTEGER",
    "some": "CASE WHEN n > 0 THEN n END",
    "below": "-1::DECIMAL(18, 3)",
    "at_the_bounds": "n * 5",
    "above": "CASE WHEN n = 2 THEN 10.001::DECIMAL(18, 3) END",
    "not_a_number": "CASE WHEN n = 2 THEN 'NaN'::DOUBLE ELSE 1 END",
    "word": "CASE n WHEN 0 THEN '甲' WHEN 1 THEN 'it''s {x}' END",
    "other_word": "CASE n WHEN 0 THEN '甲' WHEN 1 THEN '丙 :x %s' END",
    "capital": "CASE n WHEN 0 THEN 'A' END",
}


def test_an_alarm_rings_wherever_great_expectations_sees_the_rule_broken(tmp_path):
    path = tmp_path / "alarms.duckdb"
    columns = ", ".join(f'{value} AS "{name}"' for name, value in COLUMNS.items())
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE SCHEMA core; CREATE TABLE core.kinds AS SELECT {columns} FROM range(3) AS t(n)")
    school = staging_contracts()["school"]
    numbers, words = list(COLUMNS)[:6], list(COLUMNS)[6:]
    bounds = [(0, 10), (None, 10), (0, None)]
    rules = [
        *(filled("core.kinds", name, name) for name in COLUMNS),
        *(one_of("core.kinds", name, name, ["甲", "it's {x}", "a", "90% :y ?"]) for name in words),
        *(
            replace(within("core.kinds", name, name, *each), name=f"{name} {each}")
            for name in numbers
            for each in bounds
        ),
        *(replace(close_to_last_release(school, before, 30), suite="core.kinds") for before in (2, 3, 4, 5)),
    ]
    rules = [replace(rule, name=f"{number} {rule.name}") for number, rule in enumerate(rules)]
    with opened(path) as source:
        judged = validate(source.batch("core.kinds"), "core.kinds", rules)
        doubted = {rule.name for rule in in_doubt(source.batch("core.kinds"), rules)}
    assert doubted == {rule.name for rule in rules if not judged[rule.name].success}
    assert 0 < len(doubted) < len(rules)


def test_a_question_that_cannot_be_asked_leaves_its_rules_in_doubt(things):
    rules = [
        finding("broken", "SELECT nonsense FROM {batch}"),
        filled("core.thing", "nowhere", "无此列"),
        filled("staging.thing", "code", "代码"),
    ]
    assert in_doubt(things, rules) == rules[:2]


def test_each_kind_of_rule_runs_on_duckdb(things):
    assert outcome(things, filled("core.thing", "code", "代码")).success
    assert outcome(things, one_of("core.thing", "code", "代码", ["A1", "B2"])).success
    assert outcome(things, within("core.thing", "hours", "学时", 0, 1000)).success
    failing = outcome(things, within("core.thing", "hours", "学时", None, 100))
    assert failing.result["unexpected_count"] == 1
    assert failing.result["partial_unexpected_list"] == [700.0]
    assert outcome(things, filled("core.thing", "tags", "标签")).result["unexpected_count"] == 1


def test_regex_searches_instead_of_matching_the_whole_text(things):
    assert outcome(things, matching("^[AB]")).success
    assert not outcome(things, matching("^A")).success


def test_the_schema_comes_from_the_datasource(things):
    """staging.thing is empty and has one column; only core.thing can fail here."""
    assert outcome(things, unique("core.thing", {"code": "代码"})).success is False


def test_a_rows_rule_brings_count_and_examples_in_a_fixed_order(things):
    rule = finding("no_things", 'SELECT code AS "代码", note AS "备注" FROM {batch}')
    result = outcome(things, rule).result
    assert result["observed_value"] == 3
    assert [row["备注"] for row in result["details"]["examples"]] == ["it's", "x{1}", None]


def test_a_broken_rule_says_so_and_spoils_no_other(things):
    broken = finding("broken", "SELECT nonsense FROM {batch}")
    rules = [broken, filled("core.thing", "code", "代码"), within("core.thing", "nowhere", "无此列", 0, 1)]
    results = validate(things, "core.thing", rules)
    assert results["code_is_filled"].success
    assert not results["broken"].success
    assert "nonsense" in str(results["broken"].exception_info)
    assert not results["nowhere_is_possible"].success


def test_writers_may_open_the_file_afterwards(small):
    with opened(small) as source:
        outcome(source.batch("core.thing"), finding("broken", "SELECT nonsense FROM {batch}"))
    with duckdb.connect(str(small)) as connection:
        connection.execute("CREATE TABLE core.later (n INTEGER)")
        connection.execute("DROP TABLE core.later")


def test_nobody_writes_through_the_gate(warehouse):
    engine = warehouse._source("core").get_execution_engine().engine
    with engine.connect() as connection, pytest.raises(Exception, match="read-only"):
        connection.exec_driver_sql("CREATE TABLE core.more (n INTEGER)")


def test_nothing_is_said_to_the_network_or_the_terminal(small, monkeypatch, capfd):
    def refuse(*args: object) -> None:
        raise AssertionError(f"a network call: {args}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    with opened(small) as source:
        assert source._context.variables.analytics_enabled is False
        outcome(source.batch("core.thing"), filled("core.thing", "code", "代码"))
    assert "posthog" not in sys.modules
    assert capfd.readouterr() == ("", "")
