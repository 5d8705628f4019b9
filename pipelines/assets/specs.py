"""How a table appears as an asset: key, group, owner, description, columns, who it comes from.

Belongs here: what all layers' assets share, among it the deployment's folders. What a layer does is in the file named
for it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from types import MappingProxyType
from typing import Any

import dagster as dg

from models.contracts import Contract, all_contracts
from models.law import provinces
from pipelines.release.build import Build, start_build
from pipelines.release.column_lineage import kept_lineage
from pipelines.release.home import Home

CONTRACTS = all_contracts()


class ProvincesOnFile(dg.StaticPartitionsDefinition):
    """A partition for each province whose law is on file, asked anew each time: law may be added while we run.

    The pages of Dagster show a new one once the code location was reloaded; schedule and sensor know it at once.
    """

    def __init__(self) -> None:
        super().__init__(list(provinces()))

    def get_partition_keys(self, *_: object, **__: object) -> Sequence[str]:
        return list(provinces())

    def filter_valid_partition_keys(self, partition_keys: set[str]) -> AbstractSet[str]:
        return partition_keys & set(provinces())


PROVINCES = ProvincesOnFile()
OWNERS = ["team:data-platform"]
RETRIES = dg.RetryPolicy(max_retries=1, delay=2)


class Deployment(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The folders a night works with."""

    home: str
    dumps: str

    @property
    def data_home(self) -> Home:
        return Home(Path(self.home))

    @property
    def dump_folder(self) -> Path:
        return Path(self.dumps)


def table_key(table: str) -> dg.AssetKey:
    """`schema.table` as an asset key."""
    return dg.AssetKey(table.split("."))


def table_spec(
    table: str, contract: Contract | None, deps: Iterable[str], *, kinds: set[str], description: str | None = None
) -> dg.AssetSpec:
    """The asset of one table, with its Chinese title, grain and columns from the contract."""
    schema = table.partition(".")[0]
    title = f"{contract.title}：{contract.description or contract.grain}" if contract else ""
    return dg.AssetSpec(
        table_key(table),
        deps=[table_key(dep) for dep in deps],
        description=description or title or None,
        group_name=schema,
        owners=OWNERS,
        kinds=kinds,
        metadata={"dagster/column_schema": column_schema(contract)} if contract else {},
        partitions_def=PROVINCES,
    )


def column_schema(contract: Contract) -> dg.TableSchema:
    """The contract's fields as Dagster shows them."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                field.column,
                str(field.dtype),
                description="；".join(filter(None, [field.header, field.unit, field.description])),
                constraints=dg.TableColumnConstraints(
                    nullable=not field.required, unique=contract.key == (field.name,)
                ),
            )
            for field in contract.fields
        ]
    )


def token_of(run_id: str) -> str:
    """How a run is named in build folders and in the journal."""
    return run_id[:8]


def build_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext, deployment: Deployment) -> Build:
    """The build folder of this run's province."""
    return start_build(deployment.data_home.prepare(), context.partition_key, token_of(context.run.run_id))


def lineage_said(build: Build, tables: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Of each table what its columns were read from, as far as that was derived by this code, law and contracts."""
    kept = kept_lineage(build.home, build.province, build.facts["versions"])
    return {
        table: {
            "dagster/column_lineage": dg.TableColumnLineage(
                {column: list(_column_deps(sources)) for column, sources in kept[table].items()}
            )
        }
        for table in tables
        if table in kept
    }


def _column_deps(sources: Mapping[str, Sequence[str]]) -> Iterator[dg.TableColumnDep]:
    for table, columns in sources.items():
        yield from (dg.TableColumnDep(asset_key=table_key(table), column_name=column) for column in columns)


def results(
    build: Build,
    tables: Mapping[str, int],
    *,
    reused: Iterable[str] = (),
    said: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> Iterator[dg.MaterializeResult[None]]:
    """One result a table with its rows and what it cost; a table whose inputs did not change says so instead.

    said: what else there is to say of tables, by table and title; figures are drawn by Dagster night after night.
    """
    spans = build.spans()
    for table, rows in tables.items():
        cost = {"耗时（秒）": spans[table]["seconds"]} if table in spans else {}
        more = said.get(table, {})
        yield dg.MaterializeResult(asset_key=table_key(table), metadata={"dagster/row_count": rows, **cost, **more})
    for table in reused:
        same = {"沿用": "转储、规则与代码都没有变", **said.get(table, {})}
        yield dg.MaterializeResult(asset_key=table_key(table), metadata=same)
