"""Projects and the credit records they give, for one batch of counties.

Who trains when is drawn first (:func:`demand`), then each kind's projects are made large enough for its trainees and
every record is put into one of them, so that hours, dates and levels of a record are its project's.
Does not belong here: the other traces of a project (classes, surveys, checks) and planted cases.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from data.synthetic.calibration import (
    DESIGNATED,
    DUMP_DATE,
    INDUCTION,
    LONG,
    LONG_AGAIN,
    OUT_OF_ORDER,
    QUALIFICATION,
    REGISTERED_ELSEWHERE,
    RETURNABLE,
    RETURNED,
    WEAK,
    WRONGLY_COUNTED,
    YEARS,
    Density,
    Kind,
    enlarged,
    offer,
)
from data.synthetic.chance import Flags, Floats, Ints, Where, choose, dates, day, first_of, flags, year_of

DAY_HOURS = 8
CONFIRMED = 2
"""Place of 省已认定 among the states of a registration."""
FIRST_YEAR = YEARS[0]
LEVELS = ["国家级", "省级", "地市级", "县级"]
RECORD_LEVEL = {"国家级": "国", "省级": "省", "地市级": "市", "县级": "县", "校级": "校"}
REGISTRAR_LEVEL = {"国家级": "省", "省级": "省", "地市级": "市", "县级": "县", "校级": "校"}
KEY_LEVEL = {"国家级": "省", "省级": "省", "地市级": "市", "县级": "县"}
HAINAN_DAY = {"国家级": 2.0, "省级": 1.5, "地市级": 1.0, "县级": 1.0}
HAINAN_PROJECT_CAP = 10.0
TOPICS = ["课堂教学", "师德", "信息技术", "班主任", "学校管理", "学科素养", "作业设计", "心理健康"]


@dataclass(frozen=True)
class Attended:
    """Parallel arrays: which teacher (row) met one kind in which year (index into YEARS)."""

    kind: Kind
    teacher: Ints
    year: Ints


def demand(where: Where, teacher: pl.DataFrame, density: Density) -> list[Attended]:
    """What every teacher takes: everything offered once a year, unless the year (or the teacher) is a weak one.

    New teachers and new heads take their own courses in the year after they began.
    """
    rng = where.stream("demand")
    hire_year = teacher["hire_year"].to_numpy()
    shape = (len(hire_year), len(YEARS))
    years = np.asarray(YEARS)
    active = hire_year[:, None] < years[None, :]
    always, sometimes = WEAK[where.province]
    weak_teacher = flags(rng, shape[0], always)
    weak = (rng.random(shape) < sometimes) | weak_teacher[:, None]
    taken = []
    for kind in offer(where.province, density):
        chance = np.where(weak, kind.weak_per_year, kind.per_year)
        taken.append(_attended(kind, active & (rng.random(shape) < chance)))
    due = (teacher["number"].to_numpy() % 5)[:, None] == (years - FIRST_YEAR)[None, :] % 5
    again = rng.random(shape) < LONG_AGAIN
    taken.append(_attended(enlarged(LONG, density), active & ~weak_teacher[:, None] & (due | again)))
    hired = np.where(teacher["transfer_date"].is_null().to_numpy(), hire_year, 0)
    appointed = teacher["office_date"].dt.year().fill_null(0).to_numpy()
    for kinds_of_beginners, began in ((INDUCTION, hired), (QUALIFICATION, appointed)):
        beginning = began[:, None] + 1 == years[None, :]
        taken += [
            _attended(enlarged(kind, density), beginning & (rng.random(shape) < kind.per_year))
            for kind in kinds_of_beginners
        ]
    return taken


def _attended(kind: Kind, matrix: Flags) -> Attended:
    teacher, year = np.nonzero(matrix)
    return Attended(kind, teacher.astype(np.int64), year.astype(np.int64))


@dataclass(frozen=True)
class Settled:
    """Projects of the batch and, parallel to the records, each record's project row."""

    projects: pl.DataFrame
    records: pl.DataFrame


