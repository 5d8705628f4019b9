"""Who watches over training: staff, observations, complaints, decisions, money of the year, reports.

Grains are those of the staging contracts. Does not belong here: spot checks and surveys (feedback).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from data.synthetic import places
from data.synthetic.calibration import DUMP_DATE, YEARS
from data.synthetic.chance import Where, choose, dates, day, first_of, flags, stream
from data.synthetic.planning import LEADERS, MISSING

MANAGERS = 3
"""Other managers of each bureau, beside the deputy head in charge."""
UNIT_DOCS = ["年度计划", "统计报表", "年度总结", "业绩考核", "评估结果公布", "学分年度汇总", "年度培训计划"]
SCHOOL_DOCS = ["5年规划", "年度培训计划"]
SUMMARY = "年度总结"
"""The yearly summary of registration that every trainer and school owes, too."""
FINISHED_YEARS = YEARS[:-1]
UNREPORTED_YEAR = 2018


def with_offices(province: str, seed: int, units: pl.DataFrame) -> pl.DataFrame:
    """Adds the monitoring office, pools and head counts to the units."""
    rng = stream(seed, province, "offices")
    size = units.height
    posts = rng.integers(20, 60, size)
    short = flags(rng, size, 0.08)
    return units.with_columns(
        monitor_org=pl.col("unit_name") + "教师培训质量监控中心",
        mgmt_section=pl.when(pl.Series(~flags(rng, size, MISSING))).then(pl.lit("师训科")).otherwise(None),
        candidate_pool=pl.Series(~flags(rng, size, MISSING)),
        archive_pool=pl.Series(~flags(rng, size, MISSING)),
        rd_establishment=pl.Series(posts),
        mgmt_staff=pl.Series(np.where(short, 1, -(-posts // 10))),
    )


@dataclass(frozen=True)
class Post:
    """A kind of post: what ids begin with, its name, the shares of 在编, 返聘 and 外聘, and what it may register."""

    prefix: str
    role: str
    employment: list[float]
    permission: str | None = None


def staff(province: str, seed: int, units: pl.DataFrame, institution: pl.DataFrame) -> pl.DataFrame:
    """Leaders, managers and credit clerks of institutions; the deputy head and managers of bureaus."""
    rng = stream(seed, province, "staff")
    leaders = _people(rng, institution["institution_id"], LEADERS, Post("L", "培训管理者", [0.94, 0.03, 0.03]))
    class_heads = _people(rng, institution["institution_id"], 2, Post("W", "班主任", [0.97, 0.02, 0.01]))
    clerks = _people(rng, institution["institution_id"], 1, Post("C", "学分管理员", [1.0, 0.0, 0.0], "市县"))
    provincial = institution.filter(pl.col("authority_level").is_in(["国", "省"]))["institution_id"]
    clerks = clerks.with_columns(
        permission_level=pl.when(pl.col("org_id").is_in(provincial.implode()))
        .then(pl.lit("省"))
        .otherwise("permission_level")
    )
    bureaus = units.filter(pl.col("level").is_in(["省", "市", *places.COUNTY_LEVELS]))["unit_id"]
    deputies = _people(rng, bureaus, 1, Post("J", "分管局长", [1.0, 0.0, 0.0]))
    managers = _people(rng, bureaus, MANAGERS, Post("M", "相关管理人员", [1.0, 0.0, 0.0]))
    return pl.concat([leaders, class_heads, clerks, deputies, managers])


def school_clerks(where: Where, school: pl.DataFrame) -> pl.DataFrame:
    """A credit clerk in nearly every school."""
    rng = where.stream("school clerks")
    kept = school["school_id"].gather(np.flatnonzero(~flags(rng, school.height, MISSING)).astype(np.uint32))
    return _people(rng, kept, 1, Post("C", "学分管理员", [1.0, 0.0, 0.0], "学校"))


def _people(rng: np.random.Generator, orgs: pl.Series, each: int, post: Post) -> pl.DataFrame:
    size = len(orgs) * each
    org = orgs.gather(np.repeat(np.arange(len(orgs)), each).astype(np.uint32))
    number = np.tile(np.arange(1, each + 1), len(orgs))
    trained = dates(day("2015-03-01") + rng.integers(0, 200, size))
    return pl.DataFrame({"org_id": org, "number": number}).select(
        "org_id",
        person_id=pl.format("{}-{}-{}", pl.lit(post.prefix), "org_id", "number"),
        employment_type=choose(rng, ["在编", "返聘", "外聘"], size, post.employment),
        title_level=choose(rng, ["正高", "副高", "中级"], size, [0.2, 0.7, 0.1]),
        role=pl.lit(post.role),
        is_fulltime=pl.Series(~flags(rng, size, MISSING)),
        train_pass_date=pl.when(pl.lit(post.role == "学分管理员") & pl.Series(~flags(rng, size, MISSING)))
        .then(trained)
        .otherwise(None),
        permission_level=pl.lit(post.permission, pl.String),
        valid_from=pl.date(2015, 1, 1),
        valid_to=pl.lit(None, pl.Date),
    )


def observations(where: Where, session: pl.DataFrame, counties: pl.DataFrame) -> pl.DataFrame:
    """Each deputy head's two and each manager's four visits to lessons a year; one person in ten makes too few.

    A city's office goes to lessons of the counties around its seat, the county whose code ends in 02.
    """
    city = pl.col("unit_id").str.slice(0, 4) + "00"
    cities = counties.filter((pl.col("unit_id") == city.str.slice(0, 4) + "02") & (pl.col("parent_id") == city))
    made = pl.concat(
        [
            *_visits(where.stream("observations"), session, counties["unit_id"]),
            *_visits(where.stream("city observations"), session, cities["parent_id"]),
        ]
    )
    return made.with_columns(
        observation_id=pl.lit(where.prefix("H")) + pl.int_range(1, made.height + 1).cast(pl.String).str.zfill(6)
    )


def _visits(rng: np.random.Generator, session: pl.DataFrame, offices: pl.Series) -> Iterator[pl.DataFrame]:
    """The visits of each year and post, of offices that have such people."""
    held = session.filter("held").with_columns(year=pl.col("date").dt.year())
    for year in YEARS if len(offices) else ():
        lessons = held.filter(pl.col("year") == year)
        if lessons.is_empty():
            continue
        for role, prefix, people, due in (("分管局长", "J", 1, 2), ("相关管理人员", "M", MANAGERS, 4)):
            unit = offices.gather(np.repeat(np.arange(len(offices)), people).astype(np.uint32))
            number = np.tile(np.arange(1, people + 1), len(offices))
            done = np.where(flags(rng, len(unit), 0.1), due - 1, due + rng.integers(0, 2, len(unit)))
            row = np.repeat(np.arange(len(unit)), done)
            nth = np.arange(len(row)) - np.repeat(np.cumsum(done) - done, done)
            # Steps through the year's lessons, so that one person's visits are different lessons.
            lesson = (rng.integers(0, lessons.height, len(unit))[row] + nth) % lessons.height
            here = unit.gather(row.astype(np.uint32))
            yield lessons.select("session_id", "date")[lesson].with_columns(
                unit_id=here,
                observer_role=pl.lit(role),
                observer_id=pl.format("{}-{}-{}", pl.lit(prefix), pl.lit(here), pl.lit(pl.Series(number[row]))),
                is_random=pl.Series(~flags(rng, len(row), 0.02)),
            )


def complaints(where: Where, project: pl.DataFrame) -> pl.DataFrame:
    """One complaint for every two hundred projects."""
    rng = where.stream("complaints")
    rows = project.filter(~pl.col("is_school_based") & (pl.col("status") == "已结束"))
    rows = rows[np.flatnonzero(flags(rng, rows.height, 0.005))]
    size = rows.height
    return rows.select(
        "project_id",
        "institution_id",
        complaint_id=pl.lit(where.prefix("T")) + pl.int_range(1, size + 1).cast(pl.String).str.zfill(4),
        date=pl.col("end_date").dt.offset_by("2d"),
        complaint_type=choose(rng, ["教学", "管理", "收费", "食宿", "安全"], size),
        is_group=pl.Series(flags(rng, size, 0.4)),
        people=pl.Series(rng.integers(1, 20, size)),
        verified=choose(rng, ["属实", "部分属实", "不属实", "待核"], size, [0.4, 0.2, 0.3, 0.1]),
        verified_date=pl.col("end_date").dt.offset_by("20d"),
    )


def sanctions(province: str, seed: int, institution: pl.DataFrame) -> pl.DataFrame:
    """A dozen decisions on file: rectifications with a recheck, and a suspension or two."""
    rng = stream(seed, province, "sanctions")
    pool = institution.filter(pl.col("institution_type") != "学校")
    rows = pool[rng.choice(pool.height, min(12, pool.height), replace=False)]
    size = rows.height
    decided = day("2018-01-10") + rng.integers(0, 900, size)
    kind = choose(rng, ["限期整改", "暂停申报", "黄牌警告"], size, [0.6, 0.2, 0.2])
    basis = "CQ-2013-24/19.1" if province == "500000" else "ZJ-2014-04/27.6"
    return rows.select(
        "institution_id",
        sanction_id=pl.lit(f"X{province[:2]}") + pl.int_range(1, size + 1).cast(pl.String).str.zfill(4),
        subject=pl.lit("语文") if province == "500000" else pl.lit(None, pl.String),
        type=kind,
        basis_clause=pl.lit(basis),
        decision_date=dates(decided),
        start=dates(decided),
        end=dates(decided + np.where((kind == "暂停申报").to_numpy(), 365, 120)),
        rectify_due=dates(decided + 90),
        recheck_date=dates(decided + 100),
        recheck_result=choose(rng, ["合格", "不合格"], size, [0.85, 0.15]),
    )


def finance_years(where: Where, orgs: pl.Series, is_school: bool) -> pl.DataFrame:
    """Each county unit's and school's training money of a year; one in ten spends too little."""
    rng = where.stream("finance years", str(is_school))
    size = len(orgs) * len(FINISHED_YEARS)
    org = orgs.gather(np.repeat(np.arange(len(orgs)), len(FINISHED_YEARS)).astype(np.uint32))
    year = np.tile(np.asarray(FINISHED_YEARS), len(orgs))
    payroll = rng.integers(200, 900, size) * 10_000.0
    budget = payroll * np.where(flags(rng, size, 0.1), 0.02, 0.032)
    fund = rng.integers(40, 200, size) * 1_000.0
    nothing = pl.lit(None, pl.Float64)
    disclosed = pl.Series(~flags(rng, size, MISSING))
    return pl.DataFrame({"org_id": org, "year": year}).with_columns(
        payroll_total=nothing if is_school else pl.Series(payroll),
        training_budget=nothing if is_school else pl.Series(budget),
        allocated_to_schools=nothing if is_school else pl.Series(budget * np.where(flags(rng, size, 0.1), 0.6, 0.72)),
        public_fund_total=pl.Series(fund) if is_school else nothing,
        training_spend=pl.Series(fund * np.where(flags(rng, size, 0.1), 0.08, 0.11)) if is_school else nothing,
        disclosure_date=pl.when(disclosed).then(dates(first_of(year + 1) + 60)).otherwise(None),
    )


def school_based_plans(where: Where, school: pl.DataFrame) -> pl.DataFrame:
    """Every school's plan of every term: due on 15 March and 15 September."""
    rng = where.stream("school-based plans")
    # A school year 2015-2016 has a first term from September and a second from February.
    terms = [(f"{year - 1}-{year}-2", f"{year}-03-15") for year in YEARS]
    terms += [(f"{year}-{year + 1}-1", f"{year}-09-15") for year in YEARS]
    row = np.repeat(np.arange(school.height), len(terms))
    nth = np.tile(np.arange(len(terms)), school.height)
    size = len(row)
    due = np.asarray([day(limit) for _, limit in terms])[nth]
    late = flags(rng, size, 0.05)
    submitted = np.where(late, due + rng.integers(1, 15, size), due - rng.integers(0, 20, size))
    approved = pl.Series(~flags(rng, size, MISSING))
    return school.select("school_id", approver_unit_id="unit_id")[row].with_columns(
        semester=pl.Series([term for term, _ in terms]).gather(nth.astype(np.uint32)),
        submit_date=dates(submitted),
        approve_date=pl.when(approved).then(dates(submitted + rng.integers(1, 15, size))).otherwise(None),
    )


