"""The receipt of a finding: everything its explanation rests on, as data that a program can check and replay.

Belongs here: the shape, which docs/receipt.md describes and docs/receipt.schema.json holds. What people read is
`models.explanation`; both are made from the same rows. Nothing but the standard library is needed.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from models.explanation import Explained, SourceRows
from models.numbers import plain
from models.relation import as_tree, exact, relation_of

LEDGER: Final = (
    *("record_id", "credit_year", "counted_hours", "base_credits"),
    *("lost_project", "lost_school", "credits", "status"),
)
SCHEMA_VERSION: Final = "1.0"
"""Grows in front when a reader of the old would misread, behind when something was added."""


def receipt(explained: Explained) -> dict[str, Any]:
    """The receipt as plain data, ready for JSON; docs/receipt.md tells what each part means."""
    finding, clause, formula = explained.finding, explained.clause, explained.formula
    detail = _read(finding.get("detail"), {})
    return {
        "schema_version": SCHEMA_VERSION,
        "release": {"id": explained.release, "as_of": explained.as_of},
        "clause": _clause(explained),
        "finding": {
            name: finding[name]
            for name in ("finding_id", "subject_type", "subject_id", "part", "unit_id", "period", "unit")
        },
        "in_force": {"from": _day(clause.get("effective_from")), "to": _day(clause.get("effective_to"))},
        "conventions": [_convention(one) for one in _read(formula.get("conventions"), [])],
        "filters": _read(formula.get("filters"), []),
        "formula": {
            "measure": formula.get("measure"),
            "title": formula.get("measure_title"),
            "words": formula.get("formula"),
            "tree": _tree(explained, detail),
        },
        "threshold": {
            "value": detail.get("limit") if detail.get("limit") is not None else plain(finding.get("threshold")),
            "in_force": _read(formula.get("limits"), []),
            "unit": finding["unit"],
            "rounding": formula.get("quota"),
        },
        "comparison": relation_of(finding, formula).operator,
        "intermediate": _intermediate(detail.get("inputs"), _read(formula.get("labels"), {})),
        "inputs": [*map(_source, explained.sources), *_ledger(explained.ledger)],
        "decision": {
            "by": detail.get("by"),
            "is_trigger": bool(finding.get("is_trigger")),
            "closes": detail.get("closes"),
            "reason": detail.get("reason"),
        },
        "verdict": finding["verdict"],
    }


def _clause(explained: Explained) -> dict[str, Any]:
    clause, formula = explained.clause, explained.formula
    return {
        "id": explained.finding["clause_id"],
        "title": clause["title"],
        "article": clause["article"],
        "sentence": clause["quote"],
        "document": formula.get("document_title") or clause["document"],
        "document_no": formula.get("document_no"),
        "jurisdiction": clause["jurisdiction"],
        "strength": clause["strength"],
        "note": clause.get("note"),
    }


def _convention(setting: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": setting["id"],
        "title": setting.get("title") or setting["id"],
        "value": setting["value"],
        "from": setting.get("from"),
        "to": setting.get("to"),
        "basis": setting["basis"],
        "reason": setting.get("quote") or setting.get("note") or "",
    }


def _tree(explained: Explained, detail: Mapping[str, Any]) -> dict[str, Any]:
    """The comparison as nested operations; a composite is all of its parts."""
    inputs = detail.get("inputs")
    if detail.get("by") == "parts":
        parts = [
            {"clause": clause, "verdict": part["verdict"]}
            | {name: _text(part[name]) for name in ("value", "threshold")}
            for clause, part in (inputs or {}).items()
            if part is not None
        ]
        return {"op": "all", "parts": parts}
    named = inputs if isinstance(inputs, Mapping) else {}
    return as_tree(relation_of(explained.finding, explained.formula), named)


def _intermediate(inputs: object, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    if not isinstance(inputs, Mapping):
        return []
    return [
        {"name": name, "title": labels.get(name, name), "value": _text(value) if exact(value) is not None else value}
        for name, value in inputs.items()
        if not isinstance(value, Mapping)
    ]


def _source(source: SourceRows) -> dict[str, Any]:
    return {
        "table": f"staging.{source.table}",
        "title": source.title,
        "columns": dict(source.columns),
        "rows_counted": source.total,
        "rows_left_out": source.left_out,
        "rows": [
            {
                **_place(row),
                "cells": {name: _cell(row.get(name)) for name in source.columns},
                "counts": True,
                "decides": source.is_at_fault(row),
                "deciding_cells": sorted(source.decisive(row)),
            }
            for row in source.rows
        ],
    }


def _ledger(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Credit records as core.fct_credit counted them, with what the caps took."""
    if not rows:
        return []
    listed = [
        {
            **_place(row),
            "cells": {name: _cell(row[name]) for name in LEDGER},
            "counts": bool(row.get("counts", True)),
            "decides": bool(row.get("at_fault")),
            "deciding_cells": [],
        }
        for row in rows
    ]
    columns = {name: name for name in LEDGER}
    left_out = sum(not row["counts"] for row in listed)
    total = len(listed) - left_out
    return [
        {
            "table": "core.fct_credit",
            "title": "学分学时账",
            "columns": columns,
            "rows_counted": total,
            "rows_left_out": left_out,
            "rows": listed,
        }
    ]


def _place(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"file": row.get("_file"), "sheet": row.get("_sheet"), "row": row.get("_row")}


def _cell(value: object) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    return [str(one) for one in value] if isinstance(value, list) else str(value)


def _text(value: object) -> str | None:
    return None if value is None else plain(value)


def _day(value: object) -> str | None:
    return None if value is None else str(value)[:10]


def _read(text: object, default: Any) -> Any:
    return default if text is None else json.loads(str(text))
