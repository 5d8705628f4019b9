"""Teachers' posts over time, and training that is no project: lectures, mentoring, examinations, degrees.

Does not belong here: projects and their records (training).
"""

from datetime import date

import numpy as np
import polars as pl

from data.synthetic.calibration import YEARS
from data.synthetic.chance import Where, choose, dates, day, first_of, flags

MOVED = 0.03
OTHER_TRAINING = 0.004
"""Share of teacher-years with a lecture (and as many with mentoring, an examination, a degree course)."""
HAINAN_LECTURE = {"省": 3.0, "市县": 2.0, "校": 1.0}


def assignments(where: Where, teacher: pl.DataFrame, school: pl.DataFrame) -> pl.DataFrame:
    """Present post of every teacher and, for a few, the school before."""
    rng = where.stream("assignments")
    size = teacher.height
    moved = flags(rng, size, MOVED) & (teacher["hire_year"].to_numpy() < YEARS[0])
    when = day("2016-08-20") + 365 * rng.integers(0, 5, size)
    hired = teacher["hire_date"].cast(pl.Int32).to_numpy().astype(np.int64)
    other = school[rng.integers(0, school.height, size)].select(before="school_id", before_unit="unit_id")
    rows = pl.concat([teacher.select("teacher_id", "school_id", "unit_id"), other], how="horizontal")
    kind = pl.when(pl.col("unit_id") == pl.col("before_unit")).then(pl.lit("校际")).otherwise(pl.lit("跨县"))
    now = rows.select(
        "teacher_id",
        "school_id",
        valid_from=dates(np.where(moved, when, hired)),
        valid_to=pl.lit(None, pl.Date),
        move_type=pl.when(pl.Series(moved)).then(kind).otherwise(pl.lit("新聘")),
    )
    was = rows.select(
        "teacher_id",
        school_id="before",
        valid_from=dates(hired),
        valid_to=dates(when - 1),
        move_type=pl.lit("新聘"),
    )
    return pl.concat([now, was.filter(pl.Series(moved))])


def roles(teacher: pl.DataFrame) -> pl.DataFrame:
    """Class heads of the last school years, heads of schools, and school training clerks."""
    heads, ended = teacher.filter("is_class_head"), date(2020, 7, 10)
    tutors = heads.select(
        "teacher_id",
        role=pl.lit("班主任"),
        term=pl.lit("2018-2019-1"),
        valid_from=pl.max_horizontal(pl.date(2018, 9, 1), "hire_date"),
        valid_to=pl.lit(ended),
    ).filter(pl.col("valid_from") <= ended)  # whoever was hired later was no class head then
    leaders = teacher.filter(pl.col("post_type") == "校长")
    principals = leaders.select(
        "teacher_id",
        role=pl.lit("校长"),
        term=pl.lit(None, pl.String),
        valid_from="office_date",
        valid_to=pl.lit(None, pl.Date),
    )
    return pl.concat([tutors, principals])


def transfers(where: Where, teacher: pl.DataFrame) -> pl.DataFrame:
    """Teachers who came from another province, nearly all with five years' proof."""
    rng = where.stream("transfers")
    came = teacher.filter(pl.col("transfer_date").is_not_null())
    size = came.height
    short = pl.Series(flags(rng, size, 0.1))
    return came.select(
        "teacher_id",
        "transfer_date",
        origin_province=choose(rng, ["43", "36", "42", "45"], size),
        cert_issuer_level=choose(rng, ["县", "市", "省", "校"], size, [0.6, 0.25, 0.1, 0.05]),
        cert_from=pl.when(short)
        .then(pl.col("transfer_date").dt.offset_by("-3y"))
        .otherwise(pl.col("transfer_date").dt.offset_by("-5y")),
        cert_to=pl.col("transfer_date").dt.offset_by("-1d"),
    )


