"""Layer staging: raw text typed by the contracts, every row accounted for."""

import logging
from collections.abc import Iterator
from typing import Any

import dagster as dg
import polars as pl

from models.contracts import Contract, staging_contracts
from pipelines.assets.breaking import quoting_nobody
from pipelines.assets.specs import CONTRACTS, PROVINCES, RETRIES, Deployment, build_of, results, table_key, table_spec
from pipelines.ingest.landing import Landed
from pipelines.ingest.staging import ACCOUNTS, stage_tables
from pipelines.release.build import Build, clear_release

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
    yield from results(build, rows, said=_said(build))
    yield from results(build, {name: build.count(name) for name in ACCOUNTS})


def _said(build: Build) -> dict[str, dict[str, Any]]:
    """Of each typed table: rows refused, and for each column the one it was read from."""
    ledger = build.scan("audit.row_counts").group_by("table_name").agg(pl.col("rows_rejected").sum()).collect()
    refused = dict(ledger.iter_rows())
    return {
        f"staging.{name}": {"退回行数": refused.get(name, 0), "dagster/column_lineage": _read_from(name, contract)}
        for name, contract in staging_contracts().items()
    }


def _read_from(name: str, contract: Contract) -> dg.TableColumnLineage:
    raw = table_key(f"raw.{name}")
    return dg.TableColumnLineage(
        {field.column: [dg.TableColumnDep(asset_key=raw, column_name=field.column)] for field in contract.fields}
    )
