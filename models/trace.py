"""Where a finding comes from: audit.formulas and audit.sources, stored with every release.

Belongs here: what a clause's figure is made of, in words, and how to find the dump rows behind it by key. Both follow
from the policies, the measures' declared reads and the references of the staging contracts; no clause is written down
twice. Reading the rows themselves is `pipelines.questions.explaining`, telling them is `models.explanation`.
"""

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import polars as pl

from models.contracts import Contract, staging_contracts
from models.findings import limit_text
from models.labels import headers, label
from models.law import Clause, Convention, Document, Policies, load_policies
from models.law.settings import SETTINGS
from models.measures import Condition, all_measures
from models.measures.grains import grain_of
from models.measures.origins import missing_fields, plain
from models.vocabulary import ANY_OF
from models.words import DERIVED, OPTIONS, VALUES

FORMULA: Final[Mapping[str, pl.DataType]] = {
    "province": pl.String(),
    "clause_id": pl.String(),
    "subject_type": pl.String(),
    "binding": pl.Int32(),
    "measure": pl.String(),
    "measure_title": pl.String(),
    "formula": pl.String(),
    "filters": pl.String(),
    "conventions": pl.String(),
    "limits": pl.String(),
    "quota": pl.String(),
    "parts": pl.String(),
    "part_formulas": pl.String(),
    "labels": pl.String(),
    "has_ledger": pl.Boolean(),
    "document_title": pl.String(),
    "document_no": pl.String(),
    "cited": pl.String(),
    "consequence": pl.String(),
}
SOURCE: Final[Mapping[str, pl.DataType]] = {
    "province": pl.String(),
    "clause_id": pl.String(),
    "subject_type": pl.String(),
    "binding": pl.Int32(),
    "table_name": pl.String(),
    "title": pl.String(),
    "row_key": pl.String(),
    "columns": pl.String(),
    "link": pl.String(),
    "timing": pl.String(),
    "conditions": pl.String(),
    "deciding": pl.String(),
}

TARGETS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "teacher": (("teacher", "teacher_id"),),
    "leader": (("org_staff", "person_id"), ("teacher", "teacher_id")),
    "project": (("project", "project_id"),),
    "class": (("class", "class_id"),),
    "institution": (("institution", "institution_id"),),
    "school": (("school", "school_id"),),
    "county": (("admin_unit", "unit_id"),),
    "city": (("admin_unit", "unit_id"),),
    "province": (("admin_unit", "unit_id"),),
    "org": (("school", "school_id"), ("institution", "institution_id"), ("admin_unit", "unit_id")),
}
"""Kind of subject → the staging tables and columns its id is a value of."""
ACTORS: Final = frozenset({"checker_unit_id", "approver_unit_id", "edu_bureau_code", "actual_operator_id", "parent_id"})
"""Columns naming who acted on a row, not whom it is about."""
LOOSE: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("finance_year", "org_id"): ("admin_unit.unit_id", "school.school_id"),
    ("org_staff", "org_id"): ("institution.institution_id", "admin_unit.unit_id", "school.school_id"),
    ("monitoring_doc", "unit_id"): ("admin_unit.unit_id", "school.school_id", "institution.institution_id"),
    ("quota", "scope_id"): ("admin_unit.unit_id", "institution.institution_id"),
    ("class_observation", "observer_id"): ("org_staff.person_id",),
    ("credit_record", "registrar_id"): ("org_staff.person_id",),
}
"""References that may point to several tables, which a contract cannot say."""
SPANS: Final[Mapping[str, tuple[str, str]]] = {
    "project": ("start_date", "end_date"),
    "class": ("start_date", "end_date"),
}
"""Tables whose rows last: they belong to a period when they touch it."""
EVENTS: Final[Mapping[str, str]] = {
    "spot_check": "check_date",
    "survey": "close_date",
    "complaint": "date",
    "class_observation": "date",
    "sanction": "decision_date",
    "project_adjustment": "apply_date",
    "training_log": "log_date",
    "schedule": "date",
}
"""Tables whose rows happen on a day."""
CREDITS: Final = "credit_record"
"""Its rows belong to the year that core.fct_credit gave them."""
LEDGERS: Final = ("core.fct_credit", "marts.teacher_year", "marts.teacher_cycle")
PERIOD_IDS: Final = ("project_id", "class_id", "batch", "record_id")
"""Columns that a period may be a value of when it is no year."""
HOPS: Final = 4
LARGEST: Final = "longest_"
"""Begins the name of a column that is the largest of several, not their sum."""
CAPS: Final = (
    "project_credit_cap",
    "project_cap_sources",
    "school_credit_cap",
    "school_pool_sources",
    "school_pool_levels",
    "carry_over",
)
RATES: Final = (
    "daily_credits",
    "day_sources",
    "hourly_credits",
    "part_day_credits_per_hour",
    "lecture_credits_per_period",
    "lecture_sources",
    "online_credits_per_hour",
    "online_sources",
    "mixed_sources",
    "dispatched_sources",
    "table_rate_credits",
    "category_weights",
    *CAPS,
)
"""Settings that move credits but never hours."""
COUNTING: Final = (
    "credit_system",
    "counted_units",
    "counted_statuses",
    "counted_completion",
    "hours_per_day",
    "mentorship_sources",
    "mentorship_hours",
    "mentorship_min_months",
    "makeup_levels",
    "year_of_credit",
    "assessed_after_years",
    "excluded_categories",
    "scope_posts",
    "scope_school_types",
)


