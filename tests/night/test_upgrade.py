"""A home of version 0.1.0 opens with the version at hand: it is read, the doctor tells what comes, a night renews."""

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import Result
from python_calamine import CalamineWorkbook

from pipelines.questions.report import release_data
from pipelines.release.seal import sha256_of
from pipelines.schedule.dagster_home import SETTINGS
from tests.night.running import current, shixun

pytestmark = pytest.mark.night
OLD_NAME = "20211130-0000000000"
LATER_FACTS = ("checks", "presence", "columns", "law", "is_sample")
LATER_COLUMNS = {"marts.public_measure": ("rounded_percent", "rounded_step")}
LATER_LIMIT = """\
      # Runs begun in the web interface and by backfills bear only this one.
      - key: dagster/partition
        limit: 1
        value: {applyLimitPerUniqueValue: true}
"""


@pytest.fixture
def old(home: Path) -> Path:
    """The home as 0.1.0 left it: fewer columns, facts, settings and notes, and another version in the manifest."""
    release = current(home).rename(current(home).with_name(OLD_NAME))
    link = home / "current" / release.parent.name
    link.unlink()
    link.symlink_to(f"../releases/{release.parent.name}/{OLD_NAME}")
    with duckdb.connect(str(release / "warehouse.duckdb")) as writer:
        for table, columns in LATER_COLUMNS.items():
            for column in columns:
                writer.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    manifest = json.loads((release / "manifest.json").read_text("utf-8"))
    for fact in LATER_FACTS:
        manifest.pop(fact)
    manifest["release"] = OLD_NAME
    manifest["versions"] |= {"code": "0" * 16, "contracts": "0" * 16}
    manifest["outputs"]["warehouse.duckdb"] = sha256_of(release / "warehouse.duckdb")
    (release / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    for note in (home / "raw").glob("*.json"):
        facts = json.loads(note.read_text("utf-8"))
        note.write_text(json.dumps({name: facts[name] for name in ("rows", "sheets", "sha256")}), encoding="utf-8")
    (home / "dagster" / "dagster.yaml").write_text(SETTINGS.replace(LATER_LIMIT, ""), encoding="utf-8")
    return home


def test_an_old_home_is_read_and_the_doctor_tells_what_the_upgrade_does(old: Path) -> None:
    look = shixun("doctor", "--home", old)
    assert look.exit_code == 1
    for told in ("另一版程序、数据字典", "升级后的第一夜", "校验一致", "由另一版程序读入"):
        assert told in look.output
    assert "与校验和不符" not in look.output
    with duckdb.connect(str(current(old) / "warehouse.duckdb"), read_only=True) as reader:
        (finding,) = reader.sql("SELECT min(finding_id) FROM audit.findings").fetchone() or ()
    explained = shixun("explain", finding, "--home", old)
    assert explained.exit_code == 0, explained.output
    measures = release_data(current(old)).tables("marts.public_measure")
    for column in LATER_COLUMNS["marts.public_measure"]:
        assert measures[column].null_count() == measures.height > 0


def test_an_old_release_gives_its_report(old: Path, tmp_path: Path) -> None:
    written = shixun(
        *("report", "2020", "--region", "460000", "--format", "xlsx"), "--out", tmp_path / "report", "--home", old
    )
    assert written.exit_code == 0, written.output
    (workbook,) = (tmp_path / "report").glob("*.xlsx")
    assert len(CalamineWorkbook.from_path(workbook).sheet_names) > 1


def test_the_next_night_renews_an_old_home(old: Path, refresh: Callable[..., Result]) -> None:
    before = current(old)
    result = refresh()
    assert result.exit_code == 0, result.output
    assert current(old) != before
    assert before.exists()
    assert (old / "dagster" / "dagster.yaml").read_text("utf-8") == SETTINGS
    look = shixun("doctor", "--home", old)
    assert look.exit_code == 0, look.output


def test_settings_somebody_changed_stay_and_are_named_stale(old: Path) -> None:
    path = old / "dagster" / "dagster.yaml"
    path.write_text(path.read_text("utf-8").replace("max_concurrent_runs: 2", "max_concurrent_runs: 4"), "utf-8")
    own = path.read_text("utf-8")
    assert shixun("prepare", "--home", old).exit_code == 0
    assert path.read_text("utf-8") == own
    look = shixun("doctor", "--home", old)
    (line,) = [line for line in look.output.splitlines() if "dagster.yaml" in line]
    assert line.startswith("✗")
    assert line.count("dagster/partition") == 1
    assert "telemetry" not in line
