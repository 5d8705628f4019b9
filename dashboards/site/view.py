"""The data behind a page's filters: every view ready-made, so that the browser only looks up and shows.

A view is measure × period × stage × convention. Values are text rounded on this side; hidden cells are hidden here
already.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from dashboards.site import numbers
from dashboards.site.measures import ALL_STAGES, CYCLE, MEASURES, Measure
from dashboards.site.region import Cell, Region, Unit


def start_measure(region: Region) -> Measure:
    """The measure a page opens with: coverage where the law sets a quota, else the first with figures."""
    with_targets = [
        m for m in MEASURES if region.periods(m) and region.targets(m, None, region.province) and not m.is_trigger
    ]
    preferred = sorted(with_targets, key=lambda measure: measure.key != "coverage")
    return (preferred or [m for m in MEASURES if region.periods(m)] or [MEASURES[0]])[0]


def view_data(region: Region, units: Sequence[Unit]) -> dict[str, Any]:
    """Everything the filters of a page with these units can show."""
    cells: dict[str, dict[str, list[str]]] = defaultdict(dict)
    measures = [measure for measure in MEASURES if region.periods(measure)]
    for measure in measures:
        for period in region.periods(measure):
            for stage in region.stages(measure):
                for convention in measure.conventions:
                    key = f"{measure.key}|{period}|{stage}|{convention}"
                    for unit in units:
                        cell = _cell(region, measure, unit, (period, stage, convention))
                        if cell.is_told:
                            cells[key][unit.id] = shown(cell)
    start = start_measure(region)
    return {
        "order": [measure.key for measure in measures],
        "start": {"measure": start.key},
        "measures": {measure.key: _offer(region, measure) for measure in measures},
        "cells": {key: dict(found) for key, found in cells.items() if found},
    }


def _cell(region: Region, measure: Measure, unit: Unit, key: tuple[str, str, str]) -> Cell:
    """A unit's cell; of a cycle still open its forecast, because what is reached so far says nothing yet."""
    period, stage, convention = key
    if measure is CYCLE and stage == ALL_STAGES and period == region.open_period(CYCLE):
        return region.forecast(unit, period)
    return region.cell(measure, unit, period, stage, convention)


def shown(cell: Cell) -> list[str]:
    """A cell as the browser shows it: value, tone, shape, word, and the fraction behind it."""
    mark = cell.mark
    return [cell.shown, cell.tone, mark.shape if mark else "", mark.word if mark else "", cell.fraction]


def _offer(region: Region, measure: Measure) -> dict[str, Any]:
    return {
        "title": measure.title,
        "period": region.headline_period(measure),
        "periods": [[period, period_label(region, measure, period)] for period in reversed(region.periods(measure))],
        "stages": [[stage, "全部学段" if stage == "全部" else stage] for stage in region.stages(measure)],
        "conventions": [[key, title] for key, title in measure.conventions.items()],
        "legend": legend(measure),
        "note": note(region, measure),
    }


def period_label(region: Region, measure: Measure, period: str | None) -> str:
    """`2020年`, `2021年（进行中）`, `2016—2020周期`."""
    if period is None:
        return "没有数据"
    name = f"{period.replace('-', '—')}周期" if measure.key == "cycle" else f"{period}年"
    is_open = period == region.open_period(measure) or int(period[-4:]) >= region.release.as_of.year
    return f"{name}（进行中）" if is_open else name


def legend(measure: Measure) -> list[str]:
    """The four classes of a measure's scale, lowest first."""
    low, middle, high = (numbers.plain(edge * 100) for edge in measure.breaks)
    return [f"低于{low}%", f"{low}%—{middle}%", f"{middle}%—{high}%", f"{high}%及以上"]


def note(region: Region, measure: Measure) -> str:
    """What the measure divides by what, and the thresholds of law it is held against."""
    targets = "、".join(
        f"{target.text}（{target.clause_id}）" for target in region.targets(measure, None, region.province)
    )
    formula = f"{measure.title}＝{measure.numerator}÷{measure.denominator}。"
    if not targets:
        return formula + f"本{region.release.kind_word}条款未规定标准。"
    return formula + ("提请核查：" if measure.is_trigger else "条款要求：") + targets + "。"
