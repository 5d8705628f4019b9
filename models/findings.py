"""Judging: measures against the limits of clauses, and the account of which clauses could be judged.

Here belongs the one generic step from a measure's figures to `audit.findings`, and `audit.clauses`. How a figure
comes about belongs to `models.measures`; which limit holds where and when to `models.law`. No clause has
code of its own here.

Comparisons are exact: figures are whole thousandths, limits are fractions, and the two are cross-multiplied.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Final

import polars as pl
import polars_hash  # noqa: F401 - gives expressions their `chash`

from models.core.gaps import VANISHED, Span, gap_of
from models.labels import listed
from models.law import Clause, Document, Policies, Window, as_decimal, load_policies
from models.law.conflicts import in_words
from models.measures import Condition, Frames, Measure, all_measures, all_of
from models.measures.origins import IF_THERE, choices, missing_fields
from models.night import Night
from models.parts import By
from models.relation import COMPARISONS
from models.vocabulary import ClauseStatus, Verdict

Presence = Mapping[str, frozenset[str]]
Judged = Mapping[str, tuple[pl.LazyFrame, ...]]

WIDE: Final = pl.Int128
VALUE: Final = pl.Decimal(38, 6)
MILLI: Final = 1000
MICRO: Final = 1_000_000
_OF_A_WHOLE: Final = (Verdict.IN_PROGRESS, Verdict.UNDETERMINED, Verdict.NOT_MET, Verdict.NOT_APPLICABLE)
"""The verdicts of parts that a composite takes over, the stronger one later."""
STEPS: Final[Mapping[str, str]] = {
    "exempt": Verdict.NOT_APPLICABLE,
    "open": Verdict.IN_PROGRESS,
    "missing": Verdict.UNDETERMINED,
    "no_base": Verdict.NOT_APPLICABLE,
    "no_figure": Verdict.UNDETERMINED,
    "good": Verdict.MET,
    "doubt": Verdict.UNDETERMINED,
    "excused": Verdict.NOT_APPLICABLE,
    "bad": Verdict.NOT_MET,
    "unsure": Verdict.UNDETERMINED,
}
"""What decides a finding, and the verdict that follows; a composite is decided by its `parts`."""
EPOCH: Final = date(1970, 1, 1)
FOUND: Final = "findings."
"""Begins the name by which measures know what was found for a clause that theirs follows."""
ID_DIGITS: Final = 16
"""Of a hash in hexadecimal: 64 bits tell a country's findings of all years apart."""

FINDING: Final[Mapping[str, pl.DataType]] = {
    "finding_id": pl.String(),
    "province": pl.String(),
    "clause_id": pl.String(),
    "jurisdiction": pl.String(),
    "jurisdiction_code": pl.String(),
    "subject_type": pl.String(),
    "subject_id": pl.String(),
    "part": pl.String(),
    "unit_id": pl.String(),
    "period": pl.String(),
    "value": VALUE,
    "operator": pl.String(),
    "threshold": VALUE,
    "unit": pl.String(),
    "verdict": pl.String(),
    "strength": pl.String(),
    "is_trigger": pl.Boolean(),
    "detail": pl.String(),
}
CLAUSE: Final[Mapping[str, pl.DataType]] = {
    "province": pl.String(),
    "clause_id": pl.String(),
    "jurisdiction": pl.String(),
    "jurisdiction_code": pl.String(),
    "document": pl.String(),
    "article": pl.String(),
    "title": pl.String(),
    "quote": pl.String(),
    "strength": pl.String(),
    "tier": pl.String(),
    "subject_type": pl.String(),
    "measure": pl.String(),
    "operator": pl.String(),
    "threshold_text": pl.String(),
    "unit": pl.String(),
    "is_trigger": pl.Boolean(),
    "effective_from": pl.Date(),
    "effective_to": pl.Date(),
    "status": pl.String(),
    "reason": pl.String(),
    "note": pl.String(),
}


