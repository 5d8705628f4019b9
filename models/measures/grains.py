"""Grains: what one row of a measure is about, with the columns clauses may test.

Here belong the register of grains and of the columns derived for them. A grain gives rows with `subject_id`,
`unit_id` (who answers), `period` and `effective_on`, and all columns of its table; a derived column is joined on
only when a clause asks for it. What clauses do with the columns is in `models.measures.rows`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from models.contracts import staging_contracts
from models.measures.registry import Condition, Frames, Needs, keep
from models.parts import By

Build = Callable[[Frames], pl.LazyFrame]
Add = Callable[[pl.LazyFrame, Frames], pl.LazyFrame]

STANDARD: Final = ("subject_id", "unit_id", "period", "effective_on")


@dataclass(frozen=True)
class Derived:
    """A column added to a grain's rows, and what it reads."""

    needs: Needs
    add: Add


@dataclass(frozen=True)
class Grain:
    """One kind of row: the staging table it comes from, what else it reads, and its derived columns."""

    name: str
    title: str
    table: str
    needs: Needs
    build: Build
    given: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Columns joined on from other tables: name → (staging table, field)."""
    shared: frozenset[str] = frozenset()
    """Given columns that are the same in all rows of a subject's period: where a clause surely doesn't apply by these
    its rows are left out from the start."""
    by: By | None = None
    """The parts its rows fall into, each subject being one."""
    turns: Needs | None = None
    """The dates with which its rows compare the day, as `registry.measure` has them."""
    derived: dict[str, Derived] = field(default_factory=dict)

    def needs_of(self, columns: Iterable[str]) -> Needs:
        """What the grain and these of its columns read.

        Raises:
            ValueError: a column the grain doesn't have; the message names the nearest ones.
        """
        gathered: dict[str, tuple[str, ...]] = dict(self.needs)
        own = staging_contracts()[self.table]
        for column in columns:
            if column in self.derived:
                _merge(gathered, self.derived[column].needs)
            elif column in self.given:
                table, source = self.given[column]
                _merge(gathered, {f"staging.{table}": (source,)})
            elif column in own:
                _merge(gathered, {f"staging.{self.table}": (column,)})
            elif column not in STANDARD:
                raise ValueError(self._unknown(column))
        return gathered

    def rows(self, frames: Frames, chosen: Mapping[str, Condition], columns: Iterable[str]) -> pl.LazyFrame:
        """The grain's rows for which the conditions surely hold, with these columns at hand.

        Those columns are derived for the chosen rows alone: what is derived for a row never depends on others.
        """
        sure = [test.holds(name).fill_null(value=True) for name, test in frames.where.items() if name in self.shared]
        built = self.build(frames).filter(sure) if sure else self.build(frames)
        kept = self._with(built, frames, chosen).filter(keep(chosen))
        return self._with(kept, frames, [column for column in columns if column not in chosen])

    def _with(self, rows: pl.LazyFrame, frames: Frames, columns: Iterable[str]) -> pl.LazyFrame:
        for column in dict.fromkeys(columns):
            if column in self.derived:
                rows = self.derived[column].add(rows, frames)
        return rows

    def _unknown(self, column: str) -> str:
        known = [*(one.name for one in staging_contracts()[self.table].fields), *self.given, *self.derived]
        near = difflib.get_close_matches(column, known, n=3)
        return f"粒度 {self.name} 没有列“{column}”；{'是否想写 ' + '、'.join(near) if near else '可用的列见该表契约'}"


_GRAINS: dict[str, Grain] = {}


def _merge(gathered: dict[str, tuple[str, ...]], more: Needs) -> None:
    for table, fields in more.items():
        gathered[table] = tuple(dict.fromkeys((*gathered.get(table, ()), *fields)))


def grain(
    name: str,
    *,
    title: str,
    table: str,
    needs: Needs,
    given: Mapping[str, tuple[str, str]] | None = None,
    shared: Iterable[str] = (),
    by: By | None = None,
    turns: Needs | None = None,
) -> Callable[[Build], Build]:
    """Registers the function that builds a grain's rows."""

    def register(build: Build) -> Build:
        _GRAINS[name] = Grain(name, title, table, needs, build, given or {}, frozenset(shared), by, turns)
        return build

    return register


def derived(grain_name: str, *names: str, needs: Needs) -> Callable[[Add], Add]:
    """Registers a function that adds one or more columns to a grain's rows."""

    def register(add: Add) -> Add:
        for name in names:
            _GRAINS[grain_name].derived[name] = Derived(needs, add)
        return add

    return register


def grain_of(name: str) -> Grain:
    """The grain of that name.

    Raises:
        ValueError: no such grain; the message lists those that exist.
    """
    if name not in _GRAINS:
        raise ValueError(f"没有名为“{name}”的粒度；有：{'、'.join(sorted(_GRAINS))}")
    return _GRAINS[name]


def joined(rows: pl.LazyFrame, more: pl.LazyFrame, on: str | list[str]) -> pl.LazyFrame:
    """Left join on keys that `more` holds once; columns the rows already have are kept as they are."""
    keys = [on] if isinstance(on, str) else on
    have = set(rows.collect_schema().names()) - set(keys)
    fresh = more.select([name for name in more.collect_schema().names() if name not in have])
    return rows.join(fresh, on=keys, how="left")


def counted(rows: pl.LazyFrame, children: pl.LazyFrame, on: str | list[str], **figures: pl.Expr) -> pl.LazyFrame:
    """Adds figures summed up over a row's children; a row without children has true zeros."""
    keys = [on] if isinstance(on, str) else on
    sums = children.group_by(keys).agg(**figures)
    return joined(rows, sums, keys).with_columns(pl.col(name).fill_null(0) for name in figures)


def prefixed(frame: pl.LazyFrame, prefix: str, key: str) -> pl.LazyFrame:
    """All columns but the key renamed, so that they can stand beside a row's own."""
    names = [name for name in frame.collect_schema().names() if name != key]
    return frame.rename({name: prefix + name for name in names})
