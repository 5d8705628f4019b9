"""A night whose dumps changed a little makes again only what depends on the change, and comes out the same."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest
from click.testing import Result

from expectations.gate import LAYERS
from tests.night.running import current, shixun

pytestmark = pytest.mark.night
CHANGED = "投诉"


@pytest.fixture
def changed(snapshot: Path) -> None:
    """One complaint fewer."""
    path = snapshot / f"{CHANGED}.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    assert len(lines) > 2
    path.write_text("".join(lines[:-1]), encoding="utf-8")


@pytest.fixture
def one_more_record(snapshot: Path) -> None:
    """One teacher's last record of the newest file, registered once more."""
    path = max(snapshot.glob("学分学时登记*.csv"))
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines, lines[-1].replace(",", "-n,", 1)]), encoding="utf-8")


@pytest.fixture
def other(home: Path, tmp_path: Path) -> Path:
    """The same home, but its release lends the next night nothing."""
    copied = Path(shutil.copytree(home, tmp_path / "other", symlinks=True))
    lend_nothing(copied)
    return copied


def made(home: Path) -> set[str]:
    """What was timed in the current release's night."""
    manifest = json.loads((current(home) / "manifest.json").read_text(encoding="utf-8"))
    return {span["name"] for span in manifest["profile"]}


def lend_nothing(home: Path) -> None:
    """Takes from the release what the next night could carry over by: what it is compared with stays."""
    path = current(home) / "manifest.json"
    facts = json.loads(path.read_text(encoding="utf-8"))
    del facts["keys"]
    path.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")


def rows_of(home: Path) -> dict[str, pl.DataFrame]:
    """Every table, its rows in an order of their own."""
    with duckdb.connect(str(current(home) / "warehouse.duckdb"), read_only=True) as connection:
        names = connection.execute(
            "SELECT table_schema || '.' || table_name FROM information_schema.tables ORDER BY 1"
        ).fetchall()
        return {name: connection.sql(f"SELECT * FROM {name} ORDER BY ALL").pl() for (name,) in names}


def pages_of(home: Path) -> dict[str, bytes]:
    site = current(home) / "site"
    pages = {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*.html")}
    return {name: page for name, page in pages.items() if not name.startswith(("changes/", "quality/"))}


@pytest.mark.usefixtures("changed")
def test_one_changed_table_gives_what_a_whole_night_gives(
    home: Path, other: Path, dumps: Path, refresh: Callable[..., Result]
) -> None:
    result = refresh()
    assert result.exit_code == 0
    told = re.findall(r"(\d+) 项检查所看的行都没有变.*其余 (\d+) 项重新检查", result.output)
    assert all(int(same) > int(rest) for same, rest in told)
    assert len(told) == len(LAYERS)
    again = made(home)
    assert "staging.complaint" in again
    assert not {"staging.teacher", "staging.credit_record", "core.fct_credit", "marts.teacher_year"} & again
    anew_in(other, dumps)
    same(home, other)


def anew_in(home: Path, dumps: Path) -> None:
    """The same night in a home that lends it nothing."""
    assert shixun("refresh", "--dumps", dumps, "--home", home).exit_code == 0
    assert "staging.teacher" in made(home)


def same(home: Path, other: Path) -> None:
    ours, theirs = rows_of(home), rows_of(other)
    assert ours.keys() == theirs.keys()
    for name in ours:
        assert ours[name].equals(theirs[name]), name
    assert pages_of(home) == pages_of(other)


@pytest.mark.usefixtures("one_more_record")
def test_one_teachers_new_record_gives_what_a_whole_night_gives(
    home: Path, other: Path, dumps: Path, refresh: Callable[..., Result]
) -> None:
    assert refresh().exit_code == 0
    assert {"core.fct_credit", "marts.teacher_year", "staging.credit_record"} <= made(home)
    assert not {name for name in made(home) if name.startswith("load.core.fct_credit")}
    anew_in(other, dumps)
    same(home, other)


@pytest.mark.usefixtures("changed")
def test_a_rotten_release_is_not_carried_over(home: Path, refresh: Callable[..., Result]) -> None:
    path = current(home) / "warehouse.duckdb"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    assert refresh().exit_code == 0
    assert "staging.teacher" in made(home)
