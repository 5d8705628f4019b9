"""Settings of a deployment that a person can override by environment: its folders and when its nights begin.

Belongs here: the environment variables and their defaults, so that a command which merely reads a release needs nothing
heavier. Conventions of the law are in models/law; what Dagster is told of a deployment is in assets/specs.py.
"""

import difflib
import os
import re
from datetime import datetime
from pathlib import Path

from models.contracts import staging_contracts

ROOT = Path(__file__).parents[1]


def home_path() -> Path:
    """The data home: SHIXUN_HOME, else data/home in the clone."""
    return Path(os.environ.get("SHIXUN_HOME") or ROOT / "data" / "home")


def dumps_path() -> Path:
    """The dump folder that schedules and the sensor watch: SHIXUN_DUMPS, else data/dumps in the clone."""
    return Path(os.environ.get("SHIXUN_DUMPS") or ROOT / "data" / "dumps")


def night_at() -> tuple[int, int]:
    """Hour and minute (Asia/Shanghai) when nights begin: SHIXUN_NIGHT_AT as HH:MM, else 02:00.

    Raises:
        ValueError: not a time of day.
    """
    asked = os.environ.get("SHIXUN_NIGHT_AT") or "02:00"
    try:
        begins = datetime.strptime(asked, "%H:%M")  # noqa: DTZ007 - a time of day, of no particular day
    except ValueError:
        raise ValueError(f"SHIXUN_NIGHT_AT 应为 02:00 这样的时刻，现为 {asked}") from None
    return begins.hour, begins.minute


def contact() -> str:
    """Whom readers of the pages may ask (SHIXUN_CONTACT): an office and how to reach it; empty where none is set."""
    return (os.environ.get("SHIXUN_CONTACT") or "").strip()


def silent_minutes() -> float:
    """How long nothing may be seen of a night before it is ended (SHIXUN_SILENT_MINUTES), else an hour; 0 means never.

    Raises:
        ValueError: not a number of minutes.
    """
    asked = os.environ.get("SHIXUN_SILENT_MINUTES") or "60"
    try:
        minutes = float(asked)
    except ValueError:
        minutes = -1
    if not 0 <= minutes < float("inf"):
        raise ValueError(f"SHIXUN_SILENT_MINUTES 应为分钟数，如 60（0 表示不限），现为 {asked}")
    return minutes


def row_change_limits() -> dict[str, int]:
    """By how many per cent a dump table's rows may differ from the last release's, where not the gate's own limit.

    SHIXUN_ROW_CHANGE, as `40` for all tables, `credit_record=60,exam=200` for some, or both; the later word counts.

    Raises:
        ValueError: not whole per cents, or no such table.
    """
    asked = os.environ.get("SHIXUN_ROW_CHANGE") or ""
    limits: dict[str, int] = {}
    for part in re.findall(r"[^,，\s]+", asked):
        said = re.fullmatch(r"(?:(\w+)=)?([1-9][0-9]{0,5})", part, re.ASCII)
        if not said:
            raise ValueError(f"SHIXUN_ROW_CHANGE 应为 40 或 40,credit_record=60 这样的百分数，现为 {asked}")
        name, percent = said.groups()
        if name and name not in staging_contracts():
            near = difflib.get_close_matches(name, staging_contracts(), n=3, cutoff=0)
            raise ValueError(f"SHIXUN_ROW_CHANGE 里没有 {name} 这张表；相近的有 {'、'.join(near)}")
        limits |= {name: int(percent)} if name else dict.fromkeys(staging_contracts(), int(percent))
    return limits


def done_marker() -> str | None:
    """The file that whoever delivers a dump puts into its folder last (SHIXUN_DUMP_DONE); None where nobody does."""
    return os.environ.get("SHIXUN_DUMP_DONE") or None
