"""Teachers who at their pace will miss the open cycle: a list for those who may see it, never published.

Belongs here: reading marts.at_risk_teacher for a place and saying what each still lacks, and by when. Who is at risk is
decided in `models.marts.shortfalls`.
"""

from typing import Final

import polars as pl

from pipelines.questions.places import Found
from pipelines.questions.workbook import Listing
from pipelines.release import warehouse

WARNING: Final = "内部资料，含教师编号，只供有权人员使用，不得公开。"
_WITHIN: Final = {
    "province": "r.province = $code",
    "city": "u.city_id = $code",
    "county": "r.county_id = $code",
    "school": "r.school_id = $code",
}

_ROWS: Final = """
SELECT r.teacher_id, s.school_name, r.school_id, u.unit_name, r.period, c.cycle_end, r.credits, r.hours,
    r.shortfall_credits, r.shortfall_hours, r.needed_credits, r.needed_hours, r.risk
FROM marts.at_risk_teacher r
LEFT JOIN core.dim_school s USING (school_id)
LEFT JOIN core.dim_unit u ON u.unit_id = r.county_id
LEFT JOIN marts.teacher_cycle c USING (teacher_id, cycle_id)
WHERE {} ORDER BY u.unit_id, r.school_id, r.teacher_id, r.period
"""


class NoTeachers(Exception):
    """The place is one that has no teachers of its own; the message says so."""


def listing(found: Found) -> Listing:
    """The list of a province, city, county or school: id, school, what is missing, by when.

    Raises:
        NoTeachers: the place is an institution.
    """
    if found.place.kind not in _WITHIN:
        raise NoTeachers(f"{found.place.id} 是培训机构，没有所属教师。请写省、市、县级单位或学校的代码。")
    told = _told(warehouse.query(found.warehouse, _ROWS.format(_WITHIN[found.place.kind]), {"code": found.place.id}))
    name = f"{found.place.id} {found.place.name}"
    heading = [f"周期预警名单：{name}（{told.height:,} 人次）", WARNING]
    notes = [
        WARNING,
        f"发布 {found.folder.name}",
        "预警：按目前进度推算，周期结束时达不到要求；只列周期内每年都须考核的教师。",
        "空白为条款没有要求，或依现有数据无法得知。",
    ]
    return Listing("周期预警名单", heading, told, notes)


def _told(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows as people read them."""
    return rows.select(
        pl.col("teacher_id").alias("教师编号"),
        pl.coalesce("school_name", pl.lit("（学校名称不详）")).alias("学校"),
        pl.col("school_id").alias("学校标识码"),
        pl.col("unit_name").alias("县（市、区）"),
        _missing().alias("还缺什么"),
        pl.col("cycle_end").alias("截止日期"),
        pl.col("shortfall_credits").alias("缺学分"),
        pl.col("shortfall_hours").alias("缺学时"),
        pl.col("credits").alias("已得学分"),
        pl.col("hours").alias("已得学时"),
        pl.col("needed_credits").alias("此后每年须得学分"),
        pl.col("needed_hours").alias("此后每年须得学时"),
        pl.col("period").str.replace("-", "—", literal=True).alias("周期"),
    )


def _missing() -> pl.Expr:
    """What a teacher still lacks, in words: `学分12.5，学时40`."""
    amounts = [
        pl.when(pl.col(f"shortfall_{kind}") > 0).then(pl.concat_str(pl.lit(word), _plain(f"shortfall_{kind}")))
        for kind, word in (("credits", "学分"), ("hours", "学时"))
    ]
    both = pl.concat_str(amounts, separator="，", ignore_nulls=True)
    return pl.when(both == "").then(pl.col("risk")).otherwise(both)


def _plain(amount: str) -> pl.Expr:
    """An amount without needless zeros."""
    return pl.col(amount).cast(pl.Utf8).str.replace(r"\.?0+$", "")
