"""The published tables as files to take away: CSV with BOM, XLSX and Parquet, with a dictionary.

Only `marts.public_*` and marts.county_spot_check leave the warehouse. Text that a spreadsheet would run as a formula
is made harmless; numbers stay numbers.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

import polars as pl
import xlsxwriter

from dashboards.site.labels import beside, labelled
from dashboards.site.region import Region
from dashboards.site.sheets import add_table
from models.contracts import Contract, marts_contracts

TABLES = ("county_spot_check",)
CUBES = "public_cube_"
"""Tables of hundreds of thousands of sums, more than a spreadsheet opens well: for programs alone."""
_STARTERS = "[=+\\-@＝＋－＠\t\r]"


@dataclass(frozen=True)
class Download:
    """One table offered for download, its files and its contract; `columns` are those of its CSV."""

    contract: Contract
    rows: int
    columns: Mapping[str, pl.DataType]
    files: dict[str, bytes]


def downloads(region: Region) -> list[Download]:
    """Every published table that has rows, in its three formats."""
    contracts = marts_contracts()
    names = [name for name in contracts if name.startswith("public_")]
    found = (_download(region, contracts[name]) for name in (*names, *TABLES))
    return [one for one in found if one.rows]


def _download(region: Region, contract: Contract) -> Download:
    columns = [field.name for field in contract.fields]
    frame = _of_known_places(region.table(f"marts.{contract.table}").select(columns), region)
    if contract.table.startswith(CUBES):
        return Download(contract, frame.height, frame.schema, {"parquet": _parquet(frame)})
    headed = labelled(frame, contract, region)
    return Download(
        contract,
        frame.height,
        headed.schema,
        {
            "csv": _csv(headed),
            "xlsx": _xlsx(headed, contract, region),
            "parquet": _parquet(frame),
        },
    )


def _of_known_places(frame: pl.DataFrame, region: Region) -> pl.DataFrame:
    """Rows of units that somebody reported: whatever else stands in that cell is nobody's code."""
    if "unit_id" not in frame.columns:
        return frame
    return frame.join(
        region.table("marts.public_unit").select("unit_id").unique(), on="unit_id", how="semi", maintain_order="left"
    )


def harmless(frame: pl.DataFrame) -> pl.DataFrame:
    """Text that begins like a formula, with an apostrophe before it so that a spreadsheet shows it as text."""
    return frame.with_columns(pl.col(pl.Utf8).str.replace(f"^({_STARTERS})", "'${1}"))


def _csv(frame: pl.DataFrame) -> bytes:
    return harmless(frame).write_csv(include_bom=True, line_terminator="\r\n").encode()


def _parquet(frame: pl.DataFrame) -> bytes:
    target = io.BytesIO()
    frame.write_parquet(target, compression="zstd")
    return target.getvalue()


def _xlsx(frame: pl.DataFrame, contract: Contract, region: Region) -> bytes:
    """A workbook with the data and, on a second sheet, what each column means."""
    return workbook(contract.title, {"数据": frame, "字典": dictionary_of(contract, frame)}, region.release.as_of)


def workbook(title: str, sheets: Mapping[str, pl.DataFrame], as_of: date) -> bytes:
    """A workbook of frames, a sheet each under its name; the same frames give the same bytes on any day."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(
        target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    book.set_properties({"title": title, "created": datetime.combine(as_of, time()), "author": "师训"})
    bold = book.add_format({"bold": True, "bottom": 1})
    for name, frame in sheets.items():
        add_table(book, name, frame, bold)
    book.close()
    return target.getvalue()


def dictionary_of(contract: Contract, frame: pl.DataFrame) -> pl.DataFrame:
    """What each column of a table means, those that were added to it last."""
    told = [(f.header, f.name, f.unit or "", f.description or "") for f in contract.fields]
    return pl.DataFrame(
        [*told, *beside(frame, contract)],
        schema=["表头", "英文名", "单位", "说明"],
        orient="row",
    )
