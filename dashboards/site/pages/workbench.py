"""县工作台: one page and one workbook for each county, of what its clerk has to do and how the county stands.

Belongs here: what stands on the page and on the sheets. Both show counts and projects only: ids of teachers are in the
slips and in the list of those at risk, which go to people and never to a page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from dashboards.site import downloads, numbers, view
from dashboards.site.measures import COVERAGE, CYCLE, HEADLINES, SATISFACTION, Measure
from dashboards.site.pages.frame import frame
from dashboards.site.pages.outlook import risk_line
from dashboards.site.region import HIDDEN, Cell, Region, Row, Unit, period_end
from dashboards.site.render import Writer
from dashboards.site.sheets import as_shown
from dashboards.site.tiles import positions
from dashboards.site.verdicts import TRIGGERS
from models.contracts import staging_contracts
from models.vocabulary import Verdict

FOLDER: Final = "work/"
BOOK: Final = "workbench.xlsx"
NEIGHBOURS: Final = 4
_CODES: Final = frozenset({"项目编号"})
"""Columns of codes, which stay text whatever they look like."""
SEVERITIES: Final = {"row": "整行退回", "cell": "仅该格置空"}


@dataclass(frozen=True)
class Sheet:
    """One part of the workbench: a table of the page that is a sheet of the workbook too."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    figures: Sequence[int] = ()
    """Places of the columns that hold figures."""


def write(region: Region, writer: Writer) -> None:
    """The page and the workbook of every county."""
    grid = positions(region.release.province)
    for county in region.counties:
        found = _workbench(region, county, neighbours(county, region, grid))
        folder = f"{county.address}{FOLDER}"
        writer.page(f"{folder}index.html", "workbench.html", found)
        writer.binary(f"{folder}{BOOK}", _workbook(region, county, found))


def _workbench(region: Region, county: Unit, beside: Sequence[Unit]) -> dict[str, Any]:
    city = region.by_id.get(county.city_id or "")
    trail = [region.province, *([city] if city else []), county]
    year = region.release.as_of.year
    check = next((row for row in region.spot_checks[county.id] if row["year"] == year), None)
    listed = region.check_lists.get(county.id, [])
    return frame(region, 3, f"{county.name}县工作台", trail, here="县工作台") | {
        "county": county,
        "book": BOOK,
        "year": year,
        "check": check,
        "is_judged": region.is_judged(COVERAGE),
        "seed": listed[0]["seed"] if listed else None,
        "rejects": _rejects(region, county),
        "refused": region.refused(county),
        "checks": _checks(region, listed),
        "risks": [risk_line(row) for row in region.risks.get(county.id, [])],
        "standing": _standing(region, county, beside),
        "before": _before(region, county),
    }


def _rejects(region: Region, county: Unit) -> Sheet:
    """What the county has to correct, by table, column and reason; the reason says what to do."""
    lines = []
    for row in region.rejects.get(county.id, []):
        contract = staging_contracts().get(row["table_name"])
        headers = {field.name: field.header for field in contract.fields} if contract else {}
        lines.append(
            [
                contract.title if contract else row["table_name"],
                headers.get(row["column_name"], numbers.MISSING),
                SEVERITIES.get(row["severity"], row["severity"]),
                numbers.count(row["count"]),
                row["reason"],
            ]
        )
    return Sheet("退回待更正", ["表", "列", "程度", "处数", "原因与改法"], lines, (3,))


def _checks(region: Region, listed: Sequence[Row]) -> Sheet:
    """The drawn projects with what a clerk needs to find them."""
    lines = []
    for row in listed:
        project = region.projects.get(row["project_id"])
        if project is None:
            continue
        institution = region.institutions.get(project["institution_id"] or "")
        lines.append(
            [
                str(row["place"]),
                row["project_id"],
                project["project_name"] or numbers.MISSING,
                (institution[-1]["institution_name"] if institution else project["institution_id"]) or numbers.MISSING,
                project["level"] or numbers.MISSING,
                str(project["start_date"] or numbers.MISSING),
                str(project["end_date"] or numbers.MISSING),
            ]
        )
    columns = ["序号", "项目编号", "项目名称", "承担机构", "级别", "开始日期", "结束日期"]
    return Sheet("待抽查项目", columns, lines)


def neighbours(county: Unit, region: Region, grid: Mapping[str, tuple[int, int]]) -> list[Unit]:
    """The counties nearest on the tile map; of one without a place there, others of its city."""
    others = [unit for unit in region.counties if unit.id != county.id]
    if county.id in grid:
        row, column = grid[county.id]
        near = [unit for unit in others if unit.id in grid]
        near.sort(key=lambda unit: ((grid[unit.id][0] - row) ** 2 + (grid[unit.id][1] - column) ** 2, unit.id))
        return near[:NEIGHBOURS]
    return sorted(others, key=lambda unit: (unit.city_id != county.city_id, unit.id))[:NEIGHBOURS]


