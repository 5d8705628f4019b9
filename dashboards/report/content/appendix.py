"""The appendix: formulas, clause coverage, data quality, terms, how to verify, and the tables by county."""

from collections import Counter
from collections.abc import Iterable, Sequence

import polars as pl

from dashboards.report.content import indicators as of
from dashboards.report.content.clauses import clause_number
from dashboards.report.content.institutions import RANKED, ranking, rated
from dashboards.report.content.monitoring import quota_rows
from dashboards.report.content.wording import HIDDEN_NOTE, MISSING_NOTE, absent, run, say
from dashboards.report.earlier import Earlier
from dashboards.report.facts import Facts
from dashboards.report.laws import Law
from dashboards.report.model import Block, Cell, Column, Indicator, Number, Ref, Section, Table, plain
from dashboards.site.measures import COVERAGE, CYCLE
from dashboards.site.verdicts import mark
from models.contracts import staging_contracts
from models.law import load_policies
from models.marts.suppression import MINIMUM

STATUS = {"evaluated": "已判定", "data_missing": "缺数据", "manual": "须人工判断"}
TERMS = (
    ("周期", "教师考核以固定起止年度的若干年为一周期。"),
    ("达标", "达到该条款要求。进行中、无法判定和不适用的不计入达标率。"),
    ("无法判定", "证据缺失或样本不足，不能得出结论，不按达标也不按未达标计。"),
    ("疑似触发", "机器比对结果达到处理条款的界线，须由教育行政部门核实后认定。"),
    ("抽查覆盖率", "县级监控机构当年抽查的项目占应计项目的比例，同一项目只计一次。"),
    ("学员满意率", "匿名学评教有效答卷中很满意与满意所占比例，按答卷合并计算，不取项目平均。"),
    ("校本培训", "中小学校组织、面向本校教师的培训。"),
)
REASONS = 20
"""So many reasons for rejecting are told apart; the quality page has them all."""
REVISIONS = 40
"""So many changed figures are listed; the workbooks hold all of both reports."""
READ, STAGED, REJECTED, DUPLICATE, TOTALS = "读入", "入库", "退回", "重复", "合计行"


def chapter(facts: Facts, law: Law, said: Sequence[Number], earlier: Earlier | None) -> Section:
    """The appendix; `said` are the numbers of the chapters before it, `earlier` last year's published ones."""
    used = dict.fromkeys(number.indicator for number in said)
    return Section(
        "appendix",
        "附录",
        parts=(
            Section("appendix.methods", "指标口径与约定", tuple(_methods(facts, law, used))),
            Section("appendix.coverage", "条款覆盖情况", tuple(_coverage(facts))),
            Section("appendix.quality", "数据质量与未计入的数据", tuple(_quality(facts))),
            Section("appendix.terms", "名词解释", tuple(_terms())),
            Section("appendix.revisions", "与上年已公布数据的差异", tuple(_revisions(facts, earlier))),
            Section("appendix.verify", "核验方法", tuple(_verify(facts))),
            *(
                [Section("appendix.tables", "分县（市、区）附表", tuple(_counties(facts, law)))]
                if len(facts.counties) > 1
                else []
            ),
        ),
    )


def _methods(facts: Facts, law: Law, used: Iterable[Indicator]) -> list[Block]:
    clauses = facts.clauses
    rows: list[tuple[Cell, ...]] = [
        (one.title, one.unit, one.formula, "、".join(id_ for id_ in one.clauses if id_ in clauses) or "—")
        for one in used
        if not one.key.endswith("_change")
    ]
    rows.append(("比上年增减", "同该指标", "本年数减上年数，均取列出的数；比率以百分点计", "—"))
    return [
        say(
            "比较一律用未经舍入的数进行；本报告所列数字只在列出时四舍五入一次，比率保留一位小数。"
            f"人数或有效答卷不足{MINIMUM}的不予公布。缺失的数据列为“—”，不按0计，也不按达标计。",
        ),
        say(f"本报告依据{law.basis}。各指标口径见", Ref("methods"), "。"),
        Table(
            "methods",
            "指标口径",
            (
                Column("指标", share=1.6, is_text=True),
                Column("单位", share=0.7, is_text=True),
                Column("口径", share=3.4, is_text=True),
                Column("相关条款", share=2.0, is_text=True),
            ),
            tuple(dict.fromkeys(rows)),
        ),
    ]


