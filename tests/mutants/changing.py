"""Mutants of a clause or of a document's conventions: with one thing changed, one at a time.

Belongs here: which changes there are. One that the policy files would not even load with is no mutant.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from pydantic import ValidationError

from models.law import Clause, Convention, Document, Window
from models.law.credit_systems import COUNTING, RATES
from models.measures import Condition, all_measures

COMPARISONS: Final[Mapping[str, tuple[str, ...]]] = {
    ">=": (">", "<="),
    ">": (">=", "<"),
    "<=": ("<", ">="),
    "<": ("<=", ">"),
    "=": (">=", "<="),
}
OTHER_LIMIT: Final = {"ge": "gt", "gt": "ge", "le": "lt", "lt": "le"}
"""A condition's limit with its endpoint taken out or in."""
PER_CENT: Final = Fraction(1, 100)
ONE: Final = Fraction(1)
OF_CREDITS: Final = frozenset(
    (*RATES.values(), *COUNTING.values(), "category_weights", "excluded_categories", "year_of_credit")
) | {"assessed_after_years"}
"""Conventions that decide how credits and hours are counted."""
YEARLY: Final = frozenset(
    {
        "allocation_spread",
        "annual_review",
        "city_teachers_trained",
        "complaints_in_a_year",
        "counties_with_document",
        "county_spot_check",
        "degree_hours_excess",
        "documents_on_file",
        "idle_years",
        "institution_satisfaction",
        "makeups_not_needed",
        "person_observations",
        "plans_in_time",
        "post_observations",
        "record_worst",
        "school_concentrated_share",
        "school_records",
        "teacher_cycle_sum",
        "teacher_cycle_total",
        "teacher_year_sum",
        "teacher_year_total",
        "triggers_decided",
    }
)
YEARLY_ROWS: Final = frozenset({"city_year", "county_year", "finance", "newcomer", "record"})
"""Measures and rows that are of whole years: under the law are those whose last day is."""
OF_ROWS: Final = frozenset({"large_change"})
"""Conventions that decide what a column of a measure's rows means."""
Change = tuple[str, Any]
"""What was changed, in words, and the whole with the change in it."""


@dataclass(frozen=True)
class Mutant:
    """A changed clause; its name says what was changed and stays the same while the policy file does."""

    kind: str
    name: str
    clause: Clause


@dataclass(frozen=True)
class Amended:
    """A document with one of its conventions changed."""

    convention: str
    name: str
    document: Document


def amended(document: Document) -> Iterator[Amended]:
    """Every mutant of a document's conventions that decide a figure outside the clauses' own options."""
    for at, one in enumerate(document.conventions):
        if one.id in OF_CREDITS | OF_ROWS:
            for what, new in _values(one):
                changed = one.model_copy(update={"value": new})
                conventions = (*document.conventions[:at], changed, *document.conventions[at + 1 :])
                name = f"{document.id} convention {one.id}{what}"
                yield Amended(one.id, name, document.model_copy(update={"conventions": conventions}))


def _values(convention: Convention) -> Iterator[Change]:
    """Other values of a convention; a table also without one of its rows."""
    value = convention.value
    if isinstance(value, str):
        other = {"证书日期": "结束日期"}.get(value)
        yield from [(f" {other}", other)] if other else []
        return
    table = dict(value) if isinstance(value, Mapping) else value
    yield from _inside(table)
    if isinstance(table, dict) and len(table) > 1:
        yield from _without(table)


def mutants(clause: Clause) -> Iterator[Mutant]:
    """Every mutant of a clause that a machine judges."""
    made = (
        *(_mutant(clause, "limit", f"limit {what}", {"thresholds": new}) for what, new in _limits(clause)),
        *(_mutant(clause, "in force", f"in force {what}", {"thresholds": new}) for what, new in _days_in_force(clause)),
        *(_mutant(clause, "comparison", f"compare {new}", {"compare": new}) for new in _comparisons(clause)),
        *_bound(clause, ""),
        *_roundings(clause),
        *_without_parts(clause),
    )
    for at, binding in enumerate(clause.also):
        further = clause.bindings[at + 1]
        for one in _bound(further, f"also[{at}]."):
            changed = binding.model_copy(update={"options": one.clause.options, "where": one.clause.where})
            also = (*clause.also[:at], changed, *clause.also[at + 1 :])
            made = (*made, _mutant(clause, one.kind, one.name.removeprefix(f"{clause.id} "), {"also": also}))
    yield from (one for one in made if _loads(one.clause))


def _mutant(clause: Clause, kind: str, what: str, update: Mapping[str, Any]) -> Mutant:
    return Mutant(kind, f"{clause.id} {what}", clause.model_copy(update=dict(update)))


def _bound(clause: Clause, prefix: str) -> Iterator[Mutant]:
    """Changes of what the measure is asked: conditions, filters, listed values and limits."""
    where = {name: test.model_dump(exclude_none=True) for name, test in clause.where.items()}
    for what, new in _without(where):
        yield _mutant(clause, "where", f"{prefix}where{what}", {"where": _conditions(new)})
    for what, new in _inside(where):
        yield _mutant(clause, "where", f"{prefix}where{what}", {"where": _conditions(new)})
    for what, new in (*_without_rows(clause.options), *_inside(dict(clause.options))):
        yield _mutant(clause, "options", f"{prefix}options{what}", {"options": new})


