"""The data-quality page: what the gate checked, what was rejected and why, and where every row went.

It can be built without a warehouse, because a refused night has none to show.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import polars as pl

from dashboards.site import numbers
from dashboards.site.release import QualityNight
from dashboards.site.verdicts import Mark
from models.contracts import audit_contracts, core_contracts, marts_contracts, staging_contracts, tables_of_people

_PASSED = Mark("通过", "●", "met")
_FAILED = {"critical": Mark("不通过", "▲", "not-met"), "warning": Mark("提醒", "■", "in-progress")}
_SKIPPED = Mark("未检查", "○", "undetermined")
_SHOWN_REJECTS = 300
_SHOWN_SENDERS = 20
_SHOWN_REASONS = 2
_SENDERS = {"county": "县（市、区）", "institution": "培训机构"}
_SHOWN_PROBLEMS = 300
_SHOWN_DRIFT = 40
_NOWHERE: Mapping[str, str] = MappingProxyType({})
_LAYERS = {"staging": "入库", "core": "核心", "marts": "指标", "audit": "台账"}


def quality(night: QualityNight, addresses: Mapping[str, str] = _NOWHERE) -> dict[str, Any]:
    """The content of the page, without what surrounds it; `addresses` are the folders of those that have a page."""
    checks = [_check(row) for row in night.gate.iter_rows(named=True)]
    order = {mark.word: place for place, mark in enumerate((*_FAILED.values(), _SKIPPED, _PASSED))}
    checks.sort(key=lambda check: (order[check["mark"].word], check["table"], check["title"]))
    rejects = night.rejects
    return {
        "night": night,
        "is_refused": night.release_id is None,
        "checks": [check for check in checks if check["mark"] in _FAILED.values()],
        "skipped": [check for check in checks if check["mark"] is _SKIPPED],
        "passed": [check for check in checks if check["mark"] is _PASSED],
        "accounts": _accounts(night.row_counts),
        "problems": _problems(night.problems),
        "shown_problems": _SHOWN_PROBLEMS,
        "drift": _drift(night.drift),
        "shown_drift": _SHOWN_DRIFT,
        "was_compared": night.was_compared,
        "trends": _trends(night.row_counts, night.previous_counts),
        "totals": _totals(night.row_counts),
        "rejects": [
            row | {"column": _header(row["table_name"], row["column_name"])}
            for row in rejects.head(_SHOWN_REJECTS).iter_rows(named=True)
        ],
        "reject_kinds": rejects.height,
        "reasons": _reasons(rejects),
        "senders": _senders(night.senders, addresses),
        "shown_senders": _SHOWN_SENDERS,
        "files": _files(night),
    }


def _counted(table: str) -> Callable[[int | None], str]:
    """How rows of a table are told: two nights one teacher apart must not tell how many rows were about him."""
    return numbers.people_count if table in tables_of_people() else numbers.count


def _files(night: QualityNight) -> list[tuple[str, str, str, str]]:
    """Each dump file with its rows and bytes."""
    of_people = set(night.row_counts.filter(pl.col("table_name").is_in(tables_of_people()))["file"])
    return [
        (
            file.path,
            numbers.people_count(file.rows) if file.path.rsplit("/", 1)[-1] in of_people else numbers.count(file.rows),
            numbers.roughly(file.size),
            file.sha256[:12],
        )
        for file in night.dump_files
    ]


def _check(row: dict[str, Any]) -> dict[str, Any]:
    mark = _SKIPPED if row["success"] is None else _PASSED if row["success"] else _FAILED[row["severity"]]
    layer, _, table = row["table_name"].partition(".")
    return {
        "mark": mark,
        "table": f"{_LAYERS.get(layer, layer)} · {_title(layer, table)}" if table else row["table_name"],
        "title": row.get("title") or row["expectation"],
        "meaning": row.get("meaning") or "",
        "observed": "；".join(filter(None, [_seen(row), row.get("accepted")])),
        "matters": row.get("matters") or "",
        "action": row.get("action") or "",
    }


def _seen(row: Mapping[str, Any]) -> str:
    """What a check saw; how many rows a table that is as it should be has is told in the account of rows alone."""
    seen = row["observed"] or ""
    return re.sub(r"^[\d,]+ 行", "有数据", seen) if row["success"] else seen


def _title(layer: str, table: str) -> str:
    """The table's Chinese title, its own name where no contract knows it."""
    known = {
        "staging": staging_contracts,
        "core": core_contracts,
        "marts": marts_contracts,
        "audit": audit_contracts,
    }
    contract = known[layer]().get(table) if layer in known else None
    return contract.title if contract else table


def _accounts(counts: pl.DataFrame) -> list[dict[str, Any]]:
    rows = counts.sort("table_name", "file").to_dicts()
    return [row | _told(row) | {"title": _title("staging", row["table_name"])} for row in rows]


_TOLD: Final = ("rows_read", "rows_staged", "rows_duplicate", "rows_dropped_total")
"""Counts of a file that are told roughly where its rows are about people; what was refused is told as it is."""


def _told(row: Mapping[str, Any]) -> dict[str, str]:
    tell = _counted(row["table_name"])
    return {name: tell(row[name]) for name in _TOLD} | {"rows_rejected": numbers.count(row["rows_rejected"])}