@dataclass(frozen=True)
class Ground:
    """What a clause's findings follow from, beside the law: its own and that of the clauses it is made of.

    `reads` names the tables that were looked at. `day` is what of the night's day matters, beside periods and `turns`:
    a finding whose period is over since, or of whom a date of `turns` has come since, may be another one. `by` says
    into which parts the findings fall, the subjects being the parts.
    """

    reads: frozenset[str]
    day: frozenset[str]
    turns: frozenset[tuple[str, str]]
    by: By | None


@dataclass(frozen=True)
class Evaluation:
    """A night's findings and the account of its clauses.

    `by_clause` holds each judged clause's findings, to be collected one after another; `findings` is all of them
    as one lazy frame. `clauses` has a row for every clause of every document that is law in the province. `grounds`
    says what each judged clause's findings follow from.
    """

    by_clause: Mapping[str, pl.LazyFrame]
    clauses: pl.DataFrame
    grounds: Mapping[str, Ground]

    @property
    def findings(self) -> pl.LazyFrame:
        """All findings, in the order of the documents."""
        return pl.concat(self.by_clause.values()) if self.by_clause else pl.LazyFrame(schema=FINDING)

    def collected(self) -> Iterator[pl.DataFrame]:
        """The findings clause by clause, so that no night needs to hold them all at once."""
        for findings in self.by_clause.values():
            yield findings.collect(engine="streaming")


def presence_of(staging: Mapping[str, pl.LazyFrame]) -> Presence:
    """Which fields of which staging tables have any value tonight; a table without rows is left out."""
    found: dict[str, frozenset[str]] = {}
    for table, frame in staging.items():
        counts = frame.select(pl.all().count(), pl.len().alias("_rows")).collect(engine="streaming")
        row = counts.row(0, named=True)
        if row["_rows"]:
            found[table] = frozenset(name for name, count in row.items() if count and name != "_rows")
    return found


def evaluate(
    night: Night,
    tables: Mapping[str, pl.LazyFrame],
    presence: Presence,
    policies: Policies | None = None,
) -> Evaluation:
    """Judges every clause that is law in the night's province.

    Args:
        night: the province and the day that is "today".
        tables: the night's tables, keyed `schema.table`; a table that is not there makes the clauses that
            need it `data_missing`. What was found for a clause that others follow may be among them
            (`followed`), and is then not found out again for these.
        presence: which fields of which staging tables have any value (`presence_of`).
        policies: the documents to judge by; the project's own unless a what-if asks otherwise.
    """
    book = policies or load_policies()
    frames = Frames(tables, night.province, night.as_of)
    law = [(document, clause) for document in book.of_province(night.province) for clause in document.clauses]
    lacking = {clause.id: _lacking(clause, frames, presence, book) for _, clause in law}
    dumped = {name: table for name, table in tables.items() if not name.startswith(FOUND)}
    judged: dict[str, tuple[pl.LazyFrame, ...]] = {}
    findings: dict[str, pl.LazyFrame] = {}
    grounds: dict[str, Ground] = {}
    for document, clause in sorted(law, key=lambda each: bool(each[1].all_of or each[1].after)):  # parts first
        if clause.status == "evaluated" and not lacking[clause.id]:
            known = {name: tables.get(name, findings[one]) for one, name in followed(clause) if one in findings}
            tracked = TrackedTables(dumped)  # of a clause nobody is judged by tonight there is nothing to follow
            offered = replace(frames, tables=ChainMap(known, tracked), asked=set())  # type: ignore[arg-type]
            judged[clause.id] = _judged(clause, document, offered, judged)
            findings[clause.id] = _findings(clause, document, night.province, judged)
            parts = [grounds[one] for one in (*clause.all_of, *clause.after) if one in grounds]
            grounds[clause.id] = _ground(clause, offered, tracked.names, parts)
    accounts = [_account(night.province, document, clause, lacking[clause.id]) for document, clause in law]
    return Evaluation(
        {clause.id: findings[clause.id] for _, clause in law if clause.id in findings},
        pl.DataFrame(accounts, schema=CLAUSE, orient="row"),
        grounds,
    )


