"""Planted cases: teachers, projects and institutions whose verdicts are known beforehand.

``SCENARIOS`` maps a case's name to its ids and what must come of them; ``planted`` gives the rows of a province.
Does not belong here: the mass of the sample (province), file formats (exports).
"""

from collections.abc import Mapping
from functools import cache

import polars as pl

from data.synthetic.scenarios import chongqing, hainan, visits, zhejiang
from data.synthetic.scenarios.plot import Expected, Plot, Scenario

__all__ = ["SCENARIOS", "Expected", "Scenario", "planted"]

STORIES = {"330000": (zhejiang.plant,), "460000": (hainan.plant,), "500000": (chongqing.plant,)}


@cache
def told(province: str) -> Plot:
    """The whole plot of a province (empty for a province without cases)."""
    plot = Plot(province)
    for tell in STORIES.get(province, ()):
        tell(plot)
    visits.plant(plot)
    return plot


def planted(province: str) -> dict[str, pl.DataFrame]:
    """Rows by table, typed, with ``planted`` true."""
    return {table: pl.DataFrame(rows, infer_schema_length=None) for table, rows in told(province).rows.items()}


SCENARIOS: Mapping[str, Scenario] = {
    name: scenario for province in STORIES for name, scenario in told(province).scenarios.items()
}
