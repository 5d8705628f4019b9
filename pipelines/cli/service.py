"""Commands of a deployment: preview, the private copy, the doctor."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
    from pipelines.questions.preview import preview

    run(lambda: preview(site, port), lambda server: f"http://127.0.0.1:{server.server_port}/ （Ctrl+C 停止）", port)


def run(bound: Callable[[], Any], greeting: Callable[[Any], str], port: int) -> None:
    """Binds a server, says where it is, serves until Ctrl+C."""
    try:
        server = bound()
    except (OSError, OverflowError) as error:
        raise click.UsageError(f"端口 {port} 用不了（{error}）。请关掉占用它的程序，或用 --port 另选一个。") from error
    with server:
        click.echo(greeting(server))
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
    run(
        lambda: server(place, port),
        lambda it: f"{it.address} （内部·含明细·不得外传；钥匙只能用一次，Ctrl+C 停止）",
        port,
    )


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
