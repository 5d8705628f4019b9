"""What an outsider makes of a whole release: every published figure of people of one cycle, tied to whom it counts.

Belongs here: which published row counts which people, written from the tables' descriptions and from nothing of the
code that makes them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from models.marts.suppression import MINIMUM, REACH, STEPS
from tests.unit.disclosure.attacker import Attacker

PLACES = {"county": "county_id", "city": "city_id", "province": "province", "kind": "kind_id"}
POOLS = {"区": "districts", "市": "towns", "县": "rural", "旗": "rural"}
"""How names of counties end, and the pool of like counties that each is in."""
OF_TEACHERS = ("stage", "title", "backbone_level", "post_type", "urban_rural", "ownership")
CLAUSE = "ZJ-2016-71/03.1"
UNSAID, WHOLE = "未填", "全部"
JUDGED = pl.col("verdict").is_in(["met", "not_met", "in_progress"])
IS_MET = pl.col("verdict") == "met"
MOST = 10_000
WIDEST = 40
"""No share of more people than are told so is without at least a span."""
Public = Mapping[str, pl.DataFrame]


def people_of(frames: Mapping[str, pl.DataFrame], period: str) -> pl.DataFrame:
    """The truth: one row a teacher of the cycle, with everything that any published table tells apart."""
    school = frames["core.dim_school"].select("school_id", "urban_rural", "ownership")
    pool = pl.col("unit_name").str.slice(-1).replace_strict(POOLS, default=None)
    pools = frames["core.dim_unit"].filter(level="县").select(county_id="unit_id", _pool=pool)
    clause = frames["audit.findings"].filter(clause_id=CLAUSE, period=period)
    return (
        frames["marts.teacher_cycle"]
        .filter(pl.col("cycle_start").dt.year() == int(period[:4]))
        .select("teacher_id", "verdict", "binding_constraint")
        .join(frames["core.dim_teacher"], on="teacher_id")
        .join(school, on="school_id", how="left")
        .join(pools, on="county_id", how="left")
        .with_columns(kind_id=pl.format("{}-{}", "province", pl.col("_pool")))
        .drop("_pool")
        .join(clause.select(teacher_id="subject_id", by_clause="verdict"), on="teacher_id", how="left")
        .with_columns(pl.col(*OF_TEACHERS).fill_null(UNSAID))
        .with_columns(
            outcome=pl.when(pl.col("verdict") == "not_met")
            .then("not_met:" + pl.col("binding_constraint"))
            .otherwise("verdict")
        )
    )


def alike(people: pl.DataFrame, known: list[str]) -> pl.DataFrame:
    """The people with one id for all that no table tells apart, but of those he knows by name."""
    is_known = pl.col("teacher_id").is_in(known)
    by = (pl.when(is_known).then("teacher_id"), *(name for name in people.columns if name != "teacher_id"))
    return people.with_columns(pl.col("teacher_id").first().over(*by))


@dataclass(frozen=True)
class Sight:
    """One published row: whom it counts (`people`, `met` of them), in which unit, and what it says."""

    unit: str
    people: list[str]
    met: list[str]
    row: Mapping[str, object]


@dataclass
class Outsider:
    """Reads releases into a linear program; `people` are the truth, used only to know whom a cell counts."""

    period: str
    attacker: Attacker = field(default_factory=Attacker)
    people: pl.DataFrame = field(default_factory=pl.DataFrame)
    places: frozenset[str] = frozenset()
    pools: frozenset[str] = frozenset()

    def reads(self, public: Public, people: pl.DataFrame) -> None:
        """Everything published about the cycle."""
        self.people, self.places = people, frozenset(public["marts.public_unit"]["unit_id"])
        self.pools = frozenset(public["marts.public_cube_verdict"].filter(unit_level="kind")["unit_id"])
        for sight in self._counts(public):
            self._count(sight.people, sight.unit, sight.row["told"])
        for sight in self._shares(public):
            self._share(sight)

    def _of_cycle(self, table: pl.DataFrame) -> pl.DataFrame:
        """The rows about the cycle, of whichever measure."""
        of_measure = table.filter(measure="cycle") if "measure" in table.columns else table
        return of_measure.filter(period=self.period)

    def _counts(self, public: Public) -> Iterator[Sight]:
        for level, place in PLACES.items():
            outcomes = self._of_cycle(public["marts.public_cycle"]).filter(unit_level=level)
            yield from self._seen(outcomes.with_columns(told="teachers"), place, {"outcome": "outcome"})
            for table, by in self._groupings(public["marts.public_cube_verdict"], level):
                yield from self._seen(table.with_columns(told="teachers"), place, by)
        clauses = self._of_cycle(public["marts.public_clause"]).filter(clause_id=CLAUSE).with_columns(told="subjects")
        for place in ("county_id", "province"):
            known = self.people[place].unique().implode()
            yield from self._seen(clauses.filter(pl.col("unit_id").is_in(known)), place, {"verdict": "by_clause"})

    def _shares(self, public: Public) -> Iterator[Sight]:
        judged = self.people.filter(JUDGED)
        closed = self.people.filter(pl.col("by_clause").is_in(["met", "not_met"])).with_columns(verdict="by_clause")
        for level, place in PLACES.items():
            measures = self._of_cycle(public["marts.public_measure"]).filter(unit_level=level)
            yield from self._seen(measures.filter(stage=WHOLE), place, {}, judged)
            yield from self._seen(measures.filter(pl.col("stage") != WHOLE), place, {"stage": "stage"}, judged)
            for table, by in self._groupings(public["marts.public_cube_reached"], level):
                yield from self._seen(table, place, by, judged)
            years = self._of_cycle(public["marts.public_clause_year"]).filter(clause_id=CLAUSE, unit_level=level)
            whole = pl.col("met") + pl.col("not_met")
            yield from self._seen(years.with_columns(numerator="met", denominator=whole), place, {}, closed)
        schools = self._of_cycle(public["marts.public_school"]).with_columns(unit_id="school_id")
        yield from self._seen(schools, "school_id", {}, judged)

    def _groupings(self, cube: pl.DataFrame, level: str) -> Iterator[tuple[pl.DataFrame, dict[str, str]]]:
        rows = self._of_cycle(cube).filter(unit_level=level)
        for (first, second), table in rows.group_by("breakdown", "second_breakdown"):
            named = {"value": first, "second_value": second}
            yield table, {column: by for column, by in named.items() if by != WHOLE}

    def _seen(
        self, rows: pl.DataFrame, place: str, by: Mapping[str, str], among: pl.DataFrame | None = None
    ) -> Iterator[Sight]:
        people = self.people if among is None else among
        counted = (
            people.group_by(pl.col(place).alias("unit_id"), **dict(by))
            .agg(_people=pl.col("teacher_id"), _met=pl.col("teacher_id").filter(IS_MET))
            .drop_nulls(["unit_id", *by])
        )
        # A row that is not there says as much as one that is hidden; of a place that no table lists nothing is said.
        listed = self.places | (self.pools if "breakdown" in rows.columns else frozenset())
        there = rows.with_columns(_is_there=True)
        for row in there.join(counted, on=["unit_id", *by], how="full", coalesce=True).iter_rows(named=True):
            if row["_people"] and (row["_is_there"] or row["unit_id"] in listed):
                yield Sight(row["unit_id"], row["_people"], row["_met"], row)

    def _count(self, people: list[str], unit: str, told: int | None) -> None:
        self.attacker.reads_between(people, unit, told or 0, told or MINIMUM)

    def _share(self, sight: Sight) -> None:
        whole, part = sight.row["denominator"], sight.row["numerator"]
        step, middle = sight.row["rounded_step"], sight.row["rounded_percent"]
        if whole is not None:
            self._count(sight.people, sight.unit, whole)
            self._count(sight.met, sight.unit, part)
        elif step is None:
            self.attacker.reads_between(sight.people, sight.unit, 0, WIDEST)
        elif step is not None:
            # He knows how wide a span is chosen, and so between which tens the whole was told.
            is_all = middle != step // 2
            tens = [ten for ten in range(20, MOST, 10) if _step(ten, is_all=is_all) == step]
            self.attacker.reads_between(sight.people, sight.unit, tens[0], tens[-1])
            if is_all:
                missed = set(sight.people) - set(sight.met)
                self.attacker.learns(missed, 0, 2 * REACH)
                if sight.met:
                    self.attacker.reads_between(sight.met, sight.unit, tens[0], tens[-1])
            elif sight.met:
                self.attacker.reads_between(sight.met, sight.unit, 0, MINIMUM)


def _step(told: int, *, is_all: bool) -> int | None:
    asked, over = (200 * REACH, told + REACH) if is_all else (200 * MINIMUM, told - REACH)
    return next((step for step in STEPS if over * step >= asked), None)


def small_cells(people: pl.DataFrame) -> dict[tuple, list[str]]:
    """Every cell under ten of every table anybody could make of two kinds, published or not."""
    found = {}
    kinds = ("verdict", "outcome", *OF_TEACHERS, "school_id")
    pairs = [(one, two) for at, one in enumerate(kinds) for two in kinds[at + 1 :]]
    for place in PLACES.values():
        for by in [(), *((one,) for one in kinds), *pairs]:
            cells = people.group_by(place, *by).agg(_people=pl.col("teacher_id"))
            for row in cells.filter(pl.col("_people").list.len() < MINIMUM).iter_rows():
                found[place, *by, *row[:-1]] = row[-1]
    return found
