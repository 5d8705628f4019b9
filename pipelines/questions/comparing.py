"""Reading two releases to compare them: their findings, and what differs between the nights that made them.

Belongs here: finding releases, and telling from manifests and contents what changed. Which change explains a finding is
`models.release_changes`.
"""

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from models.release_changes import STORED, Nights, changes, counted
from models.vocabulary import ClauseStatus
from pipelines.release import warehouse
from pipelines.release.home import Home
from pipelines.release.seal import manifest_of

TRACE = ("_file", "_sheet", "_row")


class NoSuchRelease(Exception):
    """A release that is not there; the message names those that are."""


@dataclass(frozen=True)
class Compared:
    """Two releases of a province and what changed between them."""

    province: str
    before: str
    after: str
    differing: tuple[str, ...]
    changes: pl.DataFrame
    counts: pl.DataFrame


def compare(home: Home, first: str, second: str) -> Compared:
    """Every finding that changed from the first release to the second, with the reason.

    Raises:
        NoSuchRelease: one of them is not there, or they are of two provinces.
    """
    old, new = _folder(home, first), _folder(home, second)
    if old.parent != new.parent:
        raise NoSuchRelease(f"{first} 属 {old.parent.name}，{second} 属 {new.parent.name}：不同省的发布不能相比。")
    known = (manifest_of(old), manifest_of(new))
    nights = _nights(old, new, *known)
    sql = f"SELECT {', '.join(STORED)} FROM audit.findings"
    before, after = (warehouse.query(folder / "warehouse.duckdb", sql) for folder in (old, new))
    changed = changes(before, after, nights)
    units = warehouse.query(new / "warehouse.duckdb", "SELECT unit_id, unit_name FROM core.dim_unit")
    return Compared(old.parent.name, old.name, new.name, tuple(_differing(*known)), changed, counted(changed, units))


def _folder(home: Home, name: str) -> Path:
    """A release by its id; `province/id` where two provinces have the same id."""
    folders = {folder.name: folder for folder in sorted((home.path / "releases").glob("*/*")) if folder.is_dir()}
    folders |= {f"{folder.parent.name}/{folder.name}": folder for folder in folders.values()}
    if name not in folders:
        plain = [key for key in folders if "/" not in key]
        near = difflib.get_close_matches(name, plain, n=5, cutoff=0) if plain else []
        listed = "\n".join(f"  {key}（{folders[key].parent.name}）" for key in near) or "  （一次也没有）"
        raise NoSuchRelease(f"{home.path} 里没有发布 {name}。最接近的是：\n{listed}")
    return folders[name]


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What is not the same about the two nights, in words."""
    words = []
    if old["as_of"] != new["as_of"]:
        words.append(f"截至日期 {old['as_of']} → {new['as_of']}")
    if _dumps(old) != _dumps(new):
        changed = {path for path, _ in _dumps(old) ^ _dumps(new)}
        words.append(f"转储文件 {len(changed)} 个不同")
    titles = {"policies": "条款文件", "code": "代码", "contracts": "数据规范"}
    versions = [(name, old["versions"].get(name), new["versions"].get(name)) for name in sorted(_named(old, new))]
    words += [f"{titles.get(name, name)} {was or '—'} → {now or '—'}" for name, was, now in versions if was != now]
    return words


def _named(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    return {*old["versions"], *new["versions"]}


def _dumps(manifest: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Dump files by name and content; the dated folder is no part of the name."""
    return {(Path(dump["path"]).name, dump["sha256"]) for dump in manifest["dumps"]}


def _nights(old: Path, new: Path, before: Mapping[str, Any], after: Mapping[str, Any]) -> Nights:
    versions = (before["versions"], after["versions"])
    is_other_rules = versions[0].get("policies") != versions[1].get("policies")
    others = {*versions[0], *versions[1]} - {"policies"}
    clauses = [_clauses(folder) for folder in (old, new)]
    judged = [{name for name, status in each.items() if status == ClauseStatus.EVALUATED} for each in clauses]
    by_rules = {name for name in judged[0] ^ judged[1] if not all(name in each for each in clauses)}
    by_rules |= {
        name for name in judged[0] ^ judged[1] if ClauseStatus.MANUAL in (clauses[0].get(name), clauses[1].get(name))
    }
    new_data = _clauses_with_new_data(old, new) if _dumps(before) != _dumps(after) else frozenset()
    return Nights(
        clauses_with_new_data=new_data,
        clauses_with_new_rules=frozenset(by_rules),
        is_other_day=before["as_of"] != after["as_of"],
        is_other_rules=is_other_rules,
        is_other_code=any(versions[0].get(name) != versions[1].get(name) for name in others),
    )


def _clauses(folder: Path) -> dict[str, str]:
    return dict(warehouse.query(folder / "warehouse.duckdb", "SELECT clause_id, status FROM audit.clauses").rows())


def _clauses_with_new_data(old: Path, new: Path) -> frozenset[str]:
    """Clauses any of whose source tables holds other rows now; all where a release has no account of sources."""
    sources = [_sources(folder) for folder in (old, new)]
    if not all(sources):
        return frozenset({*_clauses(old), *_clauses(new)})
    tables = {table for each in sources for names in each.values() for table in names}
    changed = {table for table in tables if _content(old, table) != _content(new, table)}
    clauses = {*sources[0], *sources[1]}
    return frozenset(
        clause for clause in clauses if changed & {*sources[0].get(clause, ()), *sources[1].get(clause, ())}
    )


def _sources(folder: Path) -> dict[str, set[str]]:
    """Source tables by clause; empty for a release made before they were stored."""
    path = folder / "warehouse.duckdb"
    if "audit.sources" not in warehouse.tables(path):
        return {}
    found: dict[str, set[str]] = {}
    for clause, table, link in warehouse.query(path, "SELECT clause_id, table_name, link FROM audit.sources").rows():
        on_the_way = {hop[1] for hop in json.loads(link or "[]") if len(hop) > 1}
        found.setdefault(clause, set()).update({table, *on_the_way})
    return found


def _content(folder: Path, table: str) -> tuple[object, ...]:
    """A fingerprint of a staged table's rows, whatever file and row they stood in."""
    path = folder / "warehouse.duckdb"
    schema = warehouse.query(path, f"SELECT * FROM staging.{table} LIMIT 0").columns
    columns = ", ".join(f'"{name}"' for name in schema if name not in TRACE)
    sql = f"SELECT count(*) AS rows, sum(hash({columns}))::VARCHAR AS content FROM staging.{table}"
    return warehouse.query(path, sql).row(0)
