"""The gate as Dagster sees it: one blocking check a table, run by Great Expectations layer by layer.

Belongs here: turning gate results into asset checks, keeping them for audit.gate, and what happens when a layer is
refused. What is checked is in expectations.
"""

import logging
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg
import polars as pl

from expectations.gate import (
    LAYERS,
    GateResult,
    Layer,
    Limits,
    Outcome,
    RuleId,
    check,
    rule_id,
    rules_of,
    tables_checked,
    with_accepted,
)
from expectations.rules import Rule
from expectations.since import EVER, Since
from models.contracts import contract
from models.tables import MARTS
from pipelines.assets.alone import build_alone, is_alone
from pipelines.assets.breaking import quoting_nobody
from pipelines.assets.specs import PROVINCES, Deployment, build_of, table_key
from pipelines.operations.acceptance import Acceptance, advice
from pipelines.operations.refusal import REFUSED, refuse_night
from pipelines.release import parts, reuse, warehouse
from pipelines.release.build import Build
from pipelines.release.keep import previous_counts
from pipelines.release.quality import write_quality_page
from pipelines.settings import row_change_limits

log = logging.getLogger("shixun")
CHECK = "gate"
WHOLE = "gate_of_the_layer"
LAST = {
    "staging": table_key("audit.row_counts"),
    "core": table_key("core.fct_credit"),
    "marts": table_key("audit.findings"),
}
"""The asset that carries a whole layer's conclusion: what comes after the layer waits for it."""
READ_BEFORE_CHECKED = {table.name for table in MARTS}
"""Findings read the marts before the gate has looked at both together; the layer's conclusion blocks the release."""


def gate_rows(build: Build) -> list[dict[str, Any]]:
    """Every gate row of this night so far."""
    return [row for layer in LAYERS for row in build.noted(f"gate-{layer}") or []]


def gate_frame(build: Build) -> pl.DataFrame:
    """audit.gate of this night."""
    return pl.DataFrame(gate_rows(build), schema=contract("audit", "gate").schema())


def _reasons(province: str, result: GateResult) -> list[str]:
    return [
        f"{row.table_name} · {row.title}：{row.observed}。{row.action}"
        + (f"{advice(province, row.rule)}。" if row.is_acceptable else "")
        for row in result.refusals
    ]


def _refuse(build: Build, result: GateResult) -> None:
    """Writes the quality page of a refused night and ends it."""
    write_quality_page(build, gate_frame(build), release_name=None)
    rules = {row.rule: row.is_acceptable for row in result.refusals}
    refuse_night(build, REFUSED, build.night.as_of, _reasons(build.province, result), rules)


def _specs(layer: Layer, tables: Sequence[str]) -> list[dg.AssetCheckSpec]:
    """A check a table, and one for the whole layer."""
    whole = dg.AssetCheckSpec(
        WHOLE, asset=LAST[layer], blocking=True, partitions_def=PROVINCES, description="本层全部检查的结论"
    )
    single = [
        dg.AssetCheckSpec(
            CHECK,
            asset=table_key(table),
            blocking=table not in READ_BEFORE_CHECKED,
            partitions_def=PROVINCES,
            description=f"{table} 的发布前检查（Great Expectations）",
        )
        for table in tables
    ]
    return [*single, whole]


