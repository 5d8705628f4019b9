"""Every clause and every verdict of its cases: what is printed is true, in Chinese, and replays from its receipt."""

import json
import re
from fractions import Fraction
from functools import cache
from pathlib import Path

import jsonschema
import polars as pl
import pytest

from models.explanation import Explained, answers, heading
from models.findings import evaluate
from models.law import load_policies
from models.law.cases import AS_OF, places, table_name
from models.night import Night
from models.receipt import receipt
from models.trace import trace
from tests import replay_receipt
from tests.law_cases import ALL, Everything, book_for, clauses_with_cases, empty, every_case, rows_of, table

SCHEMA = Path(__file__).parents[3] / "docs" / "receipt.schema.json"
RELATION = re.compile(
    r"^(?P<left>\S+)(?: (?P<unit>[^\d\s≥≤><=]\S*))? (?P<sign>[≥≤><=]) (?P<right>[^\s（]+)(?: (?P<other>[^\s（　]+))?"
)
WINDOW = re.compile(r"^(.+?)(?: 至 (.+?))? 在 (.+) 至 (.+) 之内　(成立|不成立)$")
WORD = re.compile(r"(?<![A-Za-z0-9/.$-])[A-Za-z]+_[A-Za-z_]+|(?<![A-Za-z0-9/.$“-])[A-Za-z]{3,}(?![A-Za-z0-9-])")
HOLDS = {
    "≥": lambda a, b: a >= b,
    "≤": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    "=": lambda a, b: a == b,
}


@cache
def formulas(province):
    return trace(province).formulas


def explained(clause_id):
    """Each finding that the clause's cases come to, as an explanation without dump rows."""
    for case in (one for one in every_case() if one.clause == clause_id):
        entry, told = case._given
        frames = {table_name(name): rows for name, rows in rows_of(entry, told).items()}
        offered = {name: table(name, frames[name]) if name in frames else empty(name) for name in ALL}
        as_of = told.get("as_of", entry.get("as_of", AS_OF))
        province = places(clause_id)["$province"]
        law = evaluate(Night(province, as_of), offered, Everything(told.get("absent", ())), book_for(clause_id))
        if clause_id not in law.by_clause:
            continue
        clause = law.clauses.row(by_predicate=pl.col("clause_id") == clause_id, named=True)
        for finding in law.by_clause[clause_id].collect().iter_rows(named=True):
            chosen = (pl.col("clause_id") == clause_id) & (pl.col("subject_type") == finding["subject_type"])
            formula = formulas(province).filter(chosen).row(0, named=True)
            yield Explained(finding, clause, formula, "20211130-aa", str(as_of))


def lines_of(told):
    return [line for _, lines in answers(told) for line in lines]


def amount(text):
    if text in ("是", "否"):
        return Fraction(text == "是"), "是否"
    return (Fraction(text.rstrip("%")), "%" if text.endswith("%") else "")


def check_relation(line):
    """A printed relation is true or marked 不成立, both sides in one unit."""
    if found := WINDOW.match(line):
        first, last, low, high, verdict = found.groups()
        assert len({text.partition(" ")[2] for text in (first, low, high)}) == 1, line
        begin, end, lowest, highest = (at.partition(" ")[0] for at in (first, last or first, low, high))
        if "-" not in lowest:
            begin, end, lowest, highest = map(Fraction, (begin, end, lowest, highest))
        assert (lowest <= begin and end <= highest) == (verdict == "成立"), line
        return
    found = RELATION.match(line)
    assert found, line
    (left, kind), (right, other) = amount(found["left"]), amount(found["right"])
    assert (kind, found["unit"]) == (other, (found["other"] or "").removesuffix("　") or None), line
    assert HOLDS[found["sign"]](left, right) == (not line.endswith("不成立")), line


@pytest.mark.parametrize("clause_id", list(clauses_with_cases()))
def test_what_is_printed_is_true_and_replays(clause_id):
    schema = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    seen = set()
    for told in explained(clause_id):
        detail = json.loads(told.finding["detail"])
        kind = (told.finding["subject_type"], told.finding["verdict"], detail["by"])
        if kind in seen:
            continue
        seen.add(kind)
        lines = lines_of(told)
        for line in lines:
            if re.search(r"　(成立|不成立)$", line):
                check_relation(line)
        sections = dict(answers(told))
        own = [
            *heading(told)[1:2],
            *(line for name in ("算式", "过滤条件", "结论", "敏感性") for line in sections.get(name, ())),
        ]
        assert not [line for line in own if WORD.search(line)]
        if told.finding["verdict"] == "undetermined":
            assert re.match(r"无法判定：\S", sections["结论"][0]), "no evidence named"
        written = json.loads(json.dumps(receipt(told), ensure_ascii=False))
        schema.validate(written)
        assert replay_receipt.verdict(written) == told.finding["verdict"]


def test_every_column_and_setting_that_clauses_name_has_a_chinese_name():
    unnamed = [
        (row["clause_id"], line)
        for document in load_policies()
        for row in formulas(f"{document.jurisdiction.code[:2]}0000").iter_rows(named=True)
        for line in [*json.loads(row["filters"]), row["measure_title"], row["formula"]]
        + [one["title"] for one in json.loads(row["conventions"])]
        if WORD.search(line)
    ]
    assert unnamed == []


@pytest.mark.parametrize("change", ["verdict", "figure", "limit"])
def test_a_receipt_that_was_changed_does_not_replay(change):
    told = next(one for one in explained("HI-2017/09.1") if one.finding["verdict"] == "not_met")
    written = json.loads(json.dumps(receipt(told)))
    tree = written["formula"]["tree"]
    if change == "verdict":
        written["decision"]["by"] = "good"
    elif change == "figure":
        tree["left"]["value"] = "1000"
    else:
        tree["right"]["value"] = "0"
    with pytest.raises(ValueError, match="decided by"):
        replay_receipt.verdict(written)
