"""Two provinces that nobody here wrote a line of Python for: their law and dumps lie in tests/provinces as data.

澄江省: three-year cycles, a rate for each kind, a yearly cap amended in 2021, five counties. 云浦省: hours only, six
years, a yearly minimum amended in the middle of a year. The figures expected are worked out here once more, plainly.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.release import warehouse
from tests.night.conftest import Told
from tests.night.running import ADDED_DUMPS as DUMPS
from tests.night.running import ADDED_LAW as LAW
from tests.night.running import shixun

DAY = "2022-06-30"
CREDITS, HOURS = "990000", "980000"
RATE = {"集中": Fraction(1, 8), "网络": Fraction(1, 20), "校本": Fraction(1, 12)}


@pytest.fixture(scope="module")
def home(three_provinces: Told) -> Path:
    assert "澄江省（990000）：已发布" in three_provinces.printed, three_provinces.progress
    assert "云浦省（980000）：已发布" in three_provinces.printed, three_provinces.progress
    return three_provinces.home


def rows(province: str, name: str) -> list[dict[str, str]]:
    with (DUMPS / province / DAY / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def table(home: Path, province: str, name: str) -> pl.DataFrame:
    return warehouse.query((home / "current" / province).resolve() / "warehouse.duckdb", f"FROM {name}")


def counted(province: str) -> Iterator[tuple[str, int, dict[str, str]]]:
    """Teacher, year and row of each record that counts."""
    for row in rows(province, "学分学时登记"):
        if row["结业状态"] == "合格":
            yield row["教师编号"], date.fromisoformat(row["证书日期"]).year, row


def thousandths(amount: Fraction) -> Fraction:
    return Fraction(floor(amount * 1000 + Fraction(1, 2)), 1000)


def credits_by_hand() -> dict[tuple[str, int], Fraction]:
    """澄江省: the rate of the kind, four credits a project (not in school), then the online cap of the year."""
    total: dict[tuple[str, int], Fraction] = defaultdict(Fraction)
    online: dict[tuple[str, int], Fraction] = defaultdict(Fraction)
    for teacher, year, row in counted(CREDITS):
        kind = row["来源类型"]
        earned = thousandths(Fraction(row["培训获得学时"]) * RATE[kind])
        if kind != "校本":
            earned = min(earned, Fraction(4))
        (online if kind == "网络" else total)[teacher, year] += earned
    for key, earned in online.items():
        total[key] += min(earned, Fraction(3, 2) if key[1] >= 2021 else Fraction(1))
    return total


def test_rates_and_an_amended_cap_count_as_the_policy_file_says(home: Path) -> None:
    expected = credits_by_hand()
    found = {(row["teacher_id"], row["year"]): row for row in table(home, CREDITS, "marts.teacher_year").to_dicts()}
    assert {year for _, year in expected} == {2019, 2020, 2021, 2022}
    for key, row in found.items():
        assert Fraction(row["credits"]) == expected.get(key, 0), key
    caps = {year: max(found[key]["credits_lost_school_cap"] for key in found if key[1] == year) for _, year in found}
    assert (caps[2020], caps[2021]) == (Fraction(1, 2), 0)


def test_a_cycle_of_three_years_asks_for_its_last_days_limit(home: Path) -> None:
    expected = credits_by_hand()
    old = [row["教师编号"] for row in rows(CREDITS, "教师信息") if row["聘用日期"] == "2010-09-01"]
    found = table(home, CREDITS, "audit.findings").filter(
        pl.col("clause_id") == "CJ-2016-9/01.1", pl.col("period") == "2019-2021"
    )
    verdicts = dict(found.select("subject_id", "verdict").rows())
    assert set(found["threshold"]) == {27}
    for teacher in old:
        total = sum(expected.get((teacher, year), Fraction(0)) for year in (2019, 2020, 2021))
        assert verdicts[teacher] == ("met" if total >= 27 else "not_met"), (teacher, total)


def test_hours_alone_are_judged_by_the_limit_of_each_years_end(home: Path) -> None:
    hours: dict[tuple[str, int], Fraction] = defaultdict(Fraction)
    for teacher, year, row in counted(HOURS):
        hours[teacher, year] += Fraction(row["培训获得学时"])
    found = table(home, HOURS, "marts.teacher_year")
    assert found["credits"].null_count() == found.height
    for row in found.filter(pl.col("year") < 2022).to_dicts():
        needed = 60 if row["year"] >= 2021 else 48
        hired = 2020 if row["teacher_id"][-3:] in ("011", "012", "023", "024") else 2010
        judged = "met" if hours[row["teacher_id"], row["year"]] >= needed else "not_met"
        assert row["verdict"] == (judged if row["year"] >= hired else "not_applicable"), row
    cycles = table(home, HOURS, "marts.teacher_cycle")
    assert set(cycles["period"]) == {"2019-2024"}


def test_a_province_is_spot_checked_by_its_own_share(home: Path) -> None:
    found = table(home, CREDITS, "marts.county_spot_check").filter(pl.col("year") == 2021)
    assert set(found.select("projects", "required").rows()) == {(4, 2)}  # 30 % of four, rounded up
    verdicts = dict(found.select("unit_id", "verdict").rows())
    assert (verdicts["990101"], verdicts["990102"], verdicts["990103"]) == ("met", "not_met", "not_met")


def test_pages_report_and_questions_know_the_province(home: Path, tmp_path: Path) -> None:
    release = (home / "current" / CREDITS).resolve()
    assert "澄江省" in (release / "site" / "index.html").read_text("utf-8")
    assert "澄江省" in (home / "site" / "index.html").read_text("utf-8")
    law = ("--law", LAW, "--home", home)
    written = shixun("report", 2021, "--region", CREDITS, *law, "--out", tmp_path, "--format", "html")
    assert written.exit_code == 0, written.output
    page = (tmp_path / "教师培训质量年度报告-990000-2021.html").read_text("utf-8")
    assert "《澄江省中小学教师培训学分管理办法》（澄教师〔2016〕9号）" in page
    told = shixun("explain", "--clause", "CJ-2016-9/01.1", "--subject", "T99001", "--period", "2019-2021", *law)
    assert "每个周期应取得不少于24学分" in told.output
    assert "手头的不同" not in told.output
    planned = shixun("plan-checks", 2022, "--region", "990102", "--seed", 3, *law)
    assert planned.exit_code == 0, planned.output


def test_a_release_names_its_law_and_says_when_another_is_at_hand(home: Path, tmp_path: Path) -> None:
    manifest: dict[str, Any] = json.loads(((home / "current" / CREDITS).resolve() / "manifest.json").read_text("utf-8"))
    assert [(one["id"], one["file"], one["is_added"]) for one in manifest["law"]] == [
        ("CJ-2016-9", "CJ-2016-9.yaml", True)
    ]
    told = shixun("explain", "--clause", "CJ-2016-9/02.1", "--subject", "T99001", "--period", 2021, "--home", home)
    assert "CJ-2016-9（手头没有）" in told.output
    refused = shixun("report", 2021, "--region", CREDITS, "--home", home, "--out", tmp_path)
    assert refused.exit_code == 2
    assert "--law" in refused.output


def test_a_what_if_reaches_the_conventions_of_an_added_document(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "if.yaml"
    path.write_text("conventions:\n  CJ-2016-9/project_credit_cap: {value: 1}\n", "utf-8")
    told = shixun("whatif", "--policy", path, "--law", LAW, "--home", home)
    assert told.exit_code == 0, told.output
    assert "单个项目最高几学分：4 → 1" in told.output
    assert "CJ-2016-9/02.1  990101 东湖县：达标 → 未达标" in told.output
