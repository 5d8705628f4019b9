"""Hainan's credit settlement in pandas, as a careful analyst would write it: the third peer of `settlement`.

Belongs here: the pandas peer and nothing else. Vectorised, text as categories, amounts as whole thousandths.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

PROJECT_LEVEL = {"国家级": "国", "省级": "省", "地市级": "市", "县级": "县", "校级": "校"}
DAILY = {"国": 2000, "省": 1500, "市": 1000, "县": 1000}
LECTURE = {"国": 4, "省": 3, "市": 2, "县": 2, "校": 1}
COLUMNS = [
    "teacher_id", "project_id", "source_type", "category", "level", "hours", "credits", "hours_online", "start_date",
    "end_date", "certificate_date", "completion", "credit_year", "makeup_for_year", "status",
]  # fmt: skip
TEXTS = ["teacher_id", "project_id", "source_type", "category", "level", "completion", "status"]
AMOUNTS = ["hours", "credits", "hours_online"]


def settle_with_pandas(folder: Path, out: Path) -> None:
    """Read, settle and write `settled.parquet` with the columns of the DuckDB peer."""
    projects = pd.read_parquet(folder / "projects.parquet")
    teachers = pd.read_parquet(folder / "teachers.parquet")
    lines = _lines(_read(folder / "records"), projects)
    years = _years(lines, teachers)
    cycles = _cycles(years, lines, teachers)
    pd.concat([years, cycles]).to_parquet(out / "settled.parquet", index=False)


def _read(folder: Path) -> pd.DataFrame:
    table = ds.dataset(folder, format="parquet").to_table(columns=COLUMNS)
    for name in AMOUNTS:
        thousandths = pc.cast(pc.multiply(pc.cast(table[name], pa.decimal128(18, 3)), 1000), pa.float64())
        table = table.set_column(table.schema.get_field_index(name), name, thousandths)
    for name in TEXTS:
        table = table.set_column(table.schema.get_field_index(name), name, table[name].dictionary_encode())
    return table.to_pandas(date_as_object=False, split_blocks=True, self_destruct=True)


def _lines(records: pd.DataFrame, projects: pd.DataFrame) -> pd.DataFrame:
    counted = records["status"].isin(["已登记", "市县已审", "省已认定"]) & (records["completion"] == "合格")
    is_mentorship = records["source_type"] == "师徒"
    enough = records["end_date"] >= records["start_date"] + pd.DateOffset(months=2)
    r = records[counted & (~is_mentorship | enough)].copy()
    p = projects.set_index("project_id")
    project_level = r["project_id"].map(p["level"].map(PROJECT_LEVEL)).astype(object)
    sent_by = r["project_id"].map(p["dispatch_org_level"].replace({"市县": "县"})).astype(object)
    is_split = r["project_id"].map(p["split_year_registration"]).astype(object).fillna(value=False).astype(bool)
    registered_level = r["level"].astype(object)
    both_local = registered_level.isin(["市", "县"]) & project_level.isin(["市", "县"])
    r["distance"] = np.select([project_level.isna() | (registered_level == project_level), both_local], [0, 1], 2)
    r["level"] = registered_level.where((r["source_type"] != "跟班") | sent_by.isna(), sent_by)
    r = _without_second(r)
    year = r["certificate_date"].fillna(r["end_date"]).dt.year
    year = year.where(~(is_split.loc[r.index] & r["credit_year"].notna()), r["credit_year"])
    r["year"] = year.where(r["makeup_for_year"].isna() | (r["level"] == "校"), r["makeup_for_year"]).astype("int32")
    return _converted(r)


def _without_second(r: pd.DataFrame) -> pd.DataFrame:
    key = ["teacher_id", "project_id"]
    doubtful = r.loc[r["distance"] > 0, key].drop_duplicates()
    nearest = r[[*key, "distance"]].merge(doubtful, on=key).groupby(key, observed=True)["distance"].min()
    limit = r[key].join(nearest.rename("nearest"), on=key)["nearest"]
    return r[~(r["distance"] > limit)].copy()


def _converted(r: pd.DataFrame) -> pd.DataFrame:
    source, level, hours, online = r["source_type"], r["level"], r["hours"], r["hours_online"]
    daily = level.map(DAILY).astype(float)
    based = daily.notna()
    offline = hours - online
    r["base"] = np.select(
        [
            source == "主讲",
            source.isin(["集中", "跟班", "教研活动"]) & based,
            (source == "网络") & based,
            (source == "混合") & based & (online <= hours),
        ],
        [
            hours * level.map(LECTURE).astype(float),
            _by_days(hours, daily),
            (hours * 100 + 500) // 1000,
            _by_days(offline, daily) + (online * 100 + 500) // 1000,
        ],
        r["credits"],
    )
    r["hours"] = hours.where(source != "师徒", 60_000)
    r["pooled"] = (level == "校") & ~source.isin(["师徒", "学历"])
    r["capped"] = source.isin(["集中", "跟班", "网络", "混合", "教研活动"])
    r["school_based"] = (source == "校本") | (r["category"] == "校本")
    r["concentrated"] = source == "集中"
    return r


def _by_days(hours: pd.Series, daily: pd.Series) -> pd.Series:
    return hours // 8000 * daily + np.minimum((hours % 8000 * 200 + 500) // 1000, daily)


def _losses(r: pd.DataFrame) -> pd.DataFrame:
    capped = r.loc[r["capped"] & r["base"].notna(), ["teacher_id", "project_id", "year", "end_date", "pooled", "base"]]
    alone = capped[capped["project_id"].isna()].assign(lost=lambda row: (row["base"] - 10_000).clip(lower=0))
    named = capped[capped["project_id"].notna()].copy()
    key = ["teacher_id", "project_id"]
    total = named.groupby(key, observed=True)["base"].transform("sum")
    named = named[total > 10_000].sort_values(["year", "end_date", "pooled"])
    spent = named.groupby(key, observed=True)["base"].cumsum()
    kept = np.minimum((10_000 - (spent - named["base"])).clip(lower=0), named["base"])
    lost = pd.concat([alone, named.assign(lost=named["base"] - kept)])
    lost = lost.assign(lost_pool=lost["lost"] * lost["pooled"])
    return lost.groupby(["teacher_id", "year"], observed=True)[["lost", "lost_pool"]].sum()


def _years(r: pd.DataFrame, teachers: pd.DataFrame) -> pd.DataFrame:
    r = r.assign(
        pool=r["base"] * r["pooled"],
        school_based_hours=r["hours"] * r["school_based"],
        unknown=r["base"].isna().astype("int64"),
    )
    sums = r.groupby(["teacher_id", "year"], observed=True)[
        ["hours", "base", "pool", "school_based_hours", "unknown"]
    ].sum()
    sums.index = sums.index.set_levels(sums.index.levels[0].astype(object), level=0)
    losses = _losses(r)
    losses.index = losses.index.set_levels(losses.index.levels[0].astype(object), level=0)
    grid = pd.MultiIndex.from_product([teachers["teacher_id"], range(2016, 2022)], names=["teacher_id", "year"])
    y = sums.join(losses, how="left").reindex(grid.union(sums.index)).fillna(0).reset_index()
    y["lost_project"] = y["lost"]
    y["lost_school"] = (y["pool"] - y["lost_pool"] - 6000).clip(lower=0)
    y["credits"] = y["base"] - y["lost"] - y["lost_school"]
    people = _people(teachers)
    y = y.merge(people, on="teacher_id", how="left")
    too_early = y["year"] <= y["last_start"]
    known = np.where(too_early, 0.0, np.where(y["hired"].notna(), 1.0, np.nan))
    y["assessed"] = np.where(y["serving"] == 0, 0.0, np.where((y["serving"] == 1) | (known == 0), known, np.nan))
    short_hours, short_credits = y["hours"] < 72_000, y["credits"] < 10_000
    y["verdict"] = np.select(
        [
            y["assessed"] == 0,
            y["assessed"].isna() | (y["year"] < 2016),
            ~short_hours & ~short_credits,
            y["year"] >= 2021,
            short_hours | (y["unknown"] == 0),
        ],
        ["not_applicable", "undetermined", "met", "in_progress", "not_met"],
        "undetermined",
    )
    y["is_assessed"] = y["assessed"].map({0.0: False, 1.0: True}).astype("boolean")
    y["grain"], y["period"] = "year", y["year"].astype(str)
    return y


def _people(teachers: pd.DataFrame) -> pd.DataFrame:
    hired = pd.to_datetime(teachers["hire_date"]).dt.year
    moved = pd.to_datetime(teachers["transfer_date"]).dt.year
    return pd.DataFrame(
        {
            "teacher_id": teachers["teacher_id"],
            "serving": ((teachers["status"] == "在职") & teachers["is_in_scope"]).astype(float),
            "hired": hired,
            "last_start": np.fmax(hired, moved),
        }
    )


def _cycles(years: pd.DataFrame, r: pd.DataFrame, teachers: pd.DataFrame) -> pd.DataFrame:
    def start_of(year: pd.Series) -> pd.Series:
        return pd.Series(np.where(year <= 2020, 2016, 2021), index=year.index)

    inside = years[years["year"].between(2016, 2025)]
    c = (
        inside.assign(start=start_of(inside["year"]))
        .groupby(["teacher_id", "start"])[["credits", "hours", "school_based_hours", "unknown"]]
        .sum()
        .reset_index()
    )
    hours = r.loc[r["concentrated"] & r["year"].between(2016, 2025), ["teacher_id", "project_id", "year", "hours"]]
    hours = hours.assign(start=start_of(hours["year"]))
    whole = hours.groupby(["teacher_id", "project_id", "start"], observed=True)["hours"].sum().reset_index()
    each = pd.concat([whole, hours[hours["project_id"].isna()]]).astype({"teacher_id": object})
    longest = each.groupby(["teacher_id", "start"])["hours"].max().rename("longest").reset_index()
    c = c.merge(longest, on=["teacher_id", "start"], how="left").merge(_people(teachers), on="teacher_id", how="left")
    c["longest"] = c["longest"].fillna(0)
    end = c["start"] + 4
    expected = (end - np.fmax(c["start"], c["last_start"] + 1) + 1).clip(lower=0)
    c["assessed_years"] = np.where(c["serving"] == 0, 0, np.where(c["hired"].notna(), expected, np.nan))
    short_hours, short_credits = c["hours"] < 360_000, c["credits"] < 50_000
    c["verdict"] = np.select(
        [
            ~short_hours & ~short_credits,
            end >= 2021,
            c["serving"].isna(),
            c["assessed_years"] < 5,
            c["assessed_years"].isna(),
            short_hours | (c["unknown"] == 0),
        ],
        ["met", "in_progress", "undetermined", "not_applicable", "undetermined", "not_met"],
        "undetermined",
    )
    c["shortfall_credits"] = np.where(~short_credits, 0, np.where(c["unknown"] == 0, 50_000 - c["credits"], np.nan))
    c["shortfall_hours"] = (360_000 - c["hours"]).clip(lower=0)
    surely_short = short_credits & (c["unknown"] == 0)
    c["binding_constraint"] = np.select(
        [short_hours & surely_short, short_hours, surely_short, ~short_credits], ["两者", "学时", "学分", "无"], ""
    )
    c["binding_constraint"] = c["binding_constraint"].replace({"": None})
    c["grain"] = "cycle"
    c["period"] = "HI-" + c["start"].astype(str) + "-" + end.astype(str)
    return c
