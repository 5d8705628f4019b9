"""Two releases compared: which findings changed, and whether data, rule or code is the reason.

Belongs here: the comparison and the attribution, from two sets of findings and what is known of both nights. Reading
releases is `pipelines.questions.comparing`.

A finding's figure comes from data by code, its limit from the rules. So a changed limit is the rules' doing and a
changed figure is the data's, if any of its source tables changed, else the code's. Where both changed, the stored
figure is judged again under the other night's limit, to see which of the two would have sufficed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import polars as pl

from models.vocabulary import CLOSED, Verdict

DATA, RULE, CODE, BOTH = "数据", "规则", "代码", "数据和规则"
FIGURE: Final = ("numerator", "denominator")
LIMIT: Final = ("operator", "threshold", "unit", "limit")
STORED: Final = (
    *("finding_id", "clause_id", "subject_type", "subject_id", "part", "period", "unit_id"),
    *("value", "operator", "threshold", "unit", "verdict", "is_trigger", "detail"),
)
KEY: Final = STORED[:7]
ADDED, GONE, CHANGED = "新增", "消失", "改变"


@dataclass(frozen=True)
class Nights:
    """What two nights have in common and what not.

    `clauses_with_new_data`: clauses of which a source table's content changed; `clauses_with_new_rules`: clauses only
    one of the two could know, or whose status changed by the rules.
    """

    clauses_with_new_data: frozenset[str]
    clauses_with_new_rules: frozenset[str]
    is_other_day: bool
    is_other_rules: bool
    is_other_code: bool


def changes(before: pl.DataFrame, after: pl.DataFrame, nights: Nights) -> pl.DataFrame:
    """Every finding that is not the same, with the reason.

    Grain: finding. Columns: finding_id, clause_id, subject_type, subject_id, part, period, unit_id, change (新增, 消失,
    改变), cause (数据, 规则, 代码, 数据和规则), is_certain (false where the code changed as well and may have had its
    share), verdict_before, verdict_after, value_before, value_after, threshold_before, threshold_after.
    """
    both = _prepared(before).join(
        _prepared(after), on="finding_id", how="full", coalesce=True, suffix="_after", nulls_equal=False
    )
    marked = both.with_columns(
        *(pl.coalesce(name, f"{name}_after").alias(f"_{name}") for name in KEY[1:]),
        change=pl.when(pl.col("verdict").is_null())
        .then(pl.lit(ADDED))
        .when(pl.col("verdict_after").is_null())
        .then(pl.lit(GONE))
        .otherwise(pl.lit(CHANGED)),
        _same_figure=_same(FIGURE),
        _same_limit=_same(LIMIT),
    ).filter((pl.col("change") != CHANGED) | ~(_same(("verdict",)) & pl.col("_same_figure") & pl.col("_same_limit")))
    reasoned = _reasoned(marked, nights)
    return reasoned.select(
        "finding_id",
        *(pl.col(f"_{name}").alias(name) for name in KEY[1:]),
        "change",
        "cause",
        "is_certain",
        *(
            pl.col(name if side == "before" else f"{name}_after").alias(f"{name}_{side}")
            for name in ("verdict", "value", "threshold")
            for side in ("before", "after")
        ),
    ).sort("clause_id", "unit_id", "subject_id", "part", "period", nulls_last=True)


def counted(changed: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """Changed findings by clause, county and cause.

    Columns: findings and of these added, gone and flipped (on both sides, with another verdict); uncertain.
    """
    flipped = (pl.col("change") == CHANGED) & (pl.col("verdict_before") != pl.col("verdict_after"))
    return (
        changed.join(units.select("unit_id", "unit_name"), on="unit_id", how="left")
        .group_by("clause_id", "unit_id", "unit_name", "cause")
        .agg(
            findings=pl.len(),
            added=(pl.col("change") == ADDED).sum(),
            gone=(pl.col("change") == GONE).sum(),
            flipped=flipped.sum(),
            uncertain=(~pl.col("is_certain")).sum(),
        )
        .sort("clause_id", "unit_id", "cause", nulls_last=True)
    )


def _prepared(findings: pl.DataFrame) -> pl.DataFrame:
    """Findings with the figure and the limit in the law's own words taken out of their detail."""
    detail = pl.col("detail")
    return findings.select(*STORED).with_columns(
        *(detail.str.json_path_match(f"$.{name}").alias(name) for name in (*FIGURE, "limit")),
    )


