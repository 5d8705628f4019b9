"""The form an office expects: the page, styles, contents, footnotes, charts, and the same bytes every time."""

import io
import re
import zipfile
from dataclasses import replace

import polars as pl
import pytest
from docx import Document
from docx.shared import Pt
from lxml import etree, html
from pypdf import PdfReader

from dashboards.report import Asked, NothingToReport, ReportError, laws, write_report
from dashboards.report.build import build_report
from dashboards.report.earlier import read_earlier
from dashboards.report.facts import Facts
from dashboards.report.model import Chart, Paragraph, Table, Tiles
from dashboards.report.requirements import requirements
from dashboards.report.typeset import GETA, literal
from dashboards.site.region import Unit

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def texts(report) -> str:
    return "\n".join(
        "".join(part if isinstance(part, str) else getattr(part, "text", "") for part in block.parts)
        for _, block in report.blocks()
        if isinstance(block, Paragraph)
    )


def test_same_release_same_bytes(written, tmp_path, setup):
    again = write_report(setup.release_of("330000", "浙江省"), Asked(setup.YEAR, "330000"), tmp_path)
    assert {path.suffix[1:]: path.read_bytes() for path in again} == {
        name: path.read_bytes() for name, path in written.items()
    }


def test_no_clock_in_the_archives(written, setup):
    for name in ("docx", "xlsx"):
        with zipfile.ZipFile(written[name]) as archive:
            assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            core = archive.read("docProps/core.xml").decode()
        assert f"{setup.SAMPLE.AS_OF}T00:00:00Z" in core


def test_the_word_page_is_that_of_an_official_document(written):
    document = Document(str(written["docx"]))
    for section in document.sections:
        assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
        margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
        assert [round(margin.mm) for margin in margins] == [37, 35, 28, 26]
    normal = document.styles["Normal"]
    assert normal.paragraph_format.line_spacing.pt == pytest.approx(28.95)
    assert normal.font.size == Pt(16)
    fonts = {
        name: document.styles[name].element.rPr.rFonts.get(f"{W}eastAsia")
        for name in ("Normal", "Title", "Heading 1", "Heading 2")
    }
    assert fonts == {
        "Normal": "仿宋_GB2312",
        "Title": "方正小标宋简体",
        "Heading 1": "黑体",
        "Heading 2": "楷体_GB2312",
    }


def test_word_has_contents_footnotes_heads_and_charts_of_its_own(report, written):
    with zipfile.ZipFile(written["docx"]) as archive:
        document = etree.fromstring(archive.read("word/document.xml"))
        notes = etree.fromstring(archive.read("word/footnotes.xml"))
        charts = [name for name in archive.namelist() if name.startswith("word/charts/chart")]
        books = [name for name in archive.namelist() if name.startswith("word/embeddings/")]
        for name in books:
            assert zipfile.ZipFile(io.BytesIO(archive.read(name))).testzip() is None
    tables = sum(isinstance(block, Table) for _, block in report.blocks())
    drawn = sum(isinstance(block, Chart) for _, block in report.blocks())
    assert len(list(document.iter(f"{W}tblHeader"))) == tables
    assert len(charts) == len(books) == drawn
    marks = [mark.get(f"{W}id") for mark in document.iter(f"{W}footnoteReference")]
    assert marks == [note.get(f"{W}id") for note in notes if note.get(f"{W}type") is None]
    assert marks
    anchors = {link.get(f"{W}anchor") for link in document.iter(f"{W}hyperlink")}
    assert anchors == {mark.get(f"{W}name") for mark in document.iter(f"{W}bookmarkStart")}


def test_contents_show_the_pages_headings_are_on(written):
    pages = [page.extract_text() for page in PdfReader(written["pdf"]).pages]
    with zipfile.ZipFile(written["docx"]) as archive:
        document = etree.fromstring(archive.read("word/document.xml"))
    links = list(document.iter(f"{W}hyperlink"))
    for link in links:
        heading, page = "".join(link.find(f"{W}r").itertext(f"{W}t")), "".join(link.itertext(f"{W}t"))
        number = int(page.removeprefix(heading))
        body = next(page for page in pages if f"— {number} —" in page)
        assert heading.replace("　", "") in re.sub(r"\s", "", body)