def other_training(where: Where, teacher: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Lectures, mentoring, examinations and degree courses with the credit records they give."""
    rng = where.stream("other training")
    lecture, lecture_record = _lectures(where.province, where.batch, rng, teacher)
    mentoring, mentoring_record = _mentoring(where.province, where.batch, rng, teacher)
    exam, exam_record = _exams(where.province, where.batch, rng, teacher)
    degree, degree_record = _degrees(where.province, where.batch, rng, teacher)
    return {
        "lecture": lecture,
        "mentorship": mentoring,
        "exam": exam,
        "degree_study": degree,
        "credit_record": pl.concat(
            [lecture_record, mentoring_record, exam_record, degree_record], how="diagonal_relaxed"
        ),
    }


def _some(rng: np.random.Generator, teacher: pl.DataFrame) -> pl.DataFrame:
    """A few teachers and a day of a year in which they were already in service."""
    count = int(teacher.height * len(YEARS) * OTHER_TRAINING)
    rows = teacher.select("teacher_id", "hire_year")[rng.integers(0, teacher.height, count)]
    when = first_of(rng.integers(YEARS[0], YEARS[-1] + 1, count)) + rng.integers(60, 300, count)
    return rows.with_columns(when=dates(when)).filter(pl.col("hire_year") < pl.col("when").dt.year())


def _registered(province: str, batch: int, letter: str, rows: pl.DataFrame, **values: pl.Expr) -> pl.DataFrame:
    """Credit records without a project; ``rows`` has teacher_id, when, level, hours, credits."""
    return rows.select(
        "teacher_id",
        record_id=pl.lit(f"D{province[:2]}{batch:03d}{letter}")
        + pl.int_range(1, rows.height + 1).cast(pl.String).str.zfill(6),
        category=pl.lit("集中"),
        level="level",
        hours="hours",
        credits="credits",
        start_date="when",
        end_date="when",
        certificate_date="when",
        completion=pl.lit("合格"),
        credit_year=pl.col("when").dt.year().cast(pl.Int64),
        register_date=pl.col("when").dt.offset_by("9d"),
        declare_date=pl.col("when").dt.offset_by("10d"),
        county_audit_date=pl.col("when").dt.offset_by("25d"),
        is_makeup=pl.lit(value=False),
        counts_to_cycle=pl.lit(value=True),
        status=pl.lit("市县已审"),
        part_year=pl.col("when").dt.year().cast(pl.Int64),
    ).with_columns(**values)


RECORD_LEVEL = {"省": "省", "市县": "县", "校": "校"}


def _lectures(
    province: str, batch: int, rng: np.random.Generator, teacher: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = _some(rng, teacher)
    size = rows.height
    level = choose(rng, ["省", "市县", "校"], size, [0.2, 0.5, 0.3])
    rows = rows.with_columns(periods=pl.Series(rng.integers(1, 5, size)).cast(pl.Float64), rule_level=level)
    lecture = rows.select(
        "teacher_id",
        "periods",
        activity_id=pl.lit(f"J{province[:2]}{batch:03d}") + pl.int_range(1, size + 1).cast(pl.String).str.zfill(5),
        activity_type=choose(rng, ["竞赛", "示范课", "公开课", "评卷培训", "讲座报告"], size),
        level="rule_level",
        organizer_type=choose(
            rng, ["教育行政", "考试机构", "培训机构", "学校", "其他"], size, [0.3, 0.1, 0.4, 0.15, 0.05]
        ),
    )
    record = _registered(
        province,
        batch,
        "J",
        rows.with_columns(
            hours="periods",
            credits=pl.col("periods") * pl.col("rule_level").replace_strict(HAINAN_LECTURE),
            level=pl.col("rule_level").replace_strict(RECORD_LEVEL),
        ),
        source_type=pl.lit("主讲"),
    )
    return lecture, record


def _mentoring(
    province: str, batch: int, rng: np.random.Generator, teacher: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = _some(rng, teacher)
    size = rows.height
    # One agreement in twenty is too short to count but was registered all the same.
    length = np.where(flags(rng, size, 0.05), 40, rng.integers(90, 300, size))
    ended = rows["when"].cast(pl.Int32).to_numpy().astype(np.int64)
    rows = rows.with_columns(start=dates(ended - length))
    mentee = teacher["teacher_id"].gather(rng.integers(0, teacher.height, size).astype(np.uint32))
    agreement = rows.select(
        "start",
        agreement_id=pl.lit(f"M{province[:2]}{batch:03d}") + pl.int_range(1, size + 1).cast(pl.String).str.zfill(5),
        mentor_id="teacher_id",
        mentee_id=mentee,
        end="when",
        certificate_no=pl.lit("SZ") + pl.int_range(1, size + 1).cast(pl.String).str.zfill(5),
    )
    both = rows.with_columns(level=pl.lit("县"), hours=pl.lit(60.0), credits=pl.lit(6.0))
    both = pl.concat([both, both.with_columns(teacher_id=mentee)])
    record = _registered(province, batch, "M", both, source_type=pl.lit("师徒")).with_columns(start_date=both["start"])
    # One mentee in fifty is left without a record.
    return agreement, record.filter(pl.Series(~flags(rng, record.height, 0.01)))


def _exams(
    province: str, batch: int, rng: np.random.Generator, teacher: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = _some(rng, teacher)
    size = rows.height
    organizer = choose(rng, ["教育行政", "培训机构", "其他"], size, [0.6, 0.25, 0.15])
    level = pl.when(organizer == "其他").then(pl.lit("校")).otherwise(pl.lit("市县"))
    minutes = choose(rng, ["90", "120", "135"], size).cast(pl.Float64)
    exam = rows.select(
        "teacher_id",
        exam_id=pl.lit(f"Y{province[:2]}{batch:03d}") + pl.int_range(1, size + 1).cast(pl.String).str.zfill(5),
        organizer_type=organizer,
        level=level,
        duration_min=minutes,
        result=pl.lit("合格"),
    )
    wrong = pl.Series(flags(rng, size, 0.1))
    record = _registered(
        province,
        batch,
        "Y",
        rows.with_columns(
            hours=(minutes / 45).floor(),
            credits=((minutes / 45).floor() * 0.2).round(1),
            level=pl.when((organizer == "其他") & ~wrong).then(pl.lit("校")).otherwise(pl.lit("县")),
        ),
        source_type=pl.lit("考试"),
    )
    return exam, record


def _degrees(
    province: str, batch: int, rng: np.random.Generator, teacher: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = _some(rng, teacher).unique("teacher_id", maintain_order=True)
    size = rows.height
    passed = pl.Series(~flags(rng, size, 0.08))
    hours = pl.Series(rng.integers(20, 60, size)).cast(pl.Float64)
    study = rows.select(
        "teacher_id",
        year=pl.col("when").dt.year().cast(pl.Int64),
        course=choose(rng, ["教育学原理", "课程与教学论", "教育心理学"], size),
        face_hours=hours,
        passed=passed,
        provider=pl.lit("样例大学"),
        audit_date=pl.when(pl.Series(~flags(rng, size, 0.04))).then(pl.col("when").dt.offset_by("5d")).otherwise(None),
    )
    record = _registered(
        province,
        batch,
        "X",
        rows.with_columns(hours=hours, credits=(hours * 0.1).round(1), level=pl.lit("市")),
        source_type=pl.lit("学历"),
    )
    return study, record.filter(passed)
