"""The examples of docs/notebooks.md, run in a download folder as they stand."""

import re
from pathlib import Path

import duckdb
import polars as pl
import pytest

PAGE = (Path(__file__).parents[3] / "docs" / "notebooks.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(sql|python|r|m)\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def folder(site, monkeypatch) -> Path:
    monkeypatch.chdir(site / "download")
    return site / "download"


def test_there_are_ten_examples():
    assert len(BLOCKS) == len(re.findall(r"^\d+\. ", PAGE, re.MULTILINE)) == 10


@pytest.mark.parametrize("code", [code for kind, code in BLOCKS if kind == "sql"])
def test_an_example_in_sql_gives_rows(folder, code):
    with duckdb.connect() as connection:
        assert connection.execute(code).fetchall()


@pytest.mark.parametrize("code", [code for kind, code in BLOCKS if kind == "python"])
def test_an_example_in_python_gives_a_result(folder, code):
    names: dict = {}
    exec(compile(code, "notebooks.md", "exec"), names)  # noqa: S102 - our own examples
    result = names["result"]
    assert result.height if isinstance(result, pl.DataFrame) else result


@pytest.mark.parametrize("code", [code for kind, code in BLOCKS if kind in {"r", "m"}])
def test_an_example_that_cannot_run_here_names_files_and_columns_there_are(folder, code):
    (name,) = re.findall(r'"(\w+\.parquet)"', code)
    columns = set(pl.read_parquet_schema(folder / name))
    listed = "".join(re.findall(r"\{(.*?)\}", code))
    in_m = set(re.findall(r'"([a-z_]+)"', listed)) | set(re.findall(r"\[([a-z_]+)\]", code))
    in_r = re.findall(r"\b([a-z_]+) (?:==|/) ", code)
    named = in_m | set(in_r)
    assert named
    assert named <= columns


def test_satisfaction_by_type_year_and_way_is_the_sum_of_the_projects_shown(folder):
    (code,) = [code for kind, code in BLOCKS if "AS answers" in code]
    with duckdb.connect() as connection:
        rows = connection.execute(code).fetchall()
    projects = pl.read_parquet(folder / "public_project.parquet")
    known = pl.read_parquet(folder / "public_institution.parquet")["institution_id"].unique().to_list()
    shown = projects.filter(pl.col("institution_id").is_in(known))["responses_valid"].sum()
    assert sum(row[3] for row in rows) == shown > 0
