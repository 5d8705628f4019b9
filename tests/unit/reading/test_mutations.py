"""Hostile input in bulk: whatever bytes come, there is a grid that holds every row, or a sentence.

`SHIXUN_MUTATIONS` sets how many files are tried (the suite tries few; `make faults` a hundred thousand). Of each it
holds that nothing crashes, no reader runs into its ten seconds or over a gigabyte, no file appears anywhere but in the
grid's place, and every row is in the grid; of some also that staging accounts for each row of the grid.
"""

import io
import os
import random
import struct
import tempfile
import zipfile
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from models.contracts import contract
from models.staging import land_file, resolve_duplicates, row_counts, stage
from pipelines.ingest.reading import UnreadableFile, find_snapshot, read_grid, sha256
from pipelines.ingest.reading.dumps import chunks
from pipelines.ingest.reading.faults import FAULTS

HOW_MANY = int(os.environ.get("SHIXUN_MUTATIONS", "300"))
SHARD = 2500
STAGED_EVERY = 40
LOOKED_AT_EVERY = 100
GIB = 1 << 30
TEACHER = contract("staging", "teacher")
SPECIAL = [b"\0", b'"', b",", b"\n", b"\r", b"\t", b"\xff", b"\x81\x30", b"<", b">", b"&", b"PK\3\4", b"\xef\xbb\xbf"]


def _xlsx():
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        page = book.add_worksheet("教师信息")
        page.merge_range("A1:C1", "教师名单")
        page.write_row("A2", ["教师编号", "姓名", "聘用日期"])
        for number in range(20):
            page.write_row(number + 2, 0, [f"T{number}", "张三", number + 0.5])
        page.write_formula("D3", "=1/0", None, "#DIV/0!")
    return target.getvalue()


def _parquet():
    target = io.BytesIO()
    pl.DataFrame({"教师编号": [f"T{n}" for n in range(50)], "姓名": [n / 2 for n in range(50)]}).write_parquet(target)
    return target.getvalue()


def _zip(*members):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return target.getvalue()


def _claiming(content: bytes, size: int) -> bytes:
    """An archive whose directory claims another unpacked size for its first member."""
    at = content.index(b"PK\1\2") + 24
    return content[:at] + struct.pack("<I", size) + content[at + 4 :]


TEXT = "教师编号,姓名,聘用日期\r\n" + "".join(f'T{n},张𠮷,"备注 ""{n}"", 见\r\n附件"\r\n' for n in range(30))
PAGE = (
    "<html><table>" + "".join(f"<tr><td rowspan=2>T{n}<td colspan=2>张㙍</tr>" for n in range(20)) + "</table></html>"
)


ESCAPES = [
    "../教师信息.csv",
    "../../../../escaped.csv",
    "/shixun-escaped.csv",
    "C:\\escaped.csv",
    "a/../../escaped.csv",
]


@pytest.fixture(scope="module")
def seeds(biff8):
    xls = biff8([["教师编号", "姓名"], *([f"T{n}", n * 1.5] for n in range(20))], merged=[(0, 0, 0, 1)])
    return [
        ("教师信息.csv", TEXT.encode()),
        ("教师信息.csv", TEXT.encode("gb18030")),
        ("教师信息.csv", TEXT.encode("utf-8-sig")),
        ("教师信息.txt", TEXT.replace(",", "\t").encode("utf-16")),
        ("教师信息.tsv", b"\xfe\xff" + TEXT.replace(",", "\t").encode("utf-16-be")),
        ("教师信息.xls", PAGE.encode("gb18030")),
        ("教师信息.xls", PAGE.encode()),
        ("教师信息.xls", xls),
        ("教师信息.xlsx", _xlsx()),
        ("教师信息.parquet", _parquet()),
        ("教师信息.zip", _zip(("教师信息.csv", TEXT.encode()), ("a/学校.xlsx", _xlsx()))),
        ("教师信息.zip", _zip(("内层.zip", _zip(("教师信息.csv", b"x"))), ("教师信息.csv", TEXT.encode("gb18030")))),
        ("教师信息.zip", _zip(*((name, TEXT.encode()) for name in ESCAPES), ("教师信息.csv", b"a,b\n1,2\n"))),
        ("教师信息.zip", _claiming(_zip(("教师信息.csv", TEXT.encode())), 3_000_000_000)),
        ("教师信息.xlsx", _claiming(_xlsx(), 3_000_000_000)),
    ]


