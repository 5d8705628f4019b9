"""The clause library: a list of the province's clauses and a page for each."""

import re
from itertools import groupby
from typing import Any

from dashboards.site import clauses
from dashboards.site.clauses import STATUSES, STRENGTHS, Library
from dashboards.site.pages.frame import frame
from dashboards.site.region import Region, Row
from dashboards.site.render import Writer
from dashboards.site.verdicts import NOBODY, NOT_JUDGED, Mark, mark
from models.explanation import SUBJECTS
from models.law.cases import telling
from models.law.cases.telling import Example
from models.law.conflicts import conflicts_of
from models.vocabulary import ClauseStatus


def write(region: Region, writer: Writer) -> None:
    """The list and every clause's page."""
    library = Library(region)
    writer.page("clause/index.html", "clauses.html", _list(region, library))
    for clause_id, row in region.clauses.items():
        writer.page(f"{clauses.address(clause_id)}index.html", "clause.html", _clause(region, library, row))


def _list(region: Region, library: Library) -> dict[str, Any]:
    rows = sorted(region.clauses.values(), key=lambda row: _in_order(row["clause_id"]))
    groups = []
    for document, found in groupby(rows, key=lambda row: row["clause_id"].split("/")[0]):
        lines = [
            {
                "id": row["clause_id"],
                "title": row["title"],
                "strength": STRENGTHS.get(row["strength"], row["strength"]),
                "status": STATUSES[row["status"]],
                "missed": library.missed(row["clause_id"]),
                "cases": len(telling.examples(row["clause_id"])),
                "is_trigger": bool(row.get("is_trigger")),
            }
            for row in found
        ]
        groups.append((document, clauses.document_of(f"{document}/"), lines))
    return frame(region, 1, "条款库", [region.province]) | {
        "groups": groups,
        "shared_place": telling.shared_place(),
    }


def _in_order(clause_id: str) -> list[tuple[int, str]]:
    """A sorting key that puts 04.2 before 04.10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", clause_id)]


def _clause(region: Region, library: Library, row: Row) -> dict[str, Any]:
    root = "../../../"
    clause_id = row["clause_id"]
    rule = clauses.rule_of(clause_id)
    examples = telling.examples(clause_id)
    return frame(region, 3, row["title"], [region.province], clauses=[clause_id]) | {
        "clause": row,
        "document": clauses.document_of(clause_id),
        "rule": rule,
        "strength": STRENGTHS.get(row["strength"], row["strength"]),
        "status": STATUSES[row["status"]],
        "subject": SUBJECTS.get(row.get("subject_type") or "", ""),
        "formula": clauses.formula(row),
        "makings": region.makings.of(clause_id),
        "conflicts": conflicts_of(clause_id),
        "known": region.clauses,
        "readings": library.readings(clause_id),
        "thresholds": clauses.thresholds(rule, row.get("threshold_text") or "—"),
        "marks": clauses.marks(row),
        "periods": library.by_period(clause_id),
        "counties": library.by_county(clause_id, root),
        "steps": library.steps(clause_id),
        "examples": examples,
        "own_cases": [(case, _case_mark(case, row)) for case in examples.own],
        "related": [other for other in (rule.related if rule else ()) if other in region.clauses],
    }


def _case_mark(case: Example, row: Row) -> Mark | None:
    """How the verdict that one of the clause's own cases expects looks."""
    outside = {telling.NONE: NOBODY, ClauseStatus.DATA_MISSING: NOT_JUDGED}
    return outside.get(case.verdict or "") or mark(case.verdict, is_trigger=bool(row.get("is_trigger")))
