"""Text frames to dump files, byte for byte the same for the same frame.

One function a format; zip and workbook timestamps are fixed. Does not belong here: what is in the frames.
"""

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import polars as pl
import xlsxwriter

STAMP = (2021, 11, 30, 2, 0, 0)
ROW_GROUP = 200_000


def csv_bytes(frame: pl.DataFrame, encoding: str = "utf-8", separator: str = ",") -> bytes:
    """Comma- or tab-separated text; encoding as Python names it (utf-8-sig and utf-16 write their mark)."""
    text = frame.write_csv(separator=separator, line_terminator="\r\n")
    return text.encode() if encoding == "utf-8" else text.encode(encoding)


def write_csv(path: Path, frame: pl.DataFrame, encoding: str = "utf-8", separator: str = ",") -> None:
    path.write_bytes(csv_bytes(frame, encoding, separator))


def write_parquet(path: Path, frame: pl.DataFrame) -> None:
    frame.write_parquet(path, compression="zstd", compression_level=1, row_group_size=ROW_GROUP)


def write_xlsx(
    path: Path, sheets: dict[str, Sequence[Sequence[str | float | None]]], merges: Sequence[str] = ()
) -> None:
    """Sheets of rows; ``merges`` are ranges of the first sheet. Text stays text, never a formula or a link."""
    with xlsxwriter.Workbook(
        str(path), {"constant_memory": not merges, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        book.set_properties({"created": datetime(*STAMP[:3], tzinfo=UTC)})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for index, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(index, column, value)
                    elif value is not None:
                        sheet.write_number(index, column, value)
        for area in merges:
            first = book.worksheets()[0]
            first.merge_range(area, "")


def rows_of(frame: pl.DataFrame) -> list[list[str | float | None]]:
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
