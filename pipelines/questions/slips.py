"""Rejection slips (退回清单): one workbook for each county, institution or dump file, saying what to correct.

Belongs here: which rejects a slip has and what is said of each. Who has to correct a row, and which records it is
about, is asked in `pipelines.release.senders`. Reasons are written where the fault is found, in models/staging. Slips
quote what was sent in: they go back to the sender, never to a page.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import polars as pl

from models.contracts import audit_contracts, staging_contracts
from models.marts.publication import UNKNOWN
from pipelines.questions import workbook
from pipelines.questions.behind import counties_under
from pipelines.questions.places import Found
from pipelines.release import warehouse
from pipelines.release.senders import TRACE, Sender, with_owner, with_records

SEVERITIES: Final = {"row": "整行退回", "cell": "仅该格置空"}
NAMES: Final[Mapping[Sender, tuple[str, str, str]]] = {
    "county": ("core.dim_unit", "unit_id", "unit_name"),
    "institution": ("core.dim_institution", "institution_id", "institution_name"),
}


class NoSlips(Exception):
    """Slips cannot be made for this place or in this way; the message says what can be asked."""


def write_slips(found: Found, out: Path, by: Sender) -> list[Path]:
    """Writes one workbook for each sender that has something to correct, and returns them.

    Of a province rows nobody can be named for go together, and one more workbook says what reading assumed, left out or
    could not reconcile in whole files, sheets and columns: that is nobody's row. A city's slips are those of its
    counties, a county's and an institution's its own one.

    Args:
        found: the place.
        out: the folder to write to.
        by: whom the slips of a province go to; a smaller place's go to itself.

    Raises:
        NoSlips: the place is a school, or smaller than a province and `by` isn't its own kind.
    """
    path = found.warehouse
    owned = _owned(found, by)
    problems = warehouse.read(path, "audit.problems") if found.place.kind == "province" else pl.DataFrame()
    if owned.is_empty() and problems.is_empty():
        return []
    names = _names(path, _kind(found, by))
    written = []
    for (owner,), rows in sorted(owned.partition_by("owner", as_dict=True).items(), key=lambda item: str(item[0])):
        title = " ".join(filter(None, [str(owner), names.get(str(owner), "")]))
        target = out / f"退回清单_{_file_name(title)}.xlsx"
        workbook.write(_slip(path, title, rows.sort("table_name", *TRACE, "column_name")), target)
        written.append(target)
    if not problems.is_empty():
        written.append(out / "退回清单_读入说明.xlsx")
        workbook.write(_told(problems), written[-1])
    return written


def _kind(found: Found, by: Sender) -> Sender:
    """Whose slips are made: a place below the province has its own kind."""
    return "institution" if found.place.kind == "institution" else by


def _owned(found: Found, by: Sender) -> pl.DataFrame:
    """The rejects that belong to the place, each with the sender it goes back to."""
    place = found.place
    if place.kind == "school":
        raise NoSlips(f"{place.id} 是学校。退回清单按县或机构发出，请写省、市、县级单位或机构的代码。")
    if place.kind in {"city", "county"} and by != "county":
        raise NoSlips("--by 只用于省级代码；市、县的清单按县分册，机构的清单请直接写机构代码。")
    rejects = warehouse.read(found.warehouse, "audit.rejects")
    owned = with_owner(found.warehouse, rejects, _kind(found, by))
    if place.kind == "province":
        return owned.with_columns(pl.col("owner").fill_null(UNKNOWN))
    inside = [place.id, *(one.id for one in counties_under(found.warehouse, place))]
    return owned.filter(pl.col("owner").is_in(inside))


def _names(path: Path, by: Sender) -> dict[str, str]:
    if by not in NAMES:
        return {}
    table, key, name = NAMES[by]
    return dict(warehouse.query(path, f"SELECT {key}, {name} FROM {table}").rows())


def _file_name(title: str) -> str:
    return re.sub(r'[\\/:*?"<>|\s]+', "_", title)[:80]


def _words() -> dict[str, str]:
    """What each kind of problem is called."""
    kinds = audit_contracts()["problems"].field("kind").values or {}
    return {kind: words[0] for kind, words in kinds.items()}


def _titles() -> dict[str, str]:
    return {name: contract.title for name, contract in staging_contracts().items()}


def _headers(rows: pl.DataFrame) -> pl.Series:
    """The header of each row's column; a column that is no field's goes by its place."""
    headers = {(table, field.name): field.header for table, one in staging_contracts().items() for field in one.fields}
    named = rows.select("table_name", "column_name").iter_rows()
    return pl.Series([headers.get((table, column), column or "") for table, column in named], dtype=pl.Utf8)


def _told(problems: pl.DataFrame) -> workbook.Listing:
    """What is told of files, sheets and columns, each with its place and what to do."""
    rows = problems.sort("file", "sheet", "row_number", "column_name", "reason_code")
    listed = rows.with_columns(column=_headers(rows)).select(
        pl.col("kind").replace(_words()).alias("类别"),
        pl.col("table_name").replace(_titles()).alias("表"),
        pl.col("column").alias("列"),
        pl.col("reason").alias("说明与改法"),
        pl.col("file").alias("文件"),
        pl.col("sheet").alias("工作表"),
        pl.col("row_number").alias("行号"),
    )
    heading = [
        f"读入说明（{rows.height} 处）",
        "列出读入时的假定、修补、略过和对不上数的地方，请核对；不含单元格内容。",
    ]
    return workbook.Listing("读入说明", heading, listed)


def _slip(path: Path, title: str, rows: pl.DataFrame) -> workbook.Listing:
    """One slip: what each record is, what is wrong with it and what to do."""
    told = with_records(path, rows.with_columns(column=_headers(rows))).select(
        pl.col("table_name").replace_strict(_titles(), default=pl.col("table_name")).alias("表"),
        pl.col("record").alias("记录编号"),
        pl.col("teacher").alias("教师编号"),
        pl.col("school").alias("学校"),
        pl.col("project").alias("项目"),
        pl.col("column").alias("列"),
        pl.col("raw_value").alias("原值"),
        pl.col("reason").alias("原因与改法"),
        pl.col("severity").replace(SEVERITIES).alias("程度"),
        pl.col("file").alias("文件"),
        pl.col("sheet").alias("工作表"),
        pl.col("row_number").alias("行号"),
    )
    heading = [
        f"退回清单：{title}（{rows.height} 处）",
        "请在来源系统中按“原因与改法”更正，下一次转储会自动重新读入。记录编号等取自退回的那一行，空白为该行未填。",
    ]
    return workbook.Listing("退回清单", heading, told)
