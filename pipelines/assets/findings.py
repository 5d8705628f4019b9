"""Layer audit: every clause of the law judged for everyone it applies to, and what may be published of it."""

import logging
from collections.abc import Iterator

import dagster as dg

from models.marts import publication
from pipelines.assets.alone import build_alone, chosen_of, is_alone, results_alone
from pipelines.assets.breaking import quoting_nobody
from pipelines.assets.specs import CONTRACTS, PROVINCES, RETRIES, Deployment, build_of, results, table_spec
from pipelines.release import drifting
from pipelines.release.judging import JUDGED, READS, judge, judge_alone

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
    can_subset=True,
)
@quoting_nobody
def findings(context: dg.AssetExecutionContext, deployment: Deployment) -> Iterator[dg.MaterializeResult[None]]:
    """Judges measures against clauses; tables chosen by themselves come of the same one judging."""
    if is_alone(context):
        build = build_alone(context, deployment)
        rows = judge_alone(build)
        yield from results_alone(build, {name: rows[name] for name in chosen_of(context, TABLES)})
        return
    build = build_of(context, deployment)
    if build.is_unchanged:
        yield from results(build, {}, reused=TABLES)
        return
    log.info("%s：逐条判定", context.partition_key)
    rows = judge(build)
    with build.span("audit.drift"):
        drifting.of_figures(build)
    yield from results(build, rows)
