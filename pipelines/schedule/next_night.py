"""Will the next night begin by itself? What Dagster knows of a home's daemon and executor, for `shixun doctor`.

Belongs here: looking. What a home itself must hold is in io/doctor.py.
"""

import time
from collections.abc import Iterator
from datetime import datetime

import dagster as dg

from models.yaml_files import NotYaml
from pipelines.operations import machine
from pipelines.operations.doctor import Sign
from pipelines.release.clock import SHANGHAI
from pipelines.release.home import Home
from pipelines.schedule.dagster_home import damaged_stores, lacking_settings
from pipelines.schedule.spread import ExecutorUnusable, spread_job

SILENT_SECONDS = 300
"""The daemon tells every half minute that it lives."""
NEEDED = ("SCHEDULER", "SENSOR", "QUEUED_RUN_COORDINATOR")
"""Without these no night begins by itself."""


def dagster_signs(home: Home) -> Iterator[Sign]:
    """Signs on the daemon and on the executor that was chosen, if one was."""
    yield from _executor(home)
    yield from _settings(home)
    yield from _daemon(home)


def _executor(home: Home) -> Iterator[Sign]:
    try:
        spread = spread_job(home)
    except ExecutorUnusable as fault:
        yield Sign(is_fine=False, what=str(fault), do="改好或删去该文件，再重启 shixun-code；否则没有一夜会开始")
        return
    if spread is not None:
        yield Sign(is_fine=True, what=f"各省的一夜由 {spread.executor_def.name} 执行器分给各台机器")


def _settings(home: Home) -> Iterator[Sign]:
    """One sign where dagster.yaml is somebody's own and older than the program; a broken one is `_daemon`'s."""
    try:
        lacking = lacking_settings(home)
    except NotYaml:
        return
    if lacking:
        what = f"{home.dagster / 'dagster.yaml'} 是改过的旧版设置，缺少：{'、'.join(lacking)}"
        yield Sign(
            is_fine=False, what=what, do="补上；或把它改名移开，运行 shixun prepare 写出新的，再把自己的设置加回去"
        )


def _daemon(home: Home) -> Iterator[Sign]:
    """One sign on the daemon; a home whose nights are begun by hand has none, and is told so."""
    if not (home.dagster / "dagster.yaml").exists():
        return
    damaged = damaged_stores(home)
    if damaged:
        what = f"Dagster 的运行记录已损坏：{'、'.join(map(str, damaged))}"
        yield Sign(is_fine=False, what=what, do="运行 shixun prepare：会移开另起一份，发布和数据不受影响")
        return
    try:
        with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
            beats = instance.get_daemon_heartbeats()
    except Exception as error:
        sentence = machine.as_sentence(error)
        if sentence is None:
            raise
        yield Sign(is_fine=False, what="Dagster 的运行记录打不开", do=sentence)
        return
    known = [beats[kind] for kind in NEEDED if kind in beats]
    if not known:
        yield Sign(is_fine=True, what="Dagster 守护进程没有在这个目录运行过：每夜由人或别的程序启动")
        return
    last = min(beat.timestamp for beat in known)
    heard = datetime.fromtimestamp(last, SHANGHAI)
    alive = time.time() - last <= SILENT_SECONDS
    yield Sign(
        is_fine=alive,
        what=f"Dagster 守护进程最近一次心跳 {heard:%Y-%m-%d %H:%M}",
        do="" if alive else "守护进程已停，今夜不会自动开始：运行 systemctl restart shixun-daemon，并看它的日志",
    )
    for beat in known:
        for fault in beat.errors or ():
            yield Sign(
                is_fine=False,
                what=f"守护进程 {beat.daemon_type} 报错：{fault.message.strip().splitlines()[0]}",
                do="看守护进程的日志（journalctl -u shixun-daemon）",
            )