def _problems(problems: pl.DataFrame | None) -> list[dict[str, Any]]:
    """What reading left out, assumed, repaired or could not reconcile, the weightiest first."""
    if problems is None:
        return []
    kinds = audit_contracts()["problems"].field("kind").values or {}
    order = {kind: place for place, kind in enumerate(kinds)}
    rows = sorted(
        problems.iter_rows(named=True),
        key=lambda row: (order.get(row["kind"], len(order)), row["file"], row["sheet"] or "", row["row_number"] or 0),
    )
    return [row | {"title": _title("staging", row["table_name"] or ""), "word": kinds[row["kind"]][0]} for row in rows]


def _drift(found: pl.DataFrame | None) -> list[tuple[str, str]]:
    """The kind and the sentence of each change beyond the usual: of rules, then of rosters, then of data."""
    if found is None:
        return []
    kinds = audit_contracts()["drift"].field("kind").values or {}
    order = {kind: -place for place, kind in enumerate(kinds)}
    rows = sorted(found.select("kind", "sentence").iter_rows(), key=lambda row: order[row[0]])
    return [(kinds[kind][0], sentence) for kind, sentence in rows]


def _trends(counts: pl.DataFrame, before: pl.DataFrame | None) -> list[dict[str, Any]]:
    """Staged and rejected rows of each table beside those of the release before."""
    if before is None:
        return []
    now, then = (
        frame.group_by("table_name").agg(pl.col("rows_staged", "rows_rejected").sum()) for frame in (counts, before)
    )
    joined = now.join(then, on="table_name", how="full", coalesce=True, suffix="_before").sort("table_name")
    return [_trend(row) for row in joined.iter_rows(named=True)]


def _trend(row: dict[str, Any]) -> dict[str, Any]:
    tell = _counted(row["table_name"])
    sides = ("rows_staged", "rows_staged_before")
    now, before = (numbers.people_floor(row[side]) if tell is numbers.people_count else row[side] for side in sides)
    return (
        row
        | {side: tell(row[side]) for side in sides}
        | {"title": _title("staging", row["table_name"]), "change": numbers.percent_change(now, before)}
    )


def _totals(counts: pl.DataFrame) -> dict[str, str]:
    of_people = counts["table_name"].is_in(tables_of_people()).any()
    tell = numbers.roughly if of_people else numbers.count
    sums = {name: int(counts[name].sum()) for name in (*_TOLD, "rows_rejected")}
    return {name: tell(sums[name]) for name in _TOLD} | {"rows_rejected": numbers.count(sums["rows_rejected"])}


def _reasons(rejects: pl.DataFrame) -> list[dict[str, Any]]:
    """Reasons by table and column over all files: kinds with most first, in each the columns with most first."""
    key = ("reason_code", "severity", "table_name", "column_name")
    found = (
        rejects.group_by(key)
        .agg(pl.col("reason").min(), pl.col("count").sum())
        .with_columns(_kind=pl.col("count").sum().over("reason_code", "severity"))
        .sort("_kind", "count", *key, descending=[True, True, False, False, False, False])
        .to_dicts()
    )
    most = max((row["count"] for row in found), default=1)
    return [
        row
        | {
            "share": 100 * row["count"] // most,
            "table": _title("staging", row["table_name"]),
            "column": _header(row["table_name"], row["column_name"]),
        }
        for row in found
    ]


def _header(table: str, column: str | None) -> str:
    """The Chinese header of a dump's column; a dash for what is about the whole row."""
    contract = staging_contracts().get(table)
    headers = {field.name: field.header for field in contract.fields} if contract else {}
    return headers.get(column or "", numbers.MISSING)


def _senders(counts: pl.DataFrame | None, addresses: Mapping[str, str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """For counties and for institutions: who has how much to correct, the most first, each with its main reasons."""
    if counts is None:
        return []
    of_severity = (
        pl.col("count").filter(severity=severity).sum().alias(name)
        for severity, name in (("row", "rows"), ("cell", "cells"))
    )
    lines = (
        counts.sort("count", "table_name", "column_name", descending=[True, False, False])
        .group_by("sender_kind", "sender_id", maintain_order=True)
        .agg(
            pl.col("sender_name").first(),
            *of_severity,
            reasons=pl.struct("table_name", "reason", "count").head(_SHOWN_REASONS),
            more=(pl.len().cast(pl.Int64) - _SHOWN_REASONS).clip(lower_bound=0),
        )
        .sort(pl.col("rows") + pl.col("cells"), "sender_id", descending=[True, False])
    )
    found = [
        (title, [_sender(row, addresses) for row in lines.filter(sender_kind=kind).iter_rows(named=True)])
        for kind, title in _SENDERS.items()
    ]
    return [(title, mine) for title, mine in found if mine]


def _sender(row: dict[str, Any], addresses: Mapping[str, str]) -> dict[str, Any]:
    return row | {
        "name": row["sender_name"] or row["sender_id"],
        "address": addresses.get(row["sender_id"]),
        "reasons": [
            f"{_title('staging', one['table_name'])}：{one['reason']}（{numbers.count(one['count'])} 处）"
            for one in row["reasons"]
        ],
    }
