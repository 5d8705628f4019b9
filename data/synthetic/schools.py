"""Schools and teachers of one batch of counties.

Grains: :func:`schools` one row per school; :func:`teachers` one row per teacher (with ``number`` and ``hire_year``
beside the contract's columns, for the other makers). Does not belong here: what teachers are trained in.
"""

import numpy as np
import polars as pl

from data.synthetic import people
from data.synthetic.calibration import NEW_TEACHER, SAMPLE, YEARS, Density
from data.synthetic.chance import Flags, Ints, Where, choose, dates, day, first_of, flags, year_of

# school type: (code of the ten-digit id, share, stage, words of the name)
TYPES: dict[str, tuple[str, float, str, str]] = {
    "小学": ("21", 0.40, "小学", "小学"),
    "初中": ("31", 0.22, "初中", "初级中学"),
    "幼儿园": ("11", 0.18, "幼儿园", "幼儿园"),
    "九年一贯": ("31", 0.06, "初中", "九年一贯制学校"),
    "高中": ("34", 0.08, "普高", "高级中学"),
    "中职": ("36", 0.04, "中职", "职业技术学校"),
    "特教": ("51", 0.02, "特教", "特殊教育学校"),
}
PLACES = [
    "城关",
    "中心",
    "实验",
    "育才",
    "新华",
    "东山",
    "西溪",
    "南塘",
    "北岸",
    "湖滨",
    "江滨",
    "青溪",
    "石桥",
    "龙泉",
    "凤凰",
    "文昌",
]
SUBJECTS = {
    "幼儿园": ["学前教育"],
    "小学": ["语文", "数学", "英语", "科学", "道德与法治", "体育", "音乐", "美术"],
    "初中": ["语文", "数学", "英语", "科学", "道德与法治", "历史与社会", "体育", "信息技术"],
    "普高": ["语文", "数学", "英语", "物理", "化学", "生物", "政治", "历史", "地理", "体育"],
    "中职": ["语文", "数学", "英语", "专业课"],
    "特教": ["特殊教育"],
}
TITLES = ["正高级", "高级", "一级", "二级", "三级", "未评"]
TITLE_SHARES = [0.005, 0.14, 0.41, 0.33, 0.037, 0.078]
FIRST_WORK_AGE = 23
FROM_ELSEWHERE = 0.006
"""Share of teachers that came from another province (kept where the rules speak of them)."""


def schools(
    where: Where,
    counties: pl.DataFrame,
    sizes: Ints,
    first_number: int,
    density: Density = SAMPLE,
) -> pl.DataFrame:
    """School rows, in county order; every county has at least two schools."""
    rng = where.stream("schools")
    per_county = np.maximum(np.rint(sizes / density.teachers_per_school).astype(np.int64), 2)
    county = np.repeat(np.arange(len(sizes)), per_county)
    size = len(county)
    within = np.arange(size) - np.repeat(np.cumsum(per_county) - per_county, per_county)
    kinds = list(TYPES)
    school_type = choose(rng, kinds, size, [TYPES[kind][1] for kind in kinds])
    lookup = {kind: TYPES[kind] for kind in kinds}
    number = first_number + np.arange(size)
    place = pl.Series(
        [PLACES[i % len(PLACES)] + ("" if i < len(PLACES) else f"第{i // len(PLACES) + 1}") for i in within]
    )
    frame = counties[county].select(
        unit_id="unit_id", county_name="unit_name", valid_from=pl.lit(None, pl.Date), valid_to=pl.lit(None, pl.Date)
    )
    return frame.with_columns(
        school_type=school_type,
        stage=school_type.replace_strict({k: v[2] for k, v in lookup.items()}),
        school_name=pl.col("county_name") + place + school_type.replace_strict({k: v[3] for k, v in lookup.items()}),
        school_id=school_type.replace_strict({k: v[0] for k, v in lookup.items()})
        + pl.lit(where.province[:2])
        + pl.Series(number).cast(pl.String).str.zfill(6),
        former_names=pl.lit(None, pl.String),
        ownership=choose(rng, ["公办", "民办", "其他"], size, [0.88, 0.11, 0.01]),
        urban_rural=choose(rng, ["城区", "镇区", "乡村"], size, [0.4, 0.4, 0.2]),
        township=place + "街道",
        is_training_base=pl.Series(flags(rng, size, 0.12)),
        is_practice_base=pl.Series(flags(rng, size, 0.1)),
        successor_id=pl.lit(None, pl.String),
    )


