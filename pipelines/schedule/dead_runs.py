"""Runs that Dagster still takes for alive although their process is gone: killed, or down with its machine.

Belongs here: ending them in Dagster's books, so that no queue waits for them. What such a night left on disk is swept
by the next one (io/release.py).
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg

from pipelines.assets.specs import token_of
from pipelines.release.build import is_abandoned
from pipelines.release.home import Home
from pipelines.schedule.jobs import FOLLOWED_TAG

STARTING = timedelta(minutes=1)
"""A run this young may not have come to its build folder yet."""
ALIVE = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
CAUSE = "运行的进程已经不在（断电、被杀或机器重启）"


def end_dead_runs(home: Home, instance: dg.DagsterInstance) -> list[str]:
    """Ends the dead runs of every province, and returns the provinces; the sensor for broken nights tells of them."""
    dead = [(province, run) for province, run in _dead(home, instance)]
    for _, run in dead:
        instance.report_run_failed(run, CAUSE)
    return [province for province, _ in dead]


def follow_dead_runs(home: Home, instance: dg.DagsterInstance, province: str) -> None:
    """Ends the dead runs of a province whose next night begins now: what comes of that night is told instead."""
    for other, run in _dead(home, instance):
        if other == province:
            instance.add_run_tags(run.run_id, {FOLLOWED_TAG: "yes"})
            instance.report_run_failed(run, CAUSE)


def _dead(home: Home, instance: dg.DagsterInstance) -> Iterator[tuple[str, dg.DagsterRun]]:
    """Runs of one province that left their folder to nobody, or that have none and had time to make one."""
    for record in instance.get_run_records(dg.RunsFilter(statuses=ALIVE)):
        run = record.dagster_run
        province = run.tags.get("dagster/partition")
        if province is None:
            continue
        token = token_of(run.run_id)
        old = datetime.now(UTC) - record.create_timestamp.astimezone(UTC) > STARTING
        has_folder = (home.building / f"{province}-{token}").exists()
        if is_abandoned(home, province, token) or (old and not has_folder):
            yield province, run
