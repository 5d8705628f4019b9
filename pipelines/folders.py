"""Where a deployment keeps its data, by environment or default.

Belongs here: folders only, so that a command which merely reads a release needs nothing heavier. What Dagster is told
of them is in `pipelines.settings`.
"""

import os
from pathlib import Path

from pipelines.release.home import Home

ROOT = Path(__file__).parents[1]


def home_path() -> Path:
    """The data home: SHIXUN_HOME, else data/home in the clone."""
    return Path(os.environ.get("SHIXUN_HOME") or ROOT / "data" / "home")


def dumps_path() -> Path:
    """The dump folder that schedules and the sensor watch: SHIXUN_DUMPS, else data/dumps in the clone."""
    return Path(os.environ.get("SHIXUN_DUMPS") or ROOT / "data" / "dumps")


def data_home(asked: Path | None) -> Home:
    """The data home a command works with: the one asked for, else that of `home_path`."""
    return Home((asked or home_path()).absolute())
