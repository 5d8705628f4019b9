"""The account a release takes of itself, and what of it is beyond the usual beside the release before.

Belongs here: which release is the one before, reading and writing. What is measured, usual and said is in models/drift.

The release before is the newest one whose snapshot is not younger than tonight's, so that a night made up for an
earlier day is compared with what was known then; a release that is made again is not compared with itself.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl

from models.contracts import contract, staging_contracts
from models.core.succession import lapsed_codes
from models.drift.figures import Causes, Law, drift_of_figures, figure_steps, whole
from models.drift.places import columns_to_place, tables_to_place
from models.drift.profile import PROFILE, Measure, profile, refused_cells
from models.drift.steps import STEP, Account, of_data
from models.drift.telling import DRIFT, ROSTERS, Told, drift_of_data, roster_ids
from models.drift.usual import VARIATION, Between, beyond, remembered
from pipelines.release import reuse, warehouse
from pipelines.release.build import Build
from pipelines.release.keep import readable
from pipelines.release.seal import manifest_of

log = logging.getLogger("shixun")
ACCOUNT: Final = "audit.profile"
PAST: Final = "audit.variation"
TOLD: Final = "audit.drift"
TABLES: Final = (ACCOUNT, PAST, TOLD)
HOLDINGS: Final = "audit.holdings"
FIGURES: Final = "marts.public_measure"
STEPS: Final = "tonight.steps"
"""Steps of the dump's tables, for the figures' sake remembered until these are known."""
SENTENCES: Final = 12
"""So many sentences go into the journal and into a notice."""


@dataclass(frozen=True)
class Base:
    """The release before: its folder, manifest, and the steps of nights until then."""

    folder: Path
    manifest: Mapping[str, Any]
    variation: pl.DataFrame

    @property
    def path(self) -> Path:
        return self.folder / "warehouse.duckdb"

    def between(self, build: Build) -> Between:
        return Between(date.fromisoformat(self.manifest["as_of"]), build.night.as_of)


def of_tables(build: Build, rows: Mapping[str, int]) -> None:
    """Writes the account of a night whose staging tables and holdings are there, and what drifted in them.

    rows: how many each staging table has, by `staging.table`.
    """
    ids = roster_ids(lambda table: build.scan(f"staging.{table}"), lapsed_codes(build.night.as_of))
    units = _unit_names(build)
    of_units = pl.col("unit_id").is_null() | pl.col("unit_id").is_in(list(units))
    taken = _profile(build, rows).filter(of_units)  # no cell's content where a row names no known unit
    now = Account(taken, build.scan(HOLDINGS).collect(), ids, pl.DataFrame())
    base = _base(build)
    steps, drift = pl.DataFrame(schema=STEP), pl.DataFrame(schema=DRIFT)
    if base is not None:
        before = _account(base, build, now)
        steps = of_data(before, now, units)
        found = beyond(steps, base.variation, base.between(build))
        drift = drift_of_data(found, Told(steps, before, now, units))
    build.write(STEPS, steps.lazy())
    _write(build, ACCOUNT, taken)
    _write(build, PAST, _remembered(build, base, steps))
    _write(build, TOLD, drift)
    warehouse.load(build.warehouse, [(name, build.parquet(name)) for name in TABLES])


def of_figures(build: Build) -> None:
    """Adds what drifted in the published figures, and which law is another, to a night's account."""
    base = _base(build)
    if base is None:
        return
    data = build.scan(TOLD).select(*DRIFT).collect()
    now = build.scan(FIGURES).collect()
    before = _read(base.path, FIGURES, now.schema)
    between = base.between(build)
    steps = figure_steps(before, now, between)
    causes = Causes(_law(build, base.manifest), data)
    drift = drift_of_figures(steps, base.variation, between, causes, _unit_names(build))
    every = pl.concat([build.scan(STEPS).collect(), whole(steps)])
    _write(build, PAST, _remembered(build, base, every))
    _write(build, TOLD, pl.concat([data, drift]))
    warehouse.load(build.warehouse, [(name, build.parquet(name)) for name in (PAST, TOLD)])


def sentences(build: Build) -> list[str]:
    """What is told of drift so far this night, the first few; empty where nothing is."""
    if not build.parquet(TOLD).exists():
        return []
    told: list[str] = build.scan(TOLD).select("sentence").collect()["sentence"].to_list()
    more = len(told) - SENTENCES
    return told if more <= 0 else [*told[:SENTENCES], f"另有 {more} 处，见数据质量页。"]


def _write(build: Build, name: str, frame: pl.DataFrame) -> None:
    schema = contract("audit", name.removeprefix("audit.")).schema()
    whole_frame = frame.with_columns(province=pl.lit(build.province)).select(
        pl.col(column).cast(kind) for column, kind in schema.items()
    )
    build.write(name, whole_frame.lazy())


def _remembered(build: Build, base: Base | None, steps: pl.DataFrame) -> pl.DataFrame:
    if base is None:
        return pl.DataFrame(schema=VARIATION)
    return remembered(steps, base.variation, base.between(build))


