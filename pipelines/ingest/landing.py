"""Tonight's dump files become raw grids: every file once, found again by its sha256.

Belongs here: which files are there, which table each belongs to by its name, and keeping what was read. How bytes
become a grid is in reading/; what the cells mean is in models/staging.
"""

import json
import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from models.contracts import is_set_aside, match_table, staging_contracts
from models.night import NOTHING_ASKED, SAMPLE_MARK, Asked
from models.staging import FileFacts, Problem
from pipelines.ingest.reading import (
    DumpFile,
    GridSummary,
    Snapshot,
    UnreadableFile,
    find_snapshot,
    misnamed,
    read_grid,
    remove_leftovers,
    sha256,
)
from pipelines.ingest.reading import Problem as Fault
from pipelines.release.build import DumpEntry
from pipelines.release.home import Home
from pipelines.release.seal import ReleaseDamaged, manifest_of, sha256_of

log = logging.getLogger("shixun")
READERS = 3
"""One more than two cores can keep busy: of three files one is being checked or put safely on disk."""
READING = "reading"
READER = 6
"""Raised whenever the same bytes are read differently than before: grids of an earlier reader are made anew."""


class NoDump(Exception):
    """Nothing of this province's dump could be read; the message says what was looked for."""


class NoSuchDump(NoDump):
    """The province has no folder of the day that was asked for: there is nothing to do, and nothing to refuse."""


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
    kind: str
    since_1904: bool
    broken: Sequence[int]
    notes: Sequence[Mapping[str, Any]]

    def facts(self) -> FileFacts:
        """What staging is told of the file beside its cells."""
        return FileFacts(self.kind, self.since_1904, tuple(self.broken))

    def problems(self) -> list[Problem]:
        """What the reader assumed, repaired or left out, told every night."""
        return [
            Problem(
                file=self.label,
                table_name=self.table,
                sheet=note["sheet"],
                row_number=note["row"],
                reason_code=note["reason_code"],
                reason=f"{note['reason']}。",
                kind=note["kind"],
            )
            for note in self.notes
        ]


@dataclass(frozen=True)
class Landed:
    """A province's snapshot as it was read tonight."""

    as_of: date
    folder: str
    parts: Sequence[Part]
    problems: Sequence[Problem]
    """Files and folders that were not read; of a known table's file the table is named."""
    remarks: Sequence[Problem] = ()
    """What is told of the snapshot as it stands beside earlier ones; no part of what the release is made of."""
    is_sample: bool = False
    """Whether the dump says of itself that its data are made up."""

    def dumps(self) -> list[DumpEntry]:
        """The files as the manifest names them."""
        return [DumpEntry(f"{self.folder}/{p.label}", p.sha256, p.size, p.rows) for p in self.parts]

    def unread(self) -> list[str]:
        """Of each file that was not read, its name and why."""
        return [f"{problem.file}: {problem.reason}" for problem in self.problems]

    def marks(self) -> list[str]:
        """What a release is made of besides the files that were read: those that were not, and being a sample."""
        return [*self.unread(), *([SAMPLE_MARK] if self.is_sample else [])]

    def unreadable(self) -> list[Problem]:
        """Files of known tables that could not be read: what the gate must know of."""
        return [problem for problem in self.problems if problem.table_name]

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "as_of": self.as_of.isoformat()}

    @staticmethod
    def from_json(facts: dict[str, object]) -> "Landed":
        parts = [Part(**part) for part in facts["parts"]]  # type: ignore[attr-defined]
        told = {name: [Problem(**each) for each in facts[name]] for name in ("problems", "remarks")}  # type: ignore[attr-defined]
        is_sample = bool(facts["is_sample"])
        return Landed(date.fromisoformat(str(facts["as_of"])), str(facts["folder"]), parts, **told, is_sample=is_sample)


def land(home: Home, dumps: Path, province: str, latest: date | None = None, asked: Asked = NOTHING_ASKED) -> Landed:
    """Reads the newest snapshot of a province, or the one asked for; a file read on an earlier night is not read again.

    A folder dated after `latest` is passed over: nobody dumps tomorrow, and it would outrank every later night.

    Files are taken in name order, so that "the later file" means the same on every machine.

    Raises:
        NoSuchDump: no folder of the day asked for.
        NoDump: no dated folder, or none of its files could be read as a table of ours.
    """
    snapshot = find_snapshot(dumps, province, latest, asked.snapshot)
    if snapshot is None and asked.snapshot:
        raise NoSuchDump(f"{dumps}/{province} 下没有 {asked.snapshot} 的转储文件夹，这个省跳过。")
    if snapshot is None:
        raise NoDump(
            f"{dumps}/{province} 下没有形如 2021-11-30 的日期文件夹。"
            "请把转储放在 <转储目录>/<6位省码>/<年-月-日>/ 下，再运行一次。"
        )
    known, strangers = _named(snapshot)
    problems = [_told(fault) for fault in (*snapshot.problems, *strangers)]
    home.when_alone(READING, lambda: remove_leftovers(home.raw))
    with home.sharing(READING), ThreadPoolExecutor(READERS) as pool:
        outcomes = list(pool.map(lambda named: _read(home, *named), known))
    parts = [outcome for outcome in outcomes if isinstance(outcome, Part)]
    problems += [_told(outcome) for outcome in outcomes if isinstance(outcome, UnreadableFile)]
    remarks = _beside_last_release(home, snapshot, asked.as_of or snapshot.date)
    for problem in (*problems, *remarks):
        log.warning("%s", problem.reason)
    if not parts:
        reasons = "；".join(problem.reason for problem in problems) or "文件夹是空的"
        raise NoDump(f"{snapshot.folder} 里没有一个文件能读成表：{reasons}")
    is_sample = (snapshot.folder / SAMPLE_MARK).is_file()
    return Landed(snapshot.date, snapshot.folder.name, parts, problems, remarks, is_sample)


