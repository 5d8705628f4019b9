"""Teachers who moved, counted by county under both conventions: nobody and no hour is lost or doubled."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from models.core.workplaces import teacher_place
from models.marts.attribution import cycle_attribution, placed_lines
from models.vocabulary import Verdict

AS_OF = date(2021, 11, 30)
SCHOOLS = pl.LazyFrame(
    {"school_id": ["A", "B", "C"], "county_id": ["330106", "330108", None], "city_id": ["330100", "330100", None]}
)
COUNTS = ["teachers", *Verdict, "attainment_numerator", "attainment_denominator"]
Record = tuple[str, date, Decimal]
Post = tuple[str, str, date, date | None]


def lines(records: list[Record]) -> pl.LazyFrame:
    rows = [
        {
            "record_id": f"R{number}",
            "teacher_id": teacher,
            "credit_year": day.year,
            "end_date": day,
            "certificate_date": None,
            "counted_hours": hours,
            "cycle_weight": Decimal(1),
            "status": "ok",
        }
        for number, (teacher, day, hours) in enumerate(records)
    ]
    return pl.LazyFrame(
        rows,
        schema={
            "record_id": pl.String,
            "teacher_id": pl.String,
            "credit_year": pl.Int32,
            "end_date": pl.Date,
            "certificate_date": pl.Date,
            "counted_hours": pl.Decimal(38, 3),
            "cycle_weight": pl.Decimal(38, 3),
            "status": pl.String,
        },
    )


def cycles(records: list[Record], verdicts: dict[str, str]) -> pl.LazyFrame:
    """Both cycles of every teacher, with the hours of their records."""
    rows = [
        {
            "province": "330000",
            "teacher_id": teacher,
            "cycle_id": f"ZJ-{first}-{first + 4}",
            "period": f"{first}-{first + 4}",
            "cycle_start": date(first, 1, 1),
            "cycle_end": date(first + 4, 12, 31),
            "credit_system": "ZJ-2016",
            "hours": sum((h for t, d, h in records if t == teacher and first <= d.year < first + 5), Decimal(0)),
            "verdict": verdict,
        }
        for teacher, verdict in verdicts.items()
        for first in (2016, 2021)
    ]
    return pl.LazyFrame(rows, schema_overrides={"hours": pl.Decimal(38, 3)})


def places(posts: list[Post], present: dict[str, str | None]) -> pl.LazyFrame:
    schema = {"teacher_id": pl.String, "school_id": pl.String, "valid_from": pl.Date, "valid_to": pl.Date}
    teachers = pl.LazyFrame(
        {"teacher_id": list(present), "school_id": list(present.values())},
        schema=dict.fromkeys(("teacher_id", "school_id"), pl.String),
    )
    spells = pl.LazyFrame(posts, schema=schema, orient="row")
    return teacher_place(spells, teachers, SCHOOLS, province="330000", systems=())


def attribution(
    records: list[Record], posts: list[Post], present: dict[str, str | None], verdicts: dict[str, str]
) -> pl.DataFrame:
    return cycle_attribution(cycles(records, verdicts), lines(records), places(posts, present), as_of=AS_OF).collect()


MOVED = [("T1", "A", date(2010, 9, 1), date(2019, 9, 1)), ("T1", "B", date(2019, 9, 1), None)]


def county(found: pl.DataFrame, convention: str, period: str = "2016-2020") -> dict[str | None, tuple[int, str]]:
    chosen = found.filter(pl.col("convention") == convention, pl.col("period") == period)
    return {row["county_id"]: (row["teachers"], str(row["hours"])) for row in chosen.iter_rows(named=True)}


def test_a_mover_counts_where_most_hours_were_earned_and_where_the_cycle_ended() -> None:
    records = [("T1", date(2018, 5, 1), Decimal(60)), ("T1", date(2020, 5, 1), Decimal(40))]
    found = attribution(records, MOVED, {"T1": "B"}, {"T1": "met"})
    assert county(found, "end") == {"330108": (1, "100.000")}
    assert county(found, "event") == {"330106": (1, "60.000"), "330108": (0, "40.000")}


def test_of_equal_hours_the_later_county_counts() -> None:
    records = [("T1", date(2020, 5, 1), Decimal(40)), ("T1", date(2018, 5, 1), Decimal(40))]
    found = attribution(records, MOVED, {"T1": "B"}, {"T1": "not_met"})
    assert county(found, "event") == {"330106": (0, "40.000"), "330108": (1, "40.000")}


def test_without_hours_both_conventions_agree() -> None:
    found = attribution([], MOVED, {"T1": "B"}, {"T1": "not_met"})
    assert county(found, "event") == county(found, "end") == {"330108": (1, "0.000")}


def test_an_open_cycle_ends_today() -> None:
    leaving = [("T1", "A", date(2010, 9, 1), date(2022, 9, 1)), ("T1", "B", date(2022, 9, 1), None)]
    found = attribution([], leaving, {"T1": "B"}, {"T1": "in_progress"})
    assert county(found, "end", "2021-2025") == {"330106": (1, "0.000")}


def test_a_record_is_placed_on_the_day_the_training_ended() -> None:
    records = [("T1", date(2019, 8, 31), Decimal(8)), ("T1", date(2019, 9, 1), Decimal(8))]
    found = placed_lines(lines(records), places(MOVED, {"T1": "B"})).sort("event_date").collect()
    assert found.select("school_id", "county_id").rows() == [("A", "330106"), ("B", "330108")]


def test_hours_outside_the_cycle_rule_follow_their_weight() -> None:
    half = lines([("T1", date(2018, 5, 1), Decimal("7.5"))]).with_columns(
        cycle_weight=pl.lit(Decimal("0.5")).cast(pl.Decimal(38, 3))
    )
    found = placed_lines(half, places(MOVED, {"T1": "B"})).collect()
    assert found["cycle_hours"].to_list() == [3750]


PEOPLE = ("T1", "T2", "T3")
DAYS = st.dates(date(2015, 1, 1), date(2022, 12, 31))
POSTS = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.sampled_from("ABC"), DAYS, st.none() | DAYS),
    max_size=7,
    unique_by=lambda post: (post[0], post[2]),
)
RECORDS = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        DAYS,
        st.decimals(0, 90, places=3),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(
    posts=POSTS,
    records=RECORDS,
    present=st.fixed_dictionaries({name: st.none() | st.sampled_from(["A", "B", "C", "?"]) for name in PEOPLE}),
    verdicts=st.fixed_dictionaries({name: st.sampled_from(list(Verdict)) for name in PEOPLE}),
)
def test_both_conventions_hold_the_same_people_verdicts_and_hours(
    posts: list[Post], records: list[Record], present: dict[str, str | None], verdicts: dict[str, str]
) -> None:
    found = attribution(records, posts, present, verdicts)
    totals = found.group_by("cycle_id", "convention").agg(pl.col(*COUNTS, "hours").sum())
    end = totals.filter(pl.col("convention") == "end").drop("convention").sort("cycle_id")
    event = totals.filter(pl.col("convention") == "event").drop("convention").sort("cycle_id")
    assert end.equals(event)
    assert end["teachers"].to_list() == [len(PEOPLE)] * 2
    asked = cycles(records, verdicts).collect()
    assert end["hours"].sum() == asked["hours"].sum()
    assert found.select("cycle_id", "county_id", "convention").is_unique().all()


def test_teachers_of_no_known_place_are_counted_too() -> None:
    found = attribution([("T1", date(2018, 1, 1) + timedelta(days=3), Decimal(8))], [], {"T2": "A"}, {"T1": "met"})
    assert county(found, "end") == county(found, "event") == {None: (1, "8.000")}