def _profile(build: Build, rows: Mapping[str, int]) -> pl.DataFrame:
    """The account of every table with rows; of one whose rows and places are what they were, as it was."""
    parts = [pl.DataFrame(schema=PROFILE)]
    for table, known in staging_contracts().items():
        name = f"profile:{table}"
        places = tables_to_place(table)
        inputs = reuse.inputs_of(name, [reuse.content(build, f"staging.{each}") for each in places])
        if reuse.reuse_if_unchanged(build, name, inputs):
            then = reuse.of_table(build, "profile", table).filter(pl.col("measure") != Measure.REFUSED)
            parts.append(then.select(*PROFILE).collect())
            continue
        if rows[f"staging.{table}"]:
            scan = build.scan(f"staging.{table}")
            parts.append(profile(known, scan, rows[f"staging.{table}"], lambda each: build.scan(f"staging.{each}")))
        reuse.record_made(build, name, inputs)
    parts.append(refused_cells(build.scan("audit.rejects"), build.scan("audit.row_counts")))
    return pl.concat(parts)


def _base(build: Build) -> Base | None:
    """The release before; None at first, and where those that are kept are younger or cannot be read."""
    found: list[tuple[date, Path, Mapping[str, Any]]] = []
    for folder in readable(build.home, build.province):
        manifest: Mapping[str, Any] = manifest_of(folder)
        as_of = date.fromisoformat(manifest["as_of"])
        if manifest["release"] != build.facts["release"] and as_of <= build.night.as_of:
            found.append((as_of, folder, manifest))
    for _, folder, manifest in sorted(found, key=lambda each: each[0], reverse=True):
        path = folder / "warehouse.duckdb"
        try:
            if path.exists() and _has_account(path):
                return Base(folder, manifest, _read(path, PAST, VARIATION))
        except duckdb.Error:
            log.warning("发布 %s 的数据仓读不出来，今夜不与它比较各列的变化。", folder.name)
    return None


def _has_account(path: Path) -> bool:
    """Whether a release took account of itself; older ones did not."""
    held = "SELECT count(*) AS n FROM duckdb_tables() WHERE schema_name || '.' || table_name IN (SELECT unnest(?))"
    return bool(warehouse.query(path, held, [list(TABLES)])["n"][0] == len(TABLES))


def _account(base: Base, build: Build, now: Account) -> Account:
    taken = _read(base.path, ACCOUNT, PROFILE)
    held = _read(base.path, HOLDINGS, now.holdings.schema)
    return Account(taken, held, _ids_before(base, build, now.ids), pl.DataFrame())


def _read(path: Path, table: str, wanted: pl.Schema) -> pl.DataFrame:
    """A table of an earlier release in tonight's shape; what another version did not write is unknown."""
    found = warehouse.read(path, table)
    unknown = [pl.lit(None, kind).alias(name) for name, kind in wanted.items() if name not in found.columns]
    return found.with_columns(unknown).select(pl.col(name).cast(kind) for name, kind in wanted.items())


def _ids_before(base: Base, build: Build, now: pl.DataFrame) -> pl.DataFrame:
    """The ids of the release before: tonight's, where no roster's content has changed."""
    tables = {each for table in ROSTERS for each in tables_to_place(table)}
    known = base.manifest.get("keys") or {}
    if all(
        known.get(f"staging.{each}", {}).get("content") == reuse.content(build, f"staging.{each}") for each in tables
    ):
        return now

    def read(table: str) -> pl.LazyFrame:
        columns = ", ".join(f'"{name}"' for name in columns_to_place(table))
        return warehouse.query(base.path, f"SELECT {columns} FROM staging.{table}").lazy()

    try:
        return roster_ids(read, lapsed_codes(build.night.as_of))
    except duckdb.Error:  # a release of other contracts has no such column
        log.warning("发布 %s 的名册与现在的数据规范不同，今夜不比较名册。", base.folder.name)
        return now


def _unit_names(build: Build) -> dict[str, str]:
    """The name of every unit of the dump; of one without a name its code."""
    units = build.scan("staging.admin_unit").select("unit_id", pl.coalesce("unit_name", "unit_id")).collect()
    return dict(units.iter_rows())


def _law(build: Build, before: Mapping[str, Any]) -> Law:
    """What differs in law, program and dump between the two nights."""
    laws: tuple[list[dict[str, Any]], ...] = (before.get("law", []), build.facts["law"])
    then, now = ({one["id"]: one for one in law} for law in laws)
    differing = {
        f"《{(now.get(name) or then[name])['title']}》": "是新增的"
        if name not in then
        else "不再收入"
        if name not in now
        else "的内容已改"
        for name in sorted({*then, *now} if then else ())
        if _hashes(then.get(name)) != _hashes(now.get(name))
    }
    versions = (before["versions"], build.facts["versions"])
    others = {*versions[0], *versions[1]} - {"policies"}
    dumps = [
        {(Path(path).name, sha) for path, sha in each}
        for each in (_files(before["dumps"]), _files(map(vars, build.dumps)))
    ]
    return Law(differing, any(versions[0].get(name) != versions[1].get(name) for name in others), dumps[0] == dumps[1])


def _hashes(document: Mapping[str, Any] | None) -> tuple[str, str] | None:
    return None if document is None else (document["sha256"], document["text_sha256"])


def _files(dumps: Any) -> list[tuple[str, str]]:
    return [(each["path"], each["sha256"]) for each in dumps]
