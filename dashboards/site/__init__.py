"""The static site people look at: pages of one release, the portal over all of them, the data-quality page.

Here belongs how figures are shown. What they are, and which are too small to show, is decided in the warehouse
(`models.marts.publication`). Pages need no server, load nothing from elsewhere and keep their addresses.
"""

from dashboards.site.build import build_quality_page, build_site
from dashboards.site.portal import ArchiveEntry, PortalEntry, RefusedNight, ReportEntry, build_portal, portal_entry
from dashboards.site.release import DumpFile, QualityNight, ReleaseData, Service

__all__ = [
    "ArchiveEntry",
    "DumpFile",
    "PortalEntry",
    "QualityNight",
    "RefusedNight",
    "ReleaseData",
    "ReportEntry",
    "Service",
    "build_portal",
    "build_quality_page",
    "build_site",
    "portal_entry",
]
