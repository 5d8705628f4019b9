"""What a release is a function of besides its dumps: the versions of code, policies, contracts and libraries."""

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("models", "pipelines", "expectations", "dashboards", "data/reference")
LAW = (ROOT / "models" / "law" / "policies", ROOT / "data" / "reference" / "documents")
CONTRACTS = (ROOT / "models" / "contracts",)
LIBRARIES = ("polars", "duckdb", "great-expectations", "plotly")


@cache
def versions() -> dict[str, str]:
    """Name → version, as the manifest records it. Code, policies and contracts by a hash over their files."""
    own = {
        "code": _digest(ROOT / room for room in ROOMS),
        "policies": _digest(LAW),
        "contracts": _digest(CONTRACTS),
    }
    return own | {library: version(library) for library in LIBRARIES}


def _digest(folders: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for folder in folders:
        files = [path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
        if not files:
            raise FileNotFoundError(f"{folder} holds no file: a release would not know when it changes")
        for path in files:
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
