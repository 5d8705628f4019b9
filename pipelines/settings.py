"""What Dagster is told of this deployment: its folders and the provinces it knows.

Belongs here: settings a person can override by option or environment (`pipelines.folders`). Conventions of the law
are in models/law.
"""

import os
from datetime import datetime
from pathlib import Path

import dagster as dg

from models.law import load_policies
from pipelines.folders import ROOT, dumps_path, home_path
from pipelines.release.home import Home

__all__ = ["ROOT", "Deployment", "dumps_path", "home_path", "night_at", "provinces"]


def provinces() -> dict[str, str]:
    """Provinces whose law is on file, code → name, in code order."""
    documents = load_policies().documents.values()
    whole = {d.jurisdiction.code: d.jurisdiction.name for d in documents if d.jurisdiction.code.endswith("0000")}
    return dict(sorted(whole.items()))


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
