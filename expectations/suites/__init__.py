"""The suites: which rules hold of which table, layer by layer, in the order data flows.

Here: picking a layer's rules. The rules themselves are in `implied` (what a contract already says), `staging`, `core`
and `marts` (what no single contract can say: ledgers, conservation, reconciliation).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from expectations.rules import Rule
from expectations.suites import core, marts, staging

Layer = Literal["staging", "core", "marts"]
LAYERS: tuple[Layer, ...] = get_args(Layer)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a night may lose or change before it is refused; percentages are of whole rows, compared exactly."""

    reject_percent: int = 5
    reject_rows: int = 20
    row_change: Mapping[str, int] = field(default_factory=dict)
    """By staging table, where it is not `ROW_CHANGE`."""


@dataclass(frozen=True, slots=True)
class Suites:
    """A layer's rules, with the tables they cover and those a night always produces."""

    rules: tuple[Rule, ...]
    tables: tuple[str, ...]
    required: frozenset[str]


def suites(layer: Layer, previous: Mapping[str, int], limits: Limits) -> Suites:
    """The rules of a layer; `previous` holds the last release's row counts by `schema.table`."""
    if layer == "staging":
        rules = staging.rules(previous, limits.reject_percent, limits.reject_rows, limits.row_change)
        return Suites(tuple(rules), staging.tables(), frozenset(staging.REQUIRED))
    if layer == "core":
        return Suites(tuple(core.rules()), core.tables(), frozenset(core.tables()))
    return Suites(tuple(marts.rules()), marts.tables(), frozenset(marts.tables()))