def _coverage(facts: Facts) -> list[Block]:
    clauses = list(facts.clauses.values())
    if not clauses:
        return [absent("发布中没有条款目录。")]
    tally = Counter(row["status"] for row in clauses)
    reasons = {row["clause_id"]: facts.reason(row) for row in clauses}
    has_reasons = any(reasons.values())
    rows: list[tuple[Cell, ...]] = [
        (
            *(row["clause_id"], plain(row["title"]), STATUS.get(row["status"], plain(row["status"]))),
            *([reasons[row["clause_id"]]] if has_reasons else []),
        )
        for row in clauses
    ]
    return [
        say(
            *("本省现行文件收入条款", clause_number(facts, len(clauses), "all"), "条，其中已判定"),
            *(clause_number(facts, tally["evaluated"], "evaluated"), "条，缺数据"),
            *(clause_number(facts, tally["data_missing"], "missing"), "条，须人工判断"),
            *(clause_number(facts, tally["manual"], "manual"), "条，见", Ref("clause_list"), "。"),
        ),
        _documents(facts),
        Table(
            "clause_list",
            "条款目录与判定状态",
            (
                Column("条款", share=2.0, is_text=True),
                Column("要点", share=3.0, is_text=True),
                Column("状态", share=1.0, is_text=True),
                *([Column("说明", share=2.6, is_text=True)] if has_reasons else []),
            ),
            tuple(rows),
        ),
    ]


def _documents(facts: Facts) -> Table:
    """The documents clause ids begin with."""
    book = load_policies().documents
    found = list(dict.fromkeys(row["document"] for row in facts.clauses.values()))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (name, plain(book[name].title), plain(book[name].doc_no)) if name in book else (name, "—", "—")
        for name in found
    )
    return Table(
        "documents",
        "条款编号所指文件",
        (
            Column("编号", share=1.2, is_text=True),
            Column("文件", share=3.4, is_text=True),
            Column("文号", share=1.8, is_text=True),
        ),
        rows,
        ("条款编号由文件编号与条次组成，如“ZJ-2014-04/23.1”为该文件第二十三条第1项要求。",),
    )


def _quality(facts: Facts) -> list[Block]:
    counts = facts.region.table("audit.row_counts")
    blocks: list[Block] = []
    if counts.is_empty():
        return [absent("发布中没有行数账，数据质量从缺。")]
    sums = counts.group_by("table_name").agg(pl.col(name).sum() for name in _COUNTS).sort("table_name")
    rows: list[tuple[Cell, ...]] = [
        (_title(row["table_name"]), *(facts.number(of.ROWS, row[c], f"{row['table_name']}/{c}") for c in _COUNTS))
        for row in sums.iter_rows(named=True)
    ]
    read = facts.number(of.ROWS, int(sums["rows_read"].sum()), "read")
    staged = facts.number(of.ROWS, int(sums["rows_staged"].sum()), "staged")
    blocks.append(
        say(
            f"本次发布（全{facts.release.province_name[-1]}）读入",
            read,
            "行，入库",
            staged,
            "行，其余去向见",
            Ref("row_counts"),
            "。",
        )
    )
    blocks.append(
        Table(
            "row_counts",
            "转储数据的去向",
            (
                Column("数据表", share=1.8, is_text=True),
                *(Column(name, "行") for name in (READ, STAGED, REJECTED, DUPLICATE, TOTALS)),
            ),
            tuple(rows),
            ("读入＝入库＋退回＋重复＋合计行，逐文件平衡。",),
        )
    )
    return [*blocks, *_rejects(facts), *_gate(facts)]


