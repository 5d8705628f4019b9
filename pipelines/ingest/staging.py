"""From raw grids to typed tables, with every row accounted for.

Belongs here: reading grids, writing staging and audit tables of a build. What a cell means, which row is rejected and
which is a duplicate is decided in models/staging.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from models.contracts import Contract, contract, staging_contracts
from models.core.gaps import VANISHED
from models.findings import presence_of
from models.staging import LandedSheet, Problem, Resolved, as_frame, land_file, resolve_duplicates, row_counts
from pipelines.ingest.holdings import HOLDINGS, take_account
from pipelines.ingest.landing import Landed, Part, tables_of
from pipelines.ingest.raw_views import raw_view
from pipelines.ingest.typed import Typed, forget_others, lots_of, type_lot
from pipelines.release import drifting, parts, reuse, warehouse
from pipelines.release.build import Build, write_parquet

log = logging.getLogger("shixun")
AUDIT = ("row_counts", "rejects", "duplicates", "dropped_lines", "problems")
ACCOUNTS = (*(f"audit.{name}" for name in AUDIT), HOLDINGS, VANISHED, *drifting.TABLES)
Account = Mapping[str, Sequence[pl.LazyFrame]]
"""What is told of one dump table's rows, by audit table."""
Lots = Mapping[str, Sequence[str]]
"""The lots of files whose typed rows a staged table is, in the order of its files, with the labels of those in each."""


@dataclass(frozen=True)
class _Made:
    """One table as staged: its rows, what is told of them, its fields with a column, and its lots.

    No account where the table is carried over; no lots where rows were left out as duplicates: then the table is not
    its lots beside each other.
    """

    rows: int
    account: Account | None
    columns: list[str]
    lots: Lots


@dataclass(frozen=True)
class _Before:
    """What the last release said of its staged tables: fields with a column by table, lots by `staging.table`."""

    columns: Mapping[str, Sequence[str]]
    lots: Mapping[str, Lots]

    def made(self, table: str, rows: int) -> _Made:
        """A table that is carried over."""
        return _Made(rows, None, list(self.columns.get(table, [])), self.lots.get(f"staging.{table}", {}))


def stage_tables(build: Build, landed: Landed) -> dict[str, int]:
    """Types every table of the contracts, absent ones as empty; returns rows by `staging.table`.

    Also makes raw.* (text as landed, identity columns left out), audit.row_counts, rejects, duplicates, dropped_lines
    problems, holdings, vanished, profile, variation and drift, and notes which fields had any value (`presence`).
    """
    parts = tables_of(landed.parts)
    reuse.begin(build)
    before = _Before(reuse.columns_before(build), reuse.lots_before(build))
    made: dict[str, _Made] = {}
    views: dict[str, str | None] = {}
    with warehouse.Loading(build.warehouse) as loading:
        for table, known in staging_contracts().items():
            name, of_table = f"staging.{table}", parts.get(table, [])
            inputs = _inputs(build, name, of_table)
            if reuse.reuse_if_unchanged(build, name, inputs):
                made[table] = before.made(table, reuse.rows_before(build, name))
                continue
            with build.span(name):
                views[f"raw.{table}"] = None
                made[table] = _stage(build, known, of_table, views, before.columns.get(table, []))
            if reuse.record_output(build, name, inputs):
                _load(loading, build, name, made[table], before.lots.get(name, {}))
        with build.span("load.staging"):
            loading.finish()
            _write_accounts(build, made, landed)
            forget_others(build, parts)
            warehouse.show(build.warehouse, views)
    rows = {f"staging.{table}": one.rows for table, one in made.items()}
    with build.span("audit.holdings"):
        take_account(build, [problem.file for problem in landed.unreadable()])
    with build.span("audit.profile"):
        drifting.of_tables(build, rows)
    build.note("presence", _presence(build, parts))
    build.note("columns", {table: one.columns for table, one in made.items() if one.columns})
    build.note("lots", {f"staging.{table}": one.lots for table, one in made.items() if one.lots})
    return rows


