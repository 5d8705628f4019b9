"""New teachers, new heads, wrong bookings and the papers of the year.

For each clause one case kept and one broken, on the limit where there is one. Does not belong here: institutions
and the ladder of sanctions (bodies), single projects (provision).
"""

from datetime import date, timedelta
from typing import Any

from data.synthetic.scenarios.plot import Plot, Row, at
from data.synthetic.scenarios.scenery import HOME, SCHOOL

HIRED = date(2018, 9, 1)
SPRING = date(2019, 4, 20)


def zhejiang(plot: Plot) -> None:
    """Induction and qualification under both systems, counties' papers, attendance against registration."""
    for name, note, theory, practice, clause, verdict in (
        ("03.3-exact", "新录用试用期恰180学分", 100, 80, "03.3", "met"),
        ("03.3-short", "新录用试用期179学分", 99, 80, "03.3", "not_met"),
        ("03.4-exact", "其中实践恰80", 100, 80, "03.4", "met"),
        ("03.4-short", "其中实践79", 101, 79, "03.4", "not_met"),
    ):
        plot.case(f"ZJ-71-{name}", note)
        teacher = _beginner(plot, theory, practice)
        plot.expect(f"ZJ-2016-71/{clause}", teacher, 2018, verdict)
    _principals(plot, "ZJ-71", {"04.1": "ZJ-2016-71/04.1", "04.2": "ZJ-2016-71/04.2"})
    _principals(plot, "WZ-2012", {"04.1": "WZ-2012-33/04.13", "04.2": "WZ-2012-33/04.14"})
    for name, note, category, clause, counts, verdict in (
        ("04.12-left-out", "新任教师学时不计入周期", "新任教师", "04.12", False, "met"),
        ("04.12-counted", "新任教师学时计入了周期", "新任教师", "04.12", True, "not_met"),
        ("04.15-left-out", "任职资格学时不计入周期", "任职资格", "04.15", False, "met"),
        ("04.15-counted", "任职资格学时计入了周期", "任职资格", "04.15", True, "not_met"),
    ):
        plot.case(f"WZ-2012-{name}", note)
        teacher = plot.teacher(SCHOOL)
        plot.record(teacher, 40, SPRING, category=category, credits=40.0, counts_to_cycle=counts)
        plot.expect(f"WZ-2012-33/{clause}", teacher, 2019, verdict)
    for name, note, kind, verdict in (
        ("12.1-county", "小学校长资格由县级机构承担", "县级教师培训机构", "met"),
        ("12.1-company", "小学校长资格由社会机构承担", "社会机构", "not_met"),
    ):
        plot.case(f"WZ-2012-{name}", note)
        institution = plot.institution(unit_id=HOME, institution_type=kind)
        project = plot.project(institution, HOME, date(2019, 4, 8), date(2019, 4, 9), category="校长任职资格")
        plot.expect("WZ-2012-33/12.1", project, project, verdict)
    _papers(plot)
    _school_papers(plot)
    _started_late(plot)
    _rectified(plot)


def _beginner(plot: Plot, theory: float, practice: float) -> str:
    teacher = plot.teacher(SCHOOL, hire_date=HIRED, teaching_start=HIRED)
    for hours, is_practice in ((theory, False), (practice, True)):
        plot.record(
            teacher,
            hours,
            SPRING,
            start_date=date(2019, 3, 1),
            category="新任教师",
            credits=float(hours),
            is_practice=is_practice,
            counts_to_cycle=False,
        )
    return teacher


def _principals(plot: Plot, prefix: str, clauses: dict[str, str]) -> None:
    for name, note, together, online, clause, verdict in (
        ("head-hours-exact", "新任校长恰300，其中集中100", 100, 200, "04.1", "met"),
        ("head-hours-short", "新任校长299", 100, 199, "04.1", "not_met"),
        ("head-days-exact", "新任校长集中恰90", 90, 210, "04.2", "met"),
        ("head-days-short", "新任校长集中89", 89, 211, "04.2", "not_met"),
    ):
        plot.case(f"{prefix}-{name}", note)
        teacher = plot.teacher(SCHOOL, post_type="校长")
        plot.row("teacher_role", teacher_id=teacher, role="校长", valid_from=date(2018, 8, 1), valid_to=None)
        for hours, source in ((together, "集中"), (online, "网络")):
            plot.record(
                teacher,
                hours,
                SPRING,
                start_date=date(2019, 3, 1),
                source_type=source,
                category="任职资格",
                credits=float(hours),
                hours_online=float(hours) if source == "网络" else 0.0,
                counts_to_cycle=False,
            )
        plot.expect(clauses[clause], teacher, 2018, verdict)