def followed(clause: Clause) -> Iterator[tuple[str, str]]:
    """The clauses whose findings a clause reads, each with the name that measures know these by."""
    for one in clause.after:
        yield one, f"{FOUND}{one}"


def _ground(clause: Clause, frames: Frames, reads: frozenset[str], parts: Sequence[Ground]) -> Ground:
    """What a clause's findings follow from; `frames` know whether its measures asked for the day."""
    bound = [(all_measures()[one.measure], one.options) for one in clause.bindings if one.measure is not None]
    turns = [measure.turns(options) for measure, options in bound]
    ways = [*(measure.by(options) for measure, options in bound), *(part.by for part in parts)]
    dates = {(table, column) for each in turns for table, columns in (each or {}).items() for column in columns}
    return Ground(
        reads.union(*(part.reads for part in parts)),
        _of_day(clause, frames, None in turns).union(*(part.day for part in parts)),
        frozenset(dates).union(*(part.turns for part in parts)),
        ways[0] if all(way == ways[0] for way in ways) else None,
    )


def _of_day(clause: Clause, frames: Frames, is_any_day: bool) -> frozenset[str]:
    """What of the day matters: all of it where measures may ask anything; else its year and which limits hold.

    Of a window of days it always matters whether it is over.
    """
    today = frames.today
    if frames.asked and is_any_day:
        return frozenset({today.isoformat()})
    begun = [limit.start for limit in clause.thresholds] + [limit.end for limit in clause.thresholds if limit.end]
    told = [str(today.year), *(day.isoformat() for day in begun if day <= today)] if frames.asked else []
    windows = [limit.value for limit in clause.thresholds if isinstance(limit.value, Window) and limit.value.is_date]
    return frozenset([*told, *(f"…{_day(each.high)}" for each in windows if _day(each.high) < today.isoformat())])


class TrackedTables(Mapping[str, pl.LazyFrame]):
    """The night's tables, keeping track of which of them a clause has looked at."""

    def __init__(self, tables: Mapping[str, pl.LazyFrame]) -> None:
        self._tables = tables
        self._names: set[str] = set()

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._names)

    def __getitem__(self, name: str) -> pl.LazyFrame:
        frame = self._tables[name]
        self._names.add(name)
        return frame

    def __contains__(self, name: object) -> bool:
        return name in self._tables

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)


def _lacking(clause: Clause, frames: Frames, presence: Presence, book: Policies) -> tuple[str, ...]:
    """What a clause would need and tonight's tables don't have, as `table` or `table.field`."""
    if clause.all_of:
        parts = [book.clause(part) for part in clause.all_of]
        return tuple(dict.fromkeys(gap for part in parts for gap in _lacking(part, frames, presence, book)))
    gaps: dict[str, None] = {}
    for binding in clause.bindings:
        if binding.measure is not None:
            bound = all_measures()[binding.measure]
            needs = bound.reads(bound.carrying(binding.options, tuple(binding.where)))
            gaps.update(dict.fromkeys(missing_fields(needs, presence)))
            gaps.update({_dump_table(name): None for name in needs if not _is_offered(name, frames)})
    return tuple(gaps)


def _is_offered(name: str, frames: Frames) -> bool:
    """Whether tonight has the table, or one of those any of which is enough."""
    return name.endswith(IF_THERE) or any(table in frames for table, _ in choices(name))


def _dump_table(name: str) -> str:
    return name.replace("staging.", "")


def _account(province: str, document: Document, clause: Clause, lacking: tuple[str, ...]) -> dict[str, object]:
    status: str = clause.status
    reason = clause.reason
    if lacking:
        status, reason = ClauseStatus.DATA_MISSING, f"转储里没有：{'、'.join(lacking)}"
    starts = sorted(limit.start for limit in clause.thresholds)
    ends = [limit.end for limit in clause.thresholds if limit.end is not None]
    return {
        "province": province,
        "clause_id": clause.id,
        "jurisdiction": document.jurisdiction.name,
        "jurisdiction_code": document.jurisdiction.code,
        "document": document.id,
        "article": clause.article,
        "title": clause.title,
        "quote": clause.quote,
        "strength": clause.strength,
        "tier": clause.tier,
        "subject_type": clause.subject,
        "measure": clause.measure,
        "operator": clause.compare,
        "threshold_text": threshold_text(clause),
        "unit": clause.unit,
        "is_trigger": clause.trigger,
        "effective_from": max([document.effective_from, *starts[:1]]),
        "effective_to": max(ends) if ends and len(ends) == len(starts) else document.effective_to,
        "status": status,
        "reason": reason,
        "note": "；".join(filter(None, [clause.note, in_words(clause.id)])) or None,
    }


