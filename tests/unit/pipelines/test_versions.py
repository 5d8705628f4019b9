"""What a release says it was made with."""

import pytest

from models.law.loading import FILES as POLICIES
from models.law.loading import law_of
from pipelines.release import versions as of


def test_every_folder_that_makes_a_version_has_files():
    assert {"code", "policies", "contracts"} <= set(of.versions())


def test_a_folder_that_has_moved_away_is_told_instead_of_never_changing(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no file"):
        of._digest([tmp_path / "moved"])


def test_the_law_of_a_release_is_its_policy_files(tmp_path):
    before, elsewhere = of.versions("460000"), of.versions("500000")
    text = (POLICIES / "HI-2017.yaml").read_text("utf-8")
    (tmp_path / "HI.yaml").write_text(f"{text}# 改过", "utf-8")
    with law_of(tmp_path):
        after = of.versions("460000")
        assert of.versions("500000") == elsewhere
        assert [one["is_added"] for one in of.law_of("460000")] == [True]
    assert {name for name in before if before[name] != after[name]} == {"policies"}
    assert of.versions("460000") == before
