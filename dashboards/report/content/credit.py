"""Chapter two: who reached the year's and the cycle's requirement, what fell short, who is behind."""

from fractions import Fraction

from dashboards.report.content import indicators as of
from dashboards.report.content.clauses import clause_blocks
from dashboards.report.content.wording import HIDDEN_NOTE, MISSING_NOTE, absent, defined, moved, names, run, say
from dashboards.report.facts import Facts
from dashboards.report.laws import CREDITS, Law
from dashboards.report.model import Block, Cell, Chart, Column, Limit, Number, Ref, Section, Series, Table, plain
from dashboards.site.measures import CYCLE
from dashboards.site.region import Unit

OUTCOMES = {
    "met": "达标",
    "not_met:学分": "未达标：学分不足",
    "not_met:学时": "未达标：学时不足",
    "not_met:两者": "未达标：学分学时均不足",
    "in_progress": "进行中",
    "undetermined": "无法判定",
    "not_applicable": "不适用（周期内未满考核年限）",
}
SMALL_PARTS = 12
"""Bars of more places than this would not fit a page; the table has them all."""


def chapter(facts: Facts, law: Law) -> Section:
    """The chapter as the law has it: without amounts to reach there is nothing to attain, only totals."""
    if law.no_cycle_amount:
        return Section(
            "credits",
            "学分学时",
            parts=(
                Section("credits.totals", "周期与累计", tuple(_totals(facts, law))),
                Section("credits.clauses", "分条款情况", tuple(clause_blocks(facts, CREDITS))),
            ),
        )
    return Section(
        "credits",
        "学分学时",
        parts=(
            Section("credits.year", "年度达标", tuple(_year(facts))),
            Section("credits.cycle", "周期达标", tuple(_cycle(facts))),
            Section("credits.shortfall", "未达标原因", tuple(_shortfall(facts))),
            Section("credits.behind", "周期内进度", tuple(_behind(facts))),
            Section("credits.clauses", "分条款情况", tuple(clause_blocks(facts, CREDITS))),
        ),
    )


def _totals(facts: Facts, law: Law) -> list[Block]:
    """What was registered in the year, where the law has no amount to hold it against."""
    value, hidden = facts.participation_total(facts.year, "hours")
    people, few = facts.participation_total(facts.year, "trained")
    hours = facts.number(of.HOURS, value, hidden=hidden)
    trained = facts.number(of.TRAINED, people, hidden=few)
    blocks: list[Block] = [absent(law.no_cycle_amount)]
    if hours.is_known and trained.is_known and trained.value:
        each = facts.number(of.HOURS_EACH, Fraction(hours.value or 0) / Fraction(trained.value))
        blocks.append(say(f"{facts.year}年，参训教师", trained, "人，登记学时", hours, "学时，人均", each, "学时。"))
    return blocks


def _year(facts: Facts) -> list[Block]:
    now, before = facts.yearly(of.YEARLY, facts.unit, facts.year), facts.yearly(of.YEARLY, facts.unit, facts.year - 1)
    if now.value is None and not now.hidden:
        return [absent(f"{facts.year}年没有可作年度判定的教师，本部分从缺。")]
    base = facts.yearly_count(of.YEARLY_COUNT, facts.unit, "denominator")
    met = facts.yearly_count(of.YEARLY_COUNT, facts.unit, "numerator")
    counts = run("应考核教师", base, "人，达标", met, "人，") if base.is_known and met.is_known else ""
    blocks: list[Block] = [
        say(
            f"{facts.year}年，{facts.whole_word}",
            counts,
            "年度达标率",
            defined(facts, of.YEARLY),
            "为",
            now,
            moved(facts, now, before),
            "。",
        )
    ]
    if len(facts.parts) > 1:
        rates = {unit: facts.yearly(of.YEARLY, unit, facts.year) for unit in facts.parts}
        blocks.extend(_lowest(rates, facts, "year_places"))
        blocks.append(
            _rate_table(
                "year_places",
                f"{facts.year}年各{facts.part_word}年度达标情况",
                facts,
                [
                    (
                        plain(unit.name),
                        facts.yearly_count(of.YEARLY_COUNT, unit, "denominator"),
                        facts.yearly_count(of.YEARLY_COUNT, unit, "numerator"),
                        rates[unit],
                        facts.yearly(of.YEARLY, unit, facts.year - 1),
                    )
                    for unit in facts.parts
                ],
                f"{facts.year - 1}年达标率",
            )
        )
    return blocks


def _lowest(rates: dict[Unit, Number], facts: Facts, table: str) -> list[Block]:
    known = {unit: rate for unit, rate in rates.items() if rate.is_known}
    if len(known) < 2:  # noqa: PLR2004 - nothing to compare
        return [say("分地区数据见", Ref(table), "。")]
    least = min(rate.value or 0 for rate in known.values())
    lowest = [unit for unit, rate in known.items() if rate.value == least]
    most = max(rate.value or 0 for rate in known.values())
    if least == most:
        return [say(f"各{facts.part_word}均为", known[lowest[0]], "，见", Ref(table), "。")]
    highest = [unit for unit, rate in known.items() if rate.value == most]
    return [
        say(
            *(f"{names([unit.name for unit in highest])}最高，为", known[highest[0]]),
            *(
                f"；{names([unit.name for unit in lowest])}最低，为",
                known[lowest[0]],
                "。分地区数据见",
                Ref(table),
                "。",
            ),
        )
    ]


def _rate_table(key: str, title: str, facts: Facts, rows: list[tuple[Cell, ...]], last: str | None) -> Table:
    columns = [
        Column(facts.part_word, share=1.4, is_text=True),
        Column("考核教师", "人"),
        Column("达标", "人"),
        Column("达标率"),
    ]
    if last:
        columns.append(Column(last))
    return Table(key, title, tuple(columns), tuple(rows), (HIDDEN_NOTE, MISSING_NOTE))


