"""What a release is a function of besides its dumps: the versions of code, policies, contracts and libraries."""

import hashlib
from collections.abc import Iterable, Mapping
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


def other_law(manifest: Mapping[str, Any]) -> str | None:
    """What to tell of a release that was judged by other law than is at hand; None where it is the same."""
    if "law" not in manifest:  # made before releases named their law
        return None
    province = str(manifest["province"])
    if manifest["versions"]["policies"] == load_policies().digest(province):
        return None
    then = {one["id"]: (one["sha256"], one["text_sha256"]) for one in manifest["law"]}
    now = {one["id"]: (one["sha256"], one["text_sha256"]) for one in law_of(province)}
    differing = [f"{name}（{_difference(then.get(name), now.get(name))}）" for name in sorted({*then, *now})]
    told = "、".join(name for name in differing if not name.endswith("（）")) or "所参照的其他文件已改"
    return (
        f"这次发布所依据的政策文件与现在手头的不同：{told}。结论以发布时的为准；"
        "当时另加了法规文件夹的，请用 --law 或 SHIXUN_LAW 指定同一文件夹。"
    )


def _difference(then: object, now: object) -> str:
    if then is None:
        return "当时没有"
    if now is None:
        return "手头没有"
    return "" if then == now else "内容已改"


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
