"""Delimited text (CSV, TSV, Excel's "Unicode 文本") to grid frames: fast where well-formed, whole where not.

The file goes by in blocks that end between two records. A block that does not follow RFC 4180 is mended first:
a quotation mark that makes no sense becomes text. Then polars parses the block, and its row count must agree with
ours; where it does not, rows are taken apart one by one. No row and no cell is ever dropped, however ragged.

Row numbers count records from 1. A blank line is a record (all cells null). A record whose quoted cell runs
over several lines is one record, so below it numbers are smaller than an editor's line numbers.
"""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from statistics import mode
from typing import Final, NamedTuple

import polars as pl

from pipelines.ingest.reading.encodings import DAMAGE_SIGN, TextFile
from pipelines.ingest.reading.faults import UnreadableFile
from pipelines.ingest.reading.grid import Note, TooWideError, cell_names, frame_of, rows_in_hand
from pipelines.ingest.reading.limits import (
    MAX_COLUMNS,
    MAX_QUOTED_CHARS,
    MAX_QUOTED_LINES,
    MAX_RECORD_BYTES,
    MIB,
)

DELIMITERS: Final = "\t,;|\x01"
"""The last is what Hive puts between columns unless told otherwise."""
_QUOTE: Final = b'"'
_QUOTED: Final = re.compile(rb'"[^"]*+"')
_QUOTED_TEXT: Final = re.compile(r'"[^"]*+"')
_RECORDS: Final = r'(?:"(?:[^"]|"")*"|[^"\n])*\n'
_SHOWN: Final = 5
_MOST_CELLS_AT_ONCE: Final = 16_000_000


class NarrowError(Exception):
    """A record has more cells than the frames being made."""


class Block(NamedTuple):
    """Whole well-formed records, and how many."""

    text: bytes
    records: int


@dataclass
class Table:
    """One delimited text file: how it is divided, and what was noticed while reading."""

    text: TextFile
    delimiter: str
    usual_width: int
    unpaired: list[int] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)
    other_delimiter: int = 0
    """The first line, as far as the beginning shows, that is divided by another sign; 0 where there is none."""

    @classmethod
    def of(cls, text: TextFile) -> "Table":
        delimiter, width = sniff_delimiter(text.start)
        return cls(text, delimiter, width, other_delimiter=_otherwise_divided(text.start, delimiter, width))

    def likely_width(self) -> int:
        """Cells of the widest record as far as the file's first lines show."""
        lines = _QUOTED_TEXT.sub("", self.text.start).split("\n")
        return min(max(line.count(self.delimiter) for line in lines) + 1, MAX_COLUMNS)

    def width(self) -> int:
        """Cells of the widest record of the whole file.

        Raises:
            TooWideError: it is no record of a table.
        """
        widest = 1
        done = 0
        for block in self.blocks():
            widest = max(widest, _block_width(block, self.delimiter, done))
            done += block.records
        return widest

    def frames(self, width: int) -> Iterator[pl.DataFrame]:
        """Grid frames of `width` cells.

        Raises:
            NarrowError: a record has more cells.
            UnreadableFile: the text is no text, or one record has no end.
        """
        done = 0
        for block in self.blocks():
            self._note_damage(block, done)
            for frame in _block_frames(block, self.delimiter, width, done):
                first = done + 1
                done += frame.height
                yield frame.select(
                    pl.lit("").alias("_sheet"),
                    pl.int_range(first, first + frame.height, dtype=pl.Int64).alias("_row"),
                    pl.all(),
                )

    def blocks(self) -> Iterator[Block]:
        """The whole text, block by block, each well-formed or mended."""
        self.unpaired.clear()
        self.damaged.clear()
        done = 0
        for text in self._whole_lines():
            if _QUOTE not in text:
                block = Block(text, _count_lines(text))
            elif is_well_formed(text, self.delimiter):
                block = Block(text, _count_records(text))
            else:
                block = self._mended(text, done)
            done += block.records
            yield block

    def notes(self) -> list[Note]:
        """What people should know about the text."""
        notes = list(self.text.notes())
        if self.text.damage.count:
            place = f"，首先在第 {self.damaged[0]} 行附近" if self.damaged else ""
            reason = f"有 {self.text.damage.count} 处字节无法辨认，已写作“{DAMAGE_SIGN}”{place}，含有它的单元格会退回"
            notes.append(Note("damaged_bytes", reason, "skipped", row=self.damaged[0] if self.damaged else None))
        if self.unpaired:
            shown = "、".join(str(number) for number in self.unpaired[:_SHOWN])
            more = " 等" if len(self.unpaired) > _SHOWN else ""
            reason = f"第 {shown}{more}行的引号没有配对（共 {len(self.unpaired)} 行），引号已按原样保留"
            notes.append(Note("unpaired_quotes", reason, "repaired", row=self.unpaired[0]))
        if self.other_delimiter:
            reason = "有的行用了另一种分隔符，这些行没有分开，会因缺列而退回，请统一分隔符后重新导出"
            notes.append(Note("mixed_delimiters", reason, "skipped", row=self.other_delimiter))
        return notes

    def _whole_lines(self) -> Iterator[bytes]:
        """The text cut between lines, where quotation marks so far are paired if such a line end is near."""
        rest = b""
        for chunk in _ahead(self.text.utf8_chunks()):
            rest += chunk
            cut = _last_record_end(rest)
            if cut:
                yield rest[:cut]
                rest = rest[cut:]
            elif len(rest) > MAX_RECORD_BYTES:
                raise UnreadableFile(self.text.label, "record_too_long", detail=f"超过 {MAX_RECORD_BYTES // MIB} MB")
        if rest:
            yield rest

    def _mended(self, text: bytes, done: int) -> Block:
        """The same records with every cell that needs it quoted by the rules."""
        lines = _split_lines(text)
        records: list[bytes] = []
        at = 0
        while at < len(lines):
            line = lines[at]
            if _QUOTE not in line:
                records.append(line)
                at += 1
                continue
            cells, used, is_unpaired = record_at(lines, at, self.delimiter, self.usual_width)
            records.append(_written(cells, self.delimiter))
            if is_unpaired:
                self.unpaired.append(done + len(records))
            at += used
        return Block(b"\n".join([*records, b""]), len(records))

    def _note_damage(self, block: Block, done: int) -> None:
        sign = DAMAGE_SIGN.encode()
        if self.text.damage.count and not self.damaged and sign in block.text:
            before = block.text[: block.text.find(sign)]
            self.damaged.append(done + 1 + _QUOTED.sub(b"", before).count(b"\n"))


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


