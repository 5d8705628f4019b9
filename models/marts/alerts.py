"""Records that look wrong side by side: marts.record_alert.

Belongs here: what no single record shows: one course cut into pieces, days of more than their hours, a training
registered twice, a level that is not the project's. An alert is a reason to look, never a verdict; what each record
counts for is decided in `models.core.credit_lines`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import xor
from typing import Final

import polars as pl

from models.core.credit_lines import KEPT_APART, LEVELS, SAME_TIER, as_amount, in_thousandths, in_whole_thousandths
from models.vocabulary import COUNTED, LineStatus, SourceType

SPLIT, LONG_DAY, TWICE, WRONG_LEVEL = "split_session", "over_day_hours", "double_registration", "wrong_level"
TITLES: Final = {SPLIT: "疑似拆分课程", LONG_DAY: "日均学时超限", TWICE: "疑似重复登记", WRONG_LEVEL: "级别与项目不符"}
SPLIT_DAYS: Final = 7
"""Pieces at most this many days apart are one course, the limit included."""
NOT_REGISTERED: Final = "not_registered"


@dataclass(frozen=True)
class AlertRules:
    """What the documents say of days: the hours of one, the kinds counted by days, the systems that convert by days.

    Without hours nobody is told of long days or split courses.
    """

    hours_per_day: Decimal | None
    day_sources: tuple[str, ...]
    systems_by_day: tuple[str, ...]


def record_alert(
    lines: pl.LazyFrame, records: pl.LazyFrame, projects: pl.LazyFrame, teachers: pl.LazyFrame, rules: AlertRules
) -> pl.LazyFrame:
    """Records to look at.

    Grain: alert × credit record. Columns: province, alert (split_session, over_day_hours, double_registration,
    wrong_level), alert_title, record_id, group_id (the first record of those that only together look wrong),
    group_records, teacher_id, school_id, county_id, project_id, institution_id, year, start_date, end_date, hours,
    credits (before caps), expected and found (in words).

    - split_session: two or more counted records of less than a day, of one teacher, institution and topic, each at
      most seven days from the next; only where credits are converted by days (HI-2017/14.3.3: four half days give
      more than two days).
    - over_day_hours: the counted records of one teacher for the very same dates come to more than a day's hours a
      day; records that only overlap are left out, for nobody knows the hours of each day.
    - double_registration: one teacher's registrations of one project at two levels, or twice for the same dates,
      kind and year.
    - wrong_level: the registered level is not the project's (for a secondment, of the unit that sent the teacher);
      city and county are one level (HI-2017/05.1, 14.3.6).
    """
    named = projects.select("project_id", "institution_id", "level", "dispatch_org_level", "topic", "project_name")
    registered = lines.filter(pl.col("reason_code").ne_missing(NOT_REGISTERED))
    parts = [*_by_hours(registered, named, rules), _twice(registered), _wrong_level(registered, records, named)]
    # One after the other: each reads ahead of all lines and sorts or groups them, 5.7 GB of a full province at once.
    alerts = pl.concat([part.collect(engine="streaming", optimizations=KEPT_APART).lazy() for part in parts])
    return _described(alerts, registered, named, teachers)


_ALERT: Final = ("alert", "record_id", "group_id", "group_records", "expected", "found")


def _described(
    alerts: pl.LazyFrame, lines: pl.LazyFrame, projects: pl.LazyFrame, teachers: pl.LazyFrame
) -> pl.LazyFrame:
    people = teachers.select("teacher_id", "school_id", "county_id")
    # Alerts are few: they are held in memory, the lines stream past. Left to itself polars may choose the reverse.
    return (
        alerts.join(lines, on="record_id", how="left", maintain_order="none", build_side="force_left")
        .join(projects.select("project_id", "institution_id"), on="project_id", how="left", maintain_order="none")
        .join(people, on="teacher_id", how="left", maintain_order="none")
        .select(
            "province",
            "alert",
            pl.col("alert").replace_strict(TITLES).alias("alert_title"),
            "record_id",
            "group_id",
            "group_records",
            "teacher_id",
            "school_id",
            "county_id",
            "project_id",
            "institution_id",
            pl.col("credit_year").alias("year"),
            "start_date",
            "end_date",
            pl.col("hours_registered").alias("hours"),
            pl.col("base_credits").alias("credits"),
            "expected",
            "found",
        )
        .sort("alert", "group_id", "record_id")
    )


def _by_hours(lines: pl.LazyFrame, projects: pl.LazyFrame, rules: AlertRules) -> list[pl.LazyFrame]:
    """The alerts that rest on the hours of a day; none where the documents say nothing of it."""
    if rules.hours_per_day is None:
        return []
    day = in_whole_thousandths(rules.hours_per_day)
    return [_split(lines, projects, rules, day), _long_days(lines, rules, day)]


def _split(lines: pl.LazyFrame, projects: pl.LazyFrame, rules: AlertRules, day: int) -> pl.LazyFrame:
    hours = in_thousandths(pl.col("counted_hours"))
    short = lines.filter(
        pl.col("status").is_in(COUNTED)
        & pl.col("credit_system").is_in(rules.systems_by_day)
        & pl.col("source_type").is_in(rules.day_sources)
        & (hours > 0)
        & (hours < day)
        & pl.col("project_id").is_not_null()
    )
    course = ["teacher_id", "institution_id", "_topic"]
    dated = short.join(projects, on="project_id", how="inner").select(
        "record_id",
        "teacher_id",
        "institution_id",
        "end_date",
        _topic=pl.coalesce("topic", "project_name", "project_id"),
        _hours=hours,
    )
    time = ["end_date", "record_id"]
    gap = pl.col("end_date").diff().dt.total_days().over(course, order_by=time)
    opened = (gap.is_null() | (gap > SPLIT_DAYS)).cast(pl.Int32)
    chained = dated.with_columns(_opened=opened).with_columns(
        _chain=pl.col("_opened").cum_sum().over(course, order_by=time)
    )
    group = [*course, "_chain"]
    return (
        chained.with_columns(
            group_records=pl.len().over(group).cast(pl.Int64),
            group_id=pl.col("record_id").min().over(group),
            _total=pl.col("_hours").sum().over(group),
        )
        .filter(pl.col("group_records") > 1)
        .with_columns(
            alert=pl.lit(SPLIT),
            expected=pl.lit("同一课程合并按天折算"),
            found=pl.format("{} 条不足一天的登记，合计 {} 学时", "group_records", _shown(pl.col("_total"))),
        )
        .select(_ALERT)
    )


def _long_days(lines: pl.LazyFrame, rules: AlertRules, day: int) -> pl.LazyFrame:
    window = ["teacher_id", "start_date", "end_date"]
    dated = lines.filter(
        pl.col("status").is_in(COUNTED)
        & pl.col("source_type").is_in(rules.day_sources)
        & (pl.col("start_date") <= pl.col("end_date"))
    ).select(
        *window,
        "record_id",
        _hours=in_thousandths(pl.col("hours_registered")),
        _days=(pl.col("end_date") - pl.col("start_date")).dt.total_days() + 1,
    )
    limit = pl.col("_days") * day
    print_of = _fingerprint(window)
    crowded = (
        dated.group_by(_print=print_of)
        .agg(pl.col("_hours").sum(), pl.col("_days").min())
        .filter(pl.col("_hours") > limit)
        .select("_print")
    )
    suspects = dated.with_columns(_print=print_of).join(crowded, on="_print", how="semi")
    return (
        suspects.with_columns(
            _total=pl.col("_hours").sum().over(window),
            group_records=pl.len().over(window).cast(pl.Int64),
            group_id=pl.col("record_id").min().over(window),
        )
        .filter(pl.col("_total") > limit)
        .with_columns(
            alert=pl.lit(LONG_DAY),
            expected=pl.format("{} 天至多 {} 学时", "_days", _shown(limit)),
            found=pl.format("{} 条登记，合计 {} 学时", "group_records", _shown(pl.col("_total"))),
        )
        .select(_ALERT)
    )


def _twice(lines: pl.LazyFrame) -> pl.LazyFrame:
    in_project = lines.filter(
        pl.col("project_id").is_not_null() & pl.col("status").is_in((*COUNTED, LineStatus.QUARANTINE))
    ).select("record_id", "teacher_id", "project_id", "source_type", "credit_year", "start_date", "end_date", "status")
    pair = ["teacher_id", "project_id"]
    at_two_levels = in_project.filter(pl.col("status") == LineStatus.QUARANTINE).select(pair).unique()
    same = [*pair, "source_type", "credit_year", "start_date", "end_date"]
    print_of = _fingerprint(same)
    # Sorted, what repeats lies side by side: half of what groups of one row each would cost.
    prints = in_project.select(_print=print_of).sort("_print")
    repeated = prints.filter(pl.col("_print") == pl.col("_print").shift())
    again = (
        in_project.with_columns(_print=print_of)
        .join(repeated, on="_print", how="semi")
        .filter(pl.len().over(same) > 1)
        .select(pair)
        .unique()
    )
    suspects = in_project.join(pl.concat([at_two_levels, again]).unique(), on=pair, how="semi")
    return (
        suspects.with_columns(
            group_records=pl.len().over(pair).cast(pl.Int64),
            group_id=pl.col("record_id").min().over(pair),
        )
        .with_columns(
            alert=pl.lit(TWICE),
            expected=pl.lit("同一教师同一项目只登一次"),
            found=pl.format("{} 条登记", "group_records"),
        )
        .select(_ALERT)
    )


def _wrong_level(lines: pl.LazyFrame, records: pl.LazyFrame, projects: pl.LazyFrame) -> pl.LazyFrame:
    asked = pl.when(pl.col("source_type") == SourceType.SECONDMENT).then(pl.coalesce("dispatch_org_level", "level"))
    in_words = pl.col("level", "dispatch_org_level").replace(LEVELS)  # here, where rows are few: it does not stream
    levels = projects.select("project_id", in_words)
    both_local = pl.col("_found").is_in(SAME_TIER) & pl.col("_asked").is_in(SAME_TIER)
    in_project = lines.filter(pl.col("project_id").is_not_null() & (pl.col("status") != LineStatus.INELIGIBLE))
    is_seconded = pl.col("source_type").eq_missing(SourceType.SECONDMENT)
    # Only a secondment's line has another level than its record: the others need not be looked up among all records.
    own = records.select("record_id", _found="level")
    seconded = in_project.filter(is_seconded).select("record_id", "project_id", "source_type")
    found = pl.concat(
        [
            in_project.filter(~is_seconded).select("record_id", "project_id", "source_type", _found="level"),
            own.join(seconded, on="record_id", how="inner", maintain_order="none", build_side="force_right").select(
                "record_id", "project_id", "source_type", "_found"
            ),
        ]
    )
    return (
        found.join(levels, on="project_id", how="inner", maintain_order="none", build_side="force_right")
        .with_columns(_asked=asked.otherwise("level"))
        .filter(pl.col("_asked").is_not_null() & (pl.col("_found") != pl.col("_asked")) & ~both_local)
        .with_columns(
            alert=pl.lit(WRONG_LEVEL),
            group_id="record_id",
            group_records=pl.lit(1, dtype=pl.Int64),
            expected=pl.format("{}级", "_asked"),
            found=pl.format("{}级", "_found"),
        )
        .select(_ALERT)
    )


def _fingerprint(columns: Sequence[str]) -> pl.Expr:
    """A hash of several columns, to find the few rows that may share them without holding every name in memory."""
    return reduce(xor, (pl.col(name).hash(seed=number) for number, name in enumerate(columns)))


def _shown(thousandths: pl.Expr) -> pl.Expr:
    """Thousandths as a plain number: 4, 7.5."""
    text = as_amount(thousandths).cast(pl.String)
    return text.str.strip_chars_end("0").str.strip_chars_end(".")
