"""What must hold after any bad day: a whole release, every accepted row in it, people told in a sentence."""

import json
import re
from pathlib import Path

import duckdb
from click.testing import Result

from pipelines.operations.journal import nights
from pipelines.release.home import Home
from pipelines.release.seal import is_whole, manifest_of
from tests.night.running import current, shixun

CHINESE = re.compile(r"[一-鿿]")


def insist_whole(home: Path) -> str:
    """The name of the release that readers see, after looking at every file, the warehouse and the portal."""
    release = current(home)
    assert is_whole(release), f"{release} is not what its manifest says"
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as reader:
        assert reader.sql("SELECT count(*) FROM staging.teacher").fetchone() != (0,)
        assert reader.sql("SELECT count(*) FROM audit.findings").fetchone() != (0,)
    assert (home / "site" / "index.html").exists()
    assert (home / "site" / release.parent.name / "index.html").exists()
    return release.name


def accepted(home: Path) -> dict[str, int]:
    """Rows of every staged table of the current release."""
    tables = manifest_of(current(home))["tables"]
    return {name: rows for name, rows in tables.items() if name.startswith("staging.")}


def insist_tidy(home: Path) -> None:
    """Nothing of broken nights is left, and every line of the journal is whole."""
    assert list((home / "building").iterdir()) == []
    assert not [path.name for path in (home / "raw").iterdir() if path.name.startswith(".")]
    assert not [path.name for path in (home / "current").iterdir() if path.name.startswith(".")]
    lines = (home / "nights.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["province"] for line in lines] == [night["province"] for night in nights(Home(home))]


def insist_told(result: Result, *words: str) -> None:
    """A person reads Chinese sentences that say what happened, and no traceback."""
    for word in words:
        assert word in result.output, f"{word} is not in:\n{result.output}"
    assert CHINESE.search(result.output)
    assert "Traceback" not in result.output


def insist_repaired(dumps: Path, home: Path, rows: dict[str, int]) -> None:
    """The next night succeeds, tidies up, and has every row."""
    result = shixun("refresh", "--dumps", dumps, "--home", home)
    assert result.exit_code == 0, result.output
    insist_told(result, "已发布")
    insist_whole(home)
    insist_tidy(home)
    assert accepted(home) == rows
