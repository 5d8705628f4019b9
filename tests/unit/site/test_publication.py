"""What is too small is hidden, and nothing published gives it away."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.marts.publication import OF_CONDUCT, TABLES, UNKNOWN, publish, rejects_by_sender
from models.marts.suppression import HIDDEN, MINIMUM, REACH, People, Share

KEY = b"key of a test"
COUNTS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 300)), min_size=1, max_size=40)


def told(counts: list[tuple[str, int]], key: bytes = KEY) -> list[int | None]:
    cells = pl.DataFrame(counts, schema={"unit": pl.String, "n": pl.Int64}, orient="row")
    return People("unit", ("n",)).protected(cells, key)["n"].to_list()


@given(COUNTS)
def test_a_told_count_is_a_ten_near_the_true_one_and_a_small_one_is_hidden(counts):
    for (_, true), shown in zip(counts, told(counts), strict=True):
        if shown is None:
            assert true < 2 * MINIMUM
        else:
            assert shown % MINIMUM == 0
            assert abs(shown - true) <= REACH
            assert true > MINIMUM


@given(COUNTS)
def test_a_count_of_one_unit_is_told_alike_everywhere_and_a_part_never_above_its_whole(counts):
    shown = dict(zip(counts, told(counts), strict=True))
    assert [shown[count] for count in reversed(counts)] == told(list(reversed(counts)))
    for unit in "ab":
        rising = [shown[count] or 0 for count in sorted(counts) if count[0] == unit]
        assert rising == sorted(rising)


def test_one_person_more_is_seen_one_time_in_ten_at_an_edge_of_its_own():
    units = [f"u{number}" for number in range(2_000)]
    before, after = (told([(unit, size) for unit in units]) for size in (223, 224))
    moved = sum(one != other for one, other in zip(before, after, strict=True))
    assert 120 < moved < 280
    mean = sum(after) / len(after)
    assert abs(mean - 224) < 1


def test_without_the_key_nobody_draws_the_same_edges():
    counts = [("a", size) for size in range(20, 300)]
    assert told(counts) != told(counts, b"another key")


@given(st.integers(1, 400), st.data())
def test_a_ratio_is_told_by_counts_or_by_a_span_it_lies_in(whole, data):
    part = data.draw(st.integers(0, whole))
    cells = pl.DataFrame({"unit": ["a"], "numerator": [part], "denominator": [whole]})
    row = Share("unit").protected(cells, KEY).row(0, named=True)
    if row["suppression"]:
        assert [row[name] for name in ("numerator", "denominator", "rounded_percent")] == [None] * 3
    elif row["rounded_percent"] is None:
        assert MINIMUM < row["numerator"] < row["denominator"]
    else:
        low = row["rounded_percent"] - row["rounded_step"] // 2
        assert low <= part * 100 / whole <= low + row["rounded_step"]
        assert row["numerator"] is None
        assert row["denominator"] is None


@pytest.fixture(scope="module")
def public(sample, frames):
    return publish({name: frame.lazy() for name, frame in frames.items()}, sample.AS_OF, KEY)


def test_publishes_every_table_it_names(public):
    assert set(public) == set(TABLES)


def test_no_published_frame_knows_a_teacher_or_a_raw_value(public, sample):
    for name, frame in public.items():
        text = frame.select(pl.col(pl.Utf8)).to_dicts()
        assert sample.TEACHER_MARK not in str(text), name


PEOPLE = {
    "public_measure": ("numerator", "denominator"),
    "public_cycle": ("teachers",),
    "public_school": ("numerator", "denominator"),
    "public_clause": ("subjects",),
    "public_clause_year": ("met", "not_met"),
    "public_participation": ("trained",),
    "public_cap_loss": ("teachers",),
    "public_pace": ("teachers",),
    "public_shortfall": ("teachers",),
    "public_risk": ("numerator", "denominator"),
}


@pytest.mark.parametrize(("table", "counts"), PEOPLE.items(), ids=PEOPLE)
def test_every_count_of_people_is_a_ten_of_twenty_or_more(public, table, counts):
    rows = public[f"marts.{table}"]
    if "is_of_people" in rows.columns:
        rows = rows.filter("is_of_people")
    if "measure" in rows.columns:
        rows = rows.filter(pl.col("measure").is_in(["cycle", "annual"]))
    assert rows.height
    for name in counts:
        assert rows[name].drop_nulls().len() or table == "public_cap_loss"
        assert (rows[name].drop_nulls() % MINIMUM == 0).all()
        least = MINIMUM if name == "not_met" else 2 * MINIMUM
        assert (rows[name].drop_nulls() >= least).all()
    assert set(rows["suppression"]) <= {None, HIDDEN}


def test_no_survey_rests_on_fewer_than_ten(public):
    assert public["marts.public_institution"].filter(pl.col("responses_valid") < MINIMUM).is_empty()
    assert public["marts.public_project"].filter(pl.col("responses_valid") < MINIMUM).is_empty()
    pooled = public["marts.public_measure"].filter(measure="satisfaction")
    assert pooled["numerator"].null_count() == pooled["denominator"].null_count() == pooled.height
    assert pooled["rounded_percent"].drop_nulls().len()


def test_coverage_sums_from_counties_to_the_province(public):
    coverage = public["marts.public_measure"].filter(measure="coverage", convention="default", period="2019")
    by_level = dict(coverage.group_by("unit_level").agg(pl.col("denominator").sum()).iter_rows())
    assert by_level["county"] == by_level["city"] == by_level["province"]


def test_years_after_the_as_of_date_are_not_published(frames):
    early = publish({name: frame.lazy() for name, frame in frames.items()}, date(2018, 6, 1), KEY)
    satisfied = early["marts.public_measure"].filter(measure="satisfaction")
    assert satisfied["period"].max() == "2018"
    assert early["marts.public_institution"]["year"].max() == 2018


def test_averages_of_whoever_is_at_risk_are_told_in_fives(public):
    risk = public["marts.public_risk"]
    told_averages = risk["pace_credits"].drop_nulls()
    assert told_averages.len()
    assert (told_averages % 5 == 0).all()
    assert risk["needed_hours"].null_count() == risk.height


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


def test_the_threshold_in_force_gives_the_verdicts_found(public, frames):
    findings = frames["audit.findings"]
    closed = findings.filter(pl.col("verdict").is_in(["met", "not_met"]), subject_type="county", period="2019")
    at = public["marts.public_sensitivity"].filter(subject_type="county", period="2019", factor=100).row(0, named=True)
    assert at["met"] == closed.filter(verdict="met").height
    assert at["not_met"] == closed.filter(verdict="not_met").height


def test_clause_counts_add_up_to_the_province(public):
    county = public["marts.public_clause"].filter(clause_id="ZJ-2014-04/23.1", period="2019")
    total = county.filter(unit_id="330000")["subjects"].sum()
    assert county.filter(pl.col("unit_id") != "330000")["subjects"].sum() == total


@pytest.mark.parametrize("table", ["credit_record", *OF_CONDUCT])
def test_where_single_people_misbehaved_is_not_told_by_a_row_that_was_refused(table):
    row = {"table_name": table, "column_name": "date", "reason_code": "no_such_date", "severity": "cell", "reason": "…"}
    senders = pl.LazyFrame([row | {"county_id": "330106", "institution_id": "I1"}])
    units = pl.LazyFrame({"unit_id": ["330106"], "unit_name": ["西湖区"]})
    institutions = pl.LazyFrame({"institution_id": ["I1"], "institution_name": ["研修院"]})
    told = rejects_by_sender(senders, units, institutions).select("sender_id", "sender_name", "count").rows()
    named = [("330106", "西湖区", 1), ("I1", "研修院", 1)]
    assert told == ([(UNKNOWN, None, 1)] if table in OF_CONDUCT else named)
