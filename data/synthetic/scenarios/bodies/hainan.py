"""Hainan's clerks, yearly summaries, published checks and wrong registrations.

Does not belong here: the arithmetic of credits (scenarios.hainan).
"""

from datetime import date

from data.synthetic.scenarios.bodies import sentences
from data.synthetic.scenarios.plot import Plot
from data.synthetic.scenarios.scenery import HOME, SCHOOL


def hainan(plot: Plot) -> None:
    """Credit clerks, yearly summaries, published checks, makeup courses."""
    for name, note, clerks, verdict in (
        ("03.1-one", "学校有学分管理员", 1, "met"),
        ("03.1-none", "学校无学分管理员", 0, "not_met"),
    ):
        plot.case(f"HI-2017-{name}", note)
        school = plot.school(HOME)
        for _ in range(clerks):
            plot.add(
                "org_staff",
                "person_id",
                "C",
                org_id=school,
                role="学分管理员",
                employment_type="在编",
                train_pass_date=date(2015, 3, 1),
                valid_from=date(2015, 1, 1),
            )
        plot.expect("HI-2017/03.1", school, "2021", verdict)
    for name, note, year, fed_back, verdict in (
        ("12.1-last-day", "次年12月31日反馈", 2019, date(2020, 12, 31), "met"),
        ("12.1-late", "到次年年底还没有反馈", 2018, None, "not_met"),
    ):
        plot.case(f"HI-2017-{name}", note)
        unit = plot.zone("海口国家高新技术产业开发区")
        plot.row(
            "monitoring_doc",
            unit_id=unit,
            year=year,
            doc_type="学分年度汇总",
            submit_date=date(year + 1, 2, 1),
            publish_date=date(year + 1, 2, 10),
            feedback_date=fed_back,
        )
        plot.expect("HI-2017/12.1", unit, year, verdict)
    _made_up(plot)
    _wrongly_registered(plot)
    _exams(plot)
    sentences.plant(plot)


def _made_up(plot: Plot) -> None:
    """Makeup courses."""
    for name, note, level, verdict in (
        ("09.6-county", "补修市县级项目", "县", "met"),
        ("09.6-school", "补修校级活动：不得作补修", "校", "not_met"),
    ):
        plot.case(f"HI-2017-{name}", note)
        teacher = plot.teacher(SCHOOL)
        plot.record(
            teacher,
            24,
            date(2019, 5, 8),
            level=level,
            credits=3.0,
            is_makeup=True,
            makeup_for_year=2018,
            source_type="集中" if level == "县" else "校本",
        )
        plot.expect("HI-2017/09.6", teacher, 2018 if level == "县" else 2019, verdict)


