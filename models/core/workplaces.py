"""Where a teacher worked on a day: core.fct_teacher_place.

Belongs here: spells of work at schools, and looking up the spell that holds a day. Which county a school lies in is in
`units` and `succession`; sums over places are in `models.marts.attribution`.
"""

from collections.abc import Sequence
from datetime import date

import polars as pl

from models.core.credit_rules import CreditSystem
from models.core.teachers import system_of_place

ON_FILE, PRESENT = "履历", "现职"
"""What a spell rests on: the record of posts, or the teacher's present school where that record is silent."""


def teacher_place(
    assignment: pl.LazyFrame,
    teacher: pl.LazyFrame,
    school: pl.LazyFrame,
    *,
    province: str,
    systems: Sequence[CreditSystem],
) -> pl.LazyFrame:
    """Where each teacher worked, without gap or overlap: core.fct_teacher_place.

    Grain: teacher × spell. Columns: province, teacher_id, school_id, county_id (that holds the school today), city_id,
    credit_system (of the school's place; null where that isn't known), valid_from (null = since ever), valid_to (the
    first day of what follows, null = until further notice), basis (履历: on record; 现职: no record covers these days,
    so the present school stands in for it).

    Where posts overlap, the later start wins (a secondment over the post it leaves), and the earlier post goes on
    after it. An end on the day before the next post's start leaves no gap. Posts that end before they start
    cover no day.
    """
    posts = _posts(assignment)
    present = teacher.select("teacher_id", _present="school_id")
    silent = present.join(posts, on="teacher_id", how="anti", maintain_order="none").select(
        "teacher_id",
        school_id="_present",
        valid_from=pl.lit(None, pl.Date),
        valid_to=pl.lit(None, pl.Date),
        basis=pl.lit(PRESENT),
    )
    place = school.select("school_id", "county_id", "city_id")
    found = pl.concat([_merged(_filled(posts, present)), silent])
    placed = found.join(place, on="school_id", how="left", maintain_order="none").with_columns(
        province=pl.lit(province)
    )
    is_known = pl.coalesce("city_id", "county_id").is_not_null()
    return placed.with_columns(credit_system=pl.when(is_known).then(system_of_place(systems))).select(
        *("province", "teacher_id", "school_id", "county_id", "city_id", "credit_system"),
        *("valid_from", "valid_to", "basis"),
    )


def _filled(posts: pl.LazyFrame, present: pl.LazyFrame) -> pl.LazyFrame:
    """The spans of teachers with posts, each at the post that holds it, else at the present school."""
    spans = _spans(posts)
    covering = (
        spans.join(posts, on="teacher_id", how="inner", maintain_order="none")
        .filter(_covers(pl.col("_start"), pl.col("_from"), pl.col("_to")))
        .sort("_from", "_to", "_school", nulls_last=True)
        .group_by("teacher_id", "_start", maintain_order=True)
        .agg(pl.col("_school").last())
    )
    return (
        spans.join(covering, on=["teacher_id", "_start"], how="left", nulls_equal=True, maintain_order="none")
        .join(present, on="teacher_id", how="left", maintain_order="none")
        .select(
            "teacher_id",
            school_id=pl.coalesce("_school", "_present"),
            valid_from="_start",
            valid_to="_end",
            basis=pl.when(pl.col("_school").is_null()).then(pl.lit(PRESENT)).otherwise(pl.lit(ON_FILE)),
        )
    )


def _posts(assignment: pl.LazyFrame) -> pl.LazyFrame:
    """Posts that cover a day, half-open; an end the day before the next start is moved up to that start."""
    posts = assignment.select("teacher_id", _school="school_id", _from="valid_from", _to="valid_to")
    starts = posts.select("teacher_id", _day_after="_from", _next="_from").unique()
    return (
        posts.with_columns(_day_after=pl.col("_to").dt.offset_by("1d"))
        .join(starts, on=["teacher_id", "_day_after"], how="left", maintain_order="none")
        .select("teacher_id", "_school", "_from", _to=pl.coalesce("_next", "_to"))
        .filter(pl.col("_to").is_null() | (pl.col("_to") > pl.col("_from")))
    )


def _spans(posts: pl.LazyFrame) -> pl.LazyFrame:
    """The whole of time cut at every start and end of a teacher's posts. Grain: teacher × span."""
    days = pl.concat([posts.select("teacher_id", _day="_from"), posts.select("teacher_id", _day="_to")])
    cuts = days.filter(pl.col("_day").is_not_null()).unique()
    first = posts.select("teacher_id", _start=pl.lit(None, pl.Date)).unique()
    later = cuts.select("teacher_id", _start="_day")
    return pl.concat([first, later]).with_columns(
        _end=pl.col("_start").shift(-1).over("teacher_id", order_by=pl.col("_start").fill_null(date.min))
    )


def _merged(spans: pl.LazyFrame) -> pl.LazyFrame:
    """Neighbouring spans at the same school on the same basis as one."""
    order = pl.col("valid_from").fill_null(date.min)
    same = (pl.col("school_id").eq_missing(pl.col("school_id").shift(1))) & (
        pl.col("basis") == pl.col("basis").shift(1)
    )
    run = (~same.fill_null(value=False)).cum_sum().over("teacher_id", order_by=order)
    return (
        spans.sort("teacher_id", order)
        .with_columns(_run=run)
        .group_by("teacher_id", "_run", maintain_order=True)
        .agg(
            pl.col("school_id", "basis", "valid_from").first(),
            pl.col("valid_to").last(),
        )
        .select("teacher_id", "school_id", "valid_from", "valid_to", "basis")
    )


def _covers(day: pl.Expr, start: pl.Expr, end: pl.Expr) -> pl.Expr:
    """Whether a half-open spell holds a day; a null day is before all time, a null start or end is no bound."""
    after_start = start.is_null() | (day >= start).fill_null(value=False)
    return after_start & (end.is_null() | day.is_null() | (day < end))


def places_on(rows: pl.LazyFrame, day: str, places: pl.LazyFrame) -> pl.LazyFrame:
    """Rows of teachers with the school and county of the spell that holds the row's day.

    Keeps the grain of `rows` (which has teacher_id and the column `day`) and adds school_id, county_id and city_id;
    null for a teacher no spell is known of. A row without a day goes by the teacher's last spell.
    """
    spells = places.select("teacher_id", "school_id", "county_id", "city_id", _from="valid_from", _to="valid_to")
    on = pl.col(day).fill_null(date.max)
    held = (
        rows.select("teacher_id", day)
        .unique()
        .join(spells, on="teacher_id", how="inner", maintain_order="none")
        .filter(_covers(on, pl.col("_from"), pl.col("_to")))
        .drop("_from", "_to")
    )
    return rows.join(held, on=["teacher_id", day], how="left", nulls_equal=True, maintain_order="none")
