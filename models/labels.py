"""What columns are called before readers, wherever a sentence must name one.

Belongs here: finding the Chinese name of a column, in the contracts or among the derived ones of `models.words`.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

from models.contracts import Contract, core_contracts, marts_contracts, staging_contracts
from models.words import DERIVED

OF_PROJECT: Final = "project_"
"""Begins the name of a project's column that another grain's rows carry along."""


def headers(tables: Iterable[str]) -> dict[str, str]:
    """Chinese names of every column of some tables (`staging.project`), and of a project's carried along."""
    layers = {"staging": staging_contracts(), "core": core_contracts(), "marts": marts_contracts()}
    found: dict[str, str] = {}
    for name in tables:
        layer, _, table = name.partition(".")
        contract: Contract | None = layers.get(layer, {}).get(table)
        if contract is not None:
            found |= dict(contract.headers)
    project = staging_contracts()["project"].headers
    return found | {f"{OF_PROJECT}{name}": f"项目的{header}" for name, header in project.items()}


def label(column: str, table: str | None = None) -> str:
    """The Chinese name of a column, of a certain table's first; a column nobody named keeps its own name."""
    own = headers([table]) if table is not None else {}
    return own.get(column) or _everywhere().get(column, column)


def listed(columns: Iterable[str], table: str | None = None) -> str:
    """Several columns as a list for readers."""
    return "、".join(f"“{label(column, table)}”" for column in columns)


@cache
def _everywhere() -> Mapping[str, str]:
    """Derived columns, then those of any table; of different names of one column the shortest."""
    found: dict[str, str] = {}
    layers = (staging_contracts(), core_contracts(), marts_contracts())
    for contract in (one for layer in layers for one in layer.values()):
        for column, header in contract.headers.items():
            found[column] = min(found.get(column, header), header, key=lambda word: (len(word), word))
    return {**headers([]), **found, **DERIVED}
