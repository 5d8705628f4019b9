"""Reads the contract files: strict YAML, every fault named with file, line and what to write instead.

Unknown and duplicate keys, unknown types, a file whose name is not its table, and references to tables or
fields that do not exist are refused. What several tables share is completed by shared.py.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

import pydantic

from models.contracts.model import Contract, ContractError, Field, FieldType, Layer
from models.contracts.shared import CODE_LISTS, FIELDS, OWN, Shared, Unfit
from models.yaml_files import NotYaml, read_yaml

LAYERS: tuple[Layer, ...] = get_args(Layer)
_HOME = Path(__file__).parent


def contract(layer: Layer, table: str) -> Contract:
    """One table's contract; KeyError names the tables that exist."""
    tables = _tables(layer)
    if table not in tables:
        message = f"no contract {layer}.{table}; there are {', '.join(tables)}"
        raise KeyError(message)
    return tables[table]


def staging_contracts() -> Mapping[str, Contract]:
    """The tables of a platform dump, by English name."""
    return _tables("staging")


def core_contracts() -> Mapping[str, Contract]:
    """Dimensions and facts, by English name."""
    return _tables("core")


def marts_contracts() -> Mapping[str, Contract]:
    """The measures people read, by English name."""
    return _tables("marts")


def audit_contracts() -> Mapping[str, Contract]:
    """What accounts for every row, verdict and check, by English name."""
    return _tables("audit")


@cache
def all_contracts() -> Mapping[str, Contract]:
    """Every contract by the table's whole name, `schema.table`."""
    return MappingProxyType({f"{layer}.{name}": each for layer in LAYERS for name, each in _tables(layer).items()})


@cache
def _tables(layer: Layer) -> Mapping[str, Contract]:
    return read_layer(layer, _HOME)


def read_layer(layer: Layer, home: Path) -> Mapping[str, Contract]:
    """All contracts of `home/<layer>/*.yaml`, checked one by one and against each other.

    Raises ContractError at the first fault.
    """
    shared = read_shared(home)
    paths = sorted((home / layer).glob("*.yaml"))
    tables = {path.stem: _read(path, layer, shared) for path in paths}
    for path in paths:
        _check_references(path, tables)
    _check_titles(home / layer, tables)
    return MappingProxyType(tables)


def read_shared(home: Path) -> Shared:
    """What the contracts of a folder share: each field of `fields.yaml` must be whole by itself.

    Raises ContractError at the first fault.
    """
    lists, fields = (_plain(path) if path.exists() else {} for path in (home / CODE_LISTS, home / FIELDS))
    for name, field in fields.items():
        _check_shared(home / FIELDS, name, field, Shared({}, lists))
    return Shared(fields, lists)


def _check_shared(path: Path, name: str, field: Mapping[str, Any], lists: Shared) -> None:
    own = [key for key in field if key in OWN]
    if own:
        raise ContractError(_at(path, _line(path, (name, own[0])), f"{own[0]} 因表而异，请写在各表里"))
    try:
        Field.model_validate(lists.completed({"name": name, **field}, "staging"))
    except Unfit as fault:
        raise ContractError(_at(path, _line(path, (name, fault.key)), str(fault))) from fault
    except pydantic.ValidationError as error:
        raise ContractError(_explain(path, error, within=(name,))) from error


def _read(path: Path, layer: Layer, shared: Shared) -> Contract:
    document = _plain(path)
    if not isinstance(document, dict):
        raise ContractError(_at(path, 1, "文件应是 table、title、grain、key、fields 等键值"))
    document = _completed(path, document, layer, shared)
    try:
        read = Contract.model_validate({"layer": layer, **document})
    except pydantic.ValidationError as error:
        raise ContractError(_explain(path, error)) from error
    if read.table != path.stem:
        raise ContractError(_at(path, _line(path, ("table",)), f"table 应写 {path.stem}，与文件名一致"))
    return read


