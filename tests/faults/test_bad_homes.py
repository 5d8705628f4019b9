"""A home that was spoilt between nights: the next night repairs it, or says in one sentence what a person must do."""

import logging
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

from tests.faults.looking import accepted, insist_tidy, insist_told, insist_whole
from tests.faults.scale import FULL
from tests.night.running import PROVINCE, current, shixun

pytestmark = [pytest.mark.night, pytest.mark.faults]
Refresh = Callable[..., Result]
Spoil = Callable[[Path], None]


def a_grid(home: Path) -> Path:
    return max((home / "raw").glob("*.parquet"), key=lambda path: path.stat().st_size)


def rot_raw(home: Path) -> None:
    grid = a_grid(home)
    grid.write_bytes(grid.read_bytes()[:-8] + b"rotten!!")


def cut_raw(home: Path) -> None:
    for grid in sorted((home / "raw").glob("*.parquet"))[:3]:
        grid.write_bytes(grid.read_bytes()[: grid.stat().st_size // 2])


def tear_note(home: Path) -> None:
    note = a_grid(home).with_suffix(".json")
    note.write_text(note.read_text("utf-8")[:20], encoding="utf-8")


def halve_release(home: Path) -> None:
    for path in sorted(current(home).rglob("*.html"))[::2]:
        path.unlink()
    (current(home) / "site" / "portal.json").unlink()


def remove_warehouse(home: Path) -> None:
    (current(home) / "warehouse.duckdb").unlink()


def cut_warehouse(home: Path) -> None:
    warehouse = current(home) / "warehouse.duckdb"
    warehouse.write_bytes(warehouse.read_bytes()[: warehouse.stat().st_size // 2])


def tear_manifest(home: Path) -> None:
    (current(home) / "manifest.json").write_text('{"release": ', encoding="utf-8")


def remove_release(home: Path) -> None:
    shutil.rmtree(current(home))


def leave_litter(home: Path) -> None:
    """What nights killed between two renames leave behind."""
    name = current(home).parent.name
    (home / "current" / f".{name}.999").symlink_to("nowhere")
    shutil.copytree(current(home) / "quality", home / "refused" / f".{name}.999")
    (home / "building" / f"{name}-dead" / "scratch").mkdir(parents=True)
    (home / "releases" / name / ".20200101-dead.old").mkdir()
    (home / "portals" / "00099999").mkdir()
    (home / "raw" / ".reading-dead").mkdir()


def tear_journal(home: Path) -> None:
    with (home / "nights.jsonl").open("ab") as journal:
        journal.write(b'{"province": "46')


def damage_dagster(home: Path) -> None:
    for store in (home / "dagster").rglob("*.db"):
        store.write_bytes(b"rotten" * 1000)


def remove_dagster(home: Path) -> None:
    shutil.rmtree(home / "dagster")


SPOILT: dict[Spoil, str] = {
    rot_raw: "校验和不符",
    cut_raw: "校验和不符",
    tear_note: "校验和不符",
    halve_release: "将原样重建",
    remove_warehouse: "将原样重建",
    cut_warehouse: "将原样重建",
    tear_manifest: "将原样重建",
    remove_release: "已发布",
    leave_litter: "已发布",
    tear_journal: "已发布",
    damage_dagster: "运行记录已损坏",
    remove_dagster: "已发布",
}
"""Each way to spoil a home, and what the night that repairs it says."""
TOGETHER = [rot_raw, cut_raw, tear_note, leave_litter, tear_journal, damage_dagster, halve_release, cut_warehouse]
"""As much as may go wrong at once."""


@pytest.mark.parametrize("spoils", [[one] for one in SPOILT] if FULL else [TOGETHER], ids=lambda s: s[0].__name__)
def test_the_next_night_repairs_a_spoilt_home(spoils: list[Spoil], refresh: Refresh, home: Path, clock: None) -> None:
    before, rows = insist_whole(home), accepted(home)
    for spoil in spoils:
        spoil(home)
    sick = shixun("doctor", "--home", home)
    insist_told(sick)
    result = refresh()
    assert result.exit_code == 0, result.output
    insist_told(result, *(SPOILT[spoil] for spoil in spoils))
    assert insist_whole(home) == before
    assert accepted(home) == rows
    (home / "nights.jsonl").write_text(
        "".join(line + "\n" for line in (home / "nights.jsonl").read_text("utf-8").splitlines() if line.endswith("}"))
    )
    insist_tidy(home)


@pytest.fixture(params=[True, False] if FULL else [True], ids=lambda jumps: "clock jumps" if jumps else "clock runs")
def clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A clock on the wall that falls back a day in the middle of the night, and later leaps ahead by a year."""
    if not request.param:
        yield
        return
    jumps = {"读取 ": -86_400, "计算 marts": 365 * 86_400}
    offset = 0
    real, real_ns = time.time, time.time_ns

    def watch(record: logging.LogRecord) -> bool:
        nonlocal offset
        offset = next((jump for words, jump in jumps.items() if words in record.getMessage()), offset)
        return True

    monkeypatch.setattr(time, "time", lambda: real() + offset)
    monkeypatch.setattr(time, "time_ns", lambda: real_ns() + offset * 1_000_000_000)
    logger = logging.getLogger("shixun")
    logger.addFilter(watch)
    yield
    logger.removeFilter(watch)


def test_a_night_told_from_the_future_is_noticed(home: Path) -> None:
    journal = home / "nights.jsonl"
    journal.write_text(journal.read_text("utf-8").replace('"ended": "20', '"ended": "21'), encoding="utf-8")
    result = shixun("doctor", "--home", home)
    assert result.exit_code == 1
    insist_told(result, "核对本机时钟")


def test_a_damaged_key_is_for_a_person_to_restore(refresh: Refresh, home: Path) -> None:
    before, key = insist_whole(home), (home / "identity.key").read_bytes()
    (home / "identity.key").write_bytes(key[:5])
    result = refresh()
    assert result.exit_code == 2
    insist_told(result, "身份散列密钥", "从备份恢复")
    assert insist_whole(home) == before
    insist_told(shixun("doctor", "--home", home), "身份散列密钥")
    (home / "identity.key").write_bytes(key)
    insist_next_night(refresh, home)


def test_a_lost_key_is_for_a_person_to_restore_or_to_give_up(refresh: Refresh, home: Path) -> None:
    before = insist_whole(home)
    (home / "identity.key").unlink()
    for told in (refresh(), shixun("prepare", "--home", home)):
        assert told.exit_code == 2
        insist_told(told, "不在", "从备份恢复", "prepare --new-key")
    assert not (home / "identity.key").exists()
    given_up = shixun("prepare", "--new-key", "--home", home)
    assert given_up.exit_code == 0, given_up.output
    insist_told(given_up, "不再相同")
    key = (home / "identity.key").read_bytes()
    again = shixun("prepare", "--new-key", "--home", home)
    assert (again.exit_code, (home / "identity.key").read_bytes()) == (2, key)
    assert insist_whole(home) == before


def test_a_folder_in_the_links_place_is_told_before_the_night_begins(refresh: Refresh, home: Path) -> None:
    link, release = home / "current" / PROVINCE, current(home)
    link.unlink()
    shutil.copytree(release, link)
    result = refresh()
    assert result.exit_code == 1
    insist_told(result, "是文件夹", f"ln -s ../releases/{PROVINCE}/")
    shutil.rmtree(link)
    link.symlink_to(f"../releases/{PROVINCE}/{release.name}")
    insist_next_night(refresh, home)


def test_a_province_without_dumps_or_releases_leaves_a_line_and_nothing_else(refresh: Refresh, home: Path) -> None:
    portal = sorted(path.name for path in (home / "site").iterdir())
    result = refresh("--provinces", "330000,500000", "--jobs", "1")
    assert result.exit_code == 4, result.output
    assert not (home / "refused").exists()
    assert sorted(path.name for path in (home / "site").iterdir()) == portal
    assert [path for path in home.rglob("*") if path.is_symlink() and not path.exists()] == []
    look = shixun("doctor", "--home", home)
    assert look.exit_code == 0, look.output
    insist_told(look, "不在本处收的省里")


def test_settings_of_dagster_that_cannot_be_read_are_named(refresh: Refresh, home: Path) -> None:
    before = insist_whole(home)
    (home / "dagster" / "dagster.yaml").write_text("concurrency: [\n", encoding="utf-8")
    result = refresh()
    assert result.exit_code == 1
    insist_told(result, "dagster.yaml")
    assert insist_whole(home) == before
    (home / "dagster" / "dagster.yaml").unlink()
    insist_next_night(refresh, home)


def test_a_store_that_somebody_holds_is_named(refresh: Refresh, home: Path) -> None:
    before = insist_whole(home)
    with sqlite3.connect(home / "dagster" / "history" / "runs.db", isolation_level=None) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        result = refresh()
    holder.close()
    assert result.exit_code == 1
    insist_told(result, "正被另一个程序占用")
    assert insist_whole(home) == before
    insist_next_night(refresh, home)


def test_a_home_that_cannot_be_written_is_read_all_the_same(dumps: Path, home: Path) -> None:
    before = insist_whole(home)
    for path in [home, *home.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o500)
    try:
        night = without_privileges("refresh", "--dumps", dumps, "--home", home)
        look = without_privileges("doctor", "--home", home)
    finally:
        for folder, *_ in os.walk(home):
            Path(folder).chmod(0o700)
    assert night.returncode == 2, night.stdout
    assert "不可写" in night.stdout
    assert "校验一致" in look.stdout
    for told in (night.stdout, look.stdout):
        assert "Traceback" not in told
    assert insist_whole(home) == before


def without_privileges(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs `shixun` so that permissions bind it, even when root runs the tests."""
    bound = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    command = [*bound, sys.executable, "-m", "pipelines.cli", *map(str, arguments)]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def test_a_folder_that_is_a_file_is_said(dumps: Path, tmp_path: Path) -> None:
    occupied = tmp_path / "a-file"
    occupied.write_text("not a folder")
    result = shixun("refresh", "--dumps", dumps, "--home", occupied / "home")
    assert result.exit_code == 2
    insist_told(result, "不可写")


@pytest.mark.parametrize("spoil", [remove_warehouse, cut_warehouse])
def test_questions_to_a_damaged_release_are_answered_in_a_sentence(home: Path, tmp_path: Path, spoil: Spoil) -> None:
    spoil(home)
    for question in (
        ("explain", "--clause", "HI-2017/09.4", "--subject", "nobody"),
        ("slips", "--region", current(home).parent.name, "--out", tmp_path / "slips"),
        ("plan-checks", "2019", "--region", current(home).parent.name, "--seed", "1"),
        ("report", "2019", "--region", current(home).parent.name, "--out", tmp_path / "report"),
    ):
        result = shixun(*question, "--home", home)
        assert result.exit_code == 1, (question, result.output)
        insist_told(result, "shixun refresh")


def insist_next_night(refresh: Refresh, home: Path) -> None:
    """The next night succeeds; in the small form only where it has something to repair."""
    if FULL:
        result = refresh()
        assert result.exit_code == 0, result.output
    insist_whole(home)
