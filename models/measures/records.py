"""Registered credits and hours: who registered what, when, at which level, and what was due.

Here belong the grain `record` (a teacher's records of a year), its derived columns, and the matching of exams,
lectures, mentorships and courses of study with what was registered for them. What a record is worth is computed
in core; here it is only compared.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import polars as pl

from models.labels import listed
from models.measures.grains import derived, grain, grain_of, joined
from models.measures.projects import GIVEN, accredited_on, projects
from models.measures.registry import EXACT, NO_ROWS, Condition, Frames, Needs, measure
from models.measures.rows import needs_of
from models.parts import BY_TEACHER
from models.vocabulary import COUNTED, REGISTERED, CreditLevel, RuleLevel, SourceType, Verdict

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


@grain("record", title="学分学时登记", table="credit_record", needs=_RECORD, given=GIVEN, by=BY_TEACHER)
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


@derived("record", "credit_difference", needs={**_DUE, "marts.cap_loss_record": ()})
def _difference(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """How far the registered credits are from those due; null where either is unknown.

    Due is what the days or hours give, or what the project's cap leaves of it: whoever registers the one is right by
    the rate, whoever registers the other by rate and cap. What was registered beyond the cap is the cap's own clause.
    """
    cut = frames["marts.cap_loss_record"].select("record_id", _cut="credits_lost_project_cap")
    over = pl.col("credits_registered") - pl.col("base_credits")
    capped = joined(rows, cut, "record_id")
    return capped.with_columns(
        credit_difference=pl.min_horizontal(over.abs(), (over + pl.col("_cut")).abs()).cast(EXACT)
    ).drop("_cut")


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


@derived("record", "registered_on", needs={"staging.credit_record?": ("register_date", "declare_date")})
def _registered_on(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    """The day by whose law the registration is judged: its own, else of its declaration, else the training's end."""
    return rows.with_columns(registered_on=pl.coalesce("register_date", "declare_date", "end_date"))


WEEK: Final = 7
"""Up to so many days from start to end nothing says that days of rest lay between."""


