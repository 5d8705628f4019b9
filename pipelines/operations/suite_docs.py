"""Great Expectations' own pages of the suites, for whoever keeps them: HOME/quality/gx, made when asked for.

Belongs here: whose release, and where. What is run and stored is in expectations/docs.py.
"""

from collections.abc import Sequence
from pathlib import Path

from expectations.gate import LAYERS, askable
from expectations.rules import Rule
from pipelines.release.home import Home
from pipelines.release.seal import manifest_of


class NoRelease(Exception):
    """The province has no release whose suites could be run."""


def store_of(home: Home, province: str) -> Path:
    """The store of one province's suites, results and pages."""
    return home.path / "quality" / "gx" / province


def write_suite_docs(home: Home, province: str) -> Path:
    """Runs the suites over the release readers have, keeps the results, makes the pages; returns the first of them.

    Raises:
        NoRelease: nothing was published yet.
        ReleaseDamaged: its manifest cannot be read.
    """
    from expectations.docs import write_docs  # noqa: PLC0415 - Great Expectations takes seconds to import

    release = home.current_release(province)
    if release is None:
        raise NoRelease(f"{province} 还没有发布，没有可以检查的数据仓。请先运行 shixun refresh。")
    path = release / "warehouse.duckdb"
    layers: dict[str, Sequence[Rule]] = {layer: askable(path, layer) for layer in LAYERS}
    return write_docs(path, layers, store_of(home, province), str(manifest_of(release)["release"]))
