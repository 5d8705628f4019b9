"""Dagster's daemon for real: the schedule and the sensors tick, runs are queued and launched, nights are told."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.remote_origin import RemoteInstigatorOrigin, RemoteRepositoryOrigin
from dagster._core.scheduler.instigation import InstigatorState, InstigatorStatus, ScheduleInstigatorData
from dagster._core.workspace.load_target import ModuleTarget

from tests.night.running import PROVINCE, shixun

pytestmark = pytest.mark.night
BROKEN = "500000"
PATIENCE_SECONDS = 600
LOCATION = ("-m", "pipelines.definitions")
DONE = "_SUCCESS"


def environment(home: Path, dumps: Path) -> dict[str, str]:
    told = {"SHIXUN_HOME": home, "SHIXUN_DUMPS": dumps, "DAGSTER_HOME": home / "dagster"}
    return {**os.environ, **{name: str(path) for name, path in told.items()}, "SHIXUN_DUMP_DONE": DONE}


@contextmanager
def daemon(home: Path, dumps: Path) -> Iterator[None]:
    """The daemon as the service runs it; its children end with it."""
    command = [sys.executable, "-m", "dagster._daemon", "run", *LOCATION]
    with (home / "daemon.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment(home, dumps), stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def wait_for(found: Callable[[], bool], home: Path) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not found():
        assert time.monotonic() < until, (home / "daemon.log").read_text("utf-8")[-4000:]
        time.sleep(0.5)


def nights(home: Path) -> list[tuple[str, str]]:
    lines = (home / "nights.jsonl").read_text("utf-8").splitlines()
    return [(night["province"], night["ending"]) for night in map(json.loads, lines)]


def missed_since_yesterday(home: Path) -> None:
    """The schedule as it stands after a day in which the daemon was down: its last 02:00 is still due."""
    (location,) = ModuleTarget(LOCATION[1], None, str(Path.cwd()), None).create_origins()
    schedule = RemoteInstigatorOrigin(RemoteRepositoryOrigin(location, "__repository__"), "every_night")
    yesterday = (datetime.now().astimezone() - timedelta(hours=24)).timestamp()
    since_yesterday = ScheduleInstigatorData("0 2 * * *", yesterday)
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        assert not instance.all_instigator_state()
        instance.add_instigator_state(
            InstigatorState(schedule, InstigatorType.SCHEDULE, InstigatorStatus.RUNNING, since_yesterday)
        )


def test_schedule_and_sensors_tick(home: Path, dumps: Path) -> None:
    """A dump delivered whole is run by the sensor, every province by the schedule, and a night that breaks is told."""
    fresh = dumps / BROKEN / "2021-11-30" / "学校.csv"
    fresh.parent.mkdir(parents=True)
    fresh.write_text("学校编号\n", encoding="utf-8")
    (max((dumps / PROVINCE).iterdir()) / DONE).touch()  # the other has none, so that only the schedule takes it
    (home / "building" / f"{BROKEN}-rotten" / ".lock").mkdir(parents=True)  # a lock that is a folder cannot be opened
    assert shixun("prepare", "--home", home).exit_code == 0
    missed_since_yesterday(home)
    before = len(nights(home))
    with daemon(home, dumps):
        wait_for(lambda: len(nights(home)) == before + 3, home)
    assert sorted(nights(home)[before:]) == [(PROVINCE, "unchanged"), (PROVINCE, "unchanged"), (BROKEN, "failed")]
    told = shixun("doctor", "--home", home).output
    assert "心跳" in told
    assert f"{BROKEN} 最近一夜" in told
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        runs = instance.get_runs()
    assert {run.tags.get("dagster/schedule_name") or run.tags["dagster/sensor_name"] for run in runs[:3]} == {
        "every_night",
        "new_dump",
    }
