"""Rows of delimited text with fewer cells than most: which are only short, and which are pieces of one record.

Programs leave out empty cells at the end of a line; but a line end inside a cell that nobody quoted cuts a record in
two, and both pieces would be read under the wrong columns. One behind the other they have together as many cells as
most rows have: such rows can be read in two ways and are refused. So is a last row that was never finished.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from pipelines.ingest.reading.grid import Note

_FEWEST_CELLS: Final = 3
"""Of two cells each piece would have one, as titles and footers have."""
_SEVERAL: Final = 5
_MOST: Final = 100_000
"""So many short rows are a habit of the file, not pieces; further ones are only counted."""


@dataclass
class ShortRows:
    """The short rows of a file in which most rows have `usual` cells."""

    usual: int
    count: int = 0
    _cells: dict[int, int] = field(default_factory=dict)
    _blank: set[int] = field(default_factory=set)
    _cut: set[int] = field(default_factory=set)

    def note(self, widths: pl.DataFrame, before: int) -> None:
        """Notes the short ones among a block's records (`cells`, `is_blank`), which come behind `before` rows."""
        short = widths.with_row_index("row", before + 1).filter(pl.col("cells") < self.usual)
        self.count += short.filter(pl.col("cells") > 1).height
        if len(self._cells) < _MOST:
            self._blank |= set(short.filter("is_blank")["row"].to_list())
            self._cells |= dict(short.select("row", "cells").iter_rows())

    def note_cut_end(self, last: int, cells: pl.Series) -> None:
        """Notes that the last row of the file has no line end; `cells` are those of its last column, its own the last.

        It was never finished where it is short, or where its own cell is the beginning of what all others look like,
        as 2019-06-2 is of a day and P00 of a code. What is all figures may as well be a smaller number.
        """
        shapes = cells.str.replace_all("[0-9]", "0").str.replace_all("[A-Za-z]", "A")
        own, others = shapes[-1], shapes[1:-1].drop_nulls()
        is_begun = bool(
            others.len() >= _SEVERAL
            and others.n_unique() == 1
            and others.str.contains("^[!-~]*[^0-9][!-~]*$")[0]
            and own != others[0]
            and others[0].startswith(own or others[0])
        )
        if self._cells.get(last, 0) > 1 or is_begun:
            self._cut.add(last)

    def refused(self) -> list[int]:
        """The rows that are no rows of the table: pieces of records, and lines that nothing divides.

        Titles and footers are among the latter; where they are known as such they are set apart before.
        """
        undivided = {row for row, cells in self._cells.items() if cells == 1 and row not in self._blank}
        return sorted({*self.pieces(), *(undivided if self.usual >= _FEWEST_CELLS else ())})

    def pieces(self) -> list[int]:
        """The rows that are pieces of a record."""
        if len(self._cells) >= _MOST or self.usual < _FEWEST_CELLS:
            return sorted(self._cut)
        alone = {row: cells for row, cells in self._cells.items() if not self._is_of_a_block(row)}
        found: set[int] = set(self._cut)
        for row in alone:
            if row not in found and row not in self._blank:
                found |= self._record_from(row, alone)
        return sorted(found)

    def _is_of_a_block(self, row: int) -> bool:
        """Whether it is one of three rows, one behind the other, of as many cells: those of another, narrower table."""
        own = self._cells[row]
        alike = [self._cells.get(near) == own for near in range(row - 2, row + 3)]
        return own > 1 and any(all(alike[at : at + 3]) for at in range(3))

    def _record_from(self, row: int, alone: Mapping[int, int]) -> set[int]:
        """The rows that make one record together, from this one on; none where they do not."""
        last, cells = row, alone[row]
        while cells < self.usual and last + 1 in alone:
            last += 1
            cells += alone[last] - 1
        return set(range(row, last + 1)) if cells == self.usual else set()

    def notes(self) -> list[Note]:
        """What is told of them."""
        notes = []
        pieces = self.pieces()
        if pieces:
            reason = f"有 {len(pieces)} 行像是被换行断开、或没有写完的记录，整行未采用，首先是第 {pieces[0]} 行"
            notes.append(Note("broken_line", reason, "skipped", row=pieces[0]))
        apart = set(pieces)
        only_short = [row for row, cells in self._cells.items() if cells > 1 and row not in apart]
        if only_short:
            count = self.count - sum(self._cells[row] > 1 for row in pieces)
            what = f"有 {count} 行的单元格比多数行（{self.usual} 格）少，首先是第 {only_short[0]} 行"
            notes.append(Note("short_lines", f"{what}，缺的按行末的空格读入", row=only_short[0]))
        return notes
