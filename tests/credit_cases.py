"""Settling the law's worked cases on credits: records, projects and people as tables, and what comes of them.

Belongs here: turning a file of such cases into tables and running the functions that a night calls. What is asserted
of the outcome belongs to the tests, changing the law to `tests.mutants`.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from models.core.credit_lines import credit_lines
from models.law import Policies
from models.law.cases import TODAY, CreditCases, Facts
from models.law.credit_systems import credit_rules
from models.marts.credits import teacher_cycle, teacher_year
from models.measures.records import exam_hours

YEARS = range(2016, 2023)
AMOUNT = pl.Decimal(38, 3)

RECORD = {
    "项目": ("project_id", pl.String),
    "来源": ("source_type", pl.String),
    "类别": ("category", pl.String),
    "级别": ("level", pl.String),
    "学时": ("hours", AMOUNT),
    "学分": ("credits", AMOUNT),
    "线上学时": ("hours_online", AMOUNT),
    "起": ("start_date", pl.Date),
    "止": ("end_date", pl.Date),
    "证书": ("certificate_date", pl.Date),
    "结业": ("completion", pl.String),
    "年度": ("credit_year", pl.Int64),
    "补修": ("makeup_for_year", pl.Int64),
    "状态": ("status", pl.String),
}
PROJECT = {
    "编号": ("project_id", pl.String),
    "级别": ("level", pl.String),
    "派遣级别": ("dispatch_org_level", pl.String),
    "分年登分": ("split_year_registration", pl.Boolean),
}
TEACHER = {
    "制度": ("credit_system", pl.String),
    "状态": ("status", pl.String),
    "在范围": ("is_in_scope", pl.Boolean),
    "聘用": ("hire_date", pl.Date),
    "引进": ("transfer_date", pl.Date),
}
EXPECTED = {
    "登记": {
        "学时": "counted_hours",
        "学分": "base_credits",
        "状态": "status",
        "原因": "reason_code",
        "年度": "credit_year",
        "级别": "level",
        "制度": "credit_system",
        "入校级池": "is_school_pool",
        "受单项上限": "is_project_capped",
    },
    "年度": {
        "学时": "hours",
        "学分": "credits",
        "单项上限截去": "credits_lost_project_cap",
        "校级上限截去": "credits_lost_school_cap",
        "校本学时": "school_based_hours",
        "未知条数": "unknown_credit_records",
        "考核": "is_assessed",
        "结论": "verdict",
        "短板": "binding_constraint",
        "缺学分": "shortfall_credits",
        "缺学时": "shortfall_hours",
    },
    "周期": {
        "学时": "hours",
        "学分": "credits",
        "制度": "credit_system",
        "校本学时": "school_based_hours",
        "最长集中": "longest_concentrated_hours",
        "考核年数": "assessed_years",
        "学分未知": "is_credits_unknown",
        "不足年数": "years_below_minimum",
        "参考学分": "reference_credits",
        "参考学时": "reference_hours",
        "缺学分": "shortfall_credits",
        "缺学时": "shortfall_hours",
        "缺校本学时": "shortfall_school_based_hours",
        "缺集中学时": "shortfall_concentrated_hours",
        "短板": "binding_constraint",
        "结论": "verdict",
    },
}
Settled = Mapping[str, Mapping[Any, Mapping[str, Any]]]


def _exact(value: object) -> object:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return Decimal(str(value)) if is_number else value


def _frame(rows: list[dict[str, Any]], fields: Mapping[str, tuple[str, Any]], keys: tuple[str, ...]) -> pl.LazyFrame:
    """Rows with Chinese keys as a typed frame; a key that isn't known fails."""
    names = {key: (key, pl.String) for key in keys} | dict(fields)
    typed = [{names[key][0]: _exact(value) for key, value in row.items()} for row in rows]
    return pl.LazyFrame(typed, schema=dict(names.values()))


def _record(case: Mapping[str, Any], position: int, row: Mapping[str, Any]) -> dict[str, Any]:
    given = {"结业": "合格", "状态": "已登记"} | {key: value for key, value in row.items() if key != "考试分钟"}
    if "考试分钟" in row:
        minutes = pl.DataFrame({"minutes": [row["考试分钟"]]})
        given["学时"] = minutes.select(exam_hours(pl.col("minutes"), Decimal(45))).item()
    if "项目" in given:
        given["项目"] = f"{case['编号']}/{given['项目']}"
    return given | {"record_id": f"{case['编号']}#{position}", "teacher_id": case["编号"]}


def settled(file: CreditCases, today: date, policies: Policies) -> Settled:
    """Everything the public functions say under some law about the cases of a file with that "today", by key."""
    cases = [case for case in file.cases if today_of(case) == today]
    rules = credit_rules(file.province, policies)
    records = _frame(
        [_record(case, position, row) for case in cases for position, row in enumerate(case["登记"])],
        RECORD,
        ("record_id", "teacher_id"),
    )
    projects = _frame(
        [row | {"编号": f"{case['编号']}/{row['编号']}"} for case in cases for row in case.get("项目", [])],
        PROJECT,
        (),
    )
    usual = {"制度": file.system, "状态": "在职", "在范围": True, "聘用": date(2010, 9, 1)}
    teachers = _frame(
        [usual | case.get("教师", {}) | {"teacher_id": case["编号"]} for case in cases if case.get("教师") != "无"],
        TEACHER,
        ("teacher_id",),
    )
    years = [year for year in YEARS if year <= today.year]
    lines = credit_lines(records, projects, teachers, rules)
    by_year = teacher_year(lines, teachers, years, today, rules)
    by_cycle = teacher_cycle(by_year, lines, teachers, years, today, rules)
    return {
        "登记": {row["record_id"]: row for row in lines.collect().to_dicts()},
        "年度": {(row["teacher_id"], row["year"]): row for row in by_year.collect().to_dicts()},
        "周期": {(row["teacher_id"], row["period"]): row for row in by_cycle.collect().to_dicts()},
    }


def today_of(case: Facts) -> date:
    """The day a case is settled on."""
    return case.get("今天", TODAY)


def misses(case: Facts, found: Settled) -> Iterator[str]:
    """What comes out otherwise than the case says, in words; nothing where all is as it should be."""
    for table, key, expected in expectations(case):
        row = found[table].get(key)
        if row is None:
            yield f"{table} {key} 没有这一行"
            continue
        told = {name: row[EXPECTED[table][name]] for name in expected}
        wanted = {name: _exact(value) for name, value in expected.items()}
        if told != wanted:
            yield f"{key}：{told}，应为 {wanted}；{case['理由']}"


def expectations(case: Facts) -> list[tuple[str, Any, dict[str, Any]]]:
    """What a case says of registrations, years and cycles: table, key, row."""
    asked = case["应得"]
    lines = [("登记", f"{case['编号']}#{position}", row) for position, row in enumerate(asked.get("登记", []))]
    years = [("年度", (case["编号"], year), row) for year, row in asked.get("年度", {}).items()]
    cycles = [("周期", (case["编号"], period), row) for period, row in asked.get("周期", {}).items()]
    return lines + years + cycles
