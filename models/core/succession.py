"""The succession of counties: which county of today a code stands for.

Belongs here: counties kept comparable over renames, mergers, splits and re-used codes. Which county a unit belongs to
as sent is in `units`, where a teacher worked on a day in `workplaces`.

A county's code is read together with a day: 500110 was 万盛区 until the end of 2011 and is 綦江区 since; 330110 has
kept its number and its name but gave eight townships to 330113 on 2021-04-09. Where one code went to several, only
the school can tell, by its township or by the school it was merged into. Source: data/reference/region_succession.csv.
Boundary changes that left every code in place and are not in that file are not undone.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl

SUCCESSION = Path(__file__).parents[2] / "data" / "reference" / "region_succession.csv"
_TOWNSHIP = r"(街道|镇|乡)$"
_SCRATCH = [
    *("_township", "_named_id", "_rest_id", "_unit_note", "_by_township", "_by_successor"),
    *("_found_id", "_on_file", "_name"),
]


@dataclass(frozen=True)
class Successor:
    """One county that took over ground of a code, and which of its townships; `is_rest`: all that are not named."""

    code: str
    name: str
    townships: tuple[str, ...]
    is_rest: bool


@dataclass(frozen=True)
class Change:
    """What became of a code on a day."""

    code: str
    on: date
    kind: str
    successors: tuple[Successor, ...]

    @property
    def is_code_kept(self) -> bool:
        """Whether the number lives on, for another area or another county."""
        return any(successor.code == self.code for successor in self.successors)

    @property
    def is_split(self) -> bool:
        """Whether several counties took over, so that the code alone cannot tell which."""
        return len(self.successors) > 1


@cache
def succession() -> tuple[Change, ...]:
    """Every change of county codes on file, the earliest first.

    Raises:
        ValueError: a code whose successors disagree on the kind of change, or none or several of which take the rest.
    """
    grouped: dict[tuple[str, str], list[dict[str, str]]] = {}
    with SUCCESSION.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            grouped.setdefault((row["valid_from"], row["old_code"]), []).append(row)
    return tuple(_change(code, day, rows) for (day, code), rows in sorted(grouped.items()))


def _change(code: str, day: str, rows: Sequence[dict[str, str]]) -> Change:
    successors = tuple(
        Successor(
            code=row["successor_code"],
            name=row["successor_name"],
            townships=tuple(name for name in row["townships"].split(";") if name),
            is_rest=row["is_rest"] == "是",
        )
        for row in rows
    )
    kinds = {row["kind"] for row in rows}
    if len(kinds) != 1 or sum(successor.is_rest for successor in successors) != 1:
        raise ValueError(f"{SUCCESSION.name}: {code} 在 {day} 的变更种类应只有一种，且只有一个后继接收其余乡镇街道")
    return Change(code, date.fromisoformat(day), kinds.pop(), successors)


def successors_of(code: str, on: date, today: date) -> tuple[str, ...]:
    """The counties of `today` that hold what `code` stood for `on` a day; the code itself where nothing changed.

    More than one: only the school can tell. A code that has lapsed is followed even from a day after its end,
    for dumps go on using it.
    """
    for change in succession():
        if change.code != code or change.on > today or (change.is_code_kept and on >= change.on):
            continue
        return _ends(change, today)
    return (code,)


def _ends(change: Change, today: date) -> tuple[str, ...]:
    """The counties of `today` that hold what the code stood for before its change."""
    found = (end for successor in change.successors for end in successors_of(successor.code, change.on, today))
    return tuple(dict.fromkeys(found))


def _in_effect(today: date) -> Iterator[Change]:
    return (change for change in succession() if change.on <= today)


def with_comparable_unit(unit: pl.LazyFrame, today: date) -> pl.LazyFrame:
    """Units whose lapsed county code stands for the county that took it over; `unit_id` stays as sent.

    Grain: unit. Sets `county_id` and `county_name` (the name on file, else the successor's) and adds `place_note`:
    what was done, or that the code went to several and only the school can tell; null where nothing had to be done.
    """
    lapsed = _lapsed_codes(today)
    named = unit.select(new_id="unit_id", _on_file="unit_name")
    return (
        unit.join(lapsed, left_on="county_id", right_on="old_code", how="left")
        .join(named, on="new_id", how="left")
        .with_columns(
            county_id=pl.coalesce("new_id", "county_id"),
            county_name=pl.when(pl.col("new_id").is_not_null())
            .then(pl.coalesce("_on_file", "new_name"))
            .otherwise("county_name"),
        )
        .drop("new_id", "new_name", "_on_file")
    )


def lapsed_codes(today: date) -> frozenset[str]:
    """Codes that no county has on a day."""
    return frozenset(_lapsed_codes(today).collect()["old_code"])


def _lapsed_codes(today: date) -> pl.LazyFrame:
    """Codes no county has today. Grain: code; new_id and new_name null where several took over."""
    rows = []
    for change in _in_effect(today):
        if change.is_code_kept:
            continue
        ends = _ends(change, today)
        names = {successor.code: successor.name for each in _in_effect(today) for successor in each.successors}
        became = "、".join(f"{end}{names[end]}" for end in ends)
        is_one = len(ends) == 1
        note = f"区划码 {change.code} 自 {change.on} 起{change.kind}为 {became}"
        rows.append(
            {
                "old_code": change.code,
                "new_id": ends[0] if is_one else None,
                "new_name": names[ends[0]] if is_one else None,
                "place_note": note if is_one else f"{note}，须按学校归属",
            }
        )
    return pl.LazyFrame(rows, schema=dict.fromkeys(("old_code", "new_id", "new_name", "place_note"), pl.String))


def with_comparable_school(school: pl.LazyFrame, unit: pl.LazyFrame, today: date) -> pl.LazyFrame:
    """Schools under the county that holds them today; `unit_id` stays as sent.

    Grain: school. A school of a code that was split goes by its township, else with the school it was merged into
    (`successor_id`), else it stays under the code as sent. A code that kept its number but gave townships away
    (330110 to 330113) is read by township too. Adds `place_note`, null where nothing had to be done.

    Args:
        school: schools with the county of their unit.
        unit: units as `with_comparable_unit` leaves them.
        today: the day whose counties count.
    """
    names = unit.filter(pl.col("unit_id") == pl.col("county_id")).select(_found_id="unit_id", _on_file="unit_name")
    placed = _by_township(school, unit, today)
    is_open = pl.col("_rest_id").is_not_null() & pl.col("_by_township").is_null()
    settled = placed.filter(~is_open).select(
        successor_id="school_id", _by_successor=pl.coalesce("_by_township", "county_id")
    )
    return (
        placed.join(settled, on="successor_id", how="left")
        .with_columns(
            _found_id=pl.coalesce("_by_township", pl.when(is_open).then("_by_successor")),
        )
        .join(names, on="_found_id", how="left")
        .join(_names(), on="_found_id", how="left")
        .with_columns(
            county_id=pl.coalesce("_found_id", "county_id"),
            county_name=pl.when(pl.col("_found_id").is_not_null())
            .then(pl.coalesce("_on_file", "_name"))
            .otherwise("county_name"),
            place_note=_school_note(is_open),
        )
        .drop(_SCRATCH)
    )


def _by_township(school: pl.LazyFrame, unit: pl.LazyFrame, today: date) -> pl.LazyFrame:
    """Schools with the county that their township went to, if it says so."""
    notes = unit.select("unit_id", _unit_note="place_note")
    short = pl.col("township").str.strip_chars().str.replace(_TOWNSHIP, "")
    has_township = pl.col("_township").str.len_chars() > 0
    return (
        school.with_columns(_township=short)
        .join(_townships(today), on=["county_id", "_township"], how="left")
        .join(_rests(today), on="county_id", how="left")
        .join(notes, on="unit_id", how="left")
        .with_columns(_by_township=pl.coalesce("_named_id", pl.when(has_township).then(pl.col("_rest_id"))))
    )


def _school_note(is_open: pl.Expr) -> pl.Expr:
    moved = pl.col("_by_township").is_not_null() & (pl.col("_by_township") != pl.col("county_id"))
    return (
        pl.when(moved)
        .then(pl.concat_str(pl.lit("按乡镇街道由 "), "county_id", pl.lit(" 归入 "), "_by_township"))
        .when(is_open & pl.col("_by_successor").is_not_null())
        .then(pl.concat_str(pl.lit("按合并至的学校由 "), "county_id", pl.lit(" 归入 "), "_by_successor"))
        .when(pl.col("_by_township").is_null())
        .then("_unit_note")
    )


def _townships(today: date) -> pl.LazyFrame:
    """Townships that left a code for a named county. Grain: code × township without its suffix."""
    rows = [
        {
            "county_id": change.code,
            "_township": pl.Series([name]).str.replace(_TOWNSHIP, "").item(),
            "_named_id": successor.code,
        }
        for change in _in_effect(today)
        for successor in change.successors
        for name in successor.townships
    ]
    return pl.LazyFrame(rows, schema=dict.fromkeys(("county_id", "_township", "_named_id"), pl.String))


def _rests(today: date) -> pl.LazyFrame:
    """Lapsed codes that several took over, and who took the townships that are not named. Grain: code."""
    rows = [
        {"county_id": change.code, "_rest_id": successor.code}
        for change in _in_effect(today)
        if change.is_split and not change.is_code_kept
        for successor in change.successors
        if successor.is_rest
    ]
    return pl.LazyFrame(rows, schema=dict.fromkeys(("county_id", "_rest_id"), pl.String))


def _names() -> pl.LazyFrame:
    known = {successor.code: successor.name for change in succession() for successor in change.successors}
    return pl.LazyFrame({"_found_id": list(known), "_name": list(known.values())})
