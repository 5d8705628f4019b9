"""Judging a night: which clauses are judged again and which findings stay.

Belongs here: choosing, by what changed since the release that readers have, and writing what comes of it. How a clause
is judged is in models/findings.py, what counts as unchanged in reuse.py, what is published of it in publishing.py.
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import polars as pl

from models.core.gaps import VANISHED
from models.findings import FINDING, Evaluation, Ground, Presence, evaluate, followed
from models.law import load_policies
from models.marts.publication import FORMULAS
from models.tables import CORE, MARTS, STAGING
from models.trace import trace
from models.whatif import cut_down
from pipelines.release import reuse, warehouse
from pipelines.release.build import ROWS_AT_ONCE, Build
from pipelines.release.choosing import FINDINGS, SUBJECT, Choice, choose, with_parts
from pipelines.release.publishing import REJECTS, TONIGHT, publish
from pipelines.release.trial import insist_on
from pipelines.release.warehouse import Kept

log = logging.getLogger("shixun")
JUDGED: Final = (FINDINGS, "audit.clauses", FORMULAS, "audit.sources")
CLAUSE_ID: Final = "clause_id"
PARTLY: Final = "tonight.parts"
"""Such findings where some clauses were judged again by parts: it is not all that is found for these."""
Found = dict[str, list[pl.DataFrame]]
"""What was found so far for clauses that others follow, by clause, in pieces."""
READS: Final = (*STAGING, *(t.name for t in (*CORE, *MARTS)), VANISHED)


def judge(build: Build) -> dict[str, int]:
    """Writes findings, clauses and the frames that may be published, where what they read changed; rows by table."""
    with build.span("audit.findings"):
        rows, kept = find(build)
    origins = trace(build.province)
    rows["audit.formulas"] = build.write("audit.formulas", origins.formulas.lazy())
    rows["audit.sources"] = build.write("audit.sources", origins.sources.lazy())
    log.info("　判定 %s 条，条款 %d 条", f"{rows['audit.findings']:,}", rows["audit.clauses"])
    made = ["audit.clauses", "audit.formulas", "audit.sources"]
    with build.span("publication"), warehouse.held(build.warehouse):
        published, changed = publish(build, kept)
    with build.span("load.audit"):
        warehouse.load(build.warehouse, [(name, build.parquet(name)) for name in (*made, *changed)])
    return rows | published


def judge_alone(build: Build) -> dict[str, int]:
    """The same on tables that are in the build already.

    Raises:
        NothingToStandOn: one of them is not.
    """
    insist_on(build, READS)
    if not build.parquet(REJECTS).exists():  # a night has it as a file
        warehouse.export(build.warehouse, REJECTS, build.parquet(REJECTS))
    return judge(build)


def find(build: Build) -> tuple[dict[str, int], Sequence[str]]:
    """Writes findings and clauses: rows by table, and the clauses whose findings come over as they are."""
    presence = {table: frozenset(fields) for table, fields in build.noted("presence").items()}
    found: Found = {}
    evaluation, choice = _evaluated(build, presence, found)
    rows = _write_findings(build, evaluation, choice, found)
    rows["audit.clauses"] = build.write("audit.clauses", evaluation.clauses.lazy())
    return rows, choice.kept


def _evaluated(build: Build, presence: Presence, found: Found) -> tuple[Evaluation, Choice]:
    """The night's evaluation, and what of it is to be judged: by parts, a clause's frame holds those parts alone.

    Clauses that follow others read from `found` what was found for these meanwhile.
    """
    here = [name for name in READS if build.has(name)]
    if reuse.is_fresh(build):
        told = _told(build, load_policies().clauses, (), found)
        whole = evaluate(build.night, {name: build.scan(name) for name in here} | told, presence)
        return whole, choose(build, whole, presence)
    # Which clauses read what is known from the shapes of tables alone.
    shapes = _shapes(build, here)
    plan = evaluate(build.night, shapes, presence)
    with warehouse.held(build.warehouse):
        choice = choose(build, plan, presence)
        scans = {name: build.scan(name) for name in _needed(plan, choice.whole)}
        told = _told(build, (*choice.whole, *choice.kept), choice.kept, found)
        frames = _judged(build, choice.whole, shapes | scans | told, presence)
        if choice.those is not None:
            needed = _needed(plan, choice.by_parts)
            some = {name: choice.those.rows_of(build, name, sorted(needed)) for name in needed}
            frames |= _judged(build, choice.by_parts, shapes | some, presence)
    return replace(plan, by_clause={one: frames.get(one, frame) for one, frame in plan.by_clause.items()}), choice


def _judged(
    build: Build, clauses: Sequence[str], tables: Mapping[str, pl.LazyFrame], presence: Presence
) -> dict[str, pl.LazyFrame]:
    """The findings of some clauses."""
    wanted = {one for clause in clauses for one in with_parts(clause)}
    found = evaluate(build.night, tables, presence, cut_down(load_policies(), wanted)).by_clause
    return {clause: found[clause] for clause in clauses}


def _told(build: Build, clauses: Iterable[str], kept: Collection[str], found: Found) -> dict[str, pl.LazyFrame]:
    """What is found for those of some clauses that others follow, by the name that measures know it by.

    It is read when it is asked for: of clauses that are `kept` as the copied release has it.
    """
    here = frozenset(clauses)
    return {
        name: pl.defer(partial(_found, build, one, kept, found), schema=FINDING)
        for one, name in _led(here).items()
        if one in here
    }


def _found(build: Build, clause: str, kept: Collection[str], found: Found) -> pl.DataFrame:
    if clause not in kept:
        return pl.concat([pl.DataFrame(schema=FINDING), *found[clause]])
    names = ", ".join(FINDING)
    rows = warehouse.query(build.warehouse, f"SELECT {names} FROM {FINDINGS} WHERE {CLAUSE_ID} = ?", [clause])
    return rows.cast(pl.Schema(FINDING))


def _needed(plan: Evaluation, clauses: Sequence[str]) -> frozenset[str]:
    """The tables that some clauses read."""
    return frozenset[str]().union(*(plan.grounds[clause].reads for clause in clauses))


def _shapes(build: Build, tables: Sequence[str]) -> dict[str, pl.LazyFrame]:
    """Tables without their rows: as made tonight, else as carried over."""
    carried_over = warehouse.shapes(build.warehouse)
    return {
        name: pl.LazyFrame(
            schema=build.scan(name).collect_schema() if build.parquet(name).exists() else carried_over[name]
        )
        for name in tables
    }


def _write_findings(build: Build, evaluation: Evaluation, choice: Choice, found: Found) -> dict[str, int]:
    """Makes audit.findings whole: tonight's beside those that stay."""
    again = {clause: frame for clause, frame in evaluation.by_clause.items() if clause not in choice.kept}
    contents = reuse.inputs_of([reuse.content(build, reuse.CLAUSE + each) for each in evaluation.by_clause])
    reuse.record_made(build, FINDINGS, contents)
    is_copied = not reuse.is_fresh(build)  # on a first night no clause may have findings: the table is empty then
    if is_copied and not again and set(choice.kept) == set(reuse.clauses_before(build)):
        return {FINDINGS: reuse.rows_before(build, FINDINGS)}
    written = PARTLY if choice.those else TONIGHT if choice.kept else FINDINGS
    build.write_pieces(written, _whole(build, again, evaluation.grounds, found))
    with build.span("load.findings"):
        if written == FINDINGS:
            warehouse.load_unordered(build.warehouse, [(FINDINGS, build.parquet(written))])
        else:
            _exchange(build, choice)
    return {FINDINGS: warehouse.count(build.warehouse, FINDINGS)}


