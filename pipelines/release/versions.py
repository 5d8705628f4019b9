"""What a release is a function of besides its dumps: the versions of code, policies, contracts and libraries."""

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from models.law import load_policies

ROOT = Path(__file__).parents[2]
ROOMS = ("models", "pipelines", "expectations", "dashboards", "data/reference")
CONTRACTS = (ROOT / "models" / "contracts",)
LEFT_OUT = {"__pycache__", "policies", "documents"}
"""Folders that are no code: the policies have a version of their own."""
LIBRARIES = ("polars", "duckdb", "great-expectations", "plotly")


def versions(province: str | None = None) -> dict[str, str]:
    """Name → version, as a manifest records it.

    Code and contracts go by a hash over their files, policies by one over the law at hand: a province's, or all of it.
    """
    return _own() | {"policies": load_policies().digest(province)}


def law_of(province: str) -> list[dict[str, Any]]:
    """The documents a province is judged by, as the manifest names them: what each is, and the hashes of its files."""
    book = load_policies()
    return [
        {
            "id": document.id,
            "title": document.title,
            "doc_no": document.doc_no,
            "jurisdiction": document.jurisdiction.code,
            "jurisdiction_name": document.jurisdiction.name,
            **vars(book.sources[document.id]),
        }
        for document in book.of_province(province)
    ]


@cache
def _own() -> dict[str, str]:
    own = {"code": _digest(ROOT / room for room in ROOMS), "contracts": _digest(CONTRACTS)}
    return own | {library: version(library) for library in LIBRARIES}


def _digest(folders: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for folder in folders:
        files = [
            path
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not LEFT_OUT & {*path.relative_to(ROOT).parts}
        ]
        if not files:
            raise FileNotFoundError(f"{folder} holds no file: a release would not know when it changes")
        for path in files:
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
