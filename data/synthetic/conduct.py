"""While a project runs: classes, their staff, who enrolled, the timetable, attendance, leave, logs.

Classes exist for every project that is not school-based. Enrolment, timetable, attendance and logs are kept for the
projects :func:`followed` only (the whole batch of early 2020 and a tenth of the others), because they are by far the
largest tables. Does not belong here: plans and papers (planning), credits (training).
"""

import numpy as np
import polars as pl

from data.synthetic.calibration import DUMP_DATE
from data.synthetic.chance import Flags, Floats, Ints, Where, choose, dates, day, flags
from data.synthetic.planning import BATCH, MISSING

ATTENDANCE = (0.96, 0.03)
"""Mean and spread of a class's attendance."""
POORLY_ATTENDED = 0.03
FACE_TO_FACE = ("集中", "跟班", "混合")
DAY_HOURS = 8
DAYTIME = 9 * 60


def classes(where: Where, project: pl.DataFrame) -> pl.DataFrame:
    """One class for each project that is not school-based."""
    rng = where.stream("classes")
    taught = project.filter(~pl.col("is_school_based"))
    size = taught.height
    start = _days(taught["start_date"])
    expanded = pl.Series(flags(rng, size, 0.04)) & (taught["batch"] == BATCH)
    return taught.select(
        "project_id",
        "start_date",
        "end_date",
        "enrolled_count",
        "checked_in_count",
        class_id=class_id(),
        project_plan_id=pl.col("project_id") + "-1",
        class_name=pl.col("project_name") + "班",
        schedule_publish_date=dates(start - np.where(flags(rng, size, MISSING), 4, rng.integers(5, 12, size))),
        expansion_apply_date=pl.when(expanded)
        .then(dates(day("2020-02-18") + rng.integers(0, 3, size)))
        .otherwise(None),
        expansion_approve_date=pl.when(expanded)
        .then(dates(day("2020-02-21") + rng.integers(0, 3, size)))
        .otherwise(None),
        status=pl.when(pl.col("status") == "已结束").then(pl.lit("结束")).otherwise(pl.lit("在办")),
    )


def class_id() -> pl.Expr:
    """A project's class: its number with another letter."""
    return pl.col("project_id").str.replace("^P", "B")


def class_staff(where: Where, project: pl.DataFrame) -> pl.DataFrame:
    """A full-time class head for nearly every class, and a manager for key classes."""
    rng = where.stream("class staff")
    taught = project.filter(~pl.col("is_school_based"))
    heads = taught.select(
        class_id=class_id(),
        person_id=pl.lit("W-") + pl.col("institution_id") + "-1",
        role=pl.lit("班主任"),
        is_fulltime=pl.Series(~flags(rng, taught.height, MISSING)),
    )
    key = taught.filter(pl.col("key_level") == "省")
    key = key[np.flatnonzero(~flags(rng, key.height, 0.1))]
    managers = key.select(
        class_id=class_id(),
        person_id=pl.lit("W-") + pl.col("institution_id") + "-2",
        role=pl.lit("管理人员"),
        is_fulltime=pl.lit(value=True),
    )
    return pl.concat([heads, managers])


def followed(where: Where, project: pl.DataFrame, share: float) -> pl.DataFrame:
    """The projects whose every step is kept."""
    rng = where.stream("followed")
    lucky = pl.Series(flags(rng, project.height, share))
    whole = (pl.col("batch") == BATCH) & pl.lit(where.province == "330000")
    return project.filter(~pl.col("is_school_based") & (pl.col("status") == "已结束") & (whole | lucky))


def trainees(province: str, batch: int, project: pl.DataFrame, record: pl.DataFrame) -> pl.DataFrame:
    """Who takes part in the followed projects, numbered in the order of the registrations."""
    rows = record.select("record_id", "project_id", "completion").join(
        project.select("project_id"), on="project_id", how="inner", maintain_order="left"
    )
    return rows.with_columns(
        enrollment_id=pl.lit(f"N{province[:2]}{batch:03d}")
        + pl.int_range(1, rows.height + 1).cast(pl.String).str.zfill(7),
        class_id=class_id(),
    )


