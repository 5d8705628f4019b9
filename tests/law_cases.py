"""Judging the law's worked cases: the small place they happen in, as tables of a night, and what is judged there.

Belongs here: turning a case of `models.law.cases` into tables and asking what is judged. What is asserted of the
verdicts belongs to the tests, changing the law to `tests.mutants`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, Final

import polars as pl

from models.contracts import Contract, contract, core_contracts, staging_contracts
from models.core.evidence import evidence
from models.findings import evaluate
from models.law import Policies, load_policies
from models.law.cases import AS_OF, ROW_WORDS, Facts, clause_entries, places, table_name, world
from models.law.cases.telling import STAGED
from models.night import Night
from models.vocabulary import ClauseStatus

EXTRA: Final[Mapping[str, pl.DataType]] = {
    "assessed_years": pl.Int32(),
    "unknown_credit_records": pl.Int64(),
    "is_assessed": pl.Boolean(),
    "school_based_hours": pl.Decimal(38, 3),
    "period": pl.String(),
    "is_concentrated": pl.Boolean(),
    "satisfied_with_basic": pl.Int64(),
    "satisfaction_ratio_with_basic": pl.Float64(),
}
"""Columns of marts and facts that measures read beyond the published contract."""
TRACE: Final = ("_file", "_sheet", "_row")
ALL: Final = (
    *(f"staging.{name}" for name in staging_contracts()),
    *(f"core.{name}" for name in core_contracts()),
    *(f"marts.{name}" for name in ("teacher_year", "teacher_cycle", "cap_loss_record", "county_spot_check")),
    *(f"marts.{name}" for name in ("institution_satisfaction", "project_satisfaction")),
)
TOLD: Final = ("subject_id", "subject_type", "period", "part", "verdict")
Rows = Sequence[Mapping[str, Any]]


# ---- tables from a few rows


def empty(name: str) -> pl.LazyFrame:
    """A table of the night without rows."""
    return table(name, ())


def table(name: str, rows: Rows) -> pl.LazyFrame:
    """A table of the night; columns the rows don't mention are null. Most cases leave most of the world as it is."""
    made = name, repr(rows)
    if made not in _tables:
        _tables[made] = _table(name, rows)
    return _tables[made]


_tables: Final[dict[tuple[str, str], pl.LazyFrame]] = {}


def _table(name: str, rows: Rows) -> pl.LazyFrame:
    schema = _schema(name)
    unknown = {column for row in rows for column in row} - schema.keys() - {*ROW_WORDS}
    assert not unknown, f"{name} has no columns {sorted(unknown)}"
    columns = {
        column: pl.Series(column, [_value(row.get(column), kind) for row in rows], dtype=kind, strict=True)
        for column, kind in schema.items()
    }
    frame = pl.DataFrame(columns)
    if not any("times" in row for row in rows):
        return frame.lazy()
    return pl.concat([_multiplied(frame[at], row) for at, row in enumerate(rows)]).lazy()


def _multiplied(one: pl.DataFrame, row: Mapping[str, Any]) -> pl.DataFrame:
    """The row as often as it says (`times`), each time a day later in the column that `daily` names."""
    if "times" not in row:
        return one
    at = pl.int_range(row["times"])
    many = one.select(pl.all().gather(at * 0))
    key = next(iter(row))
    numbered = many.with_columns(pl.format("{}-{}", key, at).alias(key))
    day = row.get("daily")
    return numbered.with_columns(pl.col(day) + pl.duration(days=at)) if day else numbered


@cache
def _schema(name: str) -> Mapping[str, pl.DataType]:
    layer, _, short = name.partition(".")
    found: Contract = contract(layer, short)  # type: ignore[arg-type]
    schema: dict[str, pl.DataType] = dict(found.schema())
    if name in STAGED:
        staged = contract("staging", STAGED[name]).schema().items()
        schema |= {column: kind for column, kind in staged if column not in schema and column not in TRACE}
    return schema | {
        column: kind
        for column, kind in EXTRA.items()
        if column not in schema and (layer == "marts" or name == "core.fct_credit")
    }


def _value(value: Any, kind: pl.DataType) -> Any:
    if value is None:
        return None
    if isinstance(kind, pl.Decimal):
        return Decimal(str(value))
    if kind == pl.String:
        return str(value)
    if isinstance(kind, pl.Datetime) and not hasattr(value, "hour"):
        return pl.Series([value]).cast(kind)[0]
    return value


class Everything(dict[str, frozenset[str]]):
    """A presence in which every field of every table has values, but for those `absent` (`table`, `table.field`)."""

    def __init__(self, absent: Sequence[str] = ()) -> None:
        super().__init__()
        self.absent = frozenset(absent)

    def __contains__(self, key: object) -> bool:
        return key not in self.absent

    def __getitem__(self, key: str) -> frozenset[str]:
        gone = (name.partition(".") for name in self.absent)
        return _AllBut(field for table, _, field in gone if table == key)


class _AllBut(frozenset[str]):
    def __contains__(self, item: object) -> bool:
        return not super().__contains__(item)


