"""A tiny warehouse in which everything holds, to plant one defect at a time."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from models.contracts import contract, marts_contracts

Rows = Sequence[Mapping[str, Any]]
PROVINCE = "460000"


def staged(**values: Any) -> dict[str, Any]:
    return {"_file": "dump.csv", "_sheet": "", "_row": 2, **values}


def counted(
    table: str, read: int, staged: int, rejected: int = 0, duplicate: int = 0, total: int = 0
) -> dict[str, Any]:
    return {
        "table_name": table,
        "file": f"{table}.csv",
        "rows_read": read,
        "rows_staged": staged,
        "rows_rejected": rejected,
        "rows_duplicate": duplicate,
        "rows_dropped_total": total,
    }


CREDIT = {"source_type": "集中", "level": "县", "completion": "合格", "status": "已登记", "end_date": date(2018, 5, 1)}

GOOD: Mapping[str, Rows] = {
    "staging.admin_unit": [
        staged(unit_id="460000", unit_name="海南省", level="省"),
        staged(unit_id="460105", unit_name="秀英区", level="县"),
    ],
    "staging.school": [
        staged(school_id="2146000001", school_name="一小", school_type="小学", ownership="公办", unit_id="460105")
    ],
    "staging.teacher": [
        staged(teacher_id="T0001", name="甲", school_id="2146000001", post_type="专任教师", status="在职"),
        staged(teacher_id="T0002", name="乙", school_id="2146000001", post_type="专任教师", status="在职"),
    ],
    "staging.institution": [
        staged(
            institution_id="I1", institution_name="教师进修学校", institution_type="县级教师培训机构", unit_id="460105"
        )
    ],
    "staging.project": [
        staged(
            project_id="P1",
            project_name="骨干研修",
            year=2018,
            institution_id="I1",
            county_unit_id="460105",
            start_date=date(2018, 4, 1),
            end_date=date(2018, 5, 1),
            status="已结束",
        )
    ],
    "staging.credit_record": [
        staged(record_id="R1", teacher_id="T0001", project_id="P1", hours=Decimal(40), **CREDIT),
        staged(record_id="R2", teacher_id="T0002", project_id="P1", hours=Decimal(8), **CREDIT),
    ],
    "staging.survey": [
        staged(survey_id="S1", project_id="P1", survey_type="学评教", is_anonymous=True, close_date=date(2018, 5, 2))
    ],
    "staging.spot_check": [
        staged(check_id="C1", project_id="P1", check_date=date(2018, 4, 9), checker_unit_id="460105")
    ],
    "audit.row_counts": [
        counted("admin_unit", 2, 2),
        counted("school", 1, 1),
        counted("teacher", 5, 2, rejected=1, duplicate=1, total=1),
        counted("institution", 1, 1),
        counted("project", 1, 1),
        counted("credit_record", 2, 2),
        counted("survey", 1, 1),
        counted("spot_check", 1, 1),
    ],
    "audit.rejects": [
        {
            "table_name": "teacher",
            "file": "teacher.csv",
            "sheet": "",
            "row_number": 4,
            "column_name": "teacher_id",
            "reason_code": "required_empty",
            "reason": "教师编号为空，请补填",
            "severity": "row",
        }
    ],
    "audit.duplicates": [
        {
            "table_name": "teacher",
            "file": "teacher.csv",
            "sheet": "",
            "row_number": 5,
            "key": "T0002",
            "reason_code": "same_content",
            "reason": "内容相同",
        }
    ],
    "audit.problems": [],
    "core.dim_unit": [
        {"unit_id": "460000", "unit_name": "海南省", "level": "省", "is_county": False},
        {"unit_id": "460105", "unit_name": "秀英区", "level": "县", "parent_id": "460000", "is_county": True},
    ],
    "core.dim_school": [{"school_id": "2146000001", "school_name": "一小", "unit_id": "460105"}],
    "core.dim_teacher": [
        {"teacher_id": "T0001", "school_id": "2146000001", "credit_system": "HI-2017"},
        {"teacher_id": "T0002", "school_id": "2146000001", "credit_system": "HI-2017"},
    ],
    "core.fct_teacher_place": [
        {"teacher_id": f"T000{number}", "school_id": "2146000001", "county_id": "460105", "basis": "现职"}
        for number in (1, 2)
    ],
    "core.dim_institution": [{"institution_id": "I1", "institution_name": "教师进修学校", "unit_id": "460105"}],
    "core.dim_project": [
        {
            "project_id": "P1",
            "year": 2018,
            "institution_id": "I1",
            "county_unit_id": "460105",
            "start_date": date(2018, 4, 1),
            "end_date": date(2018, 5, 1),
            "status": "已结束",
        }
    ],
    "core.fct_credit": [
        {
            "record_id": f"R{number}",
            "teacher_id": f"T000{number}",
            "project_id": "P1",
            "credit_system": "HI-2017",
            "credit_year": 2018,
            "counted_hours": Decimal(hours),
            "base_credits": Decimal(earned),
            "status": "ok",
        }
        for number, hours, earned in ((1, 40, 12), (2, 8, 1))
    ],
    "core.fct_survey": [
        {
            "survey_id": "S1",
            "project_id": "P1",
            "institution_id": "I1",
            "year": 2018,
            "survey_type": "学评教",
            "is_anonymous": True,
            "responses": 20,
            "responses_valid": 20,
            "satisfied": 18,
        }
    ],
    "core.evidence": [{"unit_id": "460000", "first_year": 2018}],
    "core.fct_spot_check": [
        {
            "check_id": "C1",
            "project_id": "P1",
            "check_date": date(2018, 4, 9),
            "year": 2018,
            "checker_unit_id": "460105",
        }
    ],
    "marts.teacher_year": [
        {
            "teacher_id": f"T000{number}",
            "year": 2018,
            "credit_system": "HI-2017",
            "credits": Decimal(earned),
            "hours": Decimal(hours),
            "cycle_credits": Decimal(earned),
            "cycle_hours": Decimal(hours),
            "credits_lost_project_cap": Decimal(lost),
            "credits_lost_school_cap": Decimal(0),
            "verdict": "not_met",
            "binding_constraint": "学时",
        }
        for number, hours, earned, lost in ((1, 40, 10, 2), (2, 8, 1, 0))
    ],
    "marts.teacher_cycle": [
        {
            "teacher_id": f"T000{number}",
            "cycle_id": "HI-2016-2020",
            "cycle_start": date(2016, 1, 1),
            "cycle_end": date(2020, 12, 31),
            "credit_system": "HI-2017",
            "credits": Decimal(earned),
            "hours": Decimal(hours),
            "school_based_hours": Decimal(0),
            "shortfall_credits": Decimal(50 - earned),
            "shortfall_hours": Decimal(360 - hours),
            "binding_constraint": "两者",
            "verdict": "not_met",
        }
        for number, hours, earned in ((1, 40, 10), (2, 8, 1))
    ],
    "marts.county_spot_check": [
        {
            "unit_id": "460105",
            "year": 2018,
            "projects": 1,
            "projects_checked": 1,
            "required": 1,
            "gap": 0,
            "coverage_ratio": 1.0,
            "projects_checked_any_level": 1,
            "verdict": "met",
        }
    ],
    "marts.institution_satisfaction": [
        {
            "institution_id": "I1",
            "year": 2018,
            "responses": 20,
            "responses_valid": 20,
            "satisfied": 18,
            "satisfaction_ratio": 0.9,
            "wilson_low": 0.699,
            "wilson_high": 0.972,
            "verdict": "not_applicable",
        }
    ],
    "marts.project_satisfaction": [
        {"project_id": "P1", "responses_valid": 20, "satisfied": 18, "satisfaction_ratio": 0.9}
    ],
    "marts.public_measure": [
        {
            "measure": "cycle",
            "unit_id": "460105",
            "period": "2016-2020",
            "stage": "全部",
            "convention": "default",
            "denominator": 40,
        },
        {"measure": "coverage", "unit_id": "460105", "period": "2018", "convention": "default", "denominator": 1},
    ],
    "marts.public_cycle": [
        {"unit_id": "460105", "period": "2016-2020", "outcome": "met", "suppression": "人数不足"},
        {"unit_id": "460105", "period": "2016-2020", "outcome": "not_met", "teachers": 20},
    ],
    "audit.findings": [
        {
            "finding_id": "F1",
            "clause_id": "HI-2017/09.4",
            "subject_type": "teacher",
            "subject_id": "T0001",
            "period": "2016-2020",
            "value": 10.0,
            "verdict": "not_met",
        }
    ],
    "audit.clauses": [
        {"clause_id": "HI-2017/09.4", "status": "evaluated"},
        {"clause_id": "HI-2017/21.1", "status": "manual", "reason": "须人工判断"},
    ],
}

UNDECLARED = {
    "cycle_credits": pl.Decimal(38, 3),
    "cycle_hours": pl.Decimal(38, 3),
    "verdict": pl.String(),
    "binding_constraint": pl.String(),
}


def frame(table: str, rows: Rows) -> pl.DataFrame:
    """Rows of `schema.table`, with every column its contract names and those the rows bring along."""
    layer, name = table.split(".")
    schema = dict(contract(layer, name).schema())  # type: ignore[arg-type]
    schema |= {column: dtype for column, dtype in UNDECLARED.items() if rows and column in rows[0]}
    return pl.DataFrame([{"province": PROVINCE, **row} for row in rows], schema=schema)


def write(path: Path, tables: Mapping[str, Rows]) -> Path:
    with duckdb.connect(str(path)) as connection:
        for schema in ("raw", "staging", "core", "marts", "audit"):
            connection.execute(f"CREATE SCHEMA {schema}")
        for table, rows in tables.items():
            landed = frame(table, rows).to_arrow()
            connection.register("landed", landed)
            connection.execute(f"CREATE TABLE {table} AS SELECT * FROM landed")
            connection.unregister("landed")
    return path


Plant = Callable[..., Path]


@pytest.fixture(scope="session")
def good_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse in which everything holds; not to be changed."""
    empty: dict[str, Rows] = {f"marts.{name}": [] for name in marts_contracts()}
    return write(tmp_path_factory.mktemp("good") / "warehouse.duckdb", empty | GOOD)


@pytest.fixture
def plant(good_warehouse: Path, tmp_path: Path) -> Plant:
    """A good warehouse, changed by SQL statements."""

    def build(*statements: str) -> Path:
        path = Path(shutil.copy(good_warehouse, tmp_path / "仓库 一.duckdb"))
        with duckdb.connect(str(path)) as connection:
            for statement in statements:
                connection.execute(statement)
        return path

    return build
