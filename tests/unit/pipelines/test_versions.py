"""What a release says it was made with."""

import pytest

from pipelines.release import versions as of


def test_every_folder_that_makes_a_version_has_files():
    assert {"code", "policies", "contracts"} <= set(of.versions())


def test_a_folder_that_has_moved_away_is_told_instead_of_never_changing(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no file"):
        of._digest([tmp_path / "moved"])


def test_the_law_of_a_release_is_its_policy_files():
    assert any(path.suffix == ".yaml" for path in of.LAW[0].iterdir())
