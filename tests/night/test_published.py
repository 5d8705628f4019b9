"""What a published night leaves behind."""

import hashlib
import json
import re
import zipfile
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from models.findings import presence_of
from pipelines.release.lazy_tables import lazy_tables
from pipelines.release.seal import manifest_of
from tests.night.running import PROVINCE, current, shixun

pytestmark = pytest.mark.night
WANTED = {
    "marts.teacher_year": """teacher_id year credit_system credits hours credits_lost_project_cap
        credits_lost_school_cap is_assessed""",
    "marts.teacher_cycle": """teacher_id cycle_id cycle_start cycle_end credit_system credits hours school_based_hours
        longest_concentrated_hours shortfall_credits shortfall_hours binding_constraint verdict""",
    "marts.county_spot_check": """unit_id year projects projects_checked required gap coverage_ratio
        projects_checked_any_level verdict""",
    "marts.institution_satisfaction": """institution_id year responses responses_valid satisfied satisfaction_ratio
        wilson_low wilson_high invited response_ratio verdict""",
    "marts.project_satisfaction": "project_id responses_valid satisfied satisfaction_ratio",
    "audit.findings": """finding_id clause_id jurisdiction subject_type subject_id period value operator threshold unit
        verdict strength detail""",
    "audit.clauses": """clause_id jurisdiction document article title quote strength tier effective_from effective_to
        status reason""",
    "audit.rejects": "table_name file sheet row_number column_name raw_value reason_code reason severity",
    "audit.row_counts": "table_name file rows_read rows_staged rows_rejected rows_duplicate rows_dropped_total",
    "audit.gate": "suite expectation table_name success observed severity",
}


def query(home: Path, sql: str) -> pl.DataFrame:
    with duckdb.connect(str(current(home) / "warehouse.duckdb"), read_only=True) as connection:
        return connection.sql(sql).pl()


