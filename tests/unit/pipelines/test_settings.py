"""Settings by environment: what they may say, and what is said of those that cannot be."""

import pytest
from click.testing import CliRunner

from expectations.gate import Limits, rules_of
from models.contracts import staging_contracts
from pipelines.cli import main
from pipelines.settings import row_change_limits

BEFORE = {f"staging.{table}": 1000 for table in staging_contracts()}


@pytest.mark.parametrize(
    ("asked", "limits"),
    [
        ("", {}),
        ("credit_record=60", {"credit_record": 60}),
        ("credit_record=60，exam=200", {"credit_record": 60, "exam": 200}),
        (" credit_record=60 , exam=200 ", {"credit_record": 60, "exam": 200}),
        ("40, exam=200", dict.fromkeys(staging_contracts(), 40) | {"exam": 200}),
    ],
)
def test_how_much_a_table_may_change(monkeypatch: pytest.MonkeyPatch, asked: str, limits: dict[str, int]) -> None:
    monkeypatch.setenv("SHIXUN_ROW_CHANGE", asked)
    assert row_change_limits() == limits


@pytest.mark.parametrize(
    "asked", ["30%", "-5", "0", "credit_record=", "credit_record=60.5", "=30", "credit_recrod=60", "三十"]
)
def test_what_cannot_be_is_said_before_the_night(monkeypatch: pytest.MonkeyPatch, asked: str, tmp_path) -> None:
    monkeypatch.setenv("SHIXUN_ROW_CHANGE", asked)
    with pytest.raises(ValueError, match="SHIXUN_ROW_CHANGE"):
        row_change_limits()
    (tmp_path / "460000" / "2021-11-30").mkdir(parents=True)
    result = CliRunner().invoke(main, ["refresh", "--dumps", str(tmp_path), "--home", str(tmp_path / "home")])
    assert (result.exit_code, "SHIXUN_ROW_CHANGE" in result.output) == (2, True)


def test_the_gates_wall_stands_at_thirty_per_cent_where_nothing_else_is_asked() -> None:
    rules = rules_of("staging", BEFORE, Limits(row_change={"exam": 200, "lecture": 5}))
    walls = {
        rule.suite: (rule.kwargs["min_value"], rule.kwargs["max_value"])
        for rule in rules
        if rule.name == "rows_are_close_to_last_release"
    }
    assert walls["staging.credit_record"] == (700, 1300)
    assert walls["staging.exam"] == (0, 3000)
    assert walls["staging.lecture"] == (950, 1050)
