"""The asset of a layer that is computed from the tables before it: core and marts are made alike."""

import logging
from collections.abc import Iterator

import dagster as dg

from models.tables import Table
from pipelines.assets.breaking import quoting_nobody
from pipelines.assets.specs import CONTRACTS, PROVINCES, RETRIES, Deployment, build_of, results, table_spec
from pipelines.release.computing import compute

log = logging.getLogger("shixun")


def computed_layer(name: str, tables: tuple[Table, ...]) -> dg.AssetsDefinition:
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
