"""Chapter five: how satisfied people were with each institution, and which suspected triggers need a person."""

from fractions import Fraction

from dashboards.report.content import indicators as of
from dashboards.report.content.clauses import clause_blocks, subject_word
from dashboards.report.content.wording import MISSING_NOTE, absent, defined, moved, names, say
from dashboards.report.facts import Facts, Row
from dashboards.report.laws import EVALUATION, QUALIFICATION, TRIGGERS
from dashboards.report.model import Block, Cell, Chart, Column, Indicator, Number, Ref, Section, Series, Table, plain
from dashboards.site.measures import SATISFACTION
from dashboards.site.verdicts import mark

RANKED = 20
"""So many institutions are drawn and listed in the chapter; with more, the whole list is in the appendix."""


def chapter(facts: Facts) -> Section:
    return Section(
        "institutions",
        "机构与满意度",
        parts=(
            Section("institutions.satisfaction", "学员满意度", tuple(_satisfaction(facts))),
            Section("institutions.evaluation", "测评参与", tuple(_evaluation(facts))),
            Section("institutions.triggers", "疑似触发处理条款情况", tuple(_triggers(facts))),
            Section("institutions.qualification", "资质与申报", tuple(clause_blocks(facts, QUALIFICATION))),
        ),
    )


def rated(facts: Facts) -> list[Row]:
    """The region's institutions with a figure to show for the year, best first."""
    rows = [row for years in facts.region.institutions.values() for row in years if row["year"] == facts.year]
    inside = [row for row in rows if _is_inside(facts, row) and row["suppression"] is None and row["responses_valid"]]
    return sorted(inside, key=lambda row: (-_ratio(row), row["institution_id"]))


def _is_inside(facts: Facts, row: Row) -> bool:
    if facts.unit.kind == "province":
        return True
    return bool(row["county_id"] == facts.unit.id or row["city_id"] == facts.unit.id)


def _ratio(row: Row) -> Fraction:
    return Fraction(row["satisfied"], row["responses_valid"])


def figure(facts: Facts, indicator: Indicator, row: Row, value: object, part: str = "") -> Number:
    return facts.number(indicator, value, "/".join(filter(None, (row["institution_id"], part))))


def _interval(facts: Facts, row: Row) -> tuple[Number, Number]:
    low, high = (None if row[side] is None else Fraction(str(row[side])) for side in ("wilson_low", "wilson_high"))
    return figure(facts, of.INTERVAL, row, low, "low"), figure(facts, of.INTERVAL, row, high, "high")


def _satisfaction(facts: Facts) -> list[Block]:
    year = str(facts.year)
    blocks: list[Block] = []
    rate = facts.share(of.SATISFACTION, SATISFACTION, facts.unit, year)
    if rate.is_known:
        before = facts.share(of.SATISFACTION, SATISFACTION, facts.unit, str(facts.year - 1))
        basic = facts.share(of.SATISFACTION_BASIC, SATISFACTION, facts.unit, year, "with_basic")
        answers = facts.part_of(of.ANSWERS, SATISFACTION, facts.unit, year, "denominator")
        blocks.append(
            say(
                *(
                    f"{facts.year}年，{facts.whole_word}匿名学评教有效答卷",
                    answers,
                    "份，学员满意率",
                    defined(facts, of.SATISFACTION),
                ),
                "为",
                rate,
                *(moved(facts, rate, before), "；计入“基本满意”的为", basic, "。"),
            )
        )
    rows = rated(facts)
    if not rows:
        return [*blocks, absent(f"{facts.year}年没有有效答卷达到10份的机构，机构排名从缺。")]
    count = facts.number(of.RATED, len(rows))
    best, worst = rows[0], rows[-1]
    blocks.append(
        say("有效答卷不少于10份、可以比较的机构有", count, "家，见", Ref("ranking"), "。", _ends(facts, best, worst))
    )
    blocks.append(
        say(
            "排名仅按满意率列出。两家机构的95%区间有重叠时，不宜据此判断优劣。",
        )
    )
    blocks.extend(_chart(facts, rows))
    if len(rows) <= RANKED:
        blocks.append(ranking(facts, rows))
    return blocks


def _ends(facts: Facts, best: Row, worst: Row) -> list[str | Number]:
    if best["institution_id"] == worst["institution_id"]:
        return []
    return [
        f"满意率最高的是{_name(best)}，",
        figure(facts, of.SATISFACTION, best, _ratio(best)),
        f"；最低的是{_name(worst)}，",
        figure(facts, of.SATISFACTION, worst, _ratio(worst)),
        "。",
    ]


def _name(row: Row) -> str:
    return plain(row["institution_name"]) or plain(row["institution_id"])


def _chart(facts: Facts, rows: list[Row]) -> list[Chart]:
    if len(rows) < 2:  # noqa: PLR2004 - one interval compares nothing
        return []
    drawn = rows if len(rows) <= RANKED else rows[-RANKED:]
    title = f"{facts.year}年机构学员满意率及95%区间" + ("" if len(rows) <= RANKED else f"（满意率最低的{RANKED}家）")
    ends = [_interval(facts, row) for row in drawn]
    values = tuple(figure(facts, of.SATISFACTION, row, _ratio(row)) for row in drawn)
    return [
        Chart(
            "intervals",
            title,
            f"区间图：{title}，图中最高{_name(drawn[0])}{values[0].text}，最低{_name(drawn[-1])}{values[-1].text}。",
            "intervals",
            tuple(_name(row) for row in drawn),
            (Series("学员满意率", values),),
            low=tuple(low for low, _ in ends),
            high=tuple(high for _, high in ends),
            limits=facts.limits(SATISFACTION, "界线"),
        )
    ]


