"""Dump files made on the spot, and the grid that reading makes of them."""

import struct
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import polars as pl
import pytest

from pipelines.ingest.reading import DumpFile, GridSummary, find_snapshot, read_grid

Rows = list[tuple[str | None, ...]]


class Desk:
    """A snapshot folder of one province, and a place for grids."""

    def __init__(self, home: Path) -> None:
        self.dumps = home / "dumps"
        self.folder = self.dumps / "330000" / "2024-09-01"
        self.raw = home / "raw"
        self.folder.mkdir(parents=True)
        self.raw.mkdir()

    def put(self, name: str, content: bytes) -> DumpFile:
        """Place a file and find it as the night does."""
        path = self.folder / name
        path.write_bytes(content)
        snapshot = find_snapshot(self.dumps, "330000")
        assert snapshot is not None
        return next(file for file in snapshot.files if file.path == path)

    def read(self, name: str, content: bytes) -> tuple[GridSummary, pl.DataFrame]:
        target = self.raw / "grid.parquet"
        summary = read_grid(self.put(name, content), target)
        return summary, pl.read_parquet(target)

    def cells(self, name: str, content: bytes) -> Rows:
        """The cells alone, row by row."""
        return self.read(name, content)[1].drop("_sheet", "_row").rows()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _wide(text: str, length: str) -> bytes:
    return struct.pack(length + "B", len(text), 1) + text.encode("utf-16-le")


@pytest.fixture(scope="session")
def biff8() -> Callable[..., bytes]:
    """A maker of old .xls workbooks: one sheet of texts and numbers, with merged regions, in an OLE container."""

    def make(
        rows: Sequence[Sequence[str | float | None]],
        merged: Sequence[tuple[int, int, int, int]] = (),
        sheet: str = "数据",
        looks: bytes = b"",
        styles: Mapping[tuple[int, int], int] = MappingProxyType({}),
    ) -> bytes:
        """`looks`: further records of the whole workbook, or of the sheet where they are of rows and columns."""
        cells = looks if looks[:2] in {b"\x08\x02", b"\x7d\x00"} else b""
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                place = struct.pack("<HHH", r, c, styles.get((r, c), 0))
                if isinstance(value, str):
                    cells += _record(0x0204, place + _wide(value, "<H"))
                elif isinstance(value, int):
                    cells += _record(0x027E, place + struct.pack("<i", value << 2 | 2))
                elif value is not None:
                    cells += _record(0x0203, place + struct.pack("<d", value))
        regions = b"".join(struct.pack("<HHHH", top, bottom, left, right) for top, left, bottom, right in merged)
        end = _record(0x000A, b"")
        body = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)) + cells
        body += _record(0x00E5, struct.pack("<H", len(merged)) + regions) + end
        start = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
        start += _record(0x0042, struct.pack("<H", 1200))
        start += b"" if looks in cells else looks
        bound = struct.pack("<HH", 0, 0) + _wide(sheet, "<B")
        offset = len(start) + len(bound) + 4 + 4 + len(end)
        bound = struct.pack("<IH", offset, 0) + _wide(sheet, "<B")
        offset = len(start) + len(bound) + 4 + len(end)
        bound = struct.pack("<IH", offset, 0) + _wide(sheet, "<B")
        return _ole("Workbook", start + _record(0x0085, bound) + end + body)

    return make


def _ole(name: str, stream: bytes) -> bytes:
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    count = len(stream) // 512
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 2 + count), 0xFFFFFFFE]
    fat = struct.pack(f"<{len(chain)}I", *chain).ljust(512, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I", 0) + b"\xff" * (108 * 4)
    directory = _entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + _entry(name, 2, 0xFFFFFFFF, 2, len(stream))
    return header + fat + directory.ljust(512, b"\0") + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    head = text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1)
    head += struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child) + bytes(36)
    return head + struct.pack("<IQ", start, size)
