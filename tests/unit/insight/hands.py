"""Small hands of credit lines, as core.fct_credit holds them."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import strategies as st

from models.core.credit_rules import CreditRules
from models.law import load_policies
from models.law.credit_systems import credit_rules
from models.marts.credits import teacher_cycle, teacher_year

AMOUNT = pl.Decimal(38, 3)
AS_OF = date(2022, 6, 30)
YEARS = range(2016, 2023)
LINE = {
    "province": pl.String,
    "record_id": pl.String,
    "teacher_id": pl.String,
    "project_id": pl.String,
    "credit_system": pl.String,
    "credit_year": pl.Int32,
    "source_type": pl.String,
    "level": pl.String,
    "hours_registered": AMOUNT,
    "credits_registered": AMOUNT,
    "counted_hours": AMOUNT,
    "base_credits": AMOUNT,
    "cycle_weight": AMOUNT,
    "is_school_pool": pl.Boolean,
    "is_project_capped": pl.Boolean,
    "is_school_based": pl.Boolean,
    "is_concentrated": pl.Boolean,
    "status": pl.String,
    "reason_code": pl.String,
    "start_date": pl.Date,
    "end_date": pl.Date,
}
USUAL = {
    "province": "460000",
    "teacher_id": "T1",
    "credit_system": "HI-2017",
    "credit_year": 2018,
    "source_type": "集中",
    "level": "县",
    "hours_registered": "8",
    "credits_registered": "1",
    "cycle_weight": "1",
    "is_school_pool": False,
    "is_project_capped": True,
    "is_school_based": False,
    "is_concentrated": True,
    "status": "ok",
    "end_date": date(2018, 5, 11),
}


def lines(*rows: dict[str, Any]) -> pl.LazyFrame:
    """Credit lines from what is unusual about each; counted and base are as registered where not said."""
    filled = []
    for number, row in enumerate(rows):
        line = USUAL | {"record_id": f"R{number:03}"} | row
        line.setdefault("counted_hours", line["hours_registered"])
        line.setdefault("base_credits", line["credits_registered"])
        line.setdefault("start_date", line["end_date"])
        filled.append(
            {
                name: Decimal(str(line[name])) if kind == AMOUNT and line.get(name) is not None else line.get(name)
                for name, kind in LINE.items()
            }
        )
    return pl.LazyFrame(filled, schema=LINE)


def people(*ids: str, **same: Any) -> pl.LazyFrame:
    """Serving teachers of one school and county, hired long ago."""
    usual = {
        "school_id": "S1",
        "county_id": "460105",
        "stage": "小学",
        "credit_system": "HI-2017",
        "status": "在职",
        "is_in_scope": True,
        "hire_date": date(2010, 9, 1),
        "transfer_date": None,
    }
    rows = [{"teacher_id": one} | usual | same for one in ids]
    return pl.LazyFrame(rows, schema_overrides={"transfer_date": pl.Date, "hire_date": pl.Date})


def projects(*rows: dict[str, Any]) -> pl.LazyFrame:
    """Projects with what alerts and differences read of them."""
    schema = dict.fromkeys(
        ("project_id", "institution_id", "level", "dispatch_org_level", "topic", "project_name"), pl.String
    )
    return pl.LazyFrame([{"institution_id": "JG1"} | row for row in rows], schema=schema)


def hainan() -> CreditRules:
    """Hainan's rules, as its policy file has them."""
    return credit_rules("460000", load_policies())


def settled(found: pl.LazyFrame, staff: pl.LazyFrame) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """The years and cycles of credit lines."""
    rules = hainan()
    year = teacher_year(found, staff, YEARS, AS_OF, rules).collect().lazy()
    return year, teacher_cycle(year, found, staff, YEARS, AS_OF, rules).collect().lazy()


RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "teacher_id": st.sampled_from(["T1", "T2", "T3"]),
            "project_id": st.sampled_from(["P1", "P2", None]),
            "credit_year": st.sampled_from([2018, 2019]),
            "end_date": st.dates(date(2018, 1, 1), date(2019, 12, 31)),
            "base_credits": st.integers(0, 140).map(lambda tenths: f"{tenths / 10}"),
            "credits_registered": st.integers(0, 140).map(lambda tenths: f"{tenths / 10}"),
            "hours_registered": st.integers(0, 60).map(str),
            "counted_hours": st.integers(0, 60).map(str),
            "is_school_pool": st.booleans(),
            "is_project_capped": st.booleans(),
        }
    ),
    max_size=14,
)
"""Records of few teachers, projects and years, so that caps bite often."""
