"""What each registered record is worth by itself: core.fct_credit.

Belongs here: whether a record counts, how many hours and credits it stands for before any cap, which calendar
year it goes to, and which caps apply to it. Caps themselves, years and cycles are in `models.marts.credits`;
rates come in through `CreditRules`.

Credits and hours are computed in whole thousandths (Int64) and leave as Decimal(38, 3): exact for hours given to
0.01 and credits given to 0.001.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

import polars as pl

from models.core.credit_rules import Counting, CreditRules, CreditSystem, Rates
from models.vocabulary import CreditLevel, LineStatus, ProjectLevel, RuleLevel, SourceType

AMOUNT = pl.Decimal(38, 3)
SCALE = 1000

LEVELS: Mapping[str, str] = {
    ProjectLevel.NATION.value: CreditLevel.NATION.value,
    ProjectLevel.PROVINCE.value: CreditLevel.PROVINCE.value,
    ProjectLevel.CITY.value: CreditLevel.CITY.value,
    ProjectLevel.COUNTY.value: CreditLevel.COUNTY.value,
    ProjectLevel.SCHOOL.value: CreditLevel.SCHOOL.value,
    RuleLevel.CITY_OR_COUNTY.value: CreditLevel.COUNTY.value,
}
"""A project's or dispatching unit's level in the words of a record's level. The rest are the same word."""

KEPT_APART = pl.QueryOptFlags(comm_subplan_elim=False)
"""For plans over all lines: what several steps read is read again; shared sub-plans would be held in memory whole."""

SAME_TIER = (CreditLevel.CITY, CreditLevel.COUNTY)
"""The text knows city and county as one level (市縣級)."""


def in_thousandths(amount: pl.Expr) -> pl.Expr:
    """A Decimal(38, 3) as whole thousandths."""
    return amount.cast(AMOUNT).to_physical().cast(pl.Int64)


def as_amount(thousandths: pl.Expr) -> pl.Expr:
    """Whole thousandths as a Decimal(38, 3)."""
    return thousandths.cast(pl.Int128).reinterpret(dtype=AMOUNT)


def credit_lines(
    records: pl.LazyFrame, projects: pl.LazyFrame, teachers: pl.LazyFrame, rules: CreditRules
) -> pl.LazyFrame:
    """Judge and convert every registered record.

    Grain: credit record. Columns: province, record_id, teacher_id, project_id, credit_system, credit_year,
    source_type, category, level, hours_registered, credits_registered, counted_hours, base_credits (before caps;
    null = unknown), cycle_weight (share that counts into a cycle), is_school_pool, is_project_capped,
    is_school_based, is_concentrated, status (ok, need_table, ineligible, quarantine), reason_code, start_date,
    end_date, certificate_date.

    - A record counts with a counted status and a pass (HI-2017/04.1, 14.3.1); mentorships of Hainan from two
      months on, for 60 hours (14.6).
    - Of one teacher's records of one project registered at several levels those of the project's own level count
      (HI-2017/05.1), the others are `quarantine`; where none fits, all stay.
    - credit_year: the year made up for, if not at school level (HI-2017/09.6); the registered year in projects
      with split registration; else the certificate's year, else that of the end date (14.1).
    - A secondment is of its dispatching unit's level (14.3.6).
    """
    is_second = pl.col("record_id").is_in(_second_registrations(records, projects, teachers, rules).implode())
    judged = _judged(records, projects, teachers, rules).with_columns(
        _barred=pl.when(pl.col("reason_code").is_not_null())
        .then(pl.lit(LineStatus.INELIGIBLE))
        .when(is_second)
        .then(pl.lit(LineStatus.QUARANTINE)),
        reason_code=pl.when(is_second).then(pl.lit("registered_at_two_levels")).otherwise("reason_code"),
        _level=_effective_level(rules),
    )
    converted = _with_parts(judged, rules).with_columns(
        _hours=by_counting(rules, ENDED, _hours),
        _credits=_credits(rules),
        _year=_credit_year(rules),
    )
    return _columns(converted.with_columns(_is_known=pl.col("_credits").is_not_null() | ~_has_credits(rules)), rules)


