"""Dagster's partitions are the provinces whose law is at hand."""

from pathlib import Path

from models.law.loading import law_of
from pipelines.assets.checks import CHECKS
from pipelines.assets.specs import PROVINCES

ADDED = Path(__file__).parents[2] / "provinces" / "law"


def test_an_added_province_is_a_partition_as_long_as_its_law_is_at_hand() -> None:
    assert "990000" not in PROVINCES.get_partition_keys()
    with law_of(ADDED):
        assert {"460000", "980000", "990000"} <= set(PROVINCES.get_partition_keys())
        assert PROVINCES.filter_valid_partition_keys({"990000", "110000"}) == {"990000"}


def test_every_check_is_a_provinces_own_so_that_none_overwrites_anothers() -> None:
    specs = [spec for check in CHECKS for spec in check.check_specs]
    assert len(specs) > 50
    assert {id(spec.partitions_def) for spec in specs} == {id(PROVINCES)}
