"""Where this deployment keeps its data: the only place that reads the environment for it.

Belongs here: defaults a person can override by option or environment. Conventions of the law are in
models/policies.
"""

import os
from pathlib import Path

import dagster as dg

from models.policies import load_policies
from pipelines.io.home import Home

ROOT = Path(__file__).parents[1]


def home_path() -> Path:
    """The data home: SHIXUN_HOME, else data/home in the clone."""
    return Path(os.environ.get("SHIXUN_HOME") or ROOT / "data" / "home")


def dumps_path() -> Path:
    """The dump folder that schedules and the sensor watch: SHIXUN_DUMPS, else data/dumps in the clone."""
    return Path(os.environ.get("SHIXUN_DUMPS") or ROOT / "data" / "dumps")


def provinces() -> dict[str, str]:
    """Provinces whose law is on file, code → name, in code order."""
    documents = load_policies().documents.values()
    whole = {d.jurisdiction.code: d.jurisdiction.name for d in documents if d.jurisdiction.code.endswith("0000")}
    return dict(sorted(whole.items()))


class Deployment(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The folders a night works with."""

    home: str
    dumps: str

    @property
    def data_home(self) -> Home:
        return Home(Path(self.home))

    @property
    def dump_folder(self) -> Path:
        return Path(self.dumps)
