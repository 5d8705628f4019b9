"""A Dask scheduler and workers on loopback, each a process of its own, over one data home.

Belongs here: starting, watching and killing them. What they are to show is in __main__.py.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from distributed import Client

PATIENCE_SECONDS = 900


@dataclass(frozen=True)
class Cluster:
    """A running cluster: where its scheduler listens and the worker processes by name."""

    address: str
    workers: Mapping[str, subprocess.Popen[bytes]]

    def at_work(self) -> dict[str, str]:
        """Which worker has which province now: its step's name, `nightly_everywhere.night_330000`."""
        with Client(self.address, set_as_default=False) as client:
            known = client.scheduler_info(n_workers=-1)["workers"]
            busy = client.processing()
        return {known[address]["name"]: keys[0] for address, keys in busy.items() if keys}

    def kill(self, name: str) -> None:
        """Ends a worker as a power cut would."""
        self.workers[name].kill()
        self.workers[name].wait()


@contextmanager
def started(home: Path, dumps: Path, logs: Path, names: tuple[str, ...]) -> Iterator[Cluster]:
    """A scheduler and one worker a name, each with one thread; ended when the block is left."""
    logs.mkdir(parents=True, exist_ok=True)
    here = logs / "scheduler.json"
    here.unlink(missing_ok=True)
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(here)]
        processes["scheduler"] = _start(["scheduler", *options], home, dumps, logs / "scheduler.log")
        wait_until(here.exists, "the scheduler to listen")
        for name in names:
            options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", name, "--scheduler-file", str(here)]
            options += ["--local-directory", str(logs / name), "--memory-limit", "0"]
            processes[name] = _start(["worker", *options], home, dumps, logs / f"{name}.log")
        with Client(scheduler_file=str(here), set_as_default=False) as client:
            client.wait_for_workers(len(names), timeout=PATIENCE_SECONDS)
            address = client.scheduler.address
        yield Cluster(address, {name: processes[name] for name in names})
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            process.wait(timeout=PATIENCE_SECONDS)


def environment(home: Path, dumps: Path) -> dict[str, str]:
    """What every process of a deployment is told."""
    return {
        **os.environ,
        "SHIXUN_HOME": str(home),
        "SHIXUN_DUMPS": str(dumps),
        "DAGSTER_HOME": str(home / "dagster"),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
    }


def wait_until(happened: Callable[[], bool], what: str) -> None:
    """Looks again and again until something is so."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        if time.monotonic() > until:
            raise TimeoutError(f"waited {PATIENCE_SECONDS} s in vain for {what}")
        time.sleep(0.2)


def _start(arguments: list[str], home: Path, dumps: Path, log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments], env=environment(home, dumps), stdout=out, stderr=out
        )
