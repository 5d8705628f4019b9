"""What may be published: the frames behind every page, with small cells already taken out.

Here belong the figures that leave the warehouse for people to look at, and the one place that decides which of
them are too small to show. Pages, charts and downloads read only these frames and decide nothing themselves.
Judging (verdicts, thresholds) does not belong here: it is done in the marts and in the findings.

Two rules protect people. A figure that rests on fewer than ``MINIMUM`` people or answers is hidden (primary
suppression). Where the hidden figure could be had by subtracting its published neighbours from their total, the
smallest neighbour is hidden as well (complementary suppression), and so on until no subtraction works.
A ratio of people that rests on enough of them, but leaves fewer than ``MINIMUM`` on one side, is published as a whole
per cent without its counts.
No frame here carries a teacher's id, name or hash, nor any raw value of a rejected cell.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import polars as pl

MINIMUM: Final = 10
TOO_FEW: Final = "人数或答卷不足10，不予公布"
WOULD_REVEAL: Final = "为防止由合计反推相邻小数，不予公布"
ALL_STAGES: Final = "全部"

READS: Final = (
    "core.dim_unit",
    "core.dim_teacher",
    "core.dim_institution",
    "core.dim_project",
    "core.fct_survey",
    "core.fct_spot_check",
    "marts.teacher_cycle",
    "marts.county_spot_check",
    "marts.institution_satisfaction",
    "marts.project_satisfaction",
    "audit.findings",
    "audit.rejects",
)
TABLES: Final = (
    "marts.public_unit",
    "marts.public_measure",
    "marts.public_cycle",
    "marts.public_institution",
    "marts.public_project",
    "marts.public_target",
    "marts.public_clause",
    "marts.public_sensitivity",
    "marts.public_reject",
)

EACH: Final = "各次"
"""The period under which findings about single projects and batches are counted."""
FACTORS: Final = (80, 90, 100, 110, 120)

_SPAN: Final = (
    pl.when(pl.col("period").str.contains(r"^\d{4}(-\d{4})?$")).then(pl.col("period")).otherwise(pl.lit(EACH))
)
_IS_OF_PEOPLE: Final = pl.col("subject_type").is_in(["teacher", "leader"])
_CELL: Final = ("measure", "unit_id", "period", "stage", "convention")
_SIBLINGS: Final = (
    ("measure", "period", "stage", "convention", "parent"),
    ("measure", "unit_id", "period", "convention", "_is_total"),
)


def publish(frames: Mapping[str, pl.LazyFrame], as_of: date) -> dict[str, pl.DataFrame]:
    """All frames a release publishes, keyed by ``TABLES``.

    Args:
        frames: every frame named in ``READS``.
        as_of: the day the release stands for; years after it are left out.

    Returns:
        One small eager frame per table, sorted by its key, so that the same night gives the same bytes.
    """
    units = published_units(frames["core.dim_unit"])
    measures = headline_measures(frames, as_of)
    province = str(units.select(pl.col("province").first()).collect().item() or "")
    return {
        "marts.public_unit": units.collect(),
        "marts.public_measure": measures,
        "marts.public_cycle": cycle_outcomes(
            frames["marts.teacher_cycle"], frames["core.dim_teacher"], units, measures
        ),
        "marts.public_institution": institution_years(frames, as_of),
        "marts.public_project": projects(frames),
        "marts.public_target": targets(frames["audit.findings"]).collect(),
        "marts.public_clause": clause_verdicts(frames["audit.findings"], province),
        "marts.public_sensitivity": sensitivity(frames["audit.findings"]),
        "marts.public_reject": reject_summary(frames["audit.rejects"]).collect(),
    }


def published_units(units: pl.LazyFrame) -> pl.LazyFrame:
    """One row per administrative unit: its name, level and place in the tree (`parent_id`, `city_id`)."""
    return units.select(
        "province", "unit_id", "unit_name", "level", "parent_id", "city_id", "city_name", "is_county"
    ).sort("unit_id")


def headline_measures(frames: Mapping[str, pl.LazyFrame], as_of: date) -> pl.DataFrame:
    """Numerators and denominators of the three headline measures at county, city and province.

    Grain: measure (cycle, coverage, satisfaction) × unit × period × stage × convention. `numerator` and
    `denominator` are null where `suppression` says why, or where `rounded_percent` (whole per cent) stands for them;
    `verdict` is the county's own where a clause judges it.
    """
    units = published_units(frames["core.dim_unit"])
    leaves = pl.concat(
        [
            _cycle_leaves(frames["marts.teacher_cycle"], frames["core.dim_teacher"]),
            _coverage_leaves(frames["marts.county_spot_check"]),
            _satisfaction_leaves(frames["core.fct_survey"], frames["core.dim_project"], as_of),
        ],
        how="diagonal_relaxed",
    )
    cells = _rolled_up(leaves, units).collect()
    return _with_small_parts_rounded(_without_small_cells(cells)).sort(_CELL)


def _without_small_cells(cells: pl.DataFrame) -> pl.DataFrame:
    """The cells with `suppression` where too few people or answers stand behind them."""
    # A total over all stages is no sibling of its stages, so it gets a group of its own.
    return suppressed(
        cells.with_columns(_is_total=pl.col("stage") == ALL_STAGES),
        base="denominator",
        applies=pl.col("measure") != "coverage",
        siblings=_SIBLINGS,
    )


def _with_small_parts_rounded(cells: pl.DataFrame) -> pl.DataFrame:
    """Counts of people taken out where one side of the ratio is small; the ratio stays, as a whole per cent."""
    part = pl.min_horizontal("numerator", pl.col("denominator") - pl.col("numerator"))
    is_hidden = pl.col("suppression").is_not_null()
    rounded = suppressed(
        cells.drop("suppression").with_columns(
            cells["suppression"].alias("_hidden"),
            _part=pl.when(cells["suppression"].is_not_null()).then(1).otherwise(part),
        ),
        base="_part",
        applies=pl.col("measure") == "cycle",
        siblings=_SIBLINGS,
    ).rename({"suppression": "_rounded", "_hidden": "suppression"})
    has_counts = pl.col("_rounded").is_null() & ~is_hidden
    percent = (pl.col("numerator") * 200 + pl.col("denominator")) // (pl.col("denominator") * 2)
    return rounded.select(
        "province",
        *_CELL,
        "unit_level",
        pl.when(has_counts).then("numerator").alias("numerator"),
        pl.when(has_counts).then("denominator").alias("denominator"),
        pl.when(~has_counts & ~is_hidden).then(percent).alias("rounded_percent"),
        "verdict",
        "suppression",
    )


def _cycle_leaves(cycles: pl.LazyFrame, teachers: pl.LazyFrame) -> pl.LazyFrame:
    """Teachers who reached their cycle's thresholds, of those whom the cycle can be judged for."""
    placed = cycles.join(
        teachers.select("teacher_id", "county_id", "stage"), on="teacher_id", how="left", maintain_order="left"
    )
    counted = placed.filter(pl.col("verdict").is_in(["met", "not_met", "in_progress"])).with_columns(
        period=pl.format("{}-{}", _year_of("cycle_start"), _year_of("cycle_end"))
    )
    with_total = pl.concat([counted, counted.with_columns(stage=pl.lit(ALL_STAGES))])
    return with_total.group_by("province", pl.col("county_id").alias("unit_id"), "period", "stage").agg(
        measure=pl.lit("cycle"),
        convention=pl.lit("default"),
        numerator=(pl.col("verdict") == "met").sum().cast(pl.Int64),
        denominator=pl.len().cast(pl.Int64),
    )


