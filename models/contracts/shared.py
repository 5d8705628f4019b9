"""What several contracts share: the fields of `fields.yaml` and the value lists of `code_lists.yaml`.

Belongs here: completing a contract's field from what is shared. A field named in `fields.yaml` is defined there; a
contract names it and adds what is its own (whether it is required, what it refers to, a description, spellings that
mean it in that table alone), and may not say again what is shared. Reading files is in reading.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from models.contracts.model import Layer

FIELDS: Final = "fields.yaml"
CODE_LISTS: Final = "code_lists.yaml"
OWN: Final = frozenset({"required", "references"})
"""What only a table can say of its field."""


class Unfit(Exception):
    """What a contract's field says does not go with what is shared; `key` is the word that is wrong."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True)
class Shared:
    """The fields and value lists that contracts refer to by name."""

    fields: Mapping[str, Mapping[str, Any]]
    code_lists: Mapping[str, Any]

    def completed(self, field: object, layer: Layer) -> object:
        """A contract's field with what is shared of it; spellings are for the tables that people write.

        Raises:
            Unfit: it says again what `fields.yaml` says, or names a value list that isn't there.
        """
        if isinstance(field, str):
            field = {"name": field}
            if field["name"] not in self.fields:
                raise Unfit("name", f"{FIELDS} 里没有字段 {field['name']}；请先写在那里，或在本表写明 header 和 type")
        if not isinstance(field, dict):
            return field
        shared = self.fields.get(str(field.get("name")), {})
        for key in field:
            if key in shared and key != "synonyms":
                raise Unfit(key, f"字段 {field['name']} 的 {key} 已在 {FIELDS} 写明，请从本表删去")
        return self._with_values({**shared, **field, **self._spellings(field, shared, layer)})

    def _spellings(self, field: Mapping[str, Any], shared: Mapping[str, Any], layer: Layer) -> dict[str, Any]:
        own, common = field.get("synonyms", []), shared.get("synonyms", [])
        if not isinstance(own, list) or not common:
            return {}
        twice = [spelling for spelling in own if spelling in common]
        if twice:
            raise Unfit("synonyms", f"字段 {field['name']} 的写法“{twice[0]}”已在 {FIELDS} 写明，请从本表删去")
        return {"synonyms": [*common, *own] if layer == "staging" else own}

    def _with_values(self, field: dict[str, Any]) -> dict[str, Any]:
        values = field.get("values")
        if not isinstance(values, str):
            return field
        if values not in self.code_lists:
            raise Unfit("values", f"没有代码表 {values}；可用的有 {'、'.join(self.code_lists)}")
        return {**field, "values": self.code_lists[values]}
