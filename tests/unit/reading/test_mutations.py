"""Hostile input in bulk: whatever bytes come, there is a grid that holds every row, or a sentence.

`SHIXUN_MUTATIONS` sets how many files are tried (the suite tries few; the fault run a hundred thousand).
"""

import io
import os
import random
import zipfile
from collections import Counter

import polars as pl
import pytest
import xlsxwriter

from pipelines.io.reading import UnreadableFile, find_snapshot, read_grid, sha256
from pipelines.io.reading.faults import FAULTS

HOW_MANY = int(os.environ.get("SHIXUN_MUTATIONS", "300"))
SHARD = 2500
SPECIAL = [b"\0", b'"', b",", b"\n", b"\r", b"\t", b"\xff", b"\x81\x30", b"<", b">", b"&", b"PK\3\4", b"\xef\xbb\xbf"]


def _xlsx():
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        page = book.add_worksheet("教师信息")
        page.merge_range("A1:C1", "教师名单")
        page.write_row("A2", ["教师编号", "姓名", "学时"])
        for number in range(20):
            page.write_row(number + 2, 0, [f"T{number}", "张三", number + 0.5])
        page.write_formula("D3", "=1/0", None, "#DIV/0!")
    return target.getvalue()


def _parquet():
    target = io.BytesIO()
    pl.DataFrame({"编号": [f"T{n}" for n in range(50)], "学时": [n / 2 for n in range(50)]}).write_parquet(target)
    return target.getvalue()


def _zip(*members):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return target.getvalue()


TEXT = "教师编号,姓名,备注\r\n" + "".join(f'T{n},张𠮷,"备注 ""{n}"", 见\r\n附件"\r\n' for n in range(30))
PAGE = (
    "<html><table>" + "".join(f"<tr><td rowspan=2>T{n}<td colspan=2>张㙍</tr>" for n in range(20)) + "</table></html>"
)


@pytest.fixture(scope="module")
def seeds(biff8):
    xls = biff8([["编号", "学时"], *([f"T{n}", n * 1.5] for n in range(20))], merged=[(0, 0, 0, 1)])
    return [
        ("教师信息.csv", TEXT.encode()),
        ("教师信息.csv", TEXT.encode("gb18030")),
        ("教师信息.txt", TEXT.replace(",", "\t").encode("utf-16")),
        ("教师信息.xls", PAGE.encode("gb18030")),
        ("教师信息.xls", xls),
        ("教师信息.xlsx", _xlsx()),
        ("教师信息.parquet", _parquet()),
        ("教师信息.zip", _zip(("教师信息.csv", TEXT.encode()), ("a/学校.xlsx", _xlsx()))),
    ]


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


@pytest.mark.parametrize("first", range(0, HOW_MANY, SHARD))
def test_no_mutation_crashes_or_loses_a_row(desk, seeds, first):
    chance = random.Random(20240901 + first)  # noqa: S311 - repeatable, not secret
    outcomes: Counter[str] = Counter()
    for number in range(first, min(first + SHARD, HOW_MANY)):
        name, content = seeds[number % len(seeds)]
        bytes_now = mutated(content, chance)
        for old in desk.folder.iterdir():
            old.unlink()
        (desk.folder / name).write_bytes(bytes_now)
        snapshot = find_snapshot(desk.dumps, "330000")
        assert snapshot is not None
        assert snapshot.files or snapshot.problems, "a file vanished without a word"
        for file in snapshot.files:
            target = desk.raw / "grid.parquet"
            outcome = _outcome(file, target)
            if isinstance(outcome, UnreadableFile):
                assert outcome.reason_code in FAULTS
                assert str(outcome).startswith(file.label)
                outcomes[outcome.reason_code] += 1
            else:
                outcomes[outcome.kind] += 1
                _check_grid(pl.read_parquet(target), outcome, bytes_now)
                target.unlink()
            assert list(desk.raw.iterdir()) == []
    assert sorted(p.name for p in desk.dumps.parent.iterdir()) == ["dumps", "raw"]
    print(outcomes)  # noqa: T201 - shown by pytest -s and on failure
    assert {"text", "workbook", "page", "truncated"} <= outcomes.keys()
