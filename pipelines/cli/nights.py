"""Commands that make nights: sample dumps, one night, the demo, preparing a home.

Belongs here: what is printed of a night and its exit code. The night itself is run by `pipelines.schedule.nightly`.
"""

import logging
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import click

from models.night import NOTHING_ASKED, Asked
from pipelines.cli.command import (
    BROKEN,
    DONE,
    NO_DUMP,
    REFUSED,
    USAGE,
    day,
    home_option,
    main,
    provinces_option,
    show_progress,
)

DEMO_PROVINCE, DEMO_YEAR = "330000", 2020


@dataclass(frozen=True)
class Begun:
    """A command's night: where, of which dumps, what is asked of it, and when it began by `time.monotonic`."""

    home: Path
    dumps: Path
    asked: Asked
    began: float


Nights = Callable[[Begun, Sequence[str], str | None], list[Any]]
"""Runs the nights of provinces in this process; what is said when a signal stops it, or the usual."""


@main.command()
@click.option("--out", required=True, type=click.Path(path_type=Path), help="写到哪个目录")
@provinces_option
@click.option("--teachers", type=click.IntRange(min=1), default=None, help="教师总数（默认三省共 32000）")
@click.option("--seed", type=int, default=1, show_default=True, help="随机种子；同一种子，同样的字节")
@click.option(
    "--format", "fmt", type=click.Choice(["mixed", "csv", "xlsx", "parquet"]), default="mixed", show_default=True
)
@click.option("--clean", is_flag=True, help="整洁的转储：没有脏样式")
def generate(out: Path, provinces: list[str] | None, teachers: int | None, seed: int, fmt: str, *, clean: bool) -> None:
    """写出模拟转储（全部数据为虚构）。"""
    asked: dict[str, Any] = {"seed": seed, "fmt": fmt, "clean": clean}
    if provinces:
        asked["provinces"] = tuple(provinces)
    if teachers:
        asked["teachers"] = teachers
    write_sample(out, asked)


def write_sample(out: Path, asked: Mapping[str, Any]) -> None:
    """Writes sample dumps, one progress line a file; `asked` is what `synthetic.generate` may be told otherwise."""
    from data import synthetic

    log = logging.getLogger("shixun")
    try:
        written = synthetic.generate(
            out, **asked, progress=lambda w: log.info("%s %s %s 行", w.province, w.path.name, f"{w.rows:,}")
        )
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from wrong
    click.echo(f"已写出 {len(written)} 个文件，共 {sum(w.rows for w in written):,} 行：{out}")


@main.command()
@click.option("--dumps", required=True, type=click.Path(path_type=Path), help="转储目录：<省码>/<年-月-日>/<文件>")
@home_option
@provinces_option
@click.option("--as-of", callback=day, help="把哪一天当作今天（默认：最新转储的日期）")
@click.option("--snapshot", callback=day, help="读哪一天的转储文件夹（默认：最新的）；没有这个文件夹的省跳过")
@click.option("--jobs", type=click.IntRange(min=1), help="几个省并行（默认看内存与处理器）")
def refresh(dumps: Path, home: Path | None, provinces: list[str] | None, jobs: int | None, **days: date | None) -> None:
    """一夜：读入、入仓、计算、判定、检查、发布。"""
    from pipelines.release.home import data_home

    begun = Begun(data_home(home).path, dumps.absolute(), Asked(**days), time.monotonic())
    sys.exit(night(begun, provinces, jobs, night_of))


def night_of(begun: Begun, provinces: Sequence[str], stopped: str | None = None) -> list[Any]:
    """The nights of provinces, one after another in this process."""
    from pipelines.definitions import nightly_job
    from pipelines.release.home import data_home
    from pipelines.schedule.nightly import STOPPED, run_night

    place = data_home(begun.home)
    words = STOPPED if stopped is None else stopped
    return run_night(place, nightly_job(place.path, begun.dumps), provinces, begun.asked, words)