# ---- a case as tables


def placed(value: Any, names: Mapping[str, str]) -> Any:
    """A value of a case with `$county` and its like put in."""
    if isinstance(value, Mapping):
        return {key: placed(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [placed(one, names) for one in value]
    return names.get(value, value) if isinstance(value, str) else value


def rows_of(entry: Facts, case: Facts) -> dict[str, list[dict[str, Any]]]:
    """The world, changed by what the entry and the case say; a case's `set` changes the first row of a table."""
    names = places(entry["clause"])
    usual = placed(world(), names)
    tables = {name: [dict(row) for row in rows] for name, rows in usual.items()}
    for given in (entry.get("given", {}), case.get("given", {})):
        for name, rows in placed(given, names).items():
            first = usual.get(name, [{}])[0] if name != "unit" else {}
            base = tables.get(name, [{}])[0] if isinstance(rows, Mapping) else first
            tables[name] = [{**base, **row} for row in ([rows] if isinstance(rows, Mapping) else rows)]
    for place, value in placed(case.get("set", {}), names).items():
        name, _, column = place.rpartition(".")
        tables.setdefault(name, [{}])[0][column] = value
    for name, times in case.get("times", {}).items():
        tables[name] = [_repeated(row, at) for at in range(times) for row in tables[name]]
    return tables


def _repeated(row: Mapping[str, Any], at: int) -> dict[str, Any]:
    """The row once more under another key: its first column, the table's own id, gets a number."""
    key = next(iter(row))
    return {**row, key: f"{row[key]}-{at}"}


@dataclass(frozen=True)
class Judged:
    """What is said of a clause and, where a machine judges it, its findings."""

    clause: Mapping[str, Any]
    found: pl.DataFrame | None


class Case:
    """One case of a clause: its tables are made once however often it is judged, under the law as it is once only."""

    def __init__(self, entry: Facts, case: Facts) -> None:
        self.clause: str = entry["clause"]
        self.title = f"{self.clause}-{case['when']}"
        self._given = entry, case

    @property
    def expected(self) -> list[str]:
        """The verdicts that the case is held to: one, or none where nobody is judged; a limit told goes with it."""
        verdict = str(self._given[1]["verdict"])
        limit = self._given[1].get("limit")
        return [] if verdict == "none" else [verdict if limit is None else f"{verdict} {limit}"]

    @property
    def night(self) -> Night:
        """The night on which the case is judged."""
        entry, case = self._given
        return Night(places(self.clause)["$province"], case.get("as_of", entry.get("as_of", AS_OF)))

    @cached_property
    def _frames(self) -> Mapping[str, pl.LazyFrame]:
        """The case as tables of a night."""
        tables = {table_name(name): rows for name, rows in rows_of(*self._given).items()}
        frames = {name: table(name, tables[name]) if name in tables else empty(name) for name in ALL}
        lines = evidence(frames["core.fct_credit"], self.night.province, self.night.as_of)
        return {**frames, "core.evidence": lines.collect().lazy()}

    @cached_property
    def judged(self) -> Judged:
        """What is judged under the law as it is."""
        return self.judged_under(book_for(self.clause))

    def judged_under(self, policies: Policies) -> Judged:
        """What is judged under some law."""
        _, case = self._given
        evaluation = evaluate(self.night, self._frames, Everything(case.get("absent", ())), policies)
        clause = evaluation.clauses.row(by_predicate=pl.col("clause_id") == self.clause, named=True)
        found = evaluation.by_clause.get(self.clause)
        return Judged(clause, None if found is None else found.collect())

    def verdicts(self, judged: Judged) -> list[str]:
        """What was judged of the subject, period and part that the case names; why nothing was, where no clause is."""
        entry, case = self._given
        if judged.found is None:
            return [str(judged.clause["status"])]
        assert judged.clause["status"] == ClauseStatus.EVALUATED
        asked = {name: case.get(name, entry.get(name)) for name in TOLD[:-1]}
        named = {name: placed(str(value), places(self.clause)) for name, value in asked.items() if value is not None}
        found = judged.found
        for name, value in named.items():
            found = found.filter(pl.col(name) == value)
        if "limit" in case:
            found = found.with_columns(verdict=pl.format("{} {}", "verdict", pl.col("threshold").cast(pl.Int64)))
        return found["verdict"].to_list()


@cache
def every_case() -> Sequence[Case]:
    """All cases of all clauses."""
    return [Case(entry, case) for entry in clause_entries() for case in entry["cases"]]


@cache
def book_for(clause_id: str) -> Policies:
    """Only the clause and those it is made of, so that a case costs little."""
    book = load_policies()
    clause = book.clause(clause_id)
    document = book.document(clause.document)
    wanted = {clause_id, *clause.all_of, *clause.after}
    chosen = tuple(one for one in document.clauses if one.id in wanted)
    return Policies({document.id: document.model_copy(update={"clauses": chosen})})


def clauses_with_cases() -> Iterator[str]:
    """The ids of clauses that have cases."""
    return iter(dict.fromkeys(case.clause for case in every_case()))
