"""Layer audit: every clause of the law judged for everyone it applies to, and what may be published of it."""

import logging
from collections.abc import Iterable, Iterator

import dagster as dg
import polars as pl

from models.findings import FINDING, evaluate
from models.marts import publication
from models.tables import CORE, MARTS, STAGING
from models.trace import trace
from pipelines.assets.specs import CONTRACTS, PROVINCES, RETRIES, build_of, results, table_spec
from pipelines.io import warehouse
from pipelines.io.release import Build
from pipelines.settings import Deployment

log = logging.getLogger("shixun")
JUDGED = ("audit.findings", "audit.clauses", "audit.formulas", "audit.sources")
TABLES = (*JUDGED, *publication.TABLES)
READS = STAGING + tuple(t.name for t in (*CORE, *MARTS))


def _whole(pieces: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The findings clause by clause, after an empty piece: a province without law has an empty table, not none."""
    yield pl.DataFrame(schema=FINDING)
    yield from pieces


def judge(build: Build) -> dict[str, int]:
    """Writes findings, clauses and the frames that may be published; rows by table."""
    frames = {name: build.scan(name) for name in READS if build.has(name)}
    presence = {table: frozenset(fields) for table, fields in build.noted("presence").items()}
    evaluation = evaluate(build.night, frames, presence)
    with build.span("audit.findings"):
        rows = {
            "audit.findings": build.write_pieces("audit.findings", _whole(evaluation.collected())),
            "audit.clauses": build.write("audit.clauses", evaluation.clauses.lazy()),
        }
    origins = trace(build.province)
    rows["audit.formulas"] = build.write("audit.formulas", origins.formulas.lazy())
    rows["audit.sources"] = build.write("audit.sources", origins.sources.lazy())
    log.info("　判定 %s 条，条款 %d 条", f"{rows['audit.findings']:,}", rows["audit.clauses"])
    with build.span("publication"):
        published = publication.publish({name: build.scan(name) for name in publication.READS}, build.night.as_of)
        here = pl.lit(build.province).alias("province")
        rows |= {name: build.write(name, frame.lazy().with_columns(here)) for name, frame in published.items()}
    with build.span("load.findings"):
        warehouse.load(build.warehouse, [(name, build.parquet(name)) for name in rows])
    return rows


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
def findings(context: dg.AssetExecutionContext, deployment: Deployment) -> Iterator[dg.MaterializeResult[None]]:
    """Judges measures against clauses."""
    build = build_of(context, deployment)
    if build.is_unchanged:
        yield from results(build, {}, reused=TABLES)
        return
    log.info("%s：逐条判定", context.partition_key)
    yield from results(build, judge(build))
