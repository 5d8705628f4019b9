"""Reading policy files: where in which file something is wrong, and what to write instead.

Here belongs everything that turns a YAML file into a checked `Document`. What a value may be is in
`models.law.schema`; who asks for thresholds is not known here.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from models.contracts import contract, staging_contracts
from models.law.roles import ROLES, TOPICS, Role
from models.law.schema import Binding, Clause, Convention, Cycle, Document, Jurisdiction, Threshold, Window
from models.law.settings import CREDITS_ONLY, NEEDED, SETTINGS, faults_of
from models.measures import Measure, all_measures
from models.yaml_files import NotYaml, Yaml, read_yaml

_SHAPES: Mapping[str, type[BaseModel]] = {
    "clauses": Clause,
    "conventions": Convention,
    "cycles": Cycle,
    "thresholds": Threshold,
    "value": Window,
    "jurisdiction": Jurisdiction,
    "also": Binding,
}


class PolicyError(Exception):
    """A policy file that cannot be used; the message has file, line and what to write instead."""


def read_document(path: Path, texts: Sequence[Path]) -> tuple[Document, Path]:
    """One policy file, checked against its shape, the register of measures and its document's text.

    Args:
        path: the YAML file.
        texts: the folders with the documents' texts, the first one first.

    Returns:
        The document and the file of its text.

    Raises:
        PolicyError: anything wrong; every fault found is listed, one a line.
    """
    raw = parse(path)
    try:
        document = Document.model_validate(raw.content)
    except ValidationError as error:
        raise PolicyError("\n".join(_faults(path, raw, error))) from error
    text, faults = _text_of(path, raw, document, texts)
    faults += [*_cycle_faults(path, raw, document), *_setting_faults(path, raw, document)]
    try:
        document = _with_conventions(document)
    except KeyError as error:
        faults.append(f"{path}:{_line_with(path, '$')}: {error.args[0]}")
    else:
        faults += [*_clause_faults(path, raw, document), *_role_faults(path, raw, document)]
    if text is None or faults:
        raise PolicyError("\n".join(faults))
    return document, text


_NOT_YAML: Mapping[str, str] = {
    "did not find expected": "括号、引号或缩进没有配对",
    "could not find expected": "少了冒号",
    "cannot start any token": "有制表符或不能开头的符号",
    "mapping values are not allowed": "一行里有两个冒号，含冒号的文字要加引号",
    "no such day": "没有这一天",
    "no number": "不是有限的数",
    "determine a constructor": "有不认识的 ! 标记",
    "unacceptable character": "有不能用的字符",
    "undefined alias": "以 * 或 & 开头的文字要加引号",
    "unexpected end of stream": "引号没有配对",
    "nested too deeply": "层次太深",
    "unhashable": "键只能是文字",
}
"""Parts of what the YAML reader says → the same in words."""


def parse(path: Path) -> Yaml:
    """A YAML file as written, with its line numbers; `content` is a table.

    Raises:
        PolicyError: not readable, not UTF-8, not YAML, a key written twice, or no table at the top.
    """
    try:
        raw = read_yaml(path)
    except NotYaml as error:
        if error.twice is not None:
            raise PolicyError(f"{path}:{error.line}: 键“{error.twice}”写了两次；删去其中一个") from error
        why = next((words for part, words in _NOT_YAML.items() if part in error.problem), "写法不合规则")
        raise PolicyError(f"{path}:{error.line}: 不是合法的 YAML（{why}）；检查缩进、冒号和引号") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise PolicyError(f"{path}:{line}: 不是 UTF-8 编码；用文本编辑器另存为 UTF-8") from error
    except OSError as error:
        raise PolicyError(f"{path}:1: 读不了（{error.strerror}）；检查文件权限") from error
    if not isinstance(raw.content, dict):
        raise PolicyError(f"{path}:1: 整个文件应是一张表；从 id、title、jurisdiction 写起")
    return raw


def _faults(path: Path, raw: Yaml, error: ValidationError) -> Iterable[str]:
    for fault in error.errors():
        location = fault["loc"]
        yield f"{path}:{raw.line_of(location)}: {_in_words(location, fault['type'], fault['msg'], fault.get('ctx'))}"


_SHAPES_IN_WORDS: Mapping[str, str] = {
    "string_type": "应是文字；数字和日期要加引号",
    "string_pattern_mismatch": "应是六位数字的代码，加引号",
    "date_type": "应是日期，写成 2019-01-01",
    "date_parsing": "应是日期，写成 2019-01-01",
    "date_from_datetime_parsing": "应是日期，写成 2019-01-01",
    "date_from_datetime_inexact": "应是日期，写成 2019-01-01，不带时刻",
    "bool_type": "应是 true 或 false",
    "bool_parsing": "应是 true 或 false",
    "tuple_type": "应是列表，各项写在 [ ] 里或各占一行、以 - 开头",
    "list_type": "应是列表，各项写在 [ ] 里或各占一行、以 - 开头",
    "too_short": "至少要有一项",
    "dict_type": "应是一张表，写成“键: 值”",
    "mapping_type": "应是一张表，写成“键: 值”",
    "model_type": "应是一张表，写成“键: 值”",
    "model_attributes_type": "应是一张表，写成“键: 值”",
    "invalid_key": "键要是文字；数字要加引号",
}
"""Kinds of wrong shape → what to write."""


def _in_words(location: Sequence[str | int], kind: str, message: str, context: Mapping[str, Any] | None) -> str:
    name = _named(location)
    if kind == "extra_forbidden":
        return f"不认识键“{name}”；{_did_you_mean(name, _keys_at(location))}"
    if kind == "missing":
        return f"缺少“{name}”；补上这一键"
    if kind == "literal_error" and context is not None:
        return f"“{name}”的取值不在许可之列；写 {_either(context)} 之一"
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    return f"“{name}”{_SHAPES_IN_WORDS.get(kind, '的写法不对；照内置政策文件的样子写')}"


def _either(context: Mapping[str, Any] | None) -> str:
    """The values allowed, as pydantic lists them, in words."""
    return str((context or {}).get("expected")).replace(" or ", ", ").replace("'", "").replace(", ", "、")


def _named(location: Sequence[str | int]) -> str:
    """The key a fault is about; an item of a list by its place."""
    if not location:
        return "文件"
    if isinstance(location[-1], int):
        of = next((str(step) for step in reversed(location) if isinstance(step, str)), "文件")
        return f"{of} 的第 {location[-1] + 1} 项"
    return str(location[-1])


def _keys_at(location: Sequence[str | int]) -> list[str]:
    holder: type[BaseModel] = Document
    for step in location[:-1]:
        if isinstance(step, str):
            holder = _SHAPES.get(step, holder)
    return [info.alias or name for name, info in holder.model_fields.items()]


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    known = list(known)
    near = difflib.get_close_matches(name, known, n=1)
    return f"是否想写“{near[0]}”？" if near else f"可用的有：{'、'.join(known)}"


def _clause_faults(path: Path, raw: Yaml, document: Document) -> Iterable[str]:
    seen: set[str] = set()
    known = {clause.id for clause in document.clauses}
    for index, clause in enumerate(document.clauses):
        place = f"{path}:{raw.line_of(('clauses', index))}: 条款 {clause.id}"
        if clause.document != document.id:
            yield f"{place} 的编号应以 {document.id}/ 开头"
        if clause.id in seen:
            yield f"{place} 写了两次；编号要唯一"
        for part in (*clause.all_of, *clause.after):
            if part not in known or part == clause.id:
                yield f"{place} 提到 {part}，这个文件里没有它"
        seen.add(clause.id)
        yield from _binding_faults(path, raw, index, clause)


def _binding_faults(path: Path, raw: Yaml, index: int, clause: Clause) -> Iterable[str]:
    if clause.measure is None:
        return
    for number, binding in enumerate(clause.bindings):
        at = ("clauses", index) if number == 0 else ("clauses", index, "also", number - 1)
        yield from _measure_faults(path, raw, at, binding)


def _measure_faults(path: Path, raw: Yaml, at: tuple[str | int, ...], clause: Clause) -> Iterable[str]:
    if clause.measure is None:
        return
    known = all_measures()
    if clause.measure not in known:
        line = raw.line_of((*at, "measure"))
        yield f"{path}:{line}: 没有名为“{clause.measure}”的指标；{_did_you_mean(clause.measure, sorted(known))}"
        return
    bound = known[clause.measure]
    column = clause.options.get("column")
    units = units_of(column) if isinstance(column, str) else frozenset()
    if units and clause.unit not in units:
        line = raw.line_of((*at, "unit"))
        yield f"{path}:{line}: 列 {column} 的单位是 {'、'.join(sorted(units))}，unit 写成了 {clause.unit}"
    try:
        bound.reads(bound.carrying(clause.options, tuple(clause.where)))
    except ValidationError as error:
        for fault in error.errors():
            line = raw.line_of((*at, "options", *fault["loc"]))
            yield f"{path}:{line}: {_option_in_words(bound, fault)}"
    except ValueError as error:
        yield f"{path}:{raw.line_of((*at, 'options'))}: {error}"
    except (TypeError, KeyError, AttributeError) as error:
        place = f"{path}:{raw.line_of((*at, 'options'))}:"
        yield f"{place} 指标 {bound.name} 的选项写法不对（{error}）；照内置政策文件的样子写"


@cache
def units_of(column: str) -> frozenset[str]:
    """The units that a column of a dump or of a teacher's totals is counted in; none where it has no unit."""
    tables = (*staging_contracts().values(), contract("marts", "teacher_year"), contract("marts", "teacher_cycle"))
    return frozenset(field.unit for table in tables for field in table.fields if field.column == column and field.unit)


