"""The analysts' words stay, and the report warns where the figures under them have changed."""

from pathlib import Path

import pytest

from dashboards.report import Asked, CommentaryUnreadable, write_commentary_drafts, write_report
from dashboards.report.build import build_report
from dashboards.report.commentary import read_commentary
from dashboards.report.facts import Facts
from dashboards.report.model import Paragraph


@pytest.fixture
def folder(release, tmp_path, setup) -> Path:
    """Commentary on monitoring and finance, written for the first release."""
    place = tmp_path / "commentary"
    write_commentary_drafts(release, setup.YEAR, "330000", place)
    for name, words in (
        ("monitoring", "西湖区已制定补查计划。\n\n- 逐季通报\n- 年底复核\n"),
        ("finance", "经费口径待核。\n"),
    ):
        path = next(place.glob(f"*-{name}.md"))
        path.write_text(path.read_text("utf-8") + "\n" + words, "utf-8")
    return place


def blocks(setup, release, folder, kind):
    report = build_report(Facts(release, setup.YEAR, "330000"), read_commentary(folder), lambda _: None)
    return [(chapter.key, b.parts[0]) for chapter, b in report.blocks() if isinstance(b, Paragraph) and b.kind == kind]


def test_words_are_merged_into_their_chapter(release, folder, setup):
    assert blocks(setup, release, folder, "comment") == [
        ("monitoring", "西湖区已制定补查计划。"),
        ("monitoring", "· 逐季通报"),
        ("monitoring", "· 年底复核"),
        ("finance", "经费口径待核。"),
    ]
    assert blocks(setup, release, folder, "stale") == []


def test_the_report_warns_only_where_figures_have_changed(later, folder, setup):
    warned = blocks(setup, later, folder, "stale")
    assert [chapter for chapter, _ in warned] == ["monitoring"]
    assert "请复核" in warned[0][1]
    assert ("monitoring", "西湖区已制定补查计划。") in blocks(setup, later, folder, "comment")


def test_drafts_never_overwrite_what_was_written(release, folder, setup):
    before = {path: path.read_text("utf-8") for path in folder.iterdir()}
    assert write_commentary_drafts(release, setup.YEAR, "330000", folder) == []
    assert {path: path.read_text("utf-8") for path in folder.iterdir()} == before


def test_markup_in_a_comment_stays_text(release, folder, tmp_path, setup):
    path = next(folder.glob("*-finance.md"))
    path.write_text(path.read_text("utf-8") + '\n<script>alert(1)</script> #set page() "x"\n', "utf-8")
    written = write_report(release, Asked(setup.YEAR, "330000", ("html", "pdf"), folder), tmp_path / "out")
    assert "<script>" not in written[0].read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("没有开头", "第 1 行"),
        ("---\nsection: monitoring\n---\n话", "应写且只写"),
        ("---\nsection: [\n---\n话", "YAML"),
        ("---\nsection: nowhere\nrelease: r\nfigures: f\n---\n话", "没有这一部分"),
    ],
)
def test_a_wrong_file_is_named_with_what_to_do(release, tmp_path, text, message, setup):
    (tmp_path / "x.md").write_text(text, "utf-8")
    with pytest.raises(CommentaryUnreadable, match=message):
        write_report(release, Asked(setup.YEAR, "330000", ("html",), tmp_path), tmp_path / "out")
