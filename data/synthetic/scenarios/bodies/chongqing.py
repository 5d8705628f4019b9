"""Chongqing's offices, managers, bases and rounds of evaluation.

Does not belong here: single projects (provision).
"""

from datetime import date

from data.synthetic.scenarios.plot import Plot
from data.synthetic.scenarios.scenery import HOME


def chongqing(plot: Plot) -> None:
    """Offices, managers, bases and rounds of evaluation."""
    for zone, office, verdict in (
        ("重庆高新技术产业开发区", {"mgmt_section": "师训科", "rd_establishment": 30, "mgmt_staff": 3}, "met"),
        ("长寿经济技术开发区", {"archive_pool": False, "rd_establishment": 31, "mgmt_staff": 3}, "not_met"),
    ):
        for name, note in (
            ("04.2", "备选库、档案库都有；没有档案库"),
            ("16.3", "编制30人配3人：恰10%；编制31人配3人：应配4人"),
            ("09.2", "有管理科室和专职人员；没有管理科室"),
        ):
            plot.case(f"CQ-2013-{name}-{'kept' if verdict == 'met' else 'broken'}", note)
            unit = plot.zone(zone, **{"candidate_pool": True, "archive_pool": True, **office})
            plot.expect(f"CQ-2013-24/{name}", unit, "2021", verdict)
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
            plot.project(institution, HOME, date(year, 5, 6), date(year, 5, 8), level="地市级")
        plot.expect("CQ-2013-24/10.1", institution, 2020, verdict)


def _last_place(plot: Plot) -> None:
    for name, note, shares, verdict in (
        ("19.2-twice", "连续两次末位且都是80%：疑似触发", (80, 80), "not_met"),
        ("19.2-better", "连续两次末位，一次81%：不触发", (80, 81), "met"),
    ):
        plot.case(f"CQ-2013-{name}", note)
        subject = {"19.2-twice": "书法", "19.2-better": "劳动"}[name]
        last = plot.institution()
        best = plot.institution()
        for year, share in zip((2018, 2019), shares, strict=True):
            for institution, satisfied in ((last, share), (best, 95)):
                project = plot.project(
                    institution, HOME, date(year, 5, 6), date(year, 5, 8), subject=subject, level="地市级"
                )
                plot.survey(project, date(year, 5, 20), {"满意": satisfied, "不满意": 100 - satisfied})
        plot.expect("CQ-2013-24/19.2", last, "2019", verdict)
