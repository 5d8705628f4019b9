"""`shixun`: the command behind the make targets, a thin layer over the Dagster job.

Belongs here: options, exit codes and what is printed. Whatever it starts lives in the room that does it; heavy rooms
are imported by the command that needs them.
"""

import functools
import http.server
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import click

os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "yes")

DONE, BROKEN, USAGE, REFUSED, NO_DUMP = 0, 1, 2, 3, 4
"""Exit codes. BROKEN is a fault of the machine or of ours; the others are explained in the README."""
DEMO_PROVINCE, DEMO_YEAR = "330000", 2020


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
    from pipelines.settings import provinces

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
    """--home, else SHIXUN_HOME, else data/home in the clone."""
    return click.option(
        "--home", type=click.Path(path_type=Path), help="数据目录（默认取 SHIXUN_HOME，其次 data/home）"
    )(command)


provinces_option = click.option("--provinces", callback=province_list, help="省码，逗号分隔；默认全部")


class Told(click.Group):
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
            sys.exit(BROKEN)


def sentence_of(error: Exception) -> str | None:
    """What to tell a person about an error that is no fault of the program; None for one that is."""
    from pipelines.io import machine
    from pipelines.io.release import ReleaseDamaged

    return str(error) if isinstance(error, ReleaseDamaged) else machine.told(error)


@click.group(cls=Told, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """师训：教师培训是否依规，夜夜算清，条条有据。"""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logger = logging.getLogger("shixun")
    logger.setLevel(logging.INFO)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Clocked())
    logger.handlers = [handler]  # a second command in one process has its own stream and its own clock
    logger.propagate = False


class Clocked(logging.Formatter):
    """Progress lines with the seconds since the command began; warnings marked by word."""

    def __init__(self) -> None:
        super().__init__()
        self.began = time.monotonic()

    def format(self, record: logging.LogRecord) -> str:
        mark = {logging.WARNING: "注意 ", logging.ERROR: "错误 "}.get(record.levelno, "")
        return f"{time.monotonic() - self.began:7.1f}s  {mark}{record.getMessage()}"


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
    write_sample(out, provinces, teachers, seed, fmt, clean=clean)


def write_sample(
    out: Path, provinces: Sequence[str] | None, teachers: int | None, seed: int, fmt: str, *, clean: bool
) -> None:
    """Writes sample dumps, one progress line a file."""
    from data import synthetic

    log = logging.getLogger("shixun")
    options: dict[str, Any] = {"seed": seed, "fmt": fmt, "clean": clean}
    if provinces:
        options["provinces"] = tuple(provinces)
    if teachers:
        options["teachers"] = teachers
    try:
        written = synthetic.generate(
            out, **options, progress=lambda w: log.info("%s %s %s 行", w.province, w.path.name, f"{w.rows:,}")
        )
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from wrong
    click.echo(f"已写出 {len(written)} 个文件，共 {sum(w.rows for w in written):,} 行：{out}")


@main.command()
@click.option("--dumps", required=True, type=click.Path(path_type=Path), help="转储目录：<省码>/<年-月-日>/<文件>")
@home_option
@provinces_option
@click.option("--as-of", callback=day, help="把哪一天当作今天（默认：最新转储的日期）")
def refresh(dumps: Path, home: Path | None, provinces: list[str] | None, as_of: date | None) -> None:
    """一夜：读入、入仓、计算、判定、检查、发布。"""
    sys.exit(night(dumps, home, provinces, as_of))


def night(dumps: Path, home: Path | None, provinces: Sequence[str] | None, as_of: date | None) -> int:
    """Runs one night, prints what came of it, returns the exit code."""
    from pipelines.folders import data_home
    from pipelines.io.home import HomeUnusable

    place = data_home(home)
    asked = provinces or found_provinces(dumps)
    if not asked:
        click.echo(
            f"{dumps} 里没有可读的转储。请按 <转储目录>/<6位省码>/<年-月-日>/<文件> 放好，"
            "例如 data/dumps/330000/2021-11-30/教师信息.csv。",
            err=True,
        )
        return NO_DUMP
    from pipelines.nightly import run_night

    try:
        outcomes = run_night(place, dumps.absolute(), asked, as_of)
    except HomeUnusable as reason:
        click.echo(str(reason), err=True)
        return USAGE
    return told(outcomes, place.path)


