"""What a reader does with the pages, in a real Chromium."""

import csv
import io
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from python_calamine import CalamineWorkbook

pytestmark = pytest.mark.browser

KINDS = {
    "portal": "index.html",
    "province": "330000/index.html",
    "counties": "330000/county/index.html",
    "institutions": "330000/institution/index.html",
    "city": "330000/city/330300/index.html",
    "county": "330000/county/330302/index.html",
    "institution": "330000/institution/I0004/index.html",
    "quality": "330000/quality/index.html",
    "schools": "330000/county/330302/school/index.html",
    "clauses": "330000/clause/index.html",
    "clause": "330000/clause/ZJ-2014-04/23.1/index.html",
    "dictionary": "330000/dictionary/index.html",
    "method": "330000/method/index.html",
    "download": "330000/download/index.html",
    "changes": "330000/changes/index.html",
    "projects": "330000/county/330302/project/index.html",
    "cycle": "330000/cycle/index.html",
    "spot-check": "330000/spot-check/index.html",
    "workbench": "330000/county/330302/work/index.html",
}


def draw_charts(page):
    """Walks down the page as a reader does: a chart is drawn when it comes into view."""
    for holder in page.locator("[data-figure]").all():
        holder.scroll_into_view_if_needed()
        expect(holder.locator(".main-svg").first).to_be_visible()


def counties_of(page):
    """The panel with the table of counties; charts above it have tables of their own."""
    return page.locator("main .panel", has=page.locator("table.units"))


def test_from_the_portal_to_the_worst_county_and_its_institution(desk):
    page = desk.open("index.html")
    page.get_by_role("link", name="浙江省").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("浙江省")
    worst = page.locator(".concerns li a").first
    name = worst.inner_text()
    worst.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    expect(page.locator("#attention-heading + .concerns")).to_contain_text("ZJ-2014-04/23.1")
    page.locator("#projects tbody a").first.click()
    expect(page.locator(".crumbs")).to_contain_text("浙江省")
    page.locator(".crumbs a", has_text="门户").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("门户")


@pytest.mark.parametrize("kind", KINDS)
def test_no_serious_barrier_on_any_kind_of_page(desk, kind):
    page = desk.open(KINDS[kind])
    draw_charts(page)
    found = Axe().run(page)
    grave = [
        (violation["id"], [node["html"][:160] for node in violation["nodes"]][:3])
        for violation in found.response["violations"]
        if violation["impact"] in {"serious", "critical"}
    ]
    assert grave == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_phone_never_scrolls_sideways(phone, kind):
    page = phone.open(KINDS[kind])
    assert page.evaluate("document.documentElement.scrollWidth") <= 414


def test_charts_are_drawn_without_breaking_the_policy(desk):
    page = desk.open(KINDS["institution"])
    draw_charts(page)
    assert page.evaluate("document.querySelector('.main-svg').getBoundingClientRect().width") > 300
    assert page.locator("style").count() == 0


def test_a_view_lives_in_the_address_and_survives_a_reload(desk):
    page = desk.open(KINDS["province"])
    tile = page.locator("[data-unit='330302']")
    before = tile.locator(".value").text_content()
    page.get_by_label("指标", exact=True).select_option("satisfaction")
    page.get_by_label("时间", exact=True).select_option("2018")
    after = tile.locator(".value").text_content()
    assert "measure=satisfaction" in page.url
    assert "period=2018" in page.url
    page.reload()
    assert tile.locator(".value").text_content() == after
    expect(page.locator("[data-view-title]")).to_contain_text("2018年")
    page.get_by_label("指标", exact=True).select_option("coverage")
    assert tile.locator(".value").text_content() == before


def test_a_broken_view_in_the_address_falls_back(desk):
    page = desk.open(KINDS["province"] + "?measure=<b>&period=1066")
    expect(page.locator("[data-view-title]")).to_contain_text("培训项目抽查覆盖率")


def test_changing_the_view_asks_for_nothing(desk):
    page = desk.open(KINDS["province"])
    desk.asked.clear()
    page.get_by_label("指标", exact=True).select_option("cycle")
    expect(page.locator("[data-view-title]")).to_contain_text("周期达标率")
    assert [url for url in desk.asked if not url.endswith("icon.svg")] == []


