"""The summary: what was held, and the findings that touch most, each a sentence of its own.

A province's is one page. A report of a few pages begins with its three findings; what was held and what lacks evidence
stands in its chapters a few lines below.
"""

from dashboards.report import figures as fig
from dashboards.report import indicators as of
from dashboards.report.content import gaps
from dashboards.report.content.problems import Problem, concluded, foremost, problems
from dashboards.report.facts import Facts
from dashboards.report.model import Block, Cite, Inline, Paragraph, Section
from dashboards.report.requirements import requirements
from dashboards.report.rules import say

KEY = "summary"
FINDINGS = 5
FEW_FINDINGS = 3
"""So many in a report of a few pages."""
ORDINALS = "一二三四五"


def write(facts: Facts) -> Section:
    """The summary."""
    every = problems(facts)
    found = foremost(every, FEW_FINDINGS if facts.is_short else FINDINGS)
    lacking = [one for one in requirements(facts) if one.is_gap]
    figures = fig.size(facts) | {
        "concluded": concluded(facts),
        "findings": facts.number(of.PROBLEMS, len(found), "summary"),
    }
    blocks: list[Block] = [
        *say("summary", "open", figures),
        *([] if facts.is_short else say("summary", "size", figures)),
        *say("summary", "ranked", figures),
        *(
            Paragraph(
                (f"{ORDINALS[place]}是" if len(found) > 1 else "", *_cited(one, every.index(one) + 1)),
                "body",
                one.sentence.why,
            )
            for place, one in enumerate(found)
        ),
        *([] if facts.is_short else say("summary", "gaps", figures | gaps.gap_figures(facts, lacking))),
    ]
    return Section(KEY, "摘　要", tuple(blocks))


def _cited(one: Problem, place: int) -> tuple[Inline, ...]:
    """A problem's sentence with its row in the workbook."""
    *head, last = one.sentence.parts
    cite = Cite("all_problems", (str(place),))
    return (*head, str(last).removesuffix("。"), "，见", cite, "。") if isinstance(last, str) else (*head, last)
