"""Runs rules through Great Expectations and puts what it saw into a clerk's words.

Here: rules in, outcomes out. Not here: which rules, and what a failure means for the night (`gate`).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from expectations.rules import NO_SUCH_ROWS, Rule, RuleId, rule_id
from expectations.since import EVER, Since


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule found. `was_run` is False when the check itself broke; `success` is then False as well."""

    success: bool
    observed: str
    was_run: bool = True


TOLD: Final = frozenset(
    {
        *("表", "列", "文件", "工作表", "行号", "范围", "原因", "条款", "期间", "周期", "年度", "县区", "不公布原因"),
        *(
            "上次行数",
            "本次行数",
            "读入",
            "入库",
            "退回",
            "重复",
            "合计行",
            "账上退回",
            "清单退回",
            "账上重复",
            "清单重复",
            "表中",
            "账上入库",
        ),
        *("行数", "项目数", "重数项目数", "已抽查", "重数已抽查", "应抽查", "差额"),
    }
)
"""What examples may tell: where a row is, and counts of rows and projects. Whatever else a rule's query shows stays
in the warehouse, because what is observed is published and any other column may hold a cell of somebody's."""

HELD = Outcome(success=True, observed="符合")


def run(warehouse: Path, rules: Sequence[Rule], since: Since = EVER) -> dict[RuleId, Outcome]:
    """Evaluate the rules of a layer on a DuckDB file; the first call waits for Great Expectations' import.

    A first look at the whole layer tells which rules may be broken; those are then run as themselves, table by table.
    """
    from expectations.datasource import opened
    from expectations.first_look import in_doubt

    outcomes = dict.fromkeys(map(rule_id, rules), HELD)
    with opened(warehouse) as source:
        doubted = sorted(in_doubt(source.batch(rules[0].suite), rules, since), key=lambda rule: rule.suite)
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
    """The kind of the first error among the metrics; never its message, which may quote the cell it tripped over.

    Great Expectations keys errors by metric when there are several.
    """
    entries: Iterable[Any] = [info, *info.values()]
    for entry in entries:
        if isinstance(entry, Mapping) and entry.get("raised_exception"):
            stack = str(entry.get("exception_traceback"))
            kinds = re.findall(r"^(?:\w+\.)*(?!Metric)(\w+(?:Error|Exception))\b", stack, re.MULTILINE)
            return kinds[-1] if kinds else "原因不明"
    return None


def _observed(rule: Rule, result: Mapping[str, Any]) -> str:
    if rule.expectation == NO_SUCH_ROWS:
        return _found(result["observed_value"], result["details"]["examples"])
    if "unexpected_count" in result:
        return _values(result)
    return f"{_shown(result['observed_value'])} 行"


def _found(count: int, examples: Sequence[Mapping[str, Any]]) -> str:
    shown = "；".join(dict.fromkeys(filter(None, map(_example, examples))))
    return f"{count:,} 处，例如：{shown}" if shown else f"{count:,} 处"


def _example(row: Mapping[str, Any]) -> str:
    """One example as far as it may be told: `credit_record_2019.parquet 第170行，共37行`."""
    told = {name: _shown(value) for name, value in row.items() if name in TOLD and value != ""}
    file, line, rows = (told.pop(name, None) for name in ("文件", "行号", "行数"))
    place = " ".join(filter(None, (file, line and f"第{line}行")))
    return "，".join(
        filter(None, (place, *(f"{name} {value}" for name, value in told.items()), rows and f"共{rows}行"))
    )


def _values(result: Mapping[str, Any]) -> str:
    return f"{result['element_count']:,} 行中 {result['unexpected_count']:,} 行不符"


def _shown(value: Any) -> str:
    if value is None:
        return "（空）"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
