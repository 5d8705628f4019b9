"""A home can be backed up while a night runs, and restored: healthy, and with the same people under the same hashes."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import Result

from tests.night.running import current, night_of, shixun

pytestmark = pytest.mark.night
BACKUP = Path(__file__).parents[2] / "deploy" / "backup.sh"


def hashes(home: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(str(current(home) / "warehouse.duckdb"), read_only=True) as reader:
        return reader.sql("SELECT teacher_id, id_hash FROM staging.teacher ORDER BY ALL").fetchall()


def backed_up_at(moment: str, dumps: Path, home: Path, archive: Path) -> None:
    """Backs a home up while a night is at that moment, then kills that night."""
    with subprocess.Popen(night_of(dumps, home), stderr=subprocess.PIPE, text=True, start_new_session=True) as night:
        assert night.stderr is not None
        assert any(moment in line for line in night.stderr), f"the night never came to {moment}"
        with archive.open("wb") as out:
            subprocess.run([str(BACKUP), str(home)], stdout=out, check=True)
        os.killpg(night.pid, signal.SIGKILL)


def test_a_home_is_restored_from_a_backup_taken_during_a_night(
    refresh: Callable[..., Result], home: Path, dumps: Path, snapshot: Path, tmp_path: Path
) -> None:
    before, known = current(home).name, hashes(home)
    school = next(snapshot.glob("学校*.csv"))
    school.write_text(school.read_text("utf-8") + "\n", encoding="utf-8")  # another release, so that the night runs
    archive = tmp_path / "backup.tar"
    backed_up_at("逐列规整", dumps, home, archive)
    shutil.rmtree(home)  # the machine is gone
    home.mkdir(mode=0o700)
    subprocess.run(["tar", "-xpf", str(archive), "-C", str(home)], check=True)
    assert not (home / "building").exists()
    told = shixun("doctor", "--home", home)
    assert told.exit_code == 0, told.output
    assert (current(home).name, hashes(home)) == (before, known)
    result = refresh()
    assert result.exit_code == 0, result.output
    assert current(home).name != before
    assert hashes(home) == known
