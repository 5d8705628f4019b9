"""Layer audit: every clause of the law judged for everyone it applies to, and what may be published of it."""

import logging
from collections.abc import Iterator

import dagster as dg

from models.marts import publication
from pipelines.assets.breaking import quoting_nobody
from pipelines.assets.specs import CONTRACTS, PROVINCES, RETRIES, Deployment, build_of, results, table_spec
from pipelines.release.judging import JUDGED, READS, judge

log = logging.getLogger("shixun")
TABLES = (*JUDGED, *publication.TABLES)


@dg.multi_asset(
    name="findings",
    specs=[
        *(table_spec(name, CONTRACTS.get(name), READS, kinds={"polars", "duckdb"}) for name in JUDGED),
        *(
            table_spec(
                name, CONTRACTS.get(name), JUDGED, kinds={"polars", "duckdb"}, description="已抑制小数的公布口径"
            )
            for name in publication.TABLES
        ),
    ],
    partitions_def=PROVINCES,
    retry_policy=RETRIES,
)
@quoting_nobody
def findings(context: dg.AssetExecutionContext, deployment: Deployment) -> Iterator[dg.MaterializeResult[None]]:
    """Judges measures against clauses."""
    build = build_of(context, deployment)
    if build.is_unchanged:
        yield from results(build, {}, reused=TABLES)
        return
    log.info("%s：逐条判定", context.partition_key)
    yield from results(build, judge(build))
