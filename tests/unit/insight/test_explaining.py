"""`shixun explain` over a hand-made release: what is told, and what is said when there is nothing to tell."""

import json
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from click.testing import CliRunner

from models.contracts import contract
from models.explanation import sensitivity
from models.findings import CLAUSE, FINDING
from models.law import load_policies
from models.trace import trace
from pipelines.cli import main
from pipelines.release import warehouse

TEACHER = "T1"
TOTAL = "HI-2017/09.1"


def finding(**unusual):
    usual = {
        "finding_id": "f" * 16,
        "province": "460000",
        "clause_id": TOTAL,
        "jurisdiction": "海南省",
        "jurisdiction_code": "460000",
        "subject_type": "teacher",
        "subject_id": TEACHER,
        "part": "",
        "unit_id": "460105",
        "period": "2018",
        "value": Decimal(10),
        "operator": ">=",
        "threshold": Decimal(10),
        "unit": "学分",
        "verdict": "met",
        "strength": "must",
        "is_trigger": False,
        "detail": detail(10, limit="10", credits="10.000", credits_lost_project_cap="2.000"),
    }
    return usual | unusual


def detail(numerator, denominator=None, limit=None, **inputs):
    return json.dumps({"numerator": numerator, "denominator": denominator, "limit": limit, "inputs": inputs})


def clause_row(clause_id):
    clause = load_policies().clause(clause_id)
    row = dict.fromkeys(CLAUSE) | {
        name: getattr(clause, name) for name in ("article", "title", "quote", "strength", "tier")
    }
    return row | {
        "clause_id": clause_id,
        "province": "460000",
        "jurisdiction": "海南省",
        "document": "HI-2017",
        "effective_from": date(2017, 10, 23),
        "status": "evaluated",
    }


@pytest.fixture
def home(tmp_path):
    """A home with one release: one teacher, two records of which a cap cut one, three findings."""
    release = tmp_path / "releases" / "460000" / "20211130-aa"
    release.mkdir(parents=True)
    (release / "manifest.json").write_text('{"as_of": "2021-11-30"}')
    (tmp_path / "current").mkdir()
    (tmp_path / "current" / "460000").symlink_to(release)
    origins = trace("460000")
    record = {"teacher_id": TEACHER, "project_id": "P1", "source_type": "集中", "level": "国", "status": "已登记"}
    credit = {"teacher_id": TEACHER, "credit_year": 2018, "source_type": "集中", "level": "国", "status": "ok"}
    shown = ("hours", "completion", "end_date", "start_date", "category")
    tables = {
        "audit.findings": pl.DataFrame(
            [
                finding(),
                finding(finding_id="e" * 16, period="2019", verdict="not_met", detail=detail(9.9, limit="10")),
                finding(finding_id="d" * 16, subject_id="T2"),
            ],
            schema=FINDING,
            orient="row",
        ),
        "audit.clauses": pl.DataFrame([clause_row(TOTAL), clause_row("HI-2017/09.3")], schema=CLAUSE, orient="row"),
        "audit.formulas": origins.formulas,
        "audit.sources": origins.sources,
        "core.fct_credit": pl.DataFrame(
            [
                credit | {"record_id": "A", "counted_hours": Decimal(48), "base_credits": Decimal(12)},
                credit
                | {"record_id": "B", "counted_hours": Decimal(4), "credit_year": 2019, "base_credits": Decimal(1)},
            ]
        ).with_columns(end_date=pl.lit(date(2018, 5, 11)), reason_code=pl.lit(None, dtype=pl.String)),
        "marts.cap_loss_record": pl.DataFrame(
            {
                "record_id": ["A"],
                "credits_lost_project_cap": [Decimal(2)],
                "credits_lost_school_cap": [Decimal(0)],
                "credits": [Decimal(10)],
            }
        ),
        "staging.credit_record": pl.DataFrame(
            [
                record | {"record_id": name, "_file": "学分.xlsx", "_sheet": "表1", "_row": row}
                for name, row in (("A", 7), ("B", 9))
            ]
        ).with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in shown),
        "staging.teacher": pl.DataFrame(
            {"teacher_id": [TEACHER], "post_type": ["专任教师"], "_file": ["教师.csv"], "_sheet": [""], "_row": [2]}
        ),
        "staging.teacher_assignment": pl.DataFrame(
            schema=dict(contract("staging", "teacher_assignment").schema())
            | {"_file": pl.String, "_sheet": pl.String, "_row": pl.Int64}
        ),
    }
    warehouse.create(release / "warehouse.duckdb")
    for name, frame in tables.items():
        frame.write_parquet(tmp_path / f"{name}.parquet")
    warehouse.load(release / "warehouse.duckdb", [(name, tmp_path / f"{name}.parquet") for name in tables])
    return tmp_path


