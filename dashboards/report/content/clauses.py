"""How clauses were kept in the year: one table a matter, and a sentence on what stands out.

A clause the release could not judge is named with the reason; one that had nobody to judge says so.
"""

from collections.abc import Sequence
from fractions import Fraction

from dashboards.report.content import indicators as of
from dashboards.report.content.wording import HIDDEN_NOTE, absent, run, say
from dashboards.report.facts import Facts, Row
from dashboards.report.laws import CREDITS, Topic
from dashboards.report.model import Block, Cell, Column, Number, Paragraph, Ref, Table, number, plain
from models.marts.suppression import SPAN_ONLY

SUBJECTS = {
    "project": ("项目", "项"),
    "class": ("班级", "个"),
    "county": ("县级单位", "个"),
    "city": ("设区市", "个"),
    "province": ("省级", "个"),
    "institution": ("机构", "家"),
    "institution-subject": ("机构学科", "个"),
    "school": ("学校", "所"),
    "teacher": ("教师", "人"),
    "leader": ("人员", "人"),
    "person": ("人员", "人"),
    "org": ("单位", "个"),
}
"""What a clause is judged for, and how it is counted."""


def subject_word(kind: str) -> str:
    return SUBJECTS.get(kind, (plain(kind), ""))[0]


def clause_blocks(facts: Facts, topic: Topic) -> list[Block]:
    """The table of a topic's clauses that were judged, a sentence before it, and what could not be judged."""
    known = [facts.clauses[id_] for id_ in topic.clauses if id_ in facts.clauses]
    if not known:
        return [absent("本省现行规定没有这方面的可判条款，或本次发布未收入，本部分从缺。")]
    rows: list[tuple[Cell, ...]] = []
    unjudged: dict[str, list[str]] = {}
    for clause in known:
        made = [
            _row(facts, clause, kind, is_people=people) for kind, people in facts.subject_types(clause["clause_id"])
        ]
        rows.extend(row for row in made if row is not None)
        if not any(made):
            unjudged.setdefault(_why_not(facts, clause), []).append(
                f"{plain(clause['title'])}（{clause['clause_id']}）"
            )
    blocks: list[Block] = []
    if rows:
        blocks.append(_standing_out(rows, topic))
        blocks.append(_table(facts, topic, rows))
    if unjudged:
        lead = "以下要求本年度没有结论。" if rows else "本部分没有可用的结论。"
        said = "".join(f"{why}：{'、'.join(titles)}。" for why, titles in unjudged.items())
        blocks.append(Paragraph((lead + said,), "absent"))
    return blocks


def _row(facts: Facts, clause: Row, kind: str, *, is_people: bool) -> tuple[Cell, ...] | None:
    id_ = clause["clause_id"]
    head = (_requirement(clause), subject_word(kind))
    where = f"{id_}/{kind}"
    if is_people:
        row = facts.people_share(id_, kind)
        if row is None:
            return None
        why = row["suppression"] or (SPAN_ONLY if row["rounded_percent"] is not None else None)
        met, missed = row["met"], row["not_met"]
        base = None if met is None else met + missed
        return (
            *head,
            facts.number(of.SUBJECTS, base, where, hidden=why),
            facts.number(of.MET, met, where, hidden=why),
            facts.number(of.NOT_MET, missed, where, hidden=why),
            facts.number(of.UNDETERMINED, None, where),
            _people_rate(facts, row, where),
            id_,
        )
    counts = facts.judged[id_, kind]
    met, missed = counts["met"], counts["not_met"]
    unclear = counts["undetermined"] + counts["in_progress"]
    if met + missed + unclear == 0:
        return None
    rate = Fraction(met, met + missed) if met + missed else None
    return (
        *head,
        facts.number(of.SUBJECTS, met + missed + unclear, where),
        facts.number(of.MET, met, where),
        facts.number(of.NOT_MET, missed, where),
        facts.number(of.UNDETERMINED, unclear, where),
        facts.number(of.RATE, rate, where),
        id_,
    )


