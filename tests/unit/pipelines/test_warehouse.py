"""Loading: a table comes out of the warehouse as it went in, however large and however packed."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from models.contracts import all_contracts
from pipelines.release import warehouse

ROWS = pl.DataFrame(
    {
        "record_id": [f"R{number:03d}" for number in range(200)] + [None],
        "teacher_id": ["甲", None, "丙"] * 67,
        "level": ["县"] * 201,
        "hours": [Decimal("0.500")] * 200 + [None],
        "codes": [["a", "b"], [], None] * 67,
        "day": [date(2021, 2, 28)] * 201,
        "count": list(range(201)),
        "is_good": [True, False, None] * 67,
    },
    schema_overrides={"hours": pl.Decimal(38, 3)},
)


@pytest.mark.parametrize("many", [0, 1_000_000])
def test_rows_come_out_as_they_went_in(many: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warehouse, "MANY", many)
    path, parquet, again = tmp_path / "warehouse.duckdb", tmp_path / "t.parquet", tmp_path / "again.parquet"
    ROWS.write_parquet(parquet)
    warehouse.create(path)
    for _ in range(2):
        warehouse.load_unordered(path, [("core.t", parquet)])
    warehouse.export(path, "core.t", again)
    assert pl.read_parquet(again).sort("count").equals(ROWS.sort("count"))
    assert warehouse.shapes(path)["core.t"] == ROWS.schema
    assert warehouse.read(path, "core.t").schema["hours"] == pl.Decimal(18, 3)


def test_text_that_seldom_repeats_is_not_tried_as_a_dictionary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warehouse, "MANY", 0)
    path, parquet = tmp_path / "warehouse.duckdb", tmp_path / "t.parquet"
    several = [ROWS.with_columns(record_id=pl.col("record_id") + f"-{number}") for number in range(60)]
    pl.concat(several).write_parquet(parquet)
    warehouse.create(path)
    warehouse.load(path, [("core.t", parquet)])
    with duckdb.connect(str(path), read_only=True) as connection:
        stored = connection.execute(
            "SELECT column_name, compression FROM pragma_storage_info('core.t') WHERE segment_type = 'VARCHAR'"
        ).fetchall()
    packed = {name: {how for column, how in stored if column == name} for name, _ in stored}
    assert packed["record_id"] == {"ZSTD"}
    assert "ZSTD" not in packed["teacher_id"] | packed["level"]


def test_every_table_and_column_says_what_it_means(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    warehouse.create(path)
    contracts = all_contracts()
    for name, one in contracts.items():
        one.empty().collect().write_parquet(tmp_path / f"{name}.parquet")
    warehouse.load(path, [(name, tmp_path / f"{name}.parquet") for name in contracts])
    warehouse.show(path, {"raw.teacher": "SELECT * FROM staging.teacher"})
    for _ in range(2):  # a night that was tried again writes them again
        warehouse.explain(path, contracts)
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute("SELECT count(*), count(comment) FROM duckdb_tables()").fetchone()
        silent = connection.execute(
            "SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE NOT internal AND comment IS NULL"
        ).fetchall()
        (told,) = connection.execute(
            """SELECT comment FROM duckdb_columns()
            WHERE table_name = 'public_training' AND column_name = 'planned_hours'"""
        ).fetchall()
        (view,) = connection.execute("SELECT comment FROM duckdb_views() WHERE view_name = 'teacher'").fetchall()
    assert tables == (len(contracts), len(contracts))
    assert silent == []
    assert told == ("计划学时（学时）：项目培训学时之和",)
    assert view[0].startswith(contracts["staging.teacher"].title)
