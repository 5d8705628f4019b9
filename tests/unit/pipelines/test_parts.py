"""A night that makes only the touched parts of its tables again gives what a night that makes all anew gives.

So do the findings of such a night, and what is published of them of clauses and years that changed, beside rows that
stay. Tests that ask something of the same change share its night: `late`, `moved`.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.contracts import contract, staging_contracts
from models.core.gaps import VANISHED
from models.findings import evaluate, presence_of
from models.marts import publication
from models.marts.suppression import key_of_edges
from models.tables import CORE, MARTS, STAGING, Table
from pipelines.release import choosing, judging, parts, publishing, reuse, warehouse
from pipelines.release.build import Build, clear_release, start_build
from pipelines.release.choosing import FINDINGS
from pipelines.release.computing import compute
from pipelines.release.home import Home
from pipelines.release.judging import JUDGED, find, judge
from pipelines.release.publishing import REJECTS, SENDERS, Scope
from pipelines.release.seal import sha256_of
from pipelines.release.senders import reject_senders
from tests.faults.scale import FULL
from tests.peers.small import AS_OF, frames_from, presence, small, spoilt

PROVINCE: Final = "330000"
VERSIONS: Final = {"code": "c", "contracts": "k", "policies": "p"}
NOTHING: Final = pl.DataFrame(schema=dict(contract("audit", "vanished").schema()))
Tables = Mapping[str, pl.DataFrame]
Frames = Mapping[str, pl.LazyFrame]


@lru_cache(maxsize=1)
def before() -> Tables:
    """The staging tables of a small province whose registers have the gaps of real ones."""
    return spoilt(small(PROVINCE, 7, 30), 7)


def a_night(home: Home, token: str, day: date, tables: Tables) -> Build:
    """The tables that a night makes of these staging tables, what it can of the last release's."""
    build = start_build(home, PROVINCE, token)
    build.note("night", {"as_of": day.isoformat(), "release": token, "versions": VERSIONS, "unchanged": False})
    clear_release(build)
    reuse.begin(build)
    known = before() if not reuse.is_fresh(build) else {}
    with warehouse.Loading(build.warehouse) as loading:
        for name, rows in {**tables, VANISHED: NOTHING}.items():
            if reuse.reuse_if_unchanged(build, name, _named(rows)):
                continue
            build.write(name, rows.lazy())
            reuse.record_output(build, name, _named(rows))
            if name in known:
                differing = parts.place_of_differing(build, name)
                loading.change(name, warehouse.Kept("_file", []), [build.parquet(name)], differing)
            else:
                loading.begin(name, build.parquet(name))
        loading.finish()
    compute(build, CORE)
    compute(build, MARTS)
    return build


def note_presence(build: Build, tables: Tables) -> None:
    frames = {name.removeprefix("staging."): rows.lazy() for name, rows in tables.items()}
    build.note("presence", {table: sorted(fields) for table, fields in presence_of(frames).items()})


def judged(build: Build, tables: Tables) -> Build:
    """The night with what it finds."""
    note_presence(build, tables)
    find(build)
    return build


def published(build: Build, tables: Tables) -> Build:
    """The night with what it finds and what it publishes."""
    note_presence(build, tables)
    build.write(REJECTS, pl.LazyFrame(schema=contract("audit", "rejects").schema()))
    warehouse.load(build.warehouse, [(REJECTS, build.parquet(REJECTS))])
    judge(build)
    return build


def _named(rows: pl.DataFrame) -> str:
    return str(rows.hash_rows().implode().hash().item()) + str(rows.height)