def monitoring_docs(province: str, seed: int, units: pl.DataFrame, institution: pl.DataFrame) -> pl.DataFrame:
    """Each office's yearly papers, the province's quality report of next March, and five-year summaries.

    Trainers' yearly summaries come last.
    """
    rng = stream(seed, province, "monitoring docs")
    offices = units.filter(pl.col("level").is_in(["省", "市", *places.COUNTY_LEVELS]))["unit_id"]
    made = _docs(rng, offices, UNIT_DOCS)
    # The report of 2018 was never published, that of 2016 (and of 2020) came in April instead of March.
    reported = [year for year in FINISHED_YEARS if year != UNREPORTED_YEAR]
    report = pl.DataFrame({"unit_id": [province] * len(reported), "year": reported}).with_columns(
        doc_type=pl.lit("质量年度报告"),
        submit_date=pl.date(pl.col("year") + 1, 3, 10),
        publish_date=pl.date(pl.col("year") + 1, pl.when(pl.col("year") % 4 == 0).then(4).otherwise(3), 20),
        feedback_date=pl.lit(None, pl.Date),
    )
    summary = pl.DataFrame({"unit_id": offices}).with_columns(
        year=pl.lit(YEARS[-2], pl.Int64),
        doc_type=pl.lit("周期汇总"),
        submit_date=pl.date(2021, 2, 20),
        publish_date=pl.date(2021, 3, 15),
        feedback_date=pl.when(pl.Series(~flags(rng, len(offices), MISSING))).then(pl.date(2021, 3, 20)).otherwise(None),
    )
    trainers = _docs(stream(seed, province, "trainers' summaries"), institution["institution_id"], [SUMMARY])
    return pl.concat([made, report.select(made.columns), summary.select(made.columns), trainers])


