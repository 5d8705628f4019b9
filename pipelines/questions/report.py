"""The yearly report of a published release: which release, what it is handed, where files and commentary lie.

Belongs here: finding and reading. What the report says and how it looks is in dashboards/report.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from dashboards.report import (
    FORMATS,
    READS,
    Asked,
    NothingToReport,
    ReportError,
    file_name,
    lacking,
    write_commentary_drafts,
    write_report,
)
from dashboards.report.model import Signed, plain
from dashboards.site import ReleaseData
from models.contracts import all_contracts
from models.law import load_policies, provinces
from pipelines.release import signatures, warehouse
from pipelines.release.home import Home
from pipelines.release.keep import NotKept, kept_release, pin
from pipelines.release.portal import refresh_portal
from pipelines.release.seal import manifest_of, sha256_of
from pipelines.release.versions import other_law

Progress = Callable[[str], None]
LONGEST_NAME: Final = 30


@dataclass(frozen=True)
class Order:
    """Which report is asked for: of which year, region and release (the current one if none is named)."""

    year: int
    region: str
    formats: Sequence[str] = FORMATS
    release: str | None = None


class NotReady(ReportError):
    """A final report lacks something; the message lists all of it."""

    def __init__(self, missing: Sequence[str]) -> None:
        lines = "\n".join(f"　{place}. {one}" for place, one in enumerate(missing, start=1))
        super().__init__(f"还不能出正式稿，缺少以下{len(missing)}项：\n{lines}")


@dataclass(frozen=True)
class Names:
    """The three people the statistics regulation asks for."""

    compiled_by: str = ""
    reviewed_by: str = ""
    approved_by: str = ""

    def missing(self) -> Iterator[str]:
        """Names that are not there or are none."""
        for option, word, name in (
            ("--compiled-by", "编制人", self.compiled_by),
            ("--reviewed-by", "审核人", self.reviewed_by),
            ("--approved-by", "负责人（签发）", self.approved_by),
        ):
            if not plain(name):
                yield f"没有写{word}（{option}）。"
            elif len(plain(name)) > LONGEST_NAME:
                yield f"{word}（{option}）过长，应不超过{LONGEST_NAME}字。"

    @property
    def roles(self) -> Mapping[str, str]:
        """Role by role, as the record and the report have them."""
        return {name: plain(value) for name, value in vars(self).items()}

    def signed(self, on: date) -> Signed:
        """The names as they are printed."""
        return Signed(**self.roles, on=on)


def write(home: Home, order: Order, out: Path, progress: Progress = lambda _: None) -> list[Path]:
    """Writes the draft of a report with the commentary kept in the home, if there is any.

    Raises:
        ReportError: no such release, nothing published for the region, no data of that year, or commentary that
            cannot be read.
    """
    data = published(home, order)
    _note_other_law(home, data, progress)
    return write_report(data, _asked(home, data, order), out, progress)


def _note_other_law(home: Home, data: ReleaseData, progress: Progress) -> None:
    """Says where the release was judged by other law than is at hand.

    Raises:
        NothingToReport: none of its province's law is at hand, so that the report could not name a clause.
    """
    told = other_law(manifest_of(kept_release(home, data.release_id)))
    if told and data.province not in provinces():
        raise NothingToReport(told)
    if told:
        progress(told)


def write_final(home: Home, order: Order, names: Names, out: Path, progress: Progress = lambda _: None) -> list[Path]:
    """Writes the final report, keeps it in the home with its record, and pins its release.

    Signed again by the same people it is the same to the byte, whatever the day.

    Raises:
        NotReady: names or reviewed commentary are missing, or the year is not over; the message lists everything.
        ReportError: as for `write`.
    """
    data = published(home, order)
    _note_other_law(home, data, progress)
    asked = _asked(home, data, order)
    if missing := [*names.missing(), *lacking(data, asked)]:
        raise NotReady(missing)
    folder = reports_folder(home, order.year, order.region)
    release = data.release_id
    on = signatures.signed_on(folder, release, names.roles) or signatures.today()
    asked = replace(asked, formats=FORMATS, signed=names.signed(on))
    place = folder / signatures.FINAL
    written = write_report(data, asked, place, progress)
    pin(home, release, f"{order.year}年度报告（{order.region}）正式稿")
    facts = {"year": order.year, "region": order.region, "release": release, "dated": on.isoformat(), **names.roles}
    words = {path.name: sha256_of(path) for path in sorted((asked.commentary or place).glob("*.md"))}
    signatures.sign(folder, {**facts, "commentary": words}, written)
    refresh_portal(home)
    out.mkdir(parents=True, exist_ok=True)
    return [Path(shutil.copy2(path, out)) for path in written if path.suffix.removeprefix(".") in order.formats]


def _asked(home: Home, data: ReleaseData, order: Order) -> Asked:
    last = reports_folder(home, order.year - 1, order.region)
    name = file_name(order.year - 1, order.region, "xlsx")
    before = last / signatures.FINAL / name
    return Asked(
        order.year,
        order.region,
        tuple(order.formats),
        commentary=commentary(home, data.province, order.year, order.region),
        earlier=before if before.exists() else last / name,
    )


def draft_commentary(home: Home, order: Order) -> list[Path]:
    """Empty commentary files for the report, pinned to the current release; returns the new ones."""
    data = published(home, order)
    place = commentary(home, data.province, order.year, order.region)
    return write_commentary_drafts(data, order.year, order.region, place)


def reports_folder(home: Home, year: int, region: str) -> Path:
    """Where the yearly job keeps the reports it wrote; next year's report looks there for this year's figures."""
    return home.path / "reports" / region / str(year)


def commentary(home: Home, province: str, year: int, region: str) -> Path:
    """Where the analysts' words on one report lie: beside the releases, since a release itself never changes."""
    return home.path / "commentary" / province / f"{year}-{region}"