def _exchange(build: Build, choice: Choice) -> None:
    """Takes away what the copied release found and tonight judges again, and adds what tonight finds."""
    those = choice.those
    stays = (*choice.kept, *choice.by_parts)
    kept = Kept(CLAUSE_ID, stays, choice.by_parts, those.keys if those else None, SUBJECT)
    warehouse.replace_rows(build.warehouse, FINDINGS, kept, build.parquet(PARTLY if those else TONIGHT))


def _whole(
    build: Build, frames: Mapping[str, pl.LazyFrame], grounds: Mapping[str, Ground], found: Found
) -> Iterator[pl.DataFrame]:
    """The findings clause by clause, after an empty piece: a province without law has an empty table, not none.

    A clause's findings come in pieces: put in order they are narrow, and what each is told by makes them ten times as
    wide (three million findings of a province took 3 GB whole, 1.8 so). What a clause finds that others follow goes
    to `found`; these are judged after all those that follow none.
    """
    yield pl.DataFrame(schema=FINDING)
    book = load_policies().clauses
    led = _led(frames)
    for clause in sorted(frames, key=lambda one: any(book[part].after for part in with_parts(one))):
        with build.span(f"audit.findings {clause}"):
            found[clause] = []
            for piece in _pieces(frames[clause], is_few=build.has_few(grounds[clause].reads)):
                if clause in led:
                    found[clause].append(piece)
                yield piece


def _pieces(frame: pl.LazyFrame, *, is_few: bool) -> Iterator[pl.DataFrame]:
    """What a clause finds: at once where what it reads `is_few`, for a stream takes longer to set up than that."""
    if is_few:
        yield frame.collect(engine="in-memory")
    else:
        yield from frame.collect_batches(chunk_size=ROWS_AT_ONCE, engine="streaming")


def _led(clauses: Iterable[str]) -> dict[str, str]:
    """The clauses that one of some clauses follows, with the names that measures know their findings by.

    But those of teachers: of so many, finding them out again is lighter than holding them.
    """
    book = load_policies().clauses
    return {
        one: name
        for clause in clauses
        for part in with_parts(clause)
        for one, name in followed(book[part])
        if book[one].subject != "teacher"
    }
