"""A file is read as what it is; where its suffix says something else, that is told with what to do."""

import gzip
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from models.staging import Problem
from pipelines.ingest import landing
from pipelines.release.home import Home

ROWS = [("教师编号", "姓名", "学校标识码"), ("T1", "甲", "3146000001")]
CSV = "\n".join(map(",".join, ROWS)).encode()
TABS = "\n".join(map("\t".join, ROWS)).encode("utf-16")
PAGE = "".join(["<table>", *("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in ROWS), "</table>"])
XML = b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'
MANIFEST = b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
ODS = """<?xml version="1.0"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
<office:body><office:spreadsheet><table:table table:name="1">{}</table:table></office:spreadsheet></office:body>
</office:document-content>"""


def _zipped(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def _parquet() -> bytes:
    made = io.BytesIO()
    pl.DataFrame(ROWS[1:], schema=list(ROWS[0]), orient="row").write_parquet(made)
    return made.getvalue()


def _xlsx() -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(ROWS):
            sheet.write_row(number, 0, row)
    return made.getvalue()


def _ods() -> bytes:
    cells = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = ("<table:table-row>" + "".join(map(cells.format, row)) + "</table:table-row>" for row in ROWS)
    return _zipped(
        **{
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": MANIFEST,
            "content.xml": ODS.format("".join(rows)).encode(),
        }
    )


def landed(folder: Path, **files: bytes) -> landing.Landed:
    dumps = folder / "dumps" / "460000" / "2021-11-30"
    dumps.mkdir(parents=True)
    for name, content in files.items():
        (dumps / name).write_bytes(content)
    return landing.land(Home(folder / "home").prepare(), folder / "dumps", "460000")


def told(problems: Sequence[Problem]) -> list[tuple[str, str]]:
    return [(problem.file, problem.reason) for problem in problems if problem.reason_code == "wrong_suffix"]


@pytest.mark.parametrize(
    ("suffix", "content", "called", "advice"),
    [
        (".parquet", CSV, "文本（CSV 一类）", "把后缀改为 .csv"),
        (".xlsx", CSV, "文本（CSV 一类）", "把后缀改为 .csv"),
        (".xls", TABS, "文本（CSV 一类）", "把后缀改为 .csv"),
        (".XLS", PAGE.encode("gb18030"), "网页（HTML）", "另存为 .xlsx"),
        (".csv", PAGE.encode(), "网页（HTML）", "另存为 .xlsx"),
        (".csv", _xlsx(), "Excel 工作簿（.xlsx）", "把后缀改为 .xlsx"),
        (".xls", _xlsx(), "Excel 工作簿（.xlsx）", "把后缀改为 .xlsx"),
        (".zip", _xlsx(), "Excel 工作簿（.xlsx）", "把后缀改为 .xlsx"),
        (".xlsx", _parquet(), "Parquet", "把后缀改为 .parquet"),
        (".txt", _parquet(), "Parquet", "把后缀改为 .parquet"),
        (".xlsx", _ods(), "ODS 电子表格", "另存为 .xlsx"),
    ],
)
def test_a_wrong_suffix_is_told_and_the_file_read(tmp_path, suffix, content, called, advice):
    (part,) = landed(tmp_path, **{f"教师信息{suffix}": content}).parts
    ((file, reason),) = told(part.problems())
    assert file == f"教师信息{suffix}"
    assert f"后缀是 {suffix.lower()}，内容却是{called}" in reason
    assert advice in reason
    assert part.rows == len(ROWS)
    assert {problem.kind for problem in part.problems()} == {"assumed"}


def test_old_and_new_workbooks_are_two_things(tmp_path, biff8):
    (part,) = landed(tmp_path, **{"教师信息.xlsx": biff8(ROWS)}).parts
    ((_, reason),) = told(part.problems())
    assert "旧版 Excel 工作簿（.xls）" in reason


@pytest.mark.parametrize(
    ("suffix", "content"),
    [(".csv", CSV), (".TXT", TABS), (".tsv", TABS), (".xlsx", _xlsx()), (".parquet", _parquet())],
)
def test_a_right_suffix_is_not_told(tmp_path, suffix, content):
    (part,) = landed(tmp_path, **{f"教师信息{suffix}": content}).parts
    assert told(part.problems()) == []


def test_a_member_of_a_zip_goes_by_its_own_suffix(tmp_path):
    packed = _zipped(**{"教师信息-1.csv": CSV, "教师信息-2.parquet": CSV + b"\nT2,,3146000001"})
    parts = landed(tmp_path, **{"教师信息.zip": packed}).parts
    problems = [problem for part in parts for problem in part.problems()]
    assert [file for file, _ in told(problems)] == ["教师信息.zip!教师信息-2.parquet"]


def test_the_same_bytes_under_two_names_are_told_for_the_wrong_one_on_every_night(tmp_path):
    files = {"教师信息-1.csv": CSV, "教师信息-2.xls": CSV}
    nights = [landed(tmp_path, **files), landing.land(Home(tmp_path / "home"), tmp_path / "dumps", "460000")]
    for night in nights:
        problems = [problem for part in night.parts for problem in part.problems()]
        assert [file for file, _ in told(problems)] == ["教师信息-2.xls"]


@pytest.mark.parametrize(
    ("suffix", "content", "why"),
    [
        (".csv", gzip.compress(CSV), "gzip"),
        (".csv", _zipped(a=CSV), "后缀不是 .zip"),
        (".xls", XML, "XML 电子表格 2003"),
        (".txt", b"-- MySQL dump 10.13\n\nDROP TABLE IF EXISTS `teacher`;", "SQL"),
        (".csv", b"\nINSERT INTO teacher VALUES ('T1');\nINSERT INTO teacher VALUES ('T2');", "SQL"),
        (".txt", b"SET x = 0;\n\nCOPY public.teacher (teacher_id, name) FROM stdin;\nT1\t\\N\n\\.\n", "SQL"),
        (".csv", b'["teacher_id", "name"]\n["T1", "x"]\n', "JSON"),
        (".xls", b"MIME-Version: 1.0\nContent-Type: multipart/related", "MHT"),
    ],
)
def test_what_cannot_be_read_under_a_wrong_suffix_says_what_it_is(tmp_path, suffix, content, why):
    night = landed(
        tmp_path, **{f"教师信息{suffix}": content, "学校.csv": "学校标识码,学校名称\n3146000001,甲\n".encode()}
    )
    assert [problem.file for problem in night.problems] == [f"教师信息{suffix}"]
    assert why in night.problems[0].reason
