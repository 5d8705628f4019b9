"""Tables chosen by themselves in Dagster's pages: made, checked and shown; readers see nothing of it."""

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from pipelines.assets.specs import Deployment, table_key
from pipelines.definitions import definitions
from pipelines.release import night_lock
from pipelines.release.home import Home
from pipelines.release.seal import spoilt
from tests.night.running import PROVINCE, current

pytestmark = pytest.mark.night


@pytest.fixture(autouse=True)
def nights_end(tried: Path) -> Iterator[None]:
    """A run's process is this one: what ends with it is ended here."""
    yield
    night_lock.end_night(Home(tried), PROVINCE)


def run(home: Path, dumps: Path, *tables: str, checks: bool = True) -> dg.ExecuteInProcessResult:
    """A run of these tables, as the pages launch it."""
    job = definitions(Deployment(home=str(home), dumps=str(dumps))).resolve_implicit_global_asset_job_def()
    selected = [table_key(table) for table in tables]
    graph = job.asset_layer.asset_graph
    keys = {key for table in selected for key in graph.get(table).check_keys} if checks else set()
    with dg.DagsterInstance.ephemeral() as instance:
        part = job.get_subset(asset_selection=set(selected), asset_check_selection=keys)
        return part.execute_in_process(instance=instance, partition_key=PROVINCE, raise_on_error=False)


def shown(result: dg.ExecuteInProcessResult) -> dict[str, dict[str, object]]:
    """What is shown of each table that was made."""
    made = [event.step_materialization_data.materialization for event in result.get_asset_materialization_events()]
    return {".".join(one.asset_key.path): {name: told.value for name, told in one.metadata.items()} for one in made}


def why_not(result: dg.ExecuteInProcessResult) -> list[str]:
    assert not result.success
    return [event.step_failure_data.user_failure_data.description for event in result.get_step_failure_events()]


def state(home: Path) -> list[tuple[str, int]]:
    """All that anybody reads of a home, with the time of its last change."""
    kept = [home / "nights.jsonl", home / "site", home / "current" / PROVINCE, *(home / "releases").rglob("*")]
    return sorted((str(path), os.lstat(path).st_mtime_ns) for path in kept)


def test_tables_of_each_layer_are_made_checked_and_shown_and_nothing_is_published(tried, clean_dumps) -> None:
    before = state(tried)
    chosen = ("staging.teacher", "core.dim_teacher", "marts.teacher_year", "marts.public_measure", "audit.findings")
    result = run(tried, clean_dumps, *chosen)
    assert result.success
    told = shown(result)
    assert set(told) == set(chosen)
    for name, facts in told.items():
        rows = facts["dagster/row_count"]
        assert rows > 0
        assert facts["与现行发布相比"] == f"现行发布 {rows:,} 行，这次 {rows:,} 行，完全相同", name
        assert "没有发布" in facts["试算"]
        assert current(tried).name in facts["上游"]
        assert {"列", "类型", "有值的行", "不同的值（约）"} == set(facts["各列"].records[0].data)
    assert told["staging.teacher"]["退回行数"] == 0
    checks = result.get_asset_check_evaluations()
    assert {(".".join(one.asset_key.path), one.check_name, one.passed) for one in checks} == {
        (name, "gate", True) for name in chosen
    }
    assert state(tried) == before
    assert spoilt(current(tried)) == []


def test_what_a_changed_dump_would_change_is_counted_and_names_nobody(home, dumps, snapshot) -> None:
    path = next(snapshot.glob("教师信息*.csv"))
    *lines, last = path.read_text("utf-8-sig").splitlines()
    path.write_text("\n".join(lines) + "\n", "utf-8")
    result = run(home, dumps, "staging.teacher")
    night_lock.end_night(Home(home), PROVINCE)
    told = shown(result)["staging.teacher"]
    assert told["与现行发布相比"].endswith("只在这次有的 0 行，只在现行发布有的 1 行")
    said = "\n".join(str(event) for event in result.all_events)
    assert not [cell for cell in last.split(",")[:2] if len(cell) > 1 and cell in said]


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        (("release",), "不发布：要发布请跑整夜"),
        (("marts.teacher_year", "release"), "不发布：要发布请跑整夜"),
        (("audit.rejects",), "不能单独试算"),
    ],
)
def test_what_cannot_be_made_alone_says_so(tried, clean_dumps, chosen, told) -> None:
    before = state(tried)
    assert any(told in reason for reason in why_not(run(tried, clean_dumps, *chosen, checks=False)))
    assert state(tried) == before


def test_a_province_without_a_release_has_no_tables_to_stand_on(tmp_path, clean_dumps) -> None:
    home = tmp_path / "home"
    (reason,) = why_not(run(home, clean_dumps, "core.dim_teacher", checks=False))
    assert "请先跑一夜" in reason
    result = run(home, clean_dumps, "raw.admin_unit", "staging.admin_unit", "core.dim_unit", checks=False)
    assert result.success
    assert shown(result)["core.dim_unit"]["与现行发布相比"] == "现行发布没有这张表"
    assert Home(home).provinces() == []
    night_lock.end_night(Home(home), PROVINCE)


def test_all_but_the_checks_is_no_night(home, dumps, snapshot) -> None:
    """The gate cannot be left out by choosing every table and none of its checks."""
    before = current(home)
    path = next(snapshot.glob("教师信息*.csv"))
    path.write_text(path.read_text("utf-8-sig") + "\n", "utf-8")
    job = definitions(Deployment(home=str(home), dumps=str(dumps))).resolve_implicit_global_asset_job_def()
    everything = set(job.asset_layer.asset_graph.materializable_asset_keys)
    with dg.DagsterInstance.ephemeral() as instance:
        part = job.get_subset(asset_selection=everything, asset_check_selection=set())
        result = part.execute_in_process(instance=instance, partition_key=PROVINCE, raise_on_error=False)
    assert "闸门的检查没有跑全" in why_not(result)[-1]
    assert current(home) == before
    night_lock.end_night(Home(home), PROVINCE)
