"""Text frames to dump files, byte for byte the same for the same frame.

One function a format; zip and workbook timestamps are fixed. Does not belong here: what is in the frames.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

STAMP = (2021, 11, 30, 2, 0, 0)
ROW_GROUP = 200_000
Cell = str | float | None


def csv_bytes(frame: pl.DataFrame, encoding: str = "utf-8", separator: str = ",") -> bytes:
    """Comma- or tab-separated text; encoding as Python names it (utf-8-sig and utf-16 write their mark)."""
    text = frame.write_csv(separator=separator, line_terminator="\r\n")
    return text.encode() if encoding == "utf-8" else text.encode(encoding)


def write_csv(path: Path, frame: pl.DataFrame, encoding: str = "utf-8", separator: str = ",") -> None:
    path.write_bytes(csv_bytes(frame, encoding, separator))


def write_parquet(path: Path, frame: pl.DataFrame) -> None:
    frame.write_parquet(path, compression="zstd", compression_level=1, row_group_size=ROW_GROUP)


def write_xlsx(
    path: Path,
    sheets: Mapping[str, Sequence[Sequence[Cell]]],
    merges: Sequence[tuple[int, int, int, int]] = (),
) -> None:
    """Sheets of rows; ``merges`` are areas of the first sheet whose first cell's value spans them.

    Text stays text, never a formula or a link.
    """
    options = {"constant_memory": not merges, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": datetime(*STAMP[:3], tzinfo=UTC)})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for index, row in enumerate(rows):
                _write_row(sheet, index, row)
        for top, left, bottom, right in merges:
            first = next(iter(sheets.values()))
            book.worksheets()[0].merge_range(top, left, bottom, right, first[top][left])


def _write_row(sheet: Any, index: int, row: Sequence[Cell]) -> None:
    for column, value in enumerate(row):
        if isinstance(value, str):
            sheet.write_string(index, column, value)
        elif value is not None:
            sheet.write_number(index, column, value)


def rows_of(frame: pl.DataFrame) -> list[list[Cell]]:
    return [list(frame.columns), *(list(row) for row in frame.iter_rows())]


def write_html(path: Path, title: str, frame: pl.DataFrame, encoding: str = "utf-8") -> None:
    """A web table under the name .xls, as platforms' export buttons make it."""
    out = io.StringIO()
    out.write(f'<html><head><meta charset="{encoding}"><title>{escape(title)}</title></head><body><table border="1">\n')
    out.write(f'<tr><td colspan="{frame.width}">{escape(title)}</td></tr>\n')
    out.write("<tr>" + "".join(f"<th>{escape(name)}</th>" for name in frame.columns) + "</tr>\n")
    for row in frame.iter_rows():
        out.write("<tr>" + "".join(f"<td>{escape(value or '')}</td>" for value in row) + "</tr>\n")
    out.write("</table></body></html>\n")
    path.write_bytes(out.getvalue().encode(encoding))


def write_zip(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
