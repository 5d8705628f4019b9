"""The raw grid: every cell of a dump file as text, with the sheet and row a person would look it up by.

Grain: one row per row of the file. Columns: `_sheet` (name of the sheet; "" where a file has none), `_row`
(number of the row in its sheet, from 1), then `c000`, `c001`, … (the cells from left to right; null = empty).
Nothing here knows where cells come from or what they mean.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Final, Literal

import polars as pl
from polars.io.plugins import register_io_source

from pipelines.ingest.reading.limits import CELLS_IN_HAND, MAX_COLUMNS

Row = tuple[int, Sequence[str | None]]
"""A row's number in its sheet and its cells."""

_LARGEST_ROW_GROUP: Final = 131_072
_OS_ERROR: Final = re.compile(r"os error (\d+)")


@dataclass(frozen=True)
class SheetSummary:
    """One sheet: its name, how many rows hold anything, how many columns, and the number of its last row."""

    name: str
    rows: int
    columns: int
    last_row: int = 0


NoteKind = Literal["assumed", "repaired", "skipped"]


@dataclass(frozen=True)
class Note:
    """What a reader assumed, repaired or left out, in Chinese, with its place as far as it has one; never a cell."""

    reason_code: str
    reason: str
    kind: NoteKind = "assumed"
    sheet: str | None = None
    row: int | None = None


@dataclass(frozen=True)
class GridSummary:
    """What was read: `kind` of file as found from its bytes, `encoding` of text files, and notes for people.

    `since_1904`: its days are counted from 1904, so that a bare number is a day of another year than elsewhere.
    `broken`: rows of a text that are no rows of its table (pieces of a record, undivided lines), to be refused.
    """

    kind: str
    encoding: str | None
    sheets: tuple[SheetSummary, ...]
    rows: int
    bytes: int
    notes: tuple[Note, ...] = ()
    since_1904: bool = False
    broken: tuple[int, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(note.reason for note in self.notes)


class TooWideError(Exception):
    """A row with more cells than any table has."""

    def __init__(self, row: int, columns: int) -> None:
        self.row = row
        self.columns = columns
        super().__init__(f"第 {row} 行有 {columns} 列，最多 {MAX_COLUMNS} 列")


def cell_names(width: int) -> list[str]:
    return [f"c{i:03d}" for i in range(width)]


def grid_schema(width: int) -> dict[str, type[pl.DataType]]:
    return {"_sheet": pl.String, "_row": pl.Int64, **dict.fromkeys(cell_names(width), pl.String)}


def rows_in_hand(width: int) -> int:
    """How many rows of that width make one frame."""
    return max(1000, min(_LARGEST_ROW_GROUP, CELLS_IN_HAND // max(width, 1)))


def frame_of(sheet: str, rows: Sequence[Row], width: int) -> pl.DataFrame:
    """A grid frame of rows that may be shorter than `width`; empty text becomes null."""
    columns = list(zip_longest(*(cells for _, cells in rows)))
    columns += [()] * (width - len(columns))
    cells = {
        name: pl.Series([text or None for text in column] or [None] * len(rows), dtype=pl.String)
        for name, column in zip(cell_names(width), columns, strict=True)
    }
    head = {
        "_sheet": pl.Series([sheet] * len(rows), dtype=pl.String),
        "_row": pl.Series([number for number, _ in rows], dtype=pl.Int64),
    }
    return pl.DataFrame(head | cells)


def frames_of(sheet: str, rows: Iterable[Row], width: int) -> Iterator[pl.DataFrame]:
    """The same for any number of rows, a bounded number in hand; rows without any content are left out."""
    in_hand: list[Row] = []
    most = rows_in_hand(width)
    for row in rows:
        if not any(row[1]):
            continue
        in_hand.append(row)
        if len(in_hand) == most:
            yield frame_of(sheet, in_hand, width)
            in_hand = []
    if in_hand:
        yield frame_of(sheet, in_hand, width)


def write_frames(frames: Callable[[], Iterator[pl.DataFrame]], width: int, target: Path) -> None:
    """Stream grid frames of `width` cells into one parquet file, in order.

    Raises:
        Exception: whatever `frames` raised, as it was.
        OSError: the disk refused.
    """
    raised: list[Exception] = []

    def source(
        with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        # polars asks for projections only of plans that have some; a plain sink wants everything
        del with_columns, predicate, n_rows, batch_size
        try:
            yield from frames()
        except Exception as fault:
            raised.append(fault)
            raise

    try:
        register_io_source(source, schema=grid_schema(width)).sink_parquet(
            target, compression="zstd", compression_level=1, row_group_size=rows_in_hand(width)
        )
    except Exception as fault:
        if raised:
            raise raised[0] from None
        # polars tells of a full disk as a fault of the computation
        if number := _OS_ERROR.search(str(fault)):
            raise OSError(int(number[1]), os.strerror(int(number[1])), str(target)) from fault
        raise


@dataclass(frozen=True)
class Region:
    """Merged cells: first and last row and column, all counted from 0 and inclusive."""

    top: int
    left: int
    bottom: int
    right: int


def spread_merged(rows: Iterable[Sequence[str | None]], regions: Iterable[Region]) -> Iterator[list[str | None]]:
    """Give every cell of a merged region the region's text.

    Downwards always. To the right only where the row holds something else besides: a title, a group line
    (分组行) or a footer merged across the table is one cell to a person, not a row full of equal values.
    """
    starting: Mapping[int, list[Region]] = _by_top(regions)
    active: list[tuple[Region, str | None, int]] = []
    for number, row in enumerate(rows):
        cells = list(row)
        if active:
            active = [span for span in active if span[0].bottom >= number]
        for region in starting.get(number, ()):
            text = cells[region.left] if region.left < len(cells) else None
            is_alone = sum(1 for other in row if other) <= 1
            active.append((region, text, region.left if is_alone else region.right))
        for region, text, last in active:
            for column in range(region.left, min(last, len(cells) - 1) + 1):
                cells[column] = cells[column] or text
        yield cells


def _by_top(regions: Iterable[Region]) -> Mapping[int, list[Region]]:
    found: dict[int, list[Region]] = {}
    for region in regions:
        found.setdefault(region.top, []).append(region)
    return found