def publish(build: Build, day: date) -> None:
    """The release that the next night may borrow from."""
    folder = build.home.releases(PROVINCE) / build.folder.name
    shutil.copytree(build.release_folder, folder)
    facts = {
        "release": "r",
        "as_of": day.isoformat(),
        "versions": VERSIONS,
        "tables": warehouse.tables(build.warehouse),
        "outputs": {"warehouse.duckdb": sha256_of(folder / "warehouse.duckdb")},
        **{name: build.noted(name) for name in ("keys", "checks")},
    }
    (folder / "manifest.json").write_text(json.dumps(facts), encoding="utf-8")
    build.home.current(PROVINCE).symlink_to(folder)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose release lends its tables, its findings and its published frames."""
    home = Home(tmp_path_factory.mktemp("parts")).prepare()
    publish(published(a_night(home, "first", AS_OF, before()), before()), AS_OF)
    return home


@dataclass(frozen=True)
class Change:
    """One row of a table becomes another: `row` takes the value of `other` in a column, is gone, or comes twice."""

    table: str
    kind: str
    row: int
    other: int = 0
    column: str = ""

    def of(self, tables: Tables) -> Tables:
        rows = tables[self.table]
        at = pl.int_range(pl.len()) == self.row % rows.height
        if self.kind == "gone":
            return {**tables, self.table: rows.filter(~at)}
        if self.kind == "new":
            key = self.table_key
            text = pl.col(key).cast(pl.String) + "-n" if rows.schema[key] == pl.String else pl.col(key)
            return {**tables, self.table: pl.concat([rows, rows.filter(at).with_columns(text)])}
        value = pl.col(self.column).gather(self.other % rows.height).first()
        cell = pl.when(at).then(value).otherwise(self.column).alias(self.column)
        return {**tables, self.table: rows.with_columns(cell)}

    @property
    def table_key(self) -> str:
        return staging_contracts()[self.table.removeprefix("staging.")].key[0]


def cells(table: str) -> list[str]:
    """Columns of a table whose values may change: those of the key stay unique."""
    known = staging_contracts()[table.removeprefix("staging.")]
    return [field.column for field in known.fields if field.name not in known.key]


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """What may be otherwise in tomorrow's dump; records of credits more often than the rest."""
    filled = [name for name in STAGING if before()[name].height > 1]
    table = draw(st.sampled_from(["staging.credit_record", "staging.teacher", "staging.project", *filled]))
    kind = draw(st.sampled_from(("cell", "cell", "gone", "new")))
    row, other = (draw(st.integers(0, before()[table].height - 1)) for _ in range(2))
    return Change(table, kind, row, other, draw(st.sampled_from(cells(table))) if kind == "cell" else "")


def compared(build: Build, expected: Mapping[str, pl.LazyFrame], names: list[str]) -> None:
    """Every table of the night's warehouse holds the rows expected, in whatever order."""
    for name in names:
        ours, theirs = warehouse.read(build.warehouse, name), expected[name].collect()
        narrow = theirs.cast({c: ours.schema[c] for c in theirs.columns}).select(ours.columns)
        assert in_order(ours).equals(in_order(narrow)), name


