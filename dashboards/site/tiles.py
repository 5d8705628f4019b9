"""The tile map: one square per county on a grid, as positions and lines an SVG template can draw.

Positions are reference data (`data/reference/tiles_<province>.csv`). A real map is no part of this: borders have
no clean licence and small counties would vanish in it.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from dashboards.site.region import Cell, Unit

SIDE = 64
GAP = 2
MARGIN = 6
Corner = Callable[[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Tile:
    """One county's square: its place, its unit and what is written in it."""

    x: int
    y: int
    unit: Unit
    cell: Cell
    href: str


@dataclass(frozen=True)
class TileMap:
    """All tiles, the borders between cities, and the counties that have no place on the grid."""

    width: int
    height: int
    tiles: Sequence[Tile]
    borders: str
    unplaced: Sequence[tuple[Unit, Cell, str]]


def positions(province: str) -> dict[str, tuple[int, int]]:
    """County code → (row, column); empty for a province without a grid."""
    grid = files("data").joinpath("reference", f"tiles_{province}.csv")
    if not grid.is_file():
        return {}
    rows = csv.DictReader(grid.read_text(encoding="utf-8-sig").splitlines())
    return {row["adcode"]: (int(row["row"]), int(row["col"])) for row in rows}


def tile_map(
    grid: Mapping[str, tuple[int, int]], counties: Sequence[Unit], cells: Mapping[str, Cell], root: str
) -> TileMap:
    """The map of the given counties; `root` leads from the page to the province's folder."""
    placed = {grid[unit.id]: unit for unit in counties if unit.id in grid}
    top = min((row for row, _ in placed), default=0)
    left = min((column for _, column in placed), default=0)

    def corner(row: int, column: int) -> tuple[int, int]:
        return MARGIN + (column - left) * SIDE, MARGIN + (row - top) * SIDE

    tiles = [
        Tile(*corner(row, column), unit, cells[unit.id], f"{root}{unit.address}index.html")
        for (row, column), unit in sorted(placed.items())
    ]
    edge = 2 * MARGIN + SIDE
    return TileMap(
        width=max((tile.x for tile in tiles), default=0) - MARGIN + edge,
        height=max((tile.y for tile in tiles), default=0) - MARGIN + edge,
        tiles=tiles,
        borders=_borders(placed, corner),
        unplaced=[
            (unit, cells[unit.id], f"{root}{unit.address}index.html") for unit in counties if unit.id not in grid
        ],
    )


def _borders(placed: Mapping[tuple[int, int], Unit], corner: Corner) -> str:
    """An SVG path along every edge where the city changes, outer edges included."""
    lines = []
    for (row, column), unit in sorted(placed.items()):
        x, y = corner(row, column)
        sides = (
            ((row - 1, column), f"M{x} {y}h{SIDE}"),
            ((row, column - 1), f"M{x} {y}v{SIDE}"),
            ((row + 1, column), f"M{x} {y + SIDE}h{SIDE}"),
            ((row, column + 1), f"M{x + SIDE} {y}v{SIDE}"),
        )
        for neighbour, line in sides:
            other = placed.get(neighbour)
            if other is None or other.city_id != unit.city_id:
                lines.append(line)
    return "".join(lines)
