"""Teachers as the rules see them: core.dim_teacher.

Belongs here: where a teacher belongs today, which credit system applies, from which year they are assessed.
Names and id numbers stop before this room. What they earned is in credit_lines and marts.
"""

from collections.abc import Callable, Sequence

import polars as pl

from models.core.credit_rules import CreditSystem

KEPT = (
    "province",
    "teacher_id",
    "school_id",
    "post_type",
    "stage",
    "subject",
    "title",
    "backbone_level",
    "backbone_from",
    "is_class_head",
    "teaching_start",
    "hire_date",
    "status",
    "last_updated",
)


COUNTY_DIGITS = 6
"""A jurisdiction whose code has that many significant digits is a county."""


def dim_teacher(
    teacher: pl.LazyFrame,
    transfer: pl.LazyFrame,
    school: pl.LazyFrame,
    *,
    systems: Sequence[CreditSystem],
) -> pl.LazyFrame:
    """Teachers with their place, credit system and the first year they are assessed in.

    Grain: teacher. Of the credit systems whose jurisdiction's code prefix fits, the longest prefix wins (3303 before
    33); a teacher in no known school answers to the province's. Each lists who is in scope (ZJ-2014-04/02.1,
    HI-2017/17.1). `assessed_from_year` = so many years after hiring or transfer from another province, whichever is
    later, as the system says (HI-2017/10.1, 10.3); null when neither date is known.
    """
    arrived = transfer.group_by("teacher_id").agg(on_file=pl.col("transfer_date").max())
    place = school.select("school_id", "school_type", "county_id", "county_name", "city_id", "city_name")
    started = pl.max_horizontal(pl.col("hire_date").dt.year(), pl.col("transfer_date").dt.year())
    years_on = _of_system(systems, lambda one: pl.lit(one.assessed_after_years, dtype=pl.Int32))
    return (
        teacher.select(*KEPT, "transfer_date")
        .join(arrived, on="teacher_id", how="left")
        .with_columns(transfer_date=pl.coalesce("transfer_date", "on_file"))
        .drop("on_file")
        .join(place, on="school_id", how="left")
        .with_columns(credit_system=system_of_place(systems))
        .with_columns(
            is_in_scope=_of_system(systems, lambda one: pl.col("post_type").is_in(list(one.scope_posts)))
            & _of_system(systems, lambda one: pl.col("school_type").is_in(list(one.scope_school_types))).fill_null(
                value=True
            ),
            assessed_from_year=(started + years_on.fill_null(systems[0].assessed_after_years)).cast(pl.Int32),
        )
    )


def system_of_place(systems: Sequence[CreditSystem]) -> pl.Expr:
    """The credit system of the longest code prefix that fits a row's city or county, else its province."""
    place = pl.coalesce("city_id", "county_id", "province")
    expression = pl.lit(None, dtype=pl.String)
    for system in sorted(systems, key=lambda one: len(one.prefix)):
        where = pl.coalesce("county_id", place) if len(system.prefix) == COUNTY_DIGITS else place
        expression = pl.when(where.str.starts_with(system.prefix)).then(pl.lit(system.system_id)).otherwise(expression)
    return expression


def _of_system(systems: Sequence[CreditSystem], build: Callable[[CreditSystem], pl.Expr]) -> pl.Expr:
    """What `build` makes of the row's credit system; null without one."""
    expression = pl.lit(None)
    for system in systems:
        is_its = pl.col("credit_system") == system.system_id
        expression = pl.when(is_its).then(build(system)).otherwise(expression)
    return expression
