"""Schools of a county, in aggregates only: one page per county, an anchor per school."""

from typing import Any

from dashboards.site.measures import CYCLE
from dashboards.site.pages.frame import frame
from dashboards.site.region import Cell, Region, Row, Unit, period_end
from dashboards.site.render import Writer


def write(region: Region, writer: Writer) -> None:
    """A page for every county that has schools with judged teachers."""
    for county in region.counties:
        if region.schools.get(county.id):
            writer.page(f"{county.address}school/index.html", "schools.html", _schools(region, county))


def _schools(region: Region, county: Unit) -> dict[str, Any]:
    rows = region.schools[county.id]
    periods = sorted({row["period"] for row in rows})
    held = {(row["school_id"], row["period"]): row for row in rows}
    latest = {row["school_id"]: row for row in rows}
    city = region.by_id.get(county.city_id or "")
    trail = [region.province, *([city] if city else []), county]
    lines = [
        {
            "id": identifier,
            "name": row["school_name"] or identifier,
            "note": row["place_note"],
            "type": row["school_type"] or "—",
            "ownership": row["ownership"] or "—",
            "place": row["urban_rural"] or "—",
            "cells": [_cell(region, held.get((identifier, period)), period) for period in periods],
        }
        for identifier, row in latest.items()
    ]
    return frame(
        region,
        3,
        f"{county.name}学校",
        trail,
        here="学校",
        clauses=[c["clause_id"] for c in region.clauses_of(CYCLE, county)],
    ) | {
        "county": county,
        "periods": [(period, period_end(period) >= region.release.as_of) for period in periods],
        "schools": sorted(lines, key=lambda line: (line["type"], line["name"], line["id"])),
    }


def _cell(region: Region, row: Row | None, period: str) -> Cell:
    is_open = period_end(period) >= region.release.as_of
    if row is None:
        return Cell(CYCLE, period, None, None)
    return Cell(
        CYCLE,
        period,
        row["numerator"],
        row["denominator"],
        suppression=row["suppression"],
        rounded_percent=row["rounded_percent"],
        rounded_step=row["rounded_step"],
        is_open=is_open,
    )
