"""What is published of surveys gives no small one back: the outsider has every total and every project shown."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from models.marts.answers import hidden_projects, hidden_years
from models.marts.suppression import MINIMUM
from tests.unit.disclosure.attacker import Attacker

SURVEYS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(2019, 2020), st.one_of(st.integers(1, 12), st.integers(1, 60))),
    min_size=1,
    max_size=14,
)


def surveys(rows: list[tuple[int, int, int]]) -> pl.LazyFrame:
    return pl.LazyFrame(
        [
            {
                "province": "p",
                "project_id": f"P{number:02d}",
                "institution_id": f"I{institution}",
                "year": year,
                "survey_type": "学评教",
                "is_anonymous": True,
                "responses_valid": answers,
            }
            for number, (institution, year, answers) in enumerate(rows)
        ]
    )


@settings(max_examples=200)
@given(SURVEYS)
def test_no_hidden_survey_is_known_better_than_that_it_may_be_ten(rows):
    frame = surveys(rows)
    hidden = set(hidden_projects(frame).collect()["project_id"])
    years = set(hidden_years(frame).collect().iter_rows())
    attacker, totals = Attacker(), {}
    for number, (institution, year, answers) in enumerate(rows):
        project = f"P{number:02d}"
        assert answers >= MINIMUM or project in hidden
        attacker.learns([project], *((1, 10**6) if project in hidden else (answers, answers)))
        totals.setdefault((f"I{institution}", year), []).append((project, answers))
    for year, parts in totals.items():
        total = sum(answers for _, answers in parts)
        assert total >= MINIMUM or year in years
        if year not in years:
            attacker.learns([project for project, _ in parts], total, total)
    for low, high in attacker.bounds({one: [one] for one in hidden}).values():
        assert low == 1
        assert high >= MINIMUM


def test_a_survey_of_two_years_takes_both_with_it():
    rows = surveys([(0, 2019, 5), (0, 2020, 40)]).collect()
    both = pl.concat(
        [rows, rows.head(1).with_columns(year=pl.lit(2020, pl.Int64), responses_valid=pl.lit(2, pl.Int64))]
    )
    assert set(hidden_projects(both.lazy()).collect()["project_id"]) == {"P00"}
    assert set(hidden_years(both.lazy()).collect()["year"]) == {2019, 2020}
