"""When nights happen: the nightly job, its schedule, and a sensor for new dump folders."""

import time
from collections.abc import Iterator

import dagster as dg

from pipelines.assets.specs import PROVINCES
from pipelines.io import release
from pipelines.io.reading import find_snapshot
from pipelines.refusal import fail_night
from pipelines.settings import Deployment

NIGHT_TAG = "shixun/province"
"""Runs of the same province queue behind each other (see dagster.yaml)."""
RETRY_TAG = "dagster/retry_strategy"
FUTURE_SECONDS = 86_400
"""A file dated further ahead was written under a wrong clock: nobody waits for its day to come."""
SETTLED_SECONDS = 60
"""A dump whose files changed within this time may still be being written."""

nightly = dg.define_asset_job(
    "nightly",
    selection=dg.AssetSelection.all(),
    description="一个省的一夜：读转储、入仓、计算、判定、检查、发布",
    executor_def=dg.in_process_executor,
)


def night_run(province: str, run_key: str | None = None) -> dg.RunRequest:
    """One night; tried again after its worker was lost it starts over, for what it had made is swept away."""
    tags = {NIGHT_TAG: province, RETRY_TAG: "ALL_STEPS"}
    return dg.RunRequest(run_key=run_key, partition_key=province, tags=tags)


@dg.schedule(
    job=nightly,
    cron_schedule="0 2 * * *",
    execution_timezone="Asia/Shanghai",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="每天北京时间 02:00，各省各跑一夜",
)
def every_night(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
    """One run a province."""
    day = context.scheduled_execution_time.date().isoformat()
    for province in PROVINCES.get_partition_keys():
        yield night_run(province, run_key=f"{province}-{day}")


@dg.sensor(
    job=nightly,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="转储目录里出现新的日期文件夹（或其中的文件变了）就跑一夜",
)
def new_dump(deployment: Deployment) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """One run for each snapshot not seen before, once its files have stopped changing."""
    settled = time.time_ns() - SETTLED_SECONDS * 1_000_000_000
    found = False
    for province in PROVINCES.get_partition_keys():
        snapshot = find_snapshot(deployment.dump_folder, province)
        if snapshot is None or not snapshot.files:
            continue
        newest = max(file.seen.modified_ns for file in snapshot.files)
        if settled < newest < settled + FUTURE_SECONDS * 1_000_000_000:
            continue
        found = True
        size = sum(file.size for file in snapshot.files)
        yield night_run(province, run_key=f"{province}-{snapshot.date}-{len(snapshot.files)}-{size}-{newest}")
    if not found:
        yield dg.SkipReason(f"{deployment.dump_folder} 下没有新的、已写完的转储")


@dg.run_failure_sensor(
    monitored_jobs=[nightly],
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="一夜没有跑完（不是被闸门拦下）时，记入 nights.jsonl 并按设置通知",
)
def broken_night(context: dg.RunFailureSensorContext, deployment: Deployment) -> None:
    """Ends a run that broke outside the gate, so that somebody hears of it; refused nights ended themselves."""
    province = context.dagster_run.tags.get(NIGHT_TAG)
    if province is None:
        return
    token = context.dagster_run.run_id[:8]
    refused = release.refusal(deployment.data_home, province)
    if not (refused and refused["run"] == f"{province}-{token}"):
        fail_night(release.start(deployment.data_home, province, token), [context.failure_event.message or "原因不明"])
