"""Satisfaction, from answers to marts, through the public transforms."""

from datetime import date
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.core.surveys import fct_survey
from models.marts.satisfaction import Trigger, institution_satisfaction, project_satisfaction

BELOW_70 = Trigger(compare="<", ratio=Fraction(7, 10))
UP_TO_70 = Trigger(compare="<=", ratio=Fraction(7, 10))
PROJECTS = pl.LazyFrame(
    {
        "project_id": ["P1", "P2"],
        "institution_id": ["I1", "I1"],
        "subject": ["语文", "数学"],
        "county_unit_id": ["330106", "330106"],
        "checked_in_count": [40, 20],
        "enrolled_count": [45, 25],
    }
)


def surveys(*rows: tuple[str, str, str, bool]) -> pl.LazyFrame:
    return pl.LazyFrame(
        [(*row, date(2019, 7, 1), "330000") for row in rows],
        schema=["survey_id", "project_id", "survey_type", "is_anonymous", "close_date", "province"],
        orient="row",
    )


def answers(survey: str, *ratings: str | None, is_valid: bool | None = True) -> pl.LazyFrame:
    return pl.LazyFrame(
        {
            "survey_id": [survey] * len(ratings),
            "overall_rating": pl.Series(list(ratings), dtype=pl.String),
            "is_valid": pl.Series([is_valid] * len(ratings), dtype=pl.Boolean),
        }
    )


def judged(given_answers: pl.LazyFrame, trigger: Trigger | None = BELOW_70) -> dict[str, object]:
    survey = fct_survey(surveys(("S1", "P1", "学评教", True)), given_answers, PROJECTS)
    return (
        institution_satisfaction(survey, PROJECTS, triggers={2019: trigger} if trigger else {})
        .collect()
        .row(0, named=True)
    )


@pytest.mark.parametrize(
    ("ratings", "satisfied", "valid"),
    [
        (["很满意", "满意", "基本满意", "不满意", "很不满意"], 2, 5),
        (["5", "4", "3", "2", "1"], 2, 5),
        (["100", "80", "79.5", "60", "0"], 2, 5),
        (["5-很满意", "4.满意", "3-基本满意"], 2, 3),
        (["90分", "75分"], 1, 2),
        (["很满意", None, "还行吧"], 1, 1),
        (["5", "4", "6"], 0, 3),  # a point above 5 makes it the 0–100 scale
    ],
)
def test_each_scale_is_read_as_people_meant_it(ratings: list[str | None], satisfied: int, valid: int) -> None:
    row = judged(answers("S1", *ratings))
    assert (row["satisfied"], row["responses_valid"], row["responses"]) == (satisfied, valid, len(ratings))


def test_answers_marked_invalid_are_counted_as_received_only() -> None:
    both = pl.concat([answers("S1", *["满意"] * 10), answers("S1", *["不满意"] * 5, is_valid=False)])
    row = judged(both)
    assert (row["responses"], row["responses_valid"], row["satisfaction_ratio"]) == (15, 10, 1.0)


@pytest.mark.parametrize(
    ("satisfied", "of", "trigger", "verdict"),
    [
        (7, 10, BELOW_70, "met"),
        (7, 10, UP_TO_70, "not_met"),
        (69, 100, BELOW_70, "not_met"),
        (71, 100, UP_TO_70, "met"),
        (0, 9, BELOW_70, "undetermined"),
        (0, 10, None, "not_applicable"),
    ],
)
def test_exactly_seventy_percent_is_suspected_in_chongqing_only(
    satisfied: int, of: int, trigger: Trigger | None, verdict: str
) -> None:
    row = judged(answers("S1", *["满意"] * satisfied, *["不满意"] * (of - satisfied)), trigger)
    assert row["verdict"] == verdict


@pytest.mark.parametrize(
    ("triggers", "verdict"),
    [
        ({2018: Trigger("<", Fraction(9, 10)), 2019: BELOW_70, 2020: Trigger("<", Fraction(9, 10))}, "met"),
        ({2018: BELOW_70, 2019: Trigger("<", Fraction(9, 10)), 2020: BELOW_70}, "not_met"),
        ({2020: Trigger("<", Fraction(9, 10))}, "not_applicable"),
    ],
)
def test_a_year_is_judged_by_the_line_of_its_own_year(triggers: dict[int, Trigger], verdict: str) -> None:
    survey = fct_survey(surveys(("S1", "P1", "学评教", True)), answers("S1", *["满意"] * 8, *["不满意"] * 2), PROJECTS)
    row = institution_satisfaction(survey, PROJECTS, triggers=triggers).collect().row(0, named=True)
    assert (row["year"], row["verdict"]) == (2019, verdict)


def test_named_and_other_questionnaires_do_not_count() -> None:
    of_two = surveys(("S1", "P1", "学评教", False), ("S2", "P1", "教评学", True))
    survey = fct_survey(of_two, pl.concat([answers("S1", "满意"), answers("S2", "满意")]), PROJECTS)
    assert institution_satisfaction(survey, PROJECTS, triggers={}).collect().is_empty()
    assert project_satisfaction(survey).collect().is_empty()


def test_projects_are_pooled_not_averaged() -> None:
    of_two = surveys(("S1", "P1", "学评教", True), ("S2", "P2", "学评教", True))
    given_answers = pl.concat([answers("S1", *["满意"] * 90, *["不满意"] * 10), answers("S2", *["不满意"] * 10)])
    survey = fct_survey(of_two, given_answers, PROJECTS)
    row = institution_satisfaction(survey, PROJECTS, triggers={2019: BELOW_70}).collect().row(0, named=True)
    assert (row["satisfied"], row["responses_valid"]) == (90, 110)
    assert (row["invited"], row["response_ratio"]) == (60, 110 / 60)


def test_wilson_agrees_with_a_published_table() -> None:
    # 8 of 10: the 95 % Wilson interval is 0.4902–0.9433 (Newcombe 1998).
    row = judged(answers("S1", *["满意"] * 8, *["不满意"] * 2))
    assert row["wilson_low"] == pytest.approx(0.4902, abs=5e-5)
    assert row["wilson_high"] == pytest.approx(0.9433, abs=5e-5)


@given(st.lists(st.sampled_from(["很满意", "满意", "基本满意", "不满意"]), min_size=1, max_size=40), st.randoms())
def test_order_of_answers_does_not_matter(ratings: list[str], random: object) -> None:
    shuffled = ratings[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert judged(answers("S1", *ratings)) == judged(answers("S1", *shuffled))
