"""What each teacher earned in a year and in a cycle: marts.teacher_year and marts.teacher_cycle.

Belongs here: caps, yearly and cycle totals, what falls short and the verdict on it. How one record becomes hours
and credits is in `models.core.credit_lines`; every figure of the law comes in through `CreditRules`.

Sums run in whole thousandths (Int64) and leave as Decimal(38, 3). Caps cut credits, never hours; what a cap cuts is
lost, not carried over (HI-2017/09.2, 14.3.5).
"""

from collections.abc import Iterable, Sequence
from datetime import date

import polars as pl

from models.core.credit_lines import (
    ENDED,
    SCALE,
    as_amount,
    by_system,
    cap,
    caps,
    in_thousandths,
    in_whole_thousandths,
    last_day,
    looked_up,
)
from models.core.credit_rules import CreditRules, CreditSystem, Limits
from models.vocabulary import COUNTED, LineStatus, TeacherStatus, Verdict

SHORT_OF_CREDITS, SHORT_OF_HOURS, SHORT_OF_BOTH, SHORT_OF_NOTHING = "学分", "学时", "两者", "无"
LIMITS = ("credits", "hours", "school_based_hours", "concentrated_hours", "credits_each_year")


def years_with_evidence(evidence: pl.LazyFrame, as_of: date) -> list[int]:
    """The calendar years a province's records speak about (core.evidence), up to the as-of year.

    No counted line at all: only the as-of year.
    """
    first = evidence.select("first_year").collect().item()
    return list(range(first if isinstance(first, int) else as_of.year, as_of.year + 1))


def with_records(cycles: pl.LazyFrame, evidence: pl.LazyFrame) -> pl.LazyFrame:
    """Cycles of a province that has any counted record: without one there is no pace to go by, not a pace of nought."""
    known = evidence.filter(pl.col("first_year").is_not_null()).select("first_year")
    return cycles.join(known, how="cross").drop("first_year")


def teacher_year(
    lines: pl.LazyFrame, teachers: pl.LazyFrame, years: Sequence[int], as_of: date, rules: CreditRules
) -> pl.LazyFrame:
    """Credits and hours of a teacher in a calendar year.

    Grain: teacher × calendar year: every teacher of `teachers` in each of `years`, and whoever has a counted line
    in any year. Columns: province, teacher_id, year, credit_system, credits (after caps, a lower bound while
    unknown_credit_records > 0; null in a system without credits), hours, credits_lost_project_cap,
    credits_lost_school_cap, base_credits (= credits + both losses), is_assessed (null when the hire date is
    unknown), is_past_start (after the years of hiring and arrival, as far as they are known), school_based_hours,
    cycle_credits, cycle_hours and cycle_school_based_hours (the part that counts into the cycle), counted_records,
    unknown_credit_records, required_credits, required_hours, shortfall_credits (null when unknown),
    shortfall_hours, binding_constraint and verdict on the year: not_applicable for a teacher who isn't assessed in
    it, however much was earned (HI-2017/10.1).
    """
    earned = _year_totals(lines, rules)
    asked = teachers.select("teacher_id").join(_calendar(years), how="cross")
    rows = (
        asked.join(earned, on=["teacher_id", "year"], how="full", coalesce=True, maintain_order="none")
        .with_columns(pl.col(_SUMS).fill_null(0))
        .pipe(looked_up, _people(teachers, rules), on=["teacher_id"])
        .with_columns(pl.col("credit_system").fill_null(rules.default.system_id))
        .with_columns(has_credits=_has_credits(rules), is_assessed=_is_assessed(pl.col("year")))
        .pipe(looked_up, _year_limits(rules), on=["credit_system", "year"])
    )
    return _year_columns(_judged_year(rows, as_of), rules.province)


