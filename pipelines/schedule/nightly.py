"""One night from the command line: the same Dagster job, province after province, and what came of each.

Belongs here: running the job over several provinces in this process. One province's night is in one_province.py,
processes beside each other in side_by_side.py.
"""

from collections.abc import Sequence

import dagster as dg

from models.night import Asked
from pipelines.release.home import Home
from pipelines.schedule.dagster_home import instance_at, prepare_dagster
from pipelines.schedule.one_province import Outcome, run_province
from pipelines.schedule.stopping import stopped_at_once

STOPPED = "已中断：没有做完的省沿用上一次发布，读者不受影响；再运行一次即可，读过的文件不必重读。"


def run_night(
    home: Home, job: dg.JobDefinition, provinces: Sequence[str], asked: Asked, stopped: str = STOPPED
) -> list[Outcome]:
    """Runs every province by itself: one province's bad night leaves the others' untouched.

    stopped: what is said when a signal stops it.
    """
    home.prepare()
    with home.locked("dagster"):  # of two nights that find no stores, one makes them
        opened = instance_at(prepare_dagster(home))
    with opened as instance, stopped_at_once(stopped):
        return [run_province(home, job, instance, province, asked) for province in provinces]
