"""The yearly report of a published night: by command, by job, on its day, and refused in words."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from pipelines.assets.specs import Deployment
from pipelines.questions.report import release_data
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
