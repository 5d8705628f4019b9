"""What columns rest on, as derived: nothing that is not named matters to a column, and Dagster shows it."""

from datetime import date

import polars as pl
import pytest

from models.night import Night
from models.tables import CORE, MARTS, Table
from pipelines.release import warehouse
from pipelines.release.column_lineage import ROWS, keep_lineage, kept_lineage, sources_of
from pipelines.release.home import Home
from pipelines.release.seal import manifest_of
from pipelines.release.versions import versions
from tests.night.running import PROVINCE, current
from tests.night.test_alone import run, shown

pytestmark = pytest.mark.night
NIGHT = Night(PROVINCE, date(2021, 11, 30))


def _made(_: object, left: pl.LazyFrame, right: pl.LazyFrame) -> pl.LazyFrame:
    first = left.select(pl.col("year").min()).collect().item()
    return (
        left.filter(pl.col("kept"), pl.col("year") >= first)
        .join(right.filter(pl.col("number") > 0), on="id", how="left")
        .select("id", total=pl.col("a") + pl.col("number"), plain="b", fixed=pl.lit(1))
    )


def test_a_column_rests_on_what_it_is_made_of_and_on_what_chooses_its_rows():
    left = pl.DataFrame({"id": [1], "a": [1], "b": [1], "unused": [1], "kept": [True], "year": [2019]})
    right = pl.DataFrame({"id": [1], "number": [2], "unused": [1]})
    table = Table("marts.made", {"left": "core.left", "right": "core.right"}, _made)
    found = sources_of(table, NIGHT, {"core.left": left, "core.right": right})
    rows = {"id", "kept", "year"}
    assert {column: set(told["core.left"]) for column, told in found.items()} == {
        "id": rows,
        "total": rows | {"a"},
        "plain": rows | {"b"},
        "fixed": rows,
    }
    assert {tuple(told["core.right"]) for told in found.values()} == {("id", "number")}


@pytest.fixture(scope="module")
def kept(tried):
    home = Home(tried)
    keep_lineage(home)
    return kept_lineage(home, PROVINCE, versions(PROVINCE))


def test_it_is_known_of_every_column_by_this_code_alone(tried, kept):
    assert set(kept) == {table.name for table in (*CORE, *MARTS)}
    assert kept["core.dim_teacher"]["stage"]["staging.teacher"] == ["school_id", "stage", "teacher_id"]
    shapes = warehouse.shapes(current(tried) / "warehouse.duckdb")
    for name, columns in kept.items():
        assert set(columns) == set(shapes[name])
        for sources in columns.values():
            assert all(set(read) <= set(shapes[table]) for table, read in sources.items())
    assert kept_lineage(Home(tried), PROVINCE, {"code": "another"}) == {}


@pytest.mark.parametrize("table", [*CORE, *MARTS], ids=lambda table: table.name)
def test_nothing_else_matters_to_a_column(tried, kept, table):
    """Each column comes out the same when whatever it is not said to rest on is emptied."""
    path = current(tried) / "warehouse.duckdb"
    night = Night(PROVINCE, date.fromisoformat(manifest_of(current(tried))["as_of"]))
    rows = {name: warehouse.first_rows(path, name, ROWS) for name in table.reads}

    def column(name, frames):
        made = table.compute(night, [frames[one].lazy() for one in table.reads]).select(name).collect()
        return sorted(map(repr, made.to_series().to_list()))

    for name, sources in list(kept[table.name].items())[::3]:
        emptied = {
            one: frame.with_columns(
                pl.lit(None, frame.schema[other]).alias(other)
                for other in frame.columns
                if other not in sources.get(one, ())
            )
            for one, frame in rows.items()
        }
        assert column(name, emptied) == column(name, rows), name


def test_dagster_shows_it(tried, clean_dumps, kept):
    told = shown(run(tried, clean_dumps, "core.dim_teacher", checks=False))["core.dim_teacher"]
    deps = told["dagster/column_lineage"].deps_by_column["stage"]
    assert ("staging/teacher", "stage") in {(dep.asset_key.to_user_string(), dep.column_name) for dep in deps}
