"""Where a teacher worked on a day, through the functions that make the tables."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.core.workplaces import places_on, teacher_place
from models.night import Night
from models.rules_in_force import rules_of

SCHOOLS = pl.LazyFrame(
    {
        "school_id": ["S1", "S2", "S3"],
        "county_id": ["330106", "330108", "330302"],
        "city_id": ["330100", "330100", "330300"],
    }
)
Post = tuple[str, str, date, date | None]


def spells(*posts: Post, present: str | None = "S1") -> list[tuple[str | None, date | None, date | None, str]]:
    found = places(*posts, present=present).sort("valid_from", nulls_last=False)
    return found.select("school_id", "valid_from", "valid_to", "basis").rows()


def places(*posts: Post, present: str | None = "S1") -> pl.DataFrame:
    return teacher_place(
        assignments(*posts),
        pl.LazyFrame({"teacher_id": ["T1"], "school_id": pl.Series([present], dtype=pl.String)}),
        SCHOOLS,
        province="330000",
        systems=rules_of(Night("330000", date(2021, 11, 30))).systems,
    ).collect()


def assignments(*posts: Post) -> pl.LazyFrame:
    schema = {"teacher_id": pl.String, "school_id": pl.String, "valid_from": pl.Date, "valid_to": pl.Date}
    return pl.LazyFrame(list(posts), schema=schema, orient="row")


def test_a_teacher_without_a_record_of_posts_works_at_the_present_school() -> None:
    assert spells() == [("S1", None, None, "现职")]


def test_each_spell_answers_to_the_credit_system_of_its_place() -> None:
    found = places(("T1", "S3", date(2010, 9, 1), date(2019, 9, 1)), ("T1", "S9", date(2019, 9, 1), None))
    told = found.sort("valid_from", nulls_last=False).select("school_id", "credit_system").rows()
    assert told == [("S1", "ZJ-2016"), ("S3", "WZ-2012"), ("S9", None)]


def test_days_before_the_first_post_go_to_the_present_school() -> None:
    assert spells(("T1", "S2", date(2010, 9, 1), None), present="S2") == [
        ("S2", None, date(2010, 9, 1), "现职"),
        ("S2", date(2010, 9, 1), None, "履历"),
    ]


def test_a_gap_between_posts_goes_to_the_present_school() -> None:
    found = spells(("T1", "S2", date(2010, 9, 1), date(2015, 9, 1)), ("T1", "S3", date(2016, 9, 1), None))
    assert found[1:] == [
        ("S2", date(2010, 9, 1), date(2015, 9, 1), "履历"),
        ("S1", date(2015, 9, 1), date(2016, 9, 1), "现职"),
        ("S3", date(2016, 9, 1), None, "履历"),
    ]


def test_an_end_on_the_eve_of_the_next_post_leaves_no_gap() -> None:
    found = spells(("T1", "S2", date(2010, 9, 1), date(2018, 8, 19)), ("T1", "S1", date(2018, 8, 20), None))
    assert found[1:] == [
        ("S2", date(2010, 9, 1), date(2018, 8, 20), "履历"),
        ("S1", date(2018, 8, 20), None, "履历"),
    ]


def test_the_later_start_wins_and_the_earlier_post_goes_on_after_it() -> None:
    found = spells(("T1", "S1", date(2010, 9, 1), None), ("T1", "S2", date(2018, 9, 1), date(2019, 9, 1)))
    assert [(school, start) for school, start, _, basis in found if basis == "履历"] == [
        ("S1", date(2010, 9, 1)),
        ("S2", date(2018, 9, 1)),
        ("S1", date(2019, 9, 1)),
    ]


def test_a_post_that_ends_before_it_starts_covers_no_day() -> None:
    assert spells(("T1", "S2", date(2018, 9, 1), date(2018, 9, 1))) == [("S1", None, None, "现职")]


def test_an_unknown_school_stays_and_has_no_county() -> None:
    row = places(present="nowhere").row(0, named=True)
    assert (row["school_id"], row["county_id"]) == ("nowhere", None)


@pytest.mark.parametrize(
    ("day", "county"),
    [
        (date(2018, 8, 19), "330108"),
        (date(2018, 8, 20), "330106"),  # the first day at the new school
        (date(1990, 1, 1), "330106"),  # before any record: the present school
        (None, "330106"),  # no day: the last spell
    ],
)
def test_place_on_a_day(day: date | None, county: str) -> None:
    held = places(("T1", "S2", date(2010, 9, 1), date(2018, 8, 20)), ("T1", "S1", date(2018, 8, 20), None))
    rows = pl.LazyFrame({"teacher_id": ["T1", "T9"], "day": pl.Series([day, day], dtype=pl.Date)})
    found = places_on(rows, "day", held.lazy()).sort("teacher_id").collect()
    assert found["county_id"].to_list() == [county, None]


DAYS = st.dates(date(2015, 1, 1), date(2015, 1, 20))
POSTS = st.lists(
    st.tuples(st.just("T1"), st.sampled_from(["S1", "S2", "S3"]), DAYS, st.none() | DAYS),
    max_size=5,
    unique_by=lambda post: post[2],
)


@settings(max_examples=30, deadline=None)
@given(posts=POSTS, data=st.data())
def test_every_day_has_exactly_one_place(posts: list[Post], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(posts))
    made = places(*shuffled)
    assert made.sort("valid_from").equals(places(*posts).sort("valid_from"))
    for offset in range(-1, 22):
        day = date(2015, 1, 1) + timedelta(days=offset)
        holding = [
            row
            for row in made.iter_rows(named=True)
            if (row["valid_from"] is None or row["valid_from"] <= day)
            and (row["valid_to"] is None or day < row["valid_to"])
        ]
        assert len(holding) == 1
        serving = [(start, school) for _, school, start, end in posts if start <= day and is_before(day, end, posts)]
        expected = (max(serving)[1], "履历") if serving else ("S1", "现职")
        assert (holding[0]["school_id"], holding[0]["basis"]) == expected


def is_before(day: date, end: date | None, posts: list[Post]) -> bool:
    """Whether a post that ends so still holds the day: an end on the eve of another start is its last day."""
    if end is None:
        return True
    has_follower = any(start == end + timedelta(days=1) for _, _, start, _ in posts)
    return day <= end if has_follower else day < end
