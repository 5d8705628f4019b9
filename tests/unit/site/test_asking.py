"""The top of a unit's page: the questions of the warehouse, and what changed since the release before."""

import re
from dataclasses import replace

import polars as pl
import pytest
from lxml import html

from dashboards.site.pages.asking import asking, since
from dashboards.site.region import Region


def before(release, **changed):
    """The release before: the same tables, some of them changed."""
    return replace(
        release, release_id="earlier", tables=lambda name: changed.get(name.partition(".")[2], release.tables)(name)
    )


def test_every_place_opens_with_its_questions_before_any_figure(site):
    pages = [site / "index.html", *site.glob("city/*/index.html"), *site.glob("county/*/index.html")]
    assert len(pages) > 5
    for page in pages:
        headings = html.parse(page).xpath("//main//h2")
        assert [heading.text.strip() for heading in headings[:2]] == ["今天要问的三件事", "比昨夜"], page


def test_a_question_leads_to_its_evidence(site):
    links = html.parse(site / "index.html").xpath("//section[contains(@class, 'questions')]//a/@href")
    assert links
    for link in links:
        path = link.partition("#")[0].partition("?")[0] or "index.html"
        assert (site / path).is_file()


def test_without_a_release_before_nothing_is_compared(release):
    region = Region(release)
    assert since(region, region.province) == ["此前没有可比的发布。"]
    assert all(one.since == "" for one in asking(region, region.province, "")["questions"])


def test_an_unchanged_night_says_so(release):
    region = Region(replace(release, previous=before(release)))
    assert since(region, region.province) == []
    assert {one.since for one in asking(region, region.province, "")["questions"]} == {"与上一次发布相同"}


def test_more_people_than_the_night_before_are_counted(release):
    fewer = release.tables("marts.public_question").with_columns(affected=pl.col("affected") - 1)
    region = Region(replace(release, previous=before(release, public_question=lambda _: fewer)))
    (first, *_) = asking(region, region.province, "")["questions"]
    counted = region.questions[region.province.id][0]["counted"]
    assert first.since == f"比上一次发布多1{counted}"


@pytest.mark.parametrize("measure", ["cycle", "coverage", "satisfaction"])
def test_a_headline_that_moved_is_told_with_both_figures(release, measure):
    moved = release.tables("marts.public_measure").with_columns(
        numerator=pl.when(pl.col("measure") == measure).then(pl.col("denominator") // 2).otherwise("numerator"),
        rounded_percent=pl.when(pl.lit(measure == "satisfaction")).then(50).otherwise("rounded_percent"),
    )
    region = Region(replace(release, previous=before(release, public_measure=lambda _: moved)))
    (line, *_) = since(region, region.province)
    assert re.search(r"由(50\.0%|49\.\d%|约50%)变为", line)


def test_an_open_cycle_is_never_a_bare_share_of_those_already_there(site, release):
    region = Region(release)
    for page in site.rglob("*.html"):
        for card in html.parse(page).xpath("//article[@class='card']//p[@class='running']"):
            assert "时间已过" in card.text_content()
    unripe = [cell for cell in region._cells.values() if cell.is_open and cell.value == 0]
    assert all(cell.shown == "进行中" for cell in unripe)
