"""Which columns each column of core and marts is made of, as polars itself says when asked for that column alone.

A column is asked of the plan that makes its table; what the optimizer then still reads of the tables below is what the
column rests on, the columns that decide which rows there are among it. What a function looks at before it has a plan
counts for all its columns. Nothing is written down by hand, and nothing guessed: what cannot be derived is left out.

That costs some seconds a province, so it is done outside the nights (`shixun prepare`), of a few rows of the readers'
release, and kept until code, law or contracts change.
"""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl
from polars.io.plugins import register_io_source

from models.law import provinces
from models.night import Night
from models.tables import CORE, MARTS, Table
from pipelines.release import warehouse
from pipelines.release.home import Home
from pipelines.release.seal import ReleaseDamaged, manifest_of
from pipelines.release.versions import versions

log = logging.getLogger("shixun")
ROWS: Final = 200
"""Of each table; enough that functions which look at their rows first find some."""
Sources = Mapping[str, Sequence[str]]
"""Columns by table."""


class _Watched:
    """A table's rows, and which of its columns were read of late."""

    def __init__(self, rows: pl.DataFrame) -> None:
        self._rows = rows
        self.read: set[str] = set()

    def frame(self) -> pl.LazyFrame:
        """The rows as a plan sees them: whoever reads them is remembered."""

        def source(
            with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
        ) -> Iterator[pl.DataFrame]:
            del n_rows, batch_size  # polars cuts what it was given too much of
            names = self._rows.columns if with_columns is None else with_columns
            self.read |= set(names)
            found = self._rows.select(names)
            yield found if predicate is None else found.filter(predicate)

        return register_io_source(source, schema=self._rows.schema)


def sources_of(table: Table, night: Night, rows: Mapping[str, pl.DataFrame]) -> dict[str, Sources]:
    """What each column of a table rests on; `rows` are some of each table that it reads."""
    watched = {name: _Watched(rows[name]) for name in table.reads}
    plan = table.compute(night, [one.frame() for one in watched.values()])
    before = {name: frozenset(one.read) for name, one in watched.items()}
    found: dict[str, Sources] = {}
    for column in plan.collect_schema().names():
        for name, one in watched.items():
            one.read = set(before[name])
        plan.select(column).collect()
        found[column] = {name: sorted(one.read) for name, one in watched.items() if one.read}
    return found


def keep_lineage(home: Home) -> None:
    """Derives what is not known yet of the provinces that have a release by today's contracts."""
    for province in home.provinces():
        release, known = home.current_release(province), versions(province) if province in provinces() else {}
        if release is None or not known or _read(home, province).get("versions") == known:
            continue
        try:
            manifest = manifest_of(release)
        except ReleaseDamaged:
            continue  # told where releases are proved
        path = release / "warehouse.duckdb"
        if manifest["versions"].get("contracts") == known["contracts"] and warehouse.is_open_to_us(path):
            night = Night(province, date.fromisoformat(manifest["as_of"]))
            _write(home, province, {"versions": known, "tables": _derived(path, night)})


def kept_lineage(home: Home, province: str, known: Mapping[str, Any]) -> dict[str, dict[str, Sources]]:
    """What columns rest on, by table; empty where it is of other code, law or contracts than `known`."""
    kept = _read(home, province)
    tables: dict[str, dict[str, Sources]] = kept["tables"] if kept.get("versions") == known else {}
    return tables


def _derived(path: Path, night: Night) -> dict[str, dict[str, Sources]]:
    tables = (*CORE, *MARTS)
    rows = {name: warehouse.first_rows(path, name, ROWS) for name in {name for table in tables for name in table.reads}}
    found = {}
    for table in tables:
        try:
            found[table.name] = sources_of(table, night, rows)
        except (pl.exceptions.PolarsError, ValueError) as fault:
            log.warning("%s：各列的来源推不出来（%s），不列。", table.name, type(fault).__name__)
    return found


def _place(home: Home, province: str) -> Path:
    return home.dagster / "lineage" / f"{province}.json"


def _read(home: Home, province: str) -> dict[str, Any]:
    path = _place(home, province)
    try:
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # it is derived again
    return kept


def _write(home: Home, province: str, facts: Mapping[str, Any]) -> None:
    path = _place(home, province)
    path.parent.mkdir(exist_ok=True)
    aside = path.with_suffix(".new")
    aside.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    aside.replace(path)
