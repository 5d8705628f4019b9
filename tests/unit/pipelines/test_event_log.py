"""The event log with its databases kept open is Dagster's own, file for file."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa

from pipelines.release.home import Home
from pipelines.schedule.dagster_home import instance_at, prepare_dagster
from pipelines.schedule.event_log import KeptEventLog


@dg.asset
def thing() -> int:
    return 1


THINGS = [f"thing_{number}" for number in range(20)]


@dg.multi_asset(specs=[dg.AssetSpec(name) for name in THINGS])
def things() -> Iterator[dg.MaterializeResult[None]]:
    yield from (dg.MaterializeResult(asset_key=name) for name in THINGS)


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


def test_events_that_come_together_are_stored_together(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    transactions: dict[str, int] = {}
    for size in ("0", "1000"):
        monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", size)
        transactions[size] = 0

        def count(_: sa.Connection, size: str = size) -> None:
            transactions[size] += 1

        with instance_at(folder) as instance:
            sa.event.listen(sa.Engine, "commit", count)
            assert dg.materialize([things], instance=instance).success
            sa.event.remove(sa.Engine, "commit", count)
    assert transactions["1000"] < transactions["0"] - len(THINGS)
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        for name in THINGS:
            assert len(instance.fetch_materializations(dg.AssetKey(name), limit=10).records) == len(transactions)


def test_of_a_batch_that_fails_midway_each_event_is_stored_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, planned = KeptEventLog.store_event, dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED
    calls = []

    def stumbling(log: KeptEventLog, event: dg.EventLogEntry) -> None:
        calls.append(event.dagster_event_type)
        if calls.count(planned) == len(THINGS) // 2 and calls[-1] == planned:
            calls.append(planned)
            raise OSError("disk full")
        kept(log, event)

    with instance_at(folder) as instance:
        monkeypatch.setattr(KeptEventLog, "store_event", stumbling)
        result = dg.materialize([things], instance=instance)
        assert result.success
        events = [entry.dagster_event_type for entry in instance.all_logs(result.run_id)]
    assert events.count(planned) == len(THINGS)
    assert calls.count(planned) == len(THINGS) + len(THINGS) // 2 + 1
