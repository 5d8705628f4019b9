"""Ends a night of which nothing is seen for long: a process beside it, since a stuck interpreter hears no signal.

Belongs here: the watching, with nothing but Python's own library, so that it starts at once and cannot get stuck in
what it watches over. What the ended night leaves is swept by the next one, as after any kill.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from glob import glob
from select import select
from time import monotonic

LOOKS = 20
"""Looks in the time a night may be silent."""


def begin_watch(minutes: float, patterns: Sequence[str]) -> "subprocess.Popen[bytes]":
    """A process that kills this one once nothing in the folders of these patterns has changed for so long.

    It ends with this process, however that ends, or by `end_watch`.
    """
    command = [sys.executable, "-I", "-S", __file__, str(os.getpid()), str(minutes), *patterns]
    return subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603 - our own file


def end_watch(dog: "subprocess.Popen[bytes]") -> None:
    """Lets this process go on unwatched."""
    dog.communicate()  # the pipe's end tells it


def watch(night: int, minutes: float, patterns: Sequence[str]) -> None:
    """Looks until the pipe from the night ends, with the night; kills it when it has been silent too long."""
    seen, since = _state(patterns), monotonic()
    while not select([sys.stdin], [], [], minutes * 60 / LOOKS)[0] and os.getppid() == night:
        state = _state(patterns)
        if state != seen:
            seen, since = state, monotonic()
        elif monotonic() - since >= minutes * 60:
            sys.stderr.write(
                f"进程 {night} 的这一夜已有 {minutes:g} 分钟没有动静（SHIXUN_SILENT_MINUTES），已结束它；"
                "读者沿用上一次发布。请看本机内存是否够用（ulimit -v、其他程序），再运行一次即可。\n"
            )
            sys.stderr.flush()
            os.kill(night, signal.SIGKILL)
            return


def _state(patterns: Sequence[str]) -> set[tuple[str, int, int]]:
    """Every file with its size and the time of its last change."""
    state = set()
    for folder in (found for pattern in patterns for found in glob(pattern)):  # noqa: PTH207
        for place, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(place, name)  # noqa: PTH118 - a string is all that is needed
                try:
                    facts = os.lstat(path)
                except OSError:
                    continue  # it went away meanwhile
                state.add((path, facts.st_size, facts.st_ctime_ns))
    return state


if __name__ == "__main__":
    watch(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:])
