"""What each province's law makes of the report: its name, on whose authority, and which clauses each part looks at.

Clause ids only; what they ask is in the release. A clause the release does not know is passed over.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Law:
    """One province's frame for the report."""

    basis: str
    issuer: str
    quota_clause: str | None = None
    no_quota: str = ""
    no_cycle_amount: str = ""


LAWS: Final = {
    "330000": Law(
        basis="《浙江省中小学教师专业发展培训质量管理工作规程（试行）》（浙师质监〔2014〕4号）第十九条、第二十四条",
        issuer="浙江省教师教育质量监控中心",
        quota_clause="ZJ-2014-04/23.1",
    ),
    "460000": Law(
        basis="《海南省中小学教师培训学分管理实施办法》第十二条、第十五条",
        issuer="",
        no_quota="《海南省中小学教师培训学分管理实施办法》第十五条要求市县检查或抽查，没有规定比例，以下只列覆盖情况，不作达标结论。",
    ),
    "500000": Law(
        basis="《重庆市教育委员会关于切实加强教师培训管理大力提升培训质量的指导意见》（渝教师〔2013〕24号）",
        issuer="",
        no_quota="渝教师〔2013〕24号没有规定抽查比例，以下只列覆盖情况，不作达标结论。",
        no_cycle_amount="渝教师〔2013〕24号规定五年一周期，没有规定学分学时的数量，不作达标结论。",
    ),
}
UNKNOWN: Final = Law(basis="现行有效的教师培训管理规定", issuer="", no_quota="现行规定没有抽查比例，以下只列覆盖情况。")


@dataclass(frozen=True)
class Topic:
    """One matter of the training process and the clauses about it, of all provinces."""

    key: str
    title: str
    clauses: tuple[str, ...]


def _of(document: str, *articles: str) -> tuple[str, ...]:
    return tuple(f"{document}/{article}" for article in articles)


ZJ: Final = "ZJ-2014-04"
ZJ_2019: Final = "ZJ-2019-357"
CQ: Final = "CQ-2013-24"
HI: Final = "HI-2017"
WZ: Final = "WZ-2012-33"

OBSERVATION: Final = Topic("observation", "听课", _of(ZJ, "23.2", "23.3"))
REPORTING: Final = Topic(
    "reporting",
    "计划、总结与报送",
    (
        *_of(ZJ, "20.1", "22.1", "23.0", "24.1", "24.2", "24.3", "19.1"),
        *_of(ZJ_2019, "03.9"),
        *_of(HI, "12.1", "12.2", "15.1"),
        *_of(CQ, "12.1", "18.1", "19.3"),
        *_of(WZ, "21.1"),
    ),
)
PROCESS: Final = (
    Topic(
        "staff",
        "班额与管理人员",
        (
            *_of(ZJ, "10.1", "10.2", "10.3", "15.1", "15.2"),
            *_of(CQ, "09.1", "09.2", "16.2", "16.3"),
            *_of(HI, "03.1", "08.1"),
        ),
    ),
    Topic(
        "experts",
        "专家团队",
        (*_of(ZJ, "09.1", "09.2", "09.3"), *_of(ZJ_2019, "03.1", "03.2", "03.3", "06.1"), *_of(CQ, "16.1")),
    ),
    Topic("practice", "方案与实践环节", (*_of(ZJ, "08.1", "08.2", "08.3"), *_of(CQ, "03.1", "03.3"))),
    Topic("online", "线上培训比例", (*_of(ZJ_2019, "03.4", "03.5", "03.6"), *_of(HI, "14.7.1"))),
    Topic(
        "timing",
        "立项与时限",
        (
            *_of(ZJ, "11.1", "11.2", "12.1", "12.2", "17.1"),
            *_of(ZJ_2019, "02.1", "03.7", "05.1", "05.2", "05.3", "05.4", "05.6", "05.7", "05.8", "05.9"),
            *_of(HI, "04.1", "07.1", "07.2"),
            *_of(CQ, "04.1"),
        ),
    ),
    Topic("changes", "方案调整", (*_of(ZJ, "14.1", "14.2", "14.3"), *_of(ZJ_2019, "03.10"), *_of(CQ, "03.2"))),
    Topic(
        "attendance",
        "考勤、请假与结业",
        _of(ZJ, "16.1", "16.2", "16.3", "16.4", "16.5", "16.6", "16.7", "16.8"),
    ),
    Topic(
        "archives",
        "日志与档案",
        (
            *_of(ZJ, "13.1", "13.2", "18.1", "18.2", "18.3"),
            *_of(HI, "06.1", "07.3"),
            *_of(CQ, "04.2", "13.1", "13.2"),
        ),
    ),
)
CREDITS: Final = Topic(
    "credits",
    "学分学时条款",
    (
        *_of("ZJ-2016-71", "03.1", "03.2"),
        *_of(WZ, *(f"04.{n}" for n in range(1, 18)), "03.2"),
        *_of(HI, "09.1", "09.2", "09.3", "09.4", "09.5", "09.6", "09.A", "09.B", "10.1", "10.2", "10.3"),
        *_of(HI, "14.1", "14.2", "14.3.1", "14.3.2", "14.3.3", "14.3.4", "14.3.5", "14.4.1", "14.6.1", "14.6.2"),
        *_of(CQ, "01.1", "10.3"),
    ),
)
QUALIFICATION: Final = Topic(
    "qualification",
    "机构资质与管理",
    (
        *_of(ZJ, "04.1", "04.2", "05.1", "21.1"),
        *_of(ZJ_2019, "04.1", "04.2", "04.3", "04.4", "04.5"),
        *_of(WZ, "18.1"),
        *_of(HI, "04.2", "05.1"),
    ),
)
EVALUATION: Final = Topic("evaluation", "测评组织", _of(ZJ, "17.2"))
TRIGGERS: Final = Topic(
    "triggers",
    "处理条款疑似触发情况",
    (
        *_of(ZJ, "26.1", "27.0", "27.1", "27.2", "27.3", "27.4", "27.5", "27.6", "27.7", "27.8"),
        *_of(ZJ, "28.0", "28.1", "28.3", "28.5", "29.2", "29.6"),
        *_of(CQ, "10.1", "19.1", "19.2"),
        *_of(HI, "16.1"),
        *_of(WZ, "21.3"),
    ),
)
FINANCE: Final = Topic(
    "finance", "经费条款", (*_of(WZ, "20.1", "20.2", "20.3", "20.4"), *_of(CQ, "14.1", "14.2"), *_of(ZJ_2019, "03.8"))
)
