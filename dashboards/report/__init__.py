"""The yearly report (教师培训质量年度报告): one model of sections, sentences, tables and figures, four renderings.

Here belongs what the report says and how it is set. Figures come from a published release and are only summed, never
judged, here; what may be shown follows the same rules as the site. Nothing is fetched twice and nothing is rounded
twice: every renderer prints the same numbers.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from dashboards.report import html, typeset, word, workbook
from dashboards.report.build import build_report
from dashboards.report.commentary import read_commentary, write_drafts
from dashboards.report.earlier import read_earlier
from dashboards.report.errors import CommentaryUnreadable, NothingToReport, ReportError
from dashboards.report.facts import READS, Facts
from dashboards.report.model import Report
from dashboards.site.release import ReleaseData

__all__ = [
    "FORMATS",
    "READS",
    "CommentaryUnreadable",
    "NothingToReport",
    "ReportError",
    "file_name",
    "write_commentary_drafts",
    "write_report",
]

FORMATS: Final = ("docx", "pdf", "xlsx", "html")
Progress = Callable[[str], None]


def write_report(
    release: ReleaseData,
    year: int,
    region: str,
    out: Path,
    formats: Sequence[str] = FORMATS,
    commentary: Path | None = None,
    earlier: Path | None = None,
    progress: Progress = lambda _: None,
) -> list[Path]:
    """Writes the report of a year and a region in the asked formats.

    Args:
        release: the published release; its `tables` gives the frames named in `READS`, at least their columns.
        year: the report's year.
        region: code of the province, of a city or of a county.
        out: the folder to write into; made where it is not there.
        formats: any of `FORMATS`.
        commentary: folder of the analysts' Markdown files, if there is one.
        earlier: workbook of last year's published report, to say which of its figures now read otherwise.
        progress: told each step in a few words.

    Returns:
        The files written, sorted. The same release, commentary and earlier report give the same bytes.

    Raises:
        NothingToReport: the release has no such region, or no data of that year for it.
        CommentaryUnreadable: a commentary file is not written as it has to be.
    """
    progress("读取发布")
    report = build_report(Facts(release, year, region), read_commentary(commentary), progress, read_earlier(earlier))
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name in dict.fromkeys(formats):
        progress(f"排版 {name}")
        path = out / file_name(year, region, name)
        path.write_bytes(_rendered(report, name))
        written.append(path)
    return sorted(written)


def file_name(year: int, region: str, extension: str) -> str:
    """What a report is called on disk."""
    return f"教师培训质量年度报告-{region}-{year}.{extension}"


def write_commentary_drafts(release: ReleaseData, year: int, region: str, folder: Path) -> list[Path]:
    """An empty commentary file for each chapter, pinned to the release; files already there are left alone."""
    report = build_report(Facts(release, year, region), (), lambda _: None)
    return write_drafts(report.chapters, report.cover.release, folder)


def _rendered(report: Report, name: str) -> bytes:
    if name == "docx":
        return word.render(report, typeset.heading_pages(report))
    if name == "pdf":
        return typeset.render(report)
    if name == "xlsx":
        return workbook.render(report)
    return html.render(report)
