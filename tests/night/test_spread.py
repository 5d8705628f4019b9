"""A night over several machines: the executor is configuration, each province a step, a bad one stays alone."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from pipelines.assets.specs import Deployment
from pipelines.definitions import definitions
from pipelines.release.home import Home
from pipelines.schedule.spread import JOB, ExecutorUnusable, spread_job
from tests.night.running import PROVINCE, shixun

pytestmark = pytest.mark.night
ELSEWHERE = "500000"


def choose(home: Path, text: str) -> None:
    (home / "dagster").mkdir(parents=True, exist_ok=True)
    (home / "dagster" / "executor.yaml").write_text(text, encoding="utf-8")


def asked_by_the_schedule(home: Path, dumps: Path) -> Sequence[dg.RunRequest]:
    deployment = Deployment(home=str(home), dumps=str(dumps))
    defs = definitions(deployment, spread_job(Home(home)))
    schedule = defs.resolve_schedule_def("every_night")
    at = datetime(2021, 12, 1, 2, tzinfo=ZoneInfo("Asia/Shanghai"))
    context = dg.build_schedule_context(
        scheduled_execution_time=at, resources={"deployment": deployment}, repository_def=defs.get_repository_def()
    )
    return schedule.evaluate_tick(context).run_requests or ()


def test_the_executor_is_a_file(tmp_path: Path) -> None:
    dumps = tmp_path / "dumps"
    for province in (PROVINCE, ELSEWHERE):
        (dumps / province).mkdir(parents=True)
    alone = asked_by_the_schedule(tmp_path, dumps)
    assert [request.partition_key for request in alone] == [PROVINCE, ELSEWHERE]
    choose(tmp_path, "executor: dagster.multiprocess_executor\nconfig: {max_concurrent: 1}\n")
    (together,) = asked_by_the_schedule(tmp_path, dumps)
    assert together.tags["shixun/provinces"] == f"{PROVINCE},{ELSEWHERE}"
    job = spread_job(Home(tmp_path))
    assert job is not None
    assert job.executor_def.name == "multiprocess"


@pytest.mark.parametrize(
    "text",
    ["executor: dagster_nowhere.executor", "executor: dagster.AssetKey", "executer: typo", "executor: [", "- list"],
)
def test_a_wrong_choice_is_said_with_the_file(tmp_path: Path, text: str) -> None:
    choose(tmp_path, text)
    with pytest.raises(ExecutorUnusable, match=r"executor\.yaml"):
        spread_job(Home(tmp_path))


def test_provinces_are_steps_of_one_run_in_processes_of_their_own(home: Path, dumps: Path) -> None:
    """On Dagster's multiprocess executor: what Dask, Celery and Kubernetes get is the same job."""
    assert shixun("prepare", "--home", home).exit_code == 0
    choose(home, "executor: dagster.multiprocess_executor\n")
    command = [sys.executable, "-m", "dagster", "job", "execute", "-m", "pipelines.definitions", "-j", JOB]
    command += ["--tags", json.dumps({"shixun/provinces": f"{PROVINCE},{ELSEWHERE}"})]
    told = {"SHIXUN_HOME": home, "SHIXUN_DUMPS": dumps, "DAGSTER_HOME": home / "dagster"}
    environment = {**os.environ, **{name: str(path) for name, path in told.items()}}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in (home / "nights.jsonl").read_text("utf-8").splitlines()][1:]
    endings = {line["province"]: line["ending"] for line in lines}
    assert endings == {PROVINCE: "unchanged", ELSEWHERE: "no_dump"}, result.stderr[-4000:]
    assert result.returncode != 0, "a province without a dump fails its own step, and the run says so"
