"""Typed rows that were kept give what typing all files again gives, whatever changed since."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.staging import LandedSheet, Staged
from pipelines.ingest import typed
from pipelines.ingest.landing import land
from pipelines.ingest.staging import stage_tables
from pipelines.release import parts, warehouse
from pipelines.release.build import Build, clear_release, start_build
from pipelines.release.home import Home
from pipelines.release.seal import sha256_of

PROVINCE = "460000"
DAY = "2021-11-30"
LARGE = 4
"""Rows of a large file in these tests."""
RECORDS = "登记编号,教师编号,项目编号,来源类型,级别,培训获得学时,结束日期,结业状态,状态"
SCHOOLS = "学校标识码,学校名称,所属单位,学校类别"
PROGRESS = "报名编号,完成任务,完成率"
VERSIONS = {"code": "c", "contracts": "k", "policies": "p"}
Files = dict[str, list[str]]


def a_dump() -> Files:
    """Records of two years in files of their own, a small file of late ones, schools, and two files of ratios."""
    kinds = ("集中", "网络", "校本")
    years = {
        f"学分学时登记_{year}.csv": [
            RECORDS,
            *(
                f"R{year}{n},T{n % 3},P{n},{kinds[n % 3]},县,{n + 1},{year}-0{n % 9 + 1}-15,合格,已登记"
                for n in range(6)
            ),
        ]
        for year in (2017, 2021)
    }
    return {
        **years,
        "学分学时登记_2021-补.csv": [RECORDS, "R9,T1,P9,集中,省,8,2021-05-05,合格,已登记"],
        "学校.csv": [SCHOOLS, *(f"314600000{n},学校{n},46010{n + 4},小学" for n in range(5))],
        "网络学习进度.csv": [PROGRESS, *(f"E{n},{n},{n / 10}" for n in range(6))],
        "网络学习进度-2.csv": [PROGRESS, *(f"F{n},{n},{n / 10}" for n in range(6))],
    }


def write(files: Files, dumps: Path) -> None:
    folder = dumps / PROVINCE / DAY
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, lines in files.items():
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def staged(home: Home, dumps: Path, token: str) -> Build:
    """Tonight's staging tables and what is told of their rows."""
    landed = land(home, dumps, PROVINCE)
    build = start_build(home, PROVINCE, token)
    build.note("night", {"as_of": DAY, "release": token, "versions": VERSIONS, "unchanged": False})
    build.note("dump", token)
    clear_release(build)
    stage_tables(build, landed)
    return build


def published(build: Build) -> None:
    """The release that the next night may borrow from."""
    folder = build.home.releases(PROVINCE) / build.folder.name
    shutil.copytree(build.release_folder, folder)
    with duckdb.connect(str(build.warehouse), read_only=True) as connection:
        rows = dict(connection.execute("SELECT schema_name || '.' || table_name, 0 FROM duckdb_tables()").fetchall())
        for table in rows:
            rows[table] = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # type: ignore[index]
    noted = {name: build.noted(name) for name in ("keys", "checks", "presence", "columns", "lots")}
    facts = {"release": "r", "as_of": DAY, "versions": VERSIONS, "tables": rows, **noted}
    facts["outputs"] = {"warehouse.duckdb": sha256_of(folder / "warehouse.duckdb")}
    (folder / "manifest.json").write_text(json.dumps(facts), encoding="utf-8")
    link = build.home.current(PROVINCE)
    link.unlink(missing_ok=True)
    link.symlink_to(folder)


def tables_of(build: Build) -> dict[str, pl.DataFrame]:
    """Every table, its rows in an order of their own; raw views too."""
    with duckdb.connect(str(build.warehouse), read_only=True) as connection:
        listed = "SELECT table_schema || '.' || table_name FROM information_schema.tables ORDER BY 1"
        names = [name for (name,) in connection.execute(listed).fetchall()]
        return {name: connection.sql(f"SELECT * FROM {name} ORDER BY ALL").pl() for name in names}


Change = Callable[[Files], None]
OLD, SMALL, NEW = "学分学时登记_2017.csv", "学分学时登记_2021-补.csv", "学分学时登记_2021.csv"


def late_correction(files: Files) -> None:
    files[OLD][2] = files[OLD][2].replace(",县,", ",省,")


def school_moves(files: Files) -> None:
    files["学校.csv"][1] = files["学校.csv"][1].replace("460104", "469001")


def withdrawn(files: Files) -> None:
    del files[NEW][-1]


def some_new(files: Files) -> None:
    files[NEW] += [line.replace("R2021", "RN") for line in files[NEW][1:4]]


def same_key_elsewhere(files: Files) -> None:
    files["学分学时登记_2021-补.csv"].append(files[OLD][1])


def unreadable_cell(files: Files) -> None:
    files[NEW][2] = files[NEW][2].replace("2021-0", "二〇二一年某月")


def file_gone(files: Files) -> None:
    del files["学分学时登记_2021-补.csv"]


def file_renamed(files: Files) -> None:
    files["学分学时登记_2017-改.csv"] = files.pop(OLD)


def grows_large(files: Files) -> None:
    files["学分学时登记_2021-补.csv"] += [line.replace("R2021", "RG") for line in files[NEW][1:6]]


def without_a_column(files: Files) -> None:
    files[NEW] = [line.rpartition(",")[0] for line in files[NEW]]


def ratios_in_per_cent(files: Files) -> None:
    """In one file of two, so that bare figures of the other may be read otherwise as well."""
    files["网络学习进度.csv"] = [PROGRESS, *(f"E{n},{n},{n * 10 + 40}" for n in range(9))]


