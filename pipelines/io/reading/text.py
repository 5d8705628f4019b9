"""Delimited text (CSV, TSV, Excel's "Unicode 文本") to grid frames: fast where well-formed, whole where not.

The file goes by in blocks that end between two records. A block that follows RFC 4180 is parsed by polars, whose
row count must agree with ours; any other block is taken apart here, leniently: a quotation mark that does not
make sense is kept as text, a row keeps as many cells as it has. No row and no cell is ever dropped.

Row numbers count records from 1. A blank line is a record (all cells null). A record whose quoted cell runs
over several lines is one record, so below it numbers are smaller than an editor's line numbers.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from statistics import mode
from typing import Final, NamedTuple

import polars as pl

from pipelines.io.reading.encodings import DAMAGE_SIGN, TextFile
from pipelines.io.reading.faults import UnreadableFile
from pipelines.io.reading.grid import TooWideError, cell_names, frame_of, rows_in_hand
from pipelines.io.reading.limits import (
    MAX_COLUMNS,
    MAX_QUOTED_CHARS,
    MAX_QUOTED_LINES,
    MAX_RECORD_BYTES,
    MIB,
)

DELIMITERS: Final = "\t,;|"
_QUOTED: Final = re.compile(rb'"[^"]*+"')
_QUOTED_TEXT: Final = re.compile(r'"[^"]*+"')
_SHOWN: Final = 5
_MOST_CELLS_AT_ONCE: Final = 16_000_000


class NarrowError(Exception):
    """A record has more cells than the frames being made."""


class Block(NamedTuple):
    """Whole records: bytes to be parsed at once, or, where the quoting is broken, cells already taken apart."""

    text: bytes
    records: int
    broken: list[list[str]] | None = None


@dataclass
class Table:
    """One delimited text file: how it is divided, and what was noticed while reading."""

    text: TextFile
    delimiter: str
    usual_width: int
    unpaired: list[int] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, text: TextFile) -> "Table":
        delimiter, width = sniff_delimiter(text.start)
        return cls(text, delimiter, width)

    def width(self) -> int:
        """Cells of the widest record of the whole file."""
        widest = 1
        done = 0
        for block in self.blocks():
            widest = max(widest, _block_width(block, self.delimiter, done))
            done += block.records
        return widest

    def first_width(self) -> int:
        """Cells of the widest record of the first block: nearly always the whole file's."""
        return max((_block_width(block, self.delimiter, 0) for block in islice(self.blocks(), 1)), default=1)

    def frames(self, width: int) -> Iterator[pl.DataFrame]:
        """Grid frames of `width` cells.

        Raises:
            NarrowError: a record has more cells.
            UnreadableFile: the text is no text, or one record has no end.
        """
        done = 0
        for block in self.blocks():
            if self.text.damage.count and DAMAGE_SIGN.encode() in block.text:
                self.damaged.append(done + 1 + block.text.count(b"\n", 0, block.text.find(DAMAGE_SIGN.encode())))
            for frame in self._block_frames(block, width):
                first = done + 1
                done += frame.height
                yield frame.select(
                    pl.lit("").alias("_sheet"),
                    pl.int_range(first, first + frame.height, dtype=pl.Int64).alias("_row"),
                    pl.all(),
                )

    def blocks(self) -> Iterator[Block]:
        self.unpaired.clear()
        self.damaged.clear()
        quote = b'"'
        done = 0
        for text in self._whole_lines():
            if quote not in text:
                block = Block(text, _count_lines(text))
            elif is_well_formed(text, self.delimiter):
                block = Block(text, _count_lines(_QUOTED.sub(b'""', text)))
            else:
                block = self._take_apart(text, done)
            done += block.records
            yield block

    def warnings(self) -> list[str]:
        """What people should know about the text, in Chinese."""
        notes = []
        if self.text.damage.count:
            place = f"，首先在第 {self.damaged[0]} 行附近" if self.damaged else ""
            notes.append(f"有 {self.text.damage.count} 处字节无法辨认，已写作“{DAMAGE_SIGN}”{place}")
        if self.unpaired:
            shown = "、".join(str(number) for number in self.unpaired[:_SHOWN])
            more = " 等" if len(self.unpaired) > _SHOWN else ""
            notes.append(f"第 {shown}{more}行的引号没有配对（共 {len(self.unpaired)} 行），引号已按原样保留")
        return notes

    def _whole_lines(self) -> Iterator[bytes]:
        """The text cut between lines, where quotation marks so far are paired if such a line end is near."""
        rest = b""
        for chunk in self.text.utf8_chunks():
            rest += chunk
            cut = _last_record_end(rest)
            if cut:
                yield rest[:cut]
                rest = rest[cut:]
            elif len(rest) > MAX_RECORD_BYTES:
                raise UnreadableFile(self.text.label, "record_too_long", detail=f"超过 {MAX_RECORD_BYTES // MIB} MB")
        if rest:
            yield rest

    def _take_apart(self, text: bytes, done: int) -> Block:
        records: list[list[str]] = []
        for cells, is_unpaired in lenient_records(text.decode(), self.delimiter, self.usual_width):
            records.append(cells)
            if len(cells) > MAX_COLUMNS:
                raise TooWideError(done + len(records), len(cells))
            if is_unpaired:
                self.unpaired.append(done + len(records))
        return Block(text, len(records), records)

    def _block_frames(self, block: Block, width: int) -> Iterator[pl.DataFrame]:
        if block.broken is not None:
            yield from _frames_of_cells(block.broken, width)
            return
        if block.records * width <= _MOST_CELLS_AT_ONCE:
            frame = _parsed(block, self.delimiter, width)
            if frame.height == block.records:
                yield frame
                return
        # few long rows among many short ones, or a reading on which polars and we do not agree: row by row
        # (no width to go by: a quoted cell of a well-formed block is never a stray mark)
        plain = [cells for cells, _ in lenient_records(block.text.decode(), self.delimiter, 0)]
        yield from _frames_of_cells(plain, width)


