"""`make dask-demo`: a night over two Dask workers, one of them killed in the middle of its province.

Belongs here: the story and what is compared. It takes minutes, so it is no part of the test suite; the job it runs
is tested there on another executor.
"""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb

from models.night import NOTHING_ASKED
from pipelines.definitions import nightly_job
from pipelines.operations import journal
from pipelines.release.home import Home
from pipelines.release.seal import manifest_of
from pipelines.schedule.dagster_home import prepare_dagster
from pipelines.schedule.nightly import run_night
from pipelines.schedule.spread import CHOICE, JOB
from tests.cluster.cluster import Cluster, environment, started, wait_until

WORKERS = ("a", "b")
WAREHOUSE = "warehouse.duckdb"


def main(dumps: Path, place: Path) -> int:
    """One night in this process, the same over workers, and whether both are the same byte for byte.

    Both homes are made at the same path, one after the other: a warehouse names the grids behind raw.* by full path.
    """
    provinces = sorted(entry.name for entry in dumps.iterdir() if entry.is_dir())
    shutil.rmtree(place, ignore_errors=True)
    home = Home(place / "home")
    print(f"one process, {len(provinces)} provinces …", flush=True)
    seconds_alone = _timed(lambda: run_night(home, nightly_job(home.path, dumps), provinces, NOTHING_ASKED))
    alone = Home(home.path.rename(place / "alone"))
    home.prepare()
    shutil.copy2(alone.path / "identity.key", home.path)  # the same people, the same hashes
    with started(home.path, dumps, place / "logs", WORKERS) as cluster:
        _choose(home, cluster.address)
        print(f"two workers on {cluster.address} …", flush=True)
        seconds_spread = _timed(lambda: _night_with_a_death(home, dumps, cluster))
    found = {
        "provinces": provinces,
        "seconds_one_process": seconds_alone,
        "seconds_two_workers_one_killed": seconds_spread,
        "published": {p: _release(home, p) for p in provinces},
        "files_compared": {p: len(manifest_of(home.current(p))["outputs"]) for p in provinces},
        "files_differing": {p: _files_differing(alone, home, p) for p in provinces},
        "tables_differing": {p: _tables_differing(alone, home, p) for p in provinces},
        "nights": [f"{night['province']} {night['ending']}" for night in journal.nights(home)],
    }
    print(json.dumps(found, ensure_ascii=False, indent=1))
    same = not any([*found["files_differing"].values(), *found["tables_differing"].values()])
    return 0 if all(found["published"].values()) and same else 1


def _timed(act: Any) -> float:
    began = time.monotonic()
    act()
    return round(time.monotonic() - began, 1)


def _choose(home: Home, address: str) -> None:
    """What a person writes to put the night on Dask."""
    prepare_dagster(home)
    config = {"cluster": {"existing": {"address": address}}}
    (home.dagster / CHOICE).write_text(json.dumps({"executor": "dagster_dask.dask_executor", "config": config}))


def _night_with_a_death(home: Home, dumps: Path, cluster: Cluster) -> None:
    """Runs the night, and kills the worker that first comes to the facts of its province."""
    command = [sys.executable, "-m", "dagster", "job", "execute", "-m", "pipelines.definitions", "-j", JOB]
    with (home.path.parent / "logs" / "run.log").open("wb") as out:
        run = subprocess.Popen(command, env=environment(home.path, dumps), stdout=out, stderr=out)
    wait_until(lambda: any(home.building.glob("*/scratch/core/*.parquet")), "a province in the middle of its night")
    province = next(home.building.glob("*/scratch/core/*.parquet")).parents[2].name.partition("-")[0]
    worker = next(name for name, step in cluster.at_work().items() if step.endswith(province))
    cluster.kill(worker)
    print(f"killed worker {worker} in the middle of {province}", flush=True)
    if run.wait() != 0:
        raise SystemExit(f"the run failed; see {home.path.parent}/logs/run.log")


def _release(home: Home, province: str) -> str | None:
    folder = home.current_release(province)
    return folder.name if folder else None


def _files_differing(one: Home, other: Home, province: str) -> list[str]:
    """Files that are not the same in both releases; the warehouse's tables are compared as tables.

    Its bytes follow from the order of rows too, and core.fct_credit is kept in the order its rows were ready.
    """
    first, second = (manifest_of(home.current(province).resolve()) for home in (one, other))
    if first["release"] != second["release"]:
        return ["release"]
    names = first["outputs"].keys() | second["outputs"].keys()
    differing = {name for name in names if first["outputs"].get(name) != second["outputs"].get(name)}
    return sorted(differing - {WAREHOUSE})


def _tables_differing(one: Home, other: Home, province: str) -> list[str]:
    """Tables without the very same rows, as often, in both."""
    with duckdb.connect() as both:
        for name, home in (("first", one), ("second", other)):
            both.execute(f"ATTACH '{home.current(province).resolve() / WAREHOUSE}' AS {name} (READ_ONLY)")
        listed = "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = '{}'"
        tables = {name: set(both.execute(listed.format(name)).fetchall()) for name in ("first", "second")}
        differing = tables["first"] ^ tables["second"]
        for schema, table in tables["first"] & tables["second"]:
            sides = [f'FROM {name}."{schema}"."{table}"' for name in ("first", "second")]
            for left, right in (sides, sides[::-1]):
                if both.execute(f"{left} EXCEPT ALL {right} LIMIT 1").fetchone():
                    differing.add((schema, table))
        return sorted(".".join(name) for name in differing)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute()))
