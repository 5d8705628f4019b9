"""Which projects to spot-check next: a seeded, reproducible list that fills each county's quota.

Belongs here: candidates and their risk, and the drawing. The quota is a threshold of the law and comes in; how many of
a year's projects were checked is counted as in `models.marts.coverage`. A list is a proposal: nothing is decided.

The draw is stratified by level and institution and weighted by risk. Every step follows from the seed, the year and the
project's id alone, so that the same seed always gives the same list whatever the order of the rows.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

import polars as pl

from models.marts.coverage import project_years
from models.vocabulary import Verdict


@dataclass(frozen=True)
class Weights:
    """What each sign of risk adds to a project's weight of 1. Ours, not the law's: printed with every list."""

    low_satisfaction: int = 2
    suspected: int = 3
    complaint: int = 2
    changed_plan: int = 1
    year_unchecked: int = 1
    longest_unchecked: int = 5
    satisfaction_below: Fraction = Fraction(8, 10)

    @property
    def words(self) -> str:
        """The weights as printed."""
        share = f"{self.satisfaction_below * 100}%"
        return (
            f"基数 1；机构最近满意率低于 {share} +{self.low_satisfaction}；机构或项目往年疑似触发 +{self.suspected}；"
            f"有投诉（不属实除外）+{self.complaint}；方案较大调整 +{self.changed_plan}；"
            f"机构在本县每连续一年未抽查 +{self.year_unchecked}（至多 +{self.longest_unchecked}）"
        )


@dataclass(frozen=True)
class Candidate:
    """A project of a county's year, whether it was checked, and its signs of risk."""

    project_id: str
    county_id: str
    institution_id: str
    level: str
    is_checked: bool = False
    satisfaction: Fraction | None = None
    is_suspected: bool = False
    has_complaint: bool = False
    has_changed_plan: bool = False
    years_unchecked: int = 0


@dataclass(frozen=True)
class Pick:
    """A project drawn, its place in the county's list, its weight and why."""

    candidate: Candidate
    order: int
    weight: int
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class CountyPlan:
    """A county's quota, what was checked already, and what to check."""

    county_id: str
    projects: int
    required: int
    checked: int
    picks: tuple[Pick, ...]


SEPARATOR: Final = "|"


def plan(
    candidates: Iterable[Candidate], *, quota: Fraction, seed: int, year: int, weights: Weights | None = None
) -> list[CountyPlan]:
    """A list for each county, in the order of their codes: checked and drawn together reach the quota."""
    chosen = weights or Weights()
    counties: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        counties.setdefault(candidate.county_id, []).append(candidate)
    return [_county(code, counties[code], quota, f"{seed}{SEPARATOR}{year}", chosen) for code in sorted(counties)]


def _county(code: str, projects: Sequence[Candidate], quota: Fraction, seed: str, weights: Weights) -> CountyPlan:
    required = math.ceil(quota * len(projects))
    checked = [one for one in projects if one.is_checked]
    wanted = max(required - len(checked), 0)
    drawn = _drawn(projects, wanted, seed, weights)
    return CountyPlan(
        code,
        len(projects),
        required,
        len(checked),
        tuple(Pick(one, order, *_weight(one, weights)) for order, one in enumerate(drawn, start=1)),
    )


def _drawn(projects: Sequence[Candidate], wanted: int, seed: str, weights: Weights) -> list[Candidate]:
    """Draws one after another: from the level furthest below its share, from its least checked institution."""
    keys = {one.project_id: _key(one, seed, weights) for one in projects}
    waiting = sorted(
        (one for one in projects if not one.is_checked), key=lambda one: (keys[one.project_id], one.project_id)
    )
    sizes = Counter(one.level for one in projects)
    by_level = Counter(one.level for one in projects if one.is_checked)
    by_place = Counter((one.level, one.institution_id) for one in projects if one.is_checked)
    total = sum(by_level.values()) + wanted
    drawn: list[Candidate] = []
    for _ in range(wanted):
        open_levels = {one.level for one in waiting}
        level = min(open_levels, key=lambda name: (by_level[name] - Fraction(total * sizes[name], len(projects)), name))
        pick = min(
            (one for one in waiting if one.level == level),
            key=lambda one: (by_place[one.level, one.institution_id], keys[one.project_id], one.project_id),
        )
        waiting.remove(pick)
        by_level[level] += 1
        by_place[level, pick.institution_id] += 1
        drawn.append(pick)
    return drawn


