"""带走本页: the pages of provinces, cities and counties as Word and as Excel, beside each page.

Belongs here: where the files stand and the workbook of a page. What is in them is the page's own context, turned into a
`Paper` in `dashboards.site.paper`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl

from dashboards.site import downloads, word
from dashboards.site.paper import Paper, Sheet, paper_of
from dashboards.site.region import Region
from dashboards.site.render import Writer

WORD: Final = "page.docx"
EXCEL: Final = "page.xlsx"
LONGEST_NAME: Final = 28
"""Characters of a sheet's name; Excel takes 31, and some are kept for telling two apart."""
_COUNT: Final = r"^－?[\d,]{1,15}$"
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
        sheets[_free(sheets, sheet.title)] = _frame(sheet)
    return downloads.workbook(paper.title, sheets, paper.as_of)


def _free(taken: Mapping[str, object], title: str) -> str:
    """A sheet's name that is not taken, of characters that Excel allows."""
    name = re.sub(r"[\[\]:*?/\\\\']", "", title)[:LONGEST_NAME]
    return name if name not in taken else f"{name}{len(taken)}"


def _frame(sheet: Sheet) -> pl.DataFrame:
    """The table as a frame; columns of nothing but counts are numbers."""
    heads = list(_apart(sheet.columns))
    frame = pl.DataFrame(sheet.rows, schema=dict.fromkeys(heads, pl.Utf8), orient="row")
    counts = [name for name in heads[1:] if frame.height and frame[name].str.contains(_COUNT).all()]
    kept = [name for name in counts if name not in _CODES]
    return frame.with_columns(pl.col(kept).str.replace_all(",", "").str.replace("－", "-").cast(pl.Int64))


def _apart(names: Any) -> Iterator[str]:
    """Column names, two of the same told apart."""
    seen: set[str] = set()
    for name in names:
        free = name if name not in seen else f"{name}（{len(seen)}）"
        seen.add(free)
        yield free
