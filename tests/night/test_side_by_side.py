"""Provinces side by side: the same releases as one after another, and no process outlives the command."""

import os
import signal
import subprocess
import time
from functools import partial
from pathlib import Path

import pytest

from pipelines.schedule import side_by_side
from pipelines.schedule.one_province import Ending, Outcome
from pipelines.schedule.side_by_side import NEEDED, NEEDED_A_BYTE, at_once, run_beside
from tests.night.conftest import Told, beside
from tests.night.running import ADDED_DUMPS

PROVINCES = ("460000", "500000")
pytestmark = pytest.mark.night


def test_each_is_published_or_not_by_itself_and_each_line_names_its_province(three_provinces: Told) -> None:
    assert three_provinces.exit_code == 3, three_provinces.progress
    for told in ("澄江省（990000）：已发布", "云浦省（980000）：已发布", "重庆市（500000）：没有可读的转储"):
        assert told in three_provinces.printed
    assert sorted(path.name for path in (three_provinces.home / "current").iterdir()) == ["980000", "990000"]
    lines = [line for line in three_provinces.progress.splitlines() if line.lstrip()[:1].isdigit() and "s  " in line]
    assert lines
    provinces = ("500000", "980000", "990000")
    assert all(any(f"s  {province}｜" in line for province in provinces) for line in lines)


def processes_below(parent: int) -> list[int]:
    lists = Path(f"/proc/{parent}/task").glob("*/children")
    children = [child for listed in lists for child in listed.read_text(encoding="ascii").split()]
    return [found for child in map(int, children) for found in (child, *processes_below(child))]


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_all_end_with_the_command(stop: signal.Signals, tmp_path: Path) -> None:
    with subprocess.Popen(beside(ADDED_DUMPS, tmp_path), stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        provinces = {path.name for path in ADDED_DUMPS.iterdir()}
        assert len(provinces) == 2
        seen = set()
        for line in running.stderr:
            seen |= {province for province in provinces if f"{province}｜" in line}
            if seen == provinces:
                break
        below = processes_below(running.pid)
        assert len(below) >= 2
        running.send_signal(stop)
        words = running.stderr.read()
        assert running.wait() == (-stop if stop is signal.SIGKILL else 128 + stop)
        until = time.monotonic() + 10
        while any(map(is_running, below)) and time.monotonic() < until:
            time.sleep(0.05)
        assert not [process for process in below if is_running(process)]
    assert words.count("已中断") == (0 if stop is signal.SIGKILL else 1)
    assert "Traceback" not in words


def _killed(province: str) -> Outcome:
    if province == "460000":
        os.kill(os.getpid(), signal.SIGKILL)
    return Outcome(province, Ending.PUBLISHED)


def _broken(error: type[Exception], province: str) -> Outcome:
    raise error(province)


def test_a_process_that_is_killed_costs_its_own_province_only() -> None:
    killed, other = run_beside(PROVINCES, 2, _killed)
    assert (killed.ending, other.ending) == (Ending.FAILED, Ending.PUBLISHED)
    assert "内存" in killed.reasons[0]


def test_an_error_over_there_is_raised_here() -> None:
    with pytest.raises(ValueError, match="460000"):
        run_beside(PROVINCES[:1], 1, partial(_broken, ValueError))


@pytest.mark.parametrize(
    ("free", "cores", "expected"), [(10**12, 64, 2), (10**12, 1, 1), (2 * NEEDED + 10**7, 64, 1), (0, 64, 1)]
)
def test_memory_and_cores_bound_how_many(tmp_path, monkeypatch, free, cores, expected):
    for province in PROVINCES:
        snapshot = tmp_path / province / "2021-11-30"
        snapshot.mkdir(parents=True)
        (snapshot / "教师信息.csv").write_bytes(b" " * 2_000_000)
    assert NEEDED_A_BYTE * 2_000_000 * 2 > 10**7
    monkeypatch.setattr(side_by_side, "free_memory", lambda: free)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)))
    assert at_once(tmp_path, PROVINCES) == expected
