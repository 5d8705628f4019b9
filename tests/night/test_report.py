"""The yearly report of a published night: by command, by job, on its day, and refused in words."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
from click.testing import Result

from pipelines.assets.specs import Deployment
from pipelines.questions.report import release_data
from pipelines.release import signatures
from pipelines.release.home import Home
from pipelines.release.keep import prune
from pipelines.schedule.yearly import Choice, every_march, write_yearly_report, yearly_report
from tests.night.running import PROVINCE, current, shixun

YEAR = 2019


def test_the_command_writes_four_formats(published: Path, tmp_path: Path) -> None:
    result = shixun("report", YEAR, "--region", PROVINCE, "--home", published, "--out", tmp_path)
    assert result.exit_code == 0, result.output
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".docx", ".html", ".pdf", ".xlsx"]
    assert current(published).name in (tmp_path / f"教师培训质量年度报告-{PROVINCE}-{YEAR}.html").read_text("utf-8")


def test_a_county_of_the_release_has_its_own_report(published: Path, tmp_path: Path) -> None:
    units = release_data(current(published)).tables("marts.public_unit").filter("is_county")
    county = units["unit_id"][0]
    result = shixun("report", YEAR, "--region", county, "--home", published, "--out", tmp_path, "--format", "html")
    assert result.exit_code == 0, result.output
    assert [path.name for path in tmp_path.iterdir()] == [f"教师培训质量年度报告-{county}-{YEAR}.html"]


@pytest.mark.parametrize(
    ("year", "region", "fmt", "words"),
    [
        (2035, PROVINCE, "html", "没有 2035 年的数据"),
        (YEAR, "110000", "html", "没有发布包含 110000"),
        (YEAR, PROVINCE, "odt", "没有格式 odt"),
    ],
)
def test_what_cannot_be_written_is_said_and_exits_2(
    published: Path, tmp_path: Path, year: int, region: str, fmt: str, words: str
) -> None:
    result = shixun("report", year, "--region", region, "--home", published, "--out", tmp_path, "--format", fmt)
    assert result.exit_code == 2
    assert words in result.output
    assert not list(tmp_path.iterdir())


def test_commentary_is_kept_beside_the_releases(home: Path, tmp_path: Path) -> None:
    assert shixun("commentary", YEAR, "--region", PROVINCE, "--home", home).exit_code == 0
    place = home / "commentary" / PROVINCE / f"{YEAR}-{PROVINCE}"
    file = next(place.glob("*-monitoring.md"))
    file.write_text(file.read_text("utf-8") + "\n本省抽查按季安排。\n", "utf-8")
    out = tmp_path / "out"
    shixun("report", YEAR, "--region", PROVINCE, "--home", home, "--out", out, "--format", "html")
    assert "本省抽查按季安排。" in next(out.iterdir()).read_text("utf-8")


def test_march_asks_for_the_year_before_of_each_published_province(published: Path) -> None:
    deployment = Deployment(home=str(published), dumps=str(published))
    context = dg.build_schedule_context(
        scheduled_execution_time=datetime(2020, 3, 1, tzinfo=UTC), resources={"deployment": deployment}
    )
    requests = every_march.evaluate_tick(context).run_requests or []
    assert [request.run_key for request in requests] == [f"{PROVINCE}-{YEAR}"]
    assert requests[0].run_config["ops"][write_yearly_report.name]["config"] == {"region": PROVINCE, "year": YEAR}


def test_the_job_writes_the_report_into_the_home(home: Path) -> None:
    result = yearly_report.execute_in_process(
        run_config=dg.RunConfig(ops={write_yearly_report.name: Choice(region=PROVINCE, year=YEAR)}),
        resources={"deployment": Deployment(home=str(home), dumps=str(home))},
    )
    assert result.success
    assert len(list((home / "reports" / PROVINCE / str(YEAR)).iterdir())) == 4


NAMES = ("--compiled-by", "甲某", "--reviewed-by", "乙某", "--approved-by", "丙某")


def final(home: Path, out: Path, *more: str) -> Result:
    return shixun("report", YEAR, "--region", PROVINCE, "--home", home, "--out", out, "--final", *more)


def reviewed(home: Path) -> None:
    """Commentary of every chapter, written and reviewed."""
    assert shixun("commentary", YEAR, "--region", PROVINCE, "--home", home).exit_code == 0
    for path in (home / "commentary" / PROVINCE / f"{YEAR}-{PROVINCE}").glob("*.md"):
        path.write_text(
            path.read_text("utf-8").replace("reviewed: 否", "reviewed: 是") + "\n情况属实，已部署整改。\n", "utf-8"
        )


def test_a_final_report_is_refused_with_everything_it_lacks(home: Path, tmp_path: Path) -> None:
    result = final(home, tmp_path / "out", "--compiled-by", "甲某")
    assert result.exit_code == 2
    for lacking in ("审核人", "负责人", "没有评述"):
        assert lacking in result.output
    assert "编制人" not in result.output
    assert not (tmp_path / "out").exists()
    assert not (home / "reports").exists()
    assert not (home / "pins").exists()


def test_commentary_that_nobody_reviewed_is_not_signed(home: Path, tmp_path: Path) -> None:
    reviewed(home)
    path = next((home / "commentary" / PROVINCE / f"{YEAR}-{PROVINCE}").glob("*-credits.md"))
    path.write_text(path.read_text("utf-8").replace("reviewed: 是", "reviewed: 否"), "utf-8")
    result = final(home, tmp_path / "out", *NAMES)
    assert result.exit_code == 2
    assert path.name in result.output


def test_a_final_report_is_recorded_pinned_and_the_same_after_twenty_nights(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewed(home)
    assert final(home, tmp_path / "one", *NAMES).exit_code == 0
    release = current(home)
    folder = home / "reports" / PROVINCE / str(YEAR)
    (record,) = signatures.records(folder)
    assert (record["release"], record["approved_by"]) == (release.name, "丙某")
    files = {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()}
    assert set(record["files"]) == set(files)
    assert "丙某" in next(path for path in (tmp_path / "one").glob("*.html")).read_text("utf-8")
    listed = (home / "site" / "reports.html").read_text("utf-8")
    assert "正式稿" in listed
    assert f"reports/{PROVINCE}/{YEAR}/final/" in listed
    assert shixun("unpin", release.name, "--home", home).exit_code == 2
    monkeypatch.setenv("SHIXUN_KEEP_RELEASES", "1")
    for night in range(20):
        later = release.with_name(f"later{night:02d}")
        shutil.copytree(release, later, symlinks=True)
        (home / "current" / PROVINCE).unlink()
        (home / "current" / PROVINCE).symlink_to(later)
        prune(Home(home), PROVINCE)
    assert sorted(path.name for path in release.parent.iterdir()) == sorted([release.name, "later19"])
    assert final(home, tmp_path / "two", "--release", release.name, *NAMES).exit_code == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "two").iterdir()} == files
    assert len(signatures.records(folder)) == 1
    assert signatures.broken(folder) == []


def test_a_kept_releases_draft_is_the_same_whatever_is_current(home: Path, tmp_path: Path) -> None:
    release = current(home).name
    for out in ("one", "two"):
        place = tmp_path / out
        asked = ("report", YEAR, "--region", PROVINCE, "--home", home, "--out", place, "--release", release)
        assert shixun(*asked, "--format", "html,xlsx").exit_code == 0
    assert [path.read_bytes() for path in sorted((tmp_path / "one").iterdir())] == [
        path.read_bytes() for path in sorted((tmp_path / "two").iterdir())
    ]
    asked = ("report", YEAR, "--region", PROVINCE, "--home", home, "--out", tmp_path / "x", "--release", "nowhere")
    refused = shixun(*asked)
    assert refused.exit_code == 2
    assert release in refused.output
