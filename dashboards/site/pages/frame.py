"""What every page of a province has around its content: title, breadcrumbs and provenance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.site.region import Region, Unit

search_index = "search-index.js"
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
        "is_sample": release.is_sample,
        "gaps": region.gaps,
        "has_charts": False,
        "search_index": search_index,
    }
