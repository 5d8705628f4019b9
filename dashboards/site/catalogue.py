"""The contracts as others' tools read them: a Frictionless data package, ODCS contracts, the government's catalogue.

Belongs here: writing what `models.contracts` says in the words of three standards, for the download folder. Nothing is
defined here but those words: names, types, units and meanings are the contracts'.

- `datapackage.json`: Data Package (datapackage.org) over the files of the folder.
- `contract/<table>.odcs.yaml`: Open Data Contract Standard 3.0.2, one for each table of a dump, for its supplier.
- `catalogue.xlsx`: 政务信息资源目录 (GB/T 21063.3 core metadata), a line a published table, and its items.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Final

import polars as pl
import yaml

from dashboards.site.downloads import Download, workbook
from dashboards.site.region import Region
from models.contracts import Contract, staging_contracts
from models.contracts.model import Field

_FRICTIONLESS: Final = {
    "bool": "boolean",
    "date": "date",
    "datetime": "datetime",
    "decimal": "number",
    "integer": "integer",
    "ratio": "number",
    "number": "number",
}
_ODCS: Final = _FRICTIONLESS | {"datetime": "date", "list": "array"}
_CATALOGUE: Final = {
    "bool": "字符型C",
    "date": "日期型D",
    "datetime": "日期时间型T",
    "decimal": "数值型N",
    "integer": "数值型N",
    "ratio": "数值型N",
    "number": "数值型N",
}
_MEDIA: Final = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
_LENGTH: Final = {"bool": "1", "date": "10", "datetime": "26", "decimal": "18,3", "integer": "18", "ratio": "18,6"}
SHARING: Final = "无条件共享"
CYCLE: Final = "每日"


def data_package(region: Region, found: Sequence[Download]) -> str:
    """`datapackage.json` over every file of the folder; of a table with CSV that file carries the schema."""
    release = region.release
    content = {
        "profile": "data-package",
        "name": f"shixun-{release.province}",
        "id": release.release_id,
        "title": f"{release.province_name}教师培训质量监测公布数据",
        "description": "师训每夜公布的全部表。不公布的格子为空，原因见同行的“不公布原因”。",
        "version": release.release_id,
        "created": f"{release.as_of.isoformat()}T00:00:00Z",
        "sources": [{"title": f"{release.province_name}教师培训平台，数据截至 {release.as_of.isoformat()}"}],
        "resources": [_resource(one, kind, body) for one in found for kind, body in one.files.items()],
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _resource(one: Download, kind: str, body: bytes) -> dict[str, Any]:
    name = one.contract.table
    resource: dict[str, Any] = {
        "name": f"{name}-{kind}".replace("_", "-"),
        "path": f"{name}.{kind}",
        "title": one.contract.title,
        "description": one.contract.grain,
        "format": kind,
        "mediatype": _MEDIA[kind],
        "bytes": len(body),
        "hash": f"sha256:{hashlib.sha256(body).hexdigest()}",
    }
    if kind == "csv":
        resource |= {"profile": "tabular-data-resource", "encoding": "utf-8-sig", "schema": _schema(one)}
    return resource


def _schema(one: Download) -> dict[str, Any]:
    known = {field.header: field for field in one.contract.fields}
    key = [one.contract.field(name).header for name in one.contract.key]
    fields = [
        _column(known[name]) if name in known else {"name": name, "type": "number" if kind.is_numeric() else "string"}
        for name, kind in one.columns.items()
    ]
    return {"fields": fields, "primaryKey": key, "missingValues": [""]}


def _column(field: Field) -> dict[str, Any]:
    column: dict[str, Any] = {
        "name": field.header,
        "title": field.name,
        "type": _FRICTIONLESS.get(field.type, "string"),
    }
    if field.description:
        column["description"] = field.description
    if field.unit:
        column["unit"] = field.unit
    if field.type == "datetime":
        column["format"] = "any"
    if field.required:
        column["constraints"] = {"required": True}
    return column


def supplier_contracts(region: Region) -> dict[str, str]:
    """An ODCS contract for each table of a dump, by its file name: what the supplier of the data promises to send."""
    return {f"{name}.odcs.yaml": _odcs(one, region) for name, one in staging_contracts().items()}


def _odcs(contract: Contract, region: Region) -> str:
    content = {
        "apiVersion": "v3.0.2",
        "kind": "DataContract",
        "id": f"shixun-{contract.table.replace('_', '-')}",
        "name": contract.title,
        "version": "1.0.0",
        "status": "active",
        "domain": "教师培训",
        "tenant": region.release.province_name,
        "description": {
            "purpose": "每夜据以计算学分、达标、抽查覆盖和满意率。",
            "usage": f"{contract.grain}。表头可用中文名或英文名；其他写法见各列的 synonyms。",
        },
        "schema": [
            {
                "name": contract.table,
                "businessName": contract.title,
                "physicalType": "table",
                "logicalType": "object",
                "dataGranularityDescription": contract.grain,
                "properties": [_property(field, contract.key) for field in contract.fields],
            }
        ],
    }
    text: str = yaml.dump(content, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=120)
    return text


def _property(field: Field, key: Sequence[str]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": field.name,
        "businessName": field.header,
        "logicalType": _ODCS.get(field.type, "string"),
        "physicalType": field.type,
        "required": field.required,
        "primaryKey": field.name in key,
    }
    if field.name in key:
        told["primaryKeyPosition"] = list(key).index(field.name) + 1
    if field.type == "list":
        told["items"] = {"name": f"{field.name}_item", "logicalType": "string"}
    if field.description:
        told["description"] = field.description
    if field.sensitivity != "none":
        told["classification"] = "个人信息" if field.sensitivity == "personal" else "身份标识"
    more = {
        "unit": field.unit,
        "synonyms": list(field.synonyms) or None,
        "values": list(field.values) if field.values else None,
        "minimum": field.minimum,
        "maximum": field.maximum,
    }
    told["customProperties"] = [{"property": name, "value": value} for name, value in more.items() if value is not None]
    return told


def catalogue(region: Region, found: Sequence[Download]) -> bytes:
    """The workbook of the government's catalogue: resources, and the items of each."""
    release = region.release
    provider = f"{release.province_name}教育行政部门"
    resources = pl.DataFrame(
        [
            {
                "信息资源代码": f"{release.province}/{one.contract.table}",
                "信息资源名称": one.contract.title,
                "信息资源摘要": one.contract.grain,
                "信息资源提供方": provider,
                "信息资源格式": "、".join(kind.upper() for kind in one.files),
                "共享类型": SHARING,
                "共享条件": "",
                "共享方式": "文件下载",
                "是否向社会开放": "是",
                "更新周期": CYCLE,
                "发布日期": release.as_of.isoformat(),
                "行数": one.rows,
            }
            for one in found
        ]
    )
    items = pl.DataFrame(
        [
            {
                "信息资源名称": one.contract.title,
                "信息项名称": field.header,
                "信息项英文名": field.name,
                "数据类型": _CATALOGUE.get(field.type, "字符型C"),
                "数据长度": _LENGTH.get(field.type, ""),
                "计量单位": field.unit or "",
                "信息项说明": field.description or "",
            }
            for one in found
            for field in one.contract.fields
        ]
    )
    return workbook("政务信息资源目录", {"信息资源": resources, "信息项": items}, release.as_of)
