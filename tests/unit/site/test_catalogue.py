"""What the download folder says to others' tools is valid by their own libraries, and true of its files."""

import io
import json
from importlib.resources import files

import frictionless
import jsonschema
import polars as pl
import pytest
import yaml
from python_calamine import CalamineWorkbook

from dashboards.site.downloads import downloads
from dashboards.site.region import Region
from models.contracts import marts_contracts, staging_contracts

ODCS = json.loads(files("open_data_contract_standard").joinpath("schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def folder(site):
    return site / "download"


def test_the_package_is_valid_by_its_own_library(folder):
    package = frictionless.Package(str(folder / "datapackage.json"))
    described = {one.path for one in package.resources}
    on_disk = {path.name for path in folder.iterdir() if path.suffix in {".csv", ".xlsx", ".parquet"}}
    assert described == on_disk - {"catalogue.xlsx"}
    tables = frictionless.Package(resources=[one for one in package.resources if one.format == "csv"])
    report = frictionless.Package.from_descriptor(tables.to_descriptor(), basepath=str(folder)).validate()
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "type", "note"])[:5]


@pytest.mark.parametrize("name", staging_contracts())
def test_each_contract_for_a_supplier_is_valid_by_the_official_schema(folder, name):
    content = yaml.safe_load((folder / f"contract/{name}.odcs.yaml").read_text(encoding="utf-8"))
    jsonschema.Draft201909Validator(ODCS).validate(content)
    (table,) = content["schema"]
    contract = staging_contracts()[name]
    assert [one["name"] for one in table["properties"]] == [field.name for field in contract.fields]
    assert {one["name"] for one in table["properties"] if one["primaryKey"]} == set(contract.key)


def test_the_official_schema_refuses_what_is_wrong(folder):
    content = yaml.safe_load((folder / "contract/teacher.odcs.yaml").read_text(encoding="utf-8"))
    content["schema"][0]["properties"][0]["logicalType"] = "text"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft201909Validator(ODCS).validate(content)


def test_the_catalogue_has_a_line_for_each_table_and_each_item(folder, release):
    book = CalamineWorkbook.from_path(folder / "catalogue.xlsx")
    resources = book.get_sheet_by_name("信息资源").to_python()
    offered = downloads(Region(release))
    assert [row[1] for row in resources[1:]] == [one.contract.title for one in offered]
    assert {"信息资源名称", "信息资源摘要", "信息资源提供方", "信息资源格式", "共享类型", "更新周期"} <= set(
        resources[0]
    )
    items = book.get_sheet_by_name("信息项").to_python()
    assert len(items) - 1 == sum(len(one.contract.fields) for one in offered)
    assert {"信息项名称", "数据类型", "数据长度"} <= set(items[0])


def test_no_empty_table_is_offered(release):
    assert all(one.rows for one in downloads(Region(release)))


def test_codes_have_words_beside_them_and_counts_their_ratio(release):
    (measures,) = [one for one in downloads(Region(release)) if one.contract.table == "public_measure"]
    rows = pl.read_csv(io.BytesIO(measures.files["csv"]), infer_schema_length=None)
    assert {"指标名称", "单位代码名称", "口径名称", "单位级别名称", "比例（%）", "计数单位"} <= set(rows.columns)
    told = rows.filter(pl.col("分母").is_not_null() & (pl.col("指标") == "coverage"))
    assert told.height
    exact = told.select((pl.col("分子") * 100 / pl.col("分母") - pl.col("比例（%）")).abs().max()).item()
    assert exact <= 0.05 + 1e-9
    spans = rows.filter(pl.col("约百分数").is_not_null())
    assert (spans["比例（%）"] == spans["约百分数"]).all()
    untold = rows.filter(pl.col("分母").is_null() & pl.col("约百分数").is_null())
    assert untold["比例（%）"].null_count() == untold.height
    assert rows["指标名称"].null_count() == 0
    assert rows["计数单位"].null_count() == 0
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(measures.files["xlsx"]))
    assert sheet.sheet_names == ["数据", "字典"]
    assert [row[0] for row in sheet.get_sheet_by_name("字典").to_python()[1:]] == rows.columns


def test_those_who_were_asked_are_not_headed_as_those_who_answered():
    assert marts_contracts()["public_institution"].field("invited").header == "应评人数"