def _conditions(where: Mapping[str, Any]) -> dict[str, Condition]:
    return {name: Condition.model_validate(test) for name, test in where.items()}


def _loads(clause: Clause) -> bool:
    """Whether the measures take the changed options."""
    for binding in clause.bindings:
        if binding.measure is not None:
            bound = all_measures()[binding.measure]
            try:
                bound.reads(bound.carrying(binding.options, tuple(binding.where)))
            except (ValidationError, ValueError):
                return False
    return True


# ---- limits, comparisons, roundings


def _limits(clause: Clause) -> Iterator[Change]:
    for at, limit in enumerate(clause.thresholds):
        for what, value in _stepped(limit.value, clause.unit == "比例"):
            new = limit.model_copy(update={"value": value})
            yield what, (*clause.thresholds[:at], new, *clause.thresholds[at + 1 :])


def _days_in_force(clause: Clause) -> Iterator[Change]:
    """The day from which a limit is law, a day earlier and later; a year where the measure is of whole years."""
    is_yearly = clause.measure in YEARLY or clause.options.get("grain") in YEARLY_ROWS
    for at, limit in enumerate(clause.thresholds):
        for step in (-1, 1):
            day = limit.start
            moved = day.replace(year=day.year + step) if is_yearly else day + timedelta(days=step)
            new = limit.model_copy(update={"start": moved})
            what = f"{step:+} {'year' if is_yearly else 'day'}"
            yield what, (*clause.thresholds[:at], new, *clause.thresholds[at + 1 :])


def _stepped(limit: Fraction | Window, is_ratio: bool) -> Iterator[Change]:
    if isinstance(limit, Window):
        for end in ("low", "high"):
            for step in (-1, 1):
                new = limit.model_copy(update={end: getattr(limit, end) + step})
                if new.low <= new.high:
                    yield f"{end} {step:+}", new
        return
    for sign in (-1, 1):
        yield f"{sign:+}", limit + sign * (PER_CENT if is_ratio else ONE)


def _comparisons(clause: Clause) -> tuple[str, ...]:
    """Other comparisons; of an equality at the end of what the figure can be, only the one that means another thing."""
    if clause.all_of or clause.compare == "within":
        return ()
    limits = {limit.value for limit in clause.thresholds}
    if clause.compare == "=" and limits == {Fraction(0)}:
        return (">=",)
    if clause.compare == "=" and limits == {ONE} and clause.unit in ("比例", "布尔"):
        return ("<=",)
    return COMPARISONS[str(clause.compare)]


def _roundings(clause: Clause) -> Iterator[Mutant]:
    if clause.quota is not None:
        other = "floor" if clause.quota == "ceil" else "ceil"
        yield _mutant(clause, "quota", f"quota {other}", {"quota": other})


def _without_parts(clause: Clause) -> Iterator[Mutant]:
    for part in clause.all_of:
        rest = tuple(one for one in clause.all_of if one != part)
        yield _mutant(clause, "part", f"all_of without {part}", {"all_of": rest})


# ---- options and conditions


def _without_rows(options: Mapping[str, Any]) -> Iterator[Change]:
    """Options with one entry of a table (of conditions, of kinds) left out."""
    for name, value in options.items():
        if isinstance(value, Mapping):
            for what, new in _without(value):
                yield f".{name}{what}", {**options, name: new}


def _without(table: Mapping[str, Any]) -> Iterator[Change]:
    for name in table:
        yield f" without {name}", {key: value for key, value in table.items() if key != name}


def _inside(value: Any) -> Iterator[Change]:
    """A value with one thing deep inside it changed."""
    match value:
        case bool():
            yield f" {not value}", not value
        case int() | float() | Decimal() | Fraction():
            step = ONE if value >= 1 or value == 0 else PER_CENT
            for sign in (-1, 1):
                yield f" {sign:+}", value + sign if step == ONE else value + type(value)(str(float(sign * step)))
        case date():
            for sign in (-1, 1):
                yield f" {sign:+} day", value + timedelta(days=sign)
        case str() if _is_month_day(value):
            for sign in (-1, 1):
                moved = date.fromisoformat(f"2019-{value}") + timedelta(days=sign)
                yield f" {sign:+} day", moved.strftime("%m-%d")
        case Mapping():
            yield from _inside_table(value)
        case list() | tuple():
            yield from _inside_list(value)


def _inside_table(table: Mapping[str, Any]) -> Iterator[Change]:
    for name, one in table.items():
        for what, new in _inside(one):
            yield f".{name}{what}", {**table, name: new}
        if name in OTHER_LIMIT:
            rest = {key: value for key, value in table.items() if key != name}
            yield f".{name} as {OTHER_LIMIT[name]}", {**rest, OTHER_LIMIT[name]: one}


def _inside_list(listed: list[Any] | tuple[Any, ...]) -> Iterator[Change]:
    for at, one in enumerate(listed):
        rest = [*listed[:at], *listed[at + 1 :]]
        name = one if isinstance(one, str | int) else at
        if len(listed) > 1:
            yield f" without {name}", type(listed)(rest)
        if isinstance(one, Mapping):
            for what, new in _inside(one):
                yield f"[{at}]{what}", type(listed)([*listed[:at], new, *listed[at + 1 :]])


def _is_month_day(text: str) -> bool:
    month, dash, day = text.partition("-")
    return bool(dash) and len(text) == len("03-31") and month.isdigit() and day.isdigit()
