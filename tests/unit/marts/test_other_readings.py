"""What another reading would turn: counted as `shixun explain` tells it of each finding."""

import json
import random
from collections import Counter
from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest

from models.contracts import contract
from models.explanation import FLIPS, sensitivity
from models.findings import VALUE
from models.law import as_decimal
from models.marts.leaves import FINDINGS, found
from models.marts.other_readings import headline_findings, other_readings

WORDS = {
    "端点": "endpoint",
    "本数": "endpoint",
    "基本满意": "satisfied_with_basic",
    "任何一级": "projects_checked_any_level",
    "封顶": "no_caps",
}
FORMULAS = pl.LazyFrame(
    [
        {"clause_id": "A/1", "subject_type": "institution", "measure": "institution_satisfaction"},
        {"clause_id": "A/2", "subject_type": "county", "measure": "county_spot_check"},
        {"clause_id": "A/3", "subject_type": "teacher", "measure": "teacher_year_total"},
        {"clause_id": "A/4", "subject_type": "school", "measure": "share"},
    ]
).with_columns(parts=pl.lit("[]"), limits=pl.lit('[{"value": "1"}]'))

NO_SURVEYS = contract("core", "fct_survey").empty()


def finding(clause, kind, numerator, denominator, operator, limit, inputs, number, *, trigger=False, unit="比例"):
    """A finding judged exactly, with its figure and limit as they are shown."""
    value = numerator / denominator if denominator else numerator
    holds = {">=": value >= limit, "<": value < limit, "<=": value <= limit}[operator]
    detail = {
        "numerator": float(numerator),
        "denominator": None if denominator is None else float(denominator),
        "inputs": inputs,
        "limit": str(limit),
    }
    return {
        "province": "330000",
        "finding_id": f"{clause}-{number}",
        "clause_id": clause,
        "subject_type": kind,
        "subject_id": f"S{number}",
        "period": "2020",
        "value": as_decimal(value),
        "operator": operator,
        "threshold": as_decimal(limit),
        "unit": unit,
        "verdict": "met" if holds != trigger else "not_met",
        "is_trigger": trigger,
        "detail": json.dumps(detail, separators=(",", ":")),
    }


def frame(rows):
    return pl.LazyFrame(rows, schema_overrides={"value": VALUE, "threshold": VALUE})


@pytest.fixture(scope="module")
def judged():
    rng = random.Random(5)  # noqa: S311 - made-up findings
    rows = []
    for number in range(300):
        valid, happy = Fraction(10), Fraction(rng.randint(5, 9))
        answers = {"satisfied_with_basic": int(happy) + rng.randint(0, 1)}
        rows.append(finding("A/1", "institution", happy, valid, "<", Fraction(7, 10), answers, number, trigger=True))
        done = Fraction(rng.randint(0, 6))
        checks = {"projects_checked_any_level": int(done) + rng.randint(0, 2)}
        rows.append(finding("A/2", "county", done, Fraction(rng.randint(1, 20)), ">=", Fraction(1, 5), checks, number))
        left, lost = Fraction(rng.randint(16, 22), 2), rng.choice(("0.000", "1.500"))
        caps = {
            "credits": f"{Decimal(left.numerator) / left.denominator:.3f}",
            "credits_lost_project_cap": lost,
            "credits_lost_school_cap": "0.000",
        }
        rows.append(finding("A/3", "teacher", left, None, ">=", Fraction(10), caps, number, unit="学分"))
        third = Fraction(rng.randint(0, 3)), Fraction(rng.randint(1, 9))
        rows.append(finding("A/4", "school", *third, ">=", Fraction(1, 3), None, number))
    return rows


def told(rows):
    """How often `shixun explain` says of these findings that a reading turns them."""
    found = Counter()
    measures = {row["clause_id"]: row for row in FORMULAS.collect().to_dicts()}
    for row in rows:
        for line in sensitivity(row, measures[row["clause_id"]]):
            if FLIPS in line:
                found[row["clause_id"], next(name for word, name in WORDS.items() if word in line)] += 1
    return found


def readings_of(findings: pl.LazyFrame, formulas: pl.LazyFrame) -> pl.DataFrame:
    return other_readings(
        findings,
        found({FINDINGS: findings.with_columns(jurisdiction_code="province", unit_id="province")}, 2021).lazy(),
        formulas,
    )


def test_readings_are_counted_as_each_finding_is_explained(judged):
    made = readings_of(frame(judged), FORMULAS)
    counted = {(row["clause_id"], row["reading"]): row["flips"] for row in made.filter(pl.col("flips") > 0).to_dicts()}
    expected = told(judged)
    assert {name for _, name in expected} == set(WORDS.values())
    assert counted == dict(expected)


def test_a_reading_that_bears_on_nothing_has_no_row(judged):
    made = readings_of(frame(judged), FORMULAS)
    assert set(made.filter(clause_id="A/4")["reading"]) == {"endpoint"}
    assert set(made.filter(clause_id="A/2")["reading"]) == {"endpoint", "projects_checked_any_level"}


def test_only_verdicts_against_a_number_are_counted(judged):
    open_row = judged[0] | {"verdict": "in_progress", "period": "2021"}
    flag = judged[0] | {"unit": "布尔", "period": "2022"}
    window = FORMULAS.with_columns(limits=pl.lit('[{"value": "20～30"}]'))
    assert readings_of(frame([open_row, flag]), FORMULAS).is_empty()
    assert readings_of(frame(judged), window).is_empty()


def test_headline_findings_say_what_explain_says_and_hide_few_answers(judged):
    few = finding("A/1", "institution", Fraction(5), Fraction(9), "<", Fraction(7, 10), None, 999, trigger=True)
    rows = [judged[0], judged[1], judged[2], few]
    made = headline_findings(frame(rows), FORMULAS, NO_SURVEYS).sort(
        "clause_id", "subject_type", "subject_id", "period"
    )
    assert made["subject_id"].to_list() == ["S0", "S999", "S0"]
    first, hidden, county = made.to_dicts()
    measures = FORMULAS.collect().to_dicts()
    assert first["sensitivity"].split("\n") == sensitivity(judged[0], measures[0])
    assert county["sensitivity"].split("\n") == sensitivity(judged[1], measures[1])
    assert hidden["suppression"]
    assert [hidden[name] for name in ("numerator", "denominator", "sensitivity", "is_turned")] == [None] * 4
