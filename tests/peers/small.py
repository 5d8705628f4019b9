"""Small provinces in process: rows of the generator typed as staging types them, and what a night makes of them.

Also a spoilt copy of one, whose registers have the gaps of real ones: there the two sides of a measure differ most.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from data.synthetic.calibration import DUMP_DATE
from data.synthetic.province import tables
from models.contracts import Contract, contract, staging_contracts
from models.findings import FINDING, Presence, evaluate, presence_of
from models.law import Clause, Policies, load_policies
from models.measures import all_measures
from models.measures.origins import plain
from models.night import Night
from models.tables import CORE, MARTS, Table
from tests.peers.answers import SCHEMAS

Tables = Mapping[str, pl.DataFrame]

AS_OF: Final = date.fromisoformat(DUMP_DATE)
SPOILT: Final = 0.06
MISTYPED: Final = 0.02
DROPPED: Final = 0.05
"""Shares of a spoilt copy: values lost in columns that may be empty, dates off, what was cancelled or has closed."""
CLOSED: Final = date(2020, 6, 30)
SLIPS: Final = (-3652, -365, -1, 1, 365)
"""By how many days a date is off."""


def staged(province: str, contract: Contract, rows: pl.DataFrame | None) -> pl.LazyFrame:
    """Typed as staging types them: every field of the contract, the province and where the row came from."""
    frame = pl.DataFrame() if rows is None else rows
    columns = []
    for field in contract.fields:
        value = pl.col(field.name) if field.name in frame.columns else pl.lit(None)
        if field.type == "list" and field.name in frame.columns and frame.schema[field.name] == pl.String:
            value = value.str.split("、")
        columns.append(value.cast(field.dtype).alias(field.column))
    typed = frame.select(columns) if rows is not None else frame.select(columns).clear()
    traced = typed.with_columns(
        province=pl.lit(province), _file=pl.lit("样例"), _sheet=pl.lit(""), _row=pl.int_range(pl.len(), dtype=pl.Int64)
    )
    return traced.lazy()


def staging(province: str, rows: Tables) -> dict[str, pl.DataFrame]:
    """The staging tables of such rows, by `schema.table`."""
    return {
        f"staging.{name}": staged(province, contract, rows.get(name)).collect()
        for name, contract in staging_contracts().items()
    }


def small(province: str, seed: int, teachers: int) -> dict[str, pl.DataFrame]:
    """The staging tables of a small province with all the planted cases."""
    _, rows = next(iter(tables(province, seed, teachers)))
    return staging(province, rows)


def spoilt(tables: Tables, seed: int) -> dict[str, pl.DataFrame]:
    """The staging tables as typed badly: values lost where a register may be empty, dates off, projects cancelled."""
    chance = np.random.default_rng(seed)
    found = {}
    for name, wanted in staging_contracts().items():
        table = tables[f"staging.{name}"]
        columns = []
        for field in wanted.fields:
            value = pl.col(field.column)
            if field.type in ("date", "datetime"):
                slip = np.where(chance.random(table.height) < MISTYPED, chance.choice(SLIPS, table.height), 0)
                value = value + pl.duration(days=pl.lit(pl.Series(slip)))
            if not field.required and field.name not in wanted.key:
                gone = pl.Series(chance.random(table.height) < SPOILT)
                value = pl.when(~gone).then(value)
            columns.append(value.alias(field.column))
        found[f"staging.{name}"] = table.with_columns(columns)
    for name in ("staging.project", "staging.class"):
        dropped = pl.Series(chance.random(found[name].height) < DROPPED)
        found[name] = found[name].with_columns(status=pl.when(dropped).then(pl.lit("取消")).otherwise(pl.col("status")))
    for name in ("staging.institution", "staging.school"):
        gone = pl.Series(chance.random(found[name].height) < DROPPED)
        found[name] = found[name].with_columns(
            valid_to=pl.when(gone).then(pl.lit(CLOSED)).otherwise(pl.col("valid_to"))
        )
    return found


def frames_from(night: Night, tables: Tables, layers: tuple[Table, ...] = (*CORE, *MARTS)) -> dict[str, pl.LazyFrame]:
    """The tables of a night on which nothing has vanished: those given and what `layers` make of them."""
    nothing = pl.LazyFrame(schema=dict(contract("audit", "vanished").schema()))
    frames = {"audit.vanished": nothing, **{name: table.lazy() for name, table in tables.items()}}
    for table in layers:
        frames[table.name] = table.compute(night, [frames[name] for name in table.reads]).collect().lazy()
    return frames


def presence(frames: Mapping[str, pl.LazyFrame]) -> Presence:
    """Which fields of the staging tables have values."""
    return presence_of({name.removeprefix("staging."): f for name, f in frames.items() if name.startswith("staging.")})


def measured_tables(clauses: Mapping[str, Clause]) -> set[str]:
    """Every table that the measures of these clauses read."""
    return {
        name
        for clause in clauses.values()
        for binding in clause.bindings
        if binding.measure is not None
        for name in plain(
            all_measures()[binding.measure].reads(
                all_measures()[binding.measure].carrying(binding.options, tuple(binding.where))
            )
        )
    }


def written(folder: Path, province: str, tables: Tables) -> None:
    """Writes what measures read of a night over these staging tables, as `tests.peers.answers.exported` does."""
    night = Night(province, AS_OF)
    wanted = measured_tables(load_policies().clauses)
    for table in reversed((*CORE, *MARTS)):
        wanted |= set(table.reads) if table.name in wanted else set()
    layers = tuple(table for table in (*CORE, *MARTS) if table.name in wanted)
    frames = frames_from(night, tables, layers)
    for name, frame in frames.items():
        if name.partition(".")[0] in SCHEMAS:
            frame.collect().write_parquet(folder / f"{name}.parquet")
    for name, found in _followed(night, frames):
        found.write_parquet(folder / f"findings.{name.replace('/', ':')}.parquet")


def _followed(night: Night, frames: Mapping[str, pl.LazyFrame]) -> Iterator[tuple[str, pl.DataFrame]]:
    """What was found for the clauses that others follow from; nothing for those of other provinces."""
    book = load_policies()
    names = {after for one in book.clauses.values() for after in one.after}
    chosen = {
        document.id: document.model_copy(update={"clauses": tuple(one for one in document.clauses if one.id in names)})
        for document in book
    }
    found = evaluate(night, frames, presence(frames), Policies(chosen)).by_clause
    for name in sorted(names):
        yield name, found[name].collect() if name in found else pl.DataFrame(schema=FINDING)
