"""Publishing a night: which of the frames that readers see are made again, of which rows, and what they are made of.

Belongs here: choosing, by what changed since the release that readers have, and writing what comes of it. What may be
published, and what it is made of, is in models/marts/publication.py; what counts as unchanged in reuse.py.
"""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from models.law import load_policies
from models.marts.leaves import ASKED_OF_FINDINGS, CREDITS, FINDINGS, LEAVES
from models.marts.publication import FORMULAS, OF_CLAUSE, PUBLISHED, TRIGGERS, Published
from models.marts.suppression import key_of_edges
from pipelines.release import parts, reuse, warehouse
from pipelines.release.build import Build
from pipelines.release.seal import sha256_of
from pipelines.release.senders import reject_senders

TONIGHT: Final = "tonight.findings"
"""Findings judged again tonight, where others were kept: between judging and publication only."""
REJECTS: Final = "audit.rejects"
SENDERS: Final = "audit.reject_senders"
"""Rejects with who has to correct them: between here and publication only, no table of the release."""
ASIDE: Final = "leaves"
"""Where leaves lie, and what they are made of as far as it was taken out of the warehouse for them alone."""
YEAR_OF: Final = {CREDITS: "credit_year"}
"""Tables whose rows bear on the figures of one year alone, and the column that says which."""


@dataclass(frozen=True)
class Scope:
    """The rows of a frame that are made again: all, or those of some clauses or years, while the others stay.

    `column` of the frame says which is which, and so does that of each table in `cut`, of which no other rows are read.
    `values` are those that are made again, or else, without `is_again`, those that stay. Without `column` all of the
    frame is made again, of these rows.
    """

    column: str = ""
    cut: Mapping[str, str] = field(default_factory=dict)
    values: Sequence[str | int] = ()
    is_again: bool = True

    def rows(self, table: str) -> pl.Expr:
        """The rows of a table that are read."""
        listed = pl.col(self.cut[table]).is_in(self.values)
        return listed if self.is_again else ~listed

    def read(self, table: str) -> warehouse.Part:
        """The same, as the warehouse is asked for them."""
        kind = "VARCHAR" if self.cut[table] == OF_CLAUSE else "INTEGER"
        where = f'"{self.cut[table]}" {"" if self.is_again else "NOT "}IN (SELECT unnest(?::{kind}[]))'
        return warehouse.Part(
            where, [list(self.values)], ASKED_OF_FINDINGS if table == FINDINGS and self.column else ()
        )

    def stay(self) -> tuple[str, list[object]]:
        """The condition of the rows of the frame that stay, with its parameter; a year may be a word there."""
        where = f'"{self.column}"::VARCHAR {"NOT " if self.is_again else ""}IN (SELECT unnest(?::VARCHAR[]))'
        return where, [[str(value) for value in self.values]]

    def suffix(self, tables: Iterable[str]) -> str:
        """Behind the name of what is made of some tables, where they are cut."""
        return "".join(f"-{self.cut[table]}" for table in tables if table in self.cut)


WHOLE: Final = Scope()


