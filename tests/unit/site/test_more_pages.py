"""Clauses, reference, downloads, changes: what a clerk and a researcher open next."""

import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from lxml import html
from python_calamine import CalamineWorkbook

from dashboards.site import QualityNight, build_quality_page, build_site
from dashboards.site.changes import changes
from dashboards.site.downloads import downloads, harmless
from dashboards.site.measures import CYCLE
from dashboards.site.region import Region
from models.contracts import marts_contracts, tables_of_people
from models.law.conflicts import conflicts_of
from models.marts.publication import TABLES, reject_summary


@pytest.fixture(scope="module")
def region(release) -> Region:
    return Region(release)


def parsed(page) -> html.HtmlElement:
    return html.fromstring(page.read_text("utf-8"))


def test_every_published_table_has_a_contract_with_its_columns(release):
    contracts = marts_contracts()
    for name in TABLES:
        fields = {field.name for field in contracts[name.removeprefix("marts.")].fields}
        assert fields == set(release.tables(name).columns) - {"province"}, name


def test_every_published_table_is_unique_by_its_key(release):
    contracts = marts_contracts()
    for name in TABLES:
        key = list(contracts[name.removeprefix("marts.")].key)
        frame = release.tables(name)
        assert not frame.select(key).is_duplicated().any(), name
        assert frame.select(key).null_count().sum_horizontal().item() == 0, name


def test_a_clause_page_has_the_sentence_the_test_and_the_counts(site, release):
    row = release.tables("audit.clauses").filter(clause_id="ZJ-2014-04/23.1").row(0, named=True)
    page = parsed(site / "clause/ZJ-2014-04/23.1/index.html")
    text = page.text_content()
    assert page.xpath("//blockquote")[0].text_content() == row["quote"]
    assert "抽查覆盖率 ≥ 20%" in text
    assert "全省结论" in text
    assert "若标准不同" in text
    assert page.xpath("//a[contains(@href,'county/')]")


def test_a_clause_page_shows_its_worked_cases(site):
    rows = parsed(site / "clause/ZJ-2014-04/23.1/index.html").xpath("//section[@id='cases']//tbody/tr")
    told = {row[0].text_content(): (row[1].text_content(), row[2].text_content()) for row in rows}
    assert told["21项查4项"] == ("县级抽查覆盖：项目数 21", "▲未达标")
    trigger = parsed(site / "clause/ZJ-2014-04/27.6/index.html").xpath("//section[@id='cases']")[0].text_content()
    assert "疑似触发" in trigger
    assert "未达标" not in trigger


def test_the_library_counts_cases_and_tells_what_they_share(site):
    page = parsed(site / "clause/index.html")
    (row,) = page.xpath("//tr[.//code='ZJ-2014-04/23.1']")
    cases = parsed(site / "clause/ZJ-2014-04/23.1/index.html").xpath("//section[@id='cases']//tbody/tr")
    assert row[4].text_content() == str(len(cases))
    assert len(cases) > 3
    assert "培训项目：" in page.get_element_by_id("shared-place").text_content()


def test_a_clause_page_tells_what_its_figure_is_made_of(site, release):
    text = parsed(site / "clause/ZJ-2014-04/23.1/index.html").text_content()
    formula = release.tables("audit.formulas").filter(clause_id="ZJ-2014-04/23.1").row(0, named=True)
    assert formula["formula"] in text
    assert "抽查记录" in text
    assert "实施县区" in text
    assert "若按另一种理解" in text
    conventions = parsed(site / "clause/ZJ-2016-71/03.1/index.html").text_content()
    assert "起作用的约定" in conventions
    assert "已登记、市县已审、省已认定" in conventions


def test_a_clause_page_tells_what_other_documents_say(site):
    (conflict,) = [one for one in conflicts_of("ZJ-2016-71/03.1") if "WZ-2012-33/03.2" in one.clauses][:1]
    text = parsed(site / "clause/ZJ-2016-71/03.1/index.html").text_content()
    assert conflict.title in text
    assert conflict.resolution in text
    assert all(saying.says in text for saying in conflict.differs)


def test_a_county_figure_opens_to_its_finding(site, release):
    found = release.tables("marts.public_finding").filter(clause_id="ZJ-2014-04/23.1", period="2020")
    finding = found.row(0, named=True)
    line = finding["sensitivity"].split("\n")[0]
    page = parsed(site / f"county/{finding['subject_id']}/index.html")
    card = page.xpath("//article[.//h2='培训项目抽查覆盖率']//details")[0].text_content()
    assert line in card
    assert "数据来源：抽查记录、培训项目" in card
    assert "另一口径，含省市抽查" in card
    (cell,) = parsed(site / "county/index.html").xpath(
        f"//tr[th/a[contains(@href, '/{finding['subject_id']}/')]]/td[3]"
    )
    assert line in cell.text_content()


