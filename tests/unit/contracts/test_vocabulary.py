"""The words that code compares with are those of the contracts, and polars takes them as plain text."""

from enum import StrEnum

import polars as pl
import pytest

from models import vocabulary
from models.contracts import audit_contracts, core_contracts, marts_contracts, staging_contracts
from models.vocabulary import (
    AccreditationStatus,
    ClassStatus,
    ClauseStatus,
    Completion,
    CreditLevel,
    LineStatus,
    ProjectLevel,
    ProjectStatus,
    RecordStatus,
    ReviewResult,
    RuleLevel,
    SourceType,
    TeacherStatus,
    UnitLevel,
    Verdict,
)

STATED = {
    Verdict: [("audit", "findings", "verdict"), ("marts", "teacher_cycle", "verdict")],
    LineStatus: [("core", "fct_credit", "status")],
    ClauseStatus: [("audit", "clauses", "status")],
    SourceType: [("staging", "credit_record", "source_type")],
    CreditLevel: [("staging", "credit_record", "level"), ("staging", "credit_record", "registrar_level")],
    RuleLevel: [("staging", "lecture", "level"), ("staging", "exam", "level")],
    ProjectLevel: [("staging", "project", "level")],
    UnitLevel: [("staging", "admin_unit", "level")],
    RecordStatus: [("staging", "credit_record", "status")],
    Completion: [("staging", "credit_record", "completion")],
    ProjectStatus: [("staging", "project", "status")],
    ClassStatus: [("staging", "class", "status")],
    AccreditationStatus: [("staging", "institution_accreditation", "status")],
    ReviewResult: [("staging", "project", "review_result")],
    TeacherStatus: [("staging", "teacher", "status")],
}
CONTRACTS = {
    "staging": staging_contracts,
    "core": core_contracts,
    "marts": marts_contracts,
    "audit": audit_contracts,
}
WORDS = [
    thing
    for thing in vars(vocabulary).values()
    if isinstance(thing, type) and issubclass(thing, StrEnum) and thing is not StrEnum
]


@pytest.mark.parametrize("words", WORDS, ids=lambda words: words.__name__)
def test_an_enumeration_and_the_contracts_list_the_same_values_in_the_same_order(words):
    assert STATED[words], f"{words.__name__} stands for no field of a contract"
    for layer, table, field in STATED[words]:
        assert list(CONTRACTS[layer]()[table].field(field).values) == list(words), f"{layer}.{table}.{field}"


def test_every_verdict_column_may_hold_the_five_verdicts_and_nothing_else():
    verdicts = [
        field.values
        for contracts in CONTRACTS.values()
        for contract in contracts().values()
        for field in contract.fields
        if field.name == "verdict"
    ]
    assert len(verdicts) > 5
    assert all(list(values or {}) == list(Verdict) for values in verdicts)


@pytest.mark.parametrize("words", WORDS, ids=lambda words: words.__name__)
def test_polars_takes_a_word_as_plain_text(words):
    first, *others = words
    frame = pl.LazyFrame({"word": [*map(str, words), None]}, schema={"word": pl.String})
    made = frame.select(
        written=pl.when(pl.col("word") == first).then(pl.lit(first)).otherwise(pl.lit(others[-1])),
        filled=pl.col("word").fill_null(first),
        listed=pl.col("word").is_in(others),
    ).collect()
    assert made.schema == {"written": pl.String, "filled": pl.String, "listed": pl.Boolean}
    assert made["written"].to_list() == [first, *[others[-1]] * len(words)]
    assert made["listed"].sum() == len(others)
