"""Chapter four: what was asked of projects, classes, institutions, schools and counties, and what was missed most."""

from dashboards.report import figures as fig
from dashboards.report import indicators as of
from dashboards.report.content.common import chapter, part, table, text
from dashboards.report.facts import Facts
from dashboards.report.model import Cell, Cite, Column, Number, Ref, Section, Table
from dashboards.report.requirements import Requirement, by_extent, requirements, source
from dashboards.report.rules import Named, say

KEY = "process"
LISTED = 10


def write(facts: Facts, ordinal: str) -> Section:
    """The chapter; `ordinal` is the number of the chapter that lists the problems."""
    found = requirements(facts)
    figures = process_figures(facts, found) | {"ordinal": ordinal}
    problems = by_extent([one for one in found if one.is_problem and not one.is_of_people])
    return chapter(
        KEY,
        "process",
        figures,
        (
            part(
                KEY,
                "worst",
                "结论",
                say("process", "lead", figures),
                [] if facts.is_short else say("process", "worst", figures),
                [] if facts.is_short else _worst(facts, problems),
                say("process", "gaps", figures),
                [] if facts.is_short else say("process", "people", figures),
                [] if facts.is_short else say("process", "follows", figures),
            ),
        ),
    )


def process_figures(facts: Facts, found: list[Requirement]) -> Named:
    """What the chapter's sentences may name."""
    own = [one for one in found if not one.is_of_people and not one.clause["is_trigger"]]
    judged = [one for one in own if one.is_judged]
    problems = by_extent([one for one in own if one.is_problem])
    people = by_extent([one for one in found if one.is_of_people and one.is_problem])
    first, second = (problems[place] if len(problems) > place else None for place in (0, 1))
    figures = fig.common(facts)
    figures |= {
        "judged": _count(facts, len(judged), "judged"),
        "clean": _count(facts, sum(one.missed.exact == 0 for one in judged), "clean"),
        "problems": _count(facts, len(problems), "problems"),
        "soft": _count(facts, len(judged) - len(problems) - sum(one.missed.exact == 0 for one in judged), "soft"),
        "gaps": _count(facts, sum(one.is_gap for one in found), "gaps"),
        "table": Ref("problems" if facts.is_short else "requirements"),
        "cite": Cite("all_requirements"),
        "gap_place": fig.gap_place(facts),
        "person": people[0].title if people else None,
        "person_missed": people[0].missed if people else None,
        "person_share": people[0].missed_share if people else None,
    }
    return figures | _named("worst", first, facts) | _named("next", second, facts)


def _count(facts: Facts, value: int, what: str) -> Number:
    return facts.number(of.REQUIREMENTS, value, what)


def _named(name: str, one: Requirement | None, facts: Facts) -> Named:
    return {
        name: one.title if one else None,
        f"{name}_missed": one.missed if one else None,
        f"{name}_unit": one.subject.unit if one else None,
        f"{name}_share": one.missed_share if one else None,
        f"{name}_moved": one.moved(facts) if one else None,
        f"{name}_cite": one.cite if one else None,
    }


def _worst(facts: Facts, problems: list[Requirement]) -> list[Table]:
    columns = (
        text("要求", 3.0),
        text("对象", 0.9),
        Column("有结论", share=0.9),
        Column("未做到", share=0.9),
        Column("占比", share=0.9),
        *([] if facts.is_open else [Column("上年未做到", share=0.9)]),
        text("依据", 2.2),
    )
    rows: list[list[Cell]] = [
        [
            one.marked_title,
            one.subject.word,
            facts.number(of.SUBJECTS, one.judged, f"{one.id}/{one.kind}/judged"),
            one.missed,
            one.missed_share,
            *([] if facts.is_open else [one.before]),
            source(one.clause),
        ]
        for one in problems[:LISTED]
    ]
    title = f"{facts.year}年未做到的涉及面最广的要求"
    return table(
        "requirements", title, columns, rows, "按未做到的对象占全部同类对象的比例排列；不列“原则上”和目标类要求。"
    )
