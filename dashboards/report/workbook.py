"""The report's tables as a workbook (附表): typed cells with units and notes, native charts, frozen heads, filters.

Text is written as text and never read as a formula or a link.
"""

import io
import re
from collections.abc import Iterable
from typing import Any

import xlsxwriter

from dashboards.report.drawing import LEVEL_COLOURS, LEVEL_INKS
from dashboards.report.model import Cell, Chart, Number, Paragraph, Report, Table, Tiles, check_lines
from dashboards.report.office import cell_format, limit_text, limit_values, made_on, spread, typed
from dashboards.site.theme import BLUE, LINE, ORANGE
from dashboards.site.verdicts import Mark

LONGEST_SHEET_NAME = 31
FONT = "宋体"
LINE_HEIGHT = 16
CHARACTERS_ON_COVER = 34
HEAD_ROW = 2
"""Rows above the data: the title, what the sheet is, the head."""


def render(report: Report) -> bytes:
    """The workbook; the same report gives the same bytes."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "yyyy-mm-dd",
        },
    )
    book.set_properties(
        {
            "title": f"{report.cover.title}（{report.cover.year}年度）附表",
            "author": report.cover.issuer or "师训",
            "created": made_on(report),
        }
    )
    _Sheets(book, report).write()
    book.close()
    return out.getvalue()


def chart_workbook(chart: Chart, report: Report) -> bytes:
    """The little workbook behind a native Word chart, so that it can be edited there."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": made_on(report)})
    sheet = book.add_worksheet("Sheet1")
    plain = book.add_format()
    for column, title in enumerate(("", *chart_columns(chart))):
        sheet.write_string(0, column, title, plain)
    for row, label in enumerate(chart.categories, start=1):
        sheet.write_string(row, 0, label, plain)
        for column, values in enumerate(chart_values(chart), start=1):
            value = values[row - 1]
            if value is not None:
                sheet.write_number(row, column, value, plain)
    book.close()
    return out.getvalue()


def chart_columns(chart: Chart) -> list[str]:
    """Heads of a chart's data: its series, the interval's ends and reach, the law's lines."""
    heads = [series.title for series in chart.series]
    if chart.low:
        heads += ["区间下限", "区间上限", "下限至点", "点至上限"]
    if chart.kind == "trend":
        heads += [limit.title for limit in chart.limits]
    return heads


def chart_values(chart: Chart) -> list[list[float | None]]:
    """Columns of a chart's data, in the order of `chart_columns`."""
    columns = [[_float(value) for value in series.values] for series in chart.series]
    if chart.low:
        below, above = spread(chart)
        columns += [[_float(n) for n in chart.low], [_float(n) for n in chart.high], list(below), list(above)]
    if chart.kind == "trend":
        columns += [[value] * len(chart.categories) for value in limit_values(chart)]
    return columns


def _float(number: Number) -> float | None:
    value = typed(number)
    return None if value is None else float(value)


def _column(sheet: str, chart: Chart, column: int) -> dict[str, Any]:
    """Where a series of a native chart finds its name, its categories and its values."""
    first, last = HEAD_ROW + 1, HEAD_ROW + len(chart.categories)
    return {
        "name": [sheet, HEAD_ROW, column],
        "categories": [sheet, first, 0, last, 0],
        "values": [sheet, first, column, last, column],
    }


def _values(sheet: str, chart: Chart) -> dict[str, Any]:
    """The series of the values themselves, with their labels and, where they have intervals, error bars."""
    shape = cell_format(chart.series[0].values[0])
    series = _column(sheet, chart, 1) | {"data_labels": {"value": True, "num_format": shape}}
    if chart.kind == "trend":
        series |= {"line": {"color": BLUE, "width": 2.25}, "marker": {"type": "circle", "fill": {"color": BLUE}}}
    else:
        series |= {"fill": {"color": BLUE if chart.kind == "bars" else "#A9CBE3"}, "gap": 60}
    if not chart.low:
        return series
    first, last = HEAD_ROW + 2, HEAD_ROW + 1 + len(chart.categories)
    below, above = (f"='{sheet}'!${letter}${first}:${letter}${last}" for letter in ("E", "F"))
    reach_below, reach_above = spread(chart)
    return series | {
        "data_labels": {"value": True, "num_format": shape, "position": "inside_base"},
        "x_error_bars": {
            "type": "custom",
            "plus_values": above,
            "plus_data": reach_above,
            "minus_values": below,
            "minus_data": reach_below,
            "line": {"color": BLUE},
        },
    }


