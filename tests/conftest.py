"""A small clean province, its published home, and copies of both to spoil. And: no property fails for slowness.

Whole nights are most of the suite's time: what tests only read is made once for all workers (`once`), and what is
spoilt is a lighter dump of the same province (`fewer`), unless a test asks for the whole one.
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
from pipelines.schedule.side_by_side import free_memory
from tests.night.fewer import fewer
from tests.night.running import PROVINCE, shixun

settings.register_profile("unhurried", deadline=None)  # speed is measured in benchmarks only
settings.load_profile("unhurried")


MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder of its own there
ROOM = 7 * 2**30
"""Bytes that must be free there: what the doctor asks of a home's disk, and some two for the homes of a whole run."""


def pytest_configure() -> None:
    """Homes lie in memory where there is room: a night waits for the disk eight hundred times, and none is kept."""
    if MEMORY.is_dir() and has_room(MEMORY):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def has_room(place: Path) -> bool:
    """Whether homes and environments fit in and programs may be run from there."""
    is_runnable = not os.statvfs(place).f_flag & os.ST_NOEXEC
    return is_runnable and min(shutil.disk_usage(place).free, free_memory()) > ROOM


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
    """Every table of the province."""

    def make(out: Path) -> None:
        synthetic.generate(out, provinces=(PROVINCE,), teachers=30, seed=7, fmt="csv", clean=True)

    return once("clean-dumps", make)


@pytest.fixture(scope="session")
def light_dumps(clean_dumps: Path, once: Once) -> Path:
    """A few tables and counties of the province."""
    return once("light-dumps", lambda out: fewer(clean_dumps, out))


def first_night(dumps: Path, home: Path) -> None:
    result = shixun("refresh", "--dumps", dumps, "--home", home)
    assert result.exit_code == 0, result.output


@pytest.fixture(scope="session")
def published(clean_dumps: Path, once: Once) -> Path:
    """A home with one published night over every table. Read it, don't change it."""
    return once("published", lambda home: first_night(clean_dumps, home))


@pytest.fixture(scope="session")
def light_published(light_dumps: Path, once: Once) -> Path:
    """A home with one published night over a few tables and counties. Read it, don't change it."""
    return once("light-published", lambda home: first_night(light_dumps, home))


def _original(request: pytest.FixtureRequest, light: str, whole: str) -> Path:
    """The light one, or the whole where the module says `EVERY_TABLE = True`."""
    path: Path = request.getfixturevalue(whole if getattr(request.module, "EVERY_TABLE", False) else light)
    return path


@pytest.fixture(scope="module")
def original_dumps(request: pytest.FixtureRequest) -> Path:
    """What `dumps` is a copy of."""
    return _original(request, "light_dumps", "clean_dumps")


@pytest.fixture(scope="module")
def original_home(request: pytest.FixtureRequest) -> Path:
    """What `home` is a copy of: the night over `original_dumps`."""
    return _original(request, "light_published", "published")


@pytest.fixture
def home(original_home: Path, tmp_path: Path) -> Path:
    """A copy of the published home, to be changed freely."""
    return Path(shutil.copytree(original_home, tmp_path / "home", symlinks=True))


@pytest.fixture(scope="module")
def tried(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the published home for tables made alone: until the process ends their builds lie there."""
    return Path(shutil.copytree(published, tmp_path_factory.mktemp("tried") / "home", symlinks=True))


@pytest.fixture
def dumps(original_dumps: Path, tmp_path: Path) -> Path:
    """A copy of the clean dumps, to be spoilt freely."""
    return Path(shutil.copytree(original_dumps, tmp_path / "dumps"))


@pytest.fixture
def snapshot(dumps: Path) -> Path:
    """The newest dated folder of the copied dumps."""
    return max((dumps / PROVINCE).iterdir())


@pytest.fixture
def refresh(dumps: Path, home: Path) -> Callable[..., Result]:
    """One night over the copied dumps and home."""
    return lambda *options: shixun("refresh", "--dumps", dumps, "--home", home, *options)
