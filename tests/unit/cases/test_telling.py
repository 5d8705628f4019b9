"""The worked cases in Chinese: every clause tells its own, in the words of the contracts."""

import re

from models.law import load_policies
from models.law.cases import alert_cases, clause_entries, credit_cases
from models.law.cases.telling import examples, shared_place

CLAUSES = load_policies().clauses


def lines(clause_id):
    found = examples(clause_id)
    told = (line for one in (*found.own, *found.credits, *found.alerts) for line in (*one.given, *one.expected))
    return [*found.shared, *told]


def test_every_clause_tells_all_its_cases():
    counted = {}
    for entry in clause_entries():
        counted[entry["clause"]] = counted.get(entry["clause"], 0) + len(entry["cases"])
    assert {clause: len(examples(clause).own) for clause in counted} == counted


def test_every_case_on_credits_is_told_with_each_clause_it_is_about():
    cases = [case for file in credit_cases() for case in file.cases] + list(alert_cases())
    for case in cases:
        assert case["条款"]
        for clause in case["条款"]:
            found = examples(clause)
            assert case["编号"] in {one.number for one in (*found.credits, *found.alerts)}


def test_cases_speak_of_clauses_there_are():
    named = {clause for file in credit_cases() for case in file.cases for clause in case["条款"]}
    named |= {clause for case in alert_cases() for clause in case["条款"]}
    assert sorted(named - CLAUSES.keys()) == []


def test_what_is_told_has_no_english_and_no_placeholders():
    told = [line for clause in CLAUSES for line in lines(clause)]
    assert told
    assert [line for line in told if re.search(r"\$|[A-Za-z]{3,}(?!-20)|\bTrue\b|\bNone\b", line)] == []


def test_only_what_differs_is_told_with_a_case():
    found = examples("ZJ-2014-04/23.1")
    assert found.shared == ["县级抽查覆盖：单位代码 本县，年度 2020，项目数 20，本县抽查项目数 4，各级抽查项目数 6"]
    assert (found.own[0].title, found.own[0].given, found.own[0].verdict) == ("恰20项查4项", [], "met")
    assert found.own[1].given == ["县级抽查覆盖：项目数 21"]


def test_a_case_on_credits_tells_records_outcome_and_reason():
    (told,) = [one for one in examples("HI-2017/14.3.5").credits if one.number == "HI-02"]
    assert told.given == ["登记：项目 P，来源 集中，级别 国，学时 48，止 2018-05-11"]
    assert told.expected == ["登记：学时 48，学分 12", "2018年：学时 48，学分 10，单项上限截去 2"]
    assert "单个项目最高10学分" in told.reason


def test_the_shared_place_is_told_without_ids():
    told = shared_place()
    assert any(line.startswith("培训项目：") for line in told)
    assert not re.search(r"\b[TPICES]1\b", "".join(told))


def test_a_clause_without_cases_has_none():
    assert len(examples("HI-2017/14.5.2")) == 0
