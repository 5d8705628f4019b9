"""The law's worked cases: what is given, and what the law makes of it.

Belongs here: the case files and reading them, for the tests that hold the code to them and for the pages that show
them. `clauses/<document>` has a clause on both sides of its limit (files that begin with 附 come last: they
hold each further figure and the day in force); `credits` has registrations and what they come to; `alerts` has records
that should make people look. Computing a case belongs to the tests, telling it to `models.law.cases.telling`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from models.yaml_files import read_yaml

Facts = Mapping[str, Any]

HERE: Final = Path(__file__).parent
AS_OF: Final = date(2021, 11, 30)
"""The day a clause is judged on where its case names none."""
TODAY: Final = date(2022, 1, 1)
"""The same for credits."""
TABLES: Final[Mapping[str, str]] = {
    "unit": "core.dim_unit",
    "school": "core.dim_school",
    "teacher": "core.dim_teacher",
    "teacher_place": "core.fct_teacher_place",
    "institution": "core.dim_institution",
    "project": "core.dim_project",
    "credit": "core.fct_credit",
    "answers": "core.fct_survey",
    "check": "core.fct_spot_check",
    "teacher_year": "marts.teacher_year",
    "teacher_cycle": "marts.teacher_cycle",
    "cap_loss_record": "marts.cap_loss_record",
    "county_spot_check": "marts.county_spot_check",
    "institution_satisfaction": "marts.institution_satisfaction",
    "project_satisfaction": "marts.project_satisfaction",
}
"""Short names of tables of core and marts; any other name is one of staging."""
ROW_WORDS: Final = ("times", "daily")
"""What a row may say of itself: how often it is there, each time under a key of its own, and the column (`daily`) that
is a day later each time."""
PLACES: Final[Mapping[str, Mapping[str, str]]] = {
    "HI-2017": {"$province": "460000", "$city": "460100", "$county": "460105", "$system": "HI-2017"},
    "CQ-2013-24": {"$province": "500000", "$city": "500000", "$county": "500106", "$system": "CQ-2013"},
    "WZ-2012-33": {"$province": "330000", "$city": "330300", "$county": "330302", "$system": "WZ-2012"},
    "ZJ": {"$province": "330000", "$city": "330100", "$county": "330106", "$system": "ZJ-2016"},
}
"""What the names of places stand for, by document; `ZJ` is all of Zhejiang's."""


@dataclass(frozen=True)
class CreditCases:
    """One file of cases on credits: its province, the credit system of its teachers, and the cases."""

    path: Path
    province: str
    system: str
    cases: Sequence[Facts]


@cache
def _read(path: Path) -> Any:
    return read_yaml(path).content


def clause_entries(document: str | None = None) -> Iterator[Facts]:
    """Each clause's shared facts and its cases, of one document or of all."""
    for path in sorted((HERE / "clauses").glob(f"{document or '*'}/*.yaml")):
        yield from _read(path)


def world() -> Mapping[str, Sequence[Facts]]:
    """The small place every clause's case happens in, unless it says otherwise: table → rows."""
    found: Mapping[str, Sequence[Facts]] = _read(HERE / "clauses" / "world.yaml")
    return found


def credit_cases() -> Iterator[CreditCases]:
    """All cases on credits, file by file."""
    for path in sorted((HERE / "credits").glob("*/*.yaml")):
        content = _read(path)
        yield CreditCases(path, content["province"], content.get("system", "HI-2017"), content["cases"])


def alert_cases() -> Sequence[Facts]:
    """Records that should make people look, and those that should not."""
    found: Sequence[Facts] = _read(HERE / "alerts" / "hainan.yaml")["cases"]
    return found


def places(clause_id: str) -> Mapping[str, str]:
    """What `$county` and its like stand for in the cases of a clause."""
    return PLACES.get(clause_id.partition("/")[0], PLACES["ZJ"])


def table_name(name: str) -> str:
    """The full name of the table a case means."""
    return name if "." in name else TABLES.get(name, f"staging.{name}")
