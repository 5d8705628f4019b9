"""Where a planted case takes place and what its people, schools, institutions and projects are called.

A case says only ``HOME``, ``ELSEWHERE`` or ``SCHOOL``; which real county and which school that is, follows from the
case's name, so that cases lie scattered over the province and adding one moves no other. Does not belong here: the
cases, and units that a case needs for itself alone (``ZONES`` only names them).
"""

from collections.abc import Sequence
from functools import cache
from zlib import crc32

import polars as pl

from data.synthetic import places
from data.synthetic.calibration import DUMP_DATE
from data.synthetic.people import GIVEN, SURNAMES
from data.synthetic.providers import INVENTED

HOME, ELSEWHERE, SCHOOL = "@home", "@elsewhere", "@school"
"""The case's county, the county after it, and the primary school that all cases of the county share."""

WENZHOU = "3303"
VILLAGES = (
    "红旗",
    "向阳",
    "前进",
    "溪口",
    "沙湾",
    "横塘",
    "塘下",
    "长桥",
    "竹林",
    "梅岭",
    "金山",
    "云溪",
    "南屏",
    "柳河",
)
SORTS = {
    "社会机构": ("教育培训中心", "教师研修院", "教育发展研究院", "师资培训学校"),
    "高等学校": ("师范学院", "教育学院", "师范大学"),
    "名师工作室": ("名师工作室",),
    "市级教师培训机构": ("市教师教育院",),
    "县级教师培训机构": ("教师进修学校", "教师发展中心"),
    "非培训机构部门": ("教研室", "电教馆"),
}
TOPICS = ("课堂教学", "作业设计", "学科核心素养", "班级管理", "命题与评价", "单元整体教学", "信息技术应用", "校本教研")

ZONES = {
    "绍兴滨海新区": ("X330601", "330600"),
    "台州湾新区": ("X331001", "331000"),
    "丽水经济技术开发区": ("X331101", "331100"),
    "衢州绿色产业集聚区": ("X330801", "330800"),
    "温州瓯江口产业集聚区": ("X330303", "330300"),
    "浙南产业集聚区": ("X330304", "330300"),
    "海口国家高新技术产业开发区": ("X460102", "460100"),
    "重庆高新技术产业开发区": ("X500004", "500000"),
    "长寿经济技术开发区": ("X500005", "500000"),
}
"""Zones without a national code where nothing but planted cases happens, so that their counts are known: id, parent."""


def pick(word: str, among: Sequence[str]) -> str:
    """The same one of ``among`` for the same word."""
    return among[crc32(word.encode()) % len(among)]


@cache
def counties(province: str, is_wenzhou: bool) -> dict[str, str]:
    """Counties in which cases of the province (of Wenzhou, outside it) may take place: name by code."""
    units = places.units(province, DUMP_DATE)
    real = places.teaching_units(units).filter(pl.col("region_code").is_not_null())
    inside = real.filter(pl.col("unit_id").str.starts_with(WENZHOU) == is_wenzhou)
    return dict(inside.select("unit_id", "unit_name").iter_rows())


def county(province: str, case: str, nth: int = 0) -> str:
    """The county of a case, or the ``nth`` after it."""
    among = list(counties(province, case.startswith("WZ-")))
    return among[(crc32(case.encode()) + nth) % len(among)]


def county_name(unit: str) -> str:
    """The name of a county or zone, and for anything larger nothing."""
    zones = {code: name for name, (code, _) in ZONES.items()}
    known = {**counties(unit[:2] + "0000", is_wenzhou=False), **counties(unit[:2] + "0000", is_wenzhou=True), **zones}
    return known.get(unit, "")


def person(word: str) -> str:
    """An invented name of three syllables."""
    return pick(word, SURNAMES) + pick(f"second {word}", GIVEN) + pick(f"third {word}", GIVEN)


def school_name(unit: str, word: str) -> str:
    """A village primary school of the unit."""
    return f"{county_name(unit)}{pick(word, VILLAGES)}小学"


def institution_name(unit: str, word: str, sort: str) -> str:
    """An invented training institution of the unit."""
    return f"{county_name(unit)}{pick(word, INVENTED)}{pick(f'sort {word}', SORTS.get(sort, SORTS['社会机构']))}"


def topic(word: str) -> str:
    """What a project is about."""
    return pick(word, TOPICS)