def sniff_delimiter(sample: str) -> tuple[str, int]:
    """The delimiter that divides most lines alike, and into how many cells."""
    lines = [line for line in _QUOTED_TEXT.sub("", sample).splitlines() if line.strip()][:1000]
    best = (0.0, ",", 1)
    for delimiter in DELIMITERS:
        counts = [n for line in lines if (n := line.count(delimiter))]
        if counts:
            usual = mode(counts)
            score = counts.count(usual) / len(lines) * min(usual, 8)
            if score > best[0]:
                best = (score, delimiter, usual + 1)
    return best[1], best[2]


def is_well_formed(text: bytes, delimiter: str) -> bool:
    """Whether every quotation mark opens a cell, closes it, or is doubled inside it (RFC 4180)."""
    sign = re.escape(delimiter.encode())
    emptied = _QUOTED.sub(b'""', text)
    stray = rb'[^"\n' + sign + rb']"|"[^"\r\n' + sign + rb']|"\r(?!\n)'
    return emptied.count(b'"') % 2 == 0 and re.search(stray, emptied) is None


def lenient_records(text: str, delimiter: str, usual_width: int) -> Iterator[tuple[list[str], bool]]:
    """Cells of each record, and whether its quotation marks made no sense and were kept as text.

    A quoted cell may run over several lines only if it is closed properly within bounds, and not if the line
    and those it would swallow are whole rows by themselves: then the mark is a stray one.
    """
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    at = 0
    while at < len(lines):
        line = lines[at].removesuffix("\r")
        if '"' not in line:
            yield line.split(delimiter), False
            at += 1
            continue
        cells, is_open = split_cells(line, delimiter)
        if is_open:
            joined, used = _joined(lines, at, delimiter, usual_width)
            if joined is not None:
                yield joined, False
                at += used
                continue
        is_unpaired = is_open or line.count('"') % 2 == 1
        yield cells, is_unpaired
        at += 1


