"""The dump folder: which snapshot, which files, which zips, and what is refused without stopping the night."""

import datetime as dt
import hashlib
import io
import os
import pickle
import stat
import zipfile

import pytest

from pipelines.ingest.reading import UnreadableFile, find_snapshot, read_grid, reader, sha256
from pipelines.ingest.reading.reader import TEMPORARY_PREFIX


def zipped(members, method=zipfile.ZIP_DEFLATED):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return target.getvalue()


def snapshot_of(desk):
    found = find_snapshot(desk.dumps, "330000")
    assert found is not None
    return found


def codes(desk):
    return {problem.file: problem.reason_code for problem in snapshot_of(desk).problems}


def test_no_folder_no_snapshot(desk):
    assert find_snapshot(desk.dumps, "460000") is None
    (desk.dumps / "500000").mkdir()
    assert find_snapshot(desk.dumps, "500000") is None


def test_the_newest_real_date_is_the_snapshot(desk):
    home = desk.dumps / "330000"
    for name in ("2023-12-31", "2024-09-30", "2024-13-01", "旧", "20241231"):
        (home / name).mkdir()
    (home / "2025-01-01").write_text("a file, not a folder")
    (home / "说明.txt").write_text("x")
    found = snapshot_of(desk)
    assert found.date == dt.date(2024, 9, 30)
    assert found.files == ()
    assert {p.file: p.reason_code for p in found.problems} == {
        "330000/2024-13-01": "bad_date_folder",
        "330000/旧": "bad_date_folder",
        "330000/20241231": "bad_date_folder",
        "330000/2025-01-01": "stray_file",
        "330000/说明.txt": "stray_file",
    }


def test_files_are_listed_by_name_and_the_rest_is_reported(desk):
    for name in (
        "学校.CSV",
        "教师信息-2.xlsx",
        "~$教师信息.xlsx",
        ".DS_Store",
        "Thumbs.db",
        "说明.docx",
        "a.csv.crdownload",
        "没有后缀",
    ):
        (desk.folder / name).write_bytes(b"x")
    (desk.folder / "子夹").mkdir()
    os.mkfifo(desk.folder / "管道.csv")
    (desk.folder / "断链.csv").symlink_to(desk.folder / "没有.csv")
    found = snapshot_of(desk)
    assert [(f.label, f.stem, f.suffix, f.size) for f in found.files] == [
        ("学校.CSV", "学校", ".csv", 1),
        ("教师信息-2.xlsx", "教师信息-2", ".xlsx", 1),
    ]
    assert codes(desk) == {
        "说明.docx": "unsupported_suffix",
        "a.csv.crdownload": "unfinished_download",
        "没有后缀": "unsupported_suffix",
        "子夹": "unknown_folder",
        "管道.csv": "not_a_file",
        "断链.csv": "link",
    }
    assert "不支持这种文件（.docx）" in str(next(p for p in found.problems if p.file == "说明.docx"))


def test_zip_members_are_dump_files_of_their_own(desk):
    content = "编号,姓名\n1,张𠮷\n".encode("gb18030")
    (desk.folder / "本省.zip").write_bytes(
        zipped([("子夹/教师信息.csv", content), ("学校.csv", b"a,b\n"), ("__MACOSX/._学校.csv", b"x")])
    )
    files = snapshot_of(desk).files
    assert [(f.label, f.stem, f.size) for f in files] == [
        ("本省.zip!子夹/教师信息.csv", "教师信息", len(content)),
        ("本省.zip!学校.csv", "学校", 4),
    ]
    assert sha256(files[0]) == hashlib.sha256(content).hexdigest()
    summary = read_grid(files[0], desk.raw / "a.parquet", sha256(files[0]))
    assert (summary.rows, summary.bytes) == (2, len(content))
    assert [p.name for p in desk.raw.iterdir()] == ["a.parquet"]
    assert pickle.loads(pickle.dumps(files[0])) == files[0]  # noqa: S301 - our own bytes


