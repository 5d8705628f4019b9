"""Sums for questions that nobody foresaw: marts.public_cube_*.

Each cube counts one thing by place, period and up to two breakdowns, with every total a reader can ask for as a row of
its own, so that a ratio of any combination is a sum over a sum. A row says by what it is broken down (`breakdown`,
`second_breakdown`, columns of the tables the figures come from) and which part it is of (`value`, `second_value`);
``WHOLE`` where it is not.

Belongs here: exact counting. What of it may be told is declared in `models.marts.publication`, by the rule all other
published figures follow.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import polars as pl

from models.marts.leaves import JUDGED, OF_RECORDS, OF_TEACHERS, TRAINING, Tables
from models.marts.satisfaction import anonymous
from models.marts.suppression import spans_alone
from models.marts.training import UNSAID, at_every_level, held_projects
from models.vocabulary import COUNTED_IN_RATIO, Verdict

WHOLE: Final = "全部"
"""The breakdown, and its only part, of a row that is not broken down."""
KINDS: Final = {"districts": ("市辖区", ("区",)), "towns": ("县级市", ("市",)), "rural": ("县", ("县", "旗"))}
"""Kinds of county that are compared like with like: their name, and how names of such counties end."""
POOLED_FROM: Final = 2
"""So many counties of a kind are told together."""
OF_PROJECTS: Final = ("level", "delivery_mode", "is_school_based", "institution_type", "authority_level")
VERDICT: Final = "verdict"
BROKEN_DOWN: Final = ("breakdown", "value", "second_breakdown", "second_value")
ABSENT: Final = ("请假", "旷课")
"""Marks of a session that the trainee missed."""
Grouping = tuple[str, ...]
UNITS: Final = "marts.public_unit"
CHECKED: Final = "marts.project_check"
DIM_PROJECT: Final = "core.dim_project"
DIM_INSTITUTION: Final = "core.dim_institution"
MONEY: Final = "staging.project_finance"
SURVEYS: Final = "core.fct_survey"
MARKS: Final = "staging.attendance"
ENROLLMENTS: Final = "staging.enrollment"
OF_JUDGED: Final = (JUDGED.name, UNITS)
OF_TRAINED: Final = (TRAINING.name, UNITS)
OF_HELD: Final = (DIM_PROJECT, DIM_INSTITUTION, UNITS)
OF_PRESENCE: Final = (MARKS, ENROLLMENTS, *OF_HELD)


@dataclass(frozen=True)
class Cube:
    """What is counted (`sums`), what tells rows apart beside place and breakdowns (`key`), and what it is broken by."""

    key: tuple[str, ...]
    sums: tuple[str, ...]
    groupings: tuple[Grouping, ...]

    @property
    def order(self) -> tuple[str, ...]:
        """The columns that tell its rows apart."""
        return ("unit_id", *self.key, *BROKEN_DOWN)


def every_pair(dimensions: Sequence[str]) -> tuple[Grouping, ...]:
    """No breakdown, each alone, and each two together, in the order of `dimensions`."""
    return ((), *combinations(dimensions, 1), *combinations(dimensions, 2))


REACHED: Final = Cube(("measure", "period"), ("numerator", "denominator"), every_pair(OF_TEACHERS))
TEACHERS: Final = Cube(("measure", "period"), ("teachers",), every_pair((VERDICT, *OF_TEACHERS)))
RECORDS: Final = Cube(
    ("period",),
    ("trained", "records", "hours"),
    (
        *every_pair(OF_TEACHERS),
        *((one,) for one in OF_RECORDS),
        *((one, two) for one in OF_RECORDS for two in OF_TEACHERS),
    ),
)
CHECKS: Final = Cube(
    ("period",), ("projects", "projects_checked", "projects_checked_any_level"), every_pair(OF_PROJECTS)
)
AMOUNTS: Final = ("budget", "received", "spent")
PROJECTS: Final = Cube(("period",), ("projects", "planned_hours", *AMOUNTS), every_pair(OF_PROJECTS))
ANSWERS: Final = Cube(("measure", "period"), ("numerator", "denominator"), every_pair(OF_PROJECTS))
PRESENCE: Final = Cube(("period",), ("numerator", "denominator"), every_pair(OF_PROJECTS))


def reached(tables: Tables) -> pl.DataFrame:
    """Teachers who reached a cycle's or a year's thresholds, of those judged.

    Grain: measure (cycle, annual) × unit × period × breakdowns. `numerator` of `denominator` teachers.
    """
    leaves = (
        tables[JUDGED.name]
        .filter(pl.col("verdict").is_in(COUNTED_IN_RATIO))
        .rename({"teachers": "denominator"})
        .with_columns(numerator=pl.when(pl.col("verdict") == Verdict.MET).then("denominator").otherwise(0))
    )
    return _summed(leaves, tables[UNITS], REACHED)


def verdicts(tables: Tables) -> pl.DataFrame:
    """Teachers whose cycle or year there is, by its verdict and their kinds: measure × unit × period × breakdowns."""
    return _summed(tables[JUDGED.name], tables[UNITS], TEACHERS)


def records(tables: Tables) -> pl.DataFrame:
    """Counted records of training, their hours and the teachers behind them, by kind of training and of teacher.

    Grain: unit × year × breakdowns. `trained` counts a teacher once a row, so that parts by kind of training add up to
    more than the whole.
    """
    leaves = tables[TRAINING.name].with_columns(period=pl.col("year").cast(pl.String))
    parts = []
    for own in (WHOLE, *OF_RECORDS):
        asked = tuple(one for one in RECORDS.groupings if set(one) & set(OF_RECORDS) == {own} - {WHOLE})
        of_own = leaves.filter(pl.col("dimension") == own).rename({"value": own})
        parts.append(_summed(of_own, tables[UNITS], Cube(RECORDS.key, RECORDS.sums, asked)))
    return pl.concat(parts)


def checks(tables: Tables, until: int) -> pl.DataFrame:
    """Projects of a place's year, and those of them that were spot-checked: unit × year × breakdowns.

    A project counts in each year its dates touch, as in marts.county_spot_check. None without any check on file.
    """
    leaves = (
        tables[CHECKED]
        .filter(pl.col("is_checked_any_level").any(), pl.col("year") <= until)
        .join(_kinds(tables), on="project_id", how="left", maintain_order="none")
        .group_by("province", "unit_id", pl.col("year").cast(pl.String).alias("period"), *OF_PROJECTS)
        .agg(
            projects=pl.len().cast(pl.Int64),
            projects_checked=pl.col("is_checked").sum().cast(pl.Int64),
            projects_checked_any_level=pl.col("is_checked_any_level").sum().cast(pl.Int64),
        )
    )
    return _summed(leaves, tables[UNITS], CHECKS)


def projects(tables: Tables, until: int) -> pl.DataFrame:
    """Projects that were held, their planned hours and their money in yuan: unit × year of training × breakdowns.

    An amount nobody stated for any project of a row is null.
    """
    stated = tables[MONEY].group_by("project_id").agg(pl.col(*AMOUNTS).cast(pl.Decimal(38, 3)).pipe(_known_sum))
    leaves = (
        held_projects(tables[DIM_PROJECT])
        .filter(pl.col("year") <= until)
        .select("project_id", "province", "year", "hours_planned", unit_id="county_unit_id")
        .join(stated, on="project_id", how="left", maintain_order="none")
        .join(_kinds(tables), on="project_id", how="left", maintain_order="none")
        .group_by("province", "unit_id", pl.col("year").cast(pl.String).alias("period"), *OF_PROJECTS)
        .agg(
            pl.col(*AMOUNTS).pipe(_known_sum),
            projects=pl.len().cast(pl.Int64),
            planned_hours=pl.col("hours_planned").cast(pl.Decimal(38, 3)).pipe(_known_sum),
        )
    )
    return _summed(leaves, tables[UNITS], PROJECTS)


def answers(tables: Tables, until: int) -> pl.DataFrame:
    """Satisfaction with the projects a place carried out, as the span it lies in.

    Grain: measure (satisfaction, with_basic) × unit × year × breakdowns, rows with valid answers alone. The counts stay
    out, since projects are published one by one (`suppression.spans_alone`).
    """
    places = tables[DIM_PROJECT].select("project_id", unit_id="county_unit_id")
    counted = (
        anonymous(tables[SURVEYS])
        .filter(pl.col("year") <= until)
        .select("project_id", "province", "year", "satisfied", "satisfied_with_basic", "responses_valid")
        .join(places, on="project_id", how="left", maintain_order="none")
        .join(_kinds(tables), on="project_id", how="left", maintain_order="none")
    )
    leaves = pl.concat(
        counted.group_by("province", "unit_id", pl.col("year").cast(pl.String).alias("period"), *OF_PROJECTS).agg(
            measure=pl.lit(measure),
            numerator=pl.col(column).sum().cast(pl.Int64),
            denominator=pl.col("responses_valid").sum().cast(pl.Int64),
        )
        for measure, column in (("satisfaction", "satisfied"), ("with_basic", "satisfied_with_basic"))
    )
    exact = _summed(leaves, tables[UNITS], ANSWERS).lazy().filter(pl.col("denominator") > 0)
    return spans_alone(exact, pl.lit(value=True)).collect()


def presence(tables: Tables, until: int) -> pl.DataFrame:
    """Trainees who missed no session, of those with attendance marks: unit × year of training × breakdowns.

    A trainee counts once for each enrolment; leave is missed, official leave (公假) is not.
    """
    held = held_projects(tables[DIM_PROJECT]).filter(pl.col("year") <= until)
    marked = (
        tables[MARKS].drop_nulls("status").group_by("enrollment_id").agg(missed=pl.col("status").is_in(ABSENT).any())
    )
    leaves = (
        marked.join(tables[ENROLLMENTS].select("enrollment_id", "project_id"), on="enrollment_id", how="inner")
        .group_by("project_id")
        .agg(numerator=(~pl.col("missed")).sum().cast(pl.Int64), denominator=pl.len().cast(pl.Int64))
        .join(held.select("project_id", "province", "year", unit_id="county_unit_id"), on="project_id", how="inner")
        .join(_kinds(tables), on="project_id", how="left", maintain_order="none")
        .group_by("province", "unit_id", pl.col("year").cast(pl.String).alias("period"), *OF_PROJECTS)
        .agg(pl.col("numerator", "denominator").sum())
    )
    return _summed(leaves, tables[UNITS], PRESENCE)


def _kinds(tables: Tables) -> pl.LazyFrame:
    """What projects are broken down by. Grain: project."""
    word = pl.col("is_school_based")
    return (
        tables[DIM_PROJECT]
        .select(
            "project_id",
            "institution_id",
            "level",
            "delivery_mode",
            is_school_based=pl.when(word).then(pl.lit("校本")).when(~word).then(pl.lit("非校本")),
        )
        .join(
            tables[DIM_INSTITUTION].select("institution_id", "institution_type", "authority_level"),
            on="institution_id",
            how="left",
        )
        .drop("institution_id")
    )


def _known_sum(values: pl.Expr) -> pl.Expr:
    """A sum that is unknown when none of its parts is known."""
    return pl.when(values.is_not_null().any()).then(values.sum())


def _summed(leaves: pl.LazyFrame, units: pl.LazyFrame, cube: Cube) -> pl.DataFrame:
    """Leaves of the units that training belongs to, summed for each place and each breakdown asked."""
    counties = pl.concat(_grouped(leaves, cube)).collect(engine="streaming").lazy()
    placed = pl.concat([at_every_level(counties, units), _of_kinds(counties, units)], how="diagonal_relaxed")
    level = pl.when("is_county").then(pl.lit("county")).otherwise(pl.lit("city"))
    told = units.select(
        "unit_id",
        "province",
        unit_level=pl.when(pl.col("unit_id") == pl.col("province")).then(pl.lit("province")).otherwise(level),
    )
    kinds = _pools(units).select("province", unit_id="_kind", unit_level=pl.lit("kind")).unique()
    told = pl.concat([told, kinds], how="diagonal_relaxed")
    return (
        placed.group_by(cube.order)
        .agg(pl.col(*cube.sums).pipe(_known_sum))
        .join(told, on="unit_id", how="inner", maintain_order="none")
        .select("province", "unit_level", *cube.order, *cube.sums)
        .collect(engine="streaming")
    )


def _of_kinds(leaves: pl.LazyFrame, units: pl.LazyFrame) -> pl.LazyFrame:
    """The leaves of counties once more, for all counties of their kind together."""
    kinds = _pools(units).select("unit_id", "_kind")
    return (
        leaves.join(kinds, on="unit_id", how="inner", maintain_order="left")
        .with_columns(unit_id=pl.col("_kind"))
        .drop("_kind")
    )


def _pools(units: pl.LazyFrame) -> pl.LazyFrame:
    """Counties with the id of the pool of their kind, which begins with two of them.

    A pool of one would tell the same people by edges drawn a second time, and so more than the rule allows.
    """
    kinds = units.select("unit_id", "province", _kind=kind_of()).drop_nulls("_kind")
    return kinds.filter(pl.len().over("_kind") >= POOLED_FROM)


def kind_of() -> pl.Expr:
    """The id that stands for all counties of a unit's kind: `330000-towns`; null for what is no county of the state."""
    found = pl.lit(None, pl.String)
    for kind, (_, endings) in KINDS.items():
        is_kind = (pl.col("level") == "县") & pl.col("unit_name").str.contains(f"({'|'.join(endings)})$")
        found = pl.when(is_kind).then(pl.format("{}-{}", "province", pl.lit(kind))).otherwise(found)
    return found


def _grouped(leaves: pl.LazyFrame, cube: Cube) -> Iterator[pl.LazyFrame]:
    """The leaves of each unit summed by each of the cube's groupings."""
    for grouping in cube.groupings:
        first, second = (*grouping, None, None)[:2]
        yield (
            leaves.group_by("unit_id", *cube.key, *grouping)
            .agg(pl.col(*cube.sums).pipe(_known_sum))
            .select(
                *("unit_id", *cube.key),
                pl.lit(first or WHOLE).alias("breakdown"),
                _part(first).alias("value"),
                pl.lit(second or WHOLE).alias("second_breakdown"),
                _part(second).alias("second_value"),
                *cube.sums,
            )
        )


def _part(column: str | None) -> pl.Expr:
    return pl.col(column).fill_null(UNSAID) if column else pl.lit(WHOLE)
