"""The sensor asks for a night once a dump has been delivered whole, whatever times its files bear."""

import os
import zipfile
from pathlib import Path

import dagster as dg
import pytest

from pipelines.assets.specs import Deployment
from pipelines.definitions import definitions
from pipelines.schedule import delivery, jobs

PROVINCE = "460000"
MINUTE, DAY = 60, 86_400
SECOND = 1_000_000_000


class Clock:
    """The time as the sensor tells it, hours after the files of the test were really written."""

    def __init__(self) -> None:
        self.now = 0

    def time_ns(self) -> int:
        return self.now


class Sensor:
    """The sensor with its cursor, tick after tick."""

    def __init__(self, dumps: Path, clock: Clock) -> None:
        self.deployment = Deployment(home=str(dumps / "home"), dumps=str(dumps))
        self.defs = definitions(self.deployment)
        self.clock = clock
        self.cursor: str | None = None

    def tick(self, after: int) -> list[str]:
        self.clock.now += after * SECOND
        with (
            dg.DagsterInstance.ephemeral() as instance,
            dg.build_sensor_context(
                instance, self.cursor, definitions=self.defs, resources={"deployment": self.deployment}
            ) as context,
        ):
            found = self.defs.resolve_sensor_def("new_dump").evaluate_tick(context)
        self.cursor = found.cursor
        return [one.partition_key for one in found.run_requests or ()]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(jobs, "time", clock)
    return clock


@pytest.fixture
def file(tmp_path: Path, clock: Clock) -> Path:
    path = tmp_path / PROVINCE / "2021-11-30" / "学校.csv"
    path.parent.mkdir(parents=True)
    path.write_text("x\n", encoding="utf-8")
    clock.now = path.stat().st_ctime_ns
    return path


@pytest.fixture
def sensor(tmp_path: Path, clock: Clock) -> Sensor:
    return Sensor(tmp_path, clock)


def test_two_looks_a_minute_apart_must_see_the_same(file: Path, sensor: Sensor) -> None:
    assert sensor.tick(10 * MINUTE) == []
    assert sensor.tick(30) == []
    assert sensor.tick(30) == [PROVINCE]


@pytest.mark.parametrize("age", [10 * MINUTE, -5 * MINUTE, -2 * DAY, 3 * 365 * DAY], ids=str)
def test_times_that_a_copy_kept_say_nothing(file: Path, sensor: Sensor, clock: Clock, age: int) -> None:
    sensor.tick(10 * MINUTE)
    second = file.with_name("教师信息.csv")
    second.write_text("y\n", encoding="utf-8")
    written = second.stat().st_ctime_ns // SECOND - age
    os.utime(second, (written, written))
    clock.now = second.stat().st_ctime_ns
    assert sensor.tick(56) == []
    assert sensor.tick(30) == []
    assert sensor.tick(40) == [PROVINCE]


def test_what_grows_hidden_beside_the_files_is_waited_for(file: Path, sensor: Sensor) -> None:
    """rsync writes into a hidden file and renames it at the end."""
    sensor.tick(10 * MINUTE)
    growing = file.with_name(".教师信息.csv.Xa81bQ")
    for _ in range(3):
        with growing.open("a", encoding="utf-8") as handle:
            handle.write("y" * 1000)
        assert sensor.tick(MINUTE) == []
    growing.rename(file.with_name("教师信息.csv"))
    assert sensor.tick(MINUTE) == []
    assert sensor.tick(MINUTE) == [PROVINCE]


def test_unzipped_files_of_last_year_are_waited_for_too(file: Path, sensor: Sensor, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.csv", (2020, 1, 1, 0, 0, 0)), "x\n")
    sensor.tick(10 * MINUTE)
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        archive.extractall(file.parent)
    os.utime(file.parent / "a.csv", (1_577_836_800, 1_577_836_800))
    assert sensor.tick(MINUTE) == []


def test_a_clock_set_back_begins_the_waiting_anew(file: Path, sensor: Sensor) -> None:
    sensor.tick(10 * MINUTE)
    assert sensor.tick(-DAY) == []
    assert sensor.tick(2 * MINUTE) == [PROVINCE]


def test_a_marker_file_is_waited_for_where_a_deployment_names_one(
    file: Path, sensor: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHIXUN_DUMP_DONE", "_SUCCESS")
    assert sensor.tick(DAY) == []
    assert sensor.tick(DAY) == []
    (file.parent / "_SUCCESS").touch()
    assert sensor.tick(1) == [PROVINCE]


def test_a_file_that_changes_again_is_another_dump(file: Path, clock: Clock, tmp_path: Path) -> None:
    first = delivery.look(file.parent, 0, None)
    file.write_text("z\n", encoding="utf-8")
    assert delivery.look(file.parent, 1, first).state != first.state
