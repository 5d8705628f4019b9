"""带走本页: the pages of provinces, cities and counties as Word and as Excel, beside each page.

Belongs here: where the files stand and the workbook of a page. What is in them is the page's own context, turned into a
`Paper` in `dashboards.site.paper`.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from dashboards.site import downloads, word
from dashboards.site.paper import Paper, paper_of
from dashboards.site.region import Region
from dashboards.site.render import Writer
from dashboards.site.sheets import as_shown

WORD: Final = "page.docx"
EXCEL: Final = "page.xlsx"
LONGEST_NAME: Final = 28
"""Characters of a sheet's name; Excel takes 31, and some are kept for telling two apart."""
_CODES: Final = frozenset({"年度"})


def write(region: Region, writer: Writer, address: str, page: Mapping[str, Any]) -> None:
    """Writes both files of a page into its folder."""
    paper = paper_of(region, page)
    writer.binary(f"{address}{WORD}", word.written(paper))
    writer.binary(f"{address}{EXCEL}", workbook(paper))


def workbook(paper: Paper) -> bytes:
    """Every table of the page as a sheet, after one with what the page says in sentences."""
    said = [*paper.lines, *(line for part in paper.parts for line in (part.heading, *part.lines, *part.notes))]
    sheets = {"说明": pl.DataFrame({paper.title: said})}
    for sheet in (sheet for part in paper.parts for sheet in part.sheets):
        sheets[_free(sheets, sheet.title)] = as_shown(sheet.columns, sheet.rows, {sheet.columns[0], *_CODES})
    return downloads.workbook(paper.title, sheets, paper.as_of)


def _free(taken: Mapping[str, object], title: str) -> str:
    """A sheet's name that is not taken, of characters that Excel allows."""
    name = re.sub(r"[\[\]:*?/\\\\']", "", title)[:LONGEST_NAME]
    return name if name not in taken else f"{name}{len(taken)}"
