"""Institutions, counties, schools and single people: what they must keep, submit, spend, and what follows if not.

For each clause one case kept, one broken and, where it has a figure, one exactly on it. Does not belong here:
single projects (provision), credits (hainan), spot checks and satisfaction (zhejiang).
"""

from datetime import date, timedelta
from typing import Any

from data.synthetic.scenarios.plot import Plot, Row, at

BATCH = "2020H1"
START = date(2020, 4, 13)
HANGZHOU = "330106"


def _accredited(plot: Plot, institution: str, since: date = date(2012, 3, 1), **values: Any) -> None:
    plot.add(
        "institution_accreditation",
        "accreditation_id",
        "Z",
        **{
            "institution_id": institution,
            "authority_code": plot.province,
            "authority_level": "省",
            "first_valid_from": since,
            "valid_from": since,
            "valid_to": date(2022, 12, 31),
            "subjects": "语文",
            "stages": "小学",
            "categories": "专题",
            "levels": "省级",
            "status": "有效",
            **values,
        },
    )


def _applications(plot: Plot, institution: str, unit: str, count: int, **values: Any) -> list[str]:
    return [
        plot.project(
            institution,
            unit,
            START,
            START + timedelta(days=1),
            **{
                "batch": BATCH,
                "scope": "全省",
                "level": "省级",
                "apply_date": date(2020, 1, 2),
                "expert_argument_date": date(2020, 1, 3),
                "review_date": date(2020, 1, 10),
                "publish_date": date(2020, 1, 20),
                "review_result": "通过",
                **values,
            },
        )
        for _ in range(count)
    ]


def zhejiang(plot: Plot) -> None:
    """Quotas, accreditation, the ladder of sanctions, plans of schools, visits of managers."""
    _quotas(plot)
    _accreditations(plot)
    _ladder(plot)
    _complaints(plot)
    _school_plans(plot)
    _visits(plot)
    _leaders(plot)
    _merged_lessons(plot)
    _breaches(plot)
    _decided(plot)


def _quotas(plot: Plot) -> None:
    sort: Row
    values: Row
    remote: Row = {"delivery_mode": "网络", "hours_online": 16.0, "is_full_release": False}
    new = date(2019, 6, 1)
    for name, note, clause, count, verdict, sort, since, values in (
        ("04.2-fifty", "其他高校恰50项", "04.2", 50, "met", {"institution_type": "高等学校"}, None, {}),
        ("04.2-over", "其他高校51项", "04.2", 51, "not_met", {"institution_type": "高等学校"}, None, {}),
        ("04.3-exact", "远程机构恰35项", "04.3", 35, "met", {"is_remote_provider": True}, None, remote),
        ("04.3-over", "远程机构36项", "04.3", 36, "not_met", {"is_remote_provider": True}, None, remote),
        ("04.4-exact", "资质不满一年恰8项", "04.4", 8, "met", {}, new, {}),
        ("04.4-over", "资质不满一年9项", "04.4", 9, "not_met", {}, new, {}),
        ("04.4-year", "资质恰满一年9项：不受8项限制", "04.2", 9, "met", {}, date(2018, 12, 26), {}),
    ):
        plot.case(f"ZJ-357-{name}", note)
        made = plot.institution(authority_level="省", unit_id="330000", **sort)
        _accredited(plot, made, since or date(2012, 3, 1))
        _applications(plot, made, HANGZHOU, count, **values)
        plot.expect(f"ZJ-2019-357/{clause}", made, BATCH, verdict)

    for name, note, count, verdict in (
        ("04.5-exact", "限额4项恰报4项", 4, "met"),
        ("04.5-over", "限额4项报5项", 5, "not_met"),
    ):
        plot.case(f"ZJ-357-{name}", note)
        unit = plot.unit(f"X3399{count + 10}", f"样例限额区{count}", parent="330100")
        institution = plot.institution(unit_id=unit)
        _accredited(plot, institution)
        plot.row("quota", scope_id=unit, batch=BATCH, max_projects=4, clause_id="ZJ-2019-357/04.5")
        _applications(plot, institution, unit, count, scope="全县", level="县级")
        plot.expect("ZJ-2019-357/04.5", unit, BATCH, verdict)


