"""A complete, orderly project with everything around it: plan, team, class, lessons, trainees, papers, money.

Belongs here: what a project consists of and how it is told. Does not belong here: what cases change (provision).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from data.synthetic.planning import BASIC_PAPERS, ELEMENTS, LONG_PAPERS
from data.synthetic.scenarios.plot import DAY_HOURS, Plot, Row, at
from data.synthetic.scenarios.scenery import HOME, SCHOOL, person

START = date(2020, 4, 13)


WORKING_DAY_HOURS = 8


OUTSIDE = "110108"


EMPLOYERS = {"中小学幼儿园": "实验小学", "教研机构": "教学研究室", "高校": "师范大学"}


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


@dataclass(frozen=True)
class _Run:
    """A project while it is told: its id, who runs it, where, and its first and last day."""

    project: str
    institution: str
    unit: str
    start: date
    end: date


def tell(plot: Plot, unit: str, it: Project) -> Told:
    """Adds the project and everything around it to the current case."""
    institution = plot.institution(unit_id=unit, **it.institution)
    if it.is_accredited:
        plot.add("institution_accreditation", "accreditation_id", "Z", **_accreditation(plot, institution, it))
    leader = plot.add("org_staff", "person_id", "L", **_leader(institution, it))
    run = _applied(plot, unit, institution, leader, it)
    _plan(plot, run.project, it)
    group = _group(plot, run, it)
    sessions = _sessions(plot, group, run.start, it)
    teachers, enrollments = [], []
    for number in range(it.people if it.people < 10 else 0):  # noqa: PLR2004 — large classes are head counts only
        teacher, enrollment = _trainee(plot, run, group, number, it)
        _attended(plot, run, (teacher, enrollment), sessions, (number, it))
        teachers.append(teacher)
        enrollments.append(enrollment)
    _papers(plot, run.project, run.end, it)
    if it.adjustment is not None:
        plot.add("project_adjustment", "adjustment_id", "A", **{**_adjustment(run), **it.adjustment})
    if it.check is not None:
        plot.check(run.project, unit, run.start + timedelta(days=1), **it.check)
    return Told(run.project, institution, group, teachers, enrollments, leader)


def _accreditation(plot: Plot, institution: str, it: Project) -> Row:
    return {
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
    }


def _leader(institution: str, it: Project) -> Row:
    return {
        "org_id": institution,
        "employment_type": "在编",
        "title_level": "副高",
        "role": "培训管理者",
        "is_fulltime": True,
        "valid_from": date(2015, 1, 1),
        **it.leader,
    }


def _applied(plot: Plot, unit: str, institution: str, leader: str, it: Project) -> _Run:
    """Adds the project's own row, applied for and reviewed in the notice's windows."""
    start = it.values.get("start_date", START)
    end = it.values.get("end_date", start + timedelta(days=it.days - 1))
    values: Row = {
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
        **{key: value for key, value in it.values.items() if key not in ("start_date", "end_date")},
    }
    return _Run(plot.project(institution, unit, start, end, **values), institution, unit, start, end)


def _adjustment(run: _Run) -> Row:
    return {
        "project_id": run.project,
        "adjust_type": "课程",
        "is_major": True,
        "apply_date": run.start - timedelta(days=9),
        "approve_date": run.start - timedelta(days=6),
        "effective_date": run.start,
        "withdraw_open": True,
        "notify_trainees_date": run.start - timedelta(days=3),
        "approver_unit_id": run.unit,
    }


def _plan(plot: Plot, project: str, it: Project) -> None:
    experts = [
        plot.add(
            "expert",
            "expert_id",
            "E",
            employer_type=member.employer_type,
            work_region_code=member.region,
            title=member.title,
            name=person(f"{project} {nth}"),
            employer=EMPLOYERS[member.employer_type],
            subject="语文",
            is_frontline_excellent=member.employer_type == "中小学幼儿园",
        )
        for nth, member in enumerate(it.team)
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
            lecturer = course.given_by if version > 1 else course.bid_by
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
                expert_id=experts[lecturer % len(experts)] if experts else None,
            )


def _group(plot: Plot, run: _Run, it: Project) -> str:
    group = plot.add(
        "class",
        "class_id",
        "B",
        **{
            "project_id": run.project,
            "project_plan_id": f"{run.project}-1",
            "class_name": "一班",
            "start_date": run.start,
            "end_date": run.end,
            "schedule_publish_date": run.start - timedelta(days=7),
            "enrolled_count": it.people,
            "checked_in_count": it.people,
            "status": "结束",
            **it.group,
        },
    )
    for number, is_fulltime in enumerate(it.heads, 1):
        plot.row(
            "class_staff",
            class_id=group,
            person_id=f"W-{run.institution}-{number}",
            role="班主任",
            is_fulltime=is_fulltime,
        )
    for number in range(it.managers):
        plot.row(
            "class_staff", class_id=group, person_id=f"W-{run.institution}-m{number}", role="管理人员", is_fulltime=True
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


def _trainee(plot: Plot, run: _Run, group: str, number: int, it: Project) -> tuple[str, str]:
    """A teacher and the registration; the case changes the first trainee's."""
    teacher = plot.teacher(SCHOOL)
    if plot.province == "330000":
        _years(plot, teacher)
    values: Row = {
        "teacher_id": teacher,
        "class_id": group,
        "project_id": run.project,
        "school_id_at": SCHOOL,
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
        "evaluation_date": run.end + timedelta(days=3),
        "evaluation_result": "合格",
        "score": 80.0,
        "certificate_date": run.end,
        "feedback_bureau_date": run.end + timedelta(days=20),
        "feedback_school_date": run.end + timedelta(days=20),
        **(it.enrollment if number == 0 else {}),
    }
    return teacher, plot.add("enrollment", "enrollment_id", "N", **values)


