"""The yearly report (教师培训质量年度报告): one model of sections, sentences, tables and figures, four renderings.

Here belongs what the report says and how it is set. Figures come from a published release and are only summed, never
judged, here; what may be shown follows the same rules as the site. Nothing is fetched twice and nothing is rounded
twice: every renderer prints the same numbers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dashboards.report import html, typeset, word, workbook
from dashboards.report.build import build_report, unwritten
from dashboards.report.commentary import lacking as lacking_words
from dashboards.report.commentary import read_commentary, write_drafts
from dashboards.report.earlier import read_earlier
from dashboards.report.errors import CommentaryUnreadable, NothingToReport, ReportError
from dashboards.report.facts import READS, Facts
from dashboards.report.model import Report, Signed
from dashboards.site.release import ReleaseData

__all__ = [
    "FORMATS",
    "READS",
    "Asked",
    "CommentaryUnreadable",
    "NothingToReport",
    "ReportError",
    "file_name",
    "lacking",
    "write_commentary_drafts",
    "write_report",
]

FORMATS: Final = ("docx", "pdf", "xlsx", "html")
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Asked:
    """Which report is to be written, and of what besides the release.

    `region` is the code of the province, of a city, of a county or of a school; `commentary` the folder of the
    analysts' Markdown files; `earlier` the workbook of last year's report, to say which of its figures now read
    otherwise; `signed` the people of a final report, without whom it is a draft.
    """

    year: int
    region: str
    formats: Sequence[str] = FORMATS
    commentary: Path | None = None
    earlier: Path | None = None
    signed: Signed | None = None


def write_report(release: ReleaseData, asked: Asked, out: Path, progress: Progress = lambda _: None) -> list[Path]:
    """Writes the report of a year and a region in the asked formats.

    Args:
        release: the published release; its `tables` gives the frames named in `READS`, and needs no others.
        asked: which report.
        out: the folder to write into; made where it is not there.
        progress: told each step in a few words.

    Returns:
        The files written, sorted. The same release, commentary, names and earlier report give the same bytes.

    Raises:
        NothingToReport: the release has no such region, or no data of that year for it.
        CommentaryUnreadable: a commentary file is not written as it has to be.
    """
    progress("读取发布")
    facts = Facts(release, asked.year, asked.region)
    words = read_commentary(asked.commentary)
    report = build_report(facts, words, progress, read_earlier(asked.earlier), asked.signed)
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name in dict.fromkeys(asked.formats):
        progress(f"排版 {name}")
        path = out / file_name(asked.year, asked.region, name)
        path.write_bytes(_rendered(report, name))
        written.append(path)
    return sorted(written)


def lacking(release: ReleaseData, asked: Asked) -> list[str]:
    """What stands between this report and a final one besides its signatures, a sentence each.

    Raises:
        ReportError: as for `write_report`.
    """
    facts = Facts(release, asked.year, asked.region)
    words = read_commentary(asked.commentary)
    found = [f"{asked.year}年度尚未结束（数据截至{release.as_of}），只能出征求意见稿。"] if facts.is_open else []
    report = build_report(facts, words, lambda _: None)
    return [*found, *lacking_words(report.chapters, words, unwritten(facts))]


def file_name(year: int, region: str, extension: str) -> str:
    """What a report is called on disk."""
    return f"教师培训质量年度报告-{region}-{year}.{extension}"


def write_commentary_drafts(release: ReleaseData, year: int, region: str, folder: Path) -> list[Path]:
    """An empty commentary file for each chapter, pinned to the release; files already there are left alone."""
    facts = Facts(release, year, region)
    report = build_report(facts, (), lambda _: None)
    chapters = [chapter for chapter in report.chapters if chapter.key not in unwritten(facts)]
    return write_drafts(chapters, report.cover.release, folder)


def _rendered(report: Report, name: str) -> bytes:
    if name == "docx":
        return word.render(report, typeset.heading_pages(report))
    if name == "pdf":
        return typeset.render(report)
    if name == "xlsx":
        return workbook.render(report)
    return html.render(report)
