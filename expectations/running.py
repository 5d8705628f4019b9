"""Runs rules through Great Expectations and puts what it saw into a clerk's words.

Here: rules in, outcomes out. Not here: which rules, and what a failure means for the night (`gate`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from expectations.rules import NO_SUCH_ROWS, Rule
from expectations.suites.implied import person_labels
from models.contracts import staging_contracts


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule found. `was_run` is False when the check itself broke; `success` is then False as well."""

    success: bool
    observed: str
    was_run: bool = True


VISIBLE_DIGITS = 4

RuleId = tuple[str, str]
"""Suite and name of a rule, which together are unique."""


def rule_id(rule: Rule) -> RuleId:
    return (rule.suite, rule.name)


def run(warehouse: Path, rules: Sequence[Rule]) -> dict[RuleId, Outcome]:
    """Evaluate every rule on a DuckDB file; the first call of a process waits for Great Expectations' import."""
    from expectations.datasource import opened

    outcomes: dict[RuleId, Outcome] = {}
    with opened(warehouse) as source:
        by_suite = sorted(rules, key=lambda rule: rule.suite)
        for suite, members in groupby(by_suite, key=lambda rule: rule.suite):
            outcomes |= _run_suite(source, suite, list(members))
    return outcomes


def _run_suite(source: Any, suite: str, rules: Sequence[Rule]) -> dict[RuleId, Outcome]:
    from expectations.datasource import validate

    results = validate(source.batch(suite), suite, rules)
    return {rule_id(rule): _outcome(rule, results[rule.name]) for rule in rules}


def _outcome(rule: Rule, result: Any) -> Outcome:
    if result.success:
        return Outcome(success=True, observed="符合")
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
