"""A deterministic Hainan of any size for the settlement benchmark: teachers, projects and credit records as staged.

Belongs here: making the input. Every number comes from a fixed seed, so the same size gives the same rows. It is
not the synthetic generator of `data.synthetic`: nothing is messy, no names, straight to Parquet by the million.
"""

from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

AMOUNT = pl.Decimal(38, 3)
RECORDS_PER_TEACHER = 60
TEACHERS_PER_PROJECT = 6
CHUNK = 2_000_000
FIRST_DAY = (date(2016, 1, 1) - date(1970, 1, 1)).days
DAYS = 6 * 365

SOURCES = ["校本", "集中", "网络", "混合", "跟班", "主讲", "师徒", "考试", "学历", "教研活动"]
SOURCE_SHARE = [0.44, 0.25, 0.12, 0.03, 0.02, 0.04, 0.01, 0.03, 0.02, 0.04]
PROJECT_LEVELS = ["国家级", "省级", "地市级", "县级", "校级"]
LEVELS = ["国", "省", "市", "县", "校"]
LEVEL_SHARE = [0.05, 0.15, 0.2, 0.4, 0.2]
STATUSES = ["已登记", "市县已审", "省已认定", "退回"]
STATUS_SHARE = [0.4, 0.3, 0.28, 0.02]

Numbers = npt.NDArray[np.int64]


def write_province(folder: Path, records: int) -> None:
    """Write `teachers.parquet`, `projects.parquet` and `records/*.parquet`; nothing when they are there already."""
    done = folder / "done"
    if done.exists():
        return
    (folder / "records").mkdir(parents=True, exist_ok=True)
    people = max(records // RECORDS_PER_TEACHER, 1)
    courses = max(people // TEACHERS_PER_PROJECT, 1)
    _teachers(people).write_parquet(folder / "teachers.parquet")
    levels = _project_levels(courses)
    _projects(courses, levels).write_parquet(folder / "projects.parquet")
    for number, start in enumerate(range(0, records, CHUNK)):
        chunk = _records(number, start, min(CHUNK, records - start), people, levels)
        chunk.write_parquet(folder / "records" / f"part-{number:03d}.parquet", row_group_size=250_000)
    done.touch()


def _teacher_id(numbers: pl.Expr) -> pl.Expr:
    return pl.format("46{}", numbers.cast(pl.String).str.zfill(10))


def _project_id(numbers: pl.Expr) -> pl.Expr:
    return pl.format("HN-{}", numbers.cast(pl.String).str.zfill(7))


def _teachers(people: int) -> pl.DataFrame:
    random = np.random.default_rng(1)
    hired = FIRST_DAY - random.integers(-1500, 9000, people)
    moved = np.where(random.random(people) < 0.02, FIRST_DAY + random.integers(0, DAYS, people), -1)
    frame = pl.DataFrame({"number": np.arange(people), "hired": hired, "moved": moved})
    return frame.select(
        teacher_id=_teacher_id(pl.col("number")),
        credit_system=pl.lit("HI-2017"),
        status=pl.when(pl.col("number") % 25 == 0).then(pl.lit("退休")).otherwise(pl.lit("在职")),
        is_in_scope=pl.col("number") % 31 != 0,
        hire_date=pl.when(pl.col("number") % 97 != 0).then(pl.col("hired").cast(pl.Int32).cast(pl.Date)),
        transfer_date=pl.when(pl.col("moved") >= 0).then(pl.col("moved").cast(pl.Int32).cast(pl.Date)),
    )


def _project_levels(courses: int) -> Numbers:
    return np.random.default_rng(2).choice(len(LEVELS), courses, p=LEVEL_SHARE).astype(np.int64)


def _projects(courses: int, levels: Numbers) -> pl.DataFrame:
    frame = pl.DataFrame({"number": np.arange(courses), "level": levels})
    return frame.select(
        project_id=_project_id(pl.col("number")),
        level=_word(pl.col("level"), PROJECT_LEVELS),
        dispatch_org_level=pl.when(pl.col("number") % 4 == 0).then(_word(pl.col("number") % 4, ["省", "市县"])),
        split_year_registration=pl.when(pl.col("number") % 50 == 0).then(True),
    )


def _records(number: int, start: int, count: int, people: int, levels: Numbers) -> pl.DataFrame:
    """Consecutive records are of random teachers; a few repeat the teacher and project of the one before."""
    random = np.random.default_rng([3, number])
    teacher = random.integers(0, people, count)
    project = random.integers(0, len(levels), count)
    again = np.flatnonzero(random.random(count) < 0.03)
    again = again[again > 0]
    teacher[again], project[again] = teacher[again - 1], project[again - 1]
    source = random.choice(len(SOURCES), count, p=SOURCE_SHARE)
    level = np.where(source == 0, 4, levels[project])
    level = np.where(random.random(count) < 0.01, 4, level)
    raw = pl.DataFrame(
        {
            "number": np.arange(start, start + count),
            "teacher": teacher,
            "project": np.where((random.random(count) < 0.15) | (source == 0) & (project % 3 > 0), -1, project),
            "source": source,
            "level": level,
            "halves": random.integers(1, 13, count) * np.where(random.random(count) < 0.02, 16, 2),
            "online": random.integers(0, 20, count),
            "tenths": random.integers(1, 25, count),
            "day": FIRST_DAY + random.integers(0, DAYS, count),
            "chance": random.integers(0, 1000, count),
            "status": random.choice(len(STATUSES), count, p=STATUS_SHARE),
        }
    )
    return _staged(raw)


def _staged(raw: pl.DataFrame) -> pl.DataFrame:
    day, chance = pl.col("day").cast(pl.Int32), pl.col("chance")
    year = day.cast(pl.Date).dt.year()
    return raw.select(
        record_id=pl.format("R{}", pl.col("number").cast(pl.String).str.zfill(9)),
        teacher_id=_teacher_id(pl.col("teacher")),
        project_id=pl.when(pl.col("project") >= 0).then(_project_id(pl.col("project"))),
        source_type=_word(pl.col("source"), SOURCES),
        category=pl.when(pl.col("source") == 0).then(pl.lit("校本")),
        level=_word(pl.col("level"), LEVELS),
        hours=_amount(pl.col("halves") * 500),
        credits=pl.when(chance % 10 > 0).then(_amount(pl.col("tenths") * 100)),
        hours_online=pl.when(pl.col("source") == 3).then(_amount(pl.col("online") * 500)),
        start_date=(day - 10 - chance % 80).cast(pl.Date),
        end_date=day.cast(pl.Date),
        certificate_date=pl.when(chance % 5 > 0).then((day + chance % 30).cast(pl.Date)),
        completion=pl.when(chance > 15).then(pl.lit("合格")).otherwise(pl.lit("不合格")),
        credit_year=(year - (chance < 20).cast(pl.Int32)).cast(pl.Int64),
        makeup_for_year=pl.when(chance.is_between(500, 505)).then((year - 1).cast(pl.Int64)),
        status=_word(pl.col("status"), STATUSES),
    )


def _word(codes: pl.Expr, words: list[str]) -> pl.Expr:
    return codes.replace_strict(dict(enumerate(words)), default=None, return_dtype=pl.String)


def _amount(thousandths: pl.Expr) -> pl.Expr:
    return thousandths.cast(AMOUNT) / 1000
