"""What would flip if the law said otherwise: an overlay of clause values, judged anew on a release's own figures.

Belongs here: reading an overlay, which clauses it touches, and comparing verdicts. Judging is `models.findings`, the
same as every night; only clauses that the overlay touches are judged, from measures already stored.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Final

import polars as pl
from pydantic import BeforeValidator, Field, ValidationError, model_validator

from models.contracts import staging_contracts
from models.core.credit_lines import credit_lines
from models.core.evidence import evidence
from models.core.teachers import dim_teacher
from models.findings import evaluate, limit_text
from models.law import Clause, Convention, Document, Policies, PolicyError, Threshold, Window
from models.law.credit_systems import SETTLING, credit_rules
from models.law.reading import misset, parse
from models.law.schema import Comparison, SettingValue, Strict
from models.law.settings import SETTINGS, written
from models.marts.credits import teacher_cycle, teacher_year, years_with_evidence
from models.measures import all_measures
from models.measures.registry import exact
from models.night import Night
from models.relation import SIGNS
from models.yaml_files import Yaml

EXAMPLE: Final = "clauses:\n  ZJ-2014-04/27.6: {value: 0.75}\nconventions:\n  HI-2017/project_credit_cap: {value: 12}"
KEYS: Final = "一条条款可写 value、thresholds、compare，一个约定可写 value、from"
KEY: Final = ("finding_id", "clause_id", "subject_type", "subject_id", "part", "period", "unit_id")
GONE: Final = "（无）"
"""Instead of a verdict: there is no such finding on this side."""


def _number_or_window(value: object) -> object:
    return value if value is None or isinstance(value, Mapping) else exact(value)


class Change(Strict):
    """What an overlay says of one clause: another value throughout, or whole new thresholds, or another comparison."""

    value: Annotated[Window | Fraction | None, BeforeValidator(_number_or_window)] = None
    thresholds: tuple[Threshold, ...] = ()
    compare: Comparison | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Change":
        if self.value is not None and self.thresholds:
            raise ValueError("value 与 thresholds 只写一个：整段换值写 value，分时段写 thresholds")
        if self.value is None and not self.thresholds and self.compare is None:
            raise ValueError("没有写要改什么；写 value、thresholds 或 compare")
        return self

    def of(self, clause: Clause) -> Clause:
        """The clause as the overlay would have it.

        Raises:
            ValueError: the clause has no thresholds to change, or would contradict itself.
        """
        if not clause.thresholds:
            raise ValueError(f"{clause.id} 没有阈值（{'由各分项合成，请改分项' if clause.all_of else '须人工判断'}）")
        limits = self.thresholds or clause.thresholds
        if self.value is not None:
            limits = tuple(limit.model_copy(update={"value": self.value}) for limit in limits)
        changed = {"thresholds": limits, "compare": self.compare or clause.compare}
        return Clause.model_validate({name: getattr(clause, name) for name in Clause.model_fields} | changed)


class SettingChange(Strict):
    """What an overlay says of one convention: another value, throughout or from a day on."""

    value: SettingValue
    start: date | None = Field(default=None, alias="from")

    def of(self, document: Document, name: str) -> Document:
        """The document as the overlay would have it.

        Raises:
            ValueError: no such convention, one that moves no figure, or a value that cannot be.
        """
        if name not in SETTLING:
            near = difflib.get_close_matches(name, SETTLING, n=1)
            advice = f"是否想写 {near[0]}？" if near else f"可以设想的有：{'、'.join(sorted(SETTLING))}"
            raise ValueError(f"{document.id} 的约定 {name} 不能设想；{advice}")
        if document.credit_system is None:
            raise ValueError(f"{document.id} 没有学分体系，改它的约定不会改变任何结论")
        kept = [one for one in document.conventions if one.id != name]
        before = [
            one.model_copy(update={"end": self.start if one.end is None else min(one.end, self.start)})
            for one in document.conventions
            if one.id == name and self.start is not None and (one.start is None or one.start < self.start)
        ]
        new = Convention.model_validate(
            {"id": name, "value": self.value, "basis": "推", "note": "设想", "from": self.start}
        )
        changed = document.model_copy(update={"conventions": (*kept, *before, new)})
        faults = list(misset(changed))
        if faults:
            raise ValueError("；".join(faults))
        return changed


class Overlay(Strict):
    """A what-if file: which clauses and conventions would say what."""

    note: str = ""
    clauses: Mapping[str, Change] = Field(default_factory=dict)
    conventions: Mapping[str, SettingChange] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _says_something(self) -> "Overlay":
        if not self.clauses and not self.conventions:
            raise ValueError("没有写要改什么；写 clauses 或 conventions")
        return self


@dataclass(frozen=True)
class Supposition:
    """What an overlay changes: whole clauses, and documents with other conventions (`settings` names them)."""

    clauses: tuple[Clause, ...] = ()
    documents: tuple[Document, ...] = ()
    settings: tuple[str, ...] = ()


def read_overlay(path: Path, book: Policies) -> Supposition:
    """The changed clauses and documents of an overlay file.

    Raises:
        PolicyError: not YAML, an unknown key or clause, a value that cannot be; with file, line and what to write.
    """
    if not path.is_file():
        raise PolicyError(f"没有文件 {path}；写一个 YAML，例如：\n{EXAMPLE}")
    raw = parse(path)
    try:
        overlay = Overlay.model_validate(raw.content)
    except ValidationError as error:
        raise PolicyError("\n".join(_faults(path, raw, error))) from error
    changed = []
    for clause_id, change in overlay.clauses.items():
        try:
            changed.append(change.of(book.clause(clause_id)))
        except (PolicyError, ValueError) as error:
            message = str(error) if isinstance(error, PolicyError) else _first(error)
            raise PolicyError(f"{path}:{raw.line_of(('clauses', clause_id))}: {message}") from error
    return Supposition(tuple(changed), *_changed_documents(path, raw, overlay, book))


def _changed_documents(
    path: Path, raw: Yaml, overlay: Overlay, book: Policies
) -> tuple[tuple[Document, ...], tuple[str, ...]]:
    documents: dict[str, Document] = {}
    for full, change in overlay.conventions.items():
        name, _, setting = full.partition("/")
        try:
            documents[name] = change.of(documents.get(name) or book.document(name), setting)
        except (PolicyError, ValueError) as error:
            message = str(error) if isinstance(error, PolicyError) else _first(error)
            raise PolicyError(f"{path}:{raw.line_of(('conventions', full))}: {message}") from error
    return tuple(documents.values()), tuple(overlay.conventions)


def _first(error: ValueError) -> str:
    text = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
    return text.removeprefix("Value error, ")


def _faults(path: Path, raw: Yaml, error: ValidationError) -> Iterable[str]:
    for fault in error.errors():
        place = f"{path}:{raw.line_of(fault['loc'])}"
        name = fault["loc"][-1] if fault["loc"] else "文件"
        if fault["type"] == "extra_forbidden":
            yield f"{place}: 不认识键“{name}”；{KEYS}。例如：\n{EXAMPLE}"
        elif fault["type"] == "missing":
            yield f"{place}: 缺少“{name}”。例如：\n{EXAMPLE}"
        else:
            yield f"{place}: {fault['msg'].removeprefix('Value error, ')}"


# ---- judging anew


@dataclass(frozen=True)
class Law:
    """A book cut down to the clauses a what-if touches and those these are made of."""

    book: Policies
    touched: frozenset[str]
    is_resettled: bool = False


def touched_by(book: Policies, asked: Supposition) -> Law:
    """The overlaid book with only the clauses that can flip, and their parts.

    A composite flips with its parts, a clause that looks at other findings (`after`) with these; with a convention
    every clause of the province that looks at what teachers earned.
    """
    overlaid = book.with_documents(asked.documents).with_clauses(asked.clauses)
    touched = {clause.id for clause in asked.clauses}
    for document in asked.documents:
        local = overlaid.of_province(document.jurisdiction.code)
        touched |= {clause.id for one in local for clause in one.clauses if _is_settled(clause)}
    while True:
        more = {
            clause.id
            for clause in overlaid.clauses.values()
            if clause.id not in touched and touched & {*clause.all_of, *clause.after}
        }
        if not more:
            break
        touched |= more
    kept = touched | {part for one in touched for part in (*overlaid.clause(one).all_of, *overlaid.clause(one).after)}
    return Law(cut_down(overlaid, kept), frozenset(touched), bool(asked.documents))


LEDGERS: Final = frozenset({"core.fct_credit", "core.dim_teacher", "marts.teacher_year", "marts.teacher_cycle"})
"""What conventions move."""


def _is_settled(clause: Clause) -> bool:
    """Whether a clause looks at what teachers earned or at who is asked."""
    measures = all_measures()
    return any(
        LEDGERS & measures[one.measure].reads(measures[one.measure].carrying(one.options, tuple(one.where))).keys()
        for one in clause.bindings
        if one.measure
    )


def resettled(night: Night, tables: Mapping[str, pl.LazyFrame], book: Policies) -> dict[str, pl.LazyFrame]:
    """A release's tables with what teachers earned settled anew under another book."""
    rules = credit_rules(night.province, book)
    people = _held(
        dim_teacher(
            tables["staging.teacher"],
            tables["staging.teacher_transfer"],
            tables["core.dim_school"],
            systems=rules.systems,
        )
    )
    lines = _held(credit_lines(tables["staging.credit_record"], tables["core.dim_project"], people, rules))
    since = _held(evidence(lines, night.province, night.as_of))
    years = years_with_evidence(since, night.as_of)
    per_year = _held(teacher_year(lines, people, years, night.as_of, rules))
    per_cycle = _held(teacher_cycle(per_year, lines, people, years, night.as_of, rules))
    return {
        **tables,
        "core.dim_teacher": people,
        "core.fct_credit": lines,
        "core.evidence": since,
        "marts.teacher_year": per_year,
        "marts.teacher_cycle": per_cycle,
    }


