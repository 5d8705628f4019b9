"""Chapter four: projects and their course, matter by matter, as the clauses about them were kept."""

from dashboards.report.content.clauses import clause_blocks
from dashboards.report.facts import Facts
from dashboards.report.laws import PROCESS
from dashboards.report.model import Section


def chapter(facts: Facts) -> Section:
    """The matters the province's law has clauses about; matters without any are left out."""
    matters = [topic for topic in PROCESS if any(clause in facts.clauses for clause in topic.clauses)]
    return Section(
        "process",
        "项目与过程",
        parts=tuple(
            Section(f"process.{topic.key}", topic.title, tuple(clause_blocks(facts, topic)))
            for topic in matters or PROCESS[:1]
        ),
    )
