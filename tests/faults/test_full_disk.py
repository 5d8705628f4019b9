"""A disk that fills while raw grids, the warehouse or the release are written: nothing is lost, people are told."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.scale import FULL

pytestmark = [pytest.mark.night, pytest.mark.faults]
NAMESPACE = ["unshare", "--map-root-user", "--mount"]
STAGES = ["raw", "warehouse", "release"] if FULL else ["raw", "warehouse"]


def can_mount(folder: Path) -> bool:
    """Whether a disk of its own may be mounted here; a machine that forbids it has files that may not grow instead."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    return subprocess.run([*NAMESPACE, *mount], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("asked", ["tmpfs", "limit"] if FULL else ["tmpfs"])
def test_a_full_disk_costs_nothing(asked: str, light_dumps: Path, light_published: Path, tmp_path: Path) -> None:
    kind = asked if can_mount(tmp_path) else "limit"
    command = [*(NAMESPACE if kind == "tmpfs" else []), sys.executable, "-m", "tests.faults.full_disk"]
    arguments = [kind, str(tmp_path), str(light_dumps), str(light_published), ",".join(STAGES)]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    nights = json.loads(done.stdout)
    before = nights["before"]["release"]
    for stage in STAGES:
        assert nights[stage]["exit"] == 1, nights[stage]["output"]
        assert nights[stage]["release"] == before
        words = "磁盘已满" if kind == "tmpfs" else "超过了本机允许的大小"
        assert words in nights[stage]["output"] or "读写出错" in nights[stage]["output"], nights[stage]["output"]
        assert "Traceback" not in nights[stage]["output"]
    # the next night has room; its last step fails once between moving the release and switching, and is tried again
    assert nights["retried"]["exit"] == 0, nights["retried"]["output"]
    assert nights["retried"]["release"] != before
    assert nights["left"]["building"] == []