def night_beside(begun: Begun, nights: Nights, province: str) -> Any:
    """One province's night in a process of its own: its lines name the province, and a signal is told elsewhere."""
    show_progress(begun.began, province)
    (outcome,) = nights(begun, [province], "")
    return outcome


def night(begun: Begun, provinces: Sequence[str] | None, jobs: int | None, nights: Nights) -> int:
    """Runs one night, prints what came of it, returns the exit code."""
    from pipelines.release.home import HomeUnusable

    dumps = begun.dumps
    asked = provinces or found_provinces(dumps)
    if not asked:
        click.echo(
            f"{dumps} 里没有可读的转储。请按 <转储目录>/<6位省码>/<年-月-日>/<文件> 放好，"
            "例如 data/dumps/330000/2021-11-30/教师信息.csv。",
            err=True,
        )
        return NO_DUMP
    from pipelines.schedule.nightly import STOPPED
    from pipelines.schedule.side_by_side import at_once, run_beside
    from pipelines.schedule.stopping import stopped_at_once
    from pipelines.settings import row_change_limits

    try:
        row_change_limits()
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from wrong
    together = min(jobs or at_once(dumps, asked), len(asked))
    try:
        if together == 1:
            return print_outcomes(nights(begun, asked, None), begun.home)
        with stopped_at_once(STOPPED):
            outcomes = run_beside(asked, together, partial(night_beside, begun, nights))
    except HomeUnusable as reason:
        click.echo(str(reason), err=True)
        return USAGE
    return print_outcomes(outcomes, begun.home)


@main.command()
@click.argument("province")
@click.argument("rule")
@click.option("--reason", required=True, help="为什么接受：会记入日志、清单和数据质量页")
@click.option("--by", required=True, help="谁接受")
@home_option
def accept(province: str, rule: str, reason: str, by: str, home: Path | None) -> None:
    """接受闸门对一次转储的一项拦截；只对这一次转储的这些文件有效，下一夜照常发布。"""
    from pipelines.operations import acceptance
    from pipelines.release.home import data_home

    try:
        found = acceptance.accept(data_home(home), province, rule, reason, by)
    except acceptance.NotAcceptable as fault:
        raise click.UsageError(str(fault)) from fault
    click.echo(f"已记下：{province} {found.rule}，{found.in_words()}。请再运行一次 shixun refresh。")


