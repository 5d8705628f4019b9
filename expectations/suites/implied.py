"""What a table's contract already says, turned into rules: keys, required fields, value lists, bounds, references.

Here: nothing that names a table. A new field in a contract is checked from the next night on without a line here.
"""

from collections.abc import Iterator, Mapping
from datetime import date

from expectations.rules import Rule, dated_within, filled, one_of, refers_to, unique, within
from models.contracts import Contract, Field

EARLIEST = date(1930, 1, 1)
LATEST = date(2100, 12, 31)
"""No teacher was hired and no course held outside these years: a date there is a misread cell."""


def implied_rules(contract: Contract, layer: Mapping[str, Contract]) -> Iterator[Rule]:
    """The rules of one contract; `layer` holds the contracts its references point to."""
    table = f"{contract.layer}.{contract.table}"
    yield unique(table, {contract.field(name).column: contract.field(name).header for name in contract.key})
    if contract.layer != "staging":  # staging writes the province itself, one word for the whole table
        yield filled(table, "province", "省份")
    for field in contract.fields:
        yield from _of_field(table, field)
    dates = {field.column: field.header for field in contract.fields if field.type in {"date", "datetime"}}
    if dates:
        yield dated_within(table, dates, EARLIEST, LATEST)
    for field, target in contract.references:
        parent_table, _, column = target.partition(".")
        parent = layer[parent_table]
        yield refers_to(
            table,
            field.column,
            field.header,
            f"{contract.layer}.{parent.table}",
            parent.field(column or parent.key[0]).column,
            f"“{parent.title}”",
        )


def _of_field(table: str, field: Field) -> Iterator[Rule]:
    if field.required:
        yield filled(table, field.column, field.header)
    if field.type == "enum" and field.values:
        yield one_of(table, field.column, field.header, list(field.values))
    low = field.minimum if field.minimum is not None or field.type != "ratio" else 0
    high = field.maximum if field.maximum is not None or field.type != "ratio" else 1
    if (low, high) != (None, None) and field.type not in {"date", "datetime"}:
        yield within(table, field.column, field.header, low, high, unit=field.unit or "")


def personal_columns(contracts: Mapping[str, Contract]) -> list[str]:
    """Columns that may hold what identifies a person, as the dump's contracts mark them, sorted."""
    marked = {
        name
        for contract in contracts.values()
        for field in contract.fields
        if field.sensitivity != "none"
        for name in (field.name, field.column)
    }
    return sorted(marked)
