"""When nights happen: the nightly job, its schedule, and a sensor for new dump folders.

Belongs here: what starts a night and what ends a broken one. Several machines are in spread.py.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.assets.specs import PROVINCES, Deployment, token_of
from pipelines.ingest.reading import find_snapshot
from pipelines.operations import journal
from pipelines.operations.refusal import fail_night
from pipelines.release.build import start_build
from pipelines.release.clock import now
from pipelines.release.home import Home
from pipelines.schedule.delivery import Look, is_delivered, look
from pipelines.settings import done_marker, night_at, row_change_limits

NIGHT_TAG = "shixun/province"
"""Runs of the same province queue behind each other (see dagster.yaml)."""
ASKED_TAG = "shixun/provinces"
"""The provinces one run over several machines is for, comma-separated."""
TOGETHER = "all"
"""NIGHT_TAG of runs for several provinces: they queue behind each other too."""
FOLLOWED_TAG = "shixun/followed"
"""On a run that died and whose province has begun its next night: nothing is told of it any more."""
STRATEGY = {"dagster/retry_strategy": "ALL_STEPS"}
"""A run that crashed is run again from its first step: its build folder went with it."""

nightly = dg.define_asset_job(
    "nightly",
    selection=dg.AssetSelection.all(),
    description="一个省的一夜：读转储、入仓、计算、判定、检查、发布",
    executor_def=dg.in_process_executor,
    tags=STRATEGY,
)


@dataclass(frozen=True)
class Launch:
    """How nights are started: which job, and the runs for provinces given with their run keys."""

    job: str
    runs: Callable[[Mapping[str, str]], Iterator[dg.RunRequest]]


def one_by_one(keys: Mapping[str, str]) -> Iterator[dg.RunRequest]:
    """A run of the nightly job for each province."""
    for province, key in keys.items():
        yield dg.RunRequest(run_key=key, partition_key=province, tags={NIGHT_TAG: province})


def together(keys: Mapping[str, str]) -> Iterator[dg.RunRequest]:
    """One run for all of them, each a step of its own."""
    tags = {NIGHT_TAG: TOGETHER, ASKED_TAG: ",".join(keys)}
    yield dg.RunRequest(run_key=hashlib.sha256("\n".join(keys.values()).encode()).hexdigest(), tags=tags)


ONE_MACHINE = Launch(nightly.name, one_by_one)


def expected_provinces(deployment: Deployment) -> list[str]:
    """Provinces with dumps, or with a night before this one: a folder that went missing is told, not passed over."""
    known = deployment.data_home.provinces()
    codes = PROVINCES.get_partition_keys()
    return [code for code in codes if code in known or (deployment.dump_folder / code).is_dir()]


def every_night(launch: Launch) -> dg.ScheduleDefinition:
    """The schedule: every province that has dumps, or had."""
    hour, minute = night_at()
    row_change_limits()  # what is wrong with it is said now, not at two in the morning

    @dg.schedule(
        name="every_night",
        job_name=launch.job,
        cron_schedule=f"{minute} {hour} * * *",
        execution_timezone="Asia/Shanghai",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"每天北京时间 {hour:02d}:{minute:02d}，各省各跑一夜",
    )
    def schedule(
        context: dg.ScheduleEvaluationContext, deployment: Deployment
    ) -> Iterator[dg.RunRequest | dg.SkipReason]:
        day = context.scheduled_execution_time.date().isoformat()
        keys = {province: f"{province}-{day}" for province in expected_provinces(deployment)}
        if keys:
            yield from launch.runs(keys)
        else:
            yield dg.SkipReason(f"{deployment.dump_folder} 下没有任何省的转储文件夹")

    return schedule


def new_dump(launch: Launch) -> dg.SensorDefinition:
    """The sensor for dumps not seen before, once they have been delivered whole."""

    @dg.sensor(
        name="new_dump",
        job_name=launch.job,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="转储目录里出现新的日期文件夹（或其中的文件变了）就跑一夜",
    )
    def sensor(context: dg.SensorEvaluationContext, deployment: Deployment) -> Iterator[dg.RunRequest | dg.SkipReason]:
        looks = _looks(deployment, context.cursor)
        context.update_cursor(json.dumps({province: asdict(seen) for province, (_, seen) in looks.items()}))
        keys = dict(_delivered(looks))
        if keys:
            yield from launch.runs(keys)
        else:
            yield dg.SkipReason(f"{deployment.dump_folder} 下没有新的、已写完的转储")

    return sensor


def _looks(deployment: Deployment, cursor: str | None) -> dict[str, tuple[Path, Look]]:
    """Each province's newest dump folder and what is seen of it now; the cursor holds what the last look saw."""
    before = {province: Look(**seen) for province, seen in json.loads(cursor or "{}").items()}
    looks = {}
    for province in PROVINCES.get_partition_keys():
        snapshot = find_snapshot(deployment.dump_folder, province, now().date())
        if snapshot is not None and snapshot.files:
            looks[province] = (snapshot.folder, look(snapshot.folder, time.time_ns(), before.get(province)))
    return looks


def _delivered(looks: Mapping[str, tuple[Path, Look]]) -> Iterator[tuple[str, str]]:
    """Each province whose dump is complete, and what names this state of it."""
    for province, (folder, seen) in looks.items():
        if is_delivered(folder, seen, time.time_ns(), done_marker()):
            yield province, f"{province}-{folder.name}-{seen.state[:16]}"


def broken_night(jobs: Sequence[Any]) -> dg.SensorDefinition:
    """The sensor that ends runs that broke, so that somebody hears of them."""

    @dg.run_failure_sensor(
        name="broken_night",
        monitored_jobs=list(jobs),
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=15,
        description="一夜没有跑完（不是被闸门拦下）时，记入 nights.jsonl 并按设置通知",
    )
    def sensor(context: dg.RunFailureSensorContext, deployment: Deployment) -> dg.SkipReason | None:
        run = context.dagster_run
        if run.remote_job_origin and run.tags.get("dagster/will_retry") == "true":
            return dg.SkipReason("这次运行会自动重跑")
        if FOLLOWED_TAG in run.tags:
            return dg.SkipReason("这个省已开始新的一夜")
        unended = list(_unended(context, deployment.data_home))
        cause = context.failure_event.message or "原因不明"
        for province in unended:
            fail_night(start_build(deployment.data_home, province, token_of(run.run_id)), [cause])
        return None if unended else dg.SkipReason("这一夜已记入 nights.jsonl")

    return sensor


def _unended(context: dg.RunFailureSensorContext, home: Home) -> Iterator[str]:
    """Provinces of a failed run whose night did not write its own line."""
    run = context.dagster_run
    asked = run.tags.get(ASKED_TAG)
    if asked is None:
        province = run.tags.get("dagster/partition")
        if province and not journal.has_ended(home, f"{province}-{token_of(run.run_id)}"):
            yield province
        return
    record = context.instance.get_run_record_by_id(run.run_id)
    began = record.start_time if record else None
    last = journal.last_nights(home)
    for province in asked.split(","):
        ended = last.get(province, {}).get("ended")
        if began is None or ended is None or datetime.fromisoformat(ended).timestamp() < began:
            yield province
