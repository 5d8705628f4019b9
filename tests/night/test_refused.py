"""Bad nights: what stops a province, what does not, and what people are told."""

import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest
from click.testing import Result

from tests.night.running import PROVINCE, current, shixun

pytestmark = pytest.mark.night
Refresh = Callable[..., Result]


def one(snapshot: Path, name: str) -> Path:
    return next(path for path in sorted(snapshot.iterdir()) if path.stem.startswith(name) and path.suffix == ".csv")


def table(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema=False)


def drop_table(snapshot: Path) -> None:
    one(snapshot, "教师信息").unlink()


def empty_table(snapshot: Path) -> None:
    path = one(snapshot, "教师信息")
    table(path).clear().write_csv(path)


def cut_table(snapshot: Path) -> None:
    path = one(snapshot, "教师信息")
    rows = table(path)
    rows.head(rows.height // 2).write_csv(path)


def spoil_dates(snapshot: Path) -> None:
    path = one(snapshot, "学分学时登记_2018")
    rows = table(path)
    every_second = pl.int_range(pl.len()) % 2 == 0
    rows.with_columns(结束日期=pl.when(every_second).then(pl.lit("2019-02-30")).otherwise("结束日期")).write_csv(path)


DEFECTS = [
    (drop_table, "教师信息"),
    (empty_table, "教师信息"),
    (cut_table, "教师信息"),
    (spoil_dates, "学分学时登记"),
]


@pytest.mark.parametrize(("spoil", "named"), DEFECTS, ids=[defect.__name__ for defect, _ in DEFECTS])
def test_the_gate_refuses_and_readers_keep_the_last_release(
    spoil: Callable[[Path], None], named: str, refresh: Refresh, home: Path, snapshot: Path
) -> None:
    before = current(home)
    spoil(snapshot)
    result = refresh()
    assert result.exit_code == 3, result.output
    assert named in result.output or "staging." in result.output
    assert current(home) == before
    assert (before / "warehouse.duckdb").exists()
    page = (home / "refused" / PROVINCE / "quality" / "index.html").read_text("utf-8")
    assert 'lang="zh' in page
    assert "没有发布" in (home / "site" / "index.html").read_text("utf-8")
    assert not list((home / "building").iterdir())


def test_a_published_night_takes_the_refusal_away(refresh: Refresh, home: Path, snapshot: Path) -> None:
    path = one(snapshot, "教师信息")
    whole = path.read_bytes()
    path.unlink()
    assert refresh().exit_code == 3
    path.write_bytes(whole)
    assert refresh().exit_code == 0
    assert not (home / "refused" / PROVINCE).exists()


def test_one_bad_file_among_others_is_told_and_the_night_goes_on(refresh: Refresh, home: Path, snapshot: Path) -> None:
    (snapshot / "会议纪要.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (snapshot / "教师信息-9.xlsx").write_bytes(b"PK\x03\x04 truncated")
    with zipfile.ZipFile(snapshot / "炸弹.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("教师信息-8.csv", b"0" * 300_000_000)
    (snapshot / "学校-2.csv").write_bytes("学校名称,办别\n第一小学,公办\n".encode())  # no key column
    nul = "教师编号,学校标识码,岗位类别,状态\nT-NUL,21\x0046,专任教师,在职\n".encode()
    (snapshot / "教师信息-7.csv").write_bytes(nul)
    two_headers = "教师编号,学校标识码,岗位类别,状态\n教师编号,学校标识码,岗位类别,状态\nT-TWO,,专任教师,在职\n"
    (snapshot / "教师信息-6.csv").write_text(two_headers, encoding="utf-8")
    result = refresh()
    assert result.exit_code == 0, result.output
    with duckdb.connect(str(current(home) / "warehouse.duckdb"), read_only=True) as connection:
        problems = connection.sql("FROM audit.problems").pl()
        rejects = connection.sql("FROM audit.rejects").pl()
        counts = connection.sql("FROM audit.row_counts").pl()
    told = set(problems["file"])
    assert {"会议纪要.csv", "教师信息-9.xlsx", "学校-2.csv"} <= told
    assert any("炸弹.zip" in file for file in told)
    assert {"教师信息-7.csv", "教师信息-6.csv"} <= set(rejects["file"])
    empty_school = rejects.filter(pl.col("file") == "教师信息-6.csv").row(0, named=True)
    assert (empty_school["row_number"], empty_school["column_name"], empty_school["severity"]) == (
        3,
        "school_id",
        "row",
    )
    assert "学校标识码" in empty_school["reason"]
    of_teacher = counts.filter(pl.col("file") == "教师信息-6.csv").row(0, named=True)
    assert (of_teacher["rows_read"], of_teacher["rows_rejected"], of_teacher["rows_dropped_total"]) == (2, 1, 1)


def test_a_file_that_cannot_be_read_is_told_by_a_release_of_its_own(
    refresh: Refresh, home: Path, snapshot: Path
) -> None:
    before = current(home)
    (snapshot / "教师信息-9.xlsx").write_bytes(b"PK\x03\x04 truncated")
    assert refresh().exit_code == 0
    assert current(home).name != before.name
    assert "教师信息-9.xlsx" in (current(home) / "quality" / "index.html").read_text("utf-8")
    assert refresh().exit_code == 0
    assert {path.name for path in (home / "releases" / PROVINCE).iterdir()} == {before.name, current(home).name}


def test_nothing_to_read_is_exit_4(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    result = shixun("refresh", "--dumps", empty, "--home", tmp_path / "home")
    assert result.exit_code == 4
    assert "没有可读的转储" in result.output
    (empty / PROVINCE).mkdir()
    assert shixun("refresh", "--dumps", empty, "--home", tmp_path / "home").exit_code == 4
    (empty / PROVINCE / "2021-11-30").mkdir()
    result = shixun("refresh", "--dumps", empty, "--home", tmp_path / "home")
    assert result.exit_code == 4
    assert "2021-11-30" in result.output


def test_an_unknown_province_is_wrong_usage(tmp_path: Path) -> None:
    result = shixun("refresh", "--dumps", tmp_path, "--home", tmp_path / "home", "--provinces", "999999")
    assert result.exit_code == 2
    assert "999999" in result.output
    assert "330000" in result.output


def test_a_stranger_folder_is_named_and_left_alone(refresh: Refresh, dumps: Path) -> None:
    (dumps / "999999" / "2021-11-30").mkdir(parents=True)
    result = refresh()
    assert result.exit_code == 0
    assert "999999" in result.output


def test_a_reader_keeps_the_old_warehouse_and_a_new_one_sees_the_new(
    refresh: Refresh, home: Path, snapshot: Path
) -> None:
    before = current(home)
    reader = duckdb.connect(str(before / "warehouse.duckdb"), read_only=True)
    teachers = reader.sql("SELECT count(*) FROM staging.teacher").fetchone()
    later = snapshot.with_name(str(date.fromisoformat(snapshot.name) + timedelta(days=1)))
    snapshot.rename(later)
    path = one(later, "教师信息")
    rows = table(path)
    rows.head(rows.height - 1).write_csv(path)
    result = refresh()
    assert result.exit_code == 0, result.output
    assert current(home) != before
    assert reader.sql("SELECT count(*) FROM staging.teacher").fetchone() == teachers
    reader.close()
    with duckdb.connect(str(current(home) / "warehouse.duckdb"), read_only=True) as fresh:
        assert fresh.sql("SELECT count(*) FROM staging.teacher").fetchone() == (teachers[0] - 1,)


def test_as_of_is_today_for_every_rule(refresh: Refresh, home: Path, snapshot: Path) -> None:
    """And readers who get an older day than they had are told so, whoever asked for it."""
    shown = current(home)
    passed_over = refresh("--snapshot", "2001-01-01")
    assert (passed_over.exit_code, current(home)) == (4, shown)
    assert "没有这一天的转储，已跳过" in passed_over.output
    assert not (home / "refused").exists()
    assert refresh("--snapshot", snapshot.name, "--as-of", "2020-06-30").exit_code == 0
    with duckdb.connect(str(current(home) / "warehouse.duckdb"), read_only=True) as connection:
        assert "older_snapshot" in set(connection.sql("SELECT reason_code FROM audit.problems").pl()["reason_code"])
        ends = connection.sql("SELECT DISTINCT verdict FROM marts.teacher_cycle WHERE cycle_id = 'HI-2016-2020'").pl()
    assert "not_met" not in set(ends["verdict"])
    assert refresh("--as-of", "2020年6月").exit_code == 2
