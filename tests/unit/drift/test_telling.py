"""What is said: truly, of the right place, and never of a cell or of fewer than ten."""

from collections import Counter
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.contracts import staging_contracts
from models.drift.figures import Causes, Law, drift_of_figures, figure_steps
from models.drift.profile import PROFILE, profile
from models.drift.telling import DRIFT, share
from models.drift.usual import VARIATION, Between
from tests.unit.drift.nights import Past, compared, dump_of, first, sample

DAY = date(2021, 5, 20)
NEXT = date(2021, 5, 21)
CANARY = "绝密王小二"


@pytest.fixture(scope="module")
def night() -> Past:
    """A first night; its dump once more on the next day is a clean second one."""
    return first(dump_of(sample(300), DAY, 1))


def tomorrow(past: Past, table: str, **columns: pl.Expr) -> pl.DataFrame:
    """What is told of the same dump a day later with other columns in a table."""
    dump = replace(past.dump, day=NEXT).spoilt(table, lambda rows: rows.with_columns(**columns))
    return compared(past, dump, like=past)[0]


def one(drift: pl.DataFrame, **what: str) -> dict[str, object]:
    rows = drift.filter(**what).to_dicts()
    assert len(rows) == 1, drift["sentence"].to_list()
    return rows[0]


def every(number: int) -> pl.Expr:
    return pl.int_range(pl.len()) % number == 0


def test_the_same_dump_a_day_later_is_not_worth_a_word(night: Past) -> None:
    assert compared(night, replace(night.dump, day=NEXT), like=night)[0].is_empty()


def test_a_column_of_which_a_fifth_is_empty(night: Past) -> None:
    told = one(tomorrow(night, "teacher", title=pl.when(~every(5)).then("title")), table_name="teacher")
    assert (told["column_name"], told["measure"], told["kind"]) == ("title", "empty", "data")
    assert told["now"] == pytest.approx(0.2, abs=0.01)
    assert str(told["sentence"]).startswith("“教师信息”的“职称”空缺的比例由不到 5% 变为约 20%")
    assert "变化主要在" in str(told["sentence"])


def test_a_column_the_last_release_did_not_know(night: Past) -> None:
    older = replace(
        night, account=replace(night.account, profile=night.account.profile.filter(pl.col("column_name") != "title"))
    )
    assert tomorrow(older, "teacher", title=pl.lit(None, pl.String)).is_empty()


def test_an_unknown_word_is_told_by_its_column_and_not_by_itself(night: Past) -> None:
    rows = [("teacher", "title", "unknown_value")] * 60
    rejects = pl.DataFrame(rows, schema=night.dump.rejects.schema, orient="row")
    dump = replace(night.dump, day=NEXT, rejects=pl.concat([night.dump.rejects, rejects]))
    told = one(compared(night, dump, like=night)[0], measure="refused")
    assert (told["column_name"], told["period"]) == ("title", "unknown_value")
    assert "“职称”不在取值范围内" in str(told["sentence"])


def test_a_table_that_is_new_or_empty_is_not_the_business_of_drift(night: Past) -> None:
    gone = night.dump.spoilt("exam", lambda rows: rows.clear())
    assert compared(night, replace(gone, day=NEXT), like=night)[0].is_empty()
    assert compared(first(gone), replace(night.dump, day=NEXT), like=night)[0].is_empty()


def test_renumbered_schools_are_drift_of_the_roster(night: Past) -> None:
    told = one(tomorrow(night, "school", school_id="N" + pl.col("school_id")), table_name="school")
    assert told["kind"] == "roster"
    assert "像是重新编号" in str(told["sentence"])


def test_a_county_in_another_unit_is_named(night: Past) -> None:
    """Hours times ten of the teachers of one county: the sentence names it, and by how much sizes moved."""
    homes = night.dump.tables["teacher"].join(night.dump.tables["school"], on="school_id")
    county = homes["unit_id"].value_counts().sort("count", "unit_id")["unit_id"][-1]
    ids = homes.filter(unit_id=county)["teacher_id"].to_list()
    hours = pl.when(pl.col("teacher_id").is_in(ids)).then(pl.col("hours") * 10).otherwise("hours")
    told = one(tomorrow(night, "credit_record", hours=hours.cast(pl.Decimal(38, 3))), column_name="hours")
    name = night.dump.tables["admin_unit"].filter(unit_id=county)["unit_name"][0]
    assert told["measure"] == "size"
    assert told["unit_id"] == county or name in str(told["sentence"])