def _option_in_words(bound: Measure, fault: ErrorDetails) -> str:
    name = ".".join(map(str, fault["loc"]))
    if fault["type"] == "extra_forbidden":
        return f"指标 {bound.name} 没有选项“{name}”；{_did_you_mean(name, bound.options.model_fields)}"
    if fault["type"] == "missing":
        return f"指标 {bound.name} 要有选项“{name}”；在 options 里补上"
    if fault["type"] == "literal_error":
        return f"指标 {bound.name} 的选项“{name}”的取值不在许可之列；写 {_either(fault.get('ctx'))} 之一"
    if fault["type"] == "value_error":
        return f"指标 {bound.name} 的选项“{name}”：{fault['msg'].removeprefix('Value error, ')}"
    return (
        f"指标 {bound.name} 的选项“{name}”{_SHAPES_IN_WORDS.get(fault['type'], '的写法不对；照内置政策文件的样子写')}"
    )


def _role_faults(path: Path, raw: Yaml, document: Document) -> Iterable[str]:
    clauses = {clause.id: clause for clause in document.clauses}
    for section, word, known in (("roles", "角色", ROLES), ("topics", "主题", TOPICS)):
        for name, named in getattr(document, section).items():
            place = f"{path}:{raw.line_of((section, name))}:"
            if name not in known:
                yield f"{place} 没有名为“{name}”的{word}；{_did_you_mean(name, known)}"
            for missing in (one for one in named if one not in clauses):
                yield f"{place} {word} {name} 提到 {missing}，这个文件里没有它；{_did_you_mean(missing, clauses)}"
    for name, named in document.roles.items():
        role = ROLES.get(name)
        place = f"{path}:{raw.line_of(('roles', name))}: 角色 {name}（{role.meaning if role else ''}）"
        if role is not None and role.is_single and len(named) > 1:
            yield f"{place}只能由一条条款担任；只留一条"
        for clause in (clauses[one] for one in named if role is not None and one in clauses):
            yield from (f"{place}不能由 {clause.id} 担任：{fault}" for fault in _unfit(role, clause))


