"""Classes and trainees: sizes, staff, timetable, attendance, leave and completion.

Here belong the grains `class`, `enrollment`, `project_enrollment`, `leave` and `project_leave`, and the columns
derived for them, together with the project columns that come from timetables and attendance.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from models.measures.calendar import add_working_days, due_after
from models.measures.grains import counted, derived, grain, joined
from models.measures.projects import EVALUATION_DAYS, GIVEN, approvals, is_school_plan, project, with_project
from models.measures.registry import EXACT, Frames, Needs, measure
from models.parts import BY_TEACHER
from models.vocabulary import REGISTERED, ClassStatus, Completion, ReviewResult, SourceType

_SESSION: Final = {"staging.schedule": ("class_id", "date")}
_PRESENCE: Final = {
    "staging.attendance": ("enrollment_id", "status", "session_hours"),
    "staging.enrollment": ("project_id", "class_id"),
}
ABSENT: Final = ("请假", "旷课")
THERE: Final = ("到", "迟到", "早退", "公假")
ONLINE: Final = (SourceType.ONLINE, SourceType.MIXED)
"""Ways of training some hours of which are online."""
PAIR: Final = ["teacher_id", "project_id"]
THOUSAND: Final = 1000
"""Tasks that a bare rate of completion is told in, so that it keeps six decimals in a figure of three."""


def _held_classes(frames: Frames) -> pl.LazyFrame:
    """Classes that were not cancelled."""
    return frames["staging.class"].filter(pl.col("status").ne_missing(ClassStatus.CANCELLED))


def _was_taught() -> pl.Expr:
    """Whether a session took place; one that doesn't say did."""
    return pl.col("held").fill_null(value=True)


@grain(
    "class",
    title="班级",
    table="class",
    needs={"staging.class": ("project_id",), "core.dim_project": ("county_unit_id",)},
    given=GIVEN,
)
def classes(frames: Frames) -> pl.LazyFrame:
    """Classes that were not cancelled; subject and period are the class's id."""
    return with_project(_held_classes(frames), frames).with_columns(
        subject_id="class_id", period="class_id", effective_on=pl.coalesce("start_date", "project_start_date")
    )


