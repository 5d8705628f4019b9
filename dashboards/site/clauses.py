"""A clause as the clause library shows it: the sentence, where it stands, how it is computed, what it found.

The sentence, its status and its verdicts come from the release; the document's title and the clause's notes come
from the policies of the same code.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from dashboards.site import numbers
from dashboards.site.making import READINGS
from dashboards.site.region import HIDDEN, Region, Row, Target, period_end
from dashboards.site.verdicts import VERDICTS, Mark, mark
from models.explanation import SUBJECTS
from models.law import Clause, Document, Threshold, load_policies
from models.marts.clause_counts import EACH
from models.measures import all_measures
from models.vocabulary import ClauseStatus, Verdict

STATUSES = {
    ClauseStatus.EVALUATED: Mark("已逐项核算", "●", "met"),
    ClauseStatus.DATA_MISSING: Mark("缺数据，未判定", "○", "undetermined"),
    ClauseStatus.MANUAL: Mark("须人工判断", "－", "not-applicable"),
}
STRENGTHS = {
    "must": "必须",
    "default": "原则上",
    "target": "目标",
    "scope": "范围",
    "config": "设定",
    "trigger": "触发",
}


@dataclass(frozen=True)
class Counts:
    """How many subjects had each verdict in one period; hidden counts are `＊`."""

    label: str
    href: str | None
    numbers: Sequence[str]


@dataclass(frozen=True)
class Step:
    """What one share of the threshold would have given."""

    threshold: str
    met: str
    not_met: str
    is_current: bool


def address(clause_id: str) -> str:
    """The clause's folder under the province's site: `clause/ZJ-2014-04/23.1/`."""
    return f"clause/{clause_id}/"


def document_of(clause_id: str) -> Document | None:
    """The policy document a clause stands in, None if this code does not know it."""
    return load_policies().documents.get(clause_id.split("/", maxsplit=1)[0])


def rule_of(clause_id: str) -> Clause | None:
    return load_policies().clauses.get(clause_id)


def formula(row: Row) -> str:
    """The test in one line: what is measured, how it compares and with what."""
    rule = rule_of(row["clause_id"])
    if rule is None or not rule.measure:
        return "" if rule is None or not rule.all_of else "同时满足：" + "、".join(rule.all_of)
    title = all_measures()[rule.measure].title
    target = _target(rule)
    if target is None:
        return f"{title} 在 {row.get('threshold_text') or ''} 之间"
    return f"{title} {target.text}"


def _target(rule: Clause | None, factor: int = 100) -> Target | None:
    """The clause's latest limit, or a share of it; None where it is a window or not a number."""
    if rule is None or not rule.thresholds:
        return None
    return _limit(rule, rule.thresholds[-1], factor)


def _limit(rule: Clause, threshold: Threshold, factor: int = 100) -> Target | None:
    value = threshold.value
    return (
        Target(rule.id, str(rule.compare), value * factor / 100, rule.unit or "")
        if isinstance(value, Fraction)
        else None
    )


def thresholds(rule: Clause | None, window_text: str) -> list[tuple[str, str, str]]:
    """A clause's limits over time: from, to, limit; a window is written as the release writes it."""
    found = []
    for threshold in rule.thresholds if rule else ():
        target = _limit(rule, threshold) if rule else None
        until = threshold.end.isoformat() if threshold.end else "至今"
        found.append((threshold.start.isoformat(), until, target.text if target else window_text))
    return found


def marks(row: Row) -> list[Mark]:
    """The marks of the five verdicts as this clause's verdicts read."""
    found = (mark(verdict, is_trigger=bool(row.get("is_trigger"))) for verdict in Verdict)
    return [one for one in found if one]


@dataclass(frozen=True)
class Reading:
    """How many closed verdicts another reading of the law would turn."""

    words: str
    closed: str
    flips: str


