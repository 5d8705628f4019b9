"""The law cases on credits, run through the public functions.

A case is a person, what was registered for them, and what the law makes of it. All cases of one file and one
"today" are settled in one go, as a province is.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

import pytest

from models.law import load_policies
from models.law.cases import credit_cases
from tests.credit_cases import Settled, expectations, misses, settled, today_of

FILES = {file.path.relative_to(file.path.parents[1]).as_posix(): file for file in credit_cases()}
CASE_KEYS = {"编号", "条款", "情形", "教师", "项目", "登记", "今天", "应得", "理由"}


@cache
def _settled(name: str, today: date) -> Settled:
    return settled(FILES[name], today, load_policies())


@pytest.mark.parametrize(
    ("name", "case"),
    [
        pytest.param(name, case, id=f"{case['编号']}-{case['情形']}")
        for name, file in FILES.items()
        for case in file.cases
    ],
)
def test_law_case(name: str, case: Mapping[str, Any]) -> None:
    assert set(case) <= CASE_KEYS, f"{case['编号']} 有不认识的键：{set(case) - CASE_KEYS}"
    assert expectations(case), f"{case['编号']} 没有写应得什么"
    assert list(misses(case, _settled(name, today_of(case)))) == []


def test_every_worked_case_is_there() -> None:
    numbers = {case["编号"][:5] for file in FILES.values() for case in file.cases if case["编号"].startswith("HI-")}
    assert {f"HI-{number:02d}" for number in range(1, 37)} <= numbers


def test_cases_have_numbers_of_their_own() -> None:
    numbers = [case["编号"] for file in FILES.values() for case in file.cases]
    assert len(numbers) == len(set(numbers))