_COUNTS = ("rows_read", "rows_staged", "rows_rejected", "rows_duplicate", "rows_dropped_total")


def _title(table: str) -> str:
    contract = staging_contracts().get(table)
    return contract.title if contract else plain(table)


def _rejects(facts: Facts) -> list[Block]:
    rejects = facts.region.table("marts.public_reject")
    if rejects.is_empty():
        return [say("没有被退回的行或单元格。")]
    sums = (
        rejects.group_by("table_name", "reason", "severity")
        .agg(pl.col("count").sum())
        .sort("count", "table_name", "reason", descending=[True, False, False])
    )
    rows: list[tuple[Cell, ...]] = [
        (
            _title(row["table_name"]),
            plain(row["reason"]),
            {"row": "行", "cell": "单元格"}.get(row["severity"], plain(row["severity"])),
            facts.number(of.REJECTS, row["count"], f"{row['table_name']}/{row['reason']}/{row['severity']}"),
        )
        for row in sums.head(REASONS).iter_rows(named=True)
    ]
    if sums.height > REASONS:
        rest = sums.tail(-REASONS)
        rows.append(
            (
                "其他",
                f"其余{rest.height}类原因",
                "行或单元格",
                facts.number(of.REJECTS, int(rest["count"].sum()), "rest"),
            )
        )
    return [
        Table(
            "rejects",
            "被退回的数据及原因",
            (
                Column("数据表", share=1.2, is_text=True),
                Column("原因", share=3.6, is_text=True),
                Column("范围", share=0.7, is_text=True),
                Column("数量"),
            ),
            tuple(rows),
            ("退回的行不计入任何统计；退回的单元格按缺失处理，该行其他内容照常计入。",),
        )
    ]


def _gate(facts: Facts) -> list[Block]:
    gate = facts.region.table("audit.gate")
    if gate.is_empty():
        return []
    failed = gate.filter(pl.col("success").fill_null(value=True).not_())
    checks = facts.number(of.CHECKS, gate.filter(pl.col("success").is_not_null()).height, "gate")
    warned = facts.number(of.CHECKS, failed.height, "gate/warned")
    return [say("发布前执行质量检查", checks, "项，提示性未通过", warned, "项，没有阻止发布的问题。")]


def _terms() -> list[Block]:
    rows: tuple[tuple[Cell, ...], ...] = TERMS
    return [
        Table("terms", "名词解释", (Column("名词", share=1, is_text=True), Column("解释", share=4, is_text=True)), rows)
    ]


def _revisions(facts: Facts, earlier: Earlier | None) -> list[Block]:
    """Figures of last year that now read otherwise than when they were published."""
    last = facts.year - 1
    if earlier is None:
        return [
            absent(
                f"没有保存{last}年度报告的已公布数据，无从比较。本报告所列{last}年数据均按本次发布重新计算，"
                "与当时公布的数据不一致的，应由编制人员核对说明。"
            )
        ]
    shared = {id_: number for id_, number in facts.made.items() if id_ in earlier.figures}
    changed = [number for number in shared.values() if number.text != earlier.figures[number.id]]
    compared = facts.number(of.FIGURES, len(shared), "shared")
    differing = facts.number(of.FIGURES, len(changed), "changed")
    lead = say(
        *(
            f"本报告与{last}年度报告（发布{plain(earlier.release)}）可比的数字",
            compared,
            "项，其中不一致的",
            differing,
            "项。",
        ),
        run("不一致源于其后补登、更正的数据，或条款、口径版本的变化，逐项见", Ref("revisions"), "。")
        if changed
        else "",
    )
    if not changed:
        return [lead]
    rows: list[tuple[Cell, ...]] = [
        (number.indicator.title, _place(facts, number), plain(earlier.figures[number.id]), number)
        for number in changed[:REVISIONS]
    ]
    more = (f"另有{len(changed) - REVISIONS}项不一致，见附表工作簿“核验清单”。",) if len(changed) > REVISIONS else ()
    return [
        lead,
        Table(
            "revisions",
            f"与{last}年度报告不一致的数字",
            (
                Column("指标", share=2, is_text=True),
                Column("地区与期间", share=2.2, is_text=True),
                Column("当时公布", is_text=True),
                Column("本次"),
            ),
            tuple(rows),
            more,
        ),
    ]