def school_docs(where: Where, school: pl.DataFrame) -> pl.DataFrame:
    """Each school's five-year programme, yearly plans and yearly summaries."""
    plans = _docs(where.stream("school docs"), school["school_id"], SCHOOL_DOCS)
    return pl.concat([plans, _docs(where.stream("school summaries"), school["school_id"], [SUMMARY])])


def _docs(rng: np.random.Generator, orgs: pl.Series, kinds: list[str]) -> pl.DataFrame:
    each = len(FINISHED_YEARS) * len(kinds)
    size = len(orgs) * each
    year = np.tile(np.repeat(np.asarray(FINISHED_YEARS), len(kinds)), len(orgs))
    kind = np.tile(np.arange(len(kinds)), len(orgs) * len(FINISHED_YEARS))
    planned = np.isin(kind, [index for index, word in enumerate(kinds) if "计划" in word or "规划" in word])
    year_end = first_of(year + 1) - 1
    submitted = np.where(planned, first_of(year) + rng.integers(5, 80, size), year_end - rng.integers(0, 25, size))
    submitted = np.where(flags(rng, size, MISSING), year_end + rng.integers(1, 20, size), submitted)
    frame = pl.DataFrame(
        {"unit_id": orgs.gather(np.repeat(np.arange(len(orgs)), each).astype(np.uint32))}
    ).with_columns(
        year=pl.Series(year),
        doc_type=pl.Series(kinds).gather(kind.astype(np.uint32)),
        submit_date=dates(submitted),
        publish_date=dates(submitted + 5),
        feedback_date=dates(submitted + rng.integers(20, 60, size)),
    )
    return frame.filter(pl.Series(~flags(rng, size, MISSING)))