def layer_checks(layer: Layer, tables: Sequence[str]) -> dg.AssetChecksDefinition:
    """The blocking checks of one layer's tables."""

    @dg.multi_asset_check(
        name=f"gate_{layer}",
        specs=_specs(layer, tables),
        can_subset=True,
    )
    @quoting_nobody
    def gate(context: dg.AssetCheckExecutionContext, deployment: Deployment) -> Iterator[dg.AssetCheckResult]:
        if is_alone(context):
            yield from _alone(context, deployment, layer, tables)
            return
        build = build_of(context, deployment)
        if build.is_unchanged:
            for table in tables:
                yield _passed(table, "转储、规则与代码都没有变，沿用上一次发布时的检查结果")
            yield dg.AssetCheckResult(passed=True, asset_key=LAST[layer], check_name=WHOLE)
            return
        log.info("%s：检查 %s 层", build.province, layer)
        previous = previous_counts(deployment.data_home, build.province)
        with build.span(f"gate.{layer}"):
            limits = Limits(row_change=row_change_limits())
            known, since = _seen_before(build, rules_of(layer, previous, limits))
            seen = check(build.warehouse, layer, previous, limits, known, since)
        accepted = [Acceptance(**one) for one in build.noted("accepted")]
        result = with_accepted(seen, {one.rule: one.in_words() for one in accepted})
        build.note(f"gate-{layer}", [row.as_record() for row in result.rows])
        if result.refused:
            _refuse(build, result)
        yield from (_of_table(result, table) for table in tables)
        reasons = "；".join(_reasons(build.province, result))
        yield dg.AssetCheckResult(
            passed=not result.refused, asset_key=LAST[layer], check_name=WHOLE, description=reasons or None
        )

    return gate


def _alone(
    context: dg.AssetCheckExecutionContext, deployment: Deployment, layer: Layer, tables: Sequence[str]
) -> Iterator[dg.AssetCheckResult]:
    """The checks of tables chosen by themselves; they refuse nothing, and conclude nothing of the whole layer."""
    build = build_alone(context, deployment)
    asked = {key.asset_key for key in context.selected_asset_check_keys if key.name == CHECK}
    chosen = [table for table in tables if table_key(table) in asked]
    if not chosen:
        return
    seen = check(
        build.warehouse, layer, previous_counts(build.home, build.province), Limits(row_change=row_change_limits())
    )
    yield from (_of_table(seen, table) for table in chosen)


def _seen_before(build: Build, asked: Sequence[Rule]) -> tuple[dict[RuleId, Outcome], Since]:
    """What the last release's gate saw, where neither the rule nor any row it looks at has changed since.

    Of the other rules, which held then, and what differs since.
    """
    rules = {"/".join(rule_id(rule)): (repr(rule), rule.looks_at) for rule in asked}
    same = reuse.unchanged_checks(build, rules)
    then = reuse.checks_before(build, rules)
    if not then:
        return {}, EVER
    log.info("　%d 项检查所看的行都没有变，沿用上次发布时的结果，其余 %d 项重新检查", len(same), len(rules) - len(same))
    rows = warehouse.query(
        build.warehouse, "SELECT suite, expectation, success, observed FROM audit.gate WHERE success IS NOT NULL"
    )
    seen = {
        (suite, name): Outcome(success=success, observed=observed)
        for suite, name, success, observed in rows.iter_rows()
    }
    tables = sorted({table for rule in asked for table in rule.looks_at if reuse.was_made(build, table)})
    unchanged = frozenset(table for table in tables if reuse.is_unchanged(build, table))
    files = {table: parts.place_of_differing(build, table) for table in tables if table not in unchanged}
    return (
        {rule: outcome for rule, outcome in seen.items() if "/".join(rule) in same},
        Since(
            frozenset(rule for rule, outcome in seen.items() if outcome.success and "/".join(rule) in then),
            unchanged,
            {table: file for table, file in files.items() if file.exists()},
        ),
    )


def _passed(table: str, why: str) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True, asset_key=table_key(table), check_name=CHECK, description=why)


def _of_table(result: GateResult, table: str) -> dg.AssetCheckResult:
    """One table's expectations in one check: failed when a critical one failed, warned about when any did."""
    failed = [row for row in result.of_table(table) if row.success is False]
    critical = any(row.severity == "critical" for row in failed)
    return dg.AssetCheckResult(
        passed=not failed,
        asset_key=table_key(table),
        check_name=CHECK,
        severity=dg.AssetCheckSeverity.ERROR if critical else dg.AssetCheckSeverity.WARN,
        description="；".join(f"{row.title}：{row.observed}" for row in failed) or None,
        metadata={row.expectation: row.observed for row in result.of_table(table)},
    )


with warnings.catch_warnings():
    # Dagster still calls checks by partition a preview; without them a province's result overwrites another's.
    warnings.simplefilter("ignore", dg.PreviewWarning)
    CHECKS = [layer_checks(layer, tables_checked(layer)) for layer in LAYERS]
