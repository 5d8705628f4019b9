"""Training institutions: each county's and city's own, universities, distance providers, bases, studios, schools.

Grain: one row per institution. Only institutions that the policy documents name carry a real name.
Does not belong here: projects.
"""

import polars as pl

from data.synthetic.chance import choose, flags, stream

NAMED = {
    "330000": ["浙江师范大学", "杭州师范大学", "温州大学"],
    "460000": ["青屿师范学院", "椰林教育学院"],
    "500000": ["嘉陵湾师范大学", "石门坎教育学院"],
}
DISTANCE = ["知新远程研修中心", "云帆网络学院", "行知在线研修院", "博雅远程教育中心"]
INVENTED = [
    "青禾",
    "远山",
    "知行",
    "木铎",
    "春晖",
    "杏坛",
    "明德",
    "弘文",
    "求索",
    "致远",
    "启航",
    "博文",
    "思源",
    "尚学",
]
SORTS = [
    ("教师研修院", "社会机构"),
    ("名师工作室", "名师工作室"),
    ("教育研究所", "高等学校"),
    ("培训基地学校", "基地学校"),
]
CITY_INSTITUTE = {"330300": "温州市教师教育院"}
CITY_LEVEL = 3
"""One in so many invented institutions answers to a city and runs its projects."""
EXTRA = {"330000": 190, "460000": 24, "500000": 60}
"""Invented institutions beyond the public ones, so that Zhejiang has more than three hundred."""


def institutions(province: str, seed: int, units: pl.DataFrame) -> pl.DataFrame:
    """Every institution of the province that is not a school, with the columns of the contract."""
    teaching = units.filter(pl.col("level").is_in(["县", "开发区"]))
    rows: list[tuple[str, str, str, str]] = []
    rows += [(name, "高等学校", "省", province) for name in NAMED.get(province, [])]
    rows += [(name, "远程机构", "省", province) for name in DISTANCE]
    for unit_id, name in units.filter(pl.col("level") == "市").select("unit_id", "unit_name").iter_rows():
        rows.append((CITY_INSTITUTE.get(unit_id, f"{name}教师发展学院"), "市级教师培训机构", "市", unit_id))
    for unit_id, name in teaching.select("unit_id", "unit_name").iter_rows():
        rows.append((f"{name}教师发展中心", "县级教师培训机构", "县", unit_id))
    homes = teaching["unit_id"].to_list()
    for index in range(EXTRA.get(province, 20)):
        words, sort = SORTS[index % len(SORTS)]
        home = homes[index * 7 % len(homes)]
        level = "市" if index % CITY_LEVEL == 0 else "县"
        rows.append((f"{INVENTED[index % len(INVENTED)]}{words}（{index // len(INVENTED) + 1}）", sort, level, home))
    rows.append(("电化教育馆", "非培训机构部门", "市", province))
    rng = stream(seed, province, "institutions")
    size = len(rows)
    frame = pl.DataFrame(
        rows, schema=["institution_name", "institution_type", "authority_level", "unit_id"], orient="row"
    )
    has_quality = pl.Series(flags(rng, size, 0.95))
    return frame.with_columns(
        institution_id=pl.lit(f"JG{province[:2]}") + pl.int_range(1, size + 1).cast(pl.String).str.zfill(6),
        is_remote_provider=pl.col("institution_type") == "远程机构",
        is_municipal_base=pl.Series(flags(rng, size, 0.5)) & pl.col("authority_level").is_in(["省", "市"]),
        designated_date=pl.date(2013, 6, 1),
        mgmt_dept_name=pl.when(pl.Series(flags(rng, size, 0.96))).then(pl.lit("教师培训管理处")).otherwise(None),
        school_level_unified=pl.Series(flags(rng, size, 0.95)),
        quality_dept=pl.when(has_quality).then(pl.lit("质量管理科")).otherwise(None),
        quality_owner=pl.when(has_quality).then(choose(rng, ["科长", "副科长", "专职管理员"], size)).otherwise(None),
        has_quality_rules=pl.Series(flags(rng, size, 0.97)),
    )


def school_institutions(schools: pl.DataFrame) -> pl.DataFrame:
    """Schools as the institutions of their own school-based training (institution_id = school_id)."""
    return schools.select(
        institution_name="school_name",
        institution_type=pl.lit("学校"),
        authority_level=pl.lit("县"),
        unit_id="unit_id",
        institution_id="school_id",
        is_remote_provider=pl.lit(value=False),
        is_municipal_base=pl.lit(value=False),
        designated_date=pl.lit(None, pl.Date),
        mgmt_dept_name=pl.lit("教务处"),
        school_level_unified=pl.lit(value=True),
        quality_dept=pl.lit("教务处"),
        quality_owner=pl.lit("教务主任"),
        has_quality_rules=pl.lit(value=True),
    )
