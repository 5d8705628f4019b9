"""The register of measures: what a clause may bind to, and what each measure reads.

Here belong the register itself and the shape every measure answers in. The measures live in the modules beside
this one, grouped by family; thresholds live in the policy files and never here.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import lru_cache, reduce
from types import MappingProxyType
from typing import Annotated, Any, Final, get_type_hints

import polars as pl
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model, model_validator

from models.contracts import staging_contracts
from models.parts import By

EXACT = pl.Decimal(38, 3)
EPOCH = date(1970, 1, 1).toordinal()
Needs = Mapping[str, tuple[str, ...]]


def exact(value: object) -> Fraction:
    """A number of a policy file as an exact fraction: 10, 0.7, "1/3", true, or a day counted from 1970.

    Raises:
        ValueError: the value is none of these; the message says what to write.
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, bool):
        return Fraction(int(value))
    if isinstance(value, date):
        return Fraction(value.toordinal() - EPOCH)
    try:
        return Fraction(str(value).strip())
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(f"“{value}”不是数；写整数、小数、形如 1/3 的分数、true/false 或日期") from error


def _exact_or_none(value: object) -> Fraction | None:
    return None if value is None else exact(value)


Limit = Annotated[Fraction | None, BeforeValidator(_exact_or_none)]


def all_of(tests: Iterable[pl.Expr]) -> pl.Expr:
    """Whether all tests hold: true, false or null.

    Joined by `&`, which the optimizer takes apart: each test is then asked as near to the table as it can be.
    """
    return reduce(operator.and_, tests, pl.lit(True))


class Condition(BaseModel):
    """A filter on one column: a value, a list of values, or limits. A null is unknown, not false."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    ge: Limit = None
    gt: Limit = None
    le: Limit = None
    lt: Limit = None
    one_of: tuple[str | bool | int, ...] | None = None
    none_of: tuple[str | bool | int, ...] | None = None
    contains: str | None = None
    since: date | None = None
    until: date | None = None
    is_known: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return {"one_of": tuple(value)}
        if isinstance(value, str | bool | int):
            return {"one_of": (value,)}
        return value

    def holds(self, column: str) -> pl.Expr:
        """True, false or null (the column is null) for each row."""
        at = pl.col(column)
        parts: list[pl.Expr] = []
        if self.one_of is not None:
            parts.append(at.is_in(list(self.one_of)))
        if self.none_of is not None:
            parts.append(~at.is_in(list(self.none_of)))
        if self.contains is not None:
            parts.append(at.str.contains(self.contains, literal=True))
        if self.since is not None:
            parts.append(at.cast(pl.Date) >= self.since)
        if self.until is not None:
            parts.append(at.cast(pl.Date) <= self.until)
        if self.is_known is not None:
            parts.append(at.is_not_null() if self.is_known else at.is_null())
        whole = at.cast(EXACT)
        for limit, compared in (
            (self.ge, pl.Expr.ge),
            (self.gt, pl.Expr.gt),
            (self.le, pl.Expr.le),
            (self.lt, pl.Expr.lt),
        ):
            if limit is not None:
                scaled = (whole * limit.denominator).cast(EXACT)
                parts.append(compared(scaled, pl.lit(limit.numerator).cast(EXACT)))
        return all_of(parts)


NO_ROWS: Mapping[str, Condition] = MappingProxyType({})
PART_YEAR = "施行当年不满一年，未达到的不作结论"


def part_year(year: pl.Expr, since: date | None) -> pl.Expr:
    """Why a year in the course of which the law came into force isn't held against anybody; else null.

    Such a year is judged only where it was met anyway: no law before its day.
    """
    if since is None or (since.month, since.day) == (1, 1):
        return pl.lit(None, dtype=pl.String)
    return pl.when(year == since.year).then(pl.lit(PART_YEAR))


@dataclass(frozen=True)
class Frames:
    """The tables a night offers to measures, and its "today".

    `within` holds the units (`unit_id`) that answer to the document, None when all of the province do. What belongs
    to other units is left out after measuring anyway; a grain with many rows may leave it out before measuring.
    `where` holds the conditions under which the clause applies; such a grain may also leave out rows that fail one.
    `rules` holds the document's conventions, for columns whose meaning one of them decides.
    """

    tables: Mapping[str, pl.LazyFrame]
    province: str
    today: date
    within: pl.LazyFrame | None = None
    where: Mapping[str, Condition] = field(default_factory=dict)
    rules: Mapping[str, Any] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)

    @property
    def as_of(self) -> date:
        """The night's "today"; `asked` keeps that a measure wanted to know it."""
        self.asked.add("as_of")
        return self.today

    def __getitem__(self, name: str) -> pl.LazyFrame:
        """The table called `schema.table`."""
        return self.tables[name]

    def inside(self, rows: pl.LazyFrame, unit: str) -> pl.LazyFrame:
        """Rows whose unit (a column) answers to the document; all of them in a province's own."""
        return rows if self.within is None else rows.join(self.within, left_on=unit, right_on="unit_id", how="semi")

    def __contains__(self, name: object) -> bool:
        return name in self.tables

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)


