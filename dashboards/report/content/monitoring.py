"""Chapter three: spot checks against the quota, class observation, methods and what the checks found."""

from collections import Counter
from collections.abc import Mapping

from dashboards.report.content import indicators as of
from dashboards.report.content.clauses import clause_blocks
from dashboards.report.content.wording import MISSING_NOTE, absent, defined, moved, names, say
from dashboards.report.facts import Facts, Row
from dashboards.report.laws import OBSERVATION, REPORTING, Law, quota_basis, quota_share
from dashboards.report.model import (
    Block,
    Cell,
    Chart,
    Column,
    Indicator,
    Number,
    Ref,
    Section,
    Series,
    Table,
    Tile,
    Tiles,
    plain,
)
from dashboards.site.measures import COVERAGE
from dashboards.site.region import Unit, short_name
from dashboards.site.tiles import positions

SMALLEST_MAP = 4
"""A map of fewer squares tells nothing a table doesn't."""


def chapter(facts: Facts, law: Law) -> Section:
    return Section(
        "monitoring",
        "质量监控",
        parts=(
            Section("monitoring.coverage", "项目抽查覆盖", tuple(_coverage(facts, law))),
            Section("monitoring.observation", "听课", tuple(_observation(facts))),
            Section("monitoring.methods", "抽查方式与发现的问题", tuple(_methods(facts))),
            Section("monitoring.reporting", "计划、总结与报送", tuple(clause_blocks(facts, REPORTING))),
        ),
    )


def quota_rows(facts: Facts) -> dict[str, Row]:
    """The year's spot-check row of each county of the region."""
    found = {}
    for unit in facts.counties:
        for row in facts.region.spot_checks.get(unit.id, []):
            if row["year"] == facts.year and row["projects"]:
                found[unit.id] = row
    return found


def below_quota(facts: Facts) -> list[tuple[Unit, Row]]:
    """Counties that missed the quota in the year, the largest gap first."""
    rows = quota_rows(facts)
    missed = [
        (unit, rows[unit.id]) for unit in facts.counties if unit.id in rows and rows[unit.id]["verdict"] == "not_met"
    ]
    return sorted(missed, key=lambda pair: (-pair[1]["gap"], pair[0].id))


def county_number(facts: Facts, indicator: Indicator, unit: Unit, row: Row, column: str) -> Number:
    return facts.number(indicator, row[column], f"{unit.id}/{column}")


def _coverage(facts: Facts, law: Law) -> list[Block]:
    year = str(facts.year)
    rate = facts.share(of.COVERAGE, COVERAGE, facts.unit, year)
    rows = quota_rows(facts)
    if not rate.is_known or not rows:
        return [absent(f"{facts.year}年没有项目抽查的数据，本部分从缺。")]
    before = facts.share(of.COVERAGE, COVERAGE, facts.unit, str(facts.year - 1))
    base = facts.part_of(of.CHECK_BASE, COVERAGE, facts.unit, year, "denominator")
    checked = facts.part_of(of.CHECKED, COVERAGE, facts.unit, year, "numerator")
    everyone = facts.share(of.COVERAGE_ANY, COVERAGE, facts.unit, year, "any_level")
    blocks: list[Block] = [
        say(
            *(
                f"{facts.year}年，{facts.whole_word}应计项目",
                base,
                "项，县级监控机构抽查",
                checked,
                "项，抽查覆盖率",
                defined(facts, of.COVERAGE),
            ),
            "为",
            rate,
            *(moved(facts, rate, before), "；计入各级抽查的覆盖率为", everyone, "。"),
        )
    ]
    if law.quota_clause is None:
        blocks.append(say(law.no_quota))
    else:
        blocks.extend(_quota(facts, rows))
    blocks.extend(_map(facts))
    blocks.extend(_trend(facts, law))
    return blocks


def _quota(facts: Facts, rows: Mapping[str, Row]) -> list[Block]:
    missed, share = below_quota(facts), quota_share(facts.unit.id, facts.year)
    if facts.unit.kind == "county":
        return _own_quota(facts, rows[facts.unit.id])
    judged = [row for row in rows.values() if row["verdict"] in {"met", "not_met"}]
    total = facts.number(of.COUNTIES, len(judged), "quota_judged")
    met = facts.number(of.COUNTIES, len(judged) - len(missed), "quota_met")
    short = facts.number(of.COUNTIES, len(missed), "quota_missed")
    if not judged:
        return [say(f"年度未结束，各县（市、区）是否达到{share}的规定比例暂不作结论。")]
    if not missed:
        return [say("有项目的", total, f"个县（市、区）均达到每年抽查不少于{share}项目的要求。")]
    lead: list[Block] = [
        say(
            *(
                "有项目的",
                total,
                f"个县（市、区）中，达到每年抽查不少于{share}项目要求的",
                met,
                "个，未达到的",
                short,
                "个",
            ),
            f"：{names([unit.name for unit, _ in missed])}。"
            if len(missed) > 1
            else f"，为{plain(missed[0][0].name)}。",
            *("差距见", Ref("below_quota"), "，各县（市、区）数据见", Ref("all_counties"), "。"),
        )
    ]
    table: list[tuple[Cell, ...]] = [
        (
            plain(unit.name),
            county_number(facts, of.CHECK_BASE, unit, row, "projects"),
            county_number(facts, of.REQUIRED, unit, row, "required"),
            county_number(facts, of.CHECKED, unit, row, "projects_checked"),
            county_number(facts, of.GAP, unit, row, "gap"),
            facts.share(of.COVERAGE, COVERAGE, unit, str(facts.year)),
        )
        for unit, row in missed
    ]
    return [
        *lead,
        Table(
            "below_quota",
            f"{facts.year}年抽查未达到规定比例的县（市、区）",
            (
                Column("县（市、区）", share=1.4, is_text=True),
                Column("应计项目", "项"),
                Column("应抽查", "项"),
                Column("已抽查", "项"),
                Column("尚缺", "项"),
                Column("覆盖率"),
            ),
            tuple(table),
            (f"依据：{quota_basis(facts.unit.id)}，应抽查＝应计项目×{share}，进一取整。",),
        ),
    ]


