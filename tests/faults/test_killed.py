"""A night killed at any moment leaves readers their release, and the next night repairs what is left behind."""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from tests.faults.looking import accepted, insist_repaired, insist_whole
from tests.faults.scale import KILLS, KILLS_BEFORE_A_WHOLE_NIGHT
from tests.night.running import PROVINCE, night_of

pytestmark = [pytest.mark.night, pytest.mark.faults]
SEED = 20261122
SHARD = 50
STAGES = ("── ", "读取 ", "逐列规整", "检查 staging", "计算 core", "检查 core", "计算 marts", "逐条判定", "检查 marts")
STAGES += ("生成网页", "网页 ")
Timeline = list[tuple[float, str]]


def lines_of(night: subprocess.Popen[str]) -> Iterator[tuple[float, str]]:
    """The night's progress, each line with the seconds since its start."""
    assert night.stderr is not None
    began = time.monotonic()
    yield 0.0, ""
    for line in night.stderr:
        yield time.monotonic() - began, line


@dataclass(frozen=True)
class Moment:
    """A place in a night: after its n-th line of progress, and how far on to the next one (0 to 1)."""

    line: int
    fraction: float


def by_time(timeline: Timeline, chance: random.Random) -> Moment:
    """Any moment of the night as likely as any other."""
    return _at(timeline, chance.uniform(0, timeline[-1][0]))


def by_stage(timeline: Timeline, chance: random.Random) -> Moment:
    """Any stage of the night as likely as any other, however short it is."""
    starts = [next(at for at, line in timeline if stage in line) for stage in STAGES]
    stage = chance.randrange(len(starts))
    end = starts[stage + 1] if stage + 1 < len(starts) else timeline[-1][0]
    return _at(timeline, chance.uniform(starts[stage], end))


def _at(timeline: Timeline, seconds: float) -> Moment:
    line = max(number for number, (at, _) in enumerate(timeline) if at <= seconds)
    following = timeline[min(line + 1, len(timeline) - 1)][0]
    gap = following - timeline[line][0]
    return Moment(line, (seconds - timeline[line][0]) / gap if gap else 0.0)


def kill_at(moment: Moment, timeline: Timeline, dumps: Path, home: Path, *, children: bool) -> str:
    """Starts a night and kills it with SIGKILL at a moment, its readers too or it alone; returns what it did last.

    Moments are counted in lines of progress, so that they mean the same on a busy machine; it waits in the measure of
    how much slower than the timeline the night has been so far.
    """
    with subprocess.Popen(night_of(dumps, home), stderr=subprocess.PIPE, text=True, start_new_session=True) as night:
        last = ""
        for number, (at, line) in enumerate(lines_of(night)):
            last = line.strip() or last
            if number == moment.line:
                planned, following = timeline[number][0], timeline[min(number + 1, len(timeline) - 1)][0]
                slower = at / planned if planned > 1 else 1.0
                time.sleep((following - planned) * moment.fraction * slower)
                break
        (os.killpg if children else os.kill)(night.pid, signal.SIGKILL)
    return last


def timeline_of(dumps: Path, home: Path) -> Timeline:
    """A whole night, line by line."""
    with subprocess.Popen(night_of(dumps, home), stderr=subprocess.PIPE, text=True) as night:
        timeline = list(lines_of(night))
        ended = night.wait()
    assert ended == 0, "".join(line for _, line in timeline)
    return [*timeline, (timeline[-1][0] + 1.0, "")]


@pytest.fixture(scope="module")
def variants(light_dumps: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Dumps that differ a little, so that every night has something new to publish."""
    others = []
    for word in ("乡村", "县城"):
        dumps = Path(shutil.copytree(light_dumps, tmp_path_factory.mktemp("variants") / "dumps"))
        path = next((dumps / PROVINCE).glob("*/学校*.csv"))
        pl.read_csv(path, infer_schema=False).with_columns(城乡类型=pl.lit(word)).write_csv(path)
        others.append(dumps)
    return others


@pytest.mark.parametrize("first", range(0, KILLS, SHARD))
def test_killed_nights_cost_nothing(first: int, variants: list[Path], light_published: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(light_published, tmp_path / "home", symlinks=True))
    chance = random.Random(SEED + first)  # noqa: S311 - repeatable, not secret
    rows = accepted(home)
    timeline = timeline_of(variants[0], home)
    for number in range(min(SHARD, KILLS - first)):
        before, dumps = insist_whole(home), variants[(number + 1) % 2]
        choose = by_time if number % 2 else by_stage
        moment = choose(timeline, chance)
        last = kill_at(moment, timeline, dumps, home, children=chance.random() < 0.8)
        now = insist_whole(home)
        print(f"{number + 1:3d} {moment.line:4d} {moment.fraction:4.2f} {now == before!s:5} {last}")  # noqa: T201
        if (number + 1) % KILLS_BEFORE_A_WHOLE_NIGHT == 0:
            insist_repaired(dumps, home, rows)
