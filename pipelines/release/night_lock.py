"""One night of a province at a time, whoever began it: the command line, the daemon, the web interface, a backfill.

Belongs here: the lock that a process holds for a province until its night is over, and who holds it. Dagster queues
runs of one province too (dagster.yaml); the lock keeps apart those that Dagster did not start, or did not queue.
"""

import fcntl
import json
import os
import platform
import subprocess
from collections.abc import Callable
from contextlib import suppress
from glob import escape
from pathlib import Path
from typing import IO

from pipelines.release.clock import now
from pipelines.release.home import Home
from pipelines.release.watchdog import begin_watch, end_watch
from pipelines.settings import silent_minutes

_held: dict[Path, tuple[IO[str], "subprocess.Popen[bytes] | None"]] = {}
"""Locks of the nights this process is at; the system frees them when the process ends, however it ends. With each its
watchdog, if any."""


def hold_night(home: Home, province: str, when_waiting: Callable[[str], object]) -> None:
    """Holds a province's night; waits for whoever has it and says by `when_waiting` who that is.

    Done again by the same process it changes nothing, so that a step tried again goes on.
    """
    path = home.lock(f"night-{province}")
    if path in _held:
        return
    handle = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        when_waiting(_holder(path))
        fcntl.flock(handle, fcntl.LOCK_EX)
    handle.truncate(0)
    facts = {"pid": os.getpid(), "machine": platform.node(), "since": now().isoformat(timespec="seconds")}
    with suppress(OSError):  # on a full disk the lock holds all the same; only its holder stays unnamed
        handle.write(json.dumps(facts))
        handle.flush()
    minutes = silent_minutes()
    patterns = [f"{escape(str(home.building))}/{province}-*", escape(str(home.raw))]
    _held[path] = handle, begin_watch(minutes, patterns) if minutes else None


def end_night(home: Home, province: str) -> None:
    """Lets the province's next night begin; nothing to do where this process holds none."""
    handle, dog = _held.pop(home.lock(f"night-{province}"), (None, None))
    if dog is not None:
        end_watch(dog)
    if handle is not None:
        handle.close()


def _holder(path: Path) -> str:
    """Who signed a lock, in words; nobody known when it is being signed just now."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        return f"进程 {facts['pid']}，机器 {facts['machine']}，自 {facts['since']} 起"
    except (ValueError, KeyError, TypeError):
        return "刚刚开始"
