"""The reading process: bounded, replaceable, and never the reason why an innocent file is refused."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

from pipelines.ingest.reading import UnreadableFile, read_grid, reader, remove_leftovers
from pipelines.ingest.reading.grid import frame_of, write_frames


def test_a_reading_that_takes_too_long_is_ended_and_the_next_is_fine(desk, monkeypatch):
    desk.read("a.csv", b"a,b\n")
    with monkeypatch.context() as patch:
        patch.setattr(reader, "SECONDS_AT_MOST", 0.0)
        with pytest.raises(UnreadableFile, match="读取时间超过上限"):
            desk.read("b.csv", b"a,b\n" * 500_000)
    assert desk.cells("c.csv", b"a,b\n") == [("a", "b")]


def test_a_killed_reading_process_costs_no_file(desk):
    desk.read("a.csv", b"a,b\n")
    for child in reader._idle:
        os.kill(child._process.pid, signal.SIGKILL)
    assert desk.cells("b.csv", b"a,b\n") == [("a", "b")]


class _Worn(reader._Child):
    """A reading process that has read files before and answers what it is told to."""

    def __init__(self, answer):
        super().__init__()
        self.files, self.told = 400, json.dumps(answer).encode() if answer else b""

    def ask(self, request, seconds):
        del request, seconds
        return self.told


@pytest.mark.parametrize(
    "fault",
    [
        {"reason_code": "too_big", "sheet": "", "detail": ""},
        {"reason_code": "reader_crashed", "sheet": "", "detail": "PanicException"},
        {"errno": errno.ENOMEM, "message": "Cannot allocate memory"},
    ],
    ids=str,
)
def test_what_earlier_files_left_in_the_process_is_not_held_against_a_file(desk, fault):
    worn = _Worn({"fault": fault})
    reader._idle.append(worn)
    assert desk.cells("a.csv", b"a,b\n") == [("a", "b")]
    assert worn not in reader._idle
    assert not worn.is_usable()


def test_other_faults_of_a_file_are_its_own(desk):
    worn = _Worn({"fault": {"reason_code": "encrypted", "sheet": "", "detail": ""}})
    reader._idle.append(worn)
    try:
        with pytest.raises(UnreadableFile, match="打开密码"):
            desk.read("a.csv", b"a,b\n")
        assert worn in reader._idle
    finally:
        reader.close_idle()


def test_two_threads_read_at_once(desk):
    files = [desk.put(f"{n}.csv", f"{n},x\n".encode() * (n + 1)) for n in range(12)]
    with ThreadPoolExecutor(3) as pool:
        rows = pool.map(lambda pair: read_grid(pair[1], desk.raw / f"{pair[0]}.parquet").rows, enumerate(files))
    assert list(rows) == list(range(1, 13))
    for n in range(12):
        assert set(pl.read_parquet(desk.raw / f"{n}.parquet")["c000"]) == {str(n)}


def test_a_full_disk_is_not_the_files_fault():
    frame = frame_of("", [(1, ["a"])], 1)
    with pytest.raises(OSError, match="No space left") as told:
        write_frames(lambda: iter([frame]), 1, Path("/dev/full"))
    assert told.value.errno == 28


def test_what_an_interrupted_reading_left_is_cleared(desk):
    left = desk.raw / f"{reader.TEMPORARY_PREFIX}abc"
    left.mkdir()
    (left / "grid.parquet").write_bytes(b"half")
    (desk.raw / "kept.parquet").write_bytes(b"x")
    assert remove_leftovers(desk.raw) == 1
    assert [p.name for p in desk.raw.iterdir()] == ["kept.parquet"]


def test_the_reading_process_ends_with_its_caller(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"a,b\n")
    script = """
import sys, time
from pathlib import Path
from pipelines.ingest.reading import DumpFile, Fingerprint, read_grid, reader
path = Path(sys.argv[1])
read_grid(DumpFile(path, "a.csv", 4, Fingerprint.of(path)), path.with_suffix(".parquet"))
print(reader._idle[0]._process.pid, flush=True)
time.sleep(60)
"""
    caller = subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "a.csv")], stdout=subprocess.PIPE)
    assert caller.stdout is not None
    child = int(caller.stdout.readline())
    caller.kill()
    caller.communicate()
    for _ in range(100):
        if not _runs(child):
            return
        time.sleep(0.1)
    pytest.fail("the reading process outlived its caller")


def _runs(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123 - a file of the kernel
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