def _paper(plot: Plot, unit: str, kind: str, submitted: date, **values: Any) -> None:
    plot.row(
        "monitoring_doc",
        **{
            "unit_id": unit,
            "year": 2019,
            "doc_type": kind,
            "submit_date": submitted,
            "publish_date": submitted,
            **values,
        },
    )


def _papers(plot: Plot) -> None:
    reports = ("统计报表", "年度总结")
    good, poor, wenzhou = "台州湾新区", "丽水经济技术开发区", "温州瓯江口产业集聚区"
    for name, note, kinds, zone, submitted, verdict in (
        ("2014-20.1-both", "报表和总结都报送", reports, good, date(2019, 12, 20), "met"),
        ("2014-20.1-one", "只报送报表", reports[:1], poor, date(2019, 12, 20), "not_met"),
        ("2014-24.1-met", "有年度计划", ("年度计划",), good, date(2018, 3, 1), "met"),
        ("2014-24.1-none", "没有年度计划", reports, poor, date(2018, 12, 20), "not_met"),
        ("2014-24.2-last-day", "12月31日报送", reports, good, date(2017, 12, 31), "met"),
        ("2014-24.2-late", "次年1月1日才报送", reports, poor, date(2018, 1, 1), "not_met"),
        ("2012-21.1-met", "有业绩考核", ("业绩考核",), wenzhou, date(2019, 12, 20), "met"),
        ("2012-21.1-none", "没有业绩考核", reports, wenzhou, date(2018, 12, 20), "not_met"),
    ):
        plot.case(f"ZJ-{name}", note)
        unit = plot.zone(zone)
        year = submitted.year - (name == "2014-24.2-late")
        for kind in kinds:
            _paper(plot, unit, kind, submitted, year=year)
        document = "ZJ-2014-04" if name.startswith("2014") else "WZ-2012-33"
        plot.expect(f"{document}/{name.split('-')[1]}", unit, year, verdict)


def _school_papers(plot: Plot) -> None:
    for name, note, kinds, verdict in (
        ("09.1-both", "有五年规划和年度计划", ("5年规划", "年度培训计划"), "met"),
        ("09.1-one", "没有五年规划", ("年度培训计划",), "not_met"),
    ):
        plot.case(f"WZ-2012-{name}", note)
        school = plot.school(HOME)
        for kind in kinds:
            _paper(plot, school, kind, date(2019, 3, 1))
        plot.expect("WZ-2012-33/09.1", school, 2019, verdict)


def _started_late(plot: Plot) -> None:
    for name, note, start, verdict in (
        ("05.4-last", "举办窗口最后一天开班", date(2020, 8, 31), "met"),
        ("05.4-late", "举办窗口次日开班", date(2020, 9, 1), "not_met"),
    ):
        plot.case(f"ZJ-357-{name}", note)
        project = plot.project(plot.institution(), HOME, start, start, batch="2020H1")
        group = plot.add("class", "class_id", "B", project_id=project, start_date=start, end_date=start, status="结束")
        plot.expect("ZJ-2019-357/05.4", group, group, verdict)
    for name, note, moment, verdict in (
        ("05.5-last", "窗口最后一天更新信息", at(date(2020, 1, 15), 23, 59), "met"),
        ("05.5-early", "窗口前一天更新，以后没有再更新", at(date(2019, 12, 25), 9), "not_met"),
    ):
        plot.case(f"ZJ-357-{name}", note)
        teacher = plot.teacher(SCHOOL, last_updated=moment)
        plot.expect("ZJ-2019-357/05.5", teacher, 2021, verdict)


def _rectified(plot: Plot) -> None:
    for name, note, applied, verdict in (
        ("27.0-half", "整改前4项，整改期2项：恰减半", 2, "met"),
        ("27.0-over", "整改前4项，整改期3项", 3, "not_met"),
    ):
        plot.case(f"ZJ-2014-{name}", note)
        institution = plot.institution()
        start = date(2019, 5, 6)
        decision = plot.add(
            "sanction",
            "sanction_id",
            "X",
            institution_id=institution,
            type="限期整改",
            basis_clause="ZJ-2014-04/27.2",
            decision_date=start,
            start=start,
            end=start + timedelta(days=120),
            rectify_due=start + timedelta(days=120),
            recheck_date=start + timedelta(days=130),
            recheck_result="合格",
        )
        for count, asked in ((4, start - timedelta(days=30)), (applied, start + timedelta(days=30))):
            for _ in range(count):
                held = asked + timedelta(days=60)
                plot.project(institution, HOME, held, held, apply_date=asked)
        plot.expect("ZJ-2014-04/27.0", institution, decision, verdict)
    _absent(plot)


