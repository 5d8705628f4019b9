"""What another reading of the law would turn: its endpoint taken in or out, another published convention, no caps.

Belongs here: counting the closed verdicts that would flip, and telling it of each county's and institution's headline
finding. Which readings there are, and their words, is `models.explanation`'s, so that a page says what
`shixun explain` says. Other thresholds are tried in `clause_counts`.
"""

from typing import Final

import polars as pl

from models.explanation import CAP_LOSSES, ENDPOINT, FLIPS, OTHER_COUNTS, sensitivity
from models.marts.answers import hidden_years
from models.marts.clause_counts import IS_OF_PEOPLE, SPAN
from models.marts.suppression import HIDDEN, MINIMUM
from models.vocabulary import CLOSED

ENDPOINT_READING: Final = "endpoint"
NO_CAPS: Final = "no_caps"
HEADLINES: Final = ("county_spot_check", "institution_satisfaction")
"""Measures of counties and institutions whose findings are told one by one."""
_KEY: Final = ("province", "clause_id", "subject_type", "period")
_MILLI: Final = 1000
_MICRO: Final = 1_000_000
_WIDE: Final = pl.Int128
_NUMERATOR: Final = "$.numerator"


def other_readings(findings: pl.LazyFrame, found: pl.LazyFrame, formulas: pl.LazyFrame) -> pl.DataFrame:
    """How many closed verdicts another reading would turn: clause × subject type × period × reading.

    `found` are the leaves of that name. `closed` counts the verdicts met and not_met, `flips` those that would turn.
    A clause made of others, or with a window, yes-or-no or nothing at all for a limit, has no endpoint to argue about
    and no rows; a reading that a clause knows nothing of (caps where there are none) has none either.
    """
    closed = _closed(findings, formulas).with_columns(SPAN.alias("period"))
    counts = (
        _closed(found, formulas)
        .group_by(*_KEY[:-1], SPAN.alias("period"))
        .agg(closed=pl.col("subjects").sum())
        .collect(engine="streaming")
        .lazy()
    )
    readings = {
        ENDPOINT_READING: counts.select(_KEY).join(_ties(closed), on=_KEY, how="left"),
        **{name: _turned(closed.filter(_says(name)), _turns(_input(name))) for name in OTHER_COUNTS},
        NO_CAPS: _uncapped(closed),
    }
    return pl.concat(
        flips.join(counts, on=_KEY).select(
            *_KEY,
            pl.lit(name).alias("reading"),
            "closed",
            pl.col("flips").fill_null(0),
            IS_OF_PEOPLE.alias("is_of_people"),
        )
        for name, flips in readings.items()
    ).collect(engine="streaming")


def headline_findings(findings: pl.LazyFrame, formulas: pl.LazyFrame, surveys: pl.LazyFrame) -> pl.DataFrame:
    """The findings of counties and institutions behind the headline measures, each with what other readings do.

    Grain: finding. `numerator`, `denominator` and `sensitivity` (a sentence a line) are null where `suppression` says
    why: the answers of an institution are those of people. `is_turned`: some other reading gives the other verdict.
    """
    measures = formulas.filter(pl.col("measure").is_in(HEADLINES)).select("clause_id", "subject_type", "measure")
    clauses = measures.select("clause_id").unique().collect().to_series()
    told = (
        findings.filter(pl.col("clause_id").is_in(clauses.implode()))
        .join(measures, on=["clause_id", "subject_type"], maintain_order="left")
        .with_columns(numerator=_whole(_NUMERATOR), denominator=_whole("$.denominator"))
        .collect()
    )
    lines = ["\n".join(sensitivity(row, row)) for row in told.iter_rows(named=True)]
    hidden = hidden_years(surveys).select(
        subject_id="institution_id", period=pl.col("year").cast(pl.String), subject_type=pl.lit("institution")
    )
    marks = hidden.with_columns(suppression=pl.lit(HIDDEN)).collect()
    is_few = (pl.col("subject_type") == "institution") & (pl.col("denominator").fill_null(0) < MINIMUM)
    figures = ("numerator", "denominator", "sensitivity", "is_turned")
    return (
        told.with_columns(pl.Series("sensitivity", lines, dtype=pl.String))
        .with_columns(is_turned=pl.col("sensitivity").str.contains(FLIPS, literal=True))
        .join(marks, on=["subject_id", "period", "subject_type"], how="left", maintain_order="left")
        .with_columns(suppression=pl.when(is_few).then(pl.lit(HIDDEN)).otherwise("suppression"))
        .with_columns(pl.when(pl.col("suppression").is_null()).then(pl.col(name)).alias(name) for name in figures)
        .select(
            *("finding_id", "clause_id", "subject_type", "subject_id", "period", "verdict"),
            *("numerator", "denominator", "sensitivity", "is_turned", "suppression"),
        )
    )


