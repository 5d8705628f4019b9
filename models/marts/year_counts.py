"""What happened in a place's year, counted for publication: clauses, spot checks and visits, sanctions, money.

Belongs here: counts by the year of the report, where the findings themselves are about single projects or classes.
What a clause asks and whether it was met is decided before; what the public sees of
counts of people is decided by the rule of `suppression`.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

from models.contracts import contract
from models.marts.breakdowns import everywhere, rolled_up
from models.marts.clause_counts import EACH, IS_LAW_THERE, IS_OF_PEOPLE, LAW_OF
from models.marts.suppression import Share
from models.marts.training import UNSAID, at_every_level, held_projects
from models.vocabulary import Verdict

RANGE: Final = r"^\d{4}-\d{4}$"
YEAR: Final = r"^\d{4}($|年|H|Q|-\d{1,2}$|上|下|春|秋)"
"""Periods that lie in the year they begin with: a year, its halves, quarters, months and terms."""
JUDGED: Final = (Verdict.MET, Verdict.NOT_MET, Verdict.IN_PROGRESS, Verdict.UNDETERMINED)


def clause_years(
    found: pl.LazyFrame,
    projects: pl.LazyFrame,
    classes: pl.LazyFrame,
    sanctions: pl.LazyFrame,
    units: pl.LazyFrame,
) -> pl.DataFrame:
    """How clauses were kept, by year: clause × subject type × unit × period, everywhere in the tree of units.

    `found` are the leaves of that name. `period` is a year or a span of years; findings on single projects, classes and
    sanctions count in the year of those (in the year training is of, for projects), what can't be placed under
    ``EACH``. `met`, `not_met`, `in_progress` and `undetermined` count subjects; subjects the clause doesn't apply to
    are left out. Of people only `met` and `not_met` are counted, in a row for every unit where the clause is law.
    """
    key = ("clause_id", LAW_OF, "subject_type", "period")
    of_years = (
        found.filter(pl.col("verdict").is_in(JUDGED))
        .join(_years(projects, classes, sanctions), on="period", how="left", maintain_order="none")
        .with_columns(period=_placed_period())
        .group_by("province", "unit_id", *key)
        .agg(pl.col("subjects").filter(pl.col("verdict") == verdict).sum().alias(verdict.value) for verdict in JUDGED)
        .with_columns(is_of_people=IS_OF_PEOPLE)
        .collect(engine="streaming")
    )
    rows = _in_tree(of_years.lazy(), units, (*key, "is_of_people"), JUDGED)
    return _with_nobody(rows.lazy().drop("parent"), units, key).drop(LAW_OF).collect()


def _with_nobody(rows: pl.LazyFrame, units: pl.LazyFrame, key: tuple[str, ...]) -> pl.LazyFrame:
    """The rows, of people those judged alone and with a row for nobody where the clause is law."""
    others = rows.filter(~pl.col("is_of_people"))
    judged = rows.filter("is_of_people", pl.col("met") + pl.col("not_met") > 0).drop("in_progress", "undetermined")
    people = everywhere(judged, units, (*key, "is_of_people"), ("met", "not_met"), IS_LAW_THERE)
    return pl.concat([others, people], how="diagonal_relaxed")


def _in_tree(leaves: pl.LazyFrame, units: pl.LazyFrame, key: tuple[str, ...], sums: tuple[str, ...]) -> pl.DataFrame:
    """Sums for counties, cities and the province; what is a city's own or the province's counts there once."""
    county = units.filter("is_county").select("unit_id", _county="unit_id")
    known = units.filter(~pl.col("is_county") & pl.col("city_id").is_not_null()).select("unit_id", _city="city_id")
    split = leaves.join(county, on="unit_id", how="left").join(known, on="unit_id", how="left")
    below = split.filter(pl.col("_county").is_not_null()).drop("_county", "_city")
    rows = rolled_up(below, units, key, sums).collect(engine="streaming")
    others = split.filter(pl.col("_county").is_null()).collect(engine="streaming")
    province = pl.col("province")
    of_city = others.filter(pl.col("_city").is_not_null()).select(
        "province", *key, *sums, unit_id="_city", unit_level=pl.lit("city"), parent=province
    )
    of_province = others.select(
        "province", *key, *sums, unit_id=province, unit_level=pl.lit("province"), parent=pl.lit("")
    )
    together = pl.concat([rows, of_city, of_province], how="diagonal_relaxed")
    return together.group_by("province", "unit_id", "unit_level", "parent", *key).agg(pl.col(*sums).sum())


@dataclass(frozen=True)
class ClosedPeople:
    """Met and missed of the people judged, told as a share of those judged."""

    def protected(self, cells: pl.DataFrame, key: bytes) -> pl.DataFrame:
        """`not_met` becomes what the two counts as told leave; where only a span is told, neither is."""
        shares = Share("unit_id", rows=pl.col("is_of_people")).protected(
            cells.with_columns(numerator=pl.col("met"), denominator=pl.col("met") + pl.col("not_met")), key
        )
        of_people = pl.when(pl.col("is_of_people"))
        return shares.with_columns(
            met=of_people.then("numerator").otherwise("met"),
            not_met=of_people.then(pl.col("denominator") - pl.col("numerator")).otherwise("not_met"),
        ).drop("numerator", "denominator")


CLOSED_PEOPLE: Final = ClosedPeople()


def _placed_period() -> pl.Expr:
    period = pl.col("period")
    return (
        pl.when(period.str.contains(RANGE))
        .then(period)
        .when(period.str.contains(YEAR))
        .then(period.str.slice(0, 4))
        .otherwise(pl.col("_year").cast(pl.Utf8))
        .fill_null(EACH)
    )


def _years(projects: pl.LazyFrame, classes: pl.LazyFrame, sanctions: pl.LazyFrame) -> pl.LazyFrame:
    """The year of each period that is a project, a class or a sanction: `period`, `_year`."""
    of_project = held_projects(projects).select(period="project_id", _year="year")
    held = classes.select("class_id", period="project_id").join(of_project, on="period", how="inner")
    of_class = held.select(period="class_id", _year="_year")
    of_sanction = sanctions.select(period="sanction_id", _year=pl.col("decision_date").dt.year())
    kinds = [
        part.select(pl.col("period").cast(pl.Utf8), pl.col("_year").cast(pl.Int64))
        for part in (of_project, of_class, of_sanction)
    ]
    return pl.concat(kinds).unique("period", keep="first", maintain_order=True)


def supervision(
    checks: pl.LazyFrame,
    visits: pl.LazyFrame,
    sanctions: pl.LazyFrame,
    projects: pl.LazyFrame,
    institutions: pl.LazyFrame,
    units: pl.LazyFrame,
    *,
    until: int,
) -> pl.DataFrame:
    """What was done to watch over training: unit × year × kind × value, `events` counted.

    `kind` is spot_check (value: its result), method (a check may have several) and problem of the checks of projects
    that were held, visit (value: 随机 or 指定) of class observations, sanction (value: its type) of institutions of the
    place. A blank value is ``UNSAID``.
    """
    checked = checks.join(
        held_projects(projects).select("project_id", unit_id="county_unit_id"), on="project_id", how="inner"
    )
    problem = pl.col("finding_code").fill_null("无")
    events = [
        _event(checked, "spot_check", _outcome()),
        _event(checked.explode("method_codes").drop_nulls("method_codes"), "method", _method()),
        _event(checked.filter(problem != "无"), "problem", problem),
        _event(
            visits.with_columns(year=pl.col("date").dt.year()),
            "visit",
            pl.when(pl.col("is_random").fill_null(value=True)).then(pl.lit("随机")).otherwise(pl.lit("指定")),
        ),
        _event(
            sanctions.with_columns(year=pl.col("decision_date").dt.year()).join(
                institutions.select("institution_id", unit_id="county_id"), on="institution_id", how="left"
            ),
            "sanction",
            pl.col("type"),
        ),
    ]
    placed = at_every_level(pl.concat(events).filter(pl.col("year") <= until), units)
    key = ("unit_id", "year", "kind", "value")
    return placed.group_by(key).agg(events=pl.len().cast(pl.Int64)).sort(key).collect()


def _outcome() -> pl.Expr:
    """What a check came to; whatever else its free text says stays in the warehouse."""
    return pl.when(pl.col("result").is_in(["合格", "不合格"])).then("result").otherwise(pl.lit("其他"))


def _method() -> pl.Expr:
    """How a check was made, by the contract's words; whatever else is in the cell stays in the warehouse."""
    values = contract("staging", "spot_check").field("method_codes").values or {}
    known = [word for value, spellings in values.items() for word in (value, *spellings)]
    return pl.when(pl.col("method_codes").is_in(known)).then("method_codes").otherwise(pl.lit("其他"))


