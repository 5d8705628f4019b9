"""To which county a teacher who moved belongs: marts.cycle_attribution, and every record with its place.

Belongs here: the two conventions of attribution. Totals and verdicts of a cycle are those of marts.teacher_cycle;
where a teacher worked when is core.fct_teacher_place.

`end`: the county of the school at the end of the cycle, or today while it is open; hours go there too.
`event`: hours go to the county of the school on the day of each record; the teacher and the verdict go to the county
with the most hours, to the later one where two have as many, and as under `end` where there are no hours.
Over all counties both give the same people, verdicts and hours.
"""

from datetime import date

import polars as pl

from models.core.credit_lines import SCALE, as_amount, in_thousandths
from models.core.workplaces import places_on
from models.vocabulary import COUNTED, COUNTED_IN_RATIO, Verdict

EVENT, END = "event", "end"
_CYCLE = ["teacher_id", "cycle_id"]
_OF_CYCLE = ["province", "period", "credit_system"]


def placed_lines(lines: pl.LazyFrame, places: pl.LazyFrame) -> pl.LazyFrame:
    """Counted records with the school and county their teacher worked at on the day of the record.

    Grain: counted record. Columns: record_id, teacher_id, credit_year, event_date (the end of the training, else
    the certificate's date, else the last day of the credit year), school_id, county_id, city_id, cycle_hours (the
    part that counts into a cycle, thousandths of an hour).
    """
    hours = in_thousandths(pl.col("counted_hours"))
    outside = hours * (SCALE - in_thousandths(pl.col("cycle_weight"))) // SCALE
    counted = lines.filter(pl.col("status").is_in(COUNTED)).select(
        "record_id",
        "teacher_id",
        "credit_year",
        event_date=pl.coalesce("end_date", "certificate_date", pl.date(pl.col("credit_year"), 12, 31)),
        cycle_hours=hours - outside,
    )
    return places_on(counted, "event_date", places)


def cycle_attribution(cycles: pl.LazyFrame, lines: pl.LazyFrame, places: pl.LazyFrame, *, as_of: date) -> pl.LazyFrame:
    """Teachers, verdicts and hours of a cycle by county, under both conventions of attribution.

    Grain: cycle × county × convention (county_id null: no school, or one of no known county). Columns: province,
    cycle_id, period, credit_system, county_id, convention (end, event), teachers and of them met, not_met,
    in_progress, undetermined, not_applicable; hours; attainment_numerator (met) and attainment_denominator (met,
    not_met and in_progress).
    """
    ends = cycles.with_columns(
        _day=pl.min_horizontal("cycle_end", pl.lit(as_of)), _hours=in_thousandths(pl.col("hours"))
    )
    # Both are small beside the lines, and asked for several times.
    at_end = places_on(ends, "_day", places).select(*_CYCLE, *_OF_CYCLE, "verdict", "_hours", "county_id").cache()
    movers = _movers(places)
    earned = _earned(cycles, lines, places, movers).cache()
    at_event = at_end.join(_home(earned), on=_CYCLE, how="left", maintain_order="none").with_columns(
        county_id=pl.when(pl.col("_has_home").fill_null(value=False)).then("_home").otherwise("county_id")
    )
    settled = at_end.join(movers, on="teacher_id", how="anti", maintain_order="none")
    return pl.concat([_summed(at_end, at_end, END), _summed(at_event, pl.concat([_hours(settled), earned]), EVENT)])


def _movers(places: pl.LazyFrame) -> pl.LazyFrame:
    """Teachers with spells in more than one county; everyone else's records need not be placed one by one."""
    return places.group_by("teacher_id").agg(_n=pl.col("county_id").n_unique()).filter(pl.col("_n") > 1).drop("_n")


def _earned(cycles: pl.LazyFrame, lines: pl.LazyFrame, places: pl.LazyFrame, movers: pl.LazyFrame) -> pl.LazyFrame:
    """Hours of those who moved. Grain: teacher × cycle × county; `_last` is the day of the last record there."""
    of_movers = lines.join(movers, on="teacher_id", how="semi", maintain_order="none")
    in_cycle = pl.col("credit_year").is_between(pl.col("cycle_start").dt.year(), pl.col("cycle_end").dt.year())
    spans = cycles.select(*_CYCLE, *_OF_CYCLE, "cycle_start", "cycle_end")
    return (
        placed_lines(of_movers, places)
        .join(spans, on="teacher_id", how="inner", maintain_order="none")
        .filter(in_cycle)
        .group_by(*_CYCLE, *_OF_CYCLE, "county_id")
        .agg(_hours=pl.col("cycle_hours").sum(), _last=pl.col("event_date").max())
    )


def _home(earned: pl.LazyFrame) -> pl.LazyFrame:
    """The county of most hours, the later of equals. Grain: teacher × cycle with any hours."""
    return (
        earned.filter(pl.col("_hours") > 0)
        .sort("_hours", "_last", "county_id")
        .group_by(_CYCLE, maintain_order=True)
        .agg(_home=pl.col("county_id").last(), _has_home=pl.lit(value=True).first())
    )


def _hours(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.select(*_CYCLE, *_OF_CYCLE, "county_id", "_hours", _last=pl.lit(None, pl.Date))


def _summed(people: pl.LazyFrame, hours: pl.LazyFrame, convention: str) -> pl.LazyFrame:
    """People by verdict and hours by county; a county may have hours of people who are counted elsewhere."""
    key = [*_OF_CYCLE, "cycle_id", "county_id"]
    zero = pl.lit(0, dtype=pl.Int64)
    verdict = pl.col("verdict")
    return (
        pl.concat(
            [
                people.select(*key, "verdict", _hours=zero),
                hours.select(*key, pl.lit(None, pl.String).alias("verdict"), "_hours"),
            ]
        )
        .group_by(key)
        .agg(
            teachers=verdict.is_not_null().sum().cast(pl.Int64),
            **{name: (verdict == name).sum().cast(pl.Int64) for name in Verdict},
            hours=as_amount(pl.col("_hours").sum()),
        )
        .with_columns(
            convention=pl.lit(convention),
            attainment_numerator=Verdict.MET,
            attainment_denominator=pl.sum_horizontal(COUNTED_IN_RATIO),
        )
        .select(
            *("province", "cycle_id", "period", "credit_system", "county_id", "convention", "teachers", *Verdict),
            *("hours", "attainment_numerator", "attainment_denominator"),
        )
    )
