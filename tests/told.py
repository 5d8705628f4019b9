"""What is printed of findings of the law's worked cases, and whether it is true.

Belongs here: explaining what a case comes to and checking each printed line against its own figures and the receipt.
Judging the cases belongs to `tests.law_cases`.
"""

import json
import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path

import jsonschema
import polars as pl

from models.explanation import Explained, answers, heading
from models.receipt import receipt
from models.trace import trace
from tests import replay_receipt
from tests.law_cases import every_case

SCHEMA = Path(__file__).parents[1] / "docs" / "receipt.schema.json"
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
def formulas(province: str) -> pl.DataFrame:
    return trace(province).formulas


def explained(clause_id: str) -> Iterator[Explained]:
    """Each finding that the clause's cases come to, as an explanation without dump rows."""
    for case in (one for one in every_case() if one.clause == clause_id):
        found = case.judged.found
        for finding in found.iter_rows(named=True) if found is not None else ():
            chosen = (pl.col("clause_id") == clause_id) & (pl.col("subject_type") == finding["subject_type"])
            formula = formulas(case.night.province).filter(chosen).row(0, named=True)
            yield Explained(finding, case.judged.clause, formula, "20211130-aa", str(case.night.as_of))


def lines_of(told: Explained) -> list[str]:
    return [line for _, lines in answers(told) for line in lines]


def amount(text: str) -> tuple[Fraction, str]:
    if text in ("是", "否"):
        return Fraction(text == "是"), "是否"
    return (Fraction(text.rstrip("%")), "%" if text.endswith("%") else "")


def check_relation(line: str) -> None:
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


def check(clause_id: str) -> None:
    """AssertionError where a line printed of some finding of the clause's cases is untrue, or its receipt replays not.

    Findings that are told alike (of one kind of subject, verdict and reason) are checked once.
    """
    schema = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    seen: set[tuple[str, str, str]] = set()
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
