"""What the launchpad may ask of a night: a dated folder, a day. A province without the folder is passed over."""

from pathlib import Path

import dagster as dg
import pytest

from pipelines.assets.alone import EVERYTHING
from pipelines.assets.specs import Deployment
from pipelines.definitions import definitions, nightly_job
from pipelines.release.home import Home

PROVINCE = "460000"


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    home, dumps = tmp_path / "home", tmp_path / "dumps"
    Home(home).prepare()
    (dumps / PROVINCE / "2021-11-30").mkdir(parents=True)
    (dumps / PROVINCE / "2021-11-30" / "学校.csv").write_text("学校标识码\n3146000001\n")
    return home, dumps


def run(folders: tuple[Path, Path], province: str, **days: str) -> dg.ExecuteInProcessResult:
    with dg.DagsterInstance.ephemeral() as instance:
        return nightly_job(*folders).execute_in_process(
            instance=instance,
            partition_key=province,
            run_config={"ops": {"raw": {"config": days}}},
            raise_on_error=False,
        )


@pytest.mark.parametrize("province", [PROVINCE, "500000"])
def test_a_province_without_the_folder_is_passed_over(folders, province, caplog) -> None:
    result = run(folders, province, snapshot="2021-10-31")
    assert result.success
    assert result.get_asset_materialization_events() == []
    assert {event.step_key for event in result.all_node_events if event.is_step_skipped} >= {
        "staging",
        "core",
        "release",
    }
    assert "没有 2021-10-31 的转储文件夹，这个省跳过" in caplog.text
    home = Home(folders[0])
    assert home.provinces() == []
    assert not home.journal.exists()
    assert [path.name for path in home.building.glob("*-*")] == []


@pytest.mark.parametrize("day", ["2021-02-30", "去年", "2021/11/30"])
def test_what_is_no_day_is_refused_before_anything_is_read(folders, day) -> None:
    for name in ("snapshot", "as_of"):
        result = run(folders, PROVINCE, **{name: day})
        assert not result.success
        (failure,) = result.get_step_failure_events()
        assert failure.step_failure_data.user_failure_data.description.startswith(f"配置 {name} 不是日期")
        assert not Home(folders[0]).journal.exists()


def test_everything_is_what_a_night_makes(folders) -> None:
    defs = definitions(Deployment(home=str(folders[0]), dumps=str(folders[1])))
    assert {spec.key for spec in defs.resolve_all_asset_specs()} == EVERYTHING


def test_the_launchpad_shows_what_may_be_asked(folders) -> None:
    fields = nightly_job(*folders).get_node_named("raw").definition.config_schema.config_type.fields
    assert set(fields) == {"snapshot", "as_of"}
    assert all("不填" in field.description for field in fields.values())
