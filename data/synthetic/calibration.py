"""The assumptions behind the sample: how many, how often, how good. All synthetic.

Public figures that the assumptions lean on, where any were found:

- county sizes: log-normal, like published counts of teachers by county (Fujian 2015, senior, junior, primary schools:
  Gulou 1,348/1,641/2,711, Fuqing 1,804/3,511/5,757, Mawei 285/567/796; statistical yearbook, tjj.fujian.gov.cn 22-17);
- size of a province: 298,300 teachers of compulsory education in Zhejiang 2012 (bulletin on education,
  jyt.zj.gov.cn); the sample keeps the proportions of the three provinces, not the numbers;
- satisfaction: 92.5 % in an evaluation of distance training (Hefei 2013, 982 valid sheets of 1,072; inrrp.com.cn);
- qualification: senior 14.5 %, middle 40.9 %, junior 36.7 %, bachelor 72.3 % (the same sample);
- hours: a class hour is 45 minutes, a day at most eight (national statistical sheet 教基4068).

No province has published attainment, attendance or spot-check rates: assumed are an attendance of 96 %, spot checks of
24 % with an eighth of the counties below a fifth, yearly attainment of 88–96 %, cycles of 93–98 %; damaged ids, doubled
and empty cells as in `messy`. Does not belong here: thresholds of the law (models/law).
"""

from dataclasses import dataclass, replace

YEARS = (2016, 2017, 2018, 2019, 2020, 2021)
DUMP_DATE = "2021-11-30"
TEACHERS = 34_000
"""Default number of teachers over all provinces; about 31 credit records each."""
BATCH_TEACHERS = 24_000
"""A province is made in batches of whole counties of about this many teachers, so that memory stays bounded."""

PROVINCE_SHARE = {"330000": 0.56, "460000": 0.18, "500000": 0.26}
COUNTY_SPREAD = 0.55
"""Sigma of the log-normal county sizes: the published range 700–15,000 around a median of 4,000."""

WEAK = {"330000": (0.05, 0.003), "460000": (0.03, 0.045), "500000": (0.03, 0.045)}
"""Share of teachers who train little in every year, and of other teacher-years with little training. Zhejiang's rule
asks every year of the cycle for its credits, so weak years are kept to few teachers there."""
NEW_TEACHER = 0.03
"""Share of teachers hired in each of the sample's years."""

SATISFACTION = (0.93, 0.05)
"""Mean and standard deviation of a project's satisfied share (Beta)."""
LOW_SATISFACTION = 0.03
"""Share of projects drawn from the low tail (0.35 to 0.72) instead."""
RESPONSE_RATE = (0.42, 0.10)

CHECK_RATE = (0.257, 0.02)
"""Mean and spread of the spot-check rate of counties that do their duty."""
LOW_CHECK = 0.125
"""Share of county-years that stay under one fifth."""


@dataclass(frozen=True)
class Kind:
    """One kind of training a teacher meets in a year: how often, how long, who with."""

    name: str
    source_type: str
    delivery: str
    per_year: float
    weak_per_year: float
    hours: tuple[int, ...]
    class_size: int
    group: str
    """Who shares its projects: school, county or province."""
    months: tuple[int, int]
    failing: float
    """Share of records that did not pass."""
    categories: tuple[str, ...] = ("全员", "全员", "全员", "专题")
    """Project categories, drawn evenly."""
    credited_as: str | None = None
    """Category of the credit records, where the kind decides it."""
    is_practice: bool = False


MIXED_CATEGORIES = ("全员", "全员", "全员", "骨干", "班主任", "专题", "心理健康")


@dataclass(frozen=True)
class Density:
    """How many traces a teacher leaves; the other figures of this page say how they are spread."""

    teachers_per_school: int = 44
    offers: int = 1
    """How often a year the offer outside the school is made."""
    uptake: float = 1.0
    """By how much more likely each of its courses is taken."""
    class_factor: int = 1
    """By how much classes outside the school are larger than the sample's."""
    followed: float = 0.10
    """Share of projects whose every step is kept."""
    sessions_a_day: int = 1
    response_factor: float = 1.0
    """By how much more often a questionnaire is answered than RESPONSE_RATE says."""


SAMPLE = Density()
"""Many small projects: whatever can happen, happens among few teachers."""


