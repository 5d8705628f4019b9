"""A contract file with a fault is refused, and the message says where and what to write instead."""

from pathlib import Path

import pytest

from models.contracts import ContractError, read_layer

GOOD = """\
table: school
title: 学校
grain: 一行一所学校
key: [school_id]
fields:
  - {name: school_id, header: 学校标识码, type: id, required: true}
  - {name: unit_id, header: 所属单位, type: id}
  - {name: ownership, header: 办别, type: enum, values: {公办: ["1"], 民办: ["2"]}}
"""


def read(home: Path, text: str, lists: str | None = None) -> None:
    (home / "staging").mkdir(exist_ok=True)
    (home / "staging" / "school.yaml").write_text(text, encoding="utf-8")
    if lists:
        (home / "code_lists.yaml").write_text(lists, encoding="utf-8")
    read_layer("staging", home)


def test_a_good_file_is_read(tmp_path: Path) -> None:
    read(tmp_path, GOOD)


@pytest.mark.parametrize(
    ("before", "after", "line", "says"),
    [
        ("header: 所属单位", "header: 所属单位, colour: red", 7, "不认识的键 colour；可写的有 name、header"),
        ("grain:", "grains:", 3, "不认识的键 grains；可写的有 table、title"),
        ("grain: 一行一所学校\n", "", 1, "缺少 grain"),
        ("type: id}", "type: code}", 7, "没有类型 code；可写的有 id、text、enum"),
        ("title: 学校\n", "title: 学校\ntitle: 学校\n", 3, "重复"),
        ("key: [school_id]", "key: [scool_id]", 1, "key 中的 scool_id 不是本表字段；可用的字段：school_id"),
        ("type: id}", "type: id, references: county}", 7, "references 指向不存在的表 county；可用的有 school"),
        ("type: id}", "type: id, references: school.code}", 7, "没有的字段 code；可用的有 school_id"),
        ("header: 所属单位", "header: 学校标识码", 1, "表头“学校标识码”同时属于字段 school_id 和 unit_id"),
        ('民办: ["2"]', '民办: ["1"]', 8, "写法“1”同时属于“公办”和“民办”"),
        ('values: {公办: ["1"], 民办: ["2"]}', "unit: 所", 8, "是 enum，须写 values"),
        ("values: {公办", "values: owners_, x: {公办", 8, "没有代码表 owners_"),
        ("type: id}", "type: id, minimum: 0}", 7, "不能写 minimum"),
        ("type: id}", "type: text, sensitivity: identity}", 7, "type 须为 id"),
        (", required: true", "", 1, "主键首字段 school_id 须写 required: true"),
        ("table: school", "table: schools", 1, "table 应写 school，与文件名一致"),
        ("name: unit_id", "name: school_id", 1, "字段 school_id 写了两次"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, before: str, after: str, line: int, says: str) -> None:
    assert before in GOOD
    with pytest.raises(ContractError) as refused:
        read(tmp_path, GOOD.replace(before, after, 1))
    message = str(refused.value)
    assert says in message
    assert message.startswith(f"staging/school.yaml 第 {line} 行")


def test_a_shared_code_list_is_filled_in(tmp_path: Path) -> None:
    text = GOOD.replace('{公办: ["1"], 民办: ["2"]}', "owners")
    read(tmp_path, text, 'owners:\n  公办: ["1"]\n  民办: ["2"]\n')
    table = read_layer("staging", tmp_path)["school"]
    assert table.field("ownership").values == {"公办": ("1",), "民办": ("2",)}


def test_two_tables_cannot_share_a_name(tmp_path: Path) -> None:
    read(tmp_path, GOOD)
    other = GOOD.replace("table: school", "table: college")
    (tmp_path / "staging" / "college.yaml").write_text(other, encoding="utf-8")
    with pytest.raises(ContractError, match="表名“学校”已属于 college"):
        read_layer("staging", tmp_path)
