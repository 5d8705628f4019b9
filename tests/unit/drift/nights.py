"""A province on many days: what its platform would have dumped on each, out of the sample's own tables.

A dump holds everything up to its day. What belongs to a later day is left out, workflows stand where they stood then, a
few rows come a night late and a few cells are corrected, as on a real platform.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import numpy as np
import polars as pl

from models.contracts import staging_contracts
from models.drift.places import tables_to_place
from models.drift.profile import PROFILE, profile, refused_cells
from models.drift.steps import Account, of_data
from models.drift.telling import Told, drift_of_data, roster_ids
from models.drift.usual import VARIATION, Between, beyond, remembered
from tests.peers.small import small

PROVINCE: Final = "460000"
Frames = Mapping[str, pl.DataFrame]
Spoil = Callable[[pl.DataFrame], pl.DataFrame]
LATE: Final = 0.05
"""So many rows reach the platform up to three days after their date."""
WITHDRAWN: Final = 0.0002
CORRECTED: Final = 0.001
REFUSED: Final = 0.003
STEPS_OF_RECORD: Final = (("省已认定", "province_confirm_date"), ("市县已审", "county_audit_date"))
HOLDINGS: Final = pl.Schema(
    {"table_name": pl.String, "kind": pl.String, "which": pl.String, "file": pl.String, "rows": pl.Int64}
)


@dataclass(frozen=True)
class Dump:
    """What is staged of one day's dump, and its cells that were refused."""

    day: date
    tables: Frames
    rejects: pl.DataFrame

    def read(self, table: str) -> pl.LazyFrame:
        return self.tables[table].lazy()

    def spoilt(self, table: str, spoil: Spoil) -> "Dump":
        return replace(self, tables={**self.tables, table: spoil(self.tables[table])})


def sample(teachers: int = 600, seed: int = 7) -> Frames:
    """The staged tables of the whole sample province, by their names."""
    found = small(PROVINCE, seed, teachers)
    return {name.removeprefix("staging."): frame for name, frame in found.items()}


def dump_of(whole: Frames, day: date, seed: int) -> Dump:
    """What the platform held on a day."""
    chance = np.random.default_rng([seed, day.toordinal()])
    seen: dict[str, pl.DataFrame] = {}
    for table in whole:
        _see(table, whole, day, seen)
    tables = {table: _unsteady(table, frame, chance) for table, frame in seen.items()}
    return Dump(day, tables, _rejects(tables, chance))


