"""Hainan's credit arithmetic as planted teachers: one case for each worked example of the rules, and their borders.

Names HI-01 … HI-36 follow the order in which the measure's articles are worked through (single records, caps, years,
cycles, newcomers). Does not belong here: the arithmetic.
"""

from dataclasses import dataclass
from datetime import date

from data.synthetic.scenarios import beginnings, bodies, provision
from data.synthetic.scenarios.plot import DAY_HOURS, Plot
from data.synthetic.scenarios.scenery import HOME, SCHOOL

YEAR = 2018
CYCLE = "2016-2020"
LEVELS = {"国": "国家级", "省": "省级", "市": "地市级", "县": "县级", "校": "校级"}


Who = tuple[str, str]
"""A teacher and the institution that trains."""


@dataclass(frozen=True)
class Single:
    """One record of one teacher in one year and what it counts for (None: the rate table is missing)."""

    name: str
    note: str
    source: str
    level: str
    hours: float
    registered: float | None
    counted: str | None
    counted_hours: str
    online: float = 0
    completion: str = "合格"
    has_project: bool = True


SINGLES = [
    Single("HI-01", "国家级集中5天，恰触顶", "集中", "国", 40, 10, "10", "40"),
    Single("HI-02", "国家级集中6天，单项封顶，学时全计", "集中", "国", 48, 12, "10", "48"),
    Single("HI-03", "省级集中7天", "集中", "省", 56, 10.5, "10", "56"),
    Single("HI-04", "市县级集中12天", "集中", "县", 96, 12, "10", "96"),
    Single("HI-05", "省级集中3天，未合格", "集中", "省", 24, 0, "0", "0", completion="不合格"),
    Single("HI-06", "市县级半天4学时", "集中", "县", 4, 0.8, "0.8", "4"),
    Single("HI-07", "市县级7学时，单天封顶", "集中", "县", 7, 1, "1", "7"),
    Single("HI-08a", "省级7学时", "集中", "省", 7, 1.4, "1.4", "7"),
    Single("HI-08b", "省级7.5学时，恰到单天上限", "集中", "省", 7.5, 1.5, "1.5", "7.5"),
    Single("HI-09", "国家级7学时", "集中", "国", 7, 1.4, "1.4", "7"),
    Single("HI-10", "国家级恰1天，按天", "集中", "国", 8, 2, "2", "8"),
    Single("HI-11", "省级2天半，余数按时", "集中", "省", 20, 3.8, "3.8", "20"),
    Single("HI-12", "国家级2天又6学时", "集中", "国", 22, 5.2, "5.2", "22"),
    Single("HI-13", "省级网络研修60学时", "网络", "省", 60, 6, "6", "60", online=60),
    Single("HI-14", "国家级网络研修120学时，单项封顶", "网络", "国", 120, 12, "10", "120", online=120),
    Single("HI-15", "省级混合：线下4天，线上50学时", "混合", "省", 82, 11, "10", "82", online=50),
    Single("HI-19", "省级讲座主讲2课时", "主讲", "省", 2, 6, "6", "2", has_project=False),
    Single("HI-20", "国家级示范课主讲3课时，不受单项上限", "主讲", "国", 3, 12, "12", "3", has_project=False),
    Single("HI-21", "校级公开课主讲4课时，入校级池", "主讲", "校", 4, 4, "4", "4", has_project=False),
    Single("HI-25", "市教育局专业考试135分钟，学分率缺表", "考试", "市", 3, None, None, "3", has_project=False),
    Single("HI-26", "社会机构考试120分钟，按校级登分", "考试", "校", 2, None, None, "2", has_project=False),
]


def plant(plot: Plot) -> None:
    """All cases of Hainan's measure."""
    plot.case("HI-base", "样例教师共用的机构")
    institution = plot.institution(unit_id=HOME)
    for single in SINGLES:
        _single(plot, institution, single)
    _across_years(plot, institution)
    _mentoring(plot)
    _degree(plot)
    _years(plot, institution)
    _cycles(plot, institution)
    _newcomers(plot, institution)
    _borders(plot, institution)
    provision.plant(plot, "HI", HOME, provision.HAINAN)
    bodies.hainan(plot)
    beginnings.hainan(plot)