def _wrongly_registered(plot: Plot) -> None:
    institution = plot.institution(unit_id=HOME)
    for name, note, clause, hours, registered, verdict in (
        ("14.3.3-exact", "半天4学时登0.8学分", "14.3.3", 4.0, 0.8, "met"),
        ("14.3.3-rounded", "半天4学时登0.85学分：差恰0.05，视为一致", "14.3.3", 4.0, 0.85, "met"),
        ("14.3.3-over", "半天4学时登1学分", "14.3.3", 4.0, 1.0, "not_met"),
        ("14.3.4-capped", "7学时登1学分：恰单天学分", "14.3.4", 7.0, 1.0, "met"),
        ("14.3.4-over", "7学时登1.4学分：超过单天学分", "14.3.4", 7.0, 1.4, "not_met"),
        ("14.3.1-days", "3天登3学分", "14.3.1", 24.0, 3.0, "met"),
        ("14.3.1-over", "3天登4.5学分：按省级率多登", "14.3.1", 24.0, 4.5, "not_met"),
    ):
        plot.case(f"HI-2017-{name}", note)
        teacher = plot.teacher(SCHOOL)
        days = max(int(hours // 8), 1)
        project = plot.project(
            institution, HOME, date(2018, 7, 2), date(2018, 7, 1 + days), hours_planned=hours, days=hours / 8
        )
        plot.record(
            teacher, hours, date(2018, 7, 1 + days), start_date=date(2018, 7, 2), project_id=project, credits=registered
        )
        plot.expect(f"HI-2017/{clause}", teacher, 2018, verdict)
    _booked(plot)


def _booked(plot: Plot) -> None:
    """The year of a project across years, and hours of degree courses."""
    institution = plot.institution(unit_id=HOME)
    for name, note, year, verdict in (
        ("14.1-met", "跨年项目按取证之年登记", 2018, "met"),
        ("14.1-start", "跨年项目按开班之年登记", 2017, "not_met"),
    ):
        plot.case(f"HI-2017-{name}", note)
        teacher = plot.teacher(SCHOOL)
        project = plot.project(institution, HOME, date(2017, 11, 20), date(2018, 1, 30), hours_planned=24.0, days=3.0)
        plot.record(
            teacher,
            24,
            date(2018, 1, 30),
            start_date=date(2017, 11, 20),
            project_id=project,
            credits=3.0,
            credit_year=year,
        )
        plot.expect("HI-2017/14.1", teacher, 2018, verdict)

    for name, note, hours, verdict in (
        ("14.2-exact", "登记恰等于合格课程的面授学时", 40.0, "met"),
        ("14.2-over", "登记多于面授学时", 41.0, "not_met"),
    ):
        plot.case(f"HI-2017-{name}", note)
        teacher = plot.teacher(SCHOOL)
        plot.row(
            "degree_study",
            teacher_id=teacher,
            year=2018,
            course="教育学",
            face_hours=40.0,
            passed=True,
            provider="师范大学",
            audit_date=date(2018, 12, 10),
        )
        plot.record(teacher, hours, date(2018, 12, 1), source_type="学历", level="市", credits=None)
        plot.expect("HI-2017/14.2", teacher, 2018, verdict)


def _exams(plot: Plot) -> None:
    """Examinations, by length and organiser."""
    for name, note, clause, organiser, level, hours, verdict in (
        ("14.4.1-exact", "135分钟登3学时", "14.4.1", "教育行政", "县", 3.0, "met"),
        ("14.4.1-rounded", "135分钟登4学时：不足一学时不折", "14.4.1", "教育行政", "县", 4.0, "not_met"),
        ("14.4.2-school", "社会机构组织的考试按校级登", "14.4.2", "其他", "校", 3.0, "met"),
        ("14.4.2-county", "社会机构组织的考试按县级登", "14.4.2", "其他", "县", 3.0, "not_met"),
    ):
        plot.case(f"HI-2017-{name}", note)
        teacher = plot.teacher(SCHOOL)
        exam = plot.add(
            "exam",
            "exam_id",
            "Y",
            teacher_id=teacher,
            organizer_type=organiser,
            level="校" if level == "校" else "市县",
            duration_min=135.0,
            result="合格",
        )
        plot.record(teacher, hours, date(2018, 5, 12), source_type="考试", level=level, credits=0.6)
        plot.expect(f"HI-2017/{clause}", teacher, exam, verdict)
    _lectures(plot)


def _lectures(plot: Plot) -> None:
    """Open lessons, by their level."""
    for name, note, registered, verdict in (
        ("14.5.1-exact", "市县级2课时登4学分", 4.0, "met"),
        ("14.5.1-over", "市县级2课时按省级登6学分", 6.0, "not_met"),
    ):
        plot.case(f"HI-2017-{name}", note)
        teacher = plot.teacher(SCHOOL)
        activity = plot.add(
            "lecture",
            "activity_id",
            "J",
            teacher_id=teacher,
            activity_type="公开课",
            level="市县",
            periods=2.0,
            organizer_type="教育行政",
        )
        plot.record(teacher, 2, date(2018, 5, 12), source_type="主讲", level="县", credits=registered)
        plot.expect("HI-2017/14.5.1", teacher, activity, verdict)
