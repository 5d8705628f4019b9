"""What is too small is hidden, and nothing published gives it away."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.marts.publication import TABLES, publish
from models.marts.suppression import MINIMUM, coarse_percent, suppressed

SIZES = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 60)),
    min_size=1,
    max_size=30,
    unique_by=lambda c: c[:2],
)


def cells(sizes) -> pl.DataFrame:
    return pl.DataFrame(
        [{"group": group, "kind": kind, "size": size} for group, kind, size in sizes],
        schema={"group": pl.Int64, "kind": pl.Int64, "size": pl.Int64},
    )


def hidden_of(frame: pl.DataFrame, **key: int) -> pl.DataFrame:
    return frame.filter(pl.col("suppression").is_not_null(), **key)


@settings(deadline=None)
@given(SIZES)
def test_every_small_cell_is_hidden_and_no_empty_one(sizes):
    done = suppressed(cells(sizes), "size", pl.lit(value=True), [["group"]])
    small = done.filter(pl.col("size").is_between(1, MINIMUM - 1))
    assert small["suppression"].null_count() == 0
    assert done.filter(pl.col("size") == 0)["suppression"].null_count() == done.filter(pl.col("size") == 0).height


@settings(deadline=None)
@given(SIZES)
def test_no_total_minus_its_published_cells_is_small(sizes):
    done = suppressed(cells(sizes), "size", pl.lit(value=True), [["group"], ["kind"]])
    for axis in ("group", "kind"):
        for (_,), part in done.group_by(axis):
            total, hidden = part["size"].sum(), part.filter(pl.col("suppression").is_not_null())
            shown = part.filter(pl.col("suppression").is_null() & (pl.col("size") > 0))
            if hidden.height and shown.height:
                assert hidden.height > 1
                assert total - shown["size"].sum() >= MINIMUM


@settings(deadline=None)
@given(SIZES)
def test_order_of_rows_changes_nothing_for_distinct_sizes(sizes):
    distinct = [(group, kind, size * 10 + place) for place, (group, kind, size) in enumerate(sizes)]
    one = suppressed(cells(distinct), "size", pl.lit(value=True), [["group"]])
    other = suppressed(cells(list(reversed(distinct))), "size", pl.lit(value=True), [["group"]])
    assert one.sort("group", "kind").equals(other.sort("group", "kind"))


def test_a_single_small_cell_takes_the_smallest_neighbour_with_it():
    done = suppressed(cells([(0, 0, 4), (0, 1, 30), (0, 2, 20)]), "size", pl.lit(value=True), [["group"]])
    assert done.sort("kind")["suppression"].is_null().to_list() == [False, True, False]


def test_cells_that_count_no_people_are_left_alone():
    done = suppressed(cells([(0, 0, 4), (0, 1, 30)]), "size", pl.lit(value=False), [["group"]])
    assert done["suppression"].null_count() == 2


@settings(deadline=None)
@given(SIZES)
def test_cells_that_go_together_are_hidden_together(sizes):
    done = suppressed(cells(sizes), "size", pl.lit(value=True), [["group"]], together=["kind"])
    for _, part in done.filter(pl.col("size") > 0).group_by("kind"):
        assert part["suppression"].null_count() in (0, part.height)


def test_a_coarse_ratio_of_a_known_base_tells_no_small_part():
    parts = pl.DataFrame({"base": range(20, 3000)}, schema={"base": pl.Int64}).join(
        pl.DataFrame({"part": range(1, MINIMUM)}, schema={"part": pl.Int64}), how="cross"
    )
    told = parts.with_columns(_rest=pl.col("base") - pl.col("part")).with_columns(
        low=coarse_percent("part", "base"), high=coarse_percent("_rest", "base")
    )
    by_base = told.group_by("base").agg(pl.col("low", "high").n_unique())
    assert by_base.filter((pl.col("low") > 1) | (pl.col("high") > 1)).is_empty()
    assert told["low"].is_between(0, 50).all()
    assert told["high"].is_between(50, 99).all()


def test_a_coarse_ratio_is_near_the_true_one_where_many_are_counted():
    exact = pl.DataFrame({"part": [994, 500, 21], "base": [1000, 1000, 300]})
    assert exact.select(coarse_percent("part", "base")).to_series().to_list() == [99, 50, 7]


def test_no_count_of_a_clause_is_published_beside_a_hidden_part_of_its_ratio(public):
    judged = public["marts.public_clause"].filter(
        pl.col("is_of_people") & pl.col("verdict").is_in(["met", "not_met", "in_progress"])
    )
    hidden = pl.col("suppression").is_not_null()
    groups = judged.group_by("clause_id", "subject_type", "period", "unit_id").agg(
        any=hidden.any(), all=hidden.all(), cells=pl.len()
    )
    assert groups.filter(pl.col("any") & (pl.col("cells") > 1)).height
    assert groups.filter(pl.col("any") & ~pl.col("all")).is_empty()


@pytest.fixture(scope="module")
def public(sample):
    frames = sample.sample_frames()
    return publish({name: frame.lazy() for name, frame in frames.items()}, sample.AS_OF)


def test_publishes_every_table_it_names(public):
    assert set(public) == set(TABLES)


def test_no_published_frame_knows_a_teacher_or_a_raw_value(public, sample):
    for name, frame in public.items():
        text = frame.select(pl.col(pl.Utf8)).to_dicts()
        assert sample.TEACHER_MARK not in str(text), name


def test_no_figure_rests_on_fewer_than_ten(public):
    people = public["marts.public_measure"].filter(pl.col("measure") != "coverage")
    assert people.filter(pl.col("denominator") < MINIMUM).is_empty()
    assert public["marts.public_institution"].filter(pl.col("responses_valid") < MINIMUM).is_empty()
    assert public["marts.public_project"].filter(pl.col("responses_valid") < MINIMUM).is_empty()
    assert public["marts.public_cycle"].filter(pl.col("teachers") < MINIMUM).is_empty()
    clause = public["marts.public_clause"].filter(pl.col("is_of_people"))
    assert clause.filter(pl.col("subjects") < MINIMUM).is_empty()


def test_counts_of_teachers_leave_no_small_part_on_either_side(public):
    cycle = public["marts.public_measure"].filter(
        pl.col("measure") == "cycle", pl.col("numerator").is_not_null(), pl.col("denominator") > 0
    )
    part = cycle["denominator"] - cycle["numerator"]
    assert not part.is_between(1, MINIMUM - 1).any()
    assert not cycle["numerator"].is_between(1, MINIMUM - 1).any()


def test_the_rounded_ratio_stays_where_its_counts_go(public):
    rounded = public["marts.public_measure"].filter(pl.col("rounded_percent").is_not_null())
    assert rounded.height
    assert rounded["numerator"].null_count() == rounded.height
    assert rounded["rounded_percent"].is_between(0, 100).all()


def test_coverage_sums_from_counties_to_the_province(public):
    coverage = public["marts.public_measure"].filter(measure="coverage", convention="default", period="2019")
    by_level = dict(coverage.group_by("unit_level").agg(pl.col("denominator").sum()).iter_rows())
    assert by_level["county"] == by_level["city"] == by_level["province"]


def test_years_after_the_as_of_date_are_not_published(sample):
    frames = {name: frame.lazy() for name, frame in sample.sample_frames().items()}
    early = publish(frames, date(2018, 6, 1))
    satisfied = early["marts.public_measure"].filter(measure="satisfaction")
    assert satisfied["period"].max() == "2018"
    assert early["marts.public_institution"]["year"].max() == 2018


def test_a_school_never_shows_a_small_number_of_teachers(public):
    schools = public["marts.public_school"]
    assert schools.height
    part = schools["denominator"] - schools["numerator"]
    assert not schools["denominator"].is_between(1, MINIMUM - 1).any()
    assert not part.is_between(1, MINIMUM - 1).any()
    assert not schools["numerator"].is_between(1, MINIMUM - 1).any()


def test_breakdowns_of_people_show_no_small_count(public):
    assert not public["marts.public_pace"]["teachers"].is_between(1, MINIMUM - 1).any()
    assert not public["marts.public_cap_loss"]["teachers"].is_between(1, MINIMUM - 1).any()
    few = public["marts.public_composition"].filter(pl.col("suppression").is_not_null())
    assert few.height
    assert few["hours"].null_count() == few.height


def test_a_rounded_headline_leaves_no_outcome_to_work_it_out_from(public):
    rounded = public["marts.public_measure"].filter(
        pl.col("measure") == "cycle", pl.col("stage") == "全部", pl.col("rounded_percent").is_not_null()
    )
    outcomes = public["marts.public_cycle"].filter(~pl.col("outcome").is_in(["not_applicable", "undetermined"]))
    behind = outcomes.join(rounded, on=["unit_id", "period"], how="semi")
    assert behind.height
    assert behind["teachers"].null_count() == behind.height


def test_causes_show_few_neither_of_those_with_them_nor_of_those_without(public, sample):
    causes = public["marts.public_shortfall"]
    assert causes["teachers"].drop_nulls().len()
    assert not causes["teachers"].is_between(1, MINIMUM - 1).any()
    missed = sample.sample_frames()["marts.shortfall_cause"].select(unit_id="subject_id", period="period", n="not_met")
    others = (
        causes.filter(pl.col("teachers") > 0)
        .join(missed, on=["unit_id", "period"])
        .select(pl.col("n") - pl.col("teachers"))
        .to_series()
    )
    assert not others.is_between(1, MINIMUM - 1).any()


def test_whoever_will_miss_the_cycle_is_counted_in_tens_at_least(public):
    risk = public["marts.public_risk"]
    assert risk["numerator"].drop_nulls().len()
    assert not risk["numerator"].is_between(1, MINIMUM - 1).any()
    assert not (risk["denominator"] - risk["numerator"]).is_between(1, MINIMUM - 1).any()
    whole = risk.filter(unit_level="province").row(0, named=True)
    assert (whole["pace_credits"], whole["needed_credits"], whole["pace_hours"]) == (70, 73, 70)
    assert whole["needed_hours"] is None


def test_movers_are_told_by_coarse_ratios_only(public):
    moved = public["marts.public_attribution"]
    assert set(moved["convention"]) == {"end", "event"}
    assert not {"numerator", "denominator"} & set(moved.columns)
    assert moved["rounded_percent"].is_between(1, 99).any()


def test_other_thresholds_are_published_in_tens_and_never_rise(public):
    tried = public["marts.public_whatif"].sort("credit_system", "period", "hours_at_least", "credits_at_least")
    assert (tried["met"] % 10 == 0).all()
    steps = tried.with_columns(step=pl.col("met").diff().over("credit_system", "period", "hours_at_least"))
    assert not (steps["step"] > 0).any()
    assert (tried["met"] <= tried["teachers"]).all()


def test_the_threshold_in_force_gives_the_verdicts_found(public, sample):
    findings = sample.sample_frames()["audit.findings"]
    closed = findings.filter(pl.col("verdict").is_in(["met", "not_met"]), subject_type="county", period="2019")
    at = public["marts.public_sensitivity"].filter(subject_type="county", period="2019", factor=100).row(0, named=True)
    assert at["met"] == closed.filter(verdict="met").height
    assert at["not_met"] == closed.filter(verdict="not_met").height


def test_clause_counts_add_up_to_the_province(public):
    county = public["marts.public_clause"].filter(clause_id="ZJ-2014-04/23.1", period="2019")
    total = county.filter(unit_id="330000")["subjects"].sum()
    assert county.filter(pl.col("unit_id") != "330000")["subjects"].sum() == total
