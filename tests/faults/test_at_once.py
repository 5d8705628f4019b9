"""Two at the same thing: nights on one home, and a platform that still writes the dump that is being read."""

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result

from pipelines.ingest.landing import land
from pipelines.release.home import Home
from tests.faults.looking import accepted, insist_tidy, insist_told, insist_whole
from tests.faults.scale import FULL
from tests.faults.test_killed import night_of
from tests.night.running import PROVINCE

pytestmark = [pytest.mark.night, pytest.mark.faults]


def test_of_two_nights_at_once_one_waits_and_says_so(home: Path, dumps: Path, snapshot: Path) -> None:
    rows = accepted(home)
    path = next(snapshot.glob("学校*.csv"))
    path.write_text(path.read_text("utf-8") + "\n", encoding="utf-8")
    nights = [
        subprocess.Popen(night_of(dumps, home), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(2)
    ]
    told = [night.communicate()[0] for night in nights]
    assert [night.returncode for night in nights] == [0, 0], told
    assert sum("等它结束再开始" in output for output in told) == 1
    assert not any("Traceback" in output for output in told)
    insist_whole(home)
    insist_tidy(home)
    assert accepted(home) == rows


@contextmanager
def being_written(path: Path) -> Iterator[None]:
    """Somebody adds empty lines to a file all the while."""
    done = threading.Event()

    def write() -> None:
        with path.open("ab", buffering=0) as stream:
            while not done.is_set():
                stream.write(b"\n")
                time.sleep(0.001)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        done.set()
        writer.join()


def test_a_dump_that_changes_while_it_is_read_is_refused(dumps: Path, snapshot: Path, tmp_path: Path) -> None:
    home = Home(tmp_path / "fresh").prepare()
    path = next(snapshot.glob("考勤*.csv"))
    with being_written(path):
        landed = land(home, dumps, PROVINCE)
    assert [problem.reason_code for problem in landed.problems] == ["changed_while_read"]
    assert path.name in landed.problems[0].reason
    assert path.name not in {part.label for part in landed.parts}
    assert len(list(home.raw.glob("*.parquet"))) == len({part.sha256 for part in landed.parts})


@pytest.mark.parametrize("table", ["教师信息", "学校", "培训项目"] if FULL else ["教师信息"])
def test_a_night_over_a_changing_dump_keeps_the_last_release(
    table: str, refresh: Callable[..., Result], home: Path, snapshot: Path
) -> None:
    before, rows = insist_whole(home), accepted(home)
    path = next(snapshot.glob(f"{table}.csv"))
    with being_written(path):
        result = refresh()
    assert result.exit_code == 3, result.output
    insist_told(result, "发生了变化", table)
    assert insist_whole(home) == before
    if FULL:
        result = refresh()
        assert result.exit_code == 0, result.output
    assert accepted(home) == rows
