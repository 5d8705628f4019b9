"""Values laid over the law for a what-if: only what is named changes, and faults are told with their line."""

from datetime import date
from fractions import Fraction

import pytest

from models.policies import PolicyError, load_policies, read_overlay

STRICTER = """clauses:
  - id: HI-2017/09.1
    thresholds:
      - {from: 2016-01-01, value: 12}
"""


@pytest.fixture
def overlay(tmp_path):
    def read(text):
        path = tmp_path / "whatif.yaml"
        path.write_text(text, encoding="utf-8")
        return read_overlay(path, load_policies().clauses)

    return read


def test_only_the_named_values_change(overlay):
    (clause,) = overlay(STRICTER)
    assert clause.threshold(date(2019, 1, 1)) == Fraction(12)
    before = load_policies().clause("HI-2017/09.1")
    assert clause.model_copy(update={"thresholds": before.thresholds}) == before


@pytest.mark.parametrize("clause_id", ["ZJ-2014-04/27.6", "ZJ-2019-357/03.6", "HI-2017/14.5.1", "CQ-2013-24/10.2"])
def test_clauses_of_every_kind_can_be_laid_over(overlay, clause_id):
    limit = "{from: 1, to: 5}" if clause_id == "CQ-2013-24/10.2" else "1/2"
    (clause,) = overlay(f"clauses:\n  - {{id: {clause_id}, thresholds: [{{from: 2016-01-01, value: {limit}}}]}}\n")
    before = load_policies().clause(clause_id)
    assert clause.model_copy(update={"thresholds": before.thresholds}) == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (STRICTER.replace("HI-2017/09.1", "HI-2017/9.1"), ["whatif.yaml:2:", "没有条款“HI-2017/9.1”", "HI-2017/09.1"]),
        (STRICTER.replace("thresholds:", "treshold:"), ["whatif.yaml:3:", "不能改“treshold”", "thresholds"]),
        (STRICTER.replace("value: 12", "value: 多"), ["whatif.yaml:4:", "不是数"]),
        ("clauses:\n  - id: HI-2017/09.1\n", ["whatif.yaml:2:", "没有写要改什么"]),
        ("clause: []\n", ["只有一个键 clauses"]),
    ],
)
def test_faults_are_told(overlay, text, words):
    with pytest.raises(PolicyError) as refused:
        overlay(text)
    for word in words:
        assert word in str(refused.value)


def test_a_narrowed_book_keeps_what_belongs_together():
    book = load_policies().only(["HI-2017/09.1"])
    assert set(book.clauses) == {"HI-2017/09.1", "HI-2017/09.3", "HI-2017/09.A"}
