"""Projects of a county over all years: one page per county, an anchor per project."""

from typing import Any

from dashboards.site import addresses, numbers
from dashboards.site.measures import COVERAGE, SATISFACTION
from dashboards.site.pages.frame import frame
from dashboards.site.region import HIDDEN, Region, Row, Unit
from dashboards.site.render import Writer


def write(region: Region, writer: Writer) -> None:
    """A page for every county that has projects."""
    for county in region.counties:
        if region.projects_by_county.get(county.id):
            writer.page(f"{county.address}project/index.html", "projects.html", _projects(region, county))


def _projects(region: Region, county: Unit) -> dict[str, Any]:
    rows = sorted(
        region.projects_by_county[county.id],
        key=lambda row: (-(row["year"] or 0), str(row["start_date"] or ""), row["project_id"]),
    )
    city = region.by_id.get(county.city_id or "")
    trail = [region.province, *([city] if city else []), county]
    return frame(
        region, 3, f"{county.name}培训项目", trail, here="培训项目", clauses=[*COVERAGE.clauses, *SATISFACTION.clauses]
    ) | {
        "county": county,
        "total": len(rows),
        "projects": [_project(region, row) for row in rows],
    }


def _project(region: Region, row: Row) -> dict[str, Any]:
    institution = region.institutions.get(row["institution_id"] or "")
    ratio = None if row["suppression"] else numbers.ratio(row["satisfied"], row["responses_valid"])
    return {
        "id": row["project_id"],
        "name": row["project_name"] or row["project_id"],
        "institution": institution[-1]["institution_name"] or row["institution_id"] if institution else None,
        "href": f"../../../{addresses.institution(row['institution_id'])}index.html" if institution else None,
        "year": row["year"],
        "level": row["level"] or "—",
        "mode": row["delivery_mode"] or "—",
        "start": row["start_date"] or "—",
        "status": row["status"] or "—",
        "checks": row["check_count"],
        "answers": _answers(row),
        "shown": HIDDEN if row["suppression"] else numbers.percent(ratio),
    }


def _answers(row: Row) -> str:
    """Valid answers, where they may be told."""
    if row["suppression"]:
        return HIDDEN
    return numbers.count(row["responses_valid"])
