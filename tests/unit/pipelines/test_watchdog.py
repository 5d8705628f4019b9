"""A night that says nothing for long is ended from outside, be its interpreter ever so deaf; one that writes is not."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.release.home import Home
from pipelines.settings import silent_minutes

NIGHT = """
import signal, sys, time
from pathlib import Path
from pipelines.release.home import Home
from pipelines.release.night_lock import end_night, hold_night
home = Home(Path(sys.argv[1]))
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
hold_night(home, "460000", print)
for number in range(int(sys.argv[2])):
    time.sleep(0.25)
    (home.building / "460000-run" / "rows").write_text(str(number))
if sys.argv[3] == "stuck":
    while True:
        time.sleep(60)
end_night(home, "460000")
print("over", flush=True)
"""


def night(home: Path, writes: int, end: str, minutes: float) -> subprocess.CompletedProcess[str]:
    (home / "building" / "460000-run").mkdir()
    environment = {**os.environ, "SHIXUN_SILENT_MINUTES": str(minutes)}
    command = [sys.executable, "-c", NIGHT, str(home), str(writes), end]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return Home(tmp_path / "home").prepare().path


def test_a_stuck_night_deaf_to_signals_is_ended_and_that_is_said(home: Path) -> None:
    ended = night(home, 0, "stuck", 0.02)
    assert ended.returncode == -signal.SIGKILL
    assert "没有动静" in ended.stderr
    assert "SHIXUN_SILENT_MINUTES" in ended.stderr


def test_a_night_that_writes_now_and_then_goes_on_and_ends_by_itself(home: Path) -> None:
    ended = night(home, 40, "well", 0.1)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "over\n", "")


def test_minutes_that_are_none_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for asked in ("soon", "-1", "nan", "inf"):
        monkeypatch.setenv("SHIXUN_SILENT_MINUTES", asked)
        with pytest.raises(ValueError, match="分钟数"):
            silent_minutes()
