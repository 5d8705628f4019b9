"""The door to reading: one dump file in, one grid file out, in a process of its own.

A hostile or broken file can make a parser use all memory, run forever or abort. So parsing happens in a child
process with bounded memory and time; whatever becomes of it, the caller gets a grid or an UnreadableFile.
"""

import atexit
import errno
import json
import math
import os
import selectors
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from pipelines.ingest.reading.dumps import DumpFile, chunks, insist_unchanged, sha256
from pipelines.ingest.reading.faults import UnreadableFile
from pipelines.ingest.reading.grid import GridSummary, Note, SheetSummary
from pipelines.ingest.reading.limits import FILES_PER_PROCESS, MIB, SECONDS_AT_LEAST, SECONDS_AT_MOST, SECONDS_PER_MIB

TEMPORARY_PREFIX: Final = ".reading-"
_PATIENCE: Final = 12
"""How many times its due a reader that is not let work is waited for."""
_SECONDS_TO_START: Final = 120.0
_CRASHED: Final = {"reason_code": "reader_crashed", "sheet": "", "detail": ""}
_WORN_OUT: Final = frozenset({"too_big", "reader_crashed", errno.ENOMEM})
"""Faults that may be the process's as well as the file's."""
# arrow's own allocator reserves a gigabyte in advance, which the child's bound on memory would count
_CHILD_ENVIRONMENT: Final = {"ARROW_DEFAULT_MEMORY_POOL": "system"}


def read_grid(file: DumpFile, target: Path, expected_sha256: str | None = None) -> GridSummary:
    """Write the file's raw grid (see `grid`) to `target`, whole or not at all.

    `expected_sha256` is the digest under which the grid will be kept; when given, the file must still have it
    after it was read.

    Raises:
        UnreadableFile: the file's fault, told in Chinese.
        OSError: ours: the target's folder is full or not writable.
    """
    with tempfile.TemporaryDirectory(prefix=TEMPORARY_PREFIX, dir=target.parent) as folder:
        made = Path(folder) / "grid.parquet"
        with _plain_file(file, Path(folder)) as (path, size):
            request = {"path": str(path), "label": file.label, "target": str(made), "size": size}
            seconds = min(SECONDS_AT_LEAST + SECONDS_PER_MIB * size / MIB, SECONDS_AT_MOST)
            answer = _ask(request, file.label, seconds)
            insist_unchanged(file)
        if expected_sha256 is not None and sha256(file) != expected_sha256:
            raise UnreadableFile(file.label, "changed_while_read")
        with made.open("rb") as stream:
            os.fsync(stream.fileno())
        made.replace(target)
    return _summary(answer, size)


@contextmanager
def _plain_file(file: DumpFile, folder: Path) -> Iterator[tuple[Path, int]]:
    """The file on disk; a zip's member is unpacked first, under a name of ours."""
    insist_unchanged(file)
    if file.member is None:
        yield file.path, file.size
        return
    unpacked = folder / "member"
    with unpacked.open("wb") as stream:
        for chunk in chunks(file):
            stream.write(chunk)
    yield unpacked, unpacked.stat().st_size


def remove_leftovers(folder: Path) -> int:
    """Clear away what interrupted readings left in a folder of grids; only while nobody reads into it.

    Returns how many there were.
    """
    leftovers = list(folder.glob(f"{TEMPORARY_PREFIX}*"))
    for leftover in leftovers:
        # a reader whose caller was killed may write on for a moment: what it leaves goes the next time
        shutil.rmtree(leftover, ignore_errors=True)
    return len(leftovers)


def _summary(answer: dict[str, Any], size: int) -> GridSummary:
    sheets = tuple(SheetSummary(**sheet) for sheet in answer["sheets"])
    return GridSummary(
        kind=answer["kind"],
        encoding=answer["encoding"],
        sheets=sheets,
        rows=sum(sheet.rows for sheet in sheets),
        bytes=size,
        notes=tuple(Note(**note) for note in answer["notes"]),
        since_1904=answer["since_1904"],
        broken=tuple(answer.get("broken", ())),
    )


class _Child:
    """One reading process: a request a line in, an answer a line out."""

    def __init__(self) -> None:
        self.files = 0
        self.owner = os.getpid()
        self._pending = b""
        self._process = subprocess.Popen(
            # -P: whatever folder the user is in, nothing there is imported
            [sys.executable, "-P", "-m", "pipelines.ingest.reading.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **_CHILD_ENVIRONMENT, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))},
        )
        if self._answer(_SECONDS_TO_START) is None:
            self.close()
            raise ChildProcessError("the reading process did not start")

    def ask(self, request: dict[str, Any], seconds: float) -> bytes | None:
        """The answer's line; None when it took more than `seconds` of work; empty when the process died."""
        self.files += 1
        assert self._process.stdin is not None  # noqa: S101 - piped above
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return b""
        return self._answer(seconds)

    def _answer(self, seconds: float) -> bytes | None:
        assert self._process.stdout is not None  # noqa: S101 - piped above
        worked, waited = self._seconds_worked(), time.monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._pending:
                if not selector.select(min(seconds, 1.0)):
                    idle = time.monotonic() - waited
                    if self._seconds_worked() - worked < seconds and idle < seconds * _PATIENCE:
                        continue  # a busy machine let it do little
                    return None
                piece = os.read(self._process.stdout.fileno(), 1 << 16)
                if not piece:
                    return b""
                self._pending += piece
        line, _, self._pending = self._pending.partition(b"\n")
        return line

    def _seconds_worked(self) -> float:
        """The processor time it has had; where the system does not tell, as good as endless."""
        try:
            return time.clock_gettime(~self._process.pid << 3 | 2)  # as clock_getcpuclockid(3) on Linux
        except OSError:
            return math.inf

    def is_usable(self) -> bool:
        """Whether it lives and is ours, not our parent's from before a fork."""
        return self.owner == os.getpid() and self._process.poll() is None

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


_idle: list[_Child] = []
_lock = threading.Lock()


def _take() -> _Child:
    with _lock:
        while _idle:
            child = _idle.pop()
            if child.is_usable():
                return child
    return _Child()


def _give_back(child: _Child) -> None:
    if child.files >= FILES_PER_PROCESS:
        child.close()
        return
    with _lock:
        _idle.append(child)


@atexit.register
def close_idle() -> None:
    """Ends the reading processes that wait for their next file."""
    with _lock:
        while _idle:
            child = _idle.pop()
            if child.owner == os.getpid():
                child.close()


def _ask(request: dict[str, Any], label: str, seconds: float) -> dict[str, Any]:
    child = _take()
    is_fresh = child.files == 0
    try:
        line = child.ask(request, seconds)
    except BaseException:
        child.close()
        raise
    if line is None:
        child.close()
        raise UnreadableFile(label, "too_slow")
    answer: dict[str, Any] = json.loads(line) if line else {"fault": _CRASHED}
    fault = answer.get("fault", {})
    if _WORN_OUT.intersection(fault.values()):
        child.close()
        if not is_fresh:
            # what earlier files left in the process counts as this one's: a fresh process judges it
            close_idle()
            return _ask(request, label, seconds)
    else:
        _give_back(child)
    if not fault:
        return answer
    if "errno" in fault:
        raise OSError(fault["errno"], fault["message"], request["target"])
    raise UnreadableFile(label, fault["reason_code"], sheet=fault["sheet"], detail=fault["detail"])
