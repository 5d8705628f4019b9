"""Zhejiang's and Wenzhou's headline cases: cycles, spot checks, satisfaction, and what a title must not do to a page.

Does not belong here: the clauses about plans, classes and procedures (provision).
"""

from datetime import date

from data.synthetic.scenarios import beginnings, bodies, provision
from data.synthetic.scenarios.plot import Plot
from data.synthetic.scenarios.scenery import HOME, SCHOOL

CYCLE = "2016-2020"
CYCLE_YEARS = range(2016, 2021)
FIRST_MONTH = 4
FULL, YEARLY = 360, 24
"""Credits of a cycle and of a year, as the planted records were reckoned from the rule."""


def plant(plot: Plot) -> None:
    """All headline cases of the province."""
    _titles(plot)
    _credits(plot)
    _wenzhou(plot)
    _spot_checks(plot)
    satisfaction(plot, "ZJ", HOME)
    provision.plant(plot, "ZJ", HOME, (*provision.ZHEJIANG, *provision.WINDOWS))
    provision.plant(plot, "WZ", HOME, provision.WENZHOU)
    bodies.zhejiang(plot)
    bodies.wenzhou(plot)
    beginnings.zhejiang(plot)


def _titles(plot: Plot) -> None:
    plot.case("ZJ-hostile", "项目名称里藏着脚本、公式和链接：只能当文字显示")
    institution = plot.institution()
    for title in (
        "<script>alert(1)</script>",
        '=HYPERLINK("http://example.invalid","领证书")',
        '<a href="javascript:alert(1)">点击</a>',
        "+1+1|cmd",
        "@SUM(A1)",
    ):
        plot.project(institution, HOME, date(2019, 4, 8), date(2019, 4, 9), project_name=title)


def _year(plot: Plot, teacher: str, year: int, hours: float, **values: object) -> None:
    plot.record(teacher, hours, date(year, 7, 12), credits=float(hours), start_date=date(year, 7, 1), **values)


def _credits(plot: Plot) -> None:
    for name, note, yearly, verdict, short in (
        ("ZJ-cycle-exact", "五年恰360学分，每年都够24", [72, 72, 72, 72, 72], "met", "0"),
        ("ZJ-cycle-short", "五年359.5学分", [72, 72, 72, 72, 71.5], "not_met", "0.5"),
        ("ZJ-cycle-year", "五年够360，一年只有23.5", [100, 100, 23.5, 70, 70], "not_met", "0"),
        ("ZJ-year-exact", "一年恰24，五年够360", [100, 100, 24, 70, 70], "met", "0"),
    ):
        plot.case(name, note)
        teacher = plot.teacher(SCHOOL)
        for year, credit in zip(CYCLE_YEARS, yearly, strict=True):
            _year(plot, teacher, year, credit)
        plot.figures(
            "teacher_cycle", teacher, CYCLE, credits=f"{sum(yearly):g}", shortfall_credits=short, verdict=verdict
        )
        plot.expect("ZJ-2016-71/03.1", teacher, CYCLE, "met" if sum(yearly) >= FULL else "not_met")
        plot.expect("ZJ-2016-71/03.2", teacher, 2018, "met" if yearly[2] >= YEARLY else "not_met")

    plot.case("ZJ-failed", "不合格、退回、撤销、草稿都不计")
    teacher = plot.teacher(SCHOOL)
    for year in CYCLE_YEARS:
        _year(plot, teacher, year, 72, completion="不合格")
        for status in ("退回", "撤销", "草稿"):
            _year(plot, teacher, year, 72, status=status)
    plot.expect("ZJ-2016-71/03.1", teacher, CYCLE, "not_met")

    plot.case("ZJ-open", "2021–2025周期未满：进行中")
    teacher = plot.teacher(SCHOOL)
    _year(plot, teacher, 2021, 72)
    plot.expect("ZJ-2016-71/03.1", teacher, "2021-2025", "in_progress")


