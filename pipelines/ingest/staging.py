"""From raw grids to typed tables, with every row accounted for.

Belongs here: reading grids, writing staging and audit tables of a build. What a cell means, which row is rejected and
which is a duplicate is decided in models/staging.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from models.contracts import Contract, contract, staging_contracts
from models.core.gaps import VANISHED
from models.findings import presence_of
from models.staging import LandedSheet, Problem, Resolved, as_frame, land_file, resolve_duplicates, row_counts, stage
from pipelines.ingest.holdings import HOLDINGS, take_account
from pipelines.ingest.landing import Landed, Part, tables_of
from pipelines.ingest.raw_views import raw_view
from pipelines.release import drifting, reuse, warehouse
from pipelines.release.build import Build

log = logging.getLogger("shixun")
AUDIT = ("row_counts", "rejects", "duplicates", "dropped_lines", "problems")
ACCOUNTS = (*(f"audit.{name}" for name in AUDIT), HOLDINGS, VANISHED, *drifting.TABLES)
Account = Mapping[str, Sequence[pl.LazyFrame]]
"""What is told of one dump table's rows, by audit table."""


def stage_tables(build: Build, landed: Landed) -> dict[str, int]:
    """Types every table of the contracts, absent ones as empty; returns rows by `staging.table`.

    Also makes raw.* (text as landed, identity columns left out), audit.row_counts, rejects, duplicates, dropped_lines
    problems, holdings, vanished, profile, variation and drift, and notes which fields had any value (`presence`).
    """
    parts = tables_of(landed.parts)
    reuse.begin(build)
    secret = reuse.inputs_of(build.home.identity_key().hex())
    rows: dict[str, int] = {}
    accounts: dict[str, Account | None] = {}
    views: dict[str, str | None] = {}
    before = reuse.columns_before(build)
    columns: dict[str, list[str]] = {}
    with warehouse.Loading(build.warehouse) as loading:
        for table, known in staging_contracts().items():
            name, of_table = f"staging.{table}", parts.get(table, [])
            inputs = reuse.inputs_of(name, secret, [(part.label, part.sha256) for part in of_table])
            if reuse.reuse_if_unchanged(build, name, inputs):
                rows[name], accounts[table] = reuse.rows_before(build, name), None
                columns[table] = list(before.get(table, []))
                continue
            with build.span(name):
                views[f"raw.{table}"] = None
                rows[name], account, columns[table] = _stage(build, known, of_table, views)
                gone = as_frame(_gone(known, of_table, columns[table], before.get(table, [])))
                accounts[table] = {**account, "problems": [*account["problems"], gone]}
            if reuse.record_output(build, name, inputs):
                loading.begin(name, build.parquet(name))
        with build.span("load.staging"):
            loading.finish()
            _write_accounts(build, accounts, landed)
            warehouse.show(build.warehouse, views)
    with build.span("audit.holdings"):
        take_account(build, [problem.file for problem in landed.unreadable()])
    with build.span("audit.profile"):
        drifting.of_tables(build, rows)
    build.note("presence", _presence(build, parts))
    build.note("columns", {table: found for table, found in columns.items() if found})
    return rows


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


def _write_accounts(build: Build, accounts: Mapping[str, Account | None], landed: Landed) -> None:
    """The audit tables: of each dump table what was found tonight, or for one carried over what was found then."""
    for audit in AUDIT:
        name = f"audit.{audit}"
        schema = contract("audit", audit).schema()
        frames = [
            frame
            for table, found in accounts.items()
            for frame in ([_before(build, audit, table)] if found is None else found[audit])
        ]
        if audit == "problems":
            frames.append(as_frame([*landed.problems, *landed.remarks]))
        of_province = [frame.with_columns(province=pl.lit(build.province)).select(*schema) for frame in frames]
        build.write(name, pl.concat([pl.LazyFrame(schema=schema), *of_province]))
    warehouse.load_unordered(build.warehouse, [(f"audit.{name}", build.parquet(f"audit.{name}")) for name in AUDIT])


def _before(build: Build, audit: str, table: str) -> pl.LazyFrame:
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
    account = pq.read_metadata(table)
    groups = [account.row_group(number) for number in range(account.num_row_groups)]
    filled, untold = set(), set()
    for number in range(account.num_columns):
        name, _, is_nested = account.schema.column(number).path.partition(".")
        told = [group.column(number).statistics for group in groups]
        if is_nested or any(each is None or not each.has_null_count for each in told):
            untold.add(name)
        elif any(each.null_count < group.num_rows for each, group in zip(told, groups, strict=True)):
            filled.add(name)
    read = presence_of({table.stem: pl.scan_parquet(table).select(sorted(untold))}) if untold else {}
    return read.get(table.stem, frozenset()) | filled


def _stage(
    build: Build, known: Contract, parts: Sequence[Part], views: dict[str, str | None]
) -> tuple[int, Account, list[str]]:
    """One table, from its grids to its parquet: rows, account, fields with a column; its raw view goes to `views`."""
    sheets: list[LandedSheet] = []
    grids: list[Path] = []
    problems: list[Problem] = []
    for part in parts:
        landing = land_file(pl.scan_parquet(build.home.raw / part.grid), part.label, known, part.facts())
        sheets += landing.sheets
        grids += [build.home.raw / part.grid] * len(landing.sheets)
        problems += [*part.problems(), *landing.problems]
    if parts:
        views[f"raw.{known.table}"] = raw_view(known, sheets, grids)
    staged = stage(sheets, known, build.province, build.home.identity_key())
    typed, rejects = f"typed.{known.table}", f"rejects.{known.table}"
    build.write(typed, staged.rows)
    build.write(rejects, staged.rejects)
    resolved = resolve_duplicates(build.scan(typed), known)
    count = _keep(build, typed, f"staging.{known.table}", resolved)
    problems += [*staged.problems, *resolved.problems]
    for problem in problems:
        log.warning("%s：%s", problem.file, problem.reason)
    counts = row_counts(known, sheets, build.scan(f"staging.{known.table}"), build.scan(rejects), resolved.duplicates)
    if parts:
        log.info("　%s %s 行", known.title, f"{count:,}")
    columns = sorted({name for sheet in sheets for name in sheet.match.columns})
    account: Account = {
        "row_counts": [counts.lazy()],
        "rejects": [build.scan(rejects)],
        "duplicates": [resolved.duplicates.lazy()],
        "dropped_lines": [_dropped(known, sheet) for sheet in sheets],
        "problems": [as_frame(problems)],
    }
    return count, account, columns


def _keep(build: Build, typed: str, table: str, resolved: Resolved) -> int:
    """The staged table; where nothing was a duplicate the typed rows are it already, and are not written again."""
    if not resolved.duplicates.is_empty():
        count = build.write(table, resolved.rows)
        build.parquet(typed).unlink()
        return count
    build.parquet(table).parent.mkdir(parents=True, exist_ok=True)
    build.parquet(typed).rename(build.parquet(table))
    return build.count(table)


def _dropped(known: Contract, sheet: LandedSheet) -> pl.LazyFrame:
    return sheet.set_apart.lazy().select(
        table_name=pl.lit(known.table), file="_file", sheet="_sheet", row_number="_row", reason_code="reason_code"
    )