def threshold_text(clause: Clause) -> str | None:
    """A clause's limits in words, such as `10`, `1/3` or `2019-12-26～2020-01-07`."""
    if not clause.thresholds:
        return None
    words = []
    for limit in clause.thresholds:
        span = "" if len(clause.thresholds) == 1 else f"（{limit.start}起）"
        words.append(f"{limit_text(limit.value)}{span}")
    return "；".join(words)


def limit_text(limit: Fraction | Window) -> str:
    """One limit in words."""
    if isinstance(limit, Window):
        low, high = (_day(end) if limit.is_date else str(end) for end in (limit.low, limit.high))
        return f"{low}～{high}"
    is_short = limit.denominator in (1, 2, 4, 5, 10, 20, 50, 100)
    return str(as_decimal(limit).normalize().__format__("f")) if is_short else str(limit)


def _day(since_epoch: Fraction) -> str:
    return date.fromordinal(int(since_epoch) + date(1970, 1, 1).toordinal()).isoformat()


def _judged(clause: Clause, document: Document, frames: Frames, judged: Judged) -> tuple[pl.LazyFrame, ...]:
    """The clause's rows with their verdicts, one frame for each grain it is judged at."""
    if clause.all_of:
        return (_composed(clause, [judged[part] for part in clause.all_of]),)
    return tuple(_judged_at(binding, document, frames) for binding in clause.bindings)


def measured(clause: Clause, document: Document, frames: Frames) -> pl.LazyFrame:
    """Everybody a clause is about and what was measured of them, before any limit.

    Grain: subject × part × period. Columns: those of the measure and `_EXPECTED`, the figures also as whole
    thousandths (`_numerator`, `_denominator`). Rows outside the document's jurisdiction or the clause's `where` are
    left out; where that cannot be told `missing` says so.
    """
    bound = all_measures()[clause.measure or ""]
    options = bound.carrying(clause.options, tuple(clause.where))
    rules = {one.id: document.setting(one.id) for one in document.conventions}
    frames = replace(frames, within=_units(document, frames), where=clause.where, rules=rules)
    rows = _complete(bound.run(frames, {**options, "after": clause.after} if clause.after else options))
    rows = _with_gaps(rows, clause, frames, missing_fields(bound.reads(options), {}))
    return _applicable(frames.inside(rows, "unit_id"), clause.where)


def _judged_at(clause: Clause, document: Document, frames: Frames) -> pl.LazyFrame:
    bound = all_measures()[clause.measure or ""]
    limited = _limited(measured(clause, document, frames), clause)
    value, threshold = _shown(clause)
    decided = limited.with_columns(decided_by=_decided_by(clause, bound, frames.today))
    verdict = pl.col("decided_by").replace_strict(STEPS, return_dtype=pl.String)
    return decided.with_columns(verdict=verdict, reason=_reason(clause)).with_columns(value=value, threshold=threshold)


def _findings(clause: Clause, document: Document, province: str, judged: Judged) -> pl.LazyFrame:
    grains = zip(clause.bindings, judged[clause.id], strict=True)
    return pl.concat(
        [
            _as_findings(rows, binding, document, province, number if clause.also else None)
            for number, (binding, rows) in enumerate(grains)
        ]
    )


