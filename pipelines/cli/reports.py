"""Commands of the yearly report: the report itself and the analysts' own words for it."""

import logging
import sys
from pathlib import Path

import click

from pipelines.cli.command import USAGE, format_list, home_option, main


@main.command()
@click.argument("year", type=click.IntRange(2000, 2100))
@click.option("--region", required=True, help="省码、市码或县级单位代码")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="写到哪个目录")
@click.option("--format", "formats", default="docx,pdf,xlsx,html", show_default=True, callback=format_list)
@home_option
def report(year: int, region: str, out: Path, formats: list[str], home: Path | None) -> None:
    """写出教师培训质量年度报告：Word、PDF、Excel 附表和单个网页，数字一致。"""
    from dashboards.report import ReportError
    from pipelines.questions import report as yearly
    from pipelines.release.home import data_home

    log = logging.getLogger("shixun")
    place = data_home(home)
    try:
        written = yearly.write(place, yearly.Wanted(year, region, out, formats), log.info)
    except ReportError as reason:
        click.echo(str(reason), err=True)
        sys.exit(USAGE)
    for path in written:
        click.echo(f"已写出 {path}")


@main.command()
@click.argument("year", type=click.IntRange(2000, 2100))
@click.option("--region", required=True, help="省码、市码或县级单位代码")
@home_option
def commentary(year: int, region: str, home: Path | None) -> None:
    """备好年度报告的评述文件：每章一个 Markdown，记下所依据的发布；已有的不动。"""
    from dashboards.report import ReportError
    from pipelines.questions import report as yearly
    from pipelines.release.home import data_home

    try:
        written = yearly.draft_commentary(data_home(home), year, region)
    except ReportError as reason:
        click.echo(str(reason), err=True)
        sys.exit(USAGE)
    for path in written:
        click.echo(f"已写出 {path}")
    if not written:
        click.echo("各章的评述文件都已有了，未改动。")
