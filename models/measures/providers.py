"""Training institutions as providers: what they have on file, what they applied for, and sanctions over the years.

Here belong the grains `institution`, `accreditation`, `sanction`, `leader_batch` and `institution_batch`, rolling
counts over years, and the ladder from a suspected trigger to a decision. Satisfaction is in
`models.measures.institutions`.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Final

import polars as pl

from models.measures.grains import counted, derived, grain, joined
from models.measures.institutions import subject_pools
from models.measures.projects import GIVEN, is_school_plan, with_project
from models.measures.registry import EXACT, NO_ROWS, Condition, Frames, keep, measure
from models.measures.rows import BLANK
from models.vocabulary import ProjectStatus, Verdict


def _home(frames: Frames) -> pl.LazyFrame:
    return frames["core.dim_institution"].select("institution_id", unit_id=pl.coalesce("county_id", "unit_id"))


def lasts_until(day: date | pl.Expr) -> pl.Expr:
    """Whether an institution or a school was there to the end of a day; an open end still is."""
    return (pl.col("valid_to") >= day).fill_null(value=True)


@grain("institution", title="培训机构", table="institution", needs={"core.dim_institution": ("institution_type",)})
def institution(frames: Frames) -> pl.LazyFrame:
    """Institutions as they stand tonight, those that have ended left out; the period is the as-of year."""
    return (
        frames["core.dim_institution"]
        .filter(lasts_until(frames.as_of))
        .with_columns(
            subject_id="institution_id",
            unit_id=pl.coalesce("county_id", "unit_id"),
            period=pl.lit(str(frames.as_of.year)),
            effective_on=pl.lit(frames.as_of),
        )
    )


_MANAGERS: Final = {"staging.org_staff": ("org_id", "role", "is_fulltime")}


def in_post(as_of: date) -> pl.Expr:
    """Whether a post is held on a day; an open end is still held."""
    began = pl.col("valid_from").is_null() | (pl.col("valid_from") <= as_of)
    lasts = pl.col("valid_to").is_null() | (pl.col("valid_to") >= as_of)
    return began & lasts


@derived("institution", "fulltime_managers", needs=_MANAGERS)
def _managers(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    return with_fulltime(rows, frames, "institution_id", ("培训管理者",), "fulltime_managers")


def with_fulltime(rows: pl.LazyFrame, frames: Frames, key: str, roles: tuple[str, ...], name: str) -> pl.LazyFrame:
    """Adds how many people in these posts work full time tonight.

    Those of whom nobody said whether they do may (`…_at_most`, where there is anybody).
    """
    staff = frames["staging.org_staff"].filter(pl.col("role").is_in(list(roles)) & in_post(frames.as_of))
    person, is_full = pl.col("person_id"), pl.col("is_fulltime")
    figures = {
        name: person.filter(is_full).n_unique(),
        f"{name}_at_most": person.filter(is_full.fill_null(value=True)).n_unique(),
    }
    marked = counted(rows, staff.rename({"org_id": key}), key, **figures)
    most = pl.col(f"{name}_at_most")
    return marked.with_columns(pl.when(most > pl.col(name)).then(most).alias(f"{name}_at_most"))


@derived("institution", "has_quality_owner", needs={"staging.institution": ("quality_owner",)})
def _quality_owner(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Whether somebody is named, not just a filler; the name itself stays in staging."""
    filled = ~pl.col("quality_owner").is_in(BLANK)
    named = frames["staging.institution"].select("institution_id", has_quality_owner=filled.fill_null(value=False))
    return joined(rows, named, "institution_id")