@given(st.integers(20, 5000))
def test_no_share_is_told_so_finely_that_it_stands_for_fewer_than_ten(rows: int) -> None:
    told = Counter(share(count / rows, rows) for count in range(rows + 1))
    assert min(told.values()) >= 10, told


def test_no_sentence_holds_what_stood_in_a_cell(night: Past) -> None:
    """Every text, id and number of a spoilt night is a canary; sentences have titles, headers, units and code words."""
    spoilt = replace(night.dump, day=NEXT)
    for table, rows in night.dump.tables.items():
        known = staging_contracts()[table]
        text = [
            f.column for f in known.fields if f.type in ("id", "text", "json", "rating") and f.name not in known.key
        ]
        numbers = [
            f.column for f in known.fields if f.type in ("decimal", "integer", "ratio") and not f.name.endswith("year")
        ]
        if table != "admin_unit" and rows.height:
            spoilt = spoilt.spoilt(
                table,
                lambda frame, text=text, numbers=numbers: frame.with_columns(
                    pl.lit(CANARY).alias(name) if name in text else pl.lit(13579).cast(frame.schema[name]).alias(name)
                    for name in (*text, *numbers)
                ),
            )
    said = compared(night, spoilt)[0]["sentence"]
    assert said.len() > 10
    assert not said.str.contains(f"{CANARY}|13579|13,579").any()


def test_a_large_table_is_sampled_by_its_keys_the_same_way_every_night() -> None:
    rows = 150_000
    frame = pl.LazyFrame({"activity_id": [f"L{n}" for n in range(rows)]}).with_columns(
        pl.lit("460000").alias("province"),
        *(
            pl.lit(None, field.dtype).alias(field.column)
            for field in staging_contracts()["lecture"].fields
            if field.column != "activity_id"
        ),
        _file=pl.lit("a"),
        _sheet=pl.lit(""),
        _row=pl.int_range(pl.len(), dtype=pl.Int64),
    )
    known = staging_contracts()["lecture"]
    read = {"lecture": frame, "teacher": staging_contracts()["teacher"].empty()}.__getitem__
    made = [profile(known, each, rows, read) for each in (frame, frame.reverse())]
    assert made[0].equals(made[1])
    assert made[0].schema == PROFILE
    seen = made[0].filter(column_name="activity_id")["rows"].item()
    assert seen == pytest.approx(rows, rel=0.02)


def public(*rows: tuple[str, str, str, int]) -> pl.DataFrame:
    """marts.public_measure of coverage in 2020: unit, level, stage, per cent of a thousand."""
    return pl.DataFrame(
        [
            ("coverage", unit, "2020", stage, "default", level, percent * 10, 1000, None, None)
            for unit, level, stage, percent in rows
        ],
        schema={
            **dict.fromkeys(("measure", "unit_id", "period", "stage", "convention", "unit_level"), pl.String),
            **dict.fromkeys(("numerator", "denominator", "rounded_percent", "rounded_step"), pl.Int64),
        },
        orient="row",
    )


FELL = (
    public(("460000", "province", "全部", 80), ("460105", "county", "全部", 80), ("460106", "county", "全部", 60)),
    public(("460000", "province", "全部", 60), ("460105", "county", "全部", 30), ("460106", "county", "全部", 60)),
)
NAMES = {"460105": "秀英区", "460106": "龙华区"}
SAME_LAW = Law({}, is_other_program=False, is_same_dump=False)


def of_figures(law: Law, data: pl.DataFrame | None = None) -> pl.DataFrame:
    between = Between(DAY, NEXT)
    causes = Causes(law, pl.DataFrame(schema=DRIFT) if data is None else data)
    return drift_of_figures(figure_steps(*FELL, between), pl.DataFrame(schema=VARIATION), between, causes, NAMES)


