"""The try-out on the province's page: what another threshold would change, from published figures only."""

from typing import Any

from dashboards.site import view
from dashboards.site.measures import COVERAGE, CYCLE, SATISFACTION, system_title
from dashboards.site.region import Region, Row, Target
from models.law import load_policies


def whatif(region: Region) -> dict[str, Any]:
    """The data of the sliders; a measure without a clause in this province has none."""
    parts = {
        "coverage": _coverage(region),
        "satisfaction": _satisfaction(region),
        "cycles": _cycles(region),
    }
    return {name: part for name, part in parts.items() if part}


def _coverage(region: Region) -> dict[str, Any] | None:
    period = region.headline_period(COVERAGE)
    targets = region.targets(COVERAGE, period, region.province)
    if not targets:
        return None
    cells = [(county, region.cell(COVERAGE, county, period)) for county in region.counties]
    return {
        "period": view.period_label(region, COVERAGE, period),
        "limit": float(targets[0].threshold * 100),
        "rows": [[county.name, cell.numerator, cell.denominator] for county, cell in cells if cell.denominator],
    }


def _satisfaction(region: Region) -> dict[str, Any] | None:
    period = region.headline_period(SATISFACTION)
    targets = region.targets(SATISFACTION, period, region.province)
    if not targets:
        return None
    highest: Target = max(targets, key=lambda target: target.threshold)
    rows = [
        [row["institution_name"] or row["institution_id"], row["satisfied"], row["responses_valid"]]
        for years in region.institutions.values()
        for row in years
        if str(row["year"]) == period and not row["suppression"]
    ]
    return {
        "period": view.period_label(region, SATISFACTION, period),
        "limit": float(highest.threshold * 100),
        "inclusive": highest.operator == "<=",
        "rows": rows,
    }


def _cycles(region: Region) -> list[dict[str, Any]]:
    period = region.headline_period(CYCLE)
    found: dict[str, list[Row]] = {}
    for row in region.table("marts.public_whatif").iter_rows(named=True):
        if row["period"] == period:
            found.setdefault(row["credit_system"], []).append(row)
    return [_cycle(region, system, rows) for system, rows in found.items()]


def _cycle(region: Region, system: str, rows: list[Row]) -> dict[str, Any]:
    return {
        "id": system,
        "title": system_title(system),
        "period": view.period_label(region, CYCLE, rows[0]["period"]),
        "credits": sorted({row["credits_at_least"] for row in rows}),
        "hours": sorted({row["hours_at_least"] for row in rows}),
        "start": [_limit(system, role) for role in ("cycle_credits", "cycle_hours")],
        "teachers": rows[0]["teachers"],
        "met": {f"{row['credits_at_least']}|{row['hours_at_least']}": row["met"] for row in rows},
    }


def _limit(system: str, role: str) -> int:
    """The latest threshold of a system's clause in a role as a whole number, 0 where it has no such rule."""
    book = load_policies()
    document = next((one for one in book if one.credit_system == system), None)
    named = document.roles.get(role, ()) if document else ()
    return int(book.clause(named[0]).thresholds[-1].value) if named else 0  # type: ignore[arg-type]
