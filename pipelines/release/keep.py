"""Which of a province's releases are kept, and what earlier ones held.

Belongs here: the order of kept releases, pruning, the row counts of the last. Not here: switching (switch.py).
"""

import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipelines.release.home import Home
from pipelines.release.seal import ReleaseDamaged, manifest_of

log = logging.getLogger("shixun")
KEEP_RELEASES = 5


def previous_counts(home: Home, province: str) -> Mapping[str, int] | None:
    """Row counts of the dump tables in the last release whose manifest can be read, or None when there is none.

    Only what was sent in can go missing: fewer rejects, or a clause more, are no reason to refuse a night.
    """
    for folder in _newest_first(home, province):
        try:
            counts: Mapping[str, int] = manifest_of(folder)["tables"]
        except ReleaseDamaged as damage:
            log.warning("%s", damage)
            continue
        return {name: rows for name, rows in counts.items() if name.startswith("staging.")}
    return None


def _newest_first(home: Home, province: str) -> Iterator[Path]:
    """The current release, then the other kept ones."""
    current = home.current_release(province)
    if current is not None:
        yield current
    yield from _others(home, province)


def _others(home: Home, province: str) -> list[Path]:
    """Kept releases besides the current one, newest first."""
    current, place = home.current_release(province), home.releases(province)
    kept = [path for path in place.iterdir() if path.is_dir() and path != current] if place.is_dir() else []
    kept = [path for path in kept if not path.name.startswith(".")]
    return sorted(kept, key=lambda path: path.stat().st_mtime, reverse=True)


def prune(home: Home, province: str) -> None:
    """Keeps the current release and the newest others, SHIXUN_KEEP_RELEASES (default 5) in all."""
    keep = max(int(os.environ.get("SHIXUN_KEEP_RELEASES", KEEP_RELEASES)), 1)
    left_aside = home.releases(province).glob(".*.old")
    for folder in (*_others(home, province)[keep - 1 :], *left_aside):
        shutil.rmtree(folder, ignore_errors=True)
