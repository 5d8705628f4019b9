"""`shixun doctor` says what is wrong with a home and what to do."""

import json
from pathlib import Path

import pytest

from tests.night.running import current, shixun

pytestmark = pytest.mark.night


def test_a_good_home_has_nothing_to_do(published: Path) -> None:
    result = shixun("doctor", "--home", published)
    assert result.exit_code == 0, result.output
    assert "校验一致" in result.output


def test_a_changed_release_an_open_home_and_a_bad_night_are_named(home: Path) -> None:
    (current(home) / "warehouse.duckdb").write_bytes(b"rotten")
    home.chmod(0o755)
    night = {"province": "460000", "ended": "2021-12-01T02:00:00+08:00", "ending": "failed", "reasons": ["磁盘已满"]}
    with (home / "nights.jsonl").open("a", encoding="utf-8") as journal:
        journal.write(json.dumps(night, ensure_ascii=False) + "\n")
    result = shixun("doctor", "--home", home)
    assert result.exit_code == 1
    for told in ("warehouse.duckdb", "chmod 700", "failed"):
        assert told in result.output


def test_every_night_is_in_the_journal(published: Path) -> None:
    lines = [json.loads(line) for line in (published / "nights.jsonl").read_text("utf-8").splitlines()]
    night = lines[0]
    assert (night["province"], night["ending"]) == ("460000", "published")
    assert night["rows"] > 0
    assert night["release"] == current(published).name
    assert sum(night["verdicts"].values()) > 0


def test_no_home_at_all_is_said(tmp_path: Path) -> None:
    result = shixun("doctor", "--home", tmp_path / "nowhere")
    assert result.exit_code == 1
    assert "没有数据目录" in result.output