def _accreditations(plot: Plot) -> None:
    values: Row
    scope: Row
    for name, note, clause, verdict, values, scope in (
        ("04.2-four", "资质四要素齐全", "04.2", "met", {}, {}),
        ("04.2-three", "资质未写学段", "04.2", "not_met", {}, {"stages": None}),
        ("04.3-met", "定期评估合格", "04.3", "met", {}, {"eval_date": date(2020, 6, 1), "eval_result": "合格"}),
        (
            "04.3-failed",
            "定期评估不合格",
            "04.3",
            "not_met",
            {},
            {"eval_date": date(2020, 6, 1), "eval_result": "不合格"},
        ),
    ):
        plot.case(f"ZJ-2014-{name}", note)
        institution = plot.institution(**values)
        _accredited(plot, institution, date(2019, 3, 1), **scope)
        plot.expect(f"ZJ-2014-04/{clause}", institution, "2019", verdict)
    for name, note, clause, verdict, values in (
        ("05.1-met", "高校有培训管理部门", "05.1", "met", {"institution_type": "高等学校"}),
        (
            "05.1-none",
            "高校无培训管理部门",
            "05.1",
            "not_met",
            {"institution_type": "高等学校", "mgmt_dept_name": None},
        ),
        (
            "05.2-met",
            "高校培训校级统一管理",
            "05.2",
            "met",
            {"institution_type": "高等学校", "school_level_unified": True},
        ),
        (
            "05.2-none",
            "高校培训各院系自办",
            "05.2",
            "not_met",
            {"institution_type": "高等学校", "school_level_unified": False},
        ),
        ("21.1-met", "质量部门、责任人、制度都有", "21.1", "met", {}),
        ("21.1-none", "无质量责任人", "21.1", "not_met", {"quality_owner": None}),
    ):
        plot.case(f"ZJ-2014-{name}", note)
        plot.expect(f"ZJ-2014-04/{clause}", plot.institution(**values), "2021", verdict)


def _decision(plot: Plot, institution: str, when: date, kind: str, basis: str, **values: Any) -> str:
    return plot.add(
        "sanction",
        "sanction_id",
        "X",
        **{
            "institution_id": institution,
            "type": kind,
            "basis_clause": basis,
            "decision_date": when,
            "start": when,
            "end": when + timedelta(days=365),
            "rectify_due": when + timedelta(days=90),
            "recheck_date": when + timedelta(days=365),
            "recheck_result": "合格",
            **values,
        },
    )


def _ladder(plot: Plot) -> None:
    suspension = "暂停申报"
    for name, note, applied, verdict in (
        ("28.0-none", "暂停期内没有申报", date(2018, 1, 2), "met"),
        ("28.0-applied", "暂停期内仍申报", date(2019, 8, 1), "not_met"),
    ):
        plot.case(f"ZJ-2014-{name}", note)
        institution = plot.institution()
        decision = _decision(plot, institution, date(2019, 5, 6), suspension, "ZJ-2014-04/28.3")
        start = applied + timedelta(days=60)
        plot.project(institution, HANGZHOU, start, start + timedelta(days=1), apply_date=applied)
        plot.expect("ZJ-2014-04/28.0", institution, decision, verdict)

    for name, note, result, verdict in (
        ("29.6-passed", "暂停一年后验收合格", "合格", "met"),
        ("29.6-failed", "暂停一年后验收仍不合格：疑似触发取消资质", "不合格", "not_met"),
    ):
        plot.case(f"ZJ-2014-{name}", note)
        institution = plot.institution()
        decision = _decision(
            plot,
            institution,
            date(2019, 5, 6),
            suspension,
            "ZJ-2014-04/28.3",
            recheck_date=date(2020, 5, 7),
            recheck_result=result,
        )
        plot.expect("ZJ-2014-04/29.6", institution, decision, verdict)

    plot.case("ZJ-2014-28.5-second", "第二次出现第二十七条情形：疑似触发")
    institution = plot.institution()
    first = _decision(plot, institution, date(2018, 5, 7), "限期整改", "ZJ-2014-04/27.6")
    second = _decision(plot, institution, date(2019, 5, 6), "限期整改", "ZJ-2014-04/27.2")
    plot.expect("ZJ-2014-04/28.5", institution, first, "met")
    plot.expect("ZJ-2014-04/28.5", institution, second, "not_met")


def _complaints(plot: Plot) -> None:
    values: Row
    changed: Row
    for name, note, second, values, verdict in (
        ("27.7-twice", "一年内两次属实群体投诉：疑似触发", date(2019, 9, 2), {}, "not_met"),
        ("27.7-unproven", "两次投诉只有一次属实", date(2019, 9, 2), {"verified": "不属实"}, "met"),
        ("27.7-single", "两次投诉只有一次是群体", date(2019, 9, 2), {"is_group": False}, "met"),
        ("27.7-apart", "两次投诉相隔超过一年", date(2020, 5, 8), {}, "met"),
    ):
        plot.case(f"ZJ-2014-{name}", note)
        institution = plot.institution()
        project = plot.project(institution, HANGZHOU, date(2019, 4, 1), date(2019, 4, 3))
        for when, changed in ((date(2019, 5, 6), {}), (second, values)):
            plot.add(
                "complaint",
                "complaint_id",
                "T",
                **{
                    "institution_id": institution,
                    "project_id": project,
                    "date": when,
                    "complaint_type": "管理",
                    "is_group": True,
                    "people": 12,
                    "verified": "属实",
                    "verified_date": when + timedelta(days=20),
                    **changed,
                },
            )
        plot.expect("ZJ-2014-04/27.7", institution, second.year, verdict)


