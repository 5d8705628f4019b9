"""What-ifs: what an overlay may say, what it touches, and that verdicts flip as the law would have it."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.law import PolicyError, load_policies
from models.night import Night
from models.whatif import GONE, Supposition, counted, cut_down, flips, judge, read_overlay, touched_by
from tests.law_cases import table

NIGHT = Night("460000", date(2021, 6, 30))
UNITS = pl.DataFrame({"unit_id": ["460105"], "unit_name": ["秀英区"]})
TEACHER = {"county_id": "460105", "city_id": "460100", "post_type": "专任教师", "status": "在职", "is_in_scope": True}
YEAR = {"year": 2019, "credit_system": "HI-2017", "hours": 80, "is_assessed": True, "unknown_credit_records": 0}


def overlay(tmp_path, text):
    path = tmp_path / "if.yaml"
    path.write_text(text, encoding="utf-8")
    return read_overlay(path, load_policies()).clauses


def flipped(credits_earned, changed):
    """The flips among teachers with these credits in 2019."""
    names = [f"T{number}" for number in range(len(credits_earned))]
    tables = {
        "core.dim_teacher": table("core.dim_teacher", [TEACHER | {"teacher_id": name} for name in names]),
        "core.dim_unit": table("core.dim_unit", []),
        "marts.teacher_year": table(
            "marts.teacher_year",
            [
                YEAR | {"teacher_id": name, "credits": earned}
                for name, earned in zip(names, credits_earned, strict=True)
            ],
        ),
    }
    book = load_policies()
    law = touched_by(book, Supposition(changed))
    kept = [clause.id for document in law.book for clause in document.clauses]
    before = judge(NIGHT, tables, cut_down(book, kept), law.touched)
    return flips(before, judge(NIGHT, tables, law.book, law.touched))


def test_a_lower_limit_lets_those_between_pass_and_their_composite_with_them(tmp_path):
    rows = flipped([7, 8, 9.9, 10, 12], overlay(tmp_path, "clauses:\n  HI-2017/09.1: {value: 8}"))
    assert rows.select("clause_id", "subject_id", "verdict_before", "verdict_after").rows() == [
        ("HI-2017/09.1", "T1", "not_met", "met"),
        ("HI-2017/09.1", "T2", "not_met", "met"),
        ("HI-2017/09.A", "T1", "not_met", "met"),
        ("HI-2017/09.A", "T2", "not_met", "met"),
    ]
    assert counted(rows, UNITS).select("clause_id", "unit_name", "findings", "subjects").rows() == [
        ("HI-2017/09.1", "秀英区", 2, 2),
        ("HI-2017/09.A", "秀英区", 2, 2),
    ]


def test_another_comparison_moves_only_those_at_the_limit(tmp_path):
    changed = overlay(tmp_path, 'clauses:\n  HI-2017/09.1: {compare: ">"}')
    rows = flipped([9, 10, 11], changed).filter(pl.col("clause_id") == "HI-2017/09.1")
    assert rows.select("subject_id", "verdict_after").rows() == [("T1", "not_met")]


def test_a_limit_that_begins_later_takes_findings_away(tmp_path):
    changed = overlay(tmp_path, "clauses:\n  HI-2017/09.1: {thresholds: [{from: 2020-01-01, value: 10}]}")
    rows = flipped([12], changed)
    assert (("HI-2017/09.1", "met", GONE)) in rows.select("clause_id", "verdict_before", "verdict_after").rows()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 200).map(lambda tenths: tenths / 10), min_size=1, max_size=8), st.integers(10, 20))
def test_a_higher_limit_never_helps_and_the_same_one_changes_nothing(earned, limit):
    clause = load_policies().clause("HI-2017/09.1")
    same = flipped(earned, [clause])
    assert same.is_empty()
    raised = tuple(one.model_copy(update={"value": one.value * limit / 10}) for one in clause.thresholds)
    rows = flipped(earned, [clause.model_copy(update={"thresholds": raised})])
    assert set(rows["verdict_before"]) <= {"met"}
    between = [one for one in earned if 10 <= one < limit]
    assert rows.filter(pl.col("clause_id") == "HI-2017/09.1").height == len(between)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("clauses:\n  HI-2017/09.1: {valeu: 8}", 2, "valeu"),
        ("clauses:\n  HI-2017/99.9: {value: 8}", 2, "没有条款 HI-2017/99.9"),
        ("clauses:\n  HI-2017/09.1: {value: acht}", 2, "不是数"),
        ("clauses:\n  HI-2017/09.1: {}", 2, "没有写要改什么"),
        ("clauses:\n  HI-2017/09.A: {value: 8}", 2, "没有阈值"),
        ("clauses:\n  HI-2017/09.1: {value: {from: 1, to: 2}}", 2, "within"),
        ("clauses:\n  HI-2017/09.1: {value: 8}\n  HI-2017/09.1: {value: 9}", 3, "写了两次"),
        ("claused: {}", 1, "claused"),
        ("- 1", 1, "一张表"),
    ],
)
def test_a_faulty_overlay_is_refused_with_its_line(tmp_path, text, line, said):
    with pytest.raises(PolicyError) as refused:
        overlay(tmp_path, text)
    assert f"if.yaml:{line}:" in str(refused.value)
    assert said in str(refused.value)


def test_no_file_is_said(tmp_path):
    with pytest.raises(PolicyError, match="没有文件"):
        read_overlay(tmp_path / "none.yaml", load_policies())