_EXPECTED: Final[Mapping[str, pl.DataType]] = {
    "subject_id": pl.String(),
    "unit_id": pl.String(),
    "period": pl.String(),
    "period_end": pl.Date(),
    "effective_on": pl.Date(),
    "denominator": pl.Decimal(38, 3),
    "missing": pl.String(),
    "exempt": pl.String(),
    "excused": pl.String(),
    "doubt": pl.String(),
    "part": pl.String(),
    "is_lower_bound": pl.Boolean(),
    "at_most": pl.Decimal(38, 3),
    "last": pl.Decimal(38, 3),
    "may_reach": pl.Decimal(38, 3),
    "may_move": pl.Boolean(),
    "grows": pl.Boolean(),
    "unsure": pl.String(),
}
"""What a measure may say besides its figure.

`missing`, `doubt`, `unsure`: which evidence isn't there, so that nothing can be told; so that it can't be told where
the figure falls short; so that the figure lies anywhere from `numerator` to `at_most` (or has no upper end:
`is_lower_bound`). `exempt`, `excused`: why the clause doesn't apply; why it doesn't where the figure falls short.
`may_reach`: the most that a figure not there yet can still come to. `last`: the end of a span of which `numerator` is
the beginning. `may_move`: the day may still be followed by another. `grows`: the figure only grows while the period is
open.
"""


