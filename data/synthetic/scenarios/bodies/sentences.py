"""Hainan's single sentences: confirmed activities, credits of those who failed, certificates, makeups, summaries.

Does not belong here: clerks and wrong registrations (hainan).
"""

from datetime import date

from data.synthetic.scenarios.plot import Plot, Row
from data.synthetic.scenarios.scenery import HOME, SCHOOL


def plant(plot: Plot) -> None:
    """All cases of these sentences."""
    _booked(plot)
    _certified(plot)
    _made_up(plot)
    plot.case("HI-2017-08.2-on-file", "学校有学分登记和管理年度总结")
    school = plot.school(HOME)
    plot.row("monitoring_doc", unit_id=school, year=2019, doc_type="年度总结", submit_date=date(2020, 1, 20))
    plot.expect("HI-2017/08.2", school, 2019, "met")


def _booked(plot: Plot) -> None:
    values: Row
    for name, note, source, values, verdict in (
        ("14.3.7-bureau", "教研活动经县教育局确认", "教研活动", {"approved_by": "县教育局"}, "met"),
        ("14.3.7-nobody", "教研活动没有确认", "教研活动", {}, "not_met"),
        ("14.3.8-none", "集中不合格，没有记学分", "集中", {"completion": "不合格", "credits": 0.0}, "met"),
        ("14.3.8-credits", "集中不合格却记了学分", "集中", {"completion": "不合格"}, "not_met"),
        ("14.7.2-none", "网研不合格，没有记学分", "网络", {"completion": "不合格", "credits": 0.0}, "met"),
        ("14.7.2-credits", "网研不合格却记了学分", "网络", {"completion": "不合格"}, "not_met"),
    ):
        plot.case(f"HI-2017-{name}", note)
        teacher = plot.teacher(SCHOOL)
        plot.record(teacher, 8, date(2019, 5, 12), source_type=source, **{"credits": 1.0, **values})
        plot.expect(f"HI-2017/{name.split('-')[0]}", teacher, 2019, verdict)


def _certified(plot: Plot) -> None:
    for name, note, certificate, verdict in (
        ("14.6.4-certified", "师徒期满有合格证书", "ZS-14.6.4", "met"),
        ("14.6.4-bare", "师徒没有合格证书却登记了", None, "not_met"),
    ):
        plot.case(f"HI-2017-{name}", note)
        mentor, mentee = plot.teacher(SCHOOL), plot.teacher(SCHOOL)
        sides = {"mentor_id": mentor, "mentee_id": mentee}
        span = {"start": date(2019, 3, 1), "end": date(2019, 9, 1)}
        plot.add("mentorship", "agreement_id", "M", **sides, **span, certificate_no=certificate)
        plot.record(mentor, 60, span["end"], source_type="师徒", start_date=span["start"], credits=None)
        plot.expect("HI-2017/14.6.4", mentor, 2019, verdict)


def _made_up(plot: Plot) -> None:
    for name, note, days, verdict in (
        ("09.7-short", "补修之前差一天", 8, "met"),
        ("09.7-enough", "补修之前已经达标", 10, "not_met"),
    ):
        plot.case(f"HI-2017-{name}", note)
        teacher = plot.teacher(SCHOOL)
        plot.record(teacher, days * 8, date(2018, 7, 12), start_date=date(2018, 7, 3), credits=days * 1.0)
        plot.record(teacher, 8, date(2019, 5, 8), credits=1.0, is_makeup=True, makeup_for_year=2018)
        plot.expect("HI-2017/09.7", teacher, 2018, verdict)