def _cycle(facts: Facts) -> list[Block]:
    period = facts.cycle
    if period is None:
        return [absent(f"没有包含{facts.year}年的考核周期的数据，本部分从缺。")]
    rate = facts.share(of.CYCLE_RATE, CYCLE, facts.unit, period)
    ended = facts.release.as_of.year > int(period[-4:])
    state = "已经结束" if ended else f"尚未结束，以下为截至{facts.release.as_of:%Y年%-m月%-d日}的情况，进行中的不作结论"
    base = facts.part_of(of.CYCLE_COUNT, CYCLE, facts.unit, period, "denominator")
    met = facts.part_of(of.CYCLE_COUNT, CYCLE, facts.unit, period, "numerator")
    counts = run("参加考核教师", base, "人，达标", met, "人，") if base.is_known and met.is_known else ""
    blocks: list[Block] = [
        say(
            f"{facts.year}年所在的{period}周期{state}。{facts.whole_word}",
            counts,
            "达标率",
            defined(facts, of.CYCLE_RATE),
            "为",
            rate,
            "。",
        )
    ]
    if len(facts.parts) > 1:
        rates = {unit: facts.share(of.CYCLE_RATE, CYCLE, unit, period) for unit in facts.parts}
        blocks.extend(_lowest(rates, facts, "cycle_places"))
        rows: list[tuple[Cell, ...]] = [
            (
                plain(unit.name),
                facts.part_of(of.CYCLE_COUNT, CYCLE, unit, period, "denominator"),
                facts.part_of(of.CYCLE_COUNT, CYCLE, unit, period, "numerator"),
                rates[unit],
            )
            for unit in facts.parts
        ]
        blocks.append(_rate_table("cycle_places", f"{period}周期各{facts.part_word}达标情况", facts, rows, None))
        blocks.extend(rate_chart("cycle_chart", f"{period}周期各{facts.part_word}达标率", rates))
    return blocks


def rate_chart(key: str, title: str, rates: dict[Unit, Number], limits: tuple[Limit, ...] = ()) -> list[Chart]:
    """Bars of a rate by place, highest first; none for a single place or for too many."""
    known = [(unit, rate) for unit, rate in rates.items() if rate.is_known]
    if not 1 < len(known) <= SMALL_PARTS:
        return []
    ranked = sorted(known, key=lambda pair: (-(pair[1].value or 0), pair[0].id))
    first, last = ranked[0], ranked[-1]
    return [
        Chart(
            key,
            title,
            f"横条图：{title}，{plain(first[0].name)}最高，{first[1].text}；{plain(last[0].name)}最低，{last[1].text}。",
            "bars",
            tuple(plain(unit.name) for unit, _ in ranked),
            (Series(first[1].indicator.title, tuple(rate for _, rate in ranked)),),
            limits=limits,
        )
    ]


def _shortfall(facts: Facts) -> list[Block]:
    outcomes = {row["outcome"]: row for row in facts.region.outcomes.get((facts.unit.id, facts.cycle or ""), [])}
    if not outcomes:
        return [absent("没有周期考核结果，本部分从缺。")]
    made: dict[str, Number] = {
        key: facts.number(of.OUTCOME, row["teachers"], f"{facts.cycle}/{key}", hidden=row["suppression"])
        for key, row in outcomes.items()
    }
    known = {key: n for key, n in made.items() if key.startswith("not_met") and n.is_known}
    any_missed = [key for key in made if key.startswith("not_met")]
    blocks: list[Block] = []
    if known:
        worst = max(known, key=lambda key: known[key].value or 0)
        blocks.append(
            say(
                f"未达标的主要原因是{OUTCOMES[worst].partition('：')[2]}，",
                known[worst],
                "人，见",
                Ref("outcomes"),
                "。",
            )
        )
    elif any_missed:
        blocks.append(say("未达标人数较少，分原因的人数不予公布，见", Ref("outcomes"), "。"))
    else:
        blocks.append(say("本周期没有已认定未达标的教师，见", Ref("outcomes"), "。"))
    rows = tuple((OUTCOMES.get(key, plain(key)), made[key]) for key in (*OUTCOMES, *made) if key in made)
    blocks.append(
        Table(
            "outcomes",
            f"{facts.cycle}周期考核结果",
            (Column("结果", share=2.4, is_text=True), Column("教师", "人")),
            tuple(dict.fromkeys(rows)),
            (HIDDEN_NOTE,),
        )
    )
    return blocks


def _behind(facts: Facts) -> list[Block]:
    period = facts.open_cycle
    if period is None:
        return [absent("发布当日没有正在进行的考核周期，本部分从缺。")]
    rate = facts.behind(of.BEHIND, facts.unit, period)
    blocks: list[Block] = [
        say(
            f"截至{facts.release.as_of:%Y年%-m月%-d日}，正在进行的{period}周期中，进度落后于时间要求的教师占",
            *(rate, "。进度落后只作提醒，不是结论。"),
        )
    ]
    if len(facts.parts) > 1:
        rates = {unit: facts.behind(of.BEHIND, unit, period) for unit in facts.parts}
        rows: tuple[tuple[Cell, ...], ...] = tuple((plain(unit.name), n) for unit, n in rates.items())
        blocks.append(
            Table(
                "behind_places",
                f"{period}周期各{facts.part_word}进度落后教师占比",
                (Column(facts.part_word, share=1.4, is_text=True), Column("进度落后教师占比")),
                rows,
                ("口径：已得学分或学时低于“周期要求×已过天数÷周期总天数”。", HIDDEN_NOTE),
            )
        )
    return blocks
