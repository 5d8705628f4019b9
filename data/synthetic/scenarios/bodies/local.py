"""Zhejiang's counties, schools and single people: plans, visits to lessons, leaders, merged lessons, breaches.

Does not belong here: institutions (zhejiang).
"""

from datetime import date, timedelta
from typing import Any

from data.synthetic.scenarios.bodies.acts import BATCH, START, applications
from data.synthetic.scenarios.plot import Plot, at
from data.synthetic.scenarios.scenery import ELSEWHERE, HOME, SCHOOL, person


def plant(plot: Plot) -> None:
    """All cases of counties, schools and people."""
    _school_plans(plot)
    _visits(plot)
    _leaders(plot)
    _merged_lessons(plot)
    _breaches(plot)


def _school_plans(plot: Plot) -> None:
    for name, note, submitted, verdict in (
        ("12.1-last-day", "3月15日当天报送", date(2019, 3, 15), "met"),
        ("12.1-late", "3月16日才报送", date(2019, 3, 16), "not_met"),
    ):
        plot.case(f"ZJ-2014-{name}", note)
        school = plot.school(HOME)
        _plan(plot, school, "2018-2019-2", submitted, submitted + timedelta(days=10))
        plot.expect("ZJ-2014-04/12.1", school, "2018-2019", verdict)
    for name, note, approved, verdict in (
        ("12.2-met", "两学期都已批准", date(2019, 3, 20), "met"),
        ("12.2-open", "一学期未批准", None, "not_met"),
    ):
        plot.case(f"ZJ-2014-{name}", note)
        school = plot.school(HOME)
        _plan(plot, school, "2018-2019-1", date(2018, 9, 10), date(2018, 9, 20))
        _plan(plot, school, "2018-2019-2", date(2019, 3, 10), approved)
        plot.expect("ZJ-2014-04/12.2", school, "2018", verdict)
    for name, note, approver, verdict in (
        ("12.3-own", "由所属教育局批准", HOME, "met"),
        ("12.3-other", "由外区教育局批准", ELSEWHERE, "not_met"),
    ):
        plot.case(f"ZJ-2014-{name}", note)
        school = plot.school(HOME)
        _plan(plot, school, "2018-2019-1", date(2018, 9, 10), date(2018, 9, 20), approver_unit_id=approver)
        plot.expect("ZJ-2014-04/12.3", school, "2018", verdict)


def _plan(plot: Plot, school: str, semester: str, submitted: date, approved: date | None, **values: Any) -> None:
    plot.row(
        "school_based_plan",
        school_id=school,
        semester=semester,
        submit_date=submitted,
        approve_date=approved,
        **{"approver_unit_id": HOME, **values},
    )


def _lessons(plot: Plot, unit: str, year: int, count: int) -> list[str]:
    institution = plot.institution(unit_id=unit)
    project = plot.project(institution, unit, date(year, 4, 1), date(year, 4, count))
    group = plot.add(
        "class",
        "class_id",
        "B",
        project_id=project,
        start_date=date(year, 4, 1),
        end_date=date(year, 4, count),
        class_name="一班",
        status="结束",
    )
    return [
        plot.add(
            "schedule",
            "session_id",
            "U",
            class_id=group,
            date=date(year, 4, day),
            session_start="08:30",
            session_end="16:30",
            venue_id=f"{group}室",
            hours=8.0,
            held=True,
        )
        for day in range(1, count + 1)
    ]


def _visits(plot: Plot) -> None:
    for name, note, role, year, due, done, verdict in (
        ("23.2-two", "分管局长恰听2节", "分管局长", 2019, 2, 2, "met"),
        ("23.2-one", "分管局长只听1节", "分管局长", 2018, 2, 1, "not_met"),
        ("23.2-same", "分管局长同一节听两次：只算一节", "分管局长", 2017, 1, 2, "not_met"),
        ("23.3-four", "管理人员恰听4节", "相关管理人员", 2019, 4, 4, "met"),
        ("23.3-three", "管理人员只听3节", "相关管理人员", 2018, 4, 3, "not_met"),
    ):
        plot.case(f"ZJ-2014-{name}", note)
        unit = plot.zone("衢州绿色产业集聚区")
        visitor = plot.add(
            "org_staff",
            "person_id",
            "V",
            org_id=unit,
            role=role,
            employment_type="在编",
            is_fulltime=True,
            valid_from=date(year, 1, 1),
            valid_to=date(year, 12, 31),
        )
        lessons = _lessons(plot, unit, year, due)
        for nth in range(done):
            plot.add(
                "class_observation",
                "observation_id",
                "H",
                session_id=lessons[nth % due],
                observer_id=visitor,
                observer_role=role,
                unit_id=unit,
                date=date(year, 4, nth % due + 1),
                is_random=True,
            )
        clause = name.split("-")[0]
        plot.expect(f"ZJ-2014-04/{clause}", unit if clause == "23.2" else visitor, year, verdict)