def _place(facts: Facts, number: Number) -> str:
    """The place and period in a number's id, in words where it is a unit's code."""
    parts = number.id.split("/")[1:]
    units = facts.region.by_id
    return " ".join(plain(units[part].name) if part in units else plain(part) for part in parts)


def _verify(facts: Facts) -> list[Block]:
    return [
        say(
            f"封面所列发布编号为{facts.release.release_id}。同一发布、评述与上年报告，重新生成的四种格式逐字节相同，"
            f"命令为：shixun report {facts.year} --region {facts.unit.id} --home 数据目录 --out 输出目录。",
        ),
        say(
            "封面校验码由发布编号与全部数字算得：取附表工作簿“核验清单”中的校验行，按行序以换行符连接，首行为发布编号，"
            "以UTF-8编码计算SHA-256，取前16位十六进制数，四位一组。校验码一致，即各项数字与发布一致。",
        ),
        Table(
            "versions",
            "本次发布所用的版本",
            (Column("名称", share=1, is_text=True), Column("版本", share=2, is_text=True)),
            tuple((name, plain(value)) for name, value in sorted(facts.release.versions.items())),
        ),
    ]


def _counties(facts: Facts, law: Law) -> list[Block]:
    rows = quota_rows(facts)
    year = str(facts.year)
    blocks: list[Block] = []
    if rows:
        columns = [
            Column("县（市、区）", share=1.4, is_text=True),
            Column("应计项目", "项"),
            Column("已抽查", "项"),
            *([Column("应抽查", "项"), Column("尚缺", "项")] if law.quota_clause else []),
            Column("覆盖率"),
            *([Column("结论", share=1.2, is_text=True)] if law.quota_clause else []),
        ]
        made: list[tuple[Cell, ...]] = []
        for unit in facts.counties:
            row = rows.get(unit.id)
            if row is None:
                continue
            base = facts.number(of.CHECK_BASE, row["projects"], f"{unit.id}/projects")
            checked = facts.number(of.CHECKED, row["projects_checked"], f"{unit.id}/projects_checked")
            rate = facts.share(of.COVERAGE, COVERAGE, unit, year)
            quota = (
                (
                    facts.number(of.REQUIRED, row["required"], f"{unit.id}/required"),
                    facts.number(of.GAP, row["gap"], f"{unit.id}/gap"),
                )
                if law.quota_clause
                else ()
            )
            verdict = (mark(row["verdict"]),) if law.quota_clause else ()
            made.append((plain(unit.name), base, checked, *quota, rate, *verdict))
        blocks.append(Table("all_counties", f"{year}年各县（市、区）项目抽查情况", tuple(columns), tuple(made)))
    if not law.no_cycle_amount:
        blocks.append(_attainment(facts))
    ranked = rated(facts)
    if len(ranked) > RANKED:
        blocks.append(ranking(facts, ranked))
    return blocks


def _attainment(facts: Facts) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for unit in facts.counties:
        cycle = facts.share(of.CYCLE_RATE, CYCLE, unit, facts.cycle) if facts.cycle else None
        rows.append(
            (
                plain(unit.name),
                facts.yearly_count(of.YEARLY_COUNT, unit, "denominator"),
                facts.yearly(of.YEARLY, unit, facts.year),
                facts.yearly(of.YEARLY, unit, facts.year - 1),
                cycle,
            )
        )
    return Table(
        "all_attainment",
        f"{facts.year}年各县（市、区）教师达标情况",
        (
            Column("县（市、区）", share=1.4, is_text=True),
            Column("应考核教师", "人"),
            Column("年度达标率"),
            Column("上年达标率"),
            Column(f"{facts.cycle or '周期'}达标率"),
        ),
        tuple(rows),
        (HIDDEN_NOTE, MISSING_NOTE),
    )
