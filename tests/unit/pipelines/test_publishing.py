"""Rows published again of clauses and years that changed, beside rows that stay, are what the whole gives."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.contracts import contract
from models.findings import presence_of
from models.marts import publication
from models.marts.suppression import key_of_edges
from pipelines.release import publishing, warehouse
from pipelines.release.build import Build
from pipelines.release.home import Home
from pipelines.release.judging import judge
from pipelines.release.lazy_tables import lazy_tables
from pipelines.release.publishing import REJECTS, SENDERS, Scope
from pipelines.release.senders import reject_senders
from tests.faults.scale import FULL
from tests.unit.pipelines.test_parts import (
    AS_OF,
    DAYS,
    Change,
    a_copy,
    a_night,
    after,
    as_in_a_large_province,
    before,
    changes,
    found_as_whole,
    in_order,
    made_as_whole,
)
from tests.unit.pipelines.test_parts import publish as released

LATE: Final = [Change("staging.credit_record", "new", 3)]
"""A record of a year long past, registered after all."""
MOVED: Final = [Change("staging.school", "cell", 0, 5, "unit_id")]
"""A school comes to another county."""
BY_YEAR: Final = ("marts.public_participation", "marts.public_cube_record")
BY_CLAUSE: Final = ("marts.public_clause", "marts.public_reading")


def published(home: Home, token: str, day: date, tables: Mapping[str, pl.DataFrame]) -> Build:
    """A night of these staging tables, up to what it publishes."""
    build = a_night(home, token, day, tables)
    frames = {name.removeprefix("staging."): rows.lazy() for name, rows in tables.items()}
    build.note("presence", {table: sorted(fields) for table, fields in presence_of(frames).items()})
    build.write(REJECTS, pl.LazyFrame(schema=contract("audit", "rejects").schema()))
    warehouse.load(build.warehouse, [(REJECTS, build.parquet(REJECTS))])
    judge(build)
    return build


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose release lends its rows."""
    home = Home(tmp_path_factory.mktemp("publishing")).prepare()
    released(published(home, "first", AS_OF, before()), AS_OF)
    return home


def published_later(home: Home, folder: Path, changed: list[Change], days: int = 1) -> dict[str, Scope]:
    """What each frame of a later night was made again of; AssertionError where any table is not what the dump gives."""
    scopes: dict[str, Scope] = {}
    made = publishing._made

    def noting(build: Build, each: publication.Published, key: bytes, scope: Scope) -> pl.DataFrame:
        scopes[each.name] = scope
        return made(build, each, key, scope)

    with as_in_a_large_province(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(publishing, "_made", noting)
        build = published(a_copy(home, folder), "second", AS_OF + timedelta(days), after(changed))
    made_as_whole(build, changed)
    found_as_whole(build, changed)
    lazy = {**lazy_tables(build.warehouse), SENDERS: reject_senders(build.warehouse).lazy()}
    tables = {name: frame.collect().lazy() for name, frame in lazy.items()}
    expected = publication.publish(tables, build.night.as_of, key_of_edges(build.home.identity_key()))
    for name, frame in expected.items():
        ours = warehouse.read(build.warehouse, name)
        theirs = frame.with_columns(province=pl.lit(build.province)).select(ours.columns).cast(dict(ours.schema))
        assert in_order(ours).equals(in_order(theirs)), name
    return scopes


@given(st.lists(changes(), min_size=1, max_size=4), st.sampled_from(DAYS))
@settings(max_examples=30 if FULL else 2)
def test_rows_that_stay_and_rows_made_again_are_what_all_gives(
    home: Home, tmp_path_factory: pytest.TempPathFactory, made: list[Change], days: int
) -> None:
    published_later(home, tmp_path_factory.mktemp("night"), made, days)


def test_a_late_record_touches_its_own_year_and_the_clauses_it_bears_on(home: Home, tmp_path: Path) -> None:
    scopes = published_later(home, tmp_path, LATE)
    (year,) = scopes["marts.public_participation"].values
    assert year < AS_OF.year
    assert all(scopes[name].values == [year] for name in BY_YEAR)
    assert all(scopes[name].column == publication.OF_CLAUSE for name in BY_CLAUSE)
    assert not {"marts.public_training", "marts.public_cube_project", "marts.public_money"} & scopes.keys()


def test_where_a_place_is_another_no_year_stays(home: Home, tmp_path: Path) -> None:
    scopes = published_later(home, tmp_path, MOVED)
    assert all(not scopes[name].column for name in BY_YEAR)


def test_a_year_forgotten_would_be_found_out(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison of these tests is able to fail."""
    monkeypatch.setattr(publishing, "_of_years", lambda _, each, __: Scope(each.by, publishing.YEAR_OF, [1999]))
    with pytest.raises(AssertionError, match="public_"):
        published_later(home, tmp_path, LATE)
