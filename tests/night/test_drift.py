"""A second night whose dump changed silently is published, and says so: in the table, on the page, to the notice."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from click.testing import Result
from lxml import html

from pipelines.operations import notice
from pipelines.release import warehouse
from tests.night.running import current

pytestmark = pytest.mark.night
EVERY_TABLE = True
"""Drift is told of counties with enough rows, in every table."""
Refresh = Callable[..., Result]


def spoilt(folder: Path) -> str:
    """A fifth of titles gone, and one county's hours times ten; the county's name."""
    teachers, schools, units = (
        pl.read_csv(folder / f"{name}.csv", infer_schema=False) for name in ("教师信息", "学校", "行政单位")
    )
    homes = teachers.join(schools, on="学校标识码")
    county = homes["所属单位"].value_counts().sort("count", "所属单位")["所属单位"][-1]
    ids = homes.filter(pl.col("所属单位") == county)["教师编号"].to_list()
    is_fifth = pl.int_range(pl.len()) % 5 == 0
    teachers.with_columns(职称=pl.when(~is_fifth).then("职称")).write_csv(folder / "教师信息.csv")
    for path in folder.glob("学分学时登记_*.csv"):
        records = pl.read_csv(path, infer_schema=False)
        more = (pl.col("培训获得学时").cast(pl.Float64) * 10).cast(pl.String)
        hours = pl.when(pl.col("教师编号").is_in(ids)).then(more).otherwise("培训获得学时")
        records.with_columns(培训获得学时=hours).write_csv(path)
    return str(units.filter(pl.col("单位代码") == county)["单位名称"][0])


def test_what_changed_silently_is_told(
    refresh: Refresh, home: Path, snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = current(home) / "warehouse.duckdb"
    assert warehouse.read(first, "audit.drift").is_empty()
    assert "没有可比的" in (current(home) / "quality" / "index.html").read_text("utf-8")
    assert warehouse.read(first, "audit.profile").height > 1000

    tonight = snapshot.with_name("2021-12-01")
    county = spoilt(Path(shutil.copytree(snapshot, tonight)))
    sent: list[dict[str, object]] = []
    monkeypatch.setenv("SHIXUN_WEBHOOK", "http://127.0.0.1:9/")
    monkeypatch.setattr(notice, "_post", lambda _, facts: sent.append(dict(facts)))
    result = refresh()
    assert result.exit_code == 0, result.output

    drift = warehouse.read(current(home) / "warehouse.duckdb", "audit.drift")
    told = {(row["table_name"], row["column_name"]): row for row in drift.iter_rows(named=True)}
    title, hours = told["teacher", "title"], told["credit_record", "hours"]
    assert (title["kind"], title["measure"], title["now"]) == ("data", "empty", pytest.approx(0.2, abs=0.01))
    assert county in hours["sentence"]
    cells = html.fromstring((current(home) / "quality" / "index.html").read_bytes()).xpath(
        "//section[@aria-label='超出平时的变化']//td"
    )
    assert [cell.text for cell in cells] == drift.sort("kind", maintain_order=True)["sentence"].to_list()[: len(cells)]
    line = json.loads((home / "nights.jsonl").read_text("utf-8").splitlines()[-1])
    assert (line["ending"], title["sentence"] in line["drift"]) == ("published", True)
    assert [facts["drift"] for facts in sent] == [line["drift"]]

    # The same again, sent a day later, is not told again.
    shutil.copytree(tonight, tonight.with_name("2021-12-02"))
    assert refresh().exit_code == 0
    assert warehouse.read(current(home) / "warehouse.duckdb", "audit.drift").is_empty()
    assert "都在平时的幅度之内" in (current(home) / "quality" / "index.html").read_text("utf-8")
    assert [facts["drift"] for facts in sent if facts["drift"]] == [line["drift"]]
