"""Registered credits and hours: who registered what, when, at which level, and what was due.

Here belong the grain `record` (a teacher's records of a year), its derived columns, and the matching of exams,
lectures, mentorships and courses of study with what was registered for them. What a record is worth is computed
in core; here it is only compared.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, Literal

import polars as pl

from models.measures.grains import derived, grain, grain_of, joined
from models.measures.projects import GIVEN, accredited_on, projects
from models.measures.registry import EXACT, NO_ROWS, Condition, Frames, Needs, measure
from models.measures.rows import needs_of
from models.vocabulary import COUNTED, REGISTERED, CreditLevel, RuleLevel, SourceType

MATCHING: Final[Mapping[str, tuple[str, ...]]] = {
    RuleLevel.PROVINCE: (CreditLevel.NATION, CreditLevel.PROVINCE),
    RuleLevel.CITY_OR_COUNTY: (CreditLevel.CITY, CreditLevel.COUNTY),
    RuleLevel.SCHOOL: (CreditLevel.SCHOOL,),
}
"""Who registers records of which level: the province's bodies, the county's, the school."""

_RECORD: Final = {
    "staging.credit_record": ("teacher_id", "source_type", "level", "hours", "status"),
    "core.dim_teacher": (),
}


@grain("record", title="学分学时登记", table="credit_record", needs=_RECORD, given=GIVEN)
def record(frames: Frames) -> pl.LazyFrame:
    """Records that are registered: subject is the teacher, period the year they are counted in."""
    people = frames["core.dim_teacher"].select("teacher_id", unit_id="county_id")
    registered = frames["staging.credit_record"].filter(pl.col("status").is_in(REGISTERED))
    lines = frames["core.fct_credit"]
    if frames.within is not None:
        people = frames.inside(people, "unit_id")
        registered, lines = (rows.join(people, on="teacher_id", how="semi") for rows in (registered, lines))
    of_project = projects(frames).select(
        "project_id",
        "institution_id",
        project_split_year_registration="split_year_registration",
        project_dispatch_org_level="dispatch_org_level",
        project_start_date="start_date",
    )
    settled = lines.select("record_id", "base_credits", "credits_registered", "hours_registered", _year="credit_year")
    rows = joined(joined(joined(registered, people, "teacher_id"), of_project, "project_id"), settled, "record_id")
    year = pl.coalesce(
        pl.col("_year").cast(pl.Int32), pl.col("credit_year").cast(pl.Int32), pl.col("end_date").dt.year()
    )
    last_day = pl.date(year, 12, 31)
    return rows.with_columns(
        subject_id="teacher_id", period=year.cast(pl.String), effective_on=last_day, period_end=last_day
    )


_DUE = {"core.fct_credit": (), "staging.credit_record": ("credits",)}


@derived("record", "credit_difference", needs=_DUE)
def _difference(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    """How far the registered credits are from those due, before caps; null where either is unknown."""
    return rows.with_columns(
        credit_difference=(pl.col("credits_registered") - pl.col("base_credits")).abs().cast(EXACT)
    )


@derived("record", "credit_excess", needs=_DUE)
def _excess(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    """Registered credits beyond those due, before caps; null where either is unknown."""
    over = pl.col("credits_registered") - pl.col("base_credits")
    return rows.with_columns(credit_excess=pl.when(over < 0).then(pl.lit(0).cast(EXACT)).otherwise(over).cast(EXACT))


@derived("record", "days", needs={"staging.credit_record": ("start_date", "end_date")})
def _days(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    """Calendar days from start to end, both counted; null without a start, and where the end comes before it."""
    days = (pl.col("end_date") - pl.col("start_date")).dt.total_days() + 1
    return rows.with_columns(days=pl.when(days > 0).then(days))


@derived(
    "record",
    "is_flow_in_order",
    needs={"staging.credit_record": ("declare_date", "county_audit_date", "province_confirm_date")},
)
def _flow(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    steps = (pl.col("declare_date") <= pl.col("county_audit_date")) & (
        pl.col("county_audit_date") <= pl.col("province_confirm_date")
    )
    return rows.with_columns(is_flow_in_order=steps.fill_null(value=False))


@derived(
    "record", "is_registrar_organiser", needs={"staging.credit_record": ("registrar_org_id",), "core.dim_project": ()}
)
def _organiser(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    """Whether whoever organised registered, or was entrusted to; null when either side is unknown."""
    same = pl.col("registrar_org_id") == pl.col("institution_id")
    return rows.with_columns(is_registrar_organiser=same | pl.col("entrusted_by").is_not_null())


@derived("record", "is_registrar_level_right", needs={"staging.credit_record": ("registrar_level", "level")})
def _registrar_level(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    def tier(column: str) -> pl.Expr:
        return pl.coalesce(
            pl.when(pl.col(column).is_in(levels)).then(pl.lit(name)) for name, levels in MATCHING.items()
        )

    return rows.with_columns(is_registrar_level_right=tier("registrar_level") == tier("level"))


@derived(
    "record",
    "is_registrar_trained",
    needs={
        "staging.credit_record": ("registrar_id", "register_date"),
        "staging.org_staff": ("person_id", "role", "train_pass_date"),
    },
)
def _trained(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Whether the registrar had passed the training by that day; null when the record names no registrar."""
    passed = frames["staging.org_staff"].group_by(registrar_id="person_id").agg(_passed=pl.col("train_pass_date").min())
    in_time = (pl.col("_passed") <= pl.col("register_date")).fill_null(value=False)
    told = pl.col("registrar_id").is_not_null() & pl.col("register_date").is_not_null()
    return (
        joined(rows, passed, "registrar_id")
        .with_columns(is_registrar_trained=pl.when(told).then(in_time))
        .drop("_passed")
    )