def _columns(converted: pl.LazyFrame, rules: CreditRules) -> pl.LazyFrame:
    """The columns of a credit line: what is barred counts for nothing, the rest says whether its credits are known."""
    counts = pl.col("_barred").is_null()
    return converted.select(
        province=pl.lit(rules.province),
        record_id="record_id",
        teacher_id="teacher_id",
        project_id="project_id",
        credit_system="credit_system",
        credit_year="_year",
        source_type="source_type",
        category="category",
        level="_level",
        hours_registered="hours",
        credits_registered="credits",
        counted_hours=as_amount(pl.when(counts).then("_hours").otherwise(0)),
        base_credits=as_amount(pl.when(counts).then("_credits").otherwise(0)),
        cycle_weight=by_counting(rules, ENDED, _cycle_weight).cast(AMOUNT),
        is_school_pool=by_counting(rules, last_day("_year"), _in_school_pool),
        is_project_capped=by_counting(rules, ENDED, _is_project_capped),
        is_school_based=(pl.col("category") == SourceType.SCHOOL_BASED).fill_null(value=False)
        | (pl.col("source_type") == SourceType.SCHOOL_BASED),
        is_concentrated=pl.col("source_type") == SourceType.CONCENTRATED,
        status=pl.when(~counts)
        .then("_barred")
        .when("_is_known")
        .then(pl.lit(LineStatus.OK))
        .otherwise(pl.lit(LineStatus.NEED_TABLE)),
        reason_code=pl.when(~counts)
        .then("reason_code")
        .when("_is_known")
        .then(pl.lit(None, dtype=pl.String))
        .otherwise(pl.lit("rate_table_missing")),
        start_date="start_date",
        end_date="end_date",
        certificate_date="certificate_date",
    )


def looked_up(rows: pl.LazyFrame, lookup: pl.LazyFrame, on: list[str]) -> pl.LazyFrame:
    """Many rows left-joined to a few: the few are held in memory, the many stream past in any order."""
    return rows.join(lookup, on=on, how="left", maintain_order="none", build_side="force_right")


def _with_system(records: pl.LazyFrame, teachers: pl.LazyFrame, rules: CreditRules) -> pl.LazyFrame:
    """Records with their teacher's credit system; the province's default for a teacher we don't know."""
    default = rules.default.system_id
    if len(rules.systems) == 1:
        return records.with_columns(credit_system=pl.lit(default))
    systems = teachers.select("teacher_id", "credit_system")
    return looked_up(records, systems, on=["teacher_id"]).with_columns(pl.col("credit_system").fill_null(default))


def _with_project(records: pl.LazyFrame, projects: pl.LazyFrame) -> pl.LazyFrame:
    """Records with their project's level, its dispatching unit's level and whether it registers by year."""
    named = projects.select(
        "project_id",
        _project_level=pl.col("level").replace(LEVELS),
        _dispatch_level=pl.col("dispatch_org_level").replace(LEVELS),
        _is_split=pl.col("split_year_registration").fill_null(value=False),
    )
    return looked_up(records, named, on=["project_id"])


def by_system(rules: CreditRules, build: Callable[[CreditSystem], pl.Expr]) -> pl.Expr:
    """What `build` makes of each system, chosen by the row's credit_system."""
    expression = build(rules.default)
    for system in rules.systems[1:]:
        is_its = pl.col("credit_system") == system.system_id
        expression = pl.when(is_its).then(build(system)).otherwise(expression)
    return expression


ENDED = pl.col("end_date")
"""The day whose rules a record is converted by."""


def by_counting(rules: CreditRules, day: pl.Expr, build: Callable[[Counting], pl.Expr]) -> pl.Expr:
    """What `build` makes of the way of counting that holds on a day, in the row's credit system."""

    def of(system: CreditSystem) -> pl.Expr:
        first, *later = system.counting
        expression = build(first)
        for counting in later:
            expression = pl.when(day >= counting.since).then(build(counting)).otherwise(expression)
        return expression

    return by_system(rules, of)


def last_day(year: str) -> pl.Expr:
    """The day whose rules hold for a whole calendar year."""
    return pl.date(pl.col(year), 12, 31)


