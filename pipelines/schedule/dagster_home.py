"""HOME/dagster: how Dagster behaves in every home, and its instance there.

Belongs here: settings of the instance, written once for each home. Jobs and schedules are in jobs.py.
"""

import logging
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import dagster as dg

from models.yaml_files import parse_yaml, read_yaml
from pipelines.release.clock import now
from pipelines.release.home import Home
from pipelines.schedule.event_log import KeptEventLog

log = logging.getLogger("shixun")

SETTINGS = """\
# Written by shixun; what you add below stays.
telemetry:
  enabled: false
nux:
  enabled: false
python_logs:
  managed_python_loggers: [shixun]
  python_log_level: INFO
concurrency:
  runs:
    max_concurrent_runs: 2
    tag_concurrency_limits:
      - key: shixun/province
        limit: 1
        value: {applyLimitPerUniqueValue: true}
      # Runs begun in the web interface and by backfills bear only this one.
      - key: dagster/partition
        limit: 1
        value: {applyLimitPerUniqueValue: true}
run_monitoring:
  enabled: true
  # A run whose machine went down would otherwise keep its province's place in the queue.
  max_runtime_seconds: 21600
run_retries:
  enabled: true
  max_retries: 1
  # A night that crashed is tried again; one that was refused is not.
  retry_on_asset_or_op_failure: false
"""

EARLIER = {"fac05313297714a88e8036eded23ee797caa4ee80d956b2e25db2c95e8c2aa8c"}
"""What earlier versions wrote (sha256): nobody has changed it since, so it may be written anew."""
OTHER_STORE = {"storage", "event_log_storage"}
"""Settings by which a home may keep its history elsewhere, in PostgreSQL for instance."""
STORES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")
"""Where Dagster keeps what it remembers; nothing that a release needs."""


def prepare_dagster(home: Home) -> Path:
    """The instance folder with its settings.

    A file as an earlier version wrote it is brought up to date; any other stays, and the doctor tells what it lacks.

    A damaged memory is put aside and begun anew, for it must not keep a province from its night.
    """
    if damaged_stores(home):
        _begin_anew(home)
    path = home.dagster / "dagster.yaml"
    if not path.exists() or sha256(path.read_bytes()).hexdigest() in EARLIER:
        path.write_text(SETTINGS, encoding="utf-8")
    return home.dagster


def lacking_settings(home: Home) -> list[str]:
    """What this version counts on and the home's own dagster.yaml does not say; nothing where the next night writes it.

    Raises:
        NotYaml: the file cannot be read.
    """
    path = home.dagster / "dagster.yaml"
    if not path.exists() or sha256(path.read_bytes()).hexdigest() in EARLIER:
        return []
    return list(_lacking(parse_yaml(SETTINGS).content, read_yaml(path).content))


def _lacking(ours: Mapping[str, Any], theirs: Any, above: str = "") -> Iterator[str]:
    """Names in `ours` that `theirs` has no value for; of limits by tag, each tag that is not limited."""
    for name, value in ours.items():
        given = theirs.get(name) if isinstance(theirs, Mapping) else None
        if given is None:
            yield above + name
        elif isinstance(value, Mapping):
            yield from _lacking(value, given, f"{above}{name}.")
        elif isinstance(value, list):
            limited = {limit.get("key") for limit in given if isinstance(limit, Mapping)}
            limits = [limit["key"] for limit in value if isinstance(limit, Mapping)]
            yield from (f"{above}{name}: {key}" for key in limits if key not in limited)


def instance_at(folder: Path) -> dg.DagsterInstance:
    """The instance of `prepare_dagster`'s folder, for nights that this process runs itself."""
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "1000")  # Dagster's switch for handing events over in batches
    settings = read_yaml(folder / "dagster.yaml").content or {}
    if OTHER_STORE & settings.keys():
        return dg.DagsterInstance.from_config(str(folder))
    log_store = {
        "module": KeptEventLog.__module__,
        "class": KeptEventLog.__name__,
        "config": {"base_dir": str(folder / "history" / "runs")},
    }
    return dg.DagsterInstance.local_temp(str(folder), overrides={"event_log_storage": log_store})


def damaged_stores(home: Home) -> list[Path]:
    """What of Dagster's memory is no database any more."""
    return [store for store in (home.dagster / name for name in STORES) if _is_damaged(store)]


def _is_damaged(store: Path) -> bool:
    """Whether a store is no database any more; one that is merely in use is not damaged."""
    if not store.exists():
        return False
    try:
        with closing(sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        return False
    except sqlite3.DatabaseError:
        return True
    return False


def _begin_anew(home: Home) -> None:
    aside = home.path / f"dagster-damaged-{now():%Y%m%dT%H%M%S}"
    home.dagster.rename(aside)
    home.dagster.mkdir()
    for settings in aside.glob("*.yaml"):
        shutil.copy2(settings, home.dagster)
    log.warning("Dagster 的运行记录已损坏，移到 %s，另起一份；发布和数据不受影响。", aside)
