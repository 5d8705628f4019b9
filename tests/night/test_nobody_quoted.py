"""No cell's content leaves the raw grids, the warehouse and the slips, by whatever way a file is spoilt."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.night.running import PROVINCE

pytestmark = pytest.mark.night


def test_a_part_without_its_header_quotes_nobody(
    refresh: Callable[..., Result], snapshot: Path, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines = (snapshot / "教师信息.csv").read_text(encoding="utf-8-sig").splitlines()
    person = [f"CANARY{number:02d}" for number, _ in enumerate(lines[0].split(","))]
    (snapshot / "教师信息-3.csv").write_text("\n".join([",".join(person), *lines[1:]]), encoding="utf-8")
    with caplog.at_level("DEBUG"):
        result = refresh()
    said = [result.output, caplog.text]
    kept = [path for path in home.rglob("*") if path.is_file() and path.name != "warehouse.duckdb"]
    said += [
        path.read_bytes().decode("utf-8", errors="replace") for path in kept if not path.is_relative_to(home / "raw")
    ]
    assert "教师信息-3.csv" in "".join(said)
    assert not [text for text in said if "CANARY" in text]
    assert (home / "current" / PROVINCE).exists()