def test_the_map_can_be_walked_with_the_keyboard(desk):
    page = desk.open(KINDS["province"])
    page.locator(".tile").first.focus()
    name = page.evaluate("document.activeElement.dataset.name")
    assert re.search(r"[\d.]+%|＊|—", page.evaluate("document.activeElement.getAttribute('aria-label')"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def test_the_first_tab_skips_to_the_content(desk):
    page = desk.open(KINDS["county"])
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_the_second_tab_skips_to_what_needs_attention(desk):
    page = desk.open(KINDS["county"])
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到需要关注")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.url.endswith("#attention")
    expect(page.locator("#attention")).to_be_visible()


def test_a_hostile_name_runs_nothing(desk):
    page = desk.open("330000/institution/I0003/index.html")
    expect(page.get_by_role("heading", level=1)).to_contain_text("<script>")
    assert page.evaluate("window.hacked") is None
    assert page.locator("a[href*='evil']").count() == 0


def test_pages_read_without_scripts(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/{KINDS['province']}")
    expect(page.locator(".tile")).to_have_count(90)
    expect(page.locator(".tile .value").first).to_contain_text("%")
    page.goto(f"{address}/{KINDS['institution']}")
    page.locator("summary", has_text="数据表").first.click()
    expect(page.locator("figure table").first).to_be_visible()
    context.close()


def test_pages_open_from_disk_without_a_server(browser, home):
    page = browser.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto((home / KINDS["county"]).as_uri())
    draw_charts(page)
    page.locator(".crumbs a", has_text="浙江省").click()
    expect(page.locator("#view-form")).to_be_visible()
    assert said == []
    page.close()


def test_a_page_prints_on_a4(browser, address, tmp_path):
    page = browser.new_page()
    page.goto(f"{address}/{KINDS['county']}")
    page.emulate_media(media="print")
    expect(page.locator(".nav")).to_be_hidden()
    page.pdf(path=tmp_path / "county.pdf", format="A4", print_background=True)
    assert (tmp_path / "county.pdf").stat().st_size > 20_000
    page.close()


def test_from_the_worst_county_to_the_sentence_of_law_and_back(desk):
    page = desk.open(KINDS["province"])
    worst = page.locator(".concerns li a").first
    name = worst.inner_text()
    worst.click()
    page.locator(".concerns a.clause").first.click()
    expect(page.locator("blockquote")).to_contain_text("20%")
    page.locator("table a", has_text=re.compile(f"^{name}$")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    page.go_back()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def test_a_number_opens_to_its_formula_and_clause(desk):
    page = desk.open(KINDS["county"])
    card = page.locator(".card", has_text="培训项目抽查覆盖率")
    card.locator("summary").click()
    expect(card.locator(".how")).to_contain_text("已抽查项目")
    expect(card.locator(".how blockquote")).to_contain_text("20%")


def test_another_threshold_changes_the_try_out_and_nothing_else(desk):
    page = desk.open(KINDS["province"])
    box = page.locator("[data-try='coverage']")
    expect(box.locator(".result")).to_contain_text("0 个县的结论改变")
    shown = page.locator(".card .figure").all_inner_texts()
    box.locator("input").fill("50")
    expect(box.locator("output")).to_have_text("50%")
    expect(box.locator(".result")).not_to_contain_text(" 0 个县的结论改变")
    expect(box.locator(".names")).to_contain_text("改变的")
    assert page.locator(".card .figure").all_inner_texts() == shown
    cycle = page.locator("[data-try='cycle']").first
    cycle.locator("input").first.press("ArrowRight")
    expect(cycle.locator(".result")).to_contain_text("人的结论改变")


def test_a_try_out_lives_in_the_address_beside_the_view(desk):
    page = desk.open(KINDS["province"])
    box, cycle = page.locator("[data-try='coverage']"), page.locator("[data-try='cycle']").first
    box.locator("input").fill("50")
    slider = cycle.locator("input").first
    slider.focus()
    slider.press("ArrowRight")
    page.get_by_label("指标", exact=True).select_option("satisfaction")
    said = [node.text_content() for node in (box.locator(".result"), cycle.locator(".result"))]
    credits_tried = cycle.locator("output").first.inner_text()
    assert "try-coverage=50" in page.url
    assert "measure=satisfaction" in page.url
    page.goto(page.url)  # as someone opens it who was sent the link
    assert [node.text_content() for node in (box.locator(".result"), cycle.locator(".result"))] == said
    assert cycle.locator("output").first.inner_text() == credits_tried
    expect(page.locator("[data-view-title]")).to_contain_text("满意")
    box.locator("input").fill("20")
    assert "try-coverage" not in page.url
    assert f"try-credits-0={credits_tried.split()[0]}" in page.url


def test_a_broken_try_out_in_the_address_stays_at_the_law(desk):
    page = desk.open(KINDS["province"] + "?try-coverage=<b>&try-satisfaction=400&try-credits-0=1.5")
    for name in ("coverage", "satisfaction", "cycle"):
        expect(page.locator(f"[data-try='{name}'] output").first).to_contain_text("现行")


def test_a_figure_in_a_table_opens_without_scripts(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/{KINDS['counties']}")
    opened = page.locator("table.units details").first
    expect(opened.locator("p")).to_be_hidden()
    opened.locator("summary").click()
    expect(opened.locator("p")).to_contain_text("÷")
    context.close()


def test_a_clause_shows_its_cases(desk):
    page = desk.open(KINDS["clause"])
    row = page.locator("#cases tr", has_text="21项查4项")
    expect(row).to_contain_text("项目数 21")
    expect(row.locator(".verdict")).to_contain_text("未达标")


def test_a_table_can_be_taken_away(desk):
    page = desk.open(KINDS["download"])
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV").first.click()
    assert waiting.value.suggested_filename.endswith(".csv")


def test_twice_the_size_still_fits(browser, address):
    page = browser.new_page(viewport={"width": 720, "height": 450}, device_scale_factor=2)
    for kind in ("province", "county", "clause"):
        page.goto(f"{address}/{KINDS[kind]}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 720, kind
    page.close()


def test_a_table_is_sorted_searched_filtered_and_counted(desk):
    page = desk.open(KINDS["counties"])
    panel = counties_of(page)
    rows = panel.locator("tbody tr")
    expect(rows).to_have_count(50)
    expect(panel.locator(".table-count")).to_have_text("共 91 行，显示第 1—50 行")
    head = panel.locator("thead th", has_text="抽查覆盖率")
    head.click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    shown = panel.locator("tbody td:nth-child(4) .chip").all_inner_texts()
    figures = [float(text.rstrip("%")) for text in shown if text.endswith("%")]
    assert figures == sorted(figures)
    panel.get_by_label("所在市", exact=True).select_option("温州市")
    expect(panel.locator(".table-count")).to_contain_text("共 91 行")
    assert set(panel.locator("tbody td:nth-child(2)").all_inner_texts()) == {"温州市"}
    panel.get_by_label("查找").fill("鹿城")
    expect(rows).to_have_count(1)
    panel.get_by_label("查找").fill("没有这个县")
    expect(rows).to_contain_text("没有符合条件的行")


@pytest.mark.parametrize("start", ["served", "disk"])
def test_what_a_table_shows_can_be_taken_away(browser, address, home, start, tmp_path):
    page = browser.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto((home / KINDS["counties"]).as_uri() if start == "disk" else f"{address}/{KINDS['counties']}")
    panel = counties_of(page)
    panel.get_by_label("查找").fill("温州")
    with page.expect_download() as waiting:
        panel.get_by_role("button", name="CSV").click()
    text = Path(waiting.value.path()).read_text("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][:3] == ["县（市、区）", "所在市", "周期达标率"]
    assert {row[1] for row in rows[1:]} == {"温州市"}
    with page.expect_download() as waiting:
        panel.get_by_role("button", name="XLSX").click()
    waiting.value.save_as(tmp_path / "shown.xlsx")
    book = CalamineWorkbook.from_path(tmp_path / "shown.xlsx")
    assert book.sheet_names == ["数据", "说明"]
    sheet = book.get_sheet_by_name("数据").to_python()
    assert [row[0] for row in sheet] == [row[0] for row in rows]
    column = rows[0].index("培训项目抽查覆盖率")
    assert any(isinstance(row[column], float) for row in sheet[1:])
    assert "330000-20211120-a1b2c3" in str(book.get_sheet_by_name("说明").to_python())
    assert said == []
    page.close()


def test_a_chart_can_be_taken_away(desk):
    page = desk.open(KINDS["county"])
    figure = page.locator("figure.chart").first
    for word, start in (("SVG", b"<svg"), ("PNG", b"\x89PNG"), ("CSV", b"\xef\xbb\xbf")):
        with page.expect_download() as waiting:
            figure.get_by_role("button", name=word).click()
        assert Path(waiting.value.path()).read_bytes().startswith(start)


def test_a_phone_shows_a_table_as_cards_with_every_verdict_in_sight(phone):
    page = phone.open(KINDS["counties"])
    mark = page.locator("tbody .mini").first
    box = mark.bounding_box()
    assert box["x"] + box["width"] <= 414
    expect(page.get_by_role("row").nth(1)).to_be_visible()


def test_paper_has_every_row(browser, address):
    page = browser.new_page()
    page.goto(f"{address}/{KINDS['counties']}")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(counties_of(page).locator("tbody tr")).to_have_count(91)
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(counties_of(page).locator("tbody tr")).to_have_count(50)
    page.close()
