"""Pages of the province, its cities and its counties."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from dashboards.site import addresses, chance, charts, numbers, tiles, view
from dashboards.site.attention import Attention, Concern
from dashboards.site.chance import Whole
from dashboards.site.making import told_readings
from dashboards.site.measures import ANNUAL, COVERAGE, CYCLE, HEADLINES, SATISFACTION, Measure
from dashboards.site.pages import papers
from dashboards.site.pages.asking import asking
from dashboards.site.pages.frame import frame
from dashboards.site.pages.headline import cards
from dashboards.site.pages.outlook import around_cycle
from dashboards.site.pages.whatif import whatif
from dashboards.site.region import Cell, Region, Row, Unit
from dashboards.site.render import Writer
from dashboards.site.verdicts import VERDICTS, mark
from models.explanation import FLIPS
from models.vocabulary import Verdict

_SHOWN_PROJECTS = 200
_LOWEST = 10
_BESIDE_MAP = 1


def _headline_clauses() -> list[str]:
    return [clause for measure in HEADLINES for clause in measure.clauses]


def write(region: Region, watch: Attention, writer: Writer) -> None:
    """Every unit's page."""
    grid = tiles.positions(region.release.province)
    _page(region, writer, "", "province.html", _province(region, watch, grid))
    writer.page("county/index.html", "counties.html", _all_counties(region))
    writer.page("institution/index.html", "institutions.html", _all_institutions(region))
    for city in region.cities:
        _page(region, writer, city.address, "city.html", _city(region, watch, city, grid))
    for county in region.counties:
        _page(region, writer, county.address, "county.html", _county(region, watch, county))


def _page(region: Region, writer: Writer, address: str, template: str, context: dict[str, Any]) -> None:
    """A unit's page with its files to take away."""
    writer.page(f"{address}index.html", template, context)
    papers.write(region, writer, address, context)


def _province(region: Region, watch: Attention, grid: dict[str, tuple[int, int]]) -> dict[str, Any]:
    unit = region.province
    return (
        frame(region, 0, f"{unit.name}教师培训质量", here=unit.name, clauses=_headline_clauses())
        | _overview(region, watch, unit, region.counties, grid, "")
        | {"cards": cards(region, unit)}
        | asking(region, unit, "")
        | around_cycle(region, unit)
        | {
            "below": _rows(region, region.cities, ""),
            "city_word": region.city_word,
            "whatif": whatif(region),
            "lowest": institution_rows(region, "", region.province, region.headline_period(SATISFACTION))[:_LOWEST],
            "lowest_year": view.period_label(region, SATISFACTION, region.headline_period(SATISFACTION)),
        }
    )


def _all_counties(region: Region) -> dict[str, Any]:
    names = {city.id: city.name for city in region.cities}
    rows = _rows(region, region.counties, "../")
    period = region.headline_period(CYCLE)
    rate = region.cell(CYCLE, region.province, period).value
    whole = None if rate is None else Whole(rate, chance.ON_STAIRS)
    title = f"{view.period_label(region, CYCLE, period)}达标率"
    chart = charts.funnel(_county_points(region, CYCLE), whole, ("个县级单位", title, "参加考核教师"))
    return frame(region, 1, "县（市、区）", [region.province], clauses=_headline_clauses()) | {
        "charts": [chart] if chart else [],
        "has_charts": chart is not None,
        "legend_of": view.legend,
        "rows": [row | {"city": names.get(row["unit"].city_id, "其他") if names else ""} for row in rows],
    }


def _all_institutions(region: Region) -> dict[str, Any]:
    points, period = _institution_points(region), region.headline_period(SATISFACTION)
    answers = sum(point.count for point in points)
    whole = Whole(Fraction(sum(point.part for point in points), answers)) if answers else None
    title = f"{view.period_label(region, SATISFACTION, period)}满意率"
    chart = charts.funnel(points, whole, ("家机构", title, "有效答卷"))
    return frame(region, 1, "培训机构", [region.province], clauses=SATISFACTION.clauses) | {
        "institution_rows": institution_rows(region, "../", region.province),
        "charts": [chart] if chart else [],
        "has_charts": chart is not None,
    }


def _institution_points(region: Region) -> list[charts.Point]:
    """Institutions of the last year that is over, as far as their answers may be shown."""
    period = region.headline_period(SATISFACTION)
    return [
        charts.Point(row["institution_name"] or code, row["satisfied"], row["responses_valid"])
        for code, years in region.institutions.items()
        for row in years
        if str(row["year"]) == period and row["suppression"] is None and row["responses_valid"]
    ]


