"""The gate: runs a layer's suites over a warehouse and says whether the province may be published.

Here: `check` and its result. Not here: the rules (`suites/`), how Great Expectations reaches DuckDB (`datasource`),
writing `audit.gate` and blocking the night (`pipelines`). The warehouse is only read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb

from expectations.rules import Rule, RuleId, Severity, rule_id
from expectations.running import Outcome, run
from expectations.since import EVER, Since
from expectations.suites import LAYERS, Layer, Limits, Suites, suites
from models.contracts import contract

__all__ = [
    "LAYERS",
    "GateResult",
    "GateRow",
    "Layer",
    "Limits",
    "Outcome",
    "RuleId",
    "askable",
    "check",
    "rule_id",
    "rules_of",
    "tables_checked",
    "with_accepted",
]

PRESENCE = "table_is_present"
NOTHING_KNOWN: Mapping[RuleId, Outcome] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class GateRow:
    """One expectation's outcome, a row of audit.gate.

    success: None when it could not be evaluated for want of rows; `observed` then says what was missing.
    observed: Chinese, what was seen. title, meaning, matters, action: Chinese, the rule in a clerk's words.
    is_acceptable: whether a person may accept its failure for one dump. accepted: who did and why, where somebody did;
    the failure is then no reason to refuse.
    """

    suite: str
    expectation: str
    table_name: str
    success: bool | None
    observed: str
    severity: Severity
    title: str
    meaning: str
    matters: str
    action: str
    is_acceptable: bool = False
    accepted: str | None = None

    @property
    def rule(self) -> str:
        """How people name the rule: `table/rule`."""
        return f"{self.suite}/{self.expectation}"

    def as_record(self) -> dict[str, Any]:
        """The row for audit.gate."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class GateResult:
    """All outcomes of a layer, in the order of its rules."""

    layer: Layer
    rows: tuple[GateRow, ...]

    @property
    def refused(self) -> bool:
        """Whether a critical expectation failed: the province is not published tonight."""
        return bool(self.refusals)

    @property
    def refusals(self) -> tuple[GateRow, ...]:
        return tuple(row for row in self.rows if row.success is False and row.severity == "critical")

    @property
    def warnings(self) -> tuple[GateRow, ...]:
        return tuple(row for row in self.rows if row.success is False and row.severity == "warning")

    @property
    def not_evaluated(self) -> tuple[GateRow, ...]:
        return tuple(row for row in self.rows if row.success is None)

    def of_table(self, table: str) -> tuple[GateRow, ...]:
        """The outcomes that judge one table, `schema.table`."""
        return tuple(row for row in self.rows if row.table_name == table)


def tables_checked(layer: Layer) -> tuple[str, ...]:
    """The tables a layer's suites cover, `schema.table`; known without opening a warehouse."""
    return suites(layer, {}, Limits()).tables


def rules_of(layer: Layer, previous: Mapping[str, int] | None = None, limits: Limits | None = None) -> tuple[Rule, ...]:
    """The rules that `check` would run, each with the tables it looks at."""
    return suites(layer, dict(previous or {}), limits or Limits()).rules


def askable(warehouse: Path, layer: Layer) -> tuple[Rule, ...]:
    """The rules of a layer that a warehouse has the tables for, but those that compare it with the release before."""
    stock = _row_counts(warehouse)
    return tuple(rule for rule in rules_of(layer) if not _missing(rule, stock))


def check(
    warehouse: Path,
    layer: Layer,
    previous: Mapping[str, int] | None = None,
    limits: Limits | None = None,
    known: Mapping[RuleId, Outcome] = NOTHING_KNOWN,
    since: Since = EVER,
) -> GateResult:
    """Run a layer's suites over a DuckDB file that nobody has open for writing.

    previous: the last release's row counts by `schema.table`, None on a province's first night.
    known: outcomes of rules that need not be run again, because every row they look at is the same as it was then.
    since: what differs from the last release's warehouse, and which of the other rules held of it.
    The file is let go before this returns. Raises ValueError for an unknown layer and FileNotFoundError without a
    warehouse; a rule that cannot be run counts as a critical failure, because a gate that cannot see must not pass.
    """
    if layer not in LAYERS:
        message = f"没有“{layer}”这一层；可用的层：{'、'.join(LAYERS)}"
        raise ValueError(message)
    if not warehouse.is_file():
        message = f"没有数据仓库文件 {warehouse}"
        raise FileNotFoundError(message)
    before = dict(previous or {})
    chosen = suites(layer, before, limits or Limits())
    stock = _row_counts(warehouse)
    runnable = [rule for rule in chosen.rules if not _missing(rule, stock) and rule_id(rule) not in known]
    outcomes = run(warehouse, runnable, since) if runnable else {}
    return GateResult(layer, tuple(_rows(chosen, stock, before, {**known, **outcomes})))