def teachers(where: Where, school: pl.DataFrame, sizes: Ints, first_number: int) -> pl.DataFrame:
    """Teacher rows; the first of each school is its head."""
    rng = where.stream("teachers")
    size = int(sizes.sum())
    school_row, is_head = _places(rng, school, sizes)
    number = first_number + np.arange(size)
    hired, newcomer = _hired(rng, people.births(number), is_head)
    placed = school[school_row].select("school_id", "unit_id", "stage")
    subject = _subjects(rng, placed["stage"])
    post = choose(rng, ["专任教师", "教研员", "行政", "工勤", "其他"], size, [0.955, 0.012, 0.02, 0.008, 0.005])
    came = flags(rng, size, FROM_ELSEWHERE) & ~newcomer & ~is_head & (where.province == "460000")
    arrived = first_of(rng.integers(YEARS[0], YEARS[-1], size)) + 182
    return placed.with_columns(
        number=pl.Series(number),
        school_row=pl.Series(school_row),
        teacher_id=people.teacher_ids(where.province, number),
        name=people.names(rng, size),
        id_number=people.id_numbers(where.province, number),
        sex=pl.when(pl.Series(people.is_male(number))).then(pl.lit("男")).otherwise(pl.lit("女")),
        birth_date=dates(people.births(number)),
        teaching_start=dates(hired),
        hire_date=dates(hired),
        hire_year=pl.Series(np.where(came, year_of(arrived), year_of(hired))),
        post_type=pl.when(pl.Series(is_head)).then(pl.lit("校长")).otherwise(post),
        authorized=choose(rng, ["在编", "非编"], size, [0.9, 0.1]),
        subject=subject,
        title=choose(rng, TITLES, size, TITLE_SHARES),
        education=choose(rng, ["大学本科", "大学专科", "硕士研究生"], size, [0.72, 0.18, 0.1]),
        backbone_level=choose(rng, ["无", "县", "市", "省", "特级"], size, [0.82, 0.11, 0.05, 0.018, 0.002]),
        is_class_head=pl.Series(flags(rng, size, 0.3) & ~is_head),
        transfer_date=pl.when(pl.Series(came)).then(dates(arrived)).otherwise(None),
        office_date=pl.when(pl.Series(is_head)).then(dates(day("2010-08-01") + 365 * rng.integers(0, 11, size))),
        status=choose(rng, ["在职", "退休", "调出", "长假", "借调"], size, [0.972, 0.012, 0.006, 0.006, 0.004]),
        last_updated=dates(rng.integers(day("2019-12-20"), day("2021-11-28"), size)).cast(pl.Datetime("us"))
        + pl.duration(minutes=pl.lit(pl.Series(rng.integers(8 * 60, 18 * 60, size)))),
    ).with_columns(backbone_from=pl.when(pl.col("backbone_level") != "无").then(pl.col("hire_date").dt.offset_by("5y")))


def _hired(rng: np.random.Generator, birthday: Ints, is_head: Flags) -> tuple[Ints, Flags]:
    """The day each teacher began, and who began within the sample's years."""
    size = len(birthday)
    hired = np.minimum(
        birthday + rng.integers(FIRST_WORK_AGE * 365, (FIRST_WORK_AGE + 4) * 365, size), day("2015-08-20")
    )
    newcomer = flags(rng, size, NEW_TEACHER * (len(YEARS) - 1)) & ~is_head
    new_year = rng.integers(YEARS[0], YEARS[-1], size)
    hired = np.where(newcomer, first_of(new_year) + 212 + rng.integers(0, 45, size), hired)
    return hired, newcomer


def _places(rng: np.random.Generator, school: pl.DataFrame, sizes: Ints) -> tuple[Ints, np.ndarray]:
    """School row of every teacher and whether the teacher heads it; teachers come in county order."""
    counts = school.group_by("unit_id", maintain_order=True).len()["len"].to_numpy().astype(np.int64)
    offsets = np.cumsum(counts) - counts
    county = np.repeat(np.arange(len(sizes)), sizes)
    within = np.arange(len(county)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    is_head = within < counts[county]
    anywhere = (rng.random(len(county)) * counts[county]).astype(np.int64)
    return offsets[county] + np.where(is_head, within, anywhere), is_head


def _subjects(rng: np.random.Generator, stage: pl.Series) -> pl.Series:
    draw = pl.Series(rng.integers(0, 40, len(stage)))
    table = pl.DataFrame(
        [(s, i, words[i % len(words)]) for s, words in SUBJECTS.items() for i in range(40)],
        schema=["stage", "draw", "subject"],
        orient="row",
    )
    return pl.DataFrame({"stage": stage, "draw": draw}).join(
        table, on=["stage", "draw"], how="left", maintain_order="left"
    )["subject"]
