"""`shixun doctor` says what is wrong with a home and what to do."""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest
from dagster._daemon.types import DaemonHeartbeat

from pipelines.schedule.next_night import NEEDED
from tests.night.running import PROVINCE, current, shixun

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


def unfold(home: Path) -> None:
    """What a restore leaves that follows links."""
    release = current(home)
    link = home / "current" / PROVINCE
    link.unlink()
    shutil.copytree(release, link)


def spoil_index(home: Path) -> None:
    for left in (home / "dagster" / "history" / "runs").glob("index.db*"):
        left.write_bytes(b"rotten" * 1000)


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "key gone": (lambda home: (home / "identity.key").unlink(), "--new-key"),
    "link unfolded by a restore": (unfold, "ln -s ../releases/"),
    "time without a zone": (lambda home: add_night(home, ended="2021-12-01T02:00:00"), "第 2 行"),
    "time that is none": (lambda home: add_night(home, ended=20211201), "第 2 行"),
    "refused before any page was made": (
        lambda home: add_night(home, ending="no_dump", reasons=["没有转储文件夹"]),
        "原因：没有转储文件夹",
    ),
    "garbage for Dagster's index": (spoil_index, "shixun prepare"),
    "key cut short": (lambda home: (home / "identity.key").write_bytes(b"short"), "已损坏"),
    "key open to others": (lambda home: (home / "identity.key").chmod(0o644), "chmod 600"),
    "portal gone": (lambda home: (home / "site").unlink(), "门户网页打不开"),
    "pages gone": (lambda home: (current(home) / "site" / "index.html").unlink(), "site/index.html"),
    "current points nowhere": (lambda home: shutil.rmtree(current(home)), "没有完整的现行发布"),
    "raw rotted": (lambda home: next((home / "raw").glob("*.parquet")).write_bytes(b"rotten"), "不符"),
    "raw note torn": (lambda home: next((home / "raw").glob("*.json")).write_text("{"), "不符"),
    "clock set back": (lambda home: add_night(home, ended="2999-01-01T02:00:00+08:00"), "核对本机时钟"),
    "night long ago": (lambda home: add_night(home, ended="2021-12-01T02:00:00+08:00"), "超过 30 小时"),
    "disk too small": (lambda home: add_night(home, disk_mb=10**9), "清理磁盘"),
    "older version": (lambda home: rewrite_versions(home, policies="older"), "另一版条款文件"),
    "executor unknown": (
        lambda home: (home / "dagster" / "executor.yaml").write_text("executor: none.such"),
        "改好或删去",
    ),
    "daemon silent": (lambda home: beat(home, time.time() - 3600), "systemctl restart shixun-daemon"),
}


def add_night(home: Path, **facts: object) -> None:
    night = json.loads((home / "nights.jsonl").read_text("utf-8").splitlines()[-1]) | facts
    with (home / "nights.jsonl").open("a", encoding="utf-8") as journal:
        journal.write(json.dumps(night, ensure_ascii=False) + "\n")


def rewrite_versions(home: Path, **versions: str) -> None:
    path = current(home) / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    manifest["versions"] |= versions
    path.write_text(json.dumps(manifest), encoding="utf-8")


def beat(home: Path, at: float) -> None:
    """The daemon's heartbeats as they stand when it was last heard of at that time."""
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        for kind in NEEDED:
            instance.add_daemon_heartbeat(DaemonHeartbeat(at, kind, "test", []))


@pytest.mark.parametrize("ill", SPOILT)
def test_each_illness_is_named_with_its_cure(home: Path, ill: str) -> None:
    spoil, told = SPOILT[ill]
    spoil(home)
    result = shixun("doctor", "--home", home)
    assert result.exit_code == 1, result.output
    line = next(line for line in result.stdout.splitlines() if told in line)
    assert line.startswith("✗")


def test_a_living_daemon_and_a_torn_line_of_the_journal_are_no_illness(home: Path) -> None:
    beat(home, time.time())
    with (home / "nights.jsonl").open("a", encoding="utf-8") as journal:
        journal.write('{"province": "4600')
    result = shixun("doctor", "--home", home)
    assert result.exit_code == 0, result.output
    assert "心跳" in result.output


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
