"""An outsider who has every published figure, knows the rule by heart, and has a solver.

What is published of people are sums over groups of people (a school's teachers of one stage and one outcome, say). Of
each he knows more than the nineteen counts a told ten may stand for: that every figure of one unit was told by the same
edges, and how far those can lie apart. He asks a linear program for the least and the greatest that any sum can be.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field

import highspy
import polars as pl

from models.marts.suppression import MINIMUM

Cell = Hashable
BASE, SPREAD = (MINIMUM - 1) // 2, MINIMUM // 2
"""How far a unit's edges lie above the feet of their stairs at least, and each of them beyond that, at most."""


@dataclass
class Attacker:
    """`groups` are the smallest groups of people, `cells` what is published of sums of them."""

    groups: dict[Hashable, int] = field(default_factory=dict)
    edges: dict[tuple[Hashable, int | None], int] = field(default_factory=dict)
    rows: list[tuple[float, float, list[int], list[float]]] = field(default_factory=list)

    def learns(self, groups: Iterable[Hashable], low: float, high: float) -> None:
        """The people of these groups are so many together, within these bounds."""
        members = self._members(groups)
        self.rows.append((low, high, members, [1.0] * len(members)))

    def reads(self, groups: Iterable[Hashable], unit: str, told: int) -> None:
        """The people of these groups are told in a unit as so many tens."""
        self.reads_between(groups, unit, told, told)

    def reads_between(self, groups: Iterable[Hashable], unit: str, least: int, most: int) -> None:
        """The people of these groups are told in a unit as one of these tens."""
        members = self._members(groups)
        if least > 0:
            self._beside_edge(members, unit, least // MINIMUM, is_above=True)
        self._beside_edge(members, unit, most // MINIMUM + 1, is_above=False)

    def bounds(self, wanted: Mapping[Cell, Iterable[Hashable]]) -> dict[Cell, tuple[int, int]]:
        """The least and greatest count of each wanted cell that agrees with everything known."""
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        # Only the costs change from one question to the next, so that the last answer is where the next one begins.
        solver.setOptionValue("simplex_strategy", 4)
        solver.setOptionValue("presolve", "off")
        for _ in range(len(self.groups)):
            solver.addVar(0, highspy.kHighsInf)
        for _, stair in self.edges:
            solver.addVar(0, BASE if stair is None else SPREAD)
        place = {at: number for number, at in enumerate((*self.groups.values(), *self.edges.values()))}
        for low, high, members, signs in self.rows:
            solver.addRow(low, high, len(members), [place[one] for one in members], signs)
        found = {}
        for cell, groups in wanted.items():
            members = [place[one] for one in self._members(groups)]
            found[cell] = (_extreme(solver, members, 1), _extreme(solver, members, -1))
        return found

    # Groups are numbered even and edges odd while they come; the solver has groups first.
    def _members(self, groups: Iterable[Hashable]) -> list[int]:
        return sorted({self.groups.setdefault(group, 2 * len(self.groups)) for group in groups})

    def _edge(self, unit: str, stair: int | None) -> int:
        return self.edges.setdefault((unit, stair), 2 * len(self.edges) + 1)

    def _beside_edge(self, members: list[int], unit: str, stair: int, *, is_above: bool) -> None:
        """A count is on the edge into a stair or above it, or else below."""
        foot = (stair - 1) * MINIMUM + 1
        row = [*members, self._edge(unit, None), self._edge(unit, stair)], [1.0] * len(members) + [-1.0, -1.0]
        self.rows.append((foot, highspy.kHighsInf, *row) if is_above else (-highspy.kHighsInf, foot - 1, *row))


def _extreme(solver: highspy.Highs, members: list[int], sign: int) -> int:
    for member in members:
        solver.changeColCost(member, sign)
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    value = sign * solver.getInfo().objective_function_value
    for member in members:
        solver.changeColCost(member, 0)
    rounded = round(value)
    # Counts are whole: a bound of 2.5 from below is 3.
    return rounded if abs(value - rounded) < 1e-6 else int(value) + (sign == 1)


def narrow(truth: Mapping[Cell, int], bounds: Mapping[Cell, tuple[int, int]]) -> pl.DataFrame:
    """Cells under ten with the number of values left to them, fewest first."""
    rows = [
        {"cell": str(cell), "truth": truth[cell], "low": low, "high": high, "values": high - low + 1}
        for cell, (low, high) in bounds.items()
        if 0 < truth[cell] < MINIMUM
    ]
    schema = {"cell": pl.String, "truth": pl.Int64, "low": pl.Int64, "high": pl.Int64, "values": pl.Int64}
    return pl.DataFrame(rows, schema=schema).sort("values")