def _year_columns(judged: pl.LazyFrame, province: str) -> pl.LazyFrame:
    """The columns of a teacher's year, amounts exact."""
    return judged.select(
        province=pl.lit(province),
        teacher_id="teacher_id",
        year="year",
        credit_system="credit_system",
        credits=_credit_amount("credits"),
        hours=as_amount(pl.col("hours")),
        credits_lost_project_cap=_credit_amount("lost_project"),
        credits_lost_school_cap=_credit_amount("lost_school"),
        base_credits=_credit_amount("base"),
        is_assessed="is_assessed",
        is_past_start=_is_past_start(),
        school_based_hours=as_amount(pl.col("school_based_hours")),
        cycle_credits=_credit_amount("cycle_credits"),
        cycle_hours=as_amount(pl.col("cycle_hours")),
        cycle_school_based_hours=as_amount(pl.col("cycle_school_based_hours")),
        counted_records="counted_records",
        unknown_credit_records="unknown_credit_records",
        required_credits=as_amount(pl.col("need_credits")),
        required_hours=as_amount(pl.col("need_hours")),
        shortfall_credits=as_amount(_credit_shortfall()),
        shortfall_hours=as_amount(_shortfall("hours")),
        binding_constraint=_binding(_certainly_short_of_credits(), _is_short("hours")),
        verdict="verdict",
    )


def teacher_cycle(
    teacher_years: pl.LazyFrame,
    lines: pl.LazyFrame,
    teachers: pl.LazyFrame,
    years: Sequence[int],
    as_of: date,
    rules: CreditRules,
) -> pl.LazyFrame:
    """Credits and hours of a teacher in a fixed cycle, what falls short, and the verdict.

    Grain: teacher × cycle of the teacher's credit system that overlaps `years`. Columns: province, teacher_id,
    cycle_id, period, cycle_start, cycle_end, credit_system, credits (lower bound while is_credits_unknown), hours,
    school_based_hours, longest_concentrated_hours (the most hours of one concentrated project in the cycle),
    assessed_years, unknown_credit_records, is_credits_unknown, years_below_minimum (assessable years that are
    certainly below the yearly minimum of the cycle rule; null without one), required_… , reference_credits and
    reference_hours (the limits cut to the assessed years: for orientation, no verdict rests on it), shortfall_…
    (null when unknown or not asked for), binding_constraint, verdict.

    Verdict: met once everything asked is reached; in_progress while the cycle is open; undetermined for a teacher
    known from records only or without a hire date; not_applicable for one who isn't serving, isn't in scope or
    wasn't assessable in all years of the cycle; not_met when something certainly falls short; undetermined while
    unknown credits leave it open. A system that sets no figures gives undetermined (CQ-2013-24/01.1).
    """
    cycles = _cycles(rules, years)
    key = ["teacher_id", "start_year"]
    system = pl.col("credit_system").fill_null(rules.default.system_id)
    asked = teachers.select("teacher_id", system).join(cycles, on="credit_system", maintain_order="none").select(key)
    rows = (
        asked.join(_cycle_sums(teacher_years, rules), on=key, how="full", coalesce=True, maintain_order="none")
        .pipe(looked_up, _longest_concentrated(lines, rules), on=key)
        .with_columns(pl.col(*_CYCLE_SUMS, "concentrated_hours").fill_null(0))
        .pipe(looked_up, _people(teachers, rules), on=["teacher_id"])
        .with_columns(system)
        .join(cycles, on=["credit_system", "start_year"], maintain_order="none")
        .with_columns(has_credits=_has_credits(rules), expected_years=_expected_years())
        .with_columns(assessed_years=_assessed_years(), **_yearly_minimum())
    )
    return _cycle_columns(_judged_cycle(rows, as_of), rules.province)


