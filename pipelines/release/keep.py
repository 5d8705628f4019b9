"""Which of a province's releases are kept, and what earlier ones held.

Belongs here: the order of kept releases, pins and pruning, the row counts of the last. Not here: switching (switch.py).
"""

import json
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
    folder = last_readable(home, province)
    if folder is None:
        return None
    counts: Mapping[str, int] = manifest_of(folder)["tables"]
    return {name: rows for name, rows in counts.items() if name.startswith("staging.")}


def last_readable(home: Home, province: str) -> Path | None:
    """The last release whose manifest can be read, or None when there is none."""
    return next(readable(home, province), None)


def readable(home: Home, province: str) -> Iterator[Path]:
    """The kept releases whose manifest can be read, the readers' first, then newest first."""
    for folder in _newest_first(home, province):
        try:
            manifest_of(folder)
        except ReleaseDamaged as damage:
            log.warning("%s", damage)
            continue
        yield folder


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
    """Keeps the current release, what is pinned, and the newest others, SHIXUN_KEEP_RELEASES (default 5) in all."""
    keep = max(int(os.environ.get("SHIXUN_KEEP_RELEASES", KEEP_RELEASES)), 1)
    left_aside = home.releases(province).glob(".*.old")
    held = pins(home)
    others = [folder for folder in _others(home, province) if folder.name not in held]
    for folder in (*others[keep - 1 :], *left_aside):
        shutil.rmtree(folder, ignore_errors=True)


class NotKept(LookupError):
    """A release is asked for that the home does not have, or a pin that may not be taken off."""


def kept_release(home: Home, release: str) -> Path:
    """The folder of a release by its name, whichever province it is of.

    Raises:
        NotKept: the home doesn't have it.
    """
    releases = home.path / "releases"
    is_name = release == Path(release).name and release and not release.startswith(".")
    found = [place / release for place in _provinces(releases) if is_name and (place / release).is_dir()]
    if found:
        return found[0]
    have = sorted((path.name for place in _provinces(releases) for path in place.iterdir()), reverse=True)
    listed = "、".join(name for name in have if not name.startswith("."))
    raise NotKept(f"没有保存发布 {release}。" + (f"现有：{listed}。" if listed else "还没有任何发布。"))


def _provinces(releases: Path) -> list[Path]:
    return sorted(path for path in releases.iterdir() if path.is_dir()) if releases.is_dir() else []


def pins(home: Home) -> dict[str, list[str]]:
    """Why each pinned release is kept, by its name; a release stays as long as it has one reason."""
    folder = home.path / "pins"
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    return {path.stem: list(json.loads(path.read_text("utf-8"))["reasons"]) for path in files}


def pin(home: Home, release: str, reason: str) -> None:
    """Keeps a release from pruning for a reason; once more for the same one changes nothing.

    Raises:
        NotKept: the home doesn't have it.
    """
    kept_release(home, release)
    with home.locked("pins"):
        _write_pin(home, release, list(dict.fromkeys([*pins(home).get(release, []), reason])))


def unpin(home: Home, release: str, reason: str) -> None:
    """Takes one reason back; without any left the next nights may prune the release.

    Raises:
        NotKept: it isn't pinned for that reason; the message tells for which.
    """
    with home.locked("pins"):
        reasons = pins(home).get(release, [])
        if reason not in reasons:
            why = f"它因“{'、'.join(reasons)}”保留，不能解除。" if reasons else "它没有固定。"
            raise NotKept(f"发布 {release}：{why}")
        _write_pin(home, release, [one for one in reasons if one != reason])


def _write_pin(home: Home, release: str, reasons: list[str]) -> None:
    path = home.path / "pins" / f"{release}.json"
    path.parent.mkdir(exist_ok=True)
    if not reasons:
        path.unlink(missing_ok=True)
        return
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_text(json.dumps({"release": release, "reasons": reasons}, ensure_ascii=False) + "\n", "utf-8")
    aside.replace(path)