def offer(province: str, density: Density) -> tuple[Kind, ...]:
    """What everybody may take in one year."""
    once = kinds(province)
    outside = [kind for kind in once if kind.group != "school"]
    again = [replace(kind, name=f"{kind.name}{n}") for n in range(2, density.offers + 1) for kind in outside]
    taken = [replace(kind, per_year=min(1.0, kind.per_year * density.uptake)) for kind in (*once, *again)]
    return tuple(enlarged(kind, density) for kind in taken)


def enlarged(kind: Kind, density: Density) -> Kind:
    """The kind with classes as large as the density says."""
    return replace(kind, class_size=kind.class_size * density.class_factor)


def kinds(province: str) -> tuple[Kind, ...]:
    """The yearly offer in one province; hours are whole training days for face-to-face kinds."""
    hainan = province == "460000"
    short = (24, 32, 40) if hainan else (16, 24, 32)
    online = (40, 50, 60) if hainan else (20, 30, 40)
    return (
        Kind("校本春", "校本", "校本", 1.0, 1.0, (14, 15, 16, 18), 0, "school", (3, 3), 0.0005),
        Kind("校本秋", "校本", "校本", 1.0, 0.0, (14, 15, 16, 18), 0, "school", (9, 9), 0.0005),
        Kind("集中", "集中", "集中", 1.0, 0.0, short, 45, "county", (4, 10), 0.001, MIXED_CATEGORIES),
        Kind("网络", "网络", "网络", 1.0, 0.0, online, 150, "province", (3, 9), 0.001),
        Kind("再集中", "集中", "集中", 0.55, 0.0, (8, 16), 45, "county", (4, 10), 0.03),
        Kind("再网络", "网络", "网络", 0.35, 0.0, (10, 20), 150, "province", (3, 9), 0.03),
        Kind("教研活动", "教研活动", "集中", 0.8, 0.1, (8,), 50, "county", (3, 10), 0.01, ("教研活动",)),
        Kind("跟班", "跟班", "跟班", 0.04, 0.0, (40, 80), 25, "county", (4, 10), 0.02),
        Kind("混合", "混合", "混合", 0.06, 0.0, (60, 90), 45, "county", (4, 9), 0.02),
    )


LONG = Kind("九十学时", "集中", "集中", 0.25, 0.0, (90,), 45, "county", (7, 7), 0.002, ("全员", "全员", "骨干"))
"""The long concentrated course that a teacher takes about once a cycle (at least once unless weak)."""
INDUCTION = (
    Kind("新任理论", "集中", "集中", 0.94, 0.94, (100, 120), 45, "county", (2, 6), 0.01, ("新任教师",), "新任教师"),
    Kind(
        "新任实践",
        "集中",
        "集中",
        0.94,
        0.94,
        (80, 80, 60),
        45,
        "county",
        (2, 6),
        0.01,
        ("新任教师",),
        "新任教师",
        True,
    ),
)
"""What a newly hired teacher takes in the year after."""
QUALIFICATION = (
    Kind("任职集中", "集中", "集中", 0.94, 0.94, (100,), 45, "county", (2, 6), 0.01, ("校长任职资格",), "任职资格"),
    Kind("任职网络", "网络", "网络", 0.94, 0.94, (200,), 150, "province", (2, 3), 0.01, ("校长任职资格",), "任职资格"),
)
"""What a newly appointed head takes in the year after."""
WRONGLY_COUNTED = 0.03
"""Share of induction and qualification records that the platform counts to the cycle all the same."""
LONG_AGAIN = 0.03
"""Share of teachers that take it once more in any year."""
OVERLOOKED = 0.04
"""Share of registrations with absence on file that give full hours in spite of it."""
RETURNED = 0.006
"""Share of registrations sent back, among kinds whose failing share is above RETURNABLE."""
RETURNABLE = 0.005
CHECKED_ABOVE = 0.015
"""Share of projects that the province checks itself."""
DESIGNATED = 0.99
"""Share of registrations whose training an authority or school had designated."""
OUT_OF_ORDER = 0.005
"""Share of confirmations dated before the audit they confirm."""
REGISTERED_ELSEWHERE = 0.003
"""Share of registrations made by another institution than the organiser (and as many at the wrong level)."""
