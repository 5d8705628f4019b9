"""Which clauses are judged again, and of whom, by what changed since the release that readers have.

A clause's findings stay where all they follow from is the same. Where they fall into parts (a teacher's), only those
are judged again of whom a row they rest on changed, or whose period ended since; else all of the clause's are.

Belongs here: choosing. What findings follow from is said by models/findings.py; judging is in judging.py.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from models.findings import Evaluation, Ground, Presence
from models.law import Clause, load_policies
from models.parts import BY_TEACHER
from pipelines.release import parts, reuse, warehouse
from pipelines.release.build import Build
from pipelines.release.parts import Touched

log = logging.getLogger("shixun")
FINDINGS: Final = "audit.findings"
SUBJECT: Final = "subject_id"
DAY: Final = "day:"
"""Before a clause's id: what of the day its findings followed from."""


@dataclass(frozen=True)
class Choice:
    """The clauses whose findings stay, those judged again whole, and those judged again for some parts alone."""

    kept: tuple[str, ...]
    whole: tuple[str, ...]
    by_parts: tuple[str, ...] = ()
    those: Touched | None = None


def choose(build: Build, plan: Evaluation, presence: Presence) -> Choice:
    """Chooses for every judged clause of `plan`, and records what its findings are made of.

    Args:
        build: the night.
        plan: its evaluation, over tables of any rows.
        presence: which fields of staging tables have values.
    """
    inputs = {clause: _inputs(build, clause, ground, presence) for clause, ground in plan.grounds.items()}
    if reuse.is_fresh(build) or build.night.as_of < reuse.day_before(build):
        choice = Choice((), tuple(plan.by_clause))
    else:
        choice = _chosen(build, plan, inputs)
    judged = {one: reuse.Key(inputs[one], _content(build, inputs[one])) for one in (*choice.whole, *choice.by_parts)}
    days = {clause: _day(ground) for clause, ground in plan.grounds.items()}
    reuse.record_all(
        build,
        {reuse.CLAUSE + clause: key for clause, key in judged.items()}
        | {DAY + clause: reuse.Key(day, day) for clause, day in days.items()},
    )
    return choice


def _chosen(build: Build, plan: Evaluation, inputs: Mapping[str, str]) -> Choice:
    over, come = _over(build), _come(build, plan.grounds.values())
    turned = {clause: _turned(ground, over, come, with_parts(clause)) for clause, ground in plan.grounds.items()}
    same = [one for one in plan.by_clause if reuse.is_as_before(build, reuse.CLAUSE + one, inputs[one])]
    kept = tuple(one for one in same if not turned[one].height)
    again = [one for one in plan.by_clause if one not in kept]
    for clause in kept:
        reuse.reuse_if_unchanged(build, reuse.CLAUSE + clause, inputs[clause])
    by_parts, touched = _by_parts(build, {one: plan.grounds[one] for one in again})
    those = _few(build, [*touched, *(turned[one].lazy() for one in by_parts)])
    if those is None:
        return Choice(kept, tuple(again))
    log.info("　%d 条条款沿用上次的判定，%d 条只重判有变动的教师", len(kept), len(by_parts))
    return Choice(kept, tuple(one for one in again if one not in by_parts), by_parts, those)


def _by_parts(build: Build, again: Mapping[str, Ground]) -> tuple[tuple[str, ...], list[pl.LazyFrame]]:
    """The clauses of which it is known which parts changed tables touch, and these parts.

    What matters of the day beside periods matters to all parts alike.
    """
    able = {
        clause: ground
        for clause, ground in again.items()
        if ground.by == BY_TEACHER and reuse.is_as_before(build, DAY + clause, _day(ground))
    }
    reads = sorted(frozenset[str]().union(*(ground.reads for ground in able.values())))
    touched = {name: parts.touched_by(build, BY_TEACHER, reads, name) for name in reads}
    known = {clause: ground for clause, ground in able.items() if all(touched[one] is not None for one in ground.reads)}
    read = frozenset[str]().union(*(ground.reads for ground in known.values()))
    return tuple(known), [
        rows.rename({BY_TEACHER.column: SUBJECT}) for name in sorted(read) if (rows := touched[name]) is not None
    ]


def _few(build: Build, subjects: Sequence[pl.LazyFrame]) -> Touched | None:
    if not subjects:
        return None
    return parts.few(build, BY_TEACHER, pl.concat(subjects).select(pl.col(SUBJECT).alias(BY_TEACHER.column)))


def _inputs(build: Build, clause: str, ground: Ground, presence: Presence) -> str:
    """All that a clause's findings are a function of, but for periods that end."""
    fields = {table: sorted(named) for table, named in presence.items()}
    contents = [(table, reuse.content(build, table)) for table in sorted(ground.reads)]
    return reuse.inputs_of(clause, build.province, sorted(ground.day), fields, contents)


def _day(ground: Ground) -> str:
    """What of the night's day matters to all findings of a clause."""
    return reuse.inputs_of(sorted(ground.day))


def _content(build: Build, inputs: str) -> str:
    """What stands for findings judged tonight: of the same inputs another day's may be others."""
    return reuse.inputs_of(inputs, build.night.as_of.isoformat())


def _over(build: Build) -> pl.DataFrame:
    """Of which subjects which clause's findings tell of a period that was open and is over tonight."""
    return warehouse.query(
        build.warehouse,
        f"""SELECT DISTINCT clause_id, subject_id FROM (
            SELECT clause_id, subject_id, json_extract_string(detail, '$.closes')::DATE AS closes FROM {FINDINGS}
        ) WHERE closes >= ? AND closes < ?""",
        [reuse.day_before(build), build.night.as_of],
    )


def with_parts(clause: str) -> tuple[str, ...]:
    """The clause and those that it is made of."""
    found: Clause = load_policies().clause(clause)
    return (clause, *(one for each in (*found.all_of, *found.after) for one in with_parts(each)))


def _come(build: Build, grounds: Iterable[Ground]) -> dict[tuple[str, str], pl.DataFrame]:
    """Of each table's date that matters to a clause that reads it, the subjects of whom such a date has come since."""
    days = [reuse.day_before(build), build.night.as_of]
    dates = {date for ground in grounds for date in ground.turns if date[0] in ground.reads}
    return {
        (table, column): warehouse.query(
            build.warehouse,
            f'SELECT DISTINCT {BY_TEACHER.column} AS {SUBJECT} FROM {table} WHERE "{column}" BETWEEN ? AND ?',
            days,
        )
        for table, column in sorted(dates if days[0] < days[1] else ())
    }


def _turned(
    ground: Ground, over: pl.DataFrame, come: Mapping[tuple[str, str], pl.DataFrame], clauses: Iterable[str]
) -> pl.DataFrame:
    """The subjects whose findings may turn with the day: a period is over, or a date that matters has come."""
    ended = over.filter(pl.col("clause_id").is_in(list(clauses))).select(SUBJECT)
    dated = [come[date] for date in sorted(ground.turns) if date[0] in ground.reads and date in come]
    return pl.concat([ended, *dated]).unique()