def _year_of(column: str) -> pl.Expr:
    """The year of a date column, or of a column that already holds years."""
    return pl.col(column).cast(pl.Utf8).str.slice(0, 4)


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
    )


def _satisfaction_leaves(surveys: pl.LazyFrame, projects: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """Satisfied answers, of the valid ones, of the anonymous surveys of the projects a county carried out."""
    placed = _counted_surveys(surveys, as_of).join(
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


def _counted_surveys(surveys: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    return surveys.filter((pl.col("survey_type") == "学评教") & pl.col("is_anonymous") & (pl.col("year") <= as_of.year))


def _rolled_up(leaves: pl.LazyFrame, units: pl.LazyFrame) -> pl.LazyFrame:
    """County cells with the sums of their cities and of the province, each with the unit it adds up to."""
    tree = units.select("unit_id", "city_id")
    county = leaves.join(tree, on="unit_id", how="left", maintain_order="left")
    key = ("province", "measure", "period", "stage", "convention")
    sums = (pl.col("numerator").sum(), pl.col("denominator").sum())
    city = (
        county.filter(pl.col("city_id").is_not_null())
        .group_by(*key, pl.col("city_id").alias("unit_id"))
        .agg(*sums)
        .with_columns(unit_level=pl.lit("city"), parent=pl.col("province"))
    )
    province = (
        county.group_by(*key)
        .agg(*sums)
        .with_columns(unit_id=pl.col("province"), unit_level=pl.lit("province"), parent=pl.lit(""))
    )
    below = county.filter(pl.col("unit_id").is_not_null()).with_columns(
        unit_level=pl.lit("county"), parent=pl.coalesce("city_id", "province")
    )
    return pl.concat([below, city, province], how="diagonal_relaxed").filter(pl.col("denominator") > 0)


def cycle_outcomes(
    cycles: pl.LazyFrame, teachers: pl.LazyFrame, units: pl.LazyFrame, measures: pl.DataFrame
) -> pl.DataFrame:
    """Teachers by outcome of the cycle, for each county, city and the province.

    Grain: unit × period × outcome. `outcome` is the verdict, for `not_met` split by what falls short
    (`not_met:学分`, `not_met:学时`, `not_met:两者`). `teachers` is null where `suppression` says why, and wherever
    the headline in `measures` gives only a rounded ratio, from which the rest could be worked out.
    """
    outcome = (
        pl.when(pl.col("verdict") == "not_met")
        .then(pl.format("not_met:{}", pl.col("binding_constraint").fill_null("未说明")))
        .otherwise(pl.col("verdict"))
    )
    counted = (
        cycles.join(teachers.select("teacher_id", "county_id"), on="teacher_id", how="left", maintain_order="left")
        .with_columns(outcome=outcome, period=pl.format("{}-{}", _year_of("cycle_start"), _year_of("cycle_end")))
        .group_by("province", pl.col("county_id").alias("unit_id"), "period", "outcome")
        .agg(denominator=pl.len().cast(pl.Int64))
        .with_columns(
            measure=pl.lit("cycle"),
            stage=pl.lit(ALL_STAGES),
            convention=pl.col("outcome"),
            numerator=pl.col("denominator"),
        )
    )
    cells = _rolled_up(counted.drop("outcome"), units).collect()
    # Within a unit only the kinds of `not_met` add up to a published figure: the headline's missing part.
    hidden = suppressed(
        cells.with_columns(_verdict=pl.col("convention").str.split(":").list.first()),
        base="denominator",
        applies=pl.lit(value=True),
        siblings=[("period", "convention", "parent"), ("period", "unit_id", "_verdict")],
    )
    without_counts = measures.filter(
        pl.col("measure") == "cycle", pl.col("stage") == ALL_STAGES, pl.col("numerator").is_null()
    ).select("unit_id", "period", _counts_hidden=pl.lit(value=True))
    counted_in_ratio = pl.col("_verdict").is_in(["met", "not_met", "in_progress"])
    consistent = hidden.join(without_counts, on=["unit_id", "period"], how="left").with_columns(
        suppression=pl.when(counted_in_ratio & pl.col("_counts_hidden"))
        .then(pl.coalesce("suppression", pl.lit(WOULD_REVEAL)))
        .otherwise("suppression")
    )
    return consistent.select(
        "province",
        "unit_id",
        "unit_level",
        "period",
        outcome="convention",
        teachers=pl.when(pl.col("suppression").is_null()).then(pl.col("denominator")),
        suppression="suppression",
    ).sort("unit_id", "period", "outcome")


def institution_years(frames: Mapping[str, pl.LazyFrame], as_of: date) -> pl.DataFrame:
    """Satisfaction of each institution in each year, with its name and place.

    Grain: institution × year. Ratios and counts are null where `suppression` says why; `verdict` stays.
    `satisfied_with_basic` also counts 基本满意.
    """
    place = frames["core.dim_institution"].select(
        "institution_id", "institution_name", "institution_type", "authority_level", "county_id", "city_id"
    )
    years = (
        frames["marts.institution_satisfaction"]
        .join(place, on="institution_id", how="left", maintain_order="left")
        .filter(pl.col("year") <= as_of.year)
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
    few = pl.col("responses_valid").is_null() | (pl.col("responses_valid") < MINIMUM)
    marked = years.with_columns(suppression=pl.when(few).then(pl.lit(TOO_FEW)))
    return (
        marked.with_columns(pl.when(pl.col("suppression").is_null()).then(pl.col(name)).alias(name) for name in figures)
        .select(
            *("province", "institution_id", "institution_name", "institution_type", "authority_level"),
            *("county_id", "city_id", "year", *figures, "verdict", "suppression"),
        )
        .sort("institution_id", "year")
    )


def projects(frames: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    """Each project with its place, whether it was checked, and its satisfaction where that may be shown.

    Grain: project. Within an institution's year a single hidden project takes the next smallest with it.
    """
    checked = frames["core.fct_spot_check"].group_by("project_id").agg(check_count=pl.len().cast(pl.Int64))
    joined = (
        frames["core.dim_project"]
        .select(
            *("province", "project_id", "project_name", "year", "institution_id", "level", "is_school_based"),
            *("county_unit_id", "delivery_mode", "start_date", "end_date", "status"),
        )
        .join(checked, on="project_id", how="left", maintain_order="left")
        .join(
            frames["marts.project_satisfaction"].select("project_id", "responses_valid", "satisfied"),
            on="project_id",
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.col("check_count").fill_null(0), _base=pl.col("responses_valid").fill_null(0))
        .collect()
    )
    hidden = suppressed(joined, base="_base", applies=pl.lit(value=True), siblings=[("institution_id", "year")])
    return (
        hidden.with_columns(
            pl.when(pl.col("suppression").is_null()).then(pl.col(name)).alias(name)
            for name in ("responses_valid", "satisfied")
        )
        .drop("_base")
        .sort("project_id")
    )


def targets(findings: pl.LazyFrame) -> pl.LazyFrame:
    """The thresholds that were applied: clause × period with operator, threshold and unit, from the findings."""
    return (
        findings.filter(pl.col("threshold").is_not_null())
        .select("clause_id", _SPAN.alias("period"), "operator", pl.col("threshold").cast(pl.Utf8), "unit")
        .unique()
        .sort("clause_id", "period", "threshold")
    )


def clause_verdicts(findings: pl.LazyFrame, province: str) -> pl.DataFrame:
    """How often a clause was met and missed: clause × subject type × unit × period × verdict.

    The province's own row holds the total. Findings of single projects or batches are counted under the period
    ``EACH``. A count of people is hidden by the two rules; counts of projects, institutions and counties are not
    people.
    """
    key = ("clause_id", "subject_type", "period", "verdict")
    units = (
        findings.with_columns(_SPAN.alias("period"), pl.col("unit_id").fill_null(province))
        .group_by("unit_id", *key)
        .agg(subjects=pl.len().cast(pl.Int64))
    )
    below = units.filter(pl.col("unit_id") != province).with_columns(is_total=pl.lit(value=False))
    total = (
        units.group_by(key)
        .agg(pl.col("subjects").sum())
        .with_columns(unit_id=pl.lit(province), is_total=pl.lit(value=True))
    )
    counted = pl.concat([below, total], how="diagonal_relaxed").collect(engine="streaming")
    hidden = suppressed(
        counted,
        base="subjects",
        applies=_IS_OF_PEOPLE,
        siblings=[(*key, "is_total"), ("clause_id", "subject_type", "period", "unit_id")],
    )
    return (
        hidden.with_columns(
            subjects=pl.when(pl.col("suppression").is_null()).then(pl.col("subjects")), is_of_people=_IS_OF_PEOPLE
        )
        .select("unit_id", *key, "subjects", "is_of_people", "suppression")
        .sort("clause_id", "subject_type", "unit_id", "period", "verdict")
    )


def sensitivity(findings: pl.LazyFrame) -> pl.DataFrame:
    """What another threshold would have changed: clause × subject type × period × share of the threshold.

    `factor` is the share of the threshold in per cent (80 … 120); `met` and `not_met` count the closed findings that
    would have had that verdict, people rounded to tens so that no step of the threshold points at anybody.
    """
    judged = findings.filter(
        pl.col("verdict").is_in(["met", "not_met"]), pl.col("value").is_not_null(), pl.col("threshold").is_not_null()
    ).with_columns(_SPAN.alias("period"), pl.col("is_trigger").fill_null(value=False))
    key = ("clause_id", "subject_type", "period")
    counted = (
        judged.group_by(key)
        .agg(
            *(_is_met_at(factor).sum().cast(pl.Int64).alias(f"met_{factor}") for factor in FACTORS),
            *((~_is_met_at(factor)).sum().cast(pl.Int64).alias(f"not_met_{factor}") for factor in FACTORS),
        )
        .collect(engine="streaming")
    )
    long = pl.concat(
        counted.select(
            *key,
            pl.lit(factor, pl.Int64).alias("factor"),
            pl.col(f"met_{factor}").alias("met"),
            pl.col(f"not_met_{factor}").alias("not_met"),
            _IS_OF_PEOPLE.alias("is_of_people"),
        )
        for factor in FACTORS
    )
    return long.with_columns(
        pl.when("is_of_people").then((pl.col(name) + 5) // 10 * 10).otherwise(pl.col(name)).alias(name)
        for name in ("met", "not_met")
    ).sort(*key, "factor")


def _is_met_at(factor: int) -> pl.Expr:
    """Whether a finding would be met at `factor` per cent of its threshold; null for other kinds of comparison."""
    value, limit = pl.col("value") * 100, pl.col("threshold") * factor
    holds = (
        pl.when(pl.col("operator") == ">=")
        .then(value >= limit)
        .when(pl.col("operator") == ">")
        .then(value > limit)
        .when(pl.col("operator") == "<=")
        .then(value <= limit)
        .when(pl.col("operator") == "<")
        .then(value < limit)
    )
    return holds != pl.col("is_trigger")


def reject_summary(rejects: pl.LazyFrame) -> pl.LazyFrame:
    """Rejects counted by file, column and reason, without the raw values.

    Grain: table_name × file × column_name × reason_code × reason × severity, `count` rejected rows or cells.
    """
    return (
        rejects.with_columns(pl.col("column_name").fill_null("—"))
        .group_by("table_name", "file", "column_name", "reason_code", "severity")
        .agg(reason=pl.col("reason").min(), count=pl.len().cast(pl.Int64))
        .sort("count", "table_name", "file", "column_name", "reason_code", descending=[True] + [False] * 4)
    )


def suppressed(cells: pl.DataFrame, base: str, applies: pl.Expr, siblings: Sequence[Sequence[str]]) -> pl.DataFrame:
    """The cells with a column `suppression`: null, or why the cell is not published.

    Args:
        cells: one row per cell.
        base: column with the people or answers a cell rests on; 0 is an empty cell and hides nobody.
        applies: which cells count people or answers at all.
        siblings: for each published total, the columns that cells adding up to the same total have in common.
    """
    size = pl.col(base)
    marked = cells.with_row_index("_row").with_columns(
        suppression=pl.when(applies & (size > 0) & (size < MINIMUM)).then(pl.lit(TOO_FEW))
    )
    while True:
        before = marked["suppression"].null_count()
        for group in siblings:
            marked = marked.with_columns(suppression=_with_complement(size, applies, group))
        if marked["suppression"].null_count() == before:
            return marked.drop("_row")


def _with_complement(size: pl.Expr, applies: pl.Expr, group: Sequence[str]) -> pl.Expr:
    hidden = pl.col("suppression").is_not_null()
    alone = hidden.sum().over(group) == 1
    sum_is_small = pl.when(hidden).then(size).otherwise(0).sum().over(group).is_between(1, MINIMUM - 1)
    candidate = applies & ~hidden & (size > 0)
    order = pl.struct(~candidate, size, "_row").rank("ordinal").over(group)
    return (
        pl.when((alone | sum_is_small) & candidate & (order == 1))
        .then(pl.lit(WOULD_REVEAL))
        .otherwise(pl.col("suppression"))
    )