def _value_axis(chart: Chart) -> dict[str, Any]:
    """The axis of values: from nothing, and of shares to the whole unless they are a trend."""
    is_share = "%" in cell_format(chart.series[0].values[0])
    axis: dict[str, Any] = {
        "num_format": "0%" if is_share else "#,##0",
        "min": 0,
        "major_gridlines": {"visible": True, "line": {"color": LINE}},
    }
    return axis | {"max": 1, "major_unit": 0.2} if is_share and chart.kind != "trend" else axis


class _Sheets:
    """Writes the sheets of one workbook, each format made once."""

    def __init__(self, book: Any, report: Report) -> None:
        self.book = book
        self.report = report
        self.formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        self.names: set[str] = set()

    def format(self, **properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format({"font_name": FONT, "font_size": 11, **properties})
        return self.formats[key]

    def sheet(self, name: str) -> Any:
        """A new sheet; what Excel forbids in its name is left out, and a name taken already gets a number."""
        clean = re.sub(r"[\[\]:*?/\\']", "", name)[:LONGEST_SHEET_NAME]
        number = 2
        while clean in self.names:
            tail = f"-{number}"
            clean = clean[: LONGEST_SHEET_NAME - len(tail)].removesuffix(f"-{number - 1}") + tail
            number += 1
        self.names.add(clean)
        made = self.book.add_worksheet(clean)
        made.set_paper(9)
        made.set_landscape()
        made.fit_to_pages(1, 0)
        return made

    def write(self) -> None:
        self.cover()
        for table in self.report.annex:
            self.table(table)
        for _, block in self.report.blocks():
            if isinstance(block, Table):
                self.table(block)
            elif isinstance(block, Chart):
                self.chart(block)
            elif isinstance(block, Tiles):
                self.tiles(block)
        self.figures()
        self.check()

    def cover(self) -> None:
        cover = self.report.cover
        sheet = self.sheet("封面")
        sheet.set_column(0, 0, 14)
        sheet.set_column(1, 1, 70)
        sheet.write_string(0, 0, f"{cover.title}（{cover.year}年度）附表", self.format(bold=True, font_size=18))
        lines = [
            ("稿别", cover.marked_stage),
            *((name.replace("　", ""), value.strip() or "—") for name, value in cover.lines),
            ("校验码", self.report.check_code),
            ("依据", cover.basis),
            (
                "说明",
                "＊表示不予公布，—表示没有数据或不适用；比率以百分数格式存放。各表首行为标题，第三行为表头，可筛选。",
            ),
        ]
        for row, (name, value) in enumerate(lines, start=2):
            sheet.write_string(row, 0, name, self.format(bold=True, valign="top"))
            sheet.write_string(row, 1, value, self.format(text_wrap=True, valign="top"))
            sheet.set_row(row, LINE_HEIGHT * (1 + len(value) // CHARACTERS_ON_COVER))
        start = len(lines) + 3
        sheet.write_string(start, 0, "目录", self.format(bold=True))
        listed = (block for _, block in self.report.blocks() if not isinstance(block, Paragraph))
        for row, block in enumerate((*self.report.annex, *listed), start + 1):
            sheet.write_string(row, 0, block.number, self.format())
            sheet.write_string(row, 1, block.title, self.format())

    def head(self, sheet: Any, title: str, about: str, heads: Iterable[str]) -> None:
        """Title, what the sheet is, and the frozen, filterable head."""
        columns = list(heads)
        sheet.write_string(0, 0, title, self.format(bold=True, font_size=14))
        sheet.write_string(1, 0, about, self.format(font_color="#55636f"))
        for column, head in enumerate(columns):
            sheet.write_string(
                HEAD_ROW,
                column,
                head,
                self.format(bold=True, bg_color="#EEF2F5", border=1, text_wrap=True, align="center", valign="vcenter"),
            )
        sheet.freeze_panes(HEAD_ROW + 1, 0)
        sheet.repeat_rows(HEAD_ROW)

    def table(self, table: Table) -> None:
        sheet = self.sheet(f"{table.number} {table.title}")
        heads = [f"{column.title}（{column.unit}）" if column.unit else column.title for column in table.columns]
        self.head(sheet, f"{table.number}　{table.title}", f"发布{self.report.cover.release}", heads)
        for column, spec in enumerate(table.columns):
            texts = [row[column] for row in table.rows if isinstance(row[column], str)]
            longest = max((len(str(text)) for text in texts), default=0)
            sheet.set_column(column, column, min(max(12, 2 * longest + 2), 60) if spec.is_text else 14)
        for row, cells in enumerate(table.rows, start=HEAD_ROW + 1):
            for column, cell in enumerate(cells):
                self.cell(sheet, row, column, cell, is_text=table.columns[column].is_text)
        last = HEAD_ROW + len(table.rows)
        sheet.autofilter(HEAD_ROW, 0, max(last, HEAD_ROW), len(heads) - 1)
        for place, note in enumerate(table.notes_told):
            sheet.write_string(last + 2 + place, 0, note, self.format(font_color="#55636f"))

    def cell(self, sheet: Any, row: int, column: int, cell: Cell, *, is_text: bool) -> None:
        align = "left" if is_text else "right"
        if isinstance(cell, Number):
            value = typed(cell)
            if value is None:
                sheet.write_string(row, column, cell.text, self.format(border=1, align="right"))
            else:
                sheet.write_number(row, column, float(value), self.format(border=1, num_format=cell_format(cell)))
            return
        text = "—" if cell is None else f"{cell.shape}{cell.word}" if isinstance(cell, Mark) else cell
        sheet.write_string(row, column, text, self.format(border=1, align=align, text_wrap=is_text, valign="vcenter"))

    def chart(self, chart: Chart) -> None:
        sheet = self.sheet(f"{chart.number} {chart.title}")
        heads = ["项目" if chart.kind != "trend" else "年度", *chart_columns(chart)]
        about = "；".join(part for part in (chart.alt, limit_text(chart)) if part)
        self.head(sheet, f"{chart.number}　{chart.title}", about, heads)
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, len(heads) - 1, 14)
        numbers = chart.series[0].values
        shape = self.format(border=1, num_format=cell_format(numbers[0]))
        for row, label in enumerate(chart.categories, start=HEAD_ROW + 1):
            sheet.write_string(row, 0, label, self.format(border=1))
            for column, values in enumerate(chart_values(chart), start=1):
                value = values[row - HEAD_ROW - 1]
                if value is None:
                    sheet.write_string(
                        row, column, numbers[row - HEAD_ROW - 1].text, self.format(border=1, align="right")
                    )
                else:
                    sheet.write_number(row, column, value, shape)
        sheet.autofilter(HEAD_ROW, 0, HEAD_ROW + len(chart.categories), len(heads) - 1)
        self.native(sheet, chart, len(heads))

    def native(self, sheet: Any, chart: Chart, columns: int) -> None:
        """The chart itself, beside its data; categories read from the top down as in the table."""
        is_trend = chart.kind == "trend"
        made = self.book.add_chart({"type": "line" if is_trend else "bar"})
        made.add_series(_values(sheet.name, chart))
        if is_trend:
            for column, _ in enumerate(chart.limits, 2):
                line = {"color": ORANGE, "dash_type": "dash", "width": 1.5}
                made.add_series(_column(sheet.name, chart, column) | {"line": line})
        names = {"num_font": {"name": FONT}}
        if is_trend:
            made.set_x_axis(names)
            made.set_y_axis(_value_axis(chart))
        else:
            made.set_y_axis(names | {"reverse": True, "crossing": "max"})
            made.set_x_axis(_value_axis(chart))
        made.set_title({"name": chart.title, "name_font": {"name": FONT, "size": 12}, "overlay": False})
        made.set_legend({"position": "bottom"} if chart.limits and is_trend else {"none": True})
        made.set_size({"width": 720, "height": 320 if is_trend else 120 + 26 * len(chart.categories)})
        sheet.insert_chart(HEAD_ROW, columns + 1, made, {"description": chart.alt, "object_position": 2})

    def tiles(self, figure: Tiles) -> None:
        sheet = self.sheet(f"{figure.number} {figure.title}")
        sheet.write_string(0, 0, f"{figure.number}　{figure.title}", self.format(bold=True, font_size=14))
        sheet.write_string(1, 0, figure.alt, self.format(font_color="#55636f"))
        top = min(tile.row for tile in figure.tiles)
        left = min(tile.column for tile in figure.tiles)
        for tile in figure.tiles:
            row, column = HEAD_ROW + 1 + 2 * (tile.row - top), tile.column - left
            look: dict[str, Any] = {
                "bg_color": LEVEL_COLOURS[tile.level],
                "font_color": LEVEL_INKS[tile.level],
                "align": "center",
            }
            sheet.write_string(row, column, tile.label, self.format(top=1, left=1, right=1, **look))
            value = typed(tile.value)
            below: dict[str, Any] = {"bottom": 1, "left": 1, "right": 1, **look}
            if value is None:
                sheet.write_string(row + 1, column, tile.value.text, self.format(**below))
            else:
                sheet.write_number(
                    row + 1, column, float(value), self.format(num_format=cell_format(tile.value), **below)
                )
        rows = max(tile.row for tile in figure.tiles) - top + 1
        for place, title in enumerate(figure.scale):
            key: dict[str, Any] = {
                "bg_color": LEVEL_COLOURS[place],
                "font_color": LEVEL_INKS[place],
                "border": 1,
                "align": "center",
            }
            sheet.write_string(HEAD_ROW + 2 + 2 * rows, place, title, self.format(**key))
        sheet.set_column(0, max(tile.column for tile in figure.tiles) - left, 10)
        sheet.freeze_panes(HEAD_ROW, 0)

    def figures(self) -> None:
        """Every number of the running text with where it stands and where it comes from."""
        sheet = self.sheet("正文指标")
        heads = ["部分", "指标", "数值", "单位", "口径", "相关条款", "指标编号", "发布编号"]
        self.head(sheet, "正文中的数字", "正文各段落所引数字，按出现先后排列", heads)
        row = HEAD_ROW
        for chapter, block in self.report.blocks():
            if not isinstance(block, Paragraph):
                continue
            for number in (part for part in block.parts if isinstance(part, Number)):
                row += 1
                self.cell(sheet, row, 0, chapter.heading, is_text=True)
                self.cell(sheet, row, 1, number.indicator.title, is_text=True)
                self.cell(sheet, row, 2, number, is_text=False)
                for column, text in enumerate(
                    (
                        number.indicator.unit,
                        number.indicator.formula,
                        "、".join(number.indicator.clauses) or "—",
                        number.id,
                        number.release,
                    ),
                    start=3,
                ):
                    self.cell(sheet, row, column, text, is_text=True)
        sheet.autofilter(HEAD_ROW, 0, row, len(heads) - 1)
        for column, width in enumerate((18, 20, 14, 8, 44, 30, 34, 24)):
            sheet.set_column(column, column, width)

    def check(self) -> None:
        """What the check code on the cover is made of."""
        sheet = self.sheet("核验清单")
        self.head(sheet, "核验清单", f"校验码 {self.report.check_code}；算法见报告附录“核验方法”", ["校验行"])
        sheet.set_column(0, 0, 90)
        lines = [self.report.cover.release, *check_lines(list(self.report.numbers()))]
        for row, line in enumerate(lines, start=HEAD_ROW + 1):
            sheet.write_string(row, 0, line, self.format())
        sheet.autofilter(HEAD_ROW, 0, HEAD_ROW + len(lines), 0)