def _cycle_columns(judged: pl.LazyFrame, province: str) -> pl.LazyFrame:
    """The columns of a teacher's cycle, amounts exact."""
    return judged.select(
        province=pl.lit(province),
        teacher_id="teacher_id",
        cycle_id="cycle_id",
        period="period",
        cycle_start=pl.date("start_year", 1, 1),
        cycle_end=pl.date("end_year", 12, 31),
        credit_system="credit_system",
        credits=_credit_amount("credits"),
        hours=as_amount(pl.col("hours")),
        school_based_hours=as_amount(pl.col("school_based_hours")),
        longest_concentrated_hours=as_amount(pl.col("concentrated_hours")),
        assessed_years="assessed_years",
        unknown_credit_records="unknown_credit_records",
        is_credits_unknown=pl.col("unknown_credit_records") > 0,
        years_below_minimum="years_below_minimum",
        required_credits=as_amount(pl.col("need_credits")),
        required_hours=as_amount(pl.col("need_hours")),
        reference_credits=_reference("credits"),
        reference_hours=_reference("hours"),
        shortfall_credits=as_amount(_credit_shortfall()),
        shortfall_hours=as_amount(_shortfall("hours")),
        shortfall_school_based_hours=as_amount(_shortfall("school_based_hours")),
        shortfall_concentrated_hours=as_amount(_shortfall("concentrated_hours")),
        binding_constraint=_binding(
            _certainly_short_of_credits() | (pl.col("years_below_minimum") > 0).fill_null(value=False),
            _short_of_any_hours(),
        ),
        verdict="verdict",
    )


_SUMS = [
    "credits",
    "hours",
    "lost_project",
    "lost_school",
    "base",
    "school_based_hours",
    "cycle_credits",
    "cycle_hours",
    "cycle_school_based_hours",
    "counted_records",
    "unknown_credit_records",
]


def _year_totals(lines: pl.LazyFrame, rules: CreditRules) -> pl.LazyFrame:
    """Sums of the counted lines by teacher and year, caps applied, in thousandths."""
    counted = _counted(lines)
    base, pooled = in_thousandths(pl.col("base_credits")).fill_null(0), pl.col("is_school_pool")
    hours, school_based = in_thousandths(pl.col("counted_hours")), pl.col("is_school_based")
    outside = _outside_cycle(rules, hours, base, school_based)
    # A teacher has one credit system: it is only asked for where caps differ between systems.
    has_several = len(rules.systems) > 1 and len(caps(rules, "school_cap")) > 1
    systems = {"credit_system": pl.col("credit_system")} if has_several else {}
    sums = (
        counted.select(
            "teacher_id",
            year="credit_year",
            hours=hours,
            base=base,
            pool=base * pooled,
            school_based_hours=hours * school_based,
            is_unknown=pl.col("status") != LineStatus.OK,
            **outside,
            **systems,
        )
        .group_by("teacher_id", "year", *systems)
        .agg(
            pl.col("hours", "base", "pool", "school_based_hours", *outside).sum(),
            counted_records=pl.len().cast(pl.Int64),
            unknown_credit_records=pl.col("is_unknown").sum().cast(pl.Int64),
        )
    )
    zeros = {name: pl.lit(0, dtype=pl.Int64) for name in _OUTSIDE if name not in outside}
    return _capped(sums.with_columns(**zeros), counted, rules).select("teacher_id", "year", *_SUMS)


_OUTSIDE = ["hours_outside", "credits_outside", "school_based_outside"]


def _counted(lines: pl.LazyFrame) -> pl.LazyFrame:
    is_counted = pl.any_horizontal(pl.col("status") == status for status in COUNTED)
    return lines.filter(is_counted)


def _outside_cycle(rules: CreditRules, hours: pl.Expr, base: pl.Expr, school_based: pl.Expr) -> dict[str, pl.Expr]:
    """What of each line doesn't count into a cycle; nothing to add up where every category counts in full."""
    if not _weighs(rules):
        return {}
    outside = SCALE - in_thousandths(pl.col("cycle_weight"))
    return {
        "hours_outside": hours * outside // SCALE,
        "credits_outside": base * outside // SCALE,
        "school_based_outside": hours * school_based * outside // SCALE,
    }


def _weighs(rules: CreditRules) -> bool:
    """Whether any category counts less than in full into a cycle."""
    return any(counting.cycle_weights for system in rules.systems for counting in system.counting)