def _unfit(role: Role | None, clause: Clause) -> Iterable[str]:
    """Why a clause cannot play a role."""
    if role is None:
        return
    for word, value, allowed in (
        ("compare", clause.compare, role.compare),
        ("unit", clause.unit, role.units),
        ("subject", clause.subject, role.subjects),
    ):
        if allowed and value not in allowed:
            yield f"它的 {word} 是 {value}，应为 {'、'.join(allowed)}"


def _with_conventions(document: Document) -> Document:
    """Options written as `$name` replaced by the document's setting of that name."""
    clauses = []
    for clause in document.clauses:
        update: dict[str, Any] = {"options": _resolved(clause.options, document)}
        if clause.also:
            update["also"] = tuple(
                one.model_copy(update={"options": _resolved(one.options, document)}) for one in clause.also
            )
        clauses.append(clause.model_copy(update=update))
    return document.model_copy(update={"clauses": tuple(clauses)})


def _resolved(options: Mapping[str, Any], document: Document) -> dict[str, Any]:
    return {
        name: document.convention(value[1:]) if isinstance(value, str) and value.startswith("$") else value
        for name, value in options.items()
    }


def squeezed(text: str) -> str:
    """Text without any whitespace: page layout must not decide whether a quote is verbatim."""
    return "".join(text.split())


