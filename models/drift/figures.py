"""What is said of the headline figures and of the law behind them.

Belongs here: drift of figures by unit and period, and why: the data, the roster, or a rule. The figures are the
published ones, with counts as the public may know them, so that a sentence says no more than the pages do.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import polars as pl

from models.contracts import staging_contracts
from models.drift.steps import of_figures
from models.drift.telling import DRIFT, FEW, Kind, Row, name_of
from models.drift.usual import FEWEST_NIGHTS, Between, beyond
from models.words import HEADLINES

ALL_STAGES: Final = "全部"
CONVENTION: Final = "default"
PROVINCE: Final = "province"


@dataclass(frozen=True)
class Law:
    """What the two nights were judged by. `documents`: title and what became of each that differs."""

    documents: Mapping[str, str]
    is_other_program: bool
    is_same_dump: bool


@dataclass(frozen=True)
class Causes:
    """What else changed: the law and the program, and what was told of the dump's tables (audit.drift so far)."""

    law: Law
    data: pl.DataFrame

    def of_figure(self) -> tuple[Kind, str]:
        """To what a figure's change is put down, and in which words."""
        tables = "、".join(f"“{title}”" for title in self._titles())
        is_other_rule = bool(self.law.documents)
        if self.law.is_same_dump or (is_other_rule and self.data.is_empty()):
            return Kind.RULE, "转储没有变，变化来自条款或程序" if self.law.is_same_dump else "所依据的条款变了"
        also = "；所依据的条款也变了" if is_other_rule else "；程序版本也变了" if self.law.is_other_program else ""
        if not self.data.filter(pl.col("kind") == Kind.ROSTER).is_empty():
            return Kind.ROSTER, f"名册同时有变化（见上）{also}"
        return Kind.DATA, (f"同时有变化的表：{tables}" if tables else "转储的各列没有大的变化，请核对新增的行") + also

    def _titles(self) -> list[str]:
        names = self.data.filter(pl.col("kind") == Kind.DATA)["table_name"].unique(maintain_order=True).drop_nulls()
        return [staging_contracts()[name].title for name in names.head(FEW)]


def closed_between(periods: Sequence[str], between: Between) -> list[str]:
    """The years and cycles that ended between the two nights: their figures become final."""
    ends = {period: date(int(period[-4:]), 12, 31) for period in periods if period[-4:].isdigit()}
    return [period for period, end in ends.items() if between.before <= end < between.now]


def figure_steps(before: pl.DataFrame, now: pl.DataFrame, between: Between) -> pl.DataFrame:
    """Steps of the published figures, of all stages and of each; the province has no unit."""
    then, here = (one.filter(pl.col("convention") == CONVENTION) for one in (before, now))
    of_province = now.filter(pl.col("unit_level") == PROVINCE)["unit_id"].unique().to_list()
    periods = here["period"].unique().sort().to_list()
    return of_figures(then, here, closed_between(periods, between)).with_columns(
        unit_id=pl.when(~pl.col("unit_id").is_in(of_province)).then("unit_id")
    )


def whole(steps: pl.DataFrame) -> pl.DataFrame:
    """The steps of all stages together: those that are compared and remembered."""
    return steps.filter(pl.col("which") == ALL_STAGES)


def drift_of_figures(
    steps: pl.DataFrame, variation: pl.DataFrame, between: Between, causes: Causes, units: Mapping[str, str]
) -> pl.DataFrame:
    """Rows of audit.drift for figures beyond their usual steps, and for each document of law that differs."""
    found = beyond(whole(steps), variation, between)
    rows = [_row(row, more, steps, causes, units) for row, more in _chosen(found)]
    largest = sorted(whole(steps).iter_rows(named=True), key=lambda row: (-abs(row["step"]), str(row["unit_id"])))
    named = "、".join(f"{_subject(row, units)}（{_from_to(row)}）" for row in largest[:FEW])
    for document, became in causes.law.documents.items():
        says = f"{document}{became}，本次与上次发布所依据的条款不同。" + (f"变化最大的指标：{named}。" if named else "")
        rows.append({"kind": Kind.RULE.value, "measure": "law", "which": document, "sentence": says})
    return pl.DataFrame(rows, schema=DRIFT)


def _chosen(found: pl.DataFrame) -> Iterator[tuple[Row, int]]:
    """The province's figure before its units'; where more than three units changed, the one with most for all."""
    rows = sorted(found.iter_rows(named=True), key=lambda row: (-abs(row["step"]), str(row["unit_id"])))
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["figure"], row["period"]), []).append(row)
    for group in groups.values():
        province = [row for row in group if row["unit_id"] is None]
        if province or len(group) > FEW:
            yield (province or group)[0], len(group) - 1
        else:
            yield from ((row, 0) for row in group)


def _row(row: Row, more: int, steps: pl.DataFrame, causes: Causes, units: Mapping[str, str]) -> dict[str, Any]:
    kind, why = causes.of_figure()
    others = f"，另有 {more} 个单位同样" if more else ""
    allowed = max(round(row["allowed"] * 100), 1)
    usual = "" if row["nights"] < FEWEST_NIGHTS else f"，平时的变化不超过 {allowed} 个百分点"
    says = f"{_subject(row, units)}{_from_to(row)}{others}{usual}；{why}。{_most(row, steps, units)}"
    return {**{name: row[name] for name in DRIFT.names() if name in row}, "kind": kind.value, "sentence": says}


def _subject(row: Row, units: Mapping[str, str]) -> str:
    place = "全省" if row["unit_id"] is None else name_of(row["unit_id"], units)
    return f"{place} {row['period']} 年{HEADLINES[row['figure']]}"


def _from_to(row: Row) -> str:
    then, here = (int(row[side] * 100 + 0.5) for side in ("before", "now"))
    return f"由约 {then}% 变为约 {here}%"


def _most(row: Row, steps: pl.DataFrame, units: Mapping[str, str]) -> str:
    """The three units in which the figure changed most, of a unit's figure the three stages."""
    same = steps.filter((pl.col("figure") == row["figure"]) & (pl.col("period") == row["period"]))
    if row["unit_id"] is None:
        parts = whole(same).filter(pl.col("unit_id").is_not_null())
        names = [name_of(one, units) for one in _largest(parts)["unit_id"]]
    else:
        parts = same.filter((pl.col("unit_id") == row["unit_id"]) & (pl.col("which") != ALL_STAGES))
        names = _largest(parts)["which"].to_list()
    return f"变化主要在{'、'.join(names)}。" if names else ""


def _largest(parts: pl.DataFrame) -> pl.DataFrame:
    size = pl.coalesce("affected", pl.col("step").abs())
    return parts.with_columns(_size=size).sort("_size", "unit_id", descending=[True, False]).head(FEW)