def cap(rules: CreditRules, name: str, day: pl.Expr) -> pl.Expr | None:
    """A cap of `Counting` on a day in thousandths; None where nobody has one. Where some have one, null without it."""
    figures = caps(rules, name)
    if not figures:
        return None
    if len(figures) == 1:  # lines of those without it carry no flag
        return pl.lit(figures[0], dtype=pl.Int64)

    def of(counting: Counting) -> pl.Expr:
        value = getattr(counting, name)
        return pl.lit(None if value is None else in_whole_thousandths(value), dtype=pl.Int64)

    return by_counting(rules, day, of)


def caps(rules: CreditRules, name: str) -> list[int]:
    """All values that a cap of `Counting` ever has in the province, in thousandths, the smallest first."""
    values = {getattr(counting, name) for system in rules.systems for counting in system.counting}
    return sorted(in_whole_thousandths(value) for value in values if value is not None)


def _has_credits(rules: CreditRules) -> pl.Expr:
    return by_system(rules, lambda system: pl.lit(system.has_credits))


def _why_not(counting: Counting) -> pl.Expr:
    """Why a record doesn't count; null when it does."""
    reason = (
        pl.when(~_is_one_of(pl.col("status"), counting.counted_statuses))
        .then(pl.lit("not_registered"))
        .when(~_is_one_of(pl.col("completion"), counting.counted_completion))
        .then(pl.lit("not_passed"))
    )
    if counting.rates is None or counting.rates.mentorship_min_months is None:
        return reason.otherwise(pl.lit(None, dtype=pl.String))
    is_mentorship = _is_one_of(pl.col("source_type"), counting.rates.mentorship)
    started = pl.when(is_mentorship).then("start_date")  # adding months is slow: only where it is asked
    long_enough = pl.col("end_date") >= started.dt.offset_by(f"{counting.rates.mentorship_min_months}mo")
    return (
        reason.when(is_mentorship & pl.col("start_date").is_null())
        .then(pl.lit("mentorship_start_missing"))
        .when(is_mentorship & ~long_enough)
        .then(pl.lit("mentorship_too_short"))
        .otherwise(pl.lit(None, dtype=pl.String))
    )


def _effective_level(rules: CreditRules) -> pl.Expr:
    """The registered level; for a secondment that of the unit that sent the teacher (HI-2017/14.3.6)."""

    def of(counting: Counting) -> pl.Expr:
        if counting.rates is None or not counting.rates.dispatched:
            return pl.col("level")
        is_sent = _is_one_of(pl.col("source_type"), counting.rates.dispatched)
        return pl.when(is_sent).then(pl.coalesce("_dispatch_level", "level")).otherwise("level")

    return by_counting(rules, ENDED, of)


def _distance() -> pl.Expr:
    """How far a record's level is from its project's: 0 = the same, 1 = city for county or the reverse, 2 = other."""
    level, asked = pl.col("level"), pl.col("_project_level")
    return (
        pl.when((level == asked) | asked.is_null())
        .then(0)
        .when(_is_one_of(level, SAME_TIER) & _is_one_of(asked, SAME_TIER))
        .then(1)
        .otherwise(2)
        .cast(pl.Int8)
    )


def _judged(records: pl.LazyFrame, projects: pl.LazyFrame, teachers: pl.LazyFrame, rules: CreditRules) -> pl.LazyFrame:
    """Records with their context and, where one doesn't count by itself, the reason."""
    reasoned = _with_system(records, teachers, rules).with_columns(reason_code=by_counting(rules, ENDED, _why_not))
    return _with_project(reasoned, projects)


def _second_registrations(
    records: pl.LazyFrame, projects: pl.LazyFrame, teachers: pl.LazyFrame, rules: CreditRules
) -> pl.Series:
    """The record_ids registered again at a level that is further from the project's than another counted record.

    Looked up at once, not lazily: there are few, and a list of ids is far cheaper to ask every record for than a
    join. Only a record off its project's level can be one, so a hash of its teacher and project picks the records
    to look at; these are compared by their real keys.
    """
    pair = pl.col("teacher_id").hash() ^ pl.col("project_id").hash(seed=1)
    off_level = _with_project(records.select("teacher_id", "project_id", "level"), projects).filter(_distance() > 0)
    doubtful = off_level.select(pair=pair).unique().collect(engine="streaming")["pair"]
    candidates = records.filter(pl.col("project_id").is_not_null() & pair.is_in(doubtful.implode()))
    nearest = pl.col("distance").min().over("teacher_id", "project_id")
    return (
        _judged(candidates, projects, teachers, rules)
        .filter(pl.col("reason_code").is_null())
        .select("record_id", "teacher_id", "project_id", distance=_distance())
        .filter(pl.col("distance") > nearest)
        .select("record_id")
        .collect(engine="streaming")["record_id"]
    )


