"""Counties, cities, the province and schools: documents on file, checks, money, staff and coverage.

Here belong the grains `unit`, `county_year`, `check`, `finance`, `school`, `school_plan` and `calendar`, and the
measures that count documents or teachers over places. Spot-check coverage and class observations are in
`models.measures.counties`.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Literal

import polars as pl

from models.measures.counties import unit_years, units_at
from models.measures.grains import counted, derived, grain, joined
from models.measures.projects import projects
from models.measures.providers import in_post, lasts_until, with_fulltime
from models.measures.registry import EXACT, NO_ROWS, Condition, Frames, Needs, keep, measure, part_year
from models.vocabulary import COUNTED, ProjectLevel, TeacherStatus, UnitLevel

_YEARS: Final = {"core.dim_unit": (), "core.dim_project": ("start_date",)}


@grain("unit", title="县级单位", table="admin_unit", needs={"core.dim_unit": ("level",)})
def unit(frames: Frames) -> pl.LazyFrame:
    """County-level units as they stand tonight; the period is the as-of year."""
    return (
        frames["core.dim_unit"]
        .filter("is_county")
        .with_columns(subject_id="unit_id", period=pl.lit(str(frames.as_of.year)), effective_on=pl.lit(frames.as_of))
    )


@derived("unit", "fulltime_officers", needs={"staging.org_staff": ("org_id", "role", "is_fulltime")})
def _officers(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    return with_fulltime(rows, frames, "unit_id", ("培训管理者", "相关管理人员"), "fulltime_officers")


@grain("county_year", title="县级单位的一年", table="admin_unit", needs=_YEARS)
def county_year(frames: Frames) -> pl.LazyFrame:
    """Every county-level unit in every year in which the province has projects."""
    return unit_years(frames).with_columns(
        subject_id="unit_id",
        period=pl.col("year").cast(pl.String),
        effective_on=pl.date("year", 12, 31),
        year_end=pl.date("year", 12, 31),
    )


@grain("city_year", title="设区市的一年", table="admin_unit", needs=_YEARS)
def city_year(frames: Frames) -> pl.LazyFrame:
    """Every city in every year in which the province has projects."""
    return unit_years(frames, "city").with_columns(
        subject_id="unit_id",
        period=pl.col("year").cast(pl.String),
        effective_on=pl.date("year", 12, 31),
        year_end=pl.date("year", 12, 31),
    )


@derived("city_year", "year_end", needs=_YEARS)
@derived("county_year", "year_end", needs=_YEARS)
def _year_end(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    return rows


@derived(
    "county_year",
    "checked_content_kinds",
    needs={"core.fct_spot_check": ("checker_unit_id", "check_date", "content_codes")},
)
def _content(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Different items that the county's own checks of the year looked at."""
    items = (
        frames["core.fct_spot_check"]
        .select(unit_id="checker_unit_id", year=pl.col("check_date").dt.year().cast(pl.Int32), item="content_codes")
        .explode("item")
        .filter(pl.col("item").is_not_null())
    )
    return counted(rows, items, ["unit_id", "year"], checked_content_kinds=pl.col("item").n_unique())


_PUBLISHED: Final = {"core.fct_spot_check": ("checker_unit_id", "check_date", "publicity_date")}


