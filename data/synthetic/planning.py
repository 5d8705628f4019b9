"""What comes before a project runs: dates of application and review, plans, courses, experts, money, papers.

Grains are those of the staging contracts. Violations are planted at small random rates so that every clause has both
sides. Does not belong here: classes and attendance (conduct), named cases (scenarios).
"""

import numpy as np
import polars as pl

from data.synthetic import people
from data.synthetic.chance import Ints, Where, choose, dates, day, flags, stream

ELEMENTS = [
    "el_needs", "el_goal", "el_target", "el_content", "el_practice", "el_form", "el_homework", "el_lecturer",
    "el_schedule", "el_assessment", "el_fee",
]  # fmt: skip
COURSES = ["教师专业标准解读", "师德修养", "信息技术应用", "课堂观察与实践"]
TAGS = ["专业标准", "师德", "信息技术", "其他"]
EXPERTS = {"330000": 900, "460000": 240, "500000": 500}
EMPLOYERS = ["高校", "教研机构", "中小学幼儿园", "行政", "其他"]
BASIC_PAPERS = ["名册", "成绩", "课表", "管理日志", "工作小结"]
LONG_PAPERS = ["典型经验", "心得", "简报总结"]
HAINAN_PAPERS = ["文件通知", "实施方案", "学员信息表", "过程材料", "成果总结", "登分审批表"]
LONG_HOURS = 90
BATCH = "2020H1"
# The batch calendar of the first half of 2020 as the notice prints it.
CALENDAR = [
    ("数据更新", "2019-12-26", "2020-01-15"),
    ("申报", "2019-12-26", "2020-01-07"),
    ("审核", "2020-01-08", "2020-01-17"),
    ("发布", "2020-01-20", "2020-01-20"),
    ("浏览", "2020-01-21", "2020-02-05"),
    ("一轮选课", "2020-02-06", "2020-02-14"),
    ("一轮校审", "2020-02-10", "2020-02-17"),
    ("扩班申请", "2020-02-18", "2020-02-20"),
    ("扩班受理", "2020-02-21", "2020-02-23"),
    ("一轮复核", "2020-02-24", "2020-02-25"),
    ("二轮选课", "2020-02-26", "2020-03-01"),
    ("二轮校审", "2020-02-28", "2020-03-04"),
    ("二轮复核", "2020-03-05", "2020-03-06"),
    ("办班", "2020-03-09", "2020-08-31"),
]
LEADERS = 4
"""Project leaders of each institution."""
MISSING = 0.04
"""Share of projects that lack any one paper, element, date or approval."""


def batch_calendar() -> pl.DataFrame:
    return pl.DataFrame(CALENDAR, schema=["stage", "date_from", "date_to"], orient="row").with_columns(
        pl.col("date_from", "date_to").str.to_date(), batch=pl.lit(BATCH), clause_id=pl.lit("ZJ-2019-357")
    )


def quotas(province: str, seed: int, units: pl.DataFrame) -> pl.DataFrame:
    """County quotas of the batch; the notice leaves them to each place."""
    rng = stream(seed, province, "quotas")
    counties = units.filter(pl.col("level").is_in(["县", "开发区"]))
    return counties.select(
        scope_id="unit_id",
        batch=pl.lit(BATCH),
        max_projects=pl.Series(rng.integers(6, 16, counties.height)),
        clause_id=pl.lit("ZJ-2019-357/04.5"),
    )