def found_provinces(dumps: Path) -> list[str]:
    """The province folders there are; folders named for no province we have law for are named aloud."""
    from pipelines.settings import provinces

    if not dumps.is_dir():
        return []
    known = provinces()
    folders = sorted(entry.name for entry in dumps.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    for name in folders:
        if name not in known:
            click.echo(f"注意 {dumps / name}：不是已收入政策文件的省码，未读入。", err=True)
    return [name for name in folders if name in known]


def told(outcomes: Sequence[Any], home: Path) -> int:
    """Prints each province's outcome and returns the night's exit code."""
    from pipelines.one_province import Ending
    from pipelines.settings import provinces

    names = provinces()
    for outcome in outcomes:
        click.echo(
            f"{names[outcome.province]}（{outcome.province}）：{outcome.ending.value} {outcome.release or ''}".rstrip()
        )
        for reason in outcome.reasons:
            click.echo(f"  · {reason}")
    endings = [outcome.ending for outcome in outcomes]
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
    done = dumps / ".complete"
    if done.exists():
        click.echo(f"沿用已有的模拟转储：{dumps}")
    else:
        write_sample(dumps, None, None, 1, "mixed", clean=False)
        done.touch()
    code = night(dumps, home, None, None)
    if code == DONE:
        show_places(home)
    sys.exit(code)


def show_places(home: Path | None) -> None:
    """Writes the sample's yearly report and prints where everything is."""
    from pipelines import report as yearly
    from pipelines.folders import data_home

    place = data_home(home)
    reports = yearly.kept(place, DEMO_YEAR, DEMO_PROVINCE)
    yearly.write(place, DEMO_YEAR, DEMO_PROVINCE, reports, progress=logging.getLogger("shixun").info)
    current = place.current(DEMO_PROVINCE)
    click.echo("\n可以看了：")
    click.echo(f"  门户网页  {place.site}/index.html   （或运行 make serve）")
    click.echo(f"  年度报告  {reports}")
    click.echo(f"  数据仓    {current}/warehouse.duckdb")
    click.echo(f"  质量页    {current}/quality/index.html")
    click.echo(f"  清单      {current}/manifest.json")


@main.command()
@home_option
def prepare(home: Path | None) -> None:
    """建好数据目录与 Dagster 的设置，并了结随机器一起倒下的运行；在守护进程启动之前运行。"""
    from dagster import DagsterInstance

    from pipelines.dagster_home import prepare_dagster
    from pipelines.dead_runs import end_dead_runs
    from pipelines.folders import data_home

    place = data_home(home).prepare()
    folder = prepare_dagster(place)
    click.echo(folder)
    with DagsterInstance.from_config(str(folder)) as instance:
        dead = end_dead_runs(place, instance)
    for province in dead:
        click.echo(f"{province}：有一夜随它的进程中断了，已了结；下一夜会从头算。")


@main.command()
@click.option("--region", required=True, help="省码")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="写到哪个目录")
@click.option(
    "--by",
    type=click.Choice(["county", "institution", "file"]),
    default="county",
    show_default=True,
    help="按县、机构或来源文件分册",
)
@home_option
def slips(region: str, out: Path, by: Literal["county", "institution", "file"], home: Path | None) -> None:
    """导出退回清单（xlsx）：哪一行哪一列被退回，为什么，怎么改。"""
    from pipelines.folders import data_home
    from pipelines.io.slips import write_slips

    current = data_home(home).current_release(region)
    if current is None:
        raise click.UsageError(f"{region} 还没有发布。请先运行 shixun refresh。")
    written = write_slips(current / "warehouse.duckdb", out, by)
    click.echo(f"已写出 {len(written)} 份退回清单：{out}" if written else "没有被退回的行。")


