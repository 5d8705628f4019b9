"""Wenzhou: money of the year, plans of schools, special hours, registration, lost accreditation.

Does not belong here: single projects (provision).
"""

from datetime import date

from data.synthetic.scenarios.bodies.acts import decide
from data.synthetic.scenarios.plot import Plot, Row
from data.synthetic.scenarios.scenery import ELSEWHERE, HOME, SCHOOL


def wenzhou(plot: Plot) -> None:
    """Money of the year, plans of schools, and the special hours of backbone teachers, class heads, heads."""
    unit = HOME
    for name, note, year, values, verdict in (
        ("20.1-exact", "培训经费恰占工资总额3%", 2019, {"training_budget": 30.0}, "met"),
        ("20.1-short", "培训经费占2.99%", 2018, {"training_budget": 29.9}, "not_met"),
        ("20.2-exact", "恰70%下拨学校", 2017, {"training_budget": 40.0, "allocated_to_schools": 28.0}, "met"),
        ("20.2-short", "69.9%下拨学校", 2016, {"training_budget": 40.0, "allocated_to_schools": 27.96}, "not_met"),
    ):
        plot.case(f"WZ-2012-{name}", note)
        zone = plot.zone("温州瓯江口产业集聚区")
        money = {"payroll_total": 1000.0, "training_budget": 30.0, "allocated_to_schools": 21.0, **values}
        plot.row("finance_year", org_id=zone, year=year, disclosure_date=date(year + 1, 3, 1), **money)
        plot.expect(f"WZ-2012-33/{name.split('-')[0]}", zone, year, verdict)
    _allotted(plot)
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
    _special_hours(plot)
    _registered(plot, unit)
    _revoked(plot)


def _allotted(plot: Plot) -> None:
    """Money passed on to the schools of a zone, by head."""
    for name, note, zone, second, verdict in (
        ("20.5-alike", "四校人均下拨相同", "温州瓯江口产业集聚区", 1000.0, "met"),
        ("20.5-apart", "一校人均下拨多500元", "浙南产业集聚区", 1500.0, "not_met"),
    ):
        plot.case(f"WZ-2012-{name}", note)
        unit = plot.zone(zone)
        for amount in (1000.0, 1000.0, 1000.0, second):
            school = plot.school(unit)
            plot.teacher(school)
            plot.row("finance_year", org_id=school, year=2020, allocated_to_schools=amount)
        plot.expect("WZ-2012-33/20.5", unit, 2020, verdict)


def _registered(plot: Plot, unit: str) -> None:
    for name, note, clause, hours, registrar, verdict in (
        ("04.4-eight", "4天登记32学时：恰每天8", "04.4", 32.0, unit, "met"),
        ("04.4-over", "4天登记32.5学时", "04.4", 32.5, unit, "not_met"),
        ("04.17-local", "本县机构承办、本县机构录入", "04.17", 32.0, unit, "met"),
        ("04.17-other", "外县机构录入", "04.17", 32.0, ELSEWHERE, "not_met"),
    ):
        plot.case(f"WZ-2012-{name}", note)
        institution = plot.institution(unit_id=unit)
        clerk = institution if registrar == unit else plot.institution(unit_id=registrar)
        teacher = plot.teacher(SCHOOL)
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
        institution = plot.institution(unit_id=HOME)
        if is_warned:
            decide(
                plot,
                institution,
                date(2018, 5, 7),
                "黄牌警告",
                "WZ-2012-33/21.3",
                rectify_due=date(2018, 8, 6),
                recheck_date=date(2018, 8, 20),
                recheck_result="不合格",
            )
        decision = decide(plot, institution, date(2019, 5, 6), "取消资质", "WZ-2012-33/21.3")
        plot.expect("WZ-2012-33/21.3", institution, decision, verdict)


def _special_hours(plot: Plot) -> None:
    post: Row
    long_ago = {"backbone_from": date(2014, 1, 1)}
    for name, note, clause, post, category, hours, verdict in (
        ("04.7-exact", "骨干集中恰120学时", "04.7", {"backbone_level": "市", **long_ago}, "骨干", 120, "met"),
        ("04.7-short", "骨干集中119学时", "04.7", {"backbone_level": "市", **long_ago}, "骨干", 119, "not_met"),
        ("04.8-exact", "班主任专题恰30学时", "04.8", {"is_class_head": True}, "班主任", 30, "met"),
        ("04.8-short", "班主任专题29.5学时", "04.8", {"is_class_head": True}, "班主任", 29.5, "not_met"),
        ("04.9-exact", "校长管理类集中恰120学时", "04.9", {"post_type": "校长"}, "学校管理", 120, "met"),
        ("04.9-short", "校长管理类集中119学时", "04.9", {"post_type": "校长"}, "学校管理", 119, "not_met"),
    ):
        plot.case(f"WZ-2012-{name}", note)
        teacher = plot.teacher(SCHOOL, **post)
        if post.get("is_class_head"):
            plot.row(
                "teacher_role",
                teacher_id=teacher,
                role="班主任",
                term="2018-2019-1",
                valid_from=date(2016, 9, 1),
                valid_to=date(2020, 7, 10),
            )
        if post.get("post_type"):
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
    _beginners(plot)


def _beginners(plot: Plot) -> None:
    """New teachers within their year of trial."""
    hired = date(2018, 9, 1)
    for name, note, theory, practice, clause, verdict in (
        ("04.10-exact", "新任教师恰180学时", 120, 60, "04.10", "met"),
        ("04.10-short", "新任教师179学时", 119, 60, "04.10", "not_met"),
        ("04.11-exact", "其中实践恰60学时", 120, 60, "04.11", "met"),
        ("04.11-short", "其中实践59学时", 121, 59, "04.11", "not_met"),
    ):
        plot.case(f"WZ-2012-{name}", note)
        teacher = plot.teacher(SCHOOL, hire_date=hired, teaching_start=hired)
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
