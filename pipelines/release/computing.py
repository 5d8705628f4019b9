"""Computing the tables of a layer, each from those before it, where what it reads has changed.

Belongs here: the one loop over `models.tables`. What counts as unchanged is in reuse.py.
"""

import logging
from collections.abc import Sequence

from models.contracts import all_contracts
from models.tables import Table
from pipelines.release import parts, reuse, warehouse
from pipelines.release.build import Build
from pipelines.release.trial import insist_on

log = logging.getLogger("shixun")


def compute(build: Build, tables: Sequence[Table]) -> dict[str, int]:
    """Builds each table from those before it, where these changed, and loads it into the warehouse; rows by table."""
    with warehouse.held_for_writing(build.warehouse):
        return {table.name: _rows_of(build, table) for table in tables}


def _rows_of(build: Build, table: Table) -> int:
    """Makes a table anew as far as what it reads changed; returns its rows."""
    inputs = _inputs(build, table)
    if reuse.reuse_if_unchanged(build, table.name, inputs):
        return reuse.rows_before(build, table.name)
    those = parts.touched_of_table(build, table)
    rows = _make(build, table, inputs) if those is None else _make_parts(build, table, inputs, those)
    log.info("　%s %s 行", table.name, f"{rows:,}")
    return rows


def compute_alone(build: Build, tables: Sequence[Table]) -> dict[str, int]:
    """The same for tables chosen by themselves, of whatever else they read as it is in the build.

    Raises:
        NothingToStandOn: something they read is not there.
    """
    made = {table.name for table in tables}
    insist_on(build, (name for table in tables for name in table.reads if name not in made))
    return compute(build, tables)


def _make(build: Build, table: Table, inputs: str) -> int:
    """Makes a table whole and loads it; returns its rows."""
    with build.span(table.name):
        made = table.compute(build.night, [build.scan(name) for name in table.reads])
        ordered = made.sort(all_contracts()[table.name].key) if table.is_ordered else made
        rows = build.write(table.name, ordered)
    if reuse.record_output(build, table.name, inputs):
        load = warehouse.load if table.is_ordered else warehouse.load_unordered
        with build.span(f"load.{table.name}"):
            parts.compare(build, table.name, rows)
            load(build.warehouse, [(table.name, build.parquet(table.name))])
    return rows


def _make_parts(build: Build, table: Table, inputs: str, those: parts.Touched) -> int:
    """Makes the parts of a table again that the night touches; returns the rows of the whole."""
    with build.span(table.name):
        reuse.record_change(build, table.name, inputs, differs=parts.make_again(build, table, those))
    return warehouse.count(build.warehouse, table.name)


def _inputs(build: Build, table: Table) -> str:
    """All that a table is a function of: the province, what matters of the day, and the rows it reads."""
    day = table.day_of(build.night)
    return reuse.inputs_of(table.name, build.province, day, [reuse.content(build, name) for name in table.reads])
