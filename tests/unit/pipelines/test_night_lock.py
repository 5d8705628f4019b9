"""One night of a province at a time: a second process waits, is told who holds it, and goes on after it."""

import os
import subprocess
import sys
from pathlib import Path

from pipelines.release.home import Home
from pipelines.release.night_lock import end_night, hold_night

WAITER = """
import sys
from pathlib import Path
from pipelines.release.home import Home
from pipelines.release.night_lock import hold_night
hold_night(Home(Path(sys.argv[1])), sys.argv[2], lambda who: print(who, flush=True))
print("held", flush=True)
"""


def waiter(home: Home, province: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", WAITER, str(home.path), province], stdout=subprocess.PIPE, text=True)


def test_whoever_waits_is_told_who_is_at_work_and_since_when(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").prepare()
    hold_night(home, "460000", lambda who: None)
    hold_night(home, "460000", lambda who: None)  # a step tried again
    other = waiter(home, "460000")
    assert other.stdout is not None
    told = other.stdout.readline()
    assert f"进程 {os.getpid()}，" in told
    assert "+08:00 起" in told
    assert waiter(home, "330000").communicate()[0] == "held\n"
    end_night(home, "460000")
    assert other.communicate()[0] == "held\n"
    hold_night(home, "460000", lambda who: None)  # the other one is gone without a word
    end_night(home, "460000")


def test_a_holder_that_could_not_sign_is_waited_for_all_the_same(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").prepare()
    hold_night(home, "460000", lambda who: None)
    home.lock("night-460000").write_text("")
    other = waiter(home, "460000")
    assert other.stdout is not None
    assert other.stdout.readline() == "刚刚开始\n"
    end_night(home, "460000")
    assert other.communicate()[0] == "held\n"
