"""A table made alone, to look at: in a build of its own that stands on the readers' release and is never published.

Belongs here: what such a build stands on, and what is told of a table made in it: counts, never a cell. Which tables
are made, and by what, is the layers' affair.
"""

import atexit
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pipelines.release import reuse, warehouse
from pipelines.release.build import Build, clear_release, discard_build
from pipelines.release.seal import is_whole, manifest_of
from pipelines.release.versions import versions

STANDS_ON = "stands_on"
"""The note that says of which release the tables are that were not made anew."""


class NothingToStandOn(Exception):
    """A table cannot be made alone: what it reads is not there."""


@dataclass(frozen=True)
class Difference:
    """A table beside the same table of the release: rows only here and only there; None where their columns differ."""

    rows_before: int
    new: int | None = None
    gone: int | None = None


def begin_trial(build: Build, day: date | None = None) -> None:
    """Lays a copy of the readers' release under a build; done again it changes nothing.

    day: the dump's, for a province without a release: its build begins empty.

    Raises:
        NothingToStandOn: there is no release, nor a day.
    """
    if build.noted("night") is not None:
        return
    folder = build.home.current_release(build.province)
    if folder is None and day is None:
        raise NothingToStandOn("这个省还没有发布，单独一张表没有上游可取：请先跑一夜")
    if folder is not None and not is_whole(folder):
        raise NothingToStandOn("现行发布已损坏，单独一张表没有上游可取：请先运行 shixun doctor")
    atexit.register(discard_build, build)  # a copy of a warehouse is large, and nobody reads it afterwards
    clear_release(build)
    manifest = manifest_of(folder) if folder else {}
    if folder:
        shutil.copyfile(folder / "warehouse.duckdb", build.warehouse)
    else:
        warehouse.create(build.warehouse)
    known = versions(build.province)
    as_of = manifest.get("as_of") or day.isoformat()  # type: ignore[union-attr] # one of them is there
    build.note(reuse.KEYS, manifest.get(reuse.KEYS, {}))
    build.note(reuse.CHECKS, {})
    build.note(reuse.BEFORE, {})
    build.note("presence", manifest.get("presence", {}))
    build.note("accepted", [])
    build.note(STANDS_ON, {"release": manifest.get("release"), "is_ours": manifest.get("versions") == known})
    build.note("night", {"as_of": as_of, "release": "trial", "versions": known, "unchanged": False})


def insist_on(build: Build, tables: Iterable[str]) -> None:
    """Raises NothingToStandOn unless all of these tables are in the build, made anew or of the release."""
    lacking = [table for table in tables if not build.has(table)]
    if lacking:
        raise NothingToStandOn(f"现行发布里没有 {'、'.join(lacking)}：请先跑一夜，或把这些表一并选上")


def stands_on(build: Build) -> str:
    """In words, whence the tables are that were not made anew."""
    base = build.noted(STANDS_ON)
    if base["release"] is None:
        return "还没有发布：只用这次一并选中的表"
    other = "" if base["is_ours"] else "（由另一版程序、政策或契约产生）"
    return f"没有选中的上游取自现行发布 {base['release']}{other}"


def filled(build: Build, table: str) -> list[tuple[str, str, int, int]]:
    """Of each column its name, type, how many rows have a value, and about how many values there are."""
    return warehouse.filled(build.warehouse, table)


def beside_release(build: Build, table: str) -> Difference | None:
    """What differs from the table that readers have; None where they have none."""
    folder = build.home.current_release(build.province)
    if folder is None or table not in warehouse.tables(folder / "warehouse.duckdb"):
        return None
    return Difference(*warehouse.differing(build.warehouse, folder / "warehouse.duckdb", table))