@main.command()
@click.argument("finding_id", required=False)
@click.option("--clause", help="条款编号，如 HI-2017/09.4")
@click.option("--subject", help="对象编号：教师、项目、机构、县级单位等")
@click.option("--period", help="期间：2019、2016-2020，或项目、批次编号；只有一个时可不写")
@click.option("--region", help="省码；默认在各省当前发布里找")
@home_option
def explain(
    finding_id: str | None,
    clause: str | None,
    subject: str | None,
    period: str | None,
    region: str | None,
    home: Path | None,
) -> None:
    """说明一条结论：条文、算式与数字、约定、敏感性、来源的文件与行号。"""
    from models import explanation
    from pipelines.folders import data_home
    from pipelines.io.explaining import Asked, NotFound, explained

    if (finding_id is None) == (clause is None or subject is None):
        raise click.UsageError(
            "请写结论编号，或写 --clause 与 --subject（例：--clause HI-2017/09.4 --subject 教师编号）"
        )
    place = data_home(home)
    try:
        click.echo(explanation.told(explained(place, Asked(finding_id, clause, subject, period), region)), nl=False)
    except NotFound as reason:
        click.echo(str(reason), err=True)
        sys.exit(USAGE)


@main.command("plan-checks")
@click.argument("year", type=click.IntRange(2000, 2100))
@click.option("--region", required=True, help="省码、市码或县级单位代码")
@click.option("--seed", required=True, type=int, help="随机种子；同一种子，同一名单")
@click.option("--out", type=click.Path(path_type=Path), help="另存为 .xlsx 或 .csv")
@home_option
def plan_checks(year: int, region: str, seed: int, out: Path | None, home: Path | None) -> None:
    """列出抽查名单：补足每个县的抽查配额，按风险加权，按级别和机构分层，可重现。"""
    from models.tables import spot_check_quota
    from pipelines.folders import data_home
    from pipelines.io import planning

    try:
        quota = spot_check_quota(date(year, 12, 31))
        checks = planning.draw(data_home(home), year, region, seed, quota)
        if out is not None:
            planning.write(checks, out)
    except (planning.NothingToPlan, ValueError) as reason:
        raise click.UsageError(str(reason)) from reason
    for line in planning.summary(checks):
        click.echo(line)
    for row in checks.rows.iter_rows(named=True):
        click.echo(
            f"  {row['序号']:>3}  {row['县级单位']}  {row['项目编号']}  {row['项目名称'] or '—'}  {row['级别']}  "
            f"{row['机构名称'] or row['机构代码']}  权重 {row['权重']}（{row['权重构成'] or '无风险项'}）"
        )
    if out is not None:
        click.echo(f"已写出 {checks.rows.height} 个项目：{out}")


@main.command()
@click.option("--policy", required=True, type=click.Path(path_type=Path), help="设想的条款值（YAML）")
@click.option("--region", help="省码；默认各省的当前发布")
@click.option("--out", type=click.Path(path_type=Path), help="把翻转的每一条结论写成 .csv（含教师编号，勿公布）")
@home_option
def whatif(policy: Path, region: str | None, out: Path | None, home: Path | None) -> None:
    """设想条款另有规定：哪些结论会翻转，按条款和县列出。"""
    from models.policies import PolicyError, load_policies
    from models.whatif import in_words, read_overlay
    from pipelines.folders import data_home
    from pipelines.io.supposing import suppose

    place = data_home(home)
    try:
        changed = read_overlay(policy, load_policies())
    except PolicyError as reason:
        raise click.UsageError(str(reason)) from reason
    found = list(suppose(place, changed, [region] if region else place.provinces()))
    if not found:
        raise click.UsageError(
            "没有哪个省的当前发布受这些条款约束；请核对条款编号与 --region，或先运行 shixun refresh。"
        )
    for clause in changed:
        click.echo(in_words(load_policies().clause(clause.id), clause, found[0].as_of))
    for one in found:
        told_supposed(one)
    if out is not None:
        write_listing(out, [one.flips for one in found])


def told_supposed(one: Any) -> None:
    """Prints one province's flips by clause and county."""
    from models.explanation import verdict_words
    from models.policies import load_policies
    from models.whatif import GONE

    def word(clause_id: str, verdict: str) -> str:
        is_trigger = load_policies().clause(clause_id).trigger
        return GONE if verdict == GONE else verdict_words({"verdict": verdict, "is_trigger": is_trigger})

    click.echo(f"\n{one.province}　发布 {one.release}：重判 {one.judged:,} 条，翻转 {one.flips.height:,} 条")
    if not one.is_law_of_today:
        click.echo("  注意：这次发布用的是较早的条款文件，前后两边都按现在的条款文件重判。")
    for name in one.skipped:
        click.echo(f"  {name}：这次发布缺数据，未能判定，略过。")
    for row in one.counts.iter_rows(named=True):
        before, after = (word(row["clause_id"], row[f"verdict_{side}"]) for side in ("before", "after"))
        click.echo(
            f"  {row['clause_id']}  {row['unit_id'] or '—'} {row['unit_name'] or '辖区不详'}：{before} → {after}  "
            f"{row['findings']} 条（{row['subjects']} 个对象）"
        )


