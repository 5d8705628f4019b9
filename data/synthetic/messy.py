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

NULL_WORDS = ("-", "—", "/", "NULL", "N/A", "暂无", "null", "--", "\\N", "(NULL)", "<NA>", "NaT", "undefined", "[NULL]")
DOUBLED = 0.01
LATER_VERSION = 0.001
GIVEN_TWICE = 0.0003
"""Registrations whose number was once given to another teacher too."""
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


# Fields in which something stands that is no value, or can be two: (share, what stands there).
BROKEN: dict[str, dict[str, tuple[float, tuple[str, ...]]]] = {
    "credit_record": {
        "hours": (0.0012, ("待核", "24①", "16-24", "24\n12", "13800000000", "同上", "24（上年）")),
        "credits": (0.0008, ("2+1", "4̶2", "=E2/5")),
        "level": (0.0006, ("其它类别",)),
        "status": (0.0008, ("处理中", "已登记（已撤销）")),
        "completion": (0.0006, ("合格（补考）", "合格→不合格")),
        "teacher_id": (0.0006, ("1.33099E+18",)),
        "register_date": (0.0008, ("03/04/2019", "20191", "2091-01-01", "2019-12-31T08:30-11:30")),
    },
    "survey_response": {"overall_rating": (0.001, ("见附件",))},
    "teacher": {"title": (0.002, ("职称待转",)), "status": (0.0005, ("不在册",))},
    "project": {"hours_planned": (0.001, ("两周", "约两周")), "level": (0.001, ("校际",))},
}


KEPT_DATES = ("start_date", "check_date", "close_date", "certificate_date")
"""Dates on which the headline measures rest: never spoilt, so that rates stay where they were set."""


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
    """Repeats one row in a hundred; of some registrations adds a later version, or an earlier one of somebody else."""
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
        twice = np.flatnonzero(flags(rng, frame.height, GIVEN_TWICE) & ~planted)
        somebody = pl.Series(frame["teacher_id"][frame.height - 1 - twice])
        rows.append(
            _earlier(frame[twice].with_columns(teacher_id=somebody)).filter(somebody != frame[twice]["teacher_id"])
        )
    grown = pl.concat(rows)
    return grown, np.concatenate([planted, np.zeros(grown.height - frame.height, dtype=np.bool_)])


def _earlier(frame: pl.DataFrame) -> pl.DataFrame:
    """Registrations as of twenty days before."""
    day = pl.col("register_date").str.to_date().dt.offset_by("-20d").dt.strftime("%Y-%m-%d")
    return frame.with_columns(register_date=day)


def damaged(rng: np.random.Generator, table: str, frame: pl.DataFrame, planted: Flags) -> pl.DataFrame:
    """Empties and breaks a few values of rows that are not planted."""
    if frame.height < FEWEST_TO_SPOIL:
        return frame
    spoilt = _emptied(rng, table, frame, planted)
    spoilt = _broken(rng, table, spoilt, planted)
    spoilt = _ids_kept_as_numbers(rng, spoilt, planted)
    return _impossible_dates(rng, table, spoilt, planted)


def _hit(rng: np.random.Generator, planted: Flags, share: float) -> pl.Expr:
    """Which rows are hit: a share of those that are not planted."""
    return pl.lit(pl.Series(flags(rng, len(planted), share) & ~planted))


def _emptied(rng: np.random.Generator, table: str, frame: pl.DataFrame, planted: Flags) -> pl.DataFrame:
    return frame.with_columns(
        pl.when(~_hit(rng, planted, share)).then(pl.col(name)).alias(name)
        for name, share in LOSABLE.get(table, {}).items()
        if name in frame.columns
    )


def _broken(rng: np.random.Generator, table: str, frame: pl.DataFrame, planted: Flags) -> pl.DataFrame:
    return frame.with_columns(
        pl.when(_hit(rng, planted, share)).then(_drawn(rng, words, frame.height)).otherwise(name).alias(name)
        for name, (share, words) in BROKEN.get(table, {}).items()
        if name in frame.columns
    )


def _drawn(rng: np.random.Generator, words: Sequence[str], size: int) -> pl.Expr:
    """One of the words for each row."""
    return pl.lit(pl.Series(words).gather(rng.integers(0, len(words), size).astype(np.uint32)))


def _ids_kept_as_numbers(rng: np.random.Generator, frame: pl.DataFrame, planted: Flags) -> pl.DataFrame:
    """Id numbers as a spreadsheet leaves them: the last three digits zero, or in scientific form."""
    if "id_number" not in frame.columns:
        return frame
    number = pl.col("id_number")
    bad = _hit(rng, planted, DAMAGED_ID_NUMBER)
    rounded = pl.lit(pl.Series(flags(rng, frame.height, ROUNDED)))
    return frame.with_columns(
        id_number=pl.when(bad & rounded)
        .then(number.str.slice(0, 15) + "000")
        .when(bad)
        .then(number.str.slice(0, 1) + "." + number.str.slice(1, 5) + "E+17")
        .otherwise(number)
    )


def _impossible_dates(rng: np.random.Generator, table: str, frame: pl.DataFrame, planted: Flags) -> pl.DataFrame:
    changes = []
    for field in contract_of(table).fields:
        if field.type != "date" or field.required or field.name not in frame.columns or field.name in KEPT_DATES:
            continue
        column = pl.col(field.name)
        bad = _hit(rng, planted, IMPOSSIBLE_DATE) & column.is_not_null()
        changes.append(pl.when(bad).then(column.str.slice(0, 4) + "-02-30").otherwise(column).alias(field.name))
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
    word = _drawn(rng, NULL_WORDS, size)
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


TEN_THOUSAND = 10_000


def in_ten_thousands(table: str, frame: pl.DataFrame, labels: list[str]) -> tuple[pl.DataFrame, list[str]]:
    """Money as finance offices write it: in 万元, which only the header says; exact to a thousandth of a 元."""
    money = [field.name for field in contract_of(table).fields if field.unit == "元" and field.name in frame.columns]
    changes = []
    for name in money:
        thousandths = (pl.col(name).cast(pl.Decimal(38, 3), strict=False) * 1000).cast(pl.Int64)
        whole, rest = thousandths // (1000 * TEN_THOUSAND), thousandths % (1000 * TEN_THOUSAND)
        text = whole.cast(pl.String) + "." + rest.cast(pl.String).str.zfill(7)
        changes.append(pl.coalesce(text.str.strip_chars_end("0").str.strip_suffix("."), name).alias(name))
    named = dict(zip(frame.columns, labels, strict=True))
    return frame.with_columns(changes), [f"{named[n]}（万元）" if n in money else named[n] for n in frame.columns]


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
