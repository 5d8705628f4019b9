"""The asset of a layer that is computed from the tables before it: core and marts are made alike."""

import logging
from collections.abc import Iterator

import dagster as dg

from models.tables import Table
from pipelines.assets.alone import build_alone, chosen_of, is_alone, results_alone
from pipelines.assets.breaking import quoting_nobody
from pipelines.assets.specs import (
    CONTRACTS,
    PROVINCES,
    RETRIES,
    Deployment,
    build_of,
    lineage_said,
    results,
    table_spec,
)
from pipelines.release.computing import compute, compute_alone

log = logging.getLogger("shixun")


def computed_layer(name: str, tables: tuple[Table, ...]) -> dg.AssetsDefinition:
    """The multi-asset that computes one layer's tables."""

    @dg.multi_asset(
        name=name,
        specs=[table_spec(t.name, CONTRACTS[t.name], t.reads, kinds={"polars", "duckdb"}) for t in tables],
        partitions_def=PROVINCES,
        retry_policy=RETRIES,
        can_subset=True,
    )
    @quoting_nobody
    def compute_layer(
        context: dg.AssetExecutionContext, deployment: Deployment
    ) -> Iterator[dg.MaterializeResult[None]]:
        if is_alone(context):
            build = build_alone(context, deployment)
            chosen = chosen_of(context, [t.name for t in tables])
            rows = compute_alone(build, [t for t in tables if t.name in chosen])
            yield from results_alone(build, rows, lineage_said(build, chosen))
            return
        build = build_of(context, deployment)
        if build.is_unchanged:
            names = [t.name for t in tables]
            yield from results(build, {}, reused=names, said=lineage_said(build, names))
            return
        log.info("%s：计算 %s 层 %d 张表", context.partition_key, name, len(tables))
        rows = compute(build, tables)
        yield from results(build, rows, said=lineage_said(build, rows))

    return compute_layer
