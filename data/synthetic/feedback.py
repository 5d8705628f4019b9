"""What a project leaves behind for quality control: surveys with answers, and spot checks.

Grains: survey one row per questionnaire, answers one row per sheet, checks one row per visit.
Does not belong here: judging satisfaction or coverage.
"""

import numpy as np
import polars as pl

from data.synthetic.calibration import (
    CHECK_RATE,
    CHECKED_ABOVE,
    DUMP_DATE,
    LOW_CHECK,
    LOW_SATISFACTION,
    RESPONSE_RATE,
    SATISFACTION,
    YEARS,
)
from data.synthetic.chance import Floats, Ints, Where, choose, dates, day, first_of, flags, year_of

METHODS = ["听取汇报、查看台账", "随堂听课", "查看台账、座谈会", "平台数据", "问卷、访谈"]
UNRECORDED = 0.01
"""Share of checks that do not say how they were made."""
RATINGS = ["很满意", "满意", "基本满意", "不满意", "很不满意"]


def surveys(where: Where, project: pl.DataFrame) -> pl.DataFrame:
    """One anonymous questionnaire for every finished project that is not school-based."""
    rng = where.stream("surveys")
    asked = project.filter(~pl.col("is_school_based") & (pl.col("status") == "已结束"))
    size = asked.height
    end = asked["end_date"].cast(pl.Int32).to_numpy().astype(np.int64)
    close = np.minimum(end + rng.integers(7, 20, size), day(DUMP_DATE) - 1)
    return asked.select(
        "project_id",
        survey_id=pl.lit(where.prefix("S")) + pl.int_range(1, size + 1).cast(pl.String).str.zfill(6),
        survey_type=pl.lit("学评教"),
        is_anonymous=pl.Series(~flags(rng, size, 0.01)),
        open_date=dates(np.minimum(end, close)),
        close_date=dates(close),
        evaluation_round=pl.Series(year_of(close)).cast(pl.String),
    )


def responses(where: Where, survey: pl.DataFrame, record: pl.DataFrame, factor: float) -> pl.DataFrame:
    """Answer sheets: a share of the project's trainees, most of them content; no link to any person."""
    rng = where.stream("responses")
    trainees = record.group_by("project_id").len("trainees")
    invited = (
        survey.join(trainees, on="project_id", how="left", maintain_order="left")["trainees"].fill_null(0).to_numpy()
    )
    share = np.clip(rng.normal(*RESPONSE_RATE, len(invited)), 0.15, 0.95) * factor
    count = rng.binomial(invited.astype(np.int64), share)
    content = _satisfied_share(rng, survey.height)
    sheet = np.repeat(np.arange(survey.height), count)
    size = len(sheet)
    good = rng.random(size) < content[sheet]
    rating = np.where(good, rng.choice(2, size, p=[0.62, 0.38]), 2 + rng.choice(3, size, p=[0.72, 0.2, 0.08]))
    return pl.DataFrame({"survey_id": survey["survey_id"].gather(sheet.astype(np.uint32))}).with_columns(
        response_id=pl.lit(where.prefix("R")) + pl.int_range(1, size + 1).cast(pl.String).str.zfill(8),
        overall_rating=pl.Series(RATINGS).gather(rating.astype(np.uint32)),
        is_valid=pl.Series(~flags(rng, size, 0.02)),
    )


def _satisfied_share(rng: np.random.Generator, size: int) -> Floats:
    mean, deviation = SATISFACTION
    strength = mean * (1 - mean) / deviation**2 - 1
    usual = rng.beta(mean * strength, (1 - mean) * strength, size)
    return np.where(rng.random(size) < LOW_SATISFACTION, rng.uniform(0.35, 0.72, size), usual)


def spot_checks(where: Where, project: pl.DataFrame) -> pl.DataFrame:
    """County checks: about a quarter of the year's projects, less than a fifth in some counties; a few from above."""
    rng = where.stream("spot checks")
    held = project.filter(pl.col("status") != "取消").select("project_id", "county_unit_id", "start_date", "end_date")
    touched = pl.concat(
        [
            held.filter((pl.col("start_date").dt.year() <= year) & (pl.col("end_date").dt.year() >= year)).with_columns(
                year=pl.lit(year)
            )
            for year in YEARS
        ]
    )
    touched = touched.with_columns(draw=pl.Series(rng.random(touched.height)))
    groups = touched.group_by("county_unit_id", "year", maintain_order=True).len("projects")
    count = groups["projects"].to_numpy().astype(np.int64)
    lax = rng.random(len(count)) < LOW_CHECK
    diligent = np.maximum(-(-count // 5), np.rint(rng.normal(*CHECK_RATE, len(count)) * count))
    quota = np.where(lax, np.floor(rng.uniform(0.08, 0.17, len(count)) * count), diligent).astype(np.int64)
    chosen = (
        touched.join(groups.with_columns(quota=pl.Series(quota)), on=["county_unit_id", "year"], maintain_order="left")
        .with_columns(rank=pl.col("draw").rank("ordinal").over("county_unit_id", "year"))
        .filter(pl.col("rank") <= pl.col("quota"))
    )
    own = _visits(rng, chosen).with_columns(checker_unit_id="county_unit_id", checker_level=pl.lit("县"))
    above = _visits(rng, touched.filter(pl.col("draw") > 1 - CHECKED_ABOVE)).with_columns(
        checker_unit_id=pl.lit(where.province), checker_level=pl.lit("省")
    )
    checks = pl.concat([own, above]).filter(pl.col("check_date") <= pl.lit(DUMP_DATE).str.to_date())
    size = checks.height
    return checks.with_columns(
        check_id=pl.lit(where.prefix("C")) + pl.int_range(1, size + 1).cast(pl.String).str.zfill(6),
        method_codes=pl.when(pl.Series(~flags(rng, size, UNRECORDED))).then(choose(rng, METHODS, size)).otherwise(None),
        content_codes=choose(
            rng, ["制度建设、项目立项、计划实施", "过程管理、培训实效", "学员反馈、经费管理、项目结项"], size
        ),
        result=choose(rng, ["合格", "不合格"], size, [0.97, 0.03]),
        finding_code=choose(rng, ["无", "考勤", "制度"], size, [0.96, 0.02, 0.02]),
        in_platform=pl.Series(flags(rng, size, 0.97)),
        publicity_date=(pl.col("check_date").dt.offset_by("15d")),
    ).drop("county_unit_id")


def _visits(rng: np.random.Generator, touched: pl.DataFrame) -> pl.DataFrame:
    """A day of the year on which the project was running."""
    year = touched["year"].to_numpy().astype(np.int64)
    start = np.maximum(_days(touched["start_date"]), first_of(year))
    end = np.minimum(_days(touched["end_date"]), first_of(year + 1) - 1)
    when = start + (rng.random(len(start)) * (end - start + 1)).astype(np.int64)
    return touched.select("project_id", "county_unit_id").with_columns(check_date=dates(when))


def _days(column: pl.Series) -> Ints:
    return column.cast(pl.Int32).to_numpy().astype(np.int64)
