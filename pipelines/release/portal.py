"""HOME/site: the portal over every province's current release.

Belongs here: gathering what the portal shows and switching it on in one step. How it looks is in dashboards/site.
"""

import logging
import os
import shutil
from datetime import date

from dashboards.site import PortalEntry, RefusedNight, build_portal
from models.law import provinces
from pipelines.release.home import Home, switch_link
from pipelines.release.seal import ReleaseDamaged
from pipelines.release.switch import last_refusal

log = logging.getLogger("shixun")


def refresh_portal(home: Home) -> None:
    """Builds the portal aside and switches `HOME/site` to it; province folders are links to current releases."""
    with home.locked("portal"):
        home.portals.mkdir(parents=True, exist_ok=True)
        number = 1 + max((int(p.name) for p in home.portals.iterdir() if p.name.isdigit()), default=0)
        folder = home.portals / f"{number:08d}"
        published, refused = _published(home), _refused(home)
        build_portal(published, refused, folder)
        for entry in published:
            (folder / entry.province).symlink_to(os.path.relpath(home.current(entry.province) / "site", folder))
        for night in refused:
            place = home.refused(night.province) / "quality"
            (folder / f"refused-{night.province}").symlink_to(os.path.relpath(place, folder))
        switch_link(home.site, folder)
        for old in home.portals.iterdir():
            if old != folder:
                shutil.rmtree(old, ignore_errors=True)


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
                quality_href=f"refused-{province}/index.html",
                current_release_id=current.name if current else None,
            )
        )
    return nights
