"""Training projects: their plans, experts, fees, archives, changes and checks.

Here belong the grains `project`, `plan`, `adjustment` and the columns derived for them. Classes and trainees are
in `models.measures.classes`.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final, Literal

import polars as pl

from models.measures.calendar import add_working_days, due_after
from models.measures.grains import counted, derived, grain, joined, prefixed
from models.measures.registry import EXACT, NO_ROWS, Condition, Frames, Needs, keep, measure
from models.vocabulary import REGISTERED, AccreditationStatus, ClassStatus, ProjectStatus, ReviewResult, SourceType

CARRIED: Final = (
    "level",
    "key_level",
    "scope",
    "batch",
    "delivery_mode",
    "is_full_release",
    "is_school_based",
    "hours_planned",
    "category",
    "stage",
    "subject",
    "status",
    "end_date",
    "start_date",
    "review_result",
    "split_year_registration",
    "dispatch_org_level",
)
"""Project columns that rows below a project carry, prefixed `project_`."""
GIVEN: Final = {f"project_{name}": ("project", name) for name in CARRIED}


def projects(frames: Frames) -> pl.LazyFrame:
    """Projects that were not cancelled."""
    return frames["core.dim_project"].filter(pl.col("status").ne_missing(ProjectStatus.CANCELLED))


def with_project(rows: pl.LazyFrame, frames: Frames, *, held: bool = True) -> pl.LazyFrame:
    """Adds the project's columns prefixed `project_`, its institution, and the county it is carried out in.

    Rows of cancelled projects are left out, unless it doesn't matter whether a project was `held`.
    """
    chosen = projects(frames) if held else frames["core.dim_project"]
    carried = chosen.select("project_id", "institution_id", "county_unit_id", *CARRIED)
    renamed = prefixed(carried, "project_", "project_id").rename(
        {"project_institution_id": "institution_id", "project_county_unit_id": "unit_id"}
    )
    return joined(rows.join(renamed.select("project_id"), on="project_id", how="semi"), renamed, "project_id")


@grain(
    "project",
    title="培训项目",
    table="project",
    needs={"core.dim_project": ("county_unit_id", "status")},
)
def project(frames: Frames) -> pl.LazyFrame:
    """Projects not cancelled; subject and period are the project's id, its county answers."""
    return projects(frames).with_columns(
        subject_id="project_id", unit_id="county_unit_id", period="project_id", effective_on="start_date"
    )


