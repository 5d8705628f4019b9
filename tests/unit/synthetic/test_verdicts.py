"""The planted cases, put through core, marts and the law: every verdict and figure comes out as foretold.

Only the planted rows are used (with the province's units and institutions), typed as staging would type them.
"""

from datetime import date
from decimal import Decimal
from functools import cache

import polars as pl
import pytest

from data.synthetic import places, providers
from data.synthetic.scenarios import SCENARIOS, Expected, planted
from models.findings import evaluate
from models.night import Night
from tests.peers.small import frames_from, presence, staging

AS_OF = date(2021, 11, 30)
PROVINCES = ("330000", "460000", "500000")
SUBJECTS = {"teacher_year": "teacher_id", "teacher_cycle": "teacher_id", "institution_satisfaction": "institution_id"}


@cache
def judged(province: str) -> tuple[dict[str, pl.DataFrame], pl.DataFrame, pl.DataFrame]:
    """Marts, findings and clauses of the planted rows."""
    rows = planted(province)
    units = places.units(province, AS_OF.isoformat())
    rows["admin_unit"] = (
        pl.concat([units, rows["admin_unit"]], how="diagonal_relaxed") if "admin_unit" in rows else units
    )
    rows["institution"] = pl.concat(
        [providers.institutions(province, 1, units), rows["institution"]], how="diagonal_relaxed"
    )
    night = Night(province=province, as_of=AS_OF)
    frames = frames_from(night, staging(province, rows))
    evaluation = evaluate(night, frames, presence(frames))
    marts = {
        name.removeprefix("marts."): frame.collect() for name, frame in frames.items() if name.startswith("marts.")
    }
    return marts, evaluation.findings.collect(), evaluation.clauses


EXPECTED = [
    (scenario.name, scenario.province, expected) for scenario in SCENARIOS.values() for expected in scenario.expected
]
VERDICTS = [case for case in EXPECTED if not case[2].clause.startswith("marts.")]
FIGURES = [case for case in EXPECTED if case[2].clause.startswith("marts.")]


def name_of(value: object) -> str:
    return f"{value.clause}@{value.period}" if isinstance(value, Expected) else str(value)


@pytest.mark.parametrize(("scenario", "province", "expected"), VERDICTS, ids=name_of)
def test_each_foretold_verdict_is_given(scenario, province, expected: Expected):
    _, findings, _ = judged(province)
    found = findings.filter(
        (pl.col("clause_id") == expected.clause)
        & (pl.col("subject_id") == expected.subject)
        & (pl.col("period") == expected.period)
    )
    assert found["verdict"].to_list() == [expected.verdict], scenario


@pytest.mark.parametrize(("scenario", "province", "expected"), FIGURES, ids=name_of)
def test_each_foretold_figure_is_reached(scenario, province, expected: Expected):
    marts, _, _ = judged(province)
    table = expected.clause.removeprefix("marts.")
    period = "year" if "year" in marts[table].columns else "period"
    row = marts[table].filter(
        (pl.col(SUBJECTS[table]) == expected.subject) & (pl.col(period).cast(pl.String) == expected.period)
    )
    assert row.height == 1, scenario
    for name, figure in expected.figures.items():
        value = row[name].item()
        same = value == figure if isinstance(value, str) else Decimal(str(value)) == Decimal(figure)
        assert same, f"{scenario}: {name} is {value}, not {figure}"


# Clauses that cannot show both sides in a sample: targets of a whole city, scopes and dates in force, papers of the
# whole province (one a year), and tables that hold no single subject's row.
ONE_SIDED = {
    "330000": {
        "WZ-2012-33/03.1",
        "WZ-2012-33/03.3",
        "WZ-2012-33/03.4",
        "ZJ-2014-04/02.1",
        "ZJ-2014-04/19.1",
        "ZJ-2014-04/22.1",
        "ZJ-2014-04/23.0",
        "ZJ-2014-04/24.3",
        "ZJ-2014-04/32.1",
        "ZJ-2019-357/A3.1",
    },
    "460000": {"HI-2017/10.1", "HI-2017/10.3", "HI-2017/12.2", "HI-2017/14.5.2", "HI-2017/17.1", "HI-2017/19.1"},
    "500000": {"CQ-2013-24/01.1", "CQ-2013-24/10.2", "CQ-2013-24/17.1", "CQ-2013-24/19.3"},
}


@pytest.mark.parametrize("province", PROVINCES)
def test_every_other_clause_has_both_sides_among_the_planted_cases(province):
    _, findings, clauses = judged(province)
    sides = findings.group_by("clause_id").agg(pl.col("verdict").unique())
    both = {row["clause_id"] for row in sides.iter_rows(named=True) if {"met", "not_met"} <= set(row["verdict"])}
    assert set(clauses["clause_id"]) - both == ONE_SIDED[province]
