"""A county's workbench: what its clerk has to do, on a page and in a workbook, without a teacher's id."""

import polars as pl
import pytest
from lxml import html
from python_calamine import CalamineWorkbook

from dashboards.site.pages import workbench
from dashboards.site.region import Region


@pytest.fixture(scope="session")
def region(release):
    return Region(release)


def test_every_county_has_a_workbench_with_its_five_parts(site, region):
    for county in region.counties:
        page = html.parse(site / county.address / "work" / "index.html")
        headings = [heading.text.strip() for heading in page.xpath("//main//h2")]
        assert headings == ["退回待更正", "待抽查项目", "周期预警", "在全省的位置", "上年问题的整改"]
        book = CalamineWorkbook.from_path(site / county.address / "work" / "workbench.xlsx")
        assert book.sheet_names == ["退回待更正", "待抽查项目", "在全省的位置", "上年问题的整改", "周期预警", "说明"]


def test_no_workbench_names_a_teacher(site, sample):
    for folder in site.glob("county/*/work"):
        assert sample.TEACHER_MARK not in (folder / "index.html").read_text("utf-8")
        sheets = CalamineWorkbook.from_path(folder / "workbench.xlsx")
        assert sample.TEACHER_MARK not in "".join(
            str(sheets.get_sheet_by_name(name).to_python()) for name in sheets.sheet_names
        )


def test_drawn_and_checked_together_reach_what_the_law_asks_for(region):
    year = region.release.as_of.year
    for county in region.counties:
        row = next((one for one in region.spot_checks[county.id] if one["year"] == year), None)
        assert len(region.check_lists.get(county.id, [])) == (row["gap"] if row else 0), county.id


def test_refused_records_add_up_to_what_the_page_lists(site, region):
    county = max(region.counties, key=region.refused)
    page = html.parse(site / county.address / "work" / "index.html")
    counts = [int(cell.text.replace(",", "")) for cell in page.xpath("//section[@id='rejects']//tbody/tr/td[3]")]
    assert sum(counts) == region.refused(county) > 0


def test_neighbours_are_the_nearest_four_on_the_map(region):
    grid = {unit.id: (0, place) for place, unit in enumerate(region.counties)}
    first, *others = region.counties
    assert workbench.neighbours(first, region, grid) == others[:4]
    assert len(workbench.neighbours(first, region, {})) == 4


def test_a_rank_counts_only_figures_told_in_full(region):
    from dashboards.site.measures import COVERAGE  # noqa: PLC0415

    period = region.headline_period(COVERAGE)
    values = {unit.id: region.cell(COVERAGE, unit, period).value for unit in region.counties}
    best = max((unit for unit in region.counties if values[unit.id] is not None), key=lambda unit: values[unit.id])
    row = next(row for row in workbench._standing(region, best, []).rows if row[0] == COVERAGE.title)
    assert row[3].startswith("第1位")


def test_the_index_leads_to_pages_that_are_there(site, region):
    from dashboards.site.pages.search import _entries  # noqa: PLC0415

    entries = list(_entries(region))
    assert {"省", "市", "县级单位", "培训机构", "条款", "指标", "数据表", "工作台"} <= {
        kind for _, kind, _, _ in entries
    }
    for name, _, address, _ in entries:
        path, _, anchor = address.partition("#")
        assert (site / path).is_file(), name
        if anchor:
            assert html.parse(site / path).xpath(f"//*[@id='{anchor}']"), address


def test_the_list_needs_a_law_that_asks_for_a_share():
    from datetime import date  # noqa: PLC0415

    from models.marts import check_list  # noqa: PLC0415

    formulas = pl.LazyFrame(schema={"clause_id": pl.Utf8, "measure": pl.Utf8})
    targets = pl.LazyFrame(schema=dict.fromkeys(("clause_id", "period", "threshold"), pl.Utf8))
    tables = {"audit.formulas": formulas, "marts.public_target": targets}
    assert check_list.check_list(tables, date(2021, 11, 20)).is_empty()