def _event(rows: pl.LazyFrame, kind: str, value: pl.Expr) -> pl.LazyFrame:
    return rows.select(
        pl.col("unit_id").cast(pl.Utf8),
        pl.col("year").cast(pl.Int64),
        kind=pl.lit(kind),
        value=value.cast(pl.Utf8).fill_null(UNSAID),
    )


def money(finance: pl.LazyFrame, units: pl.LazyFrame, *, until: int) -> pl.DataFrame:
    """Money a place reported for a year: unit × year, of its administrative units alone, in yuan.

    `reporting` units; `training_budget`, `payroll_total` and `allocated_to_schools`, null where nobody said;
    `budget_of_paid` and `payroll_of_paid` of those who said both, for the share.
    """
    amounts = ("training_budget", "payroll_total", "allocated_to_schools")
    own = finance.join(units.select("unit_id"), left_on="org_id", right_on="unit_id", how="semi")
    rows = at_every_level(own.rename({"org_id": "unit_id"}), units).filter(pl.col("year") <= until)
    both = pl.col("training_budget").is_not_null() & pl.col("payroll_total").is_not_null()
    return (
        rows.with_columns(pl.col(*amounts).cast(pl.Decimal(38, 3)))
        .with_columns(
            budget_of_paid=pl.when(both).then("training_budget"), payroll_of_paid=pl.when(both).then("payroll_total")
        )
        .group_by("unit_id", pl.col("year").cast(pl.Int64))
        .agg(
            pl.len().cast(pl.Int64).alias("reporting"),
            *(_sum(name) for name in (*amounts, "budget_of_paid", "payroll_of_paid")),
        )
        .sort("unit_id", "year")
        .collect()
    )


def _sum(name: str) -> pl.Expr:
    """A sum that is unknown when none of its parts is known."""
    return pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).alias(name)


def project_money(finance: pl.LazyFrame, projects: pl.LazyFrame, units: pl.LazyFrame, *, until: int) -> pl.DataFrame:
    """Money of projects that were held: unit × year × item, `budget`, `received` and `spent` in yuan."""
    amounts = ("budget", "received", "spent")
    held = held_projects(projects).select("project_id", "year", unit_id="county_unit_id")
    rows = finance.join(held, on="project_id", how="inner").select(
        "unit_id",
        pl.col("year").cast(pl.Int64),
        pl.col("item").fill_null(UNSAID),
        pl.col(*amounts).cast(pl.Decimal(38, 3)),
    )
    placed = at_every_level(rows.filter(pl.col("year") <= until), units)
    key = ("unit_id", "year", "item")
    return placed.group_by(key).agg(_sum(name) for name in amounts).sort(key).collect()
