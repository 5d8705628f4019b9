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

from pipelines.ingest.reading import escapes
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
from pipelines.ingest.reading.short_rows import ShortRows

DELIMITERS: Final = "\t,;|\x01"
"""The last is what Hive puts between columns unless told otherwise."""
_QUOTE: Final = b'"'
_QUOTED: Final = re.compile(rb'"[^"]*+"')
_QUOTED_TEXT: Final = re.compile(r'"[^"]*+"')
_PADDING: Final = re.compile(r"\t(?=[,;|])")
_RECORDS: Final = r'(?:"(?:[^"]|"")*"|[^"\n])*\n'
_SHOWN: Final = 5
_NEIGHBOURS: Final = 100
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
    escaped: list[int] = field(default_factory=list)
    nulls: list[int] = field(default_factory=list)
    """Rows with a missing value in Cloud SQL's spelling."""
    short: ShortRows = field(default_factory=lambda: ShortRows(1))
    is_escaping: bool = False
    """Whether the program that wrote it is known to put a backslash before what divides."""
    wider_header: tuple[int, int] = (0, 0)
    """The first line that is divided as often as most or oftener, and its cells, if it has more; zeros where not."""
    other_delimiter: int = 0
    """The first line, as far as the beginning shows, that is divided by another sign; 0 where there is none."""

    @classmethod
    def of(cls, text: TextFile) -> "Table":
        delimiter, width = sniff_delimiter(text.start)
        return cls(
            text,
            delimiter,
            width,
            is_escaping=escapes.writes_nulls(text.start, delimiter),
            wider_header=_wider_header(text.start, delimiter, width),
            other_delimiter=_otherwise_divided(text.start, delimiter, width),
        )

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
        done, ends = 0, pl.Series(dtype=pl.String)
        self.short = ShortRows(self.usual_width)
        for block in self.blocks():
            self._note_damage(block, done)
            begin, may_be_short = done, False
            for frame in _block_frames(block, self.delimiter, width, done):
                first = done + 1
                done += frame.height
                last_cells = frame.to_series(min(self.usual_width, width) - 1)
                may_be_short = may_be_short or last_cells.null_count() > 0
                ends = pl.concat([ends.tail(_NEIGHBOURS), last_cells])
                yield frame.select(
                    pl.lit("").alias("_sheet"),
                    pl.int_range(first, first + frame.height, dtype=pl.Int64).alias("_row"),
                    pl.all(),
                )
            if may_be_short and not (width == self.usual_width and is_even(block, self.delimiter, width)):
                self.short.note(block_widths(block, self.delimiter), begin)
        if done and not self.text.ends_in_line_end():
            self.short.note_cut_end(done, ends)

    def broken(self) -> list[int]:
        """Rows that are refused: pieces of a record that a line end or the end of the file cut, undivided lines."""
        return self.short.refused()

    def blocks(self) -> Iterator[Block]:
        """The whole text, block by block, each well-formed or mended."""
        for told in (self.unpaired, self.damaged, self.escaped, self.nulls):
            told.clear()
        done = 0
        for text in self._whole_lines():
            is_plain = _QUOTE not in text
            if is_plain and not (b"\\" in text and escapes.may_divide(text, self.delimiter)):
                block = Block(text, _count_lines(text))
            elif not is_plain and is_well_formed(text, self.delimiter):
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
        if self.escaped:
            reason = f"有 {len(self.escaped)} 行在换行、分隔符或引号前写有反斜杠，已按同一格的内容读入"
            notes.append(Note("escaped_signs", f"{reason}，首先是第 {self.escaped[0]} 行", row=self.escaped[0]))
        if self.nulls:
            what = f"有 {len(self.nulls)} 行的单元格写作 {escapes.BROKEN_NULL}，首先是第 {self.nulls[0]} 行"
            reason = f"{what}：可以读作没有值（Cloud SQL 的写法），也可以读作缺一个引号的 N，已按没有值读入"
            notes.append(Note("broken_nulls", reason, row=self.nulls[0]))
        notes += self.short.notes()
        if self.wider_header[0]:
            row, cells = self.wider_header
            what = f"第 {row} 行有 {cells} 格，其下多数行只有 {self.usual_width} 格"
            reason = f"{what}：可以读作省略了行末的空格，也可以读作中间少了一格，已按前者读入，请核对各列是否错位"
            notes.append(Note("narrow_rows", reason, row=row))
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
            if _QUOTE not in line and b"\\" not in line:
                records.append(line)
                at += 1
                continue
            cells, used = self._record_at(lines, at, done + len(records) + 1)
            records.append(_written(cells, self.delimiter) if cells else line)
            at += used
        return Block(b"\n".join([*records, b""]), len(records))

    def _record_at(self, lines: Sequence[bytes], at: int, row: int) -> tuple[list[str], int]:
        """The record that begins at a line, and its number of lines; no cells where the line stays as it is.

        Read by the rules of quotation marks, unless only escapes give it the usual number of cells.
        """
        line = lines[at]
        cells, used, is_unpaired = record_at(lines, at, self.delimiter, self.usual_width)
        nulls = cells.count(escapes.BROKEN_NULL)
        is_clean = len(cells) == self.usual_width and not any(
            cell.startswith('"') and cell != escapes.BROKEN_NULL for cell in cells
        )
        if b"\\" in line and not (is_clean and not (self.is_escaping and escapes.goes_on(line))):
            escaped = escapes.record_at(lines, at, self.delimiter, self.usual_width, is_sure=self.is_escaping)
            if escaped[1]:
                self.escaped.append(row)
                return escaped
        if nulls:
            self.nulls.append(row)
            cells = [escapes.NULL if cell == escapes.BROKEN_NULL else cell for cell in cells]
            is_unpaired = (line.count(_QUOTE) - nulls) % 2 == 1
        if is_unpaired:
            self.unpaired.append(row)
        return (cells if _QUOTE in line else []), used

    def _note_damage(self, block: Block, done: int) -> None:
        sign = DAMAGE_SIGN.encode()
        if self.text.damage.count and not self.damaged and sign in block.text:
            before = block.text[: block.text.find(sign)]
            self.damaged.append(done + 1 + _QUOTED.sub(b"", before).count(b"\n"))