def _held(frame: pl.LazyFrame) -> pl.LazyFrame:
    return frame.collect(engine="streaming").lazy()


def cut_down(book: Policies, kept: Iterable[str]) -> Policies:
    """A book with only some of its clauses."""
    wanted = frozenset(kept)
    documents = {
        document.id: document.model_copy(
            update={"clauses": tuple(clause for clause in document.clauses if clause.id in wanted)}
        )
        for document in book
    }
    return Policies(
        {name: document for name, document in documents.items() if document.clauses}, book.sources, book.whatif
    )


def judge(night: Night, tables: Mapping[str, pl.LazyFrame], book: Policies, touched: frozenset[str]) -> pl.DataFrame:
    """The findings of some clauses under a book, from a release's tables.

    Every field counts as present: clauses that the release could not judge are to be left out beforehand.
    """
    presence = {name: frozenset(contract.schema()) for name, contract in staging_contracts().items()}
    evaluation = evaluate(night, tables, presence, book)
    frames = [findings for name, findings in evaluation.by_clause.items() if name in touched]
    return pl.concat(frames).select(*KEY, "verdict", "value", "operator", "threshold").collect(engine="streaming")


def flips(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Findings whose verdict is not the same.

    Grain: finding. Columns: finding_id, clause_id, subject_type, subject_id, part, period, unit_id, value,
    threshold_before, threshold_after, verdict_before, verdict_after (（无）: no such finding on that side).
    """
    shown = ("verdict", "threshold", "value")
    both = before.select(*KEY, *shown).join(
        after.select(*KEY, *shown), on="finding_id", how="full", coalesce=True, suffix="_after"
    )
    named = [pl.coalesce(name, f"{name}_after").alias(name) for name in KEY if name != "finding_id"]
    return (
        both.with_columns(
            *named,
            value=pl.coalesce("value_after", "value"),
            verdict_before=pl.col("verdict").fill_null(GONE),
            verdict_after=pl.col("verdict_after").fill_null(GONE),
        )
        .filter(pl.col("verdict_before") != pl.col("verdict_after"))
        .select(
            *KEY,
            "value",
            pl.col("threshold").alias("threshold_before"),
            "threshold_after",
            "verdict_before",
            "verdict_after",
        )
        .sort("clause_id", "unit_id", "subject_id", "part", "period", nulls_last=True)
    )


def counted(flipped: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """Flips by clause and county.

    Grain: clause × county (or the city or province that answers) × verdict before × after. Columns: clause_id,
    unit_id, unit_name, verdict_before, verdict_after, findings, subjects.
    """
    return (
        flipped.join(units.select("unit_id", "unit_name"), on="unit_id", how="left")
        .group_by("clause_id", "unit_id", "unit_name", "verdict_before", "verdict_after")
        .agg(findings=pl.len(), subjects=pl.col("subject_id").n_unique())
        .sort("clause_id", "unit_id", "verdict_before", "verdict_after", nulls_last=True)
    )


def in_words(before: Clause, after: Clause, on: date) -> str:
    """What an overlay changes in one clause, in words."""
    old, new = before.threshold(on), after.threshold(on)

    def shown(clause: Clause, limit: Window | Fraction | None) -> str:
        return f"{SIGNS[clause.compare or '=']} {limit_text(limit)}" if limit is not None else "当日不适用"

    return f"{before.id} {before.title}：{shown(before, old)} → {shown(after, new)}"


def settings_in_words(book: Policies, asked: Supposition) -> Iterable[str]:
    """What an overlay changes in conventions, in words."""
    documents = {document.id: document for document in asked.documents}
    for full in asked.settings:
        name, _, setting = full.partition("/")
        old, new = (one.setting(setting) for one in (book.document(name), documents[name]))
        yield f"{full} {SETTINGS[setting].meaning}：{written(old)} → {written(new)}"
