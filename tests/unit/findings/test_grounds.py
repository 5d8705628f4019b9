"""What the measures say of themselves holds for every clause: whose rows findings rest on, and when the day matters."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

import polars as pl
import pytest

from models.findings import Evaluation, evaluate
from models.night import Night
from models.parts import BY_TEACHER
from tests.peers.small import AS_OF, frames_from, presence, small, spoilt

PROVINCES = ("330000", "460000", "500000")
SUBJECT = "subject_id"
Frames = Mapping[str, pl.LazyFrame]


@lru_cache(maxsize=1)
def a_night(province: str) -> tuple[Frames, Evaluation]:
    """The tables of a small province with the gaps of real ones, and how it is judged."""
    night = Night(province, AS_OF)
    frames = frames_from(night, spoilt(small(province, 7, 30), 7))
    return frames, evaluate(night, frames, presence(frames))


def cut(frames: Frames, teachers: pl.Series) -> Frames:
    """The tables with the rows of some teachers alone, as far as rows are of a teacher or pointed to by a teacher's."""
    pointing = {
        column: pl.concat(
            [
                frame.filter(pl.col("teacher_id").is_in(teachers.implode())).select(pl.col(column).cast(pl.String))
                for frame in frames.values()
                if {"teacher_id", column} <= set(frame.collect_schema().names())
            ]
        ).collect()[column]
        for column in set(BY_TEACHER.via.values())
    }
    of = {"teacher_id": teachers, **pointing}
    found = {}
    for name, frame in frames.items():
        column = "teacher_id" if "teacher_id" in frame.collect_schema() else BY_TEACHER.via.get(name)
        found[name] = frame if column is None else frame.filter(pl.col(column).is_in(of[column].unique().implode()))
    return found


@pytest.mark.parametrize("province", PROVINCES)
@pytest.mark.parametrize("every", [2, 5])
def test_of_a_teacher_nothing_is_found_by_the_rows_of_others(province: str, every: int) -> None:
    frames, whole = a_night(province)
    teachers = frames["core.dim_teacher"].select("teacher_id").collect()["teacher_id"].sort().gather_every(every)
    alone = evaluate(Night(province, AS_OF), cut(frames, teachers), presence(frames)).by_clause
    by_teacher = [clause for clause, ground in whole.grounds.items() if ground.by == BY_TEACHER]
    assert by_teacher
    for clause in by_teacher:
        found, expected = (
            one.collect().filter(pl.col(SUBJECT).is_in(teachers.implode())).sort("finding_id")
            for one in (alone[clause], whole.by_clause[clause])
        )
        assert found.equals(expected), clause


@pytest.mark.parametrize("province", PROVINCES)
@pytest.mark.parametrize("days", [1, 31])
def test_of_clauses_for_which_the_day_does_not_matter_only_what_is_over_turns(province: str, days: int) -> None:
    frames, before = a_night(province)
    day = AS_OF + timedelta(days)
    after = evaluate(Night(province, day), frames, presence(frames))
    same = [clause for clause, ground in before.grounds.items() if after.grounds[clause].day == ground.day]
    assert same
    for clause in same:
        then, now = (one.by_clause[clause].collect() for one in (before, after))
        turned = {*now.join(then, on=now.columns, how="anti", nulls_equal=True)[SUBJECT]}
        turned |= {*then.join(now, on=now.columns, how="anti", nulls_equal=True)[SUBJECT]}
        assert turned <= over(then, day) | dated(frames, before.grounds[clause].turns, day), clause


def over(findings: pl.DataFrame, day: date) -> set[str]:
    """The subjects of findings whose period was open and is over."""
    closes = pl.col("detail").str.json_path_match("$.closes").str.to_date()
    return {*findings.filter((closes >= AS_OF) & (closes < day))[SUBJECT]}


def dated(frames: Frames, turns: frozenset[tuple[str, str]], day: date) -> set[str]:
    """The teachers of whom a date that matters has come."""
    return {
        teacher
        for table, column in turns
        if table in frames
        for teacher in frames[table].filter(pl.col(column).is_between(AS_OF, day)).collect()["teacher_id"]
    }
