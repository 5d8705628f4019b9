"""From a release to its folder of pages."""

from pathlib import Path

from dashboards.site import portal
from dashboards.site.attention import Attention
from dashboards.site.changes import changes
from dashboards.site.pages import (
    institutions,
    law,
    outlook,
    projects,
    reference,
    schools,
    search,
    tables,
    take_away,
    units,
    workbench,
)
from dashboards.site.pages.frame import frame
from dashboards.site.pages.quality import quality
from dashboards.site.region import Region
from dashboards.site.release import QualityNight, ReleaseData
from dashboards.site.render import Writer
from models.drift.usual import was_compared


def build_site(release: ReleaseData, out: Path) -> list[Path]:
    """Write all pages of a release to the new folder `out` and return the files, sorted.

    The same release gives the same bytes. Addresses (`county/330106/`) do not depend on the release.

    Raises:
        FileExistsError: `out` already holds something.
    """
    region = Region(release)
    writer = Writer(out)
    watch = Attention(region)
    units.write(region, watch, writer)
    institutions.write(region, watch, writer)
    schools.write(region, writer)
    projects.write(region, writer)
    outlook.write(region, writer)
    law.write(region, writer)
    reference.write(region, writer)
    take_away.write(region, writer)
    tables.write(region, writer)
    workbench.write(region, writer)
    search.write(region, writer)
    _quality_and_changes(region, release, writer)
    writer.text(portal.FILE, portal.entry_of(region).to_json())
    writer.assets()
    return sorted(writer.written)


def _quality_and_changes(region: Region, release: ReleaseData, writer: Writer) -> None:
    """What the gate saw of the night, and what changed since the release before."""
    night = QualityNight(
        release.province,
        release.province_name,
        release.as_of,
        release.release_id,
        region.table("audit.gate"),
        region.table("marts.public_reject"),
        region.table("audit.row_counts"),
        release.dump_files,
        None if release.previous is None else release.previous.tables("audit.row_counts"),
        region.table("marts.public_reject_sender"),
        region.table("audit.problems"),
        region.table("audit.drift"),
        was_compared(region.table("audit.variation"), release.as_of),
    )
    writer.page(
        "quality/index.html",
        "quality.html",
        frame(region, 1, "数据质量", [region.province]) | quality(night, region.addresses),
    )
    writer.page(
        "changes/index.html",
        "changes.html",
        frame(region, 1, "变更", [region.province]) | {"changes": changes(region)},
    )


def build_quality_page(night: QualityNight, out: Path) -> list[Path]:
    """Write the data-quality page of one night on its own, for a night that was refused."""
    writer = Writer(out)
    writer.page(
        "index.html",
        "quality_alone.html",
        {"title": "数据质量", "has_charts": False, "search_index": ""} | quality(night),
    )
    writer.assets()
    return sorted(writer.written)