def _standing(region: Region, county: Unit, beside: Sequence[Unit]) -> Sheet:
    """The county's figures beside the province's and its neighbours', and its rank."""
    lines = []
    for measure in HEADLINES:
        period = region.headline_period(measure)
        cells = [region.cell(measure, unit, period) for unit in (county, region.province, *beside)]
        rank = _rank(region, measure, county)
        told = [cell.shown for cell in cells]
        lines.append([measure.title, view.period_label(region, measure, period), told[0], rank, *told[1:]])
    whole = f"全{region.release.kind_word}"
    columns = ["指标", "期间", "本县", f"{whole}位次", whole, *(unit.name for unit in beside)]
    return Sheet(f"在{whole}的位置", columns, lines, tuple(range(2, len(columns))))


def _rank(region: Region, measure: Measure, county: Unit) -> str:
    """`第12位（共90个县）` among the counties whose figure is published in full; a tie shares the better place."""
    period = region.headline_period(measure)
    known = {unit.id: _exact(region.cell(measure, unit, period)) for unit in region.counties}
    values = [value for value in known.values() if value is not None]
    mine = known[county.id]
    if mine is None:
        return numbers.MISSING
    return f"第{1 + sum(value > mine for value in values)}位（共{len(values)}个）"


def _exact(cell: Cell) -> Any:
    return None if cell.suppression or cell.rounded_percent is not None else cell.value


def _before(region: Region, county: Unit) -> Sheet:
    """What fell short in the last year that is over, and how it stands now."""
    lines = [*_coverage_before(region, county), *_institutions_before(region, county), *_cycle_before(region, county)]
    return Sheet("上年问题的整改", ["事项", "当时", "现在"], lines)


def _coverage_before(region: Region, county: Unit) -> list[list[str]]:
    rows = region.spot_checks[county.id]
    closed = [row for row in rows if period_end(str(row["year"])) < region.release.as_of]
    if not region.is_judged(COVERAGE) or not closed or closed[-1]["verdict"] != Verdict.NOT_MET:
        return []
    last, now = closed[-1], next((row for row in rows if row["year"] == closed[-1]["year"] + 1), None)
    told = (
        f"{now['year']}年应查{now['required']}项，已查{now['projects_checked']}项，还差{now['gap']}项"
        if now
        else "尚无下一年度数据"
    )
    return [["项目抽查", f"{last['year']}年应查{last['required']}项，差{last['gap']}项", told]]


def _institutions_before(region: Region, county: Unit) -> list[list[str]]:
    period = region.headline_period(SATISFACTION)
    lines = []
    for years in region.institutions.values():
        held = {str(row["year"]): row for row in years if row["county_id"] == county.id}
        last, now = held.get(period or ""), held.get(str(int(period or 0) + 1))
        if last is None or last["verdict"] != Verdict.NOT_MET:
            continue
        told = f"{now['year']}年{_satisfaction(now)}" if now else "此后尚无测评数据"
        lines.append(
            [f"满意率：{last['institution_name'] or last['institution_id']}", f"{period}年{_satisfaction(last)}", told]
        )
    return lines


def _satisfaction(row: Row) -> str:
    shown = HIDDEN if row["suppression"] else numbers.percent(numbers.ratio(row["satisfied"], row["responses_valid"]))
    return f"{shown}，{TRIGGERS[row['verdict']].word}"


def _cycle_before(region: Region, county: Unit) -> list[list[str]]:
    """Teachers who missed the last cycle beside the forecast of the open one: other cycles, other sums."""
    closed, open_ = region.headline_period(CYCLE), region.open_period(CYCLE)
    cell = region.cell(CYCLE, county, closed)
    if cell.is_open or cell.numerator is None or cell.numerator == cell.denominator:
        return []
    missed = "少数教师" if cell.missed is None else f"{numbers.count(cell.missed)}名教师"
    now = region.forecast(county, open_)
    told = now.fraction if now.numerator is not None else f"预计达标率{now.shown}" if now.is_told else "尚无数据"
    label = view.period_label(region, CYCLE, closed)
    return [["周期达标", f"{label}有{missed}未达标（达标率{cell.shown}）", f"新周期：{told}"]]


def _workbook(region: Region, county: Unit, found: Mapping[str, Any]) -> bytes:
    """The same tables, a sheet each."""
    tables: list[Sheet] = [found[key] for key in ("rejects", "checks", "standing", "before")]
    sheets = {one.title: as_shown(one.columns, one.rows, _CODES) for one in tables}
    risks = [(r["period"], r["system"], r["deadline"], r["teachers"], r["share"]) for r in found["risks"]]
    schema = ["周期", "制度", "截止日期", "预警教师", "预警占比"]
    sheets["周期预警"] = pl.DataFrame(risks, schema=dict.fromkeys(schema, pl.Utf8), orient="row")
    release = region.release
    about = [f"{county.id} {county.name} 县工作台", f"数据截至 {release.as_of}", f"发布号 {release.release_id}"]
    about += [f"待抽查名单的种子 {found['seed']}"] if found["seed"] else []
    about.append("不足10人或10份答卷的数字以＊代替。退回记录的编号见退回清单，预警教师名单另行发给有权人员。")
    sheets["说明"] = pl.DataFrame({"说明": about})
    return downloads.workbook(f"{county.name}县工作台", sheets, release.as_of)
