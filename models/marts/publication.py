"""What may be published: the frames behind every page, with small cells already taken out.

Here belong the figures that leave the warehouse for people to look at, and the one place that decides which of
them are too small to show. Pages, charts and downloads read only these frames and decide nothing themselves.
Judging (verdicts, thresholds) does not belong here: it is done in the marts and in the findings.

How small cells are taken out is written once, in `models.marts.suppression`; breakdowns are in `breakdowns`, counts
of findings in `clause_counts`, what other readings of the law would turn in `other_readings`.
No frame here carries a teacher's id, name or hash, nor any raw value of a rejected cell.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import polars as pl

from models.core.gaps import VANISHED
from models.marts import breakdowns, check_list, coverage, cubes, missing, outlook, questions, training, year_counts
from models.marts.answers import hidden_projects, hidden_years
from models.marts.breakdowns import ALL_STAGES, everywhere, rolled_up
from models.marts.clause_counts import clause_verdicts, sensitivity, targets
from models.marts.leaves import FINDINGS, FOUND, JUDGED, LEAVES, TRAINING
from models.marts.other_readings import HEADLINES, headline_findings, other_readings
from models.marts.suppression import HIDDEN, OnlyTold, People, Protection, RatioAlone, Share, Tries, spans_alone
from models.night import Dated
from models.vocabulary import COUNTED_IN_RATIO, Verdict

UNKNOWN: Final = "未能归属"
"""The sender of rejected rows that name none."""
OF_CONDUCT: Final = ("discipline_event", "leave")
"""Tables of what single people did or missed: that a place has a row at all is for its slips alone to say."""
_REJECT: Final = ("table_name", "column_name", "reason_code", "severity", "reason")
_KEY: Final = ("measure", "period", "stage", "convention")
_CELL: Final = ("measure", "unit_id", "period", "stage", "convention")


TRIGGERS: Final = "triggers"
"""The clauses that suspect somebody, whatever their measures."""
IS_OF_TEACHERS: Final = pl.col("measure").is_in(["cycle", "annual"])
"""Headline measures that count people."""


@dataclass(frozen=True)
class Published:
    """One frame that is published: `build` gets the frames of `reads` in order, and of the day what `dated` says.

    `by` names the column whose values tell parts apart, where some may be made again while others stay: the clause, of
    rows that follow from its findings and formula alone, or the year, of rows that follow from that year's training.
    Such rows are stored in the `order` of some columns; the others come in an order of their own.
    `findings_of` names the measures of the clauses of which findings are read, where those of others are not, or
    ``TRIGGERS``.
    `people` says what of it counts people: the frame is built with exact counts, and
    they are told by the one rule of `models.marts.suppression`.
    """

    name: str
    reads: tuple[str, ...]
    build: Callable[..., pl.DataFrame]
    order: tuple[str, ...] = ()
    by: str = ""
    findings_of: tuple[str, ...] = ()
    people: Protection | None = None
    dated: Dated = Dated.NEVER

    def made(self, tables: Mapping[str, pl.LazyFrame], as_of: date, key: bytes) -> pl.DataFrame:
        """The frame as the public may see it, from the tables it reads; `key` draws the edges of counts of people."""
        exact = self.build(*(tables[name] for name in self.reads), **self.day_of(as_of))
        return self.in_order(self.people.protected(exact, key) if self.people else exact)

    def day_of(self, as_of: date) -> Mapping[str, int | date]:
        """What the frame's function gets of the day: years after `until` are left out, or all that is after `as_of`."""
        if self.dated is Dated.NEVER:
            return {}
        return {"until": as_of.year} if self.dated is Dated.BY_YEAR else {"as_of": as_of}

    def in_order(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows as they are stored, so that the same night gives the same bytes."""
        return rows.lazy().sort(self.order).collect(engine="streaming") if self.order else rows


def publish(tables: Mapping[str, pl.LazyFrame], as_of: date, key: bytes) -> dict[str, pl.DataFrame]:
    """All frames a release publishes, by name, in the order of `PUBLISHED`.

    Args:
        tables: every table that a published frame reads and that is not published itself.
        as_of: the day the release stands for; years after it are left out.
        key: draws the edges of counts of people (`suppression.key_of_edges`).
    """
    leaves = {name: each.made(tables, as_of.year).lazy() for name, each in LEAVES.items()}
    made: dict[str, pl.DataFrame] = {}
    for each in PUBLISHED:
        frames = {**tables, **leaves, **{name: frame.lazy() for name, frame in made.items()}}
        made[each.name] = each.made(frames, as_of, key)
    return made


def published_units(units: pl.LazyFrame) -> pl.DataFrame:
    """One row per administrative unit: its name, level and place in the tree (`parent_id`, `county_id`, `city_id`).

    `place_note` says what became of a unit whose code has lapsed. A parent that is no unit of the list is left out:
    whatever stands in that cell is nobody's name.
    """
    known = units.select(parent_id="unit_id", _parent="unit_id")
    return (
        units.join(known, on="parent_id", how="left", maintain_order="left")
        .with_columns(parent_id="_parent")
        .select(
            *("province", "unit_id", "unit_name", "level", "parent_id", "county_id", "city_id", "city_name"),
            *("is_county", "place_note"),
        )
        .sort("unit_id")
        .collect()
    )


def headline_measures(
    units: pl.LazyFrame,
    judged: pl.LazyFrame,
    checks: pl.LazyFrame,
    surveys: pl.LazyFrame,
    projects: pl.LazyFrame,
    *,
    until: int,
) -> pl.DataFrame:
    """Numerators and denominators of the headline measures at county, city and province.

    `judged` are the leaves of that name.
    Grain: measure (cycle, annual, coverage, satisfaction) × unit × period × stage × convention. Of satisfaction
    only the span it lies in is told (`rounded_percent`, `rounded_step`).
    `verdict` is the county's own where a clause judges it.
    """
    leaves = pl.concat(
        [
            _teacher_leaves(judged),
            _coverage_leaves(checks),
            _satisfaction_leaves(surveys, projects, until),
        ],
        how="diagonal_relaxed",
    )
    return (
        spans_alone(_with_nobody(leaves, units), pl.col("measure") == "satisfaction")
        .select(
            *("province", *_CELL, "unit_level", "numerator", "denominator", "rounded_percent", "rounded_step"),
            *("verdict", "suppression"),
        )
        .sort(_CELL)
        .collect()
    )


def _with_nobody(leaves: pl.LazyFrame, units: pl.LazyFrame) -> pl.LazyFrame:
    """The leaves at every level, of people with a row for nobody too."""
    sums = ("numerator", "denominator")
    cells = rolled_up(leaves, units, _KEY, sums).filter(pl.col("denominator") > 0)
    people = everywhere(cells.filter(IS_OF_TEACHERS), units, _KEY, sums)
    return pl.concat([people, cells.filter(~IS_OF_TEACHERS)], how="diagonal_relaxed")


def _teacher_leaves(judged: pl.LazyFrame) -> pl.LazyFrame:
    """Teachers who reached their cycle's or year's thresholds, of those whom it can be judged for."""
    counted = judged.filter(pl.col("verdict").is_in(COUNTED_IN_RATIO))
    with_total = pl.concat([counted, counted.with_columns(stage=pl.lit(ALL_STAGES))])
    return with_total.group_by("province", "unit_id", "measure", "period", "stage").agg(
        convention=pl.lit("default"),
        numerator=pl.col("teachers").filter(pl.col("verdict") == Verdict.MET).sum(),
        denominator=pl.col("teachers").sum(),
    )


def _coverage_leaves(checks: pl.LazyFrame) -> pl.LazyFrame:
    """Projects checked, of the projects of a county's year: by the county itself, and by anybody."""
    return pl.concat(
        [
            checks.select(
                "province",
                "unit_id",
                "verdict" if convention == "default" else pl.lit(None, pl.Utf8).alias("verdict"),
                measure=pl.lit("coverage"),
                period=pl.col("year").cast(pl.Utf8),
                stage=pl.lit(ALL_STAGES),
                convention=pl.lit(convention),
                numerator=pl.col(counted).cast(pl.Int64),
                denominator=pl.col("projects").cast(pl.Int64),
            )
            for convention, counted in (("default", "projects_checked"), ("any_level", "projects_checked_any_level"))
        ]
    ).filter(pl.col("numerator").is_not_null())


def _satisfaction_leaves(surveys: pl.LazyFrame, projects: pl.LazyFrame, until: int) -> pl.LazyFrame:
    """Satisfied answers, of the valid ones, of the anonymous surveys of the projects a county carried out."""
    placed = counted_surveys(surveys, until).join(
        projects.select("project_id", "county_unit_id"), on="project_id", how="left", maintain_order="left"
    )
    pooled = placed.group_by("province", pl.col("county_unit_id").alias("unit_id"), "year").agg(
        pl.col("satisfied", "satisfied_with_basic", "responses_valid").sum()
    )
    return pl.concat(
        [
            pooled.select(
                "province",
                "unit_id",
                measure=pl.lit("satisfaction"),
                period=pl.col("year").cast(pl.Utf8),
                stage=pl.lit(ALL_STAGES),
                convention=pl.lit(convention),
                numerator=pl.col(counted).cast(pl.Int64),
                denominator=pl.col("responses_valid").cast(pl.Int64),
            )
            for convention, counted in (("default", "satisfied"), ("with_basic", "satisfied_with_basic"))
        ]
    )


def counted_surveys(surveys: pl.LazyFrame, until: int) -> pl.LazyFrame:
    """Surveys whose answers count as satisfaction: anonymous ones of trainees, of years begun."""
    return surveys.filter((pl.col("survey_type") == "学评教") & pl.col("is_anonymous") & (pl.col("year") <= until))


def institution_years(
    satisfaction: pl.LazyFrame, institutions: pl.LazyFrame, surveys: pl.LazyFrame, *, until: int
) -> pl.DataFrame:
    """Satisfaction of each institution in each year, with its name and place.

    Grain: institution × year. Ratios and counts are null where `suppression` says why; `verdict` stays.
    `satisfied_with_basic` also counts 基本满意.
    """
    place = institutions.select(
        "institution_id", "institution_name", "institution_type", "authority_level", "county_id", "city_id"
    )
    years = (
        satisfaction.join(place, on="institution_id", how="left", maintain_order="left")
        .filter(pl.col("year") <= until)
        .collect()
    )
    figures = (
        "responses",
        "responses_valid",
        "satisfied",
        "satisfied_with_basic",
        "satisfaction_ratio",
        "wilson_low",
        "wilson_high",
        "invited",
        "response_ratio",
    )
    marked = _hidden(years, hidden_years(surveys), ("institution_id", "year"), pl.col("responses_valid").is_null())
    return (
        marked.with_columns(pl.when(pl.col("suppression").is_null()).then(pl.col(name)).alias(name) for name in figures)
        .select(
            *("province", "institution_id", "institution_name", "institution_type", "authority_level"),
            *("county_id", "city_id", "year", *figures, "verdict", "suppression"),
        )
        .sort("institution_id", "year")
    )


def _hidden(rows: pl.DataFrame, hidden: pl.LazyFrame, key: tuple[str, ...], also: pl.Expr) -> pl.DataFrame:
    """The rows with `suppression`: of the hidden ones, and of the others that are to be hidden."""
    marks = hidden.with_columns(_is_hidden=pl.lit(value=True)).collect()
    return (
        rows.join(marks, on=key, how="left", maintain_order="left")
        .with_columns(suppression=pl.when(pl.col("_is_hidden").fill_null(value=False) | also).then(pl.lit(HIDDEN)))
        .drop("_is_hidden")
    )


def projects(
    project: pl.LazyFrame,
    satisfaction: pl.LazyFrame,
    checks: pl.LazyFrame,
    surveys: pl.LazyFrame,
    institutions: pl.LazyFrame,
    units: pl.LazyFrame,
) -> pl.DataFrame:
    """Each project with its place, whether it was checked, and its satisfaction where that may be shown.

    Grain: project. Institutions and places that nobody reported are left out: whatever stands in that cell is nobody's
    code.
    """
    checked = checks.group_by("project_id").agg(check_count=pl.len().cast(pl.Int64))
    joined = (
        _in_known_places(project, institutions, units)
        .join(checked, on="project_id", how="left", maintain_order="left")
        .join(
            satisfaction.select("project_id", "responses_valid", "satisfied"),
            on="project_id",
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.col("check_count").fill_null(0))
        .collect()
    )
    hidden = _hidden(joined, hidden_projects(surveys), ("project_id",), pl.lit(value=False))
    figures = ("responses_valid", "satisfied")
    return hidden.with_columns(
        pl.when(pl.col("suppression").is_null()).then(pl.col(name)).alias(name) for name in figures
    ).sort("project_id")


def _in_known_places(project: pl.LazyFrame, institutions: pl.LazyFrame, units: pl.LazyFrame) -> pl.LazyFrame:
    """What is published of each project itself; an institution or place that nobody reported is null."""
    known = institutions.select("institution_id", _institution="institution_id")
    places = units.select(county_unit_id="unit_id", _place="unit_id")
    return (
        project.join(known, on="institution_id", how="left", maintain_order="left")
        .join(places, on="county_unit_id", how="left", maintain_order="left")
        .select(
            *("province", "project_id", "project_name", "year"),
            *(pl.col("_institution").alias("institution_id"), "level", "is_school_based"),
            pl.col("_place").alias("county_unit_id"),
            *("delivery_mode", "start_date", "end_date", "status"),
        )
    )


def reject_summary(rejects: pl.LazyFrame) -> pl.DataFrame:
    """Rejects counted by file, column and reason, without the raw values.

    Grain: table_name × file × column_name × reason_code × reason × severity, `count` rejected rows or cells.
    """
    return (
        rejects.with_columns(pl.col("column_name").fill_null("—"))
        .group_by("table_name", "file", "column_name", "reason_code", "severity")
        .agg(reason=pl.col("reason").min(), count=pl.len().cast(pl.Int64))
        .sort("count", "table_name", "file", "column_name", "reason_code", descending=[True] + [False] * 4)
        .collect()
    )


def rejects_by_sender(senders: pl.LazyFrame, units: pl.LazyFrame, institutions: pl.LazyFrame) -> pl.DataFrame:
    """Rejects counted by the county and by the institution whose rows they are, without the raw values.

    Grain: sender_kind (county, institution) × sender_id × table_name × column_name × reason_code × severity, `count`
    rejected rows or cells. Rows that name no county are counted under `UNKNOWN`, and so are those of `OF_CONDUCT`; most
    rows are of no institution, and those are left out.
    """
    is_of_conduct = pl.col("table_name").is_in(OF_CONDUCT)
    rows = senders.with_columns(
        pl.col("column_name").fill_null("—"),
        *(pl.when(~is_of_conduct).then(name).alias(name) for name in ("county_id", "institution_id")),
    )
    named = pl.concat(
        [
            rows.select(*_REJECT, sender_kind=pl.lit("county"), sender_id=pl.col("county_id").fill_null(UNKNOWN)).join(
                units.select(sender_id="unit_id", sender_name="unit_name"), on="sender_id", how="left"
            ),
            rows.filter(pl.col("institution_id").is_not_null())
            .select(*_REJECT, sender_kind=pl.lit("institution"), sender_id="institution_id")
            .join(
                institutions.select(sender_id="institution_id", sender_name="institution_name"),
                on="sender_id",
                how="left",
            ),
        ]
    )
    key = ("sender_kind", "sender_id", "table_name", "column_name", "reason_code", "severity")
    return (
        named.group_by(key)
        .agg(pl.col("sender_name").first(), pl.col("reason").min(), count=pl.len().cast(pl.Int64))
        .sort(key)
        .collect()
    )


def _of_tables(reads: Sequence[str], build: Callable[..., pl.DataFrame]) -> Callable[..., pl.DataFrame]:
    """A frame made of so many others that they are told apart by name."""
    return lambda *frames, **day: build(dict(zip(reads, frames, strict=True)), **day)


def _cube(
    name: str, reads: tuple[str, ...], build: Callable[..., pl.DataFrame], cube: cubes.Cube, **said: Any
) -> Published:
    """A cube; `said` are further fields of `Published`."""
    return Published(name, reads, _of_tables(reads, build), cube.order, **said)


OF_CLAUSE: Final = "clause_id"
"""What tells the parts of a frame apart that are of one clause each; of others it is a year."""
UNITS, MEASURES = "marts.public_unit", "marts.public_measure"
TEACHERS, PROJECTS, INSTITUTIONS = "core.dim_teacher", "core.dim_project", "core.dim_institution"
CYCLES, YEARS, FORMULAS = "marts.teacher_cycle", "marts.teacher_year", "audit.formulas"
SURVEYS: Final = "core.fct_survey"
SCHOOLS: Final = "core.dim_school"
OF_UNITS: Final = People("unit_id", ("teachers",))
OF_TRAINED: Final = People("unit_id", ("trained",), {"records": 50, "hours": 500})
PUBLISHED: Final = (
    Published(UNITS, ("core.dim_unit",), published_units),
    Published(
        MEASURES,
        (UNITS, JUDGED.name, "marts.county_spot_check", SURVEYS, PROJECTS),
        headline_measures,
        dated=Dated.BY_YEAR,
        people=Share("unit_id", rows=IS_OF_TEACHERS),
    ),
    Published("marts.public_cycle", (JUDGED.name, UNITS), breakdowns.cycle_outcomes, people=OF_UNITS),
    Published(
        "marts.public_school",
        (CYCLES, TEACHERS, SCHOOLS),
        breakdowns.schools,
        people=Share("school_id"),
    ),
    Published("marts.public_training", (PROJECTS, "staging.class", UNITS), training.training, dated=Dated.BY_YEAR),
    Published(
        "marts.public_participation",
        (TRAINING.name, UNITS),
        training.participation,
        ("unit_id", "year", "dimension", "value"),
        "year",
        people=OF_TRAINED,
    ),
    Published("marts.public_composition", ("marts.public_participation",), training.composition),
    Published(
        "marts.public_cap_loss",
        (YEARS, TEACHERS, UNITS),
        breakdowns.cap_loss,
        dated=Dated.BY_YEAR,
        people=People("unit_id", ("teachers",), {"credits_lost": 100}),
    ),
    Published("marts.public_pace", (CYCLES, TEACHERS, UNITS, "core.evidence"), breakdowns.pace, people=OF_UNITS),
    Published("marts.public_shortfall", ("marts.shortfall_cause", UNITS), outlook.causes, people=OF_UNITS),
    Published(
        "marts.public_risk",
        ("marts.at_risk", UNITS),
        outlook.risks,
        people=Share("unit_id", {"pace_credits": 5, "needed_credits": 5, "pace_hours": 5, "needed_hours": 5}),
    ),
    Published(
        "marts.public_attribution",
        ("marts.cycle_attribution", UNITS),
        outlook.attributions,
        people=RatioAlone("unit_id"),
    ),
    Published(
        "marts.public_whatif",
        (CYCLES,),
        breakdowns.other_thresholds,
        people=Tries("province", ("met", "teachers")),
    ),
    Published(
        "marts.public_institution",
        ("marts.institution_satisfaction", INSTITUTIONS, SURVEYS),
        institution_years,
        dated=Dated.BY_YEAR,
    ),
    Published(
        "marts.public_project",
        (PROJECTS, "marts.project_satisfaction", "core.fct_spot_check", SURVEYS, INSTITUTIONS, UNITS),
        projects,
    ),
    Published("marts.public_target", (FOUND.name,), targets, ("clause_id", "period", "threshold"), OF_CLAUSE),
    Published(
        "marts.public_clause",
        (FOUND.name, UNITS),
        clause_verdicts,
        ("clause_id", "subject_type", "unit_id", "period", "verdict"),
        OF_CLAUSE,
        people=People("unit_id", ("subjects",), rows=pl.col("is_of_people")),
    ),
    Published(
        "marts.public_sensitivity",
        (FINDINGS,),
        sensitivity,
        ("clause_id", "subject_type", "period", "factor"),
        OF_CLAUSE,
        people=Tries("province", ("met", "not_met"), rows=pl.col("is_of_people")),
    ),
    Published(
        "marts.public_reading",
        (FINDINGS, FOUND.name, FORMULAS),
        other_readings,
        ("clause_id", "subject_type", "period", "reading"),
        OF_CLAUSE,
        people=Tries("province", ("closed", "flips"), rows=pl.col("is_of_people")),
    ),
    Published(
        "marts.public_finding",
        (FINDINGS, FORMULAS, SURVEYS),
        headline_findings,
        ("clause_id", "subject_type", "subject_id", "period", "finding_id"),
        findings_of=HEADLINES,
    ),
    Published(
        "marts.public_clause_year",
        (FOUND.name, PROJECTS, "staging.class", "staging.sanction", UNITS),
        year_counts.clause_years,
        ("unit_id", "clause_id", "subject_type", "period"),
        OF_CLAUSE,
        people=year_counts.CLOSED_PEOPLE,
    ),
    Published(
        "marts.public_supervision",
        (
            *("core.fct_spot_check", "staging.class_observation", "staging.sanction"),
            *(PROJECTS, INSTITUTIONS, UNITS),
        ),
        year_counts.supervision,
        dated=Dated.BY_YEAR,
    ),
    Published(
        "marts.public_same_day", (PROJECTS, "core.fct_spot_check", UNITS), coverage.checked_by_day, dated=Dated.BY_DAY
    ),
    Published("marts.public_money", ("staging.finance_year", UNITS), year_counts.money, dated=Dated.BY_YEAR),
    Published(
        "marts.public_project_money",
        ("staging.project_finance", PROJECTS, UNITS),
        year_counts.project_money,
        dated=Dated.BY_YEAR,
    ),
    _cube(
        "marts.public_cube_reached", cubes.OF_JUDGED, cubes.reached, cubes.REACHED, people=OnlyTold(Share("unit_id"))
    ),
    _cube("marts.public_cube_verdict", cubes.OF_JUDGED, cubes.verdicts, cubes.TEACHERS, people=OnlyTold(OF_UNITS)),
    _cube(
        "marts.public_cube_record",
        cubes.OF_TRAINED,
        cubes.records,
        cubes.RECORDS,
        by="period",
        people=OnlyTold(OF_TRAINED),
    ),
    _cube("marts.public_cube_check", (cubes.CHECKED, *cubes.OF_HELD), cubes.checks, cubes.CHECKS, dated=Dated.BY_YEAR),
    _cube(
        "marts.public_cube_project", (cubes.MONEY, *cubes.OF_HELD), cubes.projects, cubes.PROJECTS, dated=Dated.BY_YEAR
    ),
    _cube(
        "marts.public_cube_answer", (cubes.SURVEYS, *cubes.OF_HELD), cubes.answers, cubes.ANSWERS, dated=Dated.BY_YEAR
    ),
    _cube(
        "marts.public_cube_presence",
        cubes.OF_PRESENCE,
        cubes.presence,
        cubes.PRESENCE,
        people=OnlyTold(Share("unit_id")),
        dated=Dated.BY_YEAR,
    ),
    Published(
        "marts.public_check_list",
        check_list.READS,
        _of_tables(check_list.READS, check_list.check_list),
        dated=Dated.BY_DAY,
        findings_of=(TRIGGERS,),
    ),
    Published(
        "marts.public_question", questions.READS, _of_tables(questions.READS, questions.questions), dated=Dated.BY_DAY
    ),
    Published("marts.public_gap", (VANISHED,), missing.missing_whole),
    Published("marts.public_reject", ("audit.rejects",), reject_summary),
    Published(
        "marts.public_reject_sender",
        ("audit.reject_senders", "core.dim_unit", INSTITUTIONS),
        rejects_by_sender,
    ),
)
"""In the order they can be made: some read what was made before them."""
TABLES: Final = tuple(each.name for each in PUBLISHED)
