"""Typed rows of large dump files, kept from one night to the next.

What a file's cells mean depends on its bytes, the code, the contracts and the home's key alone, so that of a table of
a hundred files of which one grew, that one is typed again. Small files of a table are typed together and seldom worth
keeping; a table with a ratio is typed whole, since bare figures in it are read by their median (`parser_of`).

Belongs here: which files are typed together, HOME/raw/typed, and when what lies there may be used. How a cell is
read is in models/staging; HOME/raw/typed can be removed at any time and costs the next night its typing.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import polars as pl

from models.contracts import Contract, staging_contracts
from models.staging import LandedSheet, Problem, reversed_spans, stage
from pipelines.ingest.landing import Part
from pipelines.release import reuse
from pipelines.release.build import Build, write_parquet
from pipelines.release.seal import sha256_of

log = logging.getLogger("shixun")
LARGE: Final = 20_000
"""Rows from which on a file is typed by itself, and typed rows are kept."""
OTHER_THAN_TYPING: Final = frozenset({"policies"})
"""Of a night's versions those by which no cell is read otherwise."""


@dataclass(frozen=True)
class Typed:
    """Where the typed rows and the rejects of some files lie, and what was assumed in reading their cells.

    `place` names all that they are a function of; `files` are the labels of the files, whose rows have them as `_file`.
    """

    place: Path
    files: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def rows(self) -> Path:
        return self.place.with_suffix(".rows.parquet")

    @property
    def rejects(self) -> Path:
        return self.place.with_suffix(".rejects.parquet")


def lots_of(known: Contract, parts: Sequence[Part]) -> list[list[Part]]:
    """The files of a table that are typed together, in the files' order."""
    if any(field.type == "ratio" for field in known.fields):
        return [list(parts)]
    small = [part for part in parts if part.rows < LARGE]
    alone = [[part] for part in parts if part.rows >= LARGE]
    return sorted([*alone, small] if small else alone, key=lambda lot: parts.index(lot[0]))


def type_lot(build: Build, known: Contract, lot: Sequence[Part], sheets: Sequence[LandedSheet]) -> Typed:
    """The typed rows of a lot: as kept on an earlier night, else typed now, and kept if it is large."""
    place, files = _place(build, known, lot), tuple(part.label for part in lot)
    problems = _kept(place)
    return Typed(place, files, _type(build, known, place, sheets) if problems is None else problems)


def forget_others(build: Build, parts: Mapping[str, Sequence[Part]]) -> None:
    """Removes what is kept of a province and was not made of tonight's files, given by table."""
    contracts = staging_contracts()
    lots = ((contracts[table], lot) for table, of_table in parts.items() for lot in lots_of(contracts[table], of_table))
    wanted = {_place(build, known, lot).name for known, lot in lots}
    for path in build.home.typed(build.province).glob("*"):
        if path.name.partition(".")[0] not in wanted:
            path.unlink(missing_ok=True)


def _place(build: Build, known: Contract, lot: Sequence[Part]) -> Path:
    """Where a lot's typed rows lie, without the endings; named by all that they are a function of."""
    versions = {name: each for name, each in build.facts["versions"].items() if name not in OTHER_THAN_TYPING}
    files = [(part.label, part.sha256, asdict(part.facts())) for part in lot]
    key = reuse.inputs_of(known.table, build.province, build.home.identity_key().hex(), versions, files)
    is_large = sum(part.rows for part in lot) >= LARGE
    folder = build.home.typed(build.province) if is_large else build.scratch / "typed"
    return folder / f"{known.table}-{key[:32]}"


def _type(build: Build, known: Contract, place: Path, sheets: Sequence[LandedSheet]) -> tuple[Problem, ...]:
    """Types the rows of a lot; returns what was assumed in reading them."""
    staged = stage(sheets, known, build.province, build.home.identity_key())
    note = place.with_suffix(".json")
    note.unlink(missing_ok=True)  # what is half written is vouched for by nothing
    made = Typed(place, (), ())
    write_parquet(staged.rows, made.rows)
    write_parquet(staged.rejects, made.rejects)
    problems = (*staged.problems, *reversed_spans(pl.scan_parquet(made.rows), known))
    if place.is_relative_to(build.home.typed(build.province)):
        facts = {"hashes": _hashes(made), "problems": [asdict(problem) for problem in problems]}
        aside = note.with_suffix(".new")
        aside.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
        aside.replace(note)
    return problems


def _kept(place: Path) -> tuple[Problem, ...] | None:
    """What an earlier night assumed in typing; None when it typed nothing, or that is no longer what was written."""
    note = place.with_suffix(".json")
    if not note.exists():
        return None
    try:
        facts = json.loads(note.read_text(encoding="utf-8"))
        problems = tuple(Problem(**problem) for problem in facts["problems"])
        if _hashes(Typed(place, (), problems)) == facts["hashes"]:
            return problems
    except (OSError, ValueError, KeyError, TypeError):
        pass  # a note that cannot be read vouches for nothing
    log.warning("%s 与写入时的校验和不符（文件损坏或被改动），将重新规整。", place.name)
    return None


def _hashes(typed: Typed) -> list[str]:
    return [sha256_of(path) for path in (typed.rows, typed.rejects)]
