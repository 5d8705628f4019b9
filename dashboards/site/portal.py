"""The portal over all provinces: where each stands and what last night refused.

It is built from one small JSON file that every release's site carries, so no warehouse is opened for it.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from dashboards.site import view
from dashboards.site.pages.headline import cards
from dashboards.site.region import Region
from dashboards.site.release import ReleaseData
from dashboards.site.render import Writer

FILE = "portal.json"
LATEST = 6
"""So many reports stand on the portal itself; the page of reports has them all."""


@dataclass(frozen=True)
class Headline:
    """One headline measure of a province as the portal shows it."""

    title: str
    period: str
    shown: str
    target: str
    change: str
    tallies: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class PortalEntry:
    """A province's current release in one line."""

    province: str
    province_name: str
    release_id: str
    as_of: date
    counties: int
    headlines: Sequence[Headline]
    is_sample: bool = False
    gaps: Sequence[str] = ()

    def to_json(self) -> str:
        return json.dumps(asdict(self) | {"as_of": self.as_of.isoformat()}, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "PortalEntry":
        """The entry written by `to_json`."""
        data = json.loads(text)
        headlines = [Headline(**{**h, "tallies": [tuple(t) for t in h["tallies"]]}) for h in data["headlines"]]
        return cls(**{**data, "as_of": date.fromisoformat(data["as_of"]), "headlines": headlines})


@dataclass(frozen=True)
class RefusedNight:
    """A night whose dump the gate refused: the reasons, and the release that readers still see, if any."""

    province: str
    province_name: str
    as_of: date
    reasons: Sequence[str]
    quality_href: str | None
    current_release_id: str | None


def portal_entry(release: ReleaseData) -> PortalEntry:
    """The line of a release in the portal."""
    return entry_of(Region(release))


def entry_of(region: Region) -> PortalEntry:
    """As `portal_entry`, from a region already read."""
    release = region.release
    return PortalEntry(
        release.province,
        release.province_name,
        release.release_id,
        release.as_of,
        len(region.counties),
        [
            Headline(
                card.measure.title,
                view.period_label(region, card.measure, region.headline_period(card.measure)),
                card.cell.shown,
                card.target,
                card.change,
                [(tally.mark.style, tally.mark.shape, tally.text) for tally in card.tallies],
            )
            for card in cards(region, region.province)
        ],
        release.is_sample,
        region.gaps,
    )


@dataclass(frozen=True)
class ReportEntry:
    """A yearly report that can be read: of whom and which year, draft or final, and its files by format.

    `dated` is the day it was signed, for a draft the day its data stand for; `files` are addresses from the portal.
    """

    region: str
    year: int
    title: str
    is_final: bool
    dated: str
    files: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class ArchiveEntry:
    """A pinned release whose pages stand at `archive/<release>/`; `is_older` where its province has a newer one."""

    release: str
    province: str
    as_of: date
    is_older: bool


def build_portal(
    releases: Sequence[PortalEntry],
    refused: Sequence[RefusedNight],
    out: Path,
    reports: Sequence[ReportEntry] = (),
    archived: Sequence[ArchiveEntry] = (),
) -> list[Path]:
    """Write the portal and its list of reports to `out`; each province is linked as `<code>/index.html`."""
    names = {entry.province: entry.province_name for entry in releases}
    writer = Writer(out)
    listed = sorted(reports, key=lambda one: (-one.year, one.region, not one.is_final))
    writer.page(
        "reports.html",
        "reports.html",
        {
            "title": "教师培训质量年度报告",
            "reports": listed,
            "archived": [(names.get(one.province, one.province), one) for one in archived],
            "is_sample": any(entry.is_sample for entry in releases),
            "has_charts": False,
            "search_index": " ".join(f"../{entry.province}/assets/search-index.js" for entry in releases),
        },
    )
    writer.page(
        "index.html",
        "portal.html",
        {
            "title": "教师培训质量监测门户",
            "entries": sorted(releases, key=lambda entry: entry.province),
            "is_sample": any(entry.is_sample for entry in releases),
            "refused": sorted(refused, key=lambda night: night.province),
            "reports": listed[:LATEST],
            "has_charts": False,
            "search_index": " ".join(f"../{entry.province}/assets/search-index.js" for entry in releases),
        },
    )
    writer.assets()
    return sorted(writer.written)
