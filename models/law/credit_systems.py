"""Credit systems read from the policy files: which document sets one up where, and what it counts, caps and asks for.

Belongs here: the one place that fills `models.core.credit_rules` from documents. Conventions are named in
`models.law.settings`, the clauses that set limits are found by the roles of `models.law.roles`; no document, province
or figure is known here.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from models.core.credit_rules import Counting, CreditCycle, CreditRules, CreditSystem, Limits, Rates
from models.law import Clause, Cycle, Document, Policies, PolicyError, Window

CYCLE_ROLES: Final[Mapping[str, str]] = {
    "credits": "cycle_credits",
    "hours": "cycle_hours",
    "school_based_hours": "cycle_school_based_hours",
    "concentrated_hours": "cycle_concentrated_hours",
    "credits_each_year": "cycle_credits_each_year",
}
"""Limit of a whole cycle → the role of the clause that sets it."""
YEAR_ROLES: Final[Mapping[str, str]] = {
    "credits": "year_credits",
    "hours": "year_hours",
    "school_based_hours": "year_school_based_hours",
}
"""Limit of one year → the role of the clause that sets it."""
LAST_YEAR: Final = 2100
"""The last year a dump can speak of."""
RATES: Final[Mapping[str, str]] = {
    "daily_credits": "daily_credits",
    "hours_per_day": "hours_per_day",
    "part_day_credits_per_hour": "part_day_credits_per_hour",
    "by_day": "day_sources",
    "hourly_credits": "hourly_credits",
    "lecture_credits_per_period": "lecture_credits_per_period",
    "lecture": "lecture_sources",
    "online_credits_per_hour": "online_credits_per_hour",
    "online": "online_sources",
    "mixed": "mixed_sources",
    "mentorship_hours": "mentorship_hours",
    "mentorship_min_months": "mentorship_min_months",
    "mentorship": "mentorship_sources",
    "dispatched": "dispatched_sources",
}
"""Part of the rates → the convention that says it."""
COUNTING: Final[Mapping[str, str]] = {
    "project_cap": "project_credit_cap",
    "project_cap_sources": "project_cap_sources",
    "school_cap": "school_credit_cap",
    "school_pool_sources": "school_pool_sources",
    "school_pool_levels": "school_pool_levels",
    "counted_statuses": "counted_statuses",
    "counted_completion": "counted_completion",
    "makeup_levels": "makeup_levels",
}
"""Other part of how records are counted → the convention that says it."""


SETTLING: Final = frozenset(
    {
        *RATES.values(),
        *COUNTING.values(),
        *("category_weights", "excluded_categories", "year_of_credit", "assessed_after_years"),
        *("scope_posts", "scope_school_types"),
    }
)
"""Conventions that move what teachers earned, or who is asked."""


def credit_rules(province: str, book: Policies) -> CreditRules:
    """The credit systems of a province, the widest jurisdiction's first.

    Raises:
        PolicyError: no document of the whole province sets one up.
    """
    documents = [one for one in book.of_province(province) if one.credit_system is not None]
    if not documents or not documents[0].jurisdiction.is_province:
        raise PolicyError(
            f"{province} 没有一份全省的政策文件写明学分体系；在 conventions 里写 credit_system、counted_statuses、"
            "counted_completion、scope_posts、scope_school_types，没有数值标准的也要写"
        )
    return CreditRules(province, tuple(_system(document) for document in documents))


def credit_systems(book: Policies) -> tuple[CreditSystem, ...]:
    """Every credit system there is."""
    return tuple(_system(document) for document in book if document.credit_system is not None)


def _system(document: Document) -> CreditSystem:
    after = document.setting("assessed_after_years")
    return CreditSystem(
        system_id=str(document.credit_system),
        prefix=document.jurisdiction.prefix,
        cycles=tuple(_cycle(document, cycle) for cycle in document.cycles),
        counting=tuple(_counting(document, since) for since in (None, *document.turning_days)),
        has_credits=document.counts_credits,
        years={year: _limits(document, YEAR_ROLES, date(year, 12, 31)) for year in _years(document)},
        assessed_after_years=1 if after is None else int(after),
        scope_posts=document.setting("scope_posts") or (),
        scope_school_types=document.setting("scope_school_types") or (),
    )


def _years(document: Document) -> range:
    """The years a limit may hold in: from the first cycle or limit on."""
    starts = [limit.start.year for role in YEAR_ROLES.values() for clause in _in(document, role) for limit in clause]
    first = min([*starts, *(cycle.start.year for cycle in document.cycles)], default=LAST_YEAR)
    return range(first, LAST_YEAR + 1)


def _in(document: Document, role: str) -> list[tuple[Any, ...]]:
    return [clause.thresholds for clause in document.clauses if clause.id in document.roles.get(role, ())]


def _counting(document: Document, since: date | None) -> Counting:
    """How records are counted from a day on, until the next day on which a convention changes."""

    def setting(convention: str) -> Any:
        return document.setting(convention, since or date.min)

    weights = {name: Decimal(0) for name in setting("excluded_categories") or ()}
    return Counting(
        since=since,
        rates=_rates(setting),
        cycle_weights={**weights, **(setting("category_weights") or {})},
        by_certificate=setting("year_of_credit") != "结束日期",
        **{part: setting(name) for part, name in COUNTING.items() if setting(name) is not None},
    )


def _rates(setting: Any) -> Rates | None:
    found = {part: setting(name) for part, name in RATES.items()}
    found = {part: value for part, value in found.items() if value is not None}
    if "mentorship_min_months" in found:
        found["mentorship_min_months"] = int(found["mentorship_min_months"])
    if "hourly_credits" in found:
        found["hourly_credits"] = {kind: Fraction(rate) for kind, rate in found["hourly_credits"].items()}
    is_converting = found.keys() - {"hours_per_day"}
    return Rates(**found) if is_converting else None


def _cycle(document: Document, cycle: Cycle) -> CreditCycle:
    limits = _limits(document, CYCLE_ROLES, cycle.end)
    return CreditCycle(cycle.id, cycle.period, cycle.start.year, cycle.end.year, limits)


def _limits(document: Document, roles: Mapping[str, str], on: date) -> Limits:
    """What the clauses in these roles ask for on a day."""
    clauses: dict[str, Clause] = {clause.id: clause for clause in document.clauses}
    found: dict[str, Decimal] = {}
    for name, role in roles.items():
        for limit in (clauses[one].threshold(on) for one in document.roles.get(role, ()) if one in clauses):
            if limit is not None and not isinstance(limit, Window):
                found[name] = Decimal(limit.numerator) / Decimal(limit.denominator)
    return Limits(**found)
