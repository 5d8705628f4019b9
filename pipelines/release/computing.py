"""Computing the tables of a layer, each from those before it, where what it reads has changed.

Belongs here: the one loop over `models.tables`. What counts as unchanged is in reuse.py.
"""

import logging
from collections.abc import Sequence

from models.contracts import all_contracts
from models.tables import Table
from pipelines.release import reuse, warehouse
from pipelines.release.build import Build
from pipelines.release.trial import insist_on

log = logging.getLogger("shixun")


def compute(build: Build, layer: str, tables: Sequence[Table]) -> dict[str, int]:
    """Builds each table from those before it, where these changed, and loads it into the warehouse; rows by table."""
    rows, changed = {}, []
    for table in tables:
        inputs = _inputs(build, table)
        if reuse.reuse_if_unchanged(build, table.name, inputs):
            rows[table.name] = reuse.rows_before(build, table.name)
            continue
        with build.span(table.name):
            frames = [build.scan(name) for name in table.reads]
            made = table.compute(build.night, frames)
            ordered = made.sort(all_contracts()[table.name].key) if table.is_ordered else made
            rows[table.name] = build.write(table.name, ordered)
        if reuse.record_output(build, table.name, inputs):
            changed.append(table.name)
        log.info("　%s %s 行", table.name, f"{rows[table.name]:,}")
    with build.span(f"load.{layer}"):
        for in_order, put in ((True, warehouse.load), (False, warehouse.load_unordered)):
            of_kind = {table.name for table in tables if table.is_ordered == in_order}
            put(build.warehouse, [(name, build.parquet(name)) for name in changed if name in of_kind])
    return rows


def compute_alone(build: Build, layer: str, tables: Sequence[Table]) -> dict[str, int]:
    """The same for tables chosen by themselves, of whatever else they read as it is in the build.

    Raises:
        NothingToStandOn: something they read is not there.
    """
    made = {table.name for table in tables}
    insist_on(build, (name for table in tables for name in table.reads if name not in made))
    return compute(build, layer, tables)


def _inputs(build: Build, table: Table) -> str:
    """All that a table is a function of: the province, the day where it matters, and the rows it reads."""
    day = build.night.as_of.isoformat() if table.is_dated else None
    return reuse.inputs_of(table.name, build.province, day, [reuse.content(build, name) for name in table.reads])
