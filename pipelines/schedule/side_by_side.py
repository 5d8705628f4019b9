"""Provinces side by side: each night in a process of its own, as many at once as memory and cores allow.

Belongs here: starting those processes, how many, and ending them with whoever started them. What a night does, and
what is printed of it, is the affair of the callable they are given.
"""

import multiprocessing
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing.connection import Connection, wait
from pathlib import Path

from pipelines.ingest.reading import find_snapshot
from pipelines.schedule.one_province import Ending, Outcome

NEEDED, NEEDED_A_BYTE = 800_000_000, 4.5
"""Memory of a night: its own, and for each byte of its dump. A sample's 32 MB take 0.7 GB, a province's 1.05 GB 5.3."""
GONE = "这个省的进程中途没有了，多半是内存不足被系统结束。请关掉别的程序，或用 --jobs 1 一省一省地跑，再运行一次。"
_apart = multiprocessing.get_context("spawn")  # polars and DuckDB have threads, which a fork would not bring along


def at_once(dumps: Path, provinces: Sequence[str]) -> int:
    """How many of the provinces this machine can do at once: a core each, and memory for the largest of them."""
    needs = sorted((_needed(dumps, province) for province in provinces), reverse=True)
    fitting = [n for n in range(1, len(needs) + 1) if sum(needs[:n]) <= free_memory()]
    return max(1, min(len(os.sched_getaffinity(0)), max(fitting, default=1)))


def _needed(dumps: Path, province: str) -> float:
    snapshot = find_snapshot(dumps, province)
    return NEEDED + NEEDED_A_BYTE * sum(file.size for file in snapshot.files) if snapshot else NEEDED


def free_memory() -> int:
    """Bytes of memory that programs may still take."""
    facts = dict(line.split(":") for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
    return int(facts["MemAvailable"].split()[0]) * 1024


def run_beside(provinces: Sequence[str], jobs: int, night: Callable[[str], Outcome]) -> list[Outcome]:
    """Each province's night (`night`, which must be picklable) in a process of its own, `jobs` at a time.

    A process that is ended from outside costs its own province's night only. All end when this one does.
    """
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(partial(_in_process, night), provinces))


def _in_process(night: Callable[[str], Outcome], province: str) -> Outcome:
    here, there = _apart.Pipe(duplex=False)
    process = _apart.Process(target=_run, args=(night, province, there), name=f"night-{province}")
    process.start()
    there.close()
    try:
        outcome: Outcome | Exception = here.recv()
    except EOFError:
        outcome = Outcome(province, Ending.FAILED, reasons=[GONE])
    process.join()
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _run(night: Callable[[str], Outcome], province: str, told: Connection) -> None:
    """In the process of its own: the night, and its outcome or error to whoever waits for it."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        told.send(night(province))
    except Exception as error:  # noqa: BLE001 - told, and raised over there
        told.send(error)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
