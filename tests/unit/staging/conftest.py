from collections.abc import Callable, Sequence

import polars as pl
import pytest

GridOf = Callable[..., pl.LazyFrame]


@pytest.fixture(scope="session")
def grid_of() -> GridOf:
    """A raw grid as a reader leaves it: all text, null for an empty cell, rows numbered from 1."""

    def build(rows: Sequence[Sequence[str | None]], sheet: str = "") -> pl.LazyFrame:
        width = max((len(row) for row in rows), default=0)
        names = [f"c{index:03}" for index in range(width)]
        schema = {"_sheet": pl.String, "_row": pl.Int64, **dict.fromkeys(names, pl.String)}
        lines = [[sheet, number, *row, *[None] * (width - len(row))] for number, row in enumerate(rows, start=1)]
        return pl.LazyFrame(lines, schema=schema, orient="row")

    return build