def accreditations(province: str, seed: int, institution: pl.DataFrame) -> pl.DataFrame:
    """One accreditation for nearly every institution that is not a school; a few started late or were cancelled."""
    rng = stream(seed, province, "accreditations")
    held = institution.filter(~pl.col("institution_type").is_in(["学校", "非培训机构部门"]))
    held = held[np.flatnonzero(~flags(rng, held.height, MISSING))]
    size = held.height
    start = np.where(flags(rng, size, 0.06), day("2019-06-01"), day("2012-01-01")) + rng.integers(0, 300, size)
    status = choose(rng, ["有效", "整改", "暂停", "到期"], size, [0.95, 0.02, 0.01, 0.02])
    lost = pl.Series(flags(rng, size, MISSING))
    return held.select(
        "institution_id",
        accreditation_id=pl.lit(f"Z{province[:2]}") + pl.int_range(1, size + 1).cast(pl.String).str.zfill(5),
        authority_code=pl.lit(province),
        authority_level="authority_level",
        first_valid_from=dates(start),
        valid_from=dates(start),
        valid_to=pl.when(status == "到期").then(pl.date(2019, 12, 31)).otherwise(pl.date(2022, 12, 31)),
        subjects=pl.lit("语文、数学、英语、科学、综合"),
        stages=pl.when(lost).then(None).otherwise(pl.lit("幼儿园、小学、初中、普高、中职")),
        categories=pl.lit("全员、骨干、专题"),
        levels=pl.lit("省级、地市级、县级"),
        status=status,
        eval_date=pl.date(2019, 11, 1),
        eval_result=choose(rng, ["合格", "不合格"], size, [0.97, 0.03]),
    )


def experts(province: str, seed: int, units: pl.DataFrame) -> pl.DataFrame:
    """The province's pool of lecturers, a third of them from elsewhere."""
    rng = stream(seed, province, "experts")
    size = EXPERTS.get(province, 200)
    homes = [*units.filter(pl.col("level") == "县")["unit_id"].to_list()]
    away = pl.Series(flags(rng, size, 0.35))
    region = pl.when(away).then(choose(rng, ["110108", "310115", "320106"], size)).otherwise(choose(rng, homes, size))
    employer_type = choose(rng, EMPLOYERS, size, [0.25, 0.2, 0.5, 0.03, 0.02])
    known = pl.Series(~flags(rng, size, 0.01))
    return pl.DataFrame(
        {"expert_id": [f"E{province[:2]}{number:05d}" for number in range(1, size + 1)], "employer_type": employer_type}
    ).with_columns(
        name=people.names(rng, size),
        sex=choose(rng, ["男", "女"], size),
        employer=pl.lit("样例") + pl.col("employer_type") + pl.Series(rng.integers(1, 200, size)).cast(pl.String),
        work_region_code=region,
        title=pl.when(known).then(choose(rng, ["正高", "副高", "中级"], size, [0.3, 0.5, 0.2])).otherwise(None),
        subject=choose(rng, ["语文", "数学", "英语", "科学", "综合"], size),
        is_frontline_excellent=pl.col("employer_type") == "中小学幼儿园",
    )


def with_paperwork(where: Where, project: pl.DataFrame, record: pl.DataFrame) -> pl.DataFrame:
    """Adds application, review and publication dates, the leader, head counts and follow-up to projects."""
    rng = where.stream("paperwork")
    size = project.height
    end = project["end_date"].cast(pl.Int32).to_numpy().astype(np.int64)
    apply, argument, review, publish = _approval(rng, project)
    trained = project.join(
        record.group_by("project_id").len("trained"), on="project_id", how="left", maintain_order="left"
    )
    trainees = trained["trained"].fill_null(0)
    late = flags(rng, size, MISSING)
    large = (pl.col("hours_planned") >= LONG_HOURS) | (pl.col("key_level") == "省")
    unpublished = pl.Series(flags(rng, size, MISSING))
    return project.with_columns(
        leader_id=pl.when(~pl.col("is_school_based"))
        .then(pl.format("L-{}-{}", "institution_id", pl.lit(pl.Series(rng.integers(1, LEADERS + 1, size)))))
        .otherwise(None),
        apply_date=dates(apply),
        expert_argument_date=pl.when(unpublished).then(None).otherwise(dates(argument)),
        review_date=dates(np.where(late, publish + 3, review)),
        publish_date=dates(publish),
        review_authority="county_unit_id",
        review_result=choose(rng, ["通过", "不通过", "退回"], size, [0.985, 0.01, 0.005]),
        capacity=trainees + 10,
        enrolled_count=trainees + pl.Series(rng.integers(0, 3, size)),
        checked_in_count=trainees,
        summary_submit_date=pl.when(large & pl.Series(~flags(rng, size, MISSING)))
        .then(dates(end + rng.integers(10, 50, size)))
        .otherwise(None),
        followup_plan=pl.when(pl.Series(~flags(rng, size, MISSING)))
        .then(pl.lit("训后一年内两次回访指导"))
        .otherwise(None),
        followup_team_count=pl.Series(np.where(flags(rng, size, MISSING), 0, rng.integers(1, 5, size))),
    )