@pytest.fixture(scope="module")
def bombs():
    """Small files that unfold without end; each costs a reading process its life at worst."""
    far = io.BytesIO()
    with xlsxwriter.Workbook(far, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write("A1", "教师编号")
        page.write(1_048_575, 16_383, "x")
    zeros = bytes(100 * (1 << 20))
    return [
        ("教师信息.xlsx", far.getvalue()),
        ("教师信息.zip", _zip(("教师信息.csv", zeros))),
        ("教师信息.zip", _claiming(_zip(("教师信息.csv", zeros)), 10)),
        ("教师信息.xlsx", _with_part(_xlsx(), "xl/worksheets/sheet1.xml", zeros)),
        ("教师信息.xlsx", _with_part(_xlsx(), "xl/sharedStrings.xml", b"<sst>" + b"<si><t>a</t></si>" * 2_000_000)),
        ("教师信息.xls", b"<table><tr><td rowspan=999999999 colspan=999999999>x</td></tr></table>"),
        ("教师信息.xls", b"<table><tr><td>" * 50_000),
        ("教师信息.csv", b'"' * 3_000_000),
        ("教师信息.csv", b"," * 3_000_000),
    ]


def _with_part(package: bytes, name: str, content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return _zip(*((part, content if part == name else archive.read(part)) for part in archive.namelist()))


def mutated(content: bytes, chance: random.Random) -> bytes:
    """A few cuts, copies, flips and insertions; for packages sometimes inside a part, so that it still opens."""
    if content.startswith(b"PK") and chance.random() < 0.5:
        return _mutated_inside(content, chance)
    changed = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed) + 1)
        length = min(chance.choice([1, 2, 8, 64, 1000]), len(changed))
        match chance.randrange(5):
            case 0:
                changed[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                changed[at:at] = chance.choice(SPECIAL) * chance.choice([1, 1, 2, 50])
            case 2:
                del changed[at : at + length]
            case 3:
                changed[at:at] = changed[max(0, at - length) : at]
            case _:
                del changed[at:]
    return bytes(changed)


def _mutated_inside(content: bytes, chance: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = [(info.filename, archive.read(info)) for info in archive.infolist()]
    at = chance.randrange(len(parts))
    parts[at] = (parts[at][0], mutated(parts[at][1], chance) if parts[at][1] else b"x")
    return _zip(*parts)


def _lines(content: bytes) -> int:
    """Records that strict UTF-8 text without any quotation mark must give."""
    return content.count(b"\n") + (not content.endswith(b"\n"))


def _outcome(file, target):
    try:
        return read_grid(file, target, sha256(file))
    except UnreadableFile as fault:
        return fault


def _check_grid(grid, summary, content):
    assert grid.height == summary.rows
    assert grid.columns[:3] == ["_sheet", "_row", "c000"]
    if summary.kind == "text":
        assert grid["_row"].to_list() == list(range(1, grid.height + 1))
        if summary.encoding == "utf-8" and b'"' not in content and b"\r" not in content:
            assert grid.height == _lines(content)


def _accounted(grid_path, label):
    """Staging the grid as the teachers' table, each line of it that is not blank comes out somewhere."""
    grid = pl.scan_parquet(grid_path)
    sheets = land_file(grid, label, TEACHER).sheets
    staged = stage(sheets, TEACHER, "330000", b"k" * 32)
    resolved = resolve_duplicates(staged.rows.collect().lazy(), TEACHER)
    counts = row_counts(TEACHER, sheets, resolved.rows, staged.rejects, resolved.duplicates)
    parts = ("rows_staged", "rows_rejected", "rows_duplicate", "rows_dropped_total")
    assert counts["rows_read"].to_list() == counts.select(pl.sum_horizontal(*parts)).to_series().to_list()
    blank = sum(sheet.set_apart.filter(pl.col("reason_code") == "blank").height for sheet in sheets)
    below = sum(
        grid.filter(pl.col("_sheet") == sheet.sheet, pl.col("_row") > sheet.match.last_row)
        .select(pl.len())
        .collect()
        .item()
        for sheet in sheets
    )
    assert counts["rows_read"].sum() + blank == below


def _readers_memory():
    """The most memory that any reading process of ours has held, in bytes."""
    peak = 0
    for task in Path("/proc/self/task").iterdir():
        for child in (task / "children").read_text().split():
            place = Path("/proc") / child
            if b"pipelines.ingest.reading.child" in (place / "cmdline").read_bytes():
                status = (place / "status").read_text()
                peak = max(peak, *(int(line.split()[1]) << 10 for line in status.splitlines() if "VmHWM" in line))
    return peak


@pytest.fixture
def yard(desk, tmp_path, monkeypatch):
    """Everywhere a file could come to lie by mistake: beside the dumps, in the working and the temporary folder."""
    places = {name: tmp_path / name for name in ("work", "temporary", "user")}
    for place in places.values():
        place.mkdir()
    monkeypatch.chdir(places["work"])
    monkeypatch.setattr(tempfile, "tempdir", str(places["temporary"]))
    monkeypatch.setenv("TMPDIR", str(places["temporary"]))
    monkeypatch.setenv("HOME", str(places["user"]))
    yield
    assert sorted(p.name for p in tmp_path.iterdir()) == ["dumps", "raw", "temporary", "user", "work"]
    assert [list(place.iterdir()) for place in places.values()] == [[], [], []]
    assert [p.name for p in desk.dumps.iterdir()] == ["330000"]
    assert [p.name for p in desk.folder.parent.iterdir()] == [desk.folder.name]
    assert not Path("/shixun-escaped.csv").exists()


def _try(desk, name, content, outcomes, *, is_staged):
    for old in desk.folder.iterdir():
        old.unlink()
    (desk.folder / name).write_bytes(content)
    snapshot = find_snapshot(desk.dumps, "330000")
    assert snapshot is not None
    assert snapshot.files or snapshot.problems, "a file vanished without a word"
    outcomes.update(problem.reason_code for problem in snapshot.problems)
    for file in snapshot.files:
        target = desk.raw / "grid.parquet"
        outcome = _outcome(file, target)
        if isinstance(outcome, UnreadableFile):
            assert outcome.reason_code in FAULTS
            assert outcome.reason_code != "too_slow"
            assert str(outcome).startswith(file.label)
            outcomes[outcome.reason_code] += 1
        else:
            outcomes[outcome.kind] += 1
            _check_grid(pl.read_parquet(target), outcome, b"".join(chunks(file)))
            if is_staged:
                _accounted(target, file.label)
            target.unlink()
        assert list(desk.raw.iterdir()) == []


@pytest.mark.parametrize("first", range(0, HOW_MANY, SHARD))
def test_no_mutation_crashes_or_loses_a_row(desk, yard, seeds, first):
    chance = random.Random(20240901 + first)  # noqa: S311 - repeatable, not secret
    outcomes: Counter[str] = Counter()
    for number in range(first, min(first + SHARD, HOW_MANY)):
        name, content = seeds[number % len(seeds)]
        _try(desk, name, mutated(content, chance), outcomes, is_staged=chance.random() * STAGED_EVERY < 1)
        if number % LOOKED_AT_EVERY == 0:
            assert _readers_memory() < GIB
    print(outcomes)  # noqa: T201 - shown by pytest -s and on failure
    assert {"text", "xlsx", "page", "truncated", "zip_escape", "zip_nested", "zip_bomb"} <= outcomes.keys()


def test_what_unfolds_without_end_is_refused_within_bounds(desk, yard, bombs):
    outcomes: Counter[str] = Counter()
    for name, content in bombs:
        _try(desk, name, content, outcomes, is_staged=False)
        assert _readers_memory() < GIB
    print(outcomes)  # noqa: T201
    assert "zip_bomb" in outcomes
