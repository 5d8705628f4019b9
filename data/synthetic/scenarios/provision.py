"""How projects are planned, staffed, run and filed: for each clause one case kept, one broken, one on the limit.

Every case is a complete, orderly project with one thing changed; names are <province>-<clause>-<what>.
Does not belong here: credits, spot checks and satisfaction (hainan, zhejiang).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from data.synthetic.planning import BASIC_PAPERS, ELEMENTS, LONG_PAPERS
from data.synthetic.scenarios.plot import DAY_HOURS, Plot, at

START = date(2020, 4, 13)
WORKING_DAY_HOURS = 8
OUTSIDE = "110108"
HAINAN_PAPERS = ("文件通知", "实施方案", "学员信息表", "过程材料", "成果总结", "登分审批表")


@dataclass(frozen=True)
class Member:
    """One lecturer of a team."""

    employer_type: str = "中小学幼儿园"
    region: str = OUTSIDE
    role: str = "授课"
    title: str | None = "副高"


@dataclass(frozen=True)
class Course:
    """A lesson of the plan: its hours, whether it is practice, its topic, who gives it in the bid and in the end.

    Trainees have to take it unless it is to choose.
    """

    hours: float
    is_practice: bool = False
    topic: str = "其他"
    bid_by: int = 0
    given_by: int = 0
    is_required: bool = True


TEAM = (Member(role="首席专家"), Member(), Member("教研机构"), Member("高校"))
COURSES = (
    Course(8, topic="专业标准"),
    Course(4, topic="师德", bid_by=1, given_by=1),
    Course(4, topic="信息技术", bid_by=2, given_by=2),
    Course(16, is_practice=True, bid_by=3, given_by=3),
)
MONEY = {"培训费": 50.0, "住宿费": 20.0, "伙食补贴": 10.0, "授课费": 10.0, "场地费": 6.0, "管理费": 4.0}


@dataclass(frozen=True)
class Project:
    """A project in order; a case replaces what it is about."""

    days: int = 4
    people: int = 2
    values: Mapping[str, Any] = field(default_factory=dict)
    institution: Mapping[str, Any] = field(default_factory=dict)
    is_accredited: bool = True
    accreditation: Mapping[str, Any] = field(default_factory=dict)
    leader: Mapping[str, Any] = field(default_factory=dict)
    plan: Mapping[str, Any] = field(default_factory=dict)
    team: Sequence[Member] = TEAM
    courses: Sequence[Course] = COURSES
    group: Mapping[str, Any] = field(default_factory=dict)
    heads: Sequence[bool] = (True,)
    managers: int = 0
    papers: Sequence[str] = (*BASIC_PAPERS, *LONG_PAPERS, *HAINAN_PAPERS)
    money: Mapping[str, float] = field(default_factory=lambda: MONEY)
    received: Mapping[str, float] = field(default_factory=dict)
    adjustment: Mapping[str, Any] | None = None
    held: int | None = None
    """Days really taught (all of them unless said)."""
    absent: Mapping[int, int] = field(default_factory=dict)
    """Sessions missed, by trainee."""
    logs: Sequence[str] = ("考勤", "课程与教学", "实践")
    logged_days: int | None = None
    enrollment: Mapping[str, Any] = field(default_factory=dict)
    leave: Mapping[str, Any] | None = None
    tasks: float | None = None
    """Tasks done of a hundred, for distance courses."""
    check: Mapping[str, Any] | None = None
    is_recorded: bool = True
    """Whether sessions were signed for."""


@dataclass(frozen=True)
class Told:
    """The ids of a project once it is told."""

    project: str
    institution: str
    group: str
    teachers: list[str]
    enrollments: list[str]
    leader: str


def tell(plot: Plot, unit: str, school: str, it: Project) -> Told:
    """Adds the project and everything around it to the current case."""
    institution = plot.institution(unit_id=unit, **it.institution)
    if it.is_accredited:
        plot.add(
            "institution_accreditation",
            "accreditation_id",
            "Z",
            **{
                "institution_id": institution,
                "authority_code": plot.province,
                "authority_level": "省",
                "first_valid_from": date(2012, 3, 1),
                "valid_from": date(2012, 3, 1),
                "valid_to": date(2022, 12, 31),
                "subjects": "语文",
                "stages": "小学",
                "categories": "专题",
                "levels": "县级",
                "status": "有效",
                **it.accreditation,
            },
        )
    leader = plot.add(
        "org_staff",
        "person_id",
        "L",
        **{
            "org_id": institution,
            "employment_type": "在编",
            "title_level": "副高",
            "role": "培训管理者",
            "is_fulltime": True,
            "valid_from": date(2015, 1, 1),
            **it.leader,
        },
    )
    start = it.values.get("start_date", START)
    end = it.values.get("end_date", start + timedelta(days=it.days - 1))
    values = {key: value for key, value in it.values.items() if key not in ("start_date", "end_date")}
    project = plot.project(
        institution,
        unit,
        start,
        end,
        **{
            "leader_id": leader,
            "apply_date": date(2020, 1, 2),
            "expert_argument_date": date(2020, 1, 3),
            "review_date": date(2020, 1, 10),
            "publish_date": date(2020, 1, 20),
            "review_authority": unit,
            "review_result": "通过",
            "capacity": 60,
            "enrolled_count": it.people,
            "checked_in_count": it.people,
            "completed_count": it.people,
            "credits_planned": float(it.days * DAY_HOURS),
            "summary_submit_date": end + timedelta(days=20),
            "followup_plan": "回访两次",
            "followup_team_count": 2,
            "hours_online": 0.0,
            **values,
        },
    )
    _plan(plot, project, it)
    group = _group(plot, project, institution, start, end, it)
    sessions = _sessions(plot, group, start, it)
    teachers, enrollments = _people(plot, school, project, group, sessions, end, it)
    _papers(plot, project, end, it)
    if it.adjustment is not None:
        plot.add(
            "project_adjustment",
            "adjustment_id",
            "A",
            **{
                "project_id": project,
                "adjust_type": "课程",
                "is_major": True,
                "apply_date": start - timedelta(days=9),
                "approve_date": start - timedelta(days=6),
                "effective_date": start,
                "withdraw_open": True,
                "notify_trainees_date": start - timedelta(days=3),
                "approver_unit_id": unit,
                **it.adjustment,
            },
        )
    if it.check is not None:
        plot.check(project, unit, start + timedelta(days=1), **it.check)
    return Told(project, institution, group, teachers, enrollments, leader)


def _plan(plot: Plot, project: str, it: Project) -> None:
    experts = [
        plot.add(
            "expert",
            "expert_id",
            "E",
            employer_type=member.employer_type,
            work_region_code=member.region,
            title=member.title,
            name="样例专家",
            employer="样例单位",
            subject="语文",
            is_frontline_excellent=member.employer_type == "中小学幼儿园",
        )
        for member in it.team
    ]
    for expert, member in zip(experts, it.team, strict=True):
        plot.row("project_expert", project_id=project, expert_id=expert, role=member.role, hours=4.0)
    filled = dict.fromkeys(ELEMENTS, "已按要求填写")
    support = {"practice_plan": "跟岗实践五天", "online_support_desc": "平台客服与在线辅导"}
    # Handed in, announced, and where the lessons were given by others than announced, as given.
    is_changed = any(course.bid_by != course.given_by for course in it.courses)
    for version in (0, 1, 2) if is_changed else (0, 1):
        plot.row("project_plan", project_id=project, plan_version=version, **{**filled, **support, **it.plan})
        for index, course in enumerate(it.courses):
            person = course.given_by if version > 1 else course.bid_by
            plot.row(
                "project_plan_course",
                project_id=project,
                plan_version=version,
                course_id=f"K{index}",
                course_name=f"课程{index}",
                hours=float(course.hours),
                is_practice=course.is_practice,
                is_required=course.is_required,
                topic_tag=course.topic,
                expert_id=experts[person % len(experts)] if experts else None,
            )


def _group(plot: Plot, project: str, institution: str, start: date, end: date, it: Project) -> str:
    group = plot.add(
        "class",
        "class_id",
        "B",
        **{
            "project_id": project,
            "project_plan_id": f"{project}-1",
            "class_name": "样例班",
            "start_date": start,
            "end_date": end,
            "schedule_publish_date": start - timedelta(days=7),
            "enrolled_count": it.people,
            "checked_in_count": it.people,
            "status": "结束",
            **it.group,
        },
    )
    for number, is_fulltime in enumerate(it.heads, 1):
        plot.row(
            "class_staff", class_id=group, person_id=f"W-{institution}-{number}", role="班主任", is_fulltime=is_fulltime
        )
    for number in range(it.managers):
        plot.row(
            "class_staff", class_id=group, person_id=f"W-{institution}-m{number}", role="管理人员", is_fulltime=True
        )
    return group


def _sessions(plot: Plot, group: str, start: date, it: Project) -> list[str]:
    held = it.days if it.held is None else it.held
    sessions = [
        plot.add(
            "schedule",
            "session_id",
            "",
            session_id=f"{group}-{nth + 1:02d}",
            class_id=group,
            date=start + timedelta(days=nth),
            session_start="08:30",
            session_end="16:30",
            course_id=f"K{nth % 4}",
            venue_id=f"{group}室",
            hours=float(WORKING_DAY_HOURS),
            held=nth < held,
        )
        for nth in range(it.days)
    ]
    for nth in range(it.days if it.logged_days is None else it.logged_days):
        for content in it.logs:
            day = start + timedelta(days=nth)
            plot.add(
                "training_log",
                "log_id",
                "G",
                class_id=group,
                log_date=day,
                content_type=content,
                author_id="W-1",
                created_at=at(day, 17),
            )
    return sessions[:held]


def _people(
    plot: Plot, school: str, project: str, group: str, sessions: list[str], end: date, it: Project
) -> tuple[list[str], list[str]]:
    teachers, enrollments = [], []
    for number in range(it.people if it.people < 10 else 0):  # noqa: PLR2004 — large classes are head counts only
        teacher = plot.teacher(school)
        values: dict[str, Any] = {
            "teacher_id": teacher,
            "class_id": group,
            "project_id": project,
            "school_id_at": school,
            "batch": "2020H1",
            "round": 1,
            "self_nominate_date": at(date(2020, 2, 6), 9),
            "select_date": at(date(2020, 2, 7), 9),
            "school_review_date": at(date(2020, 2, 12), 9),
            "school_review_result": "同意",
            "county_review_date": at(date(2020, 2, 14), 9),
            "institution_confirm_date": at(date(2020, 2, 24), 9),
            "notice_date": at(date(2020, 2, 25), 9),
            "checkin_status": "已报到",
            "completion_status": "结业",
            "evaluation_date": end + timedelta(days=3),
            "evaluation_result": "合格",
            "score": 80.0,
            "certificate_date": end,
            "feedback_bureau_date": end + timedelta(days=20),
            "feedback_school_date": end + timedelta(days=20),
        }
        if number == 0:
            values.update(it.enrollment)
        enrollment = plot.add("enrollment", "enrollment_id", "N", **values)
        missed = it.absent.get(number, 0)
        if it.is_recorded:
            for nth, session in enumerate(sessions):
                plot.row(
                    "attendance",
                    enrollment_id=enrollment,
                    session_id=session,
                    method="扫码",
                    status="请假" if nth < missed else "到",
                    session_hours=float(WORKING_DAY_HOURS),
                )
        if values["completion_status"] == "结业":
            plot.record(
                teacher,
                float(len(sessions) - missed) * WORKING_DAY_HOURS,
                end,
                project_id=project,
                enrollment_id=enrollment,
                start_date=end,
                credits=float(it.days),
                approved_by="教育行政部门",
            )
        if it.leave is not None and number == 0:
            plot.add(
                "leave",
                "leave_id",
                "Q",
                **{
                    "enrollment_id": enrollment,
                    "days": 1.0,
                    "hours": 8.0,
                    "reason_code": "病",
                    "institution_approve_date": end,
                    "edu_bureau_approve_date": end,
                    "edu_bureau_code": SAME_PLACE,
                    **it.leave,
                },
            )
        if it.tasks is not None:
            plot.row(
                "online_progress", enrollment_id=enrollment, tasks_done=it.tasks, tasks_total=100.0, learn_minutes=900.0
            )
        teachers.append(teacher)
        enrollments.append(enrollment)
    return teachers, enrollments


def _papers(plot: Plot, project: str, end: date, it: Project) -> None:
    for kind in it.papers:
        day = end + timedelta(days=8)
        plot.row(
            "project_archive",
            project_id=project,
            doc_type=kind,
            uploaded_at=at(day, 9),
            approval_date=end + timedelta(days=2) if kind == "登分审批表" else None,
        )
    for item, amount in it.money.items():
        plot.row(
            "project_finance",
            project_id=project,
            item=item,
            standard=amount,
            budget=amount,
            received=it.received.get(item, amount),
            spent=amount,
        )


@dataclass(frozen=True)
class Case:
    """One changed project and what follows: clause, whose verdict (project, class, teacher, institution), verdict."""

    what: str
    note: str
    clause: str
    verdict: str
    it: Project
    subject: str = "project"


ORDERLY = Project()
KEY = replace(ORDERLY, values={"key_level": "省"}, managers=1)
LONG = replace(
    ORDERLY,
    days=12,
    values={"hours_planned": 90.0, "key_level": "省"},
    managers=1,
    courses=(Course(45, topic="专业标准"), Course(45, is_practice=True)),
)
ONLINE = replace(
    ORDERLY,
    days=4,
    values={"delivery_mode": "网络", "hours_planned": 40.0, "hours_online": 40.0, "is_full_release": False},
    tasks=90.0,
    team=(Member(role="在线辅导教师"),),
)


def _with(base: Project, **values: Any) -> Project:
    return replace(base, values={**base.values, **values})


SAME_PLACE = "330106"
ZHEJIANG = (
    Case("11.3-own", "由机构所属的教育局评审", "ZJ-2014-04/11.3", "met", ORDERLY),
    Case("11.3-other", "由外区教育局评审", "ZJ-2014-04/11.3", "not_met", _with(ORDERLY, review_authority="330108")),
    Case("04.1-met", "资质有效", "ZJ-2014-04/04.1", "met", ORDERLY),
    Case("04.1-none", "没有资质", "ZJ-2014-04/04.1", "not_met", replace(ORDERLY, is_accredited=False)),
    Case(
        "04.1-last-day",
        "开班日是有效期最后一天",
        "ZJ-2014-04/04.1",
        "met",
        replace(ORDERLY, accreditation={"valid_to": START}),
    ),
    Case(
        "04.1-expired",
        "开班前一天到期",
        "ZJ-2014-04/04.1",
        "not_met",
        replace(ORDERLY, accreditation={"valid_to": START - timedelta(days=1)}),
    ),
    Case("08.1-eleven", "十一项齐全", "ZJ-2014-04/08.1", "met", ORDERLY),
    Case("08.1-ten", "缺收费标准", "ZJ-2014-04/08.1", "not_met", replace(ORDERLY, plan={"el_fee": None})),
    Case(
        "08.1-none-word", "实践环节写“无”", "ZJ-2014-04/08.1", "not_met", replace(ORDERLY, plan={"el_practice": "无"})
    ),
    Case("08.2-met", "恰90学时，有实践计划", "ZJ-2014-04/08.2", "met", LONG),
    Case(
        "08.2-missing",
        "恰90学时，无实践计划",
        "ZJ-2014-04/08.2",
        "not_met",
        replace(LONG, plan={"practice_plan": None}),
    ),
    Case("08.3-met", "网络项目有支持说明", "ZJ-2014-04/08.3", "met", ONLINE),
    Case(
        "08.3-missing",
        "网络项目无支持说明",
        "ZJ-2014-04/08.3",
        "not_met",
        replace(ONLINE, plan={"online_support_desc": None}),
    ),
    Case("09.1-met", "重点项目有首席专家", "ZJ-2014-04/09.1", "met", KEY),
    Case("09.1-none", "重点项目无首席专家", "ZJ-2014-04/09.1", "not_met", replace(KEY, team=(Member(), Member()))),
    Case(
        "09.2-exact",
        "10人中3人外地：恰30%",
        "ZJ-2014-04/09.2",
        "met",
        replace(KEY, team=(Member(role="首席专家"), *[Member()] * 2, *[Member(region=SAME_PLACE)] * 7)),
    ),
    Case(
        "09.2-short",
        "10人中2人外地",
        "ZJ-2014-04/09.2",
        "not_met",
        replace(KEY, team=(Member(role="首席专家"), Member(), *[Member(region=SAME_PLACE)] * 8)),
    ),
    Case(
        "09.3-exact",
        "4人中2人一线或教研：恰50%",
        "ZJ-2014-04/09.3",
        "met",
        replace(KEY, team=(Member(role="首席专家"), Member("教研机构"), Member("高校"), Member("高校"))),
    ),
    Case(
        "09.3-short",
        "5人中2人一线或教研",
        "ZJ-2014-04/09.3",
        "not_met",
        replace(KEY, team=(Member(role="首席专家"), Member("教研机构"), *[Member("高校")] * 3)),
    ),
    Case("10.1-sixty", "恰60人", "ZJ-2014-04/10.1", "met", replace(ORDERLY, people=60), "class"),
    Case("10.1-over", "61人", "ZJ-2014-04/10.1", "not_met", replace(ORDERLY, people=61), "class"),
    Case("10.2-forty", "省级重点恰40人", "ZJ-2014-04/10.2", "met", replace(KEY, people=40), "class"),
    Case("10.2-over", "省级重点41人", "ZJ-2014-04/10.2", "not_met", replace(KEY, people=41), "class"),
    Case("10.3-hundred", "100人1名辅导教师", "ZJ-2014-04/10.3", "met", replace(ONLINE, people=100)),
    Case("10.3-over", "101人1名辅导教师", "ZJ-2014-04/10.3", "not_met", replace(ONLINE, people=101)),
    Case(
        "11.1-same-day",
        "论证、评审、发布同一天",
        "ZJ-2014-04/11.1",
        "met",
        _with(ORDERLY, expert_argument_date=date(2020, 1, 20), review_date=date(2020, 1, 20)),
    ),
    Case(
        "11.1-late",
        "发布后才论证",
        "ZJ-2014-04/11.1",
        "not_met",
        _with(ORDERLY, expert_argument_date=date(2020, 1, 21)),
    ),
    Case("11.2-met", "评审通过当日发布", "ZJ-2014-04/11.2", "met", _with(ORDERLY, review_date=date(2020, 1, 20))),
    Case("11.2-refused", "未通过就发布", "ZJ-2014-04/11.2", "not_met", _with(ORDERLY, review_result="不通过")),
    Case("13.1-met", "四天都有日志", "ZJ-2014-04/13.1", "met", ORDERLY, "class"),
    Case("13.1-gap", "四天缺一天日志", "ZJ-2014-04/13.1", "not_met", replace(ORDERLY, logged_days=3), "class"),
    Case(
        "13.2-gap",
        "没有实践环节的日志",
        "ZJ-2014-04/13.2",
        "not_met",
        replace(ORDERLY, logs=("考勤", "课程与教学")),
        "class",
    ),
    Case("13.2-met", "应有类目都有", "ZJ-2014-04/13.2", "met", ORDERLY, "class"),
    Case("14.1-met", "生效当日批准", "ZJ-2014-04/14.1", "met", replace(ORDERLY, adjustment={"approve_date": START})),
    Case(
        "14.1-late",
        "生效后才批准",
        "ZJ-2014-04/14.1",
        "not_met",
        replace(ORDERLY, adjustment={"approve_date": START + timedelta(days=1)}),
    ),
    Case("14.2-met", "生效前告知学员", "ZJ-2014-04/14.2", "met", replace(ORDERLY, adjustment={})),
    Case(
        "14.2-untold",
        "没有告知学员",
        "ZJ-2014-04/14.2",
        "not_met",
        replace(ORDERLY, adjustment={"notify_trainees_date": None}),
    ),
    Case("15.1-met", "一名专职班主任", "ZJ-2014-04/15.1", "met", ORDERLY, "class"),
    Case("15.1-parttime", "班主任兼职", "ZJ-2014-04/15.1", "not_met", replace(ORDERLY, heads=(False,)), "class"),
    Case("15.2-met", "省级重点：班主任加专职管理人员", "ZJ-2014-04/15.2", "met", KEY, "class"),
    Case("15.2-one", "省级重点只有班主任", "ZJ-2014-04/15.2", "not_met", replace(KEY, managers=0), "class"),
    Case(
        "16.1-met", "请假1天，机构批准", "ZJ-2014-04/16.1", "met", replace(ORDERLY, leave={}, absent={0: 1}), "teacher"
    ),
    Case(
        "16.1-none",
        "请假1天，无批准",
        "ZJ-2014-04/16.1",
        "not_met",
        replace(ORDERLY, leave={"institution_approve_date": None}, absent={0: 1}),
        "teacher",
    ),
    Case(
        "16.2-met",
        "请假1.5天，两方批准",
        "ZJ-2014-04/16.2",
        "met",
        replace(ORDERLY, leave={"days": 1.5, "hours": 12.0}, absent={0: 1}),
        "teacher",
    ),
    Case(
        "16.2-other",
        "请假1.5天，外区教育局批的",
        "ZJ-2014-04/16.2",
        "not_met",
        replace(ORDERLY, leave={"days": 1.5, "edu_bureau_code": "330108"}, absent={0: 1}),
        "teacher",
    ),
    Case(
        "16.2-none",
        "请假1.5天，行政部门未批",
        "ZJ-2014-04/16.2",
        "not_met",
        replace(ORDERLY, leave={"days": 1.5, "edu_bureau_approve_date": None}, absent={0: 1}),
        "teacher",
    ),
    Case(
        "16.4-exact",
        "10天缺2天：恰五分之一",
        "ZJ-2014-04/16.4",
        "met",
        replace(LONG, days=10, absent={0: 2}),
        "teacher",
    ),
    Case(
        "16.4-over", "10天缺3天仍结业", "ZJ-2014-04/16.4", "not_met", replace(LONG, days=10, absent={0: 3}), "teacher"
    ),
    Case("16.6-exact", "完成80%", "ZJ-2014-04/16.6", "met", replace(ONLINE, tasks=80.0), "teacher"),
    Case("16.6-short", "完成79.9%仍结业", "ZJ-2014-04/16.6", "not_met", replace(ONLINE, tasks=79.9), "teacher"),
    Case(
        "16.7-met",
        "不予结业，两方都通报",
        "ZJ-2014-04/16.7",
        "met",
        replace(
            ORDERLY,
            enrollment={
                "completion_status": "不予结业",
                "noncompletion_notice_bureau_date": date(2020, 5, 1),
                "noncompletion_notice_school_date": date(2020, 5, 1),
            },
        ),
        "teacher",
    ),
    Case(
        "16.7-one",
        "不予结业，只通报学校",
        "ZJ-2014-04/16.7",
        "not_met",
        replace(
            ORDERLY, enrollment={"completion_status": "不予结业", "noncompletion_notice_school_date": date(2020, 5, 1)}
        ),
        "teacher",
    ),
    Case("16.8-work", "以工作为由准假", "ZJ-2014-04/16.8", "not_met", replace(ORDERLY, leave={"reason_code": "工作"})),
    Case("16.8-ill", "病假", "ZJ-2014-04/16.8", "met", replace(ORDERLY, leave={})),
    # 2020-04-16 is a Thursday; ten working days later, over the May holiday with its made-up Sundays, is 29 April.
    Case(
        "17.1-tenth",
        "第10个工作日评完",
        "ZJ-2014-04/17.1",
        "met",
        replace(ORDERLY, enrollment={"evaluation_date": date(2020, 4, 29)}),
    ),
    Case(
        "17.1-eleventh",
        "第11个工作日才评完",
        "ZJ-2014-04/17.1",
        "not_met",
        replace(ORDERLY, enrollment={"evaluation_date": date(2020, 4, 30)}),
    ),
    Case("18.1-five", "五类档案齐全", "ZJ-2014-04/18.1", "met", replace(ORDERLY, papers=BASIC_PAPERS)),
    Case("18.1-four", "缺工作小结", "ZJ-2014-04/18.1", "not_met", replace(ORDERLY, papers=BASIC_PAPERS[:4])),
    Case("18.2-met", "省级重点三类齐全", "ZJ-2014-04/18.2", "met", KEY),
    Case(
        "18.2-two",
        "省级重点缺一类",
        "ZJ-2014-04/18.2",
        "not_met",
        replace(KEY, papers=(*BASIC_PAPERS, *LONG_PAPERS[:2])),
    ),
    Case("18.3-met", "省级重点已报总结", "ZJ-2014-04/18.3", "met", KEY),
    Case("18.3-none", "省级重点未报总结", "ZJ-2014-04/18.3", "not_met", _with(KEY, summary_submit_date=None)),
    Case(
        "27.2-exact",
        "到课率恰70%：不触发",
        "ZJ-2014-04/27.2",
        "met",
        replace(ORDERLY, days=10, people=1, absent={0: 3}),
    ),
    Case(
        "27.2-under",
        "到课率60%：疑似触发",
        "ZJ-2014-04/27.2",
        "not_met",
        replace(ORDERLY, days=10, people=1, absent={0: 4}),
    ),
    Case(
        "27.3-exact",
        "5天只上4天：恰减五分之一，疑似触发",
        "ZJ-2014-04/27.3",
        "not_met",
        replace(ORDERLY, days=5, held=4),
    ),
    Case("27.3-under", "6天上5天：不到五分之一", "ZJ-2014-04/27.3", "met", replace(ORDERLY, days=6, held=5)),
    Case(
        "27.4-exact",
        "6门换2门的专家：恰三分之一，疑似触发",
        "ZJ-2014-04/27.4",
        "not_met",
        replace(
            ORDERLY,
            team=(*[Member()] * 8,),
            courses=[Course(4, bid_by=n, given_by=n if n > 1 else n + 6) for n in range(6)],
        ),
    ),
    Case(
        "27.4-under",
        "7门换2门的专家：不到三分之一",
        "ZJ-2014-04/27.4",
        "met",
        replace(
            ORDERLY,
            team=(*[Member()] * 9,),
            courses=[Course(4, bid_by=n, given_by=n if n > 1 else n + 7) for n in range(7)],
        ),
    ),
    Case(
        "27.8-over",
        "实收超出公示1元：疑似触发",
        "ZJ-2014-04/27.8",
        "not_met",
        replace(ORDERLY, received={"培训费": 51.0}),
    ),
    Case("27.8-met", "实收等于公示", "ZJ-2014-04/27.8", "met", ORDERLY),
    Case(
        "28.1-found",
        "抽查认定转包：疑似触发",
        "ZJ-2014-04/28.1",
        "not_met",
        replace(ORDERLY, check={"finding_code": "转包"}),
    ),
    Case("28.1-met", "抽查无转包", "ZJ-2014-04/28.1", "met", replace(ORDERLY, check={})),
    Case(
        "28.4-found",
        "抽查发现安全隐患：疑似触发",
        "ZJ-2014-04/28.4",
        "not_met",
        replace(ORDERLY, check={"finding_code": "安全"}),
    ),
    Case("28.4-met", "抽查无安全隐患", "ZJ-2014-04/28.4", "met", replace(ORDERLY, check={})),
    Case(
        "29.2-unapproved",
        "未通过评审就开班：疑似触发",
        "ZJ-2014-04/29.2",
        "not_met",
        _with(ORDERLY, review_result="不通过"),
    ),
    Case("29.2-met", "通过评审后开班", "ZJ-2014-04/29.2", "met", ORDERLY),
    Case("03.1-met", "负责人在编", "ZJ-2019-357/03.1", "met", ORDERLY),
    Case(
        "03.1-hired", "负责人外聘", "ZJ-2019-357/03.1", "not_met", replace(ORDERLY, leader={"employment_type": "外聘"})
    ),
    Case("03.2-met", "面向全省，负责人副高", "ZJ-2019-357/03.2", "met", _with(ORDERLY, scope="全省")),
    Case(
        "03.2-middle",
        "面向全省，负责人中级",
        "ZJ-2019-357/03.2",
        "not_met",
        replace(_with(ORDERLY, scope="全省"), leader={"title_level": "中级"}),
    ),
    Case(
        "03.4-mixed",
        "省级90学分用混合式",
        "ZJ-2019-357/03.4",
        "not_met",
        _with(LONG, level="省级", delivery_mode="混合", credits_planned=90.0, credits_online=20.0),
    ),
    Case("03.4-met", "省级90学分用集中", "ZJ-2019-357/03.4", "met", _with(LONG, level="省级", credits_planned=90.0)),
    Case(
        "03.5-exact",
        "省级100学分线上25：恰四分之一",
        "ZJ-2019-357/03.5",
        "met",
        _with(LONG, level="省级", delivery_mode="混合", credits_planned=100.0, credits_online=25.0),
    ),
    Case(
        "03.5-over",
        "省级100学分线上25.5",
        "ZJ-2019-357/03.5",
        "not_met",
        _with(LONG, level="省级", delivery_mode="混合", credits_planned=100.0, credits_online=25.5),
    ),
    Case(
        "03.6-exact",
        "30学分线上10：恰三分之一",
        "ZJ-2019-357/03.6",
        "met",
        _with(ORDERLY, delivery_mode="混合", credits_planned=30.0, credits_online=10.0),
    ),
    Case(
        "03.6-over",
        "30学分线上10.5",
        "ZJ-2019-357/03.6",
        "not_met",
        _with(ORDERLY, delivery_mode="混合", credits_planned=30.0, credits_online=10.5),
    ),
    Case(
        "03.7-exact",
        "开班前恰5日公布课表",
        "ZJ-2019-357/03.7",
        "met",
        replace(ORDERLY, group={"schedule_publish_date": START - timedelta(days=5)}),
        "class",
    ),
    Case(
        "03.7-late",
        "开班前4日才公布",
        "ZJ-2019-357/03.7",
        "not_met",
        replace(ORDERLY, group={"schedule_publish_date": START - timedelta(days=4)}),
        "class",
    ),
    Case("03.8-met", "三项收费都有", "ZJ-2019-357/03.8", "met", ORDERLY),
    Case(
        "03.8-missing",
        "没有伙食补贴标准",
        "ZJ-2019-357/03.8",
        "not_met",
        replace(ORDERLY, money={item: amount for item, amount in MONEY.items() if item != "伙食补贴"}),
    ),
    Case("03.10-met", "较大调整批准、告知、可退选", "ZJ-2019-357/03.10", "met", replace(ORDERLY, adjustment={})),
    Case(
        "03.10-closed",
        "较大调整不开放退选",
        "ZJ-2019-357/03.10",
        "not_met",
        replace(ORDERLY, adjustment={"withdraw_open": False}),
    ),
    Case("05.1-last", "窗口最后一天申报", "ZJ-2019-357/05.1", "met", _with(ORDERLY, apply_date=date(2020, 1, 7))),
    Case("05.1-late", "窗口次日申报", "ZJ-2019-357/05.1", "not_met", _with(ORDERLY, apply_date=date(2020, 1, 8))),
    Case("05.2-first", "窗口首日审核", "ZJ-2019-357/05.2", "met", _with(ORDERLY, review_date=date(2020, 1, 8))),
    Case("05.2-late", "窗口次日审核", "ZJ-2019-357/05.2", "not_met", _with(ORDERLY, review_date=date(2020, 1, 18))),
    Case("05.3-early", "早一天发布", "ZJ-2019-357/05.3", "not_met", _with(ORDERLY, publish_date=date(2020, 1, 19))),
    Case("05.3-met", "当日发布", "ZJ-2019-357/05.3", "met", ORDERLY),
    Case("06.1-met", "专家信息齐全", "ZJ-2019-357/06.1", "met", ORDERLY),
    Case(
        "06.1-untitled",
        "一名专家无职称",
        "ZJ-2019-357/06.1",
        "not_met",
        replace(ORDERLY, team=(*TEAM, Member(title=None))),
    ),
    Case(
        "05.6-last",
        "首轮最后一天选课",
        "ZJ-2019-357/05.6",
        "met",
        replace(ORDERLY, people=1, enrollment={"select_date": at(date(2020, 2, 14), 23, 59, 59)}),
        "teacher",
    ),
    Case(
        "05.6-late",
        "次日0点才选课",
        "ZJ-2019-357/05.6",
        "not_met",
        replace(ORDERLY, people=1, enrollment={"select_date": at(date(2020, 2, 15), 0, 0, 1)}),
        "teacher",
    ),
    Case(
        "05.9-reversed",
        "学校审核晚于机构复核",
        "ZJ-2019-357/05.9",
        "not_met",
        replace(ORDERLY, people=1, enrollment={"school_review_date": at(date(2020, 2, 26), 9)}),
        "teacher",
    ),
    Case("05.9-met", "三环节依次", "ZJ-2019-357/05.9", "met", replace(ORDERLY, people=1), "teacher"),
    Case(
        "02.1-none",
        "学校没有审核",
        "ZJ-2019-357/02.1",
        "not_met",
        replace(ORDERLY, people=1, enrollment={"school_review_date": None}),
        "teacher",
    ),
    Case("02.1-met", "学校已审核", "ZJ-2019-357/02.1", "met", replace(ORDERLY, people=1), "teacher"),
)

SECOND: Mapping[str, Any] = {
    "round": 2,
    "select_date": at(date(2020, 2, 27), 9),
    "school_review_date": at(date(2020, 3, 2), 9),
    "institution_confirm_date": at(date(2020, 3, 5), 9),
    "notice_date": at(date(2020, 3, 5), 10),
}
FIRST: Mapping[str, Any] = {"round": 1}
WINDOWS = tuple(
    Case(
        f"{clause}-{what}",
        note,
        f"ZJ-2019-357/{clause}",
        verdict,
        replace(ORDERLY, people=1, enrollment={**round_of, column: moment}),
        "teacher",
    )
    for clause, column, round_of, last in (
        ("05.7", "select_date", SECOND, date(2020, 3, 1)),
        ("A3.2", "school_review_date", FIRST, date(2020, 2, 17)),
        ("A3.5", "institution_confirm_date", FIRST, date(2020, 2, 25)),
        ("A3.6", "school_review_date", SECOND, date(2020, 3, 4)),
        ("A3.7", "institution_confirm_date", SECOND, date(2020, 3, 6)),
    )
    for what, note, moment, verdict in (
        ("last", "窗口最后一天", at(last, 23, 59, 59), "met"),
        ("late", "窗口次日", at(last + timedelta(days=1), 0, 0, 1), "not_met"),
    )
) + tuple(
    Case(
        f"{clause}-{what}",
        note,
        f"ZJ-2019-357/{clause}",
        verdict,
        replace(ORDERLY, group={"expansion_apply_date": applied, "expansion_approve_date": approved}),
        "class",
    )
    for clause, what, note, applied, approved, verdict in (
        ("A3.3", "last", "窗口最后一天申请扩班", date(2020, 2, 20), date(2020, 2, 21), "met"),
        ("A3.3", "late", "窗口次日申请扩班", date(2020, 2, 21), date(2020, 2, 22), "not_met"),
        ("A3.4", "last", "窗口最后一天受理扩班", date(2020, 2, 18), date(2020, 2, 23), "met"),
        ("A3.4", "late", "窗口次日受理扩班", date(2020, 2, 18), date(2020, 2, 24), "not_met"),
    )
)


def _by(kind: str, name: str, category: str, hours: float) -> Project:
    return replace(
        ORDERLY,
        institution={"institution_type": kind, "institution_name": name},
        values={"category": category, "hours_planned": hours, "stage": "普高"},
    )


WENZHOU = (
    *(
        Case(
            f"{clause}-{what}",
            f"{category}{hours}学时",
            f"WZ-2012-33/{clause}",
            verdict,
            _by(kind, name, category, hours),
        )
        for clause, kind, name, category, limit in (
            ("T.1", "市级教师培训机构", "样例市教师教育院", "骨干", 120.0),
            ("T.2", "名师工作室", "样例名师工作室", "骨干", 48.0),
            ("T.3", "县级教师培训机构", "样例教师发展中心", "全员", 90.0),
            ("T.4", "非培训机构部门", "样例教研室", "专题", 24.0),
            ("T.5", "非培训机构部门", "样例电教馆", "专题", 18.0),
            ("T.6", "县级教师培训机构", "样例教师发展中心", "新任教师", 180.0),
        )
        for what, hours, verdict in (("exact", limit, "met"), ("short", limit - 0.5, "not_met"))
    ),
    *(
        Case(
            f"{clause}-{what}",
            f"{note}{hours}学时",
            f"WZ-2012-33/{clause}",
            verdict,
            _with(_by(kind, name, "全员", hours), **values),
        )
        for clause, note, kind, name, limit, values in (
            ("T.7", "职高专业培训", "高等学校", "样例职业技术学院", 90.0, {"stage": "中职"}),
            ("T.8", "校本培训", "学校", "样例中学", 24.0, {"is_school_based": True}),
        )
        for what, hours, verdict in (("exact", limit, "met"), ("short", limit - 0.5, "not_met"))
    ),
    Case("05.1-met", "学校签署了意见", "WZ-2012-33/05.1", "met", replace(ORDERLY, people=1), "teacher"),
    Case(
        "05.1-none",
        "学校没有签署意见",
        "WZ-2012-33/05.1",
        "not_met",
        replace(ORDERLY, people=1, enrollment={"school_review_result": None}),
        "teacher",
    ),
    Case("18.1-none", "没有资质", "WZ-2012-33/18.1", "not_met", replace(ORDERLY, is_accredited=False)),
    Case("18.1-met", "有资质", "WZ-2012-33/18.1", "met", ORDERLY),
)

RECOMMENDED = _with(replace(ORDERLY, people=1), level="地市级")
CHONGQING = (
    Case("04.1-ordered", "自荐、初审、区县审核依次", "CQ-2013-24/04.1", "met", RECOMMENDED, "teacher"),
    Case(
        "04.1-reversed",
        "区县审核早于学校初审",
        "CQ-2013-24/04.1",
        "not_met",
        replace(RECOMMENDED, enrollment={"county_review_date": at(date(2020, 2, 8), 9)}),
        "teacher",
    ),
    Case("03.1-exact", "实践课恰50%", "CQ-2013-24/03.1", "met", ORDERLY),
    Case(
        "03.1-short",
        "实践课不到50%",
        "CQ-2013-24/03.1",
        "not_met",
        replace(ORDERLY, courses=(Course(17, topic="专业标准"), Course(16, is_practice=True, bid_by=1, given_by=1))),
    ),
    Case(
        "03.2-exact",
        "5名专家换1名：恰20%",
        "CQ-2013-24/03.2",
        "met",
        replace(ORDERLY, team=(*[Member()] * 6,), courses=[Course(4, bid_by=n, given_by=n or 5) for n in range(5)]),
    ),
    Case(
        "03.2-over",
        "4名专家换1名：25%",
        "CQ-2013-24/03.2",
        "not_met",
        replace(ORDERLY, team=(*[Member()] * 5,), courses=[Course(4, bid_by=n, given_by=n or 4) for n in range(4)]),
    ),
    Case("03.3-three", "恰40学时，三类必修齐全", "CQ-2013-24/03.3", "met", replace(ORDERLY, days=5)),
    Case(
        "03.3-two",
        "恰40学时，缺信息技术",
        "CQ-2013-24/03.3",
        "not_met",
        replace(ORDERLY, days=5, courses=(COURSES[0], COURSES[1], COURSES[3])),
    ),
    Case(
        "03.4-both",
        "恰40学时，有必修也有自选",
        "CQ-2013-24/03.4",
        "met",
        replace(ORDERLY, days=5, courses=(*COURSES[:3], replace(COURSES[3], is_required=False))),
    ),
    Case("03.4-required", "恰40学时，全是必修", "CQ-2013-24/03.4", "not_met", replace(ORDERLY, days=5)),
    Case("13.1-met", "两方都反馈", "CQ-2013-24/13.1", "met", replace(ORDERLY, people=1), "teacher"),
    Case(
        "13.1-one",
        "未反馈行政部门",
        "CQ-2013-24/13.1",
        "not_met",
        replace(ORDERLY, people=1, enrollment={"feedback_bureau_date": None}),
        "teacher",
    ),
    Case("13.2-met", "有训后计划和团队", "CQ-2013-24/13.2", "met", ORDERLY),
    Case("13.2-none", "无训后计划", "CQ-2013-24/13.2", "not_met", _with(ORDERLY, followup_plan=None)),
    Case(
        "14.1-exact",
        "管理费恰5%",
        "CQ-2013-24/14.1",
        "met",
        _with(replace(ORDERLY, money={"培训费": 95.0, "管理费": 5.0}), level="地市级"),
    ),
    Case(
        "14.1-over",
        "管理费5.1%",
        "CQ-2013-24/14.1",
        "not_met",
        _with(replace(ORDERLY, money={"培训费": 94.9, "管理费": 5.1}), level="地市级"),
    ),
    Case(
        "14.2-exact",
        "场地设备费恰10%",
        "CQ-2013-24/14.2",
        "met",
        _with(replace(ORDERLY, money={"培训费": 90.0, "场地费": 6.0, "设备费": 4.0}), level="地市级"),
    ),
    Case(
        "14.2-over",
        "场地设备费10.1%",
        "CQ-2013-24/14.2",
        "not_met",
        _with(replace(ORDERLY, money={"培训费": 89.9, "场地费": 6.0, "设备费": 4.1}), level="地市级"),
    ),
    Case("16.1-exact", "一线教师恰50%（教研员不算）", "CQ-2013-24/16.1", "met", ORDERLY),
    Case(
        "16.1-short",
        "一线教师三分之一",
        "CQ-2013-24/16.1",
        "not_met",
        replace(ORDERLY, team=(Member(), Member("教研机构"), Member("高校"))),
    ),
)

HAINAN = (
    Case("07.3-seven", "七类材料齐全", "HI-2017/07.3", "met", ORDERLY),
    Case(
        "07.3-six",
        "缺成果总结",
        "HI-2017/07.3",
        "not_met",
        replace(ORDERLY, papers=(*BASIC_PAPERS, *[paper for paper in HAINAN_PAPERS if paper != "成果总结"])),
    ),
    Case(
        "06.1-four",
        "非培训机构部门，四类备案材料齐全",
        "HI-2017/06.1",
        "met",
        replace(
            ORDERLY,
            institution={"institution_type": "非培训机构部门"},
            papers=("文件通知", "登分备案申请", "学员信息表", "过程材料"),
        ),
    ),
    Case(
        "06.1-three",
        "非培训机构部门，缺登分备案申请",
        "HI-2017/06.1",
        "not_met",
        replace(
            ORDERLY, institution={"institution_type": "非培训机构部门"}, papers=("文件通知", "学员信息表", "过程材料")
        ),
    ),
)


def plant(plot: Plot, prefix: str, unit: str, cases: Sequence[Case]) -> None:
    """Tells every case in one county unit."""
    plot.case(f"{prefix}-orderly", "样例项目共用的学校")
    school = plot.school(unit)
    for case in cases:
        document = case.clause.split("/")[0].split("-")[1]
        plot.case(f"{prefix}-{document}-{case.what}", case.note)
        told = tell(plot, unit, school, case.it)
        subject, period = {
            "project": (told.project, told.project),
            "class": (told.group, told.group),
            "teacher": (told.teachers[0] if told.teachers else "", told.project),
        }[case.subject]
        plot.expect(case.clause, subject, period, case.verdict)