def test_a_figure_is_told_of_the_province_with_the_county_that_moved_it() -> None:
    told = one(of_figures(SAME_LAW))
    assert (told["figure"], told["kind"], told["unit_id"]) == ("coverage", "data", None)
    assert "全省 2020 年培训项目抽查覆盖率由约 80% 变为约 60%，另有 1 个单位同样" in str(told["sentence"])
    assert "变化主要在秀英区。" in str(told["sentence"])


def test_a_figure_moves_by_rule_where_only_the_law_is_another() -> None:
    amended = Law({"《海南省办法》": "的内容已改"}, is_other_program=False, is_same_dump=True)
    drift = of_figures(amended)
    assert drift["kind"].to_list() == ["rule", "rule"]
    assert drift["sentence"][1].startswith(
        "《海南省办法》的内容已改，本次与上次发布所依据的条款不同。变化最大的指标：秀英区"
    )


def test_a_figure_moves_by_roster_where_schools_were_renumbered() -> None:
    roster = pl.DataFrame(
        [{"kind": "roster", "table_name": "school", "measure": "gone", "sentence": "…"}], schema=DRIFT
    )
    assert one(of_figures(SAME_LAW, roster))["kind"] == "roster"
    data = pl.DataFrame([{"kind": "data", "table_name": "project", "measure": "rows", "sentence": "…"}], schema=DRIFT)
    told = one(of_figures(replace(SAME_LAW, documents={"《甲》": "的内容已改"}), data), figure="coverage")
    assert told["kind"] == "data"
    assert "同时有变化的表：“培训项目”；所依据的条款也变了" in str(told["sentence"])


def test_law_that_changed_is_told_even_where_no_figure_moved() -> None:
    between = Between(DAY, NEXT)
    causes = Causes(Law({"《甲》": "是新增的"}, is_other_program=False, is_same_dump=True), pl.DataFrame(schema=DRIFT))
    drift = drift_of_figures(
        figure_steps(FELL[0], FELL[0], between), pl.DataFrame(schema=VARIATION), between, causes, NAMES
    )
    assert drift["sentence"].to_list() == ["《甲》是新增的，本次与上次发布所依据的条款不同。"]


def test_a_unit_that_is_none_is_not_named(night: Past) -> None:
    """Somebody wrote a name where a school's county belongs, and its rows doubled."""
    strange = night.dump.spoilt("school", lambda rows: rows.with_columns(unit_id=pl.lit(CANARY)))
    before = first(strange)
    again = pl.concat([strange.tables["credit_record"]] * 3).with_columns(
        record_id=pl.int_range(pl.len()).cast(pl.String)
    )
    drift, after = compared(before, replace(strange, day=NEXT).spoilt("credit_record", lambda _: again))
    assert "“学分学时登记”的行数比上次增加到约 3.0 倍" in drift["sentence"].str.join("")[0]
    for frame in (drift, after.variation):
        assert (
            CANARY
            not in frame.select(pl.concat_str(pl.all().cast(pl.String), ignore_nulls=True)).to_series().str.join("")[0]
        )


def test_many_units_that_changed_alike_share_a_sentence(night: Past) -> None:
    """A quarter of schools renumbered: teachers' counties are lost, and no sentence says that of the whole table."""
    renumbered = pl.when(every(4)).then("N" + pl.col("school_id")).otherwise("school_id")
    drift = tomorrow(night, "school", school_id=renumbered)
    shared = drift.filter(pl.col("sentence").str.contains("等 [0-9]+ 个单位"))
    assert not shared.is_empty(), drift["sentence"].to_list()
    assert shared["unit_id"].null_count() == shared.height


def test_how_many_times_larger_a_countys_hours_are(night: Past) -> None:
    more = tomorrow(night, "credit_record", hours=(pl.col("hours") * 16).cast(pl.Decimal(38, 3)))
    less = tomorrow(night, "credit_record", hours=(pl.col("hours") / 16).cast(pl.Decimal(38, 3)))
    assert "总体约为上次的 16 倍" in str(one(more, column_name="hours")["sentence"])
    assert "总体约为上次的 1/16" in str(one(less, column_name="hours")["sentence"])
