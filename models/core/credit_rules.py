"""The shape of what credit arithmetic works with: credit systems, their cycles, rates, caps and limits.

Belongs here: frozen values and nothing else. No number, province, clause or kind of record is written here; all of
them come from the policy files by way of `models.law.credit_systems`. The arithmetic itself is in `credit_lines` (one
record) and `models.marts.credits` (a year, a cycle).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any


def _empty() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Rates:
    """How registered hours become credits; kinds of record not named by any rate use registered credits.

    `daily_credits` and `lecture_credits_per_period` go by level, `hourly_credits` by kind of record; `by_day`,
    `online`, `mixed`, `lecture`, `mentorship` and `dispatched` are kinds of record.
    """

    daily_credits: Mapping[str, Decimal] = field(default_factory=_empty)
    hours_per_day: Decimal | None = None
    part_day_credits_per_hour: Decimal | None = None
    by_day: tuple[str, ...] = ()
    hourly_credits: Mapping[str, Fraction] = field(default_factory=_empty)
    lecture_credits_per_period: Mapping[str, Decimal] = field(default_factory=_empty)
    lecture: tuple[str, ...] = ()
    online_credits_per_hour: Decimal | None = None
    online: tuple[str, ...] = ()
    mixed: tuple[str, ...] = ()
    mentorship_hours: Decimal | None = None
    mentorship_min_months: int | None = None
    mentorship: tuple[str, ...] = ()
    dispatched: tuple[str, ...] = ()


@dataclass(frozen=True)
class Counting:
    """How records are counted from the day `since` on, until another counting begins; None: as long as anybody knows.

    `school_pool_*` say which records share the yearly cap; `cycle_weights` is the share of a category that counts
    into a cycle.
    """

    since: date | None = None
    rates: Rates | None = None
    project_cap: Decimal | None = None
    project_cap_sources: tuple[str, ...] = ()
    school_cap: Decimal | None = None
    school_pool_sources: tuple[str, ...] = ()
    school_pool_levels: tuple[str, ...] = ()
    cycle_weights: Mapping[str, Decimal] = field(default_factory=_empty)
    counted_statuses: tuple[str, ...] = ()
    counted_completion: tuple[str, ...] = ()
    makeup_levels: tuple[str, ...] = ()
    by_certificate: bool = True


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
    """One document's way of counting. Credits of two systems are never added together.

    `counting` is how records are counted, the earliest first: the first has no `since`. `assessed_after_years`: how
    many calendar years after hiring or arrival a teacher is first assessed.
    """

    system_id: str
    prefix: str
    cycles: tuple[CreditCycle, ...]
    counting: tuple[Counting, ...]
    has_credits: bool = True
    years: Mapping[int, Limits] = field(default_factory=lambda: MappingProxyType({}))
    assessed_after_years: int = 1
    scope_posts: tuple[str, ...] = ()
    scope_school_types: tuple[str, ...] = ()

    @property
    def converts_by_day(self) -> bool:
        """Whether days of training are worth credits, at any time."""
        return any(one.rates is not None and one.rates.daily_credits for one in self.counting)


@dataclass(frozen=True)
class CreditRules:
    """Every credit system of one province; the first is the default."""

    province: str
    systems: tuple[CreditSystem, ...]

    @property
    def default(self) -> CreditSystem:
        """The system of a teacher whose county is unknown."""
        return self.systems[0]
