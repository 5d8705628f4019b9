"""Spoils tidy text frames the way real exports are spoilt: cells, headers, doubled rows, lost values.

Works on the text frames of shaping; spellings and codes come from the contracts. Rows marked as planted keep their
values (they may be written differently, but nothing in them is lost). Damage stays far below what a gate refuses.
Does not belong here: file formats and which table goes to which file (exports).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
from opencc import OpenCC

from data.synthetic.chance import Flags, flags
from data.synthetic.shaping import contract_of
from models.contracts import Field

NULL_WORDS = ("-", "—", "/", "NULL", "N/A", "暂无", "null", "--")
DOUBLED = 0.01
LATER_VERSION = 0.001
EMPTY_HOURS = 0.005
DAMAGED_ID_NUMBER = 0.015
ROUNDED = 0.5
LOST_REFERENCE = 0.001
IMPOSSIBLE_DATE = 0.002
STRAY_SPACE = 0.01
OTHER_DATE_STYLE = 0.05
WITH_UNIT = 0.06
FULL_WIDTH = 0.02
NULL_WORD = 0.15
FEWEST_TO_SPOIL = 100
"""Tables smaller than this lose nothing: twenty lost rows would stop the night."""

# Fields that may lose a value so that the row (or, for optional ones, the cell) is rejected.
LOSABLE: dict[str, dict[str, float]] = {
    "credit_record": {"hours": EMPTY_HOURS, "end_date": LOST_REFERENCE, "credits": EMPTY_HOURS},
    "teacher": {"school_id": LOST_REFERENCE, "subject": EMPTY_HOURS},
    "survey_response": {"overall_rating": EMPTY_HOURS},
    "spot_check": {"checker_unit_id": LOST_REFERENCE},
}


@dataclass(frozen=True)
class Style:
    """How one file is written: its headers, dates, labels and figures."""

    header: str = "canonical"
    """canonical, synonym, english, spaced or traditional."""
    date: str = "iso"
    """iso, dots, chinese, slash, compact, serial or short."""
    labels: float = 0.0
    """Share of value-list cells in another spelling."""
    coded: bool = False
    """Whether that other spelling is the code (or code-label) where one exists."""
    spoil_cells: bool = True


def doubled(rng: np.random.Generator, table: str, frame: pl.DataFrame, planted: Flags) -> tuple[pl.DataFrame, Flags]:
    """Repeats one row in a hundred, and of some registrations adds a later version with another status."""
    if frame.height < FEWEST_TO_SPOIL:
        return frame, planted
    again = np.flatnonzero(flags(rng, frame.height, DOUBLED) & ~planted)
    rows = [frame, frame[again]]
    if table == "credit_record":
        newer = frame[np.flatnonzero(flags(rng, frame.height, LATER_VERSION) & ~planted)]
        rows.append(
            newer.with_columns(
                status=pl.lit("省已认定"),
                register_date=pl.col("register_date").str.to_date().dt.offset_by("20d").dt.strftime("%Y-%m-%d"),
            )
        )
    grown = pl.concat(rows)
    return grown, np.concatenate([planted, np.zeros(grown.height - frame.height, dtype=np.bool_)])


def damaged(rng: np.random.Generator, table: str, frame: pl.DataFrame, planted: Flags) -> pl.DataFrame:
    """Empties and breaks a few values of rows that are not planted."""
    if frame.height < FEWEST_TO_SPOIL:
        return frame
    changes: list[pl.Expr] = []
    for name, share in LOSABLE.get(table, {}).items():
        if name in frame.columns:
            lost = pl.lit(pl.Series(flags(rng, frame.height, share) & ~planted))
            changes.append(pl.when(~lost).then(pl.col(name)).alias(name))
    if "id_number" in frame.columns:
        bad = pl.lit(pl.Series(flags(rng, frame.height, DAMAGED_ID_NUMBER) & ~planted))
        rounded = pl.lit(pl.Series(flags(rng, frame.height, ROUNDED)))
        changes.append(
            pl.when(bad & rounded)
            .then(pl.col("id_number").str.slice(0, 15) + "000")
            .when(bad)
            .then(pl.col("id_number").str.slice(0, 1) + "." + pl.col("id_number").str.slice(1, 5) + "E+17")
            .otherwise("id_number")
            .alias("id_number")
        )
    for field in contract_of(table).fields:
        if field.type == "date" and not field.required and field.name in frame.columns:
            bad = pl.lit(pl.Series(flags(rng, frame.height, IMPOSSIBLE_DATE) & ~planted))
            known = pl.col(field.name).is_not_null()
            wrong = pl.col(field.name).str.slice(0, 4) + "-02-30"
            if field.name not in ("start_date", "check_date", "close_date", "certificate_date"):
                changes.append(pl.when(bad & known).then(wrong).otherwise(field.name).alias(field.name))
    return frame.with_columns(changes)


def restyled(rng: np.random.Generator, table: str, frame: pl.DataFrame, style: Style) -> pl.DataFrame:
    """Every cell as this file would write it; meanings are kept."""
    if not style.spoil_cells:
        return frame
    changes: list[pl.Expr] = []
    for field in contract_of(table).fields:
        if field.name not in frame.columns:
            continue
        column = _restyled(rng, field, frame.height, style)
        if not field.required:
            column = _null_words(rng, column, frame.height)
        changes.append(column.alias(field.name))
    return frame.with_columns(changes)


def _restyled(rng: np.random.Generator, field: Field, size: int, style: Style) -> pl.Expr:
    column = pl.col(field.name)
    if field.type == "date":
        other = DATE_STYLES["short" if style.date != "short" else "dots"](column)
        rare = pl.lit(pl.Series(flags(rng, size, OTHER_DATE_STYLE)))
        return pl.when(rare).then(other).otherwise(DATE_STYLES[style.date](column))
    if field.type == "datetime":
        return column.str.replace_all("-", "/") if style.date in ("slash", "short") else column
    if field.values and field.type == "enum":
        return _spelled(rng, field, size, style)
    if field.type in ("decimal", "integer") and field.unit:
        draw = rng.random(size)
        unit = pl.lit(pl.Series(draw < WITH_UNIT))
        wide = pl.lit(pl.Series(draw > 1 - FULL_WIDTH))
        return (
            pl.when(unit)
            .then(column + pl.lit(field.unit))
            .when(wide)
            .then(column.str.replace_many(list("0123456789."), list("０１２３４５６７８９．")))
            .otherwise(column)
        )
    if field.type == "text":
        stray = pl.lit(pl.Series(flags(rng, size, STRAY_SPACE)))
        return pl.when(stray).then(column + pl.lit("\u00a0\u200b ")).otherwise(column)
    return column


def _null_words(rng: np.random.Generator, column: pl.Expr, size: int) -> pl.Expr:
    word = pl.lit(pl.Series(NULL_WORDS).gather(rng.integers(0, len(NULL_WORDS), size).astype(np.uint32)))
    some = pl.lit(pl.Series(flags(rng, size, NULL_WORD)))
    return pl.when(column.is_null() & some).then(word).otherwise(column)


def _spelled(rng: np.random.Generator, field: Field, size: int, style: Style) -> pl.Expr:
    column = pl.col(field.name)
    spelling: dict[str, str] = {}
    for value, others in (field.values or {}).items():
        codes = [other for other in others if other.isdigit()]
        words = [other for other in others if not other.isdigit()]
        if style.coded and codes:
            spelling[value] = codes[0] if rng.integers(0, 2) else f"{codes[0]}-{value}"
        elif words:
            spelling[value] = words[int(rng.integers(0, len(words)))]
    if style.header == "traditional":
        spelling = {value: traditional(spelling.get(value, value)) for value in field.values or {}}
    if not spelling or style.labels == 0.0:
        return column
    swapped = pl.lit(pl.Series(flags(rng, size, style.labels)))
    return pl.when(swapped).then(column.replace(spelling)).otherwise(column)


def _serial(column: pl.Expr) -> pl.Expr:
    days = (column.str.to_date("%Y-%m-%d", strict=False) - pl.date(1899, 12, 30)).dt.total_days()
    return pl.coalesce(days.cast(pl.String), column)


def _short(column: pl.Expr) -> pl.Expr:
    return column.str.replace_many(["-0", "-"], ["/", "/"], leftmost=True)


DATE_STYLES = {
    "iso": lambda column: column,
    "dots": lambda column: column.str.replace_all("-", ".", literal=True),
    "slash": lambda column: column.str.replace_all("-", "/", literal=True),
    "compact": lambda column: column.str.replace_all("-", "", literal=True),
    "chinese": lambda column: (
        column.str.slice(0, 4) + "年" + column.str.slice(5, 2) + "月" + column.str.slice(8, 2) + "日"
    ),
    "serial": _serial,
    "short": _short,
}


def headers(rng: np.random.Generator, table: str, names: Sequence[str], style: Style) -> list[str]:
    """What the file's header row says for each field."""
    contract = contract_of(table)
    return [_header(rng, contract.field(name), style) for name in names]


def _header(rng: np.random.Generator, field: Field, style: Style) -> str:
    if style.header == "english":
        return field.name
    if style.header == "traditional":
        return traditional(field.header)
    if style.header == "synonym" and field.synonyms:
        return field.synonyms[int(rng.integers(0, len(field.synonyms)))]
    if style.header == "spaced":
        return f" {field.header[:2]}\u3000{field.header[2:]} "
    return field.header


@cache
def traditional(text: str) -> str:
    return str(_converter().convert(text))


@cache
def _converter() -> OpenCC:
    return OpenCC("s2t")
