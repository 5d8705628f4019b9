"""What a clause can be to the rest of the warehouse: roles it is looked up by, and topics a report groups it under.

Belongs here: the names, what a clause must be like to take a role, and nothing of any document. Which clause plays
which role is said by the document itself (`roles:` and `topics:` of a policy file), so that no Python knows a clause.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

AT_LEAST, BELOW = (">=",), ("<", "<=")


@dataclass(frozen=True)
class Role:
    """One role: what it means, and the comparisons and units a clause in it may have (empty: any)."""

    meaning: str
    compare: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    is_single: bool = True


ROLES: Final[Mapping[str, Role]] = {
    "cycle_credits": Role("一个周期的总学分下限", AT_LEAST, ("学分",), ("teacher",)),
    "cycle_hours": Role("一个周期的总学时下限", AT_LEAST, ("学时",), ("teacher",)),
    "cycle_school_based_hours": Role("一个周期的校本学时下限", AT_LEAST, ("学时",), ("teacher",)),
    "cycle_concentrated_hours": Role("一个周期里一次集中培训的学时下限", AT_LEAST, ("学时",), ("teacher",)),
    "cycle_credits_each_year": Role("周期内每年的学分下限", AT_LEAST, ("学分",), ("teacher",)),
    "year_credits": Role("一年的学分下限", AT_LEAST, ("学分",), ("teacher",)),
    "year_hours": Role("一年的学时下限", AT_LEAST, ("学时",), ("teacher",)),
    "year_school_based_hours": Role("一年的校本学时下限", AT_LEAST, ("学时",), ("teacher",)),
    "cycle_length": Role("周期的年数"),
    "yearly_review": Role("学分学时的年度审核"),
    "spot_check_share": Role("县级每年抽查项目的比例下限", AT_LEAST, ("比例",), ("county",)),
    "spot_check_yardstick": Role("没有规定抽查比例的省参照的比例", AT_LEAST, ("比例",), ("county",)),
    "spot_check_duty": Role("检查或抽查的义务，没有比例"),
    "satisfaction_warning": Role("满意率低到疑似触发处理的界线", BELOW, ("比例",), ("institution", "project")),
    "satisfaction_suspension": Role("满意率低到疑似触发更重处理的界线", BELOW, ("比例",), ("institution", "project")),
    "survey_answers": Role("组织学员测评的要求"),
    "class_observation": Role("听课次数的要求", is_single=False),
    "payroll_share": Role("培训经费占工资总额的比例下限", AT_LEAST, ("比例",)),
}
"""Role → what it is. A clause may play several; a document names each role once."""

TOPICS: Final[Mapping[str, str]] = {
    "credits": "学分学时条款",
    "staff": "班额与管理人员",
    "experts": "专家团队",
    "practice": "方案与实践环节",
    "online": "线上培训比例",
    "timing": "立项与时限",
    "changes": "方案调整",
    "attendance": "考勤、请假与结业",
    "archives": "日志与档案",
    "observation": "听课",
    "reporting": "计划、总结与报送",
    "qualification": "机构资质与管理",
    "evaluation": "测评组织",
    "triggers": "处理条款疑似触发情况",
    "finance": "经费条款",
}
"""Topic → its heading in the yearly report."""
