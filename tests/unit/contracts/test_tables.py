"""What the committed contracts promise to everybody else."""

import polars as pl
import pytest

from models.contracts import (
    Contract,
    audit_contracts,
    contract,
    core_contracts,
    marts_contracts,
    match_table,
    staging_contracts,
)
from models.staging.headings import read_heading

EVERY = [
    table
    for layer in (staging_contracts, core_contracts, marts_contracts, audit_contracts)
    for table in layer().values()
]


def test_all_tables_of_a_dump_are_described() -> None:
    assert len(staging_contracts()) == 45


@pytest.mark.parametrize("table", EVERY, ids=lambda table: f"{table.layer}.{table.table}")
def test_every_column_has_a_type_and_a_label(table: Contract) -> None:
    schema = table.schema()
    assert next(iter(schema)) == "province"
    assert list(table.headers) == [field.column for field in table.fields]
    assert table.empty().collect().schema == schema
    if table.layer != "staging":
        assert all(field.description for field in table.fields)


def test_hours_and_credits_are_exact() -> None:
    schema = contract("staging", "credit_record").schema()
    assert schema["hours"] == schema["credits"] == pl.Decimal(38, 3)


def test_an_id_number_is_only_kept_as_its_hash() -> None:
    columns = contract("staging", "teacher").schema().names()
    assert "id_hash" in columns
    assert "id_number" not in columns


def test_names_stop_at_staging() -> None:
    personal = {f.name for t in staging_contracts().values() for f in t.fields if f.sensitivity != "none"}
    assert {"name", "id_number"} <= personal
    for table in [*core_contracts().values(), *marts_contracts().values()]:
        assert not personal & {field.name for field in table.fields}


def test_required_columns_of_a_credit_record() -> None:
    required = {field.name for field in contract("staging", "credit_record").fields if field.required}
    assert required == {
        *("record_id", "teacher_id", "source_type", "level"),
        *("hours", "end_date", "completion", "status"),
    }


@pytest.mark.parametrize(
    ("stem", "table"),
    [
        ("教师信息浙江省", "teacher"),
        ("credit_recordfinal", "credit_record"),
        ("教师信息", "teacher"),
        ("教师信息-2", "teacher"),
        ("教師信息（浙江）", "teacher"),
        ("教师信息表 2019", "teacher"),
        ("教师", "teacher"),
        ("教师职务_1", "teacher_role"),
        ("credit_record_2019", "credit_record"),
        ("CREDIT_RECORD.part1", "credit_record"),
        ("学分学时登记2019", "credit_record"),
        ("培训项目", "project"),
        ("培训项目方案", "project_plan"),
        ("project_plan_course-1", "project_plan_course"),
        ("测评答卷２", "survey_response"),
        ("survey", "survey"),
        ("抽查记录(2019)", "spot_check"),
        ("教师花名", None),
        ("说明", None),
        ("", None),
    ],
)
def test_a_file_belongs_to_the_longest_name_it_starts_with(stem: str, table: str | None) -> None:
    found = match_table(stem, staging_contracts().values())
    assert (found.table if found else None) == table


@pytest.mark.parametrize(
    ("table", "header", "field"),
    [
        ("teacher", "教师编号", "teacher_id"),
        ("teacher", " 教 师\n编 号 ", "teacher_id"),
        ("teacher", "學員編號", "teacher_id"),
        ("teacher", "*姓名", "name"),
        ("teacher", "教师ＩＤ", "teacher_id"),
        ("teacher", "teacher_id", "teacher_id"),
        ("project", "培训学时(学时)", "hours_planned"),
        ("project", "培训学时（单位：学时）", "hours_planned"),
        ("project", "项目级别【必填】", "level"),
        ("project", "项目级别[必填]", "level"),
        ("school", "学校(机构)标识码", "school_id"),
        ("credit_record", "指定/认定单位", "approved_by"),
        ("teacher", "备注", None),
    ],
)
def test_a_header_is_matched_as_people_write_it(table: str, header: str, field: str | None) -> None:
    heading = read_heading(header, contract("staging", table))
    found = None if heading is None else heading.field
    assert (found.name if found else None) == field


def test_an_unknown_table_is_refused_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match="there are admin_unit"):
        contract("staging", "pupil")
