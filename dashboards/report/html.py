"""The report as one self-contained page: no scripts, nothing loaded from elsewhere, every text escaped."""

import jinja2
from markupsafe import Markup

from dashboards.report.drawing import draw
from dashboards.report.model import Chart, Note, Number, Paragraph, Report, Table, Tiles
from dashboards.site.verdicts import Mark


def render(report: Report) -> bytes:
    """The page as UTF-8."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("dashboards.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"svg": _svg, "provenance": provenance}
    environment.tests |= {
        "number": lambda value: isinstance(value, Number),
        "mark": lambda value: isinstance(value, Mark),
        "note": lambda value: isinstance(value, Note),
        "paragraph": lambda value: isinstance(value, Paragraph),
        "table_block": lambda value: isinstance(value, Table),
    }
    page = environment.get_template("report.html").render(report=report, cover=report.cover, footnotes=_Footnotes())
    return page.encode()


class _Footnotes:
    """Footnotes in the order the page meets them."""

    def __init__(self) -> None:
        self.notes: list[Note] = []

    def add(self, note: Note) -> int:
        """Keeps a footnote and gives its number."""
        self.notes.append(note)
        return len(self.notes)


def provenance(number: Number) -> str:
    """Where a number comes from, in one line: name, formula, clauses, release."""
    clauses = "、".join(number.indicator.clauses)
    return "；".join(
        part
        for part in (
            f"{number.indicator.title}（{number.indicator.unit}）",
            number.indicator.formula,
            clauses and f"条款{clauses}",
            f"发布{number.release}",
            number.hidden or "",
        )
        if part
    )


def _svg(figure: Chart | Tiles) -> Markup:
    return Markup(draw(figure))  # noqa: S704 - drawn here, every label escaped