def test_an_institutions_figure_opens_to_its_counts(site):
    cells = parsed(site / "institution/index.html").xpath("//details[@class='opens']")
    assert cells
    assert all("÷" in cell.text_content() or "＊" in cell.text_content() for cell in cells)


def test_every_clause_named_on_a_page_leads_to_its_sentence(site):
    for page in site.rglob("*.html"):
        for link in parsed(page).xpath("//a[@class='clause']/@href"):
            assert (page.parent / link).resolve().is_file()


def test_the_clause_list_names_what_machines_do_not_judge(release, tmp_path):
    clauses = release.tables("audit.clauses").with_columns(
        status=pl.when(clause_id="ZJ-2014-04/28.3").then(pl.lit("manual")).otherwise("status"),
        reason=pl.when(clause_id="ZJ-2014-04/28.3").then(pl.lit("须执法认定")).otherwise("reason"),
    )
    other = replace(release, tables=lambda name: clauses if name == "audit.clauses" else release.tables(name))
    build_site(other, tmp_path / "site")
    assert "须人工判断" in parsed(tmp_path / "site/clause/index.html").text_content()
    assert "须执法认定" in parsed(tmp_path / "site/clause/ZJ-2014-04/28.3/index.html").text_content()


def test_the_dictionary_covers_every_contract(site):
    text = parsed(site / "dictionary/index.html").text_content()
    for name, contract in marts_contracts().items():
        assert f"marts.{name}" in text
        assert contract.title in text


def test_the_three_formats_of_a_table_hold_the_same_rows(region):
    for one in downloads(region):
        if set(one.files) == {"parquet"}:
            assert one.contract.table.startswith("public_cube_")
            continue
        csv = pl.read_csv(io.BytesIO(one.files["csv"]), infer_schema=False)
        parquet = pl.read_parquet(io.BytesIO(one.files["parquet"]))
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(one.files["xlsx"])).get_sheet_by_name("数据").to_python()
        assert csv.height == parquet.height == one.rows
        assert len(sheet) == one.rows + 1
        assert csv.columns == sheet[0]
        assert csv.columns[: len(one.contract.fields)] == [field.header for field in one.contract.fields]


def test_a_csv_opens_in_excel_as_utf8(region):
    assert all(one.files["csv"].startswith(b"\xef\xbb\xbf") for one in downloads(region) if "csv" in one.files)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@cmd", "＝1", "\t=1", "\r=1"])
def test_text_that_looks_like_a_formula_is_made_harmless(text):
    frame = harmless(pl.DataFrame({"name": [text, "正常"], "number": [-1, 2]}))
    assert frame["name"].to_list() == [f"'{text}", "正常"]
    assert frame["number"].to_list() == [-1, 2]


def test_hostile_names_are_plain_strings_in_workbooks(region, sample):
    (projects,) = [one for one in downloads(region) if one.contract.table == "public_project"]
    rows = CalamineWorkbook.from_filelike(io.BytesIO(projects.files["xlsx"])).get_sheet_by_name("数据").to_python()
    assert any(sample.HOSTILE in map(str, row) for row in rows)


def test_no_download_knows_a_teacher(region, sample):
    for one in downloads(region):
        assert sample.TEACHER_MARK not in one.files.get("csv", b"").decode()
        assert sample.TEACHER_MARK not in str(pl.read_parquet(io.BytesIO(one.files["parquet"])).to_dicts())


def test_changes_tell_figures_verdicts_and_causes(release):
    coverage = release.tables("marts.county_spot_check")
    turned = coverage.with_columns(
        verdict=pl.when((pl.col("year") == 2020) & (pl.col("verdict") == "met"))
        .then(pl.lit("not_met"))
        .otherwise("verdict")
    )
    before = replace(
        release,
        release_id="before",
        versions={"code": "old", "policies": "p"},
        dump_files=[],
        tables=lambda name: turned if name == "marts.county_spot_check" else release.tables(name),
    )
    found = changes(Region(replace(release, previous=before)))
    assert found is not None
    assert {row.after.word for row in found.counties} == {"达标"}
    assert any("数据" in cause for cause in found.causes)
    assert any("程序" in cause for cause in found.causes)
    assert [row.change for row in found.figures if row.change != "—"] == ["持平"] * 3


