"""Which table goes into which files, and how each is written: the tidy way and the messy way.

Does not belong here: the contents of the tables.
"""

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl

from data.synthetic import messy
from data.synthetic.chance import Flags, stream
from data.synthetic.messy import Style
from data.synthetic.shaping import as_text, contract_of, headed
from data.synthetic.writing import csv_bytes, rows_of, write_csv, write_html, write_parquet, write_xlsx, write_zip

Cell = str | float | None
SHEET_ROWS = 500_000
LARGE = 20_000
"""From this many rows on a messy table is written as text or parquet, except for a small spreadsheet beside it."""
SPREADSHEET_ROWS = 1_500


@dataclass(frozen=True)
class Part:
    """One file of a table: its name, its rows (from, to), its container and style."""

    name: str
    container: str
    """csv, gb18030, bom, utf16, tsv, parquet, xlsx, html or zip."""
    style: Style
    first: int
    last: int
    titled: bool = False


@dataclass(frozen=True)
class Place:
    """Where a table, or one year of it, goes: its folder, its name and what its files' names end with."""

    folder: Path
    table: str
    suffix: str


def tidy_files(where: Place, frame: pl.DataFrame, fmt: str) -> Iterator[tuple[Path, int]]:
    """One plain file of canonical headers (workbooks are cut where a sheet would be full)."""
    folder, table, suffix = where.folder, where.table, where.suffix
    text = headed(table, as_text(table, frame))
    stem = f"{contract_of(table).title}{suffix}"
    if fmt == "xlsx":
        for index, start in enumerate(range(0, max(text.height, 1), SHEET_ROWS)):
            piece = text.slice(start, SHEET_ROWS)
            path = folder / (f"{stem}.xlsx" if index == 0 else f"{stem}-{index + 1:02d}.xlsx")
            write_xlsx(path, {"Sheet1": rows_of(piece)})
            yield path, piece.height
        return
    path = folder / f"{stem}.{'parquet' if fmt == 'parquet' else 'csv'}"
    if fmt == "parquet":
        write_parquet(path, text)
    else:
        write_csv(path, text)
    yield path, text.height


def messy_files(where: Place, frame: pl.DataFrame, seed: int, fmt: str) -> Iterator[tuple[Path, int]]:
    """The table in one to four files of different make, with everything that goes wrong in real exports."""
    folder, table, suffix = where.folder, where.table, where.suffix
    rng = stream(seed, folder.parent.name, table, suffix, "messy")
    planted = _planted(frame)
    text, planted = messy.doubled(rng, table, as_text(table, frame), planted)
    text = messy.damaged(rng, table, text, planted)
    for part in _parts(table, text.height, suffix, fmt):
        piece = messy.restyled(rng, table, text[part.first : part.last], part.style)
        labels = messy.headers(rng, table, piece.columns, part.style)
        if table in IN_TEN_THOUSANDS:
            piece, labels = messy.in_ten_thousands(table, piece, labels)
        path = folder / part.name
        _write(path, table, piece, labels, part)
        yield path, piece.height


def _planted(frame: pl.DataFrame) -> Flags:
    if "planted" not in frame.columns:
        return np.zeros(frame.height, dtype=np.bool_)
    return frame["planted"].fill_null(value=False).to_numpy()


def stray_file(folder: Path) -> None:
    """A note that clerks leave among the exports: named for no table, so reported and left alone.

    Its name is in the bytes of Chinese Windows, where the file system takes them.
    """
    name = "填报说明.txt"
    content = "全部数据为虚构样例。\r\n如有疑问请联系平台管理员。\r\n".encode()
    try:
        (folder / os.fsdecode(name.encode("gb18030"))).write_bytes(content)
    except OSError as refused:
        if refused.errno != errno.EILSEQ:
            raise
        (folder / name).write_bytes(content)


