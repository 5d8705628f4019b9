"""Chapter seven: problems and suggestions, drafted by rule from what the chapters found, for a person to edit."""

from dashboards.report.content import indicators as of
from dashboards.report.content.clauses import measure_word, subject_word
from dashboards.report.content.institutions import rated
from dashboards.report.content.monitoring import below_quota, quota_rows
from dashboards.report.content.wording import absent, names, say
from dashboards.report.facts import Facts, Row
from dashboards.report.laws import PROCESS, Law
from dashboards.report.model import Block, Inline, Section, plain
from dashboards.site.measures import CYCLE

MANY_MISSED = 90
"""Below this rate a requirement is worth a sentence; a choice of presentation, not a threshold of law."""
MENTIONED = 3


def chapter(facts: Facts, law: Law) -> Section:
    problems = [
        p
        for p in (_coverage(facts, law), _cycle(facts, law), *_process(facts), _institutions(facts), _data(facts))
        if p
    ]
    lead = say("以下问题与建议由系统依据结论按规则起草，供编制人员修改，不是定稿。")
    blocks: list[Block] = [lead]
    if not problems:
        blocks.append(absent("依据现有数据，没有按规则起草的问题。"))
    blocks.extend(say(problem, kind="draft") for problem in problems)
    return Section("advice", "问题与建议", tuple(blocks))


def _coverage(facts: Facts, law: Law) -> list[Inline]:
    missed = below_quota(facts)
    if law.quota_clause is None or not missed or facts.unit.id not in {facts.release.province, *facts.region.by_id}:
        return []
    total = facts.number(of.GAP, sum(row["gap"] for _, row in missed), "total")
    judged = len(quota_rows(facts))
    if judged == 1:
        return ["项目抽查未达到规定比例，共缺", total, "项。建议在年度计划中逐季安排抽查任务，年内补足。"]
    return [
        f"部分地方项目抽查未达到规定比例，涉及{names([unit.name for unit, _ in missed])}，共缺",
        *(total, "项。建议督促有关县（市、区）制定抽查计划，按季通报进度，差距大的优先安排。"),
    ]


def _cycle(facts: Facts, law: Law) -> list[Inline]:
    if facts.cycle is None or law.no_cycle_amount:
        return []
    rates = {unit: facts.share(of.CYCLE_RATE, CYCLE, unit, facts.cycle) for unit in facts.parts}
    low = [(unit, rate) for unit, rate in rates.items() if rate.is_known and (rate.value or 0) < MANY_MISSED]
    if not low or facts.release.as_of.year <= int(facts.cycle[-4:]):
        return []
    if len(facts.parts) == 1:
        return [f"{facts.cycle}周期教师达标率偏低，为", low[0][1], "。建议核对未达标教师名单与缺口，及早安排补修。"]
    low.sort(key=lambda pair: (pair[1].value or 0, pair[0].id))
    listed = names([unit.name for unit, _ in low])
    return [
        f"{facts.cycle}周期部分地方教师达标率偏低，低于{MANY_MISSED}%的有{listed}，其中{plain(low[0][0].name)}为",
        low[0][1],
        "。建议核对未达标教师名单与缺口，及早安排补修。",
    ]


def _process(facts: Facts) -> list[list[Inline]]:
    found = []
    for topic in PROCESS:
        for clause in topic.clauses:
            for (id_, kind), counts in facts.judged.items():
                met, missed = counts.get("met", 0), counts.get("not_met", 0)
                if id_ != clause or missed * 10 < met or not missed or not _is_duty(facts.clauses[id_]):
                    continue
                found.append((missed / (met + missed), id_, kind, missed))
    worst = sorted(found, key=lambda item: (-item[0], item[1]))[:MENTIONED]
    return [
        [
            f"“{plain(facts.clauses[id_]['title'])}”执行不够到位，未达标{subject_word(kind)}",
            facts.number(of.NOT_MET, missed, f"{id_}/{kind}"),
            f"{measure_word(subject_word(kind))}（{id_}）。建议核实原因，对确属违反要求的限期改正。",
        ]
        for _, id_, kind, missed in worst
    ]


def _is_duty(clause: Row) -> bool:
    """Whether missing the clause is a fault: goals and 原则上 are not, and triggers have a chapter of their own."""
    return clause["strength"] == "must" and not clause["is_trigger"]


def _institutions(facts: Facts) -> list[Inline]:
    crossed = [row for row in rated(facts) if row["verdict"] == "not_met"]
    if not crossed:
        return []
    listed = names([row["institution_name"] for row in crossed])
    return [
        f"个别机构学员满意率偏低，疑似触发处理条款，涉及{listed}。建议组织复核答卷与现场情况，属实的依程序处理，不属实的说明理由。"
    ]


def _data(facts: Facts) -> list[Inline]:
    missing = [row for row in facts.clauses.values() if row["status"] == "data_missing"]
    if not missing:
        return []
    count = facts.number(of.CLAUSES, len(missing), "data_missing")
    return ["有", count, "条要求因转储缺少数据没有结论。建议平台补报有关数据表，具体见附录“条款覆盖情况”。"]
