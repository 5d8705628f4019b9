"""A field that stands in several tables is defined once, and what differs says why."""

from collections import defaultdict
from pathlib import Path

import pytest

import models.contracts
from models.contracts import (
    ContractError,
    audit_contracts,
    core_contracts,
    marts_contracts,
    read_layer,
    staging_contracts,
)
from models.contracts.reading import read_shared
from models.yaml_files import read_yaml

HOME = Path(models.contracts.__file__).parent
SHARED = read_shared(HOME).fields
HOMONYMS = {name for entry in read_yaml(HOME / "homonyms.yaml").content for names in entry["fields"] for name in names}
PUPIL = "pupil_id: {header: 学生编号, synonyms: [学号], type: id}\n"
TABLE = """table: pupil
title: 学生
grain: 一行一名学生
key: [pupil_id]
fields:
  - {name: pupil_id, required: true}
"""


def standing():
    """Name → each table's field of that name."""
    found = defaultdict(list)
    for layer in (staging_contracts, core_contracts, marts_contracts, audit_contracts):
        for contract in layer().values():
            for field in contract.fields:
                found[field.name].append((contract.layer, field))
    return {name: fields for name, fields in found.items() if len(fields) > 1}


def is_one_thing(fields):
    """One header and one type; what staging has checked against a value list may be plain text from then on."""
    staged = {field.type for layer, field in fields if layer == "staging"}
    later = {field.type for layer, field in fields if layer != "staging"}
    kept = not staged or not later or staged == later or (staged == {"enum"} and later == {"text"})
    return len({field.header for _, field in fields}) == 1 and len(staged) <= 1 and len(later) <= 1 and kept


def test_no_two_tables_mean_different_things_by_one_name_without_saying_why():
    assert {name for name, fields in standing().items() if not is_one_thing(fields)} - HOMONYMS == set()


def test_no_reason_is_left_for_what_no_longer_differs():
    assert {name for name in HOMONYMS if name not in standing() or is_one_thing(standing()[name])} == set()


def test_what_stands_in_several_tables_is_written_once():
    said_again = {
        name
        for name, fields in standing().items()
        if is_one_thing(fields) and len({field.type for _, field in fields}) == 1 and name not in SHARED
    }
    assert said_again == set()


def test_what_is_shared_stands_in_several_tables():
    assert set(SHARED) - set(standing()) == set()


@pytest.mark.parametrize("name", sorted(SHARED))
def test_a_shared_field_is_everywhere_what_it_is_defined_to_be(name):
    for layer, field in standing()[name]:
        assert (field.header, field.type) == (SHARED[name]["header"], SHARED[name]["type"])
        assert layer != "staging" or set(SHARED[name].get("synonyms", [])) <= set(field.synonyms)


def read(home, fields, table, layer="staging"):
    (home / layer).mkdir(exist_ok=True)
    (home / "fields.yaml").write_text(fields, encoding="utf-8")
    (home / layer / "pupil.yaml").write_text(table, encoding="utf-8")
    return read_layer(layer, home)["pupil"]


def test_a_contract_adds_what_is_its_own(tmp_path):
    own = TABLE.replace("required: true", "required: true, synonyms: [学生]")
    field = read(tmp_path, PUPIL, own).field("pupil_id")
    assert (field.header, field.type, field.required) == ("学生编号", "id", True)
    assert field.spellings == ("学生编号", "学号", "学生", "pupil_id")


def test_the_name_alone_is_enough_where_nothing_is_added(tmp_path):
    field = read(tmp_path, PUPIL, TABLE.replace("{name: pupil_id, required: true}", "pupil_id"), "marts")
    assert field.field("pupil_id").header == "学生编号"


def test_tables_that_nobody_writes_by_hand_have_no_other_spellings(tmp_path):
    assert read(tmp_path, PUPIL, TABLE, "marts").field("pupil_id").synonyms == ()


@pytest.mark.parametrize(
    ("fields", "table", "says"),
    [
        (
            PUPIL,
            TABLE.replace("required", "header: 学生, required"),
            "staging/pupil.yaml 第 6 行：字段 pupil_id 的 header 已在",
        ),
        (PUPIL, TABLE.replace("required", "type: id, required"), "pupil_id 的 type 已在 fields.yaml 写明"),
        (PUPIL, TABLE.replace("required", "synonyms: [学号], required"), "写法“学号”已在 fields.yaml 写明"),
        (PUPIL, TABLE.replace("{name: pupil_id, required: true}", "pupil_no"), "fields.yaml 里没有字段 pupil_no"),
        (PUPIL.replace("type: id", "type: key"), TABLE, "fields.yaml 第 1 行：没有类型 key"),
        (PUPIL.replace("type: id", "kind: id"), TABLE, "fields.yaml 第 1 行：不认识的键 kind"),
        (PUPIL.replace("type: id", "type: id, required: true"), TABLE, "required 因表而异，请写在各表里"),
        (PUPIL.replace("type: id", "type: enum, values: ranks"), TABLE, "fields.yaml 第 1 行：没有代码表 ranks"),
        (PUPIL + PUPIL, TABLE, "fields.yaml 第 2 行：不是合格的 YAML"),
    ],
)
def test_a_fault_is_named_where_it_stands(tmp_path, fields, table, says):
    with pytest.raises(ContractError) as refused:
        read(tmp_path, fields, table)
    assert says in str(refused.value)