@dataclass(frozen=True)
class Scene:
    """Who may hold projects: the schools and counties of the batch, the institutions of the province."""

    where: Where
    school: pl.DataFrame
    counties: pl.Series
    institution: pl.DataFrame

    def groups(self, teacher: pl.DataFrame) -> dict[str, tuple[Ints, int]]:
        """The school, the county and the province of each teacher as numbers, and how many of each there are."""
        places = range(len(self.counties))
        county = self.school["unit_id"].replace_strict(self.counties, places, return_dtype=pl.Int64).to_numpy()
        school = teacher["school_row"].to_numpy()
        return {
            "school": (school, len(self.school)),
            "county": (county[school], len(self.counties)),
            "province": (np.zeros(len(teacher), np.int64), 1),
        }


def settle(
    where: Where,
    teacher: pl.DataFrame,
    school: pl.DataFrame,
    institution: pl.DataFrame,
    density: Density,
) -> Settled:
    """All projects and credit records of the batch (columns of the contract; ids are final)."""
    scene = Scene(where, school, school["unit_id"].unique(maintain_order=True), institution)
    groups = scene.groups(teacher)
    projects: list[pl.DataFrame] = []
    records: list[pl.DataFrame] = []
    first = 0
    for taken in demand(where, teacher, density):
        kind = taken.kind
        rng = where.stream("projects", kind.name)
        group, many = groups[kind.group]
        key = group[taken.teacher] * len(YEARS) + taken.year
        trainees = np.bincount(key, minlength=many * len(YEARS))
        count = np.minimum(trainees, 1) if kind.class_size == 0 else -(-trainees // kind.class_size)
        offset = np.cumsum(count) - count
        row = first + offset[key] + (rng.random(len(key)) * count[key]).astype(np.int64)
        owner = np.repeat(np.arange(len(count)), count)
        projects.append(_projects(scene, rng, kind, owner // len(YEARS), owner % len(YEARS)))
        records.append(
            pl.DataFrame({"teacher_row": taken.teacher, "project_row": row}).with_columns(
                source_type=pl.lit(kind.source_type), failing=pl.lit(kind.failing)
            )
        )
        first += projects[-1].height
    project = _numbered(where.province, where.batch, pl.concat(projects))
    return Settled(project, _records(where, teacher, project, pl.concat(records)))


def _projects(scene: Scene, rng: np.random.Generator, kind: Kind, group: Ints, year_index: Ints) -> pl.DataFrame:
    """One kind's projects; ``group`` is the school, the county or nothing, as the kind says."""
    size = len(group)
    year = year_index + FIRST_YEAR
    hours = rng.choice(np.asarray(_hours(scene.where.province, kind)), size).astype(np.int64)
    online = _online_hours(kind, hours)
    days = -(-(hours - online) // DAY_HOURS)
    start, end = _term(rng, kind, year, days)
    placed = _placed(scene, rng, kind, group).with_columns(
        subject=choose(rng, ["语文", "数学", "英语", "科学", "综合"], size), topic=choose(rng, TOPICS, size)
    )
    is_key = flags(rng, size, 0.06) & (kind.group != "school")
    return placed.with_columns(
        batch=pl.Series(year).cast(pl.String)
        + pl.when(pl.Series(start < first_of(year) + 181)).then(pl.lit("H1")).otherwise(pl.lit("H2")),
        year=pl.Series(year),
        actual_operator_id="institution_id",
        key_level=pl.when(pl.Series(is_key))
        .then(pl.col("level").replace_strict(KEY_LEVEL, default="无"))
        .otherwise(pl.lit("无")),
        category=choose(rng, list(kind.categories), size),
        days=pl.Series(days),
        hours_planned=pl.Series(hours),
        hours_planned_approved=pl.Series(hours),
        hours_online=pl.Series(online),
        start_date=dates(start),
        end_date=dates(end),
        split_year_registration=pl.lit(value=False),
        status=pl.when(pl.Series(end <= day(DUMP_DATE) - 5)).then(pl.lit("已结束")).otherwise(pl.lit("办班中")),
        **_described(kind, year),
    )


def _placed(scene: Scene, rng: np.random.Generator, kind: Kind, group: Ints) -> pl.DataFrame:
    """Who runs each project, in which county, at which level and for which stage."""
    size = len(group)
    if kind.group == "school":
        own = scene.school[group.astype(np.uint32)]
        return own.select(institution_id="school_id", county_unit_id="unit_id", level=pl.lit("校级"), stage="stage")
    place = group if kind.group == "county" else rng.integers(0, len(scene.counties), size)
    unit = scene.counties.gather(place.astype(np.uint32))
    provider, level = _providers(rng, kind, unit, scene.institution)
    stage = choose(rng, ["幼儿园", "小学", "初中", "普高", "中职"], size, [18, 40, 26, 10, 4])
    return pl.DataFrame({"institution_id": provider, "county_unit_id": unit, "level": level, "stage": stage})


def _described(kind: Kind, year: Ints) -> dict[str, pl.Expr]:
    """What the kind alone says of a project, and its name."""
    form = {"校本": "校本研修", "网络": "网络研修", "跟班": "跟岗研修"}.get(kind.delivery, "专题培训")
    number = pl.Series((np.arange(len(year)) % 97) + 1).cast(pl.String).str.zfill(2)
    words = [
        pl.lit("" if kind.group == "school" else "中小学"),
        *(pl.col(name) for name in ("stage", "subject", "topic")),
        pl.lit(form),
        pl.lit(pl.Series(year).cast(pl.String) + "第" + number + "期"),
    ]
    dispatched = {"国家级": "国", "省级": "省", "地市级": "市县", "县级": "市县"}
    return {
        "kind": pl.lit(kind.name),
        "project_name": pl.concat_str(words),
        "scope": pl.lit({"school": "本校", "county": "全县", "province": "全省"}[kind.group]),
        "is_school_based": pl.lit(kind.group == "school"),
        "credited_as": pl.lit(kind.credited_as, pl.String),
        "is_practice_course": pl.lit(kind.is_practice),
        "delivery_mode": pl.lit(kind.delivery),
        "is_full_release": pl.lit(kind.delivery in ("集中", "跟班") and kind.group != "school"),
        "dispatch_org_level": pl.when(pl.lit(kind.delivery == "跟班")).then(
            pl.col("level").replace_strict(dispatched, default="校")
        ),
    }


def _hours(province: str, kind: Kind) -> tuple[int, ...]:
    # Hainan counts whole days: its long course is ten of them.
    return (80,) if kind.name == LONG.name and province == "460000" else kind.hours


def _online_hours(kind: Kind, hours: Ints) -> Ints:
    if kind.delivery == "网络":
        return hours
    if kind.delivery == "混合":
        return hours * 3 // 10 // 2 * 2
    return np.zeros_like(hours)


def _term(rng: np.random.Generator, kind: Kind, year: Ints, days: Ints) -> tuple[Ints, Ints]:
    """First and last day: a school term, some weeks online, or days in a row."""
    size = len(year)
    first, last = kind.months
    opening = first_of(year) + (first - 1) * 30 + rng.integers(0, (last - first + 1) * 30, size)
    if kind.group == "school":
        opening = first_of(year) + (first - 1) * 30 + rng.integers(4, 14, size)
        return opening, opening + rng.integers(95, 105, size)
    if kind.delivery in ("网络", "混合"):
        return opening, opening + rng.integers(30, 75, size)
    return opening, opening + np.maximum(days, 1) - 1


def _providers(
    rng: np.random.Generator, kind: Kind, unit: pl.Series, institution: pl.DataFrame
) -> tuple[pl.Series, pl.Series]:
    """The institution that runs each project and the level that follows from it."""
    size = len(unit)
    if kind.group == "province":
        remote = institution.filter(pl.col("is_remote_provider"))["institution_id"]
        level = choose(rng, LEVELS[:2], size, [1, 9])
        return remote.gather(rng.integers(0, len(remote), size).astype(np.uint32)), level
    own = institution.filter(pl.col("institution_type") == "县级教师培训机构")
    others = institution.filter(~pl.col("institution_type").is_in(["县级教师培训机构", "远程机构", "非培训机构部门"]))
    pick = others[rng.integers(0, others.height, size)]
    county = pl.DataFrame({"unit_id": unit}).join(
        own.select("unit_id", own_id="institution_id").unique("unit_id"),
        on="unit_id",
        how="left",
        maintain_order="left",
    )["own_id"]
    goes_own = pl.Series(flags(rng, size, 0.0 if kind.name == LONG.name else 0.72)) & county.is_not_null()
    provider = pl.select(pl.when(goes_own).then(county).otherwise(pick["institution_id"])).to_series()
    upper = {"省": "省级", "市": "地市级", "县": "县级"}
    level = pl.select(
        pl.when(goes_own).then(pl.lit("县级")).otherwise(pick["authority_level"].replace_strict(upper))
    ).to_series()
    return provider, level


def _numbered(province: str, batch: int, project: pl.DataFrame) -> pl.DataFrame:
    divisor = _hours_per_credit(province)
    return project.with_columns(
        project_id=pl.lit(f"P{province[:2]}")
        + pl.col("year").cast(pl.String)
        + pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(6).str.replace("^", f"{batch:03d}"),
        credits_planned=credits_of(province, project),
        credits_online=pl.when(pl.col("hours_online") > 0).then(pl.col("hours_online") / divisor).otherwise(None)
        if province != "460000"
        else pl.when(pl.col("hours_online") > 0).then(pl.col("hours_online") * 0.1).otherwise(None),
    )


def _hours_per_credit(province: str) -> float:
    return 10.0 if province == "500000" else 1.0


def credits_of(province: str, project: pl.DataFrame) -> pl.Series:
    """What ``hours_planned`` of a project give, before the caps."""
    if province == "460000":
        return hainan_credits(project)
    return project["hours_planned"].cast(pl.Float64) / _hours_per_credit(province)


def registered_credits(province: str, project: pl.DataFrame) -> pl.Series:
    """What is registered for these hours: Hainan caps each project."""
    worth = credits_of(province, project)
    return worth.clip(upper_bound=HAINAN_PROJECT_CAP) if province == "460000" else worth


def hainan_credits(project: pl.DataFrame) -> pl.Series:
    """What Hainan's table gives for a passed project, before the caps; school-based training as schools register it."""
    offline = pl.col("hours_planned") - pl.col("hours_online")
    by_day = offline / DAY_HOURS * pl.col("level").replace_strict(HAINAN_DAY, default=0.0, return_dtype=pl.Float64)
    return project.select(
        pl.when(pl.col("is_school_based"))
        .then(pl.col("hours_planned") * 0.2)
        .otherwise(by_day + pl.col("hours_online") * 0.1)
        .round(2)
        .alias("credits_planned")
    )["credits_planned"]


def _records(where: Where, teacher: pl.DataFrame, project: pl.DataFrame, drawn: pl.DataFrame) -> pl.DataFrame:
    """One row per teacher and finished project, in project order."""
    rng = where.stream("records")
    rows = drawn.filter(project["status"].gather(drawn["project_row"]) == "已结束").sort("project_row", "teacher_row")
    size = rows.height
    held = project[rows["project_row"]]
    certificate, process = _registered(rng, held, rows["failing"].to_numpy())
    elsewhere = pl.Series(flags(rng, size, REGISTERED_ELSEWHERE)) & ~held["is_school_based"]
    misplaced = pl.Series(flags(rng, size, REGISTERED_ELSEWHERE)) & ~held["is_school_based"]
    other = held["institution_id"].gather(rng.integers(0, size, size).astype(np.uint32))
    category = _credited_as(held, teacher.select("is_class_head", "post_type")[rows["teacher_row"]])
    excluded = category.is_in(["新任教师", "任职资格"]) & pl.Series(~flags(rng, size, WRONGLY_COUNTED))
    return process.with_columns(
        teacher_id=teacher["teacher_id"].gather(rows["teacher_row"]),
        record_id=pl.lit(where.prefix("D")) + pl.int_range(1, size + 1).cast(pl.String).str.zfill(8),
        project_id=held["project_id"],
        source_type=rows["source_type"],
        category=category,
        level=held["level"].replace_strict(RECORD_LEVEL),
        hours=held["hours_planned"].cast(pl.Float64),
        credits=registered_credits(where.province, held),
        hours_online=held["hours_online"].cast(pl.Float64),
        is_practice=held["is_practice_course"],
        start_date=held["start_date"],
        end_date=held["end_date"],
        certificate_date=dates(certificate),
        credit_year=pl.Series(year_of(certificate)),
        registrar_org_id=pl.when(elsewhere).then(other).otherwise(held["institution_id"]),
        registrar_level=pl.when(misplaced).then(pl.lit("校")).otherwise(held["level"].replace_strict(REGISTRAR_LEVEL)),
        registrar_id=pl.format("C-{}-1", held["institution_id"]),
        approved_by=pl.when(pl.Series(flags(rng, size, DESIGNATED))).then(pl.lit("教育行政部门")).otherwise(None),
        is_makeup=pl.lit(value=False),
        makeup_for_year=pl.lit(None, pl.Int64),
        counts_to_cycle=~excluded,
        part_year=held["year"],
    )


def _registered(rng: np.random.Generator, held: pl.DataFrame, failing: Floats) -> tuple[Ints, pl.DataFrame]:
    """The day of each certificate; whether it was earned, and the dates and state of its registration."""
    size = held.height
    end = held["end_date"].cast(pl.Int32).to_numpy().astype(np.int64)
    certificate = np.minimum(end + rng.integers(0, 6, size), day(DUMP_DATE) - 1)
    register = np.minimum(certificate + rng.integers(2, 30, size), day(DUMP_DATE))
    failed = rng.random(size) < failing
    declared = register + rng.integers(0, 5, size)
    audited = declared + rng.integers(3, 40, size)
    # A few confirmations are dated before the county's audit.
    confirmed = audited + np.where(flags(rng, size, OUT_OF_ORDER), -2, rng.integers(10, 60, size))
    status = np.where(year_of(end) < YEARS[-1], CONFIRMED, rng.integers(0, 2, size))
    returned = (failing > RETURNABLE) & (rng.random(size) < RETURNED)
    labels = pl.Series(["已登记", "市县已审", "省已认定", "退回"])
    return certificate, pl.select(
        completion=pl.when(pl.Series(failed)).then(pl.lit("不合格")).otherwise(pl.lit("合格")),
        register_date=dates(register),
        declare_date=dates(declared),
        county_audit_date=dates(audited),
        province_confirm_date=pl.when(pl.Series(status == CONFIRMED)).then(dates(confirmed)).otherwise(None),
        status=labels.gather(np.where(returned, 3, status).astype(np.uint32)),
    )


def _credited_as(held: pl.DataFrame, person: pl.DataFrame) -> pl.Series:
    """The category a record is booked under: the course's own, else who attended it, else how it was taught."""
    face_to_face = pl.col("delivery_mode") == "集中"
    for_head = face_to_face & ((pl.col("kind") == "再集中") | (pl.col("year") % 2 == 1))
    return (
        pl.concat([held, person], how="horizontal")
        .select(
            category=pl.when(pl.col("is_school_based"))
            .then(pl.lit("校本"))
            .when(pl.col("credited_as").is_not_null())
            .then("credited_as")
            .when((pl.col("post_type") == "校长") & face_to_face)
            .then(pl.lit("学校管理"))
            .when(pl.col("is_class_head") & for_head)
            .then(pl.lit("班主任"))
            .when((pl.col("topic") == "师德") & face_to_face)
            .then(pl.lit("师德"))
            .when(pl.col("delivery_mode") == "网络")
            .then(pl.lit("网络"))
            .otherwise(pl.lit("集中"))
        )
        .to_series()
    )
