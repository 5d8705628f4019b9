"""What the tables hold: whole, coherent, and as good and bad as assumed."""

import polars as pl
import pytest
from stdnum.cn import ric

from data.synthetic.scenarios import SCENARIOS, planted
from data.synthetic.training import HAINAN_PROJECT_CAP, hainan_credits
from models.contracts import Contract, Field, staging_contracts

PROVINCES = ("330000", "460000", "500000")
HELPERS = {"planted", "part_year"}
REFERENCES = [
    (table, field) for table, contract in staging_contracts().items() for field in contract.fields if field.references
]
YEARS = range(2016, 2021)


@pytest.mark.parametrize("province", PROVINCES)
@pytest.mark.parametrize(("table", "contract"), staging_contracts().items(), ids=list(staging_contracts()))
def test_keys_are_unique_and_labels_canonical(frames, province, table, contract: Contract):
    frame = frames[province][table]
    assert not frame.select(contract.key).is_duplicated().any()
    for field in contract.fields:
        if field.required:
            assert frame[field.name].null_count() == 0, field.name
        if field.type == "enum" and field.name in frame.columns:
            assert set(frame[field.name].drop_nulls().unique()) <= set(field.values or ()), field.name


@pytest.mark.parametrize("province", PROVINCES)
@pytest.mark.parametrize(("table", "field"), REFERENCES, ids=[f"{t}.{f.name}" for t, f in REFERENCES])
def test_every_reference_finds_its_row(frames, province, table, field: Field):
    frame = frames[province][table]
    if field.name not in frame.columns:
        return
    target, _, column = (field.references or "").partition(".")
    known = frames[province][target][column or staging_contracts()[target].key[0]]
    assert set(frame[field.name].drop_nulls()) <= set(known)


def test_records_agree_with_their_projects(frames):
    for tables in frames.values():
        made = tables["credit_record"].filter(~pl.col("planted") & pl.col("project_id").is_not_null())
        project = tables["project"].select("project_id", "hours_planned", "start_date", "end_date")
        joined = made.join(project, on="project_id", how="left", suffix="_of_project")
        unmarked = joined.join(marked(tables), on="enrollment_id", how="anti")
        assert unmarked.height > joined.height / 2
        assert (unmarked["hours"] == unmarked["hours_planned"]).all()
        assert (joined["end_date"] == joined["end_date_of_project"]).all()
        assert (joined["certificate_date"] >= joined["end_date"]).all()


