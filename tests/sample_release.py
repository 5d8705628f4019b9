"""A small made-up release for the tests of pages: frames with the columns of core, marts and audit.

Everything is invented and drawn from one seed. Only the county codes and names are real.
"""

import random
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import polars as pl

from models.contracts import contract, staging_contracts
from models.core.evidence import evidence
from models.marts.coverage import county_spot_check, project_checks
from models.marts.outlook import CAUSES
from models.marts.publication import publish
from models.marts.satisfaction import Trigger, institution_satisfaction, project_satisfaction
from models.trace import trace

AS_OF = date(2021, 11, 20)
YEARS = range(2016, 2022)
STAGES = ("幼儿园", "小学", "初中", "普高", "中职")
TITLES = ("高级", "一级", "二级", "未评")
HOSTILE = '<script>window.hacked=1</script><a href="https://evil.example">点我</a>=HYPERLINK("https://evil.example")'
TEACHER_MARK = "T9XHIDDEN"
REGIONS = Path(__file__).parents[1] / "data" / "reference" / "region_history.csv"
CLAUSES = (
    (
        "ZJ-2014-04/23.1",
        "330000",
        "每年至少抽查20%培训项目(含校本)",
        "每年至少抽查20%的培训项目（含校本培训项目）",
        "must",
    ),
    ("ZJ-2014-04/27.6", "330000", "满意率低于70%", "学员满意率低于70%的", "trigger"),
    ("ZJ-2014-04/28.3", "330000", "满意率低于60%", "学员满意率低于60%的", "trigger"),
    ("ZJ-2016-71/03.1", "330000", "周期总学分不少于360", "每5年为一个周期，累计不少于360学分", "must"),
    ("WZ-2012-33/03.2", "330300", "周期总学时不少于360", "五年一周期内完成360学时专业发展培训", "must"),
    ("HI-2017/09.4", "460000", "周期总学分不少于50", "在五年一轮的培训周期内共取得的培训总学分不少于50学分", "must"),
    ("CQ-2013-24/19.1", "500000", "学员满意度70%以下暂停学科资质", "学员满意度在70%以下的", "trigger"),
)


def sample_frames(
    province: str = "330000", counties: int = 12, institutions: int = 24, seed: int = 7
) -> dict[str, pl.DataFrame]:
    """Eager frames of core, marts and audit for a made-up province."""
    rng = random.Random(seed)  # noqa: S311 - a made-up province, no secret
    units = _units(province, counties)
    county_rows = units.filter("is_county").rows(named=True)
    teachers, cycles = _teachers(province, county_rows, rng)
    years, credits_ = _training(teachers, rng)
    institution = _institutions(province, county_rows, institutions, rng)
    project, survey, check = _projects(province, county_rows, institution, rng)
    coverage = county_spot_check(
        units.lazy(), project.lazy(), check.lazy(), quotas=dict.fromkeys(range(2000, 2100), Fraction(1, 5)), as_of=AS_OF
    ).collect()
    origins = trace(province)
    rejects = _rejects(rng)
    pooled = institution_satisfaction(
        survey.lazy(), project.lazy(), triggers=dict.fromkeys(range(2000, 2100), Trigger("<", Fraction(7, 10)))
    ).collect()
    return {
        **{f"staging.{name}": contract.empty().collect() for name, contract in staging_contracts().items()},
        "core.dim_unit": units,
        "core.dim_teacher": teachers,
        "core.dim_school": _schools(teachers),
        "core.fct_credit": credits_,
        "core.evidence": evidence(credits_.lazy(), province, AS_OF).collect(),
        "marts.teacher_year": years,
        "core.dim_institution": institution,
        "core.dim_project": project,
        "core.fct_survey": survey,
        "core.fct_spot_check": check,
        "marts.teacher_cycle": cycles,
        "marts.county_spot_check": coverage,
        "marts.project_check": project_checks(project.lazy(), check.lazy()).collect(),
        "marts.institution_satisfaction": pooled,
        "marts.project_satisfaction": project_satisfaction(survey.lazy()).collect(),
        **_around_the_cycle(province, teachers, cycles, rng),
        "audit.findings": _findings(province, coverage, pooled, institution, cycles, teachers),
        "audit.clauses": _clauses(province),
        "audit.formulas": origins.formulas,
        "audit.sources": origins.sources,
        "audit.rejects": rejects,
        "audit.reject_senders": _senders(rejects, county_rows, institution),
        "audit.row_counts": _row_counts(),
        "audit.gate": _gate(),
        "audit.problems": _problems(),
        "audit.drift": _drift(),
        "audit.variation": _variation(),
        "audit.vanished": pl.DataFrame(schema=dict(contract("audit", "vanished").schema())),
    }


