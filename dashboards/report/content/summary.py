"""The summary: key findings in sentences, chosen by rule; a finding without data is not made up, it is left out."""

from dashboards.report.content import indicators as of
from dashboards.report.content.institutions import rated, suspected
from dashboards.report.content.monitoring import below_quota, quota_rows
from dashboards.report.content.overview import people_counts, project_counts
from dashboards.report.content.wording import absent, moved, names, say
from dashboards.report.facts import Facts
from dashboards.report.laws import Law, quota_share
from dashboards.report.model import Block, Inline, Section, plain
from dashboards.site.measures import COVERAGE, CYCLE, SATISFACTION


def chapter(facts: Facts, law: Law) -> Section:
    findings = [
        f
        for f in (_size(facts), _credit(facts, law), _coverage(facts, law), _satisfaction(facts), _triggers(facts))
        if f
    ]
    blocks: list[Block] = []
    if facts.is_open:
        blocks.append(
            say(
                f"{facts.year}年度尚未结束，本报告数据截至{facts.release.as_of:%Y年%-m月%-d日}，各项结论均为阶段性情况。"
            )
        )
    blocks.append(say(f"依据{law.basis}，编制本报告。报告数据取自已通过质量检查的发布，逐项可核。"))
    ordinals = "一二三四五"
    blocks.extend(say(f"{ordinals[place]}是", finding) for place, finding in enumerate(findings))
    if not findings:
        blocks.append(absent("可以公布的数据不足，没有可列入摘要的结论。"))
    return Section("summary", "摘要", tuple(blocks))


def _size(facts: Facts) -> list[Inline]:
    now, before = project_counts(facts, facts.year), project_counts(facts, facts.year - 1)
    people = people_counts(facts, facts.year)
    if not now["projects"].is_known or not now["projects"].value:
        return []
    said: list[Inline] = [f"培训规模。全年举办培训项目", now["projects"], "项"]  # noqa: F541
    if facts.year - 1 in facts.years:
        said += moved(facts, now["projects"], before["projects"])
    if people["records"].is_known:
        said += ["，参训", people["records"], "人次，登记学时", people["hours"], "学时"]
    return [*said, "。"]


def _credit(facts: Facts, law: Law) -> list[Inline]:
    if law.no_cycle_amount:
        return []
    said: list[Inline] = []
    yearly = facts.yearly(of.YEARLY, facts.unit, facts.year)
    if yearly.is_known:
        said += ["教师年度达标率为", yearly, *moved(facts, yearly, facts.yearly(of.YEARLY, facts.unit, facts.year - 1))]
    if facts.cycle:
        rate = facts.share(of.CYCLE_RATE, CYCLE, facts.unit, facts.cycle)
        if rate.is_known:
            said += ["；" if said else "", f"{facts.cycle}周期达标率为", rate]
    return ["学分学时。", *said, "。"] if said else []


def _coverage(facts: Facts, law: Law) -> list[Inline]:
    rate = facts.share(of.COVERAGE, COVERAGE, facts.unit, str(facts.year))
    if not rate.is_known:
        return []
    before = facts.share(of.COVERAGE, COVERAGE, facts.unit, str(facts.year - 1))
    said: list[Inline] = ["质量监控。县级监控机构项目抽查覆盖率为", rate, *moved(facts, rate, before)]
    if law.quota_clause is None or facts.unit.kind == "county":
        return [*said, "。"]
    missed, share = below_quota(facts), quota_share(facts.unit.id, facts.year)
    judged = [row for row in quota_rows(facts).values() if row["verdict"] in {"met", "not_met"}]
    if not judged:
        return [*said, "；年度未结束，各地是否达到规定比例暂不作结论。"]
    if not missed:
        return [*said, f"，各县（市、区）均达到不少于{share}的要求。"]
    listed = [unit.name for unit, _ in missed]
    if len(missed) == 1:
        return [*said, f"；未达到{share}要求的有1个县（市、区），为{plain(listed[0])}。"]
    return [
        *said,
        f"；未达到{share}要求的县（市、区）有",
        facts.number(of.COUNTIES, len(missed), "quota_missed"),
        f"个：{names(listed)}。",
    ]


def _satisfaction(facts: Facts) -> list[Inline]:
    rate = facts.share(of.SATISFACTION, SATISFACTION, facts.unit, str(facts.year))
    if not rate.is_known:
        return []
    before = facts.share(of.SATISFACTION, SATISFACTION, facts.unit, str(facts.year - 1))
    return ["学员评价。匿名测评满意率为", rate, *moved(facts, rate, before), "。"]


def _triggers(facts: Facts) -> list[Inline]:
    crossed = [row for row in rated(facts) if row["verdict"] == "not_met"]
    if not crossed and not suspected(facts):
        return []
    if not crossed:
        return ["需要关注的情形。机构满意率没有疑似触发处理条款，其他情形见第五部分，均待人工确认。"]
    listed = [plain(row["institution_name"]) for row in crossed]
    if len(crossed) == 1:
        return [f"需要关注的机构。满意率疑似触发处理条款的机构有1家，为{listed[0]}，待人工确认。"]
    return [
        "需要关注的机构。满意率疑似触发处理条款的机构有",
        facts.number(of.SUSPECTED, len(crossed), "institutions"),
        f"家：{names(listed)}，均待人工确认。",
    ]
