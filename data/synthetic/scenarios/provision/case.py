"""One changed project and what follows, and the orderly projects that cases start from.

Does not belong here: the cases of a document.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from data.synthetic.scenarios.plot import Plot
from data.synthetic.scenarios.project import Course, Member, Project, tell


@dataclass(frozen=True)
class Case:
    """One changed project and what follows: clause, whose verdict (project, class, teacher, institution), verdict."""

    what: str
    note: str
    clause: str
    verdict: str
    it: Project
    subject: str = "project"


ORDERLY = Project()


KEY = replace(ORDERLY, values={"key_level": "省"}, managers=1)


LONG = replace(
    ORDERLY,
    days=12,
    values={"hours_planned": 90.0, "key_level": "省"},
    managers=1,
    courses=(Course(45, topic="专业标准"), Course(45, is_practice=True)),
)


ONLINE = replace(
    ORDERLY,
    days=4,
    values={"delivery_mode": "网络", "hours_planned": 40.0, "hours_online": 40.0, "is_full_release": False},
    tasks=90.0,
    team=(Member(role="在线辅导教师"),),
)


def changed(base: Project, **values: Any) -> Project:
    return replace(base, values={**base.values, **values})


def plant(plot: Plot, prefix: str, unit: str, cases: Sequence[Case]) -> None:
    """Tells every case in one county unit."""
    for case in cases:
        document = case.clause.split("/")[0].split("-")[1]
        plot.case(f"{prefix}-{document}-{case.what}", case.note)
        told = tell(plot, unit, case.it)
        subject, period = {
            "project": (told.project, told.project),
            "class": (told.group, told.group),
            "teacher": (told.teachers[0] if told.teachers else "", told.project),
        }[case.subject]
        plot.expect(case.clause, subject, period, case.verdict)
