"""Teachers over a year or a cycle: hours and credits.

Here belong figures per teacher and period. Which records count and what the caps cut is decided in core and
marts; limits are the policy files'.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Literal

import polars as pl

from models.measures.registry import EXACT, NO_ROWS, Condition, Frames, Needs, keep, measure, part_year
from models.parts import BY_TEACHER
from models.vocabulary import COUNTED, TeacherStatus

_PERSON = (
    "teacher_id",
    "county_id",
    "post_type",
    "stage",
    "backbone_level",
    "is_class_head",
    "is_in_scope",
    "assessed_from_year",
    pl.col("status").alias("teacher_status"),
)
POSTS: Needs = {"staging.teacher_assignment?": ("valid_from", "valid_to", "move_type")}
SPELLS: Needs = {"core.fct_teacher_place?": ()}
_TOTALS: Needs = {"marts.teacher_year": (), "core.dim_teacher": ("post_type",), **POSTS, **SPELLS}
_CYCLES: Needs = {"marts.teacher_cycle": (), "core.dim_teacher": ("post_type",), **POSTS, **SPELLS}
NOT_IN_SCOPE = "不在统计人员范围（不是应培训的岗位、学校）"
NOT_SERVING = "不在统计人员范围（已不在职）"
LEFT_UNTOLD = "今天已不在职，不知从哪天起，当时是否在职无从判定"
FIRST_YEAR = "聘用或引进当年，不考核"
NO_HIRE_DATE = "聘用日期不详，不知从哪年起考核"
PART_OF_CYCLE = "周期内应考核年数不足"
NOT_ON_FILE = "只在登记里出现，教师表里没有"


def _with_person(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    people = frames["core.dim_teacher"].select(*_PERSON).with_columns(is_on_file=pl.lit(value=True))
    return with_leaving(rows.join(people, on="teacher_id", how="left"), frames)


def _placed(rows: pl.LazyFrame, frames: Frames, last_day: pl.Expr) -> pl.LazyFrame:
    """Puts whoever ended a closed period under another credit system to where that was: its law was asked of them.

    Only the record of posts (履历) tells; who has moved within one system stays where they are tonight.
    """
    if "core.fct_teacher_place" not in frames:
        return rows
    spells = frames["core.fct_teacher_place"].filter(pl.col("basis") == "履历")
    tonight = frames["core.dim_teacher"].select("teacher_id", _now="credit_system")
    elsewhere = (
        spells.select("teacher_id", _then="credit_system", _there="county_id", _from="valid_from", _to="valid_to")
        .join(tonight, on="teacher_id")
        .filter(pl.col("_then") != pl.col("_now"))
    )
    closed = rows.select("teacher_id", _last=last_day).unique().filter(pl.col("_last") < frames.as_of)
    begun, ended = (pl.col("_from") > pl.col("_last"), pl.col("_to") <= pl.col("_last"))
    held = closed.join(elsewhere, on="teacher_id").filter(~(begun | ended).fill_null(value=False))
    moved = rows.with_columns(_last=last_day).join(
        held.select("teacher_id", "_last", "_then", "_there"), on=["teacher_id", "_last"], how="left"
    )
    return moved.with_columns(
        credit_system=pl.coalesce("_then", "credit_system"),
        county_id=pl.when(pl.col("_then").is_not_null()).then("_there").otherwise("county_id"),
    ).drop("_last", "_then", "_there")


def with_leaving(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Adds the first day on which a teacher no longer served (`left_on`), as far as the record of posts tells.

    That is the day of retiring, else the day after the last post where none goes on. A post that ended by retiring
    is written with both its days; nobody stops being retired.
    """
    if "staging.teacher_assignment" not in frames:
        return rows.with_columns(left_on=pl.lit(None, dtype=pl.Date))
    ended = pl.when(pl.col("valid_to").null_count() == 0).then(pl.col("valid_to").max().dt.offset_by("1d"))
    day = pl.coalesce(pl.col("valid_to").dt.offset_by("1d"), "valid_from")
    retired = day.filter(pl.col("move_type") == "退休").min()
    posts = frames["staging.teacher_assignment"].group_by("teacher_id").agg(left_on=pl.coalesce(retired, ended))
    return rows.join(posts, on="teacher_id", how="left")


