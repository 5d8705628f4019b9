"""Wenzhou's clauses about single projects: least hours by kind of institution, opinions of schools.

Does not belong here: schools and money (bodies).
"""

from dataclasses import replace

from data.synthetic.scenarios.project import Project
from data.synthetic.scenarios.provision.case import ORDERLY, Case, changed


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
            ("T.1", "市级教师培训机构", "瓯江市教师教育院", "骨干", 120.0),
            ("T.2", "名师工作室", "知行名师工作室", "骨干", 48.0),
            ("T.3", "县级教师培训机构", "瓯越教师发展中心", "全员", 90.0),
            ("T.4", "非培训机构部门", "瓯越教研室", "专题", 24.0),
            ("T.5", "非培训机构部门", "瓯越电教馆", "专题", 18.0),
            ("T.6", "县级教师培训机构", "瓯越教师发展中心", "新任教师", 180.0),
        )
        for what, hours, verdict in (("exact", limit, "met"), ("short", limit - 0.5, "not_met"))
    ),
    *(
        Case(
            f"{clause}-{what}",
            f"{note}{hours}学时",
            f"WZ-2012-33/{clause}",
            verdict,
            changed(_by(kind, name, "全员", hours), **values),
        )
        for clause, note, kind, name, limit, values in (
            ("T.7", "职高专业培训", "高等学校", "瓯越职业技术学院", 90.0, {"stage": "中职"}),
            ("T.8", "校本培训", "学校", "瓯越中学", 24.0, {"is_school_based": True}),
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