@derived(
    "record",
    "is_year_of_certificate",
    needs={"staging.credit_record": ("credit_year", "certificate_date")},
)
def _year_right(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    """Whether the year registered is the certificate's; a project with split registration is left out (null)."""
    same = pl.col("credit_year") == pl.col("certificate_date").dt.year()
    split = pl.col("project_split_year_registration").fill_null(value=False)
    return rows.with_columns(is_year_of_certificate=pl.when(~split).then(same))


@derived("record", "spans_years", needs={"staging.credit_record": ("start_date", "end_date", "certificate_date")})
def _spans(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    last = pl.max_horizontal("end_date", "certificate_date").dt.year()
    return rows.with_columns(spans_years=last > pl.col("start_date").dt.year())


@derived(
    "record",
    "is_dispatch_level",
    needs={"staging.credit_record": ("level",), "core.dim_project": ("dispatch_org_level",)},
)
def _dispatch(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    """Whether a secondment is registered at the level of whoever sent the teacher."""
    wanted = pl.col("project_dispatch_org_level")
    both = (wanted == RuleLevel.CITY_OR_COUNTY) & pl.col("level").is_in([CreditLevel.CITY, CreditLevel.COUNTY])
    return rows.with_columns(is_dispatch_level=both | (wanted == pl.col("level")))


@derived(
    "record",
    "is_institution_accredited",
    needs={
        "staging.institution_accreditation": ("institution_id", "valid_from"),
        "core.dim_project": ("institution_id",),
    },
)
def _accredited(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    dated = rows.with_columns(_held_on=pl.coalesce("start_date", "project_start_date", "end_date"))
    marked = accredited_on(dated, frames, "institution_id", "_held_on", "is_institution_accredited")
    return marked.drop("_held_on")


@derived(
    "record",
    "is_registrar_local",
    needs={
        "staging.credit_record": ("registrar_org_id",),
        "core.dim_institution": ("unit_id",),
        "core.dim_project": ("institution_id",),
    },
)
def _local(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Whether registrar and organiser belong to the same county (or city, for those of the city)."""
    place = frames["core.dim_institution"].select(
        "institution_id", _place=pl.coalesce("county_id", "city_id", "unit_id")
    )
    registrar = place.rename({"institution_id": "registrar_org_id", "_place": "_registrar_place"})
    both = joined(joined(rows, place, "institution_id"), registrar, "registrar_org_id")
    return both.with_columns(is_registrar_local=pl.col("_place") == pl.col("_registrar_place")).drop(
        "_place", "_registrar_place"
    )


@derived("record", "is_assigned", needs={"staging.credit_record": ("approved_by",)})
def _assigned(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    """Whether an authority or the school assigned or approved it; a project on the platform was."""
    return rows.with_columns(is_assigned=pl.col("approved_by").is_not_null() | pl.col("institution_id").is_not_null())


def _worst_needs(options: Mapping[str, Any]) -> Needs:
    return needs_of({**options, "grain": "record", "columns": (options["per"],) if options["per"] else ()})


@measure("record_worst", title="差得最多的一条", reads=_worst_needs, formula="当年各条登记里最大的一个")
def record_worst(
    frames: Frames, *, column: str, per: str | None = None, rows: Mapping[str, Condition] = NO_ROWS
) -> pl.LazyFrame:
    """The largest figure among a teacher's records of a year; with `per`, the largest of column ÷ per.

    Records without the figure are left out; where none has it, the figure is missing.
    """
    chosen = grain_of("record").rows(frames, rows, [column, *([per] if per else [])])
    size = pl.col(column).cast(pl.Float64) / (pl.col(per).cast(pl.Float64) if per else 1)
    told = pl.col(column).is_not_null() & (pl.col(per).is_not_null() if per else pl.lit(value=True))
    # Floats only put the records in order; the figure judged is the record's own, exact.
    ranked = chosen.with_columns(_size=pl.when(told).then(size)).sort(
        "_size", "record_id", descending=[True, False], nulls_last=True
    )
    frame = ranked.group_by("subject_id", "period").agg(
        pl.col("unit_id").first(),
        pl.col("effective_on").first(),
        pl.col("period_end").first(),
        numerator=pl.col(column).cast(EXACT).first(),
        denominator=(pl.col(per).cast(EXACT) if per else pl.lit(None, dtype=EXACT)).first(),
        _told=pl.col("_size").first(),
        _record=pl.col("record_id").first(),
        _rows=pl.len(),
    )
    return frame.with_columns(
        missing=pl.when(pl.col("_told").is_null()).then(pl.lit(f"没有一条登记能算出{column}")),
        inputs=pl.struct(record_id="_record", rows="_rows"),
    )


@measure(
    "teacher_project_credits",
    title="单个项目登记学分",
    reads={"core.fct_credit": (), "staging.credit_record": ("project_id", "credits"), "core.dim_teacher": ()},
    formula="同一教师同一项目登记学分之和",
)
def teacher_project_credits(frames: Frames) -> pl.LazyFrame:
    """Registered credits of a teacher in one project. Grain: teacher × project subject to the project cap."""
    capped = frames["core.fct_credit"].filter(
        pl.col("is_project_capped") & pl.col("project_id").is_not_null() & pl.col("status").is_in(COUNTED)
    )
    sums = capped.group_by("teacher_id", "project_id").agg(
        numerator=pl.col("credits_registered").sum(),
        _unknown=pl.col("credits_registered").null_count(),
        _records=pl.len(),
        effective_on=pl.col("end_date").max(),
    )
    people = frames["core.dim_teacher"].select("teacher_id", unit_id="county_id")
    return joined(sums, people, "teacher_id").with_columns(
        subject_id="teacher_id",
        period="project_id",
        is_lower_bound=pl.col("_unknown") > 0,
        inputs=pl.struct(records="_records", unknown="_unknown"),
    )


# ---- what was done outside projects, matched with what was registered for it


def _registered(frames: Frames, source: str) -> pl.LazyFrame:
    """What each teacher has registered of one kind: lists of hours, credits and levels."""
    records = frames["staging.credit_record"].filter(
        (pl.col("source_type") == source) & pl.col("status").is_in(REGISTERED)
    )
    return records.group_by("teacher_id").agg(
        hours=pl.col("hours"), credits=pl.col("credits").drop_nulls(), levels=pl.col("level"), _records=pl.len()
    )


def _matched(rows: pl.LazyFrame, frames: Frames, source: str) -> pl.LazyFrame:
    people = frames["core.dim_teacher"].select("teacher_id", unit_id="county_id")
    return joined(joined(rows, _registered(frames, source), "teacher_id"), people, "teacher_id").with_columns(
        subject_id="teacher_id",
        missing=pl.when(pl.col("_records").is_null()).then(pl.lit(f"教师没有{source}类的登记，无从比对")),
    )


def _passed(frames: Frames) -> pl.LazyFrame:
    """Exams that give hours and credits: all but those failed. Grain: exam × teacher."""
    return frames["staging.exam"].filter(pl.col("result").ne_missing("不合格"))


def exam_hours(minutes: pl.Expr, minutes_per_hour: Decimal) -> pl.Expr:
    """Hours of a written examination: full lesson hours only, the rest lapses (HI-2017/14.4)."""
    return (minutes.cast(pl.Float64) // float(minutes_per_hour)).cast(EXACT)


@measure(
    "exam_hours_match",
    title="考试学时与时长相符",
    reads={"staging.exam": ("teacher_id", "duration_min"), "staging.credit_record": ("source_type", "hours")},
    formula="考试分钟数÷每学时分钟数（舍尾），教师有一条考试登记与之相等为1",
)
def exam_hours_match(frames: Frames, *, minutes_per_hour: Decimal) -> pl.LazyFrame:
    """Whether some exam record of the teacher has the hours due. Grain: exam × teacher who passed."""
    due = exam_hours(pl.col("duration_min"), minutes_per_hour)
    rows = _matched(_passed(frames).with_columns(_due=due), frames, "考试")
    fits = pl.col("hours").list.contains(pl.col("_due"))
    return rows.with_columns(
        period="exam_id",
        numerator=pl.when(pl.col("_due").is_not_null()).then(fits.cast(pl.Int8)),
        inputs=pl.struct(pl.col("duration_min").cast(pl.Float64), due_hours=pl.col("_due").cast(pl.Float64)),
    )


@measure(
    "exam_level_match",
    title="其他部门考试按校级登记",
    reads={"staging.exam": ("teacher_id", "organizer_type"), "staging.credit_record": ("source_type", "level")},
    formula="教师有一条校级的考试登记为1",
)
def exam_level_match(frames: Frames, *, organisers: tuple[str, ...]) -> pl.LazyFrame:
    """Whether an exam held by others than the named organisers is registered at school level.

    Grain: exam × teacher who passed.
    """
    other = _passed(frames).filter(~pl.col("organizer_type").is_in(list(organisers)))
    rows = _matched(other, frames, "考试")
    return rows.with_columns(
        period="exam_id",
        numerator=pl.col("levels").list.contains(CreditLevel.SCHOOL).cast(pl.Int8),
        inputs=pl.struct("organizer_type", "levels"),
    )


@measure(
    "lecture_credits_match",
    title="主讲学分与课时相符",
    reads={"staging.lecture": ("teacher_id", "level", "periods"), "staging.credit_record": ("source_type", "credits")},
    formula="课时×层次学分，教师有一条主讲登记与之相等为1",
)
def lecture_credits_match(frames: Frames, *, rates: Mapping[str, Decimal]) -> pl.LazyFrame:
    """Whether some lecture record of the teacher has the credits due. Grain: activity × lecturer."""
    by_level = {**rates, RuleLevel.CITY_OR_COUNTY: rates[CreditLevel.COUNTY]}
    due = pl.lit(None, dtype=EXACT)
    for level, rate in by_level.items():
        due = pl.when(pl.col("level") == level).then((pl.col("periods") * pl.lit(rate)).cast(EXACT)).otherwise(due)
    rows = _matched(frames["staging.lecture"].with_columns(_due=due), frames, SourceType.LECTURE)
    known = pl.col("_due").is_not_null() & (pl.col("credits").list.len() > 0)
    return rows.with_columns(
        period="activity_id",
        numerator=pl.when(known).then(pl.col("credits").list.contains(pl.col("_due")).cast(pl.Int8)),
        inputs=pl.struct(
            "level", periods=pl.col("periods").cast(pl.Float64), due_credits=pl.col("_due").cast(pl.Float64)
        ),
    )


def _pairs(frames: Frames) -> pl.LazyFrame:
    agreements = frames["staging.mentorship"]
    return pl.concat(
        [agreements.with_columns(teacher_id=pl.col(role), role=pl.lit(role)) for role in ("mentor_id", "mentee_id")]
    )


def _whole_months() -> pl.Expr:
    """Whole months from start to end; the last day of a month completes a month begun on a later day."""
    months = (pl.col("end").dt.year() - pl.col("start").dt.year()) * 12 + (
        pl.col("end").dt.month().cast(pl.Int32) - pl.col("start").dt.month().cast(pl.Int32)
    )
    is_last_day = pl.col("end") == pl.col("end").dt.month_end()
    completed = (pl.col("end").dt.day() >= pl.col("start").dt.day()) | is_last_day
    return months - (~completed).cast(pl.Int32)


_PAIRS = {"staging.mentorship": ("mentor_id", "mentee_id", "start", "end"), "staging.credit_record": ("source_type",)}


@measure("mentorship_months", title="师徒结对月数", reads=_PAIRS, formula="从开始到结束的整月数（月末对月末算满月）")
def mentorship_months(frames: Frames, *, registered: Literal["yes", "any"] = "any") -> pl.LazyFrame:
    """Whole months of an agreement. Grain: agreement × teacher; `registered: yes` keeps those with hours registered."""
    rows = _matched(_pairs(frames), frames, SourceType.MENTORSHIP).with_columns(
        period="agreement_id", effective_on="end", numerator=_whole_months(), missing=pl.lit(None, dtype=pl.String)
    )
    chosen = rows.filter(pl.col("_records").is_not_null()) if registered == "yes" else rows
    return _one_role(chosen).with_columns(inputs=pl.struct("start", "end"))


def _one_role(rows: pl.LazyFrame) -> pl.LazyFrame:
    """A teacher who is both sides of an agreement counts once, always as the same side."""
    return rows.sort("subject_id", "period", "role").unique(["subject_id", "period"], keep="first", maintain_order=True)


@measure(
    "mentorship_hours_match",
    title="师徒双方都已登记",
    reads={**_PAIRS, "staging.mentorship": ("mentor_id", "mentee_id", "certificate_no")},
    formula="有合格证书的协议，该人有师徒登记为1",
)
def mentorship_hours_match(frames: Frames) -> pl.LazyFrame:
    """Whether each side of a certified agreement has a mentorship record. Grain: agreement × teacher."""
    certified = _pairs(frames).filter(pl.col("certificate_no").is_not_null())
    rows = _matched(certified, frames, SourceType.MENTORSHIP).with_columns(period="agreement_id")
    return _one_role(rows).select(
        "subject_id",
        "unit_id",
        "period",
        effective_on="end",
        numerator=pl.col("_records").is_not_null().cast(pl.Int8),
        inputs=pl.struct("role", "certificate_no"),
    )


@measure(
    "degree_hours_excess",
    title="学历提高多登学时",
    reads={
        "staging.degree_study": ("teacher_id", "year", "face_hours", "passed"),
        "staging.credit_record": ("source_type", "hours"),
        "core.fct_credit": (),
    },
    formula="当年学历类登记学时－合格且已审核课程的面授学时（不为负）",
)
def degree_hours_excess(frames: Frames) -> pl.LazyFrame:
    """Registered degree hours beyond audited face-to-face hours of passed courses. Grain: teacher × year."""
    courses = frames["staging.degree_study"].filter(pl.col("passed") & pl.col("audit_date").is_not_null())
    due = courses.group_by("teacher_id", year=pl.col("year").cast(pl.Int32)).agg(_due=pl.col("face_hours").sum())
    records = (
        frames["core.fct_credit"]
        .filter((pl.col("source_type") == SourceType.DEGREE) & pl.col("status").is_in(COUNTED))
        .group_by("teacher_id", year=pl.col("credit_year").cast(pl.Int32))
        .agg(_registered=pl.col("hours_registered").sum())
    )
    people = frames["core.dim_teacher"].select("teacher_id", unit_id="county_id")
    rows = joined(joined(records, due, ["teacher_id", "year"]), people, "teacher_id")
    over = pl.col("_registered") - pl.col("_due").fill_null(0)
    return rows.with_columns(
        subject_id="teacher_id",
        period=pl.col("year").cast(pl.String),
        period_end=pl.date("year", 12, 31),
        numerator=pl.max_horizontal(over, pl.lit(0).cast(EXACT)),
        inputs=pl.struct(registered=pl.col("_registered").cast(pl.Float64), due=pl.col("_due").cast(pl.Float64)),
    )
