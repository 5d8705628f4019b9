"""The bench's ordinary day: a few new and a few changed rows, everything else as it was."""

import polars as pl
from polars.testing import assert_frame_equal

from models.contracts import staging_contracts
from tests.bench import night
from tests.bench.full_province import PROVINCE
from tests.bench.night import ALTERED, DAILY, DUMP_DATE, NEW, next_day

TITLES = {table: staging_contracts()[table].title for table in DAILY}


def test_the_next_day_has_some_new_and_few_changed_rows_in_each_daily_table(tmp_path):
    today = tmp_path / PROVINCE / DUMP_DATE
    today.mkdir(parents=True)
    height = 2_000
    for table, title in TITLES.items():
        contract = staging_contracts()[table]
        key = contract.field(contract.key[0]).header
        frame = pl.DataFrame({key: [f"k{n}" for n in range(height)], "末列": [str(n) for n in range(height)]})
        frame.write_parquet(today / f"{title}-1.parquet")
    (today / "学校-1.csv").write_bytes(b"same")
    altered = next_day(tmp_path)
    tomorrow = max((tmp_path / PROVINCE).iterdir())
    assert tomorrow.name > DUMP_DATE
    assert sorted(altered) == sorted(f"{title}-1.parquet" for title in TITLES.values())
    assert (tomorrow / "学校-1.csv").read_bytes() == b"same"
    for name in altered:
        before, after = pl.read_parquet(today / name), pl.read_parquet(tomorrow / name)
        few = round(height * ALTERED)
        assert after.height == height + round(height * NEW)
        assert after[after.columns[0]].is_unique().all()
        assert_frame_equal(before.slice(few), after.slice(few, height - few))
        assert (before["末列"].head(few) != after["末列"].head(few)).all()


def test_figures_are_told_with_their_spread():
    runs = night.Runs([night.Run(1.0, 2.0, 3.0), night.Run(5.0, 2.0, 3.0), night.Run(2.0, 2.0, 3.0)])
    assert runs.told("seconds") == "2.0 (1.0–5.0)"
    assert runs.told("cpu_seconds") == "2.0"
    assert runs.as_facts()["seconds"] == 2.0


def test_a_peak_is_told_where_it_was_first_reached():
    profile = [
        {"name": name, "peak_mb": peak} for name, peak in (("a", 10), ("b", 40), ("c", 40), ("d", 55), ("e", 55))
    ]
    assert [(span["name"], span["peak_mb"]) for span in night.peaks(profile, 2)] == [("d", 55), ("b", 40)]
