"""Questions put to a published night: why, what if, what to check, what changed."""

import json
from pathlib import Path

import duckdb
import pytest

from models.law import load_policies
from tests.night.running import PROVINCE, current, shixun

pytestmark = pytest.mark.night


def rows(home: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(current(home) / "warehouse.duckdb"), read_only=True) as connection:
        return connection.sql(sql).fetchall()


def test_a_finding_of_every_clause_is_explained(published: Path) -> None:
    samples = rows(published, "SELECT min(finding_id), clause_id FROM audit.findings GROUP BY clause_id, subject_type")
    assert samples
    for finding, clause in samples:
        told = shixun("explain", finding, "--home", published)
        assert told.exit_code == 0, told.output
        assert load_policies().clause(clause).quote in told.output
        assert "【算式】" in told.output


def test_a_teachers_ledger_adds_up_to_the_marts(published: Path) -> None:
    (finding, teacher, credits_earned), *_ = rows(
        published,
        """SELECT f.finding_id, y.teacher_id, y.credits FROM marts.teacher_year y
        JOIN audit.findings f ON f.subject_id = y.teacher_id AND f.period = y.year::VARCHAR
        WHERE f.clause_id = 'HI-2017/09.1' AND y.credits_lost_project_cap + y.credits_lost_school_cap > 0
        ORDER BY y.teacher_id, y.year""",
    )
    told = shixun("explain", finding, "--home", published).output
    total = next(line for line in told.splitlines() if line.startswith("合计 "))
    shown = format(credits_earned, "f").rstrip("0").rstrip(".")
    assert f"，{shown} 学分" in total, (teacher, total)


def test_the_same_law_flips_nothing(published: Path, tmp_path: Path) -> None:
    judged = [name for (name,) in rows(published, "SELECT clause_id FROM audit.clauses WHERE status = 'evaluated'")]
    clauses = {name: load_policies().clause(name) for name in judged}
    same = {name: {"compare": clause.compare} for name, clause in clauses.items() if clause.thresholds}
    (tmp_path / "same.yaml").write_text(json.dumps({"clauses": same}), encoding="utf-8")
    told = shixun("whatif", "--policy", tmp_path / "same.yaml", "--home", published)
    assert told.exit_code == 0, told.output
    assert "改变 0 条" in told.output


def test_a_lower_limit_flips_by_county(published: Path, tmp_path: Path) -> None:
    (tmp_path / "low.yaml").write_text("clauses:\n  HI-2017/09.5: {value: 1}", encoding="utf-8")
    out = tmp_path / "flips.csv"
    told = shixun("whatif", "--policy", tmp_path / "low.yaml", "--home", published, "--out", out)
    assert told.exit_code == 0, told.output
    assert "≥ 360 → ≥ 1" in told.output
    assert "未达标 → 达标" in told.output
    assert len(out.read_text(encoding="utf-8-sig").splitlines()) > 1


@pytest.mark.parametrize("name", ["list.xlsx", "list.csv"])
def test_a_check_list_fills_every_gap_and_is_the_same_again(published: Path, tmp_path: Path, name: str) -> None:
    lists = [
        shixun("plan-checks", "2020", "--region", PROVINCE, "--seed", "7", "--home", published, "--out", path)
        for path in (tmp_path / name, tmp_path / "again" / name)
    ]
    assert lists[0].exit_code == 0, lists[0].output
    printed = [told.output.rpartition("已写出")[0] for told in lists]
    assert printed[0] == printed[1]
    gap = rows(published, "SELECT sum(gap) FROM marts.county_spot_check WHERE year = 2020")[0][0]
    assert f"已写出 {gap} 个项目" in lists[0].output
    assert "种子 7" in lists[0].output
    assert "权重：基数 1" in lists[0].output


def test_a_release_does_not_differ_from_itself(published: Path) -> None:
    name = current(published).name
    told = shixun("diff", name, name, "--home", published)
    assert told.exit_code == 0, told.output
    assert "0 条结论有变化" in told.output


def test_ledgers_of_caps_differences_and_alerts_are_there(published: Path) -> None:
    lost = rows(published, "SELECT sum(credits_lost_project_cap + credits_lost_school_cap) FROM marts.teacher_year")
    for level in ("teacher", "school", "county"):
        ledger = rows(
            published,
            "SELECT sum(credits_lost_project_cap + credits_lost_school_cap) FROM marts.cap_loss "
            f"WHERE subject_type = '{level}'",
        )
        assert ledger == lost
    assert (
        rows(published, "SELECT sum(credits_lost_project_cap + credits_lost_school_cap) FROM marts.cap_loss_record")
        == lost
    )
    differing = rows(published, "SELECT count(*) FROM marts.credit_difference")
    assert (
        rows(
            published,
            "SELECT sum(records_differing) FROM marts.credit_difference_total WHERE subject_type = 'county'",
        )
        == differing
    )
    alerts = {alert for (alert,) in rows(published, "SELECT DISTINCT alert FROM marts.record_alert")}
    assert alerts == {"split_session", "over_day_hours", "double_registration", "wrong_level"}
