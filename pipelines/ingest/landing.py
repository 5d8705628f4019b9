"""Tonight's dump files become raw grids: every file once, found again by its sha256.

Belongs here: which files are there, which table each belongs to by its name, and keeping what was read. How bytes
become a grid is in reading/; what the cells mean is in models/staging.
"""

import json
import logging
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from models.contracts import match_table, staging_contracts
from pipelines.ingest.reading import (
    DumpFile,
    Problem,
    Snapshot,
    UnreadableFile,
    find_snapshot,
    read_grid,
    remove_leftovers,
    sha256,
)
from pipelines.release.build import DumpEntry
from pipelines.release.home import Home
from pipelines.release.seal import sha256_of

log = logging.getLogger("shixun")
READERS = 3
"""One more than two cores can keep busy: of three files one is being checked or put safely on disk."""
READING = "reading"


class NoDump(Exception):
    """Nothing of this province's dump could be read; the message says what was looked for."""


@dataclass(frozen=True)
class Part:
    """One dump file that was read: where it came from, what it is part of, and its grid."""

    label: str
    sha256: str
    size: int
    table: str
    grid: str
    rows: int
    sheets: Sequence[str]


@dataclass(frozen=True)
class Landed:
    """A province's snapshot as it was read tonight."""

    as_of: date
    folder: str
    parts: Sequence[Part]
    problems: Sequence[dict[str, str | None]]
    """Files that were not read, as audit.problems rows."""

    def dumps(self) -> list[DumpEntry]:
        """The files as the manifest names them."""
        return [DumpEntry(f"{self.folder}/{p.label}", p.sha256, p.size, p.rows) for p in self.parts]

    def unread(self) -> list[str]:
        """Of each file that was not read, its name and why."""
        return [f"{problem['file']}: {problem['reason']}" for problem in self.problems]

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "as_of": self.as_of.isoformat()}

    @staticmethod
    def from_json(facts: dict[str, object]) -> "Landed":
        parts = [Part(**part) for part in facts["parts"]]  # type: ignore[attr-defined]
        return Landed(date.fromisoformat(str(facts["as_of"])), str(facts["folder"]), parts, facts["problems"])  # type: ignore[arg-type]


def land(home: Home, dumps: Path, province: str) -> Landed:
    """Reads the newest snapshot of a province; a file that was read on any earlier night is not read again.

    Files are taken in name order, so that "the later file" means the same on every machine.

    Raises:
        NoDump: no dated folder, or none of its files could be read as a table of ours.
    """
    snapshot = find_snapshot(dumps, province)
    if snapshot is None:
        raise NoDump(
            f"{dumps}/{province} 下没有形如 2021-11-30 的日期文件夹。"
            "请把转储放在 <转储目录>/<6位省码>/<年-月-日>/ 下，再运行一次。"
        )
    known, strangers = _named(snapshot)
    problems = [_row(problem) for problem in (*snapshot.problems, *strangers)]
    home.when_alone(READING, lambda: remove_leftovers(home.raw))
    with home.sharing(READING), ThreadPoolExecutor(READERS) as pool:
        outcomes = list(pool.map(lambda named: _read(home, *named), known))
    parts = [outcome for outcome in outcomes if isinstance(outcome, Part)]
    problems += [_row(outcome) for outcome in outcomes if isinstance(outcome, UnreadableFile)]
    for problem in problems:
        log.warning("%s", problem["reason"])
    if not parts:
        reasons = "；".join(str(problem["reason"]) for problem in problems) or "文件夹是空的"
        raise NoDump(f"{snapshot.folder} 里没有一个文件能读成表：{reasons}")
    return Landed(snapshot.date, snapshot.folder.name, parts, problems)


def _named(snapshot: Snapshot) -> tuple[list[tuple[DumpFile, str]], list[Problem]]:
    """Files with the table their name says, and those named for none."""
    contracts = staging_contracts().values()
    known, strangers = [], []
    for file in sorted(snapshot.files, key=lambda f: f.label):
        contract = match_table(file.stem, contracts)
        if contract is None:
            strangers.append(
                Problem(
                    file.label,
                    "unknown_table",
                    "文件名不对应任何一张表，未读入",
                    "请以表名开头命名，如 教师信息.csv、学分学时登记-2.xlsx；表名见数据字典",
                )
            )
        else:
            known.append((file, contract.table))
    return known, strangers


def _row(problem: Problem | UnreadableFile) -> dict[str, str | None]:
    """A file that was not read, as an audit.problems row."""
    return {
        "file": problem.file,
        "sheet": None,
        "table_name": None,
        "reason_code": problem.reason_code,
        "reason": str(problem),
    }


def _read(home: Home, file: DumpFile, table: str) -> Part | UnreadableFile:
    """The part, or why there is none."""
    try:
        digest = sha256(file)
        grid = home.raw / f"{digest}.parquet"
        facts = kept(grid)
        if facts is None:
            log.info("读取 %s（%.1f MB）", file.label, file.size / 1e6)
            summary = read_grid(file, grid, expected_sha256=digest)
            for warning in summary.warnings:
                log.warning("%s：%s", file.label, warning)
            facts = {"rows": summary.rows, "sheets": [s.name for s in summary.sheets], "sha256": sha256_of(grid)}
            _keep(grid, facts)
    except UnreadableFile as fault:
        return fault
    return Part(file.label, digest, file.size, table, grid.name, int(facts["rows"]), list(facts["sheets"]))  # type: ignore[call-overload]


def kept(grid: Path) -> dict[str, object] | None:
    """What is known of a grid read on an earlier night; None when there is none or it is no longer what was written."""
    note = grid.with_suffix(".json")
    if not (grid.exists() and note.exists()):
        return None
    try:
        facts: dict[str, object] = json.loads(note.read_text(encoding="utf-8"))
        if sha256_of(grid) == facts["sha256"]:
            return facts
    except (OSError, ValueError, KeyError, TypeError):
        pass  # a note that cannot be read vouches for nothing
    log.warning("%s 与写入时的校验和不符（文件损坏或被改动），将从转储文件重新读取。", grid.name)
    return None


def _keep(grid: Path, facts: dict[str, object]) -> None:
    note = grid.with_suffix(".json")
    aside = note.with_name(f".{note.name}.{os.getpid()}")
    aside.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    aside.replace(note)


def tables_of(parts: Iterable[Part]) -> dict[str, list[Part]]:
    """Parts by table, in the order they were read."""
    grouped: dict[str, list[Part]] = {}
    for part in parts:
        grouped.setdefault(part.table, []).append(part)
    return grouped
