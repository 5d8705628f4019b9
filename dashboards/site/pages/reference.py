"""Pages for reading up: the dictionary of fields and measures, and how the figures are made."""

from typing import Any

from dashboards.site import making
from dashboards.site.measures import MEASURES
from dashboards.site.pages.frame import frame
from dashboards.site.region import Region
from dashboards.site.render import Writer
from models.contracts import Contract, audit_contracts, core_contracts, marts_contracts, staging_contracts
from models.law import Convention, Document, load_policies
from models.marts.suppression import MINIMUM

_TYPES = {
    "id": "编码",
    "text": "文本",
    "enum": "代码",
    "bool": "是否",
    "date": "日期",
    "datetime": "时间",
    "decimal": "精确小数",
    "integer": "整数",
    "ratio": "比例",
    "number": "数值",
    "rating": "评价",
    "list": "多值",
    "json": "结构",
}


def write(region: Region, writer: Writer) -> None:
    """The dictionary and the page on method."""
    writer.page("dictionary/index.html", "dictionary.html", _dictionary(region))
    writer.page("method/index.html", "method.html", _method(region))


def _dictionary(region: Region) -> dict[str, Any]:
    marts = marts_contracts()
    public = {name: found for name, found in marts.items() if name.startswith("public_")}
    groups = [
        ("公布表", "可在“下载”页取得", "marts", public),
        ("指标表", "仓库 marts 层", "marts", {name: found for name, found in marts.items() if name not in public}),
        ("核心表", "仓库 core 层", "core", core_contracts()),
        ("台账", "仓库 audit 层", "audit", audit_contracts()),
        ("转储表", "平台夜间转储，表头按同义词识别", "staging", staging_contracts()),
    ]
    return frame(region, 1, "指标字典", [region.province]) | {
        "measures": MEASURES,
        "targets": {measure.key: region.targets(measure, None, region.province) for measure in MEASURES},
        "groups": [
            (title, note, [_table(layer, contract) for contract in found.values()])
            for title, note, layer, found in groups
        ],
    }


def _table(layer: str, contract: Contract) -> dict[str, Any]:
    return {
        "name": f"{layer}.{contract.table}",
        "title": contract.title,
        "grain": contract.grain,
        "fields": [
            {
                "header": field.header,
                "name": field.name,
                "type": _TYPES.get(field.type, field.type),
                "unit": field.unit or "",
                "note": field.description or "、".join(field.synonyms),
            }
            for field in contract.fields
        ],
    }


def _method(region: Region) -> dict[str, Any]:
    documents = [one for one in load_policies() if one.jurisdiction.lies_in(region.release.province)]
    return frame(region, 1, "方法说明", [region.province]) | {
        "documents": [_document(one) for one in documents],
        "minimum": MINIMUM,
        "measures": MEASURES,
        "notes": {measure.key: region.targets(measure, None, region.province) for measure in MEASURES},
    }


def _document(document: Document) -> dict[str, Any]:
    return {
        "document": document,
        "cycles": "、".join(f"{cycle.start.year}—{cycle.end.year}" for cycle in document.cycles),
        "conventions": [_convention(one) for one in document.conventions if one.note or one.quote],
    }


def _convention(setting: Convention) -> dict[str, str]:
    return {
        "id": setting.id,
        "value": making.value(setting.value),
        "basis": making.BASES.get(setting.basis, setting.basis),
        "note": setting.note or (setting.quote or ""),
    }
