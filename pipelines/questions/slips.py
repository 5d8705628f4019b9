"""Rejection slips (退回清单): one workbook for each county, institution or dump file, saying what to correct.

Belongs here: the workbooks. Who has to correct a row is asked in `pipelines.release.senders`. Reasons are written where
the fault is found, in models/staging. Slips quote what was sent in: they go back to the sender, never to a page.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import xlsxwriter

from models.contracts import audit_contracts, staging_contracts
from models.marts.publication import UNKNOWN
from pipelines.release import warehouse
from pipelines.release.senders import TRACE, Sender, with_owner

WIDTHS = {
    "file": 28,
    "sheet": 12,
    "row_number": 8,
    "table": 16,
    "column": 16,
    "raw_value": 24,
    "reason": 60,
    "severity": 12,
}
SEVERITIES = {"row": "整行退回", "cell": "仅该格置空"}
NAMES: Mapping[Sender, tuple[str, str, str]] = {
    "county": ("core.dim_unit", "unit_id", "unit_name"),
    "institution": ("core.dim_institution", "institution_id", "institution_name"),
}


def write_slips(path: Path, out: Path, by: Sender) -> list[Path]:
    """Writes one workbook for each sender that has something to correct; rows nobody can be named for go together.

    Args:
        path: a release's warehouse.
        out: the folder to write to.
        by: whom the slips go to.
    """
    rejects = warehouse.read(path, "audit.rejects")
    if rejects.is_empty():
        return []
    out.mkdir(parents=True, exist_ok=True)
    owned = with_owner(path, rejects, by).with_columns(pl.col("owner").fill_null(UNKNOWN))
    names = _names(path, by)
    written = []
    for (owner,), rows in sorted(owned.partition_by("owner", as_dict=True).items(), key=lambda item: str(item[0])):
        title = " ".join(filter(None, [str(owner), names.get(str(owner), "")]))
        target = out / f"退回清单_{_file_name(title)}.xlsx"
        _write(target, title, rows.sort("table_name", *TRACE, "column_name"))
        written.append(target)
    return written


def _names(path: Path, by: Sender) -> dict[str, str]:
    if by not in NAMES:
        return {}
    table, key, name = NAMES[by]
    return dict(warehouse.query(path, f"SELECT {key}, {name} FROM {table}").rows())


def _file_name(title: str) -> str:
    return re.sub(r'[\\/:*?"<>|\s]+', "_", title)[:80]


def _write(target: Path, title: str, rows: pl.DataFrame) -> None:
    """One workbook; everything people typed is written as text, never as a formula or a link."""
    headers = {field.name: field.header for field in audit_contracts()["rejects"].fields}
    tables = {name: contract.title for name, contract in staging_contracts().items()}
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(target), options) as book:
        sheet = book.add_worksheet("退回清单")
        bold = book.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1, "valign": "top"})
        wrap = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
        sheet.write_string(
            0, 0, f"退回清单：{title}（{rows.height} 处）", book.add_format({"bold": True, "font_size": 14})
        )
        sheet.write_string(1, 0, "请在来源系统中按“原因与改法”更正，下一次转储会自动重新读入。")
        labels = ("文件", "工作表", "行号", "表", "列", headers["raw_value"], headers["reason"], headers["severity"])
        for column, (label, width) in enumerate(zip(labels, WIDTHS.values(), strict=True)):
            sheet.write_string(2, column, label, bold)
            sheet.set_column(column, column, width)
        for number, row in enumerate(rows.iter_rows(named=True), start=3):
            _write_row(sheet, number, row, tables, wrap)
        sheet.freeze_panes(3, 0)
        sheet.autofilter(2, 0, 2 + rows.height, len(labels) - 1)


def _write_row(sheet: object, number: int, row: dict[str, object], tables: Mapping[str, str], wrap: object) -> None:
    table = str(row["table_name"])
    header = {field.name: field.header for field in staging_contracts()[table].fields}.get(str(row["column_name"]), "")
    cells = (
        row["file"],
        row["sheet"],
        row["row_number"],
        tables[table],
        header,
        row["raw_value"],
        row["reason"],
        SEVERITIES.get(str(row["severity"]), row["severity"]),
    )
    for column, cell in enumerate(cells):
        if isinstance(cell, int):
            sheet.write_number(number, column, cell, wrap)  # type: ignore[attr-defined]
        else:
            sheet.write_string(number, column, "" if cell is None else str(cell), wrap)  # type: ignore[attr-defined]
