"""The folder of pages: addresses, escaping, hidden cells, same input same bytes."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urljoin, urlparse

import plotly.graph_objects as go
import plotly.offline
import polars as pl
import pytest
from lxml import html

from dashboards.site import (
    PortalEntry,
    QualityNight,
    RefusedNight,
    build_portal,
    build_quality_page,
    build_site,
    portal_entry,
)
from dashboards.site.region import short_name
from dashboards.site.render import embedded
from models.marts.publication import reject_summary


def pages(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


def parsed(page: Path) -> html.HtmlElement:
    return html.fromstring(page.read_text("utf-8"))


def strings(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for item in data.values() if isinstance(data, dict) else data:
            yield from strings(item)


def test_every_unit_and_institution_has_its_own_folder(site, release):
    units = release.tables("marts.public_unit")
    for row in units.filter(pl.col("is_county")).iter_rows(named=True):
        assert (site / "county" / row["unit_id"] / "index.html").is_file()
    for code in units.filter(pl.col("level") == "市")["unit_id"]:
        assert (site / "city" / code / "index.html").is_file()
    for identifier in release.tables("marts.public_institution")["institution_id"].unique():
        assert (site / "institution" / identifier / "index.html").is_file()


def test_no_address_names_the_release(site, release):
    assert not [page for page in site.rglob("*") if release.release_id in page.relative_to(site).as_posix()]


def test_every_link_leads_to_a_file(site):
    beside = {site.parent / "index.html", site.parent / "reports.html"}  # the portal that a province stands in
    for page in pages(site):
        for element in parsed(page).iter("a", "link", "script", "img"):
            target = element.get("href") or element.get("src")
            if not target or target.startswith("#"):
                continue
            assert not urlparse(target).scheme, f"{page}: {target}"
            place = Path(urlparse(urljoin(page.as_uri(), target)).path)
            assert place.is_file() or place in beside, f"{page}: {target}"


def test_every_place_on_a_page_that_is_linked_is_there(site):
    known = {page: set(parsed(page).xpath("//@id")) for page in pages(site)}
    for page in known:
        for target in parsed(page).xpath("//a/@href"):
            address, _, place = target.partition("#")
            if not place or "=" in place:  # a question to the page 自助制表
                continue
            there = Path(urlparse(urljoin(page.as_uri(), address)).path) if address else page
            assert there not in known or place in known[there], f"{page}: {target}"


@dataclass(frozen=True)
class Again:
    """The site built once more: where, which files it says it wrote, and which tables it asked for."""

    site: Path
    written: list[Path]
    read: list[str]


@pytest.fixture(scope="module")
def again(release, tmp_path_factory):
    folder, read = tmp_path_factory.mktemp("again") / "site", []
    noted = replace(release, tables=lambda name: read.append(name) or release.tables(name))
    return Again(folder, build_site(noted, folder), read)


def files(site: Path) -> dict[Path, bytes]:
    return {path.relative_to(site): path.read_bytes() for path in site.rglob("*") if path.is_file()}


def test_the_same_release_gives_the_same_bytes(site, again):
    assert files(site) == files(again.site)


def test_reports_every_file_it_wrote(again):
    assert again.written == sorted(path for path in again.site.rglob("*") if path.is_file())


def test_an_existing_release_is_not_written_over(release, site):
    with pytest.raises(FileExistsError, match="不是空目录"):
        build_site(release, site)


def test_hostile_names_stay_text(site, sample):
    hostile = [page for page in pages(site) if "evil.example" in page.read_text("utf-8")]
    assert hostile
    for page in hostile:
        tree = parsed(page)
        assert not [a for a in tree.iter("a") if "evil" in (a.get("href") or "")]
        assert not [s for s in tree.iter("script") if s.get("type") != "application/json" and s.text]
        data = [json.loads(text) for text in tree.xpath("//script[@type='application/json']/text()")]
        assert sample.HOSTILE in "".join(tree.itertext()) + "".join(strings(data))


def test_embedded_data_cannot_end_its_script():
    text = embedded({"name": "</script><script>alert(1)</script>\u2028&"})
    assert "<" not in text
    assert ">" not in text
    assert "\u2028" not in text
    assert json.loads(text)["name"].startswith("</script>")


def test_no_teacher_and_no_raw_value_anywhere(site, sample):
    for path in site.rglob("*"):
        if path.is_file():
            assert sample.TEACHER_MARK.encode() not in path.read_bytes(), path


def test_pages_carry_a_strict_policy_and_no_inline_code(site):
    for page in pages(site):
        tree = parsed(page)
        (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert not tree.xpath("//@style")
        assert not tree.xpath("//style")
        assert not [name for element in tree.iter() for name in element.attrib if name.startswith("on")]


def test_every_page_says_where_it_comes_from(site, release):
    for page in pages(site):
        text = parsed(page).text_content()
        assert "数据来源与版本" in text
        assert release.release_id in text
        assert "2021-11-20" in text


def test_a_page_has_its_way_back_to_the_portal(site):
    first = min((site / "county").glob("3*/index.html"))
    trail = parsed(first).xpath("//nav[contains(@class,'crumbs')]//li")
    assert trail[0].text_content().strip() == "门户"
    assert trail[1].text_content().strip() == "浙江省"
    assert len(trail) == 4


def test_every_chart_is_a_valid_plotly_figure_with_words_and_a_table(site):
    seen = 0
    for page in pages(site):
        tree = parsed(page)
        for holder in tree.xpath("//*[@data-figure]"):
            (data,) = tree.xpath(f"//script[@id='{holder.get('data-figure')}']")
            go.Figure(json.loads(data.text))
            assert len(holder.get("aria-label")) > 10
            assert holder.xpath("ancestor::figure//table//tbody/tr")
            assert holder.xpath("ancestor::figure/p[@class='source']")
            seen += 1
    assert seen > 20


@pytest.mark.parametrize("library", ["plotly", "dataTables", "fflate"])
def test_a_committed_library_is_what_its_note_says(library):
    vendor = Path(__file__).parents[3] / "dashboards" / "site" / "assets" / "vendor"
    note = json.loads((vendor / f"{library}.json").read_text("utf-8"))
    assert hashlib.sha256((vendor / note["file"]).read_bytes()).hexdigest() == note["sha256"]
    assert (vendor / f"{library}-LICENSE.txt").is_file()


def test_the_bundle_is_the_plotly_js_of_the_installed_plotly():
    vendor = Path(__file__).parents[3] / "dashboards" / "site" / "assets" / "vendor"
    assert json.loads((vendor / "plotly.json").read_text("utf-8"))["version"] == plotly.offline.get_plotlyjs_version()


def test_hidden_cells_are_hidden_in_the_data_of_the_filters_too(site, release):
    data = json.loads(parsed(site / "index.html").xpath("//script[@id='view-data']")[0].text)
    hidden = release.tables("marts.public_measure").filter(
        pl.col("suppression").is_not_null(), pl.col("unit_level") == "county"
    )
    assert hidden.height
    for row in hidden.iter_rows(named=True):
        cell = data["cells"]["|".join(row[name] for name in ("measure", "period", "stage", "convention"))][
            row["unit_id"]
        ]
        assert cell[0] == "＊"
        assert cell[1] == "hidden"
        assert not re.search(r"\d{2,}", cell[4])


def test_a_trigger_is_never_called_a_decision(site):
    for page in pages(site):
        text = parsed(page).text_content()
        if "疑似触发" in text:
            assert "人工确认" in text


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("鹿城区", "鹿城"),
        ("忠县", "忠县"),
        ("景宁畲族自治县", "景宁"),
        ("石柱土家族自治县", "石柱"),
        ("彭水苗族土家族自治县", "彭水"),
        ("沙坪坝区", "沙坪坝"),
        ("保亭黎族苗族自治县", "保亭"),
        ("西沙群岛", "西沙"),
        ("温州经济技术开发区", "温州"),
    ],
)
def test_short_names_fit_a_tile(name, short):
    assert short_name(name) == short


def test_every_reference_tile_is_a_square_of_its_own():
    for province, counties in (("330000", 90), ("460000", 26), ("500000", 38)):
        grid = pl.read_csv(
            Path(__file__).parents[3] / "data" / "reference" / f"tiles_{province}.csv", infer_schema=False
        )
        assert grid["adcode"].n_unique() == counties
        assert grid.select("row", "col").n_unique() == counties


def test_portal_lists_releases_and_refusals(release, tmp_path):
    entry = PortalEntry.from_json(portal_entry(release).to_json())
    assert entry == portal_entry(release)
    refused = RefusedNight("500000", "重庆市", release.as_of, ["教师编号重复<b>3</b>组"], None, None)
    build_portal([entry], [refused], tmp_path / "portal")
    page = parsed(tmp_path / "portal" / "index.html")
    assert page.xpath("//a[@href='330000/index.html']")
    text = page.text_content()
    assert "重庆市" in text
    assert "没有发布" in text
    assert "教师编号重复<b>3</b>组" in text


def test_an_empty_portal_says_so(tmp_path):
    build_portal([], [], tmp_path / "portal")
    assert "还没有发布" in parsed(tmp_path / "portal" / "index.html").text_content()


def test_a_refused_night_has_a_page_that_says_what_to_do(sample, frames, release, tmp_path):
    gate = frames["audit.gate"].with_columns(
        success=pl.when(pl.col("expectation") == "teacher_id_is_unique").then(statement=False).otherwise("success")
    )
    night = QualityNight(
        "330000",
        "浙江省",
        release.as_of,
        None,
        gate,
        reject_summary(frames["audit.rejects"].lazy()),
        frames["audit.row_counts"],
    )
    build_quality_page(night, tmp_path / "quality")
    text = parsed(tmp_path / "quality" / "index.html").text_content()
    assert "没有发布" in text
    assert "不通过" in text
    assert "请数据提供方核对后重新导出" in text
    assert sample.TEACHER_MARK not in text


def test_a_night_without_rejects_says_so(frames, release, tmp_path):
    tables = {"marts.public_reject": reject_summary(frames["audit.rejects"].clear().lazy())}
    clean = replace(release, tables=lambda name: tables[name] if name in tables else release.tables(name))
    build_site(clean, tmp_path / "site")
    assert "没有退回的行或格" in parsed(tmp_path / "site" / "quality" / "index.html").text_content()


def test_a_table_is_read_once_however_many_pages_there_are(again):
    assert len(again.read) == len(set(again.read)) > 0