def _capped(sums: pl.LazyFrame, counted: pl.LazyFrame, rules: CreditRules) -> pl.LazyFrame:
    """Credits after both caps: first each project's over all years, then the school pool's of each year."""
    if not caps(rules, "project_cap"):
        lost = sums.with_columns(lost_open=0, lost_pool=0)
    else:
        lost = looked_up(sums, _project_losses(counted, rules), on=["teacher_id", "year"]).with_columns(
            pl.col("lost_open", "lost_pool").fill_null(0)
        )
    pool = pl.col("pool") - pl.col("lost_pool")
    school_cap = cap(rules, "school_cap", last_day("year"))
    over = pl.lit(0) if school_cap is None else pl.max_horizontal(pool - school_cap, 0)
    return (
        lost.with_columns(lost_school=over, lost_project=pl.col("lost_open") + pl.col("lost_pool"))
        .with_columns(credits=pl.col("base") - pl.col("lost_project") - pl.col("lost_school"))
        .with_columns(
            cycle_credits=pl.col("credits") - pl.col("credits_outside"),
            cycle_hours=pl.col("hours") - pl.col("hours_outside"),
            cycle_school_based_hours=pl.col("school_based_hours") - pl.col("school_based_outside"),
        )
    )


def _project_losses(counted: pl.LazyFrame, rules: CreditRules) -> pl.LazyFrame:
    """What the project cap cuts from each teacher's years, in thousandths.

    Grain: teacher × year; lost_open (outside the school pool), lost_pool. The cap is used up in the order of time
    (year, end date, the school's share last) across years (HI-2017/14.3.5; a project with split registration gives
    8 and then 2, not 8 and 6). A record that names no project is a project of its own.

    Few projects reach the cap, so only their lines are put in order; a hash of teacher and project finds them
    without keeping every pair's names in memory, and its rare collisions are undone by the real keys.
    """
    smallest, own = caps(rules, "project_cap")[0], pl.col("cap")
    capped = counted.filter(pl.col("is_project_capped")).select(
        "teacher_id",
        "project_id",
        "end_date",
        "is_school_pool",
        year="credit_year",
        base=in_thousandths(pl.col("base_credits")).fill_null(0),
        cap=cap(rules, "project_cap", ENDED),
        pair=pl.col("teacher_id").hash() ^ pl.col("project_id").hash(seed=1),
    )
    in_project = capped.filter(pl.col("project_id").is_not_null())
    over = in_project.group_by("pair").agg(total=pl.col("base").sum()).filter(pl.col("total") > smallest)
    spent = pl.col("base").cum_sum().over(["teacher_id", "project_id"], order_by=["year", "end_date", "is_school_pool"])
    named = in_project.join(over, on="pair", how="semi").with_columns(
        lost=pl.col("base") - (own - (spent - pl.col("base"))).clip(0, pl.col("base"))
    )
    alone = capped.filter(pl.col("project_id").is_null() & (pl.col("base") > own)).with_columns(
        lost=pl.col("base") - own
    )
    columns = ["teacher_id", "year", "is_school_pool", "lost"]
    lost = pl.col("lost")
    return (
        pl.concat([named.select(columns), alone.select(columns)])
        .filter(lost > 0)
        .group_by("teacher_id", "year")
        .agg(lost_open=(lost * ~pl.col("is_school_pool")).sum(), lost_pool=(lost * pl.col("is_school_pool")).sum())
    )


def _calendar(years: Iterable[int]) -> pl.LazyFrame:
    return pl.LazyFrame({"year": list(years)}, schema={"year": pl.Int32})


def _people(teachers: pl.LazyFrame, rules: CreditRules) -> pl.LazyFrame:
    """What of a teacher decides whether a year is assessed; `last_start` is the last year that is too early."""
    years_on = by_system(rules, lambda system: pl.lit(system.assessed_after_years - 1, dtype=pl.Int32))
    return teachers.select(
        "teacher_id",
        "credit_system",
        is_known=pl.lit(value=True),
        is_serving=(pl.col("status") == TeacherStatus.ON_DUTY) & pl.col("is_in_scope"),
        hire_year=pl.col("hire_date").dt.year(),
        last_start=pl.max_horizontal(pl.col("hire_date").dt.year(), pl.col("transfer_date").dt.year()) + years_on,
    )