def _county_points(region: Region, measure: Measure) -> list[charts.Point]:
    """Counties at a measure's headline period, as far as their counts are published."""
    cells = [(county, region.cell(measure, county, region.headline_period(measure))) for county in region.counties]
    return [
        charts.Point(county.name, cell.numerator, cell.denominator)
        for county, cell in cells
        if cell.numerator is not None and cell.denominator
    ]


def _city(region: Region, watch: Attention, city: Unit, grid: dict[str, tuple[int, int]]) -> dict[str, Any]:
    root = "../../"
    counties = region.counties_of(city)
    return (
        frame(region, 2, f"{city.name}教师培训质量", [region.province], here=city.name, clauses=_headline_clauses())
        | _overview(region, watch, city, counties, grid, root)
        | {"cards": cards(region, city)}
        | asking(region, city, root)
        | around_cycle(region, city)
        | {
            "counties": _rows(region, counties, root),
            "institution_rows": institution_rows(region, root, city),
        }
    )


def _county(region: Region, watch: Attention, county: Unit) -> dict[str, Any]:
    root = "../../"
    city = region.by_id.get(county.city_id or "")
    trail = [region.province, *([city] if city else [])]
    clauses = [row["clause_id"] for measure in HEADLINES for row in region.clauses_of(measure, county)]
    found = [
        charts.coverage(region.spot_checks[county.id], region, county),
        charts.trend(region, county, (ANNUAL, SATISFACTION)),
        *_teacher_charts(region, county),
    ]
    shown = [chart for chart in found if chart]
    projects = region.projects_by_county.get(county.id, [])
    year = max((row["year"] for row in projects if row["year"]), default=None)
    listed = [row for row in projects if row["year"] == year]
    return frame(region, 2, f"{county.name}教师培训质量", trail, here=county.name, clauses=clauses) | {
        **around_cycle(region, county),
        **asking(region, county, root),
        "unit": county,
        "cards": cards(region, county),
        "place_notes": region.place_notes.get(county.id, []),
        "concerns": [*watch.counties(county), *watch.institutions(county)],
        "stages": _stages(region, county),
        "has_schools": bool(region.schools.get(county.id)),
        "institution_rows": institution_rows(region, root, county),
        "has_projects": bool(projects),
        "project_year": year,
        "projects": [_project(region, row, root) for row in listed[:_SHOWN_PROJECTS]],
        "project_total": len(listed),
        "charts": shown,
        "has_charts": bool(shown),
    }


def _overview(
    region: Region, watch: Attention, unit: Unit, counties: Sequence[Unit], grid: dict[str, tuple[int, int]], root: str
) -> dict[str, Any]:
    measure = view.start_measure(region)
    period = region.headline_period(measure)
    cells = {county.id: region.cell(measure, county, period) for county in counties}
    shown = [chart for chart in (charts.trend(region, unit), *_teacher_charts(region, unit)) if chart]
    return {
        "unit": unit,
        "charts": shown[:_BESIDE_MAP],
        "further_charts": shown[_BESIDE_MAP:],
        "has_charts": bool(shown),
        "map": tiles.tile_map(grid, counties, cells, root),
        "map_title": f"{measure.title} · {view.period_label(region, measure, period)}",
        "map_legend": view.legend(measure),
        "map_note": view.note(region, measure),
        "view_data": view.view_data(region, [*counties, *(region.cities if unit.kind == "province" else [])]),
        "county_concerns": watch.counties(unit),
        "institution_concerns": watch.institutions(unit),
        "institution_tally": _tally(watch.institutions(unit)),
    }


def _tally(concerns: Sequence[Concern]) -> str:
    """How many institutions are listed for each year, as the tile counts them: `2020年4家，2021年2家`."""
    years = Counter(concern.period for concern in concerns)
    return "，".join(f"{year}年{years[year]}家" for year in sorted(years)) or "0家"


def _teacher_charts(region: Region, unit: Unit) -> list[charts.Chart | None]:
    """What lies behind the cycle measure: outcomes, pace, composition, credits lost to caps."""
    pace = region.paces.get(unit.id, [])
    period = pace[0]["period"] if pace else ""
    closed = region.release.as_of.year - 1
    return [
        _cycle_chart(region, unit),
        charts.pace(pace, unit, region.elapsed(period), region.forecast(unit, period)) if pace else None,
        charts.composition(region.compositions.get(unit.id, []), unit, closed),
        charts.cap_loss(region.cap_losses.get(unit.id, []), unit, closed),
    ]