def split_cells(record: str, delimiter: str) -> tuple[list[str], bool]:
    """Cells of one record; a badly quoted cell is kept as it stands. Also whether a quoted cell is left open."""
    closed, opened = _quoted_cell(delimiter)
    cells: list[str] = []
    at = 0
    is_open = False
    while True:
        whole = closed.match(record, at)
        if whole:
            cells.append(whole[1].replace('""', '"'))
            end = whole.end()
        else:
            is_open = is_open or opened.match(record, at) is not None
            end = record.find(delimiter, at)
            end = len(record) if end < 0 else end
            cells.append(record[at:end])
        if end == len(record):
            return cells, is_open
        at = end + 1


@cache
def _quoted_cell(delimiter: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A quoted cell closed before a delimiter or the end, and one that is never closed."""
    body = r'"((?:[^"]|"")*+)'
    return re.compile(body + rf'"(?={re.escape(delimiter)}|\Z)'), re.compile(body + r"\Z")


def _joined(lines: Sequence[str], at: int, delimiter: str, usual_width: int) -> tuple[list[str] | None, int]:
    """The record that starts at line `at` and is closed on a later line, and the number of lines it takes."""
    record = lines[at]
    all_whole = record.count(delimiter) + 1 == usual_width
    for used, line in enumerate(lines[at + 1 : at + MAX_QUOTED_LINES], start=2):
        record = f"{record}\n{line}"
        all_whole = all_whole and line.count(delimiter) + 1 == usual_width
        if len(record) > MAX_QUOTED_CHARS:
            return None, 0
        if '"' in line:
            cells, is_open = split_cells(record.removesuffix("\r"), delimiter)
            if not is_open:
                is_sound = not all_whole and is_well_formed(record.encode(), delimiter)
                return (cells, used) if is_sound else (None, 0)
    return None, 0


def _count_lines(text: bytes) -> int:
    return text.count(b"\n") + (not text.endswith(b"\n") and bool(text))


def _last_record_end(text: bytes) -> int:
    """Where to cut: after the last line end with paired quotation marks before it.

    Where there is none near, after the last line end; 0 (more text is needed) while a cell may yet be closed.
    """
    last = text.rfind(b"\n") + 1
    cut = last
    is_odd = text.count(b'"', 0, cut) % 2 == 1
    for _ in range(MAX_QUOTED_LINES):
        if not is_odd or not cut:
            break
        earlier = text.rfind(b"\n", 0, cut - 1) + 1
        is_odd ^= text.count(b'"', earlier, cut) % 2 == 1
        cut = earlier
    if cut and not is_odd:
        return cut
    return 0 if cut == 0 and len(text) < MAX_QUOTED_CHARS else last


def _block_width(block: Block, delimiter: str, done: int) -> int:
    if block.broken is not None:
        return max(map(len, block.broken), default=1)
    sign = delimiter.encode()
    lines = _QUOTED.sub(b"", block.text).split(b"\n") if b'"' in block.text else block.text.split(b"\n")
    width = max(line.count(sign) for line in lines) + 1
    if width > MAX_COLUMNS:
        row = next(i for i, line in enumerate(lines, start=1) if line.count(sign) + 1 > MAX_COLUMNS)
        raise TooWideError(done + row, width)
    return width


def _parsed(block: Block, delimiter: str, width: int) -> pl.DataFrame:
    """A well-formed block through polars. A first line of our own fixes the width, for polars goes by the first."""
    has_quotes = b'"' in block.text
    first = (delimiter * (width - 1)).encode() + b"\n"
    try:
        frame = pl.read_csv(
            first + block.text,
            has_header=False,
            separator=delimiter,
            quote_char='"' if has_quotes else None,
            schema=dict.fromkeys(cell_names(width), pl.String),
        )[1:]
    except pl.exceptions.ComputeError as fault:
        raise NarrowError from fault
    return frame.with_columns(pl.all().replace("", None)) if has_quotes else frame


def _frames_of_cells(records: list[list[str]], width: int) -> Iterator[pl.DataFrame]:
    if max(map(len, records), default=0) > width:
        raise NarrowError
    most = rows_in_hand(width)
    for start in range(0, len(records), most):
        numbered = list(enumerate(records[start : start + most]))
        yield frame_of("", numbered, width).drop("_sheet", "_row")
