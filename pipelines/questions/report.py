"""The yearly report of a published release: which release, what it is handed, where files and commentary lie.

Belongs here: finding and reading. What the report says and how it looks is in dashboards/report.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from dashboards.report import FORMATS, READS, NothingToReport, file_name, write_commentary_drafts, write_report
from dashboards.site import ReleaseData
from models.law import load_policies, provinces
from pipelines.release import warehouse
from pipelines.release.home import Home
from pipelines.release.seal import manifest_of
from pipelines.release.versions import other_law


@dataclass(frozen=True)
class Wanted:
    """Which report: of a region's year, in which formats, written to which folder."""

    year: int
    region: str
    out: Path
    formats: Sequence[str] = FORMATS


def write(home: Home, wanted: Wanted, progress: Callable[[str], None] = lambda _: None) -> list[Path]:
    """Writes the report with the commentary kept in the home, if there is any.

    Raises:
        ReportError: nothing published for the region, no data of that year, or commentary that cannot be read.
    """
    year, region = wanted.year, wanted.region
    data = published(home, region)
    told = _law_note(home, data)
    if told:
        progress(told)
    words = commentary(home, data.province, year, region)
    earlier = reports_folder(home, year - 1, region) / file_name(year - 1, region, "xlsx")
    return write_report(data, year, region, wanted.out, wanted.formats, words, earlier, progress)


def _law_note(home: Home, data: ReleaseData) -> str | None:
    """That the release was judged by other law than is at hand.

    Raises:
        NothingToReport: none of its province's law is at hand, so that the report could not name a clause.
    """
    folder = home.current_release(data.province)
    told = other_law(manifest_of(folder)) if folder else None
    if told and data.province not in provinces():
        raise NothingToReport(told)
    return told


def draft_commentary(home: Home, year: int, region: str) -> list[Path]:
    """Empty commentary files for the report, pinned to the current release; returns the new ones."""
    data = published(home, region)
    return write_commentary_drafts(data, year, region, commentary(home, data.province, year, region))


def reports_folder(home: Home, year: int, region: str) -> Path:
    """Where the yearly job keeps the reports it wrote; next year's report looks there for this year's figures."""
    return home.path / "reports" / region / str(year)


def commentary(home: Home, province: str, year: int, region: str) -> Path:
    """Where the analysts' words on one report lie: beside the releases, since a release itself never changes."""
    return home.path / "commentary" / province / f"{year}-{region}"


def published(home: Home, region: str) -> ReleaseData:
    """The current release that knows the region, be it a province, a city or a county.

    Raises:
        NothingToReport: no release does.
    """
    for province in home.provinces():
        folder = home.current_release(province)
        if folder is None:
            continue
        data = release_data(folder)
        if region == province or region in data.tables("marts.public_unit")["unit_id"]:
            return data
    raise NothingToReport(f"没有发布包含 {region}。请写省、市或县级单位的代码，或先运行 shixun refresh。")


def release_data(folder: Path) -> ReleaseData:
    """A published release as pages and reports see it."""
    facts = manifest_of(folder)
    jurisdictions = (document.jurisdiction for document in load_policies().documents.values())
    names = {place.code: place.name for place in jurisdictions}
    province = str(facts["province"])
    return ReleaseData(
        release_id=str(facts["release"]),
        province=province,
        province_name=names.get(province, province),
        as_of=date.fromisoformat(facts["as_of"]),
        tables=_reader(folder / "warehouse.duckdb"),
        versions=facts["versions"],
    )


def _reader(path: Path) -> Callable[[str], pl.DataFrame]:
    """Reads the tables a report looks things up in, and no others: what is not published is not handed to it.

    Raises:
        NothingToReport: the release lacks one of them, having been made by a version of this program without it.
    """
    there = {
        ".".join(name)
        for name in warehouse.query(path, "SELECT table_schema, table_name FROM information_schema.tables").iter_rows()
    }

    def read(table: str) -> pl.DataFrame:
        if table not in READS:
            raise NothingToReport(f"报告只读取已公布的表，{table} 不在其中；请报告系统管理员，这是程序的差错。")
        if table not in there:
            raise NothingToReport(
                f"发布 {path.parent.name} 里没有表 {table}：它是较早版本的程序作出的，没有报告要用的数据。"
                "请用作出该发布的版本生成报告，或先运行 shixun refresh 作出新的发布。"
            )
        return warehouse.query(path, f"FROM {table}")

    return read