def _text_of(path: Path, raw: Yaml, document: Document, texts: Sequence[Path]) -> tuple[Path | None, list[str]]:
    """The file of a document's text, and the faults of the quotes from it."""
    place = f"{path}:{raw.line_of(('text',))}:"
    if Path(document.text).name != document.text:
        return None, [f"{place} text 只写文件名，不写路径；原文放到 {texts[0]}"]
    source = next((folder / document.text for folder in texts if (folder / document.text).is_file()), None)
    if source is None:
        return None, [f"{place} 没有文件 {document.text}；把文件全文放到 {texts[0]}，存为 UTF-8 文本"]
    try:
        whole = squeezed(source.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        return None, [f"{place} 原文 {source} 不是 UTF-8 编码；用文本编辑器另存为 UTF-8"]
    except OSError as error:
        return None, [f"{place} 原文 {source} 读不了（{error.strerror}）；检查文件权限"]
    return source, list(_quote_faults(path, raw, document, whole))


def _line_with(path: Path, sign: str) -> int:
    """The first line with an option that names a convention."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    return next((number for number, line in enumerate(lines, 1) if sign in line), 1)


def _quote_faults(path: Path, raw: Yaml, document: Document, whole: str) -> Iterable[str]:
    quotes: list[tuple[str, int, str, str]] = [
        ("clauses", index, clause.id, clause.quote) for index, clause in enumerate(document.clauses)
    ]
    quotes += [
        ("conventions", index, setting.id, setting.quote or "")
        for index, setting in enumerate(document.conventions)
        if setting.quote is not None
    ]
    for group, index, name, quote in quotes:
        if not quote.strip() or squeezed(quote) not in whole:
            line = raw.line_of((group, index, "quote"))
            advice = "照原文逐字抄录（空白不计）"
            yield f"{path}:{line}: {name} 的引文“{quote}”在 {document.text} 里找不到；{advice}"


def _cycle_faults(path: Path, raw: Yaml, document: Document) -> Iterable[str]:
    seen: set[str] = set()
    before: Cycle | None = None
    for index, cycle in sorted(enumerate(document.cycles), key=lambda each: each[1].start):
        place = f"{path}:{raw.line_of(('cycles', index))}: 周期 {cycle.id}"
        if cycle.id in seen:
            yield f"{place} 写了两次；编号要唯一"
        if before is not None and cycle.start <= before.end:
            yield f"{place} 与 {before.id} 重叠；后一个从 {before.end.year + 1} 年起"
        seen.add(cycle.id)
        before = cycle


NEAR = 0.85
"""A convention nobody reads is a reading put into words, unless its name is so like a known one that it must be it."""


def _setting_faults(path: Path, raw: Yaml, document: Document) -> Iterable[str]:
    """What is wrong with a document's conventions, each and together."""
    options = [clause.options for clause in document.clauses]
    options += [one.options for clause in document.clauses for one in clause.also]
    asked = {value for each in options for value in each.values() if isinstance(value, str)}
    lines: dict[str, int] = {}
    clauses = {clause.id for clause in document.clauses}
    for index, setting in enumerate(document.conventions):
        lines.setdefault(setting.id, raw.line_of(("conventions", index)))
        place = f"{path}:{raw.line_of(('conventions', index))}:"
        if setting.id in SETTINGS:
            yield from (f"{place} {fault}" for fault in faults_of(setting.id, setting.value))
        elif f"${setting.id}" not in asked and difflib.get_close_matches(setting.id, SETTINGS, n=1, cutoff=NEAR):
            yield f"{place} 没有名为“{setting.id}”的约定；{_did_you_mean(setting.id, SETTINGS)}"
        for missing in (one for one in setting.bears_on if one not in clauses):
            yield f"{place} bears_on 提到 {missing}，这个文件里没有它；{_did_you_mean(missing, clauses)}"
    for name, line in lines.items():
        yield from (f"{path}:{line}: {fault}" for fault in _in_time(document, name, f"${name}" in asked))
    yield from (f"{path}:{lines[name]}: {fault}" for name, fault in _unfit_together(document))


def _in_time(document: Document, name: str, is_option: bool) -> Iterable[str]:
    """What is wrong with the days of one convention's lines."""
    held = sorted((one for one in document.conventions if one.id == name), key=lambda one: one.start or date.min)
    for before, after in pairwise(held):
        if before.end is None or (after.start or date.min) < before.end:
            since = after.start or "（没有写 from）"
            yield f"约定 {name} 的日期重叠：前一段没有在 {since} 前结束；给前一段写 to，给后一段写 from"
    is_dated = len(held) > 1 or held[0].start is not None or held[0].end is not None
    if is_dated and (is_option or not (name in SETTINGS and SETTINGS[name].is_dated)):
        yield f"约定 {name} 不能分时段；只写一行，不写 from 和 to"
    elif name in NEEDED and (held[0].start is not None or held[-1].end is not None or _has_gap(held)):
        yield f"约定 {name} 有几天没有规定；各段首尾相接，第一段不写 from，最后一段不写 to"


def _has_gap(held: Sequence[Convention]) -> bool:
    return any(before.end != after.start for before, after in pairwise(held))


def misset(document: Document) -> Iterable[str]:
    """What is wrong with a document's conventions that are known by name, each and together, without their places."""
    for setting in document.conventions:
        if setting.id in SETTINGS:
            yield from faults_of(setting.id, setting.value)
    for name in dict.fromkeys(one.id for one in document.conventions):
        yield from _in_time(document, name, is_option=False)
    yield from (fault for _, fault in _unfit_together(document))


def _unfit_together(document: Document) -> Iterable[tuple[str, str]]:
    """Conventions that lack what they go along with, or say nothing in this credit system."""
    said = {one.id for one in document.conventions}
    for name in sorted(said & SETTINGS.keys()):
        for lacking in (one for one in SETTINGS[name].needs if one not in said):
            example = f"{{id: {lacking}, value: {SETTINGS[lacking].example}, basis: 推, note: …}}"
            yield name, f"写了 {name} 就要写 {lacking}（{SETTINGS[lacking].meaning}）；补上 {example}"
        if name in CREDITS_ONLY and not document.counts_credits:
            yield name, f"只计学时的体系不写 {name}（{SETTINGS[name].meaning}）；删去，或在 counted_units 里写上学分"