@dataclass(frozen=True)
class Trace:
    """The two tables, ready to be stored."""

    formulas: pl.DataFrame
    sources: pl.DataFrame


def trace(province: str, policies: Policies | None = None) -> Trace:
    """What the figures of a province's clauses are made of.

    `formulas`: grain clause × binding (those of one subject type differ in what they filter). measure,
    measure_title, formula (in words), filters (JSON list of words),
    conventions (JSON list: id, value, basis 文/推/缺, note, quote), limits (JSON list: from, to, value), quota, parts
    (JSON list of clauses a composite joins), part_formulas (JSON list of their
    clause, title, operator and unit), labels (JSON: input → Chinese), has_ledger (rests on credit records),
    document_title, document_no, cited (the article as readers cite it), consequence.

    `sources`: grain clause × binding × staging table read. row_key (JSON list), columns (JSON: column → header),
    link (JSON list of hops [column, next table, its column], the last [column] holds the subject's id; null: rows
    can't be told by subject), timing (JSON: which table of the link belongs to a period, and by which columns),
    conditions (JSON: column → what a row must pass to be counted, of those that the table's own cells tell), deciding
    (JSON list of columns whose cells decide).
    """
    book = policies or load_policies()
    law = [(document, clause) for document in book.of_province(province) for clause in document.clauses]
    formulas = [
        _formula(document, binding, book) | {"binding": number}
        for document, clause in law
        for number, binding in enumerate(_bindings(clause))
    ]
    sources = [
        row | {"binding": number}
        for _, clause in law
        for number, binding in enumerate(_bindings(clause))
        for row in _sources(binding, book)
    ]
    return Trace(
        pl.DataFrame([{"province": province} | row for row in formulas], schema=FORMULA, orient="row"),
        pl.DataFrame([{"province": province} | row for row in sources], schema=SOURCE, orient="row").unique(
            ["clause_id", "binding", "table_name"], keep="first", maintain_order=True
        ),
    )


def _bindings(clause: Clause) -> tuple[Clause, ...]:
    return clause.bindings if clause.status == "evaluated" else ()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


# ---- formulas


def _formula(document: Document, clause: Clause, book: Policies) -> dict[str, Any]:
    measure = all_measures().get(clause.measure or "")
    needs = _needs(clause)
    read = {**needs, **{name: fields for part in clause.all_of for name, fields in _needs(book.clause(part)).items()}}
    return {
        "clause_id": clause.id,
        "subject_type": clause.subject,
        "measure": clause.measure,
        "measure_title": _measured(clause, measure.title) if measure else "各分项同时成立",
        "formula": _counted_how(clause, measure.formula) if measure else "成立的分项数",
        "filters": _json(list(_filters(clause))),
        "conventions": _json([_told(one, document) for one in document.conventions if _bears_on(one, clause, needs)]),
        "limits": _json(
            [
                {"from": limit.start, "to": limit.end, "value": limit_text(limit.value)}
                for limit in sorted(clause.thresholds, key=lambda each: each.start)
            ]
        ),
        "quota": clause.quota,
        "parts": _json(clause.all_of),
        "part_formulas": _json([_part(book.clause(part)) for part in clause.all_of]),
        "labels": _json(_labels(needs)),
        "has_ledger": clause.subject in ("teacher", "leader") and any(name in LEDGERS for name in read),
        "document_title": document.title,
        "document_no": document.doc_no,
        "cited": document.cite(clause.article),
        "consequence": clause.consequence,
    }