@derived("project", "is_over", needs={"core.dim_project": ("end_date",)})
def _is_over(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    return rows.with_columns(is_over=pl.col("end_date") < frames.as_of)


@derived("project", "has_started", needs={"core.dim_project": ("start_date",)})
def _has_started(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    return rows.with_columns(has_started=pl.col("start_date") <= frames.as_of)


def is_school_plan() -> pl.Expr:
    """Whether a project is a school's own: marked so, or where nothing is marked, by its way of training.

    Such plans need no application: they follow article 12 of the rules of 2014, not the notice of 2019.
    """
    return pl.coalesce(
        "is_school_based",
        pl.when(pl.col("delivery_mode") == SourceType.SCHOOL_BASED).then(pl.lit(value=True)),
        pl.lit(value=False),
    )


@derived("project", "is_school_plan", needs={"core.dim_project": ("status",)})
def _school_plan(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    return rows.with_columns(is_school_plan=is_school_plan())


@derived("project", "evaluation_due", needs={"core.dim_project": ("end_date",)})
def _evaluation_due(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    """The last day of the ten working days after the project's end (ZJ-2014-04, article 17)."""
    return due_after(rows, "end_date", EVALUATION_DAYS, "evaluation_due")


EVALUATION_DAYS: Final = 10


@derived("project", "registration_due", needs={"core.dim_project": ("end_date",)})
def _registration_due(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    """The last day of the thirty working days after the project's end (HI-2017, article 7)."""
    return due_after(rows, "end_date", REGISTRATION_DAYS, "registration_due")


REGISTRATION_DAYS: Final = 30


@derived("project", "institution_type", "institution_name", needs={"core.dim_institution": ("institution_type",)})
def _provider(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    home = frames["core.dim_institution"].select("institution_id", "institution_type", "institution_name")
    return joined(rows, home, "institution_id")


def _where_unsure(rows: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """Leaves the larger end of a figure only where it differs from the smaller one."""
    most = pl.col(f"{name}_at_most")
    return rows.with_columns(pl.when(most > pl.col(name)).then(most).alias(f"{name}_at_most"))


# ---- experts


def _team(frames: Frames) -> pl.LazyFrame:
    """Each project's experts once, with what the expert table says of them."""
    return (
        frames["staging.project_expert"]
        .select("project_id", "expert_id")
        .unique()
        .join(frames["staging.expert"], on="expert_id", how="left")
    )


_TEAM: Final = {"staging.project_expert": ("expert_id",)}
_EMPLOYED: Final = {**_TEAM, "staging.expert": ("employer_type",)}
_PLACED: Final = {
    **_TEAM,
    "staging.expert": ("work_region_code",),
    "core.dim_institution": ("unit_id",),
}


@derived("project", "chief_experts", needs={"staging.project_expert": ("expert_id", "role")})
def _chiefs(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    chiefs = frames["staging.project_expert"].filter(pl.col("role") == "首席专家")
    return counted(rows, chiefs, "project_id", chief_experts=pl.col("expert_id").n_unique())


@derived(
    "project",
    "online_tutors",
    needs={"staging.project_expert|staging.class_staff": ("role",), "staging.class?": ("project_id",)},
)
def _tutors(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Different tutors on file, in the team of experts or the staff of the project's classes."""
    found = [pl.LazyFrame(schema={"project_id": pl.String(), "tutor": pl.String()})]
    if "staging.project_expert" in frames:
        team = frames["staging.project_expert"].filter(pl.col("role") == "在线辅导教师")
        found.append(team.select("project_id", tutor="expert_id"))
    if "staging.class_staff" in frames and "staging.class" in frames:
        held = (
            frames["staging.class"]
            .filter(pl.col("status").ne_missing(ClassStatus.CANCELLED))
            .select("class_id", "project_id")
        )
        staff = frames["staging.class_staff"].filter(pl.col("role") == "在线辅导教师").join(held, on="class_id")
        found.append(staff.select("project_id", tutor="person_id"))
    return counted(rows, pl.concat(found), "project_id", online_tutors=pl.col("tutor").n_unique())


@derived("project", "experts", needs=_TEAM)
def _experts(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Different experts of the project's team; null where none is on file: a team that nobody wrote down."""
    return joined(rows, _team(frames).group_by("project_id").agg(experts=pl.len()), "project_id")


@derived("project", "frontline_experts", needs=_EMPLOYED)
def _frontline(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Experts employed by schools; those whose employer isn't on file may be (`frontline_experts_at_most`)."""
    at_school = pl.col("employer_type") == "中小学幼儿园"
    figures = {
        "frontline_experts": at_school.sum(),
        "frontline_experts_at_most": at_school.fill_null(value=True).sum(),
    }
    return _where_unsure(counted(rows, _team(frames), "project_id", **figures), "frontline_experts")


@derived("project", "frontline_and_research_experts", needs=_EMPLOYED)
def _frontline_and_research(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    team = _team(frames).filter(pl.col("employer_type").is_in(["中小学幼儿园", "教研机构"]))
    return counted(rows, team, "project_id", frontline_and_research_experts=pl.len())


@derived("project", "outside_experts", needs=_PLACED)
def _outside(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Experts who work in another city (the first four digits of the code) than the institution's.

    Null for institutions whose city isn't on file, as of those directly under the province. A code that names only
    the province says nothing of the city there.
    """
    city = pl.coalesce("city_id", "unit_id").str.slice(0, 4)
    home = frames["core.dim_institution"].select("institution_id", _home=pl.when(~city.str.ends_with("00")).then(city))
    work, own = pl.col("work_region_code").str.slice(0, 4), pl.col("_home")
    is_told = ~work.str.ends_with("00") | (work.str.slice(0, 2) != own.str.slice(0, 2))
    team = (
        _team(frames)
        .join(projects(frames).select("project_id", "institution_id"), on="project_id")
        .join(home, on="institution_id")
        .filter((work != own) & is_told)
    )
    marked = joined(counted(rows, team, "project_id", outside_experts=pl.len()), home, "institution_id")
    return marked.with_columns(outside_experts=pl.when(own.is_not_null()).then("outside_experts")).drop("_home")


@derived(
    "project",
    "experts_on_file",
    needs={
        "staging.project_expert": ("expert_id",),
        "staging.expert": ("name", "employer", "employer_type", "title", "subject", "work_region_code"),
    },
)
def _on_file(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Experts of the plan whose entry is complete."""
    asked = ("name", "employer", "employer_type", "title", "subject", "work_region_code")
    whole = _team(frames).filter(pl.all_horizontal(pl.col(name).is_not_null() for name in asked))
    return counted(rows, whole, "project_id", experts_on_file=pl.len())


# ---- courses of the plan


def _courses(frames: Frames, *, last: bool) -> pl.LazyFrame:
    """The courses of a project's first or last plan version."""
    version = pl.col("plan_version")
    chosen = version.max() if last else version.min()
    return frames["staging.project_plan_course"].filter(version == chosen.over("project_id"))


_COURSES = {"staging.project_plan_course": ("plan_version", "course_id", "hours")}


def _sum_if_told(hours: pl.Expr) -> pl.Expr:
    """The sum of the hours; null where one of them isn't on file."""
    return pl.when(hours.null_count() == 0).then(hours.sum())


@derived("project", "course_hours", needs=_COURSES)
def _course_hours(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Hours of the last plan's courses; null for a project without a course plan."""
    sums = _courses(frames, last=True).group_by("project_id").agg(course_hours=_sum_if_told(pl.col("hours")))
    return joined(rows, sums, "project_id")


@derived("project", "practice_hours", needs={"staging.project_plan_course": ("hours", "is_practice")})
def _practice_hours(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Hours of practice; courses of which nobody said whether they are may be (`practice_hours_at_most`)."""
    hours, is_practice = pl.col("hours"), pl.col("is_practice")
    sums = (
        _courses(frames, last=True)
        .group_by("project_id")
        .agg(
            practice_hours=_sum_if_told(hours.filter(is_practice)),
            practice_hours_at_most=_sum_if_told(hours.filter(is_practice.fill_null(value=True))),
        )
    )
    return _where_unsure(joined(rows, sums, "project_id"), "practice_hours")


NO_COURSES: Final = "没有登记方案课程"
UNTOLD_KIND: Final = "有课程没有登记是否必修"


def _planned(frames: Frames, courses: pl.LazyFrame) -> pl.LazyFrame:
    """Projects beside what was summed up of their last plan's courses; one without a plan says so."""
    rows = joined(project(frames), courses.with_columns(_has_plan=pl.lit(value=True)), "project_id")
    return rows.with_columns(missing=pl.when(pl.col("_has_plan").is_null()).then(pl.lit(NO_COURSES)))


@measure(
    "required_topics",
    title="必修内容类别数",
    reads={"staging.project_plan_course": ("topic_tag", "is_required"), "core.dim_project": ("hours_planned",)},
    formula="方案的必修课程里出现过的应修类别数",
    about="project",
)
def required_topics(frames: Frames, *, topics: tuple[str, ...]) -> pl.LazyFrame:
    """Different topics among a project's required courses. Grain: project.

    Courses of which nobody said whether they are required may be (`at_most`).
    """
    asked, is_required = pl.col("topic_tag").is_in(list(topics)), pl.col("is_required")
    may_be = is_required.fill_null(value=True)
    tagged = (
        _courses(frames, last=True)
        .group_by("project_id")
        .agg(
            found=pl.col("topic_tag").filter(asked & is_required).unique().sort(),
            _may_be=pl.col("topic_tag").filter(asked & may_be).n_unique(),
        )
    )
    found, most = pl.col("found").list.len(), pl.col("_may_be")
    return _planned(frames, tagged).with_columns(
        numerator=found,
        at_most=pl.when(most > found).then(most.cast(EXACT)),
        unsure=pl.when(most > found).then(pl.lit(UNTOLD_KIND)),
        inputs=pl.struct("found"),
    )


@measure(
    "course_kinds",
    title="必修与自选课程种类数",
    reads={"staging.project_plan_course": ("plan_version", "course_id", "is_required"), "core.dim_project": ()},
    formula="方案里有必修课程计1，有自选课程计1",
    about="project",
)
def course_kinds(frames: Frames) -> pl.LazyFrame:
    """How many of the two kinds, required and chosen, the last plan's courses have. Grain: project.

    Each course of which nobody said whether it is required may be of a kind that is lacking (`at_most`).
    """
    is_required = pl.col("is_required")
    kinds = (
        _courses(frames, last=True)
        .group_by("project_id")
        .agg(_kinds=is_required.drop_nulls().n_unique(), _untold=is_required.null_count())
    )
    most = pl.min_horizontal(pl.col("_kinds") + pl.col("_untold"), pl.lit(2))
    is_open = most > pl.col("_kinds")
    return _planned(frames, kinds).with_columns(
        numerator="_kinds",
        at_most=pl.when(is_open).then(most.cast(EXACT)),
        unsure=pl.when(is_open).then(pl.lit(UNTOLD_KIND)),
        inputs=pl.struct(kinds="_kinds"),
    )


def _change_needs(options: Mapping[str, Any]) -> Needs:
    weight = ("hours",) if options["by_hours"] else ()
    return {
        "staging.project_plan_course": ("plan_version", "course_id", *weight, "expert_id"),
        "staging.project_adjustment?": ("adjust_type", "approve_date", "effective_date"),
    }


@measure(
    "plan_change",
    title="方案变动比例",
    reads=_change_needs,
    formula="变动的课程（按学时的增减较大者，或按被换门数）与被换专家（按人数）两个比例中较大的一个",
    about="project",
)
def plan_change(frames: Frames, *, by_hours: bool, unapproved_only: bool, baseline: int = 0) -> pl.LazyFrame:
    """How much of the first plan's courses or experts is gone from the last version.

    Grain: project with a course plan. The first plan is the earliest version from `baseline` on: 0 is the one handed
    in, 1 the one approved and announced, edits before which change no promise. By hours, those count that differ in
    whichever way: taken from a course or given to one. With `unapproved_only` projects are
    exempt all whose changes of courses and experts on file were approved, by the authority in charge, before they
    took effect; a later version without a change on file is not.
    """
    courses = frames["staging.project_plan_course"]
    both = _plan_shares(frames, baseline, by_hours=by_hours)
    # Only which of the two shares is larger; the share itself stays exact.
    course_share = pl.col("gone").cast(pl.Float64) / pl.col("whole").cast(pl.Float64)
    expert_share = pl.col("expert_gone").cast(pl.Float64) / pl.col("expert_whole").cast(pl.Float64)
    by_expert = (expert_share > course_share).fill_null(value=False)
    version = pl.col("plan_version")
    versions = courses.group_by("project_id").agg(
        versions=version.n_unique(), _first=version.filter(version >= baseline).min()
    )
    approved = _approved_changes(frames) if unapproved_only else None
    rows = project(frames).join(versions, on="project_id").join(both, on="project_id", how="left")
    if approved is not None:
        rows = rows.join(approved, on="project_id", how="left")
    return rows.with_columns(
        numerator=pl.when(by_expert).then("expert_gone").otherwise("gone").cast(EXACT),
        denominator=pl.when(by_expert).then("expert_whole").otherwise("whole").cast(EXACT),
        missing=pl.when((pl.col("_first") > baseline).fill_null(value=True))
        .then(pl.lit(f"没有{BASELINES.get(baseline, '作基准')}的方案可比"))
        .when(pl.col("versions") == 1)
        .then(pl.lit("只有一个版本的方案，看不出变动")),
        exempt=pl.when(pl.col("is_approved")).then(pl.lit("变动经过批准")) if approved is not None else pl.lit(None),
        inputs=pl.struct(
            courses_gone=pl.col("gone").cast(pl.Float64),
            courses=pl.col("whole").cast(pl.Float64),
            experts_gone=pl.col("expert_gone").cast(pl.Float64),
            experts=pl.col("expert_whole").cast(pl.Float64),
        ),
    )


BASELINES: Final[Mapping[int, str]] = {0: "招投标申报", 1: "审核公布"}
"""What the first versions of a plan are."""


def _plan_shares(frames: Frames, baseline: int, *, by_hours: bool) -> pl.LazyFrame:
    """Courses and experts of the first plan that the last one lacks. Grain: project with a version from `baseline` on.

    gone, whole (courses, or their hours); expert_gone, expert_whole.
    """
    courses = frames["staging.project_plan_course"].filter(pl.col("plan_version") >= baseline)
    version = pl.col("plan_version")
    first = courses.filter(version == version.min().over("project_id"))
    final = courses.filter(version == version.max().over("project_id"))
    course = _moved_hours(first, final) if by_hours else _dropped(first, final, "course_id")
    expert = _dropped(first.filter(pl.col("expert_id").is_not_null()), final, "expert_id")
    return course.join(prefixed(expert, "expert_", "project_id"), on="project_id", how="left")


def _approved_changes(frames: Frames) -> pl.LazyFrame:
    """Projects whose course or expert changes were approved, by the adjustments on file when there are any."""
    if "staging.project_adjustment" not in frames:
        return pl.LazyFrame(schema={"project_id": pl.String(), "is_approved": pl.Boolean()})
    changes = approvals(frames, frames["staging.project_adjustment"]).filter(
        pl.col("adjust_type").is_in(["课程", "专家"])
    )
    return changes.group_by("project_id").agg(is_approved=pl.col("is_approved_first").fill_null(value=False).all())


def approvals(frames: Frames, changes: pl.LazyFrame) -> pl.LazyFrame:
    """Adds whether a change was approved before it took effect: `is_approved_first`, null where the days don't tell.

    Approval by an authority that isn't the institution's own or one above it, nor the county's where the project is
    carried out, is none; where nobody wrote down who approved, the day is taken for it.
    """
    place = frames["core.dim_institution"].select(
        "institution_id", _own="unit_id", _county="county_id", _city="city_id"
    )
    placed = frames["core.dim_project"].select("project_id", _institution="institution_id", _there="county_unit_id")
    rows = joined(
        joined(changes, placed, "project_id"), place.rename({"institution_id": "_institution"}), "_institution"
    )
    right = [pl.col(name) for name in ("_own", "_county", "_city", "_there")]
    fits = pl.any_horizontal(*((pl.col("approver_unit_id") == one).fill_null(value=False) for one in right))
    is_told = pl.any_horizontal(one.is_not_null() for one in right)
    fits = fits | (pl.col("approver_unit_id") == frames.province)
    is_wrong = pl.col("approver_unit_id").is_not_null() & is_told & ~fits
    in_time = (
        pl.when(pl.col("approve_date").is_null())
        .then(pl.lit(value=False))
        .otherwise(pl.col("approve_date") <= pl.col("effective_date"))
    )
    return rows.with_columns(is_approved_first=in_time & ~is_wrong.fill_null(value=False)).drop(
        "_institution", "_there", "_own", "_county", "_city"
    )


def _dropped(first: pl.LazyFrame, final: pl.LazyFrame, key: str) -> pl.LazyFrame:
    """How many of the first plan's items there are, and how many the final plan lacks. Grain: project. gone, whole."""
    after = final.select("project_id", key).unique().with_columns(_still=pl.lit(value=True))
    return (
        first.select("project_id", key)
        .unique()
        .join(after, on=["project_id", key], how="left")
        .group_by("project_id")
        .agg(gone=pl.col("_still").null_count().cast(EXACT), whole=pl.len().cast(EXACT))
    )


def _moved_hours(first: pl.LazyFrame, final: pl.LazyFrame) -> pl.LazyFrame:
    """Hours of the first plan's courses, and those taken from or given to courses, whichever is more.

    Grain: project. gone, whole; null where a course's hours aren't on file.
    """
    key = ["project_id", "course_id"]
    plans = [
        plan.select(*key, "hours").group_by(key).agg(_hours=pl.col("hours").max(), _there=pl.lit(value=True).first())
        for plan in (first, final)
    ]
    both = plans[0].join(plans[1], on=key, how="full", coalesce=True, suffix="_after")
    before = pl.when("_there").then("_hours").otherwise(0)
    after = pl.when("_there_after").then("_hours_after").otherwise(0)
    sums = (
        both.with_columns(_before=before, _more=after - before)
        .group_by("project_id")
        .agg(
            _lost=-pl.col("_more").filter(pl.col("_more") < 0).sum(),
            _won=pl.col("_more").filter(pl.col("_more") > 0).sum(),
            _untold=pl.col("_more").null_count() > 0,
            whole=pl.col("_before").sum(),
        )
    )
    gone = pl.max_horizontal("_lost", "_won").cast(EXACT)
    return sums.select(
        "project_id",
        gone=pl.when(~pl.col("_untold")).then(gone),
        whole=pl.when(~pl.col("_untold")).then(pl.col("whole").cast(EXACT)),
    )


# ---- order of steps, accreditation, leaders


@derived(
    "project", "is_published_after_pass", needs={"core.dim_project": ("review_result", "review_date", "publish_date")}
)
def _published_after_pass(rows: pl.LazyFrame, _frames: Frames) -> pl.LazyFrame:
    passed = pl.col("review_result") == ReviewResult.PASSED
    in_order = pl.col("review_date") <= pl.col("publish_date")
    return rows.with_columns(is_published_after_pass=(passed & in_order).fill_null(value=False))


_ACCREDITED = {
    "staging.institution_accreditation": ("institution_id", "valid_from"),
    "staging.sanction?": ("institution_id", "type", "start", "decision_date"),
}
VOIDED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    AccreditationStatus.CANCELLED: ("取消资质",),
    AccreditationStatus.SUSPENDED: ("暂停申报", "暂停学科资质"),
}
"""Status of an accreditation that no longer holds → the decisions that tell since when."""


def accredited_on(rows: pl.LazyFrame, frames: Frames, key: str, on: str, name: str) -> pl.LazyFrame:
    """Adds whether the institution in `key` held an accreditation on the day in `on`; null without that day.

    An accreditation suspended or withdrawn tonight held until the first decision that says so, and no longer from the
    last one on; between several it may have been restored. Without one on file, and where it has expired nobody knows
    when, it can't be told whether it still held on an earlier day (null).
    """
    spans = _voided(frames["staging.institution_accreditation"], frames)
    spans = spans.select(
        pl.col("institution_id").alias(key), "_void", "_first", "_last", _from="valid_from", _to="valid_to"
    )
    pairs = rows.select(key, on).unique().join(spans, on=key)
    covered = pairs.filter(
        (pl.col("_from").is_null() | (pl.col("_from") <= pl.col(on)))
        & (pl.col("_to").is_null() | (pl.col("_to") >= pl.col(on)))
    )
    was_held = (~pl.col("_void") | (pl.col(on) < pl.col("_first"))).fill_null(value=False)
    is_gone = pl.col(on) >= pl.col("_last")
    holds = pl.when(was_held).then(pl.lit(value=True)).when(is_gone).then(pl.lit(value=False))
    marks = covered.group_by(key, on).agg(_held=holds.any(ignore_nulls=False), _seen=pl.lit(value=True).first())
    known = pl.col(on).is_not_null() & pl.col(key).is_not_null()
    held = pl.when(pl.col("_seen").is_null()).then(pl.lit(value=False)).otherwise("_held")
    return joined(rows, marks, [key, on]).with_columns(pl.when(known).then(held).alias(name)).drop("_held", "_seen")


def _voided(spans: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Adds whether an accreditation is suspended, withdrawn or expired tonight without saying when (`_void`).

    `_first` and `_last` are the days of the decisions that say so.
    """
    status = pl.col("status")
    undated = (status == AccreditationStatus.EXPIRED) & pl.col("valid_to").is_null()
    marked = spans.with_columns(_void=(status.is_in(list(VOIDED_BY)) | undated).fill_null(value=False))
    if "staging.sanction" not in frames:
        return marked.with_columns(pl.lit(None, dtype=pl.Date).alias(name) for name in ("_first", "_last"))
    decided = frames["staging.sanction"].select("institution_id", "type", _day=pl.coalesce("start", "decision_date"))
    kinds = pl.concat(
        [
            decided.filter(pl.col("type").is_in(types))
            .group_by("institution_id")
            .agg(_first=pl.col("_day").min(), _last=pl.col("_day").max())
            .with_columns(status=pl.lit(word))
            for word, types in VOIDED_BY.items()
        ]
    )
    return joined(marked, kinds, ["institution_id", "status"])


@derived("project", "is_accredited", needs={**_ACCREDITED, "core.dim_project": ("start_date",)})
def _is_accredited(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    return accredited_on(rows, frames, "institution_id", "start_date", "is_accredited")


@derived(
    "project",
    "is_reviewed_by_own_authority",
    needs={
        "core.dim_project": ("review_authority", "institution_id"),
        "core.dim_institution": ("unit_id",),
        "core.dim_unit": ("unit_name",),
    },
)
def _own_authority(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Whether the authority that reviewed is the one the institution belongs to.

    The platform keeps the authority as free text: a unit's code, or its name with or without what its bureau is
    called. Null where the text names no unit on file, or more than one, or the institution's own isn't known.
    """
    units = frames["core.dim_unit"].select("unit_id", "unit_name")
    codes = units.select(_text="unit_id", _by="unit_id")
    names = units.filter(pl.col("unit_name").is_not_null()).select(_text="unit_name", _by="unit_id")
    named = pl.concat([codes, names]).group_by("_text").agg(pl.col("_by").first(), _times=pl.col("_by").n_unique())
    told = named.filter(pl.col("_times") == 1).select("_text", "_by")
    own = frames["core.dim_institution"].select("institution_id", _own="unit_id")
    text = pl.col("review_authority").str.replace_all(r"\s", "").str.replace(BUREAU, "")
    placed = joined(joined(rows.with_columns(_text=text), told, "_text"), own, "institution_id")
    return placed.with_columns(is_reviewed_by_own_authority=pl.col("_by") == pl.col("_own")).drop(
        "_text", "_by", "_own"
    )


BUREAU: Final = "(教育行政部门|教育体育局|教育委员会|教体局|教育局|教育厅|教委)$"
"""What an education authority may be called after the name of its place."""


_STAFF = {"staging.org_staff": ("person_id", "org_id", "employment_type"), "core.dim_project": ("leader_id",)}
TITLES: Final = pl.Enum(["正高", "副高", "中级", "初级", "无"])
"""Levels of titles, the highest first."""


@derived("project", "is_leader_staff", needs=_STAFF)
def _leader_staff(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Whether the leader was regular staff of the institution on the day it applied.

    Null when the leader isn't on file, and where the institution's own entry doesn't say how the leader is employed.
    """
    people = frames["staging.org_staff"].group_by(leader_id="person_id").agg(_known=pl.lit(value=True).first())
    posts = frames["staging.org_staff"].select(
        "employment_type", "valid_from", "valid_to", leader_id="person_id", institution_id="org_id"
    )
    day = pl.coalesce("apply_date", "start_date")
    asked = rows.select("project_id", "leader_id", "institution_id", _day=day).join(
        posts, on=["leader_id", "institution_id"]
    )
    on_duty = asked.filter(_held_on(pl.col("_day")))
    regular = pl.col("employment_type").is_in(["在编", "正式合同"])
    marks = on_duty.group_by("project_id").agg(
        _regular=regular.any(ignore_nulls=False), _here=pl.lit(value=True).first()
    )
    marked = joined(joined(rows, people, "leader_id"), marks, "project_id")
    staff = pl.when(pl.col("_here").is_null()).then(pl.lit(value=False)).otherwise("_regular")
    return marked.with_columns(is_leader_staff=pl.when(pl.col("_known").is_not_null()).then(staff)).drop(
        "_known", "_regular", "_here"
    )


@derived(
    "project",
    "leader_title_level",
    needs={"staging.org_staff": ("person_id", "title_level"), "core.dim_project": ("leader_id",)},
)
def _leader_title(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """The highest title that any of the leader's posts names that was held on the day of application.

    Null where no post on file covers that day, or none that does names a title.
    """
    highest = pl.col("title_level").cast(TITLES).min().cast(pl.String)
    posts = frames["staging.org_staff"].select("title_level", "valid_from", "valid_to", leader_id="person_id")
    asked = rows.select("project_id", "leader_id", _day=pl.coalesce("apply_date", "start_date"))
    held = asked.join(posts, on="leader_id").filter(_held_on(pl.col("_day")))
    return joined(rows, held.group_by("project_id").agg(leader_title_level=highest), "project_id")


def _held_on(day: pl.Expr) -> pl.Expr:
    """Whether a post was held on a day; an open end, or a day that isn't known, is no bound."""
    began = (pl.col("valid_from") <= day).fill_null(value=True)
    lasts = (pl.col("valid_to") >= day).fill_null(value=True)
    return began & lasts


# ---- fees and money

_FEES = {"staging.project_finance": ("item", "standard")}


@measure(
    "fee_faults",
    title="收费标准缺项与目录外收费",
    reads={**_FEES, "core.dim_project": ()},
    formula="没有标准的应列科目数＋没有标准却有实收的科目数",
    about="project",
)
def fee_faults(frames: Frames, *, items: tuple[str, ...]) -> pl.LazyFrame:
    """Items that lack a published standard, or were charged without one. Grain: project; those of schools left out.

    Of a project without any fee on file nothing can be told.
    """
    lines = frames["staging.project_finance"]
    has_standard = pl.col("standard").is_not_null()
    asked = pl.col("item").is_in(list(items))
    sums = lines.group_by("project_id").agg(
        listed=(has_standard & asked).sum(),
        unlisted=((pl.col("received") > 0).fill_null(value=False) & ~has_standard).sum(),
    )
    return (
        project(frames)
        .filter(~is_school_plan())
        .join(sums, on="project_id", how="left")
        .with_columns(
            numerator=len(items) - pl.col("listed") + pl.col("unlisted"),
            missing=pl.when(pl.col("listed").is_null()).then(pl.lit("没有收费标准的登记")),
            inputs=pl.struct("listed", "unlisted"),
        )
    )


@derived("project", "overcharged_amount", needs={"staging.project_finance": ("item", "received")})
def _overcharged(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Money received beyond the published standards, summed over items; null when no receipt is on file."""
    over = pl.max_horizontal(pl.col("received") - pl.col("standard").fill_null(0), pl.lit(0).cast(EXACT))
    sums = (
        frames["staging.project_finance"]
        .filter(pl.col("received").is_not_null())
        .group_by("project_id")
        .agg(overcharged_amount=over.sum())
    )
    return joined(rows, sums, "project_id")


@derived(
    "project",
    "fee_signs",
    "fee_signs_at_most",
    needs={
        "staging.project_finance|core.fct_spot_check|staging.complaint": ("project_id",),
        "staging.project_finance?": ("item", "standard", "received"),
        "core.fct_spot_check?": ("finding_code",),
        "staging.complaint?": ("complaint_type", "verified"),
    },
)
def _fee_signs(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Signs of charging what may not be charged: receipts beyond the standards, checks and complaints that found it.

    A complaint not yet looked into may be one. Null where no receipt is on file and nothing else was found.
    """
    marked = rows.with_columns(_over=pl.lit(None, dtype=EXACT), _found=pl.lit(0), _told=pl.lit(0), _open=pl.lit(0))
    if "staging.project_finance" in frames:
        marked = _overcharged(marked, frames).with_columns(_over="overcharged_amount")
    if "core.fct_spot_check" in frames:
        found = frames["core.fct_spot_check"].filter(pl.col("finding_code") == "收费")
        marked = counted(marked.drop("_found"), found, "project_id", _found=pl.len())
    if "staging.complaint" in frames:
        of_fees = frames["staging.complaint"].filter(
            (pl.col("complaint_type") == "收费") & pl.col("project_id").is_not_null()
        )
        marked = counted(
            marked.drop("_told", "_open"),
            of_fees,
            "project_id",
            _told=(pl.col("verified") == "属实").sum(),
            _open=(pl.col("verified").is_null() | (pl.col("verified") == "待核")).sum(),
        )
    sure = (pl.col("_over") > 0).cast(pl.Int32).fill_null(0) + pl.col("_found") + pl.col("_told")
    is_told = pl.col("_over").is_not_null() | (sure > 0)
    return marked.with_columns(
        fee_signs=pl.when(is_told).then(sure), fee_signs_at_most=pl.when(is_told).then(sure + pl.col("_open"))
    ).drop("_over", "_found", "_told", "_open")


@measure(
    "spending_share",
    title="科目支出占比",
    reads={"staging.project_finance:spent|staging.project_finance:budget": ("item",), "core.dim_project": ("level",)},
    formula="所列科目的支出÷全部支出；没有决算的用预算",
    about="project",
)
def spending_share(frames: Frames, *, items: tuple[str, ...]) -> pl.LazyFrame:
    """Spending on some items among all spending. Grain: project; open until it ends.

    A project without settled spending is judged by its budget, and says so. An amount that isn't on file is unknown:
    without one of those asked nothing can be told, without another the share can only be smaller.
    """
    asked = pl.col("item").is_in(list(items))
    lines = frames["staging.project_finance"]
    settled = (pl.col("spent").sum() > 0).over("project_id")
    amount = lines.with_columns(_settled=settled, _amount=pl.when(settled).then("spent").otherwise("budget"))
    sums = amount.group_by("project_id").agg(
        pl.col("_settled").first(),
        numerator=pl.col("_amount").filter(asked).sum(),
        denominator=pl.col("_amount").sum(),
        _asked_untold=pl.col("_amount").filter(asked).null_count() > 0,
        _untold=pl.col("_amount").null_count() > 0,
    )
    rows = project(frames).join(sums, on="project_id", how="left")
    basis = pl.when("_settled").then(pl.lit("决算")).when(~pl.col("_settled")).then(pl.lit("预算"))
    return rows.with_columns(
        period_end="end_date",
        missing=pl.when(pl.col("_settled").is_null())
        .then(pl.lit("没有经费登记"))
        .when("_asked_untold")
        .then(pl.lit("所查科目没有登记金额")),
        doubt=pl.when("_untold").then(pl.lit("有科目没有登记金额，占比只会更低")),
        inputs=pl.struct(basis=basis),
    )


# ---- archives and answers


def _archive_needs(options: Mapping[str, Any]) -> Needs:
    provider = {"core.dim_institution": ("institution_type",)} if "institution_type" in options["rows"] else {}
    return {
        "staging.project_archive": ("doc_type",),
        "core.dim_project": ("end_date",),
        **provider,
    }


@measure(
    "archive_types",
    title="存档材料种类",
    reads=_archive_needs,
    accumulates=True,
    formula="应存材料里已存的种数",
    about="project",
)
def archive_types(
    frames: Frames,
    *,
    kinds: tuple[str, ...],
    rows: Mapping[str, Condition] = NO_ROWS,
    working_days: int = 0,
    in_force_on: Literal["start_date", "end_date"] = "start_date",
) -> pl.LazyFrame:
    """Different kinds of required documents on file. Grain: project; open for so many working days after its end.

    `in_force_on` is the day whose law holds.
    """
    kept = frames["staging.project_archive"].filter(pl.col("doc_type").is_in(list(kinds)))
    on_file = kept.group_by("project_id").agg(on_file=pl.col("doc_type").unique().sort())
    home = frames["core.dim_institution"].select("institution_id", "institution_type")
    base = due_after(project(frames), "end_date", working_days, "_due") if working_days else project(frames)
    chosen = joined(base, home, "institution_id").filter(keep(rows))
    return chosen.join(on_file, on="project_id", how="left").with_columns(
        effective_on=in_force_on,
        period_end="_due" if working_days else "end_date",
        numerator=pl.col("on_file").list.len().fill_null(0),
        inputs=pl.struct("on_file"),
    )


@derived(
    "project",
    "valid_answers",
    needs={"marts.project_satisfaction": ()},
)
def _valid_answers(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    answered = frames["marts.project_satisfaction"].select("project_id", valid_answers="responses_valid")
    return joined(rows, answered, "project_id").with_columns(pl.col("valid_answers").fill_null(0))


# ---- registration of credits


REQUIRED: Final = ("登分审批表", "文件通知", "实施方案", "课表", "学员信息表", "过程材料", "成果总结", "登分备案申请")
"""Documents that have to be on file with the registration (HI-2017, articles 6 and 7)."""


def _registrations(frames: Frames) -> pl.LazyFrame:
    """First and last day of registration. Grain: project. Makeups come later by their nature and are left out."""
    is_makeup = pl.col("is_makeup").fill_null(value=False)
    return (
        frames["staging.credit_record"]
        .filter(pl.col("status").is_in(REGISTERED) & ~is_makeup)
        .group_by("project_id")
        .agg(_first=pl.col("register_date").min(), _last=pl.col("register_date").max())
    )


@derived(
    "project",
    "registration_working_days",
    needs={"staging.credit_record": ("project_id", "register_date", "status"), "core.dim_project": ("end_date",)},
)
def _registration_days(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Working days from the end to the last registration or upload; those so far while nothing is registered."""
    days = _registrations(frames).select("project_id", _registered="_last")
    both = joined(rows, days, "project_id").with_columns(
        registration_working_days_is_lower_bound=pl.col("_registered").is_null(),
        _last=pl.coalesce(pl.col("_registered"), pl.lit(frames.as_of)),
    )
    if "staging.project_archive" in frames:
        uploads = (
            frames["staging.project_archive"]
            .filter(pl.col("doc_type").is_in(REQUIRED))
            .group_by("project_id")
            .agg(_uploaded=pl.col("uploaded_at").cast(pl.Date).max())
        )
        both = joined(both, uploads, "project_id").with_columns(_last=pl.max_horizontal("_last", "_uploaded"))
    dated = both.drop("_registered", "_uploaded", strict=False)
    return add_working_days(dated, "end_date", "_last", "registration_working_days").drop("_last")


@derived(
    "project",
    "is_registered_after_approval",
    needs={
        "staging.project_archive": ("doc_type", "approval_date"),
        "staging.credit_record": ("project_id", "register_date", "status"),
    },
)
def _registered_after_approval(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Whether the approval form was signed before the first registration; null for projects without one.

    While the days for registering last, it still can be (`…_may_reach`).
    """
    forms = (
        frames["staging.project_archive"]
        .filter(pl.col("doc_type") == "登分审批表")
        .group_by("project_id")
        .agg(_approved=pl.col("approval_date").min())
    )
    first = _registrations(frames).select("project_id", "_first")
    both = joined(joined(rows, forms, "project_id"), first, "project_id")
    in_time = (pl.col("_approved") <= pl.col("_first")).fill_null(value=False)
    dated = _registration_due(both, frames)
    still_can = (pl.col("registration_due") >= frames.as_of) | pl.col("end_date").is_null()
    return dated.with_columns(
        is_registered_after_approval=pl.when(pl.col("_first").is_not_null()).then(in_time),
        is_registered_after_approval_may_reach=pl.when(still_can).then(1),
    ).drop("_approved", "_first")


# ---- plans


@grain(
    "plan",
    title="项目方案（审核公布的版本）",
    table="project_plan",
    needs={"staging.project_plan": ("plan_version",), "core.dim_project": ("county_unit_id",)},
    given=GIVEN,
)
def plan(frames: Frames) -> pl.LazyFrame:
    """The announced version (1) of a project's plan, else the submitted one (0); projects without any say so."""
    announced = frames["staging.project_plan"].filter(pl.col("plan_version") <= 1)
    latest = announced.filter(pl.col("plan_version") == pl.col("plan_version").max().over("project_id"))
    named = frames["core.dim_project"].select("project_id").join(latest, on="project_id", how="left")
    return with_project(named, frames).with_columns(
        subject_id="project_id",
        period="project_id",
        effective_on="project_start_date",
        gap=pl.when(pl.col("plan_version").is_null()).then(pl.lit("没有登记培训方案")),
    )


@derived("plan", "is_online", needs={"core.dim_project": ("delivery_mode",)})
def _online_plan(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Whether any of the training is online; blended training on file with 0 hours online is not. Null: way unknown."""
    hours = frames["core.dim_project"].select("project_id", _online="hours_online")
    way = pl.col("project_delivery_mode")
    nothing_online = (way == "混合") & (pl.col("_online") == 0).fill_null(value=False)
    told = joined(rows, hours, "project_id")
    return told.with_columns(is_online=way.is_in(["网络", "混合"]) & ~nothing_online).drop("_online")


@grain(
    "adjustment",
    title="方案调整",
    table="project_adjustment",
    needs={
        "staging.project_adjustment": ("adjust_type",),
        "core.dim_project": ("county_unit_id",),
        "staging.project_plan_course?": ("plan_version", "course_id", "hours", "expert_id"),
    },
    given=GIVEN,
)
def adjustment(frames: Frames) -> pl.LazyFrame:
    """Adjustments of projects, and large changes of the announced plan that nobody handed in.

    Subject and period are the project's id. An adjustment is open until it takes effect.
    """
    reported = frames["staging.project_adjustment"]
    if "staging.project_plan_course" in frames:
        reported = pl.concat([reported, _unreported(reported, frames)], how="diagonal")
    day = pl.coalesce("effective_date", "apply_date", "project_start_date")
    return with_project(reported, frames).with_columns(
        subject_id="project_id", period="project_id", effective_on=day, period_end="effective_date"
    )


MEASURED: Final = ("课程", "专家", "学时")
"""Kinds of change whose size the plan's versions tell.

The document's convention `large_change` says from which share of the plan each is large.
"""


def _changes(frames: Frames) -> pl.LazyFrame:
    """Whether the announced plan changed largely up to its last version. Grain: project with an announced plan.

    Null where there is only one version; nobody's where the document doesn't say what is large.
    """
    limits = {kind: Fraction(share) for kind, share in frames.rules.get("large_change", {}).items()}
    if not limits:
        return pl.LazyFrame(schema={"project_id": pl.String(), "_large": pl.Boolean()})
    shares = _plan_shares(frames, 1, by_hours=False)
    courses = frames["staging.project_plan_course"].filter(pl.col("plan_version") >= 1)
    version = pl.col("plan_version")
    hours = courses.group_by("project_id").agg(
        _before=pl.col("hours").filter(version == version.min()).sum(),
        _after=pl.col("hours").filter(version == version.max()).sum(),
        _versions=version.n_unique(),
        _first=version.min(),
    )
    courses_large = _is_share(pl.col("gone"), pl.col("whole"), limits["课程"])
    experts_large = _is_share(pl.col("expert_gone"), pl.col("expert_whole"), limits["专家"]).fill_null(value=False)
    hours_large = _is_share(pl.col("_before") - pl.col("_after"), pl.col("_before"), limits["学时"])
    is_told = (pl.col("_versions") > 1) & (pl.col("_first") == 1)
    return shares.join(hours, on="project_id").select(
        "project_id",
        _large=pl.when(is_told).then(courses_large | experts_large | (hours_large & (pl.col("_before") > 0))),
    )


def _is_share(part: pl.Expr, whole: pl.Expr, limit: Fraction) -> pl.Expr:
    """Whether a part is at least that share of the whole, by cross-multiplication."""
    return part * limit.denominator >= whole * limit.numerator


def _unreported(reported: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Projects whose plan changed largely without an adjustment on file, as an adjustment that nobody approved."""
    on_file = reported.filter(pl.col("adjust_type").is_in(MEASURED))
    return (
        _changes(frames)
        .filter("_large")
        .join(on_file, on="project_id", how="anti")
        .select("project_id", adjust_type=pl.lit("课程"), is_major=pl.lit(value=True))
    )


LARGE: Final = ("时间", "地点", "形式", "合班")


@derived("adjustment", "is_large", "may_be_large", needs={"staging.project_adjustment": ("adjust_type",)})
def _is_large(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Marked as major; else by its kind, and for courses, experts and hours by what changed in the plan.

    A change marked as small is large all the same where the plan's versions say so. Null where nothing tells.
    """
    if "is_large" in rows.collect_schema():
        return rows
    measured = pl.LazyFrame(schema={"project_id": pl.String(), "_large": pl.Boolean()})
    if "staging.project_plan_course" in frames:
        measured = _changes(frames)
    of_plan = pl.col("adjust_type").is_in(MEASURED)
    seen = pl.when(of_plan).then(pl.col("_large"))
    by_kind = pl.when(pl.col("adjust_type").is_in(LARGE)).then(pl.lit(value=True)).when(of_plan).then(seen)
    otherwise = by_kind.when(pl.col("adjust_type").is_not_null()).then(pl.lit(value=False))
    is_large = (
        pl.when(pl.col("is_major") | seen.fill_null(value=False))
        .then(pl.lit(value=True))
        .otherwise(pl.coalesce("is_major", otherwise))
    )
    return (
        joined(rows, measured, "project_id")
        .with_columns(is_large=is_large)
        .with_columns(may_be_large=pl.col("is_large").fill_null(value=True))
        .drop("_large")
    )


def _if_large(in_time: pl.Expr, day: str, frames: Frames) -> pl.Expr:
    """What is asked of a large change: done in time; null where it may be small, or may still be done."""
    waits = pl.col(day).is_null() & (pl.col("effective_date") >= frames.as_of).fill_null(value=False)
    return pl.when(waits).then(pl.lit(None, dtype=pl.Boolean)).otherwise(in_time) | ~pl.col("is_large")


@derived(
    "adjustment",
    "is_approved_first",
    needs={
        "staging.project_adjustment": ("approve_date", "effective_date"),
        "staging.project_adjustment?": ("approver_unit_id",),
        "core.dim_institution?": ("unit_id",),
    },
)
def _approved_first(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Whether a large change was approved, by the authority in charge, before it took effect."""
    sized = approvals(frames, _is_large(rows, frames).drop("is_approved_first", strict=False))
    return sized.with_columns(is_approved_first=_if_large(pl.col("is_approved_first"), "approve_date", frames))


@derived(
    "adjustment", "is_told_first", needs={"staging.project_adjustment": ("notify_trainees_date", "effective_date")}
)
def _told_first(rows: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Whether trainees were told of a large change before it took effect."""
    told = pl.col("notify_trainees_date")
    in_time = pl.when(told.is_null()).then(pl.lit(value=False)).otherwise(told <= pl.col("effective_date"))
    sized = _is_large(rows, frames)
    return sized.with_columns(is_told_first=_if_large(in_time, "notify_trainees_date", frames))


# ---- duties (Wenzhou's table)


@measure(
    "duty_match",
    title="承训机构与职能表相符",
    reads={"core.dim_project": ("category", "stage"), "core.dim_institution": ("institution_type",)},
    formula="项目的类别、学段在职能表中有列的，承办机构在该列为1，否则为0",
    about="project",
)
def duty_match(frames: Frames, *, duties: tuple[dict[str, tuple[str, ...]], ...]) -> pl.LazyFrame:
    """Whether the institution is one the table of duties names for the project's category and stage.

    Each duty is a table of columns and the values they may have: `category`, `stage` and `level` choose projects, the
    others (`institution_type`, `institution_name`) say who may carry them out. Projects no duty speaks of are
    exempt; where a column that decides is empty, it cannot be told.
    """
    home = frames["core.dim_institution"].select("institution_id", "institution_type", "institution_name")
    rows = joined(project(frames), home, "institution_id")
    spoken_of, fits = pl.lit(value=False), pl.lit(value=False)
    for duty in duties:
        chooses = pl.all_horizontal(
            [pl.lit(value=True)]
            + [pl.col(name).is_in(list(duty[name])) for name in ("category", "stage", "level") if name in duty]
        )
        allowed = pl.any_horizontal(
            [pl.lit(value=False)]
            + [pl.col(name).is_in(list(values)) for name, values in duty.items() if name.startswith("institution_")]
        )
        spoken_of = spoken_of | chooses
        fits = fits | (chooses & allowed)
    return rows.with_columns(
        numerator=fits.cast(pl.Int8),
        exempt=pl.when(~spoken_of).then(pl.lit("职能表没有列这一类别和学段")),
        missing=pl.when(spoken_of.is_null() | fits.is_null()).then(pl.lit("类别、学段、级别或承办机构不详")),
        inputs=pl.struct("category", "stage", "institution_type", "institution_name"),
    )
