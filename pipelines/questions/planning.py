"""Spot-check lists: candidates from a published release, the list as a workbook or CSV.

Belongs here: reading the release and writing the list. Which projects are drawn, and why, is `models.marts.check_plan`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import polars as pl

from models.marts.check_plan import READS, CountyPlan, Scope, Weights, candidates, plan
from pipelines.questions import workbook
from pipelines.questions.listing import write_csv
from pipelines.questions.places import UnknownPlace, find
from pipelines.release import warehouse
from pipelines.release.home import Home

COLUMNS: Final = (
    *("序号", "县级单位", "县名", "项目编号", "项目名称", "机构代码", "机构名称"),
    *("级别", "开始日期", "结束日期", "权重", "权重构成"),
)


class NothingToPlan(Exception):
    """No release, or no such unit in it, or no project in the year; the message says which."""


@dataclass(frozen=True)
class CheckList:
    """A drawn list and what it was drawn from."""

    province: str
    release: str
    year: int
    seed: int
    weights: Weights
    counties: Sequence[CountyPlan]
    names: dict[str, str]
    rows: pl.DataFrame


def draw(home: Home, year: int, region: str, seed: int, quota: Fraction) -> CheckList:
    """The list of a province, a city or a county for a year.

    Raises:
        NothingToPlan: the message says what is lacking.
    """
    try:
        where = find(home, region)
    except UnknownPlace as reason:
        raise NothingToPlan(str(reason)) from reason
    folder, province, path = where.folder, where.province, where.warehouse
    units = warehouse.query(path, "SELECT unit_id, unit_name, city_id, is_county FROM core.dim_unit")
    inside = (pl.col("unit_id") == region) | (pl.col("city_id") == region) | pl.lit(region == province)
    counties = units.filter(pl.col("is_county") & inside)
    if counties.is_empty():
        raise NothingToPlan(f"{folder.name} 里没有单位 {region}，或它没有县级单位。请写省码、市码或县级单位代码。")
    tables = {name: _read(path, name, columns) for name, columns in READS.items()}
    found = candidates(tables, Scope(year, frozenset(counties["unit_id"])))
    if not found:
        raise NothingToPlan(f"{region} 在 {year} 年没有实施的项目，无须抽查。")
    weights = Weights()
    plans = plan(found, quota=quota, seed=seed, year=year, weights=weights)
    names = dict(counties.select("unit_id", "unit_name").rows())
    return CheckList(province, folder.name, year, seed, weights, plans, names, _rows(path, plans, names))


def _read(path: Path, table: str, columns: Sequence[str]) -> pl.LazyFrame:
    return warehouse.query(path, f"SELECT {', '.join(columns)} FROM {table}").lazy()


def _rows(path: Path, plans: Sequence[CountyPlan], names: dict[str, str]) -> pl.DataFrame:
    picks = [(county.county_id, pick) for county in plans for pick in county.picks]
    drawn = pl.DataFrame(
        {
            "序号": [pick.order for _, pick in picks],
            "县级单位": [county for county, _ in picks],
            "县名": [names.get(county, "") for county, _ in picks],
            "项目编号": [pick.candidate.project_id for _, pick in picks],
            "机构代码": [pick.candidate.institution_id for _, pick in picks],
            "级别": [pick.candidate.level for _, pick in picks],
            "权重": [pick.weight for _, pick in picks],
            "权重构成": ["；".join(pick.reasons) for _, pick in picks],
        },
        schema_overrides=dict.fromkeys(("县级单位", "县名", "项目编号", "机构代码", "级别", "权重构成"), pl.String),
    )
    told = warehouse.query(
        path,
        'SELECT p.project_id AS "项目编号", p.project_name AS "项目名称", i.institution_name AS "机构名称", '
        'p.start_date AS "开始日期", p.end_date AS "结束日期" FROM core.dim_project p '
        "LEFT JOIN core.dim_institution i USING (institution_id)",
    )
    return drawn.join(told, on="项目编号", how="left", maintain_order="left").select(COLUMNS)


def write(checks: CheckList, out: Path) -> None:
    """Writes the list as .xlsx or .csv; text that a spreadsheet would run is made harmless.

    Raises:
        NothingToPlan: the file's ending is neither.
    """
    match out.suffix.lower():
        case ".csv":
            write_csv(out, [checks.rows])
        case ".xlsx":
            _workbook(checks, out)
        case _:
            raise NothingToPlan(f"--out 请写 .xlsx 或 .csv 文件名，现为 {out.name}")


def _workbook(checks: CheckList, out: Path) -> None:
    heading = [f"抽查名单：{checks.year} 年，种子 {checks.seed}（{checks.rows.height} 项）"]
    workbook.write(workbook.Listing("抽查名单", heading, checks.rows, summary(checks)), out)


def summary(checks: CheckList) -> list[str]:
    """How the list was drawn, and each county's count, line by line."""
    lines = [
        f"{checks.year} 年抽查名单　发布 {checks.release}　种子 {checks.seed}",
        f"权重：{checks.weights.words}",
        "抽法：先按级别占比、再按机构轮流，同一机构内按权重无放回抽取；同一种子，同一名单。",
    ]
    for county in checks.counties:
        name = checks.names.get(county.county_id, "")
        lines.append(
            f"{county.county_id} {name}：项目 {county.projects}，应查 {county.required}，"
            f"已查 {county.checked}，本次列 {len(county.picks)}"
        )
    return lines