def _leaders(plot: Plot) -> None:
    for name, note, count, verdict in (
        ("03.3-four", "一名负责人恰4个班期", 4, "met"),
        ("03.3-five", "一名负责人5个班期", 5, "not_met"),
    ):
        plot.case(f"ZJ-357-{name}", note)
        institution = plot.institution()
        leader = plot.add(
            "org_staff",
            "person_id",
            "L",
            org_id=institution,
            employment_type="在编",
            title_level="副高",
            role="培训管理者",
            is_fulltime=True,
            valid_from=date(2015, 1, 1),
        )
        for project in applications(plot, institution, HOME, count, leader_id=leader, scope="全县", level="县级"):
            plot.add(
                "class",
                "class_id",
                "B",
                project_id=project,
                start_date=START,
                end_date=START + timedelta(days=1),
                class_name="一班",
                status="结束",
                schedule_publish_date=START - timedelta(days=7),
            )
        plot.expect("ZJ-2019-357/03.3", leader, BATCH, verdict)
    _rounds(plot)


def _rounds(plot: Plot) -> None:
    """Who did not choose in the first round may not take part in the second."""
    plot.case("ZJ-357-05.8-second", "第一轮没有选课却参加第二轮")
    institution = plot.institution()
    project = applications(plot, institution, HOME, 1, scope="全县", level="县级")[0]
    group = plot.add(
        "class",
        "class_id",
        "B",
        project_id=project,
        start_date=START,
        end_date=START + timedelta(days=1),
        class_name="一班",
        status="结束",
        schedule_publish_date=START - timedelta(days=7),
    )
    for rounds, verdict in (((2,), "not_met"), ((1, 2), "met")):
        teacher = plot.teacher(SCHOOL)
        for nth in rounds:
            chosen = date(2020, 2, 7) if nth == 1 else date(2020, 2, 26)
            plot.add(
                "enrollment",
                "enrollment_id",
                "N",
                teacher_id=teacher,
                class_id=group,
                project_id=project,
                school_id_at=SCHOOL,
                batch=BATCH,
                round=nth,
                select_date=at(chosen, 9),
                school_review_date=at(chosen + timedelta(days=4), 9),
                school_review_result="同意",
                institution_confirm_date=at(date(2020, 2, 24) if nth == 1 else date(2020, 3, 5), 9),
                checkin_status="已报到",
                completion_status="退选" if nth == 1 else "结业",
            )
        plot.expect("ZJ-2019-357/05.8", teacher, BATCH, verdict)


def _merged_lessons(plot: Plot) -> None:
    for name, note, approved, verdict in (
        ("14.3-approved", "合班授课有批文", date(2019, 4, 1), "met"),
        ("14.3-unapproved", "合班授课无批文：27.5疑似触发", None, "not_met"),
    ):
        plot.case(f"ZJ-2014-{name}", note)
        institution = plot.institution()
        project = plot.project(institution, HOME, date(2019, 4, 8), date(2019, 4, 9))
        expert = plot.add(
            "expert",
            "expert_id",
            "E",
            name=person(name),
            employer_type="高校",
            work_region_code="110108",
            title="正高",
            employer="师范大学",
            subject="语文",
        )
        for number in (1, 2):
            group = plot.add(
                "class",
                "class_id",
                "B",
                project_id=project,
                project_plan_id=f"{project}-1",
                start_date=date(2019, 4, 8),
                end_date=date(2019, 4, 9),
                class_name=f"{number}班",
                status="结束",
            )
            lesson = {"date": date(2019, 4, 8), "session_start": "08:30", "session_end": "16:30", "hours": 8.0}
            place = {"expert_id": expert, "venue_id": f"{name}礼堂", "held": True}
            permit = {"merge_approval_no": "合班1号" if approved else None, "merge_approve_date": approved}
            plot.add("schedule", "session_id", "U", class_id=group, **lesson, **place, **permit)
            plot.expect("ZJ-2014-04/14.3", group, group, verdict)
        plot.expect("ZJ-2014-04/27.5", project, project, verdict)


def _breaches(plot: Plot) -> None:
    for name, note, completion, hours, verdict in (
        ("16.5-ended", "严重违纪，已终止、不计学时", "终止", None, "met"),
        ("16.5-credited", "严重违纪仍登记16学时", "结业", 16.0, "not_met"),
    ):
        plot.case(f"ZJ-2014-{name}", note)
        institution = plot.institution()
        teacher = plot.teacher(SCHOOL)
        project = plot.project(institution, HOME, date(2019, 4, 8), date(2019, 4, 9))
        group = plot.add(
            "class",
            "class_id",
            "B",
            project_id=project,
            start_date=date(2019, 4, 8),
            end_date=date(2019, 4, 9),
            class_name="一班",
            status="结束",
        )
        enrollment = plot.add(
            "enrollment",
            "enrollment_id",
            "N",
            teacher_id=teacher,
            class_id=group,
            project_id=project,
            checkin_status="已报到",
            completion_status=completion,
            batch="2019H1",
            round=1,
        )
        plot.row("discipline_event", enrollment_id=enrollment, date=date(2019, 4, 8), severity="严重", action="终止")
        if hours is not None:
            plot.record(teacher, hours, date(2019, 4, 9), project_id=project, enrollment_id=enrollment, credits=hours)
        plot.expect("ZJ-2014-04/16.5", teacher, project, verdict)
