"""Chapter six: money for training, of places and of projects."""

from fractions import Fraction

from dashboards.report import figures as fig
from dashboards.report import indicators as of
from dashboards.report.content.common import chapter, part, table, text
from dashboards.report.facts import Facts
from dashboards.report.laws import FINANCE
from dashboards.report.model import Cell, Cite, Column, Section, Table, plain
from dashboards.report.requirements import Requirement, by_extent, requirements
from dashboards.report.rules import Named, say

KEY = "finance"


def write(facts: Facts) -> Section:
    """The chapter."""
    figures = fig.money(facts) | _kept(facts, requirements(facts))
    return chapter(
        KEY,
        "money",
        figures,
        (
            part(
                KEY,
                "money",
                "投入与支出",
                say("money", "places", figures),
                say("money", "projects", figures),
                [] if facts.is_short else items(facts),
                say("money", "clauses", figures),
            ),
        ),
    )


def _kept(facts: Facts, found: list[Requirement]) -> Named:
    own = [one for one in found if one.id in FINANCE.clauses and one.is_judged]
    worst = next(iter(by_extent([one for one in own if one.is_problem])), None)
    return {
        "judged": facts.number(of.REQUIREMENTS, len(own), "money"),
        "missed": worst.missed if worst else facts.number(of.NOT_MET, 0 if own else None, "money"),
        "worst": worst.title if worst else None,
        "unit": worst.subject.unit if worst else None,
        "share_missed": worst.missed_share if worst else None,
        "cite": Cite("all_requirements"),
    }


def items(facts: Facts, key: str = "project_money") -> list[Table]:
    items = facts.project_money(facts.year)
    total = sum(row["spent"] or 0 for row in items)
    rows: list[list[Cell]] = [
        [
            plain(row["item"]),
            *(
                facts.number(of.MONEY, facts.wan(row[name]), f"{row['item']}/{name}")
                for name in ("budget", "received", "spent")
            ),
            facts.number(
                of.MONEY_SHARE,
                Fraction(row["spent"]) / Fraction(total) if total and row["spent"] is not None else None,
                row["item"],
            ),
        ]
        for row in items
    ]
    columns = (
        text("科目", 1.4),
        Column("预算", "万元"),
        Column("实收", "万元"),
        Column("实支", "万元"),
        Column("占实支合计", share=1.1),
    )
    note = "各科目分别四舍五入，合计可能与分项之和略有出入。"
    return table(key, f"{facts.year}年项目经费", columns, rows, note)
