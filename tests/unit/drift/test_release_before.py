"""Which release a night is compared with, whatever lies in the home."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from models.contracts import contract
from pipelines.release import drifting, warehouse
from pipelines.release.build import Build, discard_build, start_build
from pipelines.release.home import Home

PROVINCE = "460000"


def release(home: Home, name: str, as_of: str, tables: tuple[str, ...] = drifting.TABLES) -> Path:
    """A published release with empty accounts, newer by its file time than those made before."""
    folder = home.releases(PROVINCE) / name
    folder.mkdir(parents=True)
    facts = {"release": name, "outputs": {"warehouse.duckdb": ""}, "as_of": as_of, "versions": {}, "dumps": []}
    (folder / "manifest.json").write_text(json.dumps(facts), "utf-8")
    warehouse.create(folder / "warehouse.duckdb")
    for table in tables:
        path = folder / f"{table}.parquet"
        pl.DataFrame(schema=contract("audit", table.removeprefix("audit.")).schema()).write_parquet(path)
        warehouse.load(folder / "warehouse.duckdb", [(table, path)])
    made = len(list(home.releases(PROVINCE).iterdir()))
    os.utime(folder, (1_000_000 + made, 1_000_000 + made))
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path / "home").prepare()
    yield made
    for folder in made.building.glob(f"{PROVINCE}-*"):
        discard_build(Build(made, PROVINCE, folder))


def tonight(home: Home, as_of: str, name: str = "tonight") -> Build:
    build = start_build(home, PROVINCE, as_of)
    build.note("night", {"as_of": as_of, "release": name, "versions": {}, "unchanged": False})
    return build


def before(home: Home, as_of: str, name: str = "tonight") -> str | None:
    base = drifting._base(tonight(home, as_of, name))
    return base.folder.name if base else None


def test_a_first_night_has_none(home: Home) -> None:
    assert before(home, "2021-12-01") is None


def test_the_newest_snapshot_that_is_not_younger(home: Home) -> None:
    release(home, "a", "2021-11-30")
    release(home, "c", "2021-12-02")
    release(home, "b", "2021-12-01")  # made up for later
    assert before(home, "2021-12-05") == "c"
    assert before(home, "2021-12-01") == "b"
    assert before(home, "2021-11-30") == "a"
    assert before(home, "2021-11-29") is None
    assert drifting._base(tonight(home, "2021-12-05")).between(tonight(home, "2021-12-05")).days == 3


def test_a_release_made_again_is_not_compared_with_itself(home: Home) -> None:
    release(home, "a", "2021-11-30")
    release(home, "b", "2021-12-01")
    assert before(home, "2021-12-01", "b") == "a"


def test_other_bytes_or_other_law_of_the_same_day_are_compared(home: Home) -> None:
    release(home, "a", "2021-12-01")
    assert before(home, "2021-12-01", "b") == "a"


def test_what_is_older_than_this_account_or_rotten_is_passed_over(home: Home) -> None:
    release(home, "good", "2021-11-29")
    release(home, "of an older version", "2021-11-30", tables=("audit.drift",))
    (release(home, "rotten", "2021-12-01") / "warehouse.duckdb").write_bytes(b"no database")
    (release(home, "no manifest", "2021-12-02") / "manifest.json").unlink()
    assert before(home, "2021-12-03") == "good"


def test_tables_of_another_version_are_read_as_far_as_they_go(home: Home) -> None:
    path = release(home, "a", "2021-11-30") / "warehouse.duckdb"
    wanted = pl.Schema({"night": pl.Date(), "invented": pl.Float64()})
    assert drifting._read(path, drifting.PAST, wanted).schema == wanted


def law(identifier: str, digest: str) -> dict[str, str]:
    return {"id": identifier, "title": f"{identifier}办法", "sha256": digest, "text_sha256": ""}


def test_which_documents_differ(home: Home) -> None:
    build = tonight(home, "2021-12-01")
    build.note("night", build.facts | {"law": [law("甲", "1"), law("乙", "2")], "versions": {"code": "b"}})
    build.note("dumps", [{"path": "2021-12-01/教师.csv", "sha256": "x", "size": 1, "rows": 1}])
    dumps = [{"path": "2021-11-30/教师.csv", "sha256": "x"}]
    known = {"law": [law("甲", "0"), law("丙", "3")], "versions": {"code": "a", "policies": "p"}, "dumps": dumps}
    found = drifting._law(build, known)
    assert found.documents == {"《丙办法》": "不再收入", "《乙办法》": "是新增的", "《甲办法》": "的内容已改"}
    assert (found.is_same_dump, found.is_other_program) == (True, True)
    assert drifting._law(build, known | {"law": build.facts["law"]}).documents == {}
    assert drifting._law(build, {"versions": {}, "dumps": []}).documents == {}