def _is_one_of(value: pl.Expr, words: Sequence[str]) -> pl.Expr:
    """As `is_in`, several times as fast for a handful of words; a missing value is none of them."""
    if not words:
        return pl.lit(value=False)
    return pl.any_horizontal(value.eq_missing(pl.lit(word)) for word in words)


def _credit_year(rules: CreditRules) -> pl.Expr:
    """The calendar year a record goes to (HI-2017/14.1, 09.6)."""

    def of(counting: Counting) -> pl.Expr:
        made_up = pl.col("makeup_for_year").is_not_null() & _is_one_of(pl.col("_level"), counting.makeup_levels)
        dated = pl.coalesce("certificate_date", "end_date") if counting.by_certificate else pl.col("end_date")
        return (
            pl.when(made_up)
            .then("makeup_for_year")
            .when(pl.col("_is_split") & pl.col("credit_year").is_not_null())
            .then("credit_year")
            .otherwise(dated.dt.year())
        )

    return by_counting(rules, ENDED, of).cast(pl.Int32)


def _with_parts(lines: pl.LazyFrame, rules: CreditRules) -> pl.LazyFrame:
    """Add what the conversion is put together from, each worked out once: amounts in thousandths and rates."""
    amounts = lines.with_columns(
        _face_hours=in_thousandths(pl.col("hours")),
        _online_hours=in_thousandths(pl.col("hours_online")),
        _registered=in_thousandths(pl.col("credits")),
    )
    if not any(counting.rates for system in rules.systems for counting in system.counting):
        return amounts
    face, online = pl.col("_face_hours"), pl.col("_online_hours")
    is_mixed = by_rates(rules, lambda rates: _is_one_of(pl.col("source_type"), rates.mixed), pl.lit(value=False))
    return (
        amounts.with_columns(
            _daily=by_rates(rules, lambda rates: _rate(rates.daily_credits), NO_RATE),
            _lecture=by_rates(rules, lambda rates: _rate(rates.lecture_credits_per_period), NO_RATE),
            _is_mixed=is_mixed & (online <= face),
        )
        .with_columns(
            _present_hours=pl.when("_is_mixed").then(face - online).otherwise(face),
        )
        .with_columns(_by_days=by_rates(rules, lambda rates: _by_days(pl.col("_present_hours"), rates), NO_RATE))
    )


NO_RATE = pl.lit(None, dtype=pl.Int64)


def by_rates(rules: CreditRules, build: Callable[[Rates], pl.Expr], without: pl.Expr) -> pl.Expr:
    """What `build` makes of the rates a record is converted by; `without` where there are none."""
    return by_counting(rules, ENDED, lambda counting: without if counting.rates is None else build(counting.rates))


def _hours(counting: Counting) -> pl.Expr:
    """Hours in thousandths: as registered, a mentorship's by rule (HI-2017/14.6.1)."""
    if counting.rates is None or counting.rates.mentorship_hours is None:
        return pl.col("_face_hours")
    fixed = in_whole_thousandths(counting.rates.mentorship_hours)
    is_mentorship = _is_one_of(pl.col("source_type"), counting.rates.mentorship)
    return pl.when(is_mentorship).then(fixed).otherwise("_face_hours")


def _credits(rules: CreditRules) -> pl.Expr:
    """Credits before any cap in thousandths, null = unknown."""
    converted = by_rates(rules, _converted, pl.col("_registered"))
    return pl.when(_has_credits(rules)).then(converted)