def annual_reviews(where: Where, teacher: pl.DataFrame) -> pl.DataFrame:
    """The platform's own yearly verdict on nearly every teacher (to compare, never to judge by)."""
    rng = where.stream("annual reviews")
    row = np.repeat(np.arange(teacher.height), len(FINISHED_YEARS))
    year = np.tile(np.asarray(FINISHED_YEARS), teacher.height)
    known = (teacher["hire_year"].to_numpy()[row] <= year) & ~flags(rng, len(row), 0.02)
    row, year = row[known], year[known]
    size = len(row)
    first = teacher["hire_year"].to_numpy()[row] == year
    return teacher.select("teacher_id")[row].with_columns(
        year=pl.Series(year),
        result=pl.when(pl.Series(first))
        .then(pl.lit("免考"))
        .otherwise(choose(rng, ["合格", "不合格", "未审"], size, [0.93, 0.06, 0.01])),
        review_date=dates(np.minimum(first_of(year + 1) + rng.integers(20, 88, size), day(DUMP_DATE))),
    )


def region_history(province: str) -> pl.DataFrame:
    """The province's code changes since 2010 (versions whose first day is known)."""
    known = places.regions().filter(
        pl.col("region_code").str.starts_with(province[:2])
        & (pl.col("valid_from").is_not_null() | pl.col("valid_to").is_not_null())
    )
    return known.with_columns(
        pl.col("valid_from").fill_null("2009-12-01").str.to_date(),
        pl.col("valid_to").str.to_date(),
        successor_codes=pl.col("successor_codes").str.replace_all(";", "、"),
    )


def cycles(province: str) -> pl.DataFrame:
    """The platform's own table of cycles; Chongqing's document gives no figures."""
    needed = {"330000": (None, 360.0), "460000": (360.0, 50.0)}
    hours, credit = needed.get(province, (None, None))
    name = {"330000": "ZJ", "460000": "HI", "500000": "CQ"}.get(province, province)
    rows = [
        (f"{name}-{first}-{first + 4}", province, f"{first}-01-01", f"{first + 4}-12-31", hours, credit, "v1")
        for first in (2016, 2021)
    ]
    columns = ["cycle_id", "jurisdiction", "start_date", "end_date", "hours_min", "credits_min", "rule_version"]
    return pl.DataFrame(
        rows,
        schema=dict.fromkeys(columns, pl.String) | {"hours_min": pl.Float64, "credits_min": pl.Float64},
        orient="row",
    ).with_columns(pl.col("start_date", "end_date").str.to_date())