def _needs(clause: Clause) -> Mapping[str, tuple[str, ...]]:
    measure = all_measures().get(clause.measure or "")
    return plain(measure.reads(measure.carrying(clause.options, tuple(clause.where)))) if measure else {}


def _part(clause: Clause) -> dict[str, Any]:
    return {"clause": clause.id, "title": clause.title, "operator": clause.compare, "unit": clause.unit}


def _measured(clause: Clause, title: str) -> str:
    """What is measured: the column's own name where the clause takes a column as it is."""
    column, over = clause.options.get("column"), clause.options.get("denominator")
    named = _labels(_needs(clause))
    if clause.measure == "ratio" and over:
        above = str(clause.options["numerator"])
        return f"{named.get(above, above)}与{named.get(str(over), over)}之比"
    if not isinstance(column, str):
        return title
    own = named.get(column, column)
    return own if clause.measure == "value" or column.startswith(LARGEST) else f"{title}（{own}）"


def _counted_how(clause: Clause, formula: str) -> str:
    """How the figure comes about, in words that hold for the column taken."""
    column = str(clause.options.get("column", ""))
    if column.startswith(LARGEST):
        return "周期内各次集中培训所得学时里最大的一个"
    if clause.measure != "value":
        return formula
    grain = grain_of(clause.options["grain"])
    is_as_registered = column not in grain.derived
    return "登记的数；有几行的取最大的" if is_as_registered else "由来源各行算出；有几行的取最大的"


def _told(setting: Convention, document: Document) -> dict[str, Any]:
    value = dict(setting.value) if isinstance(setting.value, Mapping) else setting.value
    known = SETTINGS.get(setting.id)
    return {
        "id": setting.id,
        "title": setting.title or (known.meaning if known else label(setting.id)),
        "value": value,
        **({"shown": document.system_title} if setting.id == "credit_system" else {}),
        **({"from": setting.start, "to": setting.end} if setting.start or setting.end else {}),
        "basis": setting.basis,
        "note": setting.note or None,
        "quote": setting.quote,
    }