def _otherwise_divided(sample: str, delimiter: str, width: int) -> int:
    """The first line that one of the other delimiters divides into as many cells, and the usual one not at all."""
    lines = _QUOTED_TEXT.sub("", sample).split("\n")
    others = [sign for sign in DELIMITERS if sign != delimiter]
    numbered = ((n, line) for n, line in enumerate(lines, start=1) if delimiter not in line and width > 2)  # noqa: PLR2004
    return next((n for n, line in numbered if any(line.count(sign) + 1 == width for sign in others)), 0)


def is_well_formed(text: bytes, delimiter: str) -> bool:
    """Whether every quotation mark opens a cell, closes it, or is doubled inside it (RFC 4180)."""
    sign = re.escape(delimiter)
    quoted = r'"(?:[^"]|"")*"'
    plain = f'[^"{sign}\\n]*'
    rule = rf"\A(?:{quoted}(?:{sign}|\r?\n)|{plain}[{sign}\n])*(?:{quoted}\r?|{plain})\z"
    return bool(_as_series(text).str.contains(rule)[0])


def record_at(lines: Sequence[bytes], at: int, delimiter: str, usual_width: int) -> tuple[list[str], int, bool]:
    """The record that starts at a line: its cells, its number of lines, and whether its quotes made no sense.

    A quoted cell may run over several lines only if it is closed properly within bounds, and not if the line
    and those it would swallow are whole rows by themselves: then the mark is a stray one and kept as text.
    """
    line = lines[at].removesuffix(b"\r").decode()
    cells, is_open = split_cells(line, delimiter)
    if is_open:
        joined, used = _joined(lines, at, delimiter, usual_width)
        if joined is not None:
            return joined, used, False
    return cells, 1, is_open or line.count('"') % 2 == 1


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
    # some programs put a blank between the separator and the quotation mark
    body = r' *"((?:[^"]|"")*+)'
    return re.compile(body + rf'" *(?={re.escape(delimiter)}|\Z)'), re.compile(body + r"\Z")


