"""Counts in the smallest parts that published figures add up: made once a night for all frames that need them.

Belongs here: reading what is long (credit records, teachers' years and cycles, findings) once, and counting it by
county, period and what it is broken down by. Nothing here is published or kept: these counts are exact, and only what
is made of them goes through the rule of `suppression`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import polars as pl

from models.core.credit_lines import as_amount, in_thousandths
from models.marts.breakdowns import cycle_period
from models.marts.clause_counts import LAW_OF
from models.marts.training import IN_ALL
from models.vocabulary import COUNTED

OF_TEACHERS: Final = ("stage", "title", "backbone_level", "post_type", "urban_rural", "ownership")
"""What teachers are broken down by."""
OF_RECORDS: Final = ("source_type", "record_level")
"""What records of training are broken down by."""
Tables = Mapping[str, pl.LazyFrame]
"""Tables by name."""
CYCLES: Final = "marts.teacher_cycle"
YEARS: Final = "marts.teacher_year"
CREDITS: Final = "core.fct_credit"
DIM_TEACHER: Final = "core.dim_teacher"
DIM_SCHOOL: Final = "core.dim_school"
FINDINGS: Final = "audit.findings"


@dataclass(frozen=True)
class Leaves:
    """Counts by name, made of some columns of the tables of `reads` and of years begun; never part of a release."""

    name: str
    reads: Mapping[str, tuple[str, ...]]
    made: Callable[[Tables, int], pl.DataFrame]


def judged(tables: Tables, until: int) -> pl.DataFrame:
    """Teachers by the verdict of their cycle or year, years after `until` left out.

    Grain: county (`unit_id`) × measure (cycle, annual) × period × verdict × binding_constraint (of cycles) × what
    teachers are broken down by; `teachers` counted. Of a teacher nobody knows, only the verdict is told.
    """
    columns = ("province", "teacher_id", "measure", "period", "verdict", "binding_constraint")
    of_cycles = tables[CYCLES].with_columns(measure=pl.lit("cycle"), period=cycle_period())
    of_years = (
        tables[YEARS]
        .filter(pl.col("year") <= until)
        .with_columns(
            measure=pl.lit("annual"), period=pl.col("year").cast(pl.String), binding_constraint=pl.lit(None, pl.String)
        )
    )
    teachers, kinds = _numbered(tables)
    return (
        pl.concat([of_cycles.select(columns), of_years.select(columns)])
        .join(teachers.select("teacher_id", "_kind"), on="teacher_id", how="left", maintain_order="none")
        .group_by("_kind", *(name for name in columns if name != "teacher_id"))
        .agg(teachers=pl.len().cast(pl.Int64))
        .join(kinds.drop("province"), on="_kind", how="left", maintain_order="none")
        .drop("_kind")
        .collect(engine="streaming")
    )


def training(tables: Tables, until: int) -> pl.DataFrame:
    """Counted records of training, their hours and the teachers behind them, years after `until` left out.

    Grain: county (`unit_id`) × `year` × `dimension` × `value` × what teachers are broken down by. `dimension` is
    ``IN_ALL``, or one of `OF_RECORDS` and `value` its value. `trained` counts a teacher once a row, so that the rows of
    a dimension add up to more than all.
    """
    teachers, kinds = _numbered(tables)
    counted = tables[CREDITS].filter(pl.col("status").is_in(COUNTED) & (pl.col("credit_year") <= until))
    years = counted.select(pl.col("credit_year").unique().sort()).collect(engine="streaming").to_series()
    parts = [_trained_in(counted.filter(pl.col("credit_year") == year), teachers, year) for year in years]
    return (
        pl.concat([_NOBODY_TRAINED, *parts])
        .lazy()
        .with_columns(hours=as_amount(pl.col("hours")))
        .join(kinds, on="_kind", how="left", maintain_order="none")
        .drop("_kind")
        .collect(engine="streaming")
    )


_NOBODY_TRAINED: Final = pl.DataFrame(
    schema={
        "_kind": pl.UInt32,
        "year": pl.Int64,
        "dimension": pl.String,
        "value": pl.String,
        "records": pl.Int64,
        "hours": pl.Int64,
        "trained": pl.Int64,
    }
)


def _trained_in(counted: pl.LazyFrame, teachers: pl.LazyFrame, year: int) -> pl.DataFrame:
    """The counts of one year, by kinds of teachers: a year at a time needs a fraction of the memory, and less time."""
    of_teachers = (
        counted.select(
            *("teacher_id", pl.col("source_type").cast(pl.Categorical)),
            record_level=pl.col("level").cast(pl.Categorical),
            hours=in_thousandths(pl.col("counted_hours")),
        )
        .join(teachers, on="teacher_id", how="inner", maintain_order="none")
        .group_by("_number", "_kind", *OF_RECORDS)
        .agg(pl.col("hours").sum(), records=pl.len().cast(pl.Int64))
        .collect(engine="streaming")
        .lazy()
    )
    found = []
    for own in ((), *combinations(OF_RECORDS, 1)):
        dimension, value = (own[0], pl.col(own[0])) if own else (IN_ALL, pl.lit(IN_ALL))
        found.append(
            of_teachers.group_by("_kind", *own)
            .agg(pl.col("records", "hours").sum(), trained=pl.col("_number").n_unique().cast(pl.Int64))
            .with_columns(year=pl.lit(year, pl.Int64), dimension=pl.lit(dimension), value=value.cast(pl.String))
            .select(_NOBODY_TRAINED.columns)
        )
    return pl.concat(pl.collect_all(found, engine="streaming"))


def _numbered(tables: Tables) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Teachers with a number of their own and that of their kind, and what each kind is.

    A kind is a county with a value of each of `OF_TEACHERS`. Numbers are grouped by in half the time that ids take.
    """
    columns = ("province", "unit_id", *OF_TEACHERS)
    described = (
        tables[DIM_TEACHER]
        .select(
            *("teacher_id", "school_id", "province", "stage", "title", "backbone_level", "post_type"),
            unit_id="county_id",
        )
        .join(tables[DIM_SCHOOL].select("school_id", "urban_rural", "ownership"), on="school_id", how="left")
        .collect(engine="streaming")
        .with_row_index("_number")
    )
    kinds = described.select(columns).unique().with_row_index("_kind")
    teachers = described.join(kinds, on=columns, how="left", nulls_equal=True).select("teacher_id", "_number", "_kind")
    return teachers.lazy(), kinds.lazy()


