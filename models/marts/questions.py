"""What to ask about a place today: sentences made once from published figures, the weightiest first.

Belongs here: which figures become a question, their order, and the sentence with its number and the change since last
year. Only published frames are read, so nothing here can tell what they hide. What changed since last night is for
pages to say, who have the release before beside them; where a sentence leads to is theirs too.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

import polars as pl

from models.marts.breakdowns import ALL_STAGES, rolled_up
from models.marts.suppression import MINIMUM
from models.vocabulary import Verdict

MISSED, RISK, COVERAGE, SATISFACTION = "missed", "risk", "coverage", "satisfaction"
ASKS: Final = {
    MISSED: "未达标教师的补修安排落实了没有？",
    RISK: "后续培训安排能否让他们按期达标？",
    COVERAGE: "抽查缺口何时补齐？",
    SATISFACTION: "不满意的原因查明没有，何时整改？",
}
"""Kind of question → what is asked, in the order of those with equal weight."""
READS: Final = (
    *("marts.public_measure", "marts.public_risk", "marts.county_spot_check", "marts.public_institution"),
    *("audit.formulas", "marts.public_unit"),
)
"""What questions are made of; the formulas only say which measures the province's law judges."""
_KEY: Final = ("province", "unit_id", "unit_level")
_FIGURES: Final = ("question", "period", "affected", "affected_before", "counted", "sentence")


def questions(tables: Mapping[str, pl.LazyFrame], as_of: date) -> pl.DataFrame:
    """Questions of every unit: unit × question, `place` 1 for the one that touches most people, projects or answers.

    `affected` counts what `counted` names (人, 项, 份) in `period`, `affected_before` the same a year (or cycle)
    earlier, null where there is nothing to compare. Figures that are hidden, and kinds the place's law does not judge,
    ask nothing. `ask` and `sentence` are whole sentences.

    Args:
        tables: those of `READS`.
        as_of: the day the release stands for.
    """
    measures = tables["marts.public_measure"]
    found = pl.concat(
        [
            _missed(measures, as_of),
            _risk(tables["marts.public_risk"], as_of),
            _coverage(tables, as_of),
            _satisfaction(tables, as_of),
        ]
    ).filter(pl.col("affected") > 0)
    order = pl.col("question").replace_strict({name: at for at, name in enumerate(ASKS)}, return_dtype=pl.Int64)
    return (
        found.with_columns(_order=order, ask=pl.col("question").replace_strict(ASKS, return_dtype=pl.Utf8))
        .sort("unit_id", pl.col("affected"), "_order", descending=[False, True, False])
        .with_columns(place=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("unit_id"))
        .select(*_KEY, "place", *_FIGURES[:5], "ask", "sentence")
        .collect()
    )


def _closed(measures: pl.LazyFrame, measure: str, as_of: date) -> pl.LazyFrame:
    """The last period of a measure that is over, each unit's cell beside that of the period before."""
    cells = measures.filter(
        (pl.col("measure") == measure)
        & (pl.col("stage") == ALL_STAGES)
        & (pl.col("convention") == "default")
        & (pl.date(pl.col("period").str.slice(-4).cast(pl.Int32), 12, 31) < as_of)
    ).select(*_KEY, "period", "numerator", "denominator", _rank=pl.col("period").rank("dense", descending=True))
    before = cells.filter(pl.col("_rank") == 2)  # noqa: PLR2004 - the last but one
    return cells.filter(pl.col("_rank") == 1, pl.col("numerator").is_not_null()).join(
        before.select("unit_id", _numerator="numerator", _denominator="denominator"), on="unit_id", how="left"
    )


