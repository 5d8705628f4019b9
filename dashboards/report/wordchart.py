"""Native Word charts: the chart's XML, with the workbook behind it so that people can edit it.

Categories read from the top down as in the table beside them; the value axis stays at the bottom.
"""

from xml.sax.saxutils import escape

from dashboards.report.drawing import nice_axis, trend_axis
from dashboards.report.model import Chart
from dashboards.report.office import cell_format, limit_values
from dashboards.report.workbook import chart_values
from dashboards.site.ooxml_chart import HEAD, SMALL, Scale, category_axis, solid, value_axis
from dashboards.site.theme import BLUE, ORANGE


def chart_xml(chart: Chart, workbook_relation: str) -> bytes:
    """The chart part of one figure; `workbook_relation` names the embedded workbook."""
    plot = _trend(chart) if chart.kind == "trend" else _bars(chart)
    legend = (
        '<c:legend><c:legendPos val="b"/><c:overlay val="0"/></c:legend>'
        if chart.kind == "trend" and chart.limits
        else ""
    )
    return (
        f'{HEAD}<c:roundedCorners val="0"/><c:chart><c:autoTitleDeleted val="1"/>'
        f"<c:plotArea><c:layout/>{plot}</c:plotArea>"
        f'{legend}<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart>{SMALL}'
        f'<c:externalData r:id="{workbook_relation}"><c:autoUpdate val="0"/></c:externalData></c:chartSpace>'
    ).encode()


def _bars(chart: Chart) -> str:
    colour = BLUE if chart.kind == "bars" else "#A9CBE3"
    place = "outEnd" if chart.kind == "bars" else "inBase"
    fill = f'<c:spPr>{solid(colour)}</c:spPr><c:invertIfNegative val="0"/>'
    series = _series(chart, 0, chart.series[0].title, fill + _labels(chart, place) + _errors(chart), "")
    most = 1.0 if _is_share(chart) else nice_axis([value or 0 for value in chart_values(chart)[0]])[0]
    return (
        f'<c:barChart><c:barDir val="bar"/><c:grouping val="clustered"/><c:varyColors val="0"/>{series}'
        '<c:gapWidth val="60"/><c:axId val="111"/><c:axId val="112"/></c:barChart>'
        f"{category_axis('l', reverse=True)}{value_axis(Scale('b', _shape(chart), 'max', high=most))}"
    )


def _trend(chart: Chart) -> str:
    drawn = (
        f'<c:spPr><a:ln w="28575">{solid(BLUE)}</a:ln></c:spPr>'
        f'<c:marker><c:symbol val="circle"/><c:size val="6"/><c:spPr>{solid(BLUE)}</c:spPr></c:marker>'
    )
    lines = [_series(chart, 0, chart.series[0].title, drawn + _labels(chart, "t"), '<c:smooth val="0"/>')]
    dashed = (
        f'<c:spPr><a:ln w="19050">{solid(ORANGE)}<a:prstDash val="dash"/></a:ln></c:spPr>'
        '<c:marker><c:symbol val="none"/></c:marker>'
    )
    for place, limit in enumerate(chart.limits, start=1):
        lines.append(_series(chart, place, limit.title, dashed, '<c:smooth val="0"/>'))
    known = [value for value in chart_values(chart)[0] if value is not None]
    most = trend_axis([*known, *limit_values(chart)], 1.0 if _is_share(chart) else None)[0]
    return (
        f'<c:lineChart><c:grouping val="standard"/><c:varyColors val="0"/>{"".join(lines)}<c:marker val="1"/>'
        '<c:axId val="111"/><c:axId val="112"/></c:lineChart>'
        f"{category_axis('b', reverse=False)}{value_axis(Scale('l', _shape(chart), high=most))}"
    )


def _series(chart: Chart, place: int, title: str, look: str, tail: str) -> str:
    column = chr(ord("B") + place)
    rows = len(chart.categories)
    values = chart_values(chart)[place]
    labels = "".join(f'<c:pt idx="{n}"><c:v>{escape(label)}</c:v></c:pt>' for n, label in enumerate(chart.categories))
    points = "".join(f'<c:pt idx="{n}"><c:v>{v!r}</c:v></c:pt>' for n, v in enumerate(values) if v is not None)
    shape = escape(cell_format(chart.series[0].values[0]))
    return (
        f'<c:ser><c:idx val="{place}"/><c:order val="{place}"/><c:tx><c:strRef><c:f>Sheet1!${column}$1</c:f>'
        f'<c:strCache><c:ptCount val="1"/><c:pt idx="0"><c:v>{escape(title)}</c:v></c:pt></c:strCache></c:strRef>'
        f"</c:tx>{look}"
        f'<c:cat><c:strRef><c:f>Sheet1!$A$2:$A${rows + 1}</c:f><c:strCache><c:ptCount val="{rows}"/>{labels}'
        f"</c:strCache></c:strRef></c:cat><c:val><c:numRef><c:f>Sheet1!${column}$2:${column}${rows + 1}</c:f>"
        f'<c:numCache><c:formatCode>{shape}</c:formatCode><c:ptCount val="{rows}"/>{points}</c:numCache>'
        f"</c:numRef></c:val>{tail}</c:ser>"
    )


def _errors(chart: Chart) -> str:
    """Error bars reaching from each point to the ends of its interval, bound to the workbook's columns."""
    if not chart.low:
        return ""
    rows = len(chart.categories)
    *_, below, above = chart_values(chart)

    def reach(column: str, values: list[float | None]) -> str:
        points = "".join(f'<c:pt idx="{n}"><c:v>{v or 0.0!r}</c:v></c:pt>' for n, v in enumerate(values))
        return (
            f"<c:numRef><c:f>Sheet1!${column}$2:${column}${rows + 1}</c:f><c:numCache>"
            f'<c:formatCode>General</c:formatCode><c:ptCount val="{rows}"/>{points}</c:numCache></c:numRef>'
        )

    return (
        '<c:errBars><c:errBarType val="both"/><c:errValType val="cust"/><c:noEndCap val="0"/>'
        f"<c:plus>{reach('F', above)}</c:plus><c:minus>{reach('E', below)}</c:minus>"
        f'<c:spPr><a:ln w="15875">{solid(BLUE)}</a:ln></c:spPr></c:errBars>'
    )


def _labels(chart: Chart, place: str) -> str:
    shape = escape(cell_format(chart.series[0].values[0]))
    return (
        f'<c:dLbls><c:numFmt formatCode="{shape}" sourceLinked="0"/><c:spPr><a:noFill/></c:spPr>{SMALL}'
        f'<c:dLblPos val="{place}"/><c:showLegendKey val="0"/><c:showVal val="1"/><c:showCatName val="0"/>'
        '<c:showSerName val="0"/><c:showPercent val="0"/><c:showBubbleSize val="0"/></c:dLbls>'
    )


def _shape(chart: Chart) -> str:
    return "0%" if _is_share(chart) else "#,##0"


def _is_share(chart: Chart) -> bool:
    return chart.series[0].values[0].indicator.scale == "percent"