def _approval(rng: np.random.Generator, project: pl.DataFrame) -> tuple[Ints, Ints, Ints, Ints]:
    """Days of application, argument, review and publication; the notice's batch keeps the notice's windows."""
    size = project.height
    publish = project["start_date"].cast(pl.Int32).to_numpy().astype(np.int64) - rng.integers(25, 45, size)
    review = publish - rng.integers(2, 8, size)
    argument = review - rng.integers(3, 12, size)
    apply = argument - rng.integers(1, 10, size)
    in_batch = (project["batch"] == BATCH).to_numpy() & ~project["is_school_based"].to_numpy()
    days = [
        np.where(in_batch, window, usual)
        for window, usual in (
            (_window(rng, size, "2019-12-26", "2020-01-07"), apply),
            (_window(rng, size, "2019-12-20", "2020-01-07"), argument),
            (_window(rng, size, "2020-01-08", "2020-01-17"), review),
            (_window(rng, size, "2020-01-20", "2020-01-20"), publish),
        )
    ]
    return days[0], days[1], days[2], days[3]


def with_authority(project: pl.DataFrame, institution: pl.DataFrame) -> pl.DataFrame:
    """Names as reviewer the authority the institution belongs to; of a school's own projects it stays the county."""
    own = institution.select("institution_id", own="unit_id").unique("institution_id")
    return (
        project.join(own, on="institution_id", how="left", maintain_order="left")
        .with_columns(review_authority=pl.coalesce("own", "review_authority"))
        .drop("own")
    )


def with_completed(project: pl.DataFrame, record: pl.DataFrame) -> pl.DataFrame:
    """Adds how many trainees passed: all but the few who failed."""
    failed = record.filter(pl.col("completion") == "不合格").group_by("project_id").agg(failed=pl.len())
    return (
        project.join(failed, on="project_id", how="left", maintain_order="left")
        .with_columns(completed_count=pl.col("checked_in_count") - pl.col("failed").fill_null(0))
        .drop("failed")
    )


def _window(rng: np.random.Generator, size: int, first: str, last: str) -> Ints:
    """A day of the window; three in a hundred miss it."""
    inside = rng.integers(day(first), day(last) + 1, size)
    return np.where(flags(rng, size, 0.03), day(last) + rng.integers(1, 6, size), inside).astype(np.int64)


def plans(where: Where, project: pl.DataFrame) -> pl.DataFrame:
    """The published plan of every project that is not school-based, and the bid of Chongqing's."""
    rng = where.stream("plans")
    planned = _planned(project)
    size = planned.height
    absent = {name: pl.Series(flags(rng, size, MISSING / len(ELEMENTS))) for name in ELEMENTS}
    attached = pl.Series(flags(rng, size, 0.005))
    published = planned.select(
        "project_id",
        plan_version=pl.lit(1),
        **{
            name: pl.when(lost)
            .then(None)
            .when(attached & pl.lit(name == "el_practice"))
            .then(pl.lit("详见附件"))
            .otherwise(pl.lit("已按要求填写"))
            for name, lost in absent.items()
        },
        practice_plan=pl.when((pl.col("hours_planned") >= LONG_HOURS) & pl.Series(~flags(rng, size, MISSING)))
        .then(pl.lit("跟岗实践五天，带教一对三"))
        .otherwise(None),
        online_support_desc=pl.when(
            pl.col("delivery_mode").is_in(["网络", "混合"]) & pl.Series(~flags(rng, size, MISSING))
        )
        .then(pl.lit("平台客服、在线辅导与学习预警"))
        .otherwise(None),
    )
    if where.province != "500000":
        return published
    return pl.concat([published.with_columns(plan_version=pl.lit(0)), published])


