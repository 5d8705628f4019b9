"""A night that is told to stop (Ctrl-C, systemctl stop) stops at once, says so, and costs readers nothing."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.faults.looking import accepted, insist_tidy, insist_told, insist_whole
from tests.night.running import shixun

pytestmark = [pytest.mark.night, pytest.mark.faults]
SECONDS = 10.0
"""Long enough for a busy machine; a step that is begun again instead takes longer."""


@pytest.mark.parametrize(
    ("stop", "stage"),
    [(signal.SIGINT, "逐列规整"), (signal.SIGTERM, "检查 core"), (signal.SIGINT, "逐条判定")],
)
def test_a_night_told_to_stop_stops(stop: signal.Signals, stage: str, dumps: Path, home: Path) -> None:
    rows, before = accepted(home), insist_whole(home)
    school = next(dumps.glob("*/*/学校*.csv"))
    school.write_bytes(school.read_bytes() + b"\n")
    command = [sys.executable, "-m", "pipelines.cli", "refresh", "--dumps", str(dumps), "--home", str(home)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as night:
        assert night.stderr is not None
        assert any(stage in line for line in night.stderr), "the stage never came"
        night.send_signal(stop)
        told = time.monotonic()
        words = night.stderr.read()
        assert night.wait() == 128 + stop
        assert time.monotonic() - told < SECONDS
    assert "已中断" in words
    assert "Traceback" not in words
    assert insist_whole(home) == before
    result = shixun("refresh", "--dumps", dumps, "--home", home)
    assert result.exit_code == 0, result.output
    insist_told(result, "已发布")
    insist_whole(home)
    insist_tidy(home)
    assert accepted(home) == rows
