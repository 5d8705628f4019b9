"""The register of conflicts: every id exists, every resolution fits the places, and a wrong file is refused."""

from pathlib import Path

import pytest

from models.law import PolicyError, load_policies
from models.law.conflicts import Conflict, conflicts_of, load_conflicts, read_conflicts

GOOD = """conflicts:
  - id: total
    title: 周期总量
    resolved: most_specific
    basis: 推
    settings: [WZ-2012-33/credit_system]
    differs:
      - {clause: WZ-2012-33/03.2, says: 学时}
      - {clause: ZJ-2016-71/03.1, says: 学分}
    resolution: 按温州的
"""


def read(tmp_path: Path, text: str) -> tuple[Conflict, ...]:
    path = tmp_path / "conflicts.yaml"
    path.write_text(text, encoding="utf-8")
    return read_conflicts(path, load_policies())


def test_every_clause_and_setting_of_the_register_exists() -> None:
    book = load_policies()
    for conflict in load_conflicts():
        assert set(conflict.clauses) <= set(book.clauses)
        assert len(conflict.documents) > 1
        for name in conflict.settings:
            document, _, setting = name.partition("/")
            assert book.document(document).convention(setting)


def test_the_known_conflicts_between_wenzhou_and_its_province_are_there() -> None:
    shared = {conflict.id for conflict in load_conflicts() if conflict.binds_one_place}
    assert {"cycle_total", "yearly_total", "new_teacher_practice", "new_principal_counts"} <= shared


def test_a_wider_clause_that_gives_way_is_not_judged_where_the_narrower_holds() -> None:
    book = load_policies()
    for conflict in load_conflicts():
        if conflict.resolved != "most_specific":
            continue
        wide = [book.clause(name) for name in conflict.clauses if name.startswith("ZJ-")]
        assert wide
        for clause in wide:
            systems = clause.where["credit_system"].one_of
            assert systems
            assert "WZ-2012" not in systems, clause.id


def test_endpoints_differ_as_the_register_says() -> None:
    book = load_policies()
    conflict = next(conflict for conflict in load_conflicts() if conflict.id == "satisfaction_endpoint")
    compared = {name: book.clause(name).compare for name in conflict.clauses}
    assert compared["ZJ-2014-04/27.6"] == compared["ZJ-2014-04/28.3"] == "<"
    assert compared["CQ-2013-24/19.1"] == "<="


def test_a_clause_knows_its_conflicts() -> None:
    assert [conflict.id for conflict in conflicts_of("WZ-2012-33/04.15")] == ["new_principal_counts"]
    assert conflicts_of("ZJ-2019-357/05.1") == ()


def test_a_good_file_is_read(tmp_path: Path) -> None:
    (conflict,) = read(tmp_path, GOOD)
    assert conflict.clauses == ("WZ-2012-33/03.2", "ZJ-2016-71/03.1")
    assert conflict.binds_one_place


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ("WZ-2012-33/03.2", "WZ-2012-33/3.2", r":8: 没有条款“WZ-2012-33/3.2”；相近的有：.*WZ-2012-33/03.2"),
        ("WZ-2012-33/credit_system", "WZ-2012-33/credit_sistem", r":6: 没有设置.*WZ-2012-33/credit_system"),
        ("    resolution: 按温州的", "    resolutoin: 按温州的", r":10: 不认识键“resolutoin”；是否想写“resolution”"),
        ("    basis: 推\n", "", r":2: 缺少“basis”"),
        ("most_specific", "newest", r":4: “resolved”不能用"),
        ("most_specific", "each_in_its_place", r":2: total 的 resolved 与辖区不符；应写 most_specific 或 both_apply"),
        ("ZJ-2016-71/03.1", "HI-2017/09.4", r":2: total 的 resolved 与辖区不符；应写 each_in_its_place"),
        ("ZJ-2016-71/03.1", "WZ-2012-33/03.1", r":2: total 只涉及一个辖区"),
        ("    title: 周期总量\n", "    title: 周期总量\n    title: 总量\n", r":4: 键“title”写了两次"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path: Path, wrong: str, right: str, message: str) -> None:
    assert wrong in GOOD
    with pytest.raises(PolicyError, match=message):
        read(tmp_path, GOOD.replace(wrong, right))


def test_an_id_written_twice_is_refused(tmp_path: Path) -> None:
    second = GOOD.removeprefix("conflicts:\n")
    with pytest.raises(PolicyError, match="total 写了两次"):
        read(tmp_path, GOOD + second)
