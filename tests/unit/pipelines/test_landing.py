"""A snapshot lands every night with the same notes, and what could not be read is told with its table."""

import json
from datetime import date
from pathlib import Path

import pytest

from models.contracts import contract
from models.night import Asked
from pipelines.ingest import landing
from pipelines.ingest.staging import _gone
from pipelines.release.home import Home

PROVINCE = "460000"
TEACHERS = "教师编号,姓名,学校标识码\nT1,甲,3146000001\n"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").prepare()


@pytest.fixture
def dumps(tmp_path: Path) -> Path:
    folder = tmp_path / "dumps" / PROVINCE / "2021-11-30"
    folder.mkdir(parents=True)
    mixed = TEACHERS.encode("gb18030") + "T2,乙丙丁,3146000001\n".encode()
    (folder / "教师信息.csv").write_bytes(mixed)
    return tmp_path / "dumps"


def test_what_the_reader_noticed_is_told_on_every_night(home: Home, dumps: Path) -> None:
    nights = [landing.land(home, dumps, PROVINCE) for _ in range(2)]
    for landed in nights:
        (part,) = landed.parts
        assert [(told.table_name, told.reason_code) for told in part.problems()] == [("teacher", "mixed_encodings")]
        assert landing.Landed.from_json(json.loads(json.dumps(landed.as_json()))) == landed


def test_a_grid_of_an_earlier_reader_is_read_again(home: Home, dumps: Path) -> None:
    (part,) = landing.land(home, dumps, PROVINCE).parts
    note = (home.raw / part.grid).with_suffix(".json")
    note.write_text(json.dumps({**json.loads(note.read_text()), "reader": 1, "rows": 99}))
    assert landing.land(home, dumps, PROVINCE).parts[0].rows == 3


def test_files_of_known_tables_that_cannot_be_read_are_told_with_their_table(home: Home, dumps: Path) -> None:
    folder = dumps / PROVINCE / "2021-11-30"
    (folder / "学分学时登记_2019.xlsx").write_bytes(b"PK\3\4")
    (folder / "说明.txt").write_bytes(b"x")
    (folder / "经费.csv").symlink_to("/etc/hostname")
    landed = landing.land(home, dumps, PROVINCE)
    found = [(told.table_name, told.file, told.reason_code) for told in landed.unreadable()]
    assert sorted(found) == [
        ("credit_record", "学分学时登记_2019.xlsx", "truncated"),
        ("project_finance", "经费.csv", "link"),
    ]
    assert {told.kind for told in landed.problems} == {"file"}
    assert len(landed.problems) == 3


@pytest.mark.parametrize(
    "name",
    [
        "教师信息_作废.csv",
        "教师信息（旧）.csv",
        "教师信息_bak.csv",
        "教师信息 - 副本.csv",
        "教师信息模板.csv",
        "教师信息-test.csv",
    ],
)
def test_a_file_whose_name_says_that_it_does_not_count(home: Home, dumps: Path, name: str) -> None:
    """Beside another file of its table it may count or not; alone it is the table."""
    folder = dumps / PROVINCE / "2021-11-30"
    (folder / name).write_text(TEACHERS)
    landed = landing.land(home, dumps, PROVINCE)
    assert [part.label for part in landed.parts] == ["教师信息.csv"]
    assert [(told.reason_code, told.file) for told in landed.problems] == [("set_aside", name)]
    assert landed.unreadable() == []
    (folder / "教师信息.csv").unlink()
    assert [part.label for part in landing.land(home, dumps, PROVINCE).parts] == [name]


@pytest.mark.parametrize("name", ["教师信息-旧州镇.csv", "教师信息(1).csv", "教师信息-2.csv", "教师信息_latest.csv"])
def test_a_part_by_any_other_name_is_one(home: Home, dumps: Path, name: str) -> None:
    (dumps / PROVINCE / "2021-11-30" / name).write_text(TEACHERS)
    assert len(landing.land(home, dumps, PROVINCE).parts) == 2


def test_a_day_to_come_outranks_no_other(home: Home, dumps: Path) -> None:
    (dumps / PROVINCE / "2091-01-01").mkdir()
    (dumps / PROVINCE / "2091-01-01" / "教师信息.csv").write_text(TEACHERS)
    assert landing.land(home, dumps, PROVINCE).as_of == date(2091, 1, 1)
    landed = landing.land(home, dumps, PROVINCE, date(2021, 12, 1))
    assert landed.as_of == date(2021, 11, 30)
    assert [told.reason_code for told in landed.problems] == ["future_date"]


def test_an_older_day_is_read_when_it_is_asked_for(home: Home, dumps: Path) -> None:
    newest = dumps / PROVINCE / "2021-12-31"
    newest.mkdir()
    (newest / "教师信息.csv").write_text(TEACHERS)
    (dumps / PROVINCE / "说明.txt").write_text("x")
    asked = Asked(snapshot=date(2021, 11, 30))
    landed = landing.land(home, dumps, PROVINCE, date(2021, 12, 31), asked)
    assert (landed.as_of, [part.rows for part in landed.parts], landed.problems) == (date(2021, 11, 30), [3], [])


@pytest.mark.parametrize("day", ["2021-11-29", "2021-12-01", "2091-01-01"])
def test_a_day_without_a_folder_is_told_as_such(home: Home, dumps: Path, day: str) -> None:
    for province in (PROVINCE, "500000"):
        with pytest.raises(landing.NoSuchDump, match=f"{province} 下没有 {day} 的转储文件夹"):
            landing.land(home, dumps, province, None, Asked(snapshot=date.fromisoformat(day)))


def test_an_older_day_than_readers_have_is_told(home: Home, dumps: Path) -> None:
    release = home.releases(PROVINCE) / "r"
    release.mkdir(parents=True)
    (release / "manifest.json").write_text(json.dumps({"as_of": "2021-11-30", "release": "r", "outputs": {"x": "y"}}))
    home.current(PROVINCE).parent.mkdir(exist_ok=True)
    home.current(PROVINCE).symlink_to(release)
    for as_of, told in ((None, []), (date(2021, 11, 29), ["older_snapshot"]), (date(2022, 1, 1), [])):
        landed = landing.land(home, dumps, PROVINCE, None, Asked(as_of=as_of))
        assert [remark.reason_code for remark in landed.remarks] == told
    assert (
        "读者看到的是较早的一天"
        in landing.land(home, dumps, PROVINCE, None, Asked(as_of=date(2021, 1, 1))).remarks[0].reason
    )


def test_columns_that_the_last_release_had_are_missed(home: Home, dumps: Path) -> None:
    (part,) = landing.land(home, dumps, PROVINCE).parts
    teacher = contract("staging", "teacher")
    (told,) = _gone(teacher, [part], ["name", "teacher_id"], ["name", "stage", "teacher_id"])
    assert (told.column_name, told.reason_code) == ("stage", "column_gone")
    assert "任教学段" in told.reason
    assert _gone(teacher, [], [], ["name"]) == []