def enrollments(where: Where, project: pl.DataFrame, record: pl.DataFrame, teacher: pl.DataFrame) -> pl.DataFrame:
    """One row per trainee of a followed project (`trainees`), with what became of the registration."""
    rng = where.stream("enrollments")
    known = ["record_id", "enrollment_id", "teacher_id", "project_id", "hours", "completion", "certificate_date"]
    rows = record.select(known).join(
        project.select("project_id", "batch", "start_date", "end_date", "delivery_mode"),
        on="project_id",
        how="inner",
        maintain_order="left",
    )
    rows = rows.join(teacher.select("teacher_id", "school_id"), on="teacher_id", how="left", maintain_order="left")
    size = rows.height
    second = flags(rng, size, 0.12)
    select, review, confirm = _steps(rng, rows, second)
    late = project.select("project_id", late=pl.Series(flags(rng, project.height, MISSING)))
    is_late = rows.join(late, on="project_id", how="left", maintain_order="left")["late"].to_numpy()
    told = pl.Series(~flags(rng, size, 0.08))
    went = rows.select(
        "teacher_id",
        "project_id",
        "batch",
        "record_id",
        "delivery_mode",
        "enrollment_id",
        class_id=class_id(),
        school_id_at="school_id",
        round=pl.Series(np.where(second, 2, 1)),
        self_nominate_date=_clock(rng, select - rng.integers(0, 2, size)),
        select_date=_clock(rng, select),
        school_review_date=pl.when(pl.Series(~flags(rng, size, 0.01)))
        .then(_clock(rng, review, 11 * 60))
        .otherwise(None),
        school_review_result=choose(rng, ["同意", "待审"], size, [0.995, 0.005]),
        county_review_date=_clock(rng, np.maximum(review, select) + 1),
        institution_confirm_date=_clock(rng, confirm, 14 * 60),
        notice_date=_clock(rng, confirm, 15 * 60),
        checkin_status=pl.lit("已报到"),
    )
    return pl.concat([went, _outcomes(rng, rows, is_late, told)], how="horizontal")


def _steps(rng: np.random.Generator, rows: pl.DataFrame, second: Flags) -> tuple[Ints, Ints, Ints]:
    """Days of choosing, of the school's look and of the institution's yes, in the first or second round."""
    size = rows.height
    start = _days(rows["start_date"])
    in_batch = (rows["batch"] == BATCH).to_numpy()
    select = np.where(
        in_batch,
        _first_or_second(rng, second, ("2020-02-06", 9), ("2020-02-26", 5)),
        start - rng.integers(20, 30, size),
    )
    review = np.where(
        in_batch, _first_or_second(rng, second, ("2020-02-10", 8), ("2020-02-28", 6)), select + rng.integers(1, 4, size)
    )
    review = np.maximum(review, select)
    confirm = np.where(
        in_batch, _first_or_second(rng, second, ("2020-02-24", 2), ("2020-03-05", 2)), review + rng.integers(1, 5, size)
    )
    confirm = np.maximum(confirm, review)
    # One school in a hundred looks at the list only after the institution has confirmed it.
    return select, np.where(flags(rng, size, 0.01), confirm + 2, review), confirm


