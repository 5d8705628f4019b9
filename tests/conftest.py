"""A small clean province, its published home, and copies of both to spoil. And: no property fails for slowness."""

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


@pytest.fixture(scope="session")
def clean_dumps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dumps")
    synthetic.generate(out, provinces=(PROVINCE,), teachers=30, seed=7, fmt="csv", clean=True)
    return out


@pytest.fixture(scope="session")
def published(clean_dumps: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one published night. Read it, don't change it."""
    home = tmp_path_factory.mktemp("homes") / "published"
    result = shixun("refresh", "--dumps", clean_dumps, "--home", home)
    assert result.exit_code == 0, result.output
    return home


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
