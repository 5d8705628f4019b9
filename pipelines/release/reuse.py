"""Reusing tables of the release that readers have, where nothing that they are made of has changed.

A night begins with a copy of that release's warehouse. Each table, and each clause's findings, has a key: `inputs`
names all that it is a function of, `content` is the hash of its rows as written. A table whose inputs are those of
the release is left as it is; one that is made again and comes out the same stops the change there, because those
that read it look at its content only.

A check of the gate is known by the check itself and the content of the tables it looks at; its outcome comes over the
same way.

Belongs here: keys and what follows from them. What a table reads is said in models/tables.py; a release of other
code, law or contracts lends nothing.
"""

import hashlib
import json
import logging
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.release import warehouse
from pipelines.release.build import Build
from pipelines.release.seal import ReleaseDamaged, manifest_of, sha256_of

log = logging.getLogger("shixun")
KEYS = "keys"
CHECKS = "checks"
BEFORE = "before"


@dataclass(frozen=True)
class Key:
    """What a table was made of, and what came out."""

    inputs: str
    content: str


def begin(build: Build) -> None:
    """The night's warehouse: a copy of the readers' if made by tonight's code, law and contracts, else empty."""
    build.note(KEYS, {})
    build.note(CHECKS, {})
    build.note(BEFORE, _before(build))
    if not build.noted(BEFORE):
        build.warehouse.unlink(missing_ok=True)
        warehouse.create(build.warehouse)


def _before(build: Build) -> dict[str, Any]:
    """What the manifest of the copied release says of its tables; empty when none could be copied."""
    folder = build.home.current_release(build.province)
    if folder is None:
        return {}
    try:
        manifest = manifest_of(folder)
        if manifest["versions"] != build.facts["versions"] or KEYS not in manifest:
            return {}
        _copy(folder / "warehouse.duckdb", build.warehouse, manifest["outputs"])
    except ReleaseDamaged as damage:
        log.warning("%s今夜全部重算。", damage)
        return {}
    facts = (KEYS, CHECKS, "presence", "columns", "lots", "tables")
    return {"as_of": manifest["as_of"], **{fact: manifest.get(fact, {}) for fact in facts}}


def _copy(source: Path, target: Path, outputs: Mapping[str, str]) -> None:
    """Copies a warehouse; ReleaseDamaged when it is not what its manifest says."""
    if not source.exists():
        raise ReleaseDamaged(source.parent)
    shutil.copyfile(source, target)
    if sha256_of(target) != outputs.get(source.name):
        raise ReleaseDamaged(source.parent)


def inputs_of(*facts: object) -> str:
    """One name for all that a table is a function of."""
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def reuse_if_unchanged(build: Build, name: str, inputs: str) -> bool:
    """Whether the copied table (or clause) is what tonight would give; if so, records it as tonight's own."""
    if not is_as_before(build, name, inputs):
        return False
    _record(build, name, _keys_before(build)[name])
    return True


def record_output(build: Build, table: str, inputs: str) -> bool:
    """Records a table written tonight.

    Returns whether its rows differ from the copied table's, so that it must be loaded.
    """
    content = _hash_of(build.parquet(table))
    _record(build, table, Key(inputs, content))
    before = _keys_before(build).get(table)
    return before is None or before.content != content


def _hash_of(parquet: Path) -> str:
    """The hash of a table's file, or of all in its folder."""
    hashes = [sha256_of(file) for file in warehouse.files_of(parquet)]
    return hashes[0] if parquet.is_file() else inputs_of(hashes)


def record_made(build: Build, name: str, inputs: str) -> None:
    """Records what was made of such inputs (all findings, a table's profile): they stand for its content."""
    _record(build, name, Key(inputs, inputs))


def record_all(build: Build, keys: Mapping[str, Key]) -> None:
    """Records what was made of which inputs, and what is to stand for its content."""
    build.note(KEYS, build.noted(KEYS) | {name: vars(key) for name, key in keys.items()})


def was_made(build: Build, name: str) -> bool:
    """Whether the copied release has a table, or findings of a clause."""
    return name in _keys_before(build)


def is_as_before(build: Build, name: str, inputs: str) -> bool:
    """Whether the copied release made a table, or a clause's findings, of such inputs."""
    key = _keys_before(build).get(name)
    return key is not None and key.inputs == inputs