def publish(build: Build, kept: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    """What may be published, where what it reads changed: rows by table, and the tables made again.

    `kept` are the clauses whose findings came over as they were, where others were judged again.
    """
    shutil.rmtree(build.scratch / ASIDE, ignore_errors=True)  # of an earlier try of this night
    build.write(SENDERS, reject_senders(build.warehouse).lazy())
    key = key_of_edges(build.home.identity_key())
    rows, changed = {}, []
    for each in PUBLISHED:
        inputs = _inputs(build, each, key)
        if reuse.reuse_if_unchanged(build, each.name, inputs):
            rows[each.name] = reuse.rows_before(build, each.name)
            continue
        made = _made(build, each, key, _scope(build, each, kept))
        rows[each.name] = build.write(each.name, made.lazy().with_columns(pl.lit(build.province).alias("province")))
        if reuse.record_output(build, each.name, inputs):
            changed.append(each.name)
    return rows, changed


def _inputs(build: Build, each: Published, key: bytes) -> str:
    """One name for all that a frame is a function of."""
    day = {name: str(value) for name, value in each.day_of(build.night.as_of).items()}
    return reuse.inputs_of(each.name, key.hex(), day, [_known(build, one) for one in each.reads])


def _known(build: Build, table: str) -> str | None:
    """The hash that says whether a table which pages read has changed.

    None for formulas: they follow from law and code alone, and a release of other law or code reuses nothing.
    """
    if table == FORMULAS:
        return None
    if table in LEAVES:
        return reuse.inputs_of(table, build.night.as_of.year, [_known(build, one) for one in LEAVES[table].reads])
    return sha256_of(build.parquet(table)) if table in (REJECTS, SENDERS) else reuse.content(build, table)


def _scope(build: Build, each: Published, kept: Sequence[str]) -> Scope:
    """Which rows of a frame may come out otherwise than in the copied release, as far as it can be told."""
    if each.findings_of:
        return Scope(cut={FINDINGS: OF_CLAUSE}, values=_clauses_of(each.findings_of))
    if not each.by or reuse.is_fresh(build):
        return WHOLE
    sources = {one for name in each.reads for one in (LEAVES[name].reads if name in LEAVES else (name,))}
    changed = {name for name in sources - {FORMULAS} if not reuse.is_unchanged(build, name)}
    if each.by != OF_CLAUSE:
        return _of_years(build, each, changed)
    return Scope(OF_CLAUSE, {FINDINGS: OF_CLAUSE}, kept, is_again=False) if kept and changed <= {FINDINGS} else WHOLE


def _clauses_of(named: tuple[str, ...]) -> list[str]:
    """The clauses of some measures, or that suspect somebody."""
    return [
        clause.id
        for clause in load_policies().clauses.values()
        if any(one.measure in named or (one.trigger and TRIGGERS in named) for one in clause.bindings)
    ]


def _of_years(build: Build, each: Published, changed: Iterable[str]) -> Scope:
    """The rows of the years in which some tables have other rows than in the copied release."""
    if reuse.day_before(build).year != build.night.as_of.year:
        return WHOLE
    years = set[int]()
    for table in changed:
        rows = parts.differing(build, table) if table in YEAR_OF else None
        if rows is None:
            return WHOLE
        years.update(rows.select(pl.col(YEAR_OF[table]).drop_nulls().unique()).collect().to_series())
    return Scope(each.by, YEAR_OF, sorted(years))


def _made(build: Build, each: Published, key: bytes, scope: Scope) -> pl.DataFrame:
    """A published frame; rows out of the scope are those of the copied release."""
    made = each.made({name: _scanned(build, name, scope) for name in each.reads}, build.night.as_of, key)
    if not scope.column:
        return made
    condition, listed = scope.stay()
    stay = warehouse.query(build.warehouse, f"FROM {each.name} WHERE {condition}", listed)
    return each.in_order(pl.concat([stay.select(made.columns).cast(made.schema), made]))


def _scanned(build: Build, table: str, scope: Scope) -> pl.LazyFrame:
    """A table that pages read, as far as it bears on the scope; leaves are made when the first of them asks."""
    if table in scope.cut:
        return _cut(build, table, scope)
    if table not in LEAVES:
        return build.scan(table)
    leaves = LEAVES[table]
    place = table + scope.suffix(leaves.reads)
    if not build.parquet(place).exists():
        tables = {
            name: _cut(build, name, scope) if name in scope.cut else _narrow(build, name, columns)
            for name, columns in leaves.reads.items()
        }
        build.write(place, leaves.made(tables, build.night.as_of.year).lazy())
    return build.scan(place)


def _cut(build: Build, table: str, scope: Scope) -> pl.LazyFrame:
    """The rows of a table that bear on the scope: of one carried over no others are taken out of the warehouse."""
    if build.parquet(table).exists():
        return build.scan(table).filter(scope.rows(table))
    if table == FINDINGS and not scope.is_again and build.parquet(TONIGHT).exists():
        return build.scan(TONIGHT)
    return _part(build, table, scope.read(table))


def _narrow(build: Build, table: str, columns: Sequence[str]) -> pl.LazyFrame:
    """Some columns of a table: of one carried over no others are taken out of the warehouse."""
    if build.parquet(table).exists():
        return build.scan(table)
    return _part(build, table, warehouse.Part(columns=columns))


def _part(build: Build, table: str, part: warehouse.Part) -> pl.LazyFrame:
    """A part of a table, taken out of the warehouse once."""
    named = reuse.inputs_of(part.where, list(part.values), list(part.columns))
    place = build.parquet(f"{ASIDE}.{table.replace('.', '-')}-{named}")
    if not place.exists():
        warehouse.export(build.warehouse, table, place, part)
    return pl.scan_parquet(place)