@derived(
    "record",
    "training_days",
    needs={
        "staging.credit_record": ("start_date", "end_date"),
        "core.dim_project?": ("days",),
    },
)
def _training_days(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Days from start to end or those the project planned, whichever the hours registered are nearer to.

    Over more than a week there may have been days of rest: fewer hours than its days would give say nothing then,
    unless the project tells its days.
    """
    planned = frames["core.dim_project"].select("project_id", _planned=pl.col("days").cast(EXACT))
    spans = joined(_days(rows, frames), planned, "project_id")
    span, hours = pl.col("days").cast(EXACT), pl.col("hours").cast(EXACT)
    off_span, off_plan = ((hours - each * _DAY).abs() for each in (span, pl.col("_planned")))
    is_told = (pl.col("days") <= WEEK) | (hours >= span * _DAY)
    days = (
        pl.when(pl.col("_planned") > 0)
        .then(pl.when(off_span <= off_plan).then(span).otherwise("_planned"))
        .when(is_told)
        .then(span)
    )
    return spans.with_columns(training_days=days).drop("_planned")


@derived(
    "record",
    "is_part_of_a_day",
    needs={"staging.credit_record": ("start_date", "end_date"), "core.dim_project?": ("days",)},
)
def _part_of_a_day(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Whether a record is of less than a day, which is registered by the hour."""
    dated = rows if "training_days" in rows.collect_schema() else _training_days(rows, frames)
    short = (pl.col("training_days") <= 1) & (pl.col("hours") < _DAY)
    return dated.with_columns(is_part_of_a_day=short.fill_null(value=False))


_DAY: Final = pl.lit(8, dtype=pl.Decimal(38, 0))
"""Hours of a day, only to see which count of days the hours are nearer to."""


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


def _tier(column: str) -> pl.Expr:
    """The tier of a level among those who register: the province's bodies, the county's, the school."""
    return pl.coalesce(pl.when(pl.col(column).is_in(levels)).then(pl.lit(name)) for name, levels in MATCHING.items())


@derived(
    "record",
    "is_registrar_organiser",
    needs={
        "staging.credit_record": ("registrar_org_id",),
        "core.dim_project": ("institution_id",),
        "staging.credit_record?": ("entrusted_by", "registrar_level"),
        "core.dim_institution?": ("authority_level",),
    },
)
def _organiser(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Whether whoever organised registered, or a body of the same tier that was entrusted; null where that is unknown.

    An institution's tier is its own; where it isn't on file, that of the registration and of the training.
    """
    home = frames["core.dim_institution"].select("institution_id", "authority_level")
    by_registrar = home.rename({"institution_id": "registrar_org_id", "authority_level": "_by"})
    organiser = joined(rows, home.rename({"authority_level": "_of"}), "institution_id")
    placed = joined(organiser, by_registrar, "registrar_org_id")
    same = pl.col("registrar_org_id") == pl.col("institution_id")
    same_tier = pl.coalesce(_tier("_by"), _tier("registrar_level")) == pl.coalesce(_tier("_of"), _tier("level"))
    entrusted = pl.col("entrusted_by").is_not_null() & ~same.fill_null(value=False)
    return placed.with_columns(is_registrar_organiser=pl.when(entrusted).then(same_tier).otherwise(same)).drop(
        "_of", "_by"
    )


@derived("record", "is_registrar_level_right", needs={"staging.credit_record": ("registrar_level", "level")})
def _registrar_level(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    return rows.with_columns(is_registrar_level_right=_tier("registrar_level") == _tier("level"))


PERMITS: Final[Mapping[str, str]] = {
    "省": RuleLevel.PROVINCE,
    "市县": RuleLevel.CITY_OR_COUNTY,
    "学校": RuleLevel.SCHOOL,
}
"""Level of an administrator's permission → the tier of what it lets register."""


@derived(
    "record",
    "is_registrar_trained",
    needs={
        "staging.credit_record": ("registrar_id", "register_date", "level"),
        "staging.org_staff": ("person_id", "train_pass_date", "permission_level"),
    },
)
def _trained(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Whether the registrar had passed the training by that day and has the permission for records of this level.

    Null when the record names no registrar or no day, and where only a permission that nobody wrote down is missing.
    """
    staff = frames["staging.org_staff"].select(
        registrar_id="person_id",
        _permits=pl.col("permission_level").replace_strict(PERMITS, default=None, return_dtype=pl.String),
        _passed="train_pass_date",
    )
    fitting = staff.group_by("registrar_id", "_permits").agg(pl.col("_passed").min())
    untold = fitting.filter(pl.col("_permits").is_null()).select("registrar_id", _maybe="_passed")
    placed = joined(
        rows.with_columns(_permits=_tier("level")), fitting.drop_nulls("_permits"), ["registrar_id", "_permits"]
    )
    in_time, may_be = (
        (pl.col(name) <= pl.col("register_date")).fill_null(value=False) for name in ("_passed", "_maybe")
    )
    told = pl.col("registrar_id").is_not_null() & pl.col("register_date").is_not_null()
    trained = pl.when(told & (in_time | ~may_be)).then(in_time)
    return (
        joined(placed, untold, "registrar_id")
        .with_columns(is_registrar_trained=trained)
        .drop("_permits", "_passed", "_maybe")
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


@measure(
    "record_worst", title="差得最多的一条", reads=_worst_needs, by=BY_TEACHER, formula="当年各条登记里差得最多的一个"
)
def record_worst(
    frames: Frames,
    *,
    column: str,
    per: str | None = None,
    around: Decimal | None = None,
    rows: Mapping[str, Condition] = NO_ROWS,
) -> pl.LazyFrame:
    """The largest figure among a teacher's records of a year; with `per`, the largest of column ÷ per.

    With `around` the one furthest from that value, above or below. Records without the figure are left out; where none
    has it, the figure is missing.
    """
    chosen = grain_of("record").rows(frames, rows, [column, *([per] if per else [])])
    size = pl.col(column).cast(pl.Float64) / (pl.col(per).cast(pl.Float64) if per else 1)
    told = pl.col(column).is_not_null() & (pl.col(per).is_not_null() if per else pl.lit(value=True))
    # Floats only put the records in order; the figure judged is the record's own, exact.
    size = size if around is None else (size - float(around)).abs()
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
        missing=pl.when(pl.col("_told").is_null()).then(pl.lit(f"没有一条登记能算出{listed([column])}")),
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
    """A source's registrations; `_first` and `_last` are the days they cover."""
    records = frames["staging.credit_record"].filter(
        (pl.col("source_type") == source) & pl.col("status").is_in(REGISTERED)
    )
    return records.with_columns(_first=pl.coalesce("start_date", "end_date"), _last="end_date")


SLOT: Final = ["teacher_id", "_day"]
"""What an event and its registration have in common: the person, and the day where the event tells it."""


def _slotted(events: pl.LazyFrame, frames: Frames, source: str) -> pl.LazyFrame:
    """A source's registrations with the day (`_day`) of the teacher's event they cover, null where none tells."""
    records = _registered(frames, source)
    days = events.filter(pl.col("_day").is_not_null()).select(SLOT).unique()
    covered = (
        records.select("record_id", "teacher_id", "_first", "_last")
        .join(days, on="teacher_id")
        .filter(pl.col("_day").is_between("_first", "_last"))
        .group_by("record_id")
        .agg(pl.col("_day").min())
    )
    return joined(records, covered, "record_id")


def _compared(events: pl.LazyFrame, frames: Frames, source: str, column: str) -> pl.LazyFrame:
    """Adds whether what was registered for each event (`column`) is what is due (`_due`): 1, 0, null.

    Each registration speaks for one event of its teacher, of that day where the event tells its day. Events whose due
    amount is registered often enough are right. One is wrong when no registration has its amount and there are
    enough of others left over for all events still without; else it can't be told which is whose, or none is there.
    """
    due = [*SLOT, "_due"]
    records = _slotted(events, frames, source).with_columns(_due=pl.col(column).cast(EXACT))
    fits = records.group_by(due).agg(_fit=pl.len())
    wanted = events.group_by(due).agg(_wanted=pl.len()).join(fits, on=due, how="left", nulls_equal=True)
    told = pl.col("_due").is_not_null()
    wanted = wanted.with_columns(_fit=pl.when(told).then(pl.col("_fit").fill_null(0)).otherwise(0))
    claims = wanted.group_by(SLOT).agg(
        _events=pl.col("_wanted").sum(), _claimed=pl.min_horizontal("_wanted", "_fit").sum()
    )
    there = records.group_by(SLOT).agg(_records=pl.len(), _blank=pl.col("_due").null_count())
    rows = events.join(wanted, on=due, how="left", nulls_equal=True)
    for one in (claims, there):
        rows = rows.join(one, on=SLOT, how="left", nulls_equal=True)
    spare, without = pl.col("_records") - pl.col("_claimed"), pl.col("_events") - pl.col("_claimed")
    is_wrong = told & (pl.col("_fit") == 0) & (pl.col("_blank") == 0) & (spare >= without)
    is_right = told & (pl.col("_fit") >= pl.col("_wanted"))
    matched = pl.when(is_right).then(1).when(is_wrong).then(0)
    return rows.with_columns(numerator=matched.cast(pl.Int8))


def _of_teachers(rows: pl.LazyFrame, frames: Frames, source: str) -> pl.LazyFrame:
    people = frames["core.dim_teacher"].select("teacher_id", unit_id="county_id")
    untold = pl.format("没有能对上的{}类登记，无从比对", pl.lit(source))
    return joined(rows, people, "teacher_id").with_columns(
        subject_id="teacher_id", effective_on="_day", missing=pl.when(pl.col("numerator").is_null()).then(untold)
    )


def _passed(frames: Frames) -> pl.LazyFrame:
    """Exams that give hours and credits: all but those failed. Grain: exam × teacher."""
    passed = frames["staging.exam"].filter(pl.col("result").ne_missing("不合格"))
    return passed.with_columns(_day="exam_date")


def exam_hours(minutes: pl.Expr, minutes_per_hour: Decimal) -> pl.Expr:
    """Hours of a written examination: full lesson hours only, the rest lapses (HI-2017/14.4)."""
    return (minutes.cast(pl.Float64) // float(minutes_per_hour)).cast(EXACT)


_EXAMS: Final = {
    "staging.exam?": ("exam_date", "result"),
    "staging.credit_record?": ("start_date", "end_date"),
}


@measure(
    "exam_hours_match",
    title="考试学时与时长相符",
    reads={"staging.exam": ("teacher_id", "duration_min"), "staging.credit_record": ("source_type", "hours"), **_EXAMS},
    formula="考试分钟数÷每学时分钟数（舍尾），该次考试的登记与之相等为1；登记按教师和日期对上，一条只对一次考试",
)
def exam_hours_match(frames: Frames, *, minutes_per_hour: Decimal) -> pl.LazyFrame:
    """Whether the exam's own record has the hours due. Grain: exam × teacher who passed."""
    due = exam_hours(pl.col("duration_min"), minutes_per_hour)
    rows = _compared(_passed(frames).with_columns(_due=due), frames, SourceType.EXAM, "hours")
    return _of_teachers(rows, frames, SourceType.EXAM).with_columns(
        period="exam_id",
        inputs=pl.struct(pl.col("duration_min").cast(pl.Float64), due_hours=pl.col("_due").cast(pl.Float64)),
    )


@measure(
    "exam_level_match",
    title="其他部门考试按校级登记",
    reads={
        "staging.exam": ("teacher_id", "organizer_type"),
        "staging.credit_record": ("source_type", "level"),
        **_EXAMS,
    },
    formula="该次考试的登记为校级为1；登记按教师和日期对上",
)
def exam_level_match(frames: Frames, *, organisers: tuple[str, ...]) -> pl.LazyFrame:
    """Whether an exam held by others than the named organisers is registered at school level.

    Grain: exam × teacher who passed. Where a teacher has records of both kinds and nothing tells which is the exam's,
    or nobody wrote down who held it, it can't be told.
    """
    exams = _passed(frames)
    others = ~pl.col("organizer_type").is_in(list(organisers))
    sat = exams.group_by(SLOT).agg(_others=others.sum(), _sat=pl.len())
    at_school = pl.col("level") == CreditLevel.SCHOOL
    records = (
        _slotted(exams, frames, SourceType.EXAM)
        .group_by(SLOT)
        .agg(levels=pl.col("level").unique().sort(), _school=at_school.sum(), _records=pl.len())
    )
    rows = exams.filter(others.fill_null(value=True))
    for one in (sat, records):
        rows = rows.join(one, on=SLOT, how="left", nulls_equal=True)
    higher = pl.col("_records") - pl.col("_school")
    is_right = (higher == 0) | (
        (pl.col("_school") >= pl.col("_others")) & (higher <= pl.col("_sat") - pl.col("_others"))
    )
    is_wrong = (pl.col("_school") == 0) & (higher >= pl.col("_sat"))
    fits = pl.when(is_right).then(1).when(is_wrong).then(0)
    told = pl.col("organizer_type").is_not_null() & pl.col("_records").is_not_null()
    return _of_teachers(
        rows.with_columns(numerator=pl.when(told).then(fits).cast(pl.Int8)), frames, SourceType.EXAM
    ).with_columns(period="exam_id", inputs=pl.struct("organizer_type", "levels"))


@measure(
    "lecture_credits_match",
    title="主讲学分与课时相符",
    reads={
        "staging.lecture": ("teacher_id", "level", "periods"),
        "staging.credit_record": ("source_type", "credits"),
        "staging.lecture?": ("activity_date",),
        "staging.credit_record?": ("start_date", "end_date"),
    },
    formula="课时×层次学分，该次活动的主讲登记与之相等为1；登记按教师和日期对上，一条只对一次活动",
)
def lecture_credits_match(frames: Frames, *, rates: Mapping[str, Decimal]) -> pl.LazyFrame:
    """Whether the activity's own record has the credits due. Grain: activity × lecturer."""
    by_level = {**rates, RuleLevel.CITY_OR_COUNTY: rates[CreditLevel.COUNTY]}
    due = pl.lit(None, dtype=EXACT)
    for level, rate in by_level.items():
        due = pl.when(pl.col("level") == level).then((pl.col("periods") * pl.lit(rate)).cast(EXACT)).otherwise(due)
    events = frames["staging.lecture"].with_columns(_due=due, _day="activity_date")
    rows = _compared(events, frames, SourceType.LECTURE, "credits")
    return _of_teachers(rows, frames, SourceType.LECTURE).with_columns(
        period="activity_id",
        inputs=pl.struct(
            "level", periods=pl.col("periods").cast(pl.Float64), due_credits=pl.col("_due").cast(pl.Float64)
        ),
    )


def _pairs(frames: Frames) -> pl.LazyFrame:
    """Each agreement once for each of its two sides; one who is both counts once."""
    agreements = frames["staging.mentorship"]
    sides = pl.concat(
        [agreements.with_columns(teacher_id=pl.col(role), role=pl.lit(role)) for role in ("mentor_id", "mentee_id")]
    )
    return sides.sort("teacher_id", "agreement_id", "role").unique(
        ["teacher_id", "agreement_id"], keep="first", maintain_order=True
    )


def _own_agreements(frames: Frames) -> pl.LazyFrame:
    """Each mentorship registration with the agreement it is of. Grain: registration that has one.

    That is the agreement of the same teacher it shares most days with, of several the one whose ends are nearest. One
    whose days aren't known is of the teacher's only agreement, where there is only one.
    """
    records = _registered(frames, SourceType.MENTORSHIP).select(
        "record_id", "teacher_id", _first=pl.col("start_date"), _last="_last", _hours="hours"
    )
    start, end = pl.coalesce("_first", "_last"), pl.col("_last")
    shared = (pl.min_horizontal(end, "end") - pl.max_horizontal(start, "start")).dt.total_days() + 1
    whole = pl.all_horizontal(pl.col(name).is_not_null() for name in ("_last", "start", "end"))
    # A registration that names only its last day may have begun within the agreement.
    is_told = whole & (pl.col("_first").is_not_null() | (shared > 0))
    apart = (start - pl.col("start")).dt.total_days().abs() + (end - pl.col("end")).dt.total_days().abs()
    pairs = records.join(_pairs(frames), on="teacher_id").with_columns(
        _shared=pl.when(is_told).then(shared), _apart=apart, _only=pl.len().over("record_id") == 1
    )
    fits = (pl.col("_shared") > 0).fill_null(pl.col("_only"))
    return (
        pairs.filter(fits)
        .sort("record_id", -pl.col("_shared"), "_apart", "agreement_id", nulls_last=True)
        .unique("record_id", keep="first", maintain_order=True)
    )


def _whole_months() -> pl.Expr:
    """Whole months from start to end; the last day of a month completes a month begun on a later day."""
    months = (pl.col("end").dt.year() - pl.col("start").dt.year()) * 12 + (
        pl.col("end").dt.month().cast(pl.Int32) - pl.col("start").dt.month().cast(pl.Int32)
    )
    is_last_day = pl.col("end") == pl.col("end").dt.month_end()
    completed = (pl.col("end").dt.day() >= pl.col("start").dt.day()) | is_last_day
    return months - (~completed).cast(pl.Int32)


_PAIRS: Final = {
    "staging.mentorship": ("mentor_id", "mentee_id", "start", "end"),
    "staging.credit_record": ("source_type", "end_date"),
    "staging.credit_record?": ("start_date",),
}


def _registered_pairs(frames: Frames) -> pl.LazyFrame:
    """Agreements × teacher with registrations of their own: whole months (`_months`) and hours (`_hours`)."""
    people = frames["core.dim_teacher"].select("teacher_id", unit_id="county_id")
    owned = _own_agreements(frames).group_by("teacher_id", "agreement_id").agg(pl.col("_hours").sum())
    rows = joined(_pairs(frames).join(owned, on=["teacher_id", "agreement_id"]), people, "teacher_id")
    return rows.with_columns(
        subject_id="teacher_id", period="agreement_id", effective_on="end", _months=_whole_months()
    )


@measure("mentorship_months", title="师徒结对月数", reads=_PAIRS, formula="从开始到结束的整月数（月末对月末算满月）")
def mentorship_months(frames: Frames) -> pl.LazyFrame:
    """Whole months of an agreement that has registrations of its own. Grain: agreement × teacher."""
    return _registered_pairs(frames).with_columns(numerator="_months", inputs=pl.struct("start", "end"))


@measure(
    "mentorship_hours_right",
    title="师徒登记与协议相符",
    reads={**_PAIRS, "staging.credit_record": ("source_type", "end_date", "hours")},
    formula="协议满所定月数、其登记的学时恰为所定学时为1；登记按教师和重叠的日期对上协议",
)
def mentorship_hours_right(frames: Frames, *, months: int, hours: int) -> pl.LazyFrame:
    """Whether an agreement lasts long enough and exactly the hours due are registered for it.

    Grain: agreement × teacher with registrations of their own.
    """
    fits = (pl.col("_months") >= months) & (pl.col("_hours") == hours)
    return _registered_pairs(frames).with_columns(
        numerator=fits.cast(pl.Int8), inputs=pl.struct("start", "end", registered=pl.col("_hours").cast(pl.Float64))
    )


@measure(
    "mentorship_hours_match",
    title="师徒双方都已登记",
    reads={**_PAIRS, "staging.mentorship": ("mentor_id", "mentee_id", "start", "end", "certificate_no")},
    formula="满所定月数、有合格证书的协议，该人有这份协议的登记为1",
)
def mentorship_hours_match(frames: Frames, *, months: int) -> pl.LazyFrame:
    """Whether each side of a certified agreement that lasts long enough has its own registration.

    Grain: agreement × teacher; open until the agreement ends.
    """
    lasting = pl.col("certificate_no").is_not_null() & (_whole_months() >= months).fill_null(value=True)
    owned = _own_agreements(frames).select("teacher_id", "agreement_id").unique().with_columns(_owned=pl.lit(1))
    people = frames["core.dim_teacher"].select("teacher_id", unit_id="county_id")
    rows = joined(_pairs(frames).filter(lasting), owned, ["teacher_id", "agreement_id"])
    untold = pl.when(pl.col("start").is_null() | pl.col("end").is_null()).then(pl.lit("协议起止日期不详"))
    return joined(rows, people, "teacher_id").select(
        "unit_id",
        subject_id="teacher_id",
        period="agreement_id",
        effective_on="end",
        period_end="end",
        missing=untold,
        numerator=pl.col("_owned").fill_null(0).cast(pl.Int8),
        inputs=pl.struct("role", "certificate_no"),
    )


@derived(
    "record",
    "has_mentorship_certificate",
    needs={
        "staging.mentorship": ("mentor_id", "mentee_id", "start", "end", "certificate_no"),
        "staging.credit_record": ("source_type", "end_date"),
        "staging.credit_record?": ("start_date",),
    },
)
def _certified(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Whether the agreement a mentorship registration is of led to a certificate; null without an agreement."""
    own = _own_agreements(frames).select("record_id", _agreement="agreement_id", _certificate="certificate_no")
    has = pl.when(pl.col("_agreement").is_not_null()).then(pl.col("_certificate").is_not_null())
    return (
        joined(rows, own, "record_id").with_columns(has_mentorship_certificate=has).drop("_agreement", "_certificate")
    )


BUREAU_IN_TEXT: Final = (
    "教育厅|教育局|教育体育局|教育委员会|教育行政|教委|教体局|教科局|教育科技局|社会发展局|社发局|社会事业局"
)
"""What an education authority's name has in it."""


@derived(
    "record",
    "is_confirmed_by_bureau",
    needs={
        "staging.credit_record": ("approved_by",),
        "core.dim_unit?": ("unit_name",),
        "core.dim_school?": ("school_name",),
    },
)
def _confirmed(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Whether an education authority of a county or above confirmed the activity.

    Nobody on file means that nobody did; a school is no authority. Null where the text names neither.
    """
    text = pl.col("approved_by").str.strip_chars()
    units = pl.concat(
        [frames["core.dim_unit"].select(_text=pl.col(name).cast(pl.String)) for name in ("unit_id", "unit_name")]
    )
    schools = pl.concat(
        [frames["core.dim_school"].select(_text=pl.col(name).cast(pl.String)) for name in ("school_id", "school_name")]
    )
    named = [
        each.drop_nulls().unique().with_columns(pl.lit(value=True).alias(name))
        for each, name in ((units, "_unit"), (schools, "_school"))
    ]
    told = rows.with_columns(_text=text)
    for one in named:
        told = joined(told, one, "_text")
    is_bureau = text.str.contains(BUREAU_IN_TEXT) | pl.col("_unit").is_not_null()
    confirmed = (
        pl.when(text.is_null() | (text == ""))
        .then(pl.lit(value=False))
        .when(is_bureau)
        .then(pl.lit(value=True))
        .when(pl.col("_school").is_not_null())
        .then(pl.lit(value=False))
    )
    return told.with_columns(is_confirmed_by_bureau=confirmed).drop("_text", "_unit", "_school")


def _made_up(frames: Frames) -> pl.LazyFrame:
    """Makeups of a teacher for a year (period): how many, and the hours and credits they brought."""
    makeups = frames["staging.credit_record"].filter(pl.col("status").is_in(REGISTERED) & pl.col("is_makeup"))
    lines = frames["core.fct_credit"].filter(pl.col("status").is_in(COUNTED))
    brought = lines.select("record_id", _hours="counted_hours", _credits="base_credits")
    asked = makeups.select("record_id", "teacher_id", period=pl.col("makeup_for_year").cast(pl.String))
    by_year = joined(asked, brought, "record_id").group_by("teacher_id", "period")
    return by_year.agg(pl.col("_hours", "_credits").sum(), _records=pl.len())


@measure(
    "makeups_not_needed",
    title="没有不足的补修",
    reads={"staging.credit_record": ("is_makeup", "makeup_for_year"), "core.fct_credit": (), "core.dim_teacher": ()},
    formula="所补年度不计补修已达到各项标准的，其补修登记条数；有一项不足的为0",
)
def makeups_not_needed(frames: Frames, *, after: tuple[str, ...] = ()) -> pl.LazyFrame:
    """Makeups for a year that fell short of nothing without them. Grain: teacher × year made up for.

    Reads the findings of the clauses in `after`, which give each year's figure and limit; what the makeups themselves
    brought is taken off the figure.
    """
    rows = _made_up(frames)
    for number, clause in enumerate(after):
        found = frames[f"findings.{clause}"]
        told = pl.col("verdict") != Verdict.UNDETERMINED
        figures = found.select(
            "period",
            pl.when(told).then("value").alias(f"_value{number}"),
            pl.col("threshold").alias(f"_limit{number}"),
            (pl.col("unit") == "学分").alias(f"_of_credits{number}"),
            teacher_id="subject_id",
        )
        rows = joined(rows, figures, ["teacher_id", "period"])
    short = [
        pl.col(f"_value{one}") - pl.when(f"_of_credits{one}").then("_credits").otherwise("_hours")
        < pl.col(f"_limit{one}")
        for one in range(len(after))
    ]
    is_short = pl.any_horizontal(short)
    people = frames["core.dim_teacher"].select("teacher_id", unit_id="county_id")
    untold = (
        pl.when(pl.col("period").is_null())
        .then(pl.lit("没有登记补修年度"))
        .when(is_short.is_null())
        .then(pl.lit("所补年度的合计不详"))
    )
    return joined(rows, people, "teacher_id").with_columns(
        subject_id="teacher_id",
        effective_on=pl.date(pl.col("period").cast(pl.Int32), 12, 31),
        missing=untold,
        numerator=pl.when(~is_short).then("_records").otherwise(0),
        inputs=pl.struct(records="_records"),
    )


@measure(
    "degree_hours_excess",
    title="学历提高多登学时",
    reads={
        "staging.degree_study": ("teacher_id", "year", "face_hours", "passed", "audit_date"),
        "staging.credit_record": ("source_type", "hours"),
        "core.fct_credit": (),
    },
    formula="当年学历类登记学时－合格且已审核课程的面授学时（不为负）",
)
def degree_hours_excess(frames: Frames) -> pl.LazyFrame:
    """Registered degree hours beyond audited face-to-face hours of passed courses. Grain: teacher × year.

    A course of which nobody wrote down whether it was passed, or its hours, may count: the excess lies between.
    """
    audited = frames["staging.degree_study"].filter(pl.col("audit_date").is_not_null())
    may_pass = pl.col("passed").fill_null(value=True)
    due = audited.group_by("teacher_id", year=pl.col("year").cast(pl.Int32)).agg(
        _due=pl.col("face_hours").filter(pl.col("passed")).sum(),
        _most_due=pl.col("face_hours").filter(may_pass).sum(),
        _untold=(may_pass & pl.col("face_hours").is_null()).any(),
    )
    records = (
        frames["core.fct_credit"]
        .filter((pl.col("source_type") == SourceType.DEGREE) & pl.col("status").is_in(COUNTED))
        .group_by("teacher_id", year=pl.col("credit_year").cast(pl.Int32))
        .agg(_registered=pl.col("hours_registered").sum())
    )
    people = frames["core.dim_teacher"].select("teacher_id", unit_id="county_id")
    rows = joined(joined(records, due, ["teacher_id", "year"]), people, "teacher_id")
    least, most = (
        pl.max_horizontal(pl.col("_registered") - pl.col(name).fill_null(0), pl.lit(0).cast(EXACT))
        for name in ("_most_due", "_due")
    )
    is_open = (most > least).fill_null(value=False)
    told = pl.col("_untold").fill_null(value=False) & (most > 0)
    return rows.with_columns(
        subject_id="teacher_id",
        period=pl.col("year").cast(pl.String),
        period_end=pl.date("year", 12, 31),
        numerator=least,
        at_most=pl.when(is_open).then(most),
        unsure=pl.when(is_open).then(pl.lit("有课程没有登记是否合格")),
        missing=pl.when(told).then(pl.lit("有课程没有登记面授学时")),
        inputs=pl.struct(registered=pl.col("_registered").cast(pl.Float64), due=pl.col("_due").cast(pl.Float64)),
    )
