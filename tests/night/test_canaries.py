"""No cell's content leaves the raw grids, the warehouse and the slips: canaries in every column of every table.

A mark is put into every column, the files are spoilt in every way we know, and the marks are looked for in everything
a night leaves behind.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

import duckdb
import polars as pl
import pytest
from click.testing import Result

from models.contracts import staging_contracts
from pipelines.assets import staging
from tests.night.running import PROVINCE, current, shixun

pytestmark = pytest.mark.night
EVERY_TABLE = True
"""Every column of every table is marked."""
MARK = re.compile(r"CANARY\w*")
UNREAD = "audit.row_counts/files_of_known_tables_were_read"
Lines = list[list[str]]
Way = Callable[[list[str], list[str]], bytes]
NAMES = {
    "培训项目": ("项目编号", "项目名称"),
    "培训机构": ("机构代码", "机构名称"),
    "行政单位": ("单位代码", "单位名称"),
    "学校": ("学校标识码", "学校名称"),
}
"""Columns that pages show on purpose: what a project, an institution, a place or a school is called is no secret."""


def marked(cells: list[str]) -> list[str]:
    return [f"CANARY{place:02d}" for place, _ in enumerate(cells)]


def as_csv(lines: Lines) -> bytes:
    return ("\n".join(",".join(line) for line in lines) + "\n").encode()


def without_header(header: list[str], row: list[str]) -> bytes:
    return as_csv([marked(row), row, marked(row)])


def shifted(header: list[str], row: list[str]) -> bytes:
    return as_csv([header, ["", *marked(row)], [*marked(row)[1:], "CANARYEND"]])


def one_name_lost(header: list[str], row: list[str]) -> bytes:
    return as_csv([["CANARYHEAD", *header[1:]], marked(row)])


def header_twice(header: list[str], row: list[str]) -> bytes:
    return as_csv([[*header, *header], header, [*marked(row), *marked(row)], [f"{header[0]}CANARY", *header[1:]]])


def ragged(header: list[str], row: list[str]) -> bytes:
    return as_csv([header, marked(row)[:2], [*marked(row), *marked(row)]])


def unbalanced(header: list[str], row: list[str]) -> bytes:
    return as_csv([header, [f'"{cell}' if place % 2 else cell for place, cell in enumerate(marked(row))], marked(row)])


def cut_off(header: list[str], row: list[str]) -> bytes:
    return as_csv([header, row, marked(row)])[:-4]


def two_encodings(header: list[str], row: list[str]) -> bytes:
    return as_csv([header]) + "CANARY,师训\n".encode("gb18030") + as_csv([marked(row)])


def with_nuls(header: list[str], row: list[str]) -> bytes:
    return as_csv([header, marked(row)]).replace(b"CANARY01", b"CANARY\x0001")


def same_key_twice(header: list[str], row: list[str]) -> bytes:
    return as_csv([header, marked(row), [*marked(row)[:-1], "CANARYOTHER"], row, [row[0], *marked(row)[1:]]])


def cell_by_cell(header: list[str], row: list[str]) -> bytes:
    """One good row for every column, with the mark in that column alone; each table's marks are its own."""
    mark = f"CANARY{zlib.crc32(''.join(header).encode()):08x}"
    lines = [[*row[:place], f"{mark}{place:02d}", *row[place + 1 :]] for place in range(len(row))]
    return as_csv([header, *([f"{line[0]}{number}", *line[1:]] for number, line in enumerate(lines))])


def as_workbook(header: list[str], row: list[str]) -> bytes:
    target = io.BytesIO()
    pl.DataFrame([[name, mark] for name, mark in zip(header, marked(row), strict=True)], orient="col").write_excel(
        target, worksheet="别的表", include_header=False
    )
    return target.getvalue()


def half_a_workbook(header: list[str], row: list[str]) -> bytes:
    return as_workbook(header, row)[:900]


def as_parquet(header: list[str], row: list[str]) -> bytes:
    target = io.BytesIO()
    pl.DataFrame({"CANARYA": marked(row), "CANARYB": marked(row)}).write_parquet(target)
    return target.getvalue()