def test_a_first_release_has_nothing_to_compare(site):
    assert "没有可比的上一次发布" in parsed(site / "changes/index.html").text_content()


def test_the_page_on_changes_shows_the_release_before(release, tmp_path):
    build_site(replace(release, previous=replace(release, release_id="before")), tmp_path / "site")
    text = parsed(tmp_path / "site/changes/index.html").text_content()
    assert "before" in text
    assert "都没有变" in text


def test_schools_are_listed_by_county_in_aggregates(site, release, sample):
    county = release.tables("marts.public_school")["county_id"][0]
    text = parsed(site / "county" / county / "school" / "index.html").text_content()
    assert "实验学校" in text
    assert sample.TEACHER_MARK not in text


def test_where_a_lapsed_code_or_a_moved_school_went_is_said_where_it_counts(site, release):
    units = release.tables("marts.public_unit").filter(pl.col("place_note").is_not_null())
    noted = units.row(0, named=True)
    assert noted["place_note"] in parsed(site / "county" / noted["unit_id"] / "index.html").text_content()
    moved = release.tables("marts.public_school").filter(pl.col("place_note").is_not_null()).row(0, named=True)
    row = parsed(site / "county" / moved["county_id"] / "school/index.html").get_element_by_id(moved["school_id"])
    assert moved["place_note"] in row.text_content()


def test_the_try_out_holds_only_published_figures(site, release):
    data = json.loads(parsed(site / "index.html").xpath("//script[@id='whatif-data']")[0].text)
    assert data["coverage"]["limit"] == 20
    assert data["satisfaction"]["limit"] == 70
    assert all(valid >= 10 for _, _, valid in data["satisfaction"]["rows"])
    cycle = data["cycles"][0]
    assert cycle["start"] == [360, 0]
    assert f"{cycle['start'][0]}|{cycle['start'][1]}" in cycle["met"]


def test_ranks_are_ranges_where_intervals_meet(region):
    ranges = region.rank_ranges.values()
    assert any("—" in text for text in ranges)


def test_a_workbook_is_the_same_bytes_twice(region):
    assert [one.files for one in downloads(region)] == [one.files for one in downloads(region)]


def test_the_quality_page_names_who_has_to_correct_what(site, release, sample):
    senders = release.tables("marts.public_reject_sender")
    page = parsed(site / "quality/index.html")
    for kind, title in (("county", "县（市、区）"), ("institution", "培训机构")):
        (panel,) = page.xpath(f"//section[h2[starts-with(., '各{title}的退回')]]")
        told = {
            row[0].text_content(): int(row[1].text_content()) + int(row[2].text_content())
            for row in panel.iter("tr")
            if row[0].get("scope") == "row"
        }
        mine = senders.filter(sender_kind=kind)
        names = mine.group_by(pl.coalesce("sender_name", "sender_id").alias("name")).agg(pl.col("count").sum())
        assert told == dict(names.iter_rows())
    assert sample.HOSTILE in page.text_content()
    assert "未能归属" in page.text_content()
    assert page.xpath("//section[h2[starts-with(., '各县')]]//a[contains(@href, 'county/')]")


def test_rejects_of_counties_add_up_to_all_rejects(release, frames):
    rejects = frames["audit.rejects"].height
    senders = release.tables("marts.public_reject_sender")
    assert senders.filter(sender_kind="county")["count"].sum() == rejects
    assert 0 < senders.filter(sender_kind="institution")["count"].sum() < rejects


def test_the_quality_page_sets_this_night_beside_the_last(release, tmp_path):
    counts = release.tables("audit.row_counts")
    fewer = counts.with_columns(rows_staged=pl.col("rows_staged") * 2)
    before = replace(
        release,
        release_id="before",
        tables=lambda name: fewer if name == "audit.row_counts" else release.tables(name),
    )
    build_site(replace(release, previous=before), tmp_path / "site")
    text = parsed(tmp_path / "site/quality/index.html").text_content()
    assert "与上一次发布相比" in text
    assert "－50.0%" in text