@derived("institution", "credit_admins", needs={"staging.org_staff": ("org_id", "role")})
def _admins(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    staff = frames["staging.org_staff"].filter((pl.col("role") == "学分管理员") & in_post(frames.as_of))
    by_org = staff.rename({"org_id": "institution_id"})
    return counted(rows, by_org, "institution_id", credit_admins=pl.col("person_id").n_unique())


@grain(
    "accreditation",
    title="机构资质",
    table="institution_accreditation",
    needs={"staging.institution_accreditation": ("institution_id",), "core.dim_institution": ()},
)
def accreditation(frames: Frames) -> pl.LazyFrame:
    """Accreditations; subject is the institution, period the year it was given (or the as-of year).

    What is asked of one is asked when it was given and whenever it was evaluated.
    """
    year = pl.coalesce(pl.col("valid_from").dt.year(), pl.lit(frames.as_of.year))
    day = pl.coalesce(pl.max_horizontal("valid_from", "eval_date"), pl.lit(frames.as_of))
    return joined(frames["staging.institution_accreditation"], _home(frames), "institution_id").with_columns(
        subject_id="institution_id", period=year.cast(pl.String), effective_on=day
    )


@derived(
    "accreditation",
    "scope_items",
    needs={"staging.institution_accreditation": ("subjects", "stages", "categories", "levels")},
)
def _scope_items(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    """How many of subjects, stages, categories and levels the accreditation names."""
    named = (pl.col(name).list.len().fill_null(0) > 0 for name in ("subjects", "stages", "categories", "levels"))
    return rows.with_columns(scope_items=pl.sum_horizontal(named))


# ---- batches


@grain(
    "leader_batch",
    title="负责人在一个批次的班期",
    table="class",
    needs={"staging.class": ("project_id",), "core.dim_project": ("leader_id", "batch")},
    given={**GIVEN, "batch": ("project", "batch")},
)
def leader_batch(frames: Frames) -> pl.LazyFrame:
    """Classes applied for, whatever became of them; subject is the project's leader, period the batch."""
    leaders = frames["core.dim_project"].select("project_id", "leader_id", "batch")
    rows = joined(with_project(frames["staging.class"], frames, held=False), leaders, "project_id")
    return rows.filter(pl.col("leader_id").is_not_null() & pl.col("batch").is_not_null()).with_columns(
        subject_id="leader_id", period="batch", effective_on="project_start_date"
    )


@grain(
    "institution_batch",
    title="机构在一个批次的申报",
    table="project",
    needs={"core.dim_project": ("institution_id", "batch", "scope"), "core.dim_institution": ("institution_type",)},
    given={
        name: ("institution", name)
        for name in ("institution_name", "institution_type", "is_remote_provider", "authority_level")
    },
)
def institution_batch(frames: Frames) -> pl.LazyFrame:
    """Projects applied for; subject is the institution, period the batch."""
    home = frames["core.dim_institution"].select(
        "institution_id",
        "institution_name",
        "institution_type",
        "is_remote_provider",
        "authority_level",
        unit_id=pl.coalesce("county_id", "unit_id"),
    )
    rows = joined(frames["core.dim_project"].filter(pl.col("batch").is_not_null()), home, "institution_id")
    return rows.with_columns(
        subject_id="institution_id", period="batch", effective_on=pl.coalesce("apply_date", "start_date")
    )


@derived("institution_batch", "quota_name", needs={"core.dim_institution": ("institution_name",)})
def _quota_name(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """The institution's name; null where it goes on after that of a university with a quota of its own.

    Whether a school or an office of the university applies as the university or as another body, nobody can tell.
    The document's convention `named_universities` says which they are.
    """
    name = pl.col("institution_name")
    named: list[str] = frames.rules.get("named_universities", [])
    goes_on = pl.any_horizontal([name.str.starts_with(one) & (name != one) for one in named] or [pl.lit(value=False)])
    return rows.with_columns(quota_name=pl.when(~goes_on).then(name))


@derived("institution_batch", "is_school_plan", needs={"core.dim_project": ("batch",)})
def _school_plan(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    return rows.with_columns(is_school_plan=is_school_plan())


@derived("leader_batch", "is_school_plan", needs={"core.dim_project": ("batch",)})
def _leads_school_plan(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    return joined(rows, frames["core.dim_project"].select("project_id", is_school_plan=is_school_plan()), "project_id")


@derived(
    "institution_batch",
    "is_remote",
    "is_of_remote_quota",
    needs={"core.dim_institution": ("institution_type",), "core.dim_project": ("delivery_mode",)},
)
def _remote(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    """Whether the institution is one for remote training, and whether the project is one of those it has a cap for."""
    is_remote = pl.col("is_remote_provider") | (pl.col("institution_type") == "远程机构")
    of_quota = (is_remote & (pl.col("delivery_mode") == "网络")).fill_null(value=False)
    return rows.with_columns(is_remote=is_remote, is_of_remote_quota=of_quota)


@derived(
    "institution_batch",
    "first_accredited",
    needs={
        "staging.institution_accreditation:first_valid_from|staging.institution_accreditation:valid_from": (
            "institution_id",
        )
    },
)
def _first_accredited(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    first = (
        frames["staging.institution_accreditation"]
        .group_by("institution_id")
        .agg(first_accredited=pl.coalesce("first_valid_from", "valid_from").min())
    )
    return joined(rows, first, "institution_id")


@measure(
    "county_batch_quota",
    title="地方项目数与限额",
    reads={"core.dim_project": ("batch", "scope"), "staging.quota": ("scope_id", "max_projects")},
    formula="本地当批申报项目数÷当地设定的限额",
)
def county_batch_quota(frames: Frames, *, rows: Mapping[str, Condition] = NO_ROWS) -> pl.LazyFrame:
    """Projects applied for against the county's own quota. Grain: county × batch that has a quota."""
    counts = (
        frames["core.dim_project"]
        .filter(keep(rows) & ~is_school_plan())
        .group_by(scope_id="county_unit_id", batch="batch")
        .agg(_projects=pl.len(), effective_on=pl.coalesce("apply_date", "start_date").max())
    )
    counties = frames["core.dim_unit"].filter("is_county").select(scope_id="unit_id")
    quotas = frames["staging.quota"].join(counties, on="scope_id", how="semi")
    return joined(quotas, counts, ["scope_id", "batch"]).with_columns(
        subject_id="scope_id",
        unit_id="scope_id",
        period="batch",
        numerator=pl.col("_projects").fill_null(0),
        denominator=pl.col("max_projects").cast(EXACT),
        missing=pl.when(pl.col("max_projects").is_null()).then(pl.lit("没有配置限额")),
        inputs=pl.struct("max_projects", projects=pl.col("_projects").fill_null(0)),
    )


# ---- over the years


def _first_whole_year(day: str) -> pl.Expr:
    """The first calendar year that begins on the day or after it: of New Year's Day its own."""
    return pl.col(day).dt.offset_by("-1d").dt.year() + 1


@measure(
    "idle_years",
    title="连续未承训年数",
    reads={
        "core.dim_project": ("institution_id", "level"),
        "core.dim_institution": ("is_municipal_base", "designated_date"),
    },
    formula="到该年为止，连续没有所列级别培训项目的完整自然年数",
)
def idle_years(frames: Frames, *, levels: tuple[str, ...], at_least: int) -> pl.LazyFrame:
    """Whole calendar years in a row, up to a closed year, without a project of those levels.

    Grain: base × closed year from the `at_least`-th whole year after it was designated. Years before the dump's
    first project say nothing and are not counted; of a base designated nobody knows when, only good can be said.
    """
    held = frames["core.dim_project"].filter(pl.col("status").ne_missing(ProjectStatus.CANCELLED))
    first = held.select(pl.min_horizontal(pl.col("start_date").dt.year().min(), pl.col("year").min()).alias("_first"))
    busy = (
        held.filter(pl.col("level").is_in(list(levels)))
        .select("institution_id", year=pl.coalesce(pl.col("start_date").dt.year(), "year").cast(pl.Int32))
        .unique()
    )
    bases = (
        frames["core.dim_institution"]
        .filter(pl.col("is_municipal_base"))
        .select("institution_id", "designated_date", unit_id=pl.coalesce("county_id", "unit_id"))
        .join(first, how="cross")
        .with_columns(_since=pl.max_horizontal(_first_whole_year("designated_date"), "_first").cast(pl.Int32))
    )
    years = (
        bases.with_columns(year=pl.int_ranges(pl.col("_since"), frames.as_of.year, dtype=pl.Int32))
        .explode("year")
        .filter(pl.col("year").is_not_null() & (pl.col("year") - pl.col("_since") + 1 >= at_least))
    )
    last_busy = (
        years.join(busy.rename({"year": "busy_year"}), on="institution_id")
        .filter(pl.col("busy_year") <= pl.col("year"))
        .group_by("institution_id", "year")
        .agg(_last=pl.col("busy_year").max())
    )
    since = pl.coalesce(pl.col("_last"), pl.col("_since") - 1)
    return joined(years, last_busy, ["institution_id", "year"]).with_columns(
        subject_id="institution_id",
        period=pl.col("year").cast(pl.String),
        period_end=pl.date("year", 12, 31),
        numerator=pl.col("year") - since,
        doubt=pl.when(pl.col("designated_date").is_null()).then(pl.lit("基地认定日期不详，不知哪年起算")),
        inputs=pl.struct(last_busy_year="_last", counted_since="_since"),
    )


@measure(
    "complaints_in_a_year",
    title="一年内属实群体投诉次数",
    reads={
        "staging.complaint": ("institution_id", "date", "verified"),
        "staging.complaint:is_group|staging.complaint:people": (),
        "core.dim_institution": (),
    },
    formula="任意一年内（含满一年的对应日）查实的群体投诉次数的最大值（同一天的同类投诉计一次）",
)
def complaints_in_a_year(frames: Frames, *, rows: Mapping[str, Condition], group_of: int) -> pl.LazyFrame:
    """The most complaints within any year, its anniversary included, ending in the year.

    Grain: institution × year of complaints. Where the platform doesn't say whether a complaint is a group's, it is
    with so many people (`group_of`). One that nobody has looked into yet, of which neither is known, or that names
    no day, may count (`at_most`).
    """
    is_group = pl.coalesce("is_group", pl.col("people") >= group_of)
    verified = pl.when(pl.col("verified") != "待核").then("verified")  # a pending inquiry is no finding
    told = frames["staging.complaint"].with_columns(is_group=is_group, verified=verified)
    complaints = told.filter(pl.col("date").is_not_null())
    holds = pl.all_horizontal([test.holds(name) for name, test in rows.items()])
    undated = told.filter(pl.col("date").is_null() & holds.fill_null(value=True))
    years = frames["staging.complaint"].select(year=pl.col("date").dt.year()).drop_nulls().unique()
    base = _home(frames).join(years, how="cross")
    for name, counts in (("_most", holds.fill_null(value=False)), ("_may_be", holds.fill_null(value=True))):
        base = joined(base, _most_in_a_year(complaints.filter(counts), name), ["institution_id", "year"])
    base = counted(base, undated, "institution_id", _undated=pl.len())
    most = pl.col("_most").fill_null(0)  # no complaint is a true zero
    may_be = pl.col("_may_be").fill_null(0) + pl.col("_undated")
    return base.with_columns(
        subject_id="institution_id",
        period=pl.col("year").cast(pl.String),
        effective_on=pl.date("year", 12, 31),
        numerator=most,
        at_most=pl.when(may_be > most).then(may_be.cast(EXACT)),
        unsure=pl.when(may_be > most).then(pl.lit("有投诉尚未查实，或不知是否群体投诉、何时投诉")),
        inputs=pl.struct(complaints=most),
    )


def _most_in_a_year(complaints: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """The most complaints within any year that ends in a calendar year. Grain: institution × calendar year."""
    events = complaints.select("institution_id", "date", "complaint_type").unique()
    earlier = events.select("institution_id", _before="date", _type="complaint_type")
    since = pl.col("date").dt.offset_by("-1y")
    return (
        events.join(earlier, on="institution_id")
        .filter(pl.col("_before").is_between(since, pl.col("date")))
        .group_by("institution_id", "date", "complaint_type")
        .agg(_within=pl.len())
        .group_by("institution_id", year=pl.col("date").dt.year())
        .agg(pl.col("_within").max().alias(name))
    )


# ---- sanctions

_SANCTIONS: Final = {"staging.sanction": ("institution_id", "type", "decision_date")}


@grain("sanction", title="处理决定", table="sanction", needs={**_SANCTIONS, "core.dim_institution": ()})
def sanction(frames: Frames) -> pl.LazyFrame:
    """Decisions; subject is the institution, period the decision's id."""
    return joined(frames["staging.sanction"], _home(frames), "institution_id").with_columns(
        subject_id="institution_id", period="sanction_id", effective_on="decision_date"
    )


@derived(
    "sanction", "projects_applied", needs={"staging.sanction?": ("start", "end"), "core.dim_project": ("apply_date",)}
)
def _applied(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Projects applied for from the day the sanction starts to the day it ends.

    An open end is the day of the recheck that found all in order, and as long as none did, tonight. `rectified_by` is
    that last day, which an open decision without such a recheck hasn't seen yet.
    """
    passed = pl.when(pl.col("recheck_result") == "合格").then("recheck_date")
    spans = rows.with_columns(
        _from=pl.coalesce("start", "decision_date"), rectified_by=pl.coalesce("end", passed, pl.lit(frames.as_of))
    )
    within = _applications(spans, frames).filter(pl.col("apply_date").is_between("_from", "rectified_by"))
    applied = counted(spans, within, "sanction_id", projects_applied=pl.len())
    undated = counted(applied, _undated(spans, frames), "sanction_id", _undated=pl.len())
    most = pl.when(pl.col("_undated") > 0).then(pl.col("projects_applied") + pl.col("_undated"))
    return undated.with_columns(projects_applied_at_most=most).drop("_from", "_undated")


def _applications(spans: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Each sanction beside every dated application of its institution; schools' own plans need none."""
    asked = frames["core.dim_project"].filter(~is_school_plan()).select("institution_id", "apply_date").drop_nulls()
    return spans.join(asked, on="institution_id")


def _undated(spans: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Each sanction beside applications without a day that may have been made since it began (`_from`).

    One for a project that had begun before was made before too.
    """
    asked = frames["core.dim_project"].filter(~is_school_plan() & pl.col("apply_date").is_null())
    pairs = spans.join(asked.select("institution_id", _began="start_date"), on="institution_id")
    return pairs.filter((pl.col("_began") >= pl.col("_from")).fill_null(value=True))


@derived("sanction", "rectified_by", needs={"staging.sanction?": ("start",)})
def _rectified(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    return rows if "rectified_by" in rows.collect_schema() else _applied(rows, frames)


@derived(
    "sanction",
    "suspended_applications",
    "suspended_until",
    needs={
        "staging.sanction": ("type",),
        "staging.sanction?": ("start", "end", "recheck_date", "recheck_result"),
        "core.dim_project": ("apply_date",),
    },
)
def _suspended(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Projects applied for while the institution was suspended: for a year, and until a recheck found all in order.

    Without a recheck on file it can't be told whether applications after the year were still forbidden, nor whether
    those without a day were (`suspended_applications_at_most`). `suspended_until` is the last day of the suspension,
    tonight while it lasts.
    """
    if "suspended_until" in rows.collect_schema():
        return rows
    start, result = pl.coalesce("start", "decision_date"), pl.col("recheck_result")
    year = pl.coalesce("end", start.dt.offset_by("1y").dt.offset_by("-1d"))
    tonight = pl.lit(frames.as_of)
    restored = pl.when(result == "合格").then(pl.col("recheck_date").dt.offset_by("-1d"))
    failed = pl.when(result == "不合格").then(tonight)
    spans = rows.with_columns(
        _from=start,
        _surely=pl.max_horizontal(year, restored, failed),
        _maybe=pl.when(restored.is_null() & failed.is_null()).then(tonight),
    )
    asked = _applications(spans, frames).filter(pl.col("apply_date") >= pl.col("_from"))
    is_sure = pl.col("apply_date") <= pl.col("_surely")
    marked = counted(
        spans,
        asked,
        "sanction_id",
        suspended_applications=is_sure.sum(),
        _unclear=(~is_sure & (pl.col("apply_date") <= pl.col("_maybe"))).sum(),
    )
    marked = counted(marked, _undated(spans, frames), "sanction_id", _undated=pl.len())
    may_be = pl.col("_unclear") + pl.col("_undated")
    most = pl.col("suspended_applications") + may_be
    lasts = pl.col("end").is_null() & pl.col("_maybe").is_not_null()
    return marked.with_columns(
        suspended_applications_at_most=pl.when(may_be > 0).then(most),
        suspended_until=pl.when(lasts).then(pl.max_horizontal("_surely", "_maybe")).otherwise("_surely"),
    ).drop("_from", "_surely", "_maybe", "_unclear", "_undated")


@derived("sanction", "usual_applications", needs={"staging.sanction?": ("start",), "core.dim_project": ("apply_date",)})
def _usual(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Projects applied for in a span of the same length just before; the quota instead, where one is on file."""
    start = pl.coalesce("start", "decision_date")
    ended = _rectified(rows, frames).select("sanction_id", "institution_id", "start", "decision_date", "rectified_by")
    length = pl.col("rectified_by") - start + pl.duration(days=1)  # both ends count
    before = _applications(ended.with_columns(_from=start - length, _to=start), frames).filter(
        (pl.col("apply_date") >= pl.col("_from")) & (pl.col("apply_date") < pl.col("_to"))
    )
    marked = counted(rows, before, "sanction_id", usual_applications=pl.len())
    if "staging.quota" not in frames:
        return marked
    limits = frames["staging.quota"].group_by(institution_id="scope_id").agg(_limit=pl.col("max_projects").max())
    return (
        joined(marked, limits, "institution_id")
        .with_columns(usual_applications=pl.coalesce(pl.col("_limit"), pl.col("usual_applications")))
        .drop("_limit")
    )


@derived("sanction", "earlier_decisions", needs={"staging.sanction": ("basis_clause",)})
def _earlier(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Decisions on the same article (27) up to this one; several on one day are one. Null for one without a day."""
    own = frames["staging.sanction"].filter(pl.col("basis_clause").str.contains("/27.", literal=True))
    dates = own.select("institution_id", _other="decision_date").unique()
    pairs = rows.select("sanction_id", "institution_id", "decision_date").join(dates, on="institution_id")
    before = pairs.filter(pl.col("_other") <= pl.col("decision_date"))
    marked = counted(rows, before, "sanction_id", earlier_decisions=pl.len())
    return marked.with_columns(
        earlier_decisions=pl.when(pl.col("decision_date").is_not_null()).then("earlier_decisions")
    )


@derived("sanction", "is_year_over", needs={"staging.sanction?": ("start",)})
def _year_over(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Whether a whole year has gone by since the sanction began."""
    start = pl.coalesce("start", "decision_date")
    return rows.with_columns(is_year_over=start.dt.offset_by("1y") <= frames.as_of)


@derived("sanction", "is_recheck_failed", needs={"staging.sanction": ("recheck_result",)})
def _recheck_failed(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    """Whether the recheck found the year of suspension in vain; null before there is one at the year's end or later."""
    last_day = pl.coalesce("start", "decision_date").dt.offset_by("1y").dt.offset_by("-1d")
    is_late = (pl.col("recheck_date") >= last_day).fill_null(value=True)
    return rows.with_columns(is_recheck_failed=pl.when(is_late).then(pl.col("recheck_result") == "不合格"))


@derived(
    "sanction",
    "is_warned_before",
    needs={"staging.sanction": ("rectify_due", "recheck_date", "recheck_result")},
)
def _warned(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Whether a yellow card came first, then a deadline to put things right, then a recheck that failed.

    Deadline and recheck may stand with the yellow card or with an order of their own (限期整改) after it. Null where
    a recheck was made in time and nobody wrote down what it found.
    """
    steps = frames["staging.sanction"].filter(pl.col("type").is_in(["黄牌警告", "限期整改"]))
    cards = steps.filter(pl.col("type") == "黄牌警告").select("institution_id", _card="decision_date")
    orders = steps.select("institution_id", _order="decision_date", _due="rectify_due")
    checks = steps.select("institution_id", _checked="recheck_date", _failed=pl.col("recheck_result") == "不合格")
    asked = rows.select("sanction_id", "institution_id", "decision_date")
    for more in (cards, orders, checks):
        asked = asked.join(more, on="institution_id")
    days = [pl.col(name) for name in ("_card", "_order", "_due", "_checked", "decision_date")]
    in_order = asked.filter(pl.all_horizontal(one <= other for one, other in pairwise(days)))
    found = in_order.group_by("sanction_id").agg(_found=pl.col("_failed").any(ignore_nulls=False), _seen=pl.len())
    warned = pl.when(pl.col("_seen").is_null()).then(pl.lit(value=False)).otherwise("_found")
    return joined(rows, found, "sanction_id").with_columns(is_warned_before=warned).drop("_found", "_seen")


@measure(
    "triggers_decided",
    title="触发后有处理决定",
    reads={**_SANCTIONS, "core.dim_project": (), "core.dim_institution": ()},
    formula="疑似触发后，机构有依据该条款的处理决定的触发数÷疑似触发数",
)
def triggers_decided(frames: Frames, *, absorbed: Mapping[str, str], after: tuple[str, ...] = ()) -> pl.LazyFrame:
    """Suspected triggers with a decision on file, among all. Grain: institution × year of the trigger.

    Reads the findings of the clauses in `after`. A trigger found at a project counts for its institution, in the
    year the project ended. Where a clause and the graver one that it is `absorbed` by are both suspected of the same
    subject and period, only the graver counts. Suspected is not confirmed: a trigger without a decision is for
    people to look at.
    """
    triggers = _triggers(frames, absorbed, after)
    counts = (
        joined(triggers, _answered(frames, triggers), ["institution_id", "year", "clause_id"])
        .group_by("institution_id", "year")
        .agg(
            numerator=pl.col("_decided").fill_null(value=False).sum(),
            denominator=pl.len().cast(EXACT),
            undecided=pl.col("clause_id").filter(pl.col("_decided").is_null()).sort(),
        )
    )
    return joined(counts, _home(frames), "institution_id").with_columns(
        subject_id="institution_id",
        period="year",
        effective_on=pl.date(pl.col("year").cast(pl.Int32, strict=False), 12, 31),
        inputs=pl.struct("undecided"),
    )


def _triggers(frames: Frames, absorbed: Mapping[str, str], after: tuple[str, ...]) -> pl.LazyFrame:
    """What the clauses `after` suspect institutions of: institution_id, year, clause_id, each once."""
    found = pl.concat(
        [frames[f"findings.{clause}"] for clause in after if f"findings.{clause}" in frames], how="vertical"
    ).filter(pl.col("verdict") == Verdict.NOT_MET)
    for lesser, graver in absorbed.items():
        is_graver = (pl.col("clause_id") == graver).any().over("subject_type", "subject_id", "period")
        found = found.filter(~((pl.col("clause_id") == lesser) & is_graver))
    of_project = frames["core.dim_project"].select(
        subject_id="project_id", _institution="institution_id", _year=pl.col("end_date").dt.year().cast(pl.String)
    )
    decision_year = pl.coalesce("recheck_date", "decision_date").dt.year().cast(pl.String)
    of_decision = frames["staging.sanction"].select(period="sanction_id", _decided_in=decision_year)
    is_project = pl.col("subject_type") == "project"
    return (
        joined(joined(found, of_project, "subject_id"), of_decision, "period")
        .with_columns(
            institution_id=pl.when(is_project).then("_institution").otherwise("subject_id"),
            year=pl.when(is_project)
            .then("_year")
            .otherwise(pl.coalesce("_decided_in", pl.col("period").str.slice(0, 4))),
        )
        .filter(pl.col("institution_id").is_not_null())
        .select("institution_id", "year", "clause_id")
        .unique()
    )


def _answered(frames: Frames, triggers: pl.LazyFrame) -> pl.LazyFrame:
    """Those triggers that a decision of their year or later names as its basis, marked `_decided`."""
    decided = frames["staging.sanction"].select(
        "institution_id", clause_id="basis_clause", _on=pl.col("decision_date").dt.year()
    )
    return (
        triggers.join(decided, on=["institution_id", "clause_id"])
        .filter(pl.col("_on") >= pl.col("year").cast(pl.Int32, strict=False))
        .select("institution_id", "year", "clause_id")
        .unique()
        .with_columns(_decided=pl.lit(value=True))
    )


@measure(
    "last_place_rounds",
    title="连续末位轮次",
    reads={
        "core.fct_survey": (),
        "staging.survey": ("evaluation_round",),
        "core.dim_project": ("subject",),
        "core.dim_institution": (),
    },
    formula="同学科至少两家时，连续排名末位且满意率不高于上限的评估轮次数",
)
def last_place_rounds(frames: Frames, *, satisfaction_at_most: Decimal, minimum_answers: int) -> pl.LazyFrame:
    """Rounds in a row, up to this one, in which an institution came last in a subject with low satisfaction.

    Grain: institution × subject × round in which at least two institutions took part. Rounds are those the
    institution took part in, in the order their questionnaires closed; ties for last all count.
    """
    pools = subject_pools(frames, "round").filter(pl.col("subject") != "")
    key = ["subject", "period"]
    share = pl.col("satisfied").cast(pl.Float64) / pl.col("responses_valid").cast(pl.Float64)
    numerator, denominator = satisfaction_at_most.as_integer_ratio()
    is_low = pl.col("satisfied") * denominator <= pl.col("responses_valid") * numerator
    ranked = (
        pools.filter(pl.col("responses_valid") >= minimum_answers)
        .with_columns(_share=share, _rivals=pl.len().over(key))
        .filter(pl.col("_rivals") > 1)
        .with_columns(_bad=(pl.col("_share") == pl.col("_share").min().over(key)) & is_low)
        .sort("institution_id", "subject", "closed", "period")
    )
    who = ["institution_id", "subject"]
    run = ranked.with_columns(_run=(~pl.col("_bad")).cum_sum().over(who)).with_columns(
        numerator=pl.when("_bad").then(pl.col("_bad").cum_sum().over([*who, "_run"])).otherwise(0)
    )
    return run.select(
        "numerator",
        "unit_id",
        "period",
        subject_id="institution_id",
        part="subject",
        effective_on="closed",
        inputs=pl.struct("satisfied", "responses_valid", rivals="_rivals"),
    )
