"""Nights on a disk that is full from a given moment on; `test_full_disk` starts this in a process of its own.

    python -m tests.faults.full_disk DISK FOLDER DUMPS HOME

`tmpfs` is a disk of its own, mounted at FOLDER in a namespace that ends with the process. `limit` lets no file grow
(RLIMIT_FSIZE), for machines that let nobody mount. Prints what came of each night as JSON.
"""

import json
import logging
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.faults.looking import insist_whole
from tests.night.running import PROVINCE, shixun

MOMENTS = {"raw": "读取 学校", "warehouse": "逐列规整", "release": "生成网页并发布"}
"""What a night says when it begins to write raw grids, the warehouse, and the release."""
SIZE = "1g"


class Tmpfs:
    """A disk of its own; full means not one byte more."""

    def __init__(self, folder: Path) -> None:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)], check=True)
        self.filler = folder / "filler"

    def fill(self) -> None:
        with self.filler.open("ab", buffering=0) as filler:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while filler.write(bytes(size)):
                        pass
                except OSError:
                    continue

    def free(self) -> None:
        self.filler.unlink(missing_ok=True)


class Limit:
    """No file of this process may grow any more."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def free(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


class Obstacle:
    """Something that lets the release be moved to its place, and then fails the step before readers see it."""

    def __init__(self, home: Path) -> None:
        self.place = home / "current" / f".{PROVINCE}.obstacle"

    def fill(self) -> None:
        self.place.mkdir(exist_ok=True)

    def free(self) -> None:
        if self.place.exists():
            self.place.rmdir()


def when_said(words: str, first: Callable[[], None], again: Callable[[], None]) -> Callable[[logging.LogRecord], bool]:
    """A watcher of progress: acts when the night says `words`, and otherwise when it says them again."""
    acts = [first]

    def watch(record: logging.LogRecord) -> bool:
        if words in record.getMessage():
            acts.pop()() if acts else again()
        return True

    return watch


def night(
    dumps: Path, home: Path, words: str, disk: Tmpfs | Limit | Obstacle, *, freed_for_retry: bool
) -> dict[str, object]:
    """One night over dumps that changed a little, on a disk that fills when the night says `words`."""
    school = next((dumps / PROVINCE).glob("*/学校*.csv"))
    school.write_text(school.read_text("utf-8") + "\n", encoding="utf-8")
    watch = when_said(words, disk.fill, disk.free if freed_for_retry else disk.fill)
    logger = logging.getLogger("shixun")
    logger.addFilter(watch)
    result = shixun("refresh", "--dumps", dumps, "--home", home)
    logger.removeFilter(watch)
    disk.free()
    return {"exit": result.exit_code, "output": result.output, "release": insist_whole(home)}


def main(kind: str, folder: Path, dumps: Path, published: Path, stages: list[str]) -> None:
    disk = Tmpfs(folder) if kind == "tmpfs" else Limit(folder)
    home = Path(shutil.copytree(published, folder / "home", symlinks=True))
    own = Path(shutil.copytree(dumps, folder / "dumps"))
    told = {"before": {"release": insist_whole(home)}}
    for stage in stages:
        told[stage] = night(own, home, MOMENTS[stage], disk, freed_for_retry=False)
    told["retried"] = night(own, home, MOMENTS["release"], Obstacle(home), freed_for_retry=True)
    told["left"] = {"building": [path.name for path in (home / "building").iterdir()]}
    sys.__stdout__.write(json.dumps(told, ensure_ascii=False))  # type: ignore[union-attr]


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:5]), sys.argv[5].split(","))
