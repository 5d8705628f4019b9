"""The first look at a layer: one Great Expectations expectation that says which of its rules may be broken.

Nearly every rule holds nearly every night, and asking Great Expectations for each by itself costs it more than DuckDB
needs to answer. So a layer is validated once: the alarms of a table go into one query, the proofs of rules that are
queries are asked one by one, and what is in doubt afterwards is run as itself (`running`), for its count and examples.
Of rules that held of the release before, only the rows that may break them since are looked at (`since`).

Belongs here: the metric and the expectation of that look. Importing this module imports Great Expectations.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import great_expectations as gx
import sqlalchemy as sa
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

from expectations.rules import Rule
from expectations.since import EVER, Since

IN_DOUBT = "table.rules_in_doubt"


class RulesInDoubt(TableMetricProvider):
    """The numbers of the rules that may be broken; one whose question cannot be asked is among them.

    questions: queries of one row and as many columns as `numbers` has rules beside them, true where in doubt.
    """

    metric_name = IN_DOUBT
    value_keys = ("questions", "numbers")

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805 - how Great Expectations binds a metric
        execution_engine: SqlAlchemyExecutionEngine,
        metric_value_kwargs: Mapping[str, Any],
        **_: Any,
    ) -> list[int]:
        found: list[int] = []
        with execution_engine.get_connection() as connection:
            for question, numbers in zip(metric_value_kwargs["questions"], metric_value_kwargs["numbers"], strict=True):
                try:
                    answers = connection.exec_driver_sql(question).one()
                except sa.exc.SQLAlchemyError:  # the rule itself will tell what is wrong
                    answers = [True] * len(numbers)
                found += [number for number, answer in zip(numbers, answers, strict=True) if answer]
        return found


class ExpectRulesOfLayerToHold(BatchExpectation):
    """Holds when no rule of a layer is in doubt; asked of a batch of any of its tables."""

    questions: list[str]
    numbers: list[list[int]]

    metric_dependencies: ClassVar[tuple[str, ...]] = (IN_DOUBT,)
    success_keys: ClassVar[tuple[str, ...]] = ("questions", "numbers")

    def _validate(
        self, metrics: dict[str, Any], runtime_configuration: Any = None, execution_engine: Any = None
    ) -> dict[str, Any]:
        del runtime_configuration, execution_engine
        return {"success": not metrics[IN_DOUBT], "result": {"observed_value": metrics[IN_DOUBT]}}


def in_doubt(batch: Any, rules: Sequence[Rule], since: Since = EVER) -> list[Rule]:
    """The rules that may be broken, in their order; all of them when the look itself did not succeed."""
    asked = list(_questions(rules, since))
    look = ExpectRulesOfLayerToHold(questions=[sql for sql, _ in asked], numbers=[numbers for _, numbers in asked])
    result = batch.validate(gx.ExpectationSuite(name="first_look", expectations=[look])).results[0]
    if "observed_value" not in result.result:
        return list(rules)
    return [rules[number] for number in sorted(result.result["observed_value"])]


def _questions(rules: Sequence[Rule], since: Since) -> Iterator[tuple[str, list[int]]]:
    """One query for all alarms over the same rows, and one for all rules without an alarm that ask the same."""
    ringing, asking = defaultdict[str, list[int]](list), defaultdict[str, list[int]](list)
    for number, rule in enumerate(rules):
        if rule.alarm:
            ringing[since.rows_of(rule).get(rule.suite, rule.suite)].append(number)
        else:
            asking[since.query_of(rule)].append(number)
    for query, numbers in asking.items():
        yield f"SELECT {', '.join(['found'] * len(numbers))} FROM (SELECT EXISTS ({query}) AS found)", numbers
    for rows, numbers in ringing.items():
        yield f"SELECT {', '.join(str(rules[number].alarm) for number in numbers)} FROM {rows}", numbers
