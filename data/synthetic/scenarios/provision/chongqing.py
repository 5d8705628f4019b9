"""Chongqing's clauses about single projects: practice, experts, compulsory topics, feedback, money.

Does not belong here: institutions (bodies).
"""

from dataclasses import replace
from datetime import date

from data.synthetic.scenarios.plot import at
from data.synthetic.scenarios.project import COURSES, Course, Member
from data.synthetic.scenarios.provision.case import ORDERLY, Case, changed

RECOMMENDED = changed(replace(ORDERLY, people=1), level="地市级")


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
    Case("13.2-none", "无训后计划", "CQ-2013-24/13.2", "not_met", changed(ORDERLY, followup_plan=None)),
    Case(
        "14.1-exact",
        "管理费恰5%",
        "CQ-2013-24/14.1",
        "met",
        changed(replace(ORDERLY, money={"培训费": 95.0, "管理费": 5.0}), level="地市级"),
    ),
    Case(
        "14.1-over",
        "管理费5.1%",
        "CQ-2013-24/14.1",
        "not_met",
        changed(replace(ORDERLY, money={"培训费": 94.9, "管理费": 5.1}), level="地市级"),
    ),
    Case(
        "14.2-exact",
        "场地设备费恰10%",
        "CQ-2013-24/14.2",
        "met",
        changed(replace(ORDERLY, money={"培训费": 90.0, "场地费": 6.0, "设备费": 4.0}), level="地市级"),
    ),
    Case(
        "14.2-over",
        "场地设备费10.1%",
        "CQ-2013-24/14.2",
        "not_met",
        changed(replace(ORDERLY, money={"培训费": 89.9, "场地费": 6.0, "设备费": 4.1}), level="地市级"),
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