def sniff_delimiter(sample: str) -> tuple[str, int]:
    """The delimiter that divides most lines alike, and into how many cells."""
    # some programs put a tab behind every cell, so that spreadsheets keep it as text
    bare = _PADDING.sub("", _QUOTED_TEXT.sub("", sample))
    lines = [line for line in bare.splitlines() if line.strip()][:1000]
    best = (0.0, ",", 1)
    for delimiter in DELIMITERS:
        counts = [n for line in lines if (n := line.count(delimiter))]
        if counts:
            usual = mode(counts)
            score = counts.count(usual) / len(lines) * min(usual, 8)
            if score > best[0]:
                best = (score, delimiter, usual + 1)
    return best[1], best[2]


def _wider_header(sample: str, delimiter: str, usual: int) -> tuple[int, int]:
    """The first line of at least the usual number of cells, and how many it fills, if those are more; else zeros."""
    lines = _QUOTED_TEXT.sub("q", sample).split("\n")
    widths = ((n, len(line.rstrip(f"{delimiter} \r").split(delimiter))) for n, line in enumerate(lines, start=1))
    row, cells = next(((n, cells) for n, cells in widths if cells >= usual), (0, 0))
    return (row, cells) if cells > usual > 1 else (0, 0)


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


def is_even(block: Block, delimiter: str, width: int) -> bool:
    """Whether all records of a block have `width` cells, given that none has more."""
    bare = _QUOTED.sub(b"", block.text) if _QUOTE in block.text else block.text
    return bare.count(delimiter.encode()) == block.records * (width - 1)


def block_widths(block: Block, delimiter: str) -> pl.DataFrame:
    """Of each record of a block, in order, its number of cells (`cells`) and whether it is blank (`is_blank`)."""
    if _QUOTE in block.text:
        ended = block.text if block.text.endswith(b"\n") else block.text + b"\n"
        records = _as_series(ended).str.extract_all(_RECORDS).explode().str.replace_all(r'"[^"]*"', "q")
    else:
        records = pl.Series(_split_lines(block.text), dtype=pl.Binary).cast(pl.String)
    return pl.DataFrame(
        {
            "cells": records.str.count_matches(delimiter, literal=True) + 1,
            "is_blank": records.str.strip_chars() == "",
        }
    )


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
        return _before_escaped_ends(text, cut)
    return 0 if cut == 0 and len(text) < MAX_QUOTED_CHARS else last


def _before_escaped_ends(text: bytes, cut: int) -> int:
    """The same place, or an earlier one where the line before it may go on behind it."""
    at = cut
    for _ in range(MAX_QUOTED_LINES):
        line = text[text.rfind(b"\n", 0, at - 1) + 1 : at - 1]
        if not escapes.goes_on(line):
            return at or cut
        at -= len(line) + 1
    return cut


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