def _joined(lines: Sequence[bytes], at: int, delimiter: str, usual_width: int) -> tuple[list[str] | None, int]:
    """The record that starts at line `at` and is closed on a later line, and the number of lines it takes."""
    sign = delimiter.encode()
    length = len(lines[at])
    quotes = lines[at].count(_QUOTE)
    all_whole = lines[at].count(sign) + 1 == usual_width
    for used, line in enumerate(lines[at + 1 : at + MAX_QUOTED_LINES], start=2):
        length += len(line) + 1
        if length > MAX_QUOTED_CHARS:
            break
        quotes += line.count(_QUOTE)
        all_whole = all_whole and line.count(sign) + 1 == usual_width
        if _QUOTE in line and quotes % 2 == 0:
            record = b"\n".join(lines[at : at + used])
            if all_whole or not is_well_formed(record, delimiter):
                break
            return split_cells(record.removesuffix(b"\r").decode(), delimiter)[0], used
    return None, 0


def _written(cells: list[str], delimiter: str) -> bytes:
    special = f'"\r\n{delimiter}'
    return delimiter.join(
        '"' + cell.replace('"', '""') + '"' if any(sign in cell for sign in special) else cell for cell in cells
    ).encode()


def _ahead(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same chunks, the next one decoded while this one is parsed."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = pool.submit(next, chunks, None)
            yield chunk


def _as_series(text: bytes) -> pl.Series:
    # the regular expressions of polars run over a whole block several times faster than those of Python
    return pl.Series([text], dtype=pl.Binary).cast(pl.String)


def _count_lines(text: bytes) -> int:
    return text.count(b"\n") + (not text.endswith(b"\n"))


def _count_records(text: bytes) -> int:
    ended = text if text.endswith(b"\n") else text + b"\n"
    return int(_as_series(ended).str.count_matches(_RECORDS)[0])


def _split_lines(text: bytes) -> list[bytes]:
    lines = text.split(b"\n")
    return lines if lines[-1] else lines[:-1]


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
    sign = delimiter.encode()
    lines = _QUOTED.sub(b"", block.text).split(b"\n")
    width = max(line.count(sign) for line in lines) + 1
    if width > MAX_COLUMNS:
        row = next(i for i, line in enumerate(lines, start=1) if line.count(sign) + 1 > MAX_COLUMNS)
        raise TooWideError(done + row, width)
    return width


def _block_frames(block: Block, delimiter: str, width: int, done: int) -> Iterator[pl.DataFrame]:
    if block.records * width <= _MOST_CELLS_AT_ONCE:
        try:
            frame = _parsed(block, delimiter, width)
        except pl.exceptions.ComputeError as fault:
            if _block_width(block, delimiter, done) > width:
                raise NarrowError from fault
            frame = pl.DataFrame()
        if frame.height == block.records:
            yield frame
            return
    # one long row among very many short ones, or a block that polars and we see differently
    yield from _row_by_row(block, delimiter, width)


def _parsed(block: Block, delimiter: str, width: int) -> pl.DataFrame:
    """A block through polars. A first line of our own fixes the width, for polars goes by the first."""
    first = (delimiter * (width - 1)).encode() + b"\n"
    return pl.read_csv(
        first + block.text,
        has_header=False,
        separator=delimiter,
        quote_char='"' if _QUOTE in block.text else None,
        schema=dict.fromkeys(cell_names(width), pl.String),
        null_values=[""],
    )[1:]


def _row_by_row(block: Block, delimiter: str, width: int) -> Iterator[pl.DataFrame]:
    in_hand: list[tuple[int, list[str]]] = []
    lines = _split_lines(block.text)
    at = 0
    while at < len(lines):
        # no usual width to go by: in a well-formed block no mark is a stray one
        cells, used, _ = record_at(lines, at, delimiter, 0)
        if len(cells) > width:
            raise NarrowError
        in_hand.append((0, cells))
        at += used
        if len(in_hand) == rows_in_hand(width) or at >= len(lines):
            yield frame_of("", in_hand, width).drop("_sheet", "_row")
            in_hand = []
