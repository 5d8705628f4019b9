"""Pinned releases stay through any number of nights, and the record of signatures shows every change."""

import json
import os
from pathlib import Path

import pytest

from pipelines.release import keep, signatures
from pipelines.release.home import Home

PROVINCE = "330000"


@pytest.fixture
def home(tmp_path) -> Home:
    """A home with releases 1 (oldest) to 8, the last one current: empty folders, which is all that pruning reads."""
    home = Home(tmp_path / "home").prepare()
    for day in range(1, 9):
        release(home, day)
    return home


def release(home: Home, day: int) -> None:
    folder = home.releases(PROVINCE) / f"r{day:02d}"
    folder.mkdir(parents=True)
    os.utime(folder, (day * 1000, day * 1000))
    link = home.current(PROVINCE)
    link.unlink(missing_ok=True)
    link.symlink_to(folder)


def kept(home: Home) -> list[str]:
    return sorted(path.name for path in home.releases(PROVINCE).iterdir())


def test_a_pinned_release_outlives_twenty_nights_and_is_not_counted(home, monkeypatch):
    monkeypatch.setenv("SHIXUN_KEEP_RELEASES", "3")
    keep.pin(home, "r02", "正式稿")
    for day in range(9, 29):
        release(home, day)
        keep.prune(home, PROVINCE)
    assert kept(home) == ["r02", "r26", "r27", "r28"]


def test_a_release_stays_until_its_last_reason_is_gone(home, monkeypatch):
    monkeypatch.setenv("SHIXUN_KEEP_RELEASES", "1")
    keep.pin(home, "r02", "正式稿")
    keep.pin(home, "r02", "人工固定")
    keep.unpin(home, "r02", "人工固定")
    with pytest.raises(keep.NotKept, match="正式稿"):
        keep.unpin(home, "r02", "人工固定")
    keep.prune(home, PROVINCE)
    assert kept(home) == ["r02", "r08"]
    keep.unpin(home, "r02", "正式稿")
    keep.prune(home, PROVINCE)
    assert kept(home) == ["r08"]


@pytest.mark.parametrize("name", ["r99", "../r02", ".", "", "r02/.."])
def test_what_is_no_release_is_not_pinned(home, name):
    with pytest.raises(keep.NotKept, match="没有保存"):
        keep.pin(home, name, "人工固定")
    assert keep.pins(home) == {}


def signed(folder: Path, words: str, release: str = "r02") -> None:
    files = folder / signatures.FINAL
    files.mkdir(parents=True, exist_ok=True)
    (files / "报告.pdf").write_text(words, "utf-8")
    facts = {"release": release, "dated": "2021-12-01", "compiled_by": "甲", "reviewed_by": "乙", "approved_by": "丙"}
    signatures.sign(folder, facts, [files / "报告.pdf"])


def test_the_record_is_a_chain_and_the_same_report_is_signed_once(tmp_path):
    for words in ("一", "一", "二"):
        signed(tmp_path, words)
    first, second = signatures.records(tmp_path)
    assert first["before"] == ""
    assert second["before"] == first["hash"]
    assert signatures.broken(tmp_path) == []
    who = {"compiled_by": "甲", "reviewed_by": "乙", "approved_by": "丙"}
    assert str(signatures.signed_on(tmp_path, "r02", who)) == "2021-12-01"
    assert signatures.signed_on(tmp_path, "r02", who | {"approved_by": "丁"}) is None


@pytest.mark.parametrize("change", ["name", "line", "file", "gone"])
def test_a_change_to_what_was_signed_shows(tmp_path, change):
    for words in ("一", "二"):
        signed(tmp_path, words)
    record, file = tmp_path / signatures.RECORD, tmp_path / signatures.FINAL / "报告.pdf"
    lines = record.read_text("utf-8").splitlines()
    if change == "name":
        lines[0] = json.dumps(json.loads(lines[0]) | {"approved_by": "丁"}, ensure_ascii=False, sort_keys=True)
    if change in {"name", "line"}:
        record.write_text("\n".join(lines[1:] if change == "line" else lines) + "\n", "utf-8")
    if change == "file":
        file.write_text("三", "utf-8")
    if change == "gone":
        file.unlink()
    assert signatures.broken(tmp_path)