def write_listing(out: Path, frames: Sequence[Any]) -> None:
    """Writes frames below one another as CSV for a spreadsheet."""
    from pipelines.io.listing import write_csv

    rows = write_csv(out, frames)
    click.echo(f"已写出 {rows:,} 条：{out}")


@main.command()
@click.argument("year", type=click.IntRange(2000, 2100))
@click.option("--region", required=True, help="省码、市码或县级单位代码")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="写到哪个目录")
@click.option("--format", "formats", default="docx,pdf,xlsx,html", show_default=True, callback=format_list)
@home_option
def report(year: int, region: str, out: Path, formats: list[str], home: Path | None) -> None:
    """写出教师培训质量年度报告：Word、PDF、Excel 附表和单个网页，数字一致。"""
    from dashboards.report import ReportError
    from pipelines import report as yearly
    from pipelines.folders import data_home

    log = logging.getLogger("shixun")
    place = data_home(home)
    try:
        written = yearly.write(place, year, region, out, formats, log.info)
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
    from pipelines import report as yearly
    from pipelines.folders import data_home

    try:
        written = yearly.draft_commentary(data_home(home), year, region)
    except ReportError as reason:
        click.echo(str(reason), err=True)
        sys.exit(USAGE)
    for path in written:
        click.echo(f"已写出 {path}")
    if not written:
        click.echo("各章的评述文件都已有了，未改动。")


@main.command()
@click.argument("release_a")
@click.argument("release_b")
@click.option("--out", type=click.Path(path_type=Path), help="把每一条变化写成 .csv（含教师编号，勿公布）")
@home_option
def diff(release_a: str, release_b: str, out: Path | None, home: Path | None) -> None:
    """比较两次发布：哪些结论变了，因为数据、规则还是代码。"""
    from pipelines.folders import data_home
    from pipelines.io.comparing import NoSuchRelease, compare

    try:
        found = compare(data_home(home), release_a, release_b)
    except NoSuchRelease as reason:
        click.echo(str(reason), err=True)
        sys.exit(USAGE)
    click.echo(f"{found.province}　{found.before} → {found.after}：{found.changes.height:,} 条结论有变化")
    for line in found.differing or ("两次发布的转储、规则、代码都相同",):
        click.echo(f"  · {line}")
    for row in found.counts.iter_rows(named=True):
        doubt = f"；{row['uncertain']} 条代码也变了、可能也有影响" if row["uncertain"] else ""
        click.echo(
            f"  {row['clause_id']}  {row['unit_id'] or '—'} {row['unit_name'] or '辖区不详'}：因{row['cause']} "
            f"{row['findings']} 条（翻转 {row['flipped']}，新增 {row['added']}，消失 {row['gone']}{doubt}）"
        )
    if out is not None:
        write_listing(out, [found.changes])


@main.command()
@home_option
@click.option("--port", type=int, default=8350, show_default=True)
def serve(home: Path | None, port: int) -> None:
    """在本机 127.0.0.1 预览已发布的网页。"""
    from pipelines.folders import home_path

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
    from pipelines.folders import data_home
    from pipelines.private_copy import server

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
    from pipelines.folders import data_home
    from pipelines.io.doctor import examine
    from pipelines.io.versions import versions
    from pipelines.next_night import dagster_signs

    place = data_home(home)
    signs = [*examine(place, versions()), *dagster_signs(place)]
    for sign in signs:
        click.echo(f"{'✓' if sign.is_fine else '✗'} {sign.what}" + (f"。{sign.do}" if sign.do else ""))
    sys.exit(DONE if all(sign.is_fine for sign in signs) else BROKEN)


if __name__ == "__main__":
    main()
