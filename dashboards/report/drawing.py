"""Figures as SVG: bars, trends, intervals and the tile map, in the site's colours.

The PDF and the web page draw the same picture. Word and Excel have charts of their own, from the same numbers.
Positions are rounded to a tenth, so that the same figures give the same bytes.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from html import escape
from typing import Final
from unicodedata import east_asian_width

from dashboards.report.model import Chart, Limit, Number, Tiles
from dashboards.site.theme import BLUE, FONTS, INK, LINE, MUTED, ORANGE

WIDTH: Final = 640
ROW: Final = 26
SIDE: Final = 58
INSET: Final = 28
LEVEL_COLOURS: Final = ("#ffffff", "#b9480f", "#f5cba7", "#a9cbe3", "#1f5f93")
"""The site's map: nothing to show, then the four classes of the scale."""
LEVEL_INKS: Final = (MUTED, "#ffffff", INK, INK, "#ffffff")
LONGEST_LABEL: Final = 15
"""In widths of a Chinese character."""
NICE: Final = (
    *(
        ("1", 5),
        ("1.2", 4),
        ("1.5", 3),
        ("2", 4),
        ("2.5", 5),
        ("3", 3),
        ("4", 4),
        ("5", 5),
        ("6", 3),
        ("8", 4),
        ("10", 5),
    ),
)
"""Round tops of an axis, each with the number of parts that gives round ticks."""


def draw(figure: Chart | Tiles, fonts: str = FONTS) -> str:
    """The figure as one SVG element with its alternative text."""
    if isinstance(figure, Tiles):
        width, height, shapes = _tiles(figure)
    elif figure.kind == "trend":
        width, height, shapes = _trend(figure)
    elif figure.kind == "intervals":
        width, height, shapes = _intervals(figure)
    else:
        width, height, shapes = _bars(figure)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(figure.alt)}" font-family="{escape(fonts)}" font-size="13">'
        f"{''.join(shapes)}</svg>"
    )


def _number(value: float) -> str:
    return f"{round(value, 1):g}"


def _text(x: float, y: float, text: str, *, anchor: str = "start", fill: str = INK, size: int = 13) -> str:
    return (
        f'<text x="{_number(x)}" y="{_number(y)}" text-anchor="{anchor}" fill="{fill}" font-size="{size}">'
        f"{escape(text)}</text>"
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, *, width: float = 1, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<path d="M{_number(x1)} {_number(y1)}L{_number(x2)} {_number(y2)}" stroke="{colour}" '
        f'stroke-width="{width:g}" fill="none"{dashed}/>'
    )


def _square(x: int, y: int, side: int, colour: str) -> str:
    return f'<rect x="{x}" y="{y}" width="{side}" height="{side}" fill="{colour}" stroke="{LINE}"/>'


def _width(label: str) -> float:
    return sum(1 if east_asian_width(c) in "WF" else 0.56 for c in label)


def _short(label: str) -> str:
    if _width(label) <= LONGEST_LABEL:
        return label
    while _width(label) > LONGEST_LABEL - 1:
        label = label[:-1]
    return label + "…"


def _label_room(labels: Sequence[str]) -> int:
    return 20 + int(13 * max((_width(_short(label)) for label in labels), default=0))


def number_value(number: Number) -> float:
    return float(number.value or 0)


def nice_axis(values: Sequence[float]) -> tuple[float, int]:
    """A round number at or above the greatest value, and into how many parts its axis goes."""
    most = max(values, default=0)
    if most <= 0:
        return 1, 1
    power = Decimal(10) ** Decimal(str(most)).adjusted()
    return next((float(power * Decimal(step)), parts) for step, parts in NICE if float(power * Decimal(step)) >= most)


def trend_axis(levels: Sequence[float], whole: float | None) -> tuple[float, int]:
    """The axis of a line: up to the whole where shares pass its half, since none exceeds it; else a round number."""
    if whole is not None and max(levels, default=0) > whole / 2:
        return whole, 5
    return nice_axis([1.08 * level for level in levels])


def limit_percent(limit: Limit) -> float:
    return float(limit.value * 100)


def _is_share(chart: Chart) -> bool:
    return chart.series[0].values[0].indicator.scale == "percent"


def _bars(chart: Chart) -> tuple[int, int, list[str]]:
    left, right, top = _label_room(chart.categories), 90, 10
    values = chart.series[0].values
    most = 100.0 if _is_share(chart) else nice_axis([number_value(value) for value in values])[0]
    height = top + ROW * len(values) + 12 + (20 if chart.limits else 0)
    scale = (WIDTH - left - right) / most
    shapes = [_line(left, top, left, top + ROW * len(values), LINE)]
    for place, (label, value) in enumerate(zip(chart.categories, values, strict=True)):
        y = top + place * ROW
        length = max(number_value(value) * scale, 0)
        shapes += [
            _text(left - 8, y + 17, _short(label), anchor="end"),
            f'<rect x="{left}" y="{y + 4}" width="{_number(length)}" height="{ROW - 8}" fill="{BLUE}"/>',
            _text(left + length + 6, y + 17, value.text, fill=INK),
        ]
    shapes += _limits_down(chart.limits, left, scale, top, top + ROW * len(values))
    return WIDTH, height, shapes


