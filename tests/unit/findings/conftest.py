"""Small nights for judging, as fixtures."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import pytest

from models.findings import Evaluation, evaluate
from models.law import Policies
from models.night import Night
from tests.law_cases import ALL, Everything, Rows, empty, table


@pytest.fixture
def judge() -> Callable[..., Evaluation]:
    """Judges a night given as rows by table; every field counts as present."""

    def judged(
        tables: Mapping[str, Rows],
        *,
        province: str,
        as_of: date,
        policies: Policies | None = None,
    ) -> Evaluation:
        frames = {name: table(name, rows) for name, rows in tables.items()}
        return evaluate(Night(province, as_of), frames, Everything(), policies)

    return judged


@pytest.fixture
def judge_rows() -> Callable[..., Evaluation]:
    """Like `judge`, with every table of staging, core and marts there, empty where no rows are given."""

    def judged(
        tables: Mapping[str, Rows],
        *,
        province: str,
        as_of: date,
        policies: Policies | None = None,
        absent: Sequence[str] = (),
    ) -> Evaluation:
        frames = {name: table(name, tables[name]) if name in tables else empty(name) for name in ALL}
        return evaluate(Night(province, as_of), frames, Everything(absent), policies)

    return judged