def is_gone(status: str) -> pl.Expr:
    """Whether a teacher no longer serves tonight; what was asked before that day was asked all the same."""
    return (pl.col(status) != TeacherStatus.ON_DUTY).fill_null(value=False)


def left_untold(status: str, last_day: pl.Expr, today: date) -> pl.Expr:
    """Why a time that is over isn't held against who no longer serves, nobody knows since when; else null."""
    is_over = last_day < today
    return pl.when(is_gone(status) & pl.col("left_on").is_null() & is_over).then(pl.lit(LEFT_UNTOLD))


def left_before(status: str, last_day: pl.Expr) -> pl.Expr:
    """Why a time isn't asked of who had left before its last day was over, or has by tonight; else null."""
    stayed = (pl.col("left_on") > last_day).fill_null(value=False)
    return pl.when(is_gone(status) & ~stayed).then(pl.lit(NOT_SERVING))


@measure(
    "teacher_year_total",
    title="年度合计",
    reads=_TOTALS,
    by=BY_TEACHER,
    turns={},
    accumulates=True,
    formula="当年各条有效登记之和（先按项目、再按校级封顶）",
)
def teacher_year_total(
    frames: Frames, *, column: Literal["credits", "hours", "school_based_hours"], since: date | None = None
) -> pl.LazyFrame:
    """What a teacher earned in a calendar year. Grain: teacher × year of marts.teacher_year.

    `since` is the day the yearly measure came into force: that year isn't held against anybody.
    """
    years = frames["marts.teacher_year"].with_columns(pl.col("year").cast(pl.Int32))
    return _placed(_with_person(years, frames), frames, pl.date("year", 12, 31)).select(
        "credit_system",
        "post_type",
        "stage",
        "backbone_level",
        subject_id="teacher_id",
        unit_id="county_id",
        period=pl.col("year").cast(pl.String),
        period_end=pl.date("year", 12, 31),
        numerator=column,
        denominator=pl.lit(None, dtype=EXACT),
        missing=pl.when(pl.col("is_on_file").is_null())
        .then(pl.lit(NOT_ON_FILE))
        .when(_is_asked().is_null())
        .then(pl.lit(NO_HIRE_DATE)),
        exempt=pl.when(~pl.col("is_in_scope"))
        .then(pl.lit(NOT_IN_SCOPE))
        .when(~_is_asked())
        .then(pl.lit(FIRST_YEAR))
        .when(pl.date("year", 12, 31) >= frames.as_of)
        .then(left_before("teacher_status", pl.date("year", 12, 31))),
        doubt=pl.when(part_year(pl.col("year"), since).is_null()).then(
            left_untold("teacher_status", pl.date("year", 12, 31), frames.as_of)
        ),
        excused=pl.coalesce(left_before("teacher_status", pl.date("year", 12, 31)), part_year(pl.col("year"), since)),
        is_lower_bound=_unknown_credits(column),
        inputs=pl.struct("credits", "hours", "credits_lost_project_cap", "credits_lost_school_cap"),
    )


def _is_asked() -> pl.Expr:
    """Whether a year is one the teacher is assessed in: as the mart says, of who no longer serves by the first year."""
    begun = pl.col("year") >= pl.col("assessed_from_year")
    return pl.when(is_gone("teacher_status")).then(begun).otherwise("is_assessed")


def _unknown_credits(column: str) -> pl.Expr:
    return (pl.col("unknown_credit_records") > 0) if column == "credits" else pl.lit(value=False)


@measure(
    "teacher_cycle_total",
    title="周期合计",
    reads=_CYCLES,
    by=BY_TEACHER,
    turns={},
    accumulates=True,
    formula="周期内各年有效合计之和",
)
def teacher_cycle_total(
    frames: Frames, *, column: Literal["credits", "hours", "school_based_hours", "longest_concentrated_hours"]
) -> pl.LazyFrame:
    """What a teacher earned in a fixed cycle. Grain: teacher × cycle of marts.teacher_cycle."""
    cycles = _placed(_with_person(frames["marts.teacher_cycle"], frames), frames, pl.col("cycle_end"))
    return cycles.select(
        "credit_system",
        "post_type",
        "stage",
        "backbone_level",
        "is_class_head",
        **_cycle_columns(frames.as_of),
        numerator=column,
        denominator=pl.lit(None, dtype=EXACT),
        is_lower_bound=_unknown_credits(column),
        inputs=pl.struct("credits", "hours", "school_based_hours", "longest_concentrated_hours", "assessed_years"),
    )


