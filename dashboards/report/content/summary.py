"""The summary: one page, what was held, and the five findings that touch most, each a sentence of its own."""

from dashboards.report import figures as fig
from dashboards.report import indicators as of
from dashboards.report.content import gaps
from dashboards.report.content.problems import concluded, foremost, problems
from dashboards.report.facts import Facts
from dashboards.report.model import Block, Paragraph, Section
from dashboards.report.requirements import requirements
from dashboards.report.rules import say

KEY = "summary"
FINDINGS = 5
ORDINALS = "一二三四五"


def write(facts: Facts) -> Section:
    """The summary."""
    found = foremost(problems(facts), FINDINGS)
    lacking = [one for one in requirements(facts) if one.is_gap]
    figures = fig.size(facts) | {
        "concluded": concluded(facts),
        "findings": facts.number(of.PROBLEMS, len(found), "summary"),
    }
    blocks: list[Block] = [
        *say("summary", "open", figures),
        *say("summary", "size", figures),
        *say("summary", "ranked", figures),
        *(
            Paragraph((f"{ORDINALS[place]}是" if len(found) > 1 else "", *one.sentence.parts), "body", one.sentence.why)
            for place, one in enumerate(found)
        ),
        *say("summary", "gaps", figures | gaps.gap_figures(facts, lacking)),
    ]
    return Section(KEY, "摘　要", tuple(blocks))
