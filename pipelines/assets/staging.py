"""Layer staging: raw text typed by the contracts, every row accounted for."""

import logging
from collections.abc import Iterator
from typing import Any

import dagster as dg
import polars as pl

from models.contracts import Contract, staging_contracts
from models.night import NOTHING_ASKED
from pipelines.assets.alone import build_alone, chosen_of, is_alone, results_alone
from pipelines.assets.breaking import quoting_nobody
from pipelines.assets.raw import landed_alone
from pipelines.assets.specs import CONTRACTS, PROVINCES, RETRIES, Deployment, build_of, results, table_key, table_spec
from pipelines.ingest.landing import Landed
from pipelines.ingest.staging import ACCOUNTS, stage_alone, stage_tables
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
    can_subset=True,
)
@quoting_nobody
def staging(context: dg.AssetExecutionContext, deployment: Deployment) -> Iterator[dg.MaterializeResult[None]]:
    """Types every table and counts every row."""
    if is_alone(context):
        yield from _alone(context, deployment)
        return
    build = build_of(context, deployment)
    if build.is_unchanged:
        yield from results(build, {}, reused=[*TABLES, *ACCOUNTS])
        return
    log.info("%s：逐列规整", context.partition_key)
    clear_release(build)
    rows = stage_tables(build, Landed.from_json(build.noted("landed")))
    yield from results(build, rows, said=_said(build))
    yield from results(build, {name: build.count(name) for name in ACCOUNTS})


def _alone(context: dg.AssetExecutionContext, deployment: Deployment) -> Iterator[dg.MaterializeResult[None]]:
    """Chosen tables, typed from the newest dump on file, or from what this run landed."""
    if told := chosen_of(context, ACCOUNTS):
        reason = f"{'、'.join(told)} 是各张表一起产生的台账，不能单独试算：请跑一夜，或改选 staging 的表。"
        raise dg.Failure(reason, allow_retries=False)
    landed = landed_alone(build_of(context, deployment), deployment, NOTHING_ASKED)
    build = build_alone(context, deployment, landed.as_of)
    made = {name: stage_alone(build, landed, name.partition(".")[2]) for name in chosen_of(context, TABLES)}
    said = {name: {"退回行数": rejected} for name, (_, rejected) in made.items()}
    yield from results_alone(build, {name: rows for name, (rows, _) in made.items()}, said)


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
