"""Commands about the law itself: whether a folder of policy files can be judged by.

Belongs here: what is printed and the exit code. What may be wrong with a folder is `models.check_law`.
"""

import sys
from pathlib import Path

import click

from pipelines.cli.command import USAGE, main


@main.group()
def law() -> None:
    """法规：核对另加的政策文件。"""


@law.command("check")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def check(folder: Path) -> None:
    """核对一个法规文件夹：能用就列出其中的文件，不能用就逐条说明哪个文件哪一行、怎么改。"""
    from models.check_law import check_folder

    found = check_folder(folder)
    for line in found.faults:
        click.echo(line, err=True)
    if found.faults:
        click.echo(f"共 {len(found.faults)} 处要改，改好后再核对一次。", err=True)
        sys.exit(USAGE)
    for line in found.summary:
        click.echo(line)
