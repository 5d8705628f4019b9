"""Why teachers fall short, and who will: marts.shortfall_cause, marts.at_risk_teacher, marts.at_risk.

Belongs here: what the missed cycles have in common, and the pace of the open one. Totals, limits and verdicts are
those of marts.teacher_cycle; nothing is judged again here.
"""

from datetime import date
from typing import Final

import polars as pl

from models.core.credit_lines import as_amount, in_thousandths
from models.vocabulary import CLOSED, COUNTED, SourceType, Verdict

KINDS: Final = {
    "without_concentrated": (SourceType.CONCENTRATED, SourceType.SECONDMENT),
    "without_online": (SourceType.ONLINE, SourceType.MIXED),
    "without_school_based": (SourceType.SCHOOL_BASED,),
}
"""Count of teachers without any counted record of these kinds in the cycle."""
DAYS_A_YEAR: Final = 365
"""A pace is told by the year: what comes in 365 days."""
PLACES: Final = {"county": "county_id", "school": "school_id", "stage": "stage"}


def shortfall_cause(
    cycles: pl.LazyFrame, teacher_years: pl.LazyFrame, lines: pl.LazyFrame, teachers: pl.LazyFrame
) -> pl.LazyFrame:
    """What teachers who missed a closed cycle lacked, by county, school and stage.

    Grain: cycle × subject (`subject_type` county, school, stage; subject_id null where not on file). Columns:
    province, cycle_id, period, credit_system, subject_type, subject_id, teachers (judged: met or not), not_met and
    of those (null where the credit system has no such rule):
    short_of_credits, short_of_hours, short_of_both (by binding_constraint), short_of_school_based,
    short_of_concentrated, below_yearly_minimum, without_concentrated, without_online, without_school_based (no
    counted record of the kind), short_by_caps (would reach the credits but for what caps cut),
    missing_credits and missing_hours (shortfalls summed up).
    """
    judged = cycles.filter(pl.col("verdict").is_in(CLOSED)).with_columns(
        _missed=pl.col("verdict") == Verdict.NOT_MET,
    )
    missed = judged.filter("_missed").select("teacher_id", "cycle_id", "cycle_start", "cycle_end")
    causes = (
        judged.join(_kinds_had(missed, lines), on=["teacher_id", "cycle_id"], how="left", maintain_order="none")
        .join(_cut(missed, teacher_years), on=["teacher_id", "cycle_id"], how="left", maintain_order="none")
        .join(
            teachers.select("teacher_id", "county_id", "school_id", "stage"),
            on="teacher_id",
            how="left",
            maintain_order="none",
        )
        .with_columns(pl.col(*KINDS).fill_null(value=True))
        .cache()  # few, and asked for once a level
    )
    return pl.concat([_causes(causes, level, column) for level, column in PLACES.items()]).sort(
        "subject_type", "subject_id", "cycle_id"
    )


def _causes(rows: pl.LazyFrame, level: str, column: str) -> pl.LazyFrame:
    missed = pl.col("_missed")

    def count(test: pl.Expr) -> pl.Expr:
        """Those of whom it is so; null where nobody can be asked it, the rule not being there."""
        return pl.when(test.is_not_null().any()).then((missed & test.fill_null(value=False)).sum().cast(pl.Int64))

    def short(name: str) -> pl.Expr:
        return pl.col(f"shortfall_{name}") > 0

    binding = pl.col("binding_constraint")
    return (
        rows.group_by("province", "cycle_id", "period", "credit_system", subject_id=column)
        .agg(
            teachers=pl.len().cast(pl.Int64),
            not_met=missed.sum().cast(pl.Int64),
            short_of_credits=count(binding == "学分"),
            short_of_hours=count(binding == "学时"),
            short_of_both=count(binding == "两者"),
            short_of_school_based=count(short("school_based_hours")),
            short_of_concentrated=count(short("concentrated_hours")),
            below_yearly_minimum=count(pl.col("years_below_minimum") > 0),
            **{name: count(pl.col(name)) for name in KINDS},
            short_by_caps=count(short("credits") & (pl.col("_cut") >= pl.col("shortfall_credits"))),
            missing_credits=_sum(pl.when(missed).then("shortfall_credits")),
            missing_hours=_sum(pl.when(missed).then("shortfall_hours")),
        )
        .select(
            "province",
            "cycle_id",
            "period",
            "credit_system",
            pl.lit(level).alias("subject_type"),
            "subject_id",
            pl.exclude("province", "cycle_id", "period", "credit_system", "subject_id"),
        )
    )