def _wenzhou(plot: Plot) -> None:
    plot.case("WZ-base", "温州样例共用的机构")
    institution = plot.institution(unit_id=HOME)
    for name, note, school_hours, long_hours, verdict, failing in (
        ("WZ-exact", "恰360学时，校本恰120，一次恰90学时集中", [24] * 5, 90, "met", None),
        ("WZ-short", "359.5学时", [24] * 5, 90, "not_met", "WZ-2012-33/03.2"),
        ("WZ-school-short", "校本119学时", [24, 24, 24, 24, 23], 90, "not_met", "WZ-2012-33/04.1"),
        ("WZ-no-long", "集中最长89学时", [24] * 5, 89, "not_met", "WZ-2012-33/04.2"),
    ):
        plot.case(name, note)
        teacher = plot.teacher(SCHOOL)
        others = {"WZ-exact": 150.0, "WZ-short": 149.5}.get(name, 151.0)
        _usual(plot, teacher, school_hours, others)
        project = plot.project(
            institution, HOME, date(2018, 7, 1), date(2018, 7, 12), hours_planned=float(long_hours), level="地市级"
        )
        plot.record(
            teacher,
            long_hours,
            date(2018, 7, 12),
            project_id=project,
            level="市",
            credits=float(long_hours),
            start_date=date(2018, 7, 1),
        )
        plot.figures(
            "teacher_cycle",
            teacher,
            CYCLE,
            hours=f"{sum(school_hours) + others + long_hours:g}",
            school_based_hours=f"{sum(school_hours):g}",
            longest_concentrated_hours=f"{long_hours}",
            verdict=verdict,
        )
        for clause in ("WZ-2012-33/03.2", "WZ-2012-33/04.1", "WZ-2012-33/04.2"):
            plot.expect(clause, teacher, CYCLE, "not_met" if clause == failing else "met")


def _usual(plot: Plot, teacher: str, school_hours: list[int], others: float) -> None:
    """The years of a cycle: so many hours at school, and the others online."""
    for year, hours in zip(CYCLE_YEARS, school_hours, strict=True):
        plot.record(
            teacher, hours, date(year, 6, 20), source_type="校本", category="校本", level="校", credits=float(hours)
        )
        plot.record(
            teacher,
            others / 5,
            date(year, 10, 20),
            source_type="网络",
            category="网络",
            level="省",
            credits=others / 5,
            hours_online=others / 5,
        )


