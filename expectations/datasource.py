"""How Great Expectations reads a DuckDB file: dialect, execution engine, datasource and the rows expectation.

Here: everything that touches Great Expectations' and SQLAlchemy's inner hooks, so that an upgrade breaks in one place
(and in that place's test). Not here: rules and verdicts.
Importing this module imports Great Expectations, which takes seconds: import it inside the function that needs it.

Three cures make stock Great Expectations work on DuckDB:
* `isolation_level="AUTOCOMMIT"` with `skip_autocommit_rollback`: it reads a cursor after its connection went back
  to the pool, and a rollback there would drop DuckDB's result;
* PostgreSQL's dialect module is lent for regex metrics, and `~` compiles to `regexp_matches`, because DuckDB's `~`
  wants the whole text to match;
* the schema comes from the datasource (`schema_`), since a DuckDB address has no place for it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Literal

from duckdb_sqlalchemy import Dialect, DuckDBCompiler

from expectations.on_use import loaded_on_use

with loaded_on_use("altair", "jsonschema", "scipy.stats"):
    import great_expectations as gx

from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metadata_types import FailureSeverity
from sqlalchemy.dialects import postgresql, registry

from expectations.rules import NO_SUCH_ROWS, Rule

EXAMPLES = 3
"""How many offending rows a result quotes."""


ADDRESS = "?access_mode=read_only&autoinstall_known_extensions=false&autoload_known_extensions=false"
"""Nobody writes through the gate, and DuckDB fetches nothing from the network."""
LIGHT = 128 << 20
"""Bytes of a file that is light."""


class GateCompiler(DuckDBCompiler):
    """DuckDB SQL in which PostgreSQL's `~` searches, as Great Expectations means it."""

    def visit_custom_op_binary(self, element: Any, operator: Any, **kw: Any) -> str:
        if operator.opstring not in {"~", "!~"}:
            return str(super().visit_custom_op_binary(element, operator, **kw))  # type: ignore[no-untyped-call]
        searched = f"regexp_matches({self.process(element.left, **kw)}, {self.process(element.right, **kw)})"
        return f"NOT {searched}" if operator.opstring == "!~" else searched


class GateDialect(Dialect):
    """DuckDB's dialect with `GateCompiler`; registered for addresses `duckdbgate:///…`."""

    statement_compiler = GateCompiler
    supports_statement_cache = True


registry.register("duckdbgate", __name__, "GateDialect")


class GateEngine(SqlAlchemyExecutionEngine):
    """Execution engine that borrows PostgreSQL's dialect module, which decides how regex metrics are written."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dialect_module = postgresql


EngineClass = type[GateEngine]  # spelt out here: inside a datasource, `type` is a field


class GateDatasource(SQLDatasource):
    """Datasource over one schema of a DuckDB file.

    Declaring `type` registers `context.data_sources.add_duckdb_gate`.
    """

    type: Literal["duckdb_gate"] = "duckdb_gate"  # type: ignore[assignment] # how a datasource names its kind
    schema_name: str

    _EXTRA_EXCLUDED_EXEC_ENG_ARGS: ClassVar[set[str]] = {"schema_name"}

    @property
    def schema_(self) -> str:
        return self.schema_name

    @property
    def execution_engine_type(self) -> EngineClass:
        return GateEngine


class RowsBreakingRule(UnexpectedRowsExpectation):
    """A query that must find nothing; runs once and brings the count and a few examples.

    The stock expectation runs the query twice (rows, then their count) and hides the rows unless every result is
    fetched in full.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.table",)

    def _validate(
        self, metrics: dict[str, Any], runtime_configuration: Any = None, execution_engine: Any = None
    ) -> dict[str, Any]:
        del runtime_configuration, execution_engine
        rows = metrics["unexpected_rows_query.table"]
        found = rows[0]["_rows_found"] if rows else 0
        examples = [{name: value for name, value in row.items() if name != "_rows_found"} for row in rows]
        return {"success": found == 0, "result": {"observed_value": found, "details": {"examples": examples}}}


def validate(batch: Any, suite: str, rules: Sequence[Rule]) -> dict[str, Any]:
    """Run the rules as one suite on a batch; Great Expectations' result of each, by the rule's name."""
    asked = gx.ExpectationSuite(name=suite, expectations=[configured(rule, counting) for rule in rules])
    results = batch.validate(
        asked, result_format={"result_format": "BASIC", "partial_unexpected_count": EXAMPLES}
    ).results
    return {result.expectation_config.meta["name"]: result for result in results}


def configured(rule: Rule, asked: Callable[[str], str]) -> ExpectationConfiguration:
    """The rule for Great Expectations; `asked` turns the query for rows that break it into the one that is run."""
    kwargs = dict(rule.kwargs)
    if rule.expectation == NO_SUCH_ROWS:
        kwargs["unexpected_rows_query"] = asked(str(kwargs["unexpected_rows_query"]))
    return ExpectationConfiguration(
        type=rule.expectation,
        kwargs=kwargs,
        severity=FailureSeverity(rule.severity),
        description=rule.title,
        meta={"name": rule.name, "meaning": rule.meaning, "matters": rule.matters, "action": rule.action},
    )


def counting(query: str) -> str:
    """The rows query, cut to a few examples that each carry the count of all."""
    # Ordered by everything, so that the same data always shows the same examples.
    return f"SELECT *, count(*) OVER () AS _rows_found FROM ({query}) AS found ORDER BY ALL LIMIT {EXAMPLES}"


def _bare_context() -> Any:
    settings = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),  # nothing on disk, no documentation site
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )
    return gx.get_context(mode="ephemeral", project_config=settings)


class Warehouse:
    """A DuckDB file open to Great Expectations, read-only."""

    def __init__(self, path: Path, context: Any = None) -> None:
        self._path = path
        self._context = context or _bare_context()
        self._sources: dict[str, GateDatasource] = {}
        self._batches: dict[str, Any] = {}

    def batch(self, table: str) -> Any:
        """The whole of `schema.table` as a Great Expectations batch."""
        if table not in self._batches:
            self._batches[table] = self.whole(table).get_batch()
        return self._batches[table]

    def whole(self, table: str) -> Any:
        """What makes that batch; asked once a table."""
        schema, name = table.split(".")
        asset = self._source(schema).add_table_asset(name=table, table_name=name)
        return asset.add_batch_definition_whole_table("whole")

    def _source(self, schema: str) -> GateDatasource:
        if schema not in self._sources:
            self._sources[schema] = self._context.data_sources.add_duckdb_gate(
                name=schema,
                connection_string=f"duckdbgate:///{self._path.resolve()}{ADDRESS}{self._threads()}",
                schema_name=schema,
                kwargs={"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True},
            )
        return self._sources[schema]

    def _threads(self) -> str:
        """Of a light file each rule is answered by one thread in less time than by two that wait for each other."""
        return "&threads=1" if self._path.stat().st_size < LIGHT else ""

    def close(self) -> None:
        """Let go of the file: a connection left in a pool would refuse the next writer in this process."""
        for source in self._sources.values():
            source.get_execution_engine().close()
            source.get_engine().dispose()
        self._sources.clear()


@contextmanager
def opened(path: Path) -> Iterator[Warehouse]:
    """The warehouse, let go of whatever happens."""
    warehouse = Warehouse(path)
    try:
        yield warehouse
    finally:
        warehouse.close()
