"""The event log with its databases kept open is Dagster's own, file for file."""

from pathlib import Path

import dagster as dg
import pytest

from pipelines.release.home import Home
from pipelines.schedule.dagster_home import instance_at, prepare_dagster
from pipelines.schedule.event_log import KeptEventLog


@dg.asset
def thing() -> int:
    return 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return prepare_dagster(Home(tmp_path / "home").prepare())


def test_what_was_kept_is_read_by_dagsters_own_log_and_the_other_way_round(folder: Path) -> None:
    openers = (instance_at, lambda place: dg.DagsterInstance.from_config(str(place)), instance_at)
    for count, opened in enumerate(openers, start=1):
        with opened(folder) as instance:
            assert dg.materialize([thing], instance=instance).success
            assert instance.get_runs_count() == count
            assert len(instance.fetch_materializations(dg.AssetKey("thing"), limit=10).records) == count


def test_a_home_that_keeps_its_history_elsewhere_is_left_alone(folder: Path) -> None:
    with instance_at(folder) as instance:
        assert isinstance(instance.event_log_storage, KeptEventLog)
    (folder / "dagster.yaml").write_text(f"storage:\n  sqlite:\n    base_dir: {folder / 'else'}\n", encoding="utf-8")
    with instance_at(folder) as instance:
        assert dg.materialize([thing], instance=instance).success
    assert (folder / "else" / "history").is_dir()
