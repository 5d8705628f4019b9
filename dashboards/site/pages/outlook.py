"""The page on the cycle (pace, projection, why it was missed) and the page on spot checks (gaps, lists to draw)."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from dashboards.site import numbers, view
from dashboards.site.measures import COVERAGE, CYCLE, system_title, yardstick
from dashboards.site.pages.frame import frame
from dashboards.site.region import HIDDEN, Cell, Region, Row, Unit, period_end
from dashboards.site.render import Writer
from dashboards.site.verdicts import mark
from models.contracts import marts_contracts

CONVENTIONS = {"end": "按周期末的学校", "event": "按培训时的学校"}
"""Where a teacher counts who moved between counties."""


def write(region: Region, writer: Writer) -> None:
    """Both pages of the province."""
    writer.page("cycle/index.html", "cycle.html", _cycle(region))
    writer.page("spot-check/index.html", "spot_check.html", _spot_check(region))


def around_cycle(region: Region, unit: Unit) -> dict[str, Any]:
    """Why the last cycle was missed and who will miss the open one, for a unit's own page."""
    return {"causes": _causes(region, unit), "risks": [risk_line(row) for row in region.risks.get(unit.id, [])]}


def _causes(region: Region, unit: Unit) -> list[tuple[str, str]]:
    """Causes with their teachers, most first; hidden ones last, those nobody has left out."""
    period = region.headline_period(CYCLE)
    titles = {field.name: field.header for field in marts_contracts()["shortfall_cause"].fields}
    rows = [row for row in region.shortfalls.get(unit.id, []) if row["period"] == period and row["teachers"] != 0]
    rows.sort(key=lambda row: (-(row["teachers"] or 0), row["cause"]))
    return [(titles[row["cause"]], HIDDEN if row["suppression"] else numbers.count(row["teachers"])) for row in rows]


def risk_line(row: Row) -> dict[str, str]:
    """One credit system of a unit's open cycle: who is at risk, by when, and the pace so far beside the one needed."""
    cell = Cell(
        CYCLE,
        row["period"],
        row["numerator"],
        row["denominator"],
        suppression=row["suppression"],
        rounded_percent=row["rounded_percent"],
        rounded_step=row["rounded_step"],
    )
    return {
        "period": row["period"].replace("-", "—"),
        "deadline": period_end(row["period"]).isoformat(),
        "system": system_title(row["credit_system"]),
        "share": cell.shown,
        "teachers": HIDDEN if cell.suppression or cell.rounded_percent is not None else numbers.count(row["numerator"]),
        "credits": _pace(row["pace_credits"], row["needed_credits"]),
        "hours": _pace(row["pace_hours"], row["needed_hours"]),
    }


def _pace(now: Decimal | None, needed: Decimal | None) -> str:
    """`至今 68.2，此后须 73.0`; nothing where the law asks for none."""
    if now is None or needed is None:
        return numbers.MISSING
    return f"{numbers.rounded(Fraction(now), 1)} → {numbers.rounded(Fraction(needed), 1)}"


def _cycle(region: Region) -> dict[str, Any]:
    closed, open_ = region.headline_period(CYCLE), region.open_period(CYCLE)
    unit = region.province
    return (
        frame(region, 1, "周期考核", [unit], clauses=CYCLE.clauses)
        | around_cycle(region, unit)
        | {
            "unit": unit,
            "elapsed": numbers.percent(region.elapsed(open_), 0) if open_ else None,
            "closed": view.period_label(region, CYCLE, closed),
            "open": view.period_label(region, CYCLE, open_) if open_ else None,
            "cycle_legend": view.legend(CYCLE),
            "conventions": list(CONVENTIONS.values()),
            "groups": _grouped(region, lambda county: _cycle_line(region, county, closed, open_)),
        }
    )


def _cycle_line(region: Region, county: Unit, closed: str | None, open_: str | None) -> dict[str, Any]:
    return {
        "unit": county,
        "href": f"../{county.address}index.html",
        "closed": region.cell(CYCLE, county, closed),
        "moved": [_moved(region, county, closed, convention) for convention in CONVENTIONS],
        "open": region.forecast(county, open_) if open_ else None,
        "risks": [risk_line(row) for row in region.risks.get(county.id, [])],
    }


def _moved(region: Region, county: Unit, period: str | None, convention: str) -> str:
    row = region.attributions.get((county.id, period or "", convention))
    if row is None:
        return numbers.MISSING
    return HIDDEN if row["suppression"] else f"约{row['rounded_percent']}%"


def _spot_check(region: Region) -> dict[str, Any]:
    years = sorted({row["year"] for rows in region.spot_checks.values() for row in rows}, reverse=True)
    shown = years[:2]
    tables = []
    for year in shown:
        groups = _grouped(region, lambda county, year=year: _check_line(region, county, year))
        checks = [line | {"city": city} for city, lines in groups for line in lines]
        tables.append(
            {
                "year": year,
                "is_open": period_end(str(year)) >= region.release.as_of,
                "lines": sorted(checks, key=lambda line: -line["gap"]),
                "listed": sum(line["gap"] for line in checks),
                "short": sum(line["gap"] > 0 for line in checks),
            }
        )
    return frame(region, 1, "抽查", [region.province], clauses=COVERAGE.clauses) | {
        "tables": tables,
        "is_judged": region.is_judged(COVERAGE),
        "yardstick": yardstick(),
    }


def _check_line(region: Region, county: Unit, year: int) -> dict[str, Any] | None:
    row = next((row for row in region.spot_checks[county.id] if row["year"] == year), None)
    if row is None or not row["projects"]:
        return None
    return {
        "unit": county,
        "href": f"../{county.address}index.html",
        "projects": row["projects"],
        "required": row["required"],
        "checked": row["projects_checked"],
        "any_level": row["projects_checked_any_level"],
        "gap": row["gap"],
        "share": numbers.percent(numbers.ratio(row["projects_checked"], row["projects"])),
        "mark": mark(row["verdict"]) if region.is_judged(COVERAGE) else None,
        "rows": Cell(COVERAGE, str(year), None, None).rows(county.id),
    }


def _grouped(region: Region, line: Any) -> list[tuple[str, Sequence[dict[str, Any]]]]:
    """A line per county, by city; counties without a line are left out."""
    known = {city.id for city in region.cities}
    groups = [(city.name, region.counties_of(city)) for city in region.cities]
    groups.append(("其他" if groups else region.province.name, [c for c in region.counties if c.city_id not in known]))
    found = [(name, [one for one in map(line, counties) if one is not None]) for name, counties in groups]
    return [(name, lines) for name, lines in found if lines]
