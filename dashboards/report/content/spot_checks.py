"""Chapter three: spot checks against the quota, what they found, and class observations."""

from dashboards.report import figures as fig
from dashboards.report import indicators as of
from dashboards.report.content.common import YEARS, chapter, part, table, text, trend
from dashboards.report.facts import Facts, Row
from dashboards.report.laws import quota_basis, quota_share
from dashboards.report.model import Block, Cell, Chart, Column, Section, Table, Tile, Tiles, plain
from dashboards.report.rules import say
from dashboards.site.measures import COVERAGE
from dashboards.site.region import Unit, short_name
from dashboards.site.tiles import positions

KEY = "monitoring"
SMALLEST_MAP = 4
"""A map of fewer squares tells nothing a table doesn't."""


def write(facts: Facts) -> Section:
    """The chapter."""
    figures = fig.spot_check(facts)
    has_base = any(
        row["year"] == facts.year for unit in facts.counties for row in facts.region.spot_checks.get(unit.id, [])
    )
    return chapter(
        KEY,
        "spot_check",
        figures,
        (
            part(
                KEY,
                "coverage",
                "抽查覆盖",
                say("spot_check", "lead", figures),
                say("spot_check", "quota", figures) if has_base else [],
                say("spot_check", "streak", figures),
                _below(facts),
            ),
            part(
                KEY,
                "compare",
                "比较与原因",
                say("spot_check", "cause", figures),
                [] if facts.is_short else _trend(facts),
                [] if facts.is_short else _map(facts),
            ),
            part(
                KEY,
                "methods",
                "抽查与听课",
                say("spot_check", "results", figures),
                say("spot_check", "visits", figures),
                [] if facts.is_short else say("spot_check", "follows", figures),
            ),
        ),
    )


def _below(facts: Facts) -> list[Table]:
    """Counties under the quota, or not there yet, the largest gap first; a county's own stands in the sentence."""
    if facts.is_short or not facts.asks(COVERAGE):
        return []
    columns = (
        text("县（市、区）", 1.4),
        Column("应计项目", "项"),
        Column("应抽查", "项"),
        Column("已抽查", "项"),
        Column("尚缺", "项"),
        Column("覆盖率"),
        text("上年", 1.1),
    )
    last = fig.quota_rows(facts, facts.year - 1)
    rows = [_row(facts, unit, row, last.get(unit)) for unit, row in fig.below_quota(facts)]
    title = f"{facts.year}年抽查{'尚未达到' if facts.is_open else '未达到'}规定比例的县（市、区）"
    return table(
        "below_quota",
        title,
        columns,
        rows,
        f"依据：{quota_basis(facts.unit.id)}，应抽查＝应计项目×{quota_share(facts.unit.id, facts.year)}，进一取整。",
    )


def _row(facts: Facts, unit: Unit, row: Row, before: Row | None) -> list[Cell]:
    counts = ((of.CHECK_BASE, "projects"), (of.REQUIRED, "required"), (of.CHECKED, "projects_checked"), (of.GAP, "gap"))
    state = "没有项目" if before is None else f"差{before['gap']}项" if before["gap"] else "达到"
    return [
        plain(unit.name),
        *(facts.number(one, row[column], f"{unit.id}/{column}") for one, column in counts),
        facts.share(of.COVERAGE, COVERAGE, unit, str(facts.year)),
        state,
    ]


def _trend(facts: Facts) -> list[Chart]:
    last = facts.year - 1 if facts.is_open else facts.year
    years = [int(year) for year in facts.region.periods(COVERAGE) if last - YEARS < int(year) <= last]
    values = [facts.share(of.COVERAGE, COVERAGE, facts.unit, str(year)) for year in years]
    title = f"{years[0]}—{years[-1]}年抽查覆盖率" if years else ""
    drawn = trend("coverage_trend", title, years, values, "抽查覆盖率")
    limits = facts.limits(COVERAGE, "规定比例")
    return [type(one)(**{**vars(one), "limits": limits}) for one in drawn]


def _map(facts: Facts) -> list[Block]:
    if facts.unit.kind == "county":
        return []
    grid = positions(facts.release.province)
    tiles = []
    for unit in facts.counties:
        if unit.id not in grid:
            continue
        value = facts.share(of.COVERAGE, COVERAGE, unit, str(facts.year))
        cell = facts.region.cell(COVERAGE, unit, str(facts.year))
        level = COVERAGE.level(cell.value) if value.is_known and cell.value is not None else 0
        row, column = grid[unit.id]
        tiles.append(Tile(row, column, short_name(plain(unit.name)), unit.city_id, value, level))
    known = [tile for tile in tiles if tile.value.is_known]
    if len(known) < SMALLEST_MAP:
        return []
    top = max(known, key=lambda tile: tile.value.value or 0)
    low = min(known, key=lambda tile: tile.value.value or 0)
    title = f"{facts.year}年各县（市、区）抽查覆盖率" + ("（至今）" if facts.is_open else "")
    edges = [f"{edge * 100}%" for edge in COVERAGE.breaks]
    return [
        Tiles(
            "coverage_map",
            title,
            f"方格地图：{title}，每格一县，共{len(tiles)}格；{top.label}最高，{top.value.text}；{low.label}最低，{low.value.text}。",
            tuple(sorted(tiles, key=lambda tile: (tile.row, tile.column))),
            ("无数据", f"不足{edges[0]}", f"{edges[0]}—{edges[1]}", f"{edges[1]}—{edges[2]}", f"{edges[2]}以上"),
        )
    ]


def tallies(facts: Facts) -> list[Table]:
    """Methods and problems of the checks, the most frequent first."""
    found = []
    for kind, title, indicator in (("method", "抽查方式", of.CHECKS), ("problem", "抽查发现的问题", of.CHECK_FINDINGS)):
        tally = sorted(facts.supervision(kind, facts.year).items(), key=lambda pair: (-pair[1], pair[0]))
        rows = [(plain(name), facts.number(indicator, count, name)) for name, count in tally]
        note = ("同一次抽查可用几种方式，各计一次。",) if kind == "method" else ()
        found += table(f"check_{kind}", f"{facts.year}年{title}", (text(title, 2), Column("次数", "次")), rows, *note)
    return found