def _missed(measures: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """Teachers who missed the last year that is over; the last cycle where no year is judged."""
    year, cycle = _closed(measures, "annual", as_of), _closed(measures, "cycle", as_of)
    rows = pl.concat(
        [
            year.with_columns(_what=pl.format("{}年有", "period"), _of=pl.lit("年度要求"), _than=pl.lit("上年")),
            cycle.join(year.select("unit_id"), on="unit_id", how="anti").with_columns(
                _what=pl.format("{}周期有", _dashed("period")), _of=pl.lit("周期要求"), _than=pl.lit("上一周期")
            ),
        ]
    )
    missed = pl.col("denominator") - pl.col("numerator")
    before = pl.col("_denominator") - pl.col("_numerator")
    counted = _told(missed).is_not_null() & _told(before).is_not_null()
    by_rate = pl.format(
        "{}{}", pl.when(before.is_null()).then(pl.lit("")).otherwise(pl.lit("达标率")), _ratio_moved("_than")
    )
    sentence = pl.format(
        "{}{}没有达到{}（达标率{}），{}。",
        *("_what", _people(missed), "_of", _percent("numerator", "denominator")),
        pl.when(counted).then(_moved(_told(missed), _told(before), "_than", "人")).otherwise(by_rate),
    )
    return rows.select(
        *_KEY,
        *("period", _question(MISSED)),
        affected=missed,
        affected_before=before,
        counted=pl.lit("人"),
        sentence=sentence,
    ).select(*_KEY, *_FIGURES)


def _risk(risks: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """Teachers who at their pace will miss the open cycle, over all credit systems of a place."""
    known = risks.filter(pl.col("numerator").is_not_null().all().over("unit_id", "period"))
    rows = known.group_by(*_KEY, "period").agg(pl.col("numerator", "denominator").sum())
    start, end = (pl.date(pl.col("period").str.slice(at, 4).cast(pl.Int32), *day) for at, day in _SPAN)
    passed = (pl.lit(as_of) - start).dt.total_days() + 1
    elapsed = pl.min_horizontal(passed, (end - start).dt.total_days() + 1)
    first_year = pl.col("period").str.slice(0, 4) == str(as_of.year)
    sentence = pl.format(
        "{}周期时间已过{}，按目前进度推算，{}（占{}）到周期结束时达不到要求，{}。",
        *(_dashed("period"), _whole_percent(elapsed, (end - start).dt.total_days() + 1)),
        *(_people(pl.col("numerator")), _percent("numerator", "denominator")),
        pl.when(first_year).then(pl.lit("本年是周期第一年，没有上年同期")).otherwise(pl.lit("上年同期没有推算")),
    )
    return rows.select(
        *_KEY,
        *("period", _question(RISK)),
        affected=pl.col("numerator"),
        affected_before=pl.lit(None, pl.Int64),
        counted=pl.lit("人"),
        sentence=sentence,
    ).select(*_KEY, *_FIGURES)


_SPAN: Final = ((0, (1, 1)), (-4, (12, 31)))
"""Where a period says its first and last year, and on which day of it the period begins and ends."""


def _coverage(tables: Mapping[str, pl.LazyFrame], as_of: date) -> pl.LazyFrame:
    """Projects still to check: of the last year that is over, and what the open year still asks for."""
    last = as_of.year - 1 if as_of < date(as_of.year, 12, 31) else as_of.year
    among = (
        pl.when(pl.col("unit_level") == "county")
        .then(pl.lit(""))
        .otherwise(pl.format("{}个县（市、区）抽查不足，", "short"))
    )
    day, days = ((end - date(as_of.year, 1, 1)).days + 1 for end in (as_of, date(as_of.year, 12, 31)))
    passed = _whole_percent(pl.lit(day), pl.lit(days))
    open_year = pl.format("；{}年时间已过{}，还须抽查{}项", pl.lit(str(last + 1)), passed, _count(pl.col("_open")))
    sentence = pl.format(
        "{}年{}应查{}项，还差{}项，{}{}。",
        *("year", among, _count(pl.col("required")), _count(pl.col("gap"))),
        _moved(pl.col("gap"), pl.col("_gap"), pl.lit("上年"), "项"),
        pl.when(pl.col("_open") > 0).then(open_year).otherwise(pl.lit("")),
    )
    return (
        _gaps(tables, last)
        .select(
            *_KEY,
            _question(COVERAGE),
            period=pl.col("year").cast(pl.Utf8),
            affected=pl.col("gap"),
            affected_before=pl.col("_gap"),
            counted=pl.lit("项"),
            sentence=sentence,
        )
        .select(*_KEY, *_FIGURES)
    )


def _gaps(tables: Mapping[str, pl.LazyFrame], last: int) -> pl.LazyFrame:
    """Gaps of a year everywhere in the tree, beside those of the year before (`_gap`) and after (`_open`)."""
    checks, units = tables["marts.county_spot_check"], tables["marts.public_unit"]
    leaves = checks.select(
        *("province", "unit_id", "year"),
        pl.col("gap", "required").cast(pl.Int64),
        short=(pl.col("verdict") == Verdict.NOT_MET).cast(pl.Int64),
    )
    years = rolled_up(leaves, units, ("year",), ("short", "gap", "required"))
    before, after = (years.filter(pl.col("year") == year) for year in (last - 1, last + 1))
    return (
        years.filter(pl.col("year") == last)
        .join(before.select("unit_id", _gap="gap"), on="unit_id", how="left")
        .join(after.select("unit_id", _open="gap"), on="unit_id", how="left")
        .join(_is_law(tables, "county_spot_check"), how="cross")
    )


def _satisfaction(tables: Mapping[str, pl.LazyFrame], as_of: date) -> pl.LazyFrame:
    """Answers that were not satisfied, and how many institutions came under the line at which one looks closer."""
    closed = _closed(tables["marts.public_measure"], "satisfaction", as_of)
    rows = closed.join(
        _is_law(tables, "institution_satisfaction", "institution_subject_satisfaction"), how="cross"
    ).join(_suspected(tables["marts.public_institution"]), on=["unit_id", "period"], how="left")
    unsatisfied = pl.col("denominator") - pl.col("numerator")
    suspected = pl.format("；{}家机构疑似触发，待人工核查", "_low")
    sentence = pl.format(
        "{}年学员满意率{}，{}；{}份有效答卷没有选择“很满意”或“满意”{}。",
        *("period", _percent("numerator", "denominator"), _ratio_moved(), _count(unsatisfied)),
        pl.when(pl.col("_low") > 0).then(suspected).otherwise(pl.lit("")),
    )
    return rows.select(
        *_KEY,
        *("period", _question(SATISFACTION)),
        affected=unsatisfied,
        affected_before=pl.col("_denominator") - pl.col("_numerator"),
        counted=pl.lit("份"),
        sentence=sentence,
    ).select(*_KEY, *_FIGURES)


def _suspected(institutions: pl.LazyFrame) -> pl.LazyFrame:
    """How many institutions of a unit are suspected in a year."""
    return (
        institutions.filter(pl.col("verdict") == Verdict.NOT_MET)
        .select(period=pl.col("year").cast(pl.Utf8), unit_id=pl.concat_list("province", "city_id", "county_id"))
        .explode("unit_id")
        .group_by("unit_id", "period")
        .agg(_low=pl.len().cast(pl.Int64))
    )


def _ratio_moved(than: str = "") -> pl.Expr:
    """How a ratio moved from the year before (or the period a column names), in points of a per cent, exactly."""
    earlier = pl.col(than) if than else pl.lit("上年")
    change = pl.col("numerator") * pl.col("_denominator") - pl.col("_numerator") * pl.col("denominator")
    tenths = _tenths(change, pl.col("denominator") * pl.col("_denominator"))
    way = pl.when(tenths > 0).then(pl.lit("上升")).otherwise(pl.lit("下降"))
    return (
        pl.when(tenths.is_null())
        .then(pl.format("{}无可比数据", earlier))
        .when(tenths == 0)
        .then(pl.format("与{}持平", earlier))
        .otherwise(pl.format("比{}{}{}个百分点", earlier, way, _decimal(tenths)))
    )


def _is_law(tables: Mapping[str, pl.LazyFrame], *measures: str) -> pl.LazyFrame:
    """One row without meaning where a clause of the province judges one of the measures, none where none does."""
    formulas = tables["audit.formulas"]
    return formulas.filter(pl.col("measure").is_in(measures)).head(1).select(_is_law="clause_id")


def _question(kind: str) -> pl.Expr:
    return pl.lit(kind).alias("question")


def _dashed(period: str) -> pl.Expr:
    return pl.col(period).str.replace("-", "—", literal=True)


def _moved(now: pl.Expr, before: pl.Expr, than: str | pl.Expr, unit: str) -> pl.Expr:
    """`比上年多12人`, `与上年相同`, `上年无可比数据`."""
    change = now - before
    earlier = pl.col(than) if isinstance(than, str) else than
    more = pl.when(change > 0).then(pl.lit("多")).otherwise(pl.lit("少"))
    return (
        pl.when(change.is_null())
        .then(pl.format("{}无可比数据", earlier))
        .when(change == 0)
        .then(pl.format("与{}相同", earlier))
        .otherwise(pl.format("比{}{}{}{}", earlier, more, _count(change.abs()), pl.lit(unit)))
    )


def _people(value: pl.Expr) -> pl.Expr:
    """`约1,250名教师`; `少数教师` for a difference so small that as a count it would not be told."""
    return pl.when(value > MINIMUM).then(pl.format("约{}名教师", _count(value))).otherwise(pl.lit("少数教师"))


def _told(value: pl.Expr) -> pl.Expr:
    """A count of people, null where it is too small to be told."""
    return pl.when((value > MINIMUM) | (value == 0)).then(value)


def _count(value: pl.Expr) -> pl.Expr:
    """A count with thousands set apart."""
    head, middle, tail = value // 1_000_000, value // 1000 % 1000, value % 1000
    three = [part.cast(pl.Utf8).str.zfill(3) for part in (middle, tail)]
    return (
        pl.when(value >= 1_000_000)  # noqa: PLR2004
        .then(pl.format("{},{},{}", head, *three))
        .when(value >= 1000)  # noqa: PLR2004
        .then(pl.format("{},{}", middle, three[1]))
        .otherwise(value.cast(pl.Utf8))
    )


def _tenths(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """A ratio in tenths of a per cent, rounded half away from zero from its exact parts."""
    size = (2000 * numerator.abs() + denominator) // (2 * denominator)
    return pl.when(numerator < 0).then(-size).otherwise(size)


def _decimal(tenths: pl.Expr) -> pl.Expr:
    return pl.format("{}.{}", tenths.abs() // 10, tenths.abs() % 10)


def _percent(numerator: str, denominator: str) -> pl.Expr:
    return pl.format("{}%", _decimal(_tenths(pl.col(numerator), pl.col(denominator))))


def _whole_percent(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """A share of time in whole per cent, rounded half up."""
    return pl.format("{}%", (200 * part + whole) // (2 * whole))