def _kinds_had(missed: pl.LazyFrame, lines: pl.LazyFrame) -> pl.LazyFrame:
    """Which kinds the teachers who missed a cycle have no record of. Grain: teacher × cycle with any record."""
    source = pl.col("source_type")
    had = lines.filter(pl.col("status").is_in(COUNTED)).select("teacher_id", "source_type", year="credit_year")
    return (
        had.join(missed, on="teacher_id", how="inner", maintain_order="none")
        .filter(_in_cycle())
        .group_by("teacher_id", "cycle_id")
        .agg(**{name: ~source.is_in(kinds).any() for name, kinds in KINDS.items()})
    )


def _cut(missed: pl.LazyFrame, teacher_years: pl.LazyFrame) -> pl.LazyFrame:
    """What caps cut in the cycle. Grain: teacher × cycle."""
    lost = teacher_years.select(
        "teacher_id", "year", _cut=pl.col("credits_lost_project_cap") + pl.col("credits_lost_school_cap")
    )
    return (
        lost.join(missed, on="teacher_id", how="inner", maintain_order="none")
        .filter(_in_cycle())
        .group_by("teacher_id", "cycle_id")
        .agg(_cut=_sum(pl.col("_cut")))
    )


def _in_cycle() -> pl.Expr:
    return pl.col("year").is_between(pl.col("cycle_start").dt.year(), pl.col("cycle_end").dt.year())


