"""The three headline measures as the pages present them: titles, scales and the clauses behind each.

Scales are fixed so that a colour means the same on every page and in every year. They divide values for the eye and
judge nothing: verdicts come from the release.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from models import words
from models.law import as_decimal, load_policies


@dataclass(frozen=True)
class Measure:
    """A headline measure. `breaks` are the lower edges of the second, third and fourth class of its scale."""

    key: str
    title: str
    short: str
    numerator: str
    denominator: str
    unit: str
    breaks: tuple[Fraction, Fraction, Fraction]
    roles: tuple[str, ...]
    conventions: dict[str, str]
    is_trigger: bool = False

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses behind the measure, in whatever province."""
        return load_policies().roles(*self.roles)

    def level(self, value: Fraction) -> int:
        """The class 1–4 of a value on this measure's scale, 4 being the best."""
        return 1 + sum(value >= edge for edge in self.breaks)


def _of_hundred(*edges: int) -> tuple[Fraction, Fraction, Fraction]:
    low, middle, high = (Fraction(edge, 100) for edge in edges)
    return low, middle, high


COVERAGE: Final = Measure(
    key="coverage",
    title=words.HEADLINES["coverage"],
    short="抽查覆盖",
    numerator="已抽查项目",
    denominator="应计项目",
    unit="项",
    breaks=_of_hundred(10, 20, 30),
    roles=("spot_check_share",),
    conventions={"default": "本县教育行政部门抽查", "any_level": "含省市抽查"},
)
CYCLE: Final = Measure(
    key="cycle",
    title=words.HEADLINES["cycle"],
    short="周期达标",
    numerator="达标教师",
    denominator="参加考核教师",
    unit="人",
    breaks=_of_hundred(80, 90, 95),
    roles=("cycle_credits", "cycle_hours"),
    conventions={"default": "按现行条款"},
)
SATISFACTION: Final = Measure(
    key="satisfaction",
    title=words.HEADLINES["satisfaction"],
    short="学员满意",
    numerator="满意答卷",
    denominator="有效答卷",
    unit="份",
    breaks=_of_hundred(70, 80, 90),
    roles=("satisfaction_warning", "satisfaction_suspension"),
    conventions={"default": "很满意＋满意", "with_basic": "含基本满意"},
    is_trigger=True,
)
ANNUAL: Final = Measure(
    key="annual",
    title=words.HEADLINES["annual"],
    short="年度达标",
    numerator="达标教师",
    denominator="参加考核教师",
    unit="人",
    breaks=_of_hundred(80, 90, 95),
    roles=("year_credits", "year_hours"),
    conventions={"default": "按现行条款"},
)
HEADLINES: Final[Sequence[Measure]] = (CYCLE, COVERAGE, SATISFACTION)
MEASURES: Final[Sequence[Measure]] = (CYCLE, ANNUAL, COVERAGE, SATISFACTION)
"""The headlines and the yearly measure that lets a cycle be compared with last year."""
ALL_STAGES: Final = "全部"
STAGES: Final = (ALL_STAGES, "幼儿园", "小学", "初中", "普高", "中职", "特教")


def system_title(system: str) -> str:
    """A credit system by name; amounts of different ones are never added."""
    return next((document.system_title for document in load_policies() if document.credit_system == system), system)


def yardstick() -> str:
    """Whose share of spot checks is taken as a yardstick where a province's law names none, and how much it is."""
    book = load_policies()
    clause = book.clause(book.roles("spot_check_yardstick")[0])
    limit = clause.thresholds[-1].value
    share = as_decimal(limit * 100).normalize() if isinstance(limit, Fraction) else limit
    return f"{book.document(clause.document).jurisdiction.name}的{share:f}%"
