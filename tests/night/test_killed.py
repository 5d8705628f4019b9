"""A night killed at any moment leaves readers their release, and the next night repairs what is left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest
from click.testing import Result

from tests.night.running import current, shixun

pytestmark = [pytest.mark.night, pytest.mark.faults]
MOMENTS = ("逐列规整", "检查 staging 层", "计算 core 层", "生成网页并发布")


def kill_at(moment: str, dumps: Path, home: Path) -> None:
    """Starts a night and kills it with SIGKILL, children and all, as soon as it says what it is about to do."""
    command = [sys.executable, "-m", "pipelines.cli", "refresh", "--dumps", str(dumps), "--home", str(home)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as night:
        assert night.stderr is not None
        seen = any(moment in line for line in night.stderr)
        os.killpg(night.pid, signal.SIGKILL)
    assert seen, f"the night never came to {moment}"


def test_killed_nights_cost_nothing(refresh: Callable[..., Result], home: Path, dumps: Path, snapshot: Path) -> None:
    before = current(home)
    path = next(snapshot.glob("学校*.csv"))
    rows = pl.read_csv(path, infer_schema=False)
    rows.with_columns(城乡类型=pl.lit("乡村")).write_csv(path)
    for moment in MOMENTS:
        kill_at(moment, dumps, home)
        assert current(home) == before
        with duckdb.connect(str(before / "warehouse.duckdb"), read_only=True) as reader:
            assert reader.sql("SELECT count(*) FROM staging.teacher").fetchone() != (0,)
    assert list((home / "building").iterdir())
    result = refresh()
    assert result.exit_code == 0, result.output
    assert current(home) != before
    assert not list((home / "building").iterdir())
    with duckdb.connect(str(current(home) / "warehouse.duckdb"), read_only=True) as reader:
        assert reader.sql("SELECT DISTINCT urban_rural FROM core.dim_school").fetchall() == [("乡村",)]


def test_a_raw_file_that_rotted_is_read_again(refresh: Callable[..., Result], home: Path, snapshot: Path) -> None:
    for grid in (home / "raw").glob("*.parquet"):
        grid.write_bytes(grid.read_bytes()[:-8] + b"rotten!!")
    path = next(snapshot.glob("学校*.csv"))
    path.write_text(path.read_text("utf-8") + "\n", encoding="utf-8")  # another release, so that the night runs
    result = refresh()
    assert result.exit_code == 0, result.output
    assert "校验和不符" in result.output


def test_a_release_half_deleted_is_made_again(refresh: Callable[..., Result], home: Path) -> None:
    release = current(home)
    (release / "warehouse.duckdb").unlink()
    assert refresh().exit_code == 0
    assert (current(home) / "warehouse.duckdb").exists()
    assert current(home).name == release.name


def test_a_home_that_cannot_be_written_is_said_so(dumps: Path, tmp_path: Path) -> None:
    occupied = tmp_path / "a-file"
    occupied.write_text("not a folder")
    result = shixun("refresh", "--dumps", dumps, "--home", occupied / "home")
    assert result.exit_code == 2
    assert "不可写" in result.output