def _cycle_columns(today: date) -> dict[str, pl.Expr]:
    """Subject, period and the reasons that hold for whoever is judged over a cycle.

    The mart assesses no year of who no longer serves: of them it is told by the first year they were assessed in.
    """
    years = pl.col("cycle_end").dt.year() - pl.col("cycle_start").dt.year() + 1
    begun_late = pl.col("assessed_from_year") > pl.col("cycle_start").dt.year()
    is_part = pl.when(is_gone("teacher_status")).then(begun_late).otherwise(pl.col("assessed_years") < years)
    doubt = (
        pl.when(pl.col("is_on_file").is_null())
        .then(pl.lit(NOT_ON_FILE))
        .when(is_part.is_null())
        .then(pl.lit(NO_HIRE_DATE))
        .when(pl.col("is_in_scope") & ~is_part)
        .then(left_untold("teacher_status", pl.col("cycle_end"), today))
    )
    return {
        "subject_id": pl.col("teacher_id"),
        "unit_id": pl.col("county_id"),
        "period": pl.col("period"),
        "period_end": pl.col("cycle_end"),
        "doubt": doubt,
        "excused": pl.when(~pl.col("is_in_scope"))
        .then(pl.lit(NOT_IN_SCOPE))
        .when(is_part)
        .then(pl.lit(PART_OF_CYCLE))
        .otherwise(left_before("teacher_status", pl.col("cycle_end"))),
    }


def _sum_reads(options: Mapping[str, Any]) -> Needs:
    fields = tuple(name for name in ("category",) if name in options["rows"])
    heads: Needs = {CLASS_HEADS: ()} if "is_class_head" in options["carry"] else {}
    posts: Needs = {"staging.teacher_role?": ("role",)} if "is_principal" in options["carry"] else {}
    of_person = tuple(name for name in ("post_type", "backbone_level") if name in options["carry"])
    return {
        **_CYCLES,
        "core.dim_teacher": ("post_type", *of_person),
        "core.fct_credit": (),
        "staging.credit_record": fields,
        **heads,
        **posts,
    }


CLASS_HEADS: Final = "core.dim_teacher:is_class_head|staging.teacher_role:role"
"""Either tells who is a class head."""


@measure(
    "teacher_cycle_sum",
    title="周期内某类学时合计",
    reads=_sum_reads,
    by=BY_TEACHER,
    turns={"staging.teacher_role": ("valid_to",)},
    accumulates=True,
    formula="周期内符合条件的有效登记学时之和",
)
def teacher_cycle_sum(
    frames: Frames,
    *,
    rows: Mapping[str, Condition] = NO_ROWS,
    since: Literal["backbone_from"] | None = None,
    carry: tuple[str, ...] = (),
) -> pl.LazyFrame:
    """Hours of the records that fit `rows` (columns of core.fct_credit). Grain: teacher × cycle.

    `since` names the day from which a teacher is asked: records that ended before it don't count, and cycles that did
    are left out. Whoever has no such day on file is asked over the whole cycle.
    """
    everybody = _placed(_with_person(frames["marts.teacher_cycle"], frames), frames, pl.col("cycle_end"))
    cycles = frames.inside(everybody, "county_id")
    cycles = cycles.with_columns(is_principal=pl.col("post_type") == "校长")
    for column in (one for one in ROLES if one in carry):
        cycles = _with_roles(cycles, frames, column)
    counted = frames["core.fct_credit"].filter(pl.col("status").is_in(COUNTED) & keep(rows))
    if frames.within is not None:
        counted = counted.join(cycles, on="teacher_id", how="semi")
    if since is not None:
        days = frames["core.dim_teacher"].select("teacher_id", _since=since)
        cycles, counted = (
            one.join(days, on="teacher_id", how="left").filter((pl.col(last) >= pl.col("_since")).fill_null(value=True))
            for one, last in ((cycles, "cycle_end"), (counted, "end_date"))
        )
    return cycles.join(_earned(counted, cycles), on=["teacher_id", "period"], how="left").select(
        "credit_system",
        "post_type",
        "backbone_level",
        "is_class_head",
        "is_principal",
        **_cycle_columns(frames.as_of),
        numerator=pl.col("counted_hours").fill_null(0),  # no such record is a true zero
        denominator=pl.lit(None, dtype=EXACT),
        inputs=pl.struct(records=pl.col("records").fill_null(0)),
    )


