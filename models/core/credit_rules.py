"""The numbers credit arithmetic works with, gathered from the policies into one frozen object.

Belongs here: the shape of a credit system's rates, caps, thresholds and cycles, and the one place that fills it
from the policy documents. No number of the law is written here; they live in `models/law/policies/*.yaml`. The
arithmetic itself is in `credit_lines` (one record) and `models.marts.credits` (a year, a cycle).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Protocol

from models.law.schema import Cycle

DOCUMENTS = {"HI-2017": "HI-2017", "WZ-2012": "WZ-2012-33", "ZJ-2016": "ZJ-2016-71", "CQ-2013": "CQ-2013-24"}
"""Credit system -> the policy document that carries its settings and cycles."""

SYSTEMS = {"46": ("HI-2017",), "33": ("ZJ-2016", "WZ-2012"), "50": ("CQ-2013",)}
"""Province (first two digits) -> its credit systems; the first is that of a teacher whose county is unknown."""


@dataclass(frozen=True)
class Rates:
    """How registered hours become credits (HI-2017/14.3 to 14.7); kinds not listed use registered credits."""

    daily_credits: Mapping[str, Decimal]
    hours_per_day: Decimal
    part_day_credits_per_hour: Decimal
    lecture_credits_per_period: Mapping[str, Decimal]
    online_credits_per_hour: Decimal
    mentorship_hours: Decimal
    mentorship_min_months: int
    by_day: tuple[str, ...] = ("集中", "跟班", "教研活动")
    online: tuple[str, ...] = ("网络",)
    mixed: tuple[str, ...] = ("混合",)
    lecture: tuple[str, ...] = ("主讲",)
    mentorship: tuple[str, ...] = ("师徒",)
    dispatched: tuple[str, ...] = ("跟班",)


@dataclass(frozen=True)
class Limits:
    """What a period has to reach; None = the document sets no such figure."""

    credits: Decimal | None = None
    hours: Decimal | None = None
    school_based_hours: Decimal | None = None
    concentrated_hours: Decimal | None = None
    credits_each_year: Decimal | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for, so that no verdict is possible."""
        return self == Limits()


@dataclass(frozen=True)
class CreditCycle:
    """A fixed run of whole calendar years and what it asks for."""

    cycle_id: str
    period: str
    start_year: int
    end_year: int
    limits: Limits


@dataclass(frozen=True)
class CreditSystem:
    """One document's way of counting. Credits of two systems are never added together."""

    system_id: str
    cycles: tuple[CreditCycle, ...]
    has_credits: bool = True
    rates: Rates | None = None
    project_cap: Decimal | None = None
    project_cap_sources: tuple[str, ...] = ()
    school_cap: Decimal | None = None
    school_pool_sources: tuple[str, ...] = ()
    cycle_weights: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))
    years: Mapping[int, Limits] = field(default_factory=lambda: MappingProxyType({}))
    counted_statuses: tuple[str, ...] = ("已登记", "市县已审", "省已认定")
    counted_completion: tuple[str, ...] = ("合格",)
    makeup_levels: tuple[str, ...] = ("市", "县", "省", "国")


@dataclass(frozen=True)
class CreditRules:
    """Every credit system of one province; the first is the default."""

    province: str
    systems: tuple[CreditSystem, ...]

    @property
    def default(self) -> CreditSystem:
        """The system of a teacher whose county is unknown."""
        return self.systems[0]


CYCLE_CLAUSES: Mapping[str, Mapping[str, str]] = {
    "HI-2017": {"credits": "HI-2017/09.4", "hours": "HI-2017/09.5"},
    "WZ-2012": {
        "hours": "WZ-2012-33/03.2",
        "school_based_hours": "WZ-2012-33/04.1",
        "concentrated_hours": "WZ-2012-33/04.2",
    },
    "ZJ-2016": {"credits": "ZJ-2016-71/03.1", "credits_each_year": "ZJ-2016-71/03.2"},
    "CQ-2013": {},
}
"""Credit system -> which clause sets which limit of a whole cycle."""