def test_the_pdf_is_archival_and_tagged(written):
    root = PdfReader(written["pdf"]).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] in {"zh", "zh-CN"}
    about = root["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in about
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in about


def test_every_figure_has_an_alternative_text(report, written):
    figures = [block for _, block in report.blocks() if isinstance(block, (Chart, Tiles))]
    assert {type(figure) for figure in figures} == {Chart, Tiles}
    assert {figure.kind for figure in figures if isinstance(figure, Chart)} == {"bars", "trend", "intervals"}
    with zipfile.ZipFile(written["docx"]) as archive:
        document = etree.fromstring(archive.read("word/document.xml"))
    page = html.parse(written["html"]).getroot()
    described = {node.get("descr") for node in document.iter()} | {node.get(f"{W}val") for node in document.iter()}
    labelled = {node.get("aria-label") for node in page.iter("svg")}
    assert all(figure.alt for figure in figures)
    assert {figure.alt for figure in figures} <= described
    assert {figure.alt for figure in figures} == labelled


def test_a_character_without_a_glyph_is_marked():
    assert literal('浙"\\#[😀]') == f'"浙\\"\\\\#[{GETA}]"'


@pytest.mark.parametrize(("year", "region"), [(2035, "330000"), (1999, "330102"), (2019, "110000")])
def test_a_year_or_region_without_data_is_refused_in_words(release, tmp_path, year, region):
    with pytest.raises(NothingToReport, match=r"没有"):
        write_report(release, Asked(year, region), tmp_path)
    assert not list(tmp_path.iterdir())


def test_counties_below_the_quota_are_named_with_their_gap(release, report, setup):
    rows = release.tables("marts.county_spot_check").filter(year=setup.YEAR, verdict="not_met")
    assert rows.height
    table = next(block for _, block in report.blocks() if isinstance(block, Table) and block.key == "below_quota")
    assert [cell[4].text for cell in table.rows] == [str(gap) for gap in sorted(rows["gap"], reverse=True)]


def test_a_province_without_a_quota_gets_no_verdict_on_it(setup):
    report = build_report(Facts(setup.release_of("460000", "海南省"), setup.YEAR, "460000"), (), lambda _: None)
    assert "没有规定比例" in texts(report)
    assert not [b for _, b in report.blocks() if isinstance(b, Table) and b.key == "below_quota"]
    assert "20%的要求" not in texts(report)
    for claim in ("上年均已达到", "新出现的问题", "上年也未达到", "抽查安排没有跟上"):
        assert claim not in texts(report)
    assert "海南省教育厅2017年10月23日印发第" not in texts(report)


def test_a_year_before_the_law_is_shown_and_not_judged(release, setup, monkeypatch):
    monkeypatch.setattr(laws, "spot_check_quota", lambda place, year: None)
    later = release.tables("marts.public_target").with_columns(period=pl.lit(str(setup.YEAR + 1)))
    tables = release.tables
    early = replace(release, tables=lambda name: later if name == "marts.public_target" else tables(name))
    report = build_report(Facts(early, setup.YEAR, "330000"), (), lambda _: None)
    assert f"{setup.YEAR}年没有适用的抽查比例" in texts(report)
    assert f"{setup.YEAR}年没有适用的满意率界线" in texts(report)
    assert not [b for _, b in report.blocks() if isinstance(b, Table) and b.key == "below_quota"]


def test_several_notes_share_one_word_for_note():
    assert Table("k", "题", (), (), ("甲。",)).notes_told == ("注：甲。",)
    assert Table("k", "题", (), (), ("甲。", "乙。")).notes_told == ("注：1．甲。", "2．乙。")


@pytest.mark.parametrize(
    ("names", "word"),
    [
        (("长沙市", "湘西土家族苗族自治州"), "市（州）"),
        (("杭州市", "宁波市"), "设区市"),
        (("大兴安岭地区", "黑河市"), "市（地）"),
    ],
)
def test_what_is_under_a_province_is_called_by_its_kinds(release, setup, names, word):
    facts = Facts(release, setup.YEAR, "330000")
    facts.region.__dict__["cities"] = [
        Unit(f"33{at}00", name, "市", None, is_county=False) for at, name in enumerate(names)
    ]
    assert facts.city_word == word
    whole = {
        "内蒙古自治区": "全区",
        "海南省": "全省",
        "重庆市": "全市",
        "凉山彝族自治州": "全州",
        "鄂伦春自治旗": "全旗",
        "直属学校": "本单位",
    }
    for name, told in whole.items():
        facts.unit = replace(facts.unit, name=name)
        assert facts.whole_word == told


def test_a_problem_is_listed_once_however_often_the_law_says_it(setup):
    facts = Facts(setup.release_of("460000", "海南省"), setup.YEAR, "460000")
    listed = [one.id for one in requirements(facts)]
    assert not {"HI-2017/09.A", "HI-2017/09.B"} & set(listed)
    assert not {"HI-2017/09.2", "HI-2017/14.4.3"} <= set(listed)


@pytest.mark.parametrize("region", ["330100", "330102"])
def test_a_city_and_a_county_have_reports_of_their_own(release, tmp_path, region, setup):
    written = write_report(release, Asked(setup.YEAR, region, ("html",)), tmp_path)
    page = written[0].read_text("utf-8")
    assert "全省" not in page.replace("本次发布（全省）", "")
    assert "杭州市" in page


def test_a_running_year_is_said_to_be_open(release, setup):
    report = build_report(Facts(release, setup.SAMPLE.AS_OF.year, "330000"), (), lambda _: None)
    assert "年度尚未结束" in texts(report)


def test_sections_without_data_say_so(report):
    absent = [block for _, block in report.blocks() if isinstance(block, Paragraph) and block.kind == "absent"]
    assert any("没有听课记录" in str(block.parts) for block in absent)
    assert any("经费" in str(block.parts) for block in absent)


def test_figures_that_changed_since_last_years_report_are_listed(release, tmp_path, setup):
    before = write_report(release, Asked(setup.YEAR - 1, "330000", ("xlsx",)), tmp_path)[0]
    facts = Facts(release, setup.YEAR, "330000")
    unchanged = build_report(facts, (), lambda _: None, read_earlier(before))
    sheet = next(table for table in unchanged.annex if table.key == "revisions")
    assert "不一致的0项" in "".join(sheet.notes)
    assert [row[0] for row in sheet.rows] == ["没有不一致的数字"]
    was = read_earlier(before)
    altered = replace(was, figures=was.figures | {f"coverage/330000/{setup.YEAR - 1}": "99.9%"})
    report = build_report(facts, (), lambda _: None, altered)
    table = next(table for table in report.annex if table.key == "revisions")
    assert [row[:3] for row in table.rows] == [("抽查覆盖率", f"浙江省 {setup.YEAR - 1}", "99.9%")]


def test_a_file_that_is_no_report_is_refused_in_words(tmp_path):
    wrong = tmp_path / "x.xlsx"
    wrong.write_text("不是工作簿", "utf-8")
    with pytest.raises(ReportError, match="不是年度报告"):
        read_earlier(wrong)


def test_bars_read_from_the_top_down_with_their_values_at_the_bottom(written):
    for name in ("docx", "xlsx"):
        with zipfile.ZipFile(written[name]) as archive:
            charts = [archive.read(part).decode() for part in archive.namelist() if "/charts/chart" in part]
        bars = [chart for chart in charts if 'barDir val="bar"' in chart]
        assert bars
        for chart in bars:
            category, value = chart[chart.index("<c:catAx>") :].split("<c:valAx>")
            assert 'orientation val="maxMin"' in category
            assert 'orientation val="minMax"' in value
            assert 'crosses val="max"' in value


def test_a_law_without_amounts_gets_totals_and_no_attainment(setup):
    report = build_report(Facts(setup.release_of("500000", "重庆市"), setup.YEAR, "500000"), (), lambda _: None)
    chapter = next(chapter for chapter in report.chapters if chapter.key == "credits")
    assert not chapter.parts
    assert not [block for block in chapter.blocks if isinstance(block, (Table, Chart))]
    assert "没有规定学分学时的数量" in texts(report)
    assert not [n for n in report.numbers() if n.indicator.key in {"cycle", "yearly"} and n.is_known]


def test_a_city_with_rules_of_its_own_names_them(release, setup):
    report = build_report(Facts(release, setup.YEAR, "330300"), (), lambda _: None)
    assert "温教师〔2012〕33号" in report.cover.basis
    assert (
        "温教师〔2012〕33号" not in build_report(Facts(release, setup.YEAR, "330100"), (), lambda _: None).cover.basis
    )