def _absent(plot: Plot) -> None:
    """Missed days are taken off what is registered."""
    for name, note, registered, verdict in (
        ("16.3-net", "缺1天，登记扣除后的24学时", 24.0, "met"),
        ("16.3-full", "缺1天仍登记32学时", 32.0, "not_met"),
    ):
        plot.case(f"ZJ-2014-{name}", note)
        teacher = plot.teacher(SCHOOL)
        project = plot.project(plot.institution(), HOME, date(2019, 4, 8), date(2019, 4, 11))
        group = plot.add(
            "class", "class_id", "B", project_id=project, start_date=date(2019, 4, 8), end_date=date(2019, 4, 11)
        )
        enrollment = plot.add(
            "enrollment",
            "enrollment_id",
            "N",
            teacher_id=teacher,
            class_id=group,
            project_id=project,
            checkin_status="已报到",
            completion_status="结业",
        )
        for nth in range(4):
            session = plot.add(
                "schedule", "session_id", "U", class_id=group, date=date(2019, 4, 8 + nth), hours=8.0, held=True
            )
            plot.row(
                "attendance",
                enrollment_id=enrollment,
                session_id=session,
                status="请假" if nth == 0 else "到",
                session_hours=8.0,
            )
        plot.record(teacher, registered, date(2019, 4, 11), project_id=project, enrollment_id=enrollment)
        plot.expect("ZJ-2014-04/16.3", teacher, project, verdict)


def hainan(plot: Plot) -> None:
    """Who registers, in which order, at which level; online hours; mentors and mentees; published checks."""
    plot.case("HI-begin", "样例教师共用的机构")
    home = plot.institution(unit_id=HOME)
    away = plot.institution(unit_id=HOME)
    clerk = plot.add(
        "org_staff",
        "person_id",
        "C",
        org_id=home,
        role="学分管理员",
        permission_level="市县",
        train_pass_date=date(2019, 4, 30),
        valid_from=date(2015, 1, 1),
    )
    ordered: Row = {"province_confirm_date": date(2019, 6, 20), "status": "省已认定"}
    own: Row = {"registrar_id": clerk}
    values: Row
    for name, note, clause, values, verdict in (
        ("04.1-ordered", "申报、审核、认定依次", "04.1", ordered, "met"),
        ("04.1-reversed", "认定早于审核", "04.1", {**ordered, "province_confirm_date": date(2019, 5, 10)}, "not_met"),
        ("04.2-own", "承办机构登分", "04.2", {"registrar_org_id": home}, "met"),
        ("04.2-other", "别的机构登分、没有委托", "04.2", {"registrar_org_id": away}, "not_met"),
        ("05.1-level", "市县级项目由市县机构登分", "05.1", {"registrar_level": "县"}, "met"),
        ("05.1-school", "市县级项目由学校登分", "05.1", {"registrar_level": "校"}, "not_met"),
        ("08.1-same-day", "培训合格当天登分", "08.1", {**own, "register_date": date(2019, 4, 30)}, "met"),
        ("08.1-before", "培训合格前登分", "08.1", {**own, "register_date": date(2019, 4, 29)}, "not_met"),
    ):
        plot.case(f"HI-2017-{name}", note)
        teacher = plot.teacher(SCHOOL)
        project = plot.project(home, HOME, date(2019, 4, 22), date(2019, 4, 26))
        plot.record(
            teacher, 40, date(2019, 4, 26), project_id=project, credits=5.0, start_date=date(2019, 4, 22), **values
        )
        plot.expect(f"HI-2017/{clause}", teacher, 2019, verdict)
    _dispatched(plot, home)
    _published(plot, home)


def _published(plot: Plot, home: str) -> None:
    """Checks whose results are made public."""
    for name, note, year, published, verdict in (
        ("15.1-public", "检查结果已公示", 2018, date(2018, 5, 30), "met"),
        ("15.1-kept", "检查结果未公示", 2019, None, "not_met"),
    ):
        plot.case(f"HI-2017-{name}", note)
        unit = plot.zone("海口国家高新技术产业开发区")
        project = plot.project(home, unit, date(year, 4, 22), date(year, 4, 26))
        plot.check(project, unit, date(year, 4, 24), publicity_date=published)
        plot.expect("HI-2017/15.1", unit, year, verdict)


def _dispatched(plot: Plot, home: str) -> None:
    plot.case("HI-2017-14.3.6-right", "市县派遣跟班，登记为县级")
    teacher = plot.teacher(SCHOOL)
    project = plot.project(
        home,
        HOME,
        date(2019, 5, 6),
        date(2019, 5, 10),
        level="国家级",
        delivery_mode="跟班",
        dispatch_org_level="市县",
    )
    plot.record(teacher, 40, date(2019, 5, 10), project_id=project, source_type="跟班", level="县", credits=5.0)
    plot.expect("HI-2017/14.3.6", teacher, 2019, "met")
    _mentored(plot)