def _is_assessed(year: pl.Expr) -> pl.Expr:
    """Serving, in scope, and past the year of hiring or of arrival (HI-2017/10.1, 10.3); null = can't be told."""
    started = pl.col("hire_year").is_not_null() & (year > pl.col("last_start"))
    too_early = year <= pl.col("last_start")
    known = pl.when(too_early).then(False).when(started).then(True)
    return pl.col("is_serving") & known


def _is_past_start() -> pl.Expr:
    return (pl.col("year") > pl.col("last_start")).fill_null(value=True)


def _has_credits(rules: CreditRules) -> pl.Expr:
    with_credits = [system.system_id for system in rules.systems if system.has_credits]
    return pl.col("credit_system").is_in(with_credits)


def _credit_amount(name: str) -> pl.Expr:
    """A column of credits; null in a system that has none."""
    return as_amount(pl.when("has_credits").then(name))


def _year_limits(rules: CreditRules) -> pl.LazyFrame:
    rows = [
        {"credit_system": system.system_id, "year": year} | _limit_columns(limits)
        for system in rules.systems
        for year, limits in system.years.items()
    ]
    return pl.LazyFrame(rows, schema={"credit_system": pl.String, "year": pl.Int32} | _LIMIT_SCHEMA)


_LIMIT_SCHEMA: dict[str, type[pl.DataType]] = {f"need_{name}": pl.Int64 for name in LIMITS}


def _limit_columns(limits: Limits) -> dict[str, int | None]:
    values = {name: getattr(limits, name) for name in LIMITS}
    return {f"need_{name}": None if value is None else in_whole_thousandths(value) for name, value in values.items()}


