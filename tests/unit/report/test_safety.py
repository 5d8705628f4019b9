"""Nobody can be found in a report, and nothing hostile comes alive in it."""

import re

from lxml import html
from pypdf import PdfReader

from dashboards.report import indicators as of
from dashboards.report.build import build_report
from dashboards.report.facts import Facts
from dashboards.report.model import plain
from dashboards.site.measures import ANNUAL


def test_few_people_are_not_counted_aloud(release, setup):
    facts = Facts(release, setup.YEAR, setup.FEW)
    assert facts.share(of.YEARLY, ANNUAL, facts.unit, str(setup.YEAR)).hidden
    assert facts.volume(facts.unit, setup.YEAR)["records"].hidden
    report = build_report(facts, (), lambda _: None)
    people = {"trained", "records", "hours", "yearly", "yearly_count"}
    about = [n for n in report.numbers() if n.indicator.key in people and f"/{setup.FEW}" in n.id]
    assert about
    assert not [n.id for n in about if n.is_known and str(setup.YEAR) in n.id]


def _people(facts, unit):
    return facts.part_of(of.YEARLY_COUNT, ANNUAL, unit, str(facts.year), "denominator")


def test_a_hidden_county_cannot_be_had_by_subtraction(release, setup):
    facts = Facts(release, setup.YEAR, "330100")
    counts = [_people(facts, unit) for unit in facts.counties]
    total = _people(facts, facts.unit)
    assert any(n.hidden for n in counts)
    assert not total.is_known or sum(1 for n in counts if not n.is_known) != 1


def test_no_teacher_is_named(written, reading, setup):
    mark = setup.SAMPLE.TEACHER_MARK
    assert mark not in written["html"].read_text("utf-8")
    assert mark not in reading.pdf_text(written["pdf"])
    for name in ("docx", "xlsx"):
        assert not [part for part, text in reading.archive_texts(written[name]).items() if mark in text]


def test_the_page_runs_nothing_and_loads_nothing(written):
    page = html.parse(written["html"]).getroot()
    assert not page.findall(".//script")
    assert not page.findall(".//img")
    assert not page.findall(".//link")
    assert {link.get("href", "")[:1] for link in page.iterfind(".//a")} == {"#"}
    assert "&lt;script&gt;" in written["html"].read_text("utf-8")


def test_word_and_excel_hold_no_formula_link_or_outside_part(written, reading):
    for name in ("docx", "xlsx"):
        texts = reading.archive_texts(written[name])
        assert not [part for part, text in texts.items() if 'TargetMode="External"' in text]
    sheets = {part: text for part, text in reading.archive_texts(written["xlsx"]).items() if "/worksheets/" in part}
    assert not [part for part, text in sheets.items() if "<f>" in text or "<hyperlink" in text]
    fields = re.findall(r"<w:instrText[^>]*> *(\w+)", reading.archive_texts(written["docx"])["word/document.xml"])
    assert set(fields) == {"TOC", "PAGEREF"}


def test_the_pdf_has_no_outside_link_or_action(written):
    reader = PdfReader(written["pdf"])
    assert "/OpenAction" not in reader.trailer["/Root"]
    assert "/Names" not in reader.trailer["/Root"] or "/JavaScript" not in reader.trailer["/Root"]["/Names"]
    links = [note.get_object() for page in reader.pages for note in page.get("/Annots", [])]
    assert links
    assert not [link for link in links if "/URI" in link.get("/A", {})]


def test_names_lose_control_and_direction_characters():
    assert plain("甲\u202e乙\x00\r\n丙\u200b") == "甲乙 丙"
