"""Classes and trainees: sizes, staff, timetable, attendance, leave and completion.

Here belong the grains `class`, `enrollment`, `project_enrollment`, `leave` and `project_leave`, and the columns
derived for them, together with the project columns that come from timetables and attendance.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from models.measures.calendar import add_working_days
from models.measures.grains import counted, derived, grain, joined
from models.measures.projects import GIVEN, project, with_project
from models.measures.registry import EXACT, Frames, measure
from models.vocabulary import REGISTERED, ClassStatus, Completion, ReviewResult, SourceType

_SESSION: Final = {"staging.schedule": ("class_id", "date", "hours")}
_PRESENCE: Final = {
    "staging.attendance": ("enrollment_id", "session_id", "status", "session_hours"),
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


@derived("class", "is_expanded", needs={"staging.class": ("expansion_approve_date",)})
def _is_expanded(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    return rows.with_columns(is_expanded=pl.col("expansion_approve_date").is_not_null())


@derived("class", "days_timetable_ahead", needs={"staging.class": ("start_date", "schedule_publish_date")})
def _days_ahead(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    ahead = (pl.col("start_date") - pl.col("schedule_publish_date")).dt.total_days()
    return rows.with_columns(days_timetable_ahead=ahead)


_CLASS_STAFF = {"staging.class_staff": ("person_id", "role", "is_fulltime")}


@derived("class", "fulltime_heads", needs=_CLASS_STAFF)
def _heads(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    heads = frames["staging.class_staff"].filter((pl.col("role") == "班主任") & pl.col("is_fulltime"))
    return counted(rows, heads, "class_id", fulltime_heads=pl.col("person_id").n_unique())


@derived("class", "fulltime_staff", needs=_CLASS_STAFF)
def _fulltime(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Different full-time people, head teachers included."""
    staff = frames["staging.class_staff"].filter(pl.col("role").is_in(["班主任", "管理人员"]) & pl.col("is_fulltime"))
    return counted(rows, staff, "class_id", fulltime_staff=pl.col("person_id").n_unique())


