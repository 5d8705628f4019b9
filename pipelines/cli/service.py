"""Commands of a deployment: preview, the private copy, the doctor."""

import functools
import http.server
import sys
from pathlib import Path

import click

from pipelines.cli.command import BROKEN, DONE, home_option, main


@main.command()
@home_option
@click.option("--port", type=int, default=8350, show_default=True)
def serve(home: Path | None, port: int) -> None:
    """在本机 127.0.0.1 预览已发布的网页。"""
    from pipelines.settings import home_path

    site = (home or home_path()).absolute() / "site"
    if not site.exists():
        raise click.UsageError(f"{site} 还没有网页。请先运行 make demo 或 shixun refresh。")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        click.echo(f"http://127.0.0.1:{port}/ （Ctrl+C 停止）")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("已停止")


@main.command()
@home_option
@click.option("--port", type=int, default=8351, show_default=True)
def private(home: Path | None, port: int) -> None:
    """分析人员的内部副本：公布的页面，每个数字都能点到转储的行（含教师编号，勿外传）。"""
    from pipelines.questions.private_copy import server
    from pipelines.release.home import data_home

    place = data_home(home)
    if not place.site.exists():
        raise click.UsageError(f"{place.site} 还没有网页。请先运行 make demo 或 shixun refresh。")
    with server(place, port) as running:
        click.echo(f"{running.address} （内部·含明细·不得外传；地址里的钥匙只此一次，Ctrl+C 停止）")
        try:
            running.serve_forever()
        except KeyboardInterrupt:
            click.echo("已停止")


@main.command()
@home_option
def doctor(home: Path | None) -> None:
    """检查数据目录：权限、密钥、磁盘、时钟、链接、校验和、最近一夜、守护进程、版本，并说明该做什么。"""
    from pipelines.operations.doctor import examine
    from pipelines.release.home import data_home
    from pipelines.release.versions import versions
    from pipelines.schedule.next_night import dagster_signs

    place = data_home(home)
    signs = [*examine(place, versions), *dagster_signs(place)]
    for sign in signs:
        click.echo(f"{'✓' if sign.is_fine else '✗'} {sign.what}" + (f"。{sign.do}" if sign.do else ""))
    sys.exit(DONE if all(sign.is_fine for sign in signs) else BROKEN)
