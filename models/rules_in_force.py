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


def spot_check_quota(place: str, year: int) -> Fraction | None:
    """The share of a year's projects to be spot-checked, as the place's law has it on the year's last day.

    None in years in which that law asks for no share, its own not being in force yet or no longer. Where no law of the
    place ever names one, that of the province taken as yardstick, in years before it the first one.
    """
    book, end = load_policies(), date(year, 12, 31)
    if book.role("spot_check_share", place) is None:
        return _yardstick(end)
    own = book.role("spot_check_share", place, end)
    share = own.threshold(end) if own else None
    return share if isinstance(share, Fraction) else None


def _yardstick(end: date) -> Fraction | None:
    book = load_policies()
    clauses = [book.clause(one) for one in book.roles("spot_check_yardstick")]
    limits = sorted((limit for clause in clauses for limit in clause.thresholds), key=lambda limit: limit.start)
    share = next((one.value for one in limits if one.in_force(end) or one.start > end), None)
    return share if isinstance(share, Fraction) else None


def spot_check_quotas(night: Night) -> dict[int, Fraction]:
    """The quota of every year that a dump of this night can speak of and in which there is one."""
    years = {year: spot_check_quota(night.province, year) for year in _years(night)}
    return {year: share for year, share in years.items() if share is not None}


def _years(night: Night) -> range:
    return range(FIRST_YEAR, night.as_of.year + 2)


def satisfaction_triggers(night: Night) -> dict[int, Trigger]:
    """The line at which the province's law suspects an institution, by the year at whose end it is in force."""
    years = {year: _trigger(night.province, date(year, 12, 31)) for year in _years(night)}
    return {year: trigger for year, trigger in years.items() if trigger is not None}


def _trigger(province: str, end: date) -> Trigger | None:
    clause = load_policies().role("satisfaction_warning", province, end)
    ratio = clause.threshold(end) if clause else None
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
