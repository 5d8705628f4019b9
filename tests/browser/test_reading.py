"""What readers do besides reading figures: search, work through a county's list, read in the dark and on a phone."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PROVINCE = "330000/index.html"
WORKBENCH = "330000/county/330302/work/index.html"
MOST_BYTES = 1_000_000


def test_search_finds_units_and_clauses_from_any_page_and_leads_there(desk):
    page = desk.open(WORKBENCH)
    box = page.get_by_role("searchbox", name="查找单位")
    box.fill("鹿城")
    found = page.locator("#find .found a")
    expect(found.first).to_contain_text("鹿城")
    box.fill("抽查")
    expect(found.filter(has_text=re.compile("抽查")).first).to_be_visible()
    box.fill("没有这样的东西")
    expect(found).to_have_count(0)
    box.fill("鹿城")
    found.first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("鹿城")


def test_hostile_searches_find_nothing_and_run_nothing(desk):
    page = desk.open(PROVINCE)
    box = page.get_by_role("searchbox", name="查找单位")
    for text in ("<img src=x onerror=alert(1)>", "[", "\\", ".*", "(((", "＊", "%00", "a" * 3000):
        box.fill(text)
        expect(page.locator("#find .found")).to_be_visible()
    assert page.locator("#find .found img").count() == 0


def test_a_clerk_filters_the_workbench_and_takes_its_workbook(desk):
    page = desk.open(WORKBENCH)
    expect(page.get_by_role("heading", level=1)).to_contain_text("县工作台")
    for title in ("待抽查项目", "周期预警", "在全省的位置"):
        expect(page.get_by_role("heading", level=2, name=title)).to_be_visible()
    with page.expect_download() as taken:
        page.get_by_role("link", name="下载工作簿").click()
    assert taken.value.suggested_filename.endswith(".xlsx")


def test_the_page_is_taken_away_as_word_and_excel(desk):
    page = desk.open(PROVINCE)
    for name, ending in (("Word", ".docx"), ("Excel", ".xlsx")):
        with page.expect_download() as taken:
            page.locator(".take-away a", has_text=name).click()
        assert taken.value.suggested_filename.endswith(ending)


def test_in_the_dark_page_tables_and_charts_turn_dark_together(browser, address):
    page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="dark")
    page.goto(f"{address}/330000/county/330302/index.html", wait_until="load")
    holder = page.locator("[data-figure]").first
    holder.scroll_into_view_if_needed()
    text = holder.locator(".xtick text").first
    expect(text).to_be_visible()
    light = """(node, name) => {
        const [red, green, blue] = getComputedStyle(node)[name].match(/[0-9.]+/g).map(Number);
        return (red + green + blue) / 3; }"""
    assert page.locator("body").evaluate(light, "backgroundColor") < 60
    assert page.locator(".panel").first.evaluate(light, "backgroundColor") < 60
    assert page.locator("h1").evaluate(light, "color") > 190
    assert text.evaluate(light, "fill") > 150
    page.close()


def test_on_a_phone_the_sections_fold_behind_one_button(phone):
    page = phone.open(PROVINCE)
    section = page.get_by_role("link", name="条款库", exact=True)
    expect(section).to_be_hidden()
    button = page.get_by_role("button", name="目录")
    button.click()
    expect(section).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")
    section.focus()
    page.keyboard.press("Escape")
    expect(section).to_be_hidden()
    questions = page.locator(".questions").bounding_box()
    assert questions is not None
    assert questions["y"] < 300, "the questions open the phone's first screen"


def test_a_province_page_weighs_less_than_a_megabyte(desk):
    sizes = []
    desk.page.on("response", lambda response: sizes.append(len(response.body())))
    desk.open(PROVINCE)
    assert 0 < sum(sizes) < MOST_BYTES


def test_the_page_of_own_tables_fits_a_phone_with_its_answer(phone):
    page = phone.open("330000/table/index.html")
    expect(page.locator("#ask-cite")).to_contain_text("发布号")
    assert page.evaluate("document.documentElement.scrollWidth") <= 414


def test_a_chart_that_was_never_in_view_leaves_no_hole_on_paper(browser, address):
    page = browser.new_page(viewport={"width": 1440, "height": 300})
    page.route("**/plotly-*.js", lambda route: route.abort())  # print styles have charts drawn, sooner or later
    page.goto(f"{address}/{PROVINCE}", wait_until="load")
    page.emulate_media(media="print")
    holes = page.locator(".plot:empty")
    assert holes.count() > 0
    assert holes.evaluate_all("plots => plots.every(plot => getComputedStyle(plot).display === 'none')")
    page.close()
