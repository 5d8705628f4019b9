"""A folder of law beside the built-in: what it adds, overrides and changes, and every kind of fault in a sentence."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from models.check_law import check_folder, unknown_values
from models.law import PolicyError, load_policies, provinces
from models.law.doubts import doubts
from models.law.loading import FILES, TEXTS, VARIABLE, law_of
from tests.night.running import shixun

LAW = Path(__file__).parents[2] / "provinces" / "law"
FILE, TEXT = "CJ-2016-9.yaml", "documents/CJ-2016-9.txt"
GOOD = (LAW / FILE).read_text("utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "documents").mkdir()
    for name in (FILE, TEXT):
        shutil.copy(LAW / name, tmp_path / name)
    return tmp_path


def test_an_added_folder_adds_provinces_for_as_long_as_it_is_at_hand() -> None:
    before = provinces()
    with law_of(LAW):
        assert {**before, "980000": "云浦省", "990000": "澄江省"} == provinces()
        share = load_policies().role("spot_check_share", "990102")
        assert share is not None
        assert share.id == "CJ-2016-9/07.1"
    assert provinces() == before
    assert VARIABLE not in os.environ


def test_a_changed_file_is_read_again(folder: Path) -> None:
    with law_of(folder):
        assert load_policies().document("CJ-2016-9").setting("project_credit_cap") == 4
        (folder / FILE).write_text(GOOD.replace("id: project_credit_cap, value: 4", "id: project_credit_cap, value: 5"))
        assert load_policies().document("CJ-2016-9").setting("project_credit_cap") == 5


def test_a_document_of_a_built_in_id_takes_its_place(folder: Path) -> None:
    text = (
        (FILES / "HI-2017.yaml")
        .read_text("utf-8")
        .replace("id: project_credit_cap, value: 10", "id: project_credit_cap, value: 9")
    )
    (folder / "海南.yaml").write_text(text, "utf-8")
    before = load_policies()
    with law_of(folder):
        now = load_policies()
        assert now.document("HI-2017").setting("project_credit_cap") == 9
        assert now.sources["HI-2017"].is_added
        assert now.digest("460000") != before.digest("460000")
        assert now.digest("500000") == before.digest("500000")


def test_the_built_in_law_passes_its_own_check(tmp_path: Path) -> None:
    shutil.copytree(FILES, tmp_path / "law")
    shutil.copytree(TEXTS, tmp_path / "law" / "documents")
    assert check_folder(tmp_path / "law").faults == ()


def test_the_command_sums_a_good_folder_up_and_names_the_faults_of_a_bad_one(folder: Path) -> None:
    good = shixun("law", "check", LAW)
    assert good.exit_code == 0, good.output
    assert "澄江省学分制 CJ-2016" in good.output
    (folder / FILE).write_text(GOOD.replace("    tier: A", "    teir: A", 1), "utf-8")
    bad = shixun("law", "check", folder)
    assert bad.exit_code == 2
    assert f"{folder / FILE}:47: 不认识键“teir”；是否想写“tier”？" in bad.output


@pytest.mark.parametrize(
    ("before", "after", "doubt"),
    [
        (
            "to: 2020-01-01, value: 24",
            "to: 2019-01-01, value: 24",
            "CJ-2016-9/01.1 从 2019-01-01 到 2020-01-01 前没有阈值",
        ),
        ("start: 2022-01-01, end: 2024-12-31", "start: 2023-01-01, end: 2025-12-31", "2022年不在任何周期里"),
        ("{from: 2016-01-01, value: 40}", "{from: 2016-01-01, value: 4}", "CJ-2016-9/02.2 的阈值 4学时 在引文里找不到"),
        (
            "{from: 2016-01-01, value: 0.3}",
            "{from: 2016-01-01, value: 0.03}",
            "CJ-2016-9/07.1 的阈值 3% 在引文里找不到",
        ),
        ("", "", "辖区代码 990000 不是国家标准里的省级代码"),
    ],
)
def test_what_may_be_a_slip_is_told_and_not_refused(folder: Path, before: str, after: str, doubt: str) -> None:
    (folder / FILE).write_text(GOOD.replace(before, after, 1), "utf-8")
    checked = check_folder(folder)
    assert checked.faults == ()
    assert any(f"请核对：{doubt}" in line for line in checked.summary), checked.summary


def test_the_built_in_law_leaves_no_doubt() -> None:
    assert [doubt for document in load_policies() for doubt in doubts(document)] == []


def test_a_command_with_law_that_cannot_be_used_says_so_and_exits_2(folder: Path, tmp_path: Path) -> None:
    (folder / FILE).write_text("id: [", "utf-8")
    for named in (folder, tmp_path / "nowhere"):
        told = shixun("refresh", "--law", named, "--dumps", tmp_path, "--home", tmp_path / "home")
        assert told.exit_code == 2
        assert str(named) in told.output


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("    tier: A", "    teir: A", "不认识键“teir”；是否想写“tier”"),
        ("doc_no:", "title: 甲\ndoc_no:", ":3: 键“title”写了两次"),
        ("quote: 每个周期应取得不少于24学分", "quote: 每个周期应取得不少于25学分", ":45: CJ-2016-9/01.1 的引文"),
        ("to: 2020-01-01, value: 24", "to: 2020-06-01, value: 24", "阈值日期重叠"),
        ("measure: teacher_cycle_total", "measure: teacher_cycel_total", ":49: 没有名为“teacher_cycel_total”的指标"),
        ("column: hours_planned}", "column: hours_plan}", "粒度 project 没有列“hours_plan”"),
        ("grain: project, column: hours_planned", "grain: projekt, column: hours_planned", "没有名为“projekt”的粒度"),
        ("where: {is_over: true}", "where: {is_finished: true}", "没有列“is_finished”"),
        ("rows: {source_type: 集中}", "rows: {source_typ: 集中}", "判不了：没有列“source_typ”"),
        ("rows: {source_type: 集中}", "rows: 集中", "选项“rows”应是一张表"),
        ("end: 2018-12-31", "end: 2018-06-30", ":10: 周期 CJ-2016-2018 不是整年"),
        ("start: 2019-01-01", "start: 2018-01-01", ":11: 周期 CJ-2019-2021 与 CJ-2016-2018 重叠；后一个从 2019 年起"),
        ("  cycle_credits:", "  cycle_credit:", ":31: 没有名为“cycle_credit”的角色；是否想写“cycle_credits”"),
        ("cycle_credits: CJ-2016-9/01.1", "cycle_credits: CJ-2016-9/01.9", "角色 cycle_credits 提到 CJ-2016-9/01.9"),
        ("cycle_credits: CJ-2016-9/01.1", "cycle_credits: CJ-2016-9/02.2", "它的 unit 是 学时，应为 学分"),
        ("  practice:", "  practise:", "没有名为“practise”的主题；是否想写“practice”"),
        ("    unit: 学分\n", "", "要由系统判定却缺 unit"),
        ("text: CJ-2016-9.txt", "text: none.txt", ":7: 没有文件 none.txt"),
        ("text: CJ-2016-9.txt", "text: ../CJ-2016-9.txt", "text 只写文件名"),
        ("title: 澄江省", "title: [澄江省", "不是合法的 YAML（括号、引号或缩进没有配对）"),
        ("2016-01-01", "2016-02-30", ":5: 不是合法的 YAML（没有这一天）"),
        ("id: project_credit_cap", "id: project_credits_cap", "是否想写“project_credit_cap”"),
        ("id: project_credit_cap, value: 4", "id: project_credit_cap, value: 四", "应写成 10 的样子，现为 四"),
        ("id: project_credit_cap, value: 4", "id: project_credit_cap, value: -4", "不能是负数"),
        ("value: 1.5, basis", "value: 1.23456, basis", "最多写三位小数"),
        ("to: 2021-01-01, value: 1,", "value: 1,", "约定 school_credit_cap 的日期重叠"),
        ("value: [集中, 跟班, 网络, 混合]", "value: [集中培训, 网络]", "“集中培训”不是转储里的值"),
        ("id: counted_statuses, value", "id: counted_statuses, from: 2018-01-01, value", "有几天没有规定"),
        ("id: scope_posts, value", "id: scope_posts, from: 2018-01-01, value", "约定 scope_posts 不能分时段"),
        ("  - {id: scope_posts, value: [专任教师, 校长], basis: 推, note: 从通例}\n", "", "就要写 scope_posts"),
        ('code: "990000"', "code: 990000", ":4: “code”应是文字；数字和日期要加引号"),
        ('code: "990000"', 'code: "990100"', "所在的省没有一份全省的文件"),
        ('code: "990000"', 'code: "460000"', "海南省"),
        ("value: CJ-2016,", "value: HI-2017,", "学分体系 HI-2017 已由 HI-2017 设立"),
        ("id: CJ-2016-9/02.2", "id: CJ-2016-9/02.1", "写了两次"),
        ("value: 0.75", "value: 1e999", "不是有限的数"),
        ("value: 0.75", "value: 1/0", "“1/0”不是数"),
        ('集中: "1/8"', '集中: "1/0"', "表里的“1/0”不是数"),
        ("{from: 2016-01-01, value: 6}", "{from: 2016-01-01, value: 6.12345}", "比千分之一还细"),
        ("$minimum_answers", "$minimum_answer", "没有名为 minimum_answer 的约定"),
        ("all_of: [CJ-2016-9/02.1,", "all_of: [CJ-2016-9/99,", "提到 CJ-2016-9/99"),
        ("{from: 2016-01-01, value: 0.3}", "{from: 2016-01-01, value: 30}", "比例写成小数，如 30% 写 0.3"),
        ("{from: 2016-01-01, value: 0.75}", "{from: 2016-01-01, value: 75}", "比例写成小数，如 75% 写 0.75"),
        ("{from: 2016-01-01, value: 40}", "{from: 2016-01-01, value: -40}", "阈值 -40 是负数"),
        (
            'column: hours}\n    compare: ">="\n    unit: 学时',
            'column: hours}\n    compare: ">="\n    unit: 学分',
            "列 hours 的单位是 学时",
        ),
        ('code: "990000", name: 澄江省', 'code: "340000", name: 澄江省', "辖区代码 340000 是安徽省，这里却叫澄江省"),
        ("name: 澄江省", "name: 湖南省", "湖南省的代码是 430000，这里写成了 990000"),
    ],
)
def test_a_fault_is_told_with_its_line_and_what_to_do(folder: Path, before: str, after: str, words: str) -> None:
    text = GOOD.replace(before, after, 1)
    assert text != GOOD
    (folder / FILE).write_text(text, "utf-8")
    faults = "\n".join(check_folder(folder).faults)
    assert words in faults
    assert all(line.startswith(f"{folder / FILE}:") for line in faults.splitlines())


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (lambda law: (law / FILE).write_text(""), "整个文件应是一张表"),
    "binary": (lambda law: (law / FILE).write_bytes(bytes(range(256))), "不是 UTF-8 编码"),
    "gb18030": (lambda law: (law / FILE).write_bytes(GOOD.encode("gb18030")), ":2: 不是 UTF-8 编码"),
    "text in gb18030": (lambda law: (law / TEXT).write_bytes("第一条 教师".encode("gb18030")), "不是 UTF-8 编码"),
    "no text": (lambda law: (law / TEXT).unlink(), "没有文件 CJ-2016-9.txt"),
    "other ending": (lambda law: (law / FILE).rename(law / "CJ.yml"), "以小写的 .yaml 结尾"),
    "nothing in it": (lambda law: (law / FILE).unlink(), "里没有政策文件"),
    "no folder": (shutil.rmtree, "没有法规文件夹"),
    "a folder for a file": (lambda law: (law / "x.yaml").mkdir(), "x.yaml:1: 不会被读入"),
    "a link to nowhere": (lambda law: (law / "x.yaml").symlink_to("/nowhere"), "x.yaml:1: 不会被读入"),
    "the same twice": (lambda law: shutil.copy(law / FILE, law / "zz.yaml"), "zz.yaml:1: 文件编号 CJ-2016-9 已在"),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_folder_that_cannot_be_read_is_told_of(folder: Path, how: str) -> None:
    spoil, words = SPOILT[how]
    spoil(folder)
    faults = "\n".join(check_folder(folder).faults)
    assert words in faults
    assert "Traceback" not in faults


def test_a_mark_at_the_beginning_and_other_line_ends_do_no_harm(folder: Path) -> None:
    (folder / FILE).write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert check_folder(folder).faults == ()


def test_faults_are_refused_at_load_too(folder: Path) -> None:
    (folder / FILE).write_text(GOOD.replace("doc_no:", "doc_nr:"), "utf-8")
    with law_of(folder), pytest.raises(PolicyError, match="不认识键“doc_nr”"):
        load_policies()


def test_a_condition_on_a_value_that_no_code_list_has_is_told():
    clause = load_policies().clause("WZ-2012-33/03.4")
    asked = {**clause.options, "people": {"backbone_level": "领头"}}
    faults = list(unknown_values(clause.model_copy(update={"options": asked})))
    assert faults == ["的条件 backbone_level：没有“领头”这个值；可用的有 领军"]


def test_the_law_on_file_asks_only_for_values_there_are():
    judged = [clause for clause in load_policies().clauses.values() if clause.status == "evaluated"]
    assert [fault for clause in judged for fault in unknown_values(clause)] == []