def _planned(project: pl.DataFrame) -> pl.DataFrame:
    return project.filter(~pl.col("is_school_based"))


def plan_courses(where: Where, project: pl.DataFrame, pool: pl.DataFrame) -> pl.DataFrame:
    """Four courses a plan that share its hours; some projects change one between bid and publication."""
    rng = where.stream("plan courses")
    planned = _planned(project)
    size = planned.height
    row = np.repeat(np.arange(size), len(COURSES))
    number = np.tile(np.arange(len(COURSES)), size)
    total = planned["hours_planned"].cast(pl.Float64).to_numpy()[row]
    practical = np.where(flags(rng, size, 0.9), 0.5, 0.4)[row]
    share = np.where(number == len(COURSES) - 1, practical, (1 - practical) / (len(COURSES) - 1))
    untagged = flags(rng, size, MISSING)[row] & (number == 1)
    published = planned.select("project_id")[row].with_columns(
        plan_version=pl.lit(1),
        course_id=pl.Series(number).cast(pl.String).str.replace("^", "K"),
        course_name=pl.Series(COURSES).gather(number.astype(np.uint32)),
        hours=pl.Series(total * share),
        is_practice=pl.Series(number == len(COURSES) - 1),
        is_required=pl.Series(number < len(COURSES) - 1),
        topic_tag=pl.Series(TAGS).gather(np.where(untagged, 3, number).astype(np.uint32)),
        expert_id=pool["expert_id"].gather(rng.integers(0, pool.height, len(row)).astype(np.uint32)),
    )
    if where.province != "500000":
        return published
    swapped = pl.Series(flags(rng, size, MISSING)[row] & (number < 2))  # noqa: PLR2004 — two of four experts changed
    other = pool["expert_id"].gather(rng.integers(0, pool.height, len(row)).astype(np.uint32))
    bid = published.with_columns(
        plan_version=pl.lit(0), expert_id=pl.when(swapped).then(other).otherwise(pl.col("expert_id"))
    )
    return pl.concat([bid, published])