def _outcomes(rng: np.random.Generator, rows: pl.DataFrame, is_late: Flags, told: pl.Series) -> pl.DataFrame:
    """What became of each trainee and who was told; ``told`` says whether the bureau hears of a failure."""
    size = rows.height
    end = _days(rows["end_date"])
    failed, never_came = rows["completion"] == "不合格", rows["hours"] == 0
    return rows.select(
        completion_status=pl.when(failed).then(pl.lit("不予结业")).otherwise(pl.lit("结业")),
        noncompletion_reason=pl.when(failed)
        .then(
            pl.when(never_came).then(pl.lit("缺课")).otherwise(choose(rng, ["缺课", "网络未完成", "考核不合格"], size))
        )
        .otherwise(None),
        evaluation_date=dates(np.minimum(np.where(is_late, end + 25, end + rng.integers(1, 12, size)), day(DUMP_DATE))),
        evaluation_result=pl.when(failed)
        .then(pl.lit("不合格"))
        .otherwise(choose(rng, ["优秀", "合格"], size, [0.2, 0.8])),
        score=pl.when(never_came)
        .then(pl.lit(0.0))
        .when(failed)
        .then(pl.lit(45.0))
        .otherwise(pl.Series(rng.integers(60, 100, size)).cast(pl.Float64)),
        certificate_no=pl.when(~failed).then(pl.lit("ZS") + pl.col("record_id")).otherwise(None),
        certificate_date=pl.when(~failed).then("certificate_date").otherwise(None),
        noncompletion_notice_bureau_date=pl.when(failed & told).then(dates(end + 5)).otherwise(None),
        noncompletion_notice_school_date=pl.when(failed).then(dates(end + 5)).otherwise(None),
        feedback_bureau_date=pl.when(~failed & pl.Series(~flags(rng, size, 0.02)))
        .then(dates(end + 20))
        .otherwise(None),
        feedback_school_date=pl.when(~failed).then(dates(end + 20)).otherwise(None),
    )


def _first_or_second(
    rng: np.random.Generator, second: np.ndarray, first: tuple[str, int], later: tuple[str, int]
) -> Ints:
    size = len(second)
    early = day(first[0]) + rng.integers(0, first[1], size)
    late = day(later[0]) + rng.integers(0, later[1], size)
    return np.where(second, late, early).astype(np.int64)


def _clock(rng: np.random.Generator, days: Ints, opening: int = DAYTIME) -> pl.Series:
    """Some minute within two hours of the opening time."""
    moment = (days * 24 * 60 + opening + rng.integers(0, 120, len(days))) * 60_000_000
    return pl.Series(moment).cast(pl.Datetime("us"))