def as_archive(header: list[str], row: list[str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("教师信息-包.csv", as_csv([header, marked(row)]))
    return target.getvalue()


def half_an_archive(header: list[str], row: list[str]) -> bytes:
    return as_archive(header, row)[:-30]


def as_page(header: list[str], row: list[str]) -> bytes:
    cells = "".join(f"<td>{cell}</td>" for cell in marked(row))
    return f"<html><table><tr>{cells}</tr><tr>{cells}".encode()


SPOILT = {
    "csv": (
        *(without_header, shifted, one_name_lost, header_twice, ragged, unbalanced, cut_off, two_encodings, with_nuls),
        *(same_key_twice, cell_by_cell),
    ),
    "xlsx": (as_workbook, half_a_workbook),
    "xls": (as_page,),
    "parquet": (as_parquet,),
    "zip": (as_archive, half_an_archive),
}


def spoil(snapshot: Path, ways: Sequence[Way] | None = None) -> int:
    """Every table's file in every spoilt form (or these), beside the good ones; how many there are."""
    wholes: dict[str, Lines] = {}
    for path in sorted(snapshot.glob("*.csv")):
        title = next(c.title for c in staging_contracts().values() if path.stem.startswith((c.title, c.table)))
        wholes.setdefault(title, [line.split(",") for line in path.read_text("utf-8-sig").splitlines()[:2]])
    plain = {title: lines for title, lines in wholes.items() if len(lines) == 2 and len(lines[0]) == len(lines[1])}
    wanted = [(suffix, way) for suffix, all_ways in SPOILT.items() for way in all_ways if ways is None or way in ways]
    for title, lines in plain.items():
        for suffix, way in wanted:
            (snapshot / f"{title}-{way.__name__}.{suffix}").write_bytes(way(*lines))
    return len(plain) * len(wanted)


def told(home: Path) -> Iterator[tuple[str, str]]:
    """Every file outside HOME/raw and the warehouses, with what archives hold inside them."""
    for path in sorted(home.rglob("*")):
        if not path.is_file() or path.is_symlink() or path.is_relative_to(home / "raw") or path.suffix == ".duckdb":
            continue
        content = path.read_bytes()
        if content.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                content = b"\n".join(archive.read(name) for name in archive.namelist())
        if path.suffix == ".parquet":
            content = pl.read_parquet(path).write_csv().encode()
        yield str(path.relative_to(home)), content.decode("utf-8", errors="replace")


def published_tables(home: Path) -> Iterator[tuple[str, str]]:
    """What the warehouse itself says of a night: its public tables, and what it tells of files and checks."""
    with duckdb.connect(str(current(home) / "warehouse.duckdb"), read_only=True) as connection:
        names = connection.execute(
            "SELECT table_schema || '.' || table_name FROM information_schema.tables WHERE table_name LIKE 'public_%' "
            "OR table_name IN ('problems', 'gate', 'row_counts', 'dropped_lines')"
        ).fetchall()
        for (name,) in names:
            yield name, connection.sql(f"FROM {name}").pl().cast(pl.String, strict=False).write_json()


def marks_of_names(snapshot: Path) -> set[str]:
    """The marks that stand in the columns of ``NAMES``."""
    marks = set()
    for title, names in NAMES.items():
        header, *lines = (snapshot / f"{title}-cell_by_cell.csv").read_text("utf-8").splitlines()
        for name in names:
            place = header.split(",").index(name)
            marks |= {mark for line in lines for mark in MARK.findall(line.split(",")[place])}
    return marks


def leaks(places: Iterator[tuple[str, str]], shown: Collection[str] = ()) -> dict[str, list[str]]:
    found = {place: sorted(set(MARK.findall(text)) - set(shown)) for place, text in places}
    return {place: marks for place, marks in found.items() if marks}


def test_a_refused_night_quotes_nobody(
    refresh: Callable[..., Result], snapshot: Path, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert spoil(snapshot) > 200
    with caplog.at_level("DEBUG"):
        result = refresh()
    assert result.exit_code == 3
    assert (home / "refused" / PROVINCE / "quality" / "index.html").exists()
    assert leaks(iter([("printed", result.output), ("logged", caplog.text)])) == {}
    assert leaks(told(home)) == {}


def test_a_published_night_quotes_nobody(
    dumps: Path, snapshot: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A first night refuses files of known tables that nothing was read from, until somebody accepts them."""
    home = tmp_path / "first"
    assert spoil(snapshot, [cell_by_cell, without_header, half_a_workbook, as_parquet, half_an_archive]) > 50
    with caplog.at_level("DEBUG"):
        refused = shixun("refresh", "--dumps", dumps, "--home", home)
        accepted = shixun("accept", PROVINCE, UNREAD, "--reason", "补投前先行发布", "--by", "赵某", "--home", home)
        result = shixun("refresh", "--dumps", dumps, "--home", home)
    assert (refused.exit_code, accepted.exit_code) == (3, 0), refused.output[-2000:] + accepted.output
    assert result.exit_code == 0, result.output[-2000:]
    assert leaks(iter([("refused", refused.output), ("accepted", accepted.output)])) == {}
    assert leaks(iter([("printed", result.output), ("logged", caplog.text)])) == {}
    shown = marks_of_names(snapshot)
    assert leaks(told(home), shown) == {}
    assert leaks(published_tables(home), shown) == {}


def test_a_step_that_breaks_quotes_nobody(
    refresh: Callable[..., Result], snapshot: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = ["CANARY1", "CANARY2"]

    def trip(*_: object) -> dict[str, int]:
        try:
            pl.Series(cells).cast(pl.Int64)
        except pl.exceptions.InvalidOperationError as error:
            raise ValueError(cells[1]) from error
        return {}

    (snapshot / "教师信息-9.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    monkeypatch.setattr(staging, "stage_tables", trip)
    result = refresh()
    assert result.exit_code == 1
    assert "ValueError（test_canaries.py" in result.output
    assert leaks(iter([("printed", result.output)])) == {}
    assert leaks(told(home)) == {}
