"""Each planted defect really is one, and touches nothing but its table."""

import hashlib
from pathlib import Path

import polars as pl
import pytest

from data.synthetic import generate
from data.synthetic.defects import DEFECTS, files_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    generate(tmp_path, provinces=["460000"], teachers=300, seed=1, clean=True)
    return tmp_path / "460000" / "2021-11-30"


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_changes_its_own_table_only(folder, name):
    before = digests(folder)
    own = {path.name for path in files_of(folder, "credit_record")}
    DEFECTS[name](folder, "credit_record")
    after = digests(folder)
    changed = {file for file in before if after.get(file) != before[file]}
    assert changed
    assert changed <= own


def test_the_defects_do_what_they_say(folder):
    path = files_of(folder, "survey")[0]
    whole = pl.read_csv(path, infer_schema=False)
    DEFECTS["same_keys"](folder, "survey")
    doubled = pl.read_csv(path, infer_schema=False)
    assert doubled["问卷号"].n_unique() == -(-whole.height // 2)
    DEFECTS["unreadable_rows"](folder, "survey")
    assert (pl.read_csv(path, infer_schema=False)["项目编号"] == "").sum() == -(-whole.height // 10)
    DEFECTS["cut_table"](folder, "survey")
    assert pl.read_csv(path, infer_schema=False).height == whole.height // 2
    DEFECTS["empty_table"](folder, "survey")
    assert pl.read_csv(path, infer_schema=False).is_empty()
    DEFECTS["lost_header"](folder, "survey")
    assert "问卷号" not in pl.read_csv(path, infer_schema=False).columns
    DEFECTS["drop_table"](folder, "survey")
    assert not path.exists()
    with pytest.raises(FileNotFoundError, match="测评问卷"):
        files_of(folder, "survey")
