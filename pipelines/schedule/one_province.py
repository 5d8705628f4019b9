"""One province's night in this process: the nightly job, run once, and what came of it.

Belongs here: running the job and telling the outcomes apart. Which provinces, one after another or on several
machines, is decided in nightly.py and spread.py; what a night does is in assets/.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from uuid import uuid4

import dagster as dg

from models.night import NOTHING_ASKED, Asked
from pipelines.assets.alone import WAITING
from pipelines.assets.breaking import MachineBroke
from pipelines.assets.raw import config_of
from pipelines.assets.specs import token_of
from pipelines.operations import journal, machine
from pipelines.operations.refusal import NO_DUMP, REFUSED, fail_night
from pipelines.release.build import start_build
from pipelines.release.home import Home
from pipelines.release.night_lock import end_night, hold_night
from pipelines.schedule.dead_runs import follow_dead_runs
from pipelines.schedule.jobs import NIGHT_TAG

log = logging.getLogger("shixun")


class Ending(Enum):
    """How a province's night ended."""

    PUBLISHED = "已发布"
    REFUSED = "闸门未放行"
    NO_DUMP = "没有可读的转储"
    FAILED = "未完成"
    SKIPPED = "没有这一天的转储，已跳过"


UNPUBLISHED = {REFUSED: Ending.REFUSED, NO_DUMP: Ending.NO_DUMP}
"""What the journal calls a night that was refused, and how that is told."""


@dataclass(frozen=True)
class Outcome:
    """What came of one province's night."""

    province: str
    ending: Ending
    release: str | None = None
    reasons: Sequence[str] = field(default_factory=list)


def run_province(
    home: Home, job: dg.JobDefinition, instance: dg.DagsterInstance, province: str, asked: Asked = NOTHING_ASKED
) -> Outcome:
    """Runs the nightly job for one province; a night that was not published is told as an outcome, not raised."""
    log.info("── %s ──", province)
    run_id = str(uuid4())
    try:
        hold_night(home, province, lambda who: log.warning(WAITING, province, who))
        follow_dead_runs(home, instance, province)
        result = job.execute_in_process(
            instance=instance,
            partition_key=province,
            tags={NIGHT_TAG: province},
            run_id=run_id,
            raise_on_error=False,
            run_config={**config_of(asked), "loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        if result.success and not result.get_asset_materialization_events():
            return Outcome(province, Ending.SKIPPED)
        if result.success:
            current = home.current_release(province)
            return Outcome(province, Ending.PUBLISHED, current.name if current else None)
        return _unpublished(home, result, province, run_id)
    except Exception as error:  # Dagster's own store lies in the home too: what hits it ends the run from outside
        sentence = machine.as_sentence(error)
        if sentence is None:
            raise
        return _broken(home, province, run_id, [sentence])
    finally:
        end_night(home, province)


def _unpublished(home: Home, result: dg.ExecuteInProcessResult, province: str, run_id: str) -> Outcome:
    """What came of a night whose run did not succeed."""
    told = journal.ending_of(home, f"{province}-{token_of(run_id)}")
    if told is not None and told["ending"] in UNPUBLISHED:
        return Outcome(province, UNPUBLISHED[told["ending"]], reasons=told["reasons"])
    return _broken(home, province, run_id, _causes(result))


def _broken(home: Home, province: str, run_id: str, causes: Sequence[str]) -> Outcome:
    """Ends a night that the machine or a fault of ours broke; on a full disk even that may not be written down."""
    try:
        fail_night(start_build(home, province, token_of(run_id)), causes)
    except OSError as error:
        log.warning("这一夜没有记入 nights.jsonl：%s", machine.as_sentence(error) or error)
    return Outcome(province, Ending.FAILED, reasons=causes)


def _causes(result: dg.ExecuteInProcessResult) -> list[str]:
    """Each failed step's innermost error, in one sentence."""
    causes = []
    for event in result.all_node_events:
        if not event.is_step_failure:
            continue
        error = event.step_failure_data.error
        while error and error.cause:
            error = error.cause
        words = error.message.strip() if error else "原因不明"
        kind = error.cls_name if error else None
        if kind == MachineBroke.__name__:
            causes.append(words.partition(": ")[2])
        else:
            causes.append(machine.sentence_for(words) or f"{event.step_key}：{words}")
    return causes or ["运行没有完成，详见 Dagster 日志"]
