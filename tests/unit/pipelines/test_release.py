"""Publishing is one step however often it is tried: readers meet the old release or the new one, whole."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from models.findings import Evaluation
from pipelines.operations import journal
from pipelines.release import judging, reuse, switch, warehouse
from pipelines.release.build import Build, NightUnknown, clear_release, start_build, sweep_builds
from pipelines.release.choosing import Choice
from pipelines.release.home import Home
from pipelines.release.keep import previous_counts
from pipelines.release.seal import is_published, is_whole, seal_release, sha256_of, spoilt
from pipelines.release.switch import is_moved, publish_release

PROVINCE = "460000"
NIGHT = {"as_of": "2021-11-30", "versions": {"code": "c"}, "law": [], "unchanged": False}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").prepare()


def built(home: Home, name: str, run: str = "a", page: str = "page") -> Build:
    """A night that came as far as its last step."""
    build = start_build(home, PROVINCE, run)
    build.note("night", NIGHT | {"release": name})
    clear_release(build)
    warehouse.create(build.warehouse)
    build.site.mkdir()
    (build.site / "index.html").write_text(page, encoding="utf-8")
    build.note("dumps", [])
    seal_release(build, {"passed": True}, sha256_of(build.warehouse))
    return build


def current(home: Home) -> Path:
    found = home.current_release(PROVINCE)
    assert found is not None
    return found


def test_a_release_is_what_its_manifest_says(home: Home) -> None:
    publish_release(built(home, "one"))
    assert current(home).name == "one"
    assert is_published(home, PROVINCE, "one")
    (current(home) / "site" / "index.html").unlink()
    assert spoilt(current(home)) == ["site/index.html"]
    assert not is_published(home, PROVINCE, "one")


def test_publishing_again_changes_nothing(home: Home) -> None:
    build = built(home, "one")
    publish_release(build)
    assert is_moved(build)
    publish_release(build)
    assert is_published(home, PROVINCE, "one")


@pytest.mark.parametrize("moment", ["switch_link", "forget_refusal", "prune"])
def test_a_try_that_failed_after_the_move_is_ended_by_the_next(
    home: Home, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    publish_release(built(home, "before"))
    build = built(home, "one", "b")

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(switch, moment, fail)
        with pytest.raises(OSError, match="Input/output"):
            publish_release(build)
    assert is_whole(current(home))
    again = start_build(home, PROVINCE, "b")
    assert is_moved(again)
    publish_release(again)
    assert is_published(home, PROVINCE, "one")


def test_readers_keep_a_whole_release_that_another_night_published_meanwhile(home: Home) -> None:
    first, second = built(home, "one"), built(home, "one", "b", page="another")
    publish_release(first)
    publish_release(second)
    assert (current(home) / "site" / "index.html").read_text("utf-8") == "page"
    assert not second.release_folder.exists()


def test_a_damaged_release_is_replaced_by_the_same_inputs(home: Home) -> None:
    publish_release(built(home, "one"))
    (current(home) / "warehouse.duckdb").write_bytes(b"rotten")
    publish_release(built(home, "one", "b"))
    assert is_published(home, PROVINCE, "one")
    assert [path.name for path in home.releases(PROVINCE).iterdir()] == ["one"]


def test_what_a_killed_night_was_about_to_switch_on_is_no_province(home: Home) -> None:
    publish_release(built(home, "one"))
    (home.path / "current" / f".{PROVINCE}.123").symlink_to("nowhere")
    (home.path / "refused" / f".{PROVINCE}.123").mkdir(parents=True)
    assert home.provinces() == [PROVINCE]
    publish_release(built(home, "two", "b"))
    assert [path.name for path in (home.path / "current").iterdir()] == [PROVINCE]


def spoil_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text("{", encoding="utf-8")


def remove_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


@pytest.mark.parametrize("spoil", [spoil_manifest, remove_manifest])
def test_counts_come_from_the_last_release_that_can_still_be_read(home: Home, spoil: Callable[[Path], None]) -> None:
    for name in ("one", "two"):
        publish_release(built(home, name, name))
    manifest = home.releases(PROVINCE) / "one" / "manifest.json"
    facts = json.loads(manifest.read_text("utf-8")) | {"tables": {"staging.teacher": 5, "marts.at_risk": 1}}
    manifest.write_text(json.dumps(facts), encoding="utf-8")
    spoil(current(home))
    assert previous_counts(home, PROVINCE) == {"staging.teacher": 5}


def test_a_build_at_work_is_not_swept_and_a_forsaken_one_is(home: Home) -> None:
    build = start_build(home, PROVINCE, "a")
    (home.building / f"{PROVINCE}-left").mkdir()
    assert sweep_builds(home, PROVINCE) == [f"{PROVINCE}-left"]
    assert build.folder.exists()


def test_what_was_half_made_is_swept_on_every_night(home: Home) -> None:
    publish_release(built(home, "one"))
    (home.current(PROVINCE).parent / f".{PROVINCE}.999").symlink_to("nowhere")
    half = home.refused(PROVINCE).parent / f".{PROVINCE}.999" / "quality"
    half.mkdir(parents=True)
    sweep_builds(home, PROVINCE)
    assert [path.name for path in home.current(PROVINCE).parent.iterdir()] == [PROVINCE]
    assert not half.parent.exists()
    assert current(home).name == "one"


def test_a_later_step_alone_says_that_the_night_has_no_beginning(home: Home) -> None:
    with pytest.raises(NightUnknown, match="整夜重新运行"):
        _ = start_build(home, PROVINCE, "a").is_unchanged


def test_a_night_is_told_once_and_a_torn_line_spoils_no_other(home: Home) -> None:
    facts = journal.facts_of(start_build(home, PROVINCE, "a"), "failed", None, ["x"])
    journal.append(home, facts)
    journal.append(home, facts)
    assert len(home.journal.read_bytes().splitlines()) == 1
    with home.journal.open("ab") as torn:
        torn.write(b'{"province": "46')
    journal.append(home, facts | {"run": "another"})
    assert [night["run"] for night in journal.nights(home)] == [f"{PROVINCE}-a", "another"]


def test_a_first_night_without_a_single_finding_has_an_empty_table_of_them(home: Home) -> None:
    """A province of which every clause lacks its table: nothing to judge is no fault."""
    build = start_build(home, PROVINCE, "a")
    clear_release(build)
    reuse.begin(build)
    nothing = Evaluation({}, pl.DataFrame(), {})
    assert judging._write_findings(build, nothing, Choice((), ()), {}) == {"audit.findings": 0}
    assert warehouse.count(build.warehouse, "audit.findings") == 0


def test_a_night_that_broke_before_its_findings_were_loaded_is_told_all_the_same(home: Home) -> None:
    build = start_build(home, PROVINCE, "a")
    clear_release(build)
    reuse.begin(build)
    reuse.record_made(build, "audit.findings", "inputs")  # recorded, then the disk was full
    told = journal.facts_of(build, "failed", None, ["磁盘已满"])
    assert told["verdicts"] == {}
    assert told["reasons"] == ["磁盘已满"]


def test_a_night_takes_its_length_from_a_clock_that_never_jumps(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    build = start_build(home, PROVINCE, "a")
    journal.begin(build)
    monkeypatch.setattr("time.time", lambda: 0.0)
    seconds = journal.facts_of(build, "published", "one", [])["seconds"]
    assert 0 <= seconds < 3600


def test_a_key_half_written_is_told_and_two_nights_make_one_key(home: Home) -> None:
    key = home.identity_key()
    assert home.identity_key() == key
    assert sorted(path.name for path in home.path.glob(".*")) == []
    home.identity_file.write_bytes(key[:7])
    with pytest.raises(Exception, match="密钥"):
        home.prepare()


def test_releases_are_dated(home: Home) -> None:
    assert built(home, "one").night.as_of == date(2021, 11, 30)
