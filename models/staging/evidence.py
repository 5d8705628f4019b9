"""What the days of a column say together that none of them says alone: file by file, since each has its own exporter.

Excel under another country's settings turns 12/03/2019 into the third of December where it can, and leaves 13/03/2019
as text: the days it made are then all of the first twelve.
A program that writes local midnights as the world's time puts sixteen o'clock of the day before where no clock should
be. Such cells can be read in two ways and are refused.

What one cell says is `days`' matter.
"""

import re
from collections.abc import Iterable, Mapping

import polars as pl

from models.staging.doubts import parted
from models.staging.spelling import flat, unquoted

_SEVERAL = 3
"""Days from which on a column is judged."""
_OTHER_ORDER = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?!\d)")
_DAY = re.compile(r"\d{4}[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?!\d)")
_SIXTEEN = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}[ T]16:00(:00(\.0+)?)?|\d{5}\.6{3,}[67]?")
_MIDNIGHT = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?([ T]0?0:00(:00(\.0+)?)?)?|\d{5}(\.0+)?")
_MONTHS = 12


def doubtful_days(
    column: str, landed: pl.LazyFrame, spellings: Iterable[str | None]
) -> Mapping[str, Mapping[str, str]]:
    """Of each file that has some, the spellings of a column of days that are refused, with their reason code."""
    if not any(_is_suspect(_plain(text)) for text in spellings if text is not None):
        return {}
    found = landed.select("_file", pl.col(column)).drop_nulls().unique().collect(engine="streaming")
    judged = {
        file: _refused(cells[column].to_list()) for (file,), cells in found.partition_by("_file", as_dict=True).items()
    }
    return {str(file): refused for file, refused in judged.items() if refused}


def _plain(text: str) -> str:
    return flat(unquoted(parted(text)[0]))


def _is_suspect(plain: str) -> bool:
    return _is_in_other_order(plain) or _SIXTEEN.fullmatch(plain) is not None


def _is_in_other_order(plain: str) -> bool:
    """Whether a text is a day with its year last, of which one figure can be no month."""
    found = _OTHER_ORDER.match(plain)
    return found is not None and max(int(found[1]), int(found[2])) > _MONTHS


def _refused(cells: Iterable[str]) -> Mapping[str, str]:
    """The refused spellings of one file's column."""
    plain = {cell: _plain(cell) for cell in cells}
    days = {cell: found for cell, text in plain.items() if (found := _DAY.match(text))}
    if any(map(_is_in_other_order, plain.values())):
        are_early = all(int(found[2]) <= _MONTHS for found in days.values())
        return dict.fromkeys(days, "day_or_month") if are_early and len(days) >= _SEVERAL else {}
    sixteen = {cell: "midnight_elsewhere" for cell, text in plain.items() if _SIXTEEN.fullmatch(text)}
    others = (text for cell, text in plain.items() if cell not in sixteen and any(map(str.isdigit, text)))
    are_days = all(_MIDNIGHT.fullmatch(text) for text in others)
    return sixteen if are_days and len(sixteen) >= _SEVERAL else {}
