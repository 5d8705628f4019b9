"""What was assumed, repaired, skipped or found not to tally while a dump was read: rows of audit.problems.

A problem has a place and a count, never a cell's content: problems are published. Cells go to audit.rejects.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

import polars as pl

from models.contracts import audit_contracts

Kind = Literal["file", "sheet", "assumed", "repaired", "skipped", "unreconciled"]
"""A whole file or sheet was not read; something was assumed, repaired or left out; a stated count does not tally."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One row of audit.problems; `row_number` and `column_name` are null where it concerns more than one."""

    file: str
    reason_code: str
    reason: str
    kind: Kind
    table_name: str | None = None
    sheet: str | None = None
    row_number: int | None = None
    column_name: str | None = None


def as_frame(problems: Iterable[Problem]) -> pl.LazyFrame:
    """Problems as rows of audit.problems, without the province."""
    schema = dict(audit_contracts()["problems"].schema())
    schema.pop("province")
    return pl.LazyFrame([asdict(problem) for problem in problems], schema=schema)