def test_two_nights_one_teacher_apart_do_not_tell_his_rows(release, sample, tmp_path):
    """Rows about people are told in tens: a teacher gone with 3 records and one event leaves nothing to count."""
    frames = sample.sample_frames()
    of_table = {"teacher": 1_005, "credit_record": 7_648, "discipline_event": 12, "school": 18}
    row = frames["audit.row_counts"].row(0, named=True)
    zero = {"rows_rejected": 0, "rows_duplicate": 0, "rows_dropped_total": 0}
    told = []
    for gone in (0, 1):
        less = {"teacher": gone, "credit_record": 3 * gone, "discipline_event": gone, "school": 0}
        rows = [
            row
            | zero
            | {"table_name": name, "file": f"{name}.csv", "rows_read": many - less[name]}
            | {"rows_staged": many - less[name]}
            for name, many in of_table.items()
        ]
        night = QualityNight(
            *("330000", "浙江省", date(2021, 11, 30), "20211130-0123456789", frames["audit.gate"]),
            reject_summary(frames["audit.rejects"].lazy()),
            pl.DataFrame(rows, schema=frames["audit.row_counts"].schema),
        )
        build_quality_page(night, tmp_path / str(gone))
        told.append(parsed(tmp_path / str(gone) / "index.html").text_content())
    assert told[0] == told[1]
    assert "不足20" in told[0]
    assert "约7,640" in told[0]
    assert "18" in told[0]


def test_tables_about_people_are_those_that_must_name_one():
    found = tables_of_people()
    assert {"teacher", "credit_record", "leave", "discipline_event", "attendance", "survey_response"} <= found
    assert not {"project", "school", "admin_unit", "institution", "spot_check"} & found


def test_the_page_on_access_says_of_every_folder_who_should_see_it(site):
    told = (Path(__file__).parents[3] / "docs" / "intranet.md").read_text("utf-8")
    folders = {entry.name for entry in site.iterdir() if entry.is_dir()}
    assert folders
    assert [name for name in sorted(folders) if f"`{name}/" not in told] == []


def test_the_page_on_spot_checks_lists_as_many_projects_as_are_wanting(site, release):
    checks = release.tables("marts.county_spot_check")
    latest = checks.filter(pl.col("year") == checks["year"].max(), pl.col("projects") > 0)
    page = (site / "spot-check" / "index.html").read_text("utf-8")
    assert f"建议名单共 {latest['gap'].sum():,} 项" in page


def test_a_units_page_says_why_cycles_were_missed_and_who_is_at_risk(site, release):
    page = (site / "index.html").read_text("utf-8")
    risk = release.tables("marts.public_risk").filter(unit_level="province").row(0, named=True)
    assert f'<td class="n">{risk["numerator"]:,}</td>' in page
    assert f"{risk['pace_credits']:.1f} → {risk['needed_credits']:.1f}" in page
    shown = release.tables("marts.public_shortfall").filter(pl.col("teachers") > 0, unit_level="province")
    assert shown.height
    for row in shown.iter_rows(named=True):
        assert f"<b>{row['teachers']:,}</b> 人" in page


def test_a_span_too_wide_to_compare_is_shown_as_a_span_only(region):
    stages = [(unit, stage) for unit in region.counties for stage in region.stages(CYCLE)]
    cells = [region.cell(CYCLE, unit, period, stage) for unit, stage in stages for period in region.periods(CYCLE)]
    wide = [cell for cell in cells if cell.is_wide]
    assert wide
    assert {cell.value for cell in wide} == {None}
    assert all(cell.tone == "none" and cell.shown == cell.span for cell in wide)


def test_every_project_of_a_county_has_a_permanent_place_and_no_small_share(site, region):
    county, rows = next((one, rows) for one in region.counties if (rows := region.projects_by_county.get(one.id)))
    page = parsed(site / "county" / county.id / "project" / "index.html")
    shown = {line.get("id"): line.xpath("td")[-1].text for line in page.xpath("//tbody/tr")}
    assert set(shown) == {row["project_id"] for row in rows}
    for row in rows:
        if row["suppression"]:
            assert shown[row["project_id"]] == "＊"


def test_what_changed_beyond_the_usual_stands_on_the_quality_page(site):
    page = parsed(site / "quality" / "index.html")
    rows = page.xpath("//section[@aria-label='超出平时的变化']//tbody/tr")
    told = [[cell.text_content() for cell in row] for row in rows]
    assert [kind for kind, _ in told] == ["名册", "数据"]
    assert "<b>西湖区</b>" in told[0][1]  # as text, not as markup


def test_a_first_night_says_that_there_is_nothing_to_compare(frames, tmp_path):
    night = QualityNight(
        *("330000", "浙江省", date(2021, 11, 30), "20211130-0123456789", frames["audit.gate"]),
        reject_summary(frames["audit.rejects"].lazy()),
        frames["audit.row_counts"],
        drift=frames["audit.drift"].clear(),
    )
    for was_compared, says in ((False, "没有可比的"), (True, "都在平时的幅度之内")):
        folder = tmp_path / says
        build_quality_page(replace(night, was_compared=was_compared), folder)
        assert says in parsed(folder / "index.html").text_content()
