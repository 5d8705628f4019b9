"""What every page of a province has around its content: title, breadcrumbs, provenance and last night's banner."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.site.region import Region, Unit
from dashboards.site.release import ReleaseData

PORTAL = ("门户", "../index.html")


@dataclass(frozen=True)
class Crumb:
    """A step of the way from the portal to the page; the page itself has no href."""

    title: str
    href: str | None


def frame(
    region: Region,
    depth: int,
    title: str,
    trail: Sequence[Unit] = (),
    *,
    here: str | None = None,
    clauses: Sequence[str] = (),
) -> dict[str, Any]:
    """The context all templates share. `trail` are the units above the page, the province first."""
    root = "../" * depth
    steps = [Crumb(PORTAL[0], root + PORTAL[1])]
    steps += [Crumb(unit.name, f"{root}{unit.address}index.html") for unit in trail]
    steps.append(Crumb(here or title, None))
    release = region.release
    return {
        "title": title,
        "crumbs": steps,
        "release": release,
        "province": region.province,
        "clause_ids": [clause for clause in clauses if clause in region.clauses],
        "banner": banner(release),
        "has_charts": False,
    }


def banner(release: ReleaseData) -> dict[str, Any]:
    """Last night in numbers: the as-of date and what was not taken in."""
    rejects = release.tables("marts.public_reject")
    counts = release.tables("audit.row_counts")
    gate = release.tables("audit.gate")
    warnings = gate.filter(~gate["success"].fill_null(value=True))
    is_row = rejects["severity"] == "row"
    return {
        "rows_read": int(counts["rows_read"].sum()),
        "rows_refused": int(rejects.filter(is_row)["count"].sum()),
        "cells_refused": int(rejects.filter(~is_row)["count"].sum()),
        "warnings": warnings.height,
    }
