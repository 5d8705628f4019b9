"""A law of readers: what is read of a table equals what was written into it, or the difference is told.

Tables are drawn at random and written by a writer of its own through every format, encoding, header shape and unit; the
writer keeps what it meant. A row may be refused and a column told, but no other value may ever come out.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from html import escape

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.contracts import contract
from models.staging import FileFacts, land_file, resolve_duplicates, row_counts, stage
from pipelines.ingest.reading import UnreadableFile

RECORD = contract("staging", "credit_record")
FIELDS = ("record_id", "teacher_id", "source_type", "level", "hours", "end_date", "completion", "status")
LABELS = {name: RECORD.field(name).header for name in FIELDS}


@dataclass(frozen=True)
class Truth:
    """What one row means."""

    record_id: str
    teacher_id: str
    hours: Decimal
    end_date: date
    completion: str


rows = st.lists(
    st.builds(
        Truth,
        st.integers(1, 10**6).map(lambda n: f"D{n}"),
        st.sampled_from([f"T{n:04d}" for n in range(50)]) | st.integers(10**18, 2 * 10**18).map(str),
        st.decimals(0, 400, places=1),
        st.dates(date(2010, 1, 1), date(2025, 12, 31)),
        st.sampled_from(["合格", "不合格"]),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda row: row.record_id,
)

HOURS: Sequence[Callable[[Decimal], str]] = (
    str,
    lambda n: f"{n}学时",
    lambda n: f"{n:,}",
    lambda n: str(n).translate(str.maketrans("0123456789.", "０１２３４５６７８９．")),
    lambda n: f"约{n}",
    lambda n: f"{n}\n{n + 1}",
    lambda n: f"{n}①",
    lambda n: f"{n}-{n + 8}",
    lambda n: f"{n}（上年）",
    lambda n: f"{n}（含线上1）",
    lambda n: f" {n}\u00a0",
)
DAYS: Sequence[Callable[[date], str]] = (
    date.isoformat,
    lambda d: d.strftime("%Y/%-m/%-d"),
    lambda d: d.strftime("%Y年%m月%d日"),
    lambda d: d.strftime("%Y%m%d"),
    lambda d: str((d - date(1899, 12, 30)).days),
    lambda d: f"{d} 08:30-11:30",
    lambda d: f"{d} 24:00",
    lambda d: f"{(d - timedelta(days=6)).strftime('%Y.%-m.%-d')}-{d.strftime('%-m.%-d')}",
    lambda d: d.strftime("%d/%m/%Y"),
    lambda d: d.strftime("%y-%m-%d"),
    lambda d: f"{d}①",
)
PASSED: Sequence[Callable[[str], str]] = (
    str,
    lambda word: f"{word}（{word}）",
    lambda word: f"{word}（{'不合格' if word == '合格' else '合格'}）",
    lambda word: {"合格": "3", "不合格": "4"}[word],
    lambda word: f"{word}（补考）",
)


@dataclass(frozen=True)
class Shape:
    """How a table is written: what its hours stand under, what is above, below and beside the rows."""

    hours: str
    unit: Decimal
    above: tuple[str, ...]
    below: tuple[str, ...]
    help_line: bool
    rival: str
    early: int = 0
    """How many rows stand above the header."""


shapes = st.builds(
    Shape,
    hours=st.sampled_from(
        ["培训获得学时", "学时", "*培训获得学时（必填）", "培训获得学时（学时）", "培训获得学时（上年）", "认定学时"]
    ),
    unit=st.just(Decimal(1)),
    above=st.sampled_from([(), ("学分登记表",), ("附件1：", "学分登记表（单位：学时）")]),
    below=st.sampled_from([(), ("合计",), ("填表人：某", "共9条")]),
    help_line=st.booleans(),
    rival=st.sampled_from(["", "学时（计划）", "联系电话", "获得学时"]),
    early=st.sampled_from([0, 0, 0, 1, 2]),
).filter(lambda shape: "上年" not in shape.hours or shape.rival != "获得学时") | st.just(
    Shape("培训获得学时（天）", Decimal(8), (), (), help_line=False, rival="")
)


def lines_of(truth: Sequence[Truth], shape: Shape, ways: Sequence[tuple[int, int, int]]) -> list[list[str]]:
    """The table as a clerk's file has it, every cell as text."""
    labels = {**LABELS, "hours": shape.hours}
    extra = [shape.rival] if shape.rival else []
    header = [*labels.values(), *extra]
    body = []
    for row, (hours, day, passed) in zip(truth, ways, strict=True):
        written = HOURS[hours % len(HOURS)](row.hours / shape.unit)
        cells = [row.record_id, row.teacher_id, "集中", "省", written, DAYS[day % len(DAYS)](row.end_date)]
        body.append([*cells, PASSED[passed % len(PASSED)](row.completion), "已登记", *(["99"] if extra else [])])
    blank = [""] * (len(header) - 1)
    helping = [[str(n) for n in range(1, len(header) + 1)]] if shape.help_line else []
    return [
        *([line, *blank] for line in shape.above),
        *body[: shape.early],
        header,
        *helping,
        *body[shape.early :],
        *([line, *blank] for line in shape.below),
    ]