def _row_counts(warehouse: Path) -> dict[str, int]:
    """Rows of every table of the warehouse, by `schema.table`."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        listed = "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE database_name = current_database()"
        names = [name for (name,) in connection.execute(listed).fetchall()]
        counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in names)
        return dict(connection.execute(counts).fetchall()) if names else {}


def _missing(rule: Rule, stock: Mapping[str, int]) -> list[str]:
    """What the rule lacks to be evaluated: tables that are absent, or empty where it needs rows."""
    absent = [table for table in (rule.suite, *rule.reads) if table not in stock]
    empty = [table for table in rule.needs if stock.get(table) == 0]
    return list(dict.fromkeys(absent + empty))


def _rows(
    chosen: Suites,
    stock: Mapping[str, int],
    before: Mapping[str, int],
    outcomes: Mapping[RuleId, Outcome],
) -> Iterator[GateRow]:
    for table in chosen.tables:
        skipped = sum(1 for rule in chosen.rules if rule.suite == table and table in _missing(rule, stock))
        yield _presence(table, stock, before, skipped, is_required=table in chosen.required)
    for rule in chosen.rules:
        missing = _missing(rule, stock)
        if not missing:
            yield _row(rule, outcomes[rule_id(rule)])
        elif rule.suite not in missing:
            # Without its own table a rule is already counted in that table's presence row.
            yield _not_evaluated(rule, f"未检查：没有“{'”“'.join(map(_title, missing))}”的数据")


def _title(table: str) -> str:
    """A table by the name its readers know."""
    layer = next(layer for layer in LAYERS if table.startswith(f"{layer}."))
    return contract(layer, table.removeprefix(f"{layer}.")).title


def with_accepted(result: GateResult, accepted: Mapping[str, str]) -> GateResult:
    """The result once people have accepted failures of the dump, by rule and in their words."""
    rows = (
        replace(row, severity="warning", accepted=accepted[row.rule])
        if row.success is False and row.is_acceptable and row.rule in accepted
        else row
        for row in result.rows
    )
    return replace(result, rows=tuple(rows))


def _presence(
    table: str, stock: Mapping[str, int], before: Mapping[str, int], skipped: int, *, is_required: bool
) -> GateRow:
    """Whether a table is there: critical where a night always makes it or the last release had rows in it."""
    rows = stock.get(table)
    had = before.get(table, 0)
    success: bool | None = True
    state = f"{rows:,} 行" if rows else "没有此表" if rows is None else "没有行"
    if had and not rows:
        success, state = False, f"上次发布有 {had:,} 行，本次{state}"
    elif not rows:
        success = rows is not None if is_required else None
    note = f"；{skipped} 项检查因此未执行" if skipped else ""
    return GateRow(
        suite=table,
        expectation=PRESENCE,
        table_name=table,
        success=success,
        observed=state + note,
        severity="critical" if is_required or had else "warning",
        title="表齐全，没有比上次发布减少" if success is not False else "缺少应有的表或数据",
        meaning="上次发布有数据的表，本次也应有；系统每晚必产的表必须存在。转储中可缺的表缺了只作说明。",
        matters="缺表时，依赖它的指标记为“数据缺失”，绝不按 0 或达标计算。",
        action="请核对转储文件夹是否漏投该表的文件，或文件名是否以表名开头；补投后重跑。",
        is_acceptable=bool(had),
    )


def _row(rule: Rule, outcome: Outcome) -> GateRow:
    # A check that broke saw nothing: it must not let the night pass because its rule is only a warning.
    return _explained(rule, outcome.success, outcome.observed, rule.severity if outcome.was_run else "critical")


def _not_evaluated(rule: Rule, why: str) -> GateRow:
    return _explained(rule, None, why, rule.severity)


def _explained(rule: Rule, success: bool | None, observed: str, severity: Severity) -> GateRow:
    return GateRow(
        suite=rule.suite,
        expectation=rule.name,
        table_name=rule.subject,
        success=success,
        observed=observed,
        severity=severity,
        title=rule.fault if success is False else rule.title,
        meaning=rule.meaning,
        matters=rule.matters,
        action=rule.action,
        is_acceptable=rule.is_acceptable,
    )