def _complete(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Adds the columns a measure may leave out, and brings its figures to whole thousandths."""
    have = rows.collect_schema().names()
    added = [pl.lit(None, dtype=kind).alias(name) for name, kind in _EXPECTED.items() if name not in have]
    return rows.with_columns(added).with_columns(
        pl.coalesce("effective_on", "period_end").alias("effective_on"),
        pl.col("part").fill_null(""),
        _milli("numerator").alias("_numerator"),
        _milli("denominator").alias("_denominator"),
        _milli("at_most").alias("_most"),
        _milli("last").alias("_last"),
        _milli("may_reach").alias("_reach"),
        pl.col("may_move", "grows").fill_null(value=False),
        pl.col("denominator").is_not_null().alias("_is_ratio"),
        pl.col("is_lower_bound").fill_null(value=False),
    )


def _with_gaps(rows: pl.LazyFrame, clause: Clause, frames: Frames, needs: Iterable[str]) -> pl.LazyFrame:
    """Says of rows that evidence is missing whole (a year, county or file); a sum that suffices is none the worse."""
    if VANISHED not in frames:
        return rows
    vanished = frames[VANISHED].collect()
    if vanished.is_empty():
        return rows
    tables = {name.partition(".")[0] for name in needs}
    gap = gap_of(vanished, tables, Span.of_period("period", "period_end"), "unit_id")
    adds_up = clause.compare in (">=", ">") and not clause.trigger
    is_sum = pl.col("denominator").is_null() if adds_up else pl.lit(value=False)
    return rows.with_columns(
        missing=pl.coalesce("missing", pl.when(~is_sum).then(gap)),
        doubt=pl.coalesce("doubt", pl.when(is_sum).then(gap)),
    )


def _milli(column: str) -> pl.Expr:
    return (pl.col(column).cast(pl.Decimal(38, 3)) * MILLI).cast(WIDE)


def _units(document: Document, frames: Frames) -> pl.LazyFrame | None:
    """The units that answer to the document: a city with those under it; None for all of the province."""
    home = document.jurisdiction
    if home.is_province:
        return None
    inside = (pl.col("city_id") == home.code) | (pl.col("unit_id") == home.code)
    by_code = pl.col("unit_id").str.starts_with(home.prefix)
    return frames["core.dim_unit"].filter(inside | by_code).select("unit_id").unique()


def _applicable(rows: pl.LazyFrame, where: Mapping[str, Condition]) -> pl.LazyFrame:
    """Rows the clause is about; where that cannot be told the row stays and says so."""
    if not where:
        return rows
    tests = [condition.holds(name) for name, condition in where.items()]
    told = pl.lit(f"是否适用不明：缺{listed(where)}")
    return rows.filter(all_of(test.fill_null(value=True) for test in tests)).with_columns(
        missing=pl.when(all_of(tests).is_null()).then(told).otherwise(pl.col("missing"))
    )


def _limited(rows: pl.LazyFrame, clause: Clause) -> pl.LazyFrame:
    """Adds the limit that is law on the row's day as a fraction (or two, for a window); drops rows outside it."""
    parts: dict[str, pl.Expr] = {}
    for name in ("_p", "_q", "_low", "_high"):
        parts[name] = pl.lit(None, dtype=WIDE)
    day = pl.col("effective_on")
    for limit in sorted(clause.thresholds, key=lambda each: each.start):
        holds = day.is_null() | (day >= limit.start)
        if limit.end is not None:
            holds = holds & (day.is_null() | (day < limit.end))
        values = _limit_parts(limit.value)
        for name, number in values.items():
            parts[name] = pl.when(holds).then(pl.lit(number, dtype=WIDE)).otherwise(parts[name])
    needed = "_low" if clause.compare == "within" else "_p"
    return rows.with_columns(**parts).filter(pl.col(needed).is_not_null())


def _limit_parts(limit: Fraction | Window) -> dict[str, int]:
    if isinstance(limit, Window):
        return {"_low": int(limit.low * MILLI), "_high": int(limit.high * MILLI)}
    return {"_p": limit.numerator, "_q": limit.denominator}


def _holds(clause: Clause, figure: str = "_numerator") -> pl.Expr:
    """Whether the figure stands in the clause's relation to its limit, by cross-multiplication."""
    if clause.compare == "within":
        last = pl.coalesce("_last", figure)
        return (pl.col(figure) >= pl.col("_low")) & (last <= pl.col("_high"))
    base = pl.col("_denominator").fill_null(MILLI)
    compared: pl.Expr = COMPARISONS[clause.compare or "="](pl.col(figure) * pl.col("_q"), pl.col("_p") * base)
    return compared


def _decided_by(clause: Clause, bound: Measure, today: date) -> pl.Expr:
    """Which of `STEPS` decides each row: the first that holds, in their order here."""
    holds = _holds(clause)
    good = ~holds if clause.trigger else holds
    is_open = _is_open(clause, today)
    # What more evidence cannot undo: a figure that only grows has passed a lower limit, or broken an upper one.
    settled = holds if clause.compare in (">=", ">") else ~holds
    decided_early = settled & (pl.lit(bound.accumulates) | pl.col("grows"))
    is_sure = (~pl.col("is_lower_bound") | settled) & _is_same_up_to_most(clause, holds)
    is_missing = pl.col("missing").is_not_null()
    steps = (
        (pl.col("exempt").is_not_null(), "exempt"),
        (is_missing & is_open, "open"),
        (is_missing, "missing"),
        (pl.col("_is_ratio") & (pl.col("_denominator") == 0), "no_base"),
        (pl.col("_numerator").is_null() & ~is_open, "no_figure"),
        (good & is_sure & (~is_open | decided_early), "good"),
        (is_open & ~decided_early.fill_null(value=False), "open"),
        (pl.col("doubt").is_not_null(), "doubt"),
        (pl.col("excused").is_not_null(), "excused"),
        (is_sure, "bad"),
    )
    chosen = pl.lit("unsure")
    for condition, step in reversed(steps):
        chosen = pl.when(condition).then(pl.lit(step)).otherwise(chosen)
    return chosen


def _reason(clause: Clause) -> pl.Expr:
    """Why nothing is said of a row, or why the clause isn't about it: always there where either is so."""
    at = pl.col("decided_by")
    figure = clause.options.get("column") or clause.options.get("numerator")
    measured = listed([figure]) if isinstance(figure, str) else f"“{all_measures()[clause.measure or ''].title}”"
    plain = {
        "no_base": "没有可比的基数（分母为零）",
        "no_figure": f"没有算出{measured}的登记",
        "unsure": "一部分登记的数不可知，已知的只是下限",
    }
    told = [pl.when(at == step).then(pl.col(step)) for step in ("exempt", "missing", "doubt", "excused", "unsure")]
    return pl.coalesce(*told, *(pl.when(at == step).then(pl.lit(words)) for step, words in plain.items()))


def _is_open(clause: Clause, today: date) -> pl.Expr:
    """Whether what the clause asks for may still be done: its last day has not passed."""
    is_open = (pl.col("period_end") >= today).fill_null(value=False)
    if _is_dated(clause):
        window = pl.col("_high") >= pl.lit((today - EPOCH).days * MILLI, dtype=WIDE)
        return is_open | (window & (pl.col("_numerator").is_null() | (pl.col("may_move") & ~_holds(clause))))
    still_can = _holds(clause, "_reach").fill_null(value=False)
    return is_open | (pl.col("_numerator").is_null() & still_can)


def _is_same_up_to_most(clause: Clause, holds: pl.Expr) -> pl.Expr:
    """Whether the figure stands in the same relation to its limit wherever it lies up to `at_most`."""
    if clause.compare == "within":
        outside = (pl.col("_most") < pl.col("_low")) | (pl.col("_numerator") > pl.col("_high"))
        return pl.col("_most").is_null() | outside | (holds & (pl.col("_most") <= pl.col("_high")))
    return pl.col("_most").is_null() | (_holds(clause, "_most") == holds)


def _as_findings(
    judged: pl.LazyFrame, clause: Clause, document: Document, province: str, binding: int | None
) -> pl.LazyFrame:
    """Rows in the shape of `audit.findings`, in the order of subject and period.

    The detail says which `binding` of the clause a row comes from, where there are several.
    Within a clause findings always stand in the same order, so that the same night gives the same bytes.
    """
    judged = judged.sort("subject_id", "part", "period")
    return judged.select(
        _finding_id(clause),
        province=pl.lit(province),
        clause_id=pl.lit(clause.id),
        jurisdiction=pl.lit(document.jurisdiction.name),
        jurisdiction_code=pl.lit(document.jurisdiction.code),
        subject_type=pl.lit(clause.subject),
        subject_id=pl.col("subject_id"),
        part=pl.col("part"),
        unit_id=pl.col("unit_id"),
        period=pl.col("period"),
        value=pl.col("value"),
        operator=pl.lit("<=" if _is_dated(clause) else clause.compare),
        threshold=pl.col("threshold"),
        unit=pl.lit(clause.unit),
        verdict=pl.col("verdict"),
        strength=pl.lit(clause.strength),
        is_trigger=pl.lit(clause.trigger),
        detail=_detail(judged, clause, binding),
    )


def _detail(judged: pl.LazyFrame, clause: Clause, binding: int | None) -> pl.Expr:
    """What a finding rests on, as JSON."""
    has_inputs = "inputs" in judged.collect_schema().names()
    of_binding = [] if binding is None else [pl.lit(binding).alias("binding")]
    return pl.struct(
        pl.col("numerator").cast(pl.Float64),
        pl.col("denominator").cast(pl.Float64),
        pl.col("inputs") if has_inputs else pl.lit(None).alias("inputs"),
        *of_binding,
        limit=_limit_in_words(clause),
        reason="reason",
        is_lower_bound=pl.when(pl.col("is_lower_bound")).then(pl.lit(value=True)),
        by="decided_by",
        closes="period_end",
        last=pl.col("last").cast(pl.Float64),
        at_most=pl.col("at_most").cast(pl.Float64),
    ).struct.json_encode()


def _is_dated(clause: Clause) -> bool:
    """Whether the limit is a window of days: the figure shown is then the distance from it, in days."""
    return any(isinstance(limit.value, Window) and limit.value.is_date for limit in clause.thresholds)


def _shown(clause: Clause) -> tuple[pl.Expr, pl.Expr]:
    """The figure and the limit as readers see them, rounded half up once."""
    plain = pl.col("_numerator") * (MICRO // MILLI)
    share = _half_up(pl.col("_numerator") * MICRO, pl.col("_denominator"))
    value = pl.when(pl.col("_is_ratio")).then(share).otherwise(plain)
    limit = _half_up(pl.col("_p") * MICRO, pl.col("_q"))
    if clause.quota is not None:
        value = plain
        whole = pl.col("_p") * pl.col("_denominator")
        unit = pl.col("_q") * MILLI
        limit = (whole // unit if clause.quota == "floor" else (whole + unit - 1) // unit) * MICRO
    elif _is_dated(clause):
        early = pl.col("_low") - pl.col("_numerator")
        late = pl.coalesce("_last", "_numerator") - pl.col("_high")
        value = pl.max_horizontal(early, late, pl.lit(0, dtype=WIDE)) * (MICRO // MILLI)
        value = pl.when(pl.col("_numerator").is_not_null()).then(value)
        limit = pl.lit(0, dtype=WIDE)
    elif clause.compare == "within":
        limit = pl.when(pl.col("_numerator") < pl.col("_low")).then("_low").otherwise("_high") * (MICRO // MILLI)
    known = pl.col("verdict").is_in([Verdict.UNDETERMINED]).not_() | pl.col("_numerator").is_not_null()
    return pl.when(known).then(_unscaled(value)), _unscaled(limit)


def _half_up(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    safe = pl.when(denominator != 0).then(denominator)
    return (numerator * 2 + safe) // (safe * 2)


def _unscaled(micro: pl.Expr) -> pl.Expr:
    return (micro.cast(VALUE) / MICRO).cast(VALUE)


def _limit_in_words(clause: Clause) -> pl.Expr:
    words = {limit_text(limit.value) for limit in clause.thresholds}
    return pl.lit(next(iter(words)) if len(words) == 1 else None, dtype=pl.String)


def _finding_id(clause: Clause) -> pl.Expr:
    """A short name that the same clause, subject and period always get.

    The kind of subject belongs to it: a school and an institution, or a city and its only county, may share a code.
    """
    subject = [pl.lit(clause.subject), pl.col("subject_id"), pl.col("part")]
    key = pl.concat_str([pl.lit(clause.id), *subject, pl.col("period")], separator="|", ignore_nulls=True)
    hashed: pl.Expr = key.chash.blake3()  # type: ignore[attr-defined] # polars_hash gives expressions this name
    return hashed.str.head(ID_DIGITS).alias("finding_id")


def _composed(clause: Clause, parts: list[tuple[pl.LazyFrame, ...]]) -> pl.LazyFrame:
    """A clause that holds when all of its parts hold: the worst of their verdicts, one row a subject and period."""
    key = ["subject_id", "part", "period"]
    shown = [
        rows.select(
            *key,
            "unit_id",
            pl.struct("value", "threshold", "verdict").alias(f"_{part}"),
            pl.format("{}：{}", pl.lit(part), "reason").alias(f"_why_{part}"),
        )
        for part, (rows, *_) in zip(clause.all_of, parts, strict=True)
    ]
    together = shown[0]
    for other in shown[1:]:
        together = together.join(other.drop("unit_id"), on=key, how="inner", nulls_equal=True)
    verdicts = [pl.col(f"_{part}").struct.field("verdict") for part in clause.all_of]
    verdict = pl.lit(Verdict.MET)
    for name in _OF_A_WHOLE:  # the last written is asked first
        verdict = pl.when(pl.any_horizontal(each == name for each in verdicts)).then(pl.lit(name)).otherwise(verdict)
    counted = together.with_columns(
        numerator=pl.sum_horizontal((each == Verdict.MET).cast(pl.Int64) for each in verdicts),
        inputs=pl.struct(pl.col(f"_{part}").alias(part) for part in clause.all_of),
    )
    why = pl.concat_str([f"_why_{part}" for part in clause.all_of], separator="；", ignore_nulls=True)
    is_silent = verdict.is_in([Verdict.UNDETERMINED, Verdict.NOT_APPLICABLE])
    return _complete(counted).with_columns(
        decided_by=pl.lit("parts"),
        reason=pl.when(is_silent).then(why),
        verdict=verdict,
        value=pl.col("numerator").cast(VALUE),
        threshold=pl.lit(len(clause.all_of)).cast(VALUE),
    )
