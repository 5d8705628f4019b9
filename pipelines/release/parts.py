"""Making again only those parts of a table that a night touches: the teachers of whom a row it rests on is another.

The rows in which a table differs from the copied release's are written down when it is loaded (`differing`). A table
that is made by parts is made again for the parts of these rows alone, and its rows of the others stay in the copied
warehouse. Where nobody compared the rows, or the day may matter, all of it is made again.

Belongs here: which parts, and taking them out of the tables they are made of. That a table falls into parts is said
in models/tables.py; a table that is the same altogether is reuse.py's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from models.night import Night
from models.parts import By
from models.tables import Table
from pipelines.release import reuse, warehouse
from pipelines.release.build import Build, write_parquet
from pipelines.release.seal import sha256_of
from pipelines.release.warehouse import Keys

FEW: Final = 3
"""Of no more than one part in so many it pays to make them again by themselves."""
MANY: Final = 500_000
"""Rows up to which a table that was made whole is compared with the copied release's: more cost too much."""
TOUCHED: Final = "touched"
"""The note that says which parts were made again last."""


@dataclass(frozen=True)
class Touched:
    """Parts that are made again, by their keys."""

    by: By
    keys: Keys

    def rows_of(self, build: Build, name: str, reads: Sequence[str]) -> pl.LazyFrame:
        """Of one of the tables `reads` that the parts are made of, their rows; all rows where it has no parts."""
        shape = warehouse.shape(build.warehouse, name)
        if self.by.column in shape:
            return _rows(build, name, self.keys)
        column = self.by.via.get(name)
        return build.scan(name) if column is None else _rows(build, name, self._pointed_to(build, column, reads))

    def _pointed_to(self, build: Build, column: str, reads: Sequence[str]) -> Keys:
        """What rows of these parts have in another column, in all tables that have both."""
        shapes = {name: warehouse.shape(build.warehouse, name) for name in reads}
        pointing = [name for name, shape in shapes.items() if self.by.column in shape and column in shape]
        found = [_rows(build, name, self.keys).select(column) for name in pointing]
        return keys_of(build, pl.concat([pl.LazyFrame(schema={column: pl.String}), *found]))


def _rows(build: Build, name: str, keys: Keys) -> pl.LazyFrame:
    """The rows of a table with some keys; they are taken out of the warehouse once."""
    place = _place(build, f"{name}-{reuse.inputs_of(keys.file.name, reuse.content(build, name))}")
    if not place.exists():
        warehouse.export(build.warehouse, name, place, warehouse.Part(keys.of(name)))
    return pl.scan_parquet(place)


def touched(build: Build, by: By, reads: Sequence[str]) -> pl.LazyFrame | None:
    """The parts that a night touches of what is made of some tables; None where it may touch all."""
    found = [touched_by(build, by, reads, name) for name in dict.fromkeys(reads)]
    known = [each for each in found if each is not None]
    return None if len(known) < len(found) else pl.concat(known).unique()


def touched_by(build: Build, by: By, reads: Sequence[str], name: str) -> pl.LazyFrame | None:
    """The parts that one of the tables `reads` touches: those of its rows that differ, or that point to these.

    None where it may touch all.
    """
    if reuse.is_unchanged(build, name):
        return pl.LazyFrame(schema={by.column: pl.String})
    rows = differing(build, name)
    if rows is None or by.column in rows.collect_schema():
        return None if rows is None else rows.select(by.column)
    column = by.via.get(name)
    return None if column is None else _others(build, keys_of(build, rows.select(column)), by.column, reads)


def _others(build: Build, keys: Keys, column: str, tables: Sequence[str]) -> pl.LazyFrame:
    """What rows with some keys have in another column, in all tables that have both."""
    shapes = {name: warehouse.shape(build.warehouse, name) for name in tables}
    found = [
        f'SELECT "{column}" FROM {name} WHERE {keys.of(name)}'
        for name, shape in shapes.items()
        if column in shape and keys.column in shape
    ]
    none = pl.LazyFrame(schema={column: pl.String})
    return warehouse.query(build.warehouse, " UNION ".join(found)).lazy() if found else none


def differing(build: Build, table: str) -> pl.LazyFrame | None:
    """The rows in which a table differs from the copied release's, of both; None where nobody compared them."""
    file = place_of_differing(build, table)
    return pl.scan_parquet(file) if file.exists() else None


def compare(build: Build, table: str, rows: int) -> None:
    """Writes the rows in which a table that was made whole differs, before it is loaded, unless they are many."""
    if is_compared(build, rows):
        warehouse.write_differing(build.warehouse, table, build.parquet(table), place_of_differing(build, table))


def is_compared(build: Build, rows: int) -> bool:
    """Whether the rows of a table that was made whole, so many, are compared with the copied release's."""
    return rows <= MANY and not reuse.is_fresh(build)


def place_of_differing(build: Build, table: str) -> Path:
    """Where these rows are written."""
    return build.scratch / "differing" / f"{table}.parquet"


def touched_of_table(build: Build, table: Table) -> Touched | None:
    """The parts of a table that may come out otherwise tonight, if they are few; None where all is made again."""
    if table.by is None or reuse.is_fresh(build) or _day_matters(build, table):
        return None
    found = touched(build, table.by, table.reads)
    return None if found is None else few(build, table.by, found)


def make_again(build: Build, table: Table, those: Touched) -> bool:
    """Makes some parts of a table again in the warehouse; whether any came out otherwise."""
    if not _count(build, those.keys):
        return False
    frames = [those.rows_of(build, name, table.reads) for name in table.reads]
    made, differing = _place(build, "made"), place_of_differing(build, table.name)
    write_parquet(table.compute(build.night, frames), made)
    return warehouse.exchange_parts(build.warehouse, table.name, those.keys, made, differing)


def _day_matters(build: Build, table: Table) -> bool:
    before = Night(build.province, reuse.day_before(build))
    return table.day_of(before) != table.day_of(build.night)


def few(build: Build, by: By, parts: pl.LazyFrame) -> Touched | None:
    """Some parts, if it pays to make them again by themselves; beside them those that were touched before.

    More parts give the same rows, and of the same ones the rows are taken out of the warehouse once.
    """
    own = Touched(by, keys_of(build, parts))
    before = build.noted(TOUCHED)
    if not before or not _count(build, own.keys):
        found = [own]
    else:
        found = [Touched(by, keys_of(build, pl.concat([parts, pl.scan_parquet(before)]))), own]
    most = warehouse.count(build.warehouse, by.roster)
    for those in found:
        if _count(build, those.keys) * FEW <= most:
            build.note(TOUCHED, str(those.keys.file))
            return those
    return None


def _count(build: Build, keys: Keys) -> int:
    return warehouse.count(build.warehouse, keys.rows)


def keys_of(build: Build, values: pl.LazyFrame) -> Keys:
    """Values of one column, each once, written down; the same ones always in the same file."""
    (column,) = values.collect_schema().names()
    aside = _place(build, "keys")
    write_parquet(values.unique().sort(column), aside)
    return Keys(column, aside.replace(_place(build, f"keys-{sha256_of(aside)}")))


def _place(build: Build, name: str) -> Path:
    return build.scratch / "parts" / f"{name}.parquet"