def marked(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Marked hours of each trainee: those attended and those missed."""
    missed = pl.col("status").is_in(["请假", "旷课"])
    hours = pl.col("session_hours")
    marks = tables["attendance"].filter(~pl.col("planted")).group_by("enrollment_id")
    return marks.agg(attended=hours.filter(~missed).sum(), missed=hours.filter(missed).sum())


def registered_with_marks(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Records of trainees whose attendance was kept, with what they attended and what the project offered."""
    offered = tables["project"].select("project_id", "hours_planned", "is_school_based", project_level="level")
    records = tables["credit_record"].filter(~pl.col("planted"))
    rows = records.join(marked(tables), on="enrollment_id").join(offered, on="project_id")
    return rows.with_columns(due=pl.col("attended") + pl.col("hours_online"))


@pytest.mark.parametrize("province", PROVINCES)
def test_missed_hours_are_taken_off_but_for_a_few_registrations(frames, province):
    rows = registered_with_marks(frames[province])
    absent = rows.filter(pl.col("missed") > 0)
    beyond = absent.filter(pl.col("hours") > pl.col("due"))
    assert absent.height > 100
    assert 0 < beyond.height <= absent.height * 0.08
    assert (beyond["hours"] == beyond["hours_planned"]).all()
    kept = rows.join(beyond, on="record_id", how="anti")
    assert (kept["hours"] == kept["due"]).all()
    assert rows.filter(pl.col("source_type") == "混合")["hours_online"].min() > 0


@pytest.mark.parametrize("province", PROVINCES)
def test_credits_follow_the_registered_hours(frames, province):
    rows = registered_with_marks(frames[province])
    if province == "460000":
        worth = hainan_credits(rows.with_columns(hours_planned="hours", level="project_level"))
        booked = rows["credits"] == worth.clip(upper_bound=HAINAN_PROJECT_CAP)
        passed = rows["completion"] == "合格"
        assert booked.filter(passed).all()
        assert (rows["credits"].filter(~passed) == 0).mean() > 0.9, "who failed earns nothing, if nobody forgets it"
    else:
        assert (rows["credits"] == rows["hours"] / (10 if province == "500000" else 1)).all()


@pytest.mark.parametrize("province", PROVINCES)
def test_who_came_to_nothing_does_not_pass_and_all_tables_say_so(frames, province):
    tables = frames[province]
    rows = registered_with_marks(tables)
    absent = rows.filter((pl.col("attended") == 0) & (pl.col("hours") <= pl.col("due")) & (pl.col("due") == 0))
    assert absent.height > 0
    assert (absent["completion"] == "不合格").all()
    both = tables["credit_record"].join(
        tables["enrollment"].filter(~pl.col("planted")).drop("record_id"), on="enrollment_id"
    )
    assert ((both["completion"] == "合格") == (both["completion_status"] == "结业")).all()
    assert (both["certificate_no"].is_null() == (both["completion"] == "不合格")).all()
    passed = tables["credit_record"].group_by("project_id").agg(passed=(pl.col("completion") == "合格").sum())
    project = tables["project"].filter(~pl.col("planted")).join(passed, on="project_id", how="left")
    assert (project["completed_count"] == project["passed"].fill_null(0)).all()
    assert (project["completed_count"] < project["checked_in_count"]).any()


@pytest.mark.parametrize("province", PROVINCES)
def test_classes_log_what_they_have_occasion_for_online_and_changed_ones_too(frames, province):
    tables = {name: frame.filter(~pl.col("planted")) for name, frame in frames[province].items()}
    taught = tables["class"].filter(pl.col("status") == "结束").join(tables["project"], on="project_id")
    logs = tables["training_log"]
    online = taught.filter(pl.col("delivery_mode") == "网络")
    changed = taught.join(tables["project_adjustment"], on="project_id", how="semi")
    for classes, kind in ((online, "课程与教学"), (changed, "方案调整")):
        logged = classes.join(logs.filter(pl.col("content_type") == kind), on="class_id", how="semi")
        followed = classes.join(tables["enrollment"], on="class_id", how="semi")
        assert followed.height > 0
        assert logged.height >= classes.height * 0.9
        assert followed.join(logged, on="class_id", how="semi").height >= followed.height * 0.7


def test_nobody_trains_longer_than_the_day_allows(frames):
    for tables in frames.values():
        face_to_face = tables["project"].filter(
            ~pl.col("planted") & (pl.col("delivery_mode") == "集中") & ~pl.col("is_school_based")
        )
        days = (face_to_face["end_date"] - face_to_face["start_date"]).dt.total_days() + 1
        assert (face_to_face["hours_planned"] <= days * 8).all()


def test_hainan_days_and_hours_give_the_credits_of_the_rules():
    project = pl.DataFrame(
        {
            "hours_planned": [40, 24, 8, 60, 90, 15],
            "hours_online": [0, 0, 0, 60, 26, 0],
            "level": ["国家级", "省级", "县级", "省级", "地市级", "校级"],
            "is_school_based": [False, False, False, False, False, True],
        }
    )
    assert hainan_credits(project).to_list() == [10.0, 4.5, 1.0, 6.0, 10.6, 3.0]


def test_id_numbers_are_valid_unique_and_of_no_county(frames):
    for province, tables in frames.items():
        numbers = tables["teacher"]["id_number"].drop_nulls()
        assert numbers.n_unique() == len(numbers)
        assert all(number.startswith(province) and ric.calc_check_digit(number) == number[-1] for number in numbers)


def test_zhejiang_has_more_than_three_hundred_training_institutions(frames):
    institution = frames["330000"]["institution"].filter(pl.col("institution_type") != "学校")
    assert institution.height >= 300
    assert {"浙江师范大学", "杭州师范大学", "温州大学"} <= set(institution["institution_name"])


def attainment(tables: dict[str, pl.DataFrame], province: str) -> tuple[float, float]:
    """Share of full teacher-years and of closed cycles that reach their figures, in plain words of the rules."""
    counted = tables["credit_record"].filter(
        ~pl.col("planted")
        & (pl.col("completion") == "合格")
        & pl.col("status").is_in(["已登记", "市县已审", "省已认定"])
    )
    at_school = pl.when(pl.col("level") == "校").then("credits").otherwise(0.0)
    year = counted.group_by("teacher_id", year=pl.col("certificate_date").dt.year()).agg(
        hours=pl.col("hours").sum(), school=at_school.sum(), others=(pl.col("credits") - at_school).sum()
    )
    pool = pl.col("school").clip(0, 6) if province == "460000" else pl.col("school")
    full = (
        tables["teacher"]
        .filter(~pl.col("planted") & (pl.col("hire_year") < min(YEARS)))
        .select("teacher_id")
        .join(pl.DataFrame({"year": YEARS}, schema={"year": pl.Int32}), how="cross")
        .join(year, on=["teacher_id", "year"], how="left")
        .with_columns(credits=(pl.col("others") + pool).fill_null(0), hours=pl.col("hours").fill_null(0))
    )
    cycle = full.group_by("teacher_id").agg(pl.col("credits", "hours").sum())
    if province == "460000":
        passed = (full["credits"] >= 10) & (full["hours"] >= 72)
        complete = (cycle["credits"] >= 50) & (cycle["hours"] >= 360)
    else:
        passed, complete = full["hours"] >= 24, cycle["hours"] >= 360
    return passed.mean(), complete.mean()


@pytest.mark.parametrize("province", PROVINCES)
def test_attainment_is_in_the_assumed_band(frames, province):
    annual, cycle = attainment(frames[province], province)
    assert 0.88 <= annual <= 0.96
    assert 0.93 <= cycle <= 0.98


@pytest.mark.parametrize("province", PROVINCES)
def test_spot_checks_average_a_quarter_and_some_counties_stay_under_a_fifth(frames, province):
    tables = frames[province]
    project = tables["project"].filter(~pl.col("planted") & (pl.col("status") != "取消"))
    checks = tables["spot_check"].filter(~pl.col("planted"))
    ratios = []
    for year in YEARS:
        own = (
            checks.filter(pl.col("check_date").dt.year() == year).select("project_id", unit="checker_unit_id").unique()
        )
        ratios.append(
            project.filter((pl.col("start_date").dt.year() <= year) & (pl.col("end_date").dt.year() >= year))
            .join(
                own.with_columns(seen=True),
                left_on=["project_id", "county_unit_id"],
                right_on=["project_id", "unit"],
                how="left",
            )
            .group_by("county_unit_id")
            .agg(ratio=pl.col("seen").fill_null(value=False).mean())
        )
    ratio = pl.concat(ratios)["ratio"]
    assert 0.22 <= ratio.mean() <= 0.27
    assert 0.08 <= (ratio < 0.2).mean() <= 0.17


def test_most_projects_please_and_a_few_do_not(frames):
    for tables in frames.values():
        share = (
            tables["survey_response"]
            .filter(~pl.col("planted") & pl.col("is_valid"))
            .join(tables["survey"], on="survey_id")
            .group_by("project_id")
            .agg(pl.len(), satisfied=pl.col("overall_rating").is_in(["很满意", "满意"]).mean())
            .filter(pl.col("len") >= 10)["satisfied"]
        )
        assert 0.89 <= share.mean() <= 0.95
        assert 0.01 <= (share < 0.7).mean() <= 0.07


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=list(SCENARIOS))
def test_every_planted_id_is_in_its_table(frames, scenario):
    for table, ids in scenario.ids.items():
        frame = frames[scenario.province][table]
        key = staging_contracts()[table].key[0]
        assert set(ids) <= set(frame.filter(pl.col("planted"))[key]), table