def _key(candidate: Candidate, seed: str, weights: Weights) -> float:
    """A project's place in the draw: exponential waiting times, the heavier the shorter.

    Drawing the smallest of these is a weighted draw without replacement (Efraimidis and Spirakis 2006).
    """
    digest = hashlib.sha256(f"{seed}{SEPARATOR}{candidate.project_id}".encode()).digest()
    uniform = (int.from_bytes(digest[:6], "big") + 1) / (1 << 48)
    return -math.log(uniform) / _weight(candidate, weights)[0]


def _weight(candidate: Candidate, weights: Weights) -> tuple[int, tuple[str, ...]]:
    """A project's weight and what makes it up."""
    is_low = candidate.satisfaction is not None and candidate.satisfaction < weights.satisfaction_below
    unchecked = min(candidate.years_unchecked * weights.year_unchecked, weights.longest_unchecked)
    parts = {
        "满意率低": weights.low_satisfaction * is_low,
        "往年疑似触发": weights.suspected * candidate.is_suspected,
        "有投诉": weights.complaint * candidate.has_complaint,
        "方案较大调整": weights.changed_plan * candidate.has_changed_plan,
        f"{candidate.years_unchecked}年未查": unchecked,
    }
    return 1 + sum(parts.values()), tuple(f"{name}+{points}" for name, points in parts.items() if points)


# ---- candidates from a release's tables


@dataclass(frozen=True)
class Scope:
    """The counties to plan for and the year."""

    year: int
    counties: frozenset[str] = field(default_factory=frozenset)


READS: Final[Mapping[str, tuple[str, ...]]] = {
    "core.dim_project": (
        "project_id",
        "institution_id",
        "county_unit_id",
        "level",
        "status",
        "start_date",
        "end_date",
        "year",
    ),
    "core.fct_spot_check": ("project_id", "checker_unit_id", "year"),
    "marts.institution_satisfaction": ("institution_id", "year", "responses_valid", "satisfied"),
    "audit.findings": ("subject_type", "subject_id", "period", "verdict", "is_trigger"),
    "staging.complaint": ("institution_id", "project_id", "verified"),
    "staging.project_adjustment": ("project_id", "is_major"),
}
"""Tables and columns that candidates are made of."""
UNFOUNDED: Final = "不属实"
UNKNOWN_LEVEL: Final = "级别不明"


def candidates(tables: Mapping[str, pl.LazyFrame], scope: Scope) -> list[Candidate]:
    """The projects of the counties whose dates touch the year, with their signs of risk, ordered by id.

    Satisfaction is the institution's of the latest year before the planned one; suspected triggers are those of
    earlier periods or of projects; complaints, unless found untrue, of the project or, where they name none, of the
    institution.
    """
    spans = project_years(tables["core.dim_project"]).filter(pl.col("county_unit_id").is_in(list(scope.counties)))
    ours = spans.filter(pl.col("year") == scope.year)
    rows = (
        ours.join(_checked(tables, scope.year), on=["project_id", "county_unit_id"], how="left")
        .join(_satisfied(tables, scope.year), on="institution_id", how="left")
        .join(_unchecked(spans, tables, scope.year), on=["institution_id", "county_unit_id"], how="left")
        .with_columns(
            is_suspected=_among("project_id", _suspects(tables, "project", scope.year))
            | _among("institution_id", _suspects(tables, "institution", scope.year)),
            has_complaint=_complained(tables),
            has_changed_plan=_among(
                "project_id", tables["staging.project_adjustment"].filter("is_major").select(key="project_id")
            ),
        )
        .sort("project_id")
        .collect()
    )
    return [_candidate(row) for row in rows.iter_rows(named=True)]


