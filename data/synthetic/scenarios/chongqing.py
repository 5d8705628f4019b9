"""Chongqing's headline cases: satisfaction by subject, and cycles that the document leaves without figures.

Does not belong here: the clauses about plans, teams and money (provision).
"""

from datetime import date

from data.synthetic.scenarios import beginnings, bodies, provision
from data.synthetic.scenarios.plot import Plot
from data.synthetic.scenarios.scenery import HOME, SCHOOL
from data.synthetic.scenarios.zhejiang import satisfaction


def plant(plot: Plot) -> None:
    """All headline cases of the city."""
    satisfaction(plot, "CQ", HOME)
    plot.case("CQ-cycle", "重庆只有五年一周期，无数值：有合计，不下结论")
    teacher = plot.teacher(SCHOOL)
    for year in range(2016, 2021):
        plot.record(teacher, 72, date(year, 7, 12), credits=7.2)
    plot.figures("teacher_cycle", teacher, "2016-2020", credits="36", hours="360", verdict="undetermined")
    provision.plant(plot, "CQ", HOME, provision.CHONGQING)
    bodies.chongqing(plot)
    beginnings.chongqing(plot)
