"""Small nights for judging: tables from a few rows, typed as the contracts say."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import polars as pl
import pytest

from models.contracts import Contract, contract, core_contracts, staging_contracts
from models.findings import Evaluation, evaluate
from models.law import Policies
from models.law.cases.telling import STAGED
from models.night import Night

EXTRA: Mapping[str, pl.DataType] = {
    "assessed_years": pl.Int32(),
    "unknown_credit_records": pl.Int64(),
    "is_assessed": pl.Boolean(),
    "school_based_hours": pl.Decimal(38, 3),
    "period": pl.String(),
    "is_concentrated": pl.Boolean(),
    "satisfied_with_basic": pl.Int64(),
    "satisfaction_ratio_with_basic": pl.Float64(),
}
"""Columns of marts and facts that measures read beyond the published contract."""
TRACE = ("_file", "_sheet", "_row")
ALL = (
    *(f"staging.{name}" for name in staging_contracts()),
    *(f"core.{name}" for name in core_contracts()),
    *(f"marts.{name}" for name in ("teacher_year", "teacher_cycle", "county_spot_check")),
    *(f"marts.{name}" for name in ("institution_satisfaction", "project_satisfaction")),
)
Rows = Sequence[Mapping[str, Any]]


@cache
def empty(name: str) -> pl.LazyFrame:
    """A table of the night without rows."""
    return table(name, ())


def table(name: str, rows: Rows) -> pl.LazyFrame:
    """A table of the night; columns the rows don't mention are null."""
    layer, _, short = name.partition(".")
    found: Contract = contract(layer, short)  # type: ignore[arg-type]
    schema: dict[str, pl.DataType] = dict(found.schema())
    if name in STAGED:
        staged = contract("staging", STAGED[name]).schema().items()
        schema |= {column: kind for column, kind in staged if column not in schema and column not in TRACE}
    schema |= {
        column: kind
        for column, kind in EXTRA.items()
        if column not in schema and (layer == "marts" or name == "core.fct_credit")
    }
    unknown = {column for row in rows for column in row} - schema.keys()
    assert not unknown, f"{name} has no columns {sorted(unknown)}"
    columns = {
        column: pl.Series(column, [_value(row.get(column), kind) for row in rows], dtype=kind, strict=True)
        for column, kind in schema.items()
    }
    return pl.DataFrame(columns).lazy()


def _value(value: Any, kind: pl.DataType) -> Any:
    if value is None:
        return None
    if isinstance(kind, pl.Decimal):
        return Decimal(str(value))
    if kind == pl.String:
        return str(value)
    if isinstance(kind, pl.Datetime) and type(value) is date:
        return pl.Series([value]).cast(kind)[0]
    return value


@pytest.fixture
def judge() -> Callable[..., Evaluation]:
    """Judges a night given as rows by table; every field counts as present."""

    def judged(
        tables: Mapping[str, Rows],
        *,
        province: str,
        as_of: date,
        policies: Policies | None = None,
    ) -> Evaluation:
        frames = {name: table(name, rows) for name, rows in tables.items()}
        return evaluate(Night(province, as_of), frames, Everything(), policies)

    return judged


@pytest.fixture
def judge_rows() -> Callable[..., Evaluation]:
    """Like `judge`, with every table of staging, core and marts there, empty where no rows are given."""

    def judged(
        tables: Mapping[str, Rows],
        *,
        province: str,
        as_of: date,
        policies: Policies | None = None,
        absent: Sequence[str] = (),
    ) -> Evaluation:
        frames = {name: table(name, tables[name]) if name in tables else empty(name) for name in ALL}
        return evaluate(Night(province, as_of), frames, Everything(absent), policies)

    return judged


class Everything(dict[str, frozenset[str]]):
    """A presence in which every field of every table has values, but for those `absent` (`table`, `table.field`)."""

    def __init__(self, absent: Sequence[str] = ()) -> None:
        super().__init__()
        self.absent = frozenset(absent)

    def __contains__(self, key: object) -> bool:
        return key not in self.absent

    def __getitem__(self, key: str) -> frozenset[str]:
        gone = (name.partition(".") for name in self.absent)
        return _AllBut(field for table, _, field in gone if table == key)


class _AllBut(frozenset[str]):
    def __contains__(self, item: object) -> bool:
        return not super().__contains__(item)
