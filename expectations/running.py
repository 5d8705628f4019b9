"""Runs rules through Great Expectations and puts what it saw into a clerk's words.

Here: rules in, outcomes out. Not here: which rules, and what a failure means for the night (`gate`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from expectations.rules import NO_SUCH_ROWS, Rule, RuleId, rule_id
from expectations.suites.implied import person_labels
from models.contracts import staging_contracts


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule found. `was_run` is False when the check itself broke; `success` is then False as well."""

    success: bool
    observed: str
    was_run: bool = True


VISIBLE_DIGITS = 4

HELD = Outcome(success=True, observed="符合")


def run(warehouse: Path, rules: Sequence[Rule]) -> dict[RuleId, Outcome]:
    """Evaluate the rules of a layer on a DuckDB file; the first call waits for Great Expectations' import.

    A first look at the whole layer tells which rules may be broken; those are then run as themselves, table by table.
    """
    from expectations.datasource import opened
    from expectations.first_look import in_doubt

    outcomes = dict.fromkeys(map(rule_id, rules), HELD)
    with opened(warehouse) as source:
        doubted = sorted(in_doubt(source.batch(rules[0].suite), rules), key=lambda rule: rule.suite)
        for suite, members in groupby(doubted, key=lambda rule: rule.suite):
            outcomes |= _run_suite(source, suite, list(members))
    return outcomes


def _run_suite(source: Any, suite: str, rules: Sequence[Rule]) -> dict[RuleId, Outcome]:
    from expectations.datasource import validate

    results = validate(source.batch(suite), suite, rules)
    return {rule_id(rule): _outcome(rule, results[rule.name]) for rule in rules}


def _outcome(rule: Rule, result: Any) -> Outcome:
    if result.success:
        return HELD
    broken = _exception(result.exception_info)
    if broken is not None:
        return Outcome(success=False, observed=f"检查没有跑成：{broken}", was_run=False)
    return Outcome(success=False, observed=_observed(rule, result.result))


def _exception(info: Mapping[str, Any]) -> str | None:
    """The message of the first metric that broke; Great Expectations keys them by metric when there are several."""
    entries: Iterable[Any] = [info, *info.values()]
    for entry in entries:
        if isinstance(entry, Mapping) and entry.get("raised_exception"):
            return str(entry.get("exception_message")).strip().splitlines()[0]
    return None


def _observed(rule: Rule, result: Mapping[str, Any]) -> str:
    if rule.expectation == NO_SUCH_ROWS:
        return _found(result["observed_value"], result["details"]["examples"])
    if "unexpected_count" in result:
        return _values(result)
    return f"{_shown(result['observed_value'])} 行"


def _found(count: int, examples: Sequence[Mapping[str, Any]]) -> str:
    people = person_labels(staging_contracts())
    shown = "；".join(
        "，".join(
            f"{name} {_masked(value) if name in people else _shown(value)}"
            for name, value in row.items()
            if value != ""
        )
        for row in examples
    )
    return f"{count:,} 处，例如：{shown}"


def _values(result: Mapping[str, Any]) -> str:
    total, wrong = result["element_count"], result["unexpected_count"]
    found = result.get("partial_unexpected_list") or ()
    examples = dict.fromkeys(str(value) for value in found if value is not None)
    quoted = f"，例如：{'、'.join(examples)}" if examples else ""
    return f"{total:,} 行中 {wrong:,} 行不符{quoted}"


def _masked(value: Any) -> str:
    """A person's number as pages may show it: enough to find the row in the warehouse, not to name the person."""
    return f"＊{str(value)[-VISIBLE_DIGITS:]}"


def _shown(value: Any) -> str:
    if value is None:
        return "（空）"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
