"""What one header cell says: which field, in which unit, and whether a remark beside it changes its meaning.

Here belongs the text of a single header. Which line is the header, and which of several columns is a field's, is
`models.staging.headers`.
"""

import difflib
import re
from dataclasses import dataclass, replace
from functools import lru_cache

from models.contracts import Contract, Field, normalised_name
from models.staging.doubts import STRUCK
from models.staging.figures import is_unit, unit_factor

NUMERIC = frozenset({"decimal", "integer", "ratio"})
_MARKS = "*:#★●√,;.。、_-/“”\"'‘’「」《》▲▼△▽↑↓"
_UNIT_PREFIX = re.compile(r"^(?:计量|金额|货币)?单位[:：]?")
_BRACKETED = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|【([^【】]*)】|〔([^〔〕]*)〕|<([^<>]*)>|\{([^{}]*)\}")
_NUMBERED = re.compile(r"^(?:\d{1,3}[.、)]|\(\d{1,3}\)|[一二三四五六七八九十]{1,3}、)(?=\D)")
_UNIT_BEHIND = re.compile(r"^(.+?)[/,_\-:]?(?:单位[:：]?)?([十百千万亿]{0,2}[^\s\d/,_\-:]{1,2}|%)$")
_HARMLESS = re.compile(
    r"|必填|选填|非必填|可空|可选|可不填|必录|必输|文本|文字|字符|字符串|数字|数值|数值型|文本型|字符型|日期|日期型|整数|小数|(?:文本)?格式.*"
    r"|yyyy.*|(?:比)?如.*|例.*|示例.*|参?见.*|参照.*|请.*|按.*填.*|下拉.*|单选|多选|代码|国标码?|编码|\d+位.*|唯一|主键|外键|不可?重复"
    r"|系统.*|自动.*|全称|中文|是/否|是或否|(?=.*[是否yn/、,:=])[是否01yn/、,:=]{2,}|实际|实得|实际获得|已?认定|核定|合计|总计?|总数|共计|公历|阳历"
    r"|(?:var)?char.*|string|date(?:time)?|number.*|int(?:eger)?.*|decimal.*|text|float|double|已?包?含[^不除减去扣未]*"
)
_CHANGING = re.compile(
    r"上年|去年|往年|上一|前年|次年|下年|明年|下一|同期|上期|学期|计划|预计|预期|拟|目标|任务|指标|应[得有到发]|原|旧|曾|前|后|作废|废|停用|弃用"
    r"|无效|删|撤|注销|不|勿|暂|估|测|模拟|试|申报|申请|自报|未|非|扣|减|除|线上|线下|集中|网络|远程|面授|校本|其中|部分|\d{4}"
    r"|累计|平均|人均|最高|最低|折|备用|备份|样|草|待|改|更正|补|误|错|old|bak|copy|deprecated|last|prev|plan|test"
)
_TOTAL = re.compile(r"(?:合计|总计|小计|总数|共计|总和|计|总|全部)(?:\(.*\))?")
_LABEL = re.compile(r"[^\d]{1,12}")
_PART = re.compile(r"(?:19|20)\d{2}(?:年度?)?|(?=.*[^\d.,:/-]).{1,16}")
_OF_PARTS = re.compile(
    r"上年|去年|往年|上一|前年|次年|明年|同期|上期|计划|预计|预期|拟|目标|任务|指标|作废|停用|无效|线上|线下|集中|网络|远程|面授|校本|其中|部分"
    r"|\d{4}年|累计|平均|人均|折算"
)
"""Of a group's label: its columns are of another year, of a plan, or of a part only."""


@dataclass(frozen=True)
class Heading:
    """A header cell read: its field, the unit it names (empty where it names none), and what speaks against it.

    `unit` may be the field's own: then a line above the table cannot give it another.
    `fault` is a reason code: all cells of the column are refused with it. `assumed`: it has a remark nobody knows,
    which was taken to change nothing.
    """

    field: Field
    unit: str = ""
    fault: str = ""
    assumed: bool = False
    is_canonical: bool = False
    is_preferred: bool = False


