"""What the Word and Excel renderers share: archives with fixed times, names of sheets, how a number is typed."""

import io
import zipfile
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from dashboards.report.drawing import limit_percent
from dashboards.report.model import MINUS, Chart, Number, Report
from dashboards.site.ooxml_chart import EARLIEST


def with_fixed_times(archive: bytes) -> bytes:
    """The same archive with every entry at one fixed time, in name order after the content types."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        names = sorted(source.namelist(), key=lambda name: (name != "[Content_Types].xml", name))
        for name in names:
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            target.writestr(entry, source.read(name))
    return out.getvalue()


def made_on(report: Report) -> datetime:
    """The time stamped into documents: the release's day, never the clock's."""
    day = report.cover.as_of
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - office formats hold naive times


def typed(number: Number) -> Decimal | None:
    """The value as a cell holds it: a per cent as its hundredth."""
    if not number.is_known or number.value is None:
        return None
    return number.value / 100 if number.indicator.scale == "percent" else number.value


def cell_format(number: Number) -> str:
    """The Excel number format that prints a number as the report does."""
    decimals = "." + "0" * number.places if number.places else ""
    if number.indicator.scale == "percent":
        about = '"约"' if number.is_coarse else ""
        return f"{about}0{decimals}%"
    if number.indicator.scale in {"points", "change"}:
        return f'#,##0{decimals};"{MINUS}"#,##0{decimals};0{decimals}'
    return f"#,##0{decimals}"


def limit_text(chart: Chart) -> str:
    """The lines a law draws across a chart, in words, for charts that cannot draw them."""
    return "；".join(limit.title for limit in chart.limits)


def limit_values(chart: Chart) -> list[float]:
    return [limit_percent(limit) / 100 for limit in chart.limits]


def spread(chart: Chart) -> tuple[list[float], list[float]]:
    """How far each interval reaches below and above its point, as hundredths; nothing where it is unknown."""
    below, above = [], []
    for value, low, high in zip(chart.series[0].values, chart.low, chart.high, strict=True):
        middle, least, most = typed(value), typed(low), typed(high)
        below.append(float(Fraction(middle) - Fraction(least)) if middle is not None and least is not None else 0.0)
        above.append(float(Fraction(most) - Fraction(middle)) if middle is not None and most is not None else 0.0)
    return below, above
