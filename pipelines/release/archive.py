"""HOME/archive: the pages of pinned releases, at addresses that stand as long as the pin.

Belongs here: which releases are archived, and the copies. Downloads are shared with the release (hard links), so that
a copy costs its pages only; pages get a banner and way back to the portal of today. What is pinned is keep.py's, the
list of them the portal's.
"""

import html
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from pipelines.release.home import Home
from pipelines.release.keep import NotKept, kept_release, pins
from pipelines.release.seal import ReleaseDamaged, manifest_of

STATE: Final = ".state"
"""What a copy's banner says, so that it is written again when that changes."""
IS_CURRENT, IS_OLDER = "current", "older"


@dataclass(frozen=True)
class Archived:
    """One pinned release with pages: whose, which day's data, and whether readers have a newer one."""

    release: str
    province: str
    as_of: date
    is_older: bool

    @property
    def banner(self) -> str:
        """What stands on top of each page; `{root}` leads to the province's folder there."""
        told = f"存档　发布 {html.escape(self.release)}（数据截至 {self.as_of}），地址长期不变。"
        newer = "已有更新的发布：" if self.is_older else "它就是现行发布："
        way = f'<a href="{{root}}../../{self.province}/index.html">查看现行页面</a>'
        return f'<p class="sample archived"><b>{told}</b>{newer}{way}</p>'


def refresh_archive(home: Home) -> list[Archived]:
    """Copies the pages of releases pinned since, takes away those that no longer are; all that stand afterwards."""
    place = home.path / "archive"
    place.mkdir(exist_ok=True)
    held = list(_pinned(home))
    for one in held:
        folder = place / one.release
        state = IS_OLDER if one.is_older else IS_CURRENT
        if not (folder / STATE).exists() or (folder / STATE).read_text("utf-8") != state:
            _copy(kept_release(home, one.release) / "site", folder, one, state)
    names = {one.release for one in held}
    for folder in place.iterdir():
        if folder.name not in names:
            shutil.rmtree(folder, ignore_errors=True)
    return held


def _pinned(home: Home) -> Iterator[Archived]:
    """Pinned releases that the home still has with their pages; a damaged one has none."""
    for name in pins(home):
        try:
            folder = kept_release(home, name)
            facts = manifest_of(folder)
        except (NotKept, ReleaseDamaged):
            continue
        if (folder / "site" / "index.html").exists():
            current = home.current_release(folder.parent.name)
            yield Archived(name, folder.parent.name, date.fromisoformat(facts["as_of"]), current != folder)


def _copy(site: Path, target: Path, one: Archived, state: str) -> None:
    """Makes the copy aside and puts it in its place whole."""
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.rmtree(aside, ignore_errors=True)
    for path in sorted(site.rglob("*")):
        here = aside / path.relative_to(site)
        if path.is_dir():
            here.mkdir(parents=True, exist_ok=True)
        elif path.suffix == ".html":
            here.parent.mkdir(parents=True, exist_ok=True)
            here.write_text(_archived_page(path, site, one), encoding="utf-8", newline="\n")
        else:
            here.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, here)
    (aside / STATE).write_text(state, encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    aside.rename(target)


def _archived_page(path: Path, site: Path, one: Archived) -> str:
    """A page with its banner, its links out of the province folder one step longer: the archive lies deeper."""
    root = "../" * (len(path.relative_to(site).parts) - 1)
    text = path.read_text(encoding="utf-8")
    for outside in ("index.html", "reports.html"):
        text = text.replace(f'href="{root}../{outside}"', f'href="{root}../../{outside}"')
    head, body, rest = text.partition('<a class="skip" href="#content">')
    return head + one.banner.replace("{root}", root) + "\n" + body + rest