def published(home: Home, order: Order) -> ReleaseData:
    """The release asked for, else the current one that knows the region: a province, a city, a county or a school.

    Raises:
        NothingToReport: no release does, or the one asked for is not kept.
    """
    if order.release is not None:
        try:
            return release_data(kept_release(home, order.release))
        except NotKept as reason:
            raise NothingToReport(str(reason)) from reason
    for province in home.provinces():
        folder = home.current_release(province)
        if folder is None:
            continue
        data = release_data(folder)
        if order.region == province or _knows(data, order.region):
            return data
    raise NothingToReport(
        f"没有发布包含 {order.region}。请写省、市、县级单位的代码或学校标识码，或先运行 shixun refresh。"
    )


def _knows(data: ReleaseData, region: str) -> bool:
    named = (("marts.public_unit", "unit_id"), ("marts.public_school", "school_id"))
    return any(region in data.tables(table)[column] for table, column in named)


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
        is_sample=bool(facts.get("is_sample")),
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
        return _in_todays_columns(table, warehouse.query(path, f"FROM {table}"))

    return read


def _in_todays_columns(table: str, found: pl.DataFrame) -> pl.DataFrame:
    """A table of an older release with the columns it has today: what was not told then is missing, never nought.

    Raises:
        NothingToReport: it lacks a column that no row can be without.
    """
    contract = all_contracts().get(table)
    absent = [field for field in contract.fields if field.column not in found.columns] if contract else []
    needed = [field.column for field in absent if field.required]
    if needed:
        raise NothingToReport(
            f"{table} 里没有 {'、'.join(needed)}：发布是较早版本的程序作出的，没有报告要用的数据。"
            "请用作出该发布的版本生成报告，或先运行 shixun refresh 作出新的发布。"
        )
    return found.with_columns(pl.lit(None, field.dtype).alias(field.column) for field in absent)