def _own_quota(facts: Facts, row: Row) -> list[Block]:
    """A county's own standing against the quota."""
    required = county_number(facts, of.REQUIRED, facts.unit, row, "required")
    asked = f"按不少于{quota_share(facts.unit.id, facts.year)}的要求应抽查"
    if row["verdict"] == "not_met":
        gap = county_number(facts, of.GAP, facts.unit, row, "gap")
        return [say(asked, required, "项，尚缺", gap, "项，未达到规定比例。")]
    if row["verdict"] == "met":
        return [say(asked, required, "项，已达到规定比例。")]
    return [say(asked, required, "项，年度未结束，暂不作结论。")]


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
    title = f"{facts.year}年各县（市、区）抽查覆盖率"
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


def _trend(facts: Facts, law: Law) -> list[Block]:
    years = [year for year in facts.region.periods(COVERAGE) if int(year) <= facts.year][-6:]
    values = [facts.share(of.COVERAGE, COVERAGE, facts.unit, year) for year in years]
    if sum(value.is_known for value in values) < 2:  # noqa: PLR2004 - one point is no trend
        return []
    limits = () if law.quota_clause is None else facts.limits(COVERAGE, "规定比例")
    title = f"{years[0]}—{years[-1]}年抽查覆盖率"
    said = "，".join(f"{year}年{value.text}" for year, value in zip(years, values, strict=True))
    return [
        Chart(
            "coverage_trend",
            title,
            f"折线图：{title}，{said}。",
            "trend",
            tuple(years),
            (Series("抽查覆盖率", tuple(values)),),
            limits=limits,
        )
    ]


def _observation(facts: Facts) -> list[Block]:
    if "visit" not in facts.watched:
        return [absent("本次转储没有听课记录，听课情况无数据。")]
    visits = facts.supervision("visit", facts.year)
    total = facts.number(of.OBSERVATIONS, sum(visits.values()))
    random = facts.number(of.OBSERVATIONS, visits.get("随机", 0), "random")
    return [
        say(f"{facts.year}年共登记听课", total, "次，其中随机听课", random, "次。"),
        *clause_blocks(facts, OBSERVATION),
    ]


def _methods(facts: Facts) -> list[Block]:
    if "spot_check" not in facts.watched:
        return [absent("没有抽查记录，抽查方式与发现的问题从缺。")]
    checks = facts.supervision("spot_check", facts.year)
    if not checks:
        return [absent(f"{facts.year}年没有抽查记录，抽查方式与发现的问题从缺。")]
    total = facts.number(of.CHECKS, sum(checks.values()))
    failed = facts.number(of.CHECKS, checks.get("不合格", 0), "failed")
    methods = Counter({plain(name): count for name, count in facts.supervision("method", facts.year).items()})
    problems = Counter({plain(name): count for name, count in facts.supervision("problem", facts.year).items()})
    text = say(f"{facts.year}年共抽查", total, "次（含各级），结论为不合格的", failed, "次。")
    blocks: list[Block] = [text]
    if methods:
        blocks.append(
            _tally(facts, "check_methods", "抽查方式", of.CHECKS, methods, "同一次抽查可用几种方式，各计一次。")
        )
    if problems:
        most = max(sorted(problems), key=problems.__getitem__)
        count = facts.number(of.CHECK_FINDINGS, problems[most], most)
        blocks.append(say(f"抽查发现的问题以“{most}”最多，", count, "次，见", Ref("check_problems"), "。"))
        blocks.append(_tally(facts, "check_problems", "抽查发现的问题", of.CHECK_FINDINGS, problems, MISSING_NOTE))
    else:
        blocks.append(say("抽查没有记录到问题。"))
    return blocks


def _tally(facts: Facts, key: str, title: str, indicator: Indicator, tally: Counter[str], note: str) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (name, facts.number(indicator, count, name))
        for name, count in sorted(tally.items(), key=lambda p: (-p[1], p[0]))
    )
    return Table(
        key, f"{facts.year}年{title}", (Column(title, share=2, is_text=True), Column("次数", "次")), rows, (note,)
    )
