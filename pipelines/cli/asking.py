"""Commands that ask a published release: why, what if, what changed, what to check, what to correct.

Belongs here: options and what is printed. Answers are worked out in `pipelines.questions`.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import click

from pipelines.cli.command import USAGE, home_option, main


@main.command()
@click.option("--region", required=True, help="省、市、县级单位或培训机构的代码")
@click.option("--out", default=Path(), type=click.Path(path_type=Path), help="写到哪个目录，默认为当前目录")
@click.option(
    "--by",
    type=click.Choice(["county", "institution", "file"]),
    default="county",
    show_default=True,
    help="全省的清单按县、机构或来源文件分册",
)
@home_option
def slips(region: str, out: Path, by: Literal["county", "institution", "file"], home: Path | None) -> None:
    """导出退回清单（xlsx）：哪一条记录的哪一列被退回，为什么，怎么改。"""
    from pipelines.questions.places import UnknownPlace, find
    from pipelines.questions.slips import NoSlips, write_slips
    from pipelines.release.home import data_home

    try:
        written = write_slips(find(data_home(home), region), out, by)
    except (UnknownPlace, NoSlips) as reason:
        raise click.UsageError(str(reason)) from reason
    click.echo(f"已写出 {len(written)} 份退回清单：" if written else "没有被退回的行。")
    for path in written:
        click.echo(f"  {path.resolve()}")


@main.command("at-risk")
@click.option("--region", required=True, help="省、市、县级单位或学校的代码")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="另存为 .xlsx")
@home_option
def at_risk(region: str, out: Path, home: Path | None) -> None:
    """导出周期预警名单（xlsx）：教师编号、学校、还缺什么、截止日期。含教师编号，勿公布。"""
    from pipelines.questions import workbook
    from pipelines.questions.at_risk import NoTeachers, listing
    from pipelines.questions.places import UnknownPlace, find
    from pipelines.release.home import data_home

    if out.suffix.lower() != ".xlsx":
        raise click.UsageError(f"--out 请写 .xlsx 文件名，现为 {out.name}")
    try:
        found = listing(find(data_home(home), region))
    except (UnknownPlace, NoTeachers) as reason:
        raise click.UsageError(str(reason)) from reason
    workbook.write(found, out)
    told = f"{found.rows.height:,} 人次" if found.rows.height else "没有预警教师，名单为空"
    click.echo(f"已写出周期预警名单（{told}）：{out}")


@main.command()
@click.argument("finding_id", required=False)
@click.option("--clause", help="条款编号，如 HI-2017/09.4")
@click.option("--subject", help="对象编号：教师、项目、机构、县级单位等")
@click.option("--period", help="期间：2019、2016-2020，或项目、批次编号；只有一个时可不写")
@click.option("--region", help="省码；默认在各省当前发布里找")
@click.option("--json", "as_json", is_flag=True, help="给程序用的凭据（格式见 docs/receipt.md）")
@home_option
def explain(
    finding_id: str | None,
    clause: str | None,
    subject: str | None,
    period: str | None,
    region: str | None,
    as_json: bool,
    home: Path | None,
) -> None:
    """说明一条结论：条文、算式与数字、约定、敏感性、来源的文件与行号。"""
    from models import explanation
    from models.receipt import receipt
    from pipelines.questions.explaining import NotFound, Question, explained
    from pipelines.release.home import data_home

    if (finding_id is None) == (clause is None or subject is None):
        raise click.UsageError(
            "请写结论编号，或写 --clause 与 --subject（例：--clause HI-2017/09.4 --subject 教师编号）"
        )
    place = data_home(home)
    try:
        found = explained(place, Question(finding_id, clause, subject, period), region)
    except NotFound as reason:
        click.echo(str(reason), err=True)
        sys.exit(USAGE)
    if as_json:
        click.echo(json.dumps(receipt(found), ensure_ascii=False, indent=2))
    else:
        click.echo(explanation.as_text(found), nl=False)


@main.command("plan-checks")
@click.argument("year", type=click.IntRange(2000, 2100))
@click.option("--region", required=True, help="省码、市码或县级单位代码")
@click.option("--seed", required=True, type=int, help="随机种子；同一种子，同一名单")
@click.option("--out", type=click.Path(path_type=Path), help="另存为 .xlsx 或 .csv")
@home_option
def plan_checks(year: int, region: str, seed: int, out: Path | None, home: Path | None) -> None:
    """列出抽查名单：补足每个县的抽查配额，按风险加权，按级别和机构分层，可重现。"""
    from models.rules_in_force import spot_check_quota
    from pipelines.questions import planning
    from pipelines.release.home import data_home

    try:
        quota = spot_check_quota(region, year)
        if quota is None:
            raise click.UsageError(f"{year} 年 {region} 所在地没有生效的抽查比例规定，没有配额可补；请核对年度。")
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
@click.option("--out", type=click.Path(path_type=Path), help="把改变的每一条结论写成 .csv（含教师编号，勿公布）")
@home_option
def whatif(policy: Path, region: str | None, out: Path | None, home: Path | None) -> None:
    """设想条款另有规定：哪些结论会改变，按条款和县列出。"""
    from models.law import PolicyError, load_policies
    from models.whatif import in_words, read_overlay, settings_in_words
    from pipelines.questions.supposing import suppose
    from pipelines.release.home import data_home

    place = data_home(home)
    try:
        asked = read_overlay(policy, load_policies())
    except PolicyError as reason:
        raise click.UsageError(str(reason)) from reason
    found = list(suppose(place, asked, [region] if region else place.provinces()))
    if not found:
        raise click.UsageError(
            "没有哪个省的当前发布受这些条款约束；请核对条款编号与 --region，或先运行 shixun refresh。"
        )
    for clause in asked.clauses:
        click.echo(in_words(load_policies().clause(clause.id), clause, found[0].as_of))
    for line in settings_in_words(load_policies(), asked):
        click.echo(line)
    for one in found:
        print_supposed(one)
    if out is not None:
        write_listing(out, [one.flips for one in found])


def print_supposed(one: Any) -> None:
    """Prints one province's flips by clause and county."""
    from models.explanation import verdict_words
    from models.law import load_policies
    from models.whatif import GONE

    def word(clause_id: str, verdict: str) -> str:
        is_trigger = load_policies().clause(clause_id).trigger
        return GONE if verdict == GONE else verdict_words({"verdict": verdict, "is_trigger": is_trigger})

    click.echo(f"\n{one.province}　发布 {one.release}：重判 {one.judged:,} 条，改变 {one.flips.height:,} 条")
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
    from pipelines.questions.listing import write_csv

    rows = write_csv(out, frames)
    click.echo(f"已写出 {rows:,} 条：{out}")


@main.command()
@click.argument("release_a")
@click.argument("release_b")
@click.option("--out", type=click.Path(path_type=Path), help="把每一条变化写成 .csv（含教师编号，勿公布）")
@home_option
def diff(release_a: str, release_b: str, out: Path | None, home: Path | None) -> None:
    """比较两次发布：哪些结论变了，因为数据、规则还是代码。"""
    from pipelines.questions.comparing import NoSuchRelease, compare
    from pipelines.release.home import data_home

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
            f"{row['findings']} 条（改变 {row['flipped']}，新增 {row['added']}，消失 {row['gone']}{doubt}）"
        )
    if out is not None:
        write_listing(out, [found.changes])