def stage_alone(build: Build, landed: Landed, table: str) -> tuple[int, int]:
    """Types one table and loads it, without the accounts that all tables share; rows staged and rows rejected."""
    name, parts = f"staging.{table}", tables_of(landed.parts).get(table, [])
    views: dict[str, str | None] = {f"raw.{table}": None}
    with build.span(name):
        made = _stage(build, staging_contracts()[table], parts, views, [])
    reuse.record_output(build, name, _inputs(build, name, parts))
    warehouse.load_unordered(build.warehouse, [(name, build.parquet(name))])
    warehouse.show(build.warehouse, views)
    counts = [counted.collect() for counted in (made.account or {}).get("row_counts", [])]
    return made.rows, sum(int(counted["rows_rejected"].sum()) for counted in counts)


def _inputs(build: Build, name: str, parts: Sequence[Part]) -> str:
    """All that a staged table is a function of."""
    secret = reuse.inputs_of(build.home.identity_key().hex())
    return reuse.inputs_of(name, secret, [(part.label, part.sha256) for part in parts])


def _load(loading: warehouse.Loading, build: Build, name: str, made: _Made, before: Lots) -> None:
    """Loads a staged table; of one whose lots are partly those of the copied release, the others alone."""
    stay = [file for lot in made.lots if lot in before for file in made.lots[lot]]
    if not stay and not parts.is_compared(build, made.rows):
        loading.begin(name, build.parquet(name))
        return
    files = warehouse.files_of(build.parquet(name))
    new = [file for lot, file in zip(made.lots, files, strict=True) if lot not in before] if stay else files
    loading.change(name, warehouse.Kept("_file", stay), new, parts.place_of_differing(build, name))


def _gone(known: Contract, parts: Sequence[Part], now: Sequence[str], before: Sequence[str]) -> list[Problem]:
    """Columns that the last release had and tonight's files have not; a table that is gone whole is the gate's."""
    return [
        Problem(
            file=parts[0].label,
            table_name=known.table,
            column_name=name,
            reason_code="column_gone",
            reason=f"上一次发布有“{known.field(name).header}”列，今夜的文件都没有，请核对是否漏导或改了表头。",
            kind="skipped",
        )
        for name in before
        if now and name in known and name not in now
    ]


def _write_accounts(build: Build, made: Mapping[str, _Made], landed: Landed) -> None:
    """The audit tables: of each dump table what was found tonight, or for one carried over what was found then."""
    for audit in AUDIT:
        name = f"audit.{audit}"
        schema = contract("audit", audit).schema()
        frames = [
            frame
            for table, one in made.items()
            for frame in ([_told_before(build, audit, table)] if one.account is None else one.account[audit])
        ]
        if audit == "problems":
            frames.append(as_frame([*landed.problems, *landed.remarks]))
        of_province = [frame.with_columns(province=pl.lit(build.province)).select(*schema) for frame in frames]
        build.write(name, pl.concat([pl.LazyFrame(schema=schema), *of_province]))
    warehouse.load_unordered(build.warehouse, [(f"audit.{name}", build.parquet(f"audit.{name}")) for name in AUDIT])


def _told_before(build: Build, audit: str, table: str) -> pl.LazyFrame:
    """What an audit table of the release said of a dump table that was carried over; files are told of every night."""
    rows = reuse.of_table(build, audit, table)
    return rows.filter(pl.col("kind") != "file") if audit == "problems" else rows


def _presence(build: Build, tables: Iterable[str]) -> dict[str, list[str]]:
    """Which fields of the tables sent tonight have any value; tables without rows are left out."""
    before = reuse.presence_before(build)
    here = {table: build.parquet(f"staging.{table}") for table in tables}
    made = {table: _filled(path) for table, path in here.items() if path.exists()}
    known = {table: before[table] for table in here if table not in made and table in before}
    return {table: sorted(fields) for table, fields in sorted({**known, **made}.items()) if fields}