def _plain(path: Path) -> Any:
    try:
        return read_yaml(path).content
    except NotYaml as error:
        raise ContractError(_at(path, error.line, f"不是合格的 YAML：{error.problem}；请改正或删去重复的键")) from error


def _completed(path: Path, document: dict[str, Any], layer: Layer, shared: Shared) -> dict[str, Any]:
    """The document with every field as shared and own words make it."""
    fields = document.get("fields")
    if not isinstance(fields, list):
        return document
    whole = []
    for index, field in enumerate(fields):
        try:
            whole.append(shared.completed(field, layer))
        except Unfit as fault:
            raise ContractError(_at(path, _line(path, ("fields", index, fault.key)), str(fault))) from fault
    return {**document, "fields": whole}


def _check_references(path: Path, tables: Mapping[str, Contract]) -> None:
    for field, target in tables[path.stem].references:
        fault = _wrong_reference(target, tables)
        if fault:
            position = tables[path.stem].fields.index(field)
            raise ContractError(_at(path, _line(path, ("fields", position, "references")), fault))


def _wrong_reference(target: str, tables: Mapping[str, Contract]) -> str | None:
    table, _, column = target.partition(".")
    if table not in tables:
        return f"references 指向不存在的表 {table}；可用的有 {'、'.join(tables)}"
    if column and column not in tables[table]:
        return (
            f"references 指向 {table} 没有的字段 {column}；可用的有 {'、'.join(f.name for f in tables[table].fields)}"
        )
    if not column and len(tables[table].key) > 1:
        return f"{table} 的主键有多列，references 请写明字段，如 {table}.{tables[table].key[0]}"
    return None


def _check_titles(folder: Path, tables: Mapping[str, Contract]) -> None:
    owner: dict[str, str] = {}
    for table in tables.values():
        for name in (table.title, *table.synonyms):
            other = owner.setdefault(name, table.table)
            if other != table.table:
                path = folder / f"{table.table}.yaml"
                raise ContractError(_at(path, 1, f"表名“{name}”已属于 {other}，请删去一处"))


def _explain(path: Path, error: pydantic.ValidationError, within: tuple[int | str, ...] = ()) -> str:
    # A misspelt key is also a missing one: the unknown spelling is what people must see.
    fault = min(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
    where = (*within, *fault["loc"])
    line = _line(path, where)
    kind = fault["type"]
    if kind == "extra_forbidden":
        inside = bool(within) or where[0] == "fields"
        known = (Field if inside else Contract).model_fields
        names = [name for name in known if name != "layer"]
        return _at(path, line, f"不认识的键 {where[-1]}；可写的有 {'、'.join(names)}")
    if kind == "missing":
        return _at(path, line, f"缺少 {where[-1]}，请补上")
    if kind == "literal_error" and where[-1] == "type":
        return _at(path, line, f"没有类型 {fault['input']}；可写的有 {'、'.join(get_args(FieldType))}")
    if kind == "value_error":
        return _at(path, line, str(fault["ctx"]["error"]))
    return _at(path, line, f"{'.'.join(map(str, where))}：{fault['msg']}（现为 {fault['input']!r}）")


def _line(path: Path, where: tuple[int | str, ...]) -> int:
    """The line of a place in the file, read again: a fault is to be shown."""
    return read_yaml(path).line_of(where)


def _at(path: Path, line: int, message: str) -> str:
    return f"{path.parent.name}/{path.name} 第 {line} 行：{message}"


@cache
def tables_of_people() -> frozenset[str]:
    """Dump tables a row of which is about a teacher or is an answer: theirs, and all that must name one of those."""
    found: frozenset[str] = frozenset({"teacher", "survey_response"})
    while True:
        further = {
            name
            for name, one in staging_contracts().items()
            if any(field.required and target.partition(".")[0] in found for field, target in one.references)
        }
        if further <= found:
            return found
        found |= further
