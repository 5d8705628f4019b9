"""Teachers as the rules see them: core.dim_teacher.

Belongs here: where a teacher belongs today, which credit system applies, from which year they are assessed.
Names and id numbers stop before this room. What they earned is in credit_lines and marts.
"""

from collections.abc import Mapping, Sequence

import polars as pl

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


def dim_teacher(
    teacher: pl.LazyFrame,
    transfer: pl.LazyFrame,
    school: pl.LazyFrame,
    *,
    systems: Mapping[str, str],
    posts: Mapping[str, Sequence[str]],
    school_types: Mapping[str, Sequence[str]],
) -> pl.LazyFrame:
    """Teachers with their place, credit system and the first year they are assessed in.

    Grain: teacher. `systems` maps a jurisdiction's code prefix to the credit system in force there, the longest
    prefix wins (3303 before 33); a teacher in no known school answers to the province's. `posts` and
    `school_types` list, for each system, who is in scope (ZJ-2014-04/02.1, HI-2017/17.1).
    `assessed_from_year` = the year after hiring or transfer from another province, whichever is later
    (HI-2017/10.1, 10.3); null when neither date is known.
    """
    arrived = transfer.group_by("teacher_id").agg(on_file=pl.col("transfer_date").max())
    place = school.select("school_id", "school_type", "county_id", "county_name", "city_id", "city_name")
    started = pl.max_horizontal(pl.col("hire_date").dt.year(), pl.col("transfer_date").dt.year())
    return (
        teacher.select(*KEPT, "transfer_date")
        .join(arrived, on="teacher_id", how="left")
        .with_columns(transfer_date=pl.coalesce("transfer_date", "on_file"))
        .drop("on_file")
        .join(place, on="school_id", how="left")
        .with_columns(credit_system=_system(systems))
        .with_columns(
            is_in_scope=_in_scope("post_type", posts) & _in_scope("school_type", school_types).fill_null(value=True),
            assessed_from_year=(started + 1).cast(pl.Int32),
        )
    )


def _system(systems: Mapping[str, str]) -> pl.Expr:
    """The credit system of the longest code prefix that fits the teacher's city, else county, else province."""
    place = pl.coalesce("city_id", "county_id", "province")
    expression = pl.lit(None, dtype=pl.String)
    for prefix in sorted(systems, key=len):
        expression = pl.when(place.str.starts_with(prefix)).then(pl.lit(systems[prefix])).otherwise(expression)
    return expression


def _in_scope(column: str, allowed: Mapping[str, Sequence[str]]) -> pl.Expr:
    """Whether `column` is in the list of the row's credit system."""
    expression = pl.lit(None, dtype=pl.Boolean)
    for system, values in allowed.items():
        fits = pl.col(column).is_in(list(values))
        expression = pl.when(pl.col("credit_system") == system).then(fits).otherwise(expression)
    return expression
