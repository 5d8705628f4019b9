"""The command itself: its group, options that several commands share, exit codes, progress lines, sentences for faults.

Not here: any command. Each stands in the file of its kind beside this one.
"""

import atexit
import gc
import logging
import os
import sys
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from pipelines.cli.words import Group

os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "yes")
gc.set_threshold(200_000, 10, 10)
"""Python looks for rubbish after each 700 new objects otherwise: a twentieth of a small night, which makes little."""
atexit.register(gc.freeze)
"""At its end it would look through all there is twice more, seconds after a night; it all goes with the process."""

DONE, BROKEN, USAGE, REFUSED, NO_DUMP = 0, 1, 2, 3, 4
"""Exit codes. BROKEN is a fault of the machine or of ours; the others are explained in the README."""


def day(_: click.Context, __: click.Parameter, value: str | None) -> date | None:
    """A calendar day as YYYY-MM-DD."""
    if value is None:
        return None
    try:
        return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007
    except ValueError:
        raise click.BadParameter(f"{value} 不是日期，请写成 2021-11-30 的样子") from None


def province_list(_: click.Context, __: click.Parameter, value: str | None) -> list[str] | None:
    """Comma-separated province codes, each with its law on file."""
    if value is None:
        return None
    from models.law import provinces

    known = provinces()
    asked = list(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
    for code in asked:
        if code not in known:
            listed = "、".join(f"{c} {n}" for c, n in known.items())
            raise click.BadParameter(f"没有省码 {code}。已收入政策文件的省：{listed}")
    if not asked:
        raise click.BadParameter("请至少写一个省码，如 330000")
    return asked


def format_list(_: click.Context, __: click.Parameter, value: str) -> list[str]:
    """Comma-separated report formats."""
    known = ("docx", "pdf", "xlsx", "html")
    asked = list(dict.fromkeys(part.strip().lower() for part in value.split(",") if part.strip()))
    unknown = [name for name in asked if name not in known]
    if unknown or not asked:
        raise click.BadParameter(f"没有格式 {'、'.join(unknown) or value}。可写：{'、'.join(known)}，逗号分隔")
    return asked


def home_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """--home, else SHIXUN_HOME, else data/home in the clone; and --law, for whoever reads a home reads law."""
    return click.option(
        "--home", type=click.Path(path_type=Path), help="数据目录（默认取 SHIXUN_HOME，其次 data/home）"
    )(law_option(command))


def use_law(context: click.Context, _: click.Parameter, folder: Path | None) -> None:
    """Lets the command, and every process it starts, judge by the law of a folder too."""
    from models.law.loading import law_of

    if folder is not None:
        context.with_resource(law_of(folder))


law_option = click.option(
    "--law",
    type=click.Path(path_type=Path),
    callback=use_law,
    expose_value=False,
    is_eager=True,
    help="另加的法规文件夹：政策文件 *.yaml 与原文 documents/*.txt（默认取 SHIXUN_LAW）",
)


provinces_option = click.option("--provinces", callback=province_list, help="省码，逗号分隔；默认全部")


class FriendlyErrors(Group):
    """A group whose commands end with a sentence when the machine, or a damaged release, is at fault."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            sentence = sentence_of(error)
            if sentence is None:
                raise
            click.echo(sentence, err=True)
            sys.exit(USAGE if isinstance(error, _faulty_law()) else BROKEN)


def _faulty_law() -> type[Exception]:
    from models.law import PolicyError

    return PolicyError


def sentence_of(error: Exception) -> str | None:
    """What to tell a person about an error that is no fault of the program; None for one that is."""
    from pipelines.operations import machine
    from pipelines.release.seal import ReleaseDamaged

    if isinstance(error, ReleaseDamaged | _faulty_law()):
        return str(error)
    return machine.as_sentence(error)


@click.group(cls=FriendlyErrors, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """师训：教师培训是否依规，夜夜算清，条条有据。"""
    show_progress()


def show_progress(began: float | None = None, province: str | None = None) -> None:
    """Sends progress lines to the terminal, told apart by province where several are at work.

    began: when the command did, by `time.monotonic`.
    """
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logger = logging.getLogger("shixun")
    logger.setLevel(logging.INFO)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Clocked(began or time.monotonic(), province))
    logger.handlers = [handler]  # a second command in one process has its own stream and its own clock
    logger.propagate = False


class Clocked(logging.Formatter):
    """Progress lines with the seconds since the command began, and the province; warnings marked by word."""

    def __init__(self, began: float, province: str | None) -> None:
        super().__init__()
        self.began = began
        self.province = f"{province}｜" if province else ""

    def format(self, record: logging.LogRecord) -> str:
        mark = {logging.WARNING: "注意 ", logging.ERROR: "错误 "}.get(record.levelno, "")
        return f"{time.monotonic() - self.began:7.1f}s  {self.province}{mark}{record.getMessage()}"
