"""Time and place: where a teacher worked on a day (core.fct_teacher_place), and which county a code stands for.

Belongs here: spells of work, and counties kept comparable over renames, mergers, splits and re-used codes. Which
county a unit belongs to as sent is in `units`; sums over places are in `models.marts.attribution`.

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
ON_FILE, PRESENT = "履历", "现职"
"""What a spell rests on: the record of posts, or the teacher's present school where that record is silent."""
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


def comparable_county(code: pl.Expr, on: pl.Expr, today: date) -> pl.Expr:
    """The county of `today` that holds what `code` stood for `on` a day; null where only the school can tell.

    Without a day, a code that has since gone to one county is still told; one whose number lives on for less ground
    is not. Codes without a change, development zones' own codes among them, stay as they are.
    """
    expression = code
    for change in reversed(succession()):
        if change.on > today:
            continue
        is_before = (on < change.on).fill_null(value=True) if change.is_code_kept else pl.lit(value=True)
        ends = _ends(change, today)
        end = pl.lit(ends[0] if len(ends) == 1 else None, dtype=pl.String)
        expression = pl.when((code == change.code) & is_before).then(end).otherwise(expression)
    return expression


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
    notes = unit.select("unit_id", _unit_note="place_note")
    names = unit.filter(pl.col("unit_id") == pl.col("county_id")).select(_found_id="unit_id", _on_file="unit_name")
    short = pl.col("township").str.strip_chars().str.replace(_TOWNSHIP, "")
    placed = (
        school.with_columns(_township=short)
        .join(_townships(today), on=["county_id", "_township"], how="left")
        .join(_rests(today), on="county_id", how="left")
        .join(notes, on="unit_id", how="left")
        .with_columns(
            _by_township=pl.coalesce(
                "_named_id", pl.when(pl.col("_township").str.len_chars() > 0).then(pl.col("_rest_id"))
            )
        )
    )
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


def teacher_place(
    assignment: pl.LazyFrame, teacher: pl.LazyFrame, school: pl.LazyFrame, *, province: str
) -> pl.LazyFrame:
    """Where each teacher worked, without gap or overlap: core.fct_teacher_place.

    Grain: teacher × spell. Columns: province, teacher_id, school_id, county_id (that holds the school today), city_id,
    valid_from (null = since ever), valid_to (the first day of what follows, null = until further notice), basis
    (履历: on record; 现职: no record covers these days, so the present school stands in for it).

    Where posts overlap, the later start wins (a secondment over the post it leaves), and the earlier post goes on
    after it. An end on the day before the next post's start leaves no gap. Posts that end before they start
    cover no day.
    """
    posts = _posts(assignment)
    spans = _spans(posts)
    present = teacher.select("teacher_id", _present="school_id")
    covering = (
        spans.join(posts, on="teacher_id", how="inner", maintain_order="none")
        .filter(_covers(pl.col("_start"), pl.col("_from"), pl.col("_to")))
        .sort("_from", "_to", "_school", nulls_last=True)
        .group_by("teacher_id", "_start", maintain_order=True)
        .agg(pl.col("_school").last())
    )
    known = (
        spans.join(covering, on=["teacher_id", "_start"], how="left", nulls_equal=True, maintain_order="none")
        .join(present, on="teacher_id", how="left", maintain_order="none")
        .select(
            "teacher_id",
            school_id=pl.coalesce("_school", "_present"),
            valid_from="_start",
            valid_to="_end",
            basis=pl.when(pl.col("_school").is_null()).then(pl.lit(PRESENT)).otherwise(pl.lit(ON_FILE)),
        )
    )
    silent = present.join(posts, on="teacher_id", how="anti", maintain_order="none").select(
        "teacher_id",
        school_id="_present",
        valid_from=pl.lit(None, pl.Date),
        valid_to=pl.lit(None, pl.Date),
        basis=pl.lit(PRESENT),
    )
    place = school.select("school_id", "county_id", "city_id")
    return (
        pl.concat([_merged(known), silent])
        .join(place, on="school_id", how="left", maintain_order="none")
        .select(
            pl.lit(province).alias("province"),
            *("teacher_id", "school_id", "county_id", "city_id", "valid_from", "valid_to", "basis"),
        )
    )


def _posts(assignment: pl.LazyFrame) -> pl.LazyFrame:
    """Posts that cover a day, half-open; an end the day before the next start is moved up to that start."""
    posts = assignment.select("teacher_id", _school="school_id", _from="valid_from", _to="valid_to")
    starts = posts.select("teacher_id", _day_after="_from", _next="_from").unique()
    return (
        posts.with_columns(_day_after=pl.col("_to").dt.offset_by("1d"))
        .join(starts, on=["teacher_id", "_day_after"], how="left", maintain_order="none")
        .select("teacher_id", "_school", "_from", _to=pl.coalesce("_next", "_to"))
        .filter(pl.col("_to").is_null() | (pl.col("_to") > pl.col("_from")))
    )


def _spans(posts: pl.LazyFrame) -> pl.LazyFrame:
    """The whole of time cut at every start and end of a teacher's posts. Grain: teacher × span."""
    days = pl.concat([posts.select("teacher_id", _day="_from"), posts.select("teacher_id", _day="_to")])
    cuts = days.filter(pl.col("_day").is_not_null()).unique()
    first = posts.select("teacher_id", _start=pl.lit(None, pl.Date)).unique()
    later = cuts.select("teacher_id", _start="_day")
    return pl.concat([first, later]).with_columns(
        _end=pl.col("_start").shift(-1).over("teacher_id", order_by=pl.col("_start").fill_null(date.min))
    )


def _merged(spans: pl.LazyFrame) -> pl.LazyFrame:
    """Neighbouring spans at the same school on the same basis as one."""
    order = pl.col("valid_from").fill_null(date.min)
    same = (pl.col("school_id").eq_missing(pl.col("school_id").shift(1))) & (
        pl.col("basis") == pl.col("basis").shift(1)
    )
    run = (~same.fill_null(value=False)).cum_sum().over("teacher_id", order_by=order)
    return (
        spans.sort("teacher_id", order)
        .with_columns(_run=run)
        .group_by("teacher_id", "_run", maintain_order=True)
        .agg(
            pl.col("school_id", "basis", "valid_from").first(),
            pl.col("valid_to").last(),
        )
        .select("teacher_id", "school_id", "valid_from", "valid_to", "basis")
    )


def _covers(day: pl.Expr, start: pl.Expr, end: pl.Expr) -> pl.Expr:
    """Whether a half-open spell holds a day; a null day is before all time, a null start or end is no bound."""
    after_start = start.is_null() | (day >= start).fill_null(value=False)
    return after_start & (end.is_null() | day.is_null() | (day < end))


def places_on(rows: pl.LazyFrame, day: str, places: pl.LazyFrame) -> pl.LazyFrame:
    """Rows of teachers with the school and county of the spell that holds the row's day.

    Keeps the grain of `rows` (which has teacher_id and the column `day`) and adds school_id, county_id and city_id;
    null for a teacher no spell is known of. A row without a day goes by the teacher's last spell.
    """
    spells = places.select("teacher_id", "school_id", "county_id", "city_id", _from="valid_from", _to="valid_to")
    on = pl.col(day).fill_null(date.max)
    held = (
        rows.select("teacher_id", day)
        .unique()
        .join(spells, on="teacher_id", how="inner", maintain_order="none")
        .filter(_covers(on, pl.col("_from"), pl.col("_to")))
        .drop("_from", "_to")
    )
    return rows.join(held, on=["teacher_id", day], how="left", nulls_equal=True, maintain_order="none")
