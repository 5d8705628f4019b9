"""Native office charts as XML, with the small workbook behind each so that people can edit it.

Belongs here: axes, colours and labels that every chart in a Word file shares, and the chart of a page's figure. Charts
of the report with their limits and intervals are in `dashboards.report.wordchart`.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import escape

from dashboards.site.theme import BLUE, LINE

FONT: Final = "宋体"
HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
)
SMALL: Final = (
    '<c:txPr><a:bodyPr/><a:p><a:pPr><a:defRPr sz="900"><a:latin typeface="Times New Roman"/>'
    f'<a:ea typeface="{FONT}"/></a:defRPr></a:pPr><a:endParaRPr lang="zh-CN"/></a:p></c:txPr>'
)
EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip archive can hold; every entry bears it, so that the same content gives the same bytes."""
_INVISIBLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f]")


def visible(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    return _INVISIBLE.sub("", text)


def clean(text: str) -> str:
    """Text as XML writes it."""
    return escape(visible(text))


def solid(colour: str) -> str:
    """A fill of one colour, given as `#rrggbb`."""
    return f'<a:solidFill><a:srgbClr val="{colour[1:].upper()}"/></a:solidFill>'


THIN: Final = f'<c:spPr><a:ln w="6350">{solid(LINE)}</a:ln></c:spPr>'


def category_axis(side: str, *, reverse: bool) -> str:
    """The axis of names; reversed it reads from the top down as a table does."""
    orientation = "maxMin" if reverse else "minMax"
    return (
        f'<c:catAx><c:axId val="111"/><c:scaling><c:orientation val="{orientation}"/></c:scaling><c:delete val="0"/>'
        f'<c:axPos val="{side}"/><c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="none"/>'
        f'<c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/>{THIN}{SMALL}<c:crossAx val="112"/>'
        '<c:crosses val="autoZero"/><c:auto val="0"/><c:lblAlgn val="ctr"/><c:lblOffset val="100"/>'
        '<c:tickLblSkip val="1"/><c:noMultiLvlLbl val="1"/></c:catAx>'
    )


@dataclass(frozen=True)
class Scale:
    """An axis of values: where it stands, how its numbers are written, and its ends where they are set."""

    side: str
    shape: str
    crosses: str = "autoZero"
    low: float | None = 0
    high: float | None = None


def value_axis(scale: Scale) -> str:
    """The axis of values with its grid."""
    ends = "".join(
        f'<c:{name} val="{value!r}"/>' for name, value in (("max", scale.high), ("min", scale.low)) if value is not None
    )
    return (
        f'<c:valAx><c:axId val="112"/><c:scaling><c:orientation val="minMax"/>{ends}</c:scaling><c:delete val="0"/>'
        f'<c:axPos val="{scale.side}"/><c:majorGridlines>{THIN}</c:majorGridlines>'
        f'<c:numFmt formatCode="{escape(scale.shape, QUOTES)}" sourceLinked="0"/><c:majorTickMark val="none"/>'
        f'<c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/>{THIN}{SMALL}<c:crossAx val="111"/>'
        f'<c:crosses val="{scale.crosses}"/><c:crossBetween val="between"/></c:valAx>'
    )


QUOTES: Final = {'"': "&quot;"}


@dataclass(frozen=True)
class Figure:
    """A page's figure as an office chart draws it: its names, and a column of values for each series."""

    categories: Sequence[str]
    series: Sequence["Series"]
    is_upright: bool
    grouping: str
    shape: str
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Series:
    """One column of values; `colours` has one for all, or one for each value."""

    name: str
    values: Sequence[float | None]
    colours: Sequence[str]
    kind: str
    """`bar`, `line`, or `mark` for points without a line."""


def figure_of(figure: Mapping[str, Any]) -> Figure | None:
    """A plotly figure of bars and lines over names; None for one whose places are numbers."""
    traces, layout = figure["data"], figure["layout"]
    if layout.get("xaxis", {}).get("type") == "log":
        return None
    lies = any(trace.get("orientation") == "h" for trace in traces)
    along, up = ("y", "x") if lies else ("x", "y")
    names = list(dict.fromkeys(str(name) for trace in traces for name in trace[along]))
    axis = layout.get("xaxis" if lies else "yaxis", {})
    is_share = axis.get("ticksuffix") == "%"
    low, high = axis.get("range", (0, None)) if is_share else (0, None)
    return Figure(
        names,
        [_series(trace, names, along, up) for trace in traces],
        not lies,
        "stacked" if layout.get("barmode") == "stack" else "clustered",
        '0.0"%"' if is_share else "#,##0",
        low,
        None if high is None else min(high, 100),
    )


def _series(trace: Mapping[str, Any], names: Sequence[str], along: str, up: str) -> Series:
    held = dict(zip(map(str, trace[along]), trace[up], strict=True))
    colour = trace.get("line", {}).get("color") or trace.get("marker", {}).get("color") or BLUE
    kind = "bar" if trace["type"] == "bar" else "line" if "lines" in trace.get("mode", "") else "mark"
    colours = [colour] if isinstance(colour, str) else list(colour)
    return Series(str(trace.get("name") or "数值"), [held.get(name) for name in names], colours, kind)


def chart_xml(figure: Figure, relation: str) -> str:
    """The chart part; `relation` names the workbook behind it."""
    bars = [(at, one) for at, one in enumerate(figure.series) if one.kind == "bar"]
    lines = [(at, one) for at, one in enumerate(figure.series) if one.kind != "bar"]
    plots = _bars(figure, bars) + _lines(figure, lines)
    scale = Scale("l" if figure.is_upright else "b", figure.shape, "autoZero", figure.low, figure.high)
    axes = category_axis("b" if figure.is_upright else "l", reverse=not figure.is_upright) + value_axis(scale)
    legend = '<c:legend><c:legendPos val="b"/><c:overlay val="0"/></c:legend>' if len(figure.series) > 1 else ""
    return (
        f'{HEAD}<c:roundedCorners val="0"/><c:chart><c:autoTitleDeleted val="1"/><c:plotArea><c:layout/>{plots}{axes}'
        f'</c:plotArea>{legend}<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart>{SMALL}'
        f'<c:externalData r:id="{relation}"><c:autoUpdate val="0"/></c:externalData></c:chartSpace>'
    )


def _bars(figure: Figure, bars: Sequence[tuple[int, Series]]) -> str:
    if not bars:
        return ""
    way = "col" if figure.is_upright else "bar"
    told = len(bars) == 1
    drawn = "".join(_drawn(figure, at, one, told=told) for at, one in bars)
    return (
        f'<c:barChart><c:barDir val="{way}"/><c:grouping val="{figure.grouping}"/><c:varyColors val="0"/>{drawn}'
        '<c:gapWidth val="60"/><c:overlap val="100"/><c:axId val="111"/><c:axId val="112"/></c:barChart>'
    )


def _lines(figure: Figure, lines: Sequence[tuple[int, Series]]) -> str:
    if not lines:
        return ""
    drawn = "".join(_drawn(figure, at, one, told=False) for at, one in lines)
    return (
        f'<c:lineChart><c:grouping val="standard"/><c:varyColors val="0"/>{drawn}<c:marker val="1"/>'
        '<c:axId val="111"/><c:axId val="112"/></c:lineChart>'
    )


def _drawn(figure: Figure, at: int, one: Series, *, told: bool) -> str:
    """One series: its name and values with where they stand in the workbook, and how it looks."""
    column, rows = chr(ord("B") + at), len(figure.categories)
    names = "".join(f'<c:pt idx="{n}"><c:v>{clean(name)}</c:v></c:pt>' for n, name in enumerate(figure.categories))
    points = "".join(f'<c:pt idx="{n}"><c:v>{v!r}</c:v></c:pt>' for n, v in enumerate(one.values) if v is not None)
    shape = escape(figure.shape)
    tail = "" if one.kind == "bar" else '<c:smooth val="0"/>'
    return (
        f'<c:ser><c:idx val="{at}"/><c:order val="{at}"/><c:tx><c:strRef><c:f>Sheet1!${column}$1</c:f><c:strCache>'
        f'<c:ptCount val="1"/><c:pt idx="0"><c:v>{clean(one.name)}</c:v></c:pt></c:strCache></c:strRef></c:tx>'
        f"{_look(one)}{_labels(figure) if told else ''}"
        f'<c:cat><c:strRef><c:f>Sheet1!$A$2:$A${rows + 1}</c:f><c:strCache><c:ptCount val="{rows}"/>{names}'
        f"</c:strCache></c:strRef></c:cat><c:val><c:numRef><c:f>Sheet1!${column}$2:${column}${rows + 1}</c:f>"
        f'<c:numCache><c:formatCode>{shape}</c:formatCode><c:ptCount val="{rows}"/>{points}</c:numCache></c:numRef>'
        f"</c:val>{tail}</c:ser>"
    )


def _look(one: Series) -> str:
    """Fill or line of a series; values with colours of their own have them point by point."""
    if one.kind == "bar":
        own = "".join(
            f'<c:dPt><c:idx val="{n}"/><c:invertIfNegative val="0"/><c:bubble3D val="0"/>'
            f"<c:spPr>{solid(colour)}</c:spPr></c:dPt>"
            for n, colour in enumerate(one.colours[1:], start=1)
        )
        return f'<c:spPr>{solid(one.colours[0])}</c:spPr><c:invertIfNegative val="0"/>{own}'
    line = solid(one.colours[0]) if one.kind == "line" else "<a:noFill/>"
    symbol = "circle" if one.kind == "line" else "dash"
    return (
        f'<c:spPr><a:ln w="28575">{line}</a:ln></c:spPr><c:marker><c:symbol val="{symbol}"/><c:size val="7"/>'
        f"<c:spPr>{solid(one.colours[0])}</c:spPr></c:marker>"
    )


def _labels(figure: Figure) -> str:
    """Values at the bars' ends; inside them in a stack, which has no other ends."""
    place = "ctr" if figure.grouping == "stacked" else "outEnd"
    return (
        f'<c:dLbls><c:numFmt formatCode="{escape(figure.shape, QUOTES)}" sourceLinked="0"/><c:spPr><a:noFill/></c:spPr>'
        f'{SMALL}<c:dLblPos val="{place}"/><c:showLegendKey val="0"/><c:showVal val="1"/><c:showCatName val="0"/>'
        '<c:showSerName val="0"/><c:showPercent val="0"/><c:showBubbleSize val="0"/></c:dLbls>'
    )


def workbook_behind(figure: Figure) -> bytes:
    """The chart's data as the smallest workbook: written as text, for a chart of every page is one of hundreds."""
    heads = ["", *(one.name for one in figure.series)]
    rows = [_row(1, heads)]
    rows += [
        _row(n, [name, *(one.values[n - 2] for one in figure.series)]) for n, name in enumerate(figure.categories, 2)
    ]
    sheet = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet '
        f'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{"".join(rows)}</sheetData>'
        "</worksheet>"
    )
    return packed([*_BOOK.items(), ("xl/worksheets/sheet1.xml", sheet)])


def _row(number: int, cells: Sequence[str | float | None]) -> str:
    return f'<row r="{number}">{"".join(_cells(number, cells))}</row>'


def _cells(number: int, cells: Sequence[str | float | None]) -> Iterator[str]:
    for place, value in enumerate(cells):
        at = f"{chr(ord('A') + place)}{number}"
        if isinstance(value, str):
            yield f'<c r="{at}" t="inlineStr"><is><t>{clean(value)}</t></is></c>'
        elif value is not None:
            yield f'<c r="{at}"><v>{value!r}</v></c>'


def packed(parts: Sequence[tuple[str, str | bytes]]) -> bytes:
    """An office file of its parts; the same parts give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts:
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, content)
    return out.getvalue()


_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEETS: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_BOOK: Final = {
    "[Content_Types].xml": (
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{_SHEETS}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEETS}.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'{_XML}<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        f'xmlns:r="{_OFFICE}"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}