def at_risk_teacher(cycles: pl.LazyFrame, teachers: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """Teachers who at their pace so far will miss the open cycle. For the analyst only, never for publication.

    Grain: teacher × open cycle, of those assessed in all its years. Columns: province, teacher_id, school_id,
    county_id, cycle_id, period, credit_system, credits, hours, shortfall_credits (null while unknown),
    shortfall_hours, pace_credits and needed_credits (a year: so far, and from now on), pace_hours, needed_hours,
    risk (学分, 学时, 两者).
    """
    paced = _paced(cycles, teachers, as_of).filter(pl.col("_risky_credits") | pl.col("_risky_hours"))
    passed, left = pl.col("_passed"), pl.col("_left")
    return paced.select(
        "province",
        "teacher_id",
        "school_id",
        "county_id",
        "cycle_id",
        "period",
        "credit_system",
        "credits",
        "hours",
        "shortfall_credits",
        "shortfall_hours",
        pace_credits=_a_year(_thousandths("credits"), passed),
        needed_credits=_a_year(_thousandths("shortfall_credits"), left),
        pace_hours=_a_year(_thousandths("hours"), passed),
        needed_hours=_a_year(_thousandths("shortfall_hours"), left),
        risk=pl.when(pl.col("_risky_credits") & pl.col("_risky_hours"))
        .then(pl.lit("两者"))
        .when("_risky_credits")
        .then(pl.lit("学分"))
        .otherwise(pl.lit("学时")),
    ).sort("teacher_id", "cycle_id")


def at_risk(cycles: pl.LazyFrame, teachers: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """How many will miss the open cycle at their pace so far, by county and school; counts only.

    Grain: open cycle × subject (`subject_type` county, school). Columns: province, cycle_id, period, credit_system,
    subject_type, subject_id, teachers (assessed in all years of the cycle), met_already, at_risk,
    at_risk_of_credits, at_risk_of_hours (a teacher may be in both), pace_credits, needed_credits, pace_hours,
    needed_hours (a teacher's yearly average so far, and what the average teacher needs from now on; null when
    unknown).
    """
    paced = _paced(cycles, teachers, as_of)
    levels = {name: column for name, column in PLACES.items() if name != "stage"}
    return pl.concat([_risks(paced, level, column) for level, column in levels.items()]).sort(
        "subject_type", "subject_id", "cycle_id"
    )


def _risks(paced: pl.LazyFrame, level: str, column: str) -> pl.LazyFrame:
    credit, hour = pl.col("_risky_credits"), pl.col("_risky_hours")
    people = pl.col("teachers")
    return (
        paced.group_by("province", "cycle_id", "period", "credit_system", subject_id=column)
        .agg(
            teachers=pl.len().cast(pl.Int64),
            met_already=(pl.col("verdict") == Verdict.MET).sum().cast(pl.Int64),
            at_risk=(credit | hour).sum().cast(pl.Int64),
            at_risk_of_credits=credit.sum().cast(pl.Int64),
            at_risk_of_hours=hour.sum().cast(pl.Int64),
            _credits=_whole(_thousandths("credits")),
            _lacking_credits=_whole(_thousandths("shortfall_credits")),
            _hours=_whole(_thousandths("hours")),
            _lacking_hours=_whole(_thousandths("shortfall_hours")),
            _passed=pl.col("_passed").first(),
            _left=pl.col("_left").first(),
        )
        .select(
            "province",
            "cycle_id",
            "period",
            "credit_system",
            pl.lit(level).alias("subject_type"),
            "subject_id",
            "teachers",
            "met_already",
            "at_risk",
            "at_risk_of_credits",
            "at_risk_of_hours",
            pace_credits=_a_year(pl.col("_credits"), pl.col("_passed") * people),
            needed_credits=_a_year(pl.col("_lacking_credits"), pl.col("_left") * people),
            pace_hours=_a_year(pl.col("_hours"), pl.col("_passed") * people),
            needed_hours=_a_year(pl.col("_lacking_hours"), pl.col("_left") * people),
        )
    )


def _paced(cycles: pl.LazyFrame, teachers: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """Teachers of open cycles with days passed and left, and whether their pace is too slow.

    Too slow: what is missing, spread over the days left, is more a day than what was earned over those passed;
    compared by cross-multiplication. A shortfall on the last day is always too slow.
    """
    whole = pl.col("cycle_end").dt.year() - pl.col("cycle_start").dt.year() + 1
    today = pl.lit(as_of)
    return (
        cycles.filter(
            (pl.col("cycle_start") <= today)
            & (pl.col("cycle_end") >= today)
            & (pl.col("assessed_years") == whole)
            & pl.col("verdict").is_in([Verdict.MET, Verdict.IN_PROGRESS])
        )
        .join(
            teachers.select("teacher_id", "county_id", "school_id"), on="teacher_id", how="left", maintain_order="none"
        )
        .with_columns(
            _passed=(today - pl.col("cycle_start")).dt.total_days() + 1,
            _left=(pl.col("cycle_end") - today).dt.total_days(),
        )
        .with_columns(_risky_credits=_too_slow("credits"), _risky_hours=_too_slow("hours"))
    )


def _too_slow(name: str) -> pl.Expr:
    missing, earned = _thousandths(f"shortfall_{name}"), _thousandths(name)
    slow = missing * pl.col("_passed") > earned * pl.col("_left")
    return (slow & (missing > 0) & (pl.col("verdict") == Verdict.IN_PROGRESS)).fill_null(value=False)


def _thousandths(name: str) -> pl.Expr:
    return in_thousandths(pl.col(name))


def _whole(amount: pl.Expr) -> pl.Expr:
    """A sum that is unknown when none of its parts is known."""
    return pl.when(amount.is_not_null().any()).then(amount.sum())


def _sum(amount: pl.Expr) -> pl.Expr:
    return as_amount(in_thousandths(amount).sum())


def _a_year(thousandths: pl.Expr, days: pl.Expr) -> pl.Expr:
    """An amount over some days as an amount a year, half up to thousandths; null over no days."""
    safe = pl.when(days > 0).then(days)
    return as_amount((thousandths * DAYS_A_YEAR * 2 + safe) // (2 * safe))
