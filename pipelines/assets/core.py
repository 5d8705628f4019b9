"""Layers core and marts: dims, facts and measures, each a pure function of tables before it."""

import logging
from collections.abc import Iterator

import dagster as dg

from models.tables import CORE, MARTS, Table
from pipelines.assets.breaking import quoting_nobody
from pipelines.assets.specs import CONTRACTS, PROVINCES, RETRIES, Deployment, build_of, results, table_spec
from pipelines.release import reuse, warehouse
from pipelines.release.build import Build

log = logging.getLogger("shixun")


def compute(build: Build, layer: str, tables: tuple[Table, ...]) -> dict[str, int]:
    """Builds each table from those before it, where these changed, and loads it into the warehouse; rows by table."""
    rows, changed = {}, []
    for table in tables:
        inputs = _inputs(build, table)
        if reuse.reuse_if_unchanged(build, table.name, inputs):
            rows[table.name] = reuse.rows_before(build, table.name)
            continue
        with build.span(table.name):
            frames = [build.scan(name) for name in table.reads]
            made = table.made_of(build.night, frames)
            ordered = made.sort(CONTRACTS[table.name].key) if table.is_ordered else made
            rows[table.name] = build.write(table.name, ordered)
        if reuse.record_output(build, table.name, inputs):
            changed.append(table.name)
        log.info("　%s %s 行", table.name, f"{rows[table.name]:,}")
    with build.span(f"load.{layer}"):
        for in_order, put in ((True, warehouse.load), (False, warehouse.load_unordered)):
            of_kind = {table.name for table in tables if table.is_ordered == in_order}
            put(build.warehouse, [(name, build.parquet(name)) for name in changed if name in of_kind])
    return rows


def _inputs(build: Build, table: Table) -> str:
    """All that a table is a function of: the province, the day where it matters, and the rows it reads."""
    day = build.night.as_of.isoformat() if table.is_dated else None
    return reuse.inputs_of(table.name, build.province, day, [reuse.content(build, name) for name in table.reads])


def layer(name: str, tables: tuple[Table, ...]) -> dg.AssetsDefinition:
    """The multi-asset that computes one layer's tables."""

    @dg.multi_asset(
        name=name,
        specs=[table_spec(t.name, CONTRACTS[t.name], t.reads, kinds={"polars", "duckdb"}) for t in tables],
        partitions_def=PROVINCES,
        retry_policy=RETRIES,
    )
    @quoting_nobody
    def compute_layer(
        context: dg.AssetExecutionContext, deployment: Deployment
    ) -> Iterator[dg.MaterializeResult[None]]:
        build = build_of(context, deployment)
        if build.is_unchanged:
            yield from results(build, {}, reused=[t.name for t in tables])
            return
        log.info("%s：计算 %s 层 %d 张表", context.partition_key, name, len(tables))
        yield from results(build, compute(build, name, tables))

    return compute_layer


core = layer("core", CORE)
marts = layer("marts", MARTS)
