"""A small clean province, its published home, and copies of both to spoil. And: no property fails for slowness.

Whole nights are most of the suite's time: what tests only read is made once for all workers (`once`).
"""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from hypothesis import settings

from data import synthetic
from tests.night.running import PROVINCE, shixun

settings.register_profile("unhurried", deadline=None)  # speed is measured in benchmarks only
settings.load_profile("unhurried")


Once = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """The folder of a name, made by whichever worker asks first while others wait. Read it, don't change it."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def made(name: str, make: Callable[[Path], object]) -> Path:
        folder, done = shared / name, shared / f"{name}.made"
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)  # what a failed making left
                make(folder)
                done.touch()
        return folder

    return made


@pytest.fixture(scope="session")
def clean_dumps(once: Once) -> Path:
    def make(out: Path) -> None:
        synthetic.generate(out, provinces=(PROVINCE,), teachers=30, seed=7, fmt="csv", clean=True)

    return once("clean-dumps", make)


@pytest.fixture(scope="session")
def published(clean_dumps: Path, once: Once) -> Path:
    """A home with one published night."""

    def make(home: Path) -> None:
        result = shixun("refresh", "--dumps", clean_dumps, "--home", home)
        assert result.exit_code == 0, result.output

    return once("published", make)


@pytest.fixture
def home(published: Path, tmp_path: Path) -> Path:
    """A copy of the published home, to be changed freely."""
    return Path(shutil.copytree(published, tmp_path / "home", symlinks=True))


@pytest.fixture
def dumps(clean_dumps: Path, tmp_path: Path) -> Path:
    """A copy of the clean dumps, to be spoilt freely."""
    return Path(shutil.copytree(clean_dumps, tmp_path / "dumps"))


@pytest.fixture
def snapshot(dumps: Path) -> Path:
    """The newest dated folder of the copied dumps."""
    return max((dumps / PROVINCE).iterdir())


@pytest.fixture
def refresh(dumps: Path, home: Path) -> Callable[..., Result]:
    """One night over the copied dumps and home."""
    return lambda *options: shixun("refresh", "--dumps", dumps, "--home", home, *options)