def project_experts(where: Where, project: pl.DataFrame, pool: pl.DataFrame) -> pl.DataFrame:
    """Four lecturers a project; the first of a key project is its chief; distance projects have tutors."""
    rng = where.stream("project experts")
    planned = _planned(project)
    size = planned.height
    team = 4
    first = rng.integers(0, pool.height, size)
    row = np.repeat(np.arange(size), team)
    place = np.tile(np.arange(team), size)
    # Steps through the pool, so that no expert is twice in a team.
    member = (first[row] + place * 37) % pool.height
    chief = (planned["key_level"] != "无").to_numpy()[row] & (place == 0) & ~flags(rng, size, MISSING)[row]
    lecturers = planned.select("project_id")[row].with_columns(
        expert_id=pool["expert_id"].gather(member.astype(np.uint32)),
        role=pl.Series(["授课", "首席专家"]).gather(chief.astype(np.uint32)),
        hours=pl.lit(4.0),
    )
    remote = planned.filter(pl.col("delivery_mode") == "网络")
    needed = -(-remote["checked_in_count"].to_numpy().astype(np.int64) // 100)
    given = np.maximum(needed - flags(rng, remote.height, MISSING), 0)
    row = np.repeat(np.arange(remote.height), given)
    place = np.arange(len(row)) - np.repeat(np.cumsum(given) - given, given)
    member = (rng.integers(0, pool.height, remote.height)[row] + place * 11) % pool.height
    tutors = remote.select("project_id")[row].with_columns(
        expert_id=pool["expert_id"].gather(member.astype(np.uint32)), role=pl.lit("在线辅导教师"), hours=pl.lit(0.0)
    )
    return pl.concat([lecturers, tutors])


def adjustments(where: Where, project: pl.DataFrame) -> pl.DataFrame:
    """Three changed plans in a hundred; most large ones were approved and told beforehand."""
    rng = where.stream("adjustments")
    planned = _planned(project)
    changed = planned[np.flatnonzero(flags(rng, planned.height, 0.03))]
    size = changed.height
    effective = changed["start_date"].cast(pl.Int32).to_numpy().astype(np.int64) + 1
    approve = effective - rng.integers(1, 12, size)
    unapproved = pl.Series(flags(rng, size, 0.12))
    untold = pl.Series(flags(rng, size, 0.1))
    return changed.select(
        "project_id",
        adjustment_id=pl.lit(where.prefix("A")) + pl.int_range(1, size + 1).cast(pl.String).str.zfill(5),
        adjust_type=choose(rng, ["时间", "地点", "课程", "专家", "学时", "形式"], size),
        is_major=pl.Series(flags(rng, size, 0.5)),
        apply_date=dates(approve - 3),
        approve_date=pl.when(unapproved).then(None).otherwise(dates(approve)),
        effective_date=dates(effective),
        notify_trainees_date=pl.when(untold).then(None).otherwise(dates(effective - 1)),
        approver_unit_id="county_unit_id",
        withdraw_open=pl.Series(flags(rng, size, 0.9)),
    )


ITEMS = ["培训费", "住宿费", "伙食补贴", "授课费", "场地费", "管理费"]
ITEM_SHARES = [0.42, 0.22, 0.14, 0.12, 0.06, 0.04]


def finance(where: Where, project: pl.DataFrame) -> pl.DataFrame:
    """Six budget lines of every project that is not school-based; a few overspend or take more than the standard."""
    rng = where.stream("finance")
    planned = _planned(project).filter(pl.col("status") == "已结束")
    size = planned.height
    row = np.repeat(np.arange(size), len(ITEMS))
    item = np.tile(np.arange(len(ITEMS)), size)
    total = rng.integers(20, 120, size) * 1000.0
    share = np.asarray(ITEM_SHARES)[item]
    overspent = flags(rng, size, MISSING)[row] & (item >= 4)  # noqa: PLR2004 — rooms and administration
    standard = np.rint(total[row] * share)
    overcharged = flags(rng, size, 0.02)[row] & (item == 0)
    return planned.select("project_id")[row].with_columns(
        item=pl.Series(ITEMS).gather(item.astype(np.uint32)),
        standard=pl.Series(standard),
        budget=pl.Series(standard),
        received=pl.Series(np.where(overcharged, standard + 500, standard)),
        spent=pl.Series(np.where(overspent, standard * 2, standard)),
    )


def archives(where: Where, project: pl.DataFrame) -> pl.DataFrame:
    """The papers each finished project must keep; one in twenty-five projects lacks one."""
    rng = where.stream("archives")
    done = project.filter(pl.col("status") == "已结束")
    asked = [_papers(rng, done, BASIC_PAPERS)]
    asked.append(
        _papers(rng, done.filter((pl.col("hours_planned") >= LONG_HOURS) | (pl.col("key_level") == "省")), LONG_PAPERS)
    )
    if where.province == "460000":
        asked.append(_papers(rng, done.filter(~pl.col("is_school_based")), HAINAN_PAPERS))
    return pl.concat(asked)


def _papers(rng: np.random.Generator, project: pl.DataFrame, kinds: list[str]) -> pl.DataFrame:
    size = project.height
    row = np.repeat(np.arange(size), len(kinds))
    kind = np.tile(np.arange(len(kinds)), size)
    lacking = flags(rng, size, MISSING)
    kept = ~(lacking[row] & (kind == rng.integers(0, len(kinds), size)[row]))
    row, kind = row[kept], kind[kept]
    end = project["end_date"].cast(pl.Int32).to_numpy().astype(np.int64)
    delay = np.where(flags(rng, size, MISSING), 70, rng.integers(1, 25, size))
    doc = pl.Series(kinds).gather(kind.astype(np.uint32))
    papers: pl.DataFrame = project.select("project_id")[row]
    return papers.with_columns(
        doc_type=doc,
        uploaded_at=dates((end + delay)[row]).cast(pl.Datetime("us")) + pl.duration(hours=9),
        approval_date=pl.when(doc == "登分审批表").then(dates(end[row] + 1)).otherwise(None),
        approver_id=pl.when(doc == "登分审批表").then(pl.lit("负责人")).otherwise(None),
    )