def _judged_year(rows: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """Add `verdict`. A year is open until its last day is over."""
    short = _is_short("hours") | _is_short("credits") & (pl.col("unknown_credit_records") == 0)
    reached = ~_is_short("hours") & ~_is_short("credits")
    ruled = pl.any_horizontal(pl.col("need_credits", "need_hours").is_not_null())
    return rows.with_columns(
        verdict=pl.when(~pl.col("is_assessed"))
        .then(pl.lit(Verdict.NOT_APPLICABLE))
        .when(pl.col("is_assessed").is_null() | ~ruled)
        .then(pl.lit(Verdict.UNDETERMINED))
        .when(reached)
        .then(pl.lit(Verdict.MET))
        .when(pl.date(pl.col("year"), 12, 31) >= as_of)
        .then(pl.lit(Verdict.IN_PROGRESS))
        .when(short)
        .then(pl.lit(Verdict.NOT_MET))
        .otherwise(pl.lit(Verdict.UNDETERMINED))
    )


def _is_short(name: str) -> pl.Expr:
    """Whether a sum is below its limit; nothing is short of a limit that isn't set."""
    return (pl.col(name) < pl.col(f"need_{name}")).fill_null(value=False)


def _shortfall(name: str) -> pl.Expr:
    """What is missing to a limit, in thousandths; null without a limit."""
    gap = pl.col(f"need_{name}") - pl.col(name)
    return pl.when(gap.is_not_null()).then(gap.clip(lower_bound=0))


def _credit_shortfall() -> pl.Expr:
    """As `_shortfall`; null, not a number, while unknown credits might fill the gap."""
    is_certain = (pl.col("unknown_credit_records") == 0) | ~_is_short("credits")
    return pl.when(is_certain).then(_shortfall("credits"))


def _binding(short_credits: pl.Expr, short_hours: pl.Expr) -> pl.Expr:
    """Which kind certainly falls short; null when nothing is asked or unknown credits leave it open."""
    open_credits = _is_short("credits") & (pl.col("unknown_credit_records") > 0)
    asked = pl.any_horizontal(pl.col(*_LIMIT_SCHEMA).is_not_null())
    return (
        pl.when(short_credits & short_hours)
        .then(pl.lit(SHORT_OF_BOTH))
        .when(short_hours)
        .then(pl.lit(SHORT_OF_HOURS))
        .when(short_credits)
        .then(pl.lit(SHORT_OF_CREDITS))
        .when(asked & ~open_credits)
        .then(pl.lit(SHORT_OF_NOTHING))
    )


def _certainly_short_of_credits() -> pl.Expr:
    return _is_short("credits") & (pl.col("unknown_credit_records") == 0)


def _short_of_any_hours() -> pl.Expr:
    return _is_short("hours") | _is_short("school_based_hours") | _is_short("concentrated_hours")


_CYCLE_SUMS = [
    "credits",
    "hours",
    "school_based_hours",
    "unknown_credit_records",
    "years_reached",
    "years_unknown",
]


def _cycles(rules: CreditRules, years: Sequence[int]) -> pl.LazyFrame:
    """The cycles of every system that share a year with `years`. Grain: cycle."""
    rows = [
        {
            "credit_system": system.system_id,
            "cycle_id": cycle.cycle_id,
            "period": cycle.period,
            "start_year": cycle.start_year,
            "end_year": cycle.end_year,
        }
        | _limit_columns(cycle.limits)
        for system in rules.systems
        for cycle in system.cycles
        if any(cycle.start_year <= year <= cycle.end_year for year in years)
    ]
    texts: dict[str, type[pl.DataType]] = dict.fromkeys(("credit_system", "cycle_id", "period"), pl.String)
    return pl.LazyFrame(rows, schema=texts | {"start_year": pl.Int32, "end_year": pl.Int32} | _LIMIT_SCHEMA)


def _start_of_cycle(rules: CreditRules, year: str) -> pl.Expr:
    """The first year of the cycle that a year lies in, by the row's credit system; null outside every cycle."""

    def of(system: CreditSystem) -> pl.Expr:
        expression = pl.lit(None, dtype=pl.Int32)
        for cycle in system.cycles:
            within = pl.col(year).is_between(cycle.start_year, cycle.end_year)
            start = pl.lit(cycle.start_year, dtype=pl.Int32)
            expression = pl.when(within).then(start).otherwise(expression)
        return expression

    return by_system(rules, of)


def _cycle_sums(teacher_years: pl.LazyFrame, rules: CreditRules) -> pl.LazyFrame:
    """Sums of the years of a cycle in thousandths. Grain: teacher × cycle.

    years_reached and years_unknown count the years after hiring or arrival in which the yearly minimum of the
    cycle rule is reached, or may be once unknown credits are known.
    """
    earned = in_thousandths(pl.col("credits"))
    minimum = by_system(rules, _yearly_credits)
    expected = pl.col("is_past_start")
    has_unknown = pl.col("unknown_credit_records") > 0
    return (
        teacher_years.with_columns(start_year=_start_of_cycle(rules, "year"))
        .filter(pl.col("start_year").is_not_null())
        .group_by("teacher_id", "start_year")
        .agg(
            credits=in_thousandths(pl.col("cycle_credits")).sum(),
            hours=in_thousandths(pl.col("cycle_hours")).sum(),
            school_based_hours=in_thousandths(pl.col("cycle_school_based_hours")).sum(),
            unknown_credit_records=pl.col("unknown_credit_records").sum(),
            years_reached=(expected & (earned >= minimum)).sum().cast(pl.Int32),
            years_unknown=(expected & (earned < minimum) & has_unknown).sum().cast(pl.Int32),
        )
    )


def _yearly_credits(system: CreditSystem) -> pl.Expr:
    """The yearly minimum that is part of the rule of the row's cycle; null where it has none."""
    expression = pl.lit(None, dtype=pl.Int64)
    for cycle in system.cycles:
        minimum = cycle.limits.credits_each_year
        if minimum is not None:
            is_its = pl.col("start_year") == cycle.start_year
            expression = pl.when(is_its).then(in_whole_thousandths(minimum)).otherwise(expression)
    return expression


def _longest_concentrated(lines: pl.LazyFrame, rules: CreditRules) -> pl.LazyFrame:
    """The most hours a teacher has in one concentrated project within a cycle. Grain: teacher × cycle.

    Hours of different projects aren't put together (WZ-2012-33/04.2); a record that names no project is its own.
    """
    counts = pl.col("cycle_weight") > 0 if _weighs(rules) else pl.lit(value=True)
    concentrated = (
        _counted(lines)
        .filter(pl.col("is_concentrated") & counts)
        .select(
            "teacher_id",
            "project_id",
            start_year=_start_of_cycle(rules, "credit_year"),
            hours=in_thousandths(pl.col("counted_hours")),
        )
    )
    in_project = pl.col("project_id").is_not_null()
    whole = (
        concentrated.filter(in_project)
        .group_by("teacher_id", "start_year", "project_id")
        .agg(pl.col("hours").sum())
        .select("teacher_id", "start_year", "hours")
    )
    alone = concentrated.filter(~in_project).select("teacher_id", "start_year", "hours")
    return pl.concat([whole, alone]).group_by("teacher_id", "start_year").agg(concentrated_hours=pl.col("hours").max())


def _expected_years() -> pl.Expr:
    """The years of the cycle after hiring or arrival; all of them when neither is known."""
    first = pl.max_horizontal("start_year", pl.col("last_start") + 1)
    return (pl.col("end_year") - first + 1).clip(lower_bound=0)


def _assessed_years() -> pl.Expr:
    """In how many years of the cycle the teacher is assessed; null when it can't be told."""
    known = pl.when(pl.col("hire_year").is_not_null()).then("expected_years")
    return pl.when("is_serving").then(known).when(~pl.col("is_serving")).then(0)


def _yearly_minimum() -> dict[str, pl.Expr]:
    asked = pl.col("need_credits_each_year").is_not_null()
    return {
        "years_below_minimum": pl.when(asked).then(
            pl.col("expected_years") - pl.col("years_reached") - pl.col("years_unknown")
        ),
        "is_every_year_reached": ~asked | (pl.col("years_reached") >= pl.col("expected_years")),
    }


def _reference(name: str) -> pl.Expr:
    """A limit cut to the assessed years of the cycle, rounded to thousandths."""
    length = pl.col("end_year") - pl.col("start_year") + 1
    return as_amount(pl.col(f"need_{name}") * pl.col("assessed_years") // length)


def _judged_cycle(rows: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """Add `verdict`; the order of the cases is the rule."""
    asked = pl.any_horizontal(pl.col(*_LIMIT_SCHEMA).is_not_null())
    reached = ~_is_short("credits") & ~_short_of_any_hours() & pl.col("is_every_year_reached")
    certainly_short = (
        _certainly_short_of_credits()
        | _short_of_any_hours()
        | (pl.col("years_below_minimum") > 0).fill_null(value=False)
    )
    whole_cycle = pl.col("end_year") - pl.col("start_year") + 1
    return rows.with_columns(
        verdict=pl.when(~asked)
        .then(pl.lit(Verdict.UNDETERMINED))
        .when(reached)
        .then(pl.lit(Verdict.MET))
        .when(pl.date("end_year", 12, 31) >= as_of)
        .then(pl.lit(Verdict.IN_PROGRESS))
        .when(pl.col("is_known").is_null())
        .then(pl.lit(Verdict.UNDETERMINED))
        .when(pl.col("assessed_years") < whole_cycle)
        .then(pl.lit(Verdict.NOT_APPLICABLE))
        .when(pl.col("assessed_years").is_null())
        .then(pl.lit(Verdict.UNDETERMINED))
        .when(certainly_short)
        .then(pl.lit(Verdict.NOT_MET))
        .otherwise(pl.lit(Verdict.UNDETERMINED))
    )
