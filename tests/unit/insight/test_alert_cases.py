"""The cases of records to look at: registered records, and what they should make people look at."""

from decimal import Decimal

import polars as pl
import pytest

from models.core.credit_lines import credit_lines
from models.law.cases import alert_cases
from models.marts.alerts import AlertRules, record_alert
from tests.unit.insight.hands import AMOUNT, hainan, people

KEYS = {"编号", "条款", "情形", "项目", "登记", "提示", "理由"}
RECORD = {
    "编号": ("record_id", pl.String, None),
    "教师": ("teacher_id", pl.String, "T"),
    "项目": ("project_id", pl.String, None),
    "来源": ("source_type", pl.String, None),
    "级别": ("level", pl.String, None),
    "学时": ("hours", AMOUNT, None),
    "学分": ("credits", AMOUNT, None),
    "线上学时": ("hours_online", AMOUNT, None),
    "类别": ("category", pl.String, None),
    "起": ("start_date", pl.Date, None),
    "止": ("end_date", pl.Date, None),
    "证书": ("certificate_date", pl.Date, None),
    "结业": ("completion", pl.String, "合格"),
    "年度": ("credit_year", pl.Int64, None),
    "补修": ("makeup_for_year", pl.Int64, None),
    "状态": ("status", pl.String, "已登记"),
}
PROJECT = {
    "编号": ("project_id", pl.String, None),
    "级别": ("level", pl.String, None),
    "派遣级别": ("dispatch_org_level", pl.String, None),
    "分年登分": ("split_year_registration", pl.Boolean, None),
    "机构": ("institution_id", pl.String, "JG"),
    "主题": ("topic", pl.String, "阅读教学"),
    "名称": ("project_name", pl.String, None),
}


def frame(rows, fields, named):
    """Rows with Chinese keys as a typed frame, their ids made the case's own; an unknown key fails."""
    for row in rows:
        assert set(row) <= set(fields), set(row) - set(fields)
    columns = {
        name: pl.Series(name, [_value(row.get(key, usual), kind, name, named) for row in rows], dtype=kind)
        for key, (name, kind, usual) in fields.items()
    }
    return pl.DataFrame(columns).lazy()


def _value(value, kind, name, case):
    if value is not None and name in ("record_id", "teacher_id", "project_id", "institution_id"):
        return f"{case}/{value}"
    return Decimal(str(value)) if kind == AMOUNT and value is not None else value


@pytest.mark.parametrize("case", alert_cases(), ids=lambda case: case["编号"])
def test_case(case):
    assert set(case) == KEYS
    records = frame(case["登记"], RECORD, case["编号"])
    projects = frame(case["项目"], PROJECT, case["编号"])
    staff = people(*records.select("teacher_id").unique().collect()["teacher_id"])
    rules = AlertRules(hainan().default.counting[0].rates.hours_per_day, ("集中", "跟班"), ("HI-2017",))
    lines = credit_lines(records, projects, staff, hainan())
    made = record_alert(lines, records, projects, staff, rules).select("alert", "record_id").collect()
    found = {
        alert: sorted(name.rpartition("/")[2] for name in rows["record_id"])
        for (alert,), rows in made.group_by("alert")
    }
    assert found == case["提示"], case["理由"]
