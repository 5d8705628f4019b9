"""docs/scale.md follows from docs/scale.json, and its arithmetic is that of a schedule that can be kept."""

import json

import pytest

from tests.bench.scale import INPUTS, PAGE, hours, machines_for, remade, section

INPUT = {
    "measured": {"records": 1_000_000, "seconds": 36.0},
    "country": {"records": 1_000_000_000, "largest_share": 0.1},
}


def test_the_page_is_what_follows_from_its_inputs() -> None:
    page = PAGE.read_text("utf-8")
    assert page == remade(page, json.loads(INPUTS.read_text("utf-8"))), "run: make docs"


def test_ten_machines_wait_for_the_largest_province() -> None:
    assert hours(INPUT, 1) == pytest.approx(10)
    assert hours(INPUT, 10) == pytest.approx(1 + 1)


def test_machines_for_a_night() -> None:
    assert machines_for(INPUT, 10) == 1
    assert machines_for(INPUT, 6) == 2
    assert machines_for(INPUT, 0.9) is None, "the largest province alone takes an hour"


def test_an_ordinary_night_is_told_once_it_is_measured() -> None:
    inputs = json.loads(INPUTS.read_text("utf-8"))
    inputs["measured"] = {name: value for name, value in inputs["measured"].items() if name != "ordinary_seconds"}
    assert "ordinary" not in section(inputs)
    inputs["measured"] |= {"ordinary_seconds": inputs["measured"]["seconds"] / 2, "typed_gb": 1.0}
    told = section(inputs)
    assert f"| an ordinary night of every province | {hours(inputs, 1) / 2:.1f} h |" in told
    assert "An ordinary one from 02:00 to 07:00 takes 1 machine." in told
    assert hours(inputs, 10, "ordinary_seconds") == pytest.approx(hours(inputs, 10) / 2)
