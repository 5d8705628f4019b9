"""Administrative units of a province at the dump date: real counties, plus units without a national code.

Grain of :func:`units`: one row per unit. Source of codes: data/reference/region_history.csv.
Does not belong here: schools.
"""

from pathlib import Path

import numpy as np
import polars as pl

from data.synthetic.calibration import COUNTY_SPREAD
from data.synthetic.chance import Ints, stream

REGIONS = Path(__file__).parents[1] / "reference" / "region_history.csv"

# Units that the documents' recipients lists name, or of their kind, but that have no GB/T 2260 code.
OWN_UNITS = {
    "330000": [
        ("X330101", "杭州市直属学校", "直属", "330100"),
        ("X330201", "宁波市直属学校", "直属", "330200"),
        ("X330301", "温州市局直属学校", "直属", "330300"),
        ("X330302", "温州经济技术开发区", "开发区", "330300"),
        ("X330401", "嘉兴经济技术开发区", "开发区", "330400"),
    ],
    "460000": [
        ("X460001", "海南省厅直属中学", "直属", "460000"),
        ("X460002", "洋浦经济开发区", "开发区", "460000"),
        ("X460101", "海口市直属学校", "直属", "460100"),
    ],
    "500000": [
        ("X500001", "重庆市直属学校", "直属", "500000"),
        ("X500002", "北部新区", "开发区", "500000"),
        ("X500003", "万盛经济技术开发区", "开发区", "500000"),
    ],
}
UNPOPULATED = ("460321", "460322", "460323")
"""County units without teachers or projects: their yearly coverage is 'not applicable'."""
SMALLEST_COUNTY = 24
COUNTY_LEVELS = ("县", "开发区", "直属")


def regions() -> pl.DataFrame:
    """Every version of every region code, all text, as committed."""
    return pl.read_csv(REGIONS, infer_schema=False).with_columns(pl.all().replace("", None))


def units(province: str, as_of: str) -> pl.DataFrame:
    """unit_id, region_code, unit_name, level, parent_id, valid_from of one province at a date."""
    known = regions().filter(
        pl.col("region_code").str.starts_with(province[:2])
        & (pl.col("level") != "分组")
        & (pl.col("valid_from").is_null() | (pl.col("valid_from") <= as_of))
        & (pl.col("valid_to").is_null() | (pl.col("valid_to") > as_of))
    )
    official = known.select(
        unit_id="region_code",
        region_code="region_code",
        unit_name="region_name",
        # 儋州 is a prefecture-level city without counties: its own bureau does a county's work.
        level=pl.when(pl.col("region_code") == "460400").then(pl.lit("县")).otherwise("level"),
        parent_id="parent_code",
        valid_from="valid_from",
    )
    own = pl.DataFrame(
        [(code, None, name, level, parent, None) for code, name, level, parent in OWN_UNITS.get(province, [])],
        schema=dict.fromkeys(official.columns, pl.String),
        orient="row",
    )
    return pl.concat([official, own]).with_columns(pl.col("valid_from").str.to_date()).sort("unit_id")


def teaching_units(all_units: pl.DataFrame) -> pl.DataFrame:
    """The units that run schools: counties, development zones and directly run schools."""
    return all_units.filter(pl.col("level").is_in(COUNTY_LEVELS) & ~pl.col("unit_id").is_in(UNPOPULATED))


def county_sizes(province: str, counties: int, teachers: int, seed: int) -> Ints:
    """Teachers per county, log-normal, at least 24 each."""
    weights = stream(seed, province, "county sizes").lognormal(0.0, COUNTY_SPREAD, counties)
    return np.asarray(np.maximum(np.rint(weights / weights.sum() * teachers), SMALLEST_COUNTY), dtype=np.int64)