def csv(lines: list[list[str]], separator: str = ",", end: str = "\n") -> str:
    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in f'{separator}"\r\n') else text

    return "".join(separator.join(map(cell, line)) + end for line in lines)


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def outfile(lines: list[list[str]], separator: str = "\t") -> str:
    """As `SELECT … INTO OUTFILE` writes: a backslash before what would divide, \\N for nothing."""

    def cell(text: str) -> str:
        escaped = text.replace("\\", "\\\\").replace("\n", "\\\n").replace(separator, f"\\{separator}")
        return escaped or "\\N"

    return "".join(separator.join(map(cell, line)) + "\n" for line in lines)


def enclosed(lines: list[list[str]]) -> str:
    """As MySQL and Spark write between quotation marks, and Cloud SQL what is missing."""

    def cell(text: str) -> str:
        return '"' + text.replace('"', '\\"').replace("\n", "\\\n") + '"' if text else '"N'

    return "".join(",".join(map(cell, line)) + "\n" for line in lines)


def bare(lines: list[list[str]], separator: str) -> str:
    """As programs write that never heard of quotation marks: what divides stands in the cells."""
    return "".join(separator.join(line) + "\n" for line in lines)


def xlsx(lines: list[list[str]]) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False}) as book:
        page = book.add_worksheet("数据")
        for number, line in enumerate(lines):
            for column, text in enumerate(line):
                if text.replace(".", "", 1).isdecimal() and text.isascii():
                    page.write_number(number, column, float(text))
                elif text:
                    page.write_string(number, column, text)
    return target.getvalue()


def html(lines: list[list[str]]) -> bytes:
    cells = ("".join(f"<td>{escape(text).replace(chr(10), '<br>')}</td>" for text in line) for line in lines)
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>".encode()


def parquet(lines: list[list[str]]) -> bytes:
    target = io.BytesIO()
    width = max(map(len, lines))
    squared = [[*line, *[""] * (width - len(line))] for line in lines]
    columns = [pa.array(list(column)) for column in zip(*squared, strict=True)]
    pq.write_table(pa.table(columns, names=[f"列{n}" for n in range(width)]), target)
    return target.getvalue()


FORMATS: dict[str, Callable[[list[list[str]]], bytes]] = {
    "a.csv": lambda lines: csv(lines).encode(),
    "b.csv": lambda lines: csv(lines, end="\r\n").encode("gb18030"),
    "c.csv": lambda lines: csv(lines, end="\r").encode("utf-8-sig"),
    "d.txt": lambda lines: csv(lines, "\t").encode("utf-16"),
    "e.xlsx": xlsx,
    "h.txt": lambda lines: csv(lines, "\x01").encode(),
    "i.csv": lambda lines: csv(lines).encode("utf-16-le"),
    "j.csv": lambda lines: csv(lines, end="\r\n").encode("utf-16-be"),
    "k.csv": lambda lines: "".join(", ".join(quoted(cell) for cell in line) + "\n" for line in lines).encode(),
    "l.txt": lambda lines: outfile(lines).encode(),
    "m.csv": lambda lines: outfile(lines, ",").encode("gb18030"),
    "n.csv": lambda lines: enclosed(lines).encode(),
    "o.csv": lambda lines: bare(lines, ",").encode(),
    "p.txt": lambda lines: bare(lines, "\t").encode("gb18030"),
    "q.csv": lambda lines: csv(lines).encode()[:-9],
    "f.xls": html,
    "g.parquet": parquet,
}


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    truth=rows,
    shape=shapes,
    name=st.sampled_from(sorted(FORMATS)),
    seed=st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99)), min_size=6, max_size=6),
)
def test_what_is_read_was_written_or_is_told(desk, truth, shape, name, seed):
    lines = lines_of(truth, shape, seed[: len(truth)])
    try:
        summary, grid = desk.read(f"学分登记-{name}", FORMATS[name](lines))
    except UnreadableFile:
        return  # told whole
    landing = land_file(grid.lazy(), name, RECORD, FileFacts(summary.kind, summary.since_1904, summary.broken))
    staged = stage(landing.sheets, RECORD, "460000", b"key")
    resolved = resolve_duplicates(staged.rows, RECORD)
    counts = row_counts(RECORD, landing.sheets, resolved.rows, staged.rejects, resolved.duplicates)
    assert counts["rows_read"].sum() >= len(truth)
    meant = {row.record_id: row for row in truth}
    for row in resolved.rows.collect().iter_rows(named=True):
        wanted = meant[row["record_id"]]
        assert row["teacher_id"] == wanted.teacher_id
        assert row["hours"] == wanted.hours, shape.hours
        assert row["end_date"] == wanted.end_date
        assert row["completion"] == wanted.completion
        del meant[row["record_id"]]
    refused = staged.rejects.collect().filter(pl.col("severity") == "row").height
    assert refused >= len(meant), "a row vanished without a word"
