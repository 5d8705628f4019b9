"""What each table holds, file by file, year by year, county by county; and what of the last release is missing.

Belongs here: asking the warehouse. What counts as missing is decided in models/staging/vanished.py.
"""

import logging
from collections.abc import Collection, Iterator
from pathlib import Path

import duckdb
import polars as pl

from models.contracts import Contract, contract, staging_contracts
from models.core.gaps import VANISHED
from models.core.succession import lapsed_codes
from models.staging.vanished import vanished
from pipelines.release import reuse, warehouse
from pipelines.release.build import Build
from pipelines.release.keep import last_readable

log = logging.getLogger("shixun")
HOLDINGS = "audit.holdings"


def take_account(build: Build, unread: Collection[str]) -> None:
    """Writes audit.holdings and audit.vanished of a night whose staging tables are in the warehouse."""
    holdings = warehouse.query(build.warehouse, " UNION ALL ".join(_queries()) + " ORDER BY ALL")
    now = holdings.cast({"rows": pl.Int64})
    before, lost = _last(build)
    lapsed = set(lapsed_codes(build.night.as_of))
    missing = vanished(before, now, lost, unread, lapsed)
    for name, frame in ((HOLDINGS, now), (VANISHED, missing)):
        schema = _schema(name)
        whole = frame.with_columns(province=pl.lit(build.province)).select(*schema).cast(schema)  # type: ignore[arg-type]
        build.write(name, whole.lazy())
        reuse.record_output(build, name, reuse.inputs_of(name, build.noted("dump")))
    warehouse.load(build.warehouse, [(name, build.parquet(name)) for name in (HOLDINGS, VANISHED)])


def _last(build: Build) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both tables of the last release; empty before the first one, and after one that did not keep them."""
    folder = last_readable(build.home, build.province)
    path = folder / "warehouse.duckdb" if folder else None
    known = _tables(path) if path else {}
    return tuple(  # type: ignore[return-value]
        warehouse.read(path, name).drop("province") if path and name in known else _empty(name)
        for name in (HOLDINGS, VANISHED)
    )


def _tables(path: Path) -> dict[str, int]:
    """The tables of a release's warehouse; none of one that is gone or rotten: tonight's release replaces it."""
    try:
        return warehouse.tables(path) if path.exists() else {}
    except duckdb.Error:
        log.warning("上次发布的数据仓读不出来，今夜无从比较哪些年度、县区或文件消失了。")
        return {}


def _schema(name: str) -> dict[str, pl.DataType]:
    return dict(contract("audit", name.removeprefix("audit.")).schema())


def _empty(name: str) -> pl.DataFrame:
    return pl.DataFrame(schema=_schema(name)).drop("province")


def _queries() -> Iterator[str]:
    """For each dump table its rows by file, and by year and county where the contract says how to find them."""
    for known in staging_contracts().values():
        yield _counted(known, "file", "NULL", "")
        for role in ("period", "place"):
            if getattr(known, role):
                yield _counted(known, role, *_path(known, role))


def _counted(known: Contract, kind: str, name: str, joined: str) -> str:
    """Rows by what `name` finds in the tables joined; before, they are counted by what they have of it themselves."""
    file = "NULL" if kind == "place" else "_file"
    own = [] if kind == "file" else [f'"{known.field(getattr(known, kind)).column}"']
    rows = f"SELECT {', '.join([*own, f'{file} AS file'])}, count(*) AS rows FROM staging.{known.table} GROUP BY ALL"
    return (
        f"SELECT '{known.table}' AS table_name, '{kind}' AS kind, ({name})::VARCHAR AS which, "
        f"t0.file::VARCHAR AS file, sum(t0.rows)::BIGINT AS rows FROM ({rows}) AS t0{joined} GROUP BY ALL"
    )


def _path(known: Contract, role: str) -> tuple[str, str]:
    """The expression of a row's year or unit, and the tables joined to come to it."""
    joined, step = "", 0
    while True:
        field = known.field(getattr(known, role))
        target = (field.references or "").partition(".")[0]
        if not target or target == "admin_unit":
            value = f't{step}."{field.column}"'
            return (f"year({value})" if field.type in ("date", "datetime") else value), joined
        known, step = staging_contracts()[target], step + 1
        key = known.field(known.key[0]).column
        joined += f' LEFT JOIN staging.{target} AS t{step} ON t{step - 1}."{field.column}" = t{step}."{key}"'
