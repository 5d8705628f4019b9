"""Commands of the yearly report: draft and final, the analysts' own words for it, and the releases it stands on."""

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pipelines.cli.command import USAGE, format_list, home_option, main

BY_HAND = "人工固定"
"""Why a release is pinned by this command; a final report pins its own for its own reason."""


@main.command()
@click.argument("year", type=click.IntRange(2000, 2100))
@click.option("--region", required=True, help="省码、市码、县级单位代码或学校标识码")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="写到哪个目录")
@click.option("--format", "formats", default="docx,pdf,xlsx,html", show_default=True, callback=format_list)
@click.option("--release", help="用哪一个保存的发布；默认现行发布")
@click.option("--final", is_flag=True, help="出正式稿：须有各章审核过的评述和三个签署人")
@click.option("--compiled-by", default="", help="编制人（正式稿）")
@click.option("--reviewed-by", default="", help="审核人（正式稿）")
@click.option("--approved-by", default="", help="负责人（正式稿）")
@home_option
def report(out: Path, home: Path | None, **asked: Any) -> None:
    """写出教师培训质量年度报告：Word、PDF、Excel 附表和单个网页，数字一致；默认为征求意见稿。"""
    from pipelines.questions import report as yearly
    from pipelines.release.home import data_home

    log, place = logging.getLogger("shixun"), data_home(home)
    order = yearly.Order(asked["year"], asked["region"], asked["formats"], asked["release"])
    names = yearly.Names(asked["compiled_by"], asked["reviewed_by"], asked["approved_by"])
    if not asked["final"] and any(names.roles.values()):
        raise click.UsageError("签署人只用于正式稿：请加 --final，或去掉 --compiled-by、--reviewed-by、--approved-by")
    if asked["final"]:
        written = _or_say_why(lambda: yearly.write_final(place, order, names, out, log.info))
    else:
        written = _or_say_why(lambda: yearly.write(place, order, out, log.info))
    for path in written:
        click.echo(f"已写出 {path}")


@main.command()
@click.argument("year", type=click.IntRange(2000, 2100))
@click.option("--region", required=True, help="省码、市码或县级单位代码")
@click.option("--release", help="用哪一个保存的发布；默认现行发布")
@home_option
def commentary(year: int, region: str, release: str | None, home: Path | None) -> None:
    """备好年度报告的评述文件：每章一个 Markdown，记下所依据的发布；已有的不动。"""
    from pipelines.questions import report as yearly
    from pipelines.release.home import data_home

    order = yearly.Order(year, region, release=release)
    written = _or_say_why(lambda: yearly.draft_commentary(data_home(home), order))
    for path in written:
        click.echo(f"已写出 {path}")
    if not written:
        click.echo("各章的评述文件都已有了，未改动。")


@main.command()
@click.argument("release")
@home_option
def pin(release: str, home: Path | None) -> None:
    """固定一个发布：以后各夜清理旧发布时不删它。"""
    from pipelines.release import keep
    from pipelines.release.home import data_home
    from pipelines.release.portal import refresh_portal

    place = data_home(home)
    _or_say_why(lambda: keep.pin(place, release, BY_HAND))
    refresh_portal(place)
    click.echo(f"已固定 {release}，不会被清理；网页存档在 {place.path / 'archive' / release}。")


@main.command()
@click.argument("release")
@home_option
def unpin(release: str, home: Path | None) -> None:
    """解除固定；正式报告所据的发布不能解除。"""
    from pipelines.release import keep
    from pipelines.release.home import data_home
    from pipelines.release.portal import refresh_portal

    place = data_home(home)
    _or_say_why(lambda: keep.unpin(place, release, BY_HAND))
    refresh_portal(place)
    left = keep.pins(place).get(release)
    click.echo(f"已解除；它仍因“{'、'.join(left)}”保留。" if left else f"已解除 {release} 的固定，以后可能被清理。")


def _or_say_why(act: Callable[[], Any]) -> Any:
    """What an act gives; a sentence and exit code 2 where what was asked can't be done."""
    from dashboards.report import ReportError
    from pipelines.release.keep import NotKept

    try:
        return act()
    except (ReportError, NotKept) as reason:
        click.echo(str(reason), err=True)
        sys.exit(USAGE)