def _school_plans(plot: Plot) -> None:
    for name, note, submitted, verdict in (
        ("12.1-last-day", "3月15日当天报送", date(2019, 3, 15), "met"),
        ("12.1-late", "3月16日才报送", date(2019, 3, 16), "not_met"),
    ):
        plot.case(f"ZJ-2014-{name}", note)
        school = plot.school(HANGZHOU)
        _plan(plot, school, "2018-2019-2", submitted, submitted + timedelta(days=10))
        plot.expect("ZJ-2014-04/12.1", school, "2018-2019", verdict)
    for name, note, approved, verdict in (
        ("12.2-met", "两学期都已批准", date(2019, 3, 20), "met"),
        ("12.2-open", "一学期未批准", None, "not_met"),
    ):
        plot.case(f"ZJ-2014-{name}", note)
        school = plot.school(HANGZHOU)
        _plan(plot, school, "2018-2019-1", date(2018, 9, 10), date(2018, 9, 20))
        _plan(plot, school, "2018-2019-2", date(2019, 3, 10), approved)
        plot.expect("ZJ-2014-04/12.2", school, "2018", verdict)
    for name, note, approver, verdict in (
        ("12.3-own", "由所属教育局批准", HANGZHOU, "met"),
        ("12.3-other", "由外区教育局批准", "330108", "not_met"),
    ):
        plot.case(f"ZJ-2014-{name}", note)
        school = plot.school(HANGZHOU)
        _plan(plot, school, "2018-2019-1", date(2018, 9, 10), date(2018, 9, 20), approver)
        plot.expect("ZJ-2014-04/12.3", school, "2018", verdict)


def _plan(
    plot: Plot, school: str, semester: str, submitted: date, approved: date | None, approver: str = HANGZHOU
) -> None:
    plot.row(
        "school_based_plan",
        school_id=school,
        semester=semester,
        submit_date=submitted,
        approve_date=approved,
        approver_unit_id=approver,
    )


def _lessons(plot: Plot, unit: str, count: int) -> list[str]:
    institution = plot.institution(unit_id=unit)
    project = plot.project(institution, unit, date(2019, 4, 1), date(2019, 4, count))
    group = plot.add(
        "class",
        "class_id",
        "B",
        project_id=project,
        start_date=date(2019, 4, 1),
        end_date=date(2019, 4, count),
        class_name="样例班",
        status="结束",
    )
    return [
        plot.add(
            "schedule",
            "session_id",
            "U",
            class_id=group,
            date=date(2019, 4, day),
            session_start="08:30",
            session_end="16:30",
            venue_id=f"{group}室",
            hours=8.0,
            held=True,
        )
        for day in range(1, count + 1)
    ]


