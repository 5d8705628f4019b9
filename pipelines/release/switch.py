"""The one moment in which readers get a new release, or a night is refused and they keep the old one.

Belongs here: moving a sealed release to its place, switching the link, keeping why a night was refused.
"""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines.release.build import Build, discard_build
from pipelines.release.home import Home, remove_half_made, switch_link, sync_folder
from pipelines.release.keep import prune
from pipelines.release.seal import MANIFEST, is_whole


def is_moved(build: Build) -> bool:
    """Whether an earlier try of this night's last step already moved the sealed release to its place."""
    return not build.release_folder.exists() and (_place(build) / MANIFEST).exists()


def publish_release(build: Build) -> Path:
    """Moves the sealed release among the releases and switches the readers' link; done again it changes nothing.

    Killed before the switch, the readers' release stays; tried again, or by the next night, it is switched on.
    """
    target = _place(build)
    target.parent.mkdir(parents=True, exist_ok=True)
    with build.home.locked(build.province):
        if build.release_folder.exists():
            _move_in(build, target)
        switch_link(build.home.current(build.province), target)
        forget_refusal(build.home, build.province)
        prune(build.home, build.province)
    return target


def _place(build: Build) -> Path:
    return build.home.releases(build.province) / str(build.facts["release"])


def _move_in(build: Build, target: Path) -> None:
    """Takes the place of a damaged or earlier release of the same inputs; one that readers have whole stays."""
    if target == build.home.current_release(build.province) and is_whole(target):
        shutil.rmtree(build.release_folder)
        return
    aside = target.with_name(f".{target.name}.old")
    shutil.rmtree(aside, ignore_errors=True)
    if target.exists():
        target.rename(aside)
    build.release_folder.rename(target)
    sync_folder(target.parent)
    shutil.rmtree(aside, ignore_errors=True)


def keep_refusal(build: Build, facts: Mapping[str, object]) -> Path:
    """Keeps a refused night's quality page and facts where people look, and nothing else of it."""
    place = build.home.refused(build.province)
    aside = place.with_name(f".{place.name}.{os.getpid()}")
    remove_half_made(place)
    aside.mkdir(parents=True)
    if build.quality.exists():
        shutil.copytree(build.quality, aside / "quality")
    (aside / "refused.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")
    shutil.rmtree(place, ignore_errors=True)
    aside.rename(place)
    discard_build(build)
    return place


def last_refusal(home: Home, province: str) -> dict[str, Any] | None:
    """The facts of the last refused night, or None when the last night published."""
    path = home.refused(province) / "refused.json"
    if not path.exists():
        return None
    facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return facts


def forget_refusal(home: Home, province: str) -> None:
    """Takes the last refused night away: readers have what tonight's dumps give."""
    shutil.rmtree(home.refused(province), ignore_errors=True)
