"""Two releases compared: each changed finding has its reason."""

import json
from decimal import Decimal

import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from models.findings import FINDING
from models.release_changes import Nights, changes, counted, rejudged
from pipelines.cli import main
from pipelines.release import warehouse

CLAUSE = "HI-2017/09.1"
QUIET = {"is_other_day": False, "is_other_rules": False, "is_other_code": False}
UNITS = pl.DataFrame({"unit_id": ["460105"], "unit_name": ["秀英区"]})


def finding(numerator=10, limit="10", verdict="met", **unusual):
    threshold = Decimal(limit) if "/" not in limit else Decimal("0.333333")
    usual = dict.fromkeys(FINDING) | {
        "finding_id": "f1",
        "clause_id": CLAUSE,
        "subject_type": "teacher",
        "subject_id": "T1",
        "part": "",
        "unit_id": "460105",
        "period": "2019",
        "value": Decimal(str(numerator)) if numerator is not None else None,
        "operator": ">=",
        "threshold": threshold,
        "unit": "学分",
        "verdict": verdict,
        "is_trigger": False,
    }
    detail = {"numerator": numerator, "denominator": unusual.pop("denominator", None), "limit": limit}
    return usual | {"detail": json.dumps(detail)} | unusual


def frame(*rows):
    return pl.DataFrame(list(rows), schema=FINDING, orient="row")


def nights(*, data=(), rules=(), **what):
    return Nights(frozenset(data), frozenset(rules), **(QUIET | what))


def cause(before, after, known):
    return changes(frame(*before), frame(*after), known).select("change", "cause", "is_certain").rows()


def test_what_stayed_is_not_told():
    assert cause([finding()], [finding()], nights(data=[CLAUSE], is_other_code=True, is_other_rules=True)) == []


@pytest.mark.parametrize(
    ("after", "known", "expected"),
    [
        (finding(9, verdict="not_met"), nights(data=[CLAUSE]), ("数据", True)),
        (finding(9, verdict="not_met"), nights(data=[CLAUSE], is_other_code=True), ("数据", False)),
        (finding(9, verdict="not_met"), nights(is_other_code=True), ("代码", True)),
        (finding(9, verdict="not_met"), nights(is_other_rules=True), ("规则", True)),  # a setting moved the figure
        (finding(limit="11", verdict="not_met"), nights(is_other_rules=True, data=[CLAUSE]), ("规则", True)),
        (finding(verdict="in_progress"), nights(is_other_day=True), ("数据", True)),  # the period is over or not
        (finding(verdict="undetermined"), nights(is_other_code=True), ("代码", True)),
    ],
)
def test_one_thing_changed(after, known, expected):
    assert cause([finding()], [after], known) == [("改变", *expected)]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (finding(10.5, limit="12", verdict="not_met"), "规则"),  # 10 misses 12 as well; 10.5 would reach 10
        (finding(8, limit="9", verdict="not_met"), "数据"),  # 10 would reach 9; 8 misses 10
        (finding(9, limit="11", verdict="not_met"), "数据和规则"),  # either would do
        (finding(12, limit="11"), "数据和规则"),  # the verdict is the same
    ],
)
def test_figure_and_limit_both_changed(after, expected):
    known = nights(data=[CLAUSE], is_other_rules=True)
    assert cause([finding()], [after], known) == [("改变", expected, True)]


def test_findings_that_came_or_went():
    assert cause([], [finding()], nights(data=[CLAUSE])) == [("新增", "数据", True)]
    assert cause([finding()], [], nights(rules=[CLAUSE], is_other_rules=True)) == [("消失", "规则", True)]
    assert cause([], [finding()], nights(is_other_code=True)) == [("新增", "代码", True)]


def test_a_third_is_a_third():
    row = {f"{name}{side}": value for side in ("", "_after") for name, value in finding(1, limit="1/3").items()}
    row |= {"numerator": "1.0", "denominator": "3.0", "limit": "1/3", "operator": "<="}
    assert rejudged(row, figure="", limit="") == "met"
    assert rejudged(row | {"operator": "<"}, figure="", limit="") == "not_met"
    assert rejudged(row | {"operator": "<", "is_trigger": True}, figure="", limit="") == "met"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(5, 15), st.integers(5, 15)), max_size=12))