def _visits(plot: Plot) -> None:
    for name, note, role, clause, due, done, verdict in (
        ("23.2-two", "分管局长恰听2节", "分管局长", "23.2", 2, 2, "met"),
        ("23.2-one", "分管局长只听1节", "分管局长", "23.2", 2, 1, "not_met"),
        ("23.2-same", "分管局长同一节听两次：只算一节", "分管局长", "23.2", 1, 2, "not_met"),
        ("23.3-four", "管理人员恰听4节", "相关管理人员", "23.3", 4, 4, "met"),
        ("23.3-three", "管理人员只听3节", "相关管理人员", "23.3", 4, 3, "not_met"),
    ):
        plot.case(f"ZJ-2014-{name}", note)
        number = len(plot.scenarios)
        unit = plot.unit(f"X338{number:03d}", f"样例听课区{number}", parent="330100")
        person = plot.add(
            "org_staff",
            "person_id",
            "V",
            org_id=unit,
            role=role,
            employment_type="在编",
            is_fulltime=True,
            valid_from=date(2015, 1, 1),
        )
        lessons = _lessons(plot, unit, due)
        for nth in range(done):
            plot.add(
                "class_observation",
                "observation_id",
                "H",
                session_id=lessons[nth % due],
                observer_id=person,
                observer_role=role,
                unit_id=unit,
                date=date(2019, 4, nth % due + 1),
                is_random=True,
            )
        plot.expect(f"ZJ-2014-04/{clause}", unit if clause == "23.2" else person, 2019, verdict)


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
        for project in _applications(plot, institution, HANGZHOU, count, leader_id=leader, scope="全县", level="县级"):
            plot.add(
                "class",
                "class_id",
                "B",
                project_id=project,
                start_date=START,
                end_date=START + timedelta(days=1),
                class_name="样例班",
                status="结束",
                schedule_publish_date=START - timedelta(days=7),
            )
        plot.expect("ZJ-2019-357/03.3", leader, BATCH, verdict)

    plot.case("ZJ-357-05.8-second", "第一轮没有选课却参加第二轮")
    institution = plot.institution()
    school = plot.school(HANGZHOU)
    project = _applications(plot, institution, HANGZHOU, 1, scope="全县", level="县级")[0]
    group = plot.add(
        "class",
        "class_id",
        "B",
        project_id=project,
        start_date=START,
        end_date=START + timedelta(days=1),
        class_name="样例班",
        status="结束",
        schedule_publish_date=START - timedelta(days=7),
    )
    for rounds, verdict in (((2,), "not_met"), ((1, 2), "met")):
        teacher = plot.teacher(school)
        for nth in rounds:
            chosen = date(2020, 2, 7) if nth == 1 else date(2020, 2, 26)
            plot.add(
                "enrollment",
                "enrollment_id",
                "N",
                teacher_id=teacher,
                class_id=group,
                project_id=project,
                school_id_at=school,
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
        project = plot.project(institution, HANGZHOU, date(2019, 4, 8), date(2019, 4, 9))
        expert = plot.add(
            "expert",
            "expert_id",
            "E",
            name="样例专家",
            employer_type="高校",
            work_region_code="110108",
            title="正高",
            employer="样例大学",
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
                class_name=f"样例{number}班",
                status="结束",
            )
            plot.add(
                "schedule",
                "session_id",
                "U",
                class_id=group,
                date=date(2019, 4, 8),
                session_start="08:30",
                session_end="16:30",
                expert_id=expert,
                venue_id=f"{name}礼堂",
                hours=8.0,
                held=True,
                merge_approval_no="合班1号" if approved else None,
                merge_approve_date=approved,
            )
            plot.expect("ZJ-2014-04/14.3", group, group, verdict)
        plot.expect("ZJ-2014-04/27.5", project, project, verdict)


def _breaches(plot: Plot) -> None:
    for name, note, completion, hours, verdict in (
        ("16.5-ended", "严重违纪，已终止、不计学时", "终止", None, "met"),
        ("16.5-credited", "严重违纪仍登记16学时", "结业", 16.0, "not_met"),
    ):
        plot.case(f"ZJ-2014-{name}", note)
        institution = plot.institution()
        teacher = plot.teacher(plot.school(HANGZHOU))
        project = plot.project(institution, HANGZHOU, date(2019, 4, 8), date(2019, 4, 9))
        group = plot.add(
            "class",
            "class_id",
            "B",
            project_id=project,
            start_date=date(2019, 4, 8),
            end_date=date(2019, 4, 9),
            class_name="样例班",
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


def _decided(plot: Plot) -> None:
    for name, note, basis, verdict in (
        ("26.1-decided", "满意率65%触发，已有限期整改决定", "ZJ-2014-04/27.6", "met"),
        ("26.1-undecided", "满意率65%触发，没有处理决定", None, "not_met"),
    ):
        plot.case(f"ZJ-2014-{name}", note)
        institution = plot.institution()
        project = plot.project(institution, HANGZHOU, date(2019, 4, 8), date(2019, 4, 9), review_result="通过")
        plot.survey(project, date(2019, 4, 20), {"满意": 65, "不满意": 35})
        if basis is not None:
            _decision(plot, institution, date(2019, 6, 3), "限期整改", basis)
        plot.expect("ZJ-2014-04/26.1", institution, 2019, verdict)

    for name, note, university, count, verdict in (
        ("04.1-eighty", "浙江师范大学恰80项", "JG33000001", 80, "met"),
        ("04.1-over", "杭州师范大学81项", "JG33000002", 81, "not_met"),
    ):
        plot.case(f"ZJ-357-{name}", note)
        _applications(plot, university, HANGZHOU, count)
        plot.expect("ZJ-2019-357/04.1", university, BATCH, verdict)


def wenzhou(plot: Plot) -> None:
    """Money of the year, plans of schools, and the special hours of backbone teachers, class heads, heads."""
    unit = "330302"
    for name, note, clause, values, verdict in (
        ("20.1-exact", "培训经费恰占工资总额3%", "20.1", {"training_budget": 30.0}, "met"),
        ("20.1-short", "培训经费占2.99%", "20.1", {"training_budget": 29.9}, "not_met"),
        ("20.2-exact", "恰70%下拨学校", "20.2", {"training_budget": 40.0, "allocated_to_schools": 28.0}, "met"),
        ("20.2-short", "69.9%下拨学校", "20.2", {"training_budget": 40.0, "allocated_to_schools": 27.96}, "not_met"),
    ):
        plot.case(f"WZ-2012-{name}", note)
        number = len(plot.scenarios)
        county = plot.unit(f"X337{number:03d}", f"样例经费区{number}", parent="330300")
        money = {"payroll_total": 1000.0, "training_budget": 30.0, "allocated_to_schools": 21.0, **values}
        plot.row("finance_year", org_id=county, year=2019, disclosure_date=date(2020, 3, 1), **money)
        plot.expect(f"WZ-2012-33/{clause}", county, 2019, verdict)
    for name, note, second, verdict in (
        ("20.5-alike", "四校人均下拨相同", 1000.0, "met"),
        ("20.5-apart", "一校人均下拨多500元", 1500.0, "not_met"),
    ):
        plot.case(f"WZ-2012-{name}", note)
        number = len(plot.scenarios)
        county = plot.unit(f"X336{number:03d}", f"样例下拨区{number}", parent="330300")
        for amount in (1000.0, 1000.0, 1000.0, second):
            school = plot.school(county)
            plot.teacher(school)
            plot.row("finance_year", org_id=school, year=2020, allocated_to_schools=amount)
        plot.expect("WZ-2012-33/20.5", county, 2020, verdict)
    for name, note, spend, disclosed, clause, verdict in (
        ("20.3-exact", "学校培训支出恰占公用经费10%", 10.0, date(2020, 3, 1), "20.3", "met"),
        ("20.3-short", "学校培训支出占9.9%", 9.9, date(2020, 3, 1), "20.3", "not_met"),
        ("20.4-hidden", "当年未公布", 10.0, None, "20.4", "not_met"),
        ("20.4-met", "已公布", 10.0, date(2020, 3, 1), "20.4", "met"),
    ):
        plot.case(f"WZ-2012-{name}", note)
        school = plot.school(unit)
        plot.row(
            "finance_year",
            org_id=school,
            year=2019,
            public_fund_total=100.0,
            training_spend=spend,
            disclosure_date=disclosed,
        )
        plot.expect(f"WZ-2012-33/{clause}", school, 2019, verdict)
    _special_hours(plot, unit)
    _registered(plot, unit)
    _revoked(plot)


def _registered(plot: Plot, unit: str) -> None:
    school = plot.school(unit)
    for name, note, clause, hours, registrar, verdict in (
        ("04.4-eight", "4天登记32学时：恰每天8", "04.4", 32.0, unit, "met"),
        ("04.4-over", "4天登记32.5学时", "04.4", 32.5, unit, "not_met"),
        ("04.17-local", "本县机构承办、本县机构录入", "04.17", 32.0, unit, "met"),
        ("04.17-other", "外县机构录入", "04.17", 32.0, "330106", "not_met"),
    ):
        plot.case(f"WZ-2012-{name}", note)
        institution = plot.institution(unit_id=unit)
        clerk = institution if registrar == unit else plot.institution(unit_id=registrar)
        teacher = plot.teacher(school)
        project = plot.project(institution, unit, date(2019, 4, 8), date(2019, 4, 11))
        plot.record(
            teacher,
            hours,
            date(2019, 4, 11),
            start_date=date(2019, 4, 8),
            project_id=project,
            credits=hours,
            registrar_org_id=clerk,
            approved_by="教育行政部门",
        )
        plot.expect(f"WZ-2012-33/{clause}", teacher, 2019, verdict)
    for name, note, university, verdict in (
        ("14.1-named", "初中校长资格由温州大学承担", "JG33000003", "met"),
        ("14.1-other", "初中校长资格由别的机构承担", None, "not_met"),
    ):
        plot.case(f"WZ-2012-{name}", note)
        project = plot.project(
            university or plot.institution(),
            unit,
            date(2019, 4, 8),
            date(2019, 4, 11),
            category="校长任职资格",
            stage="初中",
        )
        plot.expect("WZ-2012-33/14.1", project, project, verdict)


def _revoked(plot: Plot) -> None:
    for name, note, is_warned, verdict in (
        ("21.3-warned", "黄牌、整改、再检查不合格之后取消资质", True, "met"),
        ("21.3-sudden", "没有黄牌就取消资质", False, "not_met"),
    ):
        plot.case(f"WZ-2012-{name}", note)
        institution = plot.institution(unit_id="330302")
        if is_warned:
            _decision(
                plot,
                institution,
                date(2018, 5, 7),
                "黄牌警告",
                "WZ-2012-33/21.3",
                rectify_due=date(2018, 8, 6),
                recheck_date=date(2018, 8, 20),
                recheck_result="不合格",
            )
        decision = _decision(plot, institution, date(2019, 5, 6), "取消资质", "WZ-2012-33/21.3")
        plot.expect("WZ-2012-33/21.3", institution, decision, verdict)


def _special_hours(plot: Plot, unit: str) -> None:
    person: Row
    school = plot.school(unit)
    long_ago = {"backbone_from": date(2014, 1, 1)}
    for name, note, clause, person, category, hours, verdict in (
        ("04.7-exact", "骨干集中恰120学时", "04.7", {"backbone_level": "市", **long_ago}, "骨干", 120, "met"),
        ("04.7-short", "骨干集中119学时", "04.7", {"backbone_level": "市", **long_ago}, "骨干", 119, "not_met"),
        ("04.8-exact", "班主任专题恰30学时", "04.8", {"is_class_head": True}, "班主任", 30, "met"),
        ("04.8-short", "班主任专题29.5学时", "04.8", {"is_class_head": True}, "班主任", 29.5, "not_met"),
        ("04.9-exact", "校长管理类集中恰120学时", "04.9", {"post_type": "校长"}, "学校管理", 120, "met"),
        ("04.9-short", "校长管理类集中119学时", "04.9", {"post_type": "校长"}, "学校管理", 119, "not_met"),
    ):
        plot.case(f"WZ-2012-{name}", note)
        teacher = plot.teacher(school, **person)
        if person.get("is_class_head"):
            plot.row(
                "teacher_role",
                teacher_id=teacher,
                role="班主任",
                term="2018-2019-1",
                valid_from=date(2016, 9, 1),
                valid_to=date(2020, 7, 10),
            )
        if person.get("post_type"):
            plot.row("teacher_role", teacher_id=teacher, role="校长", valid_from=date(2010, 9, 1), valid_to=None)
        plot.record(
            teacher,
            hours,
            date(2018, 7, 20),
            start_date=date(2018, 7, 1),
            category=category,
            level="市",
            credits=float(hours),
        )
        plot.expect(f"WZ-2012-33/{clause}", teacher, "2016-2020", verdict)
    hired = date(2018, 9, 1)
    for name, note, theory, practice, clause, verdict in (
        ("04.10-exact", "新任教师恰180学时", 120, 60, "04.10", "met"),
        ("04.10-short", "新任教师179学时", 119, 60, "04.10", "not_met"),
        ("04.11-exact", "其中实践恰60学时", 120, 60, "04.11", "met"),
        ("04.11-short", "其中实践59学时", 121, 59, "04.11", "not_met"),
    ):
        plot.case(f"WZ-2012-{name}", note)
        teacher = plot.teacher(school, hire_date=hired, teaching_start=hired)
        for hours, is_practice in ((theory, False), (practice, True)):
            plot.record(
                teacher,
                hours,
                date(2019, 4, 20),
                start_date=date(2019, 3, 1),
                category="新任教师",
                level="县",
                credits=float(hours),
                is_practice=is_practice,
                counts_to_cycle=False,
            )
        plot.expect(f"WZ-2012-33/{clause}", teacher, 2018, verdict)


def chongqing(plot: Plot) -> None:
    """Offices, managers, bases and rounds of evaluation."""
    for name, note, clause, values, verdict in (
        ("04.2-both", "备选库、档案库都有", "04.2", {}, "met"),
        ("04.2-one", "没有档案库", "04.2", {"archive_pool": False}, "not_met"),
        ("16.3-exact", "编制30人配3人：恰10%", "16.3", {"rd_establishment": 30, "mgmt_staff": 3}, "met"),
        ("16.3-short", "编制31人配3人：应配4人", "16.3", {"rd_establishment": 31, "mgmt_staff": 3}, "not_met"),
    ):
        plot.case(f"CQ-2013-{name}", note)
        office: Row = {"candidate_pool": True, "archive_pool": True, "rd_establishment": 20, "mgmt_staff": 2, **values}
        number = len(plot.scenarios)
        unit = plot.unit(f"X509{number:03d}", f"样例新区{number}", parent="500000", mgmt_section="师训科", **office)
        plot.expect(f"CQ-2013-24/{clause}", unit, "2021", verdict)
    for name, note, managers, verdict in (
        ("16.2-three", "市级基地恰3名专职管理者", 3, "met"),
        ("16.2-two", "市级基地2名专职管理者", 2, "not_met"),
    ):
        plot.case(f"CQ-2013-{name}", note)
        institution = plot.institution(is_municipal_base=True, designated_date=date(2013, 6, 1))
        for _ in range(managers):
            plot.add(
                "org_staff",
                "person_id",
                "L",
                org_id=institution,
                role="培训管理者",
                is_fulltime=True,
                employment_type="在编",
                valid_from=date(2015, 1, 1),
            )
        plot.expect("CQ-2013-24/16.2", institution, "2021", verdict)
    plot.case("CQ-2013-09.2-none", "区县没有管理科室")
    unit = plot.unit(
        "X509900", "样例新区900", parent="500000", mgmt_section=None, candidate_pool=True, archive_pool=True
    )
    plot.expect("CQ-2013-24/09.2", unit, "2021", "not_met")
    _idle(plot)
    _last_place(plot)


def _idle(plot: Plot) -> None:
    for name, note, years, verdict in (
        ("10.1-two", "连续两年未承训：不触发", (2016, 2017, 2020), "met"),
        ("10.1-three", "2018–2020连续三年未承训：疑似触发", (2016, 2017), "not_met"),
    ):
        plot.case(f"CQ-2013-{name}", note)
        institution = plot.institution(is_municipal_base=True, designated_date=date(2013, 6, 1))
        for year in years:
            plot.project(institution, "500103", date(year, 5, 6), date(year, 5, 8), level="地市级")
        plot.expect("CQ-2013-24/10.1", institution, 2020, verdict)


def _last_place(plot: Plot) -> None:
    for name, note, shares, verdict in (
        ("19.2-twice", "连续两次末位且都是80%：疑似触发", (80, 80), "not_met"),
        ("19.2-better", "连续两次末位，一次81%：不触发", (80, 81), "met"),
    ):
        plot.case(f"CQ-2013-{name}", note)
        subject = f"样例学科{name[-5:]}"
        last = plot.institution()
        best = plot.institution()
        for year, share in zip((2018, 2019), shares, strict=True):
            for institution, satisfied in ((last, share), (best, 95)):
                project = plot.project(
                    institution, "500103", date(year, 5, 6), date(year, 5, 8), subject=subject, level="地市级"
                )
                plot.survey(project, date(year, 5, 20), {"满意": satisfied, "不满意": 100 - satisfied})
        plot.expect("CQ-2013-24/19.2", last, "2019", verdict)


def hainan(plot: Plot) -> None:
    """Credit clerks, yearly summaries, published checks, makeup courses."""
    for name, note, clerks, verdict in (
        ("03.1-one", "学校有学分管理员", 1, "met"),
        ("03.1-none", "学校无学分管理员", 0, "not_met"),
    ):
        plot.case(f"HI-2017-{name}", note)
        school = plot.school("460105")
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
    for name, note, fed_back, verdict in (
        ("12.1-last-day", "次年12月31日反馈", date(2020, 12, 31), "met"),
        ("12.1-late", "到次年年底还没有反馈", None, "not_met"),
    ):
        plot.case(f"HI-2017-{name}", note)
        number = len(plot.scenarios)
        unit = plot.unit(f"X469{number:03d}", f"样例新区{number}", parent="460000")
        plot.row(
            "monitoring_doc",
            unit_id=unit,
            year=2019,
            doc_type="学分年度汇总",
            submit_date=date(2020, 2, 1),
            publish_date=date(2020, 2, 10),
            feedback_date=fed_back,
        )
        plot.expect("HI-2017/12.1", unit, 2019, verdict)
    for name, note, level, verdict in (
        ("09.6-county", "补修市县级项目", "县", "met"),
        ("09.6-school", "补修校级活动：不得作补修", "校", "not_met"),
    ):
        plot.case(f"HI-2017-{name}", note)
        school = plot.school("460105")
        teacher = plot.teacher(school)
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
    _wrongly_registered(plot)
    _sentences(plot)


def _sentences(plot: Plot) -> None:
    """Confirmed activities, credits of those who failed, certificates, makeups that were needed, yearly summaries."""
    school = plot.school("460105")
    for name, note, clause, values, verdict in (
        ("14.3.7-bureau", "教研活动经县教育局确认", "14.3.7", {"approved_by": "样例县教育局"}, "met"),
        ("14.3.7-nobody", "教研活动没有确认", "14.3.7", {}, "not_met"),
        ("14.3.8-none", "集中不合格，没有记学分", "14.3.8", {"completion": "不合格", "credits": 0.0}, "met"),
        ("14.3.8-credits", "集中不合格却记了学分", "14.3.8", {"completion": "不合格"}, "not_met"),
        ("14.7.2-none", "网研不合格，没有记学分", "14.7.2", {"completion": "不合格", "credits": 0.0}, "met"),
        ("14.7.2-credits", "网研不合格却记了学分", "14.7.2", {"completion": "不合格"}, "not_met"),
    ):
        plot.case(f"HI-2017-{name}", note)
        teacher = plot.teacher(school)
        source = {"14.3.7": "教研活动", "14.3.8": "集中", "14.7.2": "网络"}[clause]
        plot.record(teacher, 8, date(2019, 5, 12), source_type=source, **{"credits": 1.0, **values})
        plot.expect(f"HI-2017/{clause}", teacher, 2019, verdict)
    for name, note, certificate, verdict in (
        ("14.6.4-certified", "师徒期满有合格证书", "ZS-14.6.4", "met"),
        ("14.6.4-bare", "师徒没有合格证书却登记了", None, "not_met"),
    ):
        plot.case(f"HI-2017-{name}", note)
        mentor, mentee = plot.teacher(school), plot.teacher(school)
        sides = {"mentor_id": mentor, "mentee_id": mentee}
        span = {"start": date(2019, 3, 1), "end": date(2019, 9, 1)}
        plot.add("mentorship", "agreement_id", "M", **sides, **span, certificate_no=certificate)
        plot.record(mentor, 60, span["end"], source_type="师徒", start_date=span["start"], credits=None)
        plot.expect("HI-2017/14.6.4", mentor, 2019, verdict)
    for name, note, days, verdict in (
        ("09.7-short", "补修之前差一天", 8, "met"),
        ("09.7-enough", "补修之前已经达标", 10, "not_met"),
    ):
        plot.case(f"HI-2017-{name}", note)
        teacher = plot.teacher(school)
        plot.record(teacher, days * 8, date(2018, 7, 12), start_date=date(2018, 7, 3), credits=days * 1.0)
        plot.record(teacher, 8, date(2019, 5, 8), credits=1.0, is_makeup=True, makeup_for_year=2018)
        plot.expect("HI-2017/09.7", teacher, 2018, verdict)
    plot.case("HI-2017-08.2-on-file", "学校有学分登记和管理年度总结")
    plot.row("monitoring_doc", unit_id=school, year=2019, doc_type="年度总结", submit_date=date(2020, 1, 20))
    plot.expect("HI-2017/08.2", school, 2019, "met")


def _wrongly_registered(plot: Plot) -> None:
    school = plot.school("460105")
    institution = plot.institution(unit_id="460105")
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
        teacher = plot.teacher(school)
        days = max(int(hours // 8), 1)
        project = plot.project(
            institution, "460105", date(2018, 7, 2), date(2018, 7, 1 + days), hours_planned=hours, days=hours / 8
        )
        plot.record(
            teacher, hours, date(2018, 7, 1 + days), start_date=date(2018, 7, 2), project_id=project, credits=registered
        )
        plot.expect(f"HI-2017/{clause}", teacher, 2018, verdict)

    for name, note, year, verdict in (
        ("14.1-met", "跨年项目按取证之年登记", 2018, "met"),
        ("14.1-start", "跨年项目按开班之年登记", 2017, "not_met"),
    ):
        plot.case(f"HI-2017-{name}", note)
        teacher = plot.teacher(school)
        project = plot.project(
            institution, "460105", date(2017, 11, 20), date(2018, 1, 30), hours_planned=24.0, days=3.0
        )
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
        teacher = plot.teacher(school)
        plot.row(
            "degree_study",
            teacher_id=teacher,
            year=2018,
            course="教育学",
            face_hours=40.0,
            passed=True,
            provider="样例大学",
            audit_date=date(2018, 12, 10),
        )
        plot.record(teacher, hours, date(2018, 12, 1), source_type="学历", level="市", credits=None)
        plot.expect("HI-2017/14.2", teacher, 2018, verdict)

    for name, note, clause, organiser, level, hours, verdict in (
        ("14.4.1-exact", "135分钟登3学时", "14.4.1", "教育行政", "县", 3.0, "met"),
        ("14.4.1-rounded", "135分钟登4学时：不足一学时不折", "14.4.1", "教育行政", "县", 4.0, "not_met"),
        ("14.4.2-school", "社会机构组织的考试按校级登", "14.4.2", "其他", "校", 3.0, "met"),
        ("14.4.2-county", "社会机构组织的考试按县级登", "14.4.2", "其他", "县", 3.0, "not_met"),
    ):
        plot.case(f"HI-2017-{name}", note)
        teacher = plot.teacher(school)
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

    for name, note, registered, verdict in (
        ("14.5.1-exact", "市县级2课时登4学分", 4.0, "met"),
        ("14.5.1-over", "市县级2课时按省级登6学分", 6.0, "not_met"),
    ):
        plot.case(f"HI-2017-{name}", note)
        teacher = plot.teacher(school)
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