def _cycle_chart(region: Region, unit: Unit) -> charts.Chart | None:
    period = region.headline_period(CYCLE)
    return charts.outcomes(region.outcomes.get((unit.id, period or ""), []), region.cell(CYCLE, unit, period), unit)


def _rows(region: Region, units: Sequence[Unit], root: str) -> list[dict[str, Any]]:
    """A table line per unit: the three measures at their headline periods."""
    return [
        {
            "unit": unit,
            "href": f"{root}{unit.address}index.html",
            "city": "",
            "cells": [_opened(region, measure, unit) for measure in HEADLINES],
        }
        for unit in units
    ]


def _opened(region: Region, measure: Measure, unit: Unit) -> tuple[Cell, list[str]]:
    """A unit's figure with what stands behind it: limits, clauses and what other readings would do."""
    period = region.headline_period(measure)
    notes = [f"{target.text}（{target.clause_id}）" for target in region.targets(measure, period, unit)]
    if measure is COVERAGE and unit.is_county:
        found = (region.finding(row["clause_id"], unit.id, period) for row in region.clauses_of(measure, unit))
        notes += [line for row in found if row for line in told_readings(row)]
    return region.cell(measure, unit, period), notes


def _stages(region: Region, unit: Unit) -> list[tuple[str, list[Any]]]:
    """The cycle measure by stage of teaching: each stage's closed and open cycle."""
    periods = region.periods(CYCLE)
    table = [(stage, [region.cell(CYCLE, unit, period, stage) for period in periods]) for stage in region.stages(CYCLE)]
    return [(stage, cells) for stage, cells in table if any(c.is_told for c in cells)]


def institution_rows(region: Region, root: str, unit: Unit, year: str | None = None) -> list[dict[str, Any]]:
    """Institutions of a unit in one year (each in its latest without `year`), lowest satisfaction first."""
    rows = []
    ranks = region.rank_ranges
    for identifier, years in region.institutions.items():
        row = next((row for row in years if str(row["year"]) == year), None) if year else years[-1]
        if row is None or unit.id not in {row["county_id"], row["city_id"], row["province"]}:
            continue
        value = None if row["suppression"] else numbers.ratio(row["satisfied"], row["responses_valid"])
        rows.append(
            {
                "name": row["institution_name"] or identifier,
                "href": f"{root}{addresses.institution(identifier)}index.html",
                "kind": row["institution_type"] or "—",
                "year": row["year"],
                "shown": "＊" if row["suppression"] else numbers.percent(value),
                "notes": _institution_notes(region, row),
                "answers": "＊" if row["suppression"] else numbers.count(row["responses_valid"]),
                "interval": charts.interval(row),
                "ranks": ranks.get((identifier, row["year"]), numbers.MISSING),
                "mark": mark(row["verdict"], is_trigger=True),
                "order": (value is None, value or 0, identifier),
            }
        )
    return sorted(rows, key=lambda line: line["order"])


def _institution_notes(region: Region, row: Row) -> list[str]:
    """What stands behind an institution's figure: its counts, and what other readings of each clause would do."""
    if row["suppression"]:
        return [row["suppression"]]
    counts = f"满意 {numbers.count(row['satisfied'])} 份 ÷ 有效 {numbers.count(row['responses_valid'])} 份"
    held = [clause for clause in SATISFACTION.clauses if clause in region.clauses]
    found = (region.finding(clause, row["institution_id"], str(row["year"])) for clause in held)
    turned = [f"{one['clause_id']}：{line}" for one in found if one for line in told_readings(one) if FLIPS in line]
    return [counts, *turned]


def _project(region: Region, row: Row, root: str) -> dict[str, Any]:
    institution = region.institutions.get(row["institution_id"] or "")
    hidden = row["suppression"] is not None
    return {
        "name": row["project_name"] or row["project_id"],
        "id": row["project_id"],
        "institution": institution[-1]["institution_name"] if institution else None,
        "institution_href": f"{root}{addresses.institution(row['institution_id'])}index.html" if institution else None,
        "dates": row["start_date"],
        "mode": row["delivery_mode"] or "—",
        "checks": row["check_count"],
        "check_mark": VERDICTS[Verdict.MET] if row["check_count"] else None,
        "shown": "＊" if hidden else numbers.percent(numbers.ratio(row["satisfied"], row["responses_valid"])),
    }
