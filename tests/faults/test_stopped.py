"""A night that is told to stop (Ctrl-C, systemctl stop) stops at once, says so, and costs readers nothing."""

import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.faults.looking import accepted, insist_repaired, insist_whole
from tests.faults.scale import FULL
from tests.night.running import night_of

pytestmark = [pytest.mark.night, pytest.mark.faults]
SECONDS = 10.0
"""Long enough for a busy machine; a step that is begun again instead takes longer."""


STOPS = [(signal.SIGINT, "逐列规整"), (signal.SIGTERM, "检查 core"), (signal.SIGINT, "逐条判定")]


@pytest.mark.parametrize("stops", [[one] for one in STOPS] if FULL else [STOPS], ids=lambda stops: stops[0][1])
def test_a_night_told_to_stop_stops(stops: list[tuple[signal.Signals, str]], dumps: Path, home: Path) -> None:
    rows, before = accepted(home), insist_whole(home)
    school = next(dumps.glob("*/*/学校*.csv"))
    school.write_bytes(school.read_bytes() + b"\n")
    for stop, stage in stops:
        insist_stopped(stop, stage, dumps, home)
        assert insist_whole(home) == before
    insist_repaired(dumps, home, rows)


def insist_stopped(stop: signal.Signals, stage: str, dumps: Path, home: Path) -> None:
    """A night that is told to stop when it comes to a stage ends soon, by that signal, and says so."""
    with subprocess.Popen(night_of(dumps, home), stderr=subprocess.PIPE, text=True) as night:
        assert night.stderr is not None
        assert any(stage in line for line in night.stderr), "the stage never came"
        night.send_signal(stop)
        told = time.monotonic()
        words = night.stderr.read()
        assert night.wait() == 128 + stop
        assert time.monotonic() - told < SECONDS
    assert "已中断" in words
    assert "Traceback" not in words