def in_order(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(rows.columns).sort([c for c in rows.columns if not isinstance(rows.schema[c], pl.List)])


DAYS: Final = (0, 1, 40, 400)
BY_YEAR: Final = ("marts.public_participation", "marts.public_cube_record")
BY_CLAUSE: Final = ("marts.public_clause", "marts.public_reading")


LATE: Final = [Change("staging.credit_record", "new", 3)]
"""A record of a year long past, registered after all."""
WITHDRAWN: Final = [Change("staging.credit_record", "gone", -1)]
MOVES: Final = [Change("staging.school", "cell", 0, 5, "unit_id")]
"""A school comes to another county."""
TRANSFERRED: Final = [Change("staging.teacher", "cell", 1, 9, "school_id")]
RENAMED: Final = [Change("staging.project", "cell", row, row + 1, "level") for row in range(4)]


def a_copy(home: Home, folder: Path) -> Home:
    return Home(Path(shutil.copytree(home.path, folder / "home", symlinks=True)))


def after(changed: list[Change]) -> Tables:
    """The staging tables when all this has changed."""
    tables = before()
    for change in changed:
        tables = change.of(tables)
    return tables


def made_later(home: Home, folder: Path, changed: list[Change], days: int = 1) -> Build:
    """The tables of a later night in which all that may is made by parts; AssertionError where one is not as it is."""
    day, tables = AS_OF + timedelta(days), after(changed)
    with as_in_a_large_province():
        build = a_night(a_copy(home, folder), "second", day, tables)
    made_as_whole(build, changed)
    return build


@contextmanager
def as_in_a_large_province() -> Iterator[None]:
    """Meanwhile the few teachers there are, are few of many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "FEW", 1)
        yield


def made_as_whole(build: Build, changed: list[Change]) -> Frames:
    """The night's tables made anew; AssertionError where one of the night is another."""
    frames = frames_from(build.night, after(changed))
    compared(build, frames, [one.name for one in (*CORE, *MARTS)])
    return frames


def judged_later(home: Home, folder: Path, changed: list[Change], days: int = 1) -> None:
    """As `made_later`, with what the night finds."""
    build = made_later(home, folder, changed, days)
    with as_in_a_large_province():
        judged(build, after(changed))
    found_as_whole(build, frames_from(build.night, after(changed)))


def found_as_whole(build: Build, frames: Frames) -> pl.LazyFrame:
    """All that these tables give; AssertionError where the night finds anything else."""
    found = pl.concat(evaluate(build.night, frames, presence(frames)).collected()).lazy()
    compared(build, {FINDINGS: found}, [FINDINGS])
    return found


def published_as_whole(build: Build, frames: Frames) -> None:
    """AssertionError where the night publishes anything else than all its tables give."""
    senders = reject_senders(build.warehouse).lazy()
    aside = {name: warehouse.read(build.warehouse, name).lazy() for name in (*JUDGED, REJECTS) if name != FINDINGS}
    tables = {**aside, **frames, SENDERS: senders}
    expected = publication.publish(tables, build.night.as_of, key_of_edges(build.home.identity_key()))
    compared(
        build,
        {name: rows.lazy().with_columns(province=pl.lit(build.province)) for name, rows in expected.items()},
        [*expected],
    )


@dataclass(frozen=True)
class Later:
    """A later night in which all that may is made, judged and published by parts: what it gave was what a whole gives.

    Of how many teachers each table was made again, what was chosen to be judged, and of what each published frame was
    made again. `unpublished` is the home as it was when all was found: the clauses kept are in `found`.
    """

    build: Build
    made_again: dict[str, int]
    choices: list[choosing.Choice]
    found: list[tuple[dict[str, int], Sequence[str]]]
    scopes: dict[str, Scope]
    unpublished: Home


def published_later(home: Home, folder: Path, changed: list[Change], days: int = 1) -> Later:
    """A later night; AssertionError where any table is not what the dump gives."""
    tables, mine = after(changed), a_copy(home, folder)
    night = Later(Build(mine, PROVINCE, Path()), {}, [], [], {}, Home(folder / "unpublished"))
    with as_in_a_large_province(), pytest.MonkeyPatch.context() as patch:
        count_made_again(patch, night.made_again)
        note(patch, judging, "choose", lambda choice, *_: night.choices.append(choice))
        note(patch, judging, "find", lambda found, _: night.found.append(found))
        note(patch, judging, "find", lambda *_: shutil.copytree(mine.path, night.unpublished.path, symlinks=True))
        note(patch, publishing, "_made", lambda _, __, each, ___, scope: night.scopes.update({each.name: scope}))
        build = published(a_night(mine, "second", AS_OF + timedelta(days), tables), tables)
    frames = made_as_whole(build, changed)
    published_as_whole(build, {**frames, FINDINGS: found_as_whole(build, frames)})
    return replace(night, build=build)


def note(patch: pytest.MonkeyPatch, module: ModuleType, name: str, noted: Callable[..., object]) -> None:
    """Has what a function gave noted, and what it was given, each time it is called."""
    kept = getattr(module, name)

    def called(*given: Any) -> Any:
        result = kept(*given)
        noted(result, *given)
        return result

    patch.setattr(module, name, called)


def count_made_again(patch: pytest.MonkeyPatch, found: dict[str, int]) -> None:
    """Of each table that is made by parts meanwhile, how many teachers' rows."""

    def counted(_: bool, __: Build, table: Table, those: parts.Touched) -> None:
        found[table.name] = pl.read_parquet(those.keys.file).height

    note(patch, parts, "make_again", counted)


@pytest.fixture(scope="module")
def late(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Later:
    return published_later(home, tmp_path_factory.mktemp("late"), LATE)


@pytest.fixture(scope="module")
def moved(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Later:
    return published_later(home, tmp_path_factory.mktemp("moved"), MOVES)


def test_a_night_of_parts_gives_what_a_whole_one_gives(home: Home, tmp_path: Path) -> None:
    """Whatever else may change is tried where it is published too."""
    judged_later(home, tmp_path, [*LATE, *WITHDRAWN, *MOVES, *TRANSFERRED, *RENAMED])


@pytest.fixture
def made_again(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Of each table that is made by parts meanwhile, how many teachers' rows."""
    found: dict[str, int] = {}
    count_made_again(monkeypatch, found)
    return found


def test_only_the_teachers_of_whom_a_row_changed_are_settled_again(late: Later) -> None:
    assert late.made_again["core.fct_credit"] == 1
    assert set(late.made_again) >= {"marts.teacher_year", "marts.teacher_cycle", "marts.record_alert"}
    assert set(late.made_again.values()) == {1}


def test_a_school_that_moves_touches_its_teachers(moved: Later) -> None:
    assert 0 < moved.made_again["core.dim_teacher"] < before()["staging.teacher"].height


def test_a_project_that_is_another_touches_whom_it_trained(
    home: Home, tmp_path: Path, made_again: dict[str, int]
) -> None:
    made_later(home, tmp_path, RENAMED)
    assert 0 < made_again["core.fct_credit"] < before()["staging.teacher"].height


def test_a_new_year_makes_all_of_it_again(home: Home, tmp_path: Path, made_again: dict[str, int]) -> None:
    made_later(home, tmp_path, LATE, days=400)
    assert "core.fct_credit" in made_again
    assert "marts.teacher_year" not in made_again


@pytest.mark.parametrize("made", [LATE, MOVES])
def test_a_part_forgotten_would_be_found_out(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: list[Change]
) -> None:
    """The comparison of these tests is able to fail."""
    monkeypatch.setattr(parts, "_count", lambda *_: 0)
    with pytest.raises(AssertionError):
        made_later(home, tmp_path, made)


def test_only_the_teachers_of_whom_a_row_changed_are_judged_again(late: Later) -> None:
    (choice,) = late.choices
    assert choice.those is not None
    assert pl.read_parquet(choice.those.keys.file).height == 1
    assert {"ZJ-2016-71/03.1", "ZJ-2016-71/03.2", "ZJ-2014-04/16.3", "WZ-2012-33/04.4"} <= {*choice.by_parts}
    assert "ZJ-2014-04/13.1" in choice.kept
    assert {"WZ-2012-33/04.3", "ZJ-2014-04/16.4"} <= {*choice.whole}  # a school's; what was taught until today


def test_who_is_judged_again_because_a_period_is_over_would_be_missed(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = pl.DataFrame(schema={"clause_id": pl.String, "subject_id": pl.String})
    monkeypatch.setattr(choosing, "_over", lambda _: nobody)
    with pytest.raises(AssertionError, match=r"audit\.findings"):
        judged_later(home, tmp_path, LATE, days=40)


@given(st.lists(changes(), min_size=1, max_size=4), st.sampled_from(DAYS))
@settings(max_examples=30 if FULL else 2)
def test_rows_that_stay_and_rows_made_again_are_what_all_gives(
    home: Home, tmp_path_factory: pytest.TempPathFactory, made: list[Change], days: int
) -> None:
    published_later(home, tmp_path_factory.mktemp("night"), made, days)


def test_a_late_record_touches_its_own_year_and_the_clauses_it_bears_on(late: Later) -> None:
    (year,) = late.scopes["marts.public_participation"].values
    assert year < AS_OF.year
    assert all(late.scopes[name].values == [year] for name in BY_YEAR)
    assert all(late.scopes[name].column == publication.OF_CLAUSE for name in BY_CLAUSE)
    assert not {"marts.public_training", "marts.public_cube_project", "marts.public_money"} & late.scopes.keys()


def test_where_a_place_is_another_no_year_stays(moved: Later) -> None:
    assert all(not moved.scopes[name].column for name in BY_YEAR)


def test_a_year_forgotten_would_be_found_out(late: Later, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison of these tests is able to fail."""
    place = late.unpublished.path / late.build.folder.relative_to(late.build.home.path)
    again = replace(late.build, home=late.unpublished, folder=place)
    monkeypatch.setattr(judging, "find", lambda _: late.found[0])
    monkeypatch.setattr(publishing, "_of_years", lambda _, each, __: Scope(each.by, publishing.YEAR_OF, [1999]))
    judge(again)
    frames = frames_from(again.night, after(LATE))
    with pytest.raises(AssertionError, match="|".join(BY_YEAR)):
        published_as_whole(again, {**frames, FINDINGS: warehouse.read(again.warehouse, FINDINGS).lazy()})
