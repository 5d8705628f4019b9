"""带走本页: a page's Word file can be edited, charts and all, and says what the page says; so does its Excel file."""

import io
import zipfile
from datetime import date
from pathlib import Path

import docx
import pytest
from lxml import etree
from python_calamine import CalamineWorkbook

from dashboards.site import word
from dashboards.site.ooxml_chart import figure_of
from dashboards.site.pages import papers
from dashboards.site.paper import Drawn, Paper, Part, Sheet

CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
HOSTILE = '<b>&"\x07=1+1</b>'


def paper(*parts: Part, title: str = "样例县教师培训质量") -> Paper:
    return Paper(title, ["数据截至 2021-11-20"], parts, date(2021, 11, 20))


def opened(content: bytes) -> tuple[docx.document.Document, zipfile.ZipFile]:
    return docx.Document(io.BytesIO(content)), zipfile.ZipFile(io.BytesIO(content))


@pytest.fixture(params=["", "city/330100/", "county/330102/"])
def folder(request, site) -> Path:
    return site / request.param


def test_every_unit_has_both_files_and_its_page_offers_them(folder: Path) -> None:
    page = etree.HTML((folder / "index.html").read_text("utf-8"))
    offered = page.xpath("//p[@class='take-away']/a/@href")
    assert offered == [papers.WORD, papers.EXCEL]
    document, archive = opened((folder / papers.WORD).read_bytes())
    assert document.paragraphs[0].text.endswith("教师培训质量")
    headings = [one.text for one in document.paragraphs if one.style.name == "Heading 1"]
    assert {"今天要问的三件事", "三项核心指标", "需要关注", "说明"} <= set(headings)
    shown = page.xpath("//article//p[contains(@class,'figure')]/text()")
    table = next(one for one in document.tables if one.cell(0, 0).text == "指标")
    assert [table.cell(row, 2).text for row in (1, 2, 3)] == shown
    assert len([name for name in archive.namelist() if name.startswith("word/charts/chart")]) == len(
        page.xpath("//*[@data-figure]")
    )


def test_every_sheet_of_the_workbook_opens_and_holds_what_the_page_shows(folder: Path) -> None:
    book = CalamineWorkbook.from_path(str(folder / papers.EXCEL))
    names = book.sheet_names
    assert names[0] == "说明"
    assert len(names) == len(set(names))
    head, *rows = book.get_sheet_by_name("三项核心指标").to_python()
    assert head[:3] == ["指标", "期间", "数值"]
    assert len(rows) == 3


def test_a_chart_is_native_and_its_workbook_holds_its_values() -> None:
    bars = {"type": "bar", "name": "甲", "x": ["2019", "2020"], "y": [3, None], "marker": {"color": "#1f5f93"}}
    line = {"type": "scatter", "mode": "lines", "name": "乙", "x": ["2020"], "y": [7.5], "line": {"color": "#b9480f"}}
    figure = figure_of({"data": [bars, line], "layout": {"barmode": "stack"}})
    assert figure is not None
    _, archive = opened(word.written(paper(Part("图", figures=[Drawn("图", figure)]))))
    chart = etree.fromstring(archive.read("word/charts/chart1.xml"))
    assert [one.text for one in chart.iter(f"{CHART}v")][:3] == ["甲", "2019", "2020"]
    assert [child.tag.removeprefix(CHART) for child in chart.find(f".//{CHART}plotArea")][:3] == [
        *("layout", "barChart", "lineChart")
    ]
    book = CalamineWorkbook.from_filelike(io.BytesIO(archive.read("word/embeddings/Microsoft_Excel_Sheet1.xlsx")))
    assert book.get_sheet_by_index(0).to_python() == [["", "甲", "乙"], ["2019", 3.0, ""], ["2020", "", 7.5]]


def test_bars_that_lie_read_from_the_top_and_keep_their_colours() -> None:
    trace = {"type": "bar", "orientation": "h", "y": ["达标", "未达标"], "x": [9, 1]}
    figure = figure_of({"data": [trace | {"marker": {"color": ["#1f5f93", "#b9480f"]}}], "layout": {}})
    assert figure is not None
    _, archive = opened(word.written(paper(Part("图", figures=[Drawn("图", figure)]))))
    text = archive.read("word/charts/chart1.xml").decode()
    assert '<c:barDir val="bar"/>' in text
    assert '<c:orientation val="maxMin"/>' in text
    assert "B9480F" in text


def test_a_figure_whose_places_are_numbers_stays_a_table() -> None:
    assert figure_of({"data": [], "layout": {"xaxis": {"type": "log"}}}) is None


def test_hostile_text_is_text_in_both_files() -> None:
    hostile = paper(Part(HOSTILE, [HOSTILE], [Sheet(HOSTILE, [HOSTILE, "b"], [[HOSTILE, "1,234"]])]), title=HOSTILE)
    document, _ = opened(word.written(hostile))
    assert document.paragraphs[0].text == HOSTILE.replace("\x07", "")
    assert document.tables[0].cell(0, 0).text == HOSTILE.replace("\x07", "")
    book = CalamineWorkbook.from_filelike(io.BytesIO(papers.workbook(hostile)))
    assert book.get_sheet_by_index(1).to_python()[1][1] == 1234.0


def test_the_same_page_gives_the_same_bytes_and_names_that_excel_allows() -> None:
    twice = [Sheet("各县[市]：" + "长" * 40, ["a", "a"], [["1", "－2"]])] * 2
    one = paper(Part("表", sheets=twice))
    assert word.written(one) == word.written(one)
    assert papers.workbook(one) == papers.workbook(one)
    names = CalamineWorkbook.from_filelike(io.BytesIO(papers.workbook(one))).sheet_names
    assert len(set(names)) == 3
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in names)