def test_member_names_from_chinese_windows_are_read(desk):
    stored = "教师信息.csv".encode("gbk")
    content = zipped([("x" * len(stored), b"a,b\n")]).replace(b"x" * len(stored), stored)
    (desk.folder / "a.zip").write_bytes(content)
    assert [f.label for f in snapshot_of(desk).files] == ["a.zip!教师信息.csv"]
    assert read_grid(snapshot_of(desk).files[0], desk.raw / "a.parquet").rows == 1


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../教师信息.csv", "zip_escape"),
        ("a/../../教师信息.csv", "zip_escape"),
        ("/etc/教师信息.csv", "zip_escape"),
        ("C:\\教师信息.csv", "zip_escape"),
        ("a\\..\\教师信息.csv", "zip_escape"),
        ("内层.zip", "zip_nested"),
        ("说明.docx", "unsupported_suffix"),
    ],
)
def test_members_that_reach_out_or_nest_are_refused_one_by_one(desk, name, reason):
    (desk.folder / "a.zip").write_bytes(zipped([(name, b"a,b\n"), ("学校.csv", b"a,b\n")]))
    found = snapshot_of(desk)
    assert [f.label for f in found.files] == ["a.zip!学校.csv"]
    assert [p.reason_code for p in found.problems] == [reason]


def test_a_member_that_is_a_link_is_refused(desk):
    link = zipfile.ZipInfo("教师信息.csv")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    (desk.folder / "a.zip").write_bytes(zipped([(link, b"/etc/passwd")]))
    assert list(codes(desk).values()) == ["not_a_file"]


def test_an_encrypted_member_is_refused(desk):
    content = bytearray(zipped([("教师信息.csv", b"a,b\n")]))
    content[6] |= 1
    content[content.rfind(b"PK\1\2") + 8] |= 1
    (desk.folder / "a.zip").write_bytes(bytes(content))
    assert list(codes(desk).values()) == ["zip_encrypted"]


def test_of_two_members_of_one_name_the_first_is_read_and_the_second_reported(desk):
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = zipped([("学校.csv", b"a,b\n"), ("学校.csv", b"c,d\ne,f\n")])
    (desk.folder / "a.zip").write_bytes(content)
    found = snapshot_of(desk)
    assert list(codes(desk).values()) == ["zip_duplicate"]
    assert read_grid(found.files[0], desk.raw / "a.parquet").rows == 1


def test_a_zip_bomb_is_refused_without_unpacking(desk):
    (desk.folder / "a.zip").write_bytes(zipped([("教师信息.csv", bytes(200 << 20))]))
    (desk.folder / "学校.csv").write_bytes(b"a,b\n")
    found = snapshot_of(desk)
    assert [f.label for f in found.files] == ["学校.csv"]
    assert codes(desk) == {"a.zip": "zip_bomb"}


def test_too_many_members(desk):
    (desk.folder / "a.zip").write_bytes(zipped([(f"{i}.csv", b"") for i in range(1001)]))
    assert codes(desk) == {"a.zip": "zip_too_many"}


def test_an_enormous_directory_is_refused_before_it_is_taken_in(desk):
    content = bytearray(zipped([("学校.csv", b"a,b\n")]))
    end = content.rfind(b"PK\5\6")
    content[end + 12 : end + 16] = (800 << 20).to_bytes(4, "little")
    (desk.folder / "a.zip").write_bytes(bytes(content))
    assert codes(desk) == {"a.zip": "zip_too_many"}


@pytest.mark.parametrize("members", [[], [("空夹/", b"")], [("__MACOSX/._学校.csv", b"x"), (".学校.csv", b"a,b\n")]])
def test_an_archive_of_nothing_readable_is_told(desk, members):
    (desk.folder / "a.zip").write_bytes(zipped(members))
    assert codes(desk) == {"a.zip": "zip_empty"}


@pytest.mark.parametrize("name", ["教师信息.csv/", "教师信息.cs/"])
def test_a_folder_that_holds_bytes_is_told(desk, name):
    (desk.folder / "a.zip").write_bytes(zipped([(name.replace("/", "x"), b"a,b\n")]).replace(b"x", b"/"))
    assert codes(desk) == {f"a.zip!{name}": "not_a_file"}