def _candidate(row: Mapping[str, object]) -> Candidate:
    valid, satisfied = row["responses_valid"], row["satisfied"]
    ratio = Fraction(int(str(satisfied)), int(str(valid))) if valid else None
    return Candidate(
        project_id=str(row["project_id"]),
        county_id=str(row["county_unit_id"]),
        institution_id=str(row["institution_id"]),
        level=str(row["level"] or UNKNOWN_LEVEL),
        is_checked=bool(row["is_checked"]),
        satisfaction=ratio,
        is_suspected=bool(row["is_suspected"]),
        has_complaint=bool(row["has_complaint"]),
        has_changed_plan=bool(row["has_changed_plan"]),
        years_unchecked=int(str(row["years_unchecked"] or 0)),
    )


def _checked(tables: Mapping[str, pl.LazyFrame], year: int) -> pl.LazyFrame:
    """Projects checked in the year by a county's own unit."""
    return (
        tables["core.fct_spot_check"]
        .filter(pl.col("year") == year)
        .select("project_id", county_unit_id="checker_unit_id", is_checked=pl.lit(value=True))
        .unique()
    )


def _satisfied(tables: Mapping[str, pl.LazyFrame], year: int) -> pl.LazyFrame:
    """Each institution's answers in its latest year before the planned one."""
    return (
        tables["marts.institution_satisfaction"]
        .filter((pl.col("year") < year) & (pl.col("responses_valid") > 0))
        .sort("year")
        .group_by("institution_id")
        .agg(pl.col("responses_valid", "satisfied").last())
    )


def _unchecked(spans: pl.LazyFrame, tables: Mapping[str, pl.LazyFrame], year: int) -> pl.LazyFrame:
    """Years since the county last checked the institution, or since it first had a project there."""
    checks = tables["core.fct_spot_check"].select(
        "project_id", county_unit_id="checker_unit_id", checked_year=pl.col("year").cast(pl.Int32)
    )
    place = ["institution_id", "county_unit_id"]
    before = spans.filter(pl.col("year") < year)
    last = (
        before.select("project_id", *place)
        .unique()
        .join(checks, on=["project_id", "county_unit_id"])
        .filter(pl.col("checked_year") < year)
        .group_by(place)
        .agg(last=pl.col("checked_year").max())
    )
    first = before.group_by(place).agg(first=pl.col("year").min())
    since = pl.coalesce(pl.col("last"), pl.col("first") - 1)
    return first.join(last, on=place, how="left").select(*place, years_unchecked=year - 1 - since)


def _suspects(tables: Mapping[str, pl.LazyFrame], subject: str, year: int) -> pl.LazyFrame:
    """Subjects of suspected triggers before the planned year; a project's own period is always before."""
    is_year = pl.col("period").str.contains(r"^\d{4}$")
    earlier = ~is_year | (pl.col("period").str.slice(0, 4).cast(pl.Int32, strict=False) < year)
    return (
        tables["audit.findings"]
        .filter(pl.col("subject_type") == subject, pl.col("is_trigger"), pl.col("verdict") == Verdict.NOT_MET, earlier)
        .select(key="subject_id")
    )


def _complained(tables: Mapping[str, pl.LazyFrame]) -> pl.Expr:
    founded = tables["staging.complaint"].filter(pl.col("verified").ne_missing(UNFOUNDED))
    general = founded.filter(pl.col("project_id").is_null()).select(key="institution_id")
    return _among("project_id", founded.select(key="project_id")) | _among("institution_id", general)


def _among(column: str, keys: pl.LazyFrame) -> pl.Expr:
    """Whether a column's value is one of few keys."""
    listed = keys.drop_nulls().unique().collect()["key"]
    return pl.col(column).is_in(listed.implode()).fill_null(value=False)