def read_heading(label: str, contract: Contract) -> Heading | None:
    """The heading, or None where the label means nothing in this table."""
    return _read(label, contract.table, _Fields.of(contract))


class _Fields:
    """The fields of a contract by normalised header; one object a contract, so that readings can be kept."""

    _known: dict[int, tuple[Contract, "_Fields"]] = {}  # noqa: RUF012 - a cache

    def __init__(self, contract: Contract) -> None:
        self.by_name = {normalised_name(s): field for field in contract.fields for s in field.spellings}

    @classmethod
    def of(cls, contract: Contract) -> "_Fields":
        held = cls._known.get(id(contract))
        if held is None or held[0] is not contract:
            held = cls._known[id(contract)] = (contract, cls(contract))
        return held[1]


@lru_cache(maxsize=65536)
def _read(label: str, table: str, fields: _Fields) -> Heading | None:
    del table
    known = fields.by_name
    is_struck = re.search(STRUCK, label) is not None
    plain = normalised_name(re.sub(STRUCK, "", label))
    base, remarks = _peeled(plain, known)
    unit = ""
    if base not in known:
        base, unit = _without_unit(base, known)
    if base not in known:
        return None
    field = known[base]
    heading = Heading(
        field,
        unit,
        is_canonical=base in {normalised_name(field.header), field.name},
        is_preferred=base in {normalised_name(name) for name in field.prefer},
    )
    for remark in remarks:
        heading = _with_remark(heading, remark, known)
    return replace(heading, fault="column_remark") if is_struck else _with_unit(heading)


def _peeled(plain: str, known: dict[str, Field]) -> tuple[str, list[str]]:
    """The header without numbering, marks and what stands in brackets, and that."""
    if plain in known:
        return plain, []
    base = _NUMBERED.sub("", plain)
    remarks: list[str] = []
    while base not in known and (found := _BRACKETED.search(base)):
        remarks.append(next((part for part in found.groups() if part is not None), ""))
        base = (base[: found.start()] + base[found.end() :]).strip(_MARKS)
    if not base and remarks and remarks[-1] in known:  # 【学时】: the brackets are about the whole of it
        return remarks.pop(), remarks
    return base.strip(_MARKS) if base not in known else base, remarks


def _without_unit(base: str, known: dict[str, Field]) -> tuple[str, str]:
    found = _UNIT_BEHIND.match(base)
    if found and is_unit(found[2]) and found[1].strip(_MARKS) in known:
        return found[1].strip(_MARKS), found[2]
    return base, ""


def _with_remark(heading: Heading, remark: str, known: dict[str, Field]) -> Heading:
    text = _UNIT_PREFIX.sub("", remark).strip(_MARKS)
    if is_unit(text):
        return heading if heading.unit == text else replace(heading, unit=text)
    if known.get(text) is heading.field or _HARMLESS.fullmatch(text):
        return heading
    if heading.field.type in NUMERIC or _CHANGING.search(text) or text in known:
        return replace(heading, fault="column_remark")
    return replace(heading, assumed=True)


def _with_unit(heading: Heading) -> Heading:
    """The heading with its unit as far as it says something: a fault where it is of another kind than the field's."""
    if not heading.unit or heading.fault:
        return heading
    if heading.field.type == "ratio":
        return heading if heading.unit == "%" else replace(heading, fault="unit_unclear")
    if heading.field.unit is None:
        return replace(heading, unit="")
    return heading if unit_factor(heading.unit, heading.field) else replace(heading, fault="unit_unclear")


def context_of(heading: Heading) -> str:
    """The unit that a heading's cells are to be converted from; empty where it is the field's own."""
    is_own = heading.field.type != "ratio" and unit_factor(heading.unit, heading.field) == 1
    return "" if is_own else heading.unit


