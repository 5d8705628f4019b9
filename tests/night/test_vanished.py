"""A year that vanished refuses the night; what a person accepts is published as unknown, never as missed."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import Result

from pipelines.release import warehouse
from tests.night.running import PROVINCE, current, shixun

pytestmark = pytest.mark.night
Refresh = Callable[..., Result]
RULE = "audit.vanished/nothing_vanished_whole"
FINDINGS = "SELECT DISTINCT verdict FROM audit.findings WHERE clause_id = 'HI-2017/09.3'"


def cut_off(snapshot: Path) -> None:
    """The year 2019 as a file that was cut off on its way."""
    path = snapshot / "学分学时登记_2019.csv"
    path.rename(path.with_suffix(".xlsx"))
    path.with_suffix(".xlsx").write_bytes(b"PK\x03\x04cut off")


def verdicts(home: Path, sql: str) -> pl.DataFrame:
    return warehouse.query(current(home) / "warehouse.duckdb", sql)


def accept(home: Path, rule: str = RULE, reason: str = "平台当年停用，另行补报") -> Result:
    return shixun("accept", PROVINCE, rule, "--reason", reason, "--by", "赵某", "--home", home)


def test_a_year_that_cannot_be_read_refuses_until_somebody_accepts_it(
    refresh: Refresh, home: Path, snapshot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notices: list[dict[str, Any]] = []
    monkeypatch.setattr("pipelines.assets.publish.notify", notices.append)
    before = current(home)
    assert accept(home).exit_code == 2
    cut_off(snapshot)
    refused = refresh()
    assert refused.exit_code == 3, refused.output
    assert current(home) == before
    for part in ("2019", "学分学时登记_2019.csv", f"shixun accept {PROVINCE} {RULE}"):
        assert part in refused.output
    other = shixun("accept", PROVINCE, "staging.teacher/nothing", "--reason", "不知道", "--by", "赵某", "--home", home)
    assert (other.exit_code, RULE in other.output) == (2, True)
    assert accept(home, reason=" ").exit_code == 2
    assert accept(home).exit_code == 0
    published = refresh()
    assert published.exit_code == 0, published.output
    manifest = json.loads((current(home) / "manifest.json").read_text("utf-8"))
    assert [(one["rule"], one["by"]) for one in manifest["accepted"]] == [(RULE, "赵某")]
    assert "赵某" in (current(home) / "quality" / "index.html").read_text("utf-8")
    told = [json.loads(line) for line in (home / "nights.jsonl").read_text("utf-8").splitlines()]
    assert [line["accepted"] for line in told if line.get("dump")] == [RULE]
    assert told[-1]["accepted"]
    assert [notice["ending"] for notice in notices] == ["published"]
    assert any("赵某" in reason for reason in notices[0]["reasons"])
    assert any("2019 年的学分学时登记在转储中缺失" in reason for reason in notices[0]["reasons"])
    of_2019 = verdicts(home, f"{FINDINGS} AND period = '2019'")
    assert "not_met" not in of_2019["verdict"].to_list()
    cycles = verdicts(home, "SELECT DISTINCT verdict FROM marts.teacher_cycle WHERE cycle_end <= '2020-12-31'")
    assert "not_met" not in cycles["verdict"].to_list()
    # Another dump that lacks it still has to be accepted again.
    with (snapshot / "学校.csv").open("a", encoding="utf-8") as schools:
        schools.write("\n")
    assert refresh().exit_code == 3


def test_on_a_first_night_an_unreadable_file_refuses(dumps: Path, snapshot: Path, tmp_path: Path) -> None:
    cut_off(snapshot)
    shutil.rmtree(tmp_path / "home", ignore_errors=True)
    result = shixun("refresh", "--dumps", dumps, "--home", tmp_path / "home")
    assert result.exit_code == 3, result.output
    assert "学分学时登记_2019.xlsx" in result.output