def _earned(counted: pl.LazyFrame, cycles: pl.LazyFrame) -> pl.LazyFrame:
    """Hours of some records by the cycle their year lies in. Grain: teacher × cycle."""
    return (
        counted.select("teacher_id", "counted_hours", year=pl.col("credit_year").cast(pl.Int32))
        .group_by("teacher_id", "year")
        .agg(pl.col("counted_hours").sum(), records=pl.len())
        .join(cycles.select("teacher_id", "period", "cycle_start", "cycle_end"), on="teacher_id")
        .filter(pl.col("year").is_between(pl.col("cycle_start").dt.year(), pl.col("cycle_end").dt.year()))
        .group_by("teacher_id", "period")
        .agg(pl.col("counted_hours").sum(), pl.col("records").sum())
    )


ROLES: Final = {"is_class_head": "班主任", "is_principal": "校长"}
"""What a teacher is tonight → the post whose record says since when."""


def _with_roles(cycles: pl.LazyFrame, frames: Frames, column: str) -> pl.LazyFrame:
    """Whether a teacher held a post on any day of a cycle (`column`), which so far says who holds it tonight.

    The posts on file tell; one that goes on tonight and began after the cycle says that it was not held before.
    """
    if "staging.teacher_role" not in frames:
        return cycles
    role = pl.col("role") == ROLES[column]
    spans = frames["staging.teacher_role"].filter(role).select("teacher_id", "valid_from", "valid_to")
    began = (pl.col("valid_from") <= pl.col("cycle_end")).fill_null(value=True)
    lasts = (pl.col("valid_to") >= pl.col("cycle_start")).fill_null(value=True)
    goes_on = (pl.col("valid_to") >= frames.as_of).fill_null(value=True)
    key = ["teacher_id", "period"]
    asked = cycles.select(*key, "cycle_start", "cycle_end").join(spans, on="teacher_id")
    marks = asked.group_by(key).agg(_held=(began & lasts).any(), _began_later=(~began & goes_on).any())
    told = pl.when("_held").then(pl.lit(value=True)).when("_began_later").then(pl.lit(value=False))
    marked = cycles.join(marks, on=key, how="left")
    return marked.with_columns(told.otherwise(column).alias(column)).drop("_held", "_began_later")


@measure(
    "teacher_year_sum",
    title="年度内某类学分合计",
    reads={**_TOTALS, "core.fct_credit": ()},
    by=BY_TEACHER,
    turns={},
    accumulates=True,
    formula="当年符合条件的登记学分之和（封顶前）",
)
def teacher_year_sum(frames: Frames, *, rows: Mapping[str, Condition] = NO_ROWS) -> pl.LazyFrame:
    """Credits before caps of the records that fit `rows`. Grain: teacher × year that has such a record."""
    counted = frames["core.fct_credit"].filter(pl.col("status").is_in(COUNTED) & keep(rows))
    sums = counted.group_by("teacher_id", year=pl.col("credit_year").cast(pl.Int32)).agg(
        credits=pl.col("base_credits").sum(),
        records=pl.len(),
        unknown=pl.col("base_credits").null_count(),
    )
    return _with_person(sums, frames).select(
        "post_type",
        subject_id="teacher_id",
        unit_id="county_id",
        period=pl.col("year").cast(pl.String),
        period_end=pl.date("year", 12, 31),
        numerator="credits",
        denominator=pl.lit(None, dtype=EXACT),
        is_lower_bound=pl.col("unknown") > 0,
        inputs=pl.struct("records", "unknown"),
    )