def _single(plot: Plot, institution: str, single: Single) -> None:
    plot.case(single.name, single.note)
    teacher = plot.teacher(SCHOOL)
    end = date(YEAR, 7, 15)
    project = None
    if single.has_project:
        project = plot.project(
            institution,
            HOME,
            date(YEAR, 7, 1),
            end,
            level=LEVELS[single.level],
            delivery_mode=single.source,
            hours_planned=single.hours,
            hours_online=single.online,
            days=max((single.hours - single.online) // DAY_HOURS, 0.0),
        )
    plot.record(
        teacher,
        single.hours,
        end,
        project_id=project,
        source_type=single.source,
        level=single.level,
        credits=single.registered,
        hours_online=single.online,
        completion=single.completion,
        start_date=date(YEAR, 7, 1),
        category="校本" if single.level == "校" else "集中",
    )
    figures = {"hours": single.counted_hours}
    if single.counted is not None:
        figures["credits"] = single.counted
    plot.figures("teacher_year", teacher, YEAR, **figures)


def _across_years(plot: Plot, institution: str) -> None:
    plot.case("HI-16", "国家级跨年项目7天，文件明确分年登分：额度按时间先后消耗")
    teacher = plot.teacher(SCHOOL)
    project = plot.project(
        institution,
        HOME,
        date(2018, 12, 25),
        date(2019, 1, 5),
        level="国家级",
        hours_planned=56.0,
        split_year_registration=True,
    )
    for hours, end in ((32, date(2018, 12, 28)), (24, date(2019, 1, 5))):
        plot.record(teacher, hours, end, project_id=project, level="国", credits=hours / DAY_HOURS * 2)
    plot.expect("HI-2017/09.A", teacher, 2018, "not_met", credits="8", hours="32")
    plot.expect("HI-2017/09.A", teacher, 2019, "not_met", credits="2", hours="24")

    plot.case("HI-17", "跨年项目无分年方案：全部归取证之年")
    teacher = plot.teacher(SCHOOL)
    project = plot.project(institution, HOME, date(2017, 11, 20), date(2018, 3, 30), hours_planned=40.0)
    plot.record(
        teacher,
        40,
        date(2018, 3, 30),
        project_id=project,
        credits=5.0,
        start_date=date(2017, 11, 20),
        certificate_date=date(2018, 4, 10),
    )
    plot.expect("HI-2017/09.A", teacher, 2018, "not_met", credits="5", hours="40")
    plot.expect("HI-2017/14.1", teacher, 2018, "met")
    _outside(plot, institution)


def _outside(plot: Plot, institution: str) -> None:
    """A certificate dated after the cycle."""
    plot.case("HI-18", "证书日在周期之外：随证书日归2021年")
    teacher = plot.teacher(SCHOOL)
    project = plot.project(institution, HOME, date(2020, 11, 20), date(2020, 12, 30), hours_planned=40.0)
    plot.record(
        teacher,
        40,
        date(2020, 12, 30),
        project_id=project,
        credits=5.0,
        start_date=date(2020, 11, 20),
        certificate_date=date(2021, 1, 8),
    )
    plot.expect("HI-2017/09.A", teacher, 2020, "not_met", credits="0", hours="0")


def _mentoring(plot: Plot) -> None:
    for name, note, start, end, hours in (
        ("HI-22", "师徒恰满2个月", date(2018, 3, 1), date(2018, 5, 1), "60"),
        ("HI-23", "师徒差1天满2个月，登了也不计", date(2018, 3, 1), date(2018, 4, 30), "0"),
        ("HI-24", "师徒12-31至次年2-28，月末对齐，归次年", date(2018, 12, 31), date(2019, 2, 28), "60"),
    ):
        plot.case(name, note)
        mentor = plot.teacher(SCHOOL, title="高级")
        mentee = plot.teacher(SCHOOL, title="二级")
        agreement = plot.add(
            "mentorship",
            "agreement_id",
            "M",
            mentor_id=mentor,
            mentee_id=mentee,
            start=start,
            end=end,
            certificate_no=f"ZS-{name}",
        )
        for person in (mentor, mentee):
            plot.record(person, 60, end, source_type="师徒", level="县", start_date=start, credits=None)
            plot.figures("teacher_year", person, end.year, hours=hours)
        for person in (mentor, mentee):
            plot.expect("HI-2017/14.6.1", person, agreement, "met" if hours == "60" else "not_met")


def _degree(plot: Plot) -> None:
    plot.case("HI-27", "学历提高三门课，一门不合格：只计合格课程的面授学时")
    teacher = plot.teacher(SCHOOL)
    for course, hours, passed in (("教育学", 40, True), ("心理学", 36, True), ("课程论", 30, False)):
        plot.row(
            "degree_study",
            teacher_id=teacher,
            year=YEAR,
            course=course,
            face_hours=float(hours),
            passed=passed,
            provider="海南师范大学",
            audit_date=date(YEAR, 12, 10),
        )
        plot.record(
            teacher,
            hours,
            date(YEAR, 12, 1),
            source_type="学历",
            level="市",
            credits=None,
            completion="合格" if passed else "不合格",
        )
    plot.figures("teacher_year", teacher, YEAR, hours="76")


def _school_based(plot: Plot, teacher: str, year: int, hours: float, registered: float) -> None:
    plot.record(teacher, hours, date(year, 6, 20), source_type="校本", category="校本", level="校", credits=registered)


def _days(plot: Plot, who: Who, stay: tuple[str, int], year: int, month: int = 7) -> None:
    """A course of so many days at a level, at the beginning of the month."""
    level, days = stay
    teacher, institution = who
    first, last = date(year, month, 1), date(year, month, days)
    project = plot.project(institution, HOME, first, last, level=LEVELS[level])
    rate = {"国": 2.0, "省": 1.5}.get(level, 1.0)
    plot.record(
        teacher,
        days * DAY_HOURS,
        last,
        project_id=project,
        level=level,
        start_date=first,
        credits=min(days * rate, 10.0),
    )


def _online(plot: Plot, teacher: str, institution: str, year: int, hours: float) -> None:
    project = plot.project(
        institution,
        HOME,
        date(year, 9, 1),
        date(year, 10, 20),
        level="省级",
        delivery_mode="网络",
        hours_planned=float(hours),
        hours_online=float(hours),
        is_full_release=False,
    )
    plot.record(
        teacher,
        hours,
        date(year, 10, 20),
        project_id=project,
        source_type="网络",
        category="网络",
        level="省",
        start_date=date(year, 9, 1),
        hours_online=float(hours),
        credits=hours / 10,
    )


def _years(plot: Plot, institution: str) -> None:
    plot.case("HI-28", "校级一年登记6+5学分、80学时：封顶6，年度学分短板")
    teacher = plot.teacher(SCHOOL)
    _school_based(plot, teacher, YEAR, 44, 6)
    _school_based(plot, teacher, YEAR, 36, 5)
    plot.expect("HI-2017/09.A", teacher, YEAR, "not_met", credits="6", hours="80")
    plot.expect("HI-2017/09.2", teacher, YEAR, "not_met")

    plot.case("HI-29", "校级8→6，市县4天，网研8学时：10.8学分、恰72学时")
    teacher = plot.teacher(SCHOOL)
    _school_based(plot, teacher, YEAR, 32, 8)
    _days(plot, (teacher, institution), ("县", 4), YEAR)
    _online(plot, teacher, institution, YEAR, 8)
    plot.expect("HI-2017/09.A", teacher, YEAR, "met", credits="10.8", hours="72")
    plot.expect("HI-2017/09.3", teacher, YEAR, "met")

    plot.case("HI-30", "9.9学分、72学时：先取整才会误判合格")
    teacher = plot.teacher(SCHOOL)
    _school_based(plot, teacher, YEAR, 39, 8)
    _days(plot, (teacher, institution), ("县", 3), YEAR)
    _online(plot, teacher, institution, YEAR, 9)
    plot.expect("HI-2017/09.A", teacher, YEAR, "not_met", credits="9.9", hours="72")

    plot.case("HI-31", "国家级5天：恰10学分、40学时，学时短板")
    teacher = plot.teacher(SCHOOL)
    _days(plot, (teacher, institution), ("国", 5), YEAR)
    plot.expect("HI-2017/09.A", teacher, YEAR, "not_met", credits="10", hours="40")
    plot.expect("HI-2017/09.1", teacher, YEAR, "met")


# A year's credits and hours as (school-based hours, [(level, days), …]); school-based training registers 6 credits.
RECIPES: dict[tuple[int, int], tuple[int, list[tuple[str, int]]]] = {
    (12, 72): (24, [("县", 6)]),
    (9, 75): (51, [("县", 3)]),
    (10, 72): (40, [("县", 4)]),
    (10, 71): (39, [("县", 4)]),
    (20, 72): (16, [("国", 5), ("国", 2)]),
    (8, 72): (56, [("县", 2)]),
    (7, 72): (64, [("县", 1)]),
}


def _recipe(plot: Plot, who: Who, year: int, credit: int, hours: int) -> None:
    teacher, _ = who
    school_hours, stays = RECIPES[credit, hours]
    _school_based(plot, teacher, year, school_hours, 6)
    for month, stay in enumerate(stays, start=7):
        _days(plot, who, stay, year, month)


CYCLES: tuple[tuple[str, str, list[tuple[int, int]], str, dict[str, str]], ...] = (
    (
        "HI-32",
        "第二年不合格，周期合格：两结论独立",
        [(12, 72), (9, 75), (10, 72), (10, 72), (10, 72)],
        "met",
        {"credits": "51", "hours": "363", "binding_constraint": "无"},
    ),
    (
        "HI-33",
        "恰50学分、359学时",
        [(10, 72)] * 4 + [(10, 71)],
        "not_met",
        {"credits": "50", "hours": "359", "binding_constraint": "学时"},
    ),
    (
        "HI-34",
        "首年20学分：周期恰50/360合格，后四年年度不合格",
        [(20, 72), (8, 72), (8, 72), (7, 72), (7, 72)],
        "met",
        {"credits": "50", "hours": "360", "binding_constraint": "无"},
    ),
    (
        "HI-cycle-credits",
        "学时够、学分49",
        [(10, 72)] * 2 + [(9, 75)] + [(10, 72)] * 2,
        "not_met",
        {"credits": "49", "hours": "363", "binding_constraint": "学分"},
    ),
    (
        "HI-cycle-both",
        "学分学时都不够",
        [(7, 72)] * 3,
        "not_met",
        {"credits": "21", "hours": "216", "binding_constraint": "两者"},
    ),
)


def _cycles(plot: Plot, institution: str) -> None:
    for name, note, recipe, verdict, figures in CYCLES:
        plot.case(name, note)
        teacher = plot.teacher(SCHOOL)
        for year, (credit, hours) in enumerate(recipe, start=2016):
            _recipe(plot, (teacher, institution), year, credit, hours)
            annual = "met" if credit >= 10 and hours >= 72 else "not_met"  # noqa: PLR2004 — articles 9.1 and 9.3
            plot.expect("HI-2017/09.A", teacher, year, annual, credits=str(credit), hours=str(hours))
        plot.expect("HI-2017/09.B", teacher, CYCLE, verdict, **figures)
    _unknown(plot, institution)


def _unknown(plot: Plot, institution: str) -> None:
    """Cycles with credits that nobody knows."""
    plot.case("HI-cycle-unknown", "学分率缺表又无平台学分，下限不足：不能下结论")
    teacher = plot.teacher(SCHOOL)
    for year in range(2016, 2021):
        _recipe(plot, (teacher, institution), year, 9, 75)
    plot.record(
        teacher, 60, date(2020, 5, 1), source_type="师徒", level="县", start_date=date(2020, 2, 1), credits=None
    )
    plot.row(
        "mentorship",
        agreement_id="M46-HI-cycle-unknown",
        mentor_id=teacher,
        mentee_id=teacher,
        start=date(2020, 2, 1),
        end=date(2020, 5, 1),
        certificate_no="ZS-unknown",
    )
    plot.expect("HI-2017/09.B", teacher, CYCLE, "undetermined")

    plot.case("HI-cycle-bound", "学分有未知部分，但下限已够：合格")
    teacher = plot.teacher(SCHOOL)
    for year in range(2016, 2021):
        _recipe(plot, (teacher, institution), year, 10, 72)
    plot.record(teacher, 3, date(2020, 5, 1), source_type="考试", level="市", credits=None)
    plot.expect("HI-2017/09.B", teacher, CYCLE, "met")


def _newcomers(plot: Plot, institution: str) -> None:
    plot.case("HI-35", "2017-09聘用：2018起考核，周期不足五年未满50/360，不入分母")
    teacher = plot.teacher(SCHOOL, hire_date=date(2017, 9, 1), teaching_start=date(2017, 9, 1))
    for year in (2018, 2019, 2020):
        _recipe(plot, (teacher, institution), year, 10, 72)
    plot.expect("HI-2017/09.A", teacher, 2017, "not_applicable")
    plot.expect("HI-2017/09.A", teacher, 2018, "met", credits="10", hours="72")
    plot.expect("HI-2017/09.B", teacher, CYCLE, "not_applicable")

    plot.case("HI-35b", "2017-09聘用，已满50/360：合格")
    teacher = plot.teacher(SCHOOL, hire_date=date(2017, 9, 1), teaching_start=date(2017, 9, 1))
    for year in (2018, 2019, 2020):
        _recipe(plot, (teacher, institution), year, 20, 72)
        _online(plot, teacher, institution, year, 60)
    plot.expect("HI-2017/09.B", teacher, CYCLE, "met")
    _arrivals(plot, institution)


def _arrivals(plot: Plot, institution: str) -> None:
    """Teachers from another province."""
    plot.case("HI-36", "2018-07省外引进，凭证合规：2019起考核")
    teacher = plot.teacher(SCHOOL, transfer_date=date(2018, 7, 1))
    plot.row(
        "teacher_transfer",
        teacher_id=teacher,
        origin_province="43",
        transfer_date=date(2018, 7, 1),
        cert_issuer_level="县",
        cert_from=date(2013, 7, 1),
        cert_to=date(2018, 6, 30),
    )
    for year in (2019, 2020):
        _recipe(plot, (teacher, institution), year, 10, 72)
    plot.expect("HI-2017/09.A", teacher, 2018, "not_applicable")
    plot.expect("HI-2017/09.A", teacher, 2019, "met")
    plot.expect("HI-2017/09.B", teacher, CYCLE, "not_applicable")
    plot.expect("HI-2017/10.2", teacher, 2018, "met")

    plot.case("HI-36b", "省外引进，凭证只覆盖四年")
    teacher = plot.teacher(SCHOOL, transfer_date=date(2018, 7, 1))
    plot.row(
        "teacher_transfer",
        teacher_id=teacher,
        origin_province="43",
        transfer_date=date(2018, 7, 1),
        cert_issuer_level="县",
        cert_from=date(2014, 7, 1),
        cert_to=date(2018, 6, 30),
    )
    plot.expect("HI-2017/10.2", teacher, 2018, "not_met")


def _borders(plot: Plot, institution: str) -> None:
    plot.case("HI-split", "市县级2天拆成4个半天，7日内：拆分线索")
    teacher = plot.teacher(SCHOOL)
    for day in (2, 3, 4, 5):
        held = date(YEAR, 4, day)
        project = plot.project(institution, HOME, held, held, hours_planned=4.0, days=0.5, topic="作业设计")
        plot.record(teacher, 4, held, project_id=project, credits=0.8)
    plot.expect("HI-2017/09.A", teacher, YEAR, "not_met", credits="3.2", hours="16")

    plot.case("HI-dispatch", "市县教育局派往北京跟班，登记为国家级：按派遣机构级别")
    teacher = plot.teacher(SCHOOL)
    project = plot.project(
        institution,
        HOME,
        date(YEAR, 5, 7),
        date(YEAR, 5, 11),
        level="国家级",
        delivery_mode="跟班",
        dispatch_org_level="市县",
    )
    plot.record(teacher, 40, date(YEAR, 5, 11), project_id=project, source_type="跟班", level="国", credits=10.0)
    plot.expect("HI-2017/09.A", teacher, YEAR, "not_met", credits="5", hours="40")
    plot.expect("HI-2017/14.3.6", teacher, YEAR, "not_met")

    plot.case("HI-makeup", "2018不合格，2019补修3天：计入2018，不计入2019")
    teacher = plot.teacher(SCHOOL)
    _recipe(plot, (teacher, institution), YEAR, 7, 72)
    project = plot.project(institution, HOME, date(2019, 5, 6), date(2019, 5, 8))
    plot.record(teacher, 24, date(2019, 5, 8), project_id=project, credits=3.0, is_makeup=True, makeup_for_year=YEAR)
    plot.expect("HI-2017/09.A", teacher, YEAR, "met", credits="10", hours="96")
    plot.expect("HI-2017/09.A", teacher, 2019, "not_met", credits="0", hours="0")
    _twice(plot, institution)


def _twice(plot: Plot, institution: str) -> None:
    """Registered twice, and too late."""
    plot.case("HI-double", "同一项目学校与市县各登一次：取级别匹配的一条")
    teacher = plot.teacher(SCHOOL)
    project = plot.project(institution, HOME, date(YEAR, 5, 14), date(YEAR, 5, 18))
    plot.record(teacher, 40, date(YEAR, 5, 18), project_id=project, credits=5.0, registrar_level="县")
    plot.record(teacher, 40, date(YEAR, 5, 18), project_id=project, credits=5.0, level="校", registrar_level="校")
    plot.expect("HI-2017/09.A", teacher, YEAR, "not_met", credits="5", hours="40")

    for name, note, registered, verdict in (
        ("HI-deadline", "2017-11-30结束，2018-01-12登分：第30个工作日", date(2018, 1, 12), "met"),
        ("HI-overdue", "2017-11-30结束，2018-01-15登分：过期", date(2018, 1, 15), "not_met"),
    ):
        plot.case(name, note)
        teacher = plot.teacher(SCHOOL)
        project = plot.project(institution, HOME, date(2017, 11, 27), date(2017, 11, 30))
        plot.record(teacher, 32, date(2017, 11, 30), project_id=project, credits=4.0, register_date=registered)
        plot.expect("HI-2017/07.1", project, project, verdict)