def _converted(rates: Rates) -> pl.Expr:
    """Credits by the rates (HI-2017/14.3, 14.5, 14.7); registered credits for kinds that no rate is on file for.

    A rate of the kind itself comes first. Where days are worth credits by level, a level without a rate (the
    school's, but for lectures) is school training: registered credits.
    """
    source, registered, face = pl.col("source_type"), pl.col("_registered"), pl.col("_face_hours")
    expression = registered
    if rates.online_credits_per_hour is not None:
        online_rate = in_whole_thousandths(rates.online_credits_per_hour)
        mixed = pl.col("_by_days") + _scaled(pl.col("_online_hours") * online_rate)
        expression = pl.when("_is_mixed").then(mixed).otherwise(expression)
        expression = pl.when(_is_one_of(source, rates.online)).then(_scaled(face * online_rate)).otherwise(expression)
    if rates.daily_credits:
        expression = pl.when(_is_one_of(source, rates.by_day)).then("_by_days").otherwise(expression)
        expression = pl.when(pl.col("_daily").is_null()).then(registered).otherwise(expression)
    for kind, rate in rates.hourly_credits.items():
        expression = pl.when(source == kind).then(_shared(face, rate)).otherwise(expression)
    is_lecture = _is_one_of(source, rates.lecture) & pl.col("_lecture").is_not_null()
    return pl.when(is_lecture).then(_scaled(face * pl.col("_lecture"))).otherwise(expression)


def _by_days(hours: pl.Expr, rates: Rates) -> pl.Expr:
    """Whole days at the daily rate, the rest by the hour and at most one day's credits (HI-2017/14.3.1 to 14.3.4)."""
    if rates.hours_per_day is None or rates.part_day_credits_per_hour is None:
        return NO_RATE
    day, daily = in_whole_thousandths(rates.hours_per_day), pl.col("_daily")
    rest = _scaled((hours % day) * in_whole_thousandths(rates.part_day_credits_per_hour))
    return (hours // day) * daily + pl.min_horizontal(rest, daily)


def _rate(rates: Mapping[str, Decimal]) -> pl.Expr:
    """The rate of the line's level in thousandths; null for a level without one.

    A chain of comparisons: ten times as fast as a lookup where there are five levels and millions of lines.
    """
    expression = pl.lit(None, dtype=pl.Int64)
    for level, rate in rates.items():
        is_its = pl.col("_level") == level
        expression = pl.when(is_its).then(in_whole_thousandths(rate)).otherwise(expression)
    return expression


def _in_school_pool(counting: Counting) -> pl.Expr:
    """Whether the credits share the yearly cap (HI-2017/09.2, 14.4.3)."""
    if counting.school_cap is None:
        return pl.lit(value=False)
    is_level = _is_one_of(pl.col("_level"), counting.school_pool_levels)
    return is_level & _is_one_of(pl.col("source_type"), counting.school_pool_sources)


def _is_project_capped(counting: Counting) -> pl.Expr:
    """Whether the credits fall under the cap of one project (HI-2017/14.3.5)."""
    if counting.project_cap is None:
        return pl.lit(value=False)
    return _is_one_of(pl.col("source_type"), counting.project_cap_sources)


def _cycle_weight(counting: Counting) -> pl.Expr:
    """The share that counts into a cycle (WZ-2012-33/04.12, 04.15; ZJ-2016-71)."""
    weight = pl.lit(Decimal(1), dtype=AMOUNT)
    # Not `replace_strict`: it would hold whole columns in memory.
    for category, share in counting.cycle_weights.items():
        weight = (
            pl.when(pl.col("category").eq_missing(pl.lit(category))).then(pl.lit(share, dtype=AMOUNT)).otherwise(weight)
        )
    return weight


def in_whole_thousandths(value: Decimal) -> int:
    """A setting as whole thousandths; ValueError when it is finer."""
    scaled = value * SCALE
    if scaled != int(scaled):
        raise ValueError(f"设置 {value} 比千分之一还细，学分算不准；请写成最多三位小数")
    return int(scaled)


def _scaled(product: pl.Expr) -> pl.Expr:
    """A product of two thousandths back in thousandths, half up."""
    return (product + SCALE // 2) // SCALE


def _shared(thousandths: pl.Expr, rate: Fraction) -> pl.Expr:
    """A share of an amount in thousandths, half up."""
    return (thousandths * (2 * rate.numerator) + rate.denominator) // (2 * rate.denominator)
