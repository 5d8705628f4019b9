"""Conventions that change on a day: each record, year and cycle is counted by the line that holds for it."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from models.core.credit_lines import credit_lines
from models.law import Policies, PolicyError, load_policies
from models.law.credit_systems import credit_rules
from models.marts.caps import cap_loss_record
from models.marts.credits import teacher_year
from models.whatif import read_overlay
from tests.unit.credits.test_against_oracle import PROJECT, RECORD, TEACHER

TODAY = date(2022, 6, 30)
TEACHER_ROW = {
    "teacher_id": "T",
    "credit_system": "HI-2017",
    "status": "在职",
    "is_in_scope": True,
    "hire_date": date(2010, 9, 1),
}
USUAL = {"teacher_id": "T", "source_type": "集中", "level": "省", "completion": "合格", "status": "已登记"}


def supposed(tmp_path: Path, text: str) -> Policies:
    path = tmp_path / "if.yaml"
    path.write_text(f"conventions:\n{text}", "utf-8")
    return load_policies().with_documents(read_overlay(path, load_policies()).documents)


def settled(book: Policies, *records: dict[str, Any]) -> tuple[list[Decimal], dict[int, dict[str, Any]], float]:
    """Credits of each record before caps, the teacher's years, and what the records lost to caps."""
    rules = credit_rules("460000", book)
    rows = [USUAL | {"record_id": f"R{number}"} | one for number, one in enumerate(records)]
    people = pl.LazyFrame([TEACHER_ROW], schema=TEACHER)
    lines = credit_lines(pl.LazyFrame(rows, schema=RECORD), pl.LazyFrame(schema=PROJECT), people, rules)
    years = teacher_year(lines, people, range(2017, 2022), TODAY, rules)
    placed = people.with_columns(school_id=pl.lit("S"), county_id=pl.lit("C"))
    lost = cap_loss_record(lines, years, placed, rules).collect()
    earned = lines.sort("record_id").collect()["base_credits"].to_list()
    both = lost.select(pl.col("credits_lost_project_cap") + pl.col("credits_lost_school_cap")).sum().item()
    return earned, {row["year"]: row for row in years.collect().to_dicts()}, float(both or 0)


def day(year: int, month: int = 5) -> dict[str, date]:
    return {"end_date": date(year, month, 20)}


def test_a_rate_counts_from_its_day_on(tmp_path: Path) -> None:
    book = supposed(tmp_path, "  HI-2017/daily_credits: {value: {省: 3}, from: 2019-05-20}")
    hours = {"hours": Decimal(16)}
    earned, _, _ = settled(book, hours | {"end_date": date(2019, 5, 19)}, hours | {"end_date": date(2019, 5, 20)})
    assert earned == [3, 6]


def test_a_projects_cap_is_each_records_own(tmp_path: Path) -> None:
    book = supposed(tmp_path, "  HI-2017/project_credit_cap: {value: 4, from: 2020-01-01}")
    one = {"project_id": "P", "hours": Decimal(40)}  # five days: 7.5 credits
    _, years, lost = settled(book, one | day(2019), one | day(2020), {"hours": Decimal(40)} | day(2020, 6))
    assert (years[2019]["credits"], years[2020]["credits"]) == (Decimal("7.5"), 4)
    assert lost == 11


def test_the_cap_of_a_year_is_that_of_its_last_day(tmp_path: Path) -> None:
    book = supposed(tmp_path, "  HI-2017/school_credit_cap: {value: 2, from: 2019-12-31}")
    school = {"source_type": "校本", "level": "校", "hours": Decimal(8), "credits": Decimal(9)}
    _, years, lost = settled(book, school | day(2018), school | day(2019, 1), school | day(2020))
    assert [years[year]["credits"] for year in (2018, 2019, 2020)] == [6, 2, 2]
    assert lost == 17


def test_a_status_counts_from_its_day_on(tmp_path: Path) -> None:
    book = supposed(tmp_path, "  HI-2017/counted_statuses: {value: [省已认定], from: 2020-01-01}")
    hours = {"hours": Decimal(8)}
    _, years, _ = settled(book, hours | day(2019), hours | day(2020), hours | day(2021) | {"status": "省已认定"})
    assert [years[year]["hours"] for year in (2019, 2020, 2021)] == [8, 0, 8]


def test_a_kinds_own_rate_comes_before_the_days_and_may_have_no_end(tmp_path: Path) -> None:
    book = supposed(tmp_path, '  HI-2017/hourly_credits: {value: {集中: "1/12", 校本: 0.1}}')
    school = {"source_type": "校本", "level": "校"}
    earned, _, _ = settled(book, {"hours": Decimal(8)} | day(2019), school | {"hours": Decimal(24)} | day(2019))
    assert earned == [Decimal("0.667"), Decimal("2.4")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  HI-2017/projct_cap: {value: 2}", ":2: HI-2017 的约定 projct_cap 不能设想；是否想写 project_credit_cap"),
        ("  HI-2017/minimum_answers: {value: 5}", "minimum_answers 不能设想"),
        ("  project_credit_cap: {value: 2}", "没有文件 project_credit_cap"),
        ("  HI-2017/project_credit_cap: {value: 两}", "应写成 10 的样子"),
        ("  HI-2017/project_credit_cap: {values: 2}", "不认识键“values”"),
        ("  ZJ-2014-04/scope_posts: {value: [校长]}", "没有学分体系"),
        ("  WZ-2012-33/daily_credits: {value: {省: 1}}", "就要写 day_sources"),
        ("  HI-2017/scope_posts: {value: [校长], from: 2020-01-01}", "不能分时段"),
        ("  HI-2017/counted_statuses: {value: [已审]}", "“已审”不是转储里的值"),
    ],
)
def test_what_cannot_be_supposed_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(PolicyError) as refused:
        supposed(tmp_path, text)
    assert words in str(refused.value)
