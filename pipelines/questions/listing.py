"""Listings as CSV that a spreadsheet opens as it is.

Belongs here: the byte-order mark, line ends, and taking the sting out of text that a spreadsheet would run.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

FORMULA_STARTS: Final = r"^([=+\-@＝＋－＠\t\r])"


def write_csv(out: Path, frames: Sequence[pl.DataFrame]) -> int:
    """Writes frames of the same columns below one another; returns the rows."""
    whole = pl.concat(frames)
    out.parent.mkdir(parents=True, exist_ok=True)
    safe = whole.with_columns(pl.col(pl.String).str.replace(FORMULA_STARTS, "'${1}"))
    safe.write_csv(out, include_bom=True, line_terminator="\r\n")
    return whole.height