def _closed(findings: pl.LazyFrame, formulas: pl.LazyFrame) -> pl.LazyFrame:
    """Verdicts against a number above zero, which is what another reading can turn."""
    plain = formulas.filter(pl.col("parts") == "[]", ~pl.col("limits").str.contains("～", literal=True))
    return findings.filter(
        pl.col("verdict").is_in(CLOSED),
        pl.col("operator").is_in(list(ENDPOINT)),
        pl.col("unit") != "布尔",
        pl.col("threshold") > 0,
    ).join(plain.select("clause_id", "subject_type"), on=["clause_id", "subject_type"], how="semi")


def _turned(closed: pl.LazyFrame, turns: pl.Expr) -> pl.LazyFrame:
    """How many of some findings turn."""
    return closed.select(*_KEY, turns.alias("flips")).group_by(_KEY).agg(pl.col("flips").sum().cast(pl.Int64))


def _uncapped(closed: pl.LazyFrame) -> pl.LazyFrame:
    """How many turn of those with caps; of most a look says that nothing was lost, and JSON is dear to read."""
    capped = closed.filter(_has_caps())
    lost = capped.filter(~_says_nothing_lost())
    return capped.select(_KEY).unique().join(_turned(lost, _turns_uncapped()), on=_KEY, how="left")


def _ties(closed: pl.LazyFrame) -> pl.LazyFrame:
    """How many are exactly on their limit; of those that show the same figures one is looked at."""
    figures = pl.when(~_is_exact()).then(_figures())
    return (
        closed.filter(pl.col("value") == pl.col("threshold"), pl.col("detail").is_not_null())
        .group_by(*_KEY, "threshold", figures.alias("detail"))
        .agg(flips=pl.len().cast(pl.Int64))
        .collect(engine="streaming")
        .lazy()
        .filter(pl.col("detail").is_null() | _is_tie())
        .group_by(_KEY)
        .agg(pl.col("flips").sum())
    )


# ---- conditions on single findings, exact: figures in whole thousandths, limits as fractions of whole millionths


def _milli(path: str) -> pl.Expr:
    """A figure of a finding's detail in thousandths."""
    return (pl.col("detail").str.json_path_match(path).cast(pl.Decimal(38, 3)) * _MILLI).cast(_WIDE)


def _whole(path: str) -> pl.Expr:
    return (_milli(path) // _MILLI).cast(pl.Int64)


def _input(name: str) -> pl.Expr:
    return _milli(f"$.inputs.{name}")


def _says(name: str) -> pl.Expr:
    return pl.col("detail").str.contains(f'"{name}":', literal=True)


def _has_caps() -> pl.Expr:
    return (pl.col("unit") == "学分") & _says(CAP_LOSSES[0])


def _says_nothing_lost() -> pl.Expr:
    return pl.col("detail").str.contains(",".join(f'"{name}":"0.000"' for name in CAP_LOSSES), literal=True)


def _sides(figure: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """The two sides of a comparison, cross-multiplied: of the figure, and of the limit."""
    words = pl.coalesce(pl.col("detail").str.json_path_match("$.limit"), pl.col("threshold").cast(pl.String))
    parts = words.str.split("/")
    over, under = (
        (parts.list.get(at, null_on_oob=True).fill_null("1").cast(pl.Decimal(38, 6)) * _MICRO).cast(_WIDE)
        for at in (0, 1)
    )
    whole = _milli("$.denominator").fill_null(_MILLI)
    return figure * under, over * whole


def _figures() -> pl.Expr:
    """A finding's detail without what the limit is not compared with, where it is laid out as usual."""
    detail = pl.col("detail")
    parts = detail.str.extract_groups(
        r'^(\{"numerator":[^,]*,"denominator":[^,]*,)"inputs":.*("limit":"[^"]*"),"reason":'
    )
    return pl.coalesce(pl.concat_str(parts.struct.field("1"), parts.struct.field("2"), pl.lit("}")), detail)


def _is_exact() -> pl.Expr:
    """Whether value and threshold are the figure and the limit themselves: no share, and no fraction for a limit."""
    is_figure = pl.col("detail").str.contains(r'^\{"numerator":[^,]*,"denominator":null,')
    return is_figure & ~pl.col("detail").str.contains(r'"limit":"[^"]*/')


def _is_tie() -> pl.Expr:
    """Exactly on the limit: there the endpoint decides."""
    figure, limit = _sides(_milli(_NUMERATOR))
    return figure == limit


def _turns(other: pl.Expr) -> pl.Expr:
    """Whether the verdict turns with another figure for the numerator."""
    return _holds(*_sides(_milli(_NUMERATOR))) != _holds(*_sides(other))


def _turns_uncapped() -> pl.Expr:
    now = _milli(_NUMERATOR)
    lost = pl.sum_horizontal(_input(name).fill_null(0) for name in CAP_LOSSES)
    return (_input("credits") == now) & (lost > 0) & _turns(now + lost)


def _holds(figure: pl.Expr, limit: pl.Expr) -> pl.Expr:
    return (
        pl.when(pl.col("operator") == ">=")
        .then(figure >= limit)
        .when(pl.col("operator") == ">")
        .then(figure > limit)
        .when(pl.col("operator") == "<=")
        .then(figure <= limit)
        .when(pl.col("operator") == "<")
        .then(figure < limit)
    )
