"""The command as a person would run it, and where the results are."""

import sys
from pathlib import Path

from click.testing import CliRunner, Result

from pipelines.cli import main

PROVINCE = "460000"
ADDED = Path(__file__).parents[1] / "provinces"
ADDED_LAW, ADDED_DUMPS = ADDED / "law", ADDED / "dumps"
"""Two provinces that no policy file of ours knows."""


def shixun(*arguments: str | Path) -> Result:
    """Runs `shixun` in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


def night_of(dumps: Path, home: Path) -> list[str]:
    """A night in a process of its own, to be stopped or killed."""
    return [sys.executable, "-m", "pipelines.cli", "refresh", "--dumps", str(dumps), "--home", str(home)]


def current(home: Path) -> Path:
    """The release folder that readers see."""
    return (home / "current" / PROVINCE).resolve()