def _mentored(plot: Plot) -> None:
    """Mentor and mentee, and hours online."""
    plot.case("HI-2017-14.6.3-one", "师徒只有师傅登记")
    mentor, mentee = plot.teacher(SCHOOL), plot.teacher(SCHOOL)
    agreement = plot.add(
        "mentorship",
        "agreement_id",
        "M",
        mentor_id=mentor,
        mentee_id=mentee,
        start=date(2019, 3, 1),
        end=date(2019, 9, 1),
        certificate_no="ZS-14.6.3",
    )
    plot.record(mentor, 60, date(2019, 9, 1), source_type="师徒", start_date=date(2019, 3, 1), credits=None)
    plot.expect("HI-2017/14.6.3", mentee, agreement, "not_met")

    for name, note, registered, verdict in (
        ("14.7.1-exact", "网研60学时登6学分", 6.0, "met"),
        ("14.7.1-over", "网研60学时登12学分", 12.0, "not_met"),
    ):
        plot.case(f"HI-2017-{name}", note)
        teacher = plot.teacher(SCHOOL)
        plot.record(
            teacher,
            60,
            date(2019, 9, 1),
            source_type="网络",
            category="网络",
            level="省",
            hours_online=60.0,
            credits=registered,
        )
        plot.expect("HI-2017/14.7.1", teacher, 2019, verdict)


def chongqing(plot: Plot) -> None:
    """Four tiers of training, the order of selection, accredited credits, yearly reviews and results."""
    for name, note, year, levels, verdict in (
        ("01.2-four", "四级都有项目", 2019, ("国家级", "地市级", "县级", "校级"), "met"),
        ("01.2-three", "没有国家级项目", 2018, ("地市级", "县级", "校级"), "not_met"),
    ):
        plot.case(f"CQ-2013-{name}", note)
        unit = plot.zone("重庆高新技术产业开发区")
        institution = plot.institution(unit_id=unit)
        for level in levels:
            plot.project(institution, unit, date(year, 4, 8), date(year, 4, 9), level=level)
        plot.expect("CQ-2013-24/01.2", unit, year, verdict)
    plot.case("CQ-2013-09.2-met", "有管理科室和专职人员")
    plot.add(
        "org_staff", "person_id", "M", org_id=unit, role="相关管理人员", is_fulltime=True, valid_from=date(2015, 1, 1)
    )
    plot.expect("CQ-2013-24/09.2", unit, "2021", "met")
    _accredited(plot)


def _accredited(plot: Plot) -> None:
    """Accredited credits, yearly reviews and published results."""
    for name, note, is_accredited, verdict in (
        ("10.3-accredited", "有资质的机构登记学分", True, "met"),
        ("10.3-none", "没有资质的机构登记学分", False, "not_met"),
    ):
        plot.case(f"CQ-2013-{name}", note)
        institution = plot.institution()
        if is_accredited:
            plot.add(
                "institution_accreditation",
                "accreditation_id",
                "Z",
                institution_id=institution,
                first_valid_from=date(2012, 3, 1),
                valid_from=date(2012, 3, 1),
                valid_to=date(2022, 12, 31),
                status="有效",
            )
        teacher = plot.teacher(SCHOOL)
        project = plot.project(institution, HOME, date(2019, 4, 22), date(2019, 4, 26))
        plot.record(teacher, 40, date(2019, 4, 26), project_id=project, start_date=date(2019, 4, 22), credits=4.0)
        plot.expect("CQ-2013-24/10.3", teacher, 2019, verdict)
    for name, note, result, verdict in (
        ("12.1-reviewed", "当年已审核", "合格", "met"),
        ("12.1-pending", "当年未审", "未审", "not_met"),
    ):
        plot.case(f"CQ-2013-{name}", note)
        teacher = plot.teacher(SCHOOL)
        plot.record(teacher, 40, date(2019, 4, 26), credits=4.0)
        plot.row("annual_review", teacher_id=teacher, year=2019, result=result, review_date=date(2020, 2, 20))
        plot.expect("CQ-2013-24/12.1", teacher, 2019, verdict)
    for name, note, year, kind, verdict in (
        ("18.1-met", "公布了评估结果", 2019, "评估结果公布", "met"),
        ("18.1-none", "没有公布评估结果", 2018, "年度计划", "not_met"),
    ):
        plot.case(f"CQ-2013-{name}", note)
        unit = plot.zone("重庆高新技术产业开发区")
        _paper(plot, unit, kind, date(year, 12, 20), year=year)
        plot.expect("CQ-2013-24/18.1", unit, year, verdict)