def stated_units(text: str) -> tuple[str, ...]:
    """The units a line above the table names (单位：万元; 单位：人、万元; （元）); empty where it names none."""
    plain = normalised_name(text)
    found = re.search(r"(?:计量|金额|货币)?单位[:：]?([^()\[\]]+)", plain)
    named = found[1] if found else plain.strip("()[]【】") if re.fullmatch(r"[(\[【].*[)\]】]", plain) else ""
    parts = [part for part in re.split(r"[、,，/;；和及与]", named) if part]
    return tuple(parts) if parts and all(map(is_unit, parts)) else ()


def with_stated_unit(heading: Heading, units: tuple[str, ...]) -> Heading:
    """The heading where a line above says in which units the table's figures are; its own unit goes before."""
    if heading.unit or heading.fault or heading.field.type not in {"decimal", "integer"} or not heading.field.unit:
        return heading
    factors = {factor for unit in units if (factor := unit_factor(unit, heading.field)) is not None}
    if not factors or factors == {1}:
        return heading
    if len(factors) > 1:
        return replace(heading, fault="unit_unclear")
    return replace(heading, unit=next(unit for unit in units if unit_factor(unit, heading.field) is not None))


def under(group: str, label: str, contract: Contract) -> Heading | None:
    """The heading of a column whose own label stands under a group's."""
    joint = _joint(group, label, contract)
    if joint:
        return joint
    over, own = read_heading(group, contract), read_heading(label, contract)
    plain = normalised_name(label)
    if over is not None and (normalised_name(group) == plain or (over.field.type in NUMERIC and is_total(label))):
        return over
    unit = _UNIT_PREFIX.sub("", plain.strip("()[]【】"))
    if over is not None and is_unit(unit):
        return _with_unit(replace(over, unit=unit)) if not over.fault else over
    if own is None:
        return None
    return _of_group(own, group)


def _joint(group: str, label: str, contract: Contract) -> Heading | None:
    over = read_heading(group, contract)
    spellings = (over.field.spellings if over else ()) + (group,)
    tries = [group + label, *(label + spelling for spelling in spellings)]
    found = (read_heading(text, contract) for text in tries)
    return next(
        (heading for heading in found if heading and not (heading.fault or heading.unit or heading.assumed)), None
    )


def _of_group(own: Heading, group: str) -> Heading:
    """A column's own heading with what the group above it says: its unit, or that its figures are of something else."""
    plain = normalised_name(group)
    for remark in (next(filter(None, found), "") for found in _BRACKETED.findall(plain)):
        text = _UNIT_PREFIX.sub("", remark)
        if is_unit(text) and own.field.unit and not own.unit:
            return _with_unit(replace(own, unit=text))
        if own.field.type in NUMERIC and not _HARMLESS.fullmatch(text):
            return replace(own, fault="column_remark")
    if own.field.type in NUMERIC and _OF_PARTS.search(plain):
        return replace(own, fault="column_remark")
    return own


def is_total(label: str) -> bool:
    """Whether a label of a sub-column says that it is all of its group."""
    return _TOTAL.fullmatch(normalised_name(label)) is not None


def is_label(text: str) -> bool:
    """Whether a cell can be the label of a sub-column: a few words without a digit."""
    return _LABEL.fullmatch(normalised_name(text)) is not None


def is_part(text: str) -> bool:
    """Whether a cell can be the label of one part of a group: a few words, or a year."""
    return _PART.fullmatch(normalised_name(text)) is not None


def nearest(label: str, contract: Contract) -> list[str]:
    """Up to three headers of the contract that are written much like a label, the nearest first."""
    names = {normalised_name(s): field.header for field in contract.fields for s in field.spellings}
    close = difflib.get_close_matches(normalised_name(label), list(names), n=6, cutoff=0.45)
    return list(dict.fromkeys(names[name] for name in close))[:3]