def _filled(table: Path) -> frozenset[str]:
    """Columns with any value, by the file's own count of nulls; of lists it has none, so that those are read."""
    accounts = [pq.read_metadata(file) for file in warehouse.files_of(table)]
    groups = [account.row_group(number) for account in accounts for number in range(account.num_row_groups)]
    filled, untold = set(), set()
    for number in range(accounts[0].num_columns):
        name, _, is_nested = accounts[0].schema.column(number).path.partition(".")
        told = [group.column(number).statistics for group in groups]
        if is_nested or any(each is None or not each.has_null_count for each in told):
            untold.add(name)
        elif any(each.null_count < group.num_rows for each, group in zip(told, groups, strict=True)):
            filled.add(name)
    read = presence_of({table.stem: pl.scan_parquet(table).select(sorted(untold))}) if untold else {}
    return read.get(table.stem, frozenset()) | filled


def _stage(
    build: Build, known: Contract, parts: Sequence[Part], views: dict[str, str | None], before: Sequence[str]
) -> _Made:
    """One table, from its grids to its parquet; its raw view goes to `views`. `before`: fields the last release had."""
    if not parts:
        return _absent(build, known)
    landed = {
        part.label: land_file(pl.scan_parquet(build.home.raw / part.grid), part.label, known, part.facts())
        for part in parts
    }
    sheets = [sheet for landing in landed.values() for sheet in landing.sheets]
    grids = [build.home.raw / part.grid for part in parts for _ in landed[part.label].sheets]
    views[f"raw.{known.table}"] = raw_view(known, sheets, grids)
    lots = [
        type_lot(build, known, lot, [sheet for part in lot for sheet in landed[part.label].sheets])
        for lot in lots_of(known, parts)
    ]
    resolved = resolve_duplicates(pl.scan_parquet([lot.rows for lot in lots]), known)
    count = _keep(build, f"staging.{known.table}", lots, resolved)
    rejects = pl.scan_parquet([lot.rejects for lot in lots])
    problems = [problem for part in parts for problem in (*part.problems(), *landed[part.label].problems)]
    problems += [*(problem for lot in lots for problem in lot.problems), *resolved.problems]
    for problem in problems:
        log.warning("%s：%s", problem.file, problem.reason)
    counts = row_counts(known, sheets, build.scan(f"staging.{known.table}"), rejects, resolved.duplicates)
    log.info("　%s %s 行", known.title, f"{count:,}")
    columns = sorted({name for sheet in sheets for name in sheet.match.columns})
    account: Account = {
        "row_counts": [counts.lazy()],
        "rejects": [rejects],
        "duplicates": [resolved.duplicates.lazy()],
        "dropped_lines": [_dropped(known, sheet) for sheet in sheets],
        "problems": [as_frame(problems), as_frame(_gone(known, parts, columns, before))],
    }
    is_whole = resolved.duplicates.is_empty()
    return _Made(count, account, columns, {lot.place.name: lot.files for lot in lots} if is_whole else {})


def _absent(build: Build, known: Contract) -> _Made:
    """A table that nobody sent: it has no rows, and there is nothing to tell of any."""
    file = build.scratch / "typed" / f"{known.table}.parquet"
    write_parquet(known.empty(), file)
    return _Made(build.put(f"staging.{known.table}", [file]), {audit: [] for audit in AUDIT}, [], {})


def _keep(build: Build, table: str, lots: Sequence[Typed], resolved: Resolved) -> int:
    """The staged table; where nothing was a duplicate the typed rows are it already, and are not written again."""
    if resolved.duplicates.is_empty():
        return build.put(table, [lot.rows for lot in lots])
    return build.write(table, resolved.rows)


def _dropped(known: Contract, sheet: LandedSheet) -> pl.LazyFrame:
    return sheet.set_apart.lazy().select(
        table_name=pl.lit(known.table), file="_file", sheet="_sheet", row_number="_row", reason_code="reason_code"
    )
