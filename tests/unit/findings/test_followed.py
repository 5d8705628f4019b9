"""Clauses that follow others, where the dump has nothing to judge these by."""

from datetime import date

import polars as pl

from models.findings import FINDING, FOUND, evaluate
from models.night import Night
from tests.law_cases import ALL, Everything, empty

FOLLOWS, LACKS = "ZJ-2014-04/26.1", "ZJ-2014-04/27.2"


def test_what_nobody_is_judged_by_tonight_is_not_read() -> None:
    offered = {f"{FOUND}{LACKS}": pl.LazyFrame(schema=FINDING)}
    tables = {name: empty(name) for name in ALL} | offered
    found = evaluate(Night("330000", date(2021, 11, 30)), tables, Everything(("attendance",)))
    assert LACKS not in found.by_clause
    assert FOLLOWS in found.by_clause
    assert not [name for name in found.grounds[FOLLOWS].reads if name.startswith(FOUND)]
