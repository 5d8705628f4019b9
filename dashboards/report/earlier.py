"""Last year's report as it was published: what its workbook says each number was.

Numbers bear ids with the year they are of, so a figure of 2018 in the report on 2018 and the same figure in the report
on 2019 meet by their id.
"""

from dataclasses import dataclass, field
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from dashboards.report.errors import ReportError

CHECK_SHEET = "核验清单"
FIRST_LINE = 3
"""Rows above the first line of the sheet: title, what it is, head."""


@dataclass(frozen=True)
class Earlier:
    """The release a report was made from, and the text each number was printed as, by id."""

    release: str
    figures: dict[str, str] = field(default_factory=dict)


def read_earlier(workbook: Path | None) -> Earlier | None:
    """The numbers of a published report's workbook; None where there is none.

    Raises:
        ReportError: the file is no workbook of such a report.
    """
    if workbook is None or not workbook.is_file():
        return None
    try:
        with CalamineWorkbook.from_path(str(workbook)) as book:
            rows = book.get_sheet_by_name(CHECK_SHEET).to_python(skip_empty_area=False)
    except CalamineError as error:
        raise ReportError(f"{workbook} 不是年度报告的附表工作簿（没有“{CHECK_SHEET}”），请换一个或删去。") from error
    release, *lines = (str(row[0]) for row in rows[FIRST_LINE:])
    parts = (line.split("\t") for line in lines)
    return Earlier(release, {part[0]: part[1] for part in parts if len(part) > 1})
