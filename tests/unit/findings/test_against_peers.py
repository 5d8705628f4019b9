"""Every clause's figures come out of both sides alike, over small provinces as made and as badly typed."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from models.law import load_policies
from models.measures import Frames
from tests.peers.answers import connected, frames_of, only_in, ours, queries, theirs
from tests.peers.small import AS_OF, small, spoilt, written

SEED = 11
SPOILT_BY = 12
"""A draw of its own: it must leave each clause somebody to measure, though some are planted only twice."""
TEACHERS = 120
SHOWN = 5
PROVINCES = ("330000", "460000", "500000")
LAW = {
    clause.id: province
    for province in PROVINCES
    for document in load_policies().of_province(province)
    for clause in document.clauses
    if clause.status == "evaluated" and not clause.all_of
}

Sides = tuple[Frames, duckdb.DuckDBPyConnection]


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Sides]:
    """The tables of a province in one state, as each side takes them; made when first asked for."""
    made: dict[tuple[str, str], Sides] = {}

    def of(province: str, state: str) -> Sides:
        if (province, state) not in made:
            folder: Path = tmp_path_factory.mktemp(f"{state}-{province}")
            rows = small(province, SEED, TEACHERS)
            written(folder, province, spoilt(rows, SPOILT_BY) if state == "spoilt" else rows)
            made[province, state] = frames_of(folder, province, AS_OF), connected(folder, province, AS_OF)
        return made[province, state]

    return of


def test_every_judged_clause_is_written_twice():
    assert sorted(LAW.keys() ^ queries().keys()) == []


@pytest.mark.parametrize("state", ["as made", "spoilt"])
@pytest.mark.parametrize("clause", LAW)
def test_both_sides_give_the_same_figures(clause, state, sides):
    frames, connection = sides(LAW[clause], state)
    mine, peer = ours(clause, frames).collect(engine="streaming"), connection.sql(theirs(clause)).pl()
    gaps = {"only ours": only_in(mine, peer), "only theirs": only_in(peer, mine)}
    with pl.Config(tbl_cols=-1, fmt_str_lengths=60):
        shown = [f"{side} ({gap.height}): {gap.sort(pl.all()).head(SHOWN)}" for side, gap in gaps.items() if gap.height]
    assert not shown, "\n".join([f"{clause} in {LAW[clause]}", *shown])
    assert mine["numerator"].is_not_null().any(), f"{clause} measures nobody in {LAW[clause]}"