def content(build: Build, name: str) -> str:
    """The hash of a table's or clause's content, as recorded tonight."""
    return str(build.noted(KEYS)[name]["content"])


def record_change(build: Build, table: str, inputs: str, *, differs: bool) -> None:
    """Records a table of which only parts were made again, and whether any came out otherwise."""
    before = _keys_before(build)[table]
    _record(build, table, Key(inputs, inputs if differs else before.content))


def is_unchanged(build: Build, table: str) -> bool:
    """Whether a table made or carried over tonight has the rows of the copied release."""
    before = _keys_before(build).get(table)
    return before is not None and before.content == content(build, table)


def day_before(build: Build) -> date:
    """The as-of day of the copied release."""
    return date.fromisoformat(build.noted(BEFORE)["as_of"])


Checks = Mapping[str, tuple[object, tuple[str, ...]]]
"""By a check's name, what it asks and which tables it looks at."""


def unchanged_checks(build: Build, rules: Checks) -> frozenset[str]:
    """The checks whose outcome is sure to be as it was: they ask the same of tables that did not change.

    A check that looks at a table without a key is always run.
    """
    inputs = _inputs_of_checks(rules, {name: key["content"] for name, key in build.noted(KEYS).items()})
    build.note(CHECKS, {**(build.noted(CHECKS) or {}), **inputs})
    return _as_noted_before(build, inputs)


def checks_before(build: Build, rules: Checks) -> frozenset[str]:
    """The checks that were made of the copied release, and asked the same of its tables."""
    return _as_noted_before(
        build, _inputs_of_checks(rules, {name: key.content for name, key in _keys_before(build).items()})
    )


def _as_noted_before(build: Build, inputs: Mapping[str, str]) -> frozenset[str]:
    before: Mapping[str, str] = build.noted(BEFORE).get(CHECKS, {})
    return frozenset(name for name, key in inputs.items() if before.get(name) == key)


def _inputs_of_checks(rules: Checks, contents: Mapping[str, str]) -> dict[str, str]:
    """What the checks are known by, given the contents of tables; but those that look at one without."""
    return {
        name: inputs_of(asks, [(table, contents[table]) for table in tables])
        for name, (asks, tables) in rules.items()
        if all(table in contents for table in tables)
    }


def rows_before(build: Build, table: str) -> int:
    """How many rows a reused table has."""
    return int(build.noted(BEFORE)["tables"][table])


def presence_before(build: Build) -> Mapping[str, list[str]]:
    """Which fields of which staged tables had values in the copied release."""
    presence: Mapping[str, list[str]] = build.noted(BEFORE).get("presence", {})
    return presence


def lots_before(build: Build) -> Mapping[str, Mapping[str, list[str]]]:
    """Of which lots of files each staged table of the copied release is, and which files are in each."""
    lots: Mapping[str, Mapping[str, list[str]]] = build.noted(BEFORE).get("lots", {})
    return lots


def columns_before(build: Build) -> Mapping[str, list[str]]:
    """Which fields each dump table had a column for in the release that readers have, whatever code made it."""
    folder = build.home.current_release(build.province)
    try:
        known: Mapping[str, list[str]] = manifest_of(folder).get("columns", {}) if folder else {}
    except ReleaseDamaged:
        return {}
    return known


def of_table(build: Build, audit: str, table: str) -> pl.LazyFrame:
    """What an audit table of the copied release says of one dump table."""
    path = build.scratch / BEFORE / f"{audit}.parquet"
    if not path.exists():
        warehouse.export(build.warehouse, f"audit.{audit}", path)
    return pl.scan_parquet(path).filter(pl.col("table_name") == table)


def is_fresh(build: Build) -> bool:
    """Whether nothing could be carried over."""
    return not build.noted(BEFORE)


def clauses_before(build: Build) -> Iterable[str]:
    """Clauses that had findings in the copied release."""
    return [name.removeprefix(CLAUSE) for name in _keys_before(build) if name.startswith(CLAUSE)]


CLAUSE = "clause:"
"""Before a clause's id, where tables go by `schema.table`."""


def _keys_before(build: Build) -> dict[str, Key]:
    before = build.noted(BEFORE) or {}
    return {name: Key(**key) for name, key in before.get(KEYS, {}).items()}


def _record(build: Build, name: str, key: Key) -> None:
    record_all(build, {name: key})
