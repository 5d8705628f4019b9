"""What to ask about a place: few published figures, small enough that every sentence can be checked by hand."""

from datetime import date

import polars as pl

from models.marts.questions import READS, questions

AS_OF = date(2021, 11, 20)
UNITS = pl.LazyFrame(
    {
        "province": ["330000"] * 4,
        "unit_id": ["330000", "330100", "330102", "330106"],
        "city_id": [None, "330100", "330100", "330100"],
        "is_county": [False, False, True, True],
    }
)
CELL = {
    "province": "330000",
    "unit_id": "330102",
    "unit_level": "county",
    "stage": "全部",
    "convention": "default",
    "numerator": None,
    "denominator": None,
}
NO_LAW = pl.LazyFrame(schema={"clause_id": pl.Utf8, "measure": pl.Utf8})
LAW = pl.LazyFrame({"clause_id": ["A", "B"], "measure": ["county_spot_check", "institution_satisfaction"]})


def cells(*rows):
    names = ("numerator", "denominator")
    return pl.LazyFrame([CELL | row for row in rows], schema_overrides=dict.fromkeys(names, pl.Int64))


def measure(name, period, numerator, denominator, **more):
    return {"measure": name, "period": period, "numerator": numerator, "denominator": denominator} | more


NO_RISKS = pl.LazyFrame(
    schema={"province": pl.Utf8, "unit_id": pl.Utf8, "unit_level": pl.Utf8, "period": pl.Utf8}
    | dict.fromkeys(("numerator", "denominator"), pl.Int64)
)
NO_CHECKS = pl.LazyFrame(
    schema={"province": pl.Utf8, "unit_id": pl.Utf8, "year": pl.Int64, "verdict": pl.Utf8}
    | dict.fromkeys(("gap", "required"), pl.Int64)
)
NO_INSTITUTIONS = pl.LazyFrame(
    schema=dict.fromkeys(("province", "city_id", "county_id", "verdict"), pl.Utf8) | {"year": pl.Int64}
)
NO_MEASURES = cells(measure("annual", "2099", 1, 1))


def asked(measures=NO_MEASURES, risks=NO_RISKS, checks=NO_CHECKS, institutions=NO_INSTITUTIONS, formulas=LAW):
    given = (measures, risks, checks, institutions, formulas, UNITS)
    return questions(dict(zip(READS, given, strict=True)), AS_OF)


def test_the_last_closed_year_is_compared_with_the_one_before_and_the_open_one_is_no_question():
    made = asked(
        cells(
            measure("annual", "2019", 80, 100), measure("annual", "2020", 1000, 2250), measure("annual", "2021", 0, 99)
        )
    )
    assert made.select("question", "period", "affected", "affected_before", "counted").rows() == [
        ("missed", "2020", 1250, 20, "人")
    ]
    assert made["sentence"].item() == "2020年有约1,250名教师没有达到年度要求（达标率44.4%），比上年多1,230人。"


def test_few_people_are_compared_with_last_year_by_the_rate():
    """Both years are on file: what is not told is how many, not that there were any."""
    few = asked(cells(measure("annual", "2019", 30, 40), measure("annual", "2020", 32, 40)))
    assert few["sentence"].item() == "2020年有少数教师没有达到年度要求（达标率80.0%），达标率比上年上升5.0个百分点。"
    level = asked(cells(measure("annual", "2019", 32, 40), measure("annual", "2020", 32, 40)))
    assert level["sentence"].item().endswith("（达标率80.0%），达标率与上年持平。")


def test_a_cycle_asks_only_where_no_year_is_judged():
    made = asked(cells(measure("cycle", "2016-2020", 30, 40)))
    assert made["sentence"].item() == "2016—2020周期有少数教师没有达到周期要求（达标率75.0%），上一周期无可比数据。"
    both = asked(cells(measure("cycle", "2016-2020", 30, 40), measure("annual", "2020", 40, 40)))
    assert both.is_empty()


def test_what_is_hidden_asks_nothing():
    assert asked(cells(measure("annual", "2020", None, None))).is_empty()
    hidden = pl.LazyFrame(
        [CELL | {"period": "2021-2025"}, CELL | {"period": "2021-2025", "numerator": 12, "denominator": 90}]
    )
    assert asked(risks=hidden).is_empty(), "one credit system hidden hides the sum"


def test_an_open_cycle_speaks_of_pace_and_forecast_over_all_credit_systems():
    rows = [CELL | {"period": "2021-2025", "numerator": n, "denominator": 100} for n in (12, 18)]
    made = asked(risks=pl.LazyFrame(rows))
    assert made["sentence"].item() == (
        "2021—2025周期时间已过18%，按目前进度推算，约30名教师（占15.0%）到周期结束时达不到要求，本年是周期第一年，没有上年同期。"
    )


def test_gaps_add_up_the_tree_and_are_asked_only_where_the_law_sets_a_share():
    rows = [
        {"province": "330000", "unit_id": unit, "year": year, "gap": gap, "required": 10, "verdict": verdict}
        for unit, year, gap, verdict in (
            ("330102", 2019, 4, "not_met"),
            ("330102", 2020, 3, "not_met"),
            ("330106", 2019, 0, "met"),
            ("330106", 2020, 0, "met"),
            ("330106", 2021, 7, "in_progress"),
        )
    ]
    made = asked(checks=pl.LazyFrame(rows))
    said = dict(made.select("unit_id", "sentence").rows())
    assert said["330102"] == "2020年应查10项，还差3项，比上年少1项。"
    assert said["330100"] == (
        "2020年1个县（市、区）抽查不足，应查20项，还差3项，比上年少1项；2021年时间已过89%，还须抽查7项。"
    )
    assert "330106" not in said
    assert asked(checks=pl.LazyFrame(rows), formulas=NO_LAW).is_empty()


def test_satisfaction_moves_by_the_exact_ratios_and_names_how_many_institutions_are_suspected():
    made = asked(
        cells(measure("satisfaction", "2019", 1, 3), measure("satisfaction", "2020", 1, 6)),
        institutions=pl.LazyFrame(
            [
                {"province": "330000", "city_id": "330100", "county_id": "330102", "verdict": "not_met", "year": 2020},
                {"province": "330000", "city_id": "330100", "county_id": None, "verdict": "not_met", "year": 2020},
            ]
        ),
    )
    assert made["sentence"].item() == (
        "2020年学员满意率16.7%，比上年下降16.7个百分点；5份有效答卷没有选择“很满意”或“满意”；1家机构疑似触发，待人工核查。"
    )


def test_the_weightiest_question_comes_first():
    made = asked(
        cells(measure("annual", "2020", 70, 100), measure("satisfaction", "2020", 60, 100)),
        risks=pl.LazyFrame([CELL | {"period": "2021-2025", "numerator": 31, "denominator": 100}]),
    )
    assert made.select("place", "question").rows() == [(1, "satisfaction"), (2, "risk"), (3, "missed")]
