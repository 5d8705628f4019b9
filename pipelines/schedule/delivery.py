"""Has a dump been delivered whole? What the sensor goes by before it begins a night.

Belongs here: telling a folder that is still being filled from one that is complete. `rsync -a`, `cp -p` and unzip keep
the files' old times, so the time of writing says nothing: what counts is when the file system last changed anything,
and that two looks apart from each other see the same. Starting the night is in jobs.py.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

QUIET_SECONDS = 60
"""A dump must have stood still for so long, between two looks and since its last change."""
_SECOND = 1_000_000_000


@dataclass(frozen=True)
class Look:
    """What one look at a dump folder saw: a digest of every entry's state, and when that state was first seen."""

    state: str
    since_ns: int


def look(folder: Path, now_ns: int, before: Look | None) -> Look:
    """Looks at a folder; a state that an earlier look saw keeps the time of that look.

    A clock that was set back since then begins the waiting anew.
    """
    state = _state(folder)
    if before is not None and before.state == state and before.since_ns <= now_ns:
        return before
    return Look(state, now_ns)


def is_delivered(folder: Path, seen: Look, now_ns: int, marker: str | None) -> bool:
    """Whether a dump is complete: by the marker file where a deployment names one, else by standing still."""
    if marker is not None:
        return (folder / marker).is_file()
    quiet = QUIET_SECONDS * _SECOND
    changed = max((entry.st_ctime_ns for _, entry in _entries(folder)), default=now_ns)
    return now_ns - seen.since_ns >= quiet and not -quiet < now_ns - changed < quiet


def _state(folder: Path) -> str:
    """A digest of names, sizes, inodes and times of all entries, half-written and hidden ones too."""
    facts = [(name, e.st_ino, e.st_size, e.st_mtime_ns, e.st_ctime_ns) for name, e in _entries(folder)]
    return hashlib.sha256(repr(facts).encode("utf-8", "surrogateescape")).hexdigest()


def _entries(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    for path in sorted(folder.iterdir(), key=lambda entry: os.fsencode(entry.name)):
        try:
            yield path.name, path.lstat()
        except FileNotFoundError:
            continue  # it went away between two calls: the next look will differ
