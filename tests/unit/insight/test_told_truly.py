"""What clauses are printed with has Chinese names, and a receipt that was changed is found out.

That what is printed of every clause is true is tried where their cases are judged.
"""

import json

import pytest

from models.law import load_policies
from models.receipt import receipt
from tests import replay_receipt
from tests.told import WORD, explained, formulas


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