def test_a_member_without_a_name_is_told(desk):
    with zipfile.ZipFile(desk.folder / "a.zip", "w") as archive, archive.open(zipfile.ZipInfo(""), "w") as member:
        member.write(b"a,b\n")
    assert codes(desk) == {"a.zip!": "unsupported_suffix"}


@pytest.mark.parametrize("content", [b"", b"PK\3\4 no more", b"not a zip"])
def test_a_damaged_zip_is_reported(desk, content):
    (desk.folder / "a.zip").write_bytes(content)
    assert codes(desk) == {"a.zip": "zip_damaged"}


def test_a_member_with_a_wrong_checksum_is_unreadable(desk):
    content = zipped([("教师信息.csv", b"1,2\n" * 100)], zipfile.ZIP_STORED).replace(b"1,2\n1,2", b"1,2\n1,9", 1)
    (desk.folder / "a.zip").write_bytes(content)
    with pytest.raises(UnreadableFile) as told:
        read_grid(snapshot_of(desk).files[0], desk.raw / "a.parquet")
    assert told.value.reason_code == "zip_damaged"
    assert list(desk.raw.iterdir()) == []


def test_a_zip_under_another_suffix_is_told(desk):
    with pytest.raises(UnreadableFile, match=r"后缀改为 \.zip"):
        desk.read("教师信息.csv", zipped([("教师信息.csv", b"a,b\n")]))


def test_a_file_that_changed_since_it_was_listed_is_not_read(desk):
    file = desk.put("a.csv", b"a,b\n")
    file.path.write_bytes(b"a,b\nc,d\n")
    with pytest.raises(UnreadableFile, match="读取过程中发生了变化"):
        read_grid(file, desk.raw / "a.parquet")
    with pytest.raises(UnreadableFile, match="读取过程中发生了变化"):
        sha256(file)
    file.path.unlink()
    with pytest.raises(UnreadableFile, match="文件不见了"):
        read_grid(file, desk.raw / "a.parquet")


def test_a_file_that_changes_while_it_is_read_is_not_kept(desk, monkeypatch):
    file = desk.put("a.csv", b"a,b\n" * 1000)
    ask = reader._ask

    def slow_ask(*args):
        answer = ask(*args)
        with file.path.open("ab") as stream:
            stream.write(b"c,d\n")
        return answer

    monkeypatch.setattr(reader, "_ask", slow_ask)
    with pytest.raises(UnreadableFile, match="读取过程中发生了变化"):
        read_grid(file, desk.raw / "a.parquet")
    assert list(desk.raw.iterdir()) == []


def test_a_file_that_no_longer_has_its_digest_is_not_kept(desk):
    file = desk.put("a.csv", b"a,b\n")
    with pytest.raises(UnreadableFile, match="发生了变化"):
        read_grid(file, desk.raw / "a.parquet", expected_sha256="0" * 64)
    assert list(desk.raw.iterdir()) == []


def test_an_old_grid_survives_a_failing_reading(desk):
    target = desk.raw / "grid.parquet"
    desk.read("a.csv", b"a,b\n")
    before = target.read_bytes()
    with pytest.raises(UnreadableFile):
        desk.read("b.csv", b"")
    assert target.read_bytes() == before
    assert not [p for p in desk.raw.iterdir() if p.name.startswith(TEMPORARY_PREFIX)]


def test_the_same_bytes_make_the_same_grid_file(desk):
    content = "编号,姓名\n1,张三\n".encode("gb18030")
    desk.read("a.csv", content)
    first = (desk.raw / "grid.parquet").read_bytes()
    desk.read("b.csv", content)
    assert (desk.raw / "grid.parquet").read_bytes() == first


def test_a_target_folder_that_is_gone_is_our_fault_not_the_files(desk):
    file = desk.put("a.csv", b"a,b\n")
    with pytest.raises(OSError, match="No such file"):
        read_grid(file, desk.raw / "没有" / "a.parquet")
