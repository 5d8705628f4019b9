"""A policy file that is wrong is refused with file, line and what to write instead."""

from pathlib import Path

import pytest

from models.law import PolicyError, read_policies

TEXT = "第一条 每名教师每年不少于10学分。第二条 每年抽查20%的项目。"
GOOD = """id: XX-2020
title: 某办法
doc_no: 某〔2020〕1号
jurisdiction: {code: "460000", name: 某省}
published: 2020-01-01
effective_from: 2020-01-01
text: XX-2020.txt
conventions:
  - {id: hours_per_day, value: 8, basis: 推, note: 通例}
clauses:
  - id: XX-2020/1
    article: "1"
    title: 每年10学分
    quote: 每名教师每年不少于10学分
    strength: must
    tier: A
    subject: teacher
    measure: teacher_year_total
    options: {column: credits}
    compare: ">="
    unit: 学分
    thresholds:
      - {from: 2020-01-01, to: 2021-01-01, value: 10}
      - {from: 2021-01-01, value: 12}
"""


@pytest.fixture
def read(tmp_path: Path):
    def load(text: str):
        (tmp_path / "XX-2020.txt").write_text(TEXT, encoding="utf-8")
        path = tmp_path / "XX-2020.yaml"
        path.write_text(text, encoding="utf-8")
        return read_policies([path], tmp_path)

    return load


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def test_a_good_file_is_read(read):
    clause = read(GOOD).clause("XX-2020/1")
    assert clause.title == "每年10学分"


@pytest.mark.parametrize(
    ("before", "after", "at", "words"),
    [
        ("    measure: teacher", "    mesure: teacher", "mesure", ["不认识键“mesure”", "是否想写“measure”"]),
        ("    title: 每年10学分\n", "    title: 甲\n    title: 乙\n", "title: 乙", ["“title”写了两次"]),
        ("teacher_year_total", "teacher_years_total", "teacher_years_total", ["是否想写“teacher_year_total”"]),
        ("{column: credits}", "{colum: credits}", "colum:", ["没有选项“colum”", "column"]),
        ("{column: credits}", "{column: points}", "points", ["选项“column”的取值不在许可之列", "credits、hours"]),
        ("unit: 学分", "unit: 分", "unit: 分", ["“unit”的取值不在许可之列", "学分"]),
        ('compare: ">="', 'compare: "=>"', '"=>"', ["“compare”的取值不在许可之列", ">="]),
        ("quote: 每名教师每年不少于10学分", "quote: 每名教师每年不少于12学分", "12学分", ["找不到", "照原文逐字抄录"]),
        ("    quote: 每名教师每年不少于10学分\n", "", "- id: XX-2020/1", ["缺少“quote”"]),
        ("to: 2021-01-01", "to: 2021-06-01", "- id: XX-2020/1", ["阈值日期重叠", "to: 2021-01-01"]),
        ("to: 2021-01-01", "to: 2019-01-01", "to: 2019-01-01", ["to 必须晚于 from"]),
        ("value: 12", "value: 十二", "十二", ["不是数", "1/3"]),
        ("basis: 推, note: 通例", "basis: 文", "basis: 文", ["要有 quote"]),
        ("basis: 推, note: 通例", "basis: 缺", "basis: 缺", ["要有 note"]),
        ("id: XX-2020/1", "id: YY-2020/1", "YY-2020/1", ["应以 XX-2020/ 开头"]),
        ("    measure: teacher_year_total\n", "", "- id: XX-2020/1", ["却缺 measure"]),
        ("    tier: A", "    tier: A\n    status: manual", "- id: XX-2020/1", ["要写 reason"]),
        ("text: XX-2020.txt", "text: nowhere.txt", "nowhere.txt", ["没有文件 nowhere.txt"]),
        ("title: 某办法", "title: [某办法", "doc_no", ["不是合法的 YAML"]),
        ("{column: credits}", "{column: $no_such}", None, ["没有名为 no_such 的约定", "hours_per_day"]),
    ],
)  # fmt: skip
def test_refused_with_place_and_advice(read, before, after, at, words):
    text = GOOD.replace(before, after)
    assert text != GOOD
    with pytest.raises(PolicyError) as refused:
        read(text)
    message = str(refused.value)
    if at is not None:
        assert f"XX-2020.yaml:{line_of(text, at)}:" in message
    for word in words:
        assert word in message


def test_grains_and_columns_are_checked_too(read):
    wrong = GOOD.replace("measure: teacher_year_total", "measure: value").replace(
        "{column: credits}", "{grain: project, column: hours_plan}"
    )
    with pytest.raises(PolicyError, match=r"粒度 project 没有列“hours_plan”；是否想写 hours_planned"):
        read(wrong)


def test_every_fault_is_named_at_once(read):
    wrong = GOOD.replace("unit: 学分", "unit: 分").replace("tier: A", "tier: D")
    with pytest.raises(PolicyError) as refused:
        read(wrong)
    assert "“unit”" in str(refused.value)
    assert "“tier”" in str(refused.value)


def test_two_files_cannot_share_an_id(read, tmp_path):
    read(GOOD)
    (tmp_path / "ZZ.yaml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(PolicyError, match=r"已在 XX-2020\.yaml 里用过"):
        read_policies([tmp_path / "XX-2020.yaml", tmp_path / "ZZ.yaml"], tmp_path)
