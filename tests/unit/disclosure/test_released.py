"""A whole release, and two of them a few teachers apart, before an outsider with a solver: nothing small comes back.

The province is the worst there is: three hundred teachers, each city of one county, so that its counts are drawn twice.
And the outsider is told what nobody outside knows: which combinations of kinds occur there at all.
"""

import random

import polars as pl
import pytest

from models.marts.publication import publish
from models.marts.suppression import MINIMUM
from tests.sample_release import AS_OF, sample_frames
from tests.unit.disclosure.attacker import narrow
from tests.unit.disclosure.released import Outsider, alike, people_of, small_cells

HALF = MINIMUM // 2
PERIOD = "2016-2020"
ASKED = 20
KEY = b"key of a sample"


def small_province(counties: int, one_in: int) -> dict[str, pl.DataFrame]:
    """One of some counties with one in so many teachers: small enough that most cells are under ten."""
    made = sample_frames(counties=counties, institutions=9)
    few = made["core.dim_teacher"].filter(pl.int_range(pl.len()) % one_in == 0)
    return made | {
        name: made[name].join(few.select(other.alias("_")), left_on=column, right_on="_", how="semi")
        for name, column, other in (
            ("core.dim_teacher", "teacher_id", pl.col("teacher_id")),
            ("marts.teacher_cycle", "teacher_id", pl.col("teacher_id")),
            ("audit.findings", "subject_id", pl.col("teacher_id")),
        )
    }


@pytest.fixture(scope="module")
def frames() -> dict[str, pl.DataFrame]:
    return small_province(counties=4, one_in=3)


@pytest.fixture(scope="module")
def pooled() -> dict[str, pl.DataFrame]:
    """Eight counties: five rural ones and two towns are told together too, the only district is not."""
    return small_province(counties=8, one_in=6)


def published(frames: dict[str, pl.DataFrame], key: bytes) -> dict[str, pl.DataFrame]:
    return publish({name: frame.lazy() for name, frame in frames.items()}, AS_OF, key)


def drawn(cells: dict[tuple, list[str]]) -> dict[tuple, list[str]]:
    """Some of the cells to ask for: all of them would take an hour."""
    return dict(random.Random(1).sample(sorted(cells.items(), key=str), ASKED))  # noqa: S311


def is_safe(asked: dict[tuple, list[str]], outsider: Outsider) -> bool:
    """Nothing is exact, and nearly everything leaves him half of ten to choose from."""
    found = narrow({cell: len(group) for cell, group in asked.items()}, outsider.attacker.bounds(asked))
    assert found.height == ASKED
    return found["values"].min() > 1 and found.filter(pl.col("values") < HALF).height <= ASKED // 10


@pytest.mark.parametrize(
    ("province", "pools"), [("frames", {"330000-rural"}), ("pooled", {"330000-rural", "330000-towns"})]
)
def test_a_release_gives_no_small_cell_back(province, pools, request):
    frames = request.getfixturevalue(province)
    people = alike(people_of(frames, PERIOD), [])
    outsider = Outsider(PERIOD)
    outsider.reads(published(frames, KEY), people)
    assert outsider.pools == pools
    assert is_safe(drawn(small_cells(people)), outsider)


@pytest.mark.parametrize(("province", "movers"), [("frames", 1), ("frames", 12), ("pooled", 12)])
def test_two_releases_and_somebody_known_who_moved_give_no_small_cell_back(province, movers, request):
    """He knows everything about one of those who moved from one county to another, and that the others did."""
    frames = request.getfixturevalue(province)
    counties = frames["core.dim_teacher"]["county_id"].unique(maintain_order=True)[:2]
    cities = frames["core.dim_teacher"].unique("county_id", maintain_order=True)["city_id"][:2]
    teachers = frames["core.dim_teacher"]
    moved = teachers.filter(county_id=counties[0])["teacher_id"].head(movers).to_list()
    goes, are_theirs = (pl.when(pl.col(name).is_in(moved)) for name in ("teacher_id", "subject_id"))
    later = frames | {
        "core.dim_teacher": teachers.with_columns(
            county_id=goes.then(pl.lit(counties[1])).otherwise("county_id"),
            city_id=goes.then(pl.lit(cities[1])).otherwise("city_id"),
        ),
        "audit.findings": frames["audit.findings"].with_columns(
            unit_id=are_theirs.then(pl.lit(counties[1])).otherwise("unit_id")
        ),
    }
    outsider, cells = Outsider(PERIOD), {}
    for night in (frames, later):
        people = alike(people_of(night, PERIOD), moved)
        outsider.reads(published(night, KEY), people)
        # What he is after are those who stayed.
        stayed = people.filter(~pl.col("teacher_id").is_in(moved), pl.col("county_id").is_in(counties.implode()))
        cells |= {(len(cells), *cell): group for cell, group in small_cells(stayed).items()}
    outsider.attacker.learns(moved[:1], 1, 1)
    assert is_safe(drawn(cells), outsider)