def found(tables: Tables, _until: int) -> pl.DataFrame:
    """Findings (`subjects`) by clause, place, period as judged, limit and verdict."""
    return tables[FINDINGS].group_by(_OF_FINDINGS).agg(subjects=pl.len().cast(pl.Int64)).collect(engine="streaming")


_OF_FINDINGS: Final = (
    *("province", "clause_id", LAW_OF, "subject_type", "unit_id", "period", "verdict"),
    *("operator", "threshold", "unit"),
)
ASKED_OF_FINDINGS: Final = (*_OF_FINDINGS, "value", "is_trigger", "detail")
"""The columns of findings that published counts are made of: of whom they are is not among them."""
_DESCRIBED: Final = {
    DIM_TEACHER: (
        *("teacher_id", "school_id", "province", "county_id"),
        *("stage", "title", "backbone_level", "post_type"),
    ),
    DIM_SCHOOL: ("school_id", "urban_rural", "ownership"),
}
TRAINING: Final = Leaves(
    "leaves.training",
    {
        CREDITS: ("teacher_id", "credit_year", "source_type", "level", "counted_hours", "status"),
        **_DESCRIBED,
    },
    training,
)
JUDGED: Final = Leaves(
    "leaves.judged",
    {
        CYCLES: ("province", "teacher_id", "cycle_start", "cycle_end", "verdict", "binding_constraint"),
        YEARS: ("province", "teacher_id", "year", "verdict"),
        **_DESCRIBED,
    },
    judged,
)
FOUND: Final = Leaves("leaves.found", {FINDINGS: _OF_FINDINGS}, found)
LEAVES: Final = {each.name: each for each in (TRAINING, JUDGED, FOUND)}
"""By name, which is that of no table: they are made between the tables of a night and what is published of them."""
