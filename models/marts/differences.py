"""Registered against recomputed: marts.credit_difference, marts.credit_difference_total.

Belongs here: where the platform's hours and credits are not those the law gives, record by record and summed up. What
a record is due is decided in `models.core.credit_lines` and `models.marts.caps`; nothing is corrected here.
"""

from decimal import Decimal
from typing import Final

import polars as pl

from models.core.credit_lines import as_amount, in_thousandths, in_whole_thousandths, looked_up

NOT_REGISTERED = "not_registered"
"""Drafts, returned and withdrawn records: the platform itself does not count them."""
OVER, UNDER = "多登", "少登"


def credit_difference(
    lines: pl.LazyFrame,
    cap_losses: pl.LazyFrame,
    projects: pl.LazyFrame,
    teachers: pl.LazyFrame,
    tolerance: Decimal,
) -> pl.LazyFrame:
    """Records whose registered hours or credits are not those due.

    Grain: credit record that differs. Columns: province, record_id, teacher_id, project_id, institution_id (the
    project's), school_id and county_id (the teacher's), year, credit_system, status and reason_code (why a record
    counts for nothing), hours_registered, hours_due, hours_difference, credits_registered, credits_due (after the
    project's cap; null = can't be recomputed), credits_difference (registered less due; null when either is
    unknown), direction (多登: more registered than due, 少登: less).

    Credits within `tolerance` agree: platforms round to 0.1. The school's yearly cap is no matter of one record.
    """
    differing = _with_people(
        _with_provider(_compared(lines, cap_losses, tolerance).filter("_differs"), projects), teachers
    )
    lead = pl.when(pl.col("_credits_off") != 0).then("_credits_off").otherwise("_hours_off")
    return differing.select(
        *("province", "record_id", "teacher_id", "project_id", "institution_id", "school_id", "county_id", "year"),
        *("credit_system", "status", "reason_code"),
        hours_registered=as_amount(pl.col("_hours")),
        hours_due=as_amount(pl.col("_hours_due")),
        hours_difference=as_amount(pl.col("_hours_off")),
        credits_registered=as_amount(pl.col("_credits")),
        credits_due=as_amount(pl.col("_credits_due")),
        credits_difference=as_amount(pl.col("_credits_off")),
        direction=pl.when(lead > 0).then(pl.lit(OVER)).otherwise(pl.lit(UNDER)),
    ).sort("record_id")


def credit_difference_total(
    lines: pl.LazyFrame,
    cap_losses: pl.LazyFrame,
    projects: pl.LazyFrame,
    teachers: pl.LazyFrame,
    tolerance: Decimal,
) -> pl.LazyFrame:
    """Differences summed up over institutions and counties.

    Grain: subject × year × credit system (`subject_type` institution: of records that name a project; county: the
    teacher's, all records). Columns: province, subject_type, subject_id, year, credit_system, records (compared),
    records_differing, hours_over, hours_under, credits_over, credits_under (all of differing records, ≥ 0).
    """
    compared = _with_people(_with_provider(_compared(lines, cap_losses, tolerance), projects), teachers)
    # Once over the records for both subjects: pairs of institution and county are few.
    by_subject = (
        _summed(compared)
        .unpivot(
            ["institution_id", "county_id"],
            index=["province", "year", "credit_system", "names_project", *_SUMS],
            variable_name="subject_type",
            value_name="subject_id",
        )
        .with_columns(pl.col("subject_type").str.strip_suffix("_id"))
    )
    is_counted = pl.col("names_project") | (pl.col("subject_type") == "county")
    return _totals(by_subject.filter(is_counted)).sort("subject_type", "subject_id", "year", "credit_system")


def _with_provider(rows: pl.LazyFrame, projects: pl.LazyFrame) -> pl.LazyFrame:
    return looked_up(rows, projects.select("project_id", "institution_id"), on=["project_id"])


def _with_people(rows: pl.LazyFrame, teachers: pl.LazyFrame) -> pl.LazyFrame:
    return looked_up(rows, teachers.select("teacher_id", "school_id", "county_id"), on=["teacher_id"])


def _compared(lines: pl.LazyFrame, cap_losses: pl.LazyFrame, tolerance: Decimal) -> pl.LazyFrame:
    """Registered records with what they are due, in thousandths."""
    lost = cap_losses.select("record_id", _lost=in_thousandths(pl.col("credits_lost_project_cap")))
    base = in_thousandths(pl.col("base_credits"))
    slack = in_whole_thousandths(tolerance)
    return (
        lines.filter(pl.col("reason_code").ne_missing(NOT_REGISTERED))
        .join(lost, on="record_id", how="left", maintain_order="none")
        .with_columns(
            year="credit_year",
            _hours=in_thousandths(pl.col("hours_registered")),
            _hours_due=in_thousandths(pl.col("counted_hours")),
            _credits=in_thousandths(pl.col("credits_registered")),
            _credits_due=base - pl.col("_lost").fill_null(0),
        )
        .with_columns(
            _hours_off=pl.col("_hours") - pl.col("_hours_due"), _credits_off=pl.col("_credits") - pl.col("_credits_due")
        )
        .with_columns(
            _credits_off=pl.when(pl.col("_credits_off").abs() <= slack)
            .then(pl.col("_credits_off") * 0)
            .otherwise("_credits_off")
        )
        .with_columns(
            _differs=(pl.col("_hours_off") != 0).fill_null(value=False)
            | (pl.col("_credits_off") != 0).fill_null(value=False)
        )
    )


_SUMS: Final = ("records", "records_differing", "hours_over", "hours_under", "credits_over", "credits_under")


def _summed(compared: pl.LazyFrame) -> pl.LazyFrame:
    """Differences in thousandths, by institution, county, year, credit system and whether a project is named."""
    names_project = pl.col("project_id").is_not_null().alias("names_project")
    return compared.group_by("institution_id", "county_id", "year", "credit_system", names_project).agg(
        pl.col("province").first(),  # a night's rows have one: as a key it costs a quarter of the grouping
        records=pl.len().cast(pl.Int64),
        records_differing=pl.col("_differs").sum().cast(pl.Int64),
        hours_over=pl.col("_hours_off").clip(lower_bound=0).sum(),
        hours_under=(-pl.col("_hours_off")).clip(lower_bound=0).sum(),
        credits_over=pl.col("_credits_off").clip(lower_bound=0).sum(),
        credits_under=(-pl.col("_credits_off")).clip(lower_bound=0).sum(),
    )


def _totals(summed: pl.LazyFrame) -> pl.LazyFrame:
    counts, amounts = _SUMS[:2], _SUMS[2:]
    key = ("province", "subject_type", "subject_id", "year", "credit_system")
    return (
        summed.group_by(key)
        .agg(pl.col(*counts).sum(), *(as_amount(pl.col(name).sum()).alias(name) for name in amounts))
        .select(*key, *_SUMS)
    )
