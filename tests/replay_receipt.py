"""Replays receipts against a release: `python tests/replay_receipt.py WAREHOUSE RECEIPT.json …`.

Knows only docs/receipt.md and the release's warehouse. From the tree and the steps it comes to a verdict of its own and
holds that against audit.findings; it looks up every row that the receipt names. Prints what does not agree.
"""

import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb

Receipt = Mapping[str, Any]
SILENT = {
    "exempt": "not_applicable",
    "missing": "undetermined",
    "doubt": "undetermined",
    "excused": "not_applicable",
}
"""Steps that rest on a reason, which must be there."""
STRONGEST = ("not_applicable", "not_met", "undetermined", "in_progress")


def figure(node: Mapping[str, Any]) -> Fraction | None:
    """The value of a node of the tree, None where it is not known or cannot be divided."""
    if node["op"] in ("figure", "limit"):
        return number(node["value"])
    if node["op"] in ("ceil", "floor"):
        inner = figure(node["of"])
        return None if inner is None else Fraction({"ceil": math.ceil, "floor": math.floor}[node["op"]](inner))
    left, right = figure(node["left"]), figure(node["right"])
    if left is None or right is None:
        return None
    if node["op"] == "times":
        return left * right
    return left / right if right else None


def number(text: str | None) -> Fraction | None:
    """Exact text as a number; a day as its place in the calendar."""
    if text is None:
        return None
    if len(text) == 10 and text[4] == text[7] == "-":
        return Fraction(date.fromisoformat(text).toordinal())
    return Fraction(text)


def stands(tree: Mapping[str, Any], *, most: bool = False) -> bool | None:
    """Whether the relation holds, of the figure as it is or of the most it may be."""
    if tree["op"] == "within":
        first, last, low, high = (figure(tree[name]) for name in ("first", "last", "low", "high"))
        if most:
            first = last = number(tree["at_most"])
        return None if first is None else low <= first and last <= high
    left, right = figure(tree["left"]), figure(tree["right"])
    if most:
        left = number(tree["at_most"])
        if tree["left"]["op"] == "divide":
            base = figure(tree["left"]["right"])
            left = left / base if base else None
    if left is None or right is None:
        return None
    return {">=": left >= right, "<=": left <= right, ">": left > right, "<": left < right, "=": left == right}[
        tree["op"]
    ]


def is_sure(tree: Mapping[str, Any]) -> bool:
    """Whether the relation is the same wherever the figure may lie."""
    holds = stands(tree)
    if tree["is_lower_bound"] and not (holds if tree["op"] in (">=", ">") else not holds):
        return False
    return tree["at_most"] is None or stands(tree, most=True) == holds


def base_of(tree: Mapping[str, Any]) -> Fraction | None:
    """The denominator, where the figure or the quota has one."""
    for side in (tree.get("left"), tree.get("right")):
        pair = side.get("of", side) if side else {}
        if pair.get("op") in ("divide", "times"):
            return figure(pair["right"])
    return None


def verdict(receipt: Receipt) -> str:
    """The verdict that follows from the tree and the deciding step.

    Raises:
        ValueError: the step does not fit what the receipt says.
    """
    tree, decision = receipt["formula"]["tree"], receipt["decision"]
    by = decision["by"]
    if by == "parts":
        seen = [part["verdict"] for part in tree["parts"]]
        return next((one for one in STRONGEST if one in seen), "met")
    if by in SILENT:
        if not decision["reason"]:
            raise ValueError(f"{by} without a reason")
        if by in ("doubt", "excused") and good(receipt) and is_sure(tree):
            raise ValueError(f"{by}, though it is good")
        return SILENT[by]
    if by == "open":
        last = max(filter(None, [decision["closes"], tree.get("high", {}).get("value")]), default=None)
        if (
            last is not None
            and last < receipt["release"]["as_of"]
            and figure(tree.get("left", tree.get("first"))) is not None
        ):
            raise ValueError(f"open, though it closed on {last}")
        return "in_progress"
    return by_figure(receipt, by)


def by_figure(receipt: Receipt, by: str) -> str:
    """The verdict where the figure decides."""
    tree = receipt["formula"]["tree"]
    if base_of(tree) == 0:
        found, step = "not_applicable", "no_base"
    elif stands(tree) is None:
        found, step = "undetermined", "no_figure"
    elif not is_sure(tree):
        found, step = "undetermined", "unsure"
    else:
        found, step = ("met", "good") if good(receipt) else ("not_met", "bad")
    if step != by:
        raise ValueError(f"decided by {by}, replayed {step}")
    return found


def good(receipt: Receipt) -> bool:
    """A relation that holds, of a trigger one that does not."""
    return bool(stands(receipt["formula"]["tree"])) != receipt["decision"]["is_trigger"]


def faults(receipt: Receipt, warehouse: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Everything that does not agree, a sentence each."""
    name = receipt["finding"]["finding_id"]
    stored = warehouse.execute("SELECT verdict, clause_id FROM audit.findings WHERE finding_id = ?", [name]).fetchone()
    if stored is None or stored[1] != receipt["clause"]["id"]:
        yield f"{name}: no such finding of {receipt['clause']['id']}"
        return
    try:
        replayed = verdict(receipt)
    except ValueError as error:
        yield f"{name} {receipt['clause']['id']}: {error}"
        return
    if not replayed == stored[0] == receipt["verdict"]:
        yield f"{name} {receipt['clause']['id']}: replayed {replayed}, stored {stored[0]}, told {receipt['verdict']}"
    if "holds" in (tree := receipt["formula"]["tree"]) and tree["holds"] != stands(tree):
        yield f"{name} {receipt['clause']['id']}: holds {tree['holds']}, replayed {stands(tree)}"
    for table in receipt["inputs"]:
        if len([row for row in table["rows"] if row["counts"]]) > table["rows_counted"]:
            yield f"{name}: more rows of {table['table']} than it counts"
        for row in table["rows"]:
            if table["table"].startswith("staging.") and not is_there(table, row, warehouse):
                yield f"{name}: {table['table']} has no such row {row['file']} {row['sheet']} {row['row']}"


def is_there(table: Mapping[str, Any], row: Mapping[str, Any], warehouse: duckdb.DuckDBPyConnection) -> bool:
    """Whether the release has the row at its place, with the same cells."""
    names = list(row["cells"])
    columns = ", ".join(f'"{name}"' for name in names)
    found = warehouse.execute(
        f"SELECT {columns} FROM {table['table']} WHERE _file = ? AND _row = ? AND _sheet IS NOT DISTINCT FROM ?",
        [row["file"], row["row"], row["sheet"]],
    ).fetchall()
    return any(all(is_same(row["cells"][name], value) for name, value in zip(names, one, strict=True)) for one in found)


def is_same(told: object, stored: object) -> bool:
    """Whether a cell is told as it is stored."""
    if isinstance(stored, list):
        return told == [str(one) for one in stored]
    return told == stored if stored is None or isinstance(stored, bool | str) else told == str(stored)


def main(arguments: Sequence[str]) -> int:
    """Prints the faults of all receipts; 0 where there are none."""
    warehouse = duckdb.connect(arguments[0], read_only=True)
    receipts = [json.loads(Path(one).read_text(encoding="utf-8")) for one in arguments[1:]]
    found = [fault for receipt in receipts for fault in faults(receipt, warehouse)]
    sys.stdout.writelines(f"{fault}\n" for fault in [*found, f"{len(receipts)} receipts, {len(found)} faults"])
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