def _people_rate(facts: Facts, row: Row, where: str) -> Number:
    coarse = row["rounded_percent"]
    if coarse is not None:
        return facts.number(of.RATE, Fraction(coarse, 100), where, places=0)
    exact = None if row["met"] is None else Fraction(row["met"], row["met"] + row["not_met"])
    return facts.number(of.RATE, exact, where, hidden=row["suppression"])


def _requirement(clause: Row) -> str:
    soft = "（原则上）" if clause["strength"] == "default" else "（目标）" if clause["strength"] == "target" else ""
    return plain(clause["title"]) + soft


def _why_not(facts: Facts, clause: Row) -> str:
    """Why a clause has no finding of the year, in a few words."""
    if clause["status"] == "manual":
        return "须人工判断"
    if clause["status"] == "data_missing":
        return f"无数据（{facts.reason(clause).rstrip('。')}）"
    begins, ends = clause["effective_from"], clause["effective_to"]
    if begins and begins.year > facts.year:
        return f"自{begins.year}年起适用"
    if ends and ends.year < facts.year:
        return f"只适用至{ends.year}年"
    return "没有应判对象"


def _standing_out(rows: Sequence[tuple[Cell, ...]], topic: Topic) -> Paragraph:
    rated = [row for row in rows if isinstance(row[6], Number) and row[6].is_known]
    if not rated:
        return say(f"{topic.title}情况见", Ref(f"topic_{topic.key}"), "。")
    worst = min(rated, key=lambda row: _value(row[6]))
    if _value(worst[6]) == 100:  # noqa: PLR2004 - per cent
        return say(f"{topic.title}方面，有结论的要求均已达到，见", Ref(f"topic_{topic.key}"), "。")
    rate = worst[6]
    if not isinstance(rate, Number):
        return say(f"{topic.title}情况见", Ref(f"topic_{topic.key}"), "。")
    counts = [n for n in (worst[2], worst[4]) if isinstance(n, Number)]
    middle = (
        run(f"应判{worst[1]}", counts[0], f"{measure_word(worst[1])}，未达标", counts[1], f"{measure_word(worst[1])}，")
        if len(counts) == 2 and all(n.is_known for n in counts)  # noqa: PLR2004 - base and missed
        else ""
    )
    lead = "达标率最低的要求是" if len(rated) > 1 else "有结论的要求是"
    return say(
        f"{topic.title}方面，{lead}“{worst[0]}”，", middle, "达标率", rate, "，见", Ref(f"topic_{topic.key}"), "。"
    )


def measure_word(word: Cell) -> str:
    """How a kind of subject is counted."""
    return next((measure for noun, measure in SUBJECTS.values() if noun == word), "个")


def _value(cell: Cell) -> float:
    return float(cell.value or 0) if isinstance(cell, Number) else 0.0


def _table(facts: Facts, topic: Topic, rows: Sequence[tuple[Cell, ...]]) -> Table:
    return Table(
        f"topic_{topic.key}",
        f"{facts.year}年{topic.title}达标情况",
        (
            Column("要求", share=2.4, is_text=True),
            Column("对象", share=0.9, is_text=True),
            Column("应判", share=1.05),
            Column("达标", share=1.05),
            Column("未达标", share=0.9),
            Column("无法判定", share=0.8),
            Column("达标率", share=1.05),
            Column("条款", share=2.5, is_text=True),
        ),
        tuple(rows),
        _notes(topic, rows),
    )


def _notes(topic: Topic, rows: Sequence[tuple[Cell, ...]]) -> tuple[str, ...]:
    notes = ["应判含无法判定，不含不适用；达标率＝达标÷（达标＋未达标）。"]
    if any("（原则上）" in str(row[0]) for row in rows):
        notes.append("“原则上”的要求未达到的只作提示。")
    if topic.key == CREDITS.key:
        notes.append("周期条款取本年度所在的周期。")
    return (*notes, HIDDEN_NOTE)


def clause_number(facts: Facts, value: int, what: str) -> Number:
    """A count of clauses."""
    return number(of.CLAUSES, f"{facts.unit.id}/{facts.year}/{what}", value, facts.release.release_id)