def _spot_checks(plot: Plot) -> None:
    for name, note, year, held, checked, verdict in (
        ("ZJ-check-exact", "5个项目抽查1个：恰20%", 2019, 5, 1, "met"),
        ("ZJ-check-short", "6个项目抽查1个：应查2个", 2018, 6, 1, "not_met"),
        ("ZJ-check-none", "有项目无抽查", 2017, 3, 0, "not_met"),
        ("ZJ-check-foreign", "只有省里查过：不算本县抽查", 2016, 3, 0, "not_met"),
        ("ZJ-check-cancelled", "6个项目取消1个：分母5，查1个够", 2020, 5, 1, "met"),
        ("ZJ-check-running", "2021年未满、未够：进行中", 2021, 1, 0, "in_progress"),
    ):
        plot.case(name, note)
        unit = plot.zone("绍兴滨海新区")
        projects = _held(plot, unit, year, held)
        if name == "ZJ-check-cancelled":
            plot.project(plot.institution(unit_id=unit), unit, date(year, 11, 3), date(year, 11, 5), status="取消")
        for project, month in zip(projects[:checked], range(FIRST_MONTH, 12), strict=False):
            plot.check(project, unit, date(year, month, 4))
            plot.check(project, unit, date(year, month, 5))
        if name == "ZJ-check-foreign":
            plot.check(projects[0], "330000", date(year, 4, 4), checker_level="省")
        figures = {"projects": str(held), "projects_checked": str(checked), "required": str(-(-held // 5))}
        plot.expect("ZJ-2014-04/23.1", unit, year, verdict, **figures)
    _checked_later(plot)


def _held(plot: Plot, unit: str, year: int, count: int) -> list[str]:
    """Projects of a zone, one a month, the first of them school-based."""
    institution = plot.institution(unit_id=unit)
    return [
        plot.project(
            institution,
            unit,
            date(year, month, 3),
            date(year, month, 5),
            is_school_based=month == FIRST_MONTH,
            delivery_mode="校本" if month == FIRST_MONTH else "集中",
        )
        for month in range(FIRST_MONTH, FIRST_MONTH + count)
    ]


def _checked_later(plot: Plot) -> None:
    plot.case("ZJ-check-open", "2021年未满，已够：met；2020年没有项目：不适用")
    unit = plot.zone("衢州绿色产业集聚区")
    project = plot.project(plot.institution(unit_id=unit), unit, date(2021, 4, 6), date(2021, 4, 7))
    plot.check(project, unit, date(2021, 4, 7))
    plot.expect("ZJ-2014-04/23.1", unit, 2021, "met")
    plot.expect("ZJ-2014-04/23.1", unit, 2020, "not_applicable")

    plot.case("ZJ-check-years", "跨年项目两年都算分母，只在检查之年算分子")
    project = plot.project(plot.institution(unit_id=unit), unit, date(2018, 12, 20), date(2019, 1, 10))
    plot.check(project, unit, date(2019, 1, 8))
    plot.expect("ZJ-2014-04/23.1", unit, 2018, "not_met")
    plot.expect("ZJ-2014-04/23.1", unit, 2019, "met")


def satisfaction(plot: Plot, prefix: str, unit: str) -> None:
    """Institutions whose pooled share lies just beside and exactly on each threshold."""
    chongqing = prefix == "CQ"
    cases = (
        ("exact-70", "恰70.00%", {"很满意": 40, "满意": 30, "基本满意": 30}, 70),
        ("under-70", "69.5%", {"很满意": 80, "满意": 59, "不满意": 61}, 139),
        ("over-70", "70.5%", {"很满意": 80, "满意": 61, "基本满意": 59}, 141),
        ("exact-60", "恰60%", {"很满意": 30, "满意": 30, "不满意": 40}, 60),
        ("under-60", "59%", {"很满意": 30, "满意": 29, "很不满意": 41}, 59),
        ("few", "有效答卷9份：样本太小", {"不满意": 9}, 0),
        ("ten", "有效答卷恰10份", {"很满意": 10}, 10),
    )
    for name, note, counts, satisfied in cases:
        plot.case(f"{prefix}-sat-{name}", f"满意率{note}")
        institution = plot.institution(unit_id=unit)
        project = plot.project(institution, unit, date(2019, 5, 6), date(2019, 5, 8), subject="数学")
        plot.survey(project, date(2019, 5, 20), counts)
        total = sum(counts.values())
        plot.figures(
            "institution_satisfaction", institution, 2019, responses_valid=str(total), satisfied=str(satisfied)
        )
        if total < 10:  # noqa: PLR2004 — smaller samples trigger nothing
            verdicts = ["undetermined", "undetermined"]
        elif chongqing:
            verdicts = ["not_met" if 10 * satisfied <= 7 * total else "met"]
        else:
            verdicts = ["not_met" if 10 * satisfied < limit * total else "met" for limit in (7, 6)]
        clauses = ["CQ-2013-24/19.1"] if chongqing else ["ZJ-2014-04/27.6", "ZJ-2014-04/28.3"]
        for clause, verdict in zip(clauses, verdicts, strict=False):
            plot.expect(clause, institution, 2019, verdict)
            plot.expect(clause, project, project, verdict)
    _scales(plot, prefix, unit)


def _scales(plot: Plot, prefix: str, unit: str) -> None:
    """Sheets of three scales, and sheets that do not count."""
    plot.case(f"{prefix}-sat-scales", "同一机构三个项目：五级、1–5分、百分制；实名卷、无效卷、教评学都不算")
    institution = plot.institution(unit_id=unit)
    for month, counts in (
        (4, {"很满意": 6, "基本满意": 4}),
        (5, {"5": 4, "4": 4, "3": 2}),
        (6, {"95": 5, "80": 3, "79": 2}),
    ):
        project = plot.project(institution, unit, date(2019, month, 6), date(2019, month, 8), subject="数学")
        plot.survey(project, date(2019, month, 20), counts)
        plot.survey(project, date(2019, month, 20), {"不满意": 3}, is_anonymous=False)
        plot.survey(project, date(2019, month, 20), {"不满意": 3}, survey_type="教评学")
    plot.figures("institution_satisfaction", institution, 2019, responses_valid="30", satisfied="22")
