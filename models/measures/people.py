"""Teachers and principals outside years and cycles: who is covered, trials, appointments, transfers, reviews.

Here belong the grains `teacher`, `newcomer` and `transfer`, and the sums that run from a person's own starting day.
Years and fixed cycles are in `models.measures.teachers`.
"""

from collections.abc import Mapping
from typing import Final, Literal

import polars as pl

from models.labels import listed
from models.measures.grains import derived, grain, joined
from models.measures.registry import EXACT, NO_ROWS, Condition, Frames, keep, measure
from models.measures.teachers import NO_HIRE_DATE, POSTS, is_gone, left_before, left_untold, with_leaving
from models.parts import BY_TEACHER
from models.vocabulary import COUNTED


@grain(
    "teacher",
    title="教师",
    table="teacher",
    needs={"core.dim_teacher": ("status", "post_type")},
    by=BY_TEACHER,
    turns={},
)
def teacher(frames: Frames) -> pl.LazyFrame:
    """Teachers as they stand tonight; the period is the as-of year."""
    return frames["core.dim_teacher"].with_columns(
        subject_id="teacher_id",
        unit_id="county_id",
        period=pl.lit(str(frames.as_of.year)),
        effective_on=pl.lit(frames.as_of),
    )


@derived("teacher", "is_in_scope", needs={"core.dim_teacher": ("post_type",), "core.dim_school": ("school_type",)})
def _in_scope(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    return rows


@grain(
    "newcomer",
    title="新聘或引进的教师",
    table="teacher",
    needs={"core.dim_teacher": ("hire_date", "status")},
)
def newcomer(frames: Frames) -> pl.LazyFrame:
    """Teachers hired or arrived within the years of the records; the period is the year they came."""
    first = frames["marts.teacher_year"].select(_first=pl.col("year").min())
    came = pl.max_horizontal(pl.col("hire_date").dt.year(), pl.col("transfer_date").dt.year())
    return (
        frames["core.dim_teacher"]
        .filter("is_in_scope")
        .join(first, how="cross")
        .with_columns(_came=came)
        .filter((pl.col("_came") >= pl.col("_first")) & (pl.col("_came") <= frames.as_of.year))
        .with_columns(
            subject_id="teacher_id",
            unit_id="county_id",
            period=pl.col("_came").cast(pl.String),
            effective_on=pl.date("_came", 12, 31),
        )
    )


@derived("newcomer", "years_until_assessed", needs={"core.dim_teacher": ("hire_date",)})
def _until(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    return rows.with_columns(years_until_assessed=pl.col("assessed_from_year") - pl.col("_came"))


@derived("newcomer", "is_hired", "is_transferred", needs={"core.dim_teacher": ("hire_date",)})
def _how(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    moved = (pl.col("transfer_date").dt.year() == pl.col("_came")).fill_null(value=False)
    return rows.with_columns(is_transferred=moved, is_hired=~moved)


@grain(
    "transfer",
    title="省外引进",
    table="teacher_transfer",
    needs={"staging.teacher_transfer": ("teacher_id", "transfer_date"), "core.dim_teacher": ()},
)
def transfer(frames: Frames) -> pl.LazyFrame:
    """Teachers brought in from other provinces; the period is the year they arrived."""
    people = frames["core.dim_teacher"].select("teacher_id", "teaching_start", unit_id="county_id")
    return joined(frames["staging.teacher_transfer"], people, "teacher_id").with_columns(
        subject_id="teacher_id",
        period=pl.col("transfer_date").dt.year().cast(pl.String),
        effective_on="transfer_date",
    )


@measure(
    "transfer_certificate",
    title="近五年培训合格凭证",
    reads={
        "staging.teacher_transfer": ("transfer_date", "cert_issuer_level", "cert_from", "cert_to"),
        "core.dim_teacher": (),
    },
    formula="有县级以上签发、覆盖引进前若干年（教龄不足的按教龄）的凭证为1",
)
def transfer_certificate(frames: Frames, *, years: int, issuers: tuple[str, ...]) -> pl.LazyFrame:
    """Whether the certificate's issuer and span suffice. Grain: transfer.

    Of a certificate on file of which one of these isn't told and the others suffice, nothing is said.
    """
    due_from = pl.max_horizontal(pl.col("transfer_date").dt.offset_by(f"-{years}y"), pl.col("teaching_start"))
    slack = pl.duration(days=SLACK_DAYS)
    covers = (pl.col("cert_from") <= due_from + slack) & (pl.col("cert_to") >= pl.col("transfer_date") - slack)
    fits = pl.col("cert_issuer_level").is_in(list(issuers)) & covers
    is_on_file = pl.any_horizontal(pl.col(name).is_not_null() for name in CERTIFICATE)
    return transfer(frames).with_columns(
        numerator=pl.when(is_on_file).then(fits).otherwise(pl.lit(value=False)).cast(pl.Int8),
        missing=pl.when(is_on_file & fits.is_null()).then(pl.lit(f"凭证没有写全{listed(CERTIFICATE)}")),
        inputs=pl.struct(*CERTIFICATE, "transfer_date"),
    )


CERTIFICATE: Final = ("cert_issuer_level", "cert_from", "cert_to")
SLACK_DAYS: Final = 31
"""A certificate written in whole months may begin or end within the month asked for."""


# ---- from a person's own starting day

_LINES: Final = {
    "core.fct_credit": (),
    "core.evidence": (),
    "core.dim_teacher": ("hire_date",),
    "staging.credit_record": ("category",),
    **POSTS,
}
SERVICE_UNTOLD: Final = "教龄不详，不知聘用时是不是新任教师"
OF_RECORD: Final = ("is_practice",)
"""What `rows` may ask of the registration; the rest is asked of the line."""
UNMARKED: Final = "有登记没有写{}"
POST_ENDED: Final = "期满之前已不在这一岗位"


@measure(
    "hours_from_start",
    title="起始日起一定期限内的学时",
    reads=lambda options: {
        **_LINES,
        **(
            {"staging.teacher_role": ("teacher_id", "role", "valid_from")}
            if options["start"] == "principal"
            else {"core.dim_teacher": ("hire_date", "teaching_start")}
        ),
        "staging.credit_record": ("category", *(("is_practice",) if "is_practice" in options["rows"] else ())),
    },
    accumulates=True,
    by=BY_TEACHER,
    turns={"core.dim_teacher": ("hire_date",), "staging.teacher_role": ("valid_from",)},
    formula="从起始日到期限届满之间，符合条件的有效登记学时之和",
)
def hours_from_start(
    frames: Frames, *, start: Literal["hired", "principal"], years: int, rows: Mapping[str, Condition] = NO_ROWS
) -> pl.LazyFrame:
    """Hours of fitting records within so many years of being hired, or of becoming a principal.

    Grain: person × starting day (period: its year), for days since the first well-filled year of the records; the law
    of that day holds. Hired are those new to teaching, with at most a year of service by then, not those who changed
    schools. The time includes the anniversary. Records count by the day they ended; `rows` may name columns of
    core.fct_credit and of the registration. A record of which the registration doesn't say may count (`at_most`).
    """
    first = frames["core.evidence"].select("first_year")
    since = pl.date("first_year", 1, 1)
    begun = with_leaving(_starts(frames, start), frames).join(first, how="cross").filter(pl.col("_start") >= since)
    until = pl.col("_start").dt.offset_by(f"{years}y")
    sums = _earned_since(begun.select("teacher_id", "_start", _until=until), _lines(frames, rows))
    return joined(begun, sums, ["teacher_id", "_start"]).with_columns(
        subject_id="teacher_id",
        period=pl.col("_start").dt.year().cast(pl.String),
        effective_on="_start",
        period_end=until,
        numerator=pl.col("_hours").fill_null(0).cast(EXACT),  # no such record is a true zero
        at_most=pl.col("_most").cast(EXACT),
        unsure=pl.when(pl.col("_most").is_not_null()).then(pl.lit(UNMARKED.format(listed(OF_RECORD)))),
        missing=pl.when(pl.col("_is_new").is_null()).then(pl.lit(SERVICE_UNTOLD)),
        doubt=left_untold("status", until, frames.as_of),
        excused=pl.coalesce(left_before("status", until), pl.when(pl.col("_ended") < until).then(pl.lit(POST_ENDED))),
        inputs=pl.struct(start="_start", records=pl.col("_records").fill_null(0)),
    )


def _earned_since(spans: pl.LazyFrame, lines: pl.LazyFrame) -> pl.LazyFrame:
    """Hours of fitting lines from `_start` to `_until`, both days included, and the most they may be. Grain: span."""
    ended = pl.col("end_date").is_between("_start", "_until")
    return (
        spans.join(lines.select("teacher_id", "end_date", "counted_hours", "_fits"), on="teacher_id")
        .filter(ended)
        .group_by("teacher_id", "_start")
        .agg(
            _hours=pl.when("_fits").then("counted_hours").sum(),
            _most=pl.when(pl.col("_fits").null_count() > 0).then(pl.col("counted_hours").sum()),
            _records=pl.len(),
        )
    )


def _lines(frames: Frames, rows: Mapping[str, Condition]) -> pl.LazyFrame:
    """Counted lines that may fit, and whether they do (`_fits`, null where the registration doesn't say)."""
    of_record = {name: test for name, test in rows.items() if name in OF_RECORD}
    of_line = {name: test for name, test in rows.items() if name not in of_record}
    lines = frames["core.fct_credit"].filter(pl.col("status").is_in(COUNTED) & keep(of_line))
    if not of_record:
        return lines.with_columns(_fits=pl.lit(value=True))
    marks = frames["staging.credit_record"].select("record_id", _fits=keep(of_record))
    return lines.join(marks.filter(pl.col("_fits").fill_null(value=True)), on="record_id")


def _starts(frames: Frames, start: str) -> pl.LazyFrame:
    people = frames["core.dim_teacher"].filter("is_in_scope")
    if start == "hired":
        is_new = pl.col("hire_date") <= pl.col("teaching_start").dt.offset_by("1y")
        hired = people.filter((pl.col("hire_date") <= frames.as_of) & is_new.fill_null(value=True))
        return hired.select(
            "teacher_id",
            "credit_system",
            "status",
            unit_id="county_id",
            _start="hire_date",
            _is_new=is_new,
            _ended=pl.lit(None, dtype=pl.Date),
        )
    roles = frames["staging.teacher_role"].filter((pl.col("role") == "校长") & (pl.col("valid_from") <= frames.as_of))
    begun = roles.group_by("teacher_id").agg(
        _start=pl.col("valid_from").min(),
        _ended=pl.when(pl.col("valid_to").null_count() == 0).then(pl.col("valid_to").max()),
        _is_new=pl.lit(value=True).first(),
    )
    return people.select("teacher_id", "credit_system", "status", unit_id="county_id").join(begun, on="teacher_id")


@measure(
    "annual_review",
    title="有年度审核结论",
    reads={
        "staging.annual_review": ("teacher_id", "year", "result"),
        "marts.teacher_year": (),
        "core.dim_teacher": (),
        **POSTS,
    },
    accumulates=True,
    formula="当年有审核结论（未审不算）为1",
)
def annual_review(frames: Frames) -> pl.LazyFrame:
    """Whether a review of the year is on file. Grain: assessed teacher × year; open until the next March ends.

    Who may have been assessed, the day of hiring or of leaving being unknown, isn't blamed for having none.
    """
    done = frames["staging.annual_review"].filter(pl.col("result").ne_missing("未审") & pl.col("result").is_not_null())
    marks = done.select("teacher_id", year=pl.col("year").cast(pl.Int32)).unique().with_columns(_done=pl.lit(1))
    people = frames["core.dim_teacher"].select(
        "teacher_id", "status", "is_in_scope", "assessed_from_year", unit_id="county_id"
    )
    years = frames["marts.teacher_year"].select("teacher_id", "is_assessed", pl.col("year").cast(pl.Int32))
    was_asked = is_gone("status") & pl.col("is_in_scope") & (pl.col("year") >= pl.col("assessed_from_year"))
    asked = joined(years, people, "teacher_id").filter(
        pl.col("is_assessed").fill_null(value=True) | was_asked.fill_null(value=False)
    )
    last_day = pl.date("year", 12, 31)
    return with_leaving(joined(asked, marks, ["teacher_id", "year"]), frames).with_columns(
        subject_id="teacher_id",
        period=pl.col("year").cast(pl.String),
        effective_on=pl.date("year", 12, 31),
        period_end=pl.date(pl.col("year") + 1, 3, 31),
        doubt=pl.when(pl.col("is_assessed").is_null())
        .then(pl.lit(NO_HIRE_DATE))
        .otherwise(left_untold("status", last_day, frames.as_of)),
        excused=left_before("status", last_day),
        numerator=pl.col("_done").fill_null(0),
    )
