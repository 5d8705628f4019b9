"""The worked cases in Chinese, as tables of a page show them.

Belongs here: putting facts and expectations into words, with the labels of the contracts. Nothing is computed: the
verdicts told are those the case files expect, and the tests hold the code to them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final

from models.contracts import contract, core_contracts, marts_contracts, staging_contracts
from models.explanation import REASONS, STATUSES, SUBJECTS
from models.law.cases import ROW_WORDS, Facts, alert_cases, clause_entries, credit_cases, table_name, world
from models.marts.alerts import TITLES
from models.vocabulary import VERDICT_WORDS
from models.words import DERIVED

NONE: Final = "none"
"""What a case expects where the clause judges nobody."""
STAGED: Final[Mapping[str, str]] = {
    "core.dim_unit": "admin_unit",
    "core.dim_school": "school",
    "core.dim_teacher": "teacher",
    "core.dim_institution": "institution",
    "core.dim_project": "project",
    "core.fct_survey": "survey",
    "core.fct_spot_check": "spot_check",
}
"""Tables of core that keep the columns of a staging table."""
_OWN: Final[Mapping[str, tuple[str, str]]] = {
    "school_id": ("S1", "该校"),
    "teacher_id": ("T1", "该教师"),
    "institution_id": ("I1", "该机构"),
    "project_id": ("P1", "该项目"),
    "class_id": ("C1", "该班"),
    "enrollment_id": ("E1", "该次参训"),
}
"""Ids of the shared small place: left out of the column that holds them, words anywhere else."""
_WORDS: Final[Mapping[str, str]] = dict(_OWN.values()) | {
    "$province": "本省",
    "$city": "本市",
    "$county": "本县",
    "$system": "本办法",
}


@dataclass(frozen=True)
class Example:
    """One worked case: what is given and what comes of it, a line a fact.

    `verdict` is the verdict expected of the clause (`none`: nobody is judged), None where `expected` says what comes
    of the records instead.
    """

    title: str
    given: Sequence[str]
    expected: Sequence[str] = ()
    verdict: str | None = None
    number: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Examples:
    """All cases of a clause: its own with the facts they share, those on credits, those that should make one look."""

    shared: Sequence[str]
    own: Sequence[Example]
    credits: Sequence[Example]
    alerts: Sequence[Example]

    def __len__(self) -> int:
        """How many cases there are."""
        return len(self.own) + len(self.credits) + len(self.alerts)


@cache
def examples(clause_id: str) -> Examples:
    """The worked cases of a clause; empty for one that has none."""
    entries = _entries(clause_id.partition("/")[0]).get(clause_id, ())
    # A clause judged for several kinds of subject has an entry for each: the later ones tell their facts themselves.
    shared = list(_told(entries[0].get("given", {}))) if entries else []
    own = [_own(entry, case, at) for at, entry in enumerate(entries) for case in entry["cases"]]
    return Examples(shared, own, _of_clause(_credits(), clause_id), _of_clause(_alerts(), clause_id))


def shared_place() -> list[str]:
    """The small place all clauses' cases happen in, a line a table."""
    return list(_told(world()))


@cache
def _entries(document: str) -> Mapping[str, Sequence[Facts]]:
    found: dict[str, list[Facts]] = {}
    for entry in clause_entries(document):
        found.setdefault(entry["clause"], []).append(entry)
    return found


# ---- cases of one clause


def _own(entry: Facts, case: Facts, at: int) -> Example:
    given = [*_conditions(entry, case), *(_told(entry.get("given", {})) if at else ()), *_changes(case)]
    limit = [f"按条文算出的数是 {case['limit']}"] if "limit" in case else []
    return Example(str(case["when"]), given, limit, verdict=str(case["verdict"]))


def _conditions(entry: Facts, case: Facts) -> Iterator[str]:
    """The day of judging and the subject asked for, where the case names them."""
    as_of = case.get("as_of", entry.get("as_of"))
    if as_of is not None:
        yield f"判定日 {as_of}"
    kind = case.get("subject_type")
    if kind is not None:
        yield f"判定对象 {SUBJECTS[kind]}"


def _changes(case: Facts) -> Iterator[str]:
    yield from _told(case.get("given", {}))
    changed: dict[str, dict[str, Any]] = {}
    for place, value in case.get("set", {}).items():
        name, _, column = place.rpartition(".")
        changed.setdefault(name, {})[column] = value
    for name, row in changed.items():
        yield f"{_title(name)}：{'，'.join(_fact(name, column, value) for column, value in row.items())}"
    for name in case.get("absent", ()):
        table, _, column = str(name).partition(".")
        yield f"转储里没有{_title(table)}" + (f"的“{label(table, column)}”" if column else "")
    for name, times in case.get("times", {}).items():
        yield f"{_title(name)}：这样的共 {times} 行"


