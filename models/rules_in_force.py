"""The figures that a province's law sets for its tables: credit rules, quotas, lines of suspicion, tolerances.

Belongs here: looking a figure up in the policy files for one province and day. How tables use it doesn't, and which
table needs which is told in models/tables.py.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from models.core.credit_rules import CreditRules
from models.law import Document, load_policies
from models.law.credit_systems import credit_rules
from models.marts.alerts import AlertRules
from models.marts.satisfaction import FEW_ANSWERS, Trigger
from models.night import Night, Undated

FIRST_YEAR: Final = 1990
"""The first year a dump can speak of."""


def rules_of(night: Night | Undated) -> CreditRules:
    """The credit systems of the province with their rates and caps."""
    return credit_rules(night.province, load_policies())


def platform_checks_count(province: str) -> bool:
    """Whether a check that only gathered the platform's data is a spot check: they are, unless a document says not."""
    settings = (one for document in load_policies().of_province(province) for one in document.conventions)
    return all(one.value for one in settings if one.id == "platform_only_checks")


def spot_check_quota(place: str, year: int) -> Fraction:
    """The share of a year's projects to be spot-checked: the place's own, else that of the province taken as yardstick.

    The limit in force at the end of the year counts; in years before there was any, the first one is the yardstick.

    Raises:
        ValueError: no document has one.
    """
    book = load_policies()
    own = book.role("spot_check_share", place)
    clauses = [own] if own else [book.clause(one) for one in book.roles("spot_check_yardstick")]
    limits = sorted((limit for clause in clauses for limit in clause.thresholds), key=lambda limit: limit.start)
    end = date(year, 12, 31)
    quota = next((one.value for one in limits if one.in_force(end) or one.start > end), None)
    if isinstance(quota, Fraction):
        return quota
    raise ValueError(f"{year} 年没有生效的抽查比例；请在条款文件的 roles 里写 spot_check_share，并检查阈值的日期")


def spot_check_quotas(night: Night) -> dict[int, Fraction]:
    """The quota of every year that a dump of this night can speak of."""
    return {year: spot_check_quota(night.province, year) for year in range(FIRST_YEAR, night.as_of.year + 2)}


def satisfaction_trigger(night: Night) -> Trigger | None:
    """The line below which the province's law suspects an institution; elsewhere it names none."""
    clause = load_policies().role("satisfaction_warning", night.province, night.as_of)
    ratio = clause.threshold(night.as_of) if clause else None
    if clause is None or not isinstance(ratio, Fraction):
        return None
    fewest = clause.options.get("minimum_answers", FEW_ANSWERS)
    return Trigger("<" if clause.compare == "<" else "<=", ratio, int(fewest))


def tolerance_of(night: Night | Undated) -> Decimal:
    """By how much registered credits may be off: platforms round. Exact where no document of the province says so."""
    settings = (one.setting("registered_tolerance") for one in _credit_documents(night))
    return max((value for value in settings if value is not None), default=Decimal(0))


def alert_rules(night: Night | Undated) -> AlertRules:
    """What a day holds. Documents that say nothing of days take the figure of the province's others."""
    documents = _credit_documents(night)
    by_day = tuple(system.system_id for system in rules_of(night).systems if system.converts_by_day)
    return AlertRules(
        _first(documents, "hours_per_day", "alert_hours_per_day"),
        _first(documents, "max_hours_per_day_delivery", "alert_day_sources") or (),
        by_day,
    )


def _credit_documents(night: Night | Undated) -> list[Document]:
    """The documents that set up the province's credit systems."""
    return [one for one in load_policies().of_province(night.province) if one.credit_system is not None]


def _first(documents: Sequence[Document], *names: str) -> Any:
    """The first value on file of some conventions."""
    values = (one.setting(name) for name in names for one in documents)
    return next((value for value in values if value is not None), None)