def found_provinces(dumps: Path) -> list[str]:
    """The province folders there are; folders named for no province we have law for are named aloud."""
    from models.law import provinces

    if not dumps.is_dir():
        return []
    known = provinces()
    folders = sorted(entry.name for entry in dumps.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    for name in folders:
        if name not in known:
            click.echo(f"注意 {dumps / name}：不是已收入政策文件的省码，未读入。", err=True)
    return [name for name in folders if name in known]


def print_outcomes(outcomes: Sequence[Any], home: Path) -> int:
    """Prints each province's outcome and returns the night's exit code."""
    from models.law import provinces
    from pipelines.schedule.one_province import Ending

    names = provinces()
    for outcome in outcomes:
        click.echo(
            f"{names[outcome.province]}（{outcome.province}）：{outcome.ending.value} {outcome.release or ''}".rstrip()
        )
        for reason in outcome.reasons:
            click.echo(f"  · {reason}")
    endings = [outcome.ending for outcome in outcomes if outcome.ending is not Ending.SKIPPED]
    if Ending.FAILED in endings:
        click.echo("未完成的省沿用上一次发布；排除原因后再运行一次即可。", err=True)
        return BROKEN
    if all(ending is Ending.NO_DUMP for ending in endings):
        return NO_DUMP
    if any(ending is not Ending.PUBLISHED for ending in endings):
        click.echo(f"未放行的省沿用上一次发布；原因见 {home}/refused/<省码>/quality/index.html", err=True)
        return REFUSED
    return DONE


@main.command()
@click.option("--dumps", required=True, type=click.Path(path_type=Path))
@home_option
def demo(dumps: Path, home: Path | None) -> None:
    """三省模拟转储跑一夜，写一份年度报告，并告诉你去哪里看。"""
    from data import synthetic
    from pipelines.release.home import data_home

    place, done = data_home(home), dumps / ".complete"
    if done.exists():
        click.echo(f"沿用已有的模拟转储：{dumps}")
    begun = Begun(place.path, dumps.absolute(), NOTHING_ASKED, time.monotonic())
    code = night(begun, synthetic.PROVINCES, None, demo_nights)
    if code == DONE:
        done.touch()
        show_places(place)
    sys.exit(code)


def demo_nights(begun: Begun, provinces: Sequence[str], stopped: str | None) -> list[Any]:
    """The nights of the demo: each province's sample is written first where there is none, one's report afterwards."""
    from data import synthetic

    shares = synthetic.shares(synthetic.PROVINCES)
    if not (begun.dumps / ".complete").exists():
        for province in provinces:
            write_sample(begun.dumps, {"provinces": (province,), "teachers": shares[province]})
    outcomes = night_of(begun, provinces, stopped)
    if any(outcome.province == DEMO_PROVINCE and outcome.release for outcome in outcomes):
        write_demo_report(begun.home)
    return outcomes


def write_demo_report(home: Path) -> None:
    """Writes the sample's yearly report, unless it was written of this very release."""
    from pipelines.questions import report as yearly
    from pipelines.release.home import data_home

    place = data_home(home)
    reports = yearly.reports_folder(place, DEMO_YEAR, DEMO_PROVINCE)
    switched = place.current(DEMO_PROVINCE).lstat().st_mtime
    written = [path.stat().st_mtime for path in reports.glob("*")]
    if not written or min(written) <= switched:
        yearly.write(place, yearly.Order(DEMO_YEAR, DEMO_PROVINCE), reports, logging.getLogger("shixun").info)


def show_places(place: Any) -> None:
    """Prints where everything is."""
    from pipelines.questions import report as yearly

    current = place.current(DEMO_PROVINCE)
    click.echo("\n可以看了：")
    click.echo(f"  门户网页  {place.site}/index.html   （或运行 make serve）")
    click.echo(f"  年度报告  {yearly.reports_folder(place, DEMO_YEAR, DEMO_PROVINCE)}")
    click.echo(f"  数据仓    {current}/warehouse.duckdb")
    click.echo(f"  质量页    {current}/quality/index.html")
    click.echo(f"  清单      {current}/manifest.json")


@main.command()
@home_option
@click.option("--new-key", is_flag=True, help="身份散列密钥丢失或损坏且没有备份时，换一把新的；完好的不换")
def prepare(home: Path | None, *, new_key: bool) -> None:
    """建好数据目录与 Dagster 的设置，并了结随机器一起倒下的运行；在守护进程启动之前运行。"""
    from dagster import DagsterInstance

    from pipelines.release.column_lineage import keep_lineage
    from pipelines.release.home import HomeUnusable, data_home
    from pipelines.schedule.dagster_home import prepare_dagster
    from pipelines.schedule.dead_runs import end_dead_runs

    place = data_home(home)
    try:
        if new_key:
            place.renew_identity_key()
            click.echo("已换新的身份散列密钥：此后的身份散列与以往的发布不再相同。请立即备份 identity.key。")
        place.prepare()
    except HomeUnusable as reason:
        click.echo(str(reason), err=True)
        sys.exit(USAGE)
    folder = prepare_dagster(place)
    keep_lineage(place)
    click.echo(folder)
    with DagsterInstance.from_config(str(folder)) as instance:
        dead = end_dead_runs(place, instance)
    for province in dead:
        click.echo(f"{province}：有一夜随它的进程中断了，已了结；下一夜会从头算。")
