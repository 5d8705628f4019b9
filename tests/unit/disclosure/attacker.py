"""An outsider who has every published figure and a solver.

What is published of people are sums over groups of people (a school's teachers of one stage and one outcome, say), of
each of which he knows an interval: nine on either side of a told ten, 1 to 19 where a row is hidden. He asks a linear
program for the least and the greatest that any sum can be.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field

import highspy
import polars as pl

from models.marts.suppression import MINIMUM, REACH

Cell = Hashable
KNOWN = (0, float("inf"))


@dataclass
class Attacker:
    """`groups` are the smallest groups of people, `cells` what is published: the groups they count, and bounds."""

    groups: dict[Hashable, int] = field(default_factory=dict)
    cells: list[tuple[Cell, list[int], float, float]] = field(default_factory=list)

    def learns(self, cell: Cell, groups: Iterable[Hashable], low: float, high: float) -> None:
        """A published cell counts these groups and lies within these bounds."""
        members = sorted({self.groups.setdefault(group, len(self.groups)) for group in groups})
        self.cells.append((cell, members, low, high))

    def bounds(self, wanted: Iterable[Cell]) -> dict[Cell, tuple[int, int]]:
        """The least and greatest count of each wanted cell that agrees with everything known."""
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        for _ in self.groups:
            solver.addVar(0, highspy.kHighsInf)
        for _, members, low, high in self.cells:
            solver.addRow(low, min(high, highspy.kHighsInf), len(members), members, [1.0] * len(members))
        asked = set(wanted)
        found = {}
        for cell, members, _, _ in self.cells:
            if cell in asked and cell not in found:
                found[cell] = (self._extreme(solver, members, 1), self._extreme(solver, members, -1))
        return found

    def _extreme(self, solver: highspy.Highs, members: list[int], sign: int) -> int:
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


def interval(told: int | None) -> tuple[int, int]:
    """What a figure on stairs says by itself; of a row that is there somebody is counted."""
    return (1, 2 * MINIMUM - 1) if told is None else (told - REACH, told + REACH)


def narrow(truth: Mapping[Cell, int], bounds: Mapping[Cell, tuple[int, int]]) -> pl.DataFrame:
    """Cells under ten with the number of values left to them, fewest first."""
    rows = [
        {"cell": str(cell), "truth": truth[cell], "low": low, "high": high, "values": high - low + 1}
        for cell, (low, high) in bounds.items()
        if 0 < truth[cell] < MINIMUM
    ]
    schema = {"cell": pl.String, "truth": pl.Int64, "low": pl.Int64, "high": pl.Int64, "values": pl.Int64}
    return pl.DataFrame(rows, schema=schema).sort("values")
