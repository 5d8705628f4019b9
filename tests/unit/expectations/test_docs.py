"""The suites' own pages: opened offline, every result there, nobody's cell in any file."""

import json
import re
from pathlib import Path

import duckdb
import pytest
from lxml import html

from expectations.datasource import opened
from expectations.docs import write_docs
from expectations.rules import Rule, no_such_rows

MARK = "张三丰4600001990"


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("docs") / "数据 一.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA core")
        connection.execute(f"CREATE TABLE core.thing AS SELECT unnest(['{MARK}', '{MARK}', 'B']) AS code")
        connection.execute("CREATE TABLE core.other AS SELECT 1 AS code")
    return path


def stock(name: str, kind: str, **asked: object) -> Rule:
    words = dict.fromkeys(("title", "fault", "meaning", "matters", "action"), "")
    return Rule("core.thing", name, kind, {"column": "code", **asked}, "critical", **words)


def finding(table: str, name: str, query: str) -> Rule:
    return no_such_rows(table, name, query, title=f"{name} 符合", fault="", meaning="", matters="", action="")


@pytest.fixture(scope="module")
def rules() -> list[Rule]:
    return [
        stock("unique", "expect_column_values_to_be_unique"),
        stock("known", "expect_column_values_to_be_in_set", value_set=["A", "B"]),
        stock("filled", "expect_column_values_to_not_be_null"),
        finding("core.thing", "shows", "SELECT code AS 范围 FROM {batch}"),
        finding("core.thing", "breaks", "SELECT code FROM {batch} WHERE code::INTEGER > 0"),
        finding("core.other", "holds", "SELECT code FROM {batch} WHERE FALSE"),
    ]


@pytest.fixture(scope="module")
def store(warehouse, rules, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("store") / "gx"
    for release in ("20211130-a", "20211201-b"):
        write_docs(warehouse, {"core": rules}, folder, release)
    return folder


def results(store: Path) -> dict[tuple[str, str], dict[str, bool]]:
    found = {}
    for path in (store / "uncommitted" / "validations").rglob("*.json"):
        told = json.loads(path.read_text("utf-8"))
        outcomes = {one["expectation_config"]["meta"]["name"]: one["success"] for one in told["results"]}
        found[told["meta"]["run_id"]["run_name"], told["suite_name"]] = outcomes
    return found


def test_each_release_keeps_its_results(store, rules):
    thing = {rule.name: False for rule in rules if rule.suite == "core.thing"}
    for release in ("20211130-a", "20211201-b"):
        assert results(store)[release, "core.thing"] == thing | {"filled": True}
        assert results(store)[release, "core.other"] == {"holds": True}


def test_definitions_and_checkpoints_are_there_once(store):
    for kind, names in (("checkpoints", {"core"}), ("validation_definitions", {"core.thing", "core.other"})):
        stored = [json.loads(path.read_text("utf-8")) for path in (store / kind).glob("*") if path.is_file()]
        assert {one["name"] for one in stored if "name" in one} == names


def test_no_cell_is_in_any_file(store):
    files = [path for path in store.rglob("*") if path.is_file()]
    assert len(files) > 10
    escaped = MARK.encode("unicode_escape").decode()
    for path in files:
        text = path.read_text("utf-8")
        assert MARK not in text, path
        assert escaped not in text, path


def test_the_pages_ask_nothing_of_anybody_and_lead_to_each_other(store):
    site = store / "uncommitted" / "data_docs" / "local_site"
    pages = list(site.rglob("*.html"))
    assert len(pages) == 1 + 2 + 4
    for path in pages:
        page = html.parse(str(path)).getroot()
        assert page.xpath("//script | //link | //img | //iframe | //@onload | //@onclick") == []
        assert not re.search(r"(?:src|href|url)\s*[=(]\s*['\"]?(?:https?:)?//", path.read_text("utf-8"))
        for address in page.xpath("//a/@href"):
            assert address.startswith("#") or (path.parent / address).exists(), (path, address)
    (thing, *_) = (path for path in pages if path.match("validations/core/thing/20211201-b/*/*.html"))
    assert {"shows 符合", "breaks 符合"} <= {text.strip() for text in html.parse(str(thing)).getroot().itertext()}
    first = html.parse(str(site / "index.html")).getroot()
    rows = [row.xpath("string(td[1])") for row in first.xpath("//tr[td]")]
    assert rows == ["20211201-b"] * 2 + ["20211130-a"] * 2
    assert [row.xpath("string(td[5])") for row in first.xpath("//tr[td]")][:2] == ["4", "0"]


def test_the_warehouse_is_let_go_of(store, warehouse):
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("CREATE TABLE core.later AS SELECT 1")
    with opened(warehouse) as source:
        assert source.batch("core.later") is not None