IN_TEN_THOUSANDS = ("finance_year",)
"""Tables whose money stands in 万元."""
MISCOUNTED = ("exam",)
"""Workbooks in which the line over the first block states one row too many."""
TURNED = ("training_log", "school_based_plan", "class_observation")
"""Texts in which a second header in another order stands halfway down, as where two exports were put together."""
PLAIN = Style(spoil_cells=False)
GB = Style(header="canonical", date="slash", labels=0.1)
CODED = Style(header="synonym", date="dots", labels=0.5, coded=True)
WORKBOOK = Style(header="spaced", date="serial", labels=0.2)
WEB = Style(header="synonym", date="chinese", labels=0.3)
OLD = Style(header="traditional", date="short", labels=0.4)
ENGLISH = Style(header="english", date="iso", labels=0.1, coded=True)
COMPACT = Style(header="canonical", date="compact", labels=0.2)

# The registrations of each school year come from another export of the platform.
YEARLY = {
    "_2016": ("gb18030", GB, "学分学时登记_2016.csv"),
    "_2017": ("zip", COMPACT, "学分登记_2017.zip"),
    "_2018": ("utf16", WEB, "学时登记_2018.txt"),
    "_2019": ("parquet", PLAIN, "credit_record_2019.parquet"),
    "_2020": ("bom", CODED, "credit_record_2020.csv"),
    "_2021": ("csv", OLD, "学分学时登记_2021.csv"),
}
# Tables of middling size rotate through these.
ROTATION = [
    ("xlsx", WORKBOOK, "{title}{suffix}.xlsx", True),
    ("gb18030", GB, "{title}{suffix}.csv", True),
    ("html", WEB, "{title}{suffix}.xls", True),
    ("bom", CODED, "{table}{suffix}.csv", False),
    ("utf16", OLD, "{title}{suffix}.txt", False),
    ("tsv", COMPACT, "{title}{suffix}.tsv", False),
    ("csv", ENGLISH, "{table}{suffix}.csv", False),
]