def contents(home: Path) -> dict[str, str]:
    """Hashes of what must be the same for the same inputs: rows of marts and findings, and every page."""
    hashes = {}
    schemas = "('core', 'marts', 'audit')"
    tables = query(
        home, f"SELECT schema_name || '.' || table_name AS name FROM duckdb_tables() WHERE schema_name IN {schemas}"
    )
    for name in sorted(tables["name"]):
        # core.fct_credit alone is stored in no order; nothing that is published depends on it
        rows = query(home, f"SELECT * FROM {name}{' ORDER BY ALL' if name == 'core.fct_credit' else ''}")
        hashes[name] = hashlib.sha256(rows.write_json().encode()).hexdigest()
    for folder in ("site", "quality"):
        for path in sorted((current(home) / folder).rglob("*")):
            if path.is_file():
                hashes[str(path.relative_to(current(home)))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return hashes


@pytest.mark.parametrize("table", WANTED)
def test_tables_have_the_columns_others_rely_on(published: Path, table: str) -> None:
    columns = set(query(published, f"SELECT * FROM {table} LIMIT 0").columns)
    assert set(WANTED[table].split()) | {"province"} <= columns


def test_every_row_is_accounted_for(published: Path) -> None:
    counts = query(published, "FROM audit.row_counts")
    assert counts.height > 0
    accounted = counts.select(
        pl.sum_horizontal("rows_staged", "rows_rejected", "rows_duplicate", "rows_dropped_total")
    ).to_series()
    assert accounted.to_list() == counts["rows_read"].to_list()


def test_manifest_names_inputs_versions_gate_and_outputs(published: Path, clean_dumps: Path) -> None:
    manifest = json.loads((current(published) / "manifest.json").read_text("utf-8"))
    assert manifest["release"] == current(published).name
    assert (manifest["province"], manifest["gate"]["passed"]) == (PROVINCE, True)
    dump = manifest["dumps"][0]
    original = clean_dumps / PROVINCE / dump["path"]
    assert dump["sha256"] == hashlib.sha256(original.read_bytes()).hexdigest()
    assert {"code", "policies", "contracts"} <= set(manifest["versions"])
    for name, digest in manifest["outputs"].items():
        assert hashlib.sha256((current(published) / name).read_bytes()).hexdigest() == digest
    assert set(manifest["outputs"]) | {"manifest.json"} == {
        path.relative_to(current(published)).as_posix() for path in current(published).rglob("*") if path.is_file()
    }


def test_the_home_is_private_and_the_portal_shows_the_province(published: Path) -> None:
    assert published.stat().st_mode & 0o777 == 0o700
    assert (published / "site" / "index.html").exists()
    assert (published / "site" / PROVINCE / "index.html").exists()
    assert not list((published / "building").iterdir())


def test_no_identity_number_is_in_the_warehouse(published: Path, clean_dumps: Path) -> None:
    teachers = pl.read_csv(next((clean_dumps / PROVINCE).glob("*/教师信息*.csv")), infer_schema=False)
    numbers = set(teachers["身份证号"].drop_nulls())
    assert numbers
    with duckdb.connect(str(current(published) / "warehouse.duckdb"), read_only=True) as connection:
        connection.execute("CREATE TEMP TABLE identity AS SELECT unnest(?) AS number", [sorted(numbers)])
        texts = connection.execute(
            "SELECT schema_name || '.' || table_name, column_name FROM duckdb_columns() "
            "WHERE data_type = 'VARCHAR' AND schema_name IN ('raw', 'staging', 'core', 'marts', 'audit')"
        ).fetchall()
        assert texts
        found = [
            (table, column)
            for table, column in texts
            if connection.execute(f'SELECT 1 FROM {table} JOIN identity ON "{column}" = number LIMIT 1').fetchone()
        ]
    assert not found


def test_every_table_and_column_of_the_warehouse_says_what_it_means(published: Path) -> None:
    silent = """SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE NOT internal AND comment IS NULL
        UNION ALL SELECT schema_name, table_name, '' FROM duckdb_tables() WHERE comment IS NULL"""
    with duckdb.connect(str(current(published) / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute(silent).fetchall() == []


def test_an_unchanged_night_publishes_nothing_new(home: Path, dumps: Path) -> None:
    before = current(home)
    result = shixun("refresh", "--dumps", dumps, "--home", home)
    assert result.exit_code == 0
    assert current(home).name == before.name
    assert [path.name for path in (home / "releases" / PROVINCE).iterdir()] == [before.name]


def test_the_same_inputs_give_the_same_release_anywhere(published: Path, clean_dumps: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    (other).mkdir()
    key = published / "identity.key"
    (other / "identity.key").write_bytes(key.read_bytes())
    assert shixun("refresh", "--dumps", clean_dumps, "--home", other).exit_code == 0
    assert current(other).name == current(published).name
    assert contents(other) == contents(published)


def test_rejection_slips_name_what_to_correct(published: Path, tmp_path: Path) -> None:
    result = shixun("slips", "--region", PROVINCE, "--out", tmp_path / "slips", "--home", published)
    assert result.exit_code == 0
    rejects = query(published, "FROM audit.rejects").height
    slips = list((tmp_path / "slips").glob("*.xlsx")) if rejects else []
    above = 3  # title, advice and header
    rows = sum(len(CalamineWorkbook.from_path(slip).get_sheet_by_index(0).to_python()) - above for slip in slips)
    assert rows == rejects


def test_a_countys_slip_has_its_own_rows_with_the_ids_of_the_records(published: Path, tmp_path: Path) -> None:
    counties = query(published, "SELECT unit_id FROM core.dim_unit WHERE is_county ORDER BY unit_id")["unit_id"]
    alone = {}
    for county in counties[:3]:
        result = shixun("slips", "--region", county, "--out", tmp_path / county, "--home", published)
        assert result.exit_code == 0, result.output
        alone |= {slip.name: slip for slip in (tmp_path / county).glob("*.xlsx")}
    assert shixun("slips", "--region", PROVINCE, "--out", tmp_path / "all", "--home", published).exit_code == 0
    for name, slip in alone.items():
        rows = CalamineWorkbook.from_path(slip).get_sheet_by_index(0).to_python()
        assert rows == CalamineWorkbook.from_path(tmp_path / "all" / name).get_sheet_by_index(0).to_python()
        assert rows[2][:5] == ["表", "记录编号", "教师编号", "学校", "项目"]
    unknown = shixun("slips", "--region", "999999", "--out", tmp_path / "none", "--home", published)
    assert unknown.exit_code == 2
    assert "999999" in unknown.output


def test_a_countys_list_of_teachers_at_risk_is_what_the_mart_says(published: Path, tmp_path: Path) -> None:
    listed = query(published, "SELECT teacher_id, county_id FROM marts.at_risk_teacher ORDER BY teacher_id")
    county = query(published, "SELECT min(unit_id) AS unit_id FROM core.dim_unit WHERE is_county")["unit_id"].item()
    for region, wanted in ((PROVINCE, listed), (county, listed.filter(county_id=county))):
        out = tmp_path / f"{region}.xlsx"
        result = shixun("at-risk", "--region", region, "--out", out, "--home", published)
        assert result.exit_code == 0, result.output
        _, warning, header, *rows = CalamineWorkbook.from_path(out).get_sheet_by_index(0).to_python()
        assert "不得公开" in warning[0]
        assert header[:6] == ["教师编号", "学校", "学校标识码", "县（市、区）", "还缺什么", "截止日期"]
        assert sorted(row[0] for row in rows) == wanted["teacher_id"].to_list()
        assert all(row[1] and row[4] and row[5].endswith("-12-31") for row in rows)
    refused = shixun("at-risk", "--region", PROVINCE, "--out", tmp_path / "list.csv", "--home", published)
    assert refused.exit_code == 2


def published_texts(home: Path) -> dict[str, str]:
    """Every published file as text, workbooks and parquet files included; the chart library is not ours to read."""
    texts = {}
    for folder in ("site", "quality"):
        for path in (current(home) / folder).rglob("*"):
            if not path.is_file() or "vendor" in path.parts:
                continue
            if path.suffix == ".xlsx":
                with zipfile.ZipFile(path) as book:
                    texts[str(path)] = "".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
            elif path.suffix == ".parquet":
                texts[str(path)] = pl.read_parquet(path).write_json()
            else:
                texts[str(path)] = path.read_text("utf-8", "replace")
    return texts


def test_no_page_or_download_names_a_teacher(published: Path) -> None:
    teachers = query(published, "SELECT teacher_id, name, id_hash FROM staging.teacher")
    texts = published_texts(published)
    assert any(path.endswith(".xlsx") for path in texts)
    assert any(path.endswith(".parquet") for path in texts)
    everything = "\n".join(texts.values())
    codes = set(re.findall(r"[0-9A-Za-z_-]{6,}", everything))
    assert not codes & set(teachers["teacher_id"])
    assert not codes & set(teachers["id_hash"].drop_nulls())
    names = set(teachers["name"].drop_nulls())
    assert len(names) > 100
    told = pl.Series([everything]).str.extract_many(sorted(names))  # one pass over the text for all names
    assert told.explode().drop_nulls().to_list() == []


def test_raw_shows_every_line_that_was_read_and_no_identity(published: Path) -> None:
    counted = query(
        published,
        "SELECT table_name, sum(rows_read - rows_dropped_total) AS n FROM audit.row_counts GROUP BY ALL ORDER BY 1",
    )
    assert counted.height
    for table, landed in counted.iter_rows():
        assert query(published, f"SELECT count(*) AS n FROM raw.{table}").item() == landed, table
    columns = query(published, "SELECT * FROM raw.teacher LIMIT 1").columns
    assert columns[:3] == ["_file", "_sheet", "_row"]
    assert "teacher_id" in columns
    assert "id_number" not in columns


def test_the_manifest_says_where_the_time_went(published: Path) -> None:
    profile = json.loads((current(published) / "manifest.json").read_text(encoding="utf-8"))["profile"]
    names = [span["name"] for span in profile]
    assert len(names) == len(set(names))
    assert {"raw", "staging.teacher", "core.fct_credit", "marts.teacher_cycle", "gate.staging", "site"} <= set(names)
    assert all(span["seconds"] >= 0 for span in profile)


def test_the_manifest_tells_which_fields_have_values(published):
    release = current(published)
    staged = {
        name.removeprefix("staging."): frame
        for name, frame in lazy_tables(release / "warehouse.duckdb").items()
        if name.startswith("staging.")
    }
    found = {table: sorted(fields) for table, fields in presence_of(staged).items()}
    assert manifest_of(release)["presence"] == found


def test_dagster_draws_a_night_and_says_what_each_column_was_read_from(home: Path) -> None:
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        told = {
            name: instance.fetch_materializations(dg.AssetKey(name.split(".")), limit=1)
            .records[0]
            .asset_materialization
            for name in ("release", "staging.teacher", "marts.teacher_year")
        }
    figures = {
        title: told["release"].metadata[title].value for title in ("入库行数", "退回", "耗时（秒）", "内存峰值（MB）")
    }
    night = json.loads((home / "nights.jsonl").read_text("utf-8").splitlines()[-1])
    assert list(figures.values()) == [night[name] for name in ("rows", "rejects", "seconds", "peak_memory_mb")]
    staged = query(home, "SELECT sum(rows_rejected) FROM audit.row_counts WHERE table_name = 'teacher'").item()
    assert told["staging.teacher"].metadata["退回行数"].value == staged
    lineage = told["staging.teacher"].metadata["dagster/column_lineage"].value.deps_by_column
    assert [(one.asset_key.to_user_string(), one.column_name) for one in lineage["hire_date"]] == [
        ("raw/teacher", "hire_date")
    ]
    assert told["marts.teacher_year"].metadata["耗时（秒）"].value >= 0
