"""The sensor asks for a night once a dump has settled, even when it was written under a wrong clock."""

import os
import time
from pathlib import Path

import dagster as dg
import pytest

from pipelines.assets.specs import Deployment
from pipelines.schedule.jobs import ONE_MACHINE, new_dump

PROVINCE = "460000"
MINUTE, DAY = 60, 86_400


@pytest.mark.parametrize(
    ("age", "asked"),
    [(10 * MINUTE, [PROVINCE]), (0, []), (-5 * MINUTE, []), (-2 * DAY, [PROVINCE])],
    ids=["settled", "being written", "a server's clock is ahead", "dated in the future"],
)
def test_a_dump_is_waited_for_while_it_may_still_be_written(tmp_path: Path, age: int, asked: list[str]) -> None:
    path = tmp_path / PROVINCE / "2021-11-30" / "学校.csv"
    path.parent.mkdir(parents=True)
    path.write_text("x\n", encoding="utf-8")
    written = time.time() - age
    os.utime(path, (written, written))
    deployment = Deployment(home=str(tmp_path / "home"), dumps=str(tmp_path))
    found = new_dump(ONE_MACHINE)(deployment=deployment)
    assert [one.partition_key for one in found if isinstance(one, dg.RunRequest)] == asked