def _told(given: Facts) -> Iterator[str]:
    for name, rows in given.items():
        listed = [rows] if isinstance(rows, Mapping) else rows
        if not listed:
            yield f"{_title(name)}：没有"
            continue
        told = ["，".join(_facts(name, row)) or "有一行" for row in listed]
        yield f"{_title(name)}：{told[0]}" if len(told) == 1 else f"{_title(name)} {len(told)} 行：{'；'.join(told)}"


def _facts(name: str, row: Facts) -> Iterator[str]:
    """The columns of a row in words, without the ids of the shared place and the row's own key."""
    key = contract(*_parts(name)).key
    own = key[0] if len(key) == 1 else None
    for column, value in row.items():
        is_shared = column in _OWN and value == _OWN[column][0]
        if not is_shared and column not in ROW_WORDS and (column != own or column == "unit_id"):
            yield _fact(name, column, value)
    if "times" in row:
        yield f"这样的共 {row['times']} 行" + ("，逐日一行" if "daily" in row else "")


def _fact(name: str, column: str, value: object) -> str:
    return f"{label(name, column)} {_word(column, value)}"


def label(name: str, column: str) -> str:
    """The Chinese label of a case's column.

    Raises:
        KeyError: no contract has the column and `models.words` does not name it.
    """
    full = table_name(name)
    found = contract(*_parts(name)).headers
    if column in found:
        return found[column]
    if full in STAGED and column in (staged := contract("staging", STAGED[full]).headers):
        return staged[column]
    return DERIVED[column]


def _parts(name: str) -> tuple[Any, str]:
    layer, _, table = table_name(name).partition(".")
    return layer, table


def _title(name: str) -> str:
    layer, table = _parts(name)
    known = {"staging": staging_contracts, "core": core_contracts, "marts": marts_contracts}
    return known[layer]()[table].title


def _word(column: str, value: object) -> str:
    if value is None:
        return "空缺"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(_word(column, one) for one in value) or "没有"
    text = str(value)
    return _WORDS.get(text) or (STATUSES.get(text, text) if column == "status" else text)


# ---- cases on credits and alerts


def _of_clause(cases: Mapping[str, Sequence[Example]], clause_id: str) -> Sequence[Example]:
    return cases.get(clause_id, ())


@cache
def _credits() -> Mapping[str, Sequence[Example]]:
    """Cases on credits by the clauses they are about."""
    found: dict[str, list[Example]] = {}
    for file in credit_cases():
        for case in file.cases:
            told = Example(
                case["情形"], list(_records(case)), list(_outcome(case["应得"])), None, case["编号"], case["理由"]
            )
            for clause in case["条款"]:
                found.setdefault(clause, []).append(told)
    return found


@cache
def _alerts() -> Mapping[str, Sequence[Example]]:
    """Cases of suspicious records by the clauses they are about."""
    found: dict[str, list[Example]] = {}
    for case in alert_cases():
        hints = [f"{TITLES[alert]}：登记 {'、'.join(records)}" for alert, records in case["提示"].items()]
        told = Example(case["情形"], list(_records(case)), hints or ["没有疑点"], None, case["编号"], case["理由"])
        for clause in case["条款"]:
            found.setdefault(clause, []).append(told)
    return found


def _records(case: Facts) -> Iterator[str]:
    """The person, the projects and the registrations a case gives."""
    if "今天" in case:
        yield f"今天 {case['今天']}"
    if case.get("教师") == "无":
        yield "教师信息里没有这个人"
    elif "教师" in case:
        yield f"教师：{_pairs(case['教师'])}"
    yield from (f"项目：{_pairs(project)}" for project in case.get("项目", ()))
    many = len(case["登记"]) > 1
    for number, record in enumerate(case["登记"], start=1):
        yield f"登记{number if many else ''}：{_pairs(record)}"
    if not case["登记"]:
        yield "没有登记"


def _outcome(expected: Facts) -> Iterator[str]:
    lines = expected.get("登记", ())
    for number, line in enumerate(lines, start=1):
        yield f"登记{number if len(lines) > 1 else ''}：{_pairs(line)}"
    yield from (f"{year}年：{_pairs(line)}" for year, line in expected.get("年度", {}).items())
    yield from (f"{period}周期：{_pairs(line)}" for period, line in expected.get("周期", {}).items())


def _pairs(facts: Facts) -> str:
    return "，".join(f"{name} {_outcome_word(name, value)}" for name, value in facts.items())


def _outcome_word(name: str, value: object) -> str:
    if value is None:
        return "空缺" if name in ("聘用", "引进") else "不可知"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, date):
        return value.isoformat()
    words: Mapping[str, str] = {"状态": STATUSES, "原因": REASONS, "结论": VERDICT_WORDS}.get(name, {})
    return words.get(str(value), str(value))