def _drift() -> pl.DataFrame:
    """Two changes beyond the usual, one in a unit whose name is no name."""
    rows = [
        {
            "kind": "data",
            "table_name": "teacher",
            "column_name": "title",
            "measure": "empty",
            "before": 0.0,
            "now": 0.2,
        },
        {"kind": "roster", "table_name": "school", "unit_id": "330106", "measure": "gone", "before": 40, "now": 41},
    ]
    said = ("“教师信息”的“职称”空缺的比例由不到 1%变为约 20%。", "“学校”名册<b>西湖区</b>有大部分的编号不见了。")
    whole = [{"province": "330000", **row, "sentence": sentence} for row, sentence in zip(rows, said, strict=True)]
    return pl.DataFrame(whole, schema=contract("audit", "drift").schema())


def _variation() -> pl.DataFrame:
    """The night was compared with another."""
    night = {"province": "330000", "night": AS_OF, "days": 1, "measure": "night"}
    return pl.DataFrame([night], schema=contract("audit", "variation").schema())


def _problems() -> pl.DataFrame:
    """What reading told of two files."""
    told = [
        ("学分学时登记_2019.csv", "credit_record", "hours", 3, "assumed", "about", "“培训获得学时”2 处写作约数。"),
        ("教师信息-2.xls", "teacher", None, None, "file", "encrypted", "教师信息-2.xls：文件有打开密码。"),
    ]
    names = ("file", "table_name", "column_name", "row_number", "kind", "reason_code", "reason")
    rows = [{"province": "330000", "sheet": "", **dict(zip(names, row, strict=True))} for row in told]
    return pl.DataFrame(rows, schema=contract("audit", "problems").schema())


def sample_tables(frames: Mapping[str, pl.DataFrame]) -> Callable[[str], pl.DataFrame]:
    """What a release hands to the site: the frames above and those made for publication."""
    public = publish({name: frame.lazy() for name, frame in frames.items()}, AS_OF, b"key of a sample")
    return {**frames, **public}.__getitem__


