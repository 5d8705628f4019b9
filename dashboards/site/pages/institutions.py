"""Pages of training institutions."""

from typing import Any

from dashboards.site import addresses, charts, numbers
from dashboards.site.attention import Attention
from dashboards.site.making import told_readings
from dashboards.site.measures import SATISFACTION
from dashboards.site.pages.frame import frame
from dashboards.site.region import Region, Row, reviewed
from dashboards.site.render import Writer
from dashboards.site.verdicts import mark

_SHOWN_PROJECTS = 200


def write(region: Region, watch: Attention, writer: Writer) -> None:
    """A page per institution that has answers in some year."""
    for identifier, years in region.institutions.items():
        writer.page(
            f"{addresses.institution(identifier)}index.html",
            "institution.html",
            _institution(region, watch, identifier, years),
        )


def _institution(region: Region, watch: Attention, identifier: str, years: list[Row]) -> dict[str, Any]:
    latest = years[-1]
    name = latest["institution_name"] or identifier
    places = [region.by_id[code] for code in (latest["city_id"], latest["county_id"]) if code in region.by_id]
    targets = region.targets(SATISFACTION, str(latest["year"]), region.province)
    chart = charts.satisfaction(years, targets, name)
    projects = sorted(
        region.projects_by_institution.get(identifier, []), key=lambda row: (-(row["year"] or 0), row["project_id"])
    )
    clauses = region.clauses_of(SATISFACTION, region.province)
    return frame(region, 2, name, [region.province, *places], clauses=SATISFACTION.clauses) | {
        "latest": latest,
        "measure": SATISFACTION,
        "findings": [(row, _readings(region, row["clause_id"], latest)) for row in clauses],
        "sources": region.makings.sources(row["clause_id"] for row in clauses),
        "interval": charts.interval(latest),
        "ranks": region.rank_ranges.get((identifier, latest["year"])),
        "value": "＊" if latest["suppression"] else _share(latest, "satisfied", "responses_valid"),
        "with_basic": "＊" if latest["suppression"] else _share(latest, "satisfied_with_basic", "responses_valid"),
        "response": "＊" if latest["suppression"] else _share(latest, "responses", "invited"),
        "mark": mark(latest["verdict"], is_trigger=True),
        "targets": targets,
        "reviewed": reviewed(targets) if targets else "",
        "concerns": watch.institution(identifier),
        "projects": [_project(row) for row in projects[:_SHOWN_PROJECTS]],
        "project_total": len(projects),
        "charts": [chart] if chart else [],
        "has_charts": chart is not None,
    }


def _readings(region: Region, clause_id: str, latest: Row) -> list[str]:
    """What other readings of a clause would do to the institution's latest finding."""
    finding = region.finding(clause_id, latest["institution_id"], str(latest["year"]))
    return told_readings(finding) if finding else []


def _share(row: Row, numerator: str, denominator: str) -> str:
    return numbers.percent(numbers.ratio(row[numerator], row[denominator]))


def _project(row: Row) -> dict[str, Any]:
    hidden = row["suppression"] is not None
    return {
        "name": row["project_name"] or row["project_id"],
        "year": row["year"],
        "mode": row["delivery_mode"] or "—",
        "level": row["level"] or "—",
        "checks": row["check_count"],
        "answers": "＊" if hidden else numbers.count(row["responses_valid"]),
        "shown": "＊" if hidden else _share(row, "satisfied", "responses_valid"),
    }