def _beside_last_release(home: Home, snapshot: Snapshot, day: date) -> list[Problem]:
    """Told when the snapshot, or the day taken for today, is older than what readers see: they will see the older."""
    current = home.current_release(snapshot.province)
    try:
        shown = date.fromisoformat(manifest_of(current)["as_of"]) if current else None
    except ReleaseDamaged:
        return []  # told where releases are proved
    if shown is None or min(snapshot.date, day) >= shown:
        return []
    reason = (
        f"转储日期 {snapshot.date}、以 {day} 为当天，早于现行发布的日期 {shown}：发布后读者看到的是较早的一天，"
        "直到下一夜按最新的转储发布；若不是有意补算，可能放错了文件夹，或较新的转储被移走了，请核对。"
    )
    return [Problem(file=snapshot.folder.name, reason_code="older_snapshot", reason=reason, kind="assumed")]


def _named(snapshot: Snapshot) -> tuple[list[tuple[DumpFile, str]], list[Fault]]:
    """Files with the table their name says, and those named for none."""
    contracts = staging_contracts().values()
    known, strangers = [], []
    for file in sorted(snapshot.files, key=lambda f: f.label):
        contract = match_table(file.stem, contracts)
        if contract is None:
            strangers.append(
                Fault(
                    file.label,
                    "unknown_table",
                    "文件名不对应任何一张表，未读入",
                    "请以表名开头命名，如 教师信息.csv、学分学时登记-2.xlsx；表名见数据字典",
                )
            )
        else:
            known.append((file, contract.table))
    aside = {file for file, table in known if is_set_aside(file.stem) and _has_other(table, known)}
    strangers += [Fault(file.label, "set_aside", *_ASIDE) for file, _ in known if file in aside]
    return [(file, table) for file, table in known if file not in aside], strangers


_ASIDE = (
    "文件名写着作废、旧、备份、副本、模板、测试一类，而同一张表另有文件：可以读作不算，也可以读作要算，未读入",
    "不算的请移出转储文件夹；要算的请改名，如 学分学时登记-2.csv",
)


def _has_other(table: str, known: Sequence[tuple[DumpFile, str]]) -> bool:
    """Whether the table has a file whose name says nothing of the kind."""
    return any(of == table and not is_set_aside(file.stem) for file, of in known)


def _told(fault: Fault | UnreadableFile) -> Problem:
    """A file that was not read, as an audit.problems row; with its table if its name says which."""
    member = fault.file.rpartition("!")[2]
    stems = [PurePosixPath(name).stem for name in dict.fromkeys((member, fault.file.partition("!")[0]))]
    tables = [found.table for stem in stems if (found := match_table(stem, staging_contracts().values()))]
    is_ours = fault.reason_code not in _NO_TABLE_FILE and tables
    return Problem(
        file=fault.file,
        table_name=tables[0] if is_ours else None,
        reason_code=fault.reason_code,
        reason=str(fault),
        kind="file",
    )


_NO_TABLE_FILE = frozenset(
    {"unknown_table", "set_aside", "bad_date_folder", "stray_file", "future_date", "zip_duplicate"}
)
"""Faults of what was never a table's file of this snapshot, whatever it is called."""


def _read(home: Home, file: DumpFile, table: str) -> Part | UnreadableFile:
    """The part, or why there is none."""
    try:
        digest = sha256(file)
        grid = home.raw / f"{digest}.parquet"
        facts = kept(grid)
        if facts is None:
            log.info("读取 %s（%.1f MB）", file.label, file.size / 1e6)
            summary = read_grid(file, grid, expected_sha256=digest)
            facts = {**_facts(summary), "sha256": sha256_of(grid)}
            _keep(grid, facts)
    except UnreadableFile as fault:
        return fault
    known = {name: facts[name] for name in ("rows", "sheets", "kind", "since_1904", "broken", "notes")}
    # not kept beside the grid: the same bytes may come under another name
    if wrong := misnamed(file.suffix, str(facts["kind"])):
        known["notes"] = [asdict(wrong), *known["notes"]]  # type: ignore[misc]
    return Part(file.label, digest, file.size, table, grid.name, **known)  # type: ignore[arg-type]


def _facts(summary: GridSummary) -> dict[str, object]:
    """What is kept beside a grid: all that is told of the file, on this night and every later one."""
    return {
        "reader": READER,
        "rows": summary.rows,
        "sheets": [sheet.name for sheet in summary.sheets],
        "kind": summary.kind,
        "since_1904": summary.since_1904,
        "broken": list(summary.broken),
        "notes": [asdict(note) for note in summary.notes],
    }


def kept(grid: Path) -> dict[str, object] | None:
    """What is known of a grid read on an earlier night; None when there is none or it is no longer what was written."""
    note = grid.with_suffix(".json")
    if not (grid.exists() and note.exists()):
        return None
    try:
        facts: dict[str, object] = json.loads(note.read_text(encoding="utf-8"))
        if facts.get("reader") != READER:
            return None  # what an earlier reader made of the bytes is not what this one makes of them
        if sha256_of(grid) == facts["sha256"]:
            return facts
    except (OSError, ValueError, KeyError, TypeError):
        pass  # a note that cannot be read vouches for nothing
    log.warning("%s 与写入时的校验和不符（文件损坏或被改动），将从转储文件重新读取。", grid.name)
    return None


def is_of_another_reader(grid: Path) -> bool:
    """Whether a grid is whole, but as another version of the reader made it."""
    try:
        facts = json.loads(grid.with_suffix(".json").read_text(encoding="utf-8"))
        return bool(facts.get("reader") != READER and sha256_of(grid) == facts["sha256"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


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