class Library:
    """The verdict counts of all clauses, looked up by clause."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self._counts = _by(region.table("marts.public_clause").iter_rows(named=True), "clause_id")
        self._steps = _by(region.table("marts.public_sensitivity").iter_rows(named=True), "clause_id")
        self._readings = _by(region.table("marts.public_reading").iter_rows(named=True), "clause_id")

    def by_period(self, clause_id: str) -> list[tuple[str, list[Counts]]]:
        """The province's counts: for each kind of subject, a line per period, the latest first."""
        rows = [row for row in self._counts.get(clause_id, []) if row["unit_id"] == self.region.release.province]
        return [
            (SUBJECTS.get(kind, kind), _lines(found, "period")) for kind, found in _by(rows, "subject_type").items()
        ]

    def by_county(self, clause_id: str, root: str) -> list[tuple[str, str, list[Counts]]]:
        """The latest period's counts by county: kind of subject, period, a line per county."""
        rows = [row for row in self._counts.get(clause_id, []) if row["unit_id"] != self.region.release.province]
        found = []
        for kind, mine in _by(rows, "subject_type").items():
            period = self._latest(mine)
            held = _by([row for row in mine if row["period"] == period], "unit_id")
            lines = [
                Counts(unit.name, f"{root}{unit.address}index.html", _numbers(held[unit.id], is_one=kind == "county"))
                for unit in self.region.units
                if unit.id in held
            ]
            found.append((SUBJECTS.get(kind, kind), period, lines))
        return found

    def steps(self, clause_id: str) -> list[tuple[str, str, list[Step]]]:
        """Verdicts under other thresholds: kind of subject, latest closed period, a step per share."""
        found = []
        for kind, mine in _by(self._steps.get(clause_id, []), "subject_type").items():
            period = self._latest(mine)
            steps = [
                Step(
                    _step_text(clause_id, row["factor"]),
                    _about(row, "met"),
                    _about(row, "not_met"),
                    row["factor"] == 100,  # noqa: PLR2004 - the threshold itself
                )
                for row in mine
                if row["period"] == period
            ]
            found.append((SUBJECTS.get(kind, kind), period, steps))
        return found

    def readings(self, clause_id: str) -> list[tuple[str, str, list[Reading]]]:
        """What other readings would turn: kind of subject, latest closed period, a line per reading."""
        found = []
        for kind, mine in _by(self._readings.get(clause_id, []), "subject_type").items():
            period = self._latest(mine)
            lines = [
                Reading(READINGS[row["reading"]], _about(row, "closed"), _about(row, "flips"))
                for row in mine
                if row["period"] == period
            ]
            found.append((SUBJECTS.get(kind, kind), period, lines))
        return found

    def _latest(self, rows: Sequence[Row]) -> str:
        """The last period that is over, else the last one; findings of single projects have one period only."""
        periods = sorted({row["period"] for row in rows})
        over = [period for period in periods if period == EACH or period_end(period) < self.region.release.as_of]
        return next(reversed(over or periods), "")

    def missed(self, clause_id: str) -> str:
        """How many subjects missed the clause in its latest period, for the list of clauses."""
        rows = [row for row in self._counts.get(clause_id, []) if row["unit_id"] == self.region.release.province]
        latest = self._latest(rows)
        missed = [row for row in rows if row["period"] == latest and row["verdict"] == Verdict.NOT_MET]
        if any(row["suppression"] for row in missed):
            return HIDDEN
        return numbers.count(sum(row["subjects"] for row in missed)) if rows else numbers.MISSING


def _about(row: Row, name: str) -> str:
    """A count as published: of people to the nearest ten, and said so."""
    return ("约 " if row["is_of_people"] else "") + numbers.count(row[name])


def _step_text(clause_id: str, factor: int) -> str:
    target = _target(rule_of(clause_id), factor)
    return f"{factor}%" if target is None else f"{target.text}（{factor}%）"


def _by(rows: Iterable[Row], column: str) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row[column]].append(row)
    return grouped


def _lines(rows: Sequence[Row], column: str) -> list[Counts]:
    return [Counts(name, None, _numbers(found)) for name, found in sorted(_by(rows, column).items(), reverse=True)]


def _numbers(rows: Sequence[Row], *, is_one: bool = False) -> list[str]:
    """A count per verdict; a single subject (`is_one`) is marked, not counted."""
    held = {row["verdict"]: row for row in rows}
    return ["" if verdict not in held else _number(held[verdict], is_one=is_one) for verdict in Verdict]


def _number(row: Row, *, is_one: bool) -> str:
    if row["suppression"]:
        return HIDDEN
    return VERDICTS[row["verdict"]].shape if is_one else numbers.count(row["subjects"])