def _attended(plot: Plot, run: _Run, person: tuple[str, str], sessions: list[str], part: tuple[int, Project]) -> None:
    """Marks, registration, leave and online tasks of one trainee (teacher and registration; which one of the case)."""
    (teacher, enrollment), (number, it) = person, part
    missed = it.absent.get(number, 0)
    for nth, session in enumerate(sessions if it.is_recorded else ()):
        plot.row(
            "attendance",
            enrollment_id=enrollment,
            session_id=session,
            method="扫码",
            status="请假" if nth < missed else "到",
            session_hours=float(WORKING_DAY_HOURS),
        )
    completion = it.enrollment.get("completion_status", "结业") if number == 0 else "结业"
    if completion == "结业":
        plot.record(
            teacher,
            float(len(sessions) - missed) * WORKING_DAY_HOURS,
            run.end,
            project_id=run.project,
            enrollment_id=enrollment,
            start_date=run.end,
            credits=float(it.days),
            approved_by="教育行政部门",
        )
    if it.leave is not None and number == 0:
        plot.add("leave", "leave_id", "Q", **{**_leave(enrollment, run.end), **it.leave})
    if it.tasks is not None:
        plot.row(
            "online_progress", enrollment_id=enrollment, tasks_done=it.tasks, tasks_total=100.0, learn_minutes=900.0
        )


def _years(plot: Plot, teacher: str) -> None:
    """The rest of an ordinary cycle, which the case is not about: at school, online, and one long course."""
    for year in range(2016, 2021):
        for source, level, hours, month in (("校本", "校", 24.0, 6), ("网络", "省", 30.0, 10)):
            online = hours if source == "网络" else 0.0
            own: Row = {"source_type": source, "category": source, "level": level, "hours_online": online}
            plot.record(teacher, hours, date(year, month, 20), credits=hours, **own)
    plot.record(teacher, 90, date(2018, 7, 14), start_date=date(2018, 7, 3), credits=90.0)


def _leave(enrollment: str, day: date) -> Row:
    return {
        "enrollment_id": enrollment,
        "days": 1.0,
        "hours": 8.0,
        "reason_code": "病",
        "institution_approve_date": day,
        "edu_bureau_approve_date": day,
        "edu_bureau_code": HOME,
    }


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