def schedules(where: Where, project: pl.DataFrame, pool: pl.DataFrame, a_day: int) -> pl.DataFrame:
    """`a_day` sessions a day of every followed face-to-face class (mixed classes: their days on site)."""
    rng = where.stream("schedules")
    taught = project.filter(pl.col("delivery_mode").is_in(FACE_TO_FACE))
    days = taught["days"].to_numpy().astype(np.int64) * a_day
    session_hours = DAY_HOURS // a_day
    row = np.repeat(np.arange(taught.height), days)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(days) - days, days)
    size = len(row)
    total = (taught["hours_planned"] - taught["hours_online"]).cast(pl.Float64).to_numpy()[row]
    hours = np.minimum(session_hours, total - nth * session_hours)
    shortened = flags(rng, taught.height, 0.015)[row]
    return taught.select("project_id", class_id=class_id())[row].with_columns(
        session_id=pl.col("class_id") + "-" + pl.Series(nth + 1).cast(pl.String).str.zfill(2),
        date=dates(_days(taught["start_date"])[row] + nth // a_day),
        session_start=pl.lit("08:30"),
        session_end=pl.lit("16:30"),
        course_id=pl.Series(nth % 4).cast(pl.String).str.replace("^", "K"),
        expert_id=pool["expert_id"].gather(rng.integers(0, pool.height, size).astype(np.uint32)),
        venue_id=pl.col("class_id") + "室",
        hours=pl.Series(hours),
        held=pl.Series(~(shortened & (nth > 0) & (nth % 3 == 1))),
        merge_approval_no=pl.lit(None, pl.String),
        merge_approve_date=pl.lit(None, pl.Date),
    )


def attendance(where: Where, trainee: pl.DataFrame, session: pl.DataFrame) -> pl.DataFrame:
    """Every trainee in every session that was held; a few classes keep no record at all."""
    rng = where.stream("attendance")
    held = session.filter("held").select("class_id", "session_id", "date", "hours")
    unrecorded = held.select(pl.col("class_id").unique(maintain_order=True))
    unrecorded = unrecorded.with_columns(
        rate=pl.Series(_attendance_rates(rng, unrecorded.height)),
        is_kept=pl.Series(~flags(rng, unrecorded.height, 0.01)),
    )
    rows = (
        trainee.select("enrollment_id", "class_id", "completion")
        .join(held, on="class_id", how="inner", maintain_order="left_right")
        .join(unrecorded, on="class_id", how="left", maintain_order="left")
        .filter("is_kept")
    )
    size = rows.height
    truant = rows["completion"] == "不合格"
    rate = np.where(truant.to_numpy(), 0.5, rows["rate"].to_numpy())
    here = rng.random(size) < rate
    status = pl.select(
        pl.when(pl.Series(here))
        .then(choose(rng, ["到", "迟到", "公假"], size, [0.97, 0.02, 0.01]))
        .otherwise(choose(rng, ["请假", "旷课", "早退"], size, [0.6, 0.35, 0.05]))
    ).to_series()
    return rows.select(
        "enrollment_id",
        "session_id",
        "date",
        status=status,
        checkin_at=pl.when(pl.Series(here)).then(_clock(rng, _days(rows["date"]), 8 * 60)).otherwise(None),
        method=choose(rng, ["扫码", "人脸", "手工"], size, [0.8, 0.15, 0.05]),
        session_hours="hours",
    )


def _attendance_rates(rng: np.random.Generator, size: int) -> Floats:
    usual = np.clip(rng.normal(*ATTENDANCE, size), 0.8, 1.0)
    return np.where(flags(rng, size, POORLY_ATTENDED), rng.uniform(0.45, 0.72, size), usual)


def leaves(where: Where, present: pl.DataFrame, enrollment: pl.DataFrame, teacher: pl.DataFrame) -> pl.DataFrame:
    """One note per trainee that asked for leave; longer ones need the bureau's consent too."""
    rng = where.stream("leaves")
    asked = (
        present.filter(pl.col("status") == "请假")
        .group_by("enrollment_id", maintain_order=True)
        .agg(days=pl.len().cast(pl.Float64), hours=pl.col("session_hours").sum(), first=pl.col("date").min())
        .join(enrollment.select("enrollment_id", "teacher_id"), on="enrollment_id", how="left", maintain_order="left")
        .join(teacher.select("teacher_id", "unit_id"), on="teacher_id", how="left", maintain_order="left")
    )
    size = asked.height
    bureau = (asked["days"] > 1) & pl.Series(~flags(rng, size, 0.1))
    return asked.select(
        "enrollment_id",
        "days",
        "hours",
        leave_id=pl.lit(where.prefix("Q")) + pl.int_range(1, size + 1).cast(pl.String).str.zfill(6),
        reason_code=choose(rng, ["病", "事", "工作", "其他"], size, [0.5, 0.35, 0.1, 0.05]),
        institution_approve_date=pl.when(pl.Series(~flags(rng, size, MISSING))).then(pl.col("first")).otherwise(None),
        edu_bureau_approve_date=pl.when(bureau).then(pl.col("first")).otherwise(None),
        edu_bureau_code=pl.when(bureau).then(pl.col("unit_id")).otherwise(None),
    )


def online_progress(where: Where, enrollment: pl.DataFrame) -> pl.DataFrame:
    """Done and set tasks of trainees in followed distance and mixed projects."""
    rng = where.stream("online progress")
    rows = enrollment.filter(pl.col("delivery_mode").is_in(["网络", "混合"]))
    size = rows.height
    failed = (rows["completion_status"] == "不予结业").to_numpy()
    done = np.where(failed, rng.integers(3, 16, size), rng.integers(16, 21, size))
    # A few trainees are passed although they did too little.
    done = np.where(flags(rng, size, 0.01), 15, done)
    return rows.select(
        "enrollment_id",
        tasks_done=pl.Series(done).cast(pl.Float64),
        tasks_total=pl.lit(20.0),
        completion_ratio=pl.Series(done / 20),
        learn_minutes=pl.Series(done * 95).cast(pl.Float64),
    )


def training_logs(where: Where, session: pl.DataFrame, adjustment: pl.DataFrame) -> pl.DataFrame:
    """Three notes for each day of class, and one of a changed plan; one class in twenty-five misses days."""
    rng = where.stream("training logs")
    careless = session.select(pl.col("class_id").unique(maintain_order=True))
    careless = careless.with_columns(careless=pl.Series(flags(rng, careless.height, MISSING)))
    rows = session.join(careless, on="class_id", how="left", maintain_order="left")
    rows = rows.filter(~pl.col("careless") | pl.Series(flags(rng, rows.height, 0.5)))
    kinds = ["考勤", "课程与教学", "实践", "方案调整"]
    daily = len(kinds) - 1
    is_changed = rows["project_id"].is_in(adjustment["project_id"].implode())
    changed = (is_changed & rows["class_id"].is_first_distinct()).to_numpy()
    row = np.concatenate([np.repeat(np.arange(rows.height), daily), np.flatnonzero(changed)])
    kind = np.concatenate([np.tile(np.arange(daily), rows.height), np.full(int(changed.sum()), daily)])
    size = len(row)
    return rows.select("class_id", log_date="date")[row].with_columns(
        log_id=pl.lit(where.prefix("G")) + pl.int_range(1, size + 1).cast(pl.String).str.zfill(7),
        content_type=pl.Series(kinds).gather(kind.astype(np.uint32)),
        author_id=pl.lit("W-1"),
        created_at=_clock(rng, _days(rows["date"])[row], 17 * 60),
    )


def opening_logs(where: Where, project: pl.DataFrame, session: pl.DataFrame) -> pl.DataFrame:
    """A note of each kind on the first day of each class that has no timetable on file; a few lack some."""
    rng = where.stream("opening logs")
    others = project.filter(~pl.col("is_school_based") & (pl.col("status") == "已结束")).join(
        session.select("project_id").unique(), on="project_id", how="anti", maintain_order="left"
    )
    kinds = ["考勤", "课程与教学", "实践", "方案调整"]
    row = np.repeat(np.arange(others.height), len(kinds))
    kind = np.tile(np.arange(len(kinds)), others.height)
    careless = flags(rng, others.height, MISSING)[row]
    kept = np.flatnonzero(~careless | (kind == 0))
    row, kind = row[kept], kind[kept]
    return others.select(class_id=class_id(), log_date="start_date")[row].with_columns(
        log_id=pl.lit(where.prefix("GK")) + pl.int_range(1, len(row) + 1).cast(pl.String).str.zfill(7),
        content_type=pl.Series(kinds).gather(kind.astype(np.uint32)),
        author_id=pl.lit("W-1"),
        created_at=_clock(rng, _days(others["start_date"])[row], 17 * 60),
    )


def discipline_events(where: Where, enrollment: pl.DataFrame) -> pl.DataFrame:
    """A handful of serious breaches; most ended the training."""
    rng = where.stream("discipline")
    rows = enrollment[np.flatnonzero(flags(rng, enrollment.height, 0.01))]
    size = rows.height
    severity = choose(rng, ["一般", "严重"], size, [0.7, 0.3])
    return rows.select(
        "enrollment_id",
        date=pl.col("evaluation_date"),
        severity=severity,
        action=pl.when(severity == "严重").then(pl.lit("终止")).otherwise(pl.lit("提醒")),
    )


def _days(column: pl.Series) -> Ints:
    return column.cast(pl.Int32).to_numpy().astype(np.int64)
