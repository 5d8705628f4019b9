"""The command line speaks Chinese throughout: its usage, help and what is wrong with a call."""

import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pipelines.cli import main


def told(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, list(words), prog_name="shixun")
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("report", "缺少 YEAR。"),
        ("report 2021", "缺少 --region。"),
        ("report 21 --region 1 --out x", "YEAR：21 不在 2000 到 2100 之间。"),
        ("report 二一 --region 1 --out x", "YEAR：二一 不是整数。"),
        ("report 2021 --regoin 1", "没有选项 --regoin；是否想写 --region？"),
        ("reprot 2021", "没有命令 reprot；是否想写 report、prepare？"),
        ("report 2021 2022 --region 1 --out x", "多写了 2022。"),
        ("serve --port abc", "--port：abc 不是整数。"),
        ("report 2021 --region 1 --out x --format doc", "没有格式 doc"),
        ("refresh --as-of 昨天", "昨天 不是日期"),
        ("law chek", "没有命令 chek"),
        ("explain --home", "选项 --home 后面要写值。"),
        ("generate --out x --format word", "没有 word 这一种；可写"),
    ],
)
def test_a_wrong_call_is_told_in_chinese_and_exits_2(call: str, says: str) -> None:
    code, output = told(*call.split())
    assert code == 2
    assert says in output
    assert not re.search(r"Usage|Error|Try |Missing|No such|Invalid|Did you", output)


def commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [path]
    for name, command in group.commands.items():
        found += commands(command, (*path, name)) if isinstance(command, click.Group) else [(*path, name)]
    return found


@pytest.mark.parametrize("path", commands(main), ids=" ".join)
def test_every_help_page_is_chinese(path: tuple[str, ...]) -> None:
    code, output = told(*path, "--help")
    assert code == 0
    assert output.startswith("用法：shixun")
    assert not re.search(r"Usage|Options:|Commands:|Show this|\[required\]|\[default|INTEGER|TEXT|OPTIONS", output)


@pytest.mark.parametrize("command", ["generate --teachers 30 --provinces 460000"])
def test_a_place_that_is_a_file_is_told_in_a_sentence(command: str, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", "utf-8")
    code, output = told(*command.split(), "--out", str(tmp_path / "taken"))
    assert code == 1
    assert "要写到的位置上是别的东西" in output
    assert "Traceback" not in output
