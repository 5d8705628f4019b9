"""What a clause's figure is made of, as pages tell it: formula, filters, tables and fields, conventions, conflicts.

The first four are read from the release (audit.formulas, audit.sources), where `shixun explain` reads them too;
conflicts come from the policies of the same code. Nothing is computed here.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from models.explanation import OTHER_COUNTS, SUBJECTS
from models.marts.other_readings import ENDPOINT_READING, NO_CAPS

Row = Mapping[str, Any]

BASES: Final = {"文": "条文", "推": "本系统取值", "缺": "附表缺失"}
"""Where a setting comes from, as readers are told."""
QUOTAS: Final = {"ceil": "应有数向上取整", "floor": "应有数向下取整"}
READINGS: Final = {
    ENDPOINT_READING: "端点按另一种理解（含本数改为不含，或反之）",
    **{name: words for name, (words, _) in OTHER_COUNTS.items()},
    NO_CAPS: "不设封顶",
}
"""Other readings of the law, in words."""


@dataclass(frozen=True)
class Source:
    """A table of the dump that a figure is made of, with the fields it takes from it."""

    title: str
    name: str
    fields: str
    scope: str


@dataclass(frozen=True)
class Setting:
    """A convention in force: its value, whether the text states it, and the text or the reason."""

    id: str
    value: str
    basis: str
    note: str


@dataclass(frozen=True)
class Making:
    """How a clause's figure comes about for one kind of subject."""

    subject_type: str
    subject: str
    title: str
    formula: str
    filters: Sequence[str]
    parts: Sequence[str]
    sources: Sequence[Source]
    settings: Sequence[Setting]


class Makings:
    """How every clause of a release is made, looked up by clause."""

    def __init__(self, formulas: pl.DataFrame, sources: pl.DataFrame) -> None:
        self._formulas = _by_clause(formulas)
        self._sources = _by_clause(sources)

    def of(self, clause_id: str) -> list[Making]:
        """One making for each way the clause is judged; none for a clause no machine judges."""
        return [self._making(row) for row in self._formulas.get(clause_id, [])]

    def sources(self, clause_ids: Iterable[str]) -> list[str]:
        """The titles of the dump tables behind some clauses, each once."""
        rows = (row for clause in clause_ids for row in self._sources.get(clause, []))
        return list(dict.fromkeys(row["title"] for row in rows))

    def _making(self, row: Row) -> Making:
        kind = row["subject_type"]
        sources = [one for one in self._sources.get(row["clause_id"], []) if one["binding"] == row["binding"]]
        rounding = [QUOTAS[row["quota"]]] if row["quota"] else []
        return Making(
            kind,
            SUBJECTS[kind],
            row["measure_title"],
            row["formula"],
            [*json.loads(row["filters"]), *rounding],
            json.loads(row["parts"]),
            [_source(one) for one in sources],
            [_setting(one) for one in json.loads(row["conventions"])],
        )


def value(setting: Any) -> str:
    """A setting's value as people write it."""
    if isinstance(setting, bool):
        return "是" if setting else "否"
    if isinstance(setting, Mapping):
        return "，".join(f"{key} {value(one)}" for key, one in setting.items())
    if isinstance(setting, list | tuple):
        return "、".join(map(str, setting))
    return "缺" if setting is None else str(setting)


def told_readings(finding: Row) -> list[str]:
    """What other readings of the law would do to one finding, a sentence each."""
    return [] if finding["sensitivity"] is None else str(finding["sensitivity"]).split("\n")


def _by_clause(table: pl.DataFrame) -> Mapping[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in table.iter_rows(named=True):
        found[row["clause_id"]].append(row)
    return found


def _source(row: Row) -> Source:
    fields = json.loads(row["columns"])
    return Source(row["title"], row["table_name"], "、".join(fields.values()), "" if row["link"] else "各对象共用")


def _setting(row: Mapping[str, Any]) -> Setting:
    basis = BASES.get(row["basis"], row["basis"])
    return Setting(
        row.get("title") or row["id"], value(row.get("shown", row["value"])), basis, row["quote"] or row["note"] or ""
    )
