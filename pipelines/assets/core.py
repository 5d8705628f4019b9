"""Layers core and marts: dims, facts and measures, each a pure function of tables before it."""

import logging
from collections.abc import Iterator

import dagster as dg

from models.tables import CORE, MARTS, Table
from pipelines.assets.specs import CONTRACTS, PROVINCES, RETRIES, build_of, results, table_spec
from pipelines.io import warehouse
from pipelines.io.release import Build
from pipelines.settings import Deployment

log = logging.getLogger("shixun")


def compute(build: Build, layer: str, tables: tuple[Table, ...]) -> dict[str, int]:
    """Builds each table from those before it and loads them into the warehouse; rows by table."""
    rows = {}
    for table in tables:
        with build.span(table.name):
            frames = [build.scan(name) for name in table.reads]
            made = table.build(build.night, *frames)
            ordered = made.sort(CONTRACTS[table.name].key) if table.is_ordered else made
            rows[table.name] = build.write(table.name, ordered)
        log.info("　%s %s 行", table.name, f"{rows[table.name]:,}")
    with build.span(f"load.{layer}"):
        warehouse.load(build.warehouse, [(name, build.parquet(name)) for name in rows])
    return rows


def layer(name: str, tables: tuple[Table, ...]) -> dg.AssetsDefinition:
    """The multi-asset that computes one layer's tables."""

    @dg.multi_asset(
        name=name,
        specs=[table_spec(t.name, CONTRACTS[t.name], t.reads, kinds={"polars", "duckdb"}) for t in tables],
        partitions_def=PROVINCES,
        retry_policy=RETRIES,
    )
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
