"""Layer staging: raw text typed by the contracts, every row accounted for."""

import logging
from collections.abc import Iterator

import dagster as dg

from models.contracts import staging_contracts
from pipelines.assets.breaking import quoting_nobody
from pipelines.assets.specs import CONTRACTS, PROVINCES, RETRIES, Deployment, build_of, results, table_spec
from pipelines.ingest.landing import Landed
from pipelines.ingest.staging import ACCOUNTS, stage_tables
from pipelines.release.build import clear_release

log = logging.getLogger("shixun")
RAW = [f"raw.{name}" for name in staging_contracts()]
TABLES = [f"staging.{name}" for name in staging_contracts()]


@dg.multi_asset(
    name="staging",
    specs=[
        *(
            table_spec(f"staging.{name}", contract, [f"raw.{name}"], kinds={"polars", "duckdb"})
            for name, contract in staging_contracts().items()
        ),
        *(table_spec(name, CONTRACTS[name], RAW, kinds={"polars", "duckdb"}) for name in ACCOUNTS),
    ],
    partitions_def=PROVINCES,
    retry_policy=RETRIES,
)
@quoting_nobody
def staging(context: dg.AssetExecutionContext, deployment: Deployment) -> Iterator[dg.MaterializeResult[None]]:
    """Types every table and counts every row."""
    build = build_of(context, deployment)
    if build.is_unchanged:
        yield from results(build, {}, reused=[*TABLES, *ACCOUNTS])
        return
    log.info("%s：逐列规整", context.partition_key)
    clear_release(build)
    rows = stage_tables(build, Landed.from_json(build.noted("landed")))
    yield from results(build, rows)
    yield from results(build, {name: build.count(name) for name in ACCOUNTS})