def _bears_on(convention: Convention, clause: Clause, needs: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a convention bears on a clause: it says so itself, or what the clause's measure reads tells."""
    if convention.bears_on:
        return clause.id in convention.bears_on
    return _matters(convention.id, clause, needs)


def _matters(setting: str, clause: Clause, needs: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a setting bears on a clause's figure, told by what the measure reads."""
    reads_credits = any(name in LEDGERS for name in needs)
    if setting in RATES:
        return reads_credits and ("credit" in str(clause.options.get("column", "")) or clause.unit == "学分")
    if setting in ("scope_posts", "scope_school_types"):
        return "core.dim_teacher" in needs
    if setting in COUNTING:
        return reads_credits
    if setting == "minimum_answers":
        return any("satisfaction" in name or name == "core.fct_survey" for name in needs)
    if setting == "exam_minutes_per_hour":
        return "staging.exam" in needs
    return setting == "max_hours_per_day_delivery" and reads_credits and clause.unit == "学时"


def _filters(clause: Clause) -> Iterator[str]:
    named = _labels(_needs(clause))
    for title, group in (
        ("适用于", clause.where),
        ("只计", clause.options.get("rows")),
        ("要求", clause.options.get("test")),
    ):
        for column, condition in (group or {}).items():
            yield f"{title}：{named.get(column, column)} {'，'.join(_words(_condition(condition)))}"
    for name, value in clause.options.items():
        if name not in ("rows", "test", "grain", "carry"):
            yield f"{OPTIONS.get(name, name)}：{_option(value, named)}"


def _option(value: object, named: Mapping[str, str]) -> str:
    """An option as people read it: columns by their headers, conditions in words, long tables by their length."""
    if isinstance(value, bool | str):
        return VALUES.get(str(value)) or named.get(str(value)) or _plain(value)
    if isinstance(value, Mapping):
        return "；".join(f"{named.get(str(name), name)} {_asked(test)}" for name, test in value.items())
    if isinstance(value, list | tuple):
        if any(isinstance(one, Mapping) for one in value):
            return f"见条款文件（{len(value)} 行）"
        return "、".join(_option(one, named) for one in value)
    return str(value)


def _asked(test: object) -> str:
    """What is asked of one column or kind: a condition, or a plain number."""
    if isinstance(test, int | float | Decimal) and not isinstance(test, bool):
        return str(test)
    return "，".join(_words(_condition(test)))


_LIMITS: Final = (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"))


def _words(test: Condition) -> Iterator[str]:
    if test.one_of is not None:
        yield "为 " + "、".join(_plain(value) for value in test.one_of)
    if test.none_of is not None:
        yield "不为 " + "、".join(_plain(value) for value in test.none_of)
    if test.contains is not None:
        yield f"含“{test.contains}”"
    if test.since is not None:
        yield f"自 {test.since} 起"
    if test.until is not None:
        yield f"至 {test.until} 止"
    if test.is_known is not None:
        yield "有登记" if test.is_known else "没有登记"
    for name, sign in _LIMITS:
        limit = getattr(test, name)
        if limit is not None:
            yield f"{sign} {limit_text(limit)}"


def _plain(value: object) -> str:
    return {True: "是", False: "否"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _labels(needs: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {**DERIVED, **headers(needs)}


# ---- sources


def _sources(clause: Clause, book: Policies) -> Iterator[dict[str, Any]]:
    if clause.all_of:
        for part in clause.all_of:
            for binding in book.clause(part).bindings:
                for row in _sources(binding, book):
                    yield row | {"clause_id": clause.id, "subject_type": clause.subject}
        return
    needs = _needs(clause)
    tables = missing_fields(needs, {})
    wanted = missing_fields(needs, _Nothing())
    for table in dict.fromkeys(tables):
        contract = staging_contracts()[table]
        fields = [name.partition(".")[2] for name in wanted if name.startswith(f"{table}.")]
        link = _link(table, clause.subject, tables)
        yield {
            "clause_id": clause.id,
            "subject_type": clause.subject,
            "table_name": table,
            "title": contract.title,
            "row_key": _json(list(contract.key)),
            "columns": _json(_shown_columns(contract, fields)),
            "link": _json(link) if link else None,
            "timing": _json(_timing(table, link)),
            "conditions": _json(_conditions(clause, table)),
            "deciding": _json(_deciding(clause, table)),
        }


def _main_table(clause: Clause) -> str | None:
    """The staging table whose rows the measure counts, where it is one."""
    grain = clause.options.get("grain")
    if grain is not None:
        return grain_of(grain).table
    return CREDITS if any(name in LEDGERS for name in _needs(clause)) else None


def _conditions(clause: Clause, table: str) -> dict[str, Any]:
    """What a row must pass to be counted, as far as its own cells and those of the rows it refers to tell."""
    people, kinds = (_told_of(clause.options.get(name, {})) for name in ("people", "projects"))
    any_kind = {ANY_OF: kinds} if kinds else {}
    if table == "teacher":
        return people
    if table == "project" and kinds:
        return any_kind
    if table != _main_table(clause):
        return {}
    derived = grain_of(clause.options["grain"]).derived if "grain" in clause.options else {}
    own = {
        column: test
        for column, test in _told_of(clause.options.get("rows", {})).items()
        if column in staging_contracts()[table] and column not in derived
    }
    referred = {"teacher_id of teacher": people, "project_id of project": any_kind}
    return own | {where: test for where, test in referred.items() if test and table == CREDITS}


def _told_of(conditions: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _condition(test).model_dump(exclude_none=True, mode="json") for name, test in conditions.items()}


def _deciding(clause: Clause, table: str) -> list[str]:
    """Columns of a table whose cells the figure itself is made of."""
    named = [*clause.options.get("test", {}), *_option_columns(clause)]
    grain = clause.options.get("grain")
    if grain is None or not named:
        return []
    kind = grain_of(grain)
    read = plain(kind.needs_of(named)).get(f"staging.{table}", ())
    base = plain(kind.needs_of(())).get(f"staging.{table}", ())
    contract = staging_contracts()[table]
    asked = [name for name in read if name not in base or name in named]
    return [name for name in asked if name not in contract.key and name in contract]


def _option_columns(clause: Clause) -> list[str]:
    found = [clause.options[name] for name in ("column", "numerator", "denominator") if name in clause.options]
    return [str(one) for one in (*found, *(clause.options.get("columns") or ()))]


def _condition(test: object) -> Condition:
    return test if isinstance(test, Condition) else Condition.model_validate(test)


class _Nothing(dict[str, frozenset[str]]):
    """A night on which every table is there and no field has a value, so that each field asked for is named."""

    def __contains__(self, _table: object) -> bool:
        return True

    def __getitem__(self, _table: str) -> frozenset[str]:
        return frozenset()


def _shown_columns(contract: Contract, fields: Sequence[str]) -> dict[str, str]:
    """Key columns, those the measure reads, and those a period may name; never personal ones."""
    extra = [SPANS.get(contract.table, ()), (EVENTS.get(contract.table, ""),), PERIOD_IDS]
    names = [*contract.key, *fields, *(name for group in extra for name in group)]
    kept = [contract.field(name) for name in dict.fromkeys(names) if name in contract]
    return {field.column: field.header for field in kept if field.sensitivity == "none"}


def _link(table: str, subject: str, read: Sequence[str]) -> list[list[str]] | None:
    """The shortest way by references from a table to the column that holds the subject's id.

    A hop goes from a row to what it refers to, or to rows that refer to it; the latter only through tables that the
    clause reads anyway.
    """
    targets = TARGETS.get(subject, ())
    waiting: deque[tuple[str, list[list[str]]]] = deque([(table, [])])
    seen = {table}
    while waiting:
        here, hops = waiting.popleft()
        column = _subject_column(here, targets)
        if column is not None:
            return [*hops, [column]]
        if len(hops) == HOPS:
            continue
        for own, other, theirs in _hops(here, read):
            if other not in seen:
                seen.add(other)
                waiting.append((other, [*hops, [own, other, theirs]]))
    return None


def _subject_column(table: str, targets: Sequence[tuple[str, str]]) -> str | None:
    """The column of a table that holds the subject's id itself."""
    for target, key in targets:
        if target == table:
            return key
        for own, other, theirs in _references(table):
            if (other, theirs) == (target, key):
                return own
    return None


def _references(table: str) -> Iterator[tuple[str, str, str]]:
    """What a table's columns refer to: own column, table, its column."""
    for field, target in staging_contracts()[table].references:
        if field.column not in ACTORS:
            other, _, column = target.partition(".")
            yield field.column, other, column or staging_contracts()[other].key[0]
    for (holder, column), others in LOOSE.items():
        if holder == table:
            for other in others:
                name, _, theirs = other.partition(".")
                yield column, name, theirs


def _hops(table: str, read: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    yield from _references(table)
    for other in read:
        for column, target, key in _references(other):
            if target == table:
                yield key, other, column


def _timing(table: str, link: Sequence[Sequence[str]] | None) -> dict[str, Any] | None:
    """By which columns rows belong to a year: of the first table on the way, its own included, that has any."""
    on_the_way = [table, *(hop[1] for hop in link or () if len(hop) > 1)]
    for depth, name in enumerate(on_the_way):
        found = _timed(name)
        if found is not None:
            return {"depth": depth, **found}
    return None


def _timed(table: str) -> dict[str, Any] | None:
    contract = staging_contracts()[table]
    if table == CREDITS:
        return {"kind": "fact", "columns": ["record_id"]}
    if table in SPANS:
        return {"kind": "span", "columns": list(SPANS[table])}
    if table in EVENTS:
        return {"kind": "date", "columns": [EVENTS[table]]}
    return {"kind": "year", "columns": ["year"]} if "year" in contract else None
