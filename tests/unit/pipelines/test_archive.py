"""Pages of pinned releases stand at an address of their own, and say when there are newer ones."""

import json
from pathlib import Path

import pytest

from pipelines.release import keep
from pipelines.release.archive import refresh_archive
from pipelines.release.home import Home

PROVINCE = "330000"
PAGE = '<body>\n<a class="skip" href="#content">跳到正文</a><a href="{root}../index.html">门户</a>{root}</body>'


@pytest.fixture
def home(tmp_path) -> Home:
    home = Home(tmp_path / "home").prepare()
    publish(home, "20211129-a")
    publish(home, "20211130-b")
    return home


def publish(home: Home, name: str) -> None:
    folder = home.releases(PROVINCE) / name
    for depth, page in enumerate(("index.html", "county/330106/index.html")):
        path = folder / "site" / page
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PAGE.format(root="../" * 2 * depth), encoding="utf-8")
    (folder / "site" / "download").mkdir()
    (folder / "site" / "download" / "table.csv").write_text("a,b\n", encoding="utf-8")
    facts = {"release": name, "outputs": {"site/index.html": "0"}, "as_of": f"{name[:4]}-{name[4:6]}-{name[6:8]}"}
    (folder / "manifest.json").write_text(json.dumps(facts), encoding="utf-8")
    link = home.current(PROVINCE)
    link.unlink(missing_ok=True)
    link.symlink_to(folder)


def archived(home: Home, name: str, page: str = "index.html") -> str:
    return (home.path / "archive" / name / page).read_text(encoding="utf-8")


def test_only_what_is_pinned_is_archived_and_goes_with_its_pin(home: Home) -> None:
    assert refresh_archive(home) == []
    keep.pin(home, "20211129-a", "人工固定")
    assert [one.release for one in refresh_archive(home)] == ["20211129-a"]
    keep.unpin(home, "20211129-a", "人工固定")
    assert refresh_archive(home) == []
    assert list((home.path / "archive").iterdir()) == []


def test_every_page_says_that_it_is_archived_and_whether_a_newer_one_exists(home: Home) -> None:
    keep.pin(home, "20211130-b", "人工固定")
    refresh_archive(home)
    assert "它就是现行发布" in archived(home, "20211130-b", "county/330106/index.html")
    publish(home, "20211201-c")
    refresh_archive(home)
    page = archived(home, "20211130-b", "county/330106/index.html")
    assert "发布 20211130-b（数据截至 2021-11-30），地址长期不变。</b>已有更新的发布" in page
    assert 'href="../../../../330000/index.html">查看现行页面' in page


def test_the_way_to_the_portal_is_longer_from_the_archive_and_downloads_are_shared(home: Home) -> None:
    keep.pin(home, "20211129-a", "正式稿")
    refresh_archive(home)
    assert 'href="../../index.html">门户' in archived(home, "20211129-a")
    assert 'href="../../../../index.html">门户' in archived(home, "20211129-a", "county/330106/index.html")
    shared = Path("download") / "table.csv"
    copy, own = home.path / "archive" / "20211129-a" / shared, home.releases(PROVINCE) / "20211129-a" / "site" / shared
    assert copy.samefile(own)


def test_an_archive_that_stands_is_not_written_again(home: Home) -> None:
    keep.pin(home, "20211129-a", "正式稿")
    refresh_archive(home)
    before = (home.path / "archive" / "20211129-a" / "index.html").stat().st_ino
    refresh_archive(home)
    assert (home.path / "archive" / "20211129-a" / "index.html").stat().st_ino == before


def test_a_damaged_pinned_release_has_no_archive_and_stops_nothing(home: Home) -> None:
    keep.pin(home, "20211129-a", "正式稿")
    (home.releases(PROVINCE) / "20211129-a" / "manifest.json").unlink()
    assert refresh_archive(home) == []