def _same(names: tuple[str, ...]) -> pl.Expr:
    return pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_after")) for name in names)


def _reasoned(marked: pl.DataFrame, nights: Nights) -> pl.DataFrame:
    """Adds cause and is_certain."""
    new_data = pl.col("_clause_id").is_in(list(nights.clauses_with_new_data))
    new_rules = pl.col("_clause_id").is_in(list(nights.clauses_with_new_rules))
    figure_cause = (
        pl.when(new_data)
        .then(pl.lit(DATA))
        .when(pl.lit(nights.is_other_rules and not nights.is_other_code))
        .then(pl.lit(RULE))  # same data, same code: a setting of the rules moved the figure
        .when(pl.lit(nights.is_other_code))
        .then(pl.lit(CODE))
        .otherwise(pl.lit(DATA))
    )
    verdict_cause = (
        pl.when(pl.lit(nights.is_other_day))
        .then(pl.lit(DATA))  # a period was over on the later day
        .otherwise(figure_cause)
    )
    cause = (
        pl.when(new_rules)
        .then(pl.lit(RULE))
        .when(pl.col("change") != CHANGED)
        .then(verdict_cause)
        .when(pl.col("_same_figure") & ~pl.col("_same_limit"))
        .then(pl.lit(RULE))
        .when(pl.col("_same_figure"))
        .then(verdict_cause)
        .when(pl.col("_same_limit"))
        .then(figure_cause)
    )
    told = marked.with_columns(cause=cause)
    both = pl.Series("cause", [_sufficing(row) for row in told.filter(pl.col("cause").is_null()).iter_rows(named=True)])
    rest = told.filter(pl.col("cause").is_null()).with_columns(both.cast(pl.String))
    whole = pl.concat([told.filter(pl.col("cause").is_not_null()), rest])
    is_shared = pl.col("cause").is_in([DATA, BOTH]) & pl.lit(nights.is_other_code)
    return whole.with_columns(is_certain=~is_shared)


def _sufficing(row: Mapping[str, Any]) -> str:
    """Which of figure and limit would have changed the verdict by itself."""
    if row["verdict"] == row["verdict_after"] or row["verdict"] not in CLOSED or row["verdict_after"] not in CLOSED:
        return BOTH
    by_rule = rejudged(row, figure="", limit="_after")
    by_data = rejudged(row, figure="_after", limit="")
    if by_rule is None or by_data is None or (by_rule == row["verdict_after"]) == (by_data == row["verdict_after"]):
        return BOTH
    return RULE if by_rule == row["verdict_after"] else DATA


def rejudged(row: Mapping[str, Any], *, figure: str, limit: str) -> str | None:
    """The verdict of one night's figure under the other's limit; None where a limit is no single number."""
    numerator = _exact(row[f"numerator{figure}"])
    bound = _exact(row[f"limit{limit}"]) if row[f"limit{limit}"] is not None else _exact(row[f"threshold{limit}"])
    if numerator is None or bound is None:
        return None
    denominator = _exact(row[f"denominator{figure}"])
    whole = bound if denominator is None else bound * denominator
    tests = {
        ">=": numerator >= whole,
        "<=": numerator <= whole,
        ">": numerator > whole,
        "<": numerator < whole,
        "=": numerator == whole,
    }
    operator = row[f"operator{limit}"]
    if operator not in tests:
        return None
    holds = tests[operator]
    return Verdict.MET if holds != bool(row[f"is_trigger{limit}"]) else Verdict.NOT_MET


def _exact(value: object) -> Fraction | None:
    try:
        return None if value is None else Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        return None