@derived("class", "scheduled_days", needs=_SESSION)
def _scheduled(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Days with a session; one whose date is unknown names no day."""
    return counted(rows, frames["staging.schedule"], "class_id", scheduled_days=pl.col("date").drop_nulls().n_unique())


@derived("class", "logged_days", needs={**_SESSION, "staging.training_log": ("class_id", "log_date")})
def _logged(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Scheduled days that have a log entry."""
    days = frames["staging.schedule"].select("class_id", log_date="date").unique()
    logs = frames["staging.training_log"].join(days, on=["class_id", "log_date"], how="semi")
    return counted(rows, logs, "class_id", logged_days=pl.col("log_date").n_unique())


_LOG_TYPES = {
    "staging.training_log": ("class_id", "content_type"),
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
    """Kinds of log that are due, and those of them on file: some always, others where they had an occasion."""
    if "log_types" in rows.collect_schema():
        return rows
    kinds = (*ALWAYS_LOGGED, *LOGGED_ON_OCCASION)
    on_file = {kind: (pl.col("content_type") == kind).any().cast(pl.Int32) for kind in kinds}
    marked = counted(rows, frames["staging.training_log"], "class_id", **on_file)
    due, kept = pl.lit(len(ALWAYS_LOGGED)), pl.sum_horizontal(ALWAYS_LOGGED)
    for kind, had in _occasions(frames).items():
        is_due = f"_{kind}"
        marked = joined(marked, had.select("project_id").unique().with_columns(pl.lit(1).alias(is_due)), "project_id")
        due = due + pl.col(is_due).fill_null(0)
        kept = kept + pl.col(is_due).fill_null(0) * pl.col(kind)
    return marked.with_columns(log_types_due=due, log_types=kept)


def unapproved_merged_sessions(frames: Frames) -> pl.LazyFrame:
    """Sessions in which one expert teaches two classes of a project in one room at one time, unapproved."""
    taught = frames["staging.schedule"].filter(_was_taught())
    sessions = taught.join(_held_classes(frames).select("class_id", "project_id", "project_plan_id"), on="class_id")
    plan = pl.coalesce("project_plan_id", "project_id")
    together = ["_plan", "expert_id", "venue_id", "date", "session_start"]
    known = pl.all_horizontal(pl.col(name).is_not_null() for name in together)
    approved = (pl.col("merge_approve_date") <= pl.col("date")).fill_null(value=False)
    return (
        sessions.with_columns(_plan=plan)
        .filter(known)
        .filter(pl.col("class_id").n_unique().over(together) > 1)
        .filter(~approved)
    )


_MERGED = {
    "staging.schedule": ("class_id", "date", "session_start", "expert_id", "venue_id"),
    "staging.class": ("project_id",),
}


@derived("class", "merged_sessions", needs=_MERGED)
def _merged(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    return counted(rows, unapproved_merged_sessions(frames), "class_id", merged_sessions=pl.len())


@derived("project", "merged_sessions", needs=_MERGED)
def _project_merged(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    return counted(rows, unapproved_merged_sessions(frames), "project_id", merged_sessions=pl.len())


# ---- trainees


def _enrolled(frames: Frames) -> pl.LazyFrame:
    people = frames["core.dim_teacher"].select("teacher_id", "county_id")
    rows = joined(frames["staging.enrollment"], people, "teacher_id")
    placed = with_project(rows, frames).with_columns(unit_id=pl.coalesce("county_id", "unit_id"))
    return frames.inside(placed, "unit_id").with_columns(effective_on="project_start_date")


_ENROLLED = {"staging.enrollment": ("teacher_id", "project_id"), "core.dim_project": (), "core.dim_teacher": ()}


@grain("enrollment", title="学员的一次参训", table="enrollment", needs=_ENROLLED, given=GIVEN, shared=GIVEN)
def enrollment(frames: Frames) -> pl.LazyFrame:
    """A teacher in a project: subject is the teacher, period the project's id."""
    return _enrolled(frames).with_columns(subject_id="teacher_id", period="project_id")


@grain("project_enrollment", title="项目的学员", table="enrollment", needs=_ENROLLED, given=GIVEN)
def project_enrollment(frames: Frames) -> pl.LazyFrame:
    """A project's trainees: subject and period are the project's id, its county answers."""
    rows = with_project(frames["staging.enrollment"], frames)
    return rows.with_columns(subject_id="project_id", period="project_id", effective_on="project_start_date")


@grain("batch_enrollment", title="教师在一个批次的选课", table="enrollment", needs=_ENROLLED, given=GIVEN)
def batch_enrollment(frames: Frames) -> pl.LazyFrame:
    """A teacher's choices in a batch: subject is the teacher, period the batch."""
    return _enrolled(frames).filter(pl.col("batch").is_not_null()).with_columns(subject_id="teacher_id", period="batch")


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
    """Working days from the project's end to the evaluation; those so far for a trainee not yet evaluated."""
    so_far = pl.lit(frames.as_of)
    dated = rows.with_columns(_evaluated=pl.coalesce("evaluation_date", so_far))
    return add_working_days(dated, "project_end_date", "_evaluated", "evaluation_working_days").drop("_evaluated")


@derived("project_enrollment", "is_over", needs={"core.dim_project": ("end_date",)})
def _enrolled_over(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    return rows.with_columns(is_over=pl.col("project_end_date") < frames.as_of)


def _marks(enrollments: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Hours of all sessions marked for these enrollments, and of those missed, on leave or not. Grain: enrollment."""
    hours, is_absent = pl.col("session_hours"), pl.col("status").is_in(ABSENT)
    attendance = frames["staging.attendance"].join(enrollments, on="enrollment_id", how="semi")
    return attendance.group_by("enrollment_id").agg(due_hours=hours.sum(), absent_hours=hours.filter(is_absent).sum())


@derived("enrollment", "due_hours", "absent_hours", needs=_PRESENCE)
def _marked(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Hours marked and missed (`_marks`); null without any mark."""
    if "due_hours" in rows.collect_schema():
        return rows
    return joined(rows, _marks(rows, frames), "enrollment_id")


@derived("enrollment", "has_absence", needs=_PRESENCE)
def _absent(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Whether the trainee missed any hours of a session, on leave or not."""
    missed = frames["staging.attendance"].filter(pl.col("status").is_in(ABSENT) & (pl.col("session_hours") > 0))
    absent = missed.select("enrollment_id").unique().with_columns(has_absence=pl.lit(value=True))
    return joined(rows, absent, "enrollment_id").with_columns(pl.col("has_absence").fill_null(value=False))


@derived(
    "enrollment",
    "credited_hours",
    needs={"staging.credit_record": ("teacher_id", "project_id", "hours", "status")},
)
def _credited(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Hours registered for the teacher in the project."""
    return counted(rows, _registered(rows, frames), PAIR, credited_hours=pl.col("hours").sum())


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

    Nobody marks attendance online, so hours online are left out. Null without attendance marks, and where hours that
    may be online don't say how many are.
    """
    classes_of = frames["staging.enrollment"].select("enrollment_id", *PAIR).join(rows, on=PAIR, how="semi")
    attended = _marks(classes_of, frames).join(classes_of, on="enrollment_id").group_by(PAIR)
    marked = joined(rows, attended.agg(_attended=(pl.col("due_hours") - pl.col("absent_hours")).sum()), PAIR)
    there = pl.col("hours") - _online("source_type")
    full = counted(marked, _registered(rows, frames), PAIR, _there=there.sum(), _untold=there.null_count())
    beyond = pl.col("_there").cast(EXACT) - pl.col("_attended")
    is_told = pl.col("_untold") == 0
    told = full.with_columns(hours_beyond_attendance=pl.when(is_told).then(beyond))
    return told.drop("_attended", "_there", "_untold")


@derived("enrollment", "has_severe_discipline", needs={"staging.discipline_event": ("enrollment_id", "severity")})
def _severe(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    severe = frames["staging.discipline_event"].filter(pl.col("severity") == "严重")
    return (
        counted(rows, severe, "enrollment_id", _severe=pl.len())
        .with_columns(has_severe_discipline=pl.col("_severe") > 0)
        .drop("_severe")
    )


@derived("enrollment", "tasks_done", "tasks_total", needs={"staging.online_progress": ("enrollment_id",)})
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
    asked = frames["staging.enrollment"].select("enrollment_id", "teacher_id", "project_id")
    people = frames["core.dim_teacher"].select("teacher_id", "county_id")
    leaves = joined(joined(frames["staging.leave"], asked, "enrollment_id"), people, "teacher_id")
    placed = with_project(leaves, frames)
    return placed.with_columns(effective_on="project_start_date")


_LEAVES = {"staging.leave": ("enrollment_id",), "staging.enrollment": ("teacher_id",), "core.dim_project": ()}


@grain("leave", title="请假", table="leave", needs=_LEAVES, given=GIVEN)
def leave(frames: Frames) -> pl.LazyFrame:
    """Leaves: subject is the teacher, period the project's id."""
    return _leaves(frames).with_columns(
        subject_id="teacher_id", period="project_id", unit_id=pl.coalesce("county_id", "unit_id")
    )


@derived("leave", "is_own_county_bureau", needs={"staging.leave": ("edu_bureau_code",)})
def _own_bureau(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    same = pl.col("edu_bureau_code") == pl.col("county_id")
    return rows.with_columns(is_own_county_bureau=same)


@grain("project_leave", title="项目的请假", table="leave", needs=_LEAVES, given=GIVEN)
def project_leave(frames: Frames) -> pl.LazyFrame:
    """A project's leaves: subject and period are the project's id, its county answers."""
    return _leaves(frames).with_columns(subject_id="project_id", period="project_id")


# ---- what timetables and attendance say of the project


@derived("project", "attended_hours", "expected_hours", needs=_PRESENCE)
def _attended(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Person-hours attended and expected, over trainees who checked in; leave is not attendance."""
    if "attended_hours" in rows.collect_schema():
        return rows
    here = frames["staging.enrollment"].filter(pl.col("checkin_status").ne_missing("未报到"))
    marks = frames["staging.attendance"].join(here.select("enrollment_id", "project_id"), on="enrollment_id")
    there = pl.col("status").is_in(THERE)
    sums = marks.group_by("project_id").agg(
        attended_hours=pl.col("session_hours").filter(there).sum(), expected_hours=pl.col("session_hours").sum()
    )
    return joined(rows, sums, "project_id")


_HELD = {
    "staging.schedule": ("class_id", "hours"),
    "staging.class": ("project_id",),
    "core.dim_project": ("hours_planned", "end_date"),
}


@derived("project", "promised_hours", "cut_hours", needs=_HELD)
def _cut(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Hours announced, and how many of them were not taught; the class with the fewest counts.

    A timetable has no hours online, so those count as taught. Null without a timetable, and where hours that may be
    online don't say how many are. Approved cuts of hours are measured against the approved plan.
    """
    if "cut_hours" in rows.collect_schema():
        return rows
    held = (
        frames["staging.schedule"]
        .group_by("class_id")
        .agg(_taught=pl.col("hours").filter(_was_taught()).sum())
        .join(_held_classes(frames).select("class_id", "project_id"), on="class_id")
        .group_by("project_id")
        .agg(_taught=pl.col("_taught").min())
    )
    promised = pl.coalesce("hours_planned_approved", "hours_planned")
    return (
        joined(rows, held, "project_id")
        .with_columns(
            promised_hours=pl.when(pl.col("_taught").is_not_null()).then(promised),
            cut_hours=(promised - _online("delivery_mode") - pl.col("_taught")).clip(lower_bound=0),
        )
        .drop("_taught")
    )


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
)
def disorder_signs(frames: Frames, *, findings: tuple[str, ...]) -> pl.LazyFrame:
    """Signs of disorder of a project that is over: each of no rules, no head, no attendance, found disorder counts 1.

    Grain: project with a class. A sign that can't be told (the institution's rules unknown; no trainees on the
    platform whose attendance could be marked) doesn't count. Online, where nobody marks attendance, progress stands
    for it.
    """
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
    base = (
        project(frames)
        .filter(pl.col("end_date") < frames.as_of)
        .join(held.select("project_id").unique(), on="project_id", how="semi")
    )
    signs = ("no_rules", "no_head", "no_attendance", "disorder_found")
    for more, key in (
        (rules, "institution_id"),
        (headless, "project_id"),
        (_unmarked(frames), "project_id"),
        (found, "project_id"),
    ):
        base = joined(base, more, key)
    may_be_online = (pl.col("delivery_mode") == SourceType.ONLINE).fill_null(value=True)
    is_absent = pl.col("_unmarked") & (pl.col("_idle") | ~may_be_online)
    return base.with_columns(no_attendance=is_absent.cast(pl.Int32)).with_columns(
        numerator=pl.sum_horizontal(pl.col(name).fill_null(0) for name in signs), inputs=pl.struct(signs)
    )


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
        "staging.schedule": ("class_id",),
        "staging.class": ("project_id",),
        "core.dim_project": ("review_result", "start_date"),
    },
)
def _unapproved_sessions(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Sessions on the timetable of a project whose review didn't pass; zero when it did."""
    sessions = frames["staging.schedule"].join(_held_classes(frames).select("class_id", "project_id"), on="class_id")
    passed = (pl.col("review_result") == ReviewResult.PASSED).fill_null(value=False)
    return (
        counted(rows, sessions, "project_id", _sessions=pl.len())
        .with_columns(sessions_without_approval=pl.when(passed).then(0).otherwise("_sessions"))
        .drop("_sessions")
    )


@derived("project", "subcontract_findings", needs={"core.fct_spot_check": ("finding_code",)})
def _subcontracted(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    found = frames["core.fct_spot_check"].filter(pl.col("finding_code") == "转包")
    return counted(rows, found, "project_id", subcontract_findings=pl.len())
