"""Zhejiang's institutions: quotas, accreditation, the ladder of sanctions, complaints, decisions.

Does not belong here: counties, schools and people (local).
"""

from datetime import date, timedelta

from data.synthetic.scenarios.bodies import local
from data.synthetic.scenarios.bodies.acts import BATCH, accredited, applications, decide
from data.synthetic.scenarios.plot import Plot, Row
from data.synthetic.scenarios.scenery import HOME


def zhejiang(plot: Plot) -> None:
    """Quotas, accreditation, the ladder of sanctions, plans of schools, visits of managers."""
    _quotas(plot)
    _accreditations(plot)
    _ladder(plot)
    _complaints(plot)
    local.plant(plot)
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
        accredited(plot, made, since or date(2012, 3, 1))
        applications(plot, made, HOME, count, **values)
        plot.expect(f"ZJ-2019-357/{clause}", made, BATCH, verdict)

    for name, note, count, verdict in (
        ("04.5-exact", "限额4项恰报4项", 4, "met"),
        ("04.5-over", "限额4项报5项", 5, "not_met"),
    ):
        plot.case(f"ZJ-357-{name}", note)
        unit = plot.zone("台州湾新区" if verdict == "met" else "丽水经济技术开发区")
        institution = plot.institution(unit_id=unit)
        accredited(plot, institution)
        plot.row("quota", scope_id=unit, batch=BATCH, max_projects=4, clause_id="ZJ-2019-357/04.5")
        applications(plot, institution, unit, count, scope="全县", level="县级")
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
        accredited(plot, institution, date(2019, 3, 1), **scope)
        plot.expect(f"ZJ-2014-04/{clause}", institution, "2019", verdict)
    _departments(plot)


def _departments(plot: Plot) -> None:
    """Departments for training and for quality."""
    values: Row
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


def _ladder(plot: Plot) -> None:
    suspension = "暂停申报"
    for name, note, applied, verdict in (
        ("28.0-none", "暂停期内没有申报", date(2018, 1, 2), "met"),
        ("28.0-applied", "暂停期内仍申报", date(2019, 8, 1), "not_met"),
    ):
        plot.case(f"ZJ-2014-{name}", note)
        institution = plot.institution()
        decision = decide(plot, institution, date(2019, 5, 6), suspension, "ZJ-2014-04/28.3")
        start = applied + timedelta(days=60)
        plot.project(institution, HOME, start, start + timedelta(days=1), apply_date=applied)
        plot.expect("ZJ-2014-04/28.0", institution, decision, verdict)

    for name, note, result, verdict in (
        ("29.6-passed", "暂停一年后验收合格", "合格", "met"),
        ("29.6-failed", "暂停一年后验收仍不合格：疑似触发取消资质", "不合格", "not_met"),
    ):
        plot.case(f"ZJ-2014-{name}", note)
        institution = plot.institution()
        decision = decide(
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
    first = decide(plot, institution, date(2018, 5, 7), "限期整改", "ZJ-2014-04/27.6")
    second = decide(plot, institution, date(2019, 5, 6), "限期整改", "ZJ-2014-04/27.2")
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
        project = plot.project(institution, HOME, date(2019, 4, 1), date(2019, 4, 3))
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


def _decided(plot: Plot) -> None:
    for name, note, basis, verdict in (
        ("26.1-decided", "满意率65%触发，已有限期整改决定", "ZJ-2014-04/27.6", "met"),
        ("26.1-undecided", "满意率65%触发，没有处理决定", None, "not_met"),
    ):
        plot.case(f"ZJ-2014-{name}", note)
        institution = plot.institution()
        project = plot.project(institution, HOME, date(2019, 4, 8), date(2019, 4, 9), review_result="通过")
        plot.survey(project, date(2019, 4, 20), {"满意": 65, "不满意": 35})
        if basis is not None:
            decide(plot, institution, date(2019, 6, 3), "限期整改", basis)
        plot.expect("ZJ-2014-04/26.1", institution, 2019, verdict)

    for name, note, university, count, verdict in (
        ("04.1-eighty", "浙江师范大学恰80项", "JG33000001", 80, "met"),
        ("04.1-over", "杭州师范大学81项", "JG33000002", 81, "not_met"),
    ):
        plot.case(f"ZJ-357-{name}", note)
        applications(plot, university, HOME, count)
        plot.expect("ZJ-2019-357/04.1", university, BATCH, verdict)
