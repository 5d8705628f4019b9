"""HOME/site: the portal over every province's current release.

Belongs here: gathering what the portal shows and switching it on in one step. How it looks is in dashboards/site.
"""

import html
import logging
import os
import re
import shutil
from datetime import date
from pathlib import Path

from dashboards.site import ArchiveEntry, PortalEntry, RefusedNight, ReportEntry, build_portal
from models.law import provinces
from pipelines.release.archive import refresh_archive
from pipelines.release.home import Home, switch_link
from pipelines.release.seal import ReleaseDamaged
from pipelines.release.signatures import FINAL, records
from pipelines.release.switch import last_refusal

log = logging.getLogger("shixun")
FORMATS = {".pdf": "PDF", ".docx": "Word", ".xlsx": "Excel", ".html": "网页"}
HEAD_BYTES = 20_000
TITLE, DAY = re.compile(r"<title>([^<]*)</title>"), re.compile(r"<dt>数据截至</dt><dd>([^<]*)</dd>")
"""What a report says of itself on its first lines."""


def refresh_portal(home: Home) -> None:
    """Builds the portal aside and switches `HOME/site` to it; province folders are links to current releases."""
    with home.locked("portal"):
        home.portals.mkdir(parents=True, exist_ok=True)
        number = 1 + max((int(p.name) for p in home.portals.iterdir() if p.name.isdigit()), default=0)
        folder = home.portals / f"{number:08d}"
        published, refused = _published(home), _refused(home)
        reports, archived = _reports(home), refresh_archive(home)
        shelf = [ArchiveEntry(one.release, one.province, one.as_of, one.is_older) for one in archived]
        build_portal(published, refused, folder, [entry for entry, _ in reports], shelf)
        for _, links in reports:
            for address, path in links.items():
                (folder / address).parent.mkdir(parents=True, exist_ok=True)
                (folder / address).symlink_to(os.path.relpath(path, (folder / address).parent))
        (folder / "archive").symlink_to(os.path.relpath(home.path / "archive", folder))
        for entry in published:
            (folder / entry.province).symlink_to(os.path.relpath(home.current(entry.province) / "site", folder))
        for night in refused:
            if night.quality_href is None:
                continue
            place = home.refused(night.province) / "quality"
            (folder / f"refused-{night.province}").symlink_to(os.path.relpath(place, folder))
        switch_link(home.site, folder)
        for old in home.portals.iterdir():
            if old != folder:
                shutil.rmtree(old, ignore_errors=True)


def _reports(home: Home) -> list[tuple[ReportEntry, dict[str, Path]]]:
    """Reports kept in the home, each with the files behind its addresses; a final one stands at `…/final/`."""
    found = []
    for page in sorted((home.path / "reports").glob("*/*/**/*.html")):
        folder = page.parent
        is_final = folder.name == FINAL
        year = folder.parent if is_final else folder
        text = page.read_text("utf-8")[:HEAD_BYTES]
        title, day = TITLE.search(text), DAY.search(text)
        if not year.name.isdigit() or title is None or day is None:
            continue
        signatures = records(year) if is_final else []
        if is_final and not signatures:  # its files are there, but nobody's names yet
            continue
        dated = signatures[-1]["dated"] if signatures else day[1]
        links = {f"{path.relative_to(home.path)}": path for path in sorted(folder.iterdir()) if path.suffix in FORMATS}
        files = [(FORMATS[Path(address).suffix], address) for address in links]
        entry = ReportEntry(year.parent.name, int(year.name), html.unescape(title[1]), is_final, dated, files)
        found.append((entry, links))
    return found


def _published(home: Home) -> list[PortalEntry]:
    """Provinces with a release; one whose pages are gone is left out and said, so that the others have their portal."""
    entries = []
    for province in home.provinces():
        folder = home.current_release(province)
        if folder is None:
            continue
        try:
            entries.append(PortalEntry.from_json((folder / "site" / "portal.json").read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            log.warning("%s：%s门户暂不列出该省。", province, ReleaseDamaged(folder))
    return entries


def _refused(home: Home) -> list[RefusedNight]:
    nights = []
    for province in home.provinces():
        facts = last_refusal(home, province)
        if facts is None:
            continue
        current = home.current_release(province)
        nights.append(
            RefusedNight(
                province=province,
                province_name=provinces()[province],
                as_of=date.fromisoformat(facts["as_of"]),
                reasons=facts["reasons"],
                quality_href=f"refused-{province}/index.html" if home.refused_page(province) else None,
                current_release_id=current.name if current else None,
            )
        )
    return nights
