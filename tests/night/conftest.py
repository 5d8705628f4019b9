"""Nights that several modules read: made once for all workers."""

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.night.running import ADDED_DUMPS, ADDED_LAW, night_of


@dataclass(frozen=True)
class Told:
    """A night in a process of its own: where it published, how it ended, what it printed and said on its way."""

    home: Path
    exit_code: int
    printed: str
    progress: str


def beside(dumps: Path, home: Path) -> list[str]:
    """The command that runs nights of added provinces, two at a time."""
    return [*night_of(dumps, home), "--law", str(ADDED_LAW), "--jobs", "2"]


@pytest.fixture(scope="session")
def three_provinces(once: Callable[[str, Callable[[Path], object]], Path]) -> Told:
    """The two added provinces and one without a dump, two at a time. Read it, don't change it."""
    folder = once("side-by-side", make_three_provinces)
    told = json.loads((folder / "told.json").read_text("utf-8"))
    return Told(folder / "home", **told)


def make_three_provinces(folder: Path) -> None:
    dumps = Path(shutil.copytree(ADDED_DUMPS, folder / "dumps"))
    (dumps / "500000").mkdir()
    done = subprocess.run(beside(dumps, folder / "home"), capture_output=True, text=True, check=False)
    told = {"exit_code": done.returncode, "printed": done.stdout, "progress": done.stderr}
    (folder / "told.json").write_text(json.dumps(told), encoding="utf-8")