@derived("class", "is_school_plan", needs={"core.dim_project": ("status",)})
def _school_plan(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    return joined(rows, frames["core.dim_project"].select("project_id", is_school_plan=is_school_plan()), "project_id")


@derived("class", "is_expanded", needs={"staging.class?": ("expansion_approve_date",)})
def _is_expanded(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    return rows.with_columns(is_expanded=pl.col("expansion_approve_date").is_not_null())


@derived("class", "days_timetable_ahead", needs={"staging.class": ("start_date", "schedule_publish_date")})
def _days_ahead(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    ahead = (pl.col("start_date") - pl.col("schedule_publish_date")).dt.total_days()
    still = (pl.col("start_date") - pl.lit(frames.as_of)).dt.total_days()
    return rows.with_columns(
        days_timetable_ahead=ahead,
        days_timetable_ahead_may_reach=pl.when(pl.col("schedule_publish_date").is_null()).then(still),
    )


_CLASS_STAFF = {"staging.class_staff": ("person_id", "role", "is_fulltime")}


@derived("class", "fulltime_heads", needs=_CLASS_STAFF)
def _heads(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    return _fulltime_people(rows, frames, ("班主任",), "fulltime_heads")


@derived("class", "fulltime_staff", needs=_CLASS_STAFF)
def _fulltime(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Different full-time people, head teachers included."""
    return _fulltime_people(rows, frames, ("班主任", "管理人员"), "fulltime_staff")


def _fulltime_people(rows: pl.LazyFrame, frames: Frames, roles: tuple[str, ...], name: str) -> pl.LazyFrame:
    """Different people in these roles who surely are full-time; with those of whom nobody said so, at most so many."""
    staff = frames["staging.class_staff"].filter(pl.col("role").is_in(roles))
    may_be = pl.col("is_fulltime").fill_null(value=True)
    return counted(
        rows,
        staff,
        "class_id",
        **{
            name: pl.col("person_id").filter(pl.col("is_fulltime")).n_unique(),
            f"{name}_at_most": pl.col("person_id").filter(may_be).n_unique(),
        },
    )


@derived("class", "scheduled_days", needs=_SESSION)
def _scheduled(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Days with a session; one whose date is unknown names no day. Null for a class without any timetable."""
    days = frames["staging.schedule"].group_by("class_id").agg(scheduled_days=pl.col("date").drop_nulls().n_unique())
    return joined(rows, days, "class_id")


@derived("class", "logged_days", needs={**_SESSION, "staging.training_log": ("class_id", "log_date")})
def _logged(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Scheduled days that have a log entry."""
    days = frames["staging.schedule"].select("class_id", log_date="date").unique()
    logs = frames["staging.training_log"].join(days, on=["class_id", "log_date"], how="semi")
    return counted(rows, logs, "class_id", logged_days=pl.col("log_date").n_unique())


_LOG_TYPES = {
    "staging.training_log": ("class_id", "content_type"),
    "staging.schedule?": ("class_id",),
    "staging.project_adjustment?": ("project_id",),
    "staging.project_plan_course?": ("is_practice",),
}


ALWAYS_LOGGED: Final = ("考勤", "课程与教学")
LOGGED_ON_OCCASION: Final = ("方案调整", "实践")


def _occasions(frames: Frames) -> Mapping[str, pl.LazyFrame]:
    """Rows of projects in which a kind of log has its occasion, as far as the dump tells."""
    found: dict[str, pl.LazyFrame] = {}
    if "staging.project_adjustment" in frames:
        found["方案调整"] = frames["staging.project_adjustment"]
    if "staging.project_plan_course" in frames:
        found["实践"] = frames["staging.project_plan_course"].filter("is_practice")
    return found


@derived("class", "log_types_due", "log_types", needs=_LOG_TYPES)
def _types(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Kinds of log that are due, and those of them on file: some always, others where they had an occasion.

    Null for a class with neither a log nor a timetable: whether anything was held can't be told.
    """
    if "log_types" in rows.collect_schema():
        return rows
    kinds = (*ALWAYS_LOGGED, *LOGGED_ON_OCCASION)
    on_file = {kind: (pl.col("content_type") == kind).any().cast(pl.Int32) for kind in kinds}
    marked = counted(rows, frames["staging.training_log"], "class_id", _logs=pl.len(), **on_file)
    if "staging.schedule" in frames:
        marked = counted(marked, frames["staging.schedule"], "class_id", _sessions=pl.len())
        is_told = (pl.col("_logs") > 0) | (pl.col("_sessions") > 0)
    else:
        is_told = pl.col("_logs") > 0
    due, kept = pl.lit(len(ALWAYS_LOGGED)), pl.sum_horizontal(ALWAYS_LOGGED)
    for kind, had in _occasions(frames).items():
        is_due = f"_{kind}"
        marked = joined(marked, had.select("project_id").unique().with_columns(pl.lit(1).alias(is_due)), "project_id")
        due = due + pl.col(is_due).fill_null(0)
        kept = kept + pl.col(is_due).fill_null(0) * pl.col(kind)
    return marked.with_columns(log_types_due=pl.when(is_told).then(due), log_types=kept)


def _parallel_classes(frames: Frames) -> pl.LazyFrame:
    """Classes that follow a plan which another class follows too. Grain: class. class_id, project_id, _plan."""
    plan = pl.coalesce("project_plan_id", "project_id")
    held = _held_classes(frames).select("class_id", "project_id", _plan=plan)
    return held.filter(pl.len().over("_plan") > 1)


def _minutes(column: str) -> pl.Expr:
    """A time of day as minutes, as far as it can be read: 8:30, 08:30, 08:30:00."""
    parts = pl.col(column).str.extract_groups(r"^\s*(\d{1,2})[:：](\d{2})")
    hour, minute = (parts.struct.field(str(number)).cast(pl.Int32, strict=False) for number in (1, 2))
    return hour * 60 + minute


def _parallel_sessions(frames: Frames) -> pl.LazyFrame:
    """Sessions of classes that share a plan, held up to tonight, with their time of day.

    Grain: session. `_is_told`: day, hour and either teacher or room are known. `_approved`: merging was approved by
    that day; null where an approval has a number but no day.
    """
    held = pl.coalesce("held", (pl.col("date") <= frames.as_of).fill_null(value=True))
    start = _minutes("session_start")
    number = pl.col("merge_approval_no").is_not_null()
    approved = (
        pl.when(number & pl.col("merge_approve_date").is_null())
        .then(None)
        .otherwise((pl.col("merge_approve_date") <= pl.col("date")).fill_null(value=False))
    )
    known = pl.col("date").is_not_null() & start.is_not_null()
    return (
        frames["staging.schedule"]
        .filter(held)
        .join(_parallel_classes(frames), on="class_id")
        .with_columns(
            _start=start,
            _end=pl.coalesce(_minutes("session_end"), start + 1),
            _approved=approved,
            _is_told=known & (pl.col("expert_id").is_not_null() | pl.col("venue_id").is_not_null()),
        )
        .select("session_id", "class_id", "project_id", "date", "expert_id", "venue_id", "^_.*$")
    )


def merged_sessions(frames: Frames) -> pl.LazyFrame:
    """Sessions whose teacher or room has another class of the same plan at an overlapping time.

    Grain: session. session_id, class_id, project_id, _approved.
    """
    sessions = _parallel_sessions(frames).filter("_is_told")
    found = []
    for shared in ("expert_id", "venue_id"):
        key = ["_plan", "date", shared]
        known = sessions.filter(pl.col(shared).is_not_null())
        other = known.select(*key, _class="class_id", _from="_start", _to="_end")
        pairs = known.join(other, on=key).filter(
            (pl.col("class_id") != pl.col("_class"))
            & (pl.col("_start") < pl.col("_to"))
            & (pl.col("_from") < pl.col("_end"))
        )
        found.append(pairs.select("session_id", "class_id", "project_id", "_approved"))
    return pl.concat(found).unique("session_id")


_MERGED = {
    "staging.schedule": ("class_id", "date", "session_start"),
    "staging.schedule?": ("session_end", "expert_id", "venue_id", "held", "merge_approve_date", "merge_approval_no"),
    "staging.class": ("project_id",),
}


def _with_merged(rows: pl.LazyFrame, frames: Frames, key: str) -> pl.LazyFrame:
    """Adds the merged sessions that nobody approved; with those that can't be told, at most so many.

    Null where none is found but a class of a shared plan, or one that it could be merged with, has no timetable.
    """
    merged = merged_sessions(frames)
    vague = _parallel_sessions(frames).group_by("class_id").agg(_vague=(~pl.col("_is_told")).sum())
    on_file = frames["staging.schedule"].select("class_id").unique().with_columns(_has_timetable=pl.lit(value=True))
    beside = joined(joined(_parallel_classes(frames), vague, "class_id"), on_file, "class_id").with_columns(
        _dark=pl.col("_has_timetable").is_null().any().over("_plan")
    )
    told = counted(
        beside,
        merged,
        "class_id",
        _sure=(~pl.col("_approved")).sum(),
        _open=pl.col("_approved").null_count(),
    )
    sums = told.group_by(key).agg(pl.col("_sure", "_open", "_vague").sum(), pl.col("_dark").any())
    sure = pl.col("_sure").fill_null(0)
    may_be = pl.col("_open").fill_null(0) + pl.col("_vague").fill_null(0)
    is_dark = pl.col("_dark").fill_null(value=False) & (sure == 0)
    return (
        joined(rows, sums, key)
        .with_columns(
            merged_sessions=pl.when(~is_dark).then(sure),
            merged_sessions_at_most=pl.when(~is_dark & (may_be > 0)).then(sure + may_be),
        )
        .drop("_sure", "_open", "_vague", "_dark")
    )


@derived("class", "merged_sessions", needs=_MERGED)
def _merged(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    return _with_merged(rows, frames, "class_id")


@derived("project", "merged_sessions", needs=_MERGED)
def _project_merged(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """The same of a project; null where no class of it is on file: how many there were nobody can tell."""
    on_file = frames["staging.class"].select("project_id").unique().with_columns(_has_class=pl.lit(value=True))
    told = joined(_with_merged(rows, frames, "project_id"), on_file, "project_id")
    figures = ("merged_sessions", "merged_sessions_at_most")
    return told.with_columns(pl.when("_has_class").then(name).alias(name) for name in figures).drop("_has_class")


# ---- trainees


def _enrolled(frames: Frames) -> pl.LazyFrame:
    people = frames["core.dim_teacher"].select("teacher_id", "county_id")
    rows = joined(frames["staging.enrollment"], people, "teacher_id")
    placed = with_project(rows, frames).with_columns(unit_id=pl.coalesce("county_id", "unit_id"))
    return frames.inside(placed, "unit_id").with_columns(effective_on="project_start_date")


_ENROLLED = {"staging.enrollment": ("teacher_id", "project_id"), "core.dim_project": (), "core.dim_teacher": ()}


@grain(
    "enrollment",
    title="学员的一次参训",
    table="enrollment",
    needs=_ENROLLED,
    given=GIVEN,
    shared=GIVEN,
    by=BY_TEACHER,
)
def enrollment(frames: Frames) -> pl.LazyFrame:
    """A teacher in a project: subject is the teacher, period the project's id."""
    return _enrolled(frames).with_columns(subject_id="teacher_id", period="project_id")


@grain("project_enrollment", title="项目的学员", table="enrollment", needs=_ENROLLED, given=GIVEN)
def project_enrollment(frames: Frames) -> pl.LazyFrame:
    """A project's trainees: subject and period are the project's id, its county answers."""
    rows = with_project(frames["staging.enrollment"], frames)
    return rows.with_columns(subject_id="project_id", period="project_id", effective_on="project_start_date")


@grain(
    "batch_enrollment",
    title="教师在一个批次的选课",
    table="enrollment",
    needs=_ENROLLED,
    given=GIVEN,
    by=BY_TEACHER,
)
def batch_enrollment(frames: Frames) -> pl.LazyFrame:
    """A teacher's choices in a batch: subject is the teacher, period the batch."""
    return _enrolled(frames).filter(pl.col("batch").is_not_null()).with_columns(subject_id="teacher_id", period="batch")


@derived(
    "enrollment",
    "school_reviewed_on",
    needs={
        "staging.enrollment": ("school_review_date",),
        "staging.enrollment?": ("school_review_result",),
    },
)
def _reviewed(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    """The day of the school's opinion; one that is still pending (待审) is none."""
    pending = (pl.col("school_review_result") == "待审").fill_null(value=False)
    return rows.with_columns(school_reviewed_on=pl.when(~pending).then("school_review_date"))


@derived("enrollment", "school_opinion", needs={"staging.enrollment": ("school_review_result",)})
def _opinion(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    """The school's opinion; one that is still pending (待审) is none."""
    opinion = pl.col("school_review_result")
    return rows.with_columns(school_opinion=pl.when(opinion != "待审").then(opinion))


@derived("batch_enrollment", "chose_in_first_round", needs={"staging.enrollment": ("batch", "round")})
def _first_round(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Whether the teacher handed in a choice in the first round, whatever became of it or of the project chosen."""
    key = ["teacher_id", "batch"]
    first = frames["staging.enrollment"].filter(pl.col("round") == 1).select(key).unique()
    marked = joined(rows, first.with_columns(chose_in_first_round=pl.lit(value=True)), key)
    return marked.with_columns(pl.col("chose_in_first_round").fill_null(value=False))


@derived(
    "project_enrollment",
    "evaluation_working_days",
    needs={"staging.enrollment": ("evaluation_date",), "core.dim_project": ("end_date",)},
)
def _evaluation_days(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Working days from the project's end to the evaluation; those so far for a trainee not yet evaluated.

    Null for an evaluation without a day.
    """
    so_far = pl.lit(frames.as_of)
    is_done = pl.col("evaluation_result").is_not_null() | pl.col("score").is_not_null()
    undated = pl.col("evaluation_date").is_null() & is_done
    evaluated = pl.when(~undated).then(pl.coalesce("evaluation_date", so_far))
    dated = rows.with_columns(_evaluated=evaluated)
    return add_working_days(dated, "project_end_date", "_evaluated", "evaluation_working_days").drop("_evaluated")


@derived(
    "project_enrollment",
    "evaluation_due",
    needs={"staging.enrollment": ("evaluation_date",), "core.dim_project": ("end_date",)},
)
def _evaluation_due(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    """The last of the ten working days after the project's end, for a trainee not yet evaluated."""
    waits = pl.col("evaluation_date").is_null()
    due = due_after(rows, "project_end_date", EVALUATION_DAYS, "evaluation_due")
    return due.with_columns(evaluation_due=pl.when(waits).then("evaluation_due"))


@derived("project_enrollment", "is_over", needs={"core.dim_project": ("end_date",)})
def _enrolled_over(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    return rows.with_columns(is_over=pl.col("project_end_date") < frames.as_of)


def _marks(enrollments: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Hours of all sessions marked for these enrollments, and of those missed, on leave or not. Grain: enrollment.

    Those whose mark doesn't say whether the trainee was there may have been missed (`unclear_hours`).
    """
    hours, is_absent = pl.col("session_hours"), pl.col("status").is_in(ABSENT)
    attendance = frames["staging.attendance"].join(enrollments, on="enrollment_id", how="semi")
    return attendance.group_by("enrollment_id").agg(
        due_hours=hours.sum(),
        absent_hours=pl.when(is_absent).then(hours).sum(),
        unclear_hours=pl.when(is_absent.is_null()).then(hours).sum(),
    )


@derived("enrollment", "due_hours", "absent_hours", needs={**_PRESENCE, "staging.schedule?": ("class_id", "hours")})
def _marked(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Hours due and missed; null without any mark.

    Due are the hours of the class's timetable, and where marks are all there is, those marked; hours without a mark
    may have been missed (`absent_hours_at_most`).
    """
    if "due_hours" in rows.collect_schema():
        return rows
    marked = joined(joined(rows, _marks(rows, frames), "enrollment_id"), _taught_hours(frames), "class_id")
    unmarked = pl.max_horizontal(pl.col("_taught").fill_null(0) - pl.col("due_hours"), pl.lit(0).cast(EXACT))
    return marked.with_columns(
        due_hours=pl.col("due_hours") + unmarked,
        absent_hours_at_most=pl.col("absent_hours") + pl.col("unclear_hours") + unmarked,
    ).drop("_taught", "unclear_hours")


@derived("enrollment", "has_absence", needs={**_PRESENCE, "staging.leave?": ("institution_approve_date",)})
def _absent(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Whether the trainee missed any hours of a session, on leave or not, or had leave granted."""
    missed = frames["staging.attendance"].filter(pl.col("status").is_in(ABSENT) & (pl.col("session_hours") > 0))
    absent = missed.select("enrollment_id")
    if "staging.leave" in frames:
        granted = frames["staging.leave"].filter(pl.col("institution_approve_date").is_not_null())
        absent = pl.concat([absent, granted.select("enrollment_id")])
    absent = absent.unique().with_columns(has_absence=pl.lit(value=True))
    return joined(rows, absent, "enrollment_id").with_columns(pl.col("has_absence").fill_null(value=False))


@derived(
    "enrollment",
    "credited_hours",
    needs={"staging.credit_record": ("teacher_id", "project_id", "hours", "status")},
)
def _credited(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Hours registered for the teacher in the project."""
    return counted(rows, _registered(rows, frames), PAIR, credited_hours=pl.col("hours").sum())


_REWARD: Needs = {
    "staging.enrollment": ("completion_status",),
    "staging.credit_record?": ("teacher_id", "project_id", "hours", "status"),
}


@derived("enrollment", "is_rewarded", needs=_REWARD)
def _rewarded(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Whether the trainee completed the project or has hours of it registered: neither is due to who may have none."""
    return _rewards(rows, frames).with_columns(is_rewarded=pl.col("rewards") > 0)


@derived("enrollment", "rewards", needs=_REWARD)
def _rewards(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """How many of the two the trainee got: completion, and hours registered for the project."""
    if "rewards" in rows.collect_schema():
        return rows
    completed = (pl.col("completion_status") == "结业").fill_null(value=False).cast(pl.Int32)
    if "staging.credit_record" not in frames:
        return rows.with_columns(rewards=completed, rewards_at_most=completed + 1)
    marked = counted(rows, _registered(rows, frames), PAIR, _hours=pl.col("hours").sum())
    return marked.with_columns(rewards=completed + (pl.col("_hours") > 0).cast(pl.Int32)).drop("_hours")


def _online(way: str) -> pl.Expr:
    """Hours online; null where training whose way (a column) may be online doesn't say how many."""
    may_be_online = pl.col(way).is_in(ONLINE).fill_null(value=False)
    return pl.coalesce("hours_online", pl.when(~may_be_online).then(0))


def _registered(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """What is registered for any of these teachers in that project."""
    counts = pl.col("status").is_in(REGISTERED) & (pl.col("completion") == Completion.PASSED)
    return frames["staging.credit_record"].filter(counts).join(rows, on=PAIR, how="semi")


@derived(
    "enrollment",
    "hours_beyond_attendance",
    needs={**_PRESENCE, "staging.credit_record": ("teacher_id", "project_id", "hours", "status")},
)
def _beyond(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Hours registered beyond those attended, in whichever classes of the project.

    Nobody marks attendance online, so hours online are left out; a mark that doesn't say whether the trainee was there
    may be an absence (`hours_beyond_attendance_at_most`). Null without attendance marks, and where hours that
    may be online don't say how many are.
    """
    classes_of = frames["staging.enrollment"].select("enrollment_id", *PAIR).join(rows, on=PAIR, how="semi")
    attended = _marks(classes_of, frames).join(classes_of, on="enrollment_id").group_by(PAIR)
    sums = attended.agg(
        _attended=(pl.col("due_hours") - pl.col("absent_hours")).sum(), _unclear=pl.col("unclear_hours").sum()
    )
    marked = joined(rows, sums, PAIR)
    there = pl.col("hours") - _online("source_type")
    full = counted(marked, _registered(rows, frames), PAIR, _there=there.sum(), _untold=there.null_count())
    beyond = pl.col("_there").cast(EXACT) - pl.col("_attended")
    is_told = pl.col("_untold") == 0
    may_be_more = is_told & (pl.col("_unclear") > 0)
    told = full.with_columns(
        hours_beyond_attendance=pl.when(is_told).then(beyond),
        hours_beyond_attendance_at_most=pl.when(may_be_more).then(beyond + pl.col("_unclear")),
    )
    return told.drop("_attended", "_unclear", "_there", "_untold")


@derived("enrollment", "has_severe_discipline", needs={"staging.discipline_event": ("enrollment_id", "severity")})
def _severe(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    severe = frames["staging.discipline_event"].filter(pl.col("severity") == "严重")
    return (
        counted(rows, severe, "enrollment_id", _severe=pl.len())
        .with_columns(has_severe_discipline=pl.col("_severe") > 0)
        .drop("_severe")
    )


_PROGRESS: Final = "staging.online_progress:tasks_total|staging.online_progress:completion_ratio"
"""The tasks set, or a bare rate of completion."""


@derived("enrollment", "tasks_done", "tasks_total", needs={_PROGRESS: ("enrollment_id",)})
def _tasks(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Online tasks done and set; a bare completion rate stands for so many done of a thousand."""
    by_count = pl.col("tasks_total").is_not_null()
    rate = (pl.col("completion_ratio").cast(pl.Decimal(38, 6)) * THOUSAND).cast(EXACT)
    progress = frames["staging.online_progress"].select(
        "enrollment_id",
        tasks_done=pl.when(by_count).then("tasks_done").otherwise(rate),
        tasks_total=pl.when(by_count).then("tasks_total").otherwise(pl.lit(THOUSAND).cast(EXACT)),
    )
    return joined(rows, progress, "enrollment_id") if "tasks_done" not in rows.collect_schema() else rows


def _leaves(frames: Frames) -> pl.LazyFrame:
    asked = frames["staging.enrollment"].select("enrollment_id", "teacher_id", "project_id", "school_id_at")
    people = frames["core.dim_teacher"].select("teacher_id", "county_id", _school="school_id")
    leaves = joined(joined(frames["staging.leave"], asked, "enrollment_id"), people, "teacher_id")
    placed = with_project(leaves, frames)
    return placed.with_columns(effective_on="project_start_date")


_LEAVES = {"staging.leave": ("enrollment_id",), "staging.enrollment": ("teacher_id",), "core.dim_project": ()}


@grain("leave", title="请假", table="leave", needs=_LEAVES, given=GIVEN, by=BY_TEACHER)
def leave(frames: Frames) -> pl.LazyFrame:
    """Leaves: subject is the teacher, period the project's id."""
    return _leaves(frames).with_columns(
        subject_id="teacher_id", period="project_id", unit_id=pl.coalesce("county_id", "unit_id")
    )


@derived("leave", "is_own_bureau", needs={"staging.leave": ("edu_bureau_code",), "core.dim_school": ("unit_id",)})
def _own_bureau(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Whether the bureau that approved is the one the trainee's school answered to when the trainee enrolled.

    A school directly under a city answers to the city's bureau. Null where either side isn't on file.
    """
    school = pl.coalesce("school_id_at", "_school")
    place = frames["core.dim_school"].select(_at="school_id", _bureau="unit_id", _bureau_county="county_id")
    placed = joined(rows.with_columns(_at=school), place, "_at")
    code, county = pl.col("edu_bureau_code"), pl.coalesce("_bureau_county", "county_id")
    same = (code == pl.col("_bureau")).fill_null(value=False) | (code == county)
    return placed.with_columns(is_own_bureau=same).drop("_at", "_bureau", "_bureau_county")


@grain("project_leave", title="项目的请假", table="leave", needs=_LEAVES, given=GIVEN)
def project_leave(frames: Frames) -> pl.LazyFrame:
    """A project's leaves: subject and period are the project's id, its county answers."""
    return _leaves(frames).with_columns(subject_id="project_id", period="project_id")


# ---- what timetables and attendance say of the project


NOT_HERE: Final = ("未报到", "替换", "异动")
"""States of checking in of those whom nobody expects in class."""


@derived(
    "project",
    "attended_hours",
    "expected_hours",
    needs={
        "staging.attendance": ("enrollment_id", "status", "session_hours"),
        "staging.enrollment": ("project_id", "class_id"),
        "staging.schedule?": ("class_id", "hours", "held"),
    },
)
def _attended(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Person-hours attended and due, over trainees who checked in; leave is not attendance.

    Due are the hours of the timetable of the trainee's class; hours without a mark may have been attended
    (`attended_hours_at_most`). Without a timetable the marks are all that is known. Null without either.
    """
    if "attended_hours" in rows.collect_schema():
        return rows
    left = (pl.col("completion_status") == "退选").fill_null(value=False)
    here = frames["staging.enrollment"].filter(~pl.col("checkin_status").is_in(NOT_HERE).fill_null(value=False) & ~left)
    trainees = here.select("enrollment_id", "project_id", "class_id").join(rows, on="project_id", how="semi")
    hours, status = pl.col("session_hours"), pl.col("status")
    # Sums of a condition, not of a filter: for each filter the engine would group all marks once more.
    marks = (
        frames["staging.attendance"]
        .group_by("enrollment_id")
        .agg(
            _there=pl.when(status.is_in(THERE)).then(hours).sum(),
            _marked=pl.when(status.is_not_null()).then(hours).sum(),
        )
    )
    known = joined(joined(trainees, marks, "enrollment_id"), _taught_hours(frames), "class_id").filter(
        pl.col("_marked").is_not_null() | pl.col("_taught").is_not_null()
    )
    there, marked = pl.col("_there").fill_null(0), pl.col("_marked").fill_null(0)
    due = pl.max_horizontal(pl.col("_taught").fill_null(0), marked)
    sums = known.group_by("project_id").agg(
        attended_hours=there.sum(),
        attended_hours_at_most=(there + due - marked).sum(),
        expected_hours=due.sum(),
        _marks=pl.col("_marked").count(),
    )
    is_any = pl.col("_marks") > 0
    told = sums.with_columns(
        pl.when(is_any).then(pl.col(name)).alias(name)
        for name in ("attended_hours", "attended_hours_at_most", "expected_hours")
    )
    return joined(rows, told.drop("_marks"), "project_id")


def _taught_hours(frames: Frames) -> pl.LazyFrame:
    """Hours taught up to tonight by the timetable. Grain: class."""
    if "staging.schedule" not in frames:
        return pl.LazyFrame(schema={"class_id": pl.String(), "_taught": EXACT})
    gone_by = (pl.col("date") <= frames.as_of).fill_null(value=True)
    taught = frames["staging.schedule"].filter(_was_taught() & gone_by)
    return taught.group_by("class_id").agg(_taught=pl.col("hours").sum())


_HELD = {
    "staging.schedule": ("class_id", "hours"),
    "staging.project_adjustment?": ("adjust_type", "approve_date", "effective_date"),
    "staging.class": ("project_id",),
    "core.dim_project": ("hours_planned", "end_date"),
}


@derived("project", "promised_hours", "cut_hours", needs=_HELD)
def _cut(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Hours announced, and how many of them were not taught; the class with the fewest counts.

    A timetable has no hours online, so those count as taught. Null without a timetable, where hours that may be
    online don't say how many are, and where a cut was approved that no approved figure tells. Approved cuts of hours
    are measured against the approved plan. A class without a timetable beside others may have had none of them
    (`cut_hours_at_most`).
    """
    if "cut_hours" in rows.collect_schema():
        return rows
    sessions = frames["staging.schedule"].group_by("class_id").agg(_taught=pl.when(_was_taught()).then("hours").sum())
    held = (
        joined(_held_classes(frames).select("class_id", "project_id"), sessions, "class_id")
        .group_by("project_id")
        .agg(pl.col("_taught").min(), _dark=pl.col("_taught").is_null().any())
    )
    promised = pl.coalesce("hours_planned_approved", pl.when(pl.col("_cut_approved").is_null()).then("hours_planned"))
    due = promised - _online("delivery_mode")
    known = joined(joined(rows, held, "project_id"), _approved_cuts(frames), "project_id")
    return known.with_columns(
        promised_hours=pl.when(pl.col("_taught").is_not_null()).then(promised),
        cut_hours=(due - pl.col("_taught")).clip(lower_bound=0),
        cut_hours_at_most=pl.when(pl.col("_dark") & pl.col("_taught").is_not_null()).then(due),
    ).drop("_taught", "_dark", "_cut_approved")


def _approved_cuts(frames: Frames) -> pl.LazyFrame:
    """Projects a change of whose hours was approved before it took effect."""
    if "staging.project_adjustment" not in frames:
        return pl.LazyFrame(schema={"project_id": pl.String(), "_cut_approved": pl.Boolean()})
    changes = approvals(frames, frames["staging.project_adjustment"]).filter(
        (pl.col("adjust_type") == "学时") & pl.col("is_approved_first")
    )
    return changes.select("project_id", _cut_approved=pl.lit(value=True)).unique()


@measure(
    "disorder_signs",
    title="管理无序的迹象数",
    reads={
        "staging.attendance": ("enrollment_id",),
        "staging.enrollment": ("project_id",),
        "staging.class_staff": ("role",),
        "staging.class": ("project_id",),
        "core.dim_project": ("end_date",),
        "core.dim_institution": ("has_quality_rules",),
        "core.fct_spot_check": ("finding_code",),
    },
    formula="无管理制度、无专人管理、无考勤记录、抽查发现秩序问题，各计1",
    about="project",
)
def disorder_signs(frames: Frames, *, findings: tuple[str, ...]) -> pl.LazyFrame:
    """Signs of disorder of a project that is over: each of no rules, no head, no attendance, found disorder counts 1.

    Grain: project with a class. A sign that can't be told (the institution's rules unknown; no trainees on the
    platform whose attendance could be marked) may be one (`at_most`). Online, where nobody marks attendance, progress
    stands for it.
    """
    signs = ("no_rules", "no_head", "no_attendance", "disorder_found")
    untold = pl.sum_horizontal(pl.col(name).is_null() for name in signs)
    return _with_signs(frames, findings).with_columns(
        numerator=pl.sum_horizontal(pl.col(name).fill_null(0) for name in signs),
        at_most=pl.when(untold > 0).then(pl.sum_horizontal(pl.col(name).fill_null(1) for name in signs).cast(EXACT)),
        unsure=pl.when(pl.col("no_rules").is_null())
        .then(pl.lit("机构有无管理制度没有登记"))
        .when(pl.col("no_attendance").is_null())
        .then(pl.lit("没有参训名单或学习进度，有无考勤无从得知")),
        inputs=pl.struct(signs),
    )


def _with_signs(frames: Frames, findings: tuple[str, ...]) -> pl.LazyFrame:
    """Projects that are over and had a class, with each sign as 1, 0 or null where it can't be told."""
    held = _held_classes(frames)
    heads = frames["staging.class_staff"].filter(pl.col("role") == "班主任").select("class_id").unique()
    headless = held.join(heads, on="class_id", how="anti").group_by("project_id").agg(no_head=pl.lit(1).first())
    found = (
        frames["core.fct_spot_check"]
        .filter(pl.col("finding_code").is_in(list(findings)))
        .group_by("project_id")
        .agg(disorder_found=pl.lit(1).first())
    )
    rules = frames["core.dim_institution"].select(
        "institution_id", no_rules=(~pl.col("has_quality_rules")).cast(pl.Int32)
    )
    over = project(frames).filter(pl.col("end_date") < frames.as_of)
    base = joined(over.join(held.select("project_id").unique(), on="project_id", how="semi"), rules, "institution_id")
    for more in (headless, _unmarked(frames), found):
        base = joined(base, more, "project_id")
    may_be_online = (pl.col("delivery_mode") == SourceType.ONLINE).fill_null(value=True)
    is_absent = pl.col("_unmarked") & (pl.col("_idle") | ~may_be_online)
    return base.with_columns(pl.col("no_head", "disorder_found").fill_null(0), no_attendance=is_absent.cast(pl.Int32))


def _unmarked(frames: Frames) -> pl.LazyFrame:
    """Projects none of whose trainees has a mark of attendance, or has begun to learn online (`_idle`).

    Grain: project with trainees. Whether anybody learns online can't be told where the dump has no progress at all.
    """
    trainees = frames["staging.enrollment"].select("enrollment_id", "project_id")
    for name, table in (("_marked", "staging.attendance"), ("_learning", "staging.online_progress")):
        on_file = frames[table] if table in frames else pl.LazyFrame(schema={"enrollment_id": pl.String()})
        seen = on_file.select("enrollment_id").unique().with_columns(pl.lit(value=True).alias(name))
        trainees = joined(trainees, seen, "enrollment_id")
    is_told = pl.col("_learning").is_not_null().any()
    return (
        trainees.with_columns(_idle=pl.when(is_told).then(pl.col("_learning").is_null()))
        .group_by("project_id")
        .agg(_unmarked=pl.col("_marked").is_null().all(), _idle=pl.col("_idle").all(ignore_nulls=False))
    )


@derived(
    "project",
    "sessions_without_approval",
    needs={
        "core.dim_project": ("review_result", "start_date"),
        "staging.schedule?": ("class_id", "date", "held"),
        "staging.class?": ("project_id", "status"),
        "staging.attendance?": ("enrollment_id",),
        "staging.enrollment?": ("project_id",),
    },
)
def _unapproved_sessions(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Sessions held of a project whose review didn't pass or isn't on file; zero when it did.

    Where no session is on a timetable but trainees' attendance was marked, one was held at least. Null where nothing
    tells whether any was held, unless all of the project's classes were cancelled.
    """
    passed = (pl.col("review_result") == ReviewResult.PASSED).fill_null(value=False)
    seen = rows.with_columns(_sessions=pl.lit(0), _marks=pl.lit(0), _held=pl.lit(0), _classes=pl.lit(0))
    if "staging.class" in frames:
        is_held = pl.col("status").ne_missing(ClassStatus.CANCELLED)
        seen = counted(
            seen.drop("_held", "_classes"),
            frames["staging.class"],
            "project_id",
            _held=is_held.sum(),
            _classes=pl.len(),
        )
    if "staging.class" in frames and "staging.schedule" in frames:
        gone_by = (pl.col("date") <= frames.as_of).fill_null(value=True)
        sessions = frames["staging.schedule"].filter(_was_taught() & gone_by)
        of_class = sessions.join(_held_classes(frames).select("class_id", "project_id"), on="class_id")
        seen = counted(seen.drop("_sessions"), of_class, "project_id", _sessions=pl.len())
    if "staging.enrollment" in frames and "staging.attendance" in frames:
        asked = frames["staging.enrollment"].join(rows.filter(~passed), on="project_id", how="semi")
        marked = asked.join(frames["staging.attendance"], on="enrollment_id", how="semi")
        seen = counted(seen.drop("_marks"), marked, "project_id", _marks=pl.len())
    none_held = (pl.col("_classes") > 0) & (pl.col("_held") == 0)
    return seen.with_columns(
        sessions_without_approval=pl.when(passed | none_held)
        .then(0)
        .when(pl.col("_sessions") > 0)
        .then("_sessions")
        .when(pl.col("_marks") > 0)
        .then(1)
    ).drop("_sessions", "_marks", "_held", "_classes")


@derived("project", "subcontract_findings", needs={"core.fct_spot_check": ("finding_code",)})
def _subcontracted(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    found = frames["core.fct_spot_check"].filter(pl.col("finding_code") == "转包")
    return counted(rows, found, "project_id", subcontract_findings=pl.len())


@derived("project", "safety_findings", needs={"core.fct_spot_check": ("finding_code",)})
def _unsafe(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    found = frames["core.fct_spot_check"].filter(pl.col("finding_code") == "安全")
    return counted(rows, found, "project_id", safety_findings=pl.len())