def _units(province: str, counties: int) -> pl.DataFrame:
    regions = pl.read_csv(REGIONS, infer_schema=False).filter(
        pl.col("region_code").str.starts_with(province[:2]) & pl.col("valid_to").is_null()
    )
    names = dict(regions.select("region_code", "region_name").iter_rows())
    tiles = pl.read_csv(REGIONS.parent / f"tiles_{province}.csv", infer_schema=False)["adcode"].to_list()
    shown = tiles if counties >= len(tiles) else tiles[:: max(1, len(tiles) // counties)][:counties]
    rows = [_unit(province, names.get(province, "某省"), "省", None, None, None)]
    cities = sorted({code[:4] + "00" for code in shown if code[:4] + "00" in names and province != "500000"})
    rows += [_unit(city, names[city], "市", province, city, names[city]) for city in cities]
    for code in shown:
        city = code[:4] + "00" if code[:4] + "00" in cities else None
        rows.append(_unit(code, names.get(code, code), "县", city or province, city, names.get(city or "")))
    rows[-1]["place_note"] = "区划码自 2021-04-09 起并入"
    if province == "330000":
        rows.append(_unit("X330301", "温州经济技术开发区", "开发区", "330300", "330300", "温州市"))
    return pl.DataFrame(
        rows, schema_overrides={"city_id": pl.Utf8, "city_name": pl.Utf8, "place_note": pl.Utf8}
    ).with_columns(province=pl.lit(province))


def _unit(code: str, name: str, level: str, parent: str | None, city: str | None, city_name: str | None) -> dict:
    is_county = level in {"县", "开发区", "直属"}
    return {
        "unit_id": code,
        "unit_name": name,
        "level": level,
        "parent_id": parent,
        "city_id": city,
        "city_name": city_name,
        "county_id": code if is_county else None,
        "is_county": is_county,
        "place_note": None,
    }


def _teachers(province: str, counties: list[dict], rng: random.Random) -> tuple[pl.DataFrame, pl.DataFrame]:
    teachers, cycles = [], []
    for county in counties:
        skill = min(0.99, max(0.6, rng.gauss(0.91, 0.06)))
        for _ in range(rng.randint(4, 90) * 3):
            teacher = f"{TEACHER_MARK}{len(teachers):06d}"
            teachers.append(
                {
                    "teacher_id": teacher,
                    "county_id": county["unit_id"],
                    "city_id": county["city_id"],
                    "stage": rng.choices(STAGES, (3, 6, 4, 2, 0.4))[0],
                    "school_id": f"S{county['unit_id']}{rng.randint(1, 4)}",
                    # Told from the number alone, so that what is drawn after it stays what it was.
                    "title": (*TITLES, None)[len(teachers) % 7 % 5],
                    "backbone_level": ("无", "县", "市")[len(teachers) % 5 % 3],
                    "post_type": "校长" if len(teachers) % 11 == 0 else "专任教师",
                }
            )
            for start, is_open in ((2016, False), (2021, True)):
                draw = rng.random()
                verdict = (
                    "not_applicable"
                    if draw > 0.97
                    else "met"
                    if draw < (0.3 * skill if is_open else skill)
                    else "in_progress"
                    if is_open
                    else "not_met"
                )
                cycles.append(
                    {
                        "teacher_id": teacher,
                        "cycle_id": f"C-{start}-{start + 4}",
                        "cycle_start": date(start, 1, 1),
                        "cycle_end": date(start + 4, 12, 31),
                        "verdict": verdict,
                        "binding_constraint": rng.choice(["学分", "学时", "两者"]) if verdict == "not_met" else "无",
                        "credit_system": "HI-2017" if province == "460000" else "ZJ-2016",
                        "credits": Decimal(rng.randint(300, 440) if province != "460000" else rng.randint(40, 64)),
                        "hours": Decimal(rng.randint(300, 440)),
                        "shortfall_credits": Decimal(rng.randint(0, 300) if verdict == "in_progress" else 0),
                        "shortfall_hours": Decimal(0),
                        "required_credits": Decimal(50 if province == "460000" else 360),
                        "required_hours": Decimal(360) if province == "460000" else None,
                    }
                )
    stamp = pl.lit(province).alias("province")
    return pl.DataFrame(teachers).with_columns(stamp), pl.DataFrame(cycles).with_columns(stamp)


def _schools(teachers: pl.DataFrame) -> pl.DataFrame:
    return (
        teachers.select("province", "school_id", "county_id", "city_id")
        .unique("school_id")
        .sort("school_id")
        .with_columns(
            school_name=pl.when(pl.int_range(pl.len()) == 0)
            .then(pl.lit(HOSTILE))
            .otherwise(pl.format("实验学校{}", pl.col("school_id").str.slice(-2))),
            school_type=pl.lit("小学"),
            ownership=pl.when(pl.col("school_id").str.ends_with("4")).then(pl.lit("民办")).otherwise(pl.lit("公办")),
            urban_rural=pl.col("school_id").str.slice(-1).replace_strict({"1": "城区", "2": "乡村"}, default="镇区"),
            place_note=pl.when(pl.int_range(pl.len()) == 1).then(pl.lit("按乡镇街道归入")),
        )
    )


def _training(teachers: pl.DataFrame, rng: random.Random) -> tuple[pl.DataFrame, pl.DataFrame]:
    years, records = [], []
    for teacher in teachers["teacher_id"].to_list()[::3]:
        for year in YEARS:
            years.append(
                {
                    "teacher_id": teacher,
                    "year": year,
                    "verdict": "met" if rng.random() < 0.9 else "in_progress" if year == 2021 else "not_met",
                    "credits_lost_project_cap": Decimal(rng.choice((0, 0, 2))),
                    "credits_lost_school_cap": Decimal(rng.choice((0, 0, 0, 1))),
                }
            )
            records.append(
                {
                    "teacher_id": teacher,
                    "credit_year": year,
                    "source_type": rng.choices(("集中", "网络", "校本", "师徒"), (5, 3, 4, 0.1))[0],
                    "level": "县",
                    "status": "ok",
                    "counted_hours": Decimal(rng.randint(8, 90)),
                }
            )
    stamp = teachers["province"][0]
    made = (pl.DataFrame(rows).with_columns(province=pl.lit(stamp)) for rows in (years, records))
    return tuple(made)  # type: ignore[return-value]


def _around_the_cycle(
    province: str, teachers: pl.DataFrame, cycles: pl.DataFrame, rng: random.Random
) -> dict[str, pl.DataFrame]:
    """Why cycles were missed, who will miss the open one, and where movers count, by county."""
    placed = cycles.join(teachers.select("teacher_id", "county_id"), on="teacher_id").with_columns(
        period=pl.format("{}-{}", pl.col("cycle_start").dt.year(), pl.col("cycle_end").dt.year())
    )
    by_county = placed.group_by("county_id", "period").agg(
        met=(pl.col("verdict") == "met").sum().cast(pl.Int64),
        missed=(pl.col("verdict") == "not_met").sum().cast(pl.Int64),
        judged=pl.col("verdict").is_in(["met", "not_met", "in_progress"]).sum().cast(pl.Int64),
    )
    common = {"province": province, "credit_system": "ZJ-2016", "subject_type": "county"}
    missed, open_, moved = [], [], []
    for row in by_county.sort("county_id", "period").iter_rows(named=True):
        what = common | {"subject_id": row["county_id"], "period": row["period"]}
        if row["period"] == "2016-2020":
            shares = {name: rng.randint(0, row["missed"]) for name in CAUSES}
            missed.append(what | {"not_met": row["missed"]} | shares)
        else:
            at_risk = rng.randint(0, row["judged"] // 3)
            paces = {"pace_credits": 70, "needed_credits": 73, "pace_hours": 70, "needed_hours": None}
            amounts = {name: None if value is None else Decimal(value) for name, value in paces.items()}
            open_.append(what | {"teachers": row["judged"], "at_risk": at_risk} | amounts)
        for convention in ("end", "event"):
            count = {"attainment_numerator": row["met"], "attainment_denominator": row["judged"]}
            moved.append(
                common | {"county_id": row["county_id"], "period": row["period"], "convention": convention} | count
            )
    amount = dict.fromkeys(("pace_credits", "needed_credits", "pace_hours", "needed_hours"), pl.Decimal(38, 3))
    return {
        "marts.shortfall_cause": pl.DataFrame(missed),
        "marts.at_risk": pl.DataFrame(open_, schema_overrides=amount),
        "marts.cycle_attribution": pl.DataFrame(moved),
    }


def _institutions(province: str, counties: list[dict], count: int, rng: random.Random) -> pl.DataFrame:
    rows = []
    for number in range(count):
        county = counties[number % len(counties)]
        is_university = number % 5 == 0
        kind = "高等学校" if is_university else rng.choice(["教师进修学校", "教研机构", "社会培训机构"])
        name = f"{county['city_name'] or ''}第{number + 1}师范学院" if is_university else f"{county['unit_name']}{kind}"
        rows.append(
            {
                "institution_id": f"I{number:04d}",
                "institution_name": name if number != 3 else HOSTILE,
                "institution_type": kind,
                "authority_level": "省" if is_university else "县",
                "unit_id": county["unit_id"],
                "county_id": county["unit_id"],
                "city_id": county["city_id"],
            }
        )
    return pl.DataFrame(rows, schema_overrides={"city_id": pl.Utf8}).with_columns(province=pl.lit(province))


def _projects(
    province: str, counties: list[dict], institutions: pl.DataFrame, rng: random.Random
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    projects, surveys, checks = [], [], []
    places = institutions.rows(named=True)
    for county in counties:
        zeal = rng.choices((0.05, 0.24, 0.4), (1, 6, 2))[0]
        for year in YEARS:
            for _ in range(rng.randint(5, 22)):
                identifier = f"P{len(projects):05d}"
                place = rng.choice(places)
                start = date(year, rng.randint(1, 11), rng.randint(1, 27))
                projects.append(
                    {
                        "project_id": identifier,
                        "project_name": HOSTILE
                        if len(projects) == 5
                        else f"{year}年{rng.choice(STAGES)}教师专业发展研修班",
                        "year": year,
                        "institution_id": place["institution_id"],
                        "level": rng.choice(["省级", "地市级", "县级", "校级"]),
                        "is_school_based": rng.random() < 0.3,
                        "county_unit_id": county["unit_id"],
                        "delivery_mode": rng.choice(["集中", "网络", "混合", "校本"]),
                        "start_date": start,
                        "end_date": start,
                        "status": "已结束",
                        "hours_planned": Decimal("24.500"),
                        "stage": "小学",
                        "checked_in_count": rng.randint(20, 80),
                        "enrolled_count": 80,
                    }
                )
                if rng.random() < 0.7:
                    surveys.append(_survey(identifier, place, year, rng))
                if rng.random() < zeal:
                    checks.append(
                        {
                            "check_id": f"K{len(checks):05d}",
                            "project_id": identifier,
                            "year": year,
                            "check_date": start,
                            "checker_unit_id": county["unit_id"] if rng.random() < 0.9 else province,
                            "checker_level": "县",
                            "method_codes": ["随堂听课", "座谈会"],
                            "result": "合格" if len(checks) % 9 else "不合格",
                            "finding_code": "考勤" if len(checks) % 3 else "无",
                        }
                    )
    stamp = pl.lit(province).alias("province")
    return tuple(pl.DataFrame(rows).with_columns(stamp) for rows in (projects, surveys, checks))  # type: ignore[return-value]


def _survey(project: str, place: dict, year: int, rng: random.Random) -> dict:
    asked = rng.randint(4, 70)
    quality = 0.55 if int(place["institution_id"][1:]) % 11 == 4 else rng.gauss(0.92, 0.04)
    happy = min(asked, max(0, round(asked * quality)))
    return {
        "survey_id": f"S{project}",
        "project_id": project,
        "institution_id": place["institution_id"],
        "subject": "语文",
        "year": year,
        "survey_type": "学评教",
        "is_anonymous": True,
        "responses": asked + 2,
        "responses_valid": asked,
        "satisfied": happy,
        "satisfied_with_basic": min(asked, happy + 2),
    }


def _findings(
    province: str,
    coverage: pl.DataFrame,
    pooled: pl.DataFrame,
    institutions: pl.DataFrame,
    cycles: pl.DataFrame,
    teachers: pl.DataFrame,
) -> pl.DataFrame:
    placed = pooled.join(institutions.select("institution_id", "unit_id"), on="institution_id")
    people = cycles.join(teachers.select("teacher_id", unit_id="county_id"), on="teacher_id")
    kinds = {
        "ZJ-2014-04/23.1": (coverage, "county", "unit_id", "year", ">=", "0.2", "比例", "must"),
        "ZJ-2014-04/27.6": (placed, "institution", "institution_id", "year", "<", "0.7", "比例", "trigger"),
        "ZJ-2014-04/28.3": (placed, "institution", "institution_id", "year", "<", "0.6", "比例", "trigger"),
        "CQ-2013-24/19.1": (placed, "institution", "institution_id", "year", "<=", "0.7", "比例", "trigger"),
        "ZJ-2016-71/03.1": (people, "teacher", "teacher_id", "cycle", ">=", "360", "学分", "must"),
        "WZ-2012-33/03.2": (people, "teacher", "teacher_id", "cycle", ">=", "360", "学时", "must"),
        "HI-2017/09.4": (people, "teacher", "teacher_id", "cycle", ">=", "50", "学分", "must"),
    }
    parts = []
    for clause, place, *_ in CLAUSES:
        if place[:2] != province[:2]:
            continue
        frame, subject_type, subject, grain, operator, threshold, unit, strength = kinds[clause]
        period = pl.col("cycle_id").str.slice(2) if grain == "cycle" else pl.col("year").cast(pl.Utf8)
        law = frame.filter(pl.col("unit_id").str.contains("^X|^" + place.rstrip("0")))
        parts.append(
            law.select(
                pl.lit(clause).alias("clause_id"),
                pl.lit(subject_type).alias("subject_type"),
                pl.col(subject).alias("subject_id"),
                pl.col("unit_id").alias("unit_id"),
                period.alias("period"),
                pl.lit(operator).alias("operator"),
                pl.lit(threshold).cast(pl.Decimal(38, 6)).alias("threshold"),
                pl.lit(unit).alias("unit"),
                "verdict",
                pl.lit(strength).alias("strength"),
                pl.lit(place).alias("jurisdiction_code"),
                _detail(subject_type, threshold).alias("detail"),
            )
        )
    return pl.concat(parts).with_columns(
        finding_id=pl.concat_str("clause_id", "subject_id", "period", separator="|"),
        value=pl.when(verdict="met")
        .then(pl.col("threshold") * 2)
        .otherwise(pl.col("threshold") / 2)
        .cast(pl.Decimal(38, 6)),
        is_trigger=pl.col("strength") == "trigger",
        province=pl.lit(province),
    )


def _detail(subject_type: str, threshold: str) -> pl.Expr:
    """Numerator, denominator and inputs as a finding keeps them."""
    over, under, inputs = {
        "county": ("projects_checked", "projects", ("projects", "projects_checked", "projects_checked_any_level")),
        "institution": ("satisfied", "responses_valid", ("responses_valid", "satisfied", "satisfied_with_basic")),
        "teacher": ("credits", None, ("credits",)),
    }[subject_type]
    return pl.struct(
        pl.col(over).cast(pl.Float64).alias("numerator"),
        (pl.col(under) if under else pl.lit(None)).cast(pl.Float64).alias("denominator"),
        pl.struct(inputs).alias("inputs"),
        pl.lit(threshold).alias("limit"),
    ).struct.json_encode()


def _clauses(province: str) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "clause_id": clause,
                "jurisdiction": place,
                "jurisdiction_code": place,
                "document": clause.split("/")[0],
                "article": "第" + clause.split("/")[1],
                "title": title,
                "quote": quote,
                "strength": strength,
                "tier": "A",
                "effective_from": date(2014, 3, 1),
                "effective_to": None,
                "status": "evaluated",
                "reason": None,
                "is_trigger": strength == "trigger",
            }
            for clause, place, title, quote, strength in CLAUSES
            if place[:2] == province[:2]
        ],
        schema_overrides={"effective_to": pl.Date, "reason": pl.Utf8},
    )


def _rejects(rng: random.Random) -> pl.DataFrame:
    reasons = (
        ("教师信息", "teacher_id", "missing_required", "必填项为空：教师编号", "row"),
        ("学分学时登记", "end_date", "bad_date", "日期不存在，应写成 2019-02-28 这样的日历日", "row"),
        ("学分学时登记", "credits", "bad_number", "学分应为数字", "cell"),
        ("测评答卷", "overall_rating", "unknown_value", "评价不在取值表内", "cell"),
    )
    return pl.DataFrame(
        [
            {
                "table_name": table,
                "file": f"{table}.csv",
                "sheet": "",
                "row_number": number,
                "column_name": column,
                "raw_value": f"{TEACHER_MARK}-raw",
                "reason_code": code,
                "reason": reason,
                "severity": severity,
            }
            for table, column, code, reason, severity in reasons
            for number in range(rng.randint(2, 40))
        ]
    )


def _senders(rejects: pl.DataFrame, counties: list[dict], institutions: pl.DataFrame) -> pl.DataFrame:
    """Whose rejects they are: every third row names no county, and only answers name an institution."""
    place = pl.int_range(pl.len()) % 3
    is_answer = pl.col("table_name") == "测评答卷"
    return rejects.drop("raw_value", "sheet", "row_number").with_columns(
        county_id=pl.when(place > 0).then(
            place.replace_strict({0: "", 1: counties[0]["unit_id"], 2: counties[1]["unit_id"]})
        ),
        institution_id=pl.when(is_answer).then(pl.lit(institutions["institution_id"][3])),
    )


def _row_counts() -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "table_name": table,
                "file": f"{table}.csv",
                "rows_read": read,
                "rows_staged": read - 30,
                "rows_rejected": 20,
                "rows_duplicate": 8,
                "rows_dropped_total": 2,
            }
            for table, read in (("教师信息", 10230), ("学分学时登记", 340211), ("测评答卷", 88012))
        ]
    )


def _gate() -> pl.DataFrame:
    rows = (
        ("staging.teacher", "teacher_id_is_unique", "staging.teacher", True, "重复 0 组", "critical", "教师编号不重复"),
        ("core.fct_credit", "credits_reconcile", "core.fct_credit", True, "差 0.000", "critical", "学分合计与来源一致"),
        ("staging.survey", "row_count_drift", "staging.survey", False, "较上次 -34%", "warning", "行数与上次相差不大"),
        ("staging.leave", "table_is_present", "staging.leave", None, "本次没有此表", "warning", "请假记录有数据"),
    )
    return pl.DataFrame(
        [
            {
                "suite": suite,
                "expectation": name,
                "table_name": table,
                "success": ok,
                "observed": seen,
                "severity": severity,
                "title": title,
                "meaning": "同一编号只应出现一次。",
                "matters": "重复会使同一人被统计两次。",
                "action": "请数据提供方核对后重新导出。",
            }
            for suite, name, table, ok, seen, severity, title in rows
        ]
    )
