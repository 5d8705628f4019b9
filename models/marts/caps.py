"""What the two caps cost: marts.cap_loss_record, marts.cap_loss.

Belongs here: how the credits that a cap cuts from a teacher's year are shared out over its records, and their sums by
teacher, school and county. How much a cap cuts is decided in `models.marts.credits`; the caps come in through
`CreditRules`.
"""

import polars as pl

from models.core.credit_lines import ENDED, as_amount, cap, in_thousandths, last_day
from models.core.credit_rules import CreditRules
from models.vocabulary import COUNTED

LOSSES = ("credits_lost_project_cap", "credits_lost_school_cap")
TEACHER, SCHOOL, COUNTY = "teacher", "school", "county"


def cap_loss_record(
    lines: pl.LazyFrame, teacher_years: pl.LazyFrame, teachers: pl.LazyFrame, rules: CreditRules
) -> pl.LazyFrame:
    """The records a cap cut, and what is left of each.

    Grain: credit record with a loss. Columns: province, record_id, teacher_id, school_id, county_id, project_id,
    year, end_date, base_credits, credits_lost_project_cap, credits_lost_school_cap, credits (what is left).

    The project's cap is used up in the order of time across years (HI-2017/14.3.5), the school's within a year
    (HI-2017/09.2), so the last records lose. Summed over a teacher's year the losses are those of
    marts.teacher_year.
    """
    losers = teacher_years.filter(pl.any_horizontal(pl.col(LOSSES) > 0)).select("teacher_id").unique()
    own = lines.filter(pl.col("status").is_in(COUNTED)).join(losers, on="teacher_id", how="semi")
    lost = with_losses(own, rules).filter(pl.col("_lost_project") + pl.col("_lost_school") > 0)
    people = teachers.select("teacher_id", "school_id", "county_id")
    return (
        lost.join(people, on="teacher_id", how="left")
        .select(
            "province",
            "record_id",
            "teacher_id",
            "school_id",
            "county_id",
            "project_id",
            "end_date",
            year="credit_year",
            base_credits=as_amount(pl.col("_base")),
            credits_lost_project_cap=as_amount(pl.col("_lost_project")),
            credits_lost_school_cap=as_amount(pl.col("_lost_school")),
            credits=as_amount(pl.col("_base") - pl.col("_lost_project") - pl.col("_lost_school")),
        )
        .sort("teacher_id", "year", "end_date", "record_id")
    )


def with_losses(lines: pl.LazyFrame, rules: CreditRules) -> pl.LazyFrame:
    """Adds to whole teachers' counted lines `_base`, `_lost_project` and `_lost_school` in thousandths."""
    project_cap = cap(rules, "project_cap", ENDED)
    school_cap = cap(rules, "school_cap", last_day("credit_year"))
    time = ["credit_year", "end_date", "is_school_pool", "record_id"]
    based = lines.with_columns(
        _base=in_thousandths(pl.col("base_credits")).fill_null(0),
        _project=pl.coalesce("project_id", pl.concat_str(pl.lit("\0"), "record_id")),  # no project: one of its own
    )
    if project_cap is None:
        cut = based.with_columns(_lost_project=pl.lit(0, dtype=pl.Int64))
    else:
        capped = based.with_columns(_capped=pl.col("_base") * pl.col("is_project_capped"))
        spent = pl.col("_capped").cum_sum().over("teacher_id", "_project", order_by=time)
        cut = capped.with_columns(_lost_project=_beyond("_capped", spent, project_cap))
    if school_cap is None:
        return cut.with_columns(_lost_school=pl.lit(0, dtype=pl.Int64))
    pooled = cut.with_columns(_pool=(pl.col("_base") - pl.col("_lost_project")) * pl.col("is_school_pool"))
    filled = pl.col("_pool").cum_sum().over("teacher_id", "credit_year", order_by=time)
    return pooled.with_columns(_lost_school=_beyond("_pool", filled, school_cap))


def _beyond(amount: str, running: pl.Expr, most: pl.Expr) -> pl.Expr:
    """The part of an amount that lies beyond the cap, given the running total with it; none without a cap."""
    free = (most - (running - pl.col(amount))).clip(lower_bound=0)
    return (pl.col(amount) - free).clip(lower_bound=0).fill_null(0)


def cap_loss(teacher_years: pl.LazyFrame, teachers: pl.LazyFrame) -> pl.LazyFrame:
    """The ledger of credits lost to caps.

    Grain: subject × calendar year, for teachers, schools and counties (`subject_type`) with a loss. Columns:
    province, subject_type, subject_id (null: the teacher's school or county is not on file), year, credit_system,
    teachers (with a loss), teachers_over_project_cap, teachers_over_school_cap, base_credits (of all teachers of
    the subject), credits_lost_project_cap, credits_lost_school_cap. Each level adds up to marts.teacher_year.
    """
    places = teachers.select("teacher_id", school="school_id", county="county_id")
    years = teacher_years.filter(pl.col("base_credits").is_not_null()).join(places, on="teacher_id", how="left")
    years = years.with_columns(teacher="teacher_id")
    ledgers = [_ledger(years, level) for level in (TEACHER, SCHOOL, COUNTY)]
    return pl.concat(ledgers).sort("subject_type", "subject_id", "year", "credit_system")


def _ledger(years: pl.LazyFrame, level: str) -> pl.LazyFrame:
    over_project, over_school = (pl.col(name) > 0 for name in LOSSES)
    return (
        years.group_by("province", "credit_system", "year", subject_id=level)
        .agg(
            teachers=(over_project | over_school).sum().cast(pl.Int64),
            teachers_over_project_cap=over_project.sum().cast(pl.Int64),
            teachers_over_school_cap=over_school.sum().cast(pl.Int64),
            base_credits=_sum("base_credits"),
            credits_lost_project_cap=_sum(LOSSES[0]),
            credits_lost_school_cap=_sum(LOSSES[1]),
        )
        .filter(pl.col("teachers") > 0)
        .select(
            "province",
            pl.lit(level).alias("subject_type"),
            "subject_id",
            "year",
            "credit_system",
            "teachers",
            "teachers_over_project_cap",
            "teachers_over_school_cap",
            "base_credits",
            *LOSSES,
        )
    )


def _sum(name: str) -> pl.Expr:
    return as_amount(in_thousandths(pl.col(name)).sum())
