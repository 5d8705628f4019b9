"""The tiles at the top of a page: how many teachers have which verdict."""

from types import SimpleNamespace

import pytest

from dashboards.site.pages.headline import _teacher_tallies

UNIT = SimpleNamespace(id="460000")


def tallies(missed: int | None, *causes: int | None) -> dict[str, str]:
    rows = [{"outcome": f"not_met:{number}", "teachers": teachers} for number, teachers in enumerate(causes)]
    rows.append({"outcome": "met", "teachers": 5560})
    region = SimpleNamespace(outcomes={(UNIT.id, "2016-2020"): rows}, cell=lambda *_: SimpleNamespace(missed=missed))
    return {one.mark.word: one.number for one in _teacher_tallies(region, UNIT, "2016-2020")}


@pytest.mark.parametrize("causes", [(230, None), (230, 20), (None, None)])
def test_who_missed_is_what_the_rate_leaves_though_a_cause_is_hidden(causes):
    assert tallies(240, *causes) == {"达标": "5,560", "未达标": "240"}


def test_few_who_missed_stay_hidden():
    assert tallies(None, None, None) == {"达标": "5,560", "未达标": "＊"}