@derived("city_year", "published_checks", needs=_PUBLISHED)
@derived("county_year", "published_checks", needs=_PUBLISHED)
def _published(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """The unit's own checks of the year whose result was made public."""
    public = frames["core.fct_spot_check"].filter(pl.col("publicity_date").is_not_null())
    dated = public.with_columns(unit_id="checker_unit_id", year=pl.col("check_date").dt.year().cast(pl.Int32))
    return counted(rows, dated.select("unit_id", "year"), ["unit_id", "year"], published_checks=pl.len())


TIERS: Final[Mapping[str, str]] = {
    ProjectLevel.NATION: "国",
    ProjectLevel.PROVINCE: "市",
    ProjectLevel.CITY: "市",
    ProjectLevel.COUNTY: "区县",
    ProjectLevel.SCHOOL: "校",
}
"""Project level → tier of a municipality's four; what the platform calls provincial is the municipality's."""


@derived("county_year", "training_tiers", needs={"core.dim_project": ("level", "county_unit_id")})
def _tiers(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """How many of the four tiers had a project in the county that year."""
    held = projects(frames).select(
        unit_id="county_unit_id",
        year=pl.col("start_date").dt.year().cast(pl.Int32),
        tier=pl.col("level").replace_strict(TIERS, default=None, return_dtype=pl.String),
    )
    return counted(rows, held.drop_nulls(), ["unit_id", "year"], training_tiers=pl.col("tier").n_unique())


@measure(
    "checks_on_platform",
    title="平台留痕的质量检查数",
    reads={"core.fct_spot_check": ("checker_unit_id", "check_date", "in_platform"), "core.dim_unit": ()},
    accumulates=True,
    formula="起止日期内本级在平台留痕的抽查记录数",
)
def checks_on_platform(
    frames: Frames, *, batch: str, opens: date, closes: date, at: Literal["county", "city"] = "county"
) -> pl.LazyFrame:
    """Checks recorded on the platform within the dates of a batch. Grain: county (or city) × batch.

    A check of which nobody said whether it was recorded there may have been (`at_most`).
    """
    kept = (
        frames["core.fct_spot_check"]
        .filter(pl.col("check_date").is_between(opens, closes))
        .select("in_platform", unit_id="checker_unit_id")
    )
    units = units_at(frames, at).select("unit_id")
    marked = counted(
        units, kept, "unit_id", numerator=pl.col("in_platform").sum(), _untold=pl.col("in_platform").null_count()
    )
    may_be = pl.col("_untold") > 0
    return marked.with_columns(
        subject_id="unit_id",
        period=pl.lit(batch),
        effective_on=pl.lit(opens),
        period_end=pl.lit(closes),
        at_most=pl.when(may_be).then((pl.col("numerator") + pl.col("_untold")).cast(EXACT)),
        unsure=pl.when(may_be).then(pl.lit("抽查是否在平台留痕没有登记")),
        inputs=pl.struct(checks="numerator"),
    )


@grain("check", title="抽查记录", table="spot_check", needs={"core.fct_spot_check": ("checker_unit_id", "check_date")})
def check(frames: Frames) -> pl.LazyFrame:
    """Spot checks; subject is the unit that checked, period the year."""
    return frames["core.fct_spot_check"].with_columns(
        subject_id="checker_unit_id",
        unit_id="checker_unit_id",
        period=pl.col("check_date").dt.year().cast(pl.String),
        effective_on="check_date",
        period_end=pl.date(pl.col("check_date").dt.year(), 12, 31),
    )


@derived("check", "methods", needs={"core.fct_spot_check": ("method_codes",)})
def _methods(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    """How many methods the check names that the contract knows; a wrong one was rejected when it was read."""
    return rows.with_columns(methods=pl.col("method_codes").list.len().fill_null(0))


# ---- documents


def _document_needs(options: Mapping[str, Any]) -> Needs:
    dated = (options["dated"],) if options["dated"] else ()
    return {"staging.monitoring_doc": ("unit_id", "year", "doc_type", *dated), **_YEARS}


@measure(
    "documents_on_file",
    title="应有文件数",
    reads=_document_needs,
    accumulates=True,
    formula="按期已报（已发布、已反馈）的应有文种数",
)
def documents_on_file(
    frames: Frames,
    *,
    kinds: Mapping[str, int],
    at: Literal["county", "city", "province", "school", "institution"],
    dated: Literal["submit_date", "publish_date", "feedback_date"] | None = None,
    due: str | None = None,
    open_until: str = "12-31",
    years_later: int = 0,
    since: date | None = None,
) -> pl.LazyFrame:
    """How many kinds of document a unit has for a year. Grain: unit × year, open until the last day it may come.

    Args:
        frames: the night's tables.
        kinds: kinds of document, each with how many years one stays good (a five-year plan: 5).
        at: which units are asked.
        dated: the date that has to be on file, if any.
        due: month and day by which that date has to be, such as `12-31`; one after it is too late.
        open_until: month and day until which nothing is said of a document that isn't there, where none is due; one
            that comes later is as good.
        years_later: how many years after the document's year that day falls.
        since: the day the duty came into force, where the year of it isn't held against anybody.
    """
    last = pl.date(pl.col("year") + years_later, *(int(part) for part in (due or open_until).split("-")))
    docs = frames["staging.monitoring_doc"]
    if dated is not None:
        docs = docs.filter(pl.col(dated) <= last if due else pl.col(dated).is_not_null())
    spread = pl.concat([_years_good(docs, kind, good) for kind, good in kinds.items()])
    base = _asked_units(frames, at).join(unit_years(frames).select("year").unique(), how="cross")
    on_file = spread.group_by("subject_id", "year").agg(kinds=pl.col("doc_type").unique().sort())
    return joined(base, on_file, ["subject_id", "year"]).with_columns(
        period=pl.col("year").cast(pl.String),
        effective_on=pl.date("year", 12, 31),
        period_end=last,
        excused=part_year(pl.col("year"), since),
        doubt=not_there_yet(pl.date("year", 12, 31)),
        numerator=pl.col("kinds").list.len().fill_null(0),
        inputs=pl.struct(on_file="kinds"),
    )


def _years_good(docs: pl.LazyFrame, kind: str, years: int) -> pl.LazyFrame:
    """The documents of a kind, once for each of the years that one stays good."""
    good = pl.int_ranges(pl.col("year"), pl.col("year") + years).cast(pl.List(pl.Int32))
    return docs.filter(pl.col("doc_type") == kind).select("doc_type", subject_id="unit_id", year=good).explode("year")


def _asked_units(frames: Frames, at: str) -> pl.LazyFrame:
    if at == "school":
        is_direct = pl.col("unit_id") == pl.col("city_id")
        return frames["core.dim_school"].select(
            "school_type", "valid_from", subject_id="school_id", unit_id="county_id", is_directly_under_city=is_direct
        )
    if at == "institution":
        home = pl.coalesce("county_id", "unit_id")
        return frames["core.dim_institution"].select(
            "institution_type", "valid_from", subject_id="institution_id", unit_id=home
        )
    unbounded = pl.lit(None, dtype=pl.Date).alias("valid_from")
    return units_at(frames, at).select(unbounded, subject_id="unit_id", unit_id="unit_id")


@measure(
    "counties_with_document",
    title="有汇总的市县比例",
    reads={"staging.monitoring_doc": ("unit_id", "year", "doc_type"), "marts.teacher_cycle": (), "core.dim_unit": ()},
    formula="周期末年或次年有该文种的市县数÷市县数",
)
def counties_with_document(frames: Frames, *, kind: str) -> pl.LazyFrame:
    """Counties that have a document for a cycle, among all. Grain: province × cycle, open to the next year's end."""
    counties = frames["core.dim_unit"].filter("is_county").select("unit_id")
    cycles = frames["marts.teacher_cycle"].select("period", "cycle_end").unique()
    docs = frames["staging.monitoring_doc"].filter(pl.col("doc_type") == kind)
    have = (
        cycles.join(docs.select("unit_id", _year="year"), how="cross")
        .filter((pl.col("_year") - pl.col("cycle_end").dt.year()).is_in([0, 1]))
        .join(counties, on="unit_id", how="semi")
        .group_by("period")
        .agg(_have=pl.col("unit_id").n_unique())
    )
    return (
        joined(cycles, have, "period")
        .join(counties.select(_counties=pl.len()), how="cross")
        .with_columns(
            subject_id=pl.lit(frames.province),
            unit_id=pl.lit(frames.province),
            period_end=pl.date(pl.col("cycle_end").dt.year() + 1, 12, 31),
            numerator=pl.col("_have").fill_null(0),
            denominator=pl.col("_counties").cast(EXACT),
            inputs=pl.struct(counties="_counties"),
        )
    )


# ---- money


@grain(
    "finance",
    title="单位年度经费",
    table="finance_year",
    needs={"staging.finance_year": ("org_id", "year"), "core.dim_unit": (), "core.dim_school": ()},
)
def finance(frames: Frames) -> pl.LazyFrame:
    """Money of a county or a school in a year; `is_school` tells which.

    Counties without any in a year in which other counties have some say so.
    """
    schools = frames["core.dim_school"].select(org_id="school_id", _county="county_id", is_school=pl.lit(value=True))
    money = frames["staging.finance_year"]
    counties = units_at(frames, "county").select(org_id="unit_id")
    told = money.join(counties, on="org_id", how="semi").filter(pl.col("year") <= frames.as_of.year)
    asked = counties.join(told.select("year").unique(), how="cross")
    silent = asked.join(money, on=["org_id", "year"], how="anti").with_columns(gap=pl.lit("没有登记这一年的经费"))
    return joined(pl.concat([money, silent], how="diagonal"), schools, "org_id").with_columns(
        subject_id="org_id",
        unit_id=pl.coalesce("_county", "org_id"),
        period=pl.col("year").cast(pl.String),
        effective_on=pl.date(pl.col("year"), 12, 31),
        period_end=pl.date(pl.col("year"), 12, 31),
        is_school=pl.col("is_school").fill_null(value=False),
    )


@derived("finance", "is_school", needs={})
def _is_school(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    return rows


@measure(
    "allocation_spread",
    title="各校人均下拨经费之差",
    reads={
        "staging.finance_year": ("org_id", "year", "allocated_to_schools"),
        "core.dim_school": (),
        "core.dim_teacher": ("school_id",),
        "core.dim_unit": (),
    },
    formula="县内各校下拨经费÷在职教师数，最高与最低之差",
)
def allocation_spread(frames: Frames) -> pl.LazyFrame:
    """How far the money handed down to schools differs a head within a county. Grain: county × year of money.

    Teachers are those of tonight: they can't tell that schools differed before the last closed year.
    """
    staff = frames["core.dim_teacher"].filter((pl.col("status") == TeacherStatus.ON_DUTY) & pl.col("is_in_scope"))
    heads = staff.group_by("school_id").agg(_heads=pl.len())
    schools = frames["core.dim_school"].select("school_id", unit_id="county_id").join(heads, on="school_id")
    money = frames["staging.finance_year"].select("year", "allocated_to_schools", school_id="org_id")
    a_head = (pl.col("allocated_to_schools").cast(EXACT) * 1000).cast(pl.Int128) // pl.col("_heads")
    given = (
        money.join(schools, on="school_id")
        .with_columns(_a_head=a_head)
        .filter(pl.col("_a_head").is_not_null())
        .group_by("unit_id", "year")
        .agg(_spread=pl.col("_a_head").max() - pl.col("_a_head").min(), _schools=pl.len())
    )
    years = money.select("year").unique().filter(pl.col("year") <= frames.as_of.year)
    base = units_at(frames, "county").select("unit_id").join(years, how="cross")
    told = pl.col("_schools") > 1
    return joined(base, given, ["unit_id", "year"]).with_columns(
        subject_id="unit_id",
        period=pl.col("year").cast(pl.String),
        effective_on=pl.date("year", 12, 31),
        period_end=pl.date("year", 12, 31),
        numerator=pl.when(told).then((pl.col("_spread").cast(EXACT) / 1000).cast(EXACT)),
        missing=pl.when(~told.fill_null(value=False)).then(pl.lit("没有各校的下拨数")),
        doubt=pl.when(pl.col("year") < frames.as_of.year - 1).then(pl.lit("教师数按今天计，往年的不作结论")),
        inputs=pl.struct(schools="_schools"),
    )


# ---- schools


@grain("school", title="学校", table="school", needs={"core.dim_school": ("school_type",)})
def school(frames: Frames) -> pl.LazyFrame:
    """Schools as they stand tonight, those closed left out; the period is the as-of year."""
    return (
        frames["core.dim_school"]
        .filter(lasts_until(frames.as_of))
        .with_columns(
            subject_id="school_id",
            unit_id="county_id",
            period=pl.lit(str(frames.as_of.year)),
            effective_on=pl.lit(frames.as_of),
        )
    )


@derived("school", "credit_admins", needs={"staging.org_staff": ("org_id", "role")})
def _school_admins(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    staff = frames["staging.org_staff"].filter((pl.col("role") == "学分管理员") & in_post(frames.as_of))
    by_school = staff.rename({"org_id": "school_id"})
    return counted(rows, by_school, "school_id", credit_admins=pl.col("person_id").n_unique())


_PLANS: Final = {"staging.school_based_plan": ("school_id", "semester")}


@grain("school_plan", title="校本计划", table="school_based_plan", needs={**_PLANS, "core.dim_school": ()})
def school_plan(frames: Frames) -> pl.LazyFrame:
    """School-based plans; subject is the school, period the semester's school year's first year."""
    home = frames["core.dim_school"].select("school_id", unit_id="county_id", _bureau="unit_id")
    year = pl.col("semester").str.slice(0, 4)
    return joined(frames["staging.school_based_plan"], home, "school_id").with_columns(
        subject_id="school_id", period=year, effective_on=pl.coalesce("submit_date", "approve_date")
    )


@derived(
    "school_plan",
    "is_own_approver",
    needs={"staging.school_based_plan": ("approver_unit_id",), "core.dim_school": ("unit_id",)},
)
def _own_approver(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    """Whether the school's own bureau approved; a school directly under a city answers to the city's.

    Null where nobody wrote down who approved, or the school's own isn't known.
    """
    approver = pl.col("approver_unit_id")
    own = (approver == pl.col("_bureau")).fill_null(value=False) | (approver == pl.col("unit_id"))
    return rows.with_columns(is_own_approver=own)


@derived(
    "school_plan",
    "is_approved",
    needs={
        "staging.school_based_plan": ("approve_date",),
        "staging.school_based_plan?": ("approver_unit_id",),
        "core.dim_school": ("unit_id",),
    },
)
def _approved(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Whether the plan was approved; by somebody else's bureau it was not."""
    told = _own_approver(rows, frames)
    return told.with_columns(
        is_approved=pl.col("approve_date").is_not_null() & pl.col("is_own_approver").fill_null(value=True)
    )


@measure(
    "plans_in_time",
    title="按期报送的校本计划数",
    reads={"staging.school_based_plan": ("school_id", "semester", "submit_date"), "core.dim_school": ()},
    accumulates=True,
    formula="学年内在截止日（含当日）前报送的计划数",
)
def plans_in_time(
    frames: Frames, *, deadlines: Mapping[str, str], rows: Mapping[str, Condition] = NO_ROWS
) -> pl.LazyFrame:
    """Plans submitted by their semester's deadline. Grain: school × school year in which any school has a plan.

    A school year is open until the last of its deadlines, whichever terms its plans are for; a school is asked for
    the years up to the last of whose deadlines it lasted.

    `deadlines` gives month and day by semester, the last part of `2019-2020-1`; those before July fall in the
    school year's second calendar year.
    """
    plans = frames["staging.school_based_plan"].with_columns(
        _year=pl.col("semester").str.slice(0, 4).cast(pl.Int32, strict=False), _term=pl.col("semester").str.slice(-1)
    )
    days = {term: _deadline(day) for term, day in deadlines.items()}
    due = pl.coalesce(pl.when(pl.col("_term") == term).then(day) for term, day in days.items())
    dated = plans.with_columns(_due=due).filter(pl.col("_due").is_not_null())
    in_time = dated.filter(pl.col("submit_date") <= pl.col("_due"))
    years = dated.select("_year").unique().with_columns(period_end=pl.max_horizontal(days.values()))
    base = (
        frames["core.dim_school"]
        .filter(keep(rows))
        .select("school_id", "school_type", "valid_from", "valid_to", unit_id="county_id")
        .join(years, how="cross")
        .filter(lasts_until(pl.col("period_end")))
    )
    return counted(base, in_time, ["school_id", "_year"], numerator=pl.len()).with_columns(
        subject_id="school_id",
        period=pl.format("{}-{}", "_year", pl.col("_year") + 1),
        effective_on="period_end",
        doubt=not_there_yet(pl.col("period_end")),
        inputs=pl.struct(in_time="numerator"),
    )


def _deadline(day: str) -> pl.Expr:
    """A month and day (`09-15`) of the school year that begins in `_year`."""
    month, of_month = (int(part) for part in day.split("-"))
    return pl.date(pl.col("_year") + (0 if month > SUMMER else 1), month, of_month)


NOT_THERE_YET: Final = "按现有登记那时还没有设立，以前的登记已看不到"


def not_there_yet(last_day: pl.Expr) -> pl.Expr:
    """Why a school or an institution isn't held to a time before its entry on file begins; else null.

    The dump keeps its latest entry only: it may have been there under an earlier one.
    """
    return pl.when(pl.col("valid_from") > last_day).then(pl.lit(NOT_THERE_YET))


SUMMER: Final = 6
"""The last month of a school year's second half, for telling which calendar year a deadline falls in."""


@measure(
    "school_concentrated_share",
    title="学校参加长时集中培训的教师比例",
    reads={"core.fct_credit": (), "core.evidence": (), "core.dim_teacher": ("school_id",), "core.dim_school": ()},
    formula="当年完成一次不少于所定学时集中培训的本校教师数÷本校在职专任教师数",
)
def school_concentrated_share(frames: Frames, *, hours_at_least: int, since: date | None = None) -> pl.LazyFrame:
    """Teachers with one long concentrated project that year, among the school's.

    Grain: school × year of records, from the first well-filled one.

    `since` is the day the duty came into force: that year isn't held against anybody.

    Teachers are counted at the school where they are tonight: the dump's history of posts is not complete enough
    to know the first of October of past years.
    """
    schools = frames.inside(frames["core.dim_school"].select("school_id", "valid_from", unit_id="county_id"), "unit_id")
    people = frames["core.dim_teacher"].filter((pl.col("status") == TeacherStatus.ON_DUTY) & pl.col("is_in_scope"))
    people = people.join(schools, on="school_id", how="semi")
    # Not so many of a province's teachers are left out that asking all lines for theirs would pay.
    asked = frames["core.fct_credit"]
    credit = asked if frames.within is None else asked.join(people, on="teacher_id", how="semi")
    staff = people.group_by("school_id").agg(_teachers=pl.len())
    trained = (
        _in_long_courses(credit, hours_at_least)
        .join(people.select("teacher_id", "school_id"), on="teacher_id")
        .group_by("school_id", "year")
        .agg(_trained=pl.len())
    )
    base = schools.join(staff, on="school_id").join(_years_on_file(frames), how="cross")
    return (
        joined(base, trained, ["school_id", "year"])
        .filter(pl.col("year") <= frames.as_of.year)
        .with_columns(
            subject_id="school_id",
            period=pl.col("year").cast(pl.String),
            period_end=pl.date("year", 12, 31),
            numerator=pl.col("_trained").fill_null(0),
            excused=part_year(pl.col("year"), since),
            doubt=not_there_yet(pl.date("year", 12, 31)),
            denominator=pl.col("_teachers").cast(EXACT),
            inputs=pl.struct(teachers="_teachers", trained=pl.col("_trained").fill_null(0)),
        )
    )


def _years_on_file(frames: Frames) -> pl.LazyFrame:
    """The years that credits are registered for, from the first well-filled one."""
    credit = frames["core.fct_credit"]
    years = credit.select(year="credit_year").drop_nulls().unique()
    first = frames["core.evidence"].select("first_year")
    return years.join(first, how="cross").filter(pl.col("year") >= pl.col("first_year"))


def _in_long_courses(credit: pl.LazyFrame, hours_at_least: int) -> pl.LazyFrame:
    """Who had so many hours of one concentrated project in a year: teacher_id, year, each once."""
    lines = credit.filter(pl.col("is_concentrated") & pl.col("status").is_in(COUNTED))
    return (
        lines.group_by("teacher_id", pl.coalesce("project_id", "record_id").alias("_course"), year="credit_year")
        .agg(pl.col("counted_hours").sum())
        .filter(pl.col("counted_hours") >= hours_at_least)
        .select("teacher_id", "year")
        .unique()
    )


@measure(
    "school_records",
    title="学校的电子培训记录数",
    reads={
        "staging.credit_record": ("teacher_id", "end_date"),
        "core.dim_teacher": ("school_id",),
        "core.dim_school": (),
    },
    formula="本校教师当年的电子培训登记条数",
)
def school_records(frames: Frames, *, since: date | None = None) -> pl.LazyFrame:
    """Electronic training records of a school's teachers. Grain: school with teachers × closed year of records.

    `since` is the day the duty came into force: that year isn't held against anybody.
    """
    people = (
        frames["core.dim_teacher"].filter(pl.col("status") == TeacherStatus.ON_DUTY).select("teacher_id", "school_id")
    )
    dated = frames["staging.credit_record"].select(
        "teacher_id", year=pl.coalesce(pl.col("credit_year").cast(pl.Int32), pl.col("end_date").dt.year())
    )
    kept = dated.join(people, on="teacher_id")
    years = dated.select("year").drop_nulls().unique().filter(pl.col("year") < frames.as_of.year)
    base = (
        frames["core.dim_school"]
        .join(people.select("school_id").unique(), on="school_id", how="semi")
        .select("school_id", "school_type", "valid_from", unit_id="county_id")
        .join(years, how="cross")
    )
    return counted(base, kept, ["school_id", "year"], numerator=pl.len()).with_columns(
        subject_id="school_id",
        period=pl.col("year").cast(pl.String),
        effective_on=pl.date("year", 12, 31),
        excused=part_year(pl.col("year"), since),
        doubt=not_there_yet(pl.date("year", 12, 31)),
        inputs=pl.struct(records="numerator"),
    )


@measure(
    "institution_records",
    title="机构的电子培训档案数",
    reads={
        "staging.credit_record": ("project_id",),
        "staging.project_archive?": ("project_id",),
        "core.dim_project": ("institution_id", "end_date"),
        "core.dim_institution": ("institution_type",),
    },
    formula="机构当年结束的项目的学分登记条数与存档材料份数之和",
)
def institution_records(frames: Frames, *, since: date | None = None) -> pl.LazyFrame:
    """Registrations and archived documents of an institution's projects. Grain: institution × year in which one ended.

    Years that are over are asked about. `since` is the day the duty came into force: that year isn't held against
    anybody. Where the dump has no archive at all, one without registrations may still have kept documents.
    """
    ended = projects(frames).select("project_id", "institution_id", year=pl.col("end_date").dt.year())
    kept = [frames["staging.credit_record"].select("project_id")]
    has_archive = "staging.project_archive" in frames
    if has_archive:
        kept.append(frames["staging.project_archive"].select("project_id"))
    records = pl.concat(kept).group_by("project_id").agg(_records=pl.len())
    years = (
        ended.filter(pl.col("year") < frames.as_of.year)
        .join(records, on="project_id", how="left")
        .group_by("institution_id", "year")
        .agg(numerator=pl.col("_records").fill_null(0).sum())
    )
    homes = frames["core.dim_institution"].select(
        "institution_id", "institution_type", unit_id=pl.coalesce("county_id", "unit_id")
    )
    return years.join(homes, on="institution_id").with_columns(
        subject_id="institution_id",
        period=pl.col("year").cast(pl.String),
        effective_on=pl.date("year", 12, 31),
        excused=part_year(pl.col("year"), since),
        doubt=pl.lit(None if has_archive else "没有项目存档，有无电子档案无从得知", dtype=pl.String),
        inputs=pl.struct(records="numerator"),
    )


# ---- counting over a city or the province


@measure(
    "place_schools",
    title="某类学校数",
    reads=lambda options: {"core.dim_school": tuple(options["rows"])},
    formula="符合条件的学校数",
)
def place_schools(frames: Frames, *, rows: Mapping[str, Condition]) -> pl.LazyFrame:
    """Schools that fit `rows` tonight. Grain: province × as-of year.

    A school of which nobody filled what is asked may fit (`at_most`).
    """
    may_fit = pl.all_horizontal([test.holds(name) for name, test in rows.items()]).fill_null(value=True)
    counts = frames["core.dim_school"].select(numerator=keep(rows).sum(), _most=may_fit.sum())
    is_open = pl.col("_most") > pl.col("numerator")
    return counts.with_columns(
        subject_id=pl.lit(frames.province),
        unit_id=pl.lit(frames.province),
        period=pl.lit(str(frames.as_of.year)),
        effective_on=pl.lit(frames.as_of),
        at_most=pl.when(is_open).then(pl.col("_most").cast(EXACT)),
        unsure=pl.when(is_open).then(pl.lit("有学校没有登记是不是基地")),
        inputs=pl.struct(schools="numerator"),
    )


def _trained_needs(options: Mapping[str, Any]) -> Needs:
    of_projects = {"core.dim_project": tuple(options["projects"]), "staging.credit_record": ("project_id",)}
    return {
        "marts.teacher_cycle": (),
        "core.fct_credit": (),
        "core.dim_teacher": tuple(options["people"]),
        "core.dim_unit": (),
        **(of_projects if options["projects"] else {}),
    }


@measure(
    "city_teachers_trained",
    title="周期内受训教师数",
    reads=_trained_needs,
    accumulates=True,
    formula="周期内至少有一条有效登记的教师数（去重）",
)
def city_teachers_trained(
    frames: Frames,
    *,
    people: Mapping[str, Condition] = NO_ROWS,
    rows: Mapping[str, Condition] = NO_ROWS,
    projects: Mapping[str, Condition] = NO_ROWS,
) -> pl.LazyFrame:
    """Teachers with a counted record in the cycle. Grain: city × cycle.

    `people` chooses teachers (columns of core.dim_teacher), `rows` records (columns of core.fct_credit), `projects`
    projects of which one of the conditions holds: only what was earned in them counts then.
    """
    lines = frames["core.fct_credit"].filter(pl.col("status").is_in(COUNTED) & keep(rows))
    if projects:
        of_kind = pl.any_horizontal([test.holds(name) for name, test in projects.items()]).fill_null(value=False)
        kind = frames["core.dim_project"].filter(of_kind).select("project_id")
        lines = lines.join(kind, on="project_id", how="semi")
    chosen = frames.inside(frames["core.dim_teacher"].filter(keep(people)).select("teacher_id", "city_id"), "city_id")
    cycles = frames["marts.teacher_cycle"].select("teacher_id", "period", "cycle_start", "cycle_end")
    trained = (
        lines.select("teacher_id", year="credit_year")
        .join(chosen, on="teacher_id", how="semi")
        .unique()
        .join(cycles, on="teacher_id")
        .filter(pl.col("year").is_between(pl.col("cycle_start").dt.year(), pl.col("cycle_end").dt.year()))
        .join(chosen, on="teacher_id")
        .group_by("city_id", "period")
        .agg(numerator=pl.col("teacher_id").n_unique())
    )
    cities = frames["core.dim_unit"].filter(pl.col("level") == UnitLevel.CITY).select(city_id="unit_id")
    base = cities.join(cycles.select("period", "cycle_end").unique(), how="cross")
    return joined(base, trained, ["city_id", "period"]).with_columns(
        subject_id="city_id",
        unit_id="city_id",
        period_end="cycle_end",
        numerator=pl.col("numerator").fill_null(0),
        inputs=pl.struct(teachers=pl.col("numerator").fill_null(0)),
    )


# ---- the batch calendar, the platform's cycles, rules in force


@grain(
    "calendar",
    title="批次日历",
    table="batch_calendar",
    needs={"staging.batch_calendar": ("batch", "stage", "date_from")},
)
def calendar(frames: Frames) -> pl.LazyFrame:
    """Stages of a batch; subject is the province, period the batch."""
    return frames["staging.batch_calendar"].with_columns(
        subject_id=pl.lit(frames.province), unit_id=pl.lit(frames.province), period="batch", effective_on="date_from"
    )


@grain(
    "platform_cycle", title="平台周期", table="cycle", needs={"staging.cycle": ("cycle_id", "start_date", "end_date")}
)
def platform_cycle(frames: Frames) -> pl.LazyFrame:
    """The platform's own cycles; subject is the province, period the years."""
    return frames["staging.cycle"].with_columns(
        subject_id=pl.lit(frames.province),
        unit_id=pl.lit(frames.province),
        period=pl.format("{}-{}", pl.col("start_date").dt.year(), pl.col("end_date").dt.year()),
        effective_on="end_date",
    )


@derived("platform_cycle", "years", needs={"staging.cycle": ("start_date", "end_date")})
def _cycle_years(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    """From the first day to the last, by the month: five school years are five years too."""
    start, after = pl.col("start_date"), pl.col("end_date").dt.offset_by("1d")
    months = (after.dt.year() - start.dt.year()) * 12 + after.dt.month().cast(pl.Int32) - start.dt.month()
    return rows.with_columns(years=(months / 12).cast(EXACT))


@measure("days_in_force", title="已施行天数", reads={}, formula="今天减施行日")
def days_in_force(frames: Frames, *, since: date) -> pl.LazyFrame:
    """Days since a rule came into force, tonight. Grain: province."""
    return pl.LazyFrame(
        {
            "subject_id": [frames.province],
            "unit_id": [frames.province],
            "period": [str(frames.as_of.year)],
            "effective_on": [frames.as_of],
            "numerator": [(frames.as_of - since).days],
        }
    )
