"""Where the time of a night goes: named spans with their seconds, kept with the night and told in its manifest.

Belongs here: measuring and remembering. What is worth measuring is said where the work is done.
"""

import json
import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FILE = ".spans.jsonl"


@contextmanager
def span(folder: Path, name: str) -> Iterator[None]:
    """Times a piece of work under a name such as `staging.teacher` or `gate.core`.

    `seconds` by the clock on the wall, `cpu_seconds` of all threads and of readers that ended meanwhile, `peak_mb` the
    most memory the process ever had so far: the first span to tell the night's peak is where it was. Work that fails
    leaves no span: it is done again.
    """
    wall, cpu = time.perf_counter(), _cpu_seconds()
    yield
    line = {
        "name": name,
        "seconds": round(time.perf_counter() - wall, 3),
        "cpu_seconds": round(_cpu_seconds() - cpu, 3),
        "peak_mb": peak_mb(),
    }
    with (folder / FILE).open("a", encoding="utf-8") as handle:
        handle.write(json.dumps(line, ensure_ascii=False) + "\n")


def spans(folder: Path) -> list[dict[str, Any]]:
    """The night's spans in the order they ended; of work done twice, the last."""
    path = folder / FILE
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return list({facts["name"]: facts for facts in map(json.loads, lines)}.values())


def peak_mb() -> int:
    """The most memory this process ever had, in MB of 1024 KB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _cpu_seconds() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system
