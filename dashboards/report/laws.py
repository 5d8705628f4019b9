"""What each province's law makes of the report: its name, on whose authority, and which clauses each part looks at.

Everything comes from the policy files by role and topic; what a clause asks is in the release. A clause the release
does not know is passed over.
"""

from dataclasses import dataclass
from typing import Final

from models.law import as_decimal, load_policies
from models.law.roles import TOPICS
from models.rules_in_force import spot_check_quota

TEACHER_TOTALS: Final = ("teacher_year_total", "teacher_cycle_total")
"""Measures of what a teacher has together in a year or a cycle."""


@dataclass(frozen=True)
class Law:
    """One province's frame for the report."""

    basis: str
    issuer: str
    quota_clause: str | None = None
    no_quota: str = ""
    no_cycle_amount: str = ""


def law_of(province: str) -> Law:
    """The frame that a province's documents give the report."""
    book = load_policies()
    documents = [one for one in book.of_province(province) if one.jurisdiction.is_province]
    frames = [one.report for one in documents]
    titles = [f"《{one.title}》（{one.doc_no}）" for one in documents]
    has_amount = any(book.role(name, province) for name in ("cycle_credits", "cycle_hours"))
    quota = book.role("spot_check_share", province)
    basis = "、".join([frame.basis for frame in frames if frame.basis] or titles) or "现行有效的教师培训管理规定"
    return Law(
        basis=basis,
        issuer=next((frame.issuer for frame in frames if frame.issuer), ""),
        quota_clause=quota.id if quota else None,
        no_quota=next(
            (frame.no_quota for frame in frames if frame.no_quota),
            f"{basis}没有规定抽查比例，以下只列覆盖情况，不作达标结论。",
        ),
        no_cycle_amount=""
        if has_amount
        else next(
            (frame.no_cycle_amount for frame in frames if frame.no_cycle_amount),
            f"{basis}没有规定一个周期学分学时的数量，不作达标结论。",
        ),
    )


def quota_share(place: str, year: int) -> str:
    """The share of projects to be spot-checked in a year, as readers see it; empty in a year without one."""
    share = spot_check_quota(place, year)
    return f"{as_decimal(share * 100).normalize():f}%" if share is not None else ""


def no_quota(place: str, year: int) -> str:
    """Why a year's spot checks are shown and not judged: the province's law names no share, or not in that year."""
    clause = load_policies().role("spot_check_share", place)
    if clause is None:
        return law_of(f"{place[:2]}0000").no_quota
    first = min(limit.start for limit in clause.thresholds)
    since = f"{quota_basis(place)}的抽查比例自{first.year}年{first.month}月{first.day}日起适用，"
    told = since if first.year > year else ""
    return f"{told}{year}年没有适用的抽查比例，以下只列覆盖情况，不作达标结论。"


def quota_basis(place: str) -> str:
    """The clause that sets the share: its document's number and its own."""
    book = load_policies()
    clause = book.role("spot_check_share", place)
    return f"{book.document(clause.document).known_as}（{clause.id}）" if clause else ""


def amounts(province: str) -> str:
    """What the law of a province asks teachers for: 学分学时, or one of them alone."""
    book = load_policies()
    systems = [one for one in book.of_province(province) if one.credit_system is not None]
    asked = {clause.unit for one in systems for clause in one.clauses if clause.measure in TEACHER_TOTALS}
    named = [unit for unit in ("学分", "学时") if unit in asked]
    return "".join(named) or "学分学时"


@dataclass(frozen=True)
class Topic:
    """One matter of the training process and the clauses about it, of all provinces."""

    key: str

    @property
    def title(self) -> str:
        """Its heading."""
        return TOPICS[self.key]

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses about it, in whatever province."""
        return load_policies().about(self.key)


PROCESS: Final = tuple(
    Topic(key) for key in ("staff", "experts", "practice", "online", "timing", "changes", "attendance", "archives")
)
CREDITS, OBSERVATION, REPORTING, QUALIFICATION, EVALUATION, TRIGGERS, FINANCE = (
    Topic(key) for key in ("credits", "observation", "reporting", "qualification", "evaluation", "triggers", "finance")
)