def explain(home, *arguments):
    return CliRunner().invoke(main, ["explain", *arguments, "--home", str(home)], catch_exceptions=False)


def test_a_finding_is_told_with_law_numbers_and_source_rows(home):
    told = explain(home, "f" * 16)
    assert told.exit_code == 0
    assert load_policies().clause(TOTAL).quote in told.output
    assert "10 学分 ≥ 10 学分" in told.output
    assert "[文] 单个项目最高几学分：10" in told.output
    assert "教师.csv 第 2 行" in told.output
    assert "学分.xlsx 工作表“表1” 第 7 行" in told.output


def test_the_ledger_shows_what_the_cap_took_and_only_the_period(home):
    lines = explain(home, "f" * 16).output.splitlines()
    assert [line for line in lines if " | A | " in line] == [
        "2018 | A | 2018-05-11 | 集中·国 | 48 | 12 | 2 | 0 | 10 | 计入 | 学分.xlsx 工作表“表1” 第 7 行"
    ]
    assert not [line for line in lines if " | B | " in line]
    assert "合计 1 条：48 学时，10 学分" in lines


def test_by_clause_and_subject_the_same_is_told(home):
    by_key = explain(home, "--clause", TOTAL, "--subject", TEACHER, "--period", "2018")
    assert by_key.output == explain(home, "f" * 16).output


def test_several_periods_are_listed_to_choose_from(home):
    told = explain(home, "--clause", TOTAL, "--subject", TEACHER)
    assert told.exit_code == 2
    assert "f" * 16 in told.output
    assert "e" * 16 in told.output
    assert "d" * 16 not in told.output


@pytest.mark.parametrize(
    ("arguments", "nearest"),
    [
        (("ffffffffffffff0",), "f" * 16),
        (("--clause", TOTAL, "--subject", "T9"), "× T1 ×"),
        (("--clause", "HI-2017/09.9", "--subject", TEACHER), "HI-2017/09.3"),
        (("it's",), "f" * 16),
    ],
)
def test_what_is_unknown_gets_the_nearest(home, arguments, nearest):
    told = explain(home, *arguments)
    assert told.exit_code == 2
    assert "没有结论" in told.output
    assert nearest in told.output


def test_half_a_question_is_refused(home):
    assert explain(home, "--clause", TOTAL).exit_code == 2
    assert explain(home).exit_code == 2


def test_no_release_is_said(tmp_path):
    told = explain(tmp_path, "f" * 16)
    assert told.exit_code == 2
    assert "shixun refresh" in told.output


# ---- sensitivity


def flips(**unusual):
    return [line for line in sensitivity(finding(**unusual), {}) if "会改变" in line]


def test_exactly_at_the_limit_the_endpoint_decides():
    assert any("不含本数" in line for line in flips())
    assert not flips(detail=detail(10.5, limit="10"))


def test_a_third_is_a_third():
    at = detail(1, 3, limit="1/3")
    assert flips(operator="<=", unit="比例", detail=at)
    assert not flips(operator="<=", unit="比例", detail=detail(333, 1000, limit="1/3"))


def test_the_other_reading_of_satisfaction_is_tried():
    low = detail(60, 100, limit="0.7", satisfied_with_basic=75)
    assert any("基本满意" in line for line in flips(operator="<", is_trigger=True, verdict="not_met", detail=low))


def test_without_the_caps_a_teacher_may_have_reached_it():
    short = detail(9, limit="10", credits="9.000", credits_lost_project_cap="1.000", credits_lost_school_cap="0.000")
    assert any("不设封顶" in line for line in flips(verdict="not_met", detail=short))


def test_what_is_not_decided_cannot_flip():
    assert sensitivity(finding(verdict="in_progress"), {}) == ["没有达标与否的结论，不受其他理解影响。"]