WHERE: Final = "_where"
"""Among the options, the columns that a clause's `where` names, where a measure doesn't carry columns along."""


@dataclass(frozen=True)
class Measure:
    """A pure function from the night's tables to one row for each subject and period.

    The frame it answers with has `subject_id`, `unit_id`, `period`, `period_end`, `numerator`, `denominator`,
    `missing`, `exempt` and `inputs`; further columns may be used in a clause's `where`. `about` is the staging table
    whose columns a `where` may name, of a measure that doesn't carry them along by itself. `by` and `turns` say, of
    some options, what `measure` takes under these names.
    """

    name: str
    title: str
    needs: Callable[[Mapping[str, Any]], Needs]
    function: Callable[..., pl.LazyFrame]
    options: type[BaseModel]
    accumulates: bool = False
    formula: str = ""
    about: str = ""
    by: Callable[[Mapping[str, Any]], By | None] = lambda _: None
    turns: Callable[[Mapping[str, Any]], Needs | None] = lambda _: None

    def carrying(self, options: Mapping[str, Any], columns: tuple[str, ...]) -> Mapping[str, Any]:
        """The options with the columns a clause's `where` names: those that a measure carries along, or only reads."""
        if "carry" not in self.options.model_fields:
            return {**options, WHERE: columns} if self.about else options
        return {**options, "carry": tuple(dict.fromkeys((*options.get("carry", ()), *columns)))}

    def parse(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Checks a clause's options against what the measure takes.

        Raises:
            pydantic.ValidationError: an unknown option or a value of the wrong kind.
        """
        checked = self.options.model_validate({name: value for name, value in options.items() if name != WHERE})
        return {name: getattr(checked, name) for name in self.options.model_fields}

    def run(self, frames: Frames, options: Mapping[str, Any]) -> pl.LazyFrame:
        """The measure's frame under a clause's options."""
        return self.function(frames, **self.parse(options))

    def reads(self, options: Mapping[str, Any]) -> Needs:
        """Tables and fields used under these options, keyed `schema.table`."""
        needs = self.needs(self.parse(options))
        if WHERE not in options:
            return needs
        own, table = staging_contracts()[self.about], f"core.dim_{self.about}"
        asked = tuple(name for name in options[WHERE] if name in own)
        return {**needs, table: tuple(dict.fromkeys((*needs.get(table, ()), *asked)))}


@dataclass
class _Register:
    measures: dict[str, Measure] = field(default_factory=dict)


_REGISTER = _Register()


def _options_of(function: Callable[..., pl.LazyFrame]) -> type[BaseModel]:
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {
        name: (hints[name], _default_of(parameter))
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }
    config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    return create_model(f"{getattr(function, '__name__', 'measure')}_options", __config__=config, **fields)


def _default_of(parameter: inspect.Parameter) -> Any:
    if parameter.default is parameter.empty:
        return ...
    return Field(default_factory=dict) if parameter.default is NO_ROWS else parameter.default


def measure(
    name: str,
    *,
    title: str,
    reads: Needs | Callable[[Mapping[str, Any]], Needs],
    accumulates: bool = False,
    formula: str = "",
    about: str = "",
    by: By | Callable[[Mapping[str, Any]], By | None] | None = None,
    turns: Needs | Callable[[Mapping[str, Any]], Needs | None] | None = None,
) -> Callable[[Callable[..., pl.LazyFrame]], Callable[..., pl.LazyFrame]]:
    """Registers a measure under the name clauses use.

    Args:
        name: what a clause writes after `measure:`.
        title: what the measure counts, in Chinese.
        reads: the tables and fields it needs; a function of the options where they decide.
        accumulates: the numerator only grows while the period is open, so an open period can be decided early.
        formula: how the number comes about, in Chinese.
        about: the staging table whose columns a clause's `where` may name, where the measure has no `carry`.
        by: the parts that its rows fall into, each subject being one.
        turns: the tables' dates with which it compares the day. Beside these the year alone matters, and whether a
            row's period is over; left out where the day matters otherwise.
    """

    def register(function: Callable[..., pl.LazyFrame]) -> Callable[..., pl.LazyFrame]:
        if name in _REGISTER.measures:
            raise ValueError(f"measure {name} is registered twice")
        takes = _options_of(function)
        of_options = (_of_options(each) for each in (by, turns))
        _REGISTER.measures[name] = Measure(
            name, title, _of_options(reads), function, takes, accumulates, formula, about, *of_options
        )
        return function

    return register


def _of_options(said: Any) -> Callable[[Mapping[str, Any]], Any]:
    """What is said of a measure, as a function of its options, which may decide."""
    return said if callable(said) else lambda _: said


@lru_cache(maxsize=1)
def all_measures() -> Mapping[str, Measure]:
    """Every registered measure by name."""
    return MappingProxyType(_REGISTER.measures)


def keep(rows: Mapping[str, Condition]) -> pl.Expr:
    """Rows for which every condition is surely true, to filter by: where one can't be told this is null or false."""
    return all_of(test.holds(name) for name, test in rows.items())