@pytest.mark.parametrize("province", PROVINCES)
def test_planted_rows_use_only_fields_of_the_contracts(province):
    for table, frame in planted(province).items():
        fields = {field.name for field in staging_contracts()[table].fields}
        assert set(frame.columns) <= fields | HELPERS, table


@pytest.mark.parametrize("province", PROVINCES)
def test_planted_cases_lie_scattered_and_bear_plausible_names(frames, province):
    cases = planted(province)
    real = cases["project"].filter(~pl.col("county_unit_id").str.starts_with("X"))
    county = real.group_by("county_unit_id").len()["len"]
    assert len(county) >= 12
    assert county.max() <= max(6, real.height / 6)
    assert cases["admin_unit"].height <= 6
    assert cases["admin_unit"]["level"].unique().to_list() == ["开发区"]
    for table, name in (
        ("admin_unit", "unit"),
        ("school", "school"),
        ("institution", "institution"),
        ("class", "class"),
    ):
        if table in cases:
            assert not cases[table][f"{name}_name"].drop_nulls().str.contains("样例").any(), table
    assert not cases["project"]["project_name"].str.contains("样例").any()


@pytest.mark.parametrize("province", PROVINCES)
def test_planted_projects_do_not_lower_the_coverage(province):
    cases = planted(province)
    real = cases["project"].filter(~pl.col("county_unit_id").str.starts_with("X"))
    seen = real.join(cases["spot_check"], on="project_id", how="semi")
    assert 0.25 <= seen.height / real.height <= 0.75


def test_hostile_titles_are_planted():
    titles = planted("330000")["project"]["project_name"].to_list()
    assert "<script>alert(1)</script>" in titles
    assert any(title.startswith("=HYPERLINK") for title in titles)
    assert any(title.startswith("<a href") for title in titles)