CHANGES: Sequence[Change] = (
    late_correction,
    school_moves,
    withdrawn,
    some_new,
    same_key_elsewhere,
    unreadable_cell,
    grows_large,
    without_a_column,
    ratios_in_per_cent,
    file_renamed,
    file_gone,
)


@pytest.fixture(scope="module")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose release lends its tables, made of `a_dump`."""
    place = tmp_path_factory.mktemp("typed")
    home = Home(place / "home").prepare()
    write(a_dump(), place / "dumps")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typed, "LARGE", LARGE)
        published(staged(home, place / "dumps", "first"))
    return place / "home"


def copy_of(first_night: Path, place: Path) -> Home:
    """The home with its link to the copied release."""
    home = Home(Path(shutil.copytree(first_night, place, symlinks=True)))
    link = home.current(PROVINCE)
    name = link.readlink().name
    link.unlink()
    link.symlink_to(home.releases(PROVINCE) / name)
    return home


def lend_nothing(home: Home) -> None:
    """Leaves what the last release is compared by, and takes what could be borrowed."""
    shutil.rmtree(home.typed(PROVINCE))
    path = home.current(PROVINCE) / "manifest.json"
    facts = json.loads(path.read_text(encoding="utf-8"))
    del facts["keys"]
    path.write_text(json.dumps(facts), encoding="utf-8")


@given(st.lists(st.sampled_from(CHANGES), min_size=1, max_size=4, unique=True))
@settings(max_examples=8)
def test_a_night_that_borrows_gives_what_a_fresh_one_gives(
    first_night: Path, tmp_path_factory: pytest.TempPathFactory, changes: Sequence[Change]
) -> None:
    files = a_dump()
    for change in sorted(changes, key=CHANGES.index):
        change(files)
    place = tmp_path_factory.mktemp("night")
    write(files, place / "dumps")
    borrowing, fresh = (copy_of(first_night, place / name) for name in ("borrowing", "fresh"))
    lend_nothing(fresh)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typed, "LARGE", LARGE)
        ours = tables_of(staged(borrowing, place / "dumps", "second"))
        patch.setattr(typed, "LARGE", 10**9)  # all files of a table typed together
        theirs = tables_of(staged(fresh, place / "dumps", "second"))
    assert ours.keys() == theirs.keys()
    for table in ours:
        assert ours[table].equals(theirs[table]), f"{table}\n{ours[table]}\n{theirs[table]}"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """Of each lot that is typed meanwhile, its files."""
    monkeypatch.setattr(typed, "LARGE", LARGE)
    found: list[set[str]] = []
    kept = typed.stage

    def stage(sheets: Sequence[LandedSheet], *others: Any) -> Staged:
        found.append({sheet.file for sheet in sheets})
        return kept(sheets, *others)

    monkeypatch.setattr(typed, "stage", stage)
    return found


def test_only_the_file_that_grew_is_typed_and_loaded(
    first_night: Path, tmp_path: Path, calls: list[set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, files = copy_of(first_night, tmp_path / "home"), a_dump()
    some_new(files)
    write(files, tmp_path / "dumps")
    changed: list[tuple[str, Sequence[str], int]] = []
    change = warehouse.Loading.change

    def noted(
        loading: warehouse.Loading, table: str, kept: warehouse.Kept, new: Sequence[Path], differing: Path
    ) -> None:
        changed.append((table, kept.values, len(new)))
        change(loading, table, kept, new, differing)

    monkeypatch.setattr(warehouse.Loading, "change", noted)
    staged(home, tmp_path / "dumps", "second")
    assert calls == [{SMALL}, {NEW}]
    assert changed == [("staging.credit_record", [OLD, SMALL], 1)]


def test_of_a_file_read_again_the_rows_that_differ_are_told_whatever_line_they_stand_on(
    first_night: Path, tmp_path: Path
) -> None:
    home, files = copy_of(first_night, tmp_path / "home"), a_dump()
    school_moves(files)
    files["学校.csv"].insert(2, files["学校.csv"].pop())
    write(files, tmp_path / "dumps")
    build = staged(home, tmp_path / "dumps", "second")
    rows = parts.differing(build, "staging.school")
    assert rows is not None
    assert sorted(rows.select("school_id", "unit_id").collect().rows()) == [
        ("3146000000", "460104"),
        ("3146000000", "469001"),
    ]
    assert parts.differing(build, "staging.project") is None


def test_kept_rows_that_rotted_are_typed_again(first_night: Path, tmp_path: Path, calls: list[set[str]]) -> None:
    home, files = copy_of(first_night, tmp_path / "home"), a_dump()
    some_new(files)
    write(files, tmp_path / "dumps")
    for path in home.typed(PROVINCE).glob("credit_record-*.rows.parquet"):
        path.write_bytes(path.read_bytes()[:-1])
    staged(home, tmp_path / "dumps", "second")
    assert {OLD} in calls


def test_what_tonight_was_not_made_of_is_forgotten(first_night: Path, tmp_path: Path, calls: list[set[str]]) -> None:
    home, files = copy_of(first_night, tmp_path / "home"), a_dump()
    before = {path.name for path in home.typed(PROVINCE).iterdir()}
    late_correction(files)
    write(files, tmp_path / "dumps")
    staged(home, tmp_path / "dumps", "second")
    after = {path.name for path in home.typed(PROVINCE).iterdir()}
    assert calls == [{OLD}, {SMALL}]
    assert len(after) == len(before)
    assert len(after - before) == 3
