"""Tables chosen by themselves in Dagster's pages: made to look at, in a build that is never published.

Belongs here: telling such a run from a night, its build, and what is shown of its tables. What it stands on is in
release/trial.py.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

import dagster as dg

from models.contracts import staging_contracts
from models.marts import publication
from models.tables import CORE, MARTS
from pipelines.assets.specs import Deployment, build_of, table_key
from pipelines.ingest.staging import ACCOUNTS
from pipelines.release.build import Build, sweep_builds
from pipelines.release.judging import JUDGED
from pipelines.release.night_lock import hold_night
from pipelines.release.trial import Difference, NothingToStandOn, begin_trial, beside_release, filled, stands_on

log = logging.getLogger("shixun")
RELEASE = dg.AssetKey(["release"])
EVERYTHING = frozenset(
    [
        RELEASE,
        *(
            table_key(name)
            for name in (
                *(f"{layer}.{table}" for layer in ("raw", "staging") for table in staging_contracts()),
                *ACCOUNTS,
                *(table.name for table in (*CORE, *MARTS)),
                *JUDGED,
                *publication.TABLES,
            )
        ),
    ]
)
"""What a night makes. A run that was asked for less publishes nothing."""
WAITING = "%s：另一夜正在跑（%s），等它结束再开始"
UNPUBLISHED = "单独试算，没有发布；读者看到的不变"


def is_alone(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> bool:
    """Whether somebody chose some tables by themselves, and not a night."""
    return not context.job_def.asset_layer.selected_asset_keys >= EVERYTHING


def chosen_of(context: dg.AssetExecutionContext, tables: Iterable[str]) -> list[str]:
    """The tables of a step that were chosen, in their order."""
    return [table for table in tables if table_key(table) in context.selected_asset_keys]


def build_alone(
    context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext, deployment: Deployment, day: date | None = None
) -> Build:
    """The build of tables chosen by themselves; no night of the province runs meanwhile.

    Raises:
        Failure: there is nothing it could stand on.
    """
    build = build_of(context, deployment)
    home, province = deployment.data_home, build.province
    hold_night(home, province, lambda who: log.warning(WAITING, province, who))
    sweep_builds(home, province)
    try:
        begin_trial(build, day)
    except NothingToStandOn as reason:
        raise dg.Failure(f"{province}：{reason}。", allow_retries=False) from None
    return build


def results_alone(
    build: Build, rows: Mapping[str, int], said: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
) -> Iterator[dg.MaterializeResult[None]]:
    """What is shown of each table: rows, columns and how full they are, and what differs from the release."""
    spans = build.spans()
    for table, count in rows.items():
        cost = {"耗时（秒）": spans[table]["seconds"]} if table in spans else {}
        columns = [
            dg.TableRecord({"列": name, "类型": kind, "有值的行": full, "不同的值（约）": different})
            for name, kind, full, different in filled(build, table)
        ]
        yield dg.MaterializeResult(
            asset_key=table_key(table),
            metadata={
                "dagster/row_count": count,
                "试算": UNPUBLISHED,
                "上游": stands_on(build),
                "与现行发布相比": _told(count, beside_release(build, table)),
                "各列": dg.MetadataValue.table(columns),
                **cost,
                **said.get(table, {}),
            },
        )


def _told(rows: int, difference: Difference | None) -> str:
    if difference is None:
        return "现行发布没有这张表"
    before = f"现行发布 {difference.rows_before:,} 行，这次 {rows:,} 行"
    if difference.new is None:
        return f"{before}；列有增减或改了类型，逐行不可比"
    if not difference.new and not difference.gone:
        return f"{before}，完全相同"
    return f"{before}；只在这次有的 {difference.new:,} 行，只在现行发布有的 {difference.gone:,} 行"
