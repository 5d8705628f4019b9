"""Commands for whoever keeps the checks."""

from pathlib import Path

import click

from pipelines.cli.command import home_option, main, provinces_option


@main.group()
def quality() -> None:
    """发布前检查的规则。"""


@quality.command()
@home_option
@provinces_option
def docs(home: Path | None, provinces: list[str] | None) -> None:
    """在现行发布上把各套规则跑一遍：结果存入 HOME/quality/gx，并写出可离线打开的 Data Docs，供维护规则的人看。"""
    from pipelines.operations.suite_docs import NoRelease, write_suite_docs
    from pipelines.release.home import data_home

    place = data_home(home)
    try:
        for province in provinces or place.provinces():
            click.echo(write_suite_docs(place, province))
    except NoRelease as reason:
        raise click.UsageError(str(reason)) from reason