def _see(table: str, whole: Frames, day: date, seen: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Rows that were there on the day: by their own date, by their year, or with the row they belong to."""
    if table in seen:
        return seen[table]
    known, rows = staging_contracts()[table], whole[table]
    if table == "credit_record":
        seen[table] = _records(rows, day)
        return seen[table]
    if known.period is not None:
        field = known.field(known.period)
        target = (field.references or "").partition(".")[0]
        if target:
            key = staging_contracts()[target].key[0]
            there = _see(target, whole, day, seen).select(pl.col(key).alias(field.column))
            rows = rows.join(there, on=field.column, how="semi", maintain_order="left")
        elif field.type in ("date", "datetime"):
            rows = rows.filter(pl.col(field.column).cast(pl.Date) + pl.duration(days=_delay(known.key)) <= day)
        else:  # a year's rows come in over the year
            place = pl.struct(known.key).hash(3) % 365
            rows = rows.filter(
                (pl.col(field.column) < day.year)
                | ((pl.col(field.column) == day.year) & (place < day.timetuple().tm_yday))
            )
    seen[table] = rows
    return rows


def _delay(key: Sequence[str]) -> pl.Expr:
    """By how many days a row comes late."""
    drawn = pl.struct(key).hash(5) % 1000
    return pl.when(drawn < LATE * 1000).then(drawn % 3 + 1).otherwise(0)


def _records(rows: pl.DataFrame, day: date) -> pl.DataFrame:
    """Registrations up to the day, each as far as it had come."""
    when = pl.coalesce("register_date", "end_date") + pl.duration(days=_delay(("record_id",)))
    rows = rows.filter(when <= day)
    status = pl.col("status")
    approved = status.is_in([name for name, _ in STEPS_OF_RECORD])
    then = pl.lit("已登记")
    for name, when in reversed(STEPS_OF_RECORD):
        then = pl.when(pl.col(when) <= day).then(pl.lit(name)).otherwise(then)
    dates = [pl.when(pl.col(when) <= day).then(when).alias(when) for _, when in STEPS_OF_RECORD]
    return rows.with_columns(*dates, status=pl.when(approved).then(then).otherwise(status))


def _unsteady(table: str, rows: pl.DataFrame, chance: np.random.Generator) -> pl.DataFrame:
    """A few rows are withdrawn, a few cells that may be empty are emptied."""
    known = staging_contracts()[table]
    if table not in ("admin_unit", "school"):
        rows = rows.filter(pl.Series(chance.random(rows.height) >= WITHDRAWN, dtype=pl.Boolean))
    free = [field.column for field in known.fields if not field.required and field.name not in known.key]
    free = [name for name in free if rows[name].null_count() < rows.height]
    if not free or rows.is_empty():
        return rows
    name = free[int(chance.integers(len(free)))]
    keeps = pl.Series(chance.random(rows.height) >= CORRECTED, dtype=pl.Boolean)
    return rows.with_columns(pl.when(keeps).then(name).alias(name))


def _rejects(tables: Frames, chance: np.random.Generator) -> pl.DataFrame:
    """Cells that could not be read: a few of each large table."""
    rows = []
    for table, frame in tables.items():
        field = staging_contracts()[table].fields[-1]
        rows += [(table, field.name, "unreadable")] * int(chance.binomial(frame.height, REFUSED))
    return pl.DataFrame(rows, schema=["table_name", "column_name", "reason_code"], orient="row")


def account(dump: Dump, like: "Past | None" = None) -> Account:
    """The account of a dump; of tables that are the very ones of another night, whose places are too, that night's."""
    kept: set[str] = set()
    if like:
        same = {table for table, frame in dump.tables.items() if like.dump.tables[table] is frame}
        kept = {table for table in same if {*tables_to_place(table)} <= same}
    parts = [pl.DataFrame(schema=PROFILE)]
    if like:
        parts.append(
            like.account.profile.filter(pl.col("table_name").is_in(list(kept)) & (pl.col("measure") != "refused"))
        )
    for table, frame in dump.tables.items():
        if table not in kept and frame.height:
            parts.append(profile(staging_contracts()[table], frame.lazy(), frame.height, dump.read))
    counts = [(table, frame.height) for table, frame in dump.tables.items()]
    read = pl.LazyFrame(counts, schema=["table_name", "rows_read"], orient="row").with_columns(rows_duplicate=0)
    parts.append(refused_cells(dump.rejects.lazy(), read))
    return Account(pl.concat(parts), holdings(dump), roster_ids(dump.read, ()), pl.DataFrame())


def holdings(dump: Dump) -> pl.DataFrame:
    """audit.holdings of a dump, counted another way than a night does."""
    found = []
    for table, known in staging_contracts().items():
        frame = dump.tables[table]
        found.append(
            pl.DataFrame(
                {"table_name": table, "kind": "file", "which": None, "file": "样例", "rows": frame.height},
                schema=HOLDINGS,
            )
        )
        for kind, role in (("period", known.period), ("place", known.place)):
            if role and frame.height:
                named = _followed(table, role, kind, dump)
                counted = (
                    named.group_by("which")
                    .agg(rows=pl.len().cast(pl.Int64))
                    .with_columns(
                        table_name=pl.lit(table),
                        kind=pl.lit(kind),
                        file=pl.lit(None, pl.String),
                        which=pl.col("which").cast(pl.String),
                    )
                )
                found.append(counted.select(pl.col(name).cast(dtype) for name, dtype in HOLDINGS.items()))
    return pl.concat(found).filter(pl.col("rows") > 0)


def _followed(table: str, name: str, kind: str, dump: Dump) -> pl.DataFrame:
    known, frame = staging_contracts()[table], dump.tables[table]
    field = known.field(name)
    target = (field.references or "").partition(".")[0]
    if target in ("", "admin_unit"):
        value = (
            pl.col(field.column).cast(pl.Date).dt.year() if field.type in ("date", "datetime") else pl.col(field.column)
        )
        return frame.select(which=value)
    there = staging_contracts()[target]
    role = there.period if kind == "period" else there.place
    assert role is not None
    names = _followed(target, role, kind, dump)["which"].to_list()
    lookup = dict(zip(dump.tables[target][there.field(there.key[0]).column].to_list(), names, strict=True))
    return frame.select(which=pl.col(field.column).replace_strict(lookup, default=None))


@dataclass(frozen=True)
class Past:
    """A night that was published: its dump, its account and the steps remembered until then."""

    dump: Dump
    account: Account
    variation: pl.DataFrame


def first(dump: Dump) -> Past:
    return Past(dump, account(dump), pl.DataFrame(schema=VARIATION))


def compared(past: Past, dump: Dump, like: Past | None = None) -> tuple[pl.DataFrame, Past]:
    """audit.drift of the next night, and that night; `like` lends the accounts of tables it has in common."""
    here = account(dump, like)
    between = Between(past.dump.day, dump.day)
    names = dict(dump.tables["admin_unit"].select("unit_id", "unit_name").iter_rows())
    steps = of_data(past.account, here, names)
    drift = drift_of_data(beyond(steps, past.variation, between), Told(steps, past.account, here, names))
    return drift, Past(dump, here, remembered(steps, past.variation, between))


def calendar(begin: date, nights: int) -> list[date]:
    """Nights one after the other, but for a week over the new year and a few that were left out."""
    days, day = [], begin
    while len(days) < nights:
        if not (day.month == 1 and day.day in (1, 2, 3)) and day.day % 9:
            days.append(day)
        day += timedelta(days=1)
    return days