YEAR_CLAUSES: Mapping[str, Mapping[str, str]] = {
    "HI-2017": {"credits": "HI-2017/09.1", "hours": "HI-2017/09.3"},
    "WZ-2012": {"hours": "WZ-2012-33/04.5", "school_based_hours": "WZ-2012-33/04.6"},
    "ZJ-2016": {"credits": "ZJ-2016-71/03.2"},
    "CQ-2013": {},
}
"""Credit system -> which clause sets which limit of one year."""


class Document(Protocol):
    """The part of a policy document that credit arithmetic reads."""

    def convention(self, name: str, /) -> Any:
        """The value of a setting; KeyError when the document has none of that name."""


class Book(Protocol):
    """The part of the policy book that credit arithmetic reads."""

    def document(self, document_id: str, /) -> Document:
        """A policy document."""

    def cycles(self, document_id: str, /) -> tuple[Cycle, ...]:
        """Its cycles."""

    def threshold(self, clause_id: str, /, *, on: date) -> Fraction | None:
        """A clause's limit on a day; None when it is not in force then."""


def credit_rules(province: str, book: Book) -> CreditRules:
    """The credit systems of a province, with the numbers its policies set; KeyError for an unknown province."""
    systems = tuple(_system(system_id, book) for system_id in SYSTEMS[province[:2]])
    return CreditRules(province, systems)


def _system(system_id: str, book: Book) -> CreditSystem:
    document = book.document(DOCUMENTS[system_id])
    cycles = book.cycles(DOCUMENTS[system_id])
    common = CreditSystem(
        system_id=system_id,
        cycles=tuple(_cycle(system_id, cycle, book) for cycle in cycles),
        years={
            year: _limits(YEAR_CLAUSES[system_id], date(year, 12, 31), book) for cycle in cycles for year in cycle.years
        },
        counted_statuses=document.convention("counted_statuses"),
        counted_completion=document.convention("counted_completion"),
    )
    match system_id:
        case "HI-2017":
            return _with_caps(common, document)
        case "WZ-2012":
            excluded = document.convention("excluded_categories")
            return replace(common, has_credits=False, cycle_weights=dict.fromkeys(excluded, Decimal(0)))
        case "ZJ-2016":
            return replace(common, cycle_weights=document.convention("category_weights"))
        case _:
            return common


def _with_caps(system: CreditSystem, document: Document) -> CreditSystem:
    return replace(
        system,
        rates=Rates(
            daily_credits=document.convention("daily_credits"),
            hours_per_day=document.convention("hours_per_day"),
            part_day_credits_per_hour=document.convention("part_day_credits_per_hour"),
            lecture_credits_per_period=document.convention("lecture_credits_per_period"),
            online_credits_per_hour=document.convention("online_credits_per_hour"),
            mentorship_hours=document.convention("mentorship_hours"),
            mentorship_min_months=int(document.convention("mentorship_min_months")),
        ),
        project_cap=document.convention("project_credit_cap"),
        project_cap_sources=document.convention("project_cap_sources"),
        school_cap=document.convention("school_credit_cap"),
        school_pool_sources=document.convention("school_pool_sources"),
        makeup_levels=document.convention("makeup_levels"),
    )


def _cycle(system_id: str, cycle: Cycle, book: Book) -> CreditCycle:
    if (cycle.start.month, cycle.start.day, cycle.end.month, cycle.end.day) != (1, 1, 12, 31):
        raise ValueError(f"周期 {cycle.id} 不是整年；学分按自然年归集，周期请写成 1 月 1 日至 12 月 31 日")
    limits = _limits(CYCLE_CLAUSES[system_id], cycle.end, book)
    return CreditCycle(cycle.id, cycle.period, cycle.start.year, cycle.end.year, limits)


def _limits(clauses: Mapping[str, str], on: date, book: Book) -> Limits:
    values = {name: book.threshold(clause, on=on) for name, clause in clauses.items()}
    return Limits(**{name: _decimal(value) for name, value in values.items() if value is not None})


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