def ranking(facts: Facts, rows: list[Row]) -> Table:
    """All institutions that can be compared, equal ones in the same place."""
    made: list[tuple[Cell, ...]] = []
    place = 0
    for position, row in enumerate(rows, start=1):
        if position == 1 or _ratio(row) != _ratio(rows[position - 2]):
            place = position
        low, high = _interval(facts, row)
        response = None if not row["invited"] else Fraction(row["responses"], row["invited"])
        made.append(
            (
                str(place),
                _name(row),
                figure(facts, of.ANSWERS, row, row["responses_valid"]),
                figure(facts, of.SATISFACTION, row, _ratio(row)),
                low,
                high,
                figure(facts, of.RESPONSE, row, response),
                mark(row["verdict"], is_trigger=True),
            )
        )
    return Table(
        "ranking",
        f"{facts.year}年机构学员满意率",
        (
            Column("序", share=0.5, is_text=True),
            Column("机构", share=2.7, is_text=True),
            Column("有效答卷", "份", share=0.9),
            Column("满意率", share=0.9),
            Column("区间下限", share=0.9),
            Column("区间上限", share=0.9),
            Column("参评率", share=0.9),
            Column("机判", share=1.5, is_text=True),
        ),
        tuple(made),
        (
            "区间为威尔逊95%区间。机判为“疑似触发”的，待人工确认，不是处理决定。有效答卷不足10份的机构不列。",
            MISSING_NOTE,
        ),
    )


def _evaluation(facts: Facts) -> list[Block]:
    rows = [row for row in rated(facts) if row["invited"]]
    blocks: list[Block] = []
    if rows:
        invited, answered = sum(row["invited"] for row in rows), sum(row["responses"] for row in rows)
        rate = facts.number(of.RESPONSE, Fraction(answered, invited), "rated")
        blocks.append(say("可以比较的机构中，学员参评率合计为", rate, "。"))
    else:
        blocks.append(absent("转储没有应邀人数，参评率无数据。"))
    return [*blocks, *clause_blocks(facts, EVALUATION)]


def suspected(facts: Facts) -> dict[tuple[str, str], int]:
    """Suspected triggers of the year that are not about people: (clause, subject type) → how many."""
    return {
        (clause, kind): counts["not_met"]
        for clause in TRIGGERS.clauses
        for (id_, kind), counts in facts.judged.items()
        if id_ == clause and counts.get("not_met") and facts.clauses.get(clause, {}).get("is_trigger")
    }


def _triggers(facts: Facts) -> list[Block]:
    found = suspected(facts)
    blocks: list[Block] = [
        say("以下由机器按条款界线比对得出，只是疑似；是否成立、作何处理，由教育行政部门依程序认定。"),
    ]
    crossed = [row for row in rated(facts) if row["verdict"] == "not_met"]
    if crossed:
        count = facts.number(of.SUSPECTED, len(crossed), "institutions")
        blocks.append(
            say("学员满意率疑似触发处理条款的机构有", count, f"家：{names([_name(row) for row in crossed])}。")
        )
    elif rated(facts):
        blocks.append(say("没有机构的学员满意率疑似触发处理条款。"))
    blocks.extend(_tally(facts, found))
    return [*blocks, *_sanctions(facts)]


def _tally(facts: Facts, found: dict[tuple[str, str], int]) -> list[Block]:
    rows: list[tuple[Cell, ...]] = []
    for (id_, kind), counts in facts.judged.items():
        clause = facts.clauses.get(id_)
        if clause is None or id_ not in TRIGGERS.clauses or not clause["is_trigger"]:
            continue
        total = counts.get("met", 0) + counts.get("not_met", 0) + counts.get("undetermined", 0)
        if total:
            rows.append(
                (
                    plain(clause["title"]),
                    subject_word(kind),
                    facts.number(of.SUBJECTS, total, f"{id_}/{kind}"),
                    facts.number(of.SUSPECTED, found.get((id_, kind), 0), f"{id_}/{kind}"),
                    facts.number(of.UNDETERMINED, counts.get("undetermined", 0), f"{id_}/{kind}"),
                    id_,
                )
            )
    missing = [
        f"{plain(facts.clauses[id_]['title'])}（{id_}）"
        for id_ in TRIGGERS.clauses
        if id_ in facts.clauses and not any(row[-1] == id_ for row in rows)
    ]
    blocks: list[Block] = []
    if rows:
        blocks.append(
            Table(
                "triggers",
                f"{facts.year}年处理条款疑似触发情况",
                (
                    Column("情形", share=3, is_text=True),
                    Column("对象", share=0.9, is_text=True),
                    Column("应判"),
                    Column("疑似触发"),
                    Column("无法判定"),
                    Column("条款", share=2.4, is_text=True),
                ),
                tuple(sorted(rows, key=lambda row: (TRIGGERS.clauses.index(str(row[-1])), str(row[1])))),
                ("疑似触发待人工确认。有效答卷不足10份的，无法判定。",),
            )
        )
    if missing:
        blocks.append(absent(f"以下情形本年度没有可判的数据：{'；'.join(missing)}。"))
    return blocks


def _sanctions(facts: Facts) -> list[Block]:
    if "sanction" not in facts.watched:
        return [absent("转储没有处理决定，已作出的处理无数据。")]
    kinds = facts.supervision("sanction", facts.year)
    if not kinds:
        return [say(f"{facts.year}年没有登记处理决定。")]
    count = facts.number(of.SANCTIONS, sum(kinds.values()))
    parts: list[str | Number] = []
    for name, amount in sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0])):
        parts += ["，" if parts else "", f"{plain(name)}", facts.number(of.SANCTIONS, amount, str(name)), "件"]
    return [say(f"{facts.year}年教育行政部门登记的处理决定", count, "件：", parts, "。")]
