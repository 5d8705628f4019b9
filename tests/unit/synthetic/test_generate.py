"""The door: what is written where, the same bytes for the same seed, and words for wrong usage."""

import hashlib
from pathlib import Path

import polars as pl
import pytest

from data.synthetic import FORMATS, Written, generate
from models.contracts import match_table, staging_contracts


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes(tmp_path, messy_dumps):
    generate(tmp_path / "again", provinces=["460000"], teachers=400, seed=3)
    assert digests(tmp_path / "again") == digests(messy_dumps)


def test_another_seed_gives_other_records(tmp_path, messy_dumps):
    generate(tmp_path / "other", provinces=["460000"], teachers=400, seed=4)
    changed = digests(tmp_path / "other")
    same = [name for name, digest in digests(messy_dumps).items() if changed.get(name) == digest]
    assert not [name for name in same if "credit_record" in name or "学分" in name]


def test_every_file_is_named_for_the_table_it_holds(tmp_path):
    seen: list[Written] = []
    written = generate(tmp_path, provinces=["500000"], teachers=300, seed=1, progress=seen.append)
    assert seen == written
    for done in written:
        found = match_table(done.path.stem, staging_contracts().values())
        assert found is not None
        assert found.table == done.table
        assert done.path.is_file()
        assert done.path.parent == tmp_path / "500000" / "2021-11-30"


@pytest.mark.parametrize("fmt", [fmt for fmt in FORMATS if fmt != "mixed"])
def test_a_tidy_set_has_every_table_in_the_format_asked_for(tmp_path, fmt):
    written = generate(tmp_path, provinces=["460000"], teachers=300, seed=1, fmt=fmt, clean=True)
    assert {done.path.suffix for done in written} == {f".{fmt}"}
    assert {done.table for done in written} == set(staging_contracts())


def test_a_tidy_csv_has_canonical_headers_and_iso_dates(tmp_path):
    generate(tmp_path, provinces=["460000"], teachers=300, seed=1, clean=True)
    teacher = pl.read_csv(tmp_path / "460000" / "2021-11-30" / "教师信息.csv", infer_schema=False)
    contract = staging_contracts()["teacher"]
    assert teacher.columns == [field.header for field in contract.fields]
    assert teacher["聘用日期"].str.to_date("%Y-%m-%d").null_count() == 0


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"provinces": ["999999"]}, "没有省份 999999"),
        ({"provinces": []}, "至少"),
        ({"fmt": "docx"}, "没有格式 docx"),
        ({"teachers": 0}, "正数"),
    ],
)
def test_wrong_usage_is_said_in_chinese(tmp_path, values, words):
    with pytest.raises(ValueError, match=words):
        generate(tmp_path, **values)
    assert not list(tmp_path.iterdir())


def test_the_mess_is_there(messy_dumps):
    folder = messy_dumps / "460000" / "2021-11-30"
    suffixes = {path.suffix for path in folder.iterdir()}
    assert suffixes >= {".csv", ".txt", ".tsv", ".xlsx", ".xls", ".zip", ".parquet"}
    assert next(folder.glob("*.xls")).read_bytes().startswith(b"<html")
    assert (folder / "学时登记_2018.txt").read_bytes().startswith(b"\xff\xfe")
    lines = (folder / "学分学时登记_2016.csv").read_bytes().split(b"\r\n")
    assert lines[0].decode("gb18030").startswith("登记编号,教师编号")
    strange = [line for line in lines if not line.isascii() and is_utf8(line)]
    assert len(strange) == 1
    assert all(line.decode("gb18030") for line in lines[:-1] if line not in strange)


def is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
