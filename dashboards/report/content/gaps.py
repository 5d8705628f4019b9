"""Chapter eight: requirements that rest on too little evidence to be told as a rate, and those not judged at all."""

from dashboards.report import figures as fig
from dashboards.report import indicators as of
from dashboards.report.content.common import chapter, part, table, text
from dashboards.report.facts import Facts
from dashboards.report.model import Cell, Cite, Column, Ref, Section, Table
from dashboards.report.requirements import Requirement, by_extent, requirements, source
from dashboards.report.rules import Named, say
from models.vocabulary import ClauseStatus

KEY = "evidence"
LISTED = 15


def write(facts: Facts) -> Section:
    """The chapter."""
    found = [one for one in requirements(facts) if one.is_gap]
    figures = gap_figures(facts, found)
    return chapter(
        KEY,
        "gaps",
        figures,
        (
            part(
                KEY,
                "gaps",
                "缺少证据的要求",
                say("gaps", "lead", figures),
                [] if facts.is_short else _table(facts, found),
                say("gaps", "missing", figures),
                say("gaps", "manual", figures),
                say("gaps", "follows", figures),
            ),
        ),
    )


def gap_figures(facts: Facts, found: list[Requirement]) -> Named:
    """What the chapter's sentences may name."""
    statuses = [row["status"] for row in facts.clauses.values()]
    return fig.common(facts) | {
        "gaps": facts.number(of.REQUIREMENTS, len(found), "gaps"),
        "missing": facts.number(of.REQUIREMENTS, statuses.count(ClauseStatus.DATA_MISSING), "missing"),
        "manual": facts.number(of.REQUIREMENTS, statuses.count(ClauseStatus.MANUAL), "manual"),
        "table": Cite("all_requirements") if facts.is_short else Ref("gaps"),
        "cite": Cite("clause_list"),
        "gap_place": fig.gap_place(facts),
    }


def _table(facts: Facts, found: list[Requirement]) -> list[Table]:
    ranked = sorted(by_extent(found), key=lambda one: (-(one.unclear.exact or 0), one.id))
    rows: list[list[Cell]] = [
        [
            one.marked_title,
            one.subject.word,
            facts.number(of.SUBJECTS, one.judged, f"{one.id}/{one.kind}/judged"),
            one.unclear,
            source(one.clause),
        ]
        for one in ranked[:LISTED]
    ]
    columns = (text("要求", 3), text("对象", 0.9), Column("有结论"), Column("无法判定"), text("依据", 2.2))
    more = len(ranked) - len(rows)
    notes = (f"另有{more}项见附表“各项要求核算情况”。",) if more > 0 else ()
    return table("gaps", f"{facts.year}年缺少证据的要求", columns, rows, *notes)