def test_every_difference_is_told_once_and_has_one_cause(rows):
    def side(number, figure):
        return finding(figure, finding_id=f"f{number}", verdict="met" if figure >= 10 else "not_met")

    before = frame(*(side(n, old) for n, (has_old, _, old, _) in enumerate(rows) if has_old))
    after = frame(*(side(n, new) for n, (_, has_new, _, new) in enumerate(rows) if has_new))
    changed = changes(before, after, nights(data=[CLAUSE]))
    expected = [n for n, (was, now, old, new) in enumerate(rows) if (was or now) and not (was and now and old == new)]
    assert sorted(changed["finding_id"]) == sorted(f"f{n}" for n in expected)
    assert changed["cause"].null_count() == 0
    counts = counted(changed, UNITS)
    assert counts["findings"].sum() == changed.height
    assert counts["added"].sum() == sum(now and not was for was, now, _, _ in rows)
    assert counts["gone"].sum() == sum(was and not now for was, now, _, _ in rows)


# ---- the command


def release(home, name, findings, *, teachers=("T1",), policies="p1", code="c1", dump="d1"):
    folder = home / "releases" / "460000" / name
    folder.mkdir(parents=True)
    manifest = {
        "release": name,
        "outputs": {"warehouse.duckdb": "not looked at here"},
        "as_of": "2021-11-30",
        "dumps": [{"path": "2021-11-30/教师.csv", "sha256": dump}],
        "versions": {"policies": policies, "code": code},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    tables = {
        "audit.findings": frame(*findings),
        "audit.clauses": pl.DataFrame({"clause_id": [CLAUSE], "status": ["evaluated"]}),
        "audit.sources": pl.DataFrame({"clause_id": [CLAUSE], "table_name": ["teacher"], "link": ['[["teacher_id"]]']}),
        "core.dim_unit": UNITS,
        "staging.teacher": pl.DataFrame({"teacher_id": list(teachers), "_file": [name] * len(teachers)}),
    }
    warehouse.create(folder / "warehouse.duckdb")
    for table, rows in tables.items():
        rows.write_parquet(home / f"{table}.parquet")
    warehouse.load(folder / "warehouse.duckdb", [(table, home / f"{table}.parquet") for table in tables])


def diff(home, *arguments):
    return CliRunner().invoke(main, ["diff", *arguments, "--home", str(home)], catch_exceptions=False)


def test_the_command_names_county_cause_and_file(tmp_path):
    release(tmp_path, "A", [finding()])
    release(tmp_path, "B", [finding(9, verdict="not_met")], teachers=("T1", "T2"), dump="d2")
    told = diff(tmp_path, "A", "B", "--out", str(tmp_path / "out.csv"))
    assert told.exit_code == 0
    assert "转储文件 1 个不同" in told.output
    assert f"{CLAUSE}  460105 秀英区：因数据 1 条（改变 1，新增 0，消失 0）" in told.output
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "T1" in lines[1]


def test_the_same_rows_from_other_files_are_the_same_data(tmp_path):
    release(tmp_path, "A", [finding()])
    release(tmp_path, "B", [finding(9, verdict="not_met")], dump="d2", code="c2")
    assert "因代码 1 条" in diff(tmp_path, "A", "B").output


def test_an_unknown_release_gets_the_nearest(tmp_path):
    release(tmp_path, "20211130-aaaa", [finding()])
    told = diff(tmp_path, "20211130-aaab", "20211130-aaaa")
    assert told.exit_code == 2
    assert "20211130-aaaa（460000）" in told.output


def test_nothing_changed_is_said(tmp_path):
    release(tmp_path, "A", [finding()])
    release(tmp_path, "B", [finding()])
    told = diff(tmp_path, "A", "B")
    assert "0 条结论有变化" in told.output
    assert "都相同" in told.output