def _parts(table: str, rows: int, suffix: str, fmt: str) -> list[Part]:
    title = contract_of(table).title
    if fmt != "mixed":
        return [Part(f"{title}{suffix}.{fmt}", fmt, GB, 0, rows)]
    year = suffix[:5]
    if table == "credit_record" and year in YEARLY:
        container, style, name = YEARLY[year]
        stem, dot, ending = name.partition(".")
        name = f"{stem}{suffix[5:]}{dot}{ending}"
        if year == "_2021" and rows > SPREADSHEET_ROWS:
            beside = Part(f"学分学时登记{suffix}-补.xlsx", "xlsx", WORKBOOK, 0, SPREADSHEET_ROWS, titled=True)
            return [beside, Part(name, container, style, SPREADSHEET_ROWS, rows)]
        return [Part(name, container, style, 0, rows)]
    first = sum(map(ord, table)) % len(ROTATION)
    if rows > LARGE or table == "survey_response":
        half = rows * 3 // 5
        return [
            Part(f"{table}{suffix}.parquet", "parquet", ENGLISH, 0, half),
            Part(f"{title}{suffix}-2.csv", "gb18030", GB, half, rows),
        ]
    cuts = [0, rows] if rows < 2 * FEW else [0, min(rows // 3, SPREADSHEET_ROWS), rows]
    parts = []
    for index, (start, stop) in enumerate(pairwise(cuts)):
        container, style, name, titled = ROTATION[(first + index) % len(ROTATION)]
        if stop - start > 2 * SPREADSHEET_ROWS and container in ("xlsx", "html"):
            container, style, name, titled = ROTATION[1]
        number = suffix if index == 0 else f"{suffix}-{index + 1}"
        parts.append(Part(name.format(title=title, table=table, suffix=number), container, style, start, stop, titled))
    return parts


FEW = 60
ENCODINGS = {"csv": "utf-8", "gb18030": "gb18030", "bom": "utf-8-sig", "utf16": "utf-16", "tsv": "utf-8"}
SEPARATORS = {"utf16": "\t", "tsv": "\t"}


def _write(path: Path, table: str, frame: pl.DataFrame, labels: list[str], part: Part) -> None:
    title = f"{contract_of(table).title}一览表"
    named = frame.rename(dict(zip(frame.columns, labels, strict=True)))
    if part.container == "html" and table in REMARKED:
        named = named.with_columns(pl.lit("已核").alias("经办备注"))
    if part.container == "parquet":
        write_parquet(path, named)
    elif part.container == "html":
        write_html(path, title, named)
    elif part.container == "xlsx":
        _workbook(path, table, frame, labels, part)
    elif part.container == "zip":
        write_zip(path, {f"{contract_of(table).title}{path.stem[-5:]}.csv": csv_bytes(named)})
    else:
        encoding = ENCODINGS[part.container]
        separator = SEPARATORS.get(part.container, ",")
        content = csv_bytes(named, encoding, separator)
        if table in TURNED and part.container in {"gb18030", "csv", "tsv"}:
            half = named.height // 2
            turned = named[half:].select(reversed(named.columns))
            content = csv_bytes(named[:half], encoding, separator) + csv_bytes(turned, encoding, separator)
        if part.titled:
            empty = "," * (frame.width - 1)
            before = f"附件1：{empty}\r\n{title}{empty}\r\n".encode(encoding)
            after = f"填表人：样例{empty}\r\n共{frame.height}条{empty}\r\n".encode(encoding)
            content = before + content + after
        if part.container == "gb18030" and table == "credit_record":
            content = _one_line_of_utf8(content)
        if part.container == "csv" and table == "credit_record":
            content = content.replace(b"\r\n", b"\r")  # as old Macintoshes end their lines
        path.write_bytes(content)


def _one_line_of_utf8(content: bytes) -> bytes:
    """One line in another encoding, as when somebody adds a row with another program."""
    lines = content.split(b"\r\n")
    middle = len(lines) // 2
    lines[middle] = lines[middle].decode("gb18030").encode()
    return b"\r\n".join(lines)


def _workbook(path: Path, table: str, frame: pl.DataFrame, labels: list[str], part: Part) -> None:
    """A clerk's workbook: title, header, rows in two sheets, a total line and who filled it in."""
    title = f"{contract_of(table).title}一览表"
    kinds = [contract_of(table).field(name).type for name in frame.columns]
    rows = [[_cell(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in frame.iter_rows()]
    half = len(rows) if len(rows) < 2 * FEW else len(rows) * 2 // 3
    width = len(labels)
    top: list[list[Cell]] = [["附件1："], [f"{title}（样例数据）"]] if part.titled else []
    total: list[Cell] = ["合计", *[None] * (width - 1)]
    bottom: list[list[Cell]] = [total, ["填表人：样例", None, "负责人：样例"], [f"共{half}条"]] if part.titled else []
    body = _grouped(rows[:half], 1 if table in MISCOUNTED else 0) if table in GROUPED and part.titled else rows[:half]
    numbers: list[list[Cell]] = [[str(number) for number in range(1, width + 1)]] if part.titled else []  # 栏次
    sheets: dict[str, list[list[Cell]]] = {"Sheet1": [*top, [*labels], *numbers, *body, *bottom]}
    if half < len(rows):
        sheets["Sheet2（续）"] = [[*labels], *rows[half:]]
    merges = [(1, 0, 1, width - 1)] if part.titled and width > 1 else []
    write_xlsx(path, sheets, merges)


REMARKED = ("expert", "class_staff", "leave", "lecture", "project_expert", "org_staff", "school")
"""Tables whose web exports have a column that nobody asked for."""
GROUPED = ("lecture", "exam", "leave")
"""Workbooks whose clerks put a line over each block of rows."""
BLOCK = 10


def _grouped(rows: list[list[Cell]], too_many: int) -> list[list[Cell]]:
    """A line like 第1组（10条） over every ten rows; the first may state some too many."""
    lines: list[list[Cell]] = []
    for number, start in enumerate(range(0, len(rows), BLOCK), 1):
        block = rows[start : start + BLOCK]
        stated = len(block) + (too_many if number == 1 else 0)
        lines += [[f"第{number}组（{stated}条）"], *block]
    return lines


def _cell(value: str | None, kind: str) -> Cell:
    """Figures and serial dates become numbers, as a spreadsheet keeps them; ids stay text."""
    if value is None or kind not in ("decimal", "integer", "date"):
        return value
    if value.isascii() and value.replace(".", "", 1).isdigit():
        return float(value)
    return value
