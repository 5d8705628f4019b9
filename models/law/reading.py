"""Reading policy files: where in which file something is wrong, and what to write instead.

Here belongs everything that turns a YAML file into a checked `Document`. What a value may be is in
`models.law.schema`; who asks for thresholds is not known here.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from models.law.roles import ROLES, TOPICS, Role
from models.law.schema import Binding, Clause, Convention, Cycle, Document, Jurisdiction, Threshold, Window
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


def read_document(path: Path, texts: Path) -> Document:
    """One policy file, checked against its shape, the register of measures and its document's text.

    Args:
        path: the YAML file.
        texts: the folder with the documents' texts.

    Raises:
        PolicyError: anything wrong; every fault found is listed, one a line.
    """
    raw = parse(path)
    try:
        document = Document.model_validate(raw.content)
    except ValidationError as error:
        raise PolicyError("\n".join(_faults(path, raw, error))) from error
    try:
        document = _with_conventions(document)
    except KeyError as error:
        raise PolicyError(f"{path}: {error.args[0]}") from error
    faults = [
        *_clause_faults(path, raw, document),
        *_role_faults(path, raw, document),
        *_quote_faults(path, raw, document, texts),
    ]
    if faults:
        raise PolicyError("\n".join(faults))
    return document


def parse(path: Path) -> Yaml:
    """A YAML file as written, with its line numbers; `content` is a table.

    Raises:
        PolicyError: not YAML, a key written twice, or no table at the top.
    """
    try:
        raw = read_yaml(path)
    except NotYaml as error:
        if error.twice is not None:
            raise PolicyError(f"{path}:{error.line}: 键“{error.twice}”写了两次；删去其中一个") from error
        raise PolicyError(f"{path}:{error.line}: 不是合法的 YAML（{error.problem}）；检查缩进、冒号和引号") from error
    if not isinstance(raw.content, dict):
        raise PolicyError(f"{path}:1: 整个文件应是一张表；从 id、title、jurisdiction 写起")
    return raw


def _faults(path: Path, raw: Yaml, error: ValidationError) -> Iterable[str]:
    for fault in error.errors():
        location = fault["loc"]
        yield f"{path}:{raw.line_of(location)}: {_in_words(location, fault['type'], fault['msg'], fault.get('ctx'))}"


def _in_words(location: Sequence[str | int], kind: str, message: str, context: Mapping[str, Any] | None) -> str:
    name = str(location[-1]) if location else "文件"
    if kind == "extra_forbidden":
        return f"不认识键“{name}”；{_did_you_mean(name, _keys_at(location))}"
    if kind == "missing":
        return f"缺少“{name}”；补上这一键"
    if kind == "literal_error" and context is not None:
        return f"“{name}”的取值不在许可之列；写 {context.get('expected')} 之一"
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    return f"“{name}”不能用：{message}"


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
    try:
        bound.reads(bound.carrying(clause.options, tuple(clause.where)))
    except ValidationError as error:
        for fault in error.errors():
            line = raw.line_of((*at, "options", *fault["loc"]))
            yield f"{path}:{line}: {_option_in_words(bound, fault)}"
    except ValueError as error:
        yield f"{path}:{raw.line_of((*at, 'options'))}: {error}"


def _option_in_words(bound: Measure, fault: ErrorDetails) -> str:
    name = ".".join(map(str, fault["loc"]))
    if fault["type"] == "extra_forbidden":
        return f"指标 {bound.name} 没有选项“{name}”；{_did_you_mean(name, bound.options.model_fields)}"
    if fault["type"] == "missing":
        return f"指标 {bound.name} 要有选项“{name}”；在 options 里补上"
    return f"指标 {bound.name} 的选项“{name}”不能用：{fault['msg']}"


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


def _quote_faults(path: Path, raw: Yaml, document: Document, texts: Path) -> Iterable[str]:
    source = texts / document.text
    if not source.is_file():
        yield f"{path}:{raw.line_of(('text',))}: 没有文件 {document.text}；把文件全文放到 data/reference/documents"
        return
    whole = squeezed(source.read_text(encoding="utf-8"))
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