def _limits_down(limits: Sequence[Limit], left: float, scale: float, top: float, bottom: float) -> Iterator[str]:
    """Dashed lines from top to bottom, their names below, each on its own height so that they cannot collide."""
    for place, limit in enumerate(limits):
        x = left + limit_percent(limit) * scale
        yield _line(x, top, x, bottom + 4, ORANGE, width=1.5, dash="5 3")
        yield _text(x, bottom + 18 + 16 * place, limit.title, anchor="middle", fill=ORANGE, size=12)


def _intervals(chart: Chart) -> tuple[int, int, list[str]]:
    left, right, top = _label_room(chart.categories), 70, 24
    rows = len(chart.categories)
    scale = (WIDTH - left - right) / 100
    bottom = top + ROW * rows
    shapes: list[str] = []
    for tick in range(0, 101, 20):
        x = left + tick * scale
        shapes += [
            _line(x, top - 4, x, bottom, LINE),
            _text(x, top - 9, f"{tick}%", anchor="middle", fill=MUTED, size=12),
        ]
    for place, label in enumerate(chart.categories):
        y = top + place * ROW + ROW / 2
        value, low, high = chart.series[0].values[place], chart.low[place], chart.high[place]
        shapes.append(_text(left - 10, y + 5, _short(label), anchor="end"))
        if low.is_known and high.is_known:
            shapes.append(
                _line(left + number_value(low) * scale, y, left + number_value(high) * scale, y, BLUE, width=2)
            )
        shapes += [
            f'<circle cx="{_number(left + number_value(value) * scale)}" cy="{_number(y)}" r="4.5" fill="{BLUE}"/>',
            _text(WIDTH - right + 8, y + 5, value.text),
        ]
    shapes += _limits_down(chart.limits, left, scale, top, bottom)
    return WIDTH, bottom + 14 + 16 * max(len(chart.limits), 1), shapes


def _trend(chart: Chart) -> tuple[int, int, list[str]]:
    left, right, top, bottom = 56, 30, 24, 216
    values = chart.series[0].values
    known = [number_value(value) for value in values if value.is_known]
    most, parts = trend_axis([*known, *map(limit_percent, chart.limits)], 100.0 if _is_share(chart) else None)
    across = (WIDTH - left - right - 2 * INSET) / max(len(values) - 1, 1)
    scale = (bottom - top) / most
    mark = "%" if _is_share(chart) else ""
    shapes: list[str] = []
    for part in range(parts + 1):
        level = most * part / parts
        y = bottom - level * scale
        shapes += [
            _line(left, y, WIDTH - right, y, LINE),
            _text(left - 8, y + 4, f"{level:g}{mark}", anchor="end", fill=MUTED),
        ]
    for limit in chart.limits:
        y = bottom - limit_percent(limit) * scale
        shapes += [
            _line(left, y, WIDTH - right, y, ORANGE, width=1.5, dash="5 3"),
            _text(left + 6, y + 16, limit.title, fill=ORANGE, size=12),
        ]
    points = [(left + INSET + place * across, value) for place, value in enumerate(values)]
    places = [(x, bottom - number_value(value) * scale) for x, value in points if value.is_known]
    path = "L".join(f"{_number(x)} {_number(y)}" for x, y in places)
    shapes.append(f'<path d="M{path}" stroke="{BLUE}" stroke-width="2" fill="none"/>')
    for (x, value), year in zip(points, chart.categories, strict=True):
        shapes.append(_text(x, bottom + 20, year, anchor="middle"))
        if value.is_known:
            y = bottom - number_value(value) * scale
            shapes += [
                f'<circle cx="{_number(x)}" cy="{_number(y)}" r="4" fill="{BLUE}"/>',
                _text(x, y - 9, value.text, anchor="middle"),
            ]
    return WIDTH, bottom + 32, shapes


def _tiles(figure: Tiles) -> tuple[int, int, list[str]]:
    top = min(tile.row for tile in figure.tiles)
    left = min(tile.column for tile in figure.tiles)
    columns = max(tile.column for tile in figure.tiles) - left + 1
    rows = max(tile.row for tile in figure.tiles) - top + 1
    shapes: list[str] = []
    for tile in figure.tiles:
        x, y = 4 + (tile.column - left) * SIDE, 4 + (tile.row - top) * SIDE
        ink = LEVEL_INKS[tile.level]
        shapes += [
            _square(x, y, SIDE - 2, LEVEL_COLOURS[tile.level]),
            _text(x + SIDE / 2 - 1, y + 24, tile.label, anchor="middle", fill=ink),
            _text(x + SIDE / 2 - 1, y + 43, tile.value.text, anchor="middle", fill=ink, size=12),
        ]
    width = max(columns * SIDE + 8, 560)
    y = rows * SIDE + 16
    for place, title in enumerate(figure.scale):
        x = 4 + place * 108
        shapes += [
            _square(x, y, 16, LEVEL_COLOURS[place]),
            _text(x + 22, y + 13, title, size=12),
        ]
    return width, y + 26, shapes
