"""What the command-line library says of itself, in Chinese: usage lines, help pages, faults of options and arguments.

Belongs here: the words of click. What our own commands say stands in them, in Chinese already, and passes through.
"""

import re
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import click

HELP: Final = (
    (r"^Usage: ", "用法："),
    (r"\[OPTIONS\]", "[选项]"),
    (r"COMMAND \[ARGS\]\.\.\.", "命令 …"),
    (r"^Options:$", "选项："),
    (r"^Commands:$", "命令："),
    (r"Show this message and exit\.", "显示这份说明。"),
    (r"\[required\]", "[必填]"),
    (r"\[default: ([^\]]*)\]", r"[默认 \1]"),
    (r"\bINTEGER( RANGE)?\b", "整数"),
    (r"\bTEXT\b", "文字"),
    (r"\b(?:PATH|DIRECTORY|FILE)\b", "路径"),
)
"""Words of a help page, and what stands there instead."""
FAULTS: Final = (
    (r"^Missing (?:option|argument) '?([^'.]+)'?\.?(?s:.*)$", r"缺少 \1"),
    (r"^No such option '?([^' ]+?)'?\.?$", r"没有选项 \1"),
    (r"^No such command '([^']+)'\.?$", r"没有命令 \1"),
    (r"^Missing command\.$", "请写命令"),
    (r"^Option '?([^' ]+)'? requires an argument\.$", r"选项 \1 后面要写值"),
    (r"^Option '?([^' ]+)'? does not take a value\.$", r"选项 \1 后面不写值"),
    (r"^Got unexpected extra arguments? \((.*)\)$", r"多写了 \1"),
    (r"^'?(.*?)'? is not a valid integer(?: range)?\.$", r"\1 不是整数"),
    (r"^(.*) is not in the range (.*)<=x<=(.*)\.$", r"\1 不在 \2 到 \3 之间"),
    (r"^(.*) is not in the range x>=(.*)\.$", r"\1 小于 \2"),
    (r"^'(.*)' is not one of (.*)\.$", r"没有 \1 这一种；可写 \2"),
    (r"^\w+ '(.*)' does not exist\.$", r"没有 \1"),
    (r"^\w+ '(.*)' is a file\.$", r"\1 是文件，不是文件夹"),
    (r"^\w+ '(.*)' is a directory\.$", r"\1 是文件夹，不是文件"),
    (r"^\w+ '(.*)' is not (?:readable|writable|executable)\.$", r"\1 没有读写权限"),
)
"""What may be wrong with a call, in the library's words and in ours."""


def in_chinese(page: str) -> str:
    """A usage line or help page."""
    for pattern, word in HELP:
        page = re.sub(pattern, word, page, flags=re.MULTILINE)
    return page


def fault(error: click.ClickException) -> str:
    """What is wrong with a call, as a sentence; what our own commands say stays as it is."""
    said = error.message
    if isinstance(error, click.MissingParameter):
        said = error.format_message()
    for pattern, words in FAULTS:
        if re.search(pattern, said):
            near = "、".join(getattr(error, "possibilities", None) or ())
            said = re.sub(pattern, words, said) + (f"；是否想写 {near}？" if near else "。")
            break
    where = _parameter(error)
    return f"{where}：{said}" if where and where not in said else said


def _parameter(error: click.ClickException) -> str:
    """The option or argument whose value is wrong."""
    if not isinstance(error, click.BadParameter) or error.param is None or isinstance(error, click.MissingParameter):
        return ""
    is_option = isinstance(error.param, click.Option)
    return error.param.opts[0] if is_option else (error.param.metavar or error.param.human_readable_name)


class Command(click.Command):
    """A command whose help is Chinese throughout."""

    def get_help(self, ctx: click.Context) -> str:
        return in_chinese(super().get_help(ctx))


class Group(click.Group):
    """A group of such commands, which tells what is wrong with a call in Chinese and ends with the library's code."""

    command_class = Command
    group_class = type  # click's way to say: of this very class

    def get_help(self, ctx: click.Context) -> str:
        return in_chinese(super().get_help(ctx))

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """As click's, but for the words."""
        run = partial(super().main, args, prog_name, complete_var, standalone_mode=False, **extra)
        if not standalone_mode:
            return run()
        try:
            code: Any = run()
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            sys.exit(error.exit_code)
        except click.ClickException as error:
            tell(error)
            sys.exit(error.exit_code)
        except click.Abort:
            click.echo("已中止。", err=True)
            sys.exit(1)
        sys.exit(code if isinstance(code, int) else 0)


def tell(error: click.ClickException) -> None:
    """Prints the usage, where to read more, and what is wrong."""
    if isinstance(error, click.UsageError) and error.ctx is not None:
        click.echo(in_chinese(error.ctx.get_usage()), err=True)
        click.echo(f"详细说明：{error.ctx.command_path} --help\n", err=True)
    click.echo(fault(error), err=True)
